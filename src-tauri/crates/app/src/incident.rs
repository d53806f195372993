//! Incidents as they are kept: entries and levers' events in the books, folded by `purser_books`.
//!
//! An entry is tried on what is known before it is stored, and stored with its row of the audit log or not at all. Opening an
//! incident, and with it the board of levers, belongs to a freeze or a practice run; a suspicion can also be written down
//! without either. A practice run is marked as one and never touches the freeze.

use std::path::Path;

use jiff::Timestamp;
use purser_books::fact::Region;
use purser_books::freeze::FreezeId;
use purser_books::incident::{
    Answers, AttachmentKind, Entrance, Entry, Event, Incident, Incidents, Wallet as Concerned, place,
};
use purser_books::lever::{self, Board, Returned, State};
use purser_books::playbook::{self, Tick};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::audit::{self, Told};
use crate::error::{Code, Error, Result};
use crate::freeze::levers::{self, LeverView};
use crate::people::zone_of;
use crate::store::{Added, Store};
use crate::{Action, Permit, Purser};

mod checklist;
mod manual;
mod owners;
mod practice;
mod put_back;
mod reconcile;
mod tasks;
mod view;

pub(crate) use checklist::FIT as CHECKLIST_FIT;
pub use checklist::Printed;
pub(crate) use manual::levers_without_books;
pub use manual::{Guide, LeverSaid, LeverScripts, Script, guide, scripts_without_books};
pub use owners::Assign;
pub(crate) use practice::practice_of;
pub use practice::{MissedStep, Practice, Practised, PractisedStep};
pub(crate) use put_back::not_put_back;
use put_back::returned;
pub(crate) use reconcile::first_day;
pub use reconcile::{JudgedTransaction, Marked, ReconcilePage, ReconcileRequest, Reconciled, Shown, VerdictSum};
pub(crate) use tasks::due_tasks;
pub use tasks::{LeftLine, TaskLine, TaskPage, TaskSettled, TaskText};
use view::view;
pub use view::{IncidentView, PartLine, StepLine};

/// Largest file that is attached.
pub const ATTACHMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// One line of the list of incidents.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentLine {
    pub id: String,
    pub title: String,
    pub drill: bool,
    pub started: Timestamp,
    pub closed: Option<Timestamp>,
    /// How much of what was stopped is put back; nothing while it goes on.
    pub put_back: Option<Returned>,
}

/// A practice run that was begun.
#[derive(Debug, Clone, Serialize)]
pub struct Drill {
    /// Of the practice run. Nothing is frozen by it.
    pub incident: Option<String>,
    pub levers: Vec<LeverView>,
    /// What takes a further act: it costs sales.
    pub offered: Vec<LeverView>,
    pub calls_to_make: usize,
}

/// What is to be opened.
pub(crate) struct Opening<'a> {
    pub(crate) id: FreezeId,
    pub(crate) title: &'a str,
    pub(crate) drill: bool,
    pub(crate) suspected_at: Timestamp,
    pub(crate) by: &'a str,
    /// Purser itself is frozen, since then.
    pub(crate) frozen_at: Option<Timestamp>,
}

impl Purser {
    /// All incidents, in the order they were opened.
    pub async fn incidents(&self) -> Result<Vec<IncidentLine>> {
        let permit = self.permit(Action::ReadIncident).await?;
        let is_frozen = self.standing().frozen;
        let mut lines = Vec::new();
        for incident in &fold(permit.store()).await?.list {
            let board = board(permit.store(), &incident.id).await?;
            lines.push(IncidentLine {
                id: incident.id.clone(),
                title: incident.title.clone(),
                drill: incident.drill,
                started: incident.suspected_at,
                closed: incident.closed.as_ref().map(|mark| mark.at),
                put_back: returned(incident, &board, is_frozen),
            });
        }
        Ok(lines)
    }

    /// One incident; without an id the one that is open, a real one before a practice run.
    pub async fn incident(&self, id: Option<&str>) -> Result<IncidentView> {
        let permit = self.permit(Action::ReadIncident).await?;
        let incidents = fold(permit.store()).await?;
        view(&permit, find(&incidents, id)?, self.moment().wall, self.standing().frozen).await
    }

    /// Writes down that there is a suspicion, without a freeze.
    pub async fn open_incident(&self, title: &str, suspected_at: Option<Timestamp>) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let (id, now) = (make_id()?, self.moment().wall);
        let freeze = self.freeze_state();
        let opening = Opening {
            id,
            title,
            drill: false,
            suspected_at: suspected_at.unwrap_or(now),
            by: &permit.session().slot.name,
            frozen_at: freeze.frozen.then(|| freeze.since.unwrap_or(now)),
        };
        self.keep_opening(permit.store(), opening).await?;
        self.incident(Some(&id.to_string())).await
    }

    /// Begins a practice run: the same list and the same levers, and nothing is frozen. Without a login it is only shown.
    pub async fn drill(&self) -> Result<Drill> {
        let now = self.moment().wall;
        if !matches!(self.phase().await, crate::Phase::Open) {
            let Guide { levers, offered, calls_to_make } = manual::guide_of(State::Queued, now);
            return Ok(Drill { incident: None, levers, offered, calls_to_make });
        }
        let permit = self.permit(Action::RecordIncident).await?;
        let id = make_id()?;
        let by = &permit.session().slot.name;
        let opening = Opening { id, title: "", drill: true, suspected_at: now, by, frozen_at: None };
        self.keep_opening(permit.store(), opening).await?;
        let (wallets, board) = (permit.store().wallets().await?, board(permit.store(), &id.to_string()).await?);
        Ok(Drill {
            incident: Some(id.to_string()),
            levers: levers::views(&board, &wallets, now, false),
            offered: levers::offered_views(&board, &wallets, Answers::default(), now),
            calls_to_make: board.calls_to_make(),
        })
    }

    /// Adds entries to an incident: all of them, or none.
    pub async fn record_incident(&self, id: Option<&str>, events: Vec<Event>) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let id = self.add(&permit, id, Change { events, ..Change::default() }).await?;
        self.incident(Some(&id)).await
    }

    /// The three questions, as far as they are answered now, and where the business and its banks are; what is left out stays
    /// as it was, and no place at all says that nobody knows. When it was a key, replacing it comes before selling: that lever
    /// is taken up at once.
    pub async fn answer_incident(
        &self,
        id: Option<&str>,
        new: Answers,
        regions: Option<Vec<Region>>,
    ) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let _one_after_the_other = self.answering.lock().await;
        let incidents = fold(permit.store()).await?;
        let incident = find(&incidents, id)?;
        let known = incident.answers;
        let answers = Answers {
            money_left: new.money_left.or(known.money_left),
            entrance: new.entrance.or(known.entrance),
            controlled: new.controlled.or(known.controlled),
        };
        let mut change = Change::default();
        if regions.is_none() || new != Answers::default() {
            change.events.push(Event::Answered { answers });
        }
        if let Some(regions) = regions {
            change.events.push(concerns(incident, regions)?);
        }
        if answers.entrance == Some(Entrance::Key) {
            let board = board(permit.store(), &incident.id).await?;
            let offers = levers::offered(&board, &permit.store().wallets().await?, answers);
            let urgent: Vec<levers::Known> = offers.into_iter().filter(levers::Known::is_for_stolen_keys).collect();
            let freeze = FreezeId::parse(&incident.id).ok_or_else(|| Error::new(Code::Damaged, "an incident"))?;
            change.levers = levers::begin(&freeze, &urgent, None, self.moment().wall);
        }
        let id = self.add(&permit, Some(&incident.id), change).await?;
        self.incident(Some(&id)).await
    }

    /// Settles a step, or one part of it (`step/part`). Done for a step says that all its open parts are.
    pub async fn settle_step(&self, id: Option<&str>, step: &str, settled: Settled) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let incidents = fold(permit.store()).await?;
        let incident = find(&incidents, id)?;
        let events = step_events(incident, step, settled)?;
        let id = self.add(&permit, Some(&incident.id), Change { events, ..Change::default() }).await?;
        self.incident(Some(&id)).await
    }

    /// Takes a file in: as evidence, or as what goes with every paper.
    pub async fn attach_evidence(
        &self,
        id: Option<&str>,
        step: Option<&str>,
        kind: AttachmentKind,
        path: &Path,
    ) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let bytes = crate::files::read_small(path, ATTACHMENT_BYTES_MAX)?;
        let sha256 = Sha256::digest(&bytes);
        let attached = Event::Attached {
            step: step.map(str::to_owned),
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: crate::import::hex(&sha256),
            bytes: bytes.len() as u64,
            kind,
        };
        let file = Some((sha256.as_slice(), bytes.as_slice()));
        let id = self.add(&permit, id, Change { events: vec![attached], file, ..Change::default() }).await?;
        self.incident(Some(&id)).await
    }

    async fn add(&self, permit: &Permit, id: Option<&str>, change: Change<'_>) -> Result<String> {
        let Change { events, levers, file } = change;
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
        store.add_to_incident(Added { entries: &entries, board: &id, levers: &levers, file }, &row).await?;
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
        let businesses = store.businesses().await?;
        let zones = businesses.iter().map(|business| business.zone.as_str());
        let regions = place::of_business(zones, wallets.iter().map(|wallet| wallet.provider.as_str()));
        let concerned = |wallet: &crate::store::Wallet| Concerned {
            id: wallet.id.to_string(),
            name: wallet.name.clone(),
            provider: wallet.provider.clone(),
        };
        let mut entries = vec![
            entry(Event::Opened {
                title: opening.title.to_owned(),
                suspected_at: opening.suspected_at,
                drill: opening.drill,
                zone: zone_of(store).await?,
            }),
            entry(Event::Concerns { wallets: wallets.iter().map(concerned).collect(), regions }),
        ];
        entries.extend(opening.frozen_at.into_iter().flat_map(|at| pressed(&id, at, opening.by)));
        for entry in &entries {
            let taken = incidents.apply(playbook::incident(), entry);
            taken.map_err(|refused| Error::invalid(refused.to_string()))?;
        }
        let levers = levers::begin(&opening.id, &levers::known(&wallets), opening.frozen_at, at);
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
    ) -> Result<Guide> {
        let incidents = fold(store).await?;
        let open = incidents.current().filter(|incident| !incident.drill).map(|incident| incident.id.clone());
        let current = match open {
            Some(open) => {
                self.keep_pressed(store, &open, since, by).await?;
                open
            }
            None => {
                let frozen_at = Some(since);
                let opening = Opening { id, title: "", drill: false, suspected_at: since, by, frozen_at };
                self.keep_opening(store, opening).await?;
                id.to_string()
            }
        };
        let (board, wallets, now) = (board(store, &current).await?, store.wallets().await?, self.moment().wall);
        let answers = find(&incidents, Some(&current)).map(|incident| incident.answers).unwrap_or_default();
        Ok(Guide {
            levers: levers::views(&board, &wallets, now, false),
            offered: levers::offered_views(&board, &wallets, answers, now),
            calls_to_make: board.calls_to_make(),
        })
    }

    /// An incident that was opened without a freeze learns of it.
    async fn keep_pressed(&self, store: &Store, id: &str, since: Timestamp, by: &str) -> Result<()> {
        let incidents = fold(store).await?;
        let incident = find(&incidents, Some(id))?;
        let is_open = |entry: &Entry| match &entry.event {
            Event::PartDone { step, part } => {
                incident.progress.get(step).is_none_or(|progress| !progress.parts.contains_key(part))
            }
            _ => false,
        };
        let entries: Vec<Entry> = pressed(id, since, by).into_iter().filter(is_open).collect();
        let levers = levers::local_done(&board(store, id).await?, since);
        if entries.is_empty() && levers.is_empty() {
            return Ok(());
        }
        let row = audit::Event::new(Told::IncidentEntry, id);
        let row = row.with("entries", entries.iter().map(words).collect::<Vec<_>>().join(", "));
        store.add_to_incident(Added { entries: &entries, board: id, levers: &levers, file: None }, &row).await
    }

    /// Whether an open incident says that somebody may control this computer: asked at each login.
    pub(crate) async fn learn_trust(&self, store: &Store) -> Result<()> {
        self.freezing.set_not_trusted(fold(store).await?.computer_not_trusted());
        Ok(())
    }
}

/// What is added to an incident in one go.
#[derive(Default)]
struct Change<'a> {
    events: Vec<Event>,
    levers: Vec<lever::Event>,
    /// An attached file: its hash and bytes.
    file: Option<(&'a [u8], &'a [u8])>,
}

/// The same wallets, at other places.
fn concerns(incident: &Incident, mut regions: Vec<Region>) -> Result<Event> {
    if regions.iter().any(|region| !place::PLACES.contains(region)) {
        let places = place::PLACES.map(Region::word).join(", ");
        return Err(Error::invalid(format!("region: one or several of {places}")));
    }
    regions.sort();
    regions.dedup();
    Ok(Event::Concerns { wallets: incident.wallets.clone(), regions })
}

/// That Freeze was pressed, as entries.
fn pressed(id: &str, at: Timestamp, by: &str) -> Vec<Entry> {
    let entry = |(step, part): (&playbook::Step, &playbook::Part)| Entry {
        incident: id.to_owned(),
        at,
        by: by.to_owned(),
        event: Event::PartDone { step: step.id.clone(), part: part.id.clone() },
    };
    playbook::ticked_by(playbook::incident(), Tick::Frozen).map(entry).collect()
}

/// How a step was settled.
#[derive(Debug, Clone)]
pub enum Settled {
    Done { reference: String, note: String },
    Skipped { reason: String },
    Reopened { reason: String },
}

fn step_events(incident: &Incident, named: &str, settled: Settled) -> Result<Vec<Event>> {
    let (step, part) = named.split_once('/').map_or((named, None), |(step, part)| (step, Some(part.to_owned())));
    let known = known_step(step)?;
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

fn known_step(step: &str) -> Result<&'static playbook::Step> {
    playbook::incident().steps.iter().find(|known| known.id == step).ok_or_else(|| {
        let all: Vec<&str> = playbook::incident().steps.iter().map(|step| step.id.as_str()).collect();
        Error::not_found(format!("no step \"{step}\"; there are: {}", all.join(", ")))
    })
}

fn words(entry: &Entry) -> String {
    let value = serde_json::to_value(&entry.event).unwrap_or_default();
    let event = value["event"].as_str().unwrap_or_default();
    match value["step"].as_str().or(value["task"].as_str()) {
        Some(named) => format!("{event} {named}"),
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
