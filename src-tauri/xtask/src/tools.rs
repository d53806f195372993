//! Helpers that are no part of the workspace: the driver of the window tests, the dependency checker.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::command::{cargo, must, succeeds};
use crate::place::Place;
use crate::step::Steps;

const DRIVER: &str = "2.1.0";

/// tauri-driver in this version, installed into the target folder when it is not there.
pub fn driver(place: &Place, steps: &mut Steps) -> Result<PathBuf> {
    let tools = place.tools();
    let binary = tools.join("bin").join(format!("tauri-driver{}", std::env::consts::EXE_SUFFIX));
    let record = fs::read_to_string(tools.join(".crates.toml")).unwrap_or_default();
    if !(binary.is_file() && record.contains(&format!("\"tauri-driver {DRIVER} "))) {
        steps.step("Driver of the window tests", "two minutes, once", || {
            let mut install = cargo(&["install", "tauri-driver", "--version", DRIVER, "--locked", "--root"]);
            must(install.arg(&tools).current_dir(&place.root))
        })?;
    }
    Ok(binary)
}

/// Licences, bans and sources with cargo-deny where it is installed; advisories where their database is reached.
pub fn deny(place: &Place) -> Result<()> {
    let here = |arguments: &[&str]| {
        let mut command = cargo(arguments);
        command.current_dir(&place.root);
        command
    };
    if !succeeds(&mut here(&["deny", "--version"])) {
        println!("   not checked: cargo-deny is not installed (cargo install cargo-deny --locked)");
        return Ok(());
    }
    must(&mut here(&["deny", "--locked", "check", "bans", "licenses", "sources"]))?;
    if succeeds(&mut here(&["deny", "--locked", "fetch", "db"])) {
        return must(&mut here(&["deny", "--locked", "check", "advisories"]));
    }
    println!("   advisories not checked: the advisory database is not reached from here");
    Ok(())
}
