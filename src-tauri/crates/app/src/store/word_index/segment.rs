//! The form of a segment: its words in alphabetical order, each with the transactions that have it, cut into blocks.
//!
//! A block is a row of entries: how many bytes a word has in common with the one before it, how many follow, these bytes, how
//! many bytes of transactions follow, and these: each id as its distance from the one before. All numbers are LEB128 as in
//! DWARF 5, section 7.6 (2017), unsigned.

use std::collections::HashMap;

use crate::error::{Code, Error, Result};

/// A block is ended when it has so many bytes: a look at one word reads a few pages.
const BLOCK_SIZE: usize = 16 * 1024;

/// Words that are collected, with the ids of their transactions.
#[derive(Debug, Default)]
pub(super) struct Postings {
    ids: HashMap<Box<str>, Vec<u32>, foldhash::fast::RandomState>,
    size: usize,
}

impl Postings {
    /// Adds a word of a transaction; transactions come in the order of their ids.
    pub(super) fn add(&mut self, word: &str, id: u32) {
        match self.ids.get_mut(word) {
            Some(ids) if ids.last() == Some(&id) => return,
            Some(ids) => ids.push(id),
            None => {
                self.ids.insert(word.into(), vec![id]);
                // A word, its list and their place in the map.
                self.size += word.len() + 100;
            }
        }
        self.size += size_of::<u32>();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Roughly the bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn into_blocks(self) -> Vec<Block> {
        let mut words: Vec<(Box<str>, Vec<u32>)> = self.ids.into_iter().collect();
        words.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut blocks = Blocks::default();
        for (word, ids) in words {
            blocks.push(&word, &ids);
        }
        blocks.finish()
    }
}

/// A block of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) first: String,
    pub(super) data: Vec<u8>,
}

/// Writes a segment, word by word in alphabetical order.
#[derive(Default)]
pub(super) struct Blocks {
    full: Vec<Block>,
    first: String,
    data: Vec<u8>,
    last: String,
    list: Vec<u8>,
}

impl Blocks {
    /// Adds a word with its transactions, in the order of their ids.
    pub(super) fn push(&mut self, word: &str, ids: &[u32]) {
        if self.data.len() >= BLOCK_SIZE {
            self.end_block();
        }
        if self.data.is_empty() {
            word.clone_into(&mut self.first);
            self.last.clear();
        }
        let common = self.last.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
        put(&mut self.data, common);
        put(&mut self.data, word.len() - common);
        self.data.extend_from_slice(&word.as_bytes()[common..]);
        self.list.clear();
        let mut before = 0;
        for id in ids {
            put(&mut self.list, (id - before) as usize);
            before = *id;
        }
        put(&mut self.data, self.list.len());
        self.data.extend_from_slice(&self.list);
        word.clone_into(&mut self.last);
    }

    fn end_block(&mut self) {
        let block = Block { first: std::mem::take(&mut self.first), data: std::mem::take(&mut self.data) };
        self.full.push(block);
    }

    /// The blocks that are full.
    pub(super) fn take_full(&mut self) -> Vec<Block> {
        std::mem::take(&mut self.full)
    }

    pub(super) fn finish(mut self) -> Vec<Block> {
        if !self.data.is_empty() {
            self.end_block();
        }
        self.full
    }
}

/// Reads a block, word by word.
pub(super) struct Entries<'b> {
    rest: &'b [u8],
    word: Vec<u8>,
    ids: &'b [u8],
}

impl<'b> Entries<'b> {
    pub(super) fn new(data: &'b [u8]) -> Entries<'b> {
        Entries::after(data, Vec::new())
    }

    /// What follows a word of a block.
    pub(super) fn after(data: &'b [u8], word: Vec<u8>) -> Entries<'b> {
        Entries { rest: data, word, ids: &[] }
    }

    /// Goes to the next word; false after the last.
    pub(super) fn next(&mut self) -> Result<bool> {
        if self.rest.is_empty() {
            return Ok(false);
        }
        self.read().ok_or_else(damaged)?;
        Ok(true)
    }

    fn read(&mut self) -> Option<()> {
        let (common, length) = (take(&mut self.rest)?, take(&mut self.rest)?);
        if common > self.word.len() {
            return None;
        }
        self.word.truncate(common);
        self.word.extend_from_slice(take_bytes(&mut self.rest, length)?);
        let length = take(&mut self.rest)?;
        self.ids = take_bytes(&mut self.rest, length)?;
        Some(())
    }

    pub(super) fn word(&self) -> &[u8] {
        &self.word
    }

    /// Adds the ids of the transactions that have the word, in their order.
    pub(super) fn ids_into(&self, ids: &mut Vec<u32>) -> Result<()> {
        let (mut rest, mut id) = (self.ids, 0u32);
        while !rest.is_empty() {
            let distance = take(&mut rest).and_then(|distance| u32::try_from(distance).ok()).ok_or_else(damaged)?;
            id = id.checked_add(distance).ok_or_else(damaged)?;
            ids.push(id);
        }
        Ok(())
    }

    /// The word, and what follows it.
    pub(super) fn into_parts(self) -> (Vec<u8>, &'b [u8]) {
        (self.word, self.rest)
    }
}

pub(super) fn damaged() -> Error {
    Error::new(Code::Damaged, "the search index")
}

fn put(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take(bytes: &mut &[u8]) -> Option<usize> {
    let mut number = 0usize;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take_bytes<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn read(blocks: &[Block]) -> BTreeMap<String, Vec<u32>> {
        let mut words = BTreeMap::new();
        for block in blocks {
            let mut entries = Entries::new(&block.data);
            while entries.next().unwrap() {
                let mut ids = Vec::new();
                entries.ids_into(&mut ids).unwrap();
                let word = String::from_utf8(entries.word().to_vec()).unwrap();
                assert!(block.first <= word);
                assert_eq!(words.insert(word, ids), None);
            }
        }
        words
    }

    #[test]
    fn a_block_is_bytes_that_do_not_change() {
        let mut postings = Postings::default();
        for (word, id) in [("tea", 3), ("teapot", 300), ("tea", 3), ("茶", 4), ("tea", 70_000)] {
            postings.add(word, id);
        }
        let blocks = postings.into_blocks();
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].first, "tea");
        let tea = b"\x00\x03tea\x04\x03\xed\xa2\x04";
        let teapot = b"\x03\x03pot\x02\xac\x02";
        assert_eq!(blocks[0].data, [&tea[..], teapot, b"\x00\x03\xe8\x8c\xb6\x01\x04"].concat());
    }

    #[test]
    fn a_cut_or_wild_block_is_damage() {
        let mut blocks = Blocks::default();
        blocks.push("tea", &[3, 300]);
        let data = blocks.finish().remove(0).data;
        for length in 1..data.len() {
            assert!(Entries::new(&data[..length]).next().is_err(), "{length}");
        }
        assert!(!Entries::new(&[]).next().unwrap());
        // In common with a word that is not there; a number without an end; an id beyond every id.
        assert!(Entries::new(b"\x02\x01a\x01\x01").next().is_err());
        assert!(Entries::new(b"\xff\xff\xff\xff\xff\xff").next().is_err());
        let mut far = Entries::new(b"\x00\x01a\x06\xff\xff\xff\xff\x0f\x01");
        assert!(far.next().unwrap());
        assert!(far.ids_into(&mut Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn what_is_collected_is_read(words in prop::collection::vec(("[a-c茶叶]{1,4}", 0u32..50), 0..200)) {
            let mut postings = Postings::default();
            let mut expected: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
            let mut sorted = words;
            sorted.sort_by_key(|(_, id)| *id);
            for (word, id) in sorted {
                postings.add(&word, id);
                expected.entry(word).or_default().insert(id);
            }
            let expected: BTreeMap<String, Vec<u32>> =
                expected.into_iter().map(|(word, ids)| (word, ids.into_iter().collect())).collect();
            prop_assert_eq!(read(&postings.into_blocks()), expected);
        }

        #[test]
        fn many_words_fill_many_blocks(count in 0usize..9000) {
            let mut blocks = Blocks::default();
            for number in 0..count {
                blocks.push(&format!("{number:06}"), &[1, u32::MAX]);
            }
            let blocks = blocks.finish();
            let words = read(&blocks);
            prop_assert_eq!(words.len(), count);
            prop_assert!(words.values().all(|ids| *ids == [1, u32::MAX]));
            prop_assert!(blocks.iter().all(|block| block.data.len() < BLOCK_SIZE + 40));
            prop_assert!(blocks.is_sorted_by(|a, b| a.first < b.first));
        }

        #[test]
        fn any_bytes_are_read_or_refused(data in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut entries = Entries::new(&data);
            while let Ok(true) = entries.next() {
                let _ = entries.ids_into(&mut Vec::new());
            }
        }
    }
}
