use super::*;
use crate::error::Error;
use proptest::prelude::*;

const FILE: FileId = FileId::from_bytes([1; 16]);
const ANNA: SlotId = SlotId::from_bytes([2; 16]);
const BORIS: SlotId = SlotId::from_bytes([3; 16]);
const SEED: FactorId = FactorId::from_bytes([5; 8]);
const CODES: FactorId = FactorId::from_bytes([6; 8]);
const NEW_SEED: FactorId = FactorId::from_bytes([7; 8]);
const NEW_CODES: FactorId = FactorId::from_bytes([8; 8]);
const START: Moment = Moment { wall_ms: 1_700_000_000_000, boot_ms: 5_000_000, boot_id: [9; 16] };

fn later(now: Moment, ms: u64) -> Moment {
    Moment { wall_ms: now.wall_ms + ms, boot_ms: now.boot_ms + ms, ..now }
}

fn restarted(wall_ms: u64, boot_ms: u64) -> Moment {
    Moment { wall_ms, boot_ms, boot_id: [10; 16] }
}

fn wait_of(state: &AuthState, now: &Moment) -> u64 {
    match state.may_attempt(ANNA, now) {
        Ok(()) => 0,
        Err(Refused::Wait { remaining_ms }) => remaining_ms,
        Err(Refused::Disabled) => u64::MAX,
    }
}

/// A state with so many failures of Anna, the last one just now.
fn failed(times: u32, now: &mut Moment) -> AuthState {
    let mut state = AuthState::new();
    for _ in 0..times {
        *now = later(*now, wait_of(&state, now));
        state = state.begin_attempt(ANNA, now).unwrap();
    }
    state
}

fn key() -> StateMacKey {
    StateMacKey::from_base64(&crate::bytes::to_base64(&[4; 32])).unwrap()
}

/// R40: the table.
#[test]
fn waits_follow_the_table() {
    let table_s = [(1, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 300), (9, 900), (10, 3600), (99, 3600)];
    for (times, wait_s) in table_s {
        let mut now = START;
        let state = failed(times, &mut now);
        assert_eq!(wait_of(&state, &now), wait_s * 1_000, "after {times}");
        assert_eq!(state.fails(ANNA), times);
        assert_eq!(state.may_attempt(BORIS, &now), Ok(()), "others are not concerned");
    }
}

/// R39: the attempt is counted before it is verified, so a kill in between counts.
#[test]
fn an_attempt_counts_before_it_is_made() {
    let before = AuthState::new();
    let written = before.begin_attempt(ANNA, &START).unwrap();
    assert_eq!(written.fails(ANNA), 1);
    assert!(written.seq() > before.seq());
}

/// R41
#[test]
fn a_hundred_failures_disable_the_slot() {
    let mut now = START;
    let state = failed(100, &mut now);
    let much_later = later(now, 365 * 86_400_000);
    assert_eq!(state.begin_attempt(ANNA, &much_later), Err(Refused::Disabled));
    let stored = state.to_bytes(&key(), &FILE).unwrap();
    let state = AuthState::parse(&stored, &key(), &FILE, state.seq()).unwrap();
    assert_eq!(state.begin_attempt(ANNA, &much_later), Err(Refused::Disabled));
    let enabled = state.enable(ANNA, &much_later);
    assert!(enabled.begin_attempt(ANNA, &much_later).is_ok());
}

#[test]
fn success_at_the_hundredth_attempt_still_counts() {
    let mut now = START;
    let state = failed(100, &mut now).succeed(ANNA, &now);
    assert_eq!((state.fails(ANNA), wait_of(&state, &now)), (0, 0));
}

#[test]
fn a_right_password_does_not_clear_wrong_codes() {
    let mut now = START;
    let mut state = AuthState::new();
    for tries in 1..=20u32 {
        now = later(now, wait_of(&state, &now));
        state = state.begin_attempt(ANNA, &now).unwrap().retract_attempt(ANNA, &now);
        state = state.begin_attempt(ANNA, &now).unwrap();
        assert_eq!(state.fails(ANNA), tries, "the right password neither counts nor clears");
    }
    assert_eq!(wait_of(&state, &now), 3_600_000);
}

/// R40: within one boot the wall clock is ignored.
#[test]
fn the_wall_clock_does_not_matter_within_one_boot() {
    let mut now = START;
    let state = failed(10, &mut now);
    for wall_ms in [0, now.wall_ms - 1, now.wall_ms + 86_400_000, u64::MAX] {
        assert_eq!(wait_of(&state, &Moment { wall_ms, ..now }), 3_600_000);
        let half = Moment { wall_ms, boot_ms: now.boot_ms + 1_800_000, ..now };
        assert_eq!(wait_of(&state, &half), 1_800_000);
    }
    assert_eq!(wait_of(&state, &later(now, 3_600_000)), 0);
}

/// R40: after a restart.
#[test]
fn a_restart_neither_ends_nor_lengthens_a_wait() {
    let mut now = START;
    let state = failed(10, &mut now);
    let at = |wall_offset: u64, boot_ms| wait_of(&state, &restarted(now.wall_ms + wall_offset, boot_ms));
    assert_eq!(at(20_000, 10_000), 3_580_000);
    assert_eq!(at(3_600_000, 120_000), 0, "the wait is over");
    assert_eq!(at(9_000_000, 10_000), 50_000, "clock forward: a minute since the start at least");
    assert_eq!(at(9_000_000, 60_000), 0);
    let back = |boot_ms| wait_of(&state, &restarted(now.wall_ms - 1, boot_ms));
    assert_eq!(back(10_000), 3_590_000, "clock back: the whole wait since the start");
    assert_eq!(back(3_600_000), 0);
    let mut now = START;
    let short = failed(5, &mut now);
    assert_eq!(wait_of(&short, &restarted(now.wall_ms + 40_000, 10_000)), 20_000, "min(wait, 60 s)");
}

/// R40: deleted, damaged, or copied back from an earlier day.
#[test]
fn a_lost_state_means_an_hour() {
    let mut now = START;
    let old = failed(1, &mut now).to_bytes(&key(), &FILE).unwrap();
    let newest = failed(7, &mut now);
    let newest_bytes = newest.to_bytes(&key(), &FILE).unwrap();
    let load = |bytes: Option<&[u8]>| AuthState::load(bytes, &key(), &FILE, newest.seq(), &[ANNA, BORIS], &now);
    assert_eq!(load(Some(&newest_bytes)), (newest.clone(), Trust::Good));
    for bytes in [None, Some(old.as_slice()), Some(b"".as_slice())] {
        let (state, trust) = load(bytes);
        assert_eq!(trust, Trust::Lost);
        assert!(state.seq() > newest.seq());
        assert_eq!(wait_of(&state, &now), 3_600_000);
        assert_eq!(state.spend_recovery_code(BORIS, CODES, 0), None, "unknown which are used: all void");
        let then = later(now, 3_600_000);
        let state = state.begin_attempt(ANNA, &then).unwrap();
        assert_eq!(wait_of(&state, &then), 3_600_000, "the tier stays until a success");
    }
    assert_eq!(AuthState::parse(&old, &key(), &FILE, newest.seq()), Err(Error::RolledBack));
}

/// R32, R35: compare and set.
#[test]
fn a_step_is_used_up_once() {
    let state = AuthState::new();
    let used = state.accept_totp_step(ANNA, SEED, 100).unwrap();
    assert_eq!(used.accept_totp_step(ANNA, SEED, 100), None);
    assert_eq!(used.accept_totp_step(ANNA, SEED, 99), None);
    assert!(used.accept_totp_step(ANNA, SEED, 101).is_some());
    assert!(used.accept_totp_step(BORIS, SEED, 100).is_some());
    // R37
    assert!(used.reset_totp_step(ANNA).accept_totp_step(ANNA, SEED, 5).is_some());
}

/// R38
#[test]
fn a_recovery_code_is_used_up_once() {
    let state = AuthState::new().spend_recovery_code(ANNA, CODES, 9).unwrap();
    assert_eq!(state.recovery_used(ANNA, CODES), 1 << 9);
    assert_eq!(state.spend_recovery_code(ANNA, CODES, 9), None);
    assert!(state.spend_recovery_code(ANNA, CODES, 8).is_some());
    for index in [10, 15, 16, 200, u8::MAX] {
        assert_eq!(state.spend_recovery_code(ANNA, CODES, index), None);
    }
    let next = state.announce_recovery_codes(ANNA, NEW_CODES);
    assert!(next.settle(ANNA).spend_recovery_code(ANNA, NEW_CODES, 9).is_some());
}

#[test]
fn another_profile_key_or_version_is_refused() {
    let state = failed(6, &mut { START });
    let bytes = state.to_bytes(&key(), &FILE).unwrap();
    assert_eq!(AuthState::parse(&bytes, &key(), &FILE, state.seq()), Ok(state));
    let other_file = FileId::from_bytes([7; 16]);
    assert_eq!(AuthState::parse(&bytes, &key(), &other_file, 0), Err(Error::Damaged));
    assert!(AuthState::parse(&bytes, &StateMacKey::make().unwrap(), &FILE, 0).is_err());
    let newer = String::from_utf8(bytes).unwrap().replace("_state\":1", "_state\":2");
    assert_eq!(AuthState::parse(newer.as_bytes(), &key(), &FILE, 0), Err(Error::UnsupportedVersion));
}

/// A file of format version 1 is read for ever. Never replace it; add one per new version.
#[test]
fn the_golden_file_of_version_1_is_read() {
    let golden = include_bytes!("golden/auth-v1.json");
    let state = AuthState::parse(golden, &key(), &FILE, 4).unwrap();
    assert_eq!((state.seq(), state.fails(ANNA)), (4, 1));
    assert_eq!(state.totp_last_step(ANNA, SEED), Some(56_666_666));
    assert_eq!(state.recovery_used(ANNA, CODES), 1 << 3);
    assert_eq!(state.to_bytes(&key(), &FILE).unwrap(), golden, "written as it was read");
}

/// R53 for the other proofs: between the announcement and the key file, either factor keeps its own used codes.
#[test]
fn a_crash_while_factors_change_leaves_each_with_its_own_used_codes() {
    let before =
        AuthState::new().accept_totp_step(ANNA, SEED, 100).unwrap().spend_recovery_code(ANNA, CODES, 3).unwrap();
    let announced = before.announce_seed(ANNA, NEW_SEED, 100).announce_recovery_codes(ANNA, NEW_CODES);
    // Killed before the key file: the old generator and codes go on, nothing of them is usable again.
    assert_eq!(announced.accept_totp_step(ANNA, SEED, 100), None);
    assert!(announced.accept_totp_step(ANNA, SEED, 101).is_some());
    assert_eq!(announced.spend_recovery_code(ANNA, CODES, 3), None);
    assert!(announced.spend_recovery_code(ANNA, CODES, 4).is_some());
    // Killed after it: the code that proved the new generator is used up, all its recovery codes are good, once.
    assert_eq!(announced.accept_totp_step(ANNA, NEW_SEED, 100), None);
    let used = announced.accept_totp_step(ANNA, NEW_SEED, 101).unwrap();
    assert_eq!(used.accept_totp_step(ANNA, NEW_SEED, 101), None);
    let spent = announced.spend_recovery_code(ANNA, NEW_CODES, 3).unwrap();
    assert_eq!(spent.spend_recovery_code(ANNA, NEW_CODES, 3), None);
    let settled = used.settle(ANNA);
    assert_eq!(settled.accept_totp_step(ANNA, NEW_SEED, 101), None);
    assert_eq!(settled.recovery_used(ANNA, NEW_CODES), 0);
    // A second announcement replaces one that came to nothing.
    let again = announced.announce_recovery_codes(ANNA, FactorId::from_bytes([9; 8]));
    assert_eq!(again.recovery_used(ANNA, NEW_CODES), 1 << 3, "it never came to be");
    let stored = announced.to_bytes(&key(), &FILE).unwrap();
    assert_eq!(AuthState::parse(&stored, &key(), &FILE, 0).unwrap(), announced);
}

#[test]
fn a_persons_past_goes_over_to_his_new_slot() {
    let state = AuthState::new().begin_attempt(ANNA, &START).unwrap().accept_totp_step(ANNA, SEED, 100).unwrap();
    let state = state.with_past(ANNA, |past| past.password_ms = Some(7)).set_compromised(ANNA, true);
    let after = state.hand_over(ANNA, BORIS);
    assert_eq!((after.fails(BORIS), after.past(BORIS).password_ms, after.is_compromised(BORIS)), (1, Some(7), true));
    assert_eq!(after.accept_totp_step(BORIS, SEED, 100), None, "a used code stays used");
    let stored = after.to_bytes(&key(), &FILE).unwrap();
    assert_eq!(AuthState::parse(&stored, &key(), &FILE, 0).unwrap(), after);
}

proptest! {
    /// R5: any one-byte change is an error.
    #[test]
    fn any_changed_byte_is_noticed(at: usize, flip in 1u8..) {
        let mut bytes = failed(6, &mut { START }).to_bytes(&key(), &FILE).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        prop_assert!(AuthState::parse(&bytes, &key(), &FILE, 0).is_err());
    }

    /// R5
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        prop_assert!(AuthState::parse(&bytes, &key(), &FILE, 0).is_err());
    }

    /// R40: whatever happens to the clocks, no wait is longer than the table's, and within one boot
    /// none is shorter than the boot-time clock says.
    #[test]
    fn clocks_cannot_stretch_a_wait(times in 5u32..12, wall_ms: u64, boot_ms: u64, same_boot: bool) {
        let mut now = START;
        let state = failed(times, &mut now);
        let full = wait_of(&state, &now);
        let boot_id = if same_boot { now.boot_id } else { [10; 16] };
        let left = wait_of(&state, &Moment { wall_ms, boot_ms, boot_id });
        prop_assert!(left <= full);
        if same_boot {
            prop_assert_eq!(left, (now.boot_ms + full).saturating_sub(boot_ms).min(full));
        } else {
            prop_assert!(left + boot_ms.min(60_000) >= full.min(60_000));
        }
    }

    /// R41: no order of attempts, waits and restarts yields a 101st try without the owner.
    #[test]
    fn a_hundred_is_the_end(steps in proptest::collection::vec((0u64..4_000_000, any::<bool>()), 150..300)) {
        let (mut state, mut now, mut tries) = (AuthState::new(), START, 0);
        for (pause_ms, restart) in steps {
            now = later(now, pause_ms);
            if restart {
                now = Moment { boot_ms: 1_000, boot_id: [now.boot_id[0].wrapping_add(1); 16], ..now };
            }
            if let Ok(next) = state.begin_attempt(ANNA, &now) {
                state = next;
                tries += 1;
            }
        }
        prop_assert!(tries <= FAILURES_MAX);
        prop_assert_eq!(state.fails(ANNA), tries);
    }
}
