//! Scenarios in a process of their own, so that it can be killed: the test binary runs itself again, with one test
//! named and the scenario in the environment.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

const SCENARIO: &str = "PURSER_TEST_SCENARIO";
const FOLDER: &str = "PURSER_TEST_FOLDER";
const ARGUMENT: &str = "PURSER_TEST_ARGUMENT";

/// What this process was started for, when it is a child.
#[derive(Debug, Clone)]
pub struct Task {
    pub scenario: String,
    pub folder: PathBuf,
    pub argument: String,
}

impl Task {
    #[must_use]
    pub fn of_this_process() -> Option<Task> {
        Some(Task {
            scenario: std::env::var(SCENARIO).ok()?,
            folder: std::env::var_os(FOLDER)?.into(),
            argument: std::env::var(ARGUMENT).unwrap_or_default(),
        })
    }
}

/// A child that runs `scenario`; `test` is the test that looks for a [`Task`].
#[must_use]
pub fn command(test: &str, scenario: &str, folder: &Path, argument: &str) -> Command {
    prepare(Command::new(std::env::current_exe().unwrap()), test, scenario, folder, argument)
}

/// The same behind another program, which gets the child's command line as its arguments.
#[must_use]
pub fn command_behind(mut program: Command, test: &str, scenario: &str, folder: &Path, argument: &str) -> Command {
    program.arg(std::env::current_exe().unwrap());
    prepare(program, test, scenario, folder, argument)
}

fn prepare(mut command: Command, test: &str, scenario: &str, folder: &Path, argument: &str) -> Command {
    command.args(["--exact", test, "--nocapture"]);
    command.env(SCENARIO, scenario).env(FOLDER, folder).env(ARGUMENT, argument);
    command
}

/// Names the place where the child dies.
pub fn kill_at(command: &mut Command, point: &str) {
    command.env("PURSER_KILL_AT", point);
}

#[must_use]
pub fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(9)
}

/// A folder only its owner may enter.
pub fn private_folder(path: &Path) {
    purser_app::files::create_private_folder(path).unwrap();
}
