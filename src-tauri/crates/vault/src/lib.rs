#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod audit;
pub mod auth_state;
mod bytes;
mod envelope;
mod error;
pub mod export;
pub mod generator;
mod id;
mod kdf;
pub mod key;
pub mod keyfile;
pub mod kit;
pub mod passphrase;
pub mod recovery;
pub mod secret;
pub mod totp;

pub use error::{Error, Result};
pub use id::{FileId, SlotId};
pub use kdf::KdfParams;
