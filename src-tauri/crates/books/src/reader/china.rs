//! What Alipay's and WeChat Pay's files have in common: China time, yuan, preambles with stated totals.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::forms::Preamble;
use super::number::{NumberFormat, parse_amount};
use super::{Period, Tally, Warning, WarningCode};
use crate::{Currency, Kind, Money, Skip, SkipReason, Source};

/// Parses a civil time: `2026-11-20 09:15:02`, `2026/11/20 9:15` (saved by a spreadsheet), `2026年11月20日 00:00:00`.
pub(super) fn parse_time(text: &str) -> Option<DateTime> {
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (day, time.trim_start()),
        None => (text, ""),
    };
    Some(DateTime::from_parts(parse_day(day)?, if time.is_empty() { Time::midnight() } else { parse_clock(time)? }))
}

fn parse_day(text: &str) -> Option<Date> {
    let mut parts = text.strip_suffix('日').unwrap_or(text).split(['-', '/', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || parts.next().is_some() {
        return None;
    }
    Date::new(digits(year)?, i8::try_from(digits(month)?).ok()?, i8::try_from(digits(day)?).ok()?).ok()
}

fn parse_clock(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| digits(part).and_then(|number| i8::try_from(number).ok()));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

fn digits(text: &str) -> Option<i16> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The instant of a civil time in China: +08:00 all year.
pub(super) fn instant(time: DateTime) -> Option<Timestamp> {
    Offset::constant(8).to_timestamp(time).ok()
}

/// An amount in yuan, without its sign: the providers' columns and words give the direction.
pub(super) fn parse_yuan(text: &str) -> Option<i64> {
    parse_amount(text, NumberFormat::Point, Currency::CNY)?.checked_abs()
}

/// As [`parse_yuan`], where an empty cell means none.
pub(super) fn parse_optional_yuan(text: &str) -> Option<i64> {
    if text.is_empty() { Some(0) } else { parse_yuan(text) }
}

/// What stands in the first brackets after a label: `#账号：[2088…0156]`.
fn bracketed<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    let (_, after) = line.split_once(label)?;
    let (_, inside) = after.split_once('[')?;
    inside.split_once(']').map(|(inside, _)| inside.trim())
}

impl Preamble {
    /// What stands in brackets after one of these labels, in the first line that has it.
    pub(super) fn value(&self, labels: &[&str]) -> Option<&str> {
        self.lines.iter().find_map(|line| labels.iter().find_map(|label| bracketed(line, label)))
    }

    /// When the preamble says the file was made.
    pub(super) fn exported(&self) -> Option<Timestamp> {
        self.lines.iter().find_map(|line| printed_export_time(line))
    }

    /// The period a preamble states: `起始…：[2026-11-20 00:00:00]  终止…：[2026-11-21 00:00:00]`.
    /// An end at midnight is not part of it.
    pub(super) fn period(&self) -> Option<Period> {
        let from = parse_time(self.value(&["起始"])?)?;
        let to = parse_time(self.value(&["终止"])?)?;
        let last = if to.time() == Time::midnight() && to > from { to.date().yesterday().ok()? } else { to.date() };
        (from.date() <= last).then_some(Period { from: from.date(), to: last, stated: true })
    }
}

/// When a line says its file was made: `#导出时间：[2026年11月21日 12:51:06]`.
pub(super) fn printed_export_time(line: &str) -> Option<Timestamp> {
    instant(parse_time(bracketed(line, "导出时间")?)?)
}

/// A printed count and sum: `收入：1笔 28.50元`, `#支出合计：2笔，共0.35元`; with `sum_label` the sum after that label.
pub(super) fn printed_tally(line: &str, label: &str, sum_label: Option<&str>) -> Option<Tally> {
    let rest = line.trim_start_matches(['#', ' ']).strip_prefix(label)?.trim_start_matches(['：', ':', ' ']);
    let (count, rest) = rest.split_once('笔')?;
    let rest = sum_label.map_or(Some(rest), |sum_label| rest.split_once(sum_label).map(|(_, rest)| rest))?;
    let (sum, _) = rest.split_once('元')?;
    let sum = sum.trim_start_matches(['，', ',', ' ', '共', '-']);
    Some(Tally { count: count.trim().parse().ok()?, sum: parse_yuan(sum)? })
}

/// The warning for a printed total that is not what the rows add up to.
pub(super) fn compare(what: &str, printed: Tally, counted: Tally) -> Option<Warning> {
    if printed == counted {
        return None;
    }
    let text = |tally: Tally| format!("{} rows of {}", tally.count, Money::new(tally.sum, Currency::CNY));
    let message = format!("{what}: the file states {}, its rows are {}", text(printed), text(counted));
    Some(Warning { code: WarningCode::ControlTotal, message })
}

/// The warning for a printed number of rows that is not theirs.
pub(super) fn compare_counts(what: &str, printed: u64, counted: u64) -> Option<Warning> {
    let message = || format!("{what}: the file states {printed} rows, there are {counted}");
    (printed != counted).then(|| Warning { code: WarningCode::ControlTotal, message: message() })
}

/// The number of rows a preamble states: `共27笔记录`.
pub(super) fn printed_count(line: &str) -> Option<u64> {
    let (count, _) = line.trim_start().strip_prefix('共')?.split_once("笔记录")?;
    count.trim().replace(',', "").parse().ok()
}

/// A row for the skipped drawer.
pub(super) fn skip(source: Source, reason: SkipReason, found: &str) -> Skip {
    Skip { source, reason, found: found.chars().take(80).collect() }
}

/// A key of raw ids.
pub(super) fn key(ids: &[&str]) -> String {
    ids.join("\u{1f}")
}

/// Two texts with a mark between them, or the one that is there; `/` stands for none.
pub(super) fn join_texts(first: &str, second: &str) -> String {
    match (none_if_slash(first), none_if_slash(second)) {
        ("", second) => second.to_owned(),
        (first, "") => first.to_owned(),
        (first, second) => format!("{first} · {second}"),
    }
}

/// The text, or "" for the slash that stands for none.
pub(super) fn none_if_slash(text: &str) -> &str {
    if text == "/" { "" } else { text }
}

/// Whether a kind takes money out of the account, where the file gives no direction (不计收支, `/`).
pub(super) fn takes_out(kind: Kind) -> bool {
    matches!(kind, Kind::Payout | Kind::TransferOut | Kind::Hold | Kind::Fee | Kind::Tax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_files_and_spreadsheets_write_them() {
        let expected = jiff::civil::date(2026, 11, 20).at(9, 15, 2, 0);
        assert_eq!(parse_time("2026-11-20 09:15:02"), Some(expected));
        assert_eq!(parse_time("2026/11/20 9:15"), Some(expected.date().at(9, 15, 0, 0)));
        assert_eq!(parse_time("2026年11月20日 09:15:02"), Some(expected));
        for bad in ["", "2026-13-01 00:00:00", "26-11-20", "2026-11-20 24:00:00", "20.11.2026", "2026-11-20 9", "微信"]
        {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
        assert_eq!(instant(expected).unwrap().to_string(), "2026-11-20T01:15:02Z");
    }

    #[test]
    fn a_stated_period_ends_before_its_midnight() {
        let period = |line: &str| Preamble { lines: vec![line.to_owned()] }.period().unwrap();
        let day = jiff::civil::date(2026, 11, 20);
        let stated = period("#起始日期：[2026年11月20日 00:00:00]   终止日期：[2026年11月21日 00:00:00],,,");
        assert_eq!((stated.from, stated.to, stated.stated), (day, day, true));
        assert_eq!(period("起始时间：[2026-11-20 00:00:00] 终止时间：[2026-11-20 23:59:59]").to, day);
    }

    #[test]
    fn printed_totals_are_read() {
        assert_eq!(printed_tally("收入：1笔 1,028.50元", "收入", None), Some(Tally { count: 1, sum: 102_850 }));
        assert_eq!(printed_tally("#支出合计：2笔，共0.35元,,,", "支出合计", None), Some(Tally { count: 2, sum: 35 }));
        let refunds = "#退款合计：1笔，商家实收退款共-8.00元，商家优惠退款共0.00元";
        assert_eq!(printed_tally(refunds, "退款合计", Some("商家实收退款")), Some(Tally { count: 1, sum: 800 }));
        assert_eq!(printed_tally("收入：x", "收入", None), None);
        assert_eq!((printed_count("共1,027笔记录,,"), printed_count("共计")), (Some(1_027), None));
    }
}
