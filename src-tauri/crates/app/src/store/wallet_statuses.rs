//! What people wrote down of a wallet's state at its provider, each value with its date.

use sqlx::FromRow;

use super::Store;
use crate::audit::{Event, Told};
use crate::error::Result;

/// The fields of an account status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusField {
    Verification,
    Restrictions,
    Payouts,
    PayoutBankLast4,
    DocumentsDue,
}

impl StatusField {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            StatusField::Verification => "verification",
            StatusField::Restrictions => "restrictions",
            StatusField::Payouts => "payouts",
            StatusField::PayoutBankLast4 => "payout_bank_last4",
            StatusField::DocumentsDue => "documents_due",
        }
    }
}

#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct StatusValue {
    #[serde(skip)]
    pub wallet_id: i64,
    pub field: String,
    pub value: String,
    pub note: String,
    /// ISO date a document is due.
    pub due: Option<String>,
    /// ISO date the value was seen.
    pub as_of: String,
    pub source: String,
}

impl Store {
    /// The values in force, of all wallets.
    pub async fn statuses(&self) -> Result<Vec<StatusValue>> {
        let query = "
            select wallet_id, field, value, note, due, as_of, source from wallet_status
            where id in (select max(id) from wallet_status group by wallet_id, field) order by wallet_id, field";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    /// Writes a value down; the one before stays as history.
    pub async fn record_status(&self, value: &StatusValue, now_ms: i64) -> Result<()> {
        let mut transaction = self.begin().await?;
        let query = "insert into wallet_status (wallet_id, field, value, note, due, as_of, source, recorded_ms) values (?, ?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(query)
            .bind(value.wallet_id)
            .bind(&value.field)
            .bind(&value.value)
            .bind(&value.note)
            .bind(&value.due)
            .bind(&value.as_of)
            .bind(&value.source)
            .bind(now_ms)
            .execute(&mut *transaction)
            .await?;
        let name = Store::name_of(&mut transaction, "wallet", value.wallet_id).await?;
        self.commit(transaction, &Event::new(Told::StatusNoted, &name).with("field", value.field.as_str())).await
    }
}
