//! Files whose form no reader knows: which known form is nearest, and what the columns seem to be.
//!
//! The guess follows from the cells alone: three columns of which two add up to the third in every row are gross, fee and
//! net; a column whose steps are those amounts is the balance; codes of ISO 4217 are currencies; ids of 17 letters and
//! digits are PayPal's. It is shown to a person and never used unconfirmed.

use std::collections::{BTreeMap, HashSet};

use super::cells::Header;
use super::dates::{OrderLearner, parse_date, parse_date_time, parse_time, parse_zone};
use super::forms::Nearest;
use super::mapping::{ColumnRole, FeeSign, Mapping};
use super::number::{FormatLearner, NumberFormat, number_clue, parse_minor};
use super::open::DELIMITERS;
use super::records::Records;
use super::text::trim;
use super::{DateOrder, OpenFile, ReadError, Refusal, RefusalCode, china, workbook};
use crate::{Currency, Provider};

/// Records among which the header is looked for.
const HEADER_WITHIN: usize = 60;
/// Rows that are shown.
const SAMPLE_ROWS: usize = 5;
/// Rows the guess is made from: what holds in so many rows holds.
const GUESS_ROWS: usize = 2_000;
/// Columns of amounts that are tried against each other.
const AMOUNT_COLUMNS: usize = 12;

/// What is seen of a file that no reader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Line of the column names.
    pub line: u32,
    /// The column names, as the file has them.
    pub header: Vec<String>,
    pub nearest: Option<NearestForm>,
    /// What the columns seem to be; a person has to confirm or complete it.
    pub guess: Mapping,
    /// The first rows.
    pub sample: Vec<Vec<String>>,
}

/// A known form and the columns it shares with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestForm {
    pub form: &'static str,
    pub matched: Vec<String>,
    pub missing: Vec<String>,
}

/// Looks at a file that [`super::open`] refused as an unknown form.
pub fn inspect(source: OpenFile<'_>) -> Result<Unknown, ReadError> {
    if let Some(sheets) = workbook::read(source)? {
        for sheet in sheets.iter().filter(|sheet| !sheet.text.is_empty()) {
            if let Ok(unknown) = inspect_text(&sheet.open()) {
                return Ok(unknown);
            }
        }
        return Err(no_table().into());
    }
    inspect_text(source)
}

fn no_table() -> Refusal {
    Refusal::new(RefusalCode::UnknownForm, "a table with column names", "no line with column names and rows below it")
}

fn inspect_text(source: OpenFile<'_>) -> Result<Unknown, ReadError> {
    let mut best: Option<Table> = None;
    for delimiter in DELIMITERS {
        if let Some(table) = Table::find(source, delimiter)?
            && best.as_ref().is_none_or(|best| table.header.len() > best.header.len())
        {
            best = Some(table);
        }
    }
    let table = best.ok_or_else(no_table)?;
    let header = Header::new(table.header.iter().map(String::as_str));
    let nearest = Nearest::of(&header, "", table.line).told(&header);
    let guess = guess(&table);
    let sample = table.rows.into_iter().take(SAMPLE_ROWS).collect();
    Ok(Unknown { line: table.line, header: table.header, nearest, guess, sample })
}

/// Column names and the rows below them.
struct Table {
    line: u32,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// The widest record of words that rows of the same width follow.
    fn find(source: OpenFile<'_>, delimiter: u8) -> Result<Option<Table>, ReadError> {
        let mut records = Records::new(source()?, delimiter)?;
        let mut found: Option<Table> = None;
        let mut read = 0;
        while let Some(record) = records.next()? {
            read += 1;
            let line = record.source.line;
            let cells: Vec<String> = record.cells()?.iter().map(|cell| trim(cell).to_owned()).collect();
            let width = width(&cells);
            let wider = found.as_ref().is_none_or(|table| table.header.len() < width);
            if read <= HEADER_WITHIN && wider && is_header(&cells) {
                let header = cells.into_iter().take(width).collect();
                found = Some(Table { line, header, rows: Vec::new() });
                continue;
            }
            let Some(table) = &mut found else { continue };
            if cells.len() >= table.header.len() && table.rows.len() < GUESS_ROWS {
                table.rows.push(cells);
            }
        }
        Ok(found.filter(|table| !table.rows.is_empty()))
    }

    fn column(&self, at: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row.get(at).map_or("", String::as_str))
    }
}

fn width(cells: &[String]) -> usize {
    cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1)
}

/// At least three names, all different, none of them a number or a date.
fn is_header(cells: &[String]) -> bool {
    let names: Vec<&String> = cells.iter().take(width(cells)).collect();
    let distinct: HashSet<&&String> = names.iter().collect();
    let is_value = |text: &str| {
        text.chars().filter(char::is_ascii_digit).count() * 2 > text.chars().count()
            || parse_date(text, DateOrder::Dmy).is_some()
            || Currency::parse(text).is_ok() && text.len() == 3 && text.chars().all(|c| c.is_ascii_uppercase())
    };
    names.len() >= 3 && distinct.len() == names.len() && names.iter().all(|name| !name.is_empty() && !is_value(name))
}

/// What the columns of a table seem to be.
fn guess(table: &Table) -> Mapping {
    let mut roles: BTreeMap<ColumnRole, usize> = BTreeMap::new();
    let mut orders = OrderLearner::default();
    let columns = table.header.len();
    let all = |at: usize, test: &dyn Fn(&str) -> bool| {
        let mut filled = table.column(at).filter(|cell| !cell.is_empty()).peekable();
        filled.peek().is_some() && filled.all(test)
    };
    let first = |roles: &BTreeMap<ColumnRole, usize>, test: &dyn Fn(&str) -> bool| {
        (0..columns).find(|at| !roles.values().any(|taken| taken == at) && all(*at, test))
    };
    let mut put = |role: ColumnRole, test: &dyn Fn(&str) -> bool| {
        if let Some(at) = first(&roles, test) {
            roles.insert(role, at);
        }
    };
    put(ColumnRole::Currency, &|cell| cell.len() == 3 && Currency::parse(cell).is_ok());
    put(ColumnRole::Date, &is_date);
    put(ColumnRole::Time, &|cell| cell.contains(':') && parse_time(cell).is_some());
    put(ColumnRole::Zone, &|cell| parse_zone(cell).is_some());
    let fee_sign = put_amounts(table, &mut roles);
    let is_paypal = put_ids(table, &mut roles);
    put_texts(table, &mut roles);
    if let Some(at) = roles.get(&ColumnRole::Date) {
        for cell in table.column(*at) {
            orders.look(cell.split([' ', 'T']).next().unwrap_or(""), None);
        }
    }
    let complete = roles.contains_key(&ColumnRole::Fee);
    Mapping {
        provider: if is_paypal && complete { Provider::PayPal } else { Provider::Other },
        header: table.header.clone(),
        columns: roles.into_iter().filter_map(|(role, at)| Some((role, table.header.get(at)?.clone()))).collect(),
        date_order: orders.settle(None).ok().flatten(),
        currency: None,
        fee_sign,
    }
}

fn is_date(cell: &str) -> bool {
    let read = |order: DateOrder| parse_date(cell, order).is_some() || parse_date_time(cell, order).is_some();
    read(DateOrder::Dmy) || read(DateOrder::Mdy) || china::parse_time(cell).is_some()
}

/// Amounts of a column in hundredths of cents, so that every currency fits.
struct Amounts {
    at: usize,
    values: Vec<Option<i64>>,
}

/// Gross, fee and net by what adds up in every row; the balance by its steps.
fn put_amounts(table: &Table, roles: &mut BTreeMap<ColumnRole, usize>) -> FeeSign {
    let columns = amount_columns(table, roles);
    let value = |column: &Amounts, row: usize| column.values.get(row).copied().flatten();
    let rows = table.rows.len();
    let balance_of = |amount: &Amounts| {
        let step = |balance: &Amounts, row: usize, newest_first: bool| {
            let (now, before) = (value(balance, row)?, value(balance, row.checked_sub(1)?)?);
            if newest_first {
                before.checked_sub(now).zip(value(amount, row - 1))
            } else {
                now.checked_sub(before).zip(value(amount, row))
            }
        };
        columns.iter().find(|balance| {
            balance.at != amount.at
                && [false, true].into_iter().any(|newest_first| {
                    let steps: Vec<(i64, i64)> = (1..rows).filter_map(|row| step(balance, row, newest_first)).collect();
                    // Rows of another currency or that moved nothing do not follow.
                    let following = steps.iter().filter(|(step, amount)| step == amount && *step != 0).count();
                    following >= 2 && following * 3 >= steps.len() * 2
                })
        })
    };
    let mut triples = Vec::new();
    for gross in &columns {
        for fee in columns.iter().filter(|fee| fee.at != gross.at) {
            for net in columns.iter().filter(|net| net.at != gross.at && net.at != fee.at) {
                for sign in [FeeSign::Added, FeeSign::Subtracted] {
                    if adds_up(gross, fee, net, sign) {
                        triples.push((gross, fee, net, sign));
                    }
                }
            }
        }
    }
    // a + b = c holds for b + a = c too: the fee is the smaller one. What still has two readings is left to the person.
    triples.retain(|(gross, fee, ..)| size(fee) < size(gross));
    // gross - fee = net read backwards is net + fee = gross: of a pair, what is charged makes the net the smaller one.
    let smaller_net: Vec<_> = triples.iter().copied().filter(|(gross, _, net, _)| size(net) <= size(gross)).collect();
    match smaller_net.as_slice() {
        [(gross, fee, net, sign)] => {
            roles.insert(ColumnRole::Gross, gross.at);
            roles.insert(ColumnRole::Fee, fee.at);
            roles.insert(ColumnRole::Net, net.at);
            if let Some(balance) = balance_of(net) {
                roles.insert(ColumnRole::Balance, balance.at);
            }
            *sign
        }
        [] => {
            let amounts: Vec<&Amounts> = columns.iter().filter(|amount| balance_of(amount).is_some()).collect();
            match (amounts.as_slice(), columns.as_slice()) {
                ([amount], _) => {
                    roles.insert(ColumnRole::Gross, amount.at);
                    if let Some(balance) = balance_of(amount) {
                        roles.insert(ColumnRole::Balance, balance.at);
                    }
                }
                ([], [only]) => {
                    roles.insert(ColumnRole::Gross, only.at);
                }
                _ => {}
            }
            FeeSign::Added
        }
        _ => FeeSign::Added,
    }
}

fn amount_columns(table: &Table, roles: &BTreeMap<ColumnRole, usize>) -> Vec<Amounts> {
    let free = (0..table.header.len()).filter(|at| !roles.values().any(|taken| taken == at));
    let mut columns = Vec::new();
    for at in free {
        let mut formats = FormatLearner::default();
        let bare = |cell: &str| cell.trim_matches(|c: char| matches!(c, '¥' | '￥' | '$' | '€' | '£' | ' ')).to_owned();
        for cell in table.column(at) {
            formats.look(number_clue(&bare(cell), Currency::CNY));
        }
        let format = formats.found().unwrap_or(NumberFormat::Point);
        let read = |cell: &str| parse_minor(&bare(cell), format, 4);
        let values: Vec<Option<i64>> = table.column(at).map(read).collect();
        let understood = table.column(at).zip(&values).all(|(cell, value)| cell.is_empty() || value.is_some());
        // An id of digits alone is no amount: amounts have a decimal mark somewhere, or are short.
        let has_mark = table.column(at).any(|cell| cell.contains(['.', ',']));
        let short = table.column(at).all(|cell| cell.len() <= 9);
        let some = values.iter().flatten().any(|value| *value != 0);
        if understood && some && (has_mark || short) && columns.len() < AMOUNT_COLUMNS {
            columns.push(Amounts { at, values });
        }
    }
    columns
}

fn adds_up(gross: &Amounts, fee: &Amounts, net: &Amounts, sign: FeeSign) -> bool {
    let mut charged = false;
    let rows = gross.values.iter().zip(&fee.values).zip(&net.values);
    for ((gross, fee), net) in rows {
        let (Some(gross), Some(net)) = (gross, net) else { return false };
        let fee = fee.unwrap_or(0);
        let fee = if sign == FeeSign::Subtracted { -fee } else { fee };
        charged |= fee != 0;
        if gross.checked_add(fee) != Some(*net) {
            return false;
        }
    }
    charged
}

fn size(amounts: &Amounts) -> u128 {
    amounts.values.iter().flatten().map(|value| u128::from(value.unsigned_abs())).sum()
}

/// Ids: PayPal's of 17 letters and digits, else the longest values that are all different. Whether they are PayPal's.
fn put_ids(table: &Table, roles: &mut BTreeMap<ColumnRole, usize>) -> bool {
    let free: Vec<usize> = (0..table.header.len()).filter(|at| !roles.values().any(|taken| taken == at)).collect();
    let filled = |at: usize| table.column(at).filter(|cell| !cell.is_empty()).collect::<Vec<_>>();
    let is_paypals = |cells: &[&str]| {
        !cells.is_empty()
            && cells.iter().all(|cell| {
                cell.len() == 17
                    && cell.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                    && cell.bytes().any(|byte| byte.is_ascii_digit())
            })
    };
    let mut paypals: Vec<(usize, usize)> = free
        .iter()
        .map(|at| (*at, filled(*at)))
        .filter(|(_, cells)| is_paypals(cells))
        .map(|(at, cells)| (at, cells.len()))
        .collect();
    paypals.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if let Some((id, _)) = paypals.first().filter(|(_, count)| *count == table.rows.len()) {
        roles.insert(ColumnRole::Id, *id);
        if let [_, (reference, _)] = paypals.as_slice() {
            roles.insert(ColumnRole::Reference, *reference);
        }
        return true;
    }
    let longest = free
        .into_iter()
        .filter(|at| {
            let cells = filled(*at);
            let distinct: HashSet<&&str> = cells.iter().collect();
            let is_id =
                |cell: &&&str| cell.len() >= 8 && !cell.contains(' ') && cell.bytes().any(|byte| byte.is_ascii_digit());
            cells.len() == table.rows.len()
                && distinct.len() == cells.len()
                && cells.iter().filter(is_id).count() == cells.len()
        })
        .max_by_key(|at| filled(*at).iter().map(|cell| cell.len()).sum::<usize>());
    if let Some(at) = longest {
        roles.insert(ColumnRole::Id, at);
    }
    false
}

/// Texts: of few different values a type and a status, by their words; of many a counterparty and a description.
fn put_texts(table: &Table, roles: &mut BTreeMap<ColumnRole, usize>) {
    let names: [(ColumnRole, &[&str]); 4] = [
        (ColumnRole::Type, &["type", "类型", "业务类型", "交易类型", "category"]),
        (ColumnRole::Status, &["status", "状态", "交易状态", "state"]),
        (ColumnRole::Counterparty, &["name", "名称", "姓名", "counterparty", "交易对方", "payer", "payee", "customer"]),
        (ColumnRole::Description, &["description", "说明", "备注", "摘要", "details", "memo", "subject", "narrative"]),
    ];
    let header = Header::new(table.header.iter().map(String::as_str));
    for (role, words) in names {
        let found = header.find(words).filter(|at| !roles.values().any(|taken| taken == at));
        if let Some(at) = found {
            roles.insert(role, at);
        }
    }
}
