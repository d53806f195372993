//! Steps: a line before each, with about how long it takes, and the time it took after.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps of one run and what each took.
#[derive(Debug, Default)]
pub struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Announces a step and does it. `about` is what to expect, in words.
    pub fn step<T>(&mut self, what: &str, about: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {what} ({about})");
        let start = now();
        let value = work().with_context(|| format!("stopped at: {what}"))?;
        let took = start.elapsed();
        println!("   {what}: {}", spelled(took));
        self.done.push((what.to_owned(), took));
        Ok(value)
    }

    /// The table at the end.
    pub fn print_times(&self) {
        println!("\n== Times");
        for (what, took) in &self.done {
            println!("   {:>8}  {what}", spelled(*took));
        }
        println!("   {:>8}  altogether", spelled(self.done.iter().map(|(_, took)| *took).sum()));
    }
}

#[expect(clippy::disallowed_methods, reason = "it times steps for a person to read; nothing depends on it")]
fn now() -> Instant {
    Instant::now()
}

fn spelled(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_for_people() {
        assert_eq!(spelled(Duration::from_millis(420)), "0.4 s");
        assert_eq!(spelled(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failed_step_is_named() {
        let error = Steps::default().step("Lint", "a second", || -> Result<()> { anyhow::bail!("no") }).unwrap_err();
        assert_eq!(format!("{error:#}"), "stopped at: Lint: no");
    }
}
