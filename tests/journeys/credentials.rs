//! Credentials: the board, what it points out, replacements left and taken up again, secrets that are kept.

use std::path::Path;

use purser_app::credentials::{BoardRow, CredentialDetails};
use purser_app::kept_secrets::{REVEAL_S, WhichSecret};
use purser_app::wallet_security::WalletSecurityChange;
use purser_app::{Act, Action, Code, LockCause, Purser};
use purser_books::credential::{CredentialKind, CredentialState, Misuse, Order, Reminder, Step};
use purser_books::door::WalletField;
use purser_tests::profile::{log_in, owner_of, passphrase, prove};
use purser_tests::{MovingClock, PASSWORD, Profile, ZONE};
use purser_vault::keyfile::{CompartmentKeys, KeyFile};
use sqlx::{ConnectOptions, Connection, Executor};

use crate::kills::{kill, later};
use crate::people::ready;
use crate::rotation::NEW_PASSWORD;

pub const SECRET: &str = "sk_live_CANARY-secret-of-a-key";

pub fn details(name: &str) -> CredentialDetails {
    CredentialDetails {
        kind: CredentialKind::ApiKey,
        name: name.to_owned(),
        wallet_id: None,
        holder: "Mei".to_owned(),
        kept_at: "the shop's server".to_owned(),
        used_at: "checkout".to_owned(),
        scope: "charges:write".to_owned(),
        misuse: Misuse::Refunds,
        made: None,
        expires: None,
    }
}

async fn row(purser: &Purser, id: &str) -> BoardRow {
    purser.credentials().await.unwrap().rows.into_iter().find(|row| row.id == id).unwrap()
}

async fn begin(purser: &Purser, clock: &MovingClock, id: i64, order: Order) {
    let proof = prove(purser, Act::RotateCredential, clock).await;
    purser.begin_rotation(proof, id, order).await.unwrap();
}

async fn keep(purser: &Purser, clock: &MovingClock, id: i64, secret: &str) {
    let proof = prove(purser, Act::KeepSecret, clock).await;
    purser.keep_secret(proof, id, secret).await.unwrap();
}

async fn reveal(purser: &Purser, clock: &MovingClock, id: i64, which: WhichSecret) -> Result<String, Code> {
    let proof = prove(purser, Act::RevealSecret, clock).await;
    purser.reveal_secret(proof, id, which).await.map(|shown| shown.secret.to_string()).map_err(|error| error.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_knows_purser_s_own_and_what_the_owner_wrote_down() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    assert_eq!(purser.add_credential(details("Stripe key")).await.unwrap_err().code, Code::NotReady);
    assert!(purser.prove_kit(Profile::recovery_key()).await.unwrap());
    let board = purser.credentials().await.unwrap();
    let ids: Vec<&str> = board.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["password", "totp", "recovery", "kit", "database"]);
    let today = jiff::Timestamp::from_second(i64::try_from(clock.seconds()).unwrap()).unwrap();
    let today = today.in_tz(ZONE).unwrap().date();
    // The profile was made an hour ago: after midnight in Shanghai that was yesterday.
    let made: jiff::civil::Date = board.rows[0].made.as_deref().unwrap().parse().unwrap();
    let age = (today - made).get_days();
    assert!(age == 0 || age == 1, "{board:?}");
    assert!(board.rows.iter().all(|row| row.age_days == Some(age) && row.reminder.is_none()), "{board:?}");
    assert_eq!(board.reminder_days, 180);

    let ago = |days: i32| Some(today.checked_sub(jiff::Span::new().days(days)).unwrap().to_string());
    let old = purser.add_credential(CredentialDetails { made: ago(200), ..details("Old key") }).await.unwrap();
    let dying = CredentialDetails { made: ago(1), expires: ago(-7), ..details("Certificate") };
    let dying = purser.add_credential(dying).await.unwrap();
    let fresh = purser.add_credential(CredentialDetails { made: ago(3), ..details("Fresh key") }).await.unwrap();
    let unknown = purser.add_credential(details("Key of unknown age")).await.unwrap();
    purser.report_credential(fresh).await.unwrap();
    let board = purser.credentials().await.unwrap();
    let reminders: Vec<(String, Reminder)> =
        board.rows.iter().filter_map(|row| Some((row.id.clone(), row.reminder?))).collect();
    assert_eq!(
        reminders,
        [
            (fresh.to_string(), Reminder::Compromised),
            (dying.to_string(), Reminder::Expires { days: 7 }),
            (old.to_string(), Reminder::Old { days: 200 }),
            (unknown.to_string(), Reminder::AgeUnknown),
        ],
        "the most urgent first"
    );
    // R58: stopped, only what is not about age stays; and at no time anything was refused for it.
    let proof = prove(&purser, Act::LowerSetting, &clock).await;
    purser.set_reminder_days(0, Some(proof)).await.unwrap();
    let board = purser.credentials().await.unwrap();
    assert_eq!(board.rows.iter().filter(|row| row.reminder.is_some()).count(), 2);
    purser.permit(Action::Import).await.unwrap();
    // Names are the owner's, each once; what cannot be is refused.
    for wrong in [
        CredentialDetails { name: "old KEY".to_owned(), ..details("") },
        details("  "),
        details("two\nlines"),
        CredentialDetails { made: Some("yesterday".to_owned()), ..details("Another") },
        CredentialDetails { scope: "x".repeat(201), ..details("Another") },
    ] {
        assert_eq!(purser.add_credential(wrong.clone()).await.unwrap_err().code, Code::Invalid, "{wrong:?}");
        assert_eq!(purser.change_credential(fresh, wrong.clone()).await.unwrap_err().code, Code::Invalid, "{wrong:?}");
    }
    let elsewhere = CredentialDetails { wallet_id: Some(77), ..details("Another") };
    assert_eq!(purser.add_credential(elsewhere).await.unwrap_err().code, Code::NotFound);
    assert_eq!(purser.change_credential(99, details("Another")).await.unwrap_err().code, Code::NotFound);
    purser.change_credential(old, CredentialDetails { made: ago(9), ..details("Old key") }).await.unwrap();
    assert_eq!(row(&purser, &old.to_string()).await.age_days, Some(9));
    let proof = prove(&purser, Act::RemoveCredential, &clock).await;
    purser.remove_credential(proof, old).await.unwrap();
    assert!(purser.credentials().await.unwrap().rows.iter().all(|row| row.id != old.to_string()));
    purser.lock(LockCause::Asked).await;
}

/// R56: in either order, left after every step; what is said of age and exposure changes when the new one is in force and
/// the old one is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_is_a_checklist_that_waits() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let id = purser.add_credential(details("Stripe key")).await.unwrap();
    for (order, in_force) in [(Order::NewFirst, Step::Revoke), (Order::RevokeFirst, Step::Verify)] {
        purser.report_credential(id).await.unwrap();
        begin(&purser, &clock, id, order).await;
        let proof = prove(&purser, Act::RotateCredential, &clock).await;
        assert_eq!(purser.begin_rotation(proof, id, order).await.unwrap_err().code, Code::Invalid, "one at a time");
        let mut replaced = false;
        for step in order.steps() {
            purser.lock(LockCause::Asked).await;
            clock.pass_s(60);
            log_in(&purser, &clock).await;
            let before = purser.rotation(id).await.unwrap().unwrap();
            assert_eq!(before.next, Some(*step), "{order:?}");
            assert!(before.works || order == Order::RevokeFirst);
            assert_eq!(
                row(&purser, &id.to_string()).await.compromised.is_some(),
                !replaced,
                "{order:?} before {step:?}"
            );
            for other in Step::ALL.iter().filter(|other| *other != step) {
                let refused = purser.advance_rotation(id, *other, None).await.unwrap_err();
                assert_eq!(refused.code, Code::Invalid, "{other:?} in the place of {step:?}");
            }
            let expires = (*step == Step::Make).then_some("2099-12-31");
            let after = purser.advance_rotation(id, *step, expires).await.unwrap();
            replaced |= *step == in_force;
            assert_eq!(row(&purser, &id.to_string()).await.rotated.is_some(), replaced || order == Order::RevokeFirst);
            assert_eq!(after.next.is_none(), *step == Step::Destroy);
        }
        let done = row(&purser, &id.to_string()).await;
        assert_eq!((done.age_days, done.expires.as_deref(), done.reminder), (Some(0), Some("2099-12-31"), None));
        assert!(done.rotation.is_none() && purser.rotation(id).await.unwrap().is_none());
    }
    // Given up as long as the old one works, not later.
    begin(&purser, &clock, id, Order::NewFirst).await;
    for step in [Step::Make, Step::Put, Step::Verify] {
        assert!(purser.advance_rotation(id, step, None).await.unwrap().may_be_abandoned);
    }
    purser.abandon_rotation(id).await.unwrap();
    assert_eq!(purser.advance_rotation(id, Step::Revoke, None).await.unwrap_err().code, Code::NotFound);
    begin(&purser, &clock, id, Order::RevokeFirst).await;
    let revoked = purser.advance_rotation(id, Step::Revoke, None).await.unwrap();
    assert_eq!((revoked.states.old, revoked.works), (CredentialState::Revoked, false));
    assert_eq!(purser.abandon_rotation(id).await.unwrap_err().code, Code::Invalid);
    purser.lock(LockCause::Asked).await;
}

/// A whole replacement, for the kills below.
pub async fn replace_whole(purser: &Purser, clock: &MovingClock, recovery_key: &str) {
    assert!(purser.prove_kit(recovery_key).await.unwrap());
    let id = purser.add_credential(details("Stripe key")).await.unwrap();
    begin(purser, clock, id, Order::NewFirst).await;
    for step in Order::NewFirst.steps() {
        purser.advance_rotation(id, *step, None).await.unwrap();
    }
}

/// R56: killed before or after each commit, the step is not done or done, and the rest follows.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_replacement_goes_on_where_it_was() {
    for done in 0..=5 {
        for (point, kept) in [("before_commit", done), ("committed", done + 1)] {
            let computer = Profile::locked();
            let point = format!("rotation.{point}@{}", done + 1);
            kill("rotate_credential", &point, computer.folder(), Profile::recovery_key());
            let clock = later();
            clock.pass_s(60);
            let purser = computer.hold(&clock);
            log_in(&purser, &clock).await;
            let id = 1;
            let open = purser.rotation(id).await.unwrap();
            // The first commit is that of beginning, the sixth ends it.
            let steps = open.as_ref().map(|open| open.steps.iter().filter(|step| step.done).count());
            let expected = if kept == 0 || kept == 6 { None } else { Some(kept - 1) };
            assert_eq!(steps, expected, "{point}");
            if kept == 0 {
                begin(&purser, &clock, id, Order::NewFirst).await;
            }
            for step in Order::NewFirst.steps().iter().skip(if kept == 6 { 5 } else { steps.unwrap_or(0) }) {
                assert!(purser.rotation(id).await.unwrap().unwrap().works, "{point}");
                purser.advance_rotation(id, *step, None).await.unwrap();
            }
            assert_eq!(row(&purser, "1").await.age_days, Some(0), "{point}");
            purser.lock(LockCause::Asked).await;
        }
    }
}

/// R57, the core's half: `reveal` alone gives a secret, with the moment it is hidden again; while a replacement is under way
/// both are there, at its end only the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_secret_comes_out_by_reveal_alone() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let id = purser.add_credential(details("Stripe key")).await.unwrap();
    assert_eq!(reveal(&purser, &clock, id, WhichSecret::Newest).await, Err(Code::NotFound), "not kept by itself");
    for (secret, why) in
        [("", "empty"), ("OTPAUTH://totp/x?secret=AAAA", "a seed"), (&"x".repeat(65 * 1024), "too long")]
    {
        let proof = prove(&purser, Act::KeepSecret, &clock).await;
        assert_eq!(purser.keep_secret(proof, id, secret).await.unwrap_err().code, Code::Invalid, "{why}");
    }
    keep(&purser, &clock, id, SECRET).await;
    let proof = prove(&purser, Act::RevealSecret, &clock).await;
    let shown = purser.reveal_secret(proof, id, WhichSecret::Newest).await.unwrap();
    assert_eq!((shown.secret.as_str(), REVEAL_S), (SECRET, 30));
    assert_eq!(shown.hide_at_ms / 1000, clock.seconds() + 30);
    assert!(!format!("{shown:?}").contains("CANARY"), "R10");
    let everything = format!("{:?} {:?}", purser.credentials().await.unwrap(), purser.security().await.unwrap());
    assert!(everything.contains("has_secret: true") && !everything.contains("CANARY"), "{everything}");

    begin(&purser, &clock, id, Order::NewFirst).await;
    purser.advance_rotation(id, Step::Make, None).await.unwrap();
    keep(&purser, &clock, id, "a first thought").await;
    keep(&purser, &clock, id, "the new secret").await;
    for step in [Step::Put, Step::Verify, Step::Revoke] {
        assert_eq!(reveal(&purser, &clock, id, WhichSecret::Old).await.as_deref(), Ok(SECRET), "before {step:?}");
        assert_eq!(reveal(&purser, &clock, id, WhichSecret::Newest).await.as_deref(), Ok("the new secret"));
        purser.advance_rotation(id, step, None).await.unwrap();
    }
    purser.advance_rotation(id, Step::Destroy, None).await.unwrap();
    assert_eq!(reveal(&purser, &clock, id, WhichSecret::Old).await, Err(Code::NotFound));
    assert_eq!(reveal(&purser, &clock, id, WhichSecret::Newest).await.as_deref(), Ok("the new secret"));
    // A replacement without a kept new one ends with none.
    begin(&purser, &clock, id, Order::NewFirst).await;
    for step in Order::NewFirst.steps() {
        purser.advance_rotation(id, *step, None).await.unwrap();
    }
    assert_eq!(reveal(&purser, &clock, id, WhichSecret::Newest).await, Err(Code::NotFound), "the old one is destroyed");
    keep(&purser, &clock, id, "kept once more").await;
    let proof = prove(&purser, Act::KeepSecret, &clock).await;
    purser.forget_secret(proof, id).await.unwrap();
    assert!(!row(&purser, &id.to_string()).await.has_secret);
    purser.lock(LockCause::Asked).await;
}

/// A secret that is kept and a wallet's protection that is written down, for the kills below.
pub async fn write_down(purser: &Purser, clock: &MovingClock, recovery_key: &str) {
    let files = vec![purser_tests::statements::fixture("stripe/balance-history").into()];
    let request = purser_app::contract::ImportRequest { files, ..Default::default() };
    purser.run(purser_app::contract::Command::Import(request), &Default::default()).await.unwrap();
    assert!(purser.prove_kit(recovery_key).await.unwrap());
    let id = purser.add_credential(details("Stripe key")).await.unwrap();
    keep(purser, clock, id, "the first secret").await;
    keep(purser, clock, id, SECRET).await;
    let values = WalletField::ALL.iter().filter_map(|field| Some((*field, (*field.values().first()?).to_owned())));
    let change = WalletSecurityChange { values: values.collect(), as_of: None, reviewed: true };
    purser.set_wallet_security(1, change).await.unwrap();
}

/// Killed before a commit: the secret is the one before, of a wallet nothing is written down by halves.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_written_down_wholly_is_not_there() {
    for (point, secret) in [
        ("secret.before_commit", Err(Code::NotFound)),
        ("secret.before_commit@2", Ok("the first secret")),
        ("wallet_security.before_commit", Ok(SECRET)),
    ] {
        let computer = Profile::locked();
        kill("write_down", point, computer.folder(), Profile::recovery_key());
        let clock = later();
        clock.pass_s(120);
        let purser = computer.hold(&clock);
        log_in(&purser, &clock).await;
        assert_eq!(
            reveal(&purser, &clock, 1, WhichSecret::Newest).await.as_deref(),
            secret.as_ref().copied(),
            "{point}"
        );
        let wallet = purser.wallet_security().await.unwrap().remove(0);
        assert!(wallet.fields.is_empty() && wallet.reviewed.is_none(), "{point}: {wallet:?}");
        purser.lock(LockCause::Asked).await;
    }
}

/// A profile with a kept secret, made before the codes of now; gives its number.
pub async fn with_kept_secret(computer: &Profile) -> i64 {
    let clock = MovingClock::starting_now();
    clock.set_wall_by_s(-900);
    let purser = ready(computer, &clock).await;
    let id = purser.add_credential(details("Stripe key")).await.unwrap();
    keep(&purser, &clock, id, SECRET).await;
    purser.lock(LockCause::Asked).await;
    id
}

/// Reveals it with the proofs of after a recovery, or of before.
pub async fn still_kept(purser: &Purser, clock: &MovingClock, id: i64, password: &str, seed: &str) {
    clock.pass_s(30);
    let code = purser_tests::authenticator::code_at(seed, clock.seconds());
    let proof = purser.step_up(Act::RevealSecret, passphrase(password), Some(&code)).await.unwrap();
    let shown = purser.reveal_secret(proof, id, WhichSecret::Newest).await.unwrap();
    assert_eq!(shown.secret.as_str(), SECRET);
}

/// The keys of a profile, as its owner's password opens them.
pub fn keys(folder: &Path, password: &str) -> (KeyFile, CompartmentKeys) {
    let (file, secret) = owner_of(folder, password);
    let keys = file.open_compartments(&secret).unwrap();
    (file, keys)
}

/// The books by raw SQL, as whoever holds their key alone.
pub async fn raw(folder: &Path, key: &purser_vault::key::BooksKey) -> sqlx::SqliteConnection {
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("books.db")).disable_statement_logging();
    let mut connection = options.connect().await.unwrap();
    let pragma = format!("pragma key = \"x'{}'\"", &*key.expose_hex());
    connection.execute(sqlx::AssertSqlSafe(pragma)).await.unwrap();
    connection
}

type Sealed = Vec<(i64, i64, Vec<u8>)>;

async fn sealed(connection: &mut sqlx::SqliteConnection) -> Sealed {
    let query = "select credential_id, version, sealed from credential_secret order by credential_id, version";
    sqlx::query_as(query).fetch_all(connection).await.unwrap()
}

/// R13: the key of the books shows no byte of a secret. R14: moved to another row or version it does not open.
#[tokio::test(flavor = "multi_thread")]
async fn the_books_alone_give_no_secret_away() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let [one, other] =
        [purser.add_credential(details("One")).await.unwrap(), purser.add_credential(details("Other")).await.unwrap()];
    keep(&purser, &clock, one, SECRET).await;
    keep(&purser, &clock, one, SECRET).await;
    keep(&purser, &clock, other, SECRET).await;
    purser.lock(LockCause::Asked).await;
    let (_, compartments) = keys(computer.folder(), PASSWORD);
    let books = compartments.books.unwrap();
    let mut connection = raw(computer.folder(), &books).await;
    let before = sealed(&mut connection).await;
    assert_eq!(before.iter().map(|row| (row.0, row.1)).collect::<Vec<_>>(), [(one, 2), (other, 1)]);
    assert_ne!(before[0].2, before[1].2, "the same secret, sealed for two places");
    assert!(found_anywhere(&mut connection, "checkout").await > 0, "the search finds what is there");
    assert_eq!(found_anywhere(&mut connection, SECRET).await, 0);
    let swap = "with o as materialized (select credential_id, sealed from credential_secret)
         update credential_secret set sealed = (select sealed from o where o.credential_id <> credential_secret.credential_id)";
    let turn = "update credential set key = cast(substr(key, 9) || substr(key, 1, 8) as blob)";
    for (tamper, undo) in [
        (swap, swap),
        ("update credential_secret set version = version + 1", "update credential_secret set version = version - 1"),
        (turn, turn),
    ] {
        for (statement, opens) in [(tamper, Err(Code::Damaged)), (undo, Ok(SECRET.to_owned()))] {
            connection.execute(statement).await.unwrap();
            clock.pass_s(60);
            log_in(&purser, &clock).await;
            for id in [one, other] {
                assert_eq!(reveal(&purser, &clock, id, WhichSecret::Newest).await, opens, "{statement}");
            }
            purser.lock(LockCause::Asked).await;
        }
    }
    connection.close().await.unwrap();
}

/// In how many columns of how many rows a text stands.
async fn found_anywhere(connection: &mut sqlx::SqliteConnection, text: &str) -> i64 {
    let query = "select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c
         where t.type = 'table' and t.sql not like 'create virtual%'";
    let columns: Vec<(String, String)> = sqlx::query_as(query).fetch_all(&mut *connection).await.unwrap();
    let mut found = 0;
    for (table, column) in columns {
        let query =
            format!("select count(*) from \"{table}\" where instr(cast(\"{column}\" as blob), cast(? as blob))");
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(text);
        let count: i64 = query.fetch_one(&mut *connection).await.unwrap();
        found += count;
    }
    found
}

/// A compromised owner gets a new key of the vault, and every secret is sealed with it: R29 for what is kept.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_compromise_every_secret_is_sealed_anew() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let id = purser.add_credential(details("Stripe key")).await.unwrap();
    keep(&purser, &clock, id, SECRET).await;
    let (file, old) = keys(computer.folder(), PASSWORD);
    let proof = prove(&purser, Act::ChangePassword, &clock).await;
    purser.change_password(proof, NEW_PASSWORD, true).await.unwrap();
    clock.pass_s(60);
    purser.unlock_password(passphrase(NEW_PASSWORD), None).await.unwrap();
    purser.unlock_code(&clock.code()).await.unwrap();
    clock.pass_s(30);
    let proof = purser.step_up(Act::RevealSecret, passphrase(NEW_PASSWORD), Some(&clock.code())).await.unwrap();
    let shown = purser.reveal_secret(proof, id, WhichSecret::Newest).await.unwrap();
    assert_eq!(shown.secret.as_str(), SECRET);
    purser.lock(LockCause::Asked).await;
    let (_, new) = keys(computer.folder(), NEW_PASSWORD);
    let mut connection = raw(computer.folder(), &new.books.unwrap()).await;
    let (key, version, sealed): (Vec<u8>, i64, Vec<u8>) =
        sqlx::query_as("select key, version, sealed from credential_secret join credential on id = credential_id")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    let version = u64::try_from(version).unwrap();
    let cell = purser_vault::key::CellAddress { table: "credential_secret", row: &key, column: "sealed", version };
    assert!(old.vault.unwrap().open(&file.file_id(), &cell, &sealed).is_err(), "the old key opens it");
    assert_eq!(*new.vault.unwrap().open(&file.file_id(), &cell, &sealed).unwrap(), SECRET.as_bytes());
    let left: i64 = sqlx::query_scalar("select count(*) from meta where key = 'vault_predecessor'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0, "nothing of the old key stays");
    connection.close().await.unwrap();
}
