//! Verify: are the books whole, and do they still say what the files say?

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::Arc;

use purser_books::reader;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Code, Error, Result};
use crate::import::ImportOptions;
use crate::store::{Import, Store};

/// What was checked. `first_bad` names the first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    pub ok: bool,
    /// Data rows of statement files that were read again.
    pub entries: u64,
    pub files: u64,
    pub first_bad: Option<String>,
}

/// Checks every page of the books, every stored file against its SHA-256, reads every file again and compares
/// rows and totals with its receipt, and the month sums with a full scan.
pub async fn verify(store: &Store) -> Result<Verified> {
    let mut verified = Verified { ok: true, entries: 0, files: 0, first_bad: None };
    if let Some(damage) = store.first_damage().await? {
        verified.note(format!("database: {damage}"));
        return Ok(verified);
    }
    for import in store.imports().await?.iter().rev() {
        verify_import(store, import, &mut verified).await?;
    }
    let (kept, mut scanned) = (store.month_totals().await?, store.month_totals_scanned().await?);
    scanned.sort_by(|a, b| (&a.month, a.account_id, a.kind).cmp(&(&b.month, b.account_id, b.kind)));
    if kept != scanned {
        verified.note("sums: the month sums are not the sums of the transactions".to_owned());
    }
    Ok(verified)
}

impl Verified {
    fn note(&mut self, what: String) {
        self.ok = false;
        self.first_bad.get_or_insert(what);
    }
}

async fn verify_import(store: &Store, import: &Import, verified: &mut Verified) -> Result<()> {
    let bytes = Arc::new(store.original_all(import.original_id).await?);
    let hash: [u8; 32] = Sha256::digest(bytes.as_slice()).into();
    verified.files += 1;
    if hash.as_slice() != import.sha256 {
        verified.note(format!("file {}: its stored bytes are not those that were imported", import.name));
        return Ok(());
    }
    let options: ImportOptions = serde_json::from_str(&import.options).unwrap_or_default();
    let hints = options.hints()?;
    let read = tokio::task::spawn_blocking(move || {
        let open = || Ok(Box::new(Cursor::new(bytes.as_slice().to_vec())) as Box<dyn std::io::Read>);
        let mut reader = reader::open(&open, &hints)?;
        reader.rows(&open, &mut |_| ControlFlow::Continue(()))
    });
    let summary = match read.await {
        Ok(Ok(summary)) => summary,
        Ok(Err(error)) => {
            verified.note(format!("file {}: can no longer be read: {error}", import.name));
            return Ok(());
        }
        Err(_) => return Err(Error::new(Code::Internal, "reader thread")),
    };
    verified.entries += summary.rows;
    let rows = (i64::try_from(summary.rows).unwrap_or(i64::MAX), i64::try_from(summary.skipped).unwrap_or(i64::MAX));
    if rows != (import.rows, import.skipped) {
        verified.note(format!("file {}: {} rows now, {} at the import", import.name, rows.0, import.rows));
    }
    let told = store.rows_told_by(import.id).await?;
    if told != import.rows - import.skipped {
        verified.note(format!(
            "file {}: {told} of its {} rows are in the books",
            import.name,
            import.rows - import.skipped
        ));
    }
    Ok(())
}
