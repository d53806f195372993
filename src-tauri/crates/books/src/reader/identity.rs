//! What makes a row itself: its provider's ids, and its number among rows with equal ids.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Entry, Part};

/// Stands between the ids of a key.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// The identity of a transaction: a fingerprint of its key and of its occurrence number.
///
/// The part is not in it: the gross row and the fee row of one order have one identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity(pub [u8; 16]);

impl Identity {
    /// First 16 bytes of SHA-256 over the key's ids, each with its length before it, and the occurrence number.
    #[must_use]
    pub fn derive(key: &str, occurrence: u32) -> Identity {
        let mut hash = hash_key(key);
        hash.update(occurrence.to_le_bytes());
        Identity(shorten(&hash.finalize()))
    }
}

/// Numbers equal (key, part) pairs of one file, from 0.
#[derive(Debug, Default)]
pub struct Occurrences {
    seen: HashMap<[u8; 16], u32>,
}

impl Occurrences {
    #[must_use]
    pub fn new() -> Occurrences {
        Occurrences::default()
    }

    /// The identity of the next row of a file. Rows must come in file order, each once.
    pub fn identify(&mut self, entry: &Entry) -> Identity {
        self.next(&entry.key, entry.part)
    }

    /// As [`Occurrences::identify`], for a key and a part.
    pub fn next(&mut self, key: &str, part: Part) -> Identity {
        let mut hash = hash_key(key);
        // Whole rows stand beside gross rows, so that a whole row here is the gross row of another file.
        hash.update([u8::from(part == Part::Fee)]);
        let count = self.seen.entry(shorten(&hash.finalize())).or_insert(0);
        let occurrence = *count;
        *count = count.saturating_add(1);
        Identity::derive(key, occurrence)
    }
}

fn hash_key(key: &str) -> Sha256 {
    let mut hash = Sha256::new();
    for id in key.split(SEPARATOR) {
        hash.update((id.len() as u64).to_le_bytes());
        hash.update(id.as_bytes());
    }
    hash
}

fn shorten(digest: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(digest) {
        *to = *from;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn identities(keys: &[String]) -> Vec<Identity> {
        let mut occurrences = Occurrences::new();
        keys.iter().map(|key| occurrences.next(key, Part::Whole)).collect()
    }

    #[test]
    fn the_gross_row_and_the_fee_row_of_an_order_are_one_transaction() {
        let mut flow = Occurrences::new();
        let gross = flow.next("wechatpay\u{1f}sale\u{1f}42", Part::Gross);
        let fee = flow.next("wechatpay\u{1f}sale\u{1f}42", Part::Fee);
        let whole = Occurrences::new().next("wechatpay\u{1f}sale\u{1f}42", Part::Whole);
        assert_eq!((gross, fee), (whole, whole));
        assert_ne!(flow.next("wechatpay\u{1f}sale\u{1f}42", Part::Gross), gross);
    }

    #[test]
    fn ids_are_kept_apart() {
        assert_ne!(Identity::derive("a\u{1f}bc", 0), Identity::derive("ab\u{1f}c", 0));
        assert_ne!(Identity::derive("a\u{1f}", 0), Identity::derive("a", 0));
    }

    proptest! {
        #[test]
        fn every_row_has_its_own_identity_and_keeps_it(keys in proptest::collection::vec("[ab]{0,2}\u{1f}?[ab]{0,1}", 0..60)) {
            let first = identities(&keys);
            prop_assert_eq!(&first, &identities(&keys));
            prop_assert_eq!(first.iter().collect::<HashSet<_>>().len(), keys.len());
        }
    }
}
