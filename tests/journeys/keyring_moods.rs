//! The keyring in all its moods, played by a store of the test: hanging, locked, empty, another product.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use purser_app::device::{Patient, SecretStore, SecretStores};
use purser_app::error::Result;
use purser_app::profile::Folder;
use purser_app::{Code, LockCause, Phase, Purser};
use purser_tests::folder::files;
use purser_tests::profile::{log_in, passphrase, setup};
use purser_tests::{MovingClock, PASSWORD, Profile};
use purser_vault::KdfParams;
use purser_vault::keyfile::DeviceStore;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Fine,
    /// Does not answer within a minute.
    Hangs,
    Locked,
}

#[derive(Debug)]
struct Inside {
    mood: Mood,
    vendor: &'static str,
    entries: BTreeMap<String, String>,
}

/// One keyring of one computer.
#[derive(Debug, Clone)]
struct Keyring(Arc<Mutex<Inside>>);

impl Keyring {
    fn new() -> Keyring {
        Keyring(Arc::new(Mutex::new(Inside { mood: Mood::Fine, vendor: "Secret Service", entries: BTreeMap::new() })))
    }

    fn set(&self, mood: Mood) {
        self.0.lock().unwrap().mood = mood;
    }

    fn entries(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap().entries.clone()
    }

    fn ask<T>(&self, answer: impl FnOnce(&mut Inside) -> T) -> Result<T> {
        let mood = self.0.lock().unwrap().mood;
        match mood {
            Mood::Fine => Ok(answer(&mut self.0.lock().unwrap())),
            Mood::Locked => Err(Code::KeyringLocked.into()),
            Mood::Hangs => {
                std::thread::sleep(Duration::from_secs(60));
                Err(Code::KeyringLocked.into())
            }
        }
    }
}

impl SecretStore for Keyring {
    fn read(&self, entry: &str) -> Result<Option<zeroize::Zeroizing<String>>> {
        self.ask(|inside| inside.entries.get(entry).cloned().map(Into::into))
    }

    fn write(&self, entry: &str, secret: &str) -> Result<()> {
        // Like KWallet it keeps text only; what is written is text already (R21).
        self.ask(|inside| drop(inside.entries.insert(entry.to_owned(), secret.to_owned())))
    }

    fn remove(&self, entry: &str) -> Result<()> {
        self.ask(|inside| drop(inside.entries.remove(entry)))
    }

    fn vendor(&self) -> Result<String> {
        self.ask(|inside| inside.vendor.to_owned())
    }
}

impl SecretStores for Keyring {
    fn open(&self, _: DeviceStore, _: &Path) -> Result<Box<dyn SecretStore>> {
        Ok(Box::new(Patient::start(self.clone())?))
    }
}

/// A locked profile whose secrets are in this keyring.
async fn locked(computer: &Profile, clock: &MovingClock, keyring: &Keyring) -> Purser {
    let stores = Arc::new(keyring.clone());
    let folder = Folder::new(computer.folder());
    let purser = Purser::hold_with(folder, clock.as_clock(), KdfParams::FLOOR, stores).unwrap();
    let mut setup = setup(PASSWORD, Some(clock.code()));
    setup.device_store = DeviceStore::Keyring;
    purser.set_up(setup).await.unwrap();
    purser.lock(LockCause::Asked).await;
    clock.pass_s(60);
    purser
}

/// R18, R19: a keyring that hangs gives control back, counts nothing, and stops nobody else, with one worker too.
#[test]
fn a_hanging_keyring_blocks_nobody() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (computer, clock, keyring) = (Profile::none(), MovingClock::starting_now(), Keyring::new());
        let purser = Arc::new(locked(&computer, &clock, &keyring).await);
        let before = files(computer.folder());
        keyring.set(Mood::Hangs);
        let login = {
            let purser = Arc::clone(&purser);
            tokio::spawn(async move { purser.unlock_password(passphrase(PASSWORD), None).await })
        };
        // Others are served while it waits: the same worker answers again and again.
        let mut served = 0;
        while !login.is_finished() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(purser.phase().await, Phase::Locked);
            served += 1;
        }
        assert_eq!(login.await.unwrap().unwrap_err().code, Code::KeyringLocked);
        assert!(served > 10, "{served}");
        assert_eq!(files(computer.folder()), before, "nothing was counted");
        keyring.set(Mood::Fine);
        log_in(&purser, &clock).await;
        purser.lock(LockCause::Asked).await;
    });
    runtime.shutdown_background();
}

/// A locked keyring is told, not counted; an empty one gets nothing made in its place (R17); a foreign one is left alone
/// (R22).
#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_without_the_key_is_told_and_never_filled() {
    let (computer, clock, keyring) = (Profile::none(), MovingClock::starting_now(), Keyring::new());
    let purser = locked(&computer, &clock, &keyring).await;
    let (before, kept) = (files(computer.folder()), keyring.entries());
    assert_eq!(kept.len(), 2, "device secret and anchor");
    let refused = async |purser: &Purser| purser.unlock_password(passphrase(PASSWORD), None).await.unwrap_err();
    keyring.set(Mood::Locked);
    assert_eq!(refused(&purser).await.code, Code::KeyringLocked);
    keyring.set(Mood::Fine);

    keyring.0.lock().unwrap().vendor = "KWallet";
    let other = refused(&purser).await;
    assert_eq!((other.code, other.detail.as_str()), (Code::KeyringChanged, "Secret Service"));
    assert_eq!(keyring.entries(), kept);
    keyring.0.lock().unwrap().vendor = "Secret Service";

    for name in kept.keys() {
        keyring.0.lock().unwrap().entries.remove(name);
        assert_eq!(refused(&purser).await.code, Code::KeyringMissing, "{name}");
        assert!(!keyring.entries().contains_key(name), "{name}: a new one was made");
        keyring.0.lock().unwrap().entries = kept.clone();
    }
    assert_eq!(files(computer.folder()), before);
    log_in(&purser, &clock).await;
    purser.lock(LockCause::Asked).await;
}

/// R20: a key in a file is the owner's own choice, and said ever after.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_a_file_is_chosen_and_shown() {
    let (computer, clock, keyring) = (Profile::none(), MovingClock::starting_now(), Keyring::new());
    let purser = locked(&computer, &clock, &keyring).await;
    assert_eq!(purser.key_facts().await.unwrap().device_store, DeviceStore::Keyring);
    assert!(!computer.folder().join("device.json").exists());
    let other = Profile::locked();
    assert_eq!(other.hold(&clock).key_facts().await.unwrap().device_store, DeviceStore::File);
    // A keyring that does not answer is no reason to fall back to a file.
    keyring.set(Mood::Locked);
    let none = Profile::none();
    let stores = Arc::new(keyring.clone());
    let fresh = Purser::hold_with(Folder::new(none.folder()), clock.as_clock(), KdfParams::FLOOR, stores).unwrap();
    let mut setup = setup(PASSWORD, Some(clock.code()));
    setup.device_store = DeviceStore::Keyring;
    assert_eq!(fresh.set_up(setup).await.unwrap_err().code, Code::KeyringLocked);
    assert_eq!(fresh.phase().await, Phase::NoProfile);
    let left: Vec<_> = files(none.folder()).into_keys().collect();
    assert_eq!(left, [std::path::PathBuf::from("profile.lock")]);
}

/// R60, R62: a keyring that hangs or is locked does not hold a freeze up; the next login writes it there, and it stays when
/// both journals go.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_waits_for_no_keyring() {
    for mood in [Mood::Hangs, Mood::Locked] {
        let (computer, clock, keyring) = (Profile::none(), MovingClock::starting_now(), Keyring::new());
        let purser = locked(&computer, &clock, &keyring).await;
        keyring.set(mood);
        let id = purser.freeze().await.unwrap().freeze.to_string();
        assert!(purser.freeze_state().frozen);
        keyring.set(Mood::Fine);
        let knows = || keyring.entries().values().any(|entry| entry.contains(&id));
        assert!(!knows());
        log_in(&purser, &clock).await;
        assert!(knows(), "{mood:?}");
        purser.lock(LockCause::Asked).await;
        drop(purser);
        for path in files(computer.outside()).into_keys().filter(|path| path.to_string_lossy().ends_with(".journal")) {
            std::fs::remove_file(computer.outside().join(path)).unwrap();
        }
        clock.pass_s(60);
        let stores = Arc::new(keyring.clone());
        let folder = Folder::new(computer.folder());
        let purser = Purser::hold_with(folder, clock.as_clock(), KdfParams::FLOOR, stores).unwrap();
        log_in(&purser, &clock).await;
        assert!(purser.freeze_state().frozen, "{mood:?}");
        purser.lock(LockCause::Asked).await;
    }
}
