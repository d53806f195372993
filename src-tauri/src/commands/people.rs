//! Who has a login, and taking one up.

use purser_app::Action;
use purser_app::people::zone_of;
use tauri::{AppHandle, State};
use zeroize::Zeroizing;

use super::door::texts;
use crate::convert::current;
use crate::convert::door::{instant, invite_from, person_view};
use crate::error::Result;
use crate::event::JobKind;
use crate::state::{Desktop, tell_session};
use crate::view::door::{InviteRequest, InvitedView, PersonView, RevokedView};
use crate::view::{EnrolView, RecoveryCodesView};

#[tauri::command]
#[specta::specta]
pub async fn people(app: AppHandle) -> Result<Vec<PersonView>> {
    let purser = current(&app).await?;
    let permit = purser.permit(Action::ManagePeople).await?;
    let zone = zone_of(permit.store()).await?;
    Ok(purser.people().await?.iter().map(|person| person_view(person, &zone)).collect())
}

#[tauri::command]
#[specta::specta]
pub async fn person_invite(desktop: State<'_, Desktop>, request: InviteRequest) -> Result<InvitedView> {
    let invited = desktop.profile().await?.invite(desktop.proof()?, invite_from(request)).await?;
    Ok(InvitedView { code: invited.code.to_string(), until: instant(invited.until_ms) })
}

#[tauri::command]
#[specta::specta]
pub async fn person_change(
    desktop: State<'_, Desktop>,
    name: String,
    until: Option<String>,
    wallets: Vec<u32>,
) -> Result<()> {
    let wallets = wallets.into_iter().map(i64::from).collect();
    Ok(desktop.profile().await?.change_person(desktop.proof()?, &name, until.as_deref(), wallets).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn person_enable(desktop: State<'_, Desktop>, name: String) -> Result<()> {
    Ok(desktop.profile().await?.enable_person(desktop.proof()?, &name).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn person_revoke(app: AppHandle, desktop: State<'_, Desktop>, name: String) -> Result<RevokedView> {
    let purser = desktop.profile().await?;
    let proof = desktop.proof()?;
    let job = desktop.begin_job(&app, JobKind::Renewal, &name);
    let done = desktop.watch_copy(&job, &purser, purser.revoke_person(proof, &name)).await?;
    Ok(RevokedView { books_renewed: done.books_renewed, pending: done.pending })
}

#[tauri::command]
#[specta::specta]
pub async fn invitation(desktop: State<'_, Desktop>, name: String, code: String) -> Result<EnrolView> {
    let view = desktop.profile().await?.invitation(&name, &Zeroizing::new(code)).await?;
    Ok(EnrolView { uri: view.uri.to_string(), secret: view.secret.to_string(), qr_svg: view.qr_svg.to_string() })
}

#[tauri::command]
#[specta::specta]
pub async fn invitation_accept(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    name: String,
    code: String,
    password: String,
    digits: String,
) -> Result<RecoveryCodesView> {
    let (code, password) = (Zeroizing::new(code), Zeroizing::new(password));
    let codes = desktop.profile().await?.accept_invitation(&name, &code, &password, &digits).await?;
    tell_session(&app).await?;
    Ok(RecoveryCodesView { codes: texts(&codes) })
}
