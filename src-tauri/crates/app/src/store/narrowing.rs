//! Connections that know some wallets only.
//!
//! Temporary views of the tables' own names stand before the tables, so that every read is narrowed, whoever wrote it. What
//! a slot may not see is not a matter of remembering a condition. Temporary triggers refuse writes to other wallets.
//! Whoever holds the key of the books can read all of them with other software: chosen wallets are an order, not a wall.

use std::fmt::Write;

use sqlx::SqlitePool;

use crate::error::Result;

/// Tables, and which of their rows belong to a set of wallets. Tables with one of these columns and not in this list are
/// found by the test below and by [`views`] itself, which then shows nothing of them.
const TABLES: [(&str, &str); 20] = [
    ("wallet", "id in ({})"),
    ("account", "wallet_id in ({})"),
    ("wallet_status", "wallet_id in ({})"),
    ("import", "wallet_id in ({})"),
    ("detail", "wallet_id in ({})"),
    ("txn", "account_id in (select id from main.account where wallet_id in ({}))"),
    ("month_total", "account_id in (select id from main.account where wallet_id in ({}))"),
    ("telling", "import_id in (select id from main.import where wallet_id in ({}))"),
    ("skipped_row", "import_id in (select id from main.import where wallet_id in ({}))"),
    ("import_overlap", "import_id in (select id from main.import where wallet_id in ({}))"),
    ("original", "id in (select original_id from main.import where wallet_id in ({}))"),
    ("original_chunk", "original_id in (select original_id from main.import where wallet_id in ({}))"),
    ("credential", "wallet_id in ({})"),
    ("credential_secret", "credential_id in (select id from main.credential where wallet_id in ({}))"),
    ("rotation", "credential_id in (select id from main.credential where wallet_id in ({}))"),
    ("device_credential", "credential_id in (select id from main.credential where wallet_id in ({}))"),
    ("wallet_security", "wallet_id in ({})"),
    ("wallet_review", "wallet_id in ({})"),
    ("contact", "wallet_id in ({})"),
    ("verdict", "wallet_id in ({})"),
];
/// Columns that tie a row to a wallet.
const TIES: &str = "('wallet_id', 'account_id', 'import_id', 'original_id', 'txn_id', 'credential_id')";
/// What only the owner writes.
const OWNERS: [&str; 9] = [
    "credential",
    "credential_secret",
    "rotation",
    "wallet_security",
    "wallet_review",
    "device",
    "contact",
    "own_number",
    "card",
];

/// The statements that narrow a connection to these wallets.
pub(super) async fn views(pool: &SqlitePool, wallets: &[i64]) -> Result<String> {
    let ids = wallets.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let mut statements = String::new();
    for (table, condition) in TABLES {
        let condition = condition.replace("{}", &ids);
        let _ = write!(statements, "create temp view {table} as select * from main.{table} where {condition}; ");
    }
    for table in tied(pool).await? {
        if !TABLES.iter().any(|(known, _)| *known == table) {
            let _ = write!(statements, "create temp view \"{table}\" as select * from main.\"{table}\" where false; ");
        }
    }
    Ok(statements)
}

/// The statements that refuse writes to other wallets, and new wallets.
pub(super) fn refusals(wallets: &[i64]) -> String {
    let ids = wallets.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let mut statements = String::new();
    for (number, (act, condition)) in [
        ("insert on main.import", "new.wallet_id not in ({})"),
        ("update on main.import", "old.wallet_id not in ({}) or new.wallet_id not in ({})"),
        ("delete on main.import", "old.wallet_id not in ({})"),
        ("insert on main.wallet", "true"),
        ("update on main.wallet", "old.id not in ({})"),
        ("delete on main.wallet", "true"),
        ("insert on main.wallet_status", "new.wallet_id not in ({})"),
    ]
    .into_iter()
    .enumerate()
    {
        let condition = condition.replace("{}", &ids);
        let _ = write!(
            statements,
            "create temp trigger refusal_{number} before {act} when {condition} \
             begin select raise(abort, 'another wallet'); end; "
        );
    }
    for table in OWNERS {
        for act in ["insert", "update", "delete"] {
            let _ = write!(
                statements,
                "create temp trigger refusal_{table}_{act} before {act} on main.{table} \
                 begin select raise(abort, 'the owner''s'); end; "
            );
        }
    }
    statements
}

/// Tables whose rows belong to wallets.
async fn tied(pool: &SqlitePool) -> Result<Vec<String>> {
    let query = format!(
        "select distinct t.name from sqlite_schema t, pragma_table_info(t.name) c \
         where t.type = 'table' and t.sql not like 'create virtual%' and c.name in {TIES}"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(pool).await?)
}

#[cfg(test)]
mod tests {
    use purser_vault::key::BooksKey;

    use super::*;
    use crate::store::Store;

    /// A new table with rows of a wallet must say which rows those are, or people with chosen wallets see none of it.
    #[tokio::test]
    async fn every_table_tied_to_a_wallet_is_narrowed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("books.db"), &BooksKey::from_bytes(&[7; 32])).await.unwrap();
        let mut tied = tied(&store.write).await.unwrap();
        tied.sort();
        let mut known: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
        known.sort_unstable();
        // Wallets and originals themselves carry no such column.
        known.retain(|table| !["wallet", "original"].contains(table));
        assert_eq!(tied, known);
        store.close().await;
    }
}
