//! The practice files through the eyes of the readers.

use std::collections::{HashMap, HashSet};
use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;

use jiff::civil::{Date, date};
use purser_books::coverage::{MonthState, months};
use purser_books::reader::{Hints, Occurrences, Period, Summary, Totals, WarningCode, open};
use purser_books::{Entry, Kind, Provider, Row};

use crate::{PracticeFile, ScaledForm, demo_files, personal_files, write_scaled};

const TODAY: Date = date(2026, 11, 23);

struct Taken {
    form: &'static str,
    account: Option<String>,
    entries: Vec<Entry>,
    summary: Summary,
}

fn take(bytes: &[u8]) -> Taken {
    let source = || -> io::Result<Box<dyn Read>> { Ok(Box::new(Cursor::new(bytes.to_vec()))) };
    let mut reader = open(&source, &Hints::default()).unwrap();
    let mut entries = Vec::new();
    let summary = reader
        .rows(&source, &mut |row| {
            match row {
                Row::Entry(entry) => entries.push(*entry),
                Row::Skip(skip) => panic!("{skip:?}"),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    let account = reader.account_ref().map(str::to_owned);
    Taken { form: reader.form().id, account, entries, summary }
}

fn by_code(totals: &[Totals]) -> Vec<Totals> {
    let mut sorted = totals.to_vec();
    sorted.sort_by_key(|totals| totals.currency);
    sorted
}

fn agree(file: &PracticeFile) -> Taken {
    let taken = take(&file.bytes);
    assert_eq!(taken.form, file.form, "{}", file.name);
    assert_eq!(by_code(&taken.summary.totals), by_code(&file.sums), "{}", file.name);
    assert_eq!(taken.summary.warnings, [], "{}", file.name);
    taken
}

#[test]
fn readers_see_the_sums_the_generator_kept() {
    for file in demo_files(TODAY).iter().chain(&personal_files(TODAY)) {
        let taken = agree(file);
        assert!(taken.entries.len() >= 10, "{} has {} rows", file.name, taken.entries.len());
    }
}

#[test]
fn the_same_day_gives_the_same_bytes() {
    for (one, other) in demo_files(TODAY).iter().zip(demo_files(TODAY)) {
        assert_eq!((&one.name, &one.bytes), (&other.name, &other.bytes));
    }
    let names: HashSet<String> = demo_files(TODAY).into_iter().map(|file| file.name).collect();
    assert_eq!(names.len(), demo_files(TODAY).len());
}

#[test]
fn any_day_will_do() {
    for today in [date(2024, 3, 1), date(2025, 1, 31), date(2026, 12, 31), date(2031, 2, 15)] {
        for file in demo_files(today) {
            agree(&file);
        }
    }
    for extreme in [Date::MIN, Date::MAX, Date::ZERO] {
        assert!(!demo_files(extreme).is_empty());
        assert!(!personal_files(extreme).is_empty());
    }
}

#[test]
fn no_balance_is_negative_and_each_follows_from_the_one_before() {
    let mut last: HashMap<String, i64> = HashMap::new();
    for file in demo_files(TODAY) {
        for entry in agree(&file).entries {
            assert!(entry.booking_date < TODAY.first_of_month(), "{entry:?}");
            let Some(balance) = entry.balance else { continue };
            assert!(balance >= 0, "{entry:?}");
            let account = format!("{:?} {}", file.provider, entry.currency);
            let before = last.insert(account, balance);
            // PayPal's files overlap and a month of WeChat's is missing; Alipay's follow each other.
            if file.provider == Provider::Alipay {
                assert!(before.is_none_or(|before| before + entry.net == balance), "{entry:?}");
            }
        }
    }
    assert_eq!(last.len(), 5);
}

/// Equal keys are the same movement told twice: in the days two files share, or in trade bill and fund-flow bill.
#[test]
fn importing_every_file_gives_each_movement_once() {
    let mut movements: HashMap<(String, bool), (i64, i64, i64)> = HashMap::new();
    for file in demo_files(TODAY) {
        let mut occurrences = Occurrences::new();
        let mut in_file = HashSet::new();
        for entry in agree(&file).entries {
            let is_flow = file.form == "wechatpay.fund_flow";
            assert!(in_file.insert(occurrences.identify(&entry)) || is_flow, "{entry:?}");
            let told = (entry.gross, entry.fee, entry.time.as_second());
            if let Some(before) = movements.insert((entry.key.clone(), is_flow), told) {
                assert!(before == told || is_flow, "{entry:?}");
            }
        }
    }
    let keys: HashSet<&String> = movements.keys().map(|(key, _)| key).collect();
    assert!((5_500..=6_500).contains(&keys.len()), "{} transactions", keys.len());
}

#[test]
fn the_two_bills_of_wechat_tell_the_same_orders() {
    let mut sums: HashMap<String, [i64; 2]> = HashMap::new();
    for file in demo_files(TODAY).iter().filter(|file| file.form.starts_with("wechatpay")) {
        let taken = agree(file);
        assert_eq!(taken.account.as_deref(), Some("1900000001"));
        let bill = usize::from(file.form == "wechatpay.fund_flow");
        for entry in taken.entries.iter().filter(|entry| entry.kind != Kind::Payout) {
            sums.entry(entry.key.clone()).or_default()[bill] += entry.net;
        }
    }
    for (key, [trade, flow]) in sums {
        assert_eq!(trade, flow, "{key}");
    }
}

#[test]
fn stripe_has_paid_out_what_its_lines_say() {
    let mut net: HashMap<String, i64> = HashMap::new();
    let mut seen = HashSet::new();
    for file in demo_files(TODAY).iter().filter(|file| file.form.starts_with("stripe")) {
        for entry in agree(file).entries {
            assert_eq!(entry.kind == Kind::Payout, file.form == "stripe.balance_history");
            if seen.insert(entry.key.clone()) {
                *net.entry(entry.currency.to_string()).or_default() += entry.net;
            }
        }
    }
    assert_eq!(net.len(), 3);
    assert!(net.values().all(|balance| *balance >= 0), "{net:?}");
}

#[test]
fn the_coverage_calendar_has_something_to_show() {
    let files = demo_files(TODAY);
    let months_of = |provider: Provider| {
        let of_provider = files.iter().filter(|file| file.provider == provider);
        let covered: Vec<Period> = of_provider.map(|file| agree(file).summary.period.unwrap()).collect();
        months(&covered, &[]).iter().map(|month| month.state).collect::<Vec<_>>()
    };
    use MonthState::{Complete, Missing, Partial};
    let mut edges = vec![Complete; 18];
    assert_eq!(months_of(Provider::Alipay), edges);
    (edges[0], edges[17]) = (Partial, Partial);
    assert_eq!(months_of(Provider::PayPal), edges);
    assert_eq!(months_of(Provider::Stripe), edges);
    edges = vec![Complete; 18];
    edges[15] = Missing;
    assert_eq!(months_of(Provider::WeChatPay), edges);
}

#[test]
fn the_company_has_seen_everything_once() {
    let mut kinds: HashMap<(String, Kind), u32> = HashMap::new();
    let mut months: HashMap<&str, HashSet<Date>> = HashMap::new();
    let files = demo_files(TODAY);
    for file in &files {
        for entry in agree(file).entries {
            *kinds.entry((format!("{:?}", file.provider), entry.kind)).or_default() += 1;
            months.entry(file.form).or_default().insert(entry.booking_date.first_of_month());
        }
    }
    for (provider, expected) in [
        (
            "PayPal",
            [
                Kind::Dispute,
                Kind::DisputeReversal,
                Kind::Fee,
                Kind::Hold,
                Kind::Release,
                Kind::Conversion,
                Kind::Payout,
                Kind::Refund,
            ]
            .as_slice(),
        ),
        ("Stripe", &[Kind::Dispute, Kind::DisputeReversal, Kind::Fee, Kind::Payout, Kind::Refund]),
        ("Alipay", &[Kind::Sale, Kind::Refund, Kind::Fee, Kind::Payout, Kind::TransferOut]),
        ("WeChatPay", &[Kind::Sale, Kind::Refund, Kind::Fee, Kind::Payout]),
    ] {
        for kind in expected {
            assert!(kinds.contains_key(&(provider.to_owned(), *kind)), "{provider} {kind:?}");
        }
    }
    assert!(!months["wechatpay.fund_flow"].contains(&date(2026, 8, 1)));
    assert_eq!(months["wechatpay.fund_flow"].len(), 17);
    assert_eq!(months["paypal.activity"].len(), 18);
}

#[test]
fn chinese_text_survives_gb18030() {
    let files = demo_files(TODAY);
    for file in files.iter().chain(&personal_files(TODAY)) {
        if file.form.starts_with("alipay") {
            let (text, _, had_errors) = encoding_rs::GB18030.decode(&file.bytes);
            assert!(!had_errors && text.contains('，'), "{}", file.name);
            assert_eq!(encoding_rs::GB18030.encode(&text).0, file.bytes);
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        } else {
            assert!(std::str::from_utf8(&file.bytes).is_ok());
        }
    }
}

#[test]
fn scaled_files_have_their_rows_and_hold_together() {
    for form in ScaledForm::ALL {
        for rows in [0, 1, 10, 57, 5_000] {
            let mut bytes = Vec::new();
            write_scaled(&mut bytes, form, rows).unwrap();
            let taken = take(&bytes);
            assert_eq!((taken.form, taken.summary.rows), (form.id(), rows));
            let harmless = |code| rows == 0 && code == WarningCode::Empty;
            let warnings = &taken.summary.warnings;
            assert!(warnings.iter().all(|warning| harmless(warning.code)), "{form:?} {warnings:?}");
            let keys: HashSet<_> = taken.entries.iter().map(|entry| (&entry.key, entry.kind == Kind::Fee)).collect();
            assert_eq!(keys.len(), taken.entries.len(), "{form:?}");
            assert!(taken.entries.iter().all(|entry| entry.balance.is_none_or(|left| left >= 0)));
        }
    }
}

#[test]
fn scaled_rows_are_as_wide_as_real_ones() {
    let mut bytes = Vec::new();
    write_scaled(&mut bytes, ScaledForm::PayPalActivity, 1_000).unwrap();
    assert!((280..=380).contains(&(bytes.len() / 1_000)), "{}", bytes.len());
}
