//! Transactions as an import writes them.

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, FromRow, QueryBuilder, Sqlite, SqliteConnection};

use super::Store;
use super::word_index::{NewWords, WordChanges};
use super::words::index_words;
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
    /// Texts it is found by.
    fn searchable(&self) -> [&str; 5] {
        let family = self.family.as_deref().unwrap_or("");
        [&self.counterparty, &self.description, &self.provider_ref, family, self.payout.as_deref().unwrap_or("")]
    }
}

const ROW_COLUMNS: &str = "id, key, account_id, time_ms, sequence, booking_date, kind, status, direction, moved, parts, gross, fee, net, \
    balance, provider_ref, family, payout, counterparty, description, import_id, line, position, length, detail_id";
const ROW_COLUMN_COUNT: usize = 25;
/// Rows in one insert: 25 columns each stay under SQLite's 32,766 parameters, and one statement crosses to
/// sqlx's database thread instead of five hundred.
pub(super) const INSERT_ROWS: usize = 500;

/// Text of the insert of a full statement, which SQLite prepares once.
static INSERT_FULL: LazyLock<&'static str> = LazyLock::new(|| insert_statement(INSERT_ROWS).leak());

fn insert_statement(rows: usize) -> String {
    let mut statement = format!("insert or rollback into txn ({ROW_COLUMNS}) values ");
    let row = format!("(?{})", ", ?".repeat(ROW_COLUMN_COUNT - 1));
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
    words: NewWords,
}

impl NewRows {
    /// `words` gets the words of the rows.
    pub(crate) fn new(rows: Vec<TransactionRow>, mut words: NewWords) -> Result<NewRows> {
        for row in &rows {
            words.add(row.id, &row.searchable())?;
        }
        let mut values = Vec::with_capacity(rows.len().div_ceil(INSERT_ROWS));
        let mut rows = rows.into_iter().peekable();
        let mut day = Arc::<str>::default();
        while rows.peek().is_some() {
            let mut arguments = SqliteArguments::default();
            arguments.reserve(INSERT_ROWS.min(rows.len()) * ROW_COLUMN_COUNT, 0);
            let mut count = 0;
            for row in rows.by_ref().take(INSERT_ROWS) {
                add_values(row, &mut day, &mut arguments).map_err(|_| Code::Internal)?;
                count += 1;
            }
            values.push((count, arguments));
        }
        Ok(NewRows { values, words })
    }

    /// The words of these rows and of those before them.
    pub(crate) fn take_words(&mut self) -> NewWords {
        std::mem::take(&mut self.words)
    }
}

/// Adds a row's values in the order of [`ROW_COLUMNS`].
///
/// A text goes as one piece of memory: SQLite's thread frees it, which is slow for what another thread made. Days repeat.
fn add_values(
    row: TransactionRow,
    day: &mut Arc<str>,
    arguments: &mut SqliteArguments,
) -> std::result::Result<(), sqlx::error::BoxDynError> {
    arguments.add(row.id)?;
    arguments.add(row.key)?;
    for number in [row.account_id, row.time_ms, row.sequence] {
        arguments.add(number)?;
    }
    if **day != *row.booking_date {
        *day = row.booking_date.into();
    }
    arguments.add(Arc::clone(day))?;
    for number in [row.kind, row.status, row.direction, i64::from(row.moved), row.parts] {
        arguments.add(number)?;
    }
    for number in [row.gross, row.fee, row.net] {
        arguments.add(number)?;
    }
    arguments.add(row.balance)?;
    arguments.add(Arc::<str>::from(row.provider_ref))?;
    for text in [row.family, row.payout] {
        arguments.add(text.map(Arc::<str>::from))?;
    }
    for text in [row.counterparty, row.description] {
        arguments.add(Arc::<str>::from(text))?;
    }
    for number in [row.import_id, row.line, row.position, row.length] {
        arguments.add(number)?;
    }
    arguments.add(row.detail_id)
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
        Ok(())
    }

    /// Writes what is now in force of a transaction.
    pub(crate) async fn update_row(
        connection: &mut SqliteConnection,
        before: &TransactionRow,
        row: &TransactionRow,
        words: &mut WordChanges,
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
        if before.searchable() != row.searchable() {
            Store::change_words(connection, row, words).await?;
        }
        Ok(())
    }

    /// Takes the words of a stored transaction anew, with those of its detail.
    pub(crate) async fn change_words(
        connection: &mut SqliteConnection,
        row: &TransactionRow,
        words: &mut WordChanges,
    ) -> Result<()> {
        let detail: Option<String> = match row.detail_id {
            None => None,
            Some(detail) => {
                let query = "select counterparty || ' ' || description from detail where id = ?";
                sqlx::query_scalar(query).bind(detail).fetch_optional(&mut *connection).await?
            }
        };
        let [counterparty, description, own, family, payout] = row.searchable();
        let detail = detail.as_deref().unwrap_or("");
        words.change(row.id, index_words(&[counterparty, description, own, family, payout, detail]));
        Ok(())
    }

    pub(crate) async fn delete_rows(
        connection: &mut SqliteConnection,
        ids: &[i64],
        words: &mut WordChanges,
    ) -> Result<()> {
        words.remove(ids);
        for chunk in ids.chunks(INSERT_ROWS) {
            let mut builder: QueryBuilder<Sqlite> = QueryBuilder::new("delete from txn where id in (");
            push_list(&mut builder, chunk);
            builder.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Takes all transactions out, before they are made anew from the originals.
    pub(crate) async fn clear_transactions(connection: &mut SqliteConnection) -> Result<()> {
        let index = ["word_segment", "word_block", "word_stale"];
        let tables = ["telling", "txn", "detail", "month_total", "import_overlap", "skipped_row"];
        for table in index.into_iter().chain(tables) {
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
