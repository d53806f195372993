//! `unlock` and `lock`: the process behind a session, and who may open one.

use std::process::Command;

use purser_tests::statements::fixture;
use purser_tests::{PASSWORD, Profile, SEED};
use serde_json::json;

/// The `unlock` process leaves a session of its own behind and hands nothing of its caller on to it.
#[cfg(target_os = "linux")]
#[test]
fn unlock_leaves_a_detached_process_and_lock_ends_it() {
    let mut computer = Profile::locked();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let held_open = computer.write("held-open-by-the-caller", "x");
    // A shell that holds a descriptor without close-on-exec, as a careless caller does.
    let mut shell = computer.cli().bare();
    let purser = shell.get_program().to_owned();
    let environment: Vec<_> = shell.get_envs().map(|(k, v)| (k.to_owned(), v.unwrap().to_owned())).collect();
    shell = Command::new("sh");
    shell.env_clear().envs(environment).current_dir(computer.outside());
    shell.args(["-c", "exec 9<\"$HELD\"; exec \"$@\"", "sh"]).env("HELD", &held_open).arg(purser);
    shell.args(["--json", "--profile"]).arg(computer.folder());
    shell.args(["unlock", "--password-file", &password, "--code", &code]);
    // `output` reads both streams to their end: were one handed on to the background process, this would hang.
    let answer = purser_tests::Run::from(shell.output().unwrap()).expect_code(0).json();
    let pid = answer["pid"].as_u64().unwrap();

    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    assert_eq!(fields[3], pid.to_string(), "its session is its own");
    assert_eq!(fields[4], "0", "no controlling terminal");
    let mut descriptors = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap() {
        // The process works meanwhile: a descriptor closed since it was listed is none that it holds.
        match std::fs::read_link(entry.unwrap().path()) {
            Ok(file) => descriptors.push(file.display().to_string()),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
        }
    }
    assert!(!descriptors.contains(&held_open), "{descriptors:?}");
    assert_eq!(descriptors.iter().filter(|name| *name == "/dev/null").count(), 3, "{descriptors:?}");
    let working = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
    assert!(!working.starts_with(computer.home()) && working != computer.outside(), "it holds the caller's folder");
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    for text in [arguments, environment] {
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(!text.contains(PASSWORD) && !text.contains(&code), "a secret in arguments or environment: {text}");
    }

    // Ready when it returned: the very next command is answered.
    computer.cli().run(["status"]).expect_code(0);
    // Gone when it returned.
    computer.cli().run(["lock"]).expect_code(0);
    assert!(!computer.folder().join("agent.sock").exists());
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "still running: {state}");
    computer.cli().run(["status"]).expect_code(3);
    computer.cli().run(["lock"]).expect_code(0);
    assert_eq!(computer.cli().json(["lock"]), json!({ "locked": true }));
}

#[test]
fn wrong_passwords_and_codes_are_three_and_leave_it_locked() {
    let mut computer = Profile::locked();
    let right = computer.password_file();
    let wrong = computer.write("wrong.txt", "tide lantern copper 48");
    let code = computer.phone.code(SEED);
    let run = computer.cli().run(["unlock", "--password-file", &wrong, "--code", &code]).expect_code(3);
    assert!(run.stdout.is_empty(), "{}", run.stdout);
    let unknown = computer.cli().run(["unlock", "--slot", "nobody", "--password-file", &right, "--code", &code]);
    // R42: an unknown name and a wrong password read alike.
    assert_eq!(unknown.expect_code(3).stderr, run.stderr);
    for wrong in ["000000", "12345", "abcdef", ""] {
        let run = computer.cli().run(["unlock", "--password-file", &right, "--code", wrong]).expect_code(3);
        assert!(run.stderr.contains("code"), "{}", run.stderr);
        computer.cli().run(["status"]).expect_code(3);
        if wrong == "abcdef" {
            break;
        }
    }
    // Four wrong tries cost no wait; the right pair opens. Spaces and full-width digits are the same code (R36).
    let wide: String = code.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0xff10).unwrap()).collect();
    let spaced = format!("{} {}", wide.chars().take(3).collect::<String>(), wide.chars().skip(3).collect::<String>());
    computer.cli().run(["unlock", "--password-file", &right, "--code", &spaced]).expect_code(0);
    // R32: the same code again, after the session has ended.
    computer.cli().run(["lock"]).expect_code(0);
    computer.cli().run(["unlock", "--password-file", &right, "--code", &code]).expect_code(3);
}

#[test]
fn a_secret_file_may_end_in_one_newline_that_is_not_part_of_it() {
    let mut computer = Profile::locked();
    let two = computer.write("two.txt", format!("{PASSWORD}\n\n"));
    let code = computer.phone.code(SEED);
    computer.cli().run(["unlock", "--password-file", &two, "--code", &code]).expect_code(3);
    let none = computer.write("none.txt", PASSWORD);
    computer.cli().run(["unlock", "--password-file", &none, "--code", &code]).expect_code(0);
}

#[test]
fn minutes_decide_when_an_idle_session_ends() {
    let mut computer = Profile::locked();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let answer = computer.cli().json(["unlock", "--password-file", &password, "--code", &code, "--minutes", "2"]);
    let until: jiff::Timestamp = answer["until"].as_str().unwrap().parse().unwrap();
    let now = purser_app::clock::Clock::now(&purser_app::clock::SystemClock::new()).wall_ms;
    let left_s = until.as_second() - i64::try_from(now / 1000).unwrap();
    assert!((100..=121).contains(&left_s), "{left_s} s left of two minutes");
}

/// R52: one process holds a profile; a second one is told so.
#[test]
fn two_at_once_do_not_share_a_profile() {
    let clock = purser_tests::MovingClock::starting_now();
    let computer = Profile::locked();
    let held = computer.hold(&clock);
    let second = purser_app::Purser::hold(
        purser_app::profile::Folder::new(computer.folder()),
        clock.as_clock(),
        purser_vault::KdfParams::FLOOR,
    );
    assert_eq!(second.unwrap_err().code, purser_app::Code::ProfileInUse);
    let run = computer.cli().run(["unlock", "--password-file", &computer.password_file(), "--code", "123456"]);
    assert!(run.expect_code(3).stderr.contains("Another Purser"), "says why");
    drop(held);
}

/// R32: the same code in two logins at the same time, in two processes: one opens.
#[test]
fn two_logins_at_once_with_one_code_open_once() {
    let mut computer = Profile::locked();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let tries: Vec<_> = (0..3)
        .map(|_| {
            let mut command = computer.cli().command(["unlock", "--password-file", &password, "--code", &code]);
            std::thread::spawn(move || command.output().unwrap().status.code().unwrap())
        })
        .collect();
    let mut codes: Vec<i32> = tries.into_iter().map(|thread| thread.join().unwrap()).collect();
    codes.sort_unstable();
    assert_eq!(codes[0], 0, "{codes:?}");
    assert!(codes[1..].iter().all(|code| [2, 3].contains(code)), "{codes:?}");
}

/// R32: a session whose process was killed leaves its code used.
#[cfg(unix)]
#[test]
fn a_killed_session_can_be_opened_anew_but_not_with_its_code() {
    let mut computer = Profile::locked();
    let (password, code) = (computer.password_file(), computer.phone.code(SEED));
    let unlock = ["unlock", "--password-file", &password, "--code", &code];
    let pid = computer.cli().json(unlock)["pid"].as_i64().unwrap();
    computer.cli().run(["import", &fixture("paypal/activity-en-us")]).expect_code(0);
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    computer.cli().run(["status"]).expect_code(3);
    computer.cli().run(unlock).expect_code(3);
    // The socket that was left behind hinders nobody.
    computer.unlock();
    assert_eq!(computer.cli().whole_history().len(), 9);
    assert_eq!(computer.cli().json(["verify"])["ok"], true);
}
