//! The commands about passwords, factors, keys and people.

use purser_vault::keyfile::SlotKind;
use purser_vault::secret::{Passphrase, TotpSeed};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::Purser;
use crate::error::{Code, Error, Result};
use crate::overview::rfc3339;
use crate::people::{Invite, Person, last_day, zone_of};
use crate::role::Action;
use crate::step_up::{Act, StepUp};
use crate::store::Wallet;

/// A secret on its way over the owner-only socket. Its Debug shows nothing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(pub Zeroizing<String>);

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// What proves the person anew for one act.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proof {
    pub password: SecretText,
    /// Six digits or a recovery code.
    pub code: Option<SecretText>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "door")]
pub enum DoorCommand {
    RotatePassword {
        proof: Proof,
        new_password: SecretText,
        /// Somebody else may know the old one.
        compromised: bool,
    },
    ReportCompromised,
    /// Begins a new second factor, with the seed given or a new one.
    RotateTotp {
        proof: Proof,
        seed: Option<SecretText>,
    },
    /// Ends it with a code of the new one.
    ConfirmTotp {
        code: SecretText,
    },
    RotateRecovery {
        proof: Proof,
    },
    /// The recovery key or the whole saved kit comes back: it exists outside of the computer.
    ProveKit {
        kit: SecretText,
    },
    RotateDatabase {
        proof: Proof,
    },
    People,
    Invite {
        proof: Proof,
        name: String,
        role: SlotKind,
        until: Option<String>,
        /// Names; empty = all.
        wallets: Vec<String>,
    },
    ChangePerson {
        proof: Proof,
        name: String,
        until: Option<String>,
        wallets: Vec<String>,
    },
    EnablePerson {
        proof: Proof,
        name: String,
    },
    Revoke {
        proof: Proof,
        name: String,
    },
}

impl DoorCommand {
    /// The row of the role table.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            DoorCommand::RotatePassword { .. } | DoorCommand::ReportCompromised => Action::ChangePassword,
            DoorCommand::RotateTotp { .. } | DoorCommand::ConfirmTotp { .. } | DoorCommand::RotateRecovery { .. } => {
                Action::ChangeFactors
            }
            DoorCommand::ProveKit { .. } => Action::ProveKit,
            DoorCommand::RotateDatabase { .. } => Action::RenewKeys,
            DoorCommand::People
            | DoorCommand::Invite { .. }
            | DoorCommand::ChangePerson { .. }
            | DoorCommand::EnablePerson { .. }
            | DoorCommand::Revoke { .. } => Action::ManagePeople,
        }
    }
}

impl Purser {
    pub(super) async fn run_door(&self, command: DoorCommand) -> Result<Value> {
        match command {
            DoorCommand::RotatePassword { proof, new_password, compromised } => {
                let proof = self.prove(Act::ChangePassword, &proof).await?;
                let changed = self.change_password(proof, &new_password.0, compromised).await?;
                Ok(
                    json!({ "rotated": "password", "locked": changed.locked, "recovery_codes": texts(&changed.recovery_codes) }),
                )
            }
            DoorCommand::ReportCompromised => {
                self.report_compromised().await?;
                Ok(json!({ "reported": true }))
            }
            DoorCommand::RotateTotp { proof, seed } => {
                let seed = seed
                    .map(|text| TotpSeed::from_base32(&text.0))
                    .transpose()
                    .map_err(|_| Error::invalid("a seed is 32 characters of base32 (160 bits)"))?;
                let proof = self.prove(Act::ReplaceSecondFactor, &proof).await?;
                let view = self.begin_totp(proof, seed).await?;
                Ok(json!({ "totp_uri": view.uri.as_str(), "secret": view.secret.as_str() }))
            }
            DoorCommand::ConfirmTotp { code } => {
                let codes = self.confirm_totp(&code.0).await?;
                Ok(json!({ "rotated": "totp", "recovery_codes": texts(&codes) }))
            }
            DoorCommand::RotateRecovery { proof } => {
                let proof = self.prove(Act::ReplaceRecoveryCodes, &proof).await?;
                let codes = self.replace_recovery_codes(proof).await?;
                Ok(json!({ "rotated": "recovery", "recovery_codes": texts(&codes) }))
            }
            DoorCommand::RotateDatabase { proof } => {
                let proof = self.prove(Act::RenewBooksKey, &proof).await?;
                self.renew_books_key(proof).await?;
                Ok(json!({ "rotated": "database" }))
            }
            DoorCommand::ProveKit { kit } => {
                if self.prove_kit(&kit.0).await? {
                    Ok(json!({ "proven": true }))
                } else {
                    Err(Error::invalid("that is not this profile's recovery kit"))
                }
            }
            people => self.run_people(people).await,
        }
    }

    async fn run_people(&self, command: DoorCommand) -> Result<Value> {
        match command {
            DoorCommand::People => {
                let permit = self.permit(Action::ManagePeople).await?;
                let (wallets, zone) = (permit.store().wallets().await?, zone_of(permit.store()).await?);
                let people = self.people().await?;
                let rows: Vec<Value> = people.iter().map(|person| person_json(person, &wallets, &zone)).collect();
                Ok(json!({ "rows": rows }))
            }
            DoorCommand::Invite { proof, name, role, until, wallets } => {
                let wallets = self.wallet_numbers(&wallets).await?;
                let proof = self.prove(Act::InvitePerson, &proof).await?;
                let invited = self.invite(proof, Invite { name: name.clone(), role, until, wallets }).await?;
                Ok(json!({
                    "name": name.trim(),
                    "role": role,
                    "invitation": invited.code.as_str(),
                    "valid_until": time(Some(invited.until_ms)),
                }))
            }
            DoorCommand::ChangePerson { proof, name, until, wallets } => {
                let wallets = self.wallet_numbers(&wallets).await?;
                let proof = self.prove(Act::ChangePerson, &proof).await?;
                self.change_person(proof, &name, until.as_deref(), wallets).await?;
                Ok(json!({ "changed": name.trim() }))
            }
            DoorCommand::EnablePerson { proof, name } => {
                let proof = self.prove(Act::ChangePerson, &proof).await?;
                self.enable_person(proof, &name).await?;
                Ok(json!({ "enabled": name.trim() }))
            }
            DoorCommand::Revoke { proof, name } => {
                let proof = self.prove(Act::RevokePerson, &proof).await?;
                let done = self.revoke_person(proof, &name).await?;
                Ok(json!({
                    "revoked": name.trim(),
                    "database_rotated": done.books_renewed,
                    "database_rotation_pending": done.pending,
                }))
            }
            _ => Err(Code::Internal.into()),
        }
    }

    pub(super) async fn prove(&self, act: Act, proof: &Proof) -> Result<StepUp> {
        let password = Passphrase::from_typed(&proof.password.0).map_err(|_| Code::WrongPassword)?;
        self.step_up(act, password, proof.code.as_ref().map(|code| code.0.as_str())).await
    }

    async fn wallet_numbers(&self, names: &[String]) -> Result<Vec<i64>> {
        let permit = self.permit(Action::ManagePeople).await?;
        let mut numbers = Vec::new();
        for name in names {
            numbers.push(permit.store().wallet_named(name).await?.id);
        }
        Ok(numbers)
    }
}

pub(super) fn person_json(person: &Person, wallets: &[Wallet], zone: &str) -> Value {
    let names = |ids: &Vec<i64>| -> Vec<&str> {
        wallets.iter().filter(|wallet| ids.contains(&wallet.id)).map(|wallet| wallet.name.as_str()).collect()
    };
    json!({
        "name": person.name,
        "role": person.role,
        "state": person.state,
        "until": person.until_ms.and_then(|until_ms| last_day(until_ms, zone)),
        "wallets": person.wallets.as_ref().map(names),
        "last_login": time(person.last_login_ms),
        "password_set": time(person.password_ms),
        "second_factor": person.has_second_factor,
        "second_factor_set": time(person.factor_ms),
        "compromised": person.compromised,
    })
}

pub(super) fn time(ms: Option<u64>) -> Option<String> {
    ms.map(|ms| rfc3339(i64::try_from(ms).unwrap_or(i64::MAX)))
}

pub(crate) fn texts(secrets: &[Zeroizing<String>]) -> Vec<&str> {
    secrets.iter().map(|text| text.as_str()).collect()
}
