//! The providers Purser knows.

use serde::{Deserialize, Serialize};

/// Who keeps the wallet. `Other` is any provider Purser has no reader for; its files are mapped by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    PayPal,
    Alipay,
    WeChatPay,
    Stripe,
    Other,
}

impl Provider {
    /// The four providers with readers and facts of their own, in the order they are shown.
    pub const KNOWN: [Provider; 4] = [Provider::PayPal, Provider::Alipay, Provider::WeChatPay, Provider::Stripe];

    /// The word used in files, on the command line and over IPC.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Provider::PayPal => "paypal",
            Provider::Alipay => "alipay",
            Provider::WeChatPay => "wechatpay",
            Provider::Stripe => "stripe",
            Provider::Other => "other",
        }
    }

    /// The provider's own name, as it writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Provider::PayPal => "PayPal",
            Provider::Alipay => "Alipay 支付宝",
            Provider::WeChatPay => "WeChat Pay 微信支付",
            Provider::Stripe => "Stripe",
            Provider::Other => "Other",
        }
    }

    /// The inverse of [`Provider::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Provider> {
        [Provider::PayPal, Provider::Alipay, Provider::WeChatPay, Provider::Stripe, Provider::Other]
            .into_iter()
            .find(|provider| provider.code() == code)
    }

    /// The zone of a provider's civil times where its files state none, as an IANA name.
    /// Alipay and WeChat Pay write China time; Stripe and PayPal state theirs in the file (UTC is only the fallback).
    #[must_use]
    pub const fn default_zone(self) -> &'static str {
        match self {
            Provider::Alipay | Provider::WeChatPay => "Asia/Shanghai",
            Provider::PayPal | Provider::Stripe | Provider::Other => "UTC",
        }
    }
}
