//! Opening a file and handing out its rows.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::ops::ControlFlow;

use jiff::tz::TimeZone;

use super::cells::{Cells, Header};
use super::forms::{self, Nearest, Preamble};
use super::records::{MAX_ROWS, Records};
use super::text::{Pieces, decode};
use super::{BoundForm, Encoding, Form, Hints, ReadError, Refusal, RefusalCode, Summary, Warning, WarningCode};
use crate::{Provider, Row, Source};

/// Gives the file's bytes from the start; called once for each pass.
pub type OpenFile<'a> = &'a dyn Fn() -> io::Result<Box<dyn Read>>;

/// Records among which the header is searched: preambles have up to 25 lines.
const HEADER_WITHIN: usize = 60;
const DELIMITERS: [u8; 3] = [b',', b'\t', b';'];

/// A file that was understood: [`Reader::rows`] hands out its rows.
pub struct Reader {
    form: Form,
    encoding: Encoding,
    account_ref: Option<String>,
    zone: TimeZone,
    hints: Hints,
    layout: Layout,
    /// Settled and ready for a first row; used up by [`Reader::rows`].
    bound: Option<Box<dyn BoundForm>>,
}

/// Where the header stands.
#[derive(Debug, Clone, Copy)]
struct Layout {
    delimiter: u8,
    /// Records up to the header, the header included.
    records: usize,
    /// Columns with a name.
    width: usize,
}

struct Found {
    layout: Layout,
    bound: Box<dyn BoundForm>,
    records: Records,
}

/// Looks at a file as far as needed to know its encoding, form and columns.
pub fn open(source: OpenFile<'_>, hints: &Hints) -> Result<Reader, ReadError> {
    let (bound, layout, encoding) = prepare(source, hints)?;
    let form = bound.form();
    if let Some(provider) = hints.provider.filter(|provider| *provider != form.provider && *provider != Provider::Other)
    {
        let expected = format!("a file of {}", provider.name());
        return Err(Refusal::new(RefusalCode::UnknownForm, &expected, form.id).into());
    }
    let zone = bound.zone().unwrap_or_else(|| default_zone(form.provider));
    let account_ref = bound.account_ref();
    Ok(Reader { form, encoding, account_ref, zone, hints: hints.clone(), layout, bound: Some(bound) })
}

/// The raw text of rows, in the order of `rows`, which must ascend. For showing where a transaction comes from.
pub fn raw_rows(source: OpenFile<'_>, encoding: Encoding, rows: &[Source]) -> Result<Vec<String>, ReadError> {
    let mut pieces = Pieces::new(source()?, encoding)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let bytes = pieces.read(row.offset, row.length as usize)?;
        found.push(
            decode(&bytes, encoding).map_or_else(|| String::from_utf8_lossy(&bytes).into_owned(), Cow::into_owned),
        );
    }
    Ok(found)
}

/// The zone of a provider's civil times where its file names none.
fn default_zone(provider: Provider) -> TimeZone {
    TimeZone::get(provider.default_zone()).unwrap_or(TimeZone::UTC)
}

fn prepare(source: OpenFile<'_>, hints: &Hints) -> Result<(Box<dyn BoundForm>, Layout, Encoding), ReadError> {
    let Found { layout, mut bound, mut records } = find_header(source)?;
    while let Some(record) = records.next()? {
        let cells = record.cells()?;
        if bound.learn(&Cells::new(&cells)) {
            break;
        }
    }
    bound.settle(hints)?;
    Ok((bound, layout, records.encoding()))
}

fn find_header(source: OpenFile<'_>) -> Result<Found, ReadError> {
    let mut nearest: Option<Nearest> = None;
    let mut unreadable = None;
    for delimiter in DELIMITERS {
        match search(source, delimiter, &mut nearest) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(ReadError::Refused(refusal))
                if refusal.code == RefusalCode::SummaryOnly || refusal.code == RefusalCode::NotMoney =>
            {
                return Err(refusal.into());
            }
            Err(ReadError::Refused(refusal)) => unreadable = unreadable.or(Some(refusal)),
            Err(io) => return Err(io),
        }
    }
    let unknown = nearest.map(|nearest| nearest.refusal());
    let empty = || Refusal::new(RefusalCode::UnknownForm, "the header of a known statement form", "an empty file");
    Err(unreadable.or(unknown).unwrap_or_else(empty).into())
}

fn search(source: OpenFile<'_>, delimiter: u8, nearest: &mut Option<Nearest>) -> Result<Option<Found>, ReadError> {
    let mut records = Records::new(source()?, delimiter)?;
    let mut preamble = Preamble::default();
    let mut read = 0;
    while read < HEADER_WITHIN {
        let Some(record) = records.next()? else { break };
        read += 1;
        let line = record.source.line;
        let cells = record.cells()?;
        let header = Header::new(cells.iter().map(Cow::as_ref));
        let first = cells.first().map_or("", |cell| cell.as_ref());
        if let Some(refusal) = forms::refuse_companion(&header, first) {
            return Err(refusal.at(line).into());
        }
        if let Some(bound) = forms::bind(&header, &preamble) {
            let layout = Layout { delimiter, records: read, width: header.width() };
            return Ok(Some(Found { layout, bound, records }));
        }
        let text = cells.join(",").trim_end_matches(',').to_owned();
        let near = Nearest::of(&header, &text, line);
        if nearest.as_ref().is_none_or(|best| near.shared > best.shared) {
            *nearest = Some(near);
        }
        preamble.lines.push(text);
    }
    Ok(None)
}

impl Reader {
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// UTF-8 as long as everything read was ASCII; final after [`Reader::rows`].
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The account the file names, raw: 商户号, PID, 支付宝账户, a PayPal address.
    #[must_use]
    pub fn account_ref(&self) -> Option<&str> {
        self.account_ref.as_deref()
    }

    /// The zone of the file's civil times.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Hands out every row in file order and adds up the totals. `source` must give the same bytes as for [`open`].
    ///
    /// On an error rows handed out before it must be dropped: a file is taken as a whole or not at all.
    /// When the sink breaks, the summary holds what was read until then, without control totals.
    pub fn rows(
        &mut self,
        source: OpenFile<'_>,
        sink: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<Summary, ReadError> {
        let mut bound = match self.bound.take() {
            Some(bound) => bound,
            None => prepare(source, &self.hints)?.0,
        };
        let mut records = Records::new(source()?, self.layout.delimiter)?;
        for _ in 0..self.layout.records {
            records.next()?;
        }
        let mut summary = Summary::empty();
        while let Some(record) = records.next()? {
            let (at, terminated) = (record.source, record.terminated);
            let cells = record.cells()?;
            let cells = Cells::new(&cells);
            let Some(row) = bound.row(&cells, at) else { continue };
            if !terminated && cells.len() < self.layout.width {
                let found = format!("{} cells and the end of the file", cells.len());
                let expected = format!("a row of {} cells", self.layout.width);
                return Err(Refusal::new(RefusalCode::Damaged, &expected, &found).at(at.line).into());
            }
            summary.rows += 1;
            if summary.rows > MAX_ROWS {
                return Err(Refusal::new(RefusalCode::TooLarge, "at most 5 million rows", "more").at(at.line).into());
            }
            match &row {
                Row::Entry(entry) => summary.add_entry(entry, bound.counted())?,
                Row::Skip(_) => summary.add_skipped(bound.counted(), at.line)?,
            }
            if sink(row).is_break() {
                return Ok(summary);
            }
        }
        bound.finish(&mut summary);
        self.encoding = records.encoding();
        warn_of_the_whole(&mut summary);
        Ok(summary)
    }
}

fn warn_of_the_whole(summary: &mut Summary) {
    if summary.rows == 0 {
        let message = "a known form without any row".to_owned();
        summary.warnings.push(Warning { code: WarningCode::Empty, message });
    }
    if summary.skipped > 0 {
        let message = format!("{} of {} rows were not understood and put aside", summary.skipped, summary.rows);
        summary.warnings.push(Warning { code: WarningCode::RowsSkipped, message });
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("form", &self.form).field("encoding", &self.encoding).finish_non_exhaustive()
    }
}
