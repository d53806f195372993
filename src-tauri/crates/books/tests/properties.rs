//! What holds for every file, good or bad: no panic, no hang, nothing handed out silently from a cut file,
//! and the same rows whatever a spreadsheet or a mail program did to line breaks and encoding.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use purser_books::reader::{Hints, open};
use purser_books::{Row, Source};

mod survive;

use survive::read;

/// The input files of all cases that are not refused.
fn fixtures() -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/statements");
    let mut folders = vec![root];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "input.csv") {
                let bytes = fs::read(&path).unwrap();
                if read(&bytes).is_ok() {
                    found.push((path, bytes));
                }
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

/// Reads without a panic; takes less than a second.
fn survives(bytes: &[u8]) -> usize {
    #[expect(clippy::disallowed_methods, reason = "a hang is what this test looks for")]
    let start = std::time::Instant::now();
    let rows = survive::survive(bytes);
    assert!(start.elapsed().as_millis() < 1_000, "{} bytes took {:?}", bytes.len(), start.elapsed());
    rows
}

/// A row without its place in the file, which other line breaks and encodings change.
fn without_place(mut row: Row) -> Row {
    match &mut row {
        Row::Entry(entry) => {
            entry.source = Source::default();
            entry.description = entry.description.replace("\r\n", "\n").replace('\r', "\n");
        }
        Row::Skip(skip) => skip.source = Source::default(),
    }
    row
}

fn decode(bytes: &[u8]) -> String {
    // A byte order mark overrules the encoding named here.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    };
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n")
}

fn utf_16(text: &str, to_bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

#[test]
fn line_breaks_and_encodings_change_nothing() {
    for (path, bytes) in fixtures() {
        let (rows, summary) = read(&bytes).unwrap();
        let expected: Vec<Row> = rows.into_iter().map(without_place).collect();
        let text = decode(&bytes);
        for breaks in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', breaks);
            let variants = [
                text.clone().into_bytes(),
                format!("\u{feff}{text}").into_bytes(),
                utf_16(&text, u16::to_le_bytes),
                utf_16(&text, u16::to_be_bytes),
                encoding_rs::GB18030.encode(&text).0.into_owned(),
            ];
            for (index, variant) in variants.iter().enumerate() {
                let (rows, found) =
                    read(variant).unwrap_or_else(|error| panic!("{} {breaks:?} {index}: {error}", path.display()));
                let found_rows: Vec<Row> = rows.into_iter().map(without_place).collect();
                assert_eq!(found_rows, expected, "{} {breaks:?} {index}", path.display());
                assert_eq!((found.totals, found.period), (summary.totals.clone(), summary.period));
            }
        }
    }
}

#[test]
fn a_cut_file_never_tells_more_than_the_whole() {
    for (path, bytes) in fixtures() {
        let whole = read(&bytes).unwrap().0.len();
        for end in 0..bytes.len() {
            let rows = survives(bytes.get(..end).unwrap_or_default());
            assert!(rows <= whole, "{} cut at {end}: {rows} rows of {whole}", path.display());
        }
    }
}

#[test]
fn reading_twice_gives_the_same_rows() {
    for (path, bytes) in fixtures() {
        let source = || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read>);
        let mut reader = open(&source, &Hints::default()).unwrap();
        let mut pass = || {
            let mut rows = Vec::new();
            let summary = reader.rows(&source, &mut |row| {
                rows.push(row);
                ControlFlow::Continue(())
            });
            (rows, summary.unwrap())
        };
        assert_eq!(pass(), pass(), "{}", path.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn arbitrary_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        survives(&bytes);
    }

    #[test]
    fn damaged_statement_files_are_survived(
        which in any::<proptest::sample::Index>(),
        places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        head in 0usize..3,
    ) {
        let fixtures = FIXTURES.get_or_init(fixtures);
        let mut bytes = which.get(fixtures).1.clone();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if head > 0 {
            let magic: &[u8] = if head == 1 { b"PK\x03\x04" } else { &[0x1F, 0x8B, 8, 0] };
            bytes.splice(0..4, magic.iter().copied());
        }
        survives(&bytes);
    }
}

static FIXTURES: std::sync::OnceLock<Vec<(PathBuf, Vec<u8>)>> = std::sync::OnceLock::new();
