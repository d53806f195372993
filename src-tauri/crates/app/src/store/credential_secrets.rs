//! Sealed secrets of credentials. This file never sees one open.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::{FromRow, SqliteConnection};

use super::Store;
use super::credentials::Named;
use crate::audit::{Event, Told};
use crate::error::{Code, Error, Result};

/// A secret as it is stored.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct SealedSecret {
    pub(crate) credential_id: i64,
    /// Of the credential, which names the place it is sealed for.
    pub(crate) key: Vec<u8>,
    pub(crate) version: i64,
    pub(crate) sealed: Vec<u8>,
}

const SELECT: &str = "select s.credential_id, c.key, s.version, s.sealed from credential_secret s join credential c on c.id = s.credential_id";

impl Store {
    /// The secrets of one credential, the newest first.
    pub(crate) async fn secrets_of(&self, credential: i64) -> Result<Vec<SealedSecret>> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} where s.credential_id = ? order by s.version desc"));
        Ok(sqlx::query_as(query).bind(credential).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn all_secrets(connection: &mut SqliteConnection) -> Result<Vec<SealedSecret>> {
        Ok(sqlx::query_as(SELECT).fetch_all(connection).await?)
    }

    /// Puts a secret in; those of `above` and lower versions stay, those between go.
    pub(crate) async fn put_secret(&self, secret: &SealedSecret, above: i64) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("delete from credential_secret where credential_id = ? and version > ?")
            .bind(secret.credential_id)
            .bind(above)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("insert into credential_secret (credential_id, version, sealed) values (?, ?, ?)")
            .bind(secret.credential_id)
            .bind(secret.version)
            .bind(&secret.sealed)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("update credential set secret_version = max(secret_version, ?) where id = ?")
            .bind(secret.version)
            .bind(secret.credential_id)
            .execute(&mut *transaction)
            .await?;
        crate::files::kill_point("secret.before_commit");
        let name = Store::name_of(&mut transaction, "credential", secret.credential_id).await?;
        self.commit(transaction, &Event::new(Told::SecretKept, &name)).await
    }

    pub(crate) async fn forget_secrets(&self, credential: i64) -> Result<()> {
        let of = Named { told: Told::SecretForgotten, table: "credential", id: credential };
        self.change_row("delete from credential_secret where credential_id = ?1", of, None).await
    }

    /// The same secret, sealed anew.
    pub(crate) async fn reseal_secret(connection: &mut SqliteConnection, secret: &SealedSecret) -> Result<()> {
        sqlx::query("update credential_secret set sealed = ? where credential_id = ? and version = ?")
            .bind(&secret.sealed)
            .bind(secret.credential_id)
            .bind(secret.version)
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// In `meta`: the key of the vault before the present one, sealed for the present one, base64.
const PREDECESSOR: &str = "vault_predecessor";

impl Store {
    pub(crate) async fn put_predecessor(&self, sealed: &[u8]) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("insert or replace into meta (key, value) values (?, ?)")
            .bind(PREDECESSOR)
            .bind(STANDARD.encode(sealed))
            .execute(&mut *transaction)
            .await?;
        self.commit_silently(transaction).await
    }

    /// `None`: nothing is sealed with an older key.
    pub(crate) async fn predecessor(&self) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query_scalar("select value from meta where key = ?").bind(PREDECESSOR);
        let text: Option<String> = query.fetch_optional(self.reader()).await?;
        text.map(|text| STANDARD.decode(text).map_err(|_| Error::new(Code::Damaged, "the books"))).transpose()
    }

    pub(crate) async fn drop_predecessor(connection: &mut SqliteConnection) -> Result<()> {
        sqlx::query("delete from meta where key = ?").bind(PREDECESSOR).execute(connection).await?;
        Ok(())
    }
}
