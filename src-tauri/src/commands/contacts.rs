//! The register of contacts: who is who, own numbers, what the lock screen shows, cards on paper.

use purser_app::files::name_of;
use tauri::{AppHandle, State};

use crate::convert::{current, number, reshape};
use crate::dialog::choose_target;
use crate::error::Result;
use crate::state::Desktop;
use crate::view::contacts::{CardRequest, CardView, ContactRegisterView, ContactsRequest, LockContactsView};

#[tauri::command]
#[specta::specta]
pub async fn contacts(app: AppHandle) -> Result<ContactRegisterView> {
    Ok(reshape(current(&app).await?.contacts().await?)?)
}

#[tauri::command]
#[specta::specta]
pub async fn contacts_set(app: AppHandle, wallet: u32, change: ContactsRequest) -> Result<()> {
    Ok(current(&app).await?.set_contacts(wallet.into(), &reshape(change)?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn own_number_note(app: AppHandle, provider: String, value: String) -> Result<u32> {
    Ok(number(current(&app).await?.note_own_number(&provider, &value, None).await?))
}

/// Its signed-in pages show no number; or that is taken back.
#[tauri::command]
#[specta::specta]
pub async fn own_number_none(app: AppHandle, provider: String, is_none: bool) -> Result<()> {
    Ok(current(&app).await?.note_no_number(&provider, is_none).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn own_number_remove(app: AppHandle, id: u32) -> Result<()> {
    Ok(current(&app).await?.remove_own_number(id.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn lock_screen_set(app: AppHandle, shown: String) -> Result<()> {
    Ok(current(&app).await?.set_lock_screen(reshape(shown)?).await?)
}

/// Asked without a login; `null` = the owner allowed nothing.
#[tauri::command]
#[specta::specta]
pub async fn lock_contacts(desktop: State<'_, Desktop>) -> Result<Option<LockContactsView>> {
    let Ok(purser) = desktop.profile().await else { return Ok(None) };
    Ok(reshape(purser.lock_contacts())?)
}

/// `null` when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn card_save(app: AppHandle, request: CardRequest) -> Result<Option<CardView>> {
    let Some(path) = choose_target(&app, "purser-card.pdf").await? else { return Ok(None) };
    let written = current(&app).await?.write_card(&reshape(request)?, &path).await?;
    Ok(Some(CardView { name: name_of(&path), stamp: written.stamp, missing: written.missing.iter().collect() }))
}

#[tauri::command]
#[specta::specta]
pub async fn card_forget(app: AppHandle, person: String) -> Result<()> {
    Ok(current(&app).await?.forget_card(&person).await?)
}
