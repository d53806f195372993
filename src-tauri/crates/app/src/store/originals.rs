//! The statement files themselves, kept byte for byte.

use sqlx::{FromRow, SqliteConnection};

use super::Store;
use crate::error::{Code, Error, Result};

/// Bytes of a file in one stored chunk, before compression. Small enough that showing one row's
/// source unpacks little.
pub const CHUNK_SIZE: usize = 256 * 1024;

#[derive(Debug, Clone, FromRow)]
pub struct Original {
    pub id: i64,
    pub sha256: Vec<u8>,
    pub name: String,
    pub size: i64,
}

/// Compresses one chunk.
pub fn compress_chunk(bytes: &[u8]) -> Result<Vec<u8>> {
    Ok(zstd::bulk::compress(bytes, 1)?)
}

impl Store {
    pub(crate) async fn original_with_hash(
        connection: &mut SqliteConnection,
        sha256: &[u8],
    ) -> Result<Option<Original>> {
        let query = "select id, sha256, name, size from original where sha256 = ?";
        Ok(sqlx::query_as(query).bind(sha256).fetch_optional(connection).await?)
    }

    pub(crate) async fn insert_original(
        connection: &mut SqliteConnection,
        sha256: &[u8],
        name: &str,
        size: u64,
    ) -> Result<i64> {
        let size = i64::try_from(size).map_err(|_| Error::invalid("file size"))?;
        let query = "insert into original (sha256, name, size) values (?, ?, ?)";
        Ok(sqlx::query(query).bind(sha256).bind(name).bind(size).execute(connection).await?.last_insert_rowid())
    }

    pub(crate) async fn insert_chunk(
        connection: &mut SqliteConnection,
        original: i64,
        position: i64,
        data: Vec<u8>,
    ) -> Result<()> {
        let query = "insert into original_chunk (original_id, position, data) values (?, ?, ?)";
        sqlx::query(query).bind(original).bind(position).bind(data).execute(connection).await?;
        Ok(())
    }

    pub async fn original(&self, id: i64) -> Result<Original> {
        let query = "select id, sha256, name, size from original where id = ?";
        Ok(sqlx::query_as(query).bind(id).fetch_one(self.reader()).await?)
    }

    /// One chunk, unpacked. The last one of a file is shorter; past the end it is empty.
    pub(crate) async fn original_chunk(
        connection: &mut SqliteConnection,
        original: i64,
        position: u64,
    ) -> Result<Vec<u8>> {
        let position = i64::try_from(position).map_err(|_| Error::invalid("position"))?;
        let query = "select data from original_chunk where original_id = ? and position = ?";
        let data: Option<Vec<u8>> =
            sqlx::query_scalar(query).bind(original).bind(position).fetch_optional(connection).await?;
        match data {
            None => Ok(Vec::new()),
            Some(data) => zstd::bulk::decompress(&data, CHUNK_SIZE)
                .map_err(|_| Error::new(Code::Damaged, "a stored statement file")),
        }
    }

    /// Some bytes of a stored file.
    pub(crate) async fn original_bytes(
        connection: &mut SqliteConnection,
        original: i64,
        offset: u64,
        length: u64,
    ) -> Result<Vec<u8>> {
        let size = CHUNK_SIZE as u64;
        let end = offset.saturating_add(length);
        let mut bytes = Vec::new();
        let mut position = offset / size;
        while position.saturating_mul(size) < end {
            let chunk = Store::original_chunk(connection, original, position).await?;
            if chunk.is_empty() {
                break;
            }
            let from = usize::try_from(offset.saturating_sub(position * size)).unwrap_or(usize::MAX).min(chunk.len());
            let to = usize::try_from(end - position * size).unwrap_or(usize::MAX).min(chunk.len());
            bytes.extend_from_slice(&chunk[from..to]);
            position += 1;
        }
        Ok(bytes)
    }

    /// A stored file, byte for byte.
    pub async fn original_all(&self, original: i64) -> Result<Vec<u8>> {
        let mut connection = self.reader().acquire().await?;
        Store::original_bytes(&mut connection, original, 0, u64::MAX).await
    }
}
