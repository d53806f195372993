//! Backups that restore: whole or not there, opened by kit and owner, put back on a bare machine, also by stock tools.

use std::path::{Path, PathBuf};
use std::process::Command as Program;

use purser_app::contract::Command;
use purser_app::import::JobControl;
use purser_app::profile::Folder;
use purser_app::step_up::Act;
use purser_app::{Code, LockCause, Purser};
use purser_tests::profile::{copy_into, hold, log_in, prove};
use purser_tests::statements::paypal_sales;
use purser_tests::{Cli, MovingClock, Profile};
use serde_json::Value;

use crate::kills::{kill, later};
use crate::people::import;

const ROWS: u32 = 40;

async fn status(purser: &Purser) -> Value {
    purser.run(Command::Status, &JobControl::default()).await.unwrap()
}

/// An open profile with some books, and a backup of it.
async fn backed_up(computer: &Profile, clock: &MovingClock) -> (Purser, PathBuf) {
    let purser = computer.hold(clock);
    log_in(&purser, clock).await;
    let file = computer.write("a.csv", paypal_sales(1, ROWS, "Buyer"));
    import(&purser, &[&file]).await.unwrap();
    let path = computer.outside().join("backup.age");
    let done = purser.back_up(&path, &JobControl::default()).await.unwrap();
    assert_eq!(done.sha256, purser_tests::folder::sha256_hex(&std::fs::read(&path).unwrap()));
    (purser, path)
}

/// Starts over with the kit on a restored profile, from the command line, and gives the client.
fn recover(cli: &Cli, outside: &Path, phone: &mut purser_tests::authenticator::Phone) {
    let write = |name: &str, text: &str| {
        let path = outside.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJX";
    let (kit, password) = (write("kit.txt", Profile::recovery_key()), write("new.txt", "another lantern copper 48"));
    let seed_file = write("seed.txt", seed);
    let code = phone.code(seed);
    cli.run([
        "--json",
        "recover",
        "--kit-file",
        &kit,
        "--new-password-file",
        &password,
        "--totp-seed-file",
        &seed_file,
        "--code",
        &code,
        "--keyring",
        "file",
    ])
    .expect_code(0);
    let code = phone.code(seed);
    cli.run(["--json", "unlock", "--password-file", &password, "--code", &code]).expect_code(0);
}

/// R81: kit and backup alone, on a machine that never saw the profile.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_and_the_kit_give_the_books_back_on_a_bare_machine() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let (purser, backup) = backed_up(&computer, &clock).await;
    let before = status(&purser).await;
    purser.lock(LockCause::Asked).await;
    let mut bare = Profile::none();
    let kit = bare.write("kit.txt", Profile::recovery_key());
    let answer = bare.cli().json(["restore", "--from", backup.to_str().unwrap(), "--kit-file", &kit]);
    assert_eq!((answer["kept"].is_null(), answer["path"].as_str()), (true, bare.folder().to_str()));
    let outside = bare.outside().to_owned();
    let cli = bare.cli().clone();
    recover(&cli, &outside, &mut bare.phone);
    assert_eq!(cli.json(["status"]), before);
    assert_eq!(cli.json(["verify"])["ok"], true);
    let log = cli.json(["audit", "verify"]);
    assert_eq!(log["ok"], true, "{log}");
    let told: Vec<String> = cli.json(["audit", "list"])["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["action"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        ["restored", "kit_used", "backup_made"].iter().all(|word| told.iter().any(|told| told == word)),
        "{told:?}"
    );
}

/// Issue 6: an older backup over a living profile: that one is kept, and the log says that rows are gone.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_is_kept_beside_a_restored_profile() {
    let (mut computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let (purser, backup) = backed_up(&computer, &clock).await;
    let old = status(&purser).await;
    let more = computer.write("b.csv", paypal_sales(500, 3, "Buyer"));
    import(&purser, &[&more]).await.unwrap();
    assert_eq!(
        purser.restore(&backup, Profile::recovery_key(), &JobControl::default()).await.unwrap_err().code,
        Code::Invalid,
        "not while somebody is in"
    );
    purser.lock(LockCause::Asked).await;
    drop(purser);
    let kit = computer.write("kit.txt", Profile::recovery_key());
    let answer = computer.cli().json(["restore", "--from", backup.to_str().unwrap(), "--kit-file", &kit]);
    let kept = PathBuf::from(answer["kept"].as_str().unwrap());
    let clock = later();
    let purser = hold(&kept, &clock);
    log_in(&purser, &clock).await;
    assert_ne!(status(&purser).await, old, "the profile of before is whole under its new name");
    purser.lock(LockCause::Asked).await;
    drop(purser);
    let outside = computer.outside().to_owned();
    let cli = computer.cli().clone();
    recover(&cli, &outside, &mut computer.phone);
    assert_eq!(cli.json(["status"]), old);
    computer.phone = Default::default();
}

/// R80: damaged, cut and foreign files are refused, and nothing is changed by them.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_cut_or_foreign_backup_is_refused_untouched() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let (purser, backup) = backed_up(&computer, &clock).await;
    let checked = purser.check_backup(&backup, &JobControl::default()).await.unwrap();
    assert_eq!(checked.tables["txn"], i64::from(ROWS));
    let bytes = std::fs::read(&backup).unwrap();
    let names = || {
        let files = purser_tests::folder::files(computer.folder());
        files.into_keys().filter(|name| !name.to_string_lossy().starts_with("books.db-")).collect::<Vec<_>>()
    };
    let before = names();
    let refused = |name: &str, content: &[u8]| {
        let path = computer.outside().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let bad = [
        refused("flipped.age", &flipped),
        refused("cut.age", &bytes[..bytes.len() - 1]),
        refused("half.age", &bytes[..middle]),
        refused("empty.age", b""),
        refused("text.age", b"not a backup"),
        refused("head.age", &bytes[..100]),
    ];
    for path in &bad {
        let error = purser.check_backup(path, &JobControl::default()).await.unwrap_err();
        assert_eq!(error.code, Code::Damaged, "{}", path.display());
    }
    // Another profile's backup opens neither with this login nor with this kit.
    let other = Profile::none();
    let stranger = hold(other.folder(), &clock);
    let made = stranger.set_up(purser_tests::profile::setup(purser_tests::PASSWORD, None)).await.unwrap();
    let foreign = computer.outside().join("foreign.age");
    stranger.back_up(&foreign, &JobControl::default()).await.unwrap();
    assert_eq!(purser.check_backup(&foreign, &JobControl::default()).await.unwrap_err().code, Code::Invalid);
    purser.lock(LockCause::Asked).await;
    for path in bad.iter().chain([&foreign]) {
        assert!(purser.restore(path, Profile::recovery_key(), &JobControl::default()).await.is_err());
    }
    let strange = purser.restore(&backup, &made.recovery_key, &JobControl::default()).await.unwrap_err();
    assert_eq!(strange.code, Code::Invalid, "{strange}");
    assert_eq!(names(), before, "nothing came and nothing went");
    let beside: Vec<_> = std::fs::read_dir(computer.folder().parent().unwrap()).unwrap().flatten().collect();
    assert!(beside.iter().all(|entry| !entry.file_name().to_string_lossy().contains("restore")), "{beside:?}");
}

/// A job that is cancelled ends, and leaves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_backup_ends_and_leaves_nothing() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let (purser, backup) = backed_up(&computer, &clock).await;
    let cancelled = JobControl::default();
    cancelled.cancel();
    let path = computer.outside().join("never.age");
    assert_eq!(purser.back_up(&path, &cancelled).await.unwrap_err().code, Code::Cancelled);
    assert_eq!(purser.check_backup(&backup, &cancelled).await.unwrap_err().code, Code::Cancelled);
    let names = std::fs::read_dir(computer.outside()).unwrap().flatten().map(|entry| entry.file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("never")));
    assert!(!computer.folder().join("books.db.copy").exists());
    purser.lock(LockCause::Asked).await;
}

/// R46: a lock waits for no backup. It ends, and what it began is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_ends_a_running_backup() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = std::sync::Arc::new(computer.hold(&clock));
    log_in(&purser, &clock).await;
    let file = computer.write("a.csv", paypal_sales(1, 20_000, "Buyer"));
    import(&purser, &[&file]).await.unwrap();
    let path = computer.outside().join("never.age");
    let backup = tokio::spawn({
        let (purser, path) = (std::sync::Arc::clone(&purser), path.clone());
        async move { purser.back_up(&path, &JobControl::default()).await }
    });
    let copy = computer.folder().join("books.db.copy");
    while !copy.exists() {
        assert!(!backup.is_finished());
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    purser.lock(LockCause::Asked).await;
    assert_eq!(backup.await.unwrap().unwrap_err().code, Code::Cancelled);
    assert!(!path.exists() && !copy.exists());
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    assert!(purser.backups().await.unwrap().last_made.is_none(), "what was not made is not said to be there");
    purser.lock(LockCause::Asked).await;
}

async fn is_open(purser: &Purser, code: purser_books::door::DoorCode) -> bool {
    purser.security().await.unwrap().doors.iter().any(|door| door.code == code)
}

/// Issue 6: once a month the newest backup is opened by itself, and what came of it is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_rehearsed_every_month() {
    use purser_books::door::DoorCode;
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let file = computer.write("a.csv", paypal_sales(1, ROWS, "Buyer"));
    import(&purser, &[&file]).await.unwrap();
    assert!(purser.rehearse_if_due().await.unwrap().is_none(), "there is none to open");
    let stick = computer.outside().join("stick");
    std::fs::create_dir(&stick).unwrap();
    purser.set_second_place(Some(&stick)).await.unwrap();
    let made = purser.back_up_now(&JobControl::default()).await.unwrap().backup;
    assert!(is_open(&purser, DoorCode::BackupNotProven).await);
    let checked = purser.rehearse_if_due().await.unwrap().unwrap();
    assert_eq!((checked.tables["txn"], checked.now["txn"]), (i64::from(ROWS), i64::from(ROWS)));
    assert!(!is_open(&purser, DoorCode::BackupNotProven).await);
    assert!(purser.rehearse_if_due().await.unwrap().is_none(), "a month is not over");

    purser.lock(LockCause::Asked).await;
    drop(purser);
    // What a rehearsal that was killed left is gone when the profile is taken again.
    let left = computer.folder().join("rehearsal-killed");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("books.db"), "half").unwrap();
    clock.pass_s(31 * 24 * 3600);
    let purser = computer.hold(&clock);
    assert!(!left.exists());
    log_in(&purser, &clock).await;
    let copied = stick.join(made.path.file_name().unwrap());
    let whole = std::fs::read(&copied).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    std::fs::write(&copied, &flipped).unwrap();
    assert_eq!(purser.rehearse_if_due().await.unwrap_err().code, Code::Damaged, "the one of the second place");
    let page = purser.security().await.unwrap();
    let door = page.doors.iter().find(|door| door.code == DoorCode::BackupDamaged).unwrap();
    assert_eq!(Some(door.target.as_str()), made.path.file_name().and_then(|name| name.to_str()));
    assert!(purser.rehearse_if_due().await.unwrap().is_none(), "it is known, and not opened every minute");
    // A new one is opened, and the door is closed.
    purser.back_up_now(&JobControl::default()).await.unwrap();
    assert!(purser.rehearse_if_due().await.unwrap().is_some());
    assert!(!is_open(&purser, DoorCode::BackupDamaged).await);
    let told = purser.audit_rows(purser_app::audit::AuditQuery::default(), 100).await.unwrap();
    let count = |action: &str| told.iter().filter(|row| row.action == action).count();
    assert_eq!((count("backup_proven"), count("backup_damaged")), (2, 1));
    purser.lock(LockCause::Asked).await;
}

/// Whatever comes of the renewal, the books of before are there.
#[tokio::test(flavor = "multi_thread")]
async fn books_get_a_backup_before_their_key_is_renewed() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let (purser, _) = backed_up(&computer, &clock).await;
    let folder = computer.folder().join("backups");
    let before = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&folder).map(|entries| entries.flatten().map(|entry| entry.path()));
        let mut paths: Vec<PathBuf> = entries.into_iter().flatten().collect();
        paths.sort();
        paths
    };
    assert!(before().is_empty());
    for round in 1..=4 {
        clock.pass_s(60);
        let proof = prove(&purser, Act::RenewBooksKey, &clock).await;
        purser.renew_books_key(proof).await.unwrap();
        assert_eq!(before().len(), round.min(3), "the newest three stay");
    }
    assert!(before().iter().all(|path| path.to_string_lossy().contains("purser-before-renewal-")));
    let oldest = purser.check_backup(&before()[0], &JobControl::default()).await.unwrap();
    assert_eq!(oldest.tables["txn"], i64::from(ROWS), "it opens with the login, whatever key the books have now");
    purser.lock(LockCause::Asked).await;
}

/// R80: killed at any point, no file bears the name of a backup that is not one, and the books are as they were.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backup_leaves_no_half_file() {
    let temp = tempfile::TempDir::new().unwrap();
    let folder = temp.path().join("profile");
    for (point, is_there) in [("snapshot.written", false), ("backup.packed", false), ("backup.named", true)] {
        let _ = std::fs::remove_dir_all(&folder);
        copy_into(&folder);
        let path = temp.path().join("backup.age");
        let _ = std::fs::remove_file(&path);
        kill("backup", point, &folder, path.to_str().unwrap());
        assert_eq!(path.exists(), is_there, "{point}");
        let clock = later();
        let purser = hold(&folder, &clock);
        log_in(&purser, &clock).await;
        let again = temp.path().join("again.age");
        let _ = std::fs::remove_file(&again);
        purser.back_up(&again, &JobControl::default()).await.unwrap();
        for path in [Some(&again), is_there.then_some(&path)].into_iter().flatten() {
            purser.check_backup(path, &JobControl::default()).await.unwrap();
        }
        assert!(!Folder::new(&folder).root().join("books.db.copy").exists(), "{point}");
        purser.lock(LockCause::Asked).await;
    }
}

/// A kill in the middle of a restore leaves the old profile or the new one, by name, and loses neither.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_restore_leaves_the_old_or_the_new_profile() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let (purser, backup) = backed_up(&computer, &clock).await;
    purser.lock(LockCause::Asked).await;
    let temp = tempfile::TempDir::new().unwrap();
    for (point, is_new) in [("restore.unpacked", false), ("restore.exchanged", true), ("restore.placed", true)] {
        let around = temp.path().join(point);
        let folder = around.join("profile");
        std::fs::create_dir(&around).unwrap();
        copy_into(&folder);
        kill("restore", point, &folder, &format!("{} {}", Profile::recovery_key(), backup.display()));
        let device = folder.join("device.json").exists();
        assert_eq!(device, !is_new, "{point}: only the old profile has this computer's key");
        assert!(Folder::new(&folder).has_profile());
        // The old profile is whole somewhere beside, whatever its name.
        let old = std::fs::read_dir(&around).unwrap().flatten().map(|entry| entry.path());
        let old = old.filter(|path| path.join("device.json").exists()).collect::<Vec<_>>();
        assert_eq!(old.len(), 1, "{point}");
        let clock = later();
        let purser = hold(&old[0], &clock);
        log_in(&purser, &clock).await;
        purser.lock(LockCause::Asked).await;
    }
}

/// Daily where something changed, to a second place too, and not more than is worth keeping.
#[tokio::test(flavor = "multi_thread")]
async fn the_backup_of_the_day_is_made_when_something_changed() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let stick = computer.outside().join("stick");
    std::fs::create_dir(&stick).unwrap();
    let inside = computer.folder().join("backups");
    assert_eq!(purser.set_second_place(Some(&inside)).await.unwrap_err().code, Code::Invalid);
    purser.set_second_place(Some(&stick)).await.unwrap();
    assert!(purser.back_up_if_due().await.unwrap().is_some(), "the first one");
    assert!(purser.back_up_if_due().await.unwrap().is_none(), "nothing changed");
    clock.pass_s(25 * 3600);
    purser.lock_if_due().await;
    log_in(&purser, &clock).await;
    assert!(purser.back_up_if_due().await.unwrap().is_none(), "nothing changed but a login");
    let file = computer.write("a.csv", paypal_sales(1, 3, "Buyer"));
    import(&purser, &[&file]).await.unwrap();
    let done = purser.back_up_if_due().await.unwrap().expect("something changed");
    let name = done.path.file_name().unwrap().to_owned();
    assert_eq!(std::fs::read(&done.path).unwrap(), std::fs::read(stick.join(&name)).unwrap());
    assert_eq!(std::fs::read_dir(&stick).unwrap().count(), 2);
    let page = purser.security().await.unwrap();
    assert!(page.purser.last_backup.is_some() && page.purser.second_place);
    purser.lock(LockCause::Asked).await;
}

/// R81: with the kit's printed commands, stock tools read the books. Needs `age`, `jq`, `tar` and Python's SQLCipher.
#[tokio::test(flavor = "multi_thread")]
async fn stock_tools_open_a_backup_by_the_printed_instructions() {
    for program in ["age", "jq", "tar"] {
        if Program::new(program).arg("--version").output().is_err() {
            return eprintln!("not tried: {program} is not installed");
        }
    }
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let (purser, backup) = backed_up(&computer, &clock).await;
    purser.lock(LockCause::Asked).await;
    let scratch = computer.outside().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    std::fs::write(scratch.join("purser-kit.txt"), Profile::recovery_key()).unwrap();
    std::fs::copy(&backup, scratch.join("purser-backup.age")).unwrap();
    let script = "set -e
        age -d -i purser-kit.txt -o backup.tar purser-backup.age
        tar xf backup.tar
        sha256sum books.db | cut -d' ' -f1 > found
        jq -r '.files[] | select(.name == \"books.db\") | .sha256' manifest.json | cmp - found
        jq -r .body keys.json | base64 -d | jq -r .grants.books | base64 -d | age -d -i purser-kit.txt";
    let done = Program::new("bash").args(["-c", script]).current_dir(&scratch).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let key = String::from_utf8(done.stdout).unwrap().trim().to_owned();
    assert_eq!(key.len(), 64);
    let read = format!(
        "import sqlcipher3 as s; c = s.connect('books.db'); c.execute(\"PRAGMA key = \\\"x'{key}'\\\"\"); \
         print(c.execute('select count(*) from txn').fetchone()[0])"
    );
    let python = std::env::var_os("PURSER_PYTHON").unwrap_or_else(|| "python3".into());
    let python = Program::new(python).args(["-c", &read]).current_dir(&scratch).output().unwrap();
    let told = String::from_utf8_lossy(&python.stderr);
    if told.contains("No module named") {
        return eprintln!(
            "not tried: Python's sqlcipher3 is not installed; age, tar and jq gave the key and the files"
        );
    }
    assert_eq!(String::from_utf8_lossy(&python.stdout).trim(), ROWS.to_string(), "{told}");
}
