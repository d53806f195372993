//! The running balance of each currency: what it says about rows that moved it, and where it does not follow.

use crate::Currency;

/// What the Balance column said while the file was learned.
///
/// Only from the balance is it known which end of the file is newest when rows share a second, and in a file with
/// the newest row first a row's own movement is known only from the row below it.
#[derive(Debug, Default)]
pub(super) struct Learned {
    last: Vec<(Currency, Option<Stand>)>,
    /// Rows whose balance is the one above plus their own net amount.
    follows_above: u32,
    /// Rows whose balance is the one below plus their own net amount.
    follows_below: u32,
    /// By row of the file, were it read from below.
    verdicts: Vec<Verdict>,
}

#[derive(Debug, Clone, Copy)]
struct Stand {
    row: usize,
    net: i64,
    balance: i64,
}

/// Whether a row moved its balance, as far as the Balance column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Moved,
    Stood,
    Unknown,
}

impl Verdict {
    fn of(change: Option<i64>, net: i64) -> Verdict {
        match change {
            Some(change) if net != 0 && change == net => Verdict::Moved,
            Some(0) if net != 0 => Verdict::Stood,
            _ => Verdict::Unknown,
        }
    }
}

impl Learned {
    /// Looks at the next row; `None` where it has no balance.
    pub(super) fn look(&mut self, currency: Currency, net_and_balance: Option<(i64, i64)>) {
        let row = self.verdicts.len();
        self.verdicts.push(Verdict::Unknown);
        let stand = net_and_balance.map(|(net, balance)| Stand { row, net, balance });
        let Some(index) = self.last.iter().position(|(seen, _)| *seen == currency) else {
            self.last.push((currency, stand));
            return;
        };
        let above = std::mem::replace(&mut self.last[index].1, stand);
        if let (Some(above), Some(stand)) = (above, stand) {
            let change = stand.balance.checked_sub(above.balance);
            let from_above = Verdict::of(change, stand.net);
            let from_below = Verdict::of(change.and_then(i64::checked_neg), above.net);
            self.follows_above += u32::from(from_above == Verdict::Moved);
            self.follows_below += u32::from(from_below == Verdict::Moved);
            self.verdicts[above.row] = from_below;
        }
    }

    /// A row that cannot be read: the chain begins anew.
    pub(super) fn skip(&mut self) {
        self.verdicts.push(Verdict::Unknown);
        self.last.clear();
    }

    /// Which end is newest, where the balances show it.
    pub(super) fn newest_first(&self) -> Option<bool> {
        (self.follows_above != self.follows_below).then_some(self.follows_below > self.follows_above)
    }

    /// Whether enough rows were seen to be sure that the oldest row comes first.
    pub(super) fn is_surely_oldest_first(&self) -> bool {
        self.follows_above >= 100 && self.follows_below < self.follows_above / 4
    }

    /// The verdict on a row of a file with the newest row first.
    pub(super) fn verdict_from_below(&self, row: usize) -> Verdict {
        self.verdicts.get(row).copied().unwrap_or(Verdict::Unknown)
    }
}

/// The running balance of one currency while rows are handed out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Running {
    /// The balance the next row must start from (oldest first) or end at (newest first).
    expected: Option<i64>,
}

impl Running {
    /// Whether a row of a file with the oldest row first moved the balance.
    pub(super) fn verdict_from_above(self, net: i64, balance: Option<i64>) -> Verdict {
        let change = balance.zip(self.expected).and_then(|(balance, last)| balance.checked_sub(last));
        Verdict::of(change, net)
    }

    /// Takes a row; answers the balance that was expected where the file states another.
    pub(super) fn take(&mut self, moved_by: i64, balance: Option<i64>, newest_first: bool) -> Option<i64> {
        let expected = match self.expected {
            Some(last) if newest_first => Some(last),
            Some(last) => last.checked_add(moved_by),
            None => None,
        };
        let stand = balance.or(expected);
        self.expected = if newest_first { stand.and_then(|stand| stand.checked_sub(moved_by)) } else { stand };
        expected.filter(|expected| balance.is_some_and(|balance| balance != *expected))
    }

    /// A row was skipped: what follows cannot be checked against what was before.
    pub(super) fn forget(&mut self) {
        self.expected = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd() -> Currency {
        Currency::parse("USD").unwrap()
    }

    #[test]
    fn the_balance_shows_which_rows_moved_it_from_above() {
        let mut running = Running::default();
        assert_eq!(running.verdict_from_above(-699, Some(-699)), Verdict::Unknown);
        assert_eq!(running.take(-699, Some(-699), false), None);
        assert_eq!(running.verdict_from_above(699, Some(0)), Verdict::Moved);
        assert_eq!(running.take(699, Some(0), false), None);
        assert_eq!(running.verdict_from_above(500, Some(0)), Verdict::Stood);
        assert_eq!(running.take(0, Some(0), false), None);
        assert_eq!(running.take(100, Some(300), false), Some(100));
        assert_eq!(running.take(100, Some(400), false), None);
    }

    #[test]
    fn the_balance_shows_which_rows_moved_it_from_below() {
        let mut learned = Learned::default();
        // Newest first: +100 to 600, a memo of 50 at 500, -200 to 500, first row at 700.
        for (net, balance) in [(100, 600), (50, 500), (-200, 500), (700, 700)] {
            learned.look(usd(), Some((net, balance)));
        }
        assert_eq!(learned.newest_first(), Some(true));
        assert_eq!(learned.verdict_from_below(0), Verdict::Moved);
        assert_eq!(learned.verdict_from_below(1), Verdict::Stood);
        assert_eq!(learned.verdict_from_below(2), Verdict::Moved);
        assert_eq!(learned.verdict_from_below(3), Verdict::Unknown);
        let mut running = Running::default();
        assert_eq!(running.take(100, Some(600), true), None);
        assert_eq!(running.take(0, Some(500), true), None);
        assert_eq!(running.take(-200, Some(500), true), None);
        assert_eq!(running.take(700, Some(650), true), Some(700));
    }
}
