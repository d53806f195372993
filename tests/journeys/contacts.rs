//! Whom to reach: the register, the cards, what the lock screen may show; and practising for the day it is needed.

use std::path::Path;

use purser_app::contacts::card::CardRequest;
use purser_app::contacts::lock_screen::{LockContacts, LockScreen};
use purser_app::{LockCause, Purser};
use purser_books::document::Language;
use purser_books::door::DoorCode;
use purser_books::playbook::{Lane, Speaker};
use purser_tests::poppler::poppler;
use purser_tests::profile::log_in;
use purser_tests::statements::paypal_sales;
use purser_tests::{MovingClock, Profile};
use serde_json::Value;

use crate::incidents::with_books;
use crate::kills::{kill, later};

const NUMBER: &str = "+852 5550 0199";

#[test]
fn the_register_says_who_is_who() {
    let (_computer, cli) = with_books();
    let empty = cli.json(["contacts", "list"]);
    assert_eq!((&empty["wallets"][0]["contacts"], &empty["lock_screen"]), (&Value::Array(vec![]), &"off".into()));
    let set = cli.json([
        "contacts",
        "set",
        "paypal",
        "--administrator",
        "林梅",
        "--bound-phone",
        "+852 9123 4471",
        "--deputy",
        "W. Chan",
        "--noted",
        "2026-11-01",
    ]);
    let people: Vec<[&str; 3]> = set["wallets"][0]["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contact| ["role", "value", "noted"].map(|key| contact[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        people,
        [
            ["administrator", "林梅", "2026-11-01"],
            ["bound_phone", "…4471", "2026-11-01"],
            ["deputy", "W. Chan", "2026-11-01"]
        ]
    );
    let less = cli.json(["contacts", "set", "PayPal", "--deputy", "", "--administrator", "陈海"]);
    assert_eq!(less["wallets"][0]["contacts"].as_array().unwrap().len(), 2);
    assert_eq!(less["wallets"][0]["contacts"][0]["value"], "陈海");
    for bad in [
        &["contacts", "set", "PayPal"] as &[&str],
        &["contacts", "set", "nowhere", "--deputy", "x"],
        &["contacts", "set", "PayPal", "--bound-phone", "12"],
        &["contacts", "set", "PayPal", "--administrator", "two\nlines"],
        &["contacts", "set", "PayPal", "--deputy", "x", "--noted", "2999-01-01"],
        &["contacts", "own-number", "bank", NUMBER],
        &["contacts", "own-number", "paypal", ""],
        &["contacts", "own-number", "--remove", "99"],
        &["contacts", "lock-screen", "some"],
    ] {
        cli.run(bad).expect_code(2);
    }
    let numbers = cli.json(["contacts", "own-number", "paypal", NUMBER, "--noted", "2026-10-01"]);
    assert_eq!(
        (&numbers["own_numbers"][0]["number"], &numbers["own_numbers"][0]["noted"]),
        (&NUMBER.into(), &"2026-10-01".into())
    );
    let again = cli.json(["contacts", "own-number", "paypal", NUMBER, "--noted", "2026-11-01"]);
    assert_eq!(
        (again["own_numbers"].as_array().unwrap().len(), &again["own_numbers"][0]["noted"]),
        (1, &"2026-11-01".into())
    );
    // Scripts name the administrator, the papers too.
    let scripts = cli.json(["incident", "script"]).to_string();
    assert!(scripts.contains("I am 陈海, primary user"), "{scripts}");
    let id = again["own_numbers"][0]["id"].to_string();
    assert_eq!(cli.json(["contacts", "own-number", "--remove", &id])["own_numbers"], Value::Array(vec![]));
    for (action, rows) in [("contact_noted", 2), ("own_number_noted", 2), ("own_number_removed", 1)] {
        let told = cli.json(["audit", "list", "--action", action]);
        assert_eq!(told["rows"].as_array().unwrap().len(), rows, "{action}");
        assert!(!told.to_string().contains("4471") && !told.to_string().contains(NUMBER), "{told}");
    }
    let printed = cli.run(["--lang", "zh-CN", "contacts", "list"]).expect_code(0).stdout;
    assert!(printed.contains("管理员") && printed.contains("不显示以上内容"), "{printed}");
    cli.run(["lock"]).expect_code(0);
    cli.run(["contacts", "list"]).expect_code(3);
}

/// A wallet somebody wrote something down of stays when its only file is taken back.
#[test]
fn a_known_wallet_outlives_its_file() {
    let (_computer, cli) = with_books();
    cli.json(["contacts", "set", "PayPal", "--deputy", "W. Chan"]);
    cli.json(["import", "--undo", "1"]);
    assert_eq!(cli.json(["contacts", "list"])["wallets"][0]["contacts"][0]["value"], "W. Chan");
}

#[test]
fn a_card_is_one_page_and_known_to_be_stale() {
    let (computer, cli) = with_books();
    cli.json(["contacts", "set", "PayPal", "--legal-representative", "陈海", "--administrator", "林梅"]);
    cli.json(["contacts", "own-number", "paypal", NUMBER]);
    let path = |name: &str| computer.outside().join(name).to_str().unwrap().to_owned();
    let pdf = path("mei.pdf");
    for language in ["zh-CN", "en"] {
        let written = cli.json(["--lang", language, "contacts", "card", "--person", "林梅", "-o", &pdf]);
        assert_eq!((written["missing"].as_array().unwrap().len(), written["stamp"].as_str().unwrap().len()), (0, 8));
        assert!(poppler("pdfinfo", &[], Path::new(&pdf)).contains("Pages:           1\n"));
        let text = poppler("pdftotext", &["-layout"], Path::new(&pdf));
        for known in ["林梅", "陈海", NUMBER, "110", "999", written["stamp"].as_str().unwrap()] {
            assert!(text.contains(known), "{known} on the {language} card\n{text}");
        }
    }
    let txt = path("mei.txt");
    let written = cli.json(["contacts", "card", "--person", "林梅", "-o", &txt]);
    let text = std::fs::read_to_string(&txt).unwrap();
    assert!(text.contains("海澜贸易 / Hailan Trading") && text.contains("I am 林梅, primary user"), "{text}");
    let stale = |cli: &purser_tests::Cli| {
        let list = cli.json(["contacts", "list"]);
        assert_eq!(list["cards"].as_array().unwrap().len(), 1, "the newest of a person");
        list["cards"][0]["stale"].as_bool().unwrap()
    };
    assert!(!stale(&cli));
    let doors = |cli: &purser_tests::Cli| {
        let doors = cli.json(["security"])["doors"].as_array().unwrap().clone();
        doors
            .into_iter()
            .filter(|door| door["code"] == "card_stale")
            .map(|door| door["target"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(doors(&cli), Vec::<Value>::new());
    cli.json(["contacts", "own-number", "paypal", "+852 5550 0100"]);
    assert!(stale(&cli), "a number came");
    assert_eq!(doors(&cli), ["林梅"]);
    let again = cli.json(["contacts", "card", "--person", "林梅", "-o", &txt]);
    assert_ne!(again["stamp"], written["stamp"]);
    assert!(!stale(&cli));
    cli.json(["contacts", "set", "PayPal", "--deputy", "W. Chan"]);
    assert!(stale(&cli), "a deputy came");
    assert_eq!(cli.json(["contacts", "card", "--person", "林梅", "--forget"])["cards"], Value::Array(vec![]));
    assert_eq!(doors(&cli), Vec::<Value>::new());
    cli.run(["contacts", "card", "--person", "林梅", "--forget"]).expect_code(2);
    cli.run(["contacts", "card", "--person", " ", "-o", &txt]).expect_code(2);
    cli.run(["contacts", "card", "--person", "x", "-o", "/no/such/folder/card.pdf"]).expect_code(2);
    assert_eq!(cli.json(["audit", "list", "--action", "card_written"])["rows"][0]["target"], "林梅");
}

/// Four wallets of four providers, everybody named: still one page, in both languages.
#[test]
fn a_full_card_is_one_page() {
    let computer = Profile::none();
    for (language, person) in [("en", "Mei Lin"), ("zh-CN", "林梅")] {
        let path = computer.outside().join("card.pdf");
        let run = computer
            .cli()
            .bare()
            .args(["--demo", "--json", "--lang", language, "contacts", "card", "--person", person])
            .args(["--speaker", "legal_representative", "--lane", "click", "-o"])
            .arg(&path)
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        assert!(poppler("pdfinfo", &[], &path).contains("Pages:           1\n"), "{language}");
        let text = poppler("pdftotext", &["-layout"], &path);
        for known in [person, "95188", "95017", "110", "999"] {
            assert!(text.contains(known), "{known}\n{text}");
        }
    }
}

async fn opened(computer: &Profile, clock: &MovingClock) -> Purser {
    let purser = computer.hold(clock);
    log_in(&purser, clock).await;
    purser
}

fn card_request(person: &str) -> CardRequest {
    let (person, language) = (person.to_owned(), Language::Zh);
    CardRequest { person, speaker: Speaker::Administrator, lane: Lane::Phone, language }
}

/// Nothing is readable without a login unless the owner allowed it, then only that, and only as she signed it.
#[tokio::test(flavor = "multi_thread")]
async fn the_lock_screen_shows_what_the_owner_allowed() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = opened(&computer, &clock).await;
    let file = computer.write("paypal.csv", paypal_sales(1, 3, "Jane Roe"));
    crate::people::import(&purser, &[&file]).await.unwrap();
    let change = purser_app::contacts::ContactsChange {
        values: vec![(purser_books::papers::ContactRole::Deputy, "W. Chan".to_owned())],
        noted: None,
    };
    purser.set_contacts(1, &change).await.unwrap();
    purser.note_own_number("paypal", NUMBER, Some("2026-10-01")).await.unwrap();
    let plain = computer.folder().join("lock_contacts.txt");
    assert!(!plain.exists() && purser.lock_contacts().is_none(), "not by itself");

    purser.set_lock_screen(LockScreen::Numbers).await.unwrap();
    let text = std::fs::read_to_string(&plain).unwrap();
    assert!(text.contains(NUMBER) && !text.contains("Chan") && !text.contains("PayPal"), "{text}");
    purser.set_lock_screen(LockScreen::All).await.unwrap();
    purser.note_own_number("stripe", "+1 555 0100", None).await.unwrap();
    purser.lock(LockCause::Asked).await;
    let shown: LockContacts = purser.lock_contacts().unwrap();
    assert_eq!(shown.own_numbers.iter().map(|own| own.number.as_str()).collect::<Vec<_>>(), [NUMBER, "+1 555 0100"]);
    assert_eq!((shown.wallets[0].name.as_str(), shown.wallets[0].deputy.as_str()), ("PayPal", "W. Chan"));

    // Another number, put there by whoever can write into the folder.
    let signed = std::fs::read_to_string(&plain).unwrap();
    for forged in
        [signed.replace(NUMBER, "+852 666"), signed.lines().next().unwrap().to_owned(), String::new(), "{}\n00".into()]
    {
        std::fs::write(&plain, &forged).unwrap();
        assert_eq!(purser.lock_contacts(), None, "{forged}");
    }
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    assert_eq!(purser.lock_contacts().unwrap(), shown, "the next login of the owner puts it right");

    purser.set_lock_screen(LockScreen::Off).await.unwrap();
    assert!(!plain.exists());
    purser.set_contacts(1, &change).await.unwrap();
    assert!(!plain.exists(), "and nothing brings it back");
    std::fs::write(&plain, &signed).unwrap();
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    assert!(!plain.exists(), "an old one that was put back goes at the next login");
    let told = purser.audit_rows(crate::audit::of("setting_changed"), 10).await.unwrap();
    assert_eq!(
        told.iter().map(|row| row.detail["value"].as_str().unwrap()).collect::<Vec<_>>(),
        ["off", "all", "numbers"]
    );
    purser.lock(LockCause::Asked).await;
}

/// Killed in between: never readable and not allowed; at the next login as the setting says.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_change_of_the_lock_screen_heals() {
    for (scenario, point, is_allowed) in [
        ("lock_screen_on", "lock_contacts.allowed", true),
        ("lock_screen_on", "lock_contacts.written", true),
        ("lock_screen_on", "lock_contacts.renamed", true),
        ("lock_screen_off", "lock_contacts.removed", true),
        ("lock_screen_off", "lock_contacts.allowed@2", false),
    ] {
        let computer = Profile::locked();
        kill(scenario, point, computer.folder(), "");
        let plain = computer.folder().join("lock_contacts.txt");
        assert!(scenario == "lock_screen_on" || !plain.exists(), "{point}");
        let purser = opened(&computer, &later()).await;
        assert_eq!(purser.lock_contacts().is_some(), is_allowed, "{point}");
        assert_eq!(purser.contacts().await.unwrap().lock_screen == LockScreen::Numbers, is_allowed, "{point}");
        assert!(purser.audit_verify(None).await.unwrap().ok);
        purser.lock(LockCause::Asked).await;
    }
}

/// What the killed children do.
pub async fn switch_lock_screen(purser: &Purser, and_off: bool) {
    purser.note_own_number("paypal", NUMBER, None).await.unwrap();
    purser.set_lock_screen(LockScreen::Numbers).await.unwrap();
    if and_off {
        purser.set_lock_screen(LockScreen::Off).await.unwrap();
    }
}

/// A practice run is kept with its times and what was missed, and is due again after ninety days.
#[tokio::test(flavor = "multi_thread")]
async fn practising_is_remembered_and_due_again() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = opened(&computer, &clock).await;
    let is_open = async |purser: &Purser| {
        let doors = purser.security().await.unwrap().doors;
        doors.iter().any(|door| door.code == DoorCode::PracticeDue)
    };
    let never = purser.practice().await.unwrap();
    assert!(never.last.is_none() && never.due && never.due_on.is_none() && is_open(&purser).await);
    assert_eq!(purser.end_practice(None).await.unwrap_err().code, purser_app::Code::NotFound);

    // Begun and given up: nobody practised.
    purser.drill().await.unwrap();
    assert!(purser.end_practice(None).await.unwrap().last.is_none());

    let run = purser.drill().await.unwrap().incident.unwrap();
    assert_eq!(purser.practice().await.unwrap().running.as_deref(), Some(run.as_str()));
    clock.pass_s(4 * 60);
    let done = || purser_app::incident::Settled::Done { reference: String::new(), note: String::new() };
    purser.settle_step(Some(&run), "freeze", done()).await.unwrap();
    let answers = purser_books::incident::Answers {
        money_left: Some(purser_books::incident::Sure::No),
        entrance: Some(purser_books::incident::Entrance::Login),
        controlled: Some(purser_books::incident::Sure::No),
    };
    purser.answer_incident(Some(&run), answers, None).await.unwrap();
    clock.pass_s(7 * 60);
    let practice = purser.end_practice(Some(&run)).await.unwrap();
    let last = practice.last.clone().unwrap();
    assert_eq!((last.incident.as_str(), last.minutes), (run.as_str(), 11));
    let steps: Vec<(&str, i64, u32, bool)> =
        last.done.iter().map(|step| (step.step.as_str(), step.minute, step.target, step.late)).collect();
    assert_eq!(steps, [("freeze", 4, 1, true), ("questions", 4, 2, true)]);
    assert_eq!(last.missed.iter().map(|step| step.step.as_str()).collect::<Vec<_>>(), ["call_providers"]);
    assert_eq!((practice.due, practice.running.as_deref(), is_open(&purser).await), (false, None, false));
    let file = computer.outside().join("card.txt");
    purser.write_card(&card_request("林梅"), &file).await.unwrap();
    purser.lock(LockCause::Asked).await;

    clock.pass_s(89 * 86_400);
    log_in(&purser, &clock).await;
    assert!(!purser.practice().await.unwrap().due);
    purser.lock(LockCause::Asked).await;
    clock.pass_s(86_400);
    log_in(&purser, &clock).await;
    let due = purser.practice().await.unwrap();
    assert!(due.due && is_open(&purser).await);
    assert_eq!(due.last.unwrap(), last, "kept as it was");
    purser.lock(LockCause::Asked).await;
}

#[test]
fn the_command_line_ends_a_practice_run_and_tells_of_it() {
    let (_computer, cli) = with_books();
    assert_eq!(cli.json(["status"])["practice"]["last"], Value::Null);
    assert!(cli.run(["status"]).expect_code(0).stdout.contains("purser freeze --drill"));
    cli.run(["incident", "practice", "--end"]).expect_code(2);
    let drill = cli.json(["freeze", "--drill"]);
    assert!(cli.run(["status"]).expect_code(0).stdout.contains("purser incident practice --end"));
    cli.json(["incident", "step", "freeze", "--done"]);
    let ended = cli.json(["incident", "practice", "--end"]);
    assert_eq!((&ended["last"]["incident"], &ended["due"]), (&drill["freeze"], &false.into()));
    assert_eq!(cli.json(["status"])["practice"], ended);
    let told = cli.run(["--lang", "zh-CN", "incident", "practice"]).expect_code(0).stdout;
    assert!(told.contains("上次演练") && told.contains("[x] 冻结 Purser"), "{told}");
    assert!(!cli.run(["status"]).expect_code(0).stdout.contains("--drill"));
}
