//! `purser credentials`, `purser security` and `purser rotate credential`: from arguments to commands.

use std::path::Path;

use purser_app::contract::{Command, Proof, SecurityCommand};
use purser_app::error::{Error, Result};
use purser_app::kept_secrets::WhichSecret;
use purser_books::credential::Order;
use serde_json::{Value, json};

use crate::arguments::door::ProofArguments;
use crate::arguments::security::{Credentials, Device, RotateCredential, Security, parse_step};
use crate::door::Voice;
use crate::render;
use crate::run::send;

/// `purser credentials` with a subcommand.
pub async fn credentials(folder: &Path, act: Credentials, voice: Voice) -> Result<(Value, String)> {
    use SecurityCommand as C;
    let command = match act {
        Credentials::Add { fields } => C::AddCredential { fields: fields.into() },
        Credentials::Change { id, fields } => C::ChangeCredential { id, fields: fields.into() },
        Credentials::Remove { id, proof } => C::RemoveCredential { proof: voice.proof(proof)?, id },
        Credentials::Compromised { id } => C::ReportCredential { id },
        Credentials::Remind { days, proof } => C::RemindAfter { days, proof: given(proof, voice)? },
        Credentials::Keep { id, secret_file, proof } => {
            let prompt = voice.pick("Secret to keep", "要保存的密钥或密码");
            let secret = voice.secret(secret_file.as_deref(), prompt, "--secret-file")?;
            C::KeepSecret { proof: voice.proof(proof)?, id, secret }
        }
        Credentials::Forget { id, proof } => C::ForgetSecret { proof: voice.proof(proof)?, id },
        Credentials::Reveal { id, old, proof } => {
            let which = if old { WhichSecret::Old } else { WhichSecret::Newest };
            C::RevealSecret { proof: voice.proof(proof)?, id, which }
        }
    };
    let value = send(folder, Command::Security(command)).await?;
    let text = render::security::done(&value, voice.language);
    Ok((value, text))
}

/// `purser security` with a subcommand.
pub async fn security(folder: &Path, act: Security, voice: Voice) -> Result<(Value, String)> {
    use SecurityCommand as C;
    let command = match act {
        Security::Wallet { wallet, values, as_of, reviewed } => C::WalletSecurity { wallet, values, as_of, reviewed },
        Security::Device(Device::Add { fields }) => C::AddDevice { fields: fields.into() },
        Security::Device(Device::Change { id, fields }) => C::ChangeDevice { id, fields: fields.into() },
        Security::Device(Device::Remove { id }) => C::RemoveDevice { id },
        Security::Device(Device::Lost { id }) => C::DeviceLost { id, lost: true },
        Security::Device(Device::Found { id }) => C::DeviceLost { id, lost: false },
    };
    let value = send(folder, Command::Security(command)).await?;
    let text = render::security::done(&value, voice.language);
    Ok((value, text))
}

/// `purser rotate credential`.
pub async fn rotate(folder: &Path, rotate: RotateCredential, voice: Voice) -> Result<(Value, String)> {
    use SecurityCommand as C;
    let id = number(&rotate.id, voice)?;
    let order = rotate.revoke_first.then_some(Order::RevokeFirst);
    let command = match rotate.done {
        _ if rotate.give_up => C::AbandonRotation { id },
        Some(step) => {
            let step = if step.is_empty() { None } else { Some(parse_step(&step).map_err(Error::invalid)?) };
            C::RotationStep { id, step, new_expires: rotate.expires }
        }
        None => begin(folder, id, rotate.proof, order, voice).await?,
    };
    let mut value = send(folder, Command::Security(command)).await?;
    if rotate.generate {
        let made = purser_vault::generator::make_string(purser_vault::generator::STRING_CHARS, true)?;
        value["generated"] = json!(made.as_str());
    }
    let text = render::security::rotation(&value, voice.language);
    Ok((value, text))
}

/// A replacement under way is shown without a proof; beginning one asks for it.
async fn begin(
    folder: &Path,
    id: i64,
    proof: ProofArguments,
    order: Option<Order>,
    voice: Voice,
) -> Result<SecurityCommand> {
    let proof = match given(proof, voice)? {
        Some(proof) => Some(proof),
        None if crate::terminal::can_ask(voice.json) && !is_under_way(folder, id).await? => {
            Some(voice.proof(ProofArguments { password_file: None, code: None })?)
        }
        None => None,
    };
    Ok(SecurityCommand::Rotate { id, proof, order })
}

async fn is_under_way(folder: &Path, id: i64) -> Result<bool> {
    let board = send(folder, Command::Security(SecurityCommand::Credentials)).await?;
    let rows = board["rows"].as_array().into_iter().flatten();
    Ok(rows.into_iter().any(|row| row["id"] == id.to_string().as_str() && row["rotation"].is_object()))
}

/// A proof, where one is given.
fn given(proof: ProofArguments, voice: Voice) -> Result<Option<Proof>> {
    if proof.password_file.is_none() && proof.code.is_none() { Ok(None) } else { voice.proof(proof).map(Some) }
}

/// The number of a stored credential. Purser's own have commands of their own.
fn number(id: &str, voice: Voice) -> Result<i64> {
    id.parse().map_err(|_| {
        Error::invalid(match voice.language {
            crate::arguments::Language::English => {
                format!("\"{id}\" is no number of a credential; Purser's own are replaced with purser rotate password, totp, recovery or database")
            }
            crate::arguments::Language::Chinese => {
                format!("“{id}”不是凭证编号；Purser 自身的凭证请用 purser rotate password、totp、recovery 或 database 更换")
            }
        })
    })
}
