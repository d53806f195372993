//! What a password opens: a person's identity, signing key, code seed and recovery-code hashes.
//!
//! Always the same size when sealed (1024 bytes, zero-padded), so that the file does not show whether a
//! seed is set; the padding leaves room for later fields, and a version that does not know them refuses.

use core::fmt;

use age::x25519;
use ed25519_dalek::SigningKey;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::bytes::make_random;
use crate::error::{Error, Result};
use crate::id::SlotId;
use crate::key::{SignPublic, SignPurpose, Signature};
use crate::recovery::{HASHES_LEN, RecoveryCodeHashes};
use crate::secret::{TotpSeed, parse_identity};

const SIZE: usize = 1024;
const VERSION: u8 = 1;
const IDENTITY_LEN: usize = 74;
const SEED_AT: usize = 1;
const IDENTITY_AT: usize = SEED_AT + 32;
const FLAGS_AT: usize = IDENTITY_AT + IDENTITY_LEN;
const TOTP_AT: usize = FLAGS_AT + 1;
const CODES_AT: usize = TOTP_AT + 20;
const END: usize = CODES_AT + HASHES_LEN;
const HAS_TOTP: u8 = 1;
const HAS_CODES: u8 = 2;

/// The opened secret of one slot. Changing it here changes nothing on disk: see
/// [`super::KeyFile::change_factors`].
pub struct SlotSecret {
    slot_id: SlotId,
    // Behind pointers: moving the owner leaves no second copy on a stack.
    identity: Box<x25519::Identity>,
    signing_key: Box<SigningKey>,
    totp_seed: Option<TotpSeed>,
    recovery_codes: Option<RecoveryCodeHashes>,
}

impl fmt::Debug for SlotSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SlotSecret({}, ***)", self.slot_id)
    }
}

impl SlotSecret {
    pub(super) fn make(slot_id: SlotId, totp_seed: Option<TotpSeed>) -> Result<Self> {
        let identity = Box::new(x25519::Identity::generate());
        let signing_key = Box::new(SigningKey::from_bytes(&*make_random()?));
        Ok(Self { slot_id, identity, signing_key, totp_seed, recovery_codes: None })
    }

    /// The slot this secret belongs to.
    #[must_use]
    pub fn slot_id(&self) -> SlotId {
        self.slot_id
    }

    /// The seed of the code generator, if one is enrolled.
    #[must_use]
    pub fn totp_seed(&self) -> Option<&TotpSeed> {
        self.totp_seed.as_ref()
    }

    /// Enrols, replaces or removes the code generator.
    pub fn set_totp_seed(&mut self, totp_seed: Option<TotpSeed>) {
        self.totp_seed = totp_seed;
    }

    /// Hashes of the recovery codes, if any were made.
    #[must_use]
    pub fn recovery_codes(&self) -> Option<&RecoveryCodeHashes> {
        self.recovery_codes.as_ref()
    }

    /// Replaces the recovery codes; the old ones are void.
    pub fn set_recovery_codes(&mut self, recovery_codes: Option<RecoveryCodeHashes>) {
        self.recovery_codes = recovery_codes;
    }

    /// Signs as this person.
    #[must_use]
    pub fn sign(&self, purpose: SignPurpose, message: &[u8]) -> Signature {
        Signature::make_for(&self.signing_key, purpose, message)
    }

    /// The key that checks [`SlotSecret::sign`].
    #[must_use]
    pub fn sign_public(&self) -> SignPublic {
        SignPublic::of(&self.signing_key)
    }

    pub(super) fn identity(&self) -> &x25519::Identity {
        &self.identity
    }

    pub(super) fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    /// What is sealed, with all its secrets: for sealing it, and for looking whether anything of it is left in memory.
    ///
    /// # Errors
    /// [`Error::Limit`]: cannot be with an identity of age.
    pub fn expose_plaintext(&self) -> Result<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(vec![0u8; SIZE]);
        bytes[0] = VERSION;
        bytes[SEED_AT..IDENTITY_AT].copy_from_slice(self.signing_key.as_bytes());
        let identity = self.identity.to_string();
        // Exposed to be sealed.
        let identity = identity.expose_secret().as_bytes();
        if identity.len() != IDENTITY_LEN {
            return Err(Error::Limit);
        }
        bytes[IDENTITY_AT..FLAGS_AT].copy_from_slice(identity);
        if let Some(seed) = &self.totp_seed {
            bytes[FLAGS_AT] |= HAS_TOTP;
            bytes[TOTP_AT..CODES_AT].copy_from_slice(seed.expose_bytes());
        }
        if let Some(codes) = &self.recovery_codes {
            bytes[FLAGS_AT] |= HAS_CODES;
            codes.write_to(&mut bytes[CODES_AT..END]);
        }
        Ok(bytes)
    }

    pub(super) fn from_plaintext(slot_id: SlotId, bytes: &[u8]) -> Result<Self> {
        let flags = match bytes {
            _ if bytes.len() != SIZE => return Err(Error::Damaged),
            [VERSION, ..] => bytes[FLAGS_AT],
            _ => return Err(Error::UnsupportedVersion),
        };
        let unknown = flags & !(HAS_TOTP | HAS_CODES) != 0;
        if unknown || bytes[END..].iter().any(|&byte| byte != 0) {
            return Err(Error::UnsupportedVersion);
        }
        let seed = fixed::<32>(&bytes[SEED_AT..IDENTITY_AT])?;
        let identity = core::str::from_utf8(&bytes[IDENTITY_AT..FLAGS_AT]).map_err(|_| Error::Damaged)?;
        let totp_seed = match flags & HAS_TOTP {
            0 => None,
            _ => Some(TotpSeed::from_bytes(fixed(&bytes[TOTP_AT..CODES_AT])?)),
        };
        let recovery_codes = match flags & HAS_CODES {
            0 => None,
            _ => Some(RecoveryCodeHashes::read_from(&bytes[CODES_AT..END])?),
        };
        Ok(Self {
            slot_id,
            identity: Box::new(parse_identity(&SecretString::from(identity))?),
            signing_key: Box::new(SigningKey::from_bytes(seed)),
            totp_seed,
            recovery_codes,
        })
    }
}

/// Looked at where it is: a copy would have to be wiped.
fn fixed<const N: usize>(bytes: &[u8]) -> Result<&[u8; N]> {
    bytes.try_into().map_err(|_| Error::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_leaves_room_and_survives_a_round_trip() {
        const { assert!(END < SIZE) };
        let id = SlotId::from_bytes([3; 16]);
        let mut secret = SlotSecret::make(id, Some(TotpSeed::from_bytes(&[5; 20]))).unwrap();
        let plain = secret.expose_plaintext().unwrap();
        let again = SlotSecret::from_plaintext(id, &plain).unwrap();
        assert_eq!(again.sign_public(), secret.sign_public());
        assert_eq!(again.totp_seed().unwrap().expose_bytes(), &[5; 20]);
        assert!(again.recovery_codes().is_none());
        secret.set_totp_seed(None);
        let without = secret.expose_plaintext().unwrap();
        assert_eq!(without.len(), plain.len(), "the size does not show what is enrolled");
        assert!(SlotSecret::from_plaintext(id, &without).unwrap().totp_seed().is_none());
    }

    #[test]
    fn a_later_layout_is_refused_not_truncated() {
        let id = SlotId::from_bytes([3; 16]);
        let plain = SlotSecret::make(id, None).unwrap().expose_plaintext().unwrap();
        for (at, value) in [(0, 2), (FLAGS_AT, 4), (END, 1), (SIZE - 1, 1)] {
            let mut later = plain.to_vec();
            later[at] = value;
            assert_eq!(SlotSecret::from_plaintext(id, &later).unwrap_err(), Error::UnsupportedVersion);
        }
        assert_eq!(SlotSecret::from_plaintext(id, &plain[1..]).unwrap_err(), Error::Damaged);
    }

    /// R10
    #[test]
    fn debug_shows_only_the_slot() {
        let secret = SlotSecret::make(SlotId::from_bytes([3; 16]), None).unwrap();
        assert_eq!(format!("{secret:?}"), format!("SlotSecret({}, ***)", "03".repeat(16)));
    }
}
