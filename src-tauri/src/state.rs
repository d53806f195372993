//! What the window's process holds: the profile, perhaps the demo, files that were chosen, jobs that run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use purser_app::agent::{self, Server};
use purser_app::backup::restore::Restored;
use purser_app::clock::SystemClock;
use purser_app::contract;
use purser_app::error::Code;
use purser_app::freeze::{self, FreezeState, Requested};
use purser_app::import::JobControl;
use purser_app::profile::Folder;
use purser_app::second_factor::EnrolmentView;
use purser_app::{Error, Phase, Purser, StepUp, demo, settings};
use purser_vault::KdfParams;
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Manager as _};
use tauri_specta::Event as _;
use tokio::sync::RwLock;

use crate::clipboard::SecretClipboard;
use crate::demo_books;
use crate::event::{BooksChanged, FilesDropped, Job, JobEvent, JobKind, JobState, Session};
use crate::view::BootView;
use crate::view::imports::StagedFileView;

/// Shared by all commands.
pub struct Desktop {
    folder: PathBuf,
    profile: RwLock<Option<Arc<Purser>>>,
    demo: RwLock<Option<Arc<Purser>>>,
    staged: Mutex<HashMap<u32, PathBuf>>,
    jobs: Mutex<HashMap<u32, JobControl>>,
    next: AtomicU32,
    /// What works for the held profile beside the commands.
    servants: Mutex<Vec<JoinHandle<()>>>,
    /// The last proof of the person, for the one act it was made for.
    proof: Mutex<Option<StepUp>>,
    pub clipboard: SecretClipboard,
}

impl std::fmt::Debug for Desktop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desktop")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desktop {
    /// The profile of `PURSER_PROFILE`, or of the user's data folder.
    pub fn new() -> Result<Desktop, Error> {
        let folder = match std::env::var_os("PURSER_PROFILE") {
            Some(folder) => std::path::absolute(folder)?,
            None => Folder::default_path()?,
        };
        Ok(Desktop {
            folder,
            profile: RwLock::new(None),
            demo: RwLock::new(None),
            staged: Mutex::default(),
            jobs: Mutex::default(),
            next: AtomicU32::new(1),
            servants: Mutex::default(),
            proof: Mutex::default(),
            clipboard: SecretClipboard::default(),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn settings(&self) -> settings::Settings {
        settings::read(&self.folder)
    }

    /// Takes the profile for this window, once. A background process of the command line that holds it is asked to let go.
    pub async fn hold(&self, app: &AppHandle) -> Result<(), Error> {
        let mut profile = self.profile.write().await;
        if profile.is_some() {
            return Ok(());
        }
        let held = match hold(&self.folder) {
            Err(error) if error.code == Code::ProfileInUse => {
                let lock = agent::Request::Run { command: contract::Command::Lock };
                agent::ask(&self.folder, &lock, &|_| {}).await?;
                tokio::time::sleep(std::time::Duration::from_millis(400)).await;
                hold(&self.folder)?
            }
            held => held?,
        };
        let purser = Arc::new(held);
        let server = Server::bind(&purser)?;
        let served = Arc::clone(&purser);
        lock(&self.servants).extend([
            tauri::async_runtime::spawn(agent::watch_lock(Arc::clone(&purser))),
            tauri::async_runtime::spawn(async move { server.serve(served, std::future::pending()).await }),
            tauri::async_runtime::spawn(announce(app.clone(), Arc::clone(&purser))),
        ]);
        *profile = Some(purser);
        Ok(())
    }

    /// Puts a backup in the place of the profile, takes the new one for this window, and begins its recovery.
    pub async fn restore(
        &self,
        app: &AppHandle,
        from: &Path,
        kit: &str,
        control: &JobControl,
    ) -> Result<(Restored, EnrolmentView), Error> {
        self.hold(app).await?;
        // They are of this window, not of the books.
        let settings = self.settings();
        let done = self.profile().await?.restore(from, kit, control).await?;
        let servants = std::mem::take(&mut *lock(&self.servants));
        for servant in servants {
            servant.abort();
            let _ = servant.await;
        }
        // The lock of this process went aside with the old profile.
        *self.profile.write().await = None;
        self.hold(app).await?;
        settings::write(&self.folder, &settings)?;
        let enrolment = self.profile().await?.begin_recovery(kit, None).await?;
        Ok((done, enrolment))
    }

    /// The demo while it is open, else the profile.
    pub async fn current(&self) -> Result<Arc<Purser>, Error> {
        if let Some(demo) = &*self.demo.read().await {
            return Ok(Arc::clone(demo));
        }
        self.profile().await
    }

    pub async fn profile(&self) -> Result<Arc<Purser>, Error> {
        self.profile.read().await.clone().ok_or_else(|| Code::ProfileInUse.into())
    }

    /// Freezes this window's profile, never the demo. One that another process holds is frozen beside it.
    pub async fn freeze(&self) -> Result<Requested, Error> {
        match self.profile().await {
            Ok(purser) => purser.freeze().await,
            Err(_) => freeze::request_beside(&Folder::new(&self.folder), &SystemClock::new()),
        }
    }

    /// What is frozen, as far as it can be known without the profile.
    pub async fn freeze_state(&self) -> FreezeState {
        match self.profile().await {
            Ok(purser) => purser.freeze_state(),
            Err(_) => freeze::state_beside(&Folder::new(&self.folder)),
        }
    }

    pub async fn open_demo(&self) -> Result<(), Error> {
        let demo = demo::open(demo_books::demo_books()?, Arc::new(SystemClock::new())).await?;
        *self.demo.write().await = Some(Arc::new(demo));
        Ok(())
    }

    pub async fn close_demo(&self) {
        let demo = self.demo.write().await.take();
        if let Some(demo) = demo {
            demo.lock(purser_app::LockCause::Closing).await;
        }
    }

    /// Where a file can be looked at before there is a profile: empty books that go away.
    pub async fn scratch(&self) -> Result<Arc<Purser>, Error> {
        Ok(Arc::new(demo::open(demo_books::empty_books(), Arc::new(SystemClock::new())).await?))
    }

    /// Gives chosen files handles; the window never sees where they are.
    pub fn stage(&self, paths: Vec<PathBuf>) -> Vec<StagedFileView> {
        let mut staged = lock(&self.staged);
        paths
            .into_iter()
            .map(|path| {
                let handle = self.next.fetch_add(1, Ordering::Relaxed);
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let size = std::fs::metadata(&path).map(|data| data.len()).unwrap_or(0);
                staged.insert(handle, path);
                StagedFileView { handle, name, size: f64::from(u32::try_from(size).unwrap_or(u32::MAX)) }
            })
            .collect()
    }

    pub fn staged(&self, handle: u32) -> Result<PathBuf, Error> {
        lock(&self.staged).get(&handle).cloned().ok_or_else(|| Error::from(Code::NotFound))
    }

    /// A job the window can see and cancel.
    pub fn begin_job(&self, app: &AppHandle, kind: JobKind, name: &str) -> RunningJob {
        let job = self.next.fetch_add(1, Ordering::Relaxed);
        let (reporter, label) = (app.clone(), name.to_owned());
        let control = JobControl::new(move |progress| {
            let done = bytes(progress.bytes);
            let total = bytes(progress.total_bytes);
            let rows = u32::try_from(progress.rows).unwrap_or(u32::MAX);
            let event = JobEvent { job, kind, name: progress.name, done, total, rows, state: JobState::Running };
            let _ = Job(event).emit(&reporter);
        });
        lock(&self.jobs).insert(job, control.clone());
        RunningJob { job, kind, name: label, app: app.clone(), control }
    }

    pub fn end_job(&self, job: &RunningJob, state: JobState) {
        lock(&self.jobs).remove(&job.job);
        job.tell(state, 1.0, 1.0);
    }

    /// The same, by what came of it.
    pub fn end_with<T>(&self, job: &RunningJob, done: Result<T, Error>) -> Result<T, Error> {
        let state = match &done {
            Ok(_) => JobState::Done,
            Err(error) if error.code == Code::Cancelled => JobState::Cancelled,
            Err(_) => JobState::Failed,
        };
        self.end_job(job, state);
        done
    }

    pub fn keep_proof(&self, proof: StepUp) {
        *lock(&self.proof) = Some(proof);
    }

    /// Takes the proof that was made last; whether it is for this act is the core's to say.
    pub fn proof(&self) -> Result<StepUp, Error> {
        lock(&self.proof).take().ok_or_else(|| Code::StepUp.into())
    }

    /// What must not outlive the session.
    fn forget(&self) {
        *lock(&self.proof) = None;
        self.clipboard.take_back(None);
    }

    /// Shows the progress of a job that copies the books.
    pub async fn watch_copy<T>(
        &self,
        job: &RunningJob,
        purser: &Purser,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {
                    let (copied, total) = purser.renewal_bytes();
                    job.tell(JobState::Running, bytes(copied.min(total)), bytes(total));
                }
            }
        };
        self.end_job(job, if done.is_ok() { JobState::Done } else { JobState::Failed });
        done
    }

    pub fn cancel_job(&self, job: u32) {
        if let Some(control) = lock(&self.jobs).get(&job) {
            control.cancel();
        }
    }
}

fn hold(folder: &Path) -> Result<Purser, Error> {
    Purser::hold(Folder::new(folder), Arc::new(SystemClock::new()), KdfParams::DEFAULT)
}

fn bytes(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Tells the window whenever the session or the books change, whoever changed them.
async fn announce(app: AppHandle, purser: Arc<Purser>) {
    let mut changes = purser.changes();
    while changes.changed().await.is_ok() {
        if let Ok(view) = crate::convert::boot_view(&app).await {
            let _ = Session(view).emit(&app);
        }
        if purser.phase().await == Phase::Open {
            let _ = BooksChanged.emit(&app);
        } else {
            app.state::<Desktop>().forget();
        }
    }
}

/// Files dropped onto the window.
pub fn dropped(app: &AppHandle, desktop: &Desktop, paths: &[PathBuf]) {
    let _ = FilesDropped(desktop.stage(paths.to_vec())).emit(app);
}

/// A long job and how to stop it.
#[derive(Debug)]
pub struct RunningJob {
    job: u32,
    kind: JobKind,
    name: String,
    app: AppHandle,
    pub control: JobControl,
}

impl RunningJob {
    fn tell(&self, state: JobState, done: f64, total: f64) {
        let event = JobEvent { job: self.job, kind: self.kind, name: self.name.clone(), done, total, rows: 0, state };
        let _ = Job(event).emit(&self.app);
    }
}

/// Where this process tells its window something about the session.
pub async fn tell_session(app: &AppHandle) -> Result<BootView, Error> {
    let view = crate::convert::boot_view(app).await?;
    let _ = Session(view.clone()).emit(app);
    Ok(view)
}
