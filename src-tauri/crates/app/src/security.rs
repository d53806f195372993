//! The security page: open doors, the worst first, and the facts they follow from.
//!
//! Everything is asked now, from the key file, the login counters and the books themselves. What Purser cannot do yet is
//! said as such and never shown as closed.

use purser_books::door::{BackupFacts, CredentialFacts, Door, Facts, PersonFacts, PurserFacts, open_doors};
use purser_vault::keyfile::{DeviceStore, SlotKind};
use serde::Serialize;

use crate::Purser;
use crate::audit::Told;
use crate::backup::{DAMAGED_BACKUP, SECOND_PLACE};
use crate::credentials::{BoardKind, BoardRow, day_in};
use crate::devices::{Device, devices_of};
use crate::error::Result;
use crate::people::{Person, PersonState, zone_of};
use crate::role::Action;
use crate::session::lock;
use crate::store::Since;
use crate::wallet_security::{WalletSecurity, wallet_security_of};

/// Everything on the page.
#[derive(Debug, Clone, Serialize)]
pub struct SecurityPage {
    /// The worst first. The target of a credential of Purser's own is its id on the board.
    pub doors: Vec<Door>,
    pub purser: PurserProtection,
    pub people: Vec<Person>,
    pub wallets: Vec<WalletSecurity>,
    pub devices: Vec<Device>,
}

/// How this profile is protected.
#[derive(Debug, Clone, Serialize)]
pub struct PurserProtection {
    /// The version of SQLCipher that the open books are encrypted with, as it says itself.
    pub cipher: String,
    /// ISO date of the key of the books; `None` = not known.
    pub books_key_made: Option<String>,
    /// A new key of the books is owed.
    pub renewal_pending: bool,
    /// Where this computer's key is.
    pub device_store: DeviceStore,
    /// Which product keeps it.
    pub store_vendor: String,
    /// To be compared with the printed kit.
    pub owner_fingerprint: String,
    pub kit_proven: bool,
    /// ISO dates; `None` = not known.
    pub kit_made: Option<String>,
    pub kit_proven_on: Option<String>,
    /// ISO date of the last backup.
    pub last_backup: Option<String>,
    /// ISO date; one was opened and found whole.
    pub backup_proven: Option<String>,
    /// The name of a backup that was opened and was not whole.
    pub backup_damaged: Option<String>,
    /// Whether backups go to a second place too.
    pub second_place: bool,
    /// What is known of the audit log.
    pub audit: AuditState,
    pub idle_minutes: u8,
    pub reminder_days: u16,
}

/// State of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditState {
    /// The log is kept, and every login found it as this computer had seen it.
    Kept,
    /// A login found it to be another one: see `purser audit verify`.
    Differs,
}

impl Purser {
    /// What stands open today, and everything it follows from.
    pub async fn security(&self) -> Result<SecurityPage> {
        let board = self.credentials().await?;
        let people = self.people().await?;
        let permit = self.permit(Action::ReadSecurity).await?;
        let today = self.today(permit.store()).await?;
        let wallets = wallet_security_of(permit.store(), today).await?;
        let devices = devices_of(permit.store(), today).await?;
        let purser = self.protection(&permit).await?;
        let cards = crate::contacts::card::printed(permit.store()).await?;
        let practice = crate::incident::practice_of(permit.store(), self.moment().wall).await?;
        let not_put_back = crate::incident::not_put_back(permit.store(), self.standing().frozen).await?;
        let tasks = crate::incident::due_tasks(permit.store(), self.moment().wall).await?;
        let numbers_missing = crate::contacts::numbers_missing(permit.store()).await?;
        let day = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        let facts = Facts {
            purser: PurserFacts {
                people: people.iter().map(person_facts).collect(),
                kit_proven: purser.kit_proven,
                kit_proven_on: day(&purser.kit_proven_on),
                key_in_file: purser.device_store != DeviceStore::Keyring,
                renewal_pending: purser.renewal_pending,
                stale_cards: cards.into_iter().filter(|card| card.stale).map(|card| card.person).collect(),
                tasks,
                practised: practice.last.map(|last| last.day),
                not_put_back,
                numbers_missing: numbers_missing.iter().map(|known| known.name().to_owned()).collect(),
                backups: BackupFacts {
                    made: purser.last_backup.is_some(),
                    second_place: purser.second_place,
                    proven: day(&purser.backup_proven),
                    damaged: purser.backup_damaged.clone(),
                },
            },
            wallets: wallets.iter().map(WalletSecurity::facts).collect(),
            devices: devices.iter().map(Device::facts).collect(),
            credentials: board.rows.iter().filter_map(credential_facts).collect(),
        };
        Ok(SecurityPage { doors: open_doors(&facts, today), purser, people, wallets, devices })
    }

    async fn protection(&self, permit: &crate::Permit) -> Result<PurserProtection> {
        let key_file = lock(&permit.session().key_file).clone();
        let store = permit.store();
        let zone = zone_of(store).await?;
        let day = |ms: Option<i64>| ms.and_then(|ms| day_in(ms, &zone)).map(|day| day.to_string());
        Ok(PurserProtection {
            cipher: store.cipher_version().await?,
            books_key_made: day(store.since(Since::BooksKey).await?),
            renewal_pending: key_file.pending().is_some(),
            device_store: key_file.device_store(),
            store_vendor: key_file.store_vendor().to_owned(),
            owner_fingerprint: key_file.owner_public().fingerprint(),
            kit_proven: key_file.policy().kit_proven,
            kit_made: day(store.since(Since::KitMade).await?),
            kit_proven_on: day(store.since(Since::KitProven).await?),
            last_backup: day(store.since(Since::BackupMade).await?),
            backup_proven: day(store.since(Since::BackupProven).await?),
            backup_damaged: store.fact(DAMAGED_BACKUP).await?,
            second_place: store.fact(SECOND_PLACE).await?.is_some(),
            audit: match store.last_audit_row(Told::LogDiffers.word()).await? {
                None => AuditState::Kept,
                Some(_) => AuditState::Differs,
            },
            idle_minutes: key_file.policy().idle_lock_minutes,
            reminder_days: key_file.policy().rotation_reminder_days,
        })
    }
}

fn person_facts(person: &Person) -> PersonFacts {
    let is_owner = person.role == SlotKind::Owner;
    // The owner's exposed generator is replaced by a new one; what another person's password opened ends with her login.
    let exposed = match (person.exposed_ms, person.factor_ms) {
        (Some(exposed), Some(factor)) if is_owner => exposed >= factor,
        (exposed, _) => exposed.is_some(),
    };
    PersonFacts {
        name: person.name.clone(),
        is_owner,
        has_second_factor: person.has_second_factor,
        compromised: person.compromised,
        exposed,
        disabled: person.state == PersonState::Disabled,
        over: person.state == PersonState::Over,
        invitation_over: person.state == PersonState::InvitationOver,
    }
}

/// A compromised password of Purser's own is a door of its own already.
fn credential_facts(row: &BoardRow) -> Option<CredentialFacts> {
    let reminder = row.reminder?;
    match row.kind {
        BoardKind::Own(_) if row.compromised.is_some() => None,
        BoardKind::Own(_) => Some(CredentialFacts { name: row.id.clone(), reminder }),
        BoardKind::Stored(_) => Some(CredentialFacts { name: row.name.clone(), reminder }),
    }
}
