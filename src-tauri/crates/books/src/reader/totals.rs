//! Adding up what a file says.

use super::{Counted, Period, Refusal, RefusalCode, Summary, Totals};
use crate::{Currency, Direction, Entry, Kind, Part, Row};

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
        Summary {
            rows: 0,
            skipped: 0,
            totals: Vec::new(),
            warnings: Vec::new(),
            period: None,
            exported: None,
            checked: false,
        }
    }

    /// Counts an entry; `printed` where the file's totals count something else than the entry says.
    pub(super) fn add_entry(&mut self, entry: &Entry, printed: Option<Counted>) -> Result<(), Refusal> {
        let day = entry.booking_date;
        self.checked |= entry.balance.is_some();
        match &mut self.period {
            Some(period) if day < period.from => period.from = day,
            Some(period) if day > period.to => period.to = day,
            Some(_) => {}
            None => self.period = Some(Period { from: day, to: day, stated: false }),
        }
        let counted = printed.or_else(|| Counted::of(entry));
        counted.and_then(|counted| self.add_counted(counted)).ok_or_else(|| overflow(entry.source.line))
    }

    /// Counts a row anew that was read before.
    pub(super) fn count(&mut self, row: &Row) -> Result<(), Refusal> {
        self.rows += 1;
        match row {
            Row::Entry(entry) => self.add_entry(entry, None),
            Row::Skip(skip) => self.add_skipped(None, skip.source.line),
        }
    }

    /// Adds what another part of the same file holds.
    pub(super) fn add(&mut self, other: Summary) -> Result<(), Refusal> {
        self.rows += other.rows;
        self.skipped += other.skipped;
        self.checked |= other.checked;
        self.warnings.extend(other.warnings);
        self.exported = self.exported.max(other.exported);
        self.period = match (self.period, other.period) {
            (Some(a), Some(b)) => {
                Some(Period { from: a.from.min(b.from), to: a.to.max(b.to), stated: a.stated && b.stated })
            }
            (a, b) => a.or(b),
        };
        for totals in other.totals {
            self.merge(&totals).ok_or_else(|| overflow(0))?;
        }
        Ok(())
    }

    fn merge(&mut self, other: &Totals) -> Option<()> {
        let totals = self.of(other.currency)?;
        for (tally, more) in [
            (&mut totals.money_in, other.money_in),
            (&mut totals.money_out, other.money_out),
            (&mut totals.neutral, other.neutral),
        ] {
            tally.count += more.count;
            tally.sum = tally.sum.checked_add(more.sum)?;
        }
        totals.fee = totals.fee.checked_add(other.fee)?;
        Some(())
    }

    fn of(&mut self, currency: Currency) -> Option<&mut Totals> {
        let at = self.totals.iter().position(|totals| totals.currency == currency);
        let at = at.unwrap_or_else(|| {
            self.totals.push(Totals::new(currency));
            self.totals.len() - 1
        });
        self.totals.get_mut(at)
    }

    /// Counts a skipped row whose amounts could be read.
    pub(super) fn add_skipped(&mut self, counted: Option<Counted>, line: u32) -> Result<(), Refusal> {
        self.skipped += 1;
        let Some(counted) = counted else { return Ok(()) };
        self.add_counted(counted).ok_or_else(|| overflow(line))
    }

    fn add_counted(&mut self, counted: Counted) -> Option<()> {
        let totals = self.of(counted.currency)?;
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
