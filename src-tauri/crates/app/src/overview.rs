//! The state of every wallet: balances, account status, coverage. Read by the window and by `purser status`.

use std::collections::BTreeMap;

use purser_books::coverage::{self, Days, Month};
use purser_books::reader::{DETAIL_FORMS, Period};
use purser_books::{Currency, Money};

use crate::error::Result;
use crate::store::{AccountSpan, Business, Filter, Import, Overlap, StatusValue, Store, Wallet};

/// Everything known of one wallet.
#[derive(Debug, Clone)]
pub struct WalletState {
    pub wallet: Wallet,
    pub business: String,
    pub accounts: Vec<AccountSpan>,
    pub statuses: Vec<StatusValue>,
    pub transactions: i64,
    pub coverage: Vec<CoveredMonth>,
    pub last_import_ms: Option<i64>,
    /// Newest booking date.
    pub last_transaction: Option<String>,
}

pub async fn wallets(store: &Store) -> Result<Vec<WalletState>> {
    let businesses: BTreeMap<i64, Business> =
        store.businesses().await?.into_iter().map(|business| (business.id, business)).collect();
    let accounts = store.accounts().await?;
    let statuses = store.statuses().await?;
    let imports = store.imports().await?;
    let overlaps = store.overlaps().await?;
    let counts = store.counts_by_wallet().await?;
    let mut states = Vec::new();
    for wallet in store.wallets().await? {
        let of_wallet: Vec<AccountSpan> =
            accounts.iter().filter(|account| account.wallet_id == wallet.id).cloned().collect();
        states.push(WalletState {
            business: businesses.get(&wallet.business_id).map(|business| business.name.clone()).unwrap_or_default(),
            last_transaction: of_wallet.iter().filter_map(|account| account.last.clone()).max(),
            accounts: of_wallet,
            statuses: statuses.iter().filter(|status| status.wallet_id == wallet.id).cloned().collect(),
            transactions: counts.get(&wallet.id).copied().unwrap_or(0),
            coverage: coverage_of(&imports, &overlaps, wallet.id),
            last_import_ms: imports
                .iter()
                .filter(|import| import.wallet_id == wallet.id)
                .map(|import| import.time_ms)
                .max(),
            wallet,
        });
    }
    Ok(states)
}

/// A month of a wallet and the files that contradict each other in it.
#[derive(Debug, Clone)]
pub struct CoveredMonth {
    pub month: Month,
    pub overlaps: Vec<Overlap>,
}

/// Months of a wallet from its first file to its last.
pub fn coverage_of(imports: &[Import], overlaps: &[Overlap], wallet: i64) -> Vec<CoveredMonth> {
    let tells_money = |import: &&Import| !DETAIL_FORMS.contains(&import.form.as_str());
    let mine: Vec<&Import> = imports.iter().filter(|import| import.wallet_id == wallet).filter(tells_money).collect();
    let files: Vec<Period> = mine.iter().filter_map(|import| period_of(import)).collect();
    let overlaps: Vec<(Days, &Overlap)> = overlaps
        .iter()
        .filter(|overlap| mine.iter().any(|import| import.id == overlap.import_id))
        .filter_map(|overlap| Some((days_of(&overlap.from_date, &overlap.to_date)?, overlap)))
        .collect();
    let days: Vec<Days> = overlaps.iter().map(|(days, _)| *days).collect();
    let months = coverage::months(&files, &days);
    months
        .into_iter()
        .map(|month| {
            let first = jiff::civil::date(month.year, month.month, 1);
            let meets = |days: &Days| days.from <= first.last_of_month() && first <= days.to;
            let overlaps = overlaps.iter().filter(|(days, _)| meets(days)).map(|(_, overlap)| (*overlap).clone());
            CoveredMonth { overlaps: overlaps.collect(), month }
        })
        .collect()
}

fn period_of(import: &Import) -> Option<Period> {
    let days = days_of(import.period_from.as_deref()?, import.period_to.as_deref()?)?;
    Some(Period { from: days.from, to: days.to, stated: import.period_stated })
}

fn days_of(from: &str, to: &str) -> Option<Days> {
    Days::new(from.parse().ok()?, to.parse().ok()?)
}

/// Sums of one calendar month per currency, for the demo's sentence.
pub async fn month_sums(store: &Store, month: &str) -> Result<Vec<crate::store::CurrencyTotals>> {
    let filter = Filter { from: Some(format!("{month}-01")), to: Some(format!("{month}-31")), ..Filter::default() };
    store.totals(&filter).await
}

/// Minor units of an account as text in major units.
#[must_use]
pub fn plain(minor: i64, currency: &str) -> String {
    Currency::parse(currency).map_or_else(|_| minor.to_string(), |currency| Money::new(minor, currency).to_plain())
}

/// UTC milliseconds as RFC 3339.
#[must_use]
pub fn rfc3339(time_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(time_ms).map(|time| time.to_string()).unwrap_or_default()
}
