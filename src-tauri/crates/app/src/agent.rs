//! The local socket through which the command line reaches the one process that holds a profile:
//! a background process that `purser unlock` started, or the window.
//!
//! One request per connection, one JSON value a line: a [`Request`] in, then any number of `progress` lines and one
//! `ok` or `error` line out. The socket is in a folder that only its owner can enter. When the caller goes away,
//! the command it was waiting for is cancelled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use zeroize::Zeroizing;

use purser_vault::secret::Passphrase;

use crate::contract::{Command, SecretText, texts};
use crate::error::{Code, Error, Result};
use crate::import::{JobControl, Progress};
use crate::session::Next;
use crate::{LockCause, Purser};

/// Longest request: a list of file paths.
const REQUEST_LIMIT: u64 = 1024 * 1024;
/// Unix socket paths hold 108 bytes at most, with a closing zero.
const SOCKET_PATH_LIMIT: usize = 100;

/// What a caller may ask. Its Debug says nothing: it carries a password.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "request")]
pub enum Request {
    Unlock(UnlockRequest),
    Accept(AcceptRequest),
    Run { command: Command },
}

/// Taking up an invitation: first without password and code, which gives the seed to scan; then with both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptRequest {
    pub name: String,
    pub invitation: SecretText,
    pub password: Option<SecretText>,
    pub code: Option<String>,
}

/// A login in one go: the command line has both proofs at hand.
#[derive(Serialize, Deserialize)]
pub struct UnlockRequest {
    pub password: Zeroizing<String>,
    pub code: Option<String>,
    pub slot: Option<String>,
    /// Minutes without a command after which the session ends.
    pub minutes: Option<u8>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request")
    }
}

impl std::fmt::Debug for UnlockRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnlockRequest")
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Progress { name: String, bytes: u64, total_bytes: u64, rows: u64 },
    Ok(Value),
    Error { code: Code, detail: String },
}

/// Where the socket of a profile is.
#[must_use]
pub fn socket_path(folder: &Path) -> PathBuf {
    let beside = folder.join("agent.sock");
    if cfg!(unix) && beside.as_os_str().len() <= SOCKET_PATH_LIMIT {
        return beside;
    }
    use sha2::{Digest, Sha256};
    let hash: [u8; 32] = Sha256::digest(folder.as_os_str().as_encoded_bytes()).into();
    let name = crate::import::hex(&hash[..8]);
    if cfg!(windows) {
        return PathBuf::from(format!(r"\\.\pipe\purser-{name}"));
    }
    let base = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    base.join(format!("purser-{name}")).join("agent.sock")
}

fn socket_name(path: &Path) -> Result<Name<'_>> {
    path.to_fs_name::<GenericFilePath>().map_err(Error::from)
}

/// Runs a login as the command line asks for it.
pub async fn unlock(purser: &Purser, request: UnlockRequest) -> Result<Value> {
    let password = Passphrase::from_typed(&request.password).map_err(|_| Code::WrongPassword)?;
    let next = purser.unlock_password(password, request.slot.as_deref()).await?;
    if next == Next::Code {
        let Some(code) = &request.code else {
            purser.lock(LockCause::Asked).await;
            return Err(Error::invalid(
                "this login needs --code with the six digits of the authenticator, or a recovery code",
            ));
        };
        purser.unlock_code(code).await.inspect_err(|_| tracing::debug!("code refused"))?;
    }
    if let Some(minutes) = request.minutes {
        purser.session().await?.idle_ms.store(u64::from(minutes) * 60_000, std::sync::atomic::Ordering::Relaxed);
    }
    purser.session_view().await
}

/// Takes an invitation up as the command line asks for it.
pub async fn accept(purser: &Purser, request: &AcceptRequest) -> Result<Value> {
    let AcceptRequest { name, invitation, password, code } = request;
    match (password, code) {
        (None, None) => {
            let view = purser.invitation(name, &invitation.0).await?;
            Ok(serde_json::json!({ "totp_uri": view.uri.as_str(), "secret": view.secret.as_str() }))
        }
        (Some(password), Some(code)) => {
            let codes = purser.accept_invitation(name, &invitation.0, &password.0, code).await?;
            Ok(serde_json::json!({ "accepted": name, "recovery_codes": texts(&codes) }))
        }
        _ => Err(Error::invalid("a password and the six digits belong together")),
    }
}

/// The bound socket, removed when dropped.
pub struct Server {
    listener: Listener,
    path: PathBuf,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Server {
    /// Binds the socket of a profile this process holds. A socket a killed process left behind is replaced:
    /// whoever holds the profile's lock is the only one who may have one.
    pub fn bind(purser: &Purser) -> Result<Server> {
        let path = socket_path(purser.folder().root());
        if let Some(folder) = path.parent().filter(|_| cfg!(unix)) {
            crate::files::create_private_folder(folder)?;
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let listener = ListenerOptions::new().name(socket_name(&path)?).create_tokio()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(Server { listener, path })
    }

    /// Answers callers until `end` resolves.
    pub async fn serve(&self, purser: Arc<Purser>, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                connection = self.listener.accept() => {
                    if let Ok(connection) = connection {
                        tokio::spawn(answer(connection, Arc::clone(&purser)));
                    }
                }
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if cfg!(unix) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Ends a session when it is due: idle, too long, the screen locked, the computer asleep. Runs as long as the process.
pub async fn watch_lock(purser: Arc<Purser>) {
    let ticks = async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            purser.lock_if_due().await;
        }
    };
    let backups = async {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            purser.tick_cool_off().await;
            if let Err(error) = purser.back_up_if_due().await {
                tracing::warn!(code = ?error.code, "daily backup");
            }
            if let Err(error) = purser.rehearse_if_due().await {
                tracing::warn!(code = ?error.code, "monthly rehearsal");
            }
        }
    };
    tokio::join!(ticks, backups, crate::system_lock::watch(&purser));
}

async fn answer(connection: Stream, purser: Arc<Purser>) {
    let (mut send, mut receive) = (&connection, BufReader::new(&connection).take(REQUEST_LIMIT));
    let mut line = Zeroizing::new(String::new());
    if receive.read_line(&mut line).await.is_err() {
        return;
    }
    let (progress, mut progresses) = tokio::sync::mpsc::unbounded_channel();
    let control = JobControl::new(move |update| {
        let _ = progress.send(update);
    });
    let work = handle(&purser, &line, &control);
    tokio::pin!(work);
    let mut gone = [0u8; 1];
    let mut watching = true;
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            Some(update) = progresses.recv() => {
                let Progress { name, bytes, total_bytes, rows } = update;
                let _ = send_line(&mut send, &Reply::Progress { name, bytes, total_bytes, rows }).await;
            }
            // The caller sends nothing more: an end of its stream means that it is gone.
            _ = receive.read(&mut gone), if watching => {
                watching = false;
                control.cancel();
            }
        }
    };
    let reply = match result {
        Ok(value) => Reply::Ok(value),
        Err(error) => Reply::Error { code: error.code, detail: error.detail },
    };
    let _ = send_line(&mut send, &reply).await;
}

async fn handle(purser: &Purser, line: &str, control: &JobControl) -> Result<Value> {
    match serde_json::from_str(line).map_err(|_| Error::invalid("a request of another version"))? {
        Request::Unlock(request) => unlock(purser, request).await,
        Request::Accept(request) => accept(purser, &request).await,
        Request::Run { command } => purser.run(command, control).await,
    }
}

async fn send_line(send: &mut (impl AsyncWriteExt + Unpin), reply: &Reply) -> std::io::Result<()> {
    let mut text = serde_json::to_string(reply).unwrap_or_default();
    text.push('\n');
    send.write_all(text.as_bytes()).await
}

/// Asks the process that holds the profile. `None` when nobody does.
pub async fn ask(folder: &Path, request: &Request, progress: &(dyn Fn(Progress) + Sync)) -> Result<Option<Value>> {
    let path = socket_path(folder);
    let Ok(connection) = Stream::connect(socket_name(&path)?).await else { return Ok(None) };
    let mut send = &connection;
    let mut text = Zeroizing::new(serde_json::to_string(request).map_err(|_| Code::Internal)?);
    text.push('\n');
    send.write_all(text.as_bytes()).await?;
    let mut lines = BufReader::new(&connection).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line).map_err(|_| Error::invalid("an answer of another version"))? {
            Reply::Progress { name, bytes, total_bytes, rows } => progress(Progress { name, bytes, total_bytes, rows }),
            Reply::Ok(value) => return Ok(Some(value)),
            Reply::Error { code, detail } => return Err(Error::new(code, detail)),
        }
    }
    Err(Error::new(Code::Io, "the process that holds the profile ended in between"))
}
