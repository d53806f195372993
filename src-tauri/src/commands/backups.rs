//! Backups: made, looked at, put back.

use purser_app::error::Code;
use purser_app::files::name_of;
use tauri::{AppHandle, State};
use zeroize::Zeroizing;

use crate::convert::current;
use crate::convert::door::enrol_view;
use crate::convert::records::{backed_up_view, backups_view, checked_view, made_instant};
use crate::dialog::{choose_backup, choose_folder, choose_text};
use crate::error::Result;
use crate::event::JobKind;
use crate::state::{Desktop, tell_session};
use crate::view::backups::{BackedUpView, BackupCheckedView, BackupsView, RestoredView};
use crate::view::imports::StagedFileView;

/// Largest page of a kit that is read.
const KIT_LIMIT: u64 = 64 * 1024;

#[tauri::command]
#[specta::specta]
pub async fn backups(app: AppHandle) -> Result<BackupsView> {
    Ok(backups_view(current(&app).await?.backups().await?))
}

#[tauri::command]
#[specta::specta]
pub async fn backup_now(app: AppHandle, desktop: State<'_, Desktop>) -> Result<BackedUpView> {
    let purser = desktop.profile().await?;
    let job = desktop.begin_job(&app, JobKind::Backup, "");
    let done = purser.back_up_now(&job.control).await;
    Ok(backed_up_view(&desktop.end_with(&job, done)?))
}

/// A rehearsal: the backup is opened and counted, nothing is changed.
#[tauri::command]
#[specta::specta]
pub async fn backup_check(app: AppHandle, desktop: State<'_, Desktop>) -> Result<Option<BackupCheckedView>> {
    let purser = desktop.profile().await?;
    let Some(path) = choose_backup(&app, &purser.folder().backups()).await? else { return Ok(None) };
    let job = desktop.begin_job(&app, JobKind::BackupCheck, &name_of(&path));
    let done = purser.check_backup(&path, &job.control).await;
    Ok(Some(checked_view(name_of(&path), &desktop.end_with(&job, done)?)))
}

#[tauri::command]
#[specta::specta]
pub async fn second_place_choose(app: AppHandle, desktop: State<'_, Desktop>) -> Result<Option<String>> {
    let Some(folder) = choose_folder(&app).await? else { return Ok(None) };
    desktop.profile().await?.set_second_place(Some(&folder)).await?;
    Ok(Some(name_of(&folder)))
}

#[tauri::command]
#[specta::specta]
pub async fn second_place_clear(desktop: State<'_, Desktop>) -> Result<()> {
    Ok(desktop.profile().await?.set_second_place(None).await?)
}

/// The backup that is to be put back; `null` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn restore_choose(app: AppHandle, desktop: State<'_, Desktop>) -> Result<Option<StagedFileView>> {
    let start = purser_app::profile::Folder::new(desktop.folder()).backups();
    let path = choose_backup(&app, &start).await?;
    Ok(desktop.stage(path.into_iter().collect()).pop())
}

/// A saved page of the kit; what is in it stays outside the window.
#[tauri::command]
#[specta::specta]
pub async fn kit_choose(app: AppHandle, desktop: State<'_, Desktop>) -> Result<Option<StagedFileView>> {
    Ok(desktop.stage(choose_text(&app).await?.into_iter().collect()).pop())
}

/// Puts a backup in the place of the profile and begins the login anew with the kit, typed or from a file.
#[tauri::command]
#[specta::specta]
pub async fn restore(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    backup: u32,
    kit: String,
    kit_file: Option<u32>,
) -> Result<RestoredView> {
    let (from, kit) = (desktop.staged(backup)?, kit_text(&desktop, kit, kit_file)?);
    let job = desktop.begin_job(&app, JobKind::Restore, &name_of(&from));
    let done = desktop.restore(&app, &from, &kit, &job.control).await;
    let (done, enrol) = desktop.end_with(&job, done)?;
    tell_session(&app).await?;
    let (made, kept) = (made_instant(&done.made), done.kept.as_deref().map(name_of));
    Ok(RestoredView { made, kept, enrol: enrol_view(&enrol) })
}

fn kit_text(desktop: &Desktop, typed: String, file: Option<u32>) -> Result<Zeroizing<String>> {
    let typed = Zeroizing::new(typed);
    let Some(file) = file else { return Ok(typed) };
    let bytes = purser_app::files::read_small(&desktop.staged(file)?, KIT_LIMIT).map_err(purser_app::Error::from)?;
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| Code::Invalid.into())
}
