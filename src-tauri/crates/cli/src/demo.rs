//! `--demo`: the practice company, opened for one command.

use std::sync::Arc;

use purser_app::clock::{Clock, SystemClock};
use purser_app::demo::DemoBooks;
use purser_app::error::Result;
use purser_app::store::{Business, StatusValue};
use purser_app::{Purser, demo};
use purser_practice::PracticeStatus;

pub async fn open() -> Result<Purser> {
    let clock = Arc::new(SystemClock::new());
    let today = jiff::Timestamp::from_millisecond(i64::try_from(clock.now().wall_ms).unwrap_or(0))
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let practice = purser_practice::BUSINESS;
    let business = Business {
        id: 0,
        name: practice.name.to_owned(),
        name_local: practice.local_name.to_owned(),
        base_currency: practice.base_currency.to_owned(),
        zone: practice.zone.to_owned(),
    };
    let files = purser_practice::demo_files(today).into_iter().map(|file| (file.name, file.bytes)).collect();
    let statuses = purser_practice::statuses(today).into_iter().map(status).collect();
    let security = purser_practice::security(today);
    demo::open(DemoBooks { business, files, statuses, security }, clock).await
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
