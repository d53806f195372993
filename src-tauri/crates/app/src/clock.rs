//! The one place that reads a clock.

use purser_vault::auth_state::Moment;

/// Wall time and boot time. Tests move both.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Moment;
}

/// The machine's clocks. Boot time counts sleep, so that an idle lock is due after a suspended laptop wakes.
#[derive(Debug, Clone)]
pub struct SystemClock {
    boot_id: [u8; 16],
    #[cfg(not(target_os = "linux"))]
    started: std::time::Instant,
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl SystemClock {
    #[must_use]
    #[cfg(target_os = "linux")]
    pub fn new() -> SystemClock {
        // A UUID in text: 32 hex digits with hyphens. A machine without it counts as one endless boot of zeros,
        // which leaves the boot clock in charge.
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let mut boot_id = [0; 16];
        for (byte, digit) in text.chars().filter_map(|c| c.to_digit(16)).take(32).enumerate().map(|(i, d)| (i / 2, d)) {
            boot_id[byte] = boot_id[byte] << 4 | u8::try_from(digit).unwrap_or(0);
        }
        SystemClock { boot_id }
    }

    /// Elsewhere every start of the program counts as a new boot: waits then rest on the wall clock with its
    /// stricter rules, which errs on the safe side.
    #[must_use]
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::disallowed_methods, reason = "the clock itself")]
    pub fn new() -> SystemClock {
        let mut boot_id = [0; 16];
        let _ = getrandom::fill(&mut boot_id);
        SystemClock { boot_id, started: std::time::Instant::now() }
    }

    #[cfg(target_os = "linux")]
    fn boot_ms(&self) -> u64 {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        u64::try_from(time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)).unwrap_or(0)
    }

    #[cfg(not(target_os = "linux"))]
    fn boot_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the clock itself")]
    fn now(&self) -> Moment {
        let wall_ms = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
        Moment { wall_ms, boot_ms: self.boot_ms(), boot_id: self.boot_id }
    }
}
