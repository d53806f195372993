//! 微信支付账单 from the app: everything a person paid and received (wechatpay.md 6.4).
//! Many of these payments come from bank cards and never touch the WeChat balance: activity, not an account.

use super::super::balance::RowOrder;
use super::super::cells::{Cells, Header, is_damaged_id};
use super::super::china::{
    compare, compare_counts, instant, join_texts, key, none_if_slash, parse_time, parse_yuan, printed_count,
    printed_tally, skip, takes_out,
};
use super::super::forms::Preamble;
use super::super::{BoundForm, Counted, Form, Hints, Period, Refusal, Summary, Tally};
use crate::{Currency, Direction, Entry, Kind, Part, Provider, Row, SkipReason, Source, Status};
use jiff::Timestamp;

pub(super) struct Personal {
    header: Header,
    columns: Columns,
    period: Option<Period>,
    exported: Option<Timestamp>,
    order: RowOrder,
    rows: u64,
    /// Printed above the header and counted: in, out, neutral.
    printed: [(&'static str, Option<Tally>, Tally); 3],
    printed_rows: Option<u64>,
    counted: Option<Counted>,
}

#[derive(Clone, Copy)]
struct Columns {
    time: usize,
    kind: usize,
    direction: usize,
    amount: usize,
    id: usize,
    status: usize,
    party: Option<usize>,
    product: Option<usize>,
    note: Option<usize>,
}

impl Personal {
    pub(super) fn bind(header: &Header, preamble: &Preamble) -> Option<Personal> {
        let columns = Columns {
            time: header.find(&["交易时间"])?,
            kind: header.find(&["交易类型"])?,
            direction: header.find(&["收/支"])?,
            amount: header.find(&["金额(元)", "金额"])?,
            id: header.find(&["交易单号"])?,
            status: header.find(&["当前状态"])?,
            party: header.find(&["交易对方"]),
            product: header.find(&["商品"]),
            note: header.find(&["备注"]),
        };
        let printed = ["收入", "支出", "中性交易"].map(|label| {
            let tally = preamble.lines.iter().find_map(|line| printed_tally(line, label, None));
            (label, tally, Tally::default())
        });
        let period = preamble.period();
        Some(Personal {
            header: header.clone(),
            columns,
            period,
            exported: preamble.exported(),
            order: RowOrder::default(),
            rows: 0,
            printed,
            printed_rows: preamble.lines.iter().find_map(|line| printed_count(line)),
            counted: None,
        })
    }

    fn entry(&mut self, cells: &Cells<'_>, source: Source) -> Result<Entry, (SkipReason, String)> {
        let bad = |reason, text: &str| (reason, text.to_owned());
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, format!("{} cells", cells.len())));
        }
        let columns = self.columns;
        let direction = match cells.get(columns.direction) {
            "收入" => Direction::In,
            "支出" => Direction::Out,
            "/" | "中性交易" => Direction::Neutral,
            other => return Err(bad(SkipReason::BadDirection, other)),
        };
        let text = cells.get(columns.amount);
        let amount = parse_yuan(text).ok_or_else(|| bad(SkipReason::BadAmount, text))?;
        self.count(direction, amount);
        let id = cells.get(columns.id);
        if is_damaged_id(id) {
            return Err(bad(SkipReason::DamagedId, id));
        }
        let raw_time = cells.get(columns.time);
        let time = parse_time(raw_time).ok_or_else(|| bad(SkipReason::BadTime, raw_time))?;
        let instant = instant(time).ok_or_else(|| bad(SkipReason::BadTime, raw_time))?;
        let kind_text = cells.get(columns.kind);
        let kind = kind_of(direction, kind_text);
        let outward = direction == Direction::Out || direction == Direction::Neutral && takes_out(kind);
        let gross = if outward { -amount } else { amount };
        let status = status_of(cells.get(columns.status));
        // The refund's own row bears the words of the payment: 已全额退款.
        let status = if kind == Kind::Refund && status == Status::Reversed { Status::Completed } else { status };
        let party = none_if_slash(cells.optional(columns.party));
        let own_id = none_if_slash(id);
        let role = if kind == Kind::Refund { "refund" } else { "" };
        let key = if own_id.is_empty() {
            key(&[Provider::WeChatPay.code(), "personal", raw_time, kind_text, text, party])
        } else {
            key(&[Provider::WeChatPay.code(), "personal", role, own_id])
        };
        let product = none_if_slash(cells.optional(columns.product));
        let product = if product.is_empty() { kind_text } else { product };
        Ok(Entry {
            source,
            sequence: self.order.sequence(self.rows),
            key,
            part: Part::Whole,
            account: "main".to_owned(),
            currency: Currency::CNY,
            provider_ref: own_id.to_owned(),
            family: (!own_id.is_empty()).then(|| own_id.to_owned()),
            alias: None,
            payout: None,
            time: instant,
            booking_date: time.date(),
            kind,
            status,
            direction,
            moved: direction != Direction::Neutral && matches!(status, Status::Completed | Status::Reversed),
            gross,
            fee: 0,
            net: gross,
            balance: None,
            counterparty: party.to_owned(),
            description: join_texts(product, cells.optional(columns.note)),
        })
    }

    fn count(&mut self, direction: Direction, gross: i64) {
        let [income, outgo, neutral] = &mut self.printed;
        let (.., tally) = match direction {
            Direction::In => income,
            Direction::Out => outgo,
            Direction::Neutral => neutral,
        };
        tally.count += 1;
        tally.sum = tally.sum.saturating_add(gross);
        self.counted = Some(Counted { currency: Currency::CNY, direction, gross, fee: 0 });
    }
}

/// 当前状态. A payment that was refunded keeps its row and its amount; the money comes back in a row of its own.
fn status_of(text: &str) -> Status {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if has(&["失败"]) => Status::Failed,
        () if has(&["已全额退款", "对方已退还", "已退还"]) => Status::Reversed,
        () if has(&["已关闭", "已取消"]) => Status::Closed,
        () if has(&["等待", "待", "处理中"]) => Status::Pending,
        () => Status::Completed,
    }
}

fn kind_of(direction: Direction, text: &str) -> Kind {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let transfer = has(&["转账", "红包", "群收款"]);
    match direction {
        _ if has(&["退款"]) => Kind::Refund,
        _ if has(&["零钱提现"]) => Kind::Payout,
        _ if has(&["零钱充值"]) => Kind::Topup,
        Direction::In if transfer => Kind::TransferIn,
        Direction::In if has(&["二维码收款", "商户消费", "赞赏", "收款"]) => Kind::Sale,
        Direction::Out if transfer => Kind::TransferOut,
        Direction::Neutral if has(&["转入零钱通", "信用卡还款", "购买理财通"]) => Kind::TransferOut,
        Direction::Neutral if has(&["零钱通转出", "理财通赎回"]) => Kind::TransferIn,
        _ => Kind::Other,
    }
}

impl BoundForm for Personal {
    fn form(&self) -> Form {
        Form {
            provider: Provider::WeChatPay,
            id: "wechatpay.personal",
            version: "11",
            has_balance: false,
            ties_out: false,
        }
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        parse_time(cells.get(self.columns.time)).is_some_and(|time| self.order.learn(time, None))
    }

    fn settle(&mut self, _: &Hints) -> Result<(), Refusal> {
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row> {
        self.counted = None;
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
        if let Some(period) = self.period {
            summary.period = Some(period);
        }
        summary.exported = self.exported;
        let rows = self.printed_rows;
        summary.warnings.extend(rows.and_then(|rows| compare_counts("共…笔记录", rows, self.rows)));
        summary.checked |= rows.is_some();
        for (label, printed, counted) in self.printed {
            summary.checked |= printed.is_some();
            summary.warnings.extend(printed.and_then(|printed| compare(label, printed, counted)));
        }
    }
}
