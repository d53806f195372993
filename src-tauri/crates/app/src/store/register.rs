//! The register: the numbers of every transaction, kept in memory in the order of time, so that any filter, any order and
//! any position of a million transactions is answered at once.
//!
//! It holds no text: what a list shows is read from the books, page by page. It is read anew after the transactions
//! changed. Deliberately absent: an index per sortable column, which would make every import pay for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};

use super::transactions::{CurrencyTotals, Filter, SortColumn};
use crate::error::{Code, Error, Result};

/// Transactions read by one statement: their numbers come as one text, because a value that crosses from SQLite's thread
/// costs more than the number in it.
const READ_ROWS: i64 = 20_000;
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

/// A transaction's numbers as they are read.
struct Numbers {
    time_ms: i64,
    sequence: i64,
    id: u32,
    day: u32,
    account: i64,
    kind: u8,
    flags: u8,
    gross: i64,
    fee: i64,
    net: i64,
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
    /// Reads the numbers of all transactions, in one snapshot of the books.
    pub(super) async fn read(pool: &SqlitePool) -> Result<Register> {
        let mut snapshot = pool.begin().await?;
        let accounts: Vec<(i64, i64, String)> =
            sqlx::query_as("select id, wallet_id, currency from account").fetch_all(&mut *snapshot).await?;
        let (first, last): (i64, i64) = sqlx::query_as("select coalesce(min(id), 0), coalesce(max(id), -1) from txn")
            .fetch_one(&mut *snapshot)
            .await?;
        // Each text is taken apart on another thread while SQLite makes the next one.
        let mut parts = Vec::new();
        let mut from = first;
        while from <= last {
            let text = read_numbers(&mut snapshot, from, from + READ_ROWS).await?;
            parts
                .push(tokio::task::spawn_blocking(move || text.lines().map(parse_numbers).collect::<Option<Vec<_>>>()));
            from += READ_ROWS;
        }
        drop(snapshot);
        let mut rows = Vec::new();
        for part in parts {
            let part = part.await.map_err(|_| Error::new(Code::Internal, "register"))?;
            rows.extend(part.ok_or_else(|| Error::new(Code::Damaged, "a row of the books"))?);
        }
        tokio::task::spawn_blocking(move || Register::from_rows(rows, &accounts))
            .await
            .map_err(|_| Error::new(Code::Internal, "register"))?
    }

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

    pub(super) fn place_of(&self, id: i64) -> Option<u32> {
        let place = *self.places.get(usize::try_from(id).ok()?)?;
        (place != NO_PLACE).then_some(place)
    }

    /// Places of ids that stand in a text, separated by commas. An id that is not known is left out.
    pub(super) fn places_of(&self, ids: &str) -> Places {
        let mut places = Places::none(self.ids.len());
        for id in ids.split(',').filter_map(|id| id.parse().ok()) {
            if let Some(place) = self.place_of(id) {
                places.insert(place);
            }
        }
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

    /// Keeps an order of texts that the books told as ids. `None` where it is not of the same transactions.
    pub(super) fn keep_order(&self, column: SortColumn, ids: &str) -> Option<Arc<Vec<u32>>> {
        let order: Vec<u32> =
            ids.split(',').filter_map(|id| id.parse().ok()).filter_map(|id| self.place_of(id)).collect();
        (order.len() == self.ids.len()).then(|| self.keep(column, order))
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

async fn read_numbers(snapshot: &mut SqliteConnection, from: i64, before: i64) -> Result<String> {
    let query = "select coalesce(group_concat(format('%d %d %d %s %d %d %d %d %d %d %d', \
        id, time_ms, sequence, booking_date, account_id, kind, direction, moved, gross, fee, net), char(10)), '') \
        from txn where id >= ? and id < ?";
    Ok(sqlx::query_scalar(query).bind(from).bind(before).fetch_one(snapshot).await?)
}

fn parse_numbers(line: &str) -> Option<Numbers> {
    let mut words = line.split(' ');
    let mut word = || words.next();
    let id = word()?.parse().ok()?;
    let (time_ms, sequence) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let day = day_number(word()?);
    let (account, kind) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let direction: u8 = word()?.parse().ok()?;
    let moved = word()? == "1";
    let (gross, fee, net) = (word()?.parse().ok()?, word()?.parse().ok()?, word()?.parse().ok()?);
    let flags = if moved { direction | MOVED } else { direction };
    Some(Numbers { time_ms, sequence, id, day, account, kind, flags, gross, fee, net })
}

/// An ISO date as a number that orders as the date does. What is no date is 0.
fn day_number(date: &str) -> u32 {
    date.bytes().filter(u8::is_ascii_digit).take(8).fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

fn too_many() -> Error {
    Error::new(Code::Internal, "more accounts or transactions than a register holds")
}

/// Ids in the order of a text column, as one text.
pub(super) async fn read_order(pool: &SqlitePool, column: &str, tables: &str) -> Result<String> {
    let query = format!(
        "select coalesce(group_concat(id), '') from (select t.id from {tables} order by {column}, t.time_ms, t.sequence, t.id)"
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(pool).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ACCOUNTS: [(i64, i64, &str); 3] = [(1, 10, "USD"), (2, 10, "CNY"), (5, 20, "USD")];

    fn accounts() -> Vec<(i64, i64, String)> {
        ACCOUNTS.iter().map(|(id, wallet, currency)| (*id, *wallet, (*currency).to_owned())).collect()
    }

    /// Text of one row, as SQLite hands it out, and what it says.
    fn any_row() -> impl Strategy<Value = String> {
        let amounts = (-500i64..500, -9i64..1, -500i64..500);
        (0i64..9, 0i64..3, 1u32..29, prop::sample::select(vec![1i64, 2, 5]), 0u8..16, 0u8..3, 0u8..2, amounts).prop_map(
            |(time, sequence, day, account, kind, direction, moved, (gross, fee, net))| {
                format!("{time} {sequence} 2026-10-{day:02} {account} {kind} {direction} {moved} {gross} {fee} {net}")
            },
        )
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        let day = || prop::option::of((1u32..29).prop_map(|day| format!("2026-10-{day:02}")));
        let some = |codes: Vec<i64>| prop::sample::subsequence(codes, 0..=2);
        let currencies = prop::sample::subsequence(vec!["USD".to_owned(), "CNY".to_owned()], 0..=1);
        (day(), day(), some(vec![10, 20]), some(vec![0, 1, 2, 3]), some(vec![0, 1, 2]), currencies).prop_map(
            |(from, to, wallets, kinds, directions, currencies)| Filter {
                from,
                to,
                wallets,
                kinds,
                directions,
                currencies,
                ..Filter::default()
            },
        )
    }

    fn field(row: &str, at: usize) -> &str {
        row.split(' ').nth(at).unwrap()
    }

    fn number(row: &str, at: usize) -> i64 {
        field(row, at).parse().unwrap()
    }

    fn account(row: &str) -> (i64, i64, &'static str) {
        *ACCOUNTS.iter().find(|(id, _, _)| *id == number(row, 4)).unwrap()
    }

    fn passes(filter: &Filter, row: &str) -> bool {
        let within = |codes: &[i64], code: i64| codes.is_empty() || codes.contains(&code);
        let (_, wallet, currency) = account(row);
        filter.from.as_deref().is_none_or(|from| field(row, 3) >= from)
            && filter.to.as_deref().is_none_or(|to| field(row, 3) <= to)
            && within(&filter.wallets, wallet)
            && within(&filter.kinds, number(row, 5))
            && within(&filter.directions, number(row, 6))
            && (filter.currencies.is_empty() || filter.currencies.iter().any(|code| code == currency))
    }

    fn key(column: SortColumn, row: &str) -> i64 {
        match column {
            SortColumn::Wallet => account(row).1,
            SortColumn::Currency => i64::from(account(row).2 == "USD"),
            SortColumn::Kind => number(row, 5),
            SortColumn::Gross => number(row, 8),
            SortColumn::Fee => number(row, 9),
            SortColumn::Net => number(row, 10),
            SortColumn::Time | SortColumn::Counterparty | SortColumn::Description => 0,
        }
    }

    proptest! {
        #[test]
        fn any_filter_order_and_place_is_what_a_plain_sort_gives(
            texts in prop::collection::vec(any_row(), 0..80),
            filter in any_filter(),
            column in prop::sample::select(vec![
                SortColumn::Time, SortColumn::Wallet, SortColumn::Kind, SortColumn::Gross, SortColumn::Fee,
                SortColumn::Net, SortColumn::Currency,
            ]),
            descending in any::<bool>(),
            offset in 0u64..90,
        ) {
            // Ids with gaps, as after an import was taken back.
            let rows: Vec<String> = texts.iter().enumerate().map(|(at, text)| format!("{} {text}", at * 3 + 1)).collect();
            let numbers = rows.iter().map(|row| parse_numbers(row).unwrap()).collect();
            let register = Register::from_rows(numbers, &accounts()).unwrap();
            let answer = register.answer(&filter, None).unwrap();
            let mut expected: Vec<&String> = rows.iter().filter(|row| passes(&filter, row)).collect();
            expected.sort_by_key(|row| (key(column, row), number(row, 1), number(row, 2), number(row, 0)));
            if descending {
                expected.reverse();
            }
            let ids: Vec<i64> = expected.iter().map(|row| number(row, 0)).collect();
            let order = register.sort(column);
            let page = register.page(&answer, order.as_ref().map(|order| (column, order)), descending, offset, 25);
            let from = usize::try_from(offset).unwrap().min(ids.len());
            prop_assert_eq!(page, &ids[from..(from + 25).min(ids.len())]);
            for currency in ["CNY", "USD"] {
                let mine: Vec<&&String> = expected.iter().filter(|row| account(row).2 == currency).collect();
                let moved = || mine.iter().filter(|row| number(row, 7) == 1);
                let totals = answer.totals.iter().find(|totals| totals.currency == currency);
                prop_assert_eq!(totals.map_or(0, |totals| totals.count), i64::try_from(mine.len()).unwrap());
                if let Some(totals) = totals {
                    prop_assert_eq!(totals.money_in, moved().map(|row| number(row, 8).max(0)).sum::<i64>());
                    prop_assert_eq!(totals.money_out, moved().map(|row| number(row, 8).min(0)).sum::<i64>());
                    prop_assert_eq!(totals.fees, moved().map(|row| number(row, 9)).sum::<i64>());
                    prop_assert_eq!(totals.net, moved().map(|row| number(row, 10)).sum::<i64>());
                }
            }
        }
    }
}
