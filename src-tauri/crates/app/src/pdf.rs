//! Papers as PDF: A4 pages with page numbers, subsets of our own faces inside, text that can be selected.
//!
//! One writer for every [`Document`] and for the recovery kit. A character that no face has is told before and after
//! writing and shown as a box; the text behind the box is still the character. The same paper and date give the same bytes.
//! Right-to-left scripts are not set: Purser's faces have none of their letters, so they are told as missing.

use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::Timestamp;
use purser_books::document::{Block, Document, Text};
use zeroize::Zeroizing;

mod draw;
mod face;
mod kit;
mod line;
mod shape;
mod sheet;
mod table;

use crate::error::Result;
use draw::About;
use face::Style;
pub use kit::{kit, save_kit};
use line::break_lines;
use shape::Shaper;
use sheet::{Area, Density, Ink, Item, LEFT, Setting, Sheet};

const TITLE: Setting = Setting { size: 19.0, leading: 25.0, ink: Ink::Text };
const HEADING: Setting = Setting { size: 12.0, leading: 17.0, ink: Ink::Text };
const BODY: Setting = Setting { size: 9.5, leading: 14.5, ink: Ink::Text };
const LABEL: Setting = Setting { size: 9.5, leading: 14.5, ink: Ink::Quiet };
/// Labels of fields stand in a column of this part of the page.
const LABEL_PART: f32 = 0.31;
const LABEL_GAP: f32 = 14.0;
/// How much smaller a paper is drawn that must fit its pages; the smallest is type of 6.5 points.
const DENSITIES: [f32; 6] = [1.0, 0.92, 0.85, 0.79, 0.74, 0.69];
/// A line to write on, with the air above it.
const BLANK_FIELD: f32 = 8.0 + BODY.leading + 4.0;

/// A written paper.
pub struct Pdf {
    pub bytes: Zeroizing<Vec<u8>>,
    /// Shown as boxes: no face has them.
    pub missing: BTreeSet<char>,
}

impl std::fmt::Debug for Pdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pdf").field("bytes", &self.bytes.len()).field("missing", &self.missing).finish()
    }
}

/// Writes a paper.
pub fn write(document: &Document, created: Timestamp) -> Result<Pdf> {
    let mut shaper = Shaper::new(document.language);
    let sheet = lay(document, &mut shaper, Sheet::new())?;
    finish(document, &sheet, shaper, created)
}

/// Onto how many pages a paper is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    pub pages: usize,
    /// A list of short lines reads well in two columns, a form does not.
    pub in_two: bool,
}

/// Writes a paper on so many pages, in the largest type that fits them: what is carried along or pinned to a wall. One too
/// long for the smallest type has more pages.
pub fn write_within(document: &Document, created: Timestamp, fit: Fit) -> Result<Pdf> {
    let mut shaper = Shaper::new(document.language);
    let mut sheet = lay(document, &mut shaper, Sheet::new())?;
    let ways = if fit.in_two { [false, true].as_slice() } else { &[false] };
    let densities = DENSITIES
        .iter()
        .flat_map(|scale| ways.iter().map(move |is_in_two| Density { scale: *scale, is_in_two: *is_in_two }));
    for density in densities {
        if sheet.leaves().len() <= fit.pages {
            break;
        }
        sheet = lay(document, &mut shaper, Sheet::dense(density))?;
    }
    finish(document, &sheet, shaper, created)
}

fn finish(document: &Document, sheet: &Sheet, mut shaper: Shaper, created: Timestamp) -> Result<Pdf> {
    let bytes = draw::write(sheet, &mut shaper, &About { title: document.title.as_str(), created })?;
    Ok(Pdf { bytes, missing: shaper.into_missing() })
}

/// The characters of a paper that would be shown as boxes, before anything is written.
pub fn missing(document: &Document) -> Result<BTreeSet<char>> {
    let mut shaper = Shaper::new(document.language);
    lay(document, &mut shaper, Sheet::new())?;
    Ok(shaper.into_missing())
}

fn lay(document: &Document, shaper: &mut Shaper, mut sheet: Sheet) -> Result<Sheet> {
    set(&mut sheet, shaper, document.title.as_str(), Style::Bold, TITLE)?;
    sheet.y += 7.0;
    sheet.line(LEFT, sheet.width, 0.8, Ink::Line);
    sheet.y += 13.0;
    for at in 0..document.blocks.len() {
        let (before, from_here) = document.blocks.split_at(at);
        lay_block(&mut sheet, shaper, before.last(), from_here)?;
    }
    Ok(sheet)
}

fn lay_block(sheet: &mut Sheet, shaper: &mut Shaper, before: Option<&Block>, from_here: &[Block]) -> Result<()> {
    let Some((block, after)) = from_here.split_first() else { return Ok(()) };
    let follows_field = matches!(before, Some(Block::Field { .. }));
    if follows_field && !matches!(block, Block::Field { .. }) {
        sheet.skip(7.0);
    }
    match block {
        Block::Heading { text } => {
            sheet.skip(if before.is_some() { 14.0 } else { 0.0 });
            sheet.keep_together(HEADING.leading + 4.0 + kept_with_heading(after));
            set(sheet, shaper, text.as_str(), Style::Bold, HEADING)?;
            sheet.y += 4.0;
        }
        Block::Paragraph { text } => {
            set(sheet, shaper, text.as_str(), Style::Regular, BODY)?;
            sheet.y += 5.0;
        }
        Block::Lead { text } => {
            sheet.y += 3.0;
            set(sheet, shaper, text.as_str(), Style::Bold, BODY)?;
            sheet.y += 2.0;
        }
        Block::Field { label, value } => lay_field(sheet, shaper, (label, value), follows_field)?,
        Block::List { items } => items.iter().try_for_each(|item| lay_item(sheet, shaper, item))?,
        Block::Quote { lines } => lay_quote(sheet, shaper, lines)?,
        Block::Table { columns, rows } => table::lay(sheet, shaper, columns, rows)?,
    }
    Ok(())
}

/// A text over the whole width.
fn set(sheet: &mut Sheet, shaper: &mut Shaper, text: &str, style: Style, setting: Setting) -> Result<()> {
    let shaped = Rc::new(shaper.shape(text, style)?);
    let lines = break_lines(&shaped, sheet.width / setting.size);
    sheet.lines(LEFT, setting, &shaped, &lines);
    Ok(())
}

/// A heading keeps some lines of what it heads, or all the lines to write on: a signature is not torn off.
fn kept_with_heading(after: &[Block]) -> f32 {
    let fields = after.iter().take_while(|block| is_blank_field(block)).take(8).map(|_| BLANK_FIELD).sum();
    let table = match after.first() {
        Some(Block::Table { rows, .. }) if rows.is_empty() => table::BLANK,
        Some(Block::Table { .. }) => 4.0 * BODY.leading,
        _ => 3.0 * BODY.leading,
    };
    f32::max(fields, table)
}

fn is_blank_field(block: &Block) -> bool {
    matches!(block, Block::Field { value, .. } if value.is_empty())
}

fn lay_field(
    sheet: &mut Sheet,
    shaper: &mut Shaper,
    (label, value): (&Text, &Text),
    follows_field: bool,
) -> Result<()> {
    if !follows_field {
        sheet.skip(3.0);
    }
    let label_width = sheet.width * LABEL_PART;
    let shape = |text: &Text, shaper: &mut Shaper, width: f32| -> Result<_> {
        let shaped = Rc::new(shaper.shape(text.as_str(), Style::Regular)?);
        let lines = break_lines(&shaped, width / BODY.size);
        Ok((shaped, lines))
    };
    let (label, label_lines) = shape(label, shaper, label_width - LABEL_GAP)?;
    let (value_text, value_lines) = shape(value, shaper, sheet.width - label_width)?;
    let is_blank = value.is_empty();
    let (above, below) = if is_blank { (8.0, 4.0) } else { (2.6, 2.6) };
    // The first two lines of label and value stay together.
    let kept = if label_lines.len().max(value_lines.len()) > 1 { 2.0 } else { 1.0 };
    sheet.keep_together(above + kept * BODY.leading + below);
    let top = sheet.y + above;
    let (page, mut end) = (sheet.pages.len(), top);
    for line in &label_lines {
        sheet.text(LEFT, LABEL.base(end), LABEL.size, LABEL.ink, (&label, line.clone()));
        end += LABEL.leading;
    }
    sheet.y = top;
    if is_blank {
        sheet.y = end.max(top + BODY.leading) - 2.0;
        sheet.line(LEFT + label_width, sheet.width - label_width, 0.5, Ink::Line);
        sheet.y += 2.0 + below;
        return Ok(());
    }
    sheet.lines(LEFT + label_width, BODY, &value_text, &value_lines);
    if page == sheet.pages.len() {
        sheet.y = sheet.y.max(end);
    }
    sheet.y += below;
    sheet.line(LEFT, sheet.width, 0.4, Ink::Hairline);
    Ok(())
}

/// A box to tick and what it is for.
fn lay_item(sheet: &mut Sheet, shaper: &mut Shaper, item: &Text) -> Result<()> {
    const BOX: f32 = 8.0;
    const INDENT: f32 = 17.0;
    let shaped = Rc::new(shaper.shape(item.as_str(), Style::Regular)?);
    let lines = break_lines(&shaped, (sheet.width - INDENT) / BODY.size);
    // A thing to do is not torn in two, unless it is long.
    sheet.keep_together(lines.iter().take(4).map(|_| BODY.leading).sum());
    let y = sheet.y + (BODY.leading - BOX) / 2.0;
    sheet.put(Item::Frame { area: Area { x: LEFT + 0.5, y, width: BOX, height: BOX }, ink: Ink::Line });
    sheet.lines(LEFT + INDENT, BODY, &shaped, &lines);
    sheet.y += 3.5;
    Ok(())
}

/// Somebody's words, with a bar beside every line of them (R74).
fn lay_quote(sheet: &mut Sheet, shaper: &mut Shaper, lines: &[Text]) -> Result<()> {
    const INDENT: f32 = 14.0;
    sheet.skip(3.0);
    for line in lines {
        let shaped = Rc::new(shaper.shape(line.as_str(), Style::Regular)?);
        for range in break_lines(&shaped, (sheet.right() - LEFT - INDENT) / BODY.size) {
            sheet.keep_together(BODY.leading);
            let area = Area { x: LEFT, y: sheet.y, width: 2.0, height: BODY.leading };
            sheet.put(Item::Fill { area, ink: Ink::Accent });
            sheet.lines(LEFT + INDENT, BODY, &shaped, &[range]);
        }
    }
    sheet.y += 6.0;
    Ok(())
}

#[cfg(test)]
mod tests;
