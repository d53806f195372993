//! Transactions: written in batches by an import, read in pages by lists and whole by statements.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};

use super::Store;
use super::register::{self, Answer, Register};
use crate::error::{Code, Error, Result};

/// A transaction as it is shown.
#[derive(Debug, Clone, FromRow)]
pub struct Transaction {
    pub id: i64,
    pub key: Vec<u8>,
    pub wallet_id: i64,
    pub account_id: i64,
    pub account: String,
    pub currency: String,
    pub time_ms: i64,
    pub sequence: i64,
    pub booking_date: String,
    pub kind: i64,
    pub status: i64,
    pub direction: i64,
    pub moved: bool,
    pub gross: i64,
    pub fee: i64,
    pub net: i64,
    pub balance: Option<i64>,
    pub provider_ref: String,
    pub family: Option<String>,
    /// The provider's id of the payout that paid it out, where a file names it.
    pub payout: Option<String>,
    pub counterparty: String,
    pub description: String,
    pub import_id: i64,
    pub line: i64,
    pub position: i64,
    pub length: i64,
}

impl Transaction {
    /// The id the window and the command line know it by: steady when files are imported again.
    #[must_use]
    pub fn id_text(&self) -> String {
        crate::import::hex(&self.key)
    }
}

/// Where one row of a file told a transaction.
#[derive(Debug, Clone, FromRow)]
pub struct TransactionSource {
    pub import_id: i64,
    pub original_id: i64,
    pub file: String,
    pub form: String,
    pub encoding: String,
    pub line: i64,
    pub position: i64,
    pub length: i64,
    /// What the row says, where the rows do not all say the same.
    pub told: Option<String>,
}

/// Which transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Booking dates, both included, ISO.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Empty: all.
    pub wallets: Vec<i64>,
    pub accounts: Vec<i64>,
    pub kinds: Vec<i64>,
    pub directions: Vec<i64>,
    pub currencies: Vec<String>,
    pub search: String,
}

impl Filter {
    /// Whether it lets everything pass.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Filter { search: self.search.clone(), ..Filter::default() } && self.search.trim().is_empty()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortColumn {
    #[default]
    Time,
    Wallet,
    Kind,
    Counterparty,
    Description,
    Gross,
    Fee,
    Net,
    Currency,
}

/// A page of a sorted list.
#[derive(Debug, Clone)]
pub struct Query {
    pub filter: Filter,
    pub sort: SortColumn,
    pub descending: bool,
    pub limit: u32,
    pub page: Page,
}

/// Where the page begins.
#[derive(Debug, Clone, Copy)]
pub enum Page {
    Offset(u64),
    /// After this row of the list by time, newest first: steady while rows are added.
    After {
        time_ms: i64,
        sequence: i64,
        id: i64,
    },
}

/// Sums of a filtered list, per currency; rows that moved no money are counted and not summed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct CurrencyTotals {
    pub currency: String,
    pub count: i64,
    pub money_in: i64,
    pub money_out: i64,
    pub fees: i64,
    pub net: i64,
}

pub(super) const COLUMNS: &str = "t.id, t.key, a.wallet_id, t.account_id, a.name as account, a.currency, t.time_ms, t.sequence, t.booking_date, \
    t.kind, t.status, t.direction, t.moved, t.gross, t.fee, t.net, t.balance, t.provider_ref, t.family, t.payout, \
    coalesce(nullif(t.counterparty, ''), d.counterparty, '') as counterparty, t.description, t.import_id, t.line, t.position, t.length";
pub(super) const COUNTERPARTY: &str = "coalesce(nullif(t.counterparty, ''), d.counterparty, '')";
/// A transaction with its account, and the detail that describes it where a file brought one.
pub(super) const TABLES: &str = "txn t join account a on a.id = t.account_id left join detail d on d.id = t.detail_id";
/// Rows to which a walk along the index is as quick as a register.
const FAR: u64 = 1000;
/// What is shown first goes before the register.
const FIRST_VIEW: Duration = Duration::from_millis(300);
/// Related transactions that are looked at.
const RELATED: u32 = 200;

impl Store {
    /// One page of a sorted list.
    pub async fn transactions(&self, query: &Query) -> Result<Vec<Transaction>> {
        if let Some(rows) = self.first_by_time(query).await? {
            return Ok(rows);
        }
        loop {
            let changes = self.transaction_changes();
            let register = self.register().await?;
            let answer = self.answer(&register, &query.filter).await?;
            let order = self.order(&register, query.sort).await?;
            let offset = match query.page {
                Page::Offset(offset) => offset,
                Page::After { time_ms, sequence, id } => {
                    let place = match register.place_of(id) {
                        Some(place) => place,
                        None => self.count_before(time_ms, sequence, id).await?,
                    };
                    register.offset_before(&answer, place)
                }
            };
            if order.is_none() && query.sort != SortColumn::Time {
                // An import ended while the texts were read.
                if changes == self.transaction_changes() {
                    return Err(Error::new(Code::Damaged, "a row of the books"));
                }
                continue;
            }
            let order = order.as_ref().map(|order| (query.sort, order));
            let ids = register.page(&answer, order, query.descending, offset, query.limit as usize);
            let rows = self.transactions_with_ids(&ids).await?;
            // An import may have ended since the register was read.
            if rows.len() == ids.len() || changes == self.transaction_changes() {
                return Ok(rows);
            }
        }
    }

    /// Count and sums of everything a filter matches.
    pub async fn totals(&self, filter: &Filter) -> Result<Vec<CurrencyTotals>> {
        let register = self.register().await?;
        Ok(self.answer(&register, filter).await?.totals.clone())
    }

    /// The beginning of the whole list by time, and what follows a row of it, which the index has in order.
    async fn first_by_time(&self, query: &Query) -> Result<Option<Vec<Transaction>>> {
        if !query.filter.is_all() || query.sort != SortColumn::Time {
            return Ok(None);
        }
        let (direction, before) = if query.descending { ("desc", "<") } else { ("asc", ">") };
        let mut select = QueryBuilder::new(format!("select {COLUMNS} from {TABLES}"));
        if let Page::After { time_ms, sequence, id } = query.page {
            select.push(format!(" where (t.time_ms, t.sequence, t.id) {before} (")).push_bind(time_ms);
            select.push(", ").push_bind(sequence).push(", ").push_bind(id).push(")");
        }
        let order = format!(" order by t.time_ms {direction}, t.sequence {direction}, t.id {direction} limit ");
        select.push(order).push_bind(i64::from(query.limit));
        match query.page {
            Page::Offset(offset) if offset > FAR => return Ok(None),
            Page::Offset(offset) => {
                select.push(" offset ").push_bind(i64::try_from(offset).unwrap_or(0));
            }
            Page::After { .. } => {}
        }
        Ok(Some(select.build_query_as().fetch_all(self.reader()).await?))
    }

    /// How many transactions come before a place in time.
    async fn count_before(&self, time_ms: i64, sequence: i64, id: i64) -> Result<u32> {
        let query = "select count(*) from txn where (time_ms, sequence, id) < (?, ?, ?)";
        let count: i64 =
            sqlx::query_scalar(query).bind(time_ms).bind(sequence).bind(id).fetch_one(self.reader()).await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The transactions with these ids, in their order.
    async fn transactions_with_ids(&self, ids: &[i64]) -> Result<Vec<Transaction>> {
        let list = serde_json::to_string(ids).map_err(|_| Code::Internal)?;
        let query = AssertSqlSafe(format!(
            "select {COLUMNS} from json_each(?) wanted join {TABLES} where t.id = wanted.value order by wanted.key"
        ));
        Ok(sqlx::query_as(query).bind(list).fetch_all(self.reader()).await?)
    }

    /// The register of the transactions as they are now.
    pub(super) async fn register(&self) -> Result<Arc<Register>> {
        let _one_at_a_time = self.registers.reading.lock().await;
        let changes = self.transaction_changes();
        if let Some((at, register)) = &*lock(&self.registers.kept)
            && *at == changes
        {
            return Ok(Arc::clone(register));
        }
        self.read_register(changes).await
    }

    async fn read_register(&self, mut changes: u64) -> Result<Arc<Register>> {
        loop {
            let register = Arc::new(Register::read(self.reader()).await?);
            let now = self.transaction_changes();
            if changes == now {
                *lock(&self.registers.kept) = Some((changes, Arc::clone(&register)));
                return Ok(register);
            }
            changes = now;
        }
    }

    /// Reads the register ahead, so that the first filter or order does not wait for it.
    pub fn prepare_register(&self) {
        let store = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(FIRST_VIEW).await;
            if let Err(error) = store.register().await
                && error.code != Code::Locked
            {
                tracing::debug!(code = ?error.code, "register");
            }
        });
    }

    async fn answer(&self, register: &Arc<Register>, filter: &Filter) -> Result<Arc<Answer>> {
        if let Some(answer) = register.kept_answer(filter) {
            return Ok(answer);
        }
        let found = match filter.search.trim() {
            "" => None,
            search => Some(self.found(search).await?),
        };
        let (register, filter) = (Arc::clone(register), filter.clone());
        let answered = tokio::task::spawn_blocking(move || {
            let found = found.map(|ids| register.places_of(&ids));
            register.answer(&filter, found.as_ref())
        });
        answered.await.map_err(|_| Code::Internal)?
    }

    /// All places in the order of a column; `None` for the order of time.
    async fn order(&self, register: &Arc<Register>, column: SortColumn) -> Result<Option<Arc<Vec<u32>>>> {
        if column == SortColumn::Time {
            return Ok(None);
        }
        if let Some(order) = register.kept_order(column) {
            return Ok(Some(order));
        }
        let texts = match column {
            SortColumn::Counterparty => Some(register::read_column(self.reader(), COUNTERPARTY, TABLES).await?),
            SortColumn::Description => Some(register::read_column(self.reader(), "t.description", "txn t").await?),
            _ => None,
        };
        let register = Arc::clone(register);
        let ordered = tokio::task::spawn_blocking(move || match texts {
            None => register.sort(column),
            Some(texts) => register.sort_texts(column, &texts),
        });
        ordered.await.map_err(|_| Code::Internal.into())
    }

    /// How many transactions each wallet has.
    pub async fn counts_by_wallet(&self) -> Result<HashMap<i64, i64>> {
        let query = "select a.wallet_id, sum(m.count + m.unmoved) from month_total m join account a on a.id = m.account_id \
            group by a.wallet_id";
        Ok(sqlx::query_as::<_, (i64, i64)>(query).fetch_all(self.reader()).await?.into_iter().collect())
    }

    pub async fn transaction_with_key(&self, key: &[u8]) -> Result<Transaction> {
        let query = AssertSqlSafe(format!("select {COLUMNS} from {TABLES} where t.key = ?"));
        Ok(sqlx::query_as(query).bind(key).fetch_one(self.reader()).await?)
    }

    /// Every row of every file that told a transaction, the first one first.
    pub async fn sources(&self, transaction: i64) -> Result<Vec<TransactionSource>> {
        let query = "
            select s.import_id, i.original_id, o.name as file, i.form, i.encoding, s.line, s.position, s.length, s.told from (
                select import_id, line, position, length, null as told from txn
                    where id = ?1 and not exists (select 1 from telling where txn_id = ?1 and told is not null)
                union all select import_id, line, position, length, told from telling where txn_id = ?1
                union all select d.import_id, d.line, d.position, d.length, null from detail d join txn t on t.detail_id = d.id where t.id = ?1) s
            join import i on i.id = s.import_id join original o on o.id = i.original_id order by s.import_id, s.line";
        Ok(sqlx::query_as(query).bind(transaction).fetch_all(self.reader()).await?)
    }

    /// Transactions of a wallet whose own id or family is this id, oldest first.
    pub(crate) async fn with_id(&self, wallet: i64, id: &str) -> Result<Vec<Transaction>> {
        let found = serde_json::to_string(&self.found(id).await?).map_err(|_| Code::Internal)?;
        let query = AssertSqlSafe(format!(
            "select {COLUMNS} from {TABLES} where t.id in (select value from json_each(?1)) \
             and (t.family = ?2 or t.provider_ref = ?2) and a.wallet_id = ?3 order by t.time_ms, t.sequence limit {RELATED}"
        ));
        Ok(sqlx::query_as(query).bind(found).bind(id).bind(wallet).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn transaction_with_id(&self, wallet: i64, id: i64) -> Result<Transaction> {
        let query = AssertSqlSafe(format!("select {COLUMNS} from {TABLES} where t.id = ? and a.wallet_id = ?"));
        Ok(sqlx::query_as(query).bind(id).bind(wallet).fetch_one(self.reader()).await?)
    }

    /// The balance before the first movement of a period that follows from the first balance its files state, and
    /// whether that is stated with the very first movement. `None` where none is stated.
    pub(crate) async fn first_stated_opening(&self, account: i64, from: &str, to: &str) -> Result<Option<(i64, bool)>> {
        let query = "
            with b as (select balance, booking_date, time_ms, sequence, id from txn
                where account_id = ?1 and moved = 1 and booking_date between ?2 and ?3 and balance is not null
                    and booking_date >= (select min(month) from month_total
                        where account_id = ?1 and stated > 0 and month >= substr(?2, 1, 7))
                order by booking_date, time_ms, sequence, id limit 1)
            select b.balance - (select sum(t.gross + t.fee) from txn t where t.account_id = ?1 and t.moved = 1 and t.booking_date >= ?2
                    and (t.booking_date, t.time_ms, t.sequence, t.id) <= (b.booking_date, b.time_ms, b.sequence, b.id)),
                not exists (select 1 from txn t where t.account_id = ?1 and t.moved = 1 and t.booking_date >= ?2
                    and (t.booking_date, t.time_ms, t.sequence, t.id) < (b.booking_date, b.time_ms, b.sequence, b.id)) from b";
        Ok(sqlx::query_as(query).bind(account).bind(from).bind(to).fetch_optional(self.reader()).await?)
    }

    /// The balance the files state with the last movement of a period. `None` where they state none with it.
    pub(crate) async fn last_stated_balance(&self, account: i64, from: &str, to: &str) -> Result<Option<i64>> {
        let query = "select balance from txn where account_id = ? and moved = 1 and booking_date between ? and ? \
            order by booking_date desc, time_ms desc, sequence desc, id desc limit 1";
        let balance: Option<Option<i64>> =
            sqlx::query_scalar(query).bind(account).bind(from).bind(to).fetch_optional(self.reader()).await?;
        Ok(balance.flatten())
    }

    /// The last row of an account before a date whose balance the file states, and what moved after it.
    pub(crate) async fn stated_balance_before(&self, account: i64, date: &str) -> Result<Option<(i64, i64)>> {
        let query = "
            with b as (select balance, booking_date, time_ms, sequence, id from txn
                where account_id = ?1 and booking_date < ?2 and balance is not null
                    and booking_date >= coalesce((select max(month) from month_total
                        where account_id = ?1 and stated > 0 and month < substr(?2, 1, 7)), substr(?2, 1, 7))
                order by booking_date desc, time_ms desc, sequence desc, id desc limit 1)
            select b.balance, (select coalesce(sum(t.net), 0) from txn t where t.account_id = ?1 and t.moved = 1 and t.booking_date < ?2
                and (t.booking_date, t.time_ms, t.sequence, t.id) > (b.booking_date, b.time_ms, b.sequence, b.id)) from b";
        Ok(sqlx::query_as(query).bind(account).bind(date).fetch_optional(self.reader()).await?)
    }

    /// Sum of everything that moved an account before a date.
    pub(crate) async fn net_before(&self, account: i64, date: &str) -> Result<i64> {
        let query = "
            select (select coalesce(sum(net), 0) from month_total where account_id = ?1 and month < substr(?2, 1, 7))
                + (select coalesce(sum(net), 0) from txn where account_id = ?1 and moved = 1
                    and booking_date >= substr(?2, 1, 7) and booking_date < ?2)";
        Ok(sqlx::query_scalar(query).bind(account).bind(date).fetch_one(self.reader()).await?)
    }

    /// Whether every row of a period comes from files that hold all movements of their account.
    /// Personal exports do not: what was paid from a bank card is in them and never touched the wallet.
    pub(crate) async fn only_whole_forms(&self, account: i64, from: &str, to: &str) -> Result<bool> {
        let query = "
            select not exists (select 1 from import i join account a on a.wallet_id = i.wallet_id
                where a.id = ?1 and i.form like '%.personal' and exists (select 1 from txn t
                    where t.account_id = ?1 and t.booking_date between ?2 and ?3 and t.import_id = i.id))";
        Ok(sqlx::query_scalar(query).bind(account).bind(from).bind(to).fetch_one(self.reader()).await?)
    }

    /// How many rows of a file are in the books: as a transaction, as a further telling of one, or as a detail.
    pub(crate) async fn rows_told_by(&self, import: i64) -> Result<i64> {
        let query = "select count(*) from (select position from txn where import_id = ?1 \
            union select position from telling where import_id = ?1 union select position from detail where import_id = ?1)";
        Ok(sqlx::query_scalar(query).bind(import).fetch_one(self.reader()).await?)
    }
}

/// The registers of an open store.
#[derive(Debug, Default)]
pub(super) struct Registers {
    /// The newest one, and how often the transactions had changed before it was read.
    kept: Mutex<Option<(u64, Arc<Register>)>>,
    reading: tokio::sync::Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
