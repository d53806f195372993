//! Payouts: which transactions a payout paid, where the provider does not say so itself.
//!
//! Automatic payouts pay everything up to some day, a fixed number of days late. So the rows between two such days are
//! added up, and a window whose sum is the payout's amount to the cent explains it. That is a finding by arithmetic and
//! is never called more than likely: two windows may have one sum.
//!
//! Deliberately absent: picking single transactions until their sum fits. Something always fits.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Longest delay between a day's transactions and their payout that is tried: Stripe pays new accounts after up to 14 days
/// (docs.stripe.com/payouts, 2026-11).
const LONGEST_DELAY: i64 = 14;
/// Days one payout may pay for where the one before it is not explained: monthly payouts.
const LONGEST_WINDOW: i64 = 35;

/// A row that moved one account's balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    pub booking_date: Date,
    /// Minor units.
    pub net: i64,
    pub kind: MovementKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    /// Money left for the owner's bank.
    Payout,
    /// Not added up: a payout that came back, and a row whose payout the provider names.
    Apart,
    Other,
}

/// How sure it is which transactions a payout paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// No window of days has the payout's sum: somebody chose the amount, or rows are missing.
    None,
    /// A window has the sum, but where it begins had to be found too, or another window has the same sum.
    Possible,
    /// Only one window that begins where the last payout's ended has the sum.
    Likely,
    /// The provider names the payout on each row, but the rows known do not make its sum.
    StatedInPart,
    /// The provider names the payout on each row, and the rows make its sum.
    Stated,
}

impl Confidence {
    /// The word of the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Confidence::None => "none",
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::StatedInPart => "stated_in_part",
            Confidence::Stated => "stated",
        }
    }
}

/// What a payout paid, as places in the list of movements; payouts inside the range are not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Place of the payout itself.
    pub payout: usize,
    pub paid: std::ops::Range<usize>,
    pub confidence: Confidence,
}

/// Explains every payout of an account from its movements, oldest first and without gaps.
#[must_use]
pub fn explain(movements: &[Movement]) -> Vec<Explanation> {
    let sums = Sums::of(movements);
    let mut explained = Vec::new();
    let mut last: Option<Last> = None;
    // Up to here, movements are said to be paid: what is not should be preferred.
    let mut free_from = 0;
    for (place, movement) in movements.iter().enumerate() {
        if movement.kind != MovementKind::Payout {
            continue;
        }
        let found = sums.explain(place, movement, last, free_from);
        last = found.as_ref().map(|found| found.next);
        free_from = last.map_or(free_from, |last| free_from.max(last.end));
        explained.push(match found {
            None => Explanation { payout: place, paid: place..place, confidence: Confidence::None },
            Some(found) => Explanation { payout: place, paid: found.paid, confidence: found.confidence },
        });
    }
    explained
}

/// Where the last explained payout ended, and how late it paid.
#[derive(Debug, Clone, Copy)]
struct Last {
    end: usize,
    delay: Option<i64>,
    /// Whether it is known where the first of these payouts began: no other window had its sum.
    is_settled: bool,
}

struct Found {
    paid: std::ops::Range<usize>,
    confidence: Confidence,
    next: Last,
}

/// An end of a window: up to the payout itself, or up to a day before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    place: usize,
    delay: Option<i64>,
}

struct Sums<'a> {
    movements: &'a [Movement],
    /// Sum of all that is not a payout before each place.
    before: Vec<i128>,
}

impl Sums<'_> {
    fn of(movements: &[Movement]) -> Sums<'_> {
        let mut before = Vec::with_capacity(movements.len() + 1);
        let mut sum = 0i128;
        before.push(sum);
        for movement in movements {
            if movement.kind == MovementKind::Other {
                sum += i128::from(movement.net);
            }
            before.push(sum);
        }
        Sums { movements, before }
    }

    fn explain(&self, payout: usize, movement: &Movement, last: Option<Last>, free_from: usize) -> Option<Found> {
        let amount = -i128::from(movement.net);
        let ends = self.ends(payout, movement.booking_date);
        if let Some(last) = last {
            let fitting: Vec<End> = ends
                .iter()
                .copied()
                .filter(|end| end.place > last.end && self.sum(last.end, end.place) == amount)
                .collect();
            if let Some(end) = fitting.iter().find(|end| end.delay == last.delay).or(fitting.first()) {
                let is_likely = last.is_settled && fitting.len() == 1;
                let confidence = if is_likely { Confidence::Likely } else { Confidence::Possible };
                let next = Last { end: end.place, delay: end.delay, is_settled: last.is_settled };
                return Some(Found { paid: last.end..end.place, confidence, next });
            }
        }
        // The first payout, or one after an unexplained one: the beginning is not known either.
        let windows = ends.iter().flat_map(|end| {
            let starts = self.starts(movement.booking_date, *end);
            starts.into_iter().filter(|start| self.sum(*start, end.place) == amount).map(|start| (start, *end))
        });
        let fitting: Vec<(usize, End)> = windows.collect();
        let is_free = |(start, _): &&(usize, End)| *start >= free_from;
        let (start, end) = *fitting.iter().find(is_free).or(fitting.first())?;
        let next = Last { end: end.place, delay: end.delay, is_settled: fitting.len() == 1 };
        Some(Found { paid: start..end.place, confidence: Confidence::Possible, next })
    }

    /// Different places at which a window may end, the shortest delay first.
    fn ends(&self, payout: usize, day: Date) -> Vec<End> {
        let mut ends = vec![End { place: payout, delay: None }];
        for delay in 0..=LONGEST_DELAY {
            let place = self.after_day(day, delay).min(payout);
            if ends.iter().all(|end| end.place != place) {
                ends.push(End { place, delay: Some(delay) });
            }
        }
        ends
    }

    /// Different places at which a window that ends there may begin: days, and right after the payout before.
    fn starts(&self, day: Date, end: End) -> Vec<usize> {
        let mut starts: Vec<usize> = Vec::new();
        let days = (0..=LONGEST_WINDOW).map(|days| self.after_day(day, end.delay.unwrap_or(0) + days));
        for place in days {
            if place < end.place && !starts.contains(&place) {
                starts.push(place);
            }
        }
        starts
    }

    /// The place after the last movement of the day so many days before.
    fn after_day(&self, day: Date, days_before: i64) -> usize {
        match day.checked_sub(days_before.days()) {
            Ok(day) => self.movements.partition_point(|movement| movement.booking_date <= day),
            Err(_) => 0,
        }
    }

    fn sum(&self, from: usize, to: usize) -> i128 {
        self.before.get(to).zip(self.before.get(from)).map_or(0, |(to, from)| to - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(number: i64) -> Date {
        jiff::civil::date(2026, 1, 1).checked_add(number.days()).unwrap()
    }

    fn other(at: i64, net: i64) -> Movement {
        Movement { booking_date: day(at), net, kind: MovementKind::Other }
    }

    fn payout(at: i64, amount: i64) -> Movement {
        Movement { booking_date: day(at), net: -amount, kind: MovementKind::Payout }
    }

    #[test]
    fn a_daily_payout_two_days_late_is_explained_from_the_second_on() {
        let movements = [
            other(0, 1000),
            other(0, -30),
            other(1, 501),
            payout(2, 970),
            other(2, 77),
            payout(3, 501),
            other(3, 5),
            payout(4, 77),
        ];
        let found = explain(&movements);
        let told: Vec<_> = found.iter().map(|one| (one.payout, one.paid.clone(), one.confidence)).collect();
        assert_eq!(told[0], (3, 0..2, Confidence::Possible));
        assert_eq!(told[1], (5, 2..3, Confidence::Likely));
        assert_eq!((told[2].0, told[2].2), (7, Confidence::Likely));
    }

    #[test]
    fn a_sweep_of_everything_is_explained_within_the_day() {
        let movements = [other(0, 100), payout(0, 100), other(0, 40), other(0, 2), payout(0, 42)];
        let found = explain(&movements);
        assert_eq!((found[1].paid.clone(), found[1].confidence), (1..4, Confidence::Likely));
    }

    #[test]
    fn an_amount_that_somebody_chose_is_not_explained() {
        let movements = [other(0, 12_345), other(1, 6_789), payout(2, 10_000), other(3, 111), payout(5, 5_000)];
        assert!(explain(&movements).iter().all(|one| one.confidence == Confidence::None));
    }

    #[test]
    fn days_that_cancel_out_leave_it_open() {
        let movements = [other(0, 100), payout(1, 100), other(2, 50), other(3, 20), other(4, -20), payout(5, 50)];
        let found = explain(&movements);
        assert_eq!(found[1].confidence, Confidence::Possible);
    }

    #[test]
    fn equal_days_are_explained_and_never_called_likely() {
        let mut movements = Vec::new();
        for at in 0..12 {
            movements.push(other(at, 1_000));
            if at >= 2 {
                movements.push(payout(at, 1_000));
            }
        }
        let found = explain(&movements);
        assert!(found.iter().all(|one| one.confidence == Confidence::Possible), "{found:?}");
        let paid: Vec<usize> = found.iter().flat_map(|one| one.paid.clone()).collect();
        let others = |place: &usize| movements[*place].kind == MovementKind::Other;
        let mut once: Vec<usize> = paid.into_iter().filter(others).collect();
        let count = once.len();
        once.sort_unstable();
        once.dedup();
        assert_eq!((count, once.len()), (found.len(), found.len()), "nothing is paid twice");
    }

    proptest! {
        /// Automatic payouts are all explained from the second on, and what is called likely is right.
        #[test]
        fn automatic_payouts_are_explained(
            amounts in prop::collection::vec(prop::collection::vec(-5_000i64..100_000, 0..4), 5..40),
            delay in 0i64..8,
            every in 1i64..8,
        ) {
            let days = i64::try_from(amounts.len()).unwrap();
            let mut movements = Vec::new();
            let mut truth = Vec::new();
            let mut paid_to = 0i64;
            for at in 0..days + delay {
                let today: &[i64] = usize::try_from(at).ok().and_then(|at| amounts.get(at)).map_or(&[], |today| today);
                movements.extend(today.iter().map(|net| other(at, *net)));
                let due = at - delay;
                if at % every == 0 && due >= 0 {
                    let amount: i64 = (paid_to..=due).filter_map(|at| amounts.get(usize::try_from(at).unwrap())).flatten().sum();
                    if amount > 0 {
                        truth.push((movements.len(), paid_to, due));
                        movements.push(payout(at, amount));
                        paid_to = due + 1;
                    }
                }
            }
            let found = explain(&movements);
            prop_assert_eq!(found.len(), truth.len());
            let mut chained = false;
            for (one, (place, from, to)) in found.iter().zip(&truth) {
                prop_assert_eq!(one.payout, *place);
                let told: Vec<&Movement> = movements[one.paid.clone()].iter().filter(|m| m.kind == MovementKind::Other).collect();
                let right: Vec<&Movement> = movements.iter()
                    .filter(|m| m.kind == MovementKind::Other && (day(*from)..=day(*to)).contains(&m.booking_date)).collect();
                let is_right = told == right;
                if one.confidence != Confidence::None {
                    prop_assert_eq!(told.iter().map(|m| m.net).sum::<i64>(), -movements[*place].net, "the sum is the amount");
                }
                if one.confidence == Confidence::Likely && chained {
                    prop_assert!(is_right, "likely, and wrong: {:?}", one);
                }
                if chained {
                    prop_assert!(one.confidence >= Confidence::Possible, "not explained: {:?}", one);
                }
                chained = is_right && one.confidence != Confidence::None;
            }
        }
    }
}
