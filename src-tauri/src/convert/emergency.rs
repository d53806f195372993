//! Freezes, levers and incidents, to and from the window's values.

use jiff::Timestamp;
use purser_app::Purser;
use purser_app::error::{Code, Error};
use purser_app::evidence_pack::Packed;
use purser_app::freeze::{LeverView as Lever, Requested};
use purser_app::incident::{IncidentView as Incident, LeverSaid, PartLine, Settled, StepLine};
use purser_books::document::Language;
use purser_books::fact::Localized;
use purser_books::incident::Event;
use purser_books::incident::record::Attachment;
use purser_books::playbook::{self, Caller, ProviderLevers, Speaker};

use super::{count, reshape, word};
use crate::error::Result;
use crate::view::LocalizedView;
use crate::view::emergency::{
    AttachmentView, CallWordsView, EntryRequest, IncidentView, LeverRequest, LeverView, PackedView, IncidentPartView,
    RequestedView, ScriptView, StepRequest, IncidentStepView,
};

fn localized(text: &Localized) -> LocalizedView {
    LocalizedView { en: text.en.clone(), zh: text.zh.clone() }
}

pub fn requested_view(requested: Requested) -> RequestedView {
    let levers = requested.levers.iter().map(lever_view).collect();
    RequestedView { local_ms: count(requested.local_ms), levers }
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
    }
}

/// What is said at each provider. What is not known is a line to fill in.
pub fn call_words() -> Vec<CallWordsView> {
    playbook::levers().iter().map(words_view).collect()
}

fn words_view(provider: &ProviderLevers) -> CallWordsView {
    let caller = Caller::default();
    let text = |speaker, language| provider.script(speaker, language, &caller).as_str().to_owned();
    let script = |speaker| ScriptView {
        speaker: word(speaker),
        text: LocalizedView { en: text(speaker, Language::En), zh: text(speaker, Language::Zh) },
    };
    CallWordsView {
        provider: provider.provider.clone(),
        cannot: localized(&provider.cannot),
        have: provider.have.iter().map(localized).collect(),
        ask: provider.ask.iter().map(localized).collect(),
        scripts: [Speaker::LegalRepresentative, Speaker::Administrator, Speaker::Employee].map(script).to_vec(),
    }
}

/// A practice run; `None` = nobody is logged in and nothing is kept of it.
pub async fn drill_view(purser: &Purser) -> Result<Option<IncidentView>> {
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
        answers: crate::view::emergency::AnswersView {
            money_left: incident.answers.money_left.map(word),
            entrance: incident.answers.entrance.map(word),
            controlled: incident.answers.controlled.map(word),
        },
        steps: incident.steps.into_iter().map(step_view).collect(),
        levers: incident.levers.iter().map(lever_view).collect(),
        attachments: incident.attachments.into_iter().map(attachment_view).collect(),
        notes: incident.notes,
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
        elsewhere: step.elsewhere,
        photographs_first: step.photographs_first,
        by: step.by,
        at: step.at.map(|at| at.to_string()),
        skipped: step.skipped,
        references: step.references,
        parts: step.parts.iter().map(part_view).collect(),
        opens: step.opens,
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

pub fn packed_view(packed: &Packed, name: String) -> PackedView {
    PackedView {
        name,
        sha256: packed.sha256.clone(),
        files: u32::try_from(packed.files).unwrap_or(u32::MAX),
        transactions: u32::try_from(packed.transactions).unwrap_or(u32::MAX),
        from: packed.from.clone(),
        to: packed.to.clone(),
    }
}
