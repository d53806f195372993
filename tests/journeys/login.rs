//! Wrong tries, waits and used codes, with clocks that are moved by hand.

use purser_app::{Code, LockCause, Next, Phase, Purser};
use purser_tests::authenticator::code_at;
use purser_tests::profile::{log_in, passphrase};
use purser_tests::{MovingClock, PASSWORD, Profile, SEED};

async fn wrong_try(purser: &Purser) -> Code {
    purser.unlock_password(passphrase("another password 99"), None).await.unwrap_err().code
}

async fn fail_times(purser: &Purser, clock: &MovingClock, times: u32) {
    for _ in 0..times {
        clock.pass_s(purser.wait_s(None).unwrap());
        assert_eq!(wrong_try(purser).await, Code::WrongPassword);
    }
}

/// R40: the table of waits.
#[tokio::test(flavor = "multi_thread")]
async fn waits_grow_with_wrong_tries_and_a_wait_is_not_verified() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    for wait in [0, 0, 0, 0, 30, 60, 120, 300, 900, 3600, 3600] {
        assert_eq!(wrong_try(&purser).await, Code::WrongPassword);
        assert_eq!(purser.wait_s(None).unwrap(), wait);
        if wait > 0 {
            // Not even the right password is looked at before the time.
            let early = purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
            assert_eq!((early.code, early.detail), (Code::Wait, wait.to_string()));
            clock.pass_s(wait - 1);
            assert_eq!(purser.wait_s(None).unwrap(), 1);
            clock.pass_s(1);
        }
    }
    log_in(&purser, &clock).await;
    purser.lock(LockCause::Asked).await;
    // Success clears them.
    fail_times(&purser, &clock, 4).await;
    assert_eq!(purser.wait_s(None).unwrap(), 0);
}

/// R40: across a restart of the program, a set clock, a copied-back and a deleted `auth.state`.
#[tokio::test(flavor = "multi_thread")]
async fn a_wait_holds_whatever_is_done_to_clock_and_file() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let state = computer.folder().join("auth.state");
    let purser = computer.hold(&clock);
    let before = std::fs::read(&state).unwrap();
    fail_times(&purser, &clock, 7).await;
    assert_eq!(purser.wait_s(None).unwrap(), 120);
    drop(purser);
    let purser = computer.hold(&clock);
    assert_eq!(purser.wait_s(None).unwrap(), 120, "the program was started again");
    clock.set_wall_by_s(3600);
    assert_eq!(purser.wait_s(None).unwrap(), 120, "clock forward within one boot");
    clock.set_wall_by_s(-10 * 3600);
    assert_eq!(purser.wait_s(None).unwrap(), 120, "clock back within one boot");
    clock.set_wall_by_s(9 * 3600);
    clock.pass_s(20);
    clock.reboot();
    assert_eq!(purser.wait_s(None).unwrap(), 100, "a restart of the computer, the clock untouched");
    clock.set_wall_by_s(3600);
    assert_eq!(purser.wait_s(None).unwrap(), 60, "clock forward and a restart: a minute at least");
    clock.set_wall_by_s(-2 * 3600);
    assert_eq!(purser.wait_s(None).unwrap(), 120, "clock back and a restart: all of it");

    let good = std::fs::read(&state).unwrap();
    std::fs::write(&state, &before).unwrap();
    assert_eq!(purser.wait_s(None).unwrap(), 3600, "an older file copied back");
    std::fs::write(&state, &good).unwrap();
    let mut altered = good.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    std::fs::write(&state, &altered).unwrap();
    assert_eq!(purser.wait_s(None).unwrap(), 3600, "an altered file");
    std::fs::remove_file(&state).unwrap();
    assert_eq!(purser.wait_s(None).unwrap(), 3600, "no file");
    assert!(state.exists(), "the hour is on disk at once");
    drop(purser);
    let purser = computer.hold(&clock);
    assert_eq!(purser.wait_s(None).unwrap(), 3600);
    // After the hour the right pair opens, and recovery codes of before are void: it is unknown which were used.
    clock.pass_s(3600);
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap(), Next::Code);
    assert_eq!(purser.unlock_code(&Profile::recovery_codes()[0]).await.unwrap_err().code, Code::WrongCode);
}

/// R41.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_wrong_tries_disable_the_login() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    // Counted before it is looked at, a code costs no password derivation: five codes for each right password.
    let mut tries = 0;
    while tries < 100 {
        clock.pass_s(purser.wait_s(None).unwrap());
        if purser.phase().await != Phase::SecondFactor {
            purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
            clock.pass_s(purser.wait_s(None).unwrap());
        }
        if purser.unlock_code("000000").await.is_err_and(|error| error.code == Code::WrongCode) {
            tries += 1;
        }
    }
    assert_eq!(purser.wait_s(None).unwrap_err().code, Code::SlotDisabled);
    clock.pass_s(100 * 24 * 3600);
    let refused = purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
    assert_eq!(refused.code, Code::SlotDisabled);
    drop(purser);
    let again = computer.hold(&clock).unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
    assert_eq!(again.code, Code::SlotDisabled, "after a restart too");
}

/// A right password does not clear older failures, otherwise whoever knows it could try codes without end.
#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_lock_and_all_are_counted() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    for _ in 0..5 {
        if purser.phase().await != Phase::SecondFactor {
            purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
        }
        assert_eq!(purser.unlock_code("000000").await.unwrap_err().code, Code::WrongCode);
    }
    assert_eq!(purser.phase().await, Phase::Locked);
    assert_eq!(purser.wait_s(None).unwrap(), 30);
    let refused = purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
    assert_eq!(refused.code, Code::Wait);
}

/// R32: twice in a row, two at the same time, and after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn one_code_opens_once() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = std::sync::Arc::new(computer.hold(&clock));
    let code = clock.code();
    let mut tries = Vec::new();
    for _ in 0..2 {
        let (purser, code) = (std::sync::Arc::clone(&purser), code.clone());
        tries.push(tokio::spawn(async move {
            purser.unlock_password(passphrase(PASSWORD), None).await?;
            purser.unlock_code(&code).await
        }));
    }
    let mut opened = 0;
    for one in tries {
        opened += u32::from(one.await.unwrap().is_ok());
    }
    assert_eq!(opened, 1);
    assert_eq!(purser.phase().await, Phase::Open);
    purser.lock(LockCause::Asked).await;
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    assert_eq!(purser.unlock_code(&code).await.unwrap_err().code, Code::WrongCode);
    drop(purser);
    let purser = computer.hold(&clock);
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    assert_eq!(purser.unlock_code(&code).await.unwrap_err().code, Code::WrongCode, "after a restart");
    // The code of the step before is no way round either; the next one is.
    let earlier = code_at(SEED, clock.seconds() - 30);
    assert_eq!(purser.unlock_code(&earlier).await.unwrap_err().code, Code::WrongCode);
    clock.pass_s(30);
    purser.unlock_code(&clock.code()).await.unwrap();
}

/// R34: one step early and late pass, two do not.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_one_step_early_and_late() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    for (offset, good) in [(-60i64, false), (60, false), (-30, true), (30, true)] {
        purser.lock(LockCause::Asked).await;
        clock.pass_s(120);
        purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
        let code = code_at(SEED, clock.seconds().checked_add_signed(offset).unwrap());
        assert_eq!(purser.unlock_code(&code).await.is_ok(), good, "{offset} s");
    }
}

/// R37: a login while the clock was a year ahead; once it is right a recovery code gets in, and codes work again.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_ahead_does_not_lock_out() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    clock.set_wall_by_s(365 * 24 * 3600);
    log_in(&purser, &clock).await;
    purser.lock(LockCause::Asked).await;
    clock.set_wall_by_s(-365 * 24 * 3600);
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    assert_eq!(purser.unlock_code(&clock.code()).await.unwrap_err().code, Code::ClockWasWrong);
    purser.unlock_code(&Profile::recovery_codes()[7]).await.unwrap();
    purser.lock(LockCause::Asked).await;
    log_in(&purser, &clock).await;
    assert_eq!(purser.phase().await, Phase::Open);
    // R38: that recovery code was good once.
    purser.lock(LockCause::Asked).await;
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    let again = purser.unlock_code(&Profile::recovery_codes()[7]).await.unwrap_err();
    assert_eq!(again.code, Code::WrongCode);
}

/// R4, R17: the right password on another computer opens nothing; a missing device secret is told and never replaced.
#[tokio::test(flavor = "multi_thread")]
async fn without_this_computers_key_nothing_opens_and_nothing_changes() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let device = computer.folder().join("device.json");
    let kept = std::fs::read(&device).unwrap();
    std::fs::remove_file(&device).unwrap();
    let before = purser_tests::folder::files(computer.folder());
    let purser = computer.hold(&clock);
    let refused = purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
    assert_eq!(refused.code, Code::KeyringMissing);
    assert_eq!(purser_tests::folder::files(computer.folder()), before, "every file byte for byte");

    // Another device secret: the same answer as for a wrong password.
    let other = purser_vault::secret::DeviceSecret::make().unwrap().expose_base64();
    let mut entries: std::collections::BTreeMap<String, String> = serde_json::from_slice(&kept).unwrap();
    let entry = entries.iter_mut().find(|(name, _)| name.starts_with("device:")).unwrap().1;
    *entry = other.to_string();
    std::fs::write(&device, serde_json::to_vec(&entries).unwrap()).unwrap();
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err().code, Code::WrongPassword);
    std::fs::write(&device, kept).unwrap();
}

/// R6: an older key file copied back is refused; it is neither used nor changed.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_key_file_is_refused() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let keys = computer.folder().join("keys.json");
    let older = std::fs::read(&keys).unwrap();
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    assert!(purser.prove_kit(Profile::recovery_key()).await.unwrap());
    purser.lock(LockCause::Asked).await;
    let newer = std::fs::read(&keys).unwrap();
    assert_ne!(older, newer);
    std::fs::write(&keys, &older).unwrap();
    clock.pass_s(60);
    let refused = purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
    assert_eq!(refused.code, Code::Damaged);
    assert_eq!(std::fs::read(&keys).unwrap(), older);
    std::fs::write(&keys, newer).unwrap();
    log_in(&purser, &clock).await;
}
