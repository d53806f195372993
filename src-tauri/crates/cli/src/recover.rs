//! `purser recover`: starting over with the recovery kit, from files or at the terminal.

use std::path::Path;
use std::sync::Arc;

use purser_app::clock::SystemClock;
use purser_app::error::{Error, Result};
use purser_app::profile::Folder;
use purser_app::recovery::{Recovered, Recovery};
use purser_app::{Code, LockCause, Purser};
use purser_vault::KdfParams;
use purser_vault::keyfile::DeviceStore;
use purser_vault::secret::TotpSeed;
use serde_json::{Value, json};

use crate::arguments::{KeyringChoice, Recover};
use crate::door::{Voice, show_seed};
use crate::new_kit_file::NewKitFile;
use crate::terminal;

pub async fn run(folder: &Path, recover: Recover, voice: Voice) -> Result<Value> {
    if !Folder::new(folder).has_profile() {
        return Err(Code::NoProfile.into());
    }
    let kit_file = NewKitFile::free(recover.save_kit)?;
    let purser = Purser::hold(Folder::new(folder), Arc::new(SystemClock::new()), KdfParams::DEFAULT)?;
    let seed = recover.totp_seed_file.as_deref().map(terminal::read_secret_file).transpose()?;
    let seed = seed.map(|text| TotpSeed::from_base32(&text)).transpose();
    let seed = seed.map_err(|_| Error::invalid("--totp-seed-file: 32 characters of base32 (160 bits) are expected"))?;
    if seed.is_none() && !terminal::can_ask(voice.json) {
        return Err(Error::invalid("--totp-seed-file and --code are missing, and there is no terminal to enrol on"));
    }
    let kit = voice.secret(
        recover.kit_file.as_deref(),
        voice.pick("Key of the recovery kit", "恢复套件中的密钥"),
        "--kit-file",
    )?;
    let view = purser.begin_recovery(&kit.0, seed).await?;
    let new_password = voice.new_password(recover.new_password_file.as_deref(), "--new-password-file")?.0;
    let code = match recover.code {
        Some(code) => code,
        None => {
            show_seed(&view.uri, &view.secret, voice);
            terminal::ask(voice.pick("The six digits it shows", "显示的六位数字"))?
        }
    };
    let device_store = recover.keyring.map(|choice| match choice {
        KeyringChoice::System => DeviceStore::Keyring,
        KeyringChoice::File => DeviceStore::File,
    });
    let language = voice.language.of_kit();
    let done = purser.finish_recovery(Recovery { new_password, code, device_store, language }).await?;
    purser.lock(LockCause::Asked).await;
    let Recovered { kit, recovery_codes, books_renewed, .. } = done;
    // These are shown this once: the person prints or saves them.
    Ok(json!({
        "profile": folder,
        "totp_uri": view.uri.as_str(),
        "recovery_codes": recovery_codes.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
        "recovery_key": kit.recovery_key.as_str(),
        "kit": kit.text.as_str(),
        "kit_file": kit_file.save(&kit.text, voice.language),
        "database_rotated": books_renewed,
    }))
}
