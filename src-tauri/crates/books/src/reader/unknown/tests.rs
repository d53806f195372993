use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use super::*;
use crate::reader::mapping::FeeSign;
use crate::reader::open;
use crate::{Currency, Entry, Provider, Row};

fn look(text: &str) -> Unknown {
    let source = || Ok(Box::new(Cursor::new(text.as_bytes().to_vec())) as Box<dyn Read>);
    inspect(&source, &Hints::default()).unwrap()
}

fn guess(text: &str) -> Guess {
    look(text).guess.unwrap()
}

fn column(guess: &Guess, role: ColumnRole) -> Option<&str> {
    guess.mapping.columns.get(&role).map(String::as_str)
}

fn is_open(guess: &Guess, role: ColumnRole) -> bool {
    guess.ambiguous.iter().any(|open| open.role == role) && column(guess, role).is_none()
}

fn fixture(case: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/statements");
    std::fs::read_to_string(root.join(case).join("input.csv")).unwrap()
}

fn read(text: &str, hints: &Hints) -> Vec<Entry> {
    let source = || Ok(Box::new(Cursor::new(text.as_bytes().to_vec())) as Box<dyn Read>);
    let mut entries = Vec::new();
    let mut take = |row| {
        if let Row::Entry(entry) = row {
            entries.push(*entry);
        }
        ControlFlow::Continue(())
    };
    open(&source, hints).unwrap().rows(&source, &mut take).unwrap();
    entries
}

#[test]
fn a_chinese_paypal_header_is_guessed_and_read_to_the_cent() {
    let text = fixture("paypal/mapped-zh");
    let found = look(&text);
    let guess = found.guess.unwrap();
    for (role, name) in [
        (ColumnRole::Date, "日期"),
        (ColumnRole::Time, "时间"),
        (ColumnRole::Zone, "时区"),
        (ColumnRole::Type, "类型"),
        (ColumnRole::Status, "状态"),
        (ColumnRole::Currency, "币种"),
        (ColumnRole::Gross, "总额"),
        (ColumnRole::Fee, "费用"),
        (ColumnRole::Net, "净额"),
        (ColumnRole::Id, "交易号"),
        (ColumnRole::Reference, "参考交易号"),
        (ColumnRole::Balance, "余额"),
    ] {
        assert_eq!(column(&guess, role), Some(name), "{guess:#?}");
    }
    assert_eq!((guess.mapping.provider, guess.mapping.fee_sign), (Provider::PayPal, FeeSign::Added));
    assert!(!guess.certain);
    assert_eq!(guess.mapping.check(), Ok(()));
    assert_eq!((found.line, found.sample.len(), found.nearest), (1, 5, None));

    // The same rows under the English header.
    let (_, rows) = text.split_once('\n').unwrap();
    let english = "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,\
                   Transaction ID,Item Title,Reference Txn ID,Invoice Number,Balance,Subject,Note";
    let twin = read(&format!("{english}\n{rows}"), &Hints::default());
    let mapped = read(&text, &Hints { mappings: vec![guess.mapping], ..Hints::default() });
    let amounts = |entries: &[Entry]| -> Vec<_> {
        entries
            .iter()
            .map(|entry| (entry.time, entry.currency, entry.gross, entry.fee, entry.net, entry.balance, entry.moved))
            .collect()
    };
    assert_eq!(amounts(&mapped), amounts(&twin));
    assert_eq!(
        mapped.iter().map(|entry| &entry.key).collect::<Vec<_>>(),
        twin.iter().map(|entry| &entry.key).collect::<Vec<_>>()
    );
}

#[test]
fn files_of_other_providers_are_guessed() {
    for (case, roles) in [
        (
            "other/airwallex-like",
            &[
                (ColumnRole::Date, "Created At"),
                (ColumnRole::Id, "Transaction Id"),
                (ColumnRole::Currency, "Wallet Currency"),
                (ColumnRole::Gross, "Amount"),
                (ColumnRole::Fee, "Fee"),
                (ColumnRole::Net, "Net Amount"),
                (ColumnRole::Balance, "Account Balance"),
                (ColumnRole::Status, "Status"),
            ][..],
        ),
        (
            "other/pingpong-like",
            &[
                (ColumnRole::Date, "交易时间"),
                (ColumnRole::Id, "流水号"),
                (ColumnRole::Currency, "币种"),
                (ColumnRole::MoneyIn, "收入金额"),
                (ColumnRole::MoneyOut, "支出金额"),
                (ColumnRole::Balance, "账户余额"),
            ],
        ),
        (
            "other/alipayhk-like",
            &[
                (ColumnRole::Date, "Date"),
                (ColumnRole::Time, "Time"),
                (ColumnRole::Type, "Transaction Type"),
                (ColumnRole::Gross, "Amount (HKD)"),
                (ColumnRole::Status, "Status"),
            ],
        ),
    ] {
        let guess = guess(&fixture(case));
        for (role, name) in roles {
            assert_eq!(column(&guess, *role), Some(*name), "{case}: {guess:#?}");
        }
        assert_eq!(guess.mapping.provider, Provider::Other, "{case}");
    }
    assert_eq!(guess(&fixture("other/airwallex-like")).mapping.fee_sign, FeeSign::Subtracted);
}

#[test]
fn the_nearest_form_names_what_matches_and_what_is_missing() {
    let near =
        look("Date,Time,Type,Currency,Gross,Fee,Colour\n2026-11-20,10:00,x,USD,1.00,0.00,red\n").nearest.unwrap();
    assert_eq!(near.form, "paypal.activity");
    assert_eq!(near.matched, ["Date", "Time", "Type", "Currency", "Gross", "Fee"]);
    assert_eq!(near.missing, ["TimeZone", "Status", "Net", "Transaction ID"]);
    assert_eq!(look("a,b\n2026-11-20,1.00\n").nearest, None);
}

#[test]
fn a_header_is_found_below_a_preamble_and_with_any_delimiter() {
    for delimiter in [',', ';', '\t'] {
        let text = "Statement of account\nName,Jane Roe\nday,sum,note\n2026-11-20,1.00,tea\n2026-11-21,2.00,\n"
            .replace(',', &delimiter.to_string());
        let found = look(&text);
        assert_eq!((char::from(found.delimiter), found.line), (delimiter, 3));
        assert_eq!(found.header, ["day", "sum", "note"]);
    }
    for text in ["", "one line of text\n", "1,2,3\n4,5,6\n"] {
        let source = || Ok(Box::new(Cursor::new(text.as_bytes().to_vec())) as Box<dyn Read>);
        assert!(inspect(&source, &Hints::default()).is_err(), "{text:?}");
    }
}

#[test]
fn what_is_equally_possible_is_left_open() {
    // Two columns with the same amounts.
    let twins = guess("day,a,b\n2026-11-20,1.00,1.00\n2026-11-21,2.50,2.50\n2026-11-22,-3.00,-3.00\n");
    assert!(is_open(&twins, ColumnRole::Gross), "{twins:#?}");
    // Created and settled.
    let dates = guess("a,b,sum\n2026-11-20,2026-11-21,1.00\n2026-11-21,2026-11-23,2.50\n");
    assert!(is_open(&dates, ColumnRole::Date), "{dates:#?}");
    // Money in and money out without a balance and without telling names.
    let ways = guess("day,a,b\n2026-11-20,1.00,\n2026-11-21,,2.50\n2026-11-22,3.00,\n");
    assert!(is_open(&ways, ColumnRole::MoneyIn) && is_open(&ways, ColumnRole::MoneyOut), "{ways:#?}");
    let named = guess("day,Paid in,Paid out\n2026-11-20,1.00,\n2026-11-21,,2.50\n2026-11-22,3.00,\n");
    assert_eq!(column(&named, ColumnRole::MoneyOut), Some("Paid out"));
    // A fee that takes as often as it gives.
    let fees = guess("day,a,b,c\n2026-11-20,100.00,-1.00,99.00\n2026-11-21,100.00,1.00,101.00\n");
    assert!(is_open(&fees, ColumnRole::Fee), "{fees:#?}");
    // Two columns of text.
    let texts = guess("day,sum,x,y\n2026-11-20,1.00,Jane Roe,two chairs\n2026-11-21,2.00,Jo Doe,one lamp\n");
    assert!(is_open(&texts, ColumnRole::Description) && is_open(&texts, ColumnRole::Counterparty), "{texts:#?}");
    // Two columns of ids.
    let ids = guess("day,sum,x,y\n2026-11-20,1.00,A-10001,B-20001\n2026-11-21,2.00,A-10002,B-20002\n");
    assert!(is_open(&ids, ColumnRole::Id), "{ids:#?}");
}

#[test]
fn a_damaged_cell_does_not_hide_what_its_column_is() {
    let damaged = guess(&fixture("other/semicolons-and-decimal-commas"));
    assert_ne!(column(&damaged, ColumnRole::Gross), Some("Saldo"), "{damaged:#?}");
    let totals = "day,sum,left\n2026-11-20,1.00,1.00\n2026-11-21,2.50,3.50\n2026-11-22,-3.00,0.50\nTotal,0.50,\n";
    let totals = guess(totals);
    assert_eq!(column(&totals, ColumnRole::Date), Some("day"));
    assert_eq!(column(&totals, ColumnRole::Gross), Some("sum"));
    assert_eq!(column(&totals, ColumnRole::Balance), Some("left"));
}

#[test]
fn words_beside_amounts_without_signs_are_a_direction() {
    let guess = guess("day,sum,way\n2026-11-20,1.00,收入\n2026-11-21,2.50,支出\n2026-11-22,3.00,收入\n");
    assert_eq!(column(&guess, ColumnRole::Direction), Some("way"));
    assert_eq!(column(&guess, ColumnRole::Gross), Some("sum"));
}

#[test]
fn a_file_without_rows_has_no_guess() {
    assert_eq!(look("day,sum,note\n").guess, None);
}

mod generated {
    use super::*;
    use proptest::prelude::*;

    /// A statement under names that say nothing, with its columns in any order.
    #[derive(Debug, Clone)]
    struct Made {
        text: String,
        roles: Vec<(ColumnRole, String)>,
        subtracted: bool,
    }

    fn plain(minor: i64) -> String {
        crate::Money::new(minor, Currency::CNY).to_plain()
    }

    fn made() -> impl Strategy<Value = Made> {
        let row = (20_000_i64..500_000, 1_i64..4_000, any::<bool>(), 0_usize..2);
        (
            proptest::collection::vec(row, 6..40),
            Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
            any::<bool>(),
            any::<bool>(),
            1_i64..1_000_000,
        )
            .prop_map(|(rows, order, subtracted, newest_first, opening)| {
                let roles = [
                    ColumnRole::Date,
                    ColumnRole::Gross,
                    ColumnRole::Fee,
                    ColumnRole::Net,
                    ColumnRole::Balance,
                    ColumnRole::Currency,
                    ColumnRole::Id,
                    ColumnRole::Description,
                ];
                let mut balances = [opening, opening];
                let mut lines: Vec<String> = Vec::new();
                for (number, (amount, fee, out, at)) in rows.iter().enumerate() {
                    let gross = if *out { -amount } else { *amount };
                    let net = gross - fee;
                    balances[*at] += net;
                    let cells = [
                        format!("2026-{:02}-{:02}", 1 + number / 28, 1 + number % 28),
                        plain(gross),
                        plain(if subtracted { *fee } else { -fee }),
                        plain(net),
                        plain(balances[*at]),
                        ["USD", "EUR"][*at].to_owned(),
                        format!("TX{:08}", number * 7 + 11),
                        format!("order of {} chairs", number + 2),
                    ];
                    lines.push(order.iter().map(|at| cells[*at].as_str()).collect::<Vec<_>>().join(","));
                }
                if newest_first {
                    lines.reverse();
                }
                let names: Vec<String> = (0..8).map(|at| format!("column {}", char::from(b'a' + at))).collect();
                let text = format!("{}\n{}\n", names.join(","), lines.join("\n"));
                let roles = order.iter().zip(&names).map(|(at, name)| (roles[*at], name.clone())).collect();
                Made { text, roles, subtracted }
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn columns_are_found_by_what_they_add_up_to(made in made()) {
            let guess = guess(&made.text);
            for (role, name) in &made.roles {
                prop_assert_eq!(column(&guess, *role), Some(name.as_str()), "{:?} {:#?}", role, guess);
            }
            let sign = if made.subtracted { FeeSign::Subtracted } else { FeeSign::Added };
            prop_assert_eq!(guess.mapping.fee_sign, sign);
            prop_assert!(guess.ambiguous.is_empty());
            prop_assert_eq!(guess.mapping.check(), Ok(()));
            let entries = read(&made.text, &Hints { mappings: vec![guess.mapping], ..Hints::default() });
            prop_assert!(entries.iter().all(|entry| entry.gross + entry.fee == entry.net && entry.fee < 0));
        }

        #[test]
        fn any_text_is_answered(text in "([a-z0-9.,;\"\n\t-]|[0-9]{1,3}\\.[0-9]{2}){0,200}") {
            let source = || Ok(Box::new(Cursor::new(text.clone().into_bytes())) as Box<dyn Read>);
            if let Ok(found) = inspect(&source, &Hints::default()) {
                prop_assert!(found.guess.is_none_or(|guess| !guess.certain));
            }
        }
    }
}
