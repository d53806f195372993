//! Setting up: a profile of one's own, its second factor, its recovery kit.
//!
//! A profile is made in one go: books, device secret, anchor and login state first, the key file last.
//! As long as the key file is missing there is no profile, and what a cut-short creation left is swept away.

use purser_vault::SlotId;
use purser_vault::auth_state::AuthState;
use purser_vault::keyfile::{DeviceStore, Factor, KeyFile, NewProfile, NewSlot, Policy, Seen, SlotKind, SlotSecret};
use purser_vault::kit::{Kit, KitLanguage};
use purser_vault::passphrase::{self, Protection, Strength};
use purser_vault::recovery::{RecoveryCode, RecoveryCodeHashes, make_recovery_codes};
use purser_vault::secret::{DeviceSecret, Passphrase, RecoveryKey, TotpSeed};
use purser_vault::totp::{self, TotpRefused};
use zeroize::Zeroizing;

use crate::Purser;
use crate::device::{Anchor, Device, Keyring, SecretFile, SecretStore};
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::role::Action;
use crate::session::{Session, State, lock};
use crate::store::{Business, Store};

/// What a new profile needs to be told.
pub struct Setup {
    pub business: Business,
    pub password: Passphrase,
    pub device_store: DeviceStore,
    /// Enrolled at once, proven by a code: the command line. The window enrols later.
    pub second_factor: Option<(TotpSeed, String)>,
    pub language: KitLanguage,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Setup")
    }
}

/// What is shown once after setting up. Everything here is secret.
pub struct SetUp {
    pub kit_text: Zeroizing<String>,
    pub recovery_key: Zeroizing<String>,
    /// With a second factor: its URI and the recovery codes.
    pub totp_uri: Option<Zeroizing<String>>,
    pub recovery_codes: Vec<Zeroizing<String>>,
}

impl std::fmt::Debug for SetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetUp")
    }
}

/// The kit of a profile made in this session, until it is proven or the session ends.
pub(crate) struct PendingKit {
    text: Zeroizing<String>,
}

/// A second factor that is shown and not proven yet.
pub(crate) struct Enrolment {
    password: Passphrase,
    seed: TotpSeed,
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

/// How good a password is, for a business and its owner.
#[must_use]
pub fn assess(typed: &str, names: &[&str], only_factor: bool) -> Strength {
    passphrase::assess(typed, if only_factor { Protection::PasswordOnly } else { Protection::SecondFactor }, names)
}

/// The owner's slot is called this until people are added.
const OWNER: &str = "owner";

impl Purser {
    /// Makes the profile and leaves it open.
    pub async fn set_up(&self, setup: Setup) -> Result<SetUp> {
        let _one_at_a_time = self.login.lock().await;
        if self.folder.has_profile() {
            return Err(Code::ProfileExists.into());
        }
        check_business(&setup.business)?;
        self.folder.sweep()?;
        let made = self.make(setup).await;
        if made.is_err() && !self.folder.has_profile() {
            self.folder.sweep()?;
        }
        let made = made?;
        self.announce();
        Ok(made)
    }

    async fn make(&self, setup: Setup) -> Result<SetUp> {
        let now = self.now();
        let store_at: Box<dyn SecretStore> = match setup.device_store {
            DeviceStore::Keyring => Box::new(Keyring::start()?),
            DeviceStore::File => Box::new(SecretFile::new(self.folder.root())),
            DeviceStore::None => return Err(Error::invalid("a profile needs a device secret: keyring or file")),
        };
        let vendor = store_at.vendor()?;
        let device_secret = DeviceSecret::make()?;
        let (seed, first_step) = match &setup.second_factor {
            None => (None, None),
            Some((seed, code)) => {
                (Some(TotpSeed::from_bytes(seed.expose_bytes())), Some(prove_seed(seed, code, now.wall_ms)?))
            }
        };
        let (business, language, kdf) = (setup.business.clone(), setup.language, self.kdf);
        let (device_store, created_ms) = (setup.device_store, now.wall_ms);
        let (created, device_secret) = tokio::task::spawn_blocking(move || {
            let owner = NewSlot {
                kind: SlotKind::Owner,
                name: OWNER,
                passphrase: &setup.password,
                device_secret: &device_secret,
                totp_seed: seed,
                kdf,
            };
            let profile =
                NewProfile { owner, device_store, store_vendor: &vendor, created_ms, policy: Policy::default() };
            let mut created = KeyFile::create(profile)?;
            let mut codes = Vec::new();
            if first_step.is_some() {
                let (made, hashes) = make_recovery_codes()?;
                created.owner.set_recovery_codes(Some(hashes));
                created.key_file = created.key_file.change_factors(&created.owner, &setup.password, &device_secret)?;
                codes = made;
            }
            Ok::<_, purser_vault::Error>(((created, codes), device_secret))
        })
        .await
        .map_err(|_| Code::Internal)??;
        let ((created, codes), totp) = (created, setup.second_factor);
        let owner_id = created.owner.slot_id();
        let books = created.keys.books.as_ref().ok_or(Code::Internal)?;
        let store = Store::create(&self.folder.books(), books).await?;
        self.fill_new_books(&store, &business, &created.key_file).await?;
        kill_point("setup.books");
        let device = Device::new(store_at, created.key_file.file_id());
        device.write_secret(owner_id, &device_secret)?;
        let mac = purser_vault::key::StateMacKey::make()?;
        let mut seen = Seen::default();
        seen.raise(&created.key_file);
        device.write_anchor(&Anchor::new(&mac, seen))?;
        kill_point("setup.device");
        let mut state = AuthState::new();
        if let Some(step) = first_step {
            // The code that proved the enrolment is used up by it (R35).
            state = state.accept_totp_step(owner_id, step).ok_or(Code::Internal)?;
        }
        self.save_auth_state(&created.key_file, &device, state)?;
        kill_point("setup.state");
        self.folder.write_keys(&created.key_file.to_bytes()?)?;
        let kit_text = render_kit(&created.key_file, &created.recovery_key, &business.name, now.wall_ms, language);
        let set_up = SetUp {
            kit_text: kit_text.clone(),
            recovery_key: created.recovery_key.expose_text(),
            totp_uri: match &totp {
                Some((seed, _)) => Some(totp::enrolment_uri(seed, &business.name, OWNER)?),
                None => None,
            },
            recovery_codes: codes.iter().map(RecoveryCode::expose_text).collect(),
        };
        *lock(&self.kit) = Some(PendingKit { text: kit_text });
        let slot = created.key_file.slot(owner_id).ok_or(Code::Internal)?.clone();
        let session = Session::new(store, slot, created.owner, created.key_file, now, self.is_demo());
        *self.state.write().await = State::Open(std::sync::Arc::new(session));
        Ok(set_up)
    }

    async fn fill_new_books(&self, store: &Store, business: &Business, key_file: &KeyFile) -> Result<()> {
        let mut transaction = store.begin().await?;
        Store::insert_business(&mut transaction, business, self.now_ms()).await?;
        // The books know their owner too, so that a swapped key file is noticed.
        let rows = [("file_id", key_file.file_id().to_string()), ("owner_pin", key_file.owner_public().fingerprint())];
        for (key, value) in rows {
            sqlx::query("insert into meta (key, value) values (?, ?)")
                .bind(key)
                .bind(value)
                .execute(&mut *transaction)
                .await?;
        }
        store.commit(transaction).await
    }

    /// The text of the kit, while it may still be shown: in the session that made it.
    pub fn kit_text(&self) -> Option<Zeroizing<String>> {
        lock(&self.kit).as_ref().map(|kit| kit.text.clone())
    }

    /// The recovery codes as text, in the session that made them: to be saved by the person.
    pub fn recovery_codes_text(&self) -> Option<Zeroizing<String>> {
        lock(&self.recovery_codes).clone()
    }

    /// The owner types the recovery key back. True = proven, from now on.
    pub async fn prove_kit(&self, typed: &str) -> Result<bool> {
        let permit = self.permit(Action::ProveKit).await?;
        let Ok(key) = RecoveryKey::parse(typed) else { return Ok(false) };
        let session = permit.session();
        let (current, device) = self.key_file()?;
        if current.recovery_public() != Some(key.sign_public()?) {
            return Ok(false);
        }
        let policy = Policy { kit_proven: true, ..current.policy().clone() };
        let changed = current.set_policy(&lock(&session.secret), policy)?;
        self.save_key_file(&changed, &device)?;
        *lock(&session.key_file) = changed;
        *lock(&self.kit) = None;
        self.announce();
        Ok(true)
    }

    /// Begins a second factor: the password again, then a seed to scan. Nothing is changed yet.
    pub async fn begin_totp(&self, password: Passphrase) -> Result<EnrolmentView> {
        let permit = self.permit(Action::ChangeFactors).await?;
        let (key_file, device) = self.key_file()?;
        let slot = permit.session().slot.clone();
        let secret = device.read_secret(slot.id)?;
        let (again, password) =
            tokio::task::spawn_blocking(move || (key_file.open_slot(slot.id, &password, &secret).map(drop), password))
                .await
                .map_err(|_| Code::Internal)?;
        again?;
        let seed = TotpSeed::make()?;
        let business = permit.store().businesses().await?.into_iter().next();
        let uri = totp::enrolment_uri(
            &seed,
            business.as_ref().map_or("Purser", |business| business.name.as_str()),
            &slot.name,
        )?;
        let view = EnrolmentView { qr_svg: qr_svg(&uri)?, secret: seed.expose_base32(), uri };
        *lock(&self.enrolment) = Some(Enrolment { password, seed });
        Ok(view)
    }

    /// Ends it with a code from the authenticator; gives the recovery codes, shown once.
    pub async fn confirm_totp(&self, code: &str) -> Result<Vec<Zeroizing<String>>> {
        let permit = self.permit(Action::ChangeFactors).await?;
        let Enrolment { password, seed } =
            lock(&self.enrolment).take().ok_or_else(|| Error::invalid("no second factor was begun"))?;
        let step = match prove_seed(&seed, code, self.now().wall_ms) {
            Ok(step) => step,
            Err(error) => {
                *lock(&self.enrolment) = Some(Enrolment { password, seed });
                return Err(error);
            }
        };
        let (key_file, device) = self.key_file()?;
        let slot = permit.session().slot.clone();
        let secret = device.read_secret(slot.id)?;
        let made = tokio::task::spawn_blocking(move || enrol(&key_file, slot.id, &password, &secret, seed)).await;
        let (changed, slot_secret, codes) = made.map_err(|_| Code::Internal)??;
        // The step is used up before the factor counts, so that the code cannot log in afterwards.
        let state = self.auth_state(&changed, &device.read_anchor()?)?;
        let state = state.reset_totp_step(slot.id).reset_recovery_codes(slot.id);
        let state = state.accept_totp_step(slot.id, step).ok_or(Code::WrongCode)?;
        self.save_auth_state(&changed, &device, state)?;
        kill_point("totp.state");
        self.save_key_file(&changed, &device)?;
        let session = permit.session();
        *lock(&session.secret) = slot_secret;
        *lock(&session.key_file) = changed;
        let texts: Vec<Zeroizing<String>> = codes.iter().map(RecoveryCode::expose_text).collect();
        let lines: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
        *lock(&self.recovery_codes) = Some(Zeroizing::new(lines.join("\n") + "\n"));
        self.announce();
        Ok(texts)
    }

    /// Minutes without input after which the session locks. The owner's to decide.
    pub async fn set_idle_minutes(&self, minutes: u8) -> Result<()> {
        let permit = self.permit(Action::ChangeSettings).await?;
        if !(1..=30).contains(&minutes) {
            return Err(Error::invalid("idle minutes: 1 to 30"));
        }
        let (current, device) = self.key_file()?;
        let session = permit.session();
        let policy = Policy { idle_lock_minutes: minutes, ..current.policy().clone() };
        let changed = current.set_policy(&lock(&session.secret), policy)?;
        self.save_key_file(&changed, &device)?;
        *lock(&session.key_file) = changed;
        session.idle_ms.store(u64::from(minutes) * 60_000, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
}

fn enrol(
    key_file: &KeyFile,
    slot: SlotId,
    password: &Passphrase,
    secret: &DeviceSecret,
    seed: TotpSeed,
) -> purser_vault::Result<(KeyFile, SlotSecret, Vec<RecoveryCode>)> {
    let mut slot_secret = key_file.open_slot(slot, password, secret)?;
    let (codes, hashes): (Vec<RecoveryCode>, RecoveryCodeHashes) = make_recovery_codes()?;
    slot_secret.set_totp_seed(Some(seed));
    slot_secret.set_recovery_codes(Some(hashes));
    let wrapped = key_file.change_factors(&slot_secret, password, secret)?;
    let changed = wrapped.set_factors(&slot_secret, slot, &[Factor::Password, Factor::Totp])?;
    Ok((changed, slot_secret, codes))
}

fn prove_seed(seed: &TotpSeed, code: &str, wall_ms: u64) -> Result<u64> {
    totp::verify(seed, code, wall_ms / 1000, None).map_err(|refused| match refused {
        TotpRefused::ClockWasWrong => Code::ClockWasWrong.into(),
        TotpRefused::Malformed | TotpRefused::Wrong => Code::WrongCode.into(),
    })
}

fn check_business(business: &Business) -> Result<()> {
    if business.name.trim().is_empty() || business.name.chars().count() > 120 {
        return Err(Error::invalid("the business's name: 1 to 120 characters"));
    }
    if jiff::tz::TimeZone::get(&business.zone).is_err() {
        return Err(Error::invalid(format!("\"{}\" is not a time zone; write it like Asia/Shanghai", business.zone)));
    }
    purser_books::Currency::parse(&business.base_currency).map_err(|error| Error::invalid(error.to_string()))?;
    Ok(())
}

fn render_kit(
    key_file: &KeyFile,
    key: &RecoveryKey,
    business: &str,
    wall_ms: u64,
    language: KitLanguage,
) -> Zeroizing<String> {
    let created = jiff::Timestamp::from_millisecond(i64::try_from(wall_ms).unwrap_or(0))
        .map(|time| time.to_string())
        .unwrap_or_default();
    let kit = Kit {
        file_id: key_file.file_id(),
        recovery_key: key,
        owner_public: key_file.owner_public(),
        business_name: business,
        audit_checkpoint: None,
        created: &created,
    };
    kit.render(language)
}

fn qr_svg(uri: &str) -> Result<Zeroizing<String>> {
    let code = qrcode::QrCode::new(uri.as_bytes()).map_err(|_| Error::new(Code::Internal, "qr code"))?;
    let image = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build();
    Ok(Zeroizing::new(image))
}
