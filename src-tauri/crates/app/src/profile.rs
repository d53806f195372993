//! The profile folder: which files, who holds it, how it comes to be.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use purser_vault::SlotId;
use purser_vault::keyfile::{KeyFile, Seen};

use crate::error::{Code, Error, Result};
use crate::files;

const KEYFILE_LIMIT: u64 = 256 * 1024;
const AUTH_STATE_LIMIT: u64 = 64 * 1024;

/// Paths of a profile.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Folder {
        Folder { root: root.into() }
    }

    /// Where a profile lives when nobody says otherwise.
    pub fn default_path() -> Result<PathBuf> {
        directories::ProjectDirs::from("app", "purser", "purser")
            .map(|dirs| dirs.data_local_dir().to_path_buf())
            .ok_or_else(|| Error::new(Code::Io, "no home folder; pass --profile"))
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys.json")
    }

    #[must_use]
    pub fn books(&self) -> PathBuf {
        self.root.join("books.db")
    }

    /// The copy of the books that is to take their place.
    #[must_use]
    pub fn new_books(&self) -> PathBuf {
        self.root.join("books.db.new")
    }

    /// Checkpoints of the audit log, one on a line.
    #[must_use]
    pub fn anchors(&self) -> PathBuf {
        self.root.join("anchors.txt")
    }

    /// What the owner lets the lock screen show.
    #[must_use]
    pub(crate) fn lock_contacts(&self) -> PathBuf {
        self.root.join("lock_contacts.txt")
    }

    /// Where backups are made without being asked for.
    #[must_use]
    pub fn backups(&self) -> PathBuf {
        self.root.join("backups")
    }

    /// The copy of the books that a backup packs.
    #[must_use]
    pub(crate) fn snapshot(&self) -> PathBuf {
        self.root.join("books.db.copy")
    }

    fn auth_state(&self) -> PathBuf {
        self.root.join("auth.state")
    }

    fn lock_file(&self) -> PathBuf {
        self.root.join("profile.lock")
    }

    /// A profile exists once its key file is there: it is written last.
    #[must_use]
    pub fn has_profile(&self) -> bool {
        self.keys().exists()
    }

    pub fn read_keys(&self) -> Result<Vec<u8>> {
        if !self.has_profile() {
            return Err(Code::NoProfile.into());
        }
        Ok(files::read_small(&self.keys(), KEYFILE_LIMIT)?)
    }

    /// Replaces the key file; the one before stays as `keys.json.prev`.
    pub fn write_keys(&self, bytes: &[u8]) -> Result<()> {
        if let Ok(previous) = files::read_small(&self.keys(), KEYFILE_LIMIT) {
            files::replace(&self.root.join("keys.json.prev"), &previous, "keys_prev")?;
        }
        Ok(files::replace(&self.keys(), bytes, "keys")?)
    }

    /// Removes the key file before this one where it holds another envelope of this slot: it opened with the password of
    /// then. What cannot be read as a key file goes too.
    pub fn drop_older_keys(&self, current: &KeyFile, slot: SlotId) -> Result<()> {
        let path = self.root.join("keys.json.prev");
        let Ok(bytes) = files::read_small(&path, KEYFILE_LIMIT) else { return Ok(()) };
        let previous = KeyFile::parse(&bytes, &Seen::default());
        if previous.is_ok_and(|previous| previous.wrap_counter(slot) == current.wrap_counter(slot)) {
            return Ok(());
        }
        std::fs::remove_file(&path)?;
        Ok(files::sync_folder(&path)?)
    }

    /// `None` when the file is missing.
    pub fn read_auth_state(&self) -> Result<Option<Vec<u8>>> {
        match files::read_small(&self.auth_state(), AUTH_STATE_LIMIT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub fn write_auth_state(&self, bytes: &[u8]) -> Result<()> {
        Ok(files::replace(&self.auth_state(), bytes, "auth")?)
    }

    /// Takes the profile for this process. A second one is told so.
    pub fn hold(&self) -> Result<ProfileLock> {
        files::create_private_folder(&self.root)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(self.lock_file())?;
        for tries_left in (0..LOCK_TRIES).rev() {
            match file.try_lock() {
                Ok(()) => return Ok(ProfileLock { _file: file }),
                Err(TryLockError::WouldBlock) if tries_left > 0 => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Err(Code::ProfileInUse.into())
    }

    /// Removes what a creation that was cut short left behind. Only called while no key file exists.
    pub fn sweep(&self) -> Result<()> {
        for name in [
            "books.db",
            "books.db-wal",
            "books.db-shm",
            "auth.state",
            "anchors.txt",
            "device.json",
            "auth.tmp",
            "device.tmp",
            "keys.tmp",
        ] {
            match std::fs::remove_file(self.root.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// How often a profile that is in use is tried. One that was just let go of may be locked a moment longer: a program that its
/// process was starting has a copy of every descriptor until it runs.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Held as long as the process uses the profile; the system lets go when the process ends, however it ends.
#[derive(Debug)]
pub struct ProfileLock {
    _file: File,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_that_is_being_let_go_of_is_waited_for() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(parent.path().join("profile"));
        let held = folder.hold().unwrap();
        assert_eq!(folder.hold().unwrap_err().code, Code::ProfileInUse);
        let other = std::thread::spawn(move || {
            std::thread::sleep(LOCK_PAUSE);
            drop(held);
        });
        folder.hold().unwrap();
        other.join().unwrap();
    }
}
