//! A wallet's statement: one account and currency, from day to day, opening plus lines is closing.

use purser_books::Kind;
use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::store::{AccountSpan, Store, Wallet};

/// Where the opening balance comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The provider's files state it, and the closing balance too.
    Provider,
    /// Counted from a balance the files state at another time.
    Computed,
    /// No file states a balance: the sum of everything known, from zero.
    FromZero,
}

/// Which statement.
#[derive(Debug, Clone)]
pub struct StatementRequest {
    pub wallet: Wallet,
    pub account: AccountSpan,
    /// ISO dates, both included.
    pub from: String,
    pub to: String,
}

/// What a statement says. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub opening: i64,
    pub closing: i64,
    pub money_in: i64,
    pub money_out: i64,
    pub fees: i64,
    pub transactions: u64,
    /// Lines of the export: a fee is one of its own.
    pub lines: u64,
    pub basis: Basis,
    /// The balance the files state after the last row, where it is not the closing: rows are missing in between.
    pub stated_closing: Option<i64>,
    /// Whether the files hold all movements of the account. Activity statements never tie out.
    pub ties_out: bool,
}

/// Finds the account a request means: the one named, or the only one.
pub async fn find_account(
    store: &Store,
    wallet: &Wallet,
    name: Option<&str>,
    currency: Option<&str>,
) -> Result<AccountSpan> {
    let mut accounts: Vec<AccountSpan> =
        store.accounts().await?.into_iter().filter(|account| account.wallet_id == wallet.id).collect();
    if let Some(name) = name {
        accounts.retain(|account| account.name.eq_ignore_ascii_case(name));
    }
    if let Some(currency) = currency {
        accounts.retain(|account| account.currency.eq_ignore_ascii_case(currency));
    }
    match accounts.len() {
        0 => Err(Error::not_found(format!("{} has no such account", wallet.name))),
        1 => Ok(accounts.remove(0)),
        _ => {
            let names: Vec<String> =
                accounts.iter().map(|account| format!("{} {}", account.name, account.currency)).collect();
            Err(Error::invalid(format!("{} has several accounts, name one: {}", wallet.name, names.join(", "))))
        }
    }
}

/// Adds a statement up.
pub async fn statement(store: &Store, request: &StatementRequest) -> Result<Statement> {
    if request.from > request.to {
        return Err(Error::invalid("the period ends before it begins"));
    }
    let sums = sums(store, request).await?;
    let first = store.first_stated_opening(request.account.id, &request.from, &request.to).await?;
    let (opening, opening_basis) = opening(store, request, first).await?;
    let closing = opening.checked_add(sums.net()?).ok_or_else(overflow)?;
    let last = store.last_stated_balance(request.account.id, &request.from, &request.to).await?;
    let stated_closing = last.filter(|stated| *stated != closing);
    let basis =
        if opening_basis == Basis::Provider && stated_closing.is_some() { Basis::Computed } else { opening_basis };
    let ties_out = store.only_whole_forms(request.account.id, &request.from, &request.to).await?;
    Ok(Statement {
        opening,
        closing,
        money_in: sums.money_in,
        money_out: sums.money_out,
        fees: sums.fees,
        transactions: sums.transactions,
        lines: sums.lines,
        basis,
        stated_closing,
        ties_out,
    })
}

async fn opening(store: &Store, request: &StatementRequest, first: Option<(i64, bool)>) -> Result<(i64, Basis)> {
    if let Some((balance, true)) = first {
        return Ok((balance, Basis::Provider));
    }
    if let Some((balance, since)) = store.stated_balance_before(request.account.id, &request.from).await? {
        let basis = if since == 0 { Basis::Provider } else { Basis::Computed };
        return Ok((balance.checked_add(since).ok_or_else(overflow)?, basis));
    }
    if let Some((balance, false)) = first {
        return Ok((balance, Basis::Computed));
    }
    Ok((store.net_before(request.account.id, &request.from).await?, Basis::FromZero))
}

/// What moved an account in a period.
#[derive(Default)]
struct Sums {
    money_in: i64,
    money_out: i64,
    fees: i64,
    transactions: u64,
    lines: u64,
}

impl Sums {
    fn net(&self) -> Result<i64> {
        let gross = self.money_in.checked_add(self.money_out);
        gross.and_then(|gross| gross.checked_add(self.fees)).ok_or_else(overflow)
    }
}

async fn sums(store: &Store, request: &StatementRequest) -> Result<Sums> {
    let day = |text: &str| text.parse().map_err(|_| Error::invalid(format!("\"{text}\" is not a date")));
    let mut sums = Sums::default();
    for sum in store.period_sums(request.account.id, day(&request.from)?, day(&request.to)?).await? {
        // A fee is a fee, whether the file states it beside the sale or in a row of its own.
        let (money_in, money_out, fee) = if sum.kind == Kind::Fee.code() {
            let whole = sum.money_in.checked_add(sum.money_out).and_then(|gross| gross.checked_add(sum.fee));
            (0, 0, whole.ok_or_else(overflow)?)
        } else {
            (sum.money_in, sum.money_out, sum.fee)
        };
        sums.money_in = sums.money_in.checked_add(money_in).ok_or_else(overflow)?;
        sums.money_out = sums.money_out.checked_add(money_out).ok_or_else(overflow)?;
        sums.fees = sums.fees.checked_add(fee).ok_or_else(overflow)?;
        sums.transactions += u64::try_from(sum.count).unwrap_or(0);
        sums.lines += u64::try_from(sum.count.saturating_add(sum.charged)).unwrap_or(0);
    }
    Ok(sums)
}

fn overflow() -> Error {
    Error::new(Code::Internal, "the sum is too large")
}
