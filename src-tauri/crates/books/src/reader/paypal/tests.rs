//! Made-up files in the forms of the Activity Download and the statement. Amounts in the tests are minor units.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use proptest::prelude::*;

use crate::reader::{DateOrder, Form, Hints, ReadError, RefusalCode, Summary, WarningCode, open};
use crate::{Currency, Direction, Entry, Kind, Row, SkipReason, Status};

struct Told {
    form: Form,
    rows: Vec<Row>,
    summary: Summary,
}

impl Told {
    fn entries(&self) -> Vec<&Entry> {
        self.rows.iter().filter_map(|row| if let Row::Entry(entry) = row { Some(&**entry) } else { None }).collect()
    }

    fn warnings(&self) -> Vec<WarningCode> {
        self.summary.warnings.iter().map(|warning| warning.code).collect()
    }
}

fn tell(text: &str, hints: &Hints) -> Result<Told, RefusalCode> {
    let bytes = text.as_bytes().to_vec();
    let source = move || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read>);
    let code = |error: ReadError| match error {
        ReadError::Refused(refusal) => refusal.code,
        ReadError::Io(error) => panic!("{error}"),
    };
    let mut reader = open(&source, hints).map_err(code)?;
    let mut rows = Vec::new();
    let summary = reader.rows(&source, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    });
    Ok(Told { form: reader.form(), rows, summary: summary.map_err(code)? })
}

fn told(text: &str) -> Told {
    tell(text, &Hints::default()).unwrap()
}

const HEADER: &str = "\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\
    \"From Email Address\",\"To Email Address\",\"Transaction ID\",\"Reference Txn ID\",\"Balance\",\"Balance Impact\"\n";

fn activity(rows: &str) -> Told {
    told(&format!("{HEADER}{rows}"))
}

#[test]
fn a_sale_and_a_pending_withdrawal_move_the_balance() {
    let told = activity(
        "\"10/31/2026\",\"10:00:00\",\"PDT\",\"Jane Roe\",\"Express Checkout Payment\",\"Completed\",\"USD\",\"1,250.00\",\"-44.12\",\"1,205.88\",\"jane@example.com\",\"shop@example.com\",\"1AB23456CD789012E\",\"\",\"1,205.88\",\"Credit\"\n\
         \"11/02/2026\",\"09:00:00\",\"PST\",\"\",\"General Withdrawal\",\"Pending\",\"USD\",\"-1,000.00\",\"0.00\",\"-1,000.00\",\"shop@example.com\",\"\",\"2BC34567DE890123F\",\"\",\"205.88\",\"Debit\"\n",
    );
    assert_eq!((told.form.id, told.form.has_balance, told.form.ties_out), ("paypal.activity", true, true));
    let entries = told.entries();
    let sale = entries[0];
    assert_eq!((sale.gross, sale.fee, sale.net, sale.balance), (125_000, -4_412, 120_588, Some(120_588)));
    assert_eq!(
        (sale.kind, sale.status, sale.direction, sale.moved),
        (Kind::Sale, Status::Completed, Direction::In, true)
    );
    assert_eq!(sale.time.to_string(), "2026-10-31T17:00:00Z");
    assert_eq!(sale.booking_date, jiff::civil::date(2026, 10, 31));
    assert_eq!(sale.key, "paypal\u{1f}1AB23456CD789012E\u{1f}USD\u{1f}in");
    assert_eq!(sale.family.as_deref(), Some("1AB23456CD789012E"));
    assert_eq!((sale.counterparty.as_str(), sale.description.as_str()), ("Jane Roe", "Express Checkout Payment"));
    let payout = entries[1];
    assert_eq!((payout.kind, payout.status, payout.moved), (Kind::Payout, Status::Pending, true));
    assert_eq!((payout.direction, payout.net), (Direction::Out, -100_000));
    assert_eq!(payout.time.to_string(), "2026-11-02T17:00:00Z");
    assert!(sale.sequence < payout.sequence);
    assert_eq!(told.warnings(), []);
    let totals = &told.summary.totals[0];
    assert_eq!((totals.money_in.sum, totals.money_out.sum, totals.fee), (125_000, 100_000, 4_412));
}

#[test]
fn a_memo_row_is_neutral_and_moves_nothing() {
    let told = activity(
        "\"10/31/2026\",\"10:00:00\",\"PDT\",\"A\",\"General Authorization\",\"Pending\",\"USD\",\"20.00\",\"0.00\",\"20.00\",\"a@example.com\",\"\",\"1AB\",\"\",\"0.00\",\"Memo\"\n\
         \"10/31/2026\",\"10:00:01\",\"PDT\",\"A\",\"Shopping Cart Item\",\"\",\"USD\",\"20.00\",\"0.00\",\"20.00\",\"a@example.com\",\"\",\"1AC\",\"\",\"0.00\",\"\"\n",
    );
    for entry in told.entries() {
        assert_eq!((entry.direction, entry.moved), (Direction::Neutral, false));
    }
    assert_eq!(told.summary.totals[0].neutral.sum, 4_000);
    assert_eq!(told.warnings(), []);
}

#[test]
fn without_balance_impact_the_running_balance_tells_what_moved() {
    let header = "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance\n";
    let rows = [
        "10/13/2026,03:46:20,PDT,Radio,Subscription Payment,Completed,USD,-6.99,0.00,-6.99,P1,-6.99\n",
        "10/13/2026,03:46:20,PDT,,Bank Deposit to PP Account ,Pending,USD,6.99,0.00,6.99,P2,0.00\n",
        "10/14/2026,08:00:00,PDT,Shop,General Authorization,Pending,USD,-5.00,0.00,-5.00,P3,0.00\n",
        "10/15/2026,08:00:00,PDT,Buyer,Mobile Payment,Pending,USD,30.00,0.00,30.00,P4,0.00\n",
        "10/16/2026,08:00:00,PDT,Buyer,Mobile Payment,Completed,USD,10.00,-0.50,9.50,P5,9.50\n",
    ];
    let moved = |rows: &[&str]| -> Vec<(String, bool, i64)> {
        let told = told(&format!("{header}{}", rows.concat()));
        assert_eq!(told.warnings(), []);
        told.entries().iter().map(|entry| (entry.provider_ref.clone(), entry.moved, entry.sequence)).collect()
    };
    let names = |rows: &[(String, bool, i64)]| {
        let moved: Vec<String> = rows.iter().filter(|row| row.1).map(|row| row.0.clone()).collect();
        moved.join(" ")
    };
    let oldest_first = moved(&rows);
    assert_eq!(names(&oldest_first), "P1 P2 P5");
    assert!(oldest_first[0].2 < oldest_first[4].2);
    let reversed: Vec<&str> = rows.into_iter().rev().collect();
    let newest_first = moved(&reversed);
    assert_eq!(names(&newest_first), "P5 P2 P1");
    assert!(newest_first[0].2 > newest_first[4].2);
}

#[test]
fn without_any_balance_type_and_status_tell_what_moved() {
    let told = told(
        "Date,Time,TimeZone,Type,Status,Currency,Gross,Fee,Net,Transaction ID\n\
         10/13/2026,03:46:20,PDT,Bank Deposit to PP Account,Pending,USD,6.99,0.00,6.99,P1\n\
         10/13/2026,03:46:20,PDT,Website Payment,Denied,USD,5.00,0.00,5.00,P2\n\
         10/13/2026,03:46:20,PDT,Website Payment,Pending,USD,5.00,0.00,5.00,P3\n\
         10/13/2026,03:46:20,PDT,Payment Refund,Completed,USD,-5.00,0.20,-4.80,P4\n",
    );
    let moved: Vec<bool> = told.entries().iter().map(|entry| entry.moved).collect();
    assert_eq!(moved, [true, false, false, true]);
    assert_eq!(told.entries()[3].fee, 20);
    assert!(!told.form.has_balance);
}

#[test]
fn german_files_are_read_with_their_words_and_commas() {
    let told = told(
        "\u{feff}\"Datum\",\"Uhrzeit\",\"Zeitzone\",\"Name\",\"Typ\",\"Status\",\"Währung\",\"Brutto\",\"Gebühr\",\"Netto\",\"Transaktionscode\",\"Zugehöriger Transaktionscode\",\"Betreff\",\"Guthaben\",\"Auswirkung auf Guthaben\"\n\
         \"03.02.2026\",\"10:12:00\",\"CET\",\"Erika Muster\",\"PayPal Express-Zahlung\",\"Abgeschlossen\",\"EUR\",\"1.250,00\",\"-31,48\",\"1.218,52\",\"1AB\",\"\",\"Bestellung 7\",\"1.218,52\",\"Haben\"\n\
         \"04.02.2026\",\"10:12:00\",\"CET\",\"\",\"Von Nutzer eingeleitete Abbuchung\",\"Ausstehend\",\"EUR\",\"-1.000,00\",\"0,00\",\"-1.000,00\",\"2CD\",\"1AB\",\"\",\"218,52\",\"Soll\"\n",
    );
    let entries = told.entries();
    assert_eq!((entries[0].gross, entries[0].fee, entries[0].net), (125_000, -3_148, 121_852));
    assert_eq!(entries[0].time.to_string(), "2026-02-03T09:12:00Z");
    assert_eq!(entries[0].description, "Bestellung 7");
    assert_eq!((entries[1].kind, entries[1].direction), (Kind::Payout, Direction::Out));
    assert_eq!(entries[1].family.as_deref(), Some("1AB"));
    assert_eq!(told.warnings(), []);
}

#[test]
fn japanese_yen_has_no_decimals() {
    let told = told(
        "日付,時間,タイムゾーン,名前,タイプ,ステータス,通貨,合計,手数料,正味,取引ID,残高,残高への影響\n\
         2026/03/04,12:00:00,JST,山田,ウェブペイメント,完了,JPY,\"5,000\",-220,\"4,780\",1AB,\"4,780\",入金\n",
    );
    let entry = told.entries()[0];
    assert_eq!((entry.gross, entry.fee, entry.net, entry.kind), (5_000, -220, 4_780, Kind::Sale));
    assert_eq!(entry.time.to_string(), "2026-03-04T03:00:00Z");
}

#[test]
fn every_row_of_a_statement_moves_its_currency() {
    let told = told(
        "\"Date\",\"Time\",\"Time Zone\",\"Description\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"Balance\",\"Transaction ID\",\"From Email Address\",\"Name\",\"Bank Name\",\"Bank Account\",\"Shipping and Handling Amount\",\"Sales Tax\",\"Invoice ID\",\"Reference Txn ID\"\n\
         \"3/29/2026\",\"12:00:00\",\"Europe/Berlin\",\"Express Checkout Payment\",\"EUR\",\"10.00\",\"-0.60\",\"9.40\",\"9.40\",\"1AB\",\"a@example.com\",\"\",\"\",\"\",\"0.00\",\"0.00\",\"\",\"\"\n\
         \"3/30/2026\",\"12:00:00\",\"Europe/Berlin\",\"General Withdrawal\",\"EUR\",\"-9.40\",\"0.00\",\"-9.40\",\"0.00\",\"1AC\",\"\",\"\",\"Bank\",\"4471\",\"0.00\",\"0.00\",\"\",\"\"\n\
         \"3/1/2026\",\"12:00:00\",\"Europe/Berlin\",\"Mobile Payment\",\"USD\",\"7.00\",\"0.00\",\"7.00\",\"107.00\",\"1AD\",\"b@example.com\",\"Bo\",\"\",\"\",\"0.00\",\"0.00\",\"\",\"\"\n",
    );
    assert_eq!(told.form.id, "paypal.statement");
    let entries = told.entries();
    assert!(entries.iter().all(|entry| entry.moved && entry.status == Status::Completed));
    assert_eq!(entries[0].counterparty, "a@example.com");
    assert_eq!(entries[0].time.to_string(), "2026-03-29T10:00:00Z");
    assert_eq!(entries[2].booking_date, jiff::civil::date(2026, 3, 1));
    assert_eq!(told.summary.totals.len(), 2);
    assert_eq!(told.warnings(), []);
}

#[test]
fn an_open_date_order_is_refused_unless_the_caller_knows_it() {
    let text = format!(
        "{HEADER}\"01/02/2026\",\"10:00:00\",\"GMT\",\"A\",\"Mobile Payment\",\"Completed\",\"GBP\",\"5.00\",\"0.00\",\"5.00\",\"\",\"\",\"1AB\",\"\",\"5.00\",\"Credit\"\n"
    );
    assert_eq!(tell(&text, &Hints::default()).err(), Some(RefusalCode::NeedsDateOrder));
    let hints = Hints { date_order: Some(DateOrder::Dmy), ..Hints::default() };
    assert_eq!(tell(&text, &hints).unwrap().entries()[0].booking_date, jiff::civil::date(2026, 2, 1));
}

#[test]
fn a_file_without_currencies_needs_one() {
    let text = "Date,Time,TimeZone,Type,Status,Gross,Fee,Net,Transaction ID\n\
                10/13/2026,03:46:20,PDT,Mobile Payment,Completed,\"1,006.99\",0.00,\"1,006.99\",P1\n";
    assert_eq!(tell(text, &Hints::default()).err(), Some(RefusalCode::NeedsCurrency));
    let hints = Hints { currency: Currency::parse("EUR").ok(), ..Hints::default() };
    assert_eq!(tell(text, &hints).unwrap().entries()[0].net, 100_699);
}

#[test]
fn amounts_that_disagree_are_kept_and_named() {
    let told = activity(
        "\"10/31/2026\",\"10:00:00\",\"PDT\",\"A\",\"Mobile Payment\",\"Completed\",\"USD\",\"20.00\",\"-1.00\",\"18.50\",\"\",\"\",\"1AB\",\"\",\"18.50\",\"Credit\"\n\
         \"10/31/2026\",\"11:00:00\",\"PDT\",\"A\",\"Mobile Payment\",\"Completed\",\"USD\",\"1.00\",\"0.00\",\"1.00\",\"\",\"\",\"1AC\",\"\",\"19.75\",\"Credit\"\n",
    );
    assert_eq!(told.entries()[0].net, 1_850);
    assert_eq!(told.warnings(), [WarningCode::NetMismatch, WarningCode::BalanceBreak]);
    let messages: Vec<&str> = told.summary.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(messages[0], "line 2: gross 20.00 and fee -1.00 do not make the net 18.50");
    assert_eq!(messages[1], "line 3: the balance is USD 19.75, the rows around it make USD 19.50");
}

#[test]
fn rows_that_cannot_be_read_are_put_aside_with_their_cell() {
    let row = |id: &str, time: &str, currency: &str, gross: &str, impact: &str| {
        format!(
            "\"10/31/2026\",\"{time}\",\"PDT\",\"A\",\"Mobile Payment\",\"Completed\",\"{currency}\",\"{gross}\",\"0.00\",\"5.00\",\"\",\"\",\"{id}\",\"\",\"5.00\",\"{impact}\"\n"
        )
    };
    let told = activity(
        &[
            row("2.80E+27", "10:00:00", "USD", "5.00", "Credit"),
            row("1AB", "25:00:00", "USD", "5.00", "Credit"),
            row("1AC", "10:00:00", "QQQ", "5.00", "Credit"),
            row("1AD", "10:00:00", "USD", "5,00", "Credit"),
            row("1AE", "10:00:00", "USD", "5.00", "Sideways"),
            "\"10/31/2026\",\"10:00:00\",\"PDT\"\n".to_owned(),
            row("1AF", "10:00:00", "USD", "5.00", "Credit"),
        ]
        .concat(),
    );
    let found: Vec<(SkipReason, &str)> = told
        .rows
        .iter()
        .filter_map(|row| if let Row::Skip(skip) = row { Some((skip.reason, skip.found.as_str())) } else { None })
        .collect();
    assert_eq!(
        found,
        [
            (SkipReason::DamagedId, "2.80E+27"),
            (SkipReason::BadTime, "25:00:00"),
            (SkipReason::BadCurrency, "QQQ"),
            (SkipReason::BadAmount, "5,00"),
            (SkipReason::BadDirection, "Sideways"),
            (SkipReason::BadShape, "10/31/2026"),
        ]
    );
    assert_eq!((told.summary.rows, told.summary.skipped), (7, 6));
    // The damaged id and the bad time still count with their amounts.
    assert_eq!(told.summary.totals[0].money_in.sum, 1_500);
}

#[test]
fn a_zone_without_one_meaning_is_named_in_a_warning() {
    let told = activity(
        "\"10/31/2026\",\"10:00:00\",\"CST\",\"A\",\"Mobile Payment\",\"Completed\",\"USD\",\"5.00\",\"0.00\",\"5.00\",\"\",\"\",\"1AB\",\"\",\"5.00\",\"Credit\"\n",
    );
    assert_eq!(told.warnings(), [WarningCode::ZoneAssumed]);
    assert_eq!(told.entries()[0].time.to_string(), "2026-10-31T10:00:00Z");
}

#[test]
fn the_personal_short_form_is_activity_that_is_never_tied_out() {
    let told = told(
        "\"Date\",\"Time\",\"Time Zone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Amount\",\"Receipt ID\",\"Balance\",\n\
         \"10/31/2026\",\"10:00:00\",\"PDT\",\"A\",\"Payment Received\",\"Completed\",\"USD\",\"5.00\",\"\",\"5.00\",\n\
         \"10/31/2026\",\"10:00:00\",\"PDT\",\"B\",\"Payment Sent\",\"Completed\",\"USD\",\"-5.00\",\"\",\"0.00\",\n",
    );
    assert_eq!((told.form.version, told.form.ties_out), ("short", false));
    let entries = told.entries();
    assert_ne!(entries[0].key, entries[1].key);
    assert_eq!((entries[0].kind, entries[1].kind), (Kind::Sale, Kind::Other));
}

#[test]
fn a_report_of_agreements_is_not_money() {
    let text = "CH,Subscription ID,Subscription Action Type,Subscription Currency,Subscription Creation Date\nSB,I-1,S0000,USD,2026\n";
    assert_eq!(tell(text, &Hints::default()).err(), Some(RefusalCode::NotMoney));
}

#[test]
fn tables_of_others_are_not_paypals() {
    for header in ["Date,Description,Amount,Balance", "Date,Time,Transaction ID,Amount", "id,Type,Net"] {
        assert_eq!(tell(&format!("{header}\n1,2,3,4\n"), &Hints::default()).err(), Some(RefusalCode::UnknownForm));
    }
}

proptest! {
    /// Every record after the header is an entry or a skipped row, whatever its cells hold.
    #[test]
    fn every_row_is_told(
        rows in prop::collection::vec(prop::collection::vec("[-0-9.,/:A-Za-z ]{0,12}", 14..18), 1..20),
    ) {
        let text: String = rows.iter().map(|row| format!("\"x{}\"\n", row.join("\",\""))).collect();
        match tell(&format!("{HEADER}{text}"), &Hints { date_order: Some(DateOrder::Mdy), ..Hints::default() }) {
            Ok(told) => prop_assert_eq!(told.rows.len(), rows.len()),
            Err(code) => prop_assert_eq!(code, RefusalCode::Damaged),
        }
    }
}
