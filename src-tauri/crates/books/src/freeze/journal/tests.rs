use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn id(byte: u8) -> FreezeId {
    FreezeId::from_bytes([byte; 16])
}

fn request() -> Record {
    Record::Freeze { id: id(7), at: at(0), by: "owner".into() }
}

fn written(records: &[Record]) -> Vec<u8> {
    records.iter().fold(Vec::new(), |mut bytes, record| {
        bytes.extend(record.append_to(Tail::of(&bytes)).unwrap().bytes());
        bytes
    })
}

fn unfreeze(reason: &str) -> Record {
    Record::Unfreeze(Unfreeze { id: id(7), at: at(9), reason: reason.into(), signature: "ab".repeat(64) })
}

#[test]
fn a_line_is_written_as_the_format_says() {
    let line = request().append_to(Tail::of(b"")).unwrap();
    assert_eq!(
        line, "purser-freeze/1\tfreeze\t07070707070707070707070707070707\t2026-11-18T11:06:40Z\towner\tf664c6e1\n",
        "version 1 is read for ever"
    );
}

/// R62: a request cut anywhere by a kill freezes or was never begun; a cut unfreeze record or note changes nothing.
#[test]
fn a_kill_at_any_byte_never_unfreezes() {
    let before = written(&[request()]);
    let whole = written(&[request(), unfreeze("over")]);
    for end in before.len()..whole.len() - 1 {
        let journal = Journal::parse(&whole[..end]);
        assert_eq!(journal.records, [request()], "{end}");
        assert!(!journal.is_altered(), "a cut last line is the mark of a kill");
        assert!(journal.damaged.iter().all(|damaged| damaged.cut));
        // Once its kind can be read, a cut unfreeze record starts no freeze that nobody asked for.
        let legible = end - before.len() >= "purser-freeze/1\tunfreeze\t".len();
        assert_eq!(journal.damaged.iter().any(|damaged| damaged.id.is_some()), end > before.len() && !legible, "{end}");
    }
    for end in 1..before.len() - 1 {
        let journal = Journal::parse(&before[..end]);
        assert!(journal.damaged.iter().any(|damaged| damaged.id.is_some()), "{end}: the person asked for it");
    }
}

#[test]
fn the_line_after_a_cut_one_stands_alone() {
    for end in 1..written(&[request()]).len() {
        let mut bytes = written(&[request()]);
        bytes.truncate(end);
        let next = Record::Freeze { id: id(8), at: at(5), by: String::new() };
        bytes.extend(next.append_to(Tail::of(&bytes)).unwrap().bytes());
        let journal = Journal::parse(&bytes);
        assert!(journal.records.contains(&next), "{end}");
    }
}

/// R62: a damaged line freezes under the same id each time it is read, whatever follows it.
#[test]
fn a_damaged_line_keeps_its_id() {
    let cut = &written(&[request()])[..40];
    let alone = Journal::parse(cut).damaged[0].id;
    let followed = Journal::parse(&[cut, b"\n", &written(&[unfreeze("x")])].concat());
    assert_eq!(followed.damaged[0].id, alone);
    assert!(alone.is_some());
    assert!(followed.is_altered(), "it is no longer the last line");
}

#[test]
fn a_line_of_a_later_version_or_kind_freezes() {
    for line in ["purser-freeze/2\tunfreeze\tx\n", "purser-freeze/1\tthaw\tx\n", "\0\0\0\0", "\u{feff}purser", "{}\n"] {
        let journal = Journal::parse(line.as_bytes());
        assert!(journal.records.is_empty() && journal.damaged[0].id.is_some(), "{line:?}");
    }
    assert_eq!(Journal::parse(b"\n\n"), Journal::default());
    assert!(Journal::parse(&[0xff, 0xfe, b'\n']).damaged[0].id.is_some());
}

/// R74: no reason, name or note can forge a line or hide one.
#[test]
fn a_reason_cannot_forge_a_line() {
    let forged = written(&[unfreeze("z")]);
    let evil = format!("ok\n{}\r\u{1b}[2K\u{202e}\u{2028}\u{85}\\u{{a}}\\", String::from_utf8(forged).unwrap());
    let bytes = written(&[request(), unfreeze(&evil)]);
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 2);
    assert!(!String::from_utf8(bytes.clone()).unwrap().chars().any(|c| c != '\n' && c != '\t' && c.is_control()));
    assert_eq!(Journal::parse(&bytes).records, [request(), unfreeze(&evil)]);
}

#[test]
fn a_long_name_never_keeps_a_request_from_being_written() {
    let record = Record::Freeze { id: id(1), at: at(0), by: "\u{202e}".repeat(100_000) };
    assert!(record.append_to(Tail { len: JOURNAL_BYTES_MAX - 2 * LINE_BYTES_MAX, ends_with_line_feed: true }).is_ok());
}

/// The room of a request cannot be used up by notes.
#[test]
fn notes_leave_room_for_requests() {
    let note = |text: String| Record::Note { id: id(1), at: at(0), topic: Topic::Lever, text };
    let half = Tail { len: NOTES_BYTES_MAX, ends_with_line_feed: true };
    assert_eq!(note("x".into()).append_to(half), Err(Full::JournalFull));
    assert!(request().append_to(half).is_ok());
    assert_eq!(note("x".repeat(LINE_BYTES_MAX)).append_to(Tail::of(b"")), Err(Full::LineTooLong));
}

/// R62: what lies behind the part that is read may be a request.
#[test]
fn a_journal_longer_than_is_read_freezes() {
    let mut bytes = vec![b'\n'; JOURNAL_BYTES_MAX];
    assert_eq!(Journal::parse(&bytes), Journal::default());
    bytes.push(b'\n');
    assert!(Journal::parse(&bytes).damaged[0].id.is_some());
    let many = "x\n".repeat(DAMAGED_MAX + 50);
    let journal = Journal::parse(many.as_bytes());
    assert_eq!(journal.damaged.len(), DAMAGED_MAX + 1, "bounded");
}

#[test]
fn signed_bytes_differ_when_any_field_does() {
    let Record::Unfreeze(record) = unfreeze("ab") else { panic!() };
    let message = record.message(&[1; 16]);
    for other in [
        Unfreeze { id: id(8), ..record.clone() },
        Unfreeze { at: at(10), ..record.clone() },
        Unfreeze { reason: "a".into(), ..record.clone() },
    ] {
        assert_ne!(other.message(&[1; 16]), message);
    }
    assert_ne!(record.message(&[2; 16]), message, "no other profile");
    assert_eq!(Unfreeze { signature: String::new(), ..record.clone() }.message(&[1; 16]), message);
}

#[test]
fn ids_are_spelled_in_one_way() {
    assert_eq!(FreezeId::parse(&id(0xab).to_string()), Some(id(0xab)));
    for text in ["", "AB", &"AB".repeat(16), &"ab".repeat(15), &"zz".repeat(16), &"+1".repeat(16), &"é".repeat(16)] {
        assert_eq!(FreezeId::parse(text), None, "{text}");
    }
    assert_eq!(serde_json::from_str::<FreezeId>(&serde_json::to_string(&id(3)).unwrap()).unwrap(), id(3));
}

fn any_record() -> impl Strategy<Value = Record> {
    let time = (-1_000_000_000_i64..4_000_000_000, 0i32..1_000_000_000)
        .prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap());
    (any::<[u8; 16]>(), time, "\\PC{0,20}|(?s).{0,30}", 0usize..3, "[0-9a-f]{128}").prop_map(
        |(bytes, at, text, kind, signature)| {
            let id = FreezeId::from_bytes(bytes);
            match kind {
                0 => Record::Freeze { id, at, by: text },
                1 => Record::Unfreeze(Unfreeze { id, at, reason: text, signature }),
                _ => Record::Note { id, at, topic: Topic::Lever, text },
            }
        },
    )
}

proptest! {
    /// R5: the journal reads back what was written.
    #[test]
    fn what_was_written_is_read(records in prop::collection::vec(any_record(), 0..6)) {
        let journal = Journal::parse(&written(&records));
        prop_assert_eq!(journal.records, records);
        prop_assert_eq!(journal.damaged, []);
    }

    /// R5, R62: one changed byte is never another record, and never one fewer reason to be frozen.
    #[test]
    fn a_changed_byte_is_damage(record in any_record(), place: prop::sample::Index, byte: u8) {
        let mut bytes = written(std::slice::from_ref(&record));
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let journal = Journal::parse(&bytes);
        prop_assert!(journal.records.iter().all(|read| *read == record), "{journal:?}");
        let last = place + 1 == bytes.len();
        prop_assert!(last || journal.records.is_empty());
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Journal::parse(&bytes);
    }
}
