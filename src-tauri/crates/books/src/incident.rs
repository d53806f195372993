//! An incident: from the first suspicion to the review on day 30, folded from what happened.
//!
//! The caller stores one [`Entry`] after another and folds them ([`Incidents::fold`]); a crash loses at most the one that was not
//! stored. Nothing is ever taken back: reopening a step is an entry too. The truth is always taken: what was done out of order
//! can be recorded, and is shown as such.
//!
//! - [`place`]: whose police are called.
//! - [`plan`]: which steps, in which order, from the answers to three questions.
//! - [`record`]: the fold, and what cannot have happened.
//! - [`task`]: what is to be done by a day, and what a review can make of what was left.
//! - [`view`]: the list as a screen, a page or the command line shows it.
//!
//! Not here: words for people ([`crate::playbook`]), papers ([`crate::papers`]), what a freeze refuses ([`crate::freeze::act`]).

pub mod place;
pub mod plan;
pub mod record;
pub mod task;
pub mod view;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use plan::{Plan, Planned};
pub use record::{Incident, Incidents, Refused};
pub use task::{Left, Task, TaskState};
pub use view::{PartView, Score, StepState, StepView};

use crate::credential::words;
use crate::fact::Region;
use crate::playbook::Tick;

words! {
    /// An answer a frightened person can give.
    Sure {
        Yes => "yes",
        No => "no",
        Unsure => "unsure",
    }
}

words! {
    /// How somebody got in.
    Entrance {
        Login => "login",
        Key => "key",
        Person => "person",
        Unsure => "unsure",
    }
}

words! {
    /// What a step can depend on.
    Condition {
        MoneyLeft => "money_left",
        Login => "login",
        Key => "key",
        Person => "person",
        Controlled => "controlled",
    }
}

words! {
    /// What an attached file is; the first two stand among the enclosures of every paper.
    AttachmentKind {
        /// A copy of the business licence.
        Licence => "licence",
        /// The business lets somebody act for it.
        Authorisation => "authorisation",
        Other => "other",
    }
}

impl AttachmentKind {
    /// What entries were before kinds were told.
    const fn other() -> AttachmentKind {
        AttachmentKind::Other
    }
}

/// The three questions. What is not answered counts as the worse answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Has money left?
    pub money_left: Option<Sure>,
    /// Is it a login, a key, or a person?
    pub entrance: Option<Entrance>,
    /// Could somebody be controlling this computer?
    pub controlled: Option<Sure>,
}

impl Answers {
    /// Whether a step that depends on this is wanted.
    #[must_use]
    pub fn holds(&self, condition: Condition) -> bool {
        let sure = |answer: Option<Sure>| answer != Some(Sure::No);
        let by = |entrance| self.entrance.is_none_or(|given| given == entrance || given == Entrance::Unsure);
        match condition {
            Condition::MoneyLeft => sure(self.money_left),
            Condition::Controlled => sure(self.controlled),
            Condition::Login => by(Entrance::Login),
            Condition::Key => by(Entrance::Key),
            Condition::Person => by(Entrance::Person),
        }
    }

    /// Which questions were answered, with "unsure" too.
    #[must_use]
    pub fn given(&self) -> Vec<Tick> {
        let given = [
            (self.money_left.is_some(), Tick::MoneyLeft),
            (self.entrance.is_some(), Tick::Entrance),
            (self.controlled.is_some(), Tick::Controlled),
        ];
        given.into_iter().filter(|(is_given, _)| *is_given).map(|(_, tick)| tick).collect()
    }

    /// Whether secrets are kept off this computer: only after somebody said yes or unsure. Before the question was asked
    /// the freeze alone decides.
    #[must_use]
    pub fn computer_not_trusted(&self) -> bool {
        matches!(self.controlled, Some(Sure::Yes | Sure::Unsure))
    }
}

/// A wallet the incident is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    pub id: String,
    pub name: String,
    /// The provider's code.
    pub provider: String,
}

/// What happened. Every text is a person's own and is cleaned where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The clock starts at the first suspicion, which is often before this.
    Opened {
        title: String,
        suspected_at: Timestamp,
        drill: bool,
        zone: String,
    },
    /// The first suspicion was at another time.
    Suspected {
        at: Timestamp,
    },
    /// Which wallets and places it is about; replaces what was said before.
    Concerns {
        wallets: Vec<Wallet>,
        regions: Vec<Region>,
    },
    /// All three as they are known now.
    Answered {
        answers: Answers,
    },
    /// A part of a step is done: its id, with `@` and the wallet's id where it is one of each wallet.
    PartDone {
        step: String,
        part: String,
    },
    PartSkipped {
        step: String,
        part: String,
        reason: String,
    },
    /// The step's parts are done, and this is what is to be kept of it.
    Done {
        step: String,
        reference: String,
        note: String,
    },
    Skipped {
        step: String,
        reason: String,
    },
    Reopened {
        step: String,
        reason: String,
    },
    Noted {
        step: Option<String>,
        text: String,
    },
    /// A file was taken in; its bytes are elsewhere.
    Attached {
        step: Option<String>,
        name: String,
        sha256: String,
        bytes: u64,
        #[serde(default = "AttachmentKind::other")]
        kind: AttachmentKind,
    },
    /// The last day on which everything was known to be the business's own.
    GoodDay {
        day: Date,
    },
    /// Who does a step; an empty name takes it from whoever had it.
    Assigned {
        step: String,
        who: String,
    },
    /// A new task, or what a known one says now.
    TaskAdded {
        task: String,
        text: String,
        due: Date,
        who: String,
        /// What was left: a step, or `step/part`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<String>,
    },
    TaskDone {
        task: String,
    },
    /// It is to be done after all.
    TaskReopened {
        task: String,
    },
    TaskDropped {
        task: String,
        reason: String,
    },
    Closed {
        reason: String,
    },
    /// The incident goes on.
    Resumed {
        reason: String,
    },
}

/// One stored line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub incident: String,
    pub at: Timestamp,
    /// The login that recorded it; empty at the lock screen.
    pub by: String,
    #[serde(flatten)]
    pub event: Event,
}

#[cfg(test)]
mod tests;
