//! Checking a running balance line by line, whichever way round a file lists its rows.
//!
//! Rows of one second form a group. Inside a group rows may run forward or backward, and groups may come
//! oldest or newest first (providers/wechatpay.md 6.3: newest first, but equal times in file order),
//! so each group is followed both ways with nothing but its ends in memory.

use std::cmp::Ordering;

use jiff::civil::DateTime;

use super::{Warning, WarningCode};
use crate::{Currency, Money};

/// What the check needs of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BalanceLine {
    pub(super) line: u32,
    pub(super) time: DateTime,
    pub(super) net: i64,
    /// After the row.
    pub(super) balance: i64,
}

impl BalanceLine {
    fn opening(self) -> Option<i64> {
        self.balance.checked_sub(self.net)
    }

    /// Whether this row comes right after `earlier` on the account.
    fn follows(self, earlier: BalanceLine) -> bool {
        self.opening() == Some(earlier.balance)
    }
}

/// Which way round a file lists its rows, learned from its first ones.
#[derive(Debug, Clone, Default)]
pub(super) struct RowOrder {
    last: Option<(DateTime, Option<BalanceLine>)>,
    rows: u32,
    newest_first: Option<bool>,
    /// Rows of one second in file order, judged by their balances.
    same_second_backward: Option<bool>,
}

/// Rows looked at before the order counts as known.
const LEARN_ROWS: u32 = 2_000;

impl RowOrder {
    /// Looks at one more row; true when the order is known.
    pub(super) fn learn(&mut self, time: DateTime, row: Option<BalanceLine>) -> bool {
        self.rows += 1;
        if let Some((last_time, last)) = self.last.replace((time, row)) {
            match time.cmp(&last_time) {
                Ordering::Equal => self.judge_same_second(last, row),
                order => self.newest_first = self.newest_first.or(Some(order == Ordering::Less)),
            }
        }
        let without_balance = row.is_none() && self.newest_first.is_some();
        without_balance || self.same_second_backward.is_some() && self.newest_first.is_some() || self.rows >= LEARN_ROWS
    }

    fn judge_same_second(&mut self, last: Option<BalanceLine>, row: Option<BalanceLine>) {
        let (Some(last), Some(row)) = (last, row) else { return };
        match (row.follows(last), last.follows(row)) {
            (true, false) => self.same_second_backward = self.same_second_backward.or(Some(false)),
            (false, true) => self.same_second_backward = self.same_second_backward.or(Some(true)),
            _ => {}
        }
    }

    /// The `sequence` of the row with this number.
    pub(super) fn sequence(&self, number: u64) -> i64 {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let backward = self.same_second_backward.or(self.newest_first).unwrap_or(false);
        if backward { -number } else { number }
    }
}

/// Rows of one second, followed both ways.
#[derive(Debug, Clone, Copy)]
struct Group {
    first: BalanceLine,
    last: BalanceLine,
    forward_break: Option<Break>,
    backward_break: Option<Break>,
}

#[derive(Debug, Clone, Copy)]
struct Break {
    line: u32,
    stated: i64,
    expected: i64,
}

/// Follows the balance of one account through a file.
#[derive(Debug, Clone, Default)]
pub(super) struct BalanceChain {
    /// The group before: its earliest opening and latest closing, its line, its time.
    before: Option<Closed>,
    group: Option<Group>,
    breaks: u64,
    first: Option<Break>,
}

#[derive(Debug, Clone, Copy)]
struct Closed {
    line: u32,
    time: DateTime,
    opening: i64,
    closing: i64,
}

impl BalanceChain {
    pub(super) fn add(&mut self, row: BalanceLine) {
        match &mut self.group {
            Some(group) if group.last.time == row.time => group.add(row),
            _ => {
                self.close_group();
                self.group = Some(Group { first: row, last: row, forward_break: None, backward_break: None });
            }
        }
    }

    fn close_group(&mut self) {
        let Some(group) = self.group.take() else { return };
        let backward = group.forward_break.is_some() && group.backward_break.is_none();
        let (earliest, latest) = if backward { (group.last, group.first) } else { (group.first, group.last) };
        if !backward && let Some(broken) = group.forward_break {
            self.report(broken);
        }
        let Some(opening) = earliest.opening() else { return };
        let line = group.first.line;
        let closed = Closed { line, time: group.first.time, opening, closing: latest.balance };
        if let Some(before) = self.before.replace(closed) {
            let (earlier, later) = if before.time <= closed.time { (before, closed) } else { (closed, before) };
            if earlier.closing != later.opening {
                self.report(Break {
                    line: later.line.max(earlier.line),
                    stated: later.opening,
                    expected: earlier.closing,
                });
            }
        }
    }

    fn report(&mut self, broken: Break) {
        self.breaks += 1;
        self.first.get_or_insert(broken);
    }

    /// The warning, if the balance broke anywhere: names the first line and both figures.
    pub(super) fn finish(&mut self, currency: Currency) -> Option<Warning> {
        self.close_group();
        let first = self.first?;
        let (stated, expected) = (Money::new(first.stated, currency), Money::new(first.expected, currency));
        let more = if self.breaks > 1 { format!("; {} lines in all", self.breaks) } else { String::new() };
        let message = format!(
            "line {}: by its balance and amount the account held {stated} before, but the row before it closed with {expected}{more}",
            first.line
        );
        Some(Warning { code: WarningCode::BalanceBreak, message })
    }
}

impl Group {
    fn add(&mut self, row: BalanceLine) {
        let last = self.last;
        if !row.follows(last) {
            let broken = Break { line: row.line, stated: row.opening().unwrap_or(0), expected: last.balance };
            self.forward_break.get_or_insert(broken);
        }
        if !last.follows(row) {
            let broken = Break { line: row.line, stated: last.opening().unwrap_or(0), expected: row.balance };
            self.backward_break.get_or_insert(broken);
        }
        self.last = row;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// Rows as (second, net, balance), in file order from line 2.
    fn check(rows: &[(i8, i64, i64)]) -> (Option<Warning>, bool) {
        let (mut chain, mut order) = (BalanceChain::default(), RowOrder::default());
        for ((second, net, balance), line) in rows.iter().zip(2..) {
            let time = date(2026, 11, 20).at(9, 0, *second, 0);
            let row = BalanceLine { line, time, net: *net, balance: *balance };
            order.learn(time, Some(row));
            chain.add(row);
        }
        (chain.finish(Currency::CNY), order.sequence(1) < order.sequence(2))
    }

    #[test]
    fn a_balance_is_followed_whichever_way_round_the_rows_come() {
        let oldest_first = [(1, 100, 100), (2, 50, 150), (2, -1, 149), (3, -49, 100)];
        let mut newest_first = oldest_first;
        newest_first.reverse();
        let groups_reversed = [(3, -49, 100), (2, 50, 150), (2, -1, 149), (1, 100, 100)];
        assert_eq!(check(&oldest_first), (None, true));
        assert_eq!(check(&newest_first), (None, false));
        assert_eq!(check(&groups_reversed), (None, true));
    }

    #[test]
    fn a_break_names_its_line_and_both_figures() {
        let warning = check(&[(1, 100, 100), (2, 50, 151), (3, 10, 161)]).0.unwrap();
        assert_eq!(warning.code, WarningCode::BalanceBreak);
        assert!(warning.message.starts_with("line 3: "), "{}", warning.message);
        assert!(warning.message.contains("CNY 1.01") && warning.message.contains("CNY 1.00"), "{}", warning.message);
        let inside = check(&[(1, 100, 100), (1, 50, 170), (1, -1, 169)]).0.unwrap();
        assert!(inside.message.starts_with("line 3: "), "{}", inside.message);
    }
}
