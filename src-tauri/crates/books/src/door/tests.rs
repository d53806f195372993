use jiff::civil::date;

use super::*;

const TODAY: Date = date(2026, 11, 25);

fn owner() -> PersonFacts {
    PersonFacts { name: "owner".into(), is_owner: true, has_second_factor: true, ..PersonFacts::default() }
}

fn safe() -> PurserFacts {
    let backups = BackupFacts { made: true, second_place: true, proven: Some(TODAY), damaged: None };
    PurserFacts {
        people: vec![owner()],
        kit_proven: true,
        kit_proven_on: Some(TODAY),
        practised: Some(TODAY),
        backups,
        ..PurserFacts::default()
    }
}

fn codes(facts: &Facts) -> Vec<DoorCode> {
    open_doors(facts, TODAY).iter().map(|door| door.code).collect()
}

fn of_purser(purser: PurserFacts) -> Vec<DoorCode> {
    codes(&Facts { purser, ..Facts::default() })
}

#[test]
fn a_closed_house_has_no_open_doors() {
    assert_eq!(of_purser(safe()), []);
    assert_eq!(
        codes(&Facts::default()),
        [DoorCode::KitNotProven, DoorCode::NoBackup, DoorCode::PracticeDue],
        "nothing known is not safe"
    );
}

#[test]
fn the_worst_door_stands_first() {
    let people = vec![
        PersonFacts { has_second_factor: false, compromised: true, ..owner() },
        PersonFacts { name: "Mei".into(), is_owner: false, exposed: true, disabled: true, ..owner() },
    ];
    let purser = PurserFacts {
        people,
        key_in_file: true,
        renewal_pending: true,
        stale_cards: vec!["Mei".into()],
        ..PurserFacts::default()
    };
    assert_eq!(
        of_purser(purser),
        [
            DoorCode::PasswordCompromised,
            DoorCode::PersonExposed,
            DoorCode::NoSecondFactor,
            DoorCode::KitNotProven,
            DoorCode::RenewalPending,
            DoorCode::NoBackup,
            DoorCode::KeyInFile,
            DoorCode::PersonDisabled,
            DoorCode::CardStale,
            DoorCode::PracticeDue,
        ]
    );
}

/// What was stopped in a theft is put back, or left as it is by a decision: until then one door says how much it is.
#[test]
fn what_was_stopped_is_not_forgotten() {
    assert_eq!(of_purser(PurserFacts { not_put_back: 0, ..safe() }), []);
    let facts = Facts { purser: PurserFacts { not_put_back: 3, ..safe() }, ..Facts::default() };
    let doors = open_doors(&facts, TODAY);
    let told = doors.iter().map(|door| (door.code, door.severity, door.detail.as_str())).collect::<Vec<_>>();
    assert_eq!(told, [(DoorCode::NotPutBack, Severity::Low, "3")]);
}

/// One door for all numbers that are to be copied, gone with the last of them.
#[test]
fn own_numbers_are_to_be_copied() {
    let missing = |names: &[&str]| {
        let numbers_missing = names.iter().map(|name| (*name).to_owned()).collect();
        let facts = Facts { purser: PurserFacts { numbers_missing, ..safe() }, ..Facts::default() };
        open_doors(&facts, TODAY)
    };
    let doors = missing(&["PayPal", "Stripe"]);
    let told = doors.iter().map(|door| (door.code, door.severity, door.detail.as_str())).collect::<Vec<_>>();
    assert_eq!(told, [(DoorCode::OwnNumbersMissing, Severity::Medium, "PayPal, Stripe")]);
    assert_eq!(missing(&[]), []);
}

/// A card is stale by its own stamp; practice is due on the ninetieth day.
#[test]
fn what_is_meant_for_the_day_of_a_theft_is_kept_fresh() {
    let practised = |day| of_purser(PurserFacts { practised: Some(day), ..safe() });
    assert_eq!(practised(date(2026, 8, 28)), [], "89 days ago");
    assert_eq!(practised(date(2026, 8, 27)), [DoorCode::PracticeDue]);
    let two = PurserFacts { stale_cards: vec!["Mei".into(), "Chan".into()], ..safe() };
    let doors = open_doors(&Facts { purser: two, ..Facts::default() }, TODAY);
    let told: Vec<(DoorCode, &str)> = doors.iter().map(|door| (door.code, door.target.as_str())).collect();
    assert_eq!(told, [(DoorCode::CardStale, "Chan"), (DoorCode::CardStale, "Mei")]);
}

#[test]
fn a_kit_is_asked_for_again_after_ninety_days() {
    let proven = |kit_proven_on| of_purser(PurserFacts { kit_proven_on, ..safe() });
    assert_eq!(proven(Some(date(2026, 8, 28))), [], "89 days ago");
    assert_eq!(proven(Some(date(2026, 8, 27))), [DoorCode::KitProofDue], "90 days ago");
    assert_eq!(proven(None), [DoorCode::KitProofDue], "nobody knows when");
    let never = PurserFacts { kit_proven: false, kit_proven_on: None, ..safe() };
    assert_eq!(of_purser(never), [DoorCode::KitNotProven], "one door, not two");
}

#[test]
fn a_backup_is_opened_again_every_month() {
    let opened = |proven, damaged: Option<&str>| {
        let damaged = damaged.map(str::to_owned);
        of_purser(PurserFacts { backups: BackupFacts { proven, damaged, ..safe().backups }, ..safe() })
    };
    assert_eq!(opened(Some(date(2026, 10, 26)), None), [], "30 days ago");
    assert_eq!(opened(Some(date(2026, 10, 25)), None), [DoorCode::BackupNotProven], "31 days ago");
    assert_eq!(opened(None, None), [DoorCode::BackupNotProven]);
    assert_eq!(opened(None, Some("purser.age")), [DoorCode::BackupDamaged], "what was found, and not that it is due");
    let none = BackupFacts { second_place: true, ..BackupFacts::default() };
    assert_eq!(of_purser(PurserFacts { backups: none, ..safe() }), [DoorCode::NoBackup], "nothing to open");
}

/// An owner's exposed generator is replaced; another person's exposed password is ended by revoking her.
#[test]
fn an_exposed_envelope_has_its_own_remedy() {
    let exposed = |is_owner| {
        of_purser(PurserFacts { people: vec![PersonFacts { is_owner, exposed: true, ..owner() }], ..safe() })
    };
    assert_eq!(exposed(true), [DoorCode::SecondFactorExposed]);
    assert_eq!(exposed(false), [DoorCode::PersonExposed]);
}

fn wallet(reviewed: Option<Date>, fields: &[(WalletField, &str)]) -> Vec<(DoorCode, String)> {
    let noted = |value: &str| Noted { value: value.to_owned(), as_of: TODAY };
    let fields = fields.iter().map(|(field, value)| (*field, noted(value))).collect();
    let facts = WalletFacts { name: "Stripe".into(), fields, reviewed };
    let facts = Facts { purser: safe(), wallets: vec![facts], ..Facts::default() };
    open_doors(&facts, TODAY).into_iter().map(|door| (door.code, door.detail)).collect()
}

#[test]
fn a_wallet_says_what_was_written_down_of_it() {
    assert_eq!(wallet(None, &[]), [(DoorCode::WalletNeverReviewed, String::new())], "one door, not nine");
    let all = [
        (WalletField::SecondFactor, "key"),
        (WalletField::Administrators, "2"),
        (WalletField::Operators, "3"),
        (WalletField::BoundPhone, "…1234"),
        (WalletField::BoundEmail, "a@example.com"),
        (WalletField::IpList, "on"),
        (WalletField::ApiTransfers, "off"),
        (WalletField::Alerts, "on"),
        (WalletField::PayoutAccount, "…4471"),
    ];
    assert_eq!(wallet(Some(TODAY), &all), []);
    let with = |field, value| {
        let mut fields = all.to_vec();
        fields.iter_mut().filter(|(known, _)| *known == field).for_each(|entry| entry.1 = value);
        wallet(Some(TODAY), &fields).into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    assert_eq!(with(WalletField::SecondFactor, "none"), [DoorCode::WalletNoSecondFactor]);
    assert_eq!(with(WalletField::SecondFactor, "sms"), [DoorCode::WalletWeakSecondFactor]);
    assert_eq!(with(WalletField::ApiTransfers, "on"), [DoorCode::WalletTransfersOpen]);
    assert_eq!(with(WalletField::IpList, "off"), [DoorCode::WalletNoIpList]);
    assert_eq!(with(WalletField::IpList, "not_offered"), []);
    assert_eq!(with(WalletField::Alerts, "off"), [DoorCode::WalletNoAlerts]);
    let unknown = wallet(Some(TODAY), &all[..8]);
    assert_eq!(unknown, [(DoorCode::WalletUnknown, "payout_account".to_owned())], "what is not known is open");
}

#[test]
fn a_field_keeps_only_what_it_may() {
    let kept = |field: WalletField, typed| field.kept(typed);
    assert_eq!(kept(WalletField::SecondFactor, " key ").as_deref(), Some("key"));
    assert_eq!(kept(WalletField::SecondFactor, "maybe"), None);
    assert_eq!(kept(WalletField::BoundPhone, "13800134471").as_deref(), Some("…4471"));
    assert_eq!(kept(WalletField::BoundEmail, "mei@example.com").as_deref(), Some("m…@example.com"));
    assert_eq!(kept(WalletField::PayoutAccount, "6222 0000 4471").as_deref(), Some("…4471"));
    assert_eq!(kept(WalletField::Operators, "Mei, Jun").as_deref(), Some("Mei, Jun"));
    let listed = WalletField::ALL.iter().flat_map(|field| field.values().iter().map(|value| (*field, *value)));
    assert!(listed.into_iter().all(|(field, value)| field.kept(value).as_deref() == Some(value)));
}

#[test]
fn a_review_is_due_each_quarter() {
    for (reviewed, due) in
        [(date(2026, 8, 26), false), (date(2026, 8, 25), true), (date(2025, 1, 1), true), (TODAY, false)]
    {
        assert_eq!(is_due(reviewed, TODAY), due, "{reviewed}");
    }
    // The last day of a short month.
    assert!(is_due(date(2026, 11, 30), date(2027, 2, 28)));
    let review = wallet(Some(date(2026, 8, 25)), &[]);
    assert!(review.contains(&(DoorCode::WalletReviewDue, "2026-08-25".to_owned())), "{review:?}");
}

#[test]
fn a_lost_device_is_one_door_and_the_worst() {
    let device = |facts: DeviceFacts| codes(&Facts { purser: safe(), devices: vec![facts], ..Facts::default() });
    let laptop = DeviceFacts {
        name: "Laptop".into(),
        reviewed: Some(TODAY),
        updated: Some(TODAY),
        encrypted: Some(true),
        lost: false,
    };
    assert_eq!(device(laptop.clone()), []);
    assert_eq!(device(DeviceFacts { lost: true, updated: None, ..laptop.clone() }), [DoorCode::DeviceLost]);
    assert_eq!(device(DeviceFacts { encrypted: Some(false), ..laptop.clone() }), [DoorCode::DeviceUnencrypted]);
    assert_eq!(device(DeviceFacts { updated: None, ..laptop.clone() }), [DoorCode::DeviceNotUpdated]);
    assert_eq!(device(DeviceFacts { reviewed: None, ..laptop }), [DoorCode::DeviceReviewDue]);
}

#[test]
fn reminders_become_doors_with_their_days() {
    let credentials = [Reminder::Old { days: 200 }, Reminder::Compromised, Reminder::Expires { days: 7 }]
        .map(|reminder| CredentialFacts { name: "key".into(), reminder })
        .to_vec();
    let facts = Facts { purser: safe(), credentials, ..Facts::default() };
    let doors: Vec<_> = open_doors(&facts, TODAY).into_iter().map(|door| (door.code, door.detail)).collect();
    let text = str::to_owned;
    assert_eq!(
        doors,
        [
            (DoorCode::CredentialCompromised, text("")),
            (DoorCode::CredentialExpires, text("7")),
            (DoorCode::CredentialOld, text("200")),
        ]
    );
}

#[test]
fn every_door_takes_a_time_and_has_a_place() {
    for code in DoorCode::ALL {
        let (part, _, minutes) = code.facts();
        assert!((1..=60).contains(&minutes), "{code:?}");
        assert_eq!(code.word().starts_with(part.word()), part != Part::Purser, "{code:?}");
    }
}

#[test]
fn a_task_is_a_door_on_its_day_and_worse_after_it() {
    let task = |text: &str, day, late| TaskFacts { text: text.into(), due: date(2026, 11, day), late };
    let tasks = vec![task("new laptop", 25, false), task("ask the bank", 20, true)];
    let facts = Facts { purser: PurserFacts { tasks, ..safe() }, ..Facts::default() };
    let doors = open_doors(&facts, TODAY);
    let told: Vec<_> =
        doors.iter().map(|door| (door.code, door.severity, door.target.as_str(), door.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            (DoorCode::TaskLate, Severity::Medium, "ask the bank", "2026-11-20"),
            (DoorCode::TaskDue, Severity::Low, "new laptop", "2026-11-25"),
        ]
    );
}
