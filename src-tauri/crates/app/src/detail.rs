//! One transaction: where it comes from and what belongs to it.

use crate::error::{Error, Result};
use crate::source_text::raw_text;
use crate::store::{Store, Transaction, TransactionSource};

#[derive(Debug, Clone)]
pub struct TransactionDetail {
    pub transaction: Transaction,
    /// `YYYY-MM-DD HH:MM:SS` in the wallet's zone.
    pub local_time: String,
    /// IANA name.
    pub zone: String,
    /// Each row that told it, with the raw text.
    pub sources: Vec<(TransactionSource, String)>,
    pub family: Vec<Transaction>,
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
        let raw =
            raw_text(&mut connection, source.original_id, &source.encoding, source.position, source.length).await?;
        sources.push((source, raw));
    }
    drop(connection);
    let family = store.family(&transaction).await?;
    Ok(TransactionDetail {
        local_time: time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        zone,
        sources,
        family,
        transaction,
    })
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    (digits.len() == 32).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
