//! Civil dates, times of day and zones as provider files write them.
//!
//! Deliberately absent: two-digit years, and guessing which of two small numbers is the month
//! ([`OrderLearner`] looks at all dates of a file and leaves it open where they leave it open).

mod order;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

pub(crate) use order::OrderLearner;

use crate::reader::DateOrder;

/// A numeric date before its order is known: year first, day first (points), or open (slashes, hyphens).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numeric {
    Certain { year: u16, month: u8, day: u8 },
    Open { first: u8, second: u8, year: u16 },
}

/// Parses `2026-01-31`, `2026/1/31`, `2026.1.31`, `20260131`, `31.01.2026`, and in the given order `31/01/2026` or
/// `01/31/2026`. Without an order only dates that need none are read.
pub(crate) fn parse_date(text: &str, order: impl Into<Option<DateOrder>>) -> Option<Date> {
    let (year, month, day) = match split_date(text.trim())? {
        Numeric::Certain { year, month, day } => (year, month, day),
        Numeric::Open { first, second, year } => match order.into()? {
            DateOrder::Dmy => (year, second, first),
            DateOrder::Mdy => (year, first, second),
        },
    };
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Parses `9:05`, `09:05:03`, `09:05:03.250` and all of them with AM or PM.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let text = text.trim();
    let (clock, half) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(letters) => (text.get(..letters)?.trim_end(), Some(parse_half_day(text.get(letters..)?)?)),
        None => (text, None),
    };
    let mut parts = clock.split(':');
    let hour = small(parts.next()?, 2)?;
    let minute = small(parts.next()?, 2)?;
    let (second, fraction) = match parts.next() {
        Some(seconds) => match seconds.split_once('.') {
            Some((seconds, fraction)) => (small(seconds, 2)?, parse_nanoseconds(fraction)?),
            None => (small(seconds, 2)?, 0),
        },
        None => (0, 0),
    };
    if parts.next().is_some() {
        return None;
    }
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(HalfDay::Morning) => hour % 12,
        Some(HalfDay::Afternoon) => hour % 12 + 12,
        None => hour,
    };
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, fraction).ok()
}

/// Parses a date and a time in one cell, and the offset behind them where there is one (`2026/01/06 00:00:30 -0800`, `…T00:00:30Z`).
/// A date alone is midnight.
pub(crate) fn parse_date_time(text: &str, order: impl Into<Option<DateOrder>>) -> Option<(DateTime, Option<Offset>)> {
    let text = text.trim();
    let Some(gap) = text.find(|c: char| c == 'T' || c.is_whitespace()) else {
        return Some((parse_date(text, order)?.to_datetime(Time::midnight()), None));
    };
    let date = parse_date(text.get(..gap)?, order)?;
    let rest = text.get(gap..)?.trim_start_matches(|c: char| c == 'T' || c.is_whitespace());
    let zone_at = rest.find(['+', '-', 'Z', 'z']).or_else(|| rest.find("UTC")).or_else(|| rest.find("GMT"));
    let (clock, offset) = match zone_at {
        Some(at) => (rest.get(..at)?, Some(parse_offset(rest.get(at..)?)?)),
        None => (rest, None),
    };
    Some((date.to_datetime(parse_time(clock)?), offset))
}

/// The instant of a civil time. In the hour a zone repeats in autumn the earlier one is taken, in the hour it
/// skips in spring the time an hour later (RFC 5545, as jiff's `compatible`).
pub(crate) fn instant(time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(time).compatible().ok()
}

/// A zone cell: an IANA name, an offset (`-0800`, `+08:00`, `GMT+8`), or an abbreviation that means one offset only.
///
/// The letters of the tz database's `northamerica`, `europe`, `asia` and `australasia` files are taken; names that
/// different countries use for different offsets (CST, IST, AST) are not, because a file does not say whose they are.
pub(crate) fn parse_zone(text: &str) -> Option<TimeZone> {
    let text = text.trim();
    if let Some(offset) = parse_offset(text) {
        return Some(TimeZone::fixed(offset));
    }
    if let Some(minutes) = abbreviation_minutes(text) {
        return Some(TimeZone::fixed(Offset::from_seconds(minutes * 60).ok()?));
    }
    // Only names with a place: jiff would also take "EST" or "PST8PDT" there, with other rules.
    text.contains('/').then(|| TimeZone::get(text).ok()).flatten()
}

/// As [`parse_zone`], but names of summer and winter time stand for the place that has both, so that one zone
/// describes a file from January to December. For showing; instants are read with the offset of each row.
pub(crate) fn parse_place(text: &str) -> Option<TimeZone> {
    let place = match text.trim() {
        "PST" | "PDT" => "America/Los_Angeles",
        "MDT" => "America/Denver",
        "CDT" => "America/Chicago",
        "EST" | "EDT" => "America/New_York",
        "BST" => "Europe/London",
        "CET" | "CEST" | "MEZ" | "MESZ" => "Europe/Berlin",
        "AEDT" => "Australia/Sydney",
        "NZST" | "NZDT" => "Pacific/Auckland",
        "JST" => "Asia/Tokyo",
        "HKT" => "Asia/Hong_Kong",
        "SGT" => "Asia/Singapore",
        other => return parse_zone(other),
    };
    TimeZone::get(place).ok()
}

fn abbreviation_minutes(text: &str) -> Option<i32> {
    let hours = match text {
        "WET" | "WEZ" => 0,
        "BST" | "CET" | "MEZ" | "WEST" | "WESZ" => 1,
        "CEST" | "MESZ" | "EET" | "OEZ" | "SAST" => 2,
        "EEST" | "OESZ" | "MSK" | "IDT" => 3,
        "ICT" | "WIB" => 7,
        "HKT" | "SGT" | "MYT" | "PHT" | "AWST" => 8,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "AEDT" => 11,
        "NZST" => 12,
        "NZDT" => 13,
        "ACST" => return Some(9 * 60 + 30),
        "ACDT" => return Some(10 * 60 + 30),
        "ADT" | "BRT" | "ART" => -3,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" | "AKDT" => -8,
        "AKST" => -9,
        "HST" => -10,
        _ => return None,
    };
    Some(hours * 60)
}

/// `Z`, `UTC`, `GMT`, `+08:00`, `-0800`, `+8`, `GMT+08:00`.
fn parse_offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    let rest = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    if matches!(text, "Z" | "z") || (rest.is_empty() && !text.is_empty()) {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match (rest.strip_prefix('+'), rest.strip_prefix('-').or(rest.strip_prefix('\u{2212}'))) {
        (Some(digits), _) => (1, digits),
        (None, Some(digits)) => (-1, digits),
        (None, None) => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes) = (small(hours, 2)?, small(minutes, 2)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).ok()
}

enum HalfDay {
    Morning,
    Afternoon,
}

fn parse_half_day(text: &str) -> Option<HalfDay> {
    let mut letters = text.chars().filter(|c| !matches!(c, '.' | ' ' | '\u{a0}')).map(|c| c.to_ascii_lowercase());
    let half = match letters.next()? {
        'a' => HalfDay::Morning,
        'p' => HalfDay::Afternoon,
        _ => return None,
    };
    (letters.next() == Some('m') && letters.next().is_none()).then_some(half)
}

fn parse_nanoseconds(digits: &str) -> Option<i32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let value: i32 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    let missing = u32::try_from(9 - digits.len()).ok()?;
    value.checked_mul(10_i32.pow(missing))
}

/// A number of one to `longest` digits.
fn small(text: &str, longest: usize) -> Option<u8> {
    if text.is_empty() || text.len() > longest {
        return None;
    }
    text.bytes().try_fold(0_u8, |sum, byte| {
        byte.is_ascii_digit().then(|| sum.checked_mul(10)?.checked_add(byte - b'0')).flatten()
    })
}

/// A year of exactly four digits.
fn year(text: &[u8]) -> Option<u16> {
    if text.len() != 4 {
        return None;
    }
    text.iter().try_fold(0_u16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u16::from(byte - b'0')))
}

/// A month or day of one or two digits, not zero.
fn part(text: &[u8]) -> Option<u8> {
    let value = match *text {
        [one @ b'0'..=b'9'] => one - b'0',
        [ten @ b'0'..=b'9', one @ b'0'..=b'9'] => (ten - b'0') * 10 + (one - b'0'),
        _ => return None,
    };
    (1..=31).contains(&value).then_some(value)
}

fn split_date(text: &str) -> Option<Numeric> {
    let bytes = text.as_bytes();
    let Some(mark_at) = bytes.iter().position(|byte| !byte.is_ascii_digit()) else {
        return (bytes.len() == 8)
            .then(|| {
                Some(Numeric::Certain { year: year(&bytes[..4])?, month: part(&bytes[4..6])?, day: part(&bytes[6..])? })
            })
            .flatten();
    };
    let mark = bytes[mark_at];
    if !matches!(mark, b'-' | b'/' | b'.') {
        return None;
    }
    let (first, rest) = (&bytes[..mark_at], &bytes[mark_at + 1..]);
    let second_at = rest.iter().position(|byte| *byte == mark)?;
    let (second, third) = (&rest[..second_at], &rest[second_at + 1..]);
    if first.len() == 4 {
        return Some(Numeric::Certain { year: year(first)?, month: part(second)?, day: part(third)? });
    }
    let (first, second, year) = (part(first)?, part(second)?, year(third)?);
    // Points stand in German and other European dates only, and those begin with the day. 02/02 is one day either way.
    Some(if mark == b'.' || first == second {
        Numeric::Certain { year, month: second, day: first }
    } else {
        Numeric::Open { first, second, year }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DMY: DateOrder = DateOrder::Dmy;
    const MDY: DateOrder = DateOrder::Mdy;

    #[test]
    fn dates_of_all_forms_are_the_same_day() {
        for (text, order) in [
            ("2026-02-01", MDY),
            ("2026/2/1", DMY),
            ("2026.02.01", DMY),
            ("20260201", DMY),
            ("01.02.2026", MDY),
            ("1/2/2026", DMY),
            ("2/1/2026", MDY),
            ("02-01-2026", MDY),
        ] {
            assert_eq!(parse_date(text, order), Some(jiff::civil::date(2026, 2, 1)), "{text}");
        }
    }

    #[test]
    fn a_day_with_the_number_of_its_month_needs_no_order() {
        assert_eq!(parse_date("02/02/2026", None), Some(jiff::civil::date(2026, 2, 2)));
        assert_eq!(parse_date("02/03/2026", None), None);
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "",
            "1/2/26",
            "01.02.26",
            "31/31/2026",
            "2026-02-30",
            "2026-13-01",
            "2026-2",
            "2026/02.01",
            "46023",
            "a/b/c",
            "1/2/20266",
        ] {
            assert_eq!(parse_date(text, DMY), None, "{text} was accepted");
        }
    }

    #[test]
    fn times_are_read_with_and_without_halves_of_the_day() {
        use jiff::civil::time;
        for (text, expected) in [
            ("9:05", Some(time(9, 5, 0, 0))),
            ("09:05:03", Some(time(9, 5, 3, 0))),
            ("09:05:03.25", Some(time(9, 5, 3, 250_000_000))),
            ("12:00:01 AM", Some(time(0, 0, 1, 0))),
            ("12:00 pm", Some(time(12, 0, 0, 0))),
            ("1:05 p. m.", Some(time(13, 5, 0, 0))),
            ("24:00", None),
            ("13:05 PM", None),
            ("0:05 AM", None),
            ("09", None),
            ("09:05:03:01", None),
            ("09:05 XM", None),
        ] {
            assert_eq!(parse_time(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cell_can_hold_date_time_and_offset() {
        let expected = jiff::civil::date(2026, 1, 6).at(0, 0, 30, 0);
        let west = Offset::from_seconds(-8 * 3600).unwrap();
        assert_eq!(parse_date_time("2026/01/06 00:00:30 -0800", DMY), Some((expected, Some(west))));
        assert_eq!(parse_date_time("2026-01-06T00:00:30Z", DMY), Some((expected, Some(Offset::UTC))));
        assert_eq!(parse_date_time("2026-01-06 00:00:30 UTC", DMY), Some((expected, Some(Offset::UTC))));
        assert_eq!(parse_date_time("06/01/2026 0:00:30", DMY), Some((expected, None)));
        assert_eq!(parse_date_time("2026-01-06", DMY), Some((jiff::civil::date(2026, 1, 6).at(0, 0, 0, 0), None)));
        assert_eq!(parse_date_time("2026-01-06 later", DMY), None);
    }

    #[test]
    fn zones_are_names_offsets_and_letters_with_one_meaning() {
        let noon = jiff::civil::date(2026, 7, 1).at(12, 0, 0, 0);
        for (zone, utc) in [
            ("PDT", "2026-07-01T19:00:00Z"),
            ("PST", "2026-07-01T20:00:00Z"),
            ("MESZ", "2026-07-01T10:00:00Z"),
            ("JST", "2026-07-01T03:00:00Z"),
            ("GMT", "2026-07-01T12:00:00Z"),
            ("GMT+08:00", "2026-07-01T04:00:00Z"),
            ("-0800", "2026-07-01T20:00:00Z"),
            ("America/Los_Angeles", "2026-07-01T19:00:00Z"),
            ("Europe/Berlin", "2026-07-01T10:00:00Z"),
        ] {
            let zone = parse_zone(zone).unwrap();
            assert_eq!(instant(noon, &zone), Some(utc.parse().unwrap()), "{zone:?}");
        }
        for unknown in ["", "CST", "IST", "XYZ", "Mars/Phobos", "+99", "PST8PDT"] {
            assert!(parse_zone(unknown).is_none(), "{unknown} was accepted");
        }
    }

    proptest! {
        #[test]
        fn a_written_date_is_read_back(days in -20_000_i32..40_000, dmy: bool) {
            let date = jiff::civil::date(2000, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let (y, m, d) = (date.year(), date.month(), date.day());
            let order = if dmy { DMY } else { MDY };
            let slashes = if dmy { format!("{d:02}/{m:02}/{y}") } else { format!("{m}/{d}/{y}") };
            for text in [date.to_string(), slashes, format!("{d:02}.{m:02}.{y}")] {
                prop_assert_eq!(parse_date(&text, order), Some(date), "{}", text);
            }
        }

        #[test]
        fn any_text_is_answered(text in ".{0,30}") {
            parse_date_time(&text, DMY);
            parse_time(&text);
            parse_zone(&text);
        }
    }
}
