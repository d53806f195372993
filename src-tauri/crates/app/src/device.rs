//! Where this computer's secrets are kept: the system keyring, or a file the owner chose knowingly.
//!
//! Two entries per profile: the device secret of a slot, without which the password opens nothing, and the anchor,
//! which knows what was seen last, so that copied-back files are noticed. In a file both can be copied with the folder.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use purser_books::freeze::FreezeId;
use purser_vault::key::StateMacKey;
use purser_vault::keyfile::{DeviceStore, Seen};
use purser_vault::secret::DeviceSecret;
use purser_vault::{FileId, SlotId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::files;

const SERVICE: &str = "app.purser.desktop";
/// A keyring that asks the person something may take for ever; the login says so instead of hanging.
const LIMIT: Duration = Duration::from_secs(5);
const DEVICE_FILE: &str = "device.json";

/// A place for short secret texts.
pub trait SecretStore: Send + Sync {
    fn read(&self, entry: &str) -> Result<Option<Zeroizing<String>>>;
    fn write(&self, entry: &str, secret: &str) -> Result<()>;
    /// No error when there is none.
    fn remove(&self, entry: &str) -> Result<()>;
    /// Which product keeps the secrets; a change is told to the person, never followed silently.
    fn vendor(&self) -> Result<String>;
}

/// What this computer remembers of the profile outside its folder.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    version: u8,
    state_mac: Zeroizing<String>,
    /// Owner pin, highest revision and wrap counters.
    pub seen: Seen,
    /// Highest sequence number of auth.state.
    pub auth_seq: u64,
    /// How far the audit log had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<SeenLog>,
    /// Freezes that are not known to be ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freezes: Vec<FreezeId>,
}

/// The newest row of the audit log that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenLog {
    pub size: u64,
    pub hash: [u8; 32],
}

impl std::fmt::Debug for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Anchor").field("auth_seq", &self.auth_seq).finish_non_exhaustive()
    }
}

impl Anchor {
    #[must_use]
    pub fn new(state_mac: &StateMacKey, seen: Seen) -> Anchor {
        Anchor { version: 1, state_mac: state_mac.expose_base64(), seen, auth_seq: 0, audit: None, freezes: Vec::new() }
    }

    pub fn state_mac(&self) -> Result<StateMacKey> {
        Ok(StateMacKey::from_base64(&self.state_mac)?)
    }
}

/// The entries of one profile.
pub struct Device {
    store: Box<dyn SecretStore>,
    file_id: FileId,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device")
    }
}

impl Device {
    #[must_use]
    pub fn new(store: Box<dyn SecretStore>, file_id: FileId) -> Device {
        Device { store, file_id }
    }

    pub fn vendor(&self) -> Result<String> {
        self.store.vendor()
    }

    pub fn write_secret(&self, slot: SlotId, secret: &DeviceSecret) -> Result<()> {
        // The device secret leaves its type here: the keyring takes text.
        self.store.write(&format!("device:{}:{slot}", self.file_id), &secret.expose_base64())
    }

    /// `KeyringMissing` when the profile exists and its secret does not: a new one is never made in its place.
    pub fn read_secret(&self, slot: SlotId) -> Result<DeviceSecret> {
        let text = self.store.read(&format!("device:{}:{slot}", self.file_id))?.ok_or(Code::KeyringMissing)?;
        Ok(DeviceSecret::from_base64(&text)?)
    }

    /// The secret of a slot that is gone.
    pub fn remove_secret(&self, slot: SlotId) -> Result<()> {
        self.store.remove(&format!("device:{}:{slot}", self.file_id))
    }

    pub fn write_anchor(&self, anchor: &Anchor) -> Result<()> {
        let text = Zeroizing::new(serde_json::to_string(anchor).map_err(|_| Error::new(Code::Internal, "anchor"))?);
        self.store.write(&format!("anchor:{}", self.file_id), &text)
    }

    pub fn read_anchor(&self) -> Result<Anchor> {
        let text = self.store.read(&format!("anchor:{}", self.file_id))?.ok_or(Code::KeyringMissing)?;
        serde_json::from_str(&text).map_err(|_| Error::new(Code::Damaged, "the anchor entry"))
    }
}

/// Where a profile's secrets are kept, by its own choice. Tests put stores of other moods here.
pub trait SecretStores: Send + Sync + std::fmt::Debug {
    fn open(&self, kind: DeviceStore, folder: &Path) -> Result<Box<dyn SecretStore>>;
}

/// The stores of this computer.
#[derive(Debug, Clone, Copy)]
pub struct SystemStores;

impl SecretStores for SystemStores {
    fn open(&self, kind: DeviceStore, folder: &Path) -> Result<Box<dyn SecretStore>> {
        match kind {
            DeviceStore::Keyring => Ok(Box::new(Patient::start(SystemKeyring)?)),
            DeviceStore::File => Ok(Box::new(SecretFile::new(folder))),
            DeviceStore::None => Err(Error::invalid("a profile needs a device secret: keyring or file")),
        }
    }
}

type Call<S> = Box<dyn FnOnce(&S) + Send>;

/// A store whose calls block, and some of which never return, on one thread of its own: after five seconds the caller
/// gets an answer all the same.
pub struct Patient<S> {
    calls: Mutex<mpsc::Sender<Call<S>>>,
}

impl<S: SecretStore + 'static> Patient<S> {
    pub fn start(store: S) -> Result<Patient<S>> {
        let (sender, receiver) = mpsc::channel::<Call<S>>();
        std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            for call in receiver {
                call(&store);
            }
        })?;
        Ok(Patient { calls: Mutex::new(sender) })
    }

    fn call<T: Send + 'static>(&self, work: impl FnOnce(&S) -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, wait) = mpsc::channel();
        let call: Call<S> = Box::new(move |store| {
            let _ = answer.send(work(store));
        });
        let calls = self.calls.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        calls.send(call).map_err(|_| Code::KeyringLocked)?;
        let answered = || wait.recv_timeout(LIMIT);
        // A runtime's worker hands its other tasks on before it waits (R19).
        let on_worker = tokio::runtime::Handle::try_current()
            .is_ok_and(|handle| handle.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread);
        let result = if on_worker { tokio::task::block_in_place(answered) } else { answered() };
        result.unwrap_or_else(|_| Err(Error::new(Code::KeyringLocked, "no answer in 5 s")))
    }
}

impl<S> std::fmt::Debug for Patient<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Patient")
    }
}

impl<S: SecretStore + 'static> SecretStore for Patient<S> {
    fn read(&self, entry: &str) -> Result<Option<Zeroizing<String>>> {
        let entry = entry.to_owned();
        self.call(move |store| store.read(&entry))
    }

    fn write(&self, entry: &str, secret: &str) -> Result<()> {
        let (entry, secret) = (entry.to_owned(), Zeroizing::new(secret.to_owned()));
        self.call(move |store| store.write(&entry, &secret))
    }

    fn remove(&self, entry: &str) -> Result<()> {
        let entry = entry.to_owned();
        self.call(move |store| store.remove(&entry))
    }

    fn vendor(&self) -> Result<String> {
        self.call(SecretStore::vendor)
    }
}

/// The system keyring. Its calls block: see [`Patient`].
#[derive(Debug, Clone, Copy)]
pub struct SystemKeyring;

impl SecretStore for SystemKeyring {
    fn read(&self, entry: &str) -> Result<Option<Zeroizing<String>>> {
        match keyring::Entry::new(SERVICE, entry).and_then(|entry| entry.get_password()) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(keyring_error(&error)),
        }
    }

    fn write(&self, entry: &str, secret: &str) -> Result<()> {
        let written = keyring::Entry::new(SERVICE, entry).and_then(|entry| entry.set_password(secret));
        written.map_err(|error| keyring_error(&error))
    }

    fn remove(&self, entry: &str) -> Result<()> {
        match keyring::Entry::new(SERVICE, entry).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(keyring_error(&error)),
        }
    }

    fn vendor(&self) -> Result<String> {
        match keyring::Entry::store_status() {
            Ok(()) => Ok(keyring_core::get_default_store().map(|store| store.vendor()).unwrap_or_default()),
            Err(_) => Err(keyring_error(&keyring::Error::NoDefaultStore)),
        }
    }
}

fn keyring_error(error: &keyring::Error) -> Error {
    match error {
        keyring::Error::NoEntry => Code::KeyringMissing.into(),
        keyring::Error::NoDefaultStore => {
            Error::new(Code::KeyringMissing, "this computer has no system keyring that answers")
        }
        keyring::Error::NoStorageAccess(_) => Code::KeyringLocked.into(),
        // The platform's own words may name the entry: only the class goes on.
        _ => Error::new(Code::KeyringLocked, "the keyring answered with an error"),
    }
}

/// The owner's choice where there is no keyring: a file beside the others, readable by its owner only.
pub struct SecretFile {
    path: PathBuf,
}

type Entries = std::collections::BTreeMap<String, Zeroizing<String>>;

impl SecretFile {
    #[must_use]
    pub fn new(folder: &Path) -> SecretFile {
        SecretFile { path: folder.join(DEVICE_FILE) }
    }

    fn replace(&self, entries: &Entries) -> Result<()> {
        let bytes = Zeroizing::new(serde_json::to_vec(entries).map_err(|_| Error::new(Code::Internal, "device.json"))?);
        Ok(files::replace(&self.path, &bytes, "device")?)
    }

    fn entries(&self) -> Result<Entries> {
        let bytes = match files::read_small(&self.path, 256 * 1024) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Default::default()),
            Err(error) => return Err(error.into()),
        };
        serde_json::from_slice(&bytes).map_err(|_| Error::new(Code::Damaged, "device.json"))
    }
}

impl std::fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretFile")
    }
}

impl SecretStore for SecretFile {
    fn read(&self, entry: &str) -> Result<Option<Zeroizing<String>>> {
        Ok(self.entries()?.remove(entry))
    }

    fn write(&self, entry: &str, secret: &str) -> Result<()> {
        let mut entries = self.entries()?;
        entries.insert(entry.to_owned(), Zeroizing::new(secret.to_owned()));
        self.replace(&entries)
    }

    fn remove(&self, entry: &str) -> Result<()> {
        let mut entries = self.entries()?;
        if entries.remove(entry).is_some() { self.replace(&entries) } else { Ok(()) }
    }

    fn vendor(&self) -> Result<String> {
        Ok("file".to_owned())
    }
}

/// Whether this computer has a keyring that answers, and which. Writes and removes nothing.
pub fn probe_keyring() -> Result<String> {
    let keyring = Patient::start(SystemKeyring)?;
    let vendor = keyring.vendor()?;
    // A store that exists and cannot be read is as good as none for a new profile.
    keyring.read("probe")?;
    Ok(vendor)
}
