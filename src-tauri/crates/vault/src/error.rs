//! What can go wrong, told apart only as far as the user can act on it.
//!
//! No variant carries text, bytes or a cause: an error value may be logged or shown anywhere.

/// Why the vault refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Password and device secret together do not open the slot, or the recovery key opens nothing.
    /// Which of the two was wrong is not known to anybody.
    #[error("wrong password or device key")]
    WrongPassword,
    /// Bytes are not what was written: unreadable, unsigned, or altered after sealing.
    #[error("damaged or altered")]
    Damaged,
    /// Written by a newer version of the program.
    #[error("unsupported version")]
    UnsupportedVersion,
    /// The key file is signed by another owner than the one this computer remembers.
    #[error("signed by another owner")]
    OwnerChanged,
    /// The key file, one of its wraps or the login counters are older than what was seen before.
    #[error("older than the newest one seen")]
    RolledBack,
    /// The cost parameters of the password hash are outside the permitted range.
    #[error("password hash parameters refused")]
    KdfRefused,
    /// The memory for the password hash could not be had.
    #[error("not enough memory")]
    OutOfMemory,
    /// No such slot, or it is disabled or has no password.
    #[error("no such slot")]
    UnknownSlot,
    /// The slot's role does not hold this key.
    #[error("not granted to this slot")]
    NotGranted,
    /// The change must be signed by the owner.
    #[error("only the owner may do this")]
    NotOwner,
    /// A count, name or size is outside what the format holds.
    #[error("outside the limits of the format")]
    Limit,
    /// The password is longer than 1024 bytes.
    #[error("password too long")]
    TooLong,
    /// A device secret was given where the profile has none, or the other way round.
    #[error("device secret does not fit the profile")]
    DeviceStore,
    /// The operating system gave no random numbers.
    #[error("no random numbers from the operating system")]
    NoRandomness,
}

/// Result of every fallible call of this crate, unless a narrower error says more.
pub type Result<T, E = Error> = core::result::Result<T, E>;
