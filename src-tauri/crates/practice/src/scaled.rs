//! Files of any length for benchmarks: each row follows from its number, so memory stays flat.

use std::io::{self, Write};

use jiff::civil::Date;

use crate::coin::{Coin, share};
use crate::ledger::{Book, Event, Posted, Sums, What};
use crate::paypal::California;
use crate::random::{mix, remainder};
use crate::shop::{Customer, Market, Product};
use crate::stripe::Line;
use crate::text::in_china;
use crate::wechatpay::TradeSums;
use crate::{alipay, paypal, personal, stripe, wechatpay};

/// The forms that can be written in any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScaledForm {
    PayPalActivity,
    AlipayAccountLog,
    WeChatTradeBill,
    WeChatFundFlow,
    StripeBalanceChange,
    StripeBalanceHistory,
    AlipayPersonal,
    WeChatPersonal,
}

impl ScaledForm {
    pub const ALL: [ScaledForm; 8] = [
        ScaledForm::PayPalActivity,
        ScaledForm::AlipayAccountLog,
        ScaledForm::WeChatTradeBill,
        ScaledForm::WeChatFundFlow,
        ScaledForm::StripeBalanceChange,
        ScaledForm::StripeBalanceHistory,
        ScaledForm::AlipayPersonal,
        ScaledForm::WeChatPersonal,
    ];

    /// The reader's word for the form.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            ScaledForm::PayPalActivity => "paypal.activity",
            ScaledForm::AlipayAccountLog => "alipay.account_log",
            ScaledForm::WeChatTradeBill => "wechatpay.trade_bill",
            ScaledForm::WeChatFundFlow => "wechatpay.fund_flow",
            ScaledForm::StripeBalanceChange => "stripe.balance_change",
            ScaledForm::StripeBalanceHistory => "stripe.balance_history",
            ScaledForm::AlipayPersonal => "alipay.personal",
            ScaledForm::WeChatPersonal => "wechatpay.personal",
        }
    }

    const fn trade(self) -> Trade {
        match self {
            ScaledForm::PayPalActivity => Trade {
                market: Market::Abroad,
                coins: [Coin::Usd, Coin::Usd, Coin::Eur, Coin::Hkd],
                fee: paypal::fee,
                returns_fee: false,
                has_payouts: true,
            },
            ScaledForm::StripeBalanceChange | ScaledForm::StripeBalanceHistory => Trade {
                market: Market::Abroad,
                coins: [Coin::Usd, Coin::Usd, Coin::Hkd, Coin::Jpy],
                fee: stripe::fee,
                returns_fee: false,
                has_payouts: matches!(self, ScaledForm::StripeBalanceHistory),
            },
            _ => Trade {
                market: Market::Mainland,
                coins: [Coin::Cny; 4],
                fee: alipay::fee,
                returns_fee: true,
                has_payouts: !matches!(self, ScaledForm::WeChatTradeBill),
            },
        }
    }
}

/// Writes a file with exactly so many data rows; the same bytes every time.
///
/// Running balances follow, control totals are right, every id is there once.
pub fn write_scaled(output: &mut dyn Write, form: ScaledForm, transactions: u64) -> io::Result<()> {
    let sheet = Sheet { output, text: String::with_capacity(FULL + 4_096), is_gb18030: false };
    match form {
        ScaledForm::PayPalActivity => write_paypal(sheet, transactions),
        ScaledForm::AlipayAccountLog => write_account_log(sheet, transactions),
        ScaledForm::WeChatTradeBill => write_trade_bill(sheet, transactions),
        ScaledForm::WeChatFundFlow => write_fund_flow(sheet, transactions),
        ScaledForm::StripeBalanceChange | ScaledForm::StripeBalanceHistory => write_stripe(sheet, form, transactions),
        ScaledForm::AlipayPersonal | ScaledForm::WeChatPersonal => write_personal(sheet, form, transactions),
    }
}

const FULL: usize = 1 << 16;

/// Text on its way out.
struct Sheet<'a> {
    output: &'a mut dyn Write,
    text: String,
    is_gb18030: bool,
}

impl Sheet<'_> {
    fn row_done(&mut self) -> io::Result<()> {
        if self.text.len() < FULL { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> io::Result<()> {
        if self.is_gb18030 {
            self.output.write_all(&encoding_rs::GB18030.encode(&self.text).0)?;
        } else {
            self.output.write_all(self.text.as_bytes())?;
        }
        self.text.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.write()?;
        self.output.flush()
    }
}

/// 1 January 2021, 00:00 UTC.
const START: i64 = 1_609_459_200;
/// A million events in five years and a half.
const STEP: i64 = 170;
const REFUND_EVERY: u64 = 23;
const REFUND_OF: u64 = 5;
const PAYOUT_EVERY: u64 = 401;

/// What a form's events are made of.
#[derive(Clone, Copy)]
struct Trade {
    market: Market,
    coins: [Coin; 4],
    fee: fn(Coin, i64, i64) -> i64,
    returns_fee: bool,
    has_payouts: bool,
}

impl Trade {
    fn sale(&self, index: u64) -> Event {
        let drawn = mix(index);
        let second = START + i64::try_from(index).unwrap_or(0) * STEP + remainder(drawn, 120);
        let coin = self.coins.get(usize::try_from(remainder(drawn >> 5, 4)).unwrap_or(0)).copied().unwrap_or(Coin::Usd);
        let product = Product::choose(remainder(drawn >> 9, 14));
        let quantity = 1 + remainder(drawn >> 17, 3);
        let post = coin.price(450, 600) * remainder(drawn >> 21, 3);
        let gross = coin.price(product.us_cents, product.fen) * quantity + post;
        Event {
            second,
            what: What::Sale,
            coin,
            gross,
            fee: -(self.fee)(coin, gross, 9),
            order: index + 1,
            step: 0,
            began: second,
            customer: Customer::choose(self.market, remainder(drawn >> 25, 40_000)),
            product,
            quantity,
        }
    }

    /// The event with this number: mostly a sale, at times a refund of a recent one or a payout of half the balance.
    fn event(&self, index: u64, book: &Book) -> Event {
        let sale = self.sale(index);
        if self.has_payouts && index % PAYOUT_EVERY == PAYOUT_EVERY - 1 {
            let half = book.balance(sale.coin) / 2;
            if half > 0 {
                return Event::other(index, sale.second, What::Payout, sale.coin, -half);
            }
        }
        if index % REFUND_EVERY == REFUND_EVERY - 1 {
            let of = self.sale(index - REFUND_OF);
            let percent = if index.is_multiple_of(2) { 10_000 } else { 4_000 };
            let amount = share(of.gross, percent);
            if book.balance(of.coin) > amount && !self.is_payout(index - REFUND_OF) {
                return of.refund(1, sale.second, amount, self.returns_fee);
            }
        }
        sale
    }

    const fn is_payout(&self, index: u64) -> bool {
        self.has_payouts && index % PAYOUT_EVERY == PAYOUT_EVERY - 1
    }

    /// Calls back for each event until so many rows are written; `rows_of` says how many an event has.
    fn run(
        &self,
        rows: u64,
        rows_of: fn(&Event) -> u64,
        each: &mut dyn FnMut(&Posted) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut book = Book::opened_with(&[]);
        let (mut written, mut index) = (0, 0);
        while written < rows {
            let mut event = self.event(index, &book);
            if written + rows_of(&event) > rows {
                event.fee = 0;
            }
            book.post(event);
            for posted in book.lines.drain(..) {
                written += rows_of(&posted.event);
                each(&posted)?;
            }
            index += 1;
        }
        Ok(())
    }
}

const fn one_row(_: &Event) -> u64 {
    1
}

const fn fee_row_beside(event: &Event) -> u64 {
    if event.fee == 0 { 1 } else { 2 }
}

/// First and last day in China that so many events can fall on.
fn days(events: u64) -> (Date, Date) {
    let end = START + i64::try_from(events).unwrap_or(0) * STEP;
    (in_china(START).date(), in_china(end).date())
}

fn write_paypal(mut sheet: Sheet<'_>, rows: u64) -> io::Result<()> {
    let california = California::new();
    sheet.text.push_str(paypal::HEADER);
    ScaledForm::PayPalActivity.trade().run(rows, one_row, &mut |line| {
        let (time, zone) = california.time(line.event.second);
        paypal::push_row(&mut sheet.text, line, time, zone);
        sheet.row_done()
    })?;
    sheet.finish()
}

fn write_stripe(mut sheet: Sheet<'_>, form: ScaledForm, rows: u64) -> io::Result<()> {
    let is_history = form == ScaledForm::StripeBalanceHistory;
    let header = if is_history { stripe::HISTORY_HEADER } else { stripe::CHANGE_HEADER };
    sheet.text.push_str(header);
    form.trade().run(rows, one_row, &mut |line| {
        let line = Line { posted: *line, paid_by: None };
        if is_history {
            stripe::push_history_row(&mut sheet.text, &line);
        } else {
            stripe::push_change_row(&mut sheet.text, &line);
        }
        sheet.row_done()
    })?;
    sheet.finish()
}

fn write_account_log(mut sheet: Sheet<'_>, rows: u64) -> io::Result<()> {
    sheet.is_gb18030 = true;
    let (from, to) = days(rows);
    let mut sums = Sums::default();
    alipay::push_preamble(&mut sheet.text, from, to);
    ScaledForm::AlipayAccountLog.trade().run(rows, fee_row_beside, &mut |line| {
        alipay::push_rows(&mut sheet.text, &mut sums, line);
        sheet.row_done()
    })?;
    alipay::push_footer(&mut sheet.text, &sums, to);
    sheet.finish()
}

fn write_fund_flow(mut sheet: Sheet<'_>, rows: u64) -> io::Result<()> {
    let (from, to) = days(rows);
    let mut sums = Sums::default();
    wechatpay::push_flow_preamble(&mut sheet.text, from, to);
    ScaledForm::WeChatFundFlow.trade().run(rows, fee_row_beside, &mut |line| {
        wechatpay::push_flow_rows(&mut sheet.text, &mut sums, line);
        sheet.row_done()
    })?;
    wechatpay::push_flow_summary(&mut sheet.text, &sums);
    sheet.finish()
}

fn write_trade_bill(mut sheet: Sheet<'_>, rows: u64) -> io::Result<()> {
    let mut sums = TradeSums::default();
    sheet.text.push_str(wechatpay::TRADE_HEADER);
    ScaledForm::WeChatTradeBill.trade().run(rows, one_row, &mut |line| {
        wechatpay::push_trade_row(&mut sheet.text, &mut sums, &line.event);
        sheet.row_done()
    })?;
    sums.push_summary(&mut sheet.text);
    sheet.finish()
}

fn write_personal(mut sheet: Sheet<'_>, form: ScaledForm, rows: u64) -> io::Result<()> {
    /// 1 November 2026, 00:00 in China.
    const END: i64 = 1_793_462_400;
    let is_alipay = form == ScaledForm::AlipayPersonal;
    let step = personal::step_for(rows);
    let sums = personal::sums_of(END, step, rows);
    let (from, to) = (personal::first_day(END, step, rows), in_china(END - 1).date());
    sheet.is_gb18030 = is_alipay;
    if is_alipay {
        personal::push_alipay_preamble(&mut sheet.text, &sums, from, to);
    } else {
        personal::push_wechat_preamble(&mut sheet.text, &sums, from, to);
    }
    for payment in (0..rows).filter_map(|number| personal::Payment::before(END, step, number)) {
        if is_alipay {
            payment.push_alipay(&mut sheet.text);
        } else {
            payment.push_wechat(&mut sheet.text);
        }
        sheet.row_done()?;
    }
    sheet.finish()
}
