//! What the benchmark says: figures, how ours compare with a peer's, the table for people and the JSON for programs.
//!
//! Deliberately absent: measuring. The programs that measure hand over [`Figure`]s, one line of JSON each, whether they
//! are ours (`ours/`) or a peer's (`peers/`), so all are read and compared in one way.

pub mod figure;
pub mod machine;
pub mod options;
pub mod report;

pub use figure::Figure;
pub use machine::Machine;
pub use options::Options;
pub use report::{Aim, Line, Peer, Report, Unit};
