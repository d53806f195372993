//! One lever's way to being pulled, or put back: tries, answers, and when to try again.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::credential::words;

words! {
    /// How far it is.
    State {
        Queued => "queued",
        InFlight => "in_flight",
        /// The only one that may be shown as stopped.
        Confirmed => "confirmed",
        /// It certainly had no effect; it is tried again.
        Failed => "failed",
        /// The provider will not. Trying again by itself would not help.
        Refused => "refused",
        /// It may have had its effect or not: the provider must be asked.
        Unknown => "unknown",
    }
}

words! {
    /// What came of a try.
    Answer {
        /// The effect is there.
        Confirmed => "confirmed",
        /// Asked, the provider says that the effect is not there.
        NotDone => "not_done",
        /// It had no effect, and may have one later: no connection, too many requests, an error that was named.
        Failed => "failed",
        Refused => "refused",
        /// No answer in time, or one that cannot be trusted.
        TimedOut => "timed_out",
    }
}

/// Seconds after the first tries; then about five minutes.
pub const RETRY_S: [i64; 4] = [5, 15, 45, 120];
/// Seconds between later tries, shifted by up to `JITTER_S` either way, so that many computers do not knock together.
pub const RETRY_EVERY_S: i64 = 300;
pub const JITTER_S: i64 = 30;
/// After this nothing is tried without a person, and a person is told.
pub const RETRY_FOR_S: i64 = 24 * 60 * 60;

/// Where one aim with one lever stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The same for all tries.
    pub key: String,
    pub state: State,
    /// Calls made so far, questions included.
    pub attempts: u32,
    /// Since when it is tried; a person's wish to try again starts anew.
    pub since: Timestamp,
    /// The last event.
    pub last: Timestamp,
    /// The provider's id of the last answer.
    pub request: Option<String>,
    /// Whose word made it confirmed or refused; empty for the provider's own answer.
    pub by: String,
    pub reference: String,
    pub seen: String,
    /// Whether the call under way is a question, which has no effect of its own.
    asks: bool,
}

impl Run {
    pub(super) fn queued(key: &str, at: Timestamp) -> Run {
        Run {
            key: key.to_owned(),
            state: State::Queued,
            attempts: 0,
            since: at,
            last: at,
            request: None,
            by: String::new(),
            reference: String::new(),
            seen: String::new(),
            asks: false,
        }
    }

    /// Whether nothing more is to be done.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self.state, State::Confirmed | State::Refused)
    }

    /// Tried for a day without an end: a person has to look.
    #[must_use]
    pub fn needs_person(&self, now: Timestamp) -> bool {
        !self.is_settled() && seconds(self.since, now) >= RETRY_FOR_S
    }

    /// When the next try is due; `None` = none by itself.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        if self.is_settled() || self.state == State::InFlight {
            return None;
        }
        let wait_s = self.wait_s();
        self.last.checked_add(SignedDuration::from_secs(wait_s)).ok()
    }

    /// Whether to try now. A clock that was set back makes it due: trying twice is harmless, waiting for years is not.
    #[must_use]
    pub fn is_due(&self, now: Timestamp, network_returned: bool) -> bool {
        let Some(due) = self.due() else { return false };
        !self.needs_person(now) && (network_returned || now >= due || now < self.last)
    }

    fn wait_s(&self) -> i64 {
        match self.attempts.checked_sub(1) {
            None => 0,
            Some(tried) => usize::try_from(tried)
                .ok()
                .and_then(|tried| RETRY_S.get(tried))
                .copied()
                .unwrap_or_else(|| RETRY_EVERY_S + self.jitter_s()),
        }
    }

    /// Made of the key and the try: no randomness, and yet different everywhere.
    fn jitter_s(&self) -> i64 {
        let mut hash = Sha256::new();
        hash.update(self.key.as_bytes());
        hash.update(self.attempts.to_be_bytes());
        let first = hash.finalize().first().copied().unwrap_or(0);
        i64::from(first) % (2 * JITTER_S + 1) - JITTER_S
    }

    /// A call begins. Whether it has an effect is unknown until it is answered.
    pub(super) fn begin(&mut self, asks: bool, at: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        self.asks = asks;
        self.state = State::InFlight;
        self.last = at;
    }

    /// Takes an answer. A late one, to an earlier try, counts only when it says that the effect is there.
    pub(super) fn answer(&mut self, attempt: u32, answer: Answer, request: Option<&str>, at: Timestamp) {
        if self.state == State::Confirmed || (attempt != self.attempts && answer != Answer::Confirmed) {
            return;
        }
        self.state = match answer {
            Answer::Confirmed => State::Confirmed,
            Answer::Refused => State::Refused,
            // A failed question leaves it as unknown as it was: an earlier call may have had its effect.
            Answer::Failed if self.asks => State::Unknown,
            Answer::Failed => State::Failed,
            Answer::NotDone => State::Queued,
            Answer::TimedOut => State::Unknown,
        };
        self.last = at;
        self.request = request.map(str::to_owned).or_else(|| self.request.take());
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}
