//! The window's pages: npm packages and the build into `ui/dist`, each only when something changed.
//!
//! What was done last is noted inside `node_modules`, so that it goes away with it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};

use crate::command::{answer, must};
use crate::place::Place;
use crate::step::Steps;

/// As `engines` in ui/package.json; a test compares them.
const NODE: (u32, u32) = (20, 19);

/// Installs the packages of the lock file. No package may run scripts of its own.
pub fn install(place: &Place, steps: &mut Steps) -> Result<()> {
    check_node()?;
    let ui = place.ui();
    let wanted = content(&ui, &[ui.join("package.json"), ui.join("package-lock.json")])?;
    let stamp = ui.join("node_modules/.purser-packages");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    steps.step("UI packages", "under a minute, once", || {
        must(npm(&ui).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
        fs::write(&stamp, wanted).context("the packages' folder cannot be written")
    })
}

/// Builds `ui/dist` unless it is what these sources gave last time.
pub fn build(place: &Place, steps: &mut Steps) -> Result<()> {
    let ui = place.ui();
    let index = ui.join("dist/index.html");
    let stamp = ui.join("node_modules/.purser-built");
    let sources = content(&ui, &sources(&ui)?)?;
    if fs::read_to_string(&stamp).is_ok_and(|done| done == note(&sources, &index)) {
        return Ok(());
    }
    steps.step("UI build", "some seconds", || {
        must(npm(&ui).args(["run", "build"]))?;
        fs::write(&stamp, note(&sources, &index)).context("the packages' folder cannot be written")
    })
}

/// `npm run NAME` in ui/.
pub fn script(place: &Place, name: &str) -> Result<()> {
    must(npm(&place.ui()).args(["run", name]))
}

fn npm(ui: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(ui);
    command
}

fn check_node() -> Result<()> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let node = answer(Command::new("node").arg("--version"));
    let npm = answer(Command::new(program).arg("--version"));
    match (node, npm) {
        (Some(node), Some(_)) if version(&node).is_some_and(|version| version >= NODE) => Ok(()),
        (Some(node), Some(_)) => bail!("Node is {}, too old. {}", node.trim(), advice()),
        (Some(_), None) => bail!("npm is missing (node is there). {}", advice()),
        (None, _) => bail!("Node is missing. {}", advice()),
    }
}

fn advice() -> String {
    let (major, minor) = NODE;
    format!(
        "Install Node {major}.{minor} or newer with npm, then run this again:\n  \
         Debian 13, Ubuntu 25.10 and newer: sudo apt-get install nodejs npm\n  \
         Fedora: sudo dnf install nodejs npm     Arch: sudo pacman -S nodejs npm\n  \
         macOS: brew install node                Windows: winget install --exact --id OpenJS.NodeJS.LTS\n  \
         anywhere: https://nodejs.org/en/download"
    )
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Everything in ui/ that the build may read, in a fixed order.
fn sources(ui: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![ui.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            if path.is_file() {
                files.push(path);
            } else if path.is_dir() && name != "node_modules" && name != "dist" {
                folders.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A fingerprint of names and contents; good enough to notice a change, no more is asked of it.
fn content(ui: &Path, files: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(ui).unwrap_or(file).hash(&mut hasher);
        fs::read(file).with_context(|| format!("cannot read {}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// The sources' fingerprint and the time of the page they gave: a build by hand in between is noticed.
fn note(sources: &str, index: &Path) -> String {
    let built = fs::metadata(index).and_then(|data| data.modified()).ok();
    let built = built.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos());
    format!("{sources} {built}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node() {
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert!(version("v18.19.0").unwrap() < NODE && version("v22.3.0").unwrap() > NODE);
        assert_eq!(version("nonsense"), None);
    }

    #[test]
    fn asks_for_the_node_that_package_json_names() {
        let package = fs::read_to_string(Place::find().unwrap().ui().join("package.json")).unwrap();
        assert!(package.contains(&format!("\"node\": \">={}.{}\"", NODE.0, NODE.1)));
    }

    #[test]
    fn a_change_anywhere_is_noticed_and_results_do_not_count() {
        let ui = std::env::temp_dir().join(format!("purser-xtask-{}", std::process::id()));
        for folder in ["src/views", "dist", "node_modules/left-pad"] {
            fs::create_dir_all(ui.join(folder)).unwrap();
        }
        let print = || content(&ui, &sources(&ui).unwrap()).unwrap();
        fs::write(ui.join("src/views/a.ts"), "1").unwrap();
        let first = print();
        fs::write(ui.join("dist/index.html"), "built").unwrap();
        fs::write(ui.join("node_modules/left-pad/x.js"), "x").unwrap();
        assert_eq!(print(), first);
        fs::write(ui.join("src/views/a.ts"), "2").unwrap();
        let second = print();
        assert_ne!(second, first);
        fs::rename(ui.join("src/views/a.ts"), ui.join("src/views/b.ts")).unwrap();
        assert_ne!(print(), second);
        let built = note("s", &ui.join("dist/index.html"));
        assert_ne!(built, note("s", &ui.join("dist/never.html")));
        fs::remove_dir_all(&ui).unwrap();
    }
}
