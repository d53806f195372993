//! A mapped file as a form: what it must learn, and what it warns of.

use jiff::tz::TimeZone;

use super::ledger::{Learned, Ledger, Stand};
use super::{ColumnRole, Mapping, amount};
use crate::reader::cells::{Cells, Header};
use crate::reader::dates::{OrderLearner, parse_place};
use crate::reader::faults::Faults;
use crate::reader::number::{FormatLearner, NumberFormat, number_clue};
use crate::reader::{BoundForm, Counted, DateOrder, Form, Hints, Refusal, RefusalCode, Summary, Warning, WarningCode};
use crate::{Currency, Provider, Row, Source};

const ROLES: usize = ColumnRole::ALL.len();
const AMOUNTS: [ColumnRole; 6] = [
    ColumnRole::Gross,
    ColumnRole::MoneyIn,
    ColumnRole::MoneyOut,
    ColumnRole::Fee,
    ColumnRole::Net,
    ColumnRole::Balance,
];

/// One bound file.
pub(super) struct Mapped {
    pub(super) mapping: Mapping,
    columns: [Option<usize>; ROLES],
    pub(super) header: Header,
    pub(super) currency: Option<Currency>,
    order_learner: OrderLearner,
    format_learner: FormatLearner,
    pub(super) learned: Learned,
    learned_rows: u64,
    /// Cells of the money-out column above and below zero.
    out_signs: (u64, u64),
    /// The money-out column is signed: its amounts are negative.
    pub(super) out_is_signed: bool,
    pub(super) format: NumberFormat,
    pub(super) date_order: Option<DateOrder>,
    pub(super) newest_first: bool,
    file_zone: Option<TimeZone>,
    pub(super) hinted_zone: Option<TimeZone>,
    pub(super) zones: Vec<(String, Option<TimeZone>)>,
    pub(super) ledgers: Vec<Ledger>,
    pub(super) row: u64,
    pub(super) net_mismatch: Faults,
    pub(super) balance_breaks: Vec<Warning>,
    pub(super) zone_assumed: Option<String>,
    pub(super) counted: Option<Counted>,
}

impl Mapped {
    /// From here on, the file's habits are known well enough to stop learning.
    const ENOUGH_ROWS: u64 = 200;

    /// For a mapping that was checked and fits the header.
    pub(super) fn new(mapping: &Mapping, header: &Header) -> Mapped {
        let mut columns = [None; ROLES];
        for (slot, role) in columns.iter_mut().zip(ColumnRole::ALL) {
            *slot = mapping.columns.get(role).and_then(|name| header.find(&[name]));
        }
        Mapped {
            mapping: mapping.clone(),
            columns,
            header: header.clone(),
            currency: mapping.currency,
            order_learner: OrderLearner::default(),
            format_learner: FormatLearner::default(),
            learned: Learned::default(),
            learned_rows: 0,
            out_signs: (0, 0),
            out_is_signed: false,
            format: NumberFormat::Point,
            date_order: None,
            newest_first: false,
            file_zone: None,
            hinted_zone: None,
            zones: Vec::new(),
            ledgers: Vec::new(),
            row: 0,
            net_mismatch: Faults::default(),
            balance_breaks: Vec::new(),
            zone_assumed: None,
            counted: None,
        }
    }

    pub(super) fn has(&self, role: ColumnRole) -> bool {
        self.columns[role as usize].is_some()
    }

    pub(super) fn cell<'a>(&self, cells: &Cells<'a>, role: ColumnRole) -> &'a str {
        cells.optional(self.columns[role as usize])
    }

    fn learn_numbers(&mut self, cells: &Cells<'_>) {
        let written = self.cell(cells, ColumnRole::Currency);
        // Without a currency yet, a currency of two decimals: marks and steps are the same.
        let currency = amount::currency(written).or(self.currency).unwrap_or(Currency::CNY);
        for role in AMOUNTS {
            self.format_learner.look(number_clue(self.cell(cells, role), currency));
        }
        // Until a cell is certain, every cell reads the same in both formats.
        self.format = self.format_learner.found().unwrap_or(NumberFormat::Point);
        let exponent = currency.exponent();
        if let Some(out) = self.read(cells, ColumnRole::MoneyOut, exponent, currency).ok().flatten() {
            self.out_signs.0 += u64::from(out > 0);
            self.out_signs.1 += u64::from(out < 0);
            self.out_is_signed = self.out_signs.0 == 0 && self.out_signs.1 > 0;
        }
        // Balances are kept by currency: only real ones, so that they stay few.
        let is_skipped = self.has(ColumnRole::Currency) && amount::currency(written).is_none();
        if !self.has(ColumnRole::Balance) || is_skipped {
            return;
        }
        let balance = self.read(cells, ColumnRole::Balance, exponent, currency).ok().flatten();
        if let (Ok(amounts), Some(balance)) = (self.amounts(cells, exponent, currency), balance) {
            let is_open = self.is_open(cells, amounts.gross);
            self.learned.look(written, Stand { row: self.learned_rows, net: amounts.net, balance, is_open });
        }
    }

    fn is_known_enough(&self) -> bool {
        // Which open rows moved the balance is known from the rows below them.
        let needs_balances = self.has(ColumnRole::Balance) && self.has(ColumnRole::Status);
        !needs_balances
            && self.learned_rows >= Self::ENOUGH_ROWS
            && self.format_learner.found().is_some()
            && self.order_learner.is_certain()
    }
}

const fn form_id(provider: Provider) -> &'static str {
    match provider {
        Provider::PayPal => "paypal.mapped",
        Provider::Alipay => "alipay.mapped",
        Provider::WeChatPay => "wechatpay.mapped",
        Provider::Stripe => "stripe.mapped",
        Provider::Other => "other.mapped",
    }
}

impl BoundForm for Mapped {
    fn form(&self) -> Form {
        let has_balance = self.has(ColumnRole::Balance);
        // Nobody says that the file is all of the wallet; only a running balance shows it.
        let ties_out = has_balance;
        let provider = self.mapping.provider;
        Form { provider, id: form_id(provider), version: "1", has_balance, ties_out }
    }

    fn zone(&self) -> Option<TimeZone> {
        self.file_zone.clone().or_else(|| self.hinted_zone.clone())
    }

    fn mapping(&self) -> Option<&Mapping> {
        Some(&self.mapping)
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        if cells.is_blank() {
            return false;
        }
        if self.file_zone.is_none() {
            self.file_zone = parse_place(self.cell(cells, ColumnRole::Zone));
        }
        let (day, time) = self.day_and_time(cells);
        self.order_learner.look(&day, time);
        self.learn_numbers(cells);
        self.learned_rows += 1;
        self.is_known_enough()
    }

    fn settle(&mut self, hints: &Hints) -> Result<(), Refusal> {
        self.currency = self.mapping.currency.or(hints.currency);
        self.hinted_zone.clone_from(&hints.zone);
        if !self.has(ColumnRole::Currency) && self.currency.is_none() {
            let expected = "a currency in the mapping (or say --currency)";
            return Err(Refusal::new(RefusalCode::NeedsCurrency, expected, "a mapping without one"));
        }
        if self.format_learner.is_torn() {
            let found = "both the point and the comma as decimal mark";
            return Err(Refusal::new(RefusalCode::Damaged, "amounts with one decimal mark", found));
        }
        self.format = self.format_learner.found().unwrap_or(NumberFormat::Point);
        self.date_order = self.order_learner.settle(hints.date_order.or(self.mapping.date_order))?;
        self.newest_first =
            self.learned.newest_first().unwrap_or_else(|| self.order_learner.newest_first(self.date_order));
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row> {
        if cells.is_blank() {
            return None;
        }
        let row = self.read_row(cells, source);
        self.row += 1;
        Some(row)
    }

    fn counted(&mut self) -> Option<Counted> {
        self.counted.take()
    }

    fn finish(&mut self, summary: &mut Summary) {
        self.close_chains();
        summary.warnings.extend(self.net_mismatch.warning(WarningCode::NetMismatch));
        if let Some(message) = self.zone_assumed.take() {
            summary.warnings.push(Warning { code: WarningCode::ZoneAssumed, message });
        }
        summary.warnings.append(&mut self.balance_breaks);
    }
}
