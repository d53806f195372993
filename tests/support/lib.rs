//! What the journeys share: a profile to copy, clocks to move, the command line, an authenticator that is not ours.
//!
//! The command line is the real binary. `PURSER_CLI_BIN` names it; without it the support builds it once, because
//! cargo builds a package's binaries only for that package's own tests.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

pub mod authenticator;
pub mod child;
pub mod cli;
pub mod clock;
pub mod folder;
pub mod poppler;
pub mod profile;
pub mod statements;

pub use cli::{Cli, Run};
pub use clock::{MovingClock, WholeDay};
pub use profile::{PASSWORD, Profile, SEED, ZONE};
