//! Writing cells: figures, dates and quotes, appended to a text without detours.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// A minor amount in major units: `-12.30`.
pub(crate) fn push_money(text: &mut String, minor: i64, decimals: usize) {
    push_decimal(text, minor, decimals, false);
}

/// As [`push_money`], with commas between thousands: `1,250.00`.
pub(crate) fn push_grouped_money(text: &mut String, minor: i64, decimals: usize) {
    push_decimal(text, minor, decimals, true);
}

fn push_decimal(text: &mut String, minor: i64, decimals: usize, is_grouped: bool) {
    if minor < 0 {
        text.push('-');
    }
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    for (index, digit) in whole.chars().enumerate() {
        if is_grouped && index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if decimals > 0 {
        text.push('.');
        text.push_str(fraction);
    }
}

/// A number with zeros before it.
pub(crate) fn push_padded(text: &mut String, number: u64, width: u32) {
    let mut place = 10u64.saturating_pow(width.saturating_sub(1).min(19));
    let mut rest = number;
    while place > 0 {
        let digit = u32::try_from(rest / place % 10).unwrap_or(0);
        text.push(char::from_digit(digit, 10).unwrap_or('0'));
        rest %= place;
        place /= 10;
    }
}

/// A number in the letters of an id, 11 characters or more for 64 bits, always as many.
pub(crate) fn push_letters(text: &mut String, number: u64, alphabet: &[u8], length: usize) {
    let base = u64::try_from(alphabet.len()).unwrap_or(1);
    let mut rest = number;
    for _ in 0..length {
        let index = usize::try_from(rest.checked_rem(base).unwrap_or(0)).unwrap_or(0);
        text.push(char::from(alphabet.get(index).copied().unwrap_or(b'0')));
        rest = rest.checked_div(base).unwrap_or(0);
    }
}

pub(crate) const UPPER_AND_DIGITS: &[u8] = b"0123456789ABCDEFGHJKLMNPRSTUVWXY";
pub(crate) const ALL_LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Year, month and day with something between them; with nothing, `20261120`.
pub(crate) fn push_date(text: &mut String, date: Date, between: &str) {
    push_padded(text, u64::try_from(date.year()).unwrap_or(0), 4);
    text.push_str(between);
    push_padded(text, u64::try_from(date.month()).unwrap_or(0), 2);
    text.push_str(between);
    push_padded(text, u64::try_from(date.day()).unwrap_or(0), 2);
}

/// `2026年11月20日`
pub(crate) fn push_chinese_date(text: &mut String, date: Date) {
    for (number, width, unit) in [
        (u64::try_from(date.year()).unwrap_or(0), 4, '年'),
        (u64::try_from(date.month()).unwrap_or(0), 2, '月'),
        (u64::try_from(date.day()).unwrap_or(0), 2, '日'),
    ] {
        push_padded(text, number, width);
        text.push(unit);
    }
}

/// `09:15:02`
pub(crate) fn push_clock(text: &mut String, time: DateTime) {
    push_padded(text, u64::try_from(time.hour()).unwrap_or(0), 2);
    text.push(':');
    push_padded(text, u64::try_from(time.minute()).unwrap_or(0), 2);
    text.push(':');
    push_padded(text, u64::try_from(time.second()).unwrap_or(0), 2);
}

/// `2026-11-20 09:15:02`
pub(crate) fn push_time(text: &mut String, time: DateTime) {
    push_date(text, time.date(), "-");
    text.push(' ');
    push_clock(text, time);
}

/// One cell between quotes; the first of a line without a comma before it. No cell of the shop holds a quote.
pub(crate) fn push_quoted(text: &mut String, cell: &str) {
    open_cell(text);
    text.push_str(cell);
    text.push('"');
}

/// The comma and the quote before a cell.
pub(crate) fn open_cell(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push(',');
    }
    text.push('"');
}

/// The instant of a second since 1970.
pub(crate) fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn in_utc(second: i64) -> DateTime {
    Offset::UTC.to_datetime(instant(second))
}

/// China and Hong Kong: +08:00 all year.
pub(crate) fn in_china(second: i64) -> DateTime {
    Offset::constant(8).to_datetime(instant(second))
}

/// The first second of a day in UTC.
pub(crate) fn start_of_day(date: Date) -> i64 {
    TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).map_or(0, Timestamp::as_second)
}

pub(crate) fn next_day(date: Date) -> Date {
    date.saturating_add(1.day())
}
