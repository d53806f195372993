//! The security page tells the truth: doors open and close with the facts, and the command line says the same.

use purser_app::contract::Command;
use purser_app::devices::{DeviceDetails, DeviceKind};
use purser_app::import::JobControl;
use purser_app::security::{AuditState, SecurityPage};
use purser_app::wallet_security::WalletSecurityChange;
use purser_app::{Act, Code, LockCause, Purser};
use purser_books::credential::{Order, Step};
use purser_books::door::{Door, DoorCode, WalletField};
use purser_tests::profile::{begin_totp, hold, log_in, passphrase, prove, setup};
use purser_tests::statements::fixture;
use purser_tests::{MovingClock, PASSWORD, Profile, SEED};
use purser_vault::keyfile::DeviceStore;
use serde_json::json;

use crate::credentials::{SECRET, details};
use crate::people::ready;

fn codes(page: &SecurityPage) -> Vec<DoorCode> {
    page.doors.iter().map(|door| door.code).collect()
}

async fn doors_of(purser: &Purser, target: &str) -> Vec<DoorCode> {
    let page = purser.security().await.unwrap();
    page.doors.into_iter().filter(|door: &Door| door.target == target).map(|door| door.code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn purser_s_own_doors_close_as_things_are_done() {
    let (computer, clock) = (Profile::none(), MovingClock::starting_now());
    let purser = hold(computer.folder(), &clock);
    let made = purser.set_up(setup(PASSWORD, None)).await.unwrap();
    let page = purser.security().await.unwrap();
    let open = [
        DoorCode::NoSecondFactor,
        DoorCode::KitNotProven,
        DoorCode::NoBackup,
        DoorCode::KeyInFile,
        DoorCode::PracticeDue,
    ];
    assert_eq!(codes(&page), open);
    assert!(page.purser.cipher.starts_with("4."), "{}", page.purser.cipher);
    assert_eq!(page.purser.device_store, DeviceStore::File);
    assert!(made.kit_text.contains(&page.purser.owner_fingerprint), "to be compared with the printed kit");
    // What this version cannot do is no green tick.
    assert_eq!(page.purser.audit, AuditState::Kept);
    assert!(page.purser.last_backup.is_none() && !page.purser.second_place);
    assert!(page.purser.kit_made.is_some() && page.purser.kit_proven_on.is_none());
    let view = begin_totp(&purser, None).await;
    purser.confirm_totp(&purser_tests::authenticator::code_at(&view.secret, clock.seconds())).await.unwrap();
    assert!(purser.prove_kit(&made.recovery_key).await.unwrap());
    let page = purser.security().await.unwrap();
    assert_eq!(codes(&page), open[2..]);
    assert!(page.purser.kit_proven_on.is_some() && !page.purser.renewal_pending);
    // Half a year later everything is old, and nothing is refused for it (R28, R58).
    let kit_made = page.purser.kit_made;
    for _ in 0..180 {
        clock.pass_s(24 * 3600);
    }
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
    purser.lock(LockCause::Asked).await;
    purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    purser.unlock_code(&purser_tests::authenticator::code_at(&view.secret, clock.seconds())).await.unwrap();
    let page = purser.security().await.unwrap();
    let old: Vec<&str> = page
        .doors
        .iter()
        .filter(|door| door.code == DoorCode::CredentialOld)
        .map(|door| door.target.as_str())
        .collect();
    assert_eq!(old, ["database", "kit", "password", "recovery", "totp"]);
    assert_eq!(page.purser.kit_made, kit_made);
    clock.pass_s(30);
    let code = purser_tests::authenticator::code_at(&view.secret, clock.seconds());
    let proof = purser.step_up(Act::RenewBooksKey, passphrase(PASSWORD), Some(&code)).await.unwrap();
    purser.renew_books_key(proof).await.unwrap();
    assert!(!doors_of(&purser, "database").await.contains(&DoorCode::CredentialOld), "renewed");
    assert!(purser.prove_kit(&made.recovery_key).await.unwrap());
    assert!(doors_of(&purser, "kit").await.is_empty(), "shown to exist once more");
    purser.lock(LockCause::Asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_as_safe_as_was_written_down() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let files = vec![fixture("stripe/balance-history").into()];
    let request = purser_app::contract::ImportRequest { files, ..Default::default() };
    purser.run(Command::Import(request), &JobControl::default()).await.unwrap();
    assert_eq!(doors_of(&purser, "Stripe").await, [DoorCode::WalletNeverReviewed]);
    let set = async |values: &[(WalletField, &str)], as_of: Option<&str>, reviewed: bool| {
        let values = values.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
        let change = WalletSecurityChange { values, as_of: as_of.map(str::to_owned), reviewed };
        purser.set_wallet_security(1, change).await.map_err(|error| error.code)
    };
    // One wrong value, and none is kept.
    let wrong = [(WalletField::SecondFactor, "app"), (WalletField::IpList, "perhaps")];
    assert_eq!(set(&wrong, None, true).await, Err(Code::Invalid));
    assert_eq!(set(&[], Some("2099-01-01"), true).await, Err(Code::Invalid), "a day to come");
    assert_eq!(doors_of(&purser, "Stripe").await, [DoorCode::WalletNeverReviewed]);
    let all = [
        (WalletField::SecondFactor, "sms"),
        (WalletField::Administrators, "Mei"),
        (WalletField::Operators, "Jun, Ana"),
        (WalletField::BoundPhone, "+86 138 0013 4471"),
        (WalletField::BoundEmail, "mei.zhang@example.com"),
        (WalletField::IpList, "off"),
        (WalletField::ApiTransfers, "on"),
        (WalletField::Alerts, "on"),
        (WalletField::PayoutAccount, "6222 0000 1111 4471"),
    ];
    set(&all, None, true).await.unwrap();
    let weak = [DoorCode::WalletTransfersOpen, DoorCode::WalletWeakSecondFactor, DoorCode::WalletNoIpList];
    assert_eq!(doors_of(&purser, "Stripe").await, weak);
    let page = purser.security().await.unwrap();
    let value = |field| page.wallets[0].fields.iter().find(|value| value.field == field).unwrap().value.clone();
    assert_eq!(value(WalletField::BoundPhone), "…4471");
    assert_eq!(value(WalletField::BoundEmail), "m…@example.com");
    assert_eq!(value(WalletField::PayoutAccount), "…4471");
    assert!(page.wallets[0].fields.iter().all(|value| value.source == "typed" && !value.as_of.is_empty()));
    set(&[(WalletField::SecondFactor, "key"), (WalletField::ApiTransfers, "off")], None, false).await.unwrap();
    assert_eq!(doors_of(&purser, "Stripe").await, [DoorCode::WalletNoIpList]);
    // A quarter later the review is due, and a review of then closes it.
    clock.pass_s(93 * 24 * 3600);
    purser.lock(LockCause::Asked).await;
    log_in(&purser, &clock).await;
    assert!(doors_of(&purser, "Stripe").await.contains(&DoorCode::WalletReviewDue));
    set(&[], None, true).await.unwrap();
    assert!(!doors_of(&purser, "Stripe").await.contains(&DoorCode::WalletReviewDue));
    // An import that is taken back leaves the wallet somebody wrote something down of.
    purser.run(Command::UndoImport { id: "1".to_owned() }, &JobControl::default()).await.unwrap();
    assert_eq!(purser.wallet_security().await.unwrap().len(), 1);
    purser.lock(LockCause::Asked).await;
}

fn phone(credentials: Vec<i64>) -> DeviceDetails {
    DeviceDetails {
        name: "Mei's phone".to_owned(),
        kind: DeviceKind::Phone,
        holder: "mei".to_owned(),
        system_updated: None,
        app_updated: None,
        encrypted: Some(false),
        credentials,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_names_what_is_to_be_revoked() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let on = purser.add_credential(details("Stripe key")).await.unwrap();
    let theirs = purser.add_credential(details("PayPal login")).await.unwrap();
    let other = purser_app::credentials::CredentialDetails { holder: "Jun".to_owned(), ..details("Jun's login") };
    purser.add_credential(other).await.unwrap();
    assert_eq!(purser.add_device(phone(vec![99])).await.unwrap_err().code, Code::NotFound);
    let id = purser.add_device(phone(vec![on, on])).await.unwrap();
    assert_eq!(purser.add_device(phone(vec![])).await.unwrap_err().code, Code::Invalid, "the name is taken");
    let name = "Mei's phone";
    assert_eq!(doors_of(&purser, name).await, [DoorCode::DeviceUnencrypted, DoorCode::DeviceNotUpdated]);
    let today = purser.devices().await.unwrap()[0].reviewed.clone();
    let updated = DeviceDetails { system_updated: today, encrypted: Some(true), ..phone(vec![on]) };
    purser.change_device(id, updated).await.unwrap();
    assert!(doors_of(&purser, name).await.is_empty());
    let to_revoke = purser.set_device_lost(id, true).await.unwrap();
    let named: Vec<(i64, bool)> = to_revoke.iter().map(|one| (one.id, one.on_device)).collect();
    assert_eq!(named, [(on, true), (theirs, false)], "on it, and what its holder has");
    assert_eq!(doors_of(&purser, name).await, [DoorCode::DeviceLost]);
    // Replaced a day later, one after the other; then the door is closed.
    clock.pass_s(24 * 3600);
    purser.lock(LockCause::Asked).await;
    for credential in [on, theirs] {
        log_in(&purser, &clock).await;
        assert_eq!(doors_of(&purser, name).await, [DoorCode::DeviceLost], "before {credential}");
        let proof = prove(&purser, Act::RotateCredential, &clock).await;
        purser.begin_rotation(proof, credential, Order::RevokeFirst).await.unwrap();
        for step in [Step::Revoke, Step::Make, Step::Put, Step::Verify] {
            purser.advance_rotation(credential, step, None).await.unwrap();
        }
        purser.lock(LockCause::Asked).await;
        clock.pass_s(60);
    }
    log_in(&purser, &clock).await;
    assert!(doors_of(&purser, name).await.is_empty());
    assert!(purser.set_device_lost(id, false).await.unwrap().is_empty());
    purser.remove_device(id).await.unwrap();
    assert_eq!(purser.remove_device(id).await.unwrap_err().code, Code::NotFound);
    purser.lock(LockCause::Asked).await;
}

/// The command line: the contract's rows, a replacement as a checklist, exit codes, both languages.
#[test]
fn the_command_line_keeps_the_board() {
    let mut computer = Profile::unlocked();
    let cli = computer.cli().clone();
    let password = computer.password_file();
    let kit = computer.write("kit.txt", Profile::recovery_key());
    let add =
        ["credentials", "add", "--name", "Stripe key", "--kind", "api_key", "--holder", "Mei", "--misuse", "refunds"];
    let refused = cli.run(add).expect_code(3);
    assert!(refused.stderr.contains("prove-kit"), "{}", refused.stderr);
    cli.json(["slot", "prove-kit", "--kit-file", &kit]);
    let id = cli.json(add)["id"].as_str().unwrap().to_owned();
    cli.run(add).expect_code(2);
    let board = cli.json(["credentials"]);
    let row = board["rows"].as_array().unwrap().iter().find(|row| row["id"] == id.as_str()).unwrap().clone();
    assert_eq!((&row["kind"], &row["misuse"], &row["age_days"]), (&json!("api_key"), &json!("refunds"), &json!(null)));
    assert_eq!(row["reminder"], json!({ "reason": "age_unknown" }));
    cli.json(["credentials", "change", &id, "--made", "2026-01-31", "--used-at", "checkout"]);
    cli.run(["credentials", "change", &id, "--made", "yesterday"]).expect_code(2);
    cli.json(["credentials", "change", &id, "--expires", "2027-01-31"]);
    cli.json(["credentials", "change", &id, "--expires", "", "--holder", ""]);
    let board = cli.json(["credentials"]);
    let row = board["rows"].as_array().unwrap().iter().find(|row| row["id"] == id.as_str()).unwrap();
    let said = [&row["made"], &row["expires"], &row["holder"], &row["used_at"]];
    assert_eq!(said, [&json!("2026-01-31"), &json!(null), &json!(""), &json!("checkout")], "only what is said changes");
    cli.run(["credentials", "change", "99", "--name", "x"]).expect_code(2);

    cli.run(["rotate", "credential", &id]).expect_code(3);
    cli.run(["rotate", "credential", "password"]).expect_code(2);
    cli.run(["rotate", "credential", &id, "--done"]).expect_code(2);
    let code = computer.phone.code(SEED);
    let begun = cli.json(["rotate", "credential", &id, "--generate", "--password-file", &password, "--code", &code]);
    assert_eq!((&begun["next"], &begun["works"], &begun["old"]), (&json!("make"), &json!(true), &json!("active")));
    assert_eq!(begun["generated"].as_str().unwrap().len(), 20);
    assert_eq!(cli.json(["rotate", "credential", &id])["next"], "make", "shown without a proof");
    cli.run(["rotate", "credential", &id, "--done", "verify"]).expect_code(2);
    for (step, next) in [("make", "put"), ("put", "verify"), ("verify", "revoke")] {
        assert_eq!(cli.json(["rotate", "credential", &id, "--done", step])["next"], next);
    }
    assert_eq!(cli.json(["rotate", "credential", &id, "--done", "--expires", "2099-12-31"])["next"], "destroy");
    let shown = cli.run(["--lang", "zh-CN", "rotate", "credential", &id]).expect_code(0);
    assert!(shown.stdout.contains("[x] revoke") && shown.stdout.contains("[ ] destroy"), "{}", shown.stdout);
    cli.run(["rotate", "credential", &id, "--give-up"]).expect_code(2);
    assert_eq!(cli.json(["rotate", "credential", &id, "--done"])["next"], json!(null));

    let secret = computer.write("secret.txt", format!("{SECRET}\n"));
    let code = computer.phone.code(SEED);
    cli.json(["credentials", "keep", &id, "--secret-file", &secret, "--password-file", &password, "--code", &code]);
    cli.run(["credentials", "reveal", &id]).expect_code(2);
    let code = computer.phone.code(SEED);
    let shown = cli.json(["credentials", "reveal", &id, "--password-file", &password, "--code", &code]);
    assert_eq!(shown["secret"], SECRET);
    assert!(shown["hide_at"].as_str().unwrap().ends_with('Z'));

    cli.json(["import", &fixture("stripe/balance-history")]);
    let wallet = [
        "security",
        "wallet",
        "Stripe",
        "--reviewed",
        "--set",
        "second_factor=app",
        "--set",
        "bound_phone=13800134471",
    ];
    assert_eq!(cli.json(wallet)["reviewed"].as_str().unwrap().len(), 10);
    cli.run(["security", "wallet", "Stripe", "--set", "second_factor=perhaps"]).expect_code(2);
    cli.run(["security", "wallet", "Nobody", "--reviewed"]).expect_code(2);
    let device = ["security", "device", "add", "--name", "Till", "--kind", "terminal", "--credential", &id];
    let device = cli.json(device)["id"].as_str().unwrap().to_owned();
    assert_eq!(cli.json(["security", "device", "lost", &device])["to_revoke"][0]["name"], "Stripe key");
    let page = cli.json(["security"]);
    assert_eq!(page["doors"][0]["code"], "device_lost");
    assert_eq!(page["wallets"][0]["fields"]["bound_phone"]["value"], "…4471");
    for language in ["en", "zh-CN"] {
        let text = cli.run(["--lang", language, "security"]).expect_code(0).stdout;
        assert!(text.contains("Till") && !text.contains("device_lost"), "{text}");
        assert!(cli.run(["--lang", language, "credentials"]).expect_code(0).stdout.contains("Stripe key"));
    }
    cli.run(["lock"]).expect_code(0);
    cli.run(["credentials"]).expect_code(3);
    // The practice company has something of everything: in order, due, open.
    let board = cli.demo(["credentials"]).expect_code(0).json();
    let reasons: Vec<&str> =
        board["rows"].as_array().unwrap().iter().filter_map(|row| row["reminder"]["reason"].as_str()).collect();
    assert_eq!(reasons, ["expires", "old", "old"]);
    let page = cli.demo(["security"]).expect_code(0).json();
    let codes: Vec<&str> =
        page["doors"].as_array().unwrap().iter().map(|door| door["code"].as_str().unwrap()).collect();
    for code in ["wallet_transfers_open", "wallet_review_due", "wallet_never_reviewed", "device_unencrypted"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
}
