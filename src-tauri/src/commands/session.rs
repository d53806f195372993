//! First run, login, settings.

use purser_app::error::Code;
use purser_app::setup::{Setup, assess};
use purser_app::store::Business;
use purser_app::{Act, LockCause, Next, device, settings};
use purser_vault::keyfile::DeviceStore;
use purser_vault::kit::KitLanguage;
use purser_vault::secret::Passphrase;
use tauri::{AppHandle, State};
use zeroize::Zeroizing;

use crate::convert::{boot_view, settings_from, strength_view};
use crate::dialog::choose_target;
use crate::error::{IpcError, Result};
use crate::state::{Desktop, tell_session};
use crate::view::{
    BootView, DeviceStoreView, EnrolView, KeyringView, KitView, NextView, ProfileCreateRequest, RecoveryCodesView,
    SettingsView, StrengthView, UnlockView,
};

#[tauri::command]
#[specta::specta]
pub async fn boot(app: AppHandle, desktop: State<'_, Desktop>) -> Result<BootView> {
    desktop.hold(&app).await?;
    Ok(boot_view(&app).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn settings_set(app: AppHandle, desktop: State<'_, Desktop>, settings: SettingsView) -> Result<BootView> {
    let purser = desktop.current().await?;
    if purser.key_facts().await.is_some_and(|facts| facts.idle_minutes != settings.idle_minutes) {
        purser.set_idle_minutes(settings.idle_minutes, None).await?;
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
        language: match desktop.settings().language.as_deref() {
            Some("zh-CN") => KitLanguage::Chinese,
            _ => KitLanguage::English,
        },
    })
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
    save_text(&app, "purser-recovery-kit.txt", &text).await
}

#[tauri::command]
#[specta::specta]
pub async fn totp_begin(desktop: State<'_, Desktop>, password: String) -> Result<EnrolView> {
    let password = Passphrase::from_typed(&Zeroizing::new(password)).map_err(|_| Code::WrongPassword)?;
    let purser = desktop.profile().await?;
    let proof = purser.step_up(Act::ReplaceSecondFactor, password, None).await?;
    let view = purser.begin_totp(proof, None).await?;
    Ok(EnrolView { uri: view.uri.to_string(), secret: view.secret.to_string(), qr_svg: view.qr_svg.to_string() })
}

#[tauri::command]
#[specta::specta]
pub async fn totp_confirm(app: AppHandle, desktop: State<'_, Desktop>, code: String) -> Result<RecoveryCodesView> {
    let codes = desktop.profile().await?.confirm_totp(&code).await?;
    tell_session(&app).await?;
    Ok(RecoveryCodesView { codes: codes.iter().map(|code| code.to_string()).collect() })
}

#[tauri::command]
#[specta::specta]
pub async fn recovery_codes_save(app: AppHandle, desktop: State<'_, Desktop>) -> Result<Option<String>> {
    let text = desktop.profile().await?.recovery_codes_text().ok_or(Code::NotFound)?;
    save_text(&app, "purser-recovery-codes.txt", &text).await
}

#[tauri::command]
#[specta::specta]
pub async fn unlock(app: AppHandle, desktop: State<'_, Desktop>, password: String) -> Result<UnlockView> {
    let password = Passphrase::from_typed(&Zeroizing::new(password)).map_err(|_| Code::WrongPassword)?;
    let next = desktop.profile().await?.unlock_password(password, None).await?;
    tell_session(&app).await?;
    Ok(UnlockView { next: if next == Next::Code { NextView::Code } else { NextView::Open } })
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

async fn save_text(app: &AppHandle, name: &str, text: &str) -> Result<Option<String>> {
    let Some(path) = choose_target(app, name).await? else { return Ok(None) };
    purser_app::files::replace(&path, text.as_bytes(), "kit").map_err(purser_app::Error::from)?;
    Ok(path.file_name().map(|name| name.to_string_lossy().into_owned()))
}
