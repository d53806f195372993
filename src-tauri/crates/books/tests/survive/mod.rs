//! What is done with hostile bytes, by the property tests and by the fuzz targets alike.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use purser_books::Row;
use purser_books::reader::archive::{archive_kind, list, open_member};
use purser_books::reader::unknown::inspect;
use purser_books::reader::{Hints, OpenFile, ReadError, Summary, open, sample};

pub fn read(bytes: &[u8]) -> Result<(Vec<Row>, Summary), ReadError> {
    let source = || Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read>);
    let source: OpenFile<'_> = &source;
    let mut rows = Vec::new();
    let summary = open(source, &Hints::default())?.rows(source, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, summary))
}

/// Reads bytes as a statement, as an archive and as a file of an unknown form; how many rows they gave.
pub fn survive(bytes: &[u8]) -> usize {
    let rows = read(bytes).map_or(0, |(rows, _)| rows.len());
    if let Some(kind) = archive_kind(bytes) {
        for member in list(Cursor::new(bytes), kind).unwrap_or_default() {
            if let Ok(mut reader) = open_member(Cursor::new(bytes.to_vec()), &member, Some(b"1")) {
                let _ = std::io::copy(&mut reader, &mut std::io::sink());
            }
        }
    }
    let source = || Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read>);
    let _ = inspect(&source, &Hints::default());
    let _ = sample::anonymise(&source, 5);
    rows
}
