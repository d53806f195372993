//! Stripe's words: column names of its reports and exports, reporting categories, balance transaction types.
//!
//! Sources, read 2026-11: docs.stripe.com "Balance change from activity", "Payout reconciliation", "Payouts",
//! "Reporting categories" and "Balance transaction types"; hledger's and other public samples of the dashboard's
//! balance history.

use crate::{Kind, Status};

pub(super) const TRANSACTION: &[&str] = &["balance_transaction_id"];
pub(super) const PAYOUT: &[&str] = &["payout_id"];
pub(super) const CREATED_UTC: &[&str] = &["created_utc", "effective_at_utc", "Created (UTC)", "Created date (UTC)"];
pub(super) const CREATED: &[&str] = &["created", "effective_at"];
pub(super) const GROSS: &[&str] = &["gross", "Amount"];
pub(super) const CATEGORY: &[&str] = &["reporting_category", "Type"];
pub(super) const SOURCE: &[&str] = &["source_id", "Source"];
pub(super) const CUSTOMER: &[&str] =
    &["customer_name", "customer_email", "Customer Description", "Customer Email", "Card Name"];
/// The payout that paid a row: in the reports, and in the dashboard's balance history.
pub(super) const PAID_BY: &[&str] = &["automatic_payout_id", "Transfer"];

/// The state of a balance transaction, a payment or a payout. What is not known has been booked.
pub(super) fn status(written: &str) -> Status {
    let written = written.to_ascii_lowercase();
    match written.as_str() {
        "pending" | "in_transit" | "uncaptured" | "incomplete" | "processing" => Status::Pending,
        _ if written.starts_with("requires") => Status::Pending,
        "failed" | "blocked" => Status::Failed,
        "canceled" | "cancelled" => Status::Closed,
        "refunded" | "disputed" => Status::Reversed,
        _ => Status::Completed,
    }
}

/// The id of a charge or payment that a refund's description names ("REFUND FOR CHARGE (ch_1A)").
pub(super) fn charge_in(description: &str) -> Option<&str> {
    let is_id = |word: &&str| ["ch_", "py_", "pi_"].iter().any(|prefix| word.starts_with(prefix)) && word.len() > 3;
    description.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').find(is_id)
}

/// The kind of a row by its reporting category (reports) or balance transaction type (dashboard).
/// What neither names is `other`. A dispute is an `adjustment` in the dashboard; its source (`dp_`, `du_`) tells it.
pub(super) fn kind(category: &str, source: &str, gross: i64) -> Kind {
    match category {
        "charge" | "payment" | "validation" => Kind::Sale,
        "refund"
        | "payment_refund"
        | "refund_failure"
        | "charge_failure"
        | "payment_failure_refund"
        | "payment_reversal"
        | "partial_capture_reversal" => Kind::Refund,
        "dispute" => Kind::Dispute,
        "dispute_reversal" => Kind::DisputeReversal,
        "adjustment" if source.starts_with("dp_") || source.starts_with("du_") => {
            if gross < 0 {
                Kind::Dispute
            } else {
                Kind::DisputeReversal
            }
        }
        "fee" | "network_cost" | "stripe_fee" | "stripe_fx_fee" => Kind::Fee,
        "tax" | "tax_fee" => Kind::Tax,
        "payout" => Kind::Payout,
        "payout_reversal" | "payout_cancel" | "payout_failure" => Kind::PayoutReversal,
        "topup" | "topup_reversal" => Kind::Topup,
        "other_adjustment" | "adjustment" => Kind::Adjustment,
        _ if is_connect(category) => {
            if gross < 0 {
                Kind::TransferOut
            } else {
                Kind::TransferIn
            }
        }
        _ if is_reserve(category) => {
            if gross < 0 {
                Kind::Hold
            } else {
                Kind::Release
            }
        }
        _ if category.starts_with("obligation_") => Kind::Adjustment,
        _ => Kind::Other,
    }
}

/// Money between Connect accounts, and what a platform earns on it.
fn is_connect(category: &str) -> bool {
    matches!(
        category,
        "transfer"
            | "transfer_reversal"
            | "transfer_cancel"
            | "transfer_failure"
            | "transfer_refund"
            | "platform_earning"
            | "platform_earning_refund"
            | "application_fee"
            | "application_fee_refund"
            | "connect_collection_transfer"
    )
}

/// Money that Stripe sets aside and gives back.
fn is_reserve(category: &str) -> bool {
    matches!(
        category,
        "risk_reserved_funds"
            | "reserved_funds"
            | "reserve_transaction"
            | "reserve_hold"
            | "reserve_release"
            | "connect_reserved_funds"
            | "payment_network_reserve_hold"
            | "payment_network_reserve_release"
            | "payout_minimum_balance_hold"
            | "payout_minimum_balance_release"
            | "issuing_authorization_hold"
            | "issuing_authorization_release"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_names_its_charge() {
        assert_eq!(charge_in("REFUND FOR CHARGE (ch_1AbC)"), Some("ch_1AbC"));
        assert_eq!(charge_in("REFUND FOR PAYMENT (py_3X) (Order ch_)"), Some("py_3X"));
        assert_eq!(charge_in("REFUND FOR CHARGE (Order 17)"), None);
    }

    #[test]
    fn categories_and_types_have_one_kind() {
        for (category, source, gross, expected) in [
            ("charge", "ch_1", 1_000, Kind::Sale),
            ("payment_refund", "pyr_1", -1_000, Kind::Refund),
            ("dispute", "dp_1", -1_000, Kind::Dispute),
            ("adjustment", "du_1", -1_000, Kind::Dispute),
            ("adjustment", "du_1", 1_000, Kind::DisputeReversal),
            ("adjustment", "", 1_000, Kind::Adjustment),
            ("stripe_fee", "", -50, Kind::Fee),
            ("tax_fee", "", -5, Kind::Tax),
            ("payout", "po_1", -900, Kind::Payout),
            ("payout_failure", "po_1", 900, Kind::PayoutReversal),
            ("transfer", "tr_1", -900, Kind::TransferOut),
            ("platform_earning", "fee_1", 90, Kind::TransferIn),
            ("risk_reserved_funds", "", -90, Kind::Hold),
            ("risk_reserved_funds", "", 90, Kind::Release),
            ("climate_order_purchase", "", -90, Kind::Other),
        ] {
            assert_eq!(kind(category, source, gross), expected, "{category}");
        }
    }
}
