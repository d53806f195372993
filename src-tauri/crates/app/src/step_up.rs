//! Step-up: a fresh proof of the person for one dangerous act (RFC 9470).
//!
//! A proof is a value. It cannot be copied, is good for one act in the session it was made in, for five minutes, and is
//! gone when the act takes it. Making it counts as an attempt like a login does.

use std::sync::Arc;

use purser_books::freeze;
use purser_vault::auth_state::Moment;
use purser_vault::secret::Passphrase;

use crate::Purser;
use crate::error::{Code, Error, Result};
use crate::login::{FAILURES_TO_LOCK, prove};
use crate::role::Action;
use crate::session::{LockCause, Session, lock};

/// How long a proof is good.
pub(crate) const PROOF_MS: u64 = 5 * 60 * 1000;

/// What a proof can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    ChangePassword,
    ReplaceSecondFactor,
    ReplaceRecoveryCodes,
    ReplaceKit,
    RenewBooksKey,
    InvitePerson,
    ChangePerson,
    RevokePerson,
    LowerSetting,
    RotateCredential,
    RemoveCredential,
    /// Keeping the secret of a credential, or forgetting it.
    KeepSecret,
    RevealSecret,
    /// Beginning or ending the way out of a freeze.
    Unfreeze,
    /// What a freeze leaves to the owner with a fresh proof: imports, exports, settings, the evidence pack.
    CureWhileFrozen,
}

impl Act {
    pub const ALL: &'static [Act] = &[
        Act::ChangePassword,
        Act::ReplaceSecondFactor,
        Act::ReplaceRecoveryCodes,
        Act::ReplaceKit,
        Act::RenewBooksKey,
        Act::InvitePerson,
        Act::ChangePerson,
        Act::RevokePerson,
        Act::LowerSetting,
        Act::RotateCredential,
        Act::RemoveCredential,
        Act::KeepSecret,
        Act::RevealSecret,
        Act::Unfreeze,
        Act::CureWhileFrozen,
    ];

    /// The row of the role table it belongs to.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Act::ChangePassword => Action::ChangePassword,
            Act::ReplaceSecondFactor | Act::ReplaceRecoveryCodes => Action::ChangeFactors,
            Act::ReplaceKit | Act::RenewBooksKey => Action::RenewKeys,
            Act::InvitePerson | Act::ChangePerson | Act::RevokePerson => Action::ManagePeople,
            Act::LowerSetting => Action::ChangeSettings,
            Act::RotateCredential | Act::RemoveCredential | Act::KeepSecret => Action::ManageSecurity,
            Act::RevealSecret => Action::RevealSecret,
            Act::Unfreeze => Action::Unfreeze,
            Act::CureWhileFrozen => Action::ReadSecurity,
        }
    }

    /// What a freeze takes it for. Every act stands here, or this does not compile (R63).
    #[must_use]
    pub const fn while_frozen(self) -> freeze::Act {
        use freeze::Act as F;
        match self {
            Act::ChangePassword => F::ChangePassword,
            Act::ReplaceSecondFactor => F::ReplaceSecondFactor,
            Act::ReplaceRecoveryCodes => F::ReplaceRecoveryCodes,
            Act::ReplaceKit => F::ReplaceKit,
            Act::RenewBooksKey => F::RenewKeys,
            Act::InvitePerson => F::InvitePerson,
            Act::ChangePerson => F::ChangePersonRole,
            Act::RevokePerson => F::RevokePerson,
            Act::LowerSetting => F::LowerSecurity,
            // What is kept of a new credential belongs to replacing it.
            Act::RotateCredential | Act::KeepSecret => F::RotateCredential,
            Act::RemoveCredential => F::DeleteData,
            Act::RevealSecret => F::RevealCredential,
            Act::Unfreeze => F::Unfreeze,
            Act::CureWhileFrozen => F::RaiseSecurity,
        }
    }
}

/// The proof itself: neither `Clone` nor serialisable.
pub struct StepUp {
    act: Act,
    session: u64,
    at: Moment,
    /// What was typed: some acts wrap something with it anew.
    password: Passphrase,
}

impl std::fmt::Debug for StepUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepUp").field("act", &self.act).finish_non_exhaustive()
    }
}

impl StepUp {
    /// Uses the proof up for `act`. Gives the password it was made with.
    pub(crate) fn spend(self, act: Act, session: &Session, now: &Moment) -> Result<Passphrase> {
        let young = now.boot_id == self.at.boot_id && now.boot_ms.saturating_sub(self.at.boot_ms) < PROOF_MS;
        if self.act == act && self.session == session.serial && young {
            Ok(self.password)
        } else {
            Err(Code::StepUp.into())
        }
    }
}

impl Purser {
    /// Password and a fresh code (six digits, or a recovery code) for one act. A slot without a second factor has the
    /// password alone. Wrong proofs count like wrong logins; the fifth in a row ends the session.
    pub async fn step_up(&self, act: Act, password: Passphrase, code: Option<&str>) -> Result<StepUp> {
        let session = self.admit(act.action(), act.while_frozen(), true).await?;
        let _one_at_a_time = self.login.lock().await;
        let (key_file, device) = self.key_file()?;
        let slot_id = session.slot.id;
        if code.is_none() && key_file.slot(slot_id).is_some_and(purser_vault::keyfile::Slot::requires_totp) {
            return Err(Error::new(
                Code::StepUp,
                "the six digits of the authenticator, or a recovery code, are missing",
            ));
        }
        let secret = device.read_secret(slot_id)?;
        let counted = self.count_attempt(&key_file, &device, device.read_anchor()?, slot_id)?;
        let file = key_file.clone();
        let (opened, password) =
            tokio::task::spawn_blocking(move || (file.open_slot(slot_id, &password, &secret), password))
                .await
                .map_err(|_| Code::Internal)?;
        let now = self.now();
        let proven = opened.map_err(Error::from).and_then(|slot_secret| match code {
            Some(code) if slot_secret.totp_seed().is_some() => prove(&slot_secret, &counted, code, &now),
            _ => Ok(counted.clone()),
        });
        match proven {
            Ok(state) => {
                self.save_auth_state(&key_file, &device, state.succeed(slot_id, &now))?;
                Ok(StepUp { act, session: session.serial, at: now, password })
            }
            Err(error) => {
                if counted.fails(slot_id) >= FAILURES_TO_LOCK {
                    self.lock(LockCause::Asked).await;
                }
                Err(error)
            }
        }
    }

    /// The session in which `act` may be done now, and the password of its proof.
    pub(crate) async fn proven(&self, proof: StepUp, act: Act) -> Result<(Arc<Session>, Passphrase)> {
        let session = self.admit(act.action(), act.while_frozen(), true).await?;
        let password = proof.spend(act, &session, &self.now())?;
        Ok((session, password))
    }

    /// Makes the proof good for what a freeze leaves to the owner, for as long as a proof is good.
    pub async fn begin_cure(&self, proof: StepUp) -> Result<()> {
        let (session, _) = self.proven(proof, Act::CureWhileFrozen).await?;
        session.note_proof(&self.now());
        Ok(())
    }

    /// Whether a second factor is enrolled and the kit proven: asked before anybody or anything secret is added.
    pub(crate) fn check_ready(&self, session: &Session) -> Result<()> {
        let key_file = lock(&session.key_file);
        let enrolled = key_file.slot(session.slot.id).is_some_and(purser_vault::keyfile::Slot::requires_totp);
        if enrolled && key_file.policy().kit_proven { Ok(()) } else { Err(Code::NotReady.into()) }
    }
}
