//! What the columns of a file may be.

use std::collections::BTreeMap;

use crate::reader::mapping::{ColumnRole, FeeSign, Mapping, parse_amount, parse_currency};
use crate::reader::number::NumberFormat;
use crate::reader::{Hints, OpenFile, ReadError};
use crate::{Currency, Provider};

use super::arithmetic::{Arithmetic, Found, Three};
use super::columns::{Column, Columns, is_none};
use super::{Ambiguous, Guess, GuessReason, Place, Reason, each_row};

/// Words in the names of columns that hold what came in, and of those that hold what went out.
const IN_NAMES: &[&str] =
    &["in", "credit", "deposit", "deposits", "income", "received", "收入", "入账", "转入", "haben"];
const OUT_NAMES: &[&str] =
    &["out", "debit", "withdrawal", "withdrawals", "expense", "sent", "支出", "出账", "转出", "soll"];

/// Guesses from all rows; `None` for a file without rows or without anything that can be told.
pub(super) fn guess(source: OpenFile<'_>, place: &Place, hints: &Hints) -> Result<Option<Guess>, ReadError> {
    let mut columns = Columns::new(place.header.len());
    each_row(source, place, &mut |cells| {
        columns.look(cells);
        true
    })?;
    if columns.rows == 0 {
        return Ok(None);
    }
    let mut guesser = Guesser::new(place, &columns, hints);
    guesser.currency();
    guesser.amounts(source)?;
    guesser.dates(hints);
    guesser.ids();
    guesser.words();
    guesser.texts();
    Ok(guesser.finish())
}

struct Guesser<'a> {
    place: &'a Place,
    columns: &'a Columns,
    /// Columns that are not free for another role.
    taken: Vec<bool>,
    guess: Guess,
    adds_up: bool,
    is_paypal: bool,
}

impl<'a> Guesser<'a> {
    fn new(place: &'a Place, columns: &'a Columns, hints: &Hints) -> Guesser<'a> {
        let mapping = Mapping {
            provider: Provider::Other,
            header: place.header.clone(),
            columns: BTreeMap::new(),
            date_order: None,
            currency: hints.currency,
            fee_sign: FeeSign::Added,
        };
        let guess = Guess { mapping, reasons: Vec::new(), ambiguous: Vec::new(), certain: false };
        // A column without a name cannot be named.
        let taken = place.header.iter().map(String::is_empty).collect();
        Guesser { place, columns, taken, guess, adds_up: false, is_paypal: false }
    }

    fn finish(mut self) -> Option<Guess> {
        if self.is_paypal && self.adds_up {
            self.guess.mapping.provider = Provider::PayPal;
        }
        if self.has(ColumnRole::Currency) {
            self.guess.mapping.currency = None;
        }
        let tells = !self.guess.mapping.columns.is_empty() || !self.guess.ambiguous.is_empty();
        tells.then_some(self.guess)
    }

    fn has(&self, role: ColumnRole) -> bool {
        self.guess.mapping.columns.contains_key(&role)
    }

    fn name(&self, column: usize) -> String {
        self.place.header[column].clone()
    }

    fn free(&self, holds: impl Fn(&Column) -> bool) -> Vec<usize> {
        self.columns.which(holds).into_iter().filter(|at| !self.taken[*at]).collect()
    }

    fn claim(&mut self, role: ColumnRole, column: usize, reason: Reason) {
        self.taken[column] = true;
        let name = self.name(column);
        self.guess.mapping.columns.insert(role, name.clone());
        self.guess.reasons.push(GuessReason { role, column: name, reason });
    }

    /// Leaves a role to the person: any of these columns could have it.
    fn leave_open(&mut self, role: ColumnRole, candidates: impl IntoIterator<Item = usize>) {
        let mut at: Vec<_> = candidates.into_iter().filter(|at| !self.place.header[*at].is_empty()).collect();
        at.sort_unstable();
        at.dedup();
        at.iter().for_each(|column| self.taken[*column] = true);
        let columns = at.into_iter().map(|column| self.name(column)).collect();
        self.guess.ambiguous.push(Ambiguous { role, columns });
    }

    /// The one candidate is claimed; several are left to the person.
    fn claim_only(&mut self, role: ColumnRole, candidates: Vec<usize>, reason: Reason) {
        match candidates.as_slice() {
            [] => {}
            [only] => self.claim(role, *only, reason),
            _ => self.leave_open(role, candidates),
        }
    }

    fn currency(&mut self) {
        let rows = self.columns.rows;
        let all = self.free(|column| column.mostly(column.currencies) && column.filled * 10 >= rows * 9);
        self.claim_only(ColumnRole::Currency, all, Reason::Shape);
    }

    fn amounts(&mut self, source: OpenFile<'_>) -> Result<(), ReadError> {
        let amounts: Vec<_> = self.columns.amounts().into_iter().filter(|at| !self.taken[*at]).collect();
        let format = self.columns.format(&amounts);
        let mut all = Arithmetic::new(amounts);
        self.feed(source, format, &mut all)?;
        let either_or = all.either_or(self.columns.rows);
        let mut balance = all.balance();
        let three = all.three(only_balance(&balance));
        if three == Found::None && !either_or.is_empty() {
            let mut pairs = all.with_pairs(&either_or);
            self.feed(source, format, &mut pairs)?;
            balance = pairs.balance();
            self.claim_balance(&all, &balance);
            self.claim_either_or(&all, &either_or, &balance);
            return Ok(());
        }
        self.claim_balance(&all, &balance);
        match three {
            Found::One(three) => self.claim_three(&all, three),
            Found::Several(readings) => self.leave_three_open(&all, &readings),
            Found::None => self.claim_gross(&all, &balance),
        }
        Ok(())
    }

    /// Reads the amounts of all rows.
    fn feed(&self, source: OpenFile<'_>, format: NumberFormat, into: &mut Arithmetic) -> Result<(), ReadError> {
        let named = self.guess.mapping.columns.get(&ColumnRole::Currency);
        let currency_at = named.and_then(|name| self.place.header.iter().position(|column| column == name));
        each_row(source, self.place, &mut |cells| {
            let written = currency_at.and_then(|at| cells.get(at)).map_or("", AsRef::as_ref);
            // Balances are kept by currency: only real ones, so that they stay few.
            if currency_at.is_some() && parse_currency(written).is_none() {
                into.skip();
                return true;
            }
            let exponent = parse_currency(written).map_or(2, Currency::exponent);
            let mut row = Vec::with_capacity(into.columns.len());
            for at in &into.columns {
                let cell = cells.get(*at).map_or("", AsRef::as_ref);
                match parse_amount(cell, format, exponent, None) {
                    None if !is_none(cell) => {
                        into.skip();
                        return true;
                    }
                    amount => row.push(amount),
                }
            }
            into.look(written, row);
            true
        })
    }

    fn claim_balance(&mut self, all: &Arithmetic, balance: &Found<(usize, usize, Option<usize>)>) {
        match (only_balance(balance), balance) {
            (Some(at), _) => self.claim(ColumnRole::Balance, all.columns[at], Reason::Steps),
            (None, Found::Several(readings)) => {
                self.leave_open(ColumnRole::Balance, readings.iter().map(|(at, ..)| all.columns[*at]));
            }
            (None, _) => {}
        }
    }

    fn claim_three(&mut self, all: &Arithmetic, three: Three) {
        self.claim(ColumnRole::Gross, all.columns[three.gross], Reason::Sum);
        self.claim(ColumnRole::Fee, all.columns[three.fee], Reason::Sum);
        self.claim(ColumnRole::Net, all.columns[three.net], Reason::Sum);
        self.guess.mapping.fee_sign = if three.subtracted { FeeSign::Subtracted } else { FeeSign::Added };
        self.adds_up = true;
    }

    fn leave_three_open(&mut self, all: &Arithmetic, readings: &[Three]) {
        self.leave_open(ColumnRole::Gross, readings.iter().map(|three| all.columns[three.gross]));
        self.leave_open(ColumnRole::Fee, readings.iter().map(|three| all.columns[three.fee]));
        self.leave_open(ColumnRole::Net, readings.iter().map(|three| all.columns[three.net]));
    }

    /// One amount: the only column of amounts, or the one the balance changes by.
    fn claim_gross(&mut self, all: &Arithmetic, balance: &Found<(usize, usize, Option<usize>)>) {
        let rest: Vec<_> = all.columns.iter().copied().filter(|at| !self.taken[*at]).collect();
        match (rest.as_slice(), balance) {
            ([], _) => {}
            ([only], _) => self.claim(ColumnRole::Gross, *only, Reason::OnlyAmounts),
            (_, Found::One((_, amount, None))) => self.claim(ColumnRole::Gross, all.columns[*amount], Reason::Steps),
            _ => self.leave_open(ColumnRole::Gross, rest),
        }
    }

    /// Which of two columns takes: the balance says it, else signs, else names.
    fn claim_either_or(
        &mut self,
        all: &Arithmetic,
        pairs: &[(usize, usize)],
        balance: &Found<(usize, usize, Option<usize>)>,
    ) {
        let told = match (balance, pairs) {
            (Found::One((_, plus, Some(less))), _) => Some((*plus, *less, Reason::Steps)),
            (_, [(first, second)]) => self.by_name(all.columns[*first], all.columns[*second]).map(|swapped| {
                let (plus, less) = if swapped { (*second, *first) } else { (*first, *second) };
                (plus, less, Reason::Words)
            }),
            _ => None,
        };
        if let Some((plus, less, reason)) = told {
            self.claim(ColumnRole::MoneyIn, all.columns[plus], reason);
            self.claim(ColumnRole::MoneyOut, all.columns[less], reason);
        } else {
            let both: Vec<_> =
                pairs.iter().flat_map(|(first, second)| [all.columns[*first], all.columns[*second]]).collect();
            self.leave_open(ColumnRole::MoneyIn, both.clone());
            self.leave_open(ColumnRole::MoneyOut, both);
        }
    }

    /// Whether the second of two columns is the one that gives, by their names.
    fn by_name(&self, first: usize, second: usize) -> Option<bool> {
        let has = |column: usize, words: &[&str]| {
            let name = self.name(column).to_lowercase();
            words.iter().any(|word| {
                let latin = word.is_ascii();
                (latin && name.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word))
                    || (!latin && name.contains(word))
            })
        };
        let way = |column| (has(column, IN_NAMES), has(column, OUT_NAMES));
        match (way(first), way(second)) {
            ((true, false), (false, true)) => Some(false),
            ((false, true), (true, false)) => Some(true),
            _ => None,
        }
    }

    fn dates(&mut self, hints: &Hints) {
        let rows = self.columns.rows;
        let is_date = |column: &Column| column.mostly(column.dates) && column.filled * 10 >= rows * 9;
        let dates = self.free(is_date);
        if let [date] = dates.as_slice() {
            let column = &self.columns.columns[*date];
            self.guess.mapping.date_order = column.order.settle(hints.date_order).ok().flatten();
        }
        let needs_time = dates.iter().all(|at| self.columns.columns[*at].times_in_dates == 0);
        self.claim_only(ColumnRole::Date, dates, Reason::Shape);
        if needs_time {
            let times = self.free(|column| column.mostly(column.times) && column.filled * 10 >= rows * 9);
            self.claim_only(ColumnRole::Time, times, Reason::Shape);
        }
        let zones = self.free(|column| column.mostly(column.zones) && column.filled * 10 >= rows * 9);
        self.claim_only(ColumnRole::Zone, zones, Reason::Shape);
    }

    fn ids(&mut self) {
        let rows = self.columns.rows;
        let paypals = self.free(|column| column.is_paypal_id(rows));
        if let [_] = paypals.as_slice() {
            self.is_paypal = true;
            self.claim_only(ColumnRole::Id, paypals, Reason::Shape);
            let references = self.free(|column| column.all(column.paypal_ids));
            self.claim_only(ColumnRole::Reference, references, Reason::Shape);
            return;
        }
        let unique = self.free(|column| column.is_unique_id(rows) && !(column.is_amounts() && column.is_marked()));
        self.claim_only(ColumnRole::Id, unique, Reason::Unique);
    }

    fn words(&mut self) {
        if !self.has(ColumnRole::MoneyIn) {
            let directions = self.free(|column| column.mostly(column.directions));
            self.claim_only(ColumnRole::Direction, directions, Reason::Words);
        }
        let statuses = self.free(|column| column.all(column.known_statuses));
        self.claim_only(ColumnRole::Status, statuses, Reason::Words);
        let types = self.free(|column| column.is_one_of_few() && column.known_types * 2 >= column.filled);
        self.claim_only(ColumnRole::Type, types, Reason::Words);
    }

    /// The only text describes; which of several names the other side is not told by their cells.
    fn texts(&mut self) {
        let is_text = |column: &Column| {
            let is_code = column.blanks() == 0 && column.has_digits();
            let is_words = !is_code && !column.is_one_of_few() && column.addresses == 0;
            column.filled > 0 && is_words && !column.is_amounts() && !column.is_dated()
        };
        let texts = self.free(is_text);
        if texts.len() > 1 {
            self.leave_open(ColumnRole::Counterparty, texts.clone());
        }
        self.claim_only(ColumnRole::Description, texts, Reason::Texts);
    }
}

/// The balance column, where all readings have the same one.
fn only_balance(balance: &Found<(usize, usize, Option<usize>)>) -> Option<usize> {
    match balance {
        Found::None => None,
        Found::One((at, ..)) => Some(*at),
        Found::Several(readings) => {
            let (first, ..) = readings.first()?;
            readings.iter().all(|(at, ..)| at == first).then_some(*first)
        }
    }
}
