//! The books under another key: copied to a new file, checked, and put in the place of the old one.
//!
//! Nobody has the books open meanwhile. Until the rename the old file is untouched; after it the new one is whole and on
//! disk. No write-ahead log may stand beside the books when they are replaced: it belongs to the old file.

use std::path::{Path, PathBuf};

use purser_vault::key::BooksKey;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::meta::Since;
use super::{Store, Use, existing, key_pragma, open_error, prepare, raw_key};
use crate::error::{Code, Error, Result};
use crate::files::{self, kill_point};
use crate::import::JobControl;
use crate::profile::Folder;

/// Room that must be free, in tenths of the size of the books: the copy, its journal, and what else the computer does.
const SPACE_TENTHS: u64 = 22;

/// Steps of SQLite's own machine between two looks at whether a job is cancelled.
const STEPS: i32 = 20_000;

/// What the copy says of its key.
pub(crate) struct NewMarks<'a> {
    pub(crate) owner_pin: &'a str,
    pub(crate) now_ms: i64,
}

/// Copies the books of `folder` to a new key and replaces them by the copy.
pub(crate) async fn swap(folder: &Folder, old: &BooksKey, new: &BooksKey, says: &NewMarks<'_>) -> Result<()> {
    sweep(folder)?;
    let copied = write_copy(folder, old, new, says).await;
    let replaced = or_full(copied, folder).and_then(|()| replace(folder));
    if replaced.is_err() {
        let _ = sweep(folder);
    }
    replaced
}

async fn write_copy(folder: &Folder, old: &BooksKey, new: &BooksKey, says: &NewMarks<'_>) -> Result<()> {
    let (books, fresh) = (folder.books(), folder.new_books());
    files::write_new(&fresh, b"")?;
    let mut source = open(&books, old, Use::Write).await?;
    let copied = export(&mut source, &fresh, new, says).await;
    // The last connection to the old file: closing it merges the log and removes it.
    let closed = source.close().await;
    copied?;
    closed?;
    kill_point("copy.written");
    compare(&books, old, &fresh, new).await?;
    std::fs::File::open(&fresh)?.sync_all()?;
    kill_point("copy.checked");
    Ok(())
}

async fn export(source: &mut SqliteConnection, fresh: &Path, new: &BooksKey, says: &NewMarks<'_>) -> Result<()> {
    // A copy of a table may come before the table it refers to.
    source.execute("pragma foreign_keys = off; pragma wal_checkpoint(truncate);").await?;
    copy_into(source, fresh, new).await?;
    let (pin, made) = (says.owner_pin.to_owned(), says.now_ms.to_string());
    for (name, value) in [("owner_pin", pin), (Since::BooksKey.key(), made)] {
        sqlx::query("update fresh.meta set value = ? where key = ?")
            .bind(value)
            .bind(name)
            .execute(&mut *source)
            .await?;
    }
    source.execute("detach database fresh").await?;
    Ok(())
}

/// Everything of the books into a new file, which stays attached as `fresh`.
async fn copy_into(source: &mut SqliteConnection, fresh: &Path, key: &BooksKey) -> Result<()> {
    let path = fresh.to_str().ok_or_else(|| Error::invalid("the name of the profile folder is not Unicode text"))?;
    // The key goes as a value, never as text of a statement.
    sqlx::query("attach database ? as fresh key ?")
        .bind(path)
        .bind(raw_key(key).as_str())
        .execute(&mut *source)
        .await?;
    source.execute("pragma fresh.synchronous = full;").await?;
    sqlx::query("select sqlcipher_export('fresh')").execute(&mut *source).await?;
    for (name, value) in marks(source, "main").await? {
        // Neither takes a parameter; both are numbers.
        source.execute(AssertSqlSafe(format!("pragma fresh.{name} = {value}"))).await?;
    }
    Ok(())
}

/// A whole copy of the open books in a new file, under the same key. Other writes wait until it is made, and a lock does not:
/// it cancels the job.
pub(crate) async fn snapshot(store: &Store, folder: &Folder, key: &BooksKey, control: &JobControl) -> Result<Content> {
    let path = folder.snapshot();
    files::write_new(&path, b"")?;
    let written = write_snapshot(store, &path, key, control).await;
    let original = or_full(or_cancelled(written, control), folder)?;
    kill_point("snapshot.written");
    if check(&path, key, control).await? != original {
        return Err(Error::new(Code::Damaged, "the copy of the books is not what was copied"));
    }
    std::fs::File::open(&path)?.sync_all()?;
    Ok(original)
}

async fn write_snapshot(store: &Store, path: &Path, key: &BooksKey, control: &JobControl) -> Result<Content> {
    let mut source = store.writer().acquire().await?;
    // It is left with another file attached: nobody else gets it.
    source.close_on_drop();
    heed(&mut source, control).await?;
    source.execute("pragma foreign_keys = off;").await?;
    copy_into(&mut source, path, key).await?;
    let original = content(&mut source).await?;
    source.execute("detach database fresh").await?;
    Ok(original)
}

/// Lets a cancelled job end a statement that runs long.
async fn heed(connection: &mut SqliteConnection, control: &JobControl) -> Result<()> {
    let control = control.clone();
    connection.lock_handle().await?.set_progress_handler(STEPS, move || !control.is_cancelled());
    Ok(())
}

/// SQLCipher's export answers a full disk with a general error.
fn or_full<T>(copied: Result<T>, folder: &Folder) -> Result<T> {
    let error = match copied {
        Err(error) if error.code == Code::Internal => error,
        other => return other,
    };
    let is_full = !files::has_room(folder.root(), space_needed(folder)?)?;
    Err(if is_full { Code::DiskFull.into() } else { error })
}

fn or_cancelled<T>(result: Result<T>, control: &JobControl) -> Result<T> {
    result.map_err(|error| if control.is_cancelled() { Code::Cancelled.into() } else { error })
}

/// Whether every page of a copy is whole and fits its key, and what is in it.
pub(crate) async fn check(path: &Path, key: &BooksKey, control: &JobControl) -> Result<Content> {
    or_cancelled(check_pages(path, key, control).await, control)
}

async fn check_pages(path: &Path, key: &BooksKey, control: &JobControl) -> Result<Content> {
    let mut connection = open(path, key, Use::Read).await?;
    heed(&mut connection, control).await?;
    for pragma in ["pragma cipher_integrity_check", "pragma integrity_check"] {
        let found: Vec<(String,)> = sqlx::query_as(pragma).fetch_all(&mut connection).await?;
        if found.iter().any(|(text,)| text != "ok") {
            return Err(Error::new(Code::Damaged, "the copy of the books"));
        }
    }
    let content = content(&mut connection).await?;
    connection.close().await?;
    Ok(content)
}

/// Whether closed books have the schema of an earlier version. Their write-ahead log is merged into them.
pub(crate) async fn is_older(books: &Path, key: &BooksKey) -> Result<bool> {
    if !books.exists() {
        return Ok(false);
    }
    let mut connection = open(books, key, Use::Write).await?;
    let version: i64 = sqlx::query_scalar("pragma user_version").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(version < super::newest_schema())
}

/// Tables of open books and how many rows each has.
pub(crate) async fn row_counts(store: &Store) -> Result<Vec<(String, i64)>> {
    let mut connection = store.reader().acquire().await?;
    Ok(content(&mut connection).await?.rows)
}

/// Notes in closed books where they came from: the next login tells the log.
pub(crate) async fn mark_restored(path: &Path, key: &BooksKey, made: &str) -> Result<()> {
    let mut connection = open(path, key, Use::Write).await?;
    let query = "insert or replace into meta (key, value) values ('restored', ?)";
    sqlx::query(query).bind(made).execute(&mut connection).await?;
    connection.close().await.map_err(Error::from)
}

/// What an export does not carry over.
async fn marks(connection: &mut SqliteConnection, schema: &'static str) -> Result<[(&'static str, i64); 2]> {
    let mut marks = [("user_version", 0), ("application_id", 0)];
    for (name, value) in &mut marks {
        let query = AssertSqlSafe(format!("pragma {schema}.{name}"));
        *value = sqlx::query_scalar(query).fetch_one(&mut *connection).await?;
    }
    Ok(marks)
}

/// Everything the copy must have in common with the books, read from both files by their own keys.
#[derive(Debug, PartialEq)]
pub(crate) struct Content {
    marks: [(&'static str, i64); 2],
    schema: Vec<(String, String, String)>,
    /// Tables and how many rows each has.
    pub(crate) rows: Vec<(String, i64)>,
}

async fn compare(books: &Path, old: &BooksKey, fresh: &Path, new: &BooksKey) -> Result<()> {
    let copy = check(fresh, new, &JobControl::default()).await?;
    let mut connection = open(fresh, new, Use::Read).await?;
    let broken = sqlx::query("pragma foreign_key_check").fetch_all(&mut connection).await?;
    connection.close().await?;
    let mut connection = open(books, old, Use::Write).await?;
    let original = content(&mut connection).await?;
    connection.close().await?;
    if broken.is_empty() && copy == original {
        return Ok(());
    }
    Err(Error::new(Code::Damaged, "the copy of the books is not what was copied"))
}

async fn content(connection: &mut SqliteConnection) -> Result<Content> {
    let schema: Vec<(String, String, String)> =
        sqlx::query_as("select type, name, coalesce(sql, '') from sqlite_schema order by type, name")
            .fetch_all(&mut *connection)
            .await?;
    let mut rows = Vec::new();
    for (_, name, sql) in schema.iter().filter(|(kind, _, _)| kind == "table") {
        // A virtual table's rows are in tables of its own.
        if !sql.to_lowercase().starts_with("create virtual") {
            let query = AssertSqlSafe(format!("select count(*) from \"{name}\""));
            rows.push((name.clone(), sqlx::query_scalar(query).fetch_one(&mut *connection).await?));
        }
    }
    Ok(Content { marks: marks(connection, "main").await?, schema, rows })
}

async fn open(path: &Path, key: &BooksKey, purpose: Use) -> Result<SqliteConnection> {
    let mut connection = existing(path).connect().await.map_err(|error| open_error(&error))?;
    prepare(&mut connection, &key_pragma(key), &purpose).await.map_err(|error| open_error(&error))?;
    Ok(connection)
}

fn replace(folder: &Folder) -> Result<()> {
    let books = folder.books();
    if ["-wal", "-shm", "-journal"].iter().any(|ending| beside(&books, ending).exists()) {
        return Err(Error::new(Code::Internal, "the books are still open"));
    }
    kill_point("copy.closed");
    std::fs::rename(folder.new_books(), &books)?;
    kill_point("copy.renamed");
    Ok(files::sync_folder(&books)?)
}

/// Whether the books open with this key. Changes nothing.
pub(crate) async fn opens(books: &Path, key: &BooksKey) -> Result<bool> {
    match open(books, key, Use::Read).await {
        Ok(connection) => {
            connection.close().await?;
            Ok(true)
        }
        Err(error) if error.code == Code::Damaged => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes what a copy that was cut short left.
pub(crate) fn sweep(folder: &Folder) -> Result<()> {
    let fresh = folder.new_books();
    for path in [fresh.clone(), beside(&fresh, "-journal"), beside(&fresh, "-wal"), beside(&fresh, "-shm")] {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Free bytes that must be there before a copy is begun.
pub(crate) fn space_needed(folder: &Folder) -> Result<u64> {
    let books = folder.books();
    let log = std::fs::metadata(beside(&books, "-wal")).map_or(0, |file| file.len());
    let size = std::fs::metadata(&books)?.len().saturating_add(log);
    Ok((size / 10).saturating_mul(SPACE_TENTHS))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
