//! Alipay 支付宝: 账务明细, the classic twelve columns, as it lies in the monthly zip: GB18030 and CRLF.
//!
//! Rate 0.6 %, rounded to the fen, in a row of its own beside the sale; a refund brings its share of the fee back.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use purser_books::reader::Tally;
use purser_books::{Currency, Direction, Provider};

use crate::PracticeFile;
use crate::coin::{Coin, share};
use crate::ledger::{Book, Event, FIRST_OTHER, Plan, Posted, Sums, What};
use crate::shop::{Market, Window};
use crate::text::{in_china, next_day, push_chinese_date, push_date, push_money, push_padded, push_time, start_of_day};

const PLAN: Plan = Plan {
    seed: 0x616c_6970_6179,
    market: Market::Mainland,
    per_day: 1_620,
    coins: &[(Coin::Cny, 1_000)],
    fee,
    returns_fee: true,
    refunds_permille: 46,
    disputes: &[],
    dispute_fee: no_fee,
    holds: &[],
};

pub(crate) const fn fee(_coin: Coin, gross: i64, _months_left: i64) -> i64 {
    share(gross, 60)
}

pub(crate) const fn no_fee(_coin: Coin) -> i64 {
    0
}

/// The merchant account, with the 0156 that Alipay writes after it in bills.
const ACCOUNT: &str = "20880000000000160156";
const BANK: &str = "示例银行(0016)";

pub(crate) fn files(window: Window) -> Vec<PracticeFile> {
    let lines = history(window);
    let months = window.months();
    months.map(|month| month_file(&lines, month)).collect()
}

fn month_file(lines: &[Posted], month: Date) -> PracticeFile {
    let (mut text, mut sums) = (String::new(), Sums::default());
    push_preamble(&mut text, month, month.last_of_month());
    for line in lines {
        let date = in_china(line.event.second).date();
        if date.first_of_month() == month {
            push_rows(&mut text, &mut sums, line);
        }
    }
    push_footer(&mut text, &sums, next_day(month.last_of_month()));
    let mut name = String::from(ACCOUNT);
    name.push('_');
    push_padded(&mut name, u64::try_from(month.year()).unwrap_or(0), 4);
    push_padded(&mut name, u64::try_from(month.month()).unwrap_or(0), 2);
    name.push_str("_账务明细.csv");
    PracticeFile {
        name,
        bytes: encoding_rs::GB18030.encode(&text).0.into_owned(),
        provider: Provider::Alipay,
        form: "alipay.account_log",
        sums: sums.0,
    }
}

fn history(window: Window) -> Vec<Posted> {
    let mut book = Book::opened_with(&[(Coin::Cny, 361_850)]);
    let mut due = dues(window).into_iter().peekable();
    let mut others = 0;
    for event in PLAN.trade(window) {
        while let Some((second, what)) = due.next_if(|(second, _)| *second <= event.second) {
            others += 1;
            let balance = book.balance(Coin::Cny);
            let amount = match what {
                What::Transfer => (balance / 4).min(260_000) / 1_000 * 1_000,
                _ => (balance - 200_000) / 100 * 100,
            };
            if amount > 0 {
                book.post(Event::other(others, second, what, Coin::Cny, -amount));
            }
        }
        book.post(event);
    }
    book.lines
}

/// Withdrawals on the 5th and the 20th, a tea farm paid on the 12th, in office hours.
fn dues(window: Window) -> Vec<(i64, What)> {
    let on = |month: Date, days: i64, what, second: i64| {
        let day = month.saturating_add(Span::new().days(days));
        (start_of_day(day) + second, what)
    };
    window
        .months()
        .flat_map(|month| {
            let shift = i64::from(month.month()) * 97;
            [
                on(month, 4, What::Payout, 7_200 + shift),
                on(month, 11, What::Transfer, 10_800 + shift),
                on(month, 19, What::Payout, 7_200 + shift * 2),
            ]
        })
        .collect()
}

const RULE: &str = "-----------------------------------------";

/// Title, account, period, rule and header. Alipay writes the midnight after the last day as the end.
pub(crate) fn push_preamble(text: &mut String, from: Date, to: Date) {
    text.push_str("#支付宝账务明细查询\r\n#账号：[");
    text.push_str(ACCOUNT);
    text.push_str("]\r\n#起始日期：[");
    push_chinese_date(text, from);
    text.push_str(" 00:00:00]   终止日期：[");
    push_chinese_date(text, to.saturating_add(1.day()));
    text.push_str(" 00:00:00]\r\n#");
    text.push_str(RULE);
    text.push_str("账务明细列表");
    text.push_str(RULE);
    text.push_str("\r\n账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注\r\n");
}

pub(crate) fn push_footer(text: &mut String, sums: &Sums, made: Date) {
    text.push('#');
    for part in [RULE, "账务明细列表结束", RULE, "\r\n"] {
        text.push_str(part);
    }
    let (income, outgo) = sums.yuan();
    push_total(text, "支出", outgo);
    push_total(text, "收入", income);
    text.push_str("#导出时间：[");
    push_chinese_date(text, made);
    text.push_str(" 09:30:12]\r\n");
}

fn push_total(text: &mut String, label: &str, tally: Tally) {
    for part in ["#", label, "合计：", &tally.count.to_string(), "笔，共"] {
        text.push_str(part);
    }
    push_money(text, tally.sum, 2);
    text.push_str("元\r\n");
}

/// One row, or two where a fee was charged or came back.
pub(crate) fn push_rows(text: &mut String, sums: &mut Sums, line: &Posted) {
    let event = &line.event;
    push_row(text, event, event.gross, line.balance_before_fee(), false);
    sums.add(Currency::CNY, event.direction(), event.gross.abs(), 0);
    if event.fee != 0 {
        push_row(text, event, event.fee, line.balance, true);
        let direction = if event.fee > 0 { Direction::In } else { Direction::Out };
        sums.add(Currency::CNY, direction, event.fee.abs(), -event.fee);
    }
}

fn push_row(text: &mut String, event: &Event, amount: i64, balance: i64, is_fee: bool) {
    let of_order = event.order < FIRST_OTHER;
    push_padded(text, 500_000_000_000_000 + event.number() * 2 + u64::from(is_fee), 15);
    text.push_str("\t,");
    push_date(text, in_china(event.began).date(), "");
    text.push_str("22001");
    push_padded(text, event.order, 15);
    text.push_str("\t,");
    if of_order {
        push_merchant_order(text, event);
    }
    text.push_str("\t,");
    text.push_str(match event.what {
        _ if is_fee && event.fee > 0 => "服务费退回",
        _ if is_fee => "服务费",
        What::Payout => "提现到银行卡",
        What::Transfer => "茶园货款",
        _ => event.product.chinese,
    });
    text.push(',');
    push_time(text, in_china(event.second));
    text.push(',');
    match event.what {
        What::Payout => text.push_str(BANK),
        What::Transfer => text.push_str("云岭示例茶园 (far***@example.com)"),
        _ if !is_fee => event.customer.push_masked(text),
        _ => {}
    }
    text.push_str("\t,");
    push_money(text, amount.max(0), 2);
    text.push(',');
    push_money(text, amount.min(0), 2);
    text.push(',');
    push_money(text, balance, 2);
    text.push_str(",支付宝,");
    text.push_str(match event.what {
        _ if is_fee => "收费",
        What::Refund => "退款",
        What::Payout => "提现",
        What::Transfer => "转账",
        _ => "在线支付",
    });
    text.push(',');
    if event.what == What::Refund && !is_fee {
        text.push_str("买家申请退款");
    }
    text.push_str("\r\n");
}

/// The shop's own number of an order.
pub(crate) fn push_merchant_order(text: &mut String, event: &Event) {
    text.push_str("HL");
    push_date(text, in_china(event.began).date(), "");
    push_padded(text, event.order, 7);
}
