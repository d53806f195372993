//! Every folder of `tests/fixtures/statements/<provider>/<case>` is a statement file and what it must be read as.
//!
//! `expected.json` states what matters for the case; what it does not name is not compared, arrays have equal length.
//! A new case is a new folder: `UPDATE_EXPECTED=alipay/trade cargo test -p purser-books --test cases` writes the file for review.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use purser_books::reader::{DateOrder, Hints, Occurrences, ReadError, Refusal, Summary, Tally, open, raw_rows};
use purser_books::{Currency, Entry, Money, Row};
use serde_json::{Value, json};

#[test]
fn statement_files_are_read_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/statements");
    let mut cases = Vec::new();
    for provider in folders(&root) {
        cases.extend(folders(&provider));
    }
    assert!(!cases.is_empty(), "no cases in {}", root.display());
    let mut failures = Vec::new();
    for case in &cases {
        if let Err(difference) = check(case) {
            failures.push(format!("{}: {difference}", case.display()));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases differ\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = fs::read_dir(path)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect())
        .unwrap_or_default();
    folders.sort();
    folders
}

fn check(case: &Path) -> Result<(), String> {
    let input = fs::read_dir(case)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.file_stem().is_some_and(|stem| stem == "input"))
        .ok_or("no input file")?;
    let bytes = fs::read(input).map_err(|error| error.to_string())?;
    let file = case.join("expected.json");
    let expected: Value = match fs::read(&file) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| error.to_string())?,
        Err(_) => json!({}),
    };
    let actual = read(&bytes, &expected["hints"]);
    if std::env::var("UPDATE_EXPECTED").is_ok_and(|wanted| !wanted.is_empty() && case.ends_with(wanted)) {
        let mut written = actual;
        if !expected["hints"].is_null() {
            written["hints"] = expected["hints"].clone();
        }
        let text = serde_json::to_string_pretty(&written).map_err(|error| error.to_string())?;
        return fs::write(file, text + "\n").map_err(|error| error.to_string());
    }
    compare("", &expected, &actual)
}

fn compare(path: &str, expected: &Value, actual: &Value) -> Result<(), String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            expected.iter().filter(|(name, _)| *name != "hints").try_for_each(|(name, value)| {
                compare(&format!("{path}.{name}"), value, actual.get(name).unwrap_or(&Value::Null))
            })
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => expected
            .iter()
            .zip(actual)
            .enumerate()
            .try_for_each(|(index, (expected, actual))| compare(&format!("{path}[{index}]"), expected, actual)),
        _ if expected == actual => Ok(()),
        _ => Err(format!("{path}: expected {expected}, found {actual}")),
    }
}

/// Reads a file and tells everything about it; a refusal is told as such.
fn read(bytes: &[u8], hints: &Value) -> Value {
    match read_rows(bytes, &parse_hints(hints)) {
        Ok(value) => value,
        Err(ReadError::Refused(Refusal { code, line, expected, found })) => {
            json!({ "refused": { "code": code.word(), "line": line, "expected": expected, "found": found } })
        }
        Err(ReadError::Io(error)) => panic!("{error}"),
    }
}

fn parse_hints(hints: &Value) -> Hints {
    Hints {
        provider: None,
        date_order: hints["date_order"]
            .as_str()
            .map(|order| if order == "dmy" { DateOrder::Dmy } else { DateOrder::Mdy }),
        currency: hints["currency"].as_str().map(|code| Currency::parse(code).unwrap()),
        zone: hints["zone"].as_str().map(|name| jiff::tz::TimeZone::get(name).unwrap()),
        mappings: serde_json::from_value(hints["mappings"].clone()).unwrap_or_default(),
    }
}

fn read_rows(bytes: &[u8], hints: &Hints) -> Result<Value, ReadError> {
    let source = || Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read>);
    let mut reader = open(&source, hints)?;
    let (mut entries, mut skips, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    let mut occurrences = Occurrences::new();
    let mut identities = std::collections::HashSet::new();
    let summary = reader.rows(&source, &mut |row| {
        match row {
            Row::Entry(entry) => {
                let new = identities.insert((occurrences.identify(&entry), entry.part));
                assert!(new, "line {} has the identity of another row", entry.source.line);
                entries.push(tell(&entry));
            }
            Row::Skip(skip) => {
                sources.push(skip.source);
                skips.push(json!({ "line": skip.source.line, "reason": skip.reason.word(), "found": skip.found }));
            }
        }
        ControlFlow::Continue(())
    })?;
    for (skip, raw) in skips.iter_mut().zip(raw_rows(&source, reader.encoding(), &sources)?) {
        skip["raw"] = json!(raw);
    }
    Ok(json!({
        "form": reader.form().id,
        "version": reader.form().version,
        "encoding": reader.encoding(),
        "account_ref": reader.account_ref(),
        "zone": reader.zone().iana_name(),
        "period": summary.period,
        "exported": summary.exported.map(|time| time.to_string()),
        "rows": summary.rows,
        "skipped": summary.skipped,
        "totals": tell_totals(&summary),
        "entries": entries,
        "skips": skips,
        "warnings": summary.warnings,
    }))
}

fn tell(entry: &Entry) -> Value {
    let money = |minor: i64| Money::new(minor, entry.currency).to_plain();
    json!({
        "line": entry.source.line,
        "sequence": entry.sequence,
        "key": entry.key.replace('\u{1f}', "|"),
        "part": entry.part,
        "account": entry.account,
        "currency": entry.currency,
        "provider_ref": entry.provider_ref,
        "family": entry.family,
        "alias": entry.alias,
        "payout": entry.payout,
        "time": entry.time.to_string(),
        "booking_date": entry.booking_date.to_string(),
        "kind": entry.kind,
        "status": entry.status,
        "direction": entry.direction,
        "moved": entry.moved,
        "gross": money(entry.gross),
        "fee": money(entry.fee),
        "net": money(entry.net),
        "balance": entry.balance.map(money),
        "counterparty": entry.counterparty,
        "description": entry.description,
    })
}

fn tell_totals(summary: &Summary) -> Vec<Value> {
    let one = |totals: &purser_books::reader::Totals| {
        let money = |minor: i64| Money::new(minor, totals.currency).to_plain();
        let tally = |tally: Tally| json!({ "count": tally.count, "sum": money(tally.sum) });
        json!({
            "currency": totals.currency,
            "in": tally(totals.money_in),
            "out": tally(totals.money_out),
            "neutral": tally(totals.neutral),
            "fee": money(totals.fee),
        })
    };
    summary.totals.iter().map(one).collect()
}
