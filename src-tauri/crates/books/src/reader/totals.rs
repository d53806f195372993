//! Adding up what a file says.

use super::{Counted, Period, Refusal, RefusalCode, Summary, Totals};
use crate::{Currency, Direction, Entry, Kind, Part};

impl Totals {
    fn new(currency: Currency) -> Totals {
        Totals {
            currency,
            money_in: super::Tally::default(),
            money_out: super::Tally::default(),
            neutral: super::Tally::default(),
            fee: 0,
        }
    }
}

impl Counted {
    /// What an entry adds: the printed amount of a fee row is its fee.
    fn of(entry: &Entry) -> Option<Counted> {
        let printed = if entry.part == Part::Fee { entry.fee } else { entry.gross };
        // A fee row that stands for itself has its amount as gross.
        let own_fee = if entry.kind == Kind::Fee && entry.part == Part::Whole { entry.gross } else { 0 };
        let fee = entry.fee.checked_add(own_fee)?.checked_neg()?;
        Some(Counted { currency: entry.currency, direction: entry.direction, gross: printed.checked_abs()?, fee })
    }
}

impl Summary {
    pub(super) fn empty() -> Summary {
        Summary { rows: 0, skipped: 0, totals: Vec::new(), warnings: Vec::new(), period: None, exported: None }
    }

    /// Counts an entry; `printed` where the file's totals count something else than the entry says.
    pub(super) fn add_entry(&mut self, entry: &Entry, printed: Option<Counted>) -> Result<(), Refusal> {
        let day = entry.booking_date;
        match &mut self.period {
            Some(period) if day < period.from => period.from = day,
            Some(period) if day > period.to => period.to = day,
            Some(_) => {}
            None => self.period = Some(Period { from: day, to: day, stated: false }),
        }
        let counted = printed.or_else(|| Counted::of(entry));
        counted.and_then(|counted| self.add(counted)).ok_or_else(|| overflow(entry.source.line))
    }

    /// Counts a skipped row whose amounts could be read.
    pub(super) fn add_skipped(&mut self, counted: Option<Counted>, line: u32) -> Result<(), Refusal> {
        self.skipped += 1;
        let Some(counted) = counted else { return Ok(()) };
        self.add(counted).ok_or_else(|| overflow(line))
    }

    fn add(&mut self, counted: Counted) -> Option<()> {
        let at = self.totals.iter().position(|totals| totals.currency == counted.currency);
        let at = at.unwrap_or_else(|| {
            self.totals.push(Totals::new(counted.currency));
            self.totals.len() - 1
        });
        let totals = self.totals.get_mut(at)?;
        let tally = match counted.direction {
            Direction::In => &mut totals.money_in,
            Direction::Out => &mut totals.money_out,
            Direction::Neutral => &mut totals.neutral,
        };
        tally.count += 1;
        tally.sum = tally.sum.checked_add(counted.gross)?;
        totals.fee = totals.fee.checked_add(counted.fee)?;
        Some(())
    }
}

fn overflow(line: u32) -> Refusal {
    Refusal::new(RefusalCode::Damaged, "amounts that can be added up", "a sum beyond all money").at(line)
}
