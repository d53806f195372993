use proptest::prelude::*;

use super::*;
use crate::lever::{RETRY_S, run};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn lever(id: &str, kind: Kind, ring: Ring) -> Lever {
    let provider = id.split('.').next().unwrap().to_owned();
    Lever { id: id.into(), provider, wallet: "w".into(), kind, ring, can_be_undone: true }
}

fn queued(lever: Lever) -> Event {
    let (key, undo_key) = (format!("key {}", lever.id), format!("undo {}", lever.id));
    Event::Queued { lever, key, undo_key, at: at(0) }
}

fn api() -> (Board, String) {
    let lever = lever("stripe.links", Kind::Api, Ring::MoneyOut);
    (Board::fold(&[queued(lever.clone())]).0, lever.id)
}

fn state(board: &Board, id: &str) -> State {
    board.pull(id).unwrap().stop.state
}

/// A provider that does what it is told, sometimes says nothing, and counts effects.
#[derive(Default)]
struct Provider {
    effects: BTreeMap<String, u32>,
    value: String,
}

/// How the world treats one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// The call does not arrive.
    NotSent,
    /// It has its effect and the answer is lost.
    AnswerLost,
    /// The program dies before the call, after its event was stored.
    KilledBefore,
    /// The program dies after the effect.
    KilledAfter,
    /// The provider says that it is busy.
    Busy,
}

const FAULTS: [Fault; 6] =
    [Fault::None, Fault::NotSent, Fault::AnswerLost, Fault::KilledBefore, Fault::KilledAfter, Fault::Busy];

impl Provider {
    /// Does it once for each key, as an idempotent API does.
    fn take(&mut self, task: &Task, fault: Fault) -> Option<Answer> {
        match (task, fault) {
            (_, Fault::NotSent | Fault::KilledBefore) => None,
            (_, Fault::Busy) => Some(Answer::Failed),
            (Task::Send { key, .. }, _) => {
                if !self.effects.contains_key(key) {
                    self.effects.insert(key.clone(), 1);
                    self.value = if key.starts_with("undo") { "daily".into() } else { "manual".into() };
                }
                (fault == Fault::None).then_some(Answer::Confirmed)
            }
            (Task::Query { key, .. }, Fault::None) => {
                Some(if self.effects.contains_key(key) { Answer::Confirmed } else { Answer::NotDone })
            }
            (Task::Query { .. }, _) => None,
        }
    }
}

/// The program: stores, calls, stores. After a kill only the stored events are left.
fn step(events: &mut Vec<Event>, provider: &mut Provider, now: Timestamp, fault: Fault) {
    let (mut board, illegal) = Board::fold(&*events);
    assert_eq!(illegal, 0);
    let mut store = |board: &mut Board, event: Event| {
        board.apply(&event).unwrap();
        events.push(event);
    };
    for task in board.tasks(now, false) {
        let (lever, aim, attempt) = match &task {
            Task::Send { lever, aim, attempt, read_prior, .. } => {
                let prior = read_prior.then(|| provider.value.clone());
                store(&mut board, Event::Sent { lever: lever.clone(), aim: *aim, prior, at: now });
                (lever.clone(), *aim, *attempt)
            }
            Task::Query { lever, aim, attempt, .. } => {
                store(&mut board, Event::Queried { lever: lever.clone(), aim: *aim, at: now });
                (lever.clone(), *aim, *attempt)
            }
        };
        let answer = provider.take(&task, fault);
        if matches!(fault, Fault::KilledBefore | Fault::KilledAfter) {
            // What lives in memory is gone; the next start finds the stored events.
            let (fresh, _) = Board::fold(&*events);
            return events.extend(fresh.lost(now, true));
        }
        let answer = answer.unwrap_or(Answer::TimedOut);
        store(&mut board, Event::Answered { lever, aim, attempt, answer, request: Some("req_1".into()), at: now });
    }
}

proptest! {
    /// R66, R67: whatever goes wrong and however often, the provider sees one effect, and nothing is called stopped that is not.
    #[test]
    fn one_effect_whatever_goes_wrong(faults in prop::collection::vec(0usize..FAULTS.len(), 0..14)) {
        let (_, id) = api();
        let mut events = vec![queued(lever("stripe.links", Kind::Api, Ring::MoneyOut))];
        let mut provider = Provider { value: "daily".into(), ..Provider::default() };
        let mut now = 0;
        for fault in faults.into_iter().map(|index| FAULTS[index]).chain([Fault::None; 3]) {
            step(&mut events, &mut provider, at(now), fault);
            let board = Board::fold(&events).0;
            if state(&board, &id) == State::Confirmed {
                prop_assert_eq!(provider.value.as_str(), "manual", "shown as stopped and is not");
            }
            now += 400;
        }
        let board = Board::fold(&events).0;
        prop_assert_eq!(state(&board, &id), State::Confirmed);
        prop_assert_eq!(provider.effects.values().sum::<u32>(), 1);
        let prior = board.pull(&id).unwrap().prior.clone();
        prop_assert!(prior.as_deref() == Some("daily"), "{prior:?}: never a value of ours");

        // And back, with the same care.
        events.push(Event::UndoQueued { lever: id.clone(), by: "owner".into(), at: at(now) });
        for fault in [Fault::AnswerLost, Fault::KilledBefore, Fault::None, Fault::None] {
            step(&mut events, &mut provider, at(now), fault);
            now += 400;
        }
        prop_assert_eq!(provider.value.as_str(), "daily");
        prop_assert_eq!(provider.effects.len(), 2);
    }

    /// Any events in any order: nothing panics, and only a confirmation confirms.
    #[test]
    fn any_events_are_survived(events in prop::collection::vec((0usize..8, 0u32..4, 0usize..5), 0..40)) {
        let answers = Answer::ALL;
        let events: Vec<Event> = events.into_iter().map(|(kind, attempt, answer)| {
            let (lever_id, aim, by) = ("stripe.links".to_owned(), Aim::Stop, "Mei".to_owned());
            match kind {
                0 => queued(lever("stripe.links", Kind::Api, Ring::MoneyOut)),
                1 => Event::SecondRing { by, at: at(1) },
                2 => Event::Sent { lever: lever_id, aim, prior: None, at: at(2) },
                3 => Event::Queried { lever: lever_id, aim, at: at(3) },
                4 => Event::Answered { lever: lever_id, aim, attempt, answer: answers[answer], request: None, at: at(4) },
                5 => Event::Again { lever: lever_id, aim, by, at: at(5) },
                6 => Event::UndoQueued { lever: lever_id, by, at: at(6) },
                _ => Event::Said {
                    lever: lever_id, aim, word: Word::Confirmed, by, reference: String::new(), seen: " ".into(),
                    prior: String::new(), at: at(7),
                },
            }
        }).collect();
        let (board, _) = Board::fold(&events);
        let confirms = events.iter().any(|event| matches!(event, Event::Answered { answer: Answer::Confirmed, .. }));
        prop_assert!(confirms || board.pulls().iter().all(|pull| pull.stop.state != State::Confirmed));
        let stored = serde_json::to_string(&events).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Event>>(&stored).unwrap(), events);
    }
}

/// R66: no answer is not done, and is asked for before anything is sent again.
#[test]
fn a_timeout_is_unknown_and_is_asked_for() {
    let (mut board, id) = api();
    let task = board.tasks(at(0), false).remove(0);
    assert!(matches!(&task, Task::Send { read_prior: true, attempt: 1, .. }));
    board.apply(&Event::Sent { lever: id.clone(), aim: Aim::Stop, prior: None, at: at(0) }).unwrap();
    assert_eq!(state(&board, &id), State::InFlight);
    assert_eq!(board.lost(at(19), false), [], "it may still answer");
    let lost = board.lost(at(20), false);
    assert_eq!(lost.len(), 1);
    board.apply(&lost[0]).unwrap();
    assert_eq!(state(&board, &id), State::Unknown);
    assert_eq!(board.summary(at(20)).confirmed, 0);
    assert!(board.apply(&Event::Sent { lever: id.clone(), aim: Aim::Stop, prior: None, at: at(30) }).is_err());
    let asked = board.tasks(at(25), false).remove(0);
    assert_eq!(asked, Task::Query { lever: id, aim: Aim::Stop, key: "key stripe.links".into(), attempt: 2 });
}

/// R66: a question that fails leaves the effect as unknown as it was.
#[test]
fn a_failed_question_is_not_a_failed_lever() {
    let (mut board, id) = api();
    let answered = |attempt, answer, second| Event::Answered {
        lever: "stripe.links".into(),
        aim: Aim::Stop,
        attempt,
        answer,
        request: None,
        at: at(second),
    };
    for event in [
        Event::Sent { lever: id.clone(), aim: Aim::Stop, prior: None, at: at(0) },
        answered(1, Answer::TimedOut, 20),
        Event::Queried { lever: id.clone(), aim: Aim::Stop, at: at(25) },
        answered(2, Answer::Failed, 26),
    ] {
        board.apply(&event).unwrap();
    }
    assert_eq!(state(&board, &id), State::Unknown);
    // The answer to the first call comes after all.
    board.apply(&answered(1, Answer::Refused, 27)).unwrap();
    assert_eq!(state(&board, &id), State::Unknown, "what an old call was told no longer counts");
    board.apply(&answered(1, Answer::Confirmed, 28)).unwrap();
    assert_eq!(state(&board, &id), State::Confirmed);
    board.apply(&answered(2, Answer::TimedOut, 29)).unwrap();
    assert_eq!(state(&board, &id), State::Confirmed, "what is confirmed stays so");
    assert_eq!(board.apply(&answered(3, Answer::Confirmed, 30)), Err(Illegal::State), "no such call was made");
}

/// R68: 5 s, 15 s, 45 s, 2 min, then about 5 min, for a day; then a person is told.
#[test]
fn tries_follow_the_schedule_for_a_day() {
    let (mut board, id) = api();
    let (mut now, mut waits) = (0, Vec::new());
    while let Some(task) = board.tasks(at(now), false).pop() {
        let Task::Send { attempt, key, .. } = task else { panic!("it certainly failed each time") };
        assert_eq!(key, "key stripe.links", "one key for all tries");
        board.apply(&Event::Sent { lever: id.clone(), aim: Aim::Stop, prior: None, at: at(now) }).unwrap();
        let answer = Answer::Failed;
        let request = None;
        let failed = Event::Answered { lever: id.clone(), aim: Aim::Stop, attempt, answer, request, at: at(now) };
        board.apply(&failed).unwrap();
        let Some(due) = board.next_due(at(now)) else { break };
        assert!(board.tasks(due - SignedDuration::from_secs(1), false).is_empty());
        waits.push(due.duration_since(at(now)).as_secs());
        now += waits.last().unwrap();
    }
    assert_eq!(waits[..4], RETRY_S);
    let later = run::RETRY_EVERY_S - run::JITTER_S..=run::RETRY_EVERY_S + run::JITTER_S;
    assert!(waits[4..].iter().all(|wait| later.contains(wait)));
    assert!(waits[4..].iter().collect::<std::collections::BTreeSet<_>>().len() > 20, "not in step with others");
    assert!((280..330).contains(&waits.len()), "{}", waits.len());
    assert_eq!(board.summary(at(86_400)).needs_person, 1);
    assert_eq!(board.tasks(at(200_000), true), []);
    board.apply(&Event::Again { lever: id.clone(), aim: Aim::Stop, by: "owner".into(), at: at(200_000) }).unwrap();
    assert_eq!(board.tasks(at(200_400), false).len(), 1);
    assert_eq!(board.summary(at(200_400)).needs_person, 0);
}

/// R68: at once when the network returns, and when the clock was set back.
#[test]
fn a_returning_network_wakes_it() {
    let (mut board, id) = api();
    board.apply(&Event::Sent { lever: id.clone(), aim: Aim::Stop, prior: None, at: at(0) }).unwrap();
    let (answer, request) = (Answer::Failed, None);
    board.apply(&Event::Answered { lever: id, aim: Aim::Stop, attempt: 1, answer, request, at: at(0) }).unwrap();
    assert_eq!(board.tasks(at(1), false), []);
    assert_eq!(board.tasks(at(1), true).len(), 1);
    assert_eq!(board.tasks(at(-400 * 86_400), false).len(), 1, "not in a year");
}

/// Money out first; selling only after a person saw what it costs.
#[test]
fn the_second_ring_needs_a_further_act() {
    let selling = queued(lever("paypal.plans", Kind::Api, Ring::StopSelling));
    let mut board = Board::default();
    assert_eq!(board.apply(&selling), Err(Illegal::SecondRing));
    assert_eq!(board.apply(&Event::SecondRing { by: " ".into(), at: at(0) }), Err(Illegal::NoProof));
    board.apply(&Event::SecondRing { by: "owner".into(), at: at(1) }).unwrap();
    board.apply(&selling).unwrap();
    assert_eq!(board.apply(&selling), Err(Illegal::TwiceQueued));
}

fn said(word: Word, by: &str, reference: &str, seen: &str) -> Event {
    let (lever, by, reference, seen) = ("alipay.call".into(), by.into(), reference.into(), seen.into());
    Event::Said { lever, aim: Aim::Stop, word, by, reference, seen, prior: String::new(), at: at(60) }
}

/// A call counts as made when somebody says who confirmed it and under which number, and not before.
#[test]
fn a_manual_lever_is_confirmed_by_a_person_with_proof() {
    let call = lever("alipay.call", Kind::Manual, Ring::MoneyOut);
    let mut board = Board::fold(&[queued(call)]).0;
    assert_eq!(board.tasks(at(0), true), [], "no program pulls it");
    assert_eq!(board.calls_to_make(), 1);
    for (by, reference, seen) in [("", "12", ""), ("Mei", "", ""), ("Mei", " ", "\n")] {
        assert_eq!(board.apply(&said(Word::Confirmed, by, reference, seen)), Err(Illegal::NoProof));
    }
    let long = "x".repeat(TEXT_CHARS_MAX + 1);
    assert_eq!(board.apply(&said(Word::Confirmed, "Mei", "12", &long)), Err(Illegal::TooLong));
    let sent = Event::Sent { lever: "alipay.call".into(), aim: Aim::Stop, prior: None, at: at(1) };
    assert_eq!(board.apply(&sent), Err(Illegal::Manual));
    board.apply(&said(Word::Asked, "Mei", "", "on the line")).unwrap();
    assert_eq!(state(&board, "alipay.call"), State::InFlight);
    assert_eq!(board.calls_to_make(), 1, "asked is not stopped");
    assert_eq!(board.lost(at(90_000), true), [], "a person's call does not time out");
    board.apply(&said(Word::Confirmed, "Mei", "case 12", "")).unwrap();
    let pull = board.pull("alipay.call").unwrap();
    assert_eq!((pull.stop.reference.as_str(), pull.stop.seen.as_str()), ("case 12", "on the line"));
    assert_eq!(board.calls_to_make(), 0);
    assert!(board.stopped_providers()["alipay"]);
    assert_eq!(board.apply(&said(Word::Failed, "Mei", "", "")), Err(Illegal::State));
}

#[test]
fn a_provider_is_stopped_when_all_its_levers_are() {
    let mut board = api().0;
    board.apply(&queued(lever("stripe.call", Kind::Manual, Ring::MoneyOut))).unwrap();
    assert!(!board.stopped_providers()["stripe"]);
    let word = |id: &str| Event::Said {
        lever: id.into(),
        aim: Aim::Stop,
        word: Word::Confirmed,
        by: "Mei".into(),
        reference: String::new(),
        seen: "manual".into(),
        prior: String::new(),
        at: at(5),
    };
    let asked = Event::Said {
        lever: "stripe.links".into(),
        aim: Aim::Stop,
        word: Word::Asked,
        by: "Mei".into(),
        reference: String::new(),
        seen: String::new(),
        prior: String::new(),
        at: at(4),
    };
    assert_eq!(board.apply(&asked), Err(Illegal::State), "the program asks there itself");
    board.apply(&word("stripe.call")).unwrap();
    assert!(!board.stopped_providers()["stripe"]);
    board.apply(&word("stripe.links")).unwrap();
    assert!(board.stopped_providers()["stripe"], "a person may see what the API did not say");
}

#[test]
fn levers_are_put_back_one_by_one_and_only_where_that_was_said() {
    let final_one = Lever { can_be_undone: false, ..lever("paypal.void", Kind::Manual, Ring::MoneyOut) };
    let others = ["a.one", "a.two"].map(|id| queued(lever(id, Kind::Manual, Ring::MoneyOut)));
    let mut board = Board::fold(&[queued(final_one)]).0;
    others.iter().for_each(|event| board.apply(event).unwrap());
    let undo = |id: &str, by: &str| Event::UndoQueued { lever: id.into(), by: by.into(), at: at(9) };
    assert_eq!(board.apply(&undo("a.one", "owner")), Err(Illegal::State), "it never had an effect");
    for id in ["paypal.void", "a.one", "a.two"] {
        let mut event = said(Word::Confirmed, "Mei", "1", "");
        if let Event::Said { lever, .. } = &mut event {
            *lever = id.into();
        }
        board.apply(&event).unwrap();
    }
    assert_eq!(board.apply(&undo("paypal.void", "owner")), Err(Illegal::NoUndo));
    assert_eq!(board.apply(&undo("nobody", "owner")), Err(Illegal::UnknownLever));
    assert_eq!(board.apply(&undo("a.one", "")), Err(Illegal::NoProof));
    board.apply(&undo("a.one", "owner")).unwrap();
    assert_eq!(board.apply(&undo("a.two", "owner")), Err(Illegal::OneByOne));
}

/// R67: a key belongs to one freeze, one lever and one aim.
#[test]
fn keys_are_made_of_what_they_are_for() {
    use crate::freeze::FreezeId;
    use crate::lever::key_message;
    let (one, two) = (FreezeId::from_bytes([1; 16]), FreezeId::from_bytes([2; 16]));
    let all = [
        key_message(&one, "a", Aim::Stop),
        key_message(&one, "a", Aim::Undo),
        key_message(&one, "b", Aim::Stop),
        key_message(&two, "a", Aim::Stop),
    ];
    let different: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}

/// Without the value it had, a program cannot put a lever back; a person can.
#[test]
fn without_the_prior_value_a_person_puts_it_back() {
    let (mut board, id) = api();
    board.apply(&Event::Sent { lever: id.clone(), aim: Aim::Stop, prior: None, at: at(0) }).unwrap();
    let (answer, request) = (Answer::Confirmed, None);
    board
        .apply(&Event::Answered { lever: id.clone(), aim: Aim::Stop, attempt: 1, answer, request, at: at(1) })
        .unwrap();
    board.apply(&Event::UndoQueued { lever: id, by: "owner".into(), at: at(2) }).unwrap();
    assert_eq!(board.tasks(at(400), true), []);
}
