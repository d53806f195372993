//! Starting what measures: this program again, or a peer; reading what it prints.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use purser_bench::{Figure, Options, Peer, figure};
use purser_practice::ScaledForm;

use crate::scratch::Scratch;

#[derive(Debug)]
pub struct Run {
    pub options: Options,
    pub scratch: Scratch,
}

/// What a peer measured, or why it did not.
#[derive(Debug, Clone)]
pub struct Answer {
    name: String,
    figures: Result<Vec<Figure>, String>,
}

impl Answer {
    /// The same reason for a peer that needed what this one did not do.
    pub fn passed_on(self, name: &str) -> Answer {
        Answer { name: name.to_owned(), figures: self.figures }
    }

    pub fn is_missing(&self) -> bool {
        self.figures.is_err()
    }

    /// Its figure of this name, to stand beside ours.
    pub fn figure(&self, name: &str) -> Peer {
        let missing = |reason: String| Peer::Missing { name: self.name.clone(), reason };
        match &self.figures {
            Err(reason) => missing(reason.clone()),
            Ok(figures) => match figures.iter().find(|figure| figure.name == name) {
                Some(figure) => Peer::Measured { name: self.name.clone(), figure: figure.clone() },
                None => missing(format!("measured nothing called \"{name}\"")),
            },
        }
    }
}

impl Run {
    pub fn new(options: Options) -> Result<Run> {
        Ok(Run { scratch: Scratch::new(&options.folder)?, options })
    }

    /// A measurement of ours in a process of its own. When it fails, the run fails.
    pub fn ours(&self, name: &str, rows: u64, form: Option<ScaledForm>) -> Result<Vec<Figure>> {
        eprintln!("   Purser: {name}{} {rows}", form.map_or_else(String::new, |form| format!(" {}", form.id())));
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["measure", name]).arg(&self.options.folder).arg(rows.to_string());
        command.args(form.map(ScaledForm::id));
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            bail!("measuring {name} ended with {}", output.status);
        }
        figure::parse(&String::from_utf8(output.stdout)?).with_context(|| format!("measuring {name}"))
    }

    /// A peer's script. When it fails, the reason stands where its number would.
    pub fn peer(&self, name: &str, script: &str, arguments: &[&Path]) -> Answer {
        eprintln!("   {name}: {script}");
        let mut command = Command::new(&self.options.python);
        command.arg(peers().join(script)).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
        Answer { name: name.to_owned(), figures: answer(&mut command) }
    }

    /// Another program, timed by a script.
    pub fn program(&self, name: &str, rows: u64, words: &[&str]) -> Answer {
        let output = self.scratch.path("peer-output");
        let rows = rows.to_string();
        let mut arguments = vec![Path::new(name), Path::new(&rows), &output];
        arguments.extend(words.iter().map(Path::new));
        self.peer(name, "timed.py", &arguments)
    }

    /// Names and versions of the peers that are here.
    pub fn versions(&self) -> Vec<(String, String)> {
        let output = Command::new(&self.options.python).arg(peers().join("versions.py")).output();
        output.ok().and_then(|output| serde_json::from_slice(&output.stdout).ok()).unwrap_or_default()
    }
}

/// The peers' scripts, in the checkout this program was built from.
pub fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn answer(command: &mut Command) -> Result<Vec<Figure>, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("not installed ({error})"))?;
    if output.status.success() {
        return figure::parse(&String::from_utf8_lossy(&output.stdout)).map_err(|error| format!("failed ({error})"));
    }
    Err(figure::reason(&String::from_utf8_lossy(&output.stderr)))
}
