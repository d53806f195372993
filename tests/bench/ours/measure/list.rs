//! What the list asks: pages by filter, order and place, sums, searches; and fees over all of it.

use anyhow::{Context, Result};
use purser_app::store::{Filter, Page, Query, SortColumn};
use purser_app::{Purser, fees, overview};
use purser_bench::Figure;

use super::import::books_name;
use crate::profile;
use crate::scratch::Scratch;
use crate::stopwatch::requests;

/// Rows that the window fetches at once.
const PAGE: u32 = 128;
/// Codes of the kinds "sale" and "refund", of the direction "out".
const SALE: i64 = 0;
const REFUND: i64 = 1;
const OUT: i64 = 1;

const COLUMNS: [(&str, SortColumn); 9] = [
    ("time", SortColumn::Time),
    ("wallet", SortColumn::Wallet),
    ("kind", SortColumn::Kind),
    ("counterparty", SortColumn::Counterparty),
    ("description", SortColumn::Description),
    ("gross", SortColumn::Gross),
    ("fee", SortColumn::Fee),
    ("net", SortColumn::Net),
    ("currency", SortColumn::Currency),
];

/// Words by how often they occur; the index finds Chinese by groups of characters.
pub const WORDS: [(&str, &str); 10] = [
    ("very common", "tea"),
    ("common", "celadon"),
    ("a name", "Merriweather"),
    ("two words", "Amelia celadon"),
    ("absent", "zirconium"),
    ("Chinese, very common, one character", "茶"),
    ("Chinese, common", "青瓷"),
    ("Chinese, rare", "晓雯"),
    ("Chinese, four characters", "铁观音乌"),
    ("Chinese, absent", "咖啡"),
];

/// Open books and what is known of them.
struct Books {
    purser: Purser,
    rows: u64,
    wallets: Vec<i64>,
    /// `YYYY-MM`, oldest first.
    months: Vec<String>,
}

impl Books {
    async fn open(scratch: &Scratch, rows: u64) -> Result<Books> {
        let purser = profile::unlock(&scratch.profile(&books_name(rows))).await?;
        let permit = profile::reading(&purser).await?;
        let counts = permit.store().counts_by_wallet().await?;
        let rows = counts.values().sum::<i64>();
        let mut months: Vec<String> =
            permit.store().month_totals().await?.into_iter().map(|total| total.month).collect();
        months.dedup();
        let wallets = permit.store().wallets().await?.into_iter().map(|wallet| wallet.id).collect();
        Ok(Books { purser, rows: u64::try_from(rows)?, wallets, months })
    }

    async fn page(&self, filter: Filter, sort: SortColumn, descending: bool, offset: u64) -> Result<u64> {
        let permit = profile::reading(&self.purser).await?;
        let query = Query { filter, sort, descending, limit: PAGE, page: Page::Offset(offset) };
        Ok(permit.store().transactions(&query).await?.len() as u64)
    }

    async fn count(&self, filter: &Filter) -> Result<u64> {
        let permit = profile::reading(&self.purser).await?;
        let totals = permit.store().totals(filter).await?;
        Ok(u64::try_from(totals.iter().map(|total| total.count).sum::<i64>())?)
    }

    /// Filters as people set them; each time another month or wallet.
    fn filter(&self, name: &str, number: u64) -> Result<Filter> {
        let turn = usize::try_from(number)?;
        let month = self.months.get(turn % self.months.len().max(1)).context("books without a month")?;
        let wallet = *self.wallets.get(turn % self.wallets.len().max(1)).context("books without a wallet")?;
        let (from, to) = (Some(format!("{month}-01")), Some(format!("{month}-31")));
        Ok(match name {
            "month" => Filter { from, to, ..Filter::default() },
            "year" => {
                let year = month.get(..4).unwrap_or_default();
                Filter { from: Some(format!("{year}-01-01")), to: Some(format!("{year}-12-31")), ..Filter::default() }
            }
            "wallet" => Filter { wallets: vec![wallet], ..Filter::default() },
            "other days each time" => {
                // Answers are remembered while they are on the screen: here none is asked for twice.
                let (day, first) = (number % 28 + 1, number / 28 + 1);
                let from = Some(format!("{month}-{day:02}"));
                Filter { from, to: self.months.last().map(|last| format!("{last}-{first:02}")), ..Filter::default() }
            }
            "kind" => Filter { kinds: vec![REFUND], ..Filter::default() },
            "direction" => Filter { directions: vec![OUT], ..Filter::default() },
            "currency" => Filter { currencies: vec!["EUR".to_owned()], ..Filter::default() },
            "wallet, month and kind" => {
                Filter { from, to, wallets: vec![wallet], kinds: vec![SALE], ..Filter::default() }
            }
            _ => Filter::default(),
        })
    }
}

const FILTERS: [&str; 8] =
    ["month", "year", "wallet", "kind", "direction", "currency", "wallet, month and kind", "other days each time"];

/// A place in a list, by chance and the same in every run.
fn place(number: u64, rows: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)) % rows.max(1)
}

pub async fn list(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let books = Books::open(scratch, rows).await?;
    let all = Filter::default;
    let mut figures = vec![requests("first page", async |_| books.page(all(), SortColumn::Time, true, 0).await).await?];
    for name in FILTERS {
        let ask = async |number| books.page(books.filter(name, number)?, SortColumn::Time, true, 0).await;
        figures.push(requests(&format!("filter: {name}"), ask).await?);
    }
    for (name, column) in COLUMNS {
        let ask = async |number: u64| books.page(all(), column, number.is_multiple_of(2), 0).await;
        figures.push(requests(&format!("sort: {name}"), ask).await?);
    }
    let ask = async |number: u64| {
        let (_, column) = COLUMNS[usize::try_from(number)? % COLUMNS.len()];
        books.page(all(), column, number.is_multiple_of(2), 0).await
    };
    figures.push(requests("sort: another column each time", ask).await?);
    let anywhere = |number| place(number, books.rows);
    let ask = async |number| books.page(all(), SortColumn::Time, true, anywhere(number)).await;
    figures.push(requests("jump", ask).await?);
    let ask = async |number| books.page(all(), SortColumn::Gross, true, anywhere(number)).await;
    figures.push(requests("jump: sorted by gross", ask).await?);
    let sales = Filter { kinds: vec![SALE], ..Filter::default() };
    let count = books.count(&sales).await?;
    let ask = async |number| books.page(sales.clone(), SortColumn::Time, true, place(number, count)).await;
    figures.push(requests("jump: sales only", ask).await?);
    profile::close(&books.purser).await;
    Ok(figures)
}

/// Count and sums under a list. The window asks for them with the first page of every new filter.
pub async fn totals(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let books = Books::open(scratch, rows).await?;
    let mut figures = Vec::new();
    for name in ["everything"].into_iter().chain(FILTERS) {
        let ask = async |number| books.count(&books.filter(name, number)?).await;
        figures.push(requests(&format!("totals: {name}"), ask).await?);
    }
    profile::close(&books.purser).await;
    Ok(figures)
}

/// A search for every number: a product in Latin or Chinese, and two letters that some word begins with.
fn other(number: u64) -> String {
    const PRODUCTS: [&str; 8] = ["tea", "celadon", "oolong", "gaiwan", "绿茶", "青瓷", "紫砂壶", "毫升"];
    let product = PRODUCTS[usize::try_from(number % 8).unwrap_or(0)];
    let letter = |at: u64| char::from(b'a' + u8::try_from(at % 26).unwrap_or(0));
    let number = number / 8;
    format!("{product} {}{}", letter(number), letter(number / 26))
}

pub async fn search(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let books = Books::open(scratch, rows).await?;
    let mut figures = Vec::new();
    for (name, word) in WORDS {
        let filter = Filter { search: word.to_owned(), ..Filter::default() };
        let ask = async |_| books.page(filter.clone(), SortColumn::Time, true, 0).await;
        let figure = requests(&format!("{name}: {word}"), ask).await?;
        // Counted afterwards: what is counted is remembered, and the first search must not profit from it.
        figures.push(figure.with_rows(books.count(&filter).await?));
    }
    // An answer is remembered while it is on the screen: here no search is asked twice.
    let ask = async |number| {
        books.page(Filter { search: other(number), ..Filter::default() }, SortColumn::Time, true, 0).await
    };
    figures.push(requests("other words each time", ask).await?);
    let ask = async |number| books.count(&Filter { search: other(1_000 + number), ..Filter::default() }).await;
    figures.push(requests("totals: other words each time", ask).await?);
    profile::close(&books.purser).await;
    Ok(figures)
}

/// Fees as the window and `purser fees` read them.
pub async fn fees(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let books = Books::open(scratch, rows).await?;
    let shares = requests("fees by month and wallet", async |_| {
        let permit = profile::reading(&books.purser).await?;
        Ok(fees::by_month_and_wallet(permit.store()).await?.len() as u64)
    });
    let kinds = requests("sums by month, account and kind", async |_| {
        let permit = profile::reading(&books.purser).await?;
        Ok(permit.store().month_totals().await?.len() as u64)
    });
    let wallets = requests("overview of all wallets", async |_| {
        let permit = profile::reading(&books.purser).await?;
        Ok(overview::wallets(permit.store()).await?.len() as u64)
    });
    let figures = vec![shares.await?, kinds.await?, wallets.await?];
    profile::close(&books.purser).await;
    Ok(figures)
}
