//! The writer: one file, one transaction.

use std::collections::HashMap;
use std::io::Read;
use std::ops::ControlFlow;

use purser_books::reader::{self, Encoding, Hints, Occurrences, ReadError, Reader, Refusal, Summary};
use purser_books::{Entry, Part, Provider, Row, Skip};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;
use tokio::sync::mpsc;

use super::merge::{self, Merge};
use super::receipt::{KeptReceipt, PeriodView, Receipt, SkippedView, Taken};
use super::source::Source;
use super::wallet_choice::{self, Choice};
use super::{ImportOptions, JobControl, Progress};
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::source_text::raw_text;
use crate::store::rows::{MonthDeltas, Sighting, TransactionRow};
use crate::store::{CHUNK_SIZE, Import, NewImport, SkippedRow, Store, Wallet, compress_chunk};

/// Rows handed from the parse thread to the writer at once.
const BATCH_ROWS: usize = 1000;
/// Batches and chunks that may wait between the two: bounds memory.
const QUEUE: usize = 8;
/// Skipped rows whose raw text goes onto the receipt; the rest stay in the drawer.
const RECEIPT_SKIPS: usize = 1000;

pub(super) struct Job<'a> {
    pub store: &'a Store,
    pub source: &'a Source,
    pub hints: &'a Hints,
    pub options: &'a ImportOptions,
    pub preview: bool,
    pub now_ms: i64,
    pub control: &'a JobControl,
}

/// What the parse thread hands over.
enum Message {
    Rows(Vec<(Entry, [u8; 16])>),
    Skips(Vec<Skip>),
    Chunk(i64, Vec<u8>),
    End(Result<Summary, ReadError>, Encoding, [u8; 32]),
}

pub(super) async fn import_file(job: Job<'_>) -> Result<Receipt> {
    match import_or_refuse(&job).await {
        Ok(receipt) => Ok(receipt),
        Err(Fault::Refused(refusal)) => Ok(Receipt::refused(&job.source.name, &refusal)),
        Err(Fault::Error(error)) => Err(error),
    }
}

/// A fault of this file alone, or of everything.
enum Fault {
    Refused(Refusal),
    Error(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Error(error)
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Fault {
        Fault::Error(error.into())
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Fault {
        match error {
            ReadError::Refused(refusal) => Fault::Refused(refusal),
            ReadError::Io(error) => Fault::Error(error.into()),
        }
    }
}

async fn import_or_refuse(job: &Job<'_>) -> Result<Receipt, Fault> {
    let (reader, sha256) = open_and_hash(job.source, job.hints).await?;
    let mut transaction = job.store.begin().await?;
    let account_ref = reader.account_ref().map(str::to_owned);
    let choice = wallet_choice::choose(
        &mut transaction,
        reader.form().provider,
        reader.account_ref(),
        reader.zone().iana_name(),
        job.options.wallet.as_deref(),
        job.now_ms,
    )
    .await?;
    let wallet = match choice {
        Choice::Wallet(wallet) => wallet,
        Choice::Refused(refusal) => return Err(Fault::Refused(refusal)),
    };
    let known = Store::original_with_hash(&mut transaction, &sha256).await?;
    if let Some(original) = &known
        && let Some(import) = Store::import_of(&mut transaction, original.id, wallet.id).await?
    {
        drop(transaction);
        return Ok(repeated(job, &import, &wallet, account_ref, reader.form().provider, &sha256).await?);
    }
    let keep = known.is_none();
    let original_id = match known {
        Some(original) => original.id,
        None => Store::insert_original(&mut transaction, &sha256, &job.source.name, job.source.size).await?,
    };
    let form = reader.form();
    let mut new = NewImport {
        original_id,
        wallet_id: wallet.id,
        time_ms: job.now_ms,
        form: form.id.to_owned(),
        form_version: form.version.to_owned(),
        options: serde_json::to_string(job.options).unwrap_or_default(),
        ..NewImport::default()
    };
    let import_id = Store::begin_import(&mut transaction, &new).await?;
    let mut writer = Writer::new(&mut transaction, &wallet, import_id, job.now_ms).await?;
    let (end, encoding) = run(job, reader, &mut writer, keep.then_some(original_id), &sha256).await?;
    let outcome = writer.finish().await?;
    let kept = KeptReceipt::new(&end, form.has_balance);
    new.encoding = encoding_word(encoding);
    new.rows = count(end.rows);
    new.stored = count(outcome.stored);
    new.already_present = count(outcome.already_present);
    new.skipped = count(end.skipped);
    new.period = end.period.map(|period| (period.from.to_string(), period.to.to_string(), period.stated));
    new.receipt = serde_json::to_string(&kept).unwrap_or_default();
    Store::finish_import(&mut transaction, import_id, &new).await?;
    let skipped = raw_skips(&mut transaction, original_id, &new.encoding, &outcome.skips).await?;
    if job.preview {
        transaction.rollback().await?;
    } else {
        kill_point("import.before_commit");
        job.store.commit(transaction).await?;
        kill_point("import.committed");
    }
    let taken = Taken {
        sha256: hex(&sha256),
        provider: form.provider.code(),
        form: form.id.to_owned(),
        form_version: form.version.to_owned(),
        wallet: wallet.name,
        account_ref,
        rows: end.rows,
        stored: outcome.stored,
        already_present: outcome.already_present,
        skipped,
        warnings: kept.warnings,
        totals: kept.totals,
        period: end.period.map(|period| PeriodView {
            from: period.from.to_string(),
            to: period.to.to_string(),
            stated: period.stated,
        }),
        agrees: kept.agrees,
    };
    Ok(Receipt {
        id: (!job.preview).then_some(import_id),
        file: job.source.name.clone(),
        refused: None,
        taken: Some(taken),
    })
}

/// Finds out the form and hashes the file, off the async threads.
async fn open_and_hash(source: &Source, hints: &Hints) -> Result<(Reader, [u8; 32]), Fault> {
    let (source, hints) = (source.clone(), hints.clone());
    let done = tokio::task::spawn_blocking(move || -> Result<(Reader, [u8; 32]), ReadError> {
        let reader = reader::open(&*source.open, &hints)?;
        let mut bytes = (source.open)().map_err(ReadError::Io)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; CHUNK_SIZE];
        loop {
            match bytes.read(&mut buffer).map_err(ReadError::Io)? {
                0 => return Ok((reader, hash.finalize().into())),
                length => hash.update(&buffer[..length]),
            }
        }
    });
    let done = done.await.map_err(|_| Error::new(Code::Internal, "reader thread"))?;
    Ok(done?)
}

/// Runs the parse thread and writes what it hands over, in order.
async fn run(
    job: &Job<'_>,
    reader: Reader,
    writer: &mut Writer<'_>,
    keep: Option<i64>,
    sha256: &[u8; 32],
) -> Result<(Summary, Encoding), Fault> {
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    let thread = parse_thread(job, reader, writer.wallet_id, keep.is_some(), sender);
    let mut end = None;
    while let Some(message) = receiver.recv().await {
        match message {
            Message::Rows(rows) => {
                writer.write(rows).await?;
                kill_point("import.rows_written");
            }
            Message::Skips(skips) => writer.skip(&skips).await?,
            Message::Chunk(position, data) => {
                if let Some(original) = keep {
                    Store::insert_chunk(writer.connection, original, position, data).await?;
                }
            }
            Message::End(summary, encoding, hash) => end = Some((summary, encoding, hash)),
        }
    }
    thread.await.map_err(|_| Error::new(Code::Internal, "reader thread"))?;
    if job.control.is_cancelled() {
        return Err(Fault::Error(Code::Cancelled.into()));
    }
    let (summary, encoding, hash) = end.ok_or_else(|| Error::new(Code::Internal, "reader thread"))?;
    if hash != *sha256 {
        return Err(Fault::Error(Error::new(Code::Io, "the file changed while it was being read; import it again")));
    }
    Ok((summary?, encoding))
}

fn parse_thread(
    job: &Job<'_>,
    mut reader: Reader,
    wallet_id: i64,
    keep: bool,
    sender: mpsc::Sender<Message>,
) -> tokio::task::JoinHandle<()> {
    let (source, control) = (job.source.clone(), job.control.clone());
    tokio::task::spawn_blocking(move || {
        let tee = Tee::state(keep, sender.clone());
        let open = {
            let (tee, source) = (tee.clone(), source.clone());
            move || (source.open)().map(|inner| Box::new(Tee { inner, state: tee.clone() }) as Box<dyn Read>)
        };
        let mut occurrences = Occurrences::default();
        let mut rows = Vec::with_capacity(BATCH_ROWS);
        let mut skips = Vec::new();
        let mut total = 0u64;
        let mut gone = false;
        let summary = reader.rows(&open, &mut |row| {
            total += 1;
            match row {
                Row::Entry(entry) => {
                    let key = wallet_key(wallet_id, &occurrences.identify(&entry).0);
                    rows.push((*entry, key));
                }
                Row::Skip(skip) => skips.push(skip),
            }
            if rows.len() == BATCH_ROWS {
                let full = std::mem::replace(&mut rows, Vec::with_capacity(BATCH_ROWS));
                gone = sender.blocking_send(Message::Rows(full)).is_err();
                control.report(Progress {
                    name: source.name.clone(),
                    bytes: tee.bytes(),
                    total_bytes: source.size,
                    rows: total,
                });
            }
            if gone || control.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let hash = tee.finish();
        for message in [Message::Rows(rows), Message::Skips(skips), Message::End(summary, reader.encoding(), hash)] {
            if sender.blocking_send(message).is_err() {
                return;
            }
        }
    })
}

/// Two wallets may hold the same file: the wallet is part of the key.
fn wallet_key(wallet_id: i64, identity: &[u8; 16]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(b"purser/txn/1");
    hash.update(wallet_id.to_be_bytes());
    hash.update(identity);
    let full: [u8; 32] = hash.finalize().into();
    let mut key = [0; 16];
    key.copy_from_slice(&full[..16]);
    key
}

/// Hashes and chunks the bytes that the reader reads.
struct Tee {
    inner: Box<dyn Read>,
    state: TeeState,
}

#[derive(Clone)]
struct TeeState(std::rc::Rc<std::cell::RefCell<TeeInner>>);

struct TeeInner {
    hash: Sha256,
    bytes: u64,
    chunk: Vec<u8>,
    position: i64,
    keep: bool,
    sender: mpsc::Sender<Message>,
}

impl Tee {
    fn state(keep: bool, sender: mpsc::Sender<Message>) -> TeeState {
        let inner = TeeInner {
            hash: Sha256::new(),
            bytes: 0,
            chunk: Vec::with_capacity(CHUNK_SIZE),
            position: 0,
            keep,
            sender,
        };
        TeeState(std::rc::Rc::new(std::cell::RefCell::new(inner)))
    }
}

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.state.0.borrow_mut().take(&buffer[..length])?;
        Ok(length)
    }
}

impl TeeState {
    fn bytes(&self) -> u64 {
        self.0.borrow().bytes
    }

    /// The last, shorter chunk, and the hash of all bytes.
    fn finish(self) -> [u8; 32] {
        let mut inner = self.0.borrow_mut();
        if !inner.chunk.is_empty() || inner.position == 0 {
            let _ = inner.send_chunk();
        }
        std::mem::replace(&mut inner.hash, Sha256::new()).finalize().into()
    }
}

impl TeeInner {
    fn take(&mut self, mut bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        if !self.keep {
            return Ok(());
        }
        while !bytes.is_empty() {
            let room = (CHUNK_SIZE - self.chunk.len()).min(bytes.len());
            self.chunk.extend_from_slice(&bytes[..room]);
            bytes = &bytes[room..];
            if self.chunk.len() == CHUNK_SIZE {
                self.send_chunk()?;
            }
        }
        Ok(())
    }

    fn send_chunk(&mut self) -> std::io::Result<()> {
        if self.keep {
            let data = compress_chunk(&self.chunk).map_err(|_| std::io::Error::other("compression"))?;
            let gone = |_| std::io::Error::other("writer stopped");
            self.sender.blocking_send(Message::Chunk(self.position, data)).map_err(gone)?;
        }
        self.position += 1;
        self.chunk.clear();
        Ok(())
    }
}

/// Puts rows into the books inside one open transaction.
struct Writer<'c> {
    connection: &'c mut SqliteConnection,
    wallet_id: i64,
    import_id: i64,
    now_ms: i64,
    /// Whether the wallet had transactions before: only then a whole row can be there already.
    may_exist: bool,
    /// The import is read again (undo of another one): its own rows and skips are in the store already.
    replay: bool,
    accounts: HashMap<(String, String), i64>,
    next_id: i64,
    deltas: MonthDeltas,
    stored: u64,
    already_present: u64,
    skips: Vec<SkippedRow>,
}

struct Outcome {
    stored: u64,
    already_present: u64,
    skips: Vec<SkippedRow>,
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
    async fn new(
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

    async fn write(&mut self, rows: Vec<(Entry, [u8; 16])>) -> Result<()> {
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

    async fn skip(&mut self, skips: &[Skip]) -> Result<()> {
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

    async fn finish(self) -> Result<Outcome> {
        self.deltas.apply(self.connection).await?;
        Ok(Outcome { stored: self.stored, already_present: self.already_present, skips: self.skips })
    }
}

fn sighting(told: &TransactionRow, txn_id: i64) -> Sighting {
    Sighting { txn_id, import_id: told.import_id, line: told.line, position: told.position, length: told.length }
}

/// The receipt of a file that is in this wallet already: nothing is stored again.
async fn repeated(
    job: &Job<'_>,
    import: &Import,
    wallet: &Wallet,
    account_ref: Option<String>,
    provider: Provider,
    sha256: &[u8; 32],
) -> Result<Receipt> {
    let kept: KeptReceipt = serde_json::from_str(&import.receipt).unwrap_or_default();
    let rows = job.store.skipped_rows(import.id).await?;
    let mut connection = job.store.reader().acquire().await?;
    let skipped = raw_skips(&mut connection, import.original_id, &import.encoding, &rows).await?;
    let number = |value: i64| u64::try_from(value).unwrap_or(0);
    let period = match (&import.period_from, &import.period_to) {
        (Some(from), Some(to)) => Some(PeriodView { from: from.clone(), to: to.clone(), stated: import.period_stated }),
        _ => None,
    };
    let taken = Taken {
        sha256: hex(sha256),
        provider: provider.code(),
        form: import.form.clone(),
        form_version: import.form_version.clone(),
        wallet: wallet.name.clone(),
        account_ref,
        rows: number(import.rows),
        stored: 0,
        already_present: number(import.rows.saturating_sub(import.skipped)),
        skipped,
        warnings: kept.warnings,
        totals: kept.totals,
        period,
        agrees: kept.agrees,
    };
    Ok(Receipt { id: Some(import.id), file: job.source.name.clone(), refused: None, taken: Some(taken) })
}

/// The skipped drawer of an import, with the raw text of its rows.
pub(crate) async fn skipped(store: &Store, import: i64) -> Result<Vec<SkippedView>> {
    let import = store.import(import).await?;
    let rows = store.skipped_rows(import.id).await?;
    let mut connection = store.reader().acquire().await?;
    raw_skips(&mut connection, import.original_id, &import.encoding, &rows).await
}

async fn raw_skips(
    connection: &mut SqliteConnection,
    original: i64,
    encoding: &str,
    rows: &[SkippedRow],
) -> Result<Vec<SkippedView>> {
    let mut views = Vec::new();
    for row in rows.iter().take(RECEIPT_SKIPS) {
        let raw = raw_text(connection, original, encoding, row.position, row.length).await?;
        views.push(SkippedView { line: row.line, reason: row.reason.clone(), found: row.found.clone(), raw });
    }
    Ok(views)
}

/// Takes an import back by taking out everything its rows touched and reading the other files
/// that told those transactions again, in their order.
pub(super) async fn undo(store: &Store, id: i64, now_ms: i64) -> Result<u64> {
    let import = store.import(id).await?;
    let mut transaction = store.begin().await?;
    let before: i64 = sqlx::query_scalar("select count(*) from txn").fetch_one(&mut *transaction).await?;
    let touched = "create temp table touched as select id from txn where import_id = ?1 \
        union select txn_id from sighting where import_id = ?1 union select txn_id from revision where import_id = ?1";
    sqlx::query("drop table if exists temp.touched").execute(&mut *transaction).await?;
    sqlx::query(touched).bind(id).execute(&mut *transaction).await?;
    let replay: Vec<i64> = sqlx::query_scalar(
        "select distinct import_id from (select import_id from txn where id in (select id from temp.touched) \
         union select import_id from sighting where txn_id in (select id from temp.touched)) where import_id <> ? order by import_id",
    )
    .bind(id)
    .fetch_all(&mut *transaction)
    .await?;
    for statement in [
        "delete from txn_word where rowid in (select id from temp.touched)",
        "delete from sighting where txn_id in (select id from temp.touched)",
        "delete from revision where txn_id in (select id from temp.touched)",
        "delete from txn where id in (select id from temp.touched)",
        "drop table temp.touched",
    ] {
        sqlx::query(statement).execute(&mut *transaction).await?;
    }
    for other in replay {
        replay_import(store, &mut transaction, other, now_ms).await?;
    }
    for statement in ["delete from skipped_row where import_id = ?", "delete from import where id = ?"] {
        sqlx::query(statement).bind(id).execute(&mut *transaction).await?;
    }
    let remaining: i64 = sqlx::query_scalar("select count(*) from import where original_id = ?")
        .bind(import.original_id)
        .fetch_one(&mut *transaction)
        .await?;
    if remaining == 0 {
        for statement in ["delete from original_chunk where original_id = ?", "delete from original where id = ?"] {
            sqlx::query(statement).bind(import.original_id).execute(&mut *transaction).await?;
        }
    }
    Store::recount_months(&mut transaction, import.wallet_id).await?;
    Store::forget_empty_wallet(&mut transaction, import.wallet_id).await?;
    let after: i64 = sqlx::query_scalar("select count(*) from txn").fetch_one(&mut *transaction).await?;
    kill_point("undo.before_commit");
    store.commit(transaction).await?;
    Ok(u64::try_from(before.saturating_sub(after)).unwrap_or(0))
}

/// Reads a stored file again into the books; rows that are there already stay as they are.
async fn replay_import(store: &Store, connection: &mut SqliteConnection, id: i64, now_ms: i64) -> Result<()> {
    let import = store.import(id).await?;
    let options: ImportOptions = serde_json::from_str(&import.options).unwrap_or_default();
    let hints = options.hints()?;
    let bytes = std::sync::Arc::new(store.original_all(import.original_id).await?);
    let source = Source::in_memory(&import.name, bytes);
    let wallet = Store::wallets_in(connection).await?.into_iter().find(|wallet| wallet.id == import.wallet_id);
    let wallet = wallet.ok_or_else(|| Error::new(Code::Damaged, "an import without its wallet"))?;
    sqlx::query("delete from sighting where import_id = ?").bind(id).execute(&mut *connection).await?;
    let (reader, sha256) = match open_and_hash(&source, &hints).await {
        Ok(opened) => opened,
        Err(fault) => return Err(replay_fault(fault)),
    };
    let control = JobControl::default();
    let job =
        Job { store, source: &source, hints: &hints, options: &options, preview: false, now_ms, control: &control };
    let mut writer = Writer::new(connection, &wallet, id, now_ms).await?;
    writer.replay = true;
    if let Err(fault) = run(&job, reader, &mut writer, None, &sha256).await {
        return Err(replay_fault(fault));
    }
    writer.finish().await?;
    Ok(())
}

fn replay_fault(fault: Fault) -> Error {
    match fault {
        Fault::Error(error) => error,
        Fault::Refused(refusal) => Error::new(Code::Damaged, format!("a stored file can no longer be read: {refusal}")),
    }
}

fn encoding_word(encoding: Encoding) -> String {
    serde_json::to_value(encoding).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
