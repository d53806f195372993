//! What the benchmark is asked for.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// What `--only` can name, in the order it is measured.
pub const GROUPS: [&str; 11] =
    ["import", "forms", "cancel", "session", "list", "search", "fees", "statement", "freeze", "audit", "pdf"];

pub const HELP: &str = include_str!("../help.txt");

#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    pub rows: u64,
    /// Empty: everything.
    pub only: Vec<String>,
    pub json: PathBuf,
    /// Practice files, profiles, the peers' databases.
    pub folder: PathBuf,
    pub python: PathBuf,
}

impl Options {
    /// `None`: help was asked for.
    ///
    /// # Errors
    /// An argument that cannot be.
    pub fn parse(words: &[String]) -> Result<Option<Options>> {
        let (mut rows, mut only, mut json, mut folder, mut python) = (1_000_000, Vec::new(), None, None, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value"));
            match word.as_str() {
                "--help" | "-h" => return Ok(None),
                "--rows" => rows = value()?.replace(['_', ','], "").parse().context("--rows is a number")?,
                "--only" => only.push(value()?.clone()),
                "--json" => json = Some(PathBuf::from(value()?)),
                "--folder" => folder = Some(PathBuf::from(value()?)),
                "--python" => python = Some(PathBuf::from(value()?)),
                other => bail!("unknown argument {other}\n{HELP}"),
            }
        }
        if !(10_000..=10_000_000).contains(&rows) {
            bail!("--rows: from 10,000 to 10,000,000");
        }
        if let Some(unknown) = only.iter().find(|name| !GROUPS.contains(&name.as_str())) {
            bail!("--only {unknown}: there is no such group\n{HELP}");
        }
        let folder = folder.unwrap_or_else(|| std::env::temp_dir().join("purser-bench"));
        let json = json.unwrap_or_else(|| folder.with_file_name("bench.json"));
        Ok(Some(Options { rows, only, json, folder, python: python.unwrap_or_else(|| "python3".into()) }))
    }

    #[must_use]
    pub fn wants(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_million_rows_of_everything_unless_told() {
        let options = parse("--folder target/bench").unwrap().unwrap();
        assert_eq!((options.rows, options.json), (1_000_000, PathBuf::from("target/bench.json")));
        assert!(GROUPS.iter().all(|group| parse("").unwrap().unwrap().wants(group)));
    }

    #[test]
    fn groups_are_chosen_by_name() {
        let options = parse("--rows 100,000 --only import --only list --json out.json").unwrap().unwrap();
        assert_eq!((options.rows, options.json.to_str()), (100_000, Some("out.json")));
        assert_eq!(GROUPS.map(|group| options.wants(group)).iter().filter(|wanted| **wanted).count(), 2);
        assert!(GROUPS.iter().all(|group| HELP.contains(group)));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for line in ["--rows", "--rows many", "--rows 10", "--only everything", "--fast", "100000"] {
            assert!(parse(line).is_err(), "{line}");
        }
        assert_eq!(parse("--rows 100000 --help").unwrap(), None);
    }
}
