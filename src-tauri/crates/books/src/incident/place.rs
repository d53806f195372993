//! Where a business is and where its money lies: whose police are called.
//!
//! Not guessed: a time zone that names no place leaves it open, and then the steps of every place stand. What is derived here a
//! person sees and can put right.

use crate::Provider;
use crate::fact::Region;

/// The places a person can name.
pub const PLACES: [Region; 3] = [Region::Mainland, Region::HongKong, Region::Elsewhere];

/// The place an IANA time zone stands for; `None` = it names none.
#[must_use]
pub fn of_zone(zone: &str) -> Option<Region> {
    const MAINLAND: [&str; 7] =
        ["Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Kashgar", "PRC"];
    if MAINLAND.contains(&zone) {
        return Some(Region::Mainland);
    }
    if matches!(zone, "Asia/Hong_Kong" | "Hongkong") {
        return Some(Region::HongKong);
    }
    // `Etc/GMT+8` and the like are distances from UTC.
    (zone.contains('/') && !zone.starts_with("Etc/")).then_some(Region::Elsewhere)
}

/// The places of a business with these time zones and wallets at these providers; empty = not known. An account at Alipay or
/// WeChat Pay is one in mainland China, wherever the business is: it adds a place and takes none away.
#[must_use]
pub fn of_business<'a>(
    zones: impl IntoIterator<Item = &'a str>,
    providers: impl IntoIterator<Item = &'a str>,
) -> Vec<Region> {
    let Some(mut places) = zones.into_iter().map(of_zone).collect::<Option<Vec<Region>>>() else { return Vec::new() };
    let mainland = |code: &str| matches!(Provider::from_code(code), Some(Provider::Alipay | Provider::WeChatPay));
    if !places.is_empty() && providers.into_iter().any(mainland) {
        places.push(Region::Mainland);
    }
    places.sort();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_stands_for_a_place_or_for_none() {
        for (zone, place) in [
            ("Asia/Shanghai", Some(Region::Mainland)),
            ("Asia/Urumqi", Some(Region::Mainland)),
            ("Asia/Hong_Kong", Some(Region::HongKong)),
            ("Asia/Macau", Some(Region::Elsewhere)),
            ("Asia/Taipei", Some(Region::Elsewhere)),
            ("America/New_York", Some(Region::Elsewhere)),
            ("UTC", None),
            ("Etc/GMT-8", None),
            ("EST5EDT", None),
            ("", None),
        ] {
            assert_eq!(of_zone(zone), place, "{zone}");
        }
    }

    #[test]
    fn a_wallet_adds_a_place_and_hides_none() {
        let (mainland, hong_kong) = (Region::Mainland, Region::HongKong);
        assert_eq!(of_business(["Asia/Hong_Kong"], ["stripe", "paypal"]), [hong_kong]);
        assert_eq!(of_business(["Asia/Hong_Kong"], ["stripe", "alipay"]), [mainland, hong_kong]);
        assert_eq!(of_business(["Asia/Shanghai"], ["wechatpay"]), [mainland]);
        assert_eq!(of_business(["Asia/Hong_Kong", "Asia/Shanghai"], []), [mainland, hong_kong]);
        assert_eq!(of_business(["Europe/Berlin"], ["wechatpay"]), [mainland, Region::Elsewhere]);
        for zones in [vec!["UTC"], vec!["Asia/Hong_Kong", "UTC"], vec![]] {
            assert_eq!(of_business(zones, ["alipay"]), [], "not known: every place stands");
        }
    }
}
