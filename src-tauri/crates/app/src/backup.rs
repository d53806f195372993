//! Backups: a whole copy of the books with what opens them, encrypted for the owner and the recovery kit.
//!
//! A backup is a tar file inside an age file. With the kit, stock `age`, `tar` and SQLCipher read it. Every page of the copy
//! that goes into it is checked, it is written under a temporary name, and only then gets its own. That it opens again is
//! shown by `check_backup`, not by making it.

pub mod rehearsal;
pub mod restore;
mod retention;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use purser_vault::keyfile::KeyFile;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Purser;
use crate::audit::{Event, Told};
use crate::error::{Code, Error, Result};
use crate::files::{self, kill_point, sync_folder, temporary_beside};
use crate::import::{JobControl, Progress, hex};
use crate::overview::rfc3339;
use crate::role::Action;
use crate::session::{Phase, Session, lock};
use crate::store::{Since, Store, copy};
use retention::{stamp_of, thin_out, thin_out_before};

/// Name of the fact where backups go beside the profile.
pub(crate) const SECOND_PLACE: &str = "second_place";
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Name of the fact which backup was opened and was not whole.
pub(crate) const DAMAGED_BACKUP: &str = "damaged_backup";
/// 2: the manifest counts the rows.
const FORM: u32 = 2;
const MANIFEST: &str = "manifest.json";
const KEYS: &str = "keys.json";
const BOOKS: &str = "books.db";
const ANCHORS: &str = "anchors.txt";
const ENDING: &str = "age";

/// The first file of a backup: what follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    purser_backup: u32,
    file_id: String,
    /// UTC.
    made: String,
    /// Newest checkpoint of the audit log.
    checkpoint: Option<String>,
    files: Vec<Packed>,
    /// Tables of the books and how many rows each has; none where nobody had opened them.
    #[serde(default)]
    rows: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packed {
    name: String,
    bytes: u64,
    sha256: String,
}

/// What the manifest says of the whole.
struct About {
    /// UTC, as part of a file name.
    made: String,
    checkpoint: Option<String>,
    rows: BTreeMap<String, i64>,
}

/// A backup that was written.
#[derive(Debug, Clone, Serialize)]
pub struct BackedUp {
    pub path: PathBuf,
    pub sha256: String,
    pub bytes: u64,
    pub made: String,
}

/// What is known of the backups.
#[derive(Debug, Clone, Serialize)]
pub struct BackupState {
    /// UTC; `None` = never.
    pub last_made: Option<String>,
    /// A backup was last opened and found whole.
    pub last_proven: Option<String>,
    /// How many are kept beside the books.
    pub kept: usize,
    pub second_place: Option<SecondPlace>,
}

/// The other place backups go to.
#[derive(Debug, Clone, Serialize)]
pub struct SecondPlace {
    pub folder: PathBuf,
    /// Whether it can be reached now: a stick may not be plugged in.
    pub reachable: bool,
}

/// A backup where the daily ones go.
#[derive(Debug)]
pub struct PlacedBackup {
    pub backup: BackedUp,
    /// What came of the copy in the second place, where there is one.
    pub copied: Option<Result<()>>,
}

impl Purser {
    /// When backups were made and looked at, and where they are.
    pub async fn backups(&self) -> Result<BackupState> {
        let permit = self.permit(Action::BackUp).await?;
        let store = permit.store();
        let kept = match std::fs::read_dir(self.folder.backups()) {
            Ok(entries) => {
                let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
                names.filter(|name| stamp_of(name).is_some()).count()
            }
            Err(_) => 0,
        };
        let second_place = store.fact(SECOND_PLACE).await?.map(PathBuf::from);
        Ok(BackupState {
            last_made: store.since(Since::BackupMade).await?.map(rfc3339),
            last_proven: store.since(Since::BackupProven).await?.map(rfc3339),
            kept,
            second_place: second_place.map(|folder| SecondPlace { reachable: folder.is_dir(), folder }),
        })
    }

    /// Writes a backup.
    pub async fn back_up(&self, path: &Path, control: &JobControl) -> Result<BackedUp> {
        let permit = self.permit(Action::BackUp).await?;
        permit.watch(control);
        let done = self.write_backup(permit.session(), path, control).await?;
        self.announce();
        Ok(done)
    }

    /// Where backups go beside the profile, so that fire or theft takes only one of them.
    pub async fn set_second_place(&self, folder: Option<&Path>) -> Result<()> {
        let permit = self.permit(Action::BackUp).await?;
        if let Some(folder) = folder
            && !folder.is_dir()
        {
            return Err(Error::invalid(format!("there is no folder \"{}\"", folder.display())));
        }
        if folder.is_some_and(|folder| folder.starts_with(self.folder.root())) {
            return Err(Error::invalid("the second place must be outside the profile folder"));
        }
        let text = folder.map(|folder| folder.to_string_lossy().into_owned());
        let event = Event::new(Told::BackupPlace, text.as_deref().unwrap_or("none"));
        permit.store().put_fact(SECOND_PLACE, text.as_deref(), &event).await?;
        self.announce();
        Ok(())
    }

    /// Makes a backup now where the daily ones go. Without the second place the one beside the books is there all the same.
    pub async fn back_up_now(&self, control: &JobControl) -> Result<PlacedBackup> {
        let permit = self.permit(Action::BackUp).await?;
        permit.watch(control);
        let placed = self.back_up_in_places(permit.session(), control).await?;
        self.announce();
        Ok(placed)
    }

    /// Makes the backup of the day when the books changed since the last one. Called now and then while the owner is in.
    pub async fn back_up_if_due(&self) -> Result<Option<BackedUp>> {
        let Some((session, store)) = self.keeper().await else { return Ok(None) };
        let now_ms = self.now_ms();
        let last = store.since(Since::BackupMade).await?;
        if last.is_some_and(|last| now_ms.saturating_sub(last) < DAY_MS) || !store.changed_since(last).await? {
            return Ok(None);
        }
        let control = JobControl::default();
        session.watch(&control);
        let placed = self.back_up_in_places(&session, &control).await?;
        placed.copied.transpose()?;
        self.announce();
        Ok(Some(placed.backup))
    }

    /// The open session of somebody who keeps the backups. Not an activity: nobody asked for anything.
    async fn keeper(&self) -> Option<(Arc<Session>, Store)> {
        if self.is_demo() || self.phase().await != Phase::Open {
            return None;
        }
        let session = self.session().await.ok()?;
        let store = session.store().filter(|_| crate::role::may(session.slot.kind, Action::BackUp))?;
        Some((session, store))
    }

    /// A backup of open books before something is done to the whole of them.
    pub(crate) async fn back_up_before_renewal(&self, session: &Session) -> Result<()> {
        files::create_private_folder(&self.folder.backups())?;
        let path = self.folder.backups().join(format!("purser-before-renewal-{}.{ENDING}", self.stamp()));
        self.write_backup(session, &path, &JobControl::default()).await?;
        thin_out_before(&self.folder.backups());
        Ok(())
    }

    async fn back_up_in_places(&self, session: &Session, control: &JobControl) -> Result<PlacedBackup> {
        let store = session.store().ok_or(Code::NotAllowed)?;
        files::create_private_folder(&self.folder.backups())?;
        let name = format!("purser-{}.{ENDING}", self.stamp());
        let path = self.folder.backups().join(&name);
        let backup = self.write_backup(session, &path, control).await?;
        thin_out(&self.folder.backups(), &path)?;
        let second = store.fact(SECOND_PLACE).await?.map(PathBuf::from);
        let copied = second.map(|second| {
            copy_to(&path, &second.join(&name))?;
            thin_out(&second, &path)
        });
        Ok(PlacedBackup { backup, copied })
    }

    /// A backup of books that nobody has open, before they are brought up to date by a newer version.
    pub(crate) async fn back_up_closed(&self, key_file: &KeyFile) -> Result<()> {
        self.check_space()?;
        files::create_private_folder(&self.folder.backups())?;
        let made = self.stamp();
        let path = self.folder.backups().join(format!("purser-before-update-{made}.{ENDING}"));
        let parts = vec![(KEYS, self.folder.keys()), (BOOKS, self.folder.books()), (ANCHORS, self.folder.anchors())];
        let (temporary, key_file) = (temporary_beside(&path)?, key_file.clone());
        let about = About { made, checkpoint: None, rows: BTreeMap::new() };
        let target = temporary.clone();
        let packed =
            tokio::task::spawn_blocking(move || pack(&key_file, &parts, about, &target, &JobControl::default()));
        if let Err(error) = packed.await.map_err(|_| Error::from(Code::Internal)).and_then(|packed| packed) {
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
        std::fs::rename(&temporary, &path)?;
        sync_folder(&path)?;
        thin_out_before(&self.folder.backups());
        Ok(())
    }

    async fn write_backup(&self, session: &Session, path: &Path, control: &JobControl) -> Result<BackedUp> {
        let store = session.store().ok_or(Code::NotAllowed)?;
        let (parent, name) = (parent_of(path)?, path.file_name().ok_or_else(|| Error::invalid("no file name"))?);
        let temporary = temporary_beside(path)?;
        // Before anything is begun: the copy of the books, and the file that it is packed into.
        self.check_space()?;
        if !files::has_space(parent, copy::space_needed(&self.folder)?)? {
            return Err(Error::new(Code::DiskFull, format!("no room for a backup in {}", parent.display())));
        }
        let key_file = lock(&session.key_file).clone();
        let books = key_file.open_compartments(&*lock(&session.secret))?.books.ok_or(Code::NotAllowed)?;
        // From before the copy: what changes meanwhile is not in it.
        let now_ms = self.now_ms();
        store.record(&Event::new(Told::BackupMade, &name.to_string_lossy())).await?;
        let checkpoint = store.checkpoint().await?.map(|note| note.to_line());
        let snapshot = self.folder.snapshot();
        remove_copy(&snapshot)?;
        let made = self.stamp();
        let written = async {
            let content = copy::snapshot(&store, &self.folder, &books, control).await?;
            let about = About { made: made.clone(), checkpoint, rows: content.rows.into_iter().collect() };
            let parts = vec![(KEYS, self.folder.keys()), (BOOKS, snapshot.clone()), (ANCHORS, self.folder.anchors())];
            let (temporary, control) = (temporary.clone(), control.clone());
            let packed = tokio::task::spawn_blocking(move || pack(&key_file, &parts, about, &temporary, &control));
            packed.await.map_err(|_| Code::Internal)?
        };
        let written: Result<(String, u64)> = written.await;
        remove_copy(&snapshot)?;
        let written = written.and_then(|written| {
            kill_point("backup.packed");
            std::fs::rename(&temporary, path)?;
            kill_point("backup.named");
            sync_folder(path)?;
            Ok(written)
        });
        match written {
            Ok((sha256, bytes)) => {
                // Known to be there once it is.
                store.put_fact_silently(Since::BackupMade.key(), &now_ms.to_string()).await?;
                Ok(BackedUp { path: path.to_owned(), sha256, bytes, made })
            }
            Err(error) => {
                let _ = std::fs::remove_file(&temporary);
                // After a lock nobody signs any more.
                let event = Event::new(Told::BackupMade, &name.to_string_lossy()).with("failed", true);
                if let Err(untold) = store.record(&event).await {
                    tracing::warn!(code = ?untold.code, "a backup that failed");
                }
                Err(error)
            }
        }
    }

    /// The time of now as part of a file name.
    fn stamp(&self) -> String {
        let now = jiff::Timestamp::from_millisecond(self.now_ms()).unwrap_or_default();
        now.strftime("%Y-%m-%dT%H%M%SZ").to_string()
    }
}

fn parent_of(path: &Path) -> Result<&Path> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(Error::invalid(format!("there is no folder \"{}\"", folder.display())))
    }
}

/// Removes the copy of the books that was packed, or that a killed backup left.
fn remove_copy(snapshot: &Path) -> Result<()> {
    for ending in ["", "-journal", "-wal", "-shm"] {
        let mut name = snapshot.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Packs files into an encrypted tar file and reads the result's hash. Runs on a thread that may block.
fn pack(
    key_file: &KeyFile,
    parts: &[(&'static str, PathBuf)],
    about: About,
    target: &Path,
    control: &JobControl,
) -> Result<(String, u64)> {
    let mut packed = Vec::new();
    for (name, path) in parts.iter().filter(|(name, path)| *name != ANCHORS || path.exists()) {
        let (sha256, bytes) = hash_of(&mut File::open(path)?)?;
        packed.push(Packed { name: (*name).to_owned(), bytes, sha256 });
    }
    let total: u64 = packed.iter().map(|one| one.bytes).sum();
    let manifest = Manifest {
        purser_backup: FORM,
        file_id: key_file.file_id().to_string(),
        made: about.made,
        checkpoint: about.checkpoint,
        files: packed.clone(),
        rows: about.rows,
    };
    let _ = std::fs::remove_file(target);
    files::write_new(target, b"")?;
    let file = File::options().write(true).open(target)?;
    let sealed = key_file.seal_backup(BufWriter::new(file))?;
    let mut tar = tar::Builder::new(sealed);
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(|_| Code::Internal)?;
    append(&mut tar, MANIFEST, manifest.len() as u64, manifest.as_slice())?;
    let mut done = 0;
    for one in &packed {
        let path = parts.iter().find(|(name, _)| *name == one.name).map(|(_, path)| path).ok_or(Code::Internal)?;
        let source =
            Watched { inner: File::open(path)?.take(one.bytes), control, name: &one.name, done: &mut done, total };
        let appended = append(&mut tar, &one.name, one.bytes, source);
        appended.map_err(|error| if control.is_cancelled() { Code::Cancelled.into() } else { error })?;
    }
    let mut output = tar.into_inner()?.finish()?;
    output.flush()?;
    output.get_ref().sync_all()?;
    drop(output);
    hash_of(&mut File::open(target)?)
}

fn append(tar: &mut tar::Builder<impl Write>, name: &str, bytes: u64, source: impl Read) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_cksum();
    Ok(tar.append_data(&mut header, name, source)?)
}

/// Hash and length of what can be read.
pub(crate) fn hash_of(source: &mut impl Read) -> Result<(String, u64)> {
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0u64, vec![0; 256 * 1024]);
    loop {
        match source.read(&mut buffer)? {
            0 => break,
            length => {
                hash.update(&buffer[..length]);
                bytes += length as u64;
            }
        }
    }
    let hash: [u8; 32] = hash.finalize().into();
    Ok((hex(&hash), bytes))
}

/// Tells how far the packing is, and stops it.
struct Watched<'c, R> {
    inner: R,
    control: &'c JobControl,
    name: &'c str,
    done: &'c mut u64,
    total: u64,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.control.is_cancelled() {
            // Not "interrupted": whoever copies would try that again for ever.
            return Err(std::io::Error::other("cancelled"));
        }
        let length = self.inner.read(buffer)?;
        *self.done += length as u64;
        self.control.report(Progress {
            name: self.name.to_owned(),
            bytes: *self.done,
            total_bytes: self.total,
            rows: 0,
        });
        Ok(length)
    }
}

fn copy_to(from: &Path, to: &Path) -> Result<()> {
    let temporary = temporary_beside(to)?;
    let copied = std::fs::copy(from, &temporary).and_then(|_| {
        File::open(&temporary)?.sync_all()?;
        std::fs::rename(&temporary, to)
    });
    if copied.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    copied?;
    Ok(sync_folder(to)?)
}
