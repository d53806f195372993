//! Starting over with the recovery kit, when the password, the code generator or this computer's key is lost.
//!
//! Everything of the owner becomes new: device secret, identity, password, code generator, recovery codes, the keys of books
//! and vault, and the kit itself. The old kit signs that this is right. Nothing is counted and nothing waits: the kit holds
//! 256 random bits. Killed anywhere, either the old kit opens or the new password does.

use std::sync::Arc;

use purser_vault::auth_state::{AuthState, Moment};
use purser_vault::key::{BooksKey, StateMacKey};
use purser_vault::keyfile::{
    CompartmentKeys, Created, DeviceStore, KeyFile, Limits, NewSlot, Seen, SlotKind, SlotSecret,
};
use purser_vault::kit::KitLanguage;
use purser_vault::recovery::RecoveryCode;
use purser_vault::secret::{DeviceSecret, Passphrase, RecoveryKey, TotpSeed};
use zeroize::Zeroizing;

use crate::Purser;
use crate::audit::{Event, Told};
use crate::device::{Anchor, Device};
use crate::error::{Code, Error, Result};
use crate::files::kill_point;
use crate::kept_secrets::open_vault;
use crate::login::find_slot;
use crate::second_factor::{EnrolmentView, prove_seed};
use crate::session::{Opened, Session, State, lock};
use crate::setup::{NewKit, OWNER, PendingKit, add_recovery_codes, check_password, kit_key, render_kit};
use crate::store::{Since, Store, copy};

/// How long a recovery that was begun waits for its code.
const RECOVERY_MS: u64 = 10 * 60 * 1000;

/// A kit that was shown, and the seed of the generator to come.
pub(crate) struct BegunRecovery {
    kit: RecoveryKey,
    seed: TotpSeed,
    started: Moment,
}

/// What ends a recovery.
pub struct Recovery {
    pub new_password: Zeroizing<String>,
    /// Six digits of the new generator.
    pub code: String,
    /// Where this computer's key is to be kept; `None` = where it was.
    pub device_store: Option<DeviceStore>,
    pub language: KitLanguage,
}

impl std::fmt::Debug for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovery").field("device_store", &self.device_store).finish_non_exhaustive()
    }
}

/// What is shown once after it.
#[derive(Debug)]
pub struct Recovered {
    /// Proven like the first.
    pub kit: NewKit,
    pub recovery_codes: Vec<Zeroizing<String>>,
    /// A session of the owner is open. `false`: the books did not open on the way; the new password logs in.
    pub is_open: bool,
    /// The books have a new key. `false`: it is made up for at the owner's next login.
    pub books_renewed: bool,
}

impl Purser {
    /// First step: the kit (its page, or its key) is this profile's; gives the seed to scan, a new one or the one given.
    /// Nothing is changed yet.
    pub async fn begin_recovery(&self, typed: &str, seed: Option<TotpSeed>) -> Result<EnrolmentView> {
        let kit = kit_key(typed).map_err(|_| Error::invalid(NOT_THE_KIT))?;
        self.key_file_of_kit(&kit)?;
        let seed = seed.map_or_else(TotpSeed::make, Ok)?;
        let view = EnrolmentView::of(&seed, "Purser", OWNER)?;
        *lock(&self.recovery) = Some(BegunRecovery { kit, seed, started: self.now() });
        Ok(view)
    }

    /// Second step: everything becomes new. Leaves a session of the owner open, where the books open.
    pub async fn finish_recovery(&self, recovery: Recovery) -> Result<Recovered> {
        let _one_at_a_time = self.login.lock().await;
        if let State::Open(_) = &*self.state.read().await {
            return Err(Error::invalid("somebody is logged in: lock first"));
        }
        let now = self.now();
        let young = |begun: &BegunRecovery| {
            begun.started.boot_id == now.boot_id && now.boot_ms.saturating_sub(begun.started.boot_ms) < RECOVERY_MS
        };
        let begun = lock(&self.recovery).take().filter(young);
        let begun = begun.ok_or_else(|| Error::invalid("no recovery was begun"))?;
        let done = self.recover(&begun, recovery, &now).await;
        // A slip is no reason to type the kit again, as long as it is the kit.
        if done.is_err() && self.key_file_of_kit(&begun.kit).is_ok() {
            *lock(&self.recovery) = Some(begun);
        }
        done
    }

    async fn recover(&self, begun: &BegunRecovery, recovery: Recovery, now: &Moment) -> Result<Recovered> {
        let old_file = self.key_file_of_kit(&begun.kit)?;
        let step = prove_seed(&begun.seed, &recovery.code, now.wall_ms)?;
        let old_keys = old_file.open_compartments(&begun.kit)?;
        let books = self.present_books_key(&old_file, &begun.kit, old_keys).await?;
        let store = Store::open(&self.folder.books(), &books).await?;
        let prepared = self.prepare(begun, &recovery, &old_file, &store).await;
        store.close().await;
        let Prepared { created, begun: new_file, device_secret, codes, business } = prepared?;
        kill_point("recovery.books");
        let (device, slot) = (self.device_for(&new_file)?, created.owner.slot_id());
        device.write_secret(slot, &device_secret)?;
        let (anchor, state) = self.start_counting(&old_file, &device)?;
        device.write_anchor(&anchor)?;
        let state = state.accept_totp_step(slot, begun.seed.id(), step).ok_or(Code::WrongCode)?;
        let state = state.with_past(slot, |past| {
            (past.password_ms, past.factor_ms, past.codes_ms) =
                (Some(now.wall_ms), Some(now.wall_ms), Some(now.wall_ms));
            past.login_ms = Some(now.wall_ms);
        });
        self.save_auth_state(&new_file, &device, state)?;
        kill_point("recovery.state");
        self.save_key_file(&new_file, &device)?;
        kill_point("recovery.keys");
        // From here on the new password opens, whatever becomes of the rest: what is shown once is shown.
        let Created { owner, recovery_key, .. } = created;
        let text = render_kit(&new_file, &recovery_key, &business, now.wall_ms, recovery.language);
        let recovery_codes = codes.iter().map(RecoveryCode::expose_text).collect();
        let entered = self.enter_recovered(new_file, owner, &old_file).await.ok();
        if entered.is_some() {
            *lock(&self.kit) = Some(PendingKit { text: text.clone() });
        }
        self.announce();
        Ok(Recovered {
            kit: NewKit { text, recovery_key: recovery_key.expose_text() },
            recovery_codes,
            is_open: entered.is_some(),
            books_renewed: entered.is_some_and(|session| lock(&session.key_file).pending().is_none()),
        })
    }

    /// The new key file, made while the old books are open: they are told which key of the vault comes next.
    async fn prepare(
        &self,
        begun: &BegunRecovery,
        recovery: &Recovery,
        old_file: &KeyFile,
        store: &Store,
    ) -> Result<Prepared> {
        let mut names = vec![OWNER.to_owned()];
        for business in store.businesses().await? {
            names.extend([business.name, business.name_local]);
        }
        let business = names.get(1).cloned().unwrap_or_else(|| "Purser".to_owned());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let password = check_password(&recovery.new_password, &names, false)?;
        let old_vault = open_vault(old_file, &begun.kit)?;
        // Whatever an earlier change still owes is done before the key goes.
        self.settle_vault(old_file, &old_vault, store).await?;
        let kind = recovery.device_store.unwrap_or(old_file.device_store());
        let vendor = self.stores.open(kind, self.folder.root())?.vendor()?;
        let seed = TotpSeed::from_bytes(begun.seed.expose_bytes());
        let (file, kdf) = (old_file.clone(), self.kdf);
        // Exposed to be used on another thread.
        let kit = RecoveryKey::parse(&begun.kit.expose_text())?;
        let made = tokio::task::spawn_blocking(move || make(&file, &kit, &password, seed, kind, &vendor, kdf)).await;
        let mut prepared = made.map_err(|_| Code::Internal)??;
        prepared.business = business;
        let new_vault = open_vault(&prepared.begun, &prepared.created.owner)?;
        self.leave_vault_key(store, &old_vault, &new_vault, old_file.file_id()).await?;
        Ok(prepared)
    }

    /// Opens the books as a login does, which gives them their new key.
    async fn enter_recovered(&self, new_file: KeyFile, owner: SlotSecret, old_file: &KeyFile) -> Result<Arc<Session>> {
        let slot = new_file.slot(owner.slot_id()).ok_or(Code::Internal)?.clone();
        let device = self.device_for(&new_file)?;
        self.folder.drop_older_keys(&new_file, slot.id)?;
        if let Some(old_owner) = find_slot(old_file, None) {
            device.remove_secret(old_owner.id)?;
        }
        let opened = Opened { key_file: new_file, slot, secret: owner };
        let (opened, store) = self.open_books(opened, &device).await?;
        let store = store.ok_or(Code::Internal)?;
        let session = Arc::new(Session::new(self, Some(store.clone()), opened));
        self.begin_log(&session, &device, 0).await?;
        self.settle_freeze(&session, &device).await?;
        self.settle_lock_screen_of(&session).await;
        let store = session.store().ok_or(Code::Internal)?;
        let made = [(Since::KitProven, None), (Since::KitMade, Some(self.now_ms()))];
        store.note_since(&made, &Event::new(Told::KitUsed, "")).await?;
        *self.state.write().await = State::Open(Arc::clone(&session));
        *lock(&self.fresh_code) = None;
        if old_file.pending().is_some() {
            // What was pending came from before; the kit may have been seen since. Without room it stays as it is.
            match self.renew_books(&session).await {
                Err(error) if error.code != Code::DiskFull => return Err(error),
                _ => {}
            }
        }
        Ok(session)
    }

    /// The key file, without what this computer remembers of it: that may be what was lost. It must be the kit's.
    fn key_file_of_kit(&self, kit: &RecoveryKey) -> Result<KeyFile> {
        let file = KeyFile::parse(&self.folder.read_keys()?, &Seen::default())?;
        if file.recovery_public() == Some(kit.sign_public()?) { Ok(file) } else { Err(Error::invalid(NOT_THE_KIT)) }
    }

    /// Whichever key opens the books now.
    async fn present_books_key(&self, file: &KeyFile, kit: &RecoveryKey, keys: CompartmentKeys) -> Result<BooksKey> {
        let present = keys.books.ok_or(Code::Internal)?;
        match file.open_pending_books(kit)? {
            Some(pending) if !copy::opens(&self.folder.books(), &present).await? => Ok(pending),
            _ => Ok(present),
        }
    }

    fn device_for(&self, file: &KeyFile) -> Result<Device> {
        Ok(Device::new(self.stores.open(file.device_store(), self.folder.root())?, file.file_id()))
    }

    /// The counters as this computer knows them, or the longest waits for everybody else where it knows nothing. The anchor
    /// takes the old file for the newest: it is, until the new one is written.
    fn start_counting(&self, old_file: &KeyFile, device: &Device) -> Result<(Anchor, AuthState)> {
        let mut seen = Seen::default();
        seen.raise(old_file);
        match device.read_anchor() {
            Ok(mut known) => {
                let state = self.auth_state(old_file, &known)?;
                known.seen = seen;
                Ok((known, state))
            }
            Err(error) if error.code == Code::KeyringMissing => {
                let mac = StateMacKey::make()?;
                let slots: Vec<_> = old_file.slots().iter().map(|slot| slot.id).collect();
                let (state, _) = AuthState::load(None, &mac, &old_file.file_id(), 0, &slots, &self.now());
                Ok((Anchor::new(&mac, seen), state))
            }
            Err(error) => Err(error),
        }
    }
}

const NOT_THE_KIT: &str = "that is not this profile's recovery kit";

/// Everything new, not written yet.
struct Prepared {
    created: Created,
    /// With a new key of the books pending.
    begun: KeyFile,
    device_secret: DeviceSecret,
    codes: Vec<RecoveryCode>,
    /// Its name, for the printed kit.
    business: String,
}

fn make(
    file: &KeyFile,
    kit: &RecoveryKey,
    password: &Passphrase,
    seed: TotpSeed,
    device_store: DeviceStore,
    vendor: &str,
    kdf: purser_vault::KdfParams,
) -> purser_vault::Result<Prepared> {
    let device_secret = DeviceSecret::make()?;
    let owner = NewSlot {
        kind: SlotKind::Owner,
        name: OWNER,
        passphrase: password,
        device_secret: &device_secret,
        totp_seed: Some(seed),
        kdf,
        limits: Limits::default(),
    };
    let mut created = file.recover(kit, owner, device_store, vendor)?;
    let codes = add_recovery_codes(&mut created, password, &device_secret)?;
    let begun = begin(&created.key_file, &created.owner)?;
    Ok(Prepared { created, begun, device_secret, codes, business: String::new() })
}

/// One that is pending already is finished first: which of both keys opens the books is not known here.
fn begin(file: &KeyFile, owner: &SlotSecret) -> purser_vault::Result<KeyFile> {
    if file.pending().is_some() { Ok(file.clone()) } else { Ok(file.begin_renewal(owner)?.0) }
}
