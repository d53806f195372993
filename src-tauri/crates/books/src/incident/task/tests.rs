use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::document::Language;
use crate::fact::Region;
use crate::incident::{Answers, Entry, Incidents, Sure, Wallet};
use crate::papers::{checklist, record};
use crate::playbook::{self, Lane};

/// 2026-11-18 11:06:40 UTC, and in Shanghai 19:06:40.
fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + minute * 60).unwrap()
}

fn entry(minute: i64, event: Event) -> Entry {
    Entry { incident: "1".into(), at: at(minute), by: "Mei".into(), event }
}

fn opened() -> Vec<Entry> {
    let (title, zone) = ("Payout nobody made".into(), "Asia/Shanghai".into());
    let wallet = |id: &str| Wallet { id: id.into(), name: format!("Shop {id}"), provider: "stripe".into() };
    let wallets = vec![wallet("a"), wallet("s")];
    vec![
        entry(3, Event::Opened { title, suspected_at: at(0), drill: false, zone }),
        entry(3, Event::Concerns { wallets, regions: vec![Region::Mainland] }),
    ]
}

fn add(id: &str, text: &str, due: Date, of: Option<&str>) -> Event {
    Event::TaskAdded { task: id.into(), text: text.into(), due, who: "Li".into(), of: of.map(str::to_owned) }
}

fn done(id: &str) -> Event {
    Event::TaskDone { task: id.into() }
}

fn reopened(id: &str) -> Event {
    Event::TaskReopened { task: id.into() }
}

fn dropped(id: &str, reason: &str) -> Event {
    Event::TaskDropped { task: id.into(), reason: reason.into() }
}

fn closed() -> Event {
    Event::Closed { reason: "over".into() }
}

/// Folds events from minute 10 on, one a minute; none may be refused.
fn folded(events: &[Event]) -> Incident {
    let later = (10..).zip(events).map(|(minute, event)| entry(minute, event.clone()));
    let entries: Vec<Entry> = opened().into_iter().chain(later).collect();
    let (mut incidents, refused) = Incidents::fold(playbook::incident(), &entries);
    assert_eq!(refused, 0, "{events:?}");
    incidents.list.remove(0)
}

fn refusal(before: &[Event], event: Event) -> Refused {
    let later = (10..).zip(before).map(|(minute, event)| entry(minute, event.clone()));
    let entries: Vec<Entry> = opened().into_iter().chain(later).collect();
    let (mut incidents, _) = Incidents::fold(playbook::incident(), &entries);
    let known = incidents.clone();
    let refused = incidents.apply(playbook::incident(), &entry(99, event)).unwrap_err();
    assert_eq!(incidents, known, "refused and nothing changed");
    refused
}

const DAY: Date = date(2026, 12, 9);

#[test]
fn a_task_is_changed_done_taken_back_and_dropped() {
    let incident = folded(&[add("1", "new laptop", DAY, Some("email")), add("2", "ask the bank", DAY, None)]);
    assert_eq!(incident.tasks.iter().map(|task| task.state()).collect::<Vec<_>>(), [TaskState::Open; 2]);
    let later = date(2027, 1, 4);
    let changed = add("1", "two new laptops", later, None);
    let incident =
        folded(&[add("1", "new laptop", DAY, Some("email")), add("2", "ask", DAY, None), changed, done("1")]);
    let task = &incident.tasks[0];
    assert_eq!((task.text.as_str(), task.due, task.of.as_deref()), ("two new laptops", later, Some("email")));
    assert_eq!((task.added.at, task.done.as_ref().unwrap().at, task.state()), (at(10), at(13), TaskState::Done));
    let incident = folded(&[add("1", "a", DAY, None), done("1"), reopened("1"), dropped("1", "sold")]);
    assert_eq!(incident.tasks[0].state(), TaskState::Dropped);
    assert_eq!(incident.tasks[0].settled().unwrap().skipped, "sold");
    let incident = folded(&[add("1", "a", DAY, None), dropped("1", "sold"), reopened("1")]);
    assert_eq!((incident.tasks[0].state(), incident.tasks[0].settled()), (TaskState::Open, None));
}

#[test]
fn what_cannot_be_said_of_a_task_is_refused() {
    let one = [add("1", "a", DAY, None)];
    let settled = [add("1", "a", DAY, None), done("1")];
    assert_eq!(refusal(&[], done("1")), Refused::UnknownTask);
    assert_eq!(refusal(&[], reopened("1")), Refused::UnknownTask);
    assert_eq!(refusal(&one, reopened("1")), Refused::TaskOpen("1".into()));
    for event in [done("1"), dropped("1", "r"), add("1", "b", DAY, None)] {
        assert_eq!(refusal(&settled, event), Refused::TaskSettled("1".into()));
    }
    assert_eq!(refusal(&one, dropped("1", " \n")), Refused::NoReason);
    assert_eq!(refusal(&[], add("1", " ", DAY, None)), Refused::TaskText);
    assert_eq!(refusal(&[], add("1", &"任".repeat(TASK_CHARS_MAX + 1), DAY, None)), Refused::TaskText);
    folded(&[add("1", &"任".repeat(TASK_CHARS_MAX), DAY, None)]);
    let who = "名".repeat(WHO_CHARS_MAX + 1);
    let (task, text) = ("1".into(), "a".into());
    assert_eq!(refusal(&[], Event::TaskAdded { task, text, due: DAY, who, of: None }), Refused::NameTooLong);
    let full: Vec<Event> = (0..TASKS_MAX).map(|id| add(&id.to_string(), "a", DAY, None)).collect();
    assert_eq!(refusal(&full, add("one more", "a", DAY, None)), Refused::TooManyTasks);
    folded(&[full, vec![add("0", "changed all the same", DAY, None)]].concat());
}

/// The review on the thirtieth day may end after the incident was closed.
#[test]
fn a_closed_incident_takes_entries_of_tasks_and_of_no_step() {
    let events = [add("1", "a", DAY, None), closed(), add("2", "b", DAY, None), add("2", "c", DAY, None)];
    let more = [done("1"), reopened("1"), dropped("1", "sold")];
    let incident = folded(&[&events[..], &more[..]].concat());
    assert!(incident.closed.is_some());
    assert_eq!((incident.tasks.len(), incident.tasks[1].text.as_str()), (2, "c"));
    let assigned = Event::Assigned { step: "email".into(), who: "Li".into() };
    let skipped = Event::Skipped { step: "email".into(), reason: "r".into() };
    for event in [assigned, skipped, Event::GoodDay { day: DAY }, closed()] {
        assert_eq!(refusal(&[closed()], event), Refused::Closed);
    }
}

/// Entries as they were written before tasks could be made of something.
#[test]
fn entries_of_old_still_fold() {
    let old = r#"{"incident":"1","at":"2026-11-18T07:00:00Z","by":"Mei","event":"task_added","task":"t","text":"x","due":"2026-12-09","who":""}"#;
    let entry: Entry = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&entry).unwrap(), old, "and nothing is added to them");
    let (incidents, refused) = Incidents::fold(playbook::incident(), &[opened(), vec![entry]].concat());
    assert_eq!((refused, incidents.list[0].tasks[0].of.as_deref()), (0, None));
    // A step that is called otherwise today loses no task.
    let incident = folded(&[add("1", "a", DAY, Some("a_step_of_old/part"))]);
    assert_eq!(incident.tasks.len(), 1);
}

#[test]
fn a_day_is_over_where_the_incident_is() {
    let incident = folded(&[add("1", "a", date(2026, 11, 20), None)]);
    let task = &incident.tasks[0];
    // 15:59 and 16:01 in UTC: the twentieth, and the twenty-first in Shanghai.
    let (before, after): (Timestamp, Timestamp) =
        ("2026-11-20T15:59:00Z".parse().unwrap(), "2026-11-20T16:01:00Z".parse().unwrap());
    assert_eq!((incident.today(before), incident.today(after)), (date(2026, 11, 20), date(2026, 11, 21)));
    let known = |now| (task.is_due(incident.today(now)), task.is_late(incident.today(now)));
    assert_eq!(known("2026-11-19T00:00:00Z".parse().unwrap()), (false, false));
    assert_eq!((known(before), known(after)), ((true, false), (true, true)));
    let done = folded(&[add("1", "a", date(2026, 11, 20), None), done("1")]);
    assert!(!done.tasks[0].is_due(date(2027, 1, 1)) && !done.tasks[0].is_late(date(2027, 1, 1)));
}

#[test]
fn tasks_stand_in_the_order_they_are_looked_at() {
    let (soon, late) = (date(2026, 11, 20), date(2027, 2, 1));
    let events = [
        add("1", "a", late, None),
        add("2", "b", soon, None),
        add("3", "c", soon, None),
        add("4", "d", soon, None),
        add("5", "e", soon, None),
        done("4"),
        dropped("3", "r"),
    ];
    let incident = folded(&events);
    assert_eq!(
        incident.tasks_in_order().iter().map(|task| task.id.as_str()).collect::<Vec<_>>(),
        ["2", "5", "1", "3", "4"]
    );
}

/// Day 7, 14 and 30 in Shanghai; then a week on.
#[test]
fn a_task_is_proposed_for_the_next_review() {
    let incident = folded(&[]);
    let days: Vec<String> = [0, 6 * 1_440, 7 * 1_440, 13 * 1_440, 29 * 1_440, 30 * 1_440]
        .map(|minute| incident.day_for_task(playbook::incident(), at(minute)).to_string())
        .to_vec();
    let wanted = ["2026-11-25", "2026-11-25", "2026-12-02", "2026-12-02", "2026-12-18", "2026-12-25"];
    assert_eq!(days, wanted);
}

fn left(events: &[Event], minute: i64) -> Vec<Left> {
    folded(events).left(playbook::incident(), at(minute))
}

fn of(left: &[Left]) -> Vec<&str> {
    left.iter().map(|left| left.of.as_str()).collect()
}

#[test]
fn what_was_skipped_or_is_open_is_left_for_the_next_review() {
    let week = 7 * 1_440;
    let all = left(&[], week);
    assert!(!of(&all).contains(&"review_30"), "no review comes after it");
    let put_back = all.iter().find(|left| left.of == "put_back").unwrap();
    assert_eq!((put_back.review.as_str(), put_back.due), ("review_14", false), "its turn comes on day 8");
    let email = all.iter().find(|left| left.of == "email").unwrap();
    assert_eq!((email.review.as_str(), email.due, email.state), ("review_7", true, StepState::Open));
    assert_eq!(
        (email.text.en.as_str(), email.text.zh.as_str()),
        ("The mailbox that can reset everything", "能重置一切的邮箱")
    );
    assert!(left(&[], week - 1).iter().all(|left| !left.due), "not before the seventh day");
    let review = all.iter().find(|left| left.of == "review_7").unwrap();
    assert_eq!((review.review.as_str(), review.due), ("review_14", false), "a review is left for the next");

    // Parts, where something was done.
    let part = |part: &str| Event::PartDone { step: "call_providers".into(), part: part.into() };
    let skip = |step: &str, part: &str| {
        let (step, part, reason) = (step.into(), part.into(), "nobody answers".into());
        Event::PartSkipped { step, part, reason }
    };
    let events = [part("called@a"), skip("call_providers", "case@a"), part("called@s")];
    let some: Vec<Left> = left(&events, week).into_iter().filter(|left| left.of.starts_with("call_")).collect();
    assert_eq!(of(&some), ["call_providers/case@a", "call_providers/case@s"]);
    assert_eq!((some[0].state, some[0].reason.as_str()), (StepState::Skipped, "nobody answers"));
    assert_eq!((some[1].state, some[1].reason.as_str()), (StepState::Open, ""));
    let english = "Call every wallet's provider, the fullest wallet first (Shop a): Write down the case number, the name, and \
                   what was not promised.";
    assert_eq!(some[0].text.en, english);
    assert_eq!(
        some[0].text.zh,
        "逐个联系钱包的服务商，余额最多的先打（Shop a）：记下工单号、接待人，以及对方没有答应的事。"
    );
    let duty = left(&[skip("data_duty", "asked")], week).into_iter().find(|left| left.of == "data_duty/asked").unwrap();
    assert!(duty.text.en.starts_with("Is there a duty to report the data? Ask a lawyer"), "{}", duty.text.en);
    assert!(duty.text.zh.starts_with("是否有数据泄露报告义务？今天就问"), "{}", duty.text.zh);

    // A whole step that was skipped, and one that was done.
    let skipped = Event::Skipped { step: "insurer".into(), reason: "no policy".into() };
    let insurer = left(&[skipped], week).into_iter().find(|left| left.of == "insurer").unwrap();
    assert_eq!((insurer.state, insurer.reason.as_str()), (StepState::Skipped, "no policy"));
    let both = ["policy", "notice"].map(|part| Event::PartDone { step: "insurer".into(), part: part.into() });
    assert!(!of(&left(&both, week)).contains(&"insurer"));
}

#[test]
fn what_is_a_task_already_is_not_left() {
    let week = 7 * 1_440;
    let call = |part: &str| Event::PartDone { step: "call_providers".into(), part: part.into() };
    for end in [None, Some(done("1")), Some(dropped("1", "r"))] {
        let whole: Vec<Event> = [Some(add("1", "x", DAY, Some("call_providers"))), end.clone(), Some(call("called@a"))]
            .into_iter()
            .flatten()
            .collect();
        assert!(!of(&left(&whole, week)).iter().any(|of| of.starts_with("call_providers")), "nor its parts: {end:?}");
    }
    // A task of a part leaves the others, each by itself.
    let part = [add("1", "x", DAY, Some("call_providers/case@a"))];
    let rest = ["call_providers/called@a", "call_providers/called@s", "call_providers/case@s"];
    assert_eq!(of(&left(&part, week)).into_iter().filter(|of| of.starts_with("call_")).collect::<Vec<_>>(), rest);
}

/// Every text that is proposed can be kept.
#[test]
fn what_is_left_makes_a_task_that_is_taken() {
    let steps = &playbook::incident().steps;
    let skips = steps.iter().flat_map(|step| {
        let key = |part: &playbook::Part| if part.per_wallet { format!("{}@a", part.id) } else { part.id.clone() };
        let (step, part, reason) = (step.id.clone(), key(&step.parts[0]), "r".to_owned());
        [Event::PartSkipped { step, part, reason }]
    });
    let mut events: Vec<Event> = skips.collect();
    let all = left(&events, 0);
    assert!(all.len() > 60, "{}", all.len());
    for (at, left) in all.iter().enumerate() {
        events.push(add(&format!("en{at}"), &left.text.en, DAY, None));
        events.push(add(&format!("zh{at}"), &left.text.zh, DAY, Some(&left.of)));
    }
    assert_eq!(of(&left(&events, 0)), Vec::<&str>::new());
}

#[test]
fn a_step_has_an_owner_and_stays_as_movable_as_it_was() {
    let assign = |step: &str, who: &str| Event::Assigned { step: step.into(), who: who.into() };
    let incident = folded(&[assign("unplug", " Li Na "), assign("email", "Mei"), assign("email", "Wang")]);
    let owner = |incident: &Incident, step: &str| {
        let views = incident.steps(playbook::incident(), at(20));
        views.into_iter().find(|view| view.step == step).unwrap().owner
    };
    assert_eq!(owner(&incident, "unplug").as_deref(), Some("Li Na"));
    assert_eq!((owner(&incident, "email").as_deref(), owner(&incident, "rotate")), (Some("Wang"), None));
    assert_eq!(incident.names(), [" Li Na ", "Mei", "Wang"].map(str::trim).to_vec());
    assert_eq!(owner(&folded(&[assign("email", "Mei"), assign("email", " ")]), "email"), None);
    // Nobody controls the computer: the step goes, though it had an owner.
    let answers = Answers { controlled: Some(Sure::No), ..Answers::default() };
    let incident = folded(&[assign("unplug", "Li"), Event::Answered { answers }]);
    assert!(incident.steps(playbook::incident(), at(20)).iter().all(|view| view.step != "unplug"));
    assert_eq!(refusal(&[], assign("fly", "Li")), Refused::UnknownStep("fly".into()));
    assert_eq!(refusal(&[], assign("email", &"名".repeat(WHO_CHARS_MAX + 1))), Refused::NameTooLong);
    let reopen = Event::Reopened { step: "email".into(), reason: "r".into() };
    assert_eq!(owner(&folded(&[assign("email", "Mei"), reopen]), "email").as_deref(), Some("Mei"));
    let lanes = |lane| playbook::incident().steps.iter().filter(|step| step.lane == lane).count();
    assert!(lanes(Lane::Phone) > 5 && lanes(Lane::Click) > 5);
}

#[test]
fn papers_tell_who_has_what_and_what_became_of_it() {
    let assign = |who: &str| Event::Assigned { step: "insurer".into(), who: who.into() };
    let incident = folded(&[
        assign("Mei"),
        add("1", "new laptop", DAY, None),
        add("1", "two laptops", DAY, None),
        add("2", "ask the bank", date(2026, 12, 1), None),
        add("3", "old router", DAY, None),
        done("2"),
        dropped("3", "sold"),
        assign(""),
        assign("Wang"),
    ]);
    let paper = |language| record::timeline(&incident, playbook::incident(), language, "").to_text();
    let english = paper(Language::En);
    for lines in [
        "What: Person named\n      Words: Tell the insurer · Mei\n",
        "What: Task\n      Words: new laptop · 2026-12-09 · Li\n",
        "What: Task changed\n      Words: two laptops · 2026-12-09 · Li\n",
        "What: Task done\n      Words: ask the bank\n",
        "What: Task dropped\n      Words: old router · sold\n",
        "What: Nobody named any more\n      Words: Tell the insurer\n",
        "(1)   Task: two laptops\n      By: 2026-12-09\n      Who: Li\n      State: open\n",
        "Who: Li\n      State: Task done · 2026-11-18 19:21:40 UTC+08:00 · Mei\n",
        "Who: Li\n      State: Task dropped · 2026-11-18 19:22:40 UTC+08:00 · Mei · sold\n",
    ] {
        assert!(english.contains(lines), "{lines}\n{english}");
    }
    let chinese = paper(Language::Zh);
    for lines in ["指定负责人\n", "通知保险公司 · Wang\n", "更改任务\n", "取消任务\n", "负责人：Li\n", "状态：未完成\n"]
    {
        assert!(chinese.contains(lines), "{lines}\n{chinese}");
    }
    let list = |language| checklist::write(&incident, playbook::incident(), language, at(20)).to_text();
    let english = list(Language::En);
    assert!(english.contains("— 24 h · phone · Tell the insurer · Wang\n"), "{english}");
    assert!(english.contains("— Tasks\n[ ] two laptops · by 2026-12-09 · Li\n"), "{english}");
    assert!(!english.contains("old router") && !english.contains("ask the bank"), "{english}");
    assert!(list(Language::Zh).contains("— 任务\n[ ] two laptops · 期限 2026-12-09 · Li\n"), "{}", list(Language::Zh));
}

proptest! {
    /// Whatever is written in whatever order: a task is in one state, and folding anew what was taken gives the same.
    #[test]
    fn every_order_of_entries_is_a_state(kinds in prop::collection::vec((0usize..6, 0usize..4), 0..60)) {
        let mut incidents = Incidents::fold(playbook::incident(), &opened()).0;
        let mut taken = opened();
        let mut model: [Option<TaskState>; 4] = [None; 4];
        let mut is_closed = false;
        for (minute, (kind, place)) in (10..).zip(kinds) {
            let id = place.to_string();
            let (event, to) = match (kind, model[place]) {
                (0, None | Some(TaskState::Open)) => (add(&id, "t", DAY, None), Some(TaskState::Open)),
                (0, _) => (add(&id, "t", DAY, None), None),
                (1, Some(TaskState::Open)) => (done(&id), Some(TaskState::Done)),
                (1, _) => (done(&id), None),
                (2, Some(TaskState::Open)) => (dropped(&id, "r"), Some(TaskState::Dropped)),
                (2, _) => (dropped(&id, "r"), None),
                (3, Some(TaskState::Done | TaskState::Dropped)) => (reopened(&id), Some(TaskState::Open)),
                (3, _) => (reopened(&id), None),
                (4, _) => (closed(), model[place].filter(|_| !is_closed)),
                _ => (Event::Resumed { reason: "r".into() }, model[place]),
            };
            let line = entry(minute, event.clone());
            let is_taken = incidents.apply(playbook::incident(), &line).is_ok();
            match event {
                Event::Closed { .. } => {
                    prop_assert_eq!(is_taken, !is_closed);
                    is_closed = true;
                }
                Event::Resumed { .. } => is_closed = false,
                _ => {
                    prop_assert_eq!(is_taken, to.is_some());
                    model[place] = to.or(model[place]);
                }
            }
            if is_taken {
                taken.push(line);
            }
        }
        let incident = &incidents.list[0];
        for (place, state) in model.iter().enumerate() {
            let known = incident.tasks.iter().find(|task| task.id == place.to_string()).map(Task::state);
            prop_assert_eq!(known, *state);
        }
        prop_assert_eq!(incident.tasks_in_order().len(), incident.tasks.len());
        prop_assert_eq!(&Incidents::fold(playbook::incident(), &taken).0, &incidents);
    }
}
