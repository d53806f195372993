//! A session: who is in, what they may do, and how it ends. Locking closes the books and drops every key.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use purser_books::freeze;
use purser_vault::audit::Checkpoint;
use purser_vault::auth_state::Moment;
use purser_vault::keyfile::{DeviceStore, KeyFile, Slot, SlotKind, SlotSecret};
use tokio::sync::RwLock;

use crate::Purser;
use crate::audit::{Event, Told};
use crate::clock::Clock;
use crate::detail::{TransactionDetail, detail};
use crate::error::{Code, Result};
use crate::import::{JobControl, SkippedView};
use crate::login::{SecondFactor, find_slot};
use crate::role::{Action, may};
use crate::step_up::PROOF_MS;
use crate::store::{Scribe, Store};

/// Longest session, whatever is done in it.
const SESSION_MS: u64 = 12 * 3600 * 1000;
/// How long the end of a session may take to be written down.
const END_LOG: Duration = Duration::from_millis(500);
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
    /// The time this person was given is over.
    Over,
    /// The screen was locked, the computer went to sleep, or another user took over.
    System,
    /// The password, and with it the login, was replaced.
    Replaced,
    Closing,
}

impl LockCause {
    /// The word of the log.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            LockCause::Asked => "asked",
            LockCause::Idle => "idle",
            LockCause::Absolute => "absolute",
            LockCause::Over => "over",
            LockCause::System => "system",
            LockCause::Replaced => "replaced",
            LockCause::Closing => "closing",
        }
    }
}

pub(crate) enum State {
    Closed,
    SecondFactor(Box<SecondFactor>),
    Open(Arc<Session>),
}

/// An open session. Its store is reached through [`Purser::permit`] only.
pub struct Session {
    /// Tells this session from every other: a proof is good in its own only.
    pub(crate) serial: u64,
    /// `None`: the role holds no key of the books. Replaced when their key is renewed.
    store: StdMutex<Option<Store>>,
    pub(crate) slot: Slot,
    /// The slot's own keys: signs what the owner decides.
    pub(crate) secret: Arc<StdMutex<SlotSecret>>,
    /// Signs what the store writes down.
    clock: Arc<dyn Clock>,
    anchors: PathBuf,
    pub(crate) key_file: StdMutex<KeyFile>,
    demo: bool,
    started: Moment,
    last_active_ms: AtomicU64,
    pub(crate) idle_ms: AtomicU64,
    /// Somebody else may know the password: nothing but changing it is possible.
    pub(crate) must_change: AtomicBool,
    /// Boot time of the last password and code that count for what a freeze leaves to the owner; 0 = none.
    proven_ms: AtomicU64,
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
    store: Store,
}

impl Permit {
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
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
        self.session.watch(job);
    }
}

impl Session {
    /// The session of a slot whose proofs were right, with the books where its role reaches them.
    pub(crate) fn new(purser: &Purser, store: Option<Store>, opened: Opened) -> Session {
        let now = purser.now();
        let Opened { key_file, slot, secret } = opened;
        let idle_ms = u64::from(key_file.policy().idle_lock_minutes) * 60_000;
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let session = Session {
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            store: StdMutex::new(None),
            slot,
            secret: Arc::new(StdMutex::new(secret)),
            clock: Arc::clone(&purser.clock),
            anchors: purser.folder.anchors(),
            key_file: StdMutex::new(key_file),
            must_change: AtomicBool::new(false),
            demo: purser.is_demo(),
            last_active_ms: AtomicU64::new(now.boot_ms),
            idle_ms: AtomicU64::new(idle_ms),
            started: now,
            proven_ms: AtomicU64::new(0),
            jobs: StdMutex::new(Vec::new()),
        };
        if let Some(store) = store {
            session.set_store(store);
        }
        session
    }

    fn cause_to_lock(&self, now: &Moment) -> Option<LockCause> {
        if self.demo {
            return None;
        }
        let since = |then: u64| now.boot_ms.saturating_sub(then);
        if self.slot.is_over(now) {
            return Some(LockCause::Over);
        }
        if now.boot_id != self.started.boot_id || since(self.started.boot_ms) >= SESSION_MS {
            Some(LockCause::Absolute)
        } else if since(self.last_active_ms.load(Ordering::Relaxed)) >= self.idle_ms.load(Ordering::Relaxed) {
            Some(LockCause::Idle)
        } else {
            None
        }
    }

    /// Whether it sees chosen wallets only.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.slot.limits.wallets.is_some()
    }

    /// Password and code were just given.
    pub(crate) fn note_proof(&self, now: &Moment) {
        self.proven_ms.store(now.boot_ms.max(1), Ordering::Relaxed);
    }

    /// Whether they were given within the last minutes. The demo has neither.
    pub(crate) fn is_fresh(&self, now: &Moment) -> bool {
        let proven_ms = self.proven_ms.load(Ordering::Relaxed);
        self.demo || (proven_ms > 0 && now.boot_ms.saturating_sub(proven_ms) < PROOF_MS)
    }

    /// Milliseconds until the idle lock, if nothing happens.
    pub(crate) fn idle_left_ms(&self, now: &Moment) -> u64 {
        let idle = now.boot_ms.saturating_sub(self.last_active_ms.load(Ordering::Relaxed));
        self.idle_ms.load(Ordering::Relaxed).saturating_sub(idle)
    }

    fn touch(&self, now: &Moment) {
        self.last_active_ms.fetch_max(now.boot_ms, Ordering::Relaxed);
    }

    /// The open books, where the role holds their key.
    pub(crate) fn store(&self) -> Option<Store> {
        lock(&self.store).clone()
    }

    pub(crate) fn set_store(&self, store: Store) {
        let file_id = lock(&self.key_file).file_id();
        let (secret, clock, anchors) = (Arc::clone(&self.secret), Arc::clone(&self.clock), self.anchors.clone());
        let store = store.written_by(Scribe { file_id, secret, clock, anchors });
        store.prepare_register();
        *lock(&self.store) = Some(store);
    }

    /// Writes down that the session ends and how far the log has come. What takes longer than a moment does not keep the
    /// books open.
    async fn end_log(&self, cause: LockCause) -> Option<Checkpoint> {
        self.cancel_jobs();
        let store = self.store()?;
        let row = Event::new(Told::Lock, "").with("cause", cause.word());
        let ended = async {
            store.record(&row).await?;
            store.checkpoint().await
        };
        tokio::time::timeout(END_LOG, ended).await.ok()?.ok()?
    }

    /// Lets the lock stop a long job.
    pub(crate) fn watch(&self, job: &JobControl) {
        lock(&self.jobs).push(job.clone());
    }

    fn cancel_jobs(&self) {
        for job in lock(&self.jobs).drain(..) {
            job.cancel();
        }
    }

    /// Stops what runs and closes the books.
    pub(crate) async fn close(&self) {
        self.cancel_jobs();
        let store = lock(&self.store).clone();
        if let Some(store) = store {
            store.close().await;
        }
    }
}

/// A slot whose password was right.
pub(crate) struct Opened {
    pub(crate) key_file: KeyFile,
    pub(crate) slot: Slot,
    pub(crate) secret: SlotSecret,
}

impl Purser {
    /// The right to do something with the books now. Counts as activity.
    pub async fn permit(&self, action: Action) -> Result<Permit> {
        let session = self.person(action).await?;
        let store = session.store().ok_or(Code::NotAllowed)?;
        Ok(Permit { session, store })
    }

    /// The session, if its person may do this now. Counts as activity. For what needs no books.
    pub(crate) async fn person(&self, action: Action) -> Result<Arc<Session>> {
        self.admit(action, action.while_frozen(), false).await
    }

    /// The same, where the freeze takes it for something else. `proven`: with a proof for this very act.
    pub(crate) async fn admit(&self, action: Action, act: freeze::Act, proven: bool) -> Result<Arc<Session>> {
        // While the books change their key everybody waits.
        let _settled = self.renewing.read().await;
        let session = self.session().await?;
        let now = self.now();
        if let Some(cause) = session.cause_to_lock(&now) {
            drop(session);
            self.lock(cause).await;
            return Err(Code::Locked.into());
        }
        if !may(session.slot.kind, action) {
            self.tell(&session, Event::new(Told::Refused, action.word())).await?;
            return Err(Code::NotAllowed.into());
        }
        if let Err(error) = self.check_freeze(&session, act, proven) {
            self.tell(&session, Event::new(Told::Refused, act.word()).with("frozen", true)).await?;
            return Err(error);
        }
        let imports = matches!(action, Action::Import | Action::PreviewImport | Action::UndoImport);
        if imports && session.slot.kind == SlotKind::Accountant && !lock(&session.key_file).policy().accountants_import
        {
            return Err(Code::NotAllowed.into());
        }
        // An incident is about every wallet.
        if session.is_narrowed() && matches!(action, Action::ReadIncident | Action::RecordIncident) {
            return Err(Code::NotAllowed.into());
        }
        if session.must_change.load(Ordering::Relaxed) && action != Action::ChangePassword {
            return Err(Code::MustChangePassword.into());
        }
        session.touch(&now);
        Ok(session)
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

    /// Whether the session can do nothing before its password is changed.
    pub async fn must_change_password(&self) -> bool {
        matches!(&*self.state.read().await, State::Open(session) if session.must_change.load(Ordering::Relaxed))
    }

    /// The person did something: the idle lock starts anew.
    pub async fn touch(&self) {
        if let State::Open(session) = &*self.state.read().await {
            session.touch(&self.now());
        }
    }

    /// Ends the session, however many commands run in it.
    pub async fn lock(&self, cause: LockCause) {
        let state = {
            let mut state = self.state.write().await;
            self.locks.fetch_add(1, Ordering::Relaxed);
            std::mem::replace(&mut *state, State::Closed)
        };
        if cause != LockCause::Idle {
            *lock(&self.fresh_code) = None;
        }
        if let State::Open(session) = state {
            let note = session.end_log(cause).await;
            session.close().await;
            if let Some(note) = note
                && let Ok((_, device)) = self.key_file()
                && let Err(error) = crate::audit::remember(&device, &note)
            {
                tracing::warn!(code = ?error.code, "checkpoint");
            }
        }
        *lock(&self.kit) = None;
        *lock(&self.enrolment) = None;
        *lock(&self.recovery) = None;
        self.announce();
    }

    pub(crate) fn lock_count(&self) -> u64 {
        self.locks.load(Ordering::Relaxed)
    }

    /// Puts a state that a login reached, unless it was locked since the login began (R46).
    pub(crate) async fn enter(&self, state: State, locks: u64) -> Result<()> {
        let mut current = self.state.write().await;
        if self.lock_count() == locks {
            *current = state;
            return Ok(());
        }
        drop(current);
        if let State::Open(session) = state {
            session.close().await;
        }
        Err(Code::Locked.into())
    }

    /// Locks when it is time. Called by a watch task every second, and testable without one.
    pub async fn lock_if_due(&self) {
        let now = self.now();
        let cause = match &*self.state.read().await {
            State::Open(session) => session.cause_to_lock(&now),
            State::SecondFactor(second) if second.is_over(&now) => Some(LockCause::Idle),
            _ => None,
        };
        if let Some(cause) = cause {
            self.lock(cause).await;
        }
    }
}

pub(crate) type StateLock = RwLock<State>;

pub(crate) fn lock<T>(mutex: &StdMutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
