//! Readers: bytes of a provider's statement file in, rows out.
//!
//! A file is opened twice. [`open`] looks at as much of it as it needs to know encoding, form, columns,
//! date order and number format, and refuses what is not a statement. [`Reader::rows`] then hands out
//! the rows one by one and adds up the totals, so that memory stays flat for a file of any length.
//! Both take any `Read`; nothing here opens a file.
//!
//! Deliberately absent: guessing. Where a file leaves its date order, currency or zone open,
//! the reader refuses and says which hint it needs.

mod alipay;
pub mod archive;
mod balance;
mod cells;
mod china;
mod dates;
mod faults;
mod forms;
mod identity;
pub mod mapping;
mod number;
mod open;
mod paypal;
mod records;
pub mod sample;
mod stripe;
mod text;
mod totals;
pub mod unknown;
mod wechatpay;
mod workbook;

use std::io;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{Currency, Direction, Provider, Row, Source};

pub use identity::{Identity, Occurrences};
pub use open::{OpenFile, Reader, open, raw_rows, workbook_text};

use cells::Cells;

/// A form of statement file: one provider's layout, found by its header names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Form {
    pub provider: Provider,
    /// Stable word, for example `paypal.activity`; the key of download steps and texts.
    pub id: &'static str,
    /// Which generation of the form, for example `2018` or `classic-12`.
    pub version: &'static str,
    /// Whether the rows carry the account's running balance.
    pub has_balance: bool,
    /// Whether the rows are the whole movement of the wallet. Personal exports are not (rows paid from a
    /// bank card never touch it), so their statements are activity and are never called tied out.
    pub ties_out: bool,
}

/// Forms whose rows describe transactions and tell no money: a month is not covered by them.
pub const DETAIL_FORMS: &[&str] = &["stripe.payments", "stripe.payouts_export"];

/// What the caller knows and the file may not say.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// Refuse the file unless it comes from this provider.
    pub provider: Option<Provider>,
    pub date_order: Option<DateOrder>,
    pub currency: Option<Currency>,
    /// Zone of the file's civil times, where the file does not say.
    pub zone: Option<TimeZone>,
    /// What a person said of the columns of forms that no reader knows.
    pub mappings: Vec<mapping::Mapping>,
}

/// Order of day and month in numeric dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    Dmy,
    Mdy,
}

/// Why a file as a whole was not taken. The words are the contract of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// No known header was found.
    UnknownForm,
    /// A summary of a statement, without its rows.
    SummaryOnly,
    /// A report of something other than money (subscriptions).
    NotMoney,
    /// Cut off, or contradicting itself so that rows cannot be trusted.
    Damaged,
    /// Bytes that are not text in the file's encoding.
    Encoding,
    /// A limit of size, rows, columns or archive entries.
    TooLarge,
    NeedsDateOrder,
    NeedsCurrency,
    NeedsWallet,
    /// An encrypted archive without or with a wrong password.
    NeedsPassword,
}

/// A refused file: what was expected, what was found, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}, found {found}{}", code.word(), line.map(|line| format!(" (line {line})")).unwrap_or_default())]
pub struct Refusal {
    pub code: RefusalCode,
    /// In English and short: a header name, a form, a hint. Never a customer's data.
    pub expected: String,
    /// What stands there instead, shortened to 80 characters.
    pub found: String,
    pub line: Option<u32>,
}

impl RefusalCode {
    /// The word of the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            RefusalCode::UnknownForm => "unknown_form",
            RefusalCode::SummaryOnly => "summary_only",
            RefusalCode::NotMoney => "not_money",
            RefusalCode::Damaged => "damaged",
            RefusalCode::Encoding => "encoding",
            RefusalCode::TooLarge => "too_large",
            RefusalCode::NeedsDateOrder => "needs_date_order",
            RefusalCode::NeedsCurrency => "needs_currency",
            RefusalCode::NeedsWallet => "needs_wallet",
            RefusalCode::NeedsPassword => "needs_password",
        }
    }
}

impl Refusal {
    /// A refusal without a line; what was found is shortened.
    #[must_use]
    pub fn new(code: RefusalCode, expected: &str, found: &str) -> Refusal {
        Refusal { code, expected: expected.to_owned(), found: found.chars().take(80).collect(), line: None }
    }

    /// The same refusal, naming the line.
    #[must_use]
    pub fn at(mut self, line: u32) -> Refusal {
        self.line = Some(line);
        self
    }
}

/// Why a file was not read: refused for what it holds, or not readable at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    /// A refusal that came through a `Read` (a fault inside an archive) is a refusal again.
    fn from(error: io::Error) -> ReadError {
        match error.downcast::<Refusal>() {
            Ok(refusal) => ReadError::Refused(refusal),
            Err(error) => ReadError::Io(error),
        }
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> io::Error {
        match error {
            ReadError::Refused(refusal) => io::Error::other(refusal),
            ReadError::Io(error) => error,
        }
    }
}

/// Something about a file that the person should know; the file is stored all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    pub code: WarningCode,
    /// In English, with both figures where figures differ.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// A total printed in the file differs from the sum of its rows.
    ControlTotal,
    /// A running balance does not follow from the line before.
    BalanceBreak,
    /// gross, fee and net of a row do not agree; the row is stored as the file says.
    NetMismatch,
    /// A summary or other companion file in the same archive, recognised and left out.
    Companion,
    /// The rows end without the footer this form has.
    NoFooter,
    /// The file is a known form without any row.
    Empty,
    /// A time was read in a zone that the file does not state.
    ZoneAssumed,
    /// Rows were put into the skipped drawer.
    RowsSkipped,
    /// Something was read in a way that the provider's documentation leaves open.
    Unconfirmed,
}

/// Count and unsigned sum (minor units).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub count: u64,
    pub sum: i64,
}

/// What every data row of a file adds up to, once each, by the direction the file itself gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    pub currency: Currency,
    pub money_in: Tally,
    pub money_out: Tally,
    pub neutral: Tally,
    /// Fees charged less fees given back, as the file's fee column or fee rows state them: positive is a cost.
    pub fee: i64,
}

/// Days a file speaks for, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    #[serde(serialize_with = "write_date")]
    pub from: Date,
    #[serde(serialize_with = "write_date")]
    pub to: Date,
    /// Whether the file states the period; if not, it is the first and last day of its rows.
    pub stated: bool,
}

fn write_date<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// What a file turned out to hold, known after its last row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Data rows, skipped ones included.
    pub rows: u64,
    pub skipped: u64,
    /// One per currency, in the order the currencies appear.
    pub totals: Vec<Totals>,
    pub warnings: Vec<Warning>,
    pub period: Option<Period>,
    /// When the file says it was made. Of two files that contradict each other the later one is believed.
    pub exported: Option<Timestamp>,
    /// Whether the file states balances or totals that its rows could be held against.
    pub checked: bool,
}

/// How the bytes of a file are to be read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    #[serde(rename = "gb18030")]
    Gb18030,
    /// How spreadsheets in Western Europe save CSV.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// A workbook, read as the comma-separated UTF-8 text of its sheets, one after the other.
    #[serde(rename = "xlsx")]
    Xlsx,
}

/// What a row adds to the totals of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) currency: Currency,
    pub(crate) direction: Direction,
    /// Unsigned, as printed.
    pub(crate) gross: i64,
    /// Positive is a cost.
    pub(crate) fee: i64,
}

/// What a form's module does. One implementation per form; the columns are bound to a header once.
///
/// The order of calls: `bind` (a header row was found) → `learn` for rows until `settled` → `settle` →
/// `row` for every record of a second pass → `finish`.
pub(crate) trait BoundForm: Send {
    fn form(&self) -> Form;

    /// The account the file names (支付宝 PID, 商户号, PayPal account), if it does: raw, without masks removed.
    fn account_ref(&self) -> Option<String> {
        None
    }

    /// Zone of the file's civil times, once settled; the provider's own zone if the file names none.
    fn zone(&self) -> Option<TimeZone> {
        None
    }

    /// The mapping it is read by, if a person made one.
    fn mapping(&self) -> Option<&mapping::Mapping> {
        None
    }

    /// Looks at one data record to find out date order, number format, zone, whether newest comes first.
    /// Returns true when nothing more needs to be learned.
    fn learn(&mut self, cells: &Cells<'_>) -> bool;

    /// Ends learning. Refuses with `NeedsDateOrder` or `NeedsCurrency` when the file left it open and no hint was given.
    fn settle(&mut self, hints: &Hints) -> Result<(), Refusal>;

    /// One record after the header: a data row, or a footer or filler line (then `None`), which may be kept for `finish`.
    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row>;

    /// What the last row adds to the totals, where that is not what its entry says: the amounts of a row
    /// that was skipped for its id, or a printed amount that is a net one.
    fn counted(&mut self) -> Option<Counted> {
        None
    }

    /// Control totals, balance breaks, missing footer, the period the file states.
    fn finish(&mut self, summary: &mut Summary);
}
