//! Rows of the audit log, appended in the transaction of what they tell.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use purser_vault::audit::{Checkpoint, Draft, Entry, Head};
use purser_vault::key::Signature;
use purser_vault::keyfile::SlotSecret;
use purser_vault::{FileId, SlotId};
use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};

use super::Store;
use crate::audit::Event;
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::session::lock;

/// Rows after which a checkpoint is written beside the books.
const CHECKPOINT_ROWS: u64 = 100;
/// Rows read at once.
pub(crate) const BLOCK_ROWS: u32 = 2000;

/// Who signs the rows of an open store.
pub(crate) struct Scribe {
    pub(crate) file_id: FileId,
    pub(crate) secret: Arc<Mutex<SlotSecret>>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where checkpoints are collected.
    pub(crate) anchors: PathBuf,
}

impl Scribe {
    fn now_ms(&self) -> i64 {
        i64::try_from(self.clock.now().wall_ms).unwrap_or(i64::MAX)
    }

    fn checkpoint(&self, head: Head) -> Checkpoint {
        Checkpoint::make(self.file_id, head, self.now_ms(), &lock(&self.secret))
    }

    /// Notes how far the log has come. One that cannot be written is made up for by the next.
    fn note(&self, head: Head) -> Checkpoint {
        let note = self.checkpoint(head);
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let line = format!("{}\n", note.to_line());
        let written = options.open(&self.anchors).and_then(|mut file| {
            file.write_all(line.as_bytes())?;
            file.sync_all()
        });
        if let Err(error) = written {
            tracing::warn!(kind = ?error.kind(), "checkpoint");
        }
        note
    }
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    time_ms: i64,
    actor: Vec<u8>,
    action: String,
    target: String,
    detail: String,
    prev: Vec<u8>,
    hash: Vec<u8>,
    signature: Vec<u8>,
}

impl Row {
    fn read(self) -> Result<Entry> {
        fn bytes<const N: usize>(bytes: Vec<u8>) -> Result<[u8; N]> {
            bytes.try_into().map_err(|_| Error::new(Code::Damaged, "the audit log"))
        }
        Ok(Entry {
            seq: u64::try_from(self.seq).unwrap_or(0),
            time_ms: self.time_ms,
            actor: SlotId::from_bytes(bytes(self.actor)?),
            action: self.action,
            target: self.target,
            detail: self.detail,
            prev: bytes(self.prev)?,
            hash: bytes(self.hash)?,
            signature: Signature::from_bytes(bytes(self.signature)?),
        })
    }
}

/// Which rows of the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditFilter {
    /// Older than this one.
    pub(crate) before: Option<u64>,
    /// By one of these; `None` = anybody.
    pub(crate) actors: Option<Vec<SlotId>>,
    /// Of these kinds; none = all.
    pub(crate) actions: Vec<String>,
}

impl Store {
    /// From here on, what is committed is signed in somebody's name.
    pub(crate) fn written_by(mut self, scribe: Scribe) -> Store {
        self.scribe = Some(Arc::new(scribe));
        self
    }

    /// Makes a change last, together with the row that tells it.
    pub(crate) async fn commit(
        &self,
        mut transaction: sqlx::Transaction<'static, Sqlite>,
        event: &Event,
    ) -> Result<()> {
        let head = self.append(&mut transaction, event).await?;
        crate::files::kill_point("audit.appended");
        transaction.commit().await?;
        if let (Some(head), Some(scribe)) = (head, &self.scribe)
            && head.size.is_multiple_of(CHECKPOINT_ROWS)
        {
            scribe.note(head);
        }
        Ok(())
    }

    /// Tells something that is not in the books.
    pub(crate) async fn record(&self, event: &Event) -> Result<()> {
        let transaction = self.begin().await?;
        self.commit(transaction, event).await
    }

    /// `None` where nobody signs: before the first login, and while old books are brought up to date.
    async fn append(&self, connection: &mut SqliteConnection, event: &Event) -> Result<Option<Head>> {
        let Some(scribe) = &self.scribe else { return Ok(None) };
        let head = last_head(connection).await?.unwrap_or_else(|| Head::origin(&scribe.file_id));
        let draft = Draft {
            time_ms: scribe.now_ms(),
            action: event.act.word(),
            target: &event.target,
            detail: &event.detail(),
        };
        let entry = head.append(&lock(&scribe.secret), &draft);
        let query = "insert into audit (seq, time_ms, actor, action, target, detail, prev, hash, signature) \
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        sqlx::query(query)
            .bind(i64::try_from(entry.seq).map_err(|_| Code::Internal)?)
            .bind(entry.time_ms)
            .bind(entry.actor.as_bytes().as_slice())
            .bind(&entry.action)
            .bind(&entry.target)
            .bind(&entry.detail)
            .bind(entry.prev.as_slice())
            .bind(entry.hash.as_slice())
            .bind(entry.signature.as_bytes().as_slice())
            .execute(connection)
            .await?;
        Ok(Some(entry.head()))
    }

    /// Notes how far the log has come, beside the books. `None` where there is no log or nobody signs.
    pub(crate) async fn checkpoint(&self) -> Result<Option<Checkpoint>> {
        let Some(scribe) = &self.scribe else { return Ok(None) };
        let mut reader = self.reader().acquire().await?;
        Ok(last_head(&mut reader).await?.map(|head| scribe.note(head)))
    }

    /// Whether anything was told after a time but logins and their ends.
    pub(crate) async fn changed_since(&self, ms: Option<i64>) -> Result<bool> {
        let query = "select exists (select 1 from audit where time_ms > ? and action not in ('signers', 'login', 'lock', 'backup_made'))";
        Ok(sqlx::query_scalar(query).bind(ms.unwrap_or(i64::MIN)).fetch_one(self.reader()).await?)
    }

    /// The hash of a row. `None`: there is no such row.
    pub(crate) async fn audit_hash(&self, seq: u64) -> Result<Option<[u8; 32]>> {
        let hash: Option<Vec<u8>> = sqlx::query_scalar("select hash from audit where seq = ?")
            .bind(i64::try_from(seq).unwrap_or(i64::MAX))
            .fetch_optional(self.reader())
            .await?;
        Ok(hash.and_then(|hash| hash.try_into().ok()))
    }

    /// The newest row of an action.
    pub(crate) async fn last_audit_row(&self, action: &str) -> Result<Option<Entry>> {
        let query = "select * from audit where action = ? order by seq desc limit 1";
        let row: Option<Row> = sqlx::query_as(query).bind(action).fetch_optional(self.reader()).await?;
        row.map(Row::read).transpose()
    }

    /// Rows in their order, after one of them.
    pub(crate) async fn audit_block(&self, after: u64) -> Result<Vec<Entry>> {
        let query = "select * from audit where seq > ? order by seq limit ?";
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let rows: Vec<Row> = sqlx::query_as(query).bind(after).bind(BLOCK_ROWS).fetch_all(self.reader()).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Rows, newest first.
    pub(crate) async fn audit_rows(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<Entry>> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new("select * from audit where true");
        if let Some(before) = filter.before {
            query.push(" and seq < ").push_bind(i64::try_from(before).unwrap_or(i64::MAX));
        }
        if let Some(actors) = &filter.actors {
            let mut list = query.push(" and actor in (").separated(", ");
            actors.iter().for_each(|actor| {
                list.push_bind(actor.as_bytes().to_vec());
            });
            query.push(")");
        }
        if !filter.actions.is_empty() {
            let mut list = query.push(" and action in (").separated(", ");
            filter.actions.iter().for_each(|action| {
                list.push_bind(action.clone());
            });
            query.push(")");
        }
        query.push(" order by seq desc limit ").push_bind(limit);
        let rows: Vec<Row> = query.build_query_as().fetch_all(self.reader()).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

async fn last_head(connection: &mut SqliteConnection) -> Result<Option<Head>> {
    let query = "select seq, hash from audit order by seq desc limit 1";
    let last: Option<(i64, Vec<u8>)> = sqlx::query_as(query).fetch_optional(connection).await?;
    let Some((seq, hash)) = last else { return Ok(None) };
    let damaged = || Error::new(Code::Damaged, "the audit log");
    let size = u64::try_from(seq).map_err(|_| damaged())?;
    Ok(Some(Head { size, hash: hash.try_into().map_err(|_| damaged())? }))
}
