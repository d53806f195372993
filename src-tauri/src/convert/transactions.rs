//! Transactions, to and from the window's values.

use std::collections::HashMap;

use purser_app::contract;
use purser_app::detail::ToldBy;
use purser_app::error::Error;
use purser_app::overview::{plain, rfc3339};
use purser_app::payouts::PayoutView as Payout;
use purser_app::store::{CurrencyTotals, Filter, Page, Query, SortColumn, Transaction};
use purser_books::{Direction, Kind, Status};

use crate::view::ProviderCode;
use crate::view::transactions::{
    CurrencyTotalsView, PayoutView, SortColumnView, SourceView, TransactionView, TransactionsRequest, VersionView,
};

use super::{count, number, word};

pub fn filter_from(request: &TransactionsRequest) -> Result<Filter, Error> {
    let kinds = request.kinds.iter().filter_map(|word| Kind::from_word(word)).map(Kind::code).collect();
    let directions =
        request.directions.iter().filter_map(|word| Direction::from_word(word)).map(Direction::code).collect();
    Ok(Filter {
        from: request.filter.from.as_deref().map(contract::check_date).transpose()?,
        to: request.filter.to.as_deref().map(contract::check_date).transpose()?,
        wallets: request.filter.wallets.iter().map(|id| i64::from(*id)).collect(),
        accounts: Vec::new(),
        kinds,
        directions,
        currencies: request.currencies.clone(),
        search: request.search.clone(),
    })
}

pub fn query_from(request: &TransactionsRequest, filter: Filter) -> Query {
    let sort = match request.sort {
        SortColumnView::Time => SortColumn::Time,
        SortColumnView::Wallet => SortColumn::Wallet,
        SortColumnView::Kind => SortColumn::Kind,
        SortColumnView::Counterparty => SortColumn::Counterparty,
        SortColumnView::Description => SortColumn::Description,
        SortColumnView::Gross => SortColumn::Gross,
        SortColumnView::Fee => SortColumn::Fee,
        SortColumnView::Net => SortColumn::Net,
        SortColumnView::Currency => SortColumn::Currency,
    };
    let page = Page::Offset(u64::from(request.offset));
    Query { filter, sort, descending: request.descending, limit: request.limit.min(1000), page }
}

pub fn transaction_view(row: &Transaction, providers: &HashMap<i64, ProviderCode>) -> TransactionView {
    let amount = |minor: i64| plain(minor, &row.currency);
    TransactionView {
        id: row.id_text(),
        time: rfc3339(row.time_ms),
        booking_date: row.booking_date.clone(),
        wallet: number(row.wallet_id),
        provider: providers.get(&row.wallet_id).copied().unwrap_or(ProviderCode::Other),
        account: row.account.clone(),
        kind: Kind::from_code(row.kind).map_or("other", Kind::word).to_owned(),
        status: Status::from_code(row.status).map_or("completed", Status::word).to_owned(),
        direction: Direction::from_code(row.direction).map_or("neutral", Direction::word).to_owned(),
        moved: row.moved,
        gross: amount(row.gross),
        fee: amount(row.fee),
        net: amount(row.net),
        currency: row.currency.clone(),
        balance: row.balance.map(amount),
        counterparty: row.counterparty.clone(),
        description: row.description.clone(),
        provider_ref: row.provider_ref.clone(),
    }
}

pub fn currency_totals_view(totals: &CurrencyTotals) -> CurrencyTotalsView {
    let amount = |minor: i64| plain(minor, &totals.currency);
    CurrencyTotalsView {
        currency: totals.currency.clone(),
        count: number(totals.count),
        money_in: amount(totals.money_in),
        money_out: amount(totals.money_out),
        fees: amount(-totals.fees),
        net: amount(totals.net),
    }
}

pub fn source_view(told: ToldBy, currency: &str) -> SourceView {
    let version = told.version.map(|version| VersionView {
        status: Status::from_code(version.status).map(word).unwrap_or_default(),
        gross: plain(version.gross, currency),
        fee: plain(version.fee, currency),
        net: plain(version.net, currency),
    });
    SourceView {
        import: number(told.source.import_id),
        file: told.source.file,
        form: told.source.form,
        line: number(told.source.line),
        raw: told.raw,
        version,
    }
}

pub fn payout_view(payout: &Payout, providers: &HashMap<i64, ProviderCode>) -> PayoutView {
    let amount = |minor: i64| plain(minor, &payout.transaction.currency);
    PayoutView {
        transaction: transaction_view(&payout.transaction, providers),
        amount: amount(payout.transaction.net.saturating_neg()),
        confidence: payout.confidence.word().to_owned(),
        transactions: count(payout.members.len() as u64),
        sales: amount(payout.sales),
        refunds: amount(payout.refunds),
        fees: amount(payout.fees),
        others: amount(payout.others),
        sum: amount(payout.sum),
    }
}
