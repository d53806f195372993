//! The commands of the command line, as one closed list: run in this process, or sent to the one that holds the profile.
//!
//! Answers are JSON in the form the command line prints: amounts are decimal text in major units, times RFC 3339 UTC.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

mod contacts;
mod door;
mod emergency;
mod security;

pub use contacts::ContactsCommand;
pub(crate) use door::texts;
pub use door::{DoorCommand, Proof, SecretText};
pub use emergency::EmergencyCommand;
pub(crate) use security::device_details;
pub use security::{CredentialFields, DeviceFields, SecurityCommand};

use crate::audit::AuditQuery;
use crate::error::{Code, Error, Result};
use crate::export::{Format, export};
use crate::fees::{self, By};
use crate::import::{self, ImportOptions, JobControl, StatementFile, ZipPassword};
use crate::incident::practice_of;
use crate::overview::{self, CoveredMonth, WalletState, plain, rfc3339};
use crate::payouts;
use crate::statement::{StatementRequest, find_account};
use crate::store::{Filter, Overlap, Page, Query, SortColumn, Store, Transaction};
use crate::{Action, LockCause, Purser, verify};
use purser_books::{Direction, Kind, Status};

/// Newest transactions shown when nobody says how many.
const HISTORY_LIMIT: u32 = 50;
const HISTORY_LIMIT_MAX: u32 = 10_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    Status,
    History(HistoryRequest),
    Import(ImportRequest),
    UndoImport {
        id: String,
    },
    Statement(StatementArguments),
    Payouts {
        wallet: Option<String>,
    },
    Fees {
        by: By,
    },
    Verify,
    /// Rows of the audit log, newest first.
    AuditList {
        before: Option<u64>,
        action: Option<String>,
        limit: Option<u32>,
    },
    AuditVerify {
        /// A file with checkpoints that was kept elsewhere.
        anchor: Option<PathBuf>,
    },
    AuditExport {
        output: PathBuf,
    },
    Backup {
        output: PathBuf,
    },
    /// Opens a backup and compares what is in it; nothing is changed.
    BackupCheck {
        from: PathBuf,
    },
    /// Where backups go beside the profile; `None` = nowhere else.
    BackupPlace {
        folder: Option<PathBuf>,
    },
    /// Passwords, factors, keys and people.
    Door(DoorCommand),
    /// Credentials, the protection of wallets, devices, open doors.
    Security(SecurityCommand),
    /// Freezes, and what follows.
    Emergency(EmergencyCommand),
    /// Whom to reach, and the cards.
    Contacts(ContactsCommand),
    /// Ends the session; the process that only held it open ends too.
    Lock,
    /// Who is logged in, until when.
    Session,
}

impl Command {
    /// The row of the role table this command stands in; `None` = anybody may ask. Every command stands here, or this does
    /// not compile.
    #[must_use]
    pub const fn action(&self) -> Option<Action> {
        match self {
            Command::Status | Command::History(_) | Command::Payouts { .. } | Command::Fees { .. } => {
                Some(Action::ReadBooks)
            }
            Command::Import(request) if request.dry_run => Some(Action::PreviewImport),
            Command::Import(_) => Some(Action::Import),
            Command::UndoImport { .. } => Some(Action::UndoImport),
            Command::Statement(_) => Some(Action::Export),
            Command::Verify | Command::AuditVerify { .. } => Some(Action::Verify),
            Command::AuditList { .. } => Some(Action::ReadAudit),
            Command::AuditExport { .. } => Some(Action::ExportAudit),
            Command::Backup { .. } | Command::BackupCheck { .. } | Command::BackupPlace { .. } => Some(Action::BackUp),
            Command::Door(command) => Some(command.action()),
            Command::Security(command) => Some(command.action()),
            Command::Emergency(command) => command.action(),
            Command::Contacts(command) => Some(command.action()),
            Command::Lock | Command::Session => None,
        }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct HistoryRequest {
    pub wallet: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub kind: Option<String>,
    pub search: Option<String>,
    pub limit: Option<u32>,
    pub after: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImportRequest {
    /// Absolute: the caller's folder is not this process's.
    pub files: Vec<PathBuf>,
    pub options: ImportOptions,
    /// Goes over the owner-only socket, nowhere else.
    pub zip_password: Option<ZipPassword>,
    pub dry_run: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatementArguments {
    pub wallet: String,
    pub account: Option<String>,
    pub currency: Option<String>,
    pub from: String,
    pub to: String,
    pub format: String,
    pub output: PathBuf,
}

impl Purser {
    /// Runs a command of the command line.
    pub async fn run(&self, command: Command, control: &JobControl) -> Result<Value> {
        if let Some(action) = command.action() {
            self.person(action).await?;
        }
        match command {
            Command::Status => {
                let permit = self.permit(Action::ReadBooks).await?;
                let mut value = status(permit.store(), self.standing().frozen).await?;
                // An incident is about every wallet, and so is a practice run.
                if !permit.session().is_narrowed() {
                    value["practice"] = json!(practice_of(permit.store(), self.moment().wall).await?);
                }
                Ok(value)
            }
            Command::History(request) => {
                let permit = self.permit(Action::ReadBooks).await?;
                history(permit.store(), &request).await
            }
            Command::Payouts { wallet } => {
                let permit = self.permit(Action::ReadBooks).await?;
                payouts_json(permit.store(), wallet.as_deref()).await
            }
            Command::Fees { by } => {
                let permit = self.permit(Action::ReadBooks).await?;
                fees_json(permit.store(), by).await
            }
            Command::Import(request) => self.run_import(request, control).await,
            Command::UndoImport { id } => {
                let permit = self.permit(Action::UndoImport).await?;
                let number = id.parse().map_err(|_| Error::not_found(format!("no import \"{id}\"")))?;
                let removed = import::undo(permit.store(), number).await?;
                self.announce();
                Ok(json!({ "id": id, "removed": removed }))
            }
            Command::Statement(arguments) => self.run_statement(arguments, control).await,
            Command::Verify => {
                let permit = self.permit(Action::Verify).await?;
                Ok(json!(verify::verify(permit.store()).await?))
            }
            Command::AuditList { before, action, limit } => {
                let query = AuditQuery { before, actions: action.into_iter().collect(), person: None };
                let rows = self.audit_rows(query, limit.unwrap_or(HISTORY_LIMIT)).await?;
                Ok(json!({ "rows": rows }))
            }
            Command::AuditVerify { anchor } => Ok(json!(self.audit_verify(anchor.as_deref()).await?)),
            Command::AuditExport { output } => {
                let entries = self.audit_export(&output).await?;
                Ok(json!({ "path": output, "entries": entries }))
            }
            Command::Backup { output } => Ok(json!(self.back_up(&output, control).await?)),
            Command::BackupCheck { from } => Ok(json!(self.check_backup(&from, control).await?)),
            Command::BackupPlace { folder } => {
                self.set_second_place(folder.as_deref()).await?;
                Ok(json!({ "second_place": folder }))
            }
            Command::Door(command) => self.run_door(command).await,
            Command::Security(command) => self.run_security(command).await,
            Command::Emergency(command) => self.run_emergency(command).await,
            Command::Contacts(command) => self.run_contacts(command).await,
            Command::Lock => {
                self.lock(LockCause::Asked).await;
                Ok(json!({ "locked": true }))
            }
            Command::Session => self.session_view().await,
        }
    }

    async fn run_import(&self, request: ImportRequest, control: &JobControl) -> Result<Value> {
        let action = if request.dry_run { Action::PreviewImport } else { Action::Import };
        let permit = self.permit(action).await?;
        permit.watch(control);
        let mut options = request.options;
        options.zip_password = request.zip_password;
        let files = StatementFile::expand(&request.files, options.zip_password.as_ref()).await?;
        let receipts =
            import::import(permit.store(), &files, &options, request.dry_run, self.now_ms(), control).await?;
        if !request.dry_run {
            self.announce();
        }
        Ok(json!(receipts))
    }

    async fn run_statement(&self, arguments: StatementArguments, control: &JobControl) -> Result<Value> {
        let format = Format::from_word(&arguments.format).ok_or_else(|| {
            let words: Vec<&str> = Format::ALL.iter().map(|format| format.word()).collect();
            Error::invalid(format!("format \"{}\"; there are: {}", arguments.format, words.join(", ")))
        })?;
        let permit = self.permit(Action::Export).await?;
        permit.watch(control);
        let wallet = permit.store().wallet_named(&arguments.wallet).await?;
        let account =
            find_account(permit.store(), &wallet, arguments.account.as_deref(), arguments.currency.as_deref()).await?;
        let currency = account.currency.clone();
        let request =
            StatementRequest { wallet, account, from: check_date(&arguments.from)?, to: check_date(&arguments.to)? };
        let exported = export(permit.store(), &request, format, &arguments.output, control).await?;
        let statement = &exported.statement;
        Ok(json!({
            "path": exported.path,
            "opening": plain(statement.opening, &currency),
            "closing": plain(statement.closing, &currency),
            "currency": currency,
            "basis": statement.basis,
            "ties_out": statement.ties_out && statement.stated_closing.is_none(),
            "stated_closing": statement.stated_closing.map(|stated| plain(stated, &currency)),
            "lines": exported.lines,
            "sha256": exported.sha256,
        }))
    }

    /// Role, end of the session if nothing happens, process.
    pub async fn session_view(&self) -> Result<Value> {
        let session = self.session().await?;
        let now = self.now();
        let until = now.wall_ms.saturating_add(session.idle_left_ms(&now));
        let until = rfc3339(i64::try_from(until / 1000 * 1000).unwrap_or(i64::MAX));
        Ok(json!({ "role": session.slot.kind, "until": until, "pid": std::process::id() }))
    }
}

async fn status(store: &Store, frozen: bool) -> Result<Value> {
    let wallets = overview::wallets(store).await?;
    Ok(json!({ "frozen": frozen, "wallets": wallets.iter().map(wallet_json).collect::<Vec<_>>() }))
}

fn wallet_json(state: &WalletState) -> Value {
    let balances: Vec<Value> = state
        .accounts
        .iter()
        .map(|account| {
            json!({
                "account": account.name,
                "currency": account.currency,
                "available": account.balance.map(|balance| plain(balance, &account.currency)),
                "pending": null,
                "as_of": account.balance_ms.map(rfc3339),
                "source": account.balance.map(|_| "statement_file"),
            })
        })
        .collect();
    let status: serde_json::Map<String, Value> =
        state.statuses.iter().map(|status| (status.field.clone(), json!(status))).collect();
    json!({
        "wallet": state.wallet.name,
        "provider": state.wallet.provider,
        "business": state.business,
        "balances": balances,
        "transactions": state.transactions,
        "coverage": state.coverage.iter().map(month_json).collect::<Vec<_>>(),
        "account_status": status,
    })
}

/// A month, its state, and why: the days no file speaks for, and the files that contradict each other.
fn month_json(covered: &CoveredMonth) -> Value {
    let month = &covered.month;
    let open: Vec<Value> =
        month.open.iter().map(|days| json!({ "from": days.from.to_string(), "to": days.to.to_string() })).collect();
    let overlap = |overlap: &Overlap| {
        json!({
            "from": overlap.from_date,
            "to": overlap.to_date,
            "files": [overlap.name, overlap.other_name],
            "only_in": [overlap.only_import, overlap.only_other],
        })
    };
    json!({
        "month": format!("{:04}-{:02}", month.year, month.month),
        "state": month.state,
        "open": open,
        "overlaps": covered.overlaps.iter().map(overlap).collect::<Vec<_>>(),
    })
}

async fn payouts_json(store: &Store, wallet: Option<&str>) -> Result<Value> {
    let mut wallets = Vec::new();
    if let Some(name) = wallet {
        wallets.push(store.wallet_named(name).await?.id);
    }
    let names: std::collections::HashMap<i64, String> =
        store.wallets().await?.into_iter().map(|wallet| (wallet.id, wallet.name)).collect();
    let rows: Vec<Value> = payouts::payouts(store, &wallets)
        .await?
        .iter()
        .map(|view| {
            let row = &view.transaction;
            let amount = |minor: i64| plain(minor, &row.currency);
            json!({
                "id": row.id_text(),
                "provider_ref": row.provider_ref,
                "wallet": names.get(&row.wallet_id),
                "account": row.account,
                "time": rfc3339(row.time_ms),
                "booking_date": row.booking_date,
                "status": Status::from_code(row.status),
                "amount": amount(row.net.saturating_neg()),
                "currency": row.currency,
                "confidence": view.confidence,
                "transactions": view.members.len(),
                "sales": amount(view.sales),
                "refunds": amount(view.refunds),
                "fees": amount(view.fees),
                "others": amount(view.others),
                "sum": amount(view.sum),
            })
        })
        .collect();
    Ok(json!({ "rows": rows }))
}

/// Fees as the books see them: what was charged is negative.
async fn fees_json(store: &Store, by: By) -> Result<Value> {
    let row = |(name, currency, sums): (String, String, fees::Fees)| {
        json!({
            by.word(): name,
            "transactions": sums.transactions,
            "sales": plain(sums.sales, &currency),
            "fees": plain(sums.fees.saturating_neg(), &currency),
            "currency": currency,
            "percent_of_sales": sums.share(),
        })
    };
    Ok(json!({ "rows": fees::by(store, by).await?.into_iter().map(row).collect::<Vec<_>>() }))
}

async fn history(store: &Store, request: &HistoryRequest) -> Result<Value> {
    let limit = request.limit.unwrap_or(HISTORY_LIMIT);
    if !(1..=HISTORY_LIMIT_MAX).contains(&limit) {
        return Err(Error::invalid(format!("--limit: 1 to {HISTORY_LIMIT_MAX}")));
    }
    let mut filter = Filter { search: request.search.clone().unwrap_or_default(), ..Filter::default() };
    filter.from = request.from.as_deref().map(check_date).transpose()?;
    filter.to = request.to.as_deref().map(check_date).transpose()?;
    if let Some(wallet) = &request.wallet {
        filter.wallets.push(store.wallet_named(wallet).await?.id);
    }
    if let Some(kind) = &request.kind {
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        let kind = Kind::from_word(kind)
            .ok_or_else(|| Error::invalid(format!("--kind \"{kind}\"; there are: {}", words.join(", "))))?;
        filter.kinds.push(kind.code());
    }
    let page = match &request.after {
        None => Page::Offset(0),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let query = Query { filter, sort: SortColumn::Time, descending: true, limit: limit + 1, page };
    let mut rows = store.transactions(&query).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| format!("{}.{}.{}", row.time_ms, row.sequence, row.id));
    let names: std::collections::HashMap<i64, String> =
        store.wallets().await?.into_iter().map(|wallet| (wallet.id, wallet.name)).collect();
    let imports: std::collections::HashMap<i64, String> =
        store.imports().await?.into_iter().map(|import| (import.id, import.name)).collect();
    let views: Vec<Value> = rows
        .iter()
        .map(|row| {
            let file = imports.get(&row.import_id).cloned().unwrap_or_default();
            transaction_json(row, names.get(&row.wallet_id).map_or("", String::as_str), &file)
        })
        .collect();
    Ok(json!({ "rows": views, "next": next }))
}

fn transaction_json(row: &Transaction, wallet: &str, file: &str) -> Value {
    let amount = |minor: i64| plain(minor, &row.currency);
    json!({
        "id": row.id_text(),
        "provider_ref": row.provider_ref,
        "time": rfc3339(row.time_ms),
        "booking_date": row.booking_date,
        "wallet": wallet,
        "account": row.account,
        "kind": Kind::from_code(row.kind),
        "status": Status::from_code(row.status),
        "direction": Direction::from_code(row.direction),
        "gross": amount(row.gross),
        "fee": amount(row.fee),
        "net": amount(row.net),
        "currency": row.currency,
        "balance": row.balance.map(amount),
        "counterparty": row.counterparty,
        "description": row.description,
        "source": { "file": file, "line": row.line },
    })
}

fn parse_cursor(cursor: &str) -> Result<Page> {
    let numbers: Vec<i64> = cursor.split('.').filter_map(|part| part.parse().ok()).collect();
    match numbers.as_slice() {
        [time_ms, sequence, id] => Ok(Page::After { time_ms: *time_ms, sequence: *sequence, id: *id }),
        _ => Err(Error::invalid("--after takes the \"next\" of the page before")),
    }
}

/// A civil date in ISO form, as the books keep it.
pub fn check_date(text: &str) -> Result<String> {
    let date: jiff::civil::Date = text
        .parse()
        .map_err(|_| Error::new(Code::Invalid, format!("\"{text}\" is not a date; write it like 2026-10-31")))?;
    Ok(date.to_string())
}
