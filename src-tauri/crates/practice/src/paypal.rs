//! PayPal: the Activity Download with balances, chosen columns, local times of California.
//!
//! Published rate for Hong Kong, cross-border: 4.4 % and a fixed part by currency (2025-11). Fees are not given back
//! on refunds. Types are PayPal's English names; a conversion is a pair of rows that refer to one id.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use purser_books::Provider;

use crate::PracticeFile;
use crate::coin::{Coin, share};
use crate::ledger::{Book, Event, FIRST_OTHER, Plan, Posted, Sums, What};
use crate::random::mix;
use crate::shop::{Market, SHOP_EMAIL, Window};
use crate::text::{
    UPPER_AND_DIGITS, instant, next_day, open_cell, push_clock, push_date, push_grouped_money, push_letters,
    push_quoted, start_of_day,
};

const PLAN: Plan = Plan {
    seed: 0x7061_7970_616c,
    market: Market::Abroad,
    per_day: 2_400,
    coins: &[(Coin::Usd, 560), (Coin::Eur, 310), (Coin::Hkd, 130)],
    fee,
    returns_fee: false,
    refunds_permille: 42,
    disputes: &[(203, false), (611, true), (1_188, false)],
    dispute_fee,
    holds: &[1_208],
};

/// 4.4 %, but the last two months are a little dearer: something for the owner to notice.
pub(crate) fn fee(coin: Coin, gross: i64, months_left: i64) -> i64 {
    let rate = match months_left {
        0 => 490,
        1 => 465,
        _ => 440,
    };
    let fixed = match coin {
        Coin::Usd => 30,
        Coin::Eur => 35,
        Coin::Hkd => 235,
        Coin::Cny => 220,
        Coin::Jpy => 40,
    };
    share(gross, rate) + fixed
}

const fn dispute_fee(coin: Coin) -> i64 {
    match coin {
        Coin::Eur => 1_600,
        Coin::Hkd => 15_500,
        _ => 2_000,
    }
}

/// Days a file goes back behind the end of the one before it.
const OVERLAP_DAYS: i64 = 6;

pub(crate) fn files(window: Window) -> Vec<PracticeFile> {
    let california = California::new();
    let lines = history(window);
    let mut files = Vec::new();
    for (number, from) in window.months().step_by(3).enumerate() {
        let until = from.saturating_add(3.months());
        let start = if number == 0 { from } else { from.saturating_sub(OVERLAP_DAYS.days()) };
        let (mut text, mut sums) = (String::from(HEADER), Sums::default());
        for line in &lines {
            let (time, zone) = california.time(line.event.second);
            if (start..until).contains(&time.date()) {
                push_row(&mut text, line, time, zone);
                add_row(&mut sums, line);
            }
        }
        let name = match number {
            0 => "Download.CSV".to_owned(),
            number => format!("Download ({number}).CSV"),
        };
        files.push(PracticeFile {
            name,
            bytes: text.into_bytes(),
            provider: Provider::PayPal,
            form: "paypal.activity",
            sums: sums.0,
        });
    }
    files
}

fn history(window: Window) -> Vec<Posted> {
    let mut book = Book::opened_with(&[(Coin::Usd, 61_240), (Coin::Eur, 28_415), (Coin::Hkd, 512_090)]);
    let mut months = window.months().peekable();
    let mut others = 0;
    for event in PLAN.trade(window) {
        while let Some(month) = months.next_if(|month| month_due(*month) <= event.second) {
            month_start(&mut book, month, &mut others);
        }
        // PayPal books its fee for a chargeback in a row of its own.
        if book.post(Event { fee: if event.what == What::Dispute { 0 } else { event.fee }, ..event })
            && event.what == What::Dispute
        {
            book.post(event.follow(4, event.second, What::DisputeFee, event.fee));
        }
    }
    book.lines
}

/// The second of the month, 11:10 in Hong Kong: an hour in which the shop has no customers.
fn month_due(month: Date) -> i64 {
    start_of_day(next_day(month)) + 3 * 3_600 + 600 + i64::from(month.month()) * 53
}

/// The monthly fee, then everything but a reserve into Hong Kong dollars and to the bank.
fn month_start(book: &mut Book, month: Date, others: &mut u64) {
    let start = month_due(month);
    let mut next = || {
        *others += 1;
        *others
    };
    book.post(Event::other(next(), start, What::MonthlyFee, Coin::Usd, -3_000));
    for (coin, reserve, base_rate) in [(Coin::Usd, 45_000, 75_600), (Coin::Eur, 22_000, 87_900)] {
        let amount = (book.balance(coin) - reserve) / 100 * 100;
        let number = next();
        if amount > 0 {
            // PayPal's rates lie about 3 % below the market's; they drift a little from month to month.
            let rate = base_rate + i64::from(month.month()) * 37 - i64::from(month.year() % 7) * 20;
            let out = Event::other(number, start + 611, What::ConversionOut, coin, -amount);
            let into = (amount * rate + 5_000) / 10_000;
            book.post(out);
            book.post(Event { coin: Coin::Hkd, ..out.follow(1, out.second, What::ConversionIn, into) });
        }
    }
    let amount = (book.balance(Coin::Hkd) - 400_000) / 100 * 100;
    if amount > 0 {
        book.post(Event::other(next(), start + 1_504, What::Payout, Coin::Hkd, -amount));
    }
}

pub(crate) const HEADER: &str = "\u{feff}\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\"From Email Address\",\"To Email Address\",\"Transaction ID\",\"Item Title\",\"Item ID\",\"Reference Txn ID\",\"Invoice Number\",\"Quantity\",\"Balance\",\"Country\",\"Country Code\",\"Balance Impact\"\r\n";

/// The zone of PayPal's business files, also for accounts outside the United States.
#[derive(Debug)]
pub(crate) struct California(TimeZone);

impl California {
    pub(crate) fn new() -> California {
        California(TimeZone::get("America/Los_Angeles").unwrap_or(TimeZone::UTC))
    }

    pub(crate) fn time(&self, second: i64) -> (DateTime, &'static str) {
        let info = self.0.to_offset_info(instant(second));
        let zone = match info.abbreviation() {
            "PDT" => "PDT",
            "PST" => "PST",
            _ => "UTC",
        };
        (info.offset().to_datetime(instant(second)), zone)
    }
}

fn type_name(event: &Event) -> &'static str {
    match event.what {
        What::Sale if event.number().is_multiple_of(3) => "Website Payment",
        What::Sale => "Express Checkout Payment",
        What::Refund => "Payment Refund",
        What::Dispute => "Chargeback",
        What::DisputeFee => "Chargeback Fee",
        What::DisputeWon => "Chargeback Reversal",
        What::Hold => "Payment Hold",
        What::Release => "Payment Release",
        What::ConversionOut | What::ConversionIn => "User Initiated Currency Conversion",
        What::Payout => "User Initiated Withdrawal",
        What::Transfer => "General Payment",
        What::MonthlyFee => "Website Payments Pro Account Monthly Fee",
    }
}

fn push_id(text: &mut String, number: u64) {
    let mixed = mix(number ^ 0x5061_7950_616c);
    push_letters(text, mixed, UPPER_AND_DIGITS, 13);
    push_letters(text, mix(mixed), UPPER_AND_DIGITS, 4);
}

pub(crate) fn push_row(text: &mut String, line: &Posted, time: DateTime, zone: &str) {
    let event = &line.event;
    let of_order = event.order < FIRST_OTHER;
    open_cell(text);
    push_american_date(text, time.date());
    text.push_str("\",\"");
    push_clock(text, time);
    text.push('"');
    push_quoted(text, zone);
    open_cell(text);
    if of_order && event.what != What::DisputeFee {
        text.push_str(event.customer.given);
        text.push(' ');
        text.push_str(event.customer.family);
    }
    text.push('"');
    push_quoted(text, type_name(event));
    push_quoted(text, "Completed");
    push_quoted(text, event.coin.code());
    for amount in [event.gross, event.fee, event.net()] {
        open_cell(text);
        push_grouped_money(text, amount, event.coin.decimals());
        text.push('"');
    }
    push_addresses(text, event, of_order);
    open_cell(text);
    push_id(text, event.number());
    text.push('"');
    push_item(text, event, of_order);
    open_cell(text);
    push_grouped_money(text, line.balance, event.coin.decimals());
    text.push('"');
    let (country, code) = if of_order { event.customer.country } else { ("", "") };
    push_quoted(text, country);
    push_quoted(text, code);
    push_quoted(text, if event.gross < 0 { "Debit" } else { "Credit" });
    text.push_str("\r\n");
}

/// The American account's order: month, day, year.
fn push_american_date(text: &mut String, date: Date) {
    let mut ordered = String::with_capacity(10);
    push_date(&mut ordered, date, "/");
    let (year, rest) = ordered.split_at(4);
    text.push_str(rest.trim_start_matches('/'));
    text.push('/');
    text.push_str(year);
}

fn push_addresses(text: &mut String, event: &Event, of_order: bool) {
    let comes_in = event.gross >= 0;
    for is_sender in [true, false] {
        open_cell(text);
        if is_sender != comes_in {
            text.push_str(SHOP_EMAIL);
        } else if of_order {
            event.customer.push_email(text);
        }
        text.push('"');
    }
}

/// Item Title, Item ID, Reference Txn ID, Invoice Number, Quantity.
fn push_item(text: &mut String, event: &Event, of_order: bool) {
    let (title, chinese, article) =
        if of_order { (event.product.english, event.product.chinese, event.product.article) } else { ("", "", "") };
    open_cell(text);
    text.push_str(title);
    if !chinese.is_empty() {
        text.push_str(" · ");
        text.push_str(chinese);
    }
    text.push('"');
    push_quoted(text, article);
    open_cell(text);
    match event.what {
        // Both rows of a conversion refer to the conversion itself.
        What::ConversionOut | What::ConversionIn => push_id(text, event.order * 8 + 7),
        _ if event.step > 0 => push_id(text, event.sale_number()),
        _ => {}
    }
    text.push('"');
    open_cell(text);
    if of_order {
        text.push_str("HL-");
        text.push_str(&event.order.to_string());
    }
    text.push('"');
    open_cell(text);
    if event.what == What::Sale {
        text.push_str(&event.quantity.to_string());
    }
    text.push('"');
}

fn add_row(sums: &mut Sums, line: &Posted) {
    let event = &line.event;
    sums.add(event.coin.currency(), event.direction(), event.gross.abs(), event.cost());
}
