//! What a process that holds keys does first: no core dumps, no other program of the same person looks into its memory, and
//! a panic says nothing but where to ask.
//!
//! The system administrator can still read the memory of any process. Windows and macOS have no twin of this here: there
//! the system's own rules for debugging hold.

use std::io::Write;
use std::panic::Location;

use sha2::{Digest, Sha256};

/// Called by `main` before anything secret is read. `message` is what a panic prints, before its id.
pub fn guard_process(message: &'static str) {
    keep_memory_private();
    std::panic::set_hook(Box::new(move |panic| {
        // The payload may hold anything, and a path tells whose computer it was built on.
        let id = panic.location().map_or_else(String::new, place_id);
        let _ = writeln!(std::io::stderr(), "{message} P-{id}");
    }));
}

#[cfg(target_os = "linux")]
fn keep_memory_private() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    // Neither is a reason not to start: a system may forbid both.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(all(unix, not(target_os = "linux")))]
fn keep_memory_private() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

#[cfg(not(unix))]
const fn keep_memory_private() {}

/// Names a line of the source without showing it: the same line has the same id.
fn place_id(place: &Location<'_>) -> String {
    let text = format!("{}:{}:{}", place.file(), place.line(), place.column());
    crate::import::hex(&Sha256::digest(text)[..4])
}
