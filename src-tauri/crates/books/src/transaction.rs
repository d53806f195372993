//! One movement on a wallet, as a statement file tells it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Currency;

/// A closed word list whose words are the same in the store, on the command line and over IPC.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used on the command line and over IPC.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The number kept in the store.
            #[must_use]
            pub const fn code(self) -> i64 {
                match self { $($name::$variant => $code),+ }
            }

            #[must_use]
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }

            #[must_use]
            pub const fn from_code(code: i64) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

pub(crate) use words;

words! {
    /// What a movement was.
    Kind {
        Sale = 0 "sale",
        Refund = 1 "refund",
        Fee = 2 "fee",
        /// Money left for the owner's bank.
        Payout = 3 "payout",
        PayoutReversal = 4 "payout_reversal",
        /// Money came from the owner's bank or card.
        Topup = 5 "topup",
        TransferIn = 6 "transfer_in",
        TransferOut = 7 "transfer_out",
        Conversion = 8 "conversion",
        Dispute = 9 "dispute",
        DisputeReversal = 10 "dispute_reversal",
        Hold = 11 "hold",
        Release = 12 "release",
        Adjustment = 13 "adjustment",
        Tax = 14 "tax",
        Other = 15 "other",
    }
}

words! {
    /// How far the provider says the movement has come.
    Status {
        Pending = 0 "pending",
        Completed = 1 "completed",
        /// Ended without money moving (支付宝 交易关闭).
        Closed = 2 "closed",
        Failed = 3 "failed",
        Reversed = 4 "reversed",
    }
}

words! {
    /// The direction the file itself gives: 收 / 支 / 不计收支, a sign, CR / DR, Balance Impact.
    Direction {
        In = 0 "in",
        Out = 1 "out",
        Neutral = 2 "neutral",
    }
}

/// Which part of a transaction a row tells.
///
/// WeChat Pay's trade bill states gross and fee in one row, its fund-flow bill in two rows with the same
/// order number. Seen in both, they are one transaction: rows with equal keys and different parts are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The row tells all of the transaction.
    Whole,
    /// The row tells the gross amount; the fee has a row of its own, or no column in this form.
    Gross,
    /// The row tells only the fee of a transaction.
    Fee,
    /// The row tells no money of its own: it describes transactions that other files tell (Stripe's exports of
    /// payments and payouts). They are found by `family` and `alias`.
    Detail,
}

/// Where a row stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Source {
    /// Line of the row's first character, from 1 (XLSX: the row number).
    pub line: u32,
    /// First byte of the row in the original file. For UTF-16 and XLSX: in the file's UTF-8 text.
    pub offset: u64,
    /// Length of the row in bytes, without its line end.
    pub length: u32,
}

/// One row of a statement file that tells a movement. Amounts are minor units, seen from the account:
/// money in is positive, money out and charged fees are negative, and `gross + fee = net`
/// unless the file itself breaks that (then the reader warns and keeps what the file says).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub source: Source,
    /// Order within the file for rows of one second: higher is later.
    pub sequence: i64,
    /// The raw provider ids that make the row what it is, joined by U+001F and beginning with the provider's code.
    /// Equal keys (and equal parts) inside one file are told apart by an occurrence number, given by [`crate::reader::Occurrences`].
    pub key: String,
    pub part: Part,
    /// Which balance of the wallet moved: `main` where the provider has one per currency; WeChat Pay `BASIC`, `OPERATION`, `FEES`.
    pub account: String,
    pub currency: Currency,
    /// The provider's own id of the transaction, raw.
    pub provider_ref: String,
    /// What a sale, its refunds, fees and disputes have in common: the raw id of the sale or order, where the row names one.
    pub family: Option<String>,
    /// A second id by which rows of other files know the same thing: the PaymentIntent of a payment,
    /// the balance transaction of a payout. Only details have it.
    pub alias: Option<String>,
    /// The provider's id of the payout that paid this row out, where the row names it.
    pub payout: Option<String>,
    pub time: Timestamp,
    /// The civil date of `time` in the zone the file's provider books in.
    pub booking_date: Date,
    pub kind: Kind,
    pub status: Status,
    pub direction: Direction,
    /// Whether the row changed this account's balance. Authorisations, memo rows, closed trades and
    /// personal payments from a bank card did not.
    pub moved: bool,
    pub gross: i64,
    pub fee: i64,
    pub net: i64,
    /// The account's balance after this row, where the file states it.
    pub balance: Option<i64>,
    pub counterparty: String,
    pub description: String,
}

/// A row of a statement file: stored, or put into the skipped drawer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Entry(Box<Entry>),
    Skip(Skip),
}

impl Row {
    /// The row with its place counted from that many bytes earlier: sheets of a workbook follow one another.
    pub(crate) fn moved_by(mut self, bytes: u64) -> Row {
        let source = match &mut self {
            Row::Entry(entry) => &mut entry.source,
            Row::Skip(skip) => &mut skip.source,
        };
        source.offset = source.offset.saturating_add(bytes);
        self
    }
}

/// A data row that could not be understood, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    pub source: Source,
    pub reason: SkipReason,
    /// The cell that was not understood, shortened.
    pub found: String,
}

words! {
    /// Why a row went into the skipped drawer.
    SkipReason {
        /// A date or time that cannot be read.
        BadTime = 0 "bad_time",
        /// An amount that cannot be read.
        BadAmount = 1 "bad_amount",
        /// A currency that is not in ISO 4217.
        BadCurrency = 2 "bad_currency",
        /// Fewer or more cells than the header has.
        BadShape = 3 "bad_shape",
        /// An id that a spreadsheet turned into a number (2.80E+27): its digits are lost.
        DamagedId = 4 "damaged_id",
        /// A direction, type or status cell that is needed and empty or unknown.
        BadDirection = 5 "bad_direction",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_codes_lead_back_to_themselves() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.word()), Some(*kind));
            assert_eq!(Kind::from_code(kind.code()), Some(*kind));
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{}\"", kind.word()));
        }
        assert_eq!(Kind::from_code(99), None);
    }
}
