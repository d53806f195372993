//! The way back: what was stopped at a provider is put back there once the freeze is over, one lever after another, each by an
//! act of its own. It is called put back when somebody saw that it is, and not before.

use jiff::Timestamp;
use serde::Serialize;

use super::board::{Illegal, Pull, TEXT_CHARS_MAX};
use super::run::State;
use super::{Board, Kind};
use crate::credential::words;

words! {
    /// How far a lever that was pulled is on its way back.
    PutBack {
        /// It cannot be put back. The list said so before it was pulled.
        Cannot => "cannot",
        Open => "open",
        /// The provider was asked and has not confirmed.
        Asked => "asked",
        /// Tried without success; to be tried again.
        Failed => "failed",
        /// The provider will not, or cannot.
        Refused => "refused",
        /// Somebody saw that it is as it was.
        Done => "done",
        /// Somebody decided that it stays stopped, and wrote down why.
        Stays => "stays",
    }
}

impl PutBack {
    /// Whether somebody still has to do something about it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, PutBack::Open | PutBack::Asked | PutBack::Failed | PutBack::Refused)
    }
}

/// Why a lever stays pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stay {
    pub at: Timestamp,
    pub by: String,
    pub reason: String,
}

/// What a board's levers come to on their way back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Returned {
    pub done: usize,
    /// Pulled, and of a kind that can be put back.
    pub of: usize,
    /// Neither put back nor left as they are by a decision.
    pub open: usize,
    /// Pulled, and of a kind that cannot be put back.
    pub cannot: usize,
}

impl Pull {
    /// How far it is on its way back; `None` where nothing was stopped. Purser's own lever is put back by the end of the freeze.
    #[must_use]
    pub fn put_back(&self) -> Option<PutBack> {
        let had_effect = matches!(self.stop.state, State::Confirmed | State::Unknown);
        if !had_effect || self.lever.kind == Kind::Local {
            return None;
        }
        if !self.lever.can_be_undone {
            return Some(PutBack::Cannot);
        }
        if self.stays.is_some() {
            return Some(PutBack::Stays);
        }
        Some(match self.undo.as_ref().map(|run| run.state) {
            None | Some(State::Queued) => PutBack::Open,
            Some(State::InFlight | State::Unknown) => PutBack::Asked,
            Some(State::Failed) => PutBack::Failed,
            Some(State::Refused) => PutBack::Refused,
            Some(State::Confirmed) => PutBack::Done,
        })
    }

    /// Whether money, or selling, is stopped by it now.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.state == State::Confirmed && !self.is_put_back()
    }

    pub(super) fn is_put_back(&self) -> bool {
        self.undo.as_ref().is_some_and(|run| run.state == State::Confirmed)
    }

    /// Puts back begun by the program go on one after another; of a person's call it is enough that it was made.
    pub(super) fn holds_others_up(&self) -> bool {
        let undo = self.undo.as_ref().filter(|_| self.stays.is_none());
        undo.is_some_and(|run| !run.is_settled() && (self.lever.kind != Kind::Manual || run.state == State::Queued))
    }

    pub(super) fn stay(&mut self, by: &str, reason: &str, at: Timestamp) -> Result<(), Illegal> {
        if by.trim().is_empty() || reason.trim().is_empty() {
            return Err(Illegal::NoReason);
        }
        if [by, reason].iter().any(|text| text.chars().count() > TEXT_CHARS_MAX) {
            return Err(Illegal::TooLong);
        }
        match self.put_back() {
            Some(PutBack::Cannot) => Err(Illegal::NoUndo),
            Some(state) if state.is_open() => {
                self.stays = Some(Stay { at, by: by.to_owned(), reason: reason.trim().to_owned() });
                Ok(())
            }
            _ => Err(Illegal::State),
        }
    }
}

impl Board {
    #[must_use]
    pub fn returned(&self) -> Returned {
        let states: Vec<PutBack> = self.pulls().iter().filter_map(Pull::put_back).collect();
        let count = |is: &dyn Fn(&PutBack) -> bool| states.iter().filter(|state| is(state)).count();
        let cannot = count(&|state| *state == PutBack::Cannot);
        Returned {
            done: count(&|state| *state == PutBack::Done),
            of: states.len() - cannot,
            open: count(&|state| state.is_open()),
            cannot,
        }
    }
}

#[cfg(test)]
mod tests;
