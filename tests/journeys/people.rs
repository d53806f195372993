//! People with roles of their own: invited, at work, narrowed, over, revoked.

use purser_app::contract::{Command, HistoryRequest, ImportRequest, StatementArguments};
use purser_app::import::JobControl;
use purser_app::people::{Invite, PersonState};
use purser_app::{Act, Action, Code, LockCause, Next, Phase, Purser};
use purser_tests::authenticator::code_at;
use purser_tests::profile::{log_in, passphrase, prove};
use purser_tests::statements::{fixture, paypal_sales};
use purser_tests::{MovingClock, Profile, SEED, ZONE};
use purser_vault::keyfile::SlotKind;
use serde_json::Value;

pub const HER_PASSWORD: &str = "copper violin under snow";
pub const NAME: &str = "Mei 会计";

pub fn invitation(role: SlotKind) -> Invite {
    Invite { name: NAME.to_owned(), role, until: None, wallets: Vec::new() }
}

/// An open profile whose kit is proven, so that people can be added.
pub async fn ready(computer: &Profile, clock: &MovingClock) -> Purser {
    let purser = computer.hold(clock);
    log_in(&purser, clock).await;
    assert!(purser.prove_kit(Profile::recovery_key()).await.unwrap());
    purser
}

/// Invites somebody and takes it up for her; gives the seed of her generator. Ends locked.
pub async fn join(purser: &Purser, clock: &MovingClock, invite: Invite) -> String {
    let name = invite.name.clone();
    let proof = prove(purser, Act::InvitePerson, clock).await;
    let invited = purser.invite(proof, invite).await.unwrap();
    purser.lock(LockCause::Asked).await;
    let view = purser.invitation(&name, &invited.code).await.unwrap();
    let code = code_at(&view.secret, clock.seconds());
    let codes = purser.accept_invitation(&name, &invited.code, HER_PASSWORD, &code).await.unwrap();
    assert_eq!(codes.len(), 10);
    assert_eq!(purser.phase().await, Phase::Locked, "nobody is logged in by it");
    view.secret.to_string()
}

pub async fn log_her_in(purser: &Purser, clock: &MovingClock, seed: &str) -> Result<(), Code> {
    clock.pass_s(60);
    match purser.unlock_password(passphrase(HER_PASSWORD), Some(NAME)).await {
        Ok(next) => assert_eq!(next, Next::Code),
        Err(error) => return Err(error.code),
    }
    purser.unlock_code(&code_at(seed, clock.seconds())).await.map_err(|error| error.code)
}

pub async fn import(purser: &Purser, files: &[&str]) -> Result<Value, Code> {
    let files = files.iter().map(Into::into).collect();
    let request = ImportRequest { files, ..ImportRequest::default() };
    purser.run(Command::Import(request), &JobControl::default()).await.map_err(|error| error.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_added_before_the_kit_is_proven() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let proof = prove(&purser, Act::InvitePerson, &clock).await;
    let refused = purser.invite(proof, invitation(SlotKind::Accountant)).await.unwrap_err();
    assert_eq!(refused.code, Code::NotReady);
    purser.lock(LockCause::Asked).await;
}

/// The lock page offers who can log in, the owner first, and an invitation for as long as it can be taken up.
#[tokio::test(flavor = "multi_thread")]
async fn the_lock_page_knows_whose_logins_there_are() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let names = |purser: &Purser| -> Vec<(String, bool)> {
        purser.logins().into_iter().map(|login| (login.name, login.invited)).collect()
    };
    let owner = ("owner".to_owned(), false);
    let purser = ready(&computer, &clock).await;
    assert_eq!(names(&purser), std::slice::from_ref(&owner));
    let proof = prove(&purser, Act::InvitePerson, &clock).await;
    purser.invite(proof, invitation(SlotKind::Accountant)).await.unwrap();
    purser.lock(LockCause::Asked).await;
    assert_eq!(names(&purser), [owner.clone(), (NAME.to_owned(), true)]);
    clock.pass_s(601);
    assert_eq!(names(&purser), std::slice::from_ref(&owner), "nobody can take it up any more");
    log_in(&purser, &clock).await;
    let proof = prove(&purser, Act::RevokePerson, &clock).await;
    purser.revoke_person(proof, NAME).await.unwrap();
    join(&purser, &clock, invitation(SlotKind::Accountant)).await;
    assert_eq!(names(&purser), [owner, (NAME.to_owned(), false)]);
    assert!(!purser.must_change_password().await, "there is no session");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_good_once_for_ten_minutes() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let proof = prove(&purser, Act::InvitePerson, &clock).await;
    let invited = purser.invite(proof, invitation(SlotKind::Accountant)).await.unwrap();
    let proof = prove(&purser, Act::InvitePerson, &clock).await;
    let again = purser.invite(proof, invitation(SlotKind::Responder)).await.unwrap_err();
    assert_eq!(again.code, Code::Invalid, "the name is taken");
    purser.lock(LockCause::Asked).await;
    let state = async |purser: &Purser, clock: &MovingClock| {
        clock.pass_s(60);
        log_in(purser, clock).await;
        let people = purser.people().await.unwrap();
        purser.lock(LockCause::Asked).await;
        people.into_iter().find(|person| person.name == NAME).map(|person| person.state)
    };
    assert_eq!(state(&purser, &clock).await, Some(PersonState::Invited));
    // Neither is the code a password, nor does a wrong one or another name open anything.
    let as_password = purser.unlock_password(passphrase(&invited.code), Some(NAME)).await.unwrap_err();
    assert_eq!(as_password.code, Code::WrongPassword);
    for (name, code) in
        [(NAME, "0000-0000-0000-0000-0000-0000-0000"), (NAME, "x"), ("owner", &invited.code), ("nobody", &invited.code)]
    {
        assert_eq!(purser.invitation(name, code).await.unwrap_err().code, Code::WrongPassword, "{name}");
    }
    let view = purser.invitation(NAME, &invited.code.to_lowercase().replace('-', " ")).await.unwrap();
    let code = code_at(&view.secret, clock.seconds());
    let weak = purser.accept_invitation(NAME, &invited.code, "password1234", &code).await.unwrap_err();
    assert_eq!(weak.code, Code::WeakPassword);
    let wrong = purser.accept_invitation(NAME, &invited.code, HER_PASSWORD, "000000").await.unwrap_err();
    assert_eq!(wrong.code, Code::WrongCode);
    let copy = purser_tests::folder::files(computer.folder());
    clock.pass_s(10 * 60);
    let late = purser.accept_invitation(NAME, &invited.code, HER_PASSWORD, &code).await.unwrap_err();
    assert_eq!(late.code, Code::SlotOver);
    clock.set_wall_by_s(-3600);
    let back = purser.accept_invitation(NAME, &invited.code, HER_PASSWORD, &code).await.unwrap_err();
    assert_eq!(back.code, Code::SlotOver, "the clock set back");
    clock.set_wall_by_s(3600);
    assert_eq!(purser_tests::folder::files(computer.folder()), copy, "a late code changes nothing");
    assert_eq!(state(&purser, &clock).await, Some(PersonState::InvitationOver));
    // Revoked and invited anew under the same name.
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    let proof = prove(&purser, Act::RevokePerson, &clock).await;
    purser.revoke_person(proof, NAME).await.unwrap();
    let seed = join(&purser, &clock, invitation(SlotKind::Accountant)).await;
    assert_eq!(purser.invitation(NAME, &invited.code).await.unwrap_err().code, Code::WrongPassword);
    assert_eq!(state(&purser, &clock).await, Some(PersonState::Active));
    log_her_in(&purser, &clock, &seed).await.unwrap();
    assert_eq!(purser.slot().await.unwrap().kind, SlotKind::Accountant);
    purser.lock(LockCause::Asked).await;
}

/// She changes her own password and factors, without the owner.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_changes_his_own_proofs() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let seed = join(&purser, &clock, invitation(SlotKind::Responder)).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    let proof = async |act, seed: &str| {
        clock.pass_s(30);
        purser.step_up(act, passphrase(HER_PASSWORD), Some(&code_at(seed, clock.seconds()))).await
    };
    assert_eq!(proof(Act::RevokePerson, &seed).await.unwrap_err().code, Code::NotAllowed);
    let view = purser.begin_totp(proof(Act::ReplaceSecondFactor, &seed).await.unwrap(), None).await.unwrap();
    clock.pass_s(30);
    purser.confirm_totp(&code_at(&view.secret, clock.seconds())).await.unwrap();
    let codes =
        purser.replace_recovery_codes(proof(Act::ReplaceRecoveryCodes, &view.secret).await.unwrap()).await.unwrap();
    let changed = proof(Act::ChangePassword, &view.secret).await.unwrap();
    purser.change_password(changed, "eleven quiet harbours", false).await.unwrap();
    purser.lock(LockCause::Asked).await;
    assert_eq!(log_her_in(&purser, &clock, &seed).await, Err(Code::WrongPassword));
    purser.unlock_password(passphrase("eleven quiet harbours"), Some(NAME)).await.unwrap();
    purser.unlock_code(&codes[0]).await.unwrap();
    purser.lock(LockCause::Asked).await;
    // The owner's login is as it was.
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    purser.lock(LockCause::Asked).await;
}

/// Chosen wallets: she sees and changes nothing of the others, whatever she asks.
#[tokio::test(flavor = "multi_thread")]
async fn chosen_wallets_are_all_there_is() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let (alipay, paypal) = (fixture("alipay/account-log-classic"), fixture("paypal/activity-en-us"));
    import(&purser, &[&alipay, &paypal]).await.unwrap();
    let store = purser.permit(Action::ReadBooks).await.unwrap();
    let number = store.store().wallet_named("PayPal").await.unwrap().id;
    let all = store.store().imports().await.unwrap();
    let hidden = all.iter().find(|import| import.wallet_id != number).unwrap().id;
    drop(store);
    let proof = prove(&purser, Act::InvitePerson, &clock).await;
    let unknown = Invite { wallets: vec![number, 77], ..invitation(SlotKind::Accountant) };
    assert_eq!(purser.invite(proof, unknown).await.unwrap_err().code, Code::NotFound);
    let proof = prove(&purser, Act::InvitePerson, &clock).await;
    let blind = Invite { wallets: vec![number], ..invitation(SlotKind::Responder) };
    assert_eq!(purser.invite(proof, blind).await.unwrap_err().code, Code::Invalid, "a responder sees no wallets");
    let chosen = Invite { wallets: vec![number], ..invitation(SlotKind::Accountant) };
    let seed = join(&purser, &clock, chosen).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    let control = JobControl::default();
    let status = purser.run(Command::Status, &control).await.unwrap();
    let names: Vec<&str> =
        status["wallets"].as_array().unwrap().iter().map(|w| w["wallet"].as_str().unwrap()).collect();
    assert_eq!(names, ["PayPal"]);
    for search in ["", "Alipay", "支付宝"] {
        let request = HistoryRequest { search: Some(search.to_owned()), ..HistoryRequest::default() };
        let rows = purser.run(Command::History(request), &control).await.unwrap();
        let rows = rows["rows"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["wallet"] == "PayPal"), "{search}: {rows:?}");
        assert!(!search.is_empty() || rows.len() == 9);
    }
    let statement = StatementArguments {
        wallet: "Alipay".to_owned(),
        account: None,
        currency: None,
        from: "2026-10-01".to_owned(),
        to: "2026-10-31".to_owned(),
        format: "csv".to_owned(),
        output: std::env::temp_dir().join("never-written.csv"),
    };
    let refused = purser.run(Command::Statement(statement), &control).await.unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
    let permit = purser.permit(Action::ReadBooks).await.unwrap();
    assert_eq!(permit.store().imports().await.unwrap().len(), 1);
    assert!(!permit.store().month_totals().await.unwrap().is_empty());
    // Files of other wallets, wallets that do not exist, imports of others.
    let sales = computer.write("sales.csv", paypal_sales(1, 10, "Jane Roe"));
    assert_eq!(import(&purser, &[&alipay]).await.unwrap()[0]["stored"], 0, "a file that is in already");
    assert_eq!(import(&purser, &[&fixture("stripe/balance-history")]).await, Err(Code::NotAllowed), "a new wallet");
    let undo = purser.run(Command::UndoImport { id: hidden.to_string() }, &control).await.unwrap_err();
    assert!([Code::NotFound, Code::NotAllowed].contains(&undo.code), "{undo}");
    // What is hers goes on.
    assert_eq!(import(&purser, &[&sales]).await.unwrap()[0]["stored"], 10);
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    assert_eq!(purser.permit(Action::ReadBooks).await.unwrap().store().imports().await.unwrap().len(), 3);
    // The owner widens and bounds it.
    let proof = prove(&purser, Act::ChangePerson, &clock).await;
    purser.change_person(proof, NAME, Some("2099-12-31"), Vec::new()).await.unwrap();
    purser.lock(LockCause::Asked).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    assert_eq!(purser.run(Command::Status, &control).await.unwrap()["wallets"].as_array().unwrap().len(), 2);
    purser.lock(LockCause::Asked).await;
}

/// The time of a login ends a session that is open, and no further one begins.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_an_end_ends() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    // Not over midnight in Shanghai, which is 16:00 UTC: the day must last for the whole test.
    if clock.seconds() % 86_400 / 600 == 95 {
        clock.pass_s(600);
    }
    let purser = ready(&computer, &clock).await;
    let proof = prove(&purser, Act::InvitePerson, &clock).await;
    let past = Invite { until: Some("2020-01-31".to_owned()), ..invitation(SlotKind::Accountant) };
    assert_eq!(purser.invite(proof, past).await.unwrap_err().code, Code::Invalid);
    let today = jiff::Timestamp::from_second(i64::try_from(clock.seconds()).unwrap()).unwrap();
    let day = today.in_tz(ZONE).unwrap().date();
    let seed = join(&purser, &clock, Invite { until: Some(day.to_string()), ..invitation(SlotKind::Accountant) }).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    let end = day.tomorrow().unwrap().in_tz(ZONE).unwrap().timestamp().as_second();
    // Awake until the last second of her day, then one more.
    while clock.seconds() + 300 < u64::try_from(end).unwrap() {
        clock.pass_s(240);
        if purser.permit(Action::ReadBooks).await.is_err() {
            // Twelve hours are the most for anybody.
            log_her_in(&purser, &clock, &seed).await.unwrap();
        }
    }
    clock.pass_s(u64::try_from(end).unwrap() - clock.seconds() - 1);
    purser.permit(Action::ReadBooks).await.unwrap();
    clock.pass_s(1);
    assert_eq!(purser.permit(Action::ReadBooks).await.unwrap_err().code, Code::Locked);
    assert_eq!(purser.phase().await, Phase::Locked);
    assert_eq!(log_her_in(&purser, &clock, &seed).await, Err(Code::SlotOver));
    purser.lock(LockCause::Asked).await;
}

/// R41: the owner lets a login in again that wrong tries disabled.
#[tokio::test(flavor = "multi_thread")]
async fn the_owner_enables_a_disabled_login() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let seed = join(&purser, &clock, invitation(SlotKind::Responder)).await;
    let mut tries = 0;
    while tries < 100 {
        clock.pass_s(purser.wait_s(Some(NAME)).unwrap());
        if purser.phase().await != Phase::SecondFactor {
            purser.unlock_password(passphrase(HER_PASSWORD), Some(NAME)).await.unwrap();
            clock.pass_s(purser.wait_s(Some(NAME)).unwrap());
        }
        tries += u32::from(purser.unlock_code("000000").await.is_err_and(|error| error.code == Code::WrongCode));
    }
    purser.lock(LockCause::Asked).await;
    assert_eq!(log_her_in(&purser, &clock, &seed).await, Err(Code::SlotDisabled));
    log_in(&purser, &clock).await;
    let state = |people: Vec<purser_app::people::Person>| people[1].state;
    assert_eq!(state(purser.people().await.unwrap()), PersonState::Disabled);
    let proof = prove(&purser, Act::ChangePerson, &clock).await;
    purser.enable_person(proof, NAME).await.unwrap();
    assert_eq!(state(purser.people().await.unwrap()), PersonState::Active);
    purser.lock(LockCause::Asked).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    purser.lock(LockCause::Asked).await;
}

/// The same on the command line: `slot` and `rotate`, with a second person's own login in the agent.
#[test]
fn an_accountant_works_with_a_login_of_her_own() {
    let mut computer = Profile::unlocked();
    let mut phone = std::mem::take(&mut computer.phone);
    let password = computer.password_file();
    computer.cli().json(["import", &fixture("paypal/activity-en-us"), &fixture("alipay/account-log-classic")]);
    let add = |code: &str| {
        let add =
            ["slot", "add", "--name", NAME, "--role", "accountant", "--wallet", "PayPal", "--until", "2099-12-31"];
        let add: Vec<&str> = add.into_iter().chain(["--password-file", &password, "--code", code]).collect();
        computer.cli().command(["--json"]).args(add).output().map(purser_tests::Run::from).unwrap()
    };
    let refused = add(&phone.code(SEED)).expect_code(3);
    assert!(refused.stderr.contains("recovery kit"), "{}", refused.stderr);
    let other = computer.write("other.txt", "AGE-SECRET-KEY-1");
    computer.cli().run(["slot", "prove-kit", "--kit-file", &other]).expect_code(2);
    let kit = computer.write("kit.txt", format!("# kit\n{}\n", Profile::recovery_key()));
    assert_eq!(computer.cli().json(["slot", "prove-kit", "--kit-file", &kit])["proven"], true);
    computer.cli().run(["slot", "add", "--name", "x", "--role", "accountant"]).expect_code(2);
    computer.cli().run(["slot", "add", "--name", "x", "--role", "owner"]).expect_code(2);
    let invited = add(&phone.code(SEED)).expect_code(0).json();
    let listed = computer.cli().json(["slot", "list"]);
    let row = &listed["rows"][1];
    assert_eq!((&row["name"], &row["role"], &row["state"]), (&NAME.into(), &"accountant".into(), &"invited".into()));
    assert_eq!((&row["until"], &row["wallets"]), (&"2099-12-31".into(), &serde_json::json!(["PayPal"])));

    // She sits down at the computer; whether the owner's session is still open or not does not matter.
    let code_file = computer.write("invitation.txt", invited["invitation"].as_str().unwrap());
    let her_password = computer.write("hers.txt", HER_PASSWORD);
    let accept = ["slot", "accept", "--name", NAME, "--invitation-file", &code_file];
    let seed = computer.cli().json(accept)["secret"].as_str().unwrap().to_owned();
    computer.cli().run(["lock"]).expect_code(0);
    assert_eq!(computer.cli().json(accept)["secret"], seed.as_str(), "the same until it is taken");
    let mut her_phone = purser_tests::authenticator::Phone::default();
    let code = her_phone.code(&seed);
    let with_password: Vec<&str> =
        accept.into_iter().chain(["--password-file", &her_password, "--code", &code]).collect();
    assert_eq!(computer.cli().json(&with_password)["recovery_codes"].as_array().unwrap().len(), 10);
    computer.cli().run(&with_password).expect_code(3);

    let code = her_phone.code(&seed);
    let unlocked = computer.cli().json(["unlock", "--slot", NAME, "--password-file", &her_password, "--code", &code]);
    assert_eq!(unlocked["role"], "accountant");
    assert_eq!(computer.cli().json(["status"])["wallets"].as_array().unwrap().len(), 1);
    computer.cli().run(["slot", "list"]).expect_code(3);
    computer.cli().run(["import", &fixture("alipay/account-log-newest-first")]).expect_code(3);
    let new = computer.write("new.txt", "eleven quiet harbours");
    let rotate = |code: &str| {
        computer.cli().run([
            "rotate",
            "password",
            "--password-file",
            &her_password,
            "--new-password-file",
            &new,
            "--code",
            code,
        ])
    };
    rotate("000000").expect_code(3);
    rotate(&her_phone.code(&seed)).expect_code(0);
    computer.cli().run(["lock"]).expect_code(0);
    let code = her_phone.code(&seed);
    computer.cli().run(["unlock", "--slot", NAME, "--password-file", &her_password, "--code", &code]).expect_code(3);
    computer.cli().run(["unlock", "--slot", NAME, "--password-file", &new, "--code", &code]).expect_code(0);
    computer.cli().run(["lock"]).expect_code(0);

    let unlock = ["unlock", "--password-file", &password, "--code", &phone.code(SEED)];
    computer.cli().run(unlock).expect_code(0);
    let code = phone.code(SEED);
    let revoked = computer.cli().json(["slot", "revoke", NAME, "--password-file", &password, "--code", &code]);
    assert_eq!((&revoked["revoked"], &revoked["database_rotated"]), (&NAME.into(), &true.into()));
    assert_eq!(computer.cli().json(["slot", "list"])["rows"].as_array().unwrap().len(), 1);
    assert_eq!(computer.cli().json(["verify"])["ok"], true);
}
