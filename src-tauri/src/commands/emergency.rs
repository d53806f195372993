//! Freeze, levers, incidents, the way out of a freeze. The first three need no login and no books.

use purser_app::Action;
use purser_app::clock::SystemClock;
use purser_app::files::name_of;
use purser_app::incident::{guide, scripts_without_books};
use tauri::{AppHandle, State};

use crate::convert::emergency::{
    drill_view, entry_from, guide_view, incident_view, lever_said, marks_from, pack_from, pack_name, packed_view,
    practice_view, reconcile_from, reconcile_view, reconciled_view, requested_view, settled,
};
use crate::convert::{current, providers, reshape};
use crate::dialog::{choose_any, choose_target};
use crate::error::Result;
use crate::state::Desktop;
use crate::view::emergency::{
    AnswersView, CoolingOffView, EmergencyGuideView, EntryRequest, FreezeStateView, IncidentLineView, IncidentView,
    LeverRequest, PackRequest, PackedView, PracticeView, ReconcilePageRequest, ReconcilePageView, ReconciledView,
    RequestedView, StepRequest, UnfrozenView,
};

#[tauri::command]
#[specta::specta]
pub async fn freeze(desktop: State<'_, Desktop>) -> Result<RequestedView> {
    Ok(requested_view(desktop.freeze().await?))
}

#[tauri::command]
#[specta::specta]
pub async fn freeze_state(desktop: State<'_, Desktop>) -> Result<FreezeStateView> {
    Ok(reshape(desktop.freeze_state().await)?)
}

#[tauri::command]
#[specta::specta]
pub async fn emergency_guide(desktop: State<'_, Desktop>) -> Result<EmergencyGuideView> {
    let scripts = match desktop.current().await {
        Ok(purser) => purser.lever_scripts().await?,
        Err(_) => scripts_without_books(),
    };
    Ok(guide_view(&guide(&SystemClock::new()), &scripts))
}

#[tauri::command]
#[specta::specta]
pub async fn drill(app: AppHandle) -> Result<Option<IncidentView>> {
    Ok(drill_view(current(&app).await?.as_ref()).await?)
}

/// When it was last practised, and whether it is due.
#[tauri::command]
#[specta::specta]
pub async fn practice(app: AppHandle) -> Result<PracticeView> {
    Ok(practice_view(current(&app).await?.practice().await?))
}

#[tauri::command]
#[specta::specta]
pub async fn drill_end(app: AppHandle, id: String) -> Result<PracticeView> {
    Ok(practice_view(current(&app).await?.end_practice(Some(&id)).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn incidents(app: AppHandle) -> Result<Vec<IncidentLineView>> {
    Ok(reshape(current(&app).await?.incidents().await?)?)
}

/// Without an id the one that is open; `null` = none is.
#[tauri::command]
#[specta::specta]
pub async fn incident(app: AppHandle, id: Option<String>) -> Result<Option<IncidentView>> {
    let purser = current(&app).await?;
    if id.is_none() && purser.incidents().await?.iter().all(|line| line.closed.is_some()) {
        return Ok(None);
    }
    Ok(Some(incident_view(purser.incident(id.as_deref()).await?)))
}

#[tauri::command]
#[specta::specta]
pub async fn incident_open(app: AppHandle, title: String) -> Result<IncidentView> {
    Ok(incident_view(current(&app).await?.open_incident(&title, None).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn incident_answer(
    app: AppHandle,
    id: String,
    answers: AnswersView,
    regions: Option<Vec<String>>,
) -> Result<IncidentView> {
    let regions = regions.map(reshape).transpose()?;
    Ok(incident_view(current(&app).await?.answer_incident(Some(&id), reshape(answers)?, regions).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn incident_record(app: AppHandle, id: String, entry: EntryRequest) -> Result<IncidentView> {
    Ok(incident_view(current(&app).await?.record_incident(Some(&id), vec![entry_from(entry)?]).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn step_settle(app: AppHandle, id: String, request: StepRequest) -> Result<IncidentView> {
    let purser = current(&app).await?;
    let step = request.step.clone();
    Ok(incident_view(purser.settle_step(Some(&id), &step, settled(request)?).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn lever_say(app: AppHandle, id: String, request: LeverRequest) -> Result<IncidentView> {
    Ok(incident_view(current(&app).await?.say_lever(Some(&id), lever_said(request)?).await?))
}

/// Takes up what was only offered: it costs sales.
#[tauri::command]
#[specta::specta]
pub async fn lever_take(app: AppHandle, id: String, lever: String) -> Result<IncidentView> {
    Ok(incident_view(current(&app).await?.take_lever(Some(&id), &lever).await?))
}

/// Leaves a lever pulled after the freeze, with a reason.
#[tauri::command]
#[specta::specta]
pub async fn lever_leave(app: AppHandle, id: String, lever: String, reason: String) -> Result<IncidentView> {
    Ok(incident_view(current(&app).await?.leave_lever(Some(&id), &lever, &reason).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn good_day_set(app: AppHandle, id: String, day: String) -> Result<IncidentView> {
    Ok(incident_view(current(&app).await?.set_good_day(Some(&id), &day).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn reconcile(app: AppHandle, request: ReconcilePageRequest) -> Result<ReconcilePageView> {
    let purser = current(&app).await?;
    let page = purser.reconcile(&reconcile_from(request)).await?;
    let providers = providers(purser.permit(Action::ReadBooks).await?.store()).await?;
    Ok(reconcile_view(&page, &providers))
}

/// `null` takes marks back.
#[tauri::command]
#[specta::specta]
pub async fn verdicts_set(
    app: AppHandle,
    id: String,
    transactions: Vec<String>,
    verdict: Option<String>,
) -> Result<ReconciledView> {
    let marks = marks_from(transactions, verdict)?;
    Ok(reconciled_view(&current(&app).await?.set_verdicts(Some(&id), &marks).await?))
}

/// `null` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn evidence_attach(
    app: AppHandle,
    id: String,
    step: Option<String>,
    kind: String,
) -> Result<Option<IncidentView>> {
    let Some(path) = choose_any(&app).await? else { return Ok(None) };
    let view = current(&app).await?.attach_evidence(Some(&id), step.as_deref(), reshape(kind)?, &path).await?;
    Ok(Some(incident_view(view)))
}

/// `null` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn evidence_pack_save(app: AppHandle, request: PackRequest) -> Result<Option<PackedView>> {
    let Some(path) = choose_target(&app, pack_name(&request)).await? else { return Ok(None) };
    let packed = current(&app).await?.write_evidence_pack(&path, &pack_from(request)).await?;
    Ok(Some(packed_view(&packed, name_of(&path))))
}

/// The open steps on two pages; `null` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn checklist_save(app: AppHandle, id: String, language: String) -> Result<Option<String>> {
    let Some(path) = choose_target(&app, "purser-checklist.pdf").await? else { return Ok(None) };
    current(&app).await?.print_checklist(Some(&id), reshape(language)?, &path).await?;
    Ok(Some(name_of(&path)))
}

#[tauri::command]
#[specta::specta]
pub async fn unfreeze(app: AppHandle, desktop: State<'_, Desktop>, reason: String) -> Result<UnfrozenView> {
    Ok(reshape(current(&app).await?.unfreeze(desktop.proof()?, &reason).await?)?)
}

#[tauri::command]
#[specta::specta]
pub async fn unfreeze_cancel(app: AppHandle) -> Result<()> {
    Ok(current(&app).await?.cancel_unfreeze().await?)
}

/// The wait under way; `null` = none is, or a new freeze cancelled it.
#[tauri::command]
#[specta::specta]
pub async fn cooling_off(app: AppHandle) -> Result<Option<CoolingOffView>> {
    Ok(reshape(current(&app).await?.cooling_off().await?)?)
}

/// Seconds from the wish to unfreeze to its end.
#[tauri::command]
#[specta::specta]
pub async fn cool_off(app: AppHandle) -> Result<u32> {
    Ok(current(&app).await?.cool_off_length().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn cool_off_set(app: AppHandle, desktop: State<'_, Desktop>, seconds: u32) -> Result<()> {
    Ok(current(&app).await?.set_cool_off(seconds, desktop.proof().ok()).await?)
}
