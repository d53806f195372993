//! Tasks with dates, and who does which step.

use purser_books::document::Language;
use tauri::AppHandle;

use crate::convert::current;
use crate::convert::emergency::incident_view;
use crate::convert::tasks::{assign_from, task_settled, task_text, task_view};
use crate::error::Result;
use crate::view::emergency::IncidentView;
use crate::view::tasks::{AssignRequest, TaskRequest, TaskView};

/// Of all real incidents, and of the practice run that is open.
#[tauri::command]
#[specta::specta]
pub async fn tasks(app: AppHandle) -> Result<Vec<TaskView>> {
    Ok(current(&app).await?.tasks(None).await?.tasks.iter().map(task_view).collect())
}

#[tauri::command]
#[specta::specta]
pub async fn task_add(app: AppHandle, id: String, request: TaskRequest) -> Result<IncidentView> {
    let purser = current(&app).await?;
    let of = request.of.clone();
    purser.add_task(Some(&id), of.as_deref(), task_text(request), Language::En).await?;
    Ok(incident_view(purser.incident(Some(&id)).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn task_change(app: AppHandle, id: String, task: String, request: TaskRequest) -> Result<IncidentView> {
    let purser = current(&app).await?;
    purser.change_task(Some(&id), &task, task_text(request)).await?;
    Ok(incident_view(purser.incident(Some(&id)).await?))
}

/// `done`, `reopened`, or `dropped` with a reason.
#[tauri::command]
#[specta::specta]
pub async fn task_settle(
    app: AppHandle,
    id: String,
    task: String,
    state: String,
    reason: String,
) -> Result<IncidentView> {
    let purser = current(&app).await?;
    purser.settle_task(Some(&id), &task, task_settled(&state, reason)?).await?;
    Ok(incident_view(purser.incident(Some(&id)).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn step_assign(app: AppHandle, id: String, request: AssignRequest) -> Result<IncidentView> {
    let assigned = current(&app).await?.assign(Some(&id), &assign_from(&request)?, &request.who).await?;
    Ok(incident_view(assigned))
}
