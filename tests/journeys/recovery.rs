//! Starting over with the recovery kit: whatever was lost, everything becomes new, and nothing of the books is missing.

use purser_app::kept_secrets::WhichSecret;
use purser_app::recovery::{Recovered, Recovery};
use purser_app::{Act, Code, LockCause, Next, Phase, Purser};
use purser_tests::authenticator::code_at;
use purser_tests::profile::{log_in, passphrase, prove};
use purser_tests::{MovingClock, PASSWORD, Profile, SEED, folder};
use purser_vault::keyfile::{KeyFile, Seen, SlotKind};
use purser_vault::kit::KitLanguage;
use purser_vault::secret::RecoveryKey;

use crate::credentials::{SECRET, details, still_kept, with_kept_secret};
use crate::kills::{kill, later};
use crate::people::{invitation, join, log_her_in, ready};
use crate::rotation::{NEW_PASSWORD, fill, is_whole};

pub const NEW_SEED: &str = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U";

fn new_seed() -> purser_vault::secret::TotpSeed {
    purser_vault::secret::TotpSeed::from_base32(NEW_SEED).unwrap()
}

fn recovery(clock: &MovingClock) -> Recovery {
    Recovery {
        new_password: NEW_PASSWORD.to_owned().into(),
        code: code_at(NEW_SEED, clock.seconds()),
        device_store: None,
        language: KitLanguage::English,
    }
}

/// The whole way, with the profile's kit.
pub async fn recover(purser: &Purser, clock: &MovingClock, kit: &str) -> Recovered {
    purser.begin_recovery(kit, Some(new_seed())).await.unwrap();
    purser.finish_recovery(recovery(clock)).await.unwrap()
}

async fn log_in_anew(purser: &Purser, clock: &MovingClock) {
    clock.pass_s(60);
    assert_eq!(purser.unlock_password(passphrase(NEW_PASSWORD), None).await.unwrap(), Next::Code);
    purser.unlock_code(&code_at(NEW_SEED, clock.seconds())).await.unwrap();
}

/// Password and code generator are lost; a secret is kept, an accountant has a login.
#[tokio::test(flavor = "multi_thread")]
async fn the_kit_makes_everything_new_and_loses_nothing() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    fill(computer.folder(), computer.outside()).await;
    let purser = ready(&computer, &clock).await;
    let id = purser.add_credential(details("Stripe key")).await.unwrap();
    let proof = prove(&purser, Act::KeepSecret, &clock).await;
    purser.keep_secret(proof, id, SECRET).await.unwrap();
    let her_seed = join(&purser, &clock, invitation(SlotKind::Accountant)).await;
    let before = folder::files(computer.folder());
    // Another profile's kit, a mistyped one, none: nothing happens.
    let other = RecoveryKey::make().expose_text();
    for wrong in [other.as_str(), "AGE-SECRET-KEY-1QQQQ", "", "the kit"] {
        assert_eq!(purser.begin_recovery(wrong, None).await.unwrap_err().code, Code::Invalid, "{wrong}");
    }
    assert_eq!(purser.finish_recovery(recovery(&clock)).await.unwrap_err().code, Code::Invalid, "none was begun");
    purser.begin_recovery(Profile::recovery_key(), Some(new_seed())).await.unwrap();
    let wrong = Recovery { code: "000000".to_owned(), ..recovery(&clock) };
    assert_eq!(purser.finish_recovery(wrong).await.unwrap_err().code, Code::WrongCode);
    let weak = Recovery { new_password: "hailantrading1".to_owned().into(), ..recovery(&clock) };
    assert_eq!(purser.finish_recovery(weak).await.unwrap_err().code, Code::WeakPassword);
    assert_eq!(folder::files(computer.folder()), before, "a slip changes nothing");
    let done = purser.finish_recovery(recovery(&clock)).await.unwrap();
    assert!(done.is_open && done.books_renewed && done.recovery_codes.len() == 10, "{done:?}");
    assert!(done.kit.text.contains("Hailan Trading") && done.kit.text.contains(done.kit.recovery_key.as_str()));
    assert_eq!(purser.phase().await, Phase::Open);
    assert!(!purser.key_facts().await.unwrap().kit_proven, "the new kit is proven like the first");
    is_whole(&purser).await;
    purser.lock(LockCause::Asked).await;

    // R35, R38: the enrolling code is used up; the old proofs and the old kit are void.
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err().code, Code::WrongPassword);
    purser.unlock_password(passphrase(NEW_PASSWORD), None).await.unwrap();
    assert_eq!(purser.unlock_code(&code_at(NEW_SEED, clock.seconds())).await.unwrap_err().code, Code::WrongCode);
    assert_eq!(purser.unlock_code(&clock.code()).await.unwrap_err().code, Code::WrongCode);
    assert_eq!(purser.unlock_code(&Profile::recovery_codes()[0]).await.unwrap_err().code, Code::WrongCode);
    purser.unlock_code(&done.recovery_codes[0]).await.unwrap();
    assert!(!purser.prove_kit(Profile::recovery_key()).await.unwrap());
    assert!(purser.prove_kit(&done.kit.text).await.unwrap(), "the whole page is taken too");
    clock.pass_s(30);
    let code = code_at(NEW_SEED, clock.seconds());
    let proof = purser.step_up(Act::RevealSecret, passphrase(NEW_PASSWORD), Some(&code)).await.unwrap();
    let shown = purser.reveal_secret(proof, id, WhichSecret::Newest).await.unwrap();
    assert_eq!(shown.secret.as_str(), SECRET, "sealed anew");
    purser.lock(LockCause::Asked).await;
    log_her_in(&purser, &clock, &her_seed).await.unwrap();
    purser.lock(LockCause::Asked).await;

    // Who copied the old kit and key file opens nothing that is written afterwards.
    let old = KeyFile::parse(&before[std::path::Path::new("keys.json")], &Seen::default()).unwrap();
    let kit = RecoveryKey::parse(Profile::recovery_key()).unwrap();
    let old_keys = old.open_compartments(&kit).unwrap();
    let books = computer.folder().join("books.db");
    let opened = purser_app::store::Store::open(&books, &old_keys.books.unwrap()).await;
    assert_eq!(opened.unwrap_err().code, Code::Damaged);
    let new = std::fs::read(computer.folder().join("keys.json")).unwrap();
    let new = KeyFile::parse(&new, &Seen::default()).unwrap();
    let previous = std::fs::read(computer.folder().join("keys.json.prev")).unwrap();
    let previous = KeyFile::parse(&previous, &Seen::default()).unwrap();
    assert!(new.open_compartments(&kit).is_err() && previous.open_compartments(&kit).is_err());
    // And the old key file put back is refused.
    std::fs::write(computer.folder().join("keys.json"), &before[std::path::Path::new("keys.json")]).unwrap();
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err().code, Code::Damaged, "R6");
}

/// This computer's key is gone; and a login that a hundred wrong tries disabled: the kit goes round both (R17, R41).
#[tokio::test(flavor = "multi_thread")]
async fn the_kit_opens_without_this_computer_s_key_and_without_waiting() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    fill(computer.folder(), computer.outside()).await;
    let purser = computer.hold(&clock);
    for _ in 0..6 {
        clock.pass_s(purser.wait_s(None).unwrap());
        let _ = purser.unlock_password(passphrase("another password 99"), None).await;
    }
    assert!(purser.wait_s(None).unwrap() > 0);
    let device = computer.folder().join("device.json");
    std::fs::remove_file(&device).unwrap();
    let before = folder::files(computer.folder());
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err().code, Code::KeyringMissing);
    assert_eq!(folder::files(computer.folder()), before, "R17: nothing is made in its place by itself");
    let done = recover(&purser, &clock, Profile::recovery_key()).await;
    assert!(done.is_open && done.books_renewed);
    purser.lock(LockCause::Asked).await;
    assert_eq!(purser.wait_s(None).unwrap(), 0);
    log_in_anew(&purser, &clock).await;
    is_whole(&purser).await;
    // Somebody who is logged in is not thrown out by it, and a begun recovery waits ten minutes.
    purser.begin_recovery(&done.kit.recovery_key, None).await.unwrap();
    assert_eq!(purser.finish_recovery(recovery(&clock)).await.unwrap_err().code, Code::Invalid);
    purser.lock(LockCause::Asked).await;
    purser.begin_recovery(&done.kit.recovery_key, Some(new_seed())).await.unwrap();
    clock.pass_s(10 * 60);
    assert_eq!(purser.finish_recovery(recovery(&clock)).await.unwrap_err().code, Code::Invalid);
}

/// Killed at each write: the old kit opens or the new password does, the books are whole, nothing stays owed.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_recovery_leaves_the_old_way_or_the_new_one() {
    for (point, new) in [
        ("vault.left", false),
        ("recovery.books", false),
        ("device.renamed", false),
        ("device.renamed@2", false),
        ("recovery.state", false),
        ("keys.written", false),
        ("keys.renamed", true),
        ("recovery.keys", true),
        ("copy.checked", true),
        ("copy.renamed", true),
        ("renewal.finished", true),
        ("vault.before_commit", true),
        ("vault.settled", true),
    ] {
        let computer = Profile::locked();
        fill(computer.folder(), computer.outside()).await;
        let id = with_kept_secret(&computer).await;
        kill("recover", point, computer.folder(), Profile::recovery_key());
        let clock = later();
        let purser = computer.hold(&clock);
        if new {
            log_in_anew(&purser, &clock).await;
        } else {
            clock.pass_s(60);
            log_in(&purser, &clock).await;
            is_whole(&purser).await;
            still_kept(&purser, &clock, id, PASSWORD, SEED).await;
            purser.lock(LockCause::Asked).await;
            clock.pass_s(60);
            assert!(recover(&purser, &clock, Profile::recovery_key()).await.books_renewed, "{point}");
        }
        is_whole(&purser).await;
        still_kept(&purser, &clock, id, NEW_PASSWORD, NEW_SEED).await;
        let keys = std::fs::read(computer.folder().join("keys.json")).unwrap();
        assert!(KeyFile::parse(&keys, &Seen::default()).unwrap().pending().is_none(), "{point}");
        purser.lock(LockCause::Asked).await;
    }
}

/// In the middle of a renewal of the key, wherever it was left.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_was_cut_short_is_no_hindrance() {
    for point in ["renewal.begun", "copy.checked", "copy.renamed"] {
        let computer = Profile::locked();
        fill(computer.folder(), computer.outside()).await;
        kill("renew", point, computer.folder(), "");
        let clock = later();
        let purser = computer.hold(&clock);
        let pending = std::fs::read(computer.folder().join("books.db")).unwrap();
        assert!(recover(&purser, &clock, Profile::recovery_key()).await.books_renewed, "{point}");
        is_whole(&purser).await;
        purser.lock(LockCause::Asked).await;
        assert_ne!(std::fs::read(computer.folder().join("books.db")).unwrap()[..64], pending[..64], "{point}");
        log_in_anew(&purser, &clock).await;
        is_whole(&purser).await;
        purser.lock(LockCause::Asked).await;
    }
}

#[test]
fn the_command_line_starts_over_with_the_kit() {
    let mut computer = Profile::locked();
    let cli = computer.cli().clone();
    let kit = computer.write("kit.txt", format!("# page\n{}\n", Profile::recovery_key()));
    let other = computer.write("other.txt", &*RecoveryKey::make().expose_text());
    let seed = computer.write("seed.txt", NEW_SEED);
    let password = computer.write("new.txt", NEW_PASSWORD);
    let code = computer.phone.code(NEW_SEED);
    let with = |kit: &str, code: &str| {
        let recover = ["recover", "--kit-file", kit, "--new-password-file", &password, "--totp-seed-file", &seed];
        cli.command(["--json"]).args(recover).args(["--code", code]).output().map(purser_tests::Run::from).unwrap()
    };
    let refused = with(&other, &code).expect_code(2);
    assert!(refused.stderr.contains("recovery kit"), "{}", refused.stderr);
    with(&kit, "000000").expect_code(3);
    cli.run(["recover", "--kit-file", &kit]).expect_code(2);
    let made = with(&kit, &code).expect_code(0).json();
    assert_eq!((&made["database_rotated"], made["recovery_codes"].as_array().unwrap().len()), (&true.into(), 10));
    assert!(made["kit"].as_str().unwrap().contains(made["recovery_key"].as_str().unwrap()));
    with(&kit, &code).expect_code(2);
    let old = computer.password_file();
    cli.run(["unlock", "--password-file", &old, "--code", &computer.phone.code(SEED)]).expect_code(3);
    let code = computer.phone.code(NEW_SEED);
    cli.json(["unlock", "--password-file", &password, "--code", &code]);
    assert_eq!(cli.json(["verify"])["ok"], true);
    let busy = with(&kit, &code).expect_code(3);
    assert!(busy.stderr.contains("purser lock"), "{}", busy.stderr);
    let new_kit = computer.write("new-kit.txt", made["kit"].as_str().unwrap());
    assert_eq!(cli.json(["slot", "prove-kit", "--kit-file", &new_kit])["proven"], true);
    cli.run(["lock"]).expect_code(0);
}
