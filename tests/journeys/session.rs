//! A session: what is closed before it, how it ends, and that nothing answers afterwards.

use purser_app::contract::{Command, HistoryRequest, ImportRequest, StatementArguments};
use purser_app::import::JobControl;
use purser_app::{Action, Code, LockCause, Next, Phase};
use purser_tests::profile::{log_in, passphrase};
use purser_tests::statements::{fixture, paypal_sales};
use purser_tests::{MovingClock, PASSWORD, Profile};

fn import(file: &str) -> Command {
    Command::Import(ImportRequest { files: vec![file.into()], ..ImportRequest::default() })
}

/// Every command that needs a session.
fn commands() -> Vec<Command> {
    vec![
        Command::Status,
        Command::History(HistoryRequest::default()),
        import(&fixture("paypal/activity-en-us")),
        Command::UndoImport { id: "1".to_owned() },
        Command::Statement(StatementArguments {
            wallet: "PayPal".to_owned(),
            account: None,
            currency: Some("USD".to_owned()),
            from: "2026-10-01".to_owned(),
            to: "2026-10-31".to_owned(),
            format: "csv".to_owned(),
            output: std::env::temp_dir().join("never-written.csv"),
        }),
        Command::Verify,
        Command::Session,
    ]
}

#[cfg(target_os = "linux")]
fn books_are_open_here(folder: &std::path::Path) -> bool {
    let books = folder.join("books.db");
    std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .any(|path| path == books)
}

/// R43.
#[tokio::test(flavor = "multi_thread")]
async fn before_the_code_the_books_are_closed() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    assert_eq!(purser.phase().await, Phase::Locked);
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap(), Next::Code);
    assert_eq!(purser.phase().await, Phase::SecondFactor);
    for action in Action::ALL {
        assert_eq!(purser.permit(*action).await.unwrap_err().code, Code::Locked);
    }
    for command in commands() {
        assert_eq!(purser.run(command, &JobControl::default()).await.unwrap_err().code, Code::Locked);
    }
    assert!(!computer.folder().join("books.db-wal").exists());
    assert!(!computer.folder().join("books.db-shm").exists());
    #[cfg(target_os = "linux")]
    assert!(!books_are_open_here(computer.folder()));
    purser.unlock_code(&clock.code()).await.unwrap();
    #[cfg(target_os = "linux")]
    assert!(books_are_open_here(computer.folder()));
    purser.lock(LockCause::Asked).await;
    #[cfg(target_os = "linux")]
    assert!(!books_are_open_here(computer.folder()));
}

/// R47, the part of the core: after the lock every command is refused.
#[tokio::test(flavor = "multi_thread")]
async fn after_the_lock_every_command_is_refused() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let permit = purser.permit(Action::ReadBooks).await.unwrap();
    purser.run(import(&fixture("paypal/activity-en-us")), &JobControl::default()).await.unwrap();
    purser.run(Command::Lock, &JobControl::default()).await.unwrap();
    for command in commands() {
        let word = format!("{command:?}");
        assert_eq!(purser.run(command, &JobControl::default()).await.unwrap_err().code, Code::Locked, "{word}");
    }
    for act in purser_app::Act::ALL {
        let refused = purser.step_up(*act, passphrase(PASSWORD), Some(&clock.code())).await.unwrap_err();
        assert_eq!(refused.code, Code::Locked);
    }
    assert!(purser.confirm_totp("123456").await.is_err_and(|error| error.code == Code::Locked));
    assert!(purser.prove_kit(Profile::recovery_key()).await.is_err_and(|error| error.code == Code::Locked));
    assert!(purser.set_idle_minutes(5, None).await.is_err_and(|error| error.code == Code::Locked));
    assert!(purser.kit_text().is_none());
    // A permit of before the lock reaches nothing.
    assert!(permit.store().wallets().await.is_err());
    assert!(!computer.folder().join("books.db-wal").exists(), "the write-ahead log was merged");
}

/// R48: a running import does not stop the lock, and leaves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_import_does_not_hold_the_session_open() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = std::sync::Arc::new(computer.hold(&clock));
    log_in(&purser, &clock).await;
    let file = computer.write("large.csv", paypal_sales(1, 60_000, "Jane Roe"));
    let (begun, wait) = std::sync::mpsc::channel();
    let control = JobControl::new(move |_| {
        let _ = begun.send(());
    });
    let job = {
        let purser = std::sync::Arc::clone(&purser);
        tokio::spawn(async move { purser.run(import(&file), &control).await })
    };
    tokio::task::spawn_blocking(move || wait.recv().unwrap()).await.unwrap();
    purser.lock(LockCause::Asked).await;
    assert_eq!(purser.phase().await, Phase::Locked);
    let ended = job.await.unwrap().unwrap_err();
    assert!([Code::Cancelled, Code::Locked].contains(&ended.code), "{ended}");
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    let permit = purser.permit(Action::ReadBooks).await.unwrap();
    assert!(permit.store().imports().await.unwrap().is_empty());
    assert!(permit.store().wallets().await.unwrap().is_empty());
}

/// R44, R45: idle time counts sleep; twelve hours are the most, whatever is done.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_idleness_and_after_twelve_hours() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    clock.pass_s(9 * 60);
    purser.lock_if_due().await;
    purser.permit(Action::ReadBooks).await.unwrap();
    // Asleep for eleven minutes: the very first question after it is refused.
    clock.pass_s(11 * 60);
    assert_eq!(purser.permit(Action::ReadBooks).await.unwrap_err().code, Code::Locked);
    assert_eq!(purser.phase().await, Phase::Locked);

    clock.pass_s(60);
    log_in(&purser, &clock).await;
    for _ in 0..(12 * 60 / 5 - 1) {
        clock.pass_s(5 * 60);
        purser.permit(Action::ReadBooks).await.unwrap();
    }
    clock.pass_s(5 * 60);
    assert_eq!(purser.permit(Action::ReadBooks).await.unwrap_err().code, Code::Locked);
    // Setting the wall clock back prolongs nothing.
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    clock.set_wall_by_s(-3600);
    clock.pass_s(11 * 60);
    purser.lock_if_due().await;
    assert_eq!(purser.phase().await, Phase::Locked);
}

/// SECURITY-DESIGN 3: after an idle lock on the same boot the password alone opens for twelve hours; after any other
/// lock both are asked for.
#[tokio::test(flavor = "multi_thread")]
async fn after_an_idle_lock_the_password_is_enough_for_a_while() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    clock.pass_s(11 * 60);
    purser.lock_if_due().await;
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap(), Next::Open);
    purser.lock(LockCause::Asked).await;
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap(), Next::Code);
    purser.unlock_code(&clock.code()).await.unwrap();
    clock.pass_s(11 * 60);
    purser.lock_if_due().await;
    clock.pass_s(12 * 3600);
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap(), Next::Code, "too long ago");
    purser.unlock_code(&clock.code()).await.unwrap();
    clock.pass_s(11 * 60);
    purser.lock_if_due().await;
    clock.reboot();
    assert_eq!(purser.unlock_password(passphrase(PASSWORD), None).await.unwrap(), Next::Code, "another boot");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_waits_two_minutes_for_its_code() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    clock.pass_s(121);
    assert_eq!(purser.unlock_code(&clock.code()).await.unwrap_err().code, Code::Locked);
    assert_eq!(purser.phase().await, Phase::Locked);
    // That code was not looked at, so it is still good.
    log_in(&purser, &clock).await;
}

/// R28, the part that exists: ten years later nobody is made to change anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_does_not_age() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    clock.pass_s(10 * 365 * 24 * 3600);
    log_in(&purser, &clock).await;
    assert_eq!(purser.phase().await, Phase::Open);
}

/// R30: a change of settings leaves passwords and factors as they are.
#[tokio::test(flavor = "multi_thread")]
async fn a_setting_leaves_every_wrap_untouched() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let wraps = || -> serde_json::Value {
        let file: serde_json::Value =
            serde_json::from_slice(&std::fs::read(computer.folder().join("keys.json")).unwrap()).unwrap();
        file["wraps"].clone()
    };
    let before = wraps();
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    purser.set_idle_minutes(3, None).await.unwrap();
    assert_eq!(wraps(), before);
    assert_eq!(purser.set_idle_minutes(31, None).await.unwrap_err().code, Code::Invalid);
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    clock.pass_s(4 * 60);
    purser.lock_if_due().await;
    assert_eq!(purser.phase().await, Phase::Locked, "three minutes from now on, after a restart of the session too");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_gone_when_it_is_closed() {
    let clock = MovingClock::starting_now();
    let books = purser_app::demo::DemoBooks {
        business: purser_tests::profile::business("Practice"),
        files: vec![("a.csv".to_owned(), std::fs::read(fixture("paypal/activity-en-us")).unwrap())],
        statuses: Vec::new(),
        security: String::new(),
    };
    let purser = purser_app::demo::open(books, clock.as_clock()).await.unwrap();
    let folder = purser.folder().root().to_path_buf();
    assert!(folder.join("books.db").exists());
    clock.pass_s(24 * 3600);
    purser.lock_if_due().await;
    assert_eq!(purser.phase().await, Phase::Open, "there is nothing to protect");
    purser.lock(LockCause::Closing).await;
    drop(purser);
    assert!(!folder.exists());
}
