//! The search index: which transactions have which word. What a word is: `words.rs`.
//!
//! Words lie in segments that are written once, by an import for all its transactions, and read by one look into the
//! books' B-tree for each segment. Transactions whose words change are told anew in a newer segment and marked as stale in
//! all before it.

mod merge;
mod segment;

use std::collections::{BTreeMap, HashMap};

use segment::{Block, Entries, Postings};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use tokio::task::JoinHandle;

use super::transaction_rows::INSERT_ROWS;
use super::words::{Term, each_word};
use super::{Store, words};
use crate::error::{Code, Error, Result};

/// Memory that the words of new transactions may take before they are written as a segment.
const SEGMENT_MEMORY: usize = 32 * 1024 * 1024;
/// Blocks in one insert.
const INSERT_BLOCKS: usize = 50;

/// The words of new transactions, which are collected on another thread than the one that waits for SQLite.
#[derive(Debug, Default)]
pub(crate) struct NewWords(Postings);

impl NewWords {
    pub(super) fn add(&mut self, id: i64, texts: &[&str]) -> Result<()> {
        let id = index_id(id)?;
        for text in texts {
            each_word(text, &mut |word| self.0.add(word, id));
        }
        Ok(())
    }
}

/// What a change of the books does to the search index. Nothing of it is in the books before [`WordChanges::write`].
#[derive(Debug, Default)]
pub(crate) struct WordChanges {
    new: NewWords,
    /// Words of new transactions that are being put in order.
    ordered: Option<JoinHandle<Vec<Block>>>,
    /// The words that a stored transaction has now; none of one that is gone.
    changed: BTreeMap<i64, String>,
}

impl WordChanges {
    /// Hands out the words of new transactions, so that more are added to them.
    pub(crate) fn lend(&mut self) -> NewWords {
        std::mem::take(&mut self.new)
    }

    /// Takes them back.
    pub(crate) fn take_back(&mut self, words: NewWords) {
        self.new = words;
    }

    /// A stored transaction has these words now, separated by blanks.
    pub(super) fn change(&mut self, id: i64, words: String) {
        self.changed.insert(id, words);
    }

    pub(super) fn remove(&mut self, ids: &[i64]) {
        self.changed.extend(ids.iter().map(|id| (*id, String::new())));
    }

    /// Writes the words of new transactions once there are many, which bounds memory.
    pub(crate) async fn spill(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        if self.new.0.size() < SEGMENT_MEMORY {
            return Ok(());
        }
        self.write_ordered(connection).await?;
        let NewWords(postings) = self.lend();
        self.ordered = Some(tokio::task::spawn_blocking(|| postings.into_blocks()));
        Ok(())
    }

    /// Writes everything into the books, and puts segments together where there are many.
    pub(crate) async fn write(mut self, connection: &mut SqliteConnection) -> Result<()> {
        self.write_ordered(connection).await?;
        let NewWords(postings) = self.lend();
        if !postings.is_empty() {
            insert_segment(connection, postings.into_blocks()).await?;
        }
        if !self.changed.is_empty() {
            mark_stale(connection, self.changed.keys()).await?;
            let mut postings = Postings::default();
            for (id, words) in self.changed {
                let id = index_id(id)?;
                words.split_ascii_whitespace().for_each(|word| postings.add(word, id));
            }
            insert_segment(connection, postings.into_blocks()).await?;
        }
        merge::merge(connection).await
    }

    async fn write_ordered(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        let Some(ordered) = self.ordered.take() else { return Ok(()) };
        insert_segment(connection, ordered.await.map_err(|_| Code::Internal)?).await
    }
}

impl Store {
    /// Ids of everything a search finds, in their order.
    pub(super) async fn found(&self, search: &str) -> Result<Vec<u32>> {
        let mut found: Option<Vec<u32>> = None;
        for term in words::terms(search) {
            let ids = self.ids_with(&term).await?;
            found = Some(match found {
                None => ids,
                Some(before) => in_both(&before, &ids),
            });
        }
        // Where nothing but signs was typed, nothing is found.
        Ok(found.unwrap_or_default())
    }

    async fn ids_with(&self, term: &Term) -> Result<Vec<u32>> {
        let query = "select b.segment, b.data from word_segment s cross join word_block b on b.segment = s.id \
            where b.first <= ?2 and b.first >= coalesce( \
                (select max(before.first) from word_block before where before.segment = s.id and before.first <= ?1), '')";
        let blocks: Vec<(i64, Vec<u8>)> =
            sqlx::query_as(query).bind(&term.word).bind(term.last()).fetch_all(self.reader()).await?;
        let stale = stale(&mut *self.reader().acquire().await?).await?;
        let term = term.clone();
        let ids = tokio::task::spawn_blocking(move || {
            let mut ids = Vec::new();
            for (segment, data) in &blocks {
                let from = ids.len();
                ids_in(data, &term, &mut ids)?;
                if !stale.is_empty() {
                    let fresh = ids.split_off(from);
                    ids.extend(fresh.into_iter().filter(|id| counts(&stale, *id, *segment)));
                }
            }
            // Long runs of it are in order already, which this sort is quick at.
            ids.sort();
            ids.dedup();
            Ok(ids)
        });
        ids.await.map_err(|_| Code::Internal)?
    }

    /// The first block of the search index that cannot be read, if there is one.
    pub(super) async fn damaged_block(connection: &mut SqliteConnection) -> Result<Option<String>> {
        let (mut segment, mut first) = (0, String::new());
        let query = "select segment, first, data from word_block where (segment, first) > (?, ?) order by segment, first limit 100";
        loop {
            let blocks: Vec<(i64, String, Vec<u8>)> =
                sqlx::query_as(query).bind(segment).bind(&first).fetch_all(&mut *connection).await?;
            let Some((last_segment, last, _)) = blocks.last() else { return Ok(None) };
            (segment, first) = (*last_segment, last.clone());
            let is_bad = |(_, first, data): &&(i64, String, Vec<u8>)| check(first, data).is_err();
            if let Some((segment, first, _)) = blocks.iter().find(is_bad) {
                return Ok(Some(format!("search index: segment {segment}, the words from \"{first}\" on")));
            }
        }
    }
}

fn index_id(id: i64) -> Result<u32> {
    u32::try_from(id).map_err(|_| Error::new(Code::Internal, "more transactions than a search index holds"))
}

/// Transactions, and the segment from which on what is said of them counts.
async fn stale(connection: &mut SqliteConnection) -> Result<HashMap<u32, i64>> {
    let marks = sqlx::query_as("select id, segment from word_stale").fetch_all(connection).await?;
    Ok(marks.into_iter().collect())
}

/// Whether what a segment says of a transaction still counts.
fn counts(stale: &HashMap<u32, i64>, id: u32, segment: i64) -> bool {
    stale.get(&id).is_none_or(|from| segment >= *from)
}

/// Adds the transactions of a block that have a word of the search.
fn ids_in(data: &[u8], term: &Term, ids: &mut Vec<u32>) -> Result<()> {
    let mut entries = Entries::new(data);
    while entries.next()? {
        if term.matches(entries.word()) {
            entries.ids_into(ids)?;
        } else if entries.word() > term.word.as_bytes() {
            break;
        }
    }
    Ok(())
}

fn in_both(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut rest = b.iter().copied().peekable();
    let is_in_rest = |id: &u32| {
        while rest.next_if(|other| other < id).is_some() {}
        rest.peek() == Some(id)
    };
    a.iter().copied().filter(is_in_rest).collect()
}

/// Whether a block begins with its first word and can be read to its end, words and transactions in order.
fn check(first: &str, data: &[u8]) -> Result<()> {
    let mut entries = Entries::new(data);
    let mut before: Option<Vec<u8>> = None;
    let mut ids = Vec::new();
    while entries.next()? {
        let in_order = before.as_deref().map_or(entries.word() == first.as_bytes(), |word| word < entries.word());
        ids.clear();
        entries.ids_into(&mut ids)?;
        if !in_order || ids.is_empty() || !ids.is_sorted_by(|a, b| a < b) {
            return Err(segment::damaged());
        }
        before = Some(entries.word().to_vec());
    }
    if before.is_some() { Ok(()) } else { Err(segment::damaged()) }
}

/// The id that the next segment gets: beyond every segment, and not before any transaction went stale.
async fn next_segment(connection: &mut SqliteConnection) -> Result<i64> {
    let query = "select 1 + max(coalesce((select max(id) from word_segment), 0), coalesce((select max(segment) - 1 from word_stale), 0))";
    Ok(sqlx::query_scalar(query).fetch_one(connection).await?)
}

async fn insert_segment(connection: &mut SqliteConnection, blocks: Vec<Block>) -> Result<()> {
    if blocks.is_empty() {
        return Ok(());
    }
    let segment = next_segment(connection).await?;
    let size = blocks.iter().map(|block| block.data.len()).sum();
    begin_segment(connection, segment, size).await?;
    insert_blocks(connection, segment, blocks).await
}

async fn begin_segment(connection: &mut SqliteConnection, segment: i64, size: usize) -> Result<()> {
    let query = "insert into word_segment (id, size) values (?, ?)";
    sqlx::query(query).bind(segment).bind(i64::try_from(size).unwrap_or(i64::MAX)).execute(connection).await?;
    Ok(())
}

async fn insert_blocks(connection: &mut SqliteConnection, segment: i64, blocks: Vec<Block>) -> Result<()> {
    let mut blocks = blocks.into_iter().peekable();
    while blocks.peek().is_some() {
        let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new("insert into word_block (segment, first, data) ");
        insert.push_values(blocks.by_ref().take(INSERT_BLOCKS), |mut values, block| {
            values.push_bind(segment).push_bind(block.first).push_bind(block.data);
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// What was told of these transactions up to now no longer counts.
async fn mark_stale(connection: &mut SqliteConnection, ids: impl Iterator<Item = &i64>) -> Result<()> {
    let segment = next_segment(connection).await?;
    let ids: Vec<i64> = ids.copied().collect();
    for chunk in ids.chunks(INSERT_ROWS) {
        let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new("insert or replace into word_stale (id, segment) ");
        insert.push_values(chunk, |mut values, id| {
            values.push_bind(id).push_bind(segment);
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
