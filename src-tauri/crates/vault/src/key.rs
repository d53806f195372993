//! The keys themselves: three compartment keys, the state MAC key, and Ed25519 signatures.
//!
//! A compartment key is random, never derived from a password, and reaches its user only as an age
//! file addressed to the slots that may have it ([`crate::keyfile`]).

use core::fmt;

use age::x25519;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::bytes::{base64_array, from_hex, length_prefixed, make_random, secret_from_base64, to_base64, to_hex};
use crate::envelope::{Place, open, seal};
use crate::error::{Error, Result};
use crate::id::FileId;
use crate::kdf::derive_subkey;
use crate::secret::{boxed, masked_debug};

/// The three separately granted parts of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compartment {
    /// The books: the database.
    Books,
    /// Provider credentials inside the database.
    Vault,
    /// The freeze capsule.
    Freeze,
}

/// The raw key of the database. Only 32 bytes make one: a malformed key would silently be taken for a
/// passphrase by SQLCipher, with a slow and weaker opening.
pub struct BooksKey(SecretBox<[u8; 32]>);
masked_debug!(BooksKey);

impl BooksKey {
    /// The key with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(boxed(bytes))
    }

    pub(crate) fn make() -> Result<Self> {
        Ok(Self::from_bytes(&*make_random()?))
    }

    /// The 32 bytes, for the database driver only.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// 64 lower-case hexadecimal digits, as the raw-key syntax of SQLCipher takes them.
    #[must_use]
    pub fn expose_hex(&self) -> Zeroizing<String> {
        to_hex(self.expose_bytes())
    }

    pub(crate) fn from_grant(text: &[u8]) -> Result<Self> {
        Ok(Self::from_bytes(&*from_hex(text)?))
    }
}

/// Where a sealed credential lives. Moved to another row, column or version, it does not open.
#[derive(Debug, Clone, Copy)]
pub struct CellAddress<'a> {
    /// Table name.
    pub table: &'a str,
    /// Row key, in any fixed spelling.
    pub row: &'a [u8],
    /// Column name.
    pub column: &'a str,
    /// Counts up with each change of the cell, so that an old value cannot be put back unnoticed.
    pub version: u64,
}

/// Seals provider credentials inside the database: who can read the books cannot read these.
pub struct VaultKey(SecretBox<[u8; 32]>);
masked_debug!(VaultKey);

impl VaultKey {
    pub(crate) fn make() -> Result<Self> {
        Ok(Self(boxed(&*make_random()?)))
    }

    pub(crate) fn from_grant(text: &[u8]) -> Result<Self> {
        Ok(Self(boxed(&*from_hex(text)?)))
    }

    pub(crate) fn expose_hex(&self) -> Zeroizing<String> {
        to_hex(self.0.expose_secret())
    }

    /// Seals one cell: 24-byte nonce, ciphertext, tag.
    ///
    /// # Errors
    /// [`Error::NoRandomness`], [`Error::Limit`].
    pub fn seal(&self, file_id: &FileId, cell: &CellAddress<'_>, content: &[u8]) -> Result<Vec<u8>> {
        let version = cell.version.to_be_bytes();
        seal(self.0.expose_secret(), &place(file_id, &parts(cell, &version)), content)
    }

    /// Opens one cell.
    ///
    /// # Errors
    /// [`Error::Damaged`]: altered, moved, of another profile or another key.
    pub fn open(&self, file_id: &FileId, cell: &CellAddress<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let version = cell.version.to_be_bytes();
        open(self.0.expose_secret(), &place(file_id, &parts(cell, &version)), sealed)
    }

    /// Seals the key before this one for this one: whoever seals the cells anew next must be able to read them once more,
    /// also when something ended in between.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn seal_predecessor(&self, file_id: &FileId, predecessor: &Self) -> Result<Vec<u8>> {
        seal(self.0.expose_secret(), &handover(file_id), predecessor.0.expose_secret())
    }

    /// The key before this one.
    ///
    /// # Errors
    /// [`Error::Damaged`]: altered, or sealed for another key than this.
    pub fn open_predecessor(&self, file_id: &FileId, sealed: &[u8]) -> Result<Self> {
        let bytes = open(self.0.expose_secret(), &handover(file_id), sealed)?;
        Ok(Self(boxed(bytes.as_slice().try_into().map_err(|_| Error::Damaged)?)))
    }
}

fn handover(file_id: &FileId) -> Place<'_> {
    Place { purpose: "purser/1/predecessor", file_id, parts: &[] }
}

fn parts<'a>(cell: &CellAddress<'a>, version: &'a [u8; 8]) -> [&'a [u8]; 4] {
    [cell.table.as_bytes(), cell.row, cell.column.as_bytes(), version]
}

fn place<'a>(file_id: &'a FileId, parts: &'a [&'a [u8]]) -> Place<'a> {
    Place { purpose: "purser/1/cell", file_id, parts }
}

/// Opens the freeze capsule and names freeze requests. An age identity, so that stock `age` opens the
/// capsule with the grant as identity file.
pub struct FreezeKey(Box<x25519::Identity>);
masked_debug!(FreezeKey);

impl FreezeKey {
    pub(crate) fn make() -> Self {
        Self(Box::new(x25519::Identity::generate()))
    }

    pub(crate) fn from_grant(text: &[u8]) -> Result<Self> {
        let text = core::str::from_utf8(text).map_err(|_| Error::Damaged)?;
        text.parse().map(Box::new).map(Self).map_err(|_| Error::Damaged)
    }

    pub(crate) fn expose_text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }

    /// The capsule as an age file.
    ///
    /// # Errors
    /// [`Error::Limit`].
    pub fn seal_capsule(&self, content: &[u8]) -> Result<Vec<u8>> {
        age::encrypt(&self.0.to_public(), content).map_err(|_| Error::Limit)
    }

    /// The content of a capsule.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn open_capsule(&self, capsule: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        age::decrypt(&*self.0, capsule).map(Zeroizing::new).map_err(|_| Error::Damaged)
    }

    /// The idempotency key of one lever in one freeze: the same after a restart, unknown to others.
    ///
    /// # Errors
    /// Never with a 32-byte key; the type says so because HMAC does.
    pub fn derive_lever_key(&self, freeze_id: &[u8], lever_id: &str) -> Result<[u8; 32]> {
        let key = derive_subkey(self.expose_text().as_bytes(), "purser/1/lever")?;
        tag(&key, "purser/1/lever", &length_prefixed(&[freeze_id, lever_id.as_bytes()]))
    }
}

/// Authenticates what is written while nobody is logged in: login counters and the freeze journal.
/// Kept in the keyring, so it proves "written on this computer", not "written by this person".
pub struct StateMacKey(SecretBox<[u8; 32]>);
masked_debug!(StateMacKey);

impl StateMacKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn make() -> Result<Self> {
        Ok(Self(boxed(&*make_random()?)))
    }

    /// Reads what [`StateMacKey::expose_base64`] wrote.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn from_base64(text: &str) -> Result<Self> {
        Ok(Self(boxed(&*secret_from_base64(text)?)))
    }

    /// Text for the keyring.
    #[must_use]
    pub fn expose_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(to_base64(self.0.expose_secret()))
    }

    /// HMAC-SHA-256 over purpose and message (RFC 2104).
    ///
    /// # Errors
    /// Never with a 32-byte key; the type says so because HMAC does.
    pub fn derive_tag(&self, purpose: &str, message: &[u8]) -> Result<[u8; 32]> {
        tag(self.0.expose_secret(), purpose, message)
    }

    /// Checks a tag in constant time.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn verify_tag(&self, purpose: &str, message: &[u8], tag: &[u8]) -> Result<()> {
        mac(self.0.expose_secret(), purpose, message)?.verify_slice(tag).map_err(|_| Error::Damaged)
    }
}

fn mac(key: &[u8; 32], purpose: &str, message: &[u8]) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Error::Limit)?;
    mac.update(&length_prefixed(&[purpose.as_bytes(), message]));
    Ok(mac)
}

fn tag(key: &[u8; 32], purpose: &str, message: &[u8]) -> Result<[u8; 32]> {
    Ok(mac(key, purpose, message)?.finalize().into_bytes().into())
}

/// What a slot's signature is for. The purpose is signed with the message, so a signature made for one
/// is worth nothing for another, nor for the key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignPurpose {
    /// A row of the audit log.
    Audit,
    /// A checkpoint of the audit log.
    Checkpoint,
    /// Leaving the frozen state.
    Unfreeze,
    /// An imported batch.
    Import,
    /// What the owner lets the lock screen show.
    LockScreen,
}

impl SignPurpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Audit => "purser/sign/1/audit",
            Self::Checkpoint => "purser/sign/1/checkpoint",
            Self::Unfreeze => "purser/sign/1/unfreeze",
            Self::Import => "purser/sign/1/import",
            Self::LockScreen => "purser/sign/1/lock_screen",
        }
    }

    fn message(self, message: &[u8]) -> Vec<u8> {
        length_prefixed(&[self.label().as_bytes(), message])
    }
}

/// An Ed25519 public key (RFC 8032), written as base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SignPublic(#[serde(with = "base64_array")] [u8; 32]);

impl fmt::Debug for SignPublic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignPublic({})", self.fingerprint())
    }
}

impl SignPublic {
    pub(crate) fn of(key: &SigningKey) -> Self {
        Self(key.verifying_key().to_bytes())
    }

    /// The key with these bytes. Whether they are a point of the curve shows at the first check.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// First 16 bytes of the SHA-256 of the key, in groups of four hexadecimal digits, to be compared
    /// by eye with the printed kit.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.0);
        let groups: Vec<String> = digest[..16].chunks(2).map(|pair| to_hex(pair).to_string()).collect();
        groups.join("-")
    }

    /// Checks a signature made by [`crate::keyfile::SlotSecret::sign`].
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn verify(&self, purpose: SignPurpose, message: &[u8], signature: &Signature) -> Result<()> {
        self.verify_raw(&purpose.message(message), signature)
    }

    pub(crate) fn verify_raw(&self, message: &[u8], signature: &Signature) -> Result<()> {
        // Strict: a signature has one spelling and weak keys are refused.
        VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0)))
            .map_err(|_| Error::Damaged)
    }
}

/// An Ed25519 signature (RFC 8032), written as base64.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature(#[serde(with = "base64_array")] [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signature({}...)", &*to_hex(&self.0[..4]))
    }
}

impl Signature {
    /// The signature with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    pub(crate) fn make(key: &SigningKey, message: &[u8]) -> Self {
        Self(key.sign(message).to_bytes())
    }

    pub(crate) fn make_for(key: &SigningKey, purpose: SignPurpose, message: &[u8]) -> Self {
        Self::make(key, &purpose.message(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: FileId = FileId::from_bytes([1; 16]);

    fn cell<'a>(table: &'a str, row: &'a [u8], column: &'a str, version: u64) -> CellAddress<'a> {
        CellAddress { table, row, column, version }
    }

    proptest! {
        /// R14: a ciphertext opens only in the cell and version it was sealed for.
        #[test]
        fn a_cell_opens_only_at_its_own_address(
            a in ("[a-c]{1,2}", "[a-c]{1,2}", "[a-c]{1,2}", 0u64..3),
            b in ("[a-c]{1,2}", "[a-c]{1,2}", "[a-c]{1,2}", 0u64..3),
            content: Vec<u8>,
        ) {
            let key = VaultKey::make().unwrap();
            let sealed = key.seal(&FILE, &cell(&a.0, a.1.as_bytes(), &a.2, a.3), &content).unwrap();
            let opened = key.open(&FILE, &cell(&b.0, b.1.as_bytes(), &b.2, b.3), &sealed);
            prop_assert_eq!(opened.is_ok(), a == b);
        }

        /// R9: text of any other length or alphabet makes no database key.
        #[test]
        fn a_database_key_comes_from_32_bytes_only(text: Vec<u8>) {
            let hex = text.len() == 64 && text.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
            prop_assert_eq!(BooksKey::from_grant(&text).is_ok(), hex);
        }
    }

    /// R9
    #[test]
    fn a_database_key_keeps_its_32_bytes() {
        let key = BooksKey::from_bytes(&[0xab; 32]);
        assert_eq!(&*key.expose_hex(), &"ab".repeat(32));
        assert_eq!(BooksKey::from_grant(key.expose_hex().as_bytes()).unwrap().expose_bytes(), &[0xab; 32]);
        assert!(BooksKey::from_grant(key.expose_hex().to_uppercase().as_bytes()).is_err());
    }

    /// R10
    #[test]
    fn debug_shows_no_key() {
        let freeze = FreezeKey::make();
        let shown = format!(
            "{:?} {:?} {freeze:?} {:?}",
            BooksKey::from_bytes(b"CANARY-CANARY-CANARY-CANARY-CANA"),
            VaultKey(boxed(b"CANARY-CANARY-CANARY-CANARY-CANA")),
            StateMacKey(boxed(b"CANARY-CANARY-CANARY-CANARY-CANA")),
        );
        assert_eq!(shown, "BooksKey(***) VaultKey(***) FreezeKey(***) StateMacKey(***)");
    }

    #[test]
    fn a_key_reads_its_predecessor_and_no_other() {
        let [old, new, other] = [0; 3].map(|_| VaultKey::make().unwrap());
        let sealed = new.seal_predecessor(&FILE, &old).unwrap();
        assert_eq!(*new.open_predecessor(&FILE, &sealed).unwrap().expose_hex(), *old.expose_hex());
        assert_eq!(other.open_predecessor(&FILE, &sealed).unwrap_err(), Error::Damaged);
        assert_eq!(old.open_predecessor(&FILE, &sealed).unwrap_err(), Error::Damaged);
        assert!(new.open_predecessor(&FileId::from_bytes([2; 16]), &sealed).is_err());
        // Neither passes for the other.
        assert!(new.open(&FILE, &cell("", b"", "", 0), &sealed).is_err());
        let plain = new.seal(&FILE, &cell("", b"", "", 0), &[7; 32]).unwrap();
        assert!(new.open_predecessor(&FILE, &plain).is_err());
    }

    #[test]
    fn a_capsule_opens_with_its_own_key_only() {
        let key = FreezeKey::make();
        let mut capsule = key.seal_capsule(b"levers").unwrap();
        let again = FreezeKey::from_grant(key.expose_text().as_bytes()).unwrap();
        assert_eq!(&*again.open_capsule(&capsule).unwrap(), b"levers");
        assert_eq!(FreezeKey::make().open_capsule(&capsule).unwrap_err(), Error::Damaged);
        // R5
        for at in 0..capsule.len() {
            capsule[at] ^= 1;
            assert!(key.open_capsule(&capsule).is_err(), "byte {at}");
            capsule[at] ^= 1;
        }
    }

    #[test]
    fn lever_keys_are_stable_and_distinct() {
        let key = FreezeKey::make();
        assert_eq!(key.derive_lever_key(b"f1", "a"), key.derive_lever_key(b"f1", "a"));
        assert_ne!(key.derive_lever_key(b"f1", "a"), key.derive_lever_key(b"f2", "a"));
        assert_ne!(key.derive_lever_key(b"f1", "a"), key.derive_lever_key(b"f", "1a"));
        assert_ne!(key.derive_lever_key(b"f1", "a"), FreezeKey::make().derive_lever_key(b"f1", "a"));
    }

    #[test]
    fn a_tag_is_bound_to_key_purpose_and_message() {
        let key = StateMacKey::make().unwrap();
        let tag = key.derive_tag("journal", b"line").unwrap();
        assert_eq!(key.verify_tag("journal", b"line", &tag), Ok(()));
        assert!(key.verify_tag("state", b"line", &tag).is_err());
        assert!(key.verify_tag("journal", b"line2", &tag).is_err());
        assert!(key.verify_tag("journal", b"line", &tag[..31]).is_err());
        assert!(StateMacKey::make().unwrap().verify_tag("journal", b"line", &tag).is_err());
        let again = StateMacKey::from_base64(&key.expose_base64()).unwrap();
        assert_eq!(again.verify_tag("journal", b"line", &tag), Ok(()));
    }

    #[test]
    fn a_signature_is_bound_to_its_purpose() {
        let key = SigningKey::from_bytes(&make_random().unwrap());
        let public = SignPublic::of(&key);
        let signature = Signature::make_for(&key, SignPurpose::Audit, b"row");
        assert_eq!(public.verify(SignPurpose::Audit, b"row", &signature), Ok(()));
        assert!(public.verify(SignPurpose::Checkpoint, b"row", &signature).is_err());
        assert!(public.verify(SignPurpose::Audit, b"Row", &signature).is_err());
        assert!(SignPublic::from_bytes([0; 32]).verify(SignPurpose::Audit, b"row", &signature).is_err());
        assert_eq!(public.fingerprint().len(), 39);
    }
}
