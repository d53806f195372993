//! Bytes to records: lines of cells, each with its place in the file. Memory stays bounded by the limits below.

use std::borrow::Cow;
use std::io::Read;

use csv_core::ReadRecordResult;

use super::text::{Got, Input, byte_order_mark, decode, judge, trim};
use super::{Encoding, ReadError, Refusal, RefusalCode};
use crate::Source;

/// Limits of a text file (SECURITY-DESIGN.md, section 10).
pub(crate) const MAX_BYTES: u64 = 1 << 30;
pub(crate) const MAX_ROWS: u64 = 5_000_000;
pub(crate) const MAX_COLUMNS: usize = 512;
pub(crate) const MAX_FIELD: usize = 64 * 1024;

const BUFFER: usize = 64 * 1024;

/// Splits a file into records.
pub(super) struct Records {
    input: Input,
    /// `None` as long as everything was ASCII.
    encoding: Option<Encoding>,
    csv: csv_core::Reader,
    delimiter: u8,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Place of `buffer[start]` in the file.
    offset: u64,
    line: u32,
    is_at_first_record: bool,
    /// The last line break was a CR, whose LF may follow.
    after_cr: bool,
    output: Vec<u8>,
    ends: Vec<usize>,
}

/// One record, not yet decoded.
pub(super) struct Record<'a> {
    pub(super) source: Source,
    /// Whether a line break follows: a record without one may have been cut short.
    pub(super) terminated: bool,
    encoding: Encoding,
    output: &'a [u8],
    ends: &'a [usize],
}

impl Records {
    /// Opens a file; reads its byte order mark.
    pub(super) fn new(inner: Box<dyn Read>, delimiter: u8) -> Result<Records, ReadError> {
        let mut records = Records {
            input: Input::new(inner),
            encoding: None,
            csv: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            offset: 0,
            line: 1,
            is_at_first_record: true,
            after_cr: false,
            output: vec![0; 4096],
            ends: vec![0; MAX_COLUMNS + 1],
        };
        while records.end < 3 && records.fill()? {}
        let head = records.buffer.get(..records.end).unwrap_or_default();
        if let Some((encoding, length)) = byte_order_mark(head) {
            records.encoding = Some(encoding);
            if encoding == Encoding::Utf8 {
                records.start = length;
                records.offset = length as u64;
            } else {
                records.input.transcode(encoding, head.get(length..).unwrap_or_default());
                records.end = 0;
            }
        }
        Ok(records)
    }

    /// What the file is encoded in, as far as it was read.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    /// The next record that is not an empty line, or `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        if !self.skip_breaks()? {
            return Ok(None);
        }
        let backtick = self.buffer.get(self.start) == Some(&b'`');
        let (length, columns, terminated) = if backtick { self.split_backticks()? } else { self.split_csv()? };
        let raw = self.buffer.get(self.start..self.start + length).unwrap_or_default();
        if self.encoding.is_none() && !raw.is_ascii() {
            let judged = judge(raw);
            // Only column names tell for sure that a file is Western European. Below them a byte may be a fault.
            if judged == Encoding::Windows1252 && !self.is_at_first_record {
                return Err(bad_sequence(Encoding::Gb18030, self.line).into());
            }
            self.encoding = Some(judged);
        }
        self.is_at_first_record = false;
        let breaks = count_breaks(raw);
        let source = Source { line: self.line, offset: self.offset, length: u32::try_from(length).unwrap_or(u32::MAX) };
        self.consume(length);
        self.line = self.line.saturating_add(breaks);
        let ends = self.ends.get(..columns).unwrap_or_default();
        let output = ends.last().and_then(|end| self.output.get(..*end)).unwrap_or_default();
        Ok(Some(Record { source, terminated, encoding: self.encoding(), output, ends }))
    }

    /// Splits a record of quoted or unquoted fields: (bytes, columns, ends with a line break).
    fn split_csv(&mut self) -> Result<(usize, usize, bool), ReadError> {
        self.csv.reset();
        let (mut read, mut written, mut columns) = (0, 0, 0);
        let mut at_end = false;
        loop {
            // At the end of the file a line break of our own tells whether a quote is still open.
            let input = if at_end { b"\n" } else { self.buffer.get(self.start + read..self.end).unwrap_or_default() };
            let output = self.output.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(columns..).unwrap_or_default();
            let (result, took, wrote, ended) = self.csv.read_record(input, output, ends);
            read += if at_end { 0 } else { took };
            written += wrote;
            columns += ended;
            let field = written - columns.checked_sub(1).and_then(|last| self.ends.get(last)).unwrap_or(&0);
            if field > MAX_FIELD {
                return Err(self.refuse(RefusalCode::TooLarge, "a cell of at most 64 KiB", "a longer one").into());
            }
            match result {
                ReadRecordResult::Record => {
                    self.check_fields(columns)?;
                    return Ok((read - usize::from(!at_end), columns, !at_end));
                }
                ReadRecordResult::InputEmpty | ReadRecordResult::End if at_end => {
                    return Err(self.refuse(RefusalCode::Damaged, "a closing quote", "the end of the file").into());
                }
                ReadRecordResult::InputEmpty | ReadRecordResult::End => at_end = !self.fill()?,
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => return Err(self.too_many_columns().into()),
            }
        }
    }

    /// Splits a line of WeChat Pay's merchant bills, where every value begins with a backtick, nothing is quoted
    /// and a product name may hold commas (providers/wechatpay.md 6.1, 2026).
    fn split_backticks(&mut self) -> Result<(usize, usize, bool), ReadError> {
        let (length, terminated) = self.find_line_end()?;
        let raw = self.buffer.get(self.start..self.start + length).unwrap_or_default();
        if raw.windows(3).any(|marks| marks == [self.delimiter, b'"', b'`']) {
            // Saved by a spreadsheet, which quotes the value that holds its delimiter.
            return self.split_csv();
        }
        self.output.clear();
        self.output.extend_from_slice(raw);
        let mut columns = 0;
        let separators = raw.windows(2).enumerate().filter(|(_, pair)| *pair == [self.delimiter, b'`']);
        // A spreadsheet fills the shorter lines up to the widest: those cells are empty and have no backtick.
        let filled = raw.len() - raw.iter().rev().take_while(|byte| **byte == self.delimiter).count();
        for end in separators.map(|(at, _)| at + 1).chain(filled + 1..=length).chain([length]) {
            let Some(slot) = self.ends.get_mut(columns) else {
                return Err(self.too_many_columns().into());
            };
            *slot = end;
            columns += 1;
        }
        // The delimiter before a cell belongs to neither: it is blanked, and blanks at the ends are cut off.
        for end in self.ends.iter().take(columns.saturating_sub(1)) {
            if let Some(delimiter) = self.output.get_mut(end - 1) {
                *delimiter = b' ';
            }
        }
        self.check_fields(columns)?;
        self.output.resize(self.output.len().max(4096), 0);
        Ok((length, columns, terminated))
    }

    /// Length of the line that begins here, and whether a line break follows.
    fn find_line_end(&mut self) -> Result<(usize, bool), ReadError> {
        let mut length = 0;
        loop {
            let unread = self.buffer.get(self.start + length..self.end).unwrap_or_default();
            if let Some(found) = unread.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
                return Ok((length + found, true));
            }
            length += unread.len();
            if length > MAX_COLUMNS * MAX_FIELD {
                return Err(self.refuse(RefusalCode::TooLarge, "a line of at most 32 MiB", "a longer one").into());
            }
            if !self.fill()? {
                return Ok((length, false));
            }
        }
    }

    fn check_fields(&self, columns: usize) -> Result<(), Refusal> {
        if columns > MAX_COLUMNS {
            return Err(self.too_many_columns());
        }
        let ends = self.ends.get(..columns).unwrap_or_default();
        let starts = std::iter::once(&0).chain(ends);
        if ends.last().is_some_and(|end| *end > MAX_FIELD) && starts.zip(ends).any(|(from, to)| to - from > MAX_FIELD) {
            return Err(self.refuse(RefusalCode::TooLarge, "a cell of at most 64 KiB", "a longer one"));
        }
        Ok(())
    }

    fn too_many_columns(&self) -> Refusal {
        self.refuse(RefusalCode::TooLarge, "at most 512 columns", "more")
    }

    /// Goes to the next byte that is not a line break; false at the end of the file.
    fn skip_breaks(&mut self) -> Result<bool, ReadError> {
        loop {
            while self.start < self.end {
                match self.buffer.get(self.start) {
                    Some(b'\n') if self.after_cr => self.after_cr = false,
                    Some(b'\n') => self.line = self.line.saturating_add(1),
                    Some(b'\r') => {
                        self.after_cr = true;
                        self.line = self.line.saturating_add(1);
                    }
                    _ => {
                        self.after_cr = false;
                        return Ok(true);
                    }
                }
                self.consume(1);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Reads more of the file behind what is in the buffer; false at its end.
    fn fill(&mut self) -> Result<bool, ReadError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        // UTF-16 needs room for a whole character.
        if self.buffer.len() - self.end < 64 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let got = self.input.read(self.buffer.get_mut(self.end..).unwrap_or_default())?;
        if self.input.count > MAX_BYTES {
            return Err(self.refuse(RefusalCode::TooLarge, "at most 1 GiB", "more").into());
        }
        match got {
            Got::Bytes(count) => {
                self.end += count;
                Ok(true)
            }
            Got::End => Ok(false),
            Got::Malformed => {
                let unread = self.buffer.get(self.start..self.end).unwrap_or_default();
                let line = self.line.saturating_add(count_breaks(unread));
                Err(bad_sequence(Encoding::Utf16Le, line).into())
            }
        }
    }

    pub(super) fn refuse(&self, code: RefusalCode, expected: &str, found: &str) -> Refusal {
        Refusal::new(code, expected, found).at(self.line)
    }
}

impl Record<'_> {
    /// The cells as text, without what providers put around a value.
    pub(super) fn cells(&self) -> Result<Vec<Cow<'_, str>>, Refusal> {
        let mut cells = Vec::with_capacity(self.ends.len());
        if matches!(self.encoding, Encoding::Gb18030 | Encoding::Windows1252) {
            let mut from = 0;
            for end in self.ends {
                let bytes = self.output.get(from..*end).unwrap_or_default().trim_ascii();
                match decode(bytes, self.encoding) {
                    Some(Cow::Borrowed(text)) => cells.push(Cow::Borrowed(trim(text))),
                    Some(Cow::Owned(text)) if trim(&text).len() == text.len() => cells.push(Cow::Owned(text)),
                    Some(Cow::Owned(text)) => cells.push(Cow::Owned(trim(&text).to_owned())),
                    None => return Err(self.bad_sequence(from)),
                }
                from = *end;
            }
            return Ok(cells);
        }
        let text = std::str::from_utf8(self.output).map_err(|error| self.bad_sequence(error.valid_up_to()))?;
        let mut from = 0;
        for end in self.ends {
            let cell = text.get(from..*end).ok_or_else(|| self.bad_sequence(from))?;
            cells.push(Cow::Borrowed(trim(cell)));
            from = *end;
        }
        Ok(cells)
    }

    fn bad_sequence(&self, at: usize) -> Refusal {
        let before = self.output.get(..at).unwrap_or_default();
        bad_sequence(self.encoding, self.source.line.saturating_add(count_breaks(before)))
    }
}

fn bad_sequence(encoding: Encoding, line: u32) -> Refusal {
    let name = match encoding {
        Encoding::Utf8 | Encoding::Xlsx => "UTF-8",
        Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
        Encoding::Gb18030 | Encoding::Windows1252 => "UTF-8 or GB18030",
    };
    Refusal::new(RefusalCode::Encoding, &format!("{name} text"), "bytes that are no text").at(line)
}

/// Line breaks of any kind: LF, CR or both together.
fn count_breaks(bytes: &[u8]) -> u32 {
    let feeds = bytes.iter().filter(|byte| **byte == b'\n').count();
    let returns = bytes.iter().filter(|byte| **byte == b'\r').count();
    let pairs = if returns == 0 { 0 } else { bytes.windows(2).filter(|pair| *pair == b"\r\n").count() };
    u32::try_from(feeds + returns - pairs).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every record as (line, raw text at its source, cells).
    fn read(bytes: &[u8], delimiter: u8) -> Result<Vec<(u32, String, Vec<String>)>, ReadError> {
        let mut records = Records::new(Box::new(std::io::Cursor::new(bytes.to_vec())), delimiter)?;
        let mut all = Vec::new();
        while let Some(record) = records.next()? {
            let from = usize::try_from(record.source.offset).unwrap();
            let raw = bytes.get(from..from + record.source.length as usize).unwrap_or_default();
            let cells = record.cells()?.iter().map(ToString::to_string).collect();
            all.push((record.source.line, String::from_utf8_lossy(raw).into_owned(), cells));
        }
        Ok(all)
    }

    fn refusal(bytes: &[u8]) -> Refusal {
        match read(bytes, b',') {
            Err(ReadError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_record_knows_its_line_and_its_bytes() {
        for (bytes, second) in [
            ("a,b\n\n\"c\nd\",e\nf,g", 3),
            ("a,b\r\n\r\n\"c\r\nd\",e\r\nf,g\r\n", 3),
            ("a,b\r\r\"c\rd\",e\rf,g\r", 3),
            ("\u{feff}a,b\n\"c\nd\",e\nf,g", 2),
        ] {
            let records = read(bytes.as_bytes(), b',').unwrap();
            assert_eq!(records.len(), 3, "{bytes:?}");
            assert_eq!(records[0].1, "a,b");
            assert_eq!(records[1].0, second, "{bytes:?}");
            assert!(records[1].1.starts_with("\"c") && records[1].1.ends_with("d\",e"), "{:?}", records[1].1);
            assert_eq!((records[2].0, records[2].1.as_str()), (second + 2, "f,g"));
        }
    }

    #[test]
    fn a_backtick_line_may_hold_commas_and_quotes() {
        let records = read("a,b,c\r\n`1,`tea, \"250 g,`\r\n`2,`,`x\r\n".as_bytes(), b',').unwrap();
        assert_eq!(records[1].2, ["1", "tea, \"250 g", ""]);
        assert_eq!(records[2].2, ["2", "", "x"]);
        assert_eq!((records[2].0, records[2].1.as_str()), (3, "`2,`,`x"));
    }

    #[test]
    fn a_backtick_line_saved_by_a_spreadsheet_keeps_its_cells() {
        let records = read("a,b,c\r\n`1,\"`tea, 250 g\",`\r\n`2,`x,\r\n`3,,\r\n".as_bytes(), b',').unwrap();
        assert_eq!(records[1].2, ["1", "tea, 250 g", ""]);
        assert_eq!(records[2].2, ["2", "x", ""]);
        assert_eq!(records[3].2, ["3", "", ""]);
        let records = read("a;b;c\n`1;`tea, 250 g;`\n".as_bytes(), b';').unwrap();
        assert_eq!(records[1].2, ["1", "tea, 250 g", ""]);
    }

    #[test]
    fn gb18030_cells_are_split_before_they_are_decoded() {
        let (bytes, ..) = encoding_rs::GB18030.encode("交易时间,\"茶, 叶\",㐀𠀀\t,丂\n");
        assert_eq!(read(&bytes, b',').unwrap()[0].2, ["交易时间", "茶, 叶", "㐀𠀀", "丂"]);
    }

    #[test]
    fn utf_16_is_read_through_utf_8() {
        let text = "交易时间;a\r\n\"x\ny\";2\r\n";
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for bytes in [little.clone(), big] {
            let records = read(&bytes, b';').unwrap();
            assert_eq!(records[0].2, ["交易时间", "a"]);
            assert_eq!((records[1].0, &records[1].2), (2, &vec!["x\ny".to_owned(), "2".to_owned()]));
        }
        let mut odd = little;
        odd.push(0x41);
        assert_eq!((refusal(&odd).code, refusal(&odd).line), (RefusalCode::Encoding, Some(4)));
    }

    #[test]
    fn a_bad_sequence_is_refused_with_its_line() {
        let refusal_late = refusal(
            "é,1\n\"a\nb\u{e9}".as_bytes().iter().copied().chain(*b"\xFF\",2\n").collect::<Vec<_>>().as_slice(),
        );
        assert_eq!((refusal_late.code, refusal_late.line), (RefusalCode::Encoding, Some(3)));
        // Two halves of one character in two cells.
        assert_eq!(refusal(b"\xC3,\xA9\n").code, RefusalCode::Encoding);
    }

    #[test]
    fn limits_are_refused() {
        assert_eq!(refusal(&vec![b'a'; MAX_FIELD + 1]).code, RefusalCode::TooLarge);
        assert_eq!(refusal(&vec![b','; MAX_COLUMNS]).code, RefusalCode::TooLarge);
        assert_eq!(read(&vec![b','; MAX_COLUMNS - 1], b',').unwrap()[0].2.len(), MAX_COLUMNS);
        assert_eq!(refusal(b"a,b\n\"open\nfield").code, RefusalCode::Damaged);
        let mut wide = b"`".to_vec();
        wide.extend(b",`".repeat(MAX_COLUMNS));
        assert_eq!(refusal(&wide).code, RefusalCode::TooLarge);
    }
}
