//! Payouts: money that left for the owner's bank, and the transactions it paid.

use std::collections::HashMap;

use purser_books::payout::{Confidence, Movement, MovementKind, explain};
use purser_books::{Kind, Status};

use crate::error::Result;
use crate::store::{AccountMovement, AccountMovements, Store, Transaction};

/// A payout and what it paid. Amounts are minor units of its currency.
#[derive(Debug, Clone)]
pub struct PayoutView {
    pub transaction: Transaction,
    pub confidence: Confidence,
    /// What it paid, oldest first: ids of transactions.
    pub members: Vec<i64>,
    /// Sum of what it paid, fees included.
    pub sum: i64,
    pub sales: i64,
    pub refunds: i64,
    /// Negative: what was kept for fees.
    pub fees: i64,
    /// Disputes, adjustments, and everything else.
    pub others: i64,
}

/// Every payout of some wallets (none named: of all), newest first.
pub async fn payouts(store: &Store, wallets: &[i64]) -> Result<Vec<PayoutView>> {
    let mut views = Vec::new();
    for account in store.accounts().await? {
        if wallets.is_empty() || wallets.contains(&account.wallet_id) {
            views.extend(of_account(store, account.wallet_id, account.id, &|_, _| true).await?);
        }
    }
    views.sort_by_key(|view| {
        std::cmp::Reverse((view.transaction.time_ms, view.transaction.sequence, view.transaction.id))
    });
    Ok(views)
}

/// The payout that a transaction is, or the one whose name it bears.
pub(crate) async fn payout_of(store: &Store, transaction: &Transaction) -> Result<Option<PayoutView>> {
    let is_payout = transaction.kind == Kind::Payout.code();
    let wanted = |payout: i64, paid: &[&AccountMovement]| {
        if is_payout { payout == transaction.id } else { paid.iter().any(|member| member.id == transaction.id) }
    };
    let views = of_account(store, transaction.wallet_id, transaction.account_id, &wanted).await?;
    Ok(views.into_iter().next())
}

/// Payouts of an account, oldest first: those `wanted` by their id and what they paid.
async fn of_account(
    store: &Store,
    wallet: i64,
    account: i64,
    wanted: &(dyn Fn(i64, &[&AccountMovement]) -> bool + Sync),
) -> Result<Vec<PayoutView>> {
    let Some(told) = store.account_movements(account, Kind::Payout.code()).await? else { return Ok(Vec::new()) };
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, member) in told.movements.iter().enumerate() {
        if let Some(payout) = told.named.get(&member.id) {
            named.entry(payout).or_default().push(place);
        }
    }
    let movements: Vec<Movement> = told.movements.iter().map(|member| movement_of(&told, member)).collect();
    let mut views = Vec::new();
    for explained in explain(&movements) {
        let Some(payout) = told.movements.get(explained.payout) else { continue };
        let names = told.payouts.get(&payout.id).map(|row| [row.family.as_deref(), Some(row.provider_ref.as_str())]);
        let stated = names.into_iter().flatten().flatten().find_map(|id| named.get(id));
        let (paid, confidence) = match stated {
            Some(places) => {
                let paid = places.iter().filter_map(|place| told.movements.get(*place));
                let sum: i128 = paid.map(|member| i128::from(member.net)).sum();
                let is_whole = sum == -i128::from(payout.net);
                (places.clone(), if is_whole { Confidence::Stated } else { Confidence::StatedInPart })
            }
            None => {
                let paid = explained.paid.filter(|place| movements[*place].kind == MovementKind::Other).collect();
                (paid, explained.confidence)
            }
        };
        let paid: Vec<&AccountMovement> = paid.iter().filter_map(|place| told.movements.get(*place)).collect();
        if wanted(payout.id, &paid) {
            views.push(view(store.transaction_with_id(wallet, payout.id).await?, confidence, &paid));
        }
    }
    Ok(views)
}

fn movement_of(told: &AccountMovements, member: &AccountMovement) -> Movement {
    let failed = Status::Failed.code();
    let is_payout = member.net < 0 && told.payouts.get(&member.id).is_some_and(|payout| payout.status != failed);
    let kind = match Kind::from_code(member.kind) {
        _ if is_payout => MovementKind::Payout,
        Some(Kind::Payout | Kind::PayoutReversal) => MovementKind::Apart,
        // It cannot have been paid by another payout as well.
        _ if told.named.contains_key(&member.id) => MovementKind::Apart,
        _ => MovementKind::Other,
    };
    Movement { booking_date: member.date(), net: member.net, kind }
}

fn view(transaction: Transaction, confidence: Confidence, paid: &[&AccountMovement]) -> PayoutView {
    let mut view = PayoutView {
        transaction,
        confidence,
        members: paid.iter().map(|member| member.id).collect(),
        sum: 0,
        sales: 0,
        refunds: 0,
        fees: 0,
        others: 0,
    };
    for member in paid {
        view.sum = view.sum.saturating_add(member.net);
        let kind = Kind::from_code(member.kind);
        let (gross, fee) =
            if kind == Some(Kind::Fee) { (0, member.net) } else { (member.net - member.fee, member.fee) };
        view.fees = view.fees.saturating_add(fee);
        let part = match kind {
            Some(Kind::Sale) => &mut view.sales,
            Some(Kind::Refund) => &mut view.refunds,
            _ => &mut view.others,
        };
        *part = part.saturating_add(gross);
    }
    view
}
