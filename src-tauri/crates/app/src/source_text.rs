//! The raw text of rows, out of a stored original.

use sqlx::SqliteConnection;

use crate::error::{Code, Error, Result};
use crate::store::Store;

/// Longest raw text shown: a row is a line, not a book.
const LIMIT: u64 = 64 * 1024;

/// Rows of one stored file as text.
pub(crate) struct SourceText {
    original: i64,
    encoding: String,
    /// The whole text, where places do not count in the file's own bytes: UTF-16 and workbooks, which come out of
    /// spreadsheets and are small.
    decoded: Option<Vec<u8>>,
}

impl SourceText {
    pub(crate) async fn open(connection: &mut SqliteConnection, original: i64, encoding: &str) -> Result<SourceText> {
        let decoded = match encoding {
            "utf-16le" | "utf-16be" => {
                let bytes = Store::original_bytes(connection, original, 0, u64::MAX).await?;
                let charset = if encoding == "utf-16le" { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
                Some(charset.decode_with_bom_removal(&bytes).0.into_owned().into_bytes())
            }
            "xlsx" => {
                let bytes = Store::original_bytes(connection, original, 0, u64::MAX).await?;
                let source = move || Ok(Box::new(std::io::Cursor::new(bytes.clone())) as Box<dyn std::io::Read>);
                let text = purser_books::reader::workbook_text(&source);
                Some(text.map_err(|_| Error::new(Code::Damaged, "a stored workbook"))?)
            }
            _ => None,
        };
        Ok(SourceText { original, encoding: encoding.to_owned(), decoded })
    }

    /// The text of a row as its file has it. Control and direction marks are taken out: they could make it show other
    /// than it is.
    pub(crate) async fn row(&self, connection: &mut SqliteConnection, position: i64, length: i64) -> Result<String> {
        let (position, length) = (u64::try_from(position).unwrap_or(0), u64::try_from(length).unwrap_or(0).min(LIMIT));
        let bytes = match &self.decoded {
            Some(text) => {
                let from = usize::try_from(position).unwrap_or(usize::MAX).min(text.len());
                let to = usize::try_from(position.saturating_add(length)).unwrap_or(usize::MAX).min(text.len());
                text[from..to].to_vec()
            }
            None => Store::original_bytes(connection, self.original, position, length).await?,
        };
        let text = match self.encoding.as_str() {
            "gb18030" => encoding_rs::GB18030.decode_without_bom_handling(&bytes).0.into_owned(),
            "windows-1252" => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned(),
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        };
        Ok(text.chars().filter(|character| is_shown(*character)).collect())
    }
}

fn is_shown(character: char) -> bool {
    let bidi =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    character == '\t' || character == '\n' || (!character.is_control() && !bidi)
}
