//! The command line as a script sees it: exit codes, JSON on standard output, messages on standard error, no questions.

use std::path::Path;
use std::process::Command;

use purser_tests::authenticator::Phone;
use purser_tests::{Profile, SEED, WholeDay, statements::fixture};
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().map(String::as_str).collect()
}

fn has_keys(value: &Value, wanted: &[&str]) {
    let present = keys(value);
    for key in wanted {
        assert!(present.contains(key), "\"{key}\" is missing in {value}");
    }
}

#[test]
fn a_profile_is_made_from_files_and_ends_locked() {
    let mut computer = Profile::none();
    let (password, seed) = (computer.password_file(), computer.write("seed.txt", format!("{SEED}\n")));
    let code = computer.phone.code(SEED);
    let init = ["init", "--name", "Hailan Trading", "--password-file", &password, "--totp-seed-file", &seed];
    let init: Vec<&str> = init.into_iter().chain(["--code", &code, "--keyring", "file"]).collect();
    let made = computer.cli().json(&init);
    has_keys(&made, &["profile", "totp_uri", "recovery_codes", "recovery_key"]);
    assert_eq!(made["profile"], json!(computer.folder()));
    assert!(made["totp_uri"].as_str().unwrap().starts_with("otpauth://totp/"));
    assert!(made["totp_uri"].as_str().unwrap().contains(SEED));
    assert_eq!(made["recovery_codes"].as_array().unwrap().len(), 10);
    assert!(made["recovery_key"].as_str().unwrap().starts_with("AGE-SECRET-KEY-1"));

    // It ended locked, and a second one is not made over it.
    computer.cli().run(["status"]).expect_code(3);
    let again = computer.cli().run(&init).expect_code(2);
    assert!(again.stderr.contains("profile in this folder already"), "{}", again.stderr);

    // R35: the code that proved the enrolment is used up by it.
    let unlock = computer.cli().run(["unlock", "--password-file", &password, "--code", &code]).expect_code(3);
    assert!(unlock.stderr.contains("used already"), "{}", unlock.stderr);
    let opened = computer.unlock();
    assert_eq!(opened["role"], "owner");

    // The recovery codes it printed are good, once each, in place of the six digits.
    computer.cli().run(["lock"]).expect_code(0);
    let recovery = made["recovery_codes"][3].as_str().unwrap();
    computer.cli().run(["unlock", "--password-file", &password, "--code", recovery]).expect_code(0);
    computer.cli().run(["lock"]).expect_code(0);
    computer.cli().run(["unlock", "--password-file", &password, "--code", recovery]).expect_code(3);
}

#[cfg(unix)]
#[test]
fn a_new_profile_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let computer = Profile::unlocked();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&computer.folder().join("agent.sock")), 0o600);
    let fresh = Profile::none();
    let purser = fresh.hold(&purser_tests::MovingClock::starting_now());
    assert_eq!(mode(fresh.folder()), 0o700);
    drop(purser);
}

#[test]
fn what_is_missing_is_an_exit_code_and_never_a_question() {
    let computer = Profile::none();
    let password = computer.password_file();
    for arguments in [
        vec!["init", "--name", "X", "--keyring", "file"],
        vec!["init", "--name", "X", "--keyring", "file", "--password-file", &password],
        vec!["init", "--name", "X", "--password-file", &password],
        vec!["init", "--password-file", &password, "--keyring", "file"],
    ] {
        let run = computer.cli().run(&arguments).expect_code(2);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{run:?}");
    }
    for command in ["status", "verify"] {
        let run = computer.cli().run([command]).expect_code(3);
        assert!(run.stderr.contains("purser init"), "{}", run.stderr);
    }
    computer.cli().run(["unlock", "--password-file", &password, "--code", "123456"]).expect_code(3);
    computer.cli().run(["lock"]).expect_code(0);

    let locked = Profile::locked();
    let password = locked.password_file();
    locked.cli().run(["unlock"]).expect_code(2);
    locked.cli().run(["unlock", "--code", "123456"]).expect_code(2);
    let run = locked.cli().run(["unlock", "--password-file", &password]).expect_code(2);
    assert!(run.stderr.contains("--code"), "{}", run.stderr);
    let statement = [
        "statement",
        "--wallet",
        "PayPal",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--format",
        "csv",
        "-o",
        "x.csv",
    ];
    let file = fixture("paypal/activity-en-us");
    let commands: [&[&str]; 6] =
        [&["status"], &["history"], &["import", &file], &["import", "--undo", "1"], &statement, &["verify"]];
    for arguments in commands {
        for json in [&[][..], &["--json"]] {
            let run = locked.cli().run(json.iter().chain(arguments)).expect_code(3);
            assert!(run.stdout.is_empty(), "standard output is for results: {}", run.stdout);
            assert!(run.stderr.contains("purser unlock"), "{}", run.stderr);
        }
    }
}

#[test]
fn arguments_that_cannot_be_are_refused_with_two() {
    let computer = Profile::unlocked();
    let file = fixture("paypal/activity-en-us");
    computer.cli().run(["import", &file]).expect_code(0);
    let before = computer.cli().whole_history();
    let wrong: &[&[&str]] = &[
        &[],
        &["frobnicate"],
        &["--lang", "fr", "status"],
        &["unlock", "--minutes", "0"],
        &["unlock", "--minutes", "31"],
        &["import"],
        &["import", "--undo", "1", &file],
        &["import", "--undo", "1", "--dry-run"],
        &["import", "--undo", "1", "--wallet", "PayPal"],
        &["import", "--undo", "99"],
        &["import", "--undo", "one"],
        &["import", "--provider", "venmo", &file],
        &["import", "--date-order", "ymd", &file],
        &["import", "--currency", "dollars", &file],
        &["import", "--zone", "Mars/Olympus", &file],
        &["import", "--zip-password-file", "/nonexistent", &file],
        &["import", "/nonexistent.csv"],
        &["history", "--limit", "0"],
        &["history", "--limit", "10001"],
        &["history", "--limit", "-1"],
        &["history", "--from", "2026-02-30"],
        &["history", "--to", "yesterday"],
        &["history", "--kind", "bribe"],
        &["history", "--after", "x"],
        &["history", "--wallet", "Nobody's"],
        &["statement", "--wallet", "PayPal", "--from", "2026-10-01", "--to", "2026-10-31", "--format", "csv"],
        &[
            "statement",
            "--wallet",
            "PayPal",
            "--from",
            "2026-10-01",
            "--to",
            "2026-10-31",
            "--format",
            "docx",
            "-o",
            "x",
        ],
        &[
            "statement",
            "--wallet",
            "PayPal",
            "--currency",
            "CHF",
            "--from",
            "2026-10-01",
            "--to",
            "2026-10-31",
            "--format",
            "csv",
            "-o",
            "x",
        ],
        &[
            "statement",
            "--wallet",
            "PayPal",
            "--currency",
            "USD",
            "--from",
            "2026-10-31",
            "--to",
            "2026-10-01",
            "--format",
            "csv",
            "-o",
            "x",
        ],
        &[
            "statement",
            "--wallet",
            "PayPal",
            "--currency",
            "USD",
            "--from",
            "2026-10-01",
            "--to",
            "2026-10-31",
            "--format",
            "csv",
            "-o",
            "no/such/folder/x.csv",
        ],
    ];
    for arguments in wrong {
        let run = computer.cli().run(*arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{arguments:?}: {run:?}");
    }
    assert_eq!(computer.cli().whole_history(), before, "a refused command changes nothing");
    computer.cli().run(["--help"]).expect_code(0);
    computer.cli().run(["--version"]).expect_code(0);
    let again = computer.cli().run(["unlock", "--password-file", &computer.password_file(), "--code", "123456"]);
    again.expect_code(2);
}

#[test]
fn paths_are_those_of_the_caller() {
    let computer = Profile::unlocked();
    let here = computer.outside().join("here");
    std::fs::create_dir(&here).unwrap();
    std::fs::copy(fixture("paypal/activity-en-us"), here.join("october.csv")).unwrap();
    let run = |arguments: &[&str]| {
        purser_tests::Run::from(computer.cli().command(["--json"]).args(arguments).current_dir(&here).output().unwrap())
    };
    let receipts = run(&["import", "october.csv"]).expect_code(0).json();
    assert_eq!(receipts[0]["stored"], 9);
    let written = run(&[
        "statement",
        "--wallet",
        "PayPal",
        "--currency",
        "USD",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--format",
        "csv",
        "-o",
        "out.csv",
    ]);
    assert_eq!(written.expect_code(0).json()["path"], json!(here.join("out.csv")));
    assert!(here.join("out.csv").exists());

    // The profile too, by environment and by a relative path.
    let status = |mut command: Command| purser_tests::Run::from(command.output().unwrap());
    let mut command = computer.cli().bare();
    command.env("PURSER_PROFILE", computer.folder()).arg("status");
    status(command).expect_code(0);
    let mut command = computer.cli().bare();
    command.current_dir(computer.outside()).args(["--profile", "profile", "status"]);
    status(command).expect_code(0);
}

#[test]
fn messages_come_in_two_languages() {
    let computer = Profile::locked();
    let english = computer.cli().run(["--lang", "en", "status"]).expect_code(3).stderr;
    let chinese = computer.cli().run(["--lang", "zh-CN", "status"]).expect_code(3).stderr;
    assert!(english.starts_with("Locked"), "{english}");
    assert!(chinese.starts_with("已锁定"), "{chinese}");
    let by_system = computer.cli().command(["status"]).env("LANG", "zh_CN.UTF-8").output().unwrap();
    assert_eq!(purser_tests::Run::from(by_system).stderr, chinese);
}

#[test]
fn the_demo_answers_every_command_without_a_login() {
    let computer = Profile::none();
    let status = computer.cli().demo(["status"]).expect_code(0).json();
    let wallets = status["wallets"].as_array().unwrap();
    assert_eq!(wallets.len(), 4);
    let file = fixture("paypal/activity-en-us");
    let history = computer.cli().demo(["history", "--search", "绿茶", "--limit", "3"]).expect_code(0).json();
    assert_eq!(history["rows"].as_array().unwrap().len(), 3);
    let receipts = computer.cli().demo(["import", &file, "--wallet", "New one"]).expect_code(0).json();
    assert_eq!(receipts[0]["stored"], 9);
    computer.cli().demo(["import", "--undo", "1"]).expect_code(0);
    assert_eq!(computer.cli().demo(["verify"]).expect_code(0).json()["ok"], true);
    let output = computer.outside().join("demo.csv");
    // Of the eighteen months there are before today.
    let [from, to] = WholeDay::begun("UTC").month_before();
    let statement = computer.cli().demo([
        "statement",
        "--wallet",
        "Alipay",
        "--from",
        &from,
        "--to",
        &to,
        "--format",
        "csv",
        "-o",
        output.to_str().unwrap(),
    ]);
    assert!(statement.expect_code(0).json()["lines"].as_u64().unwrap() > 0);
    let password = computer.password_file();
    for arguments in [
        &["init", "--name", "X", "--password-file", &password][..],
        &["unlock", "--password-file", &password, "--code", "123456"],
        &["lock"],
    ] {
        computer.cli().demo(arguments).expect_code(2);
    }
    assert!(purser_tests::folder::files(&computer.home()).is_empty(), "the demo keeps nothing at home");
}

#[test]
fn every_answer_has_the_shape_of_the_contract() {
    let mut phone = Phone::default();
    let computer = Profile::locked();
    let code = phone.code(SEED);
    let cli = computer.cli();
    let unlocked = cli.json(["unlock", "--password-file", &computer.password_file(), "--code", &code]);
    has_keys(&unlocked, &["role", "until", "pid"]);
    let receipts = cli.json(["import", &fixture("paypal/activity-en-us"), &fixture("alipay/account-log-classic")]);
    for receipt in receipts.as_array().unwrap() {
        has_keys(
            receipt,
            &[
                "id",
                "file",
                "sha256",
                "provider",
                "form",
                "wallet",
                "rows",
                "stored",
                "already_present",
                "skipped",
                "warnings",
                "totals",
                "period",
            ],
        );
        assert!(receipt["id"].is_string() && receipt["sha256"].as_str().unwrap().len() == 64);
        has_keys(&receipt["period"], &["from", "to"]);
        for total in receipt["totals"].as_array().unwrap() {
            has_keys(total, &["currency", "in", "out", "neutral", "fee"]);
            for side in ["in", "out", "neutral"] {
                has_keys(&total[side], &["count", "sum"]);
                assert!(total[side]["sum"].is_string(), "amounts are strings: {total}");
            }
        }
    }
    let status = cli.json(["status"]);
    assert_eq!(status["frozen"], false);
    for wallet in status["wallets"].as_array().unwrap() {
        has_keys(wallet, &["wallet", "provider", "business", "balances", "transactions", "coverage", "account_status"]);
        assert_eq!(wallet["business"], "Hailan Trading");
        for balance in wallet["balances"].as_array().unwrap() {
            has_keys(balance, &["account", "currency", "available", "pending", "as_of", "source"]);
            let as_of: jiff::Timestamp = balance["as_of"].as_str().unwrap().parse().unwrap();
            assert!(balance["as_of"].as_str().unwrap().ends_with('Z'), "{as_of}");
        }
    }
    assert_eq!(status["wallets"][0]["balances"][0]["account"], "main", "main first");
    let history = cli.json(["history", "--limit", "2"]);
    has_keys(&history, &["rows", "next"]);
    for row in history["rows"].as_array().unwrap() {
        has_keys(
            row,
            &[
                "id",
                "provider_ref",
                "time",
                "booking_date",
                "wallet",
                "account",
                "kind",
                "status",
                "direction",
                "gross",
                "fee",
                "net",
                "currency",
                "balance",
                "counterparty",
                "description",
                "source",
            ],
        );
        has_keys(&row["source"], &["file", "line"]);
    }
    let verify = cli.json(["verify"]);
    has_keys(&verify, &["ok", "entries", "first_bad"]);
    assert_eq!((&verify["ok"], &verify["entries"], &verify["first_bad"]), (&json!(true), &json!(14), &Value::Null));
    let output = computer.outside().join("s.csv");
    let statement = cli.json([
        "statement",
        "--wallet",
        "Alipay",
        "--from",
        "2026-11-01",
        "--to",
        "2026-11-30",
        "--format",
        "csv",
        "-o",
        output.to_str().unwrap(),
    ]);
    has_keys(&statement, &["path", "opening", "closing", "basis", "lines", "sha256"]);
    assert!(statement["opening"].is_string() && statement["closing"].is_string());
    has_keys(&cli.json(["import", "--undo", receipts[0]["id"].as_str().unwrap()]), &["id"]);
}
