//! Makes passwords: phrases to remember, strings to paste. All randomness is the operating system's.

use zeroize::Zeroizing;

use crate::bytes::make_random;
use crate::error::{Error, Result};

/// 1024 words of three to nine letters: ten bits each.
const WORDS: &str = include_str!("words.txt");
const WORD_BITS: u16 = 10;
/// 70 bits: out of reach even where the hash of the password is fast.
pub const PHRASE_WORDS: u8 = 7;
/// 120 bits with signs.
pub const STRING_CHARS: u8 = 20;
/// 64 characters nobody confuses: no I, O, l, 0, 1. Every fourth provider refuses other signs than these.
const ALPHABET: &[u8; 64] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_.!@#$";
/// Letters and digits are the first of them.
const PLAIN: u8 = 57;

/// A phrase of so many words (4 to 16), joined with hyphens.
///
/// # Errors
/// [`Error::Limit`], [`Error::NoRandomness`].
pub fn make_phrase(words: u8) -> Result<Zeroizing<String>> {
    if !(4..=16).contains(&words) {
        return Err(Error::Limit);
    }
    let list: Vec<&str> = WORDS.lines().collect();
    let mut phrase = Zeroizing::new(String::with_capacity(usize::from(words) * 10));
    for position in 0..words {
        if position > 0 {
            phrase.push('-');
        }
        let number = u16::from_be_bytes(*make_random()?) & ((1 << WORD_BITS) - 1);
        phrase.push_str(list.get(usize::from(number)).ok_or(Error::Limit)?);
    }
    Ok(phrase)
}

/// A string of so many characters (12 to 64) with upper and lower case, digits and, if wanted, signs: each kind occurs.
///
/// # Errors
/// [`Error::Limit`], [`Error::NoRandomness`].
pub fn make_string(characters: u8, signs: bool) -> Result<Zeroizing<String>> {
    if !(12..=64).contains(&characters) {
        return Err(Error::Limit);
    }
    loop {
        let mut string = Zeroizing::new(String::with_capacity(usize::from(characters)));
        while string.len() < usize::from(characters) {
            let random = make_random::<32>()?;
            for number in random.iter().map(|byte| byte & 63).filter(|number| signs || *number < PLAIN) {
                if string.len() < usize::from(characters) {
                    string.push(char::from(ALPHABET[usize::from(number)]));
                }
            }
        }
        // Thrown away whole and made anew: no character is likelier in any place.
        let has = |kind: fn(&char) -> bool| string.chars().any(|character| kind(&character));
        let kinds = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit);
        if kinds && (!signs || has(char::is_ascii_punctuation)) {
            return Ok(string);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::passphrase::{Protection, assess};

    #[test]
    fn the_words_are_as_many_as_the_bits_say() {
        let words: BTreeSet<&str> = WORDS.lines().collect();
        assert_eq!(words.len(), 1 << WORD_BITS);
        assert!(words.iter().all(|word| (3..=9).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())));
        let signs: BTreeSet<u8> = ALPHABET.iter().copied().collect();
        assert_eq!(signs.len(), 64);
        assert!(ALPHABET[..usize::from(PLAIN)].iter().all(u8::is_ascii_alphanumeric));
    }

    /// What Purser makes, Purser takes.
    #[test]
    fn every_made_password_is_strong_and_unlike_the_last() {
        let mut seen = BTreeSet::new();
        for _ in 0..100 {
            for made in [make_phrase(PHRASE_WORDS), make_string(STRING_CHARS, true), make_string(STRING_CHARS, false)] {
                let made = made.unwrap();
                let strength = assess(&made, Protection::NoDeviceSecret, &["Lotus Trading", "annabella"]);
                assert!(strength.accepted && strength.score == 4, "{strength:?}");
                assert!(seen.insert(made.to_string()));
            }
        }
        assert!(make_phrase(3).is_err() && make_string(11, true).is_err() && make_string(65, true).is_err());
        assert!(make_string(20, false).unwrap().chars().all(|character| character.is_ascii_alphanumeric()));
        assert_eq!(make_string(64, true).unwrap().len(), 64);
    }

    /// No character is favoured: 64,000 draws of 64 kinds.
    #[test]
    fn characters_are_evenly_spread() {
        let mut counts: BTreeMap<char, u32> = BTreeMap::new();
        for _ in 0..1000 {
            for character in make_string(64, true).unwrap().chars() {
                *counts.entry(character).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), 64);
        // 1000 each on average; nine standard deviations either way.
        assert!(counts.values().all(|count| (720..1280).contains(count)), "{counts:?}");
    }
}
