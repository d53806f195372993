//! Mappings of columns, confirmed once and used for every file with the same column names.

use purser_books::reader::mapping::Mapping;
use sqlx::SqliteConnection;

use super::Store;
use crate::error::{Code, Error, Result};

impl Store {
    /// Every mapping, the newest first.
    pub async fn mappings(&self) -> Result<Vec<Mapping>> {
        let query = "select mapping from mapping order by confirmed_ms desc, fingerprint";
        let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(self.reader()).await?;
        let read = |json: &String| {
            serde_json::from_str(json).map_err(|_| Error::new(Code::Damaged, "a stored mapping of columns"))
        };
        rows.iter().map(read).collect()
    }

    /// Keeps a mapping in place of an older one for the same column names.
    pub(crate) async fn remember_mapping(
        connection: &mut SqliteConnection,
        mapping: &Mapping,
        now_ms: i64,
    ) -> Result<()> {
        let json = serde_json::to_string(mapping).map_err(|_| Error::new(Code::Internal, "a mapping"))?;
        let query = "insert or replace into mapping (fingerprint, mapping, confirmed_ms) values (?, ?, ?)";
        sqlx::query(query)
            .bind(Mapping::fingerprint(&mapping.header))
            .bind(json)
            .bind(now_ms)
            .execute(connection)
            .await?;
        Ok(())
    }
}
