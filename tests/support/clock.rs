//! A clock that goes only where a test moves it, and a day that lasts as long as a test of the real command line.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use purser_app::clock::{Clock, SystemClock};
use purser_vault::auth_state::Moment;

/// Wall and boot time, moved by hand. Clones move together.
#[derive(Debug, Clone)]
pub struct MovingClock(Arc<Mutex<Moment>>);

impl Default for MovingClock {
    fn default() -> MovingClock {
        MovingClock::starting_now()
    }
}

impl MovingClock {
    /// Begins at the machine's own time.
    #[must_use]
    pub fn starting_now() -> MovingClock {
        MovingClock(Arc::new(Mutex::new(SystemClock::new().now())))
    }

    #[must_use]
    pub fn as_clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }

    /// Time passes, awake or asleep.
    pub fn pass_s(&self, seconds: u64) {
        let mut now = self.0.lock().unwrap();
        now.wall_ms += seconds * 1000;
        now.boot_ms += seconds * 1000;
    }

    /// Somebody sets the wall clock.
    pub fn set_wall_by_s(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        now.wall_ms = now.wall_ms.checked_add_signed(seconds * 1000).unwrap();
    }

    /// The computer is started again; the boot clock begins at zero.
    pub fn reboot(&self) {
        let mut now = self.0.lock().unwrap();
        now.boot_id[0] = now.boot_id[0].wrapping_add(1);
        now.boot_ms = 0;
    }

    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.0.lock().unwrap().wall_ms / 1000
    }

    /// What the person's phone shows now.
    #[must_use]
    pub fn code(&self) -> String {
        crate::authenticator::code_at(crate::SEED, self.seconds())
    }
}

impl Clock for MovingClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

/// So long before midnight no test begins that needs its day.
const LATE_S: i64 = 180;

/// A day that is the same for the whole test, where the command line reads the machine's own clock.
#[derive(Debug, Clone, Copy)]
pub struct WholeDay(Date);

impl WholeDay {
    /// Today in an IANA zone. Shortly before midnight the next day is waited for.
    #[must_use]
    pub fn begun(zone: &str) -> WholeDay {
        let now = now_in(zone);
        let midnight = now.tomorrow().unwrap().start_of_day().unwrap();
        let left_s = midnight.timestamp().as_second() - now.timestamp().as_second();
        if left_s < LATE_S {
            std::thread::sleep(Duration::from_secs(left_s.unsigned_abs() + 1));
        }
        WholeDay(now_in(zone).date())
    }

    /// As ISO date, `days` later or, below zero, earlier.
    #[must_use]
    pub fn plus(self, days: i32) -> String {
        (self.0 + days.days()).to_string()
    }

    /// First and last day of the month before, as ISO dates.
    #[must_use]
    pub fn month_before(self) -> [String; 2] {
        let last = self.0.first_of_month().yesterday().unwrap();
        [last.first_of_month(), last].map(|day| day.to_string())
    }
}

fn now_in(zone: &str) -> Zoned {
    let now = i64::try_from(MovingClock::starting_now().seconds()).unwrap();
    Timestamp::from_second(now).unwrap().in_tz(zone).unwrap()
}
