//! `purser rotate` and `purser slot`: from arguments to commands, and their answers for people.

use std::path::Path;
use std::sync::Arc;

use purser_app::Purser;
use purser_app::agent::{self, AcceptRequest, Request};
use purser_app::clock::SystemClock;
use purser_app::contract::{Command, DoorCommand, Proof, SecretText};
use purser_app::error::{Code, Error, Result};
use purser_app::profile::Folder;
use purser_vault::KdfParams;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::arguments::Language;
use crate::arguments::door::{ProofArguments, Rotate, Slot};
use crate::run::send;
use crate::{render, terminal};

/// How a command speaks.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    pub json: bool,
    pub language: Language,
}

impl Voice {
    pub fn pick(self, english: &'static str, chinese: &'static str) -> &'static str {
        self.language.pick(english, chinese)
    }

    /// A secret of a file, or typed.
    pub fn secret(self, file: Option<&Path>, prompt: &str, flag: &str) -> Result<SecretText> {
        terminal::secret(file, prompt, flag, self.json).map(SecretText)
    }

    /// A code given as an argument, or typed; `None` where nobody can be asked.
    fn code(self, given: Option<String>, prompt: &str) -> Result<Option<SecretText>> {
        let code = match given {
            Some(code) => Some(code),
            None if terminal::can_ask(self.json) => Some(terminal::ask(prompt)?),
            None => None,
        };
        Ok(code.map(|code| SecretText(Zeroizing::new(code))))
    }

    pub fn proof(self, arguments: ProofArguments) -> Result<Proof> {
        let password = self.pick("Present password", "当前密码");
        let password = self.secret(arguments.password_file.as_deref(), password, "--password-file")?;
        let code = self.code(arguments.code, self.pick("Six digits, or a recovery code", "六位验证码或恢复码"))?;
        Ok(Proof { password, code })
    }

    /// A new password; typed twice where it is typed.
    pub fn new_password(self, file: Option<&Path>, flag: &str) -> Result<SecretText> {
        let typed = self.secret(file, self.pick("New password", "新密码"), flag)?;
        if file.is_none() {
            let again = self.secret(None, self.pick("The same again", "再次输入"), flag)?;
            if *again.0 != *typed.0 {
                return Err(Error::invalid(self.pick("the two passwords differ", "两次输入的密码不一致")));
            }
        }
        Ok(typed)
    }
}

/// `purser rotate`.
pub async fn rotate(folder: &Path, rotate: Rotate, voice: Voice) -> Result<(Value, String)> {
    let command = match rotate {
        Rotate::Totp { proof, totp_seed_file, new_code } => {
            return rotate_totp(folder, proof, totp_seed_file.as_deref(), new_code, voice).await;
        }
        Rotate::Credential(credential) => return crate::security::rotate(folder, credential, voice).await,
        Rotate::Password { proof, new_password_file, compromised } => {
            let proof = voice.proof(proof)?;
            let new_password = voice.new_password(new_password_file.as_deref(), "--new-password-file")?;
            DoorCommand::RotatePassword { proof, new_password, compromised }
        }
        Rotate::Recovery { proof } => DoorCommand::RotateRecovery { proof: voice.proof(proof)? },
        Rotate::Database { proof } => DoorCommand::RotateDatabase { proof: voice.proof(proof)? },
    };
    let value = send(folder, Command::Door(command)).await?;
    let text = render::door::rotated(&value, voice.language);
    Ok((value, text))
}

/// In one go where everything is given; else the secret first, and its six digits when somebody has scanned it.
async fn rotate_totp(
    folder: &Path,
    proof: ProofArguments,
    seed_file: Option<&Path>,
    new_code: Option<String>,
    voice: Voice,
) -> Result<(Value, String)> {
    let begun_before = new_code.is_some() && seed_file.is_none() && proof.password_file.is_none();
    let mut code = new_code.map(|code| SecretText(Zeroizing::new(code)));
    if !begun_before {
        let seed = seed_file.map(terminal::read_secret_file).transpose()?.map(SecretText);
        let command = DoorCommand::RotateTotp { proof: voice.proof(proof)?, seed };
        let begun = send(folder, Command::Door(command)).await?;
        if code.is_none() && terminal::can_ask(voice.json) {
            show_begun(&begun, voice);
            let asked = terminal::ask(voice.pick("The six digits it shows", "显示的六位数字"))?;
            code = Some(SecretText(Zeroizing::new(asked)));
        }
        if code.is_none() {
            let text = render::door::seed(&begun, voice.language);
            return Ok((begun, text));
        }
    }
    let code = code.ok_or(Code::Internal)?;
    let value = send(folder, Command::Door(DoorCommand::ConfirmTotp { code })).await?;
    let text = render::door::rotated(&value, voice.language);
    Ok((value, text))
}

/// A seed to be scanned, on the terminal.
pub fn show_seed(uri: &str, secret: &str, voice: Voice) {
    if let Ok(code) = qrcode::QrCode::new(uri.as_bytes()) {
        terminal::say(&code.render::<qrcode::render::unicode::Dense1x2>().build());
    }
    terminal::say(
        voice
            .pick("Scan this with your authenticator app, or type the secret:", "请用身份验证器扫描，或手动输入密钥："),
    );
    terminal::say(secret);
}

fn show_begun(begun: &Value, voice: Voice) {
    let text = |field: &str| begun[field].as_str().unwrap_or_default();
    show_seed(text("totp_uri"), text("secret"), voice);
}

/// `purser slot`.
pub async fn slot(folder: &Path, slot: Slot, voice: Voice) -> Result<(Value, String)> {
    let command = match slot {
        Slot::Accept { name, invitation_file, password_file, code } => {
            return accept(folder, name, invitation_file.as_deref(), password_file.as_deref(), code, voice).await;
        }
        Slot::List => DoorCommand::People,
        Slot::ProveKit { kit_file } => {
            let prompt = voice.pick("Key of the recovery kit", "恢复套件中的密钥");
            DoorCommand::ProveKit { kit: voice.secret(kit_file.as_deref(), prompt, "--kit-file")? }
        }
        Slot::Add { name, role, limits, proof } => DoorCommand::Invite {
            proof: voice.proof(proof)?,
            name,
            role: role.into(),
            until: limits.until,
            wallets: limits.wallets,
        },
        Slot::Change { name, limits, proof } => {
            DoorCommand::ChangePerson { proof: voice.proof(proof)?, name, until: limits.until, wallets: limits.wallets }
        }
        Slot::Enable { name, proof } => DoorCommand::EnablePerson { proof: voice.proof(proof)?, name },
        Slot::Revoke { name, proof } => DoorCommand::Revoke { proof: voice.proof(proof)?, name },
    };
    let value = send(folder, Command::Door(command)).await?;
    let text = render::door::people(&value, voice.language);
    Ok((value, text))
}

async fn accept(
    folder: &Path,
    name: String,
    invitation: Option<&Path>,
    password: Option<&Path>,
    code: Option<String>,
    voice: Voice,
) -> Result<(Value, String)> {
    if !Folder::new(folder).has_profile() {
        return Err(Code::NoProfile.into());
    }
    let invitation = voice.secret(invitation, voice.pick("Code of the invitation", "邀请码"), "--invitation-file")?;
    let mut request = AcceptRequest { name, invitation, password: None, code };
    let at_terminal = terminal::can_ask(voice.json) && request.code.is_none();
    if request.code.is_none() {
        let begun = ask(folder, &request).await?;
        if !at_terminal {
            let text = render::door::seed(&begun, voice.language);
            return Ok((begun, text));
        }
        show_begun(&begun, voice);
        request.code = Some(terminal::ask(voice.pick("The six digits it shows", "显示的六位数字"))?);
    }
    request.password = Some(voice.new_password(password, "--password-file")?);
    let value = ask(folder, &request).await?;
    let text = render::door::rotated(&value, voice.language);
    Ok((value, text))
}

/// The process that holds the profile, or this one where nobody does.
async fn ask(folder: &Path, request: &AcceptRequest) -> Result<Value> {
    if let Some(value) = agent::ask(folder, &Request::Accept(request.clone()), &|_| {}).await? {
        return Ok(value);
    }
    let purser = Purser::hold(Folder::new(folder), Arc::new(SystemClock::new()), KdfParams::DEFAULT)?;
    agent::accept(&purser, request).await
}
