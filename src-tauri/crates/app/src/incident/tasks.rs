//! Tasks with dates: made of what a review found left, or of anything; changed, done, dropped, and seen until they are.
//!
//! Their numbers are given here and by nobody else, once in a profile, so that a task is found without naming its incident.
//! They go on when their incident is closed. Those of a practice run are seen in it and nowhere else.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use purser_books::document::Language;
use purser_books::door::TaskFacts;
use purser_books::fact::Localized;
use purser_books::incident::record::Mark;
use purser_books::incident::{Event, Incident, Incidents, Left, StepState, Task, TaskState};
use purser_books::lever::Board;
use purser_books::playbook;
use serde::Serialize;

use super::owners::one_line;
use super::put_back::is_over;
use super::{Change, board, fold};
use crate::error::{Error, Result};
use crate::freeze::levers;
use crate::store::{Store, Wallet};
use crate::{Action, Purser};

/// A day further away than this is a slip of the hand.
const YEARS_MAX: i32 = 10;

/// What a task is to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskText {
    /// Of what was left it may be missing: then it says that.
    pub text: Option<String>,
    /// ISO date in the incident's zone; the next review, or a week from now, where nobody chose. Not in the past.
    pub due: Option<String>,
    pub who: Option<String>,
}

/// What became of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskSettled {
    Done,
    /// It is to be done after all.
    Reopened,
    Dropped {
        reason: String,
    },
}

/// Tasks, and what more could be made one.
#[derive(Debug, Clone, Serialize)]
pub struct TaskPage {
    /// The incident that was looked at or changed; `None` = all of them, and none is open.
    pub incident: Option<String>,
    /// The task that was made or changed.
    pub task: Option<String>,
    /// The day a new one is proposed for.
    pub day: Option<Date>,
    /// Open ones by their day, then the others.
    pub tasks: Vec<TaskLine>,
    pub left: Vec<LeftLine>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskLine {
    pub task: String,
    pub incident: String,
    /// Of the incident.
    pub title: String,
    /// Of a practice run.
    pub drill: bool,
    pub text: String,
    pub due: Date,
    /// Empty = nobody was named.
    pub who: String,
    pub state: TaskState,
    /// Open, and its day is over.
    pub late: bool,
    /// The day it is where its incident is: what a new day of it is held against.
    pub today: Date,
    /// Who made it, and when.
    pub added_by: String,
    pub added: Timestamp,
    /// Who settled it, and when.
    pub by: Option<String>,
    pub at: Option<Timestamp>,
    /// Why it was dropped.
    pub reason: Option<String>,
    /// What was left that it was made of, as [`LeftLine::of`] names it.
    pub of: Option<String>,
}

/// Something that was left, as a task in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftLine {
    /// A step, `step/part`, or of a lever `lever/stop` and `lever/undo`.
    pub of: String,
    pub state: StepState,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// The step of the first review after it.
    pub review: String,
    /// That review's time has come.
    pub due: bool,
    pub text: Localized,
}

impl Purser {
    /// Tasks of one incident; without an id those of all real ones, and of the practice run that is open.
    pub async fn tasks(&self, id: Option<&str>) -> Result<TaskPage> {
        let permit = self.permit(Action::ReadIncident).await?;
        self.task_page(permit.store(), id, None).await
    }

    /// Makes a task, of something that was left (`of`) or of anything. Without an id in the open incident, else in the one
    /// that was opened last.
    pub async fn add_task(
        &self,
        id: Option<&str>,
        of: Option<&str>,
        say: TaskText,
        language: Language,
    ) -> Result<TaskPage> {
        let permit = self.permit(Action::RecordIncident).await?;
        let _one_after_the_other = self.answering.lock().await;
        let incidents = fold(permit.store()).await?;
        let incident = for_tasks(&incidents, id)?;
        let now = self.moment().wall;
        let ready = match of {
            Some(of) => Some(words(&self.find_left(permit.store(), incident, of).await?, language)),
            None => None,
        };
        let given = say.text.filter(|text| !text.trim().is_empty());
        let due = match say.due {
            Some(due) => day(incident, &due, now)?,
            None => incident.day_for_task(playbook::incident(), now),
        };
        let event = Event::TaskAdded {
            task: next_number(&incidents),
            text: one_line(&given.or(ready).unwrap_or_default()),
            due,
            who: one_line(&say.who.unwrap_or_default()),
            of: of.map(str::to_owned),
        };
        self.keep_task(&permit, &incident.id, event).await
    }

    /// Changes what an open task says; what is left out stays.
    pub async fn change_task(&self, id: Option<&str>, task: &str, say: TaskText) -> Result<TaskPage> {
        let permit = self.permit(Action::RecordIncident).await?;
        let _one_after_the_other = self.answering.lock().await;
        let incidents = fold(permit.store()).await?;
        let (incident, known) = find_task(&incidents, id, task)?;
        let due = match say.due {
            // A late task may keep its day.
            Some(due) if due.parse().is_ok_and(|day: Date| day == known.due) => known.due,
            Some(due) => day(incident, &due, self.moment().wall)?,
            None => known.due,
        };
        let event = Event::TaskAdded {
            task: known.id.clone(),
            text: say.text.map_or_else(|| known.text.clone(), |text| one_line(&text)),
            due,
            who: say.who.map_or_else(|| known.who.clone(), |who| one_line(&who)),
            of: None,
        };
        self.keep_task(&permit, &incident.id, event).await
    }

    /// Says that a task is done, dropped, or open again.
    pub async fn settle_task(&self, id: Option<&str>, task: &str, settled: TaskSettled) -> Result<TaskPage> {
        let permit = self.permit(Action::RecordIncident).await?;
        let _one_after_the_other = self.answering.lock().await;
        let incidents = fold(permit.store()).await?;
        let (incident, known) = find_task(&incidents, id, task)?;
        let task = known.id.clone();
        let event = match settled {
            TaskSettled::Done => Event::TaskDone { task },
            TaskSettled::Reopened => Event::TaskReopened { task },
            TaskSettled::Dropped { reason } => Event::TaskDropped { task, reason },
        };
        self.keep_task(&permit, &incident.id, event).await
    }

    async fn keep_task(&self, permit: &crate::Permit, incident: &str, event: Event) -> Result<TaskPage> {
        let task = match &event {
            Event::TaskAdded { task, .. }
            | Event::TaskDone { task }
            | Event::TaskReopened { task }
            | Event::TaskDropped { task, .. } => Some(task.clone()),
            _ => None,
        };
        self.add(permit, Some(incident), Change { events: vec![event], ..Change::default() }).await?;
        self.task_page(permit.store(), Some(incident), task).await
    }

    async fn task_page(&self, store: &Store, id: Option<&str>, task: Option<String>) -> Result<TaskPage> {
        let (incidents, now) = (fold(store).await?, self.moment().wall);
        let named = id.map(|id| super::find(&incidents, Some(id))).transpose()?;
        let open = named.or_else(|| incidents.current());
        let left = match open {
            Some(open) => self.left(store, open).await?,
            None => Vec::new(),
        };
        Ok(TaskPage {
            incident: open.map(|incident| incident.id.clone()),
            task,
            day: open.map(|incident| incident.day_for_task(playbook::incident(), now)),
            tasks: tasks_of(&incidents, named, now),
            left,
        })
    }

    async fn left(&self, store: &Store, incident: &Incident) -> Result<Vec<LeftLine>> {
        let (wallets, board) = (store.wallets().await?, board(store, &incident.id).await?);
        Ok(left_lines(incident, &board, &wallets, self.moment().wall, self.standing().frozen))
    }

    async fn find_left(&self, store: &Store, incident: &Incident, of: &str) -> Result<LeftLine> {
        let found = self.left(store, incident).await?.into_iter().find(|left| left.of == of);
        found.ok_or_else(|| match incident.has_task(of) {
            true => Error::invalid(format!("\"{of}\" is a task already")),
            false => Error::not_found(format!("\"{of}\" is not left over; see purser incident task left")),
        })
    }
}

/// Of one incident; else of all real ones, and of the practice run that is open.
fn tasks_of(incidents: &Incidents, named: Option<&Incident>, now: Timestamp) -> Vec<TaskLine> {
    let open = incidents.current();
    let shown = |incident: &&Incident| match named {
        Some(named) => incident.id == named.id,
        None => !incident.drill || open.is_some_and(|open| open.id == incident.id),
    };
    let mut tasks: Vec<TaskLine> =
        incidents.list.iter().filter(shown).flat_map(|incident| task_lines(incident, now)).collect();
    // Stable: each incident's tasks come in their order.
    tasks.sort_by_key(|line| if line.state == TaskState::Open { (false, Some(line.due)) } else { (true, None) });
    tasks
}

pub(super) fn task_lines(incident: &Incident, now: Timestamp) -> Vec<TaskLine> {
    let today = incident.today(now);
    let line = |task: &Task| {
        let settled = task.settled();
        TaskLine {
            task: task.id.clone(),
            incident: incident.id.clone(),
            title: incident.title.clone(),
            drill: incident.drill,
            text: task.text.clone(),
            due: task.due,
            who: task.who.clone(),
            state: task.state(),
            late: task.is_late(today),
            today,
            added_by: task.added.by.clone(),
            added: task.added.at,
            by: settled.map(|mark| mark.by.clone()),
            at: settled.map(|mark| mark.at),
            reason: task.dropped.as_ref().map(|mark: &Mark| mark.skipped.clone()),
            of: task.of.clone(),
        }
    };
    incident.tasks_in_order().into_iter().map(line).collect()
}

/// What is left: first of the levers, whose money or sales are stopped or are not, then of the steps.
pub(super) fn left_lines(
    incident: &Incident,
    board: &Board,
    wallets: &[Wallet],
    now: Timestamp,
    is_frozen: bool,
) -> Vec<LeftLine> {
    let playbook = playbook::incident();
    let of_levers = incident.first_review(playbook, now).into_iter().flat_map(|review| {
        let left = levers::left(board, wallets, is_over(incident, board, is_frozen)).into_iter();
        left.filter(|(of, _)| !incident.has_task(of)).map(move |(of, text)| LeftLine {
            of,
            state: StepState::Open,
            reason: None,
            review: review.step.clone(),
            due: review.due <= now,
            text,
        })
    });
    let of_steps = incident.left(playbook, now).into_iter().map(|left: Left| LeftLine {
        of: left.of,
        state: left.state,
        reason: Some(left.reason).filter(|reason| !reason.is_empty()),
        review: left.review,
        due: left.due,
        text: left.text,
    });
    of_levers.chain(of_steps).collect()
}

/// Tasks whose day has come. A practice run leaves none.
pub(crate) async fn due_tasks(store: &Store, now: Timestamp) -> Result<Vec<TaskFacts>> {
    let incidents = fold(store).await?;
    let of_one = |incident: &Incident| -> Vec<TaskFacts> {
        let today = incident.today(now);
        let due = incident.tasks_in_order().into_iter().filter(|task| task.is_due(today));
        due.map(|task| TaskFacts { text: task.text.clone(), due: task.due, late: task.is_late(today) }).collect()
    };
    Ok(incidents.list.iter().filter(|incident| !incident.drill).flat_map(of_one).collect())
}

/// Where a new task belongs: the incident that is open, else the real one that was opened last.
fn for_tasks<'a>(incidents: &'a Incidents, id: Option<&str>) -> Result<&'a Incident> {
    let last = || incidents.list.iter().rfind(|incident| !incident.drill);
    match id {
        None if incidents.current().is_none() => last().ok_or_else(|| Error::not_found("no incident is open")),
        id => super::find(incidents, id),
    }
}

fn find_task<'a>(incidents: &'a Incidents, id: Option<&str>, task: &str) -> Result<(&'a Incident, &'a Task)> {
    let named = id.map(|id| super::find(incidents, Some(id))).transpose()?;
    let all = incidents.list.iter().filter(|incident| named.is_none_or(|named| named.id == incident.id));
    let mut tasks = all.flat_map(|incident| incident.tasks.iter().map(move |known| (incident, known)));
    let found = tasks.find(|(_, known)| known.id == task);
    found.ok_or_else(|| Error::not_found(format!("no task \"{task}\"; see purser incident task list")))
}

/// The number after the highest, over all incidents.
fn next_number(incidents: &Incidents) -> String {
    let tasks = incidents.list.iter().flat_map(|incident| &incident.tasks);
    let numbers = tasks.filter_map(|task| task.id.parse::<u32>().ok());
    numbers.max().map_or(1, |highest| highest.saturating_add(1)).to_string()
}

/// A day a task can have: one that is, not over where the incident is, and not ages away.
fn day(incident: &Incident, text: &str, now: Timestamp) -> Result<Date> {
    let day: Date =
        text.parse().map_err(|_| Error::invalid(format!("\"{text}\" is not a date; write it like 2026-10-31")))?;
    let today = incident.today(now);
    if day < today {
        return Err(Error::invalid(format!("{day} is over; a task is for {today} or a later day")));
    }
    let last = today.saturating_add(YEARS_MAX.years());
    if day > last {
        return Err(Error::invalid(format!("{day} is too far away; choose a day up to {last}")));
    }
    Ok(day)
}

fn words(left: &LeftLine, language: Language) -> String {
    let text = if language == Language::En { &left.text.en } else { &left.text.zh };
    text.clone()
}
