//! Rows that describe transactions and tell no money: Stripe's exports of payments and payouts.

use std::collections::HashSet;

use purser_books::Entry;
use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};

use super::Store;
use super::transaction_rows::{INSERT_ROWS, push_list};
use super::word_index::WordChanges;
use crate::error::Result;

/// A detail of a transaction, as it is shown.
#[derive(Debug, Clone, FromRow)]
pub struct Detail {
    pub id: i64,
    pub counterparty: String,
    pub description: String,
    pub status: i64,
    pub currency: String,
    pub gross: i64,
}

impl Store {
    /// Which of these keys have a detail already.
    pub(crate) async fn known_details(connection: &mut SqliteConnection, keys: &[Vec<u8>]) -> Result<HashSet<Vec<u8>>> {
        let mut known = HashSet::new();
        for chunk in keys.chunks(INSERT_ROWS) {
            let mut builder = QueryBuilder::new("select key from detail where key in (");
            push_list(&mut builder, chunk);
            known.extend(builder.build_query_scalar::<Vec<u8>>().fetch_all(&mut *connection).await?);
        }
        Ok(known)
    }

    pub(crate) async fn insert_details(
        connection: &mut SqliteConnection,
        wallet: i64,
        import: i64,
        details: &[(Entry, [u8; 16])],
    ) -> Result<()> {
        for chunk in details.chunks(INSERT_ROWS) {
            let mut builder: QueryBuilder<Sqlite> = QueryBuilder::new(
                "insert into detail (wallet_id, key, ref, alias, time_ms, status, currency, gross, counterparty, description, \
                 import_id, line, position, length) ",
            );
            builder.push_values(chunk, |mut values, (entry, key)| {
                values
                    .push_bind(wallet)
                    .push_bind(key.to_vec())
                    .push_bind(entry.family.as_ref().unwrap_or(&entry.provider_ref))
                    .push_bind(&entry.alias)
                    .push_bind(entry.time.as_millisecond())
                    .push_bind(entry.status.code())
                    .push_bind(entry.currency.code())
                    .push_bind(entry.gross)
                    .push_bind(&entry.counterparty)
                    .push_bind(&entry.description)
                    .push_bind(import)
                    .push_bind(i64::from(entry.source.line))
                    .push_bind(i64::try_from(entry.source.offset).unwrap_or(i64::MAX))
                    .push_bind(i64::from(entry.source.length));
            });
            builder.build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Points every transaction of a wallet to the detail that describes it: the one from the newest import that has
    /// its id or its family's. Transactions whose detail changed get their words anew.
    pub(crate) async fn attach_details(
        connection: &mut SqliteConnection,
        wallet: i64,
        words: &mut WordChanges,
    ) -> Result<()> {
        let changed = "
            with found as (
                select t.id, t.detail_id as had, (select max(d.id) from detail d where d.wallet_id = ?1
                    and (d.ref in (t.family, t.provider_ref) or d.alias in (t.family, t.provider_ref))) as has
                from txn t where t.account_id in (select id from account where wallet_id = ?1))
            select id, has from found where had is not has";
        let changed: Vec<(i64, Option<i64>)> = sqlx::query_as(changed).bind(wallet).fetch_all(&mut *connection).await?;
        for (transaction, detail) in changed {
            let update = "update txn set detail_id = ? where id = ?";
            sqlx::query(update).bind(detail).bind(transaction).execute(&mut *connection).await?;
            for row in Store::rows_with_ids(connection, &[transaction]).await? {
                Store::change_words(connection, &row, words).await?;
            }
        }
        Ok(())
    }

    /// Takes the details of an import out; what they described gets its words anew, and an older detail if there is one.
    pub(crate) async fn delete_details(
        connection: &mut SqliteConnection,
        wallet: i64,
        import: i64,
        words: &mut WordChanges,
    ) -> Result<()> {
        let described = "select id from txn where detail_id in (select id from detail where import_id = ?)";
        let described: Vec<i64> = sqlx::query_scalar(described).bind(import).fetch_all(&mut *connection).await?;
        sqlx::query("delete from detail where import_id = ?").bind(import).execute(&mut *connection).await?;
        for row in Store::rows_with_ids(connection, &described).await? {
            Store::change_words(connection, &row, words).await?;
        }
        Store::attach_details(connection, wallet, words).await
    }

    /// Whether a wallet has details that describe its transactions.
    pub(crate) async fn has_details(connection: &mut SqliteConnection, wallet: i64) -> Result<bool> {
        let query = "select exists (select 1 from detail where wallet_id = ?)";
        Ok(sqlx::query_scalar(query).bind(wallet).fetch_one(connection).await?)
    }

    /// The detail of a transaction.
    pub async fn detail(&self, transaction: i64) -> Result<Option<Detail>> {
        let query = "select d.id, d.counterparty, d.description, d.status, d.currency, d.gross from detail d \
            join txn t on t.detail_id = d.id where t.id = ?";
        Ok(sqlx::query_as(query).bind(transaction).fetch_optional(self.reader()).await?)
    }

    /// Details of a wallet that no transaction has: their money is in no file yet.
    pub async fn loose_details(&self, wallet: i64) -> Result<i64> {
        let query = "select count(*) from detail d where d.wallet_id = ? and not exists (select 1 from txn t where t.detail_id = d.id) \
            and not exists (select 1 from detail later where later.key = d.key and later.id > d.id)";
        Ok(sqlx::query_scalar(query).bind(wallet).fetch_one(self.reader()).await?)
    }
}
