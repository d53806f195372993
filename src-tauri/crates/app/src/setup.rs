//! Setting up: a profile of one's own and its recovery kit.
//!
//! A profile is made in one go: books, device secret, anchor and login state first, the key file last.
//! As long as the key file is missing there is no profile, and what a cut-short creation left is swept away.

use purser_vault::auth_state::{AuthState, Moment};
use purser_vault::keyfile::{Created, DeviceStore, KeyFile, Limits, NewProfile, NewSlot, Policy, Seen, SlotKind};
use purser_vault::kit::{Kit, KitLanguage};
use purser_vault::passphrase::{self, Protection, Reason, Strength};
use purser_vault::recovery::{RecoveryCode, make_recovery_codes};
use purser_vault::secret::{DeviceSecret, Passphrase, RecoveryKey, TotpSeed};
use purser_vault::totp;
use zeroize::Zeroizing;

use crate::Purser;
use crate::audit::{Event, Told};
use crate::device::{Anchor, Device, SecretStore};
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::role::Action;
use crate::second_factor::prove_seed;
use crate::session::{Opened, Session, State, lock};
use crate::step_up::{Act, StepUp};
use crate::store::{Business, Since, Store};

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

/// A kit that replaces another; shown once.
pub struct NewKit {
    pub text: Zeroizing<String>,
    pub recovery_key: Zeroizing<String>,
}

impl std::fmt::Debug for NewKit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewKit")
    }
}

/// The kit of a profile made in this session, until it is proven or the session ends.
pub(crate) struct PendingKit {
    pub(crate) text: Zeroizing<String>,
}

/// The key in what somebody typed or saved: the whole page, or the key alone.
pub(crate) fn kit_key(typed: &str) -> purser_vault::Result<RecoveryKey> {
    let key = typed.lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET-KEY-"));
    RecoveryKey::parse(key.unwrap_or(typed))
}

/// How good a password is, for a business and its owner.
#[must_use]
pub fn assess(typed: &str, names: &[&str], only_factor: bool) -> Strength {
    passphrase::assess(typed, if only_factor { Protection::PasswordOnly } else { Protection::SecondFactor }, names)
}

/// Judges a new password as typed and gives what is hashed. Where the login has no second factor it must be longer.
pub fn check_password(typed: &str, names: &[&str], only_factor: bool) -> Result<Passphrase> {
    let strength = assess(typed, names, only_factor);
    if !strength.accepted {
        let reasons: Vec<&str> = strength.reasons.iter().map(reason_text).collect();
        let least = if only_factor { Protection::PasswordOnly } else { Protection::SecondFactor }.chars_min();
        let detail = format!("{}; at least {least} characters that nobody would guess", reasons.join(", "));
        return Err(Error::new(Code::WeakPassword, detail));
    }
    Passphrase::from_typed(typed).map_err(|_| Error::invalid("the password is longer than 1024 bytes"))
}

const fn reason_text(reason: &Reason) -> &'static str {
    match reason {
        Reason::TooShort { .. } => "too short",
        Reason::TooLong { .. } => "too long",
        Reason::Common => "one of the first that everybody tries",
        Reason::NameInside => "made of a name that is known",
        Reason::Guessable => "easily guessed",
    }
}

/// A profile that was made and is not written down yet.
struct New {
    created: Created,
    codes: Vec<RecoveryCode>,
    device_secret: DeviceSecret,
    store_at: Box<dyn SecretStore>,
    business: Business,
    /// With its first code, and the step of that.
    totp: Option<((TotpSeed, String), u64)>,
    language: KitLanguage,
    now: Moment,
}

/// The owner's slot is called this until people are added.
pub(crate) const OWNER: &str = "owner";

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
        let store_at = self.stores.open(setup.device_store, self.folder.root())?;
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
                limits: Limits::default(),
            };
            let profile =
                NewProfile { owner, device_store, store_vendor: &vendor, created_ms, policy: Policy::default() };
            let mut created = KeyFile::create(profile)?;
            let mut codes = Vec::new();
            if first_step.is_some() {
                codes = add_recovery_codes(&mut created, &setup.password, &device_secret)?;
            }
            Ok::<_, purser_vault::Error>(((created, codes), device_secret))
        })
        .await
        .map_err(|_| Code::Internal)??;
        let (created, codes) = created;
        let books = created.keys.books.as_ref().ok_or(Code::Internal)?;
        let store = Store::create(&self.folder.books(), books).await?;
        let totp = setup.second_factor.zip(first_step);
        let kept =
            self.keep(store.clone(), New { created, codes, device_secret, store_at, business, totp, language, now });
        let kept = kept.await;
        if kept.is_err() {
            store.close().await;
        }
        kept
    }

    /// Writes a new profile down, the key file last: with it the profile is there. Leaves it open.
    async fn keep(&self, store: Store, new: New) -> Result<SetUp> {
        let New { created, codes, device_secret, store_at, business, totp, language, now } = new;
        let owner_id = created.owner.slot_id();
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
        state = state.with_past(owner_id, |past| past.password_ms = Some(now.wall_ms));
        if let Some(((seed, _), step)) = &totp {
            // The code that proved the enrolment is used up by it (R35).
            state = state.accept_totp_step(owner_id, seed.id(), *step).ok_or(Code::Internal)?;
            state = state.with_past(owner_id, |past| {
                (past.factor_ms, past.codes_ms) = (Some(now.wall_ms), Some(now.wall_ms));
            });
        }
        self.save_auth_state(&created.key_file, &device, state)?;
        kill_point("setup.state");
        self.folder.write_keys(&created.key_file.to_bytes()?)?;
        let kit_text = render_kit(&created.key_file, &created.recovery_key, &business.name, now.wall_ms, language);
        let set_up = SetUp {
            kit_text: kit_text.clone(),
            recovery_key: created.recovery_key.expose_text(),
            totp_uri: match &totp {
                Some(((seed, _), _)) => Some(totp::enrolment_uri(seed, &business.name, OWNER)?),
                None => None,
            },
            recovery_codes: codes.iter().map(RecoveryCode::expose_text).collect(),
        };
        *lock(&self.kit) = Some(PendingKit { text: kit_text });
        let slot = created.key_file.slot(owner_id).ok_or(Code::Internal)?.clone();
        let opened = Opened { key_file: created.key_file, slot, secret: created.owner };
        let session = Session::new(self, Some(store), opened);
        self.begin_log(&session, &device, 0).await?;
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
        for since in [Since::BooksKey, Since::KitMade] {
            Store::note_since_in(&mut transaction, since, Some(self.now_ms())).await?;
        }
        store.commit_silently(transaction).await
    }

    /// The text of the kit, while it may still be shown: in the session that made it.
    pub fn kit_text(&self) -> Option<Zeroizing<String>> {
        lock(&self.kit).as_ref().map(|kit| kit.text.clone())
    }

    /// The owner types the recovery key back. True = proven, from now on.
    pub async fn prove_kit(&self, typed: &str) -> Result<bool> {
        let permit = self.permit(Action::ProveKit).await?;
        let Ok(key) = kit_key(typed) else { return Ok(false) };
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
        let proven = [(Since::KitProven, Some(self.now_ms()))];
        permit.store().note_since(&proven, &Event::new(Told::KitProven, "")).await?;
        self.announce();
        Ok(true)
    }

    /// A new kit in the place of the old one, which still opens copies made before: whoever fears that it was seen renews
    /// the key of the books too. Shown once, and to be proven like the first.
    pub async fn replace_kit(&self, proof: StepUp, language: KitLanguage) -> Result<NewKit> {
        let (session, _) = self.proven(proof, Act::ReplaceKit).await?;
        let (current, device) = self.key_file()?;
        let business = self.business_name(&session).await?;
        let (changed, key) = {
            let secret = lock(&session.secret);
            current.replace_kit(&secret, &current.open_compartments(&*secret)?)?
        };
        self.save_key_file(&changed, &device)?;
        let text = render_kit(&changed, &key, &business, self.now().wall_ms, language);
        *lock(&session.key_file) = changed;
        *lock(&self.kit) = Some(PendingKit { text: text.clone() });
        if let Some(store) = session.store() {
            let made = [(Since::KitProven, None), (Since::KitMade, Some(self.now_ms()))];
            store.note_since(&made, &Event::new(Told::KitReplaced, "")).await?;
            self.record_people(&session).await?;
        }
        self.announce();
        Ok(NewKit { text, recovery_key: key.expose_text() })
    }

    /// The name of the first business, for what is printed; responders do not see it.
    pub(crate) async fn business_name(&self, session: &Session) -> Result<String> {
        let Some(store) = session.store() else { return Ok("Purser".to_owned()) };
        let first = store.businesses().await?.into_iter().next();
        Ok(first.map_or_else(|| "Purser".to_owned(), |business| business.name))
    }

    /// Minutes without input after which the session locks. The owner's to decide; more of them lower the protection and
    /// need a proof.
    pub async fn set_idle_minutes(&self, minutes: u8, proof: Option<StepUp>) -> Result<()> {
        let session = self.person(Action::ChangeSettings).await?;
        if !(1..=30).contains(&minutes) {
            return Err(Error::invalid("idle minutes: 1 to 30"));
        }
        let (current, device) = self.key_file()?;
        if minutes > current.policy().idle_lock_minutes {
            proof.ok_or(Code::StepUp)?.spend(Act::LowerSetting, &session, &self.now())?;
        }
        let policy = Policy { idle_lock_minutes: minutes, ..current.policy().clone() };
        let changed = current.set_policy(&lock(&session.secret), policy)?;
        self.save_key_file(&changed, &device)?;
        *lock(&session.key_file) = changed;
        session.idle_ms.store(u64::from(minutes) * 60_000, std::sync::atomic::Ordering::Relaxed);
        self.tell(&session, Event::new(Told::SettingChanged, "idle_minutes").with("value", minutes)).await
    }
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

/// Ten recovery codes for an owner's slot that was just made with a code generator.
pub(crate) fn add_recovery_codes(
    created: &mut Created,
    password: &Passphrase,
    device_secret: &DeviceSecret,
) -> purser_vault::Result<Vec<RecoveryCode>> {
    let (codes, hashes) = make_recovery_codes()?;
    created.owner.set_recovery_codes(Some(hashes));
    created.key_file = created.key_file.change_factors(&created.owner, password, device_secret)?;
    Ok(codes)
}

pub(crate) fn render_kit(
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
