//! Arguments about credentials, the protection of wallets, and devices.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use purser_app::contract::{CredentialFields, DeviceFields};
use purser_app::devices::DeviceKind;
use purser_books::credential::{CredentialKind, Misuse, Step};
use purser_books::door::WalletField;

use super::door::ProofArguments;

/// What is said of a credential.
#[derive(Debug, Args)]
pub struct CredentialArguments {
    /// dashboard_login, api_key, certificate, webhook_secret, email_account or other
    #[arg(long, value_parser = parse_kind, value_name = "K")]
    pub kind: Option<CredentialKind>,
    #[arg(long)]
    pub name: Option<String>,
    /// The wallet it is for
    #[arg(long, value_name = "W")]
    pub wallet: Option<String>,
    /// Who has it
    #[arg(long, value_name = "NAME")]
    pub holder: Option<String>,
    /// Where it is kept
    #[arg(long, value_name = "PLACE")]
    pub kept_at: Option<String>,
    /// Where it is used
    #[arg(long, value_name = "PLACE")]
    pub used_at: Option<String>,
    /// What it may do, in the provider's words
    #[arg(long, value_name = "T")]
    pub scope: Option<String>,
    /// The worst a thief could do with it: nothing, reads, loses_sales, refunds, pays_out, takes_over or unknown
    #[arg(long, value_parser = parse_misuse, value_name = "M")]
    pub misuse: Option<Misuse>,
    /// Day it was made
    #[arg(long, value_name = "D")]
    pub made: Option<String>,
    /// Last day it is good
    #[arg(long, value_name = "D")]
    pub expires: Option<String>,
}

impl From<CredentialArguments> for CredentialFields {
    fn from(arguments: CredentialArguments) -> CredentialFields {
        let CredentialArguments { kind, name, wallet, holder, kept_at, used_at, scope, misuse, made, expires } =
            arguments;
        CredentialFields { kind, name, wallet, holder, kept_at, used_at, scope, misuse, made, expires }
    }
}

#[derive(Debug, Subcommand)]
pub enum Credentials {
    /// Write a credential down: what is known of it, not the secret
    Add {
        #[command(flatten)]
        fields: CredentialArguments,
    },
    /// Change what is written down
    Change {
        id: i64,
        #[command(flatten)]
        fields: CredentialArguments,
    },
    /// Take a credential off the board
    Remove {
        id: i64,
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Somebody else may know it: it is pointed out until it is replaced
    Compromised { id: i64 },
    /// Days of age after which credentials are pointed out; 0 = never. Later or never needs password and code
    Remind {
        days: u16,
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Keep the secret itself, sealed; Purser does not unless you insist
    Keep {
        id: i64,
        /// File with the secret
        #[arg(long, value_name = "F")]
        secret_file: Option<PathBuf>,
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Keep the secret no longer
    Forget {
        id: i64,
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Print a kept secret
    Reveal {
        id: i64,
        /// The one that is being replaced
        #[arg(long)]
        old: bool,
        #[command(flatten)]
        proof: ProofArguments,
    },
}

/// `rotate credential`: begins, shows how far it is, or writes a step down.
#[derive(Debug, Args)]
pub struct RotateCredential {
    /// As `purser credentials` shows it
    pub id: String,
    #[command(flatten)]
    pub proof: ProofArguments,
    /// Revoke first, because a thief has it: nothing works until the new one does
    #[arg(long, conflicts_with_all = ["done", "give_up"])]
    pub revoke_first: bool,
    /// Write down that the next step is done, or the one named: make, put, verify, revoke, destroy
    #[arg(long, value_name = "STEP", num_args = 0..=1, default_missing_value = "", conflicts_with = "give_up")]
    pub done: Option<String>,
    /// With --done: last day the new one is good
    #[arg(long, value_name = "D", requires = "done")]
    pub expires: Option<String>,
    /// Print a generated password for the step "make"; it is not kept
    #[arg(long, conflicts_with_all = ["done", "give_up"])]
    pub generate: bool,
    /// Give the replacement up, as long as the old one works
    #[arg(long)]
    pub give_up: bool,
}

#[derive(Debug, Subcommand)]
pub enum Security {
    /// Write down how a wallet is protected at its provider
    Wallet {
        wallet: String,
        /// What was seen (repeat): second_factor, administrators, operators, bound_phone, bound_email, ip_list, api_transfers,
        /// alerts, payout_account. Of phones, mailboxes and accounts only a part is kept
        #[arg(long = "set", value_parser = parse_value, value_name = "FIELD=VALUE")]
        values: Vec<(WalletField, String)>,
        /// Day it was seen [default: today]
        #[arg(long, value_name = "D")]
        as_of: Option<String>,
        /// All of it was looked at: the next review is due in three months
        #[arg(long)]
        reviewed: bool,
    },
    /// Computers, phones and terminals
    #[command(subcommand)]
    Device(Device),
}

/// What is said of a device.
#[derive(Debug, Args)]
pub struct DeviceArguments {
    #[arg(long)]
    pub name: Option<String>,
    /// computer, phone, terminal or other
    #[arg(long, value_parser = parse_device, value_name = "K")]
    pub kind: Option<DeviceKind>,
    #[arg(long, value_name = "NAME")]
    pub holder: Option<String>,
    /// Day its system was last updated
    #[arg(long, value_name = "D")]
    pub system_updated: Option<String>,
    /// Day the apps used for wallets were last updated
    #[arg(long, value_name = "D")]
    pub app_updated: Option<String>,
    /// Whether its storage is encrypted
    #[arg(long, value_name = "true|false")]
    pub encrypted: Option<bool>,
    /// Number of a credential that is on it (repeat)
    #[arg(long = "credential", value_name = "ID")]
    pub credentials: Vec<i64>,
}

impl From<DeviceArguments> for DeviceFields {
    fn from(arguments: DeviceArguments) -> DeviceFields {
        let DeviceArguments { name, kind, holder, system_updated, app_updated, encrypted, credentials } = arguments;
        let credentials = (!credentials.is_empty()).then_some(credentials);
        DeviceFields { name, kind, holder, system_updated, app_updated, encrypted, credentials }
    }
}

#[derive(Debug, Subcommand)]
pub enum Device {
    /// Write a device down
    Add {
        #[command(flatten)]
        fields: DeviceArguments,
    },
    /// Change what is written down; it was looked at today
    Change {
        id: i64,
        #[command(flatten)]
        fields: DeviceArguments,
    },
    /// Take a device off the list
    Remove { id: i64 },
    /// It is lost: prints what is to be revoked
    Lost { id: i64 },
    /// It was found again
    Found { id: i64 },
}

/// One of a closed list of words.
fn parse_word<T: Copy>(text: &str, all: &[T], word: impl Fn(T) -> &'static str) -> Result<T, String> {
    let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
    let found = all.iter().copied().find(|value| word(*value) == text);
    found.ok_or_else(|| format!("one of {}", words.join(", ")))
}

fn parse_kind(text: &str) -> Result<CredentialKind, String> {
    parse_word(text, CredentialKind::ALL, CredentialKind::word)
}

fn parse_misuse(text: &str) -> Result<Misuse, String> {
    parse_word(text, Misuse::ALL, Misuse::word)
}

fn parse_device(text: &str) -> Result<DeviceKind, String> {
    parse_word(text, DeviceKind::ALL, DeviceKind::word)
}

pub fn parse_step(text: &str) -> Result<Step, String> {
    parse_word(text, Step::ALL, Step::word)
}

fn parse_value(text: &str) -> Result<(WalletField, String), String> {
    let (field, value) = text.split_once('=').ok_or("write it like second_factor=app")?;
    Ok((parse_word(field.trim(), WalletField::ALL, WalletField::word)?, value.trim().to_owned()))
}
