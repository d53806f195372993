//! An incident as it is shown.

use jiff::Timestamp;
use jiff::civil::Date;
use purser_books::fact::{Localized, Region};
use purser_books::incident::record::Attachment;
use purser_books::incident::{Answers, Incident, PartView, StepState, StepView};
use purser_books::lever::{Returned, Summary};
use purser_books::playbook::{self, Lane};
use serde::Serialize;

use super::put_back::{is_over, returned};
use super::reconcile::{Marked, reconciled};
use super::tasks::{LeftLine, TaskLine, left_lines, task_lines};
use super::{board, owners};
use crate::Permit;
use crate::error::Result;
use crate::evidence_pack::first_day_of_pack;
use crate::freeze::levers::{self, LeverView};

/// What a step opens that goes through the transactions.
const TRANSACTIONS: &str = "transactions";

/// An incident as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentView {
    pub id: String,
    pub title: String,
    /// A practice run.
    pub drill: bool,
    /// The first suspicion: the clock.
    pub started: Timestamp,
    pub elapsed_min: i64,
    pub closed: Option<Timestamp>,
    pub answers: Answers,
    /// Where the business and its banks are; none = not known, and the steps of every place stand.
    pub regions: Vec<Region>,
    /// The last day on which everything was known to be the business's own.
    pub good_day: Option<Date>,
    pub steps: Vec<StepLine>,
    pub levers: Vec<LeverView>,
    /// What could be stopped too and was not taken up: it costs sales, or is about a wallet that came later.
    pub offered: Vec<LeverView>,
    pub summary: Summary,
    /// One for each wallet at which nothing that stops money is confirmed.
    pub calls_to_make: usize,
    /// How much of what was stopped is put back; nothing while it goes on.
    pub put_back: Option<Returned>,
    pub attachments: Vec<Attachment>,
    pub notes: Vec<String>,
    /// Open ones by their day, then the others.
    pub tasks: Vec<TaskLine>,
    /// What was left and could be made a task.
    pub left: Vec<LeftLine>,
    /// The day a new task is proposed for.
    pub task_day: Date,
    /// The day it is where the incident is.
    pub today: Date,
    /// The first day of an evidence pack, where nobody chose.
    pub pack_from: Date,
    /// Whom a step or a task can be given to; any other name too.
    pub names: Vec<String>,
}

/// A step in its place.
#[derive(Debug, Clone, Serialize)]
pub struct StepLine {
    pub step: String,
    pub title: Localized,
    /// When it should be done.
    pub target: Timestamp,
    pub state: StepState,
    pub late: bool,
    pub lane: Lane,
    /// Who does it; `None` = nobody was named.
    pub owner: Option<String>,
    /// Not on this computer.
    pub elsewhere: bool,
    pub photographs_first: bool,
    pub by: Option<String>,
    pub at: Option<Timestamp>,
    pub skipped: Option<String>,
    pub references: Vec<String>,
    pub parts: Vec<PartLine>,
    /// The page of the window that helps.
    pub opens: Option<String>,
    /// Of the step that goes through the transactions, once it is known where they begin.
    pub transactions: Option<Marked>,
}

/// One thing of a step.
#[derive(Debug, Clone, Serialize)]
pub struct PartLine {
    /// What it is named by: `part`, or `part@wallet`.
    pub part: String,
    pub text: Localized,
    pub wallet: Option<String>,
    pub state: StepState,
}

pub(super) async fn view(
    permit: &Permit,
    incident: &Incident,
    now: Timestamp,
    is_frozen: bool,
) -> Result<IncidentView> {
    let store = permit.store();
    let (wallets, board) = (store.wallets().await?, board(store, &incident.id).await?);
    let marked = reconciled(store, incident).await?.map(|all| Marked { marked: all.marked, total: all.total });
    Ok(IncidentView {
        id: incident.id.clone(),
        title: incident.title.clone(),
        drill: incident.drill,
        started: incident.suspected_at,
        elapsed_min: incident.elapsed_min(now),
        closed: incident.closed.as_ref().map(|mark| mark.at),
        answers: incident.answers,
        regions: incident.regions.clone(),
        good_day: incident.good_day,
        steps: step_lines(incident, now, marked),
        levers: levers::views(&board, &wallets, now, is_over(incident, &board, is_frozen)),
        offered: levers::offered_views(&board, &wallets, incident.answers, now),
        summary: board.summary(now),
        calls_to_make: board.calls_to_make(),
        put_back: returned(incident, &board, is_frozen),
        attachments: incident.attachments.clone(),
        notes: incident.notes.clone(),
        tasks: task_lines(incident, now),
        left: left_lines(incident, &board, &wallets, now, is_frozen),
        task_day: incident.day_for_task(playbook::incident(), now),
        today: incident.today(now),
        pack_from: first_day_of_pack(incident),
        names: owners::names(permit, &incident.names()).await?,
    })
}

fn step_lines(incident: &Incident, now: Timestamp, marked: Option<Marked>) -> Vec<StepLine> {
    let playbook = playbook::incident();
    let line = |view: StepView| {
        let step = playbook.steps.iter().find(|step| step.id == view.step)?;
        let part = |part: PartView| {
            let known = step.parts.iter().find(|known| known.id == part.part)?;
            let wallet = incident.wallets.iter().find(|wallet| Some(&wallet.id) == part.wallet.as_ref());
            let state = match &part.mark {
                None => StepState::Open,
                Some(mark) if mark.skipped.is_empty() => StepState::Done,
                Some(_) => StepState::Skipped,
            };
            let text = Localized { en: known.en.clone(), zh: known.zh.clone() };
            Some(PartLine { part: part.key, text, wallet: wallet.map(|wallet| wallet.name.clone()), state })
        };
        let settled = view.settled.as_ref();
        Some(StepLine {
            title: step.title.clone(),
            target: view.due,
            state: view.state,
            late: view.late,
            lane: view.lane,
            owner: view.owner,
            elsewhere: view.elsewhere,
            photographs_first: view.photographs_first,
            by: settled.map(|mark| mark.by.clone()),
            at: settled.map(|mark| mark.at),
            skipped: settled.map(|mark| mark.skipped.clone()).filter(|reason| !reason.is_empty()),
            references: view.references,
            parts: view.parts.into_iter().filter_map(part).collect(),
            transactions: marked.filter(|_| step.opens.as_deref() == Some(TRANSACTIONS)),
            opens: step.opens.clone(),
            step: view.step,
        })
    };
    incident.steps(playbook, now).into_iter().filter_map(line).collect()
}
