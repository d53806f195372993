//! The events of a wallet, whichever provider's file will tell them: sales, what follows from them, and a book
//! that keeps the balances and refuses to go below zero.

use jiff::civil::Date;
use purser_books::reader::{Tally, Totals};
use purser_books::{Currency, Direction};

use crate::coin::Coin;
use crate::random::Random;
use crate::shop::{Customer, Market, Product, Window, busyness};
use crate::text::{next_day, start_of_day};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Sale,
    Refund,
    Dispute,
    DisputeFee,
    DisputeWon,
    Hold,
    Release,
    ConversionOut,
    ConversionIn,
    Payout,
    /// To a supplier.
    Transfer,
    MonthlyFee,
}

/// One movement. Gross and fee are signed as seen from the account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(crate) second: i64,
    pub(crate) what: What,
    pub(crate) coin: Coin,
    pub(crate) gross: i64,
    pub(crate) fee: i64,
    /// The order it belongs to; what belongs to none has a number of its own.
    pub(crate) order: u64,
    /// Which event of its order it is; the sale is 0.
    pub(crate) step: u64,
    /// When the order was paid.
    pub(crate) began: i64,
    pub(crate) customer: Customer,
    pub(crate) product: &'static Product,
    pub(crate) quantity: i64,
}

/// Orders have numbers below, everything else above.
pub(crate) const FIRST_OTHER: u64 = 1_000_000_000;

const DAY: i64 = 86_400;

impl Event {
    /// An event of no order.
    pub(crate) fn other(number: u64, second: i64, what: What, coin: Coin, gross: i64) -> Event {
        Event {
            second,
            what,
            coin,
            gross,
            fee: 0,
            order: FIRST_OTHER + number,
            step: 0,
            began: second,
            customer: Customer::choose(Market::Abroad, 0),
            product: Product::choose(0),
            quantity: 0,
        }
    }

    /// A later event of the same order.
    pub(crate) const fn follow(self, step: u64, second: i64, what: What, gross: i64) -> Event {
        Event { second, what, gross, fee: 0, step, ..self }
    }

    /// A refund of a part of a sale; with `returns_fee` the provider gives back its fee in proportion.
    pub(crate) const fn refund(self, step: u64, second: i64, amount: i64, returns_fee: bool) -> Event {
        let fee =
            if returns_fee && self.gross > 0 { (-self.fee * amount * 2 + self.gross) / (self.gross * 2) } else { 0 };
        Event { fee, ..self.follow(step, second, What::Refund, -amount) }
    }

    pub(crate) const fn net(&self) -> i64 {
        self.gross + self.fee
    }

    /// Unique within the wallet.
    pub(crate) const fn number(&self) -> u64 {
        self.order * 8 + self.step
    }

    /// Unique within the wallet for the order's sale.
    pub(crate) const fn sale_number(&self) -> u64 {
        self.order * 8
    }

    /// What the provider takes (positive) or gives back: its share of a sale, or a row that is a fee as a whole.
    pub(crate) const fn cost(&self) -> i64 {
        match self.what {
            What::DisputeFee | What::MonthlyFee => -self.net(),
            _ => -self.fee,
        }
    }

    pub(crate) fn direction(&self) -> Direction {
        match self.gross.signum() {
            1 => Direction::In,
            -1 => Direction::Out,
            _ => Direction::Neutral,
        }
    }
}

/// How a wallet's shop does business.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) market: Market,
    /// Thousandths of an order on an ordinary day.
    pub(crate) per_day: i64,
    /// Currencies and how many of a thousand orders come in each.
    pub(crate) coins: &'static [(Coin, i64)],
    /// The provider's charge for a sale, so many months before the last.
    pub(crate) fee: fn(Coin, i64, i64) -> i64,
    pub(crate) returns_fee: bool,
    pub(crate) refunds_permille: i64,
    /// Order numbers, and whether the shop wins the money back.
    pub(crate) disputes: &'static [(u64, bool)],
    pub(crate) dispute_fee: fn(Coin) -> i64,
    /// Orders whose money is held for three weeks.
    pub(crate) holds: &'static [u64],
}

impl Plan {
    /// All sales of a window and what follows from them, oldest first.
    pub(crate) fn trade(&self, window: Window) -> Vec<Event> {
        let mut random = Random::new(self.seed);
        let mut events = Vec::new();
        let mut orders = 0;
        let mut day = window.first;
        while day <= window.last {
            let expected = self.per_day * busyness(self.market, day) / 1_000;
            // Two draws, so that ordinary days differ.
            let count = random.between(expected / 2, expected * 3 / 2) + random.below(1_000);
            for second in self.times(&mut random, day, count / 1_000) {
                orders += 1;
                let sale = self.sale(&mut random, orders, second, window.months_left(day));
                events.push(sale);
                self.follow(&mut random, sale, &mut events);
            }
            if day == Date::MAX {
                break;
            }
            day = next_day(day);
        }
        let end = start_of_day(next_day(window.last)) - DAY / 4;
        events.retain(|event| event.second < end);
        events.sort_by_key(|event| (event.second, event.number()));
        events
    }

    /// When the orders of a day are paid. Most people buy in the middle of the opening hours: China's day, or the
    /// day between London and California.
    fn times(&self, random: &mut Random, day: Date, count: i64) -> Vec<i64> {
        let (opens, hours) = match self.market {
            Market::Mainland => (0, 7 * 3_600),
            Market::Abroad => (8 * 3_600, 7 * 3_600),
        };
        let start = start_of_day(day) + opens + 30 * 60;
        let mut times: Vec<i64> = (0..count).map(|_| start + random.below(hours) + random.below(hours)).collect();
        times.sort_unstable();
        times
    }

    fn sale(&self, random: &mut Random, order: u64, second: i64, months_left: i64) -> Event {
        let regular = random.chance(380);
        let number = if regular { random.below(26) } else { 26 + random.below(640) };
        let product = Product::choose(random.below(14));
        let quantity = if product.us_cents > 6_000 { 1 } else { 1 + random.below(5) / 2 };
        let coin = self.coin(random.below(1_000));
        let price = coin.price(product.us_cents, product.fen) * quantity;
        let post = coin.price(random.below(3) * 450, random.below(3) * 600);
        let gross = price + post;
        Event {
            second,
            what: What::Sale,
            coin,
            gross,
            fee: -(self.fee)(coin, gross, months_left),
            order,
            step: 0,
            began: second,
            customer: Customer::choose(self.market, number),
            product,
            quantity,
        }
    }

    fn coin(&self, mut drawn: i64) -> Coin {
        for (coin, share) in self.coins {
            if drawn < *share {
                return *coin;
            }
            drawn -= share;
        }
        self.coins.first().map_or(Coin::Usd, |(coin, _)| *coin)
    }

    fn follow(&self, random: &mut Random, sale: Event, events: &mut Vec<Event>) {
        let later = |days: i64, random: &mut Random| sale.second + days * DAY + random.between(-9_000, 9_000);
        if self.holds.contains(&sale.order) {
            let held = sale.net();
            events.push(sale.follow(6, sale.second + 1_260, What::Hold, -held));
            events.push(sale.follow(7, later(21, random), What::Release, held));
        } else if let Some((_, won)) = self.disputes.iter().find(|(order, _)| *order == sale.order) {
            let days = random.between(18, 40);
            let dispute = sale.follow(3, later(days, random), What::Dispute, -sale.gross);
            events.push(Event { fee: -(self.dispute_fee)(sale.coin), ..dispute });
            if *won {
                let second = later(days + 33, random);
                events.push(sale.follow(5, second, What::DisputeWon, sale.gross));
            }
        } else if random.chance(self.refunds_permille) {
            let days = random.between(1, 15);
            let part = if random.chance(600) { sale.gross } else { sale.gross * random.between(20, 60) / 100 };
            events.push(sale.refund(1, later(days, random), part.max(1), self.returns_fee));
        }
    }
}

/// An event and the balance of its currency after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Posted {
    pub(crate) event: Event,
    pub(crate) balance: i64,
}

impl Posted {
    /// The balance between the gross amount and its fee, where they are rows of their own.
    pub(crate) const fn balance_before_fee(&self) -> i64 {
        self.balance - self.event.fee
    }
}

/// The balances of a wallet, and what made them.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    balances: [i64; Coin::COUNT],
    pub(crate) lines: Vec<Posted>,
}

impl Book {
    pub(crate) fn opened_with(openings: &[(Coin, i64)]) -> Book {
        let mut balances = [0; Coin::COUNT];
        for (coin, opening) in openings {
            balances[coin.index()] = *opening;
        }
        Book { balances, lines: Vec::new() }
    }

    pub(crate) const fn balance(&self, coin: Coin) -> i64 {
        self.balances[coin.index()]
    }

    /// Posts an event, unless there is not enough money for it.
    pub(crate) fn post(&mut self, event: Event) -> bool {
        let before = self.balances[event.coin.index()];
        let balance = before + event.net();
        if balance < 0 || before + event.gross < 0 {
            return false;
        }
        self.balances[event.coin.index()] = balance;
        self.lines.push(Posted { event, balance });
        true
    }
}

/// What the rows of a file add up to, kept while they are written and not by reading them again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sums(pub(crate) Vec<Totals>);

impl Sums {
    /// Adds a row: its amount without sign, and the fee it charges (positive) or gives back.
    pub(crate) fn add(&mut self, currency: Currency, direction: Direction, amount: i64, fee: i64) {
        let index = self.0.iter().position(|totals| totals.currency == currency);
        let index = index.unwrap_or_else(|| {
            let none = Tally::default();
            self.0.push(Totals { currency, money_in: none, money_out: none, neutral: none, fee: 0 });
            self.0.len() - 1
        });
        let Some(totals) = self.0.get_mut(index) else { return };
        let tally = match direction {
            Direction::In => &mut totals.money_in,
            Direction::Out => &mut totals.money_out,
            Direction::Neutral => &mut totals.neutral,
        };
        tally.count += 1;
        tally.sum += amount;
        totals.fee += fee;
    }

    /// Income and outgo in yuan.
    pub(crate) fn yuan(&self) -> (Tally, Tally) {
        let found = self.0.iter().find(|totals| totals.currency == Currency::CNY);
        found.map_or_else(Default::default, |totals| (totals.money_in, totals.money_out))
    }
}
