//! Statement files: the fixtures beside the tests, and files written for one test.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A fixture folder: a statement file and what it must be read as.
#[derive(Debug, Clone)]
pub struct Case {
    /// `provider/name`.
    pub name: String,
    pub input: PathBuf,
    pub expected: Value,
}

#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/statements")
}

/// The input file of a fixture, `provider/name`.
#[must_use]
pub fn fixture(name: &str) -> String {
    let folder = root().join(name);
    let input = std::fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("no fixture {name}"))
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_stem().is_some_and(|stem| stem == "input"));
    input.unwrap().to_str().unwrap().to_owned()
}

#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for provider in sorted(&root()) {
        for folder in sorted(&provider) {
            let name = format!("{}/{}", last(&provider), last(&folder));
            let expected = std::fs::read(folder.join("expected.json")).unwrap();
            cases.push(Case {
                input: fixture(&name).into(),
                expected: serde_json::from_slice(&expected).unwrap(),
                name,
            });
        }
    }
    cases
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_dir());
    paths.sort();
    paths
}

fn last(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// A PayPal activity file in dollars whose balance starts at 1,000.00: each row is a sale of its number in cents plus
/// 1.00, with a fee of 0.30. `first` numbers the first row, so that files need not overlap.
#[must_use]
pub fn paypal_sales(first: u32, rows: u32, counterparty: &str) -> String {
    let mut text = String::from(
        "\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\
         \"From Email Address\",\"To Email Address\",\"Transaction ID\",\"Item Title\",\"Reference Txn ID\",\
         \"Invoice Number\",\"Balance\",\"Subject\",\"Note\",\"Balance Impact\"\n",
    );
    let mut balance = 100_000u32;
    for number in first..first + rows {
        let gross = 100 + number % 10_000;
        let net = gross - 30;
        balance += net;
        let (day, hour, minute, second) = (number / 8_000 % 15 + 13, number / 3600 % 24, number / 60 % 60, number % 60);
        writeln!(
            text,
            "\"10/{day:02}/2026\",\"{hour:02}:{minute:02}:{second:02}\",\"PDT\",\"{counterparty}\",\
             \"Express Checkout Payment\",\"Completed\",\"USD\",\"{}\",\"-0.30\",\"{}\",\"jane@example.com\",\
             \"shop@example.com\",\"{number:017}\",\"Lamp {number}\",\"\",\"\",\"{}\",\"\",\"\",\"Credit\"",
            major(gross),
            major(net),
            major(balance),
        )
        .unwrap();
    }
    text
}

fn major(cents: u32) -> String {
    let (whole, part) = (cents / 100, cents % 100);
    if whole < 1000 {
        return format!("{whole}.{part:02}");
    }
    if whole < 1_000_000 {
        return format!("{},{:03}.{part:02}", whole / 1000, whole % 1000);
    }
    format!("{},{:03},{:03}.{part:02}", whole / 1_000_000, whole / 1000 % 1000, whole % 1000)
}
