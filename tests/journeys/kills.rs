//! SIGKILL at every named place: afterwards either all of it happened or nothing.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use purser_app::audit::{AuditQuery, LIST_LIMIT_MAX};
use purser_app::contract::Command;
use purser_app::import::JobControl;
use purser_app::{Action, Code, LockCause, Next, Phase, Purser, verify};
use purser_tests::authenticator::code_at;
use purser_tests::child::{kill_at, was_killed};
use purser_tests::profile::{begin_totp, copy_into, hold, log_in, passphrase, setup};
use purser_tests::statements::paypal_sales;
use purser_tests::{MovingClock, PASSWORD, Profile};
use serde_json::Value;

use crate::child::{LOAD_ROWS, start};

const KILLS: u64 = 200;

/// Runs the scenario and sees it die at `point`.
#[track_caller]
pub fn kill(scenario: &str, point: &str, folder: &Path, argument: &str) {
    let mut child = start(scenario, folder, argument);
    kill_at(&mut child, point);
    let output = child.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(was_killed(output.status), "{scenario} did not come to {point}: {told}");
}

/// A clock whose codes come after those of a child that was just killed.
pub fn later() -> MovingClock {
    let clock = MovingClock::starting_now();
    clock.pass_s(60);
    clock
}

async fn opened(folder: &Path, clock: &MovingClock) -> Purser {
    let purser = hold(folder, clock);
    log_in(&purser, clock).await;
    purser
}

async fn run(purser: &Purser, command: Command) -> Value {
    purser.run(command, &JobControl::default()).await.unwrap()
}

async fn is_whole(purser: &Purser) -> u64 {
    let permit = purser.permit(Action::Verify).await.unwrap();
    let verified = verify::verify(permit.store()).await.unwrap();
    assert!(verified.ok, "{:?}", verified.first_bad);
    verified.entries
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_creation_leaves_no_profile_or_a_whole_one() {
    for point in [
        "setup.books",
        "device.written",
        "device.renamed",
        "setup.device",
        "auth.written",
        "auth.renamed",
        "setup.state",
        "keys.written",
        "keys.renamed",
    ] {
        let computer = Profile::none();
        kill("set_up", point, computer.folder(), "");
        let clock = later();
        let purser = hold(computer.folder(), &clock);
        if purser.folder().has_profile() {
            assert_eq!(point, "keys.renamed");
            log_in(&purser, &clock).await;
        } else {
            assert_eq!(purser.phase().await, Phase::NoProfile, "{point}");
            let left: Vec<PathBuf> = purser_tests::folder::files(computer.folder()).into_keys().collect();
            assert_eq!(left, [PathBuf::from("profile.lock")], "{point}: swept away");
            purser.set_up(setup(PASSWORD, Some(clock.code()))).await.unwrap();
            purser.lock(LockCause::Asked).await;
            clock.pass_s(60);
            log_in(&purser, &clock).await;
        }
        assert_eq!(is_whole(&purser).await, 0, "{point}");
        purser.lock(LockCause::Asked).await;
    }
}

/// R86: nothing or everything, and the file can come again.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_leaves_nothing_or_everything() {
    for (point, rows) in [("import.rows_written", 0), ("import.before_commit", 0), ("import.committed", 2_500)] {
        let computer = Profile::locked();
        let file = computer.write("sales.csv", paypal_sales(1, 2_500, "Jane Roe"));
        kill("import", point, computer.folder(), &file);
        let purser = opened(computer.folder(), &later()).await;
        assert_eq!(is_whole(&purser).await, rows, "{point}");
        let permit = purser.permit(Action::ReadBooks).await.unwrap();
        assert_eq!(permit.store().imports().await.unwrap().len(), usize::from(rows > 0), "{point}");
        assert_eq!(permit.store().wallets().await.unwrap().len(), usize::from(rows > 0), "{point}");
        let request = purser_app::contract::ImportRequest { files: vec![file.into()], ..Default::default() };
        let receipts = run(&purser, Command::Import(request)).await;
        assert_eq!(receipts[0]["stored"], 2_500 - rows, "{point}");
        assert_eq!(is_whole(&purser).await, 2_500);
        purser.lock(LockCause::Asked).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_undo_took_nothing_back() {
    let computer = Profile::locked();
    let file = computer.write("sales.csv", paypal_sales(1, 500, "Jane Roe"));
    let clock = MovingClock::starting_now();
    // An hour ago, so that the child's code is a later one.
    clock.set_wall_by_s(-1800);
    let purser = opened(computer.folder(), &clock).await;
    let request = purser_app::contract::ImportRequest { files: vec![file.into()], ..Default::default() };
    let id = run(&purser, Command::Import(request)).await[0]["id"].as_str().unwrap().to_owned();
    purser.lock(LockCause::Asked).await;
    drop(purser);
    kill("undo", "undo.before_commit", computer.folder(), &id);
    let purser = opened(computer.folder(), &later()).await;
    assert_eq!(is_whole(&purser).await, 500);
    run(&purser, Command::UndoImport { id }).await;
    assert_eq!(is_whole(&purser).await, 0);
    purser.lock(LockCause::Asked).await;
}

/// R39.
#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_was_killed_is_counted() {
    let computer = Profile::locked();
    let clock = MovingClock::starting_now();
    for count in 1..=5u64 {
        kill("wrong_password", "login.counted", computer.folder(), "");
        let wait = hold(computer.folder(), &clock).wait_s(None).unwrap();
        if count < 5 {
            assert_eq!(wait, 0, "{count}");
        } else {
            assert!((25..=30).contains(&wait), "{wait} s to wait after five");
        }
    }
    let refused = hold(computer.folder(), &clock).unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
    assert_eq!(refused.code, Code::Wait);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_enrolment_leaves_the_old_login_or_the_new_one() {
    let without_factor = Profile::none();
    let clock = MovingClock::starting_now();
    clock.set_wall_by_s(-3600);
    let purser = hold(without_factor.folder(), &clock);
    purser.set_up(setup(PASSWORD, None)).await.unwrap();
    purser.lock(LockCause::Asked).await;
    drop(purser);
    let prepared = purser_tests::folder::files(without_factor.folder());
    for point in ["totp.state", "keys_prev.written", "keys_prev.renamed", "keys.written", "keys.renamed"] {
        let computer = Profile::none();
        purser_tests::child::private_folder(computer.folder());
        for (name, bytes) in &prepared {
            std::fs::write(computer.folder().join(name), bytes).unwrap();
        }
        let seed_file = computer.outside().join("seed.txt");
        kill("enrol", point, computer.folder(), seed_file.to_str().unwrap());
        let seed = std::fs::read_to_string(&seed_file).unwrap();
        let clock = later();
        let purser = hold(computer.folder(), &clock);
        let next = purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
        assert_eq!(next, if point == "keys.renamed" { Next::Code } else { Next::Open }, "{point}");
        if next == Next::Code {
            // The code that proved the enrolment is used up (R35), a later one opens.
            let enrolment_code = code_at(&seed, clock.seconds() - 60);
            assert_eq!(purser.unlock_code(&enrolment_code).await.unwrap_err().code, Code::WrongCode);
            purser.unlock_code(&code_at(&seed, clock.seconds() + 30)).await.unwrap();
        } else {
            // Enrolled anew, without a trace of the one that broke off.
            let view = begin_totp(&purser, None).await;
            clock.pass_s(60);
            purser.confirm_totp(&code_at(&view.secret, clock.seconds())).await.unwrap();
        }
        purser.lock(LockCause::Asked).await;
    }
}

/// R7.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_change_of_the_key_file_leaves_the_old_or_the_new_one() {
    for (point, new) in
        [("keys_prev.written", false), ("keys_prev.renamed", false), ("keys.written", false), ("keys.renamed", true)]
    {
        let computer = Profile::locked();
        kill("set_idle", point, computer.folder(), "");
        let clock = later();
        let purser = opened(computer.folder(), &clock).await;
        clock.pass_s(4 * 60);
        purser.lock_if_due().await;
        assert_eq!(purser.phase().await == Phase::Locked, new, "{point}: three minutes or ten");
        // And it can be changed again.
        if !new {
            purser.set_idle_minutes(3, None).await.unwrap();
        }
        purser.lock(LockCause::Asked).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_export_leaves_no_half_file_under_its_name() {
    let computer = Profile::locked();
    let clock = MovingClock::starting_now();
    clock.set_wall_by_s(-1800);
    let purser = opened(computer.folder(), &clock).await;
    let file = computer.write("sales.csv", paypal_sales(1, 500, "Jane Roe"));
    let request = purser_app::contract::ImportRequest { files: vec![file.into()], ..Default::default() };
    run(&purser, Command::Import(request)).await;
    purser.lock(LockCause::Asked).await;
    drop(purser);
    let folder = computer.outside().join("out");
    std::fs::create_dir(&folder).unwrap();
    let output = folder.join("october.csv");
    std::fs::write(&output, "last month's").unwrap();
    kill("export", "export.written", computer.folder(), output.to_str().unwrap());
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "last month's");
}

/// R77, with the log: nothing that was acknowledged is lost, and the log tells of each.
#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_import_is_lost_in_two_hundred_kills() {
    let computer = Profile::none();
    copy_into(computer.folder());
    let acknowledged = computer.outside().join("acknowledged.txt");
    let count = || std::fs::read_to_string(&acknowledged).unwrap_or_default().lines().count();
    for round in 0..KILLS {
        let before = count();
        let argument = format!("{round} {}", acknowledged.display());
        let mut child = start("import_load", computer.folder(), &argument);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        while count() == before {
            if let Some(status) = child.try_wait().unwrap() {
                let mut said = String::new();
                child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("the child ended by itself in round {round}, {status}: {said}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Somewhere in a later import: every round elsewhere.
        tokio::time::sleep(Duration::from_millis(round * 37 % 150)).await;
        child.kill().unwrap();
        assert!(was_killed(child.wait().unwrap()));
    }
    let clock = MovingClock::starting_now();
    clock.pass_s((KILLS + 10) * 60);
    let purser = opened(computer.folder(), &clock).await;
    let permit = purser.permit(Action::ReadBooks).await.unwrap();
    let kept: Vec<String> = permit.store().imports().await.unwrap().into_iter().map(|import| import.name).collect();
    let acknowledged = std::fs::read_to_string(&acknowledged).unwrap();
    for name in acknowledged.lines() {
        assert!(kept.iter().any(|kept| kept == name), "{name} was acknowledged and is gone");
    }
    assert!(acknowledged.lines().count() as u64 >= KILLS);
    // An import that was committed and not acknowledged any more is whole too.
    assert!(kept.len() as u64 <= acknowledged.lines().count() as u64 + KILLS);
    assert_eq!(is_whole(&purser).await, kept.len() as u64 * u64::from(LOAD_ROWS));
    let log = purser.audit_verify(None).await.unwrap();
    assert!(log.ok, "{log:?}");
    let (mut told, mut before) = (0, None);
    loop {
        let query = AuditQuery { before, actions: vec!["import".to_owned()], ..AuditQuery::default() };
        let rows = purser.audit_rows(query, LIST_LIMIT_MAX).await.unwrap();
        told += rows.len();
        before = rows.last().map(|row| row.seq);
        if before.is_none() {
            break;
        }
    }
    assert_eq!(told, kept.len(), "no import without its row, no row without its import");
    purser.lock(LockCause::Asked).await;
}
