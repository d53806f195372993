//! Tables: columns as wide as they need, amounts to the right, the heads again on every page.

use std::ops::Range;
use std::rc::Rc;

use purser_books::document::Text;

use super::Style;
use super::line::{break_lines, widest_word};
use super::shape::{Shaped, Shaper, is_figures};
use super::sheet::{Ink, LEFT, Setting, Sheet};
use crate::error::Result;

/// Between columns, and above and below the text of a row.
const GUTTER: f32 = 9.0;
const PADDING: f32 = 3.2;
/// Room to write in.
const BLANK_ROW: f32 = 24.0;
/// A table to fill in, with a head of one line.
pub(super) const BLANK: f32 = 30.0 + 4.0 * BLANK_ROW;
/// Sizes tried until everything that should not be broken fits.
const SIZES: [f32; 4] = [8.5, 7.75, 7.0, 6.25];

/// Up to so many ems a cell is not broken at all: where there is room, and always.
const SHORT: f32 = 7.0;
/// A head above nothing is a place to write in.
const HEAD: f32 = 4.2;
/// A text of many words reads well in so many ems, if the letters need not be made smaller than this for it.
const COMFORT: f32 = 14.0;
const COMFORT_SIZE: f32 = 7.0;
const FIGURES_MAX: f32 = 20.0;

struct Column {
    left: f32,
    width: f32,
    is_amount: bool,
}

struct Cells {
    head: Vec<Rc<Shaped>>,
    rows: Vec<Vec<Rc<Shaped>>>,
}

pub(super) fn lay(sheet: &mut Sheet, shaper: &mut Shaper, columns: &[Text], rows: &[Vec<Text>]) -> Result<()> {
    if columns.is_empty() {
        return Ok(());
    }
    let mut shape = |text: &Text, style| shaper.shape(text.as_str(), style).map(Rc::new);
    let head = columns.iter().map(|text| shape(text, Style::Bold)).collect::<Result<Vec<_>>>()?;
    let row = |row: &Vec<Text>| row.iter().take(columns.len()).map(|text| shape(text, Style::Regular)).collect();
    let cells = Cells { head, rows: rows.iter().map(row).collect::<Result<_>>()? };
    let (size, columns) = measure(&cells, sheet.width);
    let setting = Setting { size, leading: size * 1.42, ink: Ink::Text };
    let head = broken(&cells.head, &columns, size);
    let head_height = height(&head, setting);
    sheet.skip(6.0);
    // A head alone at the foot of a page leads nowhere.
    let kept = if rows.is_empty() { 4.0 * BLANK_ROW } else { 2.0 * setting.leading + 2.0 * PADDING };
    sheet.keep_together(head_height + kept);
    lay_head(sheet, &cells.head, &head, &columns, setting);
    for (index, row) in cells.rows.iter().enumerate() {
        let lines = broken(row, &columns, size);
        if !sheet.has_room(height(&lines, setting)) {
            sheet.turn();
            lay_head(sheet, &cells.head, &head, &columns, setting);
        }
        sheet.y += PADDING;
        for line in 0..lines.iter().map(Vec::len).max().unwrap_or(1).max(1) {
            // Only a row taller than a page gets here without room.
            if !sheet.has_room(setting.leading + PADDING) && line > 0 {
                sheet.turn();
                lay_head(sheet, &cells.head, &head, &columns, setting);
            }
            lay_line(sheet, row, &lines, line, &columns, setting);
        }
        sheet.y += PADDING;
        let is_last = index + 1 == cells.rows.len();
        sheet.line(LEFT, sheet.width, if is_last { 0.6 } else { 0.4 }, if is_last { Ink::Line } else { Ink::Hairline });
    }
    if cells.rows.is_empty() {
        lay_blank_rows(sheet);
    }
    sheet.y += 8.0;
    Ok(())
}

/// A table without records is one to fill in.
fn lay_blank_rows(sheet: &mut Sheet) {
    for _ in 0..4 {
        sheet.y += BLANK_ROW;
        sheet.line(LEFT, sheet.width, 0.5, Ink::Line);
    }
}

fn broken(cells: &[Rc<Shaped>], columns: &[Column], size: f32) -> Vec<Vec<Range<usize>>> {
    // A hair more than measured: sums of the same widths differ in their last digit.
    cells.iter().zip(columns).map(|(cell, column)| break_lines(cell, (column.width + 0.05) / size)).collect()
}

fn height(lines: &[Vec<Range<usize>>], setting: Setting) -> f32 {
    let most = lines.iter().map(Vec::len).max().unwrap_or(1).max(1);
    (0..most).map(|_| setting.leading).sum::<f32>() + 2.0 * PADDING
}

fn lay_head(sheet: &mut Sheet, head: &[Rc<Shaped>], lines: &[Vec<Range<usize>>], columns: &[Column], setting: Setting) {
    sheet.y += PADDING;
    let quiet = Setting { ink: Ink::Quiet, ..setting };
    for line in 0..lines.iter().map(Vec::len).max().unwrap_or(1) {
        lay_line(sheet, head, lines, line, columns, quiet);
    }
    sheet.y += PADDING;
    sheet.line(LEFT, sheet.width, 0.8, Ink::Line);
}

fn lay_line(
    sheet: &mut Sheet,
    cells: &[Rc<Shaped>],
    lines: &[Vec<Range<usize>>],
    line: usize,
    columns: &[Column],
    setting: Setting,
) {
    for ((cell, lines), column) in cells.iter().zip(lines).zip(columns) {
        let Some(range) = lines.get(line) else { continue };
        let width = cell.width(range.clone()) * setting.size;
        let x = if column.is_amount { column.left + column.width - width } else { column.left };
        sheet.text(x, setting.base(sheet.y), setting.size, setting.ink, (cell, range.clone()));
    }
    sheet.y += setting.leading;
}

/// The largest size at which no word has to be cut, and the columns at it.
fn measure(cells: &Cells, all: f32) -> (f32, Vec<Column>) {
    let of_column =
        |index: usize| cells.head.get(index).into_iter().chain(cells.rows.iter().filter_map(move |row| row.get(index)));
    let count = cells.head.len();
    let widest = |measure: &dyn Fn(&Shaped) -> f32| -> Vec<f32> {
        (0..count).map(|index| of_column(index).map(|cell| measure(cell)).fold(0.5, f32::max)).collect()
    };
    let natural = widest(&|cell| cell.width(0..cell.glyphs.len()));
    let heads = cells.head.iter().map(|cell| cell.width(0..cell.glyphs.len()).min(HEAD));
    let narrowest: Vec<f32> = widest(&unbreakable).into_iter().zip(heads).map(|(cell, head)| cell.max(head)).collect();
    // What reads well: short words and names on one line.
    let at_least = |ems: f32| -> Vec<f32> {
        narrowest.iter().zip(&natural).map(|(narrowest, natural)| narrowest.max(natural.min(ems))).collect()
    };
    let least = at_least(SHORT);
    let gaps = cells.head.iter().skip(1).map(|_| 1.0).sum::<f32>().max(1.0);
    let room = (all - GUTTER * gaps).max(all / 2.0);
    let gap = (all - room) / gaps;
    let largest = |widths: &[f32]| SIZES.into_iter().find(|size| widths.iter().sum::<f32>() * size <= room);
    let comfortable = largest(&at_least(COMFORT)).filter(|size| *size >= COMFORT_SIZE);
    let size = comfortable.or_else(|| largest(&least)).or_else(|| largest(&narrowest));
    let size = size.unwrap_or(SIZES[SIZES.len() - 1]);
    let least = if largest(&least).is_some() { least } else { narrowest };
    let widths = share(room / size, &natural, &least);
    let mut left = LEFT;
    let columns = widths.into_iter().enumerate().map(|(index, width)| {
        let column = Column { left, width: width * size, is_amount: is_amounts(&cells.rows, index) };
        left = (left + column.width + gap).min(LEFT + all);
        column
    });
    (size, columns.collect())
}

/// Amounts, dates and ids stay whole; of a date with a time and a zone each does, and of other cells their words.
fn unbreakable(cell: &Shaped) -> f32 {
    if is_figures(&cell.text) && !is_moment(&cell.text) {
        cell.width(0..cell.glyphs.len()).min(FIGURES_MAX)
    } else {
        widest_word(cell)
    }
}

/// Divides the room: everything fits = the rest goes to the widest; else the narrow ones get what they want and the wide ones
/// share, each at least its widest word; if not even words fit, words are cut.
fn share(room: f32, natural: &[f32], narrowest: &[f32]) -> Vec<f32> {
    let wanted: f32 = natural.iter().sum();
    if wanted <= room {
        let spare = (room - wanted) / natural.iter().map(|_| 1.0).sum::<f32>();
        return natural.iter().map(|width| width + spare).collect();
    }
    let least: f32 = narrowest.iter().sum();
    if least > room {
        return level(room, narrowest);
    }
    let more: Vec<f32> = natural.iter().zip(narrowest).map(|(natural, narrowest)| natural - narrowest).collect();
    level(room - least, &more).iter().zip(narrowest).map(|(more, narrowest)| more + narrowest).collect()
}

/// Gives each what it wants up to a common limit, so that all together take exactly the room.
fn level(room: f32, wanted: &[f32]) -> Vec<f32> {
    let mut by_width: Vec<f32> = wanted.to_vec();
    by_width.sort_by(f32::total_cmp);
    let (mut left, mut sharing) = (room, wanted.iter().map(|_| 1.0).sum::<f32>());
    let mut limit = 0.0;
    for width in by_width {
        limit = left / sharing;
        if width > limit {
            break;
        }
        left -= width;
        sharing -= 1.0;
    }
    wanted.iter().map(|width| width.min(limit)).collect()
}

/// A date with something after it.
fn is_moment(text: &str) -> bool {
    let Some((date, _)) = text.split_once(' ') else { return false };
    let is_digit = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    date.len() == 10 && date.bytes().enumerate().all(is_digit)
}

/// Whether all that stands in a column are amounts or counts.
fn is_amounts(rows: &[Vec<Rc<Shaped>>], column: usize) -> bool {
    let mut filled =
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.as_str()).filter(|text| !text.is_empty());
    let first = filled.next();
    first.is_some_and(is_amount) && filled.all(is_amount)
}

/// A sign, digits in groups, perhaps a currency before or after; not a date, a time or a long id.
fn is_amount(text: &str) -> bool {
    if matches!(text, "-" | "–" | "—") {
        return true;
    }
    let is_currency = |word: &str| {
        word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase())
            || matches!(word, "€" | "£" | "$" | "¥" | "%")
    };
    let number: Vec<&str> = text.split([' ', '\u{a0}', '\u{202f}']).filter(|word| !is_currency(word)).collect();
    let number = number.concat();
    let number = number.trim_start_matches(['+', '-', '−', '€', '£', '$', '¥']).trim_end_matches('%');
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let is_grouped = digits < number.len();
    number.starts_with(|first: char| first.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\''))
        && number.matches('.').count() <= if number.contains(',') { 3 } else { 1 }
        && (is_grouped || digits <= 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_from_dates_and_ids() {
        for amount in ["0", "-12.30", "−1,234.56", "+5 EUR", "USD 1 234,50", "¥100", "3.5%", "12'000.00", "—"] {
            assert!(is_amount(amount), "{amount}");
        }
        for other in ["2026-10-31", "09:00", "31.10.2026", "4200001234567890", "", "EUR", "A12", "1/3", "十二"] {
            assert!(!is_amount(other), "{other}");
        }
    }

    #[test]
    fn moments_are_told_from_dates_and_amounts() {
        for moment in ["2026-11-30 18:22:05 UTC+08:00", "2026-11-30 18:22"] {
            assert!(is_moment(moment), "{moment}");
        }
        for other in ["2026-11-30", "2026-11-30T18:22:05Z", "2026 11 30 18", "1234567890 EUR", "−1 234,50 EUR", "", " "]
        {
            assert!(!is_moment(other), "{other}");
        }
    }

    #[test]
    fn columns_take_the_room_and_no_more() {
        for (natural, narrowest) in
            [([2.0, 3.0, 4.0], [1.0; 3]), ([20.0, 3.0, 90.0], [2.0; 3]), ([90.0; 3], [80.0, 5.0, 9.0])]
        {
            let widths = share(40.0, &natural, &narrowest);
            assert!((widths.iter().sum::<f32>() - 40.0).abs() < 0.01, "{widths:?}");
        }
        assert_eq!(share(40.0, &[20.0, 3.0, 90.0], &[2.0; 3])[1], 3.0, "what is narrow is not squeezed");
    }
}
