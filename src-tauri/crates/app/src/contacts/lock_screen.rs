//! What of the register anybody at this computer may see, without a login: nothing, unless the owner says otherwise.
//!
//! What she allows is written into a plain file of the profile folder, and nothing else is; taking it back removes the file. The
//! owner signs it, so that a program that merely writes into the folder cannot put its own telephone number there. Who can put
//! another key file in place can: a number on the lock screen is a help, and no proof.

use purser_books::document::Text;
use purser_books::papers::CaseWallet;
use purser_vault::key::{SignPurpose, Signature};
use purser_vault::keyfile::{KeyFile, Seen, SlotKind};
use serde::{Deserialize, Serialize};

use super::case_wallets;
use crate::Purser;
use crate::audit::{Event, Told};
use crate::error::{Code, Result};
use crate::files;
use crate::freeze::signature_bytes;
use crate::import::hex;
use crate::role::Action;
use crate::session::{Session, lock};
use crate::store::Store;

/// Name of the fact.
const ALLOWED: &str = "lock_screen_contacts";
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// What is shown to anybody at this computer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockScreen {
    #[default]
    Off,
    /// The numbers copied from signed-in pages.
    Numbers,
    /// And each wallet's name, account and people.
    All,
}

impl LockScreen {
    pub const ALL: [LockScreen; 3] = [LockScreen::Off, LockScreen::Numbers, LockScreen::All];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            LockScreen::Off => "off",
            LockScreen::Numbers => "numbers",
            LockScreen::All => "all",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<LockScreen> {
        LockScreen::ALL.into_iter().find(|known| known.word() == word)
    }
}

/// What the lock screen shows of the owner's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockContacts {
    /// ISO date it was last written.
    pub as_of: String,
    pub own_numbers: Vec<LockNumber>,
    pub wallets: Vec<CaseWallet>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockNumber {
    pub provider: String,
    pub number: String,
    /// ISO date it was copied.
    pub noted: String,
}

impl Purser {
    /// Lets the lock screen show something of the register, or nothing any more.
    pub async fn set_lock_screen(&self, shown: LockScreen) -> Result<()> {
        let permit = self.permit(Action::ChangeSettings).await?;
        if shown == LockScreen::Off {
            // Killed in between, the next login writes it again; the other way round it would stay readable.
            self.remove_lock_contacts()?;
            files::kill_point("lock_contacts.removed");
        }
        let row = Event::new(Told::SettingChanged, ALLOWED).with("value", shown.word());
        permit.store().put_fact(ALLOWED, Some(shown.word()), &row).await?;
        files::kill_point("lock_contacts.allowed");
        self.settle_lock_screen(permit.session(), permit.store()).await?;
        self.announce();
        Ok(())
    }

    /// What the owner lets anybody see: asked without a login. `None` = nothing, or not signed by the owner.
    #[must_use]
    pub fn lock_contacts(&self) -> Option<LockContacts> {
        let bytes = files::read_small(&self.folder.lock_contacts(), FILE_BYTES_MAX).ok()?;
        let key_file = KeyFile::parse(&self.folder.read_keys().ok()?, &Seen::default()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (body, signature) = text.trim_end().split_once('\n')?;
        let signature = Signature::from_bytes(signature_bytes(signature).ok()?);
        let message = message(&key_file, body);
        key_file.owner_public().verify(SignPurpose::LockScreen, &message, &signature).ok()?;
        serde_json::from_str(body).ok().map(cleaned)
    }

    /// The same at a login, which it never keeps from opening.
    pub(crate) async fn settle_lock_screen_of(&self, session: &Session) {
        let Some(store) = session.store() else { return };
        if let Err(error) = self.settle_lock_screen(session, &store).await {
            tracing::warn!(code = ?error.code, "contacts of the lock screen");
        }
    }

    /// Makes the file what the setting says. Whoever is not the owner can only take it away.
    pub(crate) async fn settle_lock_screen(&self, session: &Session, store: &Store) -> Result<()> {
        let shown = allowed(store).await?;
        if shown == LockScreen::Off {
            return self.remove_lock_contacts();
        }
        if session.slot.kind != SlotKind::Owner {
            return Ok(());
        }
        let now = LockContacts {
            as_of: self.today(store).await?.to_string(),
            own_numbers: store.own_numbers().await?.into_iter().map(lock_number).collect(),
            wallets: if shown == LockScreen::All { case_wallets(store).await? } else { Vec::new() },
        };
        let now = cleaned(now);
        if self.lock_contacts().is_some_and(|known| LockContacts { as_of: now.as_of.clone(), ..known } == now) {
            return Ok(());
        }
        let body = serde_json::to_string(&now).map_err(|_| Code::Internal)?;
        let message = message(&lock(&session.key_file).clone(), &body);
        let signature = lock(&session.secret).sign(SignPurpose::LockScreen, &message);
        let text = format!("{body}\n{}\n", hex(signature.as_bytes()));
        Ok(files::replace(&self.folder.lock_contacts(), text.as_bytes(), "lock_contacts")?)
    }

    fn remove_lock_contacts(&self) -> Result<()> {
        let path = self.folder.lock_contacts();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(files::sync_folder(&path)?),
        }
    }
}

pub(crate) async fn allowed(store: &Store) -> Result<LockScreen> {
    let word = store.fact(ALLOWED).await?;
    Ok(word.as_deref().and_then(LockScreen::from_word).unwrap_or_default())
}

/// What is signed: this profile's, and these words.
fn message(key_file: &KeyFile, body: &str) -> Vec<u8> {
    [key_file.file_id().as_bytes().as_slice(), body.as_bytes()].concat()
}

fn lock_number(own: crate::store::OwnNumber) -> LockNumber {
    LockNumber { provider: own.provider, number: own.number, noted: own.noted }
}

/// Every text as one line that shows what it holds.
fn cleaned(mut contacts: LockContacts) -> LockContacts {
    let clean = |text: &mut String| *text = Text::clean(text).to_string();
    clean(&mut contacts.as_of);
    for number in &mut contacts.own_numbers {
        [&mut number.provider, &mut number.number, &mut number.noted].into_iter().for_each(clean);
    }
    for wallet in &mut contacts.wallets {
        let texts = [&mut wallet.name, &mut wallet.provider, &mut wallet.account, &mut wallet.legal_representative];
        texts.into_iter().for_each(clean);
        [&mut wallet.administrator, &mut wallet.bound_phone, &mut wallet.deputy].into_iter().for_each(clean);
    }
    contacts
}
