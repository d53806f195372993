//! Whose police are called: the places of the business and its banks, taken from the books and put right by a person.

use purser_app::LockCause;
use purser_app::contract::{Command, EmergencyCommand};
use purser_app::import::JobControl;
use purser_books::fact::Region;
use purser_books::incident::{Answers, Sure};
use purser_tests::folder::files;
use purser_tests::poppler::poppler;
use purser_tests::statements::paypal_sales;
use purser_tests::{MovingClock, Profile};
use serde_json::{Value, json};

use crate::incidents::{step, unpacked, with_books};
use crate::people::{import, ready};

/// The police steps of an incident, in order.
fn police(incident: &Value) -> Vec<&str> {
    let steps = incident["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap());
    steps.filter(|step| step.starts_with("police_")).collect()
}

const MAINLAND: [&str; 2] = ["police_mainland", "police_papers_mainland"];
const HONG_KONG: [&str; 2] = ["police_hong_kong", "police_papers_hong_kong"];

/// From the time zone of the business at first; then as somebody says, several at once, and unsure shows all.
#[test]
fn the_steps_of_other_places_are_not_shown() {
    let (computer, cli) = with_books();
    cli.json(["freeze"]);
    let shown = cli.json(["incident", "show"]);
    assert_eq!((&shown["regions"], police(&shown)), (&json!(["mainland"]), MAINLAND.to_vec()));
    let wallets = |incident: &Value| step(incident, "call_providers")["parts"].clone();
    let moved = cli.json(["incident", "answer", "--region", "elsewhere", "--region", "hong_kong"]);
    assert_eq!(moved["regions"], json!(["hong_kong", "elsewhere"]));
    assert_eq!(police(&moved), ["police_hong_kong", "police_elsewhere", "police_papers_hong_kong"]);
    assert_eq!(wallets(&moved), wallets(&shown), "the wallets stay");
    assert_eq!(moved["answers"], shown["answers"], "and nothing is answered by it");
    assert_eq!(step(&moved, "questions")["state"], "open");

    // Answers and places in one go; the places stay when only an answer is given.
    let both = cli.json(["incident", "answer", "--money-left", "yes", "--region", "hong_kong"]);
    assert_eq!((&both["answers"]["money_left"], police(&both)), (&"yes".into(), HONG_KONG.to_vec()));
    let kept = cli.json(["incident", "answer", "--controlled", "no"]);
    assert_eq!(police(&kept), HONG_KONG);

    // What something was recorded of stays in the list.
    cli.json(["incident", "step", "police_hong_kong/reported", "--done"]);
    let back = cli.json(["incident", "answer", "--region", "mainland"]);
    assert_eq!(police(&back), ["police_mainland", "police_hong_kong", "police_papers_mainland"]);
    let unsure = cli.json(["incident", "answer", "--region", "unsure"]);
    assert_eq!((&unsure["regions"], police(&unsure).len()), (&json!([]), 5));

    cli.run(["incident", "answer"]).expect_code(2);
    cli.run(["incident", "answer", "--region", "us"]).expect_code(2);
    cli.run(["incident", "answer", "--region", "unsure", "--region", "mainland"]).expect_code(2);
    let said = cli.run(["incident", "answer", "--region", "hong_kong"]).expect_code(0).stdout;
    assert!(said.contains("The business and its banks are in Hong Kong"), "{said}");
    let said = cli.run(["--lang", "zh-CN", "incident", "show"]).expect_code(0).stdout;
    assert!(said.contains("企业和银行所在地：香港"), "{said}");
    let told = cli.json(["audit", "list", "--action", "incident_entry"]);
    assert_eq!(told["rows"][0]["detail"]["entries"], "concerns");

    // On paper too.
    let pdf = computer.outside().join("steps.pdf");
    cli.json(["incident", "print", "-o", pdf.to_str().unwrap()]);
    let text = poppler("pdftotext", &["-layout"], &pdf);
    assert!(text.contains("Call the police: 999") && !text.contains("Call the police: 110"), "{text}");
}

/// The pack holds the police statement of the places whose steps are in the list; unsure, those of both.
#[test]
fn the_pack_holds_the_police_statements_of_the_places() {
    let (computer, cli) = with_books();
    cli.json(["freeze"]);
    let mut packed = 0;
    let mut statements = || -> Vec<String> {
        packed += 1;
        let pack = computer.outside().join(format!("pack{packed}.zip"));
        cli.json(["incident", "pack", "-o", pack.to_str().unwrap()]);
        let content = files(&unpacked(&computer, pack.to_str().unwrap()));
        let papers = content.keys().filter_map(|path| path.to_str().unwrap().strip_prefix("papers/"));
        let papers: Vec<&str> = papers.collect();
        for of_every_place in ["complaint_en.txt", "insurer_hant.pdf", "paypal_provider_zh.txt"] {
            assert!(papers.contains(&of_every_place), "{papers:?}");
        }
        papers.into_iter().filter(|name| name.starts_with("police_")).map(str::to_owned).collect()
    };
    let of = |forms: &[&str]| -> Vec<String> {
        forms.iter().flat_map(|form| ["pdf", "txt"].map(|ending| format!("police_{form}.{ending}"))).collect()
    };
    let (mainland, hong_kong) = (of(&["mainland_en", "mainland_zh"]), of(&["hong_kong_en", "hong_kong_hant"]));
    let both = [hong_kong.clone(), mainland.clone()].concat();
    assert_eq!(statements(), mainland, "by the zone of the business");
    cli.json(["incident", "answer", "--region", "hong_kong"]);
    assert_eq!(statements(), hong_kong);
    cli.json(["incident", "answer", "--region", "elsewhere"]);
    assert_eq!(statements(), Vec::<String>::new(), "the complaint is there for other places");
    cli.json(["incident", "answer", "--region", "unsure"]);
    assert_eq!(statements(), both);
    // What something was recorded of stays in the list, and its paper with it.
    cli.json(["incident", "step", "police_papers_mainland/statement", "--done"]);
    cli.json(["incident", "answer", "--region", "hong_kong"]);
    assert_eq!(statements(), both);
}

/// A practice run begins at the same places, and an accountant may put them right; what is closed stays.
#[tokio::test(flavor = "multi_thread")]
async fn places_are_set_in_a_practice_run_and_in_nothing_closed() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let file = computer.write("paypal.csv", paypal_sales(1, 2, "Jane Roe"));
    import(&purser, &[&file]).await.unwrap();
    purser.drill().await.unwrap();
    assert_eq!(purser.incident(None).await.unwrap().regions, [Region::Mainland]);
    let twice = Some(vec![Region::HongKong, Region::Mainland, Region::HongKong]);
    let answers = Answers { money_left: Some(Sure::No), ..Answers::default() };
    let moved = purser.answer_incident(None, answers, twice).await.unwrap();
    assert_eq!((moved.regions, moved.answers), (vec![Region::Mainland, Region::HongKong], answers));
    for wrong in [Region::Us, Region::Global] {
        assert!(purser.answer_incident(None, Answers::default(), Some(vec![wrong])).await.is_err(), "no place to be");
    }
    let id = purser.incident(None).await.unwrap().id;
    purser.end_practice(None).await.unwrap();
    let command = EmergencyCommand::Answer {
        id: Some(id),
        money_left: None,
        entrance: None,
        controlled: None,
        regions: Some(Vec::new()),
    };
    assert!(purser.run(Command::Emergency(command), &JobControl::default()).await.is_err(), "it is closed");
    assert!(purser.audit_verify(None).await.unwrap().ok);
    purser.lock(LockCause::Asked).await;
}
