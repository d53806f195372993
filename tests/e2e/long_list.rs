//! A million rows in the real window: the scrollbar means all of them, and what a person scrolls to is there.
//!
//! How many frames were dropped on the way is printed, never asserted: it depends on the machine.

#![expect(clippy::print_stderr, reason = "what was measured is said, not asserted")]

use std::io::{BufWriter, Write};
use std::time::Duration;

use purser_app::clock::{Clock, SystemClock};
use purser_practice::{ScaledForm, write_scaled};
use purser_tests::{Profile, SEED};

use crate::Result;
use crate::window::Window;

pub const ROWS: u64 = 1_000_000;
const FRAMES: u32 = 240;
/// A frame of a display of 60 Hz.
const FRAME_MS: f64 = 1000.0 / 60.0;

/// A locked profile with a million transactions.
pub fn books() -> Result<Profile> {
    let computer = Profile::unlocked();
    let path = computer.outside().join("million.csv");
    let mut file = BufWriter::new(std::fs::File::create(&path)?);
    write_scaled(&mut file, ScaledForm::PayPalActivity, ROWS)?;
    file.flush()?;
    let begun = boot_ms();
    let receipt = computer.cli().json(["import", path.to_str().ok_or("a path")?]);
    eprintln!("a million rows imported by the program as tests build it: {:.1} s", since(begun));
    std::fs::remove_file(path)?;
    assert_eq!(receipt[0]["stored"], ROWS, "{}", receipt[0]["refused"]);
    computer.cli().json(["lock"]);
    Ok(computer)
}

fn boot_ms() -> u64 {
    SystemClock::new().now().boot_ms
}

/// Tenths of seconds are enough here.
fn since(then_ms: u64) -> f64 {
    Duration::from_millis(boot_ms().saturating_sub(then_ms)).as_secs_f64()
}

pub async fn scroll(window: &Window, computer: &mut Profile) -> Result {
    window.find("unlock-password").await?;
    eprintln!("the window was ready to type in {:.2} s after the program began", window.ready_s().await?);
    window.write("unlock-password", purser_tests::PASSWORD).await?;
    window.click("unlock-submit").await?;
    window.find("unlock-code").await?;
    window.write("unlock-code", &computer.phone.code(SEED)).await?;
    window.find("shell").await?;
    window.click("nav-transactions").await?;
    let first = boot_ms();
    window.find("transaction-row").await?;
    window.wait_attribute("transactions-grid", "aria-rowcount", &(ROWS + 1).to_string()).await?;
    eprintln!("the list of a million rows stood after {:.2} s", since(first));
    // Every frame a two hundred and fortieth of the whole way.
    let script = format!(
        "const done = arguments[arguments.length - 1]; \
         const grid = document.querySelector('[data-testid=\"transactions-grid\"]'); \
         const way = grid.scrollHeight - grid.clientHeight; const times = []; let last = performance.now(); \
         const step = (now) => {{ times.push(now - last); last = now; grid.scrollTop = way * times.length / {FRAMES}; \
         if (times.length < {FRAMES}) requestAnimationFrame(step); else done(times); }}; requestAnimationFrame(step);"
    );
    let times = window.script_async(&script).await?;
    let times: Vec<f64> = times.as_array().ok_or("times")?.iter().filter_map(serde_json::Value::as_f64).collect();
    let dropped: f64 = times.iter().map(|time| ((time / FRAME_MS).round() - 1.0).max(0.0)).sum();
    let longest = times.iter().copied().fold(0.0, f64::max);
    eprintln!(
        "scrolled through {ROWS} rows in {} frames: {dropped:.0} dropped, the longest took {longest:.0} ms",
        times.len()
    );
    // The end of the scrollbar is the last row, and it is told like any other.
    let last = format!("[data-testid=\"transaction-row\"][aria-rowindex=\"{}\"]", ROWS + 1);
    let shown =
        format!("const row = document.querySelector('{last}'); return row !== null && row.innerText.length > 20;");
    window.wait_until(|| async { Ok(window.script(&shown).await? == true) }).await?;
    window.settle().await;
    window.picture("a-million-rows-end").await?;
    let middle = "const grid = document.querySelector('[data-testid=\"transactions-grid\"]'); \
        grid.scrollTop = (grid.scrollHeight - grid.clientHeight) / 2; return true;";
    window.script(middle).await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let shown = "const rows = [...document.querySelectorAll('[data-testid=\"transaction-row\"]')]; \
        return rows.length > 5 && rows.every((row) => row.innerText.length > 20) \
        && Math.abs(Number(rows[0].getAttribute('aria-rowindex')) - 500000) < 200;";
    window.wait_until(|| async { Ok(window.script(shown).await? == true) }).await?;
    window.picture("a-million-rows-middle").await
}
