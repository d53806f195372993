//! Undo: the books as if a file had never been imported.

use super::writer;
use crate::audit::{Event, Told};
use crate::error::Result;
use crate::files::kill_point;
use crate::store::Store;
use crate::store::rows::WordChanges;

/// Takes an import back: what only its file told goes, what others told too stays as they tell it.
/// An account number that the wallet learned from this file alone is forgotten again.
pub(super) async fn undo(store: &Store, id: i64) -> Result<u64> {
    let import = store.import(id).await?;
    let mut transaction = store.begin().await?;
    let before: i64 = sqlx::query_scalar("select count(*) from txn").fetch_one(&mut *transaction).await?;
    let mut words = WordChanges::default();
    writer::take_back(&mut transaction, import.wallet_id, id, &mut words).await?;
    Store::delete_details(&mut transaction, import.wallet_id, id, &mut words).await?;
    words.write(&mut transaction).await?;
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
    if let Some(account_ref) = &import.account_ref {
        let forget = "update wallet set account_ref = null where id = ?1 and account_ref = ?2 \
            and not exists (select 1 from import where wallet_id = ?1 and account_ref = ?2)";
        sqlx::query(forget).bind(import.wallet_id).bind(account_ref).execute(&mut *transaction).await?;
    }
    Store::forget_empty_wallet(&mut transaction, import.wallet_id).await?;
    let after: i64 = sqlx::query_scalar("select count(*) from txn").fetch_one(&mut *transaction).await?;
    kill_point("undo.before_commit");
    let row = Event::new(Told::ImportUndone, &import.name).with("removed", before.saturating_sub(after));
    store.commit_transactions(transaction, &row).await?;
    Ok(u64::try_from(before.saturating_sub(after)).unwrap_or(0))
}
