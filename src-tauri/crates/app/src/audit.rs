//! The audit log: what is written down, by whom, and whether it is still what was written.
//!
//! A row is written in the transaction of the change it tells. Effects outside the books (a key file, an exported file)
//! have their row before the effect where it hands something out, and after it where it protects. What happens while
//! nobody is logged in has no key to sign with; the next login tells how often it was tried.

use purser_books::document::Text;
use purser_vault::SlotId;
use purser_vault::audit::{Broken, Checkpoint, Fault, SIGNERS, Signers, Walk};
use purser_vault::keyfile::SlotKind;
use serde::Serialize;
use serde_json::{Map, Value};

mod told;

use crate::Purser;
use crate::device::Device;
use crate::error::{Code, Error, Result};
use crate::overview::rfc3339;
use crate::role::Action;
use crate::session::{Session, lock};
use crate::store::{AuditFilter, Store};

pub use told::Told;

/// Largest file of checkpoints that is read.
const ANCHORS_LIMIT: u64 = 16 * 1024 * 1024;
/// Rows of one answer.
pub const LIST_LIMIT_MAX: u32 = 1000;

/// A row before it is written.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) act: Told,
    pub(crate) target: String,
    detail: Detail,
}

#[derive(Debug, Clone)]
enum Detail {
    Fields(Map<String, Value>),
    /// Exactly these bytes.
    Raw(String),
}

impl Event {
    /// What was done, and to what. What cannot be seen is taken out of both (R74).
    pub(crate) fn new(act: Told, target: &str) -> Event {
        Event { act, target: Text::clean(target).to_string(), detail: Detail::Fields(Map::new()) }
    }

    /// More of it. Never a secret.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Event {
        let value = match value.into() {
            Value::String(text) => Value::String(Text::clean(&text).to_string()),
            other => other,
        };
        if let Detail::Fields(fields) = &mut self.detail {
            fields.insert(field.to_owned(), value);
        }
        self
    }

    fn signers(signers: &Signers) -> Result<Event> {
        Ok(Event { act: Told::Signers, target: String::new(), detail: Detail::Raw(signers.to_detail()?) })
    }

    pub(crate) fn detail(&self) -> String {
        match &self.detail {
            Detail::Fields(fields) if fields.is_empty() => String::new(),
            Detail::Fields(fields) => Value::Object(fields.clone()).to_string(),
            Detail::Raw(text) => text.clone(),
        }
    }
}

/// A row as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct AuditRow {
    pub seq: u64,
    pub time: String,
    /// The name of who acted.
    pub actor: String,
    pub role: Option<SlotKind>,
    pub action: String,
    pub target: String,
    pub detail: Value,
}

/// Which rows are asked for.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Older than this one.
    pub before: Option<u64>,
    /// Words of the log; none = every act.
    pub actions: Vec<String>,
    /// The name of who acted.
    pub person: Option<String>,
}

/// A person of the log, also one who has no login any more.
struct LogPerson {
    id: SlotId,
    name: String,
    kind: SlotKind,
}

/// What came of walking the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditVerified {
    pub ok: bool,
    pub entries: u64,
    /// The number of the first row that is wrong, or that should be there.
    pub first_bad: Option<u64>,
    pub fault: Option<Fault>,
    /// Rows written with a clock behind that of the row before.
    pub clock_steps: Vec<u64>,
    /// Checkpoints that were held against it.
    pub checkpoints: u64,
}

impl Purser {
    /// Rows of the log, newest first. Who is not the owner sees their own.
    pub async fn audit_rows(&self, query: AuditQuery, limit: u32) -> Result<Vec<AuditRow>> {
        if !(1..=LIST_LIMIT_MAX).contains(&limit) {
            return Err(Error::invalid(format!("--limit: 1 to {LIST_LIMIT_MAX}")));
        }
        let permit = self.permit(Action::ReadAudit).await?;
        let slot = &permit.session().slot;
        let people = people_of(permit.store()).await?;
        let mut actors = query
            .person
            .map(|name| people.iter().filter(|person| person.name == name).map(|person| person.id).collect::<Vec<_>>());
        if slot.kind != SlotKind::Owner {
            actors = Some(
                actors.map_or_else(|| vec![slot.id], |asked| asked.into_iter().filter(|id| *id == slot.id).collect()),
            );
        }
        let filter = AuditFilter { before: query.before, actors, actions: query.actions };
        let rows = permit.store().audit_rows(&filter, limit).await?;
        let row = |entry: purser_vault::audit::Entry| {
            let person = people.iter().find(|person| person.id == entry.actor);
            AuditRow {
                seq: entry.seq,
                time: rfc3339(entry.time_ms),
                actor: person.map(|person| person.name.clone()).unwrap_or_default(),
                role: person.map(|person| person.kind),
                action: Text::clean(&entry.action).to_string(),
                target: Text::clean(&entry.target).to_string(),
                detail: serde_json::from_str(&entry.detail).unwrap_or(Value::Null),
            }
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Whose rows the log may hold, by name: everybody who ever had a login. Who is not the owner is told of herself.
    pub async fn audit_people(&self) -> Result<Vec<String>> {
        let permit = self.permit(Action::ReadAudit).await?;
        let slot = &permit.session().slot;
        if slot.kind != SlotKind::Owner {
            return Ok(vec![slot.name.clone()]);
        }
        let mut names: Vec<String> = Vec::new();
        for person in people_of(permit.store()).await?.into_iter().filter(|person| person.kind != SlotKind::Recovery) {
            if !names.contains(&person.name) {
                names.push(person.name);
            }
        }
        Ok(names)
    }

    /// Walks the whole log and holds it against every checkpoint: those beside the books, the one of the keyring, and
    /// those of a file the caller kept.
    pub async fn audit_verify(&self, anchors: Option<&std::path::Path>) -> Result<AuditVerified> {
        let permit = self.permit(Action::Verify).await?;
        let (key_file, device) = self.key_file()?;
        let mut notes = read_checkpoints(&self.folder.anchors(), true)?;
        if let Some(path) = anchors {
            let theirs = read_checkpoints(path, false)?;
            if theirs.is_empty() {
                return Err(Error::invalid(format!("\"{}\" holds no checkpoint", path.display())));
            }
            notes.extend(theirs);
        }
        let current = Signers::of(&key_file).ok_or(Code::Damaged)?;
        let mut walk = Walk::new(&key_file.file_id());
        let walked = walk_log(permit.store(), &mut walk, &current).await?;
        let mut verified = AuditVerified {
            ok: true,
            entries: walk.head().size,
            first_bad: None,
            fault: None,
            clock_steps: walk.clock_steps().to_vec(),
            checkpoints: 0,
        };
        let mut broken = walked.err();
        if let Some(seen) = device.read_anchor()?.audit {
            verified.checkpoints += 1;
            let holds = permit.store().audit_hash(seen.size).await? == Some(seen.hash);
            broken = earlier(broken, (!holds).then_some(Broken { seq: seen.size, fault: Fault::Checkpoint }));
        }
        // A line that nobody of the log signed says nothing for or against it.
        let is_real = |note: &&Checkpoint| {
            note.file_id == key_file.file_id() && walk.signers().is_some_and(|signers| note.is_signed_by(signers))
        };
        for note in notes.iter().filter(is_real) {
            verified.checkpoints += 1;
            if permit.store().audit_hash(note.head.size).await? != Some(note.head.hash) {
                broken = earlier(broken, Some(Broken { seq: note.head.size, fault: Fault::Checkpoint }));
            }
        }
        if let Some(broken) = broken {
            (verified.ok, verified.first_bad, verified.fault) = (false, Some(broken.seq), Some(broken.fault));
        }
        Ok(verified)
    }

    /// Writes the log as JSON lines, oldest first, ended by a checkpoint.
    pub async fn audit_export(&self, path: &std::path::Path) -> Result<u64> {
        let permit = self.permit(Action::ExportAudit).await?;
        let store = permit.store();
        store.record(&Event::new(Told::AuditExport, "")).await?;
        let mut text = String::new();
        let (mut after, mut count) = (0, 0);
        loop {
            let block = store.audit_block(after).await?;
            let Some(last) = block.last() else { break };
            after = last.seq;
            count += block.len() as u64;
            for entry in &block {
                text.push_str(&exported_line(entry));
            }
        }
        if let Some(note) = store.checkpoint().await? {
            text.push_str(&serde_json::json!({ "checkpoint": note.to_line() }).to_string());
            text.push('\n');
        }
        crate::files::save(path, text.as_bytes(), "audit_export")?;
        Ok(count)
    }

    /// Begins what a session writes: the people where they changed, then the login; and holds the log against what this
    /// computer saw last.
    pub(crate) async fn begin_log(&self, session: &Session, device: &Device, failed_before: u32) -> Result<()> {
        let Some(store) = session.store() else { return Ok(()) };
        let seen = device.read_anchor()?.audit;
        let differs = match seen {
            Some(seen) if store.audit_hash(seen.size).await? != Some(seen.hash) => Some(seen.size),
            _ => None,
        };
        self.record_people(session).await?;
        if let Some(made) = store.fact("restored").await? {
            store.put_fact("restored", None, &Event::new(Told::Restored, &made)).await?;
        }
        if let Some(size) = differs {
            store.record(&Event::new(Told::LogDiffers, "").with("rows_seen", size)).await?;
        }
        store.record(&Event::new(Told::Login, "").with("failed_before", failed_before)).await?;
        if let Some(note) = store.checkpoint().await? {
            remember(device, &note)?;
        }
        Ok(())
    }

    /// Names the people in the log where they are others than before. The owner's to sign: for others they must be named
    /// already.
    pub(crate) async fn record_people(&self, session: &Session) -> Result<()> {
        let Some(store) = session.store() else { return Ok(()) };
        let current = Signers::of(&lock(&session.key_file)).ok_or(Code::Damaged)?;
        let named = newest_signers(&store).await?;
        if named.as_ref() == Some(&current) {
            return Ok(());
        }
        if session.slot.kind == SlotKind::Owner {
            return store.record(&Event::signers(&current)?).await;
        }
        let me = |signers: &Signers| signers.signer(session.slot.id).map(|signer| (signer.key, signer.disabled));
        if named.as_ref().and_then(me) == me(&current) && named.is_some() {
            return Ok(());
        }
        Err(Error::new(Code::NotAllowed, "the audit log does not know this person yet; let the owner log in once"))
    }

    /// Tells the log something of this session, where the role reaches it.
    pub(crate) async fn tell(&self, session: &Session, event: Event) -> Result<()> {
        match session.store() {
            Some(store) => store.record(&event).await,
            None => Ok(()),
        }
    }
}

/// Remembers a checkpoint outside the profile folder.
pub(crate) fn remember(device: &Device, note: &Checkpoint) -> Result<()> {
    let mut anchor = device.read_anchor()?;
    anchor.audit = Some(crate::device::SeenLog { size: note.head.size, hash: note.head.hash });
    device.write_anchor(&anchor)
}

async fn newest_signers(store: &Store) -> Result<Option<Signers>> {
    let row = store.last_audit_row(SIGNERS).await?;
    Ok(row.map(|row| Signers::parse(&row.detail)).transpose()?)
}

/// Everybody the log ever named, the newest name of each: those who left and the owner before a recovery too.
async fn people_of(store: &Store) -> Result<Vec<LogPerson>> {
    let filter = AuditFilter { actions: vec![SIGNERS.to_owned()], ..AuditFilter::default() };
    let mut people: Vec<LogPerson> = Vec::new();
    for row in store.audit_rows(&filter, LIST_LIMIT_MAX).await? {
        // A row that cannot be read names nobody; the walk of the whole log says what is wrong with it.
        let Ok(signers) = Signers::parse(&row.detail) else { continue };
        for (id, signer) in signers.people() {
            if people.iter().all(|person| person.id != id) {
                people.push(LogPerson { id, name: signer.name.clone(), kind: signer.kind });
            }
        }
    }
    Ok(people)
}

async fn walk_log(store: &Store, walk: &mut Walk, current: &Signers) -> Result<Result<(), Broken>> {
    loop {
        let block = store.audit_block(walk.head().size).await?;
        if block.is_empty() {
            return Ok(walk.finish(current));
        }
        for entry in &block {
            if let Err(broken) = walk.take(entry) {
                return Ok(Err(broken));
            }
        }
    }
}

fn earlier(a: Option<Broken>, b: Option<Broken>) -> Option<Broken> {
    [a, b].into_iter().flatten().min_by_key(|broken| broken.seq)
}

/// Checkpoints of a file, one on a line; other lines are passed over.
fn read_checkpoints(path: &std::path::Path, may_be_missing: bool) -> Result<Vec<Checkpoint>> {
    let bytes = match crate::files::read_small(path, ANCHORS_LIMIT) {
        Err(error) if may_be_missing && error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let text = String::from_utf8_lossy(&bytes);
    // A kit and an export hold one among other lines.
    let notes = text.lines().filter_map(|line| {
        let from = line.find("purser-audit-1 ")?;
        let words: Vec<&str> = line[from..].split_whitespace().take(7).collect();
        Checkpoint::parse(words.join(" ").trim_matches(['"', '}'])).ok()
    });
    Ok(notes.collect())
}

fn exported_line(entry: &purser_vault::audit::Entry) -> String {
    let line = serde_json::json!({
        "seq": entry.seq,
        "time_ms": entry.time_ms,
        "actor": entry.actor.to_string(),
        "action": entry.action,
        "target": entry.target,
        "detail": entry.detail,
        "prev": crate::import::hex(&entry.prev),
        "hash": crate::import::hex(&entry.hash),
        "signature": crate::import::hex(entry.signature.as_bytes()),
    });
    format!("{line}\n")
}
