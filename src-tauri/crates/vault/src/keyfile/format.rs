//! The bytes of `keys.json` and the checks on them, in the order in which they must run.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::slot::{DeviceStore, Policy, Slot, SlotKind};
use super::slot_secret::SlotSecret;
use super::{KeyFile, Seen};
use crate::bytes::{base64_array, base64_vec, length_prefixed};
use crate::envelope::{NONCE_LEN, Place, open, seal};
use crate::error::{Error, Result};
use crate::id::{FileId, SlotId};
use crate::kdf::{KdfHeader, SlotKek};
use crate::key::{Compartment, SignPublic, Signature};

/// Largest key file that is looked at.
pub const KEYFILE_BYTES_MAX: usize = 256 * 1024;
const VERSION: u64 = 1;
pub(super) const SLOTS_MIN: usize = 2;
pub(super) const SLOTS_MAX: usize = 16;
const VENDOR_CHARS_MAX: usize = 128;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    purser_keyfile: u64,
    #[serde(with = "base64_vec")]
    body: Vec<u8>,
    owner_pub: SignPublic,
    sig: Signature,
    wraps: Vec<Wrap>,
}

/// Read only to tell a newer file from a damaged one.
#[derive(Deserialize)]
struct VersionOnly {
    purser_keyfile: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    pub(super) file_id: FileId,
    pub(super) revision: u64,
    pub(super) created: u64,
    pub(super) device_store: DeviceStore,
    pub(super) store_vendor: String,
    pub(super) slots: Vec<Slot>,
    pub(super) grants: Grants,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pending: Option<Pending>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) succession: Option<Succession>,
    pub(super) policy: Policy,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grants {
    #[serde(with = "base64_vec")]
    pub(super) books: Vec<u8>,
    #[serde(with = "base64_vec")]
    pub(super) vault: Vec<u8>,
    #[serde(with = "base64_vec")]
    pub(super) freeze: Vec<u8>,
}

/// A new key of a compartment under way. The old grant stays until what it encrypts was copied to the new key; which
/// of the two keys opens the file tells how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// Which key is being replaced.
    pub compartment: Compartment,
    /// The new key as an age file for its holders.
    #[serde(with = "base64_vec")]
    pub new_grant: Vec<u8>,
    /// 1 = begun.
    pub step: u8,
}

/// The word of the recovery kit, or of the old owner key itself, that the owner key was replaced by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Succession {
    old_owner_pub: SignPublic,
    new_owner_pub: SignPublic,
    revision: u64,
    sig: Signature,
}

impl Succession {
    pub(crate) fn make(key: &SigningKey, file_id: &FileId, old: SignPublic, new: SignPublic, revision: u64) -> Self {
        let sig = Signature::make(key, &Self::message(file_id, old, new, revision));
        Self { old_owner_pub: old, new_owner_pub: new, revision, sig }
    }

    fn message(file_id: &FileId, old: SignPublic, new: SignPublic, revision: u64) -> Vec<u8> {
        let revision = revision.to_be_bytes();
        let parts: [&[u8]; 5] = [b"purser-succession-1", file_id.as_bytes(), old.as_bytes(), new.as_bytes(), &revision];
        length_prefixed(&parts)
    }

    fn leads(&self, body: &Body, recovery: Option<SignPublic>, old: SignPublic, new: SignPublic) -> bool {
        self.revision <= body.revision && self.proves(&body.file_id, recovery, old, new)
    }

    /// Whether the old owner key or the kit says that the new one took its place.
    pub(crate) fn proves(
        &self,
        file_id: &FileId,
        recovery: Option<SignPublic>,
        old: SignPublic,
        new: SignPublic,
    ) -> bool {
        let message = Self::message(file_id, old, new, self.revision);
        self.old_owner_pub == old
            && self.new_owner_pub == new
            && [Some(old), recovery].iter().flatten().any(|key| key.verify_raw(&message, &self.sig).is_ok())
    }
}

/// One person's sealed slot secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrap {
    pub(super) slot_id: SlotId,
    pub(super) n: u64,
    pub(super) kdf: KdfHeader,
    #[serde(with = "base64_array")]
    commit: [u8; 32],
    #[serde(with = "base64_array")]
    nonce: [u8; NONCE_LEN],
    #[serde(with = "base64_vec")]
    ct: Vec<u8>,
}

impl Wrap {
    pub(super) fn seal(
        kek: &SlotKek,
        file_id: &FileId,
        kind: SlotKind,
        n: u64,
        kdf: KdfHeader,
        secret: &SlotSecret,
    ) -> Result<Self> {
        let slot_id = secret.slot_id();
        let (n_bytes, kdf_bytes) = (n.to_be_bytes(), kdf.bound_bytes());
        let parts = bound_parts(&slot_id, kind, &n_bytes, &kdf_bytes);
        let place = Place { purpose: "purser/1/slot", file_id, parts: &parts };
        let sealed = seal(&kek.kek, &place, &secret.expose_plaintext()?)?;
        let (nonce, ct) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Error::Limit)?;
        Ok(Self { slot_id, n, kdf, commit: kek.commit, nonce: *nonce, ct: ct.to_vec() })
    }

    pub(super) fn open(&self, kek: &SlotKek, file_id: &FileId, slot: &Slot) -> Result<SlotSecret> {
        self.check_commitment(kek)?;
        let (n_bytes, kdf_bytes) = (self.n.to_be_bytes(), self.kdf.bound_bytes());
        let parts = bound_parts(&self.slot_id, slot.kind, &n_bytes, &kdf_bytes);
        let place = Place { purpose: "purser/1/slot", file_id, parts: &parts };
        let sealed = [self.nonce.as_slice(), &self.ct].concat();
        let secret = SlotSecret::from_plaintext(self.slot_id, &open(&kek.kek, &place, &sealed)?)?;
        // A wrap of another key pair than the one the owner signed is not this person's.
        let signed = secret.sign_public() == slot.sign_public && secret.identity().to_public() == slot.recipient()?;
        if signed { Ok(secret) } else { Err(Error::Damaged) }
    }

    pub(super) fn check_commitment(&self, kek: &SlotKek) -> Result<()> {
        if self.commit.ct_eq(&kek.commit).into() { Ok(()) } else { Err(Error::WrongPassword) }
    }
}

#[cfg(test)]
impl Wrap {
    pub(super) fn flip_ciphertext(&mut self) {
        self.ct[0] ^= 1;
    }

    pub(super) fn flip_commitment(&mut self) {
        self.commit[0] ^= 1;
    }
}

fn bound_parts<'a>(slot_id: &'a SlotId, kind: SlotKind, n: &'a [u8; 8], kdf: &'a [u8]) -> [&'a [u8]; 4] {
    [slot_id.as_bytes(), kind.label().as_bytes(), n, kdf]
}

impl KeyFile {
    /// Reads a key file. Checks run in this order: size; strict form and version; the owner's key
    /// against the remembered one; signature; revision and wrap counters against the highest seen;
    /// slots; hash parameters.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::UnsupportedVersion`], [`Error::OwnerChanged`],
    /// [`Error::RolledBack`], [`Error::KdfRefused`].
    pub fn parse(bytes: &[u8], seen: &Seen) -> Result<Self> {
        if bytes.len() > KEYFILE_BYTES_MAX {
            return Err(Error::Damaged);
        }
        let outer = parse_outer(bytes)?;
        let body: Body = serde_json::from_slice(&outer.body).map_err(|_| Error::Damaged)?;
        let Outer { body: body_bytes, owner_pub: owner_public, sig: signature, wraps, .. } = outer;
        let key_file = Self { body, body_bytes, owner_public, signature, wraps };
        key_file.check_owner(seen)?;
        let message = signed_message(&key_file.body.file_id, &key_file.body_bytes);
        owner_public.verify_raw(&message, &signature)?;
        key_file.check_not_older(seen)?;
        key_file.check_slots()?;
        for wrap in &key_file.wraps {
            wrap.kdf.params()?;
        }
        Ok(key_file)
    }

    /// The bytes to write. Reading them back is part of making them: what could not be opened again is
    /// never handed out.
    ///
    /// # Errors
    /// [`Error::Limit`]: over 256 KiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let outer = Outer {
            purser_keyfile: VERSION,
            body: self.body_bytes.clone(),
            owner_pub: self.owner_public,
            sig: self.signature,
            wraps: self.wraps.clone(),
        };
        let bytes = serde_json::to_vec(&outer).map_err(|_| Error::Limit)?;
        if bytes.len() > KEYFILE_BYTES_MAX {
            return Err(Error::Limit);
        }
        Self::parse(&bytes, &Seen::default())?;
        Ok(bytes)
    }

    /// Signs a changed body with the owner's key.
    pub(super) fn signed(body: Body, wraps: Vec<Wrap>, owner: &SigningKey) -> Result<Self> {
        let body_bytes = serde_json::to_vec(&body).map_err(|_| Error::Limit)?;
        let signature = Signature::make(owner, &signed_message(&body.file_id, &body_bytes));
        let key_file = Self { body, body_bytes, owner_public: SignPublic::of(owner), signature, wraps };
        key_file.check_slots().map_err(|_| Error::Limit)?;
        Ok(key_file)
    }

    fn check_owner(&self, seen: &Seen) -> Result<()> {
        let Some(pinned) = seen.owner_public else { return Ok(()) };
        let succeeded = || {
            let leads =
                |succession: &Succession| succession.leads(&self.body, seen.recovery_public, pinned, self.owner_public);
            self.body.succession.as_ref().is_some_and(leads)
        };
        if pinned == self.owner_public || succeeded() { Ok(()) } else { Err(Error::OwnerChanged) }
    }

    fn check_not_older(&self, seen: &Seen) -> Result<()> {
        let older = |wrap: &Wrap| seen.wraps.get(&wrap.slot_id).is_some_and(|&n| wrap.n < n);
        if self.body.revision < seen.revision || self.wraps.iter().any(older) {
            return Err(Error::RolledBack);
        }
        Ok(())
    }

    fn check_slots(&self) -> Result<()> {
        let slots = &self.body.slots;
        let unique = |at: usize| {
            let (slot, before) = (&slots[at], &slots[..at]);
            before
                .iter()
                .all(|other| other.id != slot.id && (other.disabled || slot.disabled || other.name != slot.name))
        };
        let count = |want: &dyn Fn(&Slot) -> bool| slots.iter().filter(|slot| want(slot)).count();
        let owner_signed =
            |slot: &Slot| slot.kind == SlotKind::Owner && !slot.disabled && slot.sign_public == self.owner_public;
        let wraps_of = |slot: &Slot| self.wraps.iter().filter(|wrap| wrap.slot_id == slot.id).count();
        let fits = (SLOTS_MIN..=SLOTS_MAX).contains(&slots.len())
            && (0..slots.len()).all(unique)
            && count(&owner_signed) == 1
            && count(&|slot| slot.kind == SlotKind::Recovery && !slot.disabled) == 1
            // One wrap for each person and none for anybody else.
            && slots.iter().all(|slot| wraps_of(slot) == usize::from(slot.is_person()))
            && self.wraps.len() == count(&Slot::is_person)
            && self.body.store_vendor.chars().count() <= VENDOR_CHARS_MAX;
        if !fits {
            return Err(Error::Damaged);
        }
        self.body.policy.check()?;
        slots.iter().try_for_each(Slot::check)
    }
}

fn parse_outer(bytes: &[u8]) -> Result<Outer> {
    match serde_json::from_slice::<Outer>(bytes) {
        Ok(outer) if outer.purser_keyfile == VERSION => Ok(outer),
        Ok(_) => Err(Error::UnsupportedVersion),
        Err(_) => match serde_json::from_slice::<VersionOnly>(bytes) {
            Ok(newer) if newer.purser_keyfile > VERSION => Err(Error::UnsupportedVersion),
            _ => Err(Error::Damaged),
        },
    }
}

/// The signature covers a hash of the body's bytes, so no canonical JSON is needed.
fn signed_message(file_id: &FileId, body_bytes: &[u8]) -> Vec<u8> {
    let digest = Sha256::digest(body_bytes);
    [b"purser-keyfile-1".as_slice(), file_id.as_bytes(), &digest].concat()
}
