//! Profiles that earlier versions wrote are opened, brought up to date, and say the same.

use std::path::{Path, PathBuf};

use purser_tests::authenticator::Phone;
use purser_tests::{Profile, child, folder};
use serde_json::Value;

const PASSWORD: &str = "correct horse battery staple";
const SEED: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/profiles").join(name)
}

/// A computer with a profile of before, unlocked.
fn unlocked(name: &str) -> Profile {
    let computer = Profile::none();
    child::private_folder(computer.folder());
    for (path, bytes) in folder::files(&fixture(name)) {
        if path.extension().is_none_or(|extension| extension != "json")
            || path.ends_with("keys.json")
            || path.ends_with("device.json")
        {
            std::fs::write(computer.folder().join(&path), bytes).unwrap();
        }
    }
    let password = computer.write("password.txt", PASSWORD);
    let code = Phone::default().code(SEED);
    computer.cli().json(["unlock", "--password-file", &password, "--code", &code]);
    computer
}

fn told(name: &str, file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture(name).join(file)).unwrap()).unwrap()
}

/// Schema 1 as version 0.1.0 wrote it: eight files in four wallets, two of them telling one payment differently.
/// Its transactions are made anew from the originals it keeps.
#[test]
fn books_of_schema_1_are_made_anew_from_their_originals() {
    let computer = unlocked("schema-1");
    let before = told("schema-1", "history.json");
    let backups: Vec<_> = std::fs::read_dir(computer.folder().join("backups")).unwrap().flatten().collect();
    assert_eq!(backups.len(), 1, "the books of before are kept");
    let backup = backups[0].path();
    let checked = computer.cli().json(["backup", "--check", backup.to_str().unwrap()]);
    assert!(checked["tables"]["txn"].as_i64().unwrap() > 0, "{checked}");
    let amounts = |rows: &[Value]| {
        let mut told: Vec<String> = rows
            .iter()
            .map(|row| {
                ["wallet", "provider_ref", "time", "kind", "status", "gross", "fee", "net", "currency", "balance"]
                    .map(|key| row[key].to_string())
                    .join(" ")
            })
            .collect();
        told.sort();
        told
    };
    assert_eq!(amounts(&computer.cli().whole_history()), amounts(before["rows"].as_array().unwrap()));
    let verified = computer.cli().json(["verify"]);
    assert_eq!((&verified["ok"], &verified["files"], &verified["entries"]), (&true.into(), &8.into(), &30.into()));
    // What the old version could not do: taking back the file that told the payment as settled.
    computer.cli().json(["import", "--undo", "2"]);
    let payment = computer.cli().json(["history", "--search", "1AB23456CD789012E"])["rows"][0].clone();
    assert_eq!(payment["status"], "pending");
}

/// Schema 3, the last without credentials and devices: nothing it held changes, and what is new begins empty and says what
/// nobody knows.
#[test]
fn books_of_schema_3_get_room_for_credentials() {
    let computer = unlocked("schema-3");
    let cli = computer.cli();
    let before = told("schema-3", "history.json");
    assert_eq!(cli.whole_history(), before["rows"].as_array().unwrap().as_slice());
    assert_eq!(cli.json(["status"]), told("schema-3", "status.json"));
    assert_eq!(cli.json(["verify"])["ok"], true);
}
