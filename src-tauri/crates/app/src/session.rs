//! The login state machine: no profile, locked, second factor, open.
//!
//! An attempt is counted and on disk before it is verified. Until the second factor is proven no compartment key
//! exists and the books are not open. Locking closes the books and drops every key.

use std::sync::Arc;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU64, Ordering};

use purser_vault::auth_state::{AuthState, Moment, Refused, Trust};
use purser_vault::keyfile::{DeviceStore, KeyFile, Slot, SlotKind, SlotSecret};
use purser_vault::recovery::RecoveryCode;
use purser_vault::secret::Passphrase;
use purser_vault::totp::{self, TotpRefused};
use tokio::sync::RwLock;

use crate::Purser;
use crate::detail::{TransactionDetail, detail};
use crate::device::{Anchor, Device};
use crate::error::{Code, Error, Result};
use crate::import::{JobControl, SkippedView};
use crate::role::{Action, may};
use crate::store::Store;

/// Seconds the password stays good for the code.
const SECOND_FACTOR_MS: u64 = 120_000;
/// Longest session, whatever is done in it.
const SESSION_MS: u64 = 12 * 3600 * 1000;
/// How long after a code the password alone ends an idle lock, on the same boot.
const CODE_FRESH_MS: u64 = 12 * 3600 * 1000;

/// Where the login stands, for the window and the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    NoProfile,
    Locked,
    SecondFactor,
    Open,
}

/// How a profile is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFacts {
    pub device_store: DeviceStore,
    /// Of the owner.
    pub has_second_factor: bool,
    pub kit_proven: bool,
    pub idle_minutes: u8,
}

/// What comes after a right password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    Code,
    Open,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockCause {
    Asked,
    Idle,
    Absolute,
    Closing,
}

pub(crate) enum State {
    Closed,
    SecondFactor(Box<SecondFactor>),
    Open(Arc<Session>),
}

pub(crate) struct SecondFactor {
    opened: Opened,
    started: Moment,
}

/// A slot whose password was right.
struct Opened {
    key_file: KeyFile,
    slot: Slot,
    secret: SlotSecret,
}

/// An open session. Its store is reached through [`Purser::permit`] only.
pub struct Session {
    pub(crate) store: Store,
    pub(crate) slot: Slot,
    /// The slot's own keys: signs what the owner decides.
    pub(crate) secret: StdMutex<SlotSecret>,
    pub(crate) key_file: StdMutex<KeyFile>,
    demo: bool,
    started: Moment,
    last_active_ms: AtomicU64,
    pub(crate) idle_ms: AtomicU64,
    jobs: StdMutex<Vec<JobControl>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("slot", &self.slot.name).finish_non_exhaustive()
    }
}

/// The right to do one action now: the only way to the store.
#[derive(Debug, Clone)]
pub struct Permit {
    session: Arc<Session>,
}

impl Permit {
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.session.store
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// One transaction with every row that told it and its family.
    pub async fn transaction(&self, id: &str) -> Result<TransactionDetail> {
        detail(self.store(), id).await
    }

    /// The skipped drawer of an import.
    pub async fn skipped(&self, import: i64) -> Result<Vec<SkippedView>> {
        crate::import::skipped(self.store(), import).await
    }

    /// Lets the lock stop a long job.
    pub fn watch(&self, job: &JobControl) {
        lock(&self.session.jobs).push(job.clone());
    }
}

impl Session {
    pub(crate) fn new(
        store: Store,
        slot: Slot,
        secret: SlotSecret,
        key_file: KeyFile,
        now: Moment,
        demo: bool,
    ) -> Session {
        let idle_ms = u64::from(key_file.policy().idle_lock_minutes) * 60_000;
        Session {
            store,
            slot,
            secret: StdMutex::new(secret),
            key_file: StdMutex::new(key_file),
            demo,
            last_active_ms: AtomicU64::new(now.boot_ms),
            idle_ms: AtomicU64::new(idle_ms),
            started: now,
            jobs: StdMutex::new(Vec::new()),
        }
    }

    fn cause_to_lock(&self, now: &Moment) -> Option<LockCause> {
        if self.demo {
            return None;
        }
        let since = |then: u64| now.boot_ms.saturating_sub(then);
        if now.boot_id != self.started.boot_id || since(self.started.boot_ms) >= SESSION_MS {
            Some(LockCause::Absolute)
        } else if since(self.last_active_ms.load(Ordering::Relaxed)) >= self.idle_ms.load(Ordering::Relaxed) {
            Some(LockCause::Idle)
        } else {
            None
        }
    }

    /// Milliseconds until the idle lock, if nothing happens.
    pub(crate) fn idle_left_ms(&self, now: &Moment) -> u64 {
        let idle = now.boot_ms.saturating_sub(self.last_active_ms.load(Ordering::Relaxed));
        self.idle_ms.load(Ordering::Relaxed).saturating_sub(idle)
    }

    fn touch(&self, now: &Moment) {
        self.last_active_ms.fetch_max(now.boot_ms, Ordering::Relaxed);
    }

    async fn close(&self) {
        for job in lock(&self.jobs).drain(..) {
            job.cancel();
        }
        self.store.close().await;
    }
}

/// The time of the last accepted code, kept over an idle lock only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FreshCode {
    slot: purser_vault::SlotId,
    at: Moment,
}

impl Purser {
    /// The right to do something with the books now. Counts as activity.
    pub async fn permit(&self, action: Action) -> Result<Permit> {
        let session = self.session().await?;
        if !may(session.slot.kind, action) {
            return Err(Code::NotAllowed.into());
        }
        let now = self.now();
        if let Some(cause) = session.cause_to_lock(&now) {
            drop(session);
            self.lock(cause).await;
            return Err(Code::Locked.into());
        }
        session.touch(&now);
        Ok(Permit { session })
    }

    pub(crate) async fn session(&self) -> Result<Arc<Session>> {
        match &*self.state.read().await {
            State::Open(session) => Ok(Arc::clone(session)),
            State::Closed | State::SecondFactor(_) if !self.folder.has_profile() => Err(Code::NoProfile.into()),
            State::Closed | State::SecondFactor(_) => Err(Code::Locked.into()),
        }
    }

    pub async fn phase(&self) -> Phase {
        match &*self.state.read().await {
            State::Open(_) => Phase::Open,
            State::SecondFactor(_) => Phase::SecondFactor,
            State::Closed if self.folder.has_profile() => Phase::Locked,
            State::Closed => Phase::NoProfile,
        }
    }

    /// What the key file says to everybody: how the profile is protected. `None` without a profile.
    pub async fn key_facts(&self) -> Option<KeyFacts> {
        let key_file = match &*self.state.read().await {
            State::Open(session) => lock(&session.key_file).clone(),
            State::Closed | State::SecondFactor(_) => self.key_file().ok()?.0,
        };
        let owner = find_slot(&key_file, None)?;
        Some(KeyFacts {
            device_store: key_file.device_store(),
            has_second_factor: owner.requires_totp(),
            kit_proven: key_file.policy().kit_proven,
            idle_minutes: key_file.policy().idle_lock_minutes,
        })
    }

    /// Whose session it is.
    pub async fn slot(&self) -> Option<Slot> {
        match &*self.state.read().await {
            State::Open(session) => Some(session.slot.clone()),
            State::Closed | State::SecondFactor(_) => None,
        }
    }

    /// The person did something: the idle lock starts anew.
    pub async fn touch(&self) {
        if let State::Open(session) = &*self.state.read().await {
            session.touch(&self.now());
        }
    }

    /// Ends the session, however many commands run in it.
    pub async fn lock(&self, cause: LockCause) {
        let state = std::mem::replace(&mut *self.state.write().await, State::Closed);
        if cause != LockCause::Idle {
            *lock(&self.fresh_code) = None;
        }
        if let State::Open(session) = state {
            session.close().await;
        }
        *lock(&self.kit) = None;
        *lock(&self.enrolment) = None;
        *lock(&self.recovery_codes) = None;
        self.announce();
    }

    /// Locks when it is time. Called by a watch task every second, and testable without one.
    pub async fn lock_if_due(&self) {
        let now = self.now();
        let cause = match &*self.state.read().await {
            State::Open(session) => session.cause_to_lock(&now),
            State::SecondFactor(second) if now.boot_ms.saturating_sub(second.started.boot_ms) >= SECOND_FACTOR_MS => {
                Some(LockCause::Idle)
            }
            _ => None,
        };
        if let Some(cause) = cause {
            self.lock(cause).await;
        }
    }

    /// Seconds this slot's login still has to wait, 0 = none. Reads, never counts.
    pub fn wait_s(&self, slot: Option<&str>) -> Result<u64> {
        let (key_file, device) = self.key_file()?;
        let slot = find_slot(&key_file, slot).ok_or(Code::WrongPassword)?;
        let state = self.auth_state(&key_file, &device.read_anchor()?)?;
        match state.may_attempt(slot.id, &self.now()) {
            Ok(()) => Ok(0),
            Err(Refused::Wait { remaining_ms }) => Ok(remaining_ms.div_ceil(1000)),
            Err(Refused::Disabled) => Err(Code::SlotDisabled.into()),
        }
    }

    /// First step of a login. `slot` is needed only where there are several people.
    pub async fn unlock_password(&self, password: Passphrase, slot: Option<&str>) -> Result<Next> {
        let _one_at_a_time = self.login.lock().await;
        if let State::Open(_) = &*self.state.read().await {
            return Err(Error::invalid("already unlocked"));
        }
        let (key_file, device) = self.key_file()?;
        let anchor = device.read_anchor()?;
        let Some(slot) = find_slot(&key_file, slot).cloned() else {
            // The same work and the same answer as for a wrong password (R42).
            let refused = tokio::task::spawn_blocking(move || key_file.waste_attempt(&password)).await;
            return Err(refused.map_or_else(|_| Code::Internal.into(), Error::from));
        };
        // A locked or missing keyring is told before anything is counted.
        let secret = device.read_secret(slot.id)?;
        let counted = self.count_attempt(&key_file, &device, anchor, slot.id)?;
        let file = key_file.clone();
        let slot_id = slot.id;
        let opened = tokio::task::spawn_blocking(move || file.open_slot(slot_id, &password, &secret)).await;
        let slot_secret = opened.map_err(|_| Code::Internal)??;
        let now = self.now();
        let fresh = lock(&self.fresh_code).is_some_and(|fresh| fresh.is_good(slot_id, &now))
            && !key_file.policy().always_ask_code;
        let needs_code = slot.requires_totp() && !fresh;
        let opened = Opened { key_file, slot, secret: slot_secret };
        if needs_code {
            self.save_auth_state(&opened.key_file, &device, counted.retract_attempt(slot_id, &now))?;
            *self.state.write().await = State::SecondFactor(Box::new(SecondFactor { opened, started: now }));
            return Ok(Next::Code);
        }
        self.save_auth_state(&opened.key_file, &device, counted.succeed(slot_id, &now))?;
        self.open(opened).await?;
        Ok(Next::Open)
    }

    /// Second step: six digits, or a recovery code.
    pub async fn unlock_code(&self, typed: &str) -> Result<()> {
        let _one_at_a_time = self.login.lock().await;
        self.lock_if_due().await;
        let (key_file, device) = self.key_file()?;
        let slot_id = match &*self.state.read().await {
            State::SecondFactor(second) => second.opened.slot.id,
            _ => return Err(Code::Locked.into()),
        };
        let counted = match self.count_attempt(&key_file, &device, device.read_anchor()?, slot_id) {
            Ok(counted) => counted,
            Err(error) => {
                self.lock(LockCause::Asked).await;
                return Err(error);
            }
        };
        let State::SecondFactor(second) = std::mem::replace(&mut *self.state.write().await, State::Closed) else {
            return Err(Code::Locked.into());
        };
        let now = self.now();
        match prove(&second.opened.secret, slot_id, &counted, typed, &now) {
            Ok(state) => {
                self.save_auth_state(&key_file, &device, state.succeed(slot_id, &now))?;
                *lock(&self.fresh_code) = Some(FreshCode { slot: slot_id, at: now });
                self.open(second.opened).await
            }
            Err(error) => {
                if counted.fails(slot_id) < 5 {
                    *self.state.write().await = State::SecondFactor(second);
                } else {
                    self.lock(LockCause::Asked).await;
                }
                Err(error)
            }
        }
    }

    /// Counts an attempt on disk, before anything is verified.
    fn count_attempt(
        &self,
        key_file: &KeyFile,
        device: &Device,
        anchor: Anchor,
        slot: purser_vault::SlotId,
    ) -> Result<AuthState> {
        let state = self.auth_state(key_file, &anchor)?;
        let counted = state.begin_attempt(slot, &self.now()).map_err(|refused| match refused {
            Refused::Wait { remaining_ms } => Error::new(Code::Wait, remaining_ms.div_ceil(1000).to_string()),
            Refused::Disabled => Code::SlotDisabled.into(),
        })?;
        self.save_auth_state(key_file, device, counted.clone())?;
        crate::files::kill_point("login.counted");
        Ok(counted)
    }

    pub(crate) fn auth_state(&self, key_file: &KeyFile, anchor: &Anchor) -> Result<AuthState> {
        let mac = anchor.state_mac()?;
        let slots: Vec<_> = key_file.slots().iter().map(|slot| slot.id).collect();
        let bytes = self.folder.read_auth_state()?;
        let (state, trust) =
            AuthState::load(bytes.as_deref(), &mac, &key_file.file_id(), anchor.auth_seq, &slots, &self.now());
        if trust == Trust::Lost {
            // Missing, altered or copied back: the longest wait begins, and is on disk before anything else happens.
            self.folder.write_auth_state(&state.to_bytes(&mac, &key_file.file_id())?)?;
        }
        Ok(state)
    }

    pub(crate) fn save_auth_state(&self, key_file: &KeyFile, device: &Device, state: AuthState) -> Result<()> {
        let mut anchor = device.read_anchor()?;
        let bytes = state.to_bytes(&anchor.state_mac()?, &key_file.file_id())?;
        self.folder.write_auth_state(&bytes)?;
        anchor.auth_seq = anchor.auth_seq.max(state.seq());
        device.write_anchor(&anchor)
    }

    async fn open(&self, opened: Opened) -> Result<()> {
        let keys = opened.key_file.open_compartments(&opened.secret)?;
        let books = keys.books.ok_or(Code::NotAllowed)?;
        let store = Store::open(&self.folder.books(), &books).await?;
        let session = Session::new(store, opened.slot, opened.secret, opened.key_file, self.now(), false);
        *self.state.write().await = State::Open(Arc::new(session));
        self.announce();
        Ok(())
    }
}

impl FreshCode {
    fn is_good(&self, slot: purser_vault::SlotId, now: &Moment) -> bool {
        self.slot == slot
            && self.at.boot_id == now.boot_id
            && now.boot_ms.saturating_sub(self.at.boot_ms) < CODE_FRESH_MS
    }
}

/// Checks six digits or a recovery code, and marks it used in the state that comes back.
fn prove(
    secret: &SlotSecret,
    slot: purser_vault::SlotId,
    state: &AuthState,
    typed: &str,
    now: &Moment,
) -> Result<AuthState> {
    if let Ok(code) = RecoveryCode::parse(typed) {
        let hashes = secret.recovery_codes().ok_or(Code::WrongCode)?;
        let index = hashes.verify(&code, state.recovery_used(slot)).map_err(|_| Code::WrongCode)?;
        let used = state.spend_recovery_code(slot, index).ok_or(Code::WrongCode)?;
        // The clock may have been years ahead when the last code was used: the step starts anew (R37).
        return Ok(used.reset_totp_step(slot));
    }
    let seed = secret.totp_seed().ok_or(Code::WrongCode)?;
    match totp::verify(seed, typed, now.wall_ms / 1000, state.totp_last_step(slot)) {
        Ok(step) => state.accept_totp_step(slot, step).ok_or_else(|| Code::WrongCode.into()),
        Err(TotpRefused::ClockWasWrong) => Err(Code::ClockWasWrong.into()),
        Err(TotpRefused::Malformed | TotpRefused::Wrong) => Err(Code::WrongCode.into()),
    }
}

/// The named person's slot, or the owner's.
fn find_slot<'a>(key_file: &'a KeyFile, name: Option<&str>) -> Option<&'a Slot> {
    match name {
        Some(name) => key_file.slot_named(name).filter(|slot| slot.kind != SlotKind::Recovery),
        None => key_file.slots().iter().find(|slot| slot.kind == SlotKind::Owner),
    }
}

pub(crate) type StateLock = RwLock<State>;

pub(crate) fn lock<T>(mutex: &StdMutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
