//! `purser freeze`, `purser unfreeze` and `purser incident`: from arguments to commands.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use purser_app::agent::{self, Request};
use purser_app::clock::SystemClock;
use purser_app::contract::{Command, EmergencyCommand};
use purser_app::error::{Code, Error, Result};
use purser_app::evidence_pack::{PackRequest, Seal};
use purser_app::import::JobControl;
use purser_app::incident::{ReconcileRequest, Shown};
use purser_app::profile::Folder;
use purser_app::{Purser, freeze};
use purser_books::playbook::Lane;
use purser_vault::KdfParams;
use serde_json::{Value, json};

use crate::arguments::emergency::{Incident, IncidentAct, TaskAct, Unfreeze, places, verdict};
use crate::arguments::{Command as Typed, Language};
use crate::door::Voice;
use crate::render;
use crate::run::{run_on_demo, send};

/// How long the process that holds the profile may take: then the request is written past it.
const PATIENCE: Duration = Duration::from_millis(1500);

/// `purser freeze`, `purser incident` and `purser contacts`, in the demo too.
pub async fn run(folder: &Path, typed: Typed, demo: bool, voice: Voice) -> Result<(Value, String)> {
    match typed {
        Typed::Freeze(typed) => {
            let command = if typed.drill { EmergencyCommand::Drill } else { EmergencyCommand::Freeze };
            let command = Command::Emergency(command);
            let value = if demo { run_on_demo(command).await? } else { freeze(folder, command, typed.drill).await? };
            Ok((value.clone(), render::emergency::frozen(&value, voice.language)))
        }
        Typed::Incident(Incident { act: IncidentAct::Script { provider }, .. }) => {
            let value = scripts(folder, demo, provider.as_deref()).await?;
            Ok((value.clone(), render::emergency::scripts(&value, voice.language)))
        }
        Typed::Incident(Incident { incident, act: IncidentAct::Task { act } }) => {
            let is_left = matches!(act, TaskAct::Left);
            let command = Command::Emergency(task_command(incident, act, voice.language));
            let value = if demo { run_on_demo(command).await? } else { send(folder, command).await? };
            let rendered = if is_left { render::tasks::left } else { render::tasks::tasks };
            Ok((value.clone(), rendered(&value, voice.language)))
        }
        Typed::Incident(incident) => {
            let is_shown = matches!(incident.act, IncidentAct::Show);
            let command = Command::Emergency(incident_command(incident, voice.language)?);
            let value = if demo { run_on_demo(command).await? } else { send(folder, command).await? };
            let rendered = if is_shown { render::emergency::incident } else { render::emergency::after };
            Ok((value.clone(), rendered(&value, voice.language)))
        }
        Typed::Contacts(act) => crate::contacts::run(folder, act, demo, voice).await,
        _ => Err(Code::Internal.into()),
    }
}

/// With names where somebody is logged in, else without.
async fn scripts(folder: &Path, demo: bool, provider: Option<&str>) -> Result<Value> {
    let command = Command::Emergency(EmergencyCommand::Scripts);
    let value = if demo { run_on_demo(command).await } else { send(folder, command).await };
    let mut value = match value {
        Err(error) if matches!(error.code, Code::Locked | Code::NoProfile) => {
            json!({ "scripts": purser_app::incident::scripts_without_books() })
        }
        value => value?,
    };
    if let (Some(wanted), Some(rows)) = (provider, value["scripts"].as_array_mut()) {
        rows.retain(|row| row["provider"] == wanted);
    }
    Ok(value)
}

/// Through whoever holds the profile, in this process where nobody does, and past a holder that does not answer.
async fn freeze(folder: &Path, command: Command, is_drill: bool) -> Result<Value> {
    let request = Request::Run { command: command.clone() };
    match tokio::time::timeout(PATIENCE, agent::ask(folder, &request, &|_| {})).await {
        Ok(Ok(Some(value))) => Ok(value),
        Ok(Err(error)) if is_drill => Err(error),
        _ => by_ourselves(folder, command, is_drill).await,
    }
}

async fn by_ourselves(folder: &Path, command: Command, is_drill: bool) -> Result<Value> {
    let profile = Folder::new(folder);
    if !profile.has_profile() {
        return Err(Code::NoProfile.into());
    }
    match Purser::hold(profile.clone(), Arc::new(SystemClock::new()), KdfParams::DEFAULT) {
        Ok(purser) => purser.run(command, &JobControl::default()).await,
        Err(error) if is_drill => Err(error),
        // Held by a process that does not answer, or the lock itself cannot be made: the journal needs neither.
        Err(_) => Ok(json!(freeze::request_beside(&profile, &SystemClock::new())?)),
    }
}

/// `purser unfreeze`.
pub async fn unfreeze(folder: &Path, unfreeze: Unfreeze, voice: Voice) -> Result<(Value, String)> {
    let command = match unfreeze.wait_minutes {
        _ if unfreeze.cancel => EmergencyCommand::CancelUnfreeze,
        Some(minutes) => {
            let given = unfreeze.proof.password_file.is_some() || unfreeze.proof.code.is_some();
            let proof = if given { Some(voice.proof(unfreeze.proof)?) } else { None };
            EmergencyCommand::CoolOff { seconds: minutes.saturating_mul(60), proof }
        }
        None => EmergencyCommand::Unfreeze { proof: voice.proof(unfreeze.proof)?, reason: unfreeze.reason },
    };
    let value = send(folder, Command::Emergency(command)).await?;
    Ok((value.clone(), render::emergency::unfrozen(&value, voice.language)))
}

fn assign_command(
    id: Option<String>,
    given: Vec<String>,
    lane: Option<Lane>,
    nobody: bool,
) -> Result<EmergencyCommand> {
    use EmergencyCommand as C;
    let mut given = given.into_iter();
    Ok(match (lane, given.next(), given.next()) {
        (Some(lane), Some(who), None) => C::AssignLane { id, lane, who },
        (Some(_), _, _) => return Err(Error::invalid("with --lane: the name alone")),
        (None, Some(step), None) if nobody => C::Assign { id, step, who: String::new() },
        (None, Some(step), Some(who)) if !nobody => C::Assign { id, step, who },
        _ => return Err(Error::invalid("who? a step and a name, or --nobody")),
    })
}

fn task_command(id: Option<String>, act: TaskAct, language: Language) -> EmergencyCommand {
    use EmergencyCommand as C;
    match act {
        TaskAct::List | TaskAct::Left => C::Tasks { id },
        TaskAct::Add { text, of, due, who } => C::AddTask { id, of, text, due, who, language: language.of_papers() },
        TaskAct::Change { task, text, due, who } => C::ChangeTask { id, task, text, due, who },
        TaskAct::Done { task } => C::TaskDone { id, task },
        TaskAct::Reopen { task } => C::TaskReopened { id, task },
        TaskAct::Drop { task, reason } => C::TaskDropped { id, task, reason },
    }
}

fn incident_command(incident: Incident, language: Language) -> Result<EmergencyCommand> {
    use EmergencyCommand as C;
    let id = incident.incident;
    Ok(match incident.act {
        IncidentAct::Show => C::Incident { id },
        IncidentAct::List => C::Incidents,
        IncidentAct::Open { title, suspected } => C::OpenIncident { title, suspected },
        IncidentAct::Answer { money_left, entrance, controlled, region } => {
            let regions = places(&region).map_err(Error::invalid)?;
            C::Answer { id, money_left, entrance, controlled, regions }
        }
        IncidentAct::Step { step, skip: Some(reason), .. } => C::StepSkipped { id, step, reason },
        IncidentAct::Step { step, reopen: Some(reason), .. } => C::StepReopened { id, step, reason },
        IncidentAct::Step { step, reference, note, .. } => C::StepDone { id, step, reference, note },
        IncidentAct::Lever { lever, take: true, .. } => C::TakeLever { id, lever },
        IncidentAct::Lever { lever, stays: Some(reason), .. } => C::LeaveLever { id, lever, reason },
        IncidentAct::Assign { given, lane, nobody } => assign_command(id, given, lane, nobody)?,
        IncidentAct::Task { act } => task_command(id, act, language),
        IncidentAct::Script { .. } => C::Scripts,
        IncidentAct::Practice { end: true } => C::EndPractice { id },
        IncidentAct::Practice { end: false } => C::Practice,
        IncidentAct::GoodDay { day } => C::GoodDay { id, day },
        IncidentAct::Transactions { unmarked, limit, after } => {
            let shown = if unmarked { Shown::Unmarked } else { Shown::All };
            C::Transactions { request: ReconcileRequest { incident: id, shown, limit, after } }
        }
        IncidentAct::Mark { transactions, ours, theirs, unknown, .. } => {
            C::Mark { id, transactions, verdict: verdict(ours, theirs, unknown) }
        }
        IncidentAct::Lever { lever, confirmed, asked, refused, reference, seen, prior, at, undone, .. } => {
            let word = IncidentAct::word(confirmed, asked, refused);
            C::Lever { id, lever, word, reference, seen, prior, at, undone }
        }
        IncidentAct::Note { text, step } => C::Note { id, step, text },
        IncidentAct::Evidence { file, step, kind } => C::Evidence { id, step, kind, path: std::path::absolute(file)? },
        IncidentAct::Print { output } => {
            C::PrintChecklist { id, language: language.of_papers(), output: std::path::absolute(output)? }
        }
        IncidentAct::Pack { output, from, to, with_customers, encrypt, recipient } => {
            let seal = match recipient {
                Some(recipient) => Seal::Recipient(recipient),
                None if encrypt => Seal::Owner,
                None => Seal::Open,
            };
            let request = PackRequest { incident: id, from, to, with_customers, seal };
            C::Pack { output: std::path::absolute(output)?, request }
        }
        IncidentAct::Close { reason } => C::CloseIncident { id, reason },
        IncidentAct::Resume { reason } => {
            let id = id.ok_or_else(|| Error::invalid("which one? --incident ID"))?;
            C::ResumeIncident { id, reason }
        }
    })
}
