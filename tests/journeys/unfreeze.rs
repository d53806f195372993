//! The way out of a freeze: the owner, with a reason, after a wait.

use purser_app::freeze::Unfrozen;
use purser_app::{Act, Code, LockCause, Purser};
use purser_tests::profile::{passphrase, prove};
use purser_tests::{MovingClock, PASSWORD, Profile, SEED};

use crate::freeze::{opened, state_after_login};
use crate::kills::{kill, later};

pub const REASON: &str = "the phone was found again";

async fn unfreeze(purser: &Purser, clock: &MovingClock) -> Result<Unfrozen, Code> {
    let proof = prove(purser, Act::Unfreeze, clock).await;
    purser.unfreeze(proof, REASON).await.map_err(|error| error.code)
}

/// Freezes are ended by hand: begun, waited for, ended.
pub async fn end_freeze(purser: &Purser, clock: &MovingClock) {
    assert!(matches!(unfreeze(purser, clock).await, Ok(Unfrozen::CoolingOff { .. })));
    pass_awake(purser, clock, 15 * 60).await;
    assert_eq!(unfreeze(purser, clock).await, Ok(Unfrozen::Unfrozen { until: None }));
}

/// Time passes, and the person does something now and then.
pub async fn pass_awake(purser: &Purser, clock: &MovingClock, seconds: u64) {
    for _ in 0..seconds / 60 {
        clock.pass_s(60);
        purser.touch().await;
    }
}

/// R65: owner, password, code, reason, and a wait that no clock shortens and a new freeze ends.
#[tokio::test(flavor = "multi_thread")]
async fn unfreezing_takes_its_time() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = opened(&computer, &clock).await;
    assert_eq!(unfreeze(&purser, &clock).await, Err(Code::Invalid), "nothing is frozen");
    purser.freeze().await.unwrap();
    let proof = prove(&purser, Act::Unfreeze, &clock).await;
    assert_eq!(purser.unfreeze(proof, "no").await.unwrap_err().code, Code::Invalid, "a reason");
    assert_eq!(purser.set_cool_off(60, None).await.unwrap_err().code, Code::Frozen, "not lower while frozen");
    assert!(matches!(unfreeze(&purser, &clock).await, Ok(Unfrozen::CoolingOff { .. })));
    clock.set_wall_by_s(7_200);
    assert!(matches!(unfreeze(&purser, &clock).await, Ok(Unfrozen::CoolingOff { .. })), "the wall clock");
    let proof = purser.step_up(Act::Unfreeze, passphrase(PASSWORD), Some("000000")).await;
    assert_eq!(proof.unwrap_err().code, Code::WrongCode);

    // A restart loses the time it was off, and no more.
    purser.lock(LockCause::Asked).await;
    drop(purser);
    clock.reboot();
    clock.set_wall_by_s(86_400);
    let purser = opened(&computer, &clock).await;
    assert!(purser.freeze_state().frozen);
    assert!(matches!(unfreeze(&purser, &clock).await, Ok(Unfrozen::CoolingOff { .. })));

    // A new freeze begins it anew.
    pass_awake(&purser, &clock, 14 * 60).await;
    purser.freeze().await.unwrap();
    pass_awake(&purser, &clock, 5 * 60).await;
    assert!(matches!(unfreeze(&purser, &clock).await, Ok(Unfrozen::CoolingOff { .. })));
    assert!(purser.cooling_off().await.unwrap().unwrap().remaining_s > 14 * 60);
    pass_awake(&purser, &clock, 15 * 60).await;
    assert_eq!(unfreeze(&purser, &clock).await, Ok(Unfrozen::Unfrozen { until: None }));
    assert!(!purser.freeze_state().frozen);
    let told = purser.audit_rows(crate::audit::of("unfrozen"), 10).await.unwrap();
    assert_eq!(told[0].detail["reason"], REASON);
    assert!(purser.audit_verify(None).await.unwrap().ok);
    purser.lock(LockCause::Asked).await;
    drop(purser);
    assert!(!state_after_login(computer.folder(), &clock).await.frozen);
    let kept = purser_tests::folder::files(computer.folder()).into_keys();
    assert!(kept.into_iter().any(|path| path.to_string_lossy().starts_with("freeze.journal.")), "kept as evidence");
}

/// An end that was signed stays one when the owner's key is replaced, and the next freeze is the new key's to end.
#[tokio::test(flavor = "multi_thread")]
async fn an_ended_freeze_stays_ended_under_a_new_owner_key() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = opened(&computer, &clock).await;
    purser.freeze().await.unwrap();
    end_freeze(&purser, &clock).await;
    let proof = prove(&purser, Act::ChangePassword, &clock).await;
    assert!(purser.change_password(proof, "quiet harbour of winter 8", true).await.unwrap().locked);
    assert!(!purser.freeze_state().frozen);
    drop(purser);
    assert!(!computer.hold(&clock).freeze_state().frozen);
}

/// R62: killed on the way out: what the owner signed is ended at the next login, and nothing is left to ask about.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_unfreeze_ends_at_the_next_login() {
    for point in ["unfreeze.books", "unfreeze.signed", "unfreeze.anchor", "unfreeze.journals"] {
        let computer = Profile::locked();
        kill("unfreeze", point, computer.folder(), "");
        let clock = later();
        clock.pass_s(3_600);
        assert!(!state_after_login(computer.folder(), &clock).await.frozen, "{point}");
        let device = std::fs::read_to_string(computer.folder().join("device.json")).unwrap();
        assert!(!device.contains("freezes"), "{point}");
        assert!(!computer.folder().join("freeze.journal").exists(), "{point}");
        assert!(!computer.hold(&clock).freeze_state().frozen, "{point}");
    }
}

/// What the killed child does.
pub async fn freeze_and_end(purser: &Purser, clock: &MovingClock) {
    purser.freeze().await.unwrap();
    end_freeze(purser, clock).await;
}

/// The contract: {state, until}; called again after the wait, with a fresh code.
#[test]
fn unfreeze_on_the_command_line() {
    let mut computer = Profile::unlocked();
    let (cli, password) = (computer.cli().clone(), computer.password_file());
    cli.json(["freeze"]);
    let code = computer.phone.code(SEED);
    cli.run(["unfreeze", "--password-file", &password, "--code", &code]).expect_code(2);
    let arguments = ["unfreeze", "--password-file", &password, "--code", &code, "--reason", REASON];
    let answer = cli.json(arguments);
    assert_eq!(answer["state"], "cooling_off");
    assert!(answer["until"].is_string());
    cli.run(arguments).expect_code(3);
    cli.json(["unfreeze", "--cancel"]);
    assert_eq!(cli.json(["status"])["frozen"], true);
    cli.run(["lock"]).expect_code(0);
    cli.run(["unfreeze", "--password-file", &password, "--code", "123456", "--reason", REASON]).expect_code(3);
}
