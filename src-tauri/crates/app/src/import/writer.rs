//! Puts rows into the books inside one open transaction.

use std::collections::HashMap;

use purser_books::{Entry, Part, Skip};
use sqlx::SqliteConnection;

use super::merge::{self, Merge};
use crate::error::Result;
use crate::store::rows::{MonthDeltas, Sighting, TransactionRow};
use crate::store::{SkippedRow, Store, Wallet};

/// Puts rows into the books inside one open transaction.
pub(super) struct Writer<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    pub(super) wallet_id: i64,
    import_id: i64,
    now_ms: i64,
    /// Whether the wallet had transactions before: only then a whole row can be there already.
    may_exist: bool,
    /// The import is read again (undo of another one): its own rows and skips are in the store already.
    pub(super) replay: bool,
    accounts: HashMap<(String, String), i64>,
    next_id: i64,
    deltas: MonthDeltas,
    pub(super) stored: u64,
    pub(super) already_present: u64,
    pub(super) skips: Vec<SkippedRow>,
}

pub(super) struct Outcome {
    pub(super) stored: u64,
    pub(super) already_present: u64,
    pub(super) skips: Vec<SkippedRow>,
}

/// A transaction that the present batch touches.
struct Touched {
    row: TransactionRow,
    new: bool,
    changed: bool,
    /// As it was in the store before this batch, for the month sums.
    before: Option<TransactionRow>,
}

impl<'c> Writer<'c> {
    pub(super) async fn new(
        connection: &'c mut SqliteConnection,
        wallet: &Wallet,
        import_id: i64,
        now_ms: i64,
    ) -> Result<Writer<'c>> {
        let accounts = Store::accounts_of(connection, wallet.id).await?;
        let next_id = Store::next_transaction_id(connection).await?;
        Ok(Writer {
            may_exist: !accounts.is_empty(),
            replay: false,
            accounts: accounts.into_iter().map(|account| ((account.name, account.currency), account.id)).collect(),
            connection,
            wallet_id: wallet.id,
            import_id,
            now_ms,
            next_id,
            deltas: MonthDeltas::default(),
            stored: 0,
            already_present: 0,
            skips: Vec::new(),
        })
    }

    pub(super) async fn write(&mut self, rows: Vec<(Entry, [u8; 16])>) -> Result<()> {
        let mut touched = self.existing(&rows).await?;
        let mut order = Vec::with_capacity(rows.len());
        let mut sightings = Vec::new();
        let mut revisions = Vec::new();
        for (entry, key) in rows {
            let account = self.account(&entry).await?;
            let mut told = merge::row_of(&entry, key, account, self.import_id);
            let Some(there) = touched.get_mut(&key) else {
                told.id = self.next_id;
                self.next_id += 1;
                self.stored += 1;
                order.push(key);
                touched.insert(key, Touched { row: told, new: true, changed: false, before: None });
                continue;
            };
            if !(self.replay && there.row.import_id == self.import_id && there.row.line == told.line) {
                sightings.push(sighting(&told, there.row.id));
            }
            match merge::merge(&there.row, &told, entry.part) {
                Merge::Same => self.already_present += 1,
                Merge::Completed(row) => {
                    self.stored += 1;
                    (there.row, there.changed) = (row, true);
                }
                Merge::Enriched(row) => {
                    self.already_present += 1;
                    (there.row, there.changed) = (row, true);
                }
                Merge::Revised(row) => {
                    self.already_present += 1;
                    revisions.push(there.row.clone());
                    (there.row, there.changed) = (row, true);
                }
            }
        }
        self.flush(&touched, &order).await?;
        Store::insert_sightings(self.connection, &sightings).await?;
        for before in revisions {
            Store::insert_revision(self.connection, &before, self.import_id, self.now_ms).await?;
        }
        Ok(())
    }

    /// Transactions of this batch that are in the store already.
    async fn existing(&mut self, rows: &[(Entry, [u8; 16])]) -> Result<HashMap<[u8; 16], Touched>> {
        let mut touched = HashMap::with_capacity(rows.len());
        if !self.may_exist && rows.iter().all(|(entry, _)| entry.part == Part::Whole) {
            return Ok(touched);
        }
        let keys: Vec<Vec<u8>> = rows.iter().map(|(_, key)| key.to_vec()).collect();
        for row in Store::rows_with_keys(self.connection, &keys).await? {
            if let Ok(key) = <[u8; 16]>::try_from(row.key.as_slice()) {
                touched.insert(key, Touched { before: Some(row.clone()), row, new: false, changed: false });
            }
        }
        Ok(touched)
    }

    async fn flush(&mut self, touched: &HashMap<[u8; 16], Touched>, order: &[[u8; 16]]) -> Result<()> {
        let new: Vec<&TransactionRow> =
            order.iter().filter_map(|key| touched.get(key)).map(|touched| &touched.row).collect();
        for row in &new {
            self.deltas.add(row, 1);
        }
        Store::insert_rows(self.connection, &new).await?;
        for touched in touched.values().filter(|touched| touched.changed && !touched.new) {
            if let Some(before) = &touched.before {
                self.deltas.add(before, -1);
            }
            self.deltas.add(&touched.row, 1);
            Store::update_row(self.connection, &touched.row).await?;
        }
        Ok(())
    }

    async fn account(&mut self, entry: &Entry) -> Result<i64> {
        let key = (entry.account.clone(), entry.currency.code().to_owned());
        if let Some(id) = self.accounts.get(&key) {
            return Ok(*id);
        }
        let id = Store::insert_account(self.connection, self.wallet_id, &key.0, &key.1).await?;
        self.accounts.insert(key, id);
        Ok(id)
    }

    pub(super) async fn skip(&mut self, skips: &[Skip]) -> Result<()> {
        if self.replay {
            return Ok(());
        }
        let rows: Vec<SkippedRow> = skips
            .iter()
            .map(|skip| SkippedRow {
                line: skip.source.line.into(),
                position: i64::try_from(skip.source.offset).unwrap_or(i64::MAX),
                length: skip.source.length.into(),
                reason: skip.reason.word().to_owned(),
                found: skip.found.clone(),
            })
            .collect();
        Store::insert_skipped(self.connection, self.import_id, &rows).await?;
        self.skips.extend(rows);
        Ok(())
    }

    pub(super) async fn finish(self) -> Result<Outcome> {
        self.deltas.apply(self.connection).await?;
        Ok(Outcome { stored: self.stored, already_present: self.already_present, skips: self.skips })
    }
}

fn sighting(told: &TransactionRow, txn_id: i64) -> Sighting {
    Sighting { txn_id, import_id: told.import_id, line: told.line, position: told.position, length: told.length }
}
