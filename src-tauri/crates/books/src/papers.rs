//! The papers of an incident: police statements, complaint, letters, timeline, list of what was stopped.
//!
//! The words stand in `assets/papers/*.toml`: which sections a form has, which fields and tables, in which languages. This
//! module fills them in from a [`Case`] and gives a [`Document`]; text and PDF are made of that. What is not known becomes a
//! line to write on, never a guess. Amounts are listed and added by currency, never across (R74 for the texts).

pub mod card;
pub mod case;
pub mod checklist;
pub mod manifest;
pub mod record;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

pub use case::{Case, CaseWallet, ContactRole, Enclosure, EnclosureKind, Measure, Movement, Total, Verdict, totals};

use crate::Provider;
use crate::credential::words;
use crate::document::{Block, Document, Language, Text};
use crate::fact::Region;

/// A text in up to three languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worded {
    #[serde(default)]
    pub en: String,
    #[serde(default)]
    pub zh: String,
    #[serde(default)]
    pub hant: String,
}

impl Worded {
    #[must_use]
    pub fn say(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
            Language::Hant => &self.hant,
        }
    }
}

words! {
    /// What a form can ask for.
    Field {
        BusinessName => "business_name",
        BusinessLocalName => "business_local_name",
        Registration => "registration",
        Address => "address",
        Reporter => "reporter",
        ReporterRole => "reporter_role",
        ReporterIdentity => "reporter_identity",
        Phone => "phone",
        Email => "email",
        SuspectedAt => "suspected_at",
        Zone => "zone",
        MoneyLeft => "money_left",
        Entrance => "entrance",
        PoliceReference => "police_reference",
        ReceiptReference => "receipt_reference",
        FilingReference => "filing_reference",
        BankReference => "bank_reference",
        ProviderReference => "provider_reference",
        Policy => "policy",
        Claim => "claim",
        Date => "date",
        Signature => "signature",
    }
}

words! {
    /// What a form can list.
    List {
        Wallets => "wallets",
        /// Transactions marked as theirs.
        Theirs => "theirs",
        /// Transactions nobody is sure of.
        Unknown => "unknown",
        Measures => "measures",
        /// What goes with the paper: the business licence, the authorisation, the affected transactions, other evidence.
        Enclosures => "enclosures",
    }
}

words! {
    /// What a form can quote.
    Quoted {
        Narrative => "narrative",
    }
}

words! {
    /// The forms.
    Form {
        PoliceMainland => "police_mainland",
        PoliceHongKong => "police_hong_kong",
        Complaint => "complaint",
        Provider => "provider",
        Insurer => "insurer",
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    heading: Worded,
    #[serde(default)]
    text: Vec<Worded>,
    #[serde(default)]
    fields: Vec<Field>,
    quote: Option<Quoted>,
    table: Option<List>,
    #[serde(default)]
    totals: bool,
    #[serde(default)]
    list: Vec<Worded>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    code: Form,
    languages: Vec<Language>,
    title: Worded,
    #[serde(rename = "section")]
    sections: Vec<Section>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labels {
    field: BTreeMap<Field, Worded>,
    column: BTreeMap<String, Worded>,
    word: BTreeMap<String, Worded>,
}

const LABELS_TEXT: &str = include_str!("../../../../assets/papers/labels.toml");
const LAYOUT_TEXTS: [&str; 5] = [
    include_str!("../../../../assets/papers/police_mainland.toml"),
    include_str!("../../../../assets/papers/police_hong_kong.toml"),
    include_str!("../../../../assets/papers/complaint.toml"),
    include_str!("../../../../assets/papers/provider.toml"),
    include_str!("../../../../assets/papers/insurer.toml"),
];

#[expect(clippy::expect_used, reason = "compiled in and parsed by a test")]
static LABELS: LazyLock<Labels> =
    LazyLock::new(|| toml::from_str(LABELS_TEXT).expect("assets/papers/labels.toml holds labels"));

#[expect(clippy::expect_used, reason = "compiled in and parsed by a test")]
static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    LAYOUT_TEXTS.iter().map(|text| toml::from_str(text).expect("assets/papers/*.toml hold forms")).collect()
});

impl Form {
    /// The languages a form is written in, the one it is handed in first.
    #[must_use]
    pub fn languages(self) -> &'static [Language] {
        LAYOUTS.iter().find(|layout| layout.code == self).map_or(&[], |layout| &layout.languages)
    }

    /// Whose police it is handed to; `None` = it is of use anywhere.
    #[must_use]
    pub fn place(self) -> Option<Region> {
        match self {
            Form::PoliceMainland => Some(Region::Mainland),
            Form::PoliceHongKong => Some(Region::HongKong),
            Form::Complaint | Form::Provider | Form::Insurer => None,
        }
    }
}

/// Fills a form in. `None` when it is not written in that language.
#[must_use]
pub fn write(form: Form, language: Language, case: &Case) -> Option<Document> {
    let layout = LAYOUTS.iter().find(|layout| layout.code == form)?;
    if !layout.languages.contains(&language) {
        return None;
    }
    let mut paper = Document::new(form.word(), language, layout.title.say(language));
    if case.drill {
        paper.paragraph(word("practice", language));
    }
    for section in &layout.sections {
        paper.heading(section.heading.say(language));
        for text in &section.text {
            paper.paragraph(text.say(language));
        }
        for field in &section.fields {
            let label = LABELS.field.get(field).map_or(field.word(), |label| label.say(language));
            paper.field(label, &case.field(*field, language));
        }
        if section.quote.is_some() {
            paper.quote(&case.narrative);
        }
        if let Some(list) = section.table {
            paper.blocks.push(case.table(list, language));
        }
        if section.totals {
            paper.blocks.extend(case.totals_table(language));
        }
        if !section.list.is_empty() {
            let items = section.list.iter().map(|item| Text::clean(item.say(language))).collect();
            paper.blocks.push(Block::List { items });
        }
    }
    Some(paper)
}

/// A word of the labels, or its key where there is none.
pub(crate) fn word(key: &str, language: Language) -> &str {
    LABELS.word.get(key).map_or(key, |word| word.say(language))
}

/// The names of columns.
pub(crate) fn columns(keys: &[&str], language: Language) -> Vec<Text> {
    let name = |key: &&str| LABELS.column.get(*key).map_or(*key, |column| column.say(language)).into();
    keys.iter().map(name).collect()
}

/// A provider as it writes itself; what is not one of the four stays as it is.
pub(crate) fn provider_name(code: &str) -> &str {
    match Provider::from_code(code) {
        Some(Provider::Other) | None => code,
        Some(known) => known.name(),
    }
}

/// A time in a zone, with its distance from UTC, so that it can be read without the paper around it.
pub(crate) fn local_time(at: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S UTC%:z").to_string()
}

/// The day of it there.
pub(crate) fn local_day(at: Timestamp, zone: &str) -> String {
    at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).date().to_string()
}

#[cfg(test)]
mod tests;
