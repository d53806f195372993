//! The wait between the owner's wish to unfreeze and the signature that does it.
//!
//! Only time that the boot clock saw passing is counted. The wall clock is never asked, so setting it, in either direction
//! and across restarts, shortens nothing; a restart costs the time the computer was off and loses none that was counted.
//! A freeze that was asked for meanwhile ends the wait: it is not among those the wait was for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::freeze::decision::Decision;
use crate::freeze::journal::{FreezeId, Unfreeze};

/// Length of the wait when nobody chose another.
pub const COOL_OFF_S: u32 = 15 * 60;
/// The longest that can be chosen.
pub const COOL_OFF_S_MAX: u32 = 72 * 60 * 60;
/// Characters of a reason.
pub const REASON_CHARS: std::ops::RangeInclusive<usize> = 4..=500;

/// A point in time on both clocks of a computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub wall: Timestamp,
    /// Milliseconds since the computer started, sleep included.
    pub boot_ms: u64,
    /// Changes with every start of the computer.
    pub boot_id: [u8; 16],
}

/// Why the wait does not begin or a setting is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("nothing is frozen")]
    NotFrozen,
    #[error("a reason of 4 to 500 characters must be written")]
    Reason,
    #[error("the wait can be 0 to 72 hours")]
    Length,
    #[error("the wait cannot be made shorter while frozen")]
    Lower,
}

/// The length of the wait as it may be set: longer at any time, shorter only while nothing is frozen (R65).
pub fn set_length(current_s: u32, wanted_s: u32, is_frozen: bool) -> Result<u32, Refused> {
    match wanted_s {
        _ if wanted_s > COOL_OFF_S_MAX => Err(Refused::Length),
        _ if is_frozen && wanted_s < current_s => Err(Refused::Lower),
        _ => Ok(wanted_s),
    }
}

/// A wait under way. It is kept where it cannot be forged (in the store), and again after each [`CoolOff::tick`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoolOff {
    /// The freezes it is for.
    pub freezes: Vec<FreezeId>,
    pub reason: String,
    pub length_s: u32,
    pub begun: Timestamp,
    counted_ms: u64,
    seen: Moment,
}

/// Where a wait stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Wait {
    /// `until` is for showing; it moves when the clock is set.
    Waiting { remaining_ms: u64, until: Timestamp },
    /// Somebody froze again: the owner begins anew.
    Cancelled,
    /// With a fresh password and code the owner may sign.
    Over,
}

impl CoolOff {
    /// Begins the wait for everything that is frozen now.
    pub fn begin(decision: &Decision, reason: &str, length_s: u32, now: Moment) -> Result<CoolOff, Refused> {
        let reason = reason.trim();
        if !decision.is_frozen() {
            return Err(Refused::NotFrozen);
        }
        if !REASON_CHARS.contains(&reason.chars().count()) {
            return Err(Refused::Reason);
        }
        if length_s > COOL_OFF_S_MAX {
            return Err(Refused::Length);
        }
        let reason = reason.to_owned();
        Ok(CoolOff { freezes: decision.ids(), reason, length_s, begun: now.wall, counted_ms: 0, seen: now })
    }

    /// Counts the time since the last look. To be called now and then, so that little is lost by a restart.
    pub fn tick(&mut self, now: Moment) {
        if now.boot_id == self.seen.boot_id {
            self.counted_ms = self.counted_ms.saturating_add(now.boot_ms.saturating_sub(self.seen.boot_ms));
        }
        // A boot clock that runs backwards is another one; it is counted from where it stands.
        self.seen = now;
    }

    /// The records for the owner to sign, one for each freeze; none before the wait is over.
    #[must_use]
    pub fn to_sign(&self, decision: &Decision, now: Moment) -> Vec<Unfreeze> {
        if self.wait(decision, now) != Wait::Over {
            return Vec::new();
        }
        let record = |id| Unfreeze { id, at: now.wall, reason: self.reason.clone(), signature: String::new() };
        decision.ids().into_iter().map(record).collect()
    }

    /// Where it stands. `decision` is what is frozen now.
    #[must_use]
    pub fn wait(&self, decision: &Decision, now: Moment) -> Wait {
        if decision.ids().iter().any(|id| !self.freezes.contains(id)) {
            return Wait::Cancelled;
        }
        let mut counted = self.clone();
        counted.tick(now);
        match (u64::from(self.length_s) * 1_000).saturating_sub(counted.counted_ms) {
            0 => Wait::Over,
            remaining_ms => {
                let span = jiff::SignedDuration::from_millis(i64::try_from(remaining_ms).unwrap_or(i64::MAX));
                let until = now.wall.checked_add(span).unwrap_or(Timestamp::MAX);
                Wait::Waiting { remaining_ms, until }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::freeze::decision::{Place, Told, decide};

    const DAY_S: i64 = 86_400;

    fn moment(wall_s: i64, boot_ms: u64, boot: u8) -> Moment {
        Moment { wall: Timestamp::from_second(1_795_000_000 + wall_s).unwrap(), boot_ms, boot_id: [boot; 16] }
    }

    fn frozen(ids: &[u8]) -> Decision {
        let ids = ids.iter().map(|byte| FreezeId::from_bytes([*byte; 16]));
        decide(&[Told::by_ids(Place::Database, ids)], |_| false)
    }

    fn begun() -> CoolOff {
        CoolOff::begin(&frozen(&[1]), "it was a drill", COOL_OFF_S, moment(0, 5_000, 1)).unwrap()
    }

    fn remaining_ms(cool_off: &CoolOff, now: Moment) -> Option<u64> {
        match cool_off.wait(&frozen(&[1]), now) {
            Wait::Waiting { remaining_ms, .. } => Some(remaining_ms),
            Wait::Over => None,
            Wait::Cancelled => panic!("cancelled"),
        }
    }

    /// R65: fifteen minutes of the boot clock, whatever the wall clock says.
    #[test]
    fn the_wall_clock_shortens_nothing() {
        let cool_off = begun();
        for wall_s in [-400 * DAY_S, -1, 0, 899, 901, 400 * DAY_S] {
            assert_eq!(remaining_ms(&cool_off, moment(wall_s, 5_000, 1)), Some(900_000), "{wall_s}");
            assert_eq!(remaining_ms(&cool_off, moment(wall_s, 904_999, 1)), Some(1), "{wall_s}");
            assert_eq!(remaining_ms(&cool_off, moment(wall_s, 905_000, 1)), None, "{wall_s}");
        }
    }

    /// R65: a restart, and another computer that has been up for a year, count from when they are first seen.
    #[test]
    fn another_boot_counts_from_its_first_look() {
        let mut cool_off = begun();
        cool_off.tick(moment(600, 605_000, 1));
        assert_eq!(remaining_ms(&cool_off, moment(DAY_S, 365 * 86_400_000, 2)), Some(300_000), "ten minutes are kept");
        cool_off.tick(moment(DAY_S, 365 * 86_400_000, 2));
        assert_eq!(remaining_ms(&cool_off, moment(0, 365 * 86_400_000 + 299_999, 2)), Some(1));
        assert_eq!(remaining_ms(&cool_off, moment(0, 365 * 86_400_000 + 300_000, 2)), None);
    }

    #[test]
    fn a_boot_clock_that_went_backwards_counts_nothing() {
        let mut cool_off = begun();
        cool_off.tick(moment(0, 4_000, 1));
        assert_eq!(remaining_ms(&cool_off, moment(0, 4_000, 1)), Some(900_000));
    }

    /// R65: a freeze during the wait cancels it, over or not.
    #[test]
    fn a_new_freeze_cancels() {
        let cool_off = begun();
        for boot_ms in [6_000, 10_000_000] {
            assert_eq!(cool_off.wait(&frozen(&[1, 2]), moment(0, boot_ms, 1)), Wait::Cancelled);
        }
        assert_eq!(cool_off.wait(&frozen(&[2]), moment(0, 10_000_000, 1)), Wait::Cancelled);
    }

    /// R65: a written reason, and something to end.
    #[test]
    fn the_wait_needs_a_reason() {
        let begin = |reason: &str| CoolOff::begin(&frozen(&[1]), reason, COOL_OFF_S, moment(0, 0, 1));
        for reason in ["", "   \n\t    ", "ok!", &"x".repeat(501)] {
            assert_eq!(begin(reason), Err(Refused::Reason), "{reason:?}");
        }
        assert!(begin("已经查明").is_ok());
        let nothing = CoolOff::begin(&frozen(&[]), "reason", COOL_OFF_S, moment(0, 0, 1));
        assert_eq!(nothing, Err(Refused::NotFrozen));
    }

    /// R65: the length can only grow while frozen.
    #[test]
    fn the_length_cannot_be_lowered_while_frozen() {
        assert_eq!(set_length(900, 899, true), Err(Refused::Lower));
        assert_eq!(set_length(900, 900, true), Ok(900));
        assert_eq!(set_length(900, 3_600, true), Ok(3_600));
        assert_eq!(set_length(900, 0, false), Ok(0));
        assert_eq!(set_length(0, COOL_OFF_S_MAX + 1, false), Err(Refused::Length));
        let long = CoolOff::begin(&frozen(&[1]), "reason", COOL_OFF_S_MAX + 1, moment(0, 0, 1));
        assert_eq!(long, Err(Refused::Length));
    }

    /// R65: there is nothing to sign before the wait is over, nor after it was cancelled.
    #[test]
    fn nothing_can_be_signed_before_the_wait_is_over() {
        let cool_off = begun();
        assert_eq!(cool_off.to_sign(&frozen(&[1]), moment(9_999, 904_999, 1)), []);
        assert_eq!(cool_off.to_sign(&frozen(&[1, 2]), moment(0, 905_000, 1)), []);
        let records = cool_off.to_sign(&frozen(&[1]), moment(0, 905_000, 1));
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].id, records[0].reason.as_str()), (FreezeId::from_bytes([1; 16]), "it was a drill"));
    }

    #[test]
    fn a_wait_survives_the_store() {
        let mut cool_off = begun();
        cool_off.tick(moment(3, 8_000, 1));
        let text = serde_json::to_string(&cool_off).unwrap();
        assert_eq!(serde_json::from_str::<CoolOff>(&text).unwrap(), cool_off);
    }

    proptest! {
        /// R65: no sequence of clocks, restarts and looks lets it pass with less than its length of boot time.
        #[test]
        fn the_wait_is_never_shorter(looks in prop::collection::vec((any::<i32>(), 0u64..400_000, any::<bool>()), 0..12)) {
            let mut cool_off = begun();
            let (mut boot, mut boot_ms, mut passed) = (1, 5_000_u64, 0_u64);
            for (wall_s, step_ms, restart) in looks {
                if restart {
                    boot += 1;
                    // The new boot clock stands anywhere; its own past does not count.
                    boot_ms = step_ms * 7;
                } else {
                    boot_ms += step_ms;
                    passed += step_ms;
                }
                let now = moment(i64::from(wall_s), boot_ms, boot);
                cool_off.tick(now);
                prop_assert_eq!(remaining_ms(&cool_off, now).is_none(), passed >= 900_000);
            }
        }
    }
}
