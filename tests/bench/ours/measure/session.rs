//! Opening the books, and what they cost while nothing happens.

use std::time::Duration;

use anyhow::{Context, Result};
use purser_app::store::{Filter, Page, Query, SortColumn};
use purser_app::{overview, profile::Folder};
use purser_bench::{Figure, machine};
use purser_vault::keyfile::{KeyFile, Seen};

use super::import::books_name;
use crate::profile;
use crate::scratch::Scratch;
use crate::stopwatch::Stopwatch;

const TIMES: usize = 9;

/// Medians of the whole unlock and of the password hash alone; the rest is what the books cost.
pub async fn unlock(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let folder = scratch.profile(&books_name(rows));
    let purser = profile::hold(&folder)?;
    let key_file = KeyFile::parse(&Folder::new(&folder).read_keys()?, &Seen::default())?;
    let (mut whole, mut derivation) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let password = profile::passphrase()?;
        let watch = Stopwatch::start();
        // The same hash as a login's, and nothing else; on such a thread as a login's.
        let file = key_file.clone();
        tokio::task::spawn_blocking(move || file.waste_attempt(&password)).await?;
        derivation.push(watch.took());
        let watch = Stopwatch::start();
        profile::open(&purser).await?;
        whole.push(watch.took());
        profile::close(&purser).await;
    }
    let (whole, derivation) = (median(whole)?, median(derivation)?);
    Ok(vec![
        Figure::job("unlock", whole),
        Figure::job("derivation", derivation),
        Figure::job("beyond", whole.saturating_sub(derivation)),
    ])
}

fn median(mut times: Vec<Duration>) -> Result<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("nothing was timed")
}

/// What is resident a second after the overview and the first page were shown.
pub async fn idle(scratch: &Scratch, rows: u64) -> Result<Vec<Figure>> {
    let watch = Stopwatch::start();
    let purser = profile::unlock(&scratch.profile(&books_name(rows))).await?;
    let permit = profile::reading(&purser).await?;
    overview::wallets(permit.store()).await?;
    let (filter, sort, page) = (Filter::default(), SortColumn::Time, Page::Offset(0));
    permit.store().totals(&filter).await?;
    permit.store().transactions(&Query { filter, sort, descending: true, limit: 128, page }).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let figure = Figure::job("idle", watch.took()).with_peak(machine::own_memory_mib("VmRSS"));
    profile::close(&purser).await;
    Ok(vec![figure])
}
