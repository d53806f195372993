//! Logins, proofs and people, to and from the window's values.

use purser_app::people::{Invite, Person, last_day};
use purser_app::second_factor::EnrolmentView;
use purser_app::{Act, Login};
use purser_vault::generator::{PHRASE_WORDS, STRING_CHARS, make_phrase, make_string};
use purser_vault::keyfile::SlotKind;
use zeroize::Zeroizing;

use super::{number, rfc3339, word};
use crate::view::EnrolView;
use crate::view::door::{ActView, InviteRequest, LoginView, MadeKindView, PersonView, RoleView};

impl From<ActView> for Act {
    fn from(act: ActView) -> Act {
        match act {
            ActView::ChangePassword => Act::ChangePassword,
            ActView::ReplaceSecondFactor => Act::ReplaceSecondFactor,
            ActView::ReplaceRecoveryCodes => Act::ReplaceRecoveryCodes,
            ActView::ReplaceKit => Act::ReplaceKit,
            ActView::RenewBooksKey => Act::RenewBooksKey,
            ActView::InvitePerson => Act::InvitePerson,
            ActView::ChangePerson => Act::ChangePerson,
            ActView::RevokePerson => Act::RevokePerson,
            ActView::LowerSetting => Act::LowerSetting,
            ActView::RotateCredential => Act::RotateCredential,
            ActView::RemoveCredential => Act::RemoveCredential,
            ActView::KeepSecret => Act::KeepSecret,
            ActView::RevealSecret => Act::RevealSecret,
            ActView::Unfreeze => Act::Unfreeze,
        }
    }
}

impl From<RoleView> for SlotKind {
    fn from(role: RoleView) -> SlotKind {
        match role {
            RoleView::Owner => SlotKind::Owner,
            RoleView::Accountant => SlotKind::Accountant,
            RoleView::Responder => SlotKind::Responder,
        }
    }
}

pub const fn role_view(kind: SlotKind) -> RoleView {
    match kind {
        SlotKind::Owner => RoleView::Owner,
        SlotKind::Accountant => RoleView::Accountant,
        SlotKind::Responder | SlotKind::Recovery => RoleView::Responder,
    }
}

pub fn enrol_view(view: &EnrolmentView) -> EnrolView {
    EnrolView { uri: view.uri.to_string(), secret: view.secret.to_string(), qr_svg: view.qr_svg.to_string() }
}

pub fn login_view(login: &Login) -> LoginView {
    LoginView { name: login.name.clone(), role: role_view(login.role), invited: login.invited }
}

pub fn person_view(person: &Person, zone: &str) -> PersonView {
    PersonView {
        name: person.name.clone(),
        role: role_view(person.role),
        state: word(person.state),
        until: person.until_ms.and_then(|until_ms| last_day(until_ms, zone)),
        wallets: person.wallets.as_ref().map(|wallets| wallets.iter().copied().map(number).collect()),
        last_login: person.last_login_ms.map(instant),
        password_set: person.password_ms.map(instant),
        second_factor: person.has_second_factor,
        second_factor_set: person.factor_ms.map(instant),
        compromised: person.compromised,
        exposed: person.exposed_ms.map(instant),
    }
}

/// RFC 3339 of milliseconds since 1970.
pub fn instant(ms: u64) -> String {
    rfc3339(i64::try_from(ms).unwrap_or(i64::MAX))
}

pub fn invite_from(request: InviteRequest) -> Invite {
    Invite {
        name: request.name,
        role: request.role.into(),
        until: request.until,
        wallets: request.wallets.into_iter().map(i64::from).collect(),
    }
}

pub fn made(kind: MadeKindView) -> purser_vault::Result<Zeroizing<String>> {
    match kind {
        MadeKindView::Phrase => make_phrase(PHRASE_WORDS),
        MadeKindView::String => make_string(STRING_CHARS, true),
        MadeKindView::PlainString => make_string(STRING_CHARS, false),
    }
}
