use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use super::*;
use crate::key::{CellAddress, SignPurpose};
use crate::recovery::make_recovery_codes;
use crate::secret::{RecoveryKey, TotpSeed};

mod damage;
mod renewal;

const OWNER_PASSWORD: &str = "correct horse battery staple";
const ACCOUNTANT_PASSWORD: &str = "seven wet umbrellas in Oslo";

/// One profile with owner and accountant, built once: every slot costs a password hash.
struct Profile {
    created: Created,
    key_file: KeyFile,
    bytes: Vec<u8>,
    owner: SlotId,
    owner_device: DeviceSecret,
    accountant: SlotSecret,
    accountant_device: DeviceSecret,
}

static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
    let owner_device = DeviceSecret::make().unwrap();
    let accountant_device = DeviceSecret::make().unwrap();
    let created = create(&owner_device, DeviceStore::Keyring, KdfParams::FLOOR).unwrap();
    let passphrase = typed(ACCOUNTANT_PASSWORD);
    let new = NewSlot {
        kind: SlotKind::Accountant,
        name: "会计",
        totp_seed: Some(TotpSeed::make().unwrap()),
        ..owner_slot(&passphrase, &accountant_device, KdfParams::FLOOR)
    };
    let (key_file, accountant) = created.key_file.add_slot(&created.owner, &created.keys, new).unwrap();
    let bytes = key_file.to_bytes().unwrap();
    let owner = created.owner.slot_id();
    Profile { created, key_file, bytes, owner, owner_device, accountant, accountant_device }
});

fn typed(text: &str) -> Passphrase {
    Passphrase::from_typed(text).unwrap()
}

fn owner_slot<'a>(passphrase: &'a Passphrase, device_secret: &'a DeviceSecret, kdf: KdfParams) -> NewSlot<'a> {
    NewSlot {
        kind: SlotKind::Owner,
        name: "owner",
        passphrase,
        device_secret,
        totp_seed: None,
        kdf,
        limits: Limits::default(),
    }
}

fn create(device: &DeviceSecret, device_store: DeviceStore, kdf: KdfParams) -> Result<Created> {
    KeyFile::create(NewProfile {
        owner: owner_slot(&typed(OWNER_PASSWORD), device, kdf),
        device_store,
        store_vendor: "Secret Service",
        created_ms: 1_700_000_000_000,
        policy: Policy::default(),
    })
}

fn reparse(key_file: &KeyFile) -> KeyFile {
    KeyFile::parse(&key_file.to_bytes().unwrap(), &Seen::default()).unwrap()
}

fn books_of(keys: &CompartmentKeys) -> [u8; 32] {
    *keys.books.as_ref().unwrap().expose_bytes()
}

#[test]
fn a_profile_opens_again_with_its_keys() {
    let p = &*PROFILE;
    let key_file = reparse(&p.key_file);
    assert_eq!((key_file.revision(), key_file.slots().len()), (2, 3));
    assert_eq!((key_file.device_store(), key_file.store_vendor()), (DeviceStore::Keyring, "Secret Service"));
    let slot = key_file.slot_named("owner").unwrap();
    let secret = key_file.open_slot(slot.id, &typed(OWNER_PASSWORD), &p.owner_device).unwrap();
    assert!(secret.totp_seed().is_none() && !slot.requires_totp());
    let keys = key_file.open_compartments(&secret).unwrap();
    assert_eq!(books_of(&keys), books_of(&p.created.keys));
    let cell = CellAddress { table: "credential", row: b"1", column: "secret", version: 1 };
    let sealed = p.created.keys.vault.as_ref().unwrap().seal(&key_file.file_id(), &cell, b"key").unwrap();
    assert_eq!(&*keys.vault.unwrap().open(&key_file.file_id(), &cell, &sealed).unwrap(), b"key");
    let capsule = p.created.keys.freeze.as_ref().unwrap().seal_capsule(b"stop").unwrap();
    assert_eq!(&*keys.freeze.unwrap().open_capsule(&capsule).unwrap(), b"stop");
}

/// R64 (key part): a role holds exactly its compartments.
#[test]
fn a_role_holds_only_its_compartments() {
    let p = &*PROFILE;
    let keys = p.key_file.open_compartments(&p.accountant).unwrap();
    assert_eq!(books_of(&keys), books_of(&p.created.keys));
    assert!(keys.vault.is_none() && keys.freeze.is_none());
    // Not only by politeness: the grants are not encrypted to him.
    let mut promoted = p.key_file.clone();
    promoted.body.slots.iter_mut().for_each(|slot| slot.kind = SlotKind::Owner);
    assert_eq!(promoted.open_compartments(&p.accountant).unwrap_err(), Error::Damaged);
    for (kind, held) in [
        (SlotKind::Owner, [true, true, true]),
        (SlotKind::Accountant, [true, false, false]),
        (SlotKind::Responder, [false, false, true]),
        (SlotKind::Recovery, [true, true, true]),
    ] {
        use crate::key::Compartment::{Books, Freeze, Vault};
        assert_eq!([Books, Vault, Freeze].map(|part| kind.may_open(part)), held, "{kind:?}");
    }
}

/// R4: whichever half is wrong, the error is the same.
#[test]
fn wrong_password_and_wrong_device_fail_alike() {
    let p = &*PROFILE;
    let other_device = DeviceSecret::make().unwrap();
    let open =
        |slot, password, device: &DeviceSecret| p.key_file.open_slot(slot, &typed(password), device).unwrap_err();
    assert_eq!(open(p.owner, OWNER_PASSWORD, &other_device), Error::WrongPassword);
    assert_eq!(open(p.owner, "Correct horse battery staple", &p.owner_device), Error::WrongPassword);
    assert_eq!(open(p.owner, ACCOUNTANT_PASSWORD, &p.accountant_device), Error::WrongPassword);
    // R42: an unknown user costs the same hash and gives the same error.
    assert_eq!(open(SlotId::from_bytes([9; 16]), OWNER_PASSWORD, &p.owner_device), Error::WrongPassword);
    assert_eq!(p.key_file.waste_attempt(&typed("nobody")), Error::WrongPassword);
}

/// R25
#[test]
fn composed_and_decomposed_passwords_both_open() {
    let device = DeviceSecret::make().unwrap();
    let p = &*PROFILE;
    let changed = p
        .key_file
        .change_password(&p.accountant, &typed("caf\u{e9} on the corner"), &device, KdfParams::FLOOR)
        .unwrap();
    let decomposed = typed("cafe\u{301} on the corner");
    assert!(changed.open_slot(p.accountant.slot_id(), &decomposed, &device).is_ok());
}

#[test]
fn only_the_owner_signs() {
    let p = &*PROFILE;
    let policy = Policy { idle_lock_minutes: 5, kit_proven: true, ..Policy::default() };
    let by_accountant = p.key_file.set_policy(&p.accountant, policy.clone());
    assert_eq!(by_accountant.unwrap_err(), Error::NotOwner);
    let changed = reparse(&p.key_file.set_policy(&p.created.owner, policy.clone()).unwrap());
    assert_eq!(changed.policy(), &policy);
    for bad in [
        Policy { idle_lock_minutes: 0, ..Policy::default() },
        Policy { idle_lock_minutes: 31, ..Policy::default() },
        Policy { cool_off_minutes: 4_321, ..Policy::default() },
    ] {
        assert_eq!(p.key_file.set_policy(&p.created.owner, bad).unwrap_err(), Error::Limit);
    }
    // A body signed by somebody else's key is not a key file at all.
    let forged = KeyFile::signed(p.key_file.body.clone(), p.key_file.wraps.clone(), p.accountant.signing_key());
    assert_eq!(forged.unwrap_err(), Error::Limit);
}

/// R50 (key part)
#[test]
fn a_revoked_slot_opens_nothing() {
    let p = &*PROFILE;
    let slot_id = p.accountant.slot_id();
    let revoked = p.key_file.revoke_slot(&p.created.owner, &p.created.keys, slot_id).unwrap();
    let revoked = reparse(&revoked);
    assert!(revoked.slot_named("会计").is_none());
    assert!(revoked.slot(slot_id).is_some(), "old signatures can still be checked");
    assert_eq!(revoked.open_compartments(&p.accountant).unwrap_err(), Error::UnknownSlot);
    let open = revoked.open_slot(slot_id, &typed(ACCOUNTANT_PASSWORD), &p.accountant_device);
    assert_eq!(open.unwrap_err(), Error::WrongPassword);
    // Not only by the flag: the grants are no longer encrypted to him.
    let mut unflagged = revoked.clone();
    unflagged.body.slots.iter_mut().for_each(|slot| slot.disabled = false);
    assert_eq!(unflagged.open_compartments(&p.accountant).unwrap_err(), Error::Damaged);
    let own = revoked.revoke_slot(&p.created.owner, &p.created.keys, p.owner);
    assert_eq!(own.unwrap_err(), Error::NotOwner);
}

#[test]
fn the_recovery_key_opens_everything_and_another_nothing() {
    let p = &*PROFILE;
    let typed_back = RecoveryKey::parse(&p.created.recovery_key.expose_text()).unwrap();
    let keys = p.key_file.open_compartments(&typed_back).unwrap();
    assert_eq!(books_of(&keys), books_of(&p.created.keys));
    assert!(keys.vault.is_some() && keys.freeze.is_some());
    let other = p.key_file.open_compartments(&RecoveryKey::make());
    assert_eq!(other.unwrap_err(), Error::WrongPassword);
}

/// R5, R6: another owner's file in the same place is noticed.
#[test]
fn a_file_of_another_owner_is_refused() {
    let p = &*PROFILE;
    let mut seen = Seen::default();
    seen.raise(&p.key_file);
    let other = create(&p.owner_device, DeviceStore::Keyring, KdfParams::FLOOR).unwrap();
    let bytes = other.key_file.to_bytes().unwrap();
    assert_eq!(KeyFile::parse(&bytes, &seen).unwrap_err(), Error::OwnerChanged);
    assert!(KeyFile::parse(&bytes, &Seen::default()).is_ok());
    seen.owner_public = None;
    assert_eq!(KeyFile::parse(&bytes, &seen).unwrap_err(), Error::RolledBack);
}

#[test]
fn without_a_device_secret_the_password_must_cost_more() {
    let absent = DeviceSecret::absent();
    let present = DeviceSecret::make().unwrap();
    let floor = KdfParams::FLOOR;
    assert_eq!(create(&absent, DeviceStore::None, floor).unwrap_err(), Error::KdfRefused);
    assert_eq!(create(&absent, DeviceStore::Keyring, floor).unwrap_err(), Error::DeviceStore);
    assert_eq!(create(&absent, DeviceStore::File, floor).unwrap_err(), Error::DeviceStore);
    assert_eq!(create(&present, DeviceStore::None, floor).unwrap_err(), Error::DeviceStore);
    let p = &*PROFILE;
    let open = p.key_file.open_slot(p.owner, &typed(OWNER_PASSWORD), &absent);
    assert_eq!(open.unwrap_err(), Error::DeviceStore);
}

#[test]
fn names_and_number_of_slots_are_limited() {
    let p = &*PROFILE;
    let change = |edit: &dyn Fn(&mut Vec<Slot>)| {
        p.key_file.edited(&p.created.owner, |body, _| {
            edit(&mut body.slots);
            Ok(())
        })
    };
    assert!(change(&|_| ()).is_ok());
    assert!(change(&|slots| slots[2].name = "owner".into()).is_err(), "name taken");
    assert!(change(&|slots| slots[2].name = String::new()).is_err());
    assert!(change(&|slots| slots[2].name = "x".repeat(65)).is_err());
    assert!(change(&|slots| slots[2].name = "a\nb".into()).is_err());
    assert!(change(&|slots| slots[2].id = slots[0].id).is_err(), "identifier taken");
    assert!(change(&|slots| slots.retain(|slot| slot.kind != SlotKind::Recovery)).is_err());
    assert!(change(&|slots| slots[0].kind = SlotKind::Accountant).is_err(), "no owner");
    let fill = |count: usize| {
        change(&|slots| {
            while slots.len() < count {
                let mut slot = slots[2].clone();
                (slot.id, slot.disabled) = (SlotId::make().unwrap(), true);
                slots.push(slot);
            }
        })
    };
    assert!(fill(16).is_ok());
    assert_eq!(fill(17).unwrap_err(), Error::Limit);
}

#[test]
fn reserved_fields_are_carried_along() {
    let p = &*PROFILE;
    let pending = Pending { compartment: crate::key::Compartment::Books, new_grant: vec![1, 2], step: 1 };
    let key_file = p
        .key_file
        .edited(&p.created.owner, |body, _| {
            body.pending = Some(pending.clone());
            Ok(())
        })
        .unwrap();
    let later = reparse(&key_file).set_policy(&p.created.owner, Policy::default()).unwrap();
    assert_eq!(reparse(&later).pending(), Some(&pending));
}

#[test]
fn a_backup_opens_with_owner_or_kit_only() {
    let p = &*PROFILE;
    let mut file = Vec::new();
    let mut writer = p.key_file.seal_backup(&mut file).unwrap();
    writer.write_all(b"everything").unwrap();
    writer.finish().unwrap();
    for holder in [Holder::from(&p.created.owner), Holder::from(&p.created.recovery_key)] {
        let mut content = Vec::new();
        open_backup(holder, file.as_slice()).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content, b"everything");
    }
    assert_eq!(open_backup(&p.accountant, file.as_slice()).err(), Some(Error::WrongPassword));
    assert_eq!(open_backup(&p.created.owner, b"not age".as_slice()).err(), Some(Error::Damaged));
}

#[test]
fn a_slot_signs_for_one_purpose() {
    let p = &*PROFILE;
    let signature = p.accountant.sign(SignPurpose::Audit, b"row");
    let public = p.key_file.slot(p.accountant.slot_id()).unwrap().sign_public;
    assert_eq!(public.verify(SignPurpose::Audit, b"row", &signature), Ok(()));
    assert!(public.verify(SignPurpose::Unfreeze, b"row", &signature).is_err());
}

/// A file of format version 1 opens for ever. Never replace it; add one per new version.
#[test]
fn the_golden_file_of_version_1_opens() {
    let golden = include_bytes!("golden/keys-v1.json");
    let key_file = KeyFile::parse(golden, &Seen::default()).unwrap();
    assert_eq!(key_file.to_bytes().unwrap(), golden, "written as it was read");
    let device = DeviceSecret::from_base64(&crate::bytes::to_base64(&[0x5a; 32])).unwrap();
    let owner = key_file.slot_named("owner").unwrap().id;
    let secret = key_file.open_slot(owner, &typed(ACCOUNTANT_PASSWORD), &device).unwrap();
    assert_eq!(secret.totp_seed().unwrap().expose_bytes(), b"12345678901234567890");
    let text = "AGE-SECRET-KEY-1W0RSMMDEJH3EWCVWMTS6NMWZYMNLT9PZ0N9P5HVW3RW33Z9LQQLSVP37WV";
    let kit = RecoveryKey::parse(text).unwrap();
    for holder in [Holder::from(&secret), Holder::from(&kit)] {
        let books = key_file.open_compartments(holder).unwrap().books.unwrap();
        let wanted = "2b9ecb9279787b847f897c1b4b976396422fc4420af9698c6ad3387804c0b9b6";
        assert_eq!(books.expose_hex().as_str(), wanted);
    }
}

/// An invited slot opens with the code until it is wrapped with the person's own password.
#[test]
fn an_invitation_is_taken_up_without_the_owner() {
    let p = &*PROFILE;
    let device = DeviceSecret::make().unwrap();
    let now = crate::auth_state::Moment { wall_ms: 1_000, boot_ms: 1_000, boot_id: [1; 16] };
    let invitation = Some(Invitation::starting(&now, 600_000));
    let limits = Limits { until_ms: Some(5_000_000), wallets: Some(vec![2, 7]), invitation };
    let invite = |kind, limits: &Limits| {
        p.key_file.invite(&p.created.owner, &p.created.keys, kind, "Mei", limits.clone(), &device)
    };
    assert!(invite(SlotKind::Owner, &limits).is_err() && invite(SlotKind::Recovery, &limits).is_err());
    assert!(invite(SlotKind::Accountant, &Limits::default()).is_err(), "an invitation without an end");
    let (invited, id, code) = invite(SlotKind::Responder, &limits).unwrap();
    let invited = reparse(&invited);
    let slot = invited.slot(id).unwrap().clone();
    assert!(invited.is_invited(&slot) && slot.requires_totp());
    assert_eq!((slot.name.as_str(), &slot.limits), ("Mei", &limits));
    assert!(!slot.is_over(&now) && slot.is_over(&crate::auth_state::Moment { wall_ms: 5_000_000, ..now }));
    let typed_code = InvitationCode::parse(&code.expose_text()).unwrap().as_passphrase().unwrap();
    let secret = invited.open_slot(id, &typed_code, &device).unwrap();
    assert!(secret.totp_seed().is_some());
    let own = typed("nine green bicycles in Delft");
    let taken = reparse(&invited.change_password(&secret, &own, &device, KdfParams::FLOOR).unwrap());
    assert!(!taken.is_invited(taken.slot(id).unwrap()));
    assert!(taken.open_slot(id, &own, &device).is_ok());
    assert_eq!(taken.open_slot(id, &typed_code, &device).unwrap_err(), Error::WrongPassword);
    // Limits are the owner's to change, and an owner has none.
    let wider = Limits { until_ms: None, ..limits.clone() };
    assert_eq!(taken.set_limits(&p.created.owner, id, wider.clone()).unwrap().slot(id).unwrap().limits, wider);
    assert_eq!(taken.set_limits(&secret, id, wider.clone()).unwrap_err(), Error::NotOwner);
    assert_eq!(taken.set_limits(&p.created.owner, p.owner, wider).unwrap_err(), Error::Limit);
    // R64: what a responder's slot opens.
    let keys = taken.open_compartments(&secret).unwrap();
    assert!(keys.books.is_none() && keys.vault.is_none() && keys.freeze.is_some());
}

/// R10
#[test]
fn debug_of_a_whole_profile_shows_no_secret() {
    let shown = format!("{:?} {:?}", PROFILE.created, PROFILE.accountant);
    assert!(!shown.contains("AGE-SECRET"));
    assert!(!shown.contains(PROFILE.created.keys.books.as_ref().unwrap().expose_hex().as_str()));
}
