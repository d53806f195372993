//! The commands about credentials, the protection of wallets, devices and open doors.

use purser_books::credential::{CredentialKind, Misuse, Order, Step};
use purser_books::door::WalletField;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::door::{Proof, SecretText, time};
use crate::Purser;
use crate::credentials::{BoardKind, BoardRow, CredentialDetails, RotationView};
use crate::devices::{Device, DeviceDetails, DeviceKind};
use crate::error::{Error, Result};
use crate::kept_secrets::WhichSecret;
use crate::overview::rfc3339;
use crate::people::{Person, zone_of};
use crate::role::Action;
use crate::security::SecurityPage;
use crate::step_up::Act;
use crate::store::Wallet;
use crate::wallet_security::WalletSecurityChange;

/// What is said of a credential; what is missing stays as it is, or is empty in a new one. An empty text takes away what
/// was said.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CredentialFields {
    pub kind: Option<CredentialKind>,
    pub name: Option<String>,
    /// Its name.
    pub wallet: Option<String>,
    pub holder: Option<String>,
    pub kept_at: Option<String>,
    pub used_at: Option<String>,
    pub scope: Option<String>,
    pub misuse: Option<Misuse>,
    pub made: Option<String>,
    pub expires: Option<String>,
}

/// What is said of a device; what is missing stays as it is, or is not known of a new one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DeviceFields {
    pub name: Option<String>,
    pub kind: Option<DeviceKind>,
    pub holder: Option<String>,
    pub system_updated: Option<String>,
    pub app_updated: Option<String>,
    pub encrypted: Option<bool>,
    /// Numbers of the credentials on it.
    pub credentials: Option<Vec<i64>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "security")]
pub enum SecurityCommand {
    /// Open doors and what they follow from.
    Doors,
    Credentials,
    AddCredential {
        fields: CredentialFields,
    },
    ChangeCredential {
        id: i64,
        fields: CredentialFields,
    },
    RemoveCredential {
        proof: Proof,
        id: i64,
    },
    /// Somebody else may know it.
    ReportCredential {
        id: i64,
    },
    /// Days of age after which it is pointed out. Later, or 0 for never, takes a proof.
    RemindAfter {
        days: u16,
        proof: Option<Proof>,
    },
    KeepSecret {
        proof: Proof,
        id: i64,
        secret: SecretText,
    },
    ForgetSecret {
        proof: Proof,
        id: i64,
    },
    RevealSecret {
        proof: Proof,
        id: i64,
        which: WhichSecret,
    },
    /// Begins to replace a credential, or shows how far it is; beginning takes a proof.
    Rotate {
        id: i64,
        proof: Option<Proof>,
        order: Option<Order>,
    },
    /// One step is done: the one named, or the next.
    RotationStep {
        id: i64,
        step: Option<Step>,
        new_expires: Option<String>,
    },
    AbandonRotation {
        id: i64,
    },
    WalletSecurity {
        wallet: String,
        values: Vec<(WalletField, String)>,
        as_of: Option<String>,
        reviewed: bool,
    },
    AddDevice {
        fields: DeviceFields,
    },
    ChangeDevice {
        id: i64,
        fields: DeviceFields,
    },
    RemoveDevice {
        id: i64,
    },
    DeviceLost {
        id: i64,
        lost: bool,
    },
}

impl SecurityCommand {
    /// The row of the role table.
    #[must_use]
    pub const fn action(&self) -> Action {
        use SecurityCommand as C;
        match self {
            C::Doors | C::Credentials => Action::ReadSecurity,
            C::RevealSecret { .. } => Action::RevealSecret,
            C::RemindAfter { .. } => Action::ChangeSettings,
            C::AddCredential { .. }
            | C::ChangeCredential { .. }
            | C::RemoveCredential { .. }
            | C::ReportCredential { .. }
            | C::KeepSecret { .. }
            | C::ForgetSecret { .. }
            | C::Rotate { .. }
            | C::RotationStep { .. }
            | C::AbandonRotation { .. }
            | C::WalletSecurity { .. }
            | C::AddDevice { .. }
            | C::ChangeDevice { .. }
            | C::RemoveDevice { .. }
            | C::DeviceLost { .. } => Action::ManageSecurity,
        }
    }
}

impl Purser {
    pub(super) async fn run_security(&self, command: SecurityCommand) -> Result<Value> {
        use SecurityCommand as C;
        match command {
            C::Doors => self.doors_json().await,
            C::Credentials => {
                let board = self.credentials().await?;
                let wallets = self.known_wallets().await?;
                let rows: Vec<Value> = board.rows.iter().map(|row| row_json(row, &wallets)).collect();
                Ok(json!({ "rows": rows, "reminder_days": board.reminder_days }))
            }
            C::RemindAfter { days, proof } => {
                let proof = match proof {
                    Some(proof) => Some(self.prove(Act::LowerSetting, &proof).await?),
                    None => None,
                };
                self.set_reminder_days(days, proof).await?;
                Ok(json!({ "reminder_days": days }))
            }
            C::WalletSecurity { wallet, values, as_of, reviewed } => {
                let permit = self.permit(Action::ManageSecurity).await?;
                let wallet = permit.store().wallet_named(&wallet).await?;
                let change = WalletSecurityChange { values, as_of, reviewed };
                self.set_wallet_security(wallet.id, change).await?;
                let all = self.wallet_security().await?;
                Ok(json!(all.iter().find(|known| known.wallet_id == wallet.id)))
            }
            C::AddDevice { .. } | C::ChangeDevice { .. } | C::RemoveDevice { .. } | C::DeviceLost { .. } => {
                self.run_device(command).await
            }
            C::Rotate { .. } | C::RotationStep { .. } | C::AbandonRotation { .. } => self.run_rotation(command).await,
            credential => self.run_credential(credential).await,
        }
    }

    async fn run_credential(&self, command: SecurityCommand) -> Result<Value> {
        use SecurityCommand as C;
        match command {
            C::AddCredential { fields } => {
                let details = self.details(None, fields).await?;
                Ok(json!({ "id": self.add_credential(details).await?.to_string() }))
            }
            C::ChangeCredential { id, fields } => {
                let details = self.details(Some(id), fields).await?;
                self.change_credential(id, details).await?;
                Ok(json!({ "changed": id.to_string() }))
            }
            C::RemoveCredential { proof, id } => {
                let proof = self.prove(Act::RemoveCredential, &proof).await?;
                self.remove_credential(proof, id).await?;
                Ok(json!({ "removed": id.to_string() }))
            }
            C::ReportCredential { id } => {
                self.report_credential(id).await?;
                Ok(json!({ "reported": id.to_string() }))
            }
            C::KeepSecret { proof, id, secret } => {
                let proof = self.prove(Act::KeepSecret, &proof).await?;
                self.keep_secret(proof, id, &secret.0).await?;
                Ok(json!({ "kept": id.to_string() }))
            }
            C::ForgetSecret { proof, id } => {
                let proof = self.prove(Act::KeepSecret, &proof).await?;
                self.forget_secret(proof, id).await?;
                Ok(json!({ "forgotten": id.to_string() }))
            }
            C::RevealSecret { proof, id, which } => {
                let proof = self.prove(Act::RevealSecret, &proof).await?;
                let shown = self.reveal_secret(proof, id, which).await?;
                Ok(
                    json!({ "id": id.to_string(), "secret": shown.secret.as_str(), "hide_at": time(Some(shown.hide_at_ms)) }),
                )
            }
            _ => Err(crate::Code::Internal.into()),
        }
    }

    async fn run_rotation(&self, command: SecurityCommand) -> Result<Value> {
        use SecurityCommand as C;
        let (id, view) = match command {
            C::Rotate { id, proof, order } => match (self.rotation(id).await?, proof) {
                (None, Some(proof)) => {
                    let proof = self.prove(Act::RotateCredential, &proof).await?;
                    (id, self.begin_rotation(proof, id, order.unwrap_or(Order::NewFirst)).await?)
                }
                (None, None) => return Err(crate::Code::StepUp.into()),
                (Some(open), _) if order.is_some_and(|order| order != open.order) => {
                    return Err(Error::invalid("the replacement under way has another order: finish it or give it up"));
                }
                (Some(open), _) => (id, open),
            },
            C::RotationStep { id, step, new_expires } => {
                let next = self.rotation(id).await?.and_then(|open| open.next);
                let step = step
                    .or(next)
                    .ok_or_else(|| Error::not_found(format!("no replacement of credential {id} is under way")))?;
                (id, self.advance_rotation(id, step, new_expires.as_deref()).await?)
            }
            C::AbandonRotation { id } => {
                self.abandon_rotation(id).await?;
                return Ok(json!({ "abandoned": id.to_string() }));
            }
            _ => return Err(crate::Code::Internal.into()),
        };
        let row = self.credentials().await?.rows.into_iter().find(|row| row.id == id.to_string());
        let mut value = rotation_json(&view);
        value["id"] = json!(id.to_string());
        value["name"] = json!(row.as_ref().map(|row| &row.name));
        value["kind"] = json!(row.as_ref().map(|row| row.kind));
        Ok(value)
    }

    async fn run_device(&self, command: SecurityCommand) -> Result<Value> {
        use SecurityCommand as C;
        match command {
            C::AddDevice { fields } => {
                let id = self.add_device(device_details(None, fields)).await?;
                Ok(json!({ "id": id.to_string() }))
            }
            C::ChangeDevice { id, fields } => {
                let known = self.devices().await?.into_iter().find(|device| device.id == id);
                let known = known.ok_or_else(|| Error::not_found(format!("no device {id}")))?;
                self.change_device(id, device_details(Some(known.details), fields)).await?;
                Ok(json!({ "changed": id.to_string() }))
            }
            C::RemoveDevice { id } => {
                self.remove_device(id).await?;
                Ok(json!({ "removed": id.to_string() }))
            }
            C::DeviceLost { id, lost } => {
                let to_revoke = self.set_device_lost(id, lost).await?;
                let rows: Vec<Value> = to_revoke
                    .iter()
                    .map(|one| json!({ "id": one.id.to_string(), "name": one.name, "on_device": one.on_device }))
                    .collect();
                Ok(json!({ "id": id.to_string(), "lost": lost, "to_revoke": rows }))
            }
            _ => Err(crate::Code::Internal.into()),
        }
    }

    async fn doors_json(&self) -> Result<Value> {
        let SecurityPage { doors, purser, people, wallets, devices } = self.security().await?;
        let permit = self.permit(Action::ReadSecurity).await?;
        let zone = zone_of(permit.store()).await?;
        let known = permit.store().wallets().await?;
        let people: Vec<Value> =
            people.iter().map(|person: &Person| super::door::person_json(person, &known, &zone)).collect();
        let devices: Vec<Value> = devices.iter().map(device_json).collect();
        let wallets: Vec<Value> = wallets
            .iter()
            .map(|wallet| {
                let fields = wallet.fields.iter().map(|value| (value.field.word().to_owned(), value_json(value)));
                json!({
                    "wallet": wallet.name,
                    "provider": wallet.provider,
                    "reviewed": wallet.reviewed,
                    "review_due": wallet.review_due,
                    "fields": fields.collect::<serde_json::Map<_, _>>(),
                })
            })
            .collect();
        Ok(json!({ "doors": doors, "purser": purser, "people": people, "wallets": wallets, "devices": devices }))
    }

    async fn known_wallets(&self) -> Result<Vec<Wallet>> {
        self.permit(Action::ReadSecurity).await?.store().wallets().await
    }

    /// What is given, over what is known.
    pub(crate) async fn details(&self, known: Option<i64>, fields: CredentialFields) -> Result<CredentialDetails> {
        let known = match known {
            None => None,
            Some(id) => {
                let row = self.credentials().await?.rows.into_iter().find(|row| row.id == id.to_string());
                Some(row.ok_or_else(|| Error::not_found(format!("no credential {id}")))?)
            }
        };
        let wallet = match fields.wallet.as_deref() {
            None => known.as_ref().and_then(|row| row.wallet_id),
            Some("") => None,
            Some(name) => Some(self.permit(Action::ManageSecurity).await?.store().wallet_named(name).await?.id),
        };
        let kind = known.as_ref().map(|row| match row.kind {
            BoardKind::Stored(kind) => kind,
            BoardKind::Own(_) => CredentialKind::Other,
        });
        let text = |given: Option<String>, known: Option<&String>| given.or_else(|| known.cloned()).unwrap_or_default();
        let old = known.as_ref();
        Ok(CredentialDetails {
            kind: fields.kind.or(kind).unwrap_or(CredentialKind::Other),
            name: text(fields.name, old.map(|row| &row.name)),
            wallet_id: wallet,
            holder: text(fields.holder, old.map(|row| &row.holder)),
            kept_at: text(fields.kept_at, old.map(|row| &row.kept_at)),
            used_at: text(fields.used_at, old.map(|row| &row.used_at)),
            scope: text(fields.scope, old.map(|row| &row.scope)),
            misuse: fields.misuse.or(old.map(|row| row.misuse)).unwrap_or(Misuse::Unknown),
            made: given_or(fields.made, old.and_then(|row| row.made.clone())),
            expires: given_or(fields.expires, old.and_then(|row| row.expires.clone())),
        })
    }
}

/// A day that is given, or the one that is known; an empty text takes it away.
fn given_or(given: Option<String>, known: Option<String>) -> Option<String> {
    given.map_or(known, |text| Some(text).filter(|text| !text.is_empty()))
}

pub(crate) fn device_details(known: Option<DeviceDetails>, fields: DeviceFields) -> DeviceDetails {
    let known = known.unwrap_or(DeviceDetails {
        name: String::new(),
        kind: DeviceKind::Other,
        holder: String::new(),
        system_updated: None,
        app_updated: None,
        encrypted: None,
        credentials: Vec::new(),
    });
    DeviceDetails {
        name: fields.name.unwrap_or(known.name),
        kind: fields.kind.unwrap_or(known.kind),
        holder: fields.holder.unwrap_or(known.holder),
        system_updated: given_or(fields.system_updated, known.system_updated),
        app_updated: given_or(fields.app_updated, known.app_updated),
        encrypted: fields.encrypted.or(known.encrypted),
        credentials: fields.credentials.unwrap_or(known.credentials),
    }
}

fn value_json(value: &crate::wallet_security::WalletValue) -> Value {
    json!({ "value": value.value, "as_of": value.as_of, "source": value.source })
}

fn row_json(row: &BoardRow, wallets: &[Wallet]) -> Value {
    let wallet = wallets.iter().find(|wallet| Some(wallet.id) == row.wallet_id).map(|wallet| &wallet.name);
    json!({
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "wallet": wallet,
        "holder": row.holder,
        "kept_at": row.kept_at,
        "used_at": row.used_at,
        "scope": row.scope,
        "misuse": row.misuse,
        "made": row.made,
        "rotated": row.rotated,
        "expires": row.expires,
        "compromised": row.compromised,
        "age_days": row.age_days,
        "reminder": row.reminder,
        "has_secret": row.has_secret,
        "rotation": row.rotation.as_ref().map(rotation_json),
    })
}

fn rotation_json(view: &RotationView) -> Value {
    json!({
        "order": view.order,
        "steps": view.steps,
        "next": view.next,
        "old": view.states.old,
        "new": view.states.new,
        "works": view.works,
        "may_be_abandoned": view.may_be_abandoned,
        "began": rfc3339(view.began_ms),
    })
}

fn device_json(device: &Device) -> Value {
    let ids = |ids: &[i64]| ids.iter().map(i64::to_string).collect::<Vec<_>>();
    let details = &device.details;
    json!({
        "id": device.id.to_string(),
        "name": details.name,
        "kind": details.kind,
        "holder": details.holder,
        "system_updated": details.system_updated,
        "app_updated": details.app_updated,
        "encrypted": details.encrypted,
        "credentials": ids(&details.credentials),
        "reviewed": device.reviewed,
        "review_due": device.review_due,
        "lost": device.lost,
        "to_revoke": ids(&device.to_revoke.iter().map(|one| one.id).collect::<Vec<_>>()),
    })
}
