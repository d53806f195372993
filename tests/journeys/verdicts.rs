//! Going through everything since the last good day: ours, theirs, unknown; by transaction, kept through undo and import.

use std::path::Path;

use purser_app::incident::{ReconcilePage, ReconcileRequest, Shown};
use purser_books::papers::Verdict;
use purser_tests::folder::files;
use purser_tests::profile::log_in;
use purser_tests::statements::fixture;
use purser_tests::{Cli, MovingClock, Profile};
use serde_json::{Value, json};

use crate::incidents::{step, unpacked};
use crate::kills::{kill, later};

const FILE: &str = "paypal/activity-en-us";
/// The withdrawal and the refund of the fixture, and a conversion out of euros.
const WITHDRAWAL: &str = "7GH89012JK345678L";
const REFUND: &str = "4DE56789FG012345H";

fn with_incident() -> (Profile, Cli) {
    let computer = Profile::unlocked();
    let cli = computer.cli().clone();
    cli.json(["import", &fixture(FILE)]);
    cli.json(["incident", "open", "--title", "odd withdrawal", "--suspected", "2026-11-04T08:00:00Z"]);
    (computer, cli)
}

fn id_of(page: &Value, reference: &str, currency: &str) -> String {
    let rows = page["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["provider_ref"] == reference && row["currency"] == currency);
    row.unwrap_or_else(|| panic!("no {reference} in {page}"))["id"].as_str().unwrap().to_owned()
}

#[test]
fn each_transaction_is_ours_theirs_or_unknown() {
    let (_computer, cli) = with_incident();
    let refused = cli.run(["incident", "transactions"]).expect_code(2);
    assert!(refused.stderr.contains("good-day"), "{}", refused.stderr);
    for day in ["2999-01-01", "2026-02-30", "yesterday"] {
        cli.run(["incident", "good-day", day]).expect_code(2);
    }
    let incident = cli.json(["incident", "good-day", "2026-10-30"]);
    assert_eq!(incident["good_day"], "2026-10-30");
    assert_eq!(step(&incident, "reconcile")["transactions"], json!({ "marked": 0, "total": 7 }));
    assert!(step(&incident, "pack")["transactions"].is_null());

    let page = cli.json(["incident", "transactions"]);
    let times: Vec<&str> = page["rows"].as_array().unwrap().iter().map(|row| row["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && times.len() == 7, "{times:?}");
    assert!(page["rows"].as_array().unwrap().iter().all(|row| row["booking_date"].as_str() > Some("2026-10-30")));
    let (withdrawal, refund) = (id_of(&page, WITHDRAWAL, "USD"), id_of(&page, REFUND, "USD"));
    let conversion = id_of(&page, "6FG78901HJ234567K", "EUR");

    let told = |cli: &Cli| cli.json(["audit", "list", "--action", "verdicts_set"])["rows"].as_array().unwrap().clone();
    let marked = cli.json(["incident", "mark", &withdrawal, &refund, &conversion, "--theirs"]);
    assert_eq!((&marked["marked"], &marked["total"]), (&3.into(), &7.into()));
    let sum = |value: &Value, verdict: Value, currency: &str| {
        let sums = value["sums"].as_array().unwrap();
        sums.iter().find(|sum| sum["verdict"] == verdict && sum["currency"] == currency).cloned().unwrap_or_default()
    };
    assert_eq!(
        sum(&marked, "theirs".into(), "USD"),
        json!({ "verdict": "theirs", "currency": "USD", "count": 2, "in": "0.00", "out": "1250.00" })
    );
    assert_eq!(sum(&marked, "theirs".into(), "EUR")["out"], "47.70", "each currency by itself");
    assert_eq!(told(&cli).len(), 1, "one row, however many transactions");
    assert_eq!(told(&cli)[0]["detail"], json!({ "theirs": 3 }));

    // All of them or none; and what is no transaction is none.
    let no_such = "00".repeat(16);
    for bad in [no_such.as_str(), "xyz", ""] {
        cli.run(["incident", "mark", &id_of(&page, "3CD45678EF901234G", "USD"), bad, "--ours"]).expect_code(2);
    }
    assert_eq!((cli.json(["incident", "transactions"])["marked"].clone(), told(&cli).len()), (3.into(), 1));
    cli.run(["incident", "mark", &refund]).expect_code(2);
    cli.run(["incident", "mark", &refund, "--ours", "--theirs"]).expect_code(2);

    // Another word, and taking it back.
    let again = cli.json(["incident", "mark", &refund, "--ours"]);
    assert_eq!(sum(&again, "theirs".into(), "USD")["out"], "1000.00");
    assert_eq!(sum(&again, "ours".into(), "USD")["out"], "250.00");
    let back = cli.json(["incident", "mark", &conversion, "--clear"]);
    assert_eq!((&back["marked"], sum(&back, Value::Null, "EUR")["count"].clone()), (&2.into(), 2.into()));
    assert_eq!(told(&cli)[0]["detail"], json!({ "taken_back": 1 }));
    let shown = cli.json(["incident", "transactions"]);
    let row = shown["rows"].as_array().unwrap().iter().find(|row| row["id"] == refund.as_str()).unwrap();
    assert_eq!((&row["verdict"], &row["marked_by"]), (&"ours".into(), &"owner".into()));
    assert!(row["marked_at"].is_string());

    // What is not marked, page by page, while marks are made.
    let first = cli.json(["incident", "transactions", "--unmarked", "--limit", "2"]);
    let ids: Vec<&str> = first["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    cli.json(["incident", "mark", ids[0], ids[1], "--unknown"]);
    let next = cli.json([
        "incident",
        "transactions",
        "--unmarked",
        "--limit",
        "10",
        "--after",
        first["next"].as_str().unwrap(),
    ]);
    assert_eq!((next["rows"].as_array().unwrap().len(), &next["next"]), (3, &Value::Null));
    cli.run(["incident", "transactions", "--after", "1.2"]).expect_code(2);
    cli.run(["incident", "transactions", "--limit", "0"]).expect_code(2);
    assert_eq!(step(&cli.json(["incident", "show"]), "reconcile")["transactions"]["marked"], 4);
    let printed = cli.run(["--lang", "zh-CN", "incident", "transactions"]).expect_code(0).stdout;
    assert!(printed.contains("已标记 4 / 7 笔") && printed.contains("盗用 USD: 1"), "{printed}");

    // Another incident knows nothing of it, and a closed one takes no more.
    cli.json(["incident", "close", "--reason", "handed over"]);
    cli.run(["incident", "mark", &refund, "--ours"]).expect_code(2);
    cli.json(["incident", "open"]);
    assert_eq!(
        cli.json(["incident", "good-day", "2026-10-30"])["steps"].as_array().unwrap().len(),
        incident["steps"].as_array().unwrap().len()
    );
    assert_eq!(cli.json(["incident", "transactions"])["marked"], 0);
    assert_eq!(cli.json(["audit", "verify"])["ok"], true);
}

/// A file is taken back and comes again: so do the words on its transactions.
#[test]
fn a_verdict_survives_undo_and_import() {
    let (computer, cli) = with_incident();
    cli.json(["incident", "good-day", "2026-10-30"]);
    let page = cli.json(["incident", "transactions"]);
    let withdrawal = id_of(&page, WITHDRAWAL, "USD");
    cli.json(["incident", "mark", &withdrawal, "--theirs"]);
    // Another wallet, so that a forgotten one would get another number.
    let other = computer.write("other.csv", purser_tests::statements::paypal_sales(1, 3, "Jane Roe"));
    cli.json(["import", &other, "--date-order", "mdy", "--wallet", "PayPal 2"]);
    cli.json(["import", "--undo", "1"]);
    assert_eq!(cli.json(["incident", "transactions"])["total"], 0);
    cli.json(["import", &fixture(FILE), "--wallet", "PayPal"]);
    let again = cli.json(["incident", "transactions"]);
    assert_eq!((&again["total"], &again["marked"]), (&7.into(), &1.into()));
    assert_eq!(id_of(&again, WITHDRAWAL, "USD"), withdrawal);
    let row = again["rows"].as_array().unwrap().iter().find(|row| row["id"] == withdrawal.as_str()).unwrap();
    assert_eq!(row["verdict"], "theirs");
}

/// The papers say what was marked, and no more.
#[test]
fn the_pack_says_whose_it_was() {
    let (computer, cli) = with_incident();
    cli.json(["incident", "good-day", "2026-10-25"]);
    let page = cli.json(["incident", "transactions"]);
    let (withdrawal, refund) = (id_of(&page, WITHDRAWAL, "USD"), id_of(&page, REFUND, "USD"));
    cli.json(["incident", "mark", &withdrawal, "--theirs"]);
    cli.json(["incident", "mark", &refund, "--ours"]);
    cli.json(["freeze"]);
    cli.json(["incident", "answer", "--region", "mainland", "--region", "hong_kong"]);
    let pack = computer.outside().join("pack.zip");
    let packed = cli.json(["incident", "pack", "-o", pack.to_str().unwrap()]);
    assert_eq!(
        (&packed["from"], &packed["transactions"]),
        (&"2026-10-26".into(), &9.into()),
        "since the last good day"
    );
    let content = files(&unpacked(&computer, pack.to_str().unwrap()));
    let mut rows = csv::Reader::from_reader(content[Path::new("transactions.csv")].as_slice());
    let place = rows.headers().unwrap().iter().position(|head| head == "verdict").unwrap();
    let mut verdicts: Vec<String> = rows.records().map(|row| row.unwrap()[place].to_owned()).collect();
    verdicts.sort();
    assert_eq!(verdicts, [vec![String::new(); 7], vec!["ours".to_owned(), "theirs".to_owned()]].concat());
    for paper in ["papers/police_mainland_en.txt", "papers/police_hong_kong_hant.txt"] {
        let text = String::from_utf8(content[Path::new(paper)].clone()).unwrap();
        let theirs = text.find(WITHDRAWAL).unwrap_or_else(|| panic!("{text}"));
        assert!(!text.contains(REFUND), "ours is nobody's business");
        let checked = text.find("8HJ90123KL456789M").expect("not marked: being checked");
        assert!(theirs < checked, "{text}");
        assert!(text.contains("1,000.00") || text.contains("1000.00"), "{text}");
    }
    // A good day was a good day: what left before it and nobody marked is not said to be doubtful.
    cli.json(["incident", "good-day", "2026-11-02"]);
    let dates = ["--from", "2026-10-26"];
    let later = computer.outside().join("later.zip");
    cli.json(["incident", "pack", "-o", later.to_str().unwrap()].into_iter().chain(dates));
    let content = files(&unpacked(&computer, later.to_str().unwrap()));
    let text = String::from_utf8(content[Path::new("papers/police_mainland_en.txt")].clone()).unwrap();
    assert!(text.contains(WITHDRAWAL) && text.contains("8HJ90123KL456789M"));
    assert!(!text.contains("6FG78901HJ234567K"), "{text}");
}

/// Not marked first: a page does not move while marks are made on it, and no row is passed over or shown twice.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_marked_stands_first() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    crate::people::import(&purser, &[&fixture(FILE)]).await.unwrap();
    purser.open_incident("odd", None).await.unwrap();
    purser.set_good_day(None, "2026-10-30").await.unwrap();
    let page = async |after: Option<String>| {
        let shown = Shown::UnmarkedFirst;
        purser.reconcile(&ReconcileRequest { shown, limit: Some(2), after, ..Default::default() }).await.unwrap()
    };
    let ids = |page: &ReconcilePage| page.rows.iter().map(|row| row.transaction.id_text()).collect::<Vec<_>>();
    let all = purser.reconcile(&ReconcileRequest::default()).await.unwrap();
    let order = ids(&all);
    purser
        .set_verdicts(None, &[(order[0].clone(), Some(Verdict::Ours)), (order[3].clone(), Some(Verdict::Theirs))])
        .await
        .unwrap();
    let wanted: Vec<&String> = [1, 2, 4, 5, 6, 0, 3].map(|place| &order[place]).to_vec();
    let first = page(None).await;
    assert_eq!(ids(&first).iter().collect::<Vec<_>>(), wanted[..2]);
    purser.set_verdicts(None, &[(order[1].clone(), Some(Verdict::Ours)), (order[2].clone(), None)]).await.unwrap();
    let second = page(first.next).await;
    assert_eq!(ids(&second).iter().collect::<Vec<_>>(), wanted[2..4]);
    let third = page(second.next).await;
    assert_eq!(ids(&third).iter().collect::<Vec<_>>(), [wanted[4], wanted[5]]);
    let last = page(third.next).await;
    // What was marked on the first page stands behind now, in its place among the marked ones.
    assert_eq!(ids(&last).iter().collect::<Vec<_>>(), [&order[1], &order[3]]);
    assert_eq!((last.next, last.progress.marked, last.progress.total), (None, 3, 7));
    // The same mark twice in one go: the last word counts.
    let twice = [(order[4].clone(), Some(Verdict::Ours)), (order[4].clone(), Some(Verdict::Unknown))];
    purser.set_verdicts(None, &twice).await.unwrap();
    let all = purser.reconcile(&ReconcileRequest::default()).await.unwrap();
    assert_eq!(all.rows[4].verdict, Some(Verdict::Unknown));
    assert!(purser.set_verdicts(None, &[]).await.is_err());
    purser.lock(purser_app::LockCause::Asked).await;
}

/// Killed before the commit nothing was marked, and nothing is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_mark_marked_nothing() {
    for point in ["verdicts.before_commit", "audit.appended@5"] {
        let computer = Profile::locked();
        kill("mark", point, computer.folder(), &fixture(FILE));
        let clock = later();
        let purser = computer.hold(&clock);
        log_in(&purser, &clock).await;
        let page = purser.reconcile(&Default::default()).await.unwrap();
        assert_eq!((page.progress.total, page.progress.marked), (7, 0), "{point}");
        assert!(purser.audit_rows(crate::audit::of("verdicts_set"), 10).await.unwrap().is_empty(), "{point}");
        assert!(purser.audit_verify(None).await.unwrap().ok);
        purser.lock(purser_app::LockCause::Asked).await;
    }
}

/// What the killed child does.
pub async fn mark(purser: &purser_app::Purser, file: &str, _clock: &MovingClock) {
    crate::people::import(purser, &[file]).await.unwrap();
    purser.open_incident("odd", None).await.unwrap();
    purser.set_good_day(None, "2026-10-30").await.unwrap();
    let page = purser.reconcile(&Default::default()).await.unwrap();
    let marks: Vec<_> = page.rows.iter().map(|row| (row.transaction.id_text(), Some(Verdict::Theirs))).collect();
    purser.set_verdicts(None, &marks).await.unwrap();
}
