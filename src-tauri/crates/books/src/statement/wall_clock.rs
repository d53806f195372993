//! The clock on the wall of a zone, read a million times.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const SECONDS_OF_DAY: i64 = 86_400;

/// Tells the time of day in a zone. Looking its rules up is slow, so what they say is kept until they say otherwise.
#[derive(Debug)]
pub struct WallClock {
    name: String,
    zone: TimeZone,
    /// Seconds east of UTC from one instant until before another.
    offset: i64,
    from: Timestamp,
    until: Timestamp,
}

impl WallClock {
    /// The clock of a zone by its IANA name, or `None` where there is no such zone.
    #[must_use]
    pub fn of(name: &str) -> Option<WallClock> {
        let zone = TimeZone::get(name).ok()?;
        // Holds for no instant yet.
        let (from, until) = (Timestamp::MAX, Timestamp::MIN);
        Some(WallClock { name: name.to_owned(), zone, offset: 0, from, until })
    }

    /// The zone's name, as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time of day at an instant, as `HH:MM:SS`.
    pub fn read(&mut self, time: Timestamp) -> [u8; 8] {
        if time < self.from || time >= self.until {
            self.look_up(time);
        }
        // Before 1970, a part of a second counts backwards.
        let whole = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
        let second = (whole + self.offset).rem_euclid(SECONDS_OF_DAY);
        let ([h, i], [m, n], [s, t]) = (two(second / 3600), two(second / 60 % 60), two(second % 60));
        [h, i, b':', m, n, b':', s, t]
    }

    fn look_up(&mut self, time: Timestamp) {
        self.offset = self.zone.to_offset(time).seconds().into();
        self.from = time;
        self.until = self.zone.following(time).next().map_or(Timestamp::MAX, |change| change.timestamp());
    }
}

fn two(number: i64) -> [u8; 2] {
    let digit = |number: i64| b'0' + u8::try_from(number % 10).unwrap_or(0);
    [digit(number / 10), digit(number)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn as_jiff_reads_it(zone: &str, time: Timestamp) -> String {
        time.to_zoned(TimeZone::get(zone).unwrap()).strftime("%H:%M:%S").to_string()
    }

    fn read(clock: &mut WallClock, time: Timestamp) -> String {
        String::from_utf8(clock.read(time).to_vec()).unwrap()
    }

    /// With and without summer time, half an hour of it, offsets of quarters and of seconds, and a day that was left out.
    const ZONES: [&str; 9] = [
        "UTC",
        "Asia/Shanghai",
        "America/Los_Angeles",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Africa/Monrovia",
        "Pacific/Apia",
        "Africa/Casablanca",
    ];

    #[test]
    fn it_changes_in_the_second_in_which_the_zone_does() {
        for zone in ZONES {
            let mut clock = WallClock::of(zone).unwrap();
            let zone_rules = TimeZone::get(zone).unwrap();
            for change in zone_rules.following("1850-01-01T00:00Z".parse().unwrap()).take(400) {
                for nanoseconds in [-1_000_000_000, -1, 0, 1, 1_000_000_000, -1, 0] {
                    let time = change.timestamp() + jiff::SignedDuration::from_nanos(nanoseconds);
                    assert_eq!(read(&mut clock, time), as_jiff_reads_it(zone, time), "{zone} {time}");
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_are_read_too() {
        for zone in ZONES {
            let mut clock = WallClock::of(zone).unwrap();
            for time in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH, Timestamp::MAX, Timestamp::MIN] {
                assert_eq!(read(&mut clock, time), as_jiff_reads_it(zone, time), "{zone} {time}");
            }
        }
    }

    #[test]
    fn a_zone_that_is_none_has_no_clock() {
        assert!(WallClock::of("Asia/Nowhere").is_none());
    }

    proptest! {
        #[test]
        fn it_reads_what_jiff_reads_in_any_order(
            zone in proptest::sample::select(&ZONES),
            times in proptest::collection::vec(-6_000_000_000_000i64..6_000_000_000_000, 1..20),
        ) {
            let mut clock = WallClock::of(zone).unwrap();
            for time in times {
                let time = Timestamp::from_millisecond(time).unwrap();
                prop_assert_eq!(read(&mut clock, time), as_jiff_reads_it(zone, time));
            }
        }
    }
}
