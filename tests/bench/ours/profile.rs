//! A real profile: a password, the device secret in a file, no second factor. Its password hash is the cheapest
//! that is accepted; where derivation matters it is measured by itself.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use purser_app::clock::SystemClock;
use purser_app::import::{ImportOptions, JobControl, Receipt, StatementFile, import};
use purser_app::profile::Folder;
use purser_app::setup::Setup;
use purser_app::store::Business;
use purser_app::{Action, LockCause, Next, Permit, Purser};
use purser_practice::BUSINESS;
use purser_vault::KdfParams;
use purser_vault::keyfile::DeviceStore;
use purser_vault::kit::KitLanguage;
use purser_vault::secret::Passphrase;

use crate::stopwatch::Stopwatch;

pub fn passphrase() -> Result<Passphrase> {
    Ok(Passphrase::from_typed("tide lantern copper 47")?)
}

pub fn hold(folder: &Path) -> Result<Purser> {
    Ok(Purser::hold(Folder::new(folder), Arc::new(SystemClock::new()), KdfParams::FLOOR)?)
}

/// A new profile, open.
pub async fn create(folder: &Path) -> Result<Purser> {
    let purser = hold(folder)?;
    let business = Business {
        id: 0,
        name: BUSINESS.name.to_owned(),
        name_local: BUSINESS.local_name.to_owned(),
        base_currency: BUSINESS.base_currency.to_owned(),
        zone: BUSINESS.zone.to_owned(),
    };
    let setup = Setup {
        business,
        password: passphrase()?,
        device_store: DeviceStore::File,
        second_factor: None,
        language: KitLanguage::English,
    };
    purser.set_up(setup).await?;
    Ok(purser)
}

/// An existing profile, open.
pub async fn unlock(folder: &Path) -> Result<Purser> {
    let purser = hold(folder)?;
    open(&purser).await?;
    Ok(purser)
}

pub async fn open(purser: &Purser) -> Result<()> {
    if purser.unlock_password(passphrase()?, None).await? != Next::Open {
        bail!("the benchmark's profile has no second factor");
    }
    Ok(())
}

pub async fn close(purser: &Purser) {
    purser.lock(LockCause::Asked).await;
}

pub async fn reading(purser: &Purser) -> Result<Permit> {
    Ok(purser.permit(Action::ReadBooks).await?)
}

/// Imports a file, or shows what importing it would do; gives the rows it has and the time from path to receipt.
pub async fn take_in(purser: &Purser, path: &Path, preview: bool) -> Result<(u64, std::time::Duration)> {
    let permit = purser.permit(Action::Import).await?;
    let watch = Stopwatch::start();
    let files = StatementFile::expand(&[path.to_path_buf()], None).await?;
    let options = ImportOptions::default();
    let control = JobControl::default();
    let receipts = import(permit.store(), &files, &options, preview, purser.now_ms(), &control).await?;
    let took = watch.took();
    Ok((rows_of(&receipts)?, took))
}

/// The rows of the one receipt; a row that was not stored would make the figure a false one.
fn rows_of(receipts: &[Receipt]) -> Result<u64> {
    let [receipt] = receipts else { bail!("{} receipts for one file", receipts.len()) };
    if let Some(refused) = &receipt.refused {
        bail!("{} was refused: {}", receipt.file, refused.message);
    }
    let taken = receipt.taken.as_ref().context("neither taken nor refused")?;
    if taken.rows == 0 || taken.stored + taken.already_present != taken.rows || taken.agrees == Some(false) {
        bail!("{}: {} of {} rows were stored", receipt.file, taken.stored, taken.rows);
    }
    Ok(taken.rows)
}
