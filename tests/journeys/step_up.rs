//! R49: every dangerous act needs a proof of its own.

use purser_app::kept_secrets::WhichSecret;
use purser_app::people::Invite;
use purser_app::{Act, Code, LockCause, Phase, Purser, StepUp};
use purser_books::credential::Order;
use purser_tests::profile::{log_in, passphrase, prove};
use purser_tests::{MovingClock, PASSWORD, Profile};
use purser_vault::keyfile::SlotKind;
use purser_vault::kit::KitLanguage;

fn invite() -> Invite {
    Invite { name: "Mei".to_owned(), role: SlotKind::Responder, until: None, wallets: Vec::new() }
}

/// Does an act with whatever proof is given.
async fn attempt(purser: &Purser, act: Act, proof: StepUp) -> Code {
    let done = match act {
        Act::ChangePassword => purser.change_password(proof, "nine green bicycles 31", false).await.map(drop),
        Act::ReplaceSecondFactor => purser.begin_totp(proof, None).await.map(drop),
        Act::ReplaceRecoveryCodes => purser.replace_recovery_codes(proof).await.map(drop),
        Act::ReplaceKit => purser.replace_kit(proof, KitLanguage::English).await.map(drop),
        Act::RenewBooksKey => purser.renew_books_key(proof).await,
        Act::InvitePerson => purser.invite(proof, invite()).await.map(drop),
        Act::ChangePerson => purser.change_person(proof, "owner", None, Vec::new()).await,
        Act::RevokePerson => purser.revoke_person(proof, "owner").await.map(drop),
        Act::LowerSetting => purser.set_idle_minutes(30, Some(proof)).await,
        Act::RotateCredential => purser.begin_rotation(proof, 1, Order::NewFirst).await.map(drop),
        Act::RemoveCredential => purser.remove_credential(proof, 1).await,
        Act::KeepSecret => purser.keep_secret(proof, 1, "secret").await,
        Act::RevealSecret => purser.reveal_secret(proof, 1, WhichSecret::Newest).await.map(drop),
        Act::Unfreeze => purser.unfreeze(proof, "a drill").await.map(drop),
        Act::CureWhileFrozen => purser.begin_cure(proof).await,
    };
    done.unwrap_err().code
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_for_one_act_is_refused_for_every_other() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let keys = || std::fs::read(computer.folder().join("keys.json")).unwrap();
    let before = keys();
    for (at, act) in Act::ALL.iter().enumerate() {
        let other = Act::ALL[(at + 1) % Act::ALL.len()];
        let proof = prove(&purser, other, &clock).await;
        assert_eq!(attempt(&purser, *act, proof).await, Code::StepUp, "{act:?} with a proof for {other:?}");
    }
    assert_eq!(keys(), before);
    assert_eq!(purser.set_idle_minutes(30, None).await.unwrap_err().code, Code::StepUp);
    // A stricter setting needs none.
    purser.set_idle_minutes(5, None).await.unwrap();
    assert_eq!(purser.set_idle_minutes(6, None).await.unwrap_err().code, Code::StepUp);
    let proof = prove(&purser, Act::LowerSetting, &clock).await;
    purser.set_idle_minutes(6, Some(proof)).await.unwrap();
    // R58: reminders may be made later, or stopped, with a proof; sooner without.
    purser.set_reminder_days(90, None).await.unwrap();
    for (days, more) in [(91, true), (0, true), (90, false), (0, true)] {
        let refused = purser.set_reminder_days(days, None).await;
        assert_eq!(refused.is_err_and(|error| error.code == Code::StepUp), more, "{days}");
        if days == 0 {
            let proof = prove(&purser, Act::LowerSetting, &clock).await;
            purser.set_reminder_days(0, Some(proof)).await.unwrap();
        }
    }
    purser.lock(LockCause::Asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_lives_five_minutes_and_in_its_session_only() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let proof = prove(&purser, Act::LowerSetting, &clock).await;
    clock.pass_s(5 * 60 - 1);
    purser.set_idle_minutes(11, Some(proof)).await.unwrap();
    let proof = prove(&purser, Act::LowerSetting, &clock).await;
    clock.pass_s(5 * 60);
    assert_eq!(purser.set_idle_minutes(12, Some(proof)).await.unwrap_err().code, Code::StepUp);
    let proof = prove(&purser, Act::LowerSetting, &clock).await;
    clock.set_wall_by_s(-3600);
    clock.pass_s(5 * 60);
    assert_eq!(purser.set_idle_minutes(12, Some(proof)).await.unwrap_err().code, Code::StepUp, "a clock set back");
    clock.set_wall_by_s(2 * 3600);
    let proof = prove(&purser, Act::LowerSetting, &clock).await;
    purser.lock(LockCause::Asked).await;
    clock.pass_s(30);
    log_in(&purser, &clock).await;
    assert_eq!(purser.set_idle_minutes(12, Some(proof)).await.unwrap_err().code, Code::StepUp, "another session");
    purser.lock(LockCause::Asked).await;
}

/// Guessing at an open session is counted like guessing at the lock screen; the used code of the login is no proof.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_proofs_are_counted_and_the_fifth_ends_the_session() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    let used = clock.code();
    log_in(&purser, &clock).await;
    let by = async |password: &str, code: Option<&str>| {
        purser.step_up(Act::ChangePassword, passphrase(password), code).await.map(drop).map_err(|error| error.code)
    };
    assert_eq!(by(PASSWORD, None).await, Err(Code::StepUp), "the code is asked for");
    assert_eq!(by(PASSWORD, Some(&used)).await, Err(Code::WrongCode), "R32: the code of the login");
    clock.pass_s(30);
    // A right proof clears what was counted.
    by(PASSWORD, Some(&clock.code())).await.unwrap();
    clock.pass_s(30);
    let fresh = clock.code();
    for count in 1..=5 {
        assert_eq!(purser.phase().await, Phase::Open, "{count}");
        assert_eq!(by("another password 99", Some(&fresh)).await, Err(Code::WrongPassword));
    }
    assert_eq!(purser.phase().await, Phase::Locked);
    assert_eq!(purser.wait_s(None).unwrap(), 30);
    // A recovery code is a proof too, once.
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    by(PASSWORD, Some(&Profile::recovery_codes()[2])).await.unwrap();
    assert_eq!(by(PASSWORD, Some(&Profile::recovery_codes()[2])).await, Err(Code::WrongCode));
    purser.lock(LockCause::Asked).await;
}
