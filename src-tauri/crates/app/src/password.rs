//! Changing the password, and what more is done when somebody else may know it.
//!
//! An ordinary change wraps the same slot secret with the new password; the books are not touched. But an old copy of the
//! key file still opens with the old password and this computer's key. So "compromised" gives the owner a wholly new
//! identity and the books a new key: what the old password opens is then worth nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use purser_vault::keyfile::{KeyFile, Slot, SlotKind, SlotSecret};
use purser_vault::recovery::{RecoveryCode, make_recovery_codes};
use purser_vault::secret::{DeviceSecret, Passphrase};
use zeroize::Zeroizing;

use crate::Purser;
use crate::audit::{Event, Told};
use crate::device::Device;
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::kept_secrets::open_vault;
use crate::renewal::Renewal;
use crate::role::Action;
use crate::session::{LockCause, Session, lock};
use crate::setup::check_password;
use crate::step_up::{Act, StepUp};

/// What a change of the password left.
pub struct PasswordChanged {
    /// New ones, shown once, when the old were in an envelope somebody else may have opened.
    pub recovery_codes: Vec<Zeroizing<String>>,
    /// The session ended: log in with the new password.
    pub locked: bool,
}

impl std::fmt::Debug for PasswordChanged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordChanged").field("locked", &self.locked).finish_non_exhaustive()
    }
}

impl Purser {
    /// Changes the password of whoever is logged in. `compromised`: somebody else may know the old one.
    pub async fn change_password(&self, proof: StepUp, typed: &str, compromised: bool) -> Result<PasswordChanged> {
        let (session, old) = self.proven(proof, Act::ChangePassword).await?;
        let new = self.check_new_password(&session, typed).await?;
        if new.expose_bytes() == old.expose_bytes() {
            return Err(Error::invalid("the new password is the present one"));
        }
        let compromised = compromised || session.must_change.load(Ordering::Relaxed);
        if compromised && session.slot.kind == SlotKind::Owner {
            return self.replace_owner(session, new).await;
        }
        self.rewrap(&session, new).await?;
        let row = Event::new(Told::PasswordChanged, &session.slot.name).with("exposed", compromised);
        self.tell(&session, row).await?;
        if compromised {
            // Whoever copied the old envelope keeps what this role could read: ending that takes the owner.
            self.note_exposed(&session)?;
        }
        Ok(PasswordChanged { recovery_codes: Vec::new(), locked: false })
    }

    /// Says that somebody else may know the password of the login in use: from now on nothing but changing it is possible.
    pub async fn report_compromised(&self) -> Result<()> {
        let session = self.person(Action::ChangePassword).await?;
        let (key_file, device) = self.key_file()?;
        let state = self.auth_state(&key_file, &device.read_anchor()?)?;
        self.save_auth_state(&key_file, &device, state.set_compromised(session.slot.id, true))?;
        session.must_change.store(true, Ordering::Relaxed);
        *lock(&self.fresh_code) = None;
        self.announce();
        self.tell(&session, Event::new(Told::PasswordExposed, &session.slot.name)).await
    }

    async fn check_new_password(&self, session: &Session, typed: &str) -> Result<Passphrase> {
        let mut names = vec![session.slot.name.clone()];
        if let Some(store) = session.store() {
            for business in store.businesses().await? {
                names.extend([business.name, business.name_local]);
            }
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let only_factor = !lock(&session.key_file).slot(session.slot.id).is_some_and(Slot::requires_totp);
        check_password(typed, &names, only_factor)
    }

    /// The same slot secret under the new password.
    async fn rewrap(&self, session: &Arc<Session>, new: Passphrase) -> Result<()> {
        let (key_file, device) = self.key_file()?;
        let slot = session.slot.id;
        let (secret, kdf, person) = (device.read_secret(slot)?, self.kdf, Arc::clone(session));
        let changed =
            tokio::task::spawn_blocking(move || key_file.change_password(&lock(&person.secret), &new, &secret, kdf));
        let changed = changed.await.map_err(|_| Code::Internal)??;
        self.save_key_file(&changed, &device)?;
        let now_ms = self.now().wall_ms;
        let state = self.auth_state(&changed, &device.read_anchor()?)?.set_compromised(slot, false);
        let state = state.with_past(slot, |past| past.password_ms = Some(now_ms));
        self.save_auth_state(&changed, &device, state)?;
        session.must_change.store(false, Ordering::Relaxed);
        *lock(&session.key_file) = changed;
        *lock(&self.fresh_code) = None;
        self.announce();
        Ok(())
    }

    fn note_exposed(&self, session: &Session) -> Result<()> {
        let (key_file, device) = self.key_file()?;
        let now_ms = self.now().wall_ms;
        let state = self.auth_state(&key_file, &device.read_anchor()?)?;
        let state = state.with_past(session.slot.id, |past| past.exposed_ms = Some(now_ms));
        self.save_auth_state(&key_file, &device, state)
    }

    /// New device secret, new identity and signing key, new recovery codes, new keys; the books are copied to theirs. The
    /// session ends.
    async fn replace_owner(&self, session: Arc<Session>, new: Passphrase) -> Result<PasswordChanged> {
        let _nobody_else = self.renewing.write().await;
        self.check_space()?;
        let (key_file, device) = self.key_file()?;
        let old_slot = session.slot.id;
        let (kdf, person) = (self.kdf, Arc::clone(&session));
        let made = tokio::task::spawn_blocking(move || {
            let (codes, hashes) = make_recovery_codes()?;
            let device_secret = DeviceSecret::make()?;
            let old = lock(&person.secret);
            let has_factor = old.totp_seed().is_some();
            let hashes = has_factor.then_some(hashes);
            let (renewed, secret) = key_file.renew_owner(&old, &new, &device_secret, hashes, kdf)?;
            let (begun, _) = renewed.begin_renewal(&secret)?;
            let codes = if has_factor { codes } else { Vec::new() };
            Ok::<_, purser_vault::Error>((begun, secret, device_secret, codes))
        });
        let (begun, secret, device_secret, codes) = made.await.map_err(|_| Code::Internal)??;
        let (new_slot, renewal) = (secret.slot_id(), Renewal::of(&begun, &secret)?);
        self.leave_vault_to(&session, &begun, &secret).await?;
        // What the new login needs is there before the key file names it.
        device.write_secret(new_slot, &device_secret)?;
        self.hand_over(&begun, &device, old_slot, &secret)?;
        kill_point("owner.state");
        self.save_key_file(&begun, &device)?;
        kill_point("owner.keys");
        // Signed by the old key: the new one begins with naming itself.
        self.tell(&session, Event::new(Told::PasswordChanged, &session.slot.name).with("exposed", true)).await?;
        // The session of the old identity ends, whatever becomes of the copy: one that failed is made up for at the next
        // login, because the key file says that it is pending.
        session.close().await;
        let copied = self.copy_books(&renewal, &device).await;
        device.remove_secret(old_slot)?;
        self.lock(LockCause::Replaced).await;
        copied?;
        let recovery_codes = codes.iter().map(RecoveryCode::expose_text).collect();
        Ok(PasswordChanged { recovery_codes, locked: true })
    }

    /// The new identity has a new key of the vault.
    async fn leave_vault_to(&self, session: &Session, begun: &KeyFile, secret: &SlotSecret) -> Result<()> {
        let old = open_vault(&lock(&session.key_file), &*lock(&session.secret))?;
        let new = open_vault(begun, secret)?;
        let store = session.store().ok_or(Code::NotAllowed)?;
        self.leave_vault_key(&store, &old, &new, begun.file_id()).await
    }

    /// Used codes stay used under the new slot; its recovery codes are new, its generator was in the old envelope.
    fn hand_over(
        &self,
        key_file: &KeyFile,
        device: &Device,
        old: purser_vault::SlotId,
        secret: &SlotSecret,
    ) -> Result<()> {
        let (new, now_ms) = (secret.slot_id(), self.now().wall_ms);
        let mut state = self.auth_state(key_file, &device.read_anchor()?)?.hand_over(old, new);
        if let Some(codes) = secret.recovery_codes() {
            state = state.announce_recovery_codes(new, codes.id()).settle(new);
        }
        let state = state.set_compromised(new, false).with_past(new, |past| {
            past.password_ms = Some(now_ms);
            past.codes_ms = Some(now_ms);
            past.exposed_ms = past.factor_ms.map(|_| now_ms);
        });
        self.save_auth_state(key_file, device, state)
    }
}
