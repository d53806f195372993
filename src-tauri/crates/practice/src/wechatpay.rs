//! WeChat Pay 微信支付: trade bill (交易账单) and fund-flow bill (资金账单) of a month, as the merchant platform joins
//! up to 31 daily bills. Every cell begins with a backtick, nothing is quoted, summary lines at the end.
//!
//! Rate 0.60 %, rounded to the fen and written with five decimals; a refund gives its share back.

use jiff::civil::{Date, Weekday};
use purser_books::{Currency, Direction, Provider};

use crate::PracticeFile;
use crate::alipay::{fee, no_fee, push_merchant_order};
use crate::coin::Coin;
use crate::ledger::{Book, Event, FIRST_OTHER, Plan, Posted, Sums, What};
use crate::random::{choose, mix};
use crate::shop::{Market, Window};
use crate::text::{
    ALL_LETTERS, in_china, next_day, push_chinese_date, push_date, push_letters, push_money, push_padded, push_time,
    start_of_day,
};

const PLAN: Plan = Plan {
    seed: 0x0077_6563_6861_7431,
    market: Market::Mainland,
    per_day: 1_920,
    coins: &[(Coin::Cny, 1_000)],
    fee,
    returns_fee: true,
    refunds_permille: 50,
    disputes: &[],
    dispute_fee: no_fee,
    holds: &[],
};

const MERCHANT: &str = "1900000001";
const APPLICATION: &str = "wx0000000000000001";
/// Kept back so that refunds can be paid.
const RESERVE: i64 = 80_000;
/// Nobody downloaded this month: so many before the last.
const MISSING_MONTH: i64 = 2;

pub(crate) fn files(window: Window) -> Vec<PracticeFile> {
    let lines = history(window);
    let mut files = Vec::new();
    for month in window.months().filter(|month| window.months_left(*month) != MISSING_MONTH) {
        let of_month: Vec<Posted> =
            lines.iter().filter(|line| in_china(line.event.second).date().first_of_month() == month).copied().collect();
        files.push(trade_bill(&of_month, month));
        files.push(fund_flow(&of_month, month));
    }
    files
}

fn trade_bill(lines: &[Posted], month: Date) -> PracticeFile {
    let (mut text, mut sums) = (String::from(TRADE_HEADER), TradeSums::default());
    for line in lines {
        push_trade_row(&mut text, &mut sums, &line.event);
    }
    sums.push_summary(&mut text);
    PracticeFile {
        name: file_name("All", month),
        bytes: text.into_bytes(),
        provider: Provider::WeChatPay,
        form: "wechatpay.trade_bill",
        sums: sums.sums.0,
    }
}

fn fund_flow(lines: &[Posted], month: Date) -> PracticeFile {
    let (mut text, mut sums) = (String::new(), Sums::default());
    push_flow_preamble(&mut text, month, month.last_of_month());
    for line in lines {
        push_flow_rows(&mut text, &mut sums, line);
    }
    push_flow_summary(&mut text, &sums);
    PracticeFile {
        name: file_name("Basic", month),
        bytes: text.into_bytes(),
        provider: Provider::WeChatPay,
        form: "wechatpay.fund_flow",
        sums: sums.0,
    }
}

fn file_name(bill: &str, month: Date) -> String {
    let mut name = format!("{MERCHANT}{bill}");
    push_date(&mut name, month, "-");
    name.push('_');
    push_date(&mut name, month.last_of_month(), "-");
    name.push_str(".csv");
    name
}

/// Automatic withdrawals on Monday mornings.
fn history(window: Window) -> Vec<Posted> {
    let mut book = Book::opened_with(&[(Coin::Cny, 143_260)]);
    let mut day = window.first;
    let mut others = 0;
    for event in PLAN.trade(window) {
        while start_of_day(day) <= event.second && day < Date::MAX {
            let amount = book.balance(Coin::Cny) - RESERVE;
            if day.weekday() == Weekday::Monday && amount > 0 {
                others += 1;
                let second = start_of_day(day);
                book.post(Event::other(others, second, What::Payout, Coin::Cny, -amount));
            }
            day = next_day(day);
        }
        book.post(event);
    }
    book.lines
}

/// The trade bill has sums of its own besides income and outgo.
#[derive(Debug, Default)]
pub(crate) struct TradeSums {
    pub(crate) sums: Sums,
    rows: u64,
    settled: i64,
    refunded: i64,
    fee: i64,
}

impl TradeSums {
    pub(crate) fn push_summary(&self, text: &mut String) {
        text.push_str(
            "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`",
        );
        text.push_str(&self.rows.to_string());
        for amount in [self.settled, self.refunded, 0] {
            push_yuan(text, amount);
        }
        push_five_decimals(text, self.fee);
        for amount in [self.settled, self.refunded] {
            push_yuan(text, amount);
        }
        text.push_str("\r\n");
    }
}

pub(crate) const TRADE_HEADER: &str = "\u{feff}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n";

const BANKS: &[&str] = &["OTHERS", "CMB_DEBIT", "ICBC_DEBIT", "CCB_CREDIT", "OTHERS"];
const WAYS: &[&str] = &["JSAPI", "NATIVE", "JSAPI", "MWEB", "JSAPI"];

/// Only orders and their refunds are trades; other events write nothing.
pub(crate) fn push_trade_row(text: &mut String, sums: &mut TradeSums, event: &Event) {
    let is_refund = match event.what {
        What::Sale => false,
        What::Refund => true,
        _ => return,
    };
    let (settled, refunded) = if is_refund { (0, -event.gross) } else { (event.gross, 0) };
    text.push('`');
    push_time(text, in_china(event.second));
    for cell in [APPLICATION, MERCHANT, "0", ""] {
        push_cell(text, cell);
    }
    text.push_str(",`");
    push_order_id(text, event);
    text.push_str(",`");
    push_merchant_order(text, event);
    text.push_str(",`");
    push_person(text, event.customer.number);
    push_cell(text, choose(WAYS, event.customer.number).copied().unwrap_or("JSAPI"));
    push_cell(text, if is_refund { "REFUND" } else { "SUCCESS" });
    push_cell(text, choose(BANKS, event.customer.number).copied().unwrap_or("OTHERS"));
    push_cell(text, "CNY");
    push_yuan(text, settled);
    push_yuan(text, 0);
    if is_refund {
        text.push_str(",`");
        push_refund_id(text, event);
        text.push_str(",`R");
        push_merchant_order(text, event);
    } else {
        text.push_str(",`0,`0");
    }
    push_yuan(text, refunded);
    push_yuan(text, 0);
    push_cell(text, if is_refund { "ORIGINAL" } else { "" });
    push_cell(text, if is_refund { "SUCCESS" } else { "" });
    push_cell(text, event.product.chinese);
    push_cell(text, "");
    push_five_decimals(text, -event.fee);
    push_cell(text, "0.60%");
    push_yuan(text, settled);
    push_yuan(text, refunded);
    text.push_str(",`\r\n");
    sums.rows += 1;
    sums.settled += settled;
    sums.refunded += refunded;
    sums.fee -= event.fee;
    sums.sums.add(Currency::CNY, event.direction(), event.gross.abs(), -event.fee);
}

fn push_cell(text: &mut String, cell: &str) {
    text.push_str(",`");
    text.push_str(cell);
}

fn push_yuan(text: &mut String, fen: i64) {
    text.push_str(",`");
    push_money(text, fen, 2);
}

fn push_five_decimals(text: &mut String, fen: i64) {
    push_yuan(text, fen);
    text.push_str("000");
}

/// 微信订单号: 28 digits with the day of the order.
fn push_order_id(text: &mut String, event: &Event) {
    text.push_str("4200002345");
    push_date(text, in_china(event.began).date(), "");
    push_padded(text, event.order, 10);
}

/// 微信退款单号: 29 digits.
fn push_refund_id(text: &mut String, event: &Event) {
    text.push_str("50300");
    push_date(text, in_china(event.second).date(), "");
    push_padded(text, event.number(), 16);
}

fn push_person(text: &mut String, number: i64) {
    text.push_str("oHaiLan");
    let mixed = mix(u64::try_from(number).unwrap_or(0));
    push_letters(text, mixed, ALL_LETTERS, 11);
    push_letters(text, mix(mixed), ALL_LETTERS, 10);
}

/// The lines that stand above a bill downloaded by hand, and its header.
pub(crate) fn push_flow_preamble(text: &mut String, from: Date, to: Date) {
    text.push_str("\u{feff}#微信支付资金账单\r\n#商户号：[");
    text.push_str(MERCHANT);
    text.push_str("]\r\n#起始日期：[");
    push_chinese_date(text, from);
    text.push_str(" 00:00:00]   终止日期：[");
    push_chinese_date(text, to);
    text.push_str(" 23:59:59]\r\n记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n");
}

pub(crate) fn push_flow_summary(text: &mut String, sums: &Sums) {
    let (income, outgo) = sums.yuan();
    text.push_str("资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`");
    text.push_str(&(income.count + outgo.count).to_string());
    for tally in [income, outgo] {
        push_cell(text, &tally.count.to_string());
        push_yuan(text, tally.sum);
    }
    text.push_str("\r\n");
}

/// One row, or two where a fee was charged or came back.
pub(crate) fn push_flow_rows(text: &mut String, sums: &mut Sums, line: &Posted) {
    let event = &line.event;
    let name = match event.what {
        What::Sale => "交易",
        What::Refund => "退款",
        What::Payout => "提现",
        _ => "转账",
    };
    push_flow_row(text, event, name, event.gross, line.balance_before_fee());
    sums.add(Currency::CNY, event.direction(), event.gross.abs(), 0);
    if event.fee != 0 {
        let back = event.fee > 0;
        let name = if back { "退回交易手续费" } else { "扣除交易手续费" };
        push_flow_row(text, event, name, event.fee, line.balance);
        let direction = if back { Direction::In } else { Direction::Out };
        sums.add(Currency::CNY, direction, event.fee.abs(), -event.fee);
    }
}

fn push_flow_row(text: &mut String, event: &Event, name: &str, amount: i64, balance: i64) {
    let of_order = event.order < FIRST_OTHER;
    let is_fee = name.ends_with("手续费");
    text.push('`');
    push_time(text, in_china(event.second));
    text.push_str(",`");
    if event.what == What::Refund {
        push_refund_id(text, event)
    } else {
        push_order_id(text, event)
    }
    text.push_str(",`1000");
    push_date(text, in_china(event.second).date(), "");
    push_padded(text, event.number() * 2 + u64::from(is_fee), 16);
    push_cell(text, name);
    push_cell(text, name);
    push_cell(text, if amount < 0 { "支出" } else { "收入" });
    push_yuan(text, amount.abs());
    push_yuan(text, balance);
    push_cell(text, "system");
    push_cell(text, if event.what == What::Payout { "自动提现" } else { "" });
    text.push_str(",`");
    if of_order {
        if event.what == What::Refund {
            text.push('R');
        }
        push_merchant_order(text, event);
    }
    text.push_str("\r\n");
}
