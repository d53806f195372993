//! Fixed arrays as text, and random bytes: the two things every other module needs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Fills an array from the operating system's generator, the only source of randomness here.
pub(crate) fn make_random<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0u8; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| Error::NoRandomness)?;
    Ok(bytes)
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Strict: padding required, no stray bits in the last character, so one value has one spelling.
pub(crate) fn from_base64(text: &str) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|_| Error::Damaged)
}

/// Decodes secret text of exactly `N` bytes, leaving no copy behind.
pub(crate) fn secret_from_base64<const N: usize>(text: &str) -> Result<Zeroizing<[u8; N]>> {
    let decoded = Zeroizing::new(from_base64(text)?);
    let mut bytes = Zeroizing::new([0u8; N]);
    if decoded.len() != N {
        return Err(Error::Damaged);
    }
    bytes.copy_from_slice(&decoded);
    Ok(bytes)
}

pub(crate) fn to_hex(bytes: &[u8]) -> Zeroizing<String> {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

/// Lower case only: an identifier has one spelling, so it can be compared as text.
pub(crate) fn from_hex<const N: usize>(text: &[u8]) -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0u8; N]);
    if text.len() != N * 2 {
        return Err(Error::Damaged);
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = (hex_digit(pair[0])? << 4) | hex_digit(pair[1])?;
    }
    Ok(bytes)
}

fn hex_digit(digit: u8) -> Result<u8> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(Error::Damaged),
    }
}

/// Bytes as base64 text in the JSON files.
pub(crate) mod base64_vec {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::to_base64(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::from_base64(&text).map_err(|_| D::Error::custom("base64"))
    }
}

/// A fixed array as base64 text in the JSON files.
pub(crate) mod base64_array {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer, const N: usize>(bytes: &[u8; N], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::to_base64(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = super::from_base64(&text).map_err(|_| D::Error::custom("base64"))?;
        bytes.try_into().map_err(|_| D::Error::custom("length"))
    }
}

/// Joins parts so that no two different lists give the same bytes: each is preceded by its length.
pub(crate) fn length_prefixed(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        joined.extend_from_slice(&(part.len() as u64).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hex_has_one_spelling(bytes: [u8; 16]) {
            let text = to_hex(&bytes);
            prop_assert_eq!(*from_hex::<16>(text.as_bytes()).unwrap(), bytes);
            let shouted = text.to_uppercase();
            prop_assert_eq!(from_hex::<16>(shouted.as_bytes()).is_ok(), shouted == *text);
        }

        #[test]
        fn joined_parts_cannot_be_shifted(a: Vec<u8>, b: Vec<u8>, c: Vec<u8>, d: Vec<u8>) {
            let same = a == c && b == d;
            prop_assert_eq!(length_prefixed(&[&a, &b]) == length_prefixed(&[&c, &d]), same);
        }
    }

    #[test]
    fn base64_with_stray_bits_is_refused() {
        assert!(from_base64("AAA=").is_ok());
        assert!(from_base64("AAB=").is_err(), "two spellings of one value");
        assert!(from_base64("AAA").is_err());
    }

    /// R15: nonces come from the operating system and do not repeat.
    #[test]
    fn random_nonces_do_not_repeat() {
        let count = 100_000;
        let seen: std::collections::HashSet<[u8; 24]> = (0..count).map(|_| *make_random::<24>().unwrap()).collect();
        assert_eq!(seen.len(), count);
    }
}
