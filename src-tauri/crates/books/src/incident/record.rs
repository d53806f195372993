//! The fold: entries in, incidents out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::fact::Region;
use crate::freeze::journal::is_hex;
use crate::incident::task::{TASK_CHARS_MAX, TASKS_MAX, Task, WHO_CHARS_MAX};
use crate::incident::{Answers, AttachmentKind, Entry, Event, Wallet};
use crate::playbook::{self, Part, Playbook, Step, Tick};

/// Characters of any text of an entry.
pub const TEXT_CHARS_MAX: usize = 10_000;
/// Wallets of one incident.
pub const WALLETS_MAX: usize = 100;

/// Why an entry is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there is no such incident")]
    UnknownIncident,
    #[error("the incident was opened already")]
    OpenedTwice,
    #[error("the incident is closed; resume it first")]
    Closed,
    #[error("there is no step \"{0}\"")]
    UnknownStep(String),
    #[error("step \"{step}\" has no part \"{part}\"")]
    UnknownPart { step: String, part: String },
    #[error("these parts are still open: {}", .0.join(", "))]
    OpenParts(Vec<String>),
    #[error("step \"{0}\" is done; reopen it first")]
    StepDone(String),
    #[error("a reason must be written")]
    NoReason,
    #[error("a text is longer than {TEXT_CHARS_MAX} characters, or a list than {WALLETS_MAX}")]
    TooLong,
    #[error("this is not the SHA-256 of a file")]
    NotAHash,
    #[error("there is no such time zone")]
    UnknownZone,
    #[error("there is no such task")]
    UnknownTask,
    #[error("task {0} is settled; open it again first")]
    TaskSettled(String),
    #[error("task {0} is open")]
    TaskOpen(String),
    #[error("a task: 1 to {TASK_CHARS_MAX} characters")]
    TaskText,
    #[error("a name: at most {WHO_CHARS_MAX} characters")]
    NameTooLong,
    #[error("{TASKS_MAX} tasks are the most an incident can have")]
    TooManyTasks,
    #[error("a wallet's id may not hold @ or be empty")]
    WalletId,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    pub at: Timestamp,
    pub by: String,
    /// Empty when it was done; the reason when it was skipped.
    pub skipped: String,
}

impl Mark {
    fn done(entry: &Entry) -> Mark {
        Mark { at: entry.at, by: entry.by.clone(), skipped: String::new() }
    }
}

/// What was recorded of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub parts: BTreeMap<String, Mark>,
    /// The whole step was skipped.
    pub skipped: Option<Mark>,
    pub references: Vec<String>,
    pub notes: Vec<String>,
    pub attachments: Vec<Attachment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    pub step: Option<String>,
    pub kind: AttachmentKind,
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
    pub at: Timestamp,
    pub by: String,
}

/// One incident as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    pub id: String,
    pub title: String,
    /// A practice run.
    pub drill: bool,
    pub zone: String,
    pub opened_at: Timestamp,
    /// The clock.
    pub suspected_at: Timestamp,
    pub wallets: Vec<Wallet>,
    pub regions: Vec<Region>,
    pub answers: Answers,
    /// What came after it is gone through, transaction by transaction.
    pub good_day: Option<Date>,
    pub progress: BTreeMap<String, Progress>,
    /// Who does which step. Naming somebody does not keep a step in the plan.
    pub owners: BTreeMap<String, String>,
    pub notes: Vec<String>,
    pub attachments: Vec<Attachment>,
    pub tasks: Vec<Task>,
    pub closed: Option<Mark>,
    /// Everything, in the order it was stored.
    pub timeline: Vec<Entry>,
}

/// All incidents, in the order they were opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incidents {
    pub list: Vec<Incident>,
}

impl Incidents {
    /// Folds entries; what cannot have happened is passed over and counted.
    pub fn fold<'a>(playbook: &Playbook, entries: impl IntoIterator<Item = &'a Entry>) -> (Incidents, usize) {
        let mut incidents = Incidents::default();
        let refused = entries.into_iter().filter(|entry| incidents.apply(playbook, entry).is_err()).count();
        (incidents, refused)
    }

    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Incident> {
        self.list.iter().find(|incident| incident.id == id)
    }

    /// The newest that is not closed; a real one before a practice run.
    #[must_use]
    pub fn current(&self) -> Option<&Incident> {
        let open = || self.list.iter().rev().filter(|incident| incident.closed.is_none());
        open().find(|incident| !incident.drill).or_else(|| open().next())
    }

    /// Whether this computer is trusted: no real and open incident says otherwise.
    #[must_use]
    pub fn computer_not_trusted(&self) -> bool {
        let open = self.list.iter().filter(|incident| incident.closed.is_none() && !incident.drill);
        open.into_iter().any(|incident| incident.answers.computer_not_trusted())
    }

    /// Takes one entry, or refuses it and stays as it is.
    pub fn apply(&mut self, playbook: &Playbook, entry: &Entry) -> Result<(), Refused> {
        check_texts(&entry.event)?;
        let found = self.list.iter_mut().find(|incident| incident.id == entry.incident);
        match (&entry.event, found) {
            (Event::Opened { .. }, Some(_)) => Err(Refused::OpenedTwice),
            (Event::Opened { title, suspected_at, drill, zone }, None) => {
                TimeZone::get(zone).map_err(|_| Refused::UnknownZone)?;
                let mut incident = Incident::opened(&entry.incident, entry.at, *suspected_at);
                (incident.title, incident.drill, incident.zone) = (title.clone(), *drill, zone.clone());
                if *drill {
                    incident.tick(playbook, &[Tick::Frozen], &Mark::done(entry));
                }
                incident.timeline.push(entry.clone());
                self.list.push(incident);
                Ok(())
            }
            (_, None) => Err(Refused::UnknownIncident),
            (_, Some(incident)) => incident.apply(playbook, entry),
        }
    }
}

impl Incident {
    fn opened(id: &str, at: Timestamp, suspected_at: Timestamp) -> Incident {
        Incident {
            id: id.to_owned(),
            title: String::new(),
            drill: false,
            zone: String::new(),
            opened_at: at,
            // Nobody suspects something before it is written down in the future.
            suspected_at: suspected_at.min(at),
            wallets: Vec::new(),
            regions: Vec::new(),
            answers: Answers::default(),
            good_day: None,
            progress: BTreeMap::new(),
            owners: BTreeMap::new(),
            notes: Vec::new(),
            attachments: Vec::new(),
            tasks: Vec::new(),
            closed: None,
            timeline: Vec::new(),
        }
    }

    /// The parts of a step in this incident: one for each wallet where the step says so.
    #[must_use]
    pub fn parts<'a>(&'a self, step: &'a Step) -> Vec<(String, &'a Part, Option<&'a Wallet>)> {
        let mut parts = Vec::new();
        for part in &step.parts {
            if part.per_wallet && !self.wallets.is_empty() {
                let each = |wallet: &'a Wallet| (format!("{}@{}", part.id, wallet.id), part, Some(wallet));
                parts.extend(self.wallets.iter().map(each));
            } else {
                parts.push((part.id.clone(), part, None));
            }
        }
        parts
    }

    fn apply(&mut self, playbook: &Playbook, entry: &Entry) -> Result<(), Refused> {
        if self.closed.is_some() && !goes_on_when_closed(&entry.event) {
            return Err(Refused::Closed);
        }
        let mark = |skipped: &str| Mark { at: entry.at, by: entry.by.clone(), skipped: skipped.to_owned() };
        let step = |id: &str| {
            playbook.steps.iter().find(|step| step.id == id).ok_or_else(|| Refused::UnknownStep(id.to_owned()))
        };
        match &entry.event {
            Event::Opened { .. } => return Err(Refused::OpenedTwice),
            Event::Suspected { at } => self.suspected_at = (*at).min(entry.at),
            Event::Concerns { wallets, regions } => {
                (self.wallets, self.regions) = (wallets.clone(), regions.clone());
            }
            Event::Answered { answers } => {
                self.answers = *answers;
                self.tick(playbook, &answers.given(), &mark(""));
            }
            Event::PartDone { step: id, part } => self.mark_part(step(id)?, part, mark(""))?,
            Event::PartSkipped { step: id, part, reason } => self.mark_part(step(id)?, part, mark(reason))?,
            Event::Done { step: id, reference, note } => {
                let open = self.open_parts(step(id)?);
                if !open.is_empty() {
                    return Err(Refused::OpenParts(open));
                }
                let progress = self.progress.entry(id.clone()).or_default();
                progress.skipped = None;
                progress.references.extend(kept(reference));
                progress.notes.extend(kept(note));
            }
            Event::Skipped { step: id, reason } => {
                if self.open_parts(step(id)?).is_empty() {
                    return Err(Refused::StepDone(id.clone()));
                }
                self.progress.entry(id.clone()).or_default().skipped = Some(mark(reason));
            }
            Event::Reopened { step: id, .. } => {
                step(id)?;
                let progress = self.progress.entry(id.clone()).or_default();
                progress.skipped = None;
                progress.parts.clear();
            }
            Event::Noted { step: None, text } => self.notes.push(text.clone()),
            Event::Noted { step: Some(id), text } => {
                step(id)?;
                self.progress.entry(id.clone()).or_default().notes.push(text.clone());
            }
            Event::Attached { step: place, .. } => {
                let known = place.as_deref().map(step).transpose()?;
                self.attach(known, entry);
            }
            Event::GoodDay { day } => self.good_day = Some(*day),
            Event::Assigned { step: id, who } => {
                step(id)?;
                match who.trim() {
                    "" => self.owners.remove(id),
                    who => self.owners.insert(id.clone(), who.to_owned()),
                };
            }
            Event::TaskAdded { .. } | Event::TaskDone { .. } | Event::TaskReopened { .. } => {
                self.apply_to_task(&entry.event, mark(""))?;
            }
            Event::TaskDropped { reason, .. } => self.apply_to_task(&entry.event, mark(reason))?,
            Event::Closed { reason } => self.closed = Some(mark(reason)),
            Event::Resumed { .. } => self.closed = None,
        }
        self.timeline.push(entry.clone());
        Ok(())
    }

    fn attach(&mut self, known: Option<&Step>, entry: &Entry) {
        let Event::Attached { step, name, sha256, bytes, kind } = &entry.event else { return };
        let (step, kind, bytes, at) = (step.clone(), *kind, *bytes, entry.at);
        let (name, sha256, by) = (name.clone(), sha256.clone(), entry.by.clone());
        let attachment = Attachment { step, kind, name, sha256, bytes, at, by };
        if let Some(step) = known {
            self.progress.entry(step.id.clone()).or_default().attachments.push(attachment.clone());
        }
        self.attachments.push(attachment);
    }

    fn mark_part(&mut self, step: &Step, part: &str, mark: Mark) -> Result<(), Refused> {
        if !self.parts(step).iter().any(|(key, ..)| key == part) {
            return Err(Refused::UnknownPart { step: step.id.clone(), part: part.to_owned() });
        }
        let progress = self.progress.entry(step.id.clone()).or_default();
        // Somebody works on it after all.
        progress.skipped = None;
        progress.parts.insert(part.to_owned(), mark);
        Ok(())
    }

    /// Ticks the parts that something else has done. What is ticked already keeps its time.
    fn tick(&mut self, playbook: &Playbook, ticks: &[Tick], mark: &Mark) {
        for (step, part) in ticks.iter().flat_map(|tick| playbook::ticked_by(playbook, *tick)) {
            let progress = self.progress.entry(step.id.clone()).or_default();
            if progress.parts.get(&part.id).is_none_or(|known| !known.skipped.is_empty()) {
                progress.skipped = None;
                progress.parts.insert(part.id.clone(), mark.clone());
            }
        }
    }

    fn open_parts(&self, step: &Step) -> Vec<String> {
        let known = self.progress.get(&step.id);
        let is_open = |key: &String| known.is_none_or(|progress| !progress.parts.contains_key(key));
        self.parts(step).into_iter().map(|(key, ..)| key).filter(is_open).collect()
    }
}

/// What can still happen to a closed incident: what is said of it, and its tasks.
const fn goes_on_when_closed(event: &Event) -> bool {
    matches!(
        event,
        Event::Resumed { .. }
            | Event::Noted { .. }
            | Event::Attached { .. }
            | Event::TaskAdded { .. }
            | Event::TaskDone { .. }
            | Event::TaskReopened { .. }
            | Event::TaskDropped { .. }
    )
}

fn kept(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What can be said of an entry without the incident.
fn check_texts(event: &Event) -> Result<(), Refused> {
    let (texts, reason): (Vec<&String>, Option<&String>) = match event {
        Event::Opened { title, zone, .. } => (vec![title, zone], None),
        Event::Concerns { wallets, regions } => {
            if wallets.len() > WALLETS_MAX || regions.len() > WALLETS_MAX {
                return Err(Refused::TooLong);
            }
            if wallets.iter().any(|wallet| wallet.id.is_empty() || wallet.id.contains('@')) {
                return Err(Refused::WalletId);
            }
            (wallets.iter().flat_map(|wallet| [&wallet.id, &wallet.name, &wallet.provider]).collect(), None)
        }
        Event::PartSkipped { reason, .. } | Event::Skipped { reason, .. } => (vec![], Some(reason)),
        Event::Reopened { reason, .. } | Event::Closed { reason } | Event::Resumed { reason } => (vec![], Some(reason)),
        Event::Done { reference, note, .. } => (vec![reference, note], None),
        Event::Noted { text, .. } => (vec![], Some(text)),
        Event::Attached { name, sha256, .. } => {
            if sha256.len() != 64 || !is_hex(sha256) {
                return Err(Refused::NotAHash);
            }
            (vec![], Some(name))
        }
        Event::Assigned { who, .. } => {
            check_name(who)?;
            (vec![], None)
        }
        Event::TaskAdded { task, text, who, of, .. } => {
            check_name(who)?;
            if !(1..=TASK_CHARS_MAX).contains(&text.trim().chars().count()) {
                return Err(Refused::TaskText);
            }
            (std::iter::once(task).chain(of).collect(), None)
        }
        Event::TaskDropped { reason, .. } => (vec![], Some(reason)),
        Event::Suspected { .. } | Event::Answered { .. } | Event::PartDone { .. } => (vec![], None),
        Event::TaskDone { .. } | Event::TaskReopened { .. } | Event::GoodDay { .. } => (vec![], None),
    };
    if reason.is_some_and(|reason| reason.trim().is_empty()) {
        return Err(Refused::NoReason);
    }
    let too_long = |text: &&String| text.chars().count() > TEXT_CHARS_MAX;
    if texts.iter().copied().chain(reason).any(|text| too_long(&text)) { Err(Refused::TooLong) } else { Ok(()) }
}

fn check_name(who: &str) -> Result<(), Refused> {
    if who.chars().count() > WHO_CHARS_MAX { Err(Refused::NameTooLong) } else { Ok(()) }
}
