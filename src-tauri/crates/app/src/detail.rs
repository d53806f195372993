//! One transaction: where it comes from and what belongs to it.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::payouts::{self, PayoutView};
use crate::source_text::SourceText;
use crate::store::{Detail, Store, Transaction, TransactionSource};

#[derive(Debug, Clone)]
pub struct TransactionDetail {
    pub transaction: Transaction,
    /// `YYYY-MM-DD HH:MM:SS` in the wallet's zone.
    pub local_time: String,
    /// IANA name.
    pub zone: String,
    /// Each row that told it.
    pub sources: Vec<ToldBy>,
    pub family: Vec<Transaction>,
    /// The payout it is, or the one that paid it out.
    pub payout: Option<PayoutView>,
    /// The first of the transactions that the payout paid.
    pub paid: Vec<Transaction>,
    pub described_by: Option<Detail>,
}

/// A row of a file that tells a transaction.
#[derive(Debug, Clone)]
pub struct ToldBy {
    pub source: TransactionSource,
    /// The row as it stands in the file.
    pub raw: String,
    /// What the row says of the amounts and the state, where the rows do not all say the same.
    pub version: Option<Version>,
}

/// One version of a transaction. Amounts are minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Version {
    pub status: i64,
    pub gross: i64,
    pub fee: i64,
    pub net: i64,
}

pub(crate) async fn detail(store: &Store, id: &str) -> Result<TransactionDetail> {
    let key = parse_hex(id).ok_or_else(|| Error::not_found("transaction"))?;
    let transaction = store.transaction_with_key(&key).await?;
    let wallet = store.wallets().await?.into_iter().find(|wallet| wallet.id == transaction.wallet_id);
    let zone = wallet.map_or_else(|| "UTC".to_owned(), |wallet| wallet.zone);
    let time_zone = jiff::tz::TimeZone::get(&zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let time = jiff::Timestamp::from_millisecond(transaction.time_ms).unwrap_or_default().to_zoned(time_zone);
    let mut connection = store.reader().acquire().await?;
    let mut sources = Vec::new();
    for source in store.sources(transaction.id).await? {
        let text = SourceText::open(&mut connection, source.original_id, &source.encoding).await?;
        let raw = text.row(&mut connection, source.position, source.length).await?;
        let version = source.told.as_deref().and_then(|told| serde_json::from_str(told).ok());
        sources.push(ToldBy { source, raw, version });
    }
    drop(connection);
    let family = family(store, &transaction).await?;
    let payout = payouts::payout_of(store, &transaction).await?;
    let mut paid = Vec::new();
    for member in payout.iter().flat_map(|payout| payout.members.iter().take(MEMBERS)) {
        paid.push(store.transaction_with_id(transaction.wallet_id, *member).await?);
    }
    let described_by = store.detail(transaction.id).await?;
    Ok(TransactionDetail {
        local_time: time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        zone,
        sources,
        family,
        payout,
        paid,
        described_by,
        transaction,
    })
}

/// How far relations are followed: a reversal names a dispute, which names a sale.
const GENERATIONS: usize = 4;
/// Members of a family that are shown.
const MEMBERS: usize = 100;

/// What belongs together: a sale with its refunds, fees, disputes, conversion legs, holds and releases, inside one wallet.
/// Members name one another by the ids the files give; nothing is concluded from amounts or times.
async fn family(store: &Store, transaction: &Transaction) -> Result<Vec<Transaction>> {
    let mut members: Vec<Transaction> = vec![transaction.clone()];
    let mut asked: Vec<String> = Vec::new();
    for _ in 0..GENERATIONS {
        let ids: Vec<String> = members
            .iter()
            .flat_map(|member| [Some(member.provider_ref.clone()), member.family.clone()])
            .flatten()
            .filter(|id| !id.is_empty() && !asked.contains(id))
            .collect();
        for id in ids {
            if asked.contains(&id) || members.len() > MEMBERS {
                continue;
            }
            let found = store.with_id(transaction.wallet_id, &id).await?;
            members.extend(
                found.into_iter().filter(|one| members.iter().all(|member| member.id != one.id)).collect::<Vec<_>>(),
            );
            asked.push(id);
        }
    }
    members.retain(|member| member.id != transaction.id);
    members.sort_by_key(|member| (member.time_ms, member.sequence, member.id));
    members.truncate(MEMBERS);
    Ok(members)
}

/// The key of a transaction, from the id it is known by.
pub(crate) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    (digits.len() == 32).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
