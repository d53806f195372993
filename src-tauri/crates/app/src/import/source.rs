//! Where statement files come from: plain files, and members of zip and gzip archives.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use purser_books::reader::{ReadError, Refusal, archive};

use super::ZipPassword;
use crate::error::{Code, Error, Result};

type Opener = dyn Fn() -> io::Result<Box<dyn Read>> + Send + Sync;

/// A file that can be opened as often as needed.
#[derive(Clone)]
pub struct Source {
    pub name: String,
    /// Bytes, as far as known beforehand; only for progress.
    pub size: u64,
    pub open: Arc<Opener>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Source {
    pub(crate) fn in_memory(name: &str, bytes: Arc<Vec<u8>>) -> Source {
        let size = bytes.len() as u64;
        let open = Arc::new(move || Ok(Box::new(Cursor::new(Shared(Arc::clone(&bytes)))) as Box<dyn Read>));
        Source { name: name.to_owned(), size, open }
    }
}

/// Bytes that several readers share.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// One statement of what the person chose: a file, or a member of an archive.
#[derive(Debug, Clone)]
pub enum StatementFile {
    Readable(Source),
    Refused { name: String, refusal: Refusal },
}

impl StatementFile {
    /// A statement that is already in memory: the practice company's.
    #[must_use]
    pub fn in_memory(name: &str, bytes: Vec<u8>) -> StatementFile {
        StatementFile::Readable(Source::in_memory(name, Arc::new(bytes)))
    }

    /// Opens folders and archives: the statements inside, in order of their names.
    pub async fn expand(paths: &[PathBuf], password: Option<&ZipPassword>) -> Result<Vec<StatementFile>> {
        let (paths, password) = (paths.to_vec(), password.cloned());
        let done = tokio::task::spawn_blocking(move || {
            let mut files = Vec::new();
            for path in paths {
                expand_path(&path, MAX_DEPTH, password.as_ref(), &mut files)?;
            }
            Ok(files)
        });
        done.await.map_err(|_| Error::new(Code::Internal, "reader thread"))?
    }
}

/// Folders inside folders that are opened: years, months, providers.
const MAX_DEPTH: usize = 8;
/// Files of one import; more of them is somebody's whole disk.
const MAX_FILES: usize = 10_000;

fn expand_path(
    path: &Path,
    depth: usize,
    password: Option<&ZipPassword>,
    files: &mut Vec<StatementFile>,
) -> Result<()> {
    let unreadable = |error: io::Error| Error::invalid(format!("cannot read {}: {}", path.display(), error.kind()));
    if path.is_dir() {
        let mut inside: Vec<PathBuf> =
            std::fs::read_dir(path).map_err(unreadable)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        inside.retain(|file| {
            let is_hidden = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            !is_hidden && (file.is_file() || (file.is_dir() && !file.is_symlink()))
        });
        inside.sort();
        for file in inside {
            if depth == 0 && file.is_dir() {
                return Err(Error::invalid(format!("too many folders inside one another: {}", file.display())));
            }
            expand_path(&file, depth.saturating_sub(1), password, files)?;
        }
        return Ok(());
    }
    if files.len() >= MAX_FILES {
        return Err(Error::invalid(format!("more than {MAX_FILES} files")));
    }
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let mut file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut head = Vec::new();
    (&mut file).take(8).read_to_end(&mut head).map_err(unreadable)?;
    let owned = path.to_path_buf();
    let plain =
        Source { name: name.clone(), size, open: Arc::new(move || Ok(Box::new(BufReader::new(File::open(&owned)?)))) };
    let Some(kind) = archive::archive_kind(&head) else {
        files.push(StatementFile::Readable(plain));
        return Ok(());
    };
    match archive::list(BufReader::new(file), kind) {
        Ok(members) if archive::is_workbook(&members) => files.push(StatementFile::Readable(plain)),
        Ok(members) => {
            for member in members {
                files.push(expand_member(path, &name, size, member, password));
            }
        }
        Err(ReadError::Refused(refusal)) => files.push(StatementFile::Refused { name, refusal }),
        Err(ReadError::Io(error)) => return Err(unreadable(error)),
    }
    Ok(())
}

fn expand_member(
    path: &Path,
    archive_name: &str,
    size: u64,
    member: archive::Member,
    password: Option<&ZipPassword>,
) -> StatementFile {
    let inner =
        if member.name.is_empty() { archive_name.trim_end_matches(".gz").to_owned() } else { member.name.clone() };
    let name = format!("{archive_name}!/{inner}");
    let (path, password) = (path.to_path_buf(), password.cloned());
    let open = move || -> std::result::Result<Box<dyn Read>, ReadError> {
        let file = BufReader::new(File::open(&path)?);
        archive::open_member(file, &member, password.as_ref().map(|password| password.0.as_bytes()))
    };
    // A wrong password is told here, once, and not as a fault of reading.
    if let Err(ReadError::Refused(refusal)) = open() {
        return StatementFile::Refused { name, refusal };
    }
    StatementFile::Readable(Source { name, size, open: Arc::new(move || open().map_err(io::Error::from)) })
}
