//! 业务明细: orders with what the merchant received and paid (alipay.md 6.2).
//!
//! The same money is in the account log, row by row and under ids of its own. A trade row therefore never moves
//! a balance here: it tells orders, refunds and fees; the account log tells the account.

use super::super::balance::RowOrder;
use super::super::cells::{Cells, Header, is_damaged_id};
use super::super::china::{
    compare, instant, join_texts, key, none_if_slash, parse_optional_yuan, parse_time, parse_yuan, printed_export_time,
    printed_tally, skip,
};
use super::super::forms::Preamble;
use super::super::{BoundForm, Counted, Form, Hints, Period, Refusal, Summary, Tally, Warning, WarningCode};
use crate::{Currency, Direction, Entry, Kind, Part, Provider, Row, SkipReason, Source, Status};
use jiff::Timestamp;

pub(super) struct Trade {
    header: Header,
    columns: Columns,
    account: Option<String>,
    period: Option<Period>,
    exported: Option<Timestamp>,
    order: RowOrder,
    rows: u64,
    /// What the footer states and what the rows make, in the order of `TOTALS`.
    totals: [(Option<Tally>, Tally); TOTALS.len()],
    footer: bool,
    counted: Option<Counted>,
}

/// Totals of the footer: the line, and the label of the sum in it.
const TOTALS: [(&str, &str); 4] =
    [("交易合计", "商家实收"), ("退款合计", "商家实收退款"), ("交易合计", "商家优惠"), ("退款合计", "商家优惠退款")];

#[derive(Clone, Copy)]
struct Columns {
    id: usize,
    kind: usize,
    received: usize,
    created: usize,
    completed: Option<usize>,
    order: Option<usize>,
    product: Option<usize>,
    payer: Option<usize>,
    request: Option<usize>,
    fee: Option<usize>,
    discount: Option<usize>,
    note: Option<usize>,
}

impl Trade {
    pub(super) fn bind(header: &Header, preamble: &Preamble) -> Option<Trade> {
        let columns = Columns {
            id: header.find(&["支付宝交易号"])?,
            kind: header.find(&["业务类型"])?,
            received: header.find(&["商家实收(元)", "商家实收"])?,
            created: header.find(&["创建时间", "完成时间"])?,
            completed: header.find(&["完成时间"]),
            order: header.find(&["商户订单号"]),
            product: header.find(&["商品名称"]),
            payer: header.find(&["对方账户", "对方账号"]),
            request: header.find(&["退款批次号/请求号", "退款请求号", "退款批次号"]),
            fee: header.find(&["服务费(元)", "服务费"]),
            discount: header.find(&["商家优惠(元)", "商家优惠"]),
            note: header.find(&["备注"]),
        };
        Some(Trade {
            header: header.clone(),
            columns,
            account: super::account(preamble),
            period: preamble.period(),
            exported: preamble.exported(),
            order: RowOrder::default(),
            rows: 0,
            totals: Default::default(),
            footer: false,
            counted: None,
        })
    }

    fn time_cell<'a>(&self, cells: &Cells<'a>) -> &'a str {
        let completed = cells.optional(self.columns.completed);
        if completed.is_empty() { cells.get(self.columns.created) } else { completed }
    }

    fn entry(&mut self, cells: &Cells<'_>, source: Source) -> Result<Entry, (SkipReason, String)> {
        let bad = |reason, text: &str| (reason, text.to_owned());
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, format!("{} cells", cells.len())));
        }
        let columns = self.columns;
        let (direction, kind) = match cells.get(columns.kind) {
            "交易" => (Direction::In, Kind::Sale),
            "退款" => (Direction::Out, Kind::Refund),
            other => return Err(bad(SkipReason::BadDirection, other)),
        };
        let received = cells.get(columns.received);
        let gross = parse_yuan(received).ok_or_else(|| bad(SkipReason::BadAmount, received))?;
        let fee_cell = cells.optional(columns.fee);
        let fee = parse_optional_yuan(fee_cell).ok_or_else(|| bad(SkipReason::BadAmount, fee_cell))?;
        // A fee is charged on a sale and given back on a refund, whatever its sign in the file.
        let (gross, fee) = if direction == Direction::In { (gross, -fee) } else { (-gross, fee) };
        self.count(direction, gross, fee, parse_yuan(cells.optional(columns.discount)).unwrap_or(0));
        let id = cells.get(columns.id);
        let request = cells.optional(columns.request);
        if id.is_empty() || is_damaged_id(id) {
            return Err(bad(SkipReason::DamagedId, id));
        }
        let text = self.time_cell(cells);
        let time = parse_time(text).ok_or_else(|| bad(SkipReason::BadTime, text))?;
        let instant = instant(time).ok_or_else(|| bad(SkipReason::BadTime, text))?;
        let product = none_if_slash(cells.optional(columns.product));
        let product = if product.is_empty() { cells.optional(columns.note) } else { product };
        Ok(Entry {
            source,
            sequence: self.order.sequence(self.rows),
            key: key(&[Provider::Alipay.code(), "trade", cells.get(columns.kind), id, request]),
            part: Part::Whole,
            account: "main".to_owned(),
            currency: Currency::CNY,
            provider_ref: id.to_owned(),
            family: Some(id.to_owned()),
            alias: None,
            payout: None,
            time: instant,
            booking_date: time.date(),
            kind,
            status: Status::Completed,
            direction,
            moved: false,
            gross,
            fee,
            net: gross.checked_add(fee).ok_or_else(|| bad(SkipReason::BadAmount, received))?,
            balance: None,
            counterparty: none_if_slash(cells.optional(columns.payer)).to_owned(),
            description: join_texts(product, cells.optional(columns.order)),
        })
    }

    fn count(&mut self, direction: Direction, gross: i64, fee: i64, discount: i64) {
        let gross = gross.saturating_abs();
        let [sales, refunds, given, taken_back] = &mut self.totals;
        let tallies = if direction == Direction::In { [sales, given] } else { [refunds, taken_back] };
        for ((_, tally), sum) in tallies.into_iter().zip([gross, discount]) {
            tally.count += 1;
            tally.sum = tally.sum.saturating_add(sum);
        }
        self.counted = Some(Counted { currency: Currency::CNY, direction, gross, fee: -fee });
    }
}

impl BoundForm for Trade {
    fn form(&self) -> Form {
        Form { provider: Provider::Alipay, id: "alipay.trade", version: "25", has_balance: false, ties_out: false }
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
        if cells.get(0).starts_with('#') {
            let line = cells.iter().collect::<Vec<_>>().join(",");
            self.footer = true;
            self.exported = self.exported.or_else(|| printed_export_time(&line));
            for ((printed, _), (label, sum_label)) in self.totals.iter_mut().zip(TOTALS) {
                *printed = printed.or_else(|| printed_tally(&line, label, Some(sum_label)));
            }
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
        if let Some(period) = self.period {
            summary.period = Some(period);
        }
        summary.exported = self.exported;
        if !self.footer {
            let message = "the rows end without the footer (交易合计, 退款合计)".to_owned();
            summary.warnings.push(Warning { code: WarningCode::NoFooter, message });
        }
        for ((printed, counted), (label, sum_label)) in self.totals.into_iter().zip(TOTALS) {
            summary.checked |= printed.is_some();
            let is_told = !sum_label.starts_with("商家优惠") || self.columns.discount.is_some();
            let what = format!("{label} {sum_label}");
            summary.warnings.extend(printed.filter(|_| is_told).and_then(|printed| compare(&what, printed, counted)));
        }
    }
}
