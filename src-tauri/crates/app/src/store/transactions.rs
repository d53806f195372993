//! Transactions: written in batches by an import, read in pages by lists and whole by statements.

use std::collections::HashMap;

use futures_util::stream::BoxStream;
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder, Sqlite, SqliteConnection};

use super::{Store, words};
use crate::error::{Error, Result};

/// A row of `txn`, as it is written and merged.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct TransactionRow {
    pub id: i64,
    pub key: Vec<u8>,
    pub account_id: i64,
    pub time_ms: i64,
    pub sequence: i64,
    pub booking_date: String,
    pub kind: i64,
    pub status: i64,
    pub direction: i64,
    pub moved: bool,
    pub parts: i64,
    pub gross: i64,
    pub fee: i64,
    pub net: i64,
    pub balance: Option<i64>,
    pub balance_sequence: Option<i64>,
    pub provider_ref: String,
    pub family: Option<String>,
    pub counterparty: String,
    pub description: String,
    pub import_id: i64,
    pub line: i64,
    pub position: i64,
    pub length: i64,
}

impl TransactionRow {
    fn words(&self) -> String {
        words::index_words(&[
            &self.counterparty,
            &self.description,
            &self.provider_ref,
            self.family.as_deref().unwrap_or(""),
        ])
    }
}

/// A further row of a file that tells a transaction which is already there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting {
    pub txn_id: i64,
    pub import_id: i64,
    pub line: i64,
    pub position: i64,
    pub length: i64,
}

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
    t.kind, t.status, t.direction, t.moved, t.gross, t.fee, t.net, t.balance, t.provider_ref, t.family, t.counterparty, t.description, \
    t.import_id, t.line, t.position, t.length";
const ROW_COLUMNS: &str = "id, key, account_id, time_ms, sequence, booking_date, kind, status, direction, moved, parts, gross, fee, net, \
    balance, balance_sequence, provider_ref, family, counterparty, description, import_id, line, position, length";
/// Rows in one insert: 24 columns each stay under SQLite's 32,766 parameters, and one statement crosses to
/// sqlx's database thread instead of five hundred.
const INSERT_ROWS: usize = 500;

impl Store {
    pub async fn transactions(&self, query: &Query) -> Result<Vec<Transaction>> {
        let mut builder =
            QueryBuilder::new(format!("select {COLUMNS} from txn t join account a on a.id = t.account_id where 1"));
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
            SortColumn::Counterparty => "t.counterparty",
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
             from txn t join account a on a.id = t.account_id where 1",
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
        let query =
            AssertSqlSafe(format!("select {COLUMNS} from txn t join account a on a.id = t.account_id where t.key = ?"));
        Ok(sqlx::query_as(query).bind(key).fetch_one(self.reader()).await?)
    }

    /// Every row of every file that told a transaction, the first one first.
    pub async fn sources(&self, transaction: i64) -> Result<Vec<TransactionSource>> {
        let query = "
            select s.import_id, i.original_id, o.name as file, i.form, i.encoding, s.line, s.position, s.length from (
                select 0 as n, import_id, line, position, length from txn where id = ?1
                union all select id, import_id, line, position, length from sighting where txn_id = ?1) s
            join import i on i.id = s.import_id join original o on o.id = i.original_id order by s.n";
        Ok(sqlx::query_as(query).bind(transaction).fetch_all(self.reader()).await?)
    }

    /// The others of a family: a sale with its refunds, fees and disputes, inside one wallet.
    pub async fn family(&self, transaction: &Transaction) -> Result<Vec<Transaction>> {
        let Some(name) = transaction.family.as_deref().filter(|name| !name.is_empty()) else { return Ok(Vec::new()) };
        let Some(search) = words::index_query(name) else { return Ok(Vec::new()) };
        let query = AssertSqlSafe(format!(
            "select {COLUMNS} from txn t join account a on a.id = t.account_id where t.id in (select rowid from txn_word where txn_word match ?) \
             and t.family = ? and a.wallet_id = ? and t.id <> ? order by t.time_ms, t.sequence limit 100"
        ));
        Ok(sqlx::query_as(query)
            .bind(search)
            .bind(name)
            .bind(transaction.wallet_id)
            .bind(transaction.id)
            .fetch_all(self.reader())
            .await?)
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
            "select {COLUMNS} from txn t join account a on a.id = t.account_id where t.account_id = ? and t.moved = 1 \
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

    /// How many rows of a file are in the books, as the first or as a further source of a transaction.
    pub(crate) async fn rows_told_by(&self, import: i64) -> Result<i64> {
        let query = "select (select count(*) from txn where import_id = ?1) + (select count(*) from sighting where import_id = ?1)";
        Ok(sqlx::query_scalar(query).bind(import).fetch_one(self.reader()).await?)
    }

    pub(crate) async fn next_transaction_id(connection: &mut SqliteConnection) -> Result<i64> {
        Ok(sqlx::query_scalar("select coalesce(max(id), 0) + 1 from txn").fetch_one(connection).await?)
    }

    pub(crate) async fn rows_with_keys(
        connection: &mut SqliteConnection,
        keys: &[Vec<u8>],
    ) -> Result<Vec<TransactionRow>> {
        let mut found = Vec::new();
        for chunk in keys.chunks(INSERT_ROWS) {
            let mut builder: QueryBuilder<Sqlite> =
                QueryBuilder::new(format!("select {ROW_COLUMNS} from txn where key in ("));
            let mut list = builder.separated(", ");
            for key in chunk {
                list.push_bind(key);
            }
            builder.push(")");
            found.extend(builder.build_query_as::<TransactionRow>().fetch_all(&mut *connection).await?);
        }
        Ok(found)
    }

    pub(crate) async fn insert_rows(connection: &mut SqliteConnection, rows: &[&TransactionRow]) -> Result<()> {
        for chunk in rows.chunks(INSERT_ROWS) {
            let mut builder: QueryBuilder<Sqlite> = QueryBuilder::new(format!("insert into txn ({ROW_COLUMNS}) "));
            builder.push_values(chunk, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(&row.key)
                    .push_bind(row.account_id)
                    .push_bind(row.time_ms)
                    .push_bind(row.sequence)
                    .push_bind(&row.booking_date)
                    .push_bind(row.kind)
                    .push_bind(row.status)
                    .push_bind(row.direction)
                    .push_bind(row.moved)
                    .push_bind(row.parts)
                    .push_bind(row.gross)
                    .push_bind(row.fee)
                    .push_bind(row.net)
                    .push_bind(row.balance)
                    .push_bind(row.balance_sequence)
                    .push_bind(&row.provider_ref)
                    .push_bind(&row.family)
                    .push_bind(&row.counterparty)
                    .push_bind(&row.description)
                    .push_bind(row.import_id)
                    .push_bind(row.line)
                    .push_bind(row.position)
                    .push_bind(row.length);
            });
            builder.build().execute(&mut *connection).await?;
            let mut builder: QueryBuilder<Sqlite> = QueryBuilder::new("insert into txn_word (rowid, words) ");
            builder.push_values(chunk, |mut values, row| {
                values.push_bind(row.id).push_bind(row.words());
            });
            builder.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Writes what a later file told of a transaction. Where it was first seen stays.
    pub(crate) async fn update_row(connection: &mut SqliteConnection, row: &TransactionRow) -> Result<()> {
        let query = "update txn set account_id = ?, time_ms = ?, sequence = ?, booking_date = ?, kind = ?, status = ?, direction = ?, moved = ?, \
            parts = ?, gross = ?, fee = ?, net = ?, balance = ?, balance_sequence = ?, family = ?, counterparty = ?, description = ? where id = ?";
        sqlx::query(query)
            .bind(row.account_id)
            .bind(row.time_ms)
            .bind(row.sequence)
            .bind(&row.booking_date)
            .bind(row.kind)
            .bind(row.status)
            .bind(row.direction)
            .bind(row.moved)
            .bind(row.parts)
            .bind(row.gross)
            .bind(row.fee)
            .bind(row.net)
            .bind(row.balance)
            .bind(row.balance_sequence)
            .bind(&row.family)
            .bind(&row.counterparty)
            .bind(&row.description)
            .bind(row.id)
            .execute(&mut *connection)
            .await?;
        sqlx::query("delete from txn_word where rowid = ?").bind(row.id).execute(&mut *connection).await?;
        let query = "insert into txn_word (rowid, words) values (?, ?)";
        sqlx::query(query).bind(row.id).bind(row.words()).execute(connection).await?;
        Ok(())
    }

    pub(crate) async fn insert_sightings(connection: &mut SqliteConnection, sightings: &[Sighting]) -> Result<()> {
        for chunk in sightings.chunks(INSERT_ROWS) {
            let mut builder: QueryBuilder<Sqlite> =
                QueryBuilder::new("insert into sighting (txn_id, import_id, line, position, length) ");
            builder.push_values(chunk, |mut values, sighting| {
                values
                    .push_bind(sighting.txn_id)
                    .push_bind(sighting.import_id)
                    .push_bind(sighting.line)
                    .push_bind(sighting.position)
                    .push_bind(sighting.length);
            });
            builder.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    pub(crate) async fn insert_revision(
        connection: &mut SqliteConnection,
        before: &TransactionRow,
        import: i64,
        now_ms: i64,
    ) -> Result<()> {
        let json = serde_json::json!({ "status": before.status, "gross": before.gross, "fee": before.fee, "net": before.net, "balance": before.balance });
        let query = "insert into revision (txn_id, import_id, recorded_ms, before) values (?, ?, ?, ?)";
        sqlx::query(query).bind(before.id).bind(import).bind(now_ms).bind(json.to_string()).execute(connection).await?;
        Ok(())
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
                builder.push(" and instr(t.counterparty || char(31) || t.description, ").push_bind(run).push(") > 0");
            }
        }
    }
}
