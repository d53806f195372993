//! The columns of a PayPal file, found by name: which of them there are is the user's choice.

use super::words;
use crate::reader::cells::Header;

#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) date: usize,
    pub(super) time: usize,
    pub(super) zone: Option<usize>,
    /// Type, or in a statement its Description.
    pub(super) type_name: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) gross: Option<usize>,
    pub(super) fee: Option<usize>,
    pub(super) net: Option<usize>,
    pub(super) balance: Option<usize>,
    pub(super) impact: Option<usize>,
    pub(super) event_code: Option<usize>,
    pub(super) transaction: Option<usize>,
    pub(super) reference: Option<usize>,
    pub(super) receipt: Option<usize>,
    pub(super) name: Option<usize>,
    pub(super) from: Option<usize>,
    pub(super) to: Option<usize>,
    pub(super) title: Option<usize>,
    pub(super) subject: Option<usize>,
    pub(super) note: Option<usize>,
    pub(super) layout: Layout,
}

/// Which of PayPal's files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Activity download since 2018 ("TimeZone").
    Activity,
    /// Activity download before 2018 ("Time Zone" with a blank).
    Classic,
    /// The personal short form: Receipt ID instead of Transaction ID.
    Short,
    /// Statement of a custom range: no Type and no Status, every row moves the balance.
    Statement,
}

impl Columns {
    /// `None` where the header is not one of PayPal's.
    pub(super) fn bind(header: &Header) -> Option<Columns> {
        let transaction = header.find(words::TRANSACTION);
        let type_name = header.find(words::TYPE);
        let description = header.find(words::DESCRIPTION);
        let status = header.find(words::STATUS);
        let zone = header.find(words::ZONE);
        let receipt = header.find(words::RECEIPT);
        let layout = match (transaction, type_name) {
            (Some(_), None) if description.is_some() && zone.is_some() && status.is_none() => Layout::Statement,
            (Some(_), _) if header.find(&["Time Zone"]).is_some() => Layout::Classic,
            (Some(_), _) => Layout::Activity,
            (None, Some(_)) if receipt.is_some() && status.is_some() && zone.is_some() => Layout::Short,
            (None, _) => return None,
        };
        let columns = Columns {
            date: header.find(words::DATE)?,
            time: header.find(words::TIME)?,
            zone,
            type_name: if layout == Layout::Statement { description } else { type_name },
            status,
            currency: header.find(words::CURRENCY),
            gross: header.find(words::GROSS),
            fee: header.find(words::FEE),
            net: header.find(words::NET),
            balance: header.find(words::BALANCE),
            impact: header.find(words::IMPACT),
            event_code: header.find(words::EVENT_CODE),
            transaction,
            reference: header.find(words::REFERENCE),
            receipt,
            name: header.find(words::NAME),
            from: header.find(words::FROM),
            to: header.find(words::TO),
            title: header.find(words::TITLE),
            subject: header.find(words::SUBJECT),
            note: header.find(words::NOTE),
            layout,
        };
        columns.are_paypals().then_some(columns)
    }

    /// Date, time, amount and an id stand in many files. PayPal's have at least three of these besides.
    fn are_paypals(&self) -> bool {
        let typical = [
            self.zone,
            self.type_name,
            self.status,
            self.fee,
            self.net,
            self.balance,
            self.impact,
            self.reference,
            self.from,
            self.receipt,
        ];
        (self.gross.is_some() || self.net.is_some()) && typical.iter().flatten().count() >= 3
    }
}
