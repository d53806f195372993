//! `purser init`: a new profile with its second factor, from files or at the terminal.

use std::path::Path;
use std::sync::Arc;

use purser_app::clock::SystemClock;
use purser_app::device::probe_keyring;
use purser_app::error::{Code, Error, Result};
use purser_app::profile::Folder;
use purser_app::setup::{Setup, check_password};
use purser_app::store::Business;
use purser_app::{LockCause, Purser};
use purser_vault::KdfParams;
use purser_vault::keyfile::DeviceStore;
use purser_vault::secret::TotpSeed;
use purser_vault::totp;
use serde_json::{Value, json};

use crate::arguments::{Init, KeyringChoice, Language};
use crate::door::{Voice, show_seed};
use crate::new_kit_file::NewKitFile;
use crate::terminal;

pub async fn run(folder: &Path, init: Init, json: bool, language: Language) -> Result<Value> {
    let purser = Purser::hold(Folder::new(folder), Arc::new(SystemClock::new()), KdfParams::DEFAULT)?;
    if purser.folder().has_profile() {
        return Err(Code::ProfileExists.into());
    }
    let kit_file = NewKitFile::free(init.save_kit.clone())?;
    let device_store = device_store(init.keyring)?;
    let typed = terminal::secret(
        init.password_file.as_deref(),
        language.pick("New password", "新密码"),
        "--password-file",
        json,
    )?;
    let password = check_password(&typed, &[&init.name, &init.local_name], false)?;
    if init.password_file.is_none() {
        let again = terminal::secret(None, language.pick("The same again", "再次输入"), "--password-file", json)?;
        if *again != *typed {
            return Err(Error::invalid(language.pick("the two passwords differ", "两次输入的密码不一致")));
        }
    }
    let second_factor = second_factor(&init, json, language)?;
    let business = Business {
        id: 0,
        name: init.name.clone(),
        name_local: init.local_name.clone(),
        base_currency: init.currency.code().to_owned(),
        zone: init.zone.unwrap_or_else(|| jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()),
    };
    let kit_language = language.of_kit();
    let setup = Setup { business, password, device_store, second_factor: Some(second_factor), language: kit_language };
    let made = purser.set_up(setup).await?;
    purser.lock(LockCause::Asked).await;
    // These are shown this once: the person prints or saves them.
    Ok(json!({
        "profile": folder,
        "totp_uri": made.totp_uri.as_deref().map(String::as_str),
        "recovery_codes": made.recovery_codes.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
        "recovery_key": made.recovery_key.as_str(),
        "kit": made.kit_text.as_str(),
        "kit_file": kit_file.save(&made.kit_text, language),
    }))
}

fn device_store(choice: Option<KeyringChoice>) -> Result<DeviceStore> {
    match choice {
        Some(KeyringChoice::File) => Ok(DeviceStore::File),
        Some(KeyringChoice::System) => probe_keyring().map(|_| DeviceStore::Keyring),
        None => probe_keyring().map(|_| DeviceStore::Keyring).map_err(|_| {
            Error::invalid(
                "this computer has no system keyring that answers; pass --keyring file to keep this computer's key \
                 in a file of the profile folder (whoever copies the folder then copies the key too)",
            )
        }),
    }
}

/// A seed from a file with its code, or a new one shown on the terminal and proven there.
fn second_factor(init: &Init, json: bool, language: Language) -> Result<(TotpSeed, String)> {
    if let Some(file) = &init.totp_seed_file {
        let text = terminal::read_secret_file(file)?;
        let seed = TotpSeed::from_base32(&text)
            .map_err(|_| Error::invalid("--totp-seed-file: 32 characters of base32 (160 bits) are expected"))?;
        return Ok((seed, init.code.clone().unwrap_or_default()));
    }
    if !terminal::can_ask(json) {
        return Err(Error::invalid("--totp-seed-file and --code are missing, and there is no terminal to enrol on"));
    }
    let seed = TotpSeed::make()?;
    let uri = totp::enrolment_uri(&seed, &init.name, "owner")?;
    show_seed(&uri, &seed.expose_base32(), Voice { json, language });
    let code = terminal::ask(language.pick("The six digits it shows", "显示的六位数字"))?;
    Ok((seed, code))
}
