//! The emergency freeze, as far as it takes a disk, a keyring and the books.
//!
//! It is written down first and thought about afterwards: the journal is on the disk before anything else happens, and that
//! needs no login, no keyring, no network and no readable books. Then the flag of this process, the keyring's anchor and the
//! books follow, each with little time; what they lack is written there at the next login. Whether a freeze is in force is
//! decided by [`purser_books::freeze::decide`] from all places; what it refuses stands in [`purser_books::freeze::act`].
//!
//! While nobody is logged in the owner's key is read from the key file as it is: whoever could put another in its place could
//! as well remove the journal. The login holds it against the keyring and asks keyring and books too.

pub(crate) mod journals;
pub(crate) mod levers;
mod unfreeze;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use purser_books::freeze::act::Standing;
use purser_books::freeze::decision::Named;
use purser_books::freeze::{self, Decision, FreezeId, Place, Record, Refusal, Rule, Unfreeze, decide, rule};
use purser_vault::FileId;
use purser_vault::key::{SignPublic, SignPurpose, Signature};
use purser_vault::keyfile::{KeyFile, Seen, SlotKind};
use serde::Serialize;

use crate::Purser;
use crate::audit::{Event, Told};
use crate::clock::Clock;
use crate::device::Device;
use crate::error::{Code, Error, Result};
use crate::incident::{Guide, levers_without_books};
use crate::profile::Folder;
use crate::session::{Session, lock};
use crate::store::Store;

use journals::{Journals, Stamp};

pub use levers::{LeverView, PutBackView};
pub(crate) use unfreeze::check_reason;
pub use unfreeze::{CoolingOff, Unfrozen};

/// How long the keyring and the books may take before the answer is given without them.
const PATIENCE: Duration = Duration::from_millis(700);

/// What this process knows of the freeze.
#[derive(Debug, Default)]
pub(crate) struct Flag {
    known: Mutex<Known>,
    not_trusted: AtomicBool,
    /// Where the journals are, once the key file said whose they are.
    journals: Mutex<Option<Journals>>,
}

#[derive(Debug, Default)]
struct Known {
    decision: Decision,
    /// The journals as they were when that was decided: another process may add to them.
    stamp: Option<Stamp>,
}

impl Flag {
    pub(crate) fn set_not_trusted(&self, not_trusted: bool) {
        self.not_trusted.store(not_trusted, Ordering::Release);
    }

    /// Another profile was put in the place of this one.
    pub(crate) fn forget_place(&self) {
        *lock(&self.journals) = None;
    }

    fn set(&self, decision: Decision, stamp: Stamp) {
        *lock(&self.known) = Known { decision, stamp: Some(stamp) };
    }
}

/// A freeze that was asked for and is on the disk.
#[derive(Debug, Clone, Serialize)]
pub struct Requested {
    pub freeze: FreezeId,
    /// From the request until it was on the disk.
    pub local_ms: u64,
    /// What a person has to do now, in order of effect. Only *confirmed* is stopped.
    pub levers: Vec<LeverView>,
    /// What takes a further act: it costs sales.
    pub offered: Vec<LeverView>,
    /// One for each wallet at which nothing that stops money is confirmed.
    pub calls_to_make: usize,
}

/// What is frozen now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FreezeState {
    pub frozen: bool,
    /// The earliest request that is known.
    pub since: Option<Timestamp>,
    /// The login that asked; empty = from the lock screen, or not known.
    pub by: String,
    /// Nobody may have asked: a damaged line of a journal is taken for a request.
    pub from_damage: bool,
    /// An open incident says that somebody may control this computer.
    pub computer_not_trusted: bool,
}

impl FreezeState {
    fn of(decision: &Decision, standing: Standing) -> FreezeState {
        let open = &decision.open;
        FreezeState {
            frozen: standing.frozen,
            since: open.iter().filter_map(|open| open.since).min(),
            by: open.iter().map(|open| open.by.clone()).find(|by| !by.is_empty()).unwrap_or_default(),
            from_damage: !open.is_empty() && open.iter().all(|open| open.from_damage),
            computer_not_trusted: standing.not_trusted,
        }
    }
}

/// Writes a request into the journals of a profile that another process holds and does not answer for. That process sees it
/// before it does anything else.
pub fn request_beside(folder: &Folder, clock: &dyn Clock) -> Result<Requested> {
    if !folder.has_profile() {
        return Err(Code::NoProfile.into());
    }
    request(&Journals::of(folder), clock, "").map(|(requested, _)| requested)
}

/// What the journals of a profile say that another process holds, or whose books cannot be read.
#[must_use]
pub fn state_beside(folder: &Folder) -> FreezeState {
    let key_file = folder.read_keys().ok().and_then(|bytes| KeyFile::parse(&bytes, &Seen::default()).ok());
    let decision = decide_by(&Journals::of(folder).read(), key_file.as_ref());
    FreezeState::of(&decision, Standing { frozen: decision.is_frozen(), not_trusted: false })
}

fn request(journals: &Journals, clock: &dyn Clock, by: &str) -> Result<(Requested, Record)> {
    let begun = clock.now();
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| Code::Internal)?;
    let (id, at) = (FreezeId::from_bytes(id), timestamp(begun.wall_ms));
    let record = Record::Freeze { id, at, by: by.to_owned() };
    journals.append(&record)?;
    let local_ms = clock.now().boot_ms.saturating_sub(begun.boot_ms);
    let Guide { levers, offered, calls_to_make } = levers_without_books(begun.wall_ms);
    Ok((Requested { freeze: id, local_ms, levers, offered, calls_to_make }, record))
}

pub(crate) fn timestamp(ms: u64) -> Timestamp {
    i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX)
}

/// Whether the owner signed the record.
fn is_signed(owner: Option<&SignPublic>, profile: &FileId, record: &Unfreeze) -> bool {
    let Some(owner) = owner else { return false };
    let Ok(bytes) = signature_bytes(&record.signature) else { return false };
    let message = record.message(profile.as_bytes());
    owner.verify(SignPurpose::Unfreeze, &message, &Signature::from_bytes(bytes)).is_ok()
}

pub(crate) fn signature_bytes(hex: &str) -> Result<[u8; 64]> {
    let mut bytes = [0; 64];
    if hex.len() != 128 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Code::Damaged.into());
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| Code::Damaged)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| Code::Damaged)?;
    }
    Ok(bytes)
}

fn decide_by(told: &[freeze::Told], key_file: Option<&KeyFile>) -> Decision {
    decide(told, |record| key_file.is_some_and(|file| is_signed(Some(&file.owner_public()), &file.file_id(), record)))
}

impl Purser {
    fn journals(&self) -> Journals {
        let mut known = lock(&self.freezing.journals);
        if let Some(journals) = &*known {
            return journals.clone();
        }
        let journals = Journals::of(&self.folder);
        if journals.are_two() {
            *known = Some(journals.clone());
        }
        journals
    }

    /// Freezes: from every state, by anybody at this computer. An error only where no place at all could be written, and
    /// even then this process is frozen.
    pub async fn freeze(&self) -> Result<Requested> {
        let session = self.session().await.ok();
        let by = session.as_ref().map(|session| session.slot.name.clone()).unwrap_or_default();
        if !self.folder.has_profile() {
            return Err(Code::NoProfile.into());
        }
        let journals = self.journals();
        let asked = request(&journals, &*self.clock, &by);
        let Ok((mut requested, Record::Freeze { id, at, .. })) = asked else {
            return self.freeze_without_journal(asked.err()).await;
        };
        let named = Named { id, at: Some(at), by, from_damage: false };
        self.remember_frozen(&named, &journals);
        self.freeze_anchor(id).await;
        if let Some(store) = session.as_ref().and_then(|session| session.store()) {
            let in_books = async {
                store.insert_freeze(&named, &frozen_event(&named, false)).await?;
                // Who sees chosen wallets leaves the incident to the owner: it is about all of them.
                if session.as_ref().is_some_and(|session| session.is_narrowed()) {
                    return Ok(levers_without_books(self.now().wall_ms));
                }
                self.incident_of_freeze(&store, id, at, &named.by).await
            };
            match tokio::time::timeout(PATIENCE, in_books).await {
                Ok(Ok(Guide { levers, offered, calls_to_make })) => {
                    (requested.levers, requested.offered) = (levers, offered);
                    requested.calls_to_make = calls_to_make;
                }
                _ => tracing::warn!("the books do not know of the freeze yet"),
            }
            crate::files::kill_point("freeze.books");
        }
        self.announce();
        Ok(requested)
    }

    /// Nothing could be written into the journals: the keyring is the last place.
    async fn freeze_without_journal(&self, error: Option<Error>) -> Result<Requested> {
        let begun = self.now();
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| Code::Internal)?;
        let id = FreezeId::from_bytes(id);
        let named = Named { id, at: Some(timestamp(begun.wall_ms)), by: String::new(), from_damage: false };
        self.remember_frozen(&named, &self.journals());
        self.announce();
        if self.freeze_anchor(id).await {
            let local_ms = self.now().boot_ms.saturating_sub(begun.boot_ms);
            let Guide { levers, offered, calls_to_make } = levers_without_books(begun.wall_ms);
            return Ok(Requested { freeze: id, local_ms, levers, offered, calls_to_make });
        }
        Err(error.unwrap_or_else(|| Code::Io.into()))
    }

    fn remember_frozen(&self, named: &Named, journals: &Journals) {
        let mut known = lock(&self.freezing.known);
        known.decision.open.push(freeze::decision::Open {
            id: named.id,
            since: named.at,
            by: named.by.clone(),
            from_damage: false,
            places: Vec::new(),
        });
        known.stamp = Some(journals.stamp());
    }

    /// Writes it into the keyring, if that answers soon. `false`: not yet.
    async fn freeze_anchor(&self, id: FreezeId) -> bool {
        let (stores, folder) = (Arc::clone(&self.stores), self.folder.clone());
        let work = tokio::task::spawn_blocking(move || {
            let file = KeyFile::parse(&folder.read_keys()?, &Seen::default())?;
            let device = Device::new(stores.open(file.device_store(), folder.root())?, file.file_id());
            add_to_anchor(&device, &[id])
        });
        let written = matches!(tokio::time::timeout(PATIENCE, work).await, Ok(Ok(Ok(()))));
        crate::files::kill_point("freeze.anchor");
        if !written {
            tracing::warn!("the keyring does not know of the freeze yet");
        }
        written
    }

    /// What is frozen now, as this process knows it.
    #[must_use]
    pub fn freeze_state(&self) -> FreezeState {
        let standing = self.standing();
        FreezeState::of(&lock(&self.freezing.known).decision, standing)
    }

    /// How this computer stands. Looks at the journals again where they changed: another process may freeze too.
    pub(crate) fn standing(&self) -> Standing {
        let journals = self.journals();
        let stamp = journals.stamp();
        let mut known = lock(&self.freezing.known);
        if known.stamp.as_ref() != Some(&stamp) {
            let key_file = self.folder.read_keys().ok().and_then(|bytes| KeyFile::parse(&bytes, &Seen::default()).ok());
            let told = decide_by(&journals.read(), key_file.as_ref());
            // What was known from elsewhere stays: a journal that is gone ends nothing.
            for open in told.open {
                if !known.decision.open.iter().any(|known| known.id == open.id) {
                    known.decision.open.push(open);
                }
            }
            known.stamp = Some(stamp);
        }
        let not_trusted = self.freezing.not_trusted.load(Ordering::Acquire);
        Standing { frozen: known.decision.is_frozen(), not_trusted }
    }

    /// The one place where a freeze refuses. `proven`: a proof for this very act was given, or is about to be.
    pub(crate) fn check_freeze(&self, session: &Session, act: freeze::Act, proven: bool) -> Result<()> {
        match rule(act, self.standing()) {
            Ok(Rule::GoesOn) => Ok(()),
            Ok(Rule::OwnerWithStepUp) if session.slot.kind != SlotKind::Owner => Err(Code::Frozen.into()),
            Ok(Rule::OwnerWithStepUp) if proven || session.is_fresh(&self.now()) => Ok(()),
            Ok(Rule::OwnerWithStepUp) => Err(Error::new(
                Code::StepUp,
                "frozen: this needs a password and a code of the last five minutes; lock and log in anew",
            )),
            Ok(Rule::Refused) | Err(Refusal::Frozen) => Err(Code::Frozen.into()),
            Err(Refusal::ComputerNotTrusted) => Err(Code::ComputerNotTrusted.into()),
        }
    }

    /// The same for what is done without a session. The keyring is asked too, where it answers.
    pub(crate) fn check_freeze_locked(&self, act: freeze::Act) -> Result<()> {
        if let Ok(file) = self.folder.read_keys()
            && let Ok(file) = KeyFile::parse(&file, &Seen::default())
            && let Ok(store) = self.stores.open(file.device_store(), self.folder.root())
            && let Ok(anchor) = Device::new(store, file.file_id()).read_anchor()
            && !anchor.freezes.is_empty()
        {
            let mut told = self.journals().read();
            told.push(freeze::Told::by_ids(Place::Anchor, anchor.freezes.iter().copied()));
            if decide_by(&told, Some(&file)).is_frozen()
                && rule(act, Standing { frozen: true, not_trusted: false }) == Err(Refusal::Frozen)
            {
                return Err(Code::Frozen.into());
            }
        }
        match rule(act, self.standing()) {
            Err(Refusal::Frozen) => Err(Code::Frozen.into()),
            Err(Refusal::ComputerNotTrusted) => Err(Code::ComputerNotTrusted.into()),
            Ok(_) => Ok(()),
        }
    }

    /// Asks every place at a login, writes what one lacks, tidies up what was ended.
    pub(crate) async fn settle_freeze(&self, session: &Session, device: &Device) -> Result<()> {
        let journals = self.journals();
        let (stamp, store) = (journals.stamp(), session.store());
        let key_file = lock(&session.key_file).clone();
        let mut anchor = device.read_anchor()?;
        let mut told = journals.read();
        told.push(freeze::Told::by_ids(Place::Anchor, anchor.freezes.iter().copied()));
        if let Some(store) = &store {
            told.push(store.told_of_freezes().await?);
        }
        let decision = decide_by(&told, Some(&key_file));
        for (place, id) in &decision.forged {
            self.tell(session, Event::new(Told::FreezeForged, &id.to_string()).with("place", place.word())).await?;
        }
        let named = |id: FreezeId| {
            let all = told.iter().flat_map(|told| &told.freezes).filter(|named| named.id == id);
            all.max_by_key(|named| named.at.is_some()).cloned()
        };
        for (place, id) in &decision.lacking {
            let Some(named) = named(*id) else { continue };
            match (place, &store) {
                (Place::Database, Some(store)) => store.insert_freeze(&named, &frozen_event(&named, true)).await?,
                (Place::Anchor, _) => anchor.freezes.push(*id),
                (place, _) => {
                    let at = named.at.unwrap_or_else(|| timestamp(self.now().wall_ms));
                    if let Err(error) = journals.append_in(*place, &Record::Freeze { id: *id, at, by: named.by }) {
                        tracing::warn!(code = ?error.code, "freeze journal");
                    }
                }
            }
        }
        if decision.lacking.iter().any(|(place, _)| *place == Place::Anchor) {
            device.write_anchor(&anchor)?;
        }
        let is_over = !decision.is_frozen() && told.iter().any(|told| !told.freezes.is_empty());
        if is_over {
            self.finish_unfreeze(store.as_ref(), device, &decision.ended).await?;
        }
        if let Some(store) = &store {
            self.learn_trust(store).await?;
            if let Some(open) = decision.open.first().filter(|_| !session.is_narrowed()) {
                let since = open.since.unwrap_or_else(|| timestamp(self.now().wall_ms));
                self.incident_of_freeze(store, open.id, since, &open.by).await?;
            }
        }
        let changed = is_over || !decision.lacking.is_empty();
        self.freezing.set(decision, if changed { journals.stamp() } else { stamp });
        journals.keep_reserve();
        Ok(())
    }
}

/// Adds to what the keyring remembers.
fn add_to_anchor(device: &Device, ids: &[FreezeId]) -> Result<()> {
    let mut anchor = device.read_anchor()?;
    for id in ids {
        if !anchor.freezes.contains(id) {
            anchor.freezes.push(*id);
        }
    }
    device.write_anchor(&anchor)
}

fn frozen_event(named: &Named, deferred: bool) -> Event {
    let event = Event::new(Told::Frozen, &named.id.to_string()).with("asked_by", named.by.as_str());
    let event = match named.at {
        Some(at) => event.with("asked_at", at.to_string()),
        None => event.with("from_damage", true),
    };
    if deferred { event.with("deferred", true) } else { event }
}

impl Purser {
    /// Ends what the owner signed the end of: no place names it any more, and a new journal begins, so that no later change of
    /// the owner's key makes an old signature worthless.
    async fn finish_unfreeze(&self, store: Option<&Store>, device: &Device, ended: &[FreezeId]) -> Result<()> {
        let mut anchor = device.read_anchor()?;
        anchor.freezes.retain(|id| !ended.contains(id));
        device.write_anchor(&anchor)?;
        crate::files::kill_point("unfreeze.anchor");
        let journals = self.journals();
        let open = |told: &freeze::Told| told.freezes.iter().any(|named| !ended.contains(&named.id));
        if journals.read().iter().any(open) {
            // Somebody froze in this very moment.
            return Ok(());
        }
        let stamp = timestamp(self.now().wall_ms).strftime("%Y%m%dT%H%M%SZ").to_string();
        journals.set_aside(&stamp)?;
        crate::files::kill_point("unfreeze.journals");
        if let Some(store) = store {
            store.settle_freezes(ended).await?;
        }
        Ok(())
    }
}
