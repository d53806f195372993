//! Wallets: merchant accounts at providers.

use sqlx::{FromRow, SqliteConnection};

use super::Store;
use crate::audit::{Event, Told};
use crate::error::{Code, Error, Result};

#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct Wallet {
    pub id: i64,
    pub business_id: i64,
    pub provider: String,
    pub name: String,
    pub account_ref: Option<String>,
    /// IANA zone of the provider's booking days.
    pub zone: String,
}

impl Store {
    pub async fn wallets(&self) -> Result<Vec<Wallet>> {
        Ok(sqlx::query_as(SELECT_ALL).fetch_all(self.reader()).await?)
    }

    /// The wallet a person named: by its name, its number, or its provider's word where that has only one.
    pub async fn wallet_named(&self, name: &str) -> Result<Wallet> {
        let wallets = self.wallets().await?;
        let same = |wallet: &&Wallet| wallet.name.to_lowercase() == name.trim().to_lowercase();
        if let Some(wallet) = wallets.iter().find(same) {
            return Ok(wallet.clone());
        }
        let mut of_provider = wallets.iter().filter(|wallet| wallet.provider == name || wallet.id.to_string() == name);
        match (of_provider.next(), of_provider.next()) {
            (Some(wallet), None) => Ok(wallet.clone()),
            _ => {
                let names: Vec<&str> = wallets.iter().map(|wallet| wallet.name.as_str()).collect();
                Err(Error::not_found(format!("no wallet \"{name}\"; there are: {}", names.join(", "))))
            }
        }
    }

    pub async fn rename_wallet(&self, id: i64, name: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = Store::name_of(&mut transaction, "wallet", id).await?;
        let done =
            sqlx::query("update wallet set name = ? where id = ?").bind(name).bind(id).execute(&mut *transaction).await;
        match done {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                return Err(Error::invalid(format!("another wallet is already called \"{name}\"")));
            }
            Err(error) => return Err(error.into()),
            Ok(done) if done.rows_affected() == 0 => return Err(Code::NotFound.into()),
            Ok(_) => {}
        }
        self.commit(transaction, &Event::new(Told::WalletRenamed, name).with("before", before)).await
    }

    pub(crate) async fn wallets_in(connection: &mut SqliteConnection) -> Result<Vec<Wallet>> {
        Ok(sqlx::query_as(SELECT_ALL).fetch_all(connection).await?)
    }

    pub(crate) async fn insert_wallet(connection: &mut SqliteConnection, wallet: &Wallet, now_ms: i64) -> Result<i64> {
        let query =
            "insert into wallet (business_id, provider, name, account_ref, zone, created_ms) values (?, ?, ?, ?, ?, ?)";
        let done = sqlx::query(query)
            .bind(wallet.business_id)
            .bind(&wallet.provider)
            .bind(&wallet.name)
            .bind(&wallet.account_ref)
            .bind(&wallet.zone)
            .bind(now_ms)
            .execute(connection)
            .await?;
        Ok(done.last_insert_rowid())
    }

    /// A wallet that was made before its account number was known learns it from a file.
    pub(crate) async fn set_account_ref(connection: &mut SqliteConnection, id: i64, account_ref: &str) -> Result<()> {
        sqlx::query("update wallet set account_ref = ? where id = ?")
            .bind(account_ref)
            .bind(id)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// After an import was taken back: accounts no transaction is left in, and the wallet if it came with that import
    /// and nobody wrote anything down of it.
    pub(crate) async fn forget_empty_wallet(connection: &mut SqliteConnection, id: i64) -> Result<()> {
        for statement in [
            "delete from account where wallet_id = ? and id not in (select account_id from txn)",
            "delete from wallet where id = ? and id not in (select wallet_id from import) \
             and id not in (select wallet_id from account) and id not in (select wallet_id from wallet_status) \
             and id not in (select wallet_id from wallet_security) and id not in (select wallet_id from wallet_review) \
             and id not in (select wallet_id from credential where wallet_id is not null) \
             and id not in (select wallet_id from contact) and id not in (select wallet_id from verdict)",
        ] {
            sqlx::query(statement).bind(id).execute(&mut *connection).await?;
        }
        Ok(())
    }
}

const SELECT_ALL: &str = "select id, business_id, provider, name, account_ref, zone from wallet order by id";
