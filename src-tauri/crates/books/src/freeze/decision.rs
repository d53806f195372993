//! Frozen or not: from every place where a freeze is written down.
//!
//! A place may be gone, be unreadable without a login, or have been forged. None of that ends a freeze another place still
//! names (R62). What a place lacks is listed, so that it can be written there again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::credential::words;
use crate::freeze::journal::{FreezeId, Journal, Record, Unfreeze};

words! {
    /// Where freezes are written down.
    Place {
        Journal => "journal",
        /// Where there is no keyring, or it does not answer: the same lines in another folder.
        SecondJournal => "second_journal",
        Anchor => "anchor",
        Database => "database",
    }
}

/// One freeze as a place tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: FreezeId,
    /// Unknown where only the id is kept, or the line is damaged.
    pub at: Option<Timestamp>,
    pub by: String,
    pub from_damage: bool,
}

/// Everything one place tells. A place that is gone or cannot be read is [`Told::nothing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub place: Place,
    /// Whether it could be read at all; only then is it known to lack something.
    pub readable: bool,
    pub freezes: Vec<Named>,
    pub unfreezes: Vec<Unfreeze>,
}

impl Told {
    /// A place that says nothing: gone, locked, or out of reach. That ends no freeze and starts none.
    #[must_use]
    pub fn nothing(place: Place, readable: bool) -> Told {
        Told { place, readable, freezes: Vec::new(), unfreezes: Vec::new() }
    }

    /// A journal, its damaged lines included.
    #[must_use]
    pub fn by_journal(place: Place, journal: &Journal) -> Told {
        let damaged = journal.damaged.iter().filter_map(|damaged| damaged.id);
        let mut told = Told::by_ids(place, damaged);
        told.freezes.iter_mut().for_each(|named| named.from_damage = true);
        for record in &journal.records {
            match record {
                Record::Freeze { id, at, by } => {
                    told.freezes.push(Named { id: *id, at: Some(*at), by: by.clone(), from_damage: false });
                }
                Record::Unfreeze(unfreeze) => told.unfreezes.push(unfreeze.clone()),
                Record::Note { .. } => {}
            }
        }
        told
    }

    /// A place that keeps ids alone, as the keyring's anchor does. Give the ids even when their MAC is wrong.
    #[must_use]
    pub fn by_ids(place: Place, ids: impl IntoIterator<Item = FreezeId>) -> Told {
        let named = |id| Named { id, at: None, by: String::new(), from_damage: false };
        Told { freezes: ids.into_iter().map(named).collect(), ..Told::nothing(place, true) }
    }
}

/// A freeze in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    pub id: FreezeId,
    /// The earliest time any place gives.
    pub since: Option<Timestamp>,
    pub by: String,
    /// Only damaged lines name it: nobody may have asked for it, and it still stands until the owner ends it.
    pub from_damage: bool,
    pub places: Vec<Place>,
}

/// What follows from all places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The freezes in force.
    pub open: Vec<Open>,
    /// Freezes the owner ended.
    pub ended: Vec<FreezeId>,
    /// Unfreeze records whose signature is not the owner's: somebody tried. For the security log.
    pub forged: Vec<(Place, FreezeId)>,
    /// Freezes in force that a readable place does not name: to be written there again.
    pub lacking: Vec<(Place, FreezeId)>,
}

impl Decision {
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        !self.open.is_empty()
    }

    #[must_use]
    pub fn ids(&self) -> Vec<FreezeId> {
        self.open.iter().map(|open| open.id).collect()
    }
}

/// Decides. `is_signed` says whether the owner signed the record ([`Unfreeze::message`]); with no key at hand it answers
/// false, and then everything that was ever frozen is.
#[must_use]
pub fn decide(told: &[Told], is_signed: impl Fn(&Unfreeze) -> bool) -> Decision {
    let mut decision = Decision::default();
    let mut named: BTreeMap<FreezeId, Open> = BTreeMap::new();
    for place in told {
        for freeze in &place.freezes {
            let fresh =
                || Open { id: freeze.id, since: None, by: String::new(), from_damage: true, places: Vec::new() };
            let open = named.entry(freeze.id).or_insert_with(fresh);
            open.since = [open.since, freeze.at].into_iter().flatten().min();
            open.from_damage &= freeze.from_damage;
            if open.by.is_empty() {
                open.by.clone_from(&freeze.by);
            }
            if !open.places.contains(&place.place) {
                open.places.push(place.place);
            }
        }
        for unfreeze in &place.unfreezes {
            if !is_signed(unfreeze) {
                decision.forged.push((place.place, unfreeze.id));
            } else if !decision.ended.contains(&unfreeze.id) {
                decision.ended.push(unfreeze.id);
            }
        }
    }
    decision.open = named.into_values().filter(|open| !decision.ended.contains(&open.id)).collect();
    for place in told.iter().filter(|place| place.readable) {
        let lacks = |open: &&Open| !place.freezes.iter().any(|named| named.id == open.id);
        decision.lacking.extend(decision.open.iter().filter(lacks).map(|open| (place.place, open.id)));
    }
    decision
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::freeze::journal::Tail;

    const PROFILE: [u8; 16] = [9; 16];

    fn id(byte: u8) -> FreezeId {
        FreezeId::from_bytes([byte; 16])
    }

    fn at() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    /// Stands for the owner's key: a hash nobody else in the test makes.
    fn sign(message: &[u8]) -> String {
        FreezeId::of_damage(&[b"owner's key".as_slice(), message].concat()).to_string()
    }

    fn is_signed(record: &Unfreeze) -> bool {
        record.signature == sign(&record.message(&PROFILE))
    }

    fn ended(byte: u8) -> Unfreeze {
        let mut record = Unfreeze { id: id(byte), at: at(), reason: "over".into(), signature: String::new() };
        record.signature = sign(&record.message(&PROFILE));
        record
    }

    fn journal(records: &[Record]) -> Told {
        let bytes = records.iter().fold(Vec::new(), |mut bytes, record| {
            bytes.extend(record.append_to(Tail::of(&bytes)).unwrap().bytes());
            bytes
        });
        Told::by_journal(Place::Journal, &Journal::parse(&bytes))
    }

    fn request(byte: u8) -> Record {
        Record::Freeze { id: id(byte), at: at(), by: "owner".into() }
    }

    fn three() -> Vec<Told> {
        vec![
            journal(&[request(1)]),
            Told::by_ids(Place::Anchor, [id(1)]),
            Told { freezes: journal(&[request(1)]).freezes, ..Told::nothing(Place::Database, true) },
        ]
    }

    /// R62: each of the three records deleted, made unreadable, or replaced by one that says otherwise.
    #[test]
    fn deleting_or_forging_any_one_record_does_not_unfreeze() {
        assert!(decide(&three(), is_signed).is_frozen());
        for place in 0..3 {
            let kind = three()[place].place;
            let forged = Unfreeze { signature: "ab".repeat(64), ..ended(1) };
            let of_another = Unfreeze { id: id(1), ..ended(2) };
            let other_reason = Unfreeze { reason: "never mind".into(), ..ended(1) };
            for unfreezes in [vec![], vec![forged], vec![of_another], vec![other_reason], vec![ended(2)]] {
                for readable in [true, false] {
                    let mut told = three();
                    told[place] = Told { unfreezes: unfreezes.clone(), ..Told::nothing(kind, readable) };
                    let decision = decide(&told, is_signed);
                    assert_eq!(decision.ids(), [id(1)], "{kind:?} {unfreezes:?}");
                    assert_eq!(decision.lacking, if readable { vec![(kind, id(1))] } else { vec![] });
                }
            }
            let mut told = three();
            told.remove(place);
            assert!(decide(&told, is_signed).is_frozen());
        }
    }

    /// R62: only the owner's signature for this very freeze ends it, in whichever place it stands.
    #[test]
    fn only_an_owner_signed_record_ends_that_freeze() {
        for place in 0..3 {
            let mut told = three();
            told[place].unfreezes.push(ended(1));
            let decision = decide(&told, is_signed);
            assert!(!decision.is_frozen());
            assert_eq!(decision.ended, [id(1)]);
            told[0].freezes.extend(journal(&[request(2)]).freezes);
            assert_eq!(decide(&told, is_signed).ids(), [id(2)], "a second freeze stands");
        }
        let mut told = three();
        told[0].unfreezes.push(ended(1));
        assert!(decide(&told, |_| false).is_frozen(), "without the owner's key nothing is over");
    }

    #[test]
    fn a_forged_unfreeze_is_told() {
        let mut told = three();
        told[2].unfreezes.push(Unfreeze { signature: String::new(), ..ended(1) });
        assert_eq!(decide(&told, is_signed).forged, [(Place::Database, id(1))]);
    }

    #[test]
    fn nothing_written_down_is_not_frozen() {
        assert_eq!(decide(&[], is_signed), Decision::default());
        let silent = Place::ALL.iter().map(|place| Told::nothing(*place, false)).collect::<Vec<_>>();
        assert!(!decide(&silent, is_signed).is_frozen());
    }

    /// R62: a request nobody can authenticate, or read, freezes; the owner ends it like any other.
    #[test]
    fn a_damaged_request_freezes_until_the_owner_ends_it() {
        let damaged = Told::by_journal(Place::Journal, &Journal::parse(b"purser-freeze/1\tfreeze\tgarbage\n"));
        let decision = decide(std::slice::from_ref(&damaged), is_signed);
        assert!(decision.is_frozen() && decision.open[0].from_damage);
        let mut record = Unfreeze { id: decision.open[0].id, ..ended(1) };
        record.signature = sign(&record.message(&PROFILE));
        let told = [damaged, Told { unfreezes: vec![record], ..Told::nothing(Place::Database, true) }];
        assert!(!decide(&told, is_signed).is_frozen());
    }

    #[test]
    fn a_freeze_told_twice_is_one() {
        let decision = decide(&three(), is_signed);
        assert_eq!(decision.open.len(), 1);
        let open = &decision.open[0];
        assert_eq!((open.since, open.by.as_str(), open.from_damage), (Some(at()), "owner", false));
        assert_eq!(open.places, [Place::Journal, Place::Anchor, Place::Database]);
    }

    proptest! {
        /// R62: whatever is added to any place without the owner's signature, what was frozen stays frozen.
        #[test]
        fn nothing_unsigned_unfreezes(extra in prop::collection::vec((0usize..3, 0u8..4, any::<bool>()), 0..8)) {
            let mut told = three();
            for (place, byte, is_freeze) in extra {
                if is_freeze {
                    told[place].freezes.extend(journal(&[request(byte)]).freezes);
                } else {
                    told[place].unfreezes.push(Unfreeze { signature: format!("{byte}"), ..ended(byte) });
                }
            }
            prop_assert!(decide(&told, is_signed).ids().contains(&id(1)));
        }

        /// The order of places and of records changes nothing.
        #[test]
        fn order_does_not_matter(order in Just((0..3).collect::<Vec<usize>>()).prop_shuffle(), signed: bool) {
            let mut told = three();
            if signed {
                told[1].unfreezes.push(ended(1));
            }
            let shuffled: Vec<Told> = order.iter().map(|index| told[*index].clone()).collect();
            prop_assert_eq!(decide(&shuffled, is_signed).is_frozen(), !signed);
        }
    }
}
