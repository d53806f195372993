//! Amounts and currencies as any provider or bank may write them: with a currency sign or code, CR or DR behind.

use crate::Currency;
use crate::reader::number::{NumberFormat, parse_minor};

/// Signs that stand before or behind an amount. The longer ones come first.
const SIGNS: &[&str] = &[
    "HK$", "US$", "NT$", "RMB", "CN¥", "JP¥", "A$", "C$", "S$", "R$", "$", "€", "£", "₩", "₹", "₽", "฿", "₫", "₱",
    "zł", "kr", "元",
];

/// Currencies under the names Chinese providers write.
const NAMES: &[(&str, &str)] = &[
    ("人民币", "CNY"),
    ("RMB", "CNY"),
    ("元", "CNY"),
    ("港币", "HKD"),
    ("港元", "HKD"),
    ("美元", "USD"),
    ("欧元", "EUR"),
    ("英镑", "GBP"),
    ("日元", "JPY"),
    ("新台币", "TWD"),
];

/// A currency cell: an ISO code or a name.
pub(in crate::reader) fn currency(written: &str) -> Option<Currency> {
    let code = NAMES.iter().find(|(name, _)| *name == written).map_or(written, |(_, code)| code);
    Currency::parse(code).ok()
}

/// Parses an amount into minor units. A code beside it must be the one of the row; DR behind it takes money.
pub(in crate::reader) fn parse(
    written: &str,
    format: NumberFormat,
    exponent: u32,
    currency: Option<Currency>,
) -> Option<i64> {
    if let Some(minor) = parse_minor(written, format, exponent) {
        return Some(minor);
    }
    let written = written.trim();
    let (rest, takes) = split_debit_mark(written);
    let plain = without_sign(rest, currency)?;
    let minor = parse_minor(&plain, format, exponent)?;
    match takes {
        None => Some(minor),
        // A sign besides CR or DR would say it twice, or the opposite.
        Some(_) if minor < 0 || plain.contains(['-', '+', '(']) => None,
        Some(true) => minor.checked_neg(),
        Some(false) => Some(minor),
    }
}

/// The text before CR or DR, and whether it was DR.
fn split_debit_mark(text: &str) -> (&str, Option<bool>) {
    let Some(at) = text.len().checked_sub(2).filter(|at| text.is_char_boundary(*at)) else { return (text, None) };
    let (rest, mark) = text.split_at(at);
    // "50 KCR" would be a currency; a mark stands alone.
    if rest.ends_with(|c: char| c.is_alphabetic()) {
        return (text, None);
    }
    match mark.to_ascii_uppercase().as_str() {
        "CR" => (rest.trim_end(), Some(false)),
        "DR" => (rest.trim_end(), Some(true)),
        _ => (text, None),
    }
}

/// The amount without the currency sign or code at its beginning or end, its minus or bracket kept.
fn without_sign(text: &str, currency: Option<Currency>) -> Option<String> {
    let (open, inner) = match text.strip_prefix('(') {
        Some(inner) => (true, inner.strip_suffix(')')?),
        None => (false, text),
    };
    let (minus, inner) = match inner.strip_prefix(['-', '\u{2212}', '－']) {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let number = strip_sign(inner.trim(), currency)?.trim();
    if (open || minus) && number.starts_with(['-', '\u{2212}', '－', '+', '(']) || (open && minus) {
        return None;
    }
    Some(if open || minus { format!("-{number}") } else { number.to_owned() })
}

fn strip_sign(text: &str, currency: Option<Currency>) -> Option<&str> {
    for sign in SIGNS {
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return Some(rest);
        }
    }
    let (code, rest) = if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        text.split_at_checked(3)?
    } else if text.ends_with(|c: char| c.is_ascii_alphabetic()) {
        let (rest, code) = text.split_at_checked(text.len().checked_sub(3)?)?;
        (code, rest)
    } else {
        return Some(text);
    };
    let named = Currency::parse(code).ok()?;
    currency.is_none_or(|currency| currency == named).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_codes_and_debit_marks_are_read() {
        let usd = Currency::parse("USD").ok();
        for (text, minor) in [
            ("12.30", Some(1_230)),
            ("$1,250.00", Some(125_000)),
            ("-$1,250.00", Some(-125_000)),
            ("$-5.00", Some(-500)),
            ("($5.00)", Some(-500)),
            ("(5.00)", Some(-500)),
            ("US$ 5.00", Some(500)),
            ("USD 5.00", Some(500)),
            ("5.00 USD", Some(500)),
            ("-5.00 usd", Some(-500)),
            ("5.00 CR", Some(500)),
            ("5.00DR", Some(-500)),
            ("$5.00 Dr", Some(-500)),
            ("EUR 5.00", None),
            ("-5.00 DR", None),
            ("-5.00 CR", None),
            ("-$-5.00", None),
            ("(-5.00)", None),
            ("$5.00$", None),
            ("5.00 KCR", None),
            ("five", None),
            ("", None),
        ] {
            assert_eq!(parse(text, NumberFormat::Point, 2, usd), minor, "{text}");
        }
        assert_eq!(parse("1.250,00 €", NumberFormat::Comma, 2, None), Some(125_000));
        assert_eq!(currency("人民币"), Some(Currency::CNY));
        assert_eq!(currency("hkd"), Currency::parse("HKD").ok());
        assert_eq!(currency("Dollar"), None);
    }
}
