//! The playbooks as data: the steps of an incident, and what a person can do at each provider.
//!
//! `assets/playbooks/incident.toml` and `assets/playbooks/levers/*.toml` are compiled in, so they are there with no network,
//! profile or login. Which step is for whom, and in which order, is decided in [`crate::incident`]; the words stand here.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::credential::words;
use crate::document::{Language, Text};
use crate::fact::{Grade, Hours, Localized, Region};
use crate::incident::Condition;
use crate::lever::{self, Ring};

words! {
    /// Who does a step: two people can work at the same time.
    Lane {
        Phone => "phone",
        Click => "click",
    }
}

words! {
    /// How somebody reaches a provider.
    Way {
        Phone => "phone",
        Web => "web",
        Email => "email",
        /// A path of menus.
        App => "app",
    }
}

words! {
    /// Who speaks.
    Speaker {
        LegalRepresentative => "legal_representative",
        /// 超级管理员, primary user, administrator.
        Administrator => "administrator",
        Employee => "employee",
    }
}

words! {
    /// What ticks a part by itself: it is on record already.
    Tick {
        /// Freeze was pressed, or a practice run begun.
        Frozen => "frozen",
        /// A question was answered, with "unsure" too.
        MoneyLeft => "money_left",
        Entrance => "entrance",
        Controlled => "controlled",
    }
}

/// Another minute when an answer says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Urgent {
    pub when: Condition,
    pub minute: u32,
}

/// One thing of a step; the step is done when all of them are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub id: String,
    pub en: String,
    pub zh: String,
    /// Once for each wallet.
    #[serde(default)]
    pub per_wallet: bool,
    /// Ticked without a person's hand.
    #[serde(default)]
    pub ticked_by: Option<Tick>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub id: String,
    /// Which of the five steps of the short playbook it belongs to.
    pub spine: String,
    /// When it should be done, in minutes since the first suspicion.
    pub minute: u32,
    #[serde(default)]
    pub urgent: Option<Urgent>,
    #[serde(default)]
    pub only: Option<Condition>,
    #[serde(default)]
    pub region: Option<Region>,
    pub lane: Lane,
    pub title: Localized,
    #[serde(rename = "part")]
    pub parts: Vec<Part>,
    #[serde(default)]
    pub photographs: bool,
    #[serde(default)]
    pub signs_out: bool,
    /// Somebody signs in, or makes or types a secret.
    #[serde(default)]
    pub secret: bool,
    #[serde(default)]
    pub review: bool,
    /// The page of the window that helps.
    #[serde(default)]
    pub opens: Option<String>,
}

/// The steps of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    pub code: String,
    pub as_of: String,
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// Something a person can do at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualLever {
    pub id: String,
    pub way: Way,
    pub value: String,
    pub region: Region,
    #[serde(default)]
    pub hours: Option<Hours>,
    pub ring: Ring,
    /// In the first ring all the same when this is how they came in.
    #[serde(default)]
    pub first_if: Option<Condition>,
    pub can_be_undone: bool,
    /// Photographs come first.
    #[serde(default)]
    pub signs_out: bool,
    pub title: Localized,
    /// What it stops, and what it does not.
    pub effect: Localized,
    pub grade: Grade,
    pub source: String,
    pub as_of: String,
}

/// What each speaker reads aloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    pub legal_representative: Localized,
    pub administrator: Localized,
    pub employee: Localized,
}

/// What a person can do at one provider, in order of effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderLevers {
    pub provider: String,
    pub as_of: String,
    /// What cannot be done there.
    pub cannot: Localized,
    /// To have at hand.
    pub have: Vec<Localized>,
    /// To ask for.
    pub ask: Vec<Localized>,
    pub script: Scripts,
    #[serde(rename = "lever")]
    pub levers: Vec<ManualLever>,
}

/// What is put into a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// Who speaks.
    pub name: String,
    pub business: String,
    /// The account as the provider names it.
    pub account: String,
}

impl ManualLever {
    /// As the lever engine takes it, for one wallet.
    #[must_use]
    pub fn lever(&self, provider: &str, wallet: &str, is_key_known_stolen: bool) -> lever::Lever {
        let first = is_key_known_stolen && self.first_if == Some(Condition::Key);
        lever::Lever {
            id: format!("{provider}.{}@{wallet}", self.id),
            provider: provider.to_owned(),
            wallet: wallet.to_owned(),
            kind: lever::Kind::Manual,
            ring: if first { Ring::MoneyOut } else { self.ring },
            can_be_undone: self.can_be_undone,
        }
    }
}

impl ProviderLevers {
    /// What `speaker` reads aloud. What is not known is a line to fill in.
    #[must_use]
    pub fn script(&self, speaker: Speaker, language: Language, caller: &Caller) -> Text {
        let script = match speaker {
            Speaker::LegalRepresentative => &self.script.legal_representative,
            Speaker::Administrator => &self.script.administrator,
            Speaker::Employee => &self.script.employee,
        };
        let text = if language == Language::En { &script.en } else { &script.zh };
        Text::clean(&fill(
            text,
            &[("name", &caller.name), ("business", &caller.business), ("account", &caller.account)],
        ))
    }
}

/// Replaces `{key}`, once: a value that looks like a key stays what it is.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((key, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == key) {
            Some((_, value)) if value.trim().is_empty() => out.push_str("________"),
            Some((_, value)) => out.push_str(value.trim()),
            None => out.push_str(&format!("{{{key}}}")),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

const INCIDENT_TEXT: &str = include_str!("../../../../assets/playbooks/incident.toml");
const LEVER_TEXTS: [&str; 4] = [
    include_str!("../../../../assets/playbooks/levers/paypal.toml"),
    include_str!("../../../../assets/playbooks/levers/alipay.toml"),
    include_str!("../../../../assets/playbooks/levers/wechatpay.toml"),
    include_str!("../../../../assets/playbooks/levers/stripe.toml"),
];

#[expect(clippy::expect_used, reason = "compiled in and parsed by a test")]
static INCIDENT: LazyLock<Playbook> =
    LazyLock::new(|| toml::from_str(INCIDENT_TEXT).expect("assets/playbooks/incident.toml holds a playbook"));

#[expect(clippy::expect_used, reason = "compiled in and parsed by a test")]
static LEVERS: LazyLock<Vec<ProviderLevers>> = LazyLock::new(|| {
    let parse = |text: &&str| toml::from_str(text).expect("assets/playbooks/levers/*.toml hold levers");
    LEVER_TEXTS.iter().map(parse).collect()
});

/// The steps after a theft, as written down; [`crate::incident::Plan`] orders them.
#[must_use]
pub fn incident() -> &'static Playbook {
    &INCIDENT
}

/// The steps and parts that this ticks.
pub fn ticked_by(playbook: &Playbook, tick: Tick) -> impl Iterator<Item = (&Step, &Part)> {
    let parts = playbook.steps.iter().flat_map(|step| step.parts.iter().map(move |part| (step, part)));
    parts.filter(move |(_, part)| part.ticked_by == Some(tick))
}

/// What a person can do at each of the four providers.
#[must_use]
pub fn levers() -> &'static [ProviderLevers] {
    &LEVERS
}

#[cfg(test)]
mod tests;
