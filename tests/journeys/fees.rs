//! Fees by month, wallet and kind are what adding up every transaction gives.

use std::collections::BTreeMap;

use purser_books::{Currency, Money};
use purser_tests::{Profile, WholeDay};
use serde_json::Value;

/// Group and currency; transactions, sales and fees in minor units.
type Sums = BTreeMap<(String, String), (i64, i64, i64)>;

fn minor(row: &Value, field: &str) -> i64 {
    let currency = Currency::parse(row["currency"].as_str().unwrap()).unwrap();
    Money::parse(row[field].as_str().unwrap(), currency).unwrap().minor
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap().to_owned()
}

fn demo(arguments: &[&str]) -> Value {
    let computer = Profile::locked();
    computer.cli().demo(arguments).expect_code(0).json()
}

fn answered(by: &str) -> Sums {
    let answer = demo(&["fees", "--by", by]);
    let rows = answer["rows"].as_array().unwrap();
    let sums = |row: &Value| (row["transactions"].as_i64().unwrap(), minor(row, "sales"), minor(row, "fees"));
    rows.iter().map(|row| ((text(row, by), text(row, "currency")), sums(row))).collect()
}

/// Every transaction of the practice company is completed and moves its account.
fn added_up(history: &[Value], group: impl Fn(&Value) -> String) -> Sums {
    let mut sums = Sums::new();
    for row in history {
        let sums = sums.entry((group(row), text(row, "currency"))).or_default();
        let (gross, fee) = (minor(row, "gross"), minor(row, "fee"));
        sums.0 += 1;
        sums.1 += if row["kind"] == "sale" { gross.max(0) } else { 0 };
        sums.2 += fee + if row["kind"] == "fee" { gross } else { 0 };
    }
    sums
}

#[test]
fn fees_are_the_sum_of_what_every_transaction_says() {
    // The books of the demo end with the month before: the same one for all four.
    let _ = WholeDay::begun("UTC");
    let history = demo(&["history", "--limit", "10000"])["rows"].as_array().unwrap().clone();
    assert!(history.len() > 5_000 && history.iter().all(|row| row["status"] == "completed"));
    let month = |row: &Value| text(row, "booking_date")[..7].to_owned();
    assert_eq!(answered("month"), added_up(&history, month));
    assert_eq!(answered("wallet"), added_up(&history, |row| text(row, "wallet")));
    assert_eq!(answered("kind"), added_up(&history, |row| text(row, "kind")));
}

#[test]
fn a_grouping_that_does_not_exist_names_those_that_do() {
    let refused = Profile::locked().cli().demo(["fees", "--by", "year"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("month, wallet, kind"), "{}", refused.stderr);
}
