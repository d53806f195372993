//! Arguments of an emergency.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use jiff::Timestamp;
use purser_books::fact::Region;
use purser_books::incident::place::PLACES;
use purser_books::incident::{AttachmentKind, Entrance, Sure};
use purser_books::lever::Word;
use purser_books::papers::Verdict;
use purser_books::playbook::Lane;

use super::door::ProofArguments;

#[derive(Debug, Args)]
pub struct Freeze {
    /// Practise: the same list and the same calls, and nothing is frozen
    #[arg(long)]
    pub drill: bool,
}

#[derive(Debug, Args)]
pub struct Unfreeze {
    #[command(flatten)]
    pub proof: ProofArguments,
    /// Why it may end
    #[arg(long, value_name = "T", required_unless_present_any = ["cancel", "wait_minutes"], default_value = "", hide_default_value = true)]
    pub reason: String,
    /// Take the wish back: it stays frozen
    #[arg(long, conflicts_with_all = ["reason", "wait_minutes"])]
    pub cancel: bool,
    /// Minutes between the wish and the end, for the next time, 0 to 4320; a shorter wait needs password and code, and not while frozen
    #[arg(long, value_name = "N", conflicts_with = "reason")]
    pub wait_minutes: Option<u32>,
}

#[derive(Debug, Args)]
pub struct Incident {
    /// Which one, where several are open [default: the newest that is open]
    #[arg(long, global = true, value_name = "ID")]
    pub incident: Option<String>,
    #[command(subcommand)]
    pub act: IncidentAct,
}

#[derive(Debug, Subcommand)]
pub enum IncidentAct {
    /// The steps in order, their targets, and the levers
    Show,
    /// All incidents and practice runs
    List,
    /// Write down a suspicion without freezing
    Open {
        #[arg(long, default_value = "")]
        title: String,
        /// When it was first suspected, such as 2026-11-25T06:30:00Z [default: now]
        #[arg(long, value_name = "TIME")]
        suspected: Option<Timestamp>,
    },
    /// Answer the three questions, as far as they can be, and say where the business and its banks are; the steps follow
    #[command(group = ArgGroup::new("answers").required(true).multiple(true)
        .args(["money_left", "entrance", "controlled", "region"]))]
    Answer {
        /// Has money left? yes, no or unsure
        #[arg(long, value_parser = parse_sure, value_name = "A")]
        money_left: Option<Sure>,
        /// Is it a login, a key or a person? login, key, person or unsure
        #[arg(long, value_parser = parse_entrance, value_name = "A")]
        entrance: Option<Entrance>,
        /// Could somebody be controlling this computer? yes, no or unsure
        #[arg(long, value_parser = parse_sure, value_name = "A")]
        controlled: Option<Sure>,
        /// Where is the business, and where are its banks? mainland, hong_kong or elsewhere, each with a --region of its own;
        /// unsure shows the steps of every place
        #[arg(long, value_parser = parse_place, value_name = "R")]
        region: Vec<Place>,
    },
    /// Settle a step, or one part of it (STEP/PART). --done for a step says that everything of it is
    #[command(group = ArgGroup::new("settled").required(true).args(["done", "skip", "reopen"]))]
    Step {
        #[arg(value_name = "STEP[/PART]")]
        step: String,
        #[arg(long)]
        done: bool,
        #[arg(long, value_name = "REASON")]
        skip: Option<String>,
        /// It is open again
        #[arg(long, value_name = "REASON")]
        reopen: Option<String>,
        /// A number somebody gave: case, ticket, receipt
        #[arg(long = "ref", value_name = "R", default_value = "", hide_default_value = true)]
        reference: String,
        #[arg(long, value_name = "N", default_value = "", hide_default_value = true)]
        note: String,
    },
    /// Say who does a step: assign STEP NAME. With --lane, who does all its open steps that have no name yet: assign --lane phone NAME
    #[command(
        override_usage = "purser incident assign <STEP> <NAME>\n       purser incident assign <STEP> --nobody\n       purser incident assign --lane <phone|click> <NAME>"
    )]
    Assign {
        /// The step and the name; with --lane the name alone
        #[arg(value_name = "STEP NAME", num_args = 1..=2, required = true)]
        given: Vec<String>,
        /// Who phones, or who clicks: phone or click
        #[arg(long, value_parser = parse_lane, value_name = "LANE")]
        lane: Option<Lane>,
        /// Take the step from whoever has it
        #[arg(long, conflicts_with = "lane")]
        nobody: bool,
    },
    /// Tasks with dates: what a review found left, or anything. They go on when the incident is closed
    Task {
        #[command(subcommand)]
        act: TaskAct,
    },
    /// Write down what a provider said to a lever, or take up one that stops your sales too; after the freeze, how it is put back
    #[command(group = ArgGroup::new("word").required(true).args(["confirmed", "asked", "refused", "failed", "take", "stays"]))]
    Lever {
        /// As `purser incident show` names it
        lever: String,
        /// It is stopped: seen with your own eyes, or told by the provider. Needs --ref or --seen
        #[arg(long)]
        confirmed: bool,
        /// Asked for, not confirmed yet
        #[arg(long)]
        asked: bool,
        /// The provider will not or cannot
        #[arg(long)]
        refused: bool,
        /// Nobody was reached; to be tried again
        #[arg(long)]
        failed: bool,
        /// It was only offered: you decide that it is worth its price
        #[arg(long)]
        take: bool,
        /// After the freeze: it is not put back, and why
        #[arg(long, value_name = "REASON")]
        stays: Option<String>,
        /// The number you were given
        #[arg(long = "ref", value_name = "R", default_value = "", hide_default_value = true)]
        reference: String,
        /// What you saw or heard
        #[arg(long, value_name = "T", default_value = "", hide_default_value = true)]
        seen: String,
        /// What you changed, as it was before: to put it back one day
        #[arg(
            long = "was",
            value_name = "T",
            default_value = "",
            hide_default_value = true,
            conflicts_with = "undone"
        )]
        prior: String,
        /// When [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
        /// Said of putting it back, after the freeze: it is as it was, or was asked for, refused, tried
        #[arg(long)]
        undone: bool,
    },
    /// Say which day was the last known good one: what came after it is gone through
    GoodDay {
        #[arg(value_name = "DATE")]
        day: String,
    },
    /// Transactions since the last good day, the oldest first, with what was said of each
    Transactions {
        /// Only those nobody marked
        #[arg(long)]
        unmarked: bool,
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
        /// The "next" of the page before
        #[arg(long, value_name = "CURSOR")]
        after: Option<String>,
    },
    /// Mark transactions: all that are named, or none
    #[command(group = ArgGroup::new("verdict").required(true).args(["ours", "theirs", "unknown", "clear"]))]
    Mark {
        /// As `purser incident transactions` names them
        #[arg(value_name = "ID", required = true)]
        transactions: Vec<String>,
        /// The business made it
        #[arg(long)]
        ours: bool,
        /// Nobody of the business made it
        #[arg(long)]
        theirs: bool,
        /// Nobody is sure yet
        #[arg(long)]
        unknown: bool,
        /// Take the mark back
        #[arg(long)]
        clear: bool,
    },
    /// When it was last practised, what took how long and what was missed
    Practice {
        /// End the practice run that is open
        #[arg(long)]
        end: bool,
    },
    /// What to read aloud to a provider, what to have at hand and what to ask for; works locked, without names
    Script {
        /// paypal, alipay, wechatpay or stripe
        #[arg(long, value_name = "P")]
        provider: Option<String>,
    },
    /// Write something down
    Note {
        text: String,
        #[arg(long, value_name = "STEP")]
        step: Option<String>,
    },
    /// Keep a file: evidence such as a photograph, letter or receipt, or a copy of the licence or an authorisation letter
    #[command(visible_alias = "attach")]
    Evidence {
        file: PathBuf,
        #[arg(long, value_name = "STEP")]
        step: Option<String>,
        /// licence (copy of the business licence), authorisation (authorisation letter) or other
        #[arg(long, value_parser = parse_kind, default_value = "other", value_name = "K")]
        kind: AttachmentKind,
    },
    /// Write the open steps on two pages, to go on with on paper; PDF where the name ends in .pdf
    Print {
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
    /// Write the evidence pack: a zip with timeline, levers, transactions, papers, attached files and a manifest
    Pack {
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
        /// First booking day [default: a week before the first suspicion]
        #[arg(long, value_name = "D")]
        from: Option<String>,
        /// Last booking day [default: today]
        #[arg(long, value_name = "D")]
        to: Option<String>,
        /// Names and lines of customers' payments too
        #[arg(long)]
        with_customers: bool,
        /// Encrypt it as backups are: it opens with the owner's login or the recovery kit
        #[arg(long, conflicts_with = "recipient")]
        encrypt: bool,
        /// Encrypt it with age for this recipient (age1...)
        #[arg(long, value_name = "AGE")]
        recipient: Option<String>,
    },
    /// Close it
    Close {
        #[arg(long, value_name = "T")]
        reason: String,
    },
    /// Go on with one that was closed (--incident ID)
    Resume {
        #[arg(long, value_name = "T")]
        reason: String,
    },
}

/// A place that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    At(Region),
    Unsure,
}

/// The places that were named; `None` = none was, and `unsure` leaves none.
pub fn places(named: &[Place]) -> Result<Option<Vec<Region>>, &'static str> {
    let at = |place: &Place| match place {
        Place::At(region) => Some(*region),
        Place::Unsure => None,
    };
    let regions: Vec<Region> = named.iter().filter_map(at).collect();
    match (named.is_empty(), regions.len() < named.len() && !regions.is_empty()) {
        (true, _) => Ok(None),
        (_, true) => Err("--region unsure stands alone"),
        _ => Ok(Some(regions)),
    }
}

#[derive(Debug, Subcommand)]
pub enum TaskAct {
    /// Open tasks by their day, then the others; of all incidents, or of one (--incident ID)
    List,
    /// Levers, steps and parts that are open or were skipped, and of which no task was made
    Left,
    /// Make a task. Purser numbers it
    #[command(group = ArgGroup::new("said").required(true).multiple(true).args(["text", "of"]))]
    Add {
        /// What is to be done [with --of: what the step says]
        text: Option<String>,
        /// Of what was left, as `purser incident task left` names it
        #[arg(long, value_name = "STEP[/PART]")]
        of: Option<String>,
        /// By which day, not one that is over [default: the next review, else a week from now]
        #[arg(long, value_name = "DATE")]
        due: Option<String>,
        #[arg(long, value_name = "NAME")]
        who: Option<String>,
    },
    /// Change what an open task says; what is left out stays
    #[command(group = ArgGroup::new("changed").required(true).multiple(true).args(["text", "due", "who"]))]
    Change {
        /// As `purser incident task list` numbers it
        task: String,
        #[arg(long, value_name = "T")]
        text: Option<String>,
        #[arg(long, value_name = "DATE")]
        due: Option<String>,
        /// An empty name takes it from whoever had it
        #[arg(long, value_name = "NAME")]
        who: Option<String>,
    },
    /// It is done
    Done { task: String },
    /// It is to be done after all: takes back that it was done or dropped
    Reopen { task: String },
    /// It will not be done
    Drop {
        task: String,
        #[arg(long, value_name = "T")]
        reason: String,
    },
}

impl IncidentAct {
    /// Which word was said of a lever.
    pub const fn word(confirmed: bool, asked: bool, refused: bool) -> Word {
        match (confirmed, asked, refused) {
            (true, _, _) => Word::Confirmed,
            (_, true, _) => Word::Asked,
            (_, _, true) => Word::Refused,
            _ => Word::Failed,
        }
    }
}

/// Which verdict was given; `None` takes one back.
pub const fn verdict(ours: bool, theirs: bool, unknown: bool) -> Option<Verdict> {
    match (ours, theirs, unknown) {
        (true, _, _) => Some(Verdict::Ours),
        (_, true, _) => Some(Verdict::Theirs),
        (_, _, true) => Some(Verdict::Unknown),
        _ => None,
    }
}

fn parse_kind(text: &str) -> Result<AttachmentKind, String> {
    AttachmentKind::from_word(text).ok_or_else(|| "licence, authorisation or other".to_owned())
}

fn parse_place(text: &str) -> Result<Place, String> {
    if text == "unsure" {
        return Ok(Place::Unsure);
    }
    let known = Region::from_word(text).filter(|region| PLACES.contains(region));
    known.map(Place::At).ok_or_else(|| "mainland, hong_kong, elsewhere or unsure".to_owned())
}

fn parse_lane(text: &str) -> Result<Lane, String> {
    Lane::from_word(text).ok_or_else(|| "phone or click".to_owned())
}

fn parse_sure(text: &str) -> Result<Sure, String> {
    Sure::from_word(text).ok_or_else(|| "yes, no or unsure".to_owned())
}

fn parse_entrance(text: &str) -> Result<Entrance, String> {
    Entrance::from_word(text).ok_or_else(|| "login, key, person or unsure".to_owned())
}
