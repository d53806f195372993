//! Reading what a register holds: numbers and texts of all transactions, in few and long texts.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{MOVED, Register};
use crate::error::{Code, Error, Result};

/// Transactions read by one statement: their numbers come as one text, because a value that crosses from SQLite's thread
/// costs more than the number in it.
const READ_ROWS: i64 = 20_000;
/// Statements that read at a time. One reader stays free for the window.
const READS_AT_ONCE: usize = 2;
/// A transaction's numbers as they are read.
pub(super) struct Numbers {
    pub(super) time_ms: i64,
    pub(super) sequence: i64,
    pub(super) id: u32,
    pub(super) day: u32,
    pub(super) account: i64,
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) gross: i64,
    pub(super) fee: i64,
    pub(super) net: i64,
}

impl Register {
    /// Reads the numbers of all transactions. Not in one snapshot: whoever asks for it sees to it that nothing changed.
    pub(in crate::store) async fn read(pool: &SqlitePool) -> Result<Register> {
        let accounts: Vec<(i64, i64, String)> =
            sqlx::query_as("select id, wallet_id, currency from account").fetch_all(pool).await?;
        let columns = "format('%d %d %d %s %d %d %d %d %d %d %d', \
            id, time_ms, sequence, booking_date, account_id, kind, direction, moved, gross, fee, net)";
        let texts = read_texts(pool, columns, "txn t", "char(10)").await?;
        let mut texts = std::pin::pin!(texts);
        // Each text is taken apart on another thread while SQLite makes the next ones.
        let mut parts = Vec::new();
        while let Some(text) = texts.try_next().await? {
            parts
                .push(tokio::task::spawn_blocking(move || text.lines().map(parse_numbers).collect::<Option<Vec<_>>>()));
        }
        let mut rows = Vec::new();
        for part in parts {
            let part = part.await.map_err(|_| Error::new(Code::Internal, "register"))?;
            rows.extend(part.ok_or_else(|| Error::new(Code::Damaged, "a row of the books"))?);
        }
        tokio::task::spawn_blocking(move || Register::from_rows(rows, &accounts))
            .await
            .map_err(|_| Error::new(Code::Internal, "register"))?
    }
}

/// An expression over all transactions as texts of many rows each, two of which are made at a time.
async fn read_texts<'p>(
    pool: &'p SqlitePool,
    expression: &'p str,
    tables: &'p str,
    separator: &'p str,
) -> Result<impl Stream<Item = Result<String>> + 'p> {
    let (first, last): (i64, i64) =
        sqlx::query_as("select coalesce(min(id), 0), coalesce(max(id), -1) from txn").fetch_one(pool).await?;
    let ranges = (first..=last).step_by(usize::try_from(READ_ROWS).unwrap_or(usize::MAX));
    let texts = stream::iter(ranges).map(move |from| async move {
        // Nobody waits for it any more: the books are being closed.
        if pool.is_closed() {
            return Err(Code::Locked.into());
        }
        let query = format!(
            "select coalesce(group_concat({expression}, {separator}), '') from {tables} where t.id >= ? and t.id < ?"
        );
        let before = from.saturating_add(READ_ROWS);
        Ok(sqlx::query_scalar(AssertSqlSafe(query)).bind(from).bind(before).fetch_one(pool).await?)
    });
    Ok(texts.buffered(READS_AT_ONCE))
}

pub(super) fn parse_numbers(line: &str) -> Option<Numbers> {
    let mut words = line.split(' ');
    let mut word = || words.next();
    let id = word()?.parse().ok()?;
    let (time_ms, sequence) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let day = day_number(word()?);
    let (account, kind) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let direction: u8 = word()?.parse().ok()?;
    let moved = word()? == "1";
    let (gross, fee, net) = (word()?.parse().ok()?, word()?.parse().ok()?, word()?.parse().ok()?);
    let flags = if moved { direction | MOVED } else { direction };
    Some(Numbers { time_ms, sequence, id, day, account, kind, flags, gross, fee, net })
}

/// An ISO date as a number that orders as the date does. What is no date is 0.
pub(super) fn day_number(date: &str) -> u32 {
    date.bytes().filter(u8::is_ascii_digit).take(8).fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// A text column of all transactions: for each its id, the length of its text and the text.
pub(in crate::store) async fn read_column(pool: &SqlitePool, column: &str, tables: &str) -> Result<Vec<String>> {
    let expression = format!("format('%d %d ', t.id, octet_length({column})) || {column}");
    read_texts(pool, &expression, tables, "''").await?.try_collect().await
}

pub(super) fn take_text<'t>(rest: &mut &'t str) -> Option<(i64, &'t str)> {
    let (id, after) = rest.split_once(' ')?;
    let (length, after) = after.split_once(' ')?;
    let (text, after) = after.split_at_checked(length.parse().ok()?)?;
    *rest = after;
    Some((id.parse().ok()?, text))
}
