//! The role table, held against every command.

use purser_app::contacts::card::CardRequest;
use purser_app::contacts::lock_screen::LockScreen;
use purser_app::contract::{
    Command, ContactsCommand, CredentialFields, DeviceFields, DoorCommand, EmergencyCommand, HistoryRequest,
    ImportRequest, Proof, SecretText, SecurityCommand, StatementArguments,
};
use purser_app::import::JobControl;
use purser_app::incident::ReconcileRequest;
use purser_app::kept_secrets::WhichSecret;
use purser_app::role::may;
use purser_app::{Act, Action, Code, LockCause};
use purser_books::document::Language;
use purser_books::playbook::{Lane, Speaker};
use purser_tests::profile::{log_in, prove};
use purser_tests::{MovingClock, Profile};
use purser_vault::keyfile::SlotKind;

use crate::people::{NAME, invitation, join, log_her_in, ready};

pub fn every_command() -> Vec<Command> {
    let proof = || Proof { password: SecretText("another password 99".to_owned().into()), code: None };
    let secret = || SecretText(String::new().into());
    let name = || "x".to_owned();
    vec![
        Command::Status,
        Command::History(HistoryRequest::default()),
        Command::Import(ImportRequest::default()),
        Command::UndoImport { id: "99".to_owned() },
        Command::Statement(StatementArguments {
            wallet: name(),
            account: None,
            currency: None,
            from: "2026-10-01".to_owned(),
            to: "2026-10-31".to_owned(),
            format: "csv".to_owned(),
            output: std::env::temp_dir().join("never-written.csv"),
        }),
        Command::Payouts { wallet: None },
        Command::Verify,
        Command::Door(DoorCommand::RotatePassword { proof: proof(), new_password: secret(), compromised: false }),
        Command::Door(DoorCommand::RotateTotp { proof: proof(), seed: None }),
        Command::Door(DoorCommand::ConfirmTotp { code: secret() }),
        Command::Door(DoorCommand::RotateRecovery { proof: proof() }),
        Command::Door(DoorCommand::RotateDatabase { proof: proof() }),
        Command::Door(DoorCommand::ProveKit { kit: secret() }),
        Command::Door(DoorCommand::People),
        Command::Door(DoorCommand::Invite {
            proof: proof(),
            name: name(),
            role: SlotKind::Accountant,
            until: None,
            wallets: Vec::new(),
        }),
        Command::Door(DoorCommand::ChangePerson { proof: proof(), name: name(), until: None, wallets: Vec::new() }),
        Command::Door(DoorCommand::EnablePerson { proof: proof(), name: name() }),
        Command::Door(DoorCommand::Revoke { proof: proof(), name: name() }),
        Command::Emergency(EmergencyCommand::Incidents),
        Command::Emergency(EmergencyCommand::Incident { id: None }),
        Command::Emergency(EmergencyCommand::Scripts),
        Command::Emergency(EmergencyCommand::TakeLever { id: None, lever: name() }),
        Command::Emergency(EmergencyCommand::LeaveLever { id: None, lever: name(), reason: name() }),
        Command::Emergency(EmergencyCommand::GoodDay { id: None, day: "2026-10-30".to_owned() }),
        Command::Emergency(EmergencyCommand::Transactions { request: ReconcileRequest::default() }),
        Command::Emergency(EmergencyCommand::Mark { id: None, transactions: vec![name()], verdict: None }),
        Command::Emergency(EmergencyCommand::Assign { id: None, step: "email".to_owned(), who: name() }),
        Command::Emergency(EmergencyCommand::AssignLane { id: None, lane: Lane::Phone, who: name() }),
        Command::Emergency(EmergencyCommand::Tasks { id: None }),
        Command::Emergency(EmergencyCommand::AddTask {
            id: None,
            of: None,
            text: Some(name()),
            due: None,
            who: None,
            language: Language::En,
        }),
        Command::Emergency(EmergencyCommand::ChangeTask {
            id: None,
            task: name(),
            text: Some(name()),
            due: None,
            who: None,
        }),
        Command::Emergency(EmergencyCommand::TaskDone { id: None, task: name() }),
        Command::Emergency(EmergencyCommand::TaskReopened { id: None, task: name() }),
        Command::Emergency(EmergencyCommand::TaskDropped { id: None, task: name(), reason: name() }),
        Command::Emergency(EmergencyCommand::Note { id: None, step: None, text: name() }),
        Command::Emergency(EmergencyCommand::Unfreeze { proof: proof(), reason: "a reason".to_owned() }),
        Command::Emergency(EmergencyCommand::CancelUnfreeze),
        Command::Emergency(EmergencyCommand::Practice),
        Command::Emergency(EmergencyCommand::EndPractice { id: None }),
        Command::Emergency(EmergencyCommand::PrintChecklist {
            id: None,
            language: Language::En,
            output: std::env::temp_dir().join("never-written.txt"),
        }),
        Command::Contacts(ContactsCommand::List),
        Command::Contacts(ContactsCommand::Set { wallet: name(), values: Vec::new(), noted: None }),
        Command::Contacts(ContactsCommand::OwnNumber { provider: name(), number: name(), noted: None }),
        Command::Contacts(ContactsCommand::RemoveNumber { id: 99 }),
        Command::Contacts(ContactsCommand::NoNumber { provider: name(), is_none: true }),
        Command::Contacts(ContactsCommand::LockScreen { shown: LockScreen::Off }),
        Command::Contacts(ContactsCommand::Card {
            request: CardRequest {
                person: String::new(),
                speaker: Speaker::Employee,
                lane: Lane::Phone,
                language: Language::En,
            },
            output: std::env::temp_dir().join("never-written.txt"),
        }),
        Command::Contacts(ContactsCommand::ForgetCard { person: name() }),
        Command::Session,
    ]
}

pub fn security_commands() -> Vec<SecurityCommand> {
    use SecurityCommand as C;
    let proof = || Proof { password: SecretText("another password 99".to_owned().into()), code: None };
    let id = 1;
    vec![
        C::Doors,
        C::Credentials,
        C::AddCredential { fields: CredentialFields::default() },
        C::ChangeCredential { id, fields: CredentialFields::default() },
        C::RemoveCredential { proof: proof(), id },
        C::ReportCredential { id },
        C::RemindAfter { days: 90, proof: None },
        C::KeepSecret { proof: proof(), id, secret: SecretText("x".to_owned().into()) },
        C::ForgetSecret { proof: proof(), id },
        C::RevealSecret { proof: proof(), id, which: WhichSecret::Newest },
        C::Rotate { id, proof: Some(proof()), order: None },
        C::RotationStep { id, step: None, new_expires: None },
        C::AbandonRotation { id },
        C::WalletSecurity { wallet: "PayPal".to_owned(), values: Vec::new(), as_of: None, reviewed: true },
        C::AddDevice { fields: DeviceFields::default() },
        C::ChangeDevice { id, fields: DeviceFields::default() },
        C::RemoveDevice { id },
        C::DeviceLost { id, lost: true },
    ]
}

/// R51: each command, asked by each role, is refused or not as the table says. R64: a responder reaches no book.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_keeps_the_role_table() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let seed = join(&purser, &clock, invitation(SlotKind::Responder)).await;
    let check = async |role: SlotKind| {
        let security = security_commands().into_iter().map(Command::Security);
        // Last: it changes what the others may.
        let last = Command::Door(DoorCommand::ReportCompromised);
        for command in every_command().into_iter().chain(security).chain([last]) {
            let (word, action) = (format!("{command:?}"), command.action());
            let done = purser.run(command, &JobControl::default()).await;
            let refused = done.is_err_and(|error| error.code == Code::NotAllowed);
            assert_eq!(refused, action.is_some_and(|action| !may(role, action)), "{role:?}: {word}");
        }
    };
    log_her_in(&purser, &clock, &seed).await.unwrap();
    for action in Action::ALL {
        assert_eq!(purser.permit(*action).await.unwrap_err().code, Code::NotAllowed, "no books for {action:?}");
    }
    #[cfg(target_os = "linux")]
    assert!(!computer.folder().join("books.db-wal").exists(), "a responder's session opens no books");
    check(SlotKind::Responder).await;
    purser.lock(LockCause::Asked).await;

    clock.pass_s(60);
    log_in(&purser, &clock).await;
    let proof = prove(&purser, Act::RevokePerson, &clock).await;
    let revoked = purser.revoke_person(proof, NAME).await.unwrap();
    assert!(!revoked.books_renewed && !revoked.pending, "a responder held no key of the books");
    let seed = join(&purser, &clock, invitation(SlotKind::Accountant)).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    check(SlotKind::Accountant).await;
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    check(SlotKind::Owner).await;
    purser.lock(LockCause::Asked).await;
}
