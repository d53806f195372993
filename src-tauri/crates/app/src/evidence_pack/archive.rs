//! The zip of an evidence pack: whole, with its manifest, and encrypted where that is wanted. What is encrypted is never on the
//! disk in the clear.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Cursor, Seek, Write};
use std::path::Path;

use jiff::Timestamp;
use purser_books::papers::manifest::{self, MANIFEST};
use purser_vault::export::seal_to_recipient;
use purser_vault::keyfile::KeyFile;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use super::Files;
use crate::backup::hash_of;
use crate::error::{Code, Error, Result};
use crate::files::write_new;
use crate::import::hex;

/// For whom it is encrypted.
pub(super) enum Sealing {
    Open,
    Owner(Box<KeyFile>),
    /// `age1...`
    Recipient(String),
}

/// What came of it.
pub(super) struct Written {
    /// Of the file as it lies there.
    pub(super) sha256: String,
    pub(super) files: usize,
    /// Characters that its PDFs show as boxes.
    pub(super) missing: BTreeSet<char>,
}

/// Writes papers as PDF, then all files and their manifest. Runs on a thread that may block.
pub(super) fn write(path: &Path, mut files: Files, sealing: &Sealing, now: Timestamp) -> Result<Written> {
    let missing = files.write_pdfs(now)?;
    write_new(path, b"")?;
    let file = File::options().write(true).open(path)?;
    match sealing {
        Sealing::Open => zip_into(file, &files)?.sync_all()?,
        Sealing::Owner(key_file) => {
            let mut sealed = key_file.seal_backup(BufWriter::new(file))?;
            sealed.write_all(&zip_into(Cursor::new(Vec::new()), &files)?.into_inner())?;
            flushed(sealed.finish()?)?;
        }
        Sealing::Recipient(recipient) => {
            let mut sealed = seal_to_recipient(recipient, BufWriter::new(file))?;
            sealed.write_all(&zip_into(Cursor::new(Vec::new()), &files)?.into_inner())?;
            flushed(sealed.finish()?)?;
        }
    }
    let sha256 = hash_of(&mut File::open(path)?)?.0;
    Ok(Written { sha256, files: files.files.len() + 1, missing })
}

fn flushed(mut output: BufWriter<File>) -> Result<()> {
    output.flush()?;
    Ok(output.get_ref().sync_all()?)
}

fn zip_into<W: Write + Seek>(output: W, files: &Files) -> Result<W> {
    let mut hashes = Vec::new();
    for (name, bytes) in &files.files {
        hashes.push((name.as_str(), hex(&Sha256::digest(bytes))));
    }
    let lines = hashes.iter().map(|(name, hash)| (*name, hash.as_str()));
    let lines = manifest::write(lines).map_err(|line| Error::new(Code::Internal, line.to_string()))?;
    let mut zip = zip::ZipWriter::new(output);
    let options = SimpleFileOptions::default().unix_permissions(0o600);
    let all = files.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    for (name, bytes) in all.chain([(MANIFEST, lines.as_bytes())]) {
        zip.start_file(name, options).map_err(zip_error)?;
        zip.write_all(bytes)?;
    }
    zip.finish().map_err(zip_error)
}

fn zip_error(error: zip::result::ZipError) -> Error {
    match error {
        zip::result::ZipError::Io(error) => error.into(),
        _ => Error::new(Code::Internal, "zip"),
    }
}
