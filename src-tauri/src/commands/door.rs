//! Proofs for dangerous acts, passwords, factors, recovery, the key of the books.

use purser_app::recovery::{Recovered, Recovery};
use purser_vault::recovery::RecoveryCode;
use purser_vault::secret::Passphrase;
use tauri::{AppHandle, State};
use zeroize::Zeroizing;

use crate::commands::session::{kit_language, save_text};
use crate::convert::door::{enrol_view, made};
use crate::error::Result;
use crate::event::JobKind;
use crate::state::{Desktop, tell_session};
use crate::view::door::{ActView, MadeKindView, MadePasswordView, PasswordChangedView, RecoveredView};
use crate::view::{EnrolView, KitView, RecoveryCodesView};
use purser_app::error::Code;

#[tauri::command]
#[specta::specta]
pub async fn step_up(desktop: State<'_, Desktop>, act: ActView, password: String, code: Option<String>) -> Result<()> {
    let password = Passphrase::from_typed(&Zeroizing::new(password)).map_err(|_| Code::WrongPassword)?;
    let code = code.map(Zeroizing::new);
    let code = code.as_ref().map(|code| code.as_str());
    desktop.keep_proof(desktop.current().await?.step_up(act.into(), password, code).await?);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn password_make(kind: MadeKindView) -> Result<MadePasswordView> {
    let text = made(kind).map_err(purser_app::Error::from)?;
    Ok(MadePasswordView { text: text.to_string() })
}

#[tauri::command]
#[specta::specta]
pub async fn password_change(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    new_password: String,
    compromised: bool,
) -> Result<PasswordChangedView> {
    let typed = Zeroizing::new(new_password);
    let changed = desktop.profile().await?.change_password(desktop.proof()?, &typed, compromised).await?;
    tell_session(&app).await?;
    Ok(PasswordChangedView { locked: changed.locked, codes: texts(&changed.recovery_codes) })
}

#[tauri::command]
#[specta::specta]
pub async fn password_report(app: AppHandle, desktop: State<'_, Desktop>) -> Result<()> {
    desktop.profile().await?.report_compromised().await?;
    tell_session(&app).await?;
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn totp_begin(desktop: State<'_, Desktop>) -> Result<EnrolView> {
    let view = desktop.profile().await?.begin_totp(desktop.proof()?, None).await?;
    Ok(enrol_view(&view))
}

#[tauri::command]
#[specta::specta]
pub async fn totp_confirm(app: AppHandle, desktop: State<'_, Desktop>, code: String) -> Result<RecoveryCodesView> {
    let codes = desktop.profile().await?.confirm_totp(&Zeroizing::new(code)).await?;
    tell_session(&app).await?;
    Ok(RecoveryCodesView { codes: texts(&codes) })
}

#[tauri::command]
#[specta::specta]
pub async fn recovery_codes_replace(desktop: State<'_, Desktop>) -> Result<RecoveryCodesView> {
    let codes = desktop.profile().await?.replace_recovery_codes(desktop.proof()?).await?;
    Ok(RecoveryCodesView { codes: texts(&codes) })
}

#[tauri::command]
#[specta::specta]
pub async fn recovery_codes_save(app: AppHandle, codes: Vec<String>) -> Result<Option<String>> {
    let codes: Vec<_> = codes.into_iter().map(Zeroizing::new).collect();
    if codes.iter().any(|code| RecoveryCode::parse(code).is_err()) {
        return Err(Code::Invalid.into());
    }
    let text = Zeroizing::new(codes.iter().map(|code| format!("{}\n", code.as_str())).collect::<String>());
    save_text(&app, "purser-recovery-codes.txt", &text).await
}

#[tauri::command]
#[specta::specta]
pub async fn kit_replace(app: AppHandle, desktop: State<'_, Desktop>) -> Result<KitView> {
    let language = kit_language(&desktop);
    let kit = desktop.profile().await?.replace_kit(desktop.proof()?, language).await?;
    tell_session(&app).await?;
    Ok(KitView { text: kit.text.to_string(), recovery_key: kit.recovery_key.to_string() })
}

#[tauri::command]
#[specta::specta]
pub async fn books_key_renew(app: AppHandle, desktop: State<'_, Desktop>) -> Result<()> {
    let purser = desktop.profile().await?;
    let proof = desktop.proof()?;
    let job = desktop.begin_job(&app, JobKind::Renewal, "");
    let done = desktop.watch_copy(&job, &purser, purser.renew_books_key(proof)).await;
    Ok(done?)
}

/// First step with the recovery kit: it is this profile's, and here is the seed to scan.
#[tauri::command]
#[specta::specta]
pub async fn recovery_begin(desktop: State<'_, Desktop>, kit: String) -> Result<EnrolView> {
    let view = desktop.profile().await?.begin_recovery(&Zeroizing::new(kit), None).await?;
    Ok(enrol_view(&view))
}

/// Second step: everything of the owner becomes new.
#[tauri::command]
#[specta::specta]
pub async fn recovery_finish(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    password: String,
    code: String,
) -> Result<RecoveredView> {
    let (new_password, language) = (Zeroizing::new(password), kit_language(&desktop));
    let recovery = Recovery { new_password, code, device_store: None, language };
    let done = desktop.profile().await?.finish_recovery(recovery).await?;
    tell_session(&app).await?;
    Ok(recovered_view(&done))
}

pub(super) fn texts(secrets: &[Zeroizing<String>]) -> Vec<String> {
    secrets.iter().map(|text| text.to_string()).collect()
}

fn recovered_view(done: &Recovered) -> RecoveredView {
    RecoveredView {
        kit: KitView { text: done.kit.text.to_string(), recovery_key: done.kit.recovery_key.to_string() },
        codes: texts(&done.recovery_codes),
        open: done.is_open,
        books_renewed: done.books_renewed,
    }
}
