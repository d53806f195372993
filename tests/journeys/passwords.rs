//! Which passwords are taken, and that a password is exactly what was typed.

use purser_app::setup::assess;
use purser_app::{LockCause, Phase};
use purser_tests::profile::{hold, passphrase, setup};
use purser_tests::{MovingClock, Profile};
use purser_vault::passphrase::Reason;

/// R23.
#[test]
fn length_is_asked_for_and_nothing_is_cut_off() {
    assert!(assess("vx8#Lq2!mZp", &[], false).reasons.contains(&Reason::TooShort { min: 12 }));
    assert!(assess("vx8#Lq2!mZpT", &[], false).accepted);
    assert!(assess("vx8#Lq2!mZpT7w", &[], true).reasons.contains(&Reason::TooShort { min: 15 }));
    assert!(assess("vx8#Lq2!mZpT7wR", &[], true).accepted);
    let words = "tide lantern copper mill harbor quartz ";
    for length in [64, 1024] {
        let long: String = words.chars().cycle().take(length).collect();
        assert!(assess(&long, &[], false).accepted, "{length}");
    }
    let too_long: String = words.chars().cycle().take(1025).collect();
    assert_eq!(assess(&too_long, &[], false).reasons, [Reason::TooLong { max_bytes: 1024 }]);
}

/// R24.
#[test]
fn any_script_makes_a_password() {
    for typed in [
        "tidelanterncoppermill",
        "海边灯笼铜矿磨坊石英港湾",
        "🐙🌵🚲🎻🧊🪁🦔🥨🛶🪐🧲🎲",
        "  one blank in front and two behind  ",
    ] {
        let strength = assess(typed, &["Hailan Trading"], false);
        assert!(strength.accepted, "{typed}: {strength:?}");
    }
}

/// R26.
#[test]
fn what_everybody_tries_first_is_refused_with_its_reason() {
    for typed in ["password1234", "woaini1314woaini", "zhifubao2024", "5201314520", "123456789012345", "qwertyuiop123"]
    {
        let strength = assess(typed, &[], false);
        assert!(!strength.accepted && !strength.reasons.is_empty(), "{typed}: {strength:?}");
        assert!(strength.score < 3, "{typed} does not show as strong");
    }
    let strength = assess("HailanTrading2026", &["Hailan Trading", "海澜贸易"], false);
    assert!(strength.reasons.contains(&Reason::NameInside), "{strength:?}");
    let strength = assess("海澜贸易海澜贸易海澜贸易", &["Hailan Trading", "海澜贸易"], false);
    assert!(!strength.accepted, "{strength:?}");
    assert!(!assess("paypalstripealipay", &[], false).accepted);
}

/// R25 and the second half of R23, at the login itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_may_be_typed_in_either_form_and_every_sign_counts() {
    let (computer, clock) = (Profile::none(), MovingClock::starting_now());
    let long = format!("{}e\u{301}té  x", "caf\u{e9} ".repeat(38));
    let purser = hold(computer.folder(), &clock);
    purser.set_up(setup(&long, None)).await.unwrap();
    purser.lock(LockCause::Asked).await;
    let composed = long.replace("e\u{301}", "\u{e9}");
    let decomposed = long.replace('\u{e9}', "e\u{301}");
    assert!(composed != long && decomposed != long);
    for typed in [&composed, &decomposed] {
        purser.unlock_password(passphrase(typed), None).await.unwrap();
        assert_eq!(purser.phase().await, Phase::Open);
        purser.lock(LockCause::Asked).await;
    }
    let other_end = format!("{}y", &long[..long.len() - 1]);
    for typed in [&other_end, &format!("{long} "), &format!(" {long}"), &long.replace("  x", " x")] {
        assert!(purser.unlock_password(passphrase(typed), None).await.is_err());
    }
}

#[test]
fn the_command_line_refuses_a_weak_password_and_leaves_nothing() {
    let mut computer = Profile::none();
    let password = computer.write("weak.txt", "password1234");
    let seed = computer.write("seed.txt", purser_tests::SEED);
    let code = computer.phone.code(purser_tests::SEED);
    let run = computer.cli().run([
        "init",
        "--name",
        "X",
        "--password-file",
        &password,
        "--totp-seed-file",
        &seed,
        "--code",
        &code,
        "--keyring",
        "file",
    ]);
    assert!(run.expect_code(2).stderr.contains("weak"));
    let left: Vec<_> = purser_tests::folder::files(computer.folder()).into_keys().collect();
    assert_eq!(left, [std::path::PathBuf::from("profile.lock")]);
}
