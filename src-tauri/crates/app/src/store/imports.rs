//! Imports: which file went into which wallet, and which of its rows were not understood.

use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};

use super::Store;
use crate::error::Result;

#[derive(Debug, Clone, FromRow)]
pub struct Import {
    pub id: i64,
    pub original_id: i64,
    pub wallet_id: i64,
    pub time_ms: i64,
    /// Name of the file, as it was called when it came in (`archive!/member`).
    pub name: String,
    pub sha256: Vec<u8>,
    pub size: i64,
    pub form: String,
    pub form_version: String,
    pub encoding: String,
    pub options: String,
    pub rows: i64,
    pub stored: i64,
    pub already_present: i64,
    pub skipped: i64,
    pub period_from: Option<String>,
    pub period_to: Option<String>,
    pub period_stated: bool,
    pub receipt: String,
}

/// What an import's row says before its id is known.
#[derive(Debug, Clone, Default)]
pub struct NewImport {
    pub original_id: i64,
    pub wallet_id: i64,
    pub time_ms: i64,
    pub form: String,
    pub form_version: String,
    pub encoding: String,
    pub options: String,
    pub rows: i64,
    pub stored: i64,
    pub already_present: i64,
    pub skipped: i64,
    pub period: Option<(String, String, bool)>,
    pub receipt: String,
}

#[derive(Debug, Clone, FromRow)]
pub struct SkippedRow {
    pub line: i64,
    pub position: i64,
    pub length: i64,
    pub reason: String,
    pub found: String,
}

impl Store {
    /// Newest first.
    pub async fn imports(&self) -> Result<Vec<Import>> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} order by i.id desc"));
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    pub async fn import(&self, id: i64) -> Result<Import> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} where i.id = ?"));
        Ok(sqlx::query_as(query).bind(id).fetch_one(self.reader()).await?)
    }

    pub async fn skipped_rows(&self, import: i64) -> Result<Vec<SkippedRow>> {
        let query = "select line, position, length, reason, found from skipped_row where import_id = ? order by line";
        Ok(sqlx::query_as(query).bind(import).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn import_of(
        connection: &mut SqliteConnection,
        original: i64,
        wallet: i64,
    ) -> Result<Option<Import>> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} where i.original_id = ? and i.wallet_id = ?"));
        Ok(sqlx::query_as(query).bind(original).bind(wallet).fetch_optional(connection).await?)
    }

    /// Opens an import; its counts are filled in by [`Store::finish_import`] when the last row is in.
    pub(crate) async fn begin_import(connection: &mut SqliteConnection, new: &NewImport) -> Result<i64> {
        let query = "insert into import (original_id, wallet_id, time_ms, form, form_version, encoding, options, rows, stored, \
            already_present, skipped, period_stated, receipt) values (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, '')";
        let done = sqlx::query(query)
            .bind(new.original_id)
            .bind(new.wallet_id)
            .bind(new.time_ms)
            .bind(&new.form)
            .bind(&new.form_version)
            .bind(&new.encoding)
            .bind(&new.options)
            .execute(connection)
            .await?;
        Ok(done.last_insert_rowid())
    }

    pub(crate) async fn finish_import(connection: &mut SqliteConnection, id: i64, new: &NewImport) -> Result<()> {
        let query = "update import set rows = ?, stored = ?, already_present = ?, skipped = ?, period_from = ?, period_to = ?, \
            period_stated = ?, receipt = ?, encoding = ? where id = ?";
        let (from, to, stated) = match &new.period {
            Some((from, to, stated)) => (Some(from), Some(to), *stated),
            None => (None, None, false),
        };
        sqlx::query(query)
            .bind(new.rows)
            .bind(new.stored)
            .bind(new.already_present)
            .bind(new.skipped)
            .bind(from)
            .bind(to)
            .bind(stated)
            .bind(&new.receipt)
            .bind(&new.encoding)
            .bind(id)
            .execute(connection)
            .await?;
        Ok(())
    }

    pub(crate) async fn insert_skipped(
        connection: &mut SqliteConnection,
        import: i64,
        rows: &[SkippedRow],
    ) -> Result<()> {
        for chunk in rows.chunks(500) {
            let mut builder: QueryBuilder<Sqlite> =
                QueryBuilder::new("insert into skipped_row (import_id, line, position, length, reason, found) ");
            builder.push_values(chunk, |mut values, row| {
                values
                    .push_bind(import)
                    .push_bind(row.line)
                    .push_bind(row.position)
                    .push_bind(row.length)
                    .push_bind(&row.reason)
                    .push_bind(&row.found);
            });
            builder.build().execute(&mut *connection).await?;
        }
        Ok(())
    }
}

const SELECT: &str = "select i.id, i.original_id, i.wallet_id, i.time_ms, o.name, o.sha256, o.size, i.form, i.form_version, i.encoding, \
    i.options, i.rows, i.stored, i.already_present, i.skipped, i.period_from, i.period_to, i.period_stated, i.receipt \
    from import i join original o on o.id = i.original_id";
