//! From the act to the freeze that no crash can take back: on the lock screen, and in an open session with its books.

use std::time::Duration;

use anyhow::Result;
use purser_bench::Figure;
use purser_practice::ScaledForm;

use crate::profile;
use crate::scratch::Scratch;
use crate::stopwatch::Stopwatch;

/// A profile can be frozen for the first time once: so many are made.
const PROFILES: u64 = 20;

pub async fn freeze(scratch: &Scratch) -> Result<Vec<Figure>> {
    let statement = scratch.statement(ScaledForm::StripeBalanceHistory, 1_000)?;
    let (mut locked, mut open) = (Vec::new(), Vec::new());
    for _ in 0..PROFILES {
        let folder = scratch.empty("freeze")?;
        let purser = profile::create(&folder).await?;
        profile::take_in(&purser, &statement, false).await?;
        open.push(timed(&purser).await?);
        profile::close(&purser).await;
        drop(purser);
        let folder = scratch.empty("freeze")?;
        profile::close(&profile::create(&folder).await?).await;
        locked.push(timed(&profile::hold(&folder)?).await?);
    }
    scratch.remove("freeze")?;
    Ok(vec![Figure::requests("on the lock screen", locked), Figure::requests("in an open session", open)])
}

/// It comes back when every place that could be written is.
async fn timed(purser: &purser_app::Purser) -> Result<Duration> {
    let watch = Stopwatch::start();
    purser.freeze().await?;
    Ok(watch.took())
}
