//! The practice company as the demo takes it in.

use purser_app::Error;
use purser_app::clock::{Clock, SystemClock};
use purser_app::demo::DemoBooks;
use purser_app::store::{Business, StatusValue};
use purser_practice::PracticeStatus;

pub fn demo_books() -> Result<DemoBooks, Error> {
    let now = i64::try_from(SystemClock::new().now().wall_ms).unwrap_or(0);
    let today = jiff::Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date();
    let files = purser_practice::demo_files(today).into_iter().map(|file| (file.name, file.bytes)).collect();
    let statuses = purser_practice::statuses(today).into_iter().map(status).collect();
    Ok(DemoBooks { business: business(), files, statuses, security: purser_practice::security(today) })
}

/// Books without anything in them, to look at a file before there is a profile.
pub fn empty_books() -> DemoBooks {
    DemoBooks { business: business(), files: Vec::new(), statuses: Vec::new(), security: String::new() }
}

fn business() -> Business {
    let practice = purser_practice::BUSINESS;
    Business {
        id: 0,
        name: practice.name.to_owned(),
        name_local: practice.local_name.to_owned(),
        base_currency: practice.base_currency.to_owned(),
        zone: practice.zone.to_owned(),
    }
}

fn status(status: PracticeStatus) -> (String, StatusValue) {
    let value = StatusValue {
        wallet_id: 0,
        field: status.field.to_owned(),
        value: status.value.to_owned(),
        note: status.note.to_owned(),
        due: status.due.map(|due| due.to_string()),
        as_of: status.as_of.to_string(),
        source: "typed".to_owned(),
    };
    (status.provider.code().to_owned(), value)
}
