//! The command line as it is typed.

pub mod contacts;
pub mod door;
pub mod emergency;
pub mod security;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use purser_app::contract::{HistoryRequest, StatementArguments};
use purser_app::fees::By;
use purser_books::reader::DateOrder;
use purser_books::reader::mapping::{ColumnRole, FeeSign};
use purser_books::{Currency, Provider};

/// Administer the wallets of a business: import statements, see balances, hand out statements that tie out.
#[derive(Debug, Parser)]
#[command(name = "purser", version, about, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    /// Folder of the profile [default: the user's data folder]
    #[arg(long, global = true, env = "PURSER_PROFILE", value_name = "DIR")]
    pub profile: Option<PathBuf>,
    /// Run on the practice company, without a login; nothing is kept
    #[arg(long, global = true)]
    pub demo: bool,
    /// Print JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of messages [default: the system's]
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Language>,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Try it without setting anything up:
  purser --demo status
  purser --demo history --search 绿茶
A profile of your own:
  purser init --name \"Hailan Trading\" --password-file pw.txt
  purser unlock --password-file pw.txt --code 123456
  purser import ~/Downloads/*.csv
  purser statement --wallet PayPal --currency USD --from 2026-10-01 --to 2026-10-31 --format csv -o october.csv";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    #[value(name = "en")]
    English,
    #[value(name = "zh-CN")]
    Chinese,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new profile; it ends locked
    Init(Init),
    /// Log in; a background process holds the session until it locks
    Unlock(Unlock),
    /// End the session
    Lock,
    /// Start over with the recovery kit: new password, authenticator, keys and kit
    Recover(Recover),
    /// Take statement files in, or take an import back
    Import(Import),
    /// Write an anonymised sample of a file of an unknown form, to ask for help with it; needs no login
    Sample {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
    /// Balances, account status and coverage of every wallet
    Status,
    /// Transactions, newest first
    History(History),
    /// Payouts to the bank, and which transactions each of them paid
    Payouts {
        #[arg(long, value_name = "W")]
        wallet: Option<String>,
    },
    /// What the providers charged, against what was sold
    Fees {
        #[arg(long, value_parser = parse_by, default_value = "month", value_name = "month|wallet|kind")]
        by: By,
    },
    /// Write a statement: opening + lines = closing
    Statement(Statement),
    /// Check files and books
    Verify,
    /// Credentials, the most urgent first: age, holder, where kept, worst misuse; subcommands write them down
    Credentials {
        #[command(subcommand)]
        act: Option<security::Credentials>,
    },
    /// Open doors, the worst first, and what closes them; subcommands write wallets and devices down
    Security {
        #[command(subcommand)]
        act: Option<security::Security>,
    },
    /// Write an encrypted backup; it opens with the owner's login or the recovery kit
    Backup(Backup),
    /// Put a backup in the place of the profile; the profile of now is kept beside it. Then: purser recover
    Restore {
        #[arg(long, value_name = "PATH")]
        from: PathBuf,
        /// File with the recovery kit, or its key alone
        #[arg(long, value_name = "F")]
        kit_file: Option<PathBuf>,
    },
    /// The audit log: who did what, and whether anything of it was changed
    #[command(subcommand)]
    Audit(Audit),
    /// Stop this computer at once: works locked, without network, without keyring. Your wallets are stopped at their providers:
    /// it says how
    Freeze(emergency::Freeze),
    /// End a freeze: the owner, password, code and a reason; takes a quarter of an hour on purpose
    Unfreeze(emergency::Unfreeze),
    /// Go through a theft step by step, and keep the evidence
    Incident(emergency::Incident),
    /// Whom to reach when money is being stolen, and each person's card on paper
    #[command(subcommand)]
    Contacts(contacts::Contacts),
    /// Replace a password, a second factor, recovery codes, the key of the books, or a credential
    #[command(subcommand)]
    Rotate(door::Rotate),
    /// People: who may log in, with which role
    #[command(subcommand)]
    Slot(door::Slot),
    /// Holds a session for the other commands; started by unlock
    #[command(hide = true)]
    Agent,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["output", "check", "place"]))]
pub struct Backup {
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Open this backup and compare what is in it with the books; nothing is changed
    #[arg(long, value_name = "PATH")]
    pub check: Option<PathBuf>,
    /// Folder that also gets the daily backups, such as a stick or a synced folder; "none" for no second place
    #[arg(long, value_name = "FOLDER|none")]
    pub place: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Its rows, newest first
    List {
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
        /// Rows older than this number
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
        /// One word of the column "Act", such as import or login
        #[arg(long, value_name = "WORD")]
        action: Option<String>,
    },
    /// Walk all of it: what was changed, deleted, inserted, reordered, cut off or rolled back is named
    Verify {
        /// A file with checkpoints kept elsewhere: a copy of anchors.txt, an exported log, a recovery kit
        #[arg(long, value_name = "F")]
        anchor: Option<PathBuf>,
    },
    /// Write it as JSON lines, ended by a checkpoint
    Export {
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct Init {
    /// Name of the business
    #[arg(long)]
    pub name: String,
    /// Its name in its own script
    #[arg(long, default_value = "")]
    pub local_name: String,
    /// IANA zone of the business [default: the system's]
    #[arg(long)]
    pub zone: Option<String>,
    /// Base currency of the business
    #[arg(long, default_value = "CNY")]
    pub currency: Currency,
    /// File with the new password
    #[arg(long, value_name = "F")]
    pub password_file: Option<PathBuf>,
    /// File with the seed of the authenticator, base32; without it one is made and shown on the terminal
    #[arg(long, value_name = "F", requires = "code")]
    pub totp_seed_file: Option<PathBuf>,
    /// Six digits of the authenticator, to prove the seed
    #[arg(long)]
    pub code: Option<String>,
    /// Where this computer's key is kept: the system keyring, or a file in the profile folder
    #[arg(long, value_enum)]
    pub keyring: Option<KeyringChoice>,
    /// Save the recovery kit there too: a page to print where the name ends in .pdf, else text
    #[arg(long, value_name = "PATH")]
    pub save_kit: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyringChoice {
    System,
    File,
}

#[derive(Debug, Args)]
pub struct Recover {
    /// File with the saved kit, or with its key alone
    #[arg(long, value_name = "F")]
    pub kit_file: Option<PathBuf>,
    /// File with the new password
    #[arg(long, value_name = "F")]
    pub new_password_file: Option<PathBuf>,
    /// File with the seed of the new authenticator, base32; without it one is made and shown on the terminal
    #[arg(long, value_name = "F", requires = "code")]
    pub totp_seed_file: Option<PathBuf>,
    /// Six digits of the new authenticator
    #[arg(long, requires = "totp_seed_file")]
    pub code: Option<String>,
    /// Where this computer's key is to be kept [default: where it was]
    #[arg(long, value_enum)]
    pub keyring: Option<KeyringChoice>,
    /// Save the new kit there too: a page to print where the name ends in .pdf, else text
    #[arg(long, value_name = "PATH")]
    pub save_kit: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Unlock {
    #[arg(long, value_name = "F")]
    pub password_file: Option<PathBuf>,
    /// Six digits of the authenticator, or a recovery code
    #[arg(long)]
    pub code: Option<String>,
    /// Whose login [default: the owner's]
    #[arg(long, value_name = "NAME")]
    pub slot: Option<String>,
    /// Minutes without a command after which the session ends
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=30))]
    pub minutes: Option<u8>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["files", "undo"]))]
pub struct Import {
    /// Statement files, zip and gzip archives, folders
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Take the import with this id back
    #[arg(long, value_name = "ID", conflicts_with_all = ["provider", "wallet", "date_order", "currency", "zone", "zip_password_file", "columns", "accept_guess", "fee_sign", "dry_run"])]
    pub undo: Option<String>,
    #[arg(long, value_parser = parse_provider, value_name = "paypal|alipay|wechatpay|stripe|other")]
    pub provider: Option<Provider>,
    /// An existing or a new wallet
    #[arg(long, value_name = "W")]
    pub wallet: Option<String>,
    /// Order of day and month, for files that leave it open
    #[arg(long, value_parser = parse_date_order, value_name = "dmy|mdy")]
    pub date_order: Option<DateOrder>,
    /// Currency, for files that do not name one
    #[arg(long, value_name = "C")]
    pub currency: Option<Currency>,
    /// IANA zone, for files that do not state theirs
    #[arg(long, value_name = "Z")]
    pub zone: Option<String>,
    #[arg(long, value_name = "F")]
    pub zip_password_file: Option<PathBuf>,
    /// What a column is, for files of a form Purser does not know (repeat): date, time, zone, gross, money_in, money_out, fee,
    /// net, balance, currency, id, reference, type, status, counterparty, description, direction. Remembered for the same column names
    #[arg(long = "column", value_parser = parse_column, value_name = "ROLE=NAME")]
    pub columns: Vec<(ColumnRole, String)>,
    /// Use what the columns seem to be, for those not named by --column
    #[arg(long)]
    pub accept_guess: bool,
    /// Whether gross + fee or gross - fee is the net, in files read by --column
    #[arg(long, value_parser = parse_fee_sign, value_name = "added|subtracted")]
    pub fee_sign: Option<FeeSign>,
    /// Show what would happen; keep nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct History {
    #[arg(long, value_name = "W")]
    pub wallet: Option<String>,
    /// First booking date
    #[arg(long, value_name = "D")]
    pub from: Option<String>,
    /// Last booking date
    #[arg(long, value_name = "D")]
    pub to: Option<String>,
    #[arg(long, value_name = "K")]
    pub kind: Option<String>,
    /// Words in names, descriptions and ids
    #[arg(long, value_name = "T")]
    pub search: Option<String>,
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// The "next" of the page before
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
}

impl From<History> for HistoryRequest {
    fn from(history: History) -> HistoryRequest {
        let History { wallet, from, to, kind, search, limit, after } = history;
        HistoryRequest { wallet, from, to, kind, search, limit, after }
    }
}

#[derive(Debug, Args)]
pub struct Statement {
    #[arg(long, value_name = "W")]
    pub wallet: String,
    #[arg(long, value_name = "A")]
    pub account: Option<String>,
    #[arg(long, value_name = "C")]
    pub currency: Option<String>,
    /// First day
    #[arg(long, value_name = "D")]
    pub from: String,
    /// Last day
    #[arg(long, value_name = "D")]
    pub to: String,
    /// csv (for programs) or csv-excel (for spreadsheets)
    #[arg(long, value_name = "F")]
    pub format: String,
    #[arg(short, long, value_name = "PATH")]
    pub output: PathBuf,
}

impl From<Statement> for StatementArguments {
    fn from(statement: Statement) -> StatementArguments {
        let Statement { wallet, account, currency, from, to, format, output } = statement;
        StatementArguments { wallet, account, currency, from, to, format, output }
    }
}

fn parse_provider(text: &str) -> Result<Provider, String> {
    Provider::from_code(text).ok_or_else(|| {
        let words: Vec<&str> = Provider::KNOWN.iter().map(|provider| provider.code()).collect();
        format!("one of {}, other", words.join(", "))
    })
}

fn parse_column(text: &str) -> Result<(ColumnRole, String), String> {
    let (role, name) = text.split_once('=').ok_or("write it like date=Datum")?;
    let words: Vec<&str> = ColumnRole::ALL.iter().map(|role| role.word()).collect();
    let role = ColumnRole::from_word(role.trim())
        .ok_or_else(|| format!("\"{role}\" is no role; there are: {}", words.join(", ")))?;
    Ok((role, name.trim().to_owned()))
}

fn parse_fee_sign(text: &str) -> Result<FeeSign, String> {
    match text {
        "added" => Ok(FeeSign::Added),
        "subtracted" => Ok(FeeSign::Subtracted),
        _ => Err("added (gross + fee = net) or subtracted (gross - fee = net)".to_owned()),
    }
}

fn parse_by(text: &str) -> Result<By, String> {
    By::from_word(text).ok_or_else(|| By::ALL.iter().map(|by| by.word()).collect::<Vec<_>>().join(", "))
}

fn parse_date_order(text: &str) -> Result<DateOrder, String> {
    match text {
        "dmy" => Ok(DateOrder::Dmy),
        "mdy" => Ok(DateOrder::Mdy),
        _ => Err("dmy (day first) or mdy (month first)".to_owned()),
    }
}
