//! The window's data about credentials, the protection of wallets, devices, and open doors.
//!
//! Its words and fields are those of the app: [`crate::convert::reshape`] carries one into the other.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::secret_view;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct BoardView {
    pub rows: Vec<BoardRowView>,
    pub reminder_days: u16,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct BoardRowView {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub wallet_id: Option<u32>,
    pub holder: String,
    pub kept_at: String,
    pub used_at: String,
    pub scope: String,
    pub misuse: String,
    pub made: Option<String>,
    pub rotated: Option<String>,
    pub expires: Option<String>,
    pub compromised: Option<String>,
    pub age_days: Option<i32>,
    pub reminder: Option<ReminderView>,
    pub has_secret: bool,
    pub rotation: Option<RotationView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ReminderView {
    pub reason: String,
    pub days: Option<i32>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RotationView {
    pub order: String,
    pub steps: Vec<StepView>,
    pub next: Option<String>,
    pub works: bool,
    pub may_be_abandoned: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct StepView {
    pub step: String,
    pub done: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CredentialRequest {
    pub kind: String,
    pub name: String,
    pub wallet_id: Option<u32>,
    pub holder: String,
    pub kept_at: String,
    pub used_at: String,
    pub scope: String,
    pub misuse: String,
    pub made: Option<String>,
    pub expires: Option<String>,
}

secret_view!(
    /// `hide_at`: when it must be out of sight again.
    RevealedView { secret: String, hide_at: String }
);

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SecurityView {
    pub doors: Vec<DoorView>,
    pub purser: ProtectionView,
    pub wallets: Vec<WalletSecurityView>,
    pub devices: Vec<DeviceView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct DoorView {
    pub code: String,
    pub part: String,
    pub severity: String,
    pub minutes: u16,
    pub target: String,
    pub detail: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ProtectionView {
    pub cipher: String,
    pub books_key_made: Option<String>,
    pub renewal_pending: bool,
    pub device_store: String,
    pub store_vendor: String,
    pub owner_fingerprint: String,
    pub kit_proven: bool,
    pub kit_made: Option<String>,
    pub kit_proven_on: Option<String>,
    pub last_backup: Option<String>,
    pub second_place: bool,
    pub audit: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WalletSecurityView {
    pub wallet_id: u32,
    pub name: String,
    pub provider: super::ProviderCode,
    pub fields: Vec<WalletFieldView>,
    pub reviewed: Option<String>,
    pub review_due: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WalletFieldView {
    pub field: String,
    pub value: String,
    pub as_of: String,
    pub source: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WalletSecurityRequest {
    pub values: Vec<(String, String)>,
    pub as_of: Option<String>,
    pub reviewed: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct DeviceView {
    pub id: u32,
    pub name: String,
    pub kind: String,
    pub holder: String,
    pub system_updated: Option<String>,
    pub app_updated: Option<String>,
    pub encrypted: Option<bool>,
    pub credentials: Vec<u32>,
    pub reviewed: Option<String>,
    pub review_due: bool,
    pub lost: Option<String>,
    pub to_revoke: Vec<ToRevokeView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ToRevokeView {
    pub id: u32,
    pub name: String,
    pub on_device: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct DeviceRequest {
    pub name: String,
    pub kind: String,
    pub holder: String,
    pub system_updated: Option<String>,
    pub app_updated: Option<String>,
    pub encrypted: Option<bool>,
    pub credentials: Vec<u32>,
}
