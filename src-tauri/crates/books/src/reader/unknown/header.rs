//! Finding the header of a file of no known form.

use std::borrow::Cow;

use crate::reader::cells::fold;
use crate::reader::open::{DELIMITERS, HEADER_WITHIN};
use crate::reader::records::Records;
use crate::reader::{OpenFile, ReadError, Refusal, RefusalCode};

/// Where the most plausible header stands.
#[derive(Debug, Clone)]
pub(in crate::reader) struct Place {
    pub(in crate::reader) delimiter: u8,
    pub(in crate::reader) line: u32,
    /// Records up to the header, the header included.
    pub(in crate::reader) records: usize,
    /// Column names; nameless columns at the end are left out.
    pub(in crate::reader) header: Vec<String>,
    /// Whether a row with values follows.
    has_rows: bool,
}

impl Place {
    fn rank(&self) -> (bool, usize) {
        (self.has_rows, self.header.len())
    }
}

/// The widest record of distinct names that is followed by a row with values, or by nothing.
pub(in crate::reader) fn find(source: OpenFile<'_>) -> Result<Place, ReadError> {
    let mut best: Option<Place> = None;
    let mut unreadable = None;
    for delimiter in DELIMITERS {
        match find_with(source, delimiter) {
            Ok(Some(place)) if best.as_ref().is_none_or(|best| place.rank() > best.rank()) => {
                best = Some(place);
            }
            Ok(_) => {}
            Err(ReadError::Refused(refusal)) => unreadable = unreadable.or(Some(refusal)),
            Err(io) => return Err(io),
        }
    }
    let none =
        || Refusal::new(RefusalCode::UnknownForm, "a header: a row of column names above rows of values", "none");
    best.ok_or_else(|| unreadable.unwrap_or_else(none).into())
}

fn find_with(source: OpenFile<'_>, delimiter: u8) -> Result<Option<Place>, ReadError> {
    let mut records = Records::new(source()?, delimiter)?;
    let (mut best, mut candidate): (Option<Place>, Option<Place>) = (None, None);
    for read in 1..=HEADER_WITHIN + 1 {
        let Some(record) = records.next()? else { break };
        let line = record.source.line;
        let cells = record.cells()?;
        if let Some(place) = candidate.take_if(|place| is_row_below(&cells, place))
            && best.as_ref().is_none_or(|best| place.header.len() > best.header.len())
        {
            best = Some(Place { has_rows: true, ..place });
        }
        let place = |header| Place { delimiter, line, records: read, header, has_rows: false };
        candidate = names(&cells).map(place);
    }
    if best.is_some() {
        return Ok(best);
    }
    // A header at the very end stands above nothing.
    let is_end = records.next()?.is_none();
    Ok(candidate.filter(|_| is_end))
}

/// At least two names, no name twice, no values, addresses or long numbers among them.
fn names(cells: &[Cow<'_, str>]) -> Option<Vec<String>> {
    let width = cells.iter().rposition(|cell| !cell.is_empty())? + 1;
    let names: Vec<String> = cells.iter().take(width).map(|cell| cell.clone().into_owned()).collect();
    let mut known: Vec<String> = names.iter().map(|name| fold(name)).filter(|name| !name.is_empty()).collect();
    let count = known.len();
    known.sort();
    known.dedup();
    let plausible = count >= 2 && known.len() == count && !names.iter().any(|name| is_no_name(name));
    plausible.then_some(names)
}

fn is_no_name(cell: &str) -> bool {
    let longest = cell.split(|c: char| !c.is_numeric()).map(|digits| digits.chars().count()).max();
    looks_like_value(cell) || cell.contains('@') || longest > Some(5)
}

fn is_row_below(cells: &[Cow<'_, str>], place: &Place) -> bool {
    let width = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    let fits = cells.len() >= place.header.len() && width <= place.header.len();
    fits && cells.iter().any(|cell| looks_like_value(cell))
}

/// Whether a cell has the shape of a date, a time or an amount, whatever its digits are.
pub(in crate::reader) fn looks_like_value(cell: &str) -> bool {
    let mark = |c: char| c.is_numeric() || c.is_whitespace() || ".,:/+-()'%TZ年月日时分秒$€£¥￥\u{2212}".contains(c);
    cell.contains(char::is_numeric) && cell.chars().all(mark)
}
