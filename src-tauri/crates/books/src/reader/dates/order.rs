//! The order of day and month, learned from all dates of a file.

use jiff::civil::{Date, Time};

use super::{Numeric, parse_date, split_date};
use crate::reader::{DateOrder, Refusal, RefusalCode};

/// Finds out whether the numeric dates of a file begin with the day or with the month.
///
/// First clue: a part above 12 is a day. Second clue, for the files of a provider that writes rows in the order
/// of time: the reading under which the dates never turn back, when the other reading does turn back.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrderLearner {
    /// A cell that only one order can read.
    found: Option<DateOrder>,
    contradicted: bool,
    /// Some cell needs an order at all.
    open: bool,
    looked_at: u32,
    day_first: Run,
    month_first: Run,
    example: String,
}

/// Whether the dates under one reading run in one direction.
#[derive(Debug, Clone, Default)]
struct Run {
    last: Option<(Date, Option<Time>)>,
    rises: u32,
    falls: u32,
    unreadable: bool,
    /// Steps between rows of one day as well.
    later: u32,
    earlier: u32,
}

impl Run {
    fn look(&mut self, date: Option<Date>, time: Option<Time>) {
        let Some(date) = date else {
            self.unreadable = true;
            return;
        };
        if let Some((last, last_time)) = self.last {
            self.rises += u32::from(date > last);
            self.falls += u32::from(date < last);
            self.later += u32::from(date > last || (date == last && time > last_time));
            self.earlier += u32::from(date < last || (date == last && time < last_time));
        }
        self.last = Some((date, time));
    }

    fn turns(&self) -> bool {
        self.unreadable || (self.rises > 0 && self.falls > 0)
    }
}

impl OrderLearner {
    /// Fewer steps than this in one direction can be chance.
    const STEPS: u32 = 2;

    /// Looks at one date cell and, where it has one, its time of day.
    pub(crate) fn look(&mut self, text: &str, time: Option<Time>) {
        let Some(numeric) = split_date(text.trim()) else { return };
        self.looked_at = self.looked_at.saturating_add(1);
        if let Numeric::Open { first, second, .. } = numeric {
            if !self.open {
                self.open = true;
                self.example = text.trim().chars().take(10).collect();
            }
            match (first > 12, second > 12) {
                (true, false) => self.find(DateOrder::Dmy),
                (false, true) => self.find(DateOrder::Mdy),
                _ => {}
            }
        }
        self.day_first.look(parse_date(text, DateOrder::Dmy), time);
        self.month_first.look(parse_date(text, DateOrder::Mdy), time);
    }

    fn find(&mut self, order: DateOrder) {
        self.contradicted |= self.found.is_some_and(|found| found != order);
        self.found = Some(order);
    }

    /// A new block of rows begins (the next currency of a statement): the next date does not follow from the last.
    pub(crate) fn restart(&mut self) {
        self.day_first.last = None;
        self.month_first.last = None;
    }

    /// Whether one order is certain: a date that only one order can read, or dates that need none.
    pub(crate) fn is_certain(&self) -> bool {
        self.found.is_some() || (self.looked_at > 0 && !self.open)
    }

    /// Whether most rows seen so far are earlier than the row above them, under the order found.
    pub(crate) fn newest_first(&self, order: Option<DateOrder>) -> bool {
        let run = if order == Some(DateOrder::Mdy) { &self.month_first } else { &self.day_first };
        run.earlier > run.later
    }

    /// The order of the file, or the hint; `None` where its dates need no order.
    pub(crate) fn settle(&self, hint: Option<DateOrder>) -> Result<Option<DateOrder>, Refusal> {
        if self.contradicted {
            let (expected, found) = ("dates in one order of day and month", "days above 12 in both places");
            return Err(refusal(RefusalCode::Damaged, expected, found));
        }
        let (days, months) = (&self.day_first, &self.month_first);
        let by_run = match (days.turns(), months.turns()) {
            (false, true) if days.rises + days.falls >= Self::STEPS => Some(DateOrder::Dmy),
            (true, false) if months.rises + months.falls >= Self::STEPS => Some(DateOrder::Mdy),
            _ => None,
        };
        match self.found.or(hint).or(by_run) {
            None if self.open => Err(refusal(
                RefusalCode::NeedsDateOrder,
                "a date that shows whether day or month comes first (say --date-order dmy or mdy)",
                &self.example,
            )),
            order => Ok(order),
        }
    }
}

fn refusal(code: RefusalCode, expected: &str, found: &str) -> Refusal {
    Refusal { code, expected: expected.to_owned(), found: found.to_owned(), line: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::dates::parse_time;

    const DMY: DateOrder = DateOrder::Dmy;
    const MDY: DateOrder = DateOrder::Mdy;

    fn learn(dates: &[&str]) -> Result<Option<DateOrder>, RefusalCode> {
        let mut learner = OrderLearner::default();
        dates.iter().for_each(|date| learner.look(date, None));
        learner.settle(None).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_day_above_twelve_shows_the_order() {
        assert_eq!(learn(&["01/02/2026", "13/02/2026"]), Ok(Some(DMY)));
        assert_eq!(learn(&["01/02/2026", "02/13/2026"]), Ok(Some(MDY)));
        assert_eq!(learn(&["13/02/2026", "02/13/2026"]), Err(RefusalCode::Damaged));
    }

    #[test]
    fn dates_that_turn_back_under_one_order_show_the_other() {
        assert_eq!(learn(&["01/10/2026", "02/10/2026", "01/11/2026"]), Ok(Some(DMY)));
        assert_eq!(learn(&["12/01/2026", "11/05/2026", "11/02/2026"]), Ok(Some(MDY)));
    }

    #[test]
    fn rows_of_one_day_show_which_end_is_newest_by_their_times() {
        let mut learner = OrderLearner::default();
        for (date, time) in [("2026-02-02", "09:00"), ("2026-02-01", "18:00"), ("2026-02-01", "07:00")] {
            learner.look(date, parse_time(time));
        }
        assert!(learner.newest_first(None));
        assert!(learner.is_certain());
    }

    #[test]
    fn an_open_order_is_never_guessed() {
        assert_eq!(learn(&["01/02/2026", "02/03/2026", "03/04/2026"]), Err(RefusalCode::NeedsDateOrder));
        assert_eq!(learn(&["05/02/2026", "02/03/2026"]), Err(RefusalCode::NeedsDateOrder));
        assert_eq!(learn(&["05/02/2026", "02/03/2026", "06/01/2026", "01/04/2026"]), Err(RefusalCode::NeedsDateOrder));
        let mut learner = OrderLearner::default();
        learner.look("01/02/2026", None);
        assert_eq!(learner.settle(Some(DMY)), Ok(Some(DMY)));
        assert_eq!(learn(&["2026-02-01", "01.02.2026", ""]), Ok(None));
        assert_eq!(learn(&["02/02/2026", "03/03/2026"]), Ok(None));
        assert_eq!(learn(&["02/02/2026", "03/04/2026"]), Err(RefusalCode::NeedsDateOrder));
        assert_eq!(parse_date("01/02/2026", None), None);
    }
}
