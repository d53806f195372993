//! The rows of a statement, in its order, however long it is.
//!
//! SQLite hands them out in blocks, each as one text: a row that crosses from its thread value by value costs more than
//! all the rest of its way into a file. Where a block ends is read from the index before it is made, so that two are made at a time.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sqlx::{AssertSqlSafe, FromRow};
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

/// Rows as SQLite tells them: for each its numbers and the lengths of its texts, then the texts.
#[derive(Debug)]
pub(crate) struct StatementBlock(String);

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
        let first = self.place_after(account, &day, 0, to).await?;
        let (store, to) = (self.clone(), to.to_owned());
        let bounds = stream::try_unfold((store.clone(), to.clone(), first), move |(store, to, begin)| async move {
            let Some(begin) = begin else { return Ok(None) };
            let end = store.place_after(account, &begin, BLOCK_ROWS, &to).await?;
            Ok(Some(((begin, end.clone()), (store, to, end))))
        });
        let blocks = bounds.map_ok(move |(begin, end)| {
            let (store, to) = (store.clone(), to.clone());
            async move { store.statement_block(account, begin, end, &to).await }
        });
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

    /// The place so many entries of the index on, or `None` where the period ends before it. Only the index is read.
    async fn place_after(&self, account: i64, place: &Place, entries: u32, to: &str) -> Result<Option<Place>> {
        let query = "select booking_date, time_ms, sequence, id from txn \
            where account_id = ? and (booking_date, time_ms, sequence, id) >= (?, ?, ?, ?) and booking_date <= ? \
            order by booking_date, time_ms, sequence, id limit 1 offset ?";
        let query = sqlx::query_as(query).bind(account);
        let query = query.bind(&place.booking_date).bind(place.time_ms).bind(place.sequence).bind(place.id);
        Ok(query.bind(to).bind(entries).fetch_optional(self.reader()).await?)
    }

    /// Rows from a place up to before another one, or up to a day.
    async fn statement_block(
        &self,
        account: i64,
        begin: Place,
        end: Option<Place>,
        to: &str,
    ) -> Result<StatementBlock> {
        let before = match end {
            Some(_) => "(t.booking_date, t.time_ms, t.sequence, t.id) < (?6, ?7, ?8, ?9)",
            None => "t.booking_date <= ?6",
        };
        let query = AssertSqlSafe(format!(
            "select coalesce(group_concat(format('%s %d %d %d %d %d %d %d %d %d ', booking_date, time_ms, kind, status, gross, fee, \
                octet_length(provider_ref), octet_length(family), octet_length(counterparty), octet_length(description)) \
                || provider_ref || family || counterparty || description, ''), '') from ( \
             select t.booking_date, t.time_ms, t.kind, t.status, t.gross, t.fee, t.provider_ref, \
                coalesce(t.family, '') as family, {COUNTERPARTY} as counterparty, t.description \
             from txn t left join detail d on d.id = t.detail_id where t.account_id = ?1 and t.moved = 1 \
                and (t.booking_date, t.time_ms, t.sequence, t.id) >= (?2, ?3, ?4, ?5) and {before} \
             order by t.booking_date, t.time_ms, t.sequence, t.id)"
        ));
        let block = sqlx::query_scalar(query).bind(account);
        let block = block.bind(begin.booking_date).bind(begin.time_ms).bind(begin.sequence).bind(begin.id);
        let block = match end {
            Some(end) => block.bind(end.booking_date).bind(end.time_ms).bind(end.sequence).bind(end.id),
            None => block.bind(to),
        };
        Ok(StatementBlock(block.fetch_one(self.reader()).await?))
    }
}

impl StatementBlock {
    /// Its rows. Ends after one that cannot be read.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Result<StatementRow<'_>>> {
        let mut rest = self.0.as_str();
        std::iter::from_fn(move || {
            (!rest.is_empty()).then(|| {
                let row = take_row(&mut rest);
                if row.is_none() {
                    rest = "";
                }
                row.ok_or_else(|| Error::new(Code::Damaged, "a row of the books"))
            })
        })
    }
}

fn take_row<'b>(rest: &mut &'b str) -> Option<StatementRow<'b>> {
    let booking_date = take_word(rest)?;
    let mut number = || take_word(rest)?.parse::<i64>().ok();
    let (time_ms, kind, status, gross, fee) = (number()?, number()?, number()?, number()?, number()?);
    let [provider_ref, family, counterparty, description] = [number()?, number()?, number()?, number()?];
    let mut text = |length: i64| {
        let (text, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        *rest = after;
        Some(text)
    };
    Some(StatementRow {
        booking_date,
        time_ms,
        kind,
        status,
        gross,
        fee,
        provider_ref: text(provider_ref)?,
        family: text(family)?,
        counterparty: text(counterparty)?,
        description: text(description)?,
    })
}

fn take_word<'b>(rest: &mut &'b str) -> Option<&'b str> {
    let (word, after) = rest.split_once(' ')?;
    *rest = after;
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_by_their_length() {
        let texts = "4200 PUR-1茶叶\nA 12 ";
        let told = format!("2026-10-01 5 0 1 5800 -35 4 6 6 6 {texts}2026-10-02 6 2 1 -1 0 0 0 0 0 ");
        let block = StatementBlock(told);
        let rows: Vec<StatementRow<'_>> = block.rows().map(Result::unwrap).collect();
        assert_eq!((rows[0].provider_ref, rows[0].family), ("4200", " PUR-1"));
        assert_eq!((rows[0].counterparty, rows[0].description), ("茶叶", "\nA 12 "));
        assert_eq!((rows[0].gross, rows[0].fee, rows[1].gross, rows[1].description), (5800, -35, -1, ""));
    }

    #[test]
    fn what_is_no_row_is_damage() {
        for told in ["x", "2026-10-01 5 0 1 5800 -35 9 0 0 0 short", "2026-10-01 5 0 1 5800 -35 1 0 0 0 茶"] {
            let block = StatementBlock(told.to_owned());
            assert!(block.rows().next().unwrap().is_err(), "{told}");
        }
        assert!(StatementBlock(String::new()).rows().next().is_none());
    }
}
