//! What the core tells the window unasked.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri_specta::Event;

use crate::view::BootView;
use crate::view::imports::StagedFileView;

/// The session opened, ended, or changed.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct Session(pub BootView);

/// A long job moved on.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct Job(pub JobEvent);

/// Files were dropped onto the window; the window gets handles, never paths.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct FilesDropped(pub Vec<StagedFileView>);

/// Transactions, wallets or their status changed: what is shown may be old.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub struct BooksChanged;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct JobEvent {
    pub job: u32,
    pub kind: JobKind,
    pub name: String,
    pub done: f64,
    pub total: f64,
    pub rows: u32,
    pub state: JobState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    Import,
    Preview,
    Export,
    /// The books are copied to a new key.
    Renewal,
    Backup,
    BackupCheck,
    Restore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Running,
    Done,
    Failed,
    Cancelled,
}
