//! Rebuild: all transactions anew from the stored originals, after a change of how files are read or rows are kept.

use std::sync::Arc;

use sqlx::SqliteConnection;

use super::file::{Fault, Job, open_and_hash, read_in};
use super::source::Source;
use super::{ImportOptions, JobControl};
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::store::{Import, NewImport, Store};

/// Reads every original again in the order they came in, wholly or not at all.
pub(super) async fn rebuild(store: &Store) -> Result<()> {
    let mut imports = store.imports().await?;
    imports.reverse();
    let mut transaction = store.begin().await?;
    Store::clear_transactions(&mut transaction).await?;
    for import in &imports {
        read_again(store, &mut transaction, import).await?;
    }
    sqlx::query("delete from meta where key = 'rebuild'").execute(&mut *transaction).await?;
    kill_point("rebuild.before_commit");
    store.commit_silently(transaction).await
}

async fn read_again(store: &Store, connection: &mut SqliteConnection, import: &Import) -> Result<()> {
    let options: ImportOptions = serde_json::from_str(&import.options).unwrap_or_default();
    let hints = options.hints()?;
    let source = Source::in_memory(&import.name, Arc::new(store.original_all(import.original_id).await?));
    let (reader, sha256) = open_and_hash(&source, &hints).await.map_err(|fault| fault_of(fault, import))?;
    let form = reader.form();
    let new = NewImport {
        original_id: import.original_id,
        wallet_id: import.wallet_id,
        time_ms: import.time_ms,
        form: form.id.to_owned(),
        form_version: form.version.to_owned(),
        account_ref: reader.account_ref().map(str::to_owned),
        ..NewImport::default()
    };
    let control = JobControl::default();
    let now_ms = import.time_ms;
    let job =
        Job { store, source: &source, hints: &hints, options: &options, preview: false, now_ms, control: &control };
    let read = read_in(&job, connection, reader, import.id, new, false, &sha256).await;
    read.map(|_| ()).map_err(|fault| fault_of(fault, import))
}

fn fault_of(fault: Fault, import: &Import) -> Error {
    match fault {
        Fault::Error(error) => error,
        Fault::Refused(refusal) => {
            Error::new(Code::Damaged, format!("{}: a stored file can no longer be read: {refusal}", import.name))
        }
    }
}
