//! The audit log: rows that hash the one before and are signed by who acted, and checkpoints that are kept elsewhere.
//!
//! Nothing of it can be changed, taken out, put in or reordered without a row whose hash or signature does not fit. What
//! the chain cannot show by itself is a log cut off at its end, or an older copy of all of it: that is what a
//! [`Checkpoint`] outside the file is for.
//!
//! Whose signatures count is in the log itself, in rows that name all [`Signers`] and are signed by the owner they name.
//! The last such row must name those of the key file. So a log made up from its first row needs the owner's key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::bytes::{from_base64, length_prefixed, to_base64};
use crate::error::{Error, Result};
use crate::id::{FileId, SlotId};
use crate::key::{SignPublic, SignPurpose, Signature};
use crate::keyfile::{KeyFile, SlotKind, SlotSecret, Succession};

/// The action of a row whose detail names the signers from there on. The first row is one.
pub const SIGNERS: &str = "signers";

const ROW: &[u8] = b"purser/audit/1";
const ORIGIN: &[u8] = b"purser/audit/1/origin";
const CHECKPOINT: &str = "purser-audit-1";
const SIGNATURES_AT_ONCE: usize = 4096;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 1, 2, 3 ...
    pub seq: u64,
    /// UTC, by the clock of the computer.
    pub time_ms: i64,
    /// Whose key signed it.
    pub actor: SlotId,
    /// What was done, one word.
    pub action: String,
    /// What it was done to.
    pub target: String,
    /// More of it, as text. Never a secret.
    pub detail: String,
    /// Hash of the row before.
    pub prev: [u8; 32],
    /// SHA-256 of everything above.
    pub hash: [u8; 32],
    /// The actor's, over the hash.
    pub signature: Signature,
}

/// What a row says.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// UTC.
    pub time_ms: i64,
    /// One word.
    pub action: &'a str,
    /// What it was done to.
    pub target: &'a str,
    /// More of it.
    pub detail: &'a str,
}

/// How long a log is and the hash it ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Rows.
    pub size: u64,
    /// Hash of the last one.
    pub hash: [u8; 32],
}

impl Head {
    /// The head of the empty log of a profile.
    #[must_use]
    pub fn origin(file_id: &FileId) -> Head {
        Head { size: 0, hash: Sha256::digest(length_prefixed(&[ORIGIN, file_id.as_bytes()])).into() }
    }

    /// The next row, signed.
    #[must_use]
    pub fn append(&self, secret: &SlotSecret, draft: &Draft<'_>) -> Entry {
        let mut entry = Entry {
            seq: self.size.saturating_add(1),
            time_ms: draft.time_ms,
            actor: secret.slot_id(),
            action: draft.action.to_owned(),
            target: draft.target.to_owned(),
            detail: draft.detail.to_owned(),
            prev: self.hash,
            hash: [0; 32],
            signature: Signature::from_bytes([0; 64]),
        };
        entry.hash = entry.computed_hash();
        entry.signature = secret.sign(SignPurpose::Audit, &entry.hash);
        entry
    }
}

impl Entry {
    fn computed_hash(&self) -> [u8; 32] {
        let (seq, time) = (self.seq.to_be_bytes(), self.time_ms.to_be_bytes());
        let texts = [self.action.as_bytes(), self.target.as_bytes(), self.detail.as_bytes()];
        let parts = [ROW, &seq, &self.prev, &time, self.actor.as_bytes(), texts[0], texts[1], texts[2]];
        Sha256::digest(length_prefixed(&parts)).into()
    }

    /// The head of the log that ends with this row.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { size: self.seq, hash: self.hash }
    }
}

/// Whose signatures count, and in whose name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signers {
    owner: SlotId,
    slots: BTreeMap<SlotId, Signer>,
    /// How the owner's key came after the one before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    succession: Option<Succession>,
}

/// A person as the log knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// The role.
    pub kind: SlotKind,
    /// The name at that time.
    pub name: String,
    /// Checks their signatures.
    pub key: SignPublic,
    /// Their rows end here.
    pub disabled: bool,
}

impl Signers {
    /// Those of a key file.
    #[must_use]
    pub fn of(key_file: &KeyFile) -> Option<Signers> {
        let is_owner = |slot: &&crate::keyfile::Slot| slot.sign_public == key_file.owner_public();
        let owner = key_file.slots().iter().find(is_owner)?.id;
        let slots = key_file.slots().iter().map(|slot| {
            let (kind, name, key) = (slot.kind, slot.name.clone(), slot.sign_public);
            (slot.id, Signer { kind, name, key, disabled: slot.disabled })
        });
        Some(Signers { owner, slots: slots.collect(), succession: key_file.succession().cloned() })
    }

    /// The detail of a row that names them.
    ///
    /// # Errors
    /// [`Error::Limit`].
    pub fn to_detail(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|_| Error::Limit)
    }

    /// Reads the detail of such a row.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn parse(detail: &str) -> Result<Signers> {
        serde_json::from_str(detail).map_err(|_| Error::Damaged)
    }

    /// Everybody in it.
    pub fn people(&self) -> impl Iterator<Item = (SlotId, &Signer)> {
        self.slots.iter().map(|(id, signer)| (*id, signer))
    }

    /// A person of the log.
    #[must_use]
    pub fn signer(&self, slot: SlotId) -> Option<&Signer> {
        self.slots.get(&slot)
    }

    /// Whether the owner's key of these comes after that of those: it is the same, or the old one or the kit says so.
    fn may_follow(&self, before: &Signers, file_id: &FileId) -> bool {
        let (Some(old), Some(new)) = (before.owner_key(), self.owner_key()) else { return false };
        let recovery = before.slots.values().find(|slot| slot.kind == SlotKind::Recovery).map(|slot| slot.key);
        old == new || self.succession.as_ref().is_some_and(|proof| proof.proves(file_id, recovery, old, new))
    }

    fn owner_key(&self) -> Option<SignPublic> {
        self.slots.get(&self.owner).map(|owner| owner.key)
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Its number is not the next one: rows are missing, doubled or in another order.
    Sequence,
    /// It does not follow the row before: a row was changed, taken out or put in.
    Chain,
    /// It does not say what it said when it was written.
    Changed,
    /// Nobody of that name may sign, or no longer.
    Signer,
    /// It was not signed by who it says acted.
    Signature,
    /// The first row does not name the signers.
    Begin,
    /// The last row is another one than a checkpoint, or is missing.
    Checkpoint,
    /// The people it ends with are not those of the key file.
    People,
}

/// The first row that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// Its number, or the one it should have.
    pub seq: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// Walks a log from its first row.
#[derive(Debug, Clone)]
pub struct Walk {
    file_id: FileId,
    head: Head,
    signers: Option<Signers>,
    time_ms: i64,
    clock_steps: Vec<u64>,
    /// Signatures that are still to be checked: many at once, on all cores.
    unchecked: Vec<Unchecked>,
}

#[derive(Debug, Clone)]
struct Unchecked {
    seq: u64,
    key: SignPublic,
    hash: [u8; 32],
    signature: Signature,
}

impl Unchecked {
    fn is_good(&self) -> bool {
        self.key.verify(SignPurpose::Audit, &self.hash, &self.signature).is_ok()
    }
}

impl Walk {
    /// Before the first row.
    #[must_use]
    pub fn new(file_id: &FileId) -> Walk {
        Walk {
            file_id: *file_id,
            head: Head::origin(file_id),
            signers: None,
            time_ms: i64::MIN,
            clock_steps: Vec::new(),
            unchecked: Vec::new(),
        }
    }

    /// Takes the next row. A wrong signature may show some rows later, or in [`Walk::finish`].
    ///
    /// # Errors
    /// The first row that is wrong.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Broken> {
        let seq = self.head.size.saturating_add(1);
        if let Err(fault) = self.check(entry) {
            self.check_signatures()?;
            return Err(Broken { seq, fault });
        }
        if entry.time_ms < self.time_ms {
            self.clock_steps.push(entry.seq);
        }
        self.time_ms = entry.time_ms;
        self.head = entry.head();
        if self.unchecked.len() >= SIGNATURES_AT_ONCE { self.check_signatures() } else { Ok(()) }
    }

    fn check(&mut self, entry: &Entry) -> Result<(), Fault> {
        if entry.seq != self.head.size.saturating_add(1) {
            return Err(Fault::Sequence);
        }
        if entry.prev != self.head.hash {
            return Err(Fault::Chain);
        }
        if entry.hash != entry.computed_hash() {
            return Err(Fault::Changed);
        }
        let named = (entry.action == SIGNERS).then(|| Signers::parse(&entry.detail)).transpose();
        let named = named.map_err(|_| Fault::Signer)?;
        let key = match (&named, &self.signers) {
            (Some(named), before) => {
                // Signed by the owner among them, so that a log made up before an owner's row needs his key.
                let follows = before.as_ref().is_none_or(|before| named.may_follow(before, &self.file_id));
                let owner = named.owner_key().filter(|_| entry.actor == named.owner && follows);
                owner.ok_or(Fault::Signer)?
            }
            (None, None) => return Err(Fault::Begin),
            (None, Some(signers)) => {
                signers.signer(entry.actor).filter(|signer| !signer.disabled).ok_or(Fault::Signer)?.key
            }
        };
        self.unchecked.push(Unchecked { seq: entry.seq, key, hash: entry.hash, signature: entry.signature });
        if named.is_some() {
            self.signers = named;
        }
        Ok(())
    }

    fn check_signatures(&mut self) -> Result<(), Broken> {
        let unchecked = std::mem::take(&mut self.unchecked);
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let wrong = std::thread::scope(|scope| {
            let parts = unchecked.chunks(unchecked.len().div_ceil(threads).max(1));
            let workers: Vec<_> =
                parts.map(|part| scope.spawn(|| part.iter().find(|one| !one.is_good()).map(|one| one.seq))).collect();
            // A thread that ended badly has checked nothing: its first row counts as wrong.
            let first = unchecked.first().map(|one| one.seq);
            workers.into_iter().filter_map(|worker| worker.join().unwrap_or(first)).min()
        });
        wrong.map_or(Ok(()), |seq| Err(Broken { seq, fault: Fault::Signature }))
    }

    /// Where the walk has come to.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Who may sign now.
    #[must_use]
    pub const fn signers(&self) -> Option<&Signers> {
        self.signers.as_ref()
    }

    /// Rows whose time is before the time of the row before: the clock was set back.
    #[must_use]
    pub fn clock_steps(&self) -> &[u64] {
        &self.clock_steps
    }

    /// After the last row: whether all signatures are good, and the log's owner is that of the key file.
    ///
    /// # Errors
    /// The first row that is wrong; [`Fault::People`] at the last one.
    pub fn finish(&mut self, current: &Signers) -> Result<(), Broken> {
        self.check_signatures()?;
        let is_known = self.signers.as_ref().is_some_and(|signers| signers.owner_key() == current.owner_key());
        if is_known { Ok(()) } else { Err(Broken { seq: self.head.size, fault: Fault::People }) }
    }
}

/// A signed note of how far a log had come: "at that time it had so many rows and ended with this hash".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The profile.
    pub file_id: FileId,
    /// How far.
    pub head: Head,
    /// UTC.
    pub time_ms: i64,
    /// Who signed it.
    pub signer: SlotId,
    signature: Signature,
}

impl Checkpoint {
    /// Notes a head.
    #[must_use]
    pub fn make(file_id: FileId, head: Head, time_ms: i64, secret: &SlotSecret) -> Checkpoint {
        let mut note =
            Checkpoint { file_id, head, time_ms, signer: secret.slot_id(), signature: Signature::from_bytes([0; 64]) };
        note.signature = secret.sign(SignPurpose::Checkpoint, &note.message());
        note
    }

    fn message(&self) -> Vec<u8> {
        let (size, time) = (self.head.size.to_be_bytes(), self.time_ms.to_be_bytes());
        length_prefixed(&[self.file_id.as_bytes(), &size, &self.head.hash, &time, self.signer.as_bytes()])
    }

    /// One line: form, profile, rows, hash, time, signer, signature.
    #[must_use]
    pub fn to_line(&self) -> String {
        format!(
            "{CHECKPOINT} {} {} {} {} {} {}",
            self.file_id,
            self.head.size,
            to_base64(&self.head.hash),
            self.time_ms,
            self.signer,
            to_base64(self.signature.as_bytes())
        )
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn parse(line: &str) -> Result<Checkpoint> {
        let [form, file_id, size, hash, time, signer, signature] =
            <[&str; 7]>::try_from(line.trim().split(' ').collect::<Vec<_>>()).map_err(|_| Error::Damaged)?;
        if form != CHECKPOINT {
            return Err(Error::Damaged);
        }
        let signature: [u8; 64] = from_base64(signature)?.try_into().map_err(|_| Error::Damaged)?;
        Ok(Checkpoint {
            file_id: file_id.parse()?,
            head: Head {
                size: size.parse().map_err(|_| Error::Damaged)?,
                hash: from_base64(hash)?.try_into().map_err(|_| Error::Damaged)?,
            },
            time_ms: time.parse().map_err(|_| Error::Damaged)?,
            signer: signer.parse()?,
            signature: Signature::from_bytes(signature),
        })
    }

    /// Whether somebody of the log signed it, who could at that time or can now.
    #[must_use]
    pub fn is_signed_by(&self, signers: &Signers) -> bool {
        let key = signers.signer(self.signer).map(|signer| signer.key);
        key.is_some_and(|key| key.verify(SignPurpose::Checkpoint, &self.message(), &self.signature).is_ok())
    }
}

#[cfg(test)]
mod tests;
