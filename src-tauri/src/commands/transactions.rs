//! The one list over everything, and one of its rows.

use purser_app::Action;
use tauri::AppHandle;

use crate::convert::transactions::{
    currency_totals_view, filter_from, payout_view, query_from, source_view, transaction_view,
};
use crate::convert::{current, number, providers};
use crate::error::Result;
use crate::view::transactions::{TransactionDetailView, TransactionsRequest, TransactionsView};

#[tauri::command]
#[specta::specta]
pub async fn transactions(app: AppHandle, request: TransactionsRequest) -> Result<TransactionsView> {
    let permit = current(&app).await?.permit(Action::ReadBooks).await?;
    let filter = filter_from(&request)?;
    let totals = permit.store().totals(&filter).await?;
    let providers = providers(permit.store()).await?;
    let rows = permit.store().transactions(&query_from(&request, filter)).await?;
    Ok(TransactionsView {
        total: number(totals.iter().map(|totals| totals.count).sum()),
        rows: rows.iter().map(|row| transaction_view(row, &providers)).collect(),
        totals: totals.iter().map(currency_totals_view).collect(),
    })
}

#[tauri::command]
#[specta::specta]
pub async fn transaction(app: AppHandle, id: String) -> Result<TransactionDetailView> {
    let permit = current(&app).await?.permit(Action::ReadBooks).await?;
    let detail = permit.transaction(&id).await?;
    let providers = providers(permit.store()).await?;
    let currency = detail.transaction.currency.clone();
    Ok(TransactionDetailView {
        transaction: transaction_view(&detail.transaction, &providers),
        local_time: detail.local_time,
        zone: detail.zone,
        sources: detail.sources.into_iter().map(|told| source_view(told, &currency)).collect(),
        family: detail.family.iter().map(|row| transaction_view(row, &providers)).collect(),
        payout: detail.payout.as_ref().map(|payout| payout_view(payout, &providers)),
        paid: detail.paid.iter().map(|row| transaction_view(row, &providers)).collect(),
    })
}
