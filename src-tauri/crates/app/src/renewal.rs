//! A new key for the books, by copy and swap.
//!
//! The key file names the new key as pending before anything is copied and drops the old one after the copy took the place
//! of the books. Ended anywhere in between, which of the two keys opens the books tells how far it came: the owner's next
//! login finishes it. SQLCipher's own way to change a key is never used: on a full disk it destroys the file.

use std::sync::Arc;

use purser_vault::key::BooksKey;
use purser_vault::keyfile::{KeyFile, SlotKind, SlotSecret};

use crate::Purser;
use crate::audit::{Event, Told};
use crate::device::Device;
use crate::error::{Code, Error, Result};
use crate::files::{self, kill_point};
use crate::kept_secrets::open_vault;
use crate::session::{LockCause, Opened, Session, State, lock};
use crate::step_up::{Act, StepUp};
use crate::store::{Store, copy};

/// A renewal that was begun: everything that needs the owner's signature is signed already.
pub(crate) struct Renewal {
    old: BooksKey,
    new: BooksKey,
    owner_pin: String,
    finished: KeyFile,
    abandoned: KeyFile,
}

impl Renewal {
    pub(crate) fn of(begun: &KeyFile, owner: &SlotSecret) -> Result<Renewal> {
        Ok(Renewal {
            old: begun.open_compartments(owner)?.books.ok_or(Code::NotAllowed)?,
            new: begun.open_pending_books(owner)?.ok_or(Code::Internal)?,
            owner_pin: begun.owner_public().fingerprint(),
            finished: begun.finish_renewal(owner)?,
            abandoned: begun.abandon_renewal(owner)?,
        })
    }
}

impl Purser {
    /// Gives the books a new key. What was copied before opens with the old one still; what is written from now on does not.
    pub async fn renew_books_key(&self, proof: StepUp) -> Result<()> {
        let (session, _) = self.proven(proof, Act::RenewBooksKey).await?;
        self.renew_books(&session).await
    }

    /// The same for whoever proved enough to begin the session itself.
    pub(crate) async fn renew_books(&self, session: &Arc<Session>) -> Result<()> {
        self.back_up_before_renewal(session).await?;
        let _nobody_else = self.renewing.write().await;
        self.check_space()?;
        let (key_file, device) = self.key_file()?;
        let (begun, renewal) = {
            let secret = lock(&session.secret);
            let (begun, _) = key_file.begin_renewal(&secret)?;
            let renewal = Renewal::of(&begun, &secret)?;
            (begun, renewal)
        };
        self.save_key_file(&begun, &device)?;
        let abandoned = renewal.abandoned.clone();
        let copied = self.renew_in_session(session, begun, renewal, &device).await;
        if copied.is_err() && self.save_key_file(&abandoned, &device).is_ok() {
            *lock(&session.key_file) = abandoned;
        }
        copied?;
        self.tell(session, Event::new(Told::BooksKeyRenewed, "")).await
    }

    /// How far a copy that is being made has come: bytes of it and of the books.
    #[must_use]
    pub fn renewal_bytes(&self) -> (u64, u64) {
        let length = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |data| data.len());
        (length(&self.folder.new_books()), length(&self.folder.books()))
    }

    /// Copies the books to the pending key of `begun` and opens them again; when that fails, with the old key.
    pub(crate) async fn renew_in_session(
        &self,
        session: &Arc<Session>,
        begun: KeyFile,
        renewal: Renewal,
        device: &Device,
    ) -> Result<()> {
        kill_point("renewal.begun");
        session.close().await;
        let copied = self.copy_books(&renewal, device).await;
        let (key, key_file) = match &copied {
            Ok(()) => (renewal.new, renewal.finished),
            Err(_) => (renewal.old, begun),
        };
        *lock(&session.key_file) = key_file;
        let store = match Store::open(&self.folder.books(), &key).await {
            Ok(store) => store,
            // On a full disk not even the old books open again: the session ends, the next login finds them whole.
            Err(error) => {
                self.lock(LockCause::Closing).await;
                return copied.and(Err(error));
            }
        };
        let still_open = matches!(&*self.state.read().await, State::Open(open) if Arc::ptr_eq(open, session));
        if still_open {
            session.set_store(store);
        } else {
            store.close().await;
        }
        self.announce();
        copied
    }

    /// The books under the pending key, and a key file that says so. On failure nothing of the copy stays, and the books
    /// are as they were. Nobody has the books open.
    pub(crate) async fn copy_books(&self, renewal: &Renewal, device: &Device) -> Result<()> {
        let says = copy::NewMarks { owner_pin: &renewal.owner_pin, now_ms: self.now_ms() };
        copy::swap(&self.folder, &renewal.old, &renewal.new, &says).await?;
        self.save_key_file(&renewal.finished, device)?;
        kill_point("renewal.finished");
        Ok(())
    }

    /// Opens the books of a login, with whichever key opens them; the owner's login finishes a renewal that was cut short.
    pub(crate) async fn open_books(&self, mut opened: Opened, device: &Device) -> Result<(Opened, Option<Store>)> {
        let keys = opened.key_file.open_compartments(&opened.secret)?;
        let Some(mut key) = keys.books else { return Ok((opened, None)) };
        if let Some(pending) = opened.key_file.open_pending_books(&opened.secret)? {
            key = self.settle_renewal(&mut opened, device, key, pending).await?;
        }
        if copy::is_older(&self.folder.books(), &key).await? {
            self.back_up_closed(&opened.key_file).await?;
        }
        let store = Store::open(&self.folder.books(), &key).await?;
        let settled = async {
            if opened.slot.kind == SlotKind::Owner {
                let vault = open_vault(&opened.key_file, &opened.secret)?;
                self.settle_vault(&opened.key_file, &vault, &store).await?;
            }
            Ok::<_, Error>(())
        };
        let settled = settled.await;
        let mut store = store.closed_unless(settled).await?;
        if let Some(wallets) = &opened.slot.limits.wallets {
            store = store.narrowed(&self.folder.books(), &key, wallets).await?;
        }
        Ok((opened, Some(store)))
    }

    /// The key that opens the books while a new one is pending.
    async fn settle_renewal(
        &self,
        opened: &mut Opened,
        device: &Device,
        old: BooksKey,
        new: BooksKey,
    ) -> Result<BooksKey> {
        let _nobody_else = self.renewing.write().await;
        copy::sweep(&self.folder)?;
        let is_copied = !copy::opens(&self.folder.books(), &old).await?;
        if opened.slot.kind != SlotKind::Owner {
            return Ok(if is_copied { new } else { old });
        }
        let renewal = Renewal::of(&opened.key_file, &opened.secret)?;
        if is_copied {
            self.save_key_file(&renewal.finished, device)?;
        } else {
            // Whoever was revoked, or knew the old password, must not keep a key that works. Where there is no room for
            // the copy it is tried again at the next login.
            match self.check_space() {
                Ok(()) => self.copy_books(&renewal, device).await?,
                Err(_) => return Ok(old),
            }
        }
        opened.key_file = renewal.finished;
        Ok(new)
    }

    /// There must be room for more than the copy before anything is begun.
    pub(crate) fn check_space(&self) -> Result<()> {
        let needed = copy::space_needed(&self.folder)?;
        if files::has_space(self.folder.root(), needed)? {
            return Ok(());
        }
        let mib = needed.div_ceil(1024 * 1024);
        Err(Error::new(Code::DiskFull, format!("the copy needs {mib} MiB of free space")))
    }
}
