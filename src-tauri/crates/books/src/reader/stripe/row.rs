//! One row of a Stripe file.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Layout, Stripe, words};
use crate::reader::Counted;
use crate::reader::cells::{Cells, is_damaged_id};
use crate::reader::dates::{instant, parse_date_time};
use crate::reader::number::parse_minor;
use crate::{Currency, Direction, Entry, Money, Part, Provider, Row, Skip, SkipReason, Source};

/// Why a row is skipped, and the cell that was not understood.
type Bad<'a> = (SkipReason, &'a str);

/// As an entry has them: a charged fee is negative.
struct Amounts {
    gross: i64,
    fee: i64,
    net: i64,
}

impl Stripe {
    pub(super) fn read(&mut self, cells: &Cells<'_>, source: Source) -> Row {
        self.counted = None;
        match self.entry(cells, source) {
            Ok(entry) => {
                self.counted = None;
                Row::Entry(Box::new(entry))
            }
            Err((reason, found)) => Row::Skip(Skip { source, reason, found: found.chars().take(80).collect() }),
        }
    }

    fn entry<'a>(&mut self, cells: &Cells<'a>, source: Source) -> Result<Entry, Bad<'a>> {
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, cells.get(0)));
        }
        let (currency, exponent) = self.currency(cells)?;
        let amounts = self.amounts(cells, exponent)?;
        let direction = match amounts.gross.signum() {
            1 => Direction::In,
            -1 => Direction::Out,
            _ => Direction::Neutral,
        };
        // A row that is skipped for its id or its time still counts in the file's totals.
        self.counted = amounts.gross.checked_abs().zip(amounts.fee.checked_neg()).map(|(gross, fee)| Counted {
            currency,
            direction,
            gross,
            fee,
        });
        let provider_ref = self.provider_ref(cells)?;
        let (time, booking_date) = self.time(cells)?;
        self.check(&amounts, currency, source.line);
        let order = i64::try_from(self.row).unwrap_or(i64::MAX);
        let category = self.category(cells);
        let reference = cells.optional(self.columns.source);
        let is_detail = self.columns.layout.is_detail();
        let family = self.family(cells, provider_ref);
        Ok(Entry {
            source,
            sequence: if self.newest_first { -order } else { order },
            key: self.key(provider_ref),
            part: self.part(),
            account: "main".to_owned(),
            currency,
            provider_ref: provider_ref.to_owned(),
            alias: some(cells.optional(self.columns.alias)),
            payout: some(cells.optional(self.columns.paid_by)).filter(|payout| Some(payout) != family.as_ref()),
            family,
            time,
            booking_date,
            kind: words::kind(category, reference, amounts.gross),
            status: words::status(cells.optional(self.columns.status)),
            direction,
            moved: !is_detail,
            gross: amounts.gross,
            fee: amounts.fee,
            net: amounts.net,
            balance: None,
            counterparty: self.counterparty(cells).to_owned(),
            description: self.description(cells, category),
        })
    }

    /// Details stand beside the money they describe.
    fn key(&self, provider_ref: &str) -> String {
        let stripe = Provider::Stripe.code();
        match self.columns.layout {
            Layout::Payments => [stripe, "payment", provider_ref].join("\u{1f}"),
            Layout::PayoutsExport => [stripe, "payout", provider_ref].join("\u{1f}"),
            _ => [stripe, provider_ref].join("\u{1f}"),
        }
    }

    /// Without a fee and a net column the file does not tell the fee.
    fn part(&self) -> Part {
        match (self.columns.layout.is_detail(), self.columns.fee.or(self.columns.net)) {
            (true, _) => Part::Detail,
            (false, Some(_)) => Part::Whole,
            (false, None) => Part::Gross,
        }
    }

    fn category<'a>(&self, cells: &Cells<'a>) -> &'a str {
        match self.columns.layout {
            Layout::Payments => "charge",
            Layout::PayoutsExport => "payout",
            _ => cells.optional(self.columns.category),
        }
    }

    /// Lower case as a rule, upper case in some exports.
    fn currency<'a>(&mut self, cells: &Cells<'a>) -> Result<(Currency, u32), Bad<'a>> {
        let written = cells.optional(self.columns.currency);
        if let Some((_, currency, exponent)) = self.currencies.iter().find(|(seen, ..)| seen == written) {
            return Ok((*currency, *exponent));
        }
        let currency = match self.columns.currency {
            Some(_) => Currency::parse(written).ok(),
            None => self.hinted_currency,
        };
        let currency = currency.ok_or((SkipReason::BadCurrency, written))?;
        self.currencies.push((written.to_owned(), currency, currency.exponent()));
        Ok((currency, currency.exponent()))
    }

    /// The three amounts, as far as the file has them; the missing ones follow from `net = gross - fee`.
    fn amounts<'a>(&self, cells: &Cells<'a>, exponent: u32) -> Result<Amounts, Bad<'a>> {
        let read = |column: Option<usize>| match cells.optional(column) {
            "" => Ok(None),
            written => parse_minor(written, self.format, exponent).map(Some).ok_or((SkipReason::BadAmount, written)),
        };
        let (mut gross, mut charged, net) =
            (read(self.columns.gross)?, read(self.columns.fee)?, read(self.columns.net)?);
        if self.columns.layout == Layout::PayoutsExport {
            // Printed as what arrives at the bank.
            gross = gross.and_then(i64::checked_neg);
        }
        if self.is_fee_foreign(cells) {
            charged = None;
        }
        let fee = charged.map(i64::checked_neg);
        let sums = match (gross, fee, net) {
            (_, Some(None), _) | (None, _, None) => None,
            (Some(gross), Some(Some(fee)), Some(net)) => Some((gross, fee, net)),
            (Some(gross), None, Some(net)) => net.checked_sub(gross).map(|fee| (gross, fee, net)),
            (Some(gross), fee, None) => {
                let fee = fee.flatten().unwrap_or(0);
                gross.checked_add(fee).map(|net| (gross, fee, net))
            }
            (None, fee, Some(net)) => {
                let fee = fee.flatten().unwrap_or(0);
                net.checked_sub(fee).map(|gross| (gross, fee, net))
            }
        };
        let (gross, fee, net) =
            sums.ok_or((SkipReason::BadAmount, cells.optional(self.columns.gross.or(self.columns.net))))?;
        Ok(Amounts { gross, fee, net })
    }

    /// The payments list states the fee in the account's currency, the amount in the customer's.
    fn is_fee_foreign(&self, cells: &Cells<'_>) -> bool {
        let (amount, fee) = (cells.optional(self.columns.currency), cells.optional(self.columns.fee_currency));
        self.columns.layout == Layout::Payments && !fee.is_empty() && !fee.eq_ignore_ascii_case(amount)
    }

    /// The id of the balance transaction, the same in reports and dashboard; a payout not yet booked has only its own.
    fn provider_ref<'a>(&self, cells: &Cells<'a>) -> Result<&'a str, Bad<'a>> {
        let id = match cells.get(self.columns.transaction) {
            "" => cells.optional(self.columns.payout),
            id => id,
        };
        if id.is_empty() || is_damaged_id(id) {
            return Err((SkipReason::DamagedId, id));
        }
        Ok(id)
    }

    fn time<'a>(&self, cells: &Cells<'a>) -> Result<(Timestamp, Date), Bad<'a>> {
        let written = cells.get(self.columns.created);
        let bad = (SkipReason::BadTime, written);
        let (civil, offset) = parse_date_time(written, self.date_order).ok_or(bad)?;
        let time = match offset {
            Some(offset) => offset.to_timestamp(civil).ok(),
            None => instant(civil, &self.zone),
        };
        Ok((time.ok_or(bad)?, civil.date()))
    }

    /// What a charge, its refunds and disputes have in common: the charge, where the file has its column or a refund
    /// names it. A payout is its own family, which what it paid names as its payout.
    fn family(&self, cells: &Cells<'_>, provider_ref: &str) -> Option<String> {
        if self.columns.layout.is_detail() {
            return Some(provider_ref.to_owned());
        }
        let charge = cells.optional(self.columns.charge);
        let source = cells.optional(self.columns.source);
        let named = || words::charge_in(cells.optional(self.columns.description)).unwrap_or("");
        let is_refund = source.is_empty() || source.starts_with("re_") || source.starts_with("pyr_");
        let family = match () {
            () if !charge.is_empty() => charge,
            () if is_refund && !named().is_empty() => named(),
            () if !source.is_empty() => source,
            () => cells.optional(self.columns.payout),
        };
        some(family)
    }

    fn counterparty<'a>(&self, cells: &Cells<'a>) -> &'a str {
        self.columns.customers.iter().map(|column| cells.get(*column)).find(|name| !name.is_empty()).unwrap_or("")
    }

    fn description(&self, cells: &Cells<'_>, category: &str) -> String {
        if let [Some(name), Some(digits)] = self.columns.bank
            && !cells.get(digits).is_empty()
        {
            return [cells.get(name), cells.get(digits)].join(" ···· ").trim_start().to_owned();
        }
        let text = cells.optional(self.columns.description);
        let text = if text.is_empty() { category } else { text };
        if text.contains(['\n', '\r']) {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            text.to_owned()
        }
    }

    fn check(&mut self, amounts: &Amounts, currency: Currency, line: u32) {
        if amounts.gross.checked_add(amounts.fee) != Some(amounts.net) {
            let money = |minor| Money::new(minor, currency).to_plain();
            let charged = amounts.fee.checked_neg().unwrap_or(i64::MAX);
            let (gross, fee, net) = (money(amounts.gross), money(charged), money(amounts.net));
            self.net_mismatch.note(line, || format!("gross {gross} less fee {fee} does not make the net {net}"));
        }
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
