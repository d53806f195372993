//! One file into one transaction, which is committed when its last row is in.

use std::io::Read;

use purser_books::Provider;
use purser_books::reader::{self, Encoding, Hints, ReadError, Reader, Refusal, RefusalCode, Summary};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;
use tokio::sync::mpsc;

use super::parse_thread::{Message, parse_thread};
use super::receipt::{KeptReceipt, PeriodView, Receipt, SkippedView, Taken};
use super::source::Source;
use super::wallet_choice::{self, Choice};
use super::writer::{Outcome, Writer};
use super::{ImportOptions, JobControl, columns};
use crate::audit::{Event, Told};
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::source_text::SourceText;
use crate::store::{CHUNK_SIZE, Import, NewImport, SkippedRow, Store, Wallet};

/// Batches and chunks that may wait between the parse thread and the writer: bounds memory.
const QUEUE: usize = 4;
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

pub(super) async fn import_file(job: Job<'_>) -> Result<Receipt> {
    match import_or_refuse(&job).await {
        Ok(receipt) => Ok(receipt),
        Err(Fault::Refused(refusal)) => {
            let mut receipt = Receipt::refused(&job.source.name, &refusal);
            if refusal.code == RefusalCode::UnknownForm
                && let Some(refused) = &mut receipt.refused
            {
                refused.unknown = columns::look(job.source, job.hints).await?.map(columns::view);
            }
            Ok(receipt)
        }
        Err(Fault::Error(error)) => Err(error),
    }
}

/// A fault of this file alone, or of everything.
pub(super) enum Fault {
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
    let (reader, sha256) = open_by_answer(job).await?;
    let mut transaction = job.store.begin().await?;
    let form = reader.form();
    let account_ref = reader.account_ref().map(str::to_owned);
    let choice = wallet_choice::choose(
        &mut transaction,
        form.provider,
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
        return Ok(repeated(job, &import, &wallet, account_ref, form.provider, &sha256).await?);
    }
    let keep = known.is_none();
    let original_id = match known {
        Some(original) => original.id,
        None => Store::insert_original(&mut transaction, &sha256, &job.source.name, job.source.size).await?,
    };
    let new = NewImport {
        original_id,
        wallet_id: wallet.id,
        time_ms: job.now_ms,
        form: form.id.to_owned(),
        form_version: form.version.to_owned(),
        options: kept_options(job.options, &reader),
        account_ref: account_ref.clone(),
        ..NewImport::default()
    };
    let import_id = Store::begin_import(&mut transaction, &new).await?;
    if let Some(mapping) = reader.mapping() {
        Store::remember_mapping(&mut transaction, mapping, job.now_ms).await?;
    }
    let read = read_in(job, &mut transaction, reader, import_id, new, keep, &sha256).await?;
    let skipped = raw_skips(&mut transaction, original_id, &read.encoding, &read.outcome.skips).await?;
    if job.preview {
        transaction.rollback().await?;
    } else {
        kill_point("import.before_commit");
        let row = Event::new(Told::Import, &job.source.name)
            .with("wallet", wallet.name.as_str())
            .with("form", form.id)
            .with("sha256", hex(&sha256))
            .with("rows", read.end.rows)
            .with("stored", read.outcome.stored);
        job.store.commit_transactions(transaction, &row).await?;
        kill_point("import.committed");
    }
    let taken = Taken {
        sha256: hex(&sha256),
        provider: form.provider.code(),
        form: form.id.to_owned(),
        form_version: form.version.to_owned(),
        wallet: wallet.name,
        account_ref,
        rows: read.end.rows,
        stored: read.outcome.stored,
        already_present: read.outcome.already_present,
        skipped,
        warnings: read.kept.warnings,
        totals: read.kept.totals,
        period: read.end.period.map(|period| PeriodView {
            from: period.from.to_string(),
            to: period.to.to_string(),
            stated: period.stated,
        }),
        agrees: read.kept.agrees,
    };
    Ok(Receipt {
        id: (!job.preview).then_some(import_id),
        file: job.source.name.clone(),
        refused: None,
        taken: Some(taken),
    })
}

/// Opens a file; one of an unknown form with the columns that the person named.
async fn open_by_answer(job: &Job<'_>) -> Result<(Reader, [u8; 32]), Fault> {
    match open_and_hash(job.source, job.hints).await {
        Err(Fault::Refused(refusal))
            if refusal.code == RefusalCode::UnknownForm && columns::is_answered(job.options) =>
        {
            let unknown = columns::look(job.source, job.hints).await?.ok_or(Fault::Refused(refusal))?;
            let mapping = columns::mapping(unknown, job.options).map_err(Fault::Refused)?;
            let mut hints = job.hints.clone();
            hints.mappings.insert(0, mapping);
            open_and_hash(job.source, &hints).await
        }
        other => other,
    }
}

/// The options a file can be read again with: with the mapping it was read by.
fn kept_options(options: &ImportOptions, reader: &Reader) -> String {
    let kept = ImportOptions { mapping: reader.mapping().cloned(), ..options.clone() };
    serde_json::to_string(&kept).unwrap_or_default()
}

/// What came of reading a file into the books.
pub(super) struct ReadIn {
    end: Summary,
    outcome: Outcome,
    kept: KeptReceipt,
    encoding: String,
}

/// Reads a file's rows into the books under an import that is begun, and fills in what the import says of itself.
pub(super) async fn read_in(
    job: &Job<'_>,
    connection: &mut SqliteConnection,
    reader: Reader,
    import_id: i64,
    mut new: NewImport,
    keep: bool,
    sha256: &[u8; 32],
) -> Result<ReadIn, Fault> {
    let mut writer = Writer::new(connection, new.wallet_id, import_id).await?;
    let (end, encoding) = run(job, reader, &mut writer, keep.then_some(new.original_id), sha256).await?;
    new.exported_ms = end.exported.map(jiff::Timestamp::as_millisecond);
    let outcome = writer.finish(new.exported_ms).await?;
    let kept = KeptReceipt::new(&end);
    new.encoding = encoding_word(encoding);
    new.rows = count(end.rows);
    new.stored = count(outcome.stored);
    new.already_present = count(outcome.already_present);
    new.skipped = count(end.skipped);
    new.period = end.period.map(|period| (period.from.to_string(), period.to.to_string(), period.stated));
    new.receipt = serde_json::to_string(&kept).unwrap_or_default();
    Store::finish_import(connection, import_id, &new).await?;
    Store::note_overlaps(connection, import_id).await?;
    Ok(ReadIn { end, outcome, kept, encoding: new.encoding })
}

/// Finds out the form and hashes the file, off the async threads.
pub(super) async fn open_and_hash(source: &Source, hints: &Hints) -> Result<(Reader, [u8; 32]), Fault> {
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
    if rows.is_empty() {
        return Ok(views);
    }
    let text = SourceText::open(connection, original, encoding).await?;
    for row in rows.iter().take(RECEIPT_SKIPS) {
        let raw = text.row(connection, row.position, row.length).await?;
        views.push(SkippedView { line: row.line, reason: row.reason.clone(), found: row.found.clone(), raw });
    }
    Ok(views)
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
