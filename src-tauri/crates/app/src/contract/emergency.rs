//! The commands of an emergency.

use std::path::PathBuf;

use jiff::Timestamp;
use purser_books::document::Language;
use purser_books::fact::Region;
use purser_books::incident::{Answers, AttachmentKind, Entrance, Event, Sure};
use purser_books::lever::Word;
use purser_books::papers::Verdict;
use purser_books::playbook::Lane;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Proof, transaction_json};
use crate::Purser;
use crate::error::Result;
use crate::evidence_pack::PackRequest;
use crate::freeze::check_reason;
use crate::incident::{Assign, LeverSaid, ReconcileRequest, Reconciled, Settled, TaskSettled, TaskText, VerdictSum};
use crate::overview::plain;
use crate::role::Action;
use crate::step_up::Act;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "emergency")]
pub enum EmergencyCommand {
    /// From any state, by anybody.
    Freeze,
    /// The same list and levers, and nothing is frozen.
    Drill,
    Unfreeze {
        proof: Proof,
        reason: String,
    },
    CancelUnfreeze,
    /// Seconds between the wish to unfreeze and its end.
    CoolOff {
        seconds: u32,
        proof: Option<Proof>,
    },
    Incidents,
    Incident {
        id: Option<String>,
    },
    OpenIncident {
        title: String,
        suspected: Option<Timestamp>,
    },
    Answer {
        id: Option<String>,
        money_left: Option<Sure>,
        entrance: Option<Entrance>,
        controlled: Option<Sure>,
        /// `None` = as it was; none of them = not known.
        #[serde(default)]
        regions: Option<Vec<Region>>,
    },
    StepDone {
        id: Option<String>,
        step: String,
        reference: String,
        note: String,
    },
    StepSkipped {
        id: Option<String>,
        step: String,
        reason: String,
    },
    StepReopened {
        id: Option<String>,
        step: String,
        reason: String,
    },
    /// Who does a step; an empty name = nobody any more.
    Assign {
        id: Option<String>,
        step: String,
        who: String,
    },
    /// Who does what is open of a lane and has no name.
    AssignLane {
        id: Option<String>,
        lane: Lane,
        who: String,
    },
    Tasks {
        id: Option<String>,
    },
    AddTask {
        id: Option<String>,
        /// What was left: a step, or `step/part`.
        of: Option<String>,
        text: Option<String>,
        due: Option<String>,
        who: Option<String>,
        /// Of the words of what was left.
        language: Language,
    },
    ChangeTask {
        id: Option<String>,
        task: String,
        text: Option<String>,
        due: Option<String>,
        who: Option<String>,
    },
    TaskDone {
        id: Option<String>,
        task: String,
    },
    TaskReopened {
        id: Option<String>,
        task: String,
    },
    TaskDropped {
        id: Option<String>,
        task: String,
        reason: String,
    },
    Note {
        id: Option<String>,
        step: Option<String>,
        text: String,
    },
    Lever {
        id: Option<String>,
        lever: String,
        word: Word,
        reference: String,
        seen: String,
        #[serde(default)]
        prior: String,
        at: Option<Timestamp>,
        undone: bool,
    },
    /// Not put back, by a decision.
    LeaveLever {
        id: Option<String>,
        lever: String,
        reason: String,
    },
    /// A lever that was only offered.
    TakeLever {
        id: Option<String>,
        lever: String,
    },
    GoodDay {
        id: Option<String>,
        day: String,
    },
    /// What came after the last good day, with what was said of it.
    Transactions {
        request: ReconcileRequest,
    },
    /// `None` takes a mark back.
    Mark {
        id: Option<String>,
        transactions: Vec<String>,
        verdict: Option<Verdict>,
    },
    /// How it stands with practising.
    Practice,
    EndPractice {
        id: Option<String>,
    },
    /// What is read aloud; without names where nobody is logged in.
    Scripts,
    Evidence {
        id: Option<String>,
        step: Option<String>,
        kind: AttachmentKind,
        path: PathBuf,
    },
    /// The steps on two pages, to go on with on paper.
    PrintChecklist {
        id: Option<String>,
        language: Language,
        output: PathBuf,
    },
    Pack {
        output: PathBuf,
        request: PackRequest,
    },
    CloseIncident {
        id: Option<String>,
        reason: String,
    },
    ResumeIncident {
        id: String,
        reason: String,
    },
}

impl EmergencyCommand {
    /// The row of the role table; `None` = anybody may, logged in or not.
    #[must_use]
    pub const fn action(&self) -> Option<Action> {
        match self {
            EmergencyCommand::Freeze | EmergencyCommand::Drill | EmergencyCommand::Scripts => None,
            EmergencyCommand::Unfreeze { .. } => Some(Action::Unfreeze),
            EmergencyCommand::CancelUnfreeze => Some(Action::CancelUnfreeze),
            EmergencyCommand::CoolOff { .. } => Some(Action::ChangeSettings),
            EmergencyCommand::Pack { .. } => Some(Action::WriteEvidencePack),
            EmergencyCommand::Incidents
            | EmergencyCommand::Incident { .. }
            | EmergencyCommand::Tasks { .. }
            | EmergencyCommand::Practice
            | EmergencyCommand::PrintChecklist { .. }
            | EmergencyCommand::Transactions { .. } => Some(Action::ReadIncident),
            EmergencyCommand::OpenIncident { .. }
            | EmergencyCommand::Answer { .. }
            | EmergencyCommand::StepDone { .. }
            | EmergencyCommand::StepSkipped { .. }
            | EmergencyCommand::StepReopened { .. }
            | EmergencyCommand::Assign { .. }
            | EmergencyCommand::AssignLane { .. }
            | EmergencyCommand::AddTask { .. }
            | EmergencyCommand::ChangeTask { .. }
            | EmergencyCommand::TaskDone { .. }
            | EmergencyCommand::TaskReopened { .. }
            | EmergencyCommand::TaskDropped { .. }
            | EmergencyCommand::Note { .. }
            | EmergencyCommand::Lever { .. }
            | EmergencyCommand::LeaveLever { .. }
            | EmergencyCommand::TakeLever { .. }
            | EmergencyCommand::GoodDay { .. }
            | EmergencyCommand::Mark { .. }
            | EmergencyCommand::EndPractice { .. }
            | EmergencyCommand::Evidence { .. }
            | EmergencyCommand::CloseIncident { .. }
            | EmergencyCommand::ResumeIncident { .. } => Some(Action::RecordIncident),
        }
    }
}

impl Purser {
    pub(super) async fn run_emergency(&self, command: EmergencyCommand) -> Result<Value> {
        use EmergencyCommand as C;
        match command {
            C::Freeze => Ok(json!(self.freeze().await?)),
            C::Drill => {
                let begun = self.now().boot_ms;
                let drill = self.drill().await?;
                let local_ms = self.now().boot_ms.saturating_sub(begun);
                Ok(json!({
                    "freeze": drill.incident,
                    "drill": true,
                    "local_ms": local_ms,
                    "levers": drill.levers,
                    "offered": drill.offered,
                    "calls_to_make": drill.calls_to_make,
                }))
            }
            C::Unfreeze { proof, reason } => {
                check_reason(&reason)?;
                let proof = self.prove(Act::Unfreeze, &proof).await?;
                Ok(json!(self.unfreeze(proof, &reason).await?))
            }
            C::CancelUnfreeze => {
                self.cancel_unfreeze().await?;
                Ok(json!({ "state": "frozen" }))
            }
            C::CoolOff { seconds, proof } => {
                let proof = match proof {
                    Some(proof) => Some(self.prove(Act::LowerSetting, &proof).await?),
                    None => None,
                };
                self.set_cool_off(seconds, proof).await?;
                Ok(json!({ "cool_off_s": seconds }))
            }
            C::Pack { output, request } => Ok(json!(self.write_evidence_pack(&output, &request).await?)),
            C::Transactions { request } => self.reconcile_json(&request).await,
            C::Mark { id, transactions, verdict } => {
                let marks: Vec<_> = transactions.into_iter().map(|transaction| (transaction, verdict)).collect();
                Ok(progress_json(&self.set_verdicts(id.as_deref(), &marks).await?))
            }
            C::PrintChecklist { id, language, output } => {
                Ok(json!(self.print_checklist(id.as_deref(), language, &output).await?))
            }
            C::Practice => Ok(json!(self.practice().await?)),
            C::EndPractice { id } => Ok(json!(self.end_practice(id.as_deref()).await?)),
            C::Scripts => Ok(json!({ "scripts": self.lever_scripts().await? })),
            C::Incidents => Ok(json!({ "rows": self.incidents().await? })),
            C::Tasks { id } => Ok(json!(self.tasks(id.as_deref()).await?)),
            C::AddTask { id, of, text, due, who, language } => {
                let say = TaskText { text, due, who };
                Ok(json!(self.add_task(id.as_deref(), of.as_deref(), say, language).await?))
            }
            C::ChangeTask { id, task, text, due, who } => {
                Ok(json!(self.change_task(id.as_deref(), &task, TaskText { text, due, who }).await?))
            }
            C::TaskDone { id, task } => Ok(json!(self.settle_task(id.as_deref(), &task, TaskSettled::Done).await?)),
            C::TaskReopened { id, task } => {
                Ok(json!(self.settle_task(id.as_deref(), &task, TaskSettled::Reopened).await?))
            }
            C::TaskDropped { id, task, reason } => {
                Ok(json!(self.settle_task(id.as_deref(), &task, TaskSettled::Dropped { reason }).await?))
            }
            command => self.run_incident(command).await,
        }
    }

    async fn run_incident(&self, command: EmergencyCommand) -> Result<Value> {
        use EmergencyCommand as C;
        let view = match command {
            C::Incident { id } => self.incident(id.as_deref()).await,
            C::OpenIncident { title, suspected } => self.open_incident(&title, suspected).await,
            C::Answer { id, money_left, entrance, controlled, regions } => {
                let answers = Answers { money_left, entrance, controlled };
                self.answer_incident(id.as_deref(), answers, regions).await
            }
            C::StepDone { id, step, reference, note } => {
                self.settle_step(id.as_deref(), &step, Settled::Done { reference, note }).await
            }
            C::StepSkipped { id, step, reason } => {
                self.settle_step(id.as_deref(), &step, Settled::Skipped { reason }).await
            }
            C::StepReopened { id, step, reason } => {
                self.settle_step(id.as_deref(), &step, Settled::Reopened { reason }).await
            }
            C::Assign { id, step, who } => self.assign(id.as_deref(), &Assign::Step(step), &who).await,
            C::AssignLane { id, lane, who } => self.assign(id.as_deref(), &Assign::Lane(lane), &who).await,
            C::Note { id, step, text } => self.record_incident(id.as_deref(), vec![Event::Noted { step, text }]).await,
            C::Lever { id, lever, word, reference, seen, prior, at, undone } => {
                let said = LeverSaid { lever, word, reference, seen, prior, at, undone };
                self.say_lever(id.as_deref(), said).await
            }
            C::LeaveLever { id, lever, reason } => self.leave_lever(id.as_deref(), &lever, &reason).await,
            C::GoodDay { id, day } => self.set_good_day(id.as_deref(), &day).await,
            C::TakeLever { id, lever } => self.take_lever(id.as_deref(), &lever).await,
            C::Evidence { id, step, kind, path } => {
                self.attach_evidence(id.as_deref(), step.as_deref(), kind, &path).await
            }
            C::CloseIncident { id, reason } => {
                self.record_incident(id.as_deref(), vec![Event::Closed { reason }]).await
            }
            C::ResumeIncident { id, reason } => self.record_incident(Some(&id), vec![Event::Resumed { reason }]).await,
            _ => Err(crate::Code::Internal.into()),
        };
        Ok(json!(view?))
    }
}

impl Purser {
    async fn reconcile_json(&self, request: &ReconcileRequest) -> Result<Value> {
        let page = self.reconcile(request).await?;
        let permit = self.permit(Action::ReadIncident).await?;
        let (wallets, imports) = (permit.store().wallets().await?, permit.store().imports().await?);
        let row = |judged: &crate::incident::JudgedTransaction| {
            let transaction = &judged.transaction;
            let wallet = wallets.iter().find(|wallet| wallet.id == transaction.wallet_id);
            let import = imports.iter().find(|import| import.id == transaction.import_id);
            let (wallet, file) = (wallet.map_or("", |wallet| &wallet.name), import.map_or("", |import| &import.name));
            let mut row = transaction_json(transaction, wallet, file);
            row["verdict"] = json!(judged.verdict);
            row["marked_by"] = json!(judged.by);
            row["marked_at"] = json!(judged.at);
            row
        };
        let mut value = progress_json(&page.progress);
        value["incident"] = json!(page.incident);
        value["good_day"] = json!(page.good_day);
        value["rows"] = page.rows.iter().map(row).collect();
        value["next"] = json!(page.next);
        Ok(value)
    }
}

/// Sums by verdict and currency; what is too large a number is `null`.
fn progress_json(progress: &Reconciled) -> Value {
    let sum = |sum: &VerdictSum| {
        let amount = |minor: Option<i64>| minor.map(|minor| plain(minor, &sum.currency));
        json!({
            "verdict": sum.verdict,
            "currency": sum.currency,
            "count": sum.count,
            "in": amount(sum.money_in),
            "out": amount(sum.money_out),
        })
    };
    let sums: Vec<Value> = progress.sums.iter().map(sum).collect();
    json!({ "total": progress.total, "marked": progress.marked, "sums": sums })
}
