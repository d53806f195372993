//! One thing that was measured.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// One measurement, as the program that made it prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    pub name: String,
    /// Seconds of a job, or the 99th percentile of many requests.
    #[serde(default)]
    pub seconds: f64,
    /// Of many requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_s: Option<f64>,
    /// The first of them, before anything is remembered; too rare to show in a percentile, and what a person waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Rows that were read, written or found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Most memory that was resident while it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_mib: Option<f64>,
}

impl Figure {
    /// A job that was done once.
    #[must_use]
    pub fn job(name: &str, time: Duration) -> Figure {
        Figure { name: name.to_owned(), seconds: time.as_secs_f64(), ..Figure::default() }
    }

    /// Many requests of one kind, in the order they were asked.
    #[must_use]
    pub fn requests(name: &str, mut times: Vec<Duration>) -> Figure {
        let first = times.first().copied().unwrap_or_default();
        times.sort_unstable();
        Figure {
            name: name.to_owned(),
            seconds: percentile(&times, 99).as_secs_f64(),
            median_s: Some(percentile(&times, 50).as_secs_f64()),
            first_s: Some(first.as_secs_f64()),
            requests: u64::try_from(times.len()).ok(),
            ..Figure::default()
        }
    }

    #[must_use]
    pub fn with_rows(self, rows: u64) -> Figure {
        Figure { rows: Some(rows), ..self }
    }

    #[must_use]
    pub fn with_peak(self, peak_mib: Option<f64>) -> Figure {
        Figure { peak_mib, ..self }
    }

    /// Rows each second, where rows were counted.
    #[must_use]
    pub fn rows_per_s(&self) -> Option<f64> {
        let rows = u32::try_from(self.rows?).ok()?;
        (self.seconds > 0.0).then(|| f64::from(rows) / self.seconds)
    }
}

/// The smallest time that so many per cent of all times do not exceed (nearest rank). Zero when there is none.
#[must_use]
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// What a measuring program printed: one figure a line.
///
/// # Errors
/// A line that is no figure: then nothing of it is believed.
pub fn parse(printed: &str) -> Result<Vec<Figure>> {
    let lines = printed.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| serde_json::from_str(line).with_context(|| format!("not a figure: {line}"))).collect()
}

/// Why a measuring script ended: the last line it complained with.
#[must_use]
pub fn reason(complaint: &str) -> String {
    let last = complaint.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim();
    let is_absent = ["ModuleNotFoundError", "FileNotFoundError"].iter().any(|word| last.starts_with(word));
    format!("{} ({last})", if is_absent { "not installed" } else { "failed" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(times: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        times.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_times_that_occurred() {
        let times = milliseconds(1..=200);
        assert_eq!(percentile(&times, 50), Duration::from_millis(100));
        assert_eq!(percentile(&times, 99), Duration::from_millis(198));
        assert_eq!(percentile(&times, 100), Duration::from_millis(200));
        assert_eq!(percentile(&milliseconds([7]), 99), Duration::from_millis(7));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }

    #[test]
    fn the_worst_of_few_requests_is_their_99th_percentile() {
        let figure = Figure::requests("page", milliseconds([3, 900, 1, 2]));
        assert_eq!((figure.seconds, figure.median_s, figure.first_s), (0.9, Some(0.002), Some(0.003)));
        assert_eq!(figure.requests, Some(4));
    }

    #[test]
    fn what_is_printed_is_what_is_read() {
        let figure = Figure::job("import", Duration::from_millis(1500)).with_rows(30_000).with_peak(Some(48.5));
        let printed = serde_json::to_string(&figure).unwrap();
        assert_eq!(printed, r#"{"name":"import","seconds":1.5,"rows":30000,"peak_mib":48.5}"#);
        assert_eq!(parse(&format!("{printed}\n\n{printed}\n")).unwrap(), [figure.clone(), figure.clone()]);
        assert_eq!(figure.rows_per_s(), Some(20_000.0));
    }

    #[test]
    fn anything_else_is_an_error() {
        assert!(parse("{\"name\":\"import\",\"seconds\":1}\nTraceback").is_err());
        assert!(parse("{\"name\":\"import\",\"secs\":1}").is_err());
        assert!(parse("{\"seconds\":1}").is_err());
    }

    #[test]
    fn no_rate_without_time_or_rows() {
        assert_eq!(Figure::job("import", Duration::ZERO).with_rows(5).rows_per_s(), None);
        assert_eq!(Figure::job("import", Duration::from_secs(1)).rows_per_s(), None);
    }

    #[test]
    fn a_peer_that_is_not_there_says_so() {
        let absent =
            "Traceback (most recent call last):\n  File ...\nModuleNotFoundError: No module named 'duckdb'\n\n";
        assert_eq!(reason(absent), "not installed (ModuleNotFoundError: No module named 'duckdb')");
        assert_eq!(reason("hledger ended with 1: no such account\n"), "failed (hledger ended with 1: no such account)");
        assert_eq!(reason(""), "failed (it said nothing)");
    }
}
