//! Single facts about the profile, by name.

use sqlx::SqliteConnection;

use super::Store;
use crate::audit::Event;
use crate::error::Result;

/// Since when something is as it is; empty text in the store = not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// The key of the books.
    BooksKey,
    /// The recovery kit.
    KitMade,
    /// The kit was last shown to exist.
    KitProven,
    /// The newest backup.
    BackupMade,
    /// A backup was last opened and found whole.
    BackupProven,
}

impl Since {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Since::BooksKey => "books_key_ms",
            Since::KitMade => "kit_made_ms",
            Since::KitProven => "kit_proven_ms",
            Since::BackupMade => "backup_made_ms",
            Since::BackupProven => "backup_proven_ms",
        }
    }
}

impl Store {
    /// Milliseconds since 1970 UTC; `None` = not known.
    pub(crate) async fn since(&self, since: Since) -> Result<Option<i64>> {
        let text: Option<String> = sqlx::query_scalar("select value from meta where key = ?")
            .bind(since.key())
            .fetch_optional(self.reader())
            .await?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// Notes since when things are so; `None` = not any more.
    pub(crate) async fn note_since(&self, notes: &[(Since, Option<i64>)], event: &Event) -> Result<()> {
        let mut transaction = self.begin().await?;
        for (since, ms) in notes {
            Store::note_since_in(&mut transaction, *since, *ms).await?;
        }
        self.commit(transaction, event).await
    }

    pub(crate) async fn note_since_in(connection: &mut SqliteConnection, since: Since, ms: Option<i64>) -> Result<()> {
        let text = ms.map(|ms| ms.to_string()).unwrap_or_default();
        sqlx::query("insert or replace into meta (key, value) values (?, ?)")
            .bind(since.key())
            .bind(text)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Notes what came of opening a backup: when it was found whole, or the name of one that is not.
    pub(crate) async fn note_rehearsal(
        &self,
        found: std::result::Result<i64, &str>,
        damaged: &str,
        event: &Event,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("delete from meta where key = ?").bind(damaged).execute(&mut *transaction).await?;
        match found {
            Ok(ms) => Store::note_since_in(&mut transaction, Since::BackupProven, Some(ms)).await?,
            Err(name) => {
                let query = "insert into meta (key, value) values (?, ?)";
                sqlx::query(query).bind(damaged).bind(name).execute(&mut *transaction).await?;
            }
        }
        self.commit(transaction, event).await
    }

    /// A fact by its name; `None` = not known.
    pub(crate) async fn fact(&self, name: &str) -> Result<Option<String>> {
        let query = sqlx::query_scalar("select value from meta where key = ?").bind(name);
        Ok(query.fetch_optional(self.reader()).await?)
    }

    /// Puts a fact in the place of the one before, or takes it away.
    pub(crate) async fn put_fact(&self, name: &str, value: Option<&str>, event: &Event) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("delete from meta where key = ?").bind(name).execute(&mut *transaction).await?;
        if let Some(value) = value {
            let query = "insert into meta (key, value) values (?, ?)";
            sqlx::query(query).bind(name).bind(value).execute(&mut *transaction).await?;
        }
        self.commit(transaction, event).await
    }

    /// Puts a fact in the place of the one before, where the log has nothing to tell of it.
    pub(crate) async fn put_fact_silently(&self, name: &str, value: &str) -> Result<()> {
        let query = "insert or replace into meta (key, value) values (?, ?)";
        sqlx::query(query).bind(name).bind(value).execute(self.writer()).await?;
        Ok(())
    }

    /// The version of SQLCipher that encrypts this file.
    pub(crate) async fn cipher_version(&self) -> Result<String> {
        let version: Option<String> = sqlx::query_scalar("pragma cipher_version").fetch_optional(self.reader()).await?;
        Ok(version.unwrap_or_default())
    }
}
