//! Amounts as provider files write them: grouping and decimal marks, currency signs, full-width digits,
//! trailing zeros beyond the currency's decimals.

use std::cmp::Ordering;

use crate::Currency;

/// How a column writes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberFormat {
    /// 1,250.00
    Point,
    /// 1.250,00
    Comma,
}

impl NumberFormat {
    const fn decimal(self) -> char {
        match self {
            NumberFormat::Point => '.',
            NumberFormat::Comma => ',',
        }
    }

    /// The mark of the two that stands between thousands.
    const fn grouping(self) -> char {
        match self {
            NumberFormat::Point => ',',
            NumberFormat::Comma => '.',
        }
    }
}

/// What one cell says about the number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberClue {
    /// Both readings give the same amount (`5000`, empty), or the cell alone cannot tell (`1.234` dinars).
    Open,
    Certain(NumberFormat),
}

/// Parses an amount into minor units of `currency`. Decimals beyond the currency's exponent must be zeros
/// (`0.35000` is 35 fen). `None` when the text is empty, not an amount in this format, or too large, and where
/// [`number_clue`] is certain of the other format: `1.250` yen is never 1 yen, `1.250` dollars never 1.25.
pub(crate) fn parse_amount(text: &str, format: NumberFormat, currency: Currency) -> Option<i64> {
    parse_minor(text, format, currency.exponent())
}

/// [`parse_amount`] for a caller that already knows how many decimals the currency has.
pub(crate) fn parse_minor(text: &str, format: NumberFormat, exponent: u32) -> Option<i64> {
    match parse_plain(text.as_bytes(), format, exponent) {
        Plain::Amount(minor) => Some(minor),
        Plain::Refused => None,
        Plain::Other => parse_written(text, format, exponent),
    }
}

/// What a cell of an amount column in this currency says about its format.
///
/// Two different marks: the last one is the decimal mark. One mark more than once: it groups. One mark once: it is
/// the decimal mark unless exactly three digits follow; then it groups, because amounts are written with the
/// decimals of their currency, and where that has three decimals the cell cannot tell.
pub(crate) fn number_clue(text: &str, currency: Currency) -> NumberClue {
    let (mut points, mut commas) = (0_u32, 0_u32);
    let (mut before, mut after) = (0_u32, 0_u32);
    let mut leading_zero = false;
    let mut last = None;
    for written in text.chars().map(fold) {
        match written {
            '.' | ',' => {
                *(if written == '.' { &mut points } else { &mut commas }) += 1;
                last = Some(written);
                after = 0;
            }
            '0'..='9' if last.is_none() => {
                leading_zero |= before == 0 && written == '0';
                before += 1;
            }
            '0'..='9' => after += 1,
            // A blank or an apostrophe groups as well: what follows the decimal mark is counted from it.
            _ => {}
        }
    }
    let Some(last) = last else { return NumberClue::Open };
    let as_decimal = if last == '.' { NumberFormat::Point } else { NumberFormat::Comma };
    let as_grouping = if last == '.' { NumberFormat::Comma } else { NumberFormat::Point };
    if points > 0 && commas > 0 {
        return NumberClue::Certain(as_decimal);
    }
    if points + commas > 1 {
        return NumberClue::Certain(as_grouping);
    }
    match (can_group(before, after, leading_zero), currency.exponent()) {
        (false, _) => NumberClue::Certain(as_decimal),
        (true, 3) => NumberClue::Open,
        (true, _) => NumberClue::Certain(as_grouping),
    }
}

/// The format of a file, learned from all its cells: the one most cells are certain of. A cell in the other format
/// is no amount then, and its row is put aside.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FormatLearner {
    points: u64,
    commas: u64,
}

impl FormatLearner {
    pub(crate) fn look(&mut self, clue: NumberClue) {
        match clue {
            NumberClue::Certain(NumberFormat::Point) => self.points += 1,
            NumberClue::Certain(NumberFormat::Comma) => self.commas += 1,
            NumberClue::Open => {}
        }
    }

    /// `None` where no cell is certain, or as many of one format as of the other.
    /// Takes over what another learner saw.
    pub(crate) fn add(&mut self, other: &FormatLearner) {
        self.points += other.points;
        self.commas += other.commas;
    }

    pub(crate) fn found(&self) -> Option<NumberFormat> {
        match self.points.cmp(&self.commas) {
            Ordering::Greater => Some(NumberFormat::Point),
            Ordering::Less => Some(NumberFormat::Comma),
            Ordering::Equal => None,
        }
    }

    /// Whether the cells contradict each other half and half.
    pub(crate) fn is_torn(&self) -> bool {
        self.points > 0 && self.points == self.commas
    }
}

enum Plain {
    Amount(i64),
    Refused,
    Other,
}

/// The form nearly every cell has: an optional minus, digits, and perhaps the decimal mark with digits after it.
fn parse_plain(text: &[u8], format: NumberFormat, exponent: u32) -> Plain {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut sum = Sum::new(exponent);
    for &byte in digits {
        match byte {
            b'0'..=b'9' if sum.digit(byte - b'0').is_none() => return Plain::Refused,
            b'0'..=b'9' => {}
            b'.' if format == NumberFormat::Point && !sum.in_fraction => sum.in_fraction = true,
            b',' if format == NumberFormat::Comma && !sum.in_fraction => sum.in_fraction = true,
            _ => return Plain::Other,
        }
    }
    sum.total(negative).map_or(Plain::Refused, Plain::Amount)
}

/// Digits added up into minor units.
struct Sum {
    magnitude: u64,
    /// Decimals still to come.
    open: u32,
    exponent: u32,
    whole: u32,
    fraction: u32,
    in_fraction: bool,
    leading_zero: bool,
}

impl Sum {
    const fn new(exponent: u32) -> Sum {
        Sum { magnitude: 0, open: exponent, exponent, whole: 0, fraction: 0, in_fraction: false, leading_zero: false }
    }

    fn digit(&mut self, digit: u8) -> Option<()> {
        if self.in_fraction {
            self.fraction = self.fraction.saturating_add(1);
            match self.open.checked_sub(1) {
                Some(open) => self.open = open,
                None => return (digit == 0).then_some(()),
            }
        } else {
            self.leading_zero |= self.whole == 0 && digit == 0;
            self.whole = self.whole.saturating_add(1);
        }
        self.magnitude = self.magnitude.checked_mul(10)?.checked_add(digit.into())?;
        Some(())
    }

    fn total(self, negative: bool) -> Option<i64> {
        if self.whole + self.fraction == 0 || (self.in_fraction && self.fraction == 0) {
            return None;
        }
        if self.in_fraction && can_group(self.whole, self.fraction, self.leading_zero) && self.exponent != 3 {
            return None;
        }
        let magnitude = self.magnitude.checked_mul(10_u64.checked_pow(self.open)?)?;
        if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }
}

/// Whether a single mark between this many digits reads as a mark of thousands.
fn can_group(before: u32, after: u32, leading_zero: bool) -> bool {
    after == 3 && (1..=3).contains(&before) && !leading_zero
}

/// Everything else: signs of all kinds, a currency sign, brackets, thousands.
fn parse_written(text: &str, format: NumberFormat, exponent: u32) -> Option<i64> {
    let folded: String = text.chars().map(fold).collect();
    let (negative, digits) = strip_signs(folded.trim())?;
    let (whole, fraction) = match digits.split_once(format.decimal()) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut sum = Sum::new(exponent);
    if !whole.is_empty() {
        let mark = whole.chars().find(|c| !c.is_ascii_digit());
        if mark.is_some_and(|mark| mark != format.grouping() && mark != ' ' && mark != '\'') {
            return None;
        }
        let mut groups = whole.split(|c| Some(c) == mark);
        let first = groups.next().unwrap_or("");
        if first.is_empty() || (mark.is_some() && (first.len() > 3 || first.starts_with('0'))) {
            return None;
        }
        add_digits(&mut sum, first)?;
        for group in groups {
            if group.len() != 3 {
                return None;
            }
            add_digits(&mut sum, group)?;
        }
    }
    if let Some(fraction) = fraction {
        sum.in_fraction = true;
        add_digits(&mut sum, fraction)?;
    }
    sum.total(negative)
}

fn add_digits(sum: &mut Sum, digits: &str) -> Option<()> {
    digits.bytes().try_for_each(|byte| if byte.is_ascii_digit() { sum.digit(byte - b'0') } else { None })
}

/// Cuts off at most one sign (before, after, or brackets) and a yen or yuan sign on either side of it.
fn strip_signs(text: &str) -> Option<(bool, &str)> {
    let bare = |text: &'_ str| -> bool { !text.contains(['-', '+', '(', ')', '¥']) };
    let (negative, rest) = if let Some(inner) = text.strip_prefix('(') {
        (true, inner.strip_suffix(')')?)
    } else if let Some(rest) = text.strip_suffix('-') {
        (true, rest)
    } else {
        let (yuan, rest) = text.strip_prefix('¥').map_or((false, text), |rest| (true, rest.trim_start()));
        let (negative, rest) = match (rest.strip_prefix('-'), rest.strip_prefix('+')) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => (false, rest),
        };
        if yuan {
            return bare(rest).then_some((negative, rest.trim()));
        }
        (negative, rest)
    };
    let rest = rest.trim();
    let rest = rest.strip_prefix('¥').unwrap_or(rest).trim();
    bare(rest).then_some((negative, rest))
}

/// Full-width digits, marks and signs, the true minus, and all blanks, as their ASCII form; `￥` as `¥`.
fn fold(written: char) -> char {
    match written {
        '０'..='９' => char::from_u32(u32::from(written) - u32::from('０') + u32::from('0')).unwrap_or(written),
        '\u{2212}' | '－' | '﹣' => '-',
        '＋' => '+',
        '，' => ',',
        '．' => '.',
        '（' => '(',
        '）' => ')',
        '￥' => '¥',
        '’' | '＇' => '\'',
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POINT: NumberFormat = NumberFormat::Point;
    const COMMA: NumberFormat = NumberFormat::Comma;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn each_format_reads_its_own_marks() {
        let usd = currency("USD");
        for (text, format, minor) in [
            ("-1234.56", POINT, -123_456),
            ("1,250.00", POINT, 125_000),
            ("1.250,00", COMMA, 125_000),
            ("-1.234.567,8", COMMA, -123_456_780),
            ("1'250.00", POINT, 125_000),
            ("1’250.00", POINT, 125_000),
            ("1\u{202f}250,00", COMMA, 125_000),
            ("1\u{a0}250,00", COMMA, 125_000),
            ("5000", POINT, 500_000),
            ("5000", COMMA, 500_000),
            (".50", POINT, 50),
            ("-0,05", COMMA, -5),
            ("-0.00", POINT, 0),
        ] {
            assert_eq!(parse_amount(text, format, usd), Some(minor), "{text}");
        }
    }

    #[test]
    fn signs_of_all_kinds_are_read() {
        for (text, minor) in [
            ("+12.30", 1_230),
            ("\u{2212}12.30", -1_230),
            ("－１２．３０", -1_230),
            ("12.30-", -1_230),
            ("(12.30)", -1_230),
            ("(¥12.30)", -1_230),
            ("¥12.30", 1_230),
            ("￥-1,012.30", -101_230),
            ("-¥1,012.30", -101_230),
        ] {
            assert_eq!(parse_amount(text, POINT, Currency::CNY), Some(minor), "{text}");
        }
    }

    #[test]
    fn decimals_beyond_the_currency_must_be_zeros() {
        assert_eq!(parse_amount("0.35000", POINT, Currency::CNY), Some(35));
        assert_eq!(parse_amount("0.35100", POINT, Currency::CNY), None);
        assert_eq!(parse_amount("5000.00", POINT, currency("JPY")), Some(5_000));
        assert_eq!(parse_amount("5000.50", POINT, currency("JPY")), None);
        assert_eq!(parse_amount("1.234", POINT, currency("KWD")), Some(1_234));
        assert_eq!(parse_amount("1.2", POINT, currency("KWD")), Some(1_200));
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in [
            "",
            " ",
            "-",
            "--5",
            "-(5)",
            "(5",
            "5)",
            "+-5",
            "-5-",
            "1,00.00",
            "12,34",
            "1,2345.00",
            ",123",
            "1,,234",
            "1,234'567.00",
            "1.2.3",
            "5.",
            ".",
            "1e3",
            "2.80E+27",
            "...",
            "abc",
            "¥",
            "¥¥5",
            "1.00,00",
            "12 USD",
            "٣",
            "99999999999999999999",
            "92233720368547758.08",
        ] {
            assert_eq!(parse_amount(text, POINT, currency("USD")), None, "{text} was accepted");
        }
        assert_eq!(parse_amount("-92233720368547758.08", POINT, currency("USD")), Some(i64::MIN));
    }

    #[test]
    fn a_clue_is_certain_only_where_one_reading_is_left() {
        let certain = NumberClue::Certain;
        for (text, code, clue) in [
            ("", "USD", NumberClue::Open),
            ("5000", "USD", NumberClue::Open),
            ("-12.30", "USD", certain(POINT)),
            ("12,3", "USD", certain(COMMA)),
            ("1,250.00", "USD", certain(POINT)),
            ("1.250,00", "EUR", certain(COMMA)),
            ("1.250", "JPY", certain(COMMA)),
            ("1,250", "HUF", certain(POINT)),
            ("1.250.000", "HUF", certain(COMMA)),
            ("0.350", "USD", certain(POINT)),
            ("1250.000", "USD", certain(POINT)),
            ("1.234", "KWD", NumberClue::Open),
            ("0.234", "KWD", certain(POINT)),
            ("1'250.00", "CHF", certain(POINT)),
        ] {
            assert_eq!(number_clue(text, currency(code)), clue, "{text} {code}");
        }
    }

    fn render(minor: i64, exponent: u32, format: NumberFormat, grouping: &str) -> String {
        let plain = minor.unsigned_abs().to_string();
        let width = exponent as usize + 1;
        let padded = format!("{plain:0>width$}");
        let (whole, fraction) = padded.split_at(padded.len() - exponent as usize);
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                grouped.push_str(grouping);
            }
            grouped.push(digit);
        }
        let sign = if minor < 0 { "-" } else { "" };
        if exponent == 0 {
            format!("{sign}{grouped}")
        } else {
            format!("{sign}{grouped}{}{fraction}", format.decimal())
        }
    }

    proptest! {
        #[test]
        fn a_rendered_amount_is_read_back(minor: i64, code in 0_usize..4, comma: bool, grouping in 0_usize..5) {
            let currency = currency(["JPY", "USD", "EUR", "KWD"][code]);
            let format = if comma { COMMA } else { POINT };
            let own = format.grouping().to_string();
            let grouping = ["", own.as_str(), "'", "\u{2009}", "\u{a0}"][grouping];
            let text = render(minor, currency.exponent(), format, grouping);
            prop_assert_eq!(parse_amount(&text, format, currency), Some(minor));
            if let NumberClue::Certain(found) = number_clue(&text, currency) {
                prop_assert_eq!(found, format, "{}", text);
            }
        }

        #[test]
        fn what_a_clue_excludes_is_not_read(text in "-?[0-9]{1,4}([.,'][0-9]{1,4}){0,3}", code in 0_usize..3) {
            let currency = currency(["JPY", "USD", "KWD"][code]);
            if let NumberClue::Certain(found) = number_clue(&text, currency) {
                let other = if found == POINT { COMMA } else { POINT };
                prop_assert_eq!(parse_amount(&text, other, currency), None, "{}", text);
            }
        }

        #[test]
        fn any_text_is_answered(text in ".{0,40}", comma: bool) {
            let format = if comma { COMMA } else { POINT };
            parse_amount(&text, format, currency("USD"));
            number_clue(&text, currency("USD"));
        }
    }
}
