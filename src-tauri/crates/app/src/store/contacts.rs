//! Who is who of a wallet, numbers copied from signed-in pages, and the cards that were printed.

use sqlx::FromRow;

use super::Store;
use crate::audit::Event;
use crate::error::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct ContactRow {
    pub(crate) wallet_id: i64,
    /// A word of [`purser_books::papers::ContactRole`].
    pub(crate) role: String,
    pub(crate) value: String,
    /// ISO date.
    pub(crate) noted: String,
}

/// A number of a provider that somebody copied from a page she was signed in to.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct OwnNumber {
    pub id: i64,
    /// The provider's code.
    pub provider: String,
    pub number: String,
    /// ISO date it was copied.
    pub noted: String,
}

/// The newest card of a person.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct CardRow {
    pub(crate) person: String,
    pub(crate) speaker: String,
    pub(crate) lane: String,
    pub(crate) stamp: String,
    pub(crate) made: String,
}

impl Store {
    pub(crate) async fn contacts(&self) -> Result<Vec<ContactRow>> {
        let query = "select wallet_id, role, value, noted from contact order by wallet_id, role";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn own_numbers(&self) -> Result<Vec<OwnNumber>> {
        let query = "select id, provider, number, noted from own_number order by provider, id";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn cards(&self) -> Result<Vec<CardRow>> {
        let query = "select person, speaker, lane, stamp, made from card order by person";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    /// Puts contacts of one wallet in the place of those before, all or none; `None` takes one away.
    pub(crate) async fn set_contacts(
        &self,
        wallet: i64,
        values: &[(&str, Option<String>)],
        noted: &str,
        event: &Event,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        for (role, value) in values {
            let query = sqlx::query("delete from contact where wallet_id = ? and role = ?");
            query.bind(wallet).bind(*role).execute(&mut *transaction).await?;
            if let Some(value) = value {
                let query = sqlx::query("insert into contact (wallet_id, role, value, noted) values (?, ?, ?, ?)");
                query.bind(wallet).bind(*role).bind(value).bind(noted).execute(&mut *transaction).await?;
            }
        }
        crate::files::kill_point("contacts.before_commit");
        self.commit(transaction, event).await
    }

    /// Writes a number down; one that is known gets the new day. That there is none is no longer so.
    pub(crate) async fn note_own_number(
        &self,
        provider: &str,
        number: &str,
        noted: &str,
        event: &Event,
    ) -> Result<i64> {
        let mut transaction = self.begin().await?;
        let query = "insert into own_number (provider, number, noted) values (?, ?, ?) \
            on conflict (provider, number) do update set noted = excluded.noted returning id";
        let query = sqlx::query_scalar(query).bind(provider).bind(number).bind(noted);
        let id = query.fetch_one(&mut *transaction).await?;
        let none = sqlx::query("delete from meta where key = ?").bind(crate::contacts::no_number_key(provider));
        none.execute(&mut *transaction).await?;
        self.commit(transaction, event).await?;
        Ok(id)
    }

    pub(crate) async fn remove_own_number(&self, id: i64, event: &Event) -> Result<()> {
        let mut transaction = self.begin().await?;
        let query = sqlx::query("delete from own_number where id = ?").bind(id);
        if query.execute(&mut *transaction).await?.rows_affected() == 0 {
            return Err(Error::not_found(format!("no number {id}")));
        }
        self.commit(transaction, event).await
    }

    /// Remembers a card before it is handed out, in the place of the person's last one.
    pub(crate) async fn keep_card(&self, card: &CardRow, event: &Event) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("insert or replace into card (person, speaker, lane, stamp, made) values (?, ?, ?, ?, ?)")
            .bind(&card.person)
            .bind(&card.speaker)
            .bind(&card.lane)
            .bind(&card.stamp)
            .bind(&card.made)
            .execute(&mut *transaction)
            .await?;
        self.commit(transaction, event).await
    }

    /// Forgets a card: it was torn up.
    pub(crate) async fn forget_card(&self, person: &str, event: &Event) -> Result<()> {
        let mut transaction = self.begin().await?;
        let query = sqlx::query("delete from card where person = ?").bind(person);
        if query.execute(&mut *transaction).await?.rows_affected() == 0 {
            return Err(Error::not_found(format!("no card of \"{person}\"")));
        }
        self.commit(transaction, event).await
    }
}
