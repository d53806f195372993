//! `cargo xtask test`: every check and every test, cheapest first; the first failure ends it.
//!
//! The pages come before clippy because the window's crate takes `ui/dist` into itself when it is compiled.

use std::process::Command;

use anyhow::Result;

use crate::command::{cargo, must};
use crate::place::Place;
use crate::step::Steps;
use crate::system::{self, Purpose};
use crate::{bench, dependencies, rules, ui};

/// The test that drives the real window.
const IN_THE_WINDOW: &str = "e2e";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Everything,
    /// Without the tests in the real window.
    Quick,
}

pub fn test(extent: Extent) -> Result<()> {
    let place = Place::find()?;
    let mut steps = Steps::default();
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
        must(&mut here(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    })?;
    steps.step("Build the programs", "the first time up to ten minutes, later seconds", || {
        must(&mut here(&["build", "--workspace", "--bins", "--locked"]))
    })?;
    // Without it the journeys say what they did not try.
    let python = bench::python(&place.target.join("tests"), &[bench::SQLCIPHER], &mut steps);
    steps.step("Tests", "minutes", || {
        let mut tests = here(&["test", "--workspace", "--locked", "--no-fail-fast"]);
        tests.args(targets(extent, &place.tests));
        tests.env("PURSER_CLI_BIN", place.binary("debug", "purser"));
        tests.env("PURSER_DESKTOP_BIN", place.binary("debug", "purser-desktop"));
        if let Ok(python) = &python {
            tests.env("PURSER_PYTHON", python);
        }
        must(&mut tests)
    })?;
    steps.step("Documentation", "a minute", || {
        must(with_denied_warnings(&mut here(&["doc", "--workspace", "--no-deps", "--locked"])))
    })?;
    steps.step("Dependencies", "some seconds", || dependencies::check(&place))?;
    steps.print_times();
    let left_out = if extent == Extent::Quick { "; the tests in the real window were left out" } else { "" };
    println!("\nAll checks passed{left_out}.");
    Ok(())
}

/// Cargo knows how to name targets, not how to leave one out.
fn targets(extent: Extent, tests: &[String]) -> Vec<&str> {
    match extent {
        Extent::Everything => Vec::new(),
        Extent::Quick => {
            let kept = tests.iter().filter(|name| *name != IN_THE_WINDOW);
            ["--lib", "--bins"].into_iter().chain(kept.flat_map(|name| ["--test", name])).collect()
        }
    }
}

fn with_denied_warnings(command: &mut Command) -> &mut Command {
    let flags = std::env::var("RUSTDOCFLAGS").unwrap_or_default();
    command.env("RUSTDOCFLAGS", format!("{flags} -D warnings").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_leaves_out_the_window_and_nothing_else() {
        let tests = ["cases", "e2e", "journeys"].map(str::to_owned);
        assert_eq!(targets(Extent::Quick, &tests).join(" "), "--lib --bins --test cases --test journeys");
        assert!(targets(Extent::Everything, &tests).is_empty());
    }
}
