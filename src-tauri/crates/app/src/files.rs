//! Small files that are either wholly old or wholly new, also after a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

/// Reads a file of at most `limit` bytes.
pub fn read_small(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than a file of this kind can be"));
    }
    Ok(bytes)
}

/// The last part of a path, to be shown.
#[must_use]
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Replaces a file: temporary file, fsync, rename, fsync of the folder. Readable by its owner only.
/// `name` names the kill points for the tests that cut the power in between.
pub fn replace(path: &Path, bytes: &[u8], name: &str) -> io::Result<()> {
    replace_by(&path.with_extension("tmp"), path, bytes, name)
}

/// The same in a folder of the person's, where `notes.tmp` may be hers.
pub fn save(path: &Path, bytes: &[u8], name: &str) -> io::Result<()> {
    let own = path.file_name().unwrap_or_default().to_string_lossy();
    replace_by(&path.with_file_name(format!(".{own}.purser-part")), path, bytes, name)
}

fn replace_by(temporary: &Path, path: &Path, bytes: &[u8], name: &str) -> io::Result<()> {
    match fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_new(temporary, bytes);
    if let Err(error) = written {
        let _ = fs::remove_file(temporary);
        return Err(error);
    }
    kill_point(&format!("{name}.written"));
    fs::rename(temporary, path)?;
    kill_point(&format!("{name}.renamed"));
    sync_folder(path)
}

/// Writes a file that must not exist yet, and fsyncs it.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Where what is to become `path` is written: in the same folder, hidden, under a name that nothing has. A folder that is not
/// there is told now.
pub fn temporary_beside(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| Error::invalid("the output path names no file"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Error::invalid(format!("there is no folder \"{}\"", folder.display())));
    }
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|_| Code::Internal)?;
    Ok(folder.join(format!(".{}.{:08x}.part", name.to_string_lossy(), u32::from_ne_bytes(random))))
}

/// Creates a folder that only its owner can enter.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Makes a rename in the folder of `path` last. Windows has no such call and does not need it.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        // A name alone lies in the folder the person is in.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Whether `bytes` can still be written to the file system of `folder`.
#[cfg(unix)]
pub fn has_space(folder: &Path, bytes: u64) -> io::Result<bool> {
    Ok(is_ignored("PURSER_FREE_SPACE") || has_room(folder, bytes)?)
}

/// The same where no test may leave it out: to tell what an error on the way meant.
#[cfg(unix)]
pub(crate) fn has_room(folder: &Path, bytes: u64) -> io::Result<bool> {
    let state = rustix::fs::statvfs(folder)?;
    Ok(state.f_bavail.saturating_mul(state.f_frsize) >= bytes)
}

#[cfg(not(unix))]
pub(crate) use has_space as has_room;

/// Windows takes the room when a file is given its length: asked by trying.
#[cfg(not(unix))]
pub fn has_space(folder: &Path, bytes: u64) -> io::Result<bool> {
    let path = folder.join("space.tmp");
    let reserved = File::create(&path).and_then(|file| file.set_len(bytes));
    let _ = fs::remove_file(&path);
    match reserved {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(false),
        Err(error) => Err(error),
    }
}

/// Tests fill a disk although there seemed to be room: the check before it is left out.
#[cfg(all(unix, feature = "faults"))]
fn is_ignored(check: &str) -> bool {
    std::env::var(check).is_ok_and(|value| value == "ignored")
}

#[cfg(all(unix, not(feature = "faults")))]
const fn is_ignored(_check: &str) -> bool {
    false
}

/// A named place where a test may kill the process: `name`, or `name@2` for the second time it is passed. Without the
/// feature `faults` it is nothing.
#[cfg(feature = "faults")]
pub fn kill_point(name: &str) {
    static PASSED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let Ok(at) = std::env::var("PURSER_KILL_AT") else { return };
    let (wanted, time) = at.split_once('@').map_or((at.as_str(), 1), |(name, time)| (name, time.parse().unwrap_or(1)));
    if wanted == name && PASSED.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1 == time {
        #[cfg(unix)]
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}

#[cfg(not(feature = "faults"))]
pub fn kill_point(_name: &str) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_replaces_its_own_name_and_touches_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (log, hers) = (folder.path().join("log.jsonl"), folder.path().join("log.tmp"));
        fs::write(&hers, "hers").unwrap();
        for text in ["one", "two"] {
            save(&log, text.as_bytes(), "test").unwrap();
            assert_eq!(fs::read_to_string(&log).unwrap(), text);
        }
        assert_eq!(fs::read_to_string(&hers).unwrap(), "hers");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn the_folder_of_a_name_alone_is_where_one_is() {
        sync_folder(Path::new("kit.pdf")).unwrap();
        assert!(sync_folder(Path::new("/nowhere/at/all/kit.pdf")).is_err());
    }
}
