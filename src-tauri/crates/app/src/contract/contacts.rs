//! The commands of the register of contacts.

use std::path::PathBuf;

use purser_books::papers::ContactRole;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Purser;
use crate::contacts::ContactsChange;
use crate::contacts::card::CardRequest;
use crate::contacts::lock_screen::LockScreen;
use crate::error::Result;
use crate::role::Action;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "contacts")]
pub enum ContactsCommand {
    List,
    Set {
        /// Its name.
        wallet: String,
        /// An empty text takes away what was there.
        values: Vec<(ContactRole, String)>,
        noted: Option<String>,
    },
    OwnNumber {
        provider: String,
        number: String,
        noted: Option<String>,
    },
    /// Its signed-in pages show no number; or that is taken back.
    NoNumber {
        provider: String,
        is_none: bool,
    },
    RemoveNumber {
        id: i64,
    },
    /// What anybody at this computer may see.
    LockScreen {
        shown: LockScreen,
    },
    Card {
        request: CardRequest,
        output: PathBuf,
    },
    /// It was torn up.
    ForgetCard {
        person: String,
    },
}

impl ContactsCommand {
    /// The row of the role table.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            ContactsCommand::List => Action::ReadSecurity,
            ContactsCommand::LockScreen { .. } => Action::ChangeSettings,
            ContactsCommand::Set { .. }
            | ContactsCommand::OwnNumber { .. }
            | ContactsCommand::NoNumber { .. }
            | ContactsCommand::RemoveNumber { .. }
            | ContactsCommand::Card { .. }
            | ContactsCommand::ForgetCard { .. } => Action::ManageSecurity,
        }
    }
}

impl Purser {
    pub(super) async fn run_contacts(&self, command: ContactsCommand) -> Result<Value> {
        use ContactsCommand as C;
        match command {
            C::List => {}
            C::Set { wallet, values, noted } => {
                let permit = self.permit(Action::ManageSecurity).await?;
                let wallet = permit.store().wallet_named(&wallet).await?;
                self.set_contacts(wallet.id, &ContactsChange { values, noted }).await?;
            }
            C::OwnNumber { provider, number, noted } => {
                self.note_own_number(&provider, &number, noted.as_deref()).await?;
            }
            C::NoNumber { provider, is_none } => self.note_no_number(&provider, is_none).await?,
            C::RemoveNumber { id } => self.remove_own_number(id).await?,
            C::LockScreen { shown } => self.set_lock_screen(shown).await?,
            C::Card { request, output } => return Ok(json!(self.write_card(&request, &output).await?)),
            C::ForgetCard { person } => self.forget_card(&person).await?,
        }
        Ok(json!(self.contacts().await?))
    }
}
