//! Choosing files, looking at them, taking them in, taking them back.

use std::sync::Arc;

use purser_app::error::Code;
use purser_app::import::{self, StatementFile};
use purser_app::{Action, Phase, Purser};
use tauri::{AppHandle, State};

use crate::convert::imports::{import_options, import_view, receipt_view};
use crate::convert::{current, number};
use crate::dialog::{choose_files, choose_target};
use crate::error::Result;
use crate::event::{JobKind, JobState};
use crate::state::{Desktop, RunningJob};
use crate::view::imports::{ImportOptionsRequest, ImportView, ReceiptView, SkippedView, StagedFileView};

#[tauri::command]
#[specta::specta]
pub async fn import_choose(app: AppHandle, desktop: State<'_, Desktop>) -> Result<Vec<StagedFileView>> {
    Ok(desktop.stage(choose_files(&app).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn import_preview(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    handles: Vec<u32>,
    options: ImportOptionsRequest,
) -> Result<Vec<ReceiptView>> {
    let purser = match desktop.current().await? {
        purser if purser.phase().await == Phase::NoProfile => desktop.scratch().await?,
        purser => purser,
    };
    run(&app, &desktop, purser, &handles, options, true).await
}

#[tauri::command]
#[specta::specta]
pub async fn import_commit(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    handles: Vec<u32>,
    options: ImportOptionsRequest,
) -> Result<Vec<ReceiptView>> {
    let purser = desktop.current().await?;
    let done = run(&app, &desktop, Arc::clone(&purser), &handles, options, false).await;
    purser.announce();
    done
}

async fn run(
    app: &AppHandle,
    desktop: &Desktop,
    purser: Arc<Purser>,
    handles: &[u32],
    options: ImportOptionsRequest,
    preview: bool,
) -> Result<Vec<ReceiptView>> {
    let kind = if preview { JobKind::Preview } else { JobKind::Import };
    let name = handles.first().and_then(|handle| desktop.staged(*handle).ok());
    let name =
        name.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned())).unwrap_or_default();
    let job = desktop.begin_job(app, kind, &name);
    let done = run_job(desktop, &purser, handles, options, preview, &job).await;
    let state = match &done {
        Ok(_) => JobState::Done,
        Err(error) if error.code == Code::Cancelled.word() => JobState::Cancelled,
        Err(_) => JobState::Failed,
    };
    desktop.end_job(&job, state);
    done
}

async fn run_job(
    desktop: &Desktop,
    purser: &Purser,
    handles: &[u32],
    options: ImportOptionsRequest,
    preview: bool,
    job: &RunningJob,
) -> Result<Vec<ReceiptView>> {
    let permit = purser.permit(if preview { Action::PreviewImport } else { Action::Import }).await?;
    permit.watch(&job.control);
    let options = import_options(options)?;
    let mut views = Vec::new();
    for handle in handles {
        let files = StatementFile::expand(&[desktop.staged(*handle)?], options.zip_password.as_ref()).await?;
        let receipts = import::import(permit.store(), &files, &options, preview, purser.now_ms(), &job.control).await?;
        views.extend(receipts.into_iter().map(|receipt| receipt_view(*handle, receipt)));
    }
    Ok(views)
}

#[tauri::command]
#[specta::specta]
pub async fn imports(app: AppHandle) -> Result<Vec<ImportView>> {
    let permit = current(&app).await?.permit(Action::ReadBooks).await?;
    let wallets = permit.store().wallets().await?;
    let imports = permit.store().imports().await?;
    let wallet_of = |id: i64| wallets.iter().find(|wallet| wallet.id == id);
    Ok(imports
        .iter()
        .filter_map(|import| wallet_of(import.wallet_id).map(|wallet| import_view(import, wallet)))
        .collect())
}

#[tauri::command]
#[specta::specta]
pub async fn import_undo(app: AppHandle, id: u32) -> Result<u32> {
    let purser = current(&app).await?;
    let permit = purser.permit(Action::UndoImport).await?;
    let removed = import::undo(permit.store(), id.into()).await?;
    purser.announce();
    Ok(crate::convert::count(removed))
}

#[tauri::command]
#[specta::specta]
pub async fn import_skipped(app: AppHandle, id: u32) -> Result<Vec<SkippedView>> {
    let permit = current(&app).await?.permit(Action::ReadBooks).await?;
    let rows = permit.skipped(id.into()).await?;
    Ok(rows
        .into_iter()
        .map(|row| SkippedView { line: number(row.line), reason: row.reason, found: row.found, raw: row.raw })
        .collect())
}

#[tauri::command]
#[specta::specta]
pub async fn original_save(app: AppHandle, id: u32) -> Result<Option<String>> {
    let permit = current(&app).await?.permit(Action::Export).await?;
    let import = permit.store().import(id.into()).await?;
    let name = import.name.rsplit("!/").next().unwrap_or("statement.csv").replace(['/', '\\'], "_");
    let Some(path) = choose_target(&app, &name).await? else { return Ok(None) };
    let bytes = permit.store().original_all(import.original_id).await?;
    purser_app::files::save(&path, &bytes, "original").map_err(purser_app::Error::from)?;
    Ok(path.file_name().map(|name| name.to_string_lossy().into_owned()))
}

/// Saves an anonymised sample of a staged file where the person chooses. `None`: cancelled.
#[tauri::command]
#[specta::specta]
pub async fn import_sample(app: AppHandle, desktop: State<'_, Desktop>, handle: u32) -> Result<Option<String>> {
    let bytes = import::sample(&desktop.staged(handle)?).await?;
    let Some(path) = choose_target(&app, "sample.csv").await? else { return Ok(None) };
    purser_app::files::save(&path, &bytes, "sample").map_err(purser_app::Error::from)?;
    Ok(path.file_name().map(|name| name.to_string_lossy().into_owned()))
}

#[tauri::command]
#[specta::specta]
pub async fn job_cancel(desktop: State<'_, Desktop>, job: u32) -> Result<()> {
    desktop.cancel_job(job);
    Ok(())
}
