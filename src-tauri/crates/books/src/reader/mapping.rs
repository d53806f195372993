//! Mappings: files of a provider, or in a language, that no reader knows. A person says once what each column is, and
//! the app remembers it for every file with the same column names.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::DateTime};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cells::{Cells, Header, is_damaged_id};
use super::dates::{OrderLearner, instant, parse_date, parse_date_time, parse_time, parse_zone};
use super::number::{FormatLearner, NumberFormat, number_clue, parse_minor};
use super::{
    BoundForm, Counted, DateOrder, Form, Hints, Refusal, RefusalCode, Summary, Warning, WarningCode, china, paypal,
};
use crate::transaction::words;
use crate::{Currency, Direction, Entry, Kind, Money, Part, Provider, Row, Skip, SkipReason, Source, Status};

words! {
    /// What a column of a mapped file is.
    ColumnRole {
        /// The date, or date and time in one.
        Date = 0 "date",
        Time = 1 "time",
        Zone = 2 "zone",
        /// The signed amount; what the customer paid, where there is a fee.
        Gross = 3 "gross",
        /// Amounts in two columns without signs.
        MoneyIn = 4 "money_in",
        MoneyOut = 5 "money_out",
        Fee = 6 "fee",
        Net = 7 "net",
        Balance = 8 "balance",
        Currency = 9 "currency",
        /// The provider's own id of the transaction.
        Id = 10 "id",
        /// The id of the transaction it belongs to.
        Reference = 11 "reference",
        Type = 12 "type",
        Status = 13 "status",
        Counterparty = 14 "counterparty",
        Description = 15 "description",
    }
}

/// How a file states its fees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeSign {
    /// gross + fee = net: a charged fee is negative.
    #[default]
    Added,
    /// gross - fee = net: a charged fee is positive.
    Subtracted,
}

/// What the columns of a form are, as a person confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub provider: Provider,
    /// All column names of the form, as the file has them.
    pub header: Vec<String>,
    /// Which column has which role.
    pub columns: BTreeMap<ColumnRole, String>,
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// The currency of every row, where no column names it.
    #[serde(default)]
    pub currency: Option<Currency>,
    #[serde(default)]
    pub fee_sign: FeeSign,
}

/// Why a mapping cannot be used, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("no column is the date; name one as \"date\"")]
    NoDate,
    #[error("no column is the amount; name one as \"gross\" or \"net\", or two as \"money_in\" and \"money_out\"")]
    NoAmount,
    #[error("no column is the currency; name one as \"currency\", or say which currency all rows are in")]
    NoCurrency,
    #[error("the file has no column \"{0}\"")]
    NoColumn(String),
    #[error("the column \"{0}\" has two roles")]
    Twice(String),
}

impl Mapping {
    /// Whether the mapping can be read by.
    pub fn check(&self) -> Result<(), MappingError> {
        let has = |role: ColumnRole| self.columns.contains_key(&role);
        if !has(ColumnRole::Date) {
            return Err(MappingError::NoDate);
        }
        let in_and_out = has(ColumnRole::MoneyIn) && has(ColumnRole::MoneyOut);
        if !(has(ColumnRole::Gross) || has(ColumnRole::Net) || in_and_out) {
            return Err(MappingError::NoAmount);
        }
        if !has(ColumnRole::Currency) && self.currency.is_none() {
            return Err(MappingError::NoCurrency);
        }
        let header = Header::new(self.header.iter().map(String::as_str));
        let mut used = Vec::new();
        for name in self.columns.values() {
            let column = header.find(&[name]).ok_or_else(|| MappingError::NoColumn(name.clone()))?;
            if used.contains(&column) {
                return Err(MappingError::Twice(name.clone()));
            }
            used.push(column);
        }
        Ok(())
    }

    /// Names a form by its column names, whatever their order and case: what a mapping is remembered by.
    #[must_use]
    pub fn fingerprint(header: &[String]) -> String {
        let mut names: Vec<String> = Header::new(header.iter().map(String::as_str)).into_names();
        names.retain(|name| !name.is_empty());
        names.sort();
        let mut hash = Sha256::new();
        for name in &names {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Binds a header that one of the mappings was made for.
pub(super) fn bind(header: &Header, mappings: &[Mapping]) -> Option<Box<dyn BoundForm>> {
    let names = Mapping::fingerprint(&header.clone().into_names());
    let mapping = mappings.iter().find(|mapping| Mapping::fingerprint(&mapping.header) == names)?;
    mapping.check().ok()?;
    Some(Box::new(Mapped::new(mapping, header)))
}

struct Mapped {
    mapping: Mapping,
    provider: Provider,
    columns: BTreeMap<ColumnRole, usize>,
    header: Header,
    fee_sign: FeeSign,
    currency: Option<Currency>,
    mapped_order: Option<DateOrder>,
    orders: OrderLearner,
    formats: FormatLearner,
    format: NumberFormat,
    date_order: Option<DateOrder>,
    zone: TimeZone,
    newest_first: bool,
    row: i64,
    balances: Vec<(Currency, Option<i64>)>,
    net_mismatch: Option<String>,
    balance_break: Option<String>,
    zone_assumed: bool,
    counted: Option<Counted>,
}

/// Why a row is skipped, and the cell that was not understood.
type Bad<'a> = (SkipReason, &'a str);

impl Mapped {
    fn new(mapping: &Mapping, header: &Header) -> Mapped {
        let columns = mapping.columns.iter().filter_map(|(role, name)| Some((*role, header.find(&[name])?)));
        Mapped {
            mapping: mapping.clone(),
            provider: mapping.provider,
            columns: columns.collect(),
            header: header.clone(),
            fee_sign: mapping.fee_sign,
            currency: mapping.currency,
            mapped_order: mapping.date_order,
            orders: OrderLearner::default(),
            formats: FormatLearner::default(),
            format: NumberFormat::Point,
            date_order: None,
            zone: TimeZone::UTC,
            newest_first: false,
            row: 0,
            balances: Vec::new(),
            net_mismatch: None,
            balance_break: None,
            zone_assumed: false,
            counted: None,
        }
    }

    fn get<'a>(&self, cells: &Cells<'a>, role: ColumnRole) -> &'a str {
        cells.optional(self.columns.get(&role).copied())
    }

    fn has(&self, role: ColumnRole) -> bool {
        self.columns.contains_key(&role)
    }

    fn currency<'a>(&self, cells: &Cells<'a>) -> Result<Currency, Bad<'a>> {
        let written = self.get(cells, ColumnRole::Currency);
        match self.currency {
            Some(currency) if written.is_empty() => Ok(currency),
            _ => Currency::parse(written).map_err(|_| (SkipReason::BadCurrency, written)),
        }
    }

    fn entry<'a>(&mut self, cells: &Cells<'a>, source: Source) -> Result<Entry, Bad<'a>> {
        if !cells.fits(&self.header) {
            return Err((SkipReason::BadShape, cells.get(0)));
        }
        let currency = self.currency(cells)?;
        let (gross, fee, net) = self.amounts(cells, currency)?;
        let written_balance = self.get(cells, ColumnRole::Balance);
        let balance = match written_balance {
            "" => None,
            written => Some(self.minor(written, currency).ok_or((SkipReason::BadAmount, written))?),
        };
        let direction = match gross.signum() {
            1 => Direction::In,
            -1 => Direction::Out,
            _ => Direction::Neutral,
        };
        self.counted =
            gross.checked_abs().zip(fee.checked_neg()).map(|(gross, fee)| Counted { currency, direction, gross, fee });
        let id = self.get(cells, ColumnRole::Id);
        if is_damaged_id(id) {
            return Err((SkipReason::DamagedId, id));
        }
        let (time, booking_date) = self.time(cells)?;
        let written_type = self.get(cells, ColumnRole::Type);
        let kind = kind(written_type, gross);
        let status = status(self.get(cells, ColumnRole::Status));
        let moved = !matches!(status, Status::Failed | Status::Closed | Status::Pending);
        self.check((gross, fee, net), moved.then_some(balance).flatten(), currency, source.line);
        let description = match self.get(cells, ColumnRole::Description) {
            "" => written_type,
            text => text,
        };
        let reference = self.get(cells, ColumnRole::Reference);
        let family = if reference.is_empty() { id } else { reference };
        Ok(Entry {
            source,
            sequence: if self.newest_first { -self.row } else { self.row },
            key: self.key(cells, id, gross),
            part: self.part(),
            account: "main".to_owned(),
            currency,
            provider_ref: id.to_owned(),
            family: (!family.is_empty()).then(|| family.to_owned()),
            alias: None,
            payout: None,
            time,
            booking_date,
            kind,
            status,
            direction,
            moved,
            gross,
            fee,
            net,
            balance,
            counterparty: self.get(cells, ColumnRole::Counterparty).to_owned(),
            description: description.split_whitespace().collect::<Vec<_>>().join(" "),
        })
    }

    /// The raw id; where there is none, everything the row says. PayPal's as in its own files.
    fn key(&self, cells: &Cells<'_>, id: &str, gross: i64) -> String {
        let currency = self.get(cells, ColumnRole::Currency);
        if self.provider == Provider::PayPal && !id.is_empty() {
            return paypal::key_of_payment(id, currency, gross < 0);
        }
        if !id.is_empty() {
            return [self.provider.code(), "mapped", id, currency, self.get(cells, ColumnRole::Type)].join("\u{1f}");
        }
        let mut parts = vec![self.provider.code(), "mapped"];
        parts.extend(
            self.columns.iter().filter(|(role, _)| **role != ColumnRole::Balance).map(|(_, at)| cells.get(*at)),
        );
        parts.join("\u{1f}")
    }

    /// At a provider without readers of its own nothing else will ever tell the fee.
    fn part(&self) -> Part {
        let tells_fee = self.has(ColumnRole::Fee) || (self.has(ColumnRole::Net) && self.has(ColumnRole::Gross));
        if tells_fee || self.provider == Provider::Other { Part::Whole } else { Part::Gross }
    }

    fn minor(&self, written: &str, currency: Currency) -> Option<i64> {
        // Symbols and codes around a number say nothing that the currency does not.
        let bare = written.trim_matches(|c: char| c.is_alphabetic() || matches!(c, '¥' | '￥' | '$' | '€' | '£' | ' '));
        parse_minor(bare, self.format, currency.exponent())
    }

    /// Gross, fee (negative when charged) and net; what is missing follows from the others.
    fn amounts<'a>(&self, cells: &Cells<'a>, currency: Currency) -> Result<(i64, i64, i64), Bad<'a>> {
        let read = |role: ColumnRole| match self.get(cells, role) {
            "" | "-" | "--" => Ok(None),
            written => self.minor(written, currency).map(Some).ok_or((SkipReason::BadAmount, written)),
        };
        let mut gross = read(ColumnRole::Gross)?;
        if gross.is_none() {
            let (money_in, money_out) = (read(ColumnRole::MoneyIn)?, read(ColumnRole::MoneyOut)?);
            if money_in.is_some() || money_out.is_some() {
                let (money_in, money_out) =
                    (money_in.unwrap_or(0).saturating_abs(), money_out.unwrap_or(0).saturating_abs());
                gross = money_in.checked_sub(money_out);
            }
        }
        let fee = match (read(ColumnRole::Fee)?, self.fee_sign) {
            (Some(fee), FeeSign::Subtracted) => fee.checked_neg(),
            (fee, _) => fee,
        };
        let net = read(ColumnRole::Net)?;
        let sums = match (gross, fee, net) {
            (Some(gross), Some(fee), Some(net)) => Some((gross, fee, net)),
            (Some(gross), None, Some(net)) => net.checked_sub(gross).map(|fee| (gross, fee, net)),
            (Some(gross), fee, None) => {
                let fee = fee.unwrap_or(0);
                gross.checked_add(fee).map(|net| (gross, fee, net))
            }
            (None, fee, Some(net)) => {
                let fee = fee.unwrap_or(0);
                net.checked_sub(fee).map(|gross| (gross, fee, net))
            }
            (None, _, None) => None,
        };
        let shown = [ColumnRole::Gross, ColumnRole::Net, ColumnRole::MoneyIn].map(|role| self.get(cells, role));
        sums.ok_or_else(|| (SkipReason::BadAmount, shown.into_iter().find(|text| !text.is_empty()).unwrap_or("")))
    }

    fn time<'a>(&mut self, cells: &Cells<'a>) -> Result<(Timestamp, Date), Bad<'a>> {
        let written = self.get(cells, ColumnRole::Date);
        let bad = (SkipReason::BadTime, written);
        let (civil, offset) = match self.get(cells, ColumnRole::Time) {
            "" => match read_date_time(written, self.date_order) {
                Some(found) => found,
                None => (self.date(written).ok_or(bad)?.to_datetime(Time::midnight()), None),
            },
            clock => {
                let time = parse_time(clock).ok_or((SkipReason::BadTime, clock))?;
                (self.date(written).ok_or(bad)?.to_datetime(time), None)
            }
        };
        let named = parse_zone(self.get(cells, ColumnRole::Zone));
        self.zone_assumed |= offset.is_none() && named.is_none();
        let time = match offset {
            Some(offset) => offset.to_timestamp(civil).ok(),
            None => instant(civil, named.as_ref().unwrap_or(&self.zone)),
        };
        Ok((time.ok_or(bad)?, civil.date()))
    }

    fn date(&self, written: &str) -> Option<Date> {
        parse_date(written, self.date_order).or_else(|| china::parse_time(written).map(|time| time.date()))
    }

    fn check(&mut self, (gross, fee, net): (i64, i64, i64), balance: Option<i64>, currency: Currency, line: u32) {
        let money = |minor: i64| Money::new(minor, currency).to_plain();
        if gross.checked_add(fee) != Some(net) && self.net_mismatch.is_none() {
            self.net_mismatch = Some(format!(
                "line {line}: gross {} and fee {} do not make the net {}",
                money(gross),
                money(fee),
                money(net)
            ));
        }
        let Some(balance) = balance else { return };
        let place = self.balances.iter().position(|(seen, _)| *seen == currency).unwrap_or_else(|| {
            self.balances.push((currency, None));
            self.balances.len() - 1
        });
        let Some((_, expected)) = self.balances.get_mut(place) else { return };
        let follows = if self.newest_first { *expected } else { expected.and_then(|last| last.checked_add(net)) };
        if let Some(follows) = follows.filter(|follows| *follows != balance)
            && self.balance_break.is_none()
        {
            self.balance_break = Some(format!(
                "line {line}: the balance is {}, the rows around it make {}",
                money(balance),
                money(follows)
            ));
        }
        *expected = if self.newest_first { balance.checked_sub(net) } else { Some(balance) };
    }
}

impl BoundForm for Mapped {
    fn form(&self) -> Form {
        let id = match self.provider {
            Provider::PayPal => "paypal.mapped",
            Provider::Alipay => "alipay.mapped",
            Provider::WeChatPay => "wechatpay.mapped",
            Provider::Stripe => "stripe.mapped",
            Provider::Other => "other.mapped",
        };
        let has_balance = self.has(ColumnRole::Balance);
        Form { provider: self.provider, id, version: "mapped", has_balance, ties_out: true }
    }

    fn zone(&self) -> Option<TimeZone> {
        Some(self.zone.clone())
    }

    fn mapping(&self) -> Option<&Mapping> {
        Some(&self.mapping)
    }

    fn learn(&mut self, cells: &Cells<'_>) -> bool {
        if cells.is_blank() {
            return false;
        }
        let written = self.get(cells, ColumnRole::Date);
        let clock = match self.get(cells, ColumnRole::Time) {
            "" => read_date_time(written, DateOrder::Dmy)
                .or_else(|| read_date_time(written, DateOrder::Mdy))
                .map(|(time, _)| time.time()),
            clock => parse_time(clock),
        };
        self.orders.look(written.split([' ', 'T']).next().unwrap_or(""), clock);
        let currency = self.currency(cells).unwrap_or(Currency::CNY);
        let amounts = [
            ColumnRole::Gross,
            ColumnRole::MoneyIn,
            ColumnRole::MoneyOut,
            ColumnRole::Fee,
            ColumnRole::Net,
            ColumnRole::Balance,
        ];
        for role in amounts {
            self.formats.look(number_clue(self.get(cells, role), currency));
        }
        false
    }

    fn settle(&mut self, hints: &Hints) -> Result<(), Refusal> {
        if self.formats.is_torn() {
            let found = "both the point and the comma as decimal mark";
            return Err(Refusal::new(RefusalCode::Damaged, "amounts with one decimal mark", found));
        }
        self.format = self.formats.found().unwrap_or(NumberFormat::Point);
        self.date_order = self.orders.settle(hints.date_order.or(self.mapped_order))?;
        self.newest_first = self.orders.newest_first(self.date_order);
        let default = || TimeZone::get(self.provider.default_zone()).ok();
        self.zone = hints.zone.clone().or_else(default).unwrap_or(TimeZone::UTC);
        self.zone_assumed = false;
        Ok(())
    }

    fn row(&mut self, cells: &Cells<'_>, source: Source) -> Option<Row> {
        if cells.is_blank() {
            return None;
        }
        self.counted = None;
        let row = match self.entry(cells, source) {
            Ok(entry) => {
                self.counted = None;
                Row::Entry(Box::new(entry))
            }
            Err((reason, found)) => {
                self.balances.clear();
                Row::Skip(Skip { source, reason, found: found.chars().take(40).collect() })
            }
        };
        self.row += 1;
        Some(row)
    }

    fn counted(&mut self) -> Option<Counted> {
        self.counted.take()
    }

    fn finish(&mut self, summary: &mut Summary) {
        let zone = self.zone.iana_name().unwrap_or("UTC");
        let assumed = format!("times were read in {zone}: the file states no zone (say --zone)");
        let found = [
            (WarningCode::NetMismatch, self.net_mismatch.take()),
            (WarningCode::BalanceBreak, self.balance_break.take()),
            (WarningCode::ZoneAssumed, self.zone_assumed.then_some(assumed)),
        ];
        summary
            .warnings
            .extend(found.into_iter().filter_map(|(code, message)| Some(Warning { code, message: message? })));
    }
}

fn read_date_time(written: &str, order: impl Into<Option<DateOrder>>) -> Option<(DateTime, Option<jiff::tz::Offset>)> {
    let has_clock = written.contains(':');
    parse_date_time(written, order)
        .or_else(|| china::parse_time(written).filter(|_| has_clock).map(|time| (time, None)))
}

/// Words of a Type column, in English and Chinese. What none of them names is `other`: a sign alone is no sale.
fn kind(written: &str, gross: i64) -> Kind {
    let lower = written.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let known: [(&[&str], Kind); 9] = [
        (&["refund", "退款"], Kind::Refund),
        (&["fee", "手续费", "服务费"], Kind::Fee),
        (&["chargeback", "dispute", "拒付", "争议"], Kind::Dispute),
        (&["conversion", "exchange", "换汇", "兑换"], Kind::Conversion),
        (&["payout", "withdraw", "提现", "提款"], Kind::Payout),
        (&["deposit", "top-up", "topup", "top up", "充值"], Kind::Topup),
        (&["adjustment", "调整", "调账"], Kind::Adjustment),
        (&["tax", "税"], Kind::Tax),
        (&["transfer", "转账"], if gross < 0 { Kind::TransferOut } else { Kind::TransferIn }),
    ];
    if let Some((_, kind)) = known.iter().find(|(parts, _)| has(parts)) {
        return *kind;
    }
    let is_sale = has(&["sale", "payment", "charge", "collection", "收款", "销售", "付款"]);
    if is_sale && gross >= 0 { Kind::Sale } else { Kind::Other }
}

/// Words of a Status column; none, or one that is not known, has been booked.
fn status(written: &str) -> Status {
    let lower = written.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    match () {
        () if has(&["pending", "processing", "待", "处理中", "进行中"]) => Status::Pending,
        () if has(&["fail", "denied", "reject", "失败", "拒绝"]) => Status::Failed,
        () if has(&["cancel", "void", "expired", "关闭", "取消"]) => Status::Closed,
        () if has(&["reversed", "已撤销", "冲正"]) => Status::Reversed,
        () => Status::Completed,
    }
}
