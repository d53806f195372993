//! The login state machine: locked, second factor, open.
//!
//! An attempt is counted and on disk before it is verified. Until the second factor is proven no compartment key
//! exists and the books are not open.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use purser_vault::SlotId;
use purser_vault::auth_state::{AuthState, Moment, Refused, Trust};
use purser_vault::keyfile::{KeyFile, Slot, SlotKind, SlotSecret};
use purser_vault::recovery::RecoveryCode;
use purser_vault::secret::Passphrase;
use purser_vault::totp::{self, TotpRefused};

use crate::Purser;
use crate::device::{Anchor, Device};
use crate::error::{Code, Error, Result};
use crate::session::{LockCause, Next, Opened, Session, State, lock};

/// How long the password stays good for the code.
const SECOND_FACTOR_MS: u64 = 120_000;
/// How long after a code the password alone ends an idle lock, on the same boot.
const CODE_FRESH_MS: u64 = 12 * 3600 * 1000;
/// Wrong proofs in a row after which a session or a begun login ends.
pub(crate) const FAILURES_TO_LOCK: u32 = 5;

pub(crate) struct SecondFactor {
    opened: Opened,
    started: Moment,
}

impl SecondFactor {
    pub(crate) fn is_over(&self, now: &Moment) -> bool {
        now.boot_ms.saturating_sub(self.started.boot_ms) >= SECOND_FACTOR_MS
    }
}

/// The time of the last accepted code, kept over an idle lock only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FreshCode {
    slot: SlotId,
    at: Moment,
}

impl FreshCode {
    fn is_good(&self, slot: SlotId, now: &Moment) -> bool {
        self.slot == slot
            && self.at.boot_id == now.boot_id
            && now.boot_ms.saturating_sub(self.at.boot_ms) < CODE_FRESH_MS
    }
}

/// A login as the lock page knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub name: String,
    pub role: SlotKind,
    /// Not taken up yet, and still can be.
    pub invited: bool,
}

impl Purser {
    /// Whose logins the key file names, the owner's first. Says nothing the key file does not say to whoever reads it.
    #[must_use]
    pub fn logins(&self) -> Vec<Login> {
        let Ok((key_file, _)) = self.key_file() else { return Vec::new() };
        let now = self.now();
        let can_log_in = |slot: &&Slot| {
            let invitation_is_over =
                key_file.is_invited(slot) && !slot.limits.invitation.is_some_and(|invitation| invitation.is_good(&now));
            !slot.disabled && slot.kind != SlotKind::Recovery && !invitation_is_over
        };
        let mut logins: Vec<Login> = key_file
            .slots()
            .iter()
            .filter(can_log_in)
            .map(|slot| Login { name: slot.name.clone(), role: slot.kind, invited: key_file.is_invited(slot) })
            .collect();
        logins.sort_by_key(|login| login.role != SlotKind::Owner);
        logins
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
        let locks = self.lock_count();
        let (key_file, device) = self.key_file()?;
        let anchor = device.read_anchor()?;
        let taken = |slot: &&Slot| !key_file.is_invited(slot);
        let Some(slot) = find_slot(&key_file, slot).filter(taken).cloned() else {
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
        if slot.is_over(&now) {
            return Err(Code::SlotOver.into());
        }
        let fresh = lock(&self.fresh_code).is_some_and(|fresh| fresh.is_good(slot_id, &now))
            && !key_file.policy().always_ask_code;
        let needs_code = slot.requires_totp() && !fresh;
        let opened = Opened { key_file, slot, secret: slot_secret };
        if needs_code {
            self.save_auth_state(&opened.key_file, &device, counted.retract_attempt(slot_id, &now))?;
            self.enter(State::SecondFactor(Box::new(SecondFactor { opened, started: now })), locks).await?;
            return Ok(Next::Code);
        }
        // Without a second factor the password is all there is to prove.
        let proven = !opened.slot.requires_totp();
        self.open(opened, &device, &counted, locks, proven).await?;
        Ok(Next::Open)
    }

    /// Second step: six digits, or a recovery code.
    pub async fn unlock_code(&self, typed: &str) -> Result<()> {
        let _one_at_a_time = self.login.lock().await;
        self.lock_if_due().await;
        let locks = self.lock_count();
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
        match prove(&second.opened.secret, &counted, typed, &now) {
            Ok(state) => {
                self.open(second.opened, &device, &state, locks, true).await?;
                *lock(&self.fresh_code) = Some(FreshCode { slot: slot_id, at: now });
                Ok(())
            }
            Err(error) => {
                if counted.fails(slot_id) < FAILURES_TO_LOCK {
                    self.enter(State::SecondFactor(second), locks).await?;
                } else {
                    self.lock(LockCause::Asked).await;
                }
                Err(error)
            }
        }
    }

    /// Counts an attempt on disk, before anything is verified.
    pub(crate) fn count_attempt(
        &self,
        key_file: &KeyFile,
        device: &Device,
        anchor: Anchor,
        slot: SlotId,
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
        self.write_auth_state(key_file, device, &state, device.read_anchor()?)
    }

    fn write_auth_state(&self, file: &KeyFile, device: &Device, state: &AuthState, mut anchor: Anchor) -> Result<()> {
        let bytes = state.to_bytes(&anchor.state_mac()?, &file.file_id())?;
        self.folder.write_auth_state(&bytes)?;
        anchor.auth_seq = anchor.auth_seq.max(state.seq());
        device.write_anchor(&anchor)
    }

    /// The proofs were right: the login is written down, then the books are opened.
    /// `proven`: with everything this login asks for, not with what an idle lock leaves out.
    async fn open(&self, opened: Opened, device: &Device, state: &AuthState, locks: u64, proven: bool) -> Result<()> {
        let (now, slot_id) = (self.now(), opened.slot.id);
        // This attempt was counted too.
        let failed_before = state.fails(slot_id).saturating_sub(1);
        let state = state.succeed(slot_id, &now).with_past(slot_id, |past| past.login_ms = Some(now.wall_ms));
        // A key file that was written and not remembered, because something ended in between, is remembered now.
        let mut anchor = device.read_anchor()?;
        anchor.seen.raise(&opened.key_file);
        self.write_auth_state(&opened.key_file, device, &state, anchor)?;
        // The password just proved that it opens the new file: the old one goes.
        self.folder.drop_older_keys(&opened.key_file, slot_id)?;
        let (opened, store) = self.open_books(opened, device).await?;
        let session = Session::new(self, store, opened);
        session.must_change.store(state.is_compromised(slot_id), Ordering::Relaxed);
        match self.begin_log(&session, device, failed_before).await {
            // Who cannot write can still read.
            Err(error) if error.code == Code::DiskFull => tracing::warn!("no room for the log"),
            begun => begun?,
        }
        match self.settle_freeze(&session, device).await {
            Err(error) if error.code == Code::DiskFull => tracing::warn!("no room for the freeze in every place"),
            settled => settled?,
        }
        self.settle_lock_screen_of(&session).await;
        if proven {
            session.note_proof(&now);
        }
        self.enter(State::Open(Arc::new(session)), locks).await?;
        self.announce();
        Ok(())
    }
}

/// Checks six digits or a recovery code, and marks it used in the state that comes back.
pub(crate) fn prove(secret: &SlotSecret, state: &AuthState, typed: &str, now: &Moment) -> Result<AuthState> {
    let slot = secret.slot_id();
    if let Ok(code) = RecoveryCode::parse(typed) {
        let hashes = secret.recovery_codes().ok_or(Code::WrongCode)?;
        let set = hashes.id();
        let index = hashes.verify(&code, state.recovery_used(slot, set)).map_err(|_| Code::WrongCode)?;
        let used = state.spend_recovery_code(slot, set, index).ok_or(Code::WrongCode)?;
        // The clock may have been years ahead when the last code was used: the step starts anew (R37).
        return Ok(used.reset_totp_step(slot));
    }
    let seed = secret.totp_seed().ok_or(Code::WrongCode)?;
    match totp::verify(seed, typed, now.wall_ms / 1000, state.totp_last_step(slot, seed.id())) {
        Ok(step) => state.accept_totp_step(slot, seed.id(), step).ok_or_else(|| Code::WrongCode.into()),
        Err(refused) => Err(totp_error(refused)),
    }
}

pub(crate) fn totp_error(refused: TotpRefused) -> Error {
    match refused {
        TotpRefused::ClockWasWrong => Code::ClockWasWrong.into(),
        TotpRefused::Malformed | TotpRefused::Wrong => Code::WrongCode.into(),
    }
}

/// The named person's slot, or the owner's.
pub(crate) fn find_slot<'a>(key_file: &'a KeyFile, name: Option<&str>) -> Option<&'a Slot> {
    match name {
        Some(name) => key_file.slot_named(name).filter(|slot| slot.kind != SlotKind::Recovery),
        None => key_file.slots().iter().find(|slot| slot.kind == SlotKind::Owner && !slot.disabled),
    }
}
