//! One row of a PayPal file.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::words::{self, Impact, Meaning};
use super::{Layout, Ledger, PayPal, Running, Verdict};
use crate::reader::Counted;
use crate::reader::cells::{Cells, is_damaged_id};
use crate::reader::dates::{instant, parse_date, parse_time, parse_zone};
use crate::reader::number::parse_minor;
use crate::{Direction, Entry, Part, Provider, Row, Skip, SkipReason, Source, Status};

/// Why a row is skipped, and the cell that was not understood.
type Bad<'a> = (SkipReason, &'a str);

struct Amounts {
    gross: i64,
    fee: i64,
    net: i64,
    balance: Option<i64>,
}

impl PayPal {
    pub(super) fn read(&mut self, cells: &Cells<'_>, source: Source) -> Row {
        self.counted = None;
        match self.entry(cells, source) {
            Ok(entry) => {
                self.counted = None;
                Row::Entry(Box::new(entry))
            }
            Err((reason, found)) => {
                self.ledgers.iter_mut().for_each(|ledger| ledger.running.forget());
                Row::Skip(Skip { source, reason, found: found.chars().take(40).collect() })
            }
        }
    }

    fn entry<'a>(&mut self, cells: &Cells<'a>, source: Source) -> Result<Entry, Bad<'a>> {
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, cells.get(0)));
        }
        let written_status = cells.optional(self.columns.status);
        let impact = match self.columns.impact {
            Some(column) => {
                let written = cells.get(column);
                Some(words::impact(written).ok_or((SkipReason::BadDirection, written))?)
            }
            None => None,
        };
        let ledger = self.ledger(cells)?;
        let amounts = self.amounts(cells, self.ledgers[ledger].exponent)?;
        let direction = direction(impact, amounts.gross);
        self.count(ledger, &amounts, direction);
        let provider_ref = self.provider_ref(cells);
        if is_damaged_id(provider_ref) {
            return Err((SkipReason::DamagedId, provider_ref));
        }
        let (time, booking_date) = self.time(cells)?;
        let written_type = cells.optional(self.columns.type_name);
        let meaning = words::meaning_of_code(cells.optional(self.columns.event_code))
            .unwrap_or_else(|| self.meaning(written_type));
        let known_status = words::status(written_status);
        let rule = meaning.moves(known_status.unwrap_or(Status::Completed));
        let moved = self.moved(ledger, &amounts, impact, rule);
        let status = known_status.unwrap_or(if moved { Status::Completed } else { Status::Pending });
        self.check(ledger, &amounts, moved, source.line);
        let order = i64::try_from(self.row).unwrap_or(i64::MAX);
        Ok(Entry {
            source,
            sequence: if self.newest_first { -order } else { order },
            key: self.key(cells, provider_ref, written_type, meaning),
            part: self.part(),
            account: "main".to_owned(),
            currency: self.ledgers[ledger].currency,
            provider_ref: provider_ref.to_owned(),
            family: self.family(cells, meaning, provider_ref),
            alias: None,
            payout: None,
            time,
            booking_date,
            kind: meaning.kind(amounts.gross),
            status,
            direction,
            moved,
            gross: amounts.gross,
            fee: amounts.fee,
            net: amounts.net,
            balance: amounts.balance,
            counterparty: self.counterparty(cells, amounts.gross).to_owned(),
            description: self.description(cells, written_type),
        })
    }

    /// A row that is skipped for its id or its time still counts in the file's totals.
    fn count(&mut self, ledger: usize, amounts: &Amounts, direction: Direction) {
        self.counted = amounts.gross.checked_abs().zip(amounts.fee.checked_neg()).map(|(gross, fee)| Counted {
            currency: self.ledgers[ledger].currency,
            direction,
            gross,
            fee,
        });
    }

    fn provider_ref<'a>(&self, cells: &Cells<'a>) -> &'a str {
        cells.optional(self.columns.transaction.or(self.columns.receipt))
    }

    /// See [`key`]. Where there is no id (the short form), all that the row says is its key.
    fn key(&self, cells: &Cells<'_>, provider_ref: &str, written_type: &str, meaning: Meaning) -> String {
        let currency = cells.optional(self.columns.currency);
        if self.columns.layout == Layout::Short || provider_ref.is_empty() {
            let mut parts = vec![Provider::PayPal.code(), provider_ref, written_type, currency];
            let columns = [Some(self.columns.date), Some(self.columns.time), self.columns.name, self.columns.gross];
            parts.extend(columns.into_iter().map(|column| cells.optional(column)));
            return parts.join("\u{1f}");
        }
        let amount = cells.optional(self.columns.gross.or(self.columns.net));
        key(provider_ref, currency, meaning, amount.contains(['-', '\u{2212}', '(']))
    }

    /// Without a fee and a net column the file does not tell the fee.
    fn part(&self) -> Part {
        if self.columns.fee.or(self.columns.net).is_some() { Part::Whole } else { Part::Gross }
    }

    /// Finds the row's currency among those seen.
    fn ledger<'a>(&mut self, cells: &Cells<'a>) -> Result<usize, Bad<'a>> {
        let written = self.written_currency(cells);
        if let Some(index) = self.ledgers.iter().position(|ledger| ledger.written == written) {
            return Ok(index);
        }
        let currency = self.currency(written).ok_or((SkipReason::BadCurrency, written))?;
        self.ledgers.push(Ledger {
            written: written.to_owned(),
            currency,
            exponent: currency.exponent(),
            running: Running::default(),
        });
        Ok(self.ledgers.len() - 1)
    }

    /// The three amounts, as far as the file has them; the missing ones follow from `gross + fee = net`.
    /// Before 2018 cart items had `...` for fee, net and balance.
    fn amounts<'a>(&self, cells: &Cells<'a>, exponent: u32) -> Result<Amounts, Bad<'a>> {
        let read = |column: Option<usize>| match cells.optional(column) {
            "" | "..." => Ok(None),
            written => parse_minor(written, self.format, exponent).map(Some).ok_or((SkipReason::BadAmount, written)),
        };
        let (gross, fee, net) = (read(self.columns.gross)?, read(self.columns.fee)?, read(self.columns.net)?);
        let balance = read(self.columns.balance)?;
        let sums = match (gross, fee, net) {
            (Some(gross), fee, Some(net)) if self.columns.fee.is_some() => Some((gross, fee.unwrap_or(0), net)),
            (Some(gross), _, Some(net)) => net.checked_sub(gross).map(|fee| (gross, fee, net)),
            (Some(gross), fee, None) => {
                let fee = fee.unwrap_or(0);
                gross.checked_add(fee).map(|net| (gross, fee, net))
            }
            (None, fee, Some(net)) => {
                let fee = fee.unwrap_or(0);
                net.checked_sub(fee).map(|gross| (gross, fee, net))
            }
            (None, _, None) => None,
        };
        let (gross, fee, net) =
            sums.ok_or((SkipReason::BadAmount, cells.optional(self.columns.gross.or(self.columns.net))))?;
        Ok(Amounts { gross, fee, net, balance })
    }

    fn time<'a>(&mut self, cells: &Cells<'a>) -> Result<(Timestamp, Date), Bad<'a>> {
        let (written_date, written_time) = (cells.get(self.columns.date), cells.get(self.columns.time));
        let date = parse_date(written_date, self.date_order).ok_or((SkipReason::BadTime, written_date))?;
        let clock = parse_time(written_time).ok_or((SkipReason::BadTime, written_time))?;
        let zone = self.zone(cells.optional(self.columns.zone));
        let time = instant(date.to_datetime(clock), zone).ok_or((SkipReason::BadTime, written_date))?;
        Ok((time, date))
    }

    fn zone(&mut self, written: &str) -> &TimeZone {
        const FALLBACK: &TimeZone = &TimeZone::UTC;
        let index = self.zones.iter().position(|(seen, _)| seen == written).unwrap_or_else(|| {
            let zone = parse_zone(written);
            if zone.is_none() && self.hinted_zone.is_none() && self.zone_assumed.is_none() {
                let shown: String = written.chars().take(20).collect();
                self.zone_assumed = Some(match written {
                    "" => "times were read in UTC: the file states no zone (say --zone)".to_owned(),
                    _ => format!("times were read in UTC: \"{shown}\" does not name one zone (say --zone)"),
                });
            }
            self.zones.push((written.to_owned(), zone));
            self.zones.len() - 1
        });
        self.zones[index].1.as_ref().or(self.hinted_zone.as_ref()).unwrap_or(FALLBACK)
    }

    fn meaning(&mut self, written: &str) -> Meaning {
        const KEPT: usize = 64;
        if let Some((_, meaning)) = self.types.iter().find(|(seen, _)| seen == written) {
            return *meaning;
        }
        let meaning = words::meaning(written);
        if self.types.len() < KEPT {
            self.types.push((written.to_owned(), meaning));
        }
        meaning
    }

    /// Balance Impact; every row of a statement; the running balance; the rule of type and status.
    fn moved(&self, ledger: usize, amounts: &Amounts, impact: Option<Impact>, rule: bool) -> bool {
        if let Some(impact) = impact {
            return impact != Impact::Memo;
        }
        if self.columns.layout == Layout::Statement {
            return true;
        }
        let verdict = if self.newest_first {
            self.learned.verdict_from_below(self.row)
        } else {
            self.ledgers[ledger].running.verdict_from_above(amounts.net, amounts.balance)
        };
        match verdict {
            Verdict::Moved => true,
            Verdict::Stood => false,
            Verdict::Unknown => rule,
        }
    }

    /// Notes the first row whose amounts disagree and the first balance that does not follow.
    fn check(&mut self, ledger: usize, amounts: &Amounts, moved: bool, line: u32) {
        let money = |minor| crate::Money::new(minor, self.ledgers[ledger].currency).to_plain();
        if amounts.gross.checked_add(amounts.fee) != Some(amounts.net) {
            let (gross, fee, net) = (money(amounts.gross), money(amounts.fee), money(amounts.net));
            self.net_mismatch.note(line, || format!("gross {gross} and fee {fee} do not make the net {net}"));
        }
        let moved_by = if moved { amounts.net } else { 0 };
        let newest_first = self.newest_first;
        // What a row that moved nothing states is not relied upon.
        let stated = amounts.balance.filter(|_| moved);
        let expected = self.ledgers[ledger].running.take(moved_by, stated, newest_first);
        if let (Some(expected), Some(stated)) = (expected, stated) {
            let money = |minor| crate::Money::new(minor, self.ledgers[ledger].currency);
            let message = || format!("the balance is {}, the rows around it make {}", money(stated), money(expected));
            self.balance_break.note(line, message);
        }
    }

    /// A payment begins a family, its cart items have its id, and what refers to it belongs to it. A payment's own
    /// reference is an agreement (I-..., B-...) or an authorisation, which its refunds do not name.
    fn family(&self, cells: &Cells<'_>, meaning: Meaning, provider_ref: &str) -> Option<String> {
        let reference = cells.optional(self.columns.reference);
        let begins = matches!(meaning, Meaning::Payment | Meaning::Memo);
        let family = if begins { provider_ref } else { reference };
        (!family.is_empty()).then(|| family.to_owned())
    }

    fn counterparty<'a>(&self, cells: &Cells<'a>, gross: i64) -> &'a str {
        let name = cells.optional(self.columns.name);
        if !name.is_empty() {
            return name;
        }
        cells.optional(if gross < 0 { self.columns.to } else { self.columns.from })
    }

    fn description(&self, cells: &Cells<'_>, written_type: &str) -> String {
        let text = [self.columns.title, self.columns.subject, self.columns.note]
            .into_iter()
            .map(|column| cells.optional(column))
            .find(|text| !text.is_empty())
            .unwrap_or(written_type);
        if text.contains(['\n', '\r']) {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            text.to_owned()
        }
    }
}

/// Transaction ID, currency as written, and what kind of line it is. PayPal's ids are not unique: a payment, its cart
/// items and its authorisation may share one (developer.paypal.com, "Transaction search", 2026-11). The type name would
/// tell them apart, but it is another one in every language and form; the direction of the money is not.
pub(super) fn key(id: &str, currency: &str, meaning: Meaning, is_out: bool) -> String {
    let line = match meaning {
        Meaning::Memo => "item",
        Meaning::Authorization => "authorization",
        _ if is_out => "out",
        _ => "in",
    };
    [Provider::PayPal.code(), id, currency, line].join("\u{1f}")
}

fn direction(impact: Option<Impact>, gross: i64) -> Direction {
    match (impact, gross.signum()) {
        (Some(Impact::Credit), _) | (None, 1) => Direction::In,
        (Some(Impact::Debit), _) | (None, -1) => Direction::Out,
        (Some(Impact::Memo) | None, _) => Direction::Neutral,
    }
}
