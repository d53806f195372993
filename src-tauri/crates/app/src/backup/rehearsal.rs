//! Opening a backup to see whether the books would come back from it: every month by itself, and whenever somebody asks.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use purser_books::door::REHEARSAL_DAYS;
use purser_vault::keyfile::open_backup;
use serde::Serialize;

use super::restore::{check_room, key_file_of, not_a_backup, unpack};
use super::retention::stamp_of;
use super::{BOOKS, DAMAGED_BACKUP, DAY_MS, Manifest, SECOND_PLACE};
use crate::Purser;
use crate::audit::{Event, Told};
use crate::error::{Code, Error, Result};
use crate::files::name_of;
use crate::import::JobControl;
use crate::profile::Folder;
use crate::role::Action;
use crate::session::{Session, lock};
use crate::store::{Since, Store, copy};

/// Beginning of the name of a folder that a backup is opened in.
const SCRATCH: &str = "rehearsal-";

/// Removes what a rehearsal that was killed left. Called before anybody can begin one.
pub(crate) fn sweep(folder: &Folder) {
    for entry in std::fs::read_dir(folder.root()).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(SCRATCH)
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!(kind = ?error.kind(), "a rehearsal that was cut short");
        }
    }
}

/// What a backup was found to hold.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// UTC, as part of a file name.
    pub made: String,
    /// Tables and how many rows each has.
    pub tables: BTreeMap<String, i64>,
    /// The same of the books as they are now.
    pub now: BTreeMap<String, i64>,
}

impl Purser {
    /// Opens a backup with the owner's own key into a scratch folder, checks every page, and counts: what it holds must be
    /// what was packed. Only what came of it is noted.
    pub async fn check_backup(&self, from: &Path, control: &JobControl) -> Result<Checked> {
        let permit = self.permit(Action::BackUp).await?;
        permit.watch(control);
        self.rehearse(permit.session(), permit.store(), from, control).await
    }

    /// Opens the newest backup when none was found whole for a month. Called now and then while the owner is in. One that is
    /// known to be damaged is not opened again; the next one is.
    pub async fn rehearse_if_due(&self) -> Result<Option<Checked>> {
        let Some((session, store)) = self.keeper().await else { return Ok(None) };
        let proven = store.since(Since::BackupProven).await?;
        let month_ms = i64::from(REHEARSAL_DAYS) * DAY_MS;
        if proven.is_some_and(|proven| self.now_ms().saturating_sub(proven) < month_ms) {
            return Ok(None);
        }
        let second = store.fact(SECOND_PLACE).await?.map(PathBuf::from);
        let Some(newest) = newest(&self.folder.backups(), second.as_deref()) else { return Ok(None) };
        if store.fact(DAMAGED_BACKUP).await? == Some(name_of(&newest)) {
            return Ok(None);
        }
        let control = JobControl::default();
        session.watch(&control);
        self.rehearse(&session, &store, &newest, &control).await.map(Some)
    }

    async fn rehearse(&self, session: &Session, store: &Store, from: &Path, control: &JobControl) -> Result<Checked> {
        let opened = self.open_in_scratch(session, from, control).await;
        let name = name_of(from);
        match opened {
            Ok((manifest, content)) => {
                let event = Event::new(Told::BackupProven, &name);
                store.note_rehearsal(Ok(self.now_ms()), DAMAGED_BACKUP, &event).await?;
                self.announce();
                let now = copy::row_counts(store).await?.into_iter().collect();
                Ok(Checked { made: manifest.made, tables: content.rows.into_iter().collect(), now })
            }
            Err(error) => {
                if error.code == Code::Damaged {
                    let event = Event::new(Told::BackupDamaged, &name);
                    store.note_rehearsal(Err(&name), DAMAGED_BACKUP, &event).await?;
                    self.announce();
                }
                Err(error)
            }
        }
    }

    async fn open_in_scratch(
        &self,
        session: &Session,
        from: &Path,
        control: &JobControl,
    ) -> Result<(Manifest, copy::Content)> {
        let scratch = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(self.folder.root())?;
        check_room(from, self.folder.root())?;
        let manifest = {
            let (from, folder, control) = (from.to_owned(), scratch.path().to_owned(), control.clone());
            let secret = std::sync::Arc::clone(&session.secret);
            let unpacked = tokio::task::spawn_blocking(move || {
                let opened = open_backup(&*lock(&secret), File::open(from)?).map_err(not_a_backup)?;
                unpack(opened, &folder, &control)
            });
            unpacked.await.map_err(|_| Error::from(Code::Internal))??
        };
        let books = {
            let secret = lock(&session.secret);
            key_file_of(scratch.path())?.open_compartments(&*secret)?.books.ok_or(Code::Damaged)?
        };
        let content = copy::check(&scratch.path().join(BOOKS), &books, control).await?;
        manifest.count(&content.rows)?;
        Ok((manifest, content))
    }
}

/// The newest backup that Purser made by itself. Of equal ones that of the second place: it is the one that is left after a
/// fire.
fn newest(own: &Path, second: Option<&Path>) -> Option<PathBuf> {
    let of = |folder: &Path| -> Option<(DateTime, PathBuf)> {
        let entries = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        entries.filter_map(|path| Some((stamp_of(&name_of(&path))?, path))).max()
    };
    match (of(own), second.and_then(of)) {
        (Some(own), Some(second)) => Some(if second.0 >= own.0 { second.1 } else { own.1 }),
        (own, second) => own.or(second).map(|(_, path)| path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_opened_and_rather_where_it_is_needed() {
        let (own, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let put = |folder: &Path, day: &str| {
            let path = folder.join(format!("purser-{day}T120000Z.age"));
            std::fs::write(&path, "").unwrap();
            path
        };
        assert_eq!(newest(own.path(), None), None);
        assert_eq!(newest(own.path(), Some(&own.path().join("not plugged in"))), None);
        std::fs::write(own.path().join("purser-before-renewal-2026-12-01T120000Z.age"), "").unwrap();
        assert_eq!(newest(own.path(), None), None, "not one of the daily ones");
        put(own.path(), "2026-10-31");
        let first = put(own.path(), "2026-11-02");
        assert_eq!(newest(own.path(), Some(second.path())), Some(first.clone()));
        put(second.path(), "2026-11-01");
        assert_eq!(newest(own.path(), Some(second.path())), Some(first));
        let copied = put(second.path(), "2026-11-02");
        assert_eq!(newest(own.path(), Some(second.path())), Some(copied));
    }
}
