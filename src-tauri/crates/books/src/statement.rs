//! Statements: one account, one currency, one period; opening plus lines is closing, exactly.
//!
//! Fees are lines of their own, so that gross sales are not hidden and every format adds up alike.

use std::io::Write;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::{Currency, Kind, Money, Status};

/// Which reader a CSV file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvFlavour {
    /// Programs: UTF-8 without a mark, texts untouched (RFC 4180).
    Programs,
    /// Spreadsheets: UTF-8 with a byte order mark, and an apostrophe before texts that would run as a formula
    /// (OWASP "CSV injection"); amounts stay numbers.
    Excel,
}

/// One movement of the account, as it goes onto a statement.
#[derive(Debug, Clone, Copy)]
pub struct Movement<'a> {
    pub time: Timestamp,
    pub booking_date: Date,
    /// The provider's own id; the fee line gets `-FEE` behind it.
    pub id: &'a str,
    pub kind: Kind,
    pub status: Status,
    pub counterparty: &'a str,
    pub description: &'a str,
    /// Id of the sale or order it belongs to.
    pub reference: &'a str,
    /// Minor units, seen from the account.
    pub gross: i64,
    pub fee: i64,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub lines: u64,
    /// Opening plus all lines.
    pub closing: i64,
}

/// What can go wrong while writing.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    #[error("the balance is too large")]
    Overflow,
    #[error(transparent)]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Writes a statement as CSV, line by line; memory does not grow with its length.
pub struct CsvStatement<W: Write> {
    writer: csv::Writer<W>,
    flavour: CsvFlavour,
    zone: TimeZone,
    zone_name: String,
    currency: Currency,
    balance: i64,
    lines: u64,
    /// Texts of the line that is written; kept, so that a line takes no memory anew.
    date: Option<Date>,
    day: String,
    clock: String,
    amount: String,
    after: String,
}

impl<W: Write> std::fmt::Debug for CsvStatement<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvStatement").field("lines", &self.lines).finish_non_exhaustive()
    }
}

const COLUMNS: [&str; 13] = [
    "date",
    "time",
    "zone",
    "id",
    "part",
    "type",
    "counterparty",
    "description",
    "reference",
    "currency",
    "amount",
    "balance",
    "status",
];

impl<W: Write> CsvStatement<W> {
    /// Begins a statement: byte order mark where wanted, and the header line.
    pub fn new(
        mut output: W,
        flavour: CsvFlavour,
        zone: TimeZone,
        zone_name: &str,
        opening: Money,
    ) -> Result<Self, StatementError> {
        if flavour == CsvFlavour::Excel {
            output.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(output);
        writer.write_record(COLUMNS)?;
        let zone_name = zone_name.to_owned();
        Ok(CsvStatement {
            writer,
            flavour,
            zone,
            zone_name,
            currency: opening.currency,
            balance: opening.minor,
            lines: 0,
            date: None,
            day: String::new(),
            clock: String::new(),
            amount: String::new(),
            after: String::new(),
        })
    }

    /// Writes a movement: its gross line and, where there is a fee, the fee line.
    pub fn write(&mut self, movement: &Movement<'_>) -> Result<(), StatementError> {
        let time = movement.time.to_zoned(self.zone.clone()).time();
        self.clock.clear();
        push_two(&mut self.clock, time.hour());
        self.clock.push(':');
        push_two(&mut self.clock, time.minute());
        self.clock.push(':');
        push_two(&mut self.clock, time.second());
        if self.date != Some(movement.booking_date) {
            self.date = Some(movement.booking_date);
            self.day = movement.booking_date.to_string();
        }
        self.line(movement, movement.id, "gross", movement.kind.word(), movement.gross)?;
        if movement.fee != 0 {
            self.line(movement, &format!("{}-FEE", movement.id), "fee", Kind::Fee.word(), movement.fee)?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        movement: &Movement<'_>,
        id: &str,
        part: &str,
        kind: &str,
        amount: i64,
    ) -> Result<(), StatementError> {
        self.balance = self.balance.checked_add(amount).ok_or(StatementError::Overflow)?;
        self.amount.clear();
        Money::new(amount, self.currency).push_plain(&mut self.amount);
        self.after.clear();
        Money::new(self.balance, self.currency).push_plain(&mut self.after);
        let flavour = self.flavour;
        self.writer.write_record([
            self.day.as_str(),
            &self.clock,
            &self.zone_name,
            &guard(id, flavour),
            part,
            kind,
            &guard(movement.counterparty, flavour),
            &guard(movement.description, flavour),
            &guard(movement.reference, flavour),
            self.currency.code(),
            &self.amount,
            &self.after,
            movement.status.word(),
        ])?;
        self.lines += 1;
        Ok(())
    }

    /// Ends the statement.
    pub fn finish(mut self) -> Result<Written, StatementError> {
        self.writer.flush()?;
        Ok(Written { lines: self.lines, closing: self.balance })
    }
}

fn push_two(text: &mut String, number: i8) {
    let number = number.unsigned_abs();
    text.push(char::from(b'0' + number / 10 % 10));
    text.push(char::from(b'0' + number % 10));
}

/// A text that no spreadsheet takes for a formula.
fn guard(text: &str, flavour: CsvFlavour) -> std::borrow::Cow<'_, str> {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']);
    if flavour == CsvFlavour::Excel && runs { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn movement<'a>(description: &'a str, gross: i64, fee: i64) -> Movement<'a> {
        Movement {
            time: "2026-11-20T01:15:02Z".parse().unwrap(),
            booking_date: "2026-11-20".parse().unwrap(),
            id: "4200",
            kind: Kind::Sale,
            status: Status::Completed,
            counterparty: "茶叶, \"礼盒\"",
            description,
            reference: "PUR-1",
            gross,
            fee,
        }
    }

    fn write(flavour: CsvFlavour, movements: &[Movement<'_>]) -> (String, Written) {
        let mut output = Vec::new();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let opening = Money::new(100, Currency::CNY);
        let mut statement = CsvStatement::new(&mut output, flavour, zone, "Asia/Shanghai", opening).unwrap();
        for movement in movements {
            statement.write(movement).unwrap();
        }
        let written = statement.finish().unwrap();
        (String::from_utf8(output).unwrap(), written)
    }

    #[test]
    fn a_fee_is_a_line_of_its_own_and_the_balance_runs() {
        let (text, written) = write(CsvFlavour::Programs, &[movement("订单", 5800, -35)]);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines[0],
            "date,time,zone,id,part,type,counterparty,description,reference,currency,amount,balance,status"
        );
        assert_eq!(
            lines[1],
            "2026-11-20,09:15:02,Asia/Shanghai,4200,gross,sale,\"茶叶, \"\"礼盒\"\"\",订单,PUR-1,CNY,58.00,59.00,completed"
        );
        assert_eq!(
            lines[2],
            "2026-11-20,09:15:02,Asia/Shanghai,4200-FEE,fee,fee,\"茶叶, \"\"礼盒\"\"\",订单,PUR-1,CNY,-0.35,58.65,completed"
        );
        assert_eq!(written, Written { lines: 2, closing: 5865 });
    }

    /// R88: texts are defused for spreadsheets, amounts stay numbers; programs get the text as it is.
    #[test]
    fn a_text_never_becomes_a_formula() {
        let (excel, _) = write(CsvFlavour::Excel, &[movement("=HYPERLINK(1)", -100, 0)]);
        assert!(excel.starts_with("\u{feff}date,"));
        assert!(excel.contains(",'=HYPERLINK(1),") && excel.contains(",-1.00,0.00,"));
        let (programs, _) = write(CsvFlavour::Programs, &[movement("=HYPERLINK(1)", -100, 0)]);
        assert!(programs.starts_with("date,") && programs.contains(",=HYPERLINK(1),"));
    }

    proptest! {
        #[test]
        fn every_text_comes_back_as_it_was(description in "\\PC*", gross in -1_000_000i64..1_000_000) {
            let (text, written) = write(CsvFlavour::Programs, &[movement(&description, gross, 0)]);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(&record[7], description.as_str());
            prop_assert_eq!(Money::parse(&record[10], Currency::CNY).unwrap().minor, gross);
            prop_assert_eq!(written.closing, gross + 100);
        }

        #[test]
        fn no_spreadsheet_text_starts_a_formula(description in "\\PC*") {
            let guarded = guard(&description, CsvFlavour::Excel);
            prop_assert!(!guarded.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
