//! 账务明细 (signcustomer): every change of the balance (alipay.md 6.1).

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::super::balance::{BalanceChain, BalanceLine, RowOrder};
use super::super::cells::{Cells, Header, is_damaged_id};
use super::super::china::{
    compare, instant, join_texts, key, none_if_slash, parse_optional_yuan, parse_time, parse_yuan, printed_export_time,
    printed_tally, skip,
};
use super::super::forms::Preamble;
use super::super::{BoundForm, Counted, Form, Hints, Period, Refusal, Summary, Tally, Warning, WarningCode};
use crate::{Currency, Direction, Entry, Kind, Part, Provider, Row, SkipReason, Source, Status};

pub(super) struct AccountLog {
    header: Header,
    columns: Columns,
    account: Option<String>,
    period: Option<Period>,
    exported: Option<Timestamp>,
    order: RowOrder,
    chain: BalanceChain,
    rows: u64,
    income: Tally,
    outgo: Tally,
    /// Footer lines: printed totals of income and outgo.
    printed: (Option<Tally>, Option<Tally>),
    footer: bool,
    counted: Option<Counted>,
}

#[derive(Clone, Copy)]
struct Columns {
    id: usize,
    time: usize,
    income: usize,
    outgo: usize,
    business_id: Option<usize>,
    base_order: Option<usize>,
    order: Option<usize>,
    product: Option<usize>,
    payer: Option<usize>,
    balance: Option<usize>,
    kind: Option<usize>,
    note: Option<usize>,
    detail: Option<usize>,
}

/// Income and outgo of a row, unsigned.
struct Amounts {
    income: i64,
    outgo: i64,
}

impl AccountLog {
    pub(super) fn bind(header: &Header, preamble: &Preamble) -> Option<AccountLog> {
        let columns = Columns {
            id: header.find(&["账务流水号"])?,
            time: header.find(&["发生时间", "入账时间"])?,
            income: header.find(&["收入金额(+元)", "收入金额(元)", "收入金额", "收入(+元)", "收入"])?,
            outgo: header.find(&["支出金额(-元)", "支出金额(元)", "支出金额", "支出(-元)", "支出"])?,
            business_id: header.find(&["业务流水号"]),
            base_order: header.find(&["业务基础订单号"]),
            order: header.find(&["商户订单号"]),
            product: header.find(&["商品名称"]),
            payer: header.find(&["对方账号", "对方账户", "对方名称"]),
            balance: header.find(&["账户余额(元)", "账户余额", "余额(元)", "余额"]),
            kind: header.find(&["业务类型"]),
            note: header.find(&["备注"]),
            detail: header.find(&["业务描述"]),
        };
        Some(AccountLog {
            header: header.clone(),
            columns,
            account: super::account(preamble),
            period: preamble.period(),
            exported: preamble.exported(),
            order: RowOrder::default(),
            chain: BalanceChain::default(),
            rows: 0,
            income: Tally::default(),
            outgo: Tally::default(),
            printed: (None, None),
            footer: false,
            counted: None,
        })
    }

    fn amounts(&self, cells: &Cells<'_>) -> Option<Amounts> {
        let income = parse_optional_yuan(cells.get(self.columns.income))?;
        let outgo = parse_optional_yuan(cells.get(self.columns.outgo))?;
        Some(Amounts { income, outgo })
    }

    fn balance_line(&self, cells: &Cells<'_>, time: DateTime, line: u32) -> Option<BalanceLine> {
        let amounts = self.amounts(cells)?;
        let text = cells.optional(self.columns.balance);
        let balance = parse_yuan(text)?;
        let balance = if text.starts_with('-') { -balance } else { balance };
        Some(BalanceLine { line, time, net: amounts.income.checked_sub(amounts.outgo)?, balance })
    }

    fn read_footer(&mut self, line: &str) {
        self.footer = true;
        self.exported = self.exported.or_else(|| printed_export_time(line));
        self.printed.0 = self.printed.0.or_else(|| printed_tally(line, "收入合计", None));
        self.printed.1 = self.printed.1.or_else(|| printed_tally(line, "支出合计", None));
    }

    fn entry(&mut self, cells: &Cells<'_>, source: Source) -> Result<Entry, (SkipReason, String)> {
        let bad = |reason, column: usize| (reason, cells.get(column).to_owned());
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, format!("{} cells", cells.len())));
        }
        let columns = self.columns;
        let amounts = self.amounts(cells).ok_or_else(|| bad(SkipReason::BadAmount, columns.income))?;
        let (direction, gross) = match (amounts.income, amounts.outgo) {
            (0, 0) => (Direction::Neutral, 0),
            (income, 0) => (Direction::In, income),
            (0, outgo) => (Direction::Out, -outgo),
            _ => return Err(bad(SkipReason::BadDirection, columns.outgo)),
        };
        let kind = self.kind(cells, direction);
        self.count(direction, gross, kind);
        let id = cells.get(columns.id);
        if id.is_empty() || is_damaged_id(id) {
            return Err(bad(SkipReason::DamagedId, columns.id));
        }
        let time = parse_time(cells.get(columns.time)).ok_or_else(|| bad(SkipReason::BadTime, columns.time))?;
        let instant = instant(time).ok_or_else(|| bad(SkipReason::BadTime, columns.time))?;
        let balance = self.balance_line(cells, time, source.line);
        if let Some(line) = balance {
            self.chain.add(line);
        }
        let family = [columns.base_order, columns.business_id].map(|column| none_if_slash(cells.optional(column)));
        // A withdrawal names no goods: its type is then the only text (提现).
        let product = [columns.product, columns.detail, columns.note, columns.kind]
            .map(|column| none_if_slash(cells.optional(column)));
        let text = product.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        Ok(Entry {
            source,
            sequence: self.order.sequence(self.rows),
            key: key(&[Provider::Alipay.code(), "account_log", id]),
            part: Part::Whole,
            account: "main".to_owned(),
            currency: Currency::CNY,
            provider_ref: id.to_owned(),
            family: family.into_iter().find(|id| !id.is_empty() && !is_damaged_id(id)).map(str::to_owned),
            alias: None,
            payout: None,
            time: instant,
            booking_date: time.date(),
            kind,
            status: Status::Completed,
            direction,
            moved: true,
            gross,
            fee: 0,
            net: gross,
            balance: balance.map(|line| line.balance),
            counterparty: none_if_slash(cells.optional(columns.payer)).to_owned(),
            description: join_texts(text, cells.optional(columns.order)),
        })
    }

    fn count(&mut self, direction: Direction, gross: i64, kind: Kind) {
        let tally = if direction == Direction::In { &mut self.income } else { &mut self.outgo };
        if direction != Direction::Neutral {
            tally.count += 1;
            tally.sum = tally.sum.saturating_add(gross.saturating_abs());
        }
        let fee = if kind == Kind::Fee { -gross } else { 0 };
        self.counted = Some(Counted { currency: Currency::CNY, direction, gross: gross.saturating_abs(), fee });
    }

    /// By 业务类型 first, then by the texts beside it.
    fn kind(&self, cells: &Cells<'_>, direction: Direction) -> Kind {
        let kind = cells.optional(self.columns.kind);
        let detail = cells.optional(self.columns.detail);
        let product = cells.optional(self.columns.product);
        kind_of(kind, direction)
            .or_else(|| kind_of(detail, direction))
            .or_else(|| kind_of(product, direction))
            .unwrap_or(Kind::Other)
    }
}

fn kind_of(text: &str, direction: Direction) -> Option<Kind> {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let incoming = direction == Direction::In;
    let kind =
        match () {
            () if has(&["退款"]) => Kind::Refund,
            () if has(&["收费", "服务费", "手续费", "退费"]) => Kind::Fee,
            () if has(&["提现"]) && incoming => Kind::PayoutReversal,
            () if has(&["提现"]) => Kind::Payout,
            () if has(&["充值"]) => Kind::Topup,
            () if has(&["解冻"]) => Kind::Release,
            () if has(&["冻结"]) => Kind::Hold,
            () if has(&["转账", "红包", "分账", "分润", "调拨"]) && incoming => Kind::TransferIn,
            () if has(&["转账", "红包", "分账", "分润", "调拨"]) => Kind::TransferOut,
            () if has(&["在线支付", "交易付款", "交易收款", "当面付"]) || text == "交易" => {
                if incoming { Kind::Sale } else { Kind::Other }
            }
            () if has(&["税"]) => Kind::Tax,
            () => return None,
        };
    Some(kind)
}

impl BoundForm for AccountLog {
    fn form(&self) -> Form {
        Form {
            provider: Provider::Alipay,
            id: "alipay.account_log",
            version: if self.columns.detail.is_some() { "2020" } else { "classic-12" },
            has_balance: self.columns.balance.is_some(),
            ties_out: true,
        }
    }

    fn account_ref(&self) -> Option<String> {
        self.account.clone()
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        match parse_time(cells.get(self.columns.time)) {
            Some(time) => self.order.learn(time, self.balance_line(cells, time, 0)),
            None => false,
        }
    }

    fn settle(&mut self, _: &Hints) -> Result<(), Refusal> {
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row> {
        self.counted = None;
        if cells.get(0).starts_with('#') {
            self.read_footer(&cells.iter().collect::<Vec<_>>().join(","));
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
        summary.warnings.extend(self.chain.finish(Currency::CNY));
        if !self.footer {
            let message = "the rows end without the footer (收入合计, 支出合计)".to_owned();
            summary.warnings.push(Warning { code: WarningCode::NoFooter, message });
        }
        let (income, outgo) = self.printed;
        summary.checked |= income.or(outgo).is_some();
        summary.warnings.extend(income.and_then(|printed| compare("收入合计", printed, self.income)));
        summary.warnings.extend(outgo.and_then(|printed| compare("支出合计", printed, self.outgo)));
    }
}
