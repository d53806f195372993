//! What the practice company's owner wrote down of each wallet's state at its provider.

use jiff::ToSpan;
use jiff::civil::Date;
use purser_books::Provider;

/// One value of an account status, typed in by hand.
#[derive(Debug, Clone)]
pub struct PracticeStatus {
    pub provider: Provider,
    /// Word of the field: `verification`, `payouts`, ...
    pub field: &'static str,
    pub value: &'static str,
    pub note: &'static str,
    /// Day a document is due.
    pub due: Option<Date>,
    /// Day the value was seen.
    pub as_of: Date,
}

/// The state of the four wallets: three in order, one with a document due.
#[must_use]
pub fn statuses(today: Date) -> Vec<PracticeStatus> {
    let last_week = today.checked_sub(6.days()).unwrap_or(today);
    let in_three_weeks = today.checked_add(19.days()).unwrap_or(today);
    let status =
        |provider, field, value, note| PracticeStatus { provider, field, value, note, due: None, as_of: last_week };
    vec![
        status(Provider::PayPal, "verification", "verified", ""),
        status(Provider::PayPal, "payouts", "on", "HSBC Hong Kong"),
        status(Provider::PayPal, "payout_bank_last4", "4471", ""),
        status(Provider::Alipay, "verification", "verified", "企业实名"),
        status(Provider::Alipay, "payouts", "on", "对公账户"),
        status(Provider::Alipay, "payout_bank_last4", "8820", ""),
        status(Provider::WeChatPay, "verification", "verified", ""),
        status(Provider::WeChatPay, "payouts", "on", "自动提现"),
        status(Provider::WeChatPay, "payout_bank_last4", "8820", ""),
        status(Provider::Stripe, "verification", "pending", ""),
        status(Provider::Stripe, "payouts", "on", ""),
        status(Provider::Stripe, "payout_bank_last4", "4471", ""),
        PracticeStatus {
            due: Some(in_three_weeks),
            ..status(Provider::Stripe, "documents_due", "proof of address", "")
        },
    ]
}
