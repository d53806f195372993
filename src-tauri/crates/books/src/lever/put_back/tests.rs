use super::*;
use crate::lever::{Aim, Event, Lever, Ring, Word, calls_to_make};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn lever(id: &str, wallet: &str) -> Lever {
    let provider = id.split('.').next().unwrap().to_owned();
    let (kind, ring) = (Kind::Manual, Ring::MoneyOut);
    Lever { id: format!("{id}@{wallet}"), provider, wallet: wallet.into(), kind, ring, can_be_undone: true }
}

fn queued(lever: &Lever) -> Event {
    Event::Queued { lever: lever.clone(), key: format!("k {}", lever.id), undo_key: "u".into(), at: at(0) }
}

fn said(lever: &str, aim: Aim, word: Word, seen: &str, prior: &str) -> Event {
    let (lever, by, seen, prior) = (lever.to_owned(), "Mei".to_owned(), seen.to_owned(), prior.to_owned());
    Event::Said { lever, aim, word, by, reference: String::new(), seen, prior, at: at(60) }
}

fn stays(lever: &str, by: &str, reason: &str) -> Event {
    Event::Stays { lever: lever.into(), by: by.into(), reason: reason.into(), at: at(90) }
}

fn undo(lever: &str) -> Event {
    Event::UndoQueued { lever: lever.into(), by: "owner".into(), at: at(80) }
}

/// A board of these levers, each confirmed.
fn pulled(levers: &[Lever]) -> Board {
    let mut board = Board::fold(&levers.iter().map(queued).collect::<Vec<_>>()).0;
    for lever in levers {
        board.apply(&said(&lever.id, Aim::Stop, Word::Confirmed, "held", "daily")).unwrap();
    }
    board
}

fn state(board: &Board, lever: &str) -> Option<PutBack> {
    board.pull(lever).unwrap().put_back()
}

/// Whatever is said on the way, only a person who saw it makes it put back.
#[test]
fn it_is_put_back_when_somebody_saw_it() {
    let one = lever("stripe.payouts", "1");
    let (mut board, id) = (pulled(std::slice::from_ref(&one)), one.id.as_str());
    assert_eq!((state(&board, id), board.pull(id).unwrap().prior.as_deref()), (Some(PutBack::Open), Some("daily")));
    let early = said(id, Aim::Undo, Word::Confirmed, "daily again", "");
    assert_eq!(board.apply(&early), Err(Illegal::State), "begun first");
    board.apply(&undo(id)).unwrap();
    assert_eq!(state(&board, id), Some(PutBack::Open), "begun is nothing said");
    for (word, wanted) in
        [(Word::Asked, PutBack::Asked), (Word::Failed, PutBack::Failed), (Word::Refused, PutBack::Refused)]
    {
        board.apply(&said(id, Aim::Undo, word, "", "")).unwrap();
        assert_eq!((state(&board, id), board.pull(id).unwrap().is_stopped()), (Some(wanted), true), "{word:?}");
        assert_eq!(board.returned(), Returned { done: 0, of: 1, open: 1, cannot: 0 });
    }
    assert_eq!(board.apply(&said(id, Aim::Undo, Word::Confirmed, " ", "")), Err(Illegal::NoProof));
    board.apply(&said(id, Aim::Undo, Word::Confirmed, "daily again", "")).unwrap();
    assert_eq!((state(&board, id), board.pull(id).unwrap().is_stopped()), (Some(PutBack::Done), false));
    assert_eq!(board.returned(), Returned { done: 1, of: 1, open: 0, cannot: 0 });
    assert_eq!((board.summary(at(0)).confirmed, board.stopped_providers()["stripe"]), (0, false));
    assert_eq!(board.apply(&stays(id, "owner", "why not")), Err(Illegal::State), "nothing is left to leave");
}

/// Purser's own lever, what was never pulled, and what cannot be put back are not counted among what can.
#[test]
fn only_what_was_stopped_is_put_back() {
    let (one, two) = (lever("a.one", "1"), lever("a.two", "1"));
    let last = Lever { can_be_undone: false, ..lever("a.last", "1") };
    let own = Lever { kind: Kind::Local, ..lever("purser.freeze", "") };
    let mut board = pulled(&[one.clone(), last.clone(), own.clone()]);
    board.apply(&queued(&two)).unwrap();
    let states = [&one, &two, &last, &own].map(|lever| state(&board, &lever.id));
    assert_eq!(states, [Some(PutBack::Open), None, Some(PutBack::Cannot), None]);
    assert_eq!(board.returned(), Returned { done: 0, of: 1, open: 1, cannot: 1 });
    assert_eq!(board.pull(&last.id).unwrap().queued, at(0), "since when that was said");
    assert_eq!(board.apply(&stays(&last.id, "owner", "it has to")), Err(Illegal::NoUndo));
    assert_eq!(board.apply(&stays(&two.id, "owner", "why")), Err(Illegal::State), "nothing was stopped");
}

#[test]
fn what_stays_as_it_is_needs_a_name_and_a_reason_and_can_be_thought_over() {
    let one = lever("a.one", "1");
    let (mut board, id) = (pulled(std::slice::from_ref(&one)), one.id.as_str());
    for (by, reason) in [("", "we like it"), ("owner", " \n")] {
        assert_eq!(board.apply(&stays(id, by, reason)), Err(Illegal::NoReason));
    }
    assert_eq!(board.apply(&stays(id, "owner", &"x".repeat(TEXT_CHARS_MAX + 1))), Err(Illegal::TooLong));
    assert_eq!(board.apply(&stays("a.none", "owner", "why")), Err(Illegal::UnknownLever));
    board.apply(&stays(id, "owner", " by hand from now on ")).unwrap();
    let stay = board.pull(id).unwrap().stays.clone().unwrap();
    assert_eq!((stay.by.as_str(), stay.reason.as_str(), stay.at), ("owner", "by hand from now on", at(90)));
    assert_eq!(board.returned(), Returned { done: 0, of: 1, open: 0, cannot: 0 });
    assert!(board.pull(id).unwrap().is_stopped());
    assert_eq!(board.apply(&stays(id, "owner", "again")), Err(Illegal::State));
    board.apply(&undo(id)).unwrap();
    assert_eq!((state(&board, id), board.pull(id).unwrap().stays.is_none()), (Some(PutBack::Open), true));
}

/// A provider that takes its time holds nobody up at another; what was begun and of which nothing was said does.
#[test]
fn a_call_that_was_made_does_not_hold_up_the_next() {
    let (one, two) = (lever("a.one", "1"), lever("b.one", "2"));
    let mut board = pulled(&[one.clone(), two.clone()]);
    board.apply(&undo(&one.id)).unwrap();
    assert_eq!(board.apply(&undo(&two.id)), Err(Illegal::OneByOne));
    board.apply(&said(&one.id, Aim::Undo, Word::Asked, "", "")).unwrap();
    board.apply(&undo(&two.id)).unwrap();
}

/// The thief came back: what was put back is pulled again, from the beginning.
#[test]
fn what_was_put_back_can_be_pulled_again() {
    let one = lever("a.one", "1");
    let (mut board, id) = (pulled(std::slice::from_ref(&one)), one.id.as_str());
    assert_eq!(board.apply(&said(id, Aim::Stop, Word::Asked, "", "")), Err(Illegal::State), "it is stopped");
    board.apply(&undo(id)).unwrap();
    board.apply(&said(id, Aim::Undo, Word::Confirmed, "daily again", "")).unwrap();
    assert_eq!(board.calls_to_make(), 1);
    let unproven = said(id, Aim::Stop, Word::Confirmed, "", "");
    assert_eq!((board.apply(&unproven), state(&board, id)), (Err(Illegal::NoProof), Some(PutBack::Done)));
    board.apply(&said(id, Aim::Stop, Word::Asked, "on the line", "")).unwrap();
    assert_eq!((board.pull(id).unwrap().stop.state, state(&board, id)), (State::InFlight, None));
    board.apply(&said(id, Aim::Stop, Word::Confirmed, "held again", "weekly")).unwrap();
    assert_eq!((board.calls_to_make(), board.pull(id).unwrap().prior.as_deref()), (0, Some("weekly")));
}

/// One call for each wallet, for each provider where no wallets are known; it counts down as wallets are confirmed.
#[test]
fn a_wallet_is_one_call_until_its_money_is_stopped() {
    let at_each = |wallet: &str| ["a.call", "a.freeze", "a.sign_out"].map(|id| lever(id, wallet));
    let four: Vec<Lever> = ["1", "2", "3", "4"].iter().flat_map(|wallet| at_each(wallet)).collect();
    let mut board = Board::fold(&four.iter().map(queued).collect::<Vec<_>>()).0;
    assert_eq!(board.calls_to_make(), 4, "twelve levers at four wallets");
    board.apply(&said("a.freeze@2", Aim::Stop, Word::Confirmed, "frozen", "")).unwrap();
    assert_eq!(board.calls_to_make(), 3);
    for word in [Word::Asked, Word::Failed, Word::Refused] {
        board.apply(&said("a.call@1", Aim::Stop, word, "", "")).unwrap();
        assert_eq!(board.calls_to_make(), 3, "{word:?} is not stopped");
    }
    board.apply(&said("a.call@2", Aim::Stop, Word::Confirmed, "again", "")).unwrap();
    assert_eq!(board.calls_to_make(), 3, "twice confirmed is one wallet");

    let unknown: Vec<Lever> = ["a.call", "a.freeze", "b.call", "c.call", "d.call"].map(|id| lever(id, "")).into();
    assert_eq!(calls_to_make(unknown.iter().map(|lever| (lever, false))), 4, "by provider");
    let two = [lever("a.call", "1"), lever("a.call", "2")];
    assert_eq!(calls_to_make(two.iter().map(|lever| (lever, false))), 2, "two wallets at one provider");
    let selling = Lever { ring: Ring::StopSelling, ..lever("a.plans", "1") };
    let own = Lever { kind: Kind::Local, ..lever("purser.freeze", "") };
    assert_eq!(calls_to_make([(&two[0], false), (&selling, true), (&own, true)]), 1, "selling stops no thief");
    assert_eq!(calls_to_make([(&selling, false), (&own, false)]), 0);
}
