//! Incidents as they are kept: entries and levers' events in the books, folded by `purser_books`.
//!
//! An entry is tried on what is known before it is stored, and stored with its row of the audit log or not at all. Opening an
//! incident, and with it the board of levers, belongs to a freeze or a practice run; a suspicion can also be written down
//! without either. A practice run is marked as one and never touches the freeze.

use std::path::Path;

use jiff::Timestamp;
use purser_books::fact::Localized;
use purser_books::freeze::FreezeId;
use purser_books::incident::record::Attachment;
use purser_books::incident::{Answers, Entry, Event, Incident, Incidents, StepState, Wallet as Concerned};
use purser_books::lever::{self, Aim, Board, Kind, State, Summary, Word};
use purser_books::playbook::{self, Lane};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::audit::{self, Told};
use crate::error::{Code, Error, Result};
use crate::freeze::levers::{self, LeverView};
use crate::freeze::timestamp;
use crate::people::zone_of;
use crate::store::{Added, Store};
use crate::{Action, Permit, Purser};

/// Largest file that is attached.
pub const ATTACHMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// An incident as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentView {
    pub id: String,
    pub title: String,
    /// A practice run.
    pub drill: bool,
    /// The first suspicion: the clock.
    pub started: Timestamp,
    pub elapsed_min: i64,
    pub closed: Option<Timestamp>,
    pub answers: Answers,
    pub steps: Vec<StepLine>,
    pub levers: Vec<LeverView>,
    pub summary: Summary,
    pub attachments: Vec<Attachment>,
    pub notes: Vec<String>,
}

/// A step in its place.
#[derive(Debug, Clone, Serialize)]
pub struct StepLine {
    pub step: String,
    pub title: Localized,
    /// When it should be done.
    pub target: Timestamp,
    pub state: StepState,
    pub late: bool,
    pub lane: Lane,
    /// Not on this computer.
    pub elsewhere: bool,
    pub photographs_first: bool,
    pub by: Option<String>,
    pub at: Option<Timestamp>,
    pub skipped: Option<String>,
    pub references: Vec<String>,
    pub parts: Vec<PartLine>,
    /// The page of the window that helps.
    pub opens: Option<String>,
}

/// One thing of a step.
#[derive(Debug, Clone, Serialize)]
pub struct PartLine {
    /// What it is named by: `part`, or `part@wallet`.
    pub part: String,
    pub text: Localized,
    pub wallet: Option<String>,
    pub state: StepState,
}

/// One line of the list of incidents.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentLine {
    pub id: String,
    pub title: String,
    pub drill: bool,
    pub started: Timestamp,
    pub closed: Option<Timestamp>,
}

/// A practice run that was begun.
#[derive(Debug, Clone, Serialize)]
pub struct Drill {
    /// Of the practice run. Nothing is frozen by it.
    pub incident: Option<String>,
    pub levers: Vec<LeverView>,
}

/// What is to be opened.
pub(crate) struct Opening<'a> {
    pub(crate) id: FreezeId,
    pub(crate) title: &'a str,
    pub(crate) drill: bool,
    pub(crate) suspected_at: Timestamp,
    pub(crate) by: &'a str,
    /// Purser itself is frozen.
    pub(crate) local_is_done: bool,
}

impl Purser {
    /// All incidents, in the order they were opened.
    pub async fn incidents(&self) -> Result<Vec<IncidentLine>> {
        let permit = self.permit(Action::ReadIncident).await?;
        let line = |incident: &Incident| IncidentLine {
            id: incident.id.clone(),
            title: incident.title.clone(),
            drill: incident.drill,
            started: incident.suspected_at,
            closed: incident.closed.as_ref().map(|mark| mark.at),
        };
        Ok(fold(permit.store()).await?.list.iter().map(line).collect())
    }

    /// One incident; without an id the one that is open, a real one before a practice run.
    pub async fn incident(&self, id: Option<&str>) -> Result<IncidentView> {
        let permit = self.permit(Action::ReadIncident).await?;
        let incidents = fold(permit.store()).await?;
        view(permit.store(), find(&incidents, id)?, self.moment().wall).await
    }

    /// Writes down that there is a suspicion, without a freeze.
    pub async fn open_incident(&self, title: &str, suspected_at: Option<Timestamp>) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let (id, now) = (make_id()?, self.moment().wall);
        let opening = Opening {
            id,
            title,
            drill: false,
            suspected_at: suspected_at.unwrap_or(now),
            by: &permit.session().slot.name,
            local_is_done: self.standing().frozen,
        };
        self.keep_opening(permit.store(), opening).await?;
        self.incident(Some(&id.to_string())).await
    }

    /// Begins a practice run: the same list and the same levers, and nothing is frozen. Without a login it is only shown.
    pub async fn drill(&self) -> Result<Drill> {
        let now = self.moment().wall;
        if !matches!(self.phase().await, crate::Phase::Open) {
            return Ok(Drill { incident: None, levers: levers::unkept_views(State::Queued, now) });
        }
        let permit = self.permit(Action::RecordIncident).await?;
        let id = make_id()?;
        let by = &permit.session().slot.name;
        let opening = Opening { id, title: "", drill: true, suspected_at: now, by, local_is_done: false };
        self.keep_opening(permit.store(), opening).await?;
        let (wallets, board) = (permit.store().wallets().await?, board(permit.store(), &id.to_string()).await?);
        Ok(Drill { incident: Some(id.to_string()), levers: levers::views(&board, &wallets, now) })
    }

    /// Adds entries to an incident: all of them, or none.
    pub async fn record_incident(&self, id: Option<&str>, events: Vec<Event>) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let id = self.add(&permit, id, events, None).await?;
        self.incident(Some(&id)).await
    }

    /// The three questions, as far as they are answered now; what is left out stays as it was.
    pub async fn answer_incident(&self, id: Option<&str>, new: Answers) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let incidents = fold(permit.store()).await?;
        let known = find(&incidents, id)?.answers;
        let answers = Answers {
            money_left: new.money_left.or(known.money_left),
            entrance: new.entrance.or(known.entrance),
            controlled: new.controlled.or(known.controlled),
        };
        self.record_incident(id, vec![Event::Answered { answers }]).await
    }

    /// Settles a step, or one part of it (`step/part`). Done for a step says that all its open parts are.
    pub async fn settle_step(&self, id: Option<&str>, step: &str, settled: Settled) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let incidents = fold(permit.store()).await?;
        let incident = find(&incidents, id)?;
        let events = step_events(incident, step, settled)?;
        let id = self.add(&permit, Some(&incident.id), events, None).await?;
        self.incident(Some(&id)).await
    }

    /// Takes a file in as evidence.
    pub async fn attach_evidence(&self, id: Option<&str>, step: Option<&str>, path: &Path) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let bytes = crate::files::read_small(path, ATTACHMENT_BYTES_MAX)?;
        let sha256 = Sha256::digest(&bytes);
        let attached = Event::Attached {
            step: step.map(str::to_owned),
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: crate::import::hex(&sha256),
            bytes: bytes.len() as u64,
        };
        let id = self.add(&permit, id, vec![attached], Some((&sha256, &bytes))).await?;
        self.incident(Some(&id)).await
    }

    /// What a person saw of a lever, with what it rests on.
    pub async fn say_lever(&self, id: Option<&str>, said: LeverSaid) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let store = permit.store();
        let incidents = fold(store).await?;
        let incident = find(&incidents, id)?;
        let mut board = board(store, &incident.id).await?;
        let at = said.at.unwrap_or_else(|| self.moment().wall).min(self.moment().wall);
        let event = lever::Event::Said {
            lever: said.lever.clone(),
            aim: if said.undone { Aim::Undo } else { Aim::Stop },
            word: said.word,
            by: permit.session().slot.name.clone(),
            reference: said.reference,
            seen: said.seen,
            at,
        };
        let mut events = Vec::new();
        if said.undone && board.pull(&said.lever).is_some_and(|pull| pull.undo.is_none()) {
            let by = permit.session().slot.name.clone();
            events.push(lever::Event::UndoQueued { lever: said.lever.clone(), by, at });
        }
        events.push(event);
        for event in &events {
            board.apply(event).map_err(|illegal| Error::invalid(illegal.to_string()))?;
        }
        let row = audit::Event::new(Told::LeverSaid, &said.lever).with("said", said.word.word());
        let row = row.with("incident", incident.id.as_str()).with("undone", said.undone);
        store.add_to_incident(Added { board: &incident.id, levers: &events, ..Added::default() }, &row).await?;
        self.announce();
        self.incident(Some(&incident.id)).await
    }

    async fn add(
        &self,
        permit: &Permit,
        id: Option<&str>,
        events: Vec<Event>,
        file: Option<(&[u8], &[u8])>,
    ) -> Result<String> {
        let store = permit.store();
        let mut incidents = fold(store).await?;
        let id = find(&incidents, id)?.id.clone();
        let (at, by) = (self.moment().wall, permit.session().slot.name.clone());
        let entry = |event| Entry { incident: id.clone(), at, by: by.clone(), event };
        let entries: Vec<Entry> = events.into_iter().map(entry).collect();
        for entry in &entries {
            let taken = incidents.apply(playbook::incident(), entry);
            taken.map_err(|refused| Error::invalid(refused.to_string()))?;
        }
        let told = if file.is_some() { Told::EvidenceAdded } else { Told::IncidentEntry };
        let mut row = audit::Event::new(told, &id);
        if let Some(Entry { event: Event::Attached { name, sha256, .. }, .. }) = entries.first() {
            row = row.with("name", name.as_str()).with("sha256", sha256.as_str());
        } else {
            row = row.with("entries", entries.iter().map(words).collect::<Vec<_>>().join(", "));
        }
        store.add_to_incident(Added { entries: &entries, file, ..Added::default() }, &row).await?;
        self.freezing.set_not_trusted(incidents.computer_not_trusted());
        self.announce();
        Ok(id)
    }

    /// Opens an incident with its board of levers; one that is there already stays as it is.
    pub(crate) async fn keep_opening(&self, store: &Store, opening: Opening<'_>) -> Result<()> {
        let id = opening.id.to_string();
        let mut incidents = fold(store).await?;
        if incidents.find(&id).is_some() {
            return Ok(());
        }
        let (at, wallets) = (self.moment().wall, store.wallets().await?);
        let entry = |event| Entry { incident: id.clone(), at, by: opening.by.to_owned(), event };
        let concerned = |wallet: &crate::store::Wallet| Concerned {
            id: wallet.id.to_string(),
            name: wallet.name.clone(),
            provider: wallet.provider.clone(),
        };
        let entries = [
            entry(Event::Opened {
                title: opening.title.to_owned(),
                suspected_at: opening.suspected_at,
                drill: opening.drill,
                zone: zone_of(store).await?,
            }),
            entry(Event::Concerns { wallets: wallets.iter().map(concerned).collect(), regions: Vec::new() }),
        ];
        for entry in &entries {
            let taken = incidents.apply(playbook::incident(), entry);
            taken.map_err(|refused| Error::invalid(refused.to_string()))?;
        }
        let levers = levers::begin(&opening.id, &levers::known(&wallets), opening.local_is_done, at);
        let row = audit::Event::new(Told::IncidentOpened, &id).with("drill", opening.drill);
        let added = Added { entries: &entries, board: &id, levers: &levers, file: None };
        store.add_to_incident(added, &row).await?;
        self.announce();
        Ok(())
    }

    /// What a freeze opens, unless something real is open already. Gives the levers of what is open.
    pub(crate) async fn incident_of_freeze(
        &self,
        store: &Store,
        id: FreezeId,
        since: Timestamp,
        by: &str,
    ) -> Result<Vec<LeverView>> {
        let incidents = fold(store).await?;
        let open = incidents.current().filter(|incident| !incident.drill).map(|incident| incident.id.clone());
        let current = match open {
            Some(open) => open,
            None => {
                let opening = Opening { id, title: "", drill: false, suspected_at: since, by, local_is_done: true };
                self.keep_opening(store, opening).await?;
                id.to_string()
            }
        };
        Ok(levers::views(&board(store, &current).await?, &store.wallets().await?, self.moment().wall))
    }

    /// Whether an open incident says that somebody may control this computer: asked at each login.
    pub(crate) async fn learn_trust(&self, store: &Store) -> Result<()> {
        self.freezing.set_not_trusted(fold(store).await?.computer_not_trusted());
        Ok(())
    }
}

/// How a step was settled.
#[derive(Debug, Clone)]
pub enum Settled {
    Done { reference: String, note: String },
    Skipped { reason: String },
    Reopened { reason: String },
}

/// A person's word on a lever.
#[derive(Debug, Clone)]
pub struct LeverSaid {
    pub lever: String,
    pub word: Word,
    pub reference: String,
    pub seen: String,
    /// When it was seen; now where nobody says.
    pub at: Option<Timestamp>,
    /// It was put back, not pulled.
    pub undone: bool,
}

fn step_events(incident: &Incident, named: &str, settled: Settled) -> Result<Vec<Event>> {
    let (step, part) = named.split_once('/').map_or((named, None), |(step, part)| (step, Some(part.to_owned())));
    let known = playbook::incident().steps.iter().find(|known| known.id == step);
    let known = known.ok_or_else(|| {
        let all: Vec<&str> = playbook::incident().steps.iter().map(|step| step.id.as_str()).collect();
        Error::not_found(format!("no step \"{step}\"; there are: {}", all.join(", ")))
    })?;
    let step = step.to_owned();
    Ok(match (settled, part) {
        (Settled::Done { reference, note }, Some(part)) => {
            let mut events = vec![Event::PartDone { step: step.clone(), part }];
            if !reference.trim().is_empty() || !note.trim().is_empty() {
                let text = [reference, note].join(" ").trim().to_owned();
                events.push(Event::Noted { step: Some(step), text });
            }
            events
        }
        (Settled::Done { reference, note }, None) => {
            let done = incident.progress.get(&step);
            let open = |key: &String| done.is_none_or(|progress| !progress.parts.contains_key(key));
            let parts = incident.parts(known).into_iter().map(|(key, ..)| key).filter(open);
            let mut events: Vec<Event> = parts.map(|part| Event::PartDone { step: step.clone(), part }).collect();
            events.push(Event::Done { step, reference, note });
            events
        }
        (Settled::Skipped { reason }, Some(part)) => vec![Event::PartSkipped { step, part, reason }],
        (Settled::Skipped { reason }, None) => vec![Event::Skipped { step, reason }],
        (Settled::Reopened { reason }, _) => vec![Event::Reopened { step, reason }],
    })
}

fn words(entry: &Entry) -> String {
    let value = serde_json::to_value(&entry.event).unwrap_or_default();
    let event = value["event"].as_str().unwrap_or_default();
    match value["step"].as_str() {
        Some(step) => format!("{event} {step}"),
        None => event.to_owned(),
    }
}

pub(crate) async fn fold(store: &Store) -> Result<Incidents> {
    let entries = store.incident_entries().await?;
    let (incidents, refused) = Incidents::fold(playbook::incident(), &entries);
    if refused > 0 {
        tracing::warn!(refused, "entries of incidents that cannot be");
    }
    Ok(incidents)
}

pub(crate) async fn board(store: &Store, id: &str) -> Result<Board> {
    Ok(Board::fold(&store.lever_events(id).await?).0)
}

pub(crate) fn find<'a>(incidents: &'a Incidents, id: Option<&str>) -> Result<&'a Incident> {
    match id {
        Some(id) => incidents.find(id).ok_or_else(|| Error::not_found(format!("no incident \"{id}\""))),
        None => incidents.current().ok_or_else(|| Error::not_found("no incident is open")),
    }
}

fn make_id() -> Result<FreezeId> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| Code::Internal)?;
    Ok(FreezeId::from_bytes(id))
}

async fn view(store: &Store, incident: &Incident, now: Timestamp) -> Result<IncidentView> {
    let (wallets, board) = (store.wallets().await?, board(store, &incident.id).await?);
    Ok(IncidentView {
        id: incident.id.clone(),
        title: incident.title.clone(),
        drill: incident.drill,
        started: incident.suspected_at,
        elapsed_min: incident.elapsed_min(now),
        closed: incident.closed.as_ref().map(|mark| mark.at),
        answers: incident.answers,
        steps: step_lines(incident, now),
        levers: levers::views(&board, &wallets, now),
        summary: board.summary(now),
        attachments: incident.attachments.clone(),
        notes: incident.notes.clone(),
    })
}

fn step_lines(incident: &Incident, now: Timestamp) -> Vec<StepLine> {
    let playbook = playbook::incident();
    let line = |view: purser_books::incident::StepView| {
        let step = playbook.steps.iter().find(|step| step.id == view.step)?;
        let part = |part: purser_books::incident::PartView| {
            let known = step.parts.iter().find(|known| known.id == part.part)?;
            let wallet = incident.wallets.iter().find(|wallet| Some(&wallet.id) == part.wallet.as_ref());
            let state = match &part.mark {
                None => StepState::Open,
                Some(mark) if mark.skipped.is_empty() => StepState::Done,
                Some(_) => StepState::Skipped,
            };
            let text = Localized { en: known.en.clone(), zh: known.zh.clone() };
            Some(PartLine { part: part.key, text, wallet: wallet.map(|wallet| wallet.name.clone()), state })
        };
        let settled = view.settled.as_ref();
        Some(StepLine {
            title: step.title.clone(),
            target: view.due,
            state: view.state,
            late: view.late,
            lane: view.lane,
            elsewhere: view.elsewhere,
            photographs_first: view.photographs_first,
            by: settled.map(|mark| mark.by.clone()),
            at: settled.map(|mark| mark.at),
            skipped: settled.map(|mark| mark.skipped.clone()).filter(|reason| !reason.is_empty()),
            references: view.references,
            parts: view.parts.into_iter().filter_map(part).collect(),
            opens: step.opens.clone(),
            step: view.step,
        })
    };
    incident.steps(playbook, now).into_iter().filter_map(line).collect()
}

/// The levers where no incident is kept: from the lock screen.
pub(crate) fn levers_without_books(now_ms: u64) -> Vec<LeverView> {
    levers::unkept_views(State::Confirmed, timestamp(now_ms))
}

/// Levers a person still has to pull.
#[must_use]
pub fn calls_to_make(levers: &[LeverView]) -> usize {
    levers.iter().filter(|lever| lever.kind == Kind::Manual && lever.state != State::Confirmed).count()
}
