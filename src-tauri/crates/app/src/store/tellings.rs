//! The rows of files that tell a transaction, where there is more than one.

use std::collections::HashMap;

use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};

use super::Store;
use super::transaction_rows::{INSERT_ROWS, TransactionRow, push_list};
use crate::error::{Code, Error, Result};

/// A stored telling.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct TellingRow {
    pub txn_id: i64,
    pub import_id: i64,
    pub line: i64,
    pub position: i64,
    pub length: i64,
    /// `None`: the same as the transaction's own row.
    pub told: Option<String>,
}

impl TellingRow {
    /// A telling to be stored, with what it `says` where not all say the same.
    pub(crate) fn new(txn_id: i64, row: &TransactionRow, says: bool) -> Result<TellingRow> {
        let told = says.then(|| serde_json::to_string(row)).transpose();
        let told = told.map_err(|_| Error::new(Code::Internal, "a telling"))?;
        Ok(TellingRow {
            txn_id,
            import_id: row.import_id,
            line: row.line,
            position: row.position,
            length: row.length,
            told,
        })
    }

    /// What the row said: its own words, else those of the transaction's own row.
    pub(crate) fn read(&self, own: &TransactionRow) -> Result<TransactionRow> {
        let mut row: TransactionRow = match &self.told {
            None => own.clone(),
            Some(told) => serde_json::from_str(told).map_err(|_| Error::new(Code::Damaged, "a stored row"))?,
        };
        row.id = own.id;
        row.key.clone_from(&own.key);
        (row.import_id, row.line, row.position, row.length) = (self.import_id, self.line, self.position, self.length);
        Ok(row)
    }
}

impl Store {
    /// What is stored beyond the transactions' own rows, by transaction, in the order it was stored.
    pub(crate) async fn tellings(
        connection: &mut SqliteConnection,
        transactions: &[i64],
    ) -> Result<HashMap<i64, Vec<TellingRow>>> {
        let mut found: HashMap<i64, Vec<TellingRow>> = HashMap::new();
        for chunk in transactions.chunks(INSERT_ROWS) {
            let select = "select txn_id, import_id, line, position, length, told from telling where txn_id in (";
            let mut builder = QueryBuilder::new(select);
            push_list(&mut builder, chunk);
            builder.push(" order by id");
            for row in builder.build_query_as::<TellingRow>().fetch_all(&mut *connection).await? {
                found.entry(row.txn_id).or_default().push(row);
            }
        }
        Ok(found)
    }

    pub(crate) async fn insert_tellings(connection: &mut SqliteConnection, rows: &[TellingRow]) -> Result<()> {
        for chunk in rows.chunks(INSERT_ROWS) {
            let mut builder: QueryBuilder<Sqlite> =
                QueryBuilder::new("insert into telling (txn_id, import_id, line, position, length, told) ");
            builder.push_values(chunk, |mut values, row| {
                values
                    .push_bind(row.txn_id)
                    .push_bind(row.import_id)
                    .push_bind(row.line)
                    .push_bind(row.position)
                    .push_bind(row.length)
                    .push_bind(&row.told);
            });
            builder.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    pub(crate) async fn delete_tellings(connection: &mut SqliteConnection, transactions: &[i64]) -> Result<()> {
        for chunk in transactions.chunks(INSERT_ROWS) {
            let mut builder: QueryBuilder<Sqlite> = QueryBuilder::new("delete from telling where txn_id in (");
            push_list(&mut builder, chunk);
            builder.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Transactions that a file told, alone or among others.
    pub(crate) async fn told_by(connection: &mut SqliteConnection, import: i64) -> Result<Vec<i64>> {
        let query =
            "select id from txn where import_id = ?1 union select txn_id from telling where import_id = ?1 order by 1";
        Ok(sqlx::query_scalar(query).bind(import).fetch_all(connection).await?)
    }

    /// When each file of a wallet was made, where it says so.
    pub(crate) async fn export_times(connection: &mut SqliteConnection, wallet: i64) -> Result<HashMap<i64, i64>> {
        let query = "select id, exported_ms from import where wallet_id = ? and exported_ms is not null";
        let rows: Vec<(i64, i64)> = sqlx::query_as(query).bind(wallet).fetch_all(connection).await?;
        Ok(rows.into_iter().collect())
    }
}
