//! What every fact about the world outside carries: two languages, a grade, a region, opening hours.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::credential::words;

/// One text in the two languages of the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Localized {
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

words! {
    /// How far a fact can be trusted.
    Grade {
        /// Read on a page of the provider (or, for the police, of the authority) itself.
        Provider => "provider",
        /// Read on somebody else's page.
        ThirdParty => "third_party",
        /// Not read anywhere that can be named.
        Unverified => "unverified",
    }
}

impl Grade {
    /// Whether it may be shown as a fact, without a word of doubt beside it.
    #[must_use]
    pub const fn is_fact(self) -> bool {
        matches!(self, Grade::Provider)
    }
}

words! {
    /// Whom a contact or a step is for.
    Region {
        Mainland => "mainland",
        HongKong => "hong_kong",
        Us => "us",
        /// Neither mainland China nor Hong Kong.
        Elsewhere => "elsewhere",
        Global => "global",
    }
}

/// Opening hours. The sources name no days, so neither does this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// `09:00-22:00`; round the clock is `00:00-24:00`.
    pub span: String,
    /// IANA name.
    pub zone: String,
}

impl Hours {
    /// Whether it is within the hours now; `None` when the zone or the span is not one. Days are not known: on a holiday
    /// it may be closed all the same, and the screen says so.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> Option<bool> {
        let (from, to) = self.span.split_once('-')?;
        let now = now.to_zoned(TimeZone::get(&self.zone).ok()?).time();
        let minute = u16::try_from(now.hour()).ok()? * 60 + u16::try_from(now.minute()).ok()?;
        Some((minute_of_day(from)?..minute_of_day(to)?).contains(&minute))
    }
}

/// `09:05` as minutes since midnight.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(span: &str, zone: &str, now: &str) -> Option<bool> {
        Hours { span: span.into(), zone: zone.into() }.is_open(now.parse().unwrap())
    }

    #[test]
    fn open_is_said_in_the_zone_of_the_telephone() {
        for (now, is_open) in [
            ("2026-11-25T00:59:59Z", false),
            ("2026-11-25T01:00:00Z", true),
            ("2026-11-25T13:59:59Z", true),
            ("2026-11-25T14:00:00Z", false),
        ] {
            assert_eq!(open("09:00-22:00", "Asia/Shanghai", now), Some(is_open), "{now}");
            assert_eq!(open("00:00-24:00", "Asia/Hong_Kong", now), Some(true), "{now}");
        }
    }

    #[test]
    fn hours_that_are_none_are_not_known() {
        let now = "2026-11-25T01:00:00Z";
        for (span, zone) in [("09:00", "UTC"), ("25:00-26:00", "UTC"), ("9-22", "UTC"), ("09:00-22:00", "Mars/Olympus")]
        {
            assert_eq!(open(span, zone, now), None, "{span} {zone}");
        }
    }
}
