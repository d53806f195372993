//! The encrypted books: one SQLCipher file, one writer, some readers.
//!
//! Deliberately absent: SQLCipher's own change of a key (on a full disk it answers "ok" and destroys the file; keys change
//! by copy and swap, in `copy.rs`),
//! a key in connect options (their Debug prints it) and statement logging (it prints the key).

mod accounts;
pub(crate) mod audit;
mod businesses;
mod contacts;
pub(crate) mod copy;
mod credential_secrets;
mod credentials;
mod details;
mod devices;
mod freezes;
mod imports;
mod incidents;
mod mappings;
mod meta;
mod month_totals;
mod narrowing;
mod originals;
mod payout_rows;
mod register;
mod rotations;
mod statement_rows;
mod tellings;
mod transaction_rows;
mod transactions;
mod verdicts;
mod wallet_security;
mod wallet_statuses;
mod wallets;
mod word_index;
mod words;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use purser_vault::key::BooksKey;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Row};
use zeroize::Zeroizing;

use crate::audit::Event;
use crate::error::{Code, Error, Result};

pub use accounts::{Account, AccountSpan};
pub(crate) use audit::{AuditFilter, Scribe};
pub use businesses::Business;
pub(crate) use contacts::CardRow;
pub use contacts::OwnNumber;
pub(crate) use credential_secrets::SealedSecret;
pub(crate) use credentials::Credential;
pub use details::Detail;
pub(crate) use devices::DeviceRow;
pub use imports::{Import, NewImport, Overlap, SkippedRow};
pub(crate) use incidents::Added;
pub(crate) use meta::Since;
pub use month_totals::MonthTotal;
pub use originals::{CHUNK_SIZE, Original, compress_chunk};
pub(crate) use payout_rows::AccountMovements;
pub(crate) use register::Movement as AccountMovement;
pub(crate) use rotations::OpenRotation;
pub use statement_rows::StatementRow;
pub use transactions::{CurrencyTotals, Filter, Page, Query, SortColumn, Transaction, TransactionSource};
pub(crate) use verdicts::{JudgedPage, JudgedRow, Span, VerdictTotal};
pub(crate) use wallet_security::SecurityValue;
pub use wallet_statuses::{StatusField, StatusValue};
pub use wallets::Wallet;

/// What an import writes.
pub(crate) mod rows {
    pub(crate) use super::month_totals::MonthDeltas;
    pub(crate) use super::tellings::TellingRow;
    pub(crate) use super::transaction_rows::{NewRows, TransactionRow};
    pub(crate) use super::word_index::WordChanges;
}

/// "PURS": marks the file as Purser's, once it is open.
const APPLICATION_ID: i64 = 0x5055_5253;
const READERS: u32 = 3;
/// Rows that SQLite's thread may be ahead of who reads them: a thread is not woken for each.
const ROWS_AHEAD: usize = 1000;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The open books. Reached only through a session's permit.
#[derive(Clone)]
pub struct Store {
    /// One connection: SQLite 3.50's WAL-reset bug needs two writers or checkpointers.
    write: SqlitePool,
    read: SqlitePool,
    /// Counts changes of the transactions: a register that was read before one is old.
    transaction_changes: Arc<AtomicU64>,
    registers: Arc<transactions::Registers>,
    scribe: Option<Arc<Scribe>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Creates the books of a new profile.
    pub async fn create(path: &Path, key: &BooksKey) -> Result<Store> {
        // SQLite would make it readable by others; its log files take over the rights of the file.
        crate::files::write_new(path, b"")?;
        let store = Store::connect(path, key, true).await?;
        // The migrations ask for the transactions of old books to be made anew; these have none.
        let marked = sqlx::query("delete from meta where key = 'rebuild'").execute(store.writer()).await;
        store.closed_unless(marked).await
    }

    /// Opens existing books and brings their schema up to date. A newer schema is refused, untouched.
    pub async fn open(path: &Path, key: &BooksKey) -> Result<Store> {
        if !path.exists() {
            return Err(Error::new(Code::Damaged, "the books are missing from the profile folder"));
        }
        let store = Store::connect(path, key, false).await?;
        let rebuilt =
            async { if store.needs_rebuild().await? { crate::import::rebuild(&store).await } else { Ok(()) } };
        let rebuilt = rebuilt.await;
        store.closed_unless(rebuilt).await
    }

    /// The open books if all went well. A process that ends while SQLite still closes them in the background may crash.
    pub(crate) async fn closed_unless<T, E: Into<Error>>(self, done: std::result::Result<T, E>) -> Result<Store> {
        match done {
            Ok(_) => Ok(self),
            Err(error) => {
                self.close().await;
                Err(error.into())
            }
        }
    }

    /// Whether a migration left the transactions to be made anew.
    async fn needs_rebuild(&self) -> Result<bool> {
        let query = "select exists (select 1 from meta where key = 'rebuild')";
        Ok(sqlx::query_scalar(query).fetch_one(self.reader()).await?)
    }

    async fn connect(path: &Path, key: &BooksKey, create: bool) -> Result<Store> {
        let options = existing(path).create_if_missing(create);
        let write = pool(options.clone(), key, 1, Use::Write).await?;
        let read = async {
            migrate(&write).await?;
            pool(options.create_if_missing(false), key, READERS, Use::Read).await
        };
        let read = beside(&write, read).await?;
        Ok(Store { write, read, transaction_changes: Arc::default(), registers: Arc::default(), scribe: None })
    }

    /// The same books with everything narrowed to some wallets.
    pub(crate) async fn narrowed(self, path: &Path, key: &BooksKey, wallets: &[i64]) -> Result<Store> {
        let views = narrowing::views(&self.write, wallets).await;
        self.close().await;
        let views = views?;
        let write = pool(existing(path), key, 1, Use::NarrowedWrite(narrowing::refusals(wallets))).await?;
        let read = beside(&write, pool(existing(path), key, READERS, Use::NarrowedRead(views))).await?;
        // Registers read before would hold every wallet.
        Ok(Store { write, read, registers: Arc::default(), ..self })
    }

    /// Closes every connection; the write-ahead log is merged into the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Makes a change last of which the log tells nothing: new books, and old ones brought up to date.
    pub(crate) async fn commit_silently(&self, transaction: sqlx::Transaction<'static, sqlx::Sqlite>) -> Result<()> {
        transaction.commit().await?;
        self.transaction_changes.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Makes changes of the transactions last.
    pub(crate) async fn commit_transactions(
        &self,
        transaction: sqlx::Transaction<'static, sqlx::Sqlite>,
        event: &Event,
    ) -> Result<()> {
        self.commit(transaction, event).await?;
        self.transaction_changes.fetch_add(1, Ordering::Release);
        Ok(())
    }

    fn transaction_changes(&self) -> u64 {
        self.transaction_changes.load(Ordering::Acquire)
    }

    pub(super) fn writer(&self) -> &SqlitePool {
        &self.write
    }

    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.read
    }

    /// Begins the one write transaction; others wait.
    pub(crate) async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>> {
        const BEGIN: &str = "begin immediate";
        match self.write.begin_with(BEGIN).await {
            // A full disk made SQLite end a transaction by itself, which the driver still counts: a new connection.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.write.acquire().await?.close().await?;
                Ok(self.write.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }

    /// Checks every page and index. `None` when all is well, else what was found first.
    pub async fn first_damage(&self) -> Result<Option<String>> {
        let mut connection = self.read.acquire().await?;
        for pragma in ["pragma cipher_integrity_check", "pragma integrity_check"] {
            let rows = sqlx::query(pragma).fetch_all(&mut *connection).await?;
            for row in rows {
                let text: String = row.try_get(0)?;
                if text != "ok" {
                    return Ok(Some(text));
                }
            }
        }
        Store::damaged_block(&mut connection).await
    }
}

/// Options for a file that exists.
fn existing(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(5))
        .row_buffer_size(ROWS_AHEAD)
        .disable_statement_logging()
}

/// What a connection is for.
#[derive(Clone)]
enum Use {
    Write,
    Read,
    /// Writes past these triggers.
    NarrowedWrite(String),
    /// Reads through these views.
    NarrowedRead(String),
}

async fn pool(options: SqliteConnectOptions, key: &BooksKey, size: u32, purpose: Use) -> Result<SqlitePool> {
    let key_text = Arc::new(key_pragma(key));
    if matches!(purpose, Use::Write) {
        // A pool tries again for half a minute and then says only that it timed out: a wrong key or a damaged file is
        // told by a connection of its own, closed before the pool's.
        let mut first = options.connect().await.map_err(|error| open_error(&error))?;
        let prepared = prepare(&mut first, &key_text, &purpose).await;
        let closed = sqlx::Connection::close(first).await;
        prepared.and(closed).map_err(|error| open_error(&error))?;
    }
    let pool = SqlitePoolOptions::new()
        .max_connections(size)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(30))
        .after_connect(move |connection, _| {
            let (key_text, purpose) = (Arc::clone(&key_text), purpose.clone());
            Box::pin(async move { prepare(connection, &key_text, &purpose).await })
        })
        .connect_lazy_with(options);
    // The first connection is made here, so that what is wrong is told by `open`.
    match pool.acquire().await {
        Ok(_) => Ok(pool),
        Err(error) => {
            pool.close().await;
            Err(open_error(&error))
        }
    }
}

/// The readers beside a writer, which is closed where they do not open.
async fn beside(write: &SqlitePool, read: impl Future<Output = Result<SqlitePool>>) -> Result<SqlitePool> {
    let read = read.await;
    if read.is_err() {
        write.close().await;
    }
    read
}

/// Keyed first, then the settings. `cipher_memory_security` stays at SQLCipher's default, off: it locks and wipes every
/// small allocation of SQLite, which made a statement of 100,000 rows take 39 s instead of 2 (the key itself is wiped anyway).
async fn prepare(connection: &mut SqliteConnection, key_text: &str, purpose: &Use) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(key_text.to_owned())).await?;
    // An import changes pages all over its indices; a reader looks at a few of them, and there are several.
    let cache_kib = if matches!(purpose, Use::Write | Use::NarrowedWrite(_)) { 65_536 } else { 8_192 };
    let settings = "pragma cipher_log_level = none; pragma foreign_keys = on; \
         pragma trusted_schema = off; pragma cell_size_check = on; pragma temp_store = memory;";
    connection.execute(settings).await?;
    connection.execute(AssertSqlSafe(format!("pragma cache_size = -{cache_kib}"))).await?;
    if let Use::NarrowedRead(narrowing) | Use::NarrowedWrite(narrowing) = purpose {
        // Made of names and numbers of ours.
        connection.execute(AssertSqlSafe(narrowing.clone())).await?;
    }
    let last = match purpose {
        Use::Write | Use::NarrowedWrite(_) => {
            "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000;"
        }
        Use::Read | Use::NarrowedRead(_) => "pragma query_only = on; select count(*) from sqlite_schema;",
    };
    connection.execute(last).await?;
    Ok(())
}

/// A raw key is 64 hex digits in x'...'; built from exactly 32 bytes, because SQLCipher takes anything else for a passphrase.
fn key_pragma(key: &BooksKey) -> Zeroizing<String> {
    use std::fmt::Write;
    let mut text = Zeroizing::new(String::with_capacity(90));
    let _ = write!(text, "pragma key = \"{}\"", &*raw_key(key));
    text
}

/// The one place where the books' key leaves its type: SQLCipher takes it as text.
fn raw_key(key: &BooksKey) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(70));
    text.push_str("x'");
    text.push_str(&key.expose_hex());
    text.push('\'');
    text
}

/// What a failed open means: SQLCipher answers a wrong key and an altered first page with codes 26, 11, 7 or 1.
fn open_error(error: &sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(database) => {
            let number = database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(-1);
            match number & 0xff {
                // No room for the index of the write-ahead log.
                10 if number == 4874 => Code::DiskFull.into(),
                1 | 7 | 11 | 26 => Error::new(Code::Damaged, "the books are damaged or altered"),
                13 => Code::DiskFull.into(),
                _ => Error::new(Code::Internal, format!("database error {number}")),
            }
        }
        sqlx::Error::Io(error) => Error::from(std::io::Error::from(error.kind())),
        _ => Error::new(Code::Internal, "database driver"),
    }
}

fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

async fn migrate(pool: &SqlitePool) -> Result<()> {
    let newest = newest_schema();
    let version: i64 =
        sqlx::query_scalar("pragma user_version").fetch_one(pool).await.map_err(|error| open_error(&error))?;
    if version > newest {
        return Err(Code::NewerSchema.into());
    }
    if version == newest {
        return Ok(());
    }
    MIGRATIONS.run(pool).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::VersionMissing(_) => Error::from(Code::NewerSchema),
        sqlx::migrate::MigrateError::Execute(error) => open_error(&error),
        other => {
            tracing::debug!(kind = ?std::mem::discriminant(&other), "migration");
            Error::new(Code::Internal, "migration")
        }
    })?;
    // Neither value takes a parameter; both are numbers of ours.
    let mark = format!("pragma application_id = {APPLICATION_ID}; pragma user_version = {newest};");
    pool.execute(AssertSqlSafe(mark)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn new_books_have_nothing_to_make_anew() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(&folder.path().join("books.db"), &BooksKey::from_bytes(&[7; 32])).await.unwrap();
        assert!(!store.needs_rebuild().await.unwrap());
        store.close().await;
    }
}
