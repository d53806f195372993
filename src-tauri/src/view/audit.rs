//! The window's data about the audit log.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::door::RoleView;

#[derive(Debug, Clone, Deserialize, Type)]
pub struct AuditRequest {
    /// Rows older than this one.
    pub before: Option<u32>,
    /// Words of the log; none = every act.
    pub actions: Vec<String>,
    pub person: Option<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct AuditPageView {
    pub rows: Vec<AuditRowView>,
    /// Whether there are older ones.
    pub more: bool,
    /// Who may have rows.
    pub people: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct AuditRowView {
    pub seq: u32,
    pub time: String,
    /// Empty where the log does not say.
    pub actor: String,
    pub role: Option<RoleView>,
    pub action: String,
    pub target: String,
    pub detail: Vec<AuditFieldView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct AuditFieldView {
    pub field: String,
    pub value: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AuditVerifiedView {
    pub ok: bool,
    pub entries: u32,
    pub first_bad: Option<u32>,
    pub fault: Option<String>,
    pub clock_steps: Vec<u32>,
    pub checkpoints: u32,
}
