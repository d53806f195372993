//! Undo: the books as if a file had never been imported.

use sqlx::SqliteConnection;

use super::file::{Fault, Job, open_and_hash, run};
use super::source::Source;
use super::writer::Writer;
use super::{ImportOptions, JobControl};
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::store::Store;

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
