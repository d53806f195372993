//! The emergency freeze, as far as it needs no clock and no disk: what is written down of it, whether it is in force, how
//! it is ended, and what is refused meanwhile.
//!
//! The rule behind all of it: it takes less to freeze than to unfreeze. A request nobody can authenticate freezes; a line
//! nobody can read freezes; a place that says nothing changes nothing; and only a record that the owner signed for one
//! freeze ends that freeze, and no other.
//!
//! - [`journal`]: the lines, as they stand in a file that is only appended to.
//! - [`decision`]: frozen or not, from all places where a freeze is written down.
//! - [`cool_off`]: the wait before the owner may sign.
//! - [`act`]: the table of what is refused and what goes on.
//!
//! Not here: signing and its check (the caller hands a function in), files, keyring, store.

pub mod act;
pub mod cool_off;
pub mod decision;
pub mod journal;

pub use act::{Act, Refusal, Rule, rule};
pub use cool_off::{CoolOff, Moment};
pub use decision::{Decision, Place, Told, decide};
pub use journal::{FreezeId, Journal, Record, Unfreeze};
