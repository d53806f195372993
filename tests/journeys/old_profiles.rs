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

/// Schema 6, the last without verdicts and contacts: nothing it held changes. What was answered is ticked now, and what is new
/// begins empty and works.
#[test]
fn books_of_schema_6_get_room_for_verdicts_and_contacts() {
    let computer = unlocked("schema-6");
    let cli = computer.cli();
    let history = told("schema-6", "history.json");
    assert_eq!(cli.whole_history(), history["rows"].as_array().unwrap().as_slice());
    let status = cli.json(["status"]);
    assert_eq!(status["wallets"], told("schema-6", "status.json")["wallets"]);
    assert_eq!((&status["practice"]["last"], status["practice"]["running"].is_string()), (&Value::Null, true));
    let (mut before, after) = (told("schema-6", "incident.json"), cli.json(["incident", "show"]));
    // How many are left to do by hand is told as calls to make now.
    before["summary"].as_object_mut().unwrap().remove("by_hand");
    assert_eq!(after["calls_to_make"], 2);
    for key in ["id", "title", "drill", "started", "answers", "notes", "summary"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!(after["attachments"][0]["sha256"], before["attachments"][0]["sha256"]);
    assert_eq!(after["attachments"][0]["kind"], "other");
    let states = |incident: &Value, of: &str, key: &str| -> Vec<(Value, Value)> {
        let all = incident[of].as_array().unwrap().iter();
        all.map(|one| (one[key].clone(), one["state"].clone())).collect()
    };
    assert_eq!(states(&after, "levers", "lever"), states(&before, "levers", "lever"));
    assert_eq!(states(&after, "steps", "step"), states(&before, "steps", "step"), "one of three answers is no step");
    let questions = crate::incidents::step(&after, "questions")["parts"].as_array().unwrap();
    assert_eq!((&questions[0]["state"], &questions[1]["state"]), (&"done".into(), &"open".into()));
    assert!(after["good_day"].is_null());
    let contacts = cli.json(["contacts", "list"]);
    let nobody =
        contacts["wallets"].as_array().unwrap().iter().all(|wallet| wallet["contacts"].as_array().unwrap().is_empty());
    assert!(nobody && contacts["lock_screen"] == "off" && contacts["cards"].as_array().unwrap().is_empty());

    cli.json(["incident", "good-day", "2026-10-30"]);
    let page = cli.json(["incident", "transactions"]);
    assert_eq!(page["marked"], 0);
    cli.json(["incident", "mark", page["rows"][0]["id"].as_str().unwrap(), "--ours"]);
    cli.json(["contacts", "set", "PayPal", "--administrator", "Mei"]);
    assert_eq!(
        (cli.json(["verify"])["ok"].clone(), cli.json(["audit", "verify"])["ok"].clone()),
        (true.into(), true.into())
    );
    let backups: Vec<_> = std::fs::read_dir(computer.folder().join("backups")).unwrap().flatten().collect();
    assert_eq!(backups.len(), 1, "the books of before are kept");
}
