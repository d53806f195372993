//! What payouts are explained from: the movements of an account from the register, and what its files say of payouts.

use std::collections::HashMap;

use sqlx::FromRow;

use super::Store;
use super::register::Movement;
use crate::error::Result;

/// A row of an account, as far as payouts need it.
#[derive(Debug)]
pub(crate) struct AccountMovements {
    /// In the order of a statement.
    pub(crate) movements: Vec<Movement>,
    /// The payouts among them, by id.
    pub(crate) payouts: HashMap<i64, PayoutRow>,
    /// Names of the payouts that files say paid a movement, by its id.
    pub(crate) named: HashMap<i64, String>,
}

#[derive(Debug, FromRow)]
pub(crate) struct PayoutRow {
    id: i64,
    pub(crate) status: i64,
    pub(crate) provider_ref: String,
    pub(crate) family: Option<String>,
}

impl Store {
    /// `None` where nothing was ever paid out.
    pub(crate) async fn account_movements(&self, account: i64, payout_kind: i64) -> Result<Option<AccountMovements>> {
        let has_payouts = "select exists (select 1 from month_total where account_id = ? and kind = ? and count > 0)";
        if !sqlx::query_scalar(has_payouts).bind(account).bind(payout_kind).fetch_one(self.reader()).await? {
            return Ok(None);
        }
        let movements = self.register().await?.movements_of(account);
        let query = "select id, status, provider_ref, family from txn where id in (select value from json_each(?))";
        let ids: Vec<i64> = movements.iter().filter(|row| row.kind == payout_kind).map(|row| row.id).collect();
        let ids = serde_json::to_string(&ids).map_err(|_| crate::error::Code::Internal)?;
        let payouts: Vec<PayoutRow> = sqlx::query_as(query).bind(ids).fetch_all(self.reader()).await?;
        let query = "select id, payout from txn where payout is not null and account_id = ? and moved = 1";
        let named: Vec<(i64, String)> = sqlx::query_as(query).bind(account).fetch_all(self.reader()).await?;
        let payouts = payouts.into_iter().map(|row| (row.id, row)).collect();
        Ok(Some(AccountMovements { movements, payouts, named: named.into_iter().collect() }))
    }
}
