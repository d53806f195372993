//! Import: statement files in, books out. Each file goes in wholly or not at all.
//!
//! A parse thread reads the file once: it hashes and compresses the bytes for keeping while it hands rows over.
//! The writer puts everything into one transaction, which is committed when the last row is in and everything agrees,
//! and rolled back on any fault, on cancel, and for a preview.

mod columns;
mod file;
mod fold;
mod parse_thread;
mod rebuild;
mod receipt;
mod source;
mod undo;
mod wallet_choice;
mod writer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use purser_books::reader::mapping::{ColumnRole, FeeSign, Mapping};
use purser_books::reader::{DateOrder, Hints};
use purser_books::{Currency, Provider};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::store::Store;

pub use columns::{UnknownView, sample};
pub(crate) use file::hex;
pub(crate) use file::skipped;
pub use receipt::{Receipt, ReceiptTotals, RefusedFile, SkippedView, TallyView as ReceiptTally, WarningView};
pub use source::StatementFile;

/// What the person adds to what the files say.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportOptions {
    pub provider: Option<Provider>,
    /// Name of an existing or a new wallet.
    pub wallet: Option<String>,
    pub date_order: Option<DateOrder>,
    pub currency: Option<Currency>,
    /// IANA name, for files that do not state the zone of their times.
    pub zone: Option<String>,
    /// What columns of a form that no reader knows are, by name.
    pub columns: BTreeMap<ColumnRole, String>,
    /// Use what the columns seem to be, for those not named in `columns`.
    pub accept_guess: bool,
    pub fee_sign: Option<FeeSign>,
    /// What came of these: the mapping a file was read by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
    /// Password of an encrypted archive. Never stored.
    #[serde(skip)]
    pub zip_password: Option<ZipPassword>,
}

/// Zeroed when dropped, masked in Debug.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZipPassword(pub Zeroizing<String>);

impl std::fmt::Debug for ZipPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ZipPassword(…)")
    }
}

impl ImportOptions {
    pub(crate) fn hints(&self) -> Result<Hints> {
        let zone =
            match &self.zone {
                None => None,
                Some(name) => Some(jiff::tz::TimeZone::get(name).map_err(|_| {
                    Error::invalid(format!("\"{name}\" is not a time zone; write it like Asia/Shanghai"))
                })?),
            };
        Ok(Hints {
            provider: self.provider,
            date_order: self.date_order,
            currency: self.currency,
            zone,
            mappings: self.mapping.clone().into_iter().collect(),
        })
    }
}

/// How far a long job is.
#[derive(Debug, Clone, Serialize)]
pub struct Progress {
    pub name: String,
    pub bytes: u64,
    pub total_bytes: u64,
    pub rows: u64,
}

/// Watches and stops a long job.
#[derive(Clone)]
pub struct JobControl {
    cancelled: Arc<AtomicBool>,
    report: Arc<dyn Fn(Progress) + Send + Sync>,
}

impl std::fmt::Debug for JobControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JobControl")
    }
}

impl Default for JobControl {
    fn default() -> JobControl {
        JobControl::new(|_| {})
    }
}

impl JobControl {
    pub fn new(report: impl Fn(Progress) + Send + Sync + 'static) -> JobControl {
        JobControl { cancelled: Arc::new(AtomicBool::new(false)), report: Arc::new(report) }
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn report(&self, progress: Progress) {
        (self.report)(progress);
    }
}

/// Takes statement files in, one after the other; a refused file does not stop the others.
/// With `preview` nothing is kept, and the receipts say exactly what an import would do to each file on its own.
///
/// # Errors
/// Only what concerns all files: cancelled, disk full, locked. What concerns one file is in its receipt.
pub async fn import(
    store: &Store,
    files: &[StatementFile],
    options: &ImportOptions,
    preview: bool,
    now_ms: i64,
    control: &JobControl,
) -> Result<Vec<Receipt>> {
    let mut hints = options.hints()?;
    hints.mappings.extend(store.mappings().await?);
    let mut receipts = Vec::new();
    for file in files {
        if control.is_cancelled() {
            return Err(Code::Cancelled.into());
        }
        receipts.push(match file {
            StatementFile::Refused { name, refusal } => Receipt::refused(name, refusal),
            StatementFile::Readable(source) => {
                let job = file::Job { store, source, hints: &hints, options, preview, now_ms, control };
                file::import_file(job).await?
            }
        });
    }
    receipt::note_companions(&mut receipts);
    Ok(receipts)
}

/// Takes an import back: the books are then as if its file had never been imported.
/// Returns how many transactions went away.
pub async fn undo(store: &Store, id: i64) -> Result<u64> {
    undo::undo(store, id).await
}

/// Makes all transactions anew from the stored originals, with what this version reads in them.
pub(crate) async fn rebuild(store: &Store) -> Result<()> {
    rebuild::rebuild(store).await
}
