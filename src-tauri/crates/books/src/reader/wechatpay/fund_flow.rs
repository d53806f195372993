//! 资金账单: every movement of one account, fees in rows of their own, with the running balance (wechatpay.md 6.3).

use jiff::civil::DateTime;

use super::super::balance::{BalanceChain, BalanceLine, RowOrder};
use super::super::cells::{Cells, Header, is_damaged_id};
use super::super::china::{compare, compare_counts, instant, join_texts, none_if_slash, parse_time, parse_yuan, skip};
use super::super::forms::Preamble;
use super::super::{BoundForm, Counted, Form, Hints, Period, Refusal, Summary, Tally, Warning, WarningCode};
use super::{ACCOUNT, parse_count, state_single_day};
use crate::{Currency, Direction, Entry, Kind, Part, Provider, Row, SkipReason, Source, Status};

pub(super) struct FundFlow {
    header: Header,
    columns: Columns,
    merchant: Option<String>,
    period: Option<Period>,
    order: RowOrder,
    chain: BalanceChain,
    rows: u64,
    income: Tally,
    outgo: Tally,
    summary: Option<Header>,
    printed: Option<Printed>,
    counted: Option<Counted>,
}

#[derive(Clone, Copy)]
struct Columns {
    time: usize,
    id: usize,
    flow_id: usize,
    direction: usize,
    amount: usize,
    name: Option<usize>,
    kind: Option<usize>,
    balance: Option<usize>,
    note: Option<usize>,
    voucher: Option<usize>,
    account: Option<usize>,
    merchant: Option<usize>,
}

/// What the summary lines state.
struct Printed {
    rows: Option<u64>,
    income: Option<Tally>,
    outgo: Option<Tally>,
}

/// What a row tells of its transaction.
struct Told {
    /// `sale` and `refund` rows share their key with the trade bill's; others stand for themselves.
    role: Option<&'static str>,
    part: Part,
    kind: Kind,
    gross: i64,
    fee: i64,
}

impl FundFlow {
    pub(super) fn bind(header: &Header, preamble: &Preamble) -> Option<FundFlow> {
        let columns = Columns {
            time: header.find(&["记账时间"])?,
            id: header.find(&["微信支付业务单号"])?,
            flow_id: header.find(&["资金流水单号"])?,
            direction: header.find(&["收支类型"])?,
            amount: header.find(&["收支金额(元)", "收支金额"])?,
            name: header.find(&["业务名称"]),
            kind: header.find(&["业务类型"]),
            balance: header.find(&["账户结余(元)", "账户结余"]),
            note: header.find(&["备注"]),
            voucher: header.find(&["业务凭证号"]),
            account: header.find(&["账户类型", "资金账户类型"]),
            merchant: header.find(&["商户号"]),
        };
        Some(FundFlow {
            header: header.clone(),
            columns,
            merchant: preamble.value(&["商户号"]).map(str::to_owned),
            period: preamble.period(),
            order: RowOrder::default(),
            chain: BalanceChain::default(),
            rows: 0,
            income: Tally::default(),
            outgo: Tally::default(),
            summary: None,
            printed: None,
            counted: None,
        })
    }

    fn balance_line(&self, cells: &Cells<'_>, time: DateTime, line: u32) -> Option<BalanceLine> {
        let amount = parse_yuan(cells.get(self.columns.amount))?;
        let net = if cells.get(self.columns.direction) == "支出" { -amount } else { amount };
        let text = cells.optional(self.columns.balance);
        let balance = parse_yuan(text)?;
        Some(BalanceLine { line, time, net, balance: if text.starts_with('-') { -balance } else { balance } })
    }

    fn told(&self, cells: &Cells<'_>, direction: Direction, amount: i64) -> Told {
        let columns = self.columns;
        let incoming = direction == Direction::In;
        let signed = if incoming { amount } else { -amount };
        let kind = cells.optional(columns.kind);
        let kind = if kind.is_empty() { cells.optional(columns.name) } else { kind };
        let gross = |role, kind| Told { role: Some(role), part: Part::Gross, kind, gross: signed, fee: 0 };
        let fee = |role| Told { role: Some(role), part: Part::Fee, kind: Kind::Fee, gross: 0, fee: signed };
        match (kind, direction) {
            ("交易", Direction::In) => gross("sale", Kind::Sale),
            ("扣除交易手续费", Direction::Out) => fee("sale"),
            ("退款", Direction::Out) => {
                refund_with_fee(cells.optional(columns.note), amount).unwrap_or_else(|| gross("refund", Kind::Refund))
            }
            ("退回交易手续费", Direction::In) => fee("refund"),
            _ => Told { role: None, part: Part::Whole, kind: kind_of(kind, incoming), gross: signed, fee: 0 },
        }
    }

    fn entry(&mut self, cells: &Cells<'_>, source: Source) -> Result<Entry, (SkipReason, String)> {
        let bad = |reason, text: &str| (reason, text.to_owned());
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, format!("{} cells", cells.len())));
        }
        let direction = match cells.get(self.columns.direction) {
            "收入" => Direction::In,
            "支出" => Direction::Out,
            other => return Err(bad(SkipReason::BadDirection, other)),
        };
        let text = cells.get(self.columns.amount);
        let amount = parse_yuan(text).ok_or_else(|| bad(SkipReason::BadAmount, text))?;
        let told = self.told(cells, direction, amount);
        self.count(direction, amount, &told);
        let columns = self.columns;
        let (id, flow_id) = (none_if_slash(cells.get(columns.id)), cells.get(columns.flow_id));
        let own_id = if told.role.is_some() { id } else { flow_id };
        let number = if told.role == Some("sale") { none_if_slash(cells.optional(columns.voucher)) } else { "" };
        if own_id.is_empty() || is_damaged_id(own_id) {
            return Err(bad(SkipReason::DamagedId, own_id));
        }
        let text = cells.get(columns.time);
        let time = parse_time(text).ok_or_else(|| bad(SkipReason::BadTime, text))?;
        let instant = instant(time).ok_or_else(|| bad(SkipReason::BadTime, text))?;
        let balance = self.balance_line(cells, time, source.line);
        if let Some(line) = balance {
            self.chain.add(line);
        }
        let named = cells.optional(columns.account);
        let text = join_texts(cells.optional(columns.name), cells.optional(columns.note));
        Ok(Entry {
            source,
            sequence: self.order.sequence(self.rows),
            key: super::order_key(told.role.unwrap_or("flow"), own_id, number),
            part: told.part,
            account: if named.is_empty() { ACCOUNT.to_owned() } else { named.to_owned() },
            currency: Currency::CNY,
            provider_ref: if id.is_empty() { flow_id.to_owned() } else { id.to_owned() },
            family: (told.role == Some("sale")).then(|| id.to_owned()),
            alias: None,
            payout: None,
            time: instant,
            booking_date: time.date(),
            kind: told.kind,
            status: Status::Completed,
            direction,
            moved: true,
            gross: told.gross,
            fee: told.fee,
            net: told
                .gross
                .checked_add(told.fee)
                .ok_or_else(|| bad(SkipReason::BadAmount, cells.get(columns.amount)))?,
            balance: balance.map(|line| line.balance),
            counterparty: String::new(),
            description: join_texts(&text, cells.optional(columns.voucher)),
        })
    }

    fn count(&mut self, direction: Direction, amount: i64, told: &Told) {
        let tally = if direction == Direction::In { &mut self.income } else { &mut self.outgo };
        tally.count += 1;
        tally.sum = tally.sum.saturating_add(amount);
        let own_fee = if told.kind == Kind::Fee && told.part == Part::Whole { told.gross } else { 0 };
        self.counted = Some(Counted { currency: Currency::CNY, direction, gross: amount, fee: -(told.fee + own_fee) });
    }

    fn read_summary(&mut self, cells: &Cells<'_>) {
        let Some(header) = &self.summary else { return };
        let cell = |name: &str| header.find(&[name]).map(|column| cells.get(column));
        let tally = |count: &str, sum: &str| {
            Some(Tally { count: cell(count).and_then(parse_count)?, sum: cell(sum).and_then(parse_yuan)? })
        };
        self.printed.get_or_insert_with(|| Printed {
            rows: cell("资金流水总笔数").and_then(parse_count),
            income: tally("收入笔数", "收入金额"),
            outgo: tally("支出笔数", "支出金额"),
        });
    }
}

/// A refund whose remark states that its amount holds the fee given back: 退款总金额100.00元;含手续费0.60元 on a row
/// of 99.40. Only where the three agree; otherwise the fee has a row of its own.
fn refund_with_fee(note: &str, amount: i64) -> Option<Told> {
    let figure = |label: &str| {
        let (_, rest) = note.split_once(label)?;
        parse_yuan(rest.split_once('元')?.0)
    };
    let (total, fee) = (figure("退款总金额")?, figure("含手续费")?);
    (fee > 0 && total.checked_sub(fee) == Some(amount)).then_some(Told {
        role: Some("refund"),
        part: Part::Whole,
        kind: Kind::Refund,
        gross: -total,
        fee,
    })
}

fn kind_of(text: &str, incoming: bool) -> Kind {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if has(&["手续费", "服务费"]) => Kind::Fee,
        () if has(&["提现"]) && incoming => Kind::PayoutReversal,
        () if has(&["提现"]) => Kind::Payout,
        () if has(&["充值"]) => Kind::Topup,
        () if has(&["退款"]) => Kind::Refund,
        () if has(&["解冻"]) => Kind::Release,
        () if has(&["冻结"]) => Kind::Hold,
        () if has(&["转账", "付款", "分账", "红包", "转入", "转出"]) && incoming => Kind::TransferIn,
        () if has(&["转账", "付款", "分账", "红包", "转入", "转出"]) => Kind::TransferOut,
        () => Kind::Other,
    }
}

impl BoundForm for FundFlow {
    fn form(&self) -> Form {
        Form {
            provider: Provider::WeChatPay,
            id: "wechatpay.fund_flow",
            version: "11",
            has_balance: self.columns.balance.is_some(),
            ties_out: true,
        }
    }

    fn account_ref(&self) -> Option<String> {
        self.merchant.clone()
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        let Some(time) = parse_time(cells.get(self.columns.time)) else { return false };
        let merchant = cells.optional(self.columns.merchant);
        if self.merchant.is_none() && !merchant.is_empty() {
            self.merchant = Some(merchant.to_owned());
        }
        self.order.learn(time, self.balance_line(cells, time, 0))
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
        if cells.get(0) == "资金流水总笔数" {
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
        summary.warnings.extend(self.chain.finish(Currency::CNY));
        match self.printed.take() {
            Some(Printed { rows, income, outgo }) => {
                summary.checked = true;
                summary.warnings.extend(rows.and_then(|rows| compare_counts("资金流水总笔数", rows, self.rows)));
                summary.warnings.extend(income.and_then(|printed| compare("收入金额", printed, self.income)));
                summary.warnings.extend(outgo.and_then(|printed| compare("支出金额", printed, self.outgo)));
            }
            None => {
                let message = "the rows end without the summary lines (资金流水总笔数)".to_owned();
                summary.warnings.push(Warning { code: WarningCode::NoFooter, message });
            }
        }
        match self.period {
            Some(period) => summary.period = Some(period),
            None => state_single_day(summary),
        }
    }
}
