//! The freeze journal on the disk: one in the profile folder, one beside it.
//!
//! The second is there for profiles without a keyring, for a keyring that does not answer, and for whoever empties the
//! profile folder. It bears the profile's id, so that a new profile in the same place does not take it for its own.
//!
//! A full disk does not keep a freeze from being written: a small file with nothing in it keeps the room for that.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use purser_books::freeze::journal::{JOURNAL_BYTES_MAX, Tail};
use purser_books::freeze::{Journal, Place, Record, Told};
use purser_vault::FileId;
use purser_vault::keyfile::{KeyFile, Seen};

use crate::error::{Code, Error, Result};
use crate::files;
use crate::profile::Folder;

/// What the reserve holds back: some journals of usual length.
const RESERVE_BYTES: usize = 16 * 1024;

/// Where both are.
#[derive(Debug, Clone)]
pub(crate) struct Journals {
    places: Vec<(Place, PathBuf)>,
    reserve: PathBuf,
}

/// Tells whether a journal is another than it was.
pub(crate) type Stamp = Vec<Option<(u64, Option<SystemTime>)>>;

impl Journals {
    /// Of the profile in a folder. Without a readable key file there is one.
    pub(crate) fn of(folder: &Folder) -> Journals {
        let mut places = vec![(Place::Journal, folder.root().join("freeze.journal"))];
        if let (Some(parent), Some(file_id)) = (folder.root().parent(), file_id(folder)) {
            places.push((Place::SecondJournal, parent.join(format!(".purser-{file_id}.freeze.journal"))));
        }
        Journals { places, reserve: folder.root().join("freeze.reserve") }
    }

    pub(crate) fn are_two(&self) -> bool {
        self.places.len() == 2
    }

    pub(crate) fn stamp(&self) -> Stamp {
        let stamp = |(_, path): &(Place, PathBuf)| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.len(), metadata.modified().ok()))
        };
        self.places.iter().map(stamp).collect()
    }

    /// What each says. One that is not there says nothing; one that cannot be read freezes nothing and ends nothing.
    pub(crate) fn read(&self) -> Vec<Told> {
        let told = |(place, path): &(Place, PathBuf)| match read(path) {
            Ok(bytes) => Told::by_journal(*place, &Journal::parse(&bytes)),
            Err(error) => Told::nothing(*place, error.kind() == io::ErrorKind::NotFound),
        };
        self.places.iter().map(told).collect()
    }

    /// Adds a line to each, on the disk when this returns. An error only where none took it.
    pub(crate) fn append(&self, record: &Record) -> Result<()> {
        let mut written = false;
        let mut failed = Error::from(Code::Io);
        for (place, path) in &self.places {
            match self.append_to(path, record) {
                Ok(()) => written = true,
                Err(error) => failed = error,
            }
            files::kill_point(&format!("freeze.{}", place.word()));
        }
        if written { Ok(()) } else { Err(failed) }
    }

    /// Adds a line to one of them.
    pub(crate) fn append_in(&self, place: Place, record: &Record) -> Result<()> {
        let Some((_, path)) = self.places.iter().find(|(known, _)| *known == place) else { return Ok(()) };
        self.append_to(path, record)
    }

    fn append_to(&self, path: &Path, record: &Record) -> Result<()> {
        match append(path, record) {
            Err(error) if error.code == Code::DiskFull => self.append_in_reserve(path, record),
            done => done,
        }
    }

    /// Writes the journal anew where room was kept for it, and puts it in the place of the old one.
    fn append_in_reserve(&self, path: &Path, record: &Record) -> Result<()> {
        let mut bytes = whole_lines(read(path).or_else(when_missing)?);
        bytes.extend(record.append_to(Tail::of(&bytes)).map_err(|_| Code::DiskFull)?.into_bytes());
        let mut file = OpenOptions::new().write(true).open(&self.reserve).map_err(|_| Code::DiskFull)?;
        if file.metadata()?.len() < bytes.len() as u64 {
            return Err(Code::DiskFull.into());
        }
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()?;
        std::fs::rename(&self.reserve, path)?;
        Ok(files::sync_folder(path)?)
    }

    /// Holds room back, where there is some.
    pub(crate) fn keep_reserve(&self) {
        let length = std::fs::metadata(&self.reserve).map_or(0, |metadata| metadata.len());
        if length != RESERVE_BYTES as u64
            && let Err(error) = files::replace(&self.reserve, &vec![b'\n'; RESERVE_BYTES], "freeze_reserve")
        {
            tracing::warn!(kind = ?error.kind(), "reserve of the freeze journal");
        }
    }

    /// Sets the journals of ended freezes aside; a new one begins with the next. They stay as evidence.
    pub(crate) fn set_aside(&self, stamp: &str) -> Result<()> {
        for (_, path) in &self.places {
            let aside = path.with_extension(format!("journal.{stamp}"));
            match std::fs::rename(path, &aside) {
                Ok(()) => files::sync_folder(path)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Whose journal it is. The file is not held against what was seen last: that takes the keyring, which may be silent.
fn file_id(folder: &Folder) -> Option<FileId> {
    let bytes = folder.read_keys().ok()?;
    KeyFile::parse(&bytes, &Seen::default()).ok().map(|file| file.file_id())
}

/// One byte more than is looked at: what stands behind freezes too.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(JOURNAL_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn when_missing(error: io::Error) -> io::Result<Vec<u8>> {
    if error.kind() == io::ErrorKind::NotFound { Ok(Vec::new()) } else { Err(error) }
}

/// Without what a write that failed left at the end.
fn whole_lines(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1));
    bytes
}

fn append(path: &Path, record: &Record) -> Result<()> {
    let is_new = !path.exists();
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    let len = file.metadata()?.len();
    let mut last = [b'\n'];
    if len > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let tail = Tail { len: usize::try_from(len).unwrap_or(usize::MAX), ends_with_line_feed: last == *b"\n" };
    let line = record.append_to(tail).map_err(|full| Error::invalid(full.to_string()))?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    if is_new {
        files::sync_folder(path)?;
    }
    Ok(())
}
