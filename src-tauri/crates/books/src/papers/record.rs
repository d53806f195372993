//! The timeline of an incident and the list of what was stopped, as papers.
//!
//! They are written in the two languages of the playbook.

use std::collections::BTreeSet;

use crate::document::{Block, Document, Language, Text};
use crate::fact::Localized;
use crate::incident::{AttachmentKind, Entry, Event, Incident, Task, TaskState};
use crate::lever::{Board, Kind, Pull, PutBack, State};
use crate::papers::{columns, local_time, provider_name, word};
use crate::playbook::{Playbook, ProviderLevers};

fn said(text: &Localized, language: Language) -> &str {
    if language == Language::En { &text.en } else { &text.zh }
}

/// Everything that was recorded, in the order it was recorded. `checkpoint` is the security log's, for whoever checks.
#[must_use]
pub fn timeline(incident: &Incident, playbook: &Playbook, language: Language, checkpoint: &str) -> Document {
    let language = language.of_playbook();
    let mut paper = Document::new("timeline", language, word("timeline", language));
    if incident.drill {
        paper.paragraph(word("practice", language));
    }
    paper.paragraph(&incident.title);
    let mut known = BTreeSet::new();
    let mut row = |entry: &Entry| {
        let details = details(incident, playbook, &entry.event, language);
        let said = match &entry.event {
            Event::TaskAdded { task, .. } if !known.insert(task.clone()) => "task_changed",
            event => event_word(event),
        };
        let (time, what) = (local_time(entry.at, &incident.zone), word(said, language));
        [time.as_str(), &entry.by, what, &details].map(Text::clean).to_vec()
    };
    let columns = columns(&["time", "by", "what", "words"], language);
    paper.blocks.push(Block::Table { columns, rows: incident.timeline.iter().map(&mut row).collect() });
    if !incident.tasks.is_empty() {
        paper.heading(word("tasks", language));
        paper.blocks.push(tasks(incident, language));
    }
    if !checkpoint.is_empty() {
        paper.quote(checkpoint);
    }
    paper
}

/// Each task: by when, by whom, and what became of it.
fn tasks(incident: &Incident, language: Language) -> Block {
    let row = |task: &Task| {
        let state = match (task.state(), task.settled()) {
            (TaskState::Done, Some(mark)) => {
                let (time, done) = (local_time(mark.at, &incident.zone), word("task_done", language));
                format!("{done} · {time} · {}", mark.by)
            }
            (TaskState::Dropped, Some(mark)) => {
                let (time, dropped) = (local_time(mark.at, &incident.zone), word("task_dropped", language));
                format!("{dropped} · {time} · {} · {}", mark.by, mark.skipped)
            }
            _ => word("task_open", language).to_owned(),
        };
        [&task.text, &task.due.to_string(), &task.who, &state].map(|text| Text::clean(text)).to_vec()
    };
    let columns = columns(&["task", "due", "who", "state"], language);
    Block::Table { columns, rows: incident.tasks_in_order().into_iter().map(row).collect() }
}

fn event_word(event: &Event) -> &'static str {
    match event {
        Event::Opened { .. } => "opened",
        Event::Suspected { .. } => "suspected",
        Event::Concerns { .. } => "concerns",
        Event::Answered { .. } => "answered",
        Event::PartDone { .. } => "part_done",
        Event::PartSkipped { .. } => "part_skipped",
        Event::Done { .. } => "done",
        Event::Skipped { .. } => "skipped",
        Event::Reopened { .. } => "reopened",
        Event::Noted { .. } => "noted",
        Event::Attached { .. } => "attached",
        Event::GoodDay { .. } => "good_day",
        Event::Assigned { who, .. } if who.trim().is_empty() => "unassigned",
        Event::Assigned { .. } => "assigned",
        Event::TaskAdded { .. } => "task_added",
        Event::TaskDone { .. } => "task_done",
        Event::TaskReopened { .. } => "task_reopened",
        Event::TaskDropped { .. } => "task_dropped",
        Event::Closed { .. } => "closed",
        Event::Resumed { .. } => "resumed",
    }
}

fn details(incident: &Incident, playbook: &Playbook, event: &Event, language: Language) -> String {
    let title = |id: &str| {
        let step = playbook.steps.iter().find(|step| step.id == id);
        step.map_or_else(|| id.to_owned(), |step| said(&step.title, language).to_owned())
    };
    let task_text = |id: &str| incident.tasks.iter().find(|task| task.id == id).map_or("", |task| task.text.as_str());
    let join = |texts: &[&str]| texts.iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>().join(" · ");
    match event {
        Event::Opened { suspected_at, .. } => local_time(*suspected_at, &incident.zone),
        Event::Suspected { at } => local_time(*at, &incident.zone),
        Event::Concerns { wallets, regions } => {
            let wallets = wallets.iter().map(|wallet| wallet.name.as_str());
            let places = regions.iter().map(|region| word(region.word(), language));
            join(&wallets.chain(places).collect::<Vec<_>>())
        }
        Event::Answered { answers } => {
            let known = [answers.money_left.map(|sure| sure.word()), answers.entrance.map(|how| how.word())];
            let all = known.into_iter().chain([answers.controlled.map(|sure| sure.word())]);
            join(&all.map(|known| known.map_or("", |known| word(known, language))).collect::<Vec<_>>())
        }
        Event::PartDone { step, part } => join(&[&title(step), &part_text(incident, playbook, step, part, language)]),
        Event::PartSkipped { step, part, reason } => {
            join(&[&title(step), &part_text(incident, playbook, step, part, language), reason])
        }
        Event::Done { step, reference, note } => join(&[&title(step), reference, note]),
        Event::Skipped { step, reason } | Event::Reopened { step, reason } => join(&[&title(step), reason]),
        Event::Noted { step, text } => join(&[&step.as_deref().map(title).unwrap_or_default(), text]),
        Event::Attached { step, name, sha256, bytes, kind } => {
            let hash = format!("SHA-256 {sha256} ({bytes})");
            let kind = if *kind == AttachmentKind::Other { "" } else { word(kind.word(), language) };
            join(&[&step.as_deref().map(title).unwrap_or_default(), kind, name, &hash])
        }
        Event::GoodDay { day } => day.to_string(),
        Event::TaskAdded { text, due, who, .. } => join(&[text, &due.to_string(), who]),
        Event::Assigned { step, who } => join(&[&title(step), who]),
        Event::TaskDone { task } | Event::TaskReopened { task } => task_text(task).to_owned(),
        Event::TaskDropped { task, reason } => join(&[task_text(task), reason]),
        Event::Closed { reason } | Event::Resumed { reason } => reason.clone(),
    }
}

/// The words of a part, with the wallet's name where it is one of each wallet.
fn part_text(incident: &Incident, playbook: &Playbook, step: &str, key: &str, language: Language) -> String {
    let (id, wallet) = key.split_once('@').unwrap_or((key, ""));
    let step = playbook.steps.iter().find(|known| known.id == step);
    let part = step.and_then(|step| step.parts.iter().find(|part| part.id == id));
    let words = part.map_or(id, |part| if language == Language::En { &part.en } else { &part.zh });
    match incident.wallets.iter().find(|known| known.id == wallet) {
        Some(wallet) => format!("{}: {words}", wallet.name),
        None => words.to_owned(),
    }
}

/// What was stopped and what was not. Nothing but *confirmed* is stopped, and the paper says so.
#[must_use]
pub fn levers(board: &Board, incident: &Incident, known: &[ProviderLevers], language: Language) -> Document {
    let zone = &incident.zone;
    let language = language.of_playbook();
    let mut paper = Document::new("levers", language, word("levers", language));
    paper.paragraph(word("not_stopped", language));
    let row = |pull: &Pull| {
        let run = &pull.stop;
        let title = lever_title(pull, known, language);
        let state = [word(run.state.word(), language), &put_back(pull, language, zone)].join("");
        // Since when it waits for somebody says nothing of what was done.
        let time = if run.state == State::Queued { String::new() } else { local_time(run.last, zone) };
        let request = run.request.clone().unwrap_or_default();
        let reference = if run.reference.is_empty() { &request } else { &run.reference };
        [&place(pull, incident), &title, &state, &time, &run.by, reference, &run.seen]
            .map(|cell| Text::clean(cell))
            .to_vec()
    };
    let columns = columns(&["provider", "lever", "state", "time", "by", "number", "words"], language);
    paper.blocks.push(Block::Table { columns, rows: board.pulls().iter().map(row).collect() });
    paper
}

/// The provider, and the wallet where it is called otherwise.
fn place(pull: &Pull, incident: &Incident) -> String {
    if pull.lever.kind == Kind::Local {
        return "Purser".to_owned();
    }
    let provider = provider_name(&pull.lever.provider);
    match incident.wallets.iter().find(|wallet| wallet.id == pull.lever.wallet) {
        Some(wallet) if wallet.name != provider => format!("{provider} · {}", wallet.name),
        _ => provider.to_owned(),
    }
}

/// What is said after the state of what was stopped: that it is no longer, or why it still is.
fn put_back(pull: &Pull, language: Language, zone: &str) -> String {
    match (pull.put_back(), &pull.undo, &pull.stays) {
        (Some(PutBack::Done), Some(run), _) => {
            format!(" · {} {}", word("put_back", language), local_time(run.last, zone))
        }
        (Some(PutBack::Stays), _, Some(stay)) => format!(" · {} {}", word("stays", language), stay.reason),
        _ => String::new(),
    }
}

fn lever_title(pull: &Pull, known: &[ProviderLevers], language: Language) -> String {
    if pull.lever.kind == Kind::Local {
        return word("own_lever", language).to_owned();
    }
    let id = pull.lever.id.split_once('.').map_or(pull.lever.id.as_str(), |(_, rest)| rest);
    let id = id.split('@').next().unwrap_or(id);
    let provider = known.iter().find(|levers| levers.provider == pull.lever.provider);
    let lever = provider.and_then(|provider| provider.levers.iter().find(|lever| lever.id == id));
    lever.map_or_else(|| pull.lever.id.clone(), |lever| said(&lever.title, language).to_owned())
}
