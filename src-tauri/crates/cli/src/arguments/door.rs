//! Arguments about passwords, factors, keys and people.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use purser_vault::keyfile::SlotKind;

use super::security::RotateCredential;

/// What proves the person anew: asked for by every act that matters.
#[derive(Debug, Args)]
pub struct ProofArguments {
    /// File with the present password
    #[arg(long, value_name = "F")]
    pub password_file: Option<PathBuf>,
    /// Six digits of the authenticator, or a recovery code; a fresh one
    #[arg(long)]
    pub code: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Rotate {
    /// Change the password
    Password {
        #[command(flatten)]
        proof: ProofArguments,
        /// File with the new password
        #[arg(long, value_name = "F")]
        new_password_file: Option<PathBuf>,
        /// Somebody else may know the old one: new keys and recovery codes too; ends the session
        #[arg(long)]
        compromised: bool,
    },
    /// Enrol a new authenticator: first shows the secret, then takes its six digits with --new-code
    Totp {
        #[command(flatten)]
        proof: ProofArguments,
        /// File with the seed to use, base32; without it one is made
        #[arg(long, value_name = "F")]
        totp_seed_file: Option<PathBuf>,
        /// Six digits of the new authenticator
        #[arg(long, value_name = "C")]
        new_code: Option<String>,
    },
    /// Make new recovery codes; the old ones are void
    Recovery {
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Give the books a new key
    Database {
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Replace a credential of a provider: a checklist that can be left at any step
    Credential(RotateCredential),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Reads, imports and exports
    Accountant,
    /// May start a freeze; sees nothing
    Responder,
}

impl From<Role> for SlotKind {
    fn from(role: Role) -> SlotKind {
        match role {
            Role::Accountant => SlotKind::Accountant,
            Role::Responder => SlotKind::Responder,
        }
    }
}

/// What narrows a login.
#[derive(Debug, Args)]
pub struct LimitArguments {
    /// Last day of the login
    #[arg(long, value_name = "D")]
    pub until: Option<String>,
    /// The only wallets this person sees (repeat)
    #[arg(long = "wallet", value_name = "W")]
    pub wallets: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum Slot {
    /// Who may log in
    List,
    /// Prove that the recovery kit exists outside of this computer; people can be added from then on
    ProveKit {
        /// File with the saved kit, or with its key alone
        #[arg(long, value_name = "F")]
        kit_file: Option<PathBuf>,
    },
    /// Invite somebody; prints a code that is good once, for ten minutes, at this computer
    Add {
        #[arg(long)]
        name: String,
        #[arg(long, value_enum)]
        role: Role,
        #[command(flatten)]
        limits: LimitArguments,
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Take an invitation up; needs no login. First shows the secret for the authenticator, then takes password and code
    Accept {
        #[arg(long)]
        name: String,
        /// File with the code of the invitation
        #[arg(long, value_name = "F")]
        invitation_file: Option<PathBuf>,
        /// File with the new password
        #[arg(long, value_name = "F")]
        password_file: Option<PathBuf>,
        /// Six digits of the authenticator
        #[arg(long)]
        code: Option<String>,
    },
    /// Change the last day and the wallets of a login
    Change {
        name: String,
        #[command(flatten)]
        limits: LimitArguments,
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Let a login in again that was disabled after 100 wrong tries
    Enable {
        name: String,
        #[command(flatten)]
        proof: ProofArguments,
    },
    /// Take a login away; the books get a new key
    Revoke {
        name: String,
        #[command(flatten)]
        proof: ProofArguments,
    },
}
