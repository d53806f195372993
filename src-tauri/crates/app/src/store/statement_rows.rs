//! The rows of a statement, in its order, however long it is.
//!
//! SQLite hands them out in blocks, each as one value: a row that crosses from its thread value by value costs more than
//! all the rest of its way into a file. Where a block ends is read from the index before it is made, so that two are made
//! at a time; by the same connection, which has that part of the index at hand then.

use std::str::Utf8Chunk;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Row, Sqlite, SqliteConnection};
use tokio::sync::mpsc;

use super::Store;
use super::transactions::COUNTERPARTY;
use crate::error::{Code, Error, Result};

/// Entries of the index in a block; rows that moved nothing are among them.
const BLOCK_ROWS: u32 = 5000;
/// Blocks that are made at a time. One reader stays free for the window.
const BLOCKS_AT_ONCE: usize = 2;
/// Blocks that wait to be written.
const BLOCKS_READY: usize = 2;

/// A movement as a statement writes it.
#[derive(Debug, Clone, Copy)]
pub struct StatementRow<'b> {
    pub booking_date: &'b str,
    pub time_ms: i64,
    pub kind: i64,
    pub status: i64,
    pub gross: i64,
    pub fee: i64,
    pub provider_ref: &'b str,
    /// Empty where there is none.
    pub family: &'b str,
    pub counterparty: &'b str,
    pub description: &'b str,
}

/// Rows as SQLite tells them, in one value: all their cells, and behind each the byte 0xFF, which is in no text.
#[derive(Debug)]
pub(crate) struct StatementBlock(SqliteRow);

/// The rows of an account up to a day, which is included.
#[derive(Debug, Clone)]
struct Period {
    account: i64,
    to: String,
}

/// A place in the order of an account's statement.
#[derive(Debug, Clone, FromRow)]
struct Place {
    booking_date: String,
    time_ms: i64,
    sequence: i64,
    id: i64,
}

impl Store {
    /// Rows of an account between two booking dates that moved its balance, oldest first.
    ///
    /// Blocks are not read in one snapshot: whoever reads them compares their sum with the statement's.
    pub(crate) async fn statement_blocks(
        &self,
        account: i64,
        from: &str,
        to: &str,
    ) -> Result<impl Stream<Item = Result<StatementBlock>>> {
        let day = Place { booking_date: from.to_owned(), time_ms: i64::MIN, sequence: i64::MIN, id: i64::MIN };
        let period = Period { account, to: to.to_owned() };
        let first = period.place_after(&mut *self.reader().acquire().await?, &day, 0).await?;
        let bounds = stream::try_unfold((self.clone(), period.clone(), first), |(store, period, begin)| async {
            let Some(begin) = begin else { return Ok(None) };
            let mut reader = store.reader().acquire().await?;
            let end = period.place_after(&mut reader, &begin, BLOCK_ROWS).await?;
            Ok(Some(((reader, begin, end.clone()), (store, period, end))))
        });
        let blocks = bounds.map_ok(move |(reader, begin, end)| period.clone().block(reader, begin, end));
        // A task of its own goes on with the next blocks while the one before is written to the file.
        let (sender, mut ready) = mpsc::channel(BLOCKS_READY);
        tokio::spawn(async move {
            let mut blocks = std::pin::pin!(blocks.try_buffered(BLOCKS_AT_ONCE));
            while let Some(block) = blocks.next().await {
                if sender.send(block).await.is_err() {
                    return;
                }
            }
        });
        Ok(stream::poll_fn(move |context| ready.poll_recv(context)))
    }
}

impl Period {
    /// The place so many entries of the index on, or `None` where the period ends before it. Only the index is read.
    async fn place_after(&self, reader: &mut SqliteConnection, place: &Place, entries: u32) -> Result<Option<Place>> {
        let query = "select booking_date, time_ms, sequence, id from txn \
            where account_id = ? and (booking_date, time_ms, sequence, id) >= (?, ?, ?, ?) and booking_date <= ? \
            order by booking_date, time_ms, sequence, id limit 1 offset ?";
        let query = sqlx::query_as(query).bind(self.account);
        let query = query.bind(&place.booking_date).bind(place.time_ms).bind(place.sequence).bind(place.id);
        Ok(query.bind(&self.to).bind(entries).fetch_optional(reader).await?)
    }

    /// Rows from a place up to before another one, or up to the period's last day.
    async fn block(
        self,
        mut reader: PoolConnection<Sqlite>,
        begin: Place,
        end: Option<Place>,
    ) -> Result<StatementBlock> {
        let before = match end {
            Some(_) => "(t.booking_date, t.time_ms, t.sequence, t.id) < (?6, ?7, ?8, ?9)",
            None => "t.booking_date <= ?6",
        };
        // One call of a function for each row, and one value from there: SQLite copies each of them.
        let query = AssertSqlSafe(format!(
            "select cast(coalesce(group_concat(told, ''), '') as blob) from ( \
             select concat_ws(x'ff', t.booking_date, t.time_ms, t.kind, t.status, t.gross, t.fee, \
                t.provider_ref, coalesce(t.family, ''), {COUNTERPARTY}, t.description, '') as told \
             from txn t left join detail d on d.id = t.detail_id where t.account_id = ?1 and t.moved = 1 \
                and (t.booking_date, t.time_ms, t.sequence, t.id) >= (?2, ?3, ?4, ?5) and {before} \
             order by t.booking_date, t.time_ms, t.sequence, t.id)"
        ));
        let block = sqlx::query(query).bind(self.account);
        let block = block.bind(begin.booking_date).bind(begin.time_ms).bind(begin.sequence).bind(begin.id);
        let block = match end {
            Some(end) => block.bind(end.booking_date).bind(end.time_ms).bind(end.sequence).bind(end.id),
            None => block.bind(self.to),
        };
        Ok(StatementBlock(block.fetch_one(&mut *reader).await?))
    }
}

impl StatementBlock {
    /// Its rows, read where SQLite left them.
    pub(crate) fn rows(&self) -> Result<impl Iterator<Item = Result<StatementRow<'_>>>> {
        Ok(rows(self.0.try_get(0)?))
    }
}

/// The rows that are told. What follows one that cannot be read is none either.
fn rows(told: &[u8]) -> impl Iterator<Item = Result<StatementRow<'_>>> {
    let mut cells = told.utf8_chunks().peekable();
    std::iter::from_fn(move || {
        cells.peek()?;
        Some(take_row(&mut cells).ok_or_else(|| Error::new(Code::Damaged, "a row of the books")))
    })
}

fn take_row<'b>(cells: &mut impl Iterator<Item = Utf8Chunk<'b>>) -> Option<StatementRow<'b>> {
    let mut text = || cells.next().filter(|cell| cell.invalid() == [0xff]).map(|cell| cell.valid());
    let booking_date = text()?;
    let mut number = || text()?.parse::<i64>().ok();
    let (time_ms, kind, status, gross, fee) = (number()?, number()?, number()?, number()?, number()?);
    Some(StatementRow {
        booking_date,
        time_ms,
        kind,
        status,
        gross,
        fee,
        provider_ref: text()?,
        family: text()?,
        counterparty: text()?,
        description: text()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a stroke for the byte behind a cell.
    fn told(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| if byte == b'|' { 0xff } else { byte }).collect()
    }

    #[test]
    fn a_text_ends_where_its_byte_is() {
        let told = told("2026-10-01|5|0|1|5800|-35|4200| PUR-1|茶叶|\nA 12 \0|2026-10-02|6|2|1|-1|0|||||");
        let rows: Vec<StatementRow<'_>> = rows(&told).map(Result::unwrap).collect();
        assert_eq!((rows[0].provider_ref, rows[0].family), ("4200", " PUR-1"));
        assert_eq!((rows[0].counterparty, rows[0].description), ("茶叶", "\nA 12 \0"));
        assert_eq!((rows[0].gross, rows[0].fee, rows[1].gross, rows[1].description), (5800, -35, -1, ""));
        assert_eq!((rows.len(), rows[1].booking_date, rows[1].provider_ref), (2, "2026-10-02", ""));
    }

    #[test]
    fn what_is_no_row_is_damage() {
        let whole = "2026-10-01|5|0|1|5800|-35|42|P|T|A|";
        for text in
            ["x", "|", "2026-10-01|5|0|1|58.00|-35|42|P|T|A|", &whole[..whole.len() - 1], &whole[1..whole.len() - 2]]
        {
            assert!(rows(&told(text)).any(|row| row.is_err()), "{text}");
        }
        let mut other = told(whole);
        other[10] = 0xfe;
        assert!(rows(&other).any(|row| row.is_err()), "another byte that is in no text");
        assert_eq!((rows(&told(whole)).count(), rows(b"").count()), (1, 0));
    }
}
