#![doc = include_str!("../README.md")]

mod alipay;
mod coin;
mod ledger;
mod paypal;
mod personal;
mod random;
mod scaled;
mod security;
mod shop;
mod statuses;
mod stripe;
mod text;
mod wechatpay;

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use purser_books::Provider;
use purser_books::reader::Totals;

pub use scaled::{ScaledForm, write_scaled};
pub use security::security;
pub use shop::BUSINESS;
pub use statuses::{PracticeStatus, statuses};

/// Who the practice company is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Business {
    pub name: &'static str,
    pub local_name: &'static str,
    /// IANA name.
    pub zone: &'static str,
    /// ISO 4217 code.
    pub base_currency: &'static str,
}

/// A statement file as its provider would hand it out.
#[derive(Debug, Clone)]
pub struct PracticeFile {
    /// As the provider names it.
    pub name: String,
    pub bytes: Vec<u8>,
    pub provider: Provider,
    /// The reader's word for its form, for example `paypal.activity`.
    pub form: &'static str,
    /// What its rows add up to, kept while they were written.
    pub sums: Vec<Totals>,
}

/// Eighteen months of the company's four wallets, ending with the month before `today`.
#[must_use]
pub fn demo_files(today: Date) -> Vec<PracticeFile> {
    let window = shop::Window::before(today);
    let mut files = paypal::files(window);
    files.extend(stripe::files(window));
    files.extend(alipay::files(window));
    files.extend(wechatpay::files(window));
    files
}

/// The owner's own Alipay and WeChat exports of the three months before `today`.
#[must_use]
pub fn personal_files(today: Date) -> Vec<PracticeFile> {
    personal::files(shop::Window::before(today))
}
