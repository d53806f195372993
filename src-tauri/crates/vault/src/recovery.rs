//! Ten one-time codes that stand in for the second factor when the phone is lost.
//!
//! A code is `3-K7QX-9M2P-ABCD-5`: its number, 60 random bits in Crockford base32, a check character.
//! Only salted Argon2id hashes are kept, in the slot secret beside the code seed: they replace the second
//! factor after the password has opened the slot, and nobody without the password should try them.
//! Which are spent is a bitmap in [`crate::auth_state`], which is written before the session opens.

use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::auth_state::FactorId;
use crate::bytes::make_random;
use crate::error::{Error, Result};
use crate::kdf::derive_argon2id;

/// How many codes there are in a set.
pub const RECOVERY_CODES: u8 = 10;
/// Crockford base32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 12;
const SALT_LEN: usize = 16;
const ENTRY_LEN: usize = SALT_LEN + 32;
pub(crate) const HASHES_LEN: usize = ENTRY_LEN * RECOVERY_CODES as usize;
/// 19 MiB, 2 passes, 1 lane: a code has 60 random bits, so the hash need not be slow.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Longest text looked at: a code with generous spacing.
const TYPED_BYTES_MAX: usize = 256;

/// One code, to be shown once or as typed.
pub struct RecoveryCode {
    index: u8,
    /// Values 0 to 31.
    digits: Zeroizing<[u8; DIGITS]>,
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RecoveryCode({}, ***)", self.index)
    }
}

impl RecoveryCode {
    /// Number of the code in its set, 0 to 9.
    #[must_use]
    pub fn index(&self) -> u8 {
        self.index
    }

    /// Reads a typed code. Case, spaces and hyphens do not matter; O is read as 0, I and L as 1.
    ///
    /// # Errors
    /// [`Error::Damaged`]: mistyped, as the check character shows; no attempt need be counted.
    pub fn parse(typed: &str) -> Result<Self> {
        if typed.len() > TYPED_BYTES_MAX {
            return Err(Error::Damaged);
        }
        let mut values = Zeroizing::new([0u8; DIGITS + 2]);
        let mut count = 0;
        for character in typed.chars() {
            if character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{ff0d}') {
                continue;
            }
            let slot = values.get_mut(count).ok_or(Error::Damaged)?;
            *slot = value_of(character)?;
            count += 1;
        }
        let [index, digits @ .., check] = &*values;
        let whole = count == DIGITS + 2 && *index < RECOVERY_CODES;
        if !whole || *check != check_value(*index, digits) {
            return Err(Error::Damaged);
        }
        Ok(Self { index: *index, digits: Zeroizing::new(*digits) })
    }

    /// `3-K7QX-9M2P-ABCD-5`, for showing once.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(DIGITS + 8));
        text.push(letter(self.index));
        for (at, &digit) in self.digits.iter().enumerate() {
            if at % 4 == 0 {
                text.push('-');
            }
            text.push(letter(digit));
        }
        text.push('-');
        text.push(letter(check_value(self.index, &self.digits)));
        text
    }

    fn make(index: u8) -> Result<Self> {
        let random = make_random::<DIGITS>()?;
        let mut digits = Zeroizing::new([0u8; DIGITS]);
        for (digit, byte) in digits.iter_mut().zip(random.iter()) {
            *digit = byte & 31;
        }
        Ok(Self { index, digits })
    }

    fn derive_hash(&self, salt: &[u8; SALT_LEN]) -> Result<Zeroizing<[u8; 32]>> {
        derive_argon2id(self.digits.as_slice(), salt, COST)
    }
}

/// A symbol of Crockford's base32.
pub(crate) fn letter(value: u8) -> char {
    char::from(ALPHABET[usize::from(value & 31)])
}

/// The value of a typed symbol.
pub(crate) fn value_of(character: char) -> Result<u8> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    (0..32u8).find(|&value| letter(value) == upper).ok_or(Error::Damaged)
}

/// A polynomial over GF(32) (x^5 + x^2 + 1): notices every single wrong character and every two
/// neighbours exchanged, and stays within the alphabet, unlike Crockford's own check symbol.
fn check_value(index: u8, digits: &[u8; DIGITS]) -> u8 {
    let times_alpha = |value: u8| (value << 1) ^ if value & 16 == 0 { 0 } else { 0b10_0101 };
    let folded = digits.iter().fold(index, |sum, &digit| times_alpha(sum) ^ digit);
    times_alpha(folded)
}

/// Salted hashes of one set of codes.
pub struct RecoveryCodeHashes(Zeroizing<[u8; HASHES_LEN]>);

impl fmt::Debug for RecoveryCodeHashes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecoveryCodeHashes(***)")
    }
}

impl RecoveryCodeHashes {
    /// Whether this is a code of the set that is not spent yet (`used` is the bitmap from
    /// [`crate::auth_state::AuthState::recovery_used`]). Costs one hash whatever the outcome.
    /// The caller spends it with [`crate::auth_state::AuthState::spend_recovery_code`].
    ///
    /// # Errors
    /// [`Error::WrongPassword`]: wrong or spent. [`Error::OutOfMemory`].
    pub fn verify(&self, code: &RecoveryCode, used: u16) -> Result<u8> {
        let start = usize::from(code.index) * ENTRY_LEN;
        let entry = self.0.get(start..start + ENTRY_LEN).ok_or(Error::WrongPassword)?;
        let (salt, expected) = entry.split_first_chunk::<SALT_LEN>().ok_or(Error::WrongPassword)?;
        let matches = bool::from(code.derive_hash(salt)?.ct_eq(expected));
        let spent = used & (1 << code.index) != 0;
        if matches && !spent { Ok(code.index) } else { Err(Error::WrongPassword) }
    }

    /// Tells this set from another.
    #[must_use]
    pub fn id(&self) -> FactorId {
        FactorId::of("purser/1/codes-id", self.0.as_slice())
    }

    pub(crate) fn write_to(&self, target: &mut [u8]) {
        target.copy_from_slice(self.0.as_slice());
    }

    pub(crate) fn read_from(bytes: &[u8]) -> Result<Self> {
        bytes.try_into().map(|bytes| Self(Zeroizing::new(bytes))).map_err(|_| Error::Damaged)
    }
}

/// A new set: the codes to be shown once, and what is kept of them.
///
/// # Errors
/// [`Error::NoRandomness`], [`Error::OutOfMemory`].
pub fn make_recovery_codes() -> Result<(Vec<RecoveryCode>, RecoveryCodeHashes)> {
    let mut hashes = Zeroizing::new([0u8; HASHES_LEN]);
    let mut codes = Vec::with_capacity(usize::from(RECOVERY_CODES));
    for (index, entry) in (0..RECOVERY_CODES).zip(hashes.chunks_exact_mut(ENTRY_LEN)) {
        let code = RecoveryCode::make(index)?;
        let salt = make_random::<SALT_LEN>()?;
        entry[..SALT_LEN].copy_from_slice(salt.as_slice());
        entry[SALT_LEN..].copy_from_slice(code.derive_hash(&salt)?.as_slice());
        codes.push(code);
    }
    Ok((codes, RecoveryCodeHashes(hashes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// R38: single use, and a new set voids the old one.
    #[test]
    fn a_code_works_once_and_only_in_its_set() {
        let (codes, hashes) = make_recovery_codes().unwrap();
        assert_eq!(codes.len(), 10);
        assert_eq!(hashes.verify(&codes[3], 0), Ok(3));
        assert_eq!(hashes.verify(&codes[3], 1 << 3), Err(Error::WrongPassword));
        assert_eq!(hashes.verify(&codes[4], 1 << 3), Ok(4));
        let (others, other_hashes) = make_recovery_codes().unwrap();
        assert_eq!(other_hashes.verify(&codes[3], 0), Err(Error::WrongPassword));
        assert_eq!(hashes.verify(&others[3], 0), Err(Error::WrongPassword));
    }

    /// R38: the stored form holds no code and no two salts alike.
    #[test]
    fn only_salted_hashes_are_kept() {
        let (codes, hashes) = make_recovery_codes().unwrap();
        let salts: std::collections::HashSet<&[u8]> =
            hashes.0.chunks(ENTRY_LEN).map(|entry| &entry[..SALT_LEN]).collect();
        assert_eq!(salts.len(), 10);
        for code in &codes {
            assert!(!hashes.0.windows(DIGITS).any(|part| part == code.digits.as_slice()));
        }
        let mut bytes = [0; HASHES_LEN];
        hashes.write_to(&mut bytes);
        assert_eq!(RecoveryCodeHashes::read_from(&bytes).unwrap().verify(&codes[9], 0), Ok(9));
    }

    /// R10
    #[test]
    fn debug_shows_only_the_number() {
        let code = RecoveryCode { index: 7, digits: Zeroizing::new([1; DIGITS]) };
        assert_eq!(format!("{code:?}"), "RecoveryCode(7, ***)");
    }

    proptest! {
        #[test]
        fn typing_habits_are_forgiven(index in 0u8..10, digits in prop::array::uniform12(0u8..32)) {
            let code = RecoveryCode { index, digits: Zeroizing::new(digits) };
            let text = code.expose_text();
            prop_assert_eq!(text.len(), 18);
            let sloppy = text.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
            for typed in [text.as_str(), &sloppy, &text.replace('-', "")] {
                let read = RecoveryCode::parse(typed).unwrap();
                prop_assert_eq!((read.index, *read.digits), (index, digits));
            }
        }

        #[test]
        fn one_wrong_or_exchanged_character_is_noticed(
            digits in prop::array::uniform12(0u8..32), at in 0usize..12, other in 0u8..32,
        ) {
            let text: Vec<char> = RecoveryCode { index: 2, digits: Zeroizing::new(digits) }
                .expose_text().chars().filter(|c| *c != '-').collect();
            let mut wrong = text.clone();
            wrong[at + 1] = letter(other);
            let read = RecoveryCode::parse(&wrong.iter().collect::<String>());
            prop_assert_eq!(read.is_ok(), wrong == text);
            let mut exchanged = text.clone();
            exchanged.swap(at + 1, at + 2);
            let read = RecoveryCode::parse(&exchanged.iter().collect::<String>());
            prop_assert_eq!(read.is_ok(), exchanged == text);
        }

        /// R36
        #[test]
        fn arbitrary_text_never_panics(typed in "\\PC*") {
            let _ = RecoveryCode::parse(&typed);
        }
    }
}
