//! Where things are: the checkout, cargo's target folder, what is built into it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command;

#[derive(Debug)]
pub struct Place {
    /// The checkout.
    pub root: PathBuf,
    /// Where cargo builds, as cargo itself says: the environment or a config file may have moved it.
    pub target: PathBuf,
    /// Names of the integration tests of all packages.
    pub tests: Vec<String>,
}

impl Place {
    pub fn find() -> Result<Place> {
        // Asked when it runs: two checkouts that share a target folder share this program, too.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&package).ancestors().nth(2).context("the checkout has no root")?;
        let mut metadata = command::cargo(&["metadata", "--format-version", "1", "--no-deps"]);
        let metadata = command::answer(metadata.current_dir(root)).context("`cargo metadata` failed")?;
        let target = json_text(&metadata, "target_directory").context("`cargo metadata` names no target folder")?;
        Ok(Place { root: root.to_path_buf(), target: target.into(), tests: integration_tests(&metadata) })
    }

    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// A binary of the workspace; `profile` is cargo's name of the folder.
    pub fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

fn integration_tests(metadata: &str) -> Vec<String> {
    metadata.split("\"kind\":[\"test\"]").skip(1).filter_map(|target| json_text(target, "name")).collect()
}

/// The text of one key in cargo's compact JSON; a path has no escapes but `\\` and `\"`.
fn json_text(json: &str, key: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{key}\":\""))?;
    let mut text = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.push(characters.next()?),
            character => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_path_with_escapes() {
        let json = r#"{"packages":[],"target_directory":"D:\\build \"x\"\\target","version":1}"#;
        assert_eq!(json_text(json, "target_directory").as_deref(), Some(r#"D:\build "x"\target"#));
        assert_eq!(json_text(json, "workspace_root"), None);
    }

    #[test]
    fn finds_this_checkout() {
        let place = Place::find().unwrap();
        assert!(place.root.join("src-tauri/xtask/Cargo.toml").is_file());
        assert!(place.target.is_absolute());
        assert!(place.tests.iter().any(|name| name == "journeys"), "{:?}", place.tests);
    }
}
