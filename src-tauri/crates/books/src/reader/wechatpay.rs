//! WeChat Pay 微信支付: merchant trade bill, fund-flow bill, personal export.
//! Forms as described in the project's provider notes (wechatpay.md section 6, November 2026).

mod fund_flow;
mod personal;
mod trade_bill;

use super::cells::Header;
use super::china::key;
use super::forms::Preamble;
use super::{BoundForm, Refusal, RefusalCode, Summary};
use crate::Provider;

pub(super) const TRADE_BILL_MARKS: &[&str] =
    &["交易时间", "公众账号ID", "商户号", "微信订单号", "商户订单号", "交易类型", "交易状态", "应结订单金额", "手续费"];
pub(super) const FUND_FLOW_MARKS: &[&str] =
    &["记账时间", "微信支付业务单号", "资金流水单号", "业务类型", "收支类型", "收支金额(元)", "账户结余(元)"];
pub(super) const PERSONAL_MARKS: &[&str] =
    &["交易时间", "交易类型", "交易对方", "商品", "收/支", "金额(元)", "支付方式", "当前状态", "交易单号"];

/// The account of both merchant bills, so that they meet: the fund-flow bill of another account says so in a column.
const ACCOUNT: &str = "BASIC";

pub(super) fn bind(header: &Header, preamble: &Preamble) -> Option<Box<dyn BoundForm>> {
    trade_bill::TradeBill::bind(header)
        .map(|form| Box::new(form) as Box<dyn BoundForm>)
        .or_else(|| fund_flow::FundFlow::bind(header, preamble).map(|form| Box::new(form) as Box<dyn BoundForm>))
        .or_else(|| personal::Personal::bind(header, preamble).map(|form| Box::new(form) as Box<dyn BoundForm>))
}

/// The key of an order or a refund, the same in both merchant bills. 微信订单号 alone is not unique (wechatpay.md 6.2): the
/// merchant's own number, which the fund-flow bill has as 业务凭证号, goes with an order.
fn order_key(role: &str, id: &str, number: &str) -> String {
    let mut ids = vec![Provider::WeChatPay.code(), role, id];
    ids.extend(Some(number).filter(|number| !number.is_empty()));
    key(&ids)
}

/// The summary lines of a merchant bill without its rows.
pub(super) fn refuse_companion(header: &Header) -> Option<Refusal> {
    let trade = header.has_all(&["总交易单数"]) && header.find(&["微信订单号"]).is_none();
    let flow = header.has_all(&["资金流水总笔数"]);
    (trade || flow).then(|| Refusal::new(RefusalCode::SummaryOnly, "the bill with its rows", "its summary lines"))
}

/// Merchant bills are made per day: a bill whose rows fall on one date speaks for all of that date.
fn state_single_day(summary: &mut Summary) {
    if let Some(period) = &mut summary.period
        && period.from == period.to
    {
        period.stated = true;
    }
}

/// A count as the summary lines write it: `45`, `45.0`, `1,024`.
fn parse_count(text: &str) -> Option<u64> {
    let whole = text.split_once('.').map_or(
        text,
        |(whole, zeros)| {
            if zeros.trim_matches('0').is_empty() { whole } else { text }
        },
    );
    whole.replace(',', "").parse().ok()
}
