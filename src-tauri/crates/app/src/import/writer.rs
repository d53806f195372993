//! Puts the rows of a file into the books inside one open transaction, or takes them out again.

use std::collections::HashMap;

use futures_util::future::join;
use purser_books::{Entry, Part, Skip};
use sqlx::SqliteConnection;
use tokio::task::JoinHandle;

use super::fold::{self, Telling};
use crate::error::{Code, Error, Result};
use crate::store::rows::{MonthDeltas, NewRows, TellingRow, TransactionRow, WordChanges};
use crate::store::{SkippedRow, Store};

/// Transactions that are taken back at once: bounds memory.
const UNDO_BATCH: usize = 1000;

/// Puts the rows of one file into the books.
pub(super) struct Writer<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    pub(super) wallet_id: i64,
    import_id: i64,
    /// Whether the wallet had transactions before: only then a row of a file that tells each once can be there already.
    may_exist: bool,
    /// When each file of the wallet was made, where it says so.
    export_times: HashMap<i64, i64>,
    /// New transactions that are made ready while SQLite takes in those before them.
    waiting: Option<JoinHandle<Result<NewRows>>>,
    words: WordChanges,
    folding: Folding,
    skips: Vec<SkippedRow>,
}

/// A row of a file and its key.
type Told = (Entry, [u8; 16]);

/// Makes transactions of what is told of them, and counts.
struct Folding {
    import_id: i64,
    /// By name and currency.
    accounts: HashMap<(String, String), i64>,
    next_id: i64,
    /// Transactions on which this file and another disagree: which of them is newer is known only at its end.
    contested: Vec<i64>,
    deltas: MonthDeltas,
    stored: u64,
    already_present: u64,
}

/// What some rows of a file change.
#[derive(Default)]
struct Folded {
    new: Vec<TransactionRow>,
    /// Transactions all of whose tellings are written anew.
    rewritten: Vec<i64>,
    tellings: Vec<TellingRow>,
    /// Transactions before and after.
    updates: Vec<(TransactionRow, TransactionRow)>,
}

pub(super) struct Outcome {
    pub(super) stored: u64,
    pub(super) already_present: u64,
    pub(super) skips: Vec<SkippedRow>,
}

/// A transaction and all that is told of it.
struct Touched {
    id: i64,
    /// As it is in the store; `None` for a new one.
    before: Option<TransactionRow>,
    tellings: Vec<Telling>,
    /// How many of them are in the store.
    known: usize,
}

impl<'c> Writer<'c> {
    pub(super) async fn new(
        connection: &'c mut SqliteConnection,
        wallet_id: i64,
        import_id: i64,
    ) -> Result<Writer<'c>> {
        let accounts = Store::accounts_of(connection, wallet_id).await?;
        let next_id = Store::next_transaction_id(connection).await?;
        let export_times = Store::export_times(connection, wallet_id).await?;
        Ok(Writer {
            may_exist: !accounts.is_empty(),
            connection,
            wallet_id,
            import_id,
            export_times,
            waiting: None,
            words: WordChanges::default(),
            folding: Folding {
                import_id,
                accounts: accounts.into_iter().map(|account| ((account.name, account.currency), account.id)).collect(),
                next_id,
                contested: Vec::new(),
                deltas: MonthDeltas::default(),
                stored: 0,
                already_present: 0,
            },
            skips: Vec::new(),
        })
    }

    pub(super) async fn write(&mut self, rows: Vec<Told>) -> Result<()> {
        let (details, rows): (Vec<Told>, Vec<Told>) = if rows.iter().any(|(entry, _)| entry.part == Part::Detail) {
            rows.into_iter().partition(|(entry, _)| entry.part == Part::Detail)
        } else {
            (Vec::new(), rows)
        };
        if !details.is_empty() {
            self.write_details(&details).await?;
        }
        let there = self.existing(&rows).await?;
        self.make_accounts(&rows).await?;
        self.fold(there, rows).await
    }

    /// Details are kept once for each file that brings them; the newest import of one counts.
    async fn write_details(&mut self, details: &[Told]) -> Result<()> {
        let keys: Vec<Vec<u8>> = details.iter().map(|(_, key)| key.to_vec()).collect();
        let known = Store::known_details(self.connection, &keys).await?;
        let present = keys.iter().filter(|key| known.contains(*key)).count() as u64;
        self.folding.already_present += present;
        self.folding.stored += details.len() as u64 - present;
        Store::insert_details(self.connection, self.wallet_id, self.import_id, details).await
    }

    /// Transactions of this batch that are in the store already, with all that is told of them.
    async fn existing(&mut self, rows: &[Told]) -> Result<Vec<Touched>> {
        if !self.may_exist && rows.iter().all(|(entry, _)| entry.part == Part::Whole) {
            return Ok(Vec::with_capacity(rows.len()));
        }
        self.insert_waiting().await?;
        let keys: Vec<Vec<u8>> = rows.iter().map(|(_, key)| key.to_vec()).collect();
        let found = Store::rows_with_keys(self.connection, &keys).await?;
        load(self.connection, found, &self.export_times).await
    }

    async fn fold(&mut self, there: Vec<Touched>, rows: Vec<Told>) -> Result<()> {
        let ready = self.ready().await?;
        self.words.spill(self.connection).await?;
        let (connection, folding, words) = (&mut *self.connection, &mut self.folding, self.words.lend());
        // These rows are folded and made ready while SQLite takes in the new transactions before them.
        let next = async {
            let mut folded = folding.fold(there, rows)?;
            let new = std::mem::take(&mut folded.new);
            Ok::<_, Error>((folded, tokio::task::spawn_blocking(move || NewRows::new(new, words))))
        };
        let (inserted, next) = join(insert(connection, ready), next).await;
        inserted?;
        let (Folded { rewritten, tellings, updates, .. }, waiting) = next?;
        self.waiting = Some(waiting);
        if rewritten.is_empty() && tellings.is_empty() && updates.is_empty() {
            return Ok(());
        }
        self.insert_waiting().await?;
        Store::delete_tellings(self.connection, &rewritten).await?;
        Store::insert_tellings(self.connection, &tellings).await?;
        for (before, row) in &updates {
            Store::update_row(self.connection, before, row, &mut self.words).await?;
        }
        Ok(())
    }

    /// The new transactions that are waiting; their words are taken back.
    async fn ready(&mut self) -> Result<Option<NewRows>> {
        let Some(waiting) = self.waiting.take() else { return Ok(None) };
        let mut ready = waiting.await.map_err(|_| Code::Internal)??;
        self.words.take_back(ready.take_words());
        Ok(Some(ready))
    }

    /// Puts in the new transactions that are waiting.
    async fn insert_waiting(&mut self) -> Result<()> {
        let ready = self.ready().await?;
        insert(self.connection, ready).await
    }

    /// Makes the accounts that no file of the wallet told before.
    async fn make_accounts(&mut self, rows: &[Told]) -> Result<()> {
        for (entry, _) in rows {
            if self.folding.account(entry).is_none() {
                let (name, currency) = (entry.account.clone(), entry.currency.code().to_owned());
                let id = Store::insert_account(self.connection, self.wallet_id, &name, &currency).await?;
                self.folding.accounts.insert((name, currency), id);
            }
        }
        Ok(())
    }

    pub(super) async fn skip(&mut self, skips: &[Skip]) -> Result<()> {
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

    /// Ends a file: what it and others contradict each other in is decided by when it says it was made.
    pub(super) async fn finish(mut self, exported_ms: Option<i64>) -> Result<Outcome> {
        self.insert_waiting().await?;
        if let Some(exported_ms) = exported_ms {
            self.export_times.insert(self.import_id, exported_ms);
            for batch in std::mem::take(&mut self.folding.contested).chunks(UNDO_BATCH) {
                let rows = Store::rows_with_ids(self.connection, batch).await?;
                let touched = load(self.connection, rows, &self.export_times).await?;
                self.fold(touched, Vec::new()).await?;
            }
            self.insert_waiting().await?;
        }
        if Store::has_details(self.connection, self.wallet_id).await? {
            Store::attach_details(self.connection, self.wallet_id, &mut self.words).await?;
        }
        self.words.write(self.connection).await?;
        let Folding { deltas, stored, already_present, .. } = self.folding;
        deltas.apply(self.connection).await?;
        Ok(Outcome { stored, already_present, skips: self.skips })
    }
}

async fn insert(connection: &mut SqliteConnection, ready: Option<NewRows>) -> Result<()> {
    match ready {
        Some(rows) => Store::insert_rows(connection, rows).await,
        None => Ok(()),
    }
}

impl Folding {
    fn account(&self, entry: &Entry) -> Option<i64> {
        let is_of = |name: &str, currency: &str| name == entry.account && currency == entry.currency.code();
        self.accounts.iter().find(|((name, currency), _)| is_of(name, currency)).map(|(_, id)| *id)
    }

    /// Adds what a file tells to what is known of the transactions that are there, and makes new ones of the rest.
    fn fold(&mut self, mut touched: Vec<Touched>, rows: Vec<Told>) -> Result<Folded> {
        let mut places: HashMap<[u8; 16], usize> = HashMap::with_capacity(touched.len() + rows.len());
        for (place, there) in touched.iter().enumerate() {
            if let Some(key) = there.before.as_ref().and_then(|row| key_of(&row.key)) {
                places.insert(key, place);
            }
        }
        touched.reserve(rows.len());
        for (entry, key) in rows {
            let account = self.account(&entry).ok_or(Code::Internal)?;
            let telling = fold::telling_of(entry, key, account, self.import_id);
            let place = *places.entry(key).or_insert_with(|| {
                touched.push(Touched { id: self.next_id, before: None, tellings: Vec::with_capacity(1), known: 0 });
                self.next_id += 1;
                touched.len() - 1
            });
            let Some(there) = touched.get_mut(place) else { continue };
            let told = fold::parts(&there.tellings);
            if told & (telling.row.parts | fold::WHOLE) == 0 {
                self.stored += 1;
            } else {
                self.already_present += 1;
            }
            there.tellings.push(telling);
        }
        let mut folded = Folded { new: Vec::with_capacity(touched.len()), ..Folded::default() };
        for touched in touched {
            self.add(touched, &mut folded)?;
        }
        Ok(folded)
    }

    fn add(&mut self, mut touched: Touched, folded: &mut Folded) -> Result<()> {
        // Most are told once, and that is all there is to them.
        if touched.before.is_none()
            && touched.tellings.len() == 1
            && let Some(only) = touched.tellings.pop()
        {
            let row = TransactionRow { id: touched.id, ..only.row };
            self.deltas.add(&row, 1);
            folded.new.push(row);
            return Ok(());
        }
        let Some(mut row) = fold::fold(&touched.tellings) else { return Ok(()) };
        row.id = touched.id;
        if touched.tellings.len() > touched.known {
            add_tellings(&touched, &mut folded.rewritten, &mut folded.tellings)?;
        }
        if fold::contradict(&touched.tellings) {
            self.contested.push(touched.id);
        }
        let Some(before) = touched.before.take() else {
            self.deltas.add(&row, 1);
            folded.new.push(row);
            return Ok(());
        };
        row.detail_id = before.detail_id;
        if before != row {
            self.deltas.add(&before, -1);
            self.deltas.add(&row, 1);
            folded.updates.push((before, row));
        }
        Ok(())
    }
}

fn key_of(key: &[u8]) -> Option<[u8; 16]> {
    key.try_into().ok()
}

/// Takes all that a file told out of the books; what other files tell of the same transactions stays.
pub(super) async fn take_back(
    connection: &mut SqliteConnection,
    wallet: i64,
    import: i64,
    words: &mut WordChanges,
) -> Result<()> {
    let export_times = Store::export_times(connection, wallet).await?;
    let mut deltas = MonthDeltas::default();
    for batch in Store::told_by(connection, import).await?.chunks(UNDO_BATCH) {
        let rows = Store::rows_with_ids(connection, batch).await?;
        let mut gone = Vec::new();
        let mut tellings = Vec::new();
        let mut updates = Vec::new();
        for mut touched in load(connection, rows, &export_times).await? {
            let Some(before) = touched.before.take() else { continue };
            touched.tellings.retain(|telling| telling.row.import_id != import);
            touched.known = 0;
            deltas.add(&before, -1);
            let Some(mut row) = fold::fold(&touched.tellings) else {
                gone.push(touched.id);
                continue;
            };
            (row.id, row.detail_id) = (before.id, before.detail_id);
            deltas.add(&row, 1);
            add_tellings(&touched, &mut Vec::new(), &mut tellings)?;
            updates.push((before, row));
        }
        Store::delete_tellings(connection, batch).await?;
        Store::delete_rows(connection, &gone, words).await?;
        Store::insert_tellings(connection, &tellings).await?;
        for (before, row) in &updates {
            Store::update_row(connection, before, row, words).await?;
        }
    }
    deltas.apply(connection).await
}

/// Everything that is told of some stored transactions.
async fn load(
    connection: &mut SqliteConnection,
    rows: Vec<TransactionRow>,
    export_times: &HashMap<i64, i64>,
) -> Result<Vec<Touched>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut stored = Store::tellings(connection, &ids).await?;
    let mut expand_row = |row: TransactionRow| {
        let tellings = stored.remove(&row.id).unwrap_or_default();
        expand(row, tellings, export_times)
    };
    rows.into_iter().map(&mut expand_row).collect()
}

fn expand(row: TransactionRow, stored: Vec<TellingRow>, export_times: &HashMap<i64, i64>) -> Result<Touched> {
    let telling = |row: TransactionRow| {
        let exported_ms = export_times.get(&row.import_id).copied().unwrap_or(0);
        Telling { row, exported_ms }
    };
    let mut tellings = Vec::with_capacity(stored.len() + 2);
    let own = TransactionRow { detail_id: None, id: 0, ..row.clone() };
    if stored.iter().all(|telling| telling.told.is_none()) {
        tellings.push(telling(own.clone()));
    }
    for one in &stored {
        tellings.push(telling(one.read(&own)?));
    }
    Ok(Touched { id: row.id, before: Some(row), known: tellings.len(), tellings })
}

/// What has to be stored of a transaction's tellings beyond its own row; `rewritten` where what is stored goes first.
fn add_tellings(touched: &Touched, rewritten: &mut Vec<i64>, tellings: &mut Vec<TellingRow>) -> Result<()> {
    if fold::agree(&touched.tellings) {
        // The transaction's own row is the earliest of them.
        let own = touched.tellings.iter().map(|telling| (telling.row.import_id, telling.row.line)).min();
        let known = touched.known.max(1);
        let others =
            if touched.known == 0 { &touched.tellings[..] } else { touched.tellings.get(known..).unwrap_or(&[]) };
        for telling in others.iter().filter(|telling| Some((telling.row.import_id, telling.row.line)) != own) {
            tellings.push(TellingRow::new(touched.id, &telling.row, false)?);
        }
        return Ok(());
    }
    if touched.known > 0 {
        rewritten.push(touched.id);
    }
    for telling in &touched.tellings {
        tellings.push(TellingRow::new(touched.id, &telling.row, true)?);
    }
    Ok(())
}
