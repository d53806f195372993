//! `cargo xtask fuzz [SECONDS]`: coverage-guided fuzzing of the readers, begun from the statement files of the tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{cargo, must};
use crate::place::Place;

const SECONDS: u64 = 300;

pub fn fuzz(seconds: Option<&str>) -> Result<()> {
    let seconds: u64 = seconds.map_or(Ok(SECONDS), str::parse).context("SECONDS is a number")?;
    let place = Place::find()?;
    let folder = place.root.join("tests/fuzz");
    if cargo(&["fuzz", "--version"]).output().is_ok_and(|output| !output.status.success()) {
        must(&mut cargo(&["install", "cargo-fuzz", "--locked"]))?;
    }
    let corpus = folder.join("corpus/statement");
    seed(&place.root.join("tests/fixtures/statements"), &corpus)?;
    let limit = format!("-max_total_time={seconds}");
    let mut run = cargo(&[
        "fuzz",
        "run",
        "--fuzz-dir",
        "tests/fuzz",
        "statement",
        "--",
        &limit,
        "-timeout=10",
        "-rss_limit_mb=2048",
    ]);
    // The sanitizers are unstable; the stable compiler has them behind this switch. No release is built like this.
    must(run.current_dir(&place.root).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", folder.join("target")))
}

/// Copies every input file into the corpus, under a name made of its folders.
fn seed(from: &Path, corpus: &Path) -> Result<()> {
    fs::create_dir_all(corpus)?;
    let mut folders: Vec<PathBuf> = vec![from.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_stem().is_some_and(|stem| stem == "input") {
                let name = path.strip_prefix(from)?.to_string_lossy().replace(['/', '\\'], "-");
                fs::copy(&path, corpus.join(name))?;
            }
        }
    }
    Ok(())
}
