//! The five currencies of the practice company.

use purser_books::Currency;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coin {
    Usd,
    Eur,
    Hkd,
    Jpy,
    Cny,
}

impl Coin {
    pub(crate) const COUNT: usize = 5;

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Coin::Usd => "USD",
            Coin::Eur => "EUR",
            Coin::Hkd => "HKD",
            Coin::Jpy => "JPY",
            Coin::Cny => "CNY",
        }
    }

    /// As Stripe writes it.
    pub(crate) const fn lower_code(self) -> &'static str {
        match self {
            Coin::Usd => "usd",
            Coin::Eur => "eur",
            Coin::Hkd => "hkd",
            Coin::Jpy => "jpy",
            Coin::Cny => "cny",
        }
    }

    pub(crate) const fn decimals(self) -> usize {
        match self {
            Coin::Jpy => 0,
            _ => 2,
        }
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Coin::Usd => 0,
            Coin::Eur => 1,
            Coin::Hkd => 2,
            Coin::Jpy => 3,
            Coin::Cny => 4,
        }
    }

    pub(crate) fn currency(self) -> Currency {
        Currency::parse(self.code()).unwrap_or(Currency::CNY)
    }

    /// A price of the shop in this currency, from its price in US cents and in fen.
    pub(crate) const fn price(self, us_cents: i64, fen: i64) -> i64 {
        match self {
            Coin::Usd => us_cents,
            Coin::Eur => us_cents * 93 / 100 / 10 * 10,
            Coin::Hkd => us_cents * 78 / 10 / 100 * 100,
            Coin::Jpy => us_cents * 3 / 2 / 50 * 50,
            Coin::Cny => fen,
        }
    }
}

/// A share in hundredths of a percent, rounded half up.
pub(crate) const fn share(amount: i64, hundredths_of_percent: i64) -> i64 {
    (amount * hundredths_of_percent + 5_000) / 10_000
}
