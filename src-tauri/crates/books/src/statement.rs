//! Statements: one account, one currency, one period; opening plus lines is closing, exactly.
//!
//! Fees are lines of their own, so that gross sales are not hidden and every format adds up alike.

use std::borrow::Cow;
use std::io::Write;

use jiff::Timestamp;

use crate::{Currency, Kind, Money, Status};

mod wall_clock;

pub use wall_clock::WallClock;

/// Lines are handed on when they are so many bytes.
const READY_BYTES: usize = 64 * 1024;

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
    /// As ISO writes it.
    pub booking_date: &'a str,
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
    Io(#[from] std::io::Error),
}

/// Writes a statement as CSV (RFC 4180), line by line; memory does not grow with its length.
///
/// What the lines of a movement have in common is made once; `csv_core` decides what is quoted.
pub struct CsvStatement<W: Write> {
    output: W,
    flavour: CsvFlavour,
    clock: WallClock,
    currency: Currency,
    balance: i64,
    lines: u64,
    cells: csv_core::Writer,
    zone: Vec<u8>,
    /// Of the movement that is written: what stands before its id, and between its type and its amount.
    before: Vec<u8>,
    between: Vec<u8>,
    /// Lines that are not handed on yet.
    ready: Vec<u8>,
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
    pub fn new(output: W, flavour: CsvFlavour, clock: WallClock, opening: Money) -> Self {
        let mut cells = csv_core::Writer::new();
        let mut zone = Vec::new();
        push_cell(&mut cells, &mut zone, clock.name());
        let mark = if flavour == CsvFlavour::Excel { "\u{feff}" } else { "" };
        let ready = format!("{mark}{}\r\n", COLUMNS.join(",")).into_bytes();
        CsvStatement {
            output,
            flavour,
            clock,
            currency: opening.currency,
            balance: opening.minor,
            lines: 0,
            cells,
            zone,
            before: Vec::new(),
            between: Vec::new(),
            ready,
        }
    }

    /// Writes a movement: its gross line and, where there is a fee, the fee line.
    pub fn write(&mut self, movement: &Movement<'_>) -> Result<(), StatementError> {
        self.before.clear();
        push_cell(&mut self.cells, &mut self.before, movement.booking_date);
        self.before.extend_from_slice(&self.clock.read(movement.time));
        self.before.push(b',');
        self.before.extend_from_slice(&self.zone);
        self.between.clear();
        for text in [movement.counterparty, movement.description, movement.reference] {
            push_cell(&mut self.cells, &mut self.between, &guard(text, self.flavour));
        }
        self.between.extend_from_slice(self.currency.code().as_bytes());
        self.line(movement.id, ["gross", movement.kind.word()], movement.gross, movement.status)?;
        if movement.fee != 0 {
            self.line(&format!("{}-FEE", movement.id), ["fee", Kind::Fee.word()], movement.fee, movement.status)?;
        }
        if self.ready.len() >= READY_BYTES {
            self.hand_on()?;
        }
        Ok(())
    }

    fn line(&mut self, id: &str, [part, kind]: [&str; 2], amount: i64, status: Status) -> Result<(), StatementError> {
        self.balance = self.balance.checked_add(amount).ok_or(StatementError::Overflow)?;
        self.lines += 1;
        self.ready.extend_from_slice(&self.before);
        push_cell(&mut self.cells, &mut self.ready, &guard(id, self.flavour));
        // Words of ours and numbers hold nothing that is quoted.
        for bytes in [part.as_bytes(), kind.as_bytes(), &self.between] {
            self.ready.extend_from_slice(bytes);
            self.ready.push(b',');
        }
        for minor in [amount, self.balance] {
            Money::new(minor, self.currency).push_plain(&mut self.ready);
            self.ready.push(b',');
        }
        self.ready.extend_from_slice(status.word().as_bytes());
        self.ready.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn hand_on(&mut self) -> Result<(), StatementError> {
        self.output.write_all(&self.ready)?;
        self.ready.clear();
        Ok(())
    }

    /// Ends the statement.
    pub fn finish(mut self) -> Result<Written, StatementError> {
        self.hand_on()?;
        self.output.flush()?;
        Ok(Written { lines: self.lines, closing: self.balance })
    }
}

/// A cell behind others, in quotes where it needs them, and the comma after it.
fn push_cell(cells: &mut csv_core::Writer, line: &mut Vec<u8>, text: &str) {
    let begin = line.len();
    // Every byte may be a quote, which is doubled, between two more.
    line.resize(begin + 2 * text.len() + 3, 0);
    let (_, _, written) = cells.field(text.as_bytes(), &mut line[begin..]);
    let (_, ended) = cells.delimiter(&mut line[begin + written..]);
    line.truncate(begin + written + ended);
}

/// A text that no spreadsheet takes for a formula.
fn guard(text: &str, flavour: CsvFlavour) -> Cow<'_, str> {
    let runs = || text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']);
    if flavour == CsvFlavour::Excel && runs() { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn movement<'a>(description: &'a str, gross: i64, fee: i64) -> Movement<'a> {
        Movement {
            time: "2026-11-20T01:15:02Z".parse().unwrap(),
            booking_date: "2026-11-20",
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
        let clock = WallClock::of("Asia/Shanghai").unwrap();
        let mut statement = CsvStatement::new(&mut output, flavour, clock, Money::new(100, Currency::CNY));
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

    /// The same line as `csv` and `jiff` write it, each cell by itself.
    fn plain_line(flavour: CsvFlavour, movement: &Movement<'_>, fee: bool, balance: i64) -> Vec<u8> {
        let (id, amount) = (movement.id.to_owned(), movement.gross);
        let (id, part, kind, amount) = match fee {
            false => (id, "gross", movement.kind.word(), amount),
            true => (id + "-FEE", "fee", "fee", movement.fee),
        };
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let record = [
            movement.booking_date,
            &movement.time.to_zoned(zone).strftime("%H:%M:%S").to_string(),
            "Asia/Shanghai",
            &guard(&id, flavour),
            part,
            kind,
            &guard(movement.counterparty, flavour),
            &guard(movement.description, flavour),
            &guard(movement.reference, flavour),
            "CNY",
            &Money::new(amount, Currency::CNY).to_plain(),
            &Money::new(balance, Currency::CNY).to_plain(),
            movement.status.word(),
        ];
        writer.write_record(record).unwrap();
        writer.into_inner().unwrap()
    }

    /// Texts that are quoted, that are not, and that run as a formula.
    const TEXT: &str = "[a,\"'\r\n\t;= \\\\茶\0-]{0,6}";

    proptest! {
        #[test]
        fn lines_are_what_csv_makes_of_them(
            texts in proptest::array::uniform4(TEXT),
            second in -2_000_000_000i64..4_000_000_000,
            amounts in proptest::array::uniform2(-100_000i64..100_000),
            words in (0..Kind::ALL.len(), 0..Status::ALL.len()),
            excel: bool,
        ) {
            let flavour = if excel { CsvFlavour::Excel } else { CsvFlavour::Programs };
            let [id, counterparty, description, reference] = &texts;
            let [gross, fee] = amounts;
            let time = Timestamp::from_second(second).unwrap();
            let (kind, status) = (Kind::ALL[words.0], Status::ALL[words.1]);
            let booking_date = "2026-11-20";
            let movement =
                Movement { time, booking_date, id, kind, status, counterparty, description, reference, gross, fee };
            let mut expected = plain_line(flavour, &movement, false, 100 + gross);
            if fee != 0 {
                expected.extend(plain_line(flavour, &movement, true, 100 + gross + fee));
            }
            let (text, written) = write(flavour, &[movement]);
            let lines = &text[text.find("\r\n").unwrap() + 2..];
            prop_assert_eq!(lines, std::str::from_utf8(&expected).unwrap());
            prop_assert_eq!(written, Written { lines: 1 + u64::from(fee != 0), closing: 100 + gross + fee });
        }

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
