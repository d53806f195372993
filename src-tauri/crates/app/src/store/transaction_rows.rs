//! Transactions as an import writes them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, FromRow, QueryBuilder, Sqlite, SqliteConnection};

use super::{Store, words};
use crate::error::{Code, Result};

/// A row of `txn`. As JSON it is what one row of a file says.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize, Deserialize)]
pub(crate) struct TransactionRow {
    #[serde(skip)]
    pub id: i64,
    #[serde(skip)]
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
    pub provider_ref: String,
    pub family: Option<String>,
    pub payout: Option<String>,
    pub counterparty: String,
    pub description: String,
    #[serde(skip)]
    pub import_id: i64,
    #[serde(skip)]
    pub line: i64,
    #[serde(skip)]
    pub position: i64,
    #[serde(skip)]
    pub length: i64,
    #[serde(skip)]
    pub detail_id: Option<i64>,
}

impl TransactionRow {
    fn words(&self) -> String {
        let family = self.family.as_deref().filter(|family| *family != self.provider_ref);
        let ids = [self.provider_ref.as_str(), family.unwrap_or(""), self.payout.as_deref().unwrap_or("")];
        words::index_words(&[&self.counterparty, &self.description, ids[0], ids[1], ids[2]])
    }
}

const ROW_COLUMNS: &str = "id, key, account_id, time_ms, sequence, booking_date, kind, status, direction, moved, parts, gross, fee, net, \
    balance, provider_ref, family, payout, counterparty, description, import_id, line, position, length, detail_id";
/// Rows in one insert: 25 columns each stay under SQLite's 32,766 parameters, and one statement crosses to
/// sqlx's database thread instead of five hundred.
pub(super) const INSERT_ROWS: usize = 500;

/// Text of the insert of a full statement, which SQLite prepares once.
static INSERT_FULL: LazyLock<&'static str> = LazyLock::new(|| insert_statement(INSERT_ROWS).leak());

fn insert_statement(rows: usize) -> String {
    let mut statement = format!("insert or rollback into txn ({ROW_COLUMNS}) values ");
    let row = format!("(?{})", ", ?".repeat(ROW_COLUMNS.split(',').count() - 1));
    for number in 0..rows {
        statement.push_str(if number == 0 { "" } else { ", " });
        statement.push_str(&row);
    }
    statement
}

/// New transactions in the form in which SQLite takes them. Made on another thread than the one that waits for SQLite.
pub(crate) struct NewRows {
    /// Values of each statement, and how many rows they are of.
    values: Vec<(usize, SqliteArguments)>,
    /// Ids and words as JSON.
    words: String,
}

impl NewRows {
    pub(crate) fn new(rows: Vec<TransactionRow>) -> Result<NewRows> {
        let words: Vec<(i64, String)> = rows.iter().map(|row| (row.id, row.words())).collect();
        let words = serde_json::to_string(&words).map_err(|_| Code::Internal)?;
        let mut values = Vec::with_capacity(rows.len().div_ceil(INSERT_ROWS));
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut arguments = SqliteArguments::default();
            let mut count = 0;
            for row in rows.by_ref().take(INSERT_ROWS) {
                row.add_to(&mut arguments).map_err(|_| Code::Internal)?;
                count += 1;
            }
            values.push((count, arguments));
        }
        Ok(NewRows { values, words })
    }
}

impl TransactionRow {
    /// Its values in the order of [`ROW_COLUMNS`].
    fn add_to(self, arguments: &mut SqliteArguments) -> std::result::Result<(), sqlx::error::BoxDynError> {
        arguments.add(self.id)?;
        arguments.add(self.key)?;
        for number in [self.account_id, self.time_ms, self.sequence] {
            arguments.add(number)?;
        }
        arguments.add(self.booking_date)?;
        for number in [self.kind, self.status, self.direction, i64::from(self.moved), self.parts] {
            arguments.add(number)?;
        }
        for number in [self.gross, self.fee, self.net] {
            arguments.add(number)?;
        }
        arguments.add(self.balance)?;
        arguments.add(self.provider_ref)?;
        arguments.add(self.family)?;
        arguments.add(self.payout)?;
        arguments.add(self.counterparty)?;
        arguments.add(self.description)?;
        for number in [self.import_id, self.line, self.position, self.length] {
            arguments.add(number)?;
        }
        arguments.add(self.detail_id)
    }
}

impl Store {
    pub(crate) async fn next_transaction_id(connection: &mut SqliteConnection) -> Result<i64> {
        Ok(sqlx::query_scalar("select coalesce(max(id), 0) + 1 from txn").fetch_one(connection).await?)
    }

    pub(crate) async fn rows_with_keys(
        connection: &mut SqliteConnection,
        keys: &[Vec<u8>],
    ) -> Result<Vec<TransactionRow>> {
        let mut found = Vec::new();
        for chunk in keys.chunks(INSERT_ROWS) {
            let mut builder = QueryBuilder::new(format!("select {ROW_COLUMNS} from txn where key in ("));
            push_list(&mut builder, chunk);
            found.extend(builder.build_query_as::<TransactionRow>().fetch_all(&mut *connection).await?);
        }
        Ok(found)
    }

    pub(crate) async fn rows_with_ids(connection: &mut SqliteConnection, ids: &[i64]) -> Result<Vec<TransactionRow>> {
        let mut found = Vec::new();
        for chunk in ids.chunks(INSERT_ROWS) {
            let mut builder = QueryBuilder::new(format!("select {ROW_COLUMNS} from txn where id in ("));
            push_list(&mut builder, chunk);
            found.extend(builder.build_query_as::<TransactionRow>().fetch_all(&mut *connection).await?);
        }
        Ok(found)
    }

    pub(crate) async fn insert_rows(connection: &mut SqliteConnection, rows: NewRows) -> Result<()> {
        for (count, values) in rows.values {
            let query = match count {
                INSERT_ROWS => sqlx::query_with(*INSERT_FULL, values),
                _ => sqlx::query_with(AssertSqlSafe(insert_statement(count)), values),
            };
            query.execute(&mut *connection).await?;
        }
        // In one statement: the index is written to disk at the end of each.
        let query = "insert into txn_word (rowid, words) select value ->> 0, value ->> 1 from json_each(?)";
        sqlx::query(query).bind(rows.words).execute(connection).await?;
        Ok(())
    }

    /// Writes what is now in force of a transaction.
    pub(crate) async fn update_row(
        connection: &mut SqliteConnection,
        before: &TransactionRow,
        row: &TransactionRow,
    ) -> Result<()> {
        let query = "update txn set account_id = ?, time_ms = ?, sequence = ?, booking_date = ?, kind = ?, status = ?, direction = ?, moved = ?, \
            parts = ?, gross = ?, fee = ?, net = ?, balance = ?, provider_ref = ?, family = ?, payout = ?, counterparty = ?, description = ?, \
            import_id = ?, line = ?, position = ?, length = ? where id = ?";
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
            .bind(&row.provider_ref)
            .bind(&row.family)
            .bind(&row.payout)
            .bind(&row.counterparty)
            .bind(&row.description)
            .bind(row.import_id)
            .bind(row.line)
            .bind(row.position)
            .bind(row.length)
            .bind(row.id)
            .execute(&mut *connection)
            .await?;
        if before.words() != row.words() {
            Store::write_words(connection, row).await?;
        }
        Ok(())
    }

    /// Writes the searchable words of a transaction anew, with those of its detail.
    pub(crate) async fn write_words(connection: &mut SqliteConnection, row: &TransactionRow) -> Result<()> {
        let detail: Option<String> = match row.detail_id {
            None => None,
            Some(detail) => {
                let query = "select counterparty || ' ' || description from detail where id = ?";
                sqlx::query_scalar(query).bind(detail).fetch_optional(&mut *connection).await?
            }
        };
        let words = format!("{} {}", row.words(), words::index_words(&[detail.as_deref().unwrap_or("")]));
        sqlx::query("delete from txn_word where rowid = ?").bind(row.id).execute(&mut *connection).await?;
        let query = "insert into txn_word (rowid, words) values (?, ?)";
        sqlx::query(query).bind(row.id).bind(words.trim_end()).execute(connection).await?;
        Ok(())
    }

    pub(crate) async fn delete_rows(connection: &mut SqliteConnection, ids: &[i64]) -> Result<()> {
        for (table, column) in [("txn_word", "rowid"), ("txn", "id")] {
            for chunk in ids.chunks(INSERT_ROWS) {
                let mut builder: QueryBuilder<Sqlite> =
                    QueryBuilder::new(format!("delete from {table} where {column} in ("));
                push_list(&mut builder, chunk);
                builder.build().execute(&mut *connection).await?;
            }
        }
        Ok(())
    }

    /// Takes all transactions out, before they are made anew from the originals.
    pub(crate) async fn clear_transactions(connection: &mut SqliteConnection) -> Result<()> {
        for table in ["txn_word", "telling", "txn", "detail", "month_total", "import_overlap", "skipped_row"] {
            sqlx::query(AssertSqlSafe(format!("delete from {table}"))).execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// Ends an `in (` with values.
pub(super) fn push_list<'a, T>(builder: &mut QueryBuilder<Sqlite>, values: &'a [T])
where
    T: 'a + Clone + sqlx::Encode<'a, Sqlite> + sqlx::Type<Sqlite> + Send,
{
    let mut list = builder.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    builder.push(")");
}
