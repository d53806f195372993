//! A sample of a file without what it says of people: for asking for help with a form that no reader knows.
//!
//! Column names, delimiters, lengths and the shapes of dates and amounts stay; letters and digits do not.

use super::cells::Header;
use super::dates::parse_zone;
use super::open::DELIMITERS;
use super::records::Records;
use super::text::trim;
use super::{OpenFile, ReadError, unknown, workbook};
use crate::Currency;

/// Words that name states and kinds and no people.
const KEPT: &[&str] = &[
    "收入",
    "支出",
    "不计收支",
    "交易",
    "退款",
    "提现",
    "手续费",
    "Completed",
    "Pending",
    "Refunded",
    "Credit",
    "Debit",
    "Memo",
    "CR",
    "DR",
    "true",
    "false",
];
/// What a digit of a date becomes: 11.11.1111 is a date in every order.
const DATE_DIGIT: char = '1';

/// A sample of a file as comma-separated UTF-8: all up to the column names with its digits masked, the column names as
/// they are, and the first rows with every letter and digit replaced by one of its kind.
pub fn anonymise(source: OpenFile<'_>, rows: usize) -> Result<Vec<u8>, ReadError> {
    let unknown = unknown::inspect(source)?;
    let text = match workbook::read(source)? {
        None => None,
        Some(sheets) => sheets.into_iter().find(|sheet| !sheet.text.is_empty()).map(|sheet| sheet.text),
    };
    let open = move || match &text {
        Some(text) => Ok(Box::new(std::io::Cursor::new(text.clone())) as Box<dyn std::io::Read>),
        None => source(),
    };
    let mut lines = Vec::new();
    for delimiter in DELIMITERS {
        let found = masked(&open, delimiter, &unknown, rows)?;
        if found.iter().map(Vec::len).max() > lines.iter().map(Vec::len).max() {
            lines = found;
        }
    }
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for line in &lines {
        writer.write_record(line).map_err(std::io::Error::other)?;
    }
    Ok(writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?)
}

fn masked(
    source: OpenFile<'_>,
    delimiter: u8,
    unknown: &unknown::Unknown,
    rows: usize,
) -> Result<Vec<Vec<String>>, ReadError> {
    let names = Header::new(unknown.header.iter().map(String::as_str));
    let mut records = Records::new(source()?, delimiter)?;
    let mut lines = Vec::new();
    let mut left = None;
    while let Some(record) = records.next()? {
        let cells: Vec<String> = record.cells()?.iter().map(|cell| trim(cell).to_owned()).collect();
        let is_header = left.is_none() && !cells.is_empty() && names.covers(&cells);
        match &mut left {
            _ if is_header => {
                left = Some(rows);
                lines.push(cells);
            }
            Some(0) => break,
            Some(left) => {
                *left -= 1;
                lines.push(cells.iter().map(|cell| mask(cell)).collect());
            }
            None => lines.push(cells.iter().map(|cell| mask(cell)).collect()),
        }
    }
    Ok(lines)
}

/// A cell without its content.
fn mask(cell: &str) -> String {
    let is_kept = KEPT.contains(&cell)
        || (cell.len() == 3 && cell.chars().all(|c| c.is_ascii_uppercase()) && Currency::parse(cell).is_ok())
        || (cell.chars().any(char::is_alphabetic) && parse_zone(cell).is_some());
    if is_kept {
        return cell.to_owned();
    }
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let is_time = digits >= 4 && cell.chars().all(|c| c.is_ascii_digit() || "-/.: ,T+年月日".contains(c));
    let digit = if is_time && !is_amount(cell) { DATE_DIGIT } else { '9' };
    cell.chars()
        .map(|character| match character {
            c if c.is_numeric() => digit,
            '年' | '月' | '日' if is_time => character,
            '\u{3040}'..='\u{30ff}' => 'ア',
            '\u{ac00}'..='\u{d7af}' => '가',
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => '某',
            c if c.is_uppercase() => 'X',
            c if c.is_alphabetic() => 'x',
            other => other,
        })
        .collect()
}

/// A number with at most one mark before its last digits, or in groups of three.
fn is_amount(cell: &str) -> bool {
    let bare = cell.trim_start_matches(['-', '+']);
    let marks = bare.chars().filter(|c| !c.is_ascii_digit()).count();
    !bare.contains([':', '/', 'T', '年', ' ']) && !bare.contains('-') && {
        let groups: Vec<&str> = bare.split(['.', ',']).collect();
        marks <= 1 || groups.iter().skip(1).rev().skip(1).all(|group| group.len() == 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Cursor, Read};

    fn sample(text: &str) -> String {
        let text = text.to_owned();
        let source = move || Ok(Box::new(Cursor::new(text.clone().into_bytes())) as Box<dyn Read>);
        String::from_utf8(anonymise(&source, 3).unwrap()).unwrap()
    }

    const FILE: &str = "Konto 4711;Anna Schmidt;\n\nBuchung;Name;Betrag;Währung;Notiz\n31.10.2026 09:15;李雷 Anna;1.250,00;EUR;Tel 0170-1234567\n2026-11-01;Bob;-20,50;EUR;\n";

    #[test]
    fn shapes_stay_and_people_do_not() {
        let text = sample(FILE);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Xxxxx 9999,Xxxx Xxxxxxx,");
        assert_eq!(lines[1], "Buchung,Name,Betrag,Währung,Notiz");
        assert_eq!(lines[2], "11.11.1111 11:11,某某 Xxxx,\"9.999,99\",EUR,Xxx 9999-9999999");
        assert_eq!(lines[3], "1111-11-11,Xxx,\"-99,99\",EUR,");
    }

    #[test]
    fn a_sample_of_a_sample_is_the_same() {
        let once = sample(FILE);
        assert_eq!(sample(&once), once);
    }

    proptest! {
        #[test]
        fn nothing_that_was_written_survives(cells in prop::collection::vec("[a-z]{3,12}|[A-Z][a-z]{2,9} [A-Z][a-z]{3,9}|1[0-9]{6,14}|[李王张陈茶叶]{2,4}", 3..6)) {
            let names: Vec<String> = (0..cells.len()).map(|n| format!("Column{}", ["A", "B", "C", "D", "E", "F"][n])).collect();
            let text = sample(&format!("{}\n{}\n", names.join(","), cells.join(",")));
            let told = text.lines().nth(1).unwrap_or("").to_owned();
            for cell in &cells {
                prop_assert!(!told.contains(cell.as_str()) || mask(cell) == *cell, "{} in {}", cell, told);
                for part in cell.chars().collect::<Vec<_>>().windows(3) {
                    let part: String = part.iter().collect();
                    prop_assert!(mask(&part) == part || !told.contains(&part), "{} in {}", part, told);
                }
            }
        }
    }
}
