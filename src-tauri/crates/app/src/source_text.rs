//! The raw text of one row, out of the stored original.

use sqlx::SqliteConnection;

use crate::error::Result;
use crate::store::Store;

/// Longest raw text shown: a row is a line, not a book.
const LIMIT: u64 = 64 * 1024;

/// The text of a row as its file has it. Control and direction marks are taken out: they could make it show other than it is.
pub(crate) async fn raw_text(
    connection: &mut SqliteConnection,
    original: i64,
    encoding: &str,
    position: i64,
    length: i64,
) -> Result<String> {
    let (position, length) = (u64::try_from(position).unwrap_or(0), u64::try_from(length).unwrap_or(0).min(LIMIT));
    let text = match encoding {
        "utf-16le" | "utf-16be" => {
            // Positions count in the file's UTF-8 text; such files come out of spreadsheets and are small.
            let bytes = Store::original_bytes(connection, original, 0, u64::MAX).await?;
            let charset = if encoding == "utf-16le" { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
            let (text, _) = charset.decode_with_bom_removal(&bytes);
            let from = usize::try_from(position).unwrap_or(usize::MAX);
            let to = usize::try_from(position.saturating_add(length)).unwrap_or(usize::MAX);
            text.get(from..to.min(text.len())).unwrap_or_default().to_owned()
        }
        "gb18030" => {
            let bytes = Store::original_bytes(connection, original, position, length).await?;
            encoding_rs::GB18030.decode_without_bom_handling(&bytes).0.into_owned()
        }
        _ => {
            let bytes = Store::original_bytes(connection, original, position, length).await?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    Ok(text.chars().filter(|character| is_shown(*character)).collect())
}

fn is_shown(character: char) -> bool {
    let bidi =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    character == '\t' || character == '\n' || (!character.is_control() && !bidi)
}
