//! The window's data: plain values, amounts as exact decimal text, no 64-bit integers.

pub mod audit;
pub mod backups;
pub mod contacts;
pub mod door;
pub mod emergency;
pub mod imports;
pub mod security;
pub mod tasks;
pub mod transactions;

use purser_app::facts;
use serde::{Deserialize, Serialize};
use specta::Type;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct BootView {
    pub phase: PhaseView,
    pub demo: bool,
    pub role: Option<door::RoleView>,
    pub slot_name: Option<String>,
    /// Whose logins there are; the owner's comes first.
    pub logins: Vec<door::LoginView>,
    /// Nothing but changing the password is possible.
    pub must_change: bool,
    /// Seconds the owner's login still has to wait, 0 = none.
    pub wait_s: u32,
    pub settings: SettingsView,
    pub version: String,
    pub platform: String,
    pub device_store: Option<DeviceStoreView>,
    pub has_second_factor: bool,
    pub kit_proven: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PhaseView {
    NoProfile,
    Locked,
    SecondFactor,
    Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DeviceStoreView {
    Keyring,
    File,
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SettingsView {
    pub language: Option<LanguageView>,
    pub region: Option<String>,
    pub theme: ThemeView,
    pub palette: PaletteView,
    pub idle_minutes: u8,
    pub show_names: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub enum LanguageView {
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    Chinese,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ThemeView {
    System,
    Light,
    Dark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PaletteView {
    Neutral,
    Western,
    EastAsian,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct StrengthView {
    pub score: u8,
    pub accepted: bool,
    pub reasons: Vec<ReasonView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ReasonView {
    pub code: String,
    pub min: Option<u32>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct KeyringView {
    pub available: bool,
    pub vendor: Option<String>,
}

/// Its Debug says nothing: it carries a password.
#[derive(Clone, Deserialize, Type)]
pub struct ProfileCreateRequest {
    pub business_name: String,
    pub business_name_local: String,
    pub base_currency: String,
    pub zone: String,
    pub password: String,
    pub device_store: DeviceStoreView,
}

impl std::fmt::Debug for ProfileCreateRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProfileCreateRequest")
    }
}

macro_rules! secret_view {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Serialize, Type)]
        pub struct $name { $(pub $field: $type),+ }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

pub(crate) use secret_view;

secret_view!(
    /// Shown once, to be printed or saved.
    KitView { text: String, recovery_key: String }
);
secret_view!(EnrolView { uri: String, secret: String, qr_svg: String });
secret_view!(RecoveryCodesView { codes: Vec<String> });

#[derive(Debug, Clone, Copy, Serialize, Type)]
pub struct UnlockView {
    pub next: NextView,
}

#[derive(Debug, Clone, Copy, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum NextView {
    Code,
    Open,
}

#[derive(Debug, Clone, Deserialize, Type)]
pub struct FilterRequest {
    pub from: Option<String>,
    pub to: Option<String>,
    pub wallets: Vec<u32>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct WalletView {
    pub id: u32,
    pub name: String,
    pub provider: ProviderCode,
    pub business: String,
    pub account_ref: Option<String>,
    pub zone: String,
    pub transactions: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum ProviderCode {
    PayPal,
    Alipay,
    WeChatPay,
    Stripe,
    Other,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct BalanceView {
    pub account: String,
    pub currency: String,
    /// `null` where no file states it.
    pub available: Option<String>,
    pub pending: Option<String>,
    pub as_of: Option<String>,
    pub source: Option<String>,
    /// The stated balance and everything known since; from zero where nothing is stated.
    pub computed: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StatusFieldView {
    Verification,
    Restrictions,
    Payouts,
    PayoutBankLast4,
    DocumentsDue,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct StatusValueView {
    pub field: String,
    pub value: String,
    pub note: String,
    pub due: Option<String>,
    pub as_of: String,
    pub source: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct CoverageMonthView {
    pub month: String,
    pub state: String,
    /// Days that no file speaks for with certainty.
    pub open: Vec<DaysView>,
    pub overlaps: Vec<OverlapView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct DaysView {
    pub from: String,
    pub to: String,
}

/// Two files of one form that tell the same days with different transactions.
#[derive(Debug, Clone, Serialize, Type)]
pub struct OverlapView {
    pub from: String,
    pub to: String,
    pub file: String,
    pub other: String,
    pub only_in_file: u32,
    pub only_in_other: u32,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct WalletOverviewView {
    pub wallet: WalletView,
    pub balances: Vec<BalanceView>,
    pub status: Vec<StatusValueView>,
    pub last_transaction: Option<String>,
    pub last_import: Option<String>,
    pub coverage: Vec<CoverageMonthView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct FeeShareView {
    pub wallet: u32,
    pub month: String,
    pub currency: String,
    pub sales: String,
    pub fees: String,
    /// Per cent with two decimals; `null` without sales.
    pub share: Option<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct MonthSumView {
    pub month: String,
    pub currency: String,
    pub money_in: String,
    pub money_out: String,
    pub fees: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct OverviewView {
    pub wallets: Vec<WalletOverviewView>,
    pub fee_shares: Vec<FeeShareView>,
    pub imports: u32,
    pub last_month: Vec<MonthSumView>,
}

#[derive(Debug, Clone, Deserialize, Type)]
pub struct StatementRequestView {
    pub wallet: u32,
    pub account: String,
    pub currency: String,
    pub from: String,
    pub to: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct AccountView {
    pub wallet: u32,
    pub account: String,
    pub currency: String,
    pub first: String,
    pub last: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct StatementView {
    pub opening: String,
    pub closing: String,
    pub money_in: String,
    pub money_out: String,
    pub fees: String,
    pub lines: u32,
    pub basis: String,
    pub ties_out: bool,
    pub zone: String,
    pub gaps: Vec<CoverageMonthView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct SavedView {
    pub name: String,
    pub sha256: String,
    pub lines: u32,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct LocalizedView {
    pub en: String,
    #[serde(rename = "zh-CN")]
    pub zh: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ContactView {
    pub id: u32,
    pub kind: String,
    pub value: String,
    pub label: LocalizedView,
    pub region: String,
    pub hours: Option<String>,
    pub zone: Option<String>,
    pub note: LocalizedView,
    pub grade: String,
    pub source: String,
    pub as_of: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct DownloadView {
    pub form: String,
    pub title: LocalizedView,
    pub steps: Vec<LocalizedView>,
    pub note: LocalizedView,
    pub url: Option<String>,
    pub grade: String,
    pub source: String,
    pub as_of: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ProviderFactsView {
    pub provider: ProviderCode,
    pub name: String,
    pub contacts: Vec<ContactView>,
    pub downloads: Vec<DownloadView>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct PlaybookStepView {
    pub id: String,
    pub title: LocalizedView,
    pub actions: Vec<LocalizedView>,
    pub contacts: Vec<ContactView>,
}

impl From<&facts::Localized> for LocalizedView {
    fn from(text: &facts::Localized) -> LocalizedView {
        LocalizedView { en: text.en.clone(), zh: text.zh.clone() }
    }
}
