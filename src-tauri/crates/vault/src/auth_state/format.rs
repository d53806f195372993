//! The bytes of `auth.state`: JSON under an HMAC with the state MAC key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::proofs::{Announced, Past};
use super::{ALL_CODES_USED, AuthState, FAILURES_MAX, WAIT_MAX_S};
use crate::bytes::{base64_array, base64_vec, length_prefixed};
use crate::error::{Error, Result};
use crate::id::{FileId, SlotId};
use crate::key::StateMacKey;

const VERSION: u64 = 1;
const BYTES_MAX: usize = 64 * 1024;
const SLOTS_MAX: usize = 64;
const PURPOSE: &str = "purser-auth-state-1";

/// Counters of one slot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlotState {
    pub(super) fails: u32,
    pub(super) wait_s: u32,
    pub(super) locked_until_ms: u64,
    #[serde(with = "base64_array")]
    pub(super) boot_id: [u8; 16],
    pub(super) boot_deadline_ms: u64,
    pub(super) last_wall_ms: u64,
    pub(super) totp_last_step: Option<u64>,
    pub(super) recovery_used: u16,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) announced: Announced,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) past: Past,
    /// Somebody else may know the password: nothing is done before it is changed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) compromised: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    purser_auth_state: u64,
    #[serde(with = "base64_vec")]
    body: Vec<u8>,
    #[serde(with = "base64_array")]
    mac: [u8; 32],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    seq: u64,
    slots: BTreeMap<SlotId, SlotState>,
}

pub(super) fn parse(bytes: &[u8], key: &StateMacKey, file_id: &FileId, anchor_seq: u64) -> Result<AuthState> {
    if bytes.len() > BYTES_MAX {
        return Err(Error::Damaged);
    }
    let outer: Outer = serde_json::from_slice(bytes).map_err(|_| Error::Damaged)?;
    if outer.purser_auth_state != VERSION {
        return Err(Error::UnsupportedVersion);
    }
    // Before the body is looked at.
    key.verify_tag(PURPOSE, &bound(file_id, &outer.body), &outer.mac)?;
    let Body { seq, slots } = serde_json::from_slice(&outer.body).map_err(|_| Error::Damaged)?;
    let fits = |slot: &SlotState| {
        slot.fails <= FAILURES_MAX && slot.wait_s <= WAIT_MAX_S && slot.recovery_used <= ALL_CODES_USED
    };
    if slots.len() > SLOTS_MAX || !slots.values().all(fits) {
        return Err(Error::Damaged);
    }
    if seq < anchor_seq {
        return Err(Error::RolledBack);
    }
    Ok(AuthState { seq, slots })
}

pub(super) fn to_bytes(state: &AuthState, key: &StateMacKey, file_id: &FileId) -> Result<Vec<u8>> {
    let body = Body { seq: state.seq, slots: state.slots.clone() };
    let body = serde_json::to_vec(&body).map_err(|_| Error::Limit)?;
    let mac = key.derive_tag(PURPOSE, &bound(file_id, &body))?;
    let outer = Outer { purser_auth_state: VERSION, body, mac };
    let bytes = serde_json::to_vec(&outer).map_err(|_| Error::Limit)?;
    if bytes.len() > BYTES_MAX || state.slots.len() > SLOTS_MAX {
        return Err(Error::Limit);
    }
    Ok(bytes)
}

fn bound(file_id: &FileId, body: &[u8]) -> Vec<u8> {
    length_prefixed(&[file_id.as_bytes(), body])
}
