//! The tables of an evidence pack, in a form that no spreadsheet takes for formulas.

use purser_books::document::Text;
use purser_books::papers::Case;
use purser_books::{Direction, Kind, Status};

use super::Row;
use crate::error::{Code, Error, Result};
use crate::overview::{plain, rfc3339};
use crate::store::{Store, Wallet};

pub(super) fn transactions_csv(rows: &[Row], wallets: &[Wallet], with_customers: bool) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let heads = [
        "id",
        "time_utc",
        "booking_date",
        "wallet",
        "provider",
        "kind",
        "status",
        "direction",
        "gross",
        "fee",
        "net",
        "currency",
        "provider_ref",
        "counterparty",
        "file",
        "line",
        "raw",
        "verdict",
        "marked_by",
    ];
    csv.write_record(heads).map_err(broken)?;
    for row in rows {
        let transaction = &row.transaction;
        let wallet = wallets.iter().find(|wallet| wallet.id == transaction.wallet_id);
        let direction = Direction::from_code(transaction.direction);
        let is_shown = with_customers || direction == Some(Direction::Out);
        let amount = |minor| plain(minor, &transaction.currency);
        let cells = [
            transaction.id_text(),
            rfc3339(transaction.time_ms),
            transaction.booking_date.clone(),
            cell(wallet.map_or("", |wallet| &wallet.name)),
            wallet.map(|wallet| wallet.provider.clone()).unwrap_or_default(),
            Kind::from_code(transaction.kind).map_or("", Kind::word).to_owned(),
            Status::from_code(transaction.status).map_or("", Status::word).to_owned(),
            direction.map_or("", Direction::word).to_owned(),
            amount(transaction.gross),
            amount(transaction.fee),
            amount(transaction.net),
            transaction.currency.clone(),
            cell(&transaction.provider_ref),
            if is_shown { cell(&transaction.counterparty) } else { String::new() },
            cell(&row.file),
            row.line.to_string(),
            if is_shown { cell(&row.raw) } else { String::new() },
            row.verdict.as_ref().map(|(verdict, _)| verdict.word().to_owned()).unwrap_or_default(),
            row.verdict.as_ref().map(|(_, by)| cell(by)).unwrap_or_default(),
        ];
        csv.write_record(&cells).map_err(broken)?;
    }
    csv.into_inner().map_err(|_| Code::Internal.into())
}

/// The transactions a case is about: marked as theirs, or nobody is sure yet.
pub(super) fn affected_csv(case: &Case) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let heads =
        ["time_utc", "wallet", "provider", "provider_ref", "amount", "currency", "paid_to", "verdict", "file", "line"];
    csv.write_record(heads).map_err(broken)?;
    for movement in case.affected() {
        let currency = movement.amount.currency.code();
        let cells = [
            movement.at.to_string(),
            cell(&movement.wallet),
            movement.provider.clone(),
            cell(&movement.reference),
            plain(movement.amount.minor, currency),
            currency.to_owned(),
            cell(&movement.to_name),
            movement.verdict.word().to_owned(),
            cell(&movement.file),
            movement.line.to_string(),
        ];
        csv.write_record(&cells).map_err(broken)?;
    }
    csv.into_inner().map_err(|_| Code::Internal.into())
}

pub(super) async fn balances_csv(store: &Store, wallets: &[Wallet], (from, _): &(String, String)) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let heads =
        ["wallet", "account", "currency", "before", "before_day", "last_stated", "last_stated_utc", "moved_since"];
    csv.write_record(heads).map_err(broken)?;
    for account in store.accounts().await? {
        let wallet = wallets.iter().find(|wallet| wallet.id == account.wallet_id);
        let before = store.stated_balance_before(account.id, from).await?;
        let amount = |minor: i64| plain(minor, &account.currency);
        let cells = [
            cell(wallet.map_or("", |wallet| &wallet.name)),
            cell(&account.name),
            account.currency.clone(),
            before.map(|(balance, since)| amount(balance.saturating_add(since))).unwrap_or_default(),
            before.map(|_| from.clone()).unwrap_or_default(),
            account.balance.map(amount).unwrap_or_default(),
            account.balance_ms.map(rfc3339).unwrap_or_default(),
            amount(account.net_since),
        ];
        csv.write_record(&cells).map_err(broken)?;
    }
    csv.into_inner().map_err(|_| Code::Internal.into())
}

/// One line that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = text.lines().map(|line| Text::clean(line).to_string()).collect::<Vec<_>>().join(" ⏎ ");
    let runs = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if runs { format!("'{text}") } else { text }
}

fn broken(_: csv::Error) -> Error {
    Code::Internal.into()
}
