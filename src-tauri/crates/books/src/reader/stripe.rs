//! Stripe's statement files: the reports "Balance change from activity" (`stripe.balance_change`), "Payout
//! reconciliation" (`stripe.payout_reconciliation`) and "Payouts" (`stripe.payouts`), and the dashboard's balance history
//! (`stripe.balance_history`), with any choice and order of columns. All of them name balance transactions, so that the
//! same money in two of them is one transaction.
//!
//! The dashboard's lists of payments (`stripe.payments`) and payouts (`stripe.payouts_export`) are no ledgers: their rows
//! describe transactions ([`Part::Detail`](crate::Part::Detail)) and tell no money of their own.
//!
//! Amounts are in major units. Stripe's fee is positive when charged and `net = gross - fee`
//! (docs.stripe.com "Balance change from activity", 2026-11); an entry's fee is negative then.

mod row;
mod words;

use jiff::tz::TimeZone;

use crate::reader::cells::{Cells, Header};
use crate::reader::dates::{OrderLearner, parse_date_time};
use crate::reader::faults::Faults;
use crate::reader::number::{FormatLearner, NumberClue, NumberFormat, number_clue};
use crate::reader::{BoundForm, Counted, DateOrder, Form, Hints, Refusal, RefusalCode, Summary, Warning, WarningCode};
use crate::{Currency, Provider, Row, Source};

/// Binds a header row that is one of Stripe's.
pub(crate) fn bind(header: &Header) -> Option<Box<dyn BoundForm>> {
    Some(Box::new(Stripe::new(Columns::bind(header)?, header)))
}

/// The summaries of Stripe's reports have sums by category and no rows.
pub(crate) fn refuse_companion(header: &Header) -> Option<Refusal> {
    let is_summary =
        header.has_all(&["reporting_category", "count", "gross", "net"]) && header.find(words::TRANSACTION).is_none();
    let (expected, found) = ("the itemized report, with balance_transaction_id", "a summary of a Stripe report");
    is_summary.then(|| Refusal::new(RefusalCode::SummaryOnly, expected, found))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    BalanceChange,
    /// Balance change with the payout that paid each row.
    Reconciliation,
    Payouts,
    /// The dashboard's export of all transactions; the shorter one has no Description.
    History {
        short: bool,
    },
    /// The dashboard's list of payments, in dollars and cents of the customer.
    Payments,
    /// The dashboard's list of payouts.
    PayoutsExport,
}

impl Layout {
    /// Whether the rows describe what other files tell.
    fn is_detail(self) -> bool {
        matches!(self, Layout::Payments | Layout::PayoutsExport)
    }
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
    /// Columns that name the customer, the best first.
    customers: Vec<usize>,
    status: Option<usize>,
    /// The payout that paid the row.
    paid_by: Option<usize>,
    alias: Option<usize>,
    /// Currency of the fee, where it is not that of the amount.
    fee_currency: Option<usize>,
    /// The bank account of a payout: its name and its last four digits.
    bank: [Option<usize>; 2],
}

impl Columns {
    fn bind(header: &Header) -> Option<Columns> {
        let payout = header.find(words::PAYOUT);
        let has = |names: &[&str]| header.has_all(names);
        let (layout, transaction) = match (header.find(words::TRANSACTION), header.find(&["id"])) {
            (Some(transaction), _) if payout.is_some() => (Layout::Payouts, transaction),
            // Its own columns are these two; with all columns chosen the balance change has the first, too.
            (Some(transaction), _) if has(&["automatic_payout_id", "trace_id"]) => {
                (Layout::Reconciliation, transaction)
            }
            (Some(transaction), _) => (Layout::BalanceChange, transaction),
            (None, Some(id))
                if has(&["Arrival Date (UTC)", "Amount"]) || has(&["Trace ID", "Statement Descriptor"]) =>
            {
                (Layout::PayoutsExport, id)
            }
            (None, Some(id)) if has(&["Amount", "Amount Refunded"]) => (Layout::Payments, id),
            (None, Some(id)) if has(&["Type", "Net", "Created (UTC)", "Available On (UTC)"]) => {
                (Layout::History { short: header.find(&["Description"]).is_none() }, id)
            }
            _ => return None,
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
            customers: words::CUSTOMER.iter().filter_map(|name| header.find(&[name])).collect(),
            status: header.find(&["status"]),
            paid_by: header.find(words::PAID_BY),
            alias: match layout {
                Layout::Payments => header.find(&["PaymentIntent ID"]),
                Layout::PayoutsExport => header.find(&["Balance Transaction"]),
                _ => None,
            },
            fee_currency: header.find(&["Converted Currency"]),
            bank: [header.find(&["Destination Name"]), header.find(&["Destination Last 4"])],
        })
    }
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
    net_mismatch: Faults,
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
            net_mismatch: Faults::default(),
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
            Layout::Reconciliation => ("stripe.payout_reconciliation", "itemized"),
            Layout::Payouts => ("stripe.payouts", "itemized"),
            Layout::History { short: false } => ("stripe.balance_history", "dashboard"),
            Layout::History { short: true } => ("stripe.balance_history", "dashboard-short"),
            Layout::Payments => ("stripe.payments", "dashboard"),
            Layout::PayoutsExport => ("stripe.payouts_export", "dashboard"),
        };
        // The payouts report holds the payouts alone.
        let ties_out = self.columns.layout != Layout::Payouts && !self.columns.layout.is_detail();
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
        summary.warnings.extend(self.net_mismatch.warning(WarningCode::NetMismatch));
        if self.zone_assumed && self.row > 0 {
            let message =
                "times were read in UTC: the column \"created\" is in a zone the report does not name (say --zone)";
            summary.warnings.push(Warning { code: WarningCode::ZoneAssumed, message: message.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests;
