//! Entries of incidents, events of levers, attached files. Only ever added to.

use purser_books::incident::Entry;
use purser_books::lever;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::SqliteConnection;

use super::Store;
use super::originals::{CHUNK_SIZE, compress_chunk};
use crate::audit::Event;
use crate::error::{Code, Error, Result};

/// What is added in one go: with all of it, or nothing.
#[derive(Debug, Default)]
pub(crate) struct Added<'a> {
    pub(crate) entries: &'a [Entry],
    pub(crate) board: &'a str,
    pub(crate) levers: &'a [lever::Event],
    /// An attached file: its hash and bytes.
    pub(crate) file: Option<(&'a [u8], &'a [u8])>,
}

impl Store {
    /// Every entry, in the order it was stored.
    pub(crate) async fn incident_entries(&self) -> Result<Vec<Entry>> {
        let query = "select entry from incident_entry order by seq";
        parse_all(sqlx::query_scalar(query).fetch_all(self.reader()).await?)
    }

    /// What happened with the levers of one board.
    pub(crate) async fn lever_events(&self, board: &str) -> Result<Vec<lever::Event>> {
        let query = "select event from lever_event where board = ? order by seq";
        parse_all(sqlx::query_scalar(query).bind(board).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn add_to_incident(&self, added: Added<'_>, event: &Event) -> Result<()> {
        let mut transaction = self.begin().await?;
        for entry in added.entries {
            sqlx::query("insert into incident_entry (incident, entry) values (?, ?)")
                .bind(&entry.incident)
                .bind(text(entry)?)
                .execute(&mut *transaction)
                .await?;
        }
        for lever in added.levers {
            sqlx::query("insert into lever_event (board, event) values (?, ?)")
                .bind(added.board)
                .bind(text(lever)?)
                .execute(&mut *transaction)
                .await?;
        }
        if let Some((sha256, bytes)) = added.file {
            insert_file(&mut transaction, sha256, bytes).await?;
        }
        crate::files::kill_point("incident.added");
        self.commit(transaction, event).await
    }

    /// An attached file, byte for byte.
    pub(crate) async fn evidence(&self, sha256: &[u8]) -> Result<Vec<u8>> {
        let query = "select data from evidence_chunk where sha256 = ? order by position";
        let chunks: Vec<Vec<u8>> = sqlx::query_scalar(query).bind(sha256).fetch_all(self.reader()).await?;
        let mut bytes = Vec::new();
        for chunk in chunks {
            let chunk = zstd::bulk::decompress(&chunk, CHUNK_SIZE);
            bytes.extend(chunk.map_err(|_| Error::new(Code::Damaged, "an attached file"))?);
        }
        Ok(bytes)
    }
}

/// A file that was attached before is kept once.
async fn insert_file(connection: &mut SqliteConnection, sha256: &[u8], bytes: &[u8]) -> Result<()> {
    let size = i64::try_from(bytes.len()).map_err(|_| Error::invalid("file size"))?;
    let query = "insert or ignore into evidence (sha256, size) values (?, ?)";
    let inserted = sqlx::query(query).bind(sha256).bind(size).execute(&mut *connection).await?;
    if inserted.rows_affected() == 0 {
        return Ok(());
    }
    for (position, chunk) in (0_i64..).zip(bytes.chunks(CHUNK_SIZE)) {
        sqlx::query("insert into evidence_chunk (sha256, position, data) values (?, ?, ?)")
            .bind(sha256)
            .bind(position)
            .bind(compress_chunk(chunk)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::new(Code::Internal, "entry"))
}

fn parse_all<T: DeserializeOwned>(texts: Vec<String>) -> Result<Vec<T>> {
    let parse = |text: String| serde_json::from_str(&text).map_err(|_| Error::new(Code::Damaged, "an incident"));
    texts.into_iter().map(parse).collect()
}
