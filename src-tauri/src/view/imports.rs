//! Files: what is to be imported, how it is read, the receipt, what was left out.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::ProviderCode;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct StagedFileView {
    pub handle: u32,
    pub name: String,
    /// Bytes.
    pub size: f64,
}

/// Its Debug says nothing: it may carry the password of an archive.
#[derive(Clone, Deserialize, Type)]
pub struct ImportOptionsRequest {
    pub wallet: Option<String>,
    pub date_order: Option<String>,
    pub currency: Option<String>,
    pub zone: Option<String>,
    pub zip_password: Option<String>,
    pub provider: Option<String>,
    /// What the columns of an unknown form are, as the person confirmed it.
    pub columns: Vec<ColumnRequest>,
    /// `added` or `subtracted`.
    pub fee_sign: Option<String>,
}

#[derive(Clone, Deserialize, Type)]
pub struct ColumnRequest {
    pub role: String,
    pub name: String,
}

impl std::fmt::Debug for ImportOptionsRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImportOptionsRequest")
    }
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct TallyView {
    pub count: u32,
    pub sum: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct TotalsView {
    pub currency: String,
    pub money_in: TallyView,
    pub money_out: TallyView,
    pub neutral: TallyView,
    pub fee: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct RefusedView {
    pub code: String,
    pub expected: String,
    pub found: String,
    pub line: Option<u32>,
    /// What is seen of a file whose form no reader knows.
    pub unknown: Option<UnknownFormView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct UnknownFormView {
    pub columns: Vec<UnknownColumnView>,
    pub nearest: Option<NearestFormView>,
    /// `paypal` or `other`: whose the file seems to be.
    pub provider: String,
    /// `added` or `subtracted`: how the fees seem to be stated.
    pub fee_sign: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct UnknownColumnView {
    pub name: String,
    /// What it seems to be.
    pub role: Option<String>,
    /// Its first cells.
    pub cells: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct NearestFormView {
    pub form: String,
    pub missing: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct WarningView {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct PeriodView {
    pub from: String,
    pub to: String,
    pub stated: bool,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ReceiptView {
    pub handle: u32,
    pub file: String,
    pub id: Option<u32>,
    pub refused: Option<RefusedView>,
    pub provider: Option<ProviderCode>,
    pub form: Option<String>,
    pub wallet: Option<String>,
    pub account_ref: Option<String>,
    pub sha256: Option<String>,
    pub rows: u32,
    pub stored: u32,
    pub already_present: u32,
    pub skipped: u32,
    pub warnings: Vec<WarningView>,
    pub totals: Vec<TotalsView>,
    pub period: Option<PeriodView>,
    pub agrees: Option<bool>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ImportView {
    pub id: u32,
    pub time: String,
    pub file: String,
    pub provider: ProviderCode,
    pub form: String,
    pub wallet: String,
    pub rows: u32,
    pub stored: u32,
    pub already_present: u32,
    pub skipped: u32,
    pub period: Option<PeriodView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct SkippedView {
    pub line: u32,
    pub reason: String,
    pub found: String,
    pub raw: String,
}
