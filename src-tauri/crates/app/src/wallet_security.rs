//! How each wallet is protected at its provider: what a person saw in the console and wrote down, with its day.
//!
//! Of phones, mailboxes and bank accounts only the parts that tell them apart are kept.

use jiff::civil::Date;
use purser_books::door::{Noted, WalletFacts, WalletField, is_due};
use serde::{Deserialize, Serialize};

use crate::Purser;
use crate::credentials::check_wallet;
use crate::devices::date;
use crate::error::{Error, Result};
use crate::role::Action;
use crate::store::{SecurityValue, Store};

/// The protection of one wallet.
#[derive(Debug, Clone, Serialize)]
pub struct WalletSecurity {
    pub wallet_id: i64,
    pub name: String,
    pub provider: String,
    /// What is known, in the order of [`WalletField::ALL`]; what is missing is not known.
    pub fields: Vec<WalletValue>,
    /// ISO date somebody last looked at all of it.
    pub reviewed: Option<String>,
    /// Never, or more than a quarter ago.
    pub review_due: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WalletValue {
    pub field: WalletField,
    pub value: String,
    /// ISO date it was seen.
    pub as_of: String,
    /// `typed`, `statement_file` or `api`.
    pub source: String,
}

/// What somebody saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletSecurityChange {
    pub values: Vec<(WalletField, String)>,
    /// The day it was seen; `None` = today.
    pub as_of: Option<String>,
    /// All of it was looked at.
    pub reviewed: bool,
}

impl Purser {
    pub async fn wallet_security(&self) -> Result<Vec<WalletSecurity>> {
        let permit = self.permit(Action::ReadSecurity).await?;
        let today = self.today(permit.store()).await?;
        wallet_security_of(permit.store(), today).await
    }

    /// Writes down what was seen of a wallet, all of it or nothing.
    pub async fn set_wallet_security(&self, wallet: i64, change: WalletSecurityChange) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let store = permit.store();
        check_wallet(&store.wallets().await?, wallet)?;
        let today = self.today(store).await?;
        let seen = match change.as_of.as_deref() {
            None => today,
            Some(text) => date(Some(&crate::contract::check_date(text)?)).unwrap_or(today),
        };
        if seen > today {
            return Err(Error::invalid("that day is still to come"));
        }
        let values = change.values.iter().map(|(field, typed)| noted(wallet, *field, typed, seen));
        let values = values.collect::<Result<Vec<_>>>()?;
        let reviewed = change.reviewed.then(|| seen.to_string());
        store.record_wallet_security(wallet, &values, reviewed.as_deref(), self.now_ms()).await?;
        self.announce();
        Ok(())
    }
}

fn noted(wallet_id: i64, field: WalletField, typed: &str, seen: Date) -> Result<SecurityValue> {
    let value = field.kept(typed).ok_or_else(|| {
        let word = field.word();
        match field.values() {
            [] => Error::invalid(format!("{word}: that cannot be a value of it")),
            values => Error::invalid(format!("{word}: one of {}", values.join(", "))),
        }
    })?;
    let (field, as_of) = (field.word().to_owned(), seen.to_string());
    Ok(SecurityValue { wallet_id, field, value, as_of, source: "typed".to_owned() })
}

pub(crate) async fn wallet_security_of(store: &Store, today: Date) -> Result<Vec<WalletSecurity>> {
    let values = store.wallet_security().await?;
    let reviews = store.wallet_reviews().await?;
    let view = |wallet: crate::store::Wallet| {
        let of_wallet = |field: &WalletField| {
            let found = values.iter().find(|value| value.wallet_id == wallet.id && value.field == field.word())?;
            let SecurityValue { value, as_of, source, .. } = found.clone();
            Some(WalletValue { field: *field, value, as_of, source })
        };
        let reviewed = reviews.iter().find(|(id, _)| *id == wallet.id).map(|(_, day)| day.clone());
        WalletSecurity {
            fields: WalletField::ALL.iter().filter_map(of_wallet).collect(),
            review_due: date(reviewed.as_deref()).is_none_or(|reviewed| is_due(reviewed, today)),
            reviewed,
            wallet_id: wallet.id,
            name: wallet.name,
            provider: wallet.provider,
        }
    };
    Ok(store.wallets().await?.into_iter().map(view).collect())
}

impl WalletSecurity {
    pub(crate) fn facts(&self) -> WalletFacts {
        let noted = |value: &WalletValue| {
            let as_of = date(Some(&value.as_of))?;
            Some((value.field, Noted { value: value.value.clone(), as_of }))
        };
        WalletFacts {
            name: self.name.clone(),
            fields: self.fields.iter().filter_map(noted).collect(),
            reviewed: date(self.reviewed.as_deref()),
        }
    }
}
