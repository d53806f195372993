//! Money: whole minor units of one currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 4217 currency code with the exponent the standard gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    /// Kept, because every amount that is read or written asks for it.
    exponent: u8,
}

/// What can be wrong with an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("\"{0}\" is not an ISO 4217 currency code")]
    UnknownCurrency(String),
    #[error("\"{0}\" is not an amount")]
    NotAnAmount(String),
    #[error("\"{text}\" has more decimals than {currency} has")]
    TooManyDecimals { text: String, currency: Currency },
    #[error("{0} and {1} cannot be added")]
    CurrencyMismatch(Currency, Currency),
    #[error("the amount is too large")]
    Overflow,
}

impl Currency {
    pub const CNY: Currency = Currency { code: *b"CNY", exponent: 2 };

    /// Parses a code in either case; only codes of ISO 4217 are accepted.
    pub fn parse(code: &str) -> Result<Currency, MoneyError> {
        let unknown = || MoneyError::UnknownCurrency(code.chars().take(12).collect());
        let upper: [u8; 3] = code.trim().to_ascii_uppercase().into_bytes().try_into().map_err(|_| unknown())?;
        let text = std::str::from_utf8(&upper).map_err(|_| unknown())?;
        let known = iso_currency::Currency::from_code(text).ok_or_else(unknown)?;
        // Metals and funds have none; two are as good as any.
        let exponent = known.exponent().and_then(|exponent| u8::try_from(exponent).ok()).unwrap_or(2);
        Ok(Currency { code: upper, exponent })
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// How many decimals the currency has (JPY 0, EUR 2, KWD 3).
    #[must_use]
    pub fn exponent(self) -> u32 {
        self.exponent.into()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(code: &str) -> Result<Currency, MoneyError> {
        Currency::parse(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        let code = String::deserialize(deserializer)?;
        Currency::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// An amount: minor units (cents, fen, yen) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// Adds an amount of the same currency.
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Money { minor, currency: self.currency })
    }

    /// Parses plain decimal text as Purser itself writes it: optional minus, digits, a point and
    /// at most as many decimals as the currency has. Provider files go through `reader::number`.
    pub fn parse(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        let not = || MoneyError::NotAnAmount(text.chars().take(40).collect());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent = currency.exponent() as usize;
        if whole.is_empty() || (digits.contains('.') && fraction.is_empty()) {
            return Err(not());
        }
        if fraction.len() > exponent {
            return Err(MoneyError::TooManyDecimals { text: text.chars().take(40).collect(), currency });
        }
        let mut minor: i64 = 0;
        let padding = std::iter::repeat_n(b'0', exponent - fraction.len());
        for byte in whole.bytes().chain(fraction.bytes()).chain(padding) {
            if !byte.is_ascii_digit() {
                return Err(not());
            }
            minor = minor
                .checked_mul(10)
                .and_then(|minor| minor.checked_add(i64::from(byte - b'0')))
                .ok_or(MoneyError::Overflow)?;
        }
        Ok(Money { minor: if negative { -minor } else { minor }, currency })
    }

    /// Plain decimal text in major units: `-1234.56`, `5000` for yen. The form of files and of the command line.
    #[must_use]
    pub fn to_plain(self) -> String {
        let mut text = Vec::with_capacity(24);
        self.push_plain(&mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    /// As [`Money::to_plain`], behind other bytes of a text.
    pub fn push_plain(self, text: &mut Vec<u8>) {
        let exponent = self.currency.exponent() as usize;
        // From the last digit on; one whole digit at least. 20 digits, a point and a minus have room.
        let (mut rest, mut bytes, mut begin) = (self.minor.unsigned_abs(), [b'0'; 24], 24);
        let mut put = |byte| {
            begin -= 1;
            bytes[begin] = byte;
        };
        let mut places = 0;
        while rest > 0 || places <= exponent {
            if places == exponent && exponent > 0 {
                put(b'.');
            }
            put(b'0' + u8::try_from(rest % 10).unwrap_or(0));
            rest /= 10;
            places += 1;
        }
        if self.minor < 0 {
            put(b'-');
        }
        text.extend_from_slice(&bytes[begin..]);
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.to_plain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn exponents_follow_iso_4217() {
        assert_eq!(currency("JPY").exponent(), 0);
        assert_eq!(currency("usd").exponent(), 2);
        assert_eq!(currency("KWD").exponent(), 3);
        assert!(Currency::parse("QQQ").is_err());
        assert!(Currency::parse("人民币").is_err());
    }

    #[test]
    fn plain_text_has_the_decimals_of_its_currency() {
        assert_eq!(Money::new(-5, currency("USD")).to_plain(), "-0.05");
        assert_eq!(Money::new(5000, currency("JPY")).to_plain(), "5000");
        assert_eq!(Money::new(1_234, currency("KWD")).to_plain(), "1.234");
        assert_eq!(Money::new(i64::MIN, currency("USD")).to_plain(), "-92233720368547758.08");
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in ["", "-", ".5", "5.", "1,00", "1e3", "+1", " 1", "1.234", "٣", "99999999999999999999"] {
            assert!(Money::parse(text, currency("USD")).is_err(), "{text} was accepted");
        }
        assert!(Money::parse("1.5", currency("JPY")).is_err());
    }

    #[test]
    fn currencies_are_never_mixed() {
        let sum = Money::new(1, currency("USD")).checked_add(Money::new(1, currency("EUR")));
        assert_eq!(sum, Err(MoneyError::CurrencyMismatch(currency("USD"), currency("EUR"))));
        assert_eq!(
            Money::new(i64::MAX, Currency::CNY).checked_add(Money::new(1, Currency::CNY)),
            Err(MoneyError::Overflow)
        );
    }

    proptest! {
        #[test]
        fn parsing_what_was_written_gives_the_same_amount(minor in -i64::MAX..i64::MAX, code in 0usize..4) {
            let money = Money::new(minor, currency(["JPY", "USD", "CNY", "KWD"][code]));
            prop_assert_eq!(Money::parse(&money.to_plain(), money.currency), Ok(money));
        }
    }
}
