//! 交易账单: one row for each order and each refund, with its fee (wechatpay.md 6.1, 6.2).

use super::super::balance::RowOrder;
use super::super::cells::{Cells, Header, is_damaged_id};
use super::super::china::{
    compare_counts, instant, join_texts, none_if_slash, parse_optional_yuan, parse_time, parse_yuan, skip,
};
use super::super::{BoundForm, Counted, Form, Hints, Refusal, Summary, Warning, WarningCode};
use super::{ACCOUNT, parse_count, state_single_day};
use crate::{Currency, Direction, Entry, Kind, Money, Part, Provider, Row, SkipReason, Source, Status};

pub(super) struct TradeBill {
    header: Header,
    columns: Columns,
    version: &'static str,
    merchant: Option<String>,
    order: RowOrder,
    rows: u64,
    sums: Sums,
    /// The header of the summary lines, once reached, and what they state.
    summary: Option<Header>,
    printed: Option<Printed>,
    counted: Option<Counted>,
}

#[derive(Clone, Copy)]
struct Columns {
    time: usize,
    id: usize,
    status: usize,
    settled: usize,
    fee: usize,
    merchant: Option<usize>,
    order: Option<usize>,
    payer: Option<usize>,
    currency: Option<usize>,
    refund_id: Option<usize>,
    refunded: Option<usize>,
    refund_status: Option<usize>,
    refund_done: Option<usize>,
    refund_asked: Option<usize>,
    product: Option<usize>,
    /// Those that `TOTALS` adds up.
    totals: [Option<usize>; TOTALS.len()],
}

/// Totals of the summary lines: their names, and the columns they add up.
const TOTALS: [(&[&str], &[&str]); 5] = [
    (&["应结订单总金额", "总交易额", "总金额"], SETTLED),
    (&["退款总金额", "总退款金额"], &["退款金额"]),
    (&["充值券退款总金额"], &["充值券退款金额"]),
    (&["订单总金额"], &["订单金额"]),
    (&["申请退款总金额"], &["申请退款金额"]),
];
const SETTLED: &[&str] = &["应结订单金额", "总金额", "应结订单金额(元)"];

#[derive(Default)]
struct Sums {
    /// Of `TOTALS`.
    amounts: [i64; TOTALS.len()],
    /// In hundred-thousandths of a yuan, as the rows print it, and in fen after rounding each row.
    fee_exact: i64,
    fee: i64,
}

struct Printed {
    count: Option<u64>,
    amounts: [Option<i64>; TOTALS.len()],
    fee: Option<i64>,
}

/// What a row is: a sale or a refund.
struct Trade {
    kind: Kind,
    status: Status,
    direction: Direction,
    moved: bool,
    gross: i64,
    fee: i64,
}

impl TradeBill {
    pub(super) fn bind(header: &Header) -> Option<TradeBill> {
        let columns = Columns {
            time: header.find(&["交易时间"])?,
            id: header.find(&["微信订单号", "微信支付订单号"])?,
            status: header.find(&["交易状态"])?,
            settled: header.find(SETTLED)?,
            fee: header.find(&["手续费", "手续费(元)"])?,
            merchant: header.find(&["商户号"]),
            order: header.find(&["商户订单号"]),
            payer: header.find(&["用户标识"]),
            currency: header.find(&["货币种类"]),
            refund_id: header.find(&["微信退款单号"]),
            refunded: header.find(&["退款金额"]),
            refund_status: header.find(&["退款状态"]),
            refund_done: header.find(&["退款成功时间"]),
            refund_asked: header.find(&["退款申请时间"]),
            product: header.find(&["商品名称"]),
            totals: TOTALS.map(|(_, names)| header.find(names)),
        };
        let version = match () {
            () if header.find(&["子商户号"]).is_some() || header.find(&["总金额"]).is_some() => "v2",
            () if columns.refund_done.is_some() => "refund-29",
            () if columns.refund_id.is_some() => "all-27",
            () => "success-20",
        };
        Some(TradeBill {
            header: header.clone(),
            columns,
            version,
            merchant: None,
            order: RowOrder::default(),
            rows: 0,
            sums: Sums::default(),
            summary: None,
            printed: None,
            counted: None,
        })
    }

    fn time_cell<'a>(&self, cells: &Cells<'a>) -> &'a str {
        let columns = self.columns;
        let refund = cells.get(columns.status) != "SUCCESS";
        let later = [columns.refund_done, columns.refund_asked].map(|column| cells.optional(column));
        let later = later.into_iter().find(|text| refund && !text.is_empty());
        later.unwrap_or_else(|| cells.get(columns.time))
    }

    /// Sign, kind and status of a row; the amounts are also added up for the control totals.
    fn trade(&mut self, cells: &Cells<'_>, currency: Currency) -> Result<Trade, (SkipReason, String)> {
        let columns = self.columns;
        let bad = |reason, text: &str| (reason, text.to_owned());
        let amount = |text: &str| parse_optional_yuan(text).ok_or_else(|| bad(SkipReason::BadAmount, text));
        let settled = amount(cells.get(columns.settled))?;
        let refunded = amount(cells.optional(columns.refunded))?;
        let fee_text = cells.get(columns.fee);
        let exact = parse_hundred_thousandths(fee_text).ok_or_else(|| bad(SkipReason::BadAmount, fee_text))?;
        let fee = -round_to_fen(exact);
        let refund_status = match cells.optional(columns.refund_status) {
            "FAIL" | "FAILED" => Status::Failed,
            "PROCESSING" | "CHANGE" => Status::Pending,
            _ => Status::Completed,
        };
        let trade = match cells.get(columns.status) {
            "SUCCESS" => Trade {
                kind: Kind::Sale,
                status: Status::Completed,
                direction: Direction::In,
                moved: true,
                gross: settled,
                fee,
            },
            "REFUND" => Trade {
                kind: Kind::Refund,
                status: refund_status,
                direction: Direction::Out,
                moved: refund_status != Status::Failed,
                gross: -refunded,
                fee,
            },
            // 撤销: taken back before it was settled; the bill shows what went back, if anything.
            "REVOKED" => Trade {
                kind: Kind::Refund,
                status: Status::Reversed,
                direction: Direction::Out,
                moved: refunded != 0,
                gross: -refunded,
                fee,
            },
            other => return Err(bad(SkipReason::BadDirection, other)),
        };
        let sums = &mut self.sums;
        for (sum, column) in sums.amounts.iter_mut().zip(columns.totals) {
            *sum = sum.saturating_add(parse_optional_yuan(cells.optional(column)).unwrap_or(0));
        }
        sums.fee_exact = sums.fee_exact.saturating_add(exact);
        sums.fee = sums.fee.saturating_sub(fee);
        let (direction, gross) = (trade.direction, trade.gross.saturating_abs());
        self.counted = Some(Counted { currency, direction, gross, fee: -fee });
        Ok(trade)
    }

    fn entry(&mut self, cells: &Cells<'_>, source: Source) -> Result<Entry, (SkipReason, String)> {
        let bad = |reason, text: &str| (reason, text.to_owned());
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, format!("{} cells", cells.len())));
        }
        let currency = self.columns.currency.map_or("CNY", |column| cells.get(column));
        let currency = if currency.is_empty() { "CNY" } else { currency };
        let currency = Currency::parse(currency).map_err(|_| bad(SkipReason::BadCurrency, currency))?;
        let trade = self.trade(cells, currency)?;
        let columns = self.columns;
        let id = cells.get(columns.id);
        let refund_id = cells.optional(columns.refund_id);
        if id.is_empty() || is_damaged_id(id) || is_damaged_id(refund_id) {
            return Err(bad(SkipReason::DamagedId, if is_damaged_id(refund_id) { refund_id } else { id }));
        }
        let text = self.time_cell(cells);
        let time = parse_time(text).ok_or_else(|| bad(SkipReason::BadTime, text))?;
        let instant = instant(time).ok_or_else(|| bad(SkipReason::BadTime, text))?;
        let is_refund = trade.kind != Kind::Sale && !matches!(refund_id, "" | "0");
        let own_id = if is_refund { refund_id } else { id };
        let role = if trade.kind == Kind::Sale { "sale" } else { "refund" };
        let number = if is_refund { "" } else { cells.optional(columns.order) };
        let net =
            trade.gross.checked_add(trade.fee).ok_or_else(|| bad(SkipReason::BadAmount, cells.get(columns.settled)))?;
        Ok(Entry {
            source,
            sequence: self.order.sequence(self.rows),
            key: super::order_key(role, own_id, number),
            part: Part::Whole,
            account: ACCOUNT.to_owned(),
            currency,
            provider_ref: own_id.to_owned(),
            family: Some(id.to_owned()),
            alias: None,
            payout: None,
            time: instant,
            booking_date: time.date(),
            kind: trade.kind,
            status: trade.status,
            direction: trade.direction,
            moved: trade.moved,
            gross: trade.gross,
            fee: trade.fee,
            net,
            balance: None,
            counterparty: none_if_slash(cells.optional(columns.payer)).to_owned(),
            description: join_texts(cells.optional(columns.product), cells.optional(columns.order)),
        })
    }

    fn read_summary(&mut self, cells: &Cells<'_>) {
        let Some(header) = &self.summary else { return };
        let cell = |names: &[&str]| header.find(names).map(|column| cells.get(column));
        self.printed.get_or_insert_with(|| Printed {
            count: cell(&["总交易单数"]).and_then(parse_count),
            amounts: TOTALS.map(|(names, _)| cell(names).and_then(parse_yuan)),
            fee: cell(&["手续费总金额"]).and_then(parse_hundred_thousandths),
        });
    }

    fn compare(&self, printed: &Printed) -> Vec<Warning> {
        let yuan = |minor: i64| Money::new(minor, Currency::CNY).to_plain();
        let count = printed.count.and_then(|count| compare_counts("总交易单数", count, self.rows));
        let mut warnings: Vec<Warning> = count.into_iter().collect();
        let mut warn = |what: &str, printed: String, counted: String| {
            let message = format!("{what}: the file states {printed}, its rows are {counted}");
            warnings.push(Warning { code: WarningCode::ControlTotal, message });
        };
        let counted = self.sums.amounts.into_iter().zip(self.columns.totals);
        for (((names, _), printed), (counted, column)) in TOTALS.into_iter().zip(printed.amounts).zip(counted) {
            if let Some(printed) = printed.filter(|printed| column.is_some() && *printed != counted) {
                warn(names.first().unwrap_or(&""), yuan(printed), yuan(counted));
            }
        }
        // Printed with five decimals or with two: either the exact sum, or that of rounded rows.
        let sums = &self.sums;
        let fits = |fee: i64| {
            fee == sums.fee_exact
                || fee == sums.fee.saturating_mul(1_000)
                || fee == round_to_fen(sums.fee_exact) * 1_000
        };
        if let Some(fee) = printed.fee.filter(|fee| !fits(*fee)) {
            warn("手续费总金额", yuan(round_to_fen(fee)), yuan(sums.fee));
        }
        warnings
    }
}

/// A fee with up to five decimals, in hundred-thousandths of a yuan.
fn parse_hundred_thousandths(text: &str) -> Option<i64> {
    let plain = text.replace(',', "");
    let (negative, digits) = plain.strip_prefix('-').map_or((false, plain.as_str()), |digits| (true, digits));
    if digits.is_empty() {
        return Some(0);
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !numeric(whole) || !numeric(fraction) || fraction.len() > 5 {
        return None;
    }
    let value: i64 = format!("{whole}{fraction:0<5}").parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Half a fen and more, of either sign, becomes a whole one.
fn round_to_fen(exact: i64) -> i64 {
    let half = if exact < 0 { -500 } else { 500 };
    exact.saturating_add(half) / 1_000
}

impl BoundForm for TradeBill {
    fn form(&self) -> Form {
        Form {
            provider: Provider::WeChatPay,
            id: "wechatpay.trade_bill",
            version: self.version,
            has_balance: false,
            ties_out: false,
        }
    }

    fn account_ref(&self) -> Option<String> {
        self.merchant.clone()
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        let merchant = cells.optional(self.columns.merchant);
        let Some(time) = parse_time(self.time_cell(cells)) else { return false };
        if self.merchant.is_none() && !merchant.is_empty() && merchant != "0" {
            self.merchant = Some(merchant.to_owned());
        }
        self.order.learn(time, None)
    }

    fn settle(&mut self, _: &Hints) -> Result<(), Refusal> {
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row> {
        self.counted = None;
        if self.summary.is_some() {
            self.read_summary(cells);
            return None;
        }
        if cells.get(0) == "总交易单数" {
            self.summary = Some(Header::new(cells.iter()));
            return None;
        }
        if cells.is_blank() {
            return None;
        }
        self.rows += 1;
        Some(match self.entry(cells, source) {
            Ok(entry) => Row::Entry(Box::new(entry)),
            Err((reason, found)) => Row::Skip(skip(source, reason, &found)),
        })
    }

    fn counted(&mut self) -> Option<Counted> {
        self.counted
    }

    fn finish(&mut self, summary: &mut Summary) {
        match &self.printed {
            Some(printed) => {
                summary.checked = true;
                summary.warnings.extend(self.compare(printed));
            }
            None => {
                let message = "the rows end without the summary lines (总交易单数)".to_owned();
                summary.warnings.push(Warning { code: WarningCode::NoFooter, message });
            }
        }
        state_single_day(summary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_of_five_decimals_are_rounded_half_up() {
        for (text, fen) in [
            ("0.35000", 35),
            ("0.34500", 35),
            ("0.34499", 34),
            ("-0.00500", -1),
            ("0.01", 1),
            ("1,000", 100_000),
            ("", 0),
        ] {
            assert_eq!(parse_hundred_thousandths(text).map(round_to_fen), Some(fen), "{text}");
        }
        for bad in ["0.350001", "1e3", ".5", "--1", "元"] {
            assert_eq!(parse_hundred_thousandths(bad), None, "{bad}");
        }
    }
}
