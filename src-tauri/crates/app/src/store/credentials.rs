//! Credentials: what is said about each, never the secret itself.

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{FromRow, Sqlite, SqliteConnection};

use super::Store;
use crate::audit::{Event, Told};
use crate::error::{Code, Error, Result};

/// A credential as the owner wrote it down; the words are those of [`purser_books::credential`].
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Credential {
    pub(crate) id: i64,
    /// Names it where its secret is sealed.
    pub(crate) key: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) wallet_id: Option<i64>,
    pub(crate) holder: String,
    pub(crate) kept_at: String,
    pub(crate) used_at: String,
    pub(crate) scope: String,
    pub(crate) misuse: String,
    pub(crate) made: Option<String>,
    pub(crate) rotated: Option<String>,
    pub(crate) expires: Option<String>,
    pub(crate) compromised: Option<String>,
    pub(crate) secret_version: i64,
    /// Whether its secret is kept.
    pub(crate) has_secret: bool,
}

const SELECT: &str = "
    select c.id, c.key, c.kind, c.name, c.wallet_id, c.holder, c.kept_at, c.used_at, c.scope, c.misuse, c.made, c.rotated,
           c.expires, c.compromised, c.secret_version,
           exists (select 1 from credential_secret s where s.credential_id = c.id) as has_secret
    from credential c";

impl Store {
    pub(crate) async fn credentials(&self) -> Result<Vec<Credential>> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} order by c.name collate nocase"));
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn credential(&self, id: i64) -> Result<Credential> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} where c.id = ?"));
        let found = sqlx::query_as(query).bind(id).fetch_optional(self.reader()).await?;
        found.ok_or_else(|| Error::not_found(format!("no credential {id}")))
    }

    pub(crate) async fn insert_credential(&self, credential: &Credential, now_ms: i64) -> Result<i64> {
        let query = "insert into credential (kind, name, wallet_id, holder, kept_at, used_at, scope, misuse, made, expires, created_ms)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let mut transaction = self.begin().await?;
        let done = bound(query, credential)
            .bind(now_ms)
            .execute(&mut *transaction)
            .await
            .map_err(|error| name_taken(error, &credential.name))?;
        self.commit(
            transaction,
            &Event::new(Told::CredentialAdded, &credential.name).with("kind", credential.kind.as_str()),
        )
        .await?;
        Ok(done.last_insert_rowid())
    }

    pub(crate) async fn update_credential(&self, credential: &Credential) -> Result<()> {
        let query =
            "update credential set kind = ?, name = ?, wallet_id = ?, holder = ?, kept_at = ?, used_at = ?, scope = ?,
             misuse = ?, made = ?, expires = ? where id = ?";
        let mut transaction = self.begin().await?;
        let done = bound(query, credential)
            .bind(credential.id)
            .execute(&mut *transaction)
            .await
            .map_err(|error| name_taken(error, &credential.name))?;
        found(done.rows_affected())?;
        self.commit(transaction, &Event::new(Told::CredentialChanged, &credential.name)).await
    }

    pub(crate) async fn remove_credential(&self, id: i64) -> Result<()> {
        let of = Named { told: Told::CredentialRemoved, table: "credential", id };
        self.change_row("delete from credential where id = ?1", of, None).await
    }

    /// Somebody else may know it since a day.
    pub(crate) async fn set_compromised(&self, id: i64, since: &str) -> Result<()> {
        // The first day counts.
        let query = "update credential set compromised = coalesce(compromised, ?2) where id = ?1";
        self.change_row(query, Named { told: Told::CredentialExposed, table: "credential", id }, Some(since)).await
    }

    /// It was replaced on a day: what is said of age, expiry and exposure is the new one's from now on.
    pub(super) async fn set_replaced(
        connection: &mut SqliteConnection,
        id: i64,
        day: &str,
        expires: Option<&str>,
    ) -> Result<()> {
        sqlx::query("update credential set rotated = ?, expires = ?, compromised = null where id = ?")
            .bind(day)
            .bind(expires)
            .bind(id)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// One change of one row that must be there.
    pub(super) async fn change_row(&self, query: &'static str, of: Named, value: Option<&str>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let name = Store::name_of(&mut transaction, of.table, of.id).await?;
        let mut query = sqlx::query(query).bind(of.id);
        if let Some(value) = value {
            query = query.bind(value);
        }
        found(query.execute(&mut *transaction).await?.rows_affected())?;
        let event = Event::new(of.told, &name);
        self.commit(transaction, &value.map_or(event.clone(), |value| event.with("value", value))).await
    }

    /// The name of a row, for the log.
    pub(super) async fn name_of(connection: &mut SqliteConnection, table: &'static str, id: i64) -> Result<String> {
        let query = sqlx::AssertSqlSafe(format!("select name from {table} where id = ?"));
        Ok(sqlx::query_scalar(query).bind(id).fetch_optional(connection).await?.unwrap_or_default())
    }
}

/// A change of one row and what the log says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    pub(super) told: Told,
    /// Has a name.
    pub(super) table: &'static str,
    pub(super) id: i64,
}

/// What both writes have in common, in the order of their columns.
fn bound<'q>(query: &'static str, credential: &'q Credential) -> Query<'q, Sqlite, SqliteArguments> {
    sqlx::query(query)
        .bind(&credential.kind)
        .bind(&credential.name)
        .bind(credential.wallet_id)
        .bind(&credential.holder)
        .bind(&credential.kept_at)
        .bind(&credential.used_at)
        .bind(&credential.scope)
        .bind(&credential.misuse)
        .bind(&credential.made)
        .bind(&credential.expires)
}

pub(super) fn found(rows: u64) -> Result<()> {
    if rows == 0 { Err(Code::NotFound.into()) } else { Ok(()) }
}

pub(super) fn name_taken(error: sqlx::Error, name: &str) -> Error {
    match error {
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            Error::invalid(format!("another entry is called \"{name}\" already"))
        }
        other => other.into(),
    }
}
