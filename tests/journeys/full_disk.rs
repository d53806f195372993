//! A full disk: a small memory file system, where this user may mount one.

use std::path::{Path, PathBuf};
use std::process::Command;

use purser_tests::statements::{fixture, paypal_sales};
use purser_tests::{Cli, Profile, SEED};

/// Mounted until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where mounting is not permitted; that is said.
    fn mount(path: &Path, kib: u32) -> Option<SmallDisk> {
        std::fs::create_dir_all(path).unwrap();
        let size = format!("size={kib}k,mode=700");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "purser-test"]).arg(path).output();
        match mount {
            Ok(output) if output.status.success() => Some(SmallDisk(path.to_path_buf())),
            _ => {
                eprintln!("not tried: a full disk (this user may not mount a file system)");
                None
            }
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        purser_tests::folder::files(&self.0).into_keys().collect()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

const BALLAST: &str = "ballast";

/// Fills the disk of a folder up to so many free bytes.
pub fn fill(folder: &Path, free: u64) {
    use std::io::Write;
    let mut file = std::fs::File::options().append(true).create(true).open(folder.join(BALLAST)).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        if file.write_all(&vec![0; size]).is_err() {
            size /= 2;
        }
    }
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(free)).unwrap();
}

/// R54: no room at any step of a renewal of the key: the books stay whole under one key, and nothing of a copy stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_on_a_full_disk_leaves_whole_books() {
    for free in [0, 4_096, 16_384, 49_152, 131_072, 262_144, 393_216, 458_752, 524_288, 1_048_576] {
        let computer = Profile::none();
        let profile = computer.folder().to_path_buf();
        let Some(disk) = SmallDisk::mount(&profile, 8 * 1024) else { return };
        purser_tests::profile::copy_into(&profile);
        crate::rotation::fill(&profile, computer.outside()).await;
        let mut child = crate::child::start("renew_full", &profile, &free.to_string());
        let output = child.env("PURSER_FREE_SPACE", "ignored").output().unwrap();
        assert!(output.status.success(), "{free}: {}", String::from_utf8_lossy(&output.stderr));
        std::fs::remove_file(profile.join(BALLAST)).unwrap();
        let clock = crate::kills::later();
        let purser = computer.hold(&clock);
        clock.pass_s(60);
        purser_tests::profile::log_in(&purser, &clock).await;
        crate::rotation::is_whole(&purser).await;
        purser.lock(purser_app::LockCause::Asked).await;
        drop(purser);
        drop(disk);
    }
}

/// A step of a replacement and a secret to keep, on a full disk: nothing is written by halves, and it is done later.
#[test]
fn a_replacement_on_a_full_disk_stays_where_it_was() {
    let mut computer = Profile::none();
    let profile = computer.folder().to_path_buf();
    let Some(disk) = SmallDisk::mount(&profile, 6 * 1024) else { return };
    purser_tests::profile::copy_into(&profile);
    computer.unlock();
    let cli = computer.cli().clone();
    let (password, kit) = (computer.password_file(), computer.write("kit.txt", Profile::recovery_key()));
    let secret = computer.write("secret.txt", "x".repeat(60_000));
    cli.json(["slot", "prove-kit", "--kit-file", &kit]);
    let id = cli.json(["credentials", "add", "--name", "Stripe key"])["id"].as_str().unwrap().to_owned();
    let code = computer.phone.code(SEED);
    cli.json(["rotate", "credential", &id, "--password-file", &password, "--code", &code]);
    fill(&profile, 0);
    let run = cli.run(["rotate", "credential", &id, "--done", "make"]).expect_code(1);
    assert!(run.stderr.contains("disk is full"), "{}", run.stderr);
    assert_eq!(cli.json(["rotate", "credential", &id])["next"], "make");
    std::fs::remove_file(profile.join(BALLAST)).unwrap();
    assert_eq!(cli.json(["rotate", "credential", &id, "--done", "make"])["next"], "put");
    // Room for the proof, not for the secret.
    fill(&profile, 40_000);
    let code = computer.phone.code(SEED);
    let keep = ["credentials", "keep", &id, "--secret-file", &secret, "--password-file", &password, "--code", &code];
    cli.run(keep).expect_code(1);
    std::fs::remove_file(profile.join(BALLAST)).unwrap();
    let board = cli.json(["credentials"]);
    let row = board["rows"].as_array().unwrap().iter().find(|row| row["id"] == id.as_str()).unwrap();
    assert_eq!(row["has_secret"], false);
    assert_eq!(cli.json(["verify"])["ok"], true);
    cli.run(["lock"]).expect_code(0);
    drop(disk);
}

/// R55: with less than 2.2 times the room nothing is begun.
#[test]
fn a_renewal_without_room_is_refused_before_anything_is_touched() {
    let mut computer = Profile::none();
    let profile = computer.folder().to_path_buf();
    let Some(disk) = SmallDisk::mount(&profile, 6 * 1024) else { return };
    purser_tests::profile::copy_into(&profile);
    computer.unlock();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let books = std::fs::metadata(profile.join("books.db")).unwrap().len();
    fill(&profile, books * 2);
    let files = || {
        let mut files = purser_tests::folder::files(&profile);
        // The proof was counted and cleared.
        files.retain(|name, _| !["auth.state", "device.json"].contains(&name.to_str().unwrap()));
        files
    };
    let before = files();
    let rotate = ["rotate", "database", "--password-file", &password, "--code", &code];
    let run = computer.cli().run(rotate).expect_code(1);
    assert!(run.stderr.contains("too full") && run.stderr.contains("MiB"), "{}", run.stderr);
    assert!(files() == before, "something was touched");
    std::fs::remove_file(profile.join(BALLAST)).unwrap();
    let code = computer.phone.code(SEED);
    let rotate = ["rotate", "database", "--password-file", &password, "--code", &code];
    assert_eq!(computer.cli().json(rotate)["rotated"], "database");
    assert_eq!(computer.cli().json(["verify"])["ok"], true);
    computer.cli().run(["lock"]).expect_code(0);
    drop(disk);
}

#[test]
fn an_import_onto_a_full_disk_keeps_nothing_and_can_be_done_again() {
    let mut computer = Profile::none();
    let profile = computer.folder().to_path_buf();
    let Some(disk) = SmallDisk::mount(&profile, 6 * 1024) else { return };
    purser_tests::profile::copy_into(&profile);
    computer.unlock();
    let cli = computer.cli();
    cli.json(["import", &fixture("paypal/activity-en-us")]);
    let before = (cli.whole_history(), cli.json(["status"]));
    let large = computer.write("large.csv", paypal_sales(1, 30_000, "Jane Roe"));
    let run = cli.run(["--json", "import", &large]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.is_empty() && run.stderr.contains("disk is full"), "{run:?}");
    assert_eq!((cli.whole_history(), cli.json(["status"])), before);
    assert_eq!(cli.json(["verify"])["ok"], true);
    // The session still works, and what fits goes in.
    cli.json(["import", &fixture("alipay/account-log-classic")]);
    cli.run(["lock"]).expect_code(0);
    computer.unlock();
    assert_eq!(computer.cli().whole_history().len(), before.0.len() + 5);
    assert_eq!(computer.cli().json(["verify"])["ok"], true);
    computer.cli().run(["lock"]).expect_code(0);
    drop(disk);
}

#[test]
fn an_export_onto_a_full_disk_leaves_no_file() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let file = computer.write("sales.csv", paypal_sales(1, 4_000, "Jane Roe"));
    cli.json(["import", &file]);
    let folder = computer.outside().join("stick");
    let Some(disk) = SmallDisk::mount(&folder, 128) else { return };
    let output = folder.join("october.csv");
    let statement = |format: &str| {
        cli.run([
            "statement",
            "--wallet",
            "PayPal",
            "--from",
            "2026-10-01",
            "--to",
            "2026-10-31",
            "--format",
            format,
            "-o",
            output.to_str().unwrap(),
        ])
    };
    for format in ["csv", "csv-excel"] {
        let run = statement(format).expect_code(1);
        assert!(run.stderr.contains("disk is full"), "{}", run.stderr);
        assert!(disk.files().is_empty(), "{:?}", disk.files());
    }
    std::fs::write(&output, "last month's").unwrap();
    statement("csv").expect_code(1);
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "last month's");
}

#[test]
fn a_creation_on_a_full_disk_leaves_no_profile() {
    let mut computer = Profile::none();
    let profile = computer.folder().to_path_buf();
    let Some(disk) = SmallDisk::mount(&profile, 96) else { return };
    let (password, seed) = (computer.password_file(), computer.write("seed.txt", SEED));
    let code = computer.phone.code(SEED);
    let cli: Cli = computer.cli().clone();
    let run = cli.run([
        "init",
        "--name",
        "X",
        "--password-file",
        &password,
        "--totp-seed-file",
        &seed,
        "--code",
        &code,
        "--keyring",
        "file",
    ]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("disk is full"), "{}", run.stderr);
    assert_eq!(disk.files(), [PathBuf::from("profile.lock")]);
}

/// The count of wrong tries cannot be written: then nothing is tried.
#[test]
fn a_login_on_a_full_disk_is_not_verified() {
    let mut computer = Profile::none();
    let profile = computer.folder().to_path_buf();
    let Some(disk) = SmallDisk::mount(&profile, 1024) else { return };
    purser_tests::profile::copy_into(&profile);
    fill(&profile, 0);
    let state = std::fs::read(profile.join("auth.state")).unwrap();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let run = computer.cli().run(["unlock", "--password-file", &password, "--code", &code]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(std::fs::read(profile.join("auth.state")).unwrap(), state, "the old state is whole");
    std::fs::remove_file(profile.join(BALLAST)).unwrap();
    computer.cli().run(["unlock", "--password-file", &password, "--code", &code]).expect_code(0);
    computer.cli().run(["lock"]).expect_code(0);
    drop(disk);
}

/// R60: a full disk keeps no freeze from being written: a login held room back for it.
#[test]
fn a_freeze_on_a_full_disk_is_written() {
    let mut computer = Profile::none();
    let disk_path = computer.folder().to_path_buf();
    let Some(disk) = SmallDisk::mount(&disk_path, 8 * 1024) else { return };
    // The profile below the mount: both journals are on the full disk.
    let profile = disk_path.join("inside");
    purser_tests::profile::copy_into(&profile);
    let cli = Cli::new(&profile, &computer.home());
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    cli.json(["unlock", "--password-file", &password, "--code", &code]);
    cli.run(["lock"]).expect_code(0);
    fill(&profile, 0);
    for freezes in 1..=2 {
        let answer = cli.json(["freeze"]);
        let journal = std::fs::read_to_string(profile.join("freeze.journal")).unwrap();
        assert!(journal.contains(answer["freeze"].as_str().unwrap()), "{journal}");
        assert_eq!(journal.lines().count(), freezes);
        assert!(!journal.contains('\0'));
    }
    std::fs::remove_file(profile.join(BALLAST)).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    let code = computer.phone.code(SEED);
    cli.json(["unlock", "--password-file", &password, "--code", &code]);
    assert_eq!(cli.json(["status"])["frozen"], true);
    cli.run(["lock"]).expect_code(0);
    drop(disk);
}
