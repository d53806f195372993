//! The background process behind `unlock`: own session, no inherited descriptors; it ends with its login.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use purser_app::agent::{self, Request, Server, UnlockRequest};
use purser_app::clock::SystemClock;
use purser_app::contract;
use purser_app::error::{Code, Error, Result};
use purser_app::profile::Folder;
use purser_app::{Phase, Purser};
use purser_vault::KdfParams;
use serde_json::{Value, json};

/// Starts the process, hands it the login over a pipe, and returns when it is ready.
pub fn start(folder: &Path, request: &UnlockRequest) -> Result<Value> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--profile").arg(folder).arg("agent");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).current_dir(folder);
    #[cfg(unix)]
    close_fds::CloseFdsBuilder::new().cloexecfrom(3);
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        // CREATE_NO_WINDOW | DETACHED_PROCESS would exclude each other: the first is enough to outlive the console.
        command.creation_flags(0x0800_0000);
    }
    let mut child = command.spawn()?;
    let text = zeroize::Zeroizing::new(serde_json::to_string(request).map_err(|_| Code::Internal)?);
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut line)?;
        // Closed when the process has let go of all three streams.
        #[cfg(unix)]
        std::io::Read::read_to_end(&mut stdout, &mut Vec::new())?;
    }
    let answer: Value =
        serde_json::from_str(&line).map_err(|_| Error::new(Code::Internal, "the background process ended early"))?;
    if let Some(error) = answer.get("error") {
        let code = serde_json::from_value(error["code"].clone()).unwrap_or(Code::Internal);
        return Err(Error::new(code, error["detail"].as_str().unwrap_or_default()));
    }
    Ok(answer["ok"].clone())
}

/// The process itself.
pub async fn run(folder: Folder) -> u8 {
    #[cfg(unix)]
    let _ = rustix::process::setsid();
    let mut text = zeroize::Zeroizing::new(String::new());
    if std::io::Read::read_to_string(&mut std::io::stdin(), &mut text).is_err() {
        return 1;
    }
    let answer = match begin(folder, &text).await {
        Ok((purser, server, view)) => {
            crate::terminal::print(&json!({ "ok": view }).to_string());
            let_go_of_terminal();
            hold(purser, server).await;
            return 0;
        }
        Err(error) => json!({ "error": { "code": error.code, "detail": error.detail } }),
    };
    crate::terminal::print(&answer.to_string());
    1
}

async fn begin(folder: Folder, text: &str) -> Result<(Arc<Purser>, Server, Value)> {
    let request: UnlockRequest = serde_json::from_str(text).map_err(|_| Code::Internal)?;
    if !folder.has_profile() {
        return Err(Code::NoProfile.into());
    }
    let purser = Arc::new(Purser::hold(folder, Arc::new(SystemClock::new()), KdfParams::DEFAULT)?);
    let view = agent::unlock(&purser, request).await?;
    let server = Server::bind(&purser)?;
    Ok((purser, server, view))
}

async fn hold(purser: Arc<Purser>, server: Server) {
    tokio::spawn(agent::watch_lock(Arc::clone(&purser)));
    let mut changes = purser.changes();
    let watched = Arc::clone(&purser);
    let end = async move {
        while watched.phase().await == Phase::Open {
            if changes.changed().await.is_err() {
                return;
            }
        }
        // The answer to `lock` is still on its way out.
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    tokio::select! {
        () = server.serve(Arc::clone(&purser), end) => {}
        () = asked_to_end() => purser.lock(purser_app::LockCause::Closing).await,
    }
}

async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            terminate.recv().await;
            return;
        }
    }
    std::future::pending().await
}

/// Standard streams point nowhere from now on: a caller that reads them to their end is not kept waiting.
fn let_go_of_terminal() {
    #[cfg(unix)]
    if let Ok(null) = std::fs::File::options().read(true).write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stdin(&null);
        let _ = rustix::stdio::dup2_stderr(&null);
        // Last: whoever started the process waits for it.
        let _ = rustix::stdio::dup2_stdout(&null);
    }
}

/// Ends the session of whoever holds the profile; returns when its process and socket are gone
/// (a window stays and shows its lock page). `false` when nobody held it.
pub async fn lock(folder: &Path) -> Result<bool> {
    let session = Request::Run { command: contract::Command::Session };
    let pid = match agent::ask(folder, &session, &|_| {}).await {
        Ok(None) => return Ok(false),
        Ok(Some(view)) => view["pid"].as_u64(),
        Err(error) if error.code == Code::Locked => None,
        Err(error) => return Err(error),
    };
    agent::ask(folder, &Request::Run { command: contract::Command::Lock }, &|_| {}).await?;
    // A background process lets go of the profile's lock when it is gone; a window does not.
    let profile = Folder::new(folder);
    for _ in 0..100 {
        let socket_gone = !agent::socket_path(folder).exists();
        if socket_gone && pid.is_none_or(|pid| !is_running(pid)) && profile.hold().is_ok() {
            return Ok(true);
        }
        let session = Request::Run { command: contract::Command::Session };
        if let Err(error) = agent::ask(folder, &session, &|_| {}).await
            && error.code == Code::Locked
            && pid.is_none()
        {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(true)
}

fn is_running(pid: u64) -> bool {
    cfg!(target_os = "linux") && Path::new(&format!("/proc/{pid}")).exists() && !is_zombie(pid)
}

fn is_zombie(pid: u64) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}
