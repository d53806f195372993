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
    pub count: i64,
    /// Gross of rows that moved the balance, by sign.
    pub money_in: i64,
    pub money_out: i64,
    pub fee: i64,
    pub net: i64,
}

/// Changes gathered while rows are written, applied once at the end of the transaction.
#[derive(Debug, Default)]
pub(crate) struct MonthDeltas {
    deltas: BTreeMap<(i64, [u8; 7], i64), [i64; 5]>,
}

impl MonthDeltas {
    /// Counts a row that is being written (`sign` 1) or replaced (`sign` -1). Rows that moved nothing do not count.
    pub(crate) fn add(&mut self, row: &TransactionRow, sign: i64) {
        if !row.moved {
            return;
        }
        let mut month = [b'0'; 7];
        for (to, from) in month.iter_mut().zip(row.booking_date.bytes()) {
            *to = from;
        }
        let sums = self.deltas.entry((row.account_id, month, row.kind)).or_default();
        let values = [1, row.gross.max(0), row.gross.min(0), row.fee, row.net];
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.saturating_add(value.saturating_mul(sign));
        }
    }

    pub(crate) async fn apply(self, connection: &mut SqliteConnection) -> Result<()> {
        let query = "
            insert into month_total (account_id, month, kind, count, money_in, money_out, fee, net) values (?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (account_id, month, kind) do update set count = count + excluded.count, money_in = money_in + excluded.money_in,
                money_out = money_out + excluded.money_out, fee = fee + excluded.fee, net = net + excluded.net";
        for ((account, month, kind), [count, money_in, money_out, fee, net]) in self.deltas {
            sqlx::query(query)
                .bind(account)
                .bind(String::from_utf8_lossy(&month).into_owned())
                .bind(kind)
                .bind(count)
                .bind(money_in)
                .bind(money_out)
                .bind(fee)
                .bind(net)
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query("delete from month_total where count = 0").execute(connection).await?;
        Ok(())
    }
}

impl Store {
    pub async fn month_totals(&self) -> Result<Vec<MonthTotal>> {
        let query = "select account_id, month, kind, count, money_in, money_out, fee, net from month_total order by month, account_id, kind";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    /// The same sums from a full scan, for `verify`.
    pub async fn month_totals_scanned(&self) -> Result<Vec<MonthTotal>> {
        let query = "
            select account_id, substr(booking_date, 1, 7) as month, kind, count(*) as count, sum(max(gross, 0)) as money_in,
                sum(min(gross, 0)) as money_out, sum(fee) as fee, sum(net) as net
            from txn where moved = 1 group by 1, 2, 3 order by 2, 1, 3";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }
}
