//! Statement files inside a zip or gzip file: listing and opening members, within limits
//! (SECURITY-DESIGN.md, section 10). Nothing is ever unpacked to disk, and declared sizes are held against the bytes.
//!
//! Alipay's zips write Chinese names in GB18030 without the UTF-8 flag, and personal exports are encrypted with AES.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use encoding_rs::GB18030;
use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::records::MAX_BYTES;
use super::{ReadError, Refusal, RefusalCode};

const MAX_ENTRIES: usize = 200;
const MAX_RATIO: u64 = 200;
/// Below this size any ratio is harmless.
const RATIO_FROM: u64 = 1 << 20;
/// Encrypted members are held in memory; the providers encrypt personal exports, which are small.
const MAX_ENCRYPTED: u64 = 64 << 20;

/// A file that holds files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKind {
    Zip,
    Gzip,
}

/// One file inside an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name as text; for a gzip file without a stored name empty.
    pub name: String,
    pub encrypted: bool,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Gzip { packed: u64 },
    Zip { index: usize, start: u64, packed: u64, size: u64, crc: u32, deflated: bool },
}

/// What the first bytes of a file say. An XLSX workbook is a zip too: see [`is_workbook`].
#[must_use]
pub fn archive_kind(head: &[u8]) -> Option<ArchiveKind> {
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(ArchiveKind::Zip),
        [0x1F, 0x8B, 8, ..] => Some(ArchiveKind::Gzip),
        _ => None,
    }
}

/// Whether the members are those of an XLSX workbook.
#[must_use]
pub fn is_workbook(members: &[Member]) -> bool {
    members.iter().any(|member| member.name == "[Content_Types].xml")
        && members.iter().any(|member| member.name.starts_with("xl/"))
}

/// The files inside an archive, folders and macOS side files left out. Refuses what breaks a limit.
pub fn list<R: Read + Seek>(mut reader: R, kind: ArchiveKind) -> Result<Vec<Member>, ReadError> {
    match kind {
        ArchiveKind::Gzip => {
            let packed = reader.seek(SeekFrom::End(0))?;
            reader.seek(SeekFrom::Start(0))?;
            let decoder = flate2::read::GzDecoder::new(reader);
            let name = decoder.header().and_then(|header| header.filename()).map(decode_name).unwrap_or_default();
            Ok(vec![Member { name, encrypted: false, place: Place::Gzip { packed } }])
        }
        ArchiveKind::Zip => {
            check_entry_count(&mut reader)?;
            list_zip(&mut ZipArchive::new(reader).map_err(zip_fault)?)
        }
    }
}

/// The bytes of a member. Faults found while reading come as an [`io::Error`] that [`ReadError`] turns back into a refusal.
pub fn open_member<R: Read + Seek + 'static>(
    mut reader: R,
    member: &Member,
    password: Option<&[u8]>,
) -> Result<Box<dyn Read>, ReadError> {
    match &member.place {
        Place::Gzip { packed } => {
            reader.seek(SeekFrom::Start(0))?;
            Ok(Box::new(Guard::new(MultiGzDecoder::new(reader), *packed, None)))
        }
        Place::Zip { index, packed, size, .. } if member.encrypted => {
            Ok(Box::new(Cursor::new(decrypt(reader, *index, *packed, *size, password)?)))
        }
        Place::Zip { start, packed, size, crc, deflated, .. } => {
            reader.seek(SeekFrom::Start(*start))?;
            let packed_bytes = reader.take(*packed);
            let expected = Some((*size, *crc));
            Ok(if *deflated {
                Box::new(Guard::new(DeflateDecoder::new(packed_bytes), *packed, expected))
            } else {
                Box::new(Guard::new(packed_bytes, *packed, expected))
            })
        }
    }
}

/// Reads the entry count at the end of a zip, before its directory is taken into memory.
fn check_entry_count<R: Read + Seek>(reader: &mut R) -> Result<(), ReadError> {
    let length = reader.seek(SeekFrom::End(0))?;
    let tail_length = length.min(22 + u64::from(u16::MAX));
    reader.seek(SeekFrom::Start(length - tail_length))?;
    let mut tail = Vec::new();
    reader.take(tail_length).read_to_end(&mut tail)?;
    let end = tail.windows(12).rev().find_map(|record| match record {
        [b'P', b'K', 5, 6, _, _, _, _, _, _, low, high] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    });
    match end {
        Some(count) if usize::from(count) > MAX_ENTRIES => Err(too_many_entries().into()),
        Some(_) => Ok(()),
        None => Err(damaged("a zip file", "one without its directory").into()),
    }
}

fn list_zip<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Result<Vec<Member>, ReadError> {
    if zip.len() > MAX_ENTRIES {
        return Err(too_many_entries().into());
    }
    if zip.has_overlapping_entries().map_err(zip_fault)? {
        return Err(damaged("members that follow each other", "overlapping ones").into());
    }
    let mut members = Vec::new();
    let mut total = 0u64;
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(zip_fault)?;
        let name = decode_name(entry.name_raw());
        check_path(&name)?;
        if entry.is_symlink() {
            return Err(damaged("plain files", "a symbolic link").into());
        }
        if entry.is_dir() || name.ends_with('/') || name.starts_with("__MACOSX/") {
            continue;
        }
        let (packed, size) = (entry.compressed_size(), entry.size());
        total = total.saturating_add(size);
        check_size(total, size, packed)?;
        let deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            _ => return Err(damaged("a zip packed with deflate", "another method").into()),
        };
        let start = entry.data_start().ok_or_else(|| damaged("a zip file", "a member without data"))?;
        let place = Place::Zip { index, start, packed, size, crc: entry.crc32(), deflated };
        members.push(Member { name, encrypted: entry.encrypted(), place });
    }
    Ok(members)
}

/// No way out of the archive, and no archive in it.
fn check_path(name: &str) -> Result<(), Refusal> {
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with(['/', '\\']) || drive || name.split(['/', '\\']).any(|part| part == "..") || name.contains('\0')
    {
        return Err(damaged("names inside the archive", "a path that leads out of it"));
    }
    let lower = name.to_ascii_lowercase();
    if [".zip", ".gz", ".tgz", ".7z", ".rar", ".tar", ".xz", ".bz2"].iter().any(|end| lower.ends_with(end)) {
        return Err(damaged("statement files", "an archive inside the archive"));
    }
    Ok(())
}

fn check_size(total: u64, size: u64, packed: u64) -> Result<(), Refusal> {
    if total > MAX_BYTES {
        return Err(Refusal::new(RefusalCode::TooLarge, "at most 1 GiB unpacked", "more"));
    }
    if size > RATIO_FROM && size > packed.saturating_mul(MAX_RATIO) {
        return Err(Refusal::new(RefusalCode::TooLarge, "files packed at most 200 to 1", "a higher ratio"));
    }
    Ok(())
}

fn decrypt<R: Read + Seek>(
    reader: R,
    index: usize,
    packed: u64,
    size: u64,
    password: Option<&[u8]>,
) -> Result<Vec<u8>, ReadError> {
    let needs = |found: &str| Refusal::new(RefusalCode::NeedsPassword, "the archive's password", found);
    if size > MAX_ENCRYPTED {
        return Err(Refusal::new(RefusalCode::TooLarge, "at most 64 MiB in an encrypted archive", "more").into());
    }
    let password = password.ok_or_else(|| needs("none"))?;
    let mut zip = ZipArchive::new(reader).map_err(zip_fault)?;
    let entry = match zip.by_index_decrypt(index, password) {
        Ok(entry) => entry,
        Err(ZipError::InvalidPassword) => return Err(needs("a wrong one").into()),
        Err(error) => return Err(zip_fault(error)),
    };
    let mut guard = Guard::new(entry, packed, Some((size, 0)));
    guard.check_crc = false;
    let mut bytes = Vec::new();
    match guard.read_to_end(&mut bytes).map_err(ReadError::from) {
        Ok(_) => Ok(bytes),
        Err(ReadError::Refused(refusal)) if refusal.code == RefusalCode::TooLarge => Err(refusal.into()),
        // The old zip cipher lets one wrong password in 256 pass: what comes out is then no zip member.
        Err(_) => Err(needs("a wrong one, or a damaged archive").into()),
    }
}

fn decode_name(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    }
}

fn damaged(expected: &str, found: &str) -> Refusal {
    Refusal::new(RefusalCode::Damaged, expected, found)
}

fn too_many_entries() -> Refusal {
    Refusal::new(RefusalCode::TooLarge, "at most 200 files in an archive", "more")
}

fn zip_fault(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error)
            if error.kind() != io::ErrorKind::UnexpectedEof && error.kind() != io::ErrorKind::InvalidData =>
        {
            ReadError::Io(error)
        }
        _ => damaged("a zip file", "one that cannot be read").into(),
    }
}

/// Counts and checks unpacked bytes.
struct Guard<R> {
    inner: R,
    packed: u64,
    read: u64,
    /// Size and checksum the archive declares.
    expected: Option<(u64, u32)>,
    check_crc: bool,
    crc: Crc,
    head: Vec<u8>,
}

impl<R: Read> Guard<R> {
    fn new(inner: R, packed: u64, expected: Option<(u64, u32)>) -> Guard<R> {
        Guard { inner, packed, read: 0, expected, check_crc: true, crc: Crc::new(), head: Vec::new() }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.crc.update(bytes);
        self.read += bytes.len() as u64;
        check_size(self.read, self.read, self.packed)?;
        if self.expected.is_some_and(|(size, _)| self.read > size) {
            return Err(damaged("the size the archive declares", "more bytes"));
        }
        if self.head.len() < 4 {
            self.head.extend(bytes.iter().take(4));
            // A workbook is a zip by its nature; any other reader refuses it as unknown.
            if archive_kind(&self.head) == Some(ArchiveKind::Gzip) {
                return Err(damaged("statement files", "an archive inside the archive"));
            }
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), Refusal> {
        let complete =
            self.expected.is_none_or(|(size, crc)| self.read == size && (!self.check_crc || self.crc.sum() == crc));
        if complete { Ok(()) } else { Err(damaged("a member as the archive describes it", "other bytes")) }
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = match self.inner.read(into) {
            Ok(count) => count,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
                ) =>
            {
                return Err(ReadError::from(damaged("a readable archive", "damaged bytes")).into());
            }
            Err(error) => return Err(error),
        };
        let result = if count == 0 && !into.is_empty() {
            self.check_end()
        } else {
            self.check(into.get(..count).unwrap_or_default())
        };
        result.map(|()| count).map_err(|refusal| ReadError::from(refusal).into())
    }
}

#[cfg(test)]
mod tests;
