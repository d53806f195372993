//! A clock that goes only where a test moves it.

use std::sync::{Arc, Mutex};

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
