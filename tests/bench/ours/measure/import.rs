//! Files in: how fast, with how much memory, and how soon a cancelled import is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use purser_app::import::{ImportOptions, JobControl, StatementFile, import as import_files};
use purser_app::{Action, Code};
use purser_bench::Figure;
use purser_practice::ScaledForm;

use super::Memory;
use crate::profile;
use crate::scratch::Scratch;
use crate::stopwatch::Stopwatch;

/// One file into an empty profile.
pub async fn import(scratch: &Scratch, form: ScaledForm, rows: u64) -> Result<Vec<Figure>> {
    let path = scratch.statement(form, rows)?;
    let folder = scratch.empty("import")?;
    let purser = profile::create(&folder).await?;
    let memory = Memory::watch();
    let (read, took) = profile::take_in(&purser, &path, false).await?;
    let figure = memory.note(Figure::job("import", took).with_rows(read));
    profile::close(&purser).await;
    scratch.remove("import")?;
    Ok(vec![figure])
}

/// The books that lists are measured on: a wallet of PayPal with all the rows, and beside it two wallets of twenty
/// times fewer, so that there is something to filter by. Kept until another build of this program comes.
pub async fn books(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let name = books_name(rows);
    if !scratch.is_made(&name)? {
        let purser = profile::create(&scratch.empty(&name)?).await?;
        let forms = [ScaledForm::PayPalActivity, ScaledForm::AlipayAccountLog, ScaledForm::WeChatFundFlow];
        for (form, rows) in forms.into_iter().zip([rows, rows / 20, rows / 20]) {
            profile::take_in(&purser, &scratch.statement(form, rows)?, false).await?;
        }
        profile::close(&purser).await;
        scratch.note_made(&name)?;
    }
    Ok(Vec::new())
}

pub fn books_name(rows: u64) -> String {
    format!("books-{rows}")
}

/// From a path to the receipt of a small file: shown before anything is stored, and stored.
pub async fn receipt(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let path = scratch.statement(ScaledForm::StripeBalanceHistory, 5_000)?;
    let purser = profile::create(&scratch.empty("receipt")?).await?;
    let (_, shown) = profile::take_in(&purser, &path, true).await?;
    let (read, stored) = profile::take_in(&purser, &path, false).await?;
    profile::close(&purser).await;
    scratch.remove("receipt")?;
    let purser = profile::unlock(&scratch.profile(&books_name(rows))).await?;
    let (_, full) = profile::take_in(&purser, &path, true).await?;
    profile::close(&purser).await;
    Ok(vec![
        Figure::job("shown", shown).with_rows(read),
        Figure::job("stored", stored).with_rows(read),
        Figure::job("shown in full books", full).with_rows(read),
    ])
}

/// Cancels when half of the rows are read; from then until the books are as they were.
pub async fn cancel(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let path = scratch.statement(ScaledForm::PayPalActivity, rows)?;
    let purser = profile::create(&scratch.empty("cancel")?).await?;
    let permit = purser.permit(Action::Import).await?;
    let files = StatementFile::expand(&[path], None).await?;
    let half = Arc::new(AtomicBool::new(false));
    let control = {
        let half = Arc::clone(&half);
        JobControl::new(move |progress| half.store(progress.rows >= rows / 2, Ordering::Relaxed))
    };
    // The report cannot know the control it belongs to: a task beside it cancels.
    let cancelled = Arc::new(Mutex::new(None));
    let person = {
        let (control, cancelled) = (control.clone(), Arc::clone(&cancelled));
        tokio::spawn(async move {
            while !half.load(Ordering::Relaxed) {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            *cancelled.lock().unwrap_or_else(PoisonError::into_inner) = Some(Stopwatch::start());
            control.cancel();
        })
    };
    let done = import_files(permit.store(), &files, &ImportOptions::default(), false, purser.now_ms(), &control).await;
    let watch = *cancelled.lock().unwrap_or_else(PoisonError::into_inner);
    person.abort();
    match (done, watch) {
        (Err(error), Some(watch)) if error.code == Code::Cancelled => {
            let took = watch.took();
            let left: i64 = permit.store().counts_by_wallet().await?.values().sum();
            if left != 0 || !permit.store().wallets().await?.is_empty() {
                bail!("a cancelled import left {left} rows");
            }
            profile::close(&purser).await;
            scratch.remove("cancel")?;
            Ok(vec![Figure::job("cancel", took)])
        }
        (Err(error), _) => Err(error.into()),
        (Ok(_), _) => bail!("the import was over before it could be cancelled: ask for more --rows"),
    }
}
