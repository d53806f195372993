//! XLSX workbooks: each sheet as comma-separated UTF-8 text, which the forms then read like any other file.
//!
//! Accountants save statements as workbooks, and WeChat Pay hands its personal export out as one. Only the values a
//! workbook keeps are read: no formula is evaluated, no link followed, no macro looked at. A line of the text is a row
//! of the sheet with the same number.
//!
//! Deliberately absent: the older .xls and .ods; they are refused with what to do.

use std::io::{Cursor, Read};
use std::sync::Arc;

use calamine::{Cell, DataRef, ExcelDateTime, Reader as _, Xlsx};
use jiff::civil::DateTime;
use jiff::{RoundMode, Unit};

use super::archive::{self, ArchiveKind};
use super::records::{MAX_COLUMNS, MAX_FIELD, MAX_ROWS};
use super::{OpenFile, ReadError, Refusal, RefusalCode};

/// Longest workbook, and longest unpacked workbook (SECURITY-DESIGN.md, section 10).
const MAX_PACKED: u64 = 64 << 20;
const MAX_UNPACKED: u64 = 256 << 20;
/// Longest of what is held in memory: the parts beside the cells of sheets, which are read one by one, and the text.
const MAX_PARTS: u64 = 48 << 20;
const MAX_TEXT: usize = 64 << 20;
/// From here on a number no longer has all of its digits: a spreadsheet keeps fifteen.
const EXACT_BELOW: f64 = 1e15;
const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// A sheet of a workbook.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) text: SheetText,
}

/// The text of a sheet, which several readers share.
#[derive(Debug, Clone, Default)]
pub(super) struct SheetText(Arc<Vec<u8>>);

impl AsRef<[u8]> for SheetText {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl SheetText {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The sheets of a workbook, or `None` where the bytes are none.
pub(super) fn read(source: OpenFile<'_>) -> Result<Option<Vec<Sheet>>, ReadError> {
    let mut reader = source()?;
    let mut bytes = Vec::new();
    (&mut reader).take(4).read_to_end(&mut bytes)?;
    if bytes.starts_with(COMPOUND_FILE) {
        return Err(save_as_xlsx("an older or encrypted workbook (.xls)").into());
    }
    if archive::archive_kind(&bytes) != Some(ArchiveKind::Zip) {
        return Ok(None);
    }
    (&mut reader).take(MAX_PACKED).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PACKED {
        return Err(Refusal::new(RefusalCode::TooLarge, "a workbook of at most 64 MiB", "a larger one").into());
    }
    let bytes: Arc<[u8]> = bytes.into();
    check(&bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| damaged("a workbook's list of sheets"))?;
    let (mut sheets, mut left) = (Vec::new(), MAX_TEXT);
    for name in workbook.sheet_names() {
        let text = sheet_text(&mut workbook, &name, left)?;
        left = left.saturating_sub(text.len());
        sheets.push(Sheet { name, text: SheetText(Arc::new(text)) });
    }
    Ok(Some(sheets))
}

/// The first sheet of a workbook with anything on it, or `None` where the bytes are no workbook.
pub(super) fn first_sheet(source: OpenFile<'_>) -> Result<Option<Sheet>, ReadError> {
    let Some(sheets) = read(source)? else { return Ok(None) };
    let empty = || Sheet { name: String::new(), text: SheetText::default() };
    Ok(Some(sheets.into_iter().find(|sheet| !sheet.text.is_empty()).unwrap_or_else(empty)))
}

/// Unpacks everything once within the limits, so that what a workbook declares of its size is true.
fn check(bytes: &Arc<[u8]>) -> Result<(), ReadError> {
    let members = archive::list(Cursor::new(bytes), ArchiveKind::Zip)?;
    if members.iter().any(|member| member.name == "mimetype") {
        return Err(save_as_xlsx("an OpenDocument table (.ods)").into());
    }
    if !archive::is_workbook(&members) {
        return Err(Refusal::new(RefusalCode::UnknownForm, "a statement file", "an archive inside another file").into());
    }
    let (mut left, mut left_in_memory) = (MAX_UNPACKED, MAX_PARTS);
    for member in &members {
        if member.encrypted {
            return Err(save_as_xlsx("an encrypted workbook").into());
        }
        let is_markup = [".xml", ".rels"].iter().any(|end| member.name.to_ascii_lowercase().ends_with(end));
        let is_held = is_markup && !member.name.starts_with("xl/worksheets/");
        let most = if is_held { &mut left_in_memory } else { &mut left };
        let reader = archive::open_member(Cursor::new(Arc::clone(bytes)), member, None)?;
        let unpacked = look_through(&mut reader.take(*most + 1), is_markup)?;
        *most = most.checked_sub(unpacked).ok_or_else(|| {
            Refusal::new(
                RefusalCode::TooLarge,
                "a workbook of at most 256 MiB unpacked (save it as CSV)",
                "a larger one",
            )
        })?;
    }
    Ok(())
}

/// Reads a part to its end; returns its length. Refuses a document type: no program that saves workbooks writes one, and
/// entities of one's own, which may name files or grow without end, need it (R85).
fn look_through(reader: &mut dyn Read, is_markup: bool) -> Result<u64, ReadError> {
    const MARKS: [&[u8]; 2] = [b"<!DOCTYPE", b"<!ENTITY"];
    const LONGEST: usize = 9;
    let mut buffer = vec![0; 32 * 1024];
    let (mut kept, mut total) = (0, 0u64);
    loop {
        let count = reader.read(buffer.get_mut(kept..).unwrap_or_default())?;
        if count == 0 {
            return Ok(total);
        }
        total += count as u64;
        let seen = buffer.get(..kept + count).unwrap_or_default();
        let mut tags = seen.iter().enumerate().filter(|(_, byte)| **byte == b'<');
        let is_mark = |at: usize| {
            let begins =
                |mark: &[u8]| seen.get(at..at + mark.len()).is_some_and(|text| text.eq_ignore_ascii_case(mark));
            MARKS.into_iter().any(begins)
        };
        if is_markup && tags.any(|(at, _)| is_mark(at)) {
            return Err(Refusal::new(RefusalCode::Damaged, "a workbook without a document type", "<!DOCTYPE").into());
        }
        // A mark may stand across two reads.
        let end = kept + count;
        let from = end.saturating_sub(LONGEST - 1);
        buffer.copy_within(from..end, 0);
        kept = end - from;
    }
}

fn sheet_text(workbook: &mut Xlsx<Cursor<Arc<[u8]>>>, name: &str, most: usize) -> Result<Vec<u8>, ReadError> {
    // A chart or a macro sheet has no cells.
    let Ok(mut cells) = workbook.worksheet_cells_reader(name) else { return Ok(Vec::new()) };
    let fault = || damaged("a sheet's cells");
    let mut text = Text::default();
    while let Some(cell) = cells.next_cell().map_err(|_| fault())? {
        text.put(&cell)?;
        if text.out.len() > most {
            let expected = "sheets of at most 64 MiB of text (save them as CSV)";
            return Err(Refusal::new(RefusalCode::TooLarge, expected, "more").into());
        }
    }
    text.finish()
}

/// Rows as they are written, one behind the other.
#[derive(Default)]
struct Text {
    out: Vec<u8>,
    /// Rows that are in `out`.
    rows: u32,
    row: Vec<String>,
    /// Cells of the widest row so far. A sheet has no empty cells at the end of a row: they are put back.
    width: usize,
}

impl Text {
    fn put(&mut self, cell: &Cell<DataRef<'_>>) -> Result<(), ReadError> {
        let (row, column) = cell.get_position();
        let value = value_text(cell.get_value());
        if value.is_empty() {
            return Ok(());
        }
        if u64::from(row) >= MAX_ROWS {
            return Err(Refusal::new(RefusalCode::TooLarge, "at most 5 million rows", "more").into());
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_COLUMNS {
            return Err(Refusal::new(RefusalCode::TooLarge, "at most 512 columns", "more").at(row + 1).into());
        }
        if value.len() > MAX_FIELD {
            return Err(Refusal::new(RefusalCode::TooLarge, "a cell of at most 64 KiB", "a longer one")
                .at(row + 1)
                .into());
        }
        while self.rows < row {
            self.end_row()?;
        }
        if row < self.rows {
            return Err(damaged("rows in their order").into());
        }
        if self.row.len() <= column {
            self.row.resize(column + 1, String::new());
        }
        match self.row.get_mut(column) {
            Some(place) if place.is_empty() => *place = value,
            _ => return Err(damaged("each cell once").into()),
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ReadError> {
        if self.row.is_empty() {
            self.out.push(b'\n');
        } else {
            self.width = self.width.max(self.row.len());
            self.row.resize(self.width, String::new());
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(std::mem::take(&mut self.out));
            let written = writer.write_record(&self.row).map_err(|_| damaged("text cells"));
            written?;
            self.out = writer.into_inner().map_err(|_| damaged("text cells"))?;
            self.row.clear();
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, ReadError> {
        if !self.row.is_empty() {
            self.end_row()?;
        }
        Ok(self.out)
    }
}

/// A cell as a statement file would have it. A line break would make two lines of one row: it becomes a blank.
fn value_text(value: &DataRef<'_>) -> String {
    let line = |text: &str| text.replace(['\r', '\n'], " ");
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) => line(text),
        DataRef::SharedString(text) => line(text),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(time) => time_text(time),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.replace('T', " "),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// A number as it was meant: 28.160000000000004 was 28.16, for a spreadsheet shows fifteen digits. One with more digits
/// than that is written as a spreadsheet shows it (2.80E+27), so that an id is seen to be damaged.
fn number_text(number: f64) -> String {
    if !number.is_finite() {
        return String::new();
    }
    let scientific = format!("{number:.14E}");
    if number.abs() < EXACT_BELOW {
        return scientific.parse::<f64>().map_or(scientific, |rounded| rounded.to_string());
    }
    match scientific.split_once('E') {
        Some((digits, exponent)) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}E+{exponent}")
        }
        None => scientific,
    }
}

/// A date, a time of day, or both: what a cell of this kind shows.
fn time_text(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, millisecond) = time.to_ymd_hms_milli();
    let small = |value: u8| i8::try_from(value).unwrap_or(i8::MAX);
    let read = DateTime::new(
        i16::try_from(year).unwrap_or(i16::MAX),
        small(month),
        small(day),
        small(hour),
        small(minute),
        small(second),
        i32::from(millisecond) * 1_000_000,
    );
    let round = jiff::civil::DateTimeRound::new().smallest(Unit::Second).mode(RoundMode::HalfExpand);
    let Ok(read) = read.and_then(|read| read.round(round)) else { return number_text(time.as_f64()) };
    match (time.as_f64() < 1.0, read.time() == jiff::civil::Time::midnight()) {
        (true, _) => read.strftime("%H:%M:%S").to_string(),
        (false, true) => read.strftime("%Y-%m-%d").to_string(),
        (false, false) => read.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

fn damaged(expected: &str) -> Refusal {
    Refusal::new(RefusalCode::Damaged, expected, "a damaged workbook")
}

fn save_as_xlsx(found: &str) -> Refusal {
    Refusal::new(RefusalCode::Encoding, "text, or a workbook without a password (save it as .xlsx or CSV)", found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_were_meant() {
        for (number, text) in [
            (28.16, "28.16"),
            (0.1 + 0.2, "0.3"),
            (28.160_000_000_000_004, "28.16"),
            (-1_234.5, "-1234.5"),
            (5_000.0, "5000"),
            (123_456_789_012_345.0, "123456789012345"),
            (2.8e27, "2.8E+27"),
            (1_000_000_000_000_000.0, "1E+15"),
            (0.0, "0"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn an_older_workbook_is_told_what_to_do() {
        let bytes = [COMPOUND_FILE, &[0; 600]].concat();
        let source = || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read>);
        let Err(ReadError::Refused(refusal)) = read(&source) else { panic!("not refused") };
        assert_eq!(refusal.code, RefusalCode::Encoding);
        assert!(refusal.expected.contains(".xlsx"), "{refusal}");
    }
}
