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
    /// The account the file names.
    pub account_ref: Option<String>,
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
    pub account_ref: Option<String>,
    /// When the file says it was made.
    pub exported_ms: Option<i64>,
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

/// Two files of one form that tell the same days differently.
#[derive(Debug, Clone, FromRow)]
pub struct Overlap {
    pub import_id: i64,
    pub other_id: i64,
    pub name: String,
    pub other_name: String,
    pub from_date: String,
    pub to_date: String,
    /// Transactions of these days that only the first file has.
    pub only_import: i64,
    /// Transactions of these days that only the other file has.
    pub only_other: i64,
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
            period_stated = ?, receipt = ?, encoding = ?, form = ?, form_version = ?, account_ref = ?, exported_ms = ? where id = ?";
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
            .bind(&new.form)
            .bind(&new.form_version)
            .bind(&new.account_ref)
            .bind(new.exported_ms)
            .bind(id)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Notes where a file and others of its form tell the same days with other transactions. Days at the ends of a file
    /// that does not state its period are not certain and not compared.
    pub(crate) async fn note_overlaps(connection: &mut SqliteConnection, import: i64) -> Result<()> {
        let pairs: Vec<(i64, String, String)> = sqlx::query_as(PAIRS).bind(import).fetch_all(&mut *connection).await?;
        for (other, from, to) in pairs {
            let (here, there): (i64, i64) = sqlx::query_as(DIFFERENCE)
                .bind(import)
                .bind(other)
                .bind(&from)
                .bind(&to)
                .fetch_one(&mut *connection)
                .await?;
            if here + there > 0 {
                let insert = "insert or replace into import_overlap values (?, ?, ?, ?, ?, ?)";
                sqlx::query(insert)
                    .bind(import)
                    .bind(other)
                    .bind(from)
                    .bind(to)
                    .bind(here)
                    .bind(there)
                    .execute(&mut *connection)
                    .await?;
            }
        }
        Ok(())
    }

    /// Every pair of files that tell the same days differently.
    pub async fn overlaps(&self) -> Result<Vec<Overlap>> {
        let query = "select v.import_id, v.other_id, o.name, p.name as other_name, v.from_date, v.to_date, v.only_import, v.only_other \
            from import_overlap v join import i on i.id = v.import_id join original o on o.id = i.original_id \
            join import j on j.id = v.other_id join original p on p.id = j.original_id order by v.from_date, v.import_id, v.other_id";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
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

/// Imports of the same form into the same wallet whose certain days meet those of an import, and those days.
const PAIRS: &str = "
    with certain as (select id, wallet_id, form, form_version,
            date(period_from, case when period_stated then '+0 days' else '+1 days' end) as first,
            date(period_to, case when period_stated then '+0 days' else '-1 days' end) as last
        from import where period_from is not null)
    select b.id, max(a.first, b.first), min(a.last, b.last) from certain a join certain b
        on b.wallet_id = a.wallet_id and b.form = a.form and b.form_version = a.form_version and b.id <> a.id
    where a.id = ? and max(a.first, b.first) <= min(a.last, b.last)";

/// How many transactions of some days only the one or only the other of two files tells.
const DIFFERENCE: &str = "
    with days as (select t.id, t.import_id from txn t
            where t.account_id in (select id from account where wallet_id = (select wallet_id from import where id = ?1))
            and t.booking_date between ?3 and ?4),
        told as (select id, max(a) as a, max(b) as b from (
            select id, import_id = ?1 as a, import_id = ?2 as b from days
            union all select g.txn_id, g.import_id = ?1, g.import_id = ?2 from days d join telling g on g.txn_id = d.id) group by id)
    select coalesce(sum(a and not b), 0), coalesce(sum(b and not a), 0) from told";

const SELECT: &str = "select i.id, i.original_id, i.wallet_id, i.time_ms, o.name, o.sha256, o.size, i.form, i.form_version, i.encoding, \
    i.options, i.account_ref, i.rows, i.stored, i.already_present, i.skipped, i.period_from, i.period_to, i.period_stated, i.receipt \
    from import i join original o on o.id = i.original_id";
