//! A paper as structure: headings, fields, paragraphs, quotes, tables. One writer for plain text stands here; others render
//! the same blocks as they like.
//!
//! Every text in it is a [`Text`], and a `Text` is one line without control, bidirectional or invisible characters. So what
//! a person typed, or a thief put into a payment's description, cannot start a line, reorder one or hide one (R74). Longer
//! words of a person are a [`Block::Quote`], whose lines are marked.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::credential::words;

/// Characters kept of one text.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// Lines kept of one quote.
pub const QUOTE_LINES_MAX: usize = 200;

/// A line to write on.
const BLANK: &str = "____________________";

words! {
    /// The languages papers are written in.
    Language {
        En => "en",
        /// Simplified Chinese.
        Zh => "zh",
        /// Traditional Chinese, as written in Hong Kong.
        Hant => "hant",
    }
}

impl Language {
    /// The nearest language the playbooks are written in.
    #[must_use]
    pub const fn of_playbook(self) -> Language {
        match self {
            Language::En => Language::En,
            Language::Zh | Language::Hant => Language::Zh,
        }
    }
}

/// Whether a character moves, hides or reorders others instead of showing itself.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// One line of text that shows what it holds.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Line ends and tabs become blanks, what cannot be seen goes, blanks at the ends too.
    #[must_use]
    pub fn clean(raw: &str) -> Text {
        let spaced =
            raw.chars().map(|c| if matches!(c, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}') { ' ' } else { c });
        let mut text: String = spaced.filter(|c| !is_unprintable(*c)).take(TEXT_CHARS_MAX + 1).collect();
        if text.chars().count() > TEXT_CHARS_MAX {
            text = text.chars().take(TEXT_CHARS_MAX - 1).chain(['…']).collect();
        }
        Text(text.trim().to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Text {
        Text::clean(raw)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        Ok(Text::clean(&String::deserialize(deserializer)?))
    }
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum Block {
    Heading {
        text: Text,
    },
    Paragraph {
        text: Text,
    },
    /// What the boxes below it belong to.
    Lead {
        text: Text,
    },
    /// A label and what belongs there; an empty value is a line to write on.
    Field {
        label: Text,
        value: Text,
    },
    /// Things to tick.
    List {
        items: Vec<Text>,
    },
    /// Words of a person, one line each, marked as such.
    Quote {
        lines: Vec<Text>,
    },
    /// Records; without any, its columns are lines to write one on.
    Table {
        columns: Vec<Text>,
        rows: Vec<Vec<Text>>,
    },
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Its word in file names: letters, digits and underscores.
    pub code: String,
    pub language: Language,
    pub title: Text,
    pub blocks: Vec<Block>,
}

impl Document {
    #[must_use]
    pub fn new(code: &str, language: Language, title: &str) -> Document {
        Document { code: code.to_owned(), language, title: title.into(), blocks: Vec::new() }
    }

    pub fn heading(&mut self, text: &str) {
        self.blocks.push(Block::Heading { text: text.into() });
    }

    pub fn paragraph(&mut self, text: &str) {
        self.blocks.push(Block::Paragraph { text: text.into() });
    }

    pub fn lead(&mut self, text: &str) {
        self.blocks.push(Block::Lead { text: text.into() });
    }

    pub fn field(&mut self, label: &str, value: &str) {
        self.blocks.push(Block::Field { label: label.into(), value: value.into() });
    }

    /// What a person wrote, in as many lines as it has.
    pub fn quote(&mut self, words: &str) {
        let lines = words.lines().map(Text::clean).take(QUOTE_LINES_MAX).collect();
        self.blocks.push(Block::Quote { lines });
    }

    /// Its name as a file.
    #[must_use]
    pub fn file_name(&self, extension: &str) -> String {
        format!("{}_{}.{extension}", self.code, self.language.word())
    }

    /// As plain text, lines ended by line feeds.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n{}\n", self.title, "=".repeat(width(self.title.as_str()).min(78)));
        let colon = if self.language == Language::En { ": " } else { "：" };
        for block in &self.blocks {
            match block {
                Block::Heading { text } => {
                    out.push_str(&format!("\n{text}\n{}\n", "-".repeat(width(text.as_str()).min(78))));
                }
                Block::Paragraph { text } | Block::Lead { text } => out.push_str(&format!("{text}\n")),
                Block::Field { label, value } if value.is_empty() => {
                    out.push_str(&format!("{label}{colon}{BLANK}\n"));
                }
                Block::Field { label, value } => out.push_str(&format!("{label}{colon}{value}\n")),
                Block::List { items } => items.iter().for_each(|item| out.push_str(&format!("[ ] {item}\n"))),
                Block::Quote { lines } => lines.iter().for_each(|line| out.push_str(&format!("> {line}\n"))),
                Block::Table { columns, rows } if rows.is_empty() => {
                    columns.iter().for_each(|column| out.push_str(&format!("{column}{colon}{BLANK}\n")));
                }
                Block::Table { columns, rows } => table(&mut out, columns, rows, colon),
            }
        }
        out
    }
}

/// Columns as a terminal counts them, nearly: wide characters are two.
fn width(text: &str) -> usize {
    text.chars().map(|character| if u32::from(character) >= 0x2e80 { 2 } else { 1 }).sum()
}

/// One record a row: nothing can be misaligned, and a long cell stays readable.
fn table(out: &mut String, columns: &[Text], rows: &[Vec<Text>], colon: &str) {
    for (index, row) in rows.iter().enumerate() {
        for (place, (column, cell)) in columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty()).enumerate() {
            let mark = if place == 0 { format!("({})", index + 1) } else { String::new() };
            out.push_str(&format!("{mark:<6}{column}{colon}{cell}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_one_line_that_shows_what_it_holds() {
        assert_eq!(Text::clean(" a\r\nb\tc\u{202e}d\u{0}\u{1b}[31m\u{200b} ").as_str(), "a  b cd[31m");
        assert_eq!(Text::clean("茶叶礼盒").as_str(), "茶叶礼盒");
        assert_eq!(Text::clean(&"x".repeat(5_000)).as_str().chars().count(), TEXT_CHARS_MAX);
        assert!(Text::clean("\n\u{2029}\u{feff}").is_empty());
    }

    /// R74: what a person typed stands in its place and cannot pretend to be a line of the form.
    #[test]
    fn words_of_a_person_cannot_forge_a_line() {
        let mut paper = Document::new("police", Language::En, "Statement");
        paper.field("Name", "Mei\nReport number: 1");
        paper.quote("It was me.\nReport number: 2\r\n\nReport number: 3\u{2028}Report number: 4");
        let text = paper.to_text();
        assert!(!text.lines().any(|line| line.starts_with("Report number")), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("> ")).count(), 4);
    }

    #[test]
    fn an_empty_field_is_a_line_to_write_on() {
        let mut paper = Document::new("police", Language::Zh, "报案材料");
        paper.field("案号", "");
        assert_eq!(paper.to_text(), "报案材料\n========\n案号：____________________\n");
        assert_eq!(paper.file_name("txt"), "police_zh.txt");
    }

    #[test]
    fn a_table_is_one_record_a_row() {
        let mut paper = Document::new("t", Language::En, "T");
        let row = |cells: [&str; 2]| cells.map(Text::clean).to_vec();
        let (columns, rows) = (row(["When", "What"]), vec![row(["09:00", "payout\nof 5"]), row(["", "refund"])]);
        let empty = Block::Table { columns: columns.clone(), rows: vec![] };
        paper.blocks.push(Block::Table { columns, rows });
        assert_eq!(paper.to_text(), "T\n=\n(1)   When: 09:00\n      What: payout of 5\n(2)   What: refund\n");
        paper.blocks = vec![empty];
        assert_eq!(paper.to_text(), "T\n=\nWhen: ____________________\nWhat: ____________________\n");
    }

    proptest! {
        /// R74: any field adds exactly one line.
        #[test]
        fn a_field_is_one_line(label in "(?s).{0,40}", value in "(?s).{0,80}") {
            let mut paper = Document::new("t", Language::En, "T");
            paper.field(&label, &value);
            let text = paper.to_text();
            prop_assert_eq!(text.lines().count(), 3);
            prop_assert!(!text.chars().any(|c| c != '\n' && is_unprintable(c)));
        }

        #[test]
        fn cleaning_twice_changes_nothing(raw in "(?s).{0,60}") {
            let once = Text::clean(&raw);
            prop_assert_eq!(Text::clean(once.as_str()), once);
        }
    }
}
