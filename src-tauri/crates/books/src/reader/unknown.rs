//! A file no form is known for: where its header stands, which known form is nearest, and what its columns may be.
//!
//! The guess is made of what the rows add up to (gross, fee and net; balances and their steps) and of the shape of
//! cells, over all rows of the file. It is never certain: a person confirms it, and then it is a mapping.
//!
//! Deliberately absent: reading what a column is from its name, other than which of two columns takes money.

mod arithmetic;
mod columns;
mod guess;
mod header;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::cells::Header;
use super::mapping::{ColumnRole, Mapping};
use super::records::Records;
use super::{Hints, OpenFile, ReadError, forms, workbook};

pub(super) use header::{Place, find, looks_like_value};

/// Rows that are shown with a guess.
const SAMPLE_ROWS: usize = 5;

/// What can be said about a file of no known form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub delimiter: u8,
    /// Line of the header.
    pub line: u32,
    /// Column names as the file has them.
    pub header: Vec<String>,
    pub nearest: Option<NearestForm>,
    pub guess: Option<Guess>,
    /// The first data rows.
    pub sample: Vec<Vec<String>>,
}

/// The known form that shares most of its column names with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestForm {
    pub form: &'static str,
    pub matched: Vec<String>,
    pub missing: Vec<String>,
}

/// What the columns of a file may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// May be incomplete: [`Mapping::check`] tells what a person still has to name.
    pub mapping: Mapping,
    pub reasons: Vec<GuessReason>,
    /// Roles that were left out because several columns could have them.
    pub ambiguous: Vec<Ambiguous>,
    /// Always false: a guess is confirmed by a person.
    pub certain: bool,
}

/// Why a column was taken for what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuessReason {
    pub role: ColumnRole,
    pub column: String,
    pub reason: Reason,
}

/// A role that several columns could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    pub role: ColumnRole,
    pub columns: Vec<String>,
}

crate::transaction::words! {
    /// What a guess rests on.
    Reason {
        /// gross, fee and net agree in every row.
        Sum = 0 "sum",
        /// The column changes by the row's amount.
        Steps = 1 "steps",
        /// The only column of amounts.
        OnlyAmounts = 2 "only_amounts",
        /// Of two columns one has an amount in each row.
        EitherOr = 3 "either_or",
        /// All cells have the shape of a date, a time, a zone, a currency or an id.
        Shape = 4 "shape",
        /// No value comes twice.
        Unique = 5 "unique",
        /// The words of the cells are known.
        Words = 6 "words",
        /// The only column of text in many different words.
        Texts = 7 "texts",
    }
}

/// Looks at a file that [`super::open`] refused as unknown. Refuses a file in which no header can be found.
pub fn inspect(source: OpenFile<'_>, hints: &Hints) -> Result<Unknown, ReadError> {
    match workbook::first_sheet(source)? {
        Some(sheet) => inspect_text(&sheet.open(), hints),
        None => inspect_text(source, hints),
    }
}

fn inspect_text(source: OpenFile<'_>, hints: &Hints) -> Result<Unknown, ReadError> {
    let place = find(source)?;
    let header = Header::new(place.header.iter().map(String::as_str));
    Ok(Unknown {
        delimiter: place.delimiter,
        line: place.line,
        nearest: forms::nearest(&header),
        guess: guess::guess(source, &place, hints)?,
        sample: first_rows(source, &place)?,
        header: place.header,
    })
}

fn first_rows(source: OpenFile<'_>, place: &Place) -> Result<Vec<Vec<String>>, ReadError> {
    let mut rows = Vec::new();
    each_row(source, place, &mut |cells| {
        rows.push(cells.iter().map(|cell| cell.clone().into_owned()).collect());
        rows.len() < SAMPLE_ROWS
    })?;
    Ok(rows)
}

/// Hands out the rows below the header until told to stop; filler lines are left out.
fn each_row(
    source: OpenFile<'_>,
    place: &Place,
    take: &mut dyn FnMut(&[Cow<'_, str>]) -> bool,
) -> Result<(), ReadError> {
    let mut records = Records::new(source()?, place.delimiter)?;
    for _ in 0..place.records {
        records.next()?;
    }
    while let Some(record) = records.next()? {
        let cells = record.cells()?;
        if cells.iter().any(|cell| !cell.is_empty()) && !take(&cells) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
