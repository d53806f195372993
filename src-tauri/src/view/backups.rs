//! The window's data about backups. It is told names of files and folders, never where they are.

use serde::Serialize;
use specta::Type;

use super::{EnrolView, secret_view};

#[derive(Debug, Clone, Serialize, Type)]
pub struct BackupsView {
    pub last_made: Option<String>,
    pub last_proven: Option<String>,
    /// How many are kept beside the books.
    pub kept: u32,
    pub second_place: Option<PlaceView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct PlaceView {
    pub name: String,
    pub reachable: bool,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct BackedUpView {
    pub name: String,
    pub sha256: String,
    /// Whether it is in the second place too; `null` where there is none.
    pub copied: Option<bool>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct BackupCheckedView {
    pub name: String,
    pub made: Option<String>,
    pub counts: Vec<BackupCountView>,
}

/// How many of something are in the backup, and in the books now.
#[derive(Debug, Clone, Serialize, Type)]
pub struct BackupCountView {
    pub what: String,
    pub backup: u32,
    pub now: u32,
}

secret_view!(
    /// The books are back; the login is made anew with this.
    RestoredView { made: Option<String>, kept: Option<String>, enrol: EnrolView }
);
