//! Receipts: what a file said and what became of it. Serialised as the command line prints them.

use purser_books::reader::{Refusal, RefusalCode, Summary, Tally, Totals, Warning};
use purser_books::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::UnknownView;

/// One statement file's receipt.
#[derive(Debug, Clone, Serialize)]
pub struct Receipt {
    /// `None` in a preview.
    #[serde(serialize_with = "id_as_text", skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The file's name; `archive!/member` inside an archive.
    pub file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedFile>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
}

/// Why a file was refused, for programs and for people.
#[derive(Debug, Clone, Serialize)]
pub struct RefusedFile {
    pub code: RefusalCode,
    pub message: String,
    #[serde(skip)]
    pub expected: String,
    #[serde(skip)]
    pub found: String,
    #[serde(skip)]
    pub line: Option<u32>,
    /// What is seen of a file whose form no reader knows.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<UnknownView>,
}

/// What was read. On a first import `rows` = `stored` + `already_present` + skipped rows.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    pub sha256: String,
    pub provider: &'static str,
    pub form: String,
    pub form_version: String,
    pub wallet: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_ref: Option<String>,
    pub rows: u64,
    pub stored: u64,
    pub already_present: u64,
    pub skipped: Vec<SkippedView>,
    pub warnings: Vec<WarningView>,
    pub totals: Vec<ReceiptTotals>,
    pub period: Option<PeriodView>,
    /// Whether the file agrees with its own balances and totals; `None` when it states none.
    pub agrees: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PeriodView {
    pub from: String,
    pub to: String,
    pub stated: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct SkippedView {
    pub line: i64,
    pub reason: String,
    #[serde(skip)]
    pub found: String,
    pub raw: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningView {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyView {
    pub count: u64,
    /// Unsigned, in major units.
    pub sum: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptTotals {
    pub currency: String,
    #[serde(rename = "in")]
    pub money_in: TallyView,
    #[serde(rename = "out")]
    pub money_out: TallyView,
    pub neutral: TallyView,
    pub fee: String,
}

/// The part of a receipt that is kept with the import.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct KeptReceipt {
    pub totals: Vec<ReceiptTotals>,
    pub warnings: Vec<WarningView>,
    pub agrees: Option<bool>,
}

impl Receipt {
    pub(super) fn refused(name: &str, refusal: &Refusal) -> Receipt {
        let refused = RefusedFile {
            code: refusal.code,
            message: refusal.to_string(),
            expected: refusal.expected.clone(),
            found: refusal.found.clone(),
            line: refusal.line,
            unknown: None,
        };
        Receipt { id: None, file: name.to_owned(), refused: Some(refused), taken: None }
    }
}

impl KeptReceipt {
    pub(super) fn new(summary: &Summary) -> KeptReceipt {
        let disagrees = summary.warnings.iter().any(|warning| {
            use purser_books::reader::WarningCode::{BalanceBreak, ControlTotal, NetMismatch};
            matches!(warning.code, ControlTotal | BalanceBreak | NetMismatch)
        });
        KeptReceipt {
            totals: summary.totals.iter().map(totals_view).collect(),
            warnings: summary.warnings.iter().map(warning_view).collect(),
            agrees: if disagrees { Some(false) } else { summary.checked.then_some(true) },
        }
    }
}

/// A summary beside a statement in one archive is no refusal: it is said on the statement's receipt.
pub(super) fn note_companions(receipts: &mut Vec<Receipt>) {
    let is_summary =
        |receipt: &Receipt| receipt.refused.as_ref().is_some_and(|refused| refused.code == RefusalCode::SummaryOnly);
    let summaries: Vec<(String, String)> = receipts
        .iter()
        .filter(|receipt| is_summary(receipt))
        .filter_map(|receipt| receipt.file.split_once("!/"))
        .map(|(archive, member)| (format!("{archive}!/"), member.to_owned()))
        .collect();
    for (archive, member) in summaries {
        let sibling = receipts.iter_mut().find(|receipt| receipt.taken.is_some() && receipt.file.starts_with(&archive));
        if let Some(taken) = sibling.and_then(|receipt| receipt.taken.as_mut()) {
            taken
                .warnings
                .push(WarningView { code: "companion".to_owned(), message: format!("{member}: a summary, left out") });
            let file = format!("{archive}{member}");
            receipts.retain(|receipt| receipt.file != file || receipt.taken.is_some());
        }
    }
}

fn totals_view(totals: &Totals) -> ReceiptTotals {
    ReceiptTotals {
        currency: totals.currency.code().to_owned(),
        money_in: tally_view(totals.money_in, totals.currency),
        money_out: tally_view(totals.money_out, totals.currency),
        neutral: tally_view(totals.neutral, totals.currency),
        fee: Money::new(totals.fee, totals.currency).to_plain(),
    }
}

fn tally_view(tally: Tally, currency: Currency) -> TallyView {
    TallyView { count: tally.count, sum: Money::new(tally.sum, currency).to_plain() }
}

fn warning_view(warning: &Warning) -> WarningView {
    let code =
        serde_json::to_value(warning.code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    WarningView { code, message: warning.message.clone() }
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn id_as_text<S: serde::Serializer>(id: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.serialize_str(&id.to_string()),
        None => serializer.serialize_none(),
    }
}
