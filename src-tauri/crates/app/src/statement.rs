//! A wallet's statement: one account and currency, from day to day, opening plus lines is closing.

use futures_util::TryStreamExt;
use purser_books::Kind;
use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::store::{AccountSpan, Store, Transaction, Wallet};

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
    let mut sums = Sums::default();
    let mut rows = store.statement_rows(request.account.id, &request.from, &request.to);
    while let Some(row) = rows.try_next().await? {
        sums.add(&row)?;
    }
    drop(rows);
    let (opening, opening_basis) = opening(store, request, &sums).await?;
    let closing = opening.checked_add(sums.net).ok_or_else(overflow)?;
    let stated_closing = sums.last_stated.filter(|stated| Some(*stated) != Some(closing) && sums.ends_stated);
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

async fn opening(store: &Store, request: &StatementRequest, sums: &Sums) -> Result<(i64, Basis)> {
    if let (Some(balance), true) = (sums.first_opening, sums.begins_stated) {
        return Ok((balance, Basis::Provider));
    }
    if let Some((balance, since)) = store.stated_balance_before(request.account.id, &request.from).await? {
        let basis = if since == 0 { Basis::Provider } else { Basis::Computed };
        return Ok((balance.checked_add(since).ok_or_else(overflow)?, basis));
    }
    if let Some(balance) = sums.first_opening {
        return Ok((balance, Basis::Computed));
    }
    Ok((store.net_before(request.account.id, &request.from).await?, Basis::FromZero))
}

#[derive(Default)]
struct Sums {
    net: i64,
    money_in: i64,
    money_out: i64,
    fees: i64,
    transactions: u64,
    lines: u64,
    /// Opening balance that follows from the first stated balance of the period.
    first_opening: Option<i64>,
    begins_stated: bool,
    last_stated: Option<i64>,
    ends_stated: bool,
}

impl Sums {
    fn add(&mut self, row: &Transaction) -> Result<()> {
        let moved = row.gross.checked_add(row.fee).ok_or_else(overflow)?;
        self.net = self.net.checked_add(moved).ok_or_else(overflow)?;
        // A fee is a fee, whether the file states it beside the sale or in a row of its own.
        let (gross, fees) = if row.kind == Kind::Fee.code() { (0, moved) } else { (row.gross, row.fee) };
        self.money_in = self.money_in.checked_add(gross.max(0)).ok_or_else(overflow)?;
        self.money_out = self.money_out.checked_add(gross.min(0)).ok_or_else(overflow)?;
        self.fees = self.fees.checked_add(fees).ok_or_else(overflow)?;
        if let (Some(balance), None) = (row.balance, self.first_opening) {
            self.first_opening = Some(balance.checked_sub(self.net).ok_or_else(overflow)?);
            self.begins_stated = self.transactions == 0;
        }
        self.ends_stated = row.balance.is_some();
        self.last_stated = row.balance.or(self.last_stated);
        self.transactions += 1;
        self.lines += if row.fee == 0 { 1 } else { 2 };
        Ok(())
    }
}

fn overflow() -> Error {
    Error::new(Code::Internal, "the sum is too large")
}
