//! R87: every reader is given 10,000 files that nobody checked: its own header over rows of cells that may stand there,
//! over cells that may not, and over bytes of any kind; workbooks and archives with their parts changed.
//! Nothing panics or hangs, and what was handed out is what was counted.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use purser_books::reader::{Hints, ReadError, open};
use purser_books::{Currency, Row};

mod survive;

const INPUTS: u32 = 10_000;

/// The first fixture of each form: its text up to the first row, its rows, and the hints it is read with.
struct Form {
    head: Vec<u8>,
    rows: Vec<Vec<String>>,
    delimiter: char,
    hints: Hints,
}

fn forms() -> BTreeMap<String, Form> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/statements")];
    let mut forms = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "input.csv")
                && let Some((name, form)) = form_of(&path)
            {
                forms.insert(name, form);
            }
        }
    }
    forms
}

fn form_of(path: &Path) -> Option<(String, Form)> {
    let bytes = fs::read(path).unwrap();
    let hints = hints_beside(path);
    let source = || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read>);
    let mut reader = open(&source, &hints).ok()?;
    let mut places = Vec::new();
    let take = &mut |row: Row| {
        places.push(match row {
            Row::Entry(entry) => entry.source,
            Row::Skip(skip) => skip.source,
        });
        ControlFlow::Continue(())
    };
    reader.rows(&source, take).ok()?;
    let first = usize::try_from(places.first()?.offset).unwrap();
    let head = decode(bytes.get(..first)?);
    let header = head.lines().last().unwrap_or_default();
    let delimiter = [',', '\t', ';'].into_iter().max_by_key(|mark| header.matches(*mark).count())?;
    let rows = places.iter().map(|place| {
        let from = usize::try_from(place.offset).unwrap();
        let raw = decode(bytes.get(from..from + place.length as usize).unwrap_or_default());
        raw.split(delimiter).map(str::to_owned).collect()
    });
    let name = format!("{} {}", reader.form().id, reader.form().version);
    Some((name, Form { head: head.into_bytes(), rows: rows.collect(), delimiter, hints }))
}

fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    }
}

fn hints_beside(path: &Path) -> Hints {
    let expected = fs::read(path.with_file_name("expected.json")).unwrap_or_else(|_| b"{}".to_vec());
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let hints = &expected["hints"];
    Hints {
        provider: None,
        date_order: serde_json::from_value(hints["date_order"].clone()).ok(),
        currency: hints["currency"].as_str().map(|code| Currency::parse(code).unwrap()),
        zone: None,
        mappings: serde_json::from_value(hints["mappings"].clone()).unwrap_or_default(),
    }
}

/// Reads bytes; what was counted is what was handed out.
fn read(bytes: &[u8], hints: &Hints) -> Result<u64, ReadError> {
    let source = || Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read>);
    let mut rows = 0;
    let summary = open(&source, hints)?.rows(&source, &mut |_| {
        rows += 1;
        ControlFlow::Continue(())
    })?;
    assert_eq!(summary.rows, rows);
    Ok(rows)
}

/// A cell that stands in some file, or might, or is anything.
fn cell(own: Vec<String>) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(own),
        2 => "[-+(]?[0-9]{0,20}[.,]?[0-9]{0,6}[)]?",
        1 => "[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?",
        1 => prop::sample::select(vec!["", "/", "`", "-", "...", "2.80E+27", "\u{feff}", "\"", "9223372036854775807", "￥1,234.56"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

/// Rows of the form with some of their cells replaced, cut or doubled; or bytes of any kind.
fn body(form: &Form) -> impl Strategy<Value = Vec<u8>> + use<> {
    let own: Vec<String> = form.rows.iter().flatten().cloned().collect();
    let delimiter = form.delimiter.to_string();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), cell(own)), 0..4);
    let end = prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n", ","]);
    let line = (prop::sample::select(form.rows.clone()), changes, 0usize..20, end).prop_map(
        move |(mut cells, changes, cut, end)| {
            for (place, text) in changes {
                let at = place.index(cells.len());
                cells[at] = text;
            }
            match cut {
                0 => cells.truncate(cells.len() / 2),
                1 => cells.extend(cells.clone()),
                _ => {}
            }
            cells.join(&delimiter) + end
        },
    );
    let lines = prop::collection::vec(line, 0..4).prop_map(|lines| lines.concat().into_bytes());
    prop_oneof![3 => lines, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

fn run<S: Strategy>(inputs: u32, strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: inputs, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(strategy, test).unwrap();
}

#[test]
fn every_reader_survives_what_stands_below_its_header() {
    let forms = forms();
    assert!(forms.len() >= 18, "{:?}", forms.keys());
    for (name, form) in &forms {
        let found = std::sync::atomic::AtomicU64::new(0);
        run(INPUTS, &body(form), |body| {
            let rows = read(&[form.head.clone(), body].concat(), &form.hints).unwrap_or(0);
            found.fetch_add(rows, std::sync::atomic::Ordering::Relaxed);
            Ok(())
        });
        assert!(found.into_inner() > 1_000, "{name}: hardly any of the rows was read");
    }
}

/// The parts of a zip file, changed and packed again, so that the sums of the archive are right.
fn repack(parts: &[(String, Vec<u8>)], which: usize, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut parts = parts.to_vec();
    let at = which % parts.len();
    change(&mut parts[at].1);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        zip.start_file(name, stored).unwrap();
        zip.write_all(&content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn parts_of(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut part = zip.by_index(index).unwrap();
            let mut content = Vec::new();
            part.read_to_end(&mut content).unwrap();
            (part.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn workbook() -> Vec<u8> {
    let text = fs::read_to_string(fixture("wechatpay/personal")).unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in (0..).zip(text.trim_start_matches('\u{feff}').lines()) {
        for (column, value) in (0..).zip(line.split(',')) {
            match value.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).unwrap(),
                Err(_) => sheet.write_string(row, column, value).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

fn fixture(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/statements").join(case).join("input.csv")
}

#[test]
fn workbooks_survive_changes_in_their_parts() {
    let parts = parts_of(&workbook());
    let changes =
        (any::<usize>(), prop::collection::vec((any::<prop::sample::Index>(), "\\PC{0,3}|[<>&;\"/0-9]{1,3}"), 1..4));
    run(INPUTS, &changes, |(which, changes)| {
        let bytes = repack(&parts, which, |part| {
            for (place, text) in &changes {
                let at = place.index(part.len() + 1);
                let end = (at + text.len()).min(part.len());
                part.splice(at..end, text.bytes());
            }
        });
        let _ = read(&bytes, &Hints::default());
        Ok(())
    });
}

#[test]
fn archives_survive_changed_bytes() {
    let statement = fs::read(fixture("paypal/activity-en-us")).unwrap();
    let zip = repack(&[("a.csv".to_owned(), statement.clone()), ("b.csv".to_owned(), b"x".to_vec())], 0, |_| {});
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&statement).unwrap();
    let gzip = gzip.finish().unwrap();
    let changes = (
        any::<bool>(),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        any::<prop::sample::Index>(),
    );
    run(INPUTS, &changes, |(is_zip, changes, cut)| {
        let mut bytes = if is_zip { zip.clone() } else { gzip.clone() };
        for (place, byte) in changes {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if cut.index(4) == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        survive::survive(&bytes);
        Ok(())
    });
}
