//! First run, login, settings.

use purser_app::error::Code;
use purser_app::setup::{Setup, assess};
use purser_app::store::Business;
use purser_app::{LockCause, Next, device, settings};
use purser_vault::keyfile::DeviceStore;
use purser_vault::kit::KitLanguage;
use purser_vault::secret::Passphrase;
use tauri::{AppHandle, State, WebviewWindow};
use zeroize::Zeroizing;

use crate::convert::{boot_view, count, settings_from, strength_view};
use crate::dialog::choose_target;
use crate::error::{IpcError, Result};
use crate::state::{Desktop, tell_session};
use crate::view::{
    BootView, DeviceStoreView, KeyringView, KitView, NextView, ProfileCreateRequest, SettingsView, StrengthView,
    UnlockView,
};

#[tauri::command]
#[specta::specta]
pub async fn boot(app: AppHandle, window: WebviewWindow, desktop: State<'_, Desktop>) -> Result<BootView> {
    // A page that was begun anew shows no secret.
    let _ = window.set_content_protected(false);
    desktop.hold(&app).await?;
    Ok(boot_view(&app).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn settings_set(app: AppHandle, desktop: State<'_, Desktop>, settings: SettingsView) -> Result<BootView> {
    let purser = desktop.current().await?;
    if purser.key_facts().await.is_some_and(|facts| facts.idle_minutes != settings.idle_minutes) {
        purser.set_idle_minutes(settings.idle_minutes, desktop.proof().ok()).await?;
    }
    settings::write(desktop.folder(), &settings_from(&settings))?;
    Ok(tell_session(&app).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn demo_open(app: AppHandle, desktop: State<'_, Desktop>) -> Result<BootView> {
    desktop.open_demo().await?;
    Ok(tell_session(&app).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn demo_close(app: AppHandle, desktop: State<'_, Desktop>) -> Result<BootView> {
    desktop.close_demo().await;
    Ok(tell_session(&app).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn password_strength(password: String, names: Vec<String>, only_factor: bool) -> Result<StrengthView> {
    let password = Zeroizing::new(password);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(strength_view(&assess(&password, &names, only_factor)))
}

#[tauri::command]
#[specta::specta]
pub async fn keyring_probe() -> Result<KeyringView> {
    let vendor = tokio::task::spawn_blocking(device::probe_keyring).await.ok().and_then(std::result::Result::ok);
    Ok(KeyringView { available: vendor.is_some(), vendor })
}

#[tauri::command]
#[specta::specta]
pub async fn profile_create(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    request: ProfileCreateRequest,
) -> Result<KitView> {
    let setup = setup_from(&desktop, request)?;
    let made = desktop.profile().await?.set_up(setup).await?;
    tell_session(&app).await?;
    Ok(KitView { text: made.kit_text.to_string(), recovery_key: made.recovery_key.to_string() })
}

fn setup_from(desktop: &Desktop, request: ProfileCreateRequest) -> Result<Setup> {
    let typed = Zeroizing::new(request.password);
    if !assess(&typed, &[&request.business_name, &request.business_name_local], true).accepted {
        return Err(Code::WeakPassword.into());
    }
    Ok(Setup {
        business: Business {
            id: 0,
            name: request.business_name.trim().to_owned(),
            name_local: request.business_name_local.trim().to_owned(),
            base_currency: request.base_currency,
            zone: request.zone,
        },
        password: Passphrase::from_typed(&typed).map_err(|_| Code::WeakPassword)?,
        device_store: match request.device_store {
            DeviceStoreView::Keyring => DeviceStore::Keyring,
            DeviceStoreView::File => DeviceStore::File,
        },
        second_factor: None,
        language: kit_language(desktop),
    })
}

pub(super) fn kit_language(desktop: &Desktop) -> KitLanguage {
    match desktop.settings().language.as_deref() {
        Some("zh-CN") => KitLanguage::Chinese,
        _ => KitLanguage::English,
    }
}

#[tauri::command]
#[specta::specta]
pub async fn kit_confirm(app: AppHandle, desktop: State<'_, Desktop>, retyped: String) -> Result<bool> {
    let retyped = Zeroizing::new(retyped);
    let proven = desktop.profile().await?.prove_kit(&retyped).await?;
    tell_session(&app).await?;
    Ok(proven)
}

#[tauri::command]
#[specta::specta]
pub async fn kit_save(app: AppHandle, desktop: State<'_, Desktop>) -> Result<Option<String>> {
    let text = desktop.profile().await?.kit_text().ok_or(Code::NotFound)?;
    // A page to print, unless the owner gives it another ending.
    let Some(path) = choose_target(&app, "purser-recovery-kit.pdf").await? else { return Ok(None) };
    purser_app::pdf::save_kit(&path, &text)?;
    Ok(file_name(&path))
}

#[tauri::command]
#[specta::specta]
pub async fn unlock(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    password: String,
    name: Option<String>,
) -> Result<UnlockView> {
    let password = Passphrase::from_typed(&Zeroizing::new(password)).map_err(|_| Code::WrongPassword)?;
    let next = desktop.profile().await?.unlock_password(password, name.as_deref()).await?;
    tell_session(&app).await?;
    Ok(UnlockView { next: if next == Next::Code { NextView::Code } else { NextView::Open } })
}

/// Seconds the named login still has to wait, 0 = none.
#[tauri::command]
#[specta::specta]
pub async fn login_wait(desktop: State<'_, Desktop>, name: String) -> Result<u32> {
    Ok(desktop.profile().await?.wait_s(Some(&name)).map(count)?)
}

#[tauri::command]
#[specta::specta]
pub async fn unlock_code(app: AppHandle, desktop: State<'_, Desktop>, code: String) -> Result<BootView> {
    let done = desktop.profile().await?.unlock_code(&code).await;
    let view = tell_session(&app).await?;
    done.map(|()| view).map_err(IpcError::from)
}

#[tauri::command]
#[specta::specta]
pub async fn lock(app: AppHandle, desktop: State<'_, Desktop>) -> Result<BootView> {
    desktop.close_demo().await;
    desktop.profile().await?.lock(LockCause::Asked).await;
    Ok(boot_view(&app).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn activity(desktop: State<'_, Desktop>) -> Result<()> {
    desktop.current().await?.touch().await;
    Ok(())
}

pub(super) async fn save_text(app: &AppHandle, name: &str, text: &str) -> Result<Option<String>> {
    let Some(path) = choose_target(app, name).await? else { return Ok(None) };
    purser_app::files::save(&path, text.as_bytes(), "kit").map_err(purser_app::Error::from)?;
    Ok(file_name(&path))
}

fn file_name(path: &std::path::Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}
