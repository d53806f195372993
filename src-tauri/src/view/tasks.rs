//! The window's data about tasks with dates and who does which step. Days are ISO dates, times RFC 3339.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::LocalizedView;

/// Something to be done by a day.
#[derive(Debug, Clone, Serialize, Type)]
pub struct TaskView {
    pub task: String,
    pub incident: String,
    /// Of the incident.
    pub title: String,
    /// Of a practice run.
    pub drill: bool,
    pub text: String,
    pub due: String,
    /// Empty = nobody was named.
    pub who: String,
    /// `open`, `done` or `dropped`.
    pub state: String,
    /// Open, and its day is over.
    pub late: bool,
    /// The day it is where its incident is, whatever the zone of this computer.
    pub today: String,
    pub added_by: String,
    pub added: String,
    /// Who settled it, and when.
    pub by: Option<String>,
    pub at: Option<String>,
    /// Why it was dropped.
    pub reason: Option<String>,
    /// What was left that it was made of.
    pub of: Option<String>,
}

/// A step or a part that was skipped or is open, or a lever that is, as a task in words.
#[derive(Debug, Clone, Serialize, Type)]
pub struct LeftView {
    /// A step, `step/part`, or of a lever `lever/stop` and `lever/undo`.
    pub of: String,
    pub state: String,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// The step of the first review after it.
    pub review: String,
    /// That review's time has come.
    pub due: bool,
    pub text: LocalizedView,
}

/// What a task says; what is left out of a change stays as it was.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct TaskRequest {
    /// Of a new one: what was left.
    pub of: Option<String>,
    pub text: Option<String>,
    pub due: Option<String>,
    pub who: Option<String>,
}

/// Who does a step, or what is open of a lane and has no name.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct AssignRequest {
    pub step: Option<String>,
    /// `phone` or `click`, where no step is named.
    pub lane: Option<String>,
    /// Empty = nobody any more.
    pub who: String,
}
