//! Businesses: the legal entities a profile holds.

use sqlx::{FromRow, SqliteConnection};

use super::Store;
use crate::error::Result;

#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct Business {
    pub id: i64,
    /// In Latin script, for statements abroad.
    pub name: String,
    /// In the script of its home, where it has one.
    pub name_local: String,
    pub base_currency: String,
    /// IANA zone.
    pub zone: String,
}

impl Store {
    /// All businesses; the first is the one new wallets go to.
    pub async fn businesses(&self) -> Result<Vec<Business>> {
        let rows = sqlx::query_as("select id, name, name_local, base_currency, zone from business order by id");
        Ok(rows.fetch_all(self.reader()).await?)
    }

    pub(crate) async fn insert_business(
        connection: &mut SqliteConnection,
        business: &Business,
        now_ms: i64,
    ) -> Result<i64> {
        let query = "insert into business (name, name_local, base_currency, zone, created_ms) values (?, ?, ?, ?, ?)";
        let done = sqlx::query(query)
            .bind(&business.name)
            .bind(&business.name_local)
            .bind(&business.base_currency)
            .bind(&business.zone)
            .bind(now_ms)
            .execute(connection)
            .await?;
        Ok(done.last_insert_rowid())
    }
}
