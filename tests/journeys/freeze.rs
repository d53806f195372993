//! The freeze: from every state, past everything that is broken; what it refuses, and to whom.

use std::path::{Path, PathBuf};

use purser_app::clock::{Clock, SystemClock};
use purser_app::contract::{Command, EmergencyCommand};
use purser_app::freeze::{FreezeState, state_beside};
use purser_app::import::JobControl;
use purser_app::profile::Folder;
use purser_app::{Act, Code, LockCause, Purser};
use purser_books::freeze::Record;
use purser_books::freeze::journal::{FreezeId, Journal, Tail, Unfreeze};
use purser_tests::profile::{hold, log_in, passphrase, prove};
use purser_tests::{MovingClock, PASSWORD, Profile, SEED};
use purser_vault::keyfile::SlotKind;
use serde_json::Value;

use crate::credentials::{keys, raw};
use crate::kills::{kill, later};
use crate::people::{invitation, join, log_her_in, ready};
use crate::unfreeze::{REASON, pass_awake};

pub async fn opened(computer: &Profile, clock: &MovingClock) -> Purser {
    clock.pass_s(60);
    let purser = computer.hold(clock);
    log_in(&purser, clock).await;
    purser
}

/// What a new process knows after a login.
pub async fn state_after_login(folder: &Path, clock: &MovingClock) -> FreezeState {
    clock.pass_s(60);
    let purser = hold(folder, clock);
    log_in(&purser, clock).await;
    let state = purser.freeze_state();
    purser.lock(LockCause::Asked).await;
    state
}

fn journals(computer: &Profile) -> Vec<PathBuf> {
    let beside = std::fs::read_dir(computer.outside()).unwrap().flatten().map(|entry| entry.path());
    let is_journal = |path: &PathBuf| path.to_string_lossy().ends_with(".freeze.journal");
    let mut found: Vec<PathBuf> = beside.filter(is_journal).collect();
    found.push(computer.folder().join("freeze.journal"));
    found
}

/// R60, R61: locked, throttled, disabled, without keyring, with books and key file nobody can read: it freezes all the same.
#[test]
fn a_freeze_needs_nothing_but_the_folder() {
    let wrong = |computer: &Profile| {
        let password = computer.write("wrong.txt", "another password 99\n");
        for _ in 0..5 {
            computer.cli().run(["unlock", "--password-file", &password, "--code", "123456"]);
        }
    };
    let remove =
        |name: &'static str| move |computer: &Profile| std::fs::remove_file(computer.folder().join(name)).unwrap();
    let spoil =
        |name: &'static str| move |computer: &Profile| std::fs::write(computer.folder().join(name), "?").unwrap();
    type Harm<'a> = (&'a str, Box<dyn Fn(&Profile)>);
    let harms: [Harm<'_>; 8] = [
        ("nothing", Box::new(|_| {})),
        ("throttled", Box::new(wrong)),
        ("no keyring", Box::new(remove("device.json"))),
        ("damaged keyring", Box::new(spoil("device.json"))),
        ("no books", Box::new(remove("books.db"))),
        ("damaged books", Box::new(spoil("books.db"))),
        ("no state", Box::new(remove("auth.state"))),
        ("damaged key file", Box::new(spoil("keys.json"))),
    ];
    for (name, harm) in harms {
        let computer = Profile::locked();
        harm(&computer);
        let begun = SystemClock::new().now();
        let answer = computer.cli().json(["freeze"]);
        eprintln!(
            "freeze, {name}: {} ms on the disk, {} ms in all",
            answer["local_ms"],
            SystemClock::new().now().boot_ms - begun.boot_ms
        );
        let id = FreezeId::parse(answer["freeze"].as_str().unwrap()).unwrap();
        let bytes = std::fs::read(computer.folder().join("freeze.journal")).unwrap();
        assert!(
            matches!(&Journal::parse(&bytes).records[..], [Record::Freeze { id: known, .. }] if *known == id),
            "{name}"
        );
        let levers = answer["levers"].as_array().unwrap();
        let local: Vec<&Value> = levers.iter().filter(|lever| lever["state"] == "confirmed").collect();
        assert_eq!(local.len(), 1, "{name}: nothing but this computer is stopped");
        for provider in ["paypal", "alipay", "wechatpay", "stripe"] {
            assert!(
                levers.iter().any(|lever| lever["provider"] == provider && lever["value"].is_string()),
                "{provider}"
            );
        }
    }
    Profile::none().cli().run(["freeze"]).expect_code(3);
}

/// Through whoever holds the profile, and past it when it does not answer.
#[test]
fn a_freeze_goes_through_the_holder_or_past_it() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    assert_eq!(cli.json(["status"])["frozen"], false);
    let answer = cli.json(["freeze"]);
    assert_eq!(cli.json(["status"])["frozen"], true);
    let told = cli.json(["audit", "list", "--action", "frozen"]);
    assert_eq!(told["rows"][0]["target"], answer["freeze"], "{told}");
    assert_eq!(told["rows"][0]["detail"]["asked_by"], "owner");
    assert_eq!(cli.json(["incident", "show"])["id"], answer["freeze"]);
    cli.run(["lock"]).expect_code(0);

    let mut other = Profile::locked();
    let pid = other.unlock()["pid"].as_u64().unwrap().to_string();
    let signal = |name: &str| {
        assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    signal("-STOP");
    let beside = || state_beside(&Folder::new(other.folder()));
    assert!(!beside().frozen, "nobody asked yet");
    let answer = other.cli().json(["freeze"]);
    let seen = beside();
    assert!(seen.frozen && seen.since.is_some() && seen.by.is_empty() && !seen.from_damage, "{seen:?}");
    signal("-CONT");
    assert_eq!(other.cli().json(["status"])["frozen"], true, "the holder saw the journal");
    let id = answer["freeze"].as_str().unwrap();
    assert!(std::fs::read_to_string(other.folder().join("freeze.journal")).unwrap().contains(id));
}

/// R62: each record by itself can be deleted or forged; it stays frozen, and the next login writes it again.
#[tokio::test(flavor = "multi_thread")]
async fn no_record_by_itself_unfreezes() {
    let forged = |id: FreezeId| {
        let record = Unfreeze {
            id,
            at: "2026-11-25T10:00:00Z".parse().unwrap(),
            reason: REASON.to_owned(),
            signature: "ab".repeat(64),
        };
        Record::Unfreeze(record)
    };
    for harm in 0..7 {
        let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
        let purser = opened(&computer, &clock).await;
        let id = purser.freeze().await.unwrap().freeze;
        purser.lock(LockCause::Asked).await;
        drop(purser);
        let paths = journals(&computer);
        assert_eq!(paths.len(), 2);
        let device = computer.folder().join("device.json");
        match harm {
            0 => std::fs::remove_file(&paths[0]).unwrap(),
            1 => std::fs::remove_file(&paths[1]).unwrap(),
            2 => paths.iter().for_each(|path| std::fs::remove_file(path).unwrap()),
            3 => paths.iter().for_each(|path| {
                let mut bytes = std::fs::read(path).unwrap();
                bytes.extend(forged(id).append_to(Tail::of(&bytes)).unwrap().into_bytes());
                std::fs::write(path, bytes).unwrap();
            }),
            4 => paths.iter().for_each(|path| std::fs::write(path, "").unwrap()),
            5 => {
                let text = std::fs::read_to_string(&device).unwrap();
                let without = text.replace(&format!(",\\\"freezes\\\":[\\\"{id}\\\"]"), "");
                assert_ne!(text, without);
                std::fs::write(&device, without).unwrap();
            }
            _ => {
                let books = keys(computer.folder(), PASSWORD).1.books.unwrap();
                let mut connection = raw(computer.folder(), &books).await;
                sqlx::query("delete from freeze").execute(&mut connection).await.unwrap();
            }
        }
        assert!(state_after_login(computer.folder(), &clock).await.frozen, "harm {harm}");
        for path in journals(&computer) {
            assert!(std::fs::read_to_string(&path).unwrap().contains(&format!("\tfreeze\t{id}")), "harm {harm}");
        }
        assert!(std::fs::read_to_string(&device).unwrap().contains(&id.to_string()), "harm {harm}");
        if harm == 3 {
            let purser = opened(&computer, &clock).await;
            let rows = purser.audit_rows(crate::audit::of("freeze_forged"), 10).await.unwrap();
            assert!(!rows.is_empty() && rows[0].target == id.to_string());
            purser.lock(LockCause::Asked).await;
        }
    }
}

/// R63: what helps a thief is refused in the core, for the owner too; the cure goes on, for the owner alone.
#[tokio::test(flavor = "multi_thread")]
async fn while_frozen_a_thief_is_refused_and_the_cure_goes_on() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let seed = join(&purser, &clock, invitation(SlotKind::Accountant)).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    let file = computer.write("paypal.csv", purser_tests::statements::paypal_sales(1, 3, "Jane Roe"));
    let imported = crate::people::import(&purser, &[&file]).await.unwrap();
    let id = imported[0]["id"].as_str().unwrap().to_owned();
    purser.freeze().await.unwrap();

    let codes = async |commands: Vec<Command>| {
        let mut refused = Vec::new();
        for command in commands {
            let word = serde_json::to_value(&command).unwrap();
            let word =
                ["security", "door", "emergency", "contacts", "command"].iter().find_map(|tag| word[tag].as_str());
            let word = word.unwrap().to_owned();
            let done = purser.run(command, &JobControl::default()).await;
            if done.is_err_and(|error| error.code == Code::Frozen) {
                refused.push(word);
            }
        }
        refused
    };
    let all = || {
        let security = crate::roles::security_commands().into_iter().map(Command::Security);
        crate::roles::every_command().into_iter().chain(security).collect::<Vec<_>>()
    };
    let refused = codes(all()).await;
    let expected = [
        "undo_import",
        "invite",
        "change_person",
        "enable_person",
        // What was stopped stays so until the freeze is over.
        "leave_lever",
        "add_credential",
        "remove_credential",
        "reveal_secret",
    ];
    assert_eq!(refused, expected);
    for act in [Act::InvitePerson, Act::ChangePerson, Act::LowerSetting, Act::RemoveCredential, Act::RevealSecret] {
        clock.pass_s(30);
        let refused = purser.step_up(act, passphrase(PASSWORD), Some(&clock.code())).await.unwrap_err();
        assert_eq!(refused.code, Code::Frozen, "{act:?}");
    }
    // The cure: a new password, and files; both with proofs of the last minutes.
    let more = computer.write("more.csv", purser_tests::statements::paypal_sales(50, 2, "Jane Roe"));
    assert!(crate::people::import(&purser, &[&more]).await.is_ok());
    pass_awake(&purser, &clock, 6 * 60).await;
    let again = computer.write("again.csv", purser_tests::statements::paypal_sales(80, 2, "Jane Roe"));
    assert_eq!(crate::people::import(&purser, &[&again]).await, Err(Code::StepUp));
    let proof = prove(&purser, Act::CureWhileFrozen, &clock).await;
    purser.begin_cure(proof).await.unwrap();
    assert!(crate::people::import(&purser, &[&again]).await.is_ok());
    assert_eq!(purser.run(Command::UndoImport { id }, &JobControl::default()).await.unwrap_err().code, Code::Frozen);
    let proof = prove(&purser, Act::ChangePassword, &clock).await;
    purser.change_password(proof, "quiet harbour of winter 8", false).await.unwrap();
    let told = purser.audit_rows(crate::audit::of("refused"), 100).await.unwrap();
    assert!(told.iter().any(|row| row.target == "undo_import" && row.detail["frozen"] == true));
    purser.lock(LockCause::Asked).await;

    log_her_in(&purser, &clock, &seed).await.unwrap();
    assert!(purser.permit(purser_app::Action::ReadBooks).await.is_ok());
    assert_eq!(crate::people::import(&purser, &[&again]).await, Err(Code::Frozen), "the owner alone");
    purser.lock(LockCause::Asked).await;
}

/// R64: a responder freezes, and sees and unfreezes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_responder_freezes_and_cannot_unfreeze() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let seed = join(&purser, &clock, invitation(SlotKind::Responder)).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    let frozen = purser.freeze().await.unwrap();
    assert!(frozen.levers.iter().all(|lever| lever.wallet.is_none()), "no wallet of the business is named");
    assert!(purser.freeze_state().frozen);
    assert_eq!(purser.incident(None).await.unwrap_err().code, Code::NotAllowed);
    let her = passphrase(crate::people::HER_PASSWORD);
    assert_eq!(purser.step_up(Act::Unfreeze, her, Some("123456")).await.unwrap_err().code, Code::NotAllowed);
    purser.lock(LockCause::Asked).await;
    drop(purser);
    let purser = opened(&computer, &clock).await;
    let rows = purser.audit_rows(crate::audit::of("frozen"), 10).await.unwrap();
    assert_eq!(rows[0].detail["asked_by"], crate::people::NAME);
    assert_eq!(rows[0].detail["deferred"], true);
    purser.lock(LockCause::Asked).await;
}

/// R62: killed at every write of a freeze: what was acknowledged by then, or not at all; and whatever is there heals.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_freeze_is_a_freeze() {
    for point in [
        "freeze.journal",
        "freeze.second_journal",
        "device.written",
        "freeze.anchor",
        "audit.appended",
        "incident.added",
        "freeze.books",
    ] {
        let computer = Profile::locked();
        // The login before it writes the anchor and the log too.
        let at = match point {
            "device.written" => "device.written@6",
            "audit.appended" => "audit.appended@2",
            point => point,
        };
        kill("freeze", at, computer.folder(), "");
        let clock = later();
        assert!(computer.hold(&clock).freeze_state().frozen, "{point}: before a login");
        assert!(state_after_login(computer.folder(), &clock).await.frozen, "{point}");
        let purser = opened(&computer, &clock).await;
        assert_eq!(purser.incidents().await.unwrap().len(), 1, "{point}: one incident");
        assert!(purser.audit_verify(None).await.unwrap().ok, "{point}");
        purser.lock(LockCause::Asked).await;
    }
}

/// What the killed child does.
pub async fn freeze_now(purser: &Purser) {
    purser.freeze().await.unwrap();
}

/// On a computer somebody may control no secret is shown, made or typed, frozen or not.
#[test]
fn a_watched_computer_gets_no_secret() {
    let mut computer = Profile::unlocked();
    let (cli, password) = (computer.cli().clone(), computer.password_file());
    cli.json(["incident", "open", "--title", "a strange window"]);
    cli.json(["incident", "answer", "--controlled", "unsure"]);
    let code = computer.phone.code(SEED);
    let run = cli.run(["rotate", "recovery", "--password-file", &password, "--code", &code]).expect_code(3);
    assert!(run.stderr.contains("control this computer"), "{}", run.stderr);
    assert_eq!(cli.json(["status"])["frozen"], false);
    cli.json(["incident", "answer", "--controlled", "no"]);
    cli.run(["rotate", "recovery", "--password-file", &password, "--code", &code]).expect_code(0);
}

/// An invitation is not taken up and a backup not put back while frozen.
#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_login_is_refused_too() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let proof = prove(&purser, Act::InvitePerson, &clock).await;
    let invited = purser.invite(proof, invitation(SlotKind::Accountant)).await.unwrap();
    purser.freeze().await.unwrap();
    purser.lock(LockCause::Asked).await;
    drop(purser);
    // The journals are gone; the keyring still tells.
    for path in journals(&computer) {
        std::fs::remove_file(path).unwrap();
    }
    let purser = computer.hold(&clock);
    let refused = purser.invitation(crate::people::NAME, &invited.code).await.unwrap_err();
    assert_eq!(refused.code, Code::Frozen);
    let backup = computer.write("x.age", "x");
    let refused =
        purser.restore(Path::new(&backup), Profile::recovery_key(), &JobControl::default()).await.unwrap_err();
    assert_eq!(refused.code, Code::Frozen);
}

/// The demo can be frozen like anything else, and is another one afterwards.
#[test]
fn the_demo_freezes() {
    let computer = Profile::none();
    let answer = computer.cli().demo(["freeze"]).expect_code(0).json();
    assert!(answer["freeze"].is_string());
    assert!(answer["levers"].as_array().unwrap().iter().any(|lever| lever["wallet"].is_string()));
    let command = Command::Emergency(EmergencyCommand::Freeze);
    assert_eq!(command.action(), None, "anybody may");
}

/// A login with chosen wallets freezes everything and sees the incident of none: it is about all wallets.
#[tokio::test(flavor = "multi_thread")]
async fn a_narrowed_login_freezes_and_reads_no_incident() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    for (name, first) in [("one.csv", 1), ("two.csv", 50)] {
        let file = computer.write(name, purser_tests::statements::paypal_sales(first, 2, "Jane Roe"));
        crate::people::import(&purser, &[&file]).await.unwrap();
    }
    let wallet = purser.permit(purser_app::Action::ReadBooks).await.unwrap().store().wallets().await.unwrap()[0].id;
    let invite = purser_app::people::Invite { wallets: vec![wallet], ..invitation(SlotKind::Accountant) };
    let seed = join(&purser, &clock, invite).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    let id = purser.freeze().await.unwrap().freeze.to_string();
    assert!(purser.freeze_state().frozen);
    assert_eq!(purser.incidents().await.unwrap_err().code, Code::NotAllowed);
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    assert_eq!(purser.incident(None).await.unwrap().id, id);
    purser.lock(LockCause::Asked).await;
}

/// R62: starting over with the kit ends no freeze, with the journals gone too.
#[tokio::test(flavor = "multi_thread")]
async fn the_kit_ends_no_freeze() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = opened(&computer, &clock).await;
    purser.freeze().await.unwrap();
    purser.lock(LockCause::Asked).await;
    drop(purser);
    for path in journals(&computer) {
        std::fs::remove_file(path).unwrap();
    }
    std::fs::remove_file(computer.folder().join("device.json")).unwrap();
    let purser = computer.hold(&clock);
    crate::recovery::recover(&purser, &clock, Profile::recovery_key()).await;
    assert!(purser.freeze_state().frozen, "the books still tell");
    purser.lock(LockCause::Asked).await;
}
