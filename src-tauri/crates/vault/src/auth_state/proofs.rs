//! What was used up and when: code steps, recovery codes, the age of a person's proofs.
//!
//! A new code generator or a new set of recovery codes is announced here before the key file is changed and settled
//! afterwards. In between both the old and the new one are known by their [`FactorId`], so that a crash leaves either of
//! them with its own used codes: none can be used twice, none is lost.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{ALL_CODES_USED, AuthState};
use crate::bytes::{base64_array, length_prefixed};
use crate::id::SlotId;

/// Tells a seed or a set of recovery codes from its successor: eight bytes of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorId(#[serde(with = "base64_array")] [u8; 8]);

impl FactorId {
    #[cfg(test)]
    pub(super) const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn of(kind: &str, secret: &[u8]) -> Self {
        let digest = Sha256::digest(length_prefixed(&[kind.as_bytes(), secret]));
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Self(id)
    }
}

/// What is about to replace the present proofs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Announced {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<FactorId>,
    /// The last step of that seed that was used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    codes: Option<FactorId>,
}

/// When a person's proofs were made and used last; `None` = not known to this computer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// The password was set, milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_ms: Option<u64>,
    /// The code generator was enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor_ms: Option<u64>,
    /// The recovery codes were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes_ms: Option<u64>,
    /// The last login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_ms: Option<u64>,
    /// The envelope with the seed of the code generator was last known to somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposed_ms: Option<u64>,
}

impl AuthState {
    /// The last code step of this seed that was used up.
    #[must_use]
    pub fn totp_last_step(&self, slot_id: SlotId, seed: FactorId) -> Option<u64> {
        let slot = self.get(slot_id);
        if slot.announced.seed == Some(seed) { slot.announced.step } else { slot.totp_last_step }
    }

    /// Uses up a code step; `None` if it, or a later one, was used before. Of two logins with one code
    /// only one passes, if both are applied to the newest state.
    #[must_use]
    pub fn accept_totp_step(&self, slot_id: SlotId, seed: FactorId, step: u64) -> Option<Self> {
        let fresh = self.totp_last_step(slot_id, seed).is_none_or(|last| step > last);
        fresh.then(|| {
            self.changed(slot_id, |slot| {
                if slot.announced.seed == Some(seed) {
                    slot.announced.step = Some(step);
                } else {
                    slot.totp_last_step = Some(step);
                }
            })
        })
    }

    /// Forgets the last step, after a recovery code: the clock may have been wrong when it was used.
    #[must_use]
    pub fn reset_totp_step(&self, slot_id: SlotId) -> Self {
        self.changed(slot_id, |slot| {
            slot.totp_last_step = None;
            slot.announced.step = None;
        })
    }

    /// Bitmap of used codes of this set, bit 0 for code 0.
    #[must_use]
    pub fn recovery_used(&self, slot_id: SlotId, codes: FactorId) -> u16 {
        let slot = self.get(slot_id);
        if slot.announced.codes == Some(codes) { 0 } else { slot.recovery_used }
    }

    /// Uses up a recovery code; `None` if it was used before or there is no such code.
    #[must_use]
    pub fn spend_recovery_code(&self, slot_id: SlotId, codes: FactorId, index: u8) -> Option<Self> {
        let bit = 1u16.checked_shl(u32::from(index)).filter(|bit| bit & ALL_CODES_USED != 0)?;
        let used = self.recovery_used(slot_id, codes);
        (used & bit == 0).then(|| {
            self.changed(slot_id, |slot| {
                // The first use of an announced set settles it.
                if slot.announced.codes == Some(codes) {
                    slot.announced.codes = None;
                }
                slot.recovery_used = used | bit;
            })
        })
    }

    /// A new code generator, whose code of `step` proved it, is about to be written to the key file.
    #[must_use]
    pub fn announce_seed(&self, slot_id: SlotId, seed: FactorId, step: u64) -> Self {
        self.changed(slot_id, |slot| (slot.announced.seed, slot.announced.step) = (Some(seed), Some(step)))
    }

    /// A new set of recovery codes is about to be written to the key file.
    #[must_use]
    pub fn announce_recovery_codes(&self, slot_id: SlotId, codes: FactorId) -> Self {
        self.changed(slot_id, |slot| slot.announced.codes = Some(codes))
    }

    /// The key file holds what was announced.
    #[must_use]
    pub fn settle(&self, slot_id: SlotId) -> Self {
        self.changed(slot_id, |slot| {
            let announced = std::mem::take(&mut slot.announced);
            if announced.seed.is_some() {
                slot.totp_last_step = announced.step;
            }
            if announced.codes.is_some() {
                slot.recovery_used = 0;
            }
        })
    }

    /// When a slot's proofs were made and used last.
    #[must_use]
    pub fn past(&self, slot_id: SlotId) -> Past {
        self.get(slot_id).past
    }

    /// Notes when something was done.
    #[must_use]
    pub fn with_past(&self, slot_id: SlotId, note: impl FnOnce(&mut Past)) -> Self {
        self.changed(slot_id, |slot| note(&mut slot.past))
    }

    /// Whether the password is to be changed before anything else is done.
    #[must_use]
    pub fn is_compromised(&self, slot_id: SlotId) -> bool {
        self.get(slot_id).compromised
    }

    /// Says that somebody else may know the password, or that it was changed since.
    #[must_use]
    pub fn set_compromised(&self, slot_id: SlotId, compromised: bool) -> Self {
        self.changed(slot_id, |slot| slot.compromised = compromised)
    }

    /// A slot is replaced by another of the same person: used codes stay used, failures stay counted.
    #[must_use]
    pub fn hand_over(&self, old: SlotId, new: SlotId) -> Self {
        let state = self.get(old);
        self.changed(new, |slot| *slot = state)
    }
}
