//! The board of credentials: everything that can be replaced, with its age, what is due, and the worst it could be misused
//! for. Purser's own proofs and keys stand beside those of the providers.
//!
//! No secret is here. Reminders block nothing.

use jiff::civil::Date;
use purser_books::credential::{Ages, CredentialKind, Misuse, Order, Reminder, Rotation, States, Step};
use purser_vault::keyfile::SlotKind;
use serde::{Deserialize, Serialize};

use crate::Purser;
use crate::audit::{Event, Told};
use crate::error::{Error, Result};
use crate::people::{Person, zone_of};
use crate::role::Action;
use crate::session::{Permit, lock};
use crate::step_up::{Act, StepUp};
use crate::store::{Credential, OpenRotation, Since, Store, Wallet};

/// Longest text of a field.
const TEXT_CHARS_MAX: usize = 200;

/// What protects Purser itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnKind {
    Password,
    SecondFactor,
    RecoveryCodes,
    RecoveryKit,
    DatabaseKey,
}

/// Every kind on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BoardKind {
    Own(OwnKind),
    Stored(CredentialKind),
}

/// One row of the board. Texts of Purser's own rows are empty but for the holder: they follow from the kind.
#[derive(Debug, Clone, Serialize)]
pub struct BoardRow {
    /// The number of a stored one; `password`, `totp`, `recovery`, `kit` or `database` of Purser's own, with `@` and the
    /// name for another person's.
    pub id: String,
    pub kind: BoardKind,
    pub name: String,
    pub wallet_id: Option<i64>,
    pub holder: String,
    /// Where it is kept.
    pub kept_at: String,
    /// Where it is used.
    pub used_at: String,
    /// What it may do, in the provider's words.
    pub scope: String,
    /// The worst a thief could do with it.
    pub misuse: Misuse,
    pub made: Option<String>,
    pub rotated: Option<String>,
    pub expires: Option<String>,
    pub compromised: Option<String>,
    pub age_days: Option<i32>,
    pub reminder: Option<Reminder>,
    /// Whether Purser keeps the secret itself, because the owner wanted it.
    pub has_secret: bool,
    /// A replacement under way.
    pub rotation: Option<RotationView>,
}

/// A replacement as a checklist.
#[derive(Debug, Clone, Serialize)]
pub struct RotationView {
    pub order: Order,
    pub steps: Vec<StepView>,
    /// `None`: finished.
    pub next: Option<Step>,
    #[serde(flatten)]
    pub states: States,
    /// Whether one of both works for certain.
    pub works: bool,
    /// Whether it can still be given up.
    pub may_be_abandoned: bool,
    pub began_ms: i64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct StepView {
    pub step: Step,
    pub done: bool,
}

impl RotationView {
    pub(crate) fn of(rotation: &Rotation, began_ms: i64) -> RotationView {
        let steps = rotation.order.steps().iter().enumerate();
        RotationView {
            order: rotation.order,
            steps: steps.map(|(at, step)| StepView { step: *step, done: at < rotation.done }).collect(),
            next: rotation.next(),
            states: rotation.states(),
            works: rotation.works(),
            may_be_abandoned: rotation.may_be_abandoned(),
            began_ms,
        }
    }
}

/// The board of a day.
#[derive(Debug, Clone, Serialize)]
pub struct Board {
    /// The most urgent first.
    pub rows: Vec<BoardRow>,
    /// Days of age after which it is pointed out; 0 = never.
    pub reminder_days: u16,
}

/// A credential as the owner writes it down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialDetails {
    pub kind: CredentialKind,
    pub name: String,
    pub wallet_id: Option<i64>,
    pub holder: String,
    pub kept_at: String,
    pub used_at: String,
    pub scope: String,
    pub misuse: Misuse,
    /// ISO date.
    pub made: Option<String>,
    /// ISO date.
    pub expires: Option<String>,
}

impl Purser {
    /// Everything that can be replaced, the most urgent first.
    pub async fn credentials(&self) -> Result<Board> {
        let permit = self.permit(Action::ReadSecurity).await?;
        let today = self.today(permit.store()).await?;
        let reminder_days = lock(&permit.session().key_file).policy().rotation_reminder_days;
        let rotations = permit.store().open_rotations().await?;
        let mut rows = self.own_rows(&permit, today, reminder_days).await?;
        for credential in permit.store().credentials().await? {
            let rotation = rotations.iter().find(|open| open.credential_id == credential.id);
            rows.push(stored_row(credential, rotation, today, reminder_days));
        }
        // No reminder comes last; a stable sort keeps Purser's own first among equals.
        rows.sort_by_key(|row| (row.reminder.is_none(), row.reminder));
        Ok(Board { rows, reminder_days })
    }

    /// Writes a credential down. A second factor and a proven kit come first.
    pub async fn add_credential(&self, details: CredentialDetails) -> Result<i64> {
        self.check_ready(self.permit(Action::AddCredential).await?.session())?;
        self.write_credential_down(details).await
    }

    /// The same in the demo, which has nothing to protect.
    pub(crate) async fn write_credential_down(&self, details: CredentialDetails) -> Result<i64> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let credential = checked(permit.store(), 0, details).await?;
        let id = permit.store().insert_credential(&credential, self.now_ms()).await?;
        self.announce();
        Ok(id)
    }

    pub async fn change_credential(&self, id: i64, details: CredentialDetails) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let credential = checked(permit.store(), id, details).await?;
        permit.store().update_credential(&credential).await?;
        self.announce();
        Ok(())
    }

    /// Takes a credential off the board, with its history and its secret.
    pub async fn remove_credential(&self, proof: StepUp, id: i64) -> Result<()> {
        let store = self.proven_store(proof, Act::RemoveCredential).await?;
        store.remove_credential(id).await?;
        self.announce();
        Ok(())
    }

    /// Somebody else may know it: the board and the open doors say so until it is replaced.
    pub async fn report_credential(&self, id: i64) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let today = self.today(permit.store()).await?;
        permit.store().set_compromised(id, &today.to_string()).await?;
        self.announce();
        Ok(())
    }

    /// Days of age after which a credential is pointed out, 0 = never. Later or never lowers the protection and needs a
    /// proof.
    pub async fn set_reminder_days(&self, days: u16, proof: Option<StepUp>) -> Result<()> {
        let session = self.person(Action::ChangeSettings).await?;
        let (current, device) = self.key_file()?;
        let later = |days: u16| if days == 0 { u16::MAX } else { days };
        if later(days) > later(current.policy().rotation_reminder_days) {
            proof.ok_or(crate::Code::StepUp)?.spend(Act::LowerSetting, &session, &self.now())?;
        }
        let policy = purser_vault::keyfile::Policy { rotation_reminder_days: days, ..current.policy().clone() };
        let changed = current.set_policy(&lock(&session.secret), policy)?;
        self.save_key_file(&changed, &device)?;
        *lock(&session.key_file) = changed;
        self.announce();
        self.tell(&session, Event::new(Told::SettingChanged, "reminder_days").with("value", days)).await
    }

    /// The day it is in the zone of the business.
    pub(crate) async fn today(&self, store: &Store) -> Result<Date> {
        let zone = zone_of(store).await?;
        day_in(self.now_ms(), &zone)
            .ok_or_else(|| Error::invalid("the clock of this computer shows no time that can be"))
    }

    /// The books for an act that was proven.
    pub(crate) async fn proven_store(&self, proof: StepUp, act: Act) -> Result<Store> {
        let (session, _) = self.proven(proof, act).await?;
        session.store().ok_or_else(|| crate::Code::NotAllowed.into())
    }

    async fn own_rows(&self, permit: &Permit, today: Date, reminder_days: u16) -> Result<Vec<BoardRow>> {
        let zone = zone_of(permit.store()).await?;
        let day = |ms: Option<i64>| ms.and_then(|ms| day_in(ms, &zone));
        let row = |kind, id: String, holder: &str, ages: Ages| own_row(kind, id, holder, ages, today, reminder_days);
        let mut rows = Vec::new();
        for person in self.people().await? {
            let own = |word: &str| person_id(word, &person);
            let ages = |ms: Option<u64>| Ages {
                made: day(ms.and_then(|ms| i64::try_from(ms).ok())),
                compromised: person.compromised.then_some(today),
                ..Ages::default()
            };
            rows.push(row(OwnKind::Password, own("password"), &person.name, ages(person.password_ms)));
            if person.has_second_factor {
                let factor = Ages { compromised: None, ..ages(person.factor_ms) };
                let codes = Ages { compromised: None, ..ages(person.codes_ms) };
                rows.push(row(OwnKind::SecondFactor, own("totp"), &person.name, factor));
                rows.push(row(OwnKind::RecoveryCodes, own("recovery"), &person.name, codes));
            }
        }
        let store = permit.store();
        let owner = permit.session().slot.name.clone();
        let kit = Ages {
            made: day(store.since(Since::KitMade).await?),
            rotated: day(store.since(Since::KitProven).await?),
            ..Ages::default()
        };
        let key = Ages { made: day(store.since(Since::BooksKey).await?), ..Ages::default() };
        rows.push(row(OwnKind::RecoveryKit, "kit".to_owned(), &owner, kit));
        rows.push(row(OwnKind::DatabaseKey, "database".to_owned(), &owner, key));
        Ok(rows)
    }
}

fn person_id(word: &str, person: &Person) -> String {
    if person.role == SlotKind::Owner { word.to_owned() } else { format!("{word}@{}", person.name) }
}

fn own_row(kind: OwnKind, id: String, holder: &str, ages: Ages, today: Date, reminder_days: u16) -> BoardRow {
    let misuse = match kind {
        // Together with this computer's key, or with a copy of the files.
        OwnKind::Password | OwnKind::RecoveryKit => Misuse::TakesOver,
        // Of no use without the password.
        OwnKind::SecondFactor | OwnKind::RecoveryCodes => Misuse::Nothing,
        OwnKind::DatabaseKey => Misuse::Reads,
    };
    let text = |date: Option<Date>| date.map(|date| date.to_string());
    BoardRow {
        id,
        kind: BoardKind::Own(kind),
        name: String::new(),
        wallet_id: None,
        holder: holder.to_owned(),
        kept_at: String::new(),
        used_at: String::new(),
        scope: String::new(),
        misuse,
        made: text(ages.made),
        rotated: text(ages.rotated),
        expires: text(ages.expires),
        compromised: text(ages.compromised),
        age_days: ages.age_days(today),
        reminder: ages.reminder(today, reminder_days),
        has_secret: false,
        rotation: None,
    }
}

fn stored_row(stored: Credential, open: Option<&OpenRotation>, today: Date, reminder_days: u16) -> BoardRow {
    let date = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let ages = Ages {
        made: date(&stored.made),
        rotated: date(&stored.rotated),
        expires: date(&stored.expires),
        compromised: date(&stored.compromised),
    };
    BoardRow {
        id: stored.id.to_string(),
        kind: BoardKind::Stored(CredentialKind::from_word(&stored.kind).unwrap_or(CredentialKind::Other)),
        misuse: Misuse::from_word(&stored.misuse).unwrap_or(Misuse::Unknown),
        name: stored.name,
        wallet_id: stored.wallet_id,
        holder: stored.holder,
        kept_at: stored.kept_at,
        used_at: stored.used_at,
        scope: stored.scope,
        made: stored.made,
        rotated: stored.rotated,
        expires: stored.expires,
        compromised: stored.compromised,
        age_days: ages.age_days(today),
        reminder: ages.reminder(today, reminder_days),
        has_secret: stored.has_secret,
        rotation: open.map(|open| RotationView::of(&open.rotation(), open.began_ms)),
    }
}

async fn checked(store: &Store, id: i64, details: CredentialDetails) -> Result<Credential> {
    if let Some(wallet) = details.wallet_id {
        check_wallet(&store.wallets().await?, wallet)?;
    }
    Ok(Credential {
        id,
        key: Vec::new(),
        kind: details.kind.word().to_owned(),
        name: name("the name of a credential", &details.name)?,
        wallet_id: details.wallet_id,
        holder: line("the holder", &details.holder)?,
        kept_at: line("where it is kept", &details.kept_at)?,
        used_at: line("where it is used", &details.used_at)?,
        scope: line("what it may do", &details.scope)?,
        misuse: details.misuse.word().to_owned(),
        made: day(details.made.as_deref())?,
        rotated: None,
        expires: day(details.expires.as_deref())?,
        compromised: None,
        secret_version: 0,
        has_secret: false,
    })
}

pub(crate) fn check_wallet(wallets: &[Wallet], id: i64) -> Result<()> {
    let known = wallets.iter().any(|wallet| wallet.id == id);
    if known { Ok(()) } else { Err(Error::not_found(format!("no wallet {id}"))) }
}

/// A text of one line, which may be empty.
pub(crate) fn line(what: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > TEXT_CHARS_MAX || text.contains(char::is_control) {
        return Err(Error::invalid(format!("{what}: one line of at most {TEXT_CHARS_MAX} characters")));
    }
    Ok(text.to_owned())
}

pub(crate) fn name(what: &str, text: &str) -> Result<String> {
    let text = line(what, text)?;
    if text.is_empty() { Err(Error::invalid(format!("{what} is missing"))) } else { Ok(text) }
}

/// An ISO date as the books keep it.
pub(crate) fn day(text: Option<&str>) -> Result<Option<String>> {
    text.map(crate::contract::check_date).transpose()
}

/// The civil day of an instant in a zone.
pub(crate) fn day_in(ms: i64, zone: &str) -> Option<Date> {
    Some(jiff::Timestamp::from_millisecond(ms).ok()?.in_tz(zone).ok()?.date())
}
