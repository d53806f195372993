//! Open doors: what a thief would try first, worst first, each with what closes it and how long that takes.
//!
//! A pure function of facts. It says nothing the facts do not say: what nobody wrote down is "not known", which is a door of
//! its own and never counted as closed.

use jiff::civil::Date;
use serde::Serialize;

use crate::credential::{Reminder, words};
use crate::mask;

/// Months after which what was written down of a wallet or a device is looked at again.
pub const REVIEW_MONTHS: i32 = 3;
/// Days after which the recovery kit is asked for again: paper is thrown away, safes are moved.
pub const KIT_DAYS: i32 = 90;
/// Days after which a backup is opened again.
pub const REHEARSAL_DAYS: i32 = 31;
/// Days after which an emergency is practised again.
pub const PRACTICE_DAYS: i32 = 90;

words! {
    /// How bad it is that a door is open; the first is the worst.
    Severity {
        Critical => "critical",
        High => "high",
        Medium => "medium",
        Low => "low",
    }
}

words! {
    /// Where the door is.
    Part {
        Purser => "purser",
        Wallet => "wallet",
        Device => "device",
        Credential => "credential",
    }
}

words! {
    /// What is open. The words for it, and for what closes it, are the window's and the command line's.
    DoorCode {
        // Purser
        PasswordCompromised => "password_compromised",
        NoSecondFactor => "no_second_factor",
        SecondFactorExposed => "second_factor_exposed",
        KitNotProven => "kit_not_proven",
        KeyInFile => "key_in_file",
        RenewalPending => "renewal_pending",
        PersonExposed => "person_exposed",
        PersonDisabled => "person_disabled",
        PersonOver => "person_over",
        InvitationOver => "invitation_over",
        NoBackup => "no_backup",
        CardStale => "card_stale",
        PracticeDue => "practice_due",
        KitProofDue => "kit_proof_due",
        BackupDamaged => "backup_damaged",
        BackupNotProven => "backup_not_proven",
        NotPutBack => "not_put_back",
        TaskDue => "task_due",
        TaskLate => "task_late",
        OwnNumbersMissing => "own_numbers_missing",
        // Wallets
        WalletNeverReviewed => "wallet_never_reviewed",
        WalletReviewDue => "wallet_review_due",
        WalletNoSecondFactor => "wallet_no_second_factor",
        WalletWeakSecondFactor => "wallet_weak_second_factor",
        WalletTransfersOpen => "wallet_transfers_open",
        WalletNoIpList => "wallet_no_ip_list",
        WalletNoAlerts => "wallet_no_alerts",
        WalletUnknown => "wallet_unknown",
        // Devices
        DeviceLost => "device_lost",
        DeviceReviewDue => "device_review_due",
        DeviceNotUpdated => "device_not_updated",
        DeviceUnencrypted => "device_unencrypted",
        // Credentials
        CredentialCompromised => "credential_compromised",
        CredentialExpired => "credential_expired",
        CredentialExpires => "credential_expires",
        CredentialOld => "credential_old",
        CredentialAgeUnknown => "credential_age_unknown",
    }
}

impl DoorCode {
    /// Where it is, how bad it is, and the minutes it takes to close.
    const fn facts(self) -> (Part, Severity, u16) {
        use DoorCode as D;
        use Severity::{Critical, High, Low, Medium};
        match self {
            D::PasswordCompromised => (Part::Purser, Critical, 5),
            D::NoSecondFactor => (Part::Purser, High, 5),
            D::SecondFactorExposed => (Part::Purser, High, 5),
            D::KitNotProven => (Part::Purser, High, 5),
            D::KeyInFile => (Part::Purser, Medium, 15),
            D::RenewalPending => (Part::Purser, High, 5),
            D::PersonExposed => (Part::Purser, Critical, 10),
            D::PersonDisabled => (Part::Purser, Low, 2),
            D::PersonOver | D::InvitationOver => (Part::Purser, Low, 2),
            D::NoBackup => (Part::Purser, Medium, 10),
            D::CardStale => (Part::Purser, Low, 5),
            D::PracticeDue => (Part::Purser, Low, 20),
            D::KitProofDue => (Part::Purser, Medium, 5),
            D::BackupDamaged => (Part::Purser, High, 10),
            D::BackupNotProven => (Part::Purser, Low, 5),
            D::NotPutBack => (Part::Purser, Low, 15),
            D::TaskDue => (Part::Purser, Low, 30),
            D::TaskLate => (Part::Purser, Medium, 30),
            D::OwnNumbersMissing => (Part::Purser, Medium, 10),
            D::WalletNeverReviewed => (Part::Wallet, Medium, 15),
            D::WalletReviewDue => (Part::Wallet, Low, 15),
            D::WalletNoSecondFactor => (Part::Wallet, Critical, 10),
            D::WalletWeakSecondFactor => (Part::Wallet, Medium, 10),
            D::WalletTransfersOpen => (Part::Wallet, High, 10),
            D::WalletNoIpList => (Part::Wallet, Medium, 15),
            D::WalletNoAlerts => (Part::Wallet, Medium, 5),
            D::WalletUnknown => (Part::Wallet, Low, 5),
            D::DeviceLost => (Part::Device, Critical, 30),
            D::DeviceReviewDue => (Part::Device, Low, 5),
            D::DeviceNotUpdated => (Part::Device, Medium, 20),
            D::DeviceUnencrypted => (Part::Device, High, 60),
            D::CredentialCompromised => (Part::Credential, Critical, 20),
            D::CredentialExpired => (Part::Credential, High, 20),
            D::CredentialExpires => (Part::Credential, Medium, 20),
            D::CredentialOld => (Part::Credential, Low, 20),
            D::CredentialAgeUnknown => (Part::Credential, Low, 5),
        }
    }
}

/// One open door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Door {
    pub code: DoorCode,
    pub part: Part,
    pub severity: Severity,
    /// Minutes it takes to close.
    pub minutes: u16,
    /// Whose: the name of the person, wallet, device or credential; empty for Purser itself.
    pub target: String,
    /// What more is to be said: a field, a number of days.
    pub detail: String,
}

/// A person with a login.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonFacts {
    pub name: String,
    pub is_owner: bool,
    pub has_second_factor: bool,
    /// Reported, and not changed yet.
    pub compromised: bool,
    /// The password was known to somebody else, and what it opened has not been ended.
    pub exposed: bool,
    pub disabled: bool,
    pub over: bool,
    pub invitation_over: bool,
}

/// How this profile is protected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurserFacts {
    pub people: Vec<PersonFacts>,
    pub kit_proven: bool,
    /// When the kit was last shown to exist; `None` = not known.
    pub kit_proven_on: Option<Date>,
    pub key_in_file: bool,
    pub renewal_pending: bool,
    /// People whose printed card no longer says what is known today.
    pub stale_cards: Vec<String>,
    /// When an emergency was last practised; `None` = never.
    pub practised: Option<Date>,
    /// Levers that were pulled in a theft that is over, and that nobody has put back or decided to leave.
    pub not_put_back: usize,
    /// Providers at which there are wallets, and whose own number nobody copied or said to be missing.
    pub numbers_missing: Vec<String>,
    pub backups: BackupFacts,
    /// Tasks of real incidents whose day has come.
    pub tasks: Vec<TaskFacts>,
}

/// A task of an incident, open on its day or after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFacts {
    pub text: String,
    pub due: Date,
    /// Its day is over where the incident is.
    pub late: bool,
}

/// How the books would come back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupFacts {
    pub made: bool,
    /// Backups go to a second place too.
    pub second_place: bool,
    /// One was last opened and found whole.
    pub proven: Option<Date>,
    /// The name of the one that was last opened and was not whole.
    pub damaged: Option<String>,
}

words! {
    /// What a person writes down of a wallet's protection at its provider.
    WalletField {
        SecondFactor => "second_factor",
        Administrators => "administrators",
        Operators => "operators",
        BoundPhone => "bound_phone",
        BoundEmail => "bound_email",
        IpList => "ip_list",
        ApiTransfers => "api_transfers",
        Alerts => "alerts",
        PayoutAccount => "payout_account",
    }
}

impl WalletField {
    /// The values it can have; empty = free text.
    #[must_use]
    pub const fn values(self) -> &'static [&'static str] {
        match self {
            WalletField::SecondFactor => &["none", "sms", "email", "app", "key", "certificate"],
            WalletField::IpList | WalletField::ApiTransfers | WalletField::Alerts => &["on", "off", "not_offered"],
            _ => &[],
        }
    }

    /// What is kept of a value as typed: one of [`WalletField::values`], a short text, or a part that tells enough. `None`:
    /// it cannot be such a value.
    #[must_use]
    pub fn kept(self, typed: &str) -> Option<String> {
        match self {
            WalletField::BoundPhone => mask::phone(typed),
            WalletField::BoundEmail => mask::email(typed),
            WalletField::PayoutAccount => mask::account(typed),
            WalletField::Administrators | WalletField::Operators => mask::text(typed),
            _ => self.values().iter().find(|value| **value == typed.trim()).map(|value| (*value).to_owned()),
        }
    }
}

/// A value with the day it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub value: String,
    pub as_of: Date,
}

/// What is known of a wallet's protection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalletFacts {
    pub name: String,
    pub fields: Vec<(WalletField, Noted)>,
    /// Somebody looked at all of it.
    pub reviewed: Option<Date>,
}

/// A computer, phone or terminal the business works with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceFacts {
    pub name: String,
    pub lost: bool,
    pub reviewed: Option<Date>,
    pub updated: Option<Date>,
    /// `None` = not known.
    pub encrypted: Option<bool>,
}

/// A credential that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialFacts {
    pub name: String,
    pub reminder: Reminder,
}

/// Everything a day's doors follow from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub purser: PurserFacts,
    pub wallets: Vec<WalletFacts>,
    pub devices: Vec<DeviceFacts>,
    pub credentials: Vec<CredentialFacts>,
}

/// The doors that are open on a day, the worst first; equally bad ones by the time they take.
#[must_use]
pub fn open_doors(facts: &Facts, today: Date) -> Vec<Door> {
    let mut doors = Vec::new();
    purser_doors(&facts.purser, today, &mut doors);
    facts.wallets.iter().for_each(|wallet| wallet_doors(wallet, today, &mut doors));
    facts.devices.iter().for_each(|device| device_doors(device, today, &mut doors));
    for credential in &facts.credentials {
        let (code, days) = match credential.reminder {
            Reminder::Compromised => (DoorCode::CredentialCompromised, None),
            Reminder::Expired { days } => (DoorCode::CredentialExpired, Some(days)),
            Reminder::Expires { days } => (DoorCode::CredentialExpires, Some(days)),
            Reminder::Old { days } => (DoorCode::CredentialOld, Some(days)),
            Reminder::AgeUnknown => (DoorCode::CredentialAgeUnknown, None),
        };
        let detail = days.map(|days| days.to_string()).unwrap_or_default();
        doors.push(door(code, &credential.name, &detail));
    }
    doors.sort_by(|a, b| (a.severity, a.minutes, a.code, &a.target).cmp(&(b.severity, b.minutes, b.code, &b.target)));
    doors
}

/// Whether a review of this day is to be made again.
#[must_use]
pub fn is_due(reviewed: Date, today: Date) -> bool {
    reviewed.saturating_add(jiff::Span::new().months(REVIEW_MONTHS)) <= today
}

fn door(code: DoorCode, target: &str, detail: &str) -> Door {
    let (part, severity, minutes) = code.facts();
    Door { code, part, severity, minutes, target: target.to_owned(), detail: detail.to_owned() }
}

/// Whether something that was last done on a day is to be done again; at once where nobody knows the day.
#[must_use]
pub fn is_over(done: Option<Date>, days: i32, today: Date) -> bool {
    done.is_none_or(|done| done.saturating_add(jiff::Span::new().days(days)) <= today)
}

fn purser_doors(facts: &PurserFacts, today: Date, doors: &mut Vec<Door>) {
    for person in &facts.people {
        let own = [
            (person.compromised, DoorCode::PasswordCompromised),
            (!person.has_second_factor, DoorCode::NoSecondFactor),
            (person.exposed && person.is_owner, DoorCode::SecondFactorExposed),
            (person.exposed && !person.is_owner, DoorCode::PersonExposed),
            (person.disabled, DoorCode::PersonDisabled),
            (person.over, DoorCode::PersonOver),
            (person.invitation_over, DoorCode::InvitationOver),
        ];
        doors.extend(own.iter().filter(|(open, _)| *open).map(|(_, code)| door(*code, &person.name, "")));
    }
    let whole = [
        (!facts.kit_proven, DoorCode::KitNotProven),
        (facts.key_in_file, DoorCode::KeyInFile),
        (facts.renewal_pending, DoorCode::RenewalPending),
        (!(facts.backups.made && facts.backups.second_place), DoorCode::NoBackup),
    ];
    doors.extend(whole.iter().filter(|(open, _)| *open).map(|(_, code)| door(*code, "", "")));
    doors.extend(facts.stale_cards.iter().map(|person| door(DoorCode::CardStale, person, "")));
    let day = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    if is_over(facts.practised, PRACTICE_DAYS, today) {
        doors.push(door(DoorCode::PracticeDue, "", &day(facts.practised)));
    }
    if facts.kit_proven && is_over(facts.kit_proven_on, KIT_DAYS, today) {
        doors.push(door(DoorCode::KitProofDue, "", &day(facts.kit_proven_on)));
    }
    if facts.not_put_back > 0 {
        doors.push(door(DoorCode::NotPutBack, "", &facts.not_put_back.to_string()));
    }
    for task in &facts.tasks {
        let code = if task.late { DoorCode::TaskLate } else { DoorCode::TaskDue };
        doors.push(door(code, &task.text, &day(Some(task.due))));
    }
    if !facts.numbers_missing.is_empty() {
        doors.push(door(DoorCode::OwnNumbersMissing, "", &facts.numbers_missing.join(", ")));
    }
    let backups = &facts.backups;
    if let Some(name) = &backups.damaged {
        doors.push(door(DoorCode::BackupDamaged, name, ""));
    } else if backups.made && is_over(backups.proven, REHEARSAL_DAYS, today) {
        doors.push(door(DoorCode::BackupNotProven, "", &day(backups.proven)));
    }
}

fn wallet_doors(wallet: &WalletFacts, today: Date, doors: &mut Vec<Door>) {
    let mut open = |code, detail: &str| doors.push(door(code, &wallet.name, detail));
    match wallet.reviewed {
        None => open(DoorCode::WalletNeverReviewed, ""),
        Some(reviewed) if is_due(reviewed, today) => open(DoorCode::WalletReviewDue, &reviewed.to_string()),
        Some(_) => {}
    }
    for field in WalletField::ALL {
        let noted = wallet.fields.iter().find(|(known, _)| known == field).map(|(_, noted)| noted.value.as_str());
        let code = match (field, noted) {
            // Before the first review nothing is known, which is one door and not nine.
            (_, None) if wallet.reviewed.is_none() => None,
            (_, None) => Some(DoorCode::WalletUnknown),
            (WalletField::SecondFactor, Some("none")) => Some(DoorCode::WalletNoSecondFactor),
            (WalletField::SecondFactor, Some("sms" | "email")) => Some(DoorCode::WalletWeakSecondFactor),
            (WalletField::ApiTransfers, Some("on")) => Some(DoorCode::WalletTransfersOpen),
            (WalletField::IpList, Some("off")) => Some(DoorCode::WalletNoIpList),
            (WalletField::Alerts, Some("off")) => Some(DoorCode::WalletNoAlerts),
            _ => None,
        };
        if let Some(code) = code {
            open(code, field.word());
        }
    }
}

fn device_doors(device: &DeviceFacts, today: Date, doors: &mut Vec<Door>) {
    let mut open = |code, detail: &str| doors.push(door(code, &device.name, detail));
    if device.lost {
        // What a lost device needs is revoking, not an update.
        return open(DoorCode::DeviceLost, "");
    }
    let day = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    if device.reviewed.is_none_or(|reviewed| is_due(reviewed, today)) {
        open(DoorCode::DeviceReviewDue, &day(device.reviewed));
    }
    if device.updated.is_none_or(|updated| is_due(updated, today)) {
        open(DoorCode::DeviceNotUpdated, &day(device.updated));
    }
    if device.encrypted == Some(false) {
        open(DoorCode::DeviceUnencrypted, "");
    }
}

#[cfg(test)]
mod tests;
