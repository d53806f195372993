//! The text files of the checkout.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Results, packages and git's own folder.
const SKIPPED: [&str; 6] = [".git", "target", "node_modules", "dist", "gen", "screenshots"];
/// Written by package managers: long, and checked by rules of their own.
const LOCKS: [&str; 2] = ["Cargo.lock", "package-lock.json"];
const SIZE_LIMIT: u64 = 4 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Prose,
    Css,
    Other,
}

impl Kind {
    pub fn of(name: &str) -> Kind {
        match name.rsplit('.').next() {
            Some("md") => Kind::Prose,
            Some("css") => Kind::Css,
            _ => Kind::Other,
        }
    }
}

#[derive(Debug)]
pub struct File {
    /// Relative to the checkout, with `/`.
    pub name: String,
    pub kind: Kind,
    pub text: String,
}

/// Shows every text file. Files in other encodings are shown too: what is looked for is ASCII.
pub fn visit(folder: &Path, look: &mut dyn FnMut(&File)) -> Result<()> {
    below(folder, "", look)
}

fn below(folder: &Path, prefix: &str, look: &mut dyn FnMut(&File)) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) && !path.join("CACHEDIR.TAG").exists() {
                below(&path, &format!("{prefix}{name}/"), look)?;
            }
        } else if kind.is_file() && !LOCKS.contains(&name.as_str()) && entry.metadata()?.len() <= SIZE_LIMIT {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if !bytes.contains(&0) {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                look(&File { name: format!("{prefix}{name}"), kind: Kind::of(&name), text });
            }
        }
    }
    Ok(())
}
