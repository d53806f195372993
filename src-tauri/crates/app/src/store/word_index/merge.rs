//! Putting segments together, so that a search looks into few of them, and forgetting what is stale.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use sqlx::SqliteConnection;

use super::segment::{Blocks, Entries, damaged};
use super::{begin_segment, counts, insert_blocks, next_segment, stale};
use crate::error::Result;

/// So many segments of about the same size are put together, to one that is about so many times larger.
const SAME_SIZE: u32 = 16;
/// Transactions that may be stale: each search knows all of them.
const STALE: i64 = 5000;

/// Puts segments together where there are many of one size, or all of them where much is stale.
pub(super) async fn merge(connection: &mut SqliteConnection) -> Result<()> {
    while let Some(segments) = due(connection).await? {
        merge_segments(connection, &segments).await?;
    }
    Ok(())
}

/// The segments to be put together next.
async fn due(connection: &mut SqliteConnection) -> Result<Option<Vec<i64>>> {
    let segments: Vec<(i64, i64)> =
        sqlx::query_as("select id, size from word_segment order by id").fetch_all(&mut *connection).await?;
    let stale: i64 = sqlx::query_scalar("select count(*) from word_stale").fetch_one(connection).await?;
    if stale > STALE {
        return Ok(Some(segments.into_iter().map(|(id, _)| id).collect()));
    }
    let mut by_size: HashMap<u32, Vec<i64>> = HashMap::new();
    for (id, size) in segments {
        by_size.entry(size.max(1).ilog(SAME_SIZE.into())).or_default().push(id);
    }
    Ok(by_size.into_values().find(|segments| segments.len() >= SAME_SIZE as usize))
}

async fn merge_segments(connection: &mut SqliteConnection, segments: &[i64]) -> Result<()> {
    let stale = stale(connection).await?;
    let merged = next_segment(connection).await?;
    let mut cursors = Vec::with_capacity(segments.len());
    let mut words = BinaryHeap::new();
    for (place, segment) in segments.iter().enumerate() {
        let mut cursor =
            Cursor { segment: *segment, first: None, data: Vec::new(), at: 0, word: Vec::new(), ids: Vec::new() };
        if cursor.next(connection).await? {
            words.push(Reverse((cursor.word.clone(), place)));
        }
        cursors.push(cursor);
    }
    let mut blocks = Blocks::default();
    let mut size = 0;
    let mut ids: Vec<u32> = Vec::new();
    while let Some(Reverse((word, place))) = words.pop() {
        let cursor = cursors.get_mut(place).ok_or_else(damaged)?;
        ids.extend(cursor.ids.iter().copied().filter(|id| counts(&stale, *id, cursor.segment)));
        if cursor.next(connection).await? {
            words.push(Reverse((cursor.word.clone(), place)));
        }
        let is_last = words.peek().is_none_or(|Reverse((next, _))| *next != word);
        if is_last && !ids.is_empty() {
            ids.sort();
            ids.dedup();
            blocks.push(std::str::from_utf8(&word).map_err(|_| damaged())?, &ids);
            ids.clear();
        }
        let full = blocks.take_full();
        size += full.iter().map(|block| block.data.len()).sum::<usize>();
        insert_blocks(connection, merged, full).await?;
    }
    let rest = blocks.finish();
    size += rest.iter().map(|block| block.data.len()).sum::<usize>();
    insert_blocks(connection, merged, rest).await?;
    for segment in segments {
        for delete in ["delete from word_block where segment = ?", "delete from word_segment where id = ?"] {
            sqlx::query(delete).bind(segment).execute(&mut *connection).await?;
        }
    }
    if size > 0 {
        begin_segment(connection, merged, size).await?;
    }
    let forget = "delete from word_stale where segment <= coalesce((select min(id) from word_segment), segment)";
    sqlx::query(forget).execute(connection).await?;
    Ok(())
}

/// Reads a segment word by word, one block at a time.
struct Cursor {
    segment: i64,
    /// First word of the block that is read.
    first: Option<String>,
    data: Vec<u8>,
    at: usize,
    word: Vec<u8>,
    ids: Vec<u32>,
}

impl Cursor {
    /// Goes to the next word; false after the last of the segment.
    async fn next(&mut self, connection: &mut SqliteConnection) -> Result<bool> {
        if self.at >= self.data.len() && !self.next_block(connection).await? {
            return Ok(false);
        }
        let rest = self.data.get(self.at..).unwrap_or_default();
        let mut entries = Entries::after(rest, std::mem::take(&mut self.word));
        entries.next()?;
        self.ids.clear();
        entries.ids_into(&mut self.ids)?;
        let (word, rest) = entries.into_parts();
        (self.at, self.word) = (self.data.len() - rest.len(), word);
        Ok(true)
    }

    async fn next_block(&mut self, connection: &mut SqliteConnection) -> Result<bool> {
        let query = "select first, data from word_block where segment = ? and first > ? order by first limit 1";
        // Every word is longer than none.
        let after = self.first.as_deref().unwrap_or("");
        let block: Option<(String, Vec<u8>)> =
            sqlx::query_as(query).bind(self.segment).bind(after).fetch_optional(connection).await?;
        let Some((first, data)) = block else { return Ok(false) };
        self.first = Some(first);
        (self.data, self.at) = (data, 0);
        self.word.clear();
        Ok(true)
    }
}
