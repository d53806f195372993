//! What is left of the levers when somebody looks back: stopped and not put back, or never confirmed.

use std::collections::BTreeSet;

use super::board::Pull;
use super::run::State;
use super::{Aim, Board, Kind, PutBack, Ring};

impl Board {
    /// Levers somebody has still to see to, and towards what, in the order of the board. Once what they were pulled for is over
    /// (`is_over`) they are to be put back or left as they are, by a decision. Before that they are to be confirmed: what was
    /// begun, and at a wallet where nothing was begun and nothing that stops money is confirmed the first there is. A provider
    /// that refused has answered.
    #[must_use]
    pub fn left(&self, is_over: bool) -> Vec<(&Pull, Aim)> {
        let others = || self.pulls().iter().filter(|pull| pull.lever.kind != Kind::Local);
        if is_over {
            let open = others().filter(|pull| pull.put_back().is_some_and(PutBack::is_open));
            return open.map(|pull| (pull, Aim::Undo)).collect();
        }
        let place = |pull: &Pull| (pull.lever.provider.clone(), pull.lever.wallet.clone());
        let stops_money = |pull: &&Pull| pull.lever.ring == Ring::MoneyOut;
        let seen_to = others().filter(stops_money).filter(|pull| pull.is_stopped() || is_begun(pull));
        let mut seen_to: BTreeSet<(String, String)> = seen_to.map(place).collect();
        let open = others().filter(|pull| {
            let is_first = stops_money(pull) && pull.stop.state == State::Queued && seen_to.insert(place(pull));
            is_first || is_begun(pull)
        });
        open.map(|pull| (pull, Aim::Stop)).collect()
    }
}

/// The provider was asked, or it was tried, and nobody knows yet that it is stopped.
fn is_begun(pull: &Pull) -> bool {
    matches!(pull.stop.state, State::InFlight | State::Failed | State::Unknown)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::lever::{Event, Lever, Word};

    fn at() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    fn board(levers: &[(&str, &str, Kind, Ring)]) -> Board {
        let queued = |(id, wallet, kind, ring): &(&str, &str, Kind, Ring)| Event::Queued {
            lever: Lever {
                id: format!("{id}@{wallet}"),
                provider: id.split('.').next().unwrap().to_owned(),
                wallet: (*wallet).to_owned(),
                kind: *kind,
                ring: *ring,
                can_be_undone: !id.ends_with("report"),
            },
            key: format!("k {id} {wallet}"),
            undo_key: "u".into(),
            at: at(),
        };
        let mut events = vec![Event::SecondRing { by: "Mei".into(), at: at() }];
        events.extend(levers.iter().map(queued));
        let (board, passed_over) = Board::fold(&events);
        assert_eq!(passed_over, 0);
        board
    }

    fn say(board: &mut Board, lever: &str, aim: Aim, word: Word) {
        let (lever, by, seen) = (lever.to_owned(), "Mei".to_owned(), "seen".to_owned());
        let (reference, prior) = (String::new(), String::new());
        board.apply(&Event::Said { lever, aim, word, by, reference, seen, prior, at: at() }).unwrap();
    }

    fn left(board: &Board, is_over: bool) -> Vec<(&str, Aim)> {
        board.left(is_over).into_iter().map(|(pull, aim)| (pull.lever.id.as_str(), aim)).collect()
    }

    const MANUAL: (Kind, Ring) = (Kind::Manual, Ring::MoneyOut);
    const SELLING: (Kind, Ring) = (Kind::Manual, Ring::StopSelling);

    fn shop() -> Board {
        board(&[
            ("purser.freeze", "", Kind::Local, Ring::MoneyOut),
            ("paypal.call", "1", MANUAL.0, MANUAL.1),
            ("paypal.report", "1", MANUAL.0, MANUAL.1),
            ("paypal.call", "2", MANUAL.0, MANUAL.1),
            ("stripe.payouts", "3", MANUAL.0, MANUAL.1),
            ("stripe.keys", "3", SELLING.0, SELLING.1),
        ])
    }

    #[test]
    fn each_wallet_has_something_to_be_confirmed() {
        let mut board = shop();
        let first = ["paypal.call@1", "paypal.call@2", "stripe.payouts@3"].map(|lever| (lever, Aim::Stop));
        assert_eq!(left(&board, false), first, "one of each wallet; what stops selling is no call to make");
        say(&mut board, "paypal.report@1", Aim::Stop, Word::Asked);
        say(&mut board, "paypal.call@2", Aim::Stop, Word::Refused);
        say(&mut board, "stripe.payouts@3", Aim::Stop, Word::Confirmed);
        say(&mut board, "stripe.keys@3", Aim::Stop, Word::Failed);
        let begun = ["paypal.report@1", "stripe.keys@3"].map(|lever| (lever, Aim::Stop));
        assert_eq!(left(&board, false), begun, "what was begun stands for its wallet; who refused has answered");
        say(&mut board, "paypal.report@1", Aim::Stop, Word::Confirmed);
        say(&mut board, "stripe.keys@3", Aim::Stop, Word::Confirmed);
        assert_eq!(left(&board, false), []);
    }

    #[test]
    fn once_it_is_over_what_was_stopped_is_to_be_put_back() {
        let mut board = shop();
        assert_eq!(left(&board, true), [], "nothing was stopped");
        for lever in ["paypal.call@1", "paypal.report@1", "stripe.payouts@3", "stripe.keys@3"] {
            say(&mut board, lever, Aim::Stop, Word::Confirmed);
        }
        say(&mut board, "paypal.call@2", Aim::Stop, Word::Failed);
        let all = ["paypal.call@1", "stripe.payouts@3", "stripe.keys@3"].map(|lever| (lever, Aim::Undo));
        assert_eq!(left(&board, true), all, "what cannot be put back is not to be");
        let undo = |lever: &str| Event::UndoQueued { lever: lever.into(), by: "owner".into(), at: at() };
        board.apply(&undo("paypal.call@1")).unwrap();
        say(&mut board, "paypal.call@1", Aim::Undo, Word::Asked);
        assert_eq!(left(&board, true), all, "asked is not done");
        say(&mut board, "paypal.call@1", Aim::Undo, Word::Confirmed);
        let reason = "by hand from now on".to_owned();
        board.apply(&Event::Stays { lever: "stripe.keys@3".into(), by: "owner".into(), reason, at: at() }).unwrap();
        assert_eq!(left(&board, true), [("stripe.payouts@3", Aim::Undo)]);
    }
}
