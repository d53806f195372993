//! Which steps, and in which order: decided by the answers.

use serde::Serialize;

use crate::fact::Region;
use crate::incident::Answers;
use crate::playbook::{Playbook, Step};

/// A step in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Planned<'a> {
    pub step: &'a Step,
    /// When it should be done, in minutes since the first suspicion.
    pub minute: u32,
    /// Not on this computer: on a phone, on paper, on another one.
    pub elsewhere: bool,
}

/// The steps in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    pub steps: Vec<Planned<'a>>,
}

impl<'a> Plan<'a> {
    /// The steps for these answers and places. Without a place, those of every place. `keep` names steps that stay in
    /// whatever the answers: something was recorded of them.
    pub fn new(playbook: &'a Playbook, answers: &Answers, regions: &[Region], keep: impl Fn(&str) -> bool) -> Plan<'a> {
        let here = |step: &Step| step.region.is_none_or(|region| regions.is_empty() || regions.contains(&region));
        let wanted = |step: &Step| here(step) && step.only.is_none_or(|condition| answers.holds(condition));
        let chosen = playbook.steps.iter().filter(|step| wanted(step) || keep(&step.id));
        let mut steps: Vec<Planned<'a>> = chosen
            .map(|step| {
                let urgent = step.urgent.as_ref().filter(|urgent| answers.holds(urgent.when));
                let minute = urgent.map_or(step.minute, |urgent| urgent.minute.min(step.minute));
                Planned { step, minute, elsewhere: step.secret && answers.computer_not_trusted() }
            })
            .collect();
        // Signing a thief out also removes what shows that he was there.
        let photographed = steps.iter().filter(|planned| planned.step.photographs).map(|planned| planned.minute).max();
        for planned in steps.iter_mut().filter(|planned| planned.step.signs_out) {
            planned.minute = planned.minute.max(photographed.map_or(0, |minute| minute + 1));
        }
        steps.sort_by_key(|planned| planned.minute);
        Plan { steps }
    }

    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Planned<'a>> {
        self.steps.iter().find(|planned| planned.step.id == id)
    }
}
