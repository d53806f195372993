//! One transaction told by several rows: a part and its fee, the same day in two files, a corrected file.

use purser_books::{Entry, Part};

use crate::store::rows::TransactionRow;

pub(super) const GROSS: i64 = 1;
pub(super) const FEE: i64 = 2;
pub(super) const WHOLE: i64 = 4;

/// What a further row does to a transaction that is already there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// It says nothing new.
    Same,
    /// It tells a part that was missing; the row counts as stored.
    Completed(TransactionRow),
    /// It was there already; a balance or a name is added.
    Enriched(TransactionRow),
    /// It contradicts what was there: the newer file wins, the older version is kept beside it.
    Revised(TransactionRow),
}

pub(super) fn merge(existing: &TransactionRow, told: &TransactionRow, part: Part) -> Merge {
    match part {
        Part::Whole => merge_whole(existing, told),
        Part::Gross => merge_part(existing, told, GROSS),
        Part::Fee => merge_part(existing, told, FEE),
        Part::Detail => Merge::Same,
    }
}

fn merge_whole(existing: &TransactionRow, told: &TransactionRow) -> Merge {
    let mut merged = existing.clone();
    let first_whole = existing.parts & WHOLE == 0;
    merged.parts |= WHOLE;
    add_missing_texts(&mut merged, told);
    add_balance(&mut merged, told);
    if first_whole {
        // A row of its own tells time, kind and names better than the rows of its parts.
        merged.time_ms = told.time_ms;
        merged.sequence = told.sequence;
        merged.booking_date.clone_from(&told.booking_date);
        merged.kind = told.kind;
        merged.status = told.status;
        prefer_texts(&mut merged, told);
    }
    let gross_differs = existing.parts & (GROSS | WHOLE) != 0 && existing.gross != told.gross;
    let fee_differs = existing.parts & (FEE | WHOLE) != 0 && existing.fee != told.fee;
    let state_differs = !first_whole && (existing.status != told.status || existing.moved != told.moved);
    if gross_differs || fee_differs || state_differs {
        merged.status = told.status;
        merged.moved = told.moved;
        merged.kind = told.kind;
        merged.direction = told.direction;
        (merged.gross, merged.fee, merged.net) = (told.gross, told.fee, told.net);
        return Merge::Revised(merged);
    }
    (merged.gross, merged.fee, merged.net) = (told.gross, told.fee, told.net);
    if merged == *existing { Merge::Same } else { Merge::Enriched(merged) }
}

fn merge_part(existing: &TransactionRow, told: &TransactionRow, part: i64) -> Merge {
    let mut merged = existing.clone();
    merged.parts |= part;
    add_missing_texts(&mut merged, told);
    add_balance(&mut merged, told);
    let (known, stated) = if part == GROSS { (existing.gross, told.gross) } else { (existing.fee, told.fee) };
    if existing.parts & (part | WHOLE) == 0 {
        // The other half of a transaction that came in two rows.
        if part == GROSS {
            merged.gross = told.gross;
            merged.kind = told.kind;
            merged.direction = told.direction;
            merged.time_ms = told.time_ms;
            merged.sequence = told.sequence;
            merged.booking_date.clone_from(&told.booking_date);
            prefer_texts(&mut merged, told);
        } else {
            merged.fee = told.fee;
        }
        merged.net = merged.gross.saturating_add(merged.fee);
        return Merge::Completed(merged);
    }
    if known != stated {
        if part == GROSS {
            merged.gross = told.gross;
        } else {
            merged.fee = told.fee;
        }
        merged.net = merged.gross.saturating_add(merged.fee);
        return Merge::Revised(merged);
    }
    if merged == *existing { Merge::Same } else { Merge::Enriched(merged) }
}

/// The balance after the last of a transaction's rows.
fn add_balance(merged: &mut TransactionRow, told: &TransactionRow) {
    if told.balance.is_some() && merged.balance_sequence.is_none_or(|sequence| told.balance_sequence >= Some(sequence))
    {
        merged.balance = told.balance;
        merged.balance_sequence = told.balance_sequence;
    }
}

fn add_missing_texts(merged: &mut TransactionRow, told: &TransactionRow) {
    if merged.counterparty.is_empty() {
        merged.counterparty.clone_from(&told.counterparty);
    }
    if merged.description.is_empty() {
        merged.description.clone_from(&told.description);
    }
    if merged.family.is_none() {
        merged.family.clone_from(&told.family);
    }
}

fn prefer_texts(merged: &mut TransactionRow, told: &TransactionRow) {
    if !told.counterparty.is_empty() {
        merged.counterparty.clone_from(&told.counterparty);
    }
    if !told.description.is_empty() {
        merged.description.clone_from(&told.description);
    }
    if told.family.is_some() {
        merged.family.clone_from(&told.family);
    }
}

/// An entry as a row of its own. The id is given when it is inserted.
pub(super) fn row_of(entry: &Entry, key: [u8; 16], account_id: i64, import_id: i64) -> TransactionRow {
    TransactionRow {
        id: 0,
        key: key.to_vec(),
        account_id,
        time_ms: entry.time.as_millisecond(),
        sequence: entry.sequence,
        booking_date: entry.booking_date.to_string(),
        kind: entry.kind.code(),
        status: entry.status.code(),
        direction: entry.direction.code(),
        moved: entry.moved,
        parts: match entry.part {
            Part::Whole => WHOLE,
            Part::Gross => GROSS,
            Part::Fee => FEE,
            Part::Detail => 0,
        },
        gross: entry.gross,
        fee: entry.fee,
        net: entry.net,
        balance: entry.balance,
        balance_sequence: entry.balance.map(|_| entry.sequence),
        provider_ref: entry.provider_ref.clone(),
        family: entry.family.clone(),
        counterparty: entry.counterparty.clone(),
        description: entry.description.clone(),
        import_id,
        line: entry.source.line.into(),
        position: i64::try_from(entry.source.offset).unwrap_or(i64::MAX),
        length: entry.source.length.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(parts: i64, gross: i64, fee: i64, balance: Option<i64>, sequence: i64) -> TransactionRow {
        TransactionRow {
            id: 7,
            key: vec![1; 16],
            account_id: 1,
            time_ms: 1_000,
            sequence,
            booking_date: "2026-11-20".to_owned(),
            kind: 0,
            status: 1,
            direction: 0,
            moved: true,
            parts,
            gross,
            fee,
            net: gross + fee,
            balance,
            balance_sequence: balance.map(|_| sequence),
            provider_ref: "4200".to_owned(),
            family: None,
            counterparty: String::new(),
            description: "交易".to_owned(),
            import_id: 1,
            line: 2,
            position: 0,
            length: 10,
        }
    }

    #[test]
    fn a_sale_and_its_fee_row_become_one_transaction_in_either_order() {
        let (gross, fee) = (row(GROSS, 5800, 0, Some(105_800), 2), row(FEE, 0, -35, Some(105_765), 3));
        for (first, second, part) in [(&gross, &fee, Part::Fee), (&fee, &gross, Part::Gross)] {
            let Merge::Completed(merged) = merge(first, second, part) else { panic!("not completed") };
            assert_eq!((merged.gross, merged.fee, merged.net), (5800, -35, 5765));
            assert_eq!(merged.balance, Some(105_765), "the balance is the one after the fee");
            assert_eq!(merge(&merged, second, part), Merge::Same);
        }
    }

    #[test]
    fn trade_bill_and_fund_flow_bill_agree_in_either_order() {
        let (gross, fee) = (row(GROSS, 5800, 0, Some(105_800), 2), row(FEE, 0, -35, Some(105_765), 3));
        let mut whole = row(WHOLE, 5800, -35, None, 9);
        whole.description = "茶叶, 250g".to_owned();
        let Merge::Completed(both) = merge(&gross, &fee, Part::Fee) else { panic!() };
        let Merge::Enriched(parts_first) = merge(&both, &whole, Part::Whole) else { panic!() };
        let Merge::Enriched(step) = merge(&whole, &gross, Part::Gross) else { panic!() };
        let Merge::Enriched(whole_first) = merge(&step, &fee, Part::Fee) else { panic!() };
        assert_eq!(parts_first, whole_first);
        assert_eq!(whole_first.description, "茶叶, 250g");
        assert_eq!(whole_first.balance, Some(105_765));
    }

    #[test]
    fn another_amount_is_a_revision() {
        let Merge::Revised(merged) = merge(&row(WHOLE, 100, 0, None, 1), &row(WHOLE, 100, -3, None, 1), Part::Whole)
        else {
            panic!()
        };
        assert_eq!(merged.net, 97);
    }
}
