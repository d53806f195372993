//! What the providers charged, against what was sold: by month, wallet or kind of transaction.

use std::collections::BTreeMap;

use purser_books::Kind;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::store::{AccountSpan, MonthTotal, Store};

/// By what fees are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Month,
    Wallet,
    Kind,
}

impl By {
    pub const ALL: &'static [By] = &[By::Month, By::Wallet, By::Kind];

    /// The word of the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            By::Month => "month",
            By::Wallet => "wallet",
            By::Kind => "kind",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<By> {
        By::ALL.iter().copied().find(|by| by.word() == word)
    }
}

/// Fees and sales of one group in one currency, in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fees {
    /// Transactions that moved a balance.
    pub transactions: i64,
    pub sales: i64,
    /// What the provider charged, positive.
    pub fees: i64,
}

impl Fees {
    /// Fees per hundred of sales with two decimals, rounded half up; `None` without sales.
    #[must_use]
    pub fn share(&self) -> Option<String> {
        if self.sales <= 0 {
            return None;
        }
        let (fees, sales) = (u128::from(self.fees.unsigned_abs()), u128::from(self.sales.unsigned_abs()));
        let hundredths = (fees * 20_000 + sales) / (2 * sales);
        let sign = if self.fees < 0 && hundredths > 0 { "-" } else { "" };
        Some(format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100))
    }

    /// Adds what one account's month says of one kind. A charge in a row of its own counts as the fee it is; taxes do not.
    fn add(&mut self, total: &MonthTotal) {
        self.transactions = self.transactions.saturating_add(total.count);
        self.fees = self.fees.saturating_sub(total.fee);
        match Kind::from_code(total.kind) {
            Some(Kind::Sale) => self.sales = self.sales.saturating_add(total.money_in),
            Some(Kind::Fee) => self.fees = self.fees.saturating_sub(total.money_in.saturating_add(total.money_out)),
            _ => {}
        }
    }
}

/// Fees of one wallet, month and currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthFees {
    pub wallet_id: i64,
    pub month: String,
    pub currency: String,
    pub fees: Fees,
}

pub async fn by_month_and_wallet(store: &Store) -> Result<Vec<MonthFees>> {
    let key = |total: &MonthTotal, account: &AccountSpan| (total.month.clone(), account.wallet_id);
    let groups = grouped(store, key).await?;
    let row = |((month, wallet_id), currency, fees)| MonthFees { wallet_id, month, currency, fees };
    Ok(groups.into_iter().map(row).collect())
}

/// Fees by one thing: its name, the currency, the sums; names in their order, months oldest first.
pub async fn by(store: &Store, by: By) -> Result<Vec<(String, String, Fees)>> {
    let wallets: BTreeMap<i64, String> =
        store.wallets().await?.into_iter().map(|wallet| (wallet.id, wallet.name)).collect();
    let name = |total: &MonthTotal, account: &AccountSpan| match by {
        By::Month => total.month.clone(),
        By::Wallet => wallets.get(&account.wallet_id).cloned().unwrap_or_default(),
        By::Kind => Kind::from_code(total.kind).map(Kind::word).unwrap_or_default().to_owned(),
    };
    grouped(store, name).await
}

async fn grouped<K: Ord>(
    store: &Store,
    key: impl Fn(&MonthTotal, &AccountSpan) -> K,
) -> Result<Vec<(K, String, Fees)>> {
    let accounts: BTreeMap<i64, AccountSpan> =
        store.accounts().await?.into_iter().map(|account| (account.id, account)).collect();
    let mut groups: BTreeMap<(K, String), Fees> = BTreeMap::new();
    for total in store.month_totals().await?.into_iter().filter(|total| total.count > 0) {
        let Some(account) = accounts.get(&total.account_id) else { continue };
        groups.entry((key(&total, account), account.currency.clone())).or_default().add(&total);
    }
    Ok(groups.into_iter().map(|((key, currency), fees)| (key, currency, fees)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(fees: i64, sales: i64) -> Option<String> {
        Fees { transactions: 1, sales, fees }.share()
    }

    #[test]
    fn shares_are_exact_and_rounded_half_up() {
        assert_eq!(share(349, 10_000).as_deref(), Some("3.49"));
        assert_eq!(share(1, 20_000).as_deref(), Some("0.01"), "0.005 rounds up");
        assert_eq!(share(-35, 5_800).as_deref(), Some("-0.60"));
        assert_eq!(share(35, 0), None);
    }
}
