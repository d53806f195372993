//! `auth.state`: failed logins, waits, used codes. A state machine over values: every step gives a new
//! state, which the caller writes and fsyncs BEFORE it acts on it.
//!
//! One login with two factors runs
//! `begin_attempt` → password right → `retract_attempt` → `begin_attempt` → code right →
//! `accept_totp_step` → `succeed`. A right password does not clear older failures, otherwise whoever
//! knows it could try codes without end; it only stops counting itself.
//!
//! While the computer stays up, waits run on the boot-time clock and the wall clock does not matter.
//! After a restart the wall clock decides, but at least min(wait, 60 s) must have passed since the start;
//! a wall clock set back means the whole wait since the start.
//! Known limit: clock forward and a restart shorten one wait; the end after 100 failures stays.

mod format;
mod proofs;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::error::Result;
use crate::id::{FileId, SlotId};
use crate::key::StateMacKey;
use crate::recovery::RECOVERY_CODES;
use format::SlotState;
pub use proofs::{FactorId, Past};

/// Failures in a row after which a slot is disabled (NIST SP 800-63B section 3.2.2).
pub const FAILURES_MAX: u32 = 100;
/// The longest wait, and the one that follows when the file cannot be trusted.
const WAIT_MAX_S: u32 = 3_600;
/// Failures assumed when the file cannot be trusted: the first of the longest tier.
const FAILURES_ASSUMED: u32 = 10;
/// After a restart no wait ends sooner than this, whatever the wall clock says.
const WAIT_AFTER_BOOT_MIN_MS: u64 = 60_000;
const ALL_CODES_USED: u16 = (1 << RECOVERY_CODES) - 1;

/// One reading of both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970 UTC, by the wall clock.
    pub wall_ms: u64,
    /// Milliseconds since the computer started, sleep included.
    pub boot_ms: u64,
    /// Changes with every start of the computer.
    pub boot_id: [u8; 16],
}

/// Why no attempt is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Wait this many milliseconds.
    #[error("wait before the next attempt")]
    Wait {
        /// Milliseconds left.
        remaining_ms: u64,
    },
    /// 100 failures in a row: the owner or the recovery kit enables the slot again.
    #[error("slot disabled after too many failures")]
    Disabled,
}

/// Whether the stored state could be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It is the newest one this computer wrote.
    Good,
    /// Missing, altered or older than remembered: every slot waits an hour, and recovery codes are void
    /// because it is no longer known which were used. Write it to disk and to the audit log at once.
    Lost,
}

/// Login counters of every slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthState {
    seq: u64,
    slots: BTreeMap<SlotId, SlotState>,
}

impl AuthState {
    /// The state of a profile that was just made. Never use it for "the file is missing": see
    /// [`AuthState::load`].
    #[must_use]
    pub fn new() -> Self {
        Self { seq: 1, slots: BTreeMap::new() }
    }

    /// What is on disk, or the one-hour state for all `slots` if that is missing, altered or older than
    /// `anchor_seq`.
    #[must_use]
    pub fn load(
        bytes: Option<&[u8]>,
        key: &StateMacKey,
        file_id: &FileId,
        anchor_seq: u64,
        slots: &[SlotId],
        now: &Moment,
    ) -> (Self, Trust) {
        match bytes.map(|bytes| Self::parse(bytes, key, file_id, anchor_seq)) {
            Some(Ok(state)) => (state, Trust::Good),
            _ => (Self::lost(anchor_seq, slots, now), Trust::Lost),
        }
    }

    /// Reads and authenticates a state.
    ///
    /// # Errors
    /// [`crate::Error::Damaged`], [`crate::Error::UnsupportedVersion`]; [`crate::Error::RolledBack`]
    /// below `anchor_seq`.
    pub fn parse(bytes: &[u8], key: &StateMacKey, file_id: &FileId, anchor_seq: u64) -> Result<Self> {
        format::parse(bytes, key, file_id, anchor_seq)
    }

    /// The bytes to write.
    ///
    /// # Errors
    /// [`crate::Error::Limit`].
    pub fn to_bytes(&self, key: &StateMacKey, file_id: &FileId) -> Result<Vec<u8>> {
        format::to_bytes(self, key, file_id)
    }

    fn lost(anchor_seq: u64, slots: &[SlotId], now: &Moment) -> Self {
        let mut state = Self { seq: anchor_seq.saturating_add(1), slots: BTreeMap::new() };
        for slot_id in slots {
            let mut slot = SlotState { fails: FAILURES_ASSUMED, recovery_used: ALL_CODES_USED, ..SlotState::default() };
            slot.arm(WAIT_MAX_S, now);
            state.slots.insert(*slot_id, slot);
        }
        state
    }

    /// Counts every change; the highest one written belongs in the anchor.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Failures in a row of a slot.
    #[must_use]
    pub fn fails(&self, slot_id: SlotId) -> u32 {
        self.get(slot_id).fails
    }

    /// Whether an attempt is allowed now. For showing; [`AuthState::begin_attempt`] asks again.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn may_attempt(&self, slot_id: SlotId, now: &Moment) -> Result<(), Refused> {
        let slot = self.get(slot_id);
        match slot.remaining_ms(now) {
            _ if slot.fails >= FAILURES_MAX => Err(Refused::Disabled),
            0 => Ok(()),
            remaining_ms => Err(Refused::Wait { remaining_ms }),
        }
    }

    /// Counts an attempt as failed before it is made. Write the result, then verify; a crash in between
    /// leaves it counted.
    ///
    /// # Errors
    /// [`Refused`]: nothing was counted and nothing may be verified.
    pub fn begin_attempt(&self, slot_id: SlotId, now: &Moment) -> Result<Self, Refused> {
        self.may_attempt(slot_id, now)?;
        Ok(self.changed(slot_id, |slot| {
            slot.fails += 1;
            slot.arm(wait_s(slot.fails), now);
        }))
    }

    /// The password was right and a code is still to come: this attempt does not count, older ones do.
    #[must_use]
    pub fn retract_attempt(&self, slot_id: SlotId, now: &Moment) -> Self {
        self.changed(slot_id, |slot| {
            slot.fails = slot.fails.saturating_sub(1);
            slot.arm(0, now);
        })
    }

    /// The session opens: failures are forgotten.
    #[must_use]
    pub fn succeed(&self, slot_id: SlotId, now: &Moment) -> Self {
        self.changed(slot_id, |slot| {
            slot.fails = 0;
            slot.arm(0, now);
        })
    }

    /// Lets a slot in again, on the owner's or the kit's word. Recovery codes and used steps stay.
    #[must_use]
    pub fn enable(&self, slot_id: SlotId, now: &Moment) -> Self {
        self.succeed(slot_id, now)
    }

    fn get(&self, slot_id: SlotId) -> SlotState {
        self.slots.get(&slot_id).cloned().unwrap_or_default()
    }

    fn changed(&self, slot_id: SlotId, change: impl FnOnce(&mut SlotState)) -> Self {
        let mut next = self.clone();
        next.seq = next.seq.saturating_add(1);
        change(next.slots.entry(slot_id).or_default());
        next
    }
}

impl Default for AuthState {
    fn default() -> Self {
        Self::new()
    }
}

impl SlotState {
    /// Starts a wait now, on both clocks.
    fn arm(&mut self, wait_s: u32, now: &Moment) {
        let wait_ms = u64::from(wait_s) * 1_000;
        self.wait_s = wait_s;
        self.boot_id = now.boot_id;
        self.boot_deadline_ms = now.boot_ms.saturating_add(wait_ms);
        self.locked_until_ms = now.wall_ms.saturating_add(wait_ms);
        self.last_wall_ms = now.wall_ms;
    }

    fn remaining_ms(&self, now: &Moment) -> u64 {
        let wait_ms = u64::from(self.wait_s) * 1_000;
        if wait_ms == 0 {
            return 0;
        }
        if self.boot_id == now.boot_id {
            return self.boot_deadline_ms.saturating_sub(now.boot_ms).min(wait_ms);
        }
        // The wait began before this start of the computer, so at least `boot_ms` of it have passed.
        let since_boot = |least_ms: u64| least_ms.saturating_sub(now.boot_ms);
        if now.wall_ms < self.last_wall_ms {
            return since_boot(wait_ms);
        }
        let by_wall = self.locked_until_ms.saturating_sub(now.wall_ms).min(wait_ms);
        by_wall.max(since_boot(wait_ms.min(WAIT_AFTER_BOOT_MIN_MS)))
    }
}

/// Seconds to wait after so many failures in a row.
const fn wait_s(fails: u32) -> u32 {
    match fails {
        0..=4 => 0,
        5 => 30,
        6 => 60,
        7 => 2 * 60,
        8 => 5 * 60,
        9 => 15 * 60,
        _ => WAIT_MAX_S,
    }
}
