//! 交易明细 from the app and the older web export: everything a person paid and received (alipay.md 6.3, 6.4).
//!
//! Many of these payments come from bank cards or Huabei and never touch the Alipay balance,
//! so the file is activity and not an account.

use super::super::balance::RowOrder;
use super::super::cells::{Cells, Header, is_damaged_id};
use super::super::china::{
    compare, compare_counts, instant, join_texts, key, none_if_slash, parse_optional_yuan, parse_time, parse_yuan,
    printed_count, printed_tally, skip, takes_out,
};
use super::super::forms::Preamble;
use super::super::{BoundForm, Counted, Form, Hints, Period, Refusal, Summary, Tally};
use crate::{Currency, Direction, Entry, Kind, Part, Provider, Row, SkipReason, Source, Status};
use jiff::Timestamp;

pub(super) struct Personal {
    header: Header,
    columns: Columns,
    web: bool,
    account: Option<String>,
    period: Option<Period>,
    exported: Option<Timestamp>,
    order: RowOrder,
    rows: u64,
    /// Printed above the header and counted: in, out, neutral.
    printed: [(&'static str, Option<Tally>, Tally); 3],
    printed_rows: Option<u64>,
    footer: bool,
    counted: Option<Counted>,
}

#[derive(Clone, Copy)]
struct Columns {
    time: usize,
    direction: usize,
    amount: usize,
    status: usize,
    id: usize,
    category: Option<usize>,
    party: Option<usize>,
    party_account: Option<usize>,
    product: Option<usize>,
    fee: Option<usize>,
    note: Option<usize>,
}

impl Personal {
    pub(super) fn bind(header: &Header, preamble: &Preamble) -> Option<Personal> {
        let web = header.find(&["资金状态"]).is_some();
        let columns = Columns {
            time: header.find(&["交易时间", "付款时间", "交易创建时间"])?,
            direction: header.find(&["收/支"])?,
            amount: header.find(&["金额", "金额(元)"])?,
            status: header.find(&["交易状态"])?,
            id: header.find(&["交易订单号", "交易号"])?,
            category: header.find(&["交易分类", "类型"]),
            party: header.find(&["交易对方"]),
            party_account: header.find(&["对方账号", "对方账户"]),
            product: header.find(&["商品说明", "商品名称"]),
            fee: header.find(&["服务费(元)", "服务费"]),
            note: header.find(&["备注"]),
        };
        let printed = ["收入", "支出", "不计收支"].map(|label| {
            let tally = preamble.lines.iter().find_map(|line| printed_tally(line, label, None));
            (label, tally, Tally::default())
        });
        Some(Personal {
            header: header.clone(),
            columns,
            web,
            account: super::account(preamble),
            period: preamble.period(),
            exported: preamble.exported(),
            order: RowOrder::default(),
            rows: 0,
            printed,
            printed_rows: preamble.lines.iter().find_map(|line| printed_count(line)),
            footer: false,
            counted: None,
        })
    }

    /// The web export leaves the payment time of unpaid orders empty.
    fn time_cell<'a>(&self, cells: &Cells<'a>) -> &'a str {
        let paid = cells.get(self.columns.time);
        let created = || cells.optional(self.header.find(&["交易创建时间"]));
        if paid.is_empty() { created() } else { paid }
    }

    fn direction(&self, text: &str) -> Option<Direction> {
        match text {
            "收入" => Some(Direction::In),
            "支出" => Some(Direction::Out),
            "不计收支" | "其他" | "/" => Some(Direction::Neutral),
            // The web export writes nothing for money moved between own accounts.
            "" if self.web => Some(Direction::Neutral),
            _ => None,
        }
    }

    fn entry(&mut self, cells: &Cells<'_>, source: Source) -> Result<Entry, (SkipReason, String)> {
        let bad = |reason, text: &str| (reason, text.to_owned());
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, format!("{} cells", cells.len())));
        }
        let columns = self.columns;
        let text = cells.get(columns.direction);
        let direction = self.direction(text).ok_or_else(|| bad(SkipReason::BadDirection, text))?;
        let text = cells.get(columns.amount);
        let amount = parse_yuan(text).ok_or_else(|| bad(SkipReason::BadAmount, text))?;
        let text = cells.optional(columns.fee);
        let fee = -parse_optional_yuan(text).ok_or_else(|| bad(SkipReason::BadAmount, text))?;
        self.count(direction, amount, fee);
        let id = cells.get(columns.id);
        if is_damaged_id(id) {
            return Err(bad(SkipReason::DamagedId, id));
        }
        let raw_time = self.time_cell(cells);
        let time = parse_time(raw_time).ok_or_else(|| bad(SkipReason::BadTime, raw_time))?;
        let instant = instant(time).ok_or_else(|| bad(SkipReason::BadTime, raw_time))?;
        let status_text = cells.get(columns.status);
        let party = none_if_slash(cells.optional(columns.party));
        let product = none_if_slash(cells.optional(columns.product));
        let category = cells.optional(columns.category);
        let kind = kind_of(direction, category, product, status_text);
        let outward = direction == Direction::Out || direction == Direction::Neutral && takes_out(kind);
        let gross = if outward { -amount } else { amount };
        let (status, left) = status_of(status_text);
        let key = self.key(cells, kind);
        Ok(Entry {
            source,
            sequence: self.order.sequence(self.rows),
            key,
            part: Part::Whole,
            account: "main".to_owned(),
            currency: Currency::CNY,
            provider_ref: none_if_slash(id).to_owned(),
            // A refund's id is the order's with a suffix: 2026…_r1.
            family: none_if_slash(id).split('_').next().filter(|id| !id.is_empty()).map(str::to_owned),
            alias: None,
            payout: None,
            time: instant,
            booking_date: time.date(),
            kind,
            status,
            direction,
            moved: left && direction != Direction::Neutral,
            gross,
            fee,
            net: gross.checked_add(fee).ok_or_else(|| bad(SkipReason::BadAmount, cells.get(columns.amount)))?,
            balance: None,
            counterparty: join_texts(party, cells.optional(columns.party_account)),
            description: join_texts(product, cells.optional(columns.note)),
        })
    }

    /// The order id, or what else tells the row apart where there is none.
    fn key(&self, cells: &Cells<'_>, kind: Kind) -> String {
        let columns = self.columns;
        let role = if kind == Kind::Refund { "refund" } else { "" };
        let provider = Provider::Alipay.code();
        match none_if_slash(cells.get(columns.id)) {
            "" => {
                let (time, category) = (self.time_cell(cells), cells.optional(columns.category));
                let (amount, party) = (cells.get(columns.amount), none_if_slash(cells.optional(columns.party)));
                key(&[provider, "personal", time, category, amount, party])
            }
            id => key(&[provider, "personal", role, id]),
        }
    }

    fn count(&mut self, direction: Direction, gross: i64, fee: i64) {
        let [income, outgo, neutral] = &mut self.printed;
        let (.., tally) = match direction {
            Direction::In => income,
            Direction::Out => outgo,
            Direction::Neutral => neutral,
        };
        tally.count += 1;
        tally.sum = tally.sum.saturating_add(gross);
        self.counted = Some(Counted { currency: Currency::CNY, direction, gross, fee: -fee });
    }
}

/// 交易状态, and whether the money has moved: before delivery it has already left the payer.
fn status_of(text: &str) -> (Status, bool) {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if has(&["关闭", "取消"]) => (Status::Closed, false),
        () if has(&["失败"]) => (Status::Failed, false),
        () if has(&["等待付款", "等待买家付款", "待付款", "处理中"]) => (Status::Pending, false),
        () if has(&["等待"]) => (Status::Pending, true),
        () => (Status::Completed, true),
    }
}

fn kind_of(direction: Direction, category: &str, product: &str, status: &str) -> Kind {
    let has = |words: &[&str]| words.iter().any(|word| product.contains(word) || category.contains(word));
    if status.contains("退款") || category == "退款" || product.starts_with("退款") {
        return Kind::Refund;
    }
    let transfer = has(&["转账", "红包", "亲友代付"]);
    match direction {
        Direction::In if transfer => Kind::TransferIn,
        Direction::In if has(&["收益", "利息"]) => Kind::Other,
        Direction::In => Kind::Sale,
        Direction::Out if has(&["服务费", "手续费"]) => Kind::Fee,
        Direction::Out if transfer => Kind::TransferOut,
        Direction::Out => Kind::Other,
        Direction::Neutral if status.contains("解冻") => Kind::Release,
        Direction::Neutral if status.contains("冻结") => Kind::Hold,
        Direction::Neutral if has(&["提现"]) => Kind::Payout,
        Direction::Neutral if has(&["充值"]) => Kind::Topup,
        Direction::Neutral if has(&["还款", "转入", "买入"]) => Kind::TransferOut,
        Direction::Neutral if has(&["转出", "卖出"]) => Kind::TransferIn,
        Direction::Neutral => Kind::Other,
    }
}

impl BoundForm for Personal {
    fn form(&self) -> Form {
        let version = if self.web { "web-16" } else { "app-12" };
        Form { provider: Provider::Alipay, id: "alipay.personal", version, has_balance: false, ties_out: false }
    }

    fn account_ref(&self) -> Option<String> {
        self.account.clone()
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        parse_time(self.time_cell(cells)).is_some_and(|time| self.order.learn(time, None))
    }

    fn settle(&mut self, _: &Hints) -> Result<(), Refusal> {
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row> {
        self.counted = None;
        // The web export ends with a line of dashes and some lines about the file.
        self.footer |= cells.get(0).starts_with("-----");
        if self.footer || cells.is_blank() {
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
