//! The freeze journal: one record a line, only ever appended to.
//!
//! `purser-freeze/1 <kind> <fields> <check>`, separated by tabs. The check is there to tell a damaged line from a whole one;
//! it keeps nobody from forging one, and need not: a forged request freezes, and an unfreeze record counts by its signature.
//!
//! A damaged line freezes too, under an id made of its own bytes, so that the owner can end that freeze like any other.
//! Only a line that is plainly of another kind is passed over: a kill may cut an unfreeze record or a note, and that must
//! not start a freeze nobody asked for. Whoever can alter a line could as well have deleted it, which is why more than one
//! place keeps the request (see [`super::decision`]).

use std::fmt;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::credential::words;

/// First field of every line.
const MARK: &str = "purser-freeze/1";
/// Longest line that is written or read, line feed not counted.
pub const LINE_BYTES_MAX: usize = 8 * 1024;
/// What is read of a journal, and the length up to which requests and unfreeze records are appended.
pub const JOURNAL_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Notes stop here, so that they can never use up the room of a request.
pub const NOTES_BYTES_MAX: usize = JOURNAL_BYTES_MAX / 2;
/// Damaged lines that are told apart; more of them are one freeze.
const DAMAGED_MAX: usize = 1_000;
/// Characters kept of who asked.
const BY_CHARS_MAX: usize = 64;

/// Names one freeze: 128 random bits, or made of a damaged line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FreezeId([u8; 16]);

impl FreezeId {
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> FreezeId {
        FreezeId(bytes)
    }

    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<FreezeId> {
        let digits = text.as_bytes();
        if digits.len() != 32 || !is_hex(text) {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(FreezeId(bytes))
    }

    /// The id under which bytes that cannot be read freeze.
    #[must_use]
    pub fn of_damage(bytes: &[u8]) -> FreezeId {
        let mut hash = Sha256::new();
        hash.update(b"purser/freeze/damaged/1");
        hash.update(bytes);
        let mut id = [0; 16];
        id.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        FreezeId(id)
    }
}

impl fmt::Display for FreezeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FreezeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FreezeId({self})")
    }
}

impl Serialize for FreezeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FreezeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FreezeId, D::Error> {
        let text = String::deserialize(deserializer)?;
        FreezeId::parse(&text).ok_or_else(|| serde::de::Error::custom("not a freeze id"))
    }
}

words! {
    /// What a note is about; its text is whoever wrote it's own.
    Topic {
        Lever => "lever",
        Incident => "incident",
        CoolOff => "cool_off",
        Audit => "audit",
    }
}

/// The owner's word that one freeze is over. It counts only when its signature does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfreeze {
    pub id: FreezeId,
    pub at: Timestamp,
    pub reason: String,
    /// Lower-case hexadecimal digits, over [`Unfreeze::message`].
    pub signature: String,
}

impl Unfreeze {
    /// What the owner signs. It is bound to the profile and the freeze, so that it fits no other, and each field stands
    /// behind its length, so that none can run into the next.
    #[must_use]
    pub fn message(&self, profile: &[u8; 16]) -> Vec<u8> {
        let at = self.at.to_string();
        let mut message = b"purser/unfreeze/1".to_vec();
        for field in [profile.as_slice(), self.id.as_bytes(), at.as_bytes(), self.reason.as_bytes()] {
            message.extend(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            message.extend(field);
        }
        message
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Somebody asked for a freeze. `by` is a login, or empty at the lock screen.
    Freeze {
        id: FreezeId,
        at: Timestamp,
        by: String,
    },
    Unfreeze(Unfreeze),
    /// What happened while nothing else could be written: a lever's answer, a step. It decides nothing.
    Note {
        id: FreezeId,
        at: Timestamp,
        topic: Topic,
        text: String,
    },
}

/// Why a line is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    #[error("the line is longer than {LINE_BYTES_MAX} bytes")]
    LineTooLong,
    #[error("the journal is full")]
    JournalFull,
}

/// The end of a journal, as the next line finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    pub len: usize,
    /// False after a kill: the next line must not run into the cut one.
    pub ends_with_line_feed: bool,
}

impl Tail {
    #[must_use]
    pub fn of(bytes: &[u8]) -> Tail {
        Tail { len: bytes.len(), ends_with_line_feed: bytes.last().is_none_or(|byte| *byte == b'\n') }
    }
}

impl Record {
    /// The bytes to append, to be written at once and synchronised.
    pub fn append_to(&self, tail: Tail) -> Result<String, Full> {
        let line = self.line();
        if line.len() > LINE_BYTES_MAX {
            return Err(Full::LineTooLong);
        }
        let limit = if matches!(self, Record::Note { .. }) { NOTES_BYTES_MAX } else { JOURNAL_BYTES_MAX };
        let gap = if tail.ends_with_line_feed { "" } else { "\n" };
        if tail.len.saturating_add(gap.len() + line.len() + 1) > limit {
            return Err(Full::JournalFull);
        }
        Ok(format!("{gap}{line}\n"))
    }

    fn line(&self) -> String {
        let (kind, id, at, rest) = match self {
            // Whoever asks, with whatever name, the line fits.
            Record::Freeze { id, at, by } => ("freeze", id, at, vec![by.chars().take(BY_CHARS_MAX).collect()]),
            Record::Unfreeze(Unfreeze { id, at, reason, signature }) => {
                ("unfreeze", id, at, vec![reason.clone(), signature.clone()])
            }
            Record::Note { id, at, topic, text } => ("note", id, at, vec![topic.word().to_owned(), text.clone()]),
        };
        let mut line = format!("{MARK}\t{kind}\t{id}\t{at}");
        for field in &rest {
            line.push('\t');
            escape(field, &mut line);
        }
        let check = check(&line);
        line.push('\t');
        line.push_str(&check);
        line
    }

    fn parse(line: &str) -> Option<Record> {
        let (body, found) = line.rsplit_once('\t')?;
        if check(body) != found {
            return None;
        }
        let mut fields = body.split('\t');
        if fields.next()? != MARK {
            return None;
        }
        let kind = fields.next()?;
        let id = FreezeId::parse(fields.next()?)?;
        let at = fields.next()?.parse().ok()?;
        let rest: Vec<String> = fields.map(unescape).collect::<Option<_>>()?;
        let record = match (kind, rest.as_slice()) {
            ("freeze", [by]) => Record::Freeze { id, at, by: by.clone() },
            ("unfreeze", [reason, signature]) => {
                Record::Unfreeze(Unfreeze { id, at, reason: reason.clone(), signature: signature.clone() })
            }
            ("note", [topic, text]) => Record::Note { id, at, topic: Topic::from_word(topic)?, text: text.clone() },
            _ => return None,
        };
        // One spelling for each record: what does not read back as itself was not written here.
        (record.line() == line).then_some(record)
    }
}

/// A line that is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Counted from one.
    pub line: usize,
    /// It freezes under this id; `None` for one that is plainly an unfreeze record or a note.
    pub id: Option<FreezeId>,
    /// The last line, without its line feed: what a kill leaves.
    pub cut: bool,
}

/// A journal as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    pub records: Vec<Record>,
    pub damaged: Vec<Damaged>,
}

impl Journal {
    /// Reads any bytes. It never fails: what cannot be read is damaged, and freezes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Journal {
        let mut journal = Journal::default();
        let within = bytes.get(..JOURNAL_BYTES_MAX).unwrap_or(bytes);
        let mut beyond = bytes.len() > within.len();
        for (index, line) in within.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let (line, cut) = line.strip_suffix(b"\n").map_or((line, true), |line| (line, false));
            if line.is_empty() {
                continue;
            }
            let text = std::str::from_utf8(line).ok().filter(|text| text.len() <= LINE_BYTES_MAX);
            if let Some(record) = text.and_then(Record::parse) {
                journal.records.push(record);
            } else if journal.damaged.len() < DAMAGED_MAX {
                let id = (!is_plainly_harmless(line)).then(|| FreezeId::of_damage(line));
                journal.damaged.push(Damaged { line: index + 1, id, cut });
            } else {
                beyond = true;
            }
        }
        if beyond {
            // Behind what is read there may be a request.
            let id = Some(FreezeId::of_damage(b"more than is read"));
            journal.damaged.push(Damaged { line: usize::MAX, id, cut: false });
        }
        journal
    }

    /// Whether anything but the end of a kill is wrong with it: worth an entry in the security log.
    #[must_use]
    pub fn is_altered(&self) -> bool {
        self.damaged.iter().any(|damaged| !damaged.cut)
    }
}

fn is_plainly_harmless(line: &[u8]) -> bool {
    ["unfreeze", "note"].iter().any(|kind| {
        let head = format!("{MARK}\t{kind}\t");
        line.starts_with(head.as_bytes())
    })
}

/// The first 8 hexadecimal digits of a hash of the line.
fn check(body: &str) -> String {
    let hash = Sha256::digest(body.as_bytes());
    hash.iter().take(4).fold(String::with_capacity(8), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Writes a field so that it holds no tab, no line end, and nothing a terminal or an editor would act on.
fn escape(field: &str, line: &mut String) {
    for character in field.chars() {
        match character {
            '\\' => line.push_str("\\\\"),
            character if crate::document::is_unprintable(character) => {
                let _ = write!(line, "\\u{{{:x}}}", u32::from(character));
            }
            character => line.push(character),
        }
    }
}

fn unescape(field: &str) -> Option<String> {
    let mut text = String::with_capacity(field.len());
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('\\') {
            text.push('\\');
            rest = after;
        } else {
            let (digits, after) = after.strip_prefix("u{")?.split_once('}')?;
            text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
            rest = after;
        }
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests;
