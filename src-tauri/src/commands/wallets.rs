//! Wallets, their state, the overview.

use purser_app::contract::check_date;
use purser_app::store::StatusValue;
use purser_app::{Action, Error, overview as app_overview};
use tauri::AppHandle;

use crate::convert::{current, overview_view, wallet_view};
use crate::error::Result;
use crate::view::{FilterRequest, OverviewView, StatusFieldView, WalletView};

#[tauri::command]
#[specta::specta]
pub async fn wallets(app: AppHandle) -> Result<Vec<WalletView>> {
    let permit = current(&app).await?.permit(Action::ReadBooks).await?;
    Ok(app_overview::wallets(permit.store()).await?.iter().map(wallet_view).collect())
}

#[tauri::command]
#[specta::specta]
pub async fn wallet_rename(app: AppHandle, wallet: u32, name: String) -> Result<()> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Error::invalid("a wallet's name: 1 to 60 characters").into());
    }
    let purser = current(&app).await?;
    purser.permit(Action::EditWallet).await?.store().rename_wallet(wallet.into(), name).await?;
    purser.announce();
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn overview(app: AppHandle, filter: FilterRequest) -> Result<OverviewView> {
    let purser = current(&app).await?;
    let permit = purser.permit(Action::ReadBooks).await?;
    Ok(overview_view(permit.store(), &filter, purser.now_ms()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn status_set(
    app: AppHandle,
    wallet: u32,
    field: StatusFieldView,
    value: String,
    note: String,
    due: Option<String>,
    as_of: String,
) -> Result<()> {
    let purser = current(&app).await?;
    let permit = purser.permit(Action::EditWallet).await?;
    let due = due.as_deref().map(check_date).transpose()?;
    let status = status_value(wallet, field, value, note, due, check_date(&as_of)?);
    permit.store().record_status(&status, purser.now_ms()).await?;
    purser.announce();
    Ok(())
}

fn status_value(
    wallet: u32,
    field: StatusFieldView,
    value: String,
    note: String,
    due: Option<String>,
    as_of: String,
) -> StatusValue {
    let field = match field {
        StatusFieldView::Verification => "verification",
        StatusFieldView::Restrictions => "restrictions",
        StatusFieldView::Payouts => "payouts",
        StatusFieldView::PayoutBankLast4 => "payout_bank_last4",
        StatusFieldView::DocumentsDue => "documents_due",
    };
    StatusValue {
        wallet_id: wallet.into(),
        field: field.to_owned(),
        value,
        note,
        due,
        as_of,
        source: "typed".to_owned(),
    }
}
