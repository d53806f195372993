//! Freezes as the books know them. They decide nothing alone: the journals and the keyring tell too.

use purser_books::freeze::decision::Named;
use purser_books::freeze::{FreezeId, Place, Told, Unfreeze};
use sqlx::FromRow;

use super::Store;
use crate::audit::Event;
use crate::error::{Code, Error, Result};

#[derive(FromRow)]
struct Row {
    id: Vec<u8>,
    at_ms: Option<i64>,
    by: String,
    ended_ms: Option<i64>,
    reason: String,
    signature: String,
}

impl Store {
    /// What the books tell of freezes that are not ended everywhere.
    pub(crate) async fn told_of_freezes(&self) -> Result<Told> {
        let query = "select id, at_ms, by, ended_ms, reason, signature from freeze where settled = 0";
        let rows: Vec<Row> = sqlx::query_as(query).fetch_all(self.reader()).await?;
        let mut told = Told::nothing(Place::Database, true);
        for row in rows {
            let id = row.id.try_into().map_err(|_| Error::new(Code::Damaged, "a freeze"))?;
            let id = FreezeId::from_bytes(id);
            let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).map_err(|_| Error::new(Code::Damaged, "a freeze"));
            let from_damage = row.at_ms.is_none();
            told.freezes.push(Named { id, at: row.at_ms.map(at).transpose()?, by: row.by, from_damage });
            if let Some(ended_ms) = row.ended_ms {
                let record = Unfreeze { id, at: at(ended_ms)?, reason: row.reason, signature: row.signature };
                told.unfreezes.push(record);
            }
        }
        Ok(told)
    }

    /// Writes a freeze down; one that is known stays as it is.
    pub(crate) async fn insert_freeze(&self, named: &Named, event: &Event) -> Result<()> {
        let mut transaction = self.begin().await?;
        // One that comes back after it was settled is in force again.
        let query = "insert into freeze (id, at_ms, by) values (?, ?, ?) \
            on conflict (id) do update set settled = 0, ended_ms = null, reason = '', signature = '' where settled = 1";
        sqlx::query(query)
            .bind(named.id.as_bytes().as_slice())
            .bind(named.at.map(jiff::Timestamp::as_millisecond))
            .bind(&named.by)
            .execute(&mut *transaction)
            .await?;
        self.commit(transaction, event).await
    }

    /// Keeps the owner's word that these are over.
    pub(crate) async fn end_freezes(&self, records: &[Unfreeze], event: &Event) -> Result<()> {
        let mut transaction = self.begin().await?;
        for record in records {
            let query = "update freeze set ended_ms = ?, reason = ?, signature = ? where id = ?";
            sqlx::query(query)
                .bind(record.at.as_millisecond())
                .bind(&record.reason)
                .bind(&record.signature)
                .bind(record.id.as_bytes().as_slice())
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query("delete from meta where key = 'cool_off'").execute(&mut *transaction).await?;
        self.commit(transaction, event).await
    }

    /// No place asks about these any more. The log told of their end already.
    pub(crate) async fn settle_freezes(&self, ids: &[FreezeId]) -> Result<()> {
        let mut transaction = self.begin().await?;
        for id in ids {
            sqlx::query("update freeze set settled = 1 where id = ?")
                .bind(id.as_bytes().as_slice())
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}
