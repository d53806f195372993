//! Compartment keys as age files addressed to the slots that may have them, and backups likewise.
//!
//! The content of a grant is text a person can use with stock tools: 64 hexadecimal digits for books
//! and vault (SQLCipher's raw-key syntax), an age identity for freeze.

use std::io::{Read, Write};

use age::stream::{StreamReader, StreamWriter};
use age::{Decryptor, Encryptor, Identity, Recipient, x25519};
use zeroize::Zeroizing;

use super::slot::{Slot, SlotKind};
use super::slot_secret::SlotSecret;
use super::{KeyFile, format::Grants};
use crate::error::{Error, Result};
use crate::key::{BooksKey, Compartment, FreezeKey, VaultKey};
use crate::secret::RecoveryKey;

/// Longest grant content: an age identity is 74 characters.
const GRANT_TEXT_MAX: u64 = 128;

/// Somebody who can open compartments.
#[derive(Debug, Clone, Copy)]
pub enum Holder<'a> {
    /// A person's opened slot.
    Slot(&'a SlotSecret),
    /// The recovery kit.
    Recovery(&'a RecoveryKey),
}

impl<'a> From<&'a SlotSecret> for Holder<'a> {
    fn from(secret: &'a SlotSecret) -> Self {
        Self::Slot(secret)
    }
}

impl<'a> From<&'a RecoveryKey> for Holder<'a> {
    fn from(key: &'a RecoveryKey) -> Self {
        Self::Recovery(key)
    }
}

impl<'a> Holder<'a> {
    fn identity(self) -> &'a x25519::Identity {
        match self {
            Self::Slot(secret) => secret.identity(),
            Self::Recovery(key) => &key.0,
        }
    }
}

/// The keys a role holds; `None` where it holds none.
#[derive(Debug)]
pub struct CompartmentKeys {
    /// Key of the database.
    pub books: Option<BooksKey>,
    /// Key of the credentials.
    pub vault: Option<VaultKey>,
    /// Key of the freeze capsule.
    pub freeze: Option<FreezeKey>,
}

impl CompartmentKeys {
    /// Three new random keys.
    pub(super) fn make() -> Result<Self> {
        Ok(Self { books: Some(BooksKey::make()?), vault: Some(VaultKey::make()?), freeze: Some(FreezeKey::make()) })
    }

    /// Encrypts all three to the slots whose role holds them. Needs all three.
    pub(super) fn grant_to(&self, slots: &[Slot]) -> Result<Grants> {
        let (Some(books), Some(vault), Some(freeze)) = (&self.books, &self.vault, &self.freeze) else {
            return Err(Error::NotGranted);
        };
        // Exposed to be encrypted to their holders.
        Ok(Grants {
            books: grant_books(slots, books)?,
            vault: seal_grant(slots, Compartment::Vault, &vault.expose_hex())?,
            freeze: grant_freeze(slots, freeze)?,
        })
    }
}

impl KeyFile {
    /// Opens every compartment the holder's role includes.
    ///
    /// # Errors
    /// [`Error::WrongPassword`]: the recovery key is not this profile's. [`Error::UnknownSlot`]: the slot
    /// is gone or disabled. [`Error::Damaged`]: a key that should be there does not open.
    pub fn open_compartments<'a>(&self, holder: impl Into<Holder<'a>>) -> Result<CompartmentKeys> {
        let holder = holder.into();
        let kind = self.kind_of(holder)?;
        let open = |compartment, grant: &[u8]| -> Result<Option<Zeroizing<Vec<u8>>>> {
            if kind.may_open(compartment) { open_grant(holder.identity(), grant).map(Some) } else { Ok(None) }
        };
        let grants = &self.body.grants;
        let books = open(Compartment::Books, &grants.books)?;
        let vault = open(Compartment::Vault, &grants.vault)?;
        let freeze = open(Compartment::Freeze, &grants.freeze)?;
        Ok(CompartmentKeys {
            books: books.map(|text| BooksKey::from_grant(&text)).transpose()?,
            vault: vault.map(|text| VaultKey::from_grant(&text)).transpose()?,
            freeze: freeze.map(|text| FreezeKey::from_grant(&text)).transpose()?,
        })
    }

    /// Encrypts what is written to it for the owner and the recovery kit. Call `finish` at the end:
    /// without it the file is cut and does not open.
    ///
    /// # Errors
    /// [`Error::Limit`]: the header could not be written.
    pub fn seal_backup<W: Write>(&self, output: W) -> Result<StreamWriter<W>> {
        let holds_all = |slot: &&Slot| !slot.disabled && slot.kind.may_open(Compartment::Vault);
        let recipients = self.body.slots.iter().filter(holds_all).map(Slot::recipient);
        encrypt_to(&recipients.collect::<Result<Vec<_>>>()?, output)
    }

    fn kind_of(&self, holder: Holder<'_>) -> Result<SlotKind> {
        match holder {
            Holder::Slot(secret) => {
                let slot = self.slot(secret.slot_id()).filter(|slot| slot.is_person());
                slot.map(|slot| slot.kind).ok_or(Error::UnknownSlot)
            }
            Holder::Recovery(key) => {
                let slot = self.recovery_slot().ok_or(Error::UnknownSlot)?;
                let same = slot.recipient()? == key.0.to_public() && slot.sign_public == key.sign_public()?;
                if same { Ok(SlotKind::Recovery) } else { Err(Error::WrongPassword) }
            }
        }
    }
}

/// Decrypts a backup made by [`KeyFile::seal_backup`]; the key file itself may be inside it.
/// Reading may still fail: a cut or altered file shows in the chunk concerned.
///
/// # Errors
/// [`Error::WrongPassword`]: not encrypted to this holder. [`Error::Damaged`]: not an age file, or altered.
pub fn open_backup<'a, R: Read>(holder: impl Into<Holder<'a>>, input: R) -> Result<StreamReader<R>> {
    open_with(holder.into().identity(), input)
}

fn open_with<R: Read>(identity: &x25519::Identity, input: R) -> Result<StreamReader<R>> {
    let identity: &dyn Identity = identity;
    let decryptor = Decryptor::new(input).map_err(|_| Error::Damaged)?;
    decryptor.decrypt(core::iter::once(identity)).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => Error::WrongPassword,
        _ => Error::Damaged,
    })
}

fn encrypt_to<W: Write>(recipients: &[x25519::Recipient], output: W) -> Result<StreamWriter<W>> {
    Encryptor::with_recipients(recipients.iter().map(|recipient| recipient as &dyn Recipient))
        .map_err(|_| Error::Limit)?
        .wrap_output(output)
        .map_err(|_| Error::Limit)
}

pub(super) fn grant_books(slots: &[Slot], key: &BooksKey) -> Result<Vec<u8>> {
    seal_grant(slots, Compartment::Books, &key.expose_hex())
}

pub(super) fn grant_freeze(slots: &[Slot], key: &FreezeKey) -> Result<Vec<u8>> {
    seal_grant(slots, Compartment::Freeze, &key.expose_text())
}

fn seal_grant(slots: &[Slot], compartment: Compartment, text: &str) -> Result<Vec<u8>> {
    let holders = slots.iter().filter(|slot| !slot.disabled && slot.kind.may_open(compartment));
    let recipients = holders.map(Slot::recipient).collect::<Result<Vec<_>>>()?;
    let mut sealed = Vec::new();
    let mut writer = encrypt_to(&recipients, &mut sealed)?;
    writer.write_all(text.as_bytes()).map_err(|_| Error::Limit)?;
    writer.finish().map_err(|_| Error::Limit)?;
    Ok(sealed)
}

impl KeyFile {
    /// The new key of the books, while a renewal is under way. `None` when none is, or the role does not hold it.
    ///
    /// # Errors
    /// As [`KeyFile::open_compartments`].
    pub fn open_pending_books<'a>(&self, holder: impl Into<Holder<'a>>) -> Result<Option<BooksKey>> {
        let holder = holder.into();
        let holds = self.kind_of(holder)?.may_open(Compartment::Books);
        match self.pending() {
            Some(pending) if holds && pending.compartment == Compartment::Books => {
                BooksKey::from_grant(&open_grant(holder.identity(), &pending.new_grant)?).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// A grant that does not open for a role that holds it was replaced or cut.
fn open_grant(identity: &x25519::Identity, grant: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let reader = open_with(identity, grant).map_err(|_| Error::Damaged)?;
    let mut text = Zeroizing::new(Vec::with_capacity(256));
    reader.take(GRANT_TEXT_MAX).read_to_end(&mut text).map_err(|_| Error::Damaged)?;
    Ok(text)
}
