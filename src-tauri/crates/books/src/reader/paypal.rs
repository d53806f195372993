//! PayPal's statement files: the Activity Download (`paypal.activity`) and the statement of a custom range
//! (`paypal.statement`), as CSV or TSV in the languages of [`words`].
//!
//! Columns are chosen by the user and found by name. Gross, Fee and Net are signed from the account's side, a charged
//! fee is negative (hledger `paypal-2018.csv.rules`, 2026-11). What moved the balance is told by Balance Impact,
//! else by the running Balance, else by type and status: "General Withdrawal" is written as Pending and did move it.
//!
//! The reports by SFTP are in [`sftp`]. Deliberately absent: any reading of a file whose header is not PayPal's.

mod balance;
mod columns;
mod row;
mod sftp;
mod words;

use crate::reader::cells::{Cells, Header};
use crate::reader::dates::{OrderLearner, parse_place, parse_time};
use crate::reader::faults::Faults;
use crate::reader::forms::Preamble;
use crate::reader::number::{FormatLearner, NumberFormat, number_clue, parse_amount};
use crate::reader::{BoundForm, Counted, DateOrder, Form, Hints, Refusal, RefusalCode, Summary, Warning, WarningCode};
use crate::{Currency, Kind, Provider, Row, Source, Status};

use balance::{Learned, Running, Verdict};
use columns::{Columns, Layout};
use jiff::tz::TimeZone;

/// Binds a header row that is PayPal's.
pub(crate) fn bind(header: &Header, first: &str, preamble: &Preamble) -> Option<Box<dyn BoundForm>> {
    if let Some(report) = sftp::bind(header, first, preamble) {
        return Some(report);
    }
    if is_agreement_report(header) {
        return Some(Box::new(AgreementReport));
    }
    Some(Box::new(PayPal::new(Columns::bind(header)?, header)))
}

/// The kind a type cell of PayPal's names, and whether such a row moves the balance; `None` where it is not known.
pub(super) fn kind_of_type(written: &str, gross: i64, status: Status) -> Option<(Kind, bool)> {
    let meaning = words::meaning(written);
    (meaning != words::Meaning::Other).then(|| (meaning.kind(gross), meaning.moves(status)))
}

/// The status a cell of PayPal's names; `None` where its word is not known.
pub(super) fn status(written: &str) -> Option<Status> {
    words::status(written)
}

/// The key of a payment in a mapped file: the same as in PayPal's own.
pub(crate) fn key_of_payment(id: &str, currency: &str, is_out: bool) -> String {
    row::key(id, currency, words::Meaning::Payment, is_out)
}

/// One bound file.
struct PayPal {
    columns: Columns,
    header: Header,
    hinted_currency: Option<Currency>,
    order_learner: OrderLearner,
    learned: Learned,
    learned_rows: usize,
    learned_currency: String,
    format_learner: FormatLearner,
    format: NumberFormat,
    date_order: Option<DateOrder>,
    newest_first: bool,
    /// The first zone the file names, with its rules of summer time where the name tells them.
    file_zone: Option<TimeZone>,
    hinted_zone: Option<TimeZone>,
    zones: Vec<(String, Option<TimeZone>)>,
    types: Vec<(String, words::Meaning)>,
    ledgers: Vec<Ledger>,
    row: usize,
    net_mismatch: Faults,
    balance_break: Faults,
    zone_assumed: Option<String>,
    /// What the last row adds to the totals, were it skipped.
    counted: Option<Counted>,
}

/// What is kept about one currency of the file.
struct Ledger {
    /// As the file writes it.
    written: String,
    currency: Currency,
    exponent: u32,
    running: Running,
}

impl PayPal {
    /// From here on, the file's habits are known well enough to stop learning.
    const ENOUGH_ROWS: usize = 200;

    fn new(columns: Columns, header: &Header) -> PayPal {
        PayPal {
            columns,
            header: header.clone(),
            hinted_currency: None,
            order_learner: OrderLearner::default(),
            learned: Learned::default(),
            learned_rows: 0,
            learned_currency: String::new(),
            format_learner: FormatLearner::default(),
            format: NumberFormat::Point,
            date_order: None,
            newest_first: false,
            file_zone: None,
            hinted_zone: None,
            zones: Vec::new(),
            types: Vec::new(),
            ledgers: Vec::new(),
            row: 0,
            net_mismatch: Faults::default(),
            balance_break: Faults::default(),
            zone_assumed: None,
            counted: None,
        }
    }

    /// Whether only the Balance column tells what moved it.
    fn is_moved_by_balance(&self) -> bool {
        self.columns.impact.is_none() && self.columns.balance.is_some() && self.columns.layout != Layout::Statement
    }

    fn written_currency<'a>(&self, cells: &Cells<'a>) -> &'a str {
        cells.optional(self.columns.currency)
    }

    fn currency(&self, written: &str) -> Option<Currency> {
        match self.columns.currency {
            Some(_) => Currency::parse(written).ok(),
            None => self.hinted_currency,
        }
    }

    /// While learning, a file without currencies is read in one with two decimals: marks and steps are the same.
    fn learning_currency(&self, written: &str) -> Option<Currency> {
        self.currency(written).or_else(|| self.columns.currency.is_none().then_some(Currency::CNY))
    }

    fn learn_numbers(&mut self, cells: &Cells<'_>, currency: Currency) {
        let columns = [self.columns.gross, self.columns.fee, self.columns.net, self.columns.balance];
        for column in columns.into_iter().flatten() {
            self.format_learner.look(number_clue(cells.get(column), currency));
        }
        // Until a cell is certain every cell reads the same in both formats (PayPal keeps no currency with three decimals).
        let format = self.format_learner.found().unwrap_or(NumberFormat::Point);
        let read = |column: Option<usize>| parse_amount(cells.optional(column), format, currency);
        let net = read(self.columns.net)
            .or_else(|| read(self.columns.gross)?.checked_add(read(self.columns.fee).unwrap_or(0)));
        self.learned.look(currency, net.zip(read(self.columns.balance)));
    }
}

impl BoundForm for PayPal {
    fn form(&self) -> Form {
        let (id, version) = match self.columns.layout {
            Layout::Activity => ("paypal.activity", "2018"),
            Layout::Classic => ("paypal.activity", "classic"),
            Layout::Short => ("paypal.activity", "short"),
            Layout::Statement => ("paypal.statement", "custom-range"),
        };
        Form {
            provider: Provider::PayPal,
            id,
            version,
            has_balance: self.columns.balance.is_some(),
            ties_out: self.columns.layout != Layout::Short,
        }
    }

    fn zone(&self) -> Option<TimeZone> {
        self.file_zone.clone().or_else(|| self.hinted_zone.clone())
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        if cells.is_blank() {
            return false;
        }
        self.learned_rows += 1;
        let written = self.written_currency(cells);
        if self.columns.layout == Layout::Statement && written != self.learned_currency {
            self.order_learner.restart();
            written.clone_into(&mut self.learned_currency);
        }
        if self.file_zone.is_none() {
            self.file_zone = parse_place(cells.optional(self.columns.zone));
        }
        self.order_learner.look(cells.get(self.columns.date), parse_time(cells.get(self.columns.time)));
        match self.learning_currency(written) {
            Some(currency) => self.learn_numbers(cells, currency),
            None => self.learned.skip(),
        }
        self.learned_rows >= Self::ENOUGH_ROWS
            && self.format_learner.found().is_some()
            && self.order_learner.is_certain()
            && (!self.is_moved_by_balance() || self.learned.is_surely_oldest_first())
    }

    fn settle(&mut self, hints: &Hints) -> Result<(), Refusal> {
        self.hinted_currency = hints.currency;
        self.hinted_zone.clone_from(&hints.zone);
        if self.columns.currency.is_none() && self.hinted_currency.is_none() {
            return Err(Refusal::new(
                RefusalCode::NeedsCurrency,
                "a Currency column (or say --currency)",
                "a header without one",
            ));
        }
        if self.format_learner.is_torn() {
            return Err(Refusal::new(
                RefusalCode::Damaged,
                "amounts with one decimal mark",
                "both the point and the comma as decimal mark",
            ));
        }
        self.format = self.format_learner.found().unwrap_or(NumberFormat::Point);
        self.date_order = self.order_learner.settle(hints.date_order)?;
        self.newest_first =
            self.learned.newest_first().unwrap_or_else(|| self.order_learner.newest_first(self.date_order));
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
        summary.warnings.extend(self.balance_break.warning(WarningCode::BalanceBreak));
        if let Some(message) = self.zone_assumed.take() {
            summary.warnings.push(Warning { code: WarningCode::ZoneAssumed, message });
        }
    }
}

/// The Subscription Agreement Report lists agreements, no money (developer.paypal.com, "Subscription Agreement Report").
fn is_agreement_report(header: &Header) -> bool {
    header.find(&["Subscription ID"]).is_some()
        && header.find(&["Subscription Action Type", "Subscription Creation Date"]).is_some()
}

struct AgreementReport;

impl BoundForm for AgreementReport {
    fn form(&self) -> Form {
        Form {
            provider: Provider::PayPal,
            id: "paypal.agreements",
            version: "sar",
            has_balance: false,
            ties_out: false,
        }
    }

    fn learn(&mut self, _cells: &Cells<'_>) -> bool {
        true
    }

    fn settle(&mut self, _hints: &Hints) -> Result<(), Refusal> {
        Err(Refusal::new(RefusalCode::NotMoney, "PayPal activity or a statement", "a Subscription Agreement Report"))
    }

    fn row(&mut self, _cells: &Cells<'_>, _source: Source) -> Option<Row> {
        None
    }

    fn finish(&mut self, _summary: &mut Summary) {}
}

#[cfg(test)]
mod tests;
