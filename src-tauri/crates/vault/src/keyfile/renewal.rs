//! A new key of the books, and a new identity of an owner whose password was known to somebody else.
//!
//! The key of the books is renewed in two signed steps: [`KeyFile::begin_renewal`] adds the new key as `pending`, the caller
//! copies the books to it and puts the copy in their place, [`KeyFile::finish_renewal`] drops the old one.

use super::KeyFile;
use super::create::{NewSlot, make_slot};
use super::format::{Pending, Succession};
use super::grant::{CompartmentKeys, grant_books};
use super::invitation::Limits;
use super::slot::SlotKind;
use super::slot_secret::SlotSecret;
use crate::error::{Error, Result};
use crate::kdf::KdfParams;
use crate::key::{BooksKey, Compartment};
use crate::recovery::RecoveryCodeHashes;
use crate::secret::{DeviceSecret, Passphrase, TotpSeed};

const BEGUN: u8 = 1;

impl KeyFile {
    /// Adds a new key of the books beside the present one. One that is pending already is replaced: the caller has seen
    /// that the books still open with the present key.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::NoRandomness`], [`Error::Limit`].
    pub fn begin_renewal(&self, owner: &SlotSecret) -> Result<(Self, BooksKey)> {
        let key = BooksKey::make()?;
        let key_file = self.edited(owner, |body, _| {
            let new_grant = grant_books(&body.slots, &key)?;
            body.pending = Some(Pending { compartment: Compartment::Books, new_grant, step: BEGUN });
            Ok(())
        })?;
        Ok((key_file, key))
    }

    /// The books were copied: the pending key is the key from now on.
    ///
    /// # Errors
    /// [`Error::NotOwner`]; [`Error::Damaged`]: none is pending.
    pub fn finish_renewal(&self, owner: &SlotSecret) -> Result<Self> {
        self.edited(owner, |body, _| {
            let pending = body.pending.take().filter(|pending| pending.compartment == Compartment::Books);
            body.grants.books = pending.ok_or(Error::Damaged)?.new_grant;
            Ok(())
        })
    }

    /// The books were not copied: the pending key is dropped.
    ///
    /// # Errors
    /// [`Error::NotOwner`].
    pub fn abandon_renewal(&self, owner: &SlotSecret) -> Result<Self> {
        self.edited(owner, |body, _| {
            body.pending = None;
            Ok(())
        })
    }

    /// Gives the owner a new slot: new identity, new signing key, new device secret, new password, new keys of vault and
    /// freeze capsule. The old signing key says so, which is how a computer that pinned it follows. The code generator
    /// stays, the recovery codes are those given. The books keep their key: the caller renews it next, because the old
    /// slot secret opens it.
    ///
    /// # Errors
    /// [`Error::NotOwner`], and those of [`KeyFile::create`].
    pub fn renew_owner(
        &self,
        old: &SlotSecret,
        passphrase: &Passphrase,
        device_secret: &DeviceSecret,
        recovery_codes: Option<RecoveryCodeHashes>,
        kdf: KdfParams,
    ) -> Result<(Self, SlotSecret)> {
        let slot = self.slot(old.slot_id()).filter(|slot| slot.kind == SlotKind::Owner).ok_or(Error::NotOwner)?;
        if old.sign_public() != self.owner_public() {
            return Err(Error::NotOwner);
        }
        let books = self.open_compartments(old)?.books;
        let keys = CompartmentKeys { books, ..CompartmentKeys::make()? };
        // Exposed to be copied into the new envelope.
        let totp_seed = old.totp_seed().map(|seed| TotpSeed::from_bytes(seed.expose_bytes()));
        let new = NewSlot {
            kind: SlotKind::Owner,
            name: &slot.name,
            passphrase,
            device_secret,
            totp_seed,
            kdf,
            limits: Limits::default(),
        };
        let (new_slot, secret, wrap) = make_slot(&self.file_id(), self.device_store(), new, recovery_codes)?;
        let mut body = self.body.clone();
        body.revision = body.revision.checked_add(1).ok_or(Error::Limit)?;
        body.slots.iter_mut().filter(|slot| slot.id == old.slot_id()).for_each(|slot| slot.disabled = true);
        body.slots.push(new_slot);
        body.grants = keys.grant_to(&body.slots)?;
        let (old_public, new_public) = (self.owner_public(), secret.sign_public());
        let succession = Succession::make(old.signing_key(), &body.file_id, old_public, new_public, body.revision);
        body.succession = Some(succession);
        let mut wraps = self.wraps.clone();
        wraps.retain(|wrap| wrap.slot_id != old.slot_id());
        wraps.push(wrap);
        let key_file = Self::signed(body, wraps, secret.signing_key())?;
        Ok((key_file, secret))
    }
}
