//! Alipay 支付宝: account log, trade bill, personal export.
//! Forms as described in the project's provider notes (alipay.md section 6, November 2026).

mod account_log;
mod personal;
mod trade;

use super::cells::Header;
use super::forms::Preamble;
use super::{BoundForm, Refusal, RefusalCode};

pub(super) const ACCOUNT_LOG_MARKS: &[&str] = &["账务流水号", "业务流水号", "发生时间", "业务类型", "商品名称", "备注"];
pub(super) const TRADE_MARKS: &[&str] =
    &["支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "对方账户", "备注"];
pub(super) const PERSONAL_MARKS: &[&str] =
    &["交易时间", "交易分类", "交易对方", "商品说明", "收/支", "金额", "交易状态", "交易订单号"];

pub(super) fn bind(header: &Header, preamble: &Preamble) -> Option<Box<dyn BoundForm>> {
    account_log::AccountLog::bind(header, preamble)
        .map(|form| Box::new(form) as Box<dyn BoundForm>)
        .or_else(|| trade::Trade::bind(header, preamble).map(|form| Box::new(form) as Box<dyn BoundForm>))
        .or_else(|| personal::Personal::bind(header, preamble).map(|form| Box::new(form) as Box<dyn BoundForm>))
}

/// Summaries: their title line, or their header (类型, 收入笔数, …).
pub(super) fn refuse_companion(header: &Header, first: &str) -> Option<Refusal> {
    let title = first.starts_with("#支付宝账务汇总") || first.starts_with("#支付宝业务汇总");
    let names = header.has_all(&["类型"])
        && header.count_shared(&["收入笔数", "支出笔数", "总金额(元)", "交易订单总笔数", "退款订单总笔数"]) >= 2;
    (title || names).then(|| Refusal::new(RefusalCode::SummaryOnly, "the detail file (明细)", "its summary (汇总)"))
}

/// The account named above the header.
fn account(preamble: &Preamble) -> Option<String> {
    if let Some(account) = preamble.value(&["账号"]) {
        return Some(account.to_owned()).filter(|account| !account.is_empty());
    }
    let line = preamble.lines.iter().find_map(|line| line.strip_prefix("支付宝账户"))?;
    let account = line.trim_start_matches(['：', ':', ' ']).trim();
    (!account.is_empty()).then(|| account.to_owned())
}
