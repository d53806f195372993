//! The command line as a script sees it: exit codes, JSON on standard output, messages on standard error, no questions.

use std::path::Path;
use std::process::Command;

use purser_tests::authenticator::Phone;
use purser_tests::{PASSWORD, Profile, SEED, statements::fixture};
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

/// The `unlock` process leaves a session of its own behind and hands nothing of its caller on to it.
#[cfg(target_os = "linux")]
#[test]
fn unlock_leaves_a_detached_process_and_lock_ends_it() {
    let mut computer = Profile::locked();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let held_open = computer.write("held-open-by-the-caller", "x");
    // A shell that holds a descriptor without close-on-exec, as a careless caller does.
    let mut shell = computer.cli().bare();
    let purser = shell.get_program().to_owned();
    let environment: Vec<_> = shell.get_envs().map(|(k, v)| (k.to_owned(), v.unwrap().to_owned())).collect();
    shell = Command::new("sh");
    shell.env_clear().envs(environment).current_dir(computer.outside());
    shell.args(["-c", "exec 9<\"$HELD\"; exec \"$@\"", "sh"]).env("HELD", &held_open).arg(purser);
    shell.args(["--json", "--profile"]).arg(computer.folder());
    shell.args(["unlock", "--password-file", &password, "--code", &code]);
    // `output` reads both streams to their end: were one handed on to the background process, this would hang.
    let answer = purser_tests::Run::from(shell.output().unwrap()).expect_code(0).json();
    has_keys(&answer, &["role", "until", "pid"]);
    let pid = answer["pid"].as_u64().unwrap();

    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    assert_eq!(fields[3], pid.to_string(), "its session is its own");
    assert_eq!(fields[4], "0", "no controlling terminal");
    let mut descriptors = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap() {
        descriptors.push(std::fs::read_link(entry.unwrap().path()).unwrap().display().to_string());
    }
    assert!(!descriptors.contains(&held_open), "{descriptors:?}");
    assert_eq!(descriptors.iter().filter(|name| *name == "/dev/null").count(), 3, "{descriptors:?}");
    let working = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
    assert!(!working.starts_with(computer.home()) && working != computer.outside(), "it holds the caller's folder");
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    for text in [arguments, environment] {
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(!text.contains(PASSWORD) && !text.contains(&code), "a secret in arguments or environment: {text}");
    }

    // Ready when it returned: the very next command is answered.
    computer.cli().run(["status"]).expect_code(0);
    // Gone when it returned.
    computer.cli().run(["lock"]).expect_code(0);
    assert!(!computer.folder().join("agent.sock").exists());
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "still running: {state}");
    computer.cli().run(["status"]).expect_code(3);
    computer.cli().run(["lock"]).expect_code(0);
    assert_eq!(computer.cli().json(["lock"]), json!({ "locked": true }));
}

#[test]
fn wrong_passwords_and_codes_are_three_and_leave_it_locked() {
    let mut computer = Profile::locked();
    let right = computer.password_file();
    let wrong = computer.write("wrong.txt", "tide lantern copper 48");
    let code = computer.phone.code(SEED);
    let run = computer.cli().run(["unlock", "--password-file", &wrong, "--code", &code]).expect_code(3);
    assert!(run.stdout.is_empty(), "{}", run.stdout);
    let unknown = computer.cli().run(["unlock", "--slot", "nobody", "--password-file", &right, "--code", &code]);
    // R42: an unknown name and a wrong password read alike.
    assert_eq!(unknown.expect_code(3).stderr, run.stderr);
    for wrong in ["000000", "12345", "abcdef", ""] {
        let run = computer.cli().run(["unlock", "--password-file", &right, "--code", wrong]).expect_code(3);
        assert!(run.stderr.contains("code"), "{}", run.stderr);
        computer.cli().run(["status"]).expect_code(3);
        if wrong == "abcdef" {
            break;
        }
    }
    // Four wrong tries cost no wait; the right pair opens. Spaces and full-width digits are the same code (R36).
    let wide: String = code.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0xff10).unwrap()).collect();
    let spaced = format!("{} {}", wide.chars().take(3).collect::<String>(), wide.chars().skip(3).collect::<String>());
    computer.cli().run(["unlock", "--password-file", &right, "--code", &spaced]).expect_code(0);
    // R32: the same code again, after the session has ended.
    computer.cli().run(["lock"]).expect_code(0);
    computer.cli().run(["unlock", "--password-file", &right, "--code", &code]).expect_code(3);
}

#[test]
fn a_secret_file_may_end_in_one_newline_that_is_not_part_of_it() {
    let mut computer = Profile::locked();
    let two = computer.write("two.txt", format!("{PASSWORD}\n\n"));
    let code = computer.phone.code(SEED);
    computer.cli().run(["unlock", "--password-file", &two, "--code", &code]).expect_code(3);
    let none = computer.write("none.txt", PASSWORD);
    computer.cli().run(["unlock", "--password-file", &none, "--code", &code]).expect_code(0);
}

#[test]
fn minutes_decide_when_an_idle_session_ends() {
    let mut computer = Profile::locked();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let answer = computer.cli().json(["unlock", "--password-file", &password, "--code", &code, "--minutes", "2"]);
    let until: jiff::Timestamp = answer["until"].as_str().unwrap().parse().unwrap();
    let now = purser_app::clock::Clock::now(&purser_app::clock::SystemClock::new()).wall_ms;
    let left_s = until.as_second() - i64::try_from(now / 1000).unwrap();
    assert!((100..=121).contains(&left_s), "{left_s} s left of two minutes");
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

/// R52: one process holds a profile; a second one is told so.
#[test]
fn two_at_once_do_not_share_a_profile() {
    let clock = purser_tests::MovingClock::starting_now();
    let computer = Profile::locked();
    let held = computer.hold(&clock);
    let second = purser_app::Purser::hold(
        purser_app::profile::Folder::new(computer.folder()),
        clock.as_clock(),
        purser_vault::KdfParams::FLOOR,
    );
    assert_eq!(second.unwrap_err().code, purser_app::Code::ProfileInUse);
    let run = computer.cli().run(["unlock", "--password-file", &computer.password_file(), "--code", "123456"]);
    assert!(run.expect_code(3).stderr.contains("Another Purser"), "says why");
    drop(held);
}

/// R32: the same code in two logins at the same time, in two processes: one opens.
#[test]
fn two_logins_at_once_with_one_code_open_once() {
    let mut computer = Profile::locked();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let tries: Vec<_> = (0..3)
        .map(|_| {
            let mut command = computer.cli().command(["unlock", "--password-file", &password, "--code", &code]);
            std::thread::spawn(move || command.output().unwrap().status.code().unwrap())
        })
        .collect();
    let mut codes: Vec<i32> = tries.into_iter().map(|thread| thread.join().unwrap()).collect();
    codes.sort_unstable();
    assert_eq!(codes[0], 0, "{codes:?}");
    assert!(codes[1..].iter().all(|code| [2, 3].contains(code)), "{codes:?}");
}

/// R32: a session whose process was killed leaves its code used.
#[cfg(unix)]
#[test]
fn a_killed_session_can_be_opened_anew_but_not_with_its_code() {
    let mut computer = Profile::locked();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let unlock = ["unlock", "--password-file", &password, "--code", &code];
    let pid = computer.cli().json(unlock)["pid"].as_i64().unwrap();
    computer.cli().run(["import", &fixture("paypal/activity-en-us")]).expect_code(0);
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    computer.cli().run(["status"]).expect_code(3);
    computer.cli().run(unlock).expect_code(3);
    // The socket that was left behind hinders nobody.
    computer.unlock();
    assert_eq!(computer.cli().whole_history().len(), 9);
    assert_eq!(computer.cli().json(["verify"])["ok"], true);
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
    let statement = computer.cli().demo([
        "statement",
        "--wallet",
        "Alipay",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
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
