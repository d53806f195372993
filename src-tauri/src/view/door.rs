//! The window's data about logins, passwords, factors and people.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::secret_view;

/// What a fresh proof is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ActView {
    ChangePassword,
    ReplaceSecondFactor,
    ReplaceRecoveryCodes,
    ReplaceKit,
    RenewBooksKey,
    InvitePerson,
    ChangePerson,
    RevokePerson,
    LowerSetting,
    RotateCredential,
    RemoveCredential,
    KeepSecret,
    RevealSecret,
    Unfreeze,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RoleView {
    Owner,
    Accountant,
    Responder,
}

/// A login the lock page offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LoginView {
    pub name: String,
    pub role: RoleView,
    /// An invitation that can be taken up now.
    pub invited: bool,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct PersonView {
    pub name: String,
    pub role: RoleView,
    pub state: String,
    /// Last day.
    pub until: Option<String>,
    /// `null` = all.
    pub wallets: Option<Vec<u32>>,
    pub last_login: Option<String>,
    pub password_set: Option<String>,
    pub second_factor: bool,
    pub second_factor_set: Option<String>,
    pub compromised: bool,
    pub exposed: Option<String>,
}

#[derive(Debug, Clone, Deserialize, Type)]
pub struct InviteRequest {
    pub name: String,
    pub role: RoleView,
    pub until: Option<String>,
    /// Empty = all.
    pub wallets: Vec<u32>,
}

secret_view!(
    /// Shown once, to be handed over.
    InvitedView { code: String, until: String }
);
secret_view!(
    /// `locked`: the session ended with the old login; the codes are then shown on the lock page.
    PasswordChangedView { locked: bool, codes: Vec<String> }
);
secret_view!(MadePasswordView { text: String });

#[derive(Debug, Clone, Copy, Serialize, Type)]
pub struct RevokedView {
    pub books_renewed: bool,
    pub pending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum MadeKindView {
    Phrase,
    String,
    /// Letters and digits only.
    PlainString,
}

secret_view!(
    /// After a recovery: a new kit and new codes, shown once. `open`: the owner's session is open.
    RecoveredView { kit: super::KitView, codes: Vec<String>, open: bool, books_renewed: bool }
);
