//! Statements out: opening plus the amount column is closing, to the cent, in both flavours.

use purser_tests::statements::{fixture, paypal_sales};
use purser_tests::{Profile, Run, folder::sha256_hex};
use serde_json::Value;

/// Decimal text as a whole number of its last place; exact.
fn exact(text: &str) -> i128 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    assert!(text.chars().all(|sign| sign.is_ascii_digit() || sign == '.' || sign == '-'), "no plain number: {text}");
    let places: i128 = format!("{}{part}", whole.trim_start_matches('-')).parse().unwrap();
    if whole.starts_with('-') { -places } else { places }
}

struct Written {
    answer: Value,
    bytes: Vec<u8>,
    rows: Vec<csv::StringRecord>,
    columns: Vec<String>,
}

impl Written {
    fn column(&self, name: &str) -> Vec<String> {
        let at = self.columns.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"));
        self.rows.iter().map(|row| row[at].to_owned()).collect()
    }
}

fn arguments<'a>(
    wallet: &'a str,
    currency: &'a str,
    span: [&'a str; 2],
    format: &'a str,
    output: &'a str,
) -> Vec<&'a str> {
    vec![
        "statement",
        "--wallet",
        wallet,
        "--currency",
        currency,
        "--from",
        span[0],
        "--to",
        span[1],
        "--format",
        format,
        "-o",
        output,
    ]
}

fn write(computer: &Profile, wallet: &str, currency: &str, span: [&str; 2], format: &str) -> Written {
    let path = computer.outside().join(format!("{wallet}-{currency}-{format}.csv"));
    let answer = computer.cli().json(arguments(wallet, currency, span, format, path.to_str().unwrap()));
    let bytes = std::fs::read(&path).unwrap();
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let mut reader = csv::Reader::from_reader(text);
    let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(answer["lines"].as_u64().unwrap(), rows.len() as u64);
    assert_eq!(answer["sha256"], sha256_hex(&bytes));
    Written { answer, bytes, rows, columns }
}

fn ties_out(written: &Written) {
    let opening = exact(written.answer["opening"].as_str().unwrap());
    let closing = exact(written.answer["closing"].as_str().unwrap());
    let amounts: i128 = written.column("amount").iter().map(|amount| exact(amount)).sum();
    assert_eq!(opening + amounts, closing, "{}", written.answer);
    let mut balance = opening;
    for (amount, stated) in written.column("amount").iter().zip(written.column("balance")) {
        balance += exact(amount);
        assert_eq!(exact(&stated), balance);
    }
}

#[test]
fn opening_plus_amounts_is_closing_in_both_flavours() {
    let computer = Profile::unlocked();
    let files = [
        fixture("paypal/activity-en-us"),
        fixture("alipay/account-log-classic"),
        fixture("wechatpay/fund-flow"),
        fixture("stripe/jpy-and-kwd"),
        fixture("alipay/personal-app"),
    ];
    computer.cli().json(["import"].into_iter().chain(files.iter().map(String::as_str)));
    let status = computer.cli().json(["status"]);
    let mut statements = 0;
    for wallet in status["wallets"].as_array().unwrap() {
        for balance in wallet["balances"].as_array().unwrap() {
            let (name, currency) = (wallet["wallet"].as_str().unwrap(), balance["currency"].as_str().unwrap());
            let programs = write(&computer, name, currency, ["2026-01-01", "2026-12-31"], "csv");
            let excel = write(&computer, name, currency, ["2026-01-01", "2026-12-31"], "csv-excel");
            ties_out(&programs);
            ties_out(&excel);
            assert_eq!(programs.column("amount"), excel.column("amount"), "amounts stay numbers in both");
            assert!(
                !programs.bytes.starts_with("\u{feff}".as_bytes()) && excel.bytes.starts_with("\u{feff}".as_bytes())
            );
            assert!(programs.column("currency").iter().all(|code| code == currency));
            let zones = programs.column("zone");
            assert!(zones.iter().all(|zone| !zone.is_empty()), "the zone is printed on it");
            if let Some(stated) = balance["available"].as_str() {
                assert_eq!(programs.answer["closing"], stated, "{name} {currency}: the file's own last balance");
            }
            statements += 1;
        }
    }
    assert!(statements >= 6, "{statements}");
    // Yen have no cents, dinars have three.
    let yen = write(&computer, "Stripe", "JPY", ["2026-01-01", "2026-12-31"], "csv");
    assert!(yen.column("amount").iter().all(|amount| !amount.contains('.')));
    let dinar = write(&computer, "Stripe", "KWD", ["2026-01-01", "2026-12-31"], "csv");
    assert!(dinar.column("amount").iter().all(|amount| amount.rsplit('.').next().unwrap().len() == 3));
}

#[test]
fn neighbouring_statements_meet() {
    let computer = Profile::unlocked();
    computer.cli().json(["import", &fixture("paypal/activity-en-us")]);
    let october = write(&computer, "PayPal", "USD", ["2026-10-01", "2026-10-31"], "csv");
    let november = write(&computer, "PayPal", "USD", ["2026-11-01", "2026-11-30"], "csv");
    ties_out(&october);
    ties_out(&november);
    assert_eq!(october.answer["closing"], november.answer["opening"]);
    assert_eq!(october.answer["closing"], "1032.60", "as the file states it");
    assert_eq!(november.answer["closing"], "62.69");
    assert!(october.column("date").iter().all(|date| date.starts_with("2026-10-")), "both days included, no others");
    // Days before and after everything: no lines, the balance stays.
    let december = write(&computer, "PayPal", "USD", ["2026-12-01", "2026-12-31"], "csv");
    assert_eq!((&december.answer["opening"], &december.answer["closing"]), (&"62.69".into(), &"62.69".into()));
    assert!(december.rows.is_empty());
}

#[test]
fn several_currencies_and_none_named_is_two() {
    let computer = Profile::unlocked();
    computer.cli().json(["import", &fixture("paypal/activity-en-us")]);
    let output = computer.outside().join("none.csv");
    let run: Run = computer.cli().run([
        "statement",
        "--wallet",
        "PayPal",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--format",
        "csv",
        "-o",
        output.to_str().unwrap(),
    ]);
    assert!(run.expect_code(2).stderr.contains("EUR"), "names those there are");
    assert!(!output.exists());
}

#[test]
fn a_text_that_would_run_as_a_formula_is_text_in_a_spreadsheet() {
    let computer = Profile::unlocked();
    let names = ["=HYPERLINK(\"\"x\"\")", "+SUM(1)", "-2+3", "@cmd", "＝1+1"];
    for (number, name) in (1u32..).zip(names) {
        let file = computer.write(&format!("{number}.csv"), paypal_sales(number, 1, name));
        computer.cli().json(["import", &file]);
    }
    let excel = write(&computer, "PayPal", "USD", ["2026-10-01", "2026-10-31"], "csv-excel");
    for cell in excel.column("counterparty").iter().filter(|cell| !cell.is_empty()) {
        assert!(cell.starts_with('\''), "{cell}");
    }
    let programs = write(&computer, "PayPal", "USD", ["2026-10-01", "2026-10-31"], "csv");
    assert!(programs.column("counterparty").iter().any(|cell| cell == "-2+3"), "programs get the text untouched");
    ties_out(&excel);
}

#[test]
fn an_existing_file_is_replaced_whole_and_never_by_half() {
    let computer = Profile::unlocked();
    computer.cli().json(["import", &fixture("paypal/activity-en-us")]);
    let path = computer.write("out.csv", "the statement of last month");
    computer.cli().json(arguments("PayPal", "USD", ["2026-10-01", "2026-10-31"], "csv", &path));
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("date,"));
    let parts: Vec<String> = std::fs::read_dir(computer.outside())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".part"))
        .collect();
    assert!(parts.is_empty(), "{parts:?}");
}

/// The rows of a long statement are read in blocks of 5,000: none is lost or told twice where one ends.
#[test]
fn a_long_statement_has_every_row_once() {
    let computer = Profile::unlocked();
    let mut rows = 0;
    for more in [4_999, 1, 1, 4_999] {
        let file = computer.write(&format!("{rows}.csv"), paypal_sales(rows, more, "Jane"));
        computer.cli().json(["import", &file]);
        rows += more;
        let written = write(&computer, "PayPal", "USD", ["2026-10-01", "2026-10-31"], "csv");
        ties_out(&written);
        let told = written.column("id");
        let once: std::collections::BTreeSet<&String> = told.iter().collect();
        // The fee of each sale is a line of its own.
        assert_eq!((once.len(), told.len()), (2 * rows as usize, 2 * rows as usize));
    }
}
