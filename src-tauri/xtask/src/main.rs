//! `cargo xtask`: the one entrance for building, running and testing Purser.
//!
//! It exists because two commands must do everything on a bare clone: install what is missing, then run or
//! test. It knows no build rule of its own; cargo and npm do the work and keep their own output.
//! Deliberately absent: releases, code generation, anything that a second run would do again for nothing.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it prints is what it is for")]

mod bench;
mod command;
mod dependencies;
mod elsewhere;
mod fuzz;
mod month;
mod place;
mod rules;
mod run;
mod step;
mod system;
mod test;
mod ui;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "cargo xtask run [--debug]    install what is missing, build, open the window
                             (without a display: the same job in the terminal, on the demo)
cargo xtask test [--quick]   install what is missing, run every check and every test
                             (--quick leaves out the tests in the real window)
cargo xtask bench [--rows N] [--only NAME] [--json PATH]
                             install what is missing, measure Purser beside other programs
                             (a million rows of everything unless told; --help names the parts)
cargo xtask fuzz [SECONDS]   fuzz the readers of statement files, five minutes unless told";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match obey(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}"); // the causes in one line; a backtrace would hide the command that helps
            ExitCode::FAILURE
        }
    }
}

fn obey(words: &[&str]) -> Result<()> {
    match words {
        ["run"] => run::run(run::Profile::Release),
        ["run", "--debug"] => run::run(run::Profile::Debug),
        ["test"] => test::test(test::Extent::Everything),
        ["test", "--quick"] => test::test(test::Extent::Quick),
        ["bench", arguments @ ..] => bench::bench(arguments),
        ["fuzz"] => fuzz::fuzz(None),
        ["fuzz", seconds] => fuzz::fuzz(Some(seconds)),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => bail!("usage:\n{HELP}"),
    }
}
