//! The running balances of a mapped file: which end of the file is newest, which open rows moved the balance.

use std::collections::BTreeMap;

use crate::Currency;

/// What the balance column says while the file is learned.
#[derive(Debug, Default)]
pub(super) struct Learned {
    last: Vec<(String, Stand)>,
    follows_above: u32,
    follows_below: u32,
    /// By row of the file: whether an open row moved the balance, were the file read from its end.
    from_below: BTreeMap<u64, bool>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Stand {
    pub(super) row: u64,
    pub(super) net: i64,
    pub(super) balance: i64,
    /// Not completed: whether it moved the balance is asked later.
    pub(super) is_open: bool,
}

impl Learned {
    /// Looks at the next row of a currency.
    pub(super) fn look(&mut self, currency: &str, stand: Stand) {
        let Some((_, last)) = self.last.iter_mut().find(|(seen, _)| seen == currency) else {
            self.last.push((currency.to_owned(), stand));
            return;
        };
        let above = std::mem::replace(last, stand);
        let Some(change) = stand.balance.checked_sub(above.balance) else { return };
        self.follows_above += u32::from(stand.net != 0 && change == stand.net);
        self.follows_below += u32::from(above.net != 0 && Some(change) == above.net.checked_neg());
        if above.is_open
            && let Some(moved) = verdict(change.checked_neg(), above.net)
        {
            self.from_below.insert(above.row, moved);
        }
    }

    /// Which end is newest, where the balances show it.
    pub(super) fn newest_first(&self) -> Option<bool> {
        (self.follows_above != self.follows_below).then_some(self.follows_below > self.follows_above)
    }

    pub(super) fn verdict_from_below(&self, row: u64) -> Option<bool> {
        self.from_below.get(&row).copied()
    }
}

/// Whether a row moved its balance, as far as the change of the balance tells.
pub(super) fn verdict(change: Option<i64>, net: i64) -> Option<bool> {
    match change {
        Some(change) if net != 0 && change == net => Some(true),
        Some(0) if net != 0 => Some(false),
        _ => None,
    }
}

/// What is kept about one currency of the file.
#[derive(Debug)]
pub(super) struct Ledger {
    /// As the file writes it.
    pub(super) written: String,
    pub(super) currency: Currency,
    pub(super) exponent: u32,
    pub(super) chain: crate::reader::balance::BalanceChain,
    /// The balance of the row above.
    pub(super) above: Option<i64>,
}

impl Ledger {
    pub(super) fn new(written: &str, currency: Currency) -> Ledger {
        let exponent = currency.exponent();
        Ledger { written: written.to_owned(), currency, exponent, chain: Default::default(), above: None }
    }
}
