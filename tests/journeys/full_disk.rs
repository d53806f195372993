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
    let ballast = profile.join("ballast");
    let mut size = 1 << 20;
    while size > 0 {
        use std::io::Write;
        let mut file = std::fs::File::options().append(true).create(true).open(&ballast).unwrap();
        if file.write_all(&vec![0; size]).is_err() {
            size /= 2;
        }
    }
    let state = std::fs::read(profile.join("auth.state")).unwrap();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let run = computer.cli().run(["unlock", "--password-file", &password, "--code", &code]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(std::fs::read(profile.join("auth.state")).unwrap(), state, "the old state is whole");
    std::fs::remove_file(&ballast).unwrap();
    computer.cli().run(["unlock", "--password-file", &password, "--code", &code]).expect_code(0);
    computer.cli().run(["lock"]).expect_code(0);
    drop(disk);
}
