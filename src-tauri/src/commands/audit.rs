//! The log on the security page.

use purser_app::audit::AuditQuery;
use purser_app::files::name_of;
use tauri::AppHandle;

use crate::convert::records::audit_row_view;
use crate::convert::{current, reshape};
use crate::dialog::choose_target;
use crate::error::Result;
use crate::view::audit::{AuditPageView, AuditRequest, AuditVerifiedView};

/// Rows the window is given at a time.
const PAGE: u32 = 100;

#[tauri::command]
#[specta::specta]
pub async fn audit_rows(app: AppHandle, request: AuditRequest) -> Result<AuditPageView> {
    let purser = current(&app).await?;
    let AuditRequest { before, actions, person } = request;
    let query = AuditQuery { before: before.map(u64::from), actions, person };
    let mut rows = purser.audit_rows(query, PAGE + 1).await?;
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let rows = rows.into_iter().map(audit_row_view).collect();
    Ok(AuditPageView { rows, more, people: purser.audit_people().await? })
}

#[tauri::command]
#[specta::specta]
pub async fn audit_check(app: AppHandle) -> Result<AuditVerifiedView> {
    Ok(reshape(current(&app).await?.audit_verify(None).await?)?)
}

/// The name of the file; `null` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn audit_save(app: AppHandle) -> Result<Option<String>> {
    let Some(path) = choose_target(&app, "purser-log.jsonl").await? else { return Ok(None) };
    current(&app).await?.audit_export(&path).await?;
    Ok(Some(name_of(&path)))
}
