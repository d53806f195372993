//! Secrets on the screen and on the clipboard.

use tauri::{AppHandle, Manager, State, WebviewWindow};
use zeroize::Zeroizing;

use crate::clipboard::STAYS;
use crate::error::Result;
use crate::state::Desktop;

/// Puts a secret on the clipboard; gives the seconds until it is taken away.
#[tauri::command]
#[specta::specta]
pub async fn secret_copy(app: AppHandle, desktop: State<'_, Desktop>, text: String) -> Result<u32> {
    let turn = desktop.clipboard.put(&Zeroizing::new(text))?;
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(STAYS).await;
        app.state::<Desktop>().clipboard.take_back(Some(turn));
    });
    Ok(u32::try_from(STAYS.as_secs()).unwrap_or(u32::MAX))
}

/// While a secret is shown other programs are asked not to record the window. Where the system knows no such thing the
/// window says so.
#[tauri::command]
#[specta::specta]
pub async fn secrets_shown(window: WebviewWindow, shown: bool) -> Result<()> {
    window.set_content_protected(shown).map_err(|_| purser_app::error::Code::Internal)?;
    Ok(())
}
