//! Bytes to text: UTF-8, UTF-16 with a byte order mark, GB18030.
//!
//! UTF-8 and GB18030 are split into records before they are decoded, so that a row keeps its place in the
//! original file: no byte of a GB18030 sequence after its first equals a quote, comma, semicolon, tab, CR or LF.
//! UTF-16 has no such property and is turned into UTF-8 while it is read.

use std::borrow::Cow;
use std::io::{self, Read};

use encoding_rs::{DecoderResult, GB18030, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Encoding;

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
const CHUNK: usize = 32 * 1024;

/// The encoding a byte order mark names, and the length of the mark.
pub(super) fn byte_order_mark(bytes: &[u8]) -> Option<(Encoding, usize)> {
    match bytes {
        [0xFF, 0xFE, ..] => Some((Encoding::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => Some((Encoding::Utf16Be, 2)),
        bytes if bytes.starts_with(UTF8_MARK) => Some((Encoding::Utf8, UTF8_MARK.len())),
        _ => None,
    }
}

/// UTF-8 or GB18030, judged by the first record that is not plain ASCII: the one in which more of it makes sense.
/// A Chinese text of a few characters is never valid in both, bar single words.
///
/// Where no two bytes beyond ASCII stand together it is no Chinese text but Western European (`W\xE4hrung`).
pub(super) fn judge(record: &[u8]) -> Encoding {
    let (mut characters, mut faults) = (0usize, 0usize);
    for chunk in record.utf8_chunks() {
        characters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    if faults == 0 || characters > faults {
        return Encoding::Utf8;
    }
    if is_western(record) { Encoding::Windows1252 } else { Encoding::Gb18030 }
}

/// Whether single bytes beyond ASCII stand in words of ASCII letters.
fn is_western(record: &[u8]) -> bool {
    let are_apart = record.windows(2).all(|pair| pair.iter().any(u8::is_ascii));
    // GB18030 writes rare characters as a byte, a digit, a byte and a digit.
    let is_rare = |four: &[u8]| matches!(four, [0x81..=0xFE, b'0'..=b'9', 0x81..=0xFE, b'0'..=b'9']);
    let in_words = record.windows(2).filter(|pair| {
        matches!(pair, [a, b] if (a.is_ascii_alphabetic() && !b.is_ascii()) || (!a.is_ascii() && b.is_ascii_alphabetic()))
    });
    let beyond = record.iter().filter(|byte| !byte.is_ascii()).count();
    are_apart && in_words.count() >= beyond && !record.windows(4).any(is_rare)
}

/// Text of bytes in an encoding that is split before decoding; `None` on a bad sequence.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Option<Cow<'_, str>> {
    match encoding {
        Encoding::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
        Encoding::Windows1252 => WINDOWS_1252.decode_without_bom_handling_and_without_replacement(bytes),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

/// Cuts off what providers put around a value: white space, tabs after ids, backticks.
pub(super) fn trim(text: &str) -> &str {
    let solid = |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii_graphic() && *byte != b'`');
    let bytes = text.as_bytes();
    if solid(bytes.first()) && solid(bytes.last()) {
        return text;
    }
    text.trim_matches(|c: char| c.is_whitespace() || c == '`' || c == '\u{feff}')
}

/// A file's bytes, counted; UTF-16 comes out as UTF-8.
pub(super) struct Input {
    inner: Box<dyn Read>,
    /// Bytes read from the file so far.
    pub(super) count: u64,
    transcoder: Option<Transcoder>,
}

struct Transcoder {
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    start: usize,
    end: usize,
    last: bool,
    finished: bool,
}

/// What one read brought.
pub(super) enum Got {
    Bytes(usize),
    End,
    /// A bad UTF-16 sequence follows.
    Malformed,
}

impl Input {
    pub(super) fn new(inner: Box<dyn Read>) -> Input {
        Input { inner, count: 0, transcoder: None }
    }

    /// From here on the bytes are UTF-16; `read` were read already and follow the byte order mark.
    pub(super) fn transcode(&mut self, encoding: Encoding, read: &[u8]) {
        let from = if encoding == Encoding::Utf16Le { UTF_16LE } else { UTF_16BE };
        let mut raw = vec![0; CHUNK.max(read.len())];
        if let Some(head) = raw.get_mut(..read.len()) {
            head.copy_from_slice(read);
        }
        let decoder = from.new_decoder_without_bom_handling();
        self.transcoder = Some(Transcoder { decoder, raw, start: 0, end: read.len(), last: false, finished: false });
    }

    pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<Got> {
        let Some(transcoder) = &mut self.transcoder else {
            let count = read_some(&mut self.inner, into)?;
            self.count += count as u64;
            return Ok(if count == 0 { Got::End } else { Got::Bytes(count) });
        };
        loop {
            if transcoder.finished {
                return Ok(Got::End);
            }
            if transcoder.start == transcoder.end && !transcoder.last {
                let count = read_some(&mut self.inner, &mut transcoder.raw)?;
                self.count += count as u64;
                (transcoder.start, transcoder.end, transcoder.last) = (0, count, count == 0);
            }
            let raw = transcoder.raw.get(transcoder.start..transcoder.end).unwrap_or_default();
            let (result, read, written) =
                transcoder.decoder.decode_to_utf8_without_replacement(raw, into, transcoder.last);
            transcoder.start += read;
            match result {
                DecoderResult::Malformed(..) => {
                    // What stood before the fault is handed out first; the next call reports it.
                    transcoder.finished = written == 0;
                    return if written == 0 { Ok(Got::Malformed) } else { self.fail_later(written) };
                }
                DecoderResult::InputEmpty => transcoder.finished = transcoder.last,
                DecoderResult::OutputFull => {}
            }
            if written > 0 {
                return Ok(Got::Bytes(written));
            }
        }
    }

    /// Replaces the rest of the file by one bad sequence.
    fn fail_later(&mut self, written: usize) -> io::Result<Got> {
        if let Some(transcoder) = &mut self.transcoder {
            transcoder.decoder = UTF_16LE.new_decoder_without_bom_handling();
            // A lone low surrogate.
            transcoder.raw = vec![0x00, 0xDC, 0x00, 0xDC];
            (transcoder.start, transcoder.end, transcoder.last) = (0, 4, true);
        }
        Ok(Got::Bytes(written))
    }
}

/// A file's text, read in pieces at ascending places.
pub(super) struct Pieces {
    input: Input,
    chunk: Vec<u8>,
    start: usize,
    end: usize,
    /// Place of `chunk[start]` in the text.
    at: u64,
}

impl Pieces {
    pub(super) fn new(mut inner: Box<dyn Read>, encoding: Encoding) -> io::Result<Pieces> {
        let utf16 = matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be);
        if utf16 {
            inner.read_exact(&mut [0; 2])?;
        }
        let mut input = Input::new(inner);
        if utf16 {
            input.transcode(encoding, &[]);
        }
        Ok(Pieces { input, chunk: vec![0; CHUNK], start: 0, end: 0, at: 0 })
    }

    /// The bytes at a place, which must not be before the end of the last piece; fewer at the end of the file.
    pub(super) fn read(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            if self.start == self.end {
                match self.input.read(&mut self.chunk)? {
                    Got::Bytes(count) => (self.start, self.end) = (0, count),
                    Got::End | Got::Malformed => break,
                }
            }
            let there = self.chunk.get(self.start..self.end).unwrap_or_default();
            let before = usize::try_from(offset.saturating_sub(self.at)).unwrap_or(usize::MAX).min(there.len());
            let wanted = if before > 0 { 0 } else { there.len().min(length - bytes.len()) };
            bytes.extend_from_slice(there.get(..wanted).unwrap_or_default());
            self.start += before + wanted;
            self.at += (before + wanted) as u64;
        }
        Ok(bytes)
    }
}

fn read_some(inner: &mut Box<dyn Read>, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match inner.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_text_tells_its_encoding() {
        let text = "#支付宝账务明细查询";
        assert_eq!(judge(text.as_bytes()), Encoding::Utf8);
        assert_eq!(judge(&GB18030.encode(text).0), Encoding::Gb18030);
        let mut damaged = text.as_bytes().to_vec();
        damaged[10] = 0xFF;
        assert_eq!(judge(&damaged), Encoding::Utf8);
    }

    #[test]
    fn western_text_is_not_taken_for_chinese() {
        let header = "Datum;Währung;Brutto;Gebühr;Empfänger";
        let (bytes, ..) = WINDOWS_1252.encode(header);
        assert_eq!(judge(&bytes), Encoding::Windows1252);
        assert_eq!(decode(&bytes, Encoding::Windows1252).as_deref(), Some(header));
        assert_eq!(judge(header.as_bytes()), Encoding::Utf8);
        assert_eq!(judge(&GB18030.encode(header).0), Encoding::Gb18030);
    }

    #[test]
    fn what_providers_put_around_a_value_is_cut_off() {
        assert_eq!(trim("`2.80\t"), "2.80");
        assert_eq!(trim("\u{3000}茶叶 礼盒 "), "茶叶 礼盒");
        assert_eq!(trim("plain"), "plain");
        assert_eq!(trim("\t"), "");
    }
}
