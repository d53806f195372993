//! The register against a plain sort.

use super::read::parse_numbers;
use super::*;
use proptest::prelude::*;

const ACCOUNTS: [(i64, i64, &str); 3] = [(1, 10, "USD"), (2, 10, "CNY"), (5, 20, "USD")];

fn accounts() -> Vec<(i64, i64, String)> {
    ACCOUNTS.iter().map(|(id, wallet, currency)| (*id, *wallet, (*currency).to_owned())).collect()
}

/// Text of one row, as SQLite hands it out, and what it says.
fn any_row() -> impl Strategy<Value = String> {
    let amounts = (-500i64..500, -9i64..1, -500i64..500);
    (0i64..9, 0i64..3, 1u32..29, prop::sample::select(vec![1i64, 2, 5]), 0u8..16, 0u8..3, 0u8..2, amounts).prop_map(
        |(time, sequence, day, account, kind, direction, moved, (gross, fee, net))| {
            format!("{time} {sequence} 2026-10-{day:02} {account} {kind} {direction} {moved} {gross} {fee} {net}")
        },
    )
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let day = || prop::option::of((1u32..29).prop_map(|day| format!("2026-10-{day:02}")));
    let some = |codes: Vec<i64>| prop::sample::subsequence(codes, 0..=2);
    let currencies = prop::sample::subsequence(vec!["USD".to_owned(), "CNY".to_owned()], 0..=1);
    (day(), day(), some(vec![10, 20]), some(vec![0, 1, 2, 3]), some(vec![0, 1, 2]), currencies).prop_map(
        |(from, to, wallets, kinds, directions, currencies)| Filter {
            from,
            to,
            wallets,
            kinds,
            directions,
            currencies,
            ..Filter::default()
        },
    )
}

fn field(row: &str, at: usize) -> &str {
    row.split(' ').nth(at).unwrap()
}

fn number(row: &str, at: usize) -> i64 {
    field(row, at).parse().unwrap()
}

fn account(row: &str) -> (i64, i64, &'static str) {
    *ACCOUNTS.iter().find(|(id, _, _)| *id == number(row, 4)).unwrap()
}

fn passes(filter: &Filter, row: &str) -> bool {
    let within = |codes: &[i64], code: i64| codes.is_empty() || codes.contains(&code);
    let (_, wallet, currency) = account(row);
    filter.from.as_deref().is_none_or(|from| field(row, 3) >= from)
        && filter.to.as_deref().is_none_or(|to| field(row, 3) <= to)
        && within(&filter.wallets, wallet)
        && within(&filter.kinds, number(row, 5))
        && within(&filter.directions, number(row, 6))
        && (filter.currencies.is_empty() || filter.currencies.iter().any(|code| code == currency))
}

fn key(column: SortColumn, row: &str) -> i64 {
    match column {
        SortColumn::Wallet => account(row).1,
        SortColumn::Currency => i64::from(account(row).2 == "USD"),
        SortColumn::Kind => number(row, 5),
        SortColumn::Gross => number(row, 8),
        SortColumn::Fee => number(row, 9),
        SortColumn::Net => number(row, 10),
        SortColumn::Time | SortColumn::Counterparty | SortColumn::Description => 0,
    }
}

proptest! {
    #[test]
    fn any_filter_order_and_place_is_what_a_plain_sort_gives(
        texts in prop::collection::vec(any_row(), 0..80),
        filter in any_filter(),
        column in prop::sample::select(vec![
            SortColumn::Time, SortColumn::Wallet, SortColumn::Kind, SortColumn::Gross, SortColumn::Fee,
            SortColumn::Net, SortColumn::Currency,
        ]),
        descending in any::<bool>(),
        offset in 0u64..90,
    ) {
        // Ids with gaps, as after an import was taken back.
        let rows: Vec<String> = texts.iter().enumerate().map(|(at, text)| format!("{} {text}", at * 3 + 1)).collect();
        let numbers = rows.iter().map(|row| parse_numbers(row).unwrap()).collect();
        let register = Register::from_rows(numbers, &accounts()).unwrap();
        let answer = register.answer(&filter, None).unwrap();
        let mut expected: Vec<&String> = rows.iter().filter(|row| passes(&filter, row)).collect();
        expected.sort_by_key(|row| (key(column, row), number(row, 1), number(row, 2), number(row, 0)));
        if descending {
            expected.reverse();
        }
        let ids: Vec<i64> = expected.iter().map(|row| number(row, 0)).collect();
        let order = register.sort(column);
        let page = register.page(&answer, order.as_ref().map(|order| (column, order)), descending, offset, 25);
        let from = usize::try_from(offset).unwrap().min(ids.len());
        prop_assert_eq!(page, &ids[from..(from + 25).min(ids.len())]);
        for currency in ["CNY", "USD"] {
            let mine: Vec<&&String> = expected.iter().filter(|row| account(row).2 == currency).collect();
            let moved = || mine.iter().filter(|row| number(row, 7) == 1);
            let totals = answer.totals.iter().find(|totals| totals.currency == currency);
            prop_assert_eq!(totals.map_or(0, |totals| totals.count), i64::try_from(mine.len()).unwrap());
            if let Some(totals) = totals {
                prop_assert_eq!(totals.money_in, moved().map(|row| number(row, 8).max(0)).sum::<i64>());
                prop_assert_eq!(totals.money_out, moved().map(|row| number(row, 8).min(0)).sum::<i64>());
                prop_assert_eq!(totals.fees, moved().map(|row| number(row, 9)).sum::<i64>());
                prop_assert_eq!(totals.net, moved().map(|row| number(row, 10)).sum::<i64>());
            }
        }
    }
}
