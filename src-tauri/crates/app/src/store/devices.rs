//! Computers, phones and terminals, and which credentials are on them.

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{FromRow, Sqlite, SqliteConnection};

use super::Store;
use super::credentials::{Named, found, name_taken};
use crate::audit::{Event, Told};
use crate::error::Result;

/// A device as the owner wrote it down. Dates are ISO.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct DeviceRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) holder: String,
    pub(crate) system_updated: Option<String>,
    pub(crate) app_updated: Option<String>,
    pub(crate) encrypted: Option<bool>,
    pub(crate) reviewed: Option<String>,
    pub(crate) lost: Option<String>,
}

impl Store {
    pub(crate) async fn devices(&self) -> Result<Vec<DeviceRow>> {
        let query = "select id, name, kind, holder, system_updated, app_updated, encrypted, reviewed, lost from device
             order by name collate nocase";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    /// Device and credential, of all devices.
    pub(crate) async fn device_credentials(&self) -> Result<Vec<(i64, i64)>> {
        let query = "select device_id, credential_id from device_credential order by device_id, credential_id";
        Ok(sqlx::query_as(query).fetch_all(self.reader()).await?)
    }

    pub(crate) async fn insert_device(&self, device: &DeviceRow, credentials: &[i64], now_ms: i64) -> Result<i64> {
        let query =
            "insert into device (name, kind, holder, system_updated, app_updated, encrypted, reviewed, created_ms)
             values (?, ?, ?, ?, ?, ?, ?, ?)";
        let mut transaction = self.begin().await?;
        let done = bound(query, device)
            .bind(now_ms)
            .execute(&mut *transaction)
            .await
            .map_err(|error| name_taken(error, &device.name))?;
        let id = done.last_insert_rowid();
        put_links(&mut transaction, id, credentials).await?;
        self.commit(transaction, &Event::new(Told::DeviceNoted, &device.name)).await?;
        Ok(id)
    }

    pub(crate) async fn update_device(&self, device: &DeviceRow, credentials: &[i64]) -> Result<()> {
        let query = "update device set name = ?, kind = ?, holder = ?, system_updated = ?, app_updated = ?, encrypted = ?, reviewed = ?
             where id = ?";
        let mut transaction = self.begin().await?;
        let done = bound(query, device)
            .bind(device.id)
            .execute(&mut *transaction)
            .await
            .map_err(|error| name_taken(error, &device.name))?;
        found(done.rows_affected())?;
        put_links(&mut transaction, device.id, credentials).await?;
        self.commit(transaction, &Event::new(Told::DeviceNoted, &device.name)).await
    }

    pub(crate) async fn remove_device(&self, id: i64) -> Result<()> {
        let of = Named { told: Told::DeviceRemoved, table: "device", id };
        self.change_row("delete from device where id = ?1", of, None).await
    }

    /// Lost since a day; the first day counts. `None`: found again.
    pub(crate) async fn set_device_lost(&self, id: i64, since: Option<&str>) -> Result<()> {
        let query = match since {
            Some(_) => "update device set lost = coalesce(lost, ?2) where id = ?1",
            None => "update device set lost = null where id = ?1",
        };
        let told = if since.is_some() { Told::DeviceLost } else { Told::DeviceFound };
        self.change_row(query, Named { told, table: "device", id }, since).await
    }
}

/// What both writes have in common, in the order of their columns.
fn bound<'q>(query: &'static str, device: &'q DeviceRow) -> Query<'q, Sqlite, SqliteArguments> {
    sqlx::query(query)
        .bind(&device.name)
        .bind(&device.kind)
        .bind(&device.holder)
        .bind(&device.system_updated)
        .bind(&device.app_updated)
        .bind(device.encrypted)
        .bind(&device.reviewed)
}

async fn put_links(connection: &mut SqliteConnection, device: i64, credentials: &[i64]) -> Result<()> {
    sqlx::query("delete from device_credential where device_id = ?").bind(device).execute(&mut *connection).await?;
    for credential in credentials {
        sqlx::query("insert into device_credential (device_id, credential_id) values (?, ?)")
            .bind(device)
            .bind(credential)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
