//! Statements: what they say, and as files.

use purser_app::contract::check_date;
use purser_app::export::{Format, export};
use purser_app::overview::{coverage_of, plain};
use purser_app::statement::{Basis, StatementRequest, find_account, statement as app_statement};
use purser_app::store::Store;
use purser_app::{Action, Error};
use purser_books::coverage::MonthState;
use tauri::{AppHandle, State};

use crate::convert::{count, current, month_view, number};
use crate::dialog::choose_target;
use crate::error::Result;
use crate::event::{JobKind, JobState};
use crate::state::Desktop;
use crate::view::{AccountView, CoverageMonthView, SavedView, StatementRequestView, StatementView};

#[tauri::command]
#[specta::specta]
pub async fn accounts(app: AppHandle) -> Result<Vec<AccountView>> {
    let permit = current(&app).await?.permit(Action::ReadBooks).await?;
    let accounts = permit.store().accounts().await?;
    let view = |account: purser_app::store::AccountSpan| {
        let (first, last) = (account.first?, account.last?);
        Some(AccountView {
            wallet: number(account.wallet_id),
            account: account.name,
            currency: account.currency,
            first,
            last,
        })
    };
    Ok(accounts.into_iter().filter_map(view).collect())
}

#[tauri::command]
#[specta::specta]
pub async fn statement(app: AppHandle, request: StatementRequestView) -> Result<StatementView> {
    let permit = current(&app).await?.permit(Action::ReadBooks).await?;
    let asked = request_from(permit.store(), &request).await?;
    let statement = app_statement(permit.store(), &asked).await?;
    let amount = |minor: i64| plain(minor, &asked.account.currency);
    let basis = match statement.basis {
        Basis::Provider => "provider",
        Basis::Computed => "computed",
        Basis::FromZero => "from_zero",
    };
    Ok(StatementView {
        opening: amount(statement.opening),
        closing: amount(statement.closing),
        money_in: amount(statement.money_in),
        // The equation reads opening + in - out - fees = closing: both are told as what went away.
        money_out: amount(-statement.money_out),
        fees: amount(-statement.fees),
        lines: count(statement.lines),
        basis: basis.to_owned(),
        ties_out: statement.ties_out && statement.stated_closing.is_none(),
        zone: asked.wallet.zone.clone(),
        gaps: gaps(permit.store(), &asked).await?,
    })
}

#[tauri::command]
#[specta::specta]
pub async fn statement_save(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    request: StatementRequestView,
    format: String,
) -> Result<Option<SavedView>> {
    let format = Format::from_word(&format).ok_or_else(|| Error::invalid("format"))?;
    let permit = current(&app).await?.permit(Action::Export).await?;
    let asked = request_from(permit.store(), &request).await?;
    let name =
        format!("{} {} {} {}.{}", asked.wallet.name, asked.account.currency, asked.from, asked.to, format.extension());
    let Some(path) = choose_target(&app, &name.replace(['/', '\\'], "_")).await? else { return Ok(None) };
    let job = desktop.begin_job(&app, JobKind::Export, &name);
    permit.watch(&job.control);
    let done = export(permit.store(), &asked, format, &path, &job.control).await;
    desktop.end_job(&job, if done.is_ok() { JobState::Done } else { JobState::Failed });
    let done = done?;
    let name = done.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Some(SavedView { name, sha256: done.sha256, lines: count(done.lines) }))
}

async fn request_from(store: &Store, request: &StatementRequestView) -> Result<StatementRequest> {
    let wallet = store.wallets().await?.into_iter().find(|wallet| wallet.id == i64::from(request.wallet));
    let wallet = wallet.ok_or_else(|| Error::not_found("wallet"))?;
    let account = find_account(store, &wallet, Some(&request.account), Some(&request.currency)).await?;
    Ok(StatementRequest { wallet, account, from: check_date(&request.from)?, to: check_date(&request.to)? })
}

/// Months of the period that the files do not wholly speak for.
async fn gaps(store: &Store, request: &StatementRequest) -> Result<Vec<CoverageMonthView>> {
    let (from, to) = (request.from.get(..7).unwrap_or_default(), request.to.get(..7).unwrap_or_default());
    let months = coverage_of(&store.imports().await?, &store.overlaps().await?, request.wallet.id);
    let open = months.iter().filter(|covered| covered.month.state != MonthState::Complete).map(month_view);
    Ok(open.filter(|month| month.month.as_str() >= from && month.month.as_str() <= to).collect())
}
