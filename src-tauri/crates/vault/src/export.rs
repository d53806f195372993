//! Files that leave the profile, as ordinary age files: for somebody's age key, or for a passphrase.
//!
//! Both open with the stock `age` program. A passphrase file says itself how much work opening it
//! costs; more than 2^20 is refused, because that number comes from whoever sent the file.

use std::io::{Read, Write};

use age::stream::{StreamReader, StreamWriter};
use age::{Decryptor, Encryptor, Identity, Recipient, scrypt, x25519};
use secrecy::SecretString;

use crate::error::{Error, Result};
use crate::secret::Passphrase;

/// log2 of the scrypt work for new files: 128 MiB, under a second.
const WORK_LOG2: u8 = 17;
/// log2 of the most work accepted: 1 GiB.
const WORK_LOG2_MAX: u8 = 20;

/// Encrypts what is written to it for one age recipient (`age1...`). Call `finish` at the end.
///
/// # Errors
/// [`Error::Damaged`]: not a recipient. [`Error::Limit`]: the header could not be written.
pub fn seal_to_recipient<W: Write>(recipient: &str, output: W) -> Result<StreamWriter<W>> {
    let recipient: x25519::Recipient = recipient.trim().parse().map_err(|_| Error::Damaged)?;
    seal(&recipient, output)
}

/// Encrypts what is written to it with a passphrase. Call `finish` at the end.
///
/// # Errors
/// [`Error::Limit`]: the header could not be written.
pub fn seal_with_passphrase<W: Write>(passphrase: &Passphrase, output: W) -> Result<StreamWriter<W>> {
    let mut recipient = scrypt::Recipient::new(text(passphrase)?);
    // Fixed: otherwise age would measure this computer, and this crate reads no clock.
    recipient.set_work_factor(WORK_LOG2);
    seal(&recipient, output)
}

/// Decrypts a passphrase file. Reading may still fail: a cut or altered file shows in the chunk concerned.
///
/// # Errors
/// [`Error::WrongPassword`]; [`Error::KdfRefused`]: asks for too much work; [`Error::Damaged`].
pub fn open_with_passphrase<R: Read>(passphrase: &Passphrase, input: R) -> Result<StreamReader<R>> {
    let mut identity = scrypt::Identity::new(text(passphrase)?);
    identity.set_max_work_factor(WORK_LOG2_MAX);
    let identity: &dyn Identity = &identity;
    let decryptor = Decryptor::new(input).map_err(|_| Error::Damaged)?;
    decryptor.decrypt(core::iter::once(identity)).map_err(|error| match error {
        age::DecryptError::DecryptionFailed | age::DecryptError::NoMatchingKeys => Error::WrongPassword,
        age::DecryptError::ExcessiveWork { .. } => Error::KdfRefused,
        _ => Error::Damaged,
    })
}

fn seal<W: Write>(recipient: &dyn Recipient, output: W) -> Result<StreamWriter<W>> {
    Encryptor::with_recipients(core::iter::once(recipient))
        .map_err(|_| Error::Limit)?
        .wrap_output(output)
        .map_err(|_| Error::Limit)
}

/// Exposed to be hashed by age. Normalised bytes are what stock `age` gets from a plain keyboard.
fn text(passphrase: &Passphrase) -> Result<SecretString> {
    let text = core::str::from_utf8(passphrase.expose_bytes()).map_err(|_| Error::Damaged)?;
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(writer: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut file = Vec::new();
        writer(&mut file);
        file
    }

    fn fill<W: Write>(writer: Result<StreamWriter<W>>) {
        let mut writer = writer.unwrap();
        writer.write_all(b"lines").unwrap();
        writer.finish().unwrap();
    }

    /// R90: opens with the right passphrase, and a hostile amount of work is refused.
    #[test]
    fn a_passphrase_file_opens_and_a_hostile_one_does_not() {
        let right = Passphrase::from_typed("for the accountant").unwrap();
        let file = sealed(|file| fill(seal_with_passphrase(&right, file)));
        let mut content = Vec::new();
        open_with_passphrase(&right, file.as_slice()).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content, b"lines");
        let wrong = Passphrase::from_typed("for the Accountant").unwrap();
        assert_eq!(open_with_passphrase(&wrong, file.as_slice()).err(), Some(Error::WrongPassword));
        let text = String::from_utf8_lossy(&file).into_owned();
        let at = text.find(" 17\n").unwrap();
        let mut hostile = file.clone();
        hostile[at + 1..at + 3].copy_from_slice(b"21");
        assert_eq!(open_with_passphrase(&right, hostile.as_slice()).err(), Some(Error::KdfRefused));
    }

    #[test]
    fn a_file_for_a_key_opens_with_that_key() {
        let identity = x25519::Identity::generate();
        let recipient = format!(" {}\n", identity.to_public());
        let file = sealed(|file| fill(seal_to_recipient(&recipient, file)));
        assert_eq!(age::decrypt(&identity, &file).unwrap(), b"lines");
        assert_eq!(seal_to_recipient("age1nonsense", Vec::new()).err(), Some(Error::Damaged));
    }
}
