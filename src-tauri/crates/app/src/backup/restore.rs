//! A backup in the place of the profile, and what opening any backup takes.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use purser_vault::key::BooksKey;
use purser_vault::keyfile::{KeyFile, Seen, open_backup};
use purser_vault::kit;
use purser_vault::secret::RecoveryKey;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{ANCHORS, BOOKS, FORM, KEYS, MANIFEST, Manifest, hash_of};
use crate::Purser;
use crate::error::{Code, Error, Result};
use crate::files::{self, kill_point, sync_folder};
use crate::import::{JobControl, Progress, hex};
use crate::profile::Folder;
use crate::store::copy;

/// A manifest names four files.
const MANIFEST_LIMIT: u64 = 64 * 1024;

/// A backup in the place of the profile.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// The profile folder.
    pub path: PathBuf,
    /// Of the backup.
    pub sha256: String,
    pub made: String,
    /// Where the profile that was there before is kept.
    pub kept: Option<PathBuf>,
}

impl Purser {
    /// Puts a backup in the place of this profile; what was there is kept beside it. Nobody is logged in, and the login
    /// that comes next is made with the kit: the device key of this computer may be another.
    pub async fn restore(&self, from: &Path, kit_text: &str, control: &JobControl) -> Result<Restored> {
        if self.session().await.is_ok() {
            return Err(Error::invalid("lock first: the profile is in use"));
        }
        self.check_freeze_locked(purser_books::freeze::Act::Restore)?;
        let kit = match kit::parse(kit_text) {
            Ok(parsed) => parsed.recovery_key,
            Err(_) => RecoveryKey::parse(kit_text.trim()).map_err(|_| Error::invalid("that is not a recovery kit"))?,
        };
        let root = self.folder.root();
        let parent = root.parent().ok_or_else(|| Error::invalid("the profile folder has no folder around it"))?;
        check_room(from, parent)?;
        let fresh = tempfile::Builder::new().prefix(".purser-restore-").tempdir_in(parent)?;
        let (sha256, _) = hash_of(&mut File::open(from)?)?;
        let opened = open_backup(&kit, File::open(from)?).map_err(not_a_backup)?;
        let manifest = unpack(opened, fresh.path(), control)?;
        let key_file = key_file_of(fresh.path())?;
        if key_file.file_id().to_string() != manifest.file_id {
            return Err(damaged());
        }
        let books = key_file.open_compartments(&kit)?.books.ok_or(Code::Damaged)?;
        self.check_books(fresh.path(), &books, &manifest, control).await?;
        kill_point("restore.unpacked");
        let kept = self.swap_in(fresh.path(), parent)?;
        self.freezing.forget_place();
        // What is left of the temporary name is the old profile, under its own name now, or nothing.
        let _ = fresh.keep();
        Ok(Restored { path: root.to_owned(), sha256, made: manifest.made, kept })
    }

    async fn check_books(
        &self,
        fresh: &Path,
        books: &BooksKey,
        manifest: &Manifest,
        control: &JobControl,
    ) -> Result<()> {
        let path = fresh.join(BOOKS);
        manifest.count(&copy::check(&path, books, control).await?.rows)?;
        copy::mark_restored(&path, books, &manifest.made).await?;
        // A schema of a newer version is refused before anything is replaced.
        let store = crate::store::Store::open(&path, books).await?;
        store.close().await;
        for name in [KEYS, BOOKS] {
            File::open(fresh.join(name))?.sync_all()?;
        }
        Ok(sync_folder(&path)?)
    }

    /// The old folder goes aside and the new one takes its place; a kill in between leaves both, by name.
    fn swap_in(&self, fresh: &Path, parent: &Path) -> Result<Option<PathBuf>> {
        let root = self.folder.root();
        let name = root.file_name().unwrap_or_default().to_string_lossy();
        let kept = parent.join(format!("{name}.pre-restore-{}", self.stamp()));
        if exchange(fresh, root)? {
            // Where the profile was is the restored one now, at once; the old one has the temporary name.
            kill_point("restore.exchanged");
            std::fs::rename(fresh, &kept)?;
        } else {
            std::fs::rename(root, &kept)?;
            kill_point("restore.aside");
            if let Err(error) = std::fs::rename(fresh, root) {
                std::fs::rename(&kept, root)?;
                return Err(error.into());
            }
        }
        kill_point("restore.placed");
        sync_folder(root)?;
        if Folder::new(&kept).has_profile() {
            return Ok(Some(kept));
        }
        // There was no profile: only the lock of this process.
        std::fs::remove_dir_all(&kept)?;
        Ok(None)
    }
}

impl Manifest {
    /// Whether the books hold what they were packed with.
    pub(super) fn count(&self, rows: &[(String, i64)]) -> Result<()> {
        let counts = rows.iter().map(|(table, rows)| (table, *rows));
        if self.rows.is_empty() || counts.eq(self.rows.iter().map(|(table, rows)| (table, *rows))) {
            return Ok(());
        }
        Err(damaged())
    }
}

/// Swaps two folders in one step, where the system can.
#[cfg(target_os = "linux")]
fn exchange(a: &Path, b: &Path) -> Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => Ok(false),
        Err(error) => Err(std::io::Error::from(error).into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(_a: &Path, _b: &Path) -> Result<bool> {
    Ok(false)
}

pub(super) fn damaged() -> Error {
    Error::new(Code::Damaged, "the backup is damaged, cut or altered")
}

pub(super) fn not_a_backup(error: purser_vault::Error) -> Error {
    match error {
        purser_vault::Error::WrongPassword => Error::invalid(
            "this backup is not encrypted for this login or kit: it is of another profile, or older than the kit",
        ),
        _ => damaged(),
    }
}

pub(super) fn check_room(from: &Path, folder: &Path) -> Result<()> {
    let bytes = std::fs::metadata(from).map_err(|_| Error::not_found(format!("no file \"{}\"", from.display())))?.len();
    if files::has_space(folder, bytes.saturating_mul(11) / 10)? {
        return Ok(());
    }
    Err(Error::new(Code::DiskFull, format!("opening the backup needs {} MiB", bytes.div_ceil(1024 * 1024))))
}

/// Unpacks what the manifest names, and nothing else, and holds each file against its hash.
pub(super) fn unpack(input: impl Read, folder: &Path, control: &JobControl) -> Result<Manifest> {
    let mut archive = tar::Archive::new(input);
    let mut entries = archive.entries().map_err(|_| damaged())?;
    let first = entries.next().ok_or_else(damaged)?.map_err(|_| damaged())?;
    if first.path().map_err(|_| damaged())? != Path::new(MANIFEST) {
        return Err(damaged());
    }
    let mut text = Vec::new();
    first.take(MANIFEST_LIMIT).read_to_end(&mut text).map_err(|_| damaged())?;
    let form: serde_json::Value = serde_json::from_slice(&text).map_err(|_| damaged())?;
    if form["purser_backup"].as_u64().is_some_and(|form| form > u64::from(FORM)) {
        return Err(Code::NewerSchema.into());
    }
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| damaged())?;
    let total = manifest.files.iter().fold(0, |sum: u64, one| sum.saturating_add(one.bytes));
    let mut done = 0;
    let mut left = manifest.files.clone();
    for entry in entries {
        let entry = entry.map_err(|_| damaged())?;
        let name = entry.path().map_err(|_| damaged())?.to_string_lossy().into_owned();
        let known = [KEYS, BOOKS, ANCHORS].contains(&name.as_str()) && entry.header().entry_type().is_file();
        let at = left.iter().position(|one| one.name == name && known).ok_or_else(damaged)?;
        let wanted = left.remove(at);
        let told = |bytes: u64| {
            let bytes = bytes.saturating_add(done);
            control.report(Progress { name: name.clone(), bytes, total_bytes: total, rows: 0 });
        };
        let found = write_out(entry.take(wanted.bytes.saturating_add(1)), &folder.join(&name), control, told)?;
        if found != (wanted.sha256, wanted.bytes) {
            return Err(damaged());
        }
        done = done.saturating_add(wanted.bytes);
    }
    let whole = left.is_empty() && [KEYS, BOOKS].iter().all(|name| folder.join(name).exists());
    if whole { Ok(manifest) } else { Err(damaged()) }
}

fn write_out(mut source: impl Read, path: &Path, control: &JobControl, told: impl Fn(u64)) -> Result<(String, u64)> {
    files::write_new(path, b"")?;
    let mut file = File::options().write(true).open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0u64, vec![0; 256 * 1024]);
    loop {
        if control.is_cancelled() {
            return Err(Code::Cancelled.into());
        }
        // A cut or altered backup shows here, in the part concerned.
        let length = source.read(&mut buffer).map_err(|_| damaged())?;
        if length == 0 {
            break;
        }
        hash.update(&buffer[..length]);
        file.write_all(&buffer[..length])?;
        bytes += length as u64;
        told(bytes);
    }
    file.sync_all()?;
    let hash: [u8; 32] = hash.finalize().into();
    Ok((hex(&hash), bytes))
}

pub(super) fn key_file_of(folder: &Path) -> Result<KeyFile> {
    let bytes = files::read_small(&folder.join(KEYS), 256 * 1024)?;
    Ok(KeyFile::parse(&bytes, &Seen::default())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_must_hold_what_their_manifest_counts() {
        let table = |name: &str, rows| (name.to_owned(), rows);
        let packed = [table("account", 2), table("txn", 40)];
        let manifest = |rows: &[(String, i64)]| Manifest {
            purser_backup: FORM,
            file_id: String::new(),
            made: String::new(),
            checkpoint: None,
            files: Vec::new(),
            rows: rows.iter().cloned().collect(),
        };
        assert!(manifest(&packed).count(&packed).is_ok());
        assert!(manifest(&[]).count(&packed).is_ok(), "form 1, and books that nobody had opened, count nothing");
        for found in [vec![table("account", 2), table("txn", 39)], vec![table("txn", 40)], Vec::new()] {
            assert_eq!(manifest(&packed).count(&found).unwrap_err().code, Code::Damaged, "{found:?}");
        }
    }
}
