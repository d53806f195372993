//! Statement files no form is known for, read by columns that a person named once.
//!
//! A mapping belongs to a header: [`Mapping::fingerprint`] is what it is remembered by, and it is used only for a
//! file with the same column names. It says which column is what, never what a row means beyond that.
//!
//! Deliberately absent: guessing. [`super::unknown`] guesses, a person confirms, and only then there is a mapping.

mod amount;
mod form;
mod ledger;
mod row;
pub(super) mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cells::{Header, fold};
use super::{BoundForm, DateOrder, Hints, Refusal, RefusalCode};
use crate::{Currency, Provider, transaction};

pub(super) use amount::{currency as parse_currency, parse as parse_amount};
pub(super) use row::{is_paypal_id, plain_date};

transaction::words! {
    /// What a column of a mapped file is.
    ColumnRole {
        /// The date, or date and time in one cell.
        Date = 0 "date",
        Time = 1 "time",
        Zone = 2 "zone",
        /// The amount before the fee; the only amount where there is one column.
        Gross = 3 "gross",
        /// Amounts of money in, where money out has a column of its own.
        MoneyIn = 4 "money_in",
        MoneyOut = 5 "money_out",
        Fee = 6 "fee",
        Net = 7 "net",
        /// The account's balance after the row.
        Balance = 8 "balance",
        Currency = 9 "currency",
        /// The provider's id of the transaction.
        Id = 10 "id",
        /// The id of another transaction this one belongs to.
        Reference = 11 "reference",
        Type = 12 "type",
        Status = 13 "status",
        Counterparty = 14 "counterparty",
        Description = 15 "description",
        /// Words for money in and money out, beside amounts without a sign.
        Direction = 16 "direction",
    }
}

impl FromStr for ColumnRole {
    type Err = MappingError;
    fn from_str(word: &str) -> Result<ColumnRole, MappingError> {
        ColumnRole::from_word(word).ok_or_else(|| MappingError::UnknownRole(word.chars().take(40).collect()))
    }
}

/// How the fee column is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeSign {
    /// gross + fee = net: a charged fee is negative.
    #[default]
    Added,
    /// gross - fee = net: a charged fee is positive.
    Subtracted,
}

/// The columns of one form of file, as a person named them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub provider: Provider,
    /// All column names as the file has them, without white space at their ends.
    pub header: Vec<String>,
    pub columns: BTreeMap<ColumnRole, String>,
    /// For dates that leave the order of day and month open.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// Of all rows, where no column names one.
    #[serde(default)]
    pub currency: Option<Currency>,
    #[serde(default)]
    pub fee_sign: FeeSign,
}

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("\"{0}\" is not a role of a column")]
    UnknownRole(String),
    #[error("no column is named as the date")]
    NoDate,
    #[error("no column is named as an amount: gross, net, or money_in and money_out")]
    NoAmount,
    #[error("money_in and money_out go together")]
    HalfAnAmount,
    #[error("money_in and money_out stand in place of gross, not beside it")]
    AmountTwice,
    #[error("money_in and money_out need no direction")]
    DirectionTwice,
    #[error("no column is named as the currency, and no currency is given")]
    NoCurrency,
    #[error("the file has no column \"{column}\" ({role})", role = role.word())]
    UnknownColumn { role: ColumnRole, column: String },
    #[error("the file has several columns \"{0}\"")]
    RepeatedColumn(String),
    #[error("the column \"{0}\" is named twice")]
    UsedTwice(String),
}

impl Mapping {
    /// Whether the mapping is complete and fits its own header.
    pub fn check(&self) -> Result<(), MappingError> {
        self.check_columns()?;
        if self.currency.is_none() && !self.has(ColumnRole::Currency) {
            return Err(MappingError::NoCurrency);
        }
        Ok(())
    }

    /// [`Mapping::check`] without the currency, which a hint may give.
    fn check_columns(&self) -> Result<(), MappingError> {
        let (money_in, money_out) = (self.has(ColumnRole::MoneyIn), self.has(ColumnRole::MoneyOut));
        if !self.has(ColumnRole::Date) {
            return Err(MappingError::NoDate);
        }
        if money_in != money_out {
            return Err(MappingError::HalfAnAmount);
        }
        if money_in && self.has(ColumnRole::Gross) {
            return Err(MappingError::AmountTwice);
        }
        if money_in && self.has(ColumnRole::Direction) {
            return Err(MappingError::DirectionTwice);
        }
        if !money_in && !self.has(ColumnRole::Gross) && !self.has(ColumnRole::Net) {
            return Err(MappingError::NoAmount);
        }
        for (role, column) in &self.columns {
            match self.header.iter().filter(|name| *name == column).count() {
                0 => return Err(MappingError::UnknownColumn { role: *role, column: column.clone() }),
                1 => {}
                _ => return Err(MappingError::RepeatedColumn(column.clone())),
            }
            // Date and time may stand in one cell.
            let twice = self.columns.iter().any(|(other, name)| {
                other > role && name == column && (*role, *other) != (ColumnRole::Date, ColumnRole::Time)
            });
            if twice {
                return Err(MappingError::UsedTwice(column.clone()));
            }
        }
        Ok(())
    }

    fn has(&self, role: ColumnRole) -> bool {
        self.columns.contains_key(&role)
    }

    /// Whether a header has the same column names, in any order.
    #[must_use]
    pub fn fits<S: AsRef<str>>(&self, header: &[S]) -> bool {
        folded(&self.header) == folded(header)
    }

    /// What a mapping is remembered by: the same for the same column names in any order and case.
    #[must_use]
    pub fn fingerprint<S: AsRef<str>>(header: &[S]) -> String {
        use std::fmt::Write;
        let mut hash = Sha256::new();
        for name in folded(header) {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
        }
        hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The names as they are compared, sorted. Nameless columns at the end come and go with the program that saved the file.
fn folded<S: AsRef<str>>(header: &[S]) -> Vec<String> {
    let mut names: Vec<_> = header.iter().map(|name| fold(name.as_ref())).filter(|name| !name.is_empty()).collect();
    names.sort();
    names
}

/// The known form of a header, else the mapped one. Where the hint names a provider, a mapping of that provider
/// comes before another provider's form.
pub(super) fn bind_unless_known(
    known: Option<Box<dyn BoundForm>>,
    cells: &[Cow<'_, str>],
    header: &Header,
    hints: &Hints,
) -> Result<Option<Box<dyn BoundForm>>, Refusal> {
    let known_is_wanted = |bound: &dyn BoundForm| hints.provider.is_none_or(|wanted| wanted == bound.form().provider);
    if known.as_deref().is_some_and(known_is_wanted) {
        return Ok(known);
    }
    let wanted = |mapping: &&Mapping| hints.provider.is_none_or(|provider| provider == mapping.provider);
    let Some(mapping) = hints.mappings.iter().filter(wanted).find(|mapping| mapping.fits(cells)) else {
        return Ok(known);
    };
    let incomplete =
        |error: MappingError| Refusal::new(RefusalCode::UnknownForm, "a complete mapping", &error.to_string());
    mapping.check_columns().map_err(incomplete)?;
    Ok(Some(Box::new(form::Mapped::new(mapping, header))))
}

#[cfg(test)]
mod tests;
