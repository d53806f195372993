use proptest::prelude::*;

use super::*;
use crate::KdfParams;
use crate::keyfile::{DeviceStore, NewProfile, NewSlot, Policy};
use crate::secret::{DeviceSecret, Passphrase};
use std::sync::LazyLock;

struct Company {
    key_file: KeyFile,
    owner: SlotSecret,
    accountant: SlotSecret,
}

static COMPANY: LazyLock<Company> = LazyLock::new(company);

fn company() -> Company {
    let device = DeviceSecret::make().unwrap();
    let password = Passphrase::from_typed("correct horse battery staple").unwrap();
    let slot = |kind, name| NewSlot {
        kind,
        name,
        passphrase: &password,
        device_secret: &device,
        totp_seed: None,
        kdf: KdfParams::FLOOR,
        limits: Default::default(),
    };
    let created = KeyFile::create(NewProfile {
        owner: slot(SlotKind::Owner, "owner"),
        device_store: DeviceStore::Keyring,
        store_vendor: "Secret Service",
        created_ms: 1,
        policy: Policy::default(),
    })
    .unwrap();
    let new = slot(SlotKind::Accountant, "会计");
    let (key_file, accountant) = created.key_file.add_slot(&created.owner, &created.keys, new).unwrap();
    Company { key_file, owner: created.owner, accountant }
}

impl Company {
    fn signers(&self) -> Signers {
        Signers::of(&self.key_file).unwrap()
    }

    /// A log of so many rows: the signers first, then owner and accountant in turn.
    fn log(&self, rows: usize) -> Vec<Entry> {
        let detail = self.signers().to_detail().unwrap();
        let mut log: Vec<Entry> = Vec::new();
        for number in 0..rows {
            let head = log.last().map_or(Head::origin(&self.key_file.file_id()), Entry::head);
            let time_ms = 1_000 + i64::try_from(number).unwrap();
            log.push(match number {
                0 => head.append(&self.owner, &Draft { time_ms, action: SIGNERS, target: "", detail: &detail }),
                _ => {
                    let secret = if number % 2 == 0 { &self.accountant } else { &self.owner };
                    head.append(secret, &Draft { time_ms, action: "import", target: "a.csv", detail: "{\"rows\":3}" })
                }
            });
        }
        log
    }

    fn verify(&self, log: &[Entry]) -> Result<Head, Broken> {
        let mut walk = Walk::new(&self.key_file.file_id());
        for entry in log {
            walk.take(entry)?;
        }
        walk.finish(&self.signers())?;
        Ok(walk.head())
    }
}

fn broken(seq: u64, fault: Fault) -> Result<Head, Broken> {
    Err(Broken { seq, fault })
}

#[test]
fn a_log_verifies_up_to_its_head() {
    let (company, log) = (&*COMPANY, COMPANY.log(9));
    assert_eq!(company.verify(&log), Ok(log[8].head()));
    assert_eq!(company.verify(&[]), broken(0, Fault::People), "no log names the people of the key file");
    assert_eq!(company.verify(&log[1..]), broken(1, Fault::Sequence));
}

proptest! {
    /// R71: whatever is done to a row, the first one that is wrong is named.
    #[test]
    fn any_change_of_any_row_is_found_and_named(at in 0usize..8, what in 0usize..9) {
        let company = &*COMPANY;
        let mut log = company.log(9);
        let seq = u64::try_from(at).unwrap() + 1;
        match what {
            0 => log[at].time_ms += 1,
            1 => log[at].action.push('x'),
            2 => log[at].target.push('\u{202e}'),
            3 => log[at].detail.push(' '),
            4 => log[at].signature = log[(at + 1) % 9].signature,
            5 => log[at].hash[31] ^= 1,
            6 => { log.remove(at); }
            7 => log.swap(at, at + 1),
            _ => { let copy = log[at].clone(); log.insert(at, copy); }
        }
        let found = company.verify(&log).unwrap_err();
        let expected = if what == 8 { seq + 1 } else { seq };
        prop_assert_eq!(found.seq, expected, "{:?}", found);
    }
}

/// R71, R73: who holds the books can write rows, and hashes that fit, but no signature of somebody else.
#[test]
fn a_row_in_another_name_is_found() {
    let company = &*COMPANY;
    let mut log = company.log(5);
    let forged = log[4]
        .head()
        .append(&company.accountant, &Draft { time_ms: 9_000, action: "import", target: "b.csv", detail: "" });
    log.push(forged);
    assert!(company.verify(&log).is_ok(), "in her own name she may write");
    let row = log.last_mut().unwrap();
    row.actor = company.owner.slot_id();
    row.hash = row.computed_hash();
    assert_eq!(company.verify(&log), broken(6, Fault::Signature));
    let row = log.last_mut().unwrap();
    row.actor = SlotId::from_bytes([9; 16]);
    row.hash = row.computed_hash();
    assert_eq!(company.verify(&log), broken(6, Fault::Signer));
}

/// R73: all rows made anew, with keys of one's own, need the owner's key at the end.
#[test]
fn a_log_made_up_from_its_first_row_is_found() {
    let (company, thief) = (&*COMPANY, company());
    let file_id = company.key_file.file_id();
    let write = |log: &mut Vec<Entry>, secret: &SlotSecret, action: &str, detail: &str| {
        let head = log.last().map_or(Head::origin(&file_id), Entry::head);
        log.push(head.append(secret, &Draft { time_ms: 1, action, target: "", detail }));
    };
    let (theirs, ours) = (thief.signers().to_detail().unwrap(), company.signers().to_detail().unwrap());
    let mut log = Vec::new();
    write(&mut log, &thief.owner, SIGNERS, &theirs);
    write(&mut log, &thief.owner, "import", "");
    assert_eq!(company.verify(&log), broken(2, Fault::People));
    write(&mut log, &thief.owner, SIGNERS, &ours);
    assert_eq!(company.verify(&log), broken(3, Fault::Signer), "only the owner among them names signers");
    log.pop();
    // Also not when the owner himself goes on after rows that were put in.
    write(&mut log, &company.owner, SIGNERS, &ours);
    assert_eq!(company.verify(&log), broken(3, Fault::Signer), "nothing leads from one owner to the other");
    let mut log = Vec::new();
    write(&mut log, &company.accountant, SIGNERS, &ours);
    assert_eq!(company.verify(&log), broken(1, Fault::Signer));
    let mut log = Vec::new();
    write(&mut log, &company.owner, "import", "");
    assert_eq!(company.verify(&log), broken(1, Fault::Begin));
}

#[test]
fn a_revoked_person_signs_nothing_more_and_what_was_signed_stays_good() {
    let company = company();
    let mut log = company.log(5);
    let mut signers = company.signers();
    signers.slots.get_mut(&company.accountant.slot_id()).unwrap().disabled = true;
    let detail = signers.to_detail().unwrap();
    let draft = Draft { time_ms: 9_000, action: SIGNERS, target: "", detail: &detail };
    log.push(log[4].head().append(&company.owner, &draft));
    assert!(company.verify(&log).is_ok());
    let draft = Draft { action: "import", detail: "", ..draft };
    log.push(log[5].head().append(&company.accountant, &draft));
    assert_eq!(company.verify(&log), broken(7, Fault::Signer));
}

/// The owner's key was replaced because somebody else may know the password.
#[test]
fn a_new_owner_key_is_led_to_by_the_old_one() {
    let company = company();
    let mut log = company.log(3);
    let (device, password) = (DeviceSecret::make().unwrap(), Passphrase::from_typed("seven wet umbrellas").unwrap());
    let renewed = company.key_file.renew_owner(&company.owner, &password, &device, None, KdfParams::FLOOR).unwrap();
    let signers = Signers::of(&renewed.0).unwrap();
    let detail = signers.to_detail().unwrap();
    log.push(log[2].head().append(&renewed.1, &Draft { time_ms: 5_000, action: SIGNERS, target: "", detail: &detail }));
    let mut walk = Walk::new(&company.key_file.file_id());
    log.iter().for_each(|entry| walk.take(entry).unwrap());
    walk.finish(&signers).unwrap();
    // Without the old key's word, the same row is worth nothing.
    let lonely = Signers { succession: None, ..signers }.to_detail().unwrap();
    let draft = Draft { time_ms: 5_000, action: SIGNERS, target: "", detail: &lonely };
    let row = log[2].head().append(&renewed.1, &draft);
    let mut walk = Walk::new(&company.key_file.file_id());
    log[..3].iter().for_each(|entry| walk.take(entry).unwrap());
    assert_eq!(walk.take(&row), Err(Broken { seq: 4, fault: Fault::Signer }));
}

/// R75
#[test]
fn a_clock_set_back_is_noted_and_is_no_fault() {
    let company = &*COMPANY;
    let mut log = company.log(3);
    let draft = Draft { time_ms: 5, action: "import", target: "", detail: "" };
    log.push(log[2].head().append(&company.owner, &draft));
    let mut walk = Walk::new(&company.key_file.file_id());
    log.iter().for_each(|entry| walk.take(entry).unwrap());
    assert_eq!(walk.clock_steps(), [4]);
}

#[test]
fn a_checkpoint_survives_its_line_and_no_change_of_it() {
    let company = &*COMPANY;
    let head = company.log(4)[3].head();
    let note = Checkpoint::make(company.key_file.file_id(), head, 7_000, &company.owner);
    let line = note.to_line();
    assert_eq!(Checkpoint::parse(&line).unwrap(), note);
    assert!(note.is_signed_by(&company.signers()) && !note.is_signed_by(&self::company().signers()));
    for (at, _) in line.char_indices() {
        let mut other = line.clone();
        let digit = if line.as_bytes()[at] == b'1' { "2" } else { "1" };
        other.replace_range(at..=at, digit);
        let good = Checkpoint::parse(&other).is_ok_and(|note| note.is_signed_by(&company.signers()));
        assert!(!good, "{other}");
    }
    for cut in ["", "purser-audit-1", &line[..line.len() - 1], &format!("{line} x")] {
        assert!(Checkpoint::parse(cut).is_err(), "{cut}");
    }
}
