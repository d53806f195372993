//! The shop: what it sells, to whom, and how busy its days are.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use crate::Business;
use crate::random::choose;

/// The company whose wallets these are.
pub const BUSINESS: Business =
    Business { name: "Hailan Trading", local_name: "海澜贸易", zone: "Asia/Hong_Kong", base_currency: "HKD" };

pub(crate) const SHOP_EMAIL: &str = "shop@hailan-trading.example.com";

#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) english: &'static str,
    pub(crate) chinese: &'static str,
    pub(crate) article: &'static str,
    pub(crate) us_cents: i64,
    pub(crate) fen: i64,
}

const fn product(
    english: &'static str,
    chinese: &'static str,
    article: &'static str,
    us_cents: i64,
    fen: i64,
) -> Product {
    Product { english, chinese, article, us_cents, fen }
}

static PRODUCTS: &[Product] = &[
    product("Longjing green tea, 100 g", "龙井绿茶 100克", "TEA-LJ-100", 2_490, 12_800),
    product("Tieguanyin oolong, 125 g", "铁观音乌龙茶 125克", "TEA-TG-125", 2_250, 9_800),
    product("Pu'er cake 2019, 357 g", "普洱茶饼 2019 357克", "TEA-PE-357", 5_800, 26_800),
    product("White peony tea, 80 g", "白牡丹白茶 80克", "TEA-BM-080", 1_990, 8_800),
    product("Jasmine pearls, 150 g", "茉莉龙珠 150克", "TEA-JP-150", 2_150, 7_900),
    product("Lapsang souchong, 100 g", "正山小种红茶 100克", "TEA-LS-100", 1_850, 7_200),
    product("Tea sampler, 6 kinds", "六味茶样礼盒", "TEA-SET-6", 3_600, 15_800),
    product("Celadon gaiwan, 120 ml", "青瓷盖碗 120毫升", "CER-GW-120", 3_950, 16_800),
    product("Celadon cup, pair", "青瓷对杯", "CER-CP-002", 2_800, 11_900),
    product("Zisha teapot, 200 ml", "紫砂壶 200毫升", "CER-ZS-200", 12_800, 58_000),
    product("Blue-and-white fair cup", "青花公道杯", "CER-FC-250", 2_650, 9_900),
    product("Travel tea set with case", "旅行茶具套装", "CER-TR-SET", 6_900, 29_900),
    product("Bamboo tea tray", "竹制茶盘", "ACC-TT-040", 4_500, 18_500),
    product("Tea pet, little ox", "茶宠 小牛", "ACC-TP-OX", 1_290, 4_900),
];

impl Product {
    pub(crate) fn choose(number: i64) -> &'static Product {
        static GIFT_CARD: Product = product("Gift card", "礼品卡", "GIFT", 2_500, 10_000);
        choose(PRODUCTS, number).unwrap_or(&GIFT_CARD)
    }
}

/// Where a wallet's customers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Market {
    Abroad,
    Mainland,
}

/// An invented person. Low numbers come back often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Customer {
    pub(crate) number: i64,
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
    /// How the names are written in an e-mail address.
    address: (&'static str, &'static str),
    pub(crate) country: (&'static str, &'static str),
}

type Spelled = (&'static str, &'static str);

const ENGLISH_GIVEN: &[Spelled] = &[
    ("Amelia", "amelia"),
    ("Oliver", "oliver"),
    ("Grace", "grace"),
    ("Henry", "henry"),
    ("Chloe", "chloe"),
    ("Samuel", "samuel"),
    ("Nora", "nora"),
    ("Theodore", "theodore"),
    ("Ruby", "ruby"),
    ("Isaac", "isaac"),
    ("Hazel", "hazel"),
];
const ENGLISH_FAMILY: &[Spelled] = &[
    ("Hartwell", "hartwell"),
    ("Ashdown", "ashdown"),
    ("Merriweather", "merriweather"),
    ("Fenwick", "fenwick"),
    ("O'Dell", "odell"),
    ("Larkspur", "larkspur"),
    ("Whitcombe", "whitcombe"),
    ("Thornbury", "thornbury"),
    ("Pemberly", "pemberly"),
    ("Stonefield", "stonefield"),
    ("Brookes-Lane", "brookeslane"),
    ("Kettering", "kettering"),
    ("Winslow", "winslow"),
];
const GERMAN_GIVEN: &[Spelled] = &[
    ("Jürgen", "juergen"),
    ("Annika", "annika"),
    ("Matthias", "matthias"),
    ("Käthe", "kaethe"),
    ("Sören", "soeren"),
    ("Heike", "heike"),
    ("Florian", "florian"),
];
const GERMAN_FAMILY: &[Spelled] = &[
    ("Müllenbach", "muellenbach"),
    ("Weißgerber", "weissgerber"),
    ("Lindenhof", "lindenhof"),
    ("Rosenthaler", "rosenthaler"),
    ("Grünwald", "gruenwald"),
    ("Schäferling", "schaeferling"),
    ("Ahrendorf", "ahrendorf"),
    ("Königsfeld", "koenigsfeld"),
    ("Tannhäuser", "tannhaeuser"),
];
const CHINESE_FAMILY: &[Spelled] = &[
    ("林", "lin"),
    ("沈", "shen"),
    ("苏", "su"),
    ("顾", "gu"),
    ("温", "wen"),
    ("程", "cheng"),
    ("陆", "lu"),
    ("叶", "ye"),
    ("方", "fang"),
    ("欧阳", "ouyang"),
    ("白", "bai"),
];
const CHINESE_GIVEN: &[Spelled] = &[
    ("晓雯", "xiaowen"),
    ("子墨", "zimo"),
    ("雨桐", "yutong"),
    ("明轩", "mingxuan"),
    ("思远", "siyuan"),
    ("嘉怡", "jiayi"),
    ("静姝", "jingshu"),
    ("浩然", "haoran"),
    ("若溪", "ruoxi"),
    ("云帆", "yunfan"),
    ("清越", "qingyue"),
    ("安然", "anran"),
    ("知夏", "zhixia"),
];
const ENGLISH_COUNTRIES: &[Spelled] = &[
    ("United States", "US"),
    ("United Kingdom", "GB"),
    ("Australia", "AU"),
    ("United States", "US"),
    ("Canada", "CA"),
    ("Hong Kong", "HK"),
    ("Singapore", "SG"),
];
const GERMAN_COUNTRIES: &[Spelled] = &[("Germany", "DE"), ("Austria", "AT"), ("Germany", "DE"), ("Switzerland", "CH")];

impl Customer {
    /// The customer with a number; the same number is the same person.
    pub(crate) fn choose(market: Market, number: i64) -> Customer {
        let (given, family, countries) = match (market, number % 3) {
            (Market::Mainland, _) => (CHINESE_GIVEN, CHINESE_FAMILY, [("China", "CN")].as_slice()),
            (Market::Abroad, 0) => (GERMAN_GIVEN, GERMAN_FAMILY, GERMAN_COUNTRIES),
            (Market::Abroad, _) => (ENGLISH_GIVEN, ENGLISH_FAMILY, ENGLISH_COUNTRIES),
        };
        let one = |names: &[Spelled], number| choose(names, number).copied().unwrap_or_default();
        let (given, family) = (one(given, number / 3), one(family, number / 2));
        Customer {
            number,
            given: given.0,
            family: family.0,
            address: (given.1, family.1),
            country: one(countries, number / 5),
        }
    }

    /// `amelia.hartwell7@example.com`
    pub(crate) fn push_email(&self, text: &mut String) {
        let domain = if self.number % 4 == 1 { "example.net" } else { "example.com" };
        for part in [self.address.0, ".", self.address.1, &self.number.to_string(), "@", domain] {
            text.push_str(part);
        }
    }

    /// As Chinese providers show a person: `*晓雯 (lin***@example.com)`.
    pub(crate) fn push_masked(&self, text: &mut String) {
        text.push('*');
        text.push_str(self.given);
        text.push_str(" (");
        text.push_str(&self.address.1.chars().take(3).collect::<String>());
        text.push_str("***@example.com)");
    }
}

/// First days of the Chinese year; for other years the middle of its range is near enough.
const NEW_YEARS: &[(i16, i8, i8)] =
    &[(2024, 2, 10), (2025, 1, 29), (2026, 2, 17), (2027, 2, 6), (2028, 1, 26), (2029, 2, 13), (2030, 2, 3)];

/// Days since the Chinese new year of the date's own year; negative before.
fn days_since_new_year(date: Date) -> i64 {
    let known = NEW_YEARS.iter().find(|(year, ..)| *year == date.year());
    let (month, day) = known.map_or((2, 5), |(_, month, day)| (*month, *day));
    let new_year = Date::new(date.year(), month, day).unwrap_or(date);
    new_year.until(date).as_ref().map_or(0, Span::get_days).into()
}

/// How busy a day is, in thousandths of an ordinary one.
pub(crate) fn busyness(market: Market, date: Date) -> i64 {
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let week = match (market, weekend) {
        (Market::Abroad, true) => 1_250,
        (Market::Abroad, false) => 930,
        (Market::Mainland, true) => 1_120,
        (Market::Mainland, false) => 960,
    };
    let season = match (market, date.month(), date.day()) {
        (Market::Mainland, 11, 11) => 6_000,
        (Market::Mainland, 11, 1..=10) => 1_500,
        (Market::Mainland, 6, 16..=18) => 2_600,
        (Market::Mainland, 12, 12) => 2_400,
        (Market::Abroad, 11, 24..=30) => 2_100,
        (Market::Abroad, 12, 1..=18) => 1_900,
        (Market::Abroad, 12, 19..=24) => 1_200,
        (Market::Abroad, 12, 25..=31) => 550,
        (Market::Abroad, 7 | 8, _) => 800,
        _ => 1_000,
    };
    // Parcels stop for the new year; before it, tea is a present.
    let holiday = match (market, days_since_new_year(date)) {
        (Market::Mainland, -21..=-5) => 1_600,
        (Market::Mainland, -4..=-1) => 400,
        (Market::Mainland, 0..=7) => 80,
        (Market::Abroad, -2..=9) => 350,
        (_, 8..=13) => 600,
        _ => 1_000,
    };
    week * season / 1_000 * holiday / 1_000
}

/// The months the files speak for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) first: Date,
    pub(crate) last: Date,
}

pub(crate) const MONTHS: i64 = 18;

impl Window {
    /// Eighteen months ending with the last day of the month before `today`.
    pub(crate) fn before(today: Date) -> Window {
        let this_month = today.first_of_month();
        Window { first: this_month.saturating_sub(MONTHS.months()), last: this_month.saturating_sub(1.day()) }
    }

    /// The first days of its months.
    pub(crate) fn months(self) -> impl Iterator<Item = Date> {
        (0..MONTHS).map(move |month| self.first.saturating_add(month.months()))
    }

    /// Months from a date to the last one: 0 in the last month.
    pub(crate) fn months_left(self, date: Date) -> i64 {
        let count = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
        count(self.last) - count(date)
    }
}
