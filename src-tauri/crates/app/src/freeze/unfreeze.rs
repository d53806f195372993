//! The way out of a freeze: the owner's wish with a reason, a wait that only the boot clock counts, a fresh proof, a signature.

use jiff::Timestamp;
use purser_books::freeze::cool_off::{COOL_OFF_S, Refused, Wait, set_length};
use purser_books::freeze::{self, CoolOff, Decision, Moment, Place, Record, Unfreeze};
use purser_vault::audit::Checkpoint;
use purser_vault::key::SignPurpose;
use serde::Serialize;

use super::{Flag, decide_by, timestamp};
use crate::Purser;
use crate::audit::{Event, Told};
use crate::device::Device;
use crate::error::{Code, Error, Result};
use crate::session::{Session, lock};
use crate::step_up::{Act, StepUp};
use crate::store::Store;

/// Name under which the books keep the wait.
const COOL_OFF: &str = "cool_off";
const LENGTH: &str = "cool_off_s";

/// What came of asking for the end of a freeze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Unfrozen {
    /// Ask again after `until`, with a fresh proof.
    CoolingOff {
        until: Timestamp,
    },
    Unfrozen {
        until: Option<Timestamp>,
    },
}

/// A wait under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoolingOff {
    pub reason: String,
    pub begun: Timestamp,
    pub remaining_s: u64,
    pub until: Timestamp,
}

impl Purser {
    /// Begins the wait, or ends the freeze when it is over. The reason that counts is the one the wait began with.
    pub async fn unfreeze(&self, proof: StepUp, reason: &str) -> Result<Unfrozen> {
        check_reason(reason)?;
        let (session, _) = self.proven(proof, Act::Unfreeze).await?;
        let store = session.store().ok_or(Code::NotAllowed)?;
        let (_, device) = self.key_file()?;
        let decision = self.decide_now(&session, &device, &store).await?;
        if !decision.is_frozen() {
            return Err(refused(Refused::NotFrozen));
        }
        let now = self.moment();
        let known = read_cool_off(&store).await?;
        let waiting = known.filter(|cool_off| cool_off.wait(&decision, now) != Wait::Cancelled);
        let Some(mut cool_off) = waiting else { return self.begin_cool_off(&store, &decision, reason, now).await };
        cool_off.tick(now);
        write_cool_off(&store, &cool_off).await?;
        match cool_off.wait(&decision, now) {
            Wait::Waiting { until, .. } => Ok(Unfrozen::CoolingOff { until }),
            Wait::Cancelled => self.begin_cool_off(&store, &decision, reason, now).await,
            Wait::Over => {
                self.sign_end(&session, &store, &device, cool_off.to_sign(&decision, now)).await?;
                Ok(Unfrozen::Unfrozen { until: None })
            }
        }
    }

    /// The wait under way; `None` = none is, or a new freeze cancelled it.
    pub async fn cooling_off(&self) -> Result<Option<CoolingOff>> {
        let permit = self.permit(crate::Action::ReadIncident).await?;
        let (_, device) = self.key_file()?;
        let decision = self.decide_now(permit.session(), &device, permit.store()).await?;
        let Some(cool_off) = read_cool_off(permit.store()).await? else { return Ok(None) };
        let of = |remaining_ms: u64, until| CoolingOff {
            reason: cool_off.reason.clone(),
            begun: cool_off.begun,
            remaining_s: remaining_ms.div_ceil(1000),
            until,
        };
        Ok(match cool_off.wait(&decision, self.moment()) {
            Wait::Waiting { remaining_ms, until } => Some(of(remaining_ms, until)),
            Wait::Over => Some(of(0, self.moment().wall)),
            Wait::Cancelled => None,
        })
    }

    /// Takes the wish back.
    pub async fn cancel_unfreeze(&self) -> Result<()> {
        let permit = self.permit(crate::Action::CancelUnfreeze).await?;
        permit.store().put_fact(COOL_OFF, None, &Event::new(Told::UnfreezeCancelled, "")).await?;
        self.announce();
        Ok(())
    }

    /// Length of the wait in seconds.
    pub async fn cool_off_length(&self) -> Result<u32> {
        let permit = self.permit(crate::Action::ReadIncident).await?;
        cool_off_s(permit.store()).await
    }

    /// Length of the wait in seconds; shorter needs a proof and is refused while frozen.
    pub async fn set_cool_off(&self, seconds: u32, proof: Option<StepUp>) -> Result<()> {
        let permit = self.permit(crate::Action::ChangeSettings).await?;
        let current = cool_off_s(permit.store()).await?;
        let length = set_length(current, seconds, self.standing().frozen).map_err(refused)?;
        if length < current {
            self.proven(proof.ok_or(Code::StepUp)?, Act::LowerSetting).await?;
        }
        let event = Event::new(Told::SettingChanged, LENGTH).with("value", length);
        permit.store().put_fact(LENGTH, Some(&length.to_string()), &event).await
    }

    /// Counts the time that passed, so that a restart loses little of it.
    pub(crate) async fn tick_cool_off(&self) {
        let Ok(session) = self.session().await else { return };
        let Some(store) = session.store() else { return };
        let Ok(Some(mut cool_off)) = read_cool_off(&store).await else { return };
        cool_off.tick(self.moment());
        if let Err(error) = write_cool_off(&store, &cool_off).await {
            tracing::warn!(code = ?error.code, "cool-off");
        }
    }

    async fn begin_cool_off(&self, store: &Store, decision: &Decision, reason: &str, now: Moment) -> Result<Unfrozen> {
        let length_s = cool_off_s(store).await?;
        let cool_off = CoolOff::begin(decision, reason, length_s, now).map_err(refused)?;
        let text = serde_json::to_string(&cool_off).map_err(|_| Code::Internal)?;
        let event =
            Event::new(Told::UnfreezeBegun, "").with("reason", cool_off.reason.as_str()).with("wait_s", length_s);
        store.put_fact(COOL_OFF, Some(&text), &event).await?;
        self.announce();
        match cool_off.wait(decision, now) {
            Wait::Waiting { until, .. } => Ok(Unfrozen::CoolingOff { until }),
            // A wait of no length is over at once, and asked for again all the same: one proof begins, another ends.
            Wait::Over | Wait::Cancelled => Ok(Unfrozen::CoolingOff { until: now.wall }),
        }
    }

    /// Everything that is told of freezes, with the owner's key of this session.
    async fn decide_now(&self, session: &Session, device: &Device, store: &Store) -> Result<Decision> {
        let journals = self.journals();
        let stamp = journals.stamp();
        let mut told = journals.read();
        told.push(freeze::Told::by_ids(Place::Anchor, device.read_anchor()?.freezes));
        told.push(store.told_of_freezes().await?);
        let key_file = lock(&session.key_file).clone();
        let mut decision = decide_by(&told, Some(&key_file));
        let flag: &Flag = &self.freezing;
        // One that could be written nowhere but is known to this process counts too.
        for open in &lock(&flag.known).decision.open {
            if !decision.ended.contains(&open.id) && !decision.open.iter().any(|known| known.id == open.id) {
                decision.open.push(open.clone());
            }
        }
        flag.set(decision.clone(), stamp);
        Ok(decision)
    }

    /// Signs, and writes the end down in every place: first in the books, with the row of the log.
    async fn sign_end(
        &self,
        session: &Session,
        store: &Store,
        device: &Device,
        mut records: Vec<Unfreeze>,
    ) -> Result<()> {
        let profile = lock(&session.key_file).file_id();
        for record in &mut records {
            let message = record.message(profile.as_bytes());
            let signature = lock(&session.secret).sign(SignPurpose::Unfreeze, &message);
            record.signature = crate::import::hex(signature.as_bytes());
        }
        let ids: Vec<_> = records.iter().map(|record| record.id).collect();
        let reason = records.first().map(|record| record.reason.clone()).unwrap_or_default();
        let event = Event::new(Told::Unfrozen, "").with("reason", reason).with("freezes", ids.len());
        store.end_freezes(&records, &event).await?;
        crate::files::kill_point("unfreeze.books");
        let journals = self.journals();
        for record in records {
            journals.append(&Record::Unfreeze(record))?;
        }
        crate::files::kill_point("unfreeze.signed");
        self.finish_unfreeze(Some(store), device, &ids).await?;
        self.freezing.set(Decision::default(), journals.stamp());
        if let Some(note) = store.checkpoint().await? {
            remember(device, &note);
        }
        self.announce();
        Ok(())
    }

    pub(crate) fn moment(&self) -> Moment {
        let now = self.now();
        Moment { wall: timestamp(now.wall_ms), boot_ms: now.boot_ms, boot_id: now.boot_id }
    }
}

fn remember(device: &Device, note: &Checkpoint) {
    if let Err(error) = crate::audit::remember(device, note) {
        tracing::warn!(code = ?error.code, "checkpoint");
    }
}

/// Looked at before a code is used up.
pub(crate) fn check_reason(reason: &str) -> Result<()> {
    let length = reason.trim().chars().count();
    if freeze::cool_off::REASON_CHARS.contains(&length) { Ok(()) } else { Err(refused(Refused::Reason)) }
}

fn refused(refused: Refused) -> Error {
    match refused {
        Refused::Lower => Error::new(Code::Frozen, refused.to_string()),
        _ => Error::invalid(refused.to_string()),
    }
}

async fn cool_off_s(store: &Store) -> Result<u32> {
    let length = store.fact(LENGTH).await?;
    Ok(length.and_then(|text| text.parse().ok()).unwrap_or(COOL_OFF_S))
}

async fn read_cool_off(store: &Store) -> Result<Option<CoolOff>> {
    // One that cannot be read is none: the wait begins anew.
    Ok(store.fact(COOL_OFF).await?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Not told in the log: nothing changes but what was counted.
async fn write_cool_off(store: &Store, cool_off: &CoolOff) -> Result<()> {
    let text = serde_json::to_string(cool_off).map_err(|_| Code::Internal)?;
    store.put_fact_silently(COOL_OFF, &text).await
}
