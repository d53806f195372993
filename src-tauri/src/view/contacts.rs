//! The window's data about the register of contacts. Days are ISO dates.

use serde::{Deserialize, Serialize};
use specta::Type;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ContactRegisterView {
    pub wallets: Vec<WalletContactsView>,
    pub own_numbers: Vec<OwnNumberView>,
    /// Providers whose signed-in pages show no number.
    pub no_number: Vec<NoNumberView>,
    /// Providers with wallets of which nobody said either yet.
    pub numbers_missing: Vec<String>,
    /// What anybody at this computer sees: `off`, `numbers`, `all`.
    pub lock_screen: String,
    /// The newest card of each person.
    pub cards: Vec<PrintedCardView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct NoNumberView {
    pub provider: String,
    pub noted: String,
}

/// Who is who of one wallet; what is missing is not known.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WalletContactsView {
    pub wallet_id: u32,
    pub name: String,
    pub provider: String,
    pub account: Option<String>,
    pub contacts: Vec<WhoView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WhoView {
    pub role: String,
    pub value: String,
    pub noted: String,
}

/// Copied from a page somebody was signed in to.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct OwnNumberView {
    pub id: u32,
    pub provider: String,
    pub number: String,
    pub noted: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct PrintedCardView {
    pub person: String,
    pub speaker: String,
    pub lane: String,
    pub stamp: String,
    pub made: String,
    /// Something it shows is otherwise today.
    pub stale: bool,
}

/// An empty text takes away what was there.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ContactsRequest {
    pub values: Vec<(String, String)>,
    /// Today where nobody says.
    pub noted: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CardRequest {
    pub person: String,
    pub speaker: String,
    pub lane: String,
    /// `en`, `zh`, `hant`.
    pub language: String,
}

/// A card that was written.
#[derive(Debug, Clone, Serialize, Type)]
pub struct CardView {
    pub name: String,
    pub stamp: String,
    /// Characters that no face of the PDF has, drawn as boxes.
    pub missing: String,
}

/// What the owner lets anybody see without a login.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct LockContactsView {
    pub as_of: String,
    pub own_numbers: Vec<LockNumberView>,
    pub wallets: Vec<CaseWalletView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct LockNumberView {
    pub provider: String,
    pub number: String,
    pub noted: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct CaseWalletView {
    pub name: String,
    pub provider: String,
    pub account: String,
    pub legal_representative: String,
    pub administrator: String,
    pub bound_phone: String,
    pub deputy: String,
}
