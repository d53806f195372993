//! The shape of each column's cells, over all rows.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::Currency;
use crate::reader::DateOrder::{Dmy, Mdy};
use crate::reader::dates::{OrderLearner, parse_date_time, parse_time, parse_zone};
use crate::reader::mapping::{is_paypal_id, parse_amount, parse_currency, plain_date, words};
use crate::reader::number::{FormatLearner, NumberFormat, number_clue};

/// Different values counted per column; beyond that a column simply has many.
const MAX_DISTINCT: usize = 4_096;

/// What the cells of one column have in common. Counts are of cells that are not empty.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub(super) filled: u64,
    amounts: u64,
    /// Amounts with a decimal mark or a currency sign: a count of things has none.
    marked: u64,
    /// Digits without any mark, too long or with zeros in front: an id.
    codes: u64,
    pub(super) dates: u64,
    pub(super) times_in_dates: u64,
    pub(super) times: u64,
    pub(super) zones: u64,
    pub(super) currencies: u64,
    pub(super) paypal_ids: u64,
    pub(super) known_types: u64,
    pub(super) known_statuses: u64,
    pub(super) directions: u64,
    pub(super) addresses: u64,
    blanks: u64,
    digits: u64,
    long: u64,
    distinct: HashSet<u64>,
    /// A value that came before, while all values were still counted.
    pub(super) repeats: u64,
    counted: u64,
    pub(super) order: OrderLearner,
    format: FormatLearner,
}

impl Column {
    pub(super) fn look(&mut self, cell: &str) {
        if is_none(cell) {
            return;
        }
        self.filled += 1;
        self.look_at_value(cell);
        let date = plain_date(cell);
        if let Some((time, offset)) = parse_date_time(&date, Dmy).or_else(|| parse_date_time(&date, Mdy)) {
            self.dates += 1;
            self.times_in_dates += u64::from(offset.is_some() || time.time() != jiff::civil::Time::midnight());
            let day = date.split([' ', 'T']).next().unwrap_or_default();
            self.order.look(day, Some(time.time()));
        }
        self.times += u64::from(parse_time(cell).is_some());
        self.zones += u64::from(cell.len() > 2 && cell.contains(char::is_alphabetic) && parse_zone(cell).is_some());
        self.currencies += u64::from(parse_currency(cell).is_some());
        self.paypal_ids += u64::from(is_paypal_id(cell));
        self.known_types += u64::from(words::kind(cell, 1).is_some());
        self.known_statuses += u64::from(words::status(cell).is_some());
        self.directions += u64::from(words::takes(cell).is_some());
        self.addresses += u64::from(cell.contains('@'));
        self.blanks += u64::from(cell.contains(char::is_whitespace));
        self.digits += u64::from(cell.contains(|c: char| c.is_ascii_digit()));
        self.long += u64::from(cell.len() >= 6);
        self.look_for_repeats(cell);
    }

    fn look_at_value(&mut self, cell: &str) {
        let bare = cell.bytes().all(|byte| byte.is_ascii_digit());
        self.codes += u64::from(bare && (cell.len() > 12 || (cell.len() > 1 && cell.starts_with('0'))));
        let both = [NumberFormat::Point, NumberFormat::Comma];
        if both.into_iter().any(|format| parse_amount(cell, format, 2, None).is_some()) {
            self.amounts += 1;
            self.marked +=
                u64::from(cell.contains(['.', ',']) || cell.contains(|c: char| !c.is_ascii() && !c.is_numeric()));
            self.format.look(number_clue(cell, Currency::CNY));
        }
    }

    fn look_for_repeats(&mut self, cell: &str) {
        if self.distinct.len() >= MAX_DISTINCT {
            return;
        }
        let mut hasher = DefaultHasher::new();
        cell.hash(&mut hasher);
        self.counted += 1;
        self.repeats += u64::from(!self.distinct.insert(hasher.finish()));
    }

    pub(super) fn blanks(&self) -> u64 {
        self.blanks
    }

    /// Whether every cell has a digit: an invoice number, a code.
    pub(super) fn has_digits(&self) -> bool {
        self.all(self.digits)
    }

    pub(super) fn is_dated(&self) -> bool {
        self.mostly(self.dates) || self.mostly(self.times)
    }

    pub(super) fn distinct(&self) -> usize {
        self.distinct.len()
    }

    /// Whether three cells of four are of a kind: a damaged cell or a line of totals does not hide what a column is.
    pub(super) fn mostly(&self, count: u64) -> bool {
        self.filled > 0 && count * 4 >= self.filled * 3
    }

    /// Whether the cells are amounts, and none looks like a code.
    pub(super) fn is_amounts(&self) -> bool {
        self.mostly(self.amounts) && self.codes == 0
    }

    pub(super) fn is_marked(&self) -> bool {
        self.marked > 0
    }

    pub(super) fn all(&self, count: u64) -> bool {
        self.filled > 0 && count == self.filled
    }

    /// Whether the column names each row by a value of its own.
    pub(super) fn is_unique_id(&self, rows: u64) -> bool {
        let named = self.filled == rows && self.repeats == 0 && self.counted >= 2;
        named && self.digits == self.filled && self.long == self.filled && self.blanks == 0 && self.addresses == 0
    }

    /// Whether it is PayPal's kind of id in most rows. Ids repeat where a payment has several rows.
    pub(super) fn is_paypal_id(&self, rows: u64) -> bool {
        self.all(self.paypal_ids) && self.filled * 10 >= rows * 9 && self.repeats * 2 <= self.counted
    }

    /// A few words over and over: a type, a status, a country.
    pub(super) fn is_one_of_few(&self) -> bool {
        self.distinct() <= 24 && self.repeats > 0 && self.digits * 2 < self.filled
    }
}

/// Whether a cell stands for nothing.
pub(super) fn is_none(cell: &str) -> bool {
    matches!(cell, "" | "-" | "--" | "—" | "..." | "/")
}

/// All columns of a file.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) columns: Vec<Column>,
    pub(super) rows: u64,
}

impl Columns {
    pub(super) fn new(width: usize) -> Columns {
        Columns { columns: std::iter::repeat_with(Column::default).take(width).collect(), rows: 0 }
    }

    /// Looks at a row; one of another width is a footer or damaged, and is left out.
    pub(super) fn look(&mut self, cells: &[Cow<'_, str>]) {
        if cells.len() < self.columns.len() {
            return;
        }
        self.rows += 1;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.look(cell);
        }
    }

    /// The columns for which this holds.
    pub(super) fn which(&self, holds: impl Fn(&Column) -> bool) -> Vec<usize> {
        self.columns.iter().enumerate().filter(|(_, column)| holds(column)).map(|(at, _)| at).collect()
    }

    /// Columns of amounts. Where some have a decimal mark, a column without any is a count or a number of rows.
    pub(super) fn amounts(&self) -> Vec<usize> {
        let is_amounts = |column: &Column| column.is_amounts() && !column.is_dated();
        let any_marked = self.columns.iter().any(|column| is_amounts(column) && column.is_marked());
        self.which(|column| is_amounts(column) && (column.is_marked() || !any_marked))
    }

    /// The format most amounts are certain of.
    pub(super) fn format(&self, amounts: &[usize]) -> NumberFormat {
        let mut all = FormatLearner::default();
        amounts.iter().for_each(|at| all.add(&self.columns[*at].format));
        all.found().unwrap_or(NumberFormat::Point)
    }
}
