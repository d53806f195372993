//! What is replaced by something new: passwords, second factors, kits, keys, identities.

use super::*;

/// R53 (format part), R29: the secret stays, salt and counter change, the signed body does not.
#[test]
fn a_password_change_touches_one_wrap() {
    let p = &*PROFILE;
    let slot_id = p.accountant.slot_id();
    let new = typed("eight dry umbrellas in Rome");
    let changed = p.key_file.change_password(&p.accountant, &new, &p.accountant_device, KdfParams::FLOOR).unwrap();
    let changed = reparse(&changed);
    assert_eq!(changed.body_bytes, p.key_file.body_bytes);
    assert_eq!(changed.wrap(slot_id).unwrap().n, 2);
    assert_ne!(changed.wrap(slot_id).unwrap().kdf.salt, p.key_file.wrap(slot_id).unwrap().kdf.salt);
    let old = changed.open_slot(slot_id, &typed(ACCOUNTANT_PASSWORD), &p.accountant_device);
    assert_eq!(old.unwrap_err(), Error::WrongPassword);
    let secret = changed.open_slot(slot_id, &new, &p.accountant_device).unwrap();
    assert_eq!(secret.sign_public(), p.accountant.sign_public());
    assert!(secret.totp_seed().is_some(), "R30: no factor is lost on the way");
    // R6: the file before the change is an older one now.
    let mut seen = Seen::default();
    seen.raise(&changed);
    assert_eq!(KeyFile::parse(&p.bytes, &seen).unwrap_err(), Error::RolledBack);
    assert!(KeyFile::parse(&changed.to_bytes().unwrap(), &seen).is_ok());
}

#[test]
fn a_second_factor_can_be_added_later() {
    let p = &*PROFILE;
    let password = typed(OWNER_PASSWORD);
    let mut secret = p.key_file.open_slot(p.owner, &password, &p.owner_device).unwrap();
    secret.set_totp_seed(Some(TotpSeed::from_bytes(&[8; 20])));
    let (codes, hashes) = make_recovery_codes().unwrap();
    secret.set_recovery_codes(Some(hashes));
    let wrong = p.key_file.change_factors(&secret, &typed("something else"), &p.owner_device);
    assert_eq!(wrong.unwrap_err(), Error::WrongPassword, "a slip must not set another password");
    let changed = p.key_file.change_factors(&secret, &password, &p.owner_device).unwrap();
    let changed = changed.set_factors(&secret, p.owner, &[Factor::Password, Factor::Totp]).unwrap();
    let changed = reparse(&changed);
    assert!(changed.slot(p.owner).unwrap().requires_totp());
    assert_eq!(changed.revision(), p.key_file.revision() + 1);
    let again = changed.open_slot(p.owner, &password, &p.owner_device).unwrap();
    assert_eq!(again.totp_seed().unwrap().expose_bytes(), &[8; 20]);
    assert_eq!(again.recovery_codes().unwrap().verify(&codes[0], 0), Ok(0));
    assert!(changed.set_factors(&secret, p.owner, &[Factor::Totp]).is_err(), "a password always stays");
    assert!(changed.set_factors(&secret, p.owner, &[Factor::Password, Factor::HmacSecret]).is_err());
}

#[test]
fn the_kit_replaces_a_lost_owner() {
    let p = &*PROFILE;
    let mut seen = Seen::default();
    seen.raise(&p.key_file);
    let device = DeviceSecret::make().unwrap();
    let password = typed("a wholly new beginning");
    let start_over = |kit: &RecoveryKey| {
        let owner = owner_slot(&password, &device, KdfParams::FLOOR);
        p.key_file.recover(kit, owner, DeviceStore::Keyring, "KWallet")
    };
    assert_eq!(start_over(&RecoveryKey::make()).unwrap_err(), Error::WrongPassword);
    let created = start_over(&p.created.recovery_key).unwrap();
    // The computer that remembers the old owner accepts the new one, because the old kit says so.
    let bytes = created.key_file.to_bytes().unwrap();
    let after = KeyFile::parse(&bytes, &seen).unwrap();
    let owner = after.slot_named("owner").unwrap();
    let secret = after.open_slot(owner.id, &password, &device).unwrap();
    let keys = after.open_compartments(&secret).unwrap();
    assert_eq!(books_of(&keys), books_of(&p.created.keys), "renewed next, by copy and swap");
    let vault_of = |keys: &CompartmentKeys| keys.vault.as_ref().unwrap().expose_hex();
    assert_ne!(*vault_of(&keys), *vault_of(&p.created.keys));
    assert!(after.open_compartments(&p.created.recovery_key).is_err(), "the old kit is void");
    assert!(after.open_compartments(&created.recovery_key).is_ok());
    assert!(after.open_compartments(&p.accountant).is_ok(), "other people keep their slots");
    let mut only_pin = seen.clone();
    only_pin.recovery_public = Some(p.accountant.sign_public());
    assert_eq!(KeyFile::parse(&bytes, &only_pin).unwrap_err(), Error::OwnerChanged);
}

/// R50, R54 (key part): the new key goes to those who hold the role, and only finishing drops the old one.
#[test]
fn a_new_key_of_the_books_is_granted_in_two_steps() {
    let p = &*PROFILE;
    let old = books_of(&p.created.keys);
    let (begun, key) = p.key_file.begin_renewal(&p.created.owner).unwrap();
    let begun = reparse(&begun);
    let new = *key.expose_bytes();
    assert_ne!(new, old);
    for holder in [Holder::from(&p.created.owner), Holder::from(&p.accountant), Holder::from(&p.created.recovery_key)] {
        assert_eq!(books_of(&begun.open_compartments(holder).unwrap()), old);
        assert_eq!(*begun.open_pending_books(holder).unwrap().unwrap().expose_bytes(), new);
    }
    let finished = reparse(&begun.finish_renewal(&p.created.owner).unwrap());
    assert!(finished.pending().is_none() && finished.open_pending_books(&p.created.owner).unwrap().is_none());
    assert_eq!(books_of(&finished.open_compartments(&p.accountant).unwrap()), new);
    let dropped = reparse(&begun.abandon_renewal(&p.created.owner).unwrap());
    assert!(dropped.pending().is_none());
    assert_eq!(books_of(&dropped.open_compartments(&p.accountant).unwrap()), old);
    assert_eq!(dropped.finish_renewal(&p.created.owner).unwrap_err(), Error::Damaged);
    assert_eq!(p.key_file.begin_renewal(&p.accountant).map(drop).unwrap_err(), Error::NotOwner);
    // Revoking drops it, because it was sealed to the revoked person too; nobody is added meanwhile.
    let revoked = begun.revoke_slot(&p.created.owner, &p.created.keys, p.accountant.slot_id()).unwrap();
    assert!(reparse(&revoked).pending().is_none());
    assert_eq!(begun.replace_kit(&p.created.owner, &p.created.keys).map(drop).unwrap_err(), Error::Limit);
    // The kit that replaces a lost owner in the middle of it still knows both keys.
    let (password, device) = (typed("a wholly new beginning"), DeviceSecret::make().unwrap());
    let owner = owner_slot(&password, &device, KdfParams::FLOOR);
    let recovered = begun.recover(&p.created.recovery_key, owner, DeviceStore::Keyring, "KWallet").unwrap();
    let pending = recovered.key_file.open_pending_books(&recovered.owner).unwrap().unwrap();
    assert_eq!(*pending.expose_bytes(), new);
}

/// R29 (key part): after a compromise the old envelope, wherever a copy of it is, opens nothing of the new file.
#[test]
fn a_compromised_owner_gets_a_new_identity() {
    let p = &*PROFILE;
    let mut seen = Seen::default();
    seen.raise(&p.key_file);
    let device = DeviceSecret::make().unwrap();
    let password = typed("a wholly new beginning");
    let by = |secret| p.key_file.renew_owner(secret, &password, &device, None, KdfParams::FLOOR);
    assert_eq!(by(&p.accountant).map(drop).unwrap_err(), Error::NotOwner);
    let (renewed, secret) = by(&p.created.owner).unwrap();
    // The computer that pinned the old owner follows, because the old key says so; then never back.
    let after = KeyFile::parse(&renewed.to_bytes().unwrap(), &seen).unwrap();
    let slot = after.slot_named("owner").unwrap();
    assert_ne!(slot.id, p.owner);
    assert!(after.open_slot(slot.id, &password, &device).is_ok());
    assert!(after.open_slot(p.owner, &typed(OWNER_PASSWORD), &p.owner_device).is_err());
    assert_eq!(after.open_compartments(&p.created.owner).unwrap_err(), Error::UnknownSlot);
    let mut unflagged = after.clone();
    unflagged.body.slots.iter_mut().for_each(|slot| slot.disabled = false);
    assert_eq!(unflagged.open_compartments(&p.created.owner).unwrap_err(), Error::Damaged);
    let keys = after.open_compartments(&secret).unwrap();
    assert_eq!(books_of(&keys), books_of(&p.created.keys), "copied to a new key next");
    assert_ne!(keys.vault.unwrap().expose_hex(), p.created.keys.vault.as_ref().unwrap().expose_hex());
    assert!(after.open_compartments(&p.accountant).is_ok() && after.open_compartments(&p.created.recovery_key).is_ok());
    seen.raise(&after);
    assert_eq!(KeyFile::parse(&p.bytes, &seen).unwrap_err(), Error::OwnerChanged);
    // Whoever has only the old signing key cannot lead on from the new owner.
    let (other, _) = by(&p.created.owner).unwrap();
    assert_eq!(KeyFile::parse(&other.to_bytes().unwrap(), &seen).unwrap_err(), Error::OwnerChanged);
}

#[test]
fn a_new_kit_replaces_the_old_one() {
    let p = &*PROFILE;
    let (key_file, kit) = p.key_file.replace_kit(&p.created.owner, &p.created.keys).unwrap();
    let key_file = reparse(&key_file);
    assert_eq!(books_of(&key_file.open_compartments(&kit).unwrap()), books_of(&p.created.keys));
    let old = key_file.open_compartments(&p.created.recovery_key);
    assert_eq!(old.unwrap_err(), Error::WrongPassword);
    assert!(!key_file.policy().kit_proven, "to be typed back again");
    let by_accountant = p.key_file.replace_kit(&p.accountant, &p.created.keys);
    assert_eq!(by_accountant.unwrap_err(), Error::NotOwner);
}
