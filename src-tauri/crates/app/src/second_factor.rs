//! The second factor: enrolling a code generator, replacing it, and new recovery codes.
//!
//! What is about to change is announced in `auth.state` before the key file is written, and settled afterwards: cut short
//! anywhere, either the old proofs work or the new ones, and none can be used twice.

use std::sync::Arc;

use purser_vault::SlotId;
use purser_vault::auth_state::{AuthState, Moment};
use purser_vault::keyfile::{Factor, KeyFile, SlotSecret};
use purser_vault::recovery::{RecoveryCode, make_recovery_codes};
use purser_vault::secret::{DeviceSecret, Passphrase, TotpSeed};
use purser_vault::totp;
use zeroize::Zeroizing;

use crate::Purser;
use crate::audit::{Event, Told};
use crate::device::Device;
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::login::totp_error;
use crate::session::{Session, lock};
use crate::step_up::{Act, StepUp};

/// How long a seed that was shown waits for its code.
const ENROLMENT_MS: u64 = 10 * 60 * 1000;

/// A second factor that is shown and not proven yet.
pub(crate) struct Enrolment {
    password: Passphrase,
    seed: TotpSeed,
    session: u64,
    started: Moment,
}

impl Enrolment {
    fn is_good(&self, session: &Session, now: &Moment) -> bool {
        let young = now.boot_ms.saturating_sub(self.started.boot_ms) < ENROLMENT_MS;
        self.session == session.serial && now.boot_id == self.started.boot_id && young
    }
}

/// What the person types into an authenticator.
pub struct EnrolmentView {
    pub uri: Zeroizing<String>,
    pub secret: Zeroizing<String>,
    /// A QR code as SVG.
    pub qr_svg: Zeroizing<String>,
}

impl std::fmt::Debug for EnrolmentView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolmentView")
    }
}

impl EnrolmentView {
    pub(crate) fn of(seed: &TotpSeed, business: &str, slot: &str) -> Result<EnrolmentView> {
        let uri = totp::enrolment_uri(seed, business, slot)?;
        Ok(EnrolmentView { qr_svg: qr_svg(&uri)?, secret: seed.expose_base32(), uri })
    }
}

impl Purser {
    /// Begins a second factor: a seed to scan, a new one or the one given. Nothing is changed yet.
    pub async fn begin_totp(&self, proof: StepUp, seed: Option<TotpSeed>) -> Result<EnrolmentView> {
        let (session, password) = self.proven(proof, Act::ReplaceSecondFactor).await?;
        let seed = seed.map_or_else(TotpSeed::make, Ok)?;
        if lock(&session.secret).totp_seed().is_some_and(|old| old.id() == seed.id()) {
            return Err(Error::invalid("a new second factor needs a new seed, never the present one"));
        }
        let view = EnrolmentView::of(&seed, &self.business_name(&session).await?, &session.slot.name)?;
        let started = self.now();
        *lock(&self.enrolment) = Some(Enrolment { password, seed, session: session.serial, started });
        Ok(view)
    }

    /// Ends it with a code from the authenticator; gives the recovery codes, shown once.
    pub async fn confirm_totp(&self, code: &str) -> Result<Vec<Zeroizing<String>>> {
        // What was begun was begun with a proof.
        let act = Act::ReplaceSecondFactor;
        let session = self.admit(act.action(), act.while_frozen(), true).await?;
        let now = self.now();
        let enrolment = lock(&self.enrolment).take().filter(|enrolment| enrolment.is_good(&session, &now));
        let Enrolment { password, seed, session: serial, started } =
            enrolment.ok_or_else(|| Error::invalid("no second factor was begun"))?;
        let step = match prove_seed(&seed, code, now.wall_ms) {
            Ok(step) => step,
            Err(error) => {
                *lock(&self.enrolment) = Some(Enrolment { password, seed, session: serial, started });
                return Err(error);
            }
        };
        let (key_file, device) = self.key_file()?;
        let slot = session.slot.id;
        let (secret, seed_id) = (device.read_secret(slot)?, seed.id());
        let made =
            tokio::task::spawn_blocking(move || with_new_codes(&key_file, slot, &password, &secret, Some(seed))).await;
        let made = made.map_err(|_| Code::Internal)??;
        // The step is used up before the factor counts, so that the code cannot log in afterwards.
        let state = self.auth_state(&made.key_file, &device.read_anchor()?)?.announce_seed(slot, seed_id, step);
        let codes = self.put_codes(&session, &device, made, state, |past| past.factor_ms = Some(now.wall_ms))?;
        self.tell(&session, Event::new(Told::FactorChanged, &session.slot.name)).await?;
        Ok(codes)
    }

    /// Ten new recovery codes; the old ones are void. Shown once.
    pub async fn replace_recovery_codes(&self, proof: StepUp) -> Result<Vec<Zeroizing<String>>> {
        let (session, password) = self.proven(proof, Act::ReplaceRecoveryCodes).await?;
        let (key_file, device) = self.key_file()?;
        let slot = session.slot.id;
        if !key_file.slot(slot).is_some_and(purser_vault::keyfile::Slot::requires_totp) {
            return Err(Error::invalid("recovery codes come with a second factor: enrol one first"));
        }
        let secret = device.read_secret(slot)?;
        let made = tokio::task::spawn_blocking(move || with_new_codes(&key_file, slot, &password, &secret, None)).await;
        let made = made.map_err(|_| Code::Internal)??;
        let state = self.auth_state(&made.key_file, &device.read_anchor()?)?;
        let codes = self.put_codes(&session, &device, made, state, |_| {})?;
        self.tell(&session, Event::new(Told::RecoveryCodesReplaced, &session.slot.name)).await?;
        Ok(codes)
    }

    /// Announces the new proofs, writes the key file, settles them.
    fn put_codes(
        &self,
        session: &Arc<Session>,
        device: &Device,
        made: NewCodes,
        state: AuthState,
        note: impl Fn(&mut purser_vault::auth_state::Past),
    ) -> Result<Vec<Zeroizing<String>>> {
        let NewCodes { key_file, secret, codes } = made;
        let slot = session.slot.id;
        let set = secret.recovery_codes().ok_or(Code::Internal)?.id();
        let state = state.announce_recovery_codes(slot, set);
        self.save_auth_state(&key_file, device, state.clone())?;
        kill_point("totp.state");
        self.save_key_file(&key_file, device)?;
        let now_ms = self.now().wall_ms;
        let settled = state.settle(slot).with_past(slot, |past| {
            past.codes_ms = Some(now_ms);
            note(past);
        });
        self.save_auth_state(&key_file, device, settled)?;
        *lock(&session.secret) = secret;
        *lock(&session.key_file) = key_file;
        let texts = codes.iter().map(RecoveryCode::expose_text).collect();
        self.announce();
        Ok(texts)
    }
}

/// A key file with new recovery codes for one slot, not written yet.
struct NewCodes {
    key_file: KeyFile,
    secret: SlotSecret,
    codes: Vec<RecoveryCode>,
}

/// Wraps the slot anew with new recovery codes, and with a new seed where one is given.
fn with_new_codes(
    key_file: &KeyFile,
    slot: SlotId,
    password: &Passphrase,
    device_secret: &DeviceSecret,
    seed: Option<TotpSeed>,
) -> purser_vault::Result<NewCodes> {
    let mut secret = key_file.open_slot(slot, password, device_secret)?;
    let (codes, hashes) = make_recovery_codes()?;
    secret.set_recovery_codes(Some(hashes));
    if let Some(seed) = seed {
        secret.set_totp_seed(Some(seed));
    }
    let mut changed = key_file.change_factors(&secret, password, device_secret)?;
    // The first factor of an owner; people who were invited have theirs from the beginning.
    if !key_file.slot(slot).is_some_and(purser_vault::keyfile::Slot::requires_totp) {
        changed = changed.set_factors(&secret, slot, &[Factor::Password, Factor::Totp])?;
    }
    Ok(NewCodes { key_file: changed, secret, codes })
}

/// The step of a code that proves a new seed.
pub(crate) fn prove_seed(seed: &TotpSeed, code: &str, wall_ms: u64) -> Result<u64> {
    totp::verify(seed, code, wall_ms / 1000, None).map_err(totp_error)
}

fn qr_svg(uri: &str) -> Result<Zeroizing<String>> {
    let code = qrcode::QrCode::new(uri.as_bytes()).map_err(|_| Error::new(Code::Internal, "qr code"))?;
    let image = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build();
    Ok(Zeroizing::new(image))
}
