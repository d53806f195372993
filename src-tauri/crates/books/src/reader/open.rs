//! Opening a file and handing out its rows.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;

use jiff::tz::TimeZone;

use super::cells::{Cells, Header};
use super::forms::{self, Nearest, Preamble};
use super::identity::{Identity, Occurrences};
use super::mapping::{self, Mapping};
use super::records::{MAX_ROWS, Records};
use super::text::{Pieces, decode};
use super::workbook::{self, Sheet};
use super::{BoundForm, Encoding, Form, Hints, ReadError, Refusal, RefusalCode, Summary, Warning, WarningCode};
use crate::{Part, Provider, Row, Source};

/// Gives the file's bytes from the start; called once for each pass.
pub type OpenFile<'a> = &'a dyn Fn() -> io::Result<Box<dyn Read>>;

/// Records among which the header is searched: preambles have up to 25 lines.
pub(super) const HEADER_WITHIN: usize = 60;
pub(super) const DELIMITERS: [u8; 3] = [b',', b'\t', b';'];

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
    is_workbook: bool,
    mapping: Option<Mapping>,
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
    let sheets = workbook::read(source)?;
    let is_workbook = sheets.is_some();
    let (bound, layout, encoding) = match sheets {
        None => prepare(source, hints)?,
        Some(sheets) => {
            let (bound, layout, _) = prepare_first(&sheets, hints)?;
            (bound, layout, Encoding::Xlsx)
        }
    };
    let form = bound.form();
    if let Some(provider) = hints.provider.filter(|provider| *provider != form.provider && *provider != Provider::Other)
    {
        let expected = format!("a file of {}", provider.name());
        return Err(Refusal::new(RefusalCode::UnknownForm, &expected, form.id).into());
    }
    let zone = bound.zone().unwrap_or_else(|| default_zone(form.provider));
    let account_ref = bound.account_ref();
    let mapping = bound.mapping().cloned();
    Ok(Reader {
        form,
        encoding,
        account_ref,
        zone,
        hints: hints.clone(),
        layout,
        bound: Some(bound),
        is_workbook,
        mapping,
    })
}

/// The first sheet of a workbook that is a statement.
fn prepare_first(sheets: &[Sheet], hints: &Hints) -> Result<(Box<dyn BoundForm>, Layout, Encoding), ReadError> {
    let mut refused = None;
    for sheet in sheets {
        match prepare(&sheet.open(), hints) {
            Err(ReadError::Refused(refusal)) if refusal.code == RefusalCode::UnknownForm => {
                refused = refused.or(Some(refusal));
            }
            other => return other,
        }
    }
    let empty = || Refusal::new(RefusalCode::UnknownForm, "a sheet with a statement", "a workbook without one");
    Err(refused.unwrap_or_else(empty).into())
}

/// The raw text of rows, in the order of `rows`, which must ascend. For showing where a transaction comes from.
pub fn raw_rows(source: OpenFile<'_>, encoding: Encoding, rows: &[Source]) -> Result<Vec<String>, ReadError> {
    if encoding == Encoding::Xlsx {
        let text = workbook_text(source)?;
        let source = || Ok(Box::new(Cursor::new(text.clone())) as Box<dyn Read>);
        return raw_rows(&source, Encoding::Utf8, rows);
    }
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
    let Found { layout, mut bound, mut records } = find_header(source, hints)?;
    while let Some(record) = records.next()? {
        let cells = record.cells()?;
        if bound.learn(&Cells::new(&cells)) {
            break;
        }
    }
    bound.settle(hints)?;
    Ok((bound, layout, records.encoding()))
}

fn find_header(source: OpenFile<'_>, hints: &Hints) -> Result<Found, ReadError> {
    let mut nearest: Option<Nearest> = None;
    let mut unreadable = None;
    for delimiter in DELIMITERS {
        match search(source, hints, delimiter, &mut nearest) {
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

fn search(
    source: OpenFile<'_>,
    hints: &Hints,
    delimiter: u8,
    nearest: &mut Option<Nearest>,
) -> Result<Option<Found>, ReadError> {
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
        let known = forms::bind(&header, first, &preamble);
        if let Some(bound) = mapping::bind_unless_known(known, &cells, &header, hints).map_err(|it| it.at(line))? {
            let layout = Layout { delimiter, records: read, width: header.width() };
            return Ok(Some(Found { layout, bound, records }));
        }
        let text = cells.join(",").trim_end_matches(',').to_owned();
        let near = Nearest::of(&header, &text, line);
        if nearest.as_ref().is_none_or(|best| near.is_nearer_than(best)) {
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

    /// The mapping the file is read by, if no reader knows its form.
    #[must_use]
    pub fn mapping(&self) -> Option<&Mapping> {
        self.mapping.as_ref()
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
        let mut summary = Summary::empty();
        match self.is_workbook.then(|| workbook::read(source)).transpose()?.flatten() {
            None => {
                let bound = match self.bound.take() {
                    Some(bound) => bound,
                    None => prepare(source, &self.hints)?.0,
                };
                self.encoding = read_records(bound, self.layout, source, &mut summary, sink)?;
            }
            Some(sheets) => self.sheets(&sheets, &mut summary, sink)?,
        }
        Ok(summary)
    }

    /// The sheets of a workbook one after the other. A row that an earlier sheet has told is the same row again: WeChat
    /// Pay's workbook and people's copies have the same data on two sheets.
    fn sheets(
        &mut self,
        sheets: &[Sheet],
        summary: &mut Summary,
        sink: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.bound = None;
        let mut before = 0u64;
        let mut told: HashSet<Identity> = HashSet::new();
        let mut left_out = Vec::new();
        for sheet in sheets {
            let base = before;
            before += sheet.text.len() as u64;
            let open = sheet.open();
            let (bound, layout) = match prepare(&open, &self.hints) {
                Ok((bound, layout, _)) if bound.form().id == self.form.id => (bound, layout),
                Ok(_) => {
                    left_out.push(format!("sheet \"{}\": another form, left out", sheet.name));
                    continue;
                }
                Err(ReadError::Refused(refusal)) if refusal.code == RefusalCode::UnknownForm => {
                    if !sheet.text.is_empty() {
                        left_out.push(format!("sheet \"{}\": no statement, left out", sheet.name));
                    }
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut new = NewRows { told: &told, found: Vec::new(), occurrences: Occurrences::new(), repeated: 0 };
            let (mut part, mut of_new) = (Summary::empty(), Summary::empty());
            let mut counted = Ok(());
            let mut stopped = false;
            read_records(bound, layout, &open, &mut part, &mut |row| {
                if !new.is_new(&row) {
                    return ControlFlow::Continue(());
                }
                counted = of_new.count(&row);
                stopped = counted.is_err() || sink(row.moved_by(base)).is_break();
                if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            counted?;
            let NewRows { found, repeated, .. } = new;
            told.extend(found);
            if repeated > 0 {
                left_out.push(format!(
                    "sheet \"{}\": {repeated} rows that an earlier sheet has too, counted once",
                    sheet.name
                ));
                let warnings = if of_new.rows == 0 { Vec::new() } else { part.warnings };
                part = Summary { warnings, exported: part.exported, checked: part.checked, ..of_new };
            }
            summary.add(part)?;
            if stopped {
                return Ok(());
            }
        }
        let companions = left_out.into_iter().map(|message| Warning { code: WarningCode::Companion, message });
        summary.warnings.extend(companions);
        Ok(())
    }
}

/// Tells rows of a sheet that no earlier sheet has told.
struct NewRows<'a> {
    told: &'a HashSet<Identity>,
    found: Vec<Identity>,
    occurrences: Occurrences,
    repeated: u64,
}

impl NewRows<'_> {
    fn is_new(&mut self, row: &Row) -> bool {
        let Row::Entry(entry) = row else { return true };
        let told = format!("{}\u{1f}{:?}\u{1f}{}", entry.key, entry.part, entry.gross);
        let identity = self.occurrences.next(&told, Part::Whole);
        let is_new = !self.told.contains(&identity);
        if is_new {
            self.found.push(identity);
        } else {
            self.repeated += 1;
        }
        is_new
    }
}

impl Sheet {
    pub(super) fn open(&self) -> impl Fn() -> io::Result<Box<dyn Read>> {
        let text = self.text.clone();
        move || Ok(Box::new(Cursor::new(text.clone())) as Box<dyn Read>)
    }
}

/// The text that places in a workbook count in.
pub fn workbook_text(source: OpenFile<'_>) -> Result<Vec<u8>, ReadError> {
    let sheets = workbook::read(source)?.unwrap_or_default();
    Ok(sheets.iter().flat_map(|sheet| sheet.text.as_ref().iter().copied()).collect())
}

/// Hands out the records after a header, and adds them up.
fn read_records(
    mut bound: Box<dyn BoundForm>,
    layout: Layout,
    source: OpenFile<'_>,
    summary: &mut Summary,
    sink: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Encoding, ReadError> {
    let mut records = Records::new(source()?, layout.delimiter)?;
    for _ in 0..layout.records {
        records.next()?;
    }
    while let Some(record) = records.next()? {
        let (at, terminated) = (record.source, record.terminated);
        let cells = record.cells()?;
        let cells = Cells::new(&cells);
        let Some(row) = bound.row(&cells, at) else { continue };
        if !terminated && cells.len() < layout.width {
            let found = format!("{} cells and the end of the file", cells.len());
            let expected = format!("a row of {} cells", layout.width);
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
            return Ok(records.encoding());
        }
    }
    bound.finish(summary);
    warn_of_the_whole(summary);
    Ok(records.encoding())
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
