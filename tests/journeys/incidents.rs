//! An incident on the real command line: steps, levers, evidence, the pack.

use std::path::Path;
use std::process::Command;

use purser_app::LockCause;
use purser_tests::folder::{files, sha256_hex};
use purser_tests::poppler::poppler;
use purser_tests::profile::log_in;
use purser_tests::statements::paypal_sales;
use purser_tests::{Cli, MovingClock, Profile};
use serde_json::Value;

use crate::kills::{kill, later};

pub fn step<'a>(incident: &'a Value, name: &str) -> &'a Value {
    let found = incident["steps"].as_array().unwrap().iter().find(|step| step["step"] == name);
    found.unwrap_or_else(|| panic!("no step {name} in {incident}"))
}

fn lever<'a>(incident: &'a Value, name: &str) -> &'a Value {
    let found = incident["levers"].as_array().unwrap().iter().find(|lever| lever["lever"] == name);
    found.unwrap_or_else(|| panic!("no lever {name} in {incident}"))
}

/// A profile with payments out and in, and a session.
pub fn with_books() -> (Profile, Cli) {
    let computer = Profile::unlocked();
    let cli = computer.cli().clone();
    let file = computer.write("paypal.csv", paypal_sales(1, 5, "Jane Roe"));
    cli.json(["import", &file, "--date-order", "mdy"]);
    (computer, cli)
}

/// R69: each step is kept with who, when and on what it rests; done is done when all its parts are.
#[test]
fn steps_are_settled_one_by_one() {
    let (_computer, cli) = with_books();
    cli.run(["incident", "show"]).expect_code(2);
    cli.json(["freeze"]);
    let incident = cli.json(["incident", "show"]);
    assert!(incident["started"].is_string() && incident["id"].is_string());
    for line in incident["steps"].as_array().unwrap() {
        assert!(line["step"].is_string() && line["target"].is_string() && line["state"] == "open", "{line}");
    }
    let wallet = incident["levers"].as_array().unwrap().iter().find(|lever| lever["kind"] == "manual").unwrap();
    assert_eq!(wallet["wallet"], "PayPal", "the wallets there are, not every provider");

    let part = cli.json(["incident", "step", "freeze/pressed", "--done"]);
    assert_eq!(step(&part, "freeze")["state"], "open", "one of two parts");
    let whole = cli.json(["incident", "step", "freeze", "--done", "--ref", "T-77", "--note", "Mei helps"]);
    let done = step(&whole, "freeze");
    assert_eq!(
        (&done["state"], &done["by"], &done["references"][0]),
        (&"done".into(), &"owner".into(), &"T-77".into())
    );
    let skipped = cli.json(["incident", "step", "questions", "--skip", "known already"]);
    assert_eq!(step(&skipped, "questions")["skipped"], "known already");
    cli.run(["incident", "step", "questions", "--skip", " "]).expect_code(2);
    cli.run(["incident", "step", "no_such_step", "--done"]).expect_code(2);
    cli.run(["incident", "step", "freeze"]).expect_code(2);
    let again = cli.json(["incident", "step", "freeze", "--reopen", "the wrong computer"]);
    assert_eq!(step(&again, "freeze")["state"], "open");

    // The answers order the steps.
    let answered = cli.json(["incident", "answer", "--money-left", "no", "--controlled", "no", "--entrance", "login"]);
    assert!(answered["steps"].as_array().unwrap().iter().all(|step| step["step"] != "bank_recall"));
    let kept = cli.json(["incident", "answer", "--money-left", "yes"]);
    assert_eq!(kept["answers"]["controlled"], "no", "what was answered before stays");
    assert_eq!(step(&kept, "bank_recall")["state"], "open");

    let told = cli.json(["audit", "list", "--action", "incident_entry"]);
    assert!(told["rows"].as_array().unwrap().len() >= 6, "{told}");
    let closed = cli.json(["incident", "close", "--reason", "all of it was ours"]);
    cli.run(["incident", "step", "freeze", "--done"]).expect_code(2);
    let id = closed["id"].as_str().unwrap();
    cli.json(["incident", "--incident", id, "resume", "--reason", "it was not"]);
    cli.json(["incident", "step", "freeze", "--done"]);
    assert_eq!(cli.json(["audit", "verify"])["ok"], true);
}

/// Nothing is called stopped before somebody saw it, with a number or in words.
#[test]
fn a_lever_is_confirmed_with_what_it_rests_on() {
    let (_computer, cli) = with_books();
    cli.json(["freeze"]);
    let incident = cli.json(["incident", "show"]);
    assert_eq!(lever(&incident, "purser.freeze")["state"], "confirmed");
    let first = incident["levers"].as_array().unwrap().iter().find(|lever| lever["kind"] == "manual").unwrap();
    let name = first["lever"].as_str().unwrap();
    assert_eq!(first["state"], "queued");
    cli.run(["incident", "lever", name, "--confirmed"]).expect_code(2);
    let asked = cli.json(["incident", "lever", name, "--asked"]);
    assert_eq!(lever(&asked, name)["state"], "in_flight");
    let confirmed =
        cli.json(["incident", "lever", name, "--confirmed", "--ref", "PP-42", "--at", "2026-01-05T10:00:00Z"]);
    let known = lever(&confirmed, name);
    assert_eq!((&known["state"], &known["reference"]), (&"confirmed".into(), &"PP-42".into()));
    assert_eq!(known["at"], "2026-01-05T10:00:00Z");
    assert_eq!(confirmed["summary"]["confirmed"], 2);
    cli.run(["incident", "lever", name, "--failed"]).expect_code(2);
    cli.run(["incident", "lever", "purser.nothing", "--asked"]).expect_code(2);
}

fn part<'a>(incident: &'a Value, name: &str, part: &str) -> &'a Value {
    let found = step(incident, name)["parts"].as_array().unwrap().iter().find(|line| line["part"] == part);
    &found.unwrap_or_else(|| panic!("no part {part} in {name}"))["state"]
}

/// What Purser knows itself nobody has to tick: the freeze, and the answers.
#[test]
fn what_is_on_record_is_ticked_by_itself() {
    let (_computer, cli) = with_books();
    let suspected = cli.json(["incident", "open", "--title", "odd login"]);
    assert_eq!(
        (part(&suspected, "freeze", "pressed"), &lever(&suspected, "purser.freeze")["state"]),
        (&"open".into(), &"queued".into())
    );
    let requested = cli.json(["freeze"]);
    let shown = cli.json(["incident", "show"]);
    assert_eq!(shown["id"], suspected["id"], "the freeze belongs to what is open");
    assert_ne!(shown["id"], requested["freeze"]);
    assert_eq!(
        (part(&shown, "freeze", "pressed"), &lever(&shown, "purser.freeze")["state"]),
        (&"done".into(), &"confirmed".into())
    );
    assert_eq!(step(&shown, "freeze")["state"], "open", "a helper is still to be called");
    let answered = cli.json(["incident", "answer", "--money-left", "unsure"]);
    let parts =
        ["money", "entrance", "computer"].map(|name| part(&answered, "questions", name).as_str().unwrap().to_owned());
    assert_eq!(parts, ["done", "open", "open"]);
    let all = cli.json(["incident", "answer", "--entrance", "login", "--controlled", "no"]);
    assert_eq!(step(&all, "questions")["state"], "done");
    // Frozen once more: nothing is written twice.
    let told = |cli: &Cli| cli.json(["audit", "list", "--action", "incident_entry"])["rows"].as_array().unwrap().len();
    let before = told(&cli);
    cli.json(["freeze"]);
    assert_eq!(told(&cli), before);

    // A freeze that opens its incident itself, and a practice run.
    cli.json(["incident", "close", "--reason", "all ours"]);
    cli.json(["freeze"]);
    let opened = cli.json(["incident", "show"]);
    assert_eq!(part(&opened, "freeze", "pressed"), "done");
    cli.json(["incident", "close", "--reason", "all ours"]);
    let drill = cli.json(["freeze", "--drill"]);
    let id = drill["freeze"].as_str().unwrap();
    let practised = cli.json(["incident", "--incident", id, "show"]);
    assert_eq!((part(&practised, "freeze", "pressed"), &practised["drill"]), (&"done".into(), &true.into()));
}

/// What stops selling is offered, and pulled only when a person says so; a stolen key comes before selling.
#[test]
fn a_lever_that_costs_sales_is_taken_up_by_a_person() {
    let (_computer, cli) = with_books();
    let frozen = cli.json(["freeze"]);
    let incident = cli.json(["incident", "show"]);
    let offered = |incident: &Value| -> Vec<(String, String)> {
        let word = |lever: &Value, key: &str| lever[key].as_str().unwrap().to_owned();
        incident["offered"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lever| (word(lever, "lever"), word(lever, "ring")))
            .collect()
    };
    let first = offered(&incident);
    assert_eq!(offered(&frozen), first);
    assert_eq!(first, [("paypal.rest_secrets@1".to_owned(), "stop_selling".to_owned())]);
    assert!(incident["levers"].as_array().unwrap().iter().all(|lever| lever["ring"] == "money_out"));
    let name = &first[0].0;
    let refused = cli.run(["incident", "lever", name, "--confirmed", "--seen", "it is off"]).expect_code(2);
    assert!(refused.stderr.contains("--take"), "{}", refused.stderr);
    let before = incident["summary"]["levers"].as_u64().unwrap();
    let taken = cli.json(["incident", "lever", name, "--take"]);
    assert_eq!(
        (lever(&taken, name)["state"].as_str(), taken["summary"]["levers"].as_u64()),
        (Some("queued"), Some(before + 1))
    );
    assert_eq!(offered(&taken), []);
    assert_eq!(cli.json(["audit", "list", "--action", "lever_taken"])["rows"][0]["target"], name.as_str());
    cli.run(["incident", "lever", name, "--take"]).expect_code(2);
    cli.run(["incident", "lever", "paypal.nothing@1", "--take"]).expect_code(2);
    cli.json(["incident", "lever", name, "--confirmed", "--seen", "it is off"]);
}

/// It was a key: replacing it is among the first levers at once.
#[test]
fn a_stolen_key_is_ended_before_selling_goes_on() {
    let (_computer, cli) = with_books();
    cli.json(["freeze"]);
    let answered = cli.json(["incident", "answer", "--entrance", "key"]);
    let keys = answered["levers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|lever| lever["lever"].as_str().unwrap().starts_with("paypal.rest_secrets@"));
    let keys = keys.expect("on the board");
    assert_eq!((&keys["state"], &keys["ring"]), (&"queued".into(), &"money_out".into()));
    let again = cli.json(["incident", "answer", "--entrance", "key", "--money-left", "no"]);
    assert_eq!(again["levers"].as_array().unwrap().len(), answered["levers"].as_array().unwrap().len());
}

/// What is read aloud: with the names of the business where somebody is logged in, with lines to fill in where nobody is.
#[test]
fn scripts_are_there_with_and_without_a_login() {
    let (_computer, cli) = with_books();
    let named = cli.json(["incident", "script"]);
    let rows = named["scripts"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "one wallet: {named}");
    assert_eq!((&rows[0]["provider"], &rows[0]["wallet"]), (&"paypal".into(), &"PayPal".into()));
    let text = |row: &Value, speaker: &str, language: &str| {
        let all = row["scripts"].as_array().unwrap();
        all.iter().find(|script| script["speaker"] == speaker).unwrap()["text"][language].as_str().unwrap().to_owned()
    };
    for speaker in ["legal_representative", "administrator", "employee"] {
        let (english, chinese) = (text(&rows[0], speaker, "en"), text(&rows[0], speaker, "zh"));
        assert!(english.contains("Hailan Trading") && english.contains("________"), "{english}");
        assert!(chinese.contains("海澜贸易") && !chinese.contains("owner"), "{chinese}");
    }
    assert!(rows[0]["have"].as_array().unwrap().len() >= 3 && rows[0]["ask"].as_array().unwrap().len() >= 3);
    let printed = cli.run(["--lang", "zh-CN", "incident", "script"]).expect_code(0).stdout;
    assert!(printed.contains("海澜贸易") && printed.contains("准备好"), "{printed}");
    cli.run(["lock"]).expect_code(0);
    let locked = cli.json(["incident", "script"]);
    assert_eq!(locked["scripts"].as_array().unwrap().len(), 4);
    assert!(!locked.to_string().contains("Hailan") && !locked.to_string().contains("海澜"), "no names without a login");
    assert_eq!(cli.json(["incident", "script", "--provider", "stripe"])["scripts"].as_array().unwrap().len(), 1);
    let none = Profile::none();
    assert_eq!(none.cli().json(["incident", "script"])["scripts"].as_array().unwrap().len(), 4, "no profile either");
}

/// A practice run is another incident and touches no freeze.
#[test]
fn a_practice_run_freezes_nothing() {
    let (computer, cli) = with_books();
    let drill = cli.json(["freeze", "--drill"]);
    assert_eq!(cli.json(["status"])["frozen"], false);
    assert!(!computer.folder().join("freeze.journal").exists());
    assert!(drill["levers"].as_array().unwrap().iter().all(|lever| lever["state"] != "confirmed"));
    let shown = cli.json(["incident", "show"]);
    assert_eq!((&shown["id"], &shown["drill"]), (&drill["freeze"], &true.into()));
    // A real one comes before it.
    let real = cli.json(["freeze"]);
    assert_eq!(cli.json(["incident", "show"])["id"], real["freeze"]);
    assert_eq!(cli.json(["incident", "list"])["rows"].as_array().unwrap().len(), 2);
    cli.run(["lock"]).expect_code(0);
    let locked = cli.json(["freeze", "--drill"]);
    assert!(locked["freeze"].is_null() && locked["levers"].is_array());
    cli.run(["incident", "show"]).expect_code(3);
}

pub fn unpacked(computer: &Profile, pack: &str) -> std::path::PathBuf {
    let folder = computer.outside().join("unpacked");
    let _ = std::fs::remove_dir_all(&folder);
    let run = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    run(Command::new("unzip").args(["-t", pack]));
    run(Command::new("unzip").args(["-q", pack, "-d"]).arg(&folder));
    run(Command::new("sha256sum").args(["--strict", "-c", "manifest.sha256"]).current_dir(&folder));
    folder
}

/// R69: the pack opens with unzip, its manifest holds with sha256sum, and it says what the books say.
#[test]
fn the_pack_verifies_with_tools_that_are_not_ours() {
    let (computer, cli) = with_books();
    cli.json(["freeze"]);
    let photograph = computer.write("会话 sessions.png", [0x89, b'P', b'N', b'G', 0, 255]);
    let same_name = computer.outside().join("other");
    std::fs::create_dir(&same_name).unwrap();
    std::fs::write(same_name.join("会话 sessions.png"), "another").unwrap();
    let attached = cli.json(["incident", "evidence", &photograph]);
    let sha256 = sha256_hex(&std::fs::read(&photograph).unwrap());
    assert_eq!(attached["attachments"][0]["sha256"], sha256.as_str());
    let other = same_name.join("会话 sessions.png");
    cli.json(["incident", "evidence", other.to_str().unwrap(), "--step", "freeze"]);
    cli.json(["incident", "step", "freeze", "--done", "--note", "=cmd()\n\u{202e}reversed"]);

    let pack = computer.outside().join("pack.zip");
    let pack = pack.to_str().unwrap();
    let answer = cli.json(["incident", "pack", "-o", pack, "--from", "2026-01-01", "--to", "2026-12-31"]);
    assert_eq!(answer["sha256"], sha256_hex(&std::fs::read(pack).unwrap()).as_str());
    let folder = unpacked(&computer, pack);
    let content = files(&folder);
    let text = |name: &str| String::from_utf8(content[Path::new(name)].clone()).unwrap();
    assert_eq!(content[Path::new("attachments/会话 sessions.png")], std::fs::read(&photograph).unwrap());
    assert_eq!(content[Path::new("attachments/会话 sessions (2).png")], b"another");
    assert!(text("timeline_en.txt").contains("=cmd() reversed"), "one line: {}", text("timeline_en.txt"));
    assert!(text("timeline_zh.txt").contains("冻结"));
    assert!(text("papers/police_mainland_zh.txt").contains("报案"));
    assert!(content.keys().any(|path| path.starts_with("papers") && path.to_string_lossy().contains("hant")));
    assert!(text("audit_checkpoint.txt").starts_with("purser-audit-1 "));
    assert!(text("settings.json").contains("\"frozen\": true"));
    let mut rows = csv::Reader::from_reader(content[Path::new("transactions.csv")].as_slice());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(answer["transactions"], rows.len());
    assert!(rows.len() >= 5);
    for row in &rows {
        let shown = &row[7] == "out";
        assert_eq!(row[16].is_empty(), !shown, "raw lines of what left, and of nothing else: {row:?}");
    }
    // Who asks for them gets the customers' lines too.
    let all = computer.outside().join("all.zip");
    let dates = ["--from", "2026-01-01", "--to", "2026-12-31", "--with-customers"];
    cli.json(["incident", "pack", "-o", all.to_str().unwrap()].into_iter().chain(dates));
    let text =
        String::from_utf8(files(&unpacked(&computer, all.to_str().unwrap()))[Path::new("transactions.csv")].clone());
    assert!(text.unwrap().contains("Jane Roe"));

    let told = cli.json(["audit", "list", "--action", "pack_written"]);
    assert_eq!(told["rows"][1]["detail"]["sha256"], answer["sha256"]);
    // Altered after the fact, sha256sum tells.
    std::fs::write(folder.join("transactions.csv"), "changed").unwrap();
    let check = Command::new("sha256sum").args(["-c", "manifest.sha256"]).current_dir(&folder).output().unwrap();
    assert!(!check.status.success());
    cli.run(["incident", "pack", "-o", pack, "--from", "2026-02-30"]).expect_code(2);
    cli.run(["incident", "pack", "-o", "/no/such/folder/pack.zip"]).expect_code(2);
}

/// Papers as PDF in each of their languages; licence and authorisation by name, among the enclosures of every paper.
#[test]
fn papers_are_pdfs_too_and_name_what_goes_with_them() {
    let (computer, cli) = with_books();
    cli.json(["freeze"]);
    cli.json(["incident", "answer", "--region", "mainland", "--region", "hong_kong"]);
    let licence = computer.write("营业执照.pdf", "%PDF licence");
    let letter = computer.write("letter.pdf", "%PDF letter");
    let picture = computer.write("sessions.png", "picture");
    let kept = cli.json(["incident", "attach", &licence, "--kind", "licence"]);
    assert_eq!(kept["attachments"][0]["kind"], "licence");
    cli.json(["incident", "evidence", &letter, "--kind", "authorisation"]);
    cli.json(["incident", "evidence", &picture]);
    cli.run(["incident", "evidence", &picture, "--kind", "secret"]).expect_code(2);
    cli.json(["incident", "note", "我们没有发起这笔转账 🍵"]);
    let pack = computer.outside().join("pack.zip");
    let packed = cli.json(["incident", "pack", "-o", pack.to_str().unwrap(), "--from", "2026-10-01"]);
    assert_eq!((&packed["missing"], &packed["sealed"]), (&serde_json::json!(["🍵"]), &false.into()));
    let folder = unpacked(&computer, pack.to_str().unwrap());
    let content = files(&folder);
    assert_eq!(packed["files"], content.len());
    assert_eq!(content[Path::new("licence/营业执照.pdf")], b"%PDF licence");
    assert_eq!(content[Path::new("authorisation/letter.pdf")], b"%PDF letter");
    let told = String::from_utf8(content[Path::new("not_shown.txt")].clone()).unwrap();
    assert!(told.contains("papers/police_mainland_zh.pdf: 🍵"), "{told}");
    let texts = |folder: &str| {
        content
            .keys()
            .filter(|path| path.starts_with(folder) && path.extension().is_some_and(|end| end == "txt"))
            .count()
    };
    let pdfs =
        content.keys().filter(|path| path.starts_with("papers") && path.extension().is_some_and(|end| end == "pdf"));
    let mut count = 0;
    for path in pdfs {
        count += 1;
        let squeezed: String = poppler("pdftotext", &[], &folder.join(path)).split_whitespace().collect();
        let wanted: &[&str] = match path.to_str().unwrap() {
            "papers/police_mainland_zh.pdf" => {
                &["营业执照副本", "licence/营业执照.pdf", "授权委托书", "我们没有发起这笔转账", "其他证据"]
            }
            "papers/police_hong_kong_hant.pdf" => &["商業登記證副本", "授權書", "authorisation/letter.pdf", "報案"],
            "papers/paypal_provider_zh.pdf" => &["附件", "授权委托书"],
            _ => &[],
        };
        for text in wanted {
            assert!(squeezed.contains(text), "{text} in {}\n{squeezed}", path.display());
        }
        // A provider is not told the names of pictures that may be of another's pages.
        assert!(!path.to_str().unwrap().contains("_provider_") || !squeezed.contains("sessions.png"), "{squeezed}");
    }
    assert_eq!(count, texts("papers"), "each paper in both forms");
    for name in ["timeline_zh.pdf", "levers_en.pdf", "checklist_zh.pdf"] {
        assert!(content[Path::new(name)].starts_with(b"%PDF-"), "{name}");
    }
    let provider = String::from_utf8(content[Path::new("papers/paypal_provider_en.txt")].clone()).unwrap();
    assert!(provider.contains("Copy of the business licence") && !provider.contains("sessions.png"), "{provider}");
}

/// Encrypted, it opens with stock age and with nothing else; in the clear it never was on the disk.
#[test]
fn an_encrypted_pack_opens_with_age() {
    let (computer, cli) = with_books();
    cli.json(["freeze"]);
    let key = computer.outside().join("police.key");
    let made = Command::new("age-keygen").arg("-o").arg(&key).output().unwrap();
    let recipient = String::from_utf8(made.stderr).unwrap();
    let recipient = recipient.split_whitespace().find(|word| word.starts_with("age1")).unwrap().to_owned();
    let out = computer.outside().join("out");
    std::fs::create_dir(&out).unwrap();
    let to = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let theirs = cli.json(["incident", "pack", "-o", &to("theirs.zip.age"), "--recipient", &recipient]);
    let ours = cli.json(["incident", "pack", "-o", &to("ours.zip.age"), "--encrypt"]);
    for packed in [&theirs, &ours] {
        let bytes = std::fs::read(packed["path"].as_str().unwrap()).unwrap();
        assert!(bytes.starts_with(b"age-encryption.org/v1\n") && packed["sealed"] == true);
        assert_eq!(packed["sha256"], sha256_hex(&bytes).as_str());
    }
    let kit = computer.write("kit.txt", Profile::recovery_key());
    let opens = |packed: &Value, identity: &Path| {
        let zip = computer.outside().join("opened.zip");
        let _ = std::fs::remove_file(&zip);
        let path = packed["path"].as_str().unwrap();
        let run = Command::new("age").arg("-d").arg("-i").arg(identity).arg("-o").arg(&zip).arg(path).output().unwrap();
        run.status.success() && unpacked(&computer, zip.to_str().unwrap()).join("manifest.sha256").exists()
    };
    assert!(opens(&theirs, &key) && !opens(&theirs, Path::new(&kit)), "for them alone");
    assert!(opens(&ours, Path::new(&kit)) && !opens(&ours, &key), "for the owner and the kit alone");
    for bad in ["age1nonsense", "", "AGE-SECRET-KEY-1XYZ"] {
        cli.run(["incident", "pack", "-o", &to("bad.age"), "--recipient", bad]).expect_code(2);
    }
    cli.run(["incident", "pack", "-o", &to("bad.age"), "--recipient", &recipient, "--encrypt"]).expect_code(2);
    let mut left: Vec<String> =
        std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["ours.zip.age", "theirs.zip.age"], "nothing beside them");
    let rows = cli.json(["audit", "list", "--action", "pack_written"]);
    let sealed: Vec<&str> =
        rows["rows"].as_array().unwrap().iter().map(|row| row["detail"]["sealed"].as_str().unwrap()).collect();
    assert_eq!(sealed, ["owner", "recipient"]);
}

/// The open steps on two pages, in both languages, as text too.
#[test]
fn the_steps_print_on_two_pages() {
    let (computer, cli) = with_books();
    cli.run(["incident", "print", "-o", "/tmp/none.pdf"]).expect_code(2);
    cli.json(["freeze"]);
    cli.json(["incident", "answer", "--region", "mainland", "--region", "hong_kong"]);
    for (language, wanted) in [("en", "Steps after a theft"), ("zh-CN", "被盗后的步骤")] {
        let pdf = computer.outside().join("steps.pdf");
        cli.json(["--lang", language, "incident", "print", "-o", pdf.to_str().unwrap()]);
        assert!(poppler("pdfinfo", &[], &pdf).contains("Pages:           2\n"), "{language}");
        let text = poppler("pdftotext", &["-layout"], &pdf);
        let squeezed: String = text.split_whitespace().collect();
        for known in [&wanted.split_whitespace().collect::<String>(), "110", "999", "PayPal"] {
            assert!(squeezed.contains(known), "{known}\n{text}");
        }
    }
    let text = computer.outside().join("steps.txt");
    cli.json(["incident", "print", "-o", text.to_str().unwrap()]);
    assert!(std::fs::read_to_string(&text).unwrap().contains("[ ] Call somebody to help"));
    cli.run(["incident", "print", "-o", "/no/such/folder/steps.pdf"]).expect_code(2);
    assert_eq!(cli.json(["audit", "list", "--action", "checklist_printed"])["rows"].as_array().unwrap().len(), 3);
}

/// R67: killed while it is written: no pack under its name, none told of; and an entry is stored with its row or not at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_pack_is_none() {
    for (point, told) in [("pack.written", 0), ("audit.appended@4", 0)] {
        let computer = Profile::locked();
        let pack = computer.outside().join("pack.zip");
        kill("pack", point, computer.folder(), pack.to_str().unwrap());
        assert!(!pack.exists(), "{point}");
        let clock = later();
        let purser = computer.hold(&clock);
        log_in(&purser, &clock).await;
        let rows = purser.audit_rows(crate::audit::of("pack_written"), 10).await.unwrap();
        assert_eq!(rows.len(), told, "{point}");
        assert_eq!(purser.incidents().await.unwrap().len(), 1, "{point}");
        assert!(purser.audit_verify(None).await.unwrap().ok);
        purser.lock(LockCause::Asked).await;
    }
}

/// What the killed child does.
pub async fn freeze_and_pack(purser: &purser_app::Purser, path: &str, _clock: &MovingClock) {
    purser.freeze().await.unwrap();
    purser.write_evidence_pack(Path::new(path), &Default::default()).await.unwrap();
}

/// Answers that come at once keep what the others said.
#[tokio::test(flavor = "multi_thread")]
async fn answers_given_at_once_are_all_kept() {
    use purser_books::incident::{Answers, Entrance, Sure};
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    purser.open_incident("", None).await.unwrap();
    let money = Answers { money_left: Some(Sure::Yes), ..Answers::default() };
    let entrance = Answers { entrance: Some(Entrance::Person), ..Answers::default() };
    let controlled = Answers { controlled: Some(Sure::No), ..Answers::default() };
    let (first, second, third) = tokio::join!(
        purser.answer_incident(None, money, None),
        purser.answer_incident(None, entrance, None),
        purser.answer_incident(None, controlled, None)
    );
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    let all = Answers { money_left: Some(Sure::Yes), entrance: Some(Entrance::Person), controlled: Some(Sure::No) };
    assert_eq!(purser.incident(None).await.unwrap().answers, all);
    purser.lock(LockCause::Asked).await;
}
