//! Freezes, levers and incidents, to and from the window's values.

use std::collections::HashMap;

use jiff::Timestamp;
use purser_app::Purser;
use purser_app::error::{Code, Error};
use purser_app::evidence_pack::{PackRequest as Pack, Packed, Seal};
use purser_app::freeze::{LeverView as Lever, PutBackView as PutBack, Requested};
use purser_app::incident::{
    Guide, IncidentView as Incident, LeverSaid, LeverScripts, PartLine, Practice, ReconcilePage, ReconcileRequest,
    Reconciled, Script, Settled, Shown, StepLine, VerdictSum,
};
use purser_app::overview::plain;
use purser_books::fact::Localized;
use purser_books::incident::Event;
use purser_books::incident::record::Attachment;
use purser_books::lever::Returned;
use purser_books::papers::Verdict;

use super::tasks::{left_view, task_view};
use super::transactions::transaction_view;
use super::{count, reshape, word};
use crate::error::Result;
use crate::view::emergency::{
    AnswersView, AttachmentView, CallWordsView, EmergencyGuideView, EntryRequest, IncidentPartView, IncidentStepView,
    IncidentView, JudgedView, LeverRequest, LeverView, MarkedView, PackRequest, PackedView, PracticeView,
    PractisedView, PutBackView, ReconcilePageRequest, ReconcilePageView, ReconciledView, RequestedView, ReturnedView,
    ScriptView, StepRequest, VerdictSumView,
};
use crate::view::{LocalizedView, ProviderCode};

pub fn localized(text: &Localized) -> LocalizedView {
    LocalizedView { en: text.en.clone(), zh: text.zh.clone() }
}

fn size(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

pub fn requested_view(requested: Requested) -> RequestedView {
    let levers = requested.levers.iter().map(lever_view).collect();
    RequestedView { local_ms: count(requested.local_ms), levers, calls_to_make: size(requested.calls_to_make) }
}

pub fn lever_view(lever: &Lever) -> LeverView {
    LeverView {
        lever: lever.lever.clone(),
        provider: lever.provider.clone(),
        wallet: lever.wallet.clone(),
        state: word(lever.state),
        kind: word(lever.kind),
        ring: word(lever.ring),
        title: localized(&lever.title),
        effect: localized(&lever.effect),
        way: lever.way.map(word),
        value: lever.value.clone(),
        hours: lever.hours.clone(),
        zone: lever.zone.clone(),
        open_now: lever.open_now,
        can_be_undone: lever.can_be_undone,
        signs_out: lever.signs_out,
        grade: lever.grade.map(word),
        source: lever.source.clone(),
        as_of: lever.as_of.clone(),
        at: lever.at.map(|at| at.to_string()),
        by: lever.by.clone(),
        reference: lever.reference.clone(),
        seen: lever.seen.clone(),
        prior: lever.prior.clone(),
        put_back: lever.put_back.as_ref().map(put_back_view),
    }
}

fn put_back_view(back: &PutBack) -> PutBackView {
    PutBackView {
        state: word(back.state),
        at: back.at.map(|at| at.to_string()),
        by: back.by.clone(),
        reference: back.reference.clone(),
        seen: back.seen.clone(),
        known_since: back.known_since.to_string(),
    }
}

fn returned_view(returned: Returned) -> ReturnedView {
    let Returned { done, of, open, cannot } = returned;
    ReturnedView { done: size(done), of: size(of), open: size(open), cannot: size(cannot) }
}

pub fn guide_view(guide: &Guide, scripts: &[LeverScripts]) -> EmergencyGuideView {
    EmergencyGuideView {
        levers: guide.levers.iter().map(lever_view).collect(),
        offered: guide.offered.iter().map(lever_view).collect(),
        calls_to_make: size(guide.calls_to_make),
        words: scripts.iter().map(words_view).collect(),
    }
}

fn words_view(scripts: &LeverScripts) -> CallWordsView {
    let script = |script: &Script| ScriptView { speaker: word(script.speaker), text: localized(&script.text) };
    CallWordsView {
        provider: scripts.provider.clone(),
        wallet: scripts.wallet.clone(),
        cannot: localized(&scripts.cannot),
        have: scripts.have.iter().map(localized).collect(),
        ask: scripts.ask.iter().map(localized).collect(),
        scripts: scripts.scripts.iter().map(script).collect(),
    }
}

/// A practice run; `None` = nobody is logged in and nothing is kept of it.
pub async fn drill_view(purser: &Purser) -> Result<Option<IncidentView>, Error> {
    let Some(id) = purser.drill().await?.incident else { return Ok(None) };
    Ok(Some(incident_view(purser.incident(Some(&id)).await?)))
}

pub fn incident_view(incident: Incident) -> IncidentView {
    IncidentView {
        id: incident.id,
        title: incident.title,
        drill: incident.drill,
        started: incident.started.to_string(),
        closed: incident.closed.map(|at| at.to_string()),
        answers: AnswersView {
            money_left: incident.answers.money_left.map(word),
            entrance: incident.answers.entrance.map(word),
            controlled: incident.answers.controlled.map(word),
        },
        regions: incident.regions.into_iter().map(word).collect(),
        good_day: incident.good_day.map(|day| day.to_string()),
        steps: incident.steps.into_iter().map(step_view).collect(),
        levers: incident.levers.iter().map(lever_view).collect(),
        offered: incident.offered.iter().map(lever_view).collect(),
        calls_to_make: size(incident.calls_to_make),
        put_back: incident.put_back.map(returned_view),
        attachments: incident.attachments.into_iter().map(attachment_view).collect(),
        notes: incident.notes,
        tasks: incident.tasks.iter().map(task_view).collect(),
        left: incident.left.iter().map(left_view).collect(),
        task_day: incident.task_day.to_string(),
        today: incident.today.to_string(),
        pack_from: incident.pack_from.to_string(),
        names: incident.names,
    }
}

fn step_view(step: StepLine) -> IncidentStepView {
    IncidentStepView {
        step: step.step,
        title: localized(&step.title),
        target: step.target.to_string(),
        state: word(step.state),
        late: step.late,
        lane: word(step.lane),
        owner: step.owner,
        elsewhere: step.elsewhere,
        photographs_first: step.photographs_first,
        by: step.by,
        at: step.at.map(|at| at.to_string()),
        skipped: step.skipped,
        references: step.references,
        parts: step.parts.iter().map(part_view).collect(),
        opens: step.opens,
        transactions: step
            .transactions
            .map(|marked| MarkedView { marked: count(marked.marked), total: count(marked.total) }),
    }
}

fn part_view(part: &PartLine) -> IncidentPartView {
    IncidentPartView {
        part: part.part.clone(),
        text: localized(&part.text),
        wallet: part.wallet.clone(),
        state: word(part.state),
    }
}

fn attachment_view(attachment: Attachment) -> AttachmentView {
    AttachmentView {
        step: attachment.step,
        kind: word(attachment.kind),
        name: attachment.name,
        sha256: attachment.sha256,
        bytes: f64::from(count(attachment.bytes)),
        at: attachment.at.to_string(),
        by: attachment.by,
    }
}

pub fn settled(request: StepRequest) -> Result<Settled, Error> {
    let StepRequest { state, reference, text, .. } = request;
    match state.as_str() {
        "done" => Ok(Settled::Done { reference, note: text }),
        "skipped" => Ok(Settled::Skipped { reason: text }),
        "reopened" => Ok(Settled::Reopened { reason: text }),
        _ => Err(Code::Invalid.into()),
    }
}

pub fn lever_said(request: LeverRequest) -> Result<LeverSaid, Error> {
    Ok(LeverSaid {
        lever: request.lever,
        word: reshape(request.word)?,
        reference: request.reference,
        seen: request.seen,
        prior: request.prior,
        at: request.at.as_deref().map(timestamp).transpose()?,
        undone: request.undone,
    })
}

pub fn entry_from(entry: EntryRequest) -> Result<Event, Error> {
    Ok(match entry {
        EntryRequest::Note { step, text } => Event::Noted { step, text },
        EntryRequest::Suspected { at } => Event::Suspected { at: timestamp(&at)? },
        EntryRequest::Close { reason } => Event::Closed { reason },
        EntryRequest::Resume { reason } => Event::Resumed { reason },
    })
}

fn timestamp(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| Error::invalid(format!("\"{text}\" is not a time")))
}

pub fn practice_view(practice: Practice) -> PracticeView {
    let last = practice.last.map(|last| PractisedView {
        day: last.day.to_string(),
        minutes: u32::try_from(last.minutes).unwrap_or(0),
        done: last.done.iter().map(|step| localized(&step.title)).collect(),
        late: last.done.iter().filter(|step| step.late).map(|step| localized(&step.title)).collect(),
        missed: last.missed.iter().map(|step| localized(&step.title)).collect(),
    });
    PracticeView { last, due_on: practice.due_on.map(|day| day.to_string()), due: practice.due }
}

pub fn pack_name(request: &PackRequest) -> &'static str {
    if request.seal == "open" { "purser-evidence.zip" } else { "purser-evidence.zip.age" }
}

pub fn pack_from(request: PackRequest) -> Pack {
    let PackRequest { incident, from, to, with_customers, seal, recipient } = request;
    let seal = match seal.as_str() {
        "open" => Seal::Open,
        "recipient" => Seal::Recipient(recipient),
        _ => Seal::Owner,
    };
    Pack { incident, from, to, with_customers, seal }
}

pub fn packed_view(packed: &Packed, name: String) -> PackedView {
    PackedView {
        name,
        sha256: packed.sha256.clone(),
        files: size(packed.files),
        transactions: size(packed.transactions),
        from: packed.from.clone(),
        to: packed.to.clone(),
        sealed: packed.sealed,
        missing: packed.missing.iter().collect(),
    }
}

pub fn reconcile_from(request: ReconcilePageRequest) -> ReconcileRequest {
    let shown = if request.unmarked { Shown::Unmarked } else { Shown::All };
    ReconcileRequest { incident: Some(request.incident), shown, limit: None, after: request.after }
}

pub fn reconcile_view(page: &ReconcilePage, providers: &HashMap<i64, ProviderCode>) -> ReconcilePageView {
    let row = |judged: &purser_app::incident::JudgedTransaction| JudgedView {
        transaction: transaction_view(&judged.transaction, providers),
        verdict: judged.verdict.map(word),
        by: judged.by.clone(),
        at: judged.at.map(|at| at.to_string()),
    };
    ReconcilePageView {
        good_day: page.good_day.to_string(),
        rows: page.rows.iter().map(row).collect(),
        next: page.next.clone(),
        progress: reconciled_view(&page.progress),
    }
}

pub fn reconciled_view(reconciled: &Reconciled) -> ReconciledView {
    let sum = |sum: &VerdictSum| VerdictSumView {
        verdict: sum.verdict.map(word),
        currency: sum.currency.clone(),
        count: count(sum.count),
        money_in: sum.money_in.map(|minor| plain(minor, &sum.currency)),
        money_out: sum.money_out.map(|minor| plain(minor, &sum.currency)),
    };
    ReconciledView {
        total: count(reconciled.total),
        marked: count(reconciled.marked),
        sums: reconciled.sums.iter().map(sum).collect(),
    }
}

pub fn marks_from(transactions: Vec<String>, verdict: Option<String>) -> Result<Vec<(String, Option<Verdict>)>, Error> {
    let verdict: Option<Verdict> = verdict.map(reshape).transpose()?;
    Ok(transactions.into_iter().map(|id| (id, verdict)).collect())
}
