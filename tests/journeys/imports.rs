//! Import through the command line: every fixture, its totals, refusals, repetitions, previews, wallets.

use std::collections::BTreeSet;

use purser_tests::statements::{Case, cases, fixture, paypal_sales};
use purser_tests::{Cli, Profile};
use serde_json::{Value, json};

fn options_of(case: &Case) -> Vec<String> {
    let mut options = Vec::new();
    for (hint, flag) in [("date_order", "--date-order"), ("currency", "--currency"), ("zone", "--zone")] {
        if let Some(value) = case.expected["hints"][hint].as_str() {
            options.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    let mapping = &case.expected["hints"]["mappings"][0];
    for (role, name) in mapping["columns"].as_object().into_iter().flatten() {
        options.extend(["--column".to_owned(), format!("{role}={}", name.as_str().unwrap())]);
    }
    let flags = [
        ("provider", "--provider"),
        ("date_order", "--date-order"),
        ("currency", "--currency"),
        ("fee_sign", "--fee-sign"),
    ];
    for (key, flag) in flags {
        if let Some(value) = mapping[key].as_str() {
            options.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    options
}

/// The file's own account number decides over a name only where another wallet of the provider has it already, so
/// every case goes into a wallet of its own.
fn import_case(cli: &Cli, case: &Case, more: &[&str]) -> purser_tests::Run {
    let mut command = cli.command(["--json", "import", "--wallet", &case.name]);
    command.arg(&case.input).args(options_of(case)).args(more);
    command.output().map(purser_tests::Run::from).unwrap()
}

fn ways(totals: &Value) -> BTreeSet<String> {
    totals.as_array().into_iter().flatten().map(Value::to_string).collect()
}

#[test]
fn every_fixture_gives_its_receipt_and_a_second_import_adds_nothing() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let mut transactions = 0;
    for case in cases() {
        let first = import_case(cli, &case, &[]);
        let receipt = first.json()[0].clone();
        let name = &case.name;
        if let Some(code) = case.expected["refused"]["code"].as_str() {
            assert_eq!(first.code, 2, "{name}");
            assert_eq!(receipt["refused"]["code"], code, "{name}");
            assert!(!receipt["refused"]["message"].as_str().unwrap().is_empty(), "{name}");
            let keys: Vec<&String> = receipt.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["file", "refused"], "{name}");
            continue;
        }
        assert_eq!(first.code, 0, "{name}: {first:?}");
        let number = |key: &str| receipt[key].as_u64().unwrap();
        let skipped = receipt["skipped"].as_array().unwrap();
        assert_eq!(receipt["rows"], case.expected["rows"], "{name}");
        assert_eq!(number("rows"), number("stored") + number("already_present") + skipped.len() as u64, "{name}");
        assert_eq!(skipped.len() as u64, case.expected["skipped"].as_u64().unwrap(), "{name}");
        for (told, wanted) in skipped.iter().zip(case.expected["skips"].as_array().into_iter().flatten()) {
            for key in ["line", "reason", "raw"] {
                assert_eq!(told[key], wanted[key], "{name}: {key}");
            }
        }
        assert_eq!(ways(&receipt["totals"]), ways(&case.expected["totals"]), "{name}");
        assert_eq!(receipt["form"], case.expected["form"], "{name}");
        assert_eq!(receipt["provider"], name.split('/').next().unwrap());
        assert_eq!(receipt["wallet"], *name);
        let period = &case.expected["period"];
        assert_eq!(receipt["period"]["from"], period["from"], "{name}");
        assert_eq!(receipt["period"]["to"], period["to"], "{name}");
        assert_eq!(receipt["sha256"], purser_tests::folder::sha256_hex(&std::fs::read(&case.input).unwrap()), "{name}");

        // The same file again: exit 0, nothing stored, the same receipt otherwise.
        let again = import_case(cli, &case, &[]).expect_code(0).json()[0].clone();
        assert_eq!(again["stored"], 0, "{name}");
        assert_eq!(again["already_present"], number("rows") - skipped.len() as u64, "{name}");
        for key in ["id", "rows", "skipped", "totals", "warnings", "period", "sha256", "wallet"] {
            assert_eq!(again[key], receipt[key], "{name}: {key}");
        }

        // Each transaction the reader tells is one row of the books, with its amounts.
        let rows = cli.json(["history", "--wallet", name, "--limit", "1000"])["rows"].as_array().unwrap().clone();
        let told = case.expected["entries"].as_array().unwrap();
        let distinct = told.iter().filter(|entry| entry["part"] != "detail").count()
            - told
                .iter()
                .filter(|entry| entry["part"] == "fee")
                .filter(|fee| told.iter().any(|other| other["part"] == "gross" && other["key"] == fee["key"]))
                .count();
        assert_eq!(rows.len(), distinct, "{name}");
        transactions += rows.len();
        for entry in told.iter().filter(|entry| entry["part"] == "whole") {
            let same = |row: &&Value| {
                [
                    "provider_ref",
                    "time",
                    "booking_date",
                    "gross",
                    "fee",
                    "net",
                    "currency",
                    "kind",
                    "direction",
                    "description",
                ]
                .iter()
                .all(|key| row[*key] == entry[*key])
                    && row["source"]["line"] == entry["line"]
            };
            assert!(rows.iter().any(|row| same(&row)), "{name}: line {} is not in the books: {rows:#?}", entry["line"]);
        }
    }
    assert_eq!(cli.whole_history().len(), transactions);
    assert_eq!(cli.json(["verify"])["ok"], true);
}

#[test]
fn two_identical_rows_stay_two() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let file = fixture("paypal/duplicate-rows");
    assert_eq!(cli.json(["import", &file])[0]["stored"], 3);
    let rows = cli.whole_history();
    assert_eq!(rows.iter().filter(|row| row["gross"] == "5.00").count(), 2);
    // The same rows in another file (one more line end) are the same rows.
    let other = computer.write("again.csv", [std::fs::read(&file).unwrap(), b"\r\n".to_vec()].concat());
    let receipt = &cli.json(["import", &other])[0];
    assert_eq!((&receipt["stored"], &receipt["already_present"]), (&json!(0), &json!(3)), "{receipt}");
    let without_source = |rows: &[Value]| -> Vec<Value> { rows.iter().map(|row| row["id"].clone()).collect() };
    assert_eq!(without_source(&cli.whole_history()), without_source(&rows));
}

#[test]
fn a_dry_run_says_what_would_happen_and_keeps_nothing() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let file = fixture("paypal/activity-en-us");
    let empty = cli.json(["status"]);
    let preview = cli.json(["import", "--dry-run", &file])[0].clone();
    assert_eq!((cli.json(["status"]), cli.whole_history().len()), (empty.clone(), 0));
    cli.run(["history", "--wallet", "PayPal"]).expect_code(2);
    let mut real = cli.json(["import", &file])[0].clone();
    assert!(real.as_object_mut().unwrap().remove("id").is_some());
    assert_eq!(preview, real, "a preview says exactly what the import then does");
    let before = (cli.json(["status"]), cli.whole_history());
    let receipt = &cli.json(["import", "--dry-run", &fixture("paypal/activity-oldest-first")])[0];
    assert_eq!(receipt["stored"], 5);
    assert_eq!((cli.json(["status"]), cli.whole_history()), before);
    cli.run(["import", "--dry-run", &fixture("paypal/no-currency")]).expect_code(2);
}

#[test]
fn a_refused_file_does_not_stop_the_others() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let run = cli.run([
        "--json",
        "import",
        &fixture("alipay/unknown-form"),
        &fixture("alipay/account-log-classic"),
        &fixture("alipay/cut-inside-a-row"),
        &fixture("stripe/balance-change-default"),
    ]);
    let receipts = run.expect_code(2).json();
    let codes: Vec<&Value> = receipts.as_array().unwrap().iter().map(|receipt| &receipt["refused"]["code"]).collect();
    assert_eq!(codes, [&json!("unknown_form"), &Value::Null, &json!("damaged"), &Value::Null]);
    assert_eq!(cli.whole_history().len(), 9, "the two good ones are in, nothing of the damaged one is");
    assert_eq!(cli.json(["status"])["wallets"].as_array().unwrap().len(), 2);
}

/// R86: what fails at its last row leaves nothing, and the whole file can come afterwards.
#[test]
fn a_file_that_breaks_off_leaves_nothing() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let whole = paypal_sales(1, 3_000, "Jane Roe");
    let cut = computer.write("cut.csv", &whole[..whole.len() - 60]);
    let run = cli.run(["--json", "import", &cut]).expect_code(2);
    assert_eq!(run.json()[0]["refused"]["code"], "damaged");
    assert_eq!(cli.json(["status"])["wallets"], json!([]), "not even a wallet");
    let file = computer.write("whole.csv", whole);
    assert_eq!(cli.json(["import", &file])[0]["stored"], 3_000);
    assert_eq!(cli.json(["import", &file])[0]["stored"], 0);
    assert_eq!(cli.json(["verify"])["entries"], 3_000);
}

#[test]
fn a_file_goes_to_the_account_it_names_else_to_the_only_wallet_else_somebody_must_say() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let wallet = |run: &Value| run[0]["wallet"].as_str().unwrap().to_owned();
    // No wallet: a new one named after the provider. One: that one.
    assert_eq!(wallet(&cli.json(["import", &fixture("paypal/activity-en-us")])), "PayPal");
    assert_eq!(wallet(&cli.json(["import", &fixture("paypal/activity-oldest-first")])), "PayPal");
    // A name that is not there yet makes a new one, a known one is used whatever its case.
    assert_eq!(wallet(&cli.json(["import", "--wallet", "PayPal HK", &fixture("paypal/activity-de")])), "PayPal HK");
    assert_eq!(wallet(&cli.json(["import", "--wallet", "paypal hk", &fixture("paypal/activity-fr")])), "PayPal HK");
    // Several, and nothing names one.
    let run = cli.run(["--json", "import", &fixture("paypal/activity-ja")]).expect_code(2);
    let refused = run.json()[0]["refused"].clone();
    assert_eq!(refused["code"], "needs_wallet");
    assert!(refused["message"].as_str().unwrap().contains("PayPal HK"), "{refused}");
    // A wallet at another provider is not meant.
    let run = cli.run(["--json", "import", "--wallet", "PayPal", &fixture("stripe/balance-history")]).expect_code(2);
    assert_eq!(run.json()[0]["refused"]["code"], "needs_wallet");
    // The account a file names is found again, and another account is another wallet.
    let number = "20880000000001560156";
    let file = std::fs::read(fixture("alipay/account-log-classic")).unwrap();
    let other = String::from_utf8_lossy(&file).into_owned();
    assert!(!other.contains("20880000000001569999"));
    let bytes: Vec<u8> = replace(&file, number.as_bytes(), b"20880000000001569999");
    let second = computer.write("other-account.csv", bytes);
    assert_eq!(wallet(&cli.json(["import", &fixture("alipay/account-log-classic")])), "Alipay");
    assert_eq!(wallet(&cli.json(["import", &second])), "Alipay …9999");
    assert_eq!(wallet(&cli.json(["import", &fixture("alipay/trade")])), "Alipay");
    let accounts = cli.json(["status"]);
    assert_eq!(accounts["wallets"].as_array().unwrap().len(), 4, "{accounts}");
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[test]
fn coverage_tells_each_month_once_and_marks_gaps() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let months = |computer: &Profile| -> Vec<String> {
        let status = computer.cli().json(["status"]);
        let coverage = status["wallets"][0]["coverage"].as_array().unwrap().clone();
        coverage
            .iter()
            .map(|month| format!("{} {}", month["month"].as_str().unwrap(), month["state"].as_str().unwrap()))
            .collect()
    };
    let header = paypal_sales(1, 0, "");
    let row = |date: &str, id: &str| {
        format!(
            "\"{date}\",\"09:15:00\",\"PDT\",\"Jane Roe\",\"Mobile Payment\",\"Completed\",\"USD\",\"5.00\",\"0.00\",\
             \"5.00\",\"jane@example.com\",\"shop@example.com\",\"{id}\",\"\",\"\",\"\",\"\",\"\",\"\",\"Credit\"\n"
        )
    };
    // No stated period: the edge months are partial, the inner one complete.
    let spring = computer.write(
        "spring.csv",
        format!("{header}{}{}", row("03/14/2026", "00000000000000001"), row("05/20/2026", "00000000000000002")),
    );
    cli.json(["import", &spring]);
    assert_eq!(months(&computer), ["2026-03 partial", "2026-04 complete", "2026-05 partial"]);
    // A gap.
    let autumn = computer.write("autumn.csv", format!("{header}{}", row("08/14/2026", "00000000000000003")));
    cli.json(["import", &autumn]);
    assert_eq!(months(&computer)[3..], ["2026-06 missing", "2026-07 missing", "2026-08 partial"]);
}

#[test]
fn history_pages_are_whole_newest_first_and_without_gaps() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let file = computer.write("many.csv", paypal_sales(1, 950, "Jane Roe"));
    cli.json(["import", &file, &fixture("alipay/account-log-classic")]);
    let all = cli.whole_history();
    assert_eq!(all.len(), 955);
    let times: Vec<&str> = all.iter().map(|row| row["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let mut arguments = vec!["history", "--limit", "300"];
        if !after.is_empty() {
            arguments.extend(["--after", &after]);
        }
        let page = cli.json(&arguments);
        paged.extend(page["rows"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, all);
    assert_eq!(cli.json(["history"])["rows"].as_array().unwrap().len(), 50, "fifty when nobody says");
    let count = |arguments: &[&str]| {
        let answer = cli.json(["history", "--limit", "10000"].iter().chain(arguments));
        answer["rows"].as_array().unwrap().len()
    };
    assert_eq!(count(&["--wallet", "Alipay"]), 5);
    assert_eq!(count(&["--from", "2026-11-20", "--to", "2026-11-20"]), 5);
    assert_eq!(count(&["--from", "2026-10-01", "--to", "2026-10-31"]), 950);
    assert_eq!(count(&["--kind", "payout"]), 1);
    assert_eq!(count(&["--kind", "refund", "--wallet", "Alipay"]), 1);
}

#[test]
fn two_chinese_characters_find_a_transaction() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    cli.json(["import", &fixture("alipay/account-log-classic"), &fixture("paypal/activity-en-us")]);
    let found = |words: &str| -> Vec<String> {
        let answer = cli.json(["history", "--search", words]);
        answer["rows"].as_array().unwrap().iter().map(|row| row["description"].as_str().unwrap().to_owned()).collect()
    };
    assert!(found("茶叶").iter().any(|text| text.contains("茶叶礼盒")), "{:?}", found("茶叶"));
    assert_eq!(found("叶礼").len(), 1, "inside a longer word too");
    assert!(found("礼茶").is_empty(), "both characters there, but not side by side");
    assert_eq!(found("货款").len(), 1);
    assert!(!found("Oak desk").is_empty());
    assert_eq!(found("oak").len(), found("OAK").len());
    // Signs that mean something to a search program mean nothing here.
    for odd in ["\"", "*", "a OR b", "NEAR(x", "-", "'; drop table txn", "%", "茶*"] {
        cli.run(["history", "--search", odd]).expect_code(0);
    }
}

/// A header in no public file: the guess is shown, confirmed once, and then every file of the form is read by it.
#[test]
fn columns_of_an_unknown_form_are_shown_confirmed_once_and_remembered() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let header = "日期,时间,时区,类型,状态,币种,总额,费用,净额,交易号,余额\n";
    let file = |first: u32, balance: i64| {
        let mut text = header.to_owned();
        let mut balance = balance;
        for number in first..first + 3 {
            balance += 2_000;
            text += &format!(
                "10/{}/2026,10:00:00,PDT,Express Checkout Payment,Completed,USD,20.88,-0.88,20.00,{number}AB23456CD78901EF,{}.{:02}\n",
                number + 12,
                balance / 100,
                balance % 100
            );
        }
        text
    };
    let one = computer.write("one.csv", file(1, 0));
    let refused = cli.run(["--json", "import", &one]).expect_code(2).json()[0]["refused"].clone();
    assert_eq!(refused["code"], "unknown_form");
    assert_eq!(refused["header"].as_array().unwrap().len(), 11);
    for (role, column) in [("gross", "总额"), ("fee", "费用"), ("net", "净额"), ("id", "交易号"), ("balance", "余额")]
    {
        assert_eq!(refused["guess"][role], column, "{refused}");
    }
    assert_eq!(cli.whole_history(), Vec::<Value>::new(), "a guess alone stores nothing");
    // A dry run confirms nothing.
    let dry = cli.json(["import", "--dry-run", "--accept-guess", &one])[0].clone();
    assert_eq!((&dry["form"], &dry["rows"]), (&json!("paypal.mapped"), &json!(3)));
    cli.run(["import", &one]).expect_code(2);
    let receipt = cli.json(["import", "--accept-guess", &one])[0].clone();
    assert_eq!((&receipt["stored"], &receipt["agrees"]), (&json!(3), &json!(true)), "{receipt}");
    assert_eq!(receipt["totals"][0]["in"]["sum"], "62.64");
    assert_eq!(receipt["totals"][0]["fee"], "2.64");
    // Confirmed once: the next file of the form needs no answer.
    let two = computer.write("two.csv", file(4, 6_000));
    assert_eq!(cli.json(["import", &two])[0]["stored"], 3);
    assert_eq!(cli.json(["status"])["wallets"][0]["balances"][0]["available"], "120.00");
    assert_eq!(cli.json(["verify"])["ok"], true);
    // The same payments in PayPal's own English form are the same payments.
    let english = "Date,Time,TimeZone,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance\n";
    let twin = computer.write("english.csv", file(1, 0).replace(header, english));
    assert_eq!(cli.json(["import", &twin])[0]["already_present"], 3);
}

#[test]
fn a_wallet_at_any_other_provider_is_fed_by_named_columns() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let file = computer.write(
        "pingpong.csv",
        "Settled;Money in;Money out;Left;What\n13.10.2026;1.250,00;;1.250,00;Collection\n14.10.2026;;250,50;999,50;Withdrawal\n",
    );
    let columns = ["date=Settled", "money_in=Money in", "money_out=Money out", "balance=Left", "type=What"];
    let mut arguments = vec!["--json", "import", "--currency", "EUR", &file];
    for column in &columns {
        arguments.extend(["--column", column]);
    }
    let refused = cli.run(arguments.clone()).expect_code(2).json()[0]["refused"].clone();
    assert_eq!(refused["code"], "needs_wallet", "{refused}");
    arguments.extend(["--wallet", "PingPong EU"]);
    let receipt = cli.run(arguments).expect_code(0).json()[0].clone();
    assert_eq!((&receipt["form"], &receipt["wallet"]), (&json!("other.mapped"), &json!("PingPong EU")));
    let wallet = cli.json(["status"])["wallets"][0].clone();
    assert_eq!((&wallet["provider"], &wallet["balances"][0]["available"]), (&json!("other"), &json!("999.50")));
    let wrong = cli.run(["import", "--column", "amount=Left", &file]).expect_code(2);
    assert!(wrong.stderr.contains("gross"), "the roles are named: {}", wrong.stderr);
    let sample = computer.outside().join("sample.csv");
    cli.json(["sample", &file, "-o", sample.to_str().unwrap()]);
    let sample = std::fs::read_to_string(sample).unwrap();
    assert!(sample.contains("Money in") && !sample.contains("1.250"), "{sample}");
}
