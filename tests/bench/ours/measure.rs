//! What is measured of Purser: each name is one process.

mod audit;
mod freeze;
mod import;
mod list;
mod pdf;
mod session;
pub mod statement;

use std::path::Path;

use anyhow::{Context, Result, bail};
use purser_bench::{Figure, machine};
use purser_practice::ScaledForm;

use crate::scratch::Scratch;

/// `measure NAME FOLDER ROWS [FORM]`: prints the figures, one line of JSON each.
pub fn child(words: &[String]) -> Result<()> {
    let [name, folder, rows, form @ ..] = words else { bail!("measure NAME FOLDER ROWS [FORM]") };
    let scratch = Scratch::new(Path::new(folder))?;
    let rows: u64 = rows.parse().context("rows")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = runtime.block_on(async {
        match name.as_str() {
            "import" => import::import(&scratch, form_named(form)?, rows).await,
            "cancel" => import::cancel(&scratch, rows).await,
            "receipt" => import::receipt(&scratch, rows).await,
            "books" => import::books(&scratch, rows).await,
            "list" => list::list(&scratch, rows).await,
            "totals" => list::totals(&scratch, rows).await,
            "search" => list::search(&scratch, rows).await,
            "fees" => list::fees(&scratch, rows).await,
            "statement" => statement::statement(&scratch, rows).await,
            "pdf" => pdf::pdf(rows),
            "unlock" => session::unlock(&scratch, rows).await,
            "idle" => session::idle(&scratch, rows).await,
            "freeze" => freeze::freeze(&scratch).await,
            "audit" => audit::walk(),
            other => bail!("nothing is measured as {other}"),
        }
    })?;
    for figure in figures {
        println!("{}", serde_json::to_string(&figure)?);
    }
    Ok(())
}

fn form_named(words: &[String]) -> Result<ScaledForm> {
    let name = words.first().context("which form?")?;
    ScaledForm::ALL.into_iter().find(|form| form.id() == name).with_context(|| format!("no form {name}"))
}

/// Peak memory of a job. What was resident before it, such as the memory of a password hash, does not count
/// where the system can forget its peak.
#[derive(Debug)]
struct Memory {
    before_mib: Option<f64>,
}

impl Memory {
    fn watch() -> Memory {
        let before_mib = machine::forget_peak().then(|| machine::own_memory_mib("VmRSS")).flatten();
        Memory { before_mib }
    }

    fn note(&self, figure: Figure) -> Figure {
        figure.with_peak(machine::own_memory_mib("VmHWM"))
    }

    /// By how much the job's peak is over what was there before it.
    fn growth_mib(&self) -> Option<f64> {
        Some(machine::own_memory_mib("VmHWM")? - self.before_mib?)
    }
}
