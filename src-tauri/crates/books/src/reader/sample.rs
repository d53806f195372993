//! An anonymised sample of a statement file, for showing how a form is laid out without telling what it holds.
//!
//! Kept are the column names, where cells begin and end, and the shape of each cell: a letter becomes `x` or `X`, an
//! ideograph `某`, a kana `ア`, a hangul `가`, a digit `9`; dates and times become stand-ins of the same shape that
//! can be read. Kept as they are: ISO 4217 codes, zone names, and the words of the list `WORDS`.
//! What a cell becomes depends on its shape alone, so that a sample of a sample is the sample.
//!
//! Deliberately absent: the lines above the header as they stand. They name accounts and their owners.

use std::borrow::Cow;

use super::dates::{parse_date_time, parse_time, parse_zone};
use super::mapping::plain_date;
use super::records::Records;
use super::unknown::{self, looks_like_value};
use super::{DateOrder, OpenFile, ReadError, Refusal, RefusalCode, workbook};
use crate::Currency;

/// Letters of currency signs: `HK$36.00`.
const SIGNS: &[&str] = &["HK", "US", "NT", "RMB", "CR", "DR"];

/// Marks beyond ASCII that are part of amounts, dates and headings.
const MARKS: &str = "￥¥€£₩₹₽฿₫₱−–—…·“”‘’「」『』《》（）【】〔〕［］：；，。、！？／＋－＝％＊\u{feff}";

/// Words that stand in many people's files: types, statuses, directions, and labels above headers.
const WORDS: &[&str] = &[
    "收入",
    "支出",
    "不计收支",
    "交易成功",
    "交易关闭",
    "支付成功",
    "退款成功",
    "已收款",
    "已全额退款",
    "已完成",
    "处理中",
    "失败",
    "成功",
    "收款",
    "付款",
    "退款",
    "提现",
    "转账",
    "手续费",
    "充值",
    "在线支付",
    "交易退款",
    "收费",
    "商户消费",
    "零钱",
    "零钱通",
    "余额",
    "余额宝",
    "人民币",
    "美元",
    "港币",
    "Completed",
    "Pending",
    "Denied",
    "Reversed",
    "Canceled",
    "Cancelled",
    "Failed",
    "Active",
    "Expired",
    "Processing",
    "Settled",
    "SETTLED",
    "PENDING",
    "COMPLETED",
    "FAILED",
    "SUCCESS",
    "Success",
    "Credit",
    "Debit",
    "Memo",
    "Payment",
    "Refund",
    "Fee",
    "Payout",
    "Withdrawal",
    "Transfer",
    "Deposit",
    "Top-up",
    "PAYMENT",
    "REFUND",
    "FEE",
    "PAYOUT",
    "CR",
    "DR",
    "Express Checkout Payment",
    "Mobile Payment",
    "Website Payment",
    "General Withdrawal",
    "Payment Refund",
    "General Currency Conversion",
    "charge",
    "refund",
    "payout",
    "adjustment",
    "stripe_fee",
    "Abgeschlossen",
    "Ausstehend",
    "Haben",
    "Soll",
    "Terminé",
    "En attente",
    "Crédit",
    "Débit",
    "完了",
    "保留中",
    "入金",
    "引落し",
    "備考",
    "支付宝账务明细查询",
];

/// The first `rows` data rows of a file, at least one, with what stands above them, in UTF-8.
///
/// Refuses a file without a header or without rows below it: what stands there alone may be anything.
pub fn anonymise(source: OpenFile<'_>, rows: usize) -> Result<Vec<u8>, ReadError> {
    match workbook::first_sheet(source)? {
        Some(sheet) => anonymise_text(&sheet.open(), rows),
        None => anonymise_text(source, rows),
    }
}

fn anonymise_text(source: OpenFile<'_>, rows: usize) -> Result<Vec<u8>, ReadError> {
    let place = unknown::find(source)?;
    let mut records = Records::new(source()?, place.delimiter)?;
    let mut sample = String::new();
    let (mut read, mut kept) = (0, 0);
    while kept < rows.max(1) {
        let Some(record) = records.next()? else { break };
        let cells = record.cells()?;
        read += 1;
        if read == place.records {
            write(&mut sample, place.delimiter, cells.iter().map(Cow::as_ref));
        } else {
            let masked: Vec<_> = cells.iter().map(|cell| mask(cell)).collect();
            write(&mut sample, place.delimiter, masked.iter().map(Cow::as_ref));
            kept += usize::from(read > place.records);
        }
    }
    if kept == 0 {
        return Err(Refusal::new(RefusalCode::UnknownForm, "rows below the header", "none").at(place.line).into());
    }
    Ok(sample.into_bytes())
}

/// Writes a record. What any delimiter could split is quoted, so that the file has one reading.
fn write<'a>(sample: &mut String, delimiter: u8, cells: impl Iterator<Item = &'a str>) {
    let from = sample.len();
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            sample.push(char::from(delimiter));
        }
        if cell.contains([',', ';', '\t', '"', '\r', '\n']) {
            sample.push('"');
            sample.push_str(&cell.replace('"', "\"\""));
            sample.push('"');
        } else {
            sample.push_str(cell);
        }
    }
    // An empty line would be no record.
    if sample.len() == from {
        sample.push_str("\"\"");
    }
    sample.push('\n');
}

/// The cell without what it says.
fn mask(cell: &str) -> Cow<'_, str> {
    if is_common(cell) {
        return Cow::Borrowed(cell);
    }
    if let Some(date) = stand_in(cell) {
        return Cow::Owned(date);
    }
    let keeps_letters = looks_like_value(cell) || is_amount_with_code(cell);
    let mask = |c: char| if keeps_letters && c.is_alphabetic() && !c.is_numeric() { c } else { mask_char(c) };
    Cow::Owned(cell.chars().map(mask).collect())
}

/// A word of a closed list, a currency or a zone.
fn is_common(cell: &str) -> bool {
    // In mixed case three letters may be somebody's name.
    let one_case = !cell.contains(|c: char| c.is_ascii_lowercase()) || !cell.contains(|c: char| c.is_ascii_uppercase());
    let is_zone = || cell.contains(|c: char| c.is_ascii_alphabetic()) && parse_zone(cell).is_some();
    WORDS.contains(&cell) || (one_case && Currency::parse(cell).is_ok()) || is_zone()
}

/// Whether the only letters beside digits are a currency's, or CR or DR.
fn is_amount_with_code(cell: &str) -> bool {
    let mut words = cell.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let (Some(word), None) = (words.next(), words.next()) else { return false };
    let is_code = word.chars().all(|c| c.is_ascii_uppercase()) && Currency::parse(word).is_ok();
    cell.contains(char::is_numeric) && (is_code || SIGNS.contains(&word))
}

/// A date or time of the same shape: `20.11.2026 9:15` becomes `01.01.2020 1:01`. `None` where the shape is another.
fn stand_in(cell: &str) -> Option<String> {
    let mut text = String::with_capacity(cell.len());
    let mut has_year = false;
    let mut rest = cell;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        match digits {
            0 => {}
            1 => text.push('1'),
            2 => text.push_str("01"),
            4 if !has_year => text.push_str("2020"),
            8 if !has_year => text.push_str("20200101"),
            _ => text.extend(std::iter::repeat_n('0', digits)),
        }
        has_year |= matches!(digits, 4 | 8);
        let after = rest.get(digits..)?;
        let mark = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        text.push_str(after.get(..mark)?);
        rest = after.get(mark..)?;
    }
    let date = plain_date(&text);
    let is_date = parse_date_time(&date, DateOrder::Dmy).is_some() || parse_time(&text).is_some();
    is_date.then_some(text)
}

fn mask_char(written: char) -> char {
    match written {
        '０'..='９' => '９',
        _ if written.is_numeric() => '9',
        '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' if written.is_alphabetic() => 'ア',
        '\u{ac00}'..='\u{d7af}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' => '가',
        '\u{3005}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => '某',
        '\u{20000}'..='\u{3ffff}' => '某',
        _ if written.is_uppercase() => 'X',
        _ if written.is_alphabetic() => 'x',
        // Marks as files have them; anything else may be somebody's sign (🌸).
        _ if written.is_ascii() || written.is_whitespace() || MARKS.contains(written) => written,
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use proptest::prelude::*;

    use super::*;
    use crate::reader::{Hints, open};

    fn sample_of(bytes: &[u8], rows: usize) -> Result<String, ReadError> {
        let source = || Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read>);
        anonymise(&source, rows).map(|sample| String::from_utf8(sample).unwrap())
    }

    #[test]
    fn cells_keep_their_shape_and_nothing_else() {
        for (cell, expected) in [
            ("", ""),
            ("Jane Roe", "Xxxx Xxx"),
            ("山田 花子 はな", "某某 某某 アア"),
            ("김", "가"),
            ("-1,250.00", "-9,999.99"),
            ("HK$36.00", "HK$99.99"),
            ("USD 5.00", "USD 9.99"),
            ("usd", "usd"),
            ("Ron", "Xxx"),
            ("2026-11-20 09:15:02", "2020-01-01 01:01:01"),
            ("20.11.2026", "01.01.2020"),
            ("1/31/2026", "1/01/2020"),
            ("2026年11月20日", "2020年01月01日"),
            ("2026-11-20T09:15:02.123+08:00", "2020-01-01T01:01:01.000+01:01"),
            ("9:05 PM", "1:01 PM"),
            ("1AB23456CD789012E", "9XX99999XX999999X"),
            ("jane@example.com", "xxxx@xxxxxxx.xxx"),
            ("+49 170 1234567", "+99 999 9999999"),
            ("Completed", "Completed"),
            ("America/Los_Angeles", "America/Los_Angeles"),
            ("收入", "收入"),
            ("示例茶馆", "某某某某"),
            ("🌸小花🐱", "?某某?"),
            ("🌸 5.00 USD", "? 9.99 USD"),
            ("（示例）", "（某某）"),
            ("１２", "９９"),
        ] {
            assert_eq!(mask(cell), expected, "{cell}");
            assert_eq!(mask(expected), expected, "{cell}");
        }
    }

    #[test]
    fn a_sample_is_a_file_of_the_same_form() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/statements");
        for case in [
            "paypal/activity-de",
            "paypal/activity-ja",
            "alipay/personal-app",
            "alipay/account-log-classic",
            "wechatpay/personal",
            "stripe/balance-change-default",
        ] {
            let bytes = std::fs::read(root.join(case).join("input.csv")).unwrap();
            let sample = sample_of(&bytes, 3).unwrap();
            let form = |bytes: &[u8]| {
                let source = || Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read>);
                open(&source, &Hints::default()).unwrap().form()
            };
            assert_eq!(form(sample.as_bytes()), form(&bytes), "{case}\n{sample}");
            assert_eq!(sample_of(sample.as_bytes(), 3).unwrap(), sample, "{case}");
        }
    }

    #[test]
    fn what_stands_above_the_header_is_masked() {
        let text = "Account holder: Jane Roe\nNumber,208812345\n\nday;x,sum\n2026-11-20,1.00\n2026-11-21,22.00\n";
        let expected = "Xxxxxxx xxxxxx: Xxxx Xxx\nXxxxxx,999999999\n\"day;x\",sum\n2020-01-01,9.99\n";
        assert_eq!(sample_of(text.as_bytes(), 1).unwrap(), expected);
    }

    #[test]
    fn a_file_without_rows_has_no_sample() {
        for text in ["", "Jane Roe,Main Street\n", "Jane Roe\n", "Jane Roe,Main Street\nJo Doe,Side Street\n"] {
            assert!(sample_of(text.as_bytes(), 5).is_err(), "{text}");
        }
    }

    /// Letters and digits that no mask and no stand-in writes.
    fn private() -> impl Strategy<Value = String> {
        let date = (3_u8..8, 3_u8..8).prop_map(|(day, month)| format!("3456-0{month}-0{day}"));
        let amount = (34_u32..88, 33_u8..88).prop_map(|(whole, cents)| format!("-{whole}.{cents}"));
        prop_oneof![
            Just(String::new()),
            date,
            amount,
            "[a-hA-H3-8甲乙丙かき각 ,;\"\n@.-]{0,20}",
            "[a-h]{3,9}@[a-h]{3,9}"
        ]
    }

    fn windows(text: &str) -> impl Iterator<Item = String> {
        let letters: Vec<char> = text.chars().collect();
        let all: Vec<String> = letters
            .windows(3)
            .filter(|window| window.iter().all(|c| c.is_alphanumeric()))
            .map(|window| window.iter().collect())
            .collect();
        all.into_iter()
    }

    fn records_of(bytes: &[u8], delimiter: u8) -> Vec<usize> {
        let mut records = Records::new(Box::new(Cursor::new(bytes.to_vec())), delimiter).unwrap();
        let mut widths = Vec::new();
        while let Some(record) = records.next().unwrap() {
            widths.push(record.cells().unwrap().len());
        }
        widths
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn nothing_of_the_rows_survives(
            rows in proptest::collection::vec(proptest::collection::vec(private(), 3), 1..8),
            above in proptest::collection::vec(private(), 0..3),
            delimiter in 0_usize..3,
        ) {
            let delimiter = [b',', b';', b'\t'][delimiter];
            let mut text = String::new();
            for line in &above {
                write(&mut text, delimiter, [line.as_str()].into_iter());
            }
            write(&mut text, delimiter, ["xqr", "yqr", "zqr", "wqr"].into_iter());
            for row in &rows {
                write(&mut text, delimiter, row.iter().map(String::as_str).chain(["3456-07-08"]));
            }
            let sample = sample_of(text.as_bytes(), 100).unwrap();
            for cell in rows.iter().flatten().chain(&above) {
                for window in windows(cell) {
                    prop_assert!(!sample.contains(&window), "{} of {:?} in {}", window, cell, sample);
                }
            }
            prop_assert_eq!(records_of(sample.as_bytes(), delimiter), records_of(text.as_bytes(), delimiter));
            prop_assert_eq!(sample_of(sample.as_bytes(), 100).unwrap(), sample);
        }

        #[test]
        fn any_bytes_are_answered_and_a_sample_is_its_own(text in "([a-z0-9.,;:\"\n\t@/年月日TZ一ア-]){0,120}", rows in 0_usize..4) {
            if let Ok(sample) = sample_of(text.as_bytes(), rows) {
                prop_assert_eq!(sample_of(sample.as_bytes(), rows).unwrap(), sample);
            }
        }
    }
}
