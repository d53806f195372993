//! Practice runs: what was practised when, how long it took, and what was missed. Kept as the incidents they are, and due again
//! after [`PRACTICE_DAYS`](purser_books::door::PRACTICE_DAYS).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use purser_books::door::{PRACTICE_DAYS, is_over};
use purser_books::fact::Localized;
use purser_books::incident::{Event, Incident, Incidents};
use purser_books::playbook;
use serde::Serialize;

use super::{Change, fold};
use crate::error::{Error, Result};
use crate::people::zone_of;
use crate::store::Store;
use crate::{Action, Purser};

/// What is written down as the end of a run.
const ENDED: &str = "practice ended / 演练结束";

/// How it stands with practising.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Practice {
    /// The last run that was ended and in which a step was done; `None` = never.
    pub last: Option<Practised>,
    /// The day from which it is due; `None` = it never was practised.
    pub due_on: Option<Date>,
    pub due: bool,
    /// A run that was begun and not ended.
    pub running: Option<String>,
}

/// A run as it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Practised {
    pub incident: String,
    pub day: Date,
    /// From its begin to its end.
    pub minutes: i64,
    pub done: Vec<PractisedStep>,
    /// Not done when their time was over.
    pub missed: Vec<MissedStep>,
}

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PractisedStep {
    pub step: String,
    pub title: Localized,
    /// Minutes after the begin: when it was done, and when it should have been.
    pub minute: i64,
    pub target: u32,
    pub late: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissedStep {
    pub step: String,
    pub title: Localized,
}

impl Purser {
    /// When an emergency was last practised, how it went, and whether it is due again.
    pub async fn practice(&self) -> Result<Practice> {
        let permit = self.permit(Action::ReadIncident).await?;
        practice_of(permit.store(), self.moment().wall).await
    }

    /// Ends a practice run: the named one, or the newest that is open.
    pub async fn end_practice(&self, id: Option<&str>) -> Result<Practice> {
        let permit = self.permit(Action::RecordIncident).await?;
        let incidents = fold(permit.store()).await?;
        let mut open = incidents.list.iter().rev().filter(|incident| incident.drill && incident.closed.is_none());
        let drill = open.find(|incident| id.is_none_or(|id| incident.id == id));
        let drill = drill.ok_or_else(|| Error::not_found("no practice run is open"))?.id.clone();
        let events = vec![Event::Closed { reason: ENDED.to_owned() }];
        self.add(&permit, Some(&drill), Change { events, ..Change::default() }).await?;
        practice_of(permit.store(), self.moment().wall).await
    }
}

pub(crate) async fn practice_of(store: &Store, now: Timestamp) -> Result<Practice> {
    let incidents = fold(store).await?;
    let zone = TimeZone::get(&zone_of(store).await?).unwrap_or(TimeZone::UTC);
    let last = last(&incidents, &zone);
    let today = now.to_zoned(zone).date();
    let day = last.as_ref().map(|last| last.day);
    let open = incidents.list.iter().rev().find(|incident| incident.drill && incident.closed.is_none());
    Ok(Practice {
        due_on: day.map(|day| day.saturating_add(PRACTICE_DAYS.days())),
        due: is_over(day, PRACTICE_DAYS, today),
        running: open.map(|incident| incident.id.clone()),
        last,
    })
}

fn last(incidents: &Incidents, zone: &TimeZone) -> Option<Practised> {
    let runs = incidents.list.iter().filter(|incident| incident.drill);
    // Begun and given up at once is no practice.
    runs.filter_map(|run| practised(run, zone)).filter(|run| !run.done.is_empty()).max_by_key(|run| run.day)
}

fn practised(run: &Incident, zone: &TimeZone) -> Option<Practised> {
    let end = run.closed.as_ref()?.at;
    let playbook = playbook::incident();
    let score = run.score(playbook, end);
    let title = |id: &str| {
        let step = playbook.steps.iter().find(|step| step.id == id);
        step.map_or_else(|| Localized { en: id.to_owned(), zh: id.to_owned() }, |step| step.title.clone())
    };
    let done = |(step, target, minute): (String, u32, i64)| PractisedStep {
        title: title(&step),
        late: score.late.contains(&step),
        step,
        minute,
        target,
    };
    let missed = |step: &String| MissedStep { step: step.clone(), title: title(step) };
    Some(Practised {
        incident: run.id.clone(),
        day: end.to_zoned(zone.clone()).date(),
        minutes: run.elapsed_min(end),
        done: score.done.clone().into_iter().map(done).collect(),
        missed: score.missed.iter().map(missed).collect(),
    })
}
