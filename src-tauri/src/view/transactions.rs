//! Transactions: what is asked for, a list of them, one with all that is told of it.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{FilterRequest, ProviderCode};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SortColumnView {
    Time,
    Wallet,
    Kind,
    Counterparty,
    Description,
    Gross,
    Fee,
    Net,
    Currency,
}

#[derive(Debug, Clone, Deserialize, Type)]
pub struct TransactionsRequest {
    pub filter: FilterRequest,
    pub kinds: Vec<String>,
    pub directions: Vec<String>,
    pub currencies: Vec<String>,
    pub search: String,
    pub sort: SortColumnView,
    pub descending: bool,
    pub offset: u32,
    pub limit: u32,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct TransactionView {
    pub id: String,
    pub time: String,
    pub booking_date: String,
    pub wallet: u32,
    pub provider: ProviderCode,
    pub account: String,
    pub kind: String,
    pub status: String,
    pub direction: String,
    pub moved: bool,
    pub gross: String,
    pub fee: String,
    pub net: String,
    pub currency: String,
    pub balance: Option<String>,
    pub counterparty: String,
    pub description: String,
    pub provider_ref: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct CurrencyTotalsView {
    pub currency: String,
    pub count: u32,
    pub money_in: String,
    pub money_out: String,
    pub fees: String,
    pub net: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct TransactionsView {
    pub total: u32,
    pub rows: Vec<TransactionView>,
    pub totals: Vec<CurrencyTotalsView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct SourceView {
    pub import: u32,
    pub file: String,
    pub form: String,
    pub line: u32,
    pub raw: String,
    /// What the row says, where the rows do not all say the same.
    pub version: Option<VersionView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct VersionView {
    pub status: String,
    pub gross: String,
    pub fee: String,
    pub net: String,
}

/// A payout and what it paid.
#[derive(Debug, Clone, Serialize, Type)]
pub struct PayoutView {
    pub transaction: TransactionView,
    /// Positive: what went to the bank.
    pub amount: String,
    /// `stated`, `stated_in_part`, `likely`, `possible` or `none`.
    pub confidence: String,
    pub transactions: u32,
    pub sales: String,
    pub refunds: String,
    pub fees: String,
    pub others: String,
    pub sum: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct TransactionDetailView {
    pub transaction: TransactionView,
    pub local_time: String,
    pub zone: String,
    pub sources: Vec<SourceView>,
    pub family: Vec<TransactionView>,
    /// The payout it is, or the one that paid it out.
    pub payout: Option<PayoutView>,
    /// The first of the transactions that the payout paid.
    pub paid: Vec<TransactionView>,
}
