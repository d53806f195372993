//! An incident as a list shows it: steps in order, what is next, what is late.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::credential::words;
use crate::fact::Region;
use crate::incident::plan::{Plan, Planned};
use crate::incident::record::{Incident, Mark, Progress};
use crate::playbook::{Lane, Playbook};

words! {
    /// Where a step stands.
    StepState {
        Open => "open",
        Done => "done",
        Skipped => "skipped",
    }
}

/// A part as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartView {
    /// What an entry names it by.
    pub key: String,
    pub part: String,
    /// The wallet's id, where the part is one of each wallet.
    pub wallet: Option<String>,
    pub mark: Option<Mark>,
}

/// A step as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepView {
    pub step: String,
    pub lane: Lane,
    /// Minutes since the first suspicion.
    pub minute: u32,
    /// The target.
    pub due: Timestamp,
    pub state: StepState,
    /// Who does it; `None` = nobody was named.
    pub owner: Option<String>,
    /// When and by whom the last part, or the whole step, was settled.
    pub settled: Option<Mark>,
    pub parts: Vec<PartView>,
    /// Not on this computer.
    pub elsewhere: bool,
    /// It ends sessions, and the photographs are not taken yet.
    pub photographs_first: bool,
    /// Open, and its target has passed.
    pub late: bool,
    pub references: Vec<String>,
    pub notes: usize,
    pub attachments: usize,
}

/// How a practice run, or an incident, went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Minutes from the first suspicion to each settled step, with its target.
    pub done: Vec<(String, u32, i64)>,
    pub late: Vec<String>,
    pub missed: Vec<String>,
}

impl Incident {
    /// Whether something that belongs to one place is of use: a step of that place is in the list. So where no place is known
    /// everything is, and what something was recorded of stays.
    #[must_use]
    pub fn concerns_place(&self, playbook: &Playbook, place: Region) -> bool {
        let plan = Plan::new(playbook, &self.answers, &self.regions, |id| self.progress.contains_key(id));
        plan.steps.iter().any(|planned| planned.step.region == Some(place))
    }

    /// The steps in the order they should be done.
    #[must_use]
    pub fn steps(&self, playbook: &Playbook, now: Timestamp) -> Vec<StepView> {
        let plan = Plan::new(playbook, &self.answers, &self.regions, |id| self.progress.contains_key(id));
        let mut views: Vec<StepView> = plan.steps.iter().map(|planned| self.step_view(planned, now)).collect();
        let open = |view: &StepView| view.state == StepState::Open;
        let unphotographed =
            plan.steps.iter().zip(&views).any(|(planned, view)| planned.step.photographs && open(view));
        for (planned, view) in plan.steps.iter().zip(&mut views) {
            view.photographs_first = unphotographed && planned.step.signs_out && open(view);
        }
        views
    }

    fn step_view(&self, planned: &Planned<'_>, now: Timestamp) -> StepView {
        let step = planned.step;
        let nothing = Progress::default();
        let progress = self.progress.get(&step.id).unwrap_or(&nothing);
        let part = |(key, part, wallet): (String, &crate::playbook::Part, Option<&crate::incident::Wallet>)| {
            let mark = progress.parts.get(&key).cloned();
            PartView { key, part: part.id.clone(), wallet: wallet.map(|wallet| wallet.id.clone()), mark }
        };
        let parts: Vec<PartView> = self.parts(step).into_iter().map(part).collect();
        let marks: Vec<&Mark> = parts.iter().filter_map(|part| part.mark.as_ref()).collect();
        let (state, settled) = match &progress.skipped {
            Some(mark) => (StepState::Skipped, Some(mark.clone())),
            None if marks.len() < parts.len() => (StepState::Open, None),
            None => {
                let all_skipped = marks.iter().all(|mark| !mark.skipped.is_empty());
                let state = if all_skipped { StepState::Skipped } else { StepState::Done };
                (state, marks.iter().max_by_key(|mark| mark.at).map(|mark| (*mark).clone()))
            }
        };
        let target = SignedDuration::from_secs(i64::from(planned.minute) * 60);
        let due = self.suspected_at.checked_add(target).unwrap_or(Timestamp::MAX);
        StepView {
            step: step.id.clone(),
            lane: step.lane,
            minute: planned.minute,
            due,
            state,
            owner: self.owners.get(&step.id).cloned(),
            settled,
            parts,
            elsewhere: planned.elsewhere,
            photographs_first: false,
            late: state == StepState::Open && now > due,
            references: progress.references.clone(),
            notes: progress.notes.len(),
            attachments: progress.attachments.len(),
        }
    }

    /// How it went: for a practice run's record.
    #[must_use]
    pub fn score(&self, playbook: &Playbook, now: Timestamp) -> Score {
        let mut score = Score::default();
        for view in self.steps(playbook, now) {
            match (view.state, view.settled) {
                (StepState::Done, Some(mark)) => {
                    if mark.at > view.due {
                        score.late.push(view.step.clone());
                    }
                    let minutes = mark.at.duration_since(self.suspected_at).as_mins();
                    score.done.push((view.step, view.minute, minutes));
                }
                _ if now > view.due => score.missed.push(view.step),
                _ => {}
            }
        }
        score
    }

    /// Whole minutes on the clock; never negative.
    #[must_use]
    pub fn elapsed_min(&self, now: Timestamp) -> i64 {
        now.duration_since(self.suspected_at).as_mins().max(0)
    }
}

/// The first open step, of one lane or of both.
#[must_use]
pub fn next(steps: &[StepView], lane: Option<Lane>) -> Option<&StepView> {
    steps.iter().find(|step| step.state == StepState::Open && lane.is_none_or(|lane| step.lane == lane))
}
