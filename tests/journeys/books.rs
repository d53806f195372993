//! What the books say does not depend on the order in which files came, and taking one back leaves no trace.

use std::collections::BTreeSet;

use purser_tests::statements::{fixture, paypal_sales};
use purser_tests::{Cli, Profile};
use serde_json::{Value, json};

/// The transactions without what names the file they came from first.
fn told(cli: &Cli) -> Vec<Value> {
    let mut rows = cli.whole_history();
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("source");
    }
    rows
}

/// DESIGN section 3: the trade bill states sale and fee in one row, the fund-flow bill in two; seen in both
/// it is one transaction with two sources and counted once.
#[test]
fn trade_bill_and_fund_flow_bill_give_the_same_books_in_either_order() {
    let (trade, flow) = (fixture("wechatpay/trade-bill-all"), fixture("wechatpay/fund-flow"));
    let (one, two) = (Profile::unlocked(), Profile::unlocked());
    one.cli().json(["import", &trade, &flow]);
    two.cli().json(["import", &flow, &trade]);
    assert_eq!(told(one.cli()), told(two.cli()));
    assert_eq!(one.cli().json(["status"]), two.cli().json(["status"]));
    let rows = told(one.cli());
    assert_eq!(rows.len(), 5, "{rows:#?}");
    let sale: Vec<&Value> = rows
        .iter()
        .filter(|row| row["provider_ref"] == "4200000000202611200000000001" && row["fee"] == "-0.35")
        .collect();
    assert!(sale.iter().all(|row| row["kind"] == "sale" && row["gross"] == "58.00"), "{sale:?}");
    let refs: Vec<&str> = rows.iter().map(|row| row["provider_ref"].as_str().unwrap()).collect();
    let distinct: BTreeSet<&&str> = refs.iter().collect();
    assert_eq!(distinct.len(), 4, "only the trade bill's doubled row is there twice: {refs:?}");
    for computer in [&one, &two] {
        assert_eq!(computer.cli().json(["verify"])["ok"], true);
        let statement = |name: &str| {
            let output = computer.outside().join(name);
            let path = output.to_str().unwrap().to_owned();
            computer.cli().json([
                "statement",
                "--wallet",
                "WeChat Pay",
                "--from",
                "2026-11-20",
                "--to",
                "2026-11-20",
                "--format",
                "csv",
                "-o",
                &path,
            ]);
            std::fs::read(output).unwrap()
        };
        assert!(!statement("s.csv").is_empty());
    }
}

#[test]
fn a_transaction_told_by_two_files_names_both_sources() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let computer = Profile::locked();
        let clock = purser_tests::MovingClock::starting_now();
        let purser = computer.hold(&clock);
        purser_tests::profile::log_in(&purser, &clock).await;
        let permit = purser.permit(purser_app::Action::Import).await.unwrap();
        let paths = [fixture("wechatpay/trade-bill-all").into(), fixture("wechatpay/fund-flow").into()];
        let files = purser_app::import::StatementFile::expand(&paths, None).await.unwrap();
        let options = purser_app::import::ImportOptions::default();
        let control = purser_app::import::JobControl::default();
        purser_app::import::import(permit.store(), &files, &options, false, purser.now_ms(), &control).await.unwrap();
        let all = purser_app::store::Query {
            filter: purser_app::store::Filter::default(),
            sort: purser_app::store::SortColumn::Time,
            descending: true,
            limit: 100,
            page: purser_app::store::Page::Offset(0),
        };
        let rows = permit.store().transactions(&all).await.unwrap();
        let refund = rows.iter().find(|row| row.provider_ref == "50000000000000000000000000001").unwrap();
        let sources = permit.store().sources(refund.id).await.unwrap();
        // One row of the trade bill, a refund row and a returned-fee row of the fund-flow bill.
        assert_eq!(sources.len(), 3, "{sources:?}");
        let imports: BTreeSet<i64> = sources.iter().map(|source| source.import_id).collect();
        assert_eq!(imports.len(), 2, "{sources:?}");
        purser.lock(purser_app::LockCause::Asked).await;
    });
}

fn undo_the_second(first: &[&str], second: &str) {
    let (with, without) = (Profile::unlocked(), Profile::unlocked());
    for file in first {
        with.cli().json(["import", file]);
        without.cli().json(["import", file]);
    }
    let id = with.cli().json(["import", second])[0]["id"].as_str().unwrap().to_owned();
    with.cli().json(["import", "--undo", &id]);
    let books = |computer: &Profile| (computer.cli().whole_history(), computer.cli().json(["status"]));
    assert_eq!(books(&with), books(&without), "{first:?} then {second} taken back");
    assert_eq!(with.cli().json(["verify"])["ok"], true);
    // What was taken back may come again, and is then new.
    let again = with.cli().json(["import", second])[0].clone();
    let once = without.cli().json(["import", second])[0].clone();
    for key in ["rows", "stored", "already_present", "skipped", "totals"] {
        assert_eq!(again[key], once[key], "{key}");
    }
    assert_eq!(with.cli().whole_history(), without.cli().whole_history());
    with.cli().run(["import", "--undo", &id]).expect_code(if again["id"] == id.as_str() { 0 } else { 2 });
}

#[test]
fn an_import_taken_back_was_never_there() {
    undo_the_second(&[], &fixture("paypal/activity-en-us"));
    undo_the_second(&[&fixture("wechatpay/trade-bill-all")], &fixture("wechatpay/fund-flow"));
    undo_the_second(&[&fixture("wechatpay/fund-flow")], &fixture("wechatpay/trade-bill-all"));
    // Another currency, another wallet.
    undo_the_second(&[&fixture("paypal/activity-oldest-first")], &fixture("paypal/activity-de"));
    undo_the_second(&[&fixture("paypal/activity-oldest-first")], &fixture("alipay/account-log-classic"));
}

#[test]
fn taking_back_the_first_of_two_overlapping_files_leaves_the_second_whole() {
    let (both, second_only) = (Profile::unlocked(), Profile::unlocked());
    let first = both.write("first.csv", paypal_sales(1, 1_500, "Jane Roe"));
    // Half of it overlaps, and three of the shared rows were corrected in between.
    let text = paypal_sales(751, 1_500, "Jane Roe").replace("\"Lamp 80", "\"Lampe 80");
    let second = both.write("second.csv", text);
    let id = both.cli().json(["import", &first])[0]["id"].as_str().unwrap().to_owned();
    let receipt = both.cli().json(["import", &second])[0].clone();
    assert_eq!((&receipt["stored"], &receipt["already_present"]), (&json!(750), &json!(750)));
    both.cli().json(["import", "--undo", &id]);
    second_only.cli().json(["import", &second]);
    assert_eq!(both.cli().whole_history(), second_only.cli().whole_history());
    assert_eq!(both.cli().json(["status"]), second_only.cli().json(["status"]));
    assert_eq!(both.cli().json(["verify"])["ok"], true);
}

#[test]
fn an_import_into_the_wrong_wallet_can_be_taken_back_and_done_right() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let file = fixture("paypal/activity-en-us");
    let id = cli.json(["import", "--wallet", "Paypall", &file])[0]["id"].as_str().unwrap().to_owned();
    cli.json(["import", "--undo", &id]);
    let receipt = cli.json(["import", &file])[0].clone();
    assert_eq!((&receipt["wallet"], &receipt["stored"]), (&json!("PayPal"), &json!(9)));
    cli.run(["import", &fixture("paypal/activity-oldest-first")]).expect_code(0);
}

/// Verify is asked more often than there are reading connections, and the books change in between.
#[test]
fn verify_may_be_asked_again_after_every_change() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    for round in 0..3u32 {
        let file = computer.write("many.csv", paypal_sales(round * 10_000 + 1, 700, "Jane Roe"));
        let id = cli.json(["import", &file])[0]["id"].as_str().unwrap().to_owned();
        for rows in [700, 0] {
            for _ in 0..3 {
                let verified = cli.json(["verify"]);
                assert_eq!((&verified["ok"], &verified["entries"]), (&json!(true), &json!(rows)), "{verified}");
            }
            if rows > 0 {
                cli.json(["import", "--undo", &id]);
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_the_books_is_damage_and_never_missing_rows() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let file = computer.write("many.csv", paypal_sales(1, 4_000, "Jane Roe"));
    cli.json(["import", &file]);
    assert_eq!(cli.json(["verify"])["ok"], true);
    cli.run(["lock"]).expect_code(0);
    let books = computer.folder().join("books.db");
    let whole = std::fs::read(&books).unwrap();
    // The first page (the login itself finds it), and pages further on (verify finds them).
    for (at, found_at_login) in [(100usize, true), (whole.len() / 2, false), (whole.len() - 100, false)] {
        let mut computer = Profile::locked();
        for (name, bytes) in purser_tests::folder::files(&original_of(&computer, &whole)) {
            std::fs::write(computer.folder().join(name), bytes).unwrap();
        }
        let books = computer.folder().join("books.db");
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&books, bytes).unwrap();
        let (password, code) = (computer.password_file(), computer.phone.code(purser_tests::SEED));
        let unlock = computer.cli().run(["unlock", "--password-file", &password, "--code", &code]);
        if found_at_login {
            let unlock = unlock.expect_code(1);
            assert!(unlock.stderr.contains("amaged"), "{}", unlock.stderr);
            continue;
        }
        unlock.expect_code(0);
        let run = computer.cli().run(["--json", "verify"]).expect_code(1);
        if !run.stdout.is_empty() {
            assert_eq!(run.json()["ok"], false);
            assert!(run.json()["first_bad"].is_string());
        } else {
            assert!(run.stderr.contains("amaged"), "{}", run.stderr);
        }
        // Reading runs into it or not; it never reads as an empty book.
        let history = computer.cli().run(["--json", "history", "--limit", "10000"]);
        match history.code {
            0 => assert_eq!(history.json()["rows"].as_array().unwrap().len(), 4_000),
            code => assert!(code == 1 && history.stderr.contains("amaged"), "{history:?}"),
        }
    }
}

/// The books belong to the prepared profile; only `books.db` differs.
fn original_of(computer: &Profile, books: &[u8]) -> std::path::PathBuf {
    let folder = computer.outside().join("damaged");
    purser_tests::child::private_folder(&folder);
    std::fs::write(folder.join("books.db"), books).unwrap();
    folder
}

/// Stripe's lists of payments and payouts describe what its ledger tells: never extra money, whichever came first.
#[test]
fn lists_of_payments_and_payouts_describe_the_ledger_and_add_no_money() {
    let (ledger, payments, payouts) =
        (fixture("stripe/payout-reconciliation"), fixture("stripe/payments"), fixture("stripe/payouts-export"));
    let (one, two) = (Profile::unlocked(), Profile::unlocked());
    let first = one.cli().json(["import", &payments, &payouts]);
    assert_eq!((&first[0]["stored"], &first[1]["stored"]), (&json!(4), &json!(2)));
    assert_eq!(one.cli().whole_history(), Vec::<Value>::new(), "no money yet");
    assert_eq!(one.cli().json(["status"])["wallets"][0]["coverage"], json!([]), "a list covers no month");
    one.cli().json(["import", &ledger]);
    two.cli().json(["import", &ledger, &payouts, &payments]);
    assert_eq!(told(one.cli()), told(two.cli()));
    for computer in [&one, &two] {
        let cli = computer.cli();
        let rows = told(cli);
        let net: Vec<&str> = rows.iter().map(|row| row["net"].as_str().unwrap()).collect();
        assert_eq!(net, ["-941.00", "-22.65", "963.65"]);
        // The bank account is only in the list of payouts, the order's payment only in the list of payments.
        assert_eq!(cli.json(["history", "--search", "0156"])["rows"].as_array().unwrap().len(), 1);
        assert_eq!(cli.json(["verify"])["ok"], true);
        let paid = cli.json(["payouts"])["rows"][0].clone();
        assert_eq!(
            [
                &paid["confidence"],
                &paid["amount"],
                &paid["transactions"],
                &paid["sales"],
                &paid["refunds"],
                &paid["fees"]
            ],
            [&json!("stated"), &json!("941.00"), &json!(2), &json!("1000.00"), &json!("-22.65"), &json!("-36.35")]
        );
    }
    let id = first[1]["id"].as_str().unwrap();
    one.cli().json(["import", "--undo", id]);
    assert_eq!(one.cli().json(["history", "--search", "0156"])["rows"], json!([]));
    assert_eq!(one.cli().json(["verify"])["ok"], true);
}

/// A payout that the provider's file does not explain is explained by days and sum, and never called certain.
#[test]
fn payouts_are_explained_by_days_and_sum() {
    let computer = Profile::unlocked();
    let header = "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC)\n";
    let mut text = header.to_owned();
    for day in 1..=9 {
        let gross = 1_000 + 37 * day;
        text += &format!(
            "txn_c{day},charge,ch_{day},{}.{:02},0.50,{}.{:02},usd,2026-10-{day:02} 10:00,2026-10-{:02} 00:00\n",
            gross / 100,
            gross % 100,
            (gross - 50) / 100,
            (gross - 50) % 100,
            day + 2
        );
        if day > 2 {
            let net = 1_000 + 37 * (day - 2) - 50;
            text += &format!(
                "txn_p{day},payout,po_{day},-{}.{:02},0.00,-{}.{:02},usd,2026-10-{day:02} 23:00,2026-10-{day:02} 23:00\n",
                net / 100,
                net % 100,
                net / 100,
                net % 100
            );
        }
    }
    let file = computer.write("history.csv", text);
    computer.cli().json(["import", &file]);
    let rows = computer.cli().json(["payouts", "--wallet", "Stripe"])["rows"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 7);
    let (first, later) = (rows.last().unwrap(), &rows[..6]);
    assert_eq!(first["confidence"], "possible", "where the first one begins had to be found too");
    assert!(later.iter().all(|row| row["confidence"] == "likely" && row["transactions"] == 1), "{rows:#?}");
    assert!(rows.iter().all(|row| row["sum"] == row["amount"]));
}

/// A row whose payout the provider names is never said to have been paid by another one, however well the sums fit.
#[test]
fn a_row_is_not_paid_by_two_payouts() {
    let computer = Profile::unlocked();
    let text = "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Description,Transfer\n\
        txn_1,charge,ch_1,10.50,0.50,10.00,usd,2026-10-01 10:00,2026-10-03 00:00,Order 1,po_1\n\
        txn_2,payout,po_1,-10.00,0.00,-10.00,usd,2026-10-03 23:00,2026-10-03 23:00,STRIPE PAYOUT,po_1\n\
        txn_3,payout,po_2,-10.00,0.00,-10.00,usd,2026-10-04 23:00,2026-10-04 23:00,by hand,\n";
    let file = computer.write("history.csv", text);
    computer.cli().json(["import", &file]);
    let rows = computer.cli().json(["payouts"])["rows"].as_array().unwrap().clone();
    let told: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row["confidence"], &row["transactions"])).collect();
    assert_eq!(told, [(&json!("none"), &json!(0)), (&json!("stated"), &json!(1))], "{rows:#?}");
}

/// Two files of one form that tell the same day differently: the month says so, and which files they are.
#[test]
fn files_that_contradict_each_other_are_named_in_the_coverage() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let bill = |rows: &[u32]| {
        let mut text = String::from(
            "#支付宝账务明细查询\n#账号：[20888000000000000156]\n#起始日期：[2026-10-01 00:00:00]   终止日期：[2026-11-01 00:00:00]\n\
             账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注\n",
        );
        for row in rows {
            text += &format!(
                "{row:015}\t,2026{row}\t,PUR-{row}\t,茶叶\t,2026-10-{row:02} 09:00:00,买家\t,10.00,0.00,,支付宝,在线支付,\n"
            );
        }
        let sum = rows.len() * 10;
        text + &format!("#支出合计：0笔，共0.00元\n#收入合计：{}笔，共{sum}.00元\n", rows.len())
    };
    let (one, same) =
        (computer.write("one.csv", bill(&[10, 11, 12])), computer.write("same.csv", bill(&[10, 11, 12]) + "\n"));
    let two = computer.write("two.csv", bill(&[10, 12]));
    cli.json(["import", &one, &same]);
    let coverage = |cli: &Cli| cli.json(["status"])["wallets"][0]["coverage"][0].clone();
    assert_eq!((&coverage(cli)["month"], &coverage(cli)["state"]), (&json!("2026-10"), &json!("complete")));
    let id = cli.json(["import", &two])[0]["id"].as_str().unwrap().to_owned();
    let month = coverage(cli);
    assert_eq!(month["state"], "overlapping");
    let told: Vec<(&Value, &Value)> =
        month["overlaps"].as_array().unwrap().iter().map(|overlap| (&overlap["files"], &overlap["only_in"])).collect();
    assert_eq!(
        told,
        [(&json!(["two.csv", "one.csv"]), &json!([0, 1])), (&json!(["two.csv", "same.csv"]), &json!([0, 1]))]
    );
    cli.json(["import", "--undo", &id]);
    assert_eq!(coverage(cli)["state"], "complete");
}

/// An account number that a wallet learned from the wrong file is forgotten with it.
#[test]
fn an_account_number_learned_from_a_file_goes_with_it() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let file = fixture("alipay/account-log-classic");
    cli.json(["import", &fixture("alipay/personal-web")]);
    let wallet = cli.json(["status"])["wallets"][0]["wallet"].as_str().unwrap().to_owned();
    let receipt = cli.json(["import", "--wallet", &wallet, &file])[0].clone();
    let before = cli.whole_history().len();
    let id = receipt["id"].as_str().unwrap();
    cli.json(["import", "--undo", id]);
    assert!(cli.whole_history().len() < before);
    // The file goes into a wallet of its own name again, as if it had never been in the other one.
    let again = cli.json(["import", "--wallet", "Another", &file])[0].clone();
    assert_eq!((&again["wallet"], &again["account_ref"]), (&json!("Another"), &receipt["account_ref"]));
    assert_eq!(cli.json(["import", &file])[0]["wallet"], "Another", "its account number is the other wallet's now");
}
