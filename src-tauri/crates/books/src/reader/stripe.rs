//! Stripe's statement files: the reports "Balance change from activity" (`stripe.balance_change`, with the columns of
//! payout reconciliation too) and "Payouts" (`stripe.payouts`), and the dashboard's balance history
//! (`stripe.balance_history`), with any choice and order of columns.
//!
//! Amounts are in major units. Stripe's fee is positive when charged and `net = gross - fee`
//! (docs.stripe.com "Balance change from activity", 2026-11); an entry's fee is negative then.
//!
//! Deliberately absent: the dashboard's payments (`unified_payments.csv`), which are details of charges and not
//! movements of the balance, and its payout list: both are recognised and refused.

mod row;
mod words;

use jiff::tz::TimeZone;

use crate::reader::cells::{Cells, Header};
use crate::reader::dates::{OrderLearner, parse_date_time};
use crate::reader::number::{FormatLearner, NumberClue, NumberFormat, number_clue};
use crate::reader::{BoundForm, Counted, DateOrder, Form, Hints, Refusal, RefusalCode, Summary, Warning, WarningCode};
use crate::{Currency, Provider, Row, Source};

/// Binds a header row that is one of Stripe's.
pub(crate) fn bind(header: &Header) -> Option<Box<dyn BoundForm>> {
    if let Some(found) = Detail::bind(header) {
        return Some(Box::new(found));
    }
    Some(Box::new(Stripe::new(Columns::bind(header)?, header)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    BalanceChange,
    Payouts,
    /// The dashboard's export of all transactions; the shorter one has no Description.
    History {
        short: bool,
    },
}

#[derive(Debug, Clone)]
struct Columns {
    layout: Layout,
    transaction: usize,
    payout: Option<usize>,
    created: usize,
    /// Whether `created` is in UTC.
    is_utc: bool,
    currency: Option<usize>,
    gross: Option<usize>,
    fee: Option<usize>,
    net: Option<usize>,
    category: Option<usize>,
    source: Option<usize>,
    charge: Option<usize>,
    description: Option<usize>,
    customer: Option<usize>,
    status: Option<usize>,
}

impl Columns {
    fn bind(header: &Header) -> Option<Columns> {
        let payout = header.find(words::PAYOUT);
        let (layout, transaction) = match header.find(words::TRANSACTION) {
            Some(transaction) if payout.is_some() => (Layout::Payouts, transaction),
            Some(transaction) => (Layout::BalanceChange, transaction),
            // Only the history has both names; the payments export (Created date (UTC)) has neither.
            None if header.has_all(&["id", "Type", "Net", "Created (UTC)", "Available On (UTC)"]) => {
                (Layout::History { short: header.find(&["Description"]).is_none() }, header.find(&["id"])?)
            }
            None => return None,
        };
        let utc = header.find(words::CREATED_UTC);
        let (gross, net) = (header.find(words::GROSS), header.find(&["net"]));
        gross.or(net)?;
        Some(Columns {
            layout,
            transaction,
            payout,
            created: utc.or_else(|| header.find(words::CREATED))?,
            is_utc: utc.is_some(),
            currency: header.find(&["currency"]),
            gross,
            fee: header.find(&["fee"]),
            net,
            category: header.find(words::CATEGORY),
            source: header.find(words::SOURCE),
            charge: header.find(&["charge_id"]),
            description: header.find(&["description"]),
            customer: header.find(words::CUSTOMER),
            status: header.find(&["status"]),
        })
    }
}

/// A list that Stripe exports beside its ledger. It is named, and refused.
struct Detail {
    found: &'static str,
}

impl Detail {
    fn bind(header: &Header) -> Option<Detail> {
        let is_payments = header.has_all(&["id", "Created date (UTC)", "Amount", "Amount Refunded"]);
        let is_payouts = header.has_all(&["id", "Arrival Date (UTC)", "Destination", "Amount"]);
        match (is_payments, is_payouts) {
            (true, _) => Some(Detail { found: "Stripe's list of payments: details of charges, no movements" }),
            (_, true) => Some(Detail { found: "Stripe's list of payouts: without the rest of the balance" }),
            _ => None,
        }
    }
}

impl BoundForm for Detail {
    fn form(&self) -> Form {
        Form { provider: Provider::Stripe, id: "stripe.detail", version: "", has_balance: false, ties_out: false }
    }

    fn learn(&mut self, _cells: &Cells<'_>) -> bool {
        true
    }

    fn settle(&mut self, _hints: &Hints) -> Result<(), Refusal> {
        let expected = "the report \"Balance change from activity\" or the balance history (all transactions)";
        Err(Refusal::new(RefusalCode::UnknownForm, expected, self.found))
    }

    fn row(&mut self, _cells: &Cells<'_>, _source: Source) -> Option<Row> {
        None
    }

    fn finish(&mut self, _summary: &mut Summary) {}
}

/// One bound file.
struct Stripe {
    columns: Columns,
    header: Header,
    hinted_currency: Option<Currency>,
    zone: TimeZone,
    order_learner: OrderLearner,
    learned_rows: usize,
    format_learner: FormatLearner,
    format: NumberFormat,
    /// A dinar amount with a comma was seen: its own decimals, for Stripe writes no thousands.
    has_open_comma: bool,
    date_order: Option<DateOrder>,
    newest_first: bool,
    currencies: Vec<(String, Currency, u32)>,
    row: usize,
    counted: Option<Counted>,
    net_mismatch: Option<String>,
    zone_assumed: bool,
}

impl Stripe {
    /// From here on, the file's habits are known well enough to stop learning.
    const ENOUGH_ROWS: usize = 200;

    fn new(columns: Columns, header: &Header) -> Stripe {
        Stripe {
            columns,
            header: header.clone(),
            hinted_currency: None,
            zone: TimeZone::UTC,
            order_learner: OrderLearner::default(),
            learned_rows: 0,
            format_learner: FormatLearner::default(),
            format: NumberFormat::Point,
            has_open_comma: false,
            date_order: None,
            newest_first: false,
            currencies: Vec::new(),
            row: 0,
            counted: None,
            net_mismatch: None,
            zone_assumed: false,
        }
    }

    fn learn_numbers(&mut self, cells: &Cells<'_>) {
        let Ok(currency) = Currency::parse(cells.optional(self.columns.currency)) else { return };
        for column in [self.columns.gross, self.columns.fee, self.columns.net].into_iter().flatten() {
            let written = cells.get(column);
            let clue = number_clue(written, currency);
            self.has_open_comma |= clue == NumberClue::Open && written.contains(',');
            self.format_learner.look(clue);
        }
    }
}

impl BoundForm for Stripe {
    fn form(&self) -> Form {
        let (id, version) = match self.columns.layout {
            Layout::BalanceChange => ("stripe.balance_change", "itemized"),
            Layout::Payouts => ("stripe.payouts", "itemized"),
            Layout::History { short: false } => ("stripe.balance_history", "dashboard"),
            Layout::History { short: true } => ("stripe.balance_history", "dashboard-short"),
        };
        // The payouts report holds the payouts alone.
        let ties_out = self.columns.layout != Layout::Payouts;
        Form { provider: Provider::Stripe, id, version, has_balance: false, ties_out }
    }

    fn zone(&self) -> Option<TimeZone> {
        Some(self.zone.clone())
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        if cells.is_blank() {
            return false;
        }
        self.learned_rows += 1;
        let written = cells.get(self.columns.created);
        let date = written.split([' ', 'T']).next().unwrap_or("");
        // The time of day is the same under both orders.
        let time = parse_date_time(written, DateOrder::Dmy)
            .or_else(|| parse_date_time(written, DateOrder::Mdy))
            .map(|(time, _)| time.time());
        self.order_learner.look(date, time);
        self.learn_numbers(cells);
        self.learned_rows >= Self::ENOUGH_ROWS
            && self.format_learner.found().is_some()
            && self.order_learner.is_certain()
    }

    fn settle(&mut self, hints: &Hints) -> Result<(), Refusal> {
        self.hinted_currency = hints.currency;
        if self.columns.currency.is_none() && self.hinted_currency.is_none() {
            let (expected, found) = ("a currency column (or say --currency)", "a header without one");
            return Err(Refusal::new(RefusalCode::NeedsCurrency, expected, found));
        }
        if self.format_learner.is_torn() {
            let (expected, found) = ("amounts with one decimal mark", "both the point and the comma as decimal mark");
            return Err(Refusal::new(RefusalCode::Damaged, expected, found));
        }
        let undecided = if self.has_open_comma { NumberFormat::Comma } else { NumberFormat::Point };
        self.format = self.format_learner.found().unwrap_or(undecided);
        self.date_order = self.order_learner.settle(hints.date_order)?;
        self.newest_first = self.order_learner.newest_first(self.date_order);
        if !self.columns.is_utc {
            self.zone_assumed = hints.zone.is_none();
            self.zone = hints.zone.clone().unwrap_or(TimeZone::UTC);
        }
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row> {
        if cells.is_blank() {
            return None;
        }
        let row = self.read(cells, source);
        self.row += 1;
        Some(row)
    }

    fn counted(&mut self) -> Option<Counted> {
        self.counted.take()
    }

    fn finish(&mut self, summary: &mut Summary) {
        if let Some(message) = self.net_mismatch.take() {
            summary.warnings.push(Warning { code: WarningCode::NetMismatch, message });
        }
        if self.zone_assumed && self.row > 0 {
            let message =
                "times were read in UTC: the column \"created\" is in a zone the report does not name (say --zone)";
            summary.warnings.push(Warning { code: WarningCode::ZoneAssumed, message: message.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests;
