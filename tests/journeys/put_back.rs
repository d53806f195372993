//! After the freeze: what was stopped at the providers is put back one by one, or left with a reason, and not forgotten.

use purser_app::contract::{Command, EmergencyCommand};
use purser_app::freeze::PutBackView;
use purser_app::import::JobControl;
use purser_app::incident::{IncidentView, LeverSaid};
use purser_app::{Code, LockCause, Purser};
use purser_books::door::DoorCode;
use purser_books::lever::{PutBack, Returned, Word};
use purser_tests::profile::log_in;
use purser_tests::statements::paypal_sales;
use purser_tests::{Cli, MovingClock, Profile};
use serde_json::Value;

use crate::kills::{kill, later};
use crate::people::{import, ready};
use crate::tasks::levers_left;
use crate::unfreeze::end_freeze;

const REQUEST: &str = "paypal.freeze_request@1";
const CALL: &str = "paypal.call_us@1";
/// Cannot be put back.
const REPORT: &str = "paypal.report_payments@1";

fn said(lever: &str, word: Word, seen: &str) -> LeverSaid {
    let (lever, seen) = (lever.to_owned(), seen.to_owned());
    LeverSaid { lever, word, reference: String::new(), seen, prior: String::new(), at: None, undone: false }
}

fn undone(lever: &str, word: Word, seen: &str) -> LeverSaid {
    LeverSaid { undone: true, ..said(lever, word, seen) }
}

async fn refused(purser: &Purser, said: LeverSaid) -> (Code, String) {
    let error = purser.say_lever(None, said).await.unwrap_err();
    (error.code, error.detail)
}

fn back(incident: &IncidentView, lever: &str) -> Option<PutBackView> {
    incident.levers.iter().find(|view| view.lever == lever).unwrap().put_back.clone()
}

fn returned(done: usize, of: usize, open: usize, cannot: usize) -> Option<Returned> {
    Some(Returned { done, of, open, cannot })
}

/// How many levers the security page says are not put back; `None` = it says nothing.
async fn door(purser: &Purser) -> Option<String> {
    let doors = purser.security().await.unwrap().doors;
    doors.into_iter().find(|door| door.code == DoorCode::NotPutBack).map(|door| door.detail)
}

/// Frozen, with three levers confirmed at one wallet.
async fn stopped(computer: &Profile, clock: &MovingClock) -> Purser {
    let purser = ready(computer, clock).await;
    let file = computer.write("paypal.csv", paypal_sales(1, 3, "Jane Roe"));
    import(&purser, &[&file]).await.unwrap();
    purser.freeze().await.unwrap();
    let prior = "daily, to the account ending 4471".to_owned();
    let request = LeverSaid { prior, ..said(REQUEST, Word::Confirmed, "payouts held") };
    purser.say_lever(None, request).await.unwrap();
    for lever in [CALL, REPORT] {
        purser.say_lever(None, said(lever, Word::Confirmed, "they said so")).await.unwrap();
    }
    purser
}

#[tokio::test(flavor = "multi_thread")]
async fn levers_are_put_back_one_by_one_after_the_freeze() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = stopped(&computer, &clock).await;
    // While it goes on, nothing is put back, and the refusal says what comes first.
    let (code, detail) = refused(&purser, undone(REQUEST, Word::Confirmed, "daily again")).await;
    assert!(code == Code::Frozen && detail.contains("purser unfreeze"), "{code:?} {detail}");
    assert_eq!(purser.leave_lever(None, REQUEST, "a reason").await.unwrap_err().code, Code::Frozen);
    let frozen = purser.incident(None).await.unwrap();
    assert!(frozen.put_back.is_none() && back(&frozen, REQUEST).is_none());
    assert_eq!((door(&purser).await, frozen.calls_to_make), (None, 0));

    end_freeze(&purser, &clock).await;
    let over = purser.incident(None).await.unwrap();
    assert_eq!((over.put_back, door(&purser).await), (returned(0, 2, 2, 1), Some("2".to_owned())));
    let request = over.levers.iter().find(|lever| lever.lever == REQUEST).unwrap();
    assert_eq!(request.prior.as_deref(), Some("daily, to the account ending 4471"));
    assert_eq!(back(&over, REQUEST).unwrap().state, PutBack::Open);
    assert_eq!(back(&over, "purser.freeze").unwrap().state, PutBack::Done, "the end of the freeze put it back");
    let cannot = back(&over, REPORT).unwrap();
    let pulled = over.levers.iter().find(|lever| lever.lever == REPORT).unwrap().at.unwrap();
    assert!(cannot.state == PutBack::Cannot && cannot.known_since <= pulled, "said before it was pulled");

    // Asked, tried and refused are not put back; nothing is without what it rests on.
    for (word, state) in
        [(Word::Asked, PutBack::Asked), (Word::Failed, PutBack::Failed), (Word::Refused, PutBack::Refused)]
    {
        let told = purser.say_lever(None, undone(REQUEST, word, "")).await.unwrap();
        assert_eq!((back(&told, REQUEST).unwrap().state, told.put_back), (state, returned(0, 2, 2, 1)), "{word:?}");
    }
    assert_eq!(refused(&purser, undone(REQUEST, Word::Confirmed, " ")).await.0, Code::Invalid);
    assert_eq!(refused(&purser, undone(REPORT, Word::Confirmed, "it is")).await.1, "this lever cannot be put back");
    let never = "paypal.help_china@1";
    assert_eq!(refused(&purser, undone(never, Word::Confirmed, "it is")).await.0, Code::Invalid, "never pulled");

    let done = purser.say_lever(None, undone(REQUEST, Word::Confirmed, "daily again")).await.unwrap();
    let told = back(&done, REQUEST).unwrap();
    assert_eq!((told.state, told.by.as_str(), told.seen.as_str()), (PutBack::Done, "owner", "daily again"));
    assert_eq!((done.put_back, door(&purser).await), (returned(1, 2, 1, 1), Some("1".to_owned())));
    assert_eq!(refused(&purser, undone(REQUEST, Word::Failed, "")).await.0, Code::Invalid, "it is put back");

    // What stays as it is needs a reason, and is no open door any more.
    assert_eq!(purser.leave_lever(None, CALL, " ").await.unwrap_err().code, Code::Invalid);
    assert_eq!(purser.leave_lever(None, REPORT, "it has to").await.unwrap_err().code, Code::Invalid);
    let left = purser.leave_lever(None, CALL, "PayPal keeps watching it").await.unwrap();
    let told = back(&left, CALL).unwrap();
    assert_eq!((told.state, told.seen.as_str()), (PutBack::Stays, "PayPal keeps watching it"));
    assert_eq!((left.put_back, door(&purser).await), (returned(1, 2, 0, 1), None));

    let rows = purser.audit_rows(crate::audit::of("lever_said"), 20).await.unwrap();
    let told: Vec<(&str, &Value)> = rows.iter().map(|row| (row.target.as_str(), &row.detail["said"])).collect();
    assert_eq!(told[0], (CALL, &"stays".into()));
    assert_eq!(rows[0].detail["reason"], "PayPal keeps watching it");
    assert_eq!((told[1], &rows[1].detail["undone"]), ((REQUEST, &"confirmed".into()), &true.into()));
    assert!(purser.audit_verify(None).await.unwrap().ok);
    purser.lock(LockCause::Asked).await;
}

/// A closed incident is not forgotten either; a practice run stopped nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_stopped_outlives_its_incident() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = stopped(&computer, &clock).await;
    let id = purser.incident(None).await.unwrap().id;
    let close = Command::Emergency(EmergencyCommand::CloseIncident { id: None, reason: "paid back".to_owned() });
    purser.run(close, &JobControl::default()).await.unwrap();
    assert_eq!(purser.incidents().await.unwrap()[0].put_back, None, "still frozen");
    end_freeze(&purser, &clock).await;
    assert_eq!(purser.incidents().await.unwrap()[0].put_back, returned(0, 2, 2, 1));
    assert_eq!(door(&purser).await.as_deref(), Some("2"));
    purser.say_lever(Some(&id), undone(REQUEST, Word::Confirmed, "daily again")).await.unwrap();
    purser.leave_lever(Some(&id), CALL, "it may stay").await.unwrap();
    assert_eq!(purser.incidents().await.unwrap()[0].put_back, returned(1, 2, 0, 1));
    assert_eq!(door(&purser).await, None);

    // A suspicion without a freeze is over when it is closed.
    purser.open_incident("odd login", None).await.unwrap();
    let told = purser.say_lever(None, said(REQUEST, Word::Confirmed, "held")).await.unwrap();
    assert_eq!((told.put_back, door(&purser).await), (None, None), "it goes on");
    let close = Command::Emergency(EmergencyCommand::CloseIncident { id: None, reason: "all ours".to_owned() });
    purser.run(close, &JobControl::default()).await.unwrap();
    assert_eq!(door(&purser).await.as_deref(), Some("1"));

    purser.drill().await.unwrap();
    let drill = purser.say_lever(None, said(REQUEST, Word::Confirmed, "as if")).await.unwrap();
    assert!(drill.drill && drill.put_back.is_none());
    assert_eq!(refused(&purser, undone(REQUEST, Word::Confirmed, "as if")).await.0, Code::Invalid);
    purser.end_practice(None).await.unwrap();
    assert_eq!(door(&purser).await.as_deref(), Some("1"), "of the real one alone");
    purser.lock(LockCause::Asked).await;
}

/// The thief came back while the incident was open: what was put back runs, and is a call to make again.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_back_is_stopped_again_in_the_next_freeze() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = stopped(&computer, &clock).await;
    end_freeze(&purser, &clock).await;
    for lever in [REQUEST, CALL] {
        purser.say_lever(None, undone(lever, Word::Confirmed, "runs again")).await.unwrap();
    }
    // The wallet's one confirmed lever that cannot be put back still stops money.
    assert_eq!(purser.freeze().await.unwrap().calls_to_make, 0);
    let told = purser.say_lever(None, said(REQUEST, Word::Asked, "on the line")).await.unwrap();
    let lever = told.levers.iter().find(|lever| lever.lever == REQUEST).unwrap();
    assert_eq!((lever.state, &lever.put_back.is_none()), (purser_books::lever::State::InFlight, &true));
    purser.lock(LockCause::Asked).await;
}

/// Killed in between, it is said with its row of the log or not at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_word_is_none() {
    let computer = Profile::locked();
    kill("put_back", "incident.added@5", computer.folder(), &computer.write("paypal.csv", paypal_sales(1, 3, "X")));
    let clock = later();
    clock.pass_s(3_600);
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let incident = purser.incident(None).await.unwrap();
    assert_eq!(incident.put_back, returned(0, 2, 2, 1));
    assert_eq!(back(&incident, REQUEST).unwrap().state, PutBack::Open);
    let rows = purser.audit_rows(crate::audit::of("lever_said"), 20).await.unwrap();
    assert_eq!(rows.len(), 3);
    assert!(purser.audit_verify(None).await.unwrap().ok);
    purser.lock(LockCause::Asked).await;
}

/// What the killed child does: three levers, the end of the freeze, and the word it is killed in.
pub async fn stop_and_put_back(purser: &Purser, file: &str, clock: &MovingClock) {
    import(purser, &[file]).await.unwrap();
    purser.freeze().await.unwrap();
    for lever in [REQUEST, CALL, REPORT] {
        purser.say_lever(None, said(lever, Word::Confirmed, "held")).await.unwrap();
    }
    end_freeze(purser, clock).await;
    purser.say_lever(None, undone(REQUEST, Word::Confirmed, "runs again")).await.unwrap();
}

/// In both languages, with what it was before, where to put it back, and how far it is.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_says_what_is_put_back() {
    let mut computer = Profile::locked();
    let clock = MovingClock::starting_now();
    // Half an hour ago, so that the codes of the command line come later.
    clock.set_wall_by_s(-1_800);
    let purser = stopped(&computer, &clock).await;
    end_freeze(&purser, &clock).await;
    purser.lock(LockCause::Asked).await;
    drop(purser);
    computer.unlock();
    let cli: Cli = computer.cli().clone();
    let shown = cli.json(["incident", "show"]);
    assert_eq!(shown["put_back"], serde_json::json!({ "done": 0, "of": 2, "open": 2, "cannot": 1 }));
    let printed = cli.run(["incident", "show"]).expect_code(0).stdout;
    for known in ["0 of 2 put back.", "daily, to the account ending 4471", "NOT put back", "cannot be put back"] {
        assert!(printed.contains(known), "{known}\n{printed}");
    }
    // A review makes tasks of what is not put back; what cannot be is none.
    let undo = |lever: &str| format!("{lever}/undo");
    assert_eq!(levers_left(&shown), [undo(REQUEST), undo(CALL)]);
    let made = cli.json(["incident", "task", "add", "--of", &undo(CALL)]);
    assert_eq!(made["tasks"][0]["text"], "Put back (PayPal): Call PayPal (United States)");
    assert_eq!(levers_left(&made), [undo(REQUEST)]);
    cli.run(["incident", "task", "add", "--of", &undo(CALL)]).expect_code(2);
    cli.run(["incident", "task", "add", "--of", &undo(REPORT)]).expect_code(2);
    cli.run(["incident", "lever", REQUEST, "--undone", "--confirmed"]).expect_code(2);
    cli.json(["incident", "lever", REQUEST, "--undone", "--confirmed", "--ref", "PP-9"]);
    cli.run(["incident", "lever", CALL, "--stays", ""]).expect_code(2);
    assert_eq!(levers_left(&cli.json(["incident", "show"])), Vec::<String>::new(), "it was put back");
    let left = cli.json(["incident", "lever", CALL, "--stays", "watched"]);
    assert_eq!(left["put_back"], serde_json::json!({ "done": 1, "of": 2, "open": 0, "cannot": 1 }));
    let printed = cli.run(["--lang", "zh-CN", "incident", "show"]).expect_code(0).stdout;
    for known in ["已恢复 1 / 2 项。", "维持现状", "无法恢复", "已不再停用", "PP-9", "watched"] {
        assert!(printed.contains(known), "{known}\n{printed}");
    }
    let list = cli.run(["incident", "list"]).expect_code(0).stdout;
    assert!(list.contains("1 / 2"), "{list}");
}
