//! Made-up files in the forms of Stripe's reports and of its dashboard. Amounts in the tests are minor units.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use proptest::prelude::*;

use crate::reader::{Form, Hints, ReadError, RefusalCode, Summary, WarningCode, open};
use crate::{Direction, Entry, Kind, Part, Row, SkipReason, Status};

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

#[test]
fn a_charged_fee_is_negative_in_an_entry() {
    let told = told(
        "\"balance_transaction_id\",\"created_utc\",\"available_on_utc\",\"currency\",\"gross\",\"fee\",\"net\",\"reporting_category\",\"description\"\n\
         \"txn_1A\",\"2026-05-01 12:00:00\",\"2026-05-03 00:00:00\",\"usd\",\"10.00\",\"0.59\",\"9.41\",\"charge\",\"Order 17\"\n\
         \"txn_1B\",\"2026-05-04 06:00:00\",\"2026-05-04 06:00:00\",\"usd\",\"-2.50\",\"0.00\",\"-2.50\",\"refund\",\"REFUND FOR CHARGE (Order 17)\"\n",
    );
    assert_eq!((told.form.id, told.form.has_balance, told.form.ties_out), ("stripe.balance_change", false, true));
    let entries = told.entries();
    assert_eq!((entries[0].gross, entries[0].fee, entries[0].net), (1_000, -59, 941));
    assert_eq!((entries[0].kind, entries[0].direction), (Kind::Sale, Direction::In));
    assert_eq!(entries[0].time.to_string(), "2026-05-01T12:00:00Z");
    assert_eq!(entries[0].key, "stripe\u{1f}txn_1A");
    assert_eq!((entries[1].net, entries[1].kind), (-250, Kind::Refund));
    assert!(entries[0].sequence < entries[1].sequence);
    assert_eq!(told.warnings(), []);
    let totals = &told.summary.totals[0];
    assert_eq!((totals.money_in.sum, totals.money_out.sum, totals.fee), (1_000, 250, 59));
}

#[test]
fn the_dashboards_history_has_the_same_keys_newest_first() {
    let told = told(
        "id,Type,Source,Amount,Fee,Destination Platform Fee,Destination Platform Fee Currency,Net,Currency,Created (UTC),Available On (UTC),Description,Customer Facing Amount,Customer Facing Currency,Transfer,Transfer Date (UTC),Transfer Group,order (metadata)\n\
         txn_1C,payout,po_1,-9.41,0.00,,,-9.41,usd,2026-05-04 07:00,2026-05-04 07:00,STRIPE PAYOUT,,,,,,\n\
         txn_1A,charge,ch_1,10.00,0.59,,,9.41,usd,2026-05-01 12:00,2026-05-03 00:00,Order 17,10.00,usd,po_1,2026-05-04 07:00,,17\n",
    );
    assert_eq!((told.form.id, told.form.version), ("stripe.balance_history", "dashboard"));
    let entries = told.entries();
    assert_eq!((entries[0].kind, entries[0].net), (Kind::Payout, -941));
    assert_eq!(entries[1].key, "stripe\u{1f}txn_1A");
    assert_eq!(entries[1].family.as_deref(), Some("ch_1"));
    assert!(entries[0].sequence > entries[1].sequence);
}

#[test]
fn the_short_history_has_no_description() {
    let told = told(
        "ID,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC)\n\
         txn_1A,charge,ch_1,10.00,0.59,9.41,USD,2026-05-01 12:00,2026-05-03 00:00\n",
    );
    assert_eq!((told.form.version, told.entries()[0].description.as_str()), ("dashboard-short", "charge"));
}

#[test]
fn currencies_have_their_own_decimals() {
    let told = told(
        "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category\n\
         txn_1A,2026-05-01 12:00:00,jpy,5000,180,4820,charge\n\
         txn_1B,2026-05-01 12:00:00,kwd,12.345,0.500,11.845,charge\n\
         txn_1C,2026-05-01 12:00:00,isk,5000.00,0.00,5000.00,charge\n\
         txn_1D,2026-05-01 12:00:00,mga,5000,0,5000,charge\n",
    );
    let net: Vec<i64> = told.entries().iter().map(|entry| entry.net).collect();
    assert_eq!(net, [4_820, 11_845, 5_000, 500_000]);
    assert_eq!(told.summary.totals.len(), 4);
}

#[test]
fn dinars_with_a_comma_are_not_thousands() {
    let told = told(
        "balance_transaction_id;created_utc;currency;gross;fee;net;reporting_category\n\
         txn_1B;2026-05-01 12:00:00;kwd;12,345;1,500;10,845;charge\n",
    );
    assert_eq!(told.entries()[0].gross, 12_345);
}

#[test]
fn a_file_saved_by_a_spreadsheet_is_read() {
    let told = told(
        "balance_transaction_id;created_utc;currency;gross;fee;net;reporting_category;description\n\
         txn_1A;01/05/2026 12:00;eur;1.010,00;0,59;1.009,41;charge;\"Order; 17\"\n\
         txn_1B;13/05/2026 06:00:00;eur;-2,50;0,00;-2,50;refund;\n",
    );
    let entries = told.entries();
    assert_eq!((entries[0].net, entries[0].booking_date), (100_941, jiff::civil::date(2026, 5, 1)));
    assert_eq!(entries[0].description, "Order; 17");
}

#[test]
fn a_zone_that_is_not_stated_is_assumed_and_named() {
    let text = "balance_transaction_id,created,currency,gross,fee,net,reporting_category\n\
                txn_1A,2026-05-01 00:30:00,usd,10.00,0.59,9.41,charge\n";
    let assumed = told(text);
    assert_eq!(assumed.warnings(), [WarningCode::ZoneAssumed]);
    let hints = Hints { zone: Some(jiff::tz::TimeZone::get("Asia/Hong_Kong").unwrap()), ..Hints::default() };
    let hinted = tell(text, &hints).unwrap();
    assert_eq!(hinted.warnings(), []);
    assert_eq!(hinted.entries()[0].time.to_string(), "2026-04-30T16:30:00Z");
    assert_eq!(hinted.entries()[0].booking_date, jiff::civil::date(2026, 5, 1));
}

#[test]
fn missing_amounts_follow_from_the_others() {
    let told = told(
        "balance_transaction_id,created_utc,currency,fee,net\n\
         txn_1A,2026-05-01 12:00:00,usd,0.59,9.41\n",
    );
    assert_eq!((told.entries()[0].gross, told.entries()[0].fee), (1_000, -59));
}

#[test]
fn amounts_that_disagree_are_kept_and_named() {
    let told = told(
        "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category\n\
         txn_1A,2026-05-01 12:00:00,usd,10.00,0.59,9.40,charge\n\
         ,2026-05-01 12:00:00,usd,1.00,0.00,1.00,charge\n",
    );
    assert_eq!(told.summary.warnings[0].message, "line 2: gross 10.00 less fee 0.59 does not make the net 9.40");
    assert_eq!(told.entries()[0].net, 940);
    assert!(matches!(&told.rows[1], Row::Skip(skip) if skip.reason == SkipReason::DamagedId));
}

#[test]
fn the_payouts_report_meets_the_history_by_its_balance_transactions() {
    let told = told(
        "payout_id,effective_at_utc,currency,gross,fee,net,reporting_category,balance_transaction_id,description,payout_expected_arrival_date,payout_status\n\
         po_1,2026-05-04 07:00:00,usd,-9.41,0.00,-9.41,payout,txn_1C,STRIPE PAYOUT,2026-05-06 00:00:00,paid\n",
    );
    assert_eq!((told.form.id, told.form.ties_out), ("stripe.payouts", false));
    assert_eq!(told.entries()[0].key, "stripe\u{1f}txn_1C");
    assert_eq!((told.entries()[0].kind, told.entries()[0].family.as_deref()), (Kind::Payout, Some("po_1")));
}

#[test]
fn lists_of_the_dashboard_describe_and_tell_no_money() {
    let payments = told(
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Description,Fee,Converted Currency,Mode,PaymentIntent ID,Status\n\
         ch_3,2026-06-07 02:38:54,15.00,0.00,usd,true,117.50,Order 8,6.35,hkd,Live,pi_3,Paid\n",
    );
    let payment = payments.entries()[0];
    assert_eq!(
        (payment.part, payment.moved, payment.gross, payment.fee),
        (Part::Detail, false, 1_500, 0),
        "a fee in HKD"
    );
    assert_eq!((payment.family.as_deref(), payment.alias.as_deref()), (Some("ch_3"), Some("pi_3")));
    let payouts = told(
        "id,Amount,Created (UTC),Currency,Livemode,Arrival Date (UTC),Source Type,Destination,Status,Type,Balance Transaction\n\
         po_1,9.41,2026-05-04 07:00,usd,true,2026-05-06 00:00,card,ba_1,in_transit,bank_account,txn_1C\n",
    );
    let payout = payouts.entries()[0];
    assert_eq!((payout.part, payout.gross, payout.status), (Part::Detail, -941, Status::Pending));
    assert_eq!((payout.provider_ref.as_str(), payout.alias.as_deref()), ("po_1", Some("txn_1C")));
}

proptest! {
    /// Every record after the header is an entry or a skipped row, whatever its cells hold.
    #[test]
    fn every_row_is_told(
        rows in prop::collection::vec(prop::collection::vec("[-0-9.,/:A-Za-z ]{0,12}", 6..9), 1..20),
    ) {
        let header = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category\n";
        let text: String = rows.iter().map(|row| format!("\"x{}\"\n", row.join("\",\""))).collect();
        let hints = Hints { date_order: Some(crate::reader::DateOrder::Dmy), ..Hints::default() };
        match tell(&format!("{header}{text}"), &hints) {
            Ok(told) => prop_assert_eq!(told.rows.len(), rows.len()),
            Err(code) => prop_assert_eq!(code, RefusalCode::Damaged),
        }
    }
}
