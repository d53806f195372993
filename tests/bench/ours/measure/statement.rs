//! Statement files out: every transaction of the largest wallet, account by account.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use purser_app::Action;
use purser_app::export::{Format, export};
use purser_app::import::JobControl;
use purser_app::statement::StatementRequest;
use purser_app::store::Filter;
use purser_bench::Figure;

use super::Memory;
use super::import::books_name;
use crate::profile;
use crate::scratch::Scratch;
use crate::stopwatch::Stopwatch;

/// Where the statement of an account is left for who writes the same lines.
pub fn statement_path(scratch: &Scratch, number: usize) -> PathBuf {
    scratch.path(&format!("statement-{number}.csv"))
}

pub async fn statement(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let purser = profile::unlock(&scratch.profile(&books_name(rows))).await?;
    let permit = purser.permit(Action::Export).await?;
    let wallet = permit.store().wallet_named("paypal").await?;
    let accounts = permit.store().accounts().await?.into_iter().filter(|account| account.wallet_id == wallet.id);
    // A session reads its register once, right after the login; a statement is written later.
    permit.store().totals(&Filter::default()).await?;
    let memory = Memory::watch();
    let (mut took, mut transactions) = (Duration::ZERO, 0);
    for (number, account) in accounts.enumerate() {
        let output = statement_path(scratch, number);
        let from = account.first.clone().context("an account without rows")?;
        let to = account.last.clone().context("an account without rows")?;
        let request = StatementRequest { wallet: wallet.clone(), account, from, to };
        let watch = Stopwatch::start();
        let done = export(permit.store(), &request, Format::Csv, &output, &JobControl::default()).await?;
        took += watch.took();
        transactions += done.statement.transactions;
    }
    profile::close(&purser).await;
    if transactions != rows {
        bail!("the statements have {transactions} of {rows} transactions");
    }
    let figure = memory.note(Figure::job("statement", took).with_rows(transactions));
    let growth = Figure::job("growth", took).with_peak(memory.growth_mib());
    Ok(vec![figure, growth])
}
