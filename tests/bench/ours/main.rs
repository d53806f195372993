//! The benchmark: measures Purser and, in the same run, programs that do the same job.
//!
//! `cargo xtask bench` installs the peers and calls it. Every measurement runs in a process of its own, this program
//! started again with `measure`, so that its peak memory is its own; peers are the scripts in `peers/`.
//! Everything of ours goes through the app's public functions, on real encrypted profiles made of practice files.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it prints is what it is for")]

mod measure;
mod plan;
mod profile;
mod run;
mod scratch;
mod stopwatch;

use std::process::ExitCode;

use anyhow::Result;
use purser_bench::options::{HELP, Options};

fn main() -> ExitCode {
    // cargo tells every bench target that it is one.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match obey(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(words: &[String]) -> Result<()> {
    match words.split_first() {
        Some((first, rest)) if first == "measure" => measure::child(rest),
        _ => match Options::parse(words)? {
            Some(options) => plan::run(options),
            None => {
                println!("{}", HELP);
                Ok(())
            }
        },
    }
}
