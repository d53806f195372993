//! `purser`: the app without a window.
//!
//! JSON goes to standard output, messages to standard error. Exit codes: 0 done, 1 failed, 2 refused input or usage,
//! 3 locked or not allowed. Secrets come from a prompt or a file, never from arguments.

mod agent_process;
mod arguments;
mod contacts;
mod demo;
mod door;
mod emergency;
mod init;
mod messages;
mod new_kit_file;
mod recover;
mod render;
mod run;
mod security;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    purser_app::guard::guard_process(messages::PANIC);
    let arguments = match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, everything else is wrong usage.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::say(&error.to_string());
            return ExitCode::from(1);
        }
    };
    let code = runtime.block_on(run::run(arguments));
    // A keyring that hangs must not keep the command from ending.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    ExitCode::from(code)
}
