//! Revoking somebody: what she copied before is worth nothing, whatever ends in between.

use purser_app::contract::{Command, HistoryRequest};
use purser_app::import::JobControl;
use purser_app::{Act, Code, LockCause, Purser};
use purser_tests::profile::{log_in, passphrase, prove};
use purser_tests::statements::fixture;
use purser_tests::{MovingClock, Profile};
use purser_vault::keyfile::{KeyFile, Seen, SlotKind};
use purser_vault::secret::DeviceSecret;

use crate::people::{HER_PASSWORD, NAME, import, invitation, join, log_her_in, ready};

/// Nine transactions and an accountant; locked, with the seed of her generator.
async fn with_an_accountant(computer: &Profile, clock: &MovingClock) -> (Purser, String) {
    let purser = ready(computer, clock).await;
    import(&purser, &[&fixture("paypal/activity-en-us")]).await.unwrap();
    let seed = join(&purser, clock, invitation(SlotKind::Accountant)).await;
    (purser, seed)
}

/// R50: what she copied before opens nothing that is written afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_login_opens_nothing_new() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let (purser, seed) = with_an_accountant(&computer, &clock).await;
    log_her_in(&purser, &clock, &seed).await.unwrap();
    purser.lock(LockCause::Asked).await;
    let (old_keys, old_device) = (
        std::fs::read(computer.folder().join("keys.json")).unwrap(),
        std::fs::read(computer.folder().join("device.json")).unwrap(),
    );
    clock.pass_s(60);
    log_in(&purser, &clock).await;
    let proof = prove(&purser, Act::RevokePerson, &clock).await;
    assert_eq!(purser.revoke_person(proof, "owner").await.unwrap_err().code, Code::Invalid);
    let proof = prove(&purser, Act::RevokePerson, &clock).await;
    assert!(purser.revoke_person(proof, NAME).await.unwrap().books_renewed);
    // The owner's session goes on.
    assert_eq!(purser.people().await.unwrap().len(), 1);
    let history = purser.run(Command::History(HistoryRequest::default()), &JobControl::default()).await.unwrap();
    assert_eq!(history["rows"].as_array().unwrap().len(), 9);
    purser.lock(LockCause::Asked).await;
    assert_eq!(log_her_in(&purser, &clock, &seed).await, Err(Code::WrongPassword));

    let old = KeyFile::parse(&old_keys, &Seen::default()).unwrap();
    let slot = old.slot_named(NAME).unwrap().id;
    let entries: std::collections::BTreeMap<String, String> = serde_json::from_slice(&old_device).unwrap();
    let entry = entries.iter().find(|(name, _)| name.ends_with(&slot.to_string())).unwrap().1;
    let secret = old.open_slot(slot, &passphrase(HER_PASSWORD), &DeviceSecret::from_base64(entry).unwrap()).unwrap();
    let books = old.open_compartments(&secret).unwrap().books.unwrap();
    let opened = purser_app::store::Store::open(&computer.folder().join("books.db"), &books).await;
    assert_eq!(opened.unwrap_err().code, Code::Damaged);
    let new = KeyFile::parse(&std::fs::read(computer.folder().join("keys.json")).unwrap(), &Seen::default()).unwrap();
    assert!(new.open_compartments(&secret).is_err() && new.slot_named(NAME).is_none());
}

/// A revocation killed at each step: her access has ended or it never began to end, and the owner's books are whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_revocation_ends_at_the_owners_next_login() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    clock.set_wall_by_s(-1800);
    let (purser, seed) = with_an_accountant(&computer, &clock).await;
    drop(purser);
    let prepared = purser_tests::folder::files(computer.folder());
    for (point, ended) in [
        ("keys.written", false),
        ("keys.renamed", true),
        ("revoke.keys", true),
        ("renewal.begun", true),
        ("copy.checked", true),
        ("copy.renamed", true),
        ("keys.renamed@2", true),
    ] {
        let computer = Profile::none();
        purser_tests::child::private_folder(computer.folder());
        for (name, bytes) in &prepared {
            std::fs::write(computer.folder().join(name), bytes).unwrap();
        }
        crate::kills::kill("revoke", point, computer.folder(), NAME);
        let clock = crate::kills::later();
        let purser = computer.hold(&clock);
        clock.pass_s(60);
        assert_eq!(log_her_in(&purser, &clock, &seed).await.is_err(), ended, "{point}");
        purser.lock(LockCause::Asked).await;
        log_in(&purser, &clock).await;
        let history = purser.run(Command::History(HistoryRequest::default()), &JobControl::default()).await.unwrap();
        assert_eq!(history["rows"].as_array().unwrap().len(), 9, "{point}");
        purser.lock(LockCause::Asked).await;
        let keys =
            KeyFile::parse(&std::fs::read(computer.folder().join("keys.json")).unwrap(), &Seen::default()).unwrap();
        assert!(keys.pending().is_none(), "{point}");
        assert_eq!(keys.slot_named(NAME).is_none(), ended, "{point}");
    }
}
