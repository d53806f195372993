//! What must never be found: secrets and names in files and logs. Every secret is a marker of its own.

use std::path::Path;
use std::sync::Mutex;

use purser_app::contract::{Command, HistoryRequest, ImportRequest, SecurityCommand, StatementArguments};
use purser_app::import::JobControl;
use purser_app::kept_secrets::WhichSecret;
use purser_app::{Act, Action, LockCause, verify};
use purser_books::credential::Order;
use purser_tests::folder::files_with;
use purser_tests::profile::{hold, passphrase, prove, setup};
use purser_tests::statements::paypal_sales;
use purser_tests::{MovingClock, PASSWORD, Profile, SEED};

const CUSTOMER: &str = "Quillfeather Marisol";
const KEPT: &str = "sk_live_ThrushmeadowNightjar99";

/// R8: in the profile, the home and the temporary folders nothing can be read, while it is open, after a kill, locked.
#[cfg(unix)]
#[test]
fn no_file_holds_a_secret_a_name_or_a_plain_database() {
    let mut computer = Profile::none();
    let password = "zephyr walnut 83 ribbon";
    let business = "Ostrichfern Trading";
    let seed = "KRUGS4ZANFZSAYLOEBXW4ZLSMF2GK4TF";
    let password_file = computer.write("password.txt", password);
    let seed_file = computer.write("seed.txt", seed);
    let code = computer.phone.code(seed);
    let cli = computer.cli().clone();
    let made = cli.json([
        "init",
        "--name",
        business,
        "--local-name",
        "鸵鸟蕨贸易",
        "--password-file",
        &password_file,
        "--totp-seed-file",
        &seed_file,
        "--code",
        &code,
        "--keyring",
        "file",
    ]);
    let raw_seed = purser_vault::secret::TotpSeed::from_base32(seed).unwrap().expose_bytes().to_vec();
    let mut markers: Vec<(&str, Vec<u8>)> = vec![
        ("password", password.into()),
        ("seed as text", seed.into()),
        ("seed", raw_seed),
        ("recovery key", made["recovery_key"].as_str().unwrap().into()),
        ("business", business.into()),
        ("business in Chinese", "鸵鸟蕨贸易".into()),
        ("customer", CUSTOMER.into()),
        ("customer in Chinese", "欧阳墨竹".into()),
        ("description", "Lamp 77".into()),
        ("wallet", "Velvetwallet".into()),
        ("file name", "quarterly-secret.csv".into()),
        ("plain database", b"SQLite format 3".to_vec()),
        ("credential", "Pangolinkey".into()),
        ("holder", "Wrenhollow Tamsin".into()),
        ("kept secret", KEPT.into()),
        ("phone", "13800137788".into()),
        ("device", "Kestrelphone".into()),
    ];
    for code in made["recovery_codes"].as_array().unwrap() {
        markers.push(("recovery code", code.as_str().unwrap().into()));
    }
    let (profile, home) = (computer.folder().to_path_buf(), computer.home());
    let clean = |when: &str| {
        for folder in [&profile, &home] {
            let found = files_with(folder, &markers);
            assert!(found.is_empty(), "{when}: {found:?}");
        }
    };
    clean("after init");
    let file = computer.write("quarterly-secret.csv", paypal_sales(1, 1_500, CUSTOMER));
    let chinese = computer.write("second.csv", paypal_sales(5_000, 50, "欧阳墨竹"));
    assert!(!files_with(computer.outside(), &markers).is_empty(), "the search finds what is there");
    let code = computer.phone.code(seed);
    let pid = cli.json(["unlock", "--password-file", &password_file, "--code", &code])["pid"].as_i64().unwrap();
    clean("unlocked");
    cli.json(["import", "--wallet", "Velvetwallet", &file, &chinese]);
    cli.json(["history", "--search", "墨竹"]);
    cli.json(["verify"]);
    let output = computer.outside().join("statement.csv");
    cli.json([
        "statement",
        "--wallet",
        "Velvetwallet",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--format",
        "csv",
        "-o",
        output.to_str().unwrap(),
    ]);
    clean("with a session open and rows in the write-ahead log");
    let kit = computer.write("kit.txt", made["recovery_key"].as_str().unwrap());
    let secret = computer.write("kept.txt", KEPT);
    cli.json(["slot", "prove-kit", "--kit-file", &kit]);
    let holder = "Wrenhollow Tamsin";
    let id = cli.json(["credentials", "add", "--name", "Pangolinkey", "--holder", holder, "--wallet", "Velvetwallet"]);
    let id = id["id"].as_str().unwrap();
    let code = computer.phone.code(seed);
    let proof = ["--password-file", &password_file, "--code", &code];
    cli.json(["credentials", "keep", id, "--secret-file", &secret].into_iter().chain(proof));
    cli.json(["security", "wallet", "Velvetwallet", "--set", "bound_phone=13800137788", "--reviewed"]);
    cli.json(["security", "device", "add", "--name", "Kestrelphone", "--holder", holder, "--credential", id]);
    let code = computer.phone.code(seed);
    let proof = ["--password-file", &password_file, "--code", &code];
    let shown = cli.json(["credentials", "reveal", id].into_iter().chain(proof));
    assert_eq!(shown["secret"], KEPT);
    for listed in [cli.json(["credentials"]), cli.json(["security"])] {
        let text = listed.to_string();
        assert!(text.contains(holder) && !text.contains(KEPT) && !text.contains("13800137788"), "{text}");
    }
    clean("with credentials, devices and a kept secret");
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    clean("after a kill");
    let recovery = made["recovery_codes"][0].as_str().unwrap().to_owned();
    cli.json(["unlock", "--password-file", &password_file, "--code", &recovery]);
    cli.run(["lock"]).expect_code(0);
    clean("locked");
}

static LOG: Mutex<String> = Mutex::new(String::new());

fn note(line: std::fmt::Arguments<'_>) {
    use std::fmt::Write;
    writeln!(LOG.lock().unwrap(), "{line}").unwrap();
}

/// Takes every event and span of every target.
struct Everything;

struct Fields;

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        note(format_args!("  {field}={value:?}"));
    }
}

impl tracing::Subscriber for Everything {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        note(format_args!("span {}", span.metadata().name()));
        span.record(&mut Fields);
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut Fields);
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        note(format_args!("event {}", event.metadata().target()));
        event.record(&mut Fields);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        note(format_args!("log {} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// R11, in a process of its own: a log listener is for the whole process.
#[test]
fn no_log_line_holds_a_key_a_secret_or_a_name() {
    let computer = Profile::none();
    let output = crate::child::start("trace", computer.folder(), "").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

pub async fn with_everything_logged(folder: &Path) {
    tracing::subscriber::set_global_default(Everything).unwrap();
    log::set_boxed_logger(Box::new(Everything)).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    tracing::trace!(heard = true, "tracing is listened to");
    log::trace!("log is listened to");

    let clock = MovingClock::starting_now();
    let purser = hold(folder, &clock);
    let made = purser.set_up(setup(PASSWORD, Some(clock.code()))).await.unwrap();
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    let _ = purser.unlock_password(passphrase("another password 99"), None).await;
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    let _ = purser.unlock_code("000000").await;
    let code = clock.code();
    purser.unlock_code(&code).await.unwrap();
    let outside = tempfile::TempDir::new().unwrap();
    let file = outside.path().join("sales.csv");
    std::fs::write(&file, paypal_sales(1, 300, CUSTOMER)).unwrap();
    let broken = outside.path().join("broken.csv");
    std::fs::write(&broken, format!("{CUSTOMER},x\n1,2\n")).unwrap();
    let control = JobControl::default();
    let files = vec![file, broken];
    purser.run(Command::Import(ImportRequest { files, ..ImportRequest::default() }), &control).await.unwrap();
    let request = HistoryRequest { search: Some(CUSTOMER.to_owned()), ..HistoryRequest::default() };
    purser.run(Command::History(request), &control).await.unwrap();
    let arguments = StatementArguments {
        wallet: "PayPal".to_owned(),
        account: None,
        currency: None,
        from: "2026-10-01".to_owned(),
        to: "2026-10-31".to_owned(),
        format: "csv".to_owned(),
        output: outside.path().join("s.csv"),
    };
    purser.run(Command::Statement(arguments), &control).await.unwrap();
    purser.run(Command::Status, &control).await.unwrap();
    assert!(purser.prove_kit(&made.recovery_key).await.unwrap());
    {
        let permit = purser.permit(Action::Verify).await.unwrap();
        assert!(verify::verify(permit.store()).await.unwrap().ok);
    }
    let id = purser.add_credential(crate::credentials::details("Pangolinkey")).await.unwrap();
    let proof = prove(&purser, Act::KeepSecret, &clock).await;
    purser.keep_secret(proof, id, KEPT).await.unwrap();
    let proof = prove(&purser, Act::RevealSecret, &clock).await;
    purser.reveal_secret(proof, id, WhichSecret::Newest).await.unwrap();
    let proof = prove(&purser, Act::RotateCredential, &clock).await;
    purser.begin_rotation(proof, id, Order::NewFirst).await.unwrap();
    purser.run(Command::Security(SecurityCommand::Doors), &control).await.unwrap();
    purser.run(Command::UndoImport { id: "1".to_owned() }, &control).await.unwrap();
    purser.lock(LockCause::Asked).await;
    // Damaged books, too: errors are where secrets like to come out.
    let books = folder.join("books.db");
    let mut bytes = std::fs::read(&books).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&books, bytes).unwrap();
    clock.pass_s(60);
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    let later = clock.code();
    purser.unlock_code(&later).await.unwrap_err();

    let logged = LOG.lock().unwrap().clone();
    assert!(logged.contains("tracing is listened to") && logged.contains("log is listened to"), "{logged}");
    let mut markers =
        vec![PASSWORD, SEED, CUSTOMER, KEPT, "Pangolinkey", "Hailan Trading", "海澜贸易", made.recovery_key.as_str()];
    markers.extend([code.as_str(), later.as_str()]);
    markers.extend(made.recovery_codes.iter().map(|code| code.as_str()));
    for marker in markers {
        assert!(!logged.contains(marker), "\"{marker}\" was logged");
    }
    let longest = logged.split(|sign: char| !sign.is_ascii_hexdigit()).map(str::len).max().unwrap_or(0);
    assert!(longest < 64, "a run of {longest} hex digits was logged");
}
