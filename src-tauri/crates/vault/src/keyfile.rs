//! `keys.json`, version 1: who may open a profile, and with what.
//!
//! The file is not secret by itself. Its signed body lists the slots and holds the compartment keys,
//! encrypted with age to the slots that may have them. The wraps, one per person, are outside the
//! owner's signature so that everybody can change his own password; each is bound by associated data
//! to profile, slot, role, counter and hash parameters instead.
//!
//! Every change gives a new [`KeyFile`]; the caller keeps the old one until the new one is on disk.
//! Absent on purpose: reading and writing files, clocks, and touching what a compartment key encrypts: a renewal of the
//! key of the books is begun here, carried out by the caller, and finished here ([`Pending`]).

mod change;
mod create;
mod format;
mod grant;
mod invitation;
mod renewal;
mod slot;
mod slot_secret;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use create::{Created, NewProfile, NewSlot};
pub(crate) use format::Succession;
pub use format::{KEYFILE_BYTES_MAX, Pending};
pub use grant::{CompartmentKeys, Holder, open_backup};
pub use invitation::{Invitation, InvitationCode, Limits};
pub use slot::{DeviceStore, Factor, Policy, Slot, SlotKind};
pub use slot_secret::SlotSecret;

use crate::error::{Error, Result};
use crate::id::{FileId, SlotId};
use crate::kdf::{KdfHeader, KdfParams, derive_slot_kek};
use crate::key::{SignPublic, Signature};
use crate::secret::{DeviceSecret, Passphrase};
use format::{Body, Wrap};

/// A checked key file.
#[derive(Debug, Clone)]
pub struct KeyFile {
    body: Body,
    /// The body exactly as signed: the signature must not depend on how we would write it today.
    body_bytes: Vec<u8>,
    owner_public: SignPublic,
    signature: Signature,
    wraps: Vec<Wrap>,
}

/// The newest state this computer remembers (keyring anchor). A file older than this is refused.
/// The default remembers nothing: for a new computer and for the recovery flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The owner's key, once known.
    pub owner_public: Option<SignPublic>,
    /// The recovery kit's key, once known: it may sign a change of owner.
    pub recovery_public: Option<SignPublic>,
    /// Highest revision.
    pub revision: u64,
    /// Highest counter of each wrap.
    pub wraps: BTreeMap<SlotId, u64>,
}

impl Seen {
    /// Remembers a file that was just parsed or written. Counters only go up.
    pub fn raise(&mut self, key_file: &KeyFile) {
        self.owner_public = Some(key_file.owner_public);
        self.recovery_public = key_file.recovery_public();
        self.revision = self.revision.max(key_file.revision());
        for wrap in &key_file.wraps {
            let highest = self.wraps.entry(wrap.slot_id).or_default();
            *highest = wrap.n.max(*highest);
        }
    }
}

impl KeyFile {
    /// The profile this file belongs to.
    #[must_use]
    pub fn file_id(&self) -> FileId {
        self.body.file_id
    }

    /// Counts the owner's changes, from 1.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.body.revision
    }

    /// When the profile was made, milliseconds since 1970 UTC.
    #[must_use]
    pub fn created_ms(&self) -> u64 {
        self.body.created
    }

    /// The key that signed the body.
    #[must_use]
    pub fn owner_public(&self) -> SignPublic {
        self.owner_public
    }

    pub(crate) fn succession(&self) -> Option<&Succession> {
        self.body.succession.as_ref()
    }

    /// The signing key of the recovery kit.
    #[must_use]
    pub fn recovery_public(&self) -> Option<SignPublic> {
        self.recovery_slot().map(|slot| slot.sign_public)
    }

    /// Where the device secrets are kept.
    #[must_use]
    pub fn device_store(&self) -> DeviceStore {
        self.body.device_store
    }

    /// Which keyring it was, as its store names itself; another one is never written to silently.
    #[must_use]
    pub fn store_vendor(&self) -> &str {
        &self.body.store_vendor
    }

    /// Security settings under the owner's signature.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.body.policy
    }

    /// A compartment re-key that was begun and not finished.
    #[must_use]
    pub fn pending(&self) -> Option<&Pending> {
        self.body.pending.as_ref()
    }

    /// All slots, the recovery slot and disabled ones included.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.body.slots
    }

    /// The slot with this identifier.
    #[must_use]
    pub fn slot(&self, slot_id: SlotId) -> Option<&Slot> {
        self.body.slots.iter().find(|slot| slot.id == slot_id)
    }

    /// The enabled slot with this exact name that a password can open.
    #[must_use]
    pub fn slot_named(&self, name: &str) -> Option<&Slot> {
        self.body.slots.iter().find(|slot| slot.name == name && slot.is_person())
    }

    /// Cost of the password hash of a slot.
    ///
    /// # Errors
    /// [`Error::UnknownSlot`].
    pub fn kdf_params(&self, slot_id: SlotId) -> Result<KdfParams> {
        self.wrap(slot_id)?.kdf.params()
    }

    /// Counts how often a slot was wrapped anew; `None` for a slot without a password.
    #[must_use]
    pub fn wrap_counter(&self, slot_id: SlotId) -> Option<u64> {
        self.wrap(slot_id).ok().map(|wrap| wrap.n)
    }

    /// Opens a slot. Costs one password hash whatever the outcome, also for an unknown slot.
    ///
    /// # Errors
    /// [`Error::WrongPassword`] when password, device secret or slot are wrong (nobody can tell which);
    /// [`Error::Damaged`] when they are right and the wrap was altered; [`Error::DeviceStore`].
    pub fn open_slot(
        &self,
        slot_id: SlotId,
        passphrase: &Passphrase,
        device_secret: &DeviceSecret,
    ) -> Result<SlotSecret> {
        self.check_device_secret(device_secret)?;
        let Some(slot) = self.slot(slot_id).filter(|slot| slot.is_person()) else {
            return Err(self.waste_attempt(passphrase));
        };
        let wrap = self.wrap(slot_id)?;
        let kek = derive_slot_kek(passphrase, device_secret, &self.file_id(), &slot_id, &wrap.kdf)?;
        wrap.open(&kek, &self.file_id(), slot)
    }

    /// Does the work of [`KeyFile::open_slot`] for a user name that does not exist, and gives its error.
    #[must_use]
    pub fn waste_attempt(&self, passphrase: &Passphrase) -> Error {
        let nobody = SlotId::from_bytes([0; 16]);
        let params = self.wraps.first().and_then(|wrap| wrap.kdf.params().ok());
        let header = KdfHeader::new(params.unwrap_or(KdfParams::DEFAULT), [0; 16]);
        match derive_slot_kek(passphrase, &DeviceSecret::absent(), &self.file_id(), &nobody, &header) {
            Err(Error::OutOfMemory) => Error::OutOfMemory,
            _ => Error::WrongPassword,
        }
    }

    fn recovery_slot(&self) -> Option<&Slot> {
        self.body.slots.iter().find(|slot| slot.kind == SlotKind::Recovery && !slot.disabled)
    }

    fn wrap(&self, slot_id: SlotId) -> Result<&Wrap> {
        self.wraps.iter().find(|wrap| wrap.slot_id == slot_id).ok_or(Error::UnknownSlot)
    }

    /// "No device secret" is a property of the profile, never a way round a device secret.
    fn check_device_secret(&self, device_secret: &DeviceSecret) -> Result<()> {
        check_device_secret(self.device_store(), device_secret)
    }
}

fn check_device_secret(device_store: DeviceStore, device_secret: &DeviceSecret) -> Result<()> {
    if device_secret.is_absent() == (device_store == DeviceStore::None) { Ok(()) } else { Err(Error::DeviceStore) }
}
