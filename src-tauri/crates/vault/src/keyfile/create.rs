//! Making a profile, adding a person, and starting over with the recovery kit.

use super::KeyFile;
use super::check_device_secret;
use super::format::{Body, Succession, Wrap};
use super::grant::{CompartmentKeys, grant_books};
use super::invitation::{InvitationCode, Limits};
use super::slot::{DeviceStore, Factor, Policy, Slot, SlotKind};
use super::slot_secret::SlotSecret;
use crate::bytes::make_random;
use crate::error::{Error, Result};
use crate::id::{FileId, SlotId};
use crate::kdf::{KdfHeader, KdfParams, derive_slot_kek};
use crate::recovery::RecoveryCodeHashes;
use crate::secret::{DeviceSecret, Passphrase, RecoveryKey, TotpSeed};

const RECOVERY_NAME: &str = "recovery";

/// A person to be given a slot.
#[derive(Debug)]
pub struct NewSlot<'a> {
    /// The role; never [`SlotKind::Recovery`].
    pub kind: SlotKind,
    /// The name typed at login.
    pub name: &'a str,
    /// The password, already judged by [`crate::passphrase::assess`].
    pub passphrase: &'a Passphrase,
    /// This computer's secret for the slot, or [`DeviceSecret::absent`] in a profile without a store.
    pub device_secret: &'a DeviceSecret,
    /// The code generator, if it is enrolled at once.
    pub totp_seed: Option<TotpSeed>,
    /// Cost of the password hash.
    pub kdf: KdfParams,
    /// What narrows the role.
    pub limits: Limits,
}

/// What a new profile is made of.
#[derive(Debug)]
pub struct NewProfile<'a> {
    /// The owner; a second factor may be added later.
    pub owner: NewSlot<'a>,
    /// Where device secrets are kept.
    pub device_store: DeviceStore,
    /// Which keyring that is.
    pub store_vendor: &'a str,
    /// Milliseconds since 1970 UTC.
    pub created_ms: u64,
    /// Settings.
    pub policy: Policy,
}

/// A new key file with everything its owner has to keep.
#[derive(Debug)]
pub struct Created {
    /// To be written.
    pub key_file: KeyFile,
    /// The owner's opened slot.
    pub owner: SlotSecret,
    /// To be printed in the kit, then dropped.
    pub recovery_key: RecoveryKey,
    /// All three keys.
    pub keys: CompartmentKeys,
}

impl KeyFile {
    /// Makes a new profile: one owner, one recovery kit, three random compartment keys.
    ///
    /// # Errors
    /// [`Error::NoRandomness`], [`Error::OutOfMemory`], [`Error::Limit`] (names), [`Error::DeviceStore`],
    /// [`Error::KdfRefused`] (no device secret, and parameters below [`KdfParams::NO_DEVICE`]).
    pub fn create(profile: NewProfile<'_>) -> Result<Created> {
        let keys = CompartmentKeys::make()?;
        let file_id = FileId::make()?;
        let NewProfile { owner, device_store, store_vendor, created_ms, policy } = profile;
        let (owner_slot, owner_secret, wrap) = make_slot(&file_id, device_store, owner, None)?;
        if owner_slot.kind != SlotKind::Owner {
            return Err(Error::NotOwner);
        }
        let recovery_key = RecoveryKey::make();
        let slots = vec![owner_slot, make_recovery_slot(&recovery_key)?];
        let body = Body {
            file_id,
            revision: 1,
            created: created_ms,
            device_store,
            store_vendor: store_vendor.to_owned(),
            grants: keys.grant_to(&slots)?,
            slots,
            pending: None,
            succession: None,
            policy,
        };
        let key_file = Self::signed(body, vec![wrap], owner_secret.signing_key())?;
        Ok(Created { key_file, owner: owner_secret, recovery_key, keys })
    }

    /// Adds a person. `keys` must be the owner's, complete. Also gives the person's secret, so that his
    /// recovery codes can be set at once.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::NotGranted`], [`Error::Limit`] (16 slots, name taken), and those of
    /// [`KeyFile::create`].
    pub fn add_slot(&self, owner: &SlotSecret, keys: &CompartmentKeys, new: NewSlot<'_>) -> Result<(Self, SlotSecret)> {
        if new.kind == SlotKind::Recovery {
            return Err(Error::Limit);
        }
        let (slot, secret, wrap) = make_slot(&self.file_id(), self.device_store(), new, None)?;
        self.check_settled()?;
        let key_file = self.edited(owner, |body, wraps| {
            body.slots.push(slot);
            body.grants = keys.grant_to(&body.slots)?;
            wraps.push(wrap);
            Ok(())
        })?;
        Ok((key_file, secret))
    }

    /// Adds a slot that somebody is invited to take up with the code that comes back: it opens the slot in the place of a
    /// password, once. The code generator is enrolled when it is taken up; its seed is in the slot already.
    ///
    /// # Errors
    /// As [`KeyFile::add_slot`]; [`Error::NotOwner`] also for a role that is nobody's to be invited to.
    pub fn invite(
        &self,
        owner: &SlotSecret,
        keys: &CompartmentKeys,
        kind: SlotKind,
        name: &str,
        limits: Limits,
        device_secret: &DeviceSecret,
    ) -> Result<(Self, SlotId, InvitationCode)> {
        if !matches!(kind, SlotKind::Accountant | SlotKind::Responder) || limits.invitation.is_none() {
            return Err(Error::NotOwner);
        }
        let code = InvitationCode::make()?;
        // The code is random, so its hash need not be slow; without a device secret the rule of the profile holds.
        let kdf = if self.device_store() == DeviceStore::None { KdfParams::NO_DEVICE } else { KdfParams::FLOOR };
        let passphrase = code.as_passphrase()?;
        let totp_seed = Some(TotpSeed::make()?);
        let new = NewSlot { kind, name, passphrase: &passphrase, device_secret, totp_seed, kdf, limits };
        let (key_file, secret) = self.add_slot(owner, keys, new)?;
        Ok((key_file, secret.slot_id(), code))
    }

    /// Makes a new recovery key in the place of the old one. The old kit still opens what was copied
    /// before, so the caller re-keys if it may have been seen.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::NotGranted`].
    pub fn replace_kit(&self, owner: &SlotSecret, keys: &CompartmentKeys) -> Result<(Self, RecoveryKey)> {
        self.check_settled()?;
        let recovery_key = RecoveryKey::make();
        let slot = make_recovery_slot(&recovery_key)?;
        let key_file = self.edited(owner, |body, _| {
            body.slots.retain(|slot| slot.kind != SlotKind::Recovery);
            body.slots.push(slot);
            body.grants = keys.grant_to(&body.slots)?;
            body.policy.kit_proven = false;
            Ok(())
        })?;
        Ok((key_file, recovery_key))
    }

    /// Starts over with the kit: a new owner slot, a new recovery key and new keys of vault and freeze capsule replace the
    /// old ones, and the old kit signs that this is right. Other people keep their slots. The books keep their key: the
    /// caller renews it next, because whoever had the old kit may have kept a copy, and seals anew what the old key of the
    /// vault sealed ([`VaultKey::seal_predecessor`](crate::key::VaultKey::seal_predecessor)).
    ///
    /// # Errors
    /// [`Error::WrongPassword`]: another profile's kit. Otherwise as [`KeyFile::create`].
    pub fn recover(
        &self,
        old_kit: &RecoveryKey,
        owner: NewSlot<'_>,
        device_store: DeviceStore,
        store_vendor: &str,
    ) -> Result<Created> {
        let keys = CompartmentKeys { books: self.open_compartments(old_kit)?.books, ..CompartmentKeys::make()? };
        let (slot, secret, wrap) = make_slot(&self.file_id(), device_store, owner, None)?;
        if slot.kind != SlotKind::Owner {
            return Err(Error::NotOwner);
        }
        let recovery_key = RecoveryKey::make();
        let mut body = self.body.clone();
        body.revision = body.revision.checked_add(1).ok_or(Error::Limit)?;
        body.device_store = device_store;
        store_vendor.clone_into(&mut body.store_vendor);
        body.slots.retain(|slot| slot.kind != SlotKind::Recovery);
        for old in body.slots.iter_mut().filter(|slot| slot.kind == SlotKind::Owner) {
            old.disabled = true;
        }
        body.slots.push(slot);
        body.slots.push(make_recovery_slot(&recovery_key)?);
        body.grants = keys.grant_to(&body.slots)?;
        if let (Some(pending), Some(key)) = (&mut body.pending, self.open_pending_books(old_kit)?) {
            pending.new_grant = grant_books(&body.slots, &key)?;
        }
        body.policy.kit_proven = false;
        body.succession = Some(Succession::make(
            &old_kit.signing_key()?,
            &body.file_id,
            self.owner_public(),
            secret.sign_public(),
            body.revision,
        ));
        let mut wraps = self.wraps.clone();
        let kept = |wrap: &Wrap| body.slots.iter().any(|slot| slot.id == wrap.slot_id && slot.is_person());
        wraps.retain(kept);
        wraps.push(wrap);
        let key_file = Self::signed(body, wraps, secret.signing_key())?;
        Ok(Created { key_file, owner: secret, recovery_key, keys })
    }
}

pub(super) fn make_slot(
    file_id: &FileId,
    device_store: DeviceStore,
    new: NewSlot<'_>,
    recovery_codes: Option<RecoveryCodeHashes>,
) -> Result<(Slot, SlotSecret, Wrap)> {
    check_device_secret(device_store, new.device_secret)?;
    check_cost(device_store, new.kdf)?;
    let mut factors = vec![Factor::Password];
    if new.totp_seed.is_some() {
        factors.push(Factor::Totp);
    }
    let mut secret = SlotSecret::make(SlotId::make()?, new.totp_seed)?;
    secret.set_recovery_codes(recovery_codes);
    let slot = Slot {
        id: secret.slot_id(),
        kind: new.kind,
        name: new.name.to_owned(),
        age_recipient: secret.identity().to_public().to_string(),
        sign_public: secret.sign_public(),
        factors,
        disabled: false,
        limits: new.limits,
    };
    slot.check().map_err(|_| Error::Limit)?;
    let header = KdfHeader::new(new.kdf, *make_random()?);
    let kek = derive_slot_kek(new.passphrase, new.device_secret, file_id, &slot.id, &header)?;
    let wrap = Wrap::seal(&kek, file_id, slot.kind, 1, header, &secret)?;
    Ok((slot, secret, wrap))
}

/// Without a device secret the password carries everything and must cost more to guess.
pub(super) fn check_cost(device_store: DeviceStore, kdf: KdfParams) -> Result<()> {
    if device_store != DeviceStore::None || kdf.suffices_without_device() { Ok(()) } else { Err(Error::KdfRefused) }
}

impl KeyFile {
    /// Nobody is given keys while one of them is being replaced.
    fn check_settled(&self) -> Result<()> {
        if self.pending().is_none() { Ok(()) } else { Err(Error::Limit) }
    }
}

fn make_recovery_slot(key: &RecoveryKey) -> Result<Slot> {
    Ok(Slot {
        id: SlotId::make()?,
        kind: SlotKind::Recovery,
        name: RECOVERY_NAME.to_owned(),
        age_recipient: key.0.to_public().to_string(),
        sign_public: key.sign_public()?,
        factors: Vec::new(),
        disabled: false,
        limits: Limits::default(),
    })
}
