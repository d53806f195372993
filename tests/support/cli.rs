//! Running the real command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The binary: `PURSER_CLI_BIN`, else built here, once.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("PURSER_CLI_BIN") {
            return path.into();
        }
        // <target>/<profile>/deps/journeys-…
        let profile = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_path_buf();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "purser-cli"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        build.arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "purser-cli does not build");
        // A copy: somebody may build it anew while the tests run, and a replaced program cannot start itself again.
        let built = profile.join(format!("purser{}", std::env::consts::EXE_SUFFIX));
        let copy = profile.join(format!("deps/purser-of-the-journeys{}", std::env::consts::EXE_SUFFIX));
        let fresh = copy.with_extension(std::process::id().to_string());
        std::fs::copy(&built, &fresh).unwrap();
        std::fs::rename(&fresh, &copy).unwrap();
        copy
    })
}

/// What a command did.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Fails the test unless the command ended with this code.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Run {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

/// The command line as one person at one computer: a profile folder, a home, no terminal.
#[derive(Debug, Clone)]
pub struct Cli {
    pub profile: PathBuf,
    home: PathBuf,
    keyring: bool,
}

impl Cli {
    /// `home` stands for the person's home, temporary and runtime folders.
    #[must_use]
    pub fn new(profile: &Path, home: &Path) -> Cli {
        for folder in ["tmp", "run"] {
            crate::child::private_folder(&home.join(folder));
        }
        Cli { profile: profile.to_path_buf(), home: home.to_path_buf(), keyring: false }
    }

    /// Keeps the session bus, so that the system keyring of that bus answers.
    #[must_use]
    pub fn with_keyring(mut self) -> Cli {
        self.keyring = true;
        self
    }

    /// The command with the environment it gets; the profile is not named yet.
    pub fn bare(&self) -> Command {
        let mut command = Command::new(binary());
        command.env_clear();
        let kept: &[&str] = if self.keyring {
            &["PATH", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"]
        } else {
            &["PATH"]
        };
        command.envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.env("HOME", &self.home).env("TMPDIR", self.home.join("tmp")).env("LANG", "C.UTF-8");
        if !self.keyring {
            command.env("XDG_RUNTIME_DIR", self.home.join("run"));
        }
        command.current_dir(&self.home).stdin(Stdio::null());
        command
    }

    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.bare();
        command.arg("--profile").arg(&self.profile).args(arguments);
        command
    }

    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.command(arguments).output().expect("the command line runs").into()
    }

    /// Runs with `--json` and gives the answer.
    #[track_caller]
    pub fn json<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Value {
        self.command(["--json"]).args(arguments).output().map(Run::from).expect("runs").expect_code(0).json()
    }

    /// The same on the practice company.
    #[track_caller]
    pub fn demo<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.bare().args(["--demo", "--json"]).args(arguments).output().map(Run::from).expect("runs")
    }

    /// Everything `history` tells, page by page.
    pub fn whole_history(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut arguments = vec!["history".to_owned(), "--limit".to_owned(), "10000".to_owned()];
            arguments.extend(after.iter().flat_map(|cursor| ["--after".to_owned(), cursor.clone()]));
            let page = self.json(arguments);
            rows.extend(page["rows"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => return rows,
            }
        }
    }
}
