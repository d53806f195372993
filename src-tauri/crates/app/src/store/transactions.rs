//! Transactions: written in batches by an import, read in pages by lists and whole by statements.

use std::collections::HashMap;

use futures_util::stream::BoxStream;
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder, Sqlite};

use super::{Store, words};
use crate::error::{Error, Result};

/// A transaction as it is shown.
#[derive(Debug, Clone, FromRow)]
pub struct Transaction {
    pub id: i64,
    pub key: Vec<u8>,
    pub wallet_id: i64,
    pub account_id: i64,
    pub account: String,
    pub currency: String,
    pub time_ms: i64,
    pub sequence: i64,
    pub booking_date: String,
    pub kind: i64,
    pub status: i64,
    pub direction: i64,
    pub moved: bool,
    pub gross: i64,
    pub fee: i64,
    pub net: i64,
    pub balance: Option<i64>,
    pub provider_ref: String,
    pub family: Option<String>,
    /// The provider's id of the payout that paid it out, where a file names it.
    pub payout: Option<String>,
    pub counterparty: String,
    pub description: String,
    pub import_id: i64,
    pub line: i64,
    pub position: i64,
    pub length: i64,
}

impl Transaction {
    /// The id the window and the command line know it by: steady when files are imported again.
    #[must_use]
    pub fn id_text(&self) -> String {
        crate::import::hex(&self.key)
    }
}

/// Where one row of a file told a transaction.
#[derive(Debug, Clone, FromRow)]
pub struct TransactionSource {
    pub import_id: i64,
    pub original_id: i64,
    pub file: String,
    pub form: String,
    pub encoding: String,
    pub line: i64,
    pub position: i64,
    pub length: i64,
    /// What the row says, where the rows do not all say the same.
    pub told: Option<String>,
}

/// A row of an account, as far as payouts need it.
#[derive(Debug, Clone, FromRow)]
pub struct PayoutMember {
    pub id: i64,
    pub booking_date: String,
    pub kind: i64,
    pub status: i64,
    pub net: i64,
    pub fee: i64,
    pub provider_ref: String,
    pub family: Option<String>,
    pub payout: Option<String>,
}

/// Which transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Booking dates, both included, ISO.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Empty: all.
    pub wallets: Vec<i64>,
    pub accounts: Vec<i64>,
    pub kinds: Vec<i64>,
    pub directions: Vec<i64>,
    pub currencies: Vec<String>,
    pub search: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SortColumn {
    #[default]
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

/// A page of a sorted list.
#[derive(Debug, Clone)]
pub struct Query {
    pub filter: Filter,
    pub sort: SortColumn,
    pub descending: bool,
    pub limit: u32,
    pub page: Page,
}

/// Where the page begins.
#[derive(Debug, Clone, Copy)]
pub enum Page {
    Offset(u64),
    /// After this row of the list by time, newest first: steady while rows are added.
    After {
        time_ms: i64,
        sequence: i64,
        id: i64,
    },
}

/// Sums of a filtered list, per currency; rows that moved no money are counted and not summed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct CurrencyTotals {
    pub currency: String,
    pub count: i64,
    pub money_in: i64,
    pub money_out: i64,
    pub fees: i64,
    pub net: i64,
}

const COLUMNS: &str = "t.id, t.key, a.wallet_id, t.account_id, a.name as account, a.currency, t.time_ms, t.sequence, t.booking_date, \
    t.kind, t.status, t.direction, t.moved, t.gross, t.fee, t.net, t.balance, t.provider_ref, t.family, t.payout, \
    coalesce(nullif(t.counterparty, ''), d.counterparty, '') as counterparty, t.description, t.import_id, t.line, t.position, t.length";
/// A transaction with its account, and the detail that describes it where a file brought one.
const TABLES: &str = "txn t join account a on a.id = t.account_id left join detail d on d.id = t.detail_id";
/// Related transactions that are looked at.
const RELATED: u32 = 200;

impl Store {
    pub async fn transactions(&self, query: &Query) -> Result<Vec<Transaction>> {
        let mut builder = QueryBuilder::new(format!("select {COLUMNS} from {TABLES} where 1"));
        push_filter(&mut builder, &query.filter);
        if let Page::After { time_ms, sequence, id } = query.page {
            builder.push(" and (t.time_ms, t.sequence, t.id) < (").push_bind(time_ms);
            builder.push(", ").push_bind(sequence).push(", ").push_bind(id).push(")");
        }
        let direction = if query.descending { "desc" } else { "asc" };
        let column = match query.sort {
            SortColumn::Time => "",
            SortColumn::Wallet => "a.wallet_id",
            SortColumn::Kind => "t.kind",
            SortColumn::Counterparty => "counterparty",
            SortColumn::Description => "t.description",
            SortColumn::Gross => "t.gross",
            SortColumn::Fee => "t.fee",
            SortColumn::Net => "t.net",
            SortColumn::Currency => "a.currency",
        };
        builder.push(" order by ");
        if !column.is_empty() {
            builder.push(column).push(" ").push(direction).push(", ");
        }
        builder
            .push(format!("t.time_ms {direction}, t.sequence {direction}, t.id {direction} limit "))
            .push_bind(i64::from(query.limit));
        if let Page::Offset(offset) = query.page {
            builder.push(" offset ").push_bind(i64::try_from(offset).map_err(|_| Error::invalid("offset"))?);
        }
        Ok(builder.build_query_as().fetch_all(self.reader()).await?)
    }

    /// Count and sums of everything a filter matches.
    pub async fn totals(&self, filter: &Filter) -> Result<Vec<CurrencyTotals>> {
        let mut builder = QueryBuilder::new(
            "select a.currency, count(*) as count, coalesce(sum(case when t.moved then max(t.gross, 0) end), 0) as money_in, \
             coalesce(sum(case when t.moved then min(t.gross, 0) end), 0) as money_out, \
             coalesce(sum(case when t.moved then t.fee end), 0) as fees, coalesce(sum(case when t.moved then t.net end), 0) as net \
             from txn t join account a on a.id = t.account_id left join detail d on d.id = t.detail_id where 1",
        );
        push_filter(&mut builder, filter);
        builder.push(" group by a.currency order by count(*) desc, a.currency");
        Ok(builder.build_query_as().fetch_all(self.reader()).await?)
    }

    /// How many transactions each wallet has.
    pub async fn counts_by_wallet(&self) -> Result<HashMap<i64, i64>> {
        let query =
            "select a.wallet_id, count(*) from txn t join account a on a.id = t.account_id group by a.wallet_id";
        Ok(sqlx::query_as::<_, (i64, i64)>(query).fetch_all(self.reader()).await?.into_iter().collect())
    }

    pub async fn transaction_with_key(&self, key: &[u8]) -> Result<Transaction> {
        let query = AssertSqlSafe(format!("select {COLUMNS} from {TABLES} where t.key = ?"));
        Ok(sqlx::query_as(query).bind(key).fetch_one(self.reader()).await?)
    }

    /// Every row of every file that told a transaction, the first one first.
    pub async fn sources(&self, transaction: i64) -> Result<Vec<TransactionSource>> {
        let query = "
            select s.import_id, i.original_id, o.name as file, i.form, i.encoding, s.line, s.position, s.length, s.told from (
                select import_id, line, position, length, null as told from txn
                    where id = ?1 and not exists (select 1 from telling where txn_id = ?1 and told is not null)
                union all select import_id, line, position, length, told from telling where txn_id = ?1
                union all select d.import_id, d.line, d.position, d.length, null from detail d join txn t on t.detail_id = d.id where t.id = ?1) s
            join import i on i.id = s.import_id join original o on o.id = i.original_id order by s.import_id, s.line";
        Ok(sqlx::query_as(query).bind(transaction).fetch_all(self.reader()).await?)
    }

    /// Transactions of a wallet whose own id or family is this id, oldest first.
    pub(crate) async fn with_id(&self, wallet: i64, id: &str) -> Result<Vec<Transaction>> {
        let Some(search) = words::index_query(id) else { return Ok(Vec::new()) };
        let query = AssertSqlSafe(format!(
            "select {COLUMNS} from {TABLES} where t.id in (select rowid from txn_word where txn_word match ?1) \
             and (t.family = ?2 or t.provider_ref = ?2) and a.wallet_id = ?3 order by t.time_ms, t.sequence limit {RELATED}"
        ));
        Ok(sqlx::query_as(query).bind(search).bind(id).bind(wallet).fetch_all(self.reader()).await?)
    }

    /// Everything that moved an account, oldest first.
    pub(crate) async fn payout_members(&self, account: i64) -> Result<Vec<PayoutMember>> {
        let query = "select id, booking_date, kind, status, net, fee, provider_ref, family, payout from txn \
            where account_id = ? and moved = 1 order by booking_date, time_ms, sequence, id";
        Ok(sqlx::query_as(query).bind(account).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn transaction_with_id(&self, wallet: i64, id: i64) -> Result<Transaction> {
        let query = AssertSqlSafe(format!("select {COLUMNS} from {TABLES} where t.id = ? and a.wallet_id = ?"));
        Ok(sqlx::query_as(query).bind(id).bind(wallet).fetch_one(self.reader()).await?)
    }

    /// Rows of an account between two booking dates that moved its balance, oldest first, as a stream:
    /// one walk along the index, whatever the length of the statement.
    pub(crate) fn statement_rows<'s>(
        &'s self,
        account: i64,
        from: &'s str,
        to: &'s str,
    ) -> BoxStream<'s, std::result::Result<Transaction, sqlx::Error>> {
        let query = AssertSqlSafe(format!(
            "select {COLUMNS} from {TABLES} where t.account_id = ? and t.moved = 1 \
             and t.booking_date between ? and ? order by t.booking_date, t.time_ms, t.sequence, t.id"
        ));
        sqlx::query_as(query).bind(account).bind(from).bind(to).fetch(self.reader())
    }

    /// The last row of an account before a date whose balance the file states, and what moved after it.
    pub(crate) async fn stated_balance_before(&self, account: i64, date: &str) -> Result<Option<(i64, i64)>> {
        let query = "
            with b as (select balance, booking_date, time_ms, sequence, id from txn
                where account_id = ?1 and booking_date < ?2 and balance is not null
                order by booking_date desc, time_ms desc, sequence desc, id desc limit 1)
            select b.balance, (select coalesce(sum(t.net), 0) from txn t where t.account_id = ?1 and t.moved = 1 and t.booking_date < ?2
                and (t.booking_date, t.time_ms, t.sequence, t.id) > (b.booking_date, b.time_ms, b.sequence, b.id)) from b";
        Ok(sqlx::query_as(query).bind(account).bind(date).fetch_optional(self.reader()).await?)
    }

    /// Sum of everything that moved an account before a date.
    pub(crate) async fn net_before(&self, account: i64, date: &str) -> Result<i64> {
        let query = "select coalesce(sum(net), 0) from txn where account_id = ? and moved = 1 and booking_date < ?";
        Ok(sqlx::query_scalar(query).bind(account).bind(date).fetch_one(self.reader()).await?)
    }

    /// Whether every row of a period comes from files that hold all movements of their account.
    /// Personal exports do not: what was paid from a bank card is in them and never touched the wallet.
    pub(crate) async fn only_whole_forms(&self, account: i64, from: &str, to: &str) -> Result<bool> {
        let query = "select not exists (select 1 from txn t join import i on i.id = t.import_id \
            where t.account_id = ? and t.booking_date between ? and ? and i.form like '%.personal')";
        Ok(sqlx::query_scalar(query).bind(account).bind(from).bind(to).fetch_one(self.reader()).await?)
    }

    /// How many rows of a file are in the books: as a transaction, as a further telling of one, or as a detail.
    pub(crate) async fn rows_told_by(&self, import: i64) -> Result<i64> {
        let query = "select count(*) from (select position from txn where import_id = ?1 \
            union select position from telling where import_id = ?1 union select position from detail where import_id = ?1)";
        Ok(sqlx::query_scalar(query).bind(import).fetch_one(self.reader()).await?)
    }
}

fn push_filter(builder: &mut QueryBuilder<Sqlite>, filter: &Filter) {
    if let Some(from) = &filter.from {
        builder.push(" and t.booking_date >= ").push_bind(from);
    }
    if let Some(to) = &filter.to {
        builder.push(" and t.booking_date <= ").push_bind(to);
    }
    let numbers = [
        ("a.wallet_id", &filter.wallets),
        ("t.account_id", &filter.accounts),
        ("t.kind", &filter.kinds),
        ("t.direction", &filter.directions),
    ];
    for (column, values) in numbers {
        if !values.is_empty() {
            builder.push(" and ").push(column).push(" in (");
            let mut list = builder.separated(", ");
            for value in values {
                list.push_bind(*value);
            }
            builder.push(")");
        }
    }
    if !filter.currencies.is_empty() {
        builder.push(" and a.currency in (");
        let mut list = builder.separated(", ");
        for currency in &filter.currencies {
            list.push_bind(currency);
        }
        builder.push(")");
    }
    push_search(builder, &filter.search);
}

fn push_search(builder: &mut QueryBuilder<Sqlite>, search: &str) {
    if search.trim().is_empty() {
        return;
    }
    match words::index_query(search) {
        // Nothing but signs was typed: nothing is found.
        None => {
            builder.push(" and 0");
        }
        Some(query) => {
            builder.push(" and t.id in (select rowid from txn_word where txn_word match ").push_bind(query).push(")");
            for run in words::exact_runs(search) {
                builder.push(" and instr(t.counterparty || char(31) || t.description || char(31) || coalesce(d.counterparty || char(31) || d.description, ''), ").push_bind(run).push(") > 0");
            }
        }
    }
}
