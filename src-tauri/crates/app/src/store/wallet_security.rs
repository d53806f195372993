//! How wallets are protected at their providers, as people wrote it down.

use sqlx::FromRow;

use super::Store;
use crate::audit::{Event, Told};
use crate::error::Result;

/// A value of one field, in force.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct SecurityValue {
    pub(crate) wallet_id: i64,
    /// A word of [`purser_books::door::WalletField`].
    pub(crate) field: String,
    pub(crate) value: String,
    /// ISO date the value was seen.
    pub(crate) as_of: String,
    pub(crate) source: String,
}

impl Store {
    /// The values in force, of all wallets.
    pub(crate) async fn wallet_security(&self) -> Result<Vec<SecurityValue>> {
        let query = "
            select wallet_id, field, value, as_of, source from wallet_security
            where id in (select max(id) from wallet_security group by wallet_id, field) order by wallet_id, field";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    /// The last review of each wallet.
    pub(crate) async fn wallet_reviews(&self) -> Result<Vec<(i64, String)>> {
        let query = "select wallet_id, max(reviewed) from wallet_review group by wallet_id";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    /// Writes values of one wallet down, and that all of it was looked at on a day; all or nothing.
    pub(crate) async fn record_wallet_security(
        &self,
        wallet: i64,
        values: &[SecurityValue],
        reviewed: Option<&str>,
        now_ms: i64,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        for value in values {
            let query = "insert into wallet_security (wallet_id, field, value, as_of, source, recorded_ms) values (?, ?, ?, ?, ?, ?)";
            sqlx::query(query)
                .bind(wallet)
                .bind(&value.field)
                .bind(&value.value)
                .bind(&value.as_of)
                .bind(&value.source)
                .bind(now_ms)
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(day) = reviewed {
            sqlx::query("insert into wallet_review (wallet_id, reviewed, recorded_ms) values (?, ?, ?)")
                .bind(wallet)
                .bind(day)
                .bind(now_ms)
                .execute(&mut *transaction)
                .await?;
        }
        crate::files::kill_point("wallet_security.before_commit");
        let name = Store::name_of(&mut transaction, "wallet", wallet).await?;
        let told = if reviewed.is_some() { Told::WalletReviewed } else { Told::ProtectionNoted };
        let fields: Vec<&str> = values.iter().map(|value| value.field.as_str()).collect();
        self.commit(transaction, &Event::new(told, &name).with("fields", fields.join(", "))).await
    }
}
