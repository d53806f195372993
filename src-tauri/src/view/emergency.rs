//! The window's data about a freeze, its levers and incidents. Times are RFC 3339.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::LocalizedView;
use super::tasks::{LeftView, TaskView};
use super::transactions::TransactionView;

/// What is frozen now; known without a login.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FreezeStateView {
    pub frozen: bool,
    pub since: Option<String>,
    /// The login that asked; empty = from the lock screen, or not known.
    pub by: String,
    /// Nobody may have asked: a damaged line of a journal is taken for a request.
    pub from_damage: bool,
    pub computer_not_trusted: bool,
}

/// A freeze that is on the disk.
#[derive(Debug, Clone, Serialize, Type)]
pub struct RequestedView {
    pub local_ms: u32,
    pub levers: Vec<LeverView>,
    /// One for each wallet at which nothing that stops money is confirmed.
    pub calls_to_make: u32,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct LeverView {
    pub lever: String,
    pub provider: String,
    /// The wallet's name, where wallets are known.
    pub wallet: Option<String>,
    /// Only `confirmed` is stopped.
    pub state: String,
    pub kind: String,
    pub ring: String,
    pub title: LocalizedView,
    pub effect: LocalizedView,
    pub way: Option<String>,
    pub value: Option<String>,
    pub hours: Option<String>,
    pub zone: Option<String>,
    pub open_now: Option<bool>,
    pub can_be_undone: bool,
    /// Photographs come first.
    pub signs_out: bool,
    pub grade: Option<String>,
    pub source: Option<String>,
    pub as_of: Option<String>,
    pub at: Option<String>,
    pub by: String,
    pub reference: String,
    pub seen: String,
    /// What a person changed with it, as it was before.
    pub prior: Option<String>,
    /// How far it is on its way back, once what it was pulled for is over.
    pub put_back: Option<PutBackView>,
}

/// A lever on its way back.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PutBackView {
    /// `cannot`, `open`, `asked`, `failed`, `refused`, `done`, `stays`.
    pub state: String,
    pub at: Option<String>,
    pub by: String,
    pub reference: String,
    /// What was seen; of what stays, why.
    pub seen: String,
    /// Since when it was said whether it can be put back: before it was pulled.
    pub known_since: String,
}

/// How much of what was stopped is put back.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
pub struct ReturnedView {
    pub done: u32,
    pub of: u32,
    /// Neither put back nor left as they are by a decision.
    pub open: u32,
    pub cannot: u32,
}

/// What is said and asked for at a provider, for one wallet.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CallWordsView {
    /// Of the levers with this provider and wallet.
    pub provider: String,
    pub wallet: Option<String>,
    /// What cannot be done there.
    pub cannot: LocalizedView,
    pub have: Vec<LocalizedView>,
    pub ask: Vec<LocalizedView>,
    pub scripts: Vec<ScriptView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ScriptView {
    pub speaker: String,
    pub text: LocalizedView,
}

/// The levers as they are without the books, and what is read aloud: with names where the books are open.
#[derive(Debug, Clone, Serialize, Type)]
pub struct EmergencyGuideView {
    pub levers: Vec<LeverView>,
    /// What costs sales.
    pub offered: Vec<LeverView>,
    pub calls_to_make: u32,
    pub words: Vec<CallWordsView>,
}

/// The three questions; `null` = not answered, or left as it was.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AnswersView {
    pub money_left: Option<String>,
    pub entrance: Option<String>,
    pub controlled: Option<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct IncidentView {
    pub id: String,
    pub title: String,
    /// A practice run.
    pub drill: bool,
    /// The first suspicion: the clock.
    pub started: String,
    pub closed: Option<String>,
    pub answers: AnswersView,
    /// `mainland`, `hong_kong`, `elsewhere`; none = not known, and the steps of every place stand.
    pub regions: Vec<String>,
    /// The last day on which everything was known to be the business's own.
    pub good_day: Option<String>,
    pub steps: Vec<IncidentStepView>,
    pub levers: Vec<LeverView>,
    /// What could be stopped too and was not taken up: it costs sales, or is about a wallet that came later.
    pub offered: Vec<LeverView>,
    pub calls_to_make: u32,
    /// `null` while it goes on, and where nothing was stopped.
    pub put_back: Option<ReturnedView>,
    pub attachments: Vec<AttachmentView>,
    pub notes: Vec<String>,
    /// Open ones by their day, then the others.
    pub tasks: Vec<TaskView>,
    /// What was left and could be made a task.
    pub left: Vec<LeftView>,
    /// The day a new task is proposed for.
    pub task_day: String,
    /// The day it is where the incident is, whatever the zone of this computer.
    pub today: String,
    /// The first day of an evidence pack, where nobody chose.
    pub pack_from: String,
    /// Whom a step or a task can be given to; any other name too.
    pub names: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct IncidentStepView {
    pub step: String,
    pub title: LocalizedView,
    pub target: String,
    pub state: String,
    pub late: bool,
    pub lane: String,
    /// `null` = nobody was named.
    pub owner: Option<String>,
    /// Not on this computer.
    pub elsewhere: bool,
    pub photographs_first: bool,
    pub by: Option<String>,
    pub at: Option<String>,
    pub skipped: Option<String>,
    pub references: Vec<String>,
    pub parts: Vec<IncidentPartView>,
    /// The page of the window that helps.
    pub opens: Option<String>,
    /// Of the step that goes through the transactions, once it is known where they begin.
    pub transactions: Option<MarkedView>,
}

/// Marked of all.
#[derive(Debug, Clone, Copy, Serialize, Type)]
pub struct MarkedView {
    pub marked: u32,
    pub total: u32,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct IncidentPartView {
    pub part: String,
    pub text: LocalizedView,
    pub wallet: Option<String>,
    pub state: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct AttachmentView {
    pub step: Option<String>,
    /// `licence`, `authorisation`, `other`.
    pub kind: String,
    pub name: String,
    pub sha256: String,
    pub bytes: f64,
    pub at: String,
    pub by: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct IncidentLineView {
    pub id: String,
    pub title: String,
    pub drill: bool,
    pub started: String,
    pub closed: Option<String>,
    pub put_back: Option<ReturnedView>,
}

/// How a step, or a part of it (`step/part`), is settled.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct StepRequest {
    pub step: String,
    /// `done`, `skipped` or `reopened`.
    pub state: String,
    /// Of what is done.
    pub reference: String,
    /// A note with what is done, the reason otherwise.
    pub text: String,
}

/// What a person saw of a lever.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct LeverRequest {
    pub lever: String,
    pub word: String,
    pub reference: String,
    pub seen: String,
    /// What was changed, as it was before.
    pub prior: String,
    /// Now where nobody says.
    pub at: Option<String>,
    pub undone: bool,
}

/// One entry of an incident's record.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum EntryRequest {
    Note {
        step: Option<String>,
        text: String,
    },
    /// The first suspicion was at another time.
    Suspected {
        at: String,
    },
    Close {
        reason: String,
    },
    Resume {
        reason: String,
    },
}

/// The wait before a freeze ends.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CoolingOffView {
    pub reason: String,
    pub begun: String,
    pub remaining_s: u32,
    pub until: String,
}

/// What came of asking for the end of a freeze: `cooling_off` or `unfrozen`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct UnfrozenView {
    pub state: String,
    pub until: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PackRequest {
    pub incident: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Names and raw lines of what brought money in too.
    pub with_customers: bool,
    /// For whom it is encrypted with age: `open` = for nobody, `owner`, `recipient`.
    pub seal: String,
    pub recipient: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct PackedView {
    pub name: String,
    pub sha256: String,
    pub files: u32,
    pub transactions: u32,
    pub from: String,
    pub to: String,
    pub sealed: bool,
    /// Characters that PDFs of the pack show as boxes; its texts have them.
    pub missing: String,
}

/// A page of what came after the last good day.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct ReconcilePageRequest {
    pub incident: String,
    /// Only what nobody marked.
    pub unmarked: bool,
    /// The `next` of the page before.
    pub after: Option<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ReconcilePageView {
    pub good_day: String,
    pub rows: Vec<JudgedView>,
    pub next: Option<String>,
    pub progress: ReconciledView,
}

/// A transaction with what was said of it: `ours`, `theirs`, `unknown`; `null` = nothing yet.
#[derive(Debug, Clone, Serialize, Type)]
pub struct JudgedView {
    pub transaction: TransactionView,
    pub verdict: Option<String>,
    pub by: String,
    pub at: Option<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ReconciledView {
    pub total: u32,
    pub marked: u32,
    pub sums: Vec<VerdictSumView>,
}

/// What transactions of one verdict and one currency come to: net, both positive; `null` = too large a number.
#[derive(Debug, Clone, Serialize, Type)]
pub struct VerdictSumView {
    pub verdict: Option<String>,
    pub currency: String,
    pub count: u32,
    pub money_in: Option<String>,
    pub money_out: Option<String>,
}

/// How it stands with practising.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PracticeView {
    /// `null` = never.
    pub last: Option<PractisedView>,
    pub due_on: Option<String>,
    pub due: bool,
}

/// The last run that was ended.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PractisedView {
    pub day: String,
    pub minutes: u32,
    pub done: Vec<LocalizedView>,
    pub late: Vec<LocalizedView>,
    /// Not done when their time was over.
    pub missed: Vec<LocalizedView>,
}
