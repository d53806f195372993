//! Sums per account, month and kind, so that fees over a million rows are read and not added up.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
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
    /// Transactions that moved the balance and have a fee.
    pub charged: i64,
}

/// Sums of one kind over a period.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct PeriodSum {
    pub(crate) kind: i64,
    pub(crate) count: i64,
    pub(crate) money_in: i64,
    pub(crate) money_out: i64,
    pub(crate) fee: i64,
    pub(crate) charged: i64,
}

/// Changes gathered while rows are written, applied once at the end of the transaction.
#[derive(Debug, Default)]
pub(crate) struct MonthDeltas {
    deltas: BTreeMap<(i64, [u8; 7], i64), [i64; 8]>,
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
            [1, row.gross.max(0), row.gross.min(0), row.fee, row.net, 0, stated, i64::from(row.fee != 0)]
        } else {
            [0, 0, 0, 0, 0, 1, stated, 0]
        };
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.saturating_add(value.saturating_mul(sign));
        }
    }

    pub(crate) async fn apply(self, connection: &mut SqliteConnection) -> Result<()> {
        let query = "
            insert into month_total (account_id, month, kind, count, money_in, money_out, fee, net, unmoved, stated, charged)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (account_id, month, kind) do update set count = count + excluded.count, money_in = money_in + excluded.money_in,
                money_out = money_out + excluded.money_out, fee = fee + excluded.fee, net = net + excluded.net,
                unmoved = unmoved + excluded.unmoved, stated = stated + excluded.stated, charged = charged + excluded.charged";
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
        let query = "select account_id, month, kind, count, money_in, money_out, fee, net, unmoved, stated, charged from month_total \
            order by month, account_id, kind";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    /// Sums of an account between two dates, by kind: whole months are looked up, the days around them are added up.
    pub(crate) async fn period_sums(&self, account: i64, from: Date, to: Date) -> Result<Vec<PeriodSum>> {
        // As text, a month stands before all of its days and "2026-10~" behind them, as "2026-10-31~" does behind that day.
        let month = |date: Date| format!("{:04}-{:02}", date.year(), date.month());
        let first = if from.day() == 1 { from } else { from.last_of_month().saturating_add(1.day()) };
        let last = if to == to.last_of_month() { to } else { to.first_of_month().saturating_sub(1.day()) };
        let (first, last) = (month(first), month(last));
        // Days before the first whole month and behind the last one, each as one part of the index; all where none is whole.
        let (before, behind) =
            if first <= last { (first.clone(), format!("{last}~")) } else { (format!("{to}~"), to.to_string()) };
        let query = "
            select kind, sum(count) as count, sum(money_in) as money_in, sum(money_out) as money_out, sum(fee) as fee, sum(charged) as charged
            from (
                select kind, count, money_in, money_out, fee, charged from month_total where account_id = ?1 and month between ?4 and ?5
                union all
                select kind, 1, max(gross, 0), min(gross, 0), fee, fee <> 0 from txn
                    where account_id = ?1 and moved = 1 and booking_date >= ?2 and booking_date < ?6
                union all
                select kind, 1, max(gross, 0), min(gross, 0), fee, fee <> 0 from txn
                    where account_id = ?1 and moved = 1 and booking_date > ?7 and booking_date <= ?3)
            group by kind";
        let query = sqlx::query_as(query).bind(account).bind(from.to_string()).bind(to.to_string());
        Ok(query.bind(first).bind(last).bind(before).bind(behind).fetch_all(self.reader()).await?)
    }

    /// The same sums from a full scan, for `verify`.
    pub async fn month_totals_scanned(&self) -> Result<Vec<MonthTotal>> {
        let query = "
            select account_id, substr(booking_date, 1, 7) as month, kind, sum(moved) as count, sum(moved * max(gross, 0)) as money_in,
                sum(moved * min(gross, 0)) as money_out, sum(moved * fee) as fee, sum(moved * net) as net,
                sum(not moved) as unmoved, sum(balance is not null) as stated, sum(moved and fee <> 0) as charged
            from txn group by 1, 2, 3 order by 2, 1, 3";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }
}

#[cfg(test)]
mod tests {
    use purser_vault::key::BooksKey;
    use sqlx::Executor;

    use super::*;

    /// A row a day for half a year: in turn one in, with a fee, and one out; now and then one that moved nothing.
    const ROWS: &str = "
        pragma foreign_keys = off;
        with recursive days (value) as (select 0 union all select value + 1 from days where value < 180)
        insert into txn (key, account_id, time_ms, sequence, booking_date, kind, status, direction, moved, parts, gross, fee, net,
            provider_ref, counterparty, description, import_id, line, position, length)
        select randomblob(16), 1, value, 0, date('2026-01-01', value || ' days'), value % 2, 1, 0, value % 10 > 0, 4,
            iif(value % 2, -1, 1) * (100 + value), value % 2 - 1, 0, '', '', '', 1, 1, 0, 0 from days;";
    const TOTALS: &str = "
        insert into month_total (account_id, month, kind, count, money_in, money_out, fee, net, unmoved, stated, charged)
        select account_id, substr(booking_date, 1, 7), kind, sum(moved), sum(moved * max(gross, 0)), sum(moved * min(gross, 0)),
            sum(moved * fee), 0, sum(not moved), 0, sum(moved and fee <> 0) from txn group by 1, 2, 3";

    /// Whole months or none, and every way to cut one: the sums are those of the rows.
    #[tokio::test]
    async fn a_period_is_summed_as_its_rows_are() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("books.db"), &BooksKey::from_bytes(&[7; 32])).await.unwrap();
        store.writer().execute(ROWS).await.unwrap();
        store.writer().execute(TOTALS).await.unwrap();
        let scanned = "select kind, count(*) as count, sum(max(gross, 0)) as money_in, sum(min(gross, 0)) as money_out, sum(fee) as fee,
            sum(fee <> 0) as charged from txn where account_id = 1 and moved = 1 and booking_date between ? and ? group by kind";
        let days = [
            "2025-12-31",
            "2026-01-01",
            "2026-01-02",
            "2026-01-31",
            "2026-02-01",
            "2026-02-14",
            "2026-02-28",
            "2026-03-01",
            "2026-03-30",
            "2026-03-31",
            "2026-06-30",
            "2026-08-01",
        ];
        for from in days {
            for to in days.into_iter().filter(|to| *to >= from) {
                let expected: Vec<PeriodSum> =
                    sqlx::query_as(scanned).bind(from).bind(to).fetch_all(store.reader()).await.unwrap();
                let sums = store.period_sums(1, from.parse().unwrap(), to.parse().unwrap()).await.unwrap();
                assert_eq!(sums, expected, "{from} to {to}");
            }
        }
        store.close().await;
    }
}
