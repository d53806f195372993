//! Profiles that earlier versions wrote are opened, brought up to date, and say the same.

use purser_tests::{Profile, child, folder};
use serde_json::Value;

/// Schema 1 as version 0.1.0 wrote it: eight files in four wallets, two of them telling one payment differently.
/// Its transactions are made anew from the originals it keeps.
#[test]
fn books_of_schema_1_are_made_anew_from_their_originals() {
    let computer = Profile::none();
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/profiles/schema-1");
    child::private_folder(computer.folder());
    for (name, bytes) in folder::files(&fixture) {
        if name.extension().is_none_or(|extension| extension != "json")
            || name.ends_with("keys.json")
            || name.ends_with("device.json")
        {
            std::fs::write(computer.folder().join(&name), bytes).unwrap();
        }
    }
    let password = computer.write("password.txt", "correct horse battery staple\n");
    let mut phone = purser_tests::authenticator::Phone::default();
    let code = phone.code("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    computer.cli().json(["unlock", "--password-file", &password, "--code", &code]);
    let text = std::fs::read_to_string(fixture.join("history.json")).unwrap();
    let before: Value = serde_json::from_str(&text).unwrap();
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
