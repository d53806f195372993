//! Going through everything since the last known good day: ours, theirs, unknown.
//!
//! What is said of a transaction is kept by its key and for one incident. Nothing is guessed: what nobody marked is not
//! marked. Sums are exact, and each currency stands by itself.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use purser_books::incident::{Event as Happened, Incident, Refused};
use purser_books::papers::Verdict;
use serde::{Deserialize, Serialize};

use super::{Change, IncidentView, find, fold};
use crate::audit::{Event, Told};
use crate::detail::parse_hex;
use crate::error::{Error, Result};
use crate::store::{JudgedPage, Span, Store, Transaction, VerdictTotal};
use crate::{Action, Purser};

/// Transactions of one page, where nobody says how many.
const LIMIT: u32 = 100;
const LIMIT_MAX: u32 = 10_000;
/// Marks of one go.
const MARKS_MAX: usize = 10_000;

/// Which transactions, and in which order. The oldest stands first in each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    #[default]
    All,
    /// What nobody marked stands before the rest.
    UnmarkedFirst,
    Unmarked,
}

/// A page that is asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ReconcileRequest {
    pub incident: Option<String>,
    pub shown: Shown,
    pub limit: Option<u32>,
    /// The `next` of the page before. What is marked meanwhile moves no other row.
    pub after: Option<String>,
}

/// A page of transactions since the last good day.
#[derive(Debug, Clone)]
pub struct ReconcilePage {
    pub incident: String,
    pub good_day: Date,
    pub rows: Vec<JudgedTransaction>,
    pub next: Option<String>,
    pub progress: Reconciled,
}

/// A transaction with what was said of it.
#[derive(Debug, Clone)]
pub struct JudgedTransaction {
    pub transaction: Transaction,
    /// `None` = nothing was said yet.
    pub verdict: Option<Verdict>,
    /// The login that said it; empty = nobody did.
    pub by: String,
    pub at: Option<Timestamp>,
}

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Transactions since the last good day.
    pub total: u64,
    pub marked: u64,
    pub sums: Vec<VerdictSum>,
}

/// What transactions of one verdict and one currency come to. What moved no money is counted and not summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictSum {
    pub verdict: Option<Verdict>,
    pub currency: String,
    pub count: u64,
    /// Minor units, net, both positive; `None` = too large a number.
    pub money_in: Option<i64>,
    pub money_out: Option<i64>,
}

/// Marked of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Marked {
    pub marked: u64,
    pub total: u64,
}

impl Purser {
    /// Says which day was the last known good one; a later word replaces an earlier one.
    pub async fn set_good_day(&self, id: Option<&str>, day: &str) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let incidents = fold(permit.store()).await?;
        let incident = find(&incidents, id)?;
        let not_a_day = || Error::invalid(format!("\"{day}\" is not a date; write it like 2026-10-31"));
        let day: Date = day.parse().map_err(|_| not_a_day())?;
        if day > incident.today(self.moment().wall) {
            return Err(Error::invalid("that day is still to come"));
        }
        let change = Change { events: vec![Happened::GoodDay { day }], ..Change::default() };
        let id = self.add(&permit, Some(&incident.id), change).await?;
        self.incident(Some(&id)).await
    }

    /// A page of what came after the last good day.
    pub async fn reconcile(&self, request: &ReconcileRequest) -> Result<ReconcilePage> {
        let permit = self.permit(Action::ReadIncident).await?;
        let store = permit.store();
        let incidents = fold(store).await?;
        let incident = find(&incidents, request.incident.as_deref())?;
        let limit = request.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Error::invalid(format!("--limit: 1 to {LIMIT_MAX}")));
        }
        let good_day = incident.good_day.ok_or_else(no_good_day)?;
        let from = first_day(good_day).to_string();
        let span = Span { incident: &incident.id, from: &from };
        let unmarked_first = request.shown == Shown::UnmarkedFirst;
        let page = JudgedPage {
            only_unmarked: request.shown == Shown::Unmarked,
            unmarked_first,
            limit: limit + 1,
            after: request.after.as_deref().map(parse_cursor).transpose()?,
        };
        let mut rows = store.judged(&span, page).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|row| {
            let (marked, row) = (unmarked_first && row.verdict.is_some(), &row.transaction);
            format!("{}.{}.{}.{}", u8::from(marked), row.time_ms, row.sequence, row.id)
        });
        let judged = |row: crate::store::JudgedRow| JudgedTransaction {
            verdict: row.verdict.as_deref().and_then(Verdict::from_word),
            by: row.marked_by.unwrap_or_default(),
            at: row.marked_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            transaction: row.transaction,
        };
        let (incident, progress) = (incident.id.clone(), progress(store, &span).await?);
        let rows = rows.into_iter().map(judged).collect();
        Ok(ReconcilePage { incident, good_day, rows, next, progress })
    }

    /// Marks transactions, all of them or none; `None` takes a mark back. Gives how far it is then.
    pub async fn set_verdicts(&self, id: Option<&str>, marks: &[(String, Option<Verdict>)]) -> Result<Reconciled> {
        let permit = self.permit(Action::RecordIncident).await?;
        let store = permit.store();
        let incidents = fold(store).await?;
        let incident = find(&incidents, id)?;
        if incident.closed.is_some() {
            return Err(Error::invalid(Refused::Closed.to_string()));
        }
        if !(1..=MARKS_MAX).contains(&marks.len()) {
            return Err(Error::invalid(format!("transactions to mark: 1 to {MARKS_MAX}")));
        }
        let key = |(id, verdict): &(String, Option<Verdict>)| {
            let key = parse_hex(id).ok_or_else(|| Error::not_found(format!("no transaction \"{id}\"")))?;
            Ok((key, *verdict))
        };
        let keys = marks.iter().map(key).collect::<Result<Vec<_>>>()?;
        let mut row = Event::new(Told::VerdictsSet, &incident.id);
        for verdict in Verdict::ALL.iter().copied().map(Some).chain([None]) {
            let count = marks.iter().filter(|(_, said)| *said == verdict).count();
            if count > 0 {
                row = row.with(verdict.map_or("taken_back", Verdict::word), count);
            }
        }
        let by = permit.session().slot.name.clone();
        store.set_verdicts(&incident.id, &keys, (&by, self.now_ms()), &row).await?;
        self.announce();
        Ok(reconciled(store, incident).await?.unwrap_or_default())
    }
}

fn no_good_day() -> Error {
    Error::invalid("which day was the last good one? first: purser incident good-day DATE")
}

/// The booking day after the good one.
pub(crate) fn first_day(good_day: Date) -> Date {
    good_day.saturating_add(1.day())
}

/// How far an incident's list is; `None` = nobody said yet where it begins.
pub(super) async fn reconciled(store: &Store, incident: &Incident) -> Result<Option<Reconciled>> {
    let Some(good_day) = incident.good_day else { return Ok(None) };
    let from = first_day(good_day).to_string();
    progress(store, &Span { incident: &incident.id, from: &from }).await.map(Some)
}

async fn progress(store: &Store, span: &Span<'_>) -> Result<Reconciled> {
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    let sum = |total: VerdictTotal| VerdictSum {
        verdict: total.verdict,
        currency: total.currency,
        count: count(total.count),
        money_in: total.money_in,
        money_out: total.money_out,
    };
    let sums: Vec<VerdictSum> = store.verdict_totals(span).await?.into_iter().map(sum).collect();
    let total = sums.iter().map(|sum| sum.count).sum();
    let marked = sums.iter().filter(|sum| sum.verdict.is_some()).map(|sum| sum.count).sum();
    Ok(Reconciled { total, marked, sums })
}

fn parse_cursor(cursor: &str) -> Result<(bool, i64, i64, i64)> {
    let numbers: Vec<i64> = cursor.split('.').filter_map(|part| part.parse().ok()).collect();
    match numbers.as_slice() {
        [marked, time_ms, sequence, id] => Ok((*marked != 0, *time_ms, *sequence, *id)),
        _ => Err(Error::invalid("--after takes the \"next\" of the page before")),
    }
}
