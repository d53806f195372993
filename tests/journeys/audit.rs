//! The audit log of the real app: every act has its row, and no row can be changed, taken out or made up unnoticed.

use std::path::{Path, PathBuf};

use purser_app::audit::{AuditQuery, AuditVerified};
use purser_app::contract::Command;
use purser_app::import::JobControl;
use purser_app::{Act, Action, Code, LockCause, Purser};
use purser_tests::profile::{copy_into, hold, log_in, prove};
use purser_tests::statements::paypal_sales;
use purser_tests::{MovingClock, PASSWORD, Profile};
use purser_vault::audit::Fault;
use purser_vault::keyfile::SlotKind;
use serde_json::Value;
use sqlx::{Connection, Executor};

use crate::credentials::{keys, raw};
use crate::kills::{kill, later};
use crate::people::{NAME, import, invitation, join, log_her_in, ready};

async fn run(purser: &Purser, command: Command) -> Result<Value, Code> {
    purser.run(command, &JobControl::default()).await.map_err(|error| error.code)
}

pub fn of(action: &str) -> AuditQuery {
    AuditQuery { actions: vec![action.to_owned()], ..AuditQuery::default() }
}

/// Words of the log, oldest first.
async fn told(purser: &Purser) -> Vec<String> {
    let rows = purser.audit_rows(AuditQuery::default(), 1000).await.unwrap();
    rows.into_iter().rev().map(|row| row.action).collect()
}

async fn verified(purser: &Purser) -> AuditVerified {
    purser.audit_verify(None).await.unwrap()
}

/// A locked profile with some work in its log.
async fn worked(computer: &Profile, clock: &MovingClock) {
    let purser = computer.hold(clock);
    log_in(&purser, clock).await;
    for number in 0..3 {
        let file = computer.write(&format!("{number}.csv"), paypal_sales(number * 10, 3, "Buyer"));
        import(&purser, &[&file]).await.unwrap();
    }
    assert!(verified(&purser).await.ok);
    purser.lock(LockCause::Asked).await;
}

/// Changes the locked books as somebody does who has their key and other software.
async fn tamper(folder: &Path, statements: &str) {
    let (_, compartments) = keys(folder, PASSWORD);
    let mut connection = raw(folder, &compartments.books.unwrap()).await;
    connection.execute("drop trigger audit_stays; drop trigger audit_keeps;").await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(statements.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

/// R70
#[tokio::test(flavor = "multi_thread")]
async fn every_act_has_its_row() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let file = computer.write("a.csv", paypal_sales(1, 3, "Buyer"));
    let receipt = import(&purser, &[&file]).await.unwrap();
    let id = receipt[0]["id"].as_str().unwrap().to_owned();
    assert!(import(&purser, &["/nowhere.csv"]).await.is_err(), "what did not happen has no row");
    run(&purser, Command::UndoImport { id }).await.unwrap();
    let proof = prove(&purser, Act::ChangePassword, &clock).await;
    purser.change_password(proof, "another lantern copper 48", false).await.unwrap();
    purser.set_idle_minutes(5, None).await.unwrap();
    purser.lock(LockCause::Idle).await;
    let purser = {
        drop(purser);
        computer.hold(&clock)
    };
    clock.pass_s(60);
    let next = purser.unlock_password(purser_tests::profile::passphrase("another lantern copper 48"), None).await;
    next.unwrap();
    purser.unlock_code(&clock.code()).await.unwrap();
    let expected = [
        "signers",
        "login",
        "lock",
        "login",
        "kit_proven",
        "import",
        "import_undone",
        "password_changed",
        "setting_changed",
        "lock",
        "login",
    ];
    assert_eq!(told(&purser).await, expected);
    let rows = purser.audit_rows(of("import"), 10).await.unwrap();
    assert_eq!(
        (rows[0].actor.as_str(), rows[0].role, rows[0].target.as_str()),
        ("owner", Some(SlotKind::Owner), "a.csv")
    );
    assert_eq!((&rows[0].detail["rows"], &rows[0].detail["stored"]), (&3.into(), &3.into()));
    let checked = verified(&purser).await;
    assert_eq!((checked.ok, checked.entries), (true, 11));
}

/// R70, R71, R73: each row changed, deleted, inserted, reordered, or written in another name.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_a_row_is_found_and_named() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    worked(&computer, &clock).await;
    let before = std::fs::read(computer.folder().join("books.db")).unwrap();
    for (statements, seq, fault) in [
        ("update audit set detail = replace(detail, '3', '2') where seq = 6", 6, Fault::Changed),
        ("update audit set target = 'b.csv' where seq = 5", 5, Fault::Changed),
        ("update audit set time_ms = time_ms + 1 where seq = 1", 1, Fault::Changed),
        ("delete from audit where seq = 5", 5, Fault::Sequence),
        ("delete from audit where seq = 5; update audit set seq = seq - 1 where seq > 5", 5, Fault::Chain),
        (
            "update audit set seq = 99 where seq = 5; update audit set seq = 5 where seq = 6; update audit set seq = 6 where seq = 99",
            5,
            Fault::Chain,
        ),
        ("update audit set actor = x'00000000000000000000000000000001' where seq = 5", 5, Fault::Changed),
        ("update audit set signature = (select signature from audit where seq = 4) where seq = 5", 5, Fault::Signature),
        ("delete from audit where seq < 4", 1, Fault::Sequence),
    ] {
        std::fs::write(computer.folder().join("books.db"), &before).unwrap();
        tamper(computer.folder(), statements).await;
        clock.pass_s(60);
        let purser = computer.hold(&clock);
        log_in(&purser, &clock).await;
        let found = verified(&purser).await;
        assert_eq!((found.ok, found.first_bad, found.fault), (false, Some(seq), Some(fault)), "{statements}");
        let answer = run(&purser, Command::AuditVerify { anchor: None }).await.unwrap();
        assert_eq!(answer["ok"], false);
        purser.lock(LockCause::Asked).await;
    }
}

/// R72: rows cut off the end, an older file put back, a write-ahead log removed.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_shorter_than_it_was_is_reported_at_the_next_login() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let books = computer.folder().join("books.db");
    let old = std::fs::read(&books).unwrap();
    worked(&computer, &clock).await;
    let whole = std::fs::read(&books).unwrap();
    let cut = || async {
        std::fs::write(&books, &whole).unwrap();
        tamper(computer.folder(), "delete from audit where seq > 5").await;
    };
    for (name, act) in [("cut", true), ("rolled back", false)] {
        if act {
            cut().await;
        } else {
            std::fs::write(&books, &old).unwrap();
        }
        // Who keeps the anchors beside the books keeps them from nobody: the keyring knows too.
        let anchors = std::fs::read(computer.folder().join("anchors.txt")).unwrap();
        std::fs::remove_file(computer.folder().join("anchors.txt")).unwrap();
        let device = std::fs::read(computer.folder().join("device.json")).unwrap();
        clock.pass_s(60);
        let purser = computer.hold(&clock);
        log_in(&purser, &clock).await;
        assert!(told(&purser).await.contains(&"log_differs".to_owned()), "{name}");
        purser.lock(LockCause::Asked).await;
        drop(purser);
        // And a copy of the anchors says where.
        std::fs::write(computer.folder().join("device.json"), device).unwrap();
        let kept = computer.write("kept.txt", &anchors);
        clock.pass_s(60);
        let purser = computer.hold(&clock);
        log_in(&purser, &clock).await;
        let found = purser.audit_verify(Some(Path::new(&kept))).await.unwrap();
        assert_eq!((found.ok, found.fault), (false, Some(Fault::Checkpoint)), "{name}");
        purser.lock(LockCause::Asked).await;
    }
}

/// R70, R72: killed right after a row was written and before its change was committed, neither is there; a write-ahead log
/// that is removed afterwards is missed.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_its_row_come_together_or_not_at_all() {
    let temp = tempfile::TempDir::new().unwrap();
    let folder = temp.path().join("profile");
    for (point, rows) in [("audit.appended@2", 0), ("import.committed", 1)] {
        let _ = std::fs::remove_dir_all(&folder);
        copy_into(&folder);
        let file: PathBuf = temp.path().join("a.csv");
        std::fs::write(&file, paypal_sales(1, 3, "Buyer")).unwrap();
        kill("import", point, &folder, file.to_str().unwrap());
        let purser = hold(&folder, &later());
        log_in(&purser, &later()).await;
        let imports = purser.audit_rows(of("import"), 10).await.unwrap();
        let stored = run(&purser, Command::Status).await.unwrap()["wallets"].as_array().unwrap().len();
        assert_eq!((imports.len(), stored), (rows, rows), "{point}");
        assert!(verified(&purser).await.ok, "{point}");
        purser.lock(LockCause::Asked).await;
    }
    let _ = std::fs::remove_dir_all(&folder);
    copy_into(&folder);
    let file = temp.path().join("a.csv");
    kill("import", "import.committed", &folder, file.to_str().unwrap());
    std::fs::remove_file(folder.join("books.db-wal")).unwrap();
    let purser = hold(&folder, &later());
    log_in(&purser, &later()).await;
    assert!(told(&purser).await.contains(&"log_differs".to_owned()), "the login of the killed session is gone");
}

/// R73, and who may see what: the accountant's rows are hers, signed by her, and hers alone are shown to her.
#[tokio::test(flavor = "multi_thread")]
async fn an_accountant_writes_and_sees_her_own_rows() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let seed = join(&purser, &clock, invitation(SlotKind::Accountant)).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    let file = computer.write("hers.csv", paypal_sales(50, 2, "Buyer"));
    import(&purser, &[&file]).await.unwrap();
    assert_eq!(purser.permit(Action::ManagePeople).await.unwrap_err().code, Code::NotAllowed);
    assert_eq!(told(&purser).await, ["login", "import", "refused"]);
    assert!(verified(&purser).await.ok, "she may check all of it");
    let output = computer.outside().join("log.jsonl");
    assert_eq!(run(&purser, Command::AuditExport { output: output.clone() }).await, Err(Code::NotAllowed));
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    let rows = purser.audit_rows(AuditQuery::default(), 1000).await.unwrap();
    assert!(rows.iter().any(|row| row.actor == NAME && row.target == "hers.csv"));
    run(&purser, Command::AuditExport { output: output.clone() }).await.unwrap();
    let text = std::fs::read_to_string(&output).unwrap();
    assert_eq!(text.lines().count(), rows.len() + 2, "the row of the export, and the checkpoint");
    assert!(verified(&purser).await.ok);
    // What she wrote cannot be put in the owner's name.
    purser.lock(LockCause::Asked).await;
    let owner = "(select actor from audit where seq = 1)";
    tamper(computer.folder(), &format!("update audit set actor = {owner} where target = 'hers.csv'")).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    assert_eq!(verified(&purser).await.fault, Some(Fault::Changed));
}

/// R74: what a file or wallet is called cannot forge or hide a line. R75: a clock set back is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_cannot_forge_a_line_and_a_clock_set_back_is_told() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let name = "a\n9 2026-01-01 owner unfreeze \u{1b}[2K\u{202e}.csv";
    let file = computer.write(name, paypal_sales(1, 1, "Buyer"));
    import(&purser, &[&file]).await.unwrap();
    let row = &purser.audit_rows(of("import"), 1).await.unwrap()[0];
    assert!(row.target.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{:?}", row.target);
    clock.set_wall_by_s(-7200);
    let file = computer.write("b.csv", paypal_sales(20, 1, "Buyer"));
    import(&purser, &[&file]).await.unwrap();
    let checked = verified(&purser).await;
    assert_eq!((checked.ok, checked.clock_steps.len()), (true, 1));
}

#[test]
fn the_log_speaks_on_the_command_line() {
    let computer = Profile::unlocked();
    let file = computer.write("a.csv", paypal_sales(1, 2, "Buyer"));
    computer.cli().json(["import", &file]);
    let listed = computer.cli().run(["audit", "list", "--action", "import"]).expect_code(0);
    assert!(listed.stdout.contains("imported a.csv"), "{}", listed.stdout);
    let listed = computer.cli().run(["--lang", "zh-CN", "audit", "list"]).expect_code(0);
    assert!(listed.stdout.contains("导入 a.csv"), "{}", listed.stdout);
    let whole = computer.cli().run(["audit", "verify"]).expect_code(0);
    assert!(whole.stdout.contains("The log is whole"), "{}", whole.stdout);
    let anchors = computer.folder().join("anchors.txt");
    computer.cli().run(["audit", "verify", "--anchor", anchors.to_str().unwrap()]).expect_code(0);
    let none = computer.write("none.txt", "no checkpoint here");
    let refused = computer.cli().run(["audit", "verify", "--anchor", &none]).expect_code(2);
    assert!(refused.stderr.contains("holds no checkpoint"), "{}", refused.stderr);
    let output = computer.outside().join("log.jsonl");
    computer.cli().run(["audit", "export", "-o", output.to_str().unwrap()]).expect_code(0);
    computer.cli().run(["audit", "verify", "--anchor", output.to_str().unwrap()]).expect_code(0);
}
