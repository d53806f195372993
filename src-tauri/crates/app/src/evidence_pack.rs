//! The evidence pack: one zip for the police, the bank, the provider and the insurer.
//!
//! It holds what was done and when, the transactions of the days in question with their lines as the files have them, balances,
//! who could do what, attached files, filled-in papers, and a manifest that `sha256sum -c` reads. It is written under another
//! name, told in the audit log, and renamed: whole, or not there.
//!
//! Names of customers are other people's data: rows that brought money in go without names and raw lines unless asked for.
//! What left keeps them: whom it went to is what the pack is for.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use purser_books::document::{Document, Language};
use purser_books::fact::Localized;
use purser_books::incident::{AttachmentKind, Incident};
use purser_books::papers::manifest::Names;
use purser_books::papers::{self, Case, Enclosure, EnclosureKind, Form, Measure, Movement, Verdict, checklist, record};
use purser_books::{Currency, Direction, Money, playbook};
use purser_vault::export::seal_to_recipient;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::audit::{Event, Told};
use crate::contacts::case_wallets;
use crate::error::{Code, Error, Result};
use crate::files::{kill_point, sync_folder, temporary_beside};
use crate::incident::{CHECKLIST_FIT, board, find, first_day, fold};
use crate::pdf;
use crate::session::{Session, lock};
use crate::source_text::SourceText;
use crate::store::{Filter, Page, Query, SortColumn, Store, Transaction, Wallet};
use crate::{Action, Permit, Purser};

mod archive;
mod tables;

use archive::Sealing;
use tables::{affected_csv, balances_csv, transactions_csv};

/// Transactions of one pack. More of them are no evidence but the books: fewer days are chosen.
const ROWS_MAX: u32 = 20_000;
/// Days before the first suspicion, where nobody chose.
const DAYS_BEFORE: i64 = 7;

/// What goes in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PackRequest {
    pub incident: Option<String>,
    /// First and last booking day; a week before the first suspicion, or what came after the last good day if that is longer,
    /// until today where nobody chose.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Names and raw lines of what brought money in too.
    pub with_customers: bool,
    /// For whom it is encrypted.
    #[serde(default)]
    pub seal: Seal,
}

/// For whom a pack is encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// A zip that anybody can open.
    #[default]
    Open,
    /// An age file that the owner's login and the recovery kit open, as a backup.
    Owner,
    /// An age file for this recipient, `age1...`.
    Recipient(String),
}

impl Seal {
    const fn word(&self) -> &'static str {
        match self {
            Seal::Open => "no",
            Seal::Owner => "owner",
            Seal::Recipient(_) => "recipient",
        }
    }
}

/// A pack that was written.
#[derive(Debug, Clone, Serialize)]
pub struct Packed {
    pub path: PathBuf,
    pub incident: String,
    pub sha256: String,
    pub files: usize,
    pub transactions: usize,
    pub from: String,
    pub to: String,
    /// Encrypted with age.
    pub sealed: bool,
    /// Characters that PDFs of the pack show as boxes; its texts have them.
    pub missing: BTreeSet<char>,
}

/// The files of a pack, by name.
#[derive(Default)]
struct Files {
    names: Names,
    files: BTreeMap<String, Vec<u8>>,
    /// To be written as PDF too: the name without its ending.
    papers: Vec<(String, Document)>,
}

impl Files {
    fn put(&mut self, folder: &str, name: &str, bytes: impl Into<Vec<u8>>) -> String {
        let name = self.names.give(folder, name);
        self.files.insert(name.clone(), bytes.into());
        name
    }

    fn put_paper(&mut self, folder: &str, prefix: &str, paper: Document) {
        let text = paper.to_text();
        self.put(folder, &format!("{prefix}{}", paper.file_name("txt")), text);
        let name = self.names.give(folder, &format!("{prefix}{}", paper.file_name("pdf")));
        self.papers.push((name, paper));
    }

    /// Writes the PDFs. What no face has is told, in the pack too.
    fn write_pdfs(&mut self, now: Timestamp) -> Result<BTreeSet<char>> {
        let (mut all, mut told) = (BTreeSet::new(), String::new());
        for (name, paper) in std::mem::take(&mut self.papers) {
            // The list of steps is taken along; the others are read at a desk.
            let is_list = paper.code == "checklist";
            let pdf = if is_list { pdf::write_within(&paper, now, CHECKLIST_FIT)? } else { pdf::write(&paper, now)? };
            if !pdf.missing.is_empty() {
                told.push_str(&format!("{name}: {}\n", pdf.missing.iter().collect::<String>()));
                all.extend(pdf.missing);
            }
            self.files.insert(name, pdf.bytes.to_vec());
        }
        if !told.is_empty() {
            self.put("", "not_shown.txt", format!("{NOT_SHOWN}{told}"));
        }
        Ok(all)
    }
}

/// A transaction with the line that told it.
struct Row {
    transaction: Transaction,
    file: String,
    line: i64,
    raw: String,
    /// What was said of it, and by whom.
    verdict: Option<(Verdict, String)>,
}

impl Purser {
    /// Writes the evidence pack of an incident.
    pub async fn write_evidence_pack(&self, path: &Path, request: &PackRequest) -> Result<Packed> {
        let permit = self.permit(Action::WriteEvidencePack).await?;
        let store = permit.store();
        let incidents = fold(store).await?;
        let incident = find(&incidents, request.incident.as_deref())?;
        let days = self.days(incident, request)?;
        let temporary = temporary_beside(path)?;
        let sealing = self.sealing(permit.session(), &request.seal)?;
        let rows = rows(store, &days, &incident.id).await?;
        let files = self.pack_files(&permit, incident, &days, &rows, request.with_customers).await?;
        let transactions = rows.len();
        let (target, now) = (temporary.clone(), self.moment().wall);
        let written = tokio::task::spawn_blocking(move || archive::write(&target, files, &sealing, now)).await;
        let told = async {
            let written = written.map_err(|_| Code::Internal)??;
            kill_point("pack.written");
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let row = Event::new(Told::PackWritten, &incident.id)
                .with("name", name.as_ref())
                .with("from", days.0.as_str())
                .with("to", days.1.as_str())
                .with("transactions", transactions)
                .with("sealed", request.seal.word())
                .with("sha256", written.sha256.as_str());
            store.record(&row).await?;
            std::fs::rename(&temporary, path)?;
            Ok(written)
        };
        let written = told.await.inspect_err(|_: &Error| drop(std::fs::remove_file(&temporary)))?;
        sync_folder(path)?;
        let (incident, (from, to)) = (incident.id.clone(), days);
        let archive::Written { sha256, files, missing } = written;
        let sealed = request.seal != Seal::Open;
        Ok(Packed { path: path.to_owned(), incident, sha256, files, transactions, from, to, sealed, missing })
    }

    /// For whom it is encrypted, before anything is begun.
    fn sealing(&self, session: &Session, seal: &Seal) -> Result<Sealing> {
        Ok(match seal {
            Seal::Open => Sealing::Open,
            Seal::Owner => Sealing::Owner(Box::new(lock(&session.key_file).clone())),
            Seal::Recipient(recipient) => {
                let none = |_| Error::invalid(format!("\"{recipient}\" is no age recipient; one begins with age1"));
                seal_to_recipient(recipient, Vec::new()).map_err(none)?;
                Sealing::Recipient(recipient.clone())
            }
        })
    }

    fn days(&self, incident: &Incident, request: &PackRequest) -> Result<(String, String)> {
        let check = |text: &String| {
            let date = text.parse::<Date>();
            date.map(|date| date.to_string())
                .map_err(|_| Error::invalid(format!("\"{text}\" is not a date; write it like 2026-10-31")))
        };
        let (first, today) = (first_day_of_pack(incident), incident.today(self.moment().wall));
        let from = request.from.as_ref().map(check).transpose()?.unwrap_or_else(|| first.to_string());
        let to = request.to.as_ref().map(check).transpose()?.unwrap_or_else(|| today.to_string());
        if from > to {
            return Err(Error::invalid("the first day is after the last"));
        }
        Ok((from, to))
    }

    async fn pack_files(
        &self,
        permit: &Permit,
        incident: &Incident,
        days: &(String, String),
        rows: &[Row],
        with_customers: bool,
    ) -> Result<Files> {
        let store = permit.store();
        let (wallets, board) = (store.wallets().await?, board(store, &incident.id).await?);
        let checkpoint = store.checkpoint().await?.map(|note| note.to_line()).unwrap_or_default();
        let mut files = Files::default();
        files.put("", "README.txt", README);
        let (playbook, now) = (playbook::incident(), self.moment().wall);
        for language in [Language::En, Language::Zh] {
            files.put_paper("", "", record::timeline(incident, playbook, language, &checkpoint));
            files.put_paper("", "", record::levers(&board, incident, playbook::levers(), language));
            files.put_paper("", "", checklist::write(incident, playbook, language, now));
        }
        let mut case = case(store, incident, &wallets, rows, &permit.session().slot.name).await?;
        case.enclosures = put_attachments(&mut files, store, incident).await?;
        let is_of_use = |form: &Form| form.place().is_none_or(|place| incident.concerns_place(playbook, place));
        put_papers(&mut files, Form::ALL.iter().filter(|form| is_of_use(form)), case, now)?;
        files.put("", "transactions.csv", transactions_csv(rows, &wallets, with_customers)?);
        files.put("", "balances.csv", balances_csv(store, &wallets, days).await?);
        files.put("", "settings.json", self.settings_snapshot(now).await?);
        files.put("", "audit_checkpoint.txt", format!("{checkpoint}\n"));
        Ok(files)
    }

    /// Who could log in, and how each wallet was protected as far as somebody wrote it down.
    async fn settings_snapshot(&self, now: Timestamp) -> Result<Vec<u8>> {
        let people = self.people().await?;
        let wallets = self.wallet_security().await?;
        let state = self.freeze_state();
        let value: Value = json!({
            "as_of": now.to_string(),
            "purser": env!("CARGO_PKG_VERSION"),
            "freeze": state,
            "people": people,
            "wallets": wallets,
        });
        serde_json::to_vec_pretty(&value).map_err(|_| Code::Internal.into())
    }
}

/// A week before the first suspicion, or the day after the last good one where that is earlier: what came after it is what the
/// pack is about.
pub(crate) fn first_day_of_pack(incident: &Incident) -> Date {
    let before = SignedDuration::from_hours(24 * DAYS_BEFORE);
    let week = incident.today(incident.suspected_at.checked_sub(before).unwrap_or(incident.suspected_at));
    incident.good_day.map_or(week, |day| week.min(first_day(day)))
}

async fn rows(store: &Store, (from, to): &(String, String), incident: &str) -> Result<Vec<Row>> {
    let filter = Filter { from: Some(from.clone()), to: Some(to.clone()), ..Filter::default() };
    let count: i64 = store.totals(&filter).await?.iter().map(|totals| totals.count).sum();
    if count > i64::from(ROWS_MAX) {
        return Err(Error::invalid(format!("{count} transactions in these days; choose fewer days (--from, --to)")));
    }
    let query = Query { filter, sort: SortColumn::Time, descending: false, limit: ROWS_MAX, page: Page::Offset(0) };
    let transactions = store.transactions(&query).await?;
    let mut verdicts = store.verdicts(incident).await?;
    let mut texts: BTreeMap<i64, SourceText> = BTreeMap::new();
    let mut rows = Vec::with_capacity(transactions.len());
    let mut connection = store.reader().acquire().await?;
    for transaction in transactions {
        let verdict = verdicts.remove(&transaction.key);
        let mut row = Row { file: String::new(), line: transaction.line, raw: String::new(), verdict, transaction };
        for source in store.sources(row.transaction.id).await? {
            let text = match texts.entry(source.original_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    place.insert(SourceText::open(&mut connection, source.original_id, &source.encoding).await?)
                }
            };
            let raw = text.row(&mut connection, source.position, source.length).await?;
            if row.file.is_empty() {
                (row.file, row.line) = (source.file, source.line);
            } else {
                row.raw.push('\n');
            }
            row.raw.push_str(&raw);
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Attached files, each kind in a folder of its own.
async fn put_attachments(files: &mut Files, store: &Store, incident: &Incident) -> Result<Vec<Enclosure>> {
    let mut enclosures = Vec::new();
    for attachment in &incident.attachments {
        let sha256 = unhex(&attachment.sha256)?;
        let bytes = store.evidence(&sha256).await?;
        if Sha256::digest(&bytes).as_slice() != sha256 {
            return Err(Error::new(Code::Damaged, "an attached file"));
        }
        let folder = match attachment.kind {
            AttachmentKind::Other => "attachments",
            kind => kind.word(),
        };
        let file = files.put(folder, &attachment.name, bytes);
        let (kind, sha256) = (EnclosureKind::from(attachment.kind), attachment.sha256.clone());
        enclosures.push(Enclosure { kind, file, sha256, at: attachment.at });
    }
    Ok(enclosures)
}

/// The case, as far as Purser knows it. What it does not know are lines to write on.
async fn case(store: &Store, incident: &Incident, wallets: &[Wallet], rows: &[Row], reporter: &str) -> Result<Case> {
    let business = store.businesses().await?.into_iter().next();
    let out = |row: &&Row| Direction::from_code(row.transaction.direction) == Some(Direction::Out);
    let settled = incident.progress.iter().flat_map(|(step, progress)| {
        let at = progress.parts.values().map(|mark| mark.at).max();
        let title = playbook::incident().steps.iter().find(|known| known.id == *step);
        let what = title.map_or_else(|| Localized { en: step.clone(), zh: step.clone() }, |known| known.title.clone());
        at.map(|at| Measure { at, what, reference: progress.references.join(", ") })
    });
    let mut case = Case {
        drill: incident.drill,
        reporter: reporter.to_owned(),
        zone: incident.zone.clone(),
        suspected_at: Some(incident.suspected_at),
        answers: incident.answers,
        narrative: std::iter::once(&incident.title).chain(&incident.notes).cloned().collect::<Vec<_>>().join("\n"),
        wallets: case_wallets(store).await?,
        measures: settled.collect(),
        ..Case::default()
    };
    case.measures.sort_by_key(|measure| measure.at);
    if let Some(business) = business {
        (case.business_name, case.business_local_name) = (business.name, business.name_local);
    }
    for row in rows.iter().filter(out) {
        case.movements.push(movement(row, wallets, incident.good_day)?);
    }
    Ok(case)
}

fn movement(row: &Row, wallets: &[Wallet], good_day: Option<Date>) -> Result<Movement> {
    let transaction = &row.transaction;
    let wallet = wallets.iter().find(|wallet| wallet.id == transaction.wallet_id);
    // What nobody marked is being checked, unless it is of a day that was known to be good.
    let is_good = good_day.is_some_and(|day| transaction.booking_date <= day.to_string());
    let unmarked = if is_good { Verdict::Ours } else { Verdict::Unknown };
    let currency = Currency::parse(&transaction.currency).map_err(|_| Error::new(Code::Damaged, "a currency"))?;
    Ok(Movement {
        at: Timestamp::from_millisecond(transaction.time_ms).unwrap_or_default(),
        wallet: wallet.map(|wallet| wallet.name.clone()).unwrap_or_default(),
        provider: wallet.map(|wallet| wallet.provider.clone()).unwrap_or_default(),
        reference: transaction.provider_ref.clone(),
        amount: Money::new(transaction.net.saturating_abs(), currency),
        to_name: transaction.counterparty.clone(),
        to_account: String::new(),
        to_bank: String::new(),
        verdict: row.verdict.as_ref().map_or(unmarked, |(verdict, _)| *verdict),
        file: row.file.clone(),
        line: u64::try_from(row.line).unwrap_or(0),
    })
}

fn put_papers<'a>(
    files: &mut Files,
    forms: impl Iterator<Item = &'a Form>,
    mut case: Case,
    now: Timestamp,
) -> Result<()> {
    let mut providers: Vec<String> = case.wallets.iter().map(|wallet| wallet.provider.clone()).collect();
    providers.sort();
    providers.dedup();
    let mut of_providers = Vec::new();
    for provider in &providers {
        let mut own = case.of_provider(provider);
        put_affected(files, "papers", &format!("{provider}_"), &mut own, now)?;
        of_providers.push((provider, own));
    }
    put_affected(files, "", "", &mut case, now)?;
    for form in forms {
        for language in form.languages() {
            if *form == Form::Provider {
                for (provider, own) in &of_providers {
                    let paper = papers::write(*form, *language, own);
                    paper.into_iter().for_each(|paper| files.put_paper("papers", &format!("{provider}_"), paper));
                }
            } else if let Some(paper) = papers::write(*form, *language, &case) {
                files.put_paper("papers", "", paper);
            }
        }
    }
    Ok(())
}

/// Encloses the list of the transactions a case is about, where there are any.
fn put_affected(files: &mut Files, folder: &str, prefix: &str, case: &mut Case, now: Timestamp) -> Result<()> {
    if case.affected().next().is_none() {
        return Ok(());
    }
    let bytes = affected_csv(case)?;
    let sha256 = crate::import::hex(&Sha256::digest(&bytes));
    let file = files.put(folder, &format!("{prefix}affected_transactions.csv"), bytes);
    case.enclosures.push(Enclosure { kind: EnclosureKind::Affected, file, sha256, at: now });
    Ok(())
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    digits
        .map(|pair| {
            let pair = std::str::from_utf8(pair).map_err(|_| Code::Damaged)?;
            u8::from_str_radix(pair, 16).map_err(|_| Code::Damaged.into())
        })
        .collect()
}

const NOT_SHOWN: &str = "\
Characters that these PDFs show as boxes, because no face of Purser has them; the texts beside them have them.
以下 PDF 中显示为方框的字符（Purser 的字体中没有）；同名文本文件中有这些字符。

";

const README: &str = "\
Evidence pack, written by Purser.
Check that nothing was changed: unpack it, go into the folder, and run: sha256sum -c manifest.sha256
timeline, levers, checklist: what was recorded, what was stopped at the providers and what was not, what is still open.
papers: statements and letters to be completed and signed by a person, as text and as PDF. Empty lines are not known to Purser.
The police statement is that of the place where the business and its banks are; of mainland China and of Hong Kong where the place is not known.
licence, authorisation, attachments: the files a person added.
transactions.csv: every transaction of the chosen days, with its line as the provider's file has it where money went out.
affected_transactions.csv: those of them that left and were marked as not yours, or still have to be looked at; the papers enclose it.
Nobody's guilt is stated here: which transactions were not yours (column verdict) a person said, or has still to say.
audit_checkpoint.txt: how far the signed security log had come; Purser can check it.

证据包，由 Purser 生成。
核对是否被改动：解压后进入文件夹，执行 sha256sum -c manifest.sha256
timeline、levers、checklist：所记录的经过；在服务商处已停住和未停住的事项；尚未完成的步骤。
papers：需由本人补充并签名的材料（文本与 PDF）。空白处为 Purser 不掌握的内容。
报案材料按企业和银行所在地生成；所在地不明时，内地和香港的均附上。
licence、authorisation、attachments：营业执照副本、授权委托书及其他附加文件。
transactions.csv：所选日期内的全部流水；资金转出的，附服务商账单原文。
affected_transactions.csv：其中已转出、标记为盗用或尚待确认的流水；作为各份材料的附件。
此处不认定任何人的责任：哪些流水不是本人所为（verdict 列）由本人标记，空白为尚未标记。
audit_checkpoint.txt：签名安全日志当时的进度，可用 Purser 核对。
";
