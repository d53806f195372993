//! All results of one run: as a table, which is Markdown too, and as JSON.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::figure::Figure;
use crate::machine::Machine;

/// In what a line is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// More is better; for all others less is.
    RowsPerSecond,
    Seconds,
    Milliseconds,
    /// The peak, not the time.
    Mebibytes,
}

impl Unit {
    #[must_use]
    pub fn value(self, figure: &Figure) -> Option<f64> {
        match self {
            Unit::RowsPerSecond => figure.rows_per_s(),
            Unit::Seconds => Some(figure.seconds),
            Unit::Milliseconds => Some(figure.seconds * 1000.0),
            Unit::Mebibytes => figure.peak_mib,
        }
    }

    fn spelled(self, value: f64) -> String {
        match self {
            Unit::RowsPerSecond => format!("{} rows/s", grouped(value)),
            Unit::Seconds => format!("{value:.2} s"),
            Unit::Milliseconds => format!("{value:.1} ms"),
            Unit::Mebibytes => format!("{value:.0} MiB"),
        }
    }
}

/// What a line should reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// In the line's unit.
    AtMost(f64),
    /// So many times as good as the peer.
    TimesPeer(f64),
}

/// Another program that did the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    Measured {
        name: String,
        figure: Figure,
    },
    /// It could not be had or failed; the reason is told, never a number.
    Missing {
        name: String,
        reason: String,
    },
}

/// One thing that was measured, beside one peer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub what: String,
    pub unit: Unit,
    pub ours: Figure,
    pub peer: Option<Peer>,
    pub aim: Option<Aim>,
}

impl Line {
    #[must_use]
    pub fn new(what: impl Into<String>, unit: Unit, ours: &Figure) -> Line {
        Line { what: what.into(), unit, ours: ours.clone(), peer: None, aim: None }
    }

    #[must_use]
    pub fn beside(self, peer: Peer) -> Line {
        Line { peer: Some(peer), ..self }
    }

    #[must_use]
    pub fn aiming(self, aim: Aim) -> Line {
        Line { aim: Some(aim), ..self }
    }

    /// How many times as good as the peer: above 1, Purser is better.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let Some(Peer::Measured { figure, .. }) = &self.peer else { return None };
        let (ours, peer) = (self.unit.value(&self.ours)?, self.unit.value(figure)?);
        let (better, worse) = if self.unit == Unit::RowsPerSecond { (ours, peer) } else { (peer, ours) };
        (worse > 0.0).then_some(better / worse)
    }

    /// Whether the aim is reached; `None` without one, or without the peer it speaks of.
    #[must_use]
    pub fn reached(&self) -> Option<bool> {
        match self.aim? {
            Aim::AtMost(limit) => Some(self.unit.value(&self.ours)? <= limit),
            Aim::TimesPeer(times) => Some(self.ratio()? >= times),
        }
    }

    fn cells(&self) -> [String; 6] {
        let (peer, peak) = match &self.peer {
            None => (String::new(), spelled_peak(&self.ours)),
            Some(Peer::Missing { name, reason }) => (format!("{name}: {reason}"), spelled_peak(&self.ours)),
            Some(Peer::Measured { name, figure }) => {
                let peak = [spelled_peak(&self.ours), spelled_peak(figure)];
                (format!("{name}: {}", self.spelled(figure)), peak.join(" / "))
            }
        };
        let ratio = self.ratio().map_or_else(String::new, |ratio| format!("{ratio:.1}×"));
        [self.what.clone(), self.spelled(&self.ours), peer, ratio, peak, self.spelled_aim()]
    }

    fn spelled(&self, figure: &Figure) -> String {
        let Some(value) = self.unit.value(figure) else { return "–".to_owned() };
        let mut words = self.unit.spelled(value);
        if self.unit == Unit::Milliseconds {
            for (name, time) in [("p50", figure.median_s), ("first", figure.first_s)] {
                if let Some(time) = time {
                    words += &format!(", {name} {time:.1}", time = time * 1000.0);
                }
            }
        }
        words
    }

    fn spelled_aim(&self) -> String {
        let words = match self.aim {
            None => return String::new(),
            Some(Aim::AtMost(limit)) => format!("≤ {}", self.unit.spelled(limit)),
            Some(Aim::TimesPeer(times)) => format!("≥ {times:.0}×"),
        };
        match self.reached() {
            Some(true) => format!("{words} ✓"),
            Some(false) => format!("{words} ✗"),
            None => words,
        }
    }
}

fn spelled_peak(figure: &Figure) -> String {
    figure.peak_mib.map_or_else(|| "–".to_owned(), |peak| Unit::Mebibytes.spelled(peak))
}

/// 61234.5 as "61,235".
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// One run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// RFC 3339, UTC.
    pub date: String,
    pub purser: String,
    /// Transactions in the books that were measured.
    pub rows: u64,
    pub machine: Machine,
    /// Versions of the peers that are here.
    pub peers: Vec<(String, String)>,
    pub lines: Vec<Line>,
}

impl Report {
    /// Where and when, then the table.
    #[must_use]
    pub fn text(&self) -> String {
        let machine = &self.machine;
        let memory = machine.memory_gib.map_or_else(String::new, |gib| format!(", {gib} GiB"));
        let peers: Vec<String> = self.peers.iter().map(|(name, version)| format!("{name} {version}")).collect();
        format!(
            "{}, Purser {}, {} rows; {}, {} cores{memory}, {}. Peers: {}.\n\n{}\n",
            self.date.get(..10).unwrap_or(&self.date),
            self.purser,
            self.rows,
            machine.processor,
            machine.cores,
            machine.system,
            if peers.is_empty() { "none".to_owned() } else { peers.join(", ") },
            self.table()
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(["what", "Purser", "peer", "ratio", "peak memory", "aim"]);
        for line in &self.lines {
            table.add_row(line.cells());
        }
        for column in [1, 3, 4] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// With ratio and verdict spelled out, so that no reader has to compute them.
    ///
    /// # Errors
    /// A number that JSON cannot hold.
    pub fn json(&self) -> serde_json::Result<String> {
        let mut value = serde_json::to_value(self)?;
        if let Some(lines) = value.get_mut("lines").and_then(|lines| lines.as_array_mut()) {
            for (line, json) in self.lines.iter().zip(lines) {
                json["value"] = serde_json::to_value(line.unit.value(&line.ours))?;
                json["ratio"] = serde_json::to_value(line.ratio())?;
                json["reached"] = serde_json::to_value(line.reached())?;
            }
        }
        serde_json::to_string_pretty(&value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn job(seconds: u64, rows: u64) -> Figure {
        Figure::job("import", Duration::from_secs(seconds)).with_rows(rows)
    }

    fn python(figure: Figure) -> Peer {
        Peer::Measured { name: "Python".to_owned(), figure }
    }

    #[test]
    fn a_ratio_above_one_is_good_whatever_the_unit() {
        let line = Line::new("import", Unit::RowsPerSecond, &job(2, 100_000)).beside(python(job(10, 100_000)));
        assert_eq!(line.ratio(), Some(5.0));
        let line = Line::new("export", Unit::Seconds, &job(2, 0)).beside(python(job(10, 0)));
        assert_eq!(line.ratio(), Some(5.0));
    }

    #[test]
    fn rates_compare_though_the_peer_read_fewer_rows() {
        let line = Line::new("import", Unit::RowsPerSecond, &job(10, 1_000_000)).beside(python(job(10, 100_000)));
        assert_eq!(line.ratio(), Some(10.0));
        assert_eq!(line.aiming(Aim::TimesPeer(10.0)).reached(), Some(true));
    }

    #[test]
    fn a_missing_peer_has_a_reason_and_no_number() {
        let missing = Peer::Missing { name: "hledger".to_owned(), reason: "not installed".to_owned() };
        let line = Line::new("import", Unit::RowsPerSecond, &job(1, 10)).beside(missing).aiming(Aim::TimesPeer(10.0));
        assert_eq!((line.ratio(), line.reached()), (None, None));
        assert_eq!(line.cells()[2..], ["hledger: not installed", "", "–", "≥ 10×"]);
    }

    #[test]
    fn requests_show_both_percentiles_and_are_judged_by_the_99th() {
        let times = (1..=100).map(Duration::from_millis).collect();
        let line =
            Line::new("first page", Unit::Milliseconds, &Figure::requests("page", times)).aiming(Aim::AtMost(16.0));
        assert_eq!(line.cells()[1], "99.0 ms, p50 50.0, first 1.0");
        assert_eq!(line.cells()[5], "≤ 16.0 ms ✗");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            ["0", "999", "1000", "61234567"].map(|n| grouped(n.parse().unwrap())).join(" "),
            "0 999 1,000 61,234,567"
        );
    }

    #[test]
    fn the_table_is_markdown_and_the_json_has_the_ratio() {
        let line = Line::new("import", Unit::RowsPerSecond, &job(2, 100_000)).beside(python(job(10, 100_000)));
        let machine = Machine { processor: "A".into(), cores: 2, memory_gib: Some(24.0), system: "Debian".into() };
        let (date, purser) = ("2026-11-25T10:00:00Z".to_owned(), "0.1.0".to_owned());
        let report = Report { date, purser, rows: 100_000, machine, peers: Vec::new(), lines: vec![line] };
        let text = report.text();
        assert!(
            text.starts_with("2026-11-25, Purser 0.1.0, 100000 rows; A, 2 cores, 24 GiB, Debian. Peers: none."),
            "{text}"
        );
        let row = text.lines().last().unwrap();
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells, ["import", "50,000 rows/s", "Python: 10,000 rows/s", "5.0×", "– / –", ""]);
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(json["lines"][0]["ratio"], 5.0);
        assert_eq!(json["lines"][0]["peer"]["measured"]["figure"]["rows"], 100_000);
    }
}
