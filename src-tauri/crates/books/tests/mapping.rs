//! Files that no reader knows: what is seen in them, and how they are read once a person said what the columns are.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use proptest::prelude::*;
use purser_books::reader::mapping::{ColumnRole, FeeSign, Mapping, MappingError};
use purser_books::reader::unknown::{Unknown, inspect};
use purser_books::reader::{DateOrder, Hints, ReadError, RefusalCode, Summary, WarningCode, open};
use purser_books::{Currency, Entry, Kind, Part, Provider, Row, Status};

fn seen(text: &str) -> Unknown {
    let text = text.to_owned();
    inspect(&move || Ok(Box::new(Cursor::new(text.clone().into_bytes())) as Box<dyn Read>)).unwrap()
}

fn read(text: &str, mapping: &Mapping) -> Result<(Vec<Row>, Summary), ReadError> {
    let text = text.to_owned();
    let source = move || Ok(Box::new(Cursor::new(text.clone().into_bytes())) as Box<dyn Read>);
    let hints = Hints { mappings: vec![mapping.clone()], ..Hints::default() };
    let mut rows = Vec::new();
    let summary = open(&source, &hints)?.rows(&source, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, summary))
}

fn entries(rows: &[Row]) -> Vec<&Entry> {
    rows.iter().filter_map(|row| if let Row::Entry(entry) = row { Some(&**entry) } else { None }).collect()
}

fn mapping(provider: Provider, header: &str, columns: &[(ColumnRole, &str)]) -> Mapping {
    Mapping {
        provider,
        header: header.split([',', ';']).map(str::to_owned).collect(),
        columns: columns.iter().map(|(role, name)| (*role, (*name).to_owned())).collect::<BTreeMap<_, _>>(),
        date_order: None,
        currency: None,
        fee_sign: FeeSign::Added,
    }
}

const ENGLISH: &str = "\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"Transaction ID\",\"Reference Txn ID\",\"Balance\"";
/// PayPal's names in Chinese are in no public file: these are made up, as any translation would be.
const CHINESE: &str = "\"日期\",\"时间\",\"时区\",\"名称\",\"类型\",\"状态\",\"币种\",\"总额\",\"费用\",\"净额\",\"交易号\",\"参考交易号\",\"余额\"";
const ROWS: &str = "
\"10/13/2026\",\"10:00:00\",\"PDT\",\"Jane Roe\",\"Express Checkout Payment\",\"Completed\",\"USD\",\"1,250.00\",\"-44.12\",\"1,205.88\",\"1AB23456CD789012E\",\"\",\"1,205.88\"
\"10/14/2026\",\"10:00:00\",\"PDT\",\"Jane Roe\",\"Payment Refund\",\"Completed\",\"USD\",\"-50.00\",\"1.75\",\"-48.25\",\"2BC34567DE890123F\",\"1AB23456CD789012E\",\"1,157.63\"
\"10/15/2026\",\"10:00:00\",\"PDT\",\"John Doe\",\"Express Checkout Payment\",\"Completed\",\"USD\",\"20.00\",\"-0.88\",\"19.12\",\"3CD45678EF901234G\",\"\",\"1,176.75\"
\"10/16/2026\",\"10:00:00\",\"PDT\",\"Bank\",\"General Withdrawal\",\"Completed\",\"USD\",\"-1,000.00\",\"0.00\",\"-1,000.00\",\"4DE56789FG012345H\",\"\",\"176.75\"
";

#[test]
fn a_chinese_paypal_header_is_guessed_by_arithmetic_and_reads_as_its_english_twin() {
    let text = format!("{CHINESE}{ROWS}");
    let unknown = seen(&text);
    assert_eq!((unknown.line, unknown.header.len(), unknown.sample.len()), (1, 13, 4));
    let guess = unknown.guess;
    assert_eq!(
        (guess.provider, guess.fee_sign, guess.date_order),
        (Provider::PayPal, FeeSign::Added, Some(DateOrder::Mdy))
    );
    for (role, name) in [
        (ColumnRole::Date, "日期"),
        (ColumnRole::Time, "时间"),
        (ColumnRole::Zone, "时区"),
        (ColumnRole::Currency, "币种"),
        (ColumnRole::Gross, "总额"),
        (ColumnRole::Fee, "费用"),
        (ColumnRole::Net, "净额"),
        (ColumnRole::Id, "交易号"),
        (ColumnRole::Reference, "参考交易号"),
        (ColumnRole::Balance, "余额"),
        (ColumnRole::Type, "类型"),
    ] {
        assert_eq!(guess.columns.get(&role).map(String::as_str), Some(name), "{role:?}");
    }
    guess.check().unwrap();
    let (mapped, summary) = read(&text, &guess).unwrap();
    let (english, expected) = read(&format!("{ENGLISH}{ROWS}"), &guess).unwrap();
    assert_eq!((summary.totals, summary.warnings.len()), (expected.totals, 0));
    for (mapped, english) in entries(&mapped).into_iter().zip(entries(&english)) {
        assert_eq!(mapped.key, english.key, "one payment in both files is one payment");
        assert_eq!(
            (mapped.time, mapped.gross, mapped.fee, mapped.net),
            (english.time, english.gross, english.fee, english.net)
        );
        assert_eq!((mapped.balance, mapped.status), (english.balance, english.status));
    }
}

#[test]
fn any_provider_is_read_by_its_mapping() {
    // Two amount columns without signs, decimal comma, day first, a status, a fixed currency.
    let header = "Buchung;Eingang;Ausgang;Stand;Vorgang;Zustand;Beleg";
    let text = format!(
        "{header}\n31.10.2026 09:15;1.250,00;;1.250,00;Collection;done;R-1001\n01.11.2026 10:00;;20,50;1.229,50;Withdrawal;done;R-1002\n\
         02.11.2026 10:00;5,00;;1.229,50;Collection;pending;R-1003\n"
    );
    let mut mapping = mapping(
        Provider::Other,
        header,
        &[
            (ColumnRole::Date, "Buchung"),
            (ColumnRole::MoneyIn, "Eingang"),
            (ColumnRole::MoneyOut, "Ausgang"),
            (ColumnRole::Balance, "Stand"),
            (ColumnRole::Type, "Vorgang"),
            (ColumnRole::Status, "Zustand"),
            (ColumnRole::Id, "Beleg"),
        ],
    );
    assert_eq!(mapping.check(), Err(MappingError::NoCurrency));
    mapping.currency = Currency::parse("EUR").ok();
    mapping.check().unwrap();
    let (rows, summary) = read(&text, &mapping).unwrap();
    let entries = entries(&rows);
    let told: Vec<_> = entries.iter().map(|entry| (entry.gross, entry.kind, entry.status, entry.moved)).collect();
    assert_eq!(
        told,
        [
            (125_000, Kind::Sale, Status::Completed, true),
            (-2_050, Kind::Payout, Status::Completed, true),
            (500, Kind::Sale, Status::Pending, false),
        ]
    );
    assert_eq!(entries[0].part, Part::Whole);
    assert_eq!(entries[1].time.to_string(), "2026-11-01T10:00:00Z");
    let warnings: Vec<_> = summary.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(warnings, [WarningCode::ZoneAssumed]);
    // Another order of the columns is the same form, other names are not.
    let names: Vec<String> = header.split(';').rev().map(str::to_uppercase).collect();
    assert_eq!(Mapping::fingerprint(&mapping.header), Mapping::fingerprint(&names));
    assert_ne!(Mapping::fingerprint(&mapping.header), Mapping::fingerprint(&names[1..]));
}

#[test]
fn fees_that_are_subtracted_and_differences_are_seen() {
    let header = "day,sold,charged,paid,cur,ref";
    let text = format!("{header}\n2026-10-01,10.00,0.35,9.65,KWD,a\n2026-10-02,20.00,0.70,19.31,KWD,b\n");
    let mut mapping = mapping(
        Provider::Other,
        header,
        &[
            (ColumnRole::Date, "day"),
            (ColumnRole::Gross, "sold"),
            (ColumnRole::Fee, "charged"),
            (ColumnRole::Net, "paid"),
            (ColumnRole::Currency, "cur"),
            (ColumnRole::Id, "ref"),
        ],
    );
    mapping.fee_sign = FeeSign::Subtracted;
    let (rows, summary) = read(&text, &mapping).unwrap();
    let amounts: Vec<_> = entries(&rows).iter().map(|entry| (entry.gross, entry.fee, entry.net)).collect();
    assert_eq!(amounts, [(10_000, -350, 9_650), (20_000, -700, 19_310)]);
    let mismatch = summary.warnings.iter().find(|warning| warning.code == WarningCode::NetMismatch).unwrap();
    assert!(mismatch.message.contains("line 3") && mismatch.message.contains("19.310"), "{}", mismatch.message);
    assert_eq!(summary.totals[0].fee, 1_050);
}

#[test]
fn dates_that_leave_their_order_open_are_asked_for() {
    let header = "date,amount,currency";
    let columns = [(ColumnRole::Date, "date"), (ColumnRole::Gross, "amount"), (ColumnRole::Currency, "currency")];
    let text = format!("{header}\n03/04/2026,1.00,USD\n");
    let mut mapping = mapping(Provider::Other, header, &columns);
    let Err(ReadError::Refused(refusal)) = read(&text, &mapping) else { panic!("not refused") };
    assert_eq!(refusal.code, RefusalCode::NeedsDateOrder);
    mapping.date_order = Some(DateOrder::Dmy);
    let (rows, _) = read(&text, &mapping).unwrap();
    assert_eq!(entries(&rows)[0].booking_date.to_string(), "2026-04-03");
}

#[test]
fn the_nearest_form_and_its_missing_columns_are_named() {
    let unknown = seen(
        "Date,Time,TimeZone,Nom de famille,Currency,Gross,Fee,Montant\n10/13/2026,10:00,PDT,x,USD,1.00,0.00,1.00\n",
    );
    let nearest = unknown.nearest.unwrap();
    assert_eq!(nearest.form, "paypal.activity");
    assert!(nearest.matched.contains(&"Gross".to_owned()) && nearest.missing.contains(&"Transaction ID".to_owned()));
}

proptest! {
    /// Whatever the columns are called and in whatever order they stand: what is guessed is right or left out.
    #[test]
    fn a_guess_is_never_wrong(
        amounts in prop::collection::vec((1_000i64..1_000_000, 1i64..400, any::<bool>()), 4..30),
        order in Just((0..7usize).collect::<Vec<_>>()).prop_shuffle(),
        subtracted in any::<bool>(),
    ) {
        let mut balance = 0i64;
        let major = |minor: i64| format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100);
        let mut lines = vec![vec!["c0", "c1", "c2", "c3", "c4", "c5", "c6"].into_iter().map(str::to_owned).collect::<Vec<_>>()];
        for (row, (gross, fee, refund)) in amounts.iter().enumerate() {
            let (gross, fee) = if *refund { (-gross, 0) } else { (*gross, *fee) };
            let net = gross - fee;
            balance += net;
            let fee = if subtracted { fee } else { -fee };
            lines.push(vec![
                format!("2026-10-{:02}", row + 1), "EUR".to_owned(), major(gross), major(fee), major(net), major(balance),
                format!("ORDER{:09}X", row * 7_919),
            ]);
        }
        let text: String = lines
            .iter()
            .map(|line| order.iter().map(|at| line[*at].clone()).collect::<Vec<_>>().join(",") + "\n")
            .collect();
        let guess = seen(&text).guess;
        let right = [
            (ColumnRole::Date, "c0"), (ColumnRole::Currency, "c1"), (ColumnRole::Gross, "c2"), (ColumnRole::Fee, "c3"),
            (ColumnRole::Net, "c4"), (ColumnRole::Balance, "c5"), (ColumnRole::Id, "c6"),
        ];
        for (role, name) in right {
            let found = guess.columns.get(&role).map(String::as_str);
            prop_assert!(found.is_none() || found == Some(name), "{:?}: {:?} in\n{}", role, found, text);
        }
        prop_assert_eq!(guess.columns.get(&ColumnRole::Date).map(String::as_str), Some("c0"));
        if amounts.iter().any(|(.., refund)| !refund) && guess.columns.contains_key(&ColumnRole::Fee) {
            prop_assert_eq!(guess.fee_sign == FeeSign::Subtracted, subtracted);
        }
    }

    #[test]
    fn any_bytes_are_looked_at_without_a_fault(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = inspect(&move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read>));
    }
}
