//! What people say of transactions during an incident. A verdict belongs to the key of a transaction, so that it is there
//! again after a file was taken back and imported anew.

use std::collections::BTreeMap;

use purser_books::papers::Verdict;
use sqlx::{AssertSqlSafe, FromRow};

use super::Store;
use super::transactions::{COLUMNS, TABLES, Transaction};
use crate::audit::Event;
use crate::error::{Code, Error, Result};

/// Sums are added up in two parts, so that none is too large for SQLite.
const PART: i128 = 1_000_000_000;

/// Which transactions are gone through.
#[derive(Debug, Clone)]
pub(crate) struct Span<'a> {
    pub(crate) incident: &'a str,
    /// First booking day, ISO.
    pub(crate) from: &'a str,
}

/// A page of them, the oldest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JudgedPage {
    pub(crate) only_unmarked: bool,
    pub(crate) unmarked_first: bool,
    pub(crate) limit: u32,
    /// After this place: whether marked (where unmarked ones come first), time, sequence, id.
    pub(crate) after: Option<(bool, i64, i64, i64)>,
}

/// A transaction with what was said of it.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct JudgedRow {
    #[sqlx(flatten)]
    pub(crate) transaction: Transaction,
    pub(crate) verdict: Option<String>,
    pub(crate) marked_by: Option<String>,
    pub(crate) marked_ms: Option<i64>,
}

/// What transactions of one verdict and one currency come to; rows that moved no money are counted and not summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerdictTotal {
    /// `None` = nothing was said yet.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) currency: String,
    pub(crate) count: i64,
    /// Minor units, both positive; `None` = too large a number.
    pub(crate) money_in: Option<i64>,
    pub(crate) money_out: Option<i64>,
}

#[derive(FromRow)]
struct TotalRow {
    verdict: Option<String>,
    currency: String,
    count: i64,
    in_high: i64,
    in_low: i64,
    out_high: i64,
    out_low: i64,
}

/// By account: the index has the days of each.
const CHOSEN: &str = "t.account_id in (select id from account) and t.booking_date >= ?2";
const JUDGED: &str = "left join verdict v on v.incident = ?1 and v.key = t.key";

impl Store {
    pub(crate) async fn judged(&self, span: &Span<'_>, page: JudgedPage) -> Result<Vec<JudgedRow>> {
        let query = format!(
            "select {COLUMNS}, v.verdict, v.marked_by, v.marked_ms from {TABLES} {JUDGED} \
             where {CHOSEN} and (not ?3 or v.verdict is null) \
             and (?5 is null or ((v.verdict is not null) and ?4, t.time_ms, t.sequence, t.id) > (?5, ?6, ?7, ?8)) \
             order by (v.verdict is not null) and ?4, t.time_ms, t.sequence, t.id limit ?9"
        );
        let after = page.after;
        Ok(sqlx::query_as(AssertSqlSafe(query))
            .bind(span.incident)
            .bind(span.from)
            .bind(page.only_unmarked)
            .bind(page.unmarked_first)
            .bind(after.map(|(marked, ..)| marked))
            .bind(after.map(|(_, time_ms, ..)| time_ms))
            .bind(after.map(|(_, _, sequence, _)| sequence))
            .bind(after.map(|(.., id)| id))
            .bind(page.limit)
            .fetch_all(self.reader())
            .await?)
    }

    /// Counts and sums of each verdict and currency, each currency by itself.
    pub(crate) async fn verdict_totals(&self, span: &Span<'_>) -> Result<Vec<VerdictTotal>> {
        let part = |column: &str, is_in: bool, operator: &str| {
            let sign = if is_in { ">" } else { "<" };
            format!("sum(case when t.moved = 1 and t.net {sign} 0 then t.net {operator} {PART} else 0 end) as {column}")
        };
        let sums = [
            part("in_high", true, "/"),
            part("in_low", true, "%"),
            part("out_high", false, "/"),
            part("out_low", false, "%"),
        ];
        let query = format!(
            "select v.verdict, a.currency, count(*) as count, {} from txn t join account a on a.id = t.account_id {JUDGED} \
             where {CHOSEN} group by v.verdict, a.currency order by v.verdict, a.currency",
            sums.join(", ")
        );
        let rows: Vec<TotalRow> =
            sqlx::query_as(AssertSqlSafe(query)).bind(span.incident).bind(span.from).fetch_all(self.reader()).await?;
        let whole = |high: i64, low: i64| {
            let sum = i128::from(high).checked_mul(PART)?.checked_add(i128::from(low))?;
            i64::try_from(sum.abs()).ok()
        };
        rows.into_iter()
            .map(|row| {
                Ok(VerdictTotal {
                    verdict: row.verdict.as_deref().map(read).transpose()?,
                    money_in: whole(row.in_high, row.in_low),
                    money_out: whole(row.out_high, row.out_low),
                    currency: row.currency,
                    count: row.count,
                })
            })
            .collect()
    }

    /// What was said of any transaction, by its key: the verdict and who said it.
    pub(crate) async fn verdicts(&self, incident: &str) -> Result<BTreeMap<Vec<u8>, (Verdict, String)>> {
        let query = "select key, verdict, marked_by from verdict where incident = ?";
        let rows: Vec<(Vec<u8>, String, String)> =
            sqlx::query_as(query).bind(incident).fetch_all(self.reader()).await?;
        rows.into_iter().map(|(key, verdict, by)| Ok((key, (read(&verdict)?, by)))).collect()
    }

    /// Writes verdicts down, all of them or none; `None` takes one back. A key without a transaction is refused.
    pub(crate) async fn set_verdicts(
        &self,
        incident: &str,
        marks: &[(Vec<u8>, Option<Verdict>)],
        (by, now_ms): (&str, i64),
        event: &Event,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        for (key, verdict) in marks {
            let done = match verdict {
                None => {
                    let query = sqlx::query("delete from verdict where incident = ? and key = ?");
                    query.bind(incident).bind(key).execute(&mut *transaction).await?;
                    continue;
                }
                Some(verdict) => {
                    let query = "insert into verdict (incident, key, wallet_id, verdict, marked_by, marked_ms) \
                        select ?1, t.key, a.wallet_id, ?3, ?4, ?5 from txn t join account a on a.id = t.account_id \
                        where t.key = ?2 on conflict (incident, key) do update set \
                        verdict = excluded.verdict, marked_by = excluded.marked_by, marked_ms = excluded.marked_ms";
                    let query = sqlx::query(query).bind(incident).bind(key).bind(verdict.word()).bind(by).bind(now_ms);
                    query.execute(&mut *transaction).await?
                }
            };
            if done.rows_affected() == 0 {
                return Err(Error::not_found(format!("no transaction \"{}\"", crate::import::hex(key))));
            }
        }
        crate::files::kill_point("verdicts.before_commit");
        self.commit(transaction, event).await
    }
}

fn read(word: &str) -> Result<Verdict> {
    Verdict::from_word(word).ok_or_else(|| Error::new(Code::Damaged, "a verdict"))
}
