//! The last whole calendar month, for the statement of the demo.

use std::time::{SystemTime, UNIX_EPOCH};

/// First and last day of the month before today's (UTC), as `YYYY-MM-DD`.
#[expect(clippy::disallowed_methods, reason = "the demo is made for today; no book depends on this clock")]
pub fn last() -> [String; 2] {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    before(seconds / 86_400)
}

/// `days` since 1970-01-01.
fn before(days: u64) -> [String; 2] {
    let (mut year, mut month, mut left) = (1970, 0, days);
    let (mut last_year, mut last_month) = (1969, 11);
    while left >= length(year, month) {
        left -= length(year, month);
        (last_year, last_month) = (year, month);
        (year, month) = if month == 11 { (year + 1, 0) } else { (year, month + 1) };
    }
    let day = |day| format!("{last_year}-{:02}-{day:02}", last_month + 1);
    [day(1), day(length(last_year, last_month))]
}

/// Days of a month counted from 0.
fn length(year: u64, month: usize) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 if leap => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::before;

    #[test]
    fn the_month_before() {
        assert_eq!(before(20_780), ["2026-10-01", "2026-10-31"]); // 2026-11-23
        assert_eq!(before(20_454), ["2025-12-01", "2025-12-31"]); // 2026-01-01
        assert_eq!(before(19_797), ["2024-02-01", "2024-02-29"]); // 2024-03-15
        assert_eq!(before(0), ["1969-12-01", "1969-12-31"]);
    }
}
