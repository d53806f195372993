use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use super::*;
use crate::reader::{Occurrences, ReadError, open};
use crate::{Entry, Row};

pub(super) fn mapping(header: &str, columns: &[(ColumnRole, &str)]) -> Mapping {
    Mapping {
        provider: Provider::Other,
        header: header.split(',').map(str::to_owned).collect(),
        columns: columns.iter().map(|(role, name)| (*role, (*name).to_owned())).collect(),
        date_order: None,
        currency: Currency::parse("EUR").ok(),
        fee_sign: FeeSign::Added,
    }
}

fn read(text: &str, hints: &Hints) -> Result<(Vec<Entry>, usize), Refusal> {
    let source = || Ok(Box::new(Cursor::new(text.as_bytes().to_vec())) as Box<dyn Read>);
    let mut entries = Vec::new();
    let mut skipped = 0;
    let result = open(&source, hints).and_then(|mut reader| {
        reader.rows(&source, &mut |row| {
            match row {
                Row::Entry(entry) => entries.push(*entry),
                Row::Skip(_) => skipped += 1,
            }
            ControlFlow::Continue(())
        })
    });
    match result {
        Ok(_) => Ok((entries, skipped)),
        Err(ReadError::Refused(refusal)) => Err(refusal),
        Err(ReadError::Io(error)) => panic!("{error}"),
    }
}

fn with(mapping: Mapping) -> Hints {
    Hints { mappings: vec![mapping], ..Hints::default() }
}

const TWO: &[(ColumnRole, &str)] = &[(ColumnRole::Date, "day"), (ColumnRole::Gross, "sum")];

#[test]
fn a_mapping_without_date_amount_or_currency_is_refused() {
    use ColumnRole::{Date, Fee, Gross, MoneyIn, MoneyOut, Time};
    let check = |columns: &[(ColumnRole, &str)]| mapping("day,sum,in,out,sum2,sum2", columns).check();
    assert_eq!(check(TWO), Ok(()));
    assert_eq!(check(&[(Date, "day"), (Time, "day"), (MoneyIn, "in"), (MoneyOut, "out")]), Ok(()));
    assert_eq!(check(&[(Gross, "sum")]), Err(MappingError::NoDate));
    assert_eq!(check(&[(Date, "day")]), Err(MappingError::NoAmount));
    assert_eq!(check(&[(Date, "day"), (MoneyIn, "in")]), Err(MappingError::HalfAnAmount));
    let twice = [(Date, "day"), (Gross, "sum"), (MoneyIn, "in"), (MoneyOut, "out")];
    assert_eq!(check(&twice), Err(MappingError::AmountTwice));
    let unknown = MappingError::UnknownColumn { role: Gross, column: "Sum".to_owned() };
    assert_eq!(check(&[(Date, "day"), (Gross, "Sum")]), Err(unknown));
    assert_eq!(check(&[(Date, "day"), (Gross, "sum2")]), Err(MappingError::RepeatedColumn("sum2".to_owned())));
    assert_eq!(check(&[(Date, "day"), (Gross, "sum"), (Fee, "sum")]), Err(MappingError::UsedTwice("sum".to_owned())));
    let without = Mapping { currency: None, ..mapping("day,sum", TWO) };
    assert_eq!(without.check(), Err(MappingError::NoCurrency));
}

#[test]
fn roles_have_words() {
    assert_eq!("money_in".parse(), Ok(ColumnRole::MoneyIn));
    assert_eq!("Gross".parse::<ColumnRole>(), Err(MappingError::UnknownRole("Gross".to_owned())));
    for role in ColumnRole::ALL {
        assert_eq!(role.word().parse(), Ok(*role));
    }
}

#[test]
fn a_mapping_is_stored_as_json_and_refuses_what_it_does_not_know() {
    let one = mapping("day,sum", TWO);
    let text = serde_json::to_string(&one).unwrap();
    assert!(text.contains("\"date\":\"day\""), "{text}");
    assert_eq!(serde_json::from_str::<Mapping>(&text).unwrap(), one);
    let more = text.replacen('{', "{\"colour\":1,", 1);
    assert!(serde_json::from_str::<Mapping>(&more).is_err());
}

#[test]
fn a_header_is_known_again_in_any_order_and_case() {
    let one = mapping("day,sum", TWO);
    assert!(one.fits(&["Sum ", "day", ""]));
    assert!(!one.fits(&["sum", "day", "note"]));
    assert!(!one.fits(&["sum", "day", "day"]));
    assert_eq!(Mapping::fingerprint(&["day", "sum"]), Mapping::fingerprint(&["SUM", "Day", ""]));
    assert_ne!(Mapping::fingerprint(&["da", "ysum"]), Mapping::fingerprint(&["day", "sum"]));
    assert_eq!(Mapping::fingerprint(&["day", "sum"]).len(), 32);
}

#[test]
fn a_known_form_comes_before_a_mapping_unless_the_hint_names_its_provider() {
    let header = "Date,Time,TimeZone,Type,Status,Currency,Gross,Transaction ID";
    let text = format!("{header}\n2026-11-20,10:00:00,GMT,Mobile Payment,Completed,USD,1.00,1AB23456CD789012E\n");
    let columns = [(ColumnRole::Date, "Date"), (ColumnRole::Gross, "Gross"), (ColumnRole::Currency, "Currency")];
    let source = || Ok(Box::new(Cursor::new(text.clone().into_bytes())) as Box<dyn Read>);
    let form = |hints: &Hints| open(&source, hints).unwrap().form().id;
    let mut hints = with(mapping(header, &columns));
    assert_eq!(form(&hints), "paypal.activity");
    hints.provider = Some(Provider::Other);
    assert_eq!(form(&hints), "other.mapped");
    hints.provider = Some(Provider::PayPal);
    assert_eq!(form(&hints), "paypal.activity");
}

#[test]
fn an_incomplete_mapping_is_refused_by_name() {
    let refusal = read("day,sum\n2026-11-20,1.00\n", &with(mapping("day,sum", &TWO[..1]))).unwrap_err();
    assert_eq!((refusal.code, refusal.line), (RefusalCode::UnknownForm, Some(1)));
    assert!(refusal.found.contains("no column is named as an amount"), "{}", refusal.found);
    let without = Mapping { currency: None, ..mapping("day,sum", TWO) };
    let refusal = read("day,sum\n2026-11-20,1.00\n", &with(without)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::NeedsCurrency);
}

#[test]
fn dates_are_read_in_all_their_forms() {
    for (written, expected) in [
        ("2026-11-20", "2026-11-20T00:00:00Z"),
        ("20.11.2026 09:15", "2026-11-20T09:15:00Z"),
        ("20/11/2026", "2026-11-20T00:00:00Z"),
        ("2026年11月20日", "2026-11-20T00:00:00Z"),
        ("2026年1月2日 09:15:02", "2026-01-02T09:15:02Z"),
        ("2026年1月2日09:15:02", "2026-01-02T09:15:02Z"),
        ("2026-11-20T09:15:02+08:00", "2026-11-20T01:15:02Z"),
        ("2026-11-20T09:15:02Z", "2026-11-20T09:15:02Z"),
    ] {
        let (entries, _) = read(&format!("day,sum\n{written},1.00\n"), &with(mapping("day,sum", TWO))).unwrap();
        assert_eq!(entries[0].time.to_string(), expected, "{written}");
    }
}

#[test]
fn the_order_of_day_and_month_is_asked_for_unless_the_mapping_says_it() {
    let text = "day,sum\n01/02/2026,1.00\n";
    let open_order = read(text, &with(mapping("day,sum", TWO))).unwrap_err();
    assert_eq!(open_order.code, RefusalCode::NeedsDateOrder);
    let said = Mapping { date_order: Some(DateOrder::Dmy), ..mapping("day,sum", TWO) };
    assert_eq!(read(text, &with(said)).unwrap().0[0].booking_date, jiff::civil::date(2026, 2, 1));
}

#[test]
fn an_out_column_with_and_without_signs_takes_money() {
    use ColumnRole::{Date, MoneyIn, MoneyOut};
    let two_ways = mapping("day,in,out", &[(Date, "day"), (MoneyIn, "in"), (MoneyOut, "out")]);
    for out in ["5.00", "-5.00"] {
        let text = format!("day,in,out\n2026-11-20,20.00,\n2026-11-20,,{out}\n2026-11-21,-,{out}\n2026-11-22,,\n");
        let (entries, skipped) = read(&text, &with(two_ways.clone())).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.gross).collect::<Vec<_>>(), [2_000, -500, -500], "{out}");
        assert_eq!(skipped, 1);
    }
}

#[test]
fn a_direction_column_signs_amounts() {
    use ColumnRole::{Date, Direction, Gross};
    let one = mapping("day,sum,way", &[(Date, "day"), (Gross, "sum"), (Direction, "way")]);
    let text =
        "day,sum,way\n2026-11-20,20.00,收入\n2026-11-20,5.00,DR\n2026-11-21,-5.00,Debit\n2026-11-22,1.00,不计收支\n";
    let (entries, skipped) = read(text, &with(one)).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.gross).collect::<Vec<_>>(), [2_000, -500, -500]);
    assert_eq!(skipped, 1);
}

#[test]
fn rows_without_an_id_are_told_apart_by_what_they_say() {
    let text = "day,sum\n2026-11-20,1.00\n2026-11-20,1.00\n2026-11-20,2.00\n";
    let (entries, _) = read(text, &with(mapping("day,sum", TWO))).unwrap();
    assert_eq!(entries[0].key, entries[1].key);
    assert_ne!(entries[0].key, entries[2].key);
    let mut occurrences = Occurrences::new();
    assert_ne!(occurrences.identify(&entries[0]), occurrences.identify(&entries[1]));
}

#[test]
fn a_paypal_payment_has_the_key_of_paypals_own_form() {
    let header = "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance";
    let row = "2026-11-20,10:00:00,GMT,Jane Roe,Mobile Payment,Completed,USD,10.00,-0.50,9.50,1AB23456CD789012E,9.50";
    let own = read(&format!("{header}\n{row}\n"), &Hints::default()).unwrap().0;
    let strange = "d,t,z,n,ty,st,cu,g,f,ne,id,b";
    use ColumnRole as R;
    let roles = [
        R::Date,
        R::Time,
        R::Zone,
        R::Counterparty,
        R::Type,
        R::Status,
        R::Currency,
        R::Gross,
        R::Fee,
        R::Net,
        R::Id,
        R::Balance,
    ];
    let columns: Vec<_> = roles.into_iter().zip(strange.split(',')).collect();
    let paypals = Mapping { provider: Provider::PayPal, ..mapping(strange, &columns) };
    let mapped = read(&format!("{strange}\n{row}\n"), &with(paypals)).unwrap().0;
    assert_eq!(mapped[0].key, own[0].key);
    assert_eq!(
        mapped,
        own.into_iter().map(|entry| Entry { source: mapped[0].source, family: None, ..entry }).collect::<Vec<_>>()
    );
}

#[test]
fn a_pending_row_moved_the_balance_if_the_balance_says_so() {
    use ColumnRole::{Balance, Date, Gross, Status};
    let header = "day,sum,state,left";
    let one = mapping(header, &[(Date, "day"), (Gross, "sum"), (Status, "state"), (Balance, "left")]);
    let rows = [
        "2026-11-20,10.00,SETTLED,10.00",
        "2026-11-21,-4.00,PENDING,6.00",
        "2026-11-22,7.00,PENDING,6.00",
        "2026-11-23,1.00,SETTLED,7.00",
    ];
    let moved = |rows: Vec<&str>| {
        let text = format!("{header}\n{}\n", rows.join("\n"));
        read(&text, &with(one.clone())).unwrap().0.iter().map(|entry| entry.moved).collect::<Vec<_>>()
    };
    assert_eq!(moved(rows.to_vec()), [true, true, false, true]);
    assert_eq!(moved(rows.into_iter().rev().collect()), [true, false, true, true]);
}
