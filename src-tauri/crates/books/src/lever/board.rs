//! All levers of one freeze, folded from their events.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::put_back::Stay;
use super::run::{Answer, Run, State};
use super::{Aim, Event, Kind, Lever, Ring, Word, calls_to_make};

/// A call that is not answered after this long is unknown.
pub const TIMEOUT_S: i64 = 20;

/// Characters of what a person says of a lever.
pub const TEXT_CHARS_MAX: usize = 2_000;

/// A lever with where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pull {
    pub lever: Lever,
    pub stop: Run,
    /// Begun when it is to be put back.
    pub undo: Option<Run>,
    /// The value before the first try, where a later reading may already be ours and is not taken; what a person wrote down of
    /// her own lever.
    pub prior: Option<String>,
    /// It is not put back, by a decision.
    pub stays: Option<Stay>,
    /// Since when it is on the board: whether it can be put back was said from then on.
    pub queued: Timestamp,
    undo_key: String,
    was_tried: bool,
}

/// Why an event cannot have happened. Folding passes such an event over: it can make nothing look done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    #[error("there is no such lever in this freeze")]
    UnknownLever,
    #[error("this lever is queued already")]
    TwiceQueued,
    #[error("levers that stop selling need a person's word first")]
    SecondRing,
    #[error("a person pulls this lever")]
    Manual,
    #[error("a lever in this state does not take this step")]
    State,
    #[error("a name and what it rests on are needed: a reference or what was seen")]
    NoProof,
    #[error("a text is longer than {TEXT_CHARS_MAX} characters")]
    TooLong,
    #[error("this lever cannot be put back")]
    NoUndo,
    #[error("levers are put back one by one; first settle the one that was begun")]
    OneByOne,
    #[error("why it stays stopped must be written")]
    NoReason,
}

/// A call to make now. Store its event ([`Event::Sent`] or [`Event::Queried`]) first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Do it. With `read_prior`, read the present value first and store it with the event.
    Send { lever: String, aim: Aim, key: String, attempt: u32, read_prior: bool, prior: Option<String> },
    /// Ask whether it has been done.
    Query { lever: String, aim: Aim, key: String, attempt: u32 },
}

/// What the screen counts down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub levers: usize,
    pub confirmed: usize,
    /// Levers whose effect is not known: they are not stopped.
    pub unknown: usize,
    pub refused: usize,
    /// Tried for a day.
    pub needs_person: usize,
}

/// All levers of one freeze.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    pulls: Vec<Pull>,
    second_ring: bool,
}

impl Board {
    /// Folds events, passing over what cannot have happened; how many were is said.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> (Board, usize) {
        let mut board = Board::default();
        let illegal = events.into_iter().filter(|event| board.apply(event).is_err()).count();
        (board, illegal)
    }

    #[must_use]
    pub fn pulls(&self) -> &[Pull] {
        &self.pulls
    }

    #[must_use]
    pub fn pull(&self, lever: &str) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.lever.id == lever)
    }

    /// Takes one event, or refuses it and stays as it is. Check with a copy before storing, apply after.
    pub fn apply(&mut self, event: &Event) -> Result<(), Illegal> {
        match event {
            Event::Queued { lever, key, undo_key, at } => self.queue(lever, key, undo_key, *at),
            Event::SecondRing { by, .. } => {
                let word = (!by.trim().is_empty()).then_some(()).ok_or(Illegal::NoProof);
                word.map(|()| self.second_ring = true)
            }
            Event::Sent { lever, aim, prior, at } => self.send(lever, *aim, prior.as_deref(), *at),
            Event::Queried { lever, aim, at } => {
                let run = self.run(lever, *aim, true)?;
                (run.state == State::Unknown).then_some(()).ok_or(Illegal::State)?;
                run.begin(true, *at);
                Ok(())
            }
            Event::Answered { lever, aim, attempt, answer, request, at } => {
                let run = self.run(lever, *aim, true)?;
                if *attempt == 0 || *attempt > run.attempts {
                    return Err(Illegal::State);
                }
                run.answer(*attempt, *answer, request.as_deref(), *at);
                Ok(())
            }
            Event::Said { lever, aim, word, by, reference, seen, prior, at } => {
                self.pull_mut(lever)?.say(*aim, *word, [by, reference, seen, prior], *at)
            }
            Event::Again { lever, aim, by, at } => {
                let run = self.run(lever, *aim, false)?;
                again(run, by, *at)
            }
            Event::UndoQueued { lever, by, at } => self.queue_undo(lever, by, *at),
            Event::Stays { lever, by, reason, at } => self.pull_mut(lever)?.stay(by, reason, *at),
        }
    }

    fn queue(&mut self, lever: &Lever, key: &str, undo_key: &str, at: Timestamp) -> Result<(), Illegal> {
        if self.pull(&lever.id).is_some() {
            return Err(Illegal::TwiceQueued);
        }
        if lever.ring == Ring::StopSelling && !self.second_ring {
            return Err(Illegal::SecondRing);
        }
        self.pulls.push(Pull {
            lever: lever.clone(),
            stop: Run::queued(key, at),
            undo: None,
            prior: None,
            stays: None,
            queued: at,
            undo_key: undo_key.to_owned(),
            was_tried: false,
        });
        Ok(())
    }

    fn send(&mut self, lever: &str, aim: Aim, prior: Option<&str>, at: Timestamp) -> Result<(), Illegal> {
        let run = self.run(lever, aim, true)?;
        if !matches!(run.state, State::Queued | State::Failed) {
            return Err(Illegal::State);
        }
        run.begin(false, at);
        let pull = self.pull_mut(lever)?;
        if aim == Aim::Stop && !pull.was_tried {
            pull.was_tried = true;
            pull.prior = prior.map(str::to_owned);
        }
        Ok(())
    }

    fn queue_undo(&mut self, lever: &str, by: &str, at: Timestamp) -> Result<(), Illegal> {
        if by.trim().is_empty() {
            return Err(Illegal::NoProof);
        }
        if self.pulls.iter().any(Pull::holds_others_up) {
            return Err(Illegal::OneByOne);
        }
        let pull = self.pull_mut(lever)?;
        if !pull.lever.can_be_undone {
            return Err(Illegal::NoUndo);
        }
        let had_effect = matches!(pull.stop.state, State::Confirmed | State::Unknown);
        if !had_effect || pull.undo.as_ref().is_some_and(|run| run.state != State::Refused) {
            return Err(Illegal::State);
        }
        pull.undo = Some(Run::queued(&pull.undo_key, at));
        pull.stays = None;
        Ok(())
    }

    fn pull_mut(&mut self, lever: &str) -> Result<&mut Pull, Illegal> {
        self.pulls.iter_mut().find(|pull| pull.lever.id == lever).ok_or(Illegal::UnknownLever)
    }

    fn run(&mut self, lever: &str, aim: Aim, by_program: bool) -> Result<&mut Run, Illegal> {
        let pull = self.pull_mut(lever)?;
        if by_program && pull.lever.kind == Kind::Manual {
            return Err(Illegal::Manual);
        }
        pull.run(aim)
    }

    /// The calls to make now. At a start, [`Board::lost`] comes first.
    #[must_use]
    pub fn tasks(&self, now: Timestamp, network_returned: bool) -> Vec<Task> {
        let mut tasks = Vec::new();
        for pull in self.pulls.iter().filter(|pull| pull.lever.kind != Kind::Manual) {
            for (aim, run) in pull.runs() {
                // What is put back needs the value it had; without it a person does it.
                let by_hand = aim == Aim::Undo && pull.prior.is_none();
                if !by_hand && run.is_due(now, network_returned) {
                    tasks.push(pull.task(aim, run));
                }
            }
        }
        tasks
    }

    /// When to look again without being asked.
    #[must_use]
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let api = self.pulls.iter().filter(|pull| pull.lever.kind != Kind::Manual);
        let open = api.flat_map(Pull::runs).map(|(_, run)| run).filter(|run| !run.needs_person(now));
        open.filter_map(|run| match run.state {
            State::InFlight => run.last.checked_add(SignedDuration::from_secs(TIMEOUT_S)).ok(),
            _ => run.due(),
        })
        .min()
    }

    /// The events that say what the program cannot know: calls begun before a kill (`after_kill`), or not answered in
    /// time. They become unknown, and are asked for.
    #[must_use]
    pub fn lost(&self, now: Timestamp, after_kill: bool) -> Vec<Event> {
        let mut lost = Vec::new();
        for pull in self.pulls.iter().filter(|pull| pull.lever.kind != Kind::Manual) {
            for (aim, run) in pull.runs().filter(|(_, run)| run.state == State::InFlight) {
                let age_s = now.duration_since(run.last).as_secs();
                if after_kill || !(0..TIMEOUT_S).contains(&age_s) {
                    let lever = pull.lever.id.clone();
                    let answer = Answer::TimedOut;
                    lost.push(Event::Answered { lever, aim, attempt: run.attempts, answer, request: None, at: now });
                }
            }
        }
        lost
    }

    #[must_use]
    pub fn summary(&self, now: Timestamp) -> Summary {
        let count = |is: &dyn Fn(&Pull) -> bool| self.pulls.iter().filter(|pull| is(pull)).count();
        Summary {
            levers: self.pulls.len(),
            confirmed: count(&Pull::is_stopped),
            unknown: count(&|pull| matches!(pull.stop.state, State::Unknown | State::InFlight)),
            refused: count(&|pull| pull.stop.state == State::Refused),
            needs_person: count(&|pull| pull.lever.kind != Kind::Manual && pull.stop.needs_person(now)),
        }
    }

    /// See [`calls_to_make`].
    #[must_use]
    pub fn calls_to_make(&self) -> usize {
        calls_to_make(self.pulls.iter().map(|pull| (&pull.lever, pull.is_stopped())))
    }

    /// What each provider's levers come to: a provider is stopped when all its levers of the first ring are confirmed.
    #[must_use]
    pub fn stopped_providers(&self) -> BTreeMap<&str, bool> {
        let mut stopped = BTreeMap::new();
        for pull in self.pulls.iter().filter(|pull| pull.lever.ring == Ring::MoneyOut) {
            *stopped.entry(pull.lever.provider.as_str()).or_insert(true) &= pull.is_stopped();
        }
        stopped
    }
}

impl Pull {
    /// Takes a person's word. What she pulls anew after it was put back begins anew.
    fn say(&mut self, aim: Aim, word: Word, texts: [&String; 4], at: Timestamp) -> Result<(), Illegal> {
        let [by, reference, seen, prior] = texts;
        let by_hand = self.lever.kind == Kind::Manual;
        let anew = aim == Aim::Stop && by_hand && self.is_put_back();
        let mut run = if anew { Run::queued(&self.stop.key, at) } else { self.run(aim)?.clone() };
        // Where the program asks, it waits for an answer of its own.
        (word != Word::Asked || by_hand).then_some(()).ok_or(Illegal::State)?;
        said(&mut run, word, [by, reference, seen], at)?;
        (prior.chars().count() <= TEXT_CHARS_MAX).then_some(()).ok_or(Illegal::TooLong)?;
        *self.run(aim)? = run;
        if anew {
            self.undo = None;
        }
        if anew || aim == Aim::Undo {
            self.stays = None;
        }
        if aim == Aim::Stop && by_hand && !prior.trim().is_empty() {
            self.prior = Some(prior.trim().to_owned());
        }
        Ok(())
    }

    fn run(&mut self, aim: Aim) -> Result<&mut Run, Illegal> {
        match aim {
            Aim::Stop => Ok(&mut self.stop),
            Aim::Undo => self.undo.as_mut().ok_or(Illegal::State),
        }
    }

    fn runs(&self) -> impl Iterator<Item = (Aim, &Run)> {
        [(Aim::Stop, &self.stop)].into_iter().chain(self.undo.as_ref().map(|run| (Aim::Undo, run)))
    }

    fn task(&self, aim: Aim, run: &Run) -> Task {
        let (lever, key, attempt) = (self.lever.id.clone(), run.key.clone(), run.attempts.saturating_add(1));
        if run.state == State::Unknown {
            return Task::Query { lever, aim, key, attempt };
        }
        let read_prior = aim == Aim::Stop && !self.was_tried && self.lever.can_be_undone;
        Task::Send { lever, aim, key, attempt, read_prior, prior: self.prior.clone() }
    }
}

fn said(run: &mut Run, word: Word, [by, reference, seen]: [&String; 3], at: Timestamp) -> Result<(), Illegal> {
    let has_proof = !reference.trim().is_empty() || !seen.trim().is_empty();
    if by.trim().is_empty() || (word == Word::Confirmed && !has_proof) {
        return Err(Illegal::NoProof);
    }
    if [by, reference, seen].iter().any(|text| text.chars().count() > TEXT_CHARS_MAX) {
        return Err(Illegal::TooLong);
    }
    if run.state == State::Confirmed && word != Word::Confirmed {
        return Err(Illegal::State);
    }
    run.state = match word {
        Word::Confirmed => State::Confirmed,
        Word::Asked => State::InFlight,
        Word::Refused => State::Refused,
        Word::Failed => State::Failed,
    };
    run.last = at;
    for (kept, new) in [(&mut run.by, by), (&mut run.reference, reference), (&mut run.seen, seen)] {
        if !new.trim().is_empty() {
            kept.clone_from(new);
        }
    }
    Ok(())
}

/// Tries again on a person's word. What may have had its effect is asked for first: by now the provider may have forgotten
/// the key.
fn again(run: &mut Run, by: &str, at: Timestamp) -> Result<(), Illegal> {
    if by.trim().is_empty() {
        return Err(Illegal::NoProof);
    }
    run.state = match run.state {
        State::Confirmed => return Err(Illegal::State),
        State::InFlight | State::Unknown => State::Unknown,
        State::Queued | State::Failed | State::Refused => State::Queued,
    };
    run.since = at;
    run.last = at;
    Ok(())
}

#[cfg(test)]
mod tests;
