//! Changing passwords, factors and the key of the books: the new one works, the old one does not, whatever happens between.

use std::path::Path;

use purser_app::contract::{Command, HistoryRequest, ImportRequest};
use purser_app::import::JobControl;
use purser_app::{Act, Action, Code, LockCause, Next, Phase, Purser, verify};
use purser_tests::authenticator::code_at;
use purser_tests::profile::{begin_totp, hold, log_in, passphrase, prove};
use purser_tests::statements::paypal_sales;
use purser_tests::{MovingClock, PASSWORD, Profile, SEED, folder};
use purser_vault::keyfile::{KeyFile, Seen};
use purser_vault::secret::DeviceSecret;

use crate::kills::{kill, later};

pub const NEW_PASSWORD: &str = "nine green bicycles 31";
/// Rows in the books of these journeys.
const ROWS: u64 = 300;

/// Puts some rows into a profile, as of half an hour ago so that codes of now are unused.
pub async fn fill(folder: &Path, outside: &Path) {
    let clock = MovingClock::starting_now();
    clock.set_wall_by_s(-1800);
    let purser = hold(folder, &clock);
    log_in(&purser, &clock).await;
    let file = outside.join("sales.csv");
    std::fs::write(&file, paypal_sales(1, u32::try_from(ROWS).unwrap(), "Jane Roe")).unwrap();
    let request = ImportRequest { files: vec![file], ..ImportRequest::default() };
    purser.run(Command::Import(request), &JobControl::default()).await.unwrap();
    purser.lock(LockCause::Asked).await;
}

/// Everything is there: rows, search, checks; and nothing of a copy is left.
pub async fn is_whole(purser: &Purser) {
    let permit = purser.permit(Action::Verify).await.unwrap();
    let verified = verify::verify(permit.store()).await.unwrap();
    assert!(verified.ok && verified.entries == ROWS, "{verified:?}");
    let request = HistoryRequest { search: Some("Lamp 77".to_owned()), ..HistoryRequest::default() };
    let found = purser.run(Command::History(request), &JobControl::default()).await.unwrap();
    assert!(!found["rows"].as_array().unwrap().is_empty(), "the word index came along");
    let left: Vec<_> = folder::files(purser.folder().root()).into_keys().collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().contains(".new")), "{left:?}");
}

/// Logs in with one of two passwords and says whether it was the new one; the other must not open.
async fn log_in_with_either(purser: &Purser, clock: &MovingClock, seed: &str) -> bool {
    let new = match purser.unlock_password(passphrase(NEW_PASSWORD), None).await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.code, Code::WrongPassword);
            false
        }
    };
    if new {
        purser.lock(LockCause::Asked).await;
        let old = purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
        assert_eq!(old.code, Code::WrongPassword, "both passwords open");
    }
    let right = if new { NEW_PASSWORD } else { PASSWORD };
    assert_eq!(purser.unlock_password(passphrase(right), None).await.unwrap(), Next::Code);
    clock.pass_s(60);
    purser.unlock_code(&code_at(seed, clock.seconds())).await.unwrap();
    new
}

/// R53: no page of the books is written; the old envelope is gone once the new password has opened.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_change_touches_one_envelope_and_no_books() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    fill(computer.folder(), computer.outside()).await;
    let read = |name: &str| std::fs::read(computer.folder().join(name));
    let (books, old_keys) = (read("books.db").unwrap(), read("keys.json").unwrap());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    for (typed, code) in [
        ("password1234", Code::WeakPassword),
        ("HailanTrading2026", Code::WeakPassword),
        ("vx8#Lq2!mZp", Code::WeakPassword),
        (PASSWORD, Code::Invalid),
    ] {
        let proof = prove(&purser, Act::ChangePassword, &clock).await;
        let refused = purser.change_password(proof, typed, false).await.unwrap_err();
        assert_eq!(refused.code, code, "{typed}: {refused}");
    }
    assert_eq!(read("keys.json").unwrap(), old_keys);
    let proof = prove(&purser, Act::ChangePassword, &clock).await;
    let changed = purser.change_password(proof, NEW_PASSWORD, false).await.unwrap();
    assert!(!changed.locked && changed.recovery_codes.is_empty());
    is_whole(&purser).await;
    // The rows of the log that tell of it are in the write-ahead log until the session ends.
    assert!(read("books.db").unwrap() == books, "no page of the books was written");
    purser.lock(LockCause::Asked).await;
    assert_eq!(read("keys.json.prev").unwrap(), old_keys, "kept until the new password has opened");
    clock.pass_s(60);
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err().code, Code::WrongPassword);
    assert_eq!(purser.unlock_password(passphrase(NEW_PASSWORD), None).await.unwrap(), Next::Code);
    purser.unlock_code(&clock.code()).await.unwrap();
    assert!(read("keys.json.prev").is_err(), "the old envelope is gone");
    purser.lock(LockCause::Asked).await;
    // R6: the old file copied back is older than what this computer remembers.
    std::fs::write(computer.folder().join("keys.json"), &old_keys).unwrap();
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err().code, Code::Damaged);
}

/// R53: killed at each write, exactly one of the two passwords opens.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_password_change_leaves_the_old_or_the_new_one() {
    // The seventh time: login and proof write the counters before.
    for (point, new) in [
        ("keys_prev.written", false),
        ("keys_prev.renamed", false),
        ("keys.written", false),
        ("keys.renamed", true),
        ("auth.written@7", true),
        ("auth.renamed@7", true),
    ] {
        let computer = Profile::locked();
        kill("change_password", point, computer.folder(), NEW_PASSWORD);
        let clock = later();
        let purser = computer.hold(&clock);
        assert_eq!(log_in_with_either(&purser, &clock, SEED).await, new, "{point}");
        purser.lock(LockCause::Asked).await;
    }
}

/// R28: nothing but changing the password is possible once it was reported, after a restart too.
#[tokio::test(flavor = "multi_thread")]
async fn a_reported_password_is_changed_before_anything_else() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    fill(computer.folder(), computer.outside()).await;
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    purser.report_compromised().await.unwrap();
    for round in 0..2 {
        for action in Action::ALL.iter().filter(|action| **action != Action::ChangePassword) {
            let refused = purser.permit(*action).await.unwrap_err();
            assert_eq!(refused.code, Code::MustChangePassword, "{action:?}, round {round}");
        }
        assert_eq!(purser.people().await.unwrap_err().code, Code::MustChangePassword);
        purser.lock(LockCause::Asked).await;
        clock.pass_s(60);
        log_in(&purser, &clock).await;
    }
    let proof = prove(&purser, Act::ChangePassword, &clock).await;
    // Not asked for as compromised, and treated so all the same.
    let changed = purser.change_password(proof, NEW_PASSWORD, false).await.unwrap();
    assert!(changed.locked && changed.recovery_codes.len() == 10);
    assert_eq!(purser.phase().await, Phase::Locked);
    clock.pass_s(60);
    purser.unlock_password(passphrase(NEW_PASSWORD), None).await.unwrap();
    purser.unlock_code(&clock.code()).await.unwrap();
    is_whole(&purser).await;
    purser.lock(LockCause::Asked).await;
}

/// R29: what the old password, the old key file and this computer's old key open is worth nothing afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_compromise_the_old_envelope_opens_nothing_new() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    fill(computer.folder(), computer.outside()).await;
    let old_keys = std::fs::read(computer.folder().join("keys.json")).unwrap();
    let old_device = std::fs::read(computer.folder().join("device.json")).unwrap();
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let spent = &Profile::recovery_codes()[4];
    let proof = purser.step_up(Act::ChangePassword, passphrase(PASSWORD), Some(spent)).await.unwrap();
    let changed = purser.change_password(proof, NEW_PASSWORD, true).await.unwrap();
    assert!(changed.locked);
    clock.pass_s(60);
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err().code, Code::WrongPassword);
    assert_eq!(purser.unlock_password(passphrase(NEW_PASSWORD), None).await.unwrap(), Next::Code);
    // R38: the old recovery codes are void, the new ones good; the generator goes on.
    assert_eq!(purser.unlock_code(&Profile::recovery_codes()[5]).await.unwrap_err().code, Code::WrongCode);
    purser.unlock_code(&changed.recovery_codes[5]).await.unwrap();
    is_whole(&purser).await;
    purser.lock(LockCause::Asked).await;

    // A thief with copies of everything of before.
    let old = KeyFile::parse(&old_keys, &Seen::default()).unwrap();
    let entries: std::collections::BTreeMap<String, String> = serde_json::from_slice(&old_device).unwrap();
    let device = entries.iter().find(|(name, _)| name.starts_with("device:")).unwrap().1;
    let device = DeviceSecret::from_base64(device).unwrap();
    let owner = old.slot_named("owner").unwrap().id;
    let secret = old.open_slot(owner, &passphrase(PASSWORD), &device).unwrap();
    let books = old.open_compartments(&secret).unwrap().books.unwrap();
    let opened = purser_app::store::Store::open(&computer.folder().join("books.db"), &books).await;
    assert_eq!(opened.unwrap_err().code, Code::Damaged, "the old key opens the new books");
    let new_keys = std::fs::read(computer.folder().join("keys.json")).unwrap();
    let new = KeyFile::parse(&new_keys, &Seen::default()).unwrap();
    assert!(new.open_compartments(&secret).is_err() && new.open_slot(owner, &passphrase(PASSWORD), &device).is_err());
    let kept = std::fs::read(computer.folder().join("device.json")).unwrap();
    let kept: std::collections::BTreeMap<String, String> = serde_json::from_slice(&kept).unwrap();
    assert!(!kept.keys().any(|name| name.ends_with(&owner.to_string())), "the old device secret was removed");
    let previous = std::fs::read(computer.folder().join("keys.json.prev")).unwrap();
    assert_eq!(
        KeyFile::parse(&previous, &Seen::default()).unwrap().wrap_counter(owner),
        None,
        "the old envelope is gone"
    );
}

/// R53, R54: a compromised owner's change killed at every write: one password, one key, whole books.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_change_after_a_compromise_leaves_one_identity() {
    for (point, new) in [
        ("vault.left", false),
        ("device.renamed@7", false),
        ("owner.state", false),
        ("keys.written", false),
        ("keys.renamed", true),
        ("owner.keys", true),
        ("copy.written", true),
        ("copy.checked", true),
        ("copy.closed", true),
        ("copy.renamed", true),
        ("keys.written@2", true),
        ("keys.renamed@2", true),
        ("renewal.finished", true),
    ] {
        let computer = Profile::locked();
        fill(computer.folder(), computer.outside()).await;
        kill("compromised", point, computer.folder(), NEW_PASSWORD);
        let clock = later();
        let purser = computer.hold(&clock);
        assert_eq!(log_in_with_either(&purser, &clock, SEED).await, new, "{point}");
        is_whole(&purser).await;
        purser.lock(LockCause::Asked).await;
        assert!(!computer.folder().join("books.db-wal").exists(), "{point}");
        // Whatever was owed is done: nothing is pending after the owner's login.
        let keys = std::fs::read(computer.folder().join("keys.json")).unwrap();
        assert!(KeyFile::parse(&keys, &Seen::default()).unwrap().pending().is_none(), "{point}");
    }
}

/// R54: a renewal of the key killed at each step: one key opens everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_renewal_leaves_whole_books_under_one_key() {
    for point in [
        "keys_prev.renamed",
        "keys.written",
        "keys.renamed",
        "renewal.begun",
        "copy.written",
        "copy.checked",
        "copy.closed",
        "copy.renamed",
        "keys.written@2",
        "keys.renamed@2",
        "renewal.finished",
    ] {
        let computer = Profile::locked();
        fill(computer.folder(), computer.outside()).await;
        kill("renew", point, computer.folder(), "");
        let clock = later();
        let purser = computer.hold(&clock);
        log_in(&purser, &clock).await;
        is_whole(&purser).await;
        // And it can be done anew.
        let proof = prove(&purser, Act::RenewBooksKey, &clock).await;
        purser.renew_books_key(proof).await.unwrap();
        is_whole(&purser).await;
        purser.lock(LockCause::Asked).await;
        assert!(!computer.folder().join("books.db-wal").exists(), "{point}");
    }
}

/// R54: the session goes on, another key is in force, and marks and content are the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_key_replaces_the_old_one_in_a_running_session() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    fill(computer.folder(), computer.outside()).await;
    let before = std::fs::read(computer.folder().join("books.db")).unwrap();
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let permit = purser.permit(Action::ReadBooks).await.unwrap();
    let proof = prove(&purser, Act::RenewBooksKey, &clock).await;
    purser.renew_books_key(proof).await.unwrap();
    assert!(permit.store().wallets().await.is_err(), "a permit of before reaches nothing");
    is_whole(&purser).await;
    let receipt = ImportRequest {
        files: vec![purser_tests::statements::fixture("alipay/account-log-classic").into()],
        ..ImportRequest::default()
    };
    purser.run(Command::Import(receipt), &JobControl::default()).await.unwrap();
    purser.lock(LockCause::Asked).await;
    assert_ne!(std::fs::read(computer.folder().join("books.db")).unwrap()[..4096], before[..4096]);
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    assert_eq!(purser.phase().await, Phase::Open);
    purser.lock(LockCause::Asked).await;
}

/// Never the old seed; the code that proved the new one is used up; the old generator and codes are void (R35, R38).
#[tokio::test(flavor = "multi_thread")]
async fn a_new_second_factor_replaces_the_old_one_wholly() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let proof = prove(&purser, Act::ReplaceSecondFactor, &clock).await;
    let same = purser_vault::secret::TotpSeed::from_base32(SEED).unwrap();
    assert_eq!(purser.begin_totp(proof, Some(same)).await.unwrap_err().code, Code::Invalid);
    clock.pass_s(30);
    let view = begin_totp(&purser, Some(&clock.code())).await;
    assert_ne!(view.secret.as_str(), SEED);
    assert_eq!(purser.confirm_totp("000000").await.unwrap_err().code, Code::WrongCode);
    // At the same half minute as the proof: another generator, another code.
    let code = code_at(&view.secret, clock.seconds());
    let codes = purser.confirm_totp(&code).await.unwrap();
    assert_eq!(codes.len(), 10);
    purser.lock(LockCause::Asked).await;
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    assert_eq!(purser.unlock_code(&code).await.unwrap_err().code, Code::WrongCode, "R35");
    clock.pass_s(30);
    assert_eq!(purser.unlock_code(&clock.code()).await.unwrap_err().code, Code::WrongCode, "the old generator");
    let old = &Profile::recovery_codes()[0];
    assert_eq!(purser.unlock_code(old).await.unwrap_err().code, Code::WrongCode, "an old recovery code");
    purser.unlock_code(&code_at(&view.secret, clock.seconds())).await.unwrap();
    // A seed that was shown waits ten minutes, no longer.
    clock.pass_s(30);
    let code = code_at(&view.secret, clock.seconds());
    let proof = purser.step_up(Act::ReplaceSecondFactor, passphrase(PASSWORD), Some(&code)).await.unwrap();
    let next = purser.begin_totp(proof, None).await.unwrap();
    for _ in 0..2 {
        clock.pass_s(5 * 60);
        purser.touch().await;
    }
    let late = purser.confirm_totp(&code_at(&next.secret, clock.seconds())).await.unwrap_err();
    assert_eq!(late.code, Code::Invalid);
    purser.lock(LockCause::Asked).await;
}

/// Killed at each write, either the old generator and codes work or the new ones, and no used code works again.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_replacement_of_the_second_factor_leaves_the_old_or_the_new_one() {
    for (point, new) in [
        ("totp.state", false),
        ("keys_prev.renamed", false),
        ("keys.written", false),
        ("keys.renamed", true),
        ("auth.written@8", true),
        ("auth.renamed@8", true),
    ] {
        let computer = Profile::locked();
        let told = computer.outside().join("told.txt");
        let spent = Profile::recovery_codes()[6].as_str();
        kill("replace_totp", point, computer.folder(), &format!("{spent} {}", told.display()));
        let told = std::fs::read_to_string(&told).unwrap();
        let seed = told.as_str();
        let clock = later();
        let purser = computer.hold(&clock);
        clock.pass_s(60);
        purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
        let (right, wrong) = if new { (seed, SEED) } else { (SEED, seed) };
        assert!(purser.unlock_code(&code_at(wrong, clock.seconds())).await.is_err(), "{point}");
        assert!(purser.unlock_code(spent).await.is_err(), "{point}: a spent recovery code");
        purser.unlock_code(&code_at(right, clock.seconds())).await.unwrap();
        purser.lock(LockCause::Asked).await;
    }
}

/// R38: new recovery codes void the old ones; R30: nothing else is lost.
#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_void_the_old_ones() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    purser.unlock_code(&Profile::recovery_codes()[1]).await.unwrap();
    let proof = prove(&purser, Act::ReplaceRecoveryCodes, &clock).await;
    let codes = purser.replace_recovery_codes(proof).await.unwrap();
    assert_eq!(codes.len(), 10);
    for (code, good) in
        [(&Profile::recovery_codes()[0][..], false), (&codes[1], true), (&codes[1], false), (&codes[9], true)]
    {
        purser.lock(LockCause::Asked).await;
        purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
        assert_eq!(purser.unlock_code(code).await.is_ok(), good);
    }
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    purser.lock(LockCause::Asked).await;
}

/// A new kit opens, the old one no longer does, and it is to be proven anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_kit_is_proven_like_the_first() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    assert!(purser.prove_kit(Profile::recovery_key()).await.unwrap());
    let proof = prove(&purser, Act::ReplaceKit, &clock).await;
    let kit = purser.replace_kit(proof, purser_vault::kit::KitLanguage::Chinese).await.unwrap();
    assert!(!purser.key_facts().await.unwrap().kit_proven);
    assert!(kit.text.contains(kit.recovery_key.as_str()) && kit.text.contains("Hailan Trading"));
    assert!(!purser.prove_kit(Profile::recovery_key()).await.unwrap(), "the old kit");
    assert!(purser.prove_kit(&kit.recovery_key).await.unwrap());
    purser.lock(LockCause::Asked).await;
}
