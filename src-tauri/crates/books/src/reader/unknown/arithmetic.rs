//! What the amounts of a file add up to: which three columns agree in every row, which column is a running balance,
//! which two columns share one amount.

use std::collections::BTreeMap;

/// Columns of amounts that are tried with each other; a wider file names its columns by hand.
const MAX_COLUMNS: usize = 24;

/// Looks at the amounts of all rows.
#[derive(Debug)]
pub(super) struct Arithmetic {
    /// The file's columns that are looked at.
    pub(super) columns: Vec<usize>,
    sums: Vec<Sum>,
    either_or: Vec<EitherOr>,
    steps: Vec<Steps>,
    last: BTreeMap<String, Vec<Option<i64>>>,
    sizes: Vec<Size>,
}

/// x + y = z held in every row so far. Indices are into [`Arithmetic::columns`].
#[derive(Debug, Clone, Copy)]
struct Sum {
    x: usize,
    y: usize,
    z: usize,
    /// Rows in which none of the three was zero.
    telling: u64,
}

/// Never both columns had an amount.
#[derive(Debug, Clone, Copy)]
struct EitherOr {
    first: usize,
    second: usize,
    firsts: u64,
    seconds: u64,
}

/// How often a column changed by what other columns say.
#[derive(Debug, Clone, Copy)]
struct Steps {
    balance: usize,
    amount: usize,
    /// A second column that takes: the change is the one less the other.
    less: Option<usize>,
    checked: u64,
    from_above: u64,
    from_below: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    total: u128,
    negative: u64,
    positive: u64,
}

/// gross, fee and net: which is which, and how the fee is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Three {
    pub(super) gross: usize,
    pub(super) fee: usize,
    pub(super) net: usize,
    pub(super) subtracted: bool,
}

/// What the rows allow: none, one, or several readings that are equally possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found<T> {
    None,
    One(T),
    Several(Vec<T>),
}

impl Arithmetic {
    pub(super) fn new(mut columns: Vec<usize>) -> Arithmetic {
        columns.truncate(MAX_COLUMNS);
        let all = 0..columns.len();
        let pairs: Vec<_> = all.clone().flat_map(|x| (x + 1..columns.len()).map(move |y| (x, y))).collect();
        let sums = pairs.iter().flat_map(|&(x, y)| {
            all.clone().filter(move |z| *z != x && *z != y).map(move |z| Sum { x, y, z, telling: 0 })
        });
        let either_or = pairs.iter().map(|&(first, second)| EitherOr { first, second, firsts: 0, seconds: 0 });
        let steps = all.clone().flat_map(|balance| {
            all.clone().filter(move |amount| *amount != balance).map(move |amount| Steps::new(balance, amount, None))
        });
        Arithmetic {
            sums: sums.collect(),
            either_or: either_or.collect(),
            steps: steps.collect(),
            last: BTreeMap::new(),
            sizes: vec![Size::default(); columns.len()],
            columns,
        }
    }

    /// Looks at the amounts of a row; `None` where a cell is empty.
    pub(super) fn look(&mut self, currency: &str, row: Vec<Option<i64>>) {
        self.sums.retain_mut(|sum| sum.holds(&row));
        self.either_or.retain_mut(|pair| pair.holds(&row));
        for (size, value) in self.sizes.iter_mut().zip(&row) {
            size.look(*value);
        }
        if let Some(above) = self.last.get(currency) {
            self.steps.iter_mut().for_each(|steps| steps.look(above, &row));
        }
        self.last.insert(currency.to_owned(), row);
    }

    /// A row that cannot be read: balances begin anew.
    pub(super) fn skip(&mut self) {
        self.last.clear();
    }

    /// The same columns once more, for the balance of these pairs of columns only.
    pub(super) fn with_pairs(&self, pairs: &[(usize, usize)]) -> Arithmetic {
        let mut next = Arithmetic::new(self.columns.clone());
        next.sums.clear();
        next.either_or.clear();
        next.steps = pairs
            .iter()
            .flat_map(|&(one, other)| [(one, other), (other, one)])
            .flat_map(|(plus, less)| {
                (0..self.columns.len())
                    .filter(move |balance| *balance != plus && *balance != less)
                    .map(move |balance| Steps::new(balance, plus, Some(less)))
            })
            .collect();
        next
    }

    /// The balance and the amount it changes by, and the column that takes where there is one.
    pub(super) fn balance(&self) -> Found<(usize, usize, Option<usize>)> {
        let score = |steps: &Steps| steps.from_above.max(steps.from_below);
        let good = |steps: &&Steps| score(steps) >= 2 && score(steps) * 10 >= steps.checked * 7;
        let Some(best) = self.steps.iter().filter(good).map(score).max() else { return Found::None };
        let tied = self.steps.iter().filter(good).filter(|steps| score(steps) == best);
        found(tied.map(|steps| (steps.balance, steps.amount, steps.less)).collect())
    }

    /// The three columns that agree in every row, the balance left out.
    pub(super) fn three(&self, balance: Option<usize>) -> Found<Three> {
        let is_free = |sum: &&Sum| ![sum.x, sum.y, sum.z].iter().any(|at| Some(*at) == balance);
        let told = |sum: &&Sum| sum.telling >= 2;
        found(self.sums.iter().filter(is_free).filter(told).flat_map(|sum| self.orient(sum)).collect())
    }

    /// Which of three columns is the fee: the smaller of the two that are added up. A fee that is mostly negative is
    /// added to the gross amount, one that is mostly positive was subtracted from it.
    fn orient(&self, sum: &Sum) -> Vec<Three> {
        let (x, y) = (self.sizes[sum.x].total, self.sizes[sum.y].total);
        let readings: &[(usize, usize)] = match x.cmp(&y) {
            std::cmp::Ordering::Less => &[(sum.y, sum.x)],
            std::cmp::Ordering::Greater => &[(sum.x, sum.y)],
            std::cmp::Ordering::Equal => &[(sum.x, sum.y), (sum.y, sum.x)],
        };
        let z = sum.z;
        let is_fee = |fee: usize| self.sizes[fee].total * 2 < self.sizes[z].total;
        let readings = readings.iter().filter(|(_, fee)| is_fee(*fee));
        readings
            .flat_map(|&(other, fee)| {
                let added = Three { gross: other, fee, net: z, subtracted: false };
                let subtracted = Three { gross: z, fee, net: other, subtracted: true };
                let size = self.sizes[fee];
                match size.negative.cmp(&size.positive) {
                    std::cmp::Ordering::Greater => vec![added],
                    std::cmp::Ordering::Less => vec![subtracted],
                    std::cmp::Ordering::Equal => vec![added, subtracted],
                }
            })
            .collect()
    }

    /// Pairs of columns of which one has the amount of each row.
    pub(super) fn either_or(&self, rows: u64) -> Vec<(usize, usize)> {
        let shared = |pair: &&EitherOr| {
            let told = pair.firsts + pair.seconds;
            pair.firsts > 0 && pair.seconds > 0 && told * 10 >= rows * 9
        };
        self.either_or.iter().filter(shared).map(|pair| (pair.first, pair.second)).collect()
    }
}

fn found<T>(mut readings: Vec<T>) -> Found<T> {
    match readings.len() {
        0 => Found::None,
        1 => readings.pop().map_or(Found::None, Found::One),
        _ => Found::Several(readings),
    }
}

impl Sum {
    fn holds(&mut self, row: &[Option<i64>]) -> bool {
        let (x, y, z) = (row[self.x], row[self.y], row[self.z]);
        if x.is_none() && y.is_none() && z.is_none() {
            return true;
        }
        let (x, y, z) = (x.unwrap_or(0), y.unwrap_or(0), z.unwrap_or(0));
        self.telling += u64::from(x != 0 && y != 0 && z != 0);
        x.checked_add(y) == Some(z)
    }
}

impl EitherOr {
    fn holds(&mut self, row: &[Option<i64>]) -> bool {
        let (first, second) = (row[self.first].unwrap_or(0) != 0, row[self.second].unwrap_or(0) != 0);
        self.firsts += u64::from(first);
        self.seconds += u64::from(second);
        !(first && second)
    }
}

impl Steps {
    const fn new(balance: usize, amount: usize, less: Option<usize>) -> Steps {
        Steps { balance, amount, less, checked: 0, from_above: 0, from_below: 0 }
    }

    fn look(&mut self, above: &[Option<i64>], row: &[Option<i64>]) {
        let (Some(before), Some(after)) = (above[self.balance], row[self.balance]) else { return };
        let Some(change) = after.checked_sub(before) else { return };
        let (here, there) = (self.amount_of(row), self.amount_of(above));
        if here == Some(0) && there == Some(0) {
            return;
        }
        self.checked += 1;
        self.from_above += u64::from(here.is_some_and(|here| here != 0 && here == change));
        self.from_below += u64::from(there.is_some_and(|there| there != 0 && Some(change) == there.checked_neg()));
    }

    fn amount_of(&self, row: &[Option<i64>]) -> Option<i64> {
        match self.less {
            None => row[self.amount],
            Some(less) => {
                let out = row[less].unwrap_or(0).checked_abs()?;
                row[self.amount].unwrap_or(0).checked_sub(out)
            }
        }
    }
}

impl Size {
    fn look(&mut self, value: Option<i64>) {
        let value = value.unwrap_or(0);
        self.total += u128::from(value.unsigned_abs());
        self.negative += u64::from(value < 0);
        self.positive += u64::from(value > 0);
    }
}
