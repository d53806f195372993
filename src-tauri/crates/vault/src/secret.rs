//! The secrets a person or a computer holds: password, device secret, code seed, recovery key.
//!
//! None can be cloned, serialised or printed; each is wiped when dropped; each way to the bytes is
//! called `expose_*`, so that every use can be found by searching for that word.

use core::fmt;

use age::x25519;
use ed25519_dalek::SigningKey;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use subtle::ConstantTimeEq as _;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::auth_state::FactorId;
use crate::bytes::{make_random, secret_from_base64, to_base64};
use crate::error::{Error, Result};
use crate::kdf::derive_subkey;
use crate::key::SignPublic;

/// Longest password accepted, in bytes after normalisation.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;

macro_rules! masked_debug {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    };
}
pub(crate) use masked_debug;

/// Copies secret bytes to the heap, where moving the owner leaves no second copy behind.
pub(crate) fn boxed<const N: usize>(bytes: &[u8; N]) -> SecretBox<[u8; N]>
where
    [u8; N]: Default + zeroize::Zeroize,
{
    SecretBox::init_with_mut(|target: &mut [u8; N]| target.copy_from_slice(bytes))
}

/// A password as hashed: Unicode NFKC, never trimmed, at most [`PASSPHRASE_BYTES_MAX`] bytes.
///
/// NFKC because the same password typed on another keyboard may arrive in another Unicode form.
pub struct Passphrase(Zeroizing<Vec<u8>>);
masked_debug!(Passphrase);

impl Passphrase {
    /// Normalises what was typed. Says nothing about strength: see [`crate::passphrase::assess`].
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn from_typed(typed: &str) -> Result<Self> {
        // Before normalising, so that no input makes us hold more than a few kilobytes.
        if typed.len() > PASSPHRASE_BYTES_MAX {
            return Err(Error::TooLong);
        }
        // NFKC expands a character to at most eleven times its bytes; reserved at once, because a
        // growing buffer would leave unwiped copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(typed.len() * 11 + 4));
        let mut buffer = [0u8; 4];
        for character in typed.nfkc() {
            bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
        if bytes.len() > PASSPHRASE_BYTES_MAX {
            return Err(Error::TooLong);
        }
        Ok(Self(bytes))
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// 256 random bits in the operating system's keyring, one per slot and computer.
/// Without it a copied folder cannot even be guessed at.
pub struct DeviceSecret(SecretBox<[u8; 32]>);
masked_debug!(DeviceSecret);

impl DeviceSecret {
    /// A new random secret.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn make() -> Result<Self> {
        Ok(Self(boxed(&*make_random()?)))
    }

    /// Stands for "there is none" in a profile made without a keyring; refused everywhere else.
    #[must_use]
    pub fn absent() -> Self {
        Self(boxed(&[0; 32]))
    }

    pub(crate) fn is_absent(&self) -> bool {
        self.expose_bytes().ct_eq(&[0; 32]).into()
    }

    /// Reads what [`DeviceSecret::expose_base64`] wrote.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn from_base64(text: &str) -> Result<Self> {
        Ok(Self(boxed(&*secret_from_base64(text)?)))
    }

    /// Text for the keyring: some keyrings keep only UTF-8.
    #[must_use]
    pub fn expose_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(to_base64(self.expose_bytes()))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

/// The 160-bit secret shared with an authenticator app (RFC 4226 section 4 recommends this length).
pub struct TotpSeed(SecretBox<[u8; 20]>);
masked_debug!(TotpSeed);

impl TotpSeed {
    /// A new random seed.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn make() -> Result<Self> {
        Ok(Self::from_bytes(&*make_random()?))
    }

    /// The seed with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 20]) -> Self {
        Self(boxed(bytes))
    }

    /// The 20 bytes.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8; 20] {
        self.0.expose_secret()
    }

    /// Tells this seed from another.
    #[must_use]
    pub fn id(&self) -> FactorId {
        // Exposed to be hashed: 160 random bits cannot be guessed from it.
        FactorId::of("purser/1/seed-id", self.expose_bytes())
    }

    /// Reads RFC 4648 base32 of 160 bits: blanks, hyphens, padding and lower case are forgiven.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is not base32 of exactly 20 bytes.
    pub fn from_base32(text: &str) -> Result<Self> {
        let plain: Zeroizing<String> = Zeroizing::new(
            text.chars()
                .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='))
                .flat_map(char::to_uppercase)
                .collect(),
        );
        let secret = totp_rs::Secret::try_from_base32(&*plain).map_err(|_| Error::Damaged)?;
        let bytes: &[u8; 20] = secret.as_ref().try_into().map_err(|_| Error::Damaged)?;
        Ok(Self::from_bytes(bytes))
    }

    /// RFC 4648 base32 without padding (32 characters), for typing into an app that cannot scan.
    #[must_use]
    pub fn expose_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(totp_rs::Secret::from(self.expose_bytes().to_vec()).to_base32())
    }
}

/// The key printed in the recovery kit: an ordinary age identity, so stock `age` accepts it too.
pub struct RecoveryKey(pub(crate) x25519::Identity);
masked_debug!(RecoveryKey);

impl RecoveryKey {
    /// A new random key.
    #[must_use]
    pub fn make() -> Self {
        Self(x25519::Identity::generate())
    }

    /// Reads `AGE-SECRET-KEY-1...`; forgives spaces, line breaks and lower case, as it may be retyped
    /// from paper.
    ///
    /// # Errors
    /// [`Error::Damaged`]: mistyped (bech32 has a checksum).
    pub fn parse(typed: &str) -> Result<Self> {
        if typed.len() > 512 {
            return Err(Error::Damaged);
        }
        let mut text = Zeroizing::new(String::with_capacity(typed.len()));
        for character in typed.chars().filter(|character| !character.is_whitespace()) {
            text.push(character.to_ascii_uppercase());
        }
        text.parse().map(Self).map_err(|_| Error::Damaged)
    }

    /// `AGE-SECRET-KEY-1...`, upper case.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }

    /// Whether this is the same key, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.expose_text().as_bytes().ct_eq(other.expose_text().as_bytes()).into()
    }

    /// The public half of the signing key derived from this key, pinned in the key file.
    ///
    /// # Errors
    /// Never with a 32-byte output; the type says so because HKDF does.
    pub fn sign_public(&self) -> Result<SignPublic> {
        Ok(SignPublic::of(&self.signing_key()?))
    }

    /// Signs the succession of a lost owner key; derived, so the kit need not print a second key.
    pub(crate) fn signing_key(&self) -> Result<SigningKey> {
        let seed = derive_subkey(self.expose_text().as_bytes(), "purser/1/recovery-sign")?;
        Ok(SigningKey::from_bytes(&seed))
    }
}

/// Reads an age identity written by this crate.
pub(crate) fn parse_identity(text: &SecretString) -> Result<x25519::Identity> {
    text.expose_secret().parse().map_err(|_| Error::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// R10: nothing secret is ever printed.
    #[test]
    fn debug_shows_no_secret() {
        let passphrase = Passphrase::from_typed("CANARY-PASSWORD").unwrap();
        let device_secret = DeviceSecret(boxed(b"CANARY-DEVICE-SECRET-32-BYTES-XX"));
        let seed = TotpSeed::from_bytes(b"CANARY-TOTP-SEED-20B");
        let recovery_key = RecoveryKey::make();
        let shown = format!("{passphrase:?} {device_secret:?} {seed:?} {recovery_key:?}");
        assert!(!shown.contains("CANARY") && !shown.contains("AGE-SECRET"), "{shown}");
        assert_eq!(shown.matches("***").count(), 4);
    }

    /// R25: composed and decomposed typings are one password; spaces count.
    #[test]
    fn unicode_forms_are_one_password_and_spaces_count() {
        let bytes = |typed: &str| Passphrase::from_typed(typed).unwrap().expose_bytes().to_vec();
        assert_eq!(bytes("caf\u{e9} Ångström"), bytes("cafe\u{301} A\u{30a}ngstro\u{308}m"));
        assert_eq!(bytes("ｐａｓｓ１２３"), bytes("pass123"));
        assert_ne!(bytes(" password"), bytes("password"));
        assert_ne!(bytes("password "), bytes("password"));
    }

    /// R23: long passwords are neither cut nor refused up to 1024 bytes.
    #[test]
    fn long_passwords_are_whole() {
        let bytes = |typed: &str| Passphrase::from_typed(typed).map(|p| p.expose_bytes().to_vec());
        assert_ne!(bytes(&("a".repeat(199) + "x")), bytes(&("a".repeat(199) + "y")));
        assert_eq!(bytes(&"a".repeat(1024)).unwrap().len(), 1024);
        assert_eq!(bytes(&"a".repeat(1025)), Err(Error::TooLong));
        // One character that NFKC writes as eighteen.
        assert_eq!(bytes(&"\u{fdfa}".repeat(341)), Err(Error::TooLong));
    }

    proptest! {
        /// R25
        #[test]
        fn every_normal_form_is_the_same_password(typed in "\\PC{0,40}") {
            let nfd: String = typed.nfd().collect();
            let nfc: String = typed.nfc().collect();
            let (a, b) = (Passphrase::from_typed(&nfd).unwrap(), Passphrase::from_typed(&nfc).unwrap());
            prop_assert_eq!(a.expose_bytes(), b.expose_bytes());
        }

        /// R21: every byte survives a keyring that keeps only text.
        #[test]
        fn device_secret_survives_as_text(bytes: [u8; 32]) {
            let secret = DeviceSecret(boxed(&bytes));
            let again = DeviceSecret::from_base64(&secret.expose_base64()).unwrap();
            prop_assert_eq!(again.expose_bytes(), &bytes);
        }
    }

    #[test]
    fn a_recovery_key_survives_retyping() {
        let key = RecoveryKey::make();
        let text = key.expose_text();
        let spaced = format!("  {} {}\n", &text[..20], text[20..].to_lowercase());
        assert!(RecoveryKey::parse(&spaced).unwrap().matches(&key));
        assert_eq!(RecoveryKey::parse(&spaced).unwrap().sign_public(), key.sign_public());
        assert!(!RecoveryKey::make().matches(&key));
        let mistyped = text.replacen(&text[30..31], if &text[30..31] == "Q" { "P" } else { "Q" }, 1);
        assert_eq!(RecoveryKey::parse(&mistyped).unwrap_err(), Error::Damaged);
        assert!(RecoveryKey::parse(&"x".repeat(10_000)).is_err());
    }

    #[test]
    fn base32_of_a_seed_is_rfc_4648() {
        let seed = TotpSeed::from_bytes(b"12345678901234567890");
        assert_eq!(&*seed.expose_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let typed = TotpSeed::from_base32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").unwrap();
        assert_eq!(typed.expose_bytes(), seed.expose_bytes());
        assert!(TotpSeed::from_base32("JBSWY3DPEHPK3PXP").is_err(), "80 bits are too few");
        assert!(TotpSeed::from_base32("not base32!").is_err());
    }
}
