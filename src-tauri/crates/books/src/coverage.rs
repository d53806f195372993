//! Coverage: which months of a wallet its statement files speak for.
//!
//! Days are counted. A stated period speaks for all of its days. A period a file does not state speaks for certain
//! only for the days between its first and its last row's day: rows may be missing before and after on those two.
//! So the months at the edges of such a file are partial, and the months inside it complete.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use crate::reader::Period;

/// How far the files of a wallet speak for a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthState {
    /// Every day.
    Complete,
    /// Some days, or days that are not certain.
    Partial,
    /// No day, between months that have some.
    Missing,
    /// A file tells days of this month otherwise than another file of the same form.
    Overlapping,
}

/// A month, its state, and the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    pub year: i16,
    pub month: i8,
    pub state: MonthState,
    /// Days that no file speaks for with certainty.
    pub open: Vec<Days>,
}

/// Days from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days {
    pub from: Date,
    pub to: Date,
}

impl Days {
    /// `None` where it would end before it begins.
    #[must_use]
    pub fn new(from: Date, to: Date) -> Option<Days> {
        (from <= to).then_some(Days { from, to })
    }

    fn meets(self, other: Days) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// Each month from the first to the last that a file touches, once and ascending.
///
/// `conflicts` are days that two files of the same form tell with different rows. The store finds them by comparing rows:
/// files that overlap with equal rows do no harm.
#[must_use]
pub fn months(files: &[Period], conflicts: &[Days]) -> Vec<Month> {
    let touched: Vec<Days> = files.iter().filter_map(|period| Days::new(period.from, period.to)).collect();
    let (Some(first), Some(last)) =
        (touched.iter().map(|days| days.from).min(), touched.iter().map(|days| days.to).max())
    else {
        return Vec::new();
    };
    let certain = join(files.iter().filter_map(|period| certain_days(*period)).collect());
    let mut months = Vec::new();
    let mut month = first.first_of_month();
    while month <= last {
        let days = Days { from: month, to: month.last_of_month() };
        let touches = |others: &[Days]| others.iter().any(|other| other.meets(days));
        let state = match () {
            () if touches(conflicts) => MonthState::Overlapping,
            () if certain.iter().any(|whole| whole.from <= days.from && days.to <= whole.to) => MonthState::Complete,
            () if touches(&touched) => MonthState::Partial,
            () => MonthState::Missing,
        };
        months.push(Month { year: month.year(), month: month.month(), state, open: open_days(days, &certain) });
        let Ok(next) = month.checked_add(1.month()) else { break };
        month = next;
    }
    months
}

/// The days of a month that are in none of these, which are joined and ascending.
fn open_days(month: Days, certain: &[Days]) -> Vec<Days> {
    let mut open = Vec::new();
    let mut next = Some(month.from);
    for days in certain.iter().filter(|days| days.meets(month)) {
        if let (Some(from), Ok(before)) = (next, days.from.yesterday()) {
            open.extend(Days::new(from, before));
        }
        next = days.to.tomorrow().ok();
    }
    open.extend(next.and_then(|from| Days::new(from, month.to)));
    open
}

fn certain_days(period: Period) -> Option<Days> {
    if period.stated {
        return Days::new(period.from, period.to);
    }
    Days::new(period.from.tomorrow().ok()?, period.to.yesterday().ok()?)
}

/// Joins days that meet or follow each other.
fn join(mut all: Vec<Days>) -> Vec<Days> {
    all.sort_unstable();
    let mut joined: Vec<Days> = Vec::new();
    for days in all {
        match joined.last_mut() {
            Some(last) if last.to.tomorrow().map_or(true, |next| days.from <= next) => last.to = last.to.max(days.to),
            _ => joined.push(days),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(from: &str, to: &str, stated: bool) -> Period {
        Period { from: from.parse().unwrap(), to: to.parse().unwrap(), stated }
    }

    fn states(files: &[Period]) -> Vec<(i8, MonthState)> {
        months(files, &[]).iter().map(|month| (month.month, month.state)).collect()
    }

    use MonthState::{Complete, Missing, Overlapping, Partial};

    #[test]
    fn a_stated_period_speaks_for_all_of_its_days() {
        assert_eq!(states(&[file("2026-01-01", "2026-02-27", true)]), [(1, Complete), (2, Partial)]);
        let days: Vec<Period> =
            (1..=30).map(|day| file(&format!("2026-11-{day:02}"), &format!("2026-11-{day:02}"), true)).collect();
        assert_eq!(states(&days), [(11, Complete)]);
        assert_eq!(states(&days[1..]), [(11, Partial)]);
    }

    #[test]
    fn edge_months_of_an_unstated_period_are_partial() {
        assert_eq!(states(&[file("2026-01-01", "2026-03-31", false)]), [(1, Partial), (2, Complete), (3, Partial)]);
        let following = [file("2026-01-05", "2026-02-10", false), file("2026-02-11", "2026-03-20", false)];
        assert_eq!(states(&following), [(1, Partial), (2, Partial), (3, Partial)]);
        assert_eq!(
            states(&[file("2026-01-05", "2026-02-11", false), following[1]]),
            [(1, Partial), (2, Partial), (3, Partial)]
        );
        assert_eq!(states(&[file("2026-01-05", "2026-02-12", false), following[1]])[1], (2, Complete));
    }

    #[test]
    fn months_between_files_are_missing_and_conflicts_are_named() {
        let files = [file("2025-12-01", "2025-12-31", true), file("2026-02-01", "2026-02-28", true)];
        assert_eq!(states(&files), [(12, Complete), (1, Missing), (2, Complete)]);
        let conflict = Days { from: "2026-02-03".parse().unwrap(), to: "2026-02-04".parse().unwrap() };
        let told: Vec<_> = months(&files, &[conflict]).iter().map(|month| month.state).collect();
        assert_eq!(told, [Complete, Missing, Overlapping]);
        assert_eq!(states(&[]), []);
    }

    #[test]
    fn open_days_are_named() {
        let days = |from: &str, to: &str| Days { from: from.parse().unwrap(), to: to.parse().unwrap() };
        let files = [file("2026-01-05", "2026-01-10", true), file("2026-01-20", "2026-02-10", false)];
        let months = months(&files, &[]);
        assert_eq!(months[0].open, [days("2026-01-01", "2026-01-04"), days("2026-01-11", "2026-01-20")]);
        assert_eq!(months[1].open, [days("2026-02-10", "2026-02-28")]);
    }

    proptest! {
        #[test]
        fn each_month_comes_once_and_ascending(periods in proptest::collection::vec((0i32..900, 0i32..200, any::<bool>()), 1..12)) {
            let base = jiff::civil::date(2024, 1, 1);
            let files: Vec<Period> = periods.iter().map(|(start, length, stated)| {
                let from = base.checked_add(start.days()).unwrap();
                Period { from, to: from.checked_add(length.days()).unwrap(), stated: *stated }
            }).collect();
            let months = months(&files, &[]);
            for pair in months.windows(2) {
                let number = |month: &Month| i32::from(month.year) * 12 + i32::from(month.month);
                prop_assert_eq!(number(&pair[0]) + 1, number(&pair[1]));
            }
            for month in &months {
                prop_assert_eq!(month.open.is_empty(), month.state == Complete);
            }
            let doubled: Vec<Period> = files.iter().chain(&files).copied().collect();
            prop_assert_eq!(&super::months(&doubled, &[]), &months);
        }
    }
}
