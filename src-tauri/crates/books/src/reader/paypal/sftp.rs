//! PayPal's reports by SFTP: Transaction Detail (TRR) and Settlement (STL).
//!
//! The first column says what a row is: RH and FH open report and file, SH a section with its period and account, CH
//! names the columns, SB is a transaction, SF and SC close a section with sums and a count, RF and RC the report, FF the
//! file. Amounts are unsigned hundredths, CR or DR says the direction (PayPal "Transaction detail report" 10.0, 2016;
//! developer.paypal.com "SFTP reports", 2026-11).
//!
//! Zero-decimal currencies: PayPal's page writes 100 yen as 10000, and Wikimedia's reader divides them by 100 like all
//! others. So does this one, and says that it is not confirmed.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::words::{self, Meaning};
use crate::reader::cells::{Cells, Header, is_damaged_id};
use crate::reader::dates::{instant, parse_date_time};
use crate::reader::forms::Preamble;
use crate::reader::{BoundForm, Counted, DateOrder, Form, Hints, Period, Refusal, Summary, Warning, WarningCode};
use crate::{Currency, Direction, Entry, Money, Part, Provider, Row, Skip, SkipReason, Source, Status};

/// Why a row is skipped, and the cell that was not understood.
type Bad<'a> = (SkipReason, &'a str);

pub(super) fn bind(header: &Header, first: &str, preamble: &Preamble) -> Option<Box<dyn BoundForm>> {
    // A day without transactions has sums and counts, and no column names.
    let is_empty_report = matches!(first, "SF" | "SC") && preamble.lines.iter().any(|line| line.starts_with("SH,"));
    let columns = Columns::bind(header).filter(|_| first == "CH");
    if columns.is_none() && !is_empty_report {
        return None;
    }
    let mut report = Report::new(columns, header.clone());
    for line in &preamble.lines {
        let cells: Vec<&str> = line.split(',').collect();
        report.open(cells.first().copied().unwrap_or(""), &|column| cells.get(column).copied().unwrap_or(""));
    }
    Some(Box::new(report))
}

#[derive(Debug, Clone)]
struct Columns {
    transaction: usize,
    reference: Option<usize>,
    reference_type: Option<usize>,
    event: usize,
    initiated: usize,
    direction: usize,
    gross: usize,
    currency: usize,
    fee_direction: Option<usize>,
    fee: Option<usize>,
    fee_currency: Option<usize>,
    /// Only in the Transaction Detail Report.
    status: Option<usize>,
    payer: Option<usize>,
    texts: Vec<usize>,
}

impl Columns {
    fn bind(header: &Header) -> Option<Columns> {
        let texts = ["Transaction Subject", "Item Name", "Custom Field", "Invoice ID"];
        Some(Columns {
            transaction: header.find(&["Transaction ID"])?,
            reference: header.find(&["PayPal Reference ID"]),
            reference_type: header.find(&["PayPal Reference ID Type"]),
            event: header.find(&["Transaction Event Code"])?,
            initiated: header.find(&["Transaction Initiation Date"])?,
            direction: header.find(&["Transaction Debit or Credit", "Transaction  Debit or Credit"])?,
            gross: header.find(&["Gross Transaction Amount"])?,
            currency: header.find(&["Gross Transaction Currency"])?,
            fee_direction: header.find(&["Fee Debit or Credit"]),
            fee: header.find(&["Fee Amount"]),
            fee_currency: header.find(&["Fee Currency"]),
            status: header.find(&["Transactional Status"]),
            payer: header.find(&["Payer's Account ID", "Consumer ID"]),
            texts: texts.iter().filter_map(|name| header.find(&[name])).collect(),
        })
    }
}

struct Report {
    /// `None` until a section names them.
    columns: Option<Columns>,
    header: Header,
    account: Option<String>,
    period: Option<(Date, Date)>,
    row: i64,
    /// Rows since the last section began, and since the report began.
    in_section: u64,
    in_report: u64,
    /// What the rows of a section make, by currency.
    sums: Vec<(Currency, Sums)>,
    control: Option<String>,
    /// The file states a count or sum.
    is_checked: bool,
    is_ended: bool,
    has_undivided: bool,
    counted: Option<Counted>,
}

impl Report {
    fn new(columns: Option<Columns>, header: Header) -> Report {
        Report {
            columns,
            header,
            account: None,
            period: None,
            row: 0,
            in_section: 0,
            in_report: 0,
            sums: Vec::new(),
            control: None,
            is_checked: false,
            is_ended: false,
            has_undivided: false,
            counted: None,
        }
    }

    /// A row that opens a report or a section: its account, its period.
    fn open<'a>(&mut self, kind: &str, cell: &dyn Fn(usize) -> &'a str) {
        if matches!(kind, "RH" | "SH") && self.account.is_none() {
            self.account = Some(cell(3).to_owned()).filter(|account| !account.is_empty());
        }
        if kind != "SH" {
            return;
        }
        self.in_section = 0;
        self.sums.clear();
        let day = |text: &str| parse_date_time(text, DateOrder::Mdy).map(|(time, _)| time.date());
        if let (Some(from), Some(to)) = (day(cell(1)), day(cell(2))) {
            let (first, last) = self.period.unwrap_or((from, to));
            self.period = Some((first.min(from), last.max(to)));
        }
    }

    /// Holds a printed count against the rows.
    fn close(&mut self, what: &str, printed: &str, counted: u64) {
        let Ok(printed) = printed.parse::<u64>() else { return };
        self.is_checked = true;
        if printed != counted && self.control.is_none() {
            self.control = Some(format!("{what}: the file states {printed} rows, there are {counted}"));
        }
    }

    fn entry<'a>(&mut self, cells: &Cells<'a>, source: Source) -> Result<Entry, Bad<'a>> {
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, cells.get(1)));
        }
        let columns = self.columns.clone().ok_or((SkipReason::BadShape, cells.get(1)))?;
        let written = cells.get(columns.currency);
        let currency = Currency::parse(written).map_err(|_| (SkipReason::BadCurrency, written))?;
        let gross = self.amount(cells.get(columns.gross), cells.get(columns.direction), currency)?;
        let fee = match cells.optional(columns.fee) {
            "" | "0" => 0,
            _ if !cells.optional(columns.fee_currency).eq_ignore_ascii_case(written) => {
                return Err((SkipReason::BadCurrency, cells.optional(columns.fee_currency)));
            }
            fee => self.amount(fee, cells.optional(columns.fee_direction), currency)?,
        };
        self.add(currency, gross, fee);
        let direction = if gross < 0 { Direction::Out } else { Direction::In };
        self.counted =
            gross.checked_abs().zip(fee.checked_neg()).map(|(gross, fee)| Counted { currency, direction, gross, fee });
        let id = cells.get(columns.transaction);
        if id.is_empty() || is_damaged_id(id) {
            return Err((SkipReason::DamagedId, id));
        }
        let at = cells.get(columns.initiated);
        let (civil, offset) = parse_date_time(at, DateOrder::Mdy).ok_or((SkipReason::BadTime, at))?;
        let time = match offset {
            Some(offset) => offset.to_timestamp(civil).ok(),
            None => instant(civil, &TimeZone::UTC),
        };
        let event = cells.get(columns.event);
        let meaning = words::meaning_of_code(event).unwrap_or(Meaning::Other);
        let status = match cells.optional(columns.status) {
            "P" => Status::Pending,
            "D" => Status::Failed,
            "V" => Status::Reversed,
            _ => Status::Completed,
        };
        let net = gross.checked_add(fee).ok_or((SkipReason::BadAmount, cells.get(columns.gross)))?;
        Ok(Entry {
            source,
            sequence: self.row,
            key: super::row::key(id, written, meaning, gross < 0),
            part: if columns.fee.is_some() { Part::Whole } else { Part::Gross },
            account: "main".to_owned(),
            currency,
            provider_ref: id.to_owned(),
            family: family(&columns, cells, meaning, id),
            alias: None,
            payout: None,
            time: time.ok_or((SkipReason::BadTime, at))?,
            booking_date: civil.date(),
            kind: meaning.kind(gross),
            status,
            direction,
            moved: meaning.moves(status),
            gross,
            fee,
            net,
            balance: None,
            counterparty: cells.optional(columns.payer).to_owned(),
            description: description(&columns, cells, event),
        })
    }

    /// Hundredths and a direction to minor units.
    fn amount<'a>(&mut self, written: &'a str, direction: &'a str, currency: Currency) -> Result<i64, Bad<'a>> {
        self.has_undivided |= currency.exponent() == 0;
        let minor = hundredths_to_minor(written, currency).ok_or((SkipReason::BadAmount, written))?;
        match direction {
            "CR" => Ok(minor),
            "DR" => Ok(-minor),
            _ if minor == 0 => Ok(0),
            _ => Err((SkipReason::BadDirection, direction)),
        }
    }

    fn add(&mut self, currency: Currency, gross: i64, fee: i64) {
        let at = self.sums.iter().position(|(seen, _)| *seen == currency).unwrap_or_else(|| {
            self.sums.push((currency, Sums::default()));
            self.sums.len() - 1
        });
        let [gross_in, gross_out, fee_in, fee_out] = &mut self.sums[at].1;
        for (amount, taken_in, taken_out) in [(gross, gross_in, gross_out), (fee, fee_in, fee_out)] {
            let sum = if amount < 0 { taken_out } else { taken_in };
            *sum = sum.saturating_add(amount.saturating_abs());
        }
    }

    /// Holds the sums that close a section of the Settlement Report against its rows. The Transaction Detail Report has
    /// rows that are no settled money, and does not say which of them its sums hold.
    fn compare_sums(&mut self, cells: &Cells<'_>) {
        let is_detail = self.columns.as_ref().is_some_and(|columns| columns.status.is_some());
        let Ok(currency) = Currency::parse(cells.get(1)) else { return };
        if is_detail || self.control.is_some() {
            return;
        }
        let counted = self.sums.iter().find(|(seen, _)| *seen == currency).map(|(_, sums)| *sums).unwrap_or_default();
        for ((name, column), counted) in SUMS.into_iter().zip(2..).zip(counted) {
            let printed = hundredths_to_minor(cells.get(column), currency);
            if let Some(printed) = printed.filter(|printed| *printed != counted) {
                let money = |minor| Money::new(minor, currency);
                self.control =
                    Some(format!("{name}: the file states {}, its rows are {}", money(printed), money(counted)));
                return;
            }
        }
    }
}

/// Gross credits and debits, fees given back and charged.
type Sums = [i64; 4];
const SUMS: [&str; 4] = ["gross credits", "gross debits", "fee credits", "fee debits"];

/// Unsigned hundredths as minor units.
fn hundredths_to_minor(written: &str, currency: Currency) -> Option<i64> {
    let hundredths: i64 = written.parse().ok().filter(|hundredths| *hundredths >= 0)?;
    match currency.exponent() {
        2 => Some(hundredths),
        0 => (hundredths % 100 == 0).then_some(hundredths / 100),
        _ => hundredths.checked_mul(10).filter(|_| currency.exponent() == 3),
    }
}

/// A payment begins a family; what refers to a transaction belongs to its family.
fn family(columns: &Columns, cells: &Cells<'_>, meaning: Meaning, id: &str) -> Option<String> {
    if matches!(meaning, Meaning::Payment | Meaning::Memo) {
        return Some(id.to_owned());
    }
    let reference = cells.optional(columns.reference);
    let is_transaction = matches!(cells.optional(columns.reference_type), "" | "TXN");
    (is_transaction && !reference.is_empty()).then(|| reference.to_owned())
}

fn description(columns: &Columns, cells: &Cells<'_>, event: &str) -> String {
    let text = columns.texts.iter().map(|column| cells.get(*column)).find(|text| !text.is_empty());
    text.unwrap_or(event).split_whitespace().collect::<Vec<_>>().join(" ")
}

impl BoundForm for Report {
    fn form(&self) -> Form {
        let (id, version) = match self.columns.as_ref().and_then(|columns| columns.status) {
            Some(_) => ("paypal.transaction_detail", "trr"),
            None => ("paypal.settlement", "stl"),
        };
        Form { provider: Provider::PayPal, id, version, has_balance: false, ties_out: true }
    }

    fn account_ref(&self) -> Option<String> {
        self.account.clone()
    }

    fn learn(&mut self, _cells: &Cells<'_>) -> bool {
        true
    }

    fn settle(&mut self, _hints: &Hints) -> Result<(), Refusal> {
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row> {
        match cells.get(0) {
            "SB" => {
                self.row += 1;
                self.in_section += 1;
                self.in_report += 1;
                self.counted = None;
                Some(match self.entry(cells, source) {
                    Ok(entry) => {
                        self.counted = None;
                        Row::Entry(Box::new(entry))
                    }
                    Err((reason, found)) => Row::Skip(Skip { source, reason, found: found.chars().take(40).collect() }),
                })
            }
            "CH" => {
                // Another section may choose other columns.
                let header = Header::new(cells.iter());
                if let Some(columns) = Columns::bind(&header) {
                    (self.columns, self.header) = (Some(columns), header);
                }
                None
            }
            kind => {
                let cell = |column: usize| cells.get(column);
                self.open(kind, &cell);
                match kind {
                    "SF" => self.compare_sums(cells),
                    "SC" => self.close("section", cells.get(1), self.in_section),
                    "RC" => self.close("report", cells.get(1), self.in_report),
                    "RF" | "FF" => self.is_ended = true,
                    _ => {}
                }
                None
            }
        }
    }

    fn counted(&mut self) -> Option<Counted> {
        self.counted.take()
    }

    fn finish(&mut self, summary: &mut Summary) {
        let mut warn = |code, message: String| summary.warnings.push(Warning { code, message });
        if let Some(message) = self.control.take() {
            warn(WarningCode::ControlTotal, message);
        }
        if !self.is_ended {
            warn(WarningCode::NoFooter, "the report has no closing row (RF or FF)".to_owned());
        }
        if self.has_undivided {
            let message =
                "amounts in a currency without decimals were read as hundredths; PayPal's page leaves this open";
            warn(WarningCode::Unconfirmed, message.to_owned());
        }
        summary.checked |= self.is_checked;
        if let Some((from, to)) = self.period {
            summary.period = Some(Period { from, to, stated: true });
        }
    }
}
