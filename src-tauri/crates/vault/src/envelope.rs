//! Sealing with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): random 24-byte nonce, then ciphertext and tag.
//!
//! The associated data names purpose, profile and place of every value, each preceded by its length,
//! so that a value copied to another row, column, version or file does not open there.
//! This AEAD does not commit to its key: [`crate::kdf`] compares a commitment first where that matters.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::bytes::{length_prefixed, make_random};
use crate::error::{Error, Result};
use crate::id::FileId;

/// Bytes of nonce in front of every sealed value.
pub(crate) const NONCE_LEN: usize = 24;
#[cfg(test)]
/// Bytes a sealed value is longer than its content: nonce and tag.
const OVERHEAD: usize = NONCE_LEN + 16;

/// What a sealed value is and where it belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) purpose: &'a str,
    pub(crate) file_id: &'a FileId,
    pub(crate) parts: &'a [&'a [u8]],
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let mut all: Vec<&[u8]> = vec![self.purpose.as_bytes(), self.file_id.as_bytes()];
        all.extend_from_slice(self.parts);
        length_prefixed(&all)
    }
}

/// Nonce and ciphertext with tag, nonce first.
pub(crate) fn seal(key: &[u8; 32], place: &Place<'_>, plaintext: &[u8]) -> Result<Vec<u8>> {
    let nonce = make_random::<NONCE_LEN>()?;
    let payload = Payload { msg: plaintext, aad: &place.associated_data() };
    let ciphertext =
        XChaCha20Poly1305::new(<&Key>::from(key)).encrypt(&XNonce::from(*nonce), payload).map_err(|_| Error::Limit)?;
    let mut sealed = Vec::with_capacity(NONCE_LEN + ciphertext.len());
    sealed.extend_from_slice(nonce.as_slice());
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// The content, or [`Error::Damaged`] when key, place or bytes differ from those at sealing.
pub(crate) fn open(key: &[u8; 32], place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Error::Damaged)?;
    let payload = Payload { msg: ciphertext, aad: &place.associated_data() };
    XChaCha20Poly1305::new(<&Key>::from(key))
        .decrypt(&XNonce::from(*nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| Error::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: FileId = FileId::from_bytes([7; 16]);

    proptest! {
        /// R14, R5: what was sealed opens only unchanged and only where it belongs.
        #[test]
        fn sealed_values_open_only_unchanged(key: [u8; 32], text: Vec<u8>, at: usize, flip in 1u8..) {
            let place = Place { purpose: "test", file_id: &FILE, parts: &[b"row"] };
            let mut sealed = seal(&key, &place, &text).unwrap();
            prop_assert_eq!(sealed.len(), text.len() + OVERHEAD);
            prop_assert_eq!(&*open(&key, &place, &sealed).unwrap(), &text);
            let at = at % sealed.len();
            sealed[at] ^= flip;
            prop_assert_eq!(open(&key, &place, &sealed).unwrap_err(), Error::Damaged);
        }

        #[test]
        fn short_input_is_damaged_not_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..41)) {
            let place = Place { purpose: "test", file_id: &FILE, parts: &[] };
            prop_assert!(open(&[0; 32], &place, &bytes).is_err());
        }
    }

    #[test]
    fn purpose_profile_and_parts_are_bound() {
        let place = Place { purpose: "a", file_id: &FILE, parts: &[b"1", b"2"] };
        let sealed = seal(&[1; 32], &place, b"content").unwrap();
        let other_file = FileId::from_bytes([8; 16]);
        for wrong in [
            Place { purpose: "b", ..place },
            Place { file_id: &other_file, ..place },
            Place { parts: &[b"12", b""], ..place },
            Place { parts: &[b"1", b"2", b""], ..place },
        ] {
            assert!(open(&[1; 32], &wrong, &sealed).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_same_content_never_seals_to_the_same_bytes() {
        let place = Place { purpose: "a", file_id: &FILE, parts: &[] };
        assert_ne!(seal(&[1; 32], &place, b"x").unwrap(), seal(&[1; 32], &place, b"x").unwrap());
    }
}
