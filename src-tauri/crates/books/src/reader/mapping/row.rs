//! One row of a mapped file.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use super::form::Mapped;
use super::ledger::{Ledger, verdict};
use super::{ColumnRole, FeeSign, amount, words};
use crate::reader::balance::BalanceLine;
use crate::reader::cells::{Cells, is_damaged_id};
use crate::reader::dates::{instant, parse_date_time, parse_zone};
use crate::reader::identity::SEPARATOR;
use crate::reader::{Counted, paypal};
use crate::{Currency, Direction, Entry, Kind, Money, Part, Provider, Row, Skip, SkipReason, Source, Status};

/// Why a row is skipped, and the cell that was not understood.
type Bad<'a> = (SkipReason, &'a str);

/// Each skipped row begins the chains of balances anew; no more of their breaks than this are told.
const MAX_BREAKS: usize = 4;

/// As an entry has them: a charged fee is negative.
pub(super) struct Amounts {
    pub(super) gross: i64,
    fee: i64,
    pub(super) net: i64,
}

/// What makes a row without an id the row it is. Status and balance are left out: they change with the download.
const KEY_ROLES: [ColumnRole; 11] = [
    ColumnRole::Date,
    ColumnRole::Time,
    ColumnRole::Gross,
    ColumnRole::MoneyIn,
    ColumnRole::MoneyOut,
    ColumnRole::Net,
    ColumnRole::Counterparty,
    ColumnRole::Description,
    ColumnRole::Reference,
    ColumnRole::Zone,
    ColumnRole::Direction,
];

impl Mapped {
    pub(super) fn read_row(&mut self, cells: &Cells<'_>, source: Source) -> Row {
        self.counted = None;
        match self.entry(cells, source) {
            Ok(entry) => {
                self.counted = None;
                Row::Entry(Box::new(entry))
            }
            Err((reason, found)) => {
                // What follows cannot be checked against what was before.
                self.close_chains();
                Row::Skip(Skip { source, reason, found: found.chars().take(40).collect() })
            }
        }
    }

    fn entry<'a>(&mut self, cells: &Cells<'a>, source: Source) -> Result<Entry, Bad<'a>> {
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, cells.get(0)));
        }
        let ledger = self.ledger(cells)?;
        let (currency, exponent) = (self.ledgers[ledger].currency, self.ledgers[ledger].exponent);
        let amounts = self.amounts(cells, exponent, currency)?;
        let balance = self.read(cells, ColumnRole::Balance, exponent, currency)?;
        let direction = match amounts.gross.signum() {
            _ if self.is_memo(cells) => Direction::Neutral,
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
        let provider_ref = self.cell(cells, ColumnRole::Id);
        if is_damaged_id(provider_ref) {
            return Err((SkipReason::DamagedId, provider_ref));
        }
        let (time, civil) = self.time(cells)?;
        let (kind, status, rule) = self.meaning(cells, amounts.gross);
        let moved = (status == Status::Completed && rule) || self.moved(ledger, &amounts, balance, rule);
        self.check(ledger, &amounts, balance, moved, civil, source.line);
        let reference = self.cell(cells, ColumnRole::Reference);
        let order = i64::try_from(self.row).unwrap_or(i64::MAX);
        Ok(Entry {
            source,
            sequence: if self.newest_first { -order } else { order },
            key: self.key(cells, provider_ref, amounts.gross),
            part: self.part(),
            account: "main".to_owned(),
            currency,
            provider_ref: provider_ref.to_owned(),
            family: (!reference.is_empty()).then(|| reference.to_owned()),
            alias: None,
            payout: None,
            time,
            booking_date: civil.date(),
            kind,
            status,
            direction,
            moved,
            gross: amounts.gross,
            fee: amounts.fee,
            net: amounts.net,
            balance,
            counterparty: self.cell(cells, ColumnRole::Counterparty).to_owned(),
            description: self.description(cells),
        })
    }

    /// A file of a known provider that has one amount and no fee may leave the fee to another file.
    fn part(&self) -> Part {
        let tells_fee = self.has(ColumnRole::Fee)
            || (self.has(ColumnRole::Net) && (self.has(ColumnRole::Gross) || self.has(ColumnRole::MoneyIn)));
        if tells_fee || self.mapping.provider == Provider::Other { Part::Whole } else { Part::Gross }
    }

    fn key(&self, cells: &Cells<'_>, provider_ref: &str, gross: i64) -> String {
        let provider = self.mapping.provider;
        let written_type = self.cell(cells, ColumnRole::Type);
        let currency = self.cell(cells, ColumnRole::Currency);
        if provider == Provider::PayPal && is_paypal_id(provider_ref) {
            return paypal::key_of_payment(provider_ref, currency, gross < 0);
        }
        let mut parts = vec![provider.code(), "mapped", provider_ref, written_type, currency];
        if provider_ref.is_empty() {
            parts.extend(KEY_ROLES.into_iter().map(|role| self.cell(cells, role)));
        }
        parts.join(&SEPARATOR.to_string())
    }

    /// Finds the row's currency among those seen.
    fn ledger<'a>(&mut self, cells: &Cells<'a>) -> Result<usize, Bad<'a>> {
        let written = self.cell(cells, ColumnRole::Currency);
        if let Some(index) = self.ledgers.iter().position(|ledger| ledger.written == written) {
            return Ok(index);
        }
        let named = if self.has(ColumnRole::Currency) { amount::currency(written) } else { self.currency };
        self.ledgers.push(Ledger::new(written, named.ok_or((SkipReason::BadCurrency, written))?));
        Ok(self.ledgers.len() - 1)
    }

    /// An amount cell; `None` where it is empty or a dash.
    pub(super) fn read<'a>(
        &self,
        cells: &Cells<'a>,
        role: ColumnRole,
        exponent: u32,
        currency: Currency,
    ) -> Result<Option<i64>, Bad<'a>> {
        match self.cell(cells, role) {
            "" | "-" | "--" | "—" | "..." | "/" => Ok(None),
            written => amount::parse(written, self.format, exponent, Some(currency))
                .map(Some)
                .ok_or((SkipReason::BadAmount, written)),
        }
    }

    /// The three amounts, as far as the file has them; the missing ones follow from `gross + fee = net`.
    pub(super) fn amounts<'a>(&self, cells: &Cells<'a>, exponent: u32, currency: Currency) -> Result<Amounts, Bad<'a>> {
        let first = if self.has(ColumnRole::Gross) { ColumnRole::Gross } else { ColumnRole::Net };
        let bad = (SkipReason::BadAmount, self.cell(cells, first));
        let read = |role| self.read(cells, role, exponent, currency);
        let gross = match (read(ColumnRole::MoneyIn)?, read(ColumnRole::MoneyOut)?) {
            (None, None) => self.directed(cells, read(ColumnRole::Gross)?)?,
            (money_in, money_out) => Some(self.both_ways(money_in, money_out).ok_or(bad)?),
        };
        let fee = match (read(ColumnRole::Fee)?, self.mapping.fee_sign) {
            (Some(fee), FeeSign::Subtracted) => Some(fee.checked_neg().ok_or(bad)?),
            (fee, _) => fee,
        };
        let has_fee = self.has(ColumnRole::Fee);
        let net = self.directed(cells, read(ColumnRole::Net)?)?;
        let sums = match (gross, fee, net) {
            (Some(gross), fee, Some(net)) if has_fee => Some((gross, fee.unwrap_or(0), net)),
            (Some(gross), _, Some(net)) => net.checked_sub(gross).map(|fee| (gross, fee, net)),
            (Some(gross), fee, None) => gross.checked_add(fee.unwrap_or(0)).map(|net| (gross, fee.unwrap_or(0), net)),
            (None, fee, Some(net)) => net.checked_sub(fee.unwrap_or(0)).map(|gross| (gross, fee.unwrap_or(0), net)),
            (None, _, None) => None,
        };
        let (gross, fee, net) = sums.ok_or(bad)?;
        Ok(Amounts { gross, fee, net })
    }

    /// An amount as the direction column signs it.
    fn directed<'a>(&self, cells: &Cells<'a>, amount: Option<i64>) -> Result<Option<i64>, Bad<'a>> {
        let Some(amount) = amount.filter(|_| self.has(ColumnRole::Direction)) else { return Ok(amount) };
        let written = self.cell(cells, ColumnRole::Direction);
        if words::is_memo(written) {
            return Ok(Some(amount));
        }
        let takes = words::takes(written).ok_or((SkipReason::BadDirection, written))?;
        let size = amount.checked_abs().ok_or((SkipReason::BadAmount, written))?;
        Ok(Some(if takes { -size } else { size }))
    }

    /// Whether the direction column says that the row moves nothing.
    fn is_memo(&self, cells: &Cells<'_>) -> bool {
        self.has(ColumnRole::Direction) && words::is_memo(self.cell(cells, ColumnRole::Direction))
    }

    /// Money in less money out. A money-out column without signs states what it takes as positive.
    fn both_ways(&self, money_in: Option<i64>, money_out: Option<i64>) -> Option<i64> {
        let out = money_out.unwrap_or(0);
        let out = if self.out_is_signed { out } else { out.checked_neg()? };
        money_in.unwrap_or(0).checked_add(out)
    }

    /// The date and, where it can be read, the time of day, for learning.
    pub(super) fn day_and_time<'a>(&self, cells: &Cells<'a>) -> (Cow<'a, str>, Option<Time>) {
        let written = self.written_time(cells);
        let time = parse_date_time(&written, crate::reader::DateOrder::Dmy)
            .or_else(|| parse_date_time(&written, crate::reader::DateOrder::Mdy))
            .map(|(time, _)| time.time());
        (first_word(written), time)
    }

    /// Date and time as one text, whether they stand in one cell or in two.
    fn written_time<'a>(&self, cells: &Cells<'a>) -> Cow<'a, str> {
        let date = plain_date(self.cell(cells, ColumnRole::Date));
        let clock = self.cell(cells, ColumnRole::Time);
        let same_cell = self.mapping.columns.get(&ColumnRole::Time) == self.mapping.columns.get(&ColumnRole::Date);
        if clock.is_empty() || same_cell { date } else { Cow::Owned(format!("{} {clock}", first_word(date))) }
    }

    fn time<'a>(&mut self, cells: &Cells<'a>) -> Result<(Timestamp, DateTime), Bad<'a>> {
        let bad = (SkipReason::BadTime, self.cell(cells, ColumnRole::Date));
        let written = self.written_time(cells);
        let (civil, offset) = parse_date_time(&written, self.date_order).ok_or(bad)?;
        let zone_cell = self.cell(cells, ColumnRole::Zone);
        let time = match offset {
            Some(offset) if zone_cell.is_empty() => offset.to_timestamp(civil).ok(),
            _ => instant(civil, self.zone_of(zone_cell)),
        };
        Ok((time.ok_or(bad)?, civil))
    }

    fn zone_of(&mut self, written: &str) -> &TimeZone {
        const FALLBACK: &TimeZone = &TimeZone::UTC;
        let index = self.zones.iter().position(|(seen, _)| seen == written).unwrap_or_else(|| {
            let named = parse_zone(written).or_else(|| self.hinted_zone.clone());
            if named.is_none() && self.zone_assumed.is_none() {
                let zone = self.mapping.provider.default_zone();
                self.zone_assumed = Some(format!("times were read in {zone}: the file states no zone (say --zone)"));
            }
            let zone = named.or_else(|| TimeZone::get(self.mapping.provider.default_zone()).ok());
            self.zones.push((written.to_owned(), zone));
            self.zones.len() - 1
        });
        self.zones[index].1.as_ref().unwrap_or(FALLBACK)
    }

    /// Whether status and type leave it to the balance to tell that the row moved it.
    pub(super) fn is_open(&self, cells: &Cells<'_>, gross: i64) -> bool {
        let (_, status, rule) = self.meaning(cells, gross);
        status != Status::Completed || !rule
    }

    /// A status in unknown words, or none, counts as completed: the row stands in a statement.
    fn status(&self, written: &str) -> Status {
        let paypals = || (self.mapping.provider == Provider::PayPal).then(|| paypal::status(written)).flatten();
        paypals().or_else(|| words::status(written)).unwrap_or(Status::Completed)
    }

    /// Kind, status, and whether such a row moves the balance where the balance does not tell.
    fn meaning(&self, cells: &Cells<'_>, gross: i64) -> (Kind, Status, bool) {
        let written = self.cell(cells, ColumnRole::Type);
        let status = self.status(self.cell(cells, ColumnRole::Status));
        if self.mapping.provider == Provider::PayPal
            && let Some((kind, moves)) = paypal::kind_of_type(written, gross, status)
        {
            return (kind, status, moves && !self.is_memo(cells));
        }
        // Without known words the sign alone does not tell what a movement was.
        let kind = words::kind(written, gross).unwrap_or(Kind::Other);
        let moves = match status {
            Status::Completed | Status::Reversed => true,
            Status::Pending => self.mapping.provider == Provider::PayPal && moves_while_pending(kind),
            Status::Closed | Status::Failed => false,
        };
        (kind, status, moves && !self.is_memo(cells))
    }

    /// The balance first, then the rule of type and status.
    fn moved(&self, ledger: usize, amounts: &Amounts, balance: Option<i64>, rule: bool) -> bool {
        let told = if self.newest_first {
            self.learned.verdict_from_below(self.row)
        } else {
            let change = balance.zip(self.ledgers[ledger].above).and_then(|(now, above)| now.checked_sub(above));
            verdict(change, amounts.net)
        };
        told.unwrap_or(rule)
    }

    /// Notes the first row whose amounts disagree, and follows the balance.
    fn check(
        &mut self,
        ledger: usize,
        amounts: &Amounts,
        balance: Option<i64>,
        moved: bool,
        time: DateTime,
        line: u32,
    ) {
        let ledger = &mut self.ledgers[ledger];
        if amounts.gross.checked_add(amounts.fee) != Some(amounts.net) {
            let money = |minor| Money::new(minor, ledger.currency).to_plain();
            let (gross, fee, net) = (money(amounts.gross), money(amounts.fee), money(amounts.net));
            self.net_mismatch.note(line, || format!("gross {gross} and fee {fee} do not make the net {net}"));
        }
        if let Some(balance) = balance {
            ledger.above = Some(balance);
            // What a row that moved nothing states is not relied upon.
            if moved {
                ledger.chain.add(BalanceLine { line, time, net: amounts.net, balance });
            }
        }
    }

    /// Ends the chains of balances; what breaks they had is kept.
    pub(super) fn close_chains(&mut self) {
        for ledger in &mut self.ledgers {
            ledger.above = None;
            let broken = std::mem::take(&mut ledger.chain).finish(ledger.currency);
            if self.balance_breaks.len() < MAX_BREAKS {
                self.balance_breaks.extend(broken);
            }
        }
    }

    fn description(&self, cells: &Cells<'_>) -> String {
        let text = match self.cell(cells, ColumnRole::Description) {
            "" => self.cell(cells, ColumnRole::Type),
            text => text,
        };
        if text.contains(['\n', '\r']) {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            text.to_owned()
        }
    }
}

/// PayPal writes withdrawals and bank deposits as pending although they moved the balance.
const fn moves_while_pending(kind: Kind) -> bool {
    use Kind::{Conversion, Hold, Payout, PayoutReversal, Release, Topup};
    matches!(kind, Payout | PayoutReversal | Topup | Conversion | Hold | Release)
}

/// Seventeen digits and capital letters, both among them.
pub(in crate::reader) fn is_paypal_id(id: &str) -> bool {
    id.len() == 17
        && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && id.bytes().any(|byte| byte.is_ascii_digit())
        && id.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// `2026年11月20日` as `2026-11-20`; what follows is parted from it by a blank.
pub(in crate::reader) fn plain_date(written: &str) -> Cow<'_, str> {
    if !written.contains('年') {
        return Cow::Borrowed(written);
    }
    let plain = written.replace(['年', '月'], "-").replace('日', " ");
    Cow::Owned(plain.trim().to_owned())
}

/// Up to the first blank or the T of ISO 8601.
fn first_word(text: Cow<'_, str>) -> Cow<'_, str> {
    let end = text.find(|c: char| c == 'T' || c.is_whitespace());
    match (end, text) {
        (None, text) => text,
        (Some(end), Cow::Borrowed(text)) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
        (Some(end), Cow::Owned(mut text)) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}
