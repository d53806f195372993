//! Sums per account, month and kind, so that fees over a million rows are read and not added up.

use std::collections::BTreeMap;

use sqlx::{FromRow, SqliteConnection};

use super::Store;
use super::transaction_rows::TransactionRow;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct MonthTotal {
    pub account_id: i64,
    /// `YYYY-MM` of the booking date.
    pub month: String,
    pub kind: i64,
    /// Transactions that moved the balance: the sums are theirs.
    pub count: i64,
    /// Gross of rows that moved the balance, by sign.
    pub money_in: i64,
    pub money_out: i64,
    pub fee: i64,
    pub net: i64,
    /// Transactions that moved no balance.
    pub unmoved: i64,
    /// Transactions whose balance a file states.
    pub stated: i64,
}

/// Changes gathered while rows are written, applied once at the end of the transaction.
#[derive(Debug, Default)]
pub(crate) struct MonthDeltas {
    deltas: BTreeMap<(i64, [u8; 7], i64), [i64; 7]>,
}

impl MonthDeltas {
    /// Counts a row that is being written (`sign` 1) or replaced (`sign` -1).
    pub(crate) fn add(&mut self, row: &TransactionRow, sign: i64) {
        let mut month = [b'0'; 7];
        for (to, from) in month.iter_mut().zip(row.booking_date.bytes()) {
            *to = from;
        }
        let sums = self.deltas.entry((row.account_id, month, row.kind)).or_default();
        let stated = i64::from(row.balance.is_some());
        let values = if row.moved {
            [1, row.gross.max(0), row.gross.min(0), row.fee, row.net, 0, stated]
        } else {
            [0, 0, 0, 0, 0, 1, stated]
        };
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.saturating_add(value.saturating_mul(sign));
        }
    }

    pub(crate) async fn apply(self, connection: &mut SqliteConnection) -> Result<()> {
        let query = "
            insert into month_total (account_id, month, kind, count, money_in, money_out, fee, net, unmoved, stated)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (account_id, month, kind) do update set count = count + excluded.count, money_in = money_in + excluded.money_in,
                money_out = money_out + excluded.money_out, fee = fee + excluded.fee, net = net + excluded.net,
                unmoved = unmoved + excluded.unmoved, stated = stated + excluded.stated";
        for ((account, month, kind), sums) in self.deltas {
            let month = String::from_utf8_lossy(&month).into_owned();
            let mut insert = sqlx::query(query).bind(account).bind(month).bind(kind);
            for sum in sums {
                insert = insert.bind(sum);
            }
            insert.execute(&mut *connection).await?;
        }
        sqlx::query("delete from month_total where count = 0 and unmoved = 0").execute(connection).await?;
        Ok(())
    }
}

impl Store {
    pub async fn month_totals(&self) -> Result<Vec<MonthTotal>> {
        let query = "select account_id, month, kind, count, money_in, money_out, fee, net, unmoved, stated from month_total \
            order by month, account_id, kind";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    /// The same sums from a full scan, for `verify`.
    pub async fn month_totals_scanned(&self) -> Result<Vec<MonthTotal>> {
        let query = "
            select account_id, substr(booking_date, 1, 7) as month, kind, sum(moved) as count, sum(moved * max(gross, 0)) as money_in,
                sum(moved * min(gross, 0)) as money_out, sum(moved * fee) as fee, sum(moved * net) as net,
                sum(not moved) as unmoved, sum(balance is not null) as stated
            from txn group by 1, 2, 3 order by 2, 1, 3";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }
}
