//! One transaction out of everything that files tell of it: a part and its fee, the same day in two files,
//! a corrected file.
//!
//! The result depends on the tellings alone and not on the order they came in, as long as they say which of them is
//! newer. A settled state beats a pending one; then the file counts that states the later time of its making;
//! only then, between files that say neither, the one that was imported later.

use purser_books::{Entry, Part, Status};

use crate::store::rows::TransactionRow;

pub(super) const GROSS: i64 = 1;
pub(super) const FEE: i64 = 2;
pub(super) const WHOLE: i64 = 4;

/// One row of a file that tells a transaction: `row.parts` has the bit of its part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Telling {
    pub(crate) row: TransactionRow,
    /// When the file says it was made; 0 where it does not say.
    pub(crate) exported_ms: i64,
}

impl Telling {
    /// Higher is newer.
    fn rank(&self) -> (bool, i64, i64, i64) {
        (self.row.status != Status::Pending.code(), self.exported_ms, self.row.import_id, self.row.line)
    }

    pub(super) fn says_the_same(&self, other: &Telling) -> bool {
        let (a, b) = (&self.row, &other.row);
        a.parts == b.parts
            && says_of_state(a) == says_of_state(b)
            && (a.account_id, a.time_ms, a.balance) == (b.account_id, b.time_ms, b.balance)
            && (&a.booking_date, &a.provider_ref) == (&b.booking_date, &b.provider_ref)
            && (&a.family, &a.payout) == (&b.family, &b.payout)
            && (&a.counterparty, &a.description) == (&b.counterparty, &b.description)
    }
}

/// What makes one version of a row another one than before.
fn says_of_state(row: &TransactionRow) -> (i64, i64, i64, bool, i64, i64, i64) {
    (row.kind, row.status, row.direction, row.moved, row.gross, row.fee, row.net)
}

/// Whether all tellings say the same, so that the transaction's own row is enough to know what each of them says.
pub(super) fn agree(tellings: &[Telling]) -> bool {
    tellings.split_first().is_none_or(|(first, rest)| rest.iter().all(|other| first.says_the_same(other)))
}

/// Whether rows of one part contradict each other, so that it matters which one is newer.
pub(super) fn contradict(tellings: &[Telling]) -> bool {
    let differ =
        |a: &Telling, b: &Telling| a.row.parts == b.row.parts && says_of_state(&a.row) != says_of_state(&b.row);
    tellings.iter().enumerate().any(|(n, a)| tellings.iter().skip(n + 1).any(|b| differ(a, b)))
}

/// The parts that some telling tells.
pub(super) fn parts(tellings: &[Telling]) -> i64 {
    tellings.iter().fold(0, |parts, telling| parts | telling.row.parts)
}

/// Puts together what is in force. `None` without a telling. The id and the detail are left to the store.
pub(super) fn fold(tellings: &[Telling]) -> Option<TransactionRow> {
    if let [only] = tellings {
        return Some(only.row.clone());
    }
    let mut newest_first: Vec<&Telling> = tellings.iter().collect();
    newest_first.sort_by_key(|telling| std::cmp::Reverse(telling.rank()));
    let newest = |part: i64| newest_first.iter().copied().find(|telling| telling.row.parts == part);
    let (whole, gross, fee) = (newest(WHOLE), newest(GROSS), newest(FEE));
    // A row of its own tells time, kind and names better than the rows of its parts.
    let main = whole.or(gross).or(fee)?;
    let first = tellings
        .iter()
        .filter(|telling| telling.says_the_same(main))
        .min_by_key(|telling| (telling.row.import_id, telling.row.line))?;
    let mut row = first.row.clone();
    row.parts = parts(tellings);
    set_amounts(&mut row, whole, gross, fee);
    // The ledger knows what moved the balance.
    row.moved = gross.or(fee).or(whole).is_some_and(|telling| telling.row.moved);
    row.balance = balance(&newest_first, whole, gross, fee);
    let told_by = |part: i64| newest_first.iter().copied().filter(move |telling| telling.row.parts == part);
    let by_part = || [WHOLE, GROSS, FEE].into_iter().flat_map(told_by).map(|telling| &telling.row);
    row.counterparty = first_text(by_part().map(|row| &row.counterparty));
    row.description = first_text(by_part().map(|row| &row.description));
    row.family = by_part().find_map(|row| row.family.clone());
    row.payout = by_part().find_map(|row| row.payout.clone());
    Some(row)
}

/// Gross and fee each from the newest row that tells them.
fn set_amounts(row: &mut TransactionRow, whole: Option<&Telling>, gross: Option<&Telling>, fee: Option<&Telling>) {
    let newer = |part: Option<&Telling>| match (whole, part) {
        (Some(whole), Some(part)) => part.rank() > whole.rank(),
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let (gross_apart, fee_apart) = (newer(gross), newer(fee));
    let of = |telling: Option<&Telling>, amount: fn(&TransactionRow) -> i64| telling.map_or(0, |t| amount(&t.row));
    row.gross = of(if gross_apart { gross } else { whole }, |row| row.gross);
    row.fee = of(if fee_apart { fee } else { whole }, |row| row.fee);
    // A row that tells all keeps the net it states, right or wrong.
    row.net = match whole {
        Some(whole) if !gross_apart && !fee_apart => whole.row.net,
        _ => row.gross.saturating_add(row.fee),
    };
}

/// The balance after the last of a transaction's rows, from the newest file that states one for what is in force.
fn balance(
    newest_first: &[&Telling],
    whole: Option<&Telling>,
    gross: Option<&Telling>,
    fee: Option<&Telling>,
) -> Option<i64> {
    let stated = |winner: Option<&Telling>| -> Option<TransactionRow> {
        let winner = winner?;
        let same = |telling: &&&Telling| {
            telling.row.parts == winner.row.parts
                && (telling.row.gross, telling.row.fee, telling.row.net)
                    == (winner.row.gross, winner.row.fee, winner.row.net)
                && telling.row.balance.is_some()
        };
        newest_first.iter().find(same).map(|telling| telling.row.clone())
    };
    let (gross, fee) = (stated(gross), stated(fee));
    let last = match (gross, fee) {
        (Some(gross), Some(fee)) if (gross.time_ms, gross.sequence) > (fee.time_ms, fee.sequence) => Some(gross),
        (_, Some(fee)) => Some(fee),
        (gross, None) => gross,
    };
    last.or_else(|| stated(whole)).and_then(|row| row.balance)
}

fn first_text<'a>(mut texts: impl Iterator<Item = &'a String>) -> String {
    texts.find(|text| !text.is_empty()).cloned().unwrap_or_default()
}

/// An entry as a telling. The id is given when it is stored.
pub(super) fn telling_of(entry: Entry, key: [u8; 16], account_id: i64, import_id: i64) -> Telling {
    let row = TransactionRow {
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
            Part::Whole | Part::Detail => WHOLE,
            Part::Gross => GROSS,
            Part::Fee => FEE,
        },
        gross: entry.gross,
        fee: entry.fee,
        net: entry.net,
        balance: entry.balance,
        provider_ref: entry.provider_ref,
        family: entry.family,
        payout: entry.payout,
        counterparty: entry.counterparty,
        description: entry.description,
        import_id,
        line: entry.source.line.into(),
        position: i64::try_from(entry.source.offset).unwrap_or(i64::MAX),
        length: entry.source.length.into(),
        detail_id: None,
    };
    Telling { row, exported_ms: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn telling(parts: i64, gross: i64, fee: i64, balance: Option<i64>, sequence: i64) -> Telling {
        let row = TransactionRow {
            id: 0,
            key: vec![1; 16],
            account_id: 1,
            time_ms: 1_000,
            sequence,
            booking_date: "2026-11-20".to_owned(),
            kind: 0,
            status: Status::Completed.code(),
            direction: 0,
            moved: true,
            parts,
            gross,
            fee,
            net: gross + fee,
            balance,
            provider_ref: "4200".to_owned(),
            family: None,
            payout: None,
            counterparty: String::new(),
            description: "交易".to_owned(),
            import_id: 1,
            line: sequence,
            position: 0,
            length: 10,
            detail_id: None,
        };
        Telling { row, exported_ms: 0 }
    }

    fn of_import(mut telling: Telling, import: i64) -> Telling {
        telling.row.import_id = import;
        telling
    }

    #[test]
    fn a_sale_and_its_fee_row_become_one_transaction_in_either_order() {
        let (gross, fee) = (telling(GROSS, 5800, 0, Some(105_800), 2), telling(FEE, 0, -35, Some(105_765), 3));
        for tellings in [[gross.clone(), fee.clone()], [fee, gross]] {
            let row = fold(&tellings).unwrap();
            assert_eq!((row.gross, row.fee, row.net), (5800, -35, 5765));
            assert_eq!(row.balance, Some(105_765), "the balance is the one after the fee");
            assert_eq!(row.parts, GROSS | FEE);
            assert!(!contradict(&tellings));
        }
    }

    #[test]
    fn trade_bill_and_fund_flow_bill_are_one_transaction() {
        let gross = telling(GROSS, 5800, 0, Some(105_800), 2);
        let fee = telling(FEE, 0, -35, Some(105_765), 3);
        let mut whole = of_import(telling(WHOLE, 5800, -35, None, 9), 2);
        whole.row.description = "茶叶, 250g".to_owned();
        whole.row.moved = false;
        let row = fold(&[gross, whole, fee]).unwrap();
        assert_eq!((row.gross, row.fee, row.net, row.balance), (5800, -35, 5765, Some(105_765)));
        assert_eq!(row.description, "茶叶, 250g");
        assert!(row.moved, "the ledger knows what moved");
    }

    #[test]
    fn a_settled_state_beats_a_pending_one_whatever_came_first() {
        let settled = telling(WHOLE, 100, -3, None, 1);
        let mut pending = of_import(telling(WHOLE, 100, 0, None, 1), 2);
        (pending.row.status, pending.row.moved) = (Status::Pending.code(), false);
        for tellings in [[settled.clone(), pending.clone()], [pending, settled]] {
            assert!(contradict(&tellings));
            let row = fold(&tellings).unwrap();
            assert_eq!((row.status, row.moved, row.net), (Status::Completed.code(), true, 97));
        }
    }

    #[test]
    fn the_later_export_wins_and_without_one_the_later_import() {
        let (first, second) = (telling(WHOLE, 100, 0, None, 1), of_import(telling(WHOLE, 90, 0, None, 1), 2));
        assert_eq!(fold(&[first.clone(), second.clone()]).unwrap().gross, 90);
        let first = Telling { exported_ms: 5, ..first };
        assert_eq!(fold(&[second, first]).unwrap().gross, 100);
    }

    #[test]
    fn a_file_without_a_fee_column_does_not_revise_the_fee_away() {
        let whole = telling(WHOLE, 100, -3, Some(97), 1);
        let row = fold(&[whole, of_import(telling(GROSS, 100, 0, None, 1), 2)]).unwrap();
        assert_eq!((row.gross, row.fee, row.net, row.balance), (100, -3, 97, Some(97)));
    }

    fn any_telling() -> impl Strategy<Value = Telling> {
        let part = prop::sample::select(vec![WHOLE, GROSS, FEE]);
        (part, 0i64..3, 0i64..3, prop::option::of(0i64..3), 1i64..4, 0i64..2, 0i64..3, "[ab]?").prop_map(
            |(part, gross, fee, balance, import, status, exported, text)| {
                let mut telling = of_import(telling(part, gross, -fee, balance, 1), import);
                telling.row.status = status;
                telling.row.line = import * 10 + part;
                telling.row.counterparty = text;
                telling.exported_ms = exported;
                telling
            },
        )
    }

    proptest! {
        #[test]
        fn the_order_of_tellings_does_not_matter(tellings in prop::collection::vec(any_telling(), 1..6), seed in any::<u64>()) {
            // One file tells one part of a transaction once.
            let mut once = tellings;
            once.sort_by_key(|telling| (telling.row.import_id, telling.row.parts));
            once.dedup_by_key(|telling| (telling.row.import_id, telling.row.parts));
            let mut turned = once.clone();
            let by = usize::try_from(seed % once.len() as u64).unwrap_or(0);
            turned.rotate_left(by);
            if seed % 2 == 0 { turned.reverse(); }
            prop_assert_eq!(fold(&once), fold(&turned));
        }
    }
}
