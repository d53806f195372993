//! The recovery kit as a printed page: the same words, key and instructions as its text, laid out to be typed from.
//!
//! The text is read, not the key: what the page says is decided in one place, `purser_vault::kit`. Our copies of the key are
//! wiped. Those that krilla and the code's encoder make while they write are not, and the file itself is as secret as the
//! text.

use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use purser_books::document::Language;
use purser_vault::kit::KitLanguage;
use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

use super::draw::{self, About};
use super::line::break_lines;
use super::shape::Shaper;
use super::sheet::{Area, Ink, Item, LEFT, RIGHT, Setting, Sheet, WIDTH};
use super::{BLANK_FIELD, BODY, Pdf, Style, TITLE, lay_field};
use crate::error::{Code, Error, Result};
use crate::files;

const FIELDS: Setting = Setting { size: 8.5, leading: 14.0, ink: Ink::Text };
const COMMAND: Setting = Setting { size: 8.0, leading: 11.5, ink: Ink::Text };
const KEY: Setting = Setting { size: 10.4, leading: 16.0, ink: Ink::Text };
const CODE_SIDE: f32 = 96.0;
/// Characters of a key before its first group, and of each group.
const PREFIX: usize = 16;
const GROUP: usize = 4;

/// What the text of a kit holds.
struct Page {
    title: String,
    warning: String,
    fields: Vec<String>,
    key: Zeroizing<String>,
    instructions: Vec<Piece>,
}

#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Command(String),
    Gap,
}

/// The page of a kit's text, as [`purser_vault::kit::Kit::render`] makes it.
pub fn kit(text: &str) -> Result<Pdf> {
    let page = read(text).ok_or_else(|| Error::invalid("that is not the text of a recovery kit"))?;
    let kit_language = KitLanguage::of_page(text);
    let mut shaper = Shaper::new(match kit_language {
        KitLanguage::English => Language::En,
        KitLanguage::Chinese => Language::Zh,
    });
    let mut sheet = Sheet::new();
    super::set(&mut sheet, &mut shaper, &page.title, Style::Bold, TITLE)?;
    sheet.y += 7.0;
    sheet.line(LEFT, WIDTH, 0.8, Ink::Line);
    sheet.y += 11.0;
    super::set(&mut sheet, &mut shaper, &page.warning, Style::Regular, BODY)?;
    sheet.y += 11.0;
    lay_key(&mut sheet, &mut shaper, &page.key)?;
    sheet.y += 12.0;
    lay_fields(&mut sheet, &mut shaper, &page)?;
    sheet.y += 8.0;
    page.instructions.iter().try_for_each(|piece| lay_piece(&mut sheet, &mut shaper, piece))?;
    sheet.keep_together(12.0 + 3.0 * BLANK_FIELD);
    sheet.y += 4.0;
    for label in kit_language.lines_to_write() {
        lay_field(&mut sheet, &mut shaper, (&label.into(), &"".into()), true)?;
    }
    let created = page.fields.iter().find_map(|field| field.strip_prefix("created:")?.trim().parse::<Timestamp>().ok());
    let about = About { title: &page.title, created: created.unwrap_or(Timestamp::UNIX_EPOCH) };
    let bytes = draw::write(&sheet, &mut shaper, &about)?;
    Ok(Pdf { bytes, missing: shaper.into_missing() })
}

/// Saves a kit where its owner wants it: as a page to print where the name ends in `.pdf`, else as text.
pub fn save_kit(path: &Path, text: &str) -> Result<()> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pdf")) {
        Ok(files::save(path, &kit(text)?.bytes, "kit")?)
    } else {
        Ok(files::save(path, text.as_bytes(), "kit")?)
    }
}

fn read(text: &str) -> Option<Page> {
    let key = text.lines().find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let comments = |part: &str| -> Vec<String> {
        let lines = part.lines().filter_map(|line| line.strip_prefix('#'));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()).collect()
    };
    let (before, after) = text.split_once(key)?;
    let before = comments(before);
    let mut parts = before.split(String::is_empty);
    let (title, warning) = parts.next()?.split_first()?;
    let fields = parts.next()?.to_vec();
    Some(Page {
        title: title.clone(),
        warning: warning.iter().fold(String::new(), |text, line| joined(text, line)),
        fields,
        key: Zeroizing::new(key.to_owned()),
        instructions: pieces(&comments(after)),
    })
}

/// The text breaks its lines where a terminal needs it; a page breaks them elsewhere. What is indented below a colon is a
/// command, other indented lines go on.
fn pieces(lines: &[String]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for line in lines {
        let words = line.trim();
        let is_item = words.starts_with(|first: char| first.is_ascii_digit()) && words.get(1..3) == Some(". ");
        match pieces.last_mut() {
            _ if words.is_empty() => pieces.push(Piece::Gap),
            Some(Piece::Text(text)) if line.starts_with(' ') && text.ends_with([':', '：']) => {
                pieces.push(Piece::Command(words.to_owned()));
            }
            Some(Piece::Text(text)) if !is_item => *text = joined(std::mem::take(text), words),
            _ => pieces.push(Piece::Text(words.to_owned())),
        }
    }
    pieces
}

fn joined(mut text: String, next: &str) -> String {
    let is_wide = |character: Option<char>| character.is_none_or(|character| character >= '\u{2e80}');
    if !is_wide(text.chars().last()) && !is_wide(next.chars().next()) {
        text.push(' ');
    }
    text.push_str(next);
    text
}

/// In groups told apart by shades, so that it stays one word to copy and can be read four characters at a time.
fn lay_key(sheet: &mut Sheet, shaper: &mut Shaper, key: &str) -> Result<()> {
    const AROUND: f32 = 9.0;
    let shaped = Rc::new(shaper.shape(key, Style::Mono)?);
    let count = shaped.glyphs.len();
    let left = LEFT + (WIDTH - shaped.width(0..count) * KEY.size) / 2.0;
    let height = KEY.leading + 2.0 * AROUND;
    sheet.put(Item::Fill { area: Area { x: LEFT, y: sheet.y, width: WIDTH, height }, ink: Ink::Tint });
    for start in (PREFIX..count).step_by(2 * GROUP) {
        let (x, group) = (left + shaped.width(0..start) * KEY.size, start..count.min(start + GROUP));
        let area =
            Area { x, y: sheet.y + AROUND - 3.0, width: shaped.width(group) * KEY.size, height: KEY.leading + 6.0 };
        sheet.put(Item::Fill { area, ink: Ink::Shade });
    }
    sheet.text(left, KEY.base(sheet.y + AROUND), KEY.size, KEY.ink, (&shaped, 0..count));
    sheet.y += height;
    Ok(())
}

/// The lines a program reads back, and the key once more as a code.
fn lay_fields(sheet: &mut Sheet, shaper: &mut Shaper, page: &Page) -> Result<()> {
    let top = sheet.y;
    let code = QrCode::with_error_correction_level(page.key.as_bytes(), EcLevel::M);
    let code = code.map_err(|_| Error::new(Code::Internal, "qr code"))?;
    let side = CODE_SIDE / (0..code.width()).map(|_| 1.0).sum::<f32>();
    let mut corners = Vec::new();
    let mut y = top;
    for row in code.to_colors().chunks(code.width()) {
        let mut x = RIGHT - CODE_SIDE;
        for color in row {
            if *color == Color::Dark {
                corners.push((x, y));
            }
            x += side;
        }
        y += side;
    }
    sheet.put(Item::Squares { corners, side });
    for field in &page.fields {
        let shaped = Rc::new(shaper.shape(field, Style::Mono)?);
        let lines = break_lines(&shaped, (WIDTH - CODE_SIDE - 20.0) / FIELDS.size);
        sheet.lines(LEFT, FIELDS, &shaped, &lines);
    }
    sheet.y = sheet.y.max(top + CODE_SIDE);
    Ok(())
}

fn lay_piece(sheet: &mut Sheet, shaper: &mut Shaper, piece: &Piece) -> Result<()> {
    const INDENT: f32 = 15.0;
    const AROUND: f32 = 5.0;
    match piece {
        Piece::Gap => sheet.skip(7.0),
        Piece::Text(text) => {
            let (number, words) = match text.split_once(". ") {
                Some((number, words)) if number.len() == 1 => (number, words),
                _ => ("", text.as_str()),
            };
            let indent = if number.is_empty() { 0.0 } else { INDENT };
            let shaped = Rc::new(shaper.shape(words, Style::Regular)?);
            let lines = break_lines(&shaped, (WIDTH - indent) / BODY.size);
            sheet.keep_together(BODY.leading);
            let number = Rc::new(shaper.shape(&format!("{number}."), Style::Regular)?);
            if indent > 0.0 {
                sheet.text(LEFT, BODY.base(sheet.y), BODY.size, Ink::Quiet, (&number, 0..number.glyphs.len()));
            }
            sheet.lines(LEFT + indent, BODY, &shaped, &lines);
            sheet.y += 2.5;
        }
        Piece::Command(text) => {
            let shaped = Rc::new(shaper.shape(text, Style::Mono)?);
            let lines = break_lines(&shaped, (WIDTH - INDENT - 2.0 * AROUND) / COMMAND.size);
            let height = lines.iter().map(|_| COMMAND.leading).sum::<f32>() + 2.0 * AROUND;
            sheet.keep_together(height);
            let area = Area { x: LEFT + INDENT, y: sheet.y, width: WIDTH - INDENT, height };
            sheet.put(Item::Fill { area, ink: Ink::Tint });
            sheet.y += AROUND;
            sheet.lines(LEFT + INDENT + AROUND, COMMAND, &shaped, &lines);
            sheet.y += AROUND + 5.0;
        }
    }
    Ok(())
}
