//! Devices the business works with: who has them, how old their systems are, and what is to be revoked when one is lost.

use jiff::civil::Date;
use purser_books::door::{DeviceFacts, is_due};
use serde::{Deserialize, Serialize};

use crate::Purser;
use crate::credentials::{day, line, name};
use crate::error::Result;
use crate::role::Action;
use crate::store::{Credential, DeviceRow, Store};

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    Computer,
    Phone,
    /// A card terminal or a scanner at the till.
    Terminal,
    Other,
}

impl DeviceKind {
    pub const ALL: &'static [DeviceKind] =
        &[DeviceKind::Computer, DeviceKind::Phone, DeviceKind::Terminal, DeviceKind::Other];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            DeviceKind::Computer => "computer",
            DeviceKind::Phone => "phone",
            DeviceKind::Terminal => "terminal",
            DeviceKind::Other => "other",
        }
    }
}

/// A device as the owner writes it down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceDetails {
    pub name: String,
    pub kind: DeviceKind,
    pub holder: String,
    /// ISO date of the last update of its system.
    pub system_updated: Option<String>,
    /// ISO date of the last update of the apps used for wallets.
    pub app_updated: Option<String>,
    /// Whether its storage is encrypted; `None` = not known.
    pub encrypted: Option<bool>,
    /// The credentials that are on it.
    pub credentials: Vec<i64>,
}

/// A device on the page.
#[derive(Debug, Clone, Serialize)]
pub struct Device {
    pub id: i64,
    #[serde(flatten)]
    pub details: DeviceDetails,
    /// ISO date somebody last looked at it.
    pub reviewed: Option<String>,
    pub review_due: bool,
    /// ISO date since when it is lost.
    pub lost: Option<String>,
    /// When it is lost: what whoever has it may use, and was not replaced since.
    pub to_revoke: Vec<ToRevoke>,
}

/// A credential to be replaced because a device is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToRevoke {
    pub id: i64,
    pub name: String,
    /// `false`: it is not noted to be on the device, but its holder is the device's.
    pub on_device: bool,
}

impl Purser {
    pub async fn devices(&self) -> Result<Vec<Device>> {
        let permit = self.permit(Action::ReadSecurity).await?;
        let today = self.today(permit.store()).await?;
        devices_of(permit.store(), today).await
    }

    /// Writes a device down, as seen today.
    pub async fn add_device(&self, details: DeviceDetails) -> Result<i64> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let store = permit.store();
        let (row, credentials) = self.checked_device(store, 0, details).await?;
        let id = store.insert_device(&row, &credentials, self.now_ms()).await?;
        self.announce();
        Ok(id)
    }

    pub async fn change_device(&self, id: i64, details: DeviceDetails) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let (row, credentials) = self.checked_device(permit.store(), id, details).await?;
        permit.store().update_device(&row, &credentials).await?;
        self.announce();
        Ok(())
    }

    pub async fn remove_device(&self, id: i64) -> Result<()> {
        self.permit(Action::ManageSecurity).await?.store().remove_device(id).await?;
        self.announce();
        Ok(())
    }

    /// Lost (or found again). Gives what is to be revoked.
    pub async fn set_device_lost(&self, id: i64, lost: bool) -> Result<Vec<ToRevoke>> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let today = self.today(permit.store()).await?;
        permit.store().set_device_lost(id, lost.then(|| today.to_string()).as_deref()).await?;
        self.announce();
        let devices = devices_of(permit.store(), today).await?;
        Ok(devices.into_iter().find(|device| device.id == id).map(|device| device.to_revoke).unwrap_or_default())
    }

    async fn checked_device(&self, store: &Store, id: i64, details: DeviceDetails) -> Result<(DeviceRow, Vec<i64>)> {
        let mut credentials = details.credentials;
        credentials.sort_unstable();
        credentials.dedup();
        for credential in &credentials {
            store.credential(*credential).await?;
        }
        let row = DeviceRow {
            id,
            name: name("the name of a device", &details.name)?,
            kind: details.kind.word().to_owned(),
            holder: line("the holder", &details.holder)?,
            system_updated: day(details.system_updated.as_deref())?,
            app_updated: day(details.app_updated.as_deref())?,
            encrypted: details.encrypted,
            reviewed: Some(self.today(store).await?.to_string()),
            lost: None,
        };
        Ok((row, credentials))
    }
}

pub(crate) async fn devices_of(store: &Store, today: Date) -> Result<Vec<Device>> {
    let links = store.device_credentials().await?;
    let credentials = store.credentials().await?;
    let view = |row: DeviceRow| {
        let on: Vec<i64> =
            links.iter().filter(|(device, _)| *device == row.id).map(|(_, credential)| *credential).collect();
        let to_revoke = row.lost.as_deref().map(|since| to_revoke(&credentials, &on, &row.holder, since));
        let kind = DeviceKind::ALL.iter().copied().find(|kind| kind.word() == row.kind).unwrap_or(DeviceKind::Other);
        Device {
            id: row.id,
            review_due: date(row.reviewed.as_deref()).is_none_or(|reviewed| is_due(reviewed, today)),
            reviewed: row.reviewed,
            lost: row.lost,
            to_revoke: to_revoke.unwrap_or_default(),
            details: DeviceDetails {
                name: row.name,
                kind,
                holder: row.holder,
                system_updated: row.system_updated,
                app_updated: row.app_updated,
                encrypted: row.encrypted,
                credentials: on,
            },
        }
    };
    Ok(store.devices().await?.into_iter().map(view).collect())
}

fn to_revoke(credentials: &[Credential], on: &[i64], holder: &str, since: &str) -> Vec<ToRevoke> {
    let theirs =
        |credential: &Credential| !holder.is_empty() && credential.holder.to_lowercase() == holder.to_lowercase();
    // Replaced on the day itself: before or after the loss, nobody knows.
    let replaced = |credential: &Credential| credential.rotated.as_deref().is_some_and(|rotated| rotated > since);
    let mut found: Vec<ToRevoke> = credentials
        .iter()
        .filter(|credential| (on.contains(&credential.id) || theirs(credential)) && !replaced(credential))
        .map(|credential| ToRevoke {
            id: credential.id,
            name: credential.name.clone(),
            on_device: on.contains(&credential.id),
        })
        .collect();
    found.sort_by_key(|credential| !credential.on_device);
    found
}

impl Device {
    /// What the open doors follow from. A lost device whose credentials were all replaced is no longer one.
    pub(crate) fn facts(&self) -> DeviceFacts {
        let settled = !self.details.credentials.is_empty() && self.to_revoke.is_empty();
        let system = date(self.details.system_updated.as_deref());
        let app = date(self.details.app_updated.as_deref());
        DeviceFacts {
            name: self.details.name.clone(),
            lost: self.lost.is_some() && !settled,
            reviewed: date(self.reviewed.as_deref()),
            // The older of both; a device without such apps has its system alone.
            updated: system.map(|system| app.map_or(system, |app| system.min(app))),
            encrypted: self.details.encrypted,
        }
    }
}

pub(crate) fn date(text: Option<&str>) -> Option<Date> {
    text?.parse().ok()
}
