//! What a child process does that another test started, to be killed or to have a process of its own.

use std::io::Write;
use std::path::Path;

use purser_app::contract::{Command, ImportRequest, StatementArguments};
use purser_app::import::{ImportOptions, JobControl, StatementFile};
use purser_app::{Act, Action, Purser};
use purser_tests::authenticator::code_at;
use purser_tests::child::{Task, command};
use purser_tests::profile::{begin_totp, hold, log_in, passphrase, prove, setup};
use purser_tests::statements::paypal_sales;
use purser_tests::{MovingClock, PASSWORD};

/// Rows of each file of the import load.
pub const LOAD_ROWS: u32 = 40;

/// A child of this module: `scenario` in `folder`.
pub fn start(scenario: &str, folder: &Path, argument: &str) -> std::process::Command {
    command("child::a_child_does_its_task", scenario, folder, argument)
}

/// Ends at once where nobody gave it a task.
#[test]
fn a_child_does_its_task() {
    let Some(task) = Task::of_this_process() else { return };
    if task.scenario == "keyring" {
        return crate::system_keyring::on_a_bus_of_its_own(&task.folder);
    }
    #[cfg(target_os = "linux")]
    if task.scenario == "panic" {
        return crate::memory::panic_guarded(&task.argument);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(&task));
}

async fn run(task: &Task) {
    let clock = MovingClock::starting_now();
    let opened = || async {
        let purser = hold(&task.folder, &clock);
        log_in(&purser, &clock).await;
        purser
    };
    let control = JobControl::default();
    match task.scenario.as_str() {
        "set_up" => {
            let purser = hold(&task.folder, &clock);
            purser.set_up(setup(PASSWORD, Some(clock.code()))).await.unwrap();
        }
        "import" => {
            let request = ImportRequest { files: vec![task.argument.clone().into()], ..ImportRequest::default() };
            opened().await.run(Command::Import(request), &control).await.unwrap();
        }
        "undo" => {
            opened().await.run(Command::UndoImport { id: task.argument.clone() }, &control).await.unwrap();
        }
        "wrong_password" => {
            let _ = hold(&task.folder, &clock).unlock_password(passphrase("another password 99"), None).await;
        }
        "enrol" => enrol(task, &clock).await,
        "change_password" => change_password(&opened().await, &clock, &task.argument, false).await,
        "compromised" => change_password(&opened().await, &clock, &task.argument, true).await,
        "renew" => {
            let purser = opened().await;
            let proof = prove(&purser, Act::RenewBooksKey, &clock).await;
            purser.renew_books_key(proof).await.unwrap();
        }
        "revoke" => {
            let purser = opened().await;
            let proof = prove(&purser, Act::RevokePerson, &clock).await;
            purser.revoke_person(proof, &task.argument).await.unwrap();
        }
        "renew_full" => renew_on_full_disk(&opened().await, &clock, task).await,
        "rotate_credential" => {
            crate::credentials::replace_whole(&opened().await, &clock, &task.argument).await;
        }
        "write_down" => crate::credentials::write_down(&opened().await, &clock, &task.argument).await,
        "recover" => {
            crate::recovery::recover(&hold(&task.folder, &clock), &clock, &task.argument).await;
        }
        "freeze" => crate::freeze::freeze_now(&opened().await).await,
        "unfreeze" => crate::unfreeze::freeze_and_end(&opened().await, &clock).await,
        "lock_screen_on" => crate::contacts::switch_lock_screen(&opened().await, false).await,
        "lock_screen_off" => crate::contacts::switch_lock_screen(&opened().await, true).await,
        "mark" => crate::verdicts::mark(&opened().await, &task.argument, &clock).await,
        "pack" => crate::incidents::freeze_and_pack(&opened().await, &task.argument, &clock).await,
        "put_back" => crate::put_back::stop_and_put_back(&opened().await, &task.argument, &clock).await,
        "lane" => crate::tasks::open_and_assign(&opened().await, &task.argument, &clock).await,
        "replace_totp" => replace_totp(task, &clock).await,
        "set_idle" => opened().await.set_idle_minutes(3, None).await.unwrap(),
        "export" => {
            let arguments = StatementArguments {
                wallet: "PayPal".to_owned(),
                account: None,
                currency: Some("USD".to_owned()),
                from: "2026-10-01".to_owned(),
                to: "2026-10-31".to_owned(),
                format: "csv".to_owned(),
                output: task.argument.clone().into(),
            };
            opened().await.run(Command::Statement(arguments), &control).await.unwrap();
        }
        "backup" => {
            let purser = opened().await;
            purser.back_up(Path::new(&task.argument), &control).await.unwrap();
        }
        "restore" => {
            let (kit, from) = task.argument.split_once(' ').unwrap();
            hold(&task.folder, &clock).restore(Path::new(from), kit, &control).await.unwrap();
        }
        "import_load" => import_load(task, &clock).await,
        #[cfg(target_os = "linux")]
        "signals" => crate::system_lock::on_a_bus_of_its_own(&task.folder).await,
        #[cfg(target_os = "linux")]
        "memory" => crate::memory::hold_and_lock(&task.folder, Path::new(&task.argument)).await,
        "trace" => crate::secrecy::with_everything_logged(&task.folder).await,
        other => panic!("no scenario {other}"),
    }
}

/// Enrols a second factor; the seed is told to the parent before the code is proven.
async fn enrol(task: &Task, clock: &MovingClock) {
    let purser = hold(&task.folder, clock);
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    let view = begin_totp(&purser, None).await;
    std::fs::write(&task.argument, view.secret.as_str()).unwrap();
    purser.confirm_totp(&code_at(&view.secret, clock.seconds())).await.unwrap();
}

async fn change_password(purser: &Purser, clock: &MovingClock, new: &str, compromised: bool) {
    let proof = prove(purser, Act::ChangePassword, clock).await;
    purser.change_password(proof, new, compromised).await.unwrap();
}

/// Fills the disk up to so many free bytes, then renews the key of the books, whatever comes of it.
async fn renew_on_full_disk(purser: &Purser, clock: &MovingClock, task: &Task) {
    let proof = prove(purser, Act::RenewBooksKey, clock).await;
    crate::full_disk::fill(&task.folder, task.argument.parse().unwrap());
    if let Err(error) = purser.renew_books_key(proof).await {
        assert_eq!(error.code, purser_app::Code::DiskFull, "{error}");
    }
}

/// Replaces the second factor after a login with a recovery code; the new seed is told to the parent.
async fn replace_totp(task: &Task, clock: &MovingClock) {
    let purser = hold(&task.folder, clock);
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    let (spent, told) = task.argument.split_once(' ').unwrap();
    purser.unlock_code(spent).await.unwrap();
    let view = begin_totp(&purser, Some(&clock.code())).await;
    std::fs::write(told, view.secret.as_str()).unwrap();
    purser.confirm_totp(&code_at(&view.secret, clock.seconds())).await.unwrap();
}

/// Imports one small file after the other until it is killed; each is acknowledged in a file once it is in.
async fn import_load(task: &Task, clock: &MovingClock) {
    let (round, acknowledged) = task.argument.split_once(' ').unwrap();
    let round: u32 = round.parse().unwrap();
    clock.pass_s(u64::from(round) * 60);
    let purser: Purser = hold(&task.folder, clock);
    log_in(&purser, clock).await;
    let mut acknowledged = std::fs::File::options().append(true).create(true).open(acknowledged).unwrap();
    for number in 0.. {
        let permit = purser.permit(Action::Import).await.unwrap();
        let name = format!("{round}-{number}.csv");
        let text = paypal_sales(round * 100_000 + number * LOAD_ROWS, LOAD_ROWS, "Jane Roe");
        let files = [StatementFile::in_memory(&name, text.into_bytes())];
        let options =
            ImportOptions { date_order: Some(purser_books::reader::DateOrder::Mdy), ..ImportOptions::default() };
        let control = JobControl::default();
        purser_app::import::import(permit.store(), &files, &options, false, purser.now_ms(), &control).await.unwrap();
        // In one piece: a kill must not leave a line without its end.
        acknowledged.write_all(format!("{name}\n").as_bytes()).unwrap();
    }
}
