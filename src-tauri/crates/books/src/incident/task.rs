//! Tasks with dates: what is to be done by a day, and by whom. A review makes them of what was left, and anybody makes others.
//!
//! They outlive the incident: what a review on the thirtieth day asks for is done after the incident was closed. So a closed
//! one still takes their entries, and no others of its steps.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use crate::credential::words;
use crate::fact::Localized;
use crate::incident::record::{Incident, Mark, Refused};
use crate::incident::{Event, PartView, StepState, StepView};
use crate::playbook::{Playbook, Step};

/// Characters of the text of a task.
pub const TASK_CHARS_MAX: usize = 500;
/// Characters of the name of whoever has a task or a step.
pub const WHO_CHARS_MAX: usize = 100;
/// Tasks of one incident.
pub const TASKS_MAX: usize = 500;
/// Days until a task is due, where no review comes before.
const DAYS: i32 = 7;

words! {
    /// Where a task stands.
    TaskState {
        Open => "open",
        Done => "done",
        Dropped => "dropped",
    }
}

/// Something to be done by a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    pub id: String,
    pub text: String,
    /// In the incident's zone.
    pub due: Date,
    /// Empty = nobody was named.
    pub who: String,
    /// What was left when it was made: a step, `step/part`, or `lever/aim`.
    pub of: Option<String>,
    pub added: Mark,
    pub done: Option<Mark>,
    /// It will not be done; the mark says why.
    pub dropped: Option<Mark>,
}

impl Task {
    #[must_use]
    pub fn state(&self) -> TaskState {
        match (&self.done, &self.dropped) {
            (Some(_), _) => TaskState::Done,
            (None, Some(_)) => TaskState::Dropped,
            (None, None) => TaskState::Open,
        }
    }

    /// Open, and its day has come.
    #[must_use]
    pub fn is_due(&self, today: Date) -> bool {
        self.state() == TaskState::Open && self.due <= today
    }

    /// Open, and its day is over.
    #[must_use]
    pub fn is_late(&self, today: Date) -> bool {
        self.state() == TaskState::Open && self.due < today
    }

    /// When and by whom it was done or dropped.
    #[must_use]
    pub fn settled(&self) -> Option<&Mark> {
        self.done.as_ref().or(self.dropped.as_ref())
    }
}

/// A step, or a part of one, that was skipped or is still open, and of which no task was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// What a task of it names: a step, or `step/part`.
    pub of: String,
    pub state: StepState,
    /// Why it was skipped; empty where it is open.
    pub reason: String,
    /// The first review that comes after it.
    pub review: String,
    /// That review's time has come.
    pub due: bool,
    /// The task in words.
    pub text: Localized,
}

impl Incident {
    /// The day it is where the incident is.
    #[must_use]
    pub fn today(&self, now: Timestamp) -> Date {
        now.to_zoned(TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)).date()
    }

    /// Tasks in the order they are looked at: open ones by their day, then the others, the last settled first.
    #[must_use]
    pub fn tasks_in_order(&self) -> Vec<&Task> {
        let (mut open, mut settled): (Vec<&Task>, Vec<&Task>) =
            self.tasks.iter().partition(|task| task.state() == TaskState::Open);
        open.sort_by_key(|task| task.due);
        settled.sort_by_key(|task| std::cmp::Reverse(task.settled().map(|mark| mark.at)));
        open.into_iter().chain(settled).collect()
    }

    /// The day a new task is proposed for: of the next review, else a week from now.
    #[must_use]
    pub fn day_for_task(&self, playbook: &Playbook, now: Timestamp) -> Date {
        let today = self.today(now);
        let reviews = self.steps(playbook, now).into_iter().filter(|view| is_review(playbook, &view.step));
        let next = reviews.map(|view| self.today(view.due)).find(|day| *day > today);
        next.unwrap_or_else(|| today.saturating_add(DAYS.days()))
    }

    /// The first review; what belongs to no step of its own is looked at then.
    #[must_use]
    pub fn first_review(&self, playbook: &Playbook, now: Timestamp) -> Option<StepView> {
        self.steps(playbook, now).into_iter().find(|view| is_review(playbook, &view.step))
    }

    /// Whether a task was made of something that was left.
    #[must_use]
    pub fn has_task(&self, of: &str) -> bool {
        self.tasks.iter().any(|task| task.of.as_deref() == Some(of))
    }

    /// What is left for the reviews to make tasks of, in the order of the steps. A step of which nothing was done is one; of
    /// another each part is. What a task was made of is not left, and of a step not its parts either.
    #[must_use]
    pub fn left(&self, playbook: &Playbook, now: Timestamp) -> Vec<Left> {
        let views = self.steps(playbook, now);
        let reviews: Vec<&StepView> = views.iter().filter(|view| is_review(playbook, &view.step)).collect();
        let mut left = Vec::new();
        for view in &views {
            let step = playbook.steps.iter().find(|step| step.id == view.step);
            let review = reviews.iter().find(|review| review.minute > view.minute);
            if let (Some(step), Some(review)) = (step, review) {
                self.left_of(step, view, review, now, &mut left);
            }
        }
        left
    }

    fn left_of(&self, step: &Step, view: &StepView, review: &StepView, now: Timestamp, left: &mut Vec<Left>) {
        if view.state == StepState::Done && view.parts.iter().all(is_done) || self.has_task(&step.id) {
            return;
        }
        let make = |of: String, reason: &str, text: Localized| Left {
            of,
            state: if reason.is_empty() { StepState::Open } else { StepState::Skipped },
            reason: reason.to_owned(),
            review: review.step.clone(),
            due: review.due <= now,
            text,
        };
        let key = |part: &PartView| format!("{}/{}", step.id, part.key);
        let skipped = self.progress.get(&step.id).and_then(|progress| progress.skipped.as_ref());
        let is_whole = skipped.is_some() || view.parts.iter().all(|part| part.mark.is_none());
        if is_whole && !view.parts.iter().any(|part| self.has_task(&key(part))) {
            let reason = skipped.map_or("", |mark| &mark.skipped);
            return left.push(make(step.id.clone(), reason, step.title.clone()));
        }
        for part in view.parts.iter().filter(|part| !is_done(part) && !self.has_task(&key(part))) {
            let reason = part.mark.as_ref().or(skipped).map_or("", |mark| &mark.skipped);
            left.push(make(key(part), reason, self.words_of_part(step, part)));
        }
    }

    /// "Step (wallet): part".
    fn words_of_part(&self, step: &Step, view: &PartView) -> Localized {
        let part = step.parts.iter().find(|part| part.id == view.part);
        let wallet = self.wallets.iter().find(|wallet| Some(&wallet.id) == view.wallet.as_ref());
        let words = |title: &str, part: &str, (open, close, colon): (&str, &str, &str)| {
            let wallet = wallet.map(|wallet| format!("{open}{}{close}", wallet.name)).unwrap_or_default();
            // A question has its mark already.
            let colon = if title.ends_with(['?', '？']) { colon.trim_start_matches([':', '：']) } else { colon };
            format!("{title}{wallet}{colon}{part}")
        };
        Localized {
            en: words(&step.title.en, part.map_or("", |part| &part.en), (" (", ")", ": ")),
            zh: words(&step.title.zh, part.map_or("", |part| &part.zh), ("（", "）", "：")),
        }
    }

    /// Names that were given to steps and tasks of this incident, each once.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for entry in &self.timeline {
            let (Event::Assigned { who, .. } | Event::TaskAdded { who, .. }) = &entry.event else { continue };
            let who = who.trim();
            if !who.is_empty() && !names.contains(&who) {
                names.push(who);
            }
        }
        names
    }

    /// Takes an entry about a task. Which step one was made of is not asked here: a task stays when steps change their names.
    pub(super) fn apply_to_task(&mut self, event: &Event, mark: Mark) -> Result<(), Refused> {
        match event {
            Event::TaskAdded { task: id, text, due, who, of } => {
                let count = self.tasks.len();
                match self.tasks.iter_mut().find(|known| known.id == *id) {
                    Some(task) if task.state() != TaskState::Open => return Err(Refused::TaskSettled(id.clone())),
                    Some(task) => (task.text, task.due, task.who) = (text.clone(), *due, who.clone()),
                    None if count >= TASKS_MAX => return Err(Refused::TooManyTasks),
                    None => {
                        let (id, text, who, of) = (id.clone(), text.clone(), who.clone(), of.clone());
                        self.tasks.push(Task { id, text, due: *due, who, of, added: mark, done: None, dropped: None });
                    }
                }
            }
            Event::TaskDone { task: id } => self.open_task(id)?.done = Some(mark),
            Event::TaskDropped { task: id, .. } => self.open_task(id)?.dropped = Some(mark),
            Event::TaskReopened { task: id } => {
                let task = self.tasks.iter_mut().find(|known| known.id == *id).ok_or(Refused::UnknownTask)?;
                if task.state() == TaskState::Open {
                    return Err(Refused::TaskOpen(id.clone()));
                }
                (task.done, task.dropped) = (None, None);
            }
            _ => {}
        }
        Ok(())
    }

    fn open_task(&mut self, id: &str) -> Result<&mut Task, Refused> {
        let task = self.tasks.iter_mut().find(|known| known.id == id).ok_or(Refused::UnknownTask)?;
        if task.state() == TaskState::Open { Ok(task) } else { Err(Refused::TaskSettled(id.to_owned())) }
    }
}

fn is_done(part: &PartView) -> bool {
    part.mark.as_ref().is_some_and(|mark| mark.skipped.is_empty())
}

fn is_review(playbook: &Playbook, id: &str) -> bool {
    playbook.steps.iter().any(|step| step.id == id && step.review)
}

#[cfg(test)]
mod tests;
