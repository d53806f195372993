//! The real keyring: gnome-keyring on a bus of its own, with scratch folders.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use purser_tests::authenticator::Phone;
use purser_tests::child::{command_behind, private_folder};
use purser_tests::{Cli, PASSWORD, SEED, folder};
use tempfile::TempDir;

pub fn is_installed(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}

/// R17, R18, R21 on the real thing; see [`on_a_bus_of_its_own`].
#[cfg(target_os = "linux")]
#[test]
fn the_system_keyring_keeps_this_computers_key() {
    for program in ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"] {
        if !is_installed(program) {
            eprintln!("not tried: the system keyring ({program} is not installed)");
            return;
        }
    }
    let temp = TempDir::new().unwrap();
    for name in ["data", "run", "home"] {
        private_folder(&temp.path().join(name));
    }
    let mut bus = Command::new("dbus-run-session");
    bus.arg("--");
    let mut child = command_behind(bus, "child::a_child_does_its_task", "keyring", temp.path(), "");
    child.env("XDG_DATA_HOME", temp.path().join("data")).env("XDG_RUNTIME_DIR", temp.path().join("run"));
    child.env("HOME", temp.path().join("home")).env("PURSER_CLI_BIN", purser_tests::cli::binary());
    child.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = child.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

/// A keyring daemon of this test; ended with it.
struct Daemon(Child);

impl Daemon {
    /// Unlocked with a password (a new keyring is made of it), or left locked.
    fn start(password: Option<&str>) -> Daemon {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.arg(if password.is_some() { "--unlock" } else { "--start" });
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.unwrap_or_default().as_bytes()).unwrap();
        let daemon = Daemon(child);
        for _ in 0..200 {
            // Asks the bus, not the keyring: that would start another one.
            let asked = Command::new("dbus-send")
                .args([
                    "--session",
                    "--print-reply",
                    "--dest=org.freedesktop.DBus",
                    "/",
                    "org.freedesktop.DBus.NameHasOwner",
                ])
                .arg("string:org.freedesktop.secrets")
                .output()
                .unwrap();
            if String::from_utf8_lossy(&asked.stdout).contains("boolean true") {
                return daemon;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("gnome-keyring-daemon did not come up");
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs in a child under `dbus-run-session`.
pub fn on_a_bus_of_its_own(base: &Path) {
    let cli = Cli::new(&base.join("profile"), &base.join("home")).with_keyring();
    let write = |name: &str, text: &str| -> String {
        std::fs::write(base.join(name), text).unwrap();
        base.join(name).to_str().unwrap().to_owned()
    };
    let (password, seed) = (write("password.txt", PASSWORD), write("seed.txt", SEED));
    let mut phone = Phone::default();
    let daemon = Daemon::start(Some("keyring password"));

    let code = phone.code(SEED);
    let made = cli.json([
        "init",
        "--name",
        "Hailan Trading",
        "--password-file",
        &password,
        "--totp-seed-file",
        &seed,
        "--code",
        &code,
        "--keyring",
        "system",
    ]);
    let codes: Vec<String> =
        made["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    // This computer's key is not in the folder: a copy of it opens nothing.
    let names: Vec<PathBuf> = folder::files(&cli.profile).into_keys().collect();
    assert!(!names.contains(&PathBuf::from("device.json")), "{names:?}");
    let keys = String::from_utf8(std::fs::read(cli.profile.join("keys.json")).unwrap()).unwrap();
    assert!(!keys.contains("state_mac"));

    let unlock = |code: &str| cli.run(["unlock", "--password-file", &password, "--code", code]);
    unlock(&phone.code(SEED)).expect_code(0);
    let file = purser_tests::statements::fixture("paypal/activity-en-us");
    cli.json(["import", &file]);
    assert_eq!(cli.whole_history().len(), 9);
    cli.run(["lock"]).expect_code(0);

    // The anchor is in the keyring: an older login state copied back costs an hour, and is noticed as such.
    let state = cli.profile.join("auth.state");
    let newer = std::fs::read(&state).unwrap();

    // R18: a keyring that does not answer. Control comes back, and the try was not counted.
    let before = folder::files(&cli.profile);
    daemon.signal(rustix::process::Signal::STOP);
    let run = unlock(&codes[0]).expect_code(3);
    assert!(run.stderr.contains("keyring does not answer or is locked"), "{}", run.stderr);
    daemon.signal(rustix::process::Signal::CONT);
    assert_eq!(folder::files(&cli.profile), before);
    unlock(&codes[0]).expect_code(0);
    cli.run(["lock"]).expect_code(0);
    drop(daemon);

    // A keyring nobody unlocked, and nobody is there to ask.
    let before = folder::files(&cli.profile);
    let daemon = Daemon::start(None);
    let run = unlock(&codes[1]).expect_code(3);
    assert!(run.stderr.contains("keyring does not answer or is locked"), "{}", run.stderr);
    assert_eq!(folder::files(&cli.profile), before);
    drop(daemon);

    // R17: an empty keyring beside an existing profile. Nothing is made in its place, every file stays as it is.
    let keyrings = base.join("data/keyrings");
    let kept = base.join("kept");
    std::fs::rename(&keyrings, &kept).unwrap();
    let daemon = Daemon::start(Some("keyring password"));
    let run = unlock(&codes[1]).expect_code(3);
    assert!(run.stderr.contains("not in the keyring"), "{}", run.stderr);
    assert_eq!(folder::files(&cli.profile), before);
    let again = unlock(&codes[1]).expect_code(3);
    assert_eq!(again.stderr, run.stderr, "the first try wrote nothing into the keyring either");
    drop(daemon);

    // With the right keyring back, the same recovery code opens: none of those tries used it.
    std::fs::remove_dir_all(&keyrings).unwrap();
    std::fs::rename(&kept, &keyrings).unwrap();
    let daemon = Daemon::start(Some("keyring password"));
    unlock(&codes[1]).expect_code(0);
    assert_eq!(cli.whole_history().len(), 9);
    cli.run(["lock"]).expect_code(0);

    // R40 with the anchor outside of the folder: the login state of some logins ago.
    std::fs::write(&state, newer).unwrap();
    let run = unlock(&codes[2]).expect_code(3);
    assert!(run.stderr.contains("Too many wrong tries"), "{}", run.stderr);
    drop(daemon);
}
