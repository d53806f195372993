//! Altered, hostile and random key files.

use super::*;
use proptest::prelude::*;

/// A change of one wrap, as damage or malice might make it.
type Alter = fn(&mut Wrap);

/// R3: a header that asks for 4 TiB is refused while parsing, before any hash.
#[test]
fn hostile_hash_parameters_are_refused_while_parsing() {
    let text = String::from_utf8(PROFILE.bytes.clone()).unwrap();
    for (from, to) in [
        ("\"m\":65536", "\"m\":4294967295"),
        ("\"m\":65536", "\"m\":65535"),
        ("\"t\":3", "\"t\":17"),
        ("\"p\":4", "\"p\":255"),
        ("argon2id", "argon2d"),
    ] {
        let hostile = text.replacen(from, to, 1);
        assert_ne!(hostile, text);
        let error = KeyFile::parse(hostile.as_bytes(), &Seen::default()).unwrap_err();
        assert_eq!(error, Error::KdfRefused, "{to}");
    }
}

#[test]
fn other_forms_are_refused() {
    let text = String::from_utf8(PROFILE.bytes.clone()).unwrap();
    let parse = |text: &str| KeyFile::parse(text.as_bytes(), &Seen::default()).unwrap_err();
    assert_eq!(parse(&text.replacen(":1,", ":2,", 1)), Error::UnsupportedVersion);
    assert_eq!(parse(r#"{"purser_keyfile":2,"entirely":"different"}"#), Error::UnsupportedVersion);
    assert_eq!(parse(&text.replacen('{', r#"{"extra":1,"#, 1)), Error::Damaged);
    assert_eq!(parse(&text.replacen(r#""n":1"#, r#""n":1,"extra":1"#, 1)), Error::Damaged);
    assert_eq!(parse(&format!("{text}{}", " ".repeat(KEYFILE_BYTES_MAX))), Error::Damaged);
    let mut fewer = PROFILE.key_file.clone();
    fewer.wraps.pop();
    assert!(fewer.to_bytes().is_err(), "a person without a wrap");
    let mut doubled = PROFILE.key_file.clone();
    doubled.wraps.push(doubled.wraps[0].clone());
    assert!(doubled.to_bytes().is_err(), "two wraps for one person");
}

/// R5: a change inside a wrap makes that slot fail, and no other.
#[test]
fn a_changed_wrap_fails_alone() {
    let p = &*PROFILE;
    let slot_id = p.accountant.slot_id();
    let parts: [(Alter, Error); 4] = [
        (|wrap| wrap.n = 2, Error::Damaged),
        (|wrap| wrap.flip_ciphertext(), Error::Damaged),
        (|wrap| wrap.kdf.salt[0] ^= 1, Error::WrongPassword),
        (|wrap| wrap.flip_commitment(), Error::WrongPassword),
    ];
    for (change, expected) in parts {
        let mut altered = p.key_file.clone();
        altered.wraps.iter_mut().filter(|wrap| wrap.slot_id == slot_id).for_each(change);
        let altered = reparse(&altered);
        let error = altered.open_slot(slot_id, &typed(ACCOUNTANT_PASSWORD), &p.accountant_device);
        assert_eq!(error.unwrap_err(), expected);
    }
    // Two people's wraps exchanged: neither opens.
    let mut swapped = p.key_file.clone();
    let (first, second) = (swapped.wraps[0].slot_id, swapped.wraps[1].slot_id);
    (swapped.wraps[0].slot_id, swapped.wraps[1].slot_id) = (second, first);
    let error = reparse(&swapped).open_slot(p.owner, &typed(OWNER_PASSWORD), &p.owner_device);
    assert_eq!(error.unwrap_err(), Error::WrongPassword);
}

/// A wrap may hold only the key pair the owner signed for that slot.
#[test]
fn a_wrap_of_another_key_pair_is_damage() {
    let p = &*PROFILE;
    let other = SlotSecret::make(p.owner, None).unwrap();
    let password = typed(OWNER_PASSWORD);
    let altered = p.key_file.change_factors(&other, &password, &p.owner_device).unwrap();
    let error = altered.open_slot(p.owner, &password, &p.owner_device).unwrap_err();
    assert_eq!(error, Error::Damaged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// R5: one changed byte is an error, or it lies in a wrap and the signed part is what it was.
    #[test]
    fn any_changed_byte_is_noticed(at: usize, flip in 1u8..) {
        let p = &*PROFILE;
        let mut bytes = p.bytes.clone();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        if let Ok(altered) = KeyFile::parse(&bytes, &Seen::default()) {
            let wraps_at = p.bytes.windows(7).position(|part| part == b"\"wraps\"").unwrap();
            prop_assert!(at > wraps_at, "byte {at} is under the signature");
            prop_assert_eq!(&altered.body_bytes, &p.key_file.body_bytes);
            prop_assert_eq!(altered.owner_public(), p.key_file.owner_public());
            let same = |a: &Wrap, b: &Wrap| serde_json::to_vec(a).unwrap() == serde_json::to_vec(b).unwrap();
            let pairs = altered.wraps.iter().zip(&p.key_file.wraps);
            prop_assert_eq!(pairs.filter(|(a, b)| same(a, b)).count(), 1, "exactly one wrap differs");
        }
    }

    /// R5
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        prop_assert!(KeyFile::parse(&bytes, &Seen::default()).is_err());
    }
}
