//! People: inviting them, taking an invitation up, narrowing and revoking a login.
//!
//! The owner makes the slot and gets a one-time code; the person takes it up at this computer within ten minutes with a
//! password and a code generator of her own, which nobody else ever sees. Revoking takes the slot's envelope and grants away
//! and gives the books a new key, so that what she copied before opens nothing that is written afterwards.

use purser_vault::auth_state::{AuthState, Moment};
use purser_vault::keyfile::{Invitation, InvitationCode, KeyFile, Limits, Slot, SlotKind};
use purser_vault::recovery::{RecoveryCode, make_recovery_codes};
use purser_vault::secret::DeviceSecret;
use zeroize::Zeroizing;

use crate::Purser;
use crate::audit::{Event, Told};
use crate::device::Device;
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::renewal::Renewal;
use crate::role::Action;
use crate::second_factor::{EnrolmentView, prove_seed};
use crate::session::{Session, lock};
use crate::setup::check_password;
use crate::step_up::{Act, StepUp};
use crate::store::Store;

/// How long an invitation can be taken up.
const INVITATION_MS: u64 = 10 * 60 * 1000;

/// Who is to be invited.
#[derive(Debug, Clone)]
pub struct Invite {
    pub name: String,
    pub role: SlotKind,
    /// Last day, ISO; `None` = no end.
    pub until: Option<String>,
    /// Numbers of the only wallets this person sees; empty = all.
    pub wallets: Vec<i64>,
}

/// An invitation to be handed over; shown once.
pub struct Invited {
    pub code: Zeroizing<String>,
    /// Until when it can be taken up, milliseconds since 1970 UTC.
    pub until_ms: u64,
}

impl std::fmt::Debug for Invited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invited")
    }
}

/// How a person's login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonState {
    /// Invited, not taken up yet.
    Invited,
    /// Not taken up in time.
    InvitationOver,
    Active,
    /// The time this login was given is over.
    Over,
    /// A hundred wrong tries in a row.
    Disabled,
}

/// A person as the owner sees her.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Person {
    pub name: String,
    pub role: SlotKind,
    pub state: PersonState,
    pub until_ms: Option<u64>,
    pub wallets: Option<Vec<i64>>,
    pub last_login_ms: Option<u64>,
    pub password_ms: Option<u64>,
    pub factor_ms: Option<u64>,
    pub codes_ms: Option<u64>,
    pub has_second_factor: bool,
    /// Somebody else may know the password.
    pub compromised: bool,
    /// When her password was last known to somebody else; what it opened is ended by revoking her and inviting her anew.
    pub exposed_ms: Option<u64>,
}

/// What revoking somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// The books have a new key. `false`: her role held none, or there was no room for the copy, which is then made at the
    /// owner's next login.
    pub books_renewed: bool,
    pub pending: bool,
}

impl Purser {
    /// Everybody with a login, the owner first.
    pub async fn people(&self) -> Result<Vec<Person>> {
        self.person(Action::ManagePeople).await?;
        let (key_file, device) = self.key_file()?;
        let state = self.auth_state(&key_file, &device.read_anchor()?)?;
        let now = self.now();
        let known = key_file.slots().iter().filter(|slot| !slot.disabled && slot.kind != SlotKind::Recovery);
        let mut people: Vec<Person> = known.map(|slot| describe(&key_file, slot, &state, &now)).collect();
        people.sort_by_key(|person| person.role != SlotKind::Owner);
        Ok(people)
    }

    /// Makes a slot for somebody and gives the code that takes it up.
    pub async fn invite(&self, proof: StepUp, invite: Invite) -> Result<Invited> {
        let (session, _) = self.proven(proof, Act::InvitePerson).await?;
        self.check_ready(&session)?;
        let (key_file, device) = self.key_file()?;
        check_name(&key_file, &invite.name)?;
        let now = self.now();
        let mut limits = self.limits(&session, invite.role, invite.until.as_deref(), invite.wallets).await?;
        limits.invitation = Some(Invitation::starting(&now, INVITATION_MS));
        let (invite_name, invite_role) = (invite.name.clone(), invite.role);
        let person = std::sync::Arc::clone(&session);
        let made = tokio::task::spawn_blocking(move || {
            let device_secret = DeviceSecret::make()?;
            let owner = lock(&person.secret);
            let keys = key_file.open_compartments(&*owner)?;
            let invited = key_file.invite(&owner, &keys, invite.role, invite.name.trim(), limits, &device_secret)?;
            Ok::<_, purser_vault::Error>((invited, device_secret))
        });
        let ((changed, slot, code), device_secret) = made.await.map_err(|_| Code::Internal)?.map_err(|error| {
            let full = Error::invalid("no more logins fit into this profile, or the last revocation is not finished");
            if error == purser_vault::Error::Limit { full } else { error.into() }
        })?;
        device.write_secret(slot, &device_secret)?;
        kill_point("invite.device");
        self.save_key_file(&changed, &device)?;
        *lock(&session.key_file) = changed;
        self.record_people(&session).await?;
        let row = Event::new(Told::PersonInvited, invite_name.trim()).with("role", role_word(invite_role));
        self.tell(&session, row).await?;
        self.announce();
        Ok(Invited { code: code.expose_text(), until_ms: now.wall_ms.saturating_add(INVITATION_MS) })
    }

    /// First step of taking an invitation up: the seed to scan. Needs no session.
    pub async fn invitation(&self, name: &str, typed: &str) -> Result<EnrolmentView> {
        self.check_freeze_locked(purser_books::freeze::Act::AcceptInvitation)?;
        let _one_at_a_time = self.login.lock().await;
        let taken = self.open_invitation(name, typed).await?;
        let seed = taken.secret.totp_seed().ok_or(Code::Internal)?;
        let view = EnrolmentView::of(seed, "Purser", name.trim())?;
        // The same code comes again with the password.
        self.save_auth_state(&taken.key_file, &taken.device, taken.state.retract_attempt(taken.slot.id, &self.now()))?;
        Ok(view)
    }

    /// Takes it up with a password of one's own and a code of the generator. Gives the recovery codes, shown once. Nobody is
    /// logged in by it.
    pub async fn accept_invitation(
        &self,
        name: &str,
        typed: &str,
        new_password: &str,
        code: &str,
    ) -> Result<Vec<Zeroizing<String>>> {
        self.check_freeze_locked(purser_books::freeze::Act::AcceptInvitation)?;
        let _one_at_a_time = self.login.lock().await;
        let password = check_password(new_password, &[name], false)?;
        let Taken { key_file, device, slot, state, mut secret } = self.open_invitation(name, typed).await?;
        let now = self.now();
        let seed = secret.totp_seed().ok_or(Code::Internal)?;
        let step = prove_seed(seed, code, now.wall_ms)?;
        let state = state.succeed(slot.id, &now).accept_totp_step(slot.id, seed.id(), step).ok_or(Code::WrongCode)?;
        let (device_secret, kdf, slot_id) = (device.read_secret(slot.id)?, self.kdf, slot.id);
        let made = tokio::task::spawn_blocking(move || {
            let (codes, hashes) = make_recovery_codes()?;
            secret.set_recovery_codes(Some(hashes));
            let changed = key_file.change_password(&secret, &password, &device_secret, kdf)?;
            Ok::<_, purser_vault::Error>((changed, codes))
        });
        let (changed, codes) = made.await.map_err(|_| Code::Internal)??;
        let state = state.with_past(slot_id, |past| {
            let now_ms = Some(now.wall_ms);
            (past.password_ms, past.factor_ms, past.codes_ms) = (now_ms, now_ms, now_ms);
        });
        self.save_auth_state(&changed, &device, state)?;
        kill_point("accept.state");
        self.save_key_file(&changed, &device)?;
        self.announce();
        Ok(codes.iter().map(RecoveryCode::expose_text).collect())
    }

    /// Changes the end and the wallets of a login.
    pub async fn change_person(&self, proof: StepUp, name: &str, until: Option<&str>, wallets: Vec<i64>) -> Result<()> {
        let (session, _) = self.proven(proof, Act::ChangePerson).await?;
        let (key_file, device) = self.key_file()?;
        let slot = named(&key_file, name)?.clone();
        let limits = self.limits(&session, slot.kind, until, wallets).await?;
        let limits = Limits { invitation: slot.limits.invitation, ..limits };
        let changed = key_file.set_limits(&lock(&session.secret), slot.id, limits)?;
        self.save_key_file(&changed, &device)?;
        *lock(&session.key_file) = changed;
        self.announce();
        self.tell(&session, Event::new(Told::PersonChanged, &slot.name)).await
    }

    /// Lets a login in again that a hundred wrong tries disabled.
    pub async fn enable_person(&self, proof: StepUp, name: &str) -> Result<()> {
        let (session, _) = self.proven(proof, Act::ChangePerson).await?;
        let (key_file, device) = self.key_file()?;
        let slot = named(&key_file, name)?;
        let state = self.auth_state(&key_file, &device.read_anchor()?)?;
        self.save_auth_state(&key_file, &device, state.enable(slot.id, &self.now()))?;
        self.tell(&session, Event::new(Told::PersonEnabled, &slot.name)).await
    }

    /// Takes a login away. Who held the key of the books makes them get a new one.
    pub async fn revoke_person(&self, proof: StepUp, name: &str) -> Result<Revoked> {
        let (session, _) = self.proven(proof, Act::RevokePerson).await?;
        let _nobody_else = self.renewing.write().await;
        let (key_file, device) = self.key_file()?;
        let slot = named(&key_file, name)?.clone();
        if slot.id == session.slot.id {
            return Err(Error::invalid("the owner's own login cannot be revoked"));
        }
        let (changed, renewal) = revoked(&session, &key_file, &slot)?;
        self.save_key_file(&changed, &device)?;
        kill_point("revoke.keys");
        *lock(&session.key_file) = changed.clone();
        device.remove_secret(slot.id)?;
        self.record_people(&session).await?;
        self.tell(&session, Event::new(Told::PersonRevoked, &slot.name)).await?;
        let Some(renewal) = renewal else {
            self.announce();
            return Ok(Revoked { books_renewed: false, pending: false });
        };
        // Her access through Purser has ended. Where there is no room for the copy it stays owed.
        let done = match self.check_space() {
            Ok(()) => self.renew_in_session(&session, changed, renewal, &device).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(Revoked { books_renewed: true, pending: false }),
            Err(error) if error.code == Code::DiskFull => Ok(Revoked { books_renewed: false, pending: true }),
            Err(error) => Err(error),
        }
    }

    async fn limits(
        &self,
        session: &Session,
        role: SlotKind,
        until: Option<&str>,
        mut wallets: Vec<i64>,
    ) -> Result<Limits> {
        let store = session.store().ok_or(Code::NotAllowed)?;
        if role == SlotKind::Responder && !wallets.is_empty() {
            return Err(Error::invalid("a responder sees no wallets"));
        }
        let known: Vec<i64> = store.wallets().await?.iter().map(|wallet| wallet.id).collect();
        if let Some(unknown) = wallets.iter().find(|wallet| !known.contains(wallet)) {
            return Err(Error::not_found(format!("no wallet {unknown}")));
        }
        wallets.sort_unstable();
        wallets.dedup();
        let until_ms = match until {
            None => None,
            Some(day) => Some(end_of_day_ms(day, &zone_of(&store).await?)?),
        };
        if until_ms.is_some_and(|until_ms| until_ms <= self.now().wall_ms) {
            return Err(Error::invalid("the last day of the login is over already"));
        }
        Ok(Limits { until_ms, wallets: (!wallets.is_empty()).then_some(wallets), invitation: None })
    }

    /// Opens an invited slot with its code. Counts as an attempt, like a password does.
    async fn open_invitation(&self, name: &str, typed: &str) -> Result<Taken> {
        let (key_file, device) = self.key_file()?;
        let code = InvitationCode::parse(typed).map_err(|_| Error::from(Code::WrongPassword))?.as_passphrase()?;
        let invited = |slot: &&Slot| key_file.is_invited(slot);
        let Some(slot) = key_file.slot_named(name.trim()).filter(invited).cloned() else {
            let refused = tokio::task::spawn_blocking(move || key_file.waste_attempt(&code)).await;
            return Err(refused.map_or_else(|_| Code::Internal.into(), Error::from));
        };
        let now = self.now();
        let is_good = slot.limits.invitation.is_some_and(|invitation| invitation.is_good(&now));
        if !is_good || slot.is_over(&now) {
            return Err(Error::new(Code::SlotOver, "the invitation"));
        }
        let device_secret = device.read_secret(slot.id)?;
        let state = self.count_attempt(&key_file, &device, device.read_anchor()?, slot.id)?;
        let (file, slot_id) = (key_file.clone(), slot.id);
        let opened = tokio::task::spawn_blocking(move || file.open_slot(slot_id, &code, &device_secret)).await;
        let secret = opened.map_err(|_| Code::Internal)??;
        Ok(Taken { key_file, device, slot, state, secret })
    }
}

/// An invited slot whose code was right.
struct Taken {
    key_file: KeyFile,
    device: Device,
    slot: Slot,
    state: AuthState,
    secret: purser_vault::keyfile::SlotSecret,
}

/// The key file without this person, and the renewal that is due where the role held the key of the books.
fn revoked(session: &Session, key_file: &KeyFile, slot: &Slot) -> Result<(KeyFile, Option<Renewal>)> {
    let owner = lock(&session.secret);
    let keys = key_file.open_compartments(&*owner)?;
    let without = key_file.revoke_slot(&owner, &keys, slot.id)?;
    if !slot.kind.may_open(purser_vault::key::Compartment::Books) {
        return Ok((without, None));
    }
    let (begun, _) = without.begin_renewal(&owner)?;
    let renewal = Renewal::of(&begun, &owner)?;
    Ok((begun, Some(renewal)))
}

fn describe(key_file: &KeyFile, slot: &Slot, auth: &AuthState, now: &Moment) -> Person {
    let past = auth.past(slot.id);
    let invitation_is_good = slot.limits.invitation.is_some_and(|invitation| invitation.is_good(now));
    let state = if key_file.is_invited(slot) {
        if invitation_is_good { PersonState::Invited } else { PersonState::InvitationOver }
    } else if slot.is_over(now) {
        PersonState::Over
    } else if auth.fails(slot.id) >= purser_vault::auth_state::FAILURES_MAX {
        PersonState::Disabled
    } else {
        PersonState::Active
    };
    Person {
        name: slot.name.clone(),
        role: slot.kind,
        state,
        until_ms: slot.limits.until_ms,
        wallets: slot.limits.wallets.clone(),
        last_login_ms: past.login_ms,
        password_ms: past.password_ms,
        factor_ms: past.factor_ms,
        codes_ms: past.codes_ms,
        has_second_factor: slot.requires_totp(),
        compromised: auth.is_compromised(slot.id),
        exposed_ms: past.exposed_ms,
    }
}

/// The word of the log.
const fn role_word(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Owner => "owner",
        SlotKind::Accountant => "accountant",
        SlotKind::Responder => "responder",
        SlotKind::Recovery => "recovery",
    }
}

fn named<'a>(key_file: &'a KeyFile, name: &str) -> Result<&'a Slot> {
    key_file.slot_named(name.trim()).ok_or_else(|| Error::not_found(format!("no login \"{}\"", name.trim())))
}

fn check_name(key_file: &KeyFile, name: &str) -> Result<()> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 64 || name.contains(char::is_control) {
        return Err(Error::invalid("the name of a login: 1 to 64 characters"));
    }
    if key_file.slots().iter().any(|slot| !slot.disabled && slot.name == name) {
        return Err(Error::invalid(format!("there is a login \"{name}\" already")));
    }
    Ok(())
}

/// The zone in which days of the business end.
pub async fn zone_of(store: &Store) -> Result<String> {
    let first = store.businesses().await?.into_iter().next();
    Ok(first.map_or_else(|| "UTC".to_owned(), |business| business.zone))
}

/// The last day before an end, ISO.
#[must_use]
pub fn last_day(until_ms: u64, zone: &str) -> Option<String> {
    let last = jiff::Timestamp::from_millisecond(i64::try_from(until_ms).ok()?.checked_sub(1)?).ok()?;
    Some(last.in_tz(zone).ok()?.date().to_string())
}

/// The end of a civil day in a zone.
fn end_of_day_ms(day: &str, zone: &str) -> Result<u64> {
    let date: jiff::civil::Date =
        day.parse().map_err(|_| Error::invalid(format!("\"{day}\" is not a date; write it like 2026-10-31")))?;
    let next =
        date.tomorrow().and_then(|date| date.in_tz(zone)).map_err(|_| Error::invalid("that day does not exist"))?;
    u64::try_from(next.timestamp().as_millisecond()).map_err(|_| Error::invalid("that day is too long ago"))
}
