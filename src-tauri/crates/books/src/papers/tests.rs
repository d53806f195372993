use proptest::prelude::*;

use super::*;
use crate::incident::{Answers, AttachmentKind, Entrance, Entry, Event, Incidents, Sure, Wallet};
use crate::lever::{self, Board};
use crate::playbook;
use crate::{Currency, Money};

/// Rows a page of 95 columns needs: a small but readable type.
pub(super) fn rows(text: &str) -> usize {
    let width = |line: &str| line.chars().map(|c| if u32::from(c) >= 0x2e80 { 2 } else { 1 }).sum::<usize>();
    text.lines().map(|line| width(line).div_ceil(95).max(1)).sum()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn movement(minor: i64, currency: &str, verdict: Verdict) -> Movement {
    Movement {
        at: at(0),
        wallet: "Stripe HK".into(),
        provider: "stripe".into(),
        reference: "po_1".into(),
        amount: Money::new(minor, Currency::parse(currency).unwrap()),
        to_name: "W. Chan".into(),
        to_account: "…4471".into(),
        to_bank: "Example Bank".into(),
        verdict,
        file: "payouts.csv".into(),
        line: 12,
    }
}

fn case() -> Case {
    let wallet = |name: &str, provider: &str| CaseWallet {
        name: name.into(),
        provider: provider.into(),
        account: format!("{provider}-1"),
        ..CaseWallet::default()
    };
    Case {
        business_name: "海岚贸易有限公司".into(),
        reporter: "林梅".into(),
        zone: "Asia/Hong_Kong".into(),
        suspected_at: Some(at(0)),
        answers: Answers { money_left: Some(Sure::Yes), entrance: Some(Entrance::Key), controlled: None },
        narrative: "At nine I saw a payout.\nNobody here made it.".into(),
        wallets: vec![wallet("Stripe HK", "stripe"), wallet("支付宝", "alipay")],
        movements: vec![
            movement(12_345, "USD", Verdict::Theirs),
            movement(100, "USD", Verdict::Theirs),
            movement(5_000, "JPY", Verdict::Theirs),
            movement(7, "USD", Verdict::Unknown),
            movement(9_999_999, "USD", Verdict::Ours),
        ],
        ..Case::default()
    }
}

fn every_paper(case: &Case) -> Vec<Document> {
    let all = Form::ALL.iter().flat_map(|form| form.languages().iter().map(|language| (*form, *language)));
    all.map(|(form, language)| write(form, language, case).unwrap()).collect()
}

fn is_simplified_only(c: char) -> bool {
    "账户资汇币认请证码电话邮钥应动务关订单处间时类给进还见说过这没为从点样书报".contains(c)
}

#[test]
fn every_word_is_spelled_alike() {
    let spelled = |json: String, word: &str| assert_eq!(json, format!("\"{word}\""));
    let json = |value: &dyn Fn() -> serde_json::Result<String>| value().unwrap();
    Language::ALL.iter().for_each(|word| spelled(json(&|| serde_json::to_string(word)), word.word()));
    Field::ALL.iter().for_each(|word| spelled(json(&|| serde_json::to_string(word)), word.word()));
    Form::ALL.iter().for_each(|word| spelled(json(&|| serde_json::to_string(word)), word.word()));
    crate::freeze::Act::ALL.iter().for_each(|word| spelled(json(&|| serde_json::to_string(word)), word.word()));
    lever::State::ALL.iter().for_each(|word| spelled(json(&|| serde_json::to_string(word)), word.word()));
    Region::ALL.iter().for_each(|word| spelled(json(&|| serde_json::to_string(word)), word.word()));
    playbook::Speaker::ALL.iter().for_each(|word| spelled(json(&|| serde_json::to_string(word)), word.word()));
}

#[test]
fn every_form_is_written_in_chinese_and_in_english() {
    for form in Form::ALL {
        let languages = form.languages();
        assert!(languages.contains(&Language::En), "{form:?}");
        assert!(languages.iter().any(|language| *language != Language::En), "{form:?}");
    }
    assert_eq!(Form::PoliceMainland.languages()[0], Language::Zh);
    assert_eq!(Form::PoliceHongKong.languages()[0], Language::Hant);
    assert!(write(Form::PoliceMainland, Language::Hant, &case()).is_none());
    let places: Vec<Option<Region>> = Form::ALL.iter().map(|form| form.place()).collect();
    assert_eq!(places, [Some(Region::Mainland), Some(Region::HongKong), None, None, None]);
}

#[test]
fn every_text_of_a_form_is_there_in_its_languages() {
    for layout in LAYOUTS.iter() {
        for section in &layout.sections {
            let texts = [&section.heading, &layout.title].into_iter().chain(&section.text).chain(&section.list);
            for text in texts {
                for language in &layout.languages {
                    assert!(!text.say(*language).trim().is_empty(), "{:?} {language:?}: {text:?}", layout.code);
                }
            }
        }
    }
    let labels = LABELS.field.values().chain(LABELS.column.values()).chain(LABELS.word.values());
    for label in labels {
        assert!(Language::ALL.iter().all(|language| !label.say(*language).is_empty()), "{label:?}");
        assert!(!label.hant.chars().any(is_simplified_only), "{}", label.hant);
    }
    assert_eq!(LABELS.field.len(), Field::ALL.len());
}

/// A word without a label would be shown as its key.
#[test]
fn every_word_that_is_shown_has_a_label() {
    let states = lever::State::ALL.iter().map(|state| state.word());
    let answers = Sure::ALL.iter().map(|sure| sure.word()).chain(Entrance::ALL.iter().map(|entrance| entrance.word()));
    for key in states.chain(answers) {
        assert!(LABELS.word.contains_key(key), "{key}");
    }
    let chinese = record::timeline(&incident(), playbook::incident(), Language::Hant, "").to_text();
    for key in ["opened", "concerns", "part_done", "skipped", "attached", "timeline", "time", "by", "what", "words"] {
        assert!(!chinese.contains(&format!("{key}：")) && !chinese.contains(&format!("：{key}\n")), "{key}\n{chinese}");
    }
}

/// A form in traditional Chinese is one, and one in simplified is not half of the other.
#[test]
fn scripts_are_not_mixed() {
    for text in LAYOUTS
        .iter()
        .flat_map(|layout| &layout.sections)
        .flat_map(|section| section.text.iter().chain(&section.list).chain([&section.heading]))
    {
        assert!(!text.hant.chars().any(is_simplified_only), "{}", text.hant);
        assert!(
            !text.zh.chars().any(|c| "戶錢與請證碼電話郵鑰應發動務關訂單處間時類給進還".contains(c)),
            "{}",
            text.zh
        );
    }
}

/// Amounts exactly, each currency by itself, never one sum over both.
#[test]
fn amounts_are_added_by_currency_only() {
    let text = write(Form::PoliceHongKong, Language::En, &case()).unwrap().to_text();
    assert!(text.contains("Total by currency: USD 124.45\n      Number: 2"), "{text}");
    assert!(text.contains("Total by currency: JPY 5000\n      Number: 1"), "{text}");
    assert!(text.contains("Amount: USD 0.07"), "what is not sure stands apart");
    assert!(!text.contains("99999.99") && !text.contains("5124"), "what is ours stays out");
    let usd = Currency::parse("USD").unwrap();
    let too_large = totals([Money::new(i64::MAX, usd), Money::new(1, usd), Money::new(-5, usd)]);
    assert_eq!(too_large, [Total { currency: usd, count: 3, sum: None }]);
}

#[test]
fn a_paper_says_what_is_known_and_leaves_lines_for_the_rest() {
    let text = write(Form::PoliceMainland, Language::Zh, &case()).unwrap().to_text();
    assert!(text.starts_with("报案材料\n"));
    for known in [
        "企业名称：海岚贸易有限公司",
        "发现时间：2026-11-18 19:06:40 UTC+08:00",
        "资金是否已转出：是",
        "> Nobody here made it.",
        "收款账号：…4471",
        "出处：payouts.csv, 行 12",
        "受案回执编号：____________________",
        "身份证号（手写）：____________________",
    ] {
        let known = known.trim();
        assert!(text.contains(known), "{known}\n{text}");
    }
    assert!(!text.contains("演练"));
    let drill = write(Form::PoliceMainland, Language::Zh, &Case { drill: true, ..case() }).unwrap();
    assert!(drill.to_text().contains("演练：以下内容并未真实发生"), "a practice paper can be mistaken for none");
}

#[test]
fn a_provider_is_told_its_own_wallets_only() {
    let letter = write(Form::Provider, Language::En, &case().of_provider("alipay")).unwrap().to_text();
    assert!(letter.contains("alipay-1") && !letter.contains("stripe") && !letter.contains("po_1"), "{letter}");
}

fn enclosures() -> Vec<Enclosure> {
    let enclosure =
        |kind, file: &str, digit: &str| Enclosure { kind, file: file.into(), sha256: digit.repeat(64), at: at(0) };
    vec![
        enclosure(EnclosureKind::Other, "attachments/sessions.png", "c"),
        enclosure(EnclosureKind::Affected, "affected_transactions.csv", "d"),
        enclosure(EnclosureKind::Licence, "licence/营业执照.pdf", "a"),
        enclosure(EnclosureKind::Authorisation, "authorisation/letter.pdf", "b"),
    ]
}

/// Every form lists what goes with it, the licence first, with the day in the case's zone and the first digits of the checksum.
#[test]
fn every_form_lists_its_enclosures() {
    let case = Case { enclosures: enclosures(), ..case() };
    let wanted = [
        (
            Language::En,
            "Enclosures",
            "(1)   What: Copy of the business licence\n      File: licence/营业执照.pdf\n      Date: 2026-11-18\n      SHA-256: aaaaaaaaaaaa…\n\
             (2)   What: Authorisation letter\n      File: authorisation/letter.pdf\n      Date: 2026-11-18\n      SHA-256: bbbbbbbbbbbb…\n\
             (3)   What: List of the affected transactions\n      File: affected_transactions.csv\n      Date: 2026-11-18\n      SHA-256: dddddddddddd…\n\
             (4)   What: Other evidence\n      File: attachments/sessions.png\n      Date: 2026-11-18\n      SHA-256: cccccccccccc…\n",
        ),
        (
            Language::Zh,
            "附件",
            "(1)   事项：营业执照副本\n      文件：licence/营业执照.pdf\n      日期：2026-11-18\n      SHA-256 校验值：aaaaaaaaaaaa…\n\
             (2)   事项：授权委托书\n      文件：authorisation/letter.pdf\n      日期：2026-11-18\n      SHA-256 校验值：bbbbbbbbbbbb…\n\
             (3)   事项：受影响的交易清单\n      文件：affected_transactions.csv\n      日期：2026-11-18\n      SHA-256 校验值：dddddddddddd…\n\
             (4)   事项：其他证据\n      文件：attachments/sessions.png\n      日期：2026-11-18\n      SHA-256 校验值：cccccccccccc…\n",
        ),
        (
            Language::Hant,
            "附件",
            "(1)   事項：商業登記證副本\n      檔案：licence/营业执照.pdf\n      日期：2026-11-18\n      SHA-256 校驗值：aaaaaaaaaaaa…\n\
             (2)   事項：授權書\n      檔案：authorisation/letter.pdf\n      日期：2026-11-18\n      SHA-256 校驗值：bbbbbbbbbbbb…\n\
             (3)   事項：受影響的交易清單\n      檔案：affected_transactions.csv\n      日期：2026-11-18\n      SHA-256 校驗值：dddddddddddd…\n\
             (4)   事項：其他證據\n      檔案：attachments/sessions.png\n      日期：2026-11-18\n      SHA-256 校驗值：cccccccccccc…\n",
        ),
    ];
    for form in Form::ALL {
        for language in form.languages() {
            let text = write(*form, *language, &case).unwrap().to_text();
            let (_, heading, rows) = wanted.iter().find(|(known, ..)| known == language).unwrap();
            assert!(text.contains(rows), "{form:?} {language:?}\n{text}");
            assert!(text.lines().any(|line| line.ends_with(heading)), "{form:?} {language:?}\n{text}");
        }
    }
    // A provider gets neither pictures nor the list of everything.
    let own = case.of_provider("alipay");
    assert_eq!(own.enclosures.len(), 2);
    let letter = write(Form::Provider, Language::En, &own).unwrap().to_text();
    assert!(!letter.contains("sessions.png") && !letter.contains("affected_transactions"), "{letter}");
    let none = write(Form::Complaint, Language::Zh, &Case { enclosures: vec![], ..case.clone() }).unwrap().to_text();
    assert!(none.contains("文件：____________________"), "{none}");
}

/// What is ours stays out of the list of affected transactions.
#[test]
fn the_affected_transactions_are_theirs_and_those_nobody_is_sure_of() {
    let minor: Vec<i64> = case().affected().map(|movement| movement.amount.minor).collect();
    assert_eq!(minor, [12_345, 100, 5_000, 7]);
}

/// No paper promises or asks for what nobody can promise.
#[test]
fn no_paper_holds_a_deadline_or_a_promise() {
    for paper in every_paper(&case()) {
        let text = paper.to_text();
        for word in ["24 hours", "guarantee", "24 小时", "必须在", "保证"] {
            assert!(!text.contains(word), "{}: {word}", paper.code);
        }
    }
}

fn incident() -> crate::incident::Incident {
    let entry = |minute: i64, event| Entry { incident: "1".into(), at: at(minute * 60), by: "Mei".into(), event };
    let wallets = vec![Wallet { id: "s".into(), name: "Stripe HK".into(), provider: "stripe".into() }];
    let part = |part: &str| Event::PartDone { step: "photograph".into(), part: part.into() };
    let entries = [
        entry(
            3,
            Event::Opened { title: "Payout".into(), suspected_at: at(0), drill: false, zone: "Asia/Hong_Kong".into() },
        ),
        entry(4, Event::Concerns { wallets, regions: vec![] }),
        entry(5, part("team@s")),
        entry(6, Event::Skipped { step: "unplug".into(), reason: "phone\n(2)   Time: 1999".into() }),
        entry(
            7,
            Event::Attached {
                step: None,
                name: "a.png".into(),
                sha256: "ab".repeat(32),
                bytes: 9,
                kind: AttachmentKind::Licence,
            },
        ),
    ];
    Incidents::fold(playbook::incident(), &entries).0.list.remove(0)
}

/// R69: who, when, what, and the hash of what was attached, with the checkpoint at the end.
#[test]
fn the_timeline_tells_who_when_and_the_hash() {
    let text = record::timeline(&incident(), playbook::incident(), Language::En, "purser log\n7\nabc").to_text();
    for known in [
        "(1)   Time: 2026-11-18 19:09:40 UTC+08:00\n      By: Mei\n      What: Incident opened\n",
        "Photograph first, with another phone · Stripe HK: The team: names, roles, operators.",
        "Words: Take this computer off the network · phone (2)   Time: 1999",
        &format!("a.png · SHA-256 {} (9)", "ab".repeat(32)),
        "> purser log\n> 7\n> abc\n",
    ] {
        assert!(text.contains(known), "{known}\n{text}");
    }
    let chinese = record::timeline(&incident(), playbook::incident(), Language::Zh, "").to_text();
    assert!(chinese.contains("先用另一部手机拍照 · Stripe HK: 成员：姓名、角色、操作员。"), "{chinese}");
}

/// R66 on paper: what was not confirmed is not called stopped.
#[test]
fn the_list_of_levers_calls_nothing_stopped_that_is_not() {
    let stripe = &playbook::levers()[3];
    let lever = stripe.levers[0].lever("stripe", "s", false);
    let queued = lever::Event::Queued { lever: lever.clone(), key: "k".into(), undo_key: "u".into(), at: at(0) };
    let said = |word| lever::Event::Said {
        lever: lever.id.clone(),
        aim: lever::Aim::Stop,
        word,
        by: "Mei".into(),
        reference: String::new(),
        seen: "manual".into(),
        prior: String::new(),
        at: at(60),
    };
    let text = |events: &[lever::Event]| {
        record::levers(&Board::fold(events).0, &incident(), playbook::levers(), Language::En).to_text()
    };
    let asked = text(&[queued.clone(), said(lever::Word::Asked)]);
    assert!(asked.contains("State: asked, not confirmed"), "{asked}");
    let confirmed = text(&[queued, said(lever::Word::Confirmed)]);
    assert!(
        confirmed.contains("Measure: Set payouts to manual, check the bank account\n      State: confirmed"),
        "{confirmed}"
    );
    assert!(confirmed.contains("By: Mei\n      Words: manual"), "{confirmed}");
    assert!(confirmed.contains("Provider: Stripe · Stripe HK\n"), "which of several wallets: {confirmed}");
    assert!(confirmed.contains("Time: 2026-11-18 19:07:40 UTC+08:00\n"), "{confirmed}");

    // What nobody touched has no time, and Purser's own lever a name.
    let (kind, ring, can_be_undone) = (lever::Kind::Local, lever::Ring::MoneyOut, true);
    let (id, provider) = ("purser.freeze".to_owned(), "purser".to_owned());
    let own = lever::Lever { id, provider, wallet: String::new(), kind, ring, can_be_undone };
    let waiting = text(&[lever::Event::Queued { lever: own, key: "k".into(), undo_key: "u".into(), at: at(0) }]);
    let row = "Provider: Purser\n      Measure: Freeze Purser on this computer\n      State: not done yet\n";
    assert!(waiting.contains(row) && !waiting.contains("Time:"), "{waiting}");
}

proptest! {
    /// R74: nothing anybody typed, or a thief wrote into a payment, adds or hides a line of any form.
    #[test]
    fn no_text_forges_a_line_of_a_paper(evil in "(?s).{0,30}|[\n\r\u{2028}\u{202e}> ()0-9a-zA-Z:]{0,30}") {
        let lines = |case: &Case| every_paper(case).iter().map(|paper| paper.to_text().lines().count()).collect::<Vec<_>>();
        let fill = |text: &str| {
            let mut case = case();
            (case.business_name, case.reporter, case.police_reference) = (text.into(), text.into(), text.into());
            (case.movements[0].to_name, case.movements[0].reference, case.wallets[0].name) = (text.into(), text.into(), text.into());
            case
        };
        prop_assume!(!Text::clean(&evil).is_empty());
        prop_assert_eq!(lines(&fill(&evil)), lines(&fill("x")));
    }
}
