use std::collections::BTreeSet;

use jiff::civil::Date;

use super::*;
use crate::provider::Provider;

const PROVIDER_FACTS: [&str; 4] = [
    include_str!("../../../../../assets/providers/paypal.toml"),
    include_str!("../../../../../assets/providers/alipay.toml"),
    include_str!("../../../../../assets/providers/wechatpay.toml"),
    include_str!("../../../../../assets/providers/stripe.toml"),
];
const THEFT: &str = include_str!("../../../../../assets/playbooks/theft.toml");

fn all_levers() -> impl Iterator<Item = (&'static str, &'static ManualLever)> {
    levers().iter().flat_map(|provider| provider.levers.iter().map(|lever| (provider.provider.as_str(), lever)))
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

fn long_numbers(text: &str) -> Vec<String> {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| run.len() >= 3 && !run.starts_with("20")).map(str::to_owned).collect()
}

#[test]
fn the_four_providers_have_levers_in_the_order_of_the_books() {
    let found: Vec<&str> = levers().iter().map(|levers| levers.provider.as_str()).collect();
    assert_eq!(found, Provider::KNOWN.map(Provider::code));
    let mut ids = BTreeSet::new();
    for (provider, lever) in all_levers() {
        assert!(ids.insert((provider, lever.id.as_str())), "{provider}.{} twice", lever.id);
    }
    for provider in levers() {
        assert!(provider.levers.iter().any(|lever| lever.grade.is_fact()), "{}", provider.provider);
        assert!(provider.have.len() >= 3 && provider.ask.len() >= 3);
        let rings: Vec<Ring> = provider.levers.iter().map(|lever| lever.ring).collect();
        assert!(rings.is_sorted(), "{}: money out first", provider.provider);
    }
}

/// A number, an address, its hours, grade, source and date stand in one place of truth: the provider's facts.
#[test]
fn every_lever_is_a_contact_with_the_same_grade_and_source() {
    let facts: Vec<toml::Table> = PROVIDER_FACTS.iter().map(|text| toml::from_str(text).unwrap()).collect();
    for (provider, lever) in all_levers() {
        let table = facts.iter().find(|table| table["code"].as_str() == Some(provider)).unwrap();
        let text = |contact: &toml::Value, key: &str| contact.get(key).and_then(|v| v.as_str()).map(str::to_owned);
        let same = |contact: &&toml::Value| {
            let hours = lever.hours.as_ref().map(|hours| hours.span.clone());
            text(contact, "value").as_deref() == Some(lever.value.as_str())
                && text(contact, "kind").as_deref() == Some(lever.way.word())
                && text(contact, "grade").as_deref() == Some(lever.grade.word())
                && text(contact, "source").as_deref() == Some(lever.source.as_str())
                && text(contact, "as_of").as_deref() == Some(lever.as_of.as_str())
                && contact.get("hours").and_then(|hours| text(hours, "span")) == hours
        };
        let contacts = table["contact"].as_array().unwrap();
        assert!(contacts.iter().find(same).is_some(), "{provider}.{} differs from its contact", lever.id);
        let _: Date = lever.as_of.parse().unwrap();
        assert!(lever.hours.as_ref().is_none_or(|hours| hours.is_open(jiff::Timestamp::UNIX_EPOCH).is_some()));
    }
}

/// No number in a step that is not a contact of the short playbook, with its source.
#[test]
fn a_number_in_a_step_has_a_source() {
    let theft: toml::Table = toml::from_str(THEFT).unwrap();
    let steps = theft["step"].as_array().unwrap();
    let contacts = steps.iter().filter_map(|step| step.get("contact")?.as_array()).flatten();
    let known: BTreeSet<&str> = contacts.filter_map(|contact| contact["value"].as_str()).collect();
    for step in &incident().steps {
        for text in step.parts.iter().flat_map(|part| [&part.en, &part.zh]).chain([&step.title.en, &step.title.zh]) {
            for number in long_numbers(text) {
                assert!(known.contains(number.as_str()), "{number} in {} has no source", step.id);
            }
        }
    }
    let spines: BTreeSet<&str> = incident().steps.iter().map(|step| step.spine.as_str()).collect();
    let five: BTreeSet<&str> = steps.iter().filter_map(|step| step["id"].as_str()).collect();
    assert_eq!(spines, five, "the five steps are the spine");
}

#[test]
fn every_step_has_parts_in_both_languages() {
    let mut ids = BTreeSet::new();
    for step in &incident().steps {
        assert!(ids.insert(&step.id), "{} twice", step.id);
        assert!((1..=5).contains(&step.parts.len()), "{}", step.id);
        let parts: BTreeSet<&str> = step.parts.iter().map(|part| part.id.as_str()).collect();
        assert_eq!(parts.len(), step.parts.len(), "{}: a part twice", step.id);
        for part in &step.parts {
            assert!(!part.en.is_empty() && !has_chinese(&part.en.replace("受案回执", "").replace("立案告知书", "")));
            assert!(has_chinese(&part.zh), "{} {}", step.id, part.id);
            // What fits a line of a printed page.
            assert!(part.en.chars().count() <= 140 && part.zh.chars().count() <= 70, "{} {}", step.id, part.id);
        }
        assert!(step.minute <= 43_200 && has_chinese(&step.title.zh));
        let words = step.id.chars().chain(step.parts.iter().flat_map(|part| part.id.chars()));
        assert!(words.into_iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{}", step.id);
    }
}

/// Calm words: nothing is promised, and nobody is told to move money to safety.
#[test]
fn nothing_is_promised() {
    for text in [INCIDENT_TEXT].iter().chain(&LEVER_TEXTS) {
        for promise in ["guarantee", "within 24 hours", "safe account", "保证追回", "24 小时内", "72 小时", "安全账户"]
        {
            assert!(!text.contains(promise), "{promise}");
        }
        assert!(!text.contains("http://") && !text.contains('!') && !text.contains('！'));
    }
}

#[test]
fn a_script_is_filled_in_for_each_speaker_in_both_languages() {
    let caller = Caller { name: "林梅".into(), business: "海岚{account}".into(), account: "2088\n0156".into() };
    for provider in levers() {
        let mut texts = BTreeSet::new();
        for speaker in Speaker::ALL {
            for language in [Language::En, Language::Zh] {
                let script = provider.script(*speaker, language, &caller).to_string();
                assert!(script.contains("林梅") && script.contains("2088 0156"), "{script}");
                assert!(script.contains("海岚{account}"), "a value is not filled in again");
                assert!(script.chars().count() <= 420, "too long to read aloud: {script}");
                texts.insert(script);
            }
        }
        assert_eq!(texts.len(), 6);
        let unknown = provider.script(Speaker::Employee, Language::Zh, &Caller::default()).to_string();
        assert!(unknown.contains("________") && !unknown.contains('{'), "{unknown}");
    }
}

#[test]
fn a_stolen_key_moves_its_lever_into_the_first_ring() {
    let stripe = &levers()[3];
    let keys = stripe.levers.iter().find(|lever| lever.id == "api_keys").unwrap();
    assert_eq!(keys.lever("stripe", "3", false).ring, Ring::StopSelling);
    assert_eq!(keys.lever("stripe", "3", true).ring, Ring::MoneyOut);
    assert_eq!(keys.lever("stripe", "3", true).id, "stripe.api_keys@3");
    assert_eq!(stripe.levers[0].lever("stripe", "3", true).ring, Ring::MoneyOut);
}

#[test]
fn an_unknown_field_is_refused() {
    assert!(toml::from_str::<Playbook>(&INCIDENT_TEXT.replacen("minute =", "minutes =", 1)).is_err());
    assert!(toml::from_str::<ProviderLevers>(&format!("surprise = 1\n{}", LEVER_TEXTS[0])).is_err());
}
