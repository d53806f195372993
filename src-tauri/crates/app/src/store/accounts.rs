//! Accounts: the separate balances inside a wallet.

use sqlx::{FromRow, SqliteConnection};

use super::Store;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct Account {
    pub id: i64,
    pub wallet_id: i64,
    pub name: String,
    pub currency: String,
}

/// An account, the days its transactions span and what they add up to.
#[derive(Debug, Clone, FromRow)]
pub struct AccountSpan {
    pub id: i64,
    pub wallet_id: i64,
    pub name: String,
    pub currency: String,
    pub first: Option<String>,
    pub last: Option<String>,
    /// Newest balance a file states, and when.
    pub balance: Option<i64>,
    pub balance_ms: Option<i64>,
    /// Sum of all movements known since that balance, or since the beginning where none is stated.
    pub net_since: i64,
}

impl Store {
    /// All accounts with what is known of their balance: main accounts first, then by name and currency.
    pub async fn accounts(&self) -> Result<Vec<AccountSpan>> {
        let query = "
            select a.id, a.wallet_id, a.name, a.currency,
                (select min(booking_date) from txn where account_id = a.id) as first,
                (select max(booking_date) from txn where account_id = a.id) as last,
                b.balance, b.time_ms as balance_ms,
                case when b.id is null
                    then (select coalesce(sum(net), 0) from month_total where account_id = a.id)
                    else (select coalesce(sum(net), 0) from txn where account_id = a.id and moved = 1
                            and (booking_date, time_ms, sequence, id) > (b.booking_date, b.time_ms, b.sequence, b.id))
                end as net_since
            from account a
            left join txn b on b.id = (
                select id from txn where account_id = a.id and balance is not null
                    and booking_date >= (select max(month) from month_total where account_id = a.id and stated > 0)
                order by booking_date desc, time_ms desc, sequence desc, id desc limit 1)
            order by a.wallet_id, a.name not in ('main', 'BASIC'), a.name,
                (select coalesce(sum(count), 0) from month_total where account_id = a.id) desc, a.currency";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn accounts_of(connection: &mut SqliteConnection, wallet: i64) -> Result<Vec<Account>> {
        let query = "select id, wallet_id, name, currency from account where wallet_id = ?";
        Ok(sqlx::query_as(query).bind(wallet).fetch_all(connection).await?)
    }

    pub(crate) async fn insert_account(
        connection: &mut SqliteConnection,
        wallet: i64,
        name: &str,
        currency: &str,
    ) -> Result<i64> {
        let query = "insert into account (wallet_id, name, currency) values (?, ?, ?)";
        let done = sqlx::query(query).bind(wallet).bind(name).bind(currency).execute(connection).await?;
        Ok(done.last_insert_rowid())
    }
}
