//! The register: the numbers of every transaction, kept in memory in the order of time, so that any filter, any order and
//! any position of a million transactions is answered at once.
//!
//! It holds no text: what a list shows is read from the books, page by page. It is read anew after the transactions
//! changed. Deliberately absent: an index per sortable column, which would make every import pay for it.

mod read;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use read::read_column;
use read::{Numbers, day_number, take_text};

use super::transactions::{CurrencyTotals, Filter, SortColumn};
use crate::error::{Code, Error, Result};

/// Answers that are kept: the one on the screen and some before it.
const KEPT_ANSWERS: usize = 4;
/// No transaction has this id.
const NO_PLACE: u32 = u32::MAX;
/// Bit of `flags` beside the direction.
const MOVED: u8 = 0x80;

/// Columns of the transactions; a place is an index into each of them.
#[derive(Debug, Default)]
pub(super) struct Register {
    ids: Vec<u32>,
    /// Place by id.
    places: Vec<u32>,
    /// Booking dates as [`day_number`]s.
    days: Vec<u32>,
    /// Index into `accounts`.
    account: Vec<u16>,
    kind: Vec<u8>,
    /// Direction, and whether it moved the balance.
    flags: Vec<u8>,
    gross: Vec<i64>,
    fee: Vec<i64>,
    net: Vec<i64>,
    accounts: Vec<AccountOf>,
    currencies: Vec<String>,
    orders: Mutex<HashMap<SortColumn, Arc<Vec<u32>>>>,
    answers: Mutex<Vec<(Filter, Arc<Answer>)>>,
}

#[derive(Debug)]
struct AccountOf {
    id: i64,
    wallet_id: i64,
    /// Index into `currencies`, which are in alphabetical order.
    currency: usize,
}

/// What a filter matches.
#[derive(Debug)]
pub(super) struct Answer {
    /// Places in the order of time; `None`: all of them.
    places: Option<Vec<u32>>,
    pub(super) totals: Vec<CurrencyTotals>,
    /// The last order this was asked in.
    order: Mutex<Option<(SortColumn, Arc<Vec<u32>>)>>,
}

/// A row that moved an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Movement {
    pub(crate) id: i64,
    /// Booking date: 20261001 is 2026-10-01.
    pub(crate) day: u32,
    pub(crate) kind: i64,
    pub(crate) net: i64,
    pub(crate) fee: i64,
}

impl Movement {
    pub(crate) fn date(&self) -> jiff::civil::Date {
        let part = |number: u32| i8::try_from(number % 100).unwrap_or(0);
        let year = i16::try_from(self.day / 10_000).unwrap_or(0);
        jiff::civil::Date::new(year, part(self.day / 100), part(self.day)).unwrap_or_default()
    }
}

/// A set of places.
pub(super) struct Places(Vec<u64>);

impl Places {
    fn none(count: usize) -> Places {
        Places(vec![0; count.div_ceil(64)])
    }

    fn insert(&mut self, place: u32) {
        if let Some(word) = self.0.get_mut(place as usize / 64) {
            *word |= 1 << (place % 64);
        }
    }

    fn contains(&self, place: u32) -> bool {
        self.0.get(place as usize / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }
}

impl Register {
    fn from_rows(mut rows: Vec<Numbers>, accounts: &[(i64, i64, String)]) -> Result<Register> {
        rows.sort_unstable_by_key(|row| (row.time_ms, row.sequence, row.id));
        let mut currencies: Vec<String> = accounts.iter().map(|(_, _, currency)| currency.clone()).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let mut register = Register { currencies, ..Register::default() };
        let mut codes = HashMap::new();
        for (id, wallet_id, currency) in accounts {
            codes.insert(*id, u16::try_from(register.accounts.len()).map_err(|_| too_many())?);
            let currency = register.currencies.iter().position(|known| known == currency).unwrap_or(0);
            register.accounts.push(AccountOf { id: *id, wallet_id: *wallet_id, currency });
        }
        let highest = rows.iter().map(|row| row.id as usize + 1).max().unwrap_or(0);
        register.places = vec![NO_PLACE; highest];
        for (place, row) in rows.iter().enumerate() {
            if let Some(slot) = register.places.get_mut(row.id as usize) {
                *slot = u32::try_from(place).map_err(|_| too_many())?;
            }
        }
        let account_code = |row: &Numbers| codes.get(&row.account).copied().ok_or(Code::Damaged);
        register.account = rows.iter().map(account_code).collect::<std::result::Result<_, Code>>()?;
        register.ids = rows.iter().map(|row| row.id).collect();
        register.days = rows.iter().map(|row| row.day).collect();
        register.kind = rows.iter().map(|row| row.kind).collect();
        register.flags = rows.iter().map(|row| row.flags).collect();
        register.gross = rows.iter().map(|row| row.gross).collect();
        register.fee = rows.iter().map(|row| row.fee).collect();
        register.net = rows.iter().map(|row| row.net).collect();
        Ok(register)
    }

    /// What a filter matches, and its sums. `found`: what its search found.
    pub(super) fn answer(&self, filter: &Filter, found: Option<&Places>) -> Result<Arc<Answer>> {
        let pass = Pass::new(self, filter, found);
        let mut sums = vec![Sums::default(); self.currencies.len()];
        let mut places = (!filter.is_all()).then(Vec::new);
        for place in 0..self.ids.len() {
            let Some(row) = pass.row(place) else { continue };
            if let Some(sums) = sums.get_mut(row.currency) {
                sums.add(self, place);
            }
            if let Some(places) = &mut places {
                places.push(row.place);
            }
        }
        let totals = self.totals(&sums)?;
        let answer = Arc::new(Answer { places, totals, order: Mutex::new(None) });
        let mut kept = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(0, (filter.clone(), Arc::clone(&answer)));
        kept.truncate(KEPT_ANSWERS);
        Ok(answer)
    }

    /// The answer to a filter that was asked a short while ago.
    pub(super) fn kept_answer(&self, filter: &Filter) -> Option<Arc<Answer>> {
        let mut kept = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(asked, _)| asked == filter)?;
        kept[..=at].rotate_right(1);
        kept.first().map(|(_, answer)| Arc::clone(answer))
    }

    /// Ids of one page of an answer in an order. `order`: all places in that order, ascending; `None` for the order of time.
    pub(super) fn page(
        &self,
        answer: &Answer,
        order: Option<(SortColumn, &Arc<Vec<u32>>)>,
        descending: bool,
        offset: u64,
        limit: usize,
    ) -> Vec<i64> {
        let ordered = order.map(|(column, all)| answer.in_order(column, all, self.ids.len()));
        let places: Option<&[u32]> = ordered.as_ref().map(|places| places.as_slice()).or(answer.places.as_deref());
        let count = places.map_or(self.ids.len(), <[u32]>::len);
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(count);
        let id_at = |rank: usize| {
            let rank = if descending { count - 1 - rank } else { rank };
            let place = places.map_or(Some(rank), |places| places.get(rank).map(|place| *place as usize));
            place.and_then(|place| self.ids.get(place)).map(|id| i64::from(*id))
        };
        (from..count.min(from.saturating_add(limit))).filter_map(id_at).collect()
    }

    /// Where the transactions before a place begin in an answer by time, newest first.
    pub(super) fn offset_before(&self, answer: &Answer, place: u32) -> u64 {
        let (count, older) = match &answer.places {
            None => (self.ids.len(), (place as usize).min(self.ids.len())),
            Some(places) => (places.len(), places.partition_point(|other| *other < place)),
        };
        (count - older) as u64
    }

    /// What moved an account, in the order of its statement.
    pub(super) fn movements_of(&self, account: i64) -> Vec<Movement> {
        let is_mine = |place: &usize| {
            let code = self.account.get(*place).map(|code| usize::from(*code));
            code.and_then(|code| self.accounts.get(code)).is_some_and(|of| of.id == account)
                && self.flags.get(*place).is_some_and(|flags| flags & MOVED != 0)
        };
        let movement = |place: usize| {
            Some(Movement {
                id: i64::from(*self.ids.get(place)?),
                day: *self.days.get(place)?,
                kind: i64::from(*self.kind.get(place)?),
                net: *self.net.get(place)?,
                fee: *self.fee.get(place)?,
            })
        };
        let mut movements: Vec<Movement> = (0..self.ids.len()).filter(is_mine).filter_map(movement).collect();
        movements.sort_by_key(|movement| movement.day);
        movements
    }

    pub(super) fn place_of(&self, id: i64) -> Option<u32> {
        let place = *self.places.get(usize::try_from(id).ok()?)?;
        (place != NO_PLACE).then_some(place)
    }

    /// Places of ids. An id that is not known is left out.
    pub(super) fn places_of(&self, ids: &[u32]) -> Places {
        let mut places = Places::none(self.ids.len());
        ids.iter().filter_map(|id| self.place_of(i64::from(*id))).for_each(|place| places.insert(place));
        places
    }

    /// All places in an order that was asked for before, ascending.
    pub(super) fn kept_order(&self, column: SortColumn) -> Option<Arc<Vec<u32>>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).get(&column).cloned()
    }

    /// Sorts by a column of numbers; equal ones in the order of time. `None` for texts, which the books order.
    pub(super) fn sort(&self, column: SortColumn) -> Option<Arc<Vec<u32>>> {
        let by_account = |rank: fn(&AccountOf) -> i64| {
            let ranks: Vec<i64> = self.accounts.iter().map(rank).collect();
            sorted(self.account.iter().map(|account| ranks.get(usize::from(*account)).copied().unwrap_or(0)))
        };
        let order = match column {
            SortColumn::Wallet => by_account(|account| account.wallet_id),
            SortColumn::Currency => by_account(|account| i64::try_from(account.currency).unwrap_or(0)),
            SortColumn::Kind => sorted(self.kind.iter().map(|kind| i64::from(*kind))),
            SortColumn::Gross => sorted(self.gross.iter().copied()),
            SortColumn::Fee => sorted(self.fee.iter().copied()),
            SortColumn::Net => sorted(self.net.iter().copied()),
            SortColumn::Time | SortColumn::Counterparty | SortColumn::Description => return None,
        };
        Some(self.keep(column, order))
    }

    /// Keeps an order by texts. `None` where they are not of the same transactions.
    pub(super) fn sort_texts(&self, column: SortColumn, texts: &[String]) -> Option<Arc<Vec<u32>>> {
        let mut text_of: Vec<&str> = vec![""; self.ids.len()];
        let mut count = 0;
        for mut rest in texts.iter().map(String::as_str) {
            while !rest.is_empty() {
                let (id, text) = take_text(&mut rest)?;
                *text_of.get_mut(self.place_of(id)? as usize)? = text;
                count += 1;
            }
        }
        if count != self.ids.len() {
            return None;
        }
        // Names repeat: each is compared once and then known by its rank.
        let mut distinct: Vec<&str> = text_of.iter().copied().collect::<HashSet<_>>().into_iter().collect();
        distinct.sort_unstable();
        let ranks: HashMap<&str, i64> = distinct.into_iter().zip(0..).collect();
        let order = sorted(text_of.iter().map(|text| ranks.get(text).copied().unwrap_or(0)));
        Some(self.keep(column, order))
    }

    fn keep(&self, column: SortColumn, order: Vec<u32>) -> Arc<Vec<u32>> {
        let order = Arc::new(order);
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).insert(column, Arc::clone(&order));
        order
    }

    fn totals(&self, sums: &[Sums]) -> Result<Vec<CurrencyTotals>> {
        let mut totals = Vec::new();
        for (currency, sums) in self.currencies.iter().zip(sums).filter(|(_, sums)| sums.count > 0) {
            let amount = |sum: i128| i64::try_from(sum).map_err(|_| Error::new(Code::Internal, "the sum is too large"));
            totals.push(CurrencyTotals {
                currency: currency.clone(),
                count: sums.count,
                money_in: amount(sums.money_in)?,
                money_out: amount(sums.money_out)?,
                fees: amount(sums.fees)?,
                net: amount(sums.net)?,
            });
        }
        totals.sort_by(|a, b| (b.count, &a.currency).cmp(&(a.count, &b.currency)));
        Ok(totals)
    }
}

impl Answer {
    /// This answer's places in an order of all places. The last order is kept: a list is scrolled in one.
    fn in_order(&self, column: SortColumn, all: &Arc<Vec<u32>>, count: usize) -> Arc<Vec<u32>> {
        let Some(places) = &self.places else { return Arc::clone(all) };
        let mut kept = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((kept_column, order)) = &*kept
            && *kept_column == column
        {
            return Arc::clone(order);
        }
        let mut mine = Places::none(count);
        places.iter().for_each(|place| mine.insert(*place));
        let order = Arc::new(all.iter().copied().filter(|place| mine.contains(*place)).collect::<Vec<_>>());
        *kept = Some((column, Arc::clone(&order)));
        order
    }
}

/// What a filter asks of each row.
struct Pass<'r> {
    register: &'r Register,
    found: Option<&'r Places>,
    accounts: Vec<bool>,
    kinds: [bool; 256],
    directions: [bool; 256],
    days: std::ops::RangeInclusive<u32>,
}

/// A row that passed.
struct Passed {
    place: u32,
    currency: usize,
}

impl<'r> Pass<'r> {
    fn new(register: &'r Register, filter: &Filter, found: Option<&'r Places>) -> Pass<'r> {
        let accounts = register.accounts.iter().map(|account| {
            (filter.wallets.is_empty() || filter.wallets.contains(&account.wallet_id))
                && (filter.accounts.is_empty() || filter.accounts.contains(&account.id))
                && (filter.currencies.is_empty()
                    || register.currencies.get(account.currency).is_some_and(|code| filter.currencies.contains(code)))
        });
        Pass {
            register,
            found,
            accounts: accounts.collect(),
            kinds: allowed(&filter.kinds),
            directions: allowed(&filter.directions),
            days: filter.from.as_deref().map_or(0, day_number)..=filter.to.as_deref().map_or(u32::MAX, day_number),
        }
    }

    fn row(&self, place: usize) -> Option<Passed> {
        let register = self.register;
        let account = usize::from(*register.account.get(place)?);
        let direction = register.flags.get(place)? & !MOVED;
        let number = u32::try_from(place).ok()?;
        let passes = *self.accounts.get(account)?
            && self.kinds[usize::from(*register.kind.get(place)?)]
            && self.directions[usize::from(direction)]
            && self.days.contains(register.days.get(place)?)
            && self.found.is_none_or(|found| found.contains(number));
        passes.then(|| Passed { place: number, currency: register.accounts[account].currency })
    }
}

/// Which codes a filter allows: none named, all of them.
fn allowed(codes: &[i64]) -> [bool; 256] {
    let mut allowed = [codes.is_empty(); 256];
    for slot in codes.iter().filter_map(|code| usize::try_from(*code).ok()) {
        if let Some(slot) = allowed.get_mut(slot) {
            *slot = true;
        }
    }
    allowed
}

#[derive(Debug, Clone, Default)]
struct Sums {
    count: i64,
    money_in: i128,
    money_out: i128,
    fees: i128,
    net: i128,
}

impl Sums {
    fn add(&mut self, register: &Register, place: usize) {
        self.count += 1;
        if register.flags[place] & MOVED == 0 {
            return;
        }
        let gross = register.gross[place];
        self.money_in += i128::from(gross.max(0));
        self.money_out += i128::from(gross.min(0));
        self.fees += i128::from(register.fee[place]);
        self.net += i128::from(register.net[place]);
    }
}

/// Places in the order of their keys; equal keys in the order of time.
fn sorted(keys: impl Iterator<Item = i64>) -> Vec<u32> {
    let mut pairs: Vec<(i64, u32)> = keys.zip(0..).collect();
    pairs.sort_unstable();
    pairs.into_iter().map(|(_, place)| place).collect()
}

fn too_many() -> Error {
    Error::new(Code::Internal, "more accounts or transactions than a register holds")
}

#[cfg(test)]
mod tests;
