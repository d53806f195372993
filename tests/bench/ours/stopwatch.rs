//! The one place of the benchmark that reads a clock, and the rule for how often a request is asked.

use std::time::{Duration, Instant};

use anyhow::Result;
use purser_bench::Figure;

#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "it measures; nothing in a book depends on it")]
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    pub fn took(self) -> Duration {
        self.0.elapsed()
    }
}

/// So many make a 99th percentile that is not simply the worst.
const REQUESTS: u64 = 200;
/// Slow requests are asked less often; the figure says how often.
const BUDGET: Duration = Duration::from_secs(10);
const LEAST: u64 = 5;

/// Asks again and again; the request gets its number and says how many rows came.
pub async fn requests(name: &str, mut request: impl AsyncFnMut(u64) -> Result<u64>) -> Result<Figure> {
    let mut times = Vec::new();
    let mut rows = 0;
    let whole = Stopwatch::start();
    for number in 0..REQUESTS {
        if number >= LEAST && whole.took() > BUDGET {
            break;
        }
        let one = Stopwatch::start();
        rows = request(number).await?;
        times.push(one.took());
    }
    Ok(Figure::requests(name, times).with_rows(rows))
}
