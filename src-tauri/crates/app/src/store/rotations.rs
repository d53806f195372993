//! Replacements of credentials, each step on disk before the next one.

use purser_books::credential::{Order, Rotation};
use sqlx::FromRow;

use super::Store;
use crate::audit::{Event, Told};
use crate::error::{Error, Result};
use crate::files::kill_point;

/// A replacement under way.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct OpenRotation {
    pub(crate) id: i64,
    pub(crate) credential_id: i64,
    step_order: String,
    done: i64,
    /// The newest version of the old one's secret.
    pub(crate) old_version: i64,
    pub(crate) new_expires: Option<String>,
    pub(crate) began_ms: i64,
}

impl OpenRotation {
    pub(crate) fn rotation(&self) -> Rotation {
        let order = Order::from_word(&self.step_order).unwrap_or(Order::NewFirst);
        Rotation { order, done: usize::try_from(self.done).unwrap_or(0) }
    }
}

const SELECT: &str = "select id, credential_id, step_order, done, old_version, new_expires, began_ms from rotation where ended_ms is null";

impl Store {
    pub(crate) async fn open_rotations(&self) -> Result<Vec<OpenRotation>> {
        Ok(sqlx::query_as(SELECT).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn open_rotation(&self, credential: i64) -> Result<Option<OpenRotation>> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} and credential_id = ?"));
        Ok(sqlx::query_as(query).bind(credential).fetch_optional(self.reader()).await?)
    }

    pub(crate) async fn begin_rotation(&self, credential: i64, order: Order, now_ms: i64) -> Result<()> {
        let query = "insert into rotation (credential_id, step_order, done, old_version, began_ms)
             select id, ?, 0, secret_version, ? from credential where id = ?";
        let mut transaction = self.begin().await?;
        let done = sqlx::query(query).bind(order.word()).bind(now_ms).bind(credential).execute(&mut *transaction).await;
        match done {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                return Err(Error::invalid("a replacement of this credential is under way: finish it or give it up"));
            }
            done => super::credentials::found(done?.rows_affected())?,
        }
        kill_point("rotation.before_commit");
        let name = Store::name_of(&mut transaction, "credential", credential).await?;
        self.commit(transaction, &Event::new(Told::RotationBegun, &name).with("order", order.word())).await?;
        kill_point("rotation.committed");
        Ok(())
    }

    /// Writes down that one more step is done, and with it what follows for the credential.
    pub(crate) async fn advance_rotation(
        &self,
        open: &OpenRotation,
        next: &Rotation,
        day: &str,
        now_ms: i64,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let ended = next.next().is_none().then_some(now_ms);
        // Only from the state that was seen: two windows do not take one step twice.
        let done = sqlx::query("update rotation set done = ?, new_expires = ?, ended_ms = ? where id = ? and done = ? and ended_ms is null")
            .bind(i64::try_from(next.done).unwrap_or(0))
            .bind(&open.new_expires)
            .bind(ended)
            .bind(open.id)
            .bind(open.done)
            .execute(&mut *transaction)
            .await?;
        super::credentials::found(done.rows_affected())?;
        if next.is_replaced() && !open.rotation().is_replaced() {
            Store::set_replaced(&mut transaction, open.credential_id, day, open.new_expires.as_deref()).await?;
        }
        if ended.is_some() {
            // Every copy of the old one is gone: Purser's too.
            sqlx::query("delete from credential_secret where credential_id = ? and version <= ?")
                .bind(open.credential_id)
                .bind(open.old_version)
                .execute(&mut *transaction)
                .await?;
        }
        kill_point("rotation.before_commit");
        let name = Store::name_of(&mut transaction, "credential", open.credential_id).await?;
        let told = if ended.is_some() { Told::RotationEnded } else { Told::RotationStep };
        self.commit(transaction, &Event::new(told, &name).with("done", next.done)).await?;
        kill_point("rotation.committed");
        Ok(())
    }

    /// Gives a replacement up: the old one stays, a secret of the new one goes.
    pub(crate) async fn abandon_rotation(&self, open: &OpenRotation, now_ms: i64) -> Result<()> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "update rotation set abandoned = 1, ended_ms = ? where id = ? and done = ? and ended_ms is null",
        )
        .bind(now_ms)
        .bind(open.id)
        .bind(open.done)
        .execute(&mut *transaction)
        .await?;
        super::credentials::found(done.rows_affected())?;
        sqlx::query("delete from credential_secret where credential_id = ? and version > ?")
            .bind(open.credential_id)
            .bind(open.old_version)
            .execute(&mut *transaction)
            .await?;
        let name = Store::name_of(&mut transaction, "credential", open.credential_id).await?;
        self.commit(transaction, &Event::new(Told::RotationEnded, &name).with("abandoned", true)).await
    }
}
