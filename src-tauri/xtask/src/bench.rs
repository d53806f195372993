//! `cargo xtask bench`: installs the programs that Purser is measured beside, then runs the benchmark (`tests/bench`).
//!
//! A peer that cannot be had is left out and the table says so; only what Purser itself needs must be there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{cargo, must, succeeds};
use crate::place::Place;
use crate::step::Steps;
use crate::system::{self, Purpose};

/// The peers that are Python packages, as wheels: nothing is compiled. Pinned, so that runs compare.
const PACKAGES: [(&str, &str); 3] = [("beancount", "3.2.3"), ("duckdb", "2.0.0"), SQLCIPHER];
/// A SQLCipher of others, which reads what Purser wrote.
pub const SQLCIPHER: (&str, &str) = ("sqlcipher3-wheels", "0.5.7");

/// The program's own, readable before it is built.
const HELP: &str = include_str!("../../../tests/bench/help.txt");

pub fn bench(arguments: &[&str]) -> Result<()> {
    if arguments.iter().any(|word| ["--help", "-h"].contains(word)) {
        println!("{HELP}");
        return Ok(());
    }
    let place = Place::find()?;
    let mut steps = Steps::default();
    let folder = place.target.join("bench");
    let mut bench = cargo(&["bench", "--locked", "--package", "purser-bench", "--bench", "purser", "--"]);
    bench.current_dir(&place.root).args(absolute(arguments, &std::env::current_dir()?)).arg("--folder").arg(&folder);
    system::ensure(Purpose::Terminal, &mut steps)?;
    system::ensure_peers(&mut steps);
    match python(&folder, &PACKAGES, &mut steps) {
        Ok(python) => bench.arg("--python").arg(python),
        Err(error) => {
            println!("   without peers in Python: {error:#}");
            &mut bench
        }
    };
    steps.step("Benchmark", "a million rows about ten minutes, the first build as much again", || must(&mut bench))
}

/// cargo runs a benchmark in its package's folder: a file name means one in ours.
fn absolute(arguments: &[&str], here: &Path) -> Vec<PathBuf> {
    let mut is_path = false;
    let resolve = |word: &&str| {
        let resolved = if is_path { here.join(word) } else { PathBuf::from(word) };
        is_path = *word == "--json";
        resolved
    };
    arguments.iter().map(resolve).collect()
}

/// An environment of Python's own in the target folder, with the packages in it.
pub fn python(folder: &Path, packages: &[(&str, &str)], steps: &mut Steps) -> Result<PathBuf> {
    let environment = folder.join("venv");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !succeeds(Command::new(&python).args(["-m", "pip", "--version"])) {
        steps.step("Python environment", "some seconds, once", || {
            must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))
                .context("python3 and its venv module are needed")
        })?;
    }
    for (package, version) in packages {
        let check = format!("import importlib.metadata as m; assert m.version('{package}') == '{version}'");
        if succeeds(Command::new(&python).args(["-c", &check])) {
            continue;
        }
        let wanted = format!("{package}=={version}");
        let installed = steps.step(&format!("Python package {wanted}"), "some seconds, once", || {
            let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
            must(Command::new(&python).args(quiet).arg(&wanted))
        });
        // The others may still be had; the table names the one that is missing.
        installed.unwrap_or_else(|error| println!("   {error:#}"));
    }
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_means_one_where_the_command_was_typed() {
        let here = if cfg!(windows) { Path::new("C:\\books") } else { Path::new("/books") };
        let words = absolute(&["--rows", "10000", "--json", "run.json", "--only", "list"], here);
        let expected = ["--rows", "10000", "--json", "", "--only", "list"].map(PathBuf::from);
        assert_eq!(words[3], here.join("run.json"));
        assert!(
            words.iter().zip(&expected).enumerate().all(|(place, (word, expected))| place == 3 || word == expected)
        );
    }
}
