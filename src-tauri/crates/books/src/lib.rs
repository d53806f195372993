#![doc = include_str!("../README.md")]

pub mod coverage;
pub mod credential;
pub mod document;
pub mod door;
pub mod fact;
pub mod freeze;
pub mod incident;
pub mod lever;
pub mod mask;
pub mod money;
pub mod papers;
pub mod payout;
pub mod playbook;
pub mod provider;
pub mod reader;
pub mod statement;
pub mod transaction;

pub use money::{Currency, Money, MoneyError};
pub use provider::Provider;
pub use transaction::{Direction, Entry, Kind, Part, Row, Skip, SkipReason, Source, Status};
