//! What Purser knows about the providers from outside: whom to call, where to click, how to get a file.
//!
//! The facts live in `assets/providers/*.toml` and `assets/playbooks/theft.toml`, are compiled in and parsed
//! once, so the emergency page has them with no network, no profile and no login. Every fact says where it
//! was read ([`Grade`], `source`) and when (`as_of`): the window shows all three, and presents as fact only
//! what the provider itself says ([`Grade::is_fact`]).
//!
//! Not here, on purpose: numbers the owner copied from a signed-in console (they are data of the profile),
//! any judgement about "open now" (it takes a clock), and any text of the window itself.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use purser_books::fact::{Grade, Hours, Localized, Region};

/// What [`Contact::value`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// A telephone number as it is dialled.
    Phone,
    /// An https address.
    Web,
    /// An e-mail address.
    Email,
    /// A path of menus inside the provider's app or site, as the provider writes it.
    App,
}

/// One way to reach a provider, or one place where the owner can stop something alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub kind: ContactKind,
    pub value: String,
    pub label: Localized,
    pub region: Region,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// What it does, what it does not, and where sources disagree.
    pub note: Localized,
    pub grade: Grade,
    pub source: String,
    /// The day the source was last read (in a stored copy), or its own date where that is older.
    pub as_of: String,
}

/// How to get one form of statement file out of the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// `paypal.activity`, `alipay.account_log`, ...: the provider's code, a point, the form.
    pub form: String,
    pub title: Localized,
    pub steps: Vec<Localized>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub note: Localized,
    pub grade: Grade,
    pub source: String,
    pub as_of: String,
}

/// Everything known about one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderFacts {
    /// The word of [`purser_books::provider::Provider::code`].
    pub code: String,
    pub name: String,
    /// The day this page was last gone through as a whole.
    pub as_of: String,
    /// In the order of their effect in an emergency.
    #[serde(rename = "contact")]
    pub contacts: Vec<Contact>,
    #[serde(rename = "download")]
    pub downloads: Vec<Download>,
}

/// One short line of what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Only for businesses there; for everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    pub en: String,
    pub zh: String,
}

/// One step of a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaybookStep {
    pub id: String,
    pub title: Localized,
    #[serde(rename = "action")]
    pub actions: Vec<Action>,
    /// The numbers its actions name. A provider's own are in [`ProviderFacts`].
    #[serde(default, rename = "contact", skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
}

/// What to do in an emergency, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    pub code: String,
    pub title: Localized,
    pub as_of: String,
    #[serde(rename = "step")]
    pub steps: Vec<PlaybookStep>,
}

const PROVIDER_TEXTS: [&str; 4] = [
    include_str!("../../../../assets/providers/paypal.toml"),
    include_str!("../../../../assets/providers/alipay.toml"),
    include_str!("../../../../assets/providers/wechatpay.toml"),
    include_str!("../../../../assets/providers/stripe.toml"),
];
const THEFT_TEXT: &str = include_str!("../../../../assets/playbooks/theft.toml");

#[expect(clippy::expect_used, reason = "compiled in and parsed by a test")]
static PROVIDERS: LazyLock<Vec<ProviderFacts>> = LazyLock::new(|| {
    PROVIDER_TEXTS
        .iter()
        .map(|text| toml::from_str(text).expect("assets/providers/*.toml hold provider facts"))
        .collect()
});

#[expect(clippy::expect_used, reason = "compiled in and parsed by a test")]
static THEFT: LazyLock<Playbook> =
    LazyLock::new(|| toml::from_str(THEFT_TEXT).expect("assets/playbooks/theft.toml holds a playbook"));

/// The four providers, in the order they are shown.
#[must_use]
pub fn providers() -> &'static [ProviderFacts] {
    &PROVIDERS
}

/// The facts of one provider, by its code.
#[must_use]
pub fn provider(code: &str) -> Option<&'static ProviderFacts> {
    providers().iter().find(|facts| facts.code == code)
}

/// The five steps after a theft.
#[must_use]
pub fn theft_playbook() -> &'static Playbook {
    &THEFT
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::Date;
    use purser_books::provider::Provider;

    use super::*;

    const FORMS: [&str; 8] = [
        "paypal.activity",
        "alipay.account_log",
        "alipay.personal",
        "wechatpay.fund_flow",
        "wechatpay.trade_bill",
        "wechatpay.personal",
        "stripe.balance_change",
        "stripe.balance_history",
    ];

    fn all_contacts() -> impl Iterator<Item = &'static Contact> {
        let of_providers = providers().iter().flat_map(|facts| &facts.contacts);
        of_providers.chain(theft_playbook().steps.iter().flat_map(|step| &step.contacts))
    }

    fn downloads() -> impl Iterator<Item = &'static Download> {
        providers().iter().flat_map(|facts| &facts.downloads)
    }

    fn localized() -> Vec<&'static Localized> {
        let mut texts: Vec<&Localized> = all_contacts().flat_map(|contact| [&contact.label, &contact.note]).collect();
        texts.extend(downloads().flat_map(|download| download.steps.iter().chain([&download.title, &download.note])));
        texts.push(&theft_playbook().title);
        texts.extend(theft_playbook().steps.iter().map(|step| &step.title));
        texts
    }

    fn has_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    /// Runs of at least three digits, for telephone numbers inside a sentence.
    fn numbers(text: &str) -> Vec<&str> {
        text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() >= 3).collect()
    }

    #[test]
    fn the_four_providers_come_in_the_order_of_the_books() {
        let found: Vec<(&str, &str)> =
            providers().iter().map(|facts| (facts.code.as_str(), facts.name.as_str())).collect();
        let wanted: Vec<(&str, &str)> = Provider::KNOWN.iter().map(|known| (known.code(), known.name())).collect();
        assert_eq!(found, wanted);
        assert_eq!(provider("alipay").map(|facts| facts.code.as_str()), Some("alipay"));
        assert!(provider("other").is_none());
    }

    #[test]
    fn no_contact_list_and_no_download_form_is_empty() {
        for facts in providers() {
            assert!(!facts.contacts.is_empty(), "{} has no contact", facts.code);
            assert!(!facts.downloads.is_empty(), "{} has no download", facts.code);
            assert!(
                facts.contacts.iter().any(|contact| contact.grade.is_fact()),
                "{} has nothing to show as fact",
                facts.code
            );
            for download in &facts.downloads {
                assert!(
                    download.form.starts_with(&format!("{}.", facts.code)),
                    "{} under {}",
                    download.form,
                    facts.code
                );
                assert!(download.steps.len() >= 3, "{} has too few steps", download.form);
            }
        }
        let found: BTreeSet<&str> = downloads().map(|download| download.form.as_str()).collect();
        let wanted: BTreeSet<&str> = FORMS.into_iter().collect();
        assert_eq!(found, wanted);
        assert_eq!(downloads().count(), wanted.len(), "a form is described twice");
    }

    #[test]
    fn every_fact_has_a_source_that_fits_its_grade() {
        let facts = all_contacts().map(|contact| (contact.grade, contact.source.as_str(), contact.value.as_str()));
        for (grade, source, what) in facts.chain(downloads().map(|d| (d.grade, d.source.as_str(), d.form.as_str()))) {
            assert!(!source.trim().is_empty(), "{what} has no source");
            assert_eq!(grade == Grade::Unverified, source == "not confirmed", "{what}: {source}");
            assert!(!source.contains("memory"), "{what}: {source}");
        }
        assert!(Grade::Provider.is_fact() && !Grade::ThirdParty.is_fact() && !Grade::Unverified.is_fact());
    }

    #[test]
    fn every_date_is_a_day_that_has_been() {
        let latest: Date = "2026-11-23".parse().unwrap();
        let earliest: Date = "2010-01-01".parse().unwrap();
        let pages = providers().iter().map(|facts| &facts.as_of).chain([&theft_playbook().as_of]);
        for text in pages.chain(all_contacts().map(|contact| &contact.as_of)).chain(downloads().map(|d| &d.as_of)) {
            let date: Date = text.parse().unwrap();
            assert_eq!(&date.to_string(), text, "not written as YYYY-MM-DD");
            assert!((earliest..=latest).contains(&date), "{text} is out of range");
        }
    }

    #[test]
    fn every_text_is_there_in_both_languages() {
        for text in localized() {
            assert!(!text.en.trim().is_empty() && !text.zh.trim().is_empty(), "{text:?}");
            assert_eq!(text.en.trim(), text.en);
            assert_eq!(text.zh.trim(), text.zh);
            assert!(has_chinese(&text.zh), "{}", text.zh);
            assert!(!text.en.contains(['，', '。', '：']), "{}", text.en);
        }
        for action in theft_playbook().steps.iter().flat_map(|step| &step.actions) {
            assert!(!action.en.trim().is_empty() && has_chinese(&action.zh), "{action:?}");
        }
    }

    #[test]
    fn every_value_can_be_used_as_it_stands() {
        for contact in all_contacts() {
            let value = contact.value.as_str();
            let usable = match contact.kind {
                ContactKind::Phone => {
                    value.chars().any(|c| c.is_ascii_digit())
                        && value.chars().all(|c| c.is_ascii_digit() || "+- ".contains(c))
                }
                ContactKind::Web => value.starts_with("https://") && !value.contains(char::is_whitespace),
                ContactKind::Email => {
                    value.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
                }
                ContactKind::App => value.contains(" > "),
            };
            assert!(usable, "{value}");
        }
        for url in downloads().filter_map(|download| download.url.as_deref()) {
            assert!(url.starts_with("https://"), "{url}");
        }
        for text in PROVIDER_TEXTS.iter().chain([&THEFT_TEXT]) {
            assert!(!text.contains("http://"), "an address without TLS");
        }
    }

    #[test]
    fn hours_are_a_span_in_a_real_zone_and_belong_to_telephones() {
        for contact in all_contacts() {
            let Some(hours) = &contact.hours else { continue };
            assert_eq!(contact.kind, ContactKind::Phone);
            assert!(jiff::tz::TimeZone::get(&hours.zone).is_ok(), "{}", hours.zone);
            let (from, to) = hours.span.split_once('-').unwrap();
            for time in [from, to] {
                let (hour, minute) = time.split_once(':').unwrap();
                assert!(
                    time.len() == 5 && hour.parse::<u8>().unwrap() <= 24 && minute.parse::<u8>().unwrap() < 60,
                    "{time}"
                );
            }
            assert!(from < to, "{}", hours.span);
        }
    }

    #[test]
    fn the_five_steps_stand_in_the_order_of_the_guide() {
        let ids: Vec<&str> = theft_playbook().steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(
            ids,
            ["stop_transactions", "contact_provider", "change_credentials", "report_police", "security_review"]
        );
        for step in &theft_playbook().steps {
            assert!((2..=4).contains(&step.actions.len()), "{} has {} lines", step.id, step.actions.len());
        }
    }

    #[test]
    fn a_number_in_an_action_is_a_contact_of_its_step() {
        for step in &theft_playbook().steps {
            let known: BTreeSet<&str> = step.contacts.iter().map(|contact| contact.value.as_str()).collect();
            for action in &step.actions {
                for number in numbers(&action.en).into_iter().chain(numbers(&action.zh)) {
                    assert!(known.contains(number), "{number} in step {} has no source", step.id);
                }
                assert_eq!(numbers(&action.en), numbers(&action.zh));
            }
        }
        let police = theft_playbook().steps.iter().find(|step| step.id == "report_police").unwrap();
        for (number, region) in [("110", Region::Mainland), ("999", Region::HongKong), ("18222", Region::HongKong)] {
            assert!(
                police.contacts.iter().any(|contact| contact.value == number && contact.region == region),
                "{number}"
            );
        }
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let with_typo = THEFT_TEXT.replacen("as_of =", "as_off =", 1);
        assert!(toml::from_str::<Playbook>(&with_typo).is_err());
        assert!(toml::from_str::<ProviderFacts>(&format!("surprise = 1\n{}", PROVIDER_TEXTS[0])).is_err());
    }

    #[test]
    fn facts_survive_the_way_to_the_window() {
        for facts in providers() {
            let json = serde_json::to_string(facts).unwrap();
            assert_eq!(&serde_json::from_str::<ProviderFacts>(&json).unwrap(), facts);
        }
    }
}
