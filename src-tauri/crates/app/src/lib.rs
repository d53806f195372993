#![doc = include_str!("../README.md")]

pub mod agent;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod contacts;
pub mod contract;
pub mod credentials;
pub mod demo;
pub mod detail;
pub mod device;
pub mod devices;
pub mod error;
pub mod evidence_pack;
pub mod export;
pub mod facts;
pub mod fees;
pub mod files;
pub mod freeze;
pub mod guard;
pub mod import;
pub mod incident;
pub mod kept_secrets;
mod login;
pub mod overview;
mod password;
pub mod payouts;
pub mod pdf;
pub mod people;
pub mod profile;
pub mod recovery;
mod renewal;
pub mod role;
mod rotations;
pub mod second_factor;
pub mod security;
pub mod session;
pub mod settings;
pub mod setup;
mod source_text;
pub mod statement;
pub mod step_up;
pub mod store;
mod system_lock;
pub mod verify;
pub mod wallet_security;

use std::sync::{Arc, Mutex};

use purser_vault::KdfParams;
use purser_vault::auth_state::Moment;
use purser_vault::keyfile::KeyFile;
use tokio::sync::{RwLock, watch};

use clock::Clock;
use device::{Device, SecretStores, SystemStores};
pub use error::{Code, Error, Result};
use login::FreshCode;
pub use login::Login;
use profile::{Folder, ProfileLock};
use recovery::BegunRecovery;
pub use role::Action;
use second_factor::Enrolment;
use session::State;
pub use session::{LockCause, Next, Permit, Phase};
use setup::PendingKit;
pub use step_up::{Act, StepUp};

/// One profile, held by this process.
pub struct Purser {
    pub(crate) folder: Folder,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) kdf: KdfParams,
    pub(crate) stores: Arc<dyn SecretStores>,
    pub(crate) state: session::StateLock,
    /// Counts how often it was locked: a login that a lock fell into does not open.
    pub(crate) locks: std::sync::atomic::AtomicU64,
    /// One login at a time: two tries at once must not share one code.
    pub(crate) login: tokio::sync::Mutex<()>,
    /// Answers to the questions of an incident are taken in one after the other: each keeps what the others said.
    pub(crate) answering: tokio::sync::Mutex<()>,
    /// Held for writing while the books are copied to another key: nobody reaches them meanwhile.
    pub(crate) renewing: RwLock<()>,
    pub(crate) fresh_code: Mutex<Option<FreshCode>>,
    pub(crate) kit: Mutex<Option<PendingKit>>,
    pub(crate) enrolment: Mutex<Option<Enrolment>>,
    pub(crate) recovery: Mutex<Option<BegunRecovery>>,
    pub(crate) freezing: freeze::Flag,
    changes: watch::Sender<u64>,
    _lock: ProfileLock,
    /// After the lock: the folder goes last.
    pub(crate) demo_folder: demo::DemoFolder,
}

impl std::fmt::Debug for Purser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Purser")
    }
}

impl Purser {
    /// Takes a profile folder for this process; there need not be a profile in it yet.
    pub fn hold(folder: Folder, clock: Arc<dyn Clock>, kdf: KdfParams) -> Result<Purser> {
        Purser::hold_with(folder, clock, kdf, Arc::new(SystemStores))
    }

    /// The same with secrets kept elsewhere than in the stores of this computer.
    pub fn hold_with(
        folder: Folder,
        clock: Arc<dyn Clock>,
        kdf: KdfParams,
        stores: Arc<dyn SecretStores>,
    ) -> Result<Purser> {
        let lock = folder.hold()?;
        if !folder.has_profile() {
            folder.sweep()?;
        }
        backup::rehearsal::sweep(&folder);
        Ok(Purser {
            folder,
            clock,
            kdf,
            stores,
            state: RwLock::new(State::Closed),
            locks: std::sync::atomic::AtomicU64::new(0),
            login: tokio::sync::Mutex::new(()),
            answering: tokio::sync::Mutex::new(()),
            renewing: RwLock::new(()),
            fresh_code: Mutex::new(None),
            kit: Mutex::new(None),
            enrolment: Mutex::new(None),
            recovery: Mutex::new(None),
            freezing: freeze::Flag::default(),
            changes: watch::Sender::new(0),
            _lock: lock,
            demo_folder: None,
        })
    }

    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Whether this is the practice company.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.demo_folder.is_some()
    }

    /// Wall time in milliseconds, signed as the store keeps it.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        i64::try_from(self.now().wall_ms).unwrap_or(i64::MAX)
    }

    /// Changes whenever the session opens, ends or the books change; the window listens.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub fn announce(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// The key file, checked against what this computer saw last, and where its secrets are.
    pub(crate) fn key_file(&self) -> Result<(KeyFile, Device)> {
        let bytes = self.folder.read_keys()?;
        // The file says where its anchor is; the anchor then judges the file.
        let unpinned = KeyFile::parse(&bytes, &purser_vault::keyfile::Seen::default())?;
        let store = self.stores.open(unpinned.device_store(), self.folder.root())?;
        let device = Device::new(store, unpinned.file_id());
        if device.vendor()? != unpinned.store_vendor() {
            return Err(Error::new(Code::KeyringChanged, unpinned.store_vendor().to_owned()));
        }
        let key_file = KeyFile::parse(&bytes, &device.read_anchor()?.seen)?;
        Ok((key_file, device))
    }

    /// Writes a changed key file and remembers it as seen.
    pub(crate) fn save_key_file(&self, key_file: &KeyFile, device: &Device) -> Result<()> {
        self.folder.write_keys(&key_file.to_bytes()?)?;
        let mut anchor = device.read_anchor()?;
        anchor.seen.raise(key_file);
        device.write_anchor(&anchor)
    }
}
