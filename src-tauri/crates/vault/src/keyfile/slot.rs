//! What the signed body says about people and settings.

use age::x25519;
use serde::{Deserialize, Serialize};

use super::invitation::Limits;
use crate::auth_state::Moment;
use crate::error::{Error, Result};
use crate::id::SlotId;
use crate::key::{Compartment, SignPublic};

const NAME_CHARS_MAX: usize = 64;
/// Longest the owner may make others wait between asking for the end of a freeze and getting it.
const COOL_OFF_MINUTES_MAX: u16 = 72 * 60;

/// The role of a slot. Which compartments it holds follows from it and is enforced by encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotKind {
    /// Holds everything and signs the key file.
    Owner,
    /// Holds the books.
    Accountant,
    /// Holds the freeze capsule.
    Responder,
    /// The printed kit: holds everything, has no password.
    Recovery,
}

impl SlotKind {
    /// Whether a slot of this kind is given the key of that compartment.
    #[must_use]
    pub const fn may_open(self, compartment: Compartment) -> bool {
        match self {
            Self::Owner | Self::Recovery => true,
            Self::Accountant => matches!(compartment, Compartment::Books),
            Self::Responder => matches!(compartment, Compartment::Freeze),
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Accountant => "accountant",
            Self::Responder => "responder",
            Self::Recovery => "recovery",
        }
    }
}

/// What a person must show to open a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factor {
    /// A password, together with this computer's device secret.
    Password,
    /// A six-digit code (RFC 6238) or a recovery code in its place.
    Totp,
    /// Reserved: a FIDO2 key whose secret takes part in the wrap.
    HmacSecret,
}

/// Where the device secrets of the profile are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceStore {
    /// The operating system's keyring.
    Keyring,
    /// A file beside the profile: copying the folder copies both keys.
    File,
    /// None: the password alone protects the profile.
    None,
}

/// One slot as the owner signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Random; also part of the name of the keyring entry.
    pub id: SlotId,
    /// The role.
    pub kind: SlotKind,
    /// The name typed at login: 1 to 64 characters, unique among enabled slots.
    pub name: String,
    /// Where compartment keys are sent to (`age1...`).
    pub age_recipient: String,
    /// Checks this person's signatures in the audit log.
    #[serde(rename = "sign_pub")]
    pub sign_public: SignPublic,
    /// What this person must show. Empty for the recovery slot.
    pub factors: Vec<Factor>,
    /// Revoked: kept so that old signatures can still be checked.
    pub disabled: bool,
    /// What narrows the role for this person.
    #[serde(default, skip_serializing_if = "Limits::is_none")]
    pub limits: Limits,
}

impl Slot {
    /// Whether a code is demanded after the password.
    #[must_use]
    pub fn requires_totp(&self) -> bool {
        self.factors.contains(&Factor::Totp)
    }

    /// An enabled slot with a password.
    pub(super) fn is_person(&self) -> bool {
        !self.disabled && self.kind != SlotKind::Recovery
    }

    /// Whether the time this slot was given is over.
    #[must_use]
    pub fn is_over(&self, now: &Moment) -> bool {
        self.limits.until_ms.is_some_and(|until_ms| now.wall_ms >= until_ms)
    }

    pub(super) fn recipient(&self) -> Result<x25519::Recipient> {
        self.age_recipient.parse().map_err(|_| Error::Damaged)
    }

    pub(super) fn check(&self) -> Result<()> {
        let length = self.name.chars().count();
        let named = length > 0 && length <= NAME_CHARS_MAX && !self.name.contains(char::is_control);
        let factors_fit = match self.kind {
            SlotKind::Recovery => self.factors.is_empty(),
            _ => self.factors.contains(&Factor::Password),
        };
        let distinct = (1..self.factors.len()).all(|at| !self.factors[..at].contains(&self.factors[at]));
        // An unknown way in must be refused by this version, not ignored.
        let known = !self.factors.contains(&Factor::HmacSecret);
        // The owner and the kit have no limits: nobody could lift them again.
        let limited = self.limits.is_none() || matches!(self.kind, SlotKind::Accountant | SlotKind::Responder);
        self.recipient()?;
        if named && factors_fit && distinct && known && limited && self.limits.fit() {
            Ok(())
        } else {
            Err(Error::Damaged)
        }
    }
}

/// Security settings that only the owner's signature can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Lock after this many minutes without input: 1 to 30.
    pub idle_lock_minutes: u8,
    /// Ask for the code after an idle lock too, although the last code is less than 12 hours old.
    pub always_ask_code: bool,
    /// The lock screen may use the stop-only credentials of the capsule.
    pub panic_capsule: bool,
    /// Accountants may import statements.
    pub accountants_import: bool,
    /// Minutes between the owner's request to end a freeze and its end: 0 to 4320.
    pub cool_off_minutes: u16,
    /// Days after which the age of a credential is pointed out; 0 = never.
    pub rotation_reminder_days: u16,
    /// The owner typed the recovery key back. Nobody and no credential can be added before.
    pub kit_proven: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            idle_lock_minutes: 10,
            always_ask_code: false,
            panic_capsule: false,
            accountants_import: true,
            cool_off_minutes: 15,
            rotation_reminder_days: 180,
            kit_proven: false,
        }
    }
}

impl Policy {
    pub(super) fn check(&self) -> Result<()> {
        let fits = (1..=30).contains(&self.idle_lock_minutes) && self.cool_off_minutes <= COOL_OFF_MINUTES_MAX;
        if fits { Ok(()) } else { Err(Error::Damaged) }
    }
}
