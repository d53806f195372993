//! Arguments about whom to reach.

use std::path::PathBuf;

use clap::{ArgGroup, Subcommand};
use purser_app::contacts::lock_screen::LockScreen;
use purser_books::playbook::{Lane, Speaker};

#[derive(Debug, Subcommand)]
pub enum Contacts {
    /// Who is who of each wallet, own numbers, what the lock screen shows, and which cards are out of date
    List,
    /// Write down who is who of a wallet; an empty text takes away what was there
    #[command(group = ArgGroup::new("people").required(true).multiple(true)
        .args(["legal_representative", "administrator", "bound_phone", "deputy"]))]
    Set {
        wallet: String,
        #[arg(long, value_name = "NAME")]
        legal_representative: Option<String>,
        /// 超级管理员, primary user
        #[arg(long, value_name = "NAME")]
        administrator: Option<String>,
        /// The telephone codes go to; only its end is kept
        #[arg(long, value_name = "N")]
        bound_phone: Option<String>,
        /// Who stands in when nobody of them can be reached
        #[arg(long, value_name = "NAME")]
        deputy: Option<String>,
        /// Day it was so [default: today]
        #[arg(long, value_name = "D")]
        noted: Option<String>,
    },
    /// Write down a telephone number you copied from a page of the provider you were signed in to, or that its pages show none
    #[command(group = ArgGroup::new("number_or_id").required(true).args(["number", "none", "not_none", "remove"]))]
    OwnNumber {
        /// paypal, alipay, wechatpay or stripe
        #[arg(required_unless_present = "remove")]
        provider: Option<String>,
        #[arg(requires = "provider")]
        number: Option<String>,
        /// You signed in and looked: there is no number to copy
        #[arg(long, requires = "provider")]
        none: bool,
        /// Take back that there is none
        #[arg(long, requires = "provider")]
        not_none: bool,
        /// Day you copied it [default: today]
        #[arg(long, value_name = "D", conflicts_with_all = ["none", "not_none"])]
        noted: Option<String>,
        /// Take the number with this id away
        #[arg(long, value_name = "ID")]
        remove: Option<i64>,
    },
    /// What of it anybody at this computer may see without a login: off, numbers, or all (with each wallet's account and people)
    LockScreen {
        #[arg(value_parser = parse_lock_screen, value_name = "off|numbers|all")]
        shown: LockScreen,
    },
    /// Write a person's card for the day of a theft: one page, no secrets; PDF where the name ends in .pdf
    #[command(group = ArgGroup::new("card").required(true).args(["output", "forget"]))]
    Card {
        #[arg(long, value_name = "NAME")]
        person: String,
        /// legal_representative, administrator or employee
        #[arg(long, value_parser = parse_speaker, default_value = "administrator", value_name = "S")]
        speaker: Speaker,
        /// What the person does: phone or click
        #[arg(long, value_parser = parse_lane, default_value = "phone", value_name = "L")]
        lane: Lane,
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// The card was torn up: it is no longer said to be out of date
        #[arg(long)]
        forget: bool,
    },
}

fn parse_lock_screen(text: &str) -> Result<LockScreen, String> {
    LockScreen::from_word(text).ok_or_else(|| "off, numbers or all".to_owned())
}

fn parse_speaker(text: &str) -> Result<Speaker, String> {
    Speaker::from_word(text).ok_or_else(|| Speaker::ALL.iter().map(|word| word.word()).collect::<Vec<_>>().join(", "))
}

fn parse_lane(text: &str) -> Result<Lane, String> {
    Lane::from_word(text).ok_or_else(|| "phone or click".to_owned())
}
