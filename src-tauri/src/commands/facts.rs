//! What is known of the providers, with source and date; no login needed.

use purser_app::error::Code;

use crate::convert::{is_known_link, playbook_view, provider_facts_view};
use crate::error::Result;
use crate::view::{PlaybookStepView, ProviderFactsView};

#[tauri::command]
#[specta::specta]
pub async fn provider_facts() -> Result<Vec<ProviderFactsView>> {
    Ok(provider_facts_view())
}

#[tauri::command]
#[specta::specta]
pub async fn theft_playbook() -> Result<Vec<PlaybookStepView>> {
    Ok(playbook_view())
}

#[tauri::command]
#[specta::specta]
pub async fn open_link(url: String) -> Result<()> {
    if !is_known_link(&url) {
        return Err(Code::NotAllowed.into());
    }
    open::that_detached(&url).map_err(|_| Code::Io.into())
}
