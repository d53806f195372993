//! What is known of a case, as the papers say it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::credential::words;
use crate::document::{Block, Language, Text};
use crate::fact::Localized;
use crate::incident::{Answers, AttachmentKind};
use crate::mask;
use crate::papers::{Field, List, columns, local_day, local_time, provider_name, word};
use crate::{Currency, Money};

words! {
    /// Whose a transaction is.
    Verdict {
        Ours => "ours",
        Theirs => "theirs",
        Unknown => "unknown",
    }
}

words! {
    /// Who is who of a wallet.
    ContactRole {
        LegalRepresentative => "legal_representative",
        Administrator => "administrator",
        BoundPhone => "bound_phone",
        Deputy => "deputy",
    }
}

impl ContactRole {
    /// What is kept of it as typed: a short text, of a phone only its end. `None`: it cannot be such a value.
    #[must_use]
    pub fn kept(self, typed: &str) -> Option<String> {
        if self == ContactRole::BoundPhone { mask::phone(typed) } else { mask::text(typed) }
    }
}

/// A transaction the case is about, with the place it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub at: Timestamp,
    pub wallet: String,
    pub provider: String,
    pub reference: String,
    /// What left, as a positive amount.
    pub amount: Money,
    pub to_name: String,
    pub to_account: String,
    pub to_bank: String,
    pub verdict: Verdict,
    /// The original file, and its line.
    pub file: String,
    pub line: u64,
}

/// A wallet and its people: the register of contacts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseWallet {
    pub name: String,
    /// The provider's code.
    pub provider: String,
    /// The account as the provider names it: merchant number, PID, account id.
    pub account: String,
    pub legal_representative: String,
    pub administrator: String,
    pub bound_phone: String,
    pub deputy: String,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    pub at: Timestamp,
    pub what: Localized,
    /// The number it has.
    pub reference: String,
}

words! {
    /// What an enclosure is, in the order papers list them.
    EnclosureKind {
        Licence => "licence",
        Authorisation => "authorisation",
        /// The transactions the case is about.
        Affected => "affected",
        Other => "other",
    }
}

impl From<AttachmentKind> for EnclosureKind {
    fn from(kind: AttachmentKind) -> EnclosureKind {
        match kind {
            AttachmentKind::Licence => EnclosureKind::Licence,
            AttachmentKind::Authorisation => EnclosureKind::Authorisation,
            AttachmentKind::Other => EnclosureKind::Other,
        }
    }
}

/// Digits of a checksum that papers print; the whole one is in the pack's manifest.
pub const CHECKSUM_DIGITS: usize = 12;

/// A file that goes with the papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    pub kind: EnclosureKind,
    /// Where it stands in the pack.
    pub file: String,
    pub sha256: String,
    /// When it was taken in, or written.
    pub at: Timestamp,
}

/// Everything a paper can say. What is empty becomes a line to write on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    pub drill: bool,
    pub business_name: String,
    pub business_local_name: String,
    pub registration: String,
    pub address: String,
    pub reporter: String,
    pub reporter_role: String,
    pub phone: String,
    pub email: String,
    /// IANA name.
    pub zone: String,
    pub suspected_at: Option<Timestamp>,
    pub answers: Answers,
    /// In the person's own words.
    pub narrative: String,
    pub police_reference: String,
    pub receipt_reference: String,
    pub filing_reference: String,
    pub bank_reference: String,
    pub provider_reference: String,
    pub policy: String,
    pub claim: String,
    pub wallets: Vec<CaseWallet>,
    pub movements: Vec<Movement>,
    pub measures: Vec<Measure>,
    pub enclosures: Vec<Enclosure>,
}

/// What movements of one currency come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    pub currency: Currency,
    pub count: usize,
    /// `None` when it is too large to add.
    pub sum: Option<Money>,
}

/// Adds amounts, each currency by itself.
#[must_use]
pub fn totals(amounts: impl IntoIterator<Item = Money>) -> Vec<Total> {
    let mut totals: Vec<Total> = Vec::new();
    for amount in amounts {
        match totals.iter_mut().find(|total| total.currency == amount.currency) {
            Some(total) => {
                total.count += 1;
                total.sum = total.sum.and_then(|sum| sum.checked_add(amount).ok());
            }
            None => totals.push(Total { currency: amount.currency, count: 1, sum: Some(amount) }),
        }
    }
    totals.sort_by_key(|total| total.currency);
    totals
}

impl Case {
    /// What the list of affected transactions holds: theirs, and those nobody is sure of.
    pub fn affected(&self) -> impl Iterator<Item = &Movement> {
        self.movements.iter().filter(|movement| movement.verdict != Verdict::Ours)
    }

    /// The case as one provider is told it: its own wallets and transactions, and nobody else's.
    #[must_use]
    pub fn of_provider(&self, provider: &str) -> Case {
        let mut case = self.clone();
        case.wallets.retain(|wallet| wallet.provider == provider);
        case.movements.retain(|movement| movement.provider == provider);
        // Photographs may be of another provider's pages, and the list is of all of them.
        let own = [EnclosureKind::Licence, EnclosureKind::Authorisation];
        case.enclosures.retain(|enclosure| own.contains(&enclosure.kind));
        case
    }

    pub(super) fn field(&self, field: Field, language: Language) -> String {
        // A Chinese form asks for the name in Chinese first.
        let (name, other_name) = match language {
            Language::Zh | Language::Hant if !self.business_local_name.is_empty() => {
                (&self.business_local_name, &self.business_name)
            }
            _ => (&self.business_name, &self.business_local_name),
        };
        let text = match field {
            Field::BusinessName => name,
            Field::BusinessLocalName => other_name,
            Field::Registration => &self.registration,
            Field::Address => &self.address,
            Field::Reporter => &self.reporter,
            Field::ReporterRole => &self.reporter_role,
            Field::Phone => &self.phone,
            Field::Email => &self.email,
            Field::Zone => &self.zone,
            Field::PoliceReference => &self.police_reference,
            Field::ReceiptReference => &self.receipt_reference,
            Field::FilingReference => &self.filing_reference,
            Field::BankReference => &self.bank_reference,
            Field::ProviderReference => &self.provider_reference,
            Field::Policy => &self.policy,
            Field::Claim => &self.claim,
            Field::SuspectedAt => return self.suspected_at.map(|at| local_time(at, &self.zone)).unwrap_or_default(),
            Field::MoneyLeft => {
                return self.answers.money_left.map_or("", |sure| word(sure.word(), language)).to_owned();
            }
            Field::Entrance => {
                return self.answers.entrance.map_or("", |known| word(known.word(), language)).to_owned();
            }
            // By hand, on paper: Purser does not keep numbers of identity cards.
            Field::ReporterIdentity | Field::Date | Field::Signature => return String::new(),
        };
        text.clone()
    }

    pub(super) fn table(&self, list: List, language: Language) -> Block {
        match list {
            List::Wallets => {
                let row = |wallet: &CaseWallet| {
                    [wallet.name.as_str(), provider_name(&wallet.provider), &wallet.account, &wallet.administrator]
                        .map(Text::clean)
                        .to_vec()
                };
                let columns = columns(&["wallet", "provider", "account", "administrator"], language);
                Block::Table { columns, rows: self.wallets.iter().map(row).collect() }
            }
            List::Theirs => self.movements_table(Verdict::Theirs, language),
            List::Unknown => self.movements_table(Verdict::Unknown, language),
            List::Measures => {
                let row = |measure: &Measure| {
                    let what = if language == Language::En { &measure.what.en } else { &measure.what.zh };
                    [&local_time(measure.at, &self.zone), what, &measure.reference]
                        .map(|cell| Text::clean(cell))
                        .to_vec()
                };
                let columns = columns(&["time", "what", "number"], language);
                Block::Table { columns, rows: self.measures.iter().map(row).collect() }
            }
            List::Enclosures => {
                let row = |enclosure: &Enclosure| {
                    let digits: String = enclosure.sha256.chars().take(CHECKSUM_DIGITS).collect();
                    let (day, checksum) = (local_day(enclosure.at, &self.zone), format!("{digits}…"));
                    [word(enclosure.kind.word(), language), &enclosure.file, &day, &checksum].map(Text::clean).to_vec()
                };
                let mut sorted: Vec<&Enclosure> = self.enclosures.iter().collect();
                sorted.sort_by_key(|enclosure| enclosure.kind);
                let columns = columns(&["what", "file", "date", "checksum"], language);
                Block::Table { columns, rows: sorted.into_iter().map(row).collect() }
            }
        }
    }

    fn movements_table(&self, verdict: Verdict, language: Language) -> Block {
        let keys = ["time", "amount", "wallet", "reference", "to_name", "to_account", "to_bank", "source"];
        let row = |movement: &Movement| {
            let source = if movement.file.is_empty() {
                String::new()
            } else {
                format!("{}, {} {}", movement.file, word("line", language), movement.line)
            };
            let (time, amount) = (local_time(movement.at, &self.zone), movement.amount.to_string());
            let cells = [&time, &amount, &movement.wallet, &movement.reference, &movement.to_name];
            let rest = [&movement.to_account, &movement.to_bank, &source];
            cells.into_iter().chain(rest).map(|cell| Text::clean(cell)).collect()
        };
        let chosen = self.movements.iter().filter(|movement| movement.verdict == verdict);
        Block::Table { columns: columns(&keys, language), rows: chosen.map(row).collect() }
    }

    /// What left, by currency; nothing where nothing is known to have.
    pub(super) fn totals_table(&self, language: Language) -> Option<Block> {
        let theirs = self.movements.iter().filter(|movement| movement.verdict == Verdict::Theirs);
        let row = |total: Total| {
            let sum = total
                .sum
                .map_or_else(|| format!("{}: {}", total.currency, word("too_large", language)), |sum| sum.to_string());
            vec![Text::clean(&sum), Text::clean(&total.count.to_string())]
        };
        let rows: Vec<Vec<Text>> = totals(theirs.map(|movement| movement.amount)).into_iter().map(row).collect();
        (!rows.is_empty()).then(|| Block::Table { columns: columns(&["total", "count"], language), rows })
    }
}
