use proptest::prelude::*;

use super::*;
use crate::playbook::{self, Lane};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + minute * 60).unwrap()
}

fn entry(minute: i64, event: Event) -> Entry {
    Entry { incident: "1".into(), at: at(minute), by: "Mei".into(), event }
}

fn opened() -> Entry {
    let title = "Payout nobody made".into();
    entry(3, Event::Opened { title, suspected_at: at(0), drill: false, zone: "Asia/Shanghai".into() })
}

fn concerns() -> Entry {
    let wallet = |id: &str, provider: &str| Wallet { id: id.into(), name: id.into(), provider: provider.into() };
    let wallets = vec![wallet("a", "alipay"), wallet("s", "stripe")];
    entry(3, Event::Concerns { wallets, regions: vec![Region::Mainland] })
}

fn answered(money_left: Sure, entrance: Entrance, controlled: Sure) -> Entry {
    let (money_left, entrance, controlled) = (Some(money_left), Some(entrance), Some(controlled));
    entry(4, Event::Answered { answers: Answers { money_left, entrance, controlled } })
}

fn folded(entries: &[Entry]) -> Incident {
    let (mut incidents, refused) = Incidents::fold(playbook::incident(), entries);
    assert_eq!(refused, 0);
    incidents.list.remove(0)
}

fn order(incident: &Incident) -> Vec<String> {
    incident.steps(playbook::incident(), at(5)).into_iter().map(|view| view.step).collect()
}

fn part_done(step: &str, part: &str) -> Entry {
    entry(10, Event::PartDone { step: step.into(), part: part.into() })
}

fn view(incident: &Incident, step: &str) -> StepView {
    incident.steps(playbook::incident(), at(20)).into_iter().find(|view| view.step == step).unwrap()
}

fn all_answers() -> Vec<Answers> {
    let sure = [None, Some(Sure::Yes), Some(Sure::No), Some(Sure::Unsure)];
    let entrances = [None, Some(Entrance::Login), Some(Entrance::Key), Some(Entrance::Person), Some(Entrance::Unsure)];
    let mut all = Vec::new();
    for money_left in sure {
        for entrance in entrances {
            all.extend(sure.map(|controlled| Answers { money_left, entrance, controlled }));
        }
    }
    all
}

/// When money has left, or nobody knows, police and bank come before anything at the wallets.
#[test]
fn when_money_has_left_police_and_bank_come_first() {
    for sure in [Sure::Yes, Sure::Unsure] {
        let steps = order(&folded(&[opened(), concerns(), answered(sure, Entrance::Login, Sure::No)]));
        assert_eq!(steps[..4], ["freeze", "questions", "police_mainland", "bank_recall"]);
    }
    let steps = order(&folded(&[opened(), concerns(), answered(Sure::No, Entrance::Login, Sure::No)]));
    assert!(!steps.contains(&"bank_recall".to_owned()));
    let place = |step: &str| steps.iter().position(|known| known == step).unwrap();
    assert!(place("police_mainland") > place("photograph"));
    let unanswered = order(&folded(&[opened(), concerns()]));
    assert_eq!(unanswered[2..5], ["unplug", "police_mainland", "bank_recall"], "not known is the worse answer");
}

/// Whatever the answers and places, evidence is photographed before anybody is signed out.
#[test]
fn photographs_always_come_before_signing_out() {
    for answers in all_answers() {
        for region in [Region::Mainland, Region::HongKong, Region::Elsewhere] {
            let plan = Plan::new(playbook::incident(), &answers, &[region], |_| false);
            let photograph = plan.steps.iter().position(|planned| planned.step.photographs).unwrap();
            let first_out = plan.steps.iter().position(|planned| planned.step.signs_out).unwrap();
            assert!(photograph < first_out, "{answers:?}");
            assert!(plan.steps.is_sorted_by_key(|planned| planned.minute));
            assert_eq!(plan.steps[0].step.id, "freeze");
            assert_eq!(plan.steps.last().unwrap().step.id, "review_30");
            let other = plan.steps.iter().filter_map(|planned| planned.step.region).filter(|found| *found != region);
            assert_eq!(other.count(), 0, "only the steps of the place");
        }
    }
}

/// Steps of other places are gone, unless something was recorded of them; the wallets stay as they are.
#[test]
fn the_places_choose_the_police() {
    let police = |incident: &Incident| -> Vec<String> {
        order(incident).into_iter().filter(|step| step.starts_with("police_")).collect()
    };
    let places = |minute: i64, incident: &Incident, regions: &[Region]| {
        entry(minute, Event::Concerns { wallets: incident.wallets.clone(), regions: regions.to_vec() })
    };
    let mut entries = vec![opened(), concerns()];
    assert_eq!(police(&folded(&entries)), ["police_mainland", "police_papers_mainland"]);
    let note = Event::Noted { step: Some("police_papers_mainland".into()), text: "an officer called".into() };
    entries.push(entry(4, note));
    entries.push(places(5, &folded(&entries), &[Region::HongKong]));
    let hong_kong = folded(&entries);
    assert_eq!(police(&hong_kong), ["police_hong_kong", "police_papers_mainland", "police_papers_hong_kong"]);
    let concerned = |incident: &Incident| -> Vec<Region> {
        let places = [Region::Mainland, Region::HongKong, Region::Elsewhere];
        places.into_iter().filter(|place| incident.concerns_place(playbook::incident(), *place)).collect()
    };
    assert_eq!(concerned(&folded(&entries[..2])), [Region::Mainland]);
    assert_eq!(concerned(&hong_kong), [Region::Mainland, Region::HongKong], "something was noted of the other");
    assert_eq!(hong_kong.wallets, folded(&entries[..2]).wallets);
    entries.push(places(6, &hong_kong, &[]));
    assert_eq!(police(&folded(&entries)).len(), 5, "not known: every place");
    assert_eq!(concerned(&folded(&entries)).len(), 3);
}

/// The order holds even where a playbook gives signing out an earlier minute.
#[test]
fn a_playbook_cannot_put_signing_out_before_the_photographs() {
    let mut playbook = playbook::incident().clone();
    playbook.steps.iter_mut().filter(|step| step.signs_out).for_each(|step| step.minute = 1);
    playbook.steps.reverse();
    let plan = Plan::new(&playbook, &Answers::default(), &[], |_| false);
    let photograph = plan.steps.iter().position(|planned| planned.step.photographs).unwrap();
    assert!(plan.steps[..photograph].iter().all(|planned| !planned.step.signs_out));
}

#[test]
fn a_stolen_key_is_replaced_early() {
    let minute = |entrance| {
        let incident = folded(&[opened(), concerns(), answered(Sure::No, entrance, Sure::No)]);
        view(&incident, "rotate").minute
    };
    assert_eq!((minute(Entrance::Key), minute(Entrance::Login)), (22, 90));
    let known = order(&folded(&[opened(), answered(Sure::No, Entrance::Login, Sure::No)]));
    assert!(!known.contains(&"person_access".to_owned()));
}

/// On a computer somebody may control, steps with secrets are for elsewhere.
#[test]
fn a_watched_computer_sends_secrets_elsewhere() {
    for controlled in [Sure::Yes, Sure::Unsure, Sure::No] {
        let incident = folded(&[opened(), answered(Sure::No, Entrance::Login, controlled)]);
        let steps = incident.steps(playbook::incident(), at(5));
        for view in &steps {
            let alone =
                ["email", "passwords", "rotate", "photograph", "stop_pages", "sign_out", "unknowns", "put_back"];
            let secret = alone.contains(&view.step.as_str());
            assert_eq!(view.elsewhere, secret && controlled != Sure::No, "{}", view.step);
        }
        assert_eq!(steps.iter().any(|view| view.step == "unplug"), controlled != Sure::No);
    }
}

/// R69 and the rule of parts: a step is ticked only when all its parts are, for every wallet.
#[test]
fn a_step_is_done_when_all_its_parts_are() {
    let mut entries = vec![opened(), concerns()];
    let done = entry(12, Event::Done { step: "sign_out".into(), reference: "R-1".into(), note: String::new() });
    let (mut incidents, _) = Incidents::fold(playbook::incident(), &entries);
    let open = Refused::OpenParts(vec!["sessions@a".into(), "sessions@s".into()]);
    assert_eq!(incidents.apply(playbook::incident(), &done), Err(open));
    entries.push(part_done("sign_out", "sessions@a"));
    assert_eq!(view(&folded(&entries), "sign_out").state, StepState::Open);
    let reason = "closed last year".into();
    let (step, part) = ("sign_out".into(), "sessions@s".into());
    entries.push(entry(11, Event::PartSkipped { step, part, reason }));
    entries.push(done);
    let incident = folded(&entries);
    let sign_out = view(&incident, "sign_out");
    assert_eq!((sign_out.state, sign_out.references), (StepState::Done, vec!["R-1".to_owned()]));
    let settled = sign_out.settled.unwrap();
    assert_eq!((settled.at, settled.by.as_str()), (at(11), "Mei"));
    let skip = entry(13, Event::Skipped { step: "sign_out".into(), reason: "not needed".into() });
    let (mut incidents, _) = Incidents::fold(playbook::incident(), &entries);
    assert_eq!(incidents.apply(playbook::incident(), &skip), Err(Refused::StepDone("sign_out".into())));
    // Another wallet turns out to be concerned.
    let mut more = concerns();
    if let Event::Concerns { wallets, .. } = &mut more.event {
        wallets.push(Wallet { id: "w".into(), name: "WeChat".into(), provider: "wechatpay".into() });
    }
    entries.push(more);
    assert_eq!(view(&folded(&entries), "sign_out").state, StepState::Open);
}

/// What is on record already is not asked for again: an answer ticks its question, and a practice run its freeze.
#[test]
fn what_is_on_record_is_ticked_by_itself() {
    let known = |answers| entry(4, Event::Answered { answers });
    let only = Answers { entrance: Some(Entrance::Unsure), ..Answers::default() };
    let ticked = |incident: &Incident, step: &str| -> Vec<String> {
        let parts = view(incident, step).parts.into_iter();
        parts
            .filter(|part| part.mark.as_ref().is_some_and(|mark| mark.skipped.is_empty()))
            .map(|part| part.key)
            .collect()
    };
    let incident = folded(&[opened(), concerns(), known(only)]);
    assert_eq!(ticked(&incident, "questions"), ["entrance"], "unsure is an answer");
    assert_eq!(ticked(&incident, "freeze"), Vec::<String>::new(), "nobody froze");
    let skip = Event::Skipped { step: "questions".into(), reason: "no time".into() };
    let all = Answers { money_left: Some(Sure::No), controlled: Some(Sure::Yes), ..only };
    let incident = folded(&[opened(), concerns(), known(only), entry(5, skip), entry(6, known(all).event)]);
    let questions = view(&incident, "questions");
    assert_eq!(questions.state, StepState::Done, "answered after all");
    assert_eq!(
        questions.parts.iter().map(|part| part.mark.as_ref().unwrap().at).collect::<Vec<_>>(),
        [at(6), at(4), at(6)]
    );
    let again = Event::Reopened { step: "questions".into(), reason: "it is worse".into() };
    let incident = folded(&[opened(), known(all), entry(7, again)]);
    assert_eq!(view(&incident, "questions").state, StepState::Open);
    let (title, zone) = (String::new(), "UTC".to_owned());
    let drill = folded(&[entry(3, Event::Opened { title, suspected_at: at(3), drill: true, zone })]);
    assert_eq!(ticked(&drill, "freeze"), ["pressed"]);
    assert_eq!(view(&drill, "freeze").state, StepState::Open, "somebody is still to be called");
}

#[test]
fn what_was_done_out_of_order_is_recorded_and_shown() {
    let mut entries = vec![opened(), concerns()];
    assert!(view(&folded(&entries), "sign_out").photographs_first);
    entries.push(part_done("sign_out", "sessions@a"));
    assert!(view(&folded(&entries), "sign_out").photographs_first, "the truth is taken, and the hint stays");
    let reason = "no second phone here".into();
    entries.push(entry(13, Event::Skipped { step: "photograph".into(), reason }));
    assert!(!view(&folded(&entries), "sign_out").photographs_first);
    entries.push(part_done("photograph", "team@a"));
    assert_eq!(view(&folded(&entries), "photograph").state, StepState::Open, "worked on after all");
}

#[test]
fn the_clock_starts_at_the_first_suspicion() {
    let mut entries = vec![opened(), concerns()];
    let incident = folded(&entries);
    assert_eq!((incident.opened_at, incident.suspected_at, incident.elapsed_min(at(20))), (at(3), at(0), 20));
    assert!(view(&incident, "freeze").late);
    entries.push(entry(5, Event::Suspected { at: at(-600) }));
    assert_eq!(folded(&entries).elapsed_min(at(20)), 620);
    entries.push(entry(5, Event::Suspected { at: at(9_999) }));
    assert_eq!(folded(&entries).suspected_at, at(5), "not in the future");
    assert_eq!(folded(&entries).elapsed_min(at(-100)), 0, "a clock set back");
}

#[test]
fn two_people_have_a_next_step_each() {
    let incident = folded(&[opened(), concerns(), answered(Sure::Yes, Entrance::Login, Sure::No)]);
    let steps = incident.steps(playbook::incident(), at(5));
    let next = |lane| view::next(&steps, lane).map(|step| step.step.as_str());
    assert_eq!(next(Some(Lane::Phone)), Some("police_mainland"));
    assert_eq!(next(Some(Lane::Click)), Some("freeze"));
    assert_eq!(next(None), Some("freeze"));
}

#[test]
fn what_cannot_have_happened_is_refused_and_changes_nothing() {
    let entries = [opened(), concerns()];
    let (mut incidents, _) = Incidents::fold(playbook::incident(), &entries);
    let before = incidents.clone();
    let long = "x".repeat(record::TEXT_CHARS_MAX + 1);
    let skip = |reason: &str| Event::Skipped { step: "freeze".into(), reason: reason.into() };
    let attach = |sha256: &str| {
        let (name, sha256) = ("a.png".into(), sha256.into());
        Event::Attached { step: None, name, sha256, bytes: 1, kind: AttachmentKind::Other }
    };
    let wallet = |id: &str| Wallet { id: id.into(), name: String::new(), provider: String::new() };
    let concern = |wallets| Event::Concerns { wallets, regions: vec![] };
    for (event, refused) in [
        (opened().event, Refused::OpenedTwice),
        (skip(" \n"), Refused::NoReason),
        (skip(&long), Refused::TooLong),
        (Event::Skipped { step: "fly".into(), reason: "x".into() }, Refused::UnknownStep("fly".into())),
        (attach("AB"), Refused::NotAHash),
        (attach(&"G".repeat(64)), Refused::NotAHash),
        (Event::TaskDone { task: "1".into() }, Refused::UnknownTask),
        (concern(vec![wallet("a@b")]), Refused::WalletId),
        (concern(vec![wallet("a"); 101]), Refused::TooLong),
        (
            Event::PartDone { step: "sign_out".into(), part: "sessions".into() },
            Refused::UnknownPart { step: "sign_out".into(), part: "sessions".into() },
        ),
    ] {
        assert_eq!(incidents.apply(playbook::incident(), &entry(9, event)), Err(refused));
        assert_eq!(incidents, before);
    }
    let other = Entry { incident: "2".into(), ..entry(9, skip("x")) };
    assert_eq!(incidents.apply(playbook::incident(), &other), Err(Refused::UnknownIncident));
    let zone = "Mars/Olympus".into();
    let event = Event::Opened { title: String::new(), suspected_at: at(0), drill: false, zone };
    let mars = Entry { incident: "2".into(), ..entry(9, event) };
    assert_eq!(incidents.apply(playbook::incident(), &mars), Err(Refused::UnknownZone));
}

#[test]
fn several_incidents_stand_side_by_side() {
    let drill = |id: &str| Entry {
        incident: id.into(),
        ..entry(3, Event::Opened { title: "d".into(), suspected_at: at(0), drill: true, zone: "UTC".into() })
    };
    let (mut incidents, _) = Incidents::fold(playbook::incident(), &[drill("0"), opened(), drill("2")]);
    assert_eq!(incidents.current().unwrap().id, "1", "a real one before a practice run");
    let unsure = Answers { controlled: Some(Sure::Unsure), ..Answers::default() };
    let of_drill = Entry { incident: "2".into(), ..entry(4, Event::Answered { answers: unsure }) };
    incidents.apply(playbook::incident(), &of_drill).unwrap();
    assert!(!incidents.computer_not_trusted(), "a practice run changes no rule");
    incidents.apply(playbook::incident(), &entry(4, Event::Answered { answers: unsure })).unwrap();
    assert!(incidents.computer_not_trusted());
    let closed = entry(5, Event::Closed { reason: "false alarm".into() });
    incidents.apply(playbook::incident(), &closed).unwrap();
    assert!(!incidents.computer_not_trusted());
    assert_eq!(incidents.current().unwrap().id, "2");
    assert_eq!(incidents.apply(playbook::incident(), &part_done("freeze", "pressed")), Err(Refused::Closed));
    let note = Event::Noted { step: None, text: "the bank wrote".into() };
    incidents.apply(playbook::incident(), &entry(6, note)).unwrap();
}

#[test]
fn a_review_makes_tasks_with_dates() {
    let due = jiff::civil::date(2026, 12, 9);
    let add = |text: &str| Event::TaskAdded { task: "t".into(), text: text.into(), due, who: "Mei".into(), of: None };
    let entries = [opened(), entry(9, add("new laptop")), entry(10, add("new laptops"))];
    let incident = folded(&[&entries[..], &[entry(11, Event::TaskDone { task: "t".into() })]].concat());
    assert_eq!(incident.tasks.len(), 1, "the same task said anew");
    assert_eq!((incident.tasks[0].due, incident.tasks[0].done.as_ref().unwrap().at), (due, at(11)));
}

#[test]
fn a_practice_run_keeps_times_and_missed_steps() {
    let mut entries = vec![opened(), concerns(), answered(Sure::No, Entrance::Login, Sure::No)];
    entries.extend(["pressed", "helper"].map(|part| part_done("freeze", part)));
    let score = folded(&entries).score(playbook::incident(), at(14));
    // The answers given in minute 4 are the step.
    assert_eq!(score.done, [("freeze".to_owned(), 1, 10), ("questions".to_owned(), 2, 4)]);
    assert_eq!(
        (score.late, score.missed),
        (vec!["freeze".into(), "questions".into()], vec!["call_providers".into(), "photograph".into()])
    );
}

proptest! {
    /// R69: after a crash at any entry, what was stored is there, and more entries only add to it.
    #[test]
    fn every_prefix_is_an_incident(kinds in prop::collection::vec((0usize..8, 0usize..40), 0..40)) {
        let steps = &playbook::incident().steps;
        let mut entries = vec![opened(), concerns()];
        for (index, (kind, place)) in kinds.into_iter().enumerate() {
            let step = &steps[place % steps.len()];
            let id = step.id.clone();
            let part = format!("{}{}", step.parts[0].id, if step.parts[0].per_wallet { "@a" } else { "" });
            let event = match kind {
                0..=2 => Event::PartDone { step: id, part },
                3 => Event::Skipped { step: id, reason: "r".into() },
                4 => Event::Reopened { step: id, reason: "r".into() },
                5 => Event::Noted { step: Some(id), text: "t".into() },
                6 => Event::Done { step: id, reference: "7".into(), note: String::new() },
                _ => answered(Sure::ALL[place % 3], Entrance::ALL[place % 4], Sure::ALL[place % 2]).event,
            };
            entries.push(entry(i64::try_from(index).unwrap() + 5, event));
        }
        let text = serde_json::to_string(&entries).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Entry>>(&text).unwrap(), entries.clone());
        let mut kept = 0;
        for end in 1..=entries.len() {
            let (incidents, _) = Incidents::fold(playbook::incident(), &entries[..end]);
            let incident = &incidents.list[0];
            prop_assert!(incident.timeline.len() >= kept);
            kept = incident.timeline.len();
            for view in incident.steps(playbook::incident(), at(60)) {
                let settled = view.parts.iter().all(|part| part.mark.is_some());
                prop_assert_eq!(view.state == StepState::Done, settled && view.state != StepState::Skipped);
            }
        }
    }
}
