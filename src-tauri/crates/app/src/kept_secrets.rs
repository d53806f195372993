//! Secrets of credentials, where the owner insists that Purser keeps them.
//!
//! Each is sealed with the key of the vault for its credential and version, inside the encrypted books: who holds the key
//! of the books alone reads none. The key is opened for one act and dropped. [`Purser::reveal_secret`] is the only way out.

use purser_vault::FileId;
use purser_vault::key::{CellAddress, VaultKey};
use purser_vault::keyfile::{Holder, KeyFile};
use zeroize::Zeroizing;

use crate::Purser;
use crate::audit::{Event, Told};
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::session::{Session, lock};
use crate::step_up::{Act, StepUp};
use crate::store::{SealedSecret, Store};

/// How long a revealed secret may be shown.
pub const REVEAL_S: u32 = 30;
/// Longest secret: a certificate with its key.
const SECRET_BYTES_MAX: usize = 64 * 1024;

/// Which secret, while a replacement is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichSecret {
    #[default]
    Newest,
    /// The one that is being replaced.
    Old,
}

/// A secret on its way to the person's eyes.
pub struct Revealed {
    pub secret: Zeroizing<String>,
    /// When it must be out of sight again, milliseconds since 1970 UTC; [`REVEAL_S`] from now.
    pub hide_at_ms: u64,
}

impl std::fmt::Debug for Revealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revealed").field("hide_at_ms", &self.hide_at_ms).finish_non_exhaustive()
    }
}

impl Purser {
    /// Keeps a secret. While a replacement is under way it is the new one's, and the old one's stays until that is destroyed.
    pub async fn keep_secret(&self, proof: StepUp, id: i64, secret: &str) -> Result<()> {
        let (session, _) = self.proven(proof, Act::KeepSecret).await?;
        self.check_ready(&session)?;
        check_secret(secret)?;
        let store = session.store().ok_or(Code::NotAllowed)?;
        let credential = store.credential(id).await?;
        let version = credential.secret_version.checked_add(1).ok_or(Code::Internal)?;
        let (file_id, vault) = vault_of(&session)?;
        let sealed = vault.seal(&file_id, &address(&credential.key, version), secret.as_bytes())?;
        let old = store.open_rotation(id).await?.map_or(0, |open| open.old_version);
        store.put_secret(&SealedSecret { credential_id: id, key: credential.key, version, sealed }, old).await?;
        self.announce();
        Ok(())
    }

    /// Purser keeps it no longer.
    pub async fn forget_secret(&self, proof: StepUp, id: i64) -> Result<()> {
        self.proven_store(proof, Act::KeepSecret).await?.forget_secrets(id).await?;
        self.announce();
        Ok(())
    }

    /// Shows a secret, for [`REVEAL_S`] seconds: whoever shows it hides it then.
    pub async fn reveal_secret(&self, proof: StepUp, id: i64, which: WhichSecret) -> Result<Revealed> {
        let (session, _) = self.proven(proof, Act::RevealSecret).await?;
        let store = session.store().ok_or(Code::NotAllowed)?;
        store.credential(id).await?;
        let kept = store.secrets_of(id).await?;
        let old = store.open_rotation(id).await?.map_or(0, |open| open.old_version);
        let wanted = match which {
            WhichSecret::Newest => kept.first(),
            WhichSecret::Old => kept.iter().find(|secret| secret.version <= old),
        };
        let wanted = wanted.ok_or_else(|| Error::not_found("Purser keeps no such secret"))?;
        let (file_id, vault) = vault_of(&session)?;
        let opened = vault.open(&file_id, &address(&wanted.key, wanted.version), &wanted.sealed)?;
        // Exposed to be shown: that is what was asked for and proven.
        let secret = std::str::from_utf8(&opened).map_err(|_| Error::new(Code::Damaged, "a kept secret"))?;
        // Written down before it is shown.
        let row = Event::new(Told::SecretRevealed, &store.credential(id).await?.name);
        store.record(&row).await?;
        let hide_at_ms = self.now().wall_ms.saturating_add(u64::from(REVEAL_S) * 1000);
        Ok(Revealed { secret: Zeroizing::new(secret.to_owned()), hide_at_ms })
    }

    /// Leaves the key of the vault that is about to be replaced to its successor, sealed: what it seals is sealed anew at
    /// the next login, and can be read until then.
    pub(crate) async fn leave_vault_key(
        &self,
        store: &Store,
        old: &VaultKey,
        new: &VaultKey,
        file: FileId,
    ) -> Result<()> {
        let sealed = new.seal_predecessor(&file, old)?;
        store.put_predecessor(&sealed).await?;
        kill_point("vault.left");
        Ok(())
    }

    /// Seals everything anew that the key before the present one sealed, in one transaction.
    pub(crate) async fn settle_vault(&self, key_file: &KeyFile, new: &VaultKey, store: &Store) -> Result<()> {
        let Some(left) = store.predecessor().await? else { return Ok(()) };
        let file_id = key_file.file_id();
        let mut transaction = store.begin().await?;
        // Otherwise it was left to a key that never came in force.
        if let Ok(old) = new.open_predecessor(&file_id, &left) {
            for mut secret in Store::all_secrets(&mut transaction).await? {
                let place = address(&secret.key, secret.version);
                let content = old.open(&file_id, &place, &secret.sealed)?;
                secret.sealed = new.seal(&file_id, &place, &content)?;
                Store::reseal_secret(&mut transaction, &secret).await?;
            }
        }
        Store::drop_predecessor(&mut transaction).await?;
        kill_point("vault.before_commit");
        store.commit(transaction, &Event::new(Told::SecretsSealed, "")).await?;
        kill_point("vault.settled");
        Ok(())
    }
}

fn vault_of(session: &Session) -> Result<(FileId, VaultKey)> {
    let key_file = lock(&session.key_file).clone();
    let vault = open_vault(&key_file, &*lock(&session.secret))?;
    Ok((key_file.file_id(), vault))
}

/// The key of the vault, for whoever holds it.
pub(crate) fn open_vault<'a>(key_file: &KeyFile, holder: impl Into<Holder<'a>>) -> Result<VaultKey> {
    key_file.open_compartments(holder)?.vault.ok_or_else(|| Code::NotAllowed.into())
}

fn address(key: &[u8], version: i64) -> CellAddress<'_> {
    CellAddress { table: "credential_secret", row: key, column: "sealed", version: version.unsigned_abs() }
}

/// What is no text of a sensible length, and the seed of a code generator: one unlocked Purser must not be enough.
fn check_secret(secret: &str) -> Result<()> {
    if secret.is_empty() || secret.len() > SECRET_BYTES_MAX {
        return Err(Error::invalid("a secret to keep: 1 byte to 64 KiB"));
    }
    if secret.trim_start().to_ascii_lowercase().starts_with("otpauth:") {
        return Err(Error::invalid(
            "the seed of a code generator is never kept: password and codes do not belong together",
        ));
    }
    Ok(())
}
