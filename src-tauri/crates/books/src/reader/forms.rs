//! All forms, and telling a file that is none of them.

use super::cells::Header;
use super::unknown::NearestForm;
use super::{BoundForm, Refusal, RefusalCode, alipay, paypal, stripe, wechatpay};

/// The lines above a header, each with its cells joined by commas again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Preamble {
    pub(crate) lines: Vec<String>,
}

/// The form whose header this is.
pub(super) fn bind(header: &Header, first: &str, preamble: &Preamble) -> Option<Box<dyn BoundForm>> {
    alipay::bind(header, preamble)
        .or_else(|| wechatpay::bind(header, preamble))
        .or_else(|| paypal::bind(header, first, preamble))
        .or_else(|| stripe::bind(header))
}

/// A file that comes along with statements, or stands in for one, but has no rows of money.
pub(super) fn refuse_companion(header: &Header, first: &str) -> Option<Refusal> {
    alipay::refuse_companion(header, first)
        .or_else(|| wechatpay::refuse_companion(header))
        .or_else(|| stripe::refuse_companion(header))
}

/// Names that make a form what it is; for saying which form an unknown file is nearest to.
const MARKS: &[(&str, &[&str])] = &[
    ("alipay.account_log", alipay::ACCOUNT_LOG_MARKS),
    ("alipay.trade", alipay::TRADE_MARKS),
    ("alipay.personal", alipay::PERSONAL_MARKS),
    ("wechatpay.trade_bill", wechatpay::TRADE_BILL_MARKS),
    ("wechatpay.fund_flow", wechatpay::FUND_FLOW_MARKS),
    ("wechatpay.personal", wechatpay::PERSONAL_MARKS),
    (
        "paypal.activity",
        &["Date", "Time", "TimeZone", "Type", "Status", "Currency", "Gross", "Fee", "Net", "Transaction ID"],
    ),
    (
        "paypal.statement",
        &["Date", "Time", "Time Zone", "Description", "Currency", "Gross", "Fee", "Net", "Balance", "Transaction ID"],
    ),
    (
        "stripe.balance_change",
        &["balance_transaction_id", "created_utc", "currency", "gross", "fee", "net", "reporting_category"],
    ),
    (
        "stripe.balance_history",
        &["id", "Type", "Source", "Amount", "Fee", "Net", "Currency", "Created (UTC)", "Available On (UTC)"],
    ),
];

/// How near a record is to a known header.
#[derive(Debug, Clone)]
pub(super) struct Nearest {
    shared: usize,
    form: &'static str,
    missing: Vec<&'static str>,
    found: String,
    /// Cells, to show the widest line of a file that has nothing in common with any form.
    width: usize,
    line: u32,
}

impl Nearest {
    pub(super) fn of(header: &Header, found: &str, line: u32) -> Nearest {
        let mut best =
            Nearest { shared: 0, form: "", missing: Vec::new(), found: found.to_owned(), width: header.width(), line };
        for (form, names) in MARKS {
            let shared = header.count_shared(names);
            if shared > best.shared {
                let missing = names.iter().copied().filter(|name| header.find(&[name]).is_none()).collect();
                best = Nearest { shared, form, missing, ..best };
            }
        }
        best
    }

    pub(super) fn is_nearer_than(&self, other: &Nearest) -> bool {
        (self.shared, self.width) > (other.shared, other.width)
    }

    pub(super) fn refusal(&self) -> Refusal {
        let refusal = if self.shared < 2 {
            Refusal::new(RefusalCode::UnknownForm, "the header of a known statement form", &self.found)
        } else {
            let missing = if self.missing.is_empty() { "further columns".to_owned() } else { self.missing.join(", ") };
            let expected = format!("a known header; nearest is {}, which also has {missing}", self.form);
            Refusal::new(RefusalCode::UnknownForm, &expected, &self.found)
        };
        refusal.at(self.line)
    }
}

/// The known form that shares most column names with a header, at least two.
pub(super) fn nearest(header: &Header) -> Option<NearestForm> {
    let (mut shared, mut nearest) = (1, None);
    for (form, names) in MARKS {
        let count = header.count_shared(names);
        if count > shared {
            shared = count;
            nearest = Some((form, names));
        }
    }
    let (form, names) = nearest?;
    let (matched, missing): (Vec<_>, Vec<_>) = names.iter().partition(|name| header.find(&[name]).is_some());
    let own = |names: Vec<&&str>| names.into_iter().map(|name| (*name).to_owned()).collect();
    Some(NearestForm { form, matched: own(matched), missing: own(missing) })
}
