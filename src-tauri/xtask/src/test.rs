//! `cargo xtask test`: every check and every test, cheapest first; the first failure ends it.
//!
//! The pages come before clippy because the window's crate takes `ui/dist` into itself when it is compiled.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{cargo, must};
use crate::place::Place;
use crate::step::Steps;
use crate::system::{self, Purpose};
use crate::{rules, tools, ui};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Everything,
    /// Without the tests in the real window.
    Quick,
}

pub fn test(extent: Extent) -> Result<()> {
    let place = Place::find()?;
    let mut steps = Steps::default();
    let window = WindowTests::find(&place, extent)?;
    system::ensure(Purpose::Test, &mut steps)?;
    let here = |arguments: &[&str]| {
        let mut command = cargo(arguments);
        command.current_dir(&place.root);
        command
    };

    steps.step("Format", "a second", || must(&mut here(&["fmt", "--all", "--check"])))?;
    steps.step("Source rules", "a second", || rules::check(&place.root))?;
    ui::install(&place, &mut steps)?;
    steps.step("UI check", "half a minute", || ui::script(&place, "check"))?;
    steps.step("UI tests", "some seconds", || ui::script(&place, "test"))?;
    ui::build(&place, &mut steps)?;
    steps.step("Clippy", "the first time some minutes", || {
        must(
            here(&["clippy", "--workspace", "--all-targets", "--locked"])
                .args(window.features())
                .args(["--", "-D", "warnings"]),
        )
    })?;
    steps.step("Build the programs", "the first time ten minutes, later seconds", || {
        must(&mut here(&["build", "--workspace", "--bins", "--locked"]))
    })?;
    let mut tests = here(&["test", "--workspace", "--locked"]);
    tests.args(window.features());
    tests.env("PURSER_CLI_BIN", place.binary("debug", "purser"));
    tests.env("PURSER_DESKTOP_BIN", place.binary("debug", "purser-desktop"));
    if window.run {
        tests.env("TAURI_DRIVER", tools::driver(&place, &mut steps)?);
    }
    steps.step("Tests", window.about(), || must(&mut tests))?;
    steps.step("Documentation", "a minute", || {
        must(with_denied_warnings(&mut here(&["doc", "--workspace", "--no-deps", "--locked"])))
    })?;
    steps.step("Dependencies", "some seconds", || tools::deny(&place))?;
    steps.print_times();
    println!("\nAll checks passed{}.", if window.run { "" } else { "; the tests in the real window were left out" });
    Ok(())
}

fn with_denied_warnings(command: &mut Command) -> &mut Command {
    let flags = std::env::var("RUSTDOCFLAGS").unwrap_or_default();
    command.env("RUSTDOCFLAGS", format!("{flags} -D warnings").trim())
}

/// The tests that drive the real window: target `e2e` of purser-tests, behind its feature `e2e`, because they
/// need a built program, its driver and a display; a bare `cargo test --workspace` leaves them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WindowTests {
    run: bool,
    behind_feature: bool,
}

impl WindowTests {
    fn find(place: &Place, extent: Extent) -> Result<WindowTests> {
        let manifest =
            fs::read_to_string(place.root.join("tests/Cargo.toml")).context("cannot read tests/Cargo.toml")?;
        Ok(WindowTests::declared(&manifest, extent, cfg!(target_os = "linux")))
    }

    fn declared(manifest: &str, extent: Extent, linux: bool) -> WindowTests {
        let has = |line: &str| manifest.lines().any(|other| other.trim() == line);
        let behind_feature = has("required-features = [\"e2e\"]");
        let wanted = linux && (extent == Extent::Everything || !behind_feature);
        WindowTests { run: has("name = \"e2e\"") && wanted, behind_feature }
    }

    fn features(self) -> &'static [&'static str] {
        if self.run && self.behind_feature { &["--features", "purser-tests/e2e"] } else { &[] }
    }

    fn about(self) -> &'static str {
        if self.run { "minutes, the real window among them" } else { "minutes" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_tests_are_found_in_the_manifest() {
        let manifest = "[[test]]\nname = \"e2e\"\npath = \"e2e/main.rs\"\nrequired-features = [\"e2e\"]\n";
        let found = WindowTests::declared(manifest, Extent::Everything, true);
        assert!(found.run);
        assert_eq!(found.features(), ["--features", "purser-tests/e2e"]);
        for (extent, linux) in [(Extent::Quick, true), (Extent::Everything, false)] {
            let found = WindowTests::declared(manifest, extent, linux);
            assert!(!found.run && found.features().is_empty());
        }
        assert!(!WindowTests::declared("[[test]]\nname = \"journeys\"\n", Extent::Everything, true).run);
    }
}
