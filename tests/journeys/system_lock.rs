//! The computer's own locks end a session: screen saver, sleep, another user; on a bus of the test's own.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use purser_app::{Code, LockCause, Phase, Purser, agent};
use purser_tests::profile::{hold, log_in, passphrase};
use purser_tests::{MovingClock, PASSWORD, Profile};

/// R46: a lock that falls into a login in progress wins, wherever the login stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_cancels_a_login_in_progress() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = Arc::new(computer.hold(&clock));
    let state = computer.folder().join("auth.state");
    for wait_ms in [0, 10, 40, 80, 120, 200] {
        let before = std::fs::read(&state).unwrap();
        let login = {
            let (purser, clock) = (Arc::clone(&purser), clock.clone());
            tokio::spawn(async move {
                purser.unlock_password(passphrase(PASSWORD), None).await?;
                purser.unlock_code(&clock.code()).await
            })
        };
        // From its first write on it is under way.
        while std::fs::read(&state).unwrap() == before && !login.is_finished() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        purser.lock(LockCause::System).await;
        if let Err(error) = login.await.unwrap() {
            assert_eq!(error.code, Code::Locked, "after {wait_ms} ms");
        }
        assert_eq!(purser.phase().await, Phase::Locked, "after {wait_ms} ms");
        assert!(!computer.folder().join("books.db-wal").exists());
        clock.pass_s(60);
    }
    log_in(&purser, &clock).await;
    purser.lock(LockCause::Asked).await;
}

/// R46; see [`on_a_bus_of_its_own`].
#[cfg(target_os = "linux")]
#[test]
fn signals_of_the_desktop_end_the_session() {
    if !crate::system_keyring::is_installed("dbus-run-session") {
        eprintln!("not tried: signals of the desktop (dbus-run-session is not installed)");
        return;
    }
    let computer = Profile::locked();
    let mut bus = Command::new("dbus-run-session");
    // The same bus for both: nothing of the real computer is heard.
    bus.args(["--", "sh", "-c", "DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec \"$@\"", "sh"]);
    let test = "child::a_child_does_its_task";
    let mut child = purser_tests::child::command_behind(bus, test, "signals", computer.folder(), "");
    child.env("XDG_SESSION_ID", "7").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = child.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

#[cfg(target_os = "linux")]
struct Logind;

#[cfg(target_os = "linux")]
#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn get_session(&self, id: &str) -> zbus::zvariant::OwnedObjectPath {
        zbus::zvariant::OwnedObjectPath::try_from(format!("/org/freedesktop/login1/session/_3{id}")).unwrap()
    }
}

/// Runs in a child under `dbus-run-session`: one bus is both the session's and the system's.
#[cfg(target_os = "linux")]
pub async fn on_a_bus_of_its_own(folder: &Path) {
    let bus = zbus::Connection::session().await.unwrap();
    bus.object_server().at("/org/freedesktop/login1", Logind).await.unwrap();
    for name in ["org.freedesktop.login1", "org.gnome.ScreenSaver"] {
        bus.request_name(name).await.unwrap();
    }
    let stranger = zbus::Connection::session().await.unwrap();
    let clock = MovingClock::starting_now();
    let purser = Arc::new(hold(folder, &clock));
    log_in(&purser, &clock).await;
    tokio::spawn(agent::watch_lock(Arc::clone(&purser)));
    let none: Option<&str> = None;
    let own = "/org/freedesktop/login1/session/_37";
    let active = |active: bool| {
        let changed = std::collections::HashMap::from([("Active", zbus::zvariant::Value::from(active))]);
        ("org.freedesktop.login1.Session", changed, Vec::<&str>::new())
    };
    let (manager, session) = ("org.freedesktop.login1.Manager", "org.freedesktop.login1.Session");
    let (saver, properties) = ("org.gnome.ScreenSaver", "org.freedesktop.DBus.Properties");
    // First until one is heard: the watch may not listen yet. One at a time, because one that is heard late would lock the
    // login that follows.
    let mut tries = 0;
    loop {
        tries += 1;
        assert!(tries < 10, "not heard");
        bus.emit_signal(none, "/org/gnome/ScreenSaver", saver, "ActiveChanged", &(true,)).await.unwrap();
        if until_locked(&purser, Duration::from_secs(3)).await {
            break;
        }
    }
    for (round, locks) in [(0, true), (1, true), (2, true), (3, false), (4, false), (5, false), (6, false)] {
        clock.pass_s(60);
        log_in(&purser, &clock).await;
        match round {
            0 => bus.emit_signal(none, "/org/freedesktop/login1", manager, "PrepareForSleep", &(true,)).await,
            1 => bus.emit_signal(none, own, session, "Lock", &()).await,
            2 => bus.emit_signal(none, own, properties, "PropertiesChanged", &active(false)).await,
            // Ends of these, another session's turn, and somebody who only says so.
            3 => bus.emit_signal(none, "/org/freedesktop/login1", manager, "PrepareForSleep", &(false,)).await,
            4 => bus.emit_signal(none, own, properties, "PropertiesChanged", &active(true)).await,
            5 => {
                let other = "/org/freedesktop/login1/session/_38";
                bus.emit_signal(none, other, properties, "PropertiesChanged", &active(false)).await
            }
            _ => stranger.emit_signal(none, own, session, "Lock", &()).await,
        }
        .unwrap();
        // A slow computer may take its time to lock; that nothing locks is believed after a second.
        let locked = until_locked(&purser, Duration::from_secs(if locks { 30 } else { 1 })).await;
        assert_eq!(locked, locks, "round {round}");
        purser.lock(LockCause::Asked).await;
    }
}

/// Whether it is locked before so much time has passed.
#[cfg(target_os = "linux")]
async fn until_locked(purser: &Purser, time: Duration) -> bool {
    let end = tokio::time::Instant::now() + time;
    while purser.phase().await != Phase::Locked {
        if tokio::time::Instant::now() >= end {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}
