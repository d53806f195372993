//! The security page: credentials and their replacement, wallets' protection, devices, open doors.

use purser_app::kept_secrets::WhichSecret;
use tauri::{AppHandle, State};
use zeroize::Zeroizing;

use crate::convert::door::instant;
use crate::convert::{current, number, reshape};
use crate::error::Result;
use crate::state::Desktop;
use crate::view::security::{
    BoardView, CredentialRequest, DeviceRequest, RevealedView, RotationView, SecurityView, ToRevokeView,
    WalletSecurityRequest,
};

#[tauri::command]
#[specta::specta]
pub async fn security(app: AppHandle) -> Result<SecurityView> {
    Ok(reshape(current(&app).await?.security().await?)?)
}

#[tauri::command]
#[specta::specta]
pub async fn credentials(app: AppHandle) -> Result<BoardView> {
    Ok(reshape(current(&app).await?.credentials().await?)?)
}

#[tauri::command]
#[specta::specta]
pub async fn reminder_days_set(app: AppHandle, desktop: State<'_, Desktop>, days: u16) -> Result<()> {
    Ok(current(&app).await?.set_reminder_days(days, desktop.proof().ok()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn credential_add(app: AppHandle, details: CredentialRequest) -> Result<u32> {
    Ok(number(current(&app).await?.add_credential(reshape(details)?).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn credential_change(app: AppHandle, id: u32, details: CredentialRequest) -> Result<()> {
    Ok(current(&app).await?.change_credential(id.into(), reshape(details)?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn credential_report(app: AppHandle, id: u32) -> Result<()> {
    Ok(current(&app).await?.report_credential(id.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn credential_remove(app: AppHandle, desktop: State<'_, Desktop>, id: u32) -> Result<()> {
    Ok(current(&app).await?.remove_credential(desktop.proof()?, id.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn rotation_begin(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    id: u32,
    order: String,
) -> Result<RotationView> {
    Ok(reshape(current(&app).await?.begin_rotation(desktop.proof()?, id.into(), reshape(order)?).await?)?)
}

#[tauri::command]
#[specta::specta]
pub async fn rotation_advance(
    app: AppHandle,
    id: u32,
    step: String,
    new_expires: Option<String>,
) -> Result<RotationView> {
    let purser = current(&app).await?;
    Ok(reshape(purser.advance_rotation(id.into(), reshape(step)?, new_expires.as_deref()).await?)?)
}

#[tauri::command]
#[specta::specta]
pub async fn rotation_abandon(app: AppHandle, id: u32) -> Result<()> {
    Ok(current(&app).await?.abandon_rotation(id.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn secret_keep(app: AppHandle, desktop: State<'_, Desktop>, id: u32, secret: String) -> Result<()> {
    let secret = Zeroizing::new(secret);
    Ok(current(&app).await?.keep_secret(desktop.proof()?, id.into(), &secret).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn secret_forget(app: AppHandle, desktop: State<'_, Desktop>, id: u32) -> Result<()> {
    Ok(current(&app).await?.forget_secret(desktop.proof()?, id.into()).await?)
}

/// The only way a credential reaches the window (R57).
#[tauri::command]
#[specta::specta]
pub async fn secret_reveal(app: AppHandle, desktop: State<'_, Desktop>, id: u32, old: bool) -> Result<RevealedView> {
    let which = if old { WhichSecret::Old } else { WhichSecret::Newest };
    let revealed = current(&app).await?.reveal_secret(desktop.proof()?, id.into(), which).await?;
    Ok(RevealedView { secret: revealed.secret.to_string(), hide_at: instant(revealed.hide_at_ms) })
}

#[tauri::command]
#[specta::specta]
pub async fn wallet_security_set(app: AppHandle, wallet: u32, change: WalletSecurityRequest) -> Result<()> {
    Ok(current(&app).await?.set_wallet_security(wallet.into(), reshape(change)?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn device_add(app: AppHandle, details: DeviceRequest) -> Result<u32> {
    Ok(number(current(&app).await?.add_device(reshape(details)?).await?))
}

#[tauri::command]
#[specta::specta]
pub async fn device_change(app: AppHandle, id: u32, details: DeviceRequest) -> Result<()> {
    Ok(current(&app).await?.change_device(id.into(), reshape(details)?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn device_remove(app: AppHandle, id: u32) -> Result<()> {
    Ok(current(&app).await?.remove_device(id.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn device_lost(app: AppHandle, id: u32, lost: bool) -> Result<Vec<ToRevokeView>> {
    Ok(reshape(current(&app).await?.set_device_lost(id.into(), lost).await?)?)
}
