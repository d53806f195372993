//! The demo: a real profile with a random password, in a private folder in memory where the system has one.
//! The same code as for everybody else's; only the folder goes away at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use purser_vault::KdfParams;
use purser_vault::keyfile::DeviceStore;
use purser_vault::kit::KitLanguage;
use purser_vault::secret::{Passphrase, RecoveryKey};
use tempfile::TempDir;

use crate::clock::Clock;
use crate::contract::{CredentialFields, DeviceFields, device_details};
use crate::error::{Code, Error, Result};
use crate::import::{self, ImportOptions, JobControl, StatementFile};
use crate::profile::Folder;
use crate::setup::Setup;
use crate::store::{Business, StatusValue};
use crate::wallet_security::WalletSecurityChange;
use crate::{Action, Purser};

const PREFIX: &str = "purser-demo-";

/// What the practice company hands in.
#[derive(Debug, Clone)]
pub struct DemoBooks {
    pub business: Business,
    /// Name and bytes of each statement file.
    pub files: Vec<(String, Vec<u8>)>,
    /// Provider code and what was written down of its wallet; the wallet's number is filled in here.
    pub statuses: Vec<(String, StatusValue)>,
    /// JSON of credentials, wallets and devices, in the words of the command line; empty = none.
    pub security: String,
}

/// What was written down of credentials, wallets and devices.
#[derive(Default, serde::Deserialize)]
struct DemoSecurity {
    credentials: Vec<CredentialFields>,
    wallets: Vec<DemoProtection>,
    devices: Vec<DeviceFields>,
}

#[derive(serde::Deserialize)]
struct DemoProtection {
    wallet: String,
    #[serde(flatten)]
    change: WalletSecurityChange,
}

/// Opens the demo. It is gone when the value is dropped.
pub async fn open(books: DemoBooks, clock: Arc<dyn Clock>) -> Result<Purser> {
    let base = base_folder();
    sweep(&base);
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&base)?;
    let mut purser = Purser::hold(Folder::new(folder.path()), clock, KdfParams::FLOOR)?;
    purser.demo_folder = Some(folder);
    // A password nobody knows: 130 random bits as text.
    let password = Passphrase::from_typed(&RecoveryKey::make().expose_text())?;
    let setup = Setup {
        business: books.business,
        password,
        device_store: DeviceStore::File,
        second_factor: None,
        language: KitLanguage::English,
    };
    purser.set_up(setup).await?;
    let permit = purser.permit(Action::Import).await?;
    let now_ms = purser.now_ms();
    let files: Vec<StatementFile> =
        books.files.into_iter().map(|(name, bytes)| StatementFile::in_memory(&name, bytes)).collect();
    let options = ImportOptions::default();
    let receipts = import::import(permit.store(), &files, &options, false, now_ms, &JobControl::default()).await?;
    if let Some(refused) = receipts.iter().find_map(|receipt| receipt.refused.as_ref()) {
        return Err(Error::new(Code::Internal, format!("practice file: {}", refused.message)));
    }
    let wallets = permit.store().wallets().await?;
    for (provider, mut status) in books.statuses {
        if let Some(wallet) = wallets.iter().find(|wallet| wallet.provider == provider) {
            status.wallet_id = wallet.id;
            permit.store().record_status(&status, now_ms).await?;
        }
    }
    if !books.security.is_empty() {
        fill_security(&purser, &books.security).await?;
    }
    Ok(purser)
}

async fn fill_security(purser: &Purser, text: &str) -> Result<()> {
    let DemoSecurity { credentials, wallets, devices } =
        serde_json::from_str(text).map_err(|_| Error::new(Code::Internal, "the practice company's security"))?;
    for fields in credentials {
        let details = purser.details(None, fields).await?;
        purser.write_credential_down(details).await?;
    }
    for DemoProtection { wallet, change } in wallets {
        let permit = purser.permit(Action::ManageSecurity).await?;
        let wallet = permit.store().wallet_named(&wallet).await?;
        purser.set_wallet_security(wallet.id, change).await?;
    }
    for fields in devices {
        purser.add_device(device_details(None, fields)).await?;
    }
    Ok(())
}

/// Memory where the system offers it as a folder.
fn base_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if cfg!(target_os = "linux") && tempfile::tempfile_in(memory).is_ok() {
        return memory.to_path_buf();
    }
    std::env::temp_dir()
}

/// Removes demos whose process was killed: nobody holds their lock. What is in them is encrypted with a lost password.
fn sweep(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let is_demo = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_demo && entry.path().join("keys.json").exists() && Folder::new(entry.path()).hold().is_ok() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Kept by the [`Purser`] of a demo; removes the folder when it goes.
pub(crate) type DemoFolder = Option<TempDir>;
