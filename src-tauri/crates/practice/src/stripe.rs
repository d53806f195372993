//! Stripe: the itemised report "Balance change from activity", which has no payouts, and the dashboard's balance
//! history filtered to payouts. The same `txn_` id never stands in both.
//!
//! Published rate for Hong Kong: 3.4 % and 2.35 HKD, 0.50 USD when settled in USD (2025-11). The fee of a refunded
//! sale is kept; a dispute costs a fee in its own row. Stripe writes fees as positive numbers.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use purser_books::Provider;

use crate::PracticeFile;
use crate::coin::{Coin, share};
use crate::ledger::{Book, Event, FIRST_OTHER, Plan, Posted, Sums, What};
use crate::random::{choose, mix};
use crate::shop::{Market, Window};
use crate::text::{
    ALL_LETTERS, in_utc, next_day, open_cell, push_clock, push_date, push_letters, push_money, push_padded,
    push_quoted, push_time, start_of_day,
};

const PLAN: Plan = Plan {
    seed: 0x0073_7472_6970_6531,
    market: Market::Abroad,
    per_day: 2_250,
    coins: &[(Coin::Usd, 520), (Coin::Hkd, 400), (Coin::Jpy, 80)],
    fee,
    returns_fee: false,
    refunds_permille: 38,
    disputes: &[(158, false), (702, true), (811, false), (930, false)],
    dispute_fee,
    holds: &[],
};

pub(crate) fn fee(coin: Coin, gross: i64, _months_left: i64) -> i64 {
    let fixed = match coin {
        Coin::Usd | Coin::Eur => 50,
        Coin::Hkd => 235,
        Coin::Jpy => 45,
        Coin::Cny => 200,
    };
    share(gross, 340) + fixed
}

const fn dispute_fee(coin: Coin) -> i64 {
    match coin {
        Coin::Hkd => 8_500,
        Coin::Jpy => 1_700,
        _ => 1_500,
    }
}

const DAY: i64 = 86_400;
/// Days until the money of a charge is available.
const SETTLEMENT_DAYS: i64 = 7;
/// The report of the last quarter was made on this day of its last month.
const LAST_DAY: i8 = 18;
/// Days a report goes back behind the end of the one before it.
const OVERLAP_DAYS: i64 = 6;

/// A line and the payout that took it to the bank.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) posted: Posted,
    pub(crate) paid_by: Option<u64>,
}

pub(crate) fn files(window: Window) -> Vec<PracticeFile> {
    let lines = history(window);
    let end = window.last.with().day(LAST_DAY).build().unwrap_or(window.last);
    let mut files = Vec::new();
    for (number, month) in window.months().step_by(3).enumerate() {
        let back = if number == 0 { 0 } else { OVERLAP_DAYS };
        let from = month.saturating_sub(back.days());
        let to = month.saturating_add(3.months()).saturating_sub(1.day()).min(end);
        files.push(balance_change(&lines, from, to));
    }
    files.push(payouts(&lines, end));
    files
}

fn balance_change(lines: &[Line], from: Date, to: Date) -> PracticeFile {
    let (mut text, mut sums) = (String::from(CHANGE_HEADER), Sums::default());
    for line in lines {
        let date = in_utc(line.posted.event.second).date();
        if line.posted.event.what != What::Payout && (from..=to).contains(&date) {
            push_change_row(&mut text, line);
            add_row(&mut sums, &line.posted.event);
        }
    }
    let mut name = String::from("Itemized_balance_change_from_activity_");
    push_date(&mut name, from, "-");
    name.push_str("_to_");
    push_date(&mut name, to, "-");
    name.push_str("_UTC.csv");
    PracticeFile {
        name,
        bytes: text.into_bytes(),
        provider: Provider::Stripe,
        form: "stripe.balance_change",
        sums: sums.0,
    }
}

/// The dashboard lists the newest first.
fn payouts(lines: &[Line], to: Date) -> PracticeFile {
    let (mut text, mut sums) = (String::from(HISTORY_HEADER), Sums::default());
    for line in lines.iter().rev() {
        let event = &line.posted.event;
        if event.what == What::Payout && in_utc(event.second).date() <= to {
            push_history_row(&mut text, line);
            add_row(&mut sums, event);
        }
    }
    PracticeFile {
        name: "balance_history.csv".to_owned(),
        bytes: text.into_bytes(),
        provider: Provider::Stripe,
        form: "stripe.balance_history",
        sums: sums.0,
    }
}

fn history(window: Window) -> Vec<Line> {
    let mut till = Till { book: Book::opened_with(&[]), paid_by: Vec::new(), unpaid: Vec::new() };
    let mut day = window.first;
    let mut others = 0;
    for event in PLAN.trade(window) {
        while start_of_day(day) <= event.second && day < Date::MAX {
            till.start_day(day, &mut others);
            day = next_day(day);
        }
        till.post(event);
    }
    let paid_by = till.paid_by;
    till.book.lines.into_iter().zip(paid_by).map(|(posted, paid_by)| Line { posted, paid_by }).collect()
}

/// The book, and which of its lines no payout has taken yet.
struct Till {
    book: Book,
    paid_by: Vec<Option<u64>>,
    unpaid: Vec<usize>,
}

impl Till {
    fn post(&mut self, event: Event) {
        if self.book.post(event) {
            self.unpaid.push(self.paid_by.len());
            self.paid_by.push(None);
        }
    }

    fn start_day(&mut self, day: Date, others: &mut u64) {
        if day.day() == 1 {
            *others += 1;
            let charges = i64::from(day.month()) * 3 + 40;
            let second = start_of_day(day);
            self.post(Event::other(*others, second, What::MonthlyFee, Coin::Usd, -charges * 7));
        }
        if day.weekday() == Weekday::Monday {
            for coin in [Coin::Usd, Coin::Hkd, Coin::Jpy] {
                *others += 1;
                self.pay_out(start_of_day(day), coin, *others);
            }
        }
    }

    /// Everything available in a currency goes to its bank account.
    fn pay_out(&mut self, second: i64, coin: Coin, number: u64) {
        let lines = &self.book.lines;
        let (taken, kept): (Vec<usize>, Vec<usize>) = self.unpaid.iter().partition(|index| {
            lines.get(**index).is_some_and(|line| line.event.coin == coin && available(&line.event) <= second)
        });
        let amount: i64 = taken.iter().filter_map(|index| lines.get(*index)).map(|line| line.event.net()).sum();
        let payout = Event::other(number, second, What::Payout, coin, -amount);
        if amount <= 0 || !self.book.post(payout) {
            return;
        }
        for index in taken {
            if let Some(paid_by) = self.paid_by.get_mut(index) {
                *paid_by = Some(payout.number());
            }
        }
        self.paid_by.push(Some(payout.number()));
        self.unpaid = kept;
    }
}

/// Charges settle after a week, at midnight; what goes out goes at once.
fn available(event: &Event) -> i64 {
    match event.what {
        What::Sale => (event.second / DAY + SETTLEMENT_DAYS) * DAY,
        _ => event.second,
    }
}

pub(crate) const CHANGE_HEADER: &str = "\"balance_transaction_id\",\"created_utc\",\"available_on_utc\",\"currency\",\"gross\",\"fee\",\"net\",\"reporting_category\",\"source_id\",\"description\",\"customer_facing_amount\",\"customer_facing_currency\",\"automatic_payout_id\",\"customer_id\",\"customer_email\",\"customer_name\",\"charge_id\",\"payment_intent_id\",\"payment_method_type\",\"card_brand\",\"card_funding\",\"card_country\",\"dispute_reason\"\n";

pub(crate) const HISTORY_HEADER: &str = "id,Type,Source,Amount,Fee,Destination Platform Fee,Destination Platform Fee Currency,Net,Currency,Created (UTC),Available On (UTC),Description,Customer Facing Amount,Customer Facing Currency,Transfer,Transfer Date (UTC),Transfer Group\n";

const CARDS: &[&str] = &["visa", "mastercard", "visa", "amex", "mastercard", "visa"];

/// `txn_3` and so on: a prefix and 22 letters, different for every number.
fn push_id(text: &mut String, prefix: &str, number: u64) {
    let mixed = mix(number ^ 0x0053_7472_6970_6500);
    text.push_str(prefix);
    push_letters(text, mixed, ALL_LETTERS, 11);
    push_letters(text, mix(mixed), ALL_LETTERS, 11);
}

fn open_id(text: &mut String, prefix: &str, number: Option<u64>) {
    open_cell(text);
    if let Some(number) = number {
        push_id(text, prefix, number);
    }
    text.push('"');
}

/// The source of a line: prefix of its id, and the reporting category.
const fn kind(what: What) -> (&'static str, &'static str) {
    match what {
        What::Sale => ("ch_3", "charge"),
        What::Refund => ("re_3", "refund"),
        What::Dispute => ("du_1", "dispute"),
        What::DisputeWon => ("du_1", "dispute_reversal"),
        What::DisputeFee | What::MonthlyFee => ("", "fee"),
        What::Hold | What::Release => ("", "risk_reserved_funds"),
        What::ConversionOut | What::ConversionIn | What::Transfer => ("", "other_adjustment"),
        What::Payout => ("po_1", "payout"),
    }
}

pub(crate) fn push_change_row(text: &mut String, line: &Line) {
    let event = &line.posted.event;
    let of_order = event.order < FIRST_OTHER;
    let (prefix, category) = kind(event.what);
    open_id(text, "txn_3", Some(event.number()));
    for second in [event.second, available(event)] {
        open_cell(text);
        push_time(text, in_utc(second));
        text.push('"');
    }
    push_quoted(text, event.coin.lower_code());
    for amount in [event.gross, -event.fee, event.net()] {
        open_cell(text);
        push_money(text, amount, event.coin.decimals());
        text.push('"');
    }
    push_quoted(text, category);
    open_id(text, prefix, (!prefix.is_empty()).then(|| source_number(event)));
    open_cell(text);
    push_description(text, event);
    text.push('"');
    open_cell(text);
    if of_order {
        push_money(text, event.gross, event.coin.decimals());
    }
    text.push('"');
    push_quoted(text, if of_order { event.coin.lower_code() } else { "" });
    open_id(text, "po_1", line.paid_by);
    push_customer(text, event, of_order);
    text.push('\n');
}

/// A dispute and its reversal have one source.
const fn source_number(event: &Event) -> u64 {
    match event.what {
        What::DisputeWon => event.sale_number() + 3,
        _ => event.number(),
    }
}

fn push_description(text: &mut String, event: &Event) {
    match event.what {
        What::Sale => {}
        What::Refund => text.push_str("REFUND FOR CHARGE "),
        What::Dispute => text.push_str("Chargeback withdrawal for "),
        What::DisputeWon => text.push_str("Chargeback reversal for "),
        What::MonthlyFee => {
            let month = in_utc(event.second - 1).date();
            text.push_str("Radar (");
            push_date(text, month.first_of_month(), "-");
            text.push_str(" - ");
            push_date(text, month.last_of_month(), "-");
            text.push(')');
            return;
        }
        _ => {
            text.push_str("STRIPE PAYOUT");
            return;
        }
    }
    let is_sale = event.what == What::Sale;
    text.push_str(if is_sale { "Order HL-" } else { "(Order HL-" });
    text.push_str(&event.order.to_string());
    if is_sale {
        text.push_str(" · ");
        text.push_str(event.product.english);
        text.push_str(" · ");
        text.push_str(event.product.chinese);
    } else {
        text.push(')');
    }
}

/// From customer_id to dispute_reason.
fn push_customer(text: &mut String, event: &Event, of_order: bool) {
    if !of_order {
        text.push_str(",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"");
        return;
    }
    let customer = event.customer;
    let number = u64::try_from(customer.number).unwrap_or(0);
    open_cell(text);
    text.push_str("cus_");
    push_letters(text, mix(number ^ 0x0063_7573), ALL_LETTERS, 11);
    push_padded(text, number, 3);
    text.push('"');
    open_cell(text);
    customer.push_email(text);
    text.push('"');
    open_cell(text);
    text.push_str(customer.given);
    text.push(' ');
    text.push_str(customer.family);
    text.push('"');
    open_id(text, "ch_3", Some(event.sale_number()));
    open_id(text, "pi_3", Some(event.sale_number()));
    push_quoted(text, "card");
    push_quoted(text, choose(CARDS, customer.number).copied().unwrap_or("visa"));
    push_quoted(text, if customer.number % 4 == 0 { "debit" } else { "credit" });
    push_quoted(text, customer.country.1);
    let is_dispute = matches!(event.what, What::Dispute | What::DisputeWon);
    push_quoted(text, if is_dispute { "fraudulent" } else { "" });
}

pub(crate) fn push_history_row(text: &mut String, line: &Line) {
    let event = &line.posted.event;
    let (prefix, category) = kind(event.what);
    let typed = match category {
        "dispute" | "dispute_reversal" => "adjustment",
        "fee" => "stripe_fee",
        category => category,
    };
    push_id(text, "txn_3", event.number());
    for cell in [",", typed, ","] {
        text.push_str(cell);
    }
    if !prefix.is_empty() {
        push_id(text, prefix, source_number(event));
    }
    text.push(',');
    push_money(text, event.gross, event.coin.decimals());
    text.push(',');
    push_money(text, -event.fee, event.coin.decimals());
    text.push_str(",,,");
    push_money(text, event.net(), event.coin.decimals());
    text.push(',');
    text.push_str(event.coin.lower_code());
    for second in [event.second, available(event)] {
        text.push(',');
        push_minute(text, second);
    }
    text.push_str(",\"");
    push_description(text, event);
    text.push_str("\",,,");
    match line.paid_by {
        Some(payout) => {
            push_id(text, "po_1", payout);
            text.push(',');
            push_minute(text, available(event));
        }
        None => text.push(','),
    }
    text.push_str(",\n");
}

/// The dashboard writes no seconds.
fn push_minute(text: &mut String, second: i64) {
    let time = in_utc(second);
    push_date(text, time.date(), "-");
    text.push(' ');
    let mut clock = String::with_capacity(8);
    push_clock(&mut clock, time);
    text.push_str(clock.get(..5).unwrap_or_default());
}

pub(crate) fn add_row(sums: &mut Sums, event: &Event) {
    sums.add(event.coin.currency(), event.direction(), event.gross.abs(), event.cost());
}
