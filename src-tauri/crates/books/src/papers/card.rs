//! The card on paper: one page for each person, for the day the computer cannot be trusted.
//!
//! It holds accounts, numbers, scripts and who does what, and no secret: there is no place for one. Its stamp is a hash of
//! everything it shows, so that a card whose facts have changed since is known as stale. It is written in the two languages of
//! the playbook.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::document::{Document, Language};
use crate::fact::{Grade, Region};
use crate::papers::{CaseWallet, word};
use crate::playbook::{self, Caller, Lane, ManualLever, ProviderLevers, Speaker, Way};

/// Wallets a page has room for.
pub const WALLETS_MAX: usize = 4;

/// A number somebody copied from a signed-in page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnNumber {
    /// The provider's code.
    pub provider: String,
    pub number: String,
    pub noted: Date,
}

/// What a card is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub person: String,
    pub speaker: Speaker,
    pub lane: Lane,
    pub business: String,
    pub regions: Vec<Region>,
    /// The first [`WALLETS_MAX`] are shown: the fullest should stand first.
    pub wallets: Vec<CaseWallet>,
    pub own_numbers: Vec<OwnNumber>,
}

/// Eight digits that change when anything the card shows does.
#[must_use]
pub fn stamp(card: &Card) -> String {
    let mut hash = Sha256::new();
    for language in [Language::En, Language::Zh] {
        hash.update(body(card, language).to_text().as_bytes());
    }
    hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a printed card no longer says what is known today.
#[must_use]
pub fn is_stale(printed: &str, card: &Card) -> bool {
    !printed.trim().eq_ignore_ascii_case(&stamp(card))
}

/// The card, printed on a day.
#[must_use]
pub fn write(card: &Card, language: Language, made: Date) -> Document {
    let language = language.of_playbook();
    let mut paper = body(card, language);
    paper.heading(&format!("{} {made}", word("card_made", language)));
    paper.field(word("card_stamp", language), &stamp(card));
    paper
}

fn body(card: &Card, language: Language) -> Document {
    let mut paper = Document::new("card", language, word("card_title", language));
    let lane = match card.lane {
        Lane::Phone => "lane_phone",
        Lane::Click => "lane_click",
    };
    paper.field(word("card_person", language), &format!("{} ({})", card.person, card.business));
    paper.field(word("card_lane", language), word(lane, language));
    paper.paragraph(word("card_rule", language));
    paper.heading(word("card_first", language));
    for step in ["freeze", "photograph", "tell_colleagues"] {
        step_title(&mut paper, step, language);
    }
    paper.heading(word("card_police", language));
    for (region, step) in [(Region::Mainland, "police_mainland"), (Region::HongKong, "police_hong_kong")] {
        if here(region, &card.regions) {
            step_title(&mut paper, step, language);
        }
    }
    let mut scripts: Vec<&str> = Vec::new();
    for wallet in card.wallets.iter().take(WALLETS_MAX) {
        let first = !scripts.contains(&wallet.provider.as_str());
        scripts.push(&wallet.provider);
        wallet_lines(&mut paper, card, wallet, first, language);
    }
    paper
}

fn step_title(paper: &mut Document, id: &str, language: Language) {
    if let Some(step) = playbook::incident().steps.iter().find(|step| step.id == id) {
        let title = if language == Language::En { &step.title.en } else { &step.title.zh };
        paper.paragraph(&format!("• {title}"));
    }
}

fn here(region: Region, regions: &[Region]) -> bool {
    regions.is_empty() || region == Region::Global || regions.contains(&region)
}

fn wallet_lines(paper: &mut Document, card: &Card, wallet: &CaseWallet, with_script: bool, language: Language) {
    let account = wallet.account.trim();
    paper.heading(&if account.is_empty() { wallet.name.clone() } else { format!("{} · {account}", wallet.name) });
    let people = [
        ("legal_representative", &wallet.legal_representative),
        ("administrator", &wallet.administrator),
        ("bound_phone", &wallet.bound_phone),
        ("deputy", &wallet.deputy),
    ];
    let known: Vec<String> = people
        .iter()
        .filter(|(_, name)| !name.trim().is_empty())
        .map(|(key, name)| format!("{} {name}", word(key, language)))
        .collect();
    if !known.is_empty() {
        paper.paragraph(&known.join(" · "));
    }
    for own in card.own_numbers.iter().filter(|own| own.provider == wallet.provider) {
        paper.field(word("card_own", language), &format!("{} ({})", own.number, own.noted));
    }
    let Some(levers) = playbook::levers().iter().find(|levers| levers.provider == wallet.provider) else { return };
    // Paper lasts: nothing that nobody could name a source for, and nothing that removes what must be photographed.
    let fits = |lever: &&ManualLever| {
        here(lever.region, &card.regions) && lever.grade != Grade::Unverified && !lever.signs_out
    };
    for lever in levers.levers.iter().filter(fits).take(2) {
        let label = if lever.way == Way::Phone { "card_call" } else { "card_open" };
        paper.field(word(label, language), &lever_line(lever, language));
    }
    if with_script {
        paper.field(word("card_read", language), &script(card, wallet, levers, language));
    }
}

fn lever_line(lever: &ManualLever, language: Language) -> String {
    let title = if language == Language::En { &lever.title.en } else { &lever.title.zh };
    let value = if title.contains(&lever.value) { title.clone() } else { format!("{} · {title}", lever.value) };
    let hours = lever.hours.as_ref().map(|hours| format!(" ({} {})", hours.span, hours.zone)).unwrap_or_default();
    let doubt = if lever.grade.is_fact() { String::new() } else { format!(" [{}]", word("not_confirmed", language)) };
    format!("{value}{hours}{doubt}")
}

fn script(card: &Card, wallet: &CaseWallet, levers: &ProviderLevers, language: Language) -> String {
    let (name, business) = (card.person.clone(), card.business.clone());
    let caller = Caller { name, business, account: wallet.account.clone() };
    levers.script(card.speaker, language, &caller).to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::papers::tests::rows;

    fn wallet(name: &str, provider: &str, account: &str) -> CaseWallet {
        CaseWallet {
            name: name.into(),
            provider: provider.into(),
            account: account.into(),
            legal_representative: "陈海".into(),
            administrator: "林梅".into(),
            bound_phone: "…1234".into(),
            deputy: "W. Chan".into(),
        }
    }

    fn card() -> Card {
        Card {
            person: "林梅".into(),
            speaker: Speaker::Administrator,
            lane: Lane::Phone,
            business: "海岚贸易有限公司".into(),
            regions: vec![Region::Mainland, Region::HongKong],
            wallets: vec![
                wallet("支付宝", "alipay", "2088000000000156"),
                wallet("微信支付", "wechatpay", "1900000001"),
                wallet("PayPal", "paypal", "shop@example.com"),
                wallet("Stripe", "stripe", "acct_1"),
            ],
            own_numbers: vec![OwnNumber {
                provider: "paypal".into(),
                number: "+852 1234".into(),
                noted: date(2026, 11, 1),
            }],
        }
    }

    const TODAY: Date = date(2026, 11, 25);

    #[test]
    fn a_card_fits_one_page_with_what_to_do_and_whom_to_call() {
        for language in Language::ALL {
            let text = write(&card(), *language, TODAY).to_text();
            assert!(rows(&text) <= 66, "{} rows\n{text}", rows(&text));
            for known in ["95188", "95017", "2088000000000156", "1900000001", "+852 1234", "110", "999", "09:00-22:00"]
            {
                assert!(text.contains(known), "{known}\n{text}");
            }
        }
        let chinese = write(&card(), Language::Zh, TODAY).to_text();
        assert!(chinese.contains("您好，我是海岚贸易有限公司商户号 1900000001 的超级管理员林梅"), "{chinese}");
        let doubt = chinese.lines().find(|line| line.contains("95188")).unwrap();
        assert!(doubt.contains("未经服务商证实"), "{doubt}");
        let fact = chinese.lines().find(|line| line.contains("95017") && line.starts_with("致电")).unwrap();
        assert!(!fact.contains("未经服务商证实"), "{fact}");
    }

    #[test]
    fn a_card_is_stale_when_anything_it_shows_has_changed() {
        let printed = stamp(&card());
        assert!(!is_stale(&printed, &card()) && !is_stale(&format!(" {} ", printed.to_uppercase()), &card()));
        let changes: [fn(&mut Card); 7] = [
            |card| card.person = "陈海".into(),
            |card| card.lane = Lane::Click,
            |card| card.speaker = Speaker::Employee,
            |card| card.regions = vec![Region::HongKong],
            |card| card.wallets[1].account = "1900000002".into(),
            |card| card.wallets[3].deputy = String::new(),
            |card| card.own_numbers[0].noted = TODAY,
        ];
        for change in changes {
            let mut other = card();
            change(&mut other);
            assert!(is_stale(&printed, &other), "{other:?}");
        }
        let in_both = [Language::En, Language::Zh].map(|language| write(&card(), language, TODAY).to_text());
        assert!(in_both.iter().all(|text| text.contains(&printed)), "one stamp for both languages");
    }

    #[test]
    fn more_wallets_than_a_page_holds_are_left_out() {
        let mut many = card();
        many.wallets.extend((0..20).map(|n| wallet(&format!("extra {n}"), "stripe", "acct_2")));
        let text = write(&many, Language::En, TODAY).to_text();
        assert!(!text.contains("extra 0") && rows(&text) <= 66);
    }
}
