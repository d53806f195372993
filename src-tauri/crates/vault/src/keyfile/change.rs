//! Changes of an existing key file. Each gives a new one and leaves the old untouched.
//!
//! Two kinds: a person re-wraps his own slot secret (counter of the wrap + 1, body unchanged byte for
//! byte), or the owner signs a changed body (revision + 1, wraps of the others unchanged).

use super::KeyFile;
use super::create::check_cost;
use super::format::{Body, Wrap};
use super::grant::{CompartmentKeys, grant_freeze};
use super::invitation::Limits;
use super::slot::{Factor, Policy, SlotKind};
use super::slot_secret::SlotSecret;
use crate::bytes::make_random;
use crate::error::{Error, Result};
use crate::id::SlotId;
use crate::kdf::{KdfHeader, KdfParams, SlotKek, derive_slot_kek};
use crate::key::{Compartment, FreezeKey};
use crate::secret::{DeviceSecret, Passphrase};

impl KeyFile {
    /// Wraps the same slot secret with a new password under a new salt. The old wrap opens with the old
    /// password wherever a copy of it exists: after a compromise the compartments must be re-keyed.
    ///
    /// # Errors
    /// [`Error::UnknownSlot`], [`Error::DeviceStore`], [`Error::KdfRefused`], [`Error::OutOfMemory`].
    pub fn change_password(
        &self,
        secret: &SlotSecret,
        new_passphrase: &Passphrase,
        device_secret: &DeviceSecret,
        kdf: KdfParams,
    ) -> Result<Self> {
        self.check_device_secret(device_secret)?;
        check_cost(self.device_store(), kdf)?;
        let header = KdfHeader::new(kdf, *make_random()?);
        let slot_id = secret.slot_id();
        let kek = derive_slot_kek(new_passphrase, device_secret, &self.file_id(), &slot_id, &header)?;
        self.rewrapped(secret, &kek, header)
    }

    /// Stores a slot secret whose code seed or recovery codes were changed. The present password is
    /// asked for, so that nobody sets another one by mistake.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::UnknownSlot`], [`Error::DeviceStore`], [`Error::OutOfMemory`].
    pub fn change_factors(
        &self,
        secret: &SlotSecret,
        passphrase: &Passphrase,
        device_secret: &DeviceSecret,
    ) -> Result<Self> {
        self.check_device_secret(device_secret)?;
        let slot_id = secret.slot_id();
        let wrap = self.wrap(slot_id)?;
        let kek = derive_slot_kek(passphrase, device_secret, &self.file_id(), &slot_id, &wrap.kdf)?;
        wrap.check_commitment(&kek)?;
        self.rewrapped(secret, &kek, wrap.kdf.clone())
    }

    /// Sets what a person must show. [`Factor::Password`] always stays.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::UnknownSlot`], [`Error::Limit`].
    pub fn set_factors(&self, owner: &SlotSecret, slot_id: SlotId, factors: &[Factor]) -> Result<Self> {
        self.edited(owner, |body, _| {
            let slot = body.slots.iter_mut().find(|slot| slot.id == slot_id && slot.is_person());
            slot.ok_or(Error::UnknownSlot)?.factors = factors.to_vec();
            Ok(())
        })
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::Limit`].
    pub fn set_policy(&self, owner: &SlotSecret, policy: Policy) -> Result<Self> {
        self.edited(owner, |body, _| {
            body.policy = policy;
            Ok(())
        })
    }

    /// Changes what narrows a person's role.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::UnknownSlot`], [`Error::Limit`].
    pub fn set_limits(&self, owner: &SlotSecret, slot_id: SlotId, limits: Limits) -> Result<Self> {
        self.edited(owner, |body, _| {
            let slot = body.slots.iter_mut().find(|slot| slot.id == slot_id && slot.is_person());
            slot.ok_or(Error::UnknownSlot)?.limits = limits;
            Ok(())
        })
    }

    /// Takes a person's slot away: no wrap, no grants any more; a key of the freeze capsule he held is replaced. What he
    /// copied before he keeps, so the caller renews the key of the books if his role held it
    /// ([`KeyFile::begin_renewal`]). The slot stays listed for old signatures.
    ///
    /// # Errors
    /// [`Error::NotOwner`] (also for the owner's own slot), [`Error::UnknownSlot`], [`Error::NotGranted`].
    pub fn revoke_slot(&self, owner: &SlotSecret, keys: &CompartmentKeys, slot_id: SlotId) -> Result<Self> {
        if slot_id == owner.slot_id() {
            return Err(Error::NotOwner);
        }
        self.edited(owner, |body, wraps| {
            let slot = body.slots.iter_mut().find(|slot| slot.id == slot_id && slot.is_person());
            let slot = slot.ok_or(Error::UnknownSlot)?;
            slot.disabled = true;
            // Sealed to him too: the caller begins another one.
            body.pending = None;
            let held_freeze = slot.kind.may_open(Compartment::Freeze);
            body.grants = keys.grant_to(&body.slots)?;
            if held_freeze {
                body.grants.freeze = grant_freeze(&body.slots, &FreezeKey::make())?;
            }
            wraps.retain(|wrap| wrap.slot_id != slot_id);
            Ok(())
        })
    }

    /// Applies one change to the body and signs it as the owner.
    pub(super) fn edited(
        &self,
        owner: &SlotSecret,
        change: impl FnOnce(&mut Body, &mut Vec<Wrap>) -> Result<()>,
    ) -> Result<Self> {
        let is_owner = self.slot(owner.slot_id()).is_some_and(|slot| slot.kind == SlotKind::Owner);
        if !is_owner || owner.sign_public() != self.owner_public() {
            return Err(Error::NotOwner);
        }
        let (mut body, mut wraps) = (self.body.clone(), self.wraps.clone());
        body.revision = body.revision.checked_add(1).ok_or(Error::Limit)?;
        change(&mut body, &mut wraps)?;
        Self::signed(body, wraps, owner.signing_key())
    }

    fn rewrapped(&self, secret: &SlotSecret, kek: &SlotKek, header: KdfHeader) -> Result<Self> {
        let slot = self.slot(secret.slot_id()).filter(|slot| slot.is_person());
        let kind = slot.ok_or(Error::UnknownSlot)?.kind;
        let mut changed = self.clone();
        let wrap = changed.wraps.iter_mut().find(|wrap| wrap.slot_id == secret.slot_id());
        let wrap = wrap.ok_or(Error::UnknownSlot)?;
        let n = wrap.n.checked_add(1).ok_or(Error::Limit)?;
        *wrap = Wrap::seal(kek, &self.file_id(), kind, n, header, secret)?;
        Ok(changed)
    }
}
