//! What is measured, beside whom, and what it should reach.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use purser_app::clock::{Clock, SystemClock};
use purser_app::overview::rfc3339;
use purser_bench::options::GROUPS;
use purser_bench::{Aim, Figure, Line, Machine, Options, Report, Unit};
use purser_practice::ScaledForm;

use crate::measure::statement::statement_path;
use crate::run::{Answer, Run, peers};

/// Plain-text accounting is slow: it reads this many rows at most, and rows per second are compared.
const JOURNAL_ROWS: u64 = 100_000;
/// A paper that somebody may still read.
const PAPER_ROWS: u64 = 10_000;
const PYTHON: &str = "Python + SQLCipher";
const SQLITE_IMPORT: &str = "sqlite3 .import, plain table";
const SQLITE: &str = "SQLite, not encrypted";
const SQLITE_CSV: &str = "sqlite3 -csv, a line less for each fee";
const SQLITE_CSV_SAME: &str = "sqlite3 -csv, the same lines";
const HLEDGER_CSV: &str = "hledger, this file";
const HLEDGER: &str = "hledger, a journal";
const BEANCOUNT: &str = "beancount, a journal";

pub fn run(options: Options) -> Result<()> {
    let run = Run::new(options)?;
    let mut lines = Vec::new();
    for group in GROUPS.into_iter().filter(|group| run.options.wants(group)) {
        eprintln!("\n== {group}");
        lines.extend(measure(&run, group).with_context(|| format!("stopped at {group}"))?);
    }
    let report = Report {
        date: rfc3339(i64::try_from(SystemClock::new().now().wall_ms)?),
        purser: env!("CARGO_PKG_VERSION").to_owned(),
        rows: run.options.rows,
        machine: Machine::here(),
        peers: run.versions(),
        lines,
    };
    println!("\n{}", report.text());
    fs::write(&run.options.json, report.json()? + "\n")
        .with_context(|| format!("cannot write {}", run.options.json.display()))?;
    println!("As JSON: {}", run.options.json.display());
    Ok(())
}

fn measure(run: &Run, group: &str) -> Result<Vec<Line>> {
    match group {
        "import" => import(run),
        "forms" => forms(run),
        "cancel" => cancel(run),
        "session" => session(run),
        "list" => list(run),
        "search" => search(run),
        "fees" => fees(run),
        "statement" => statement(run),
        "freeze" => freeze(run),
        "audit" => audit(run),
        "pdf" => pdf(run),
        other => bail!("nothing is measured as {other}"),
    }
}

/// The one figure of this name; a measurement that forgot it is a fault.
fn named<'a>(figures: &'a [Figure], name: &str) -> Result<&'a Figure> {
    figures.iter().find(|figure| figure.name == name).with_context(|| format!("nothing measured \"{name}\""))
}

fn counted(rows: u64) -> String {
    match rows {
        1_000_000.. if rows.is_multiple_of(1_000_000) => format!("{} M rows", rows / 1_000_000),
        1_000.. if rows.is_multiple_of(1_000) => format!("{} k rows", rows / 1_000),
        _ => format!("{rows} rows"),
    }
}

fn import(run: &Run) -> Result<Vec<Line>> {
    let most = run.options.rows;
    let form = ScaledForm::PayPalActivity;
    let mut lines = Vec::new();
    for rows in [most / 100, most / 10] {
        let ours = run.ours("import", rows, Some(form))?;
        lines.push(Line::new(what_import(rows), Unit::RowsPerSecond, named(&ours, "import")?));
    }
    let ours = run.ours("import", most, Some(form))?;
    let ours = named(&ours, "import")?;
    let beside = |peer: &Answer, figure: &str| {
        Line::new(what_import(most), Unit::RowsPerSecond, ours).beside(peer.figure(figure))
    };
    lines.push(beside(&python_import(run, most)?, "import").aiming(Aim::TimesPeer(1.0)));
    // Neither encrypted nor searchable: it shows what these cost.
    lines.push(beside(&sqlite_import(run, most)?, SQLITE_IMPORT));
    // The same file, read by rules of hledger's own; then the same entries in the form that each reads fastest.
    lines.push(beside(&hledger_csv(run, most.min(JOURNAL_ROWS))?, HLEDGER_CSV).aiming(Aim::TimesPeer(10.0)));
    let [hledger, beancount] = journals(run, most.min(JOURNAL_ROWS))?;
    lines.push(beside(&hledger, HLEDGER).aiming(Aim::TimesPeer(10.0)));
    lines.push(beside(&beancount, "read").aiming(Aim::TimesPeer(20.0)));
    let memory = Line::new(format!("{}: memory", what_import(most)), Unit::Mebibytes, ours);
    lines.push(memory.aiming(Aim::AtMost(300.0)));
    Ok(lines)
}

fn what_import(rows: u64) -> String {
    format!("import PayPal CSV, {}", counted(rows))
}

/// Python's import, which leaves the books that other peers are asked about.
fn python_import(run: &Run, rows: u64) -> Result<Answer> {
    let csv = run.scratch.statement(ScaledForm::PayPalActivity, rows)?;
    let [encrypted, plain] = peer_books(run, rows);
    let answer = run.peer(PYTHON, "sqlcipher_import.py", &[&csv, &encrypted, &plain]);
    Ok(answer)
}

fn peer_books(run: &Run, rows: u64) -> [PathBuf; 2] {
    ["encrypted", "plain"].map(|kind| run.scratch.path(&format!("peer-{kind}-{rows}.db")))
}

/// Makes the peers' books if no run before did.
fn ensure_peer_books(run: &Run, rows: u64) -> Result<[PathBuf; 2]> {
    let books = peer_books(run, rows);
    if !books.iter().all(|path| path.exists()) {
        python_import(run, rows)?;
    }
    Ok(books)
}

fn sqlite_import(run: &Run, rows: u64) -> Result<Answer> {
    let csv = run.scratch.statement(ScaledForm::PayPalActivity, rows)?;
    let database = run.scratch.path("peer-import.db");
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(run.scratch.path(&format!("peer-import.db{ending}")));
    }
    let read = format!(".read {}", quoted(&peers().join("plain_import.sql")));
    let load = format!(".import --csv --skip 1 {} paypal", quoted(&csv));
    let answer = run.program(SQLITE_IMPORT, rows, &["sqlite3", "-bail", &database.to_string_lossy(), &read, &load]);
    Ok(answer)
}

/// A path as sqlite3's own commands take it.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn hledger_csv(run: &Run, rows: u64) -> Result<Answer> {
    let csv = run.scratch.statement(ScaledForm::PayPalActivity, rows)?;
    let rules = peers().join("paypal.rules");
    let words = ["hledger", "-f", &csv.to_string_lossy(), "--rules-file", &rules.to_string_lossy(), "stats"];
    Ok(run.program(HLEDGER_CSV, rows, &words))
}

fn journals(run: &Run, rows: u64) -> Result<[Answer; 2]> {
    let csv = run.scratch.statement(ScaledForm::PayPalActivity, rows)?;
    let ledger = run.scratch.path(&format!("peer-{rows}.journal"));
    let bean = run.scratch.path(&format!("peer-{rows}.beancount"));
    let written = run.peer("journals", "journals.py", &[&csv, &ledger, &bean]);
    if written.is_missing() {
        return Ok([written.clone().passed_on(HLEDGER), written.passed_on(BEANCOUNT)]);
    }
    let hledger = run.program(HLEDGER, rows, &["hledger", "-f", &ledger.to_string_lossy(), "stats"]);
    Ok([hledger, run.peer(BEANCOUNT, "beancount_read.py", &[&bean])])
}

fn forms(run: &Run) -> Result<Vec<Line>> {
    let rows = run.options.rows.min(100_000);
    let others = ScaledForm::ALL.into_iter().filter(|form| *form != ScaledForm::PayPalActivity);
    others
        .map(|form| {
            let ours = run.ours("import", rows, Some(form))?;
            let what = format!("import {}, {}", form.id(), counted(rows));
            Ok(Line::new(what, Unit::RowsPerSecond, named(&ours, "import")?))
        })
        .collect()
}

fn cancel(run: &Run) -> Result<Vec<Line>> {
    let ours = run.ours("cancel", run.options.rows, None)?;
    Ok(vec![Line::new("import cancelled half-way, until it is over", Unit::Seconds, named(&ours, "cancel")?)])
}

fn session(run: &Run) -> Result<Vec<Line>> {
    let rows = run.options.rows;
    run.ours("books", rows, None)?;
    let unlock = run.ours("unlock", rows, None)?;
    let receipt = run.ours("receipt", rows, None)?;
    let idle = run.ours("idle", rows, None)?;
    let beyond = Line::new("unlock, beyond key derivation", Unit::Milliseconds, named(&unlock, "beyond")?);
    let file = |what: &str, name| {
        let line = Line::new(format!("5 k rows, file to receipt{what}"), Unit::Seconds, named(&receipt, name)?);
        Ok::<_, anyhow::Error>(line.aiming(Aim::AtMost(1.5)))
    };
    let memory =
        Line::new("memory a second after unlock, overview and first page", Unit::Mebibytes, named(&idle, "idle")?);
    Ok(vec![
        beyond.aiming(Aim::AtMost(150.0)),
        file(", nothing stored yet", "shown")?,
        file(" and stored", "stored")?,
        file(", nothing stored yet, in full books", "shown in full books")?,
        memory.aiming(Aim::AtMost(150.0)),
    ])
}

fn list(run: &Run) -> Result<Vec<Line>> {
    let rows = run.options.rows;
    run.ours("books", rows, None)?;
    let [_, plain] = ensure_peer_books(run, rows)?;
    let peer = run.peer(SQLITE, "queries.py", &[Path::new("plain"), &plain]);
    let pages = run.ours("list", rows, None)?;
    let mut lines: Vec<Line> = pages
        .iter()
        .map(|figure| {
            let line =
                Line::new(format!("list, {}", figure.name), Unit::Milliseconds, figure).aiming(Aim::AtMost(16.0));
            match figure.name.as_str() {
                "first page" | "jump" => line.beside(peer.figure(&figure.name)),
                "sort: gross" => line.beside(peer.figure("sort by amount")),
                _ => line,
            }
        })
        .collect();
    let totals = run.ours("totals", rows, None)?;
    lines.extend(totals.iter().map(|figure| Line::new(format!("list, {}", figure.name), Unit::Milliseconds, figure)));
    Ok(lines)
}

/// Words that the peer looks up too: they stand in PayPal's file.
const PEER_WORDS: [&str; 3] = ["tea", "celadon", "青瓷"];

fn search(run: &Run) -> Result<Vec<Line>> {
    let rows = run.options.rows;
    run.ours("books", rows, None)?;
    let [encrypted, _] = ensure_peer_books(run, rows)?;
    let mut arguments = vec![Path::new("search"), &encrypted];
    arguments.extend(PEER_WORDS.iter().map(Path::new));
    let peer = run.peer(PYTHON, "queries.py", &arguments);
    let found = run.ours("search", rows, None)?;
    let line = |figure: &Figure| {
        let hits = figure.rows.filter(|_| !figure.name.contains("each time"));
        let hits = hits.map_or_else(String::new, |hits| format!(" ({hits} found)"));
        let line = Line::new(format!("search, {}{hits}", figure.name), Unit::Milliseconds, figure);
        if figure.name.starts_with("totals") {
            return line;
        }
        let line = line.aiming(Aim::AtMost(50.0));
        let word = figure.name.rsplit(": ").next().unwrap_or_default();
        if PEER_WORDS.contains(&word) { line.beside(peer.figure(word)) } else { line }
    };
    Ok(found.iter().map(line).collect())
}

fn fees(run: &Run) -> Result<Vec<Line>> {
    let rows = run.options.rows;
    run.ours("books", rows, None)?;
    let csv = run.scratch.statement(ScaledForm::PayPalActivity, rows)?;
    let duckdb = run.peer("DuckDB", "duckdb_fees.py", &[&csv]);
    let fees = run.ours("fees", rows, None)?;
    let line = |name: &str| Ok::<_, anyhow::Error>(Line::new(name, Unit::Milliseconds, named(&fees, name)?));
    Ok(vec![
        line("fees by month and wallet")?.beside(duckdb.figure("fees")).aiming(Aim::AtMost(50.0)),
        line("sums by month, account and kind")?.beside(duckdb.figure("fees")).aiming(Aim::AtMost(50.0)),
        line("overview of all wallets")?,
    ])
}

fn freeze(run: &Run) -> Result<Vec<Line>> {
    let found = run.ours("freeze", run.options.rows, None)?;
    let line = |figure: &Figure| {
        let what = format!("freeze {}, from the act to written down", figure.name);
        Line::new(what, Unit::Milliseconds, figure).aiming(Aim::AtMost(1000.0))
    };
    Ok(found.iter().map(line).collect())
}

fn audit(run: &Run) -> Result<Vec<Line>> {
    let found = run.ours("audit", run.options.rows, None)?;
    let line = Line::new("audit log of 100 k rows, walked", Unit::Seconds, named(&found, "audit log")?);
    Ok(vec![line.aiming(Aim::AtMost(5.0))])
}

fn statement(run: &Run) -> Result<Vec<Line>> {
    let rows = run.options.rows;
    run.ours("books", rows, None)?;
    let [_, plain] = ensure_peer_books(run, rows)?;
    // First, because what others leave to the system to write later would be written meanwhile.
    let ours = run.ours("statement", rows, None)?;
    let read = format!(".read {}", quoted(&peers().join("statement.sql")));
    let peer = run.program(SQLITE_CSV, rows, &sqlite_csv(&plain.to_string_lossy(), &read));
    let same = statement_lines(run, rows);
    let same = run.program(SQLITE_CSV_SAME, rows, &sqlite_csv(&same.to_string_lossy(), "select * from line"));
    let what = format!("statement as CSV, {}", counted(rows));
    let time = |peer: &Answer, name: &str| {
        let line = Line::new(what.clone(), Unit::Seconds, named(&ours, "statement")?);
        Ok::<_, anyhow::Error>(line.beside(peer.figure(name)).aiming(Aim::TimesPeer(1.0)))
    };
    let memory = Line::new(format!("{what}: memory over idle"), Unit::Mebibytes, named(&ours, "growth")?);
    Ok(vec![time(&same, SQLITE_CSV_SAME)?, time(&peer, SQLITE_CSV)?, memory.aiming(Aim::AtMost(60.0))])
}

fn sqlite_csv<'w>(database: &'w str, query: &'w str) -> [&'w str; 7] {
    ["sqlite3", "-bail", "-readonly", "-csv", "-header", database, query]
}

/// The lines that Purser just wrote, in a table that is not encrypted and has nothing else to do than to be written.
fn statement_lines(run: &Run, rows: u64) -> PathBuf {
    let database = run.scratch.path("peer-lines.db");
    let _ = fs::remove_file(&database);
    let mut words = vec!["sqlite3".to_owned(), "-bail".to_owned(), database.display().to_string()];
    words.push(format!(".read {}", quoted(&peers().join("lines.sql"))));
    let statements = (0..).map(|number| statement_path(&run.scratch, number)).take_while(|path| path.exists());
    words.extend(statements.map(|path| format!(".import --csv --skip 1 {} line", quoted(&path))));
    run.program("sqlite3 .import", rows, &words.iter().map(String::as_str).collect::<Vec<_>>());
    database
}

fn pdf(run: &Run) -> Result<Vec<Line>> {
    let ours = run.ours("pdf", PAPER_ROWS, None)?;
    let what = format!("PDF with Chinese text, {}", counted(PAPER_ROWS));
    let time = Line::new(what.clone(), Unit::Seconds, named(&ours, "pdf")?);
    let size = Line::new(format!("{what}: size"), Unit::Mebibytes, named(&ours, "size")?);
    Ok(vec![time.aiming(Aim::AtMost(1.0)), size.aiming(Aim::AtMost(3.0))])
}
