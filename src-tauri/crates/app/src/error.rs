//! What can go wrong, once for the window and the command line: a closed code and what the person can do about it.

use purser_books::reader::{ReadError, Refusal};

/// The closed list the window and the command line branch on. Nothing else may be matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    NoProfile,
    Locked,
    NotAllowed,
    WrongPassword,
    WrongCode,
    /// The login has to wait; `detail` is the seconds.
    Wait,
    SlotDisabled,
    /// The time this login was given is over.
    SlotOver,
    /// The act needs a fresh proof of its own.
    StepUp,
    /// Somebody else may know the password: it is changed first.
    MustChangePassword,
    /// A second factor and a proven recovery kit come first.
    NotReady,
    /// Not while frozen.
    Frozen,
    /// Somebody may control this computer: no secret is shown, made or typed on it.
    ComputerNotTrusted,
    ClockWasWrong,
    KeyringLocked,
    KeyringMissing,
    KeyringChanged,
    ProfileInUse,
    ProfileExists,
    Damaged,
    NewerSchema,
    WeakPassword,
    /// A statement file was refused.
    Refused,
    Cancelled,
    NotFound,
    /// An argument that cannot be; `detail` says which and what is expected.
    Invalid,
    DiskFull,
    Io,
    Internal,
}

impl Code {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Code::NoProfile => "no_profile",
            Code::Locked => "locked",
            Code::NotAllowed => "not_allowed",
            Code::WrongPassword => "wrong_password",
            Code::WrongCode => "wrong_code",
            Code::Wait => "wait",
            Code::SlotDisabled => "slot_disabled",
            Code::SlotOver => "slot_over",
            Code::StepUp => "step_up",
            Code::MustChangePassword => "must_change_password",
            Code::NotReady => "not_ready",
            Code::Frozen => "frozen",
            Code::ComputerNotTrusted => "computer_not_trusted",
            Code::ClockWasWrong => "clock_was_wrong",
            Code::KeyringLocked => "keyring_locked",
            Code::KeyringMissing => "keyring_missing",
            Code::KeyringChanged => "keyring_changed",
            Code::ProfileInUse => "profile_in_use",
            Code::ProfileExists => "profile_exists",
            Code::Damaged => "damaged",
            Code::NewerSchema => "newer_schema",
            Code::WeakPassword => "weak_password",
            Code::Refused => "refused",
            Code::Cancelled => "cancelled",
            Code::NotFound => "not_found",
            Code::Invalid => "invalid",
            Code::DiskFull => "disk_full",
            Code::Io => "io",
            Code::Internal => "internal",
        }
    }
}

/// A code and a short English detail that holds no secret, no SQL and no path of the profile.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}{}", code.word(), if detail.is_empty() { String::new() } else { format!(": {detail}") })]
pub struct Error {
    pub code: Code,
    pub detail: String,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(code: Code, detail: impl Into<String>) -> Error {
        Error { code, detail: detail.into() }
    }

    pub fn invalid(detail: impl Into<String>) -> Error {
        Error::new(Code::Invalid, detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Error {
        Error::new(Code::NotFound, detail)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Error {
        Error::new(code, "")
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::DiskFull.into(),
            kind => Error::new(Code::Io, kind.to_string()),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        // SQLite's own words may hold SQL and data: only the number goes on.
        match &error {
            sqlx::Error::Database(database) => {
                let number = database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(-1);
                match number & 0xff {
                    // A trigger's refusal: the login knows some wallets only.
                    19 if number == 1811 => Code::NotAllowed.into(),
                    // CORRUPT, NOTADB, and what SQLCipher answers to altered pages (ERROR and NOMEM stay ambiguous
                    // and are settled by an integrity check where they occur).
                    11 | 26 => Code::Damaged.into(),
                    // The second: no room for the index of the write-ahead log.
                    13 => Code::DiskFull.into(),
                    10 if number == 4874 => Code::DiskFull.into(),
                    _ => {
                        tracing::debug!(number, "database error");
                        Error::new(Code::Internal, format!("database error {number}"))
                    }
                }
            }
            sqlx::Error::Io(error) => Error::from(std::io::Error::from(error.kind())),
            sqlx::Error::RowNotFound => Code::NotFound.into(),
            // The session ended, or the books are changing their key.
            sqlx::Error::PoolClosed => Code::Locked.into(),
            _ => Error::new(Code::Internal, "database driver"),
        }
    }
}

impl From<purser_vault::Error> for Error {
    fn from(error: purser_vault::Error) -> Error {
        use purser_vault::Error as Vault;
        match error {
            Vault::WrongPassword => Code::WrongPassword.into(),
            Vault::Damaged | Vault::OwnerChanged | Vault::RolledBack => Error::new(Code::Damaged, format!("{error:?}")),
            Vault::OutOfMemory => Error::new(
                Code::Internal,
                "not enough memory to check the password: close other programs and try again",
            ),
            Vault::UnsupportedVersion => Code::NewerSchema.into(),
            Vault::NotGranted | Vault::NotOwner => Code::NotAllowed.into(),
            Vault::UnknownSlot => Code::NotFound.into(),
            other => Error::new(Code::Internal, format!("{other:?}")),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::new(Code::Refused, refusal.to_string())
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Error {
        match error {
            ReadError::Refused(refusal) => refusal.into(),
            ReadError::Io(error) => error.into(),
        }
    }
}
