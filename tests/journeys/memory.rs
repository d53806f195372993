//! Memory: who may look into it, what a panic says, and what is left in it after the lock.

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use purser_app::contract::{self, HistoryRequest, ImportRequest};
use purser_app::import::JobControl;
use purser_app::kept_secrets::WhichSecret;
use purser_app::{Act, LockCause};
use purser_tests::authenticator::code_at;
use purser_tests::child::private_folder;
use purser_tests::profile::{hold, owner_of, passphrase, setup};
use purser_tests::statements::paypal_sales;
use purser_tests::{MovingClock, Profile};
use purser_vault::secret::TotpSeed;

use crate::credentials::details;

/// Waits for something another process does.
fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("waited in vain for {what}");
}

/// Ends the process when the test does, however it does.
struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// R96: the process behind `unlock` makes no core dumps, and nobody but the administrator may look into it. Started as
/// another user where this one is the administrator, who may look anyway.
#[test]
fn no_program_of_the_same_person_looks_into_the_process() {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let computer = Profile::none();
    let folder = computer.outside();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let binary = folder.join("purser");
    std::fs::copy(purser_tests::cli::binary(), &binary).unwrap();
    // It waits for the login that its starter hands over.
    let start = |other: Option<u32>| {
        let mut command = Command::new(&binary);
        command.args(["--profile", "/nowhere", "agent"]).stdin(Stdio::piped()).stdout(Stdio::null());
        command.uid(other.unwrap_or_else(|| rustix::process::getuid().as_raw()));
        Held(command.spawn().unwrap())
    };
    let is_administrator = rustix::process::getuid().is_root();
    let person = if is_administrator { 65_534 } else { rustix::process::getuid().as_raw() };
    let process = start(is_administrator.then_some(person));
    let proc = Path::new("/proc").join(process.0.id().to_string());
    wait_for("the process", || std::fs::read_link(proc.join("exe")).is_ok_and(|path| path.ends_with("purser")));
    wait_for("its limits", || {
        let limits = std::fs::read_to_string(proc.join("limits")).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
        core.split_whitespace().rev().skip(1).take(2).all(|limit| limit == "0")
    });
    // The system gives what may not be dumped to the administrator.
    wait_for("its memory to be private", || std::fs::metadata(proc.join("mem")).unwrap().uid() == 0);
    let status = std::fs::read_to_string(proc.join("status")).unwrap();
    assert!(status.lines().any(|line| line.starts_with("Uid:") && line.contains(&person.to_string())), "{status}");
}

/// R99.
#[test]
fn a_panic_says_nothing_but_its_id() {
    let computer = Profile::none();
    let run =
        || crate::child::start("panic", computer.folder(), "CANARY-7").env("RUST_BACKTRACE", "full").output().unwrap();
    let output = run();
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("Ended. P-") && !told.contains("CANARY") && !told.contains(".rs"), "{told}");
    assert_eq!(told, String::from_utf8_lossy(&run().stderr), "the same place, the same id");
}

/// Panics as no code of Purser does, with something secret in hand.
pub fn panic_guarded(secret: &str) {
    purser_app::guard::guard_process("Ended.");
    // On another thread: the test harness prints the payload of its own.
    let secret = secret.to_owned();
    let ended = std::thread::spawn(move || panic!("{secret}")).join();
    std::process::exit(i32::from(ended.is_err()));
}

/// What a process reads that is to be looked into: nothing of it is in the program itself.
#[derive(serde::Serialize, serde::Deserialize)]
struct Login {
    password: String,
    codes: Vec<String>,
    seconds: u64,
}

/// R16: after the lock neither a key of a compartment, nor the secret of the slot, nor the seed of the generator is left.
#[tokio::test(flavor = "multi_thread")]
async fn after_the_lock_no_key_is_left_in_memory() {
    let computer = Profile::none();
    let clock = MovingClock::starting_now();
    clock.set_wall_by_s(-3600);
    let seed = TotpSeed::make().unwrap();
    let seed_text = seed.expose_base32().to_string();
    let password = format!("{} of the memory test", purser_vault::generator::make_phrase(4).unwrap().as_str());
    let mut new = setup(&password, Some(code_at(&seed_text, clock.seconds())));
    new.second_factor = Some((TotpSeed::from_bytes(seed.expose_bytes()), code_at(&seed_text, clock.seconds())));
    let purser = hold(computer.folder(), &clock);
    let made = purser.set_up(new).await.unwrap();
    assert!(purser.prove_kit(&made.recovery_key).await.unwrap());
    purser.lock(LockCause::Asked).await;
    drop(purser);
    clock.set_wall_by_s(3600);
    let seconds = clock.seconds();
    let codes = (0..3).map(|step| code_at(&seed_text, seconds + step * 30)).collect();
    let login = Login { password: password.clone(), codes, seconds };
    let outside = computer.outside().join("between");
    private_folder(&outside);
    std::fs::write(outside.join("login.json"), serde_json::to_vec(&login).unwrap()).unwrap();

    let mut child = crate::child::start("memory", computer.folder(), outside.to_str().unwrap());
    let child = Held(child.stdout(Stdio::null()).spawn().unwrap());
    let needles = needles(computer.folder(), &password, &seed);
    wait_for("the session", || outside.join("open").exists());
    let open = found(child.0.id(), &needles);
    assert!(open.contains("key of the books as text"), "the search finds what is there: {open:?}");
    std::fs::write(outside.join("go"), "").unwrap();
    wait_for("the lock", || outside.join("locked").exists());
    let left = found(child.0.id(), &needles);
    assert!(left.is_empty(), "left in memory: {left:?}");
}

/// A session with all that a session does, looked into before and after its lock.
pub async fn hold_and_lock(folder: &Path, outside: &Path) {
    let login: Login = serde_json::from_slice(&std::fs::read(outside.join("login.json")).unwrap()).unwrap();
    let clock = MovingClock::starting_now();
    let shift = i64::try_from(login.seconds).unwrap() - i64::try_from(clock.seconds()).unwrap();
    clock.set_wall_by_s(shift);
    let purser = hold(folder, &clock);
    purser.unlock_password(passphrase(&login.password), None).await.unwrap();
    purser.unlock_code(&login.codes[0]).await.unwrap();
    let file = outside.join("sales.csv");
    std::fs::write(&file, paypal_sales(1, 2_000, "Jane Roe")).unwrap();
    let control = JobControl::default();
    let request = ImportRequest { files: vec![file], ..ImportRequest::default() };
    purser.run(contract::Command::Import(request), &control).await.unwrap();
    purser.run(contract::Command::History(HistoryRequest::default()), &control).await.unwrap();
    let id = purser.add_credential(details("Stripe key")).await.unwrap();
    clock.pass_s(30);
    let proof = purser.step_up(Act::KeepSecret, passphrase(&login.password), Some(&login.codes[1])).await.unwrap();
    purser.keep_secret(proof, id, "a secret").await.unwrap();
    clock.pass_s(30);
    let proof = purser.step_up(Act::RevealSecret, passphrase(&login.password), Some(&login.codes[2])).await.unwrap();
    purser.reveal_secret(proof, id, WhichSecret::Newest).await.unwrap();
    purser.security().await.unwrap();
    std::fs::write(outside.join("open"), "").unwrap();
    wait_for("the word to go on", || outside.join("go").exists());
    purser.lock(LockCause::Asked).await;
    std::fs::write(outside.join("locked"), "").unwrap();
    wait_for("the end", || false);
}

/// What must not be found, by what it is.
fn needles(folder: &Path, password: &str, seed: &TotpSeed) -> Vec<(&'static str, Vec<u8>)> {
    let (file, secret) = owner_of(folder, password);
    let books = file.open_compartments(&secret).unwrap().books.unwrap();
    let plaintext = secret.expose_plaintext().unwrap();
    vec![
        ("seed of the signing key", plaintext[1..33].to_vec()),
        ("key of the books", books.expose_bytes().to_vec()),
        ("key of the books as text", books.expose_hex().as_bytes().to_vec()),
        ("seed of the generator", seed.expose_bytes().to_vec()),
        ("seed of the generator as text", seed.expose_base32().as_bytes().to_vec()),
    ]
}

/// An identity of age as text: of the slot, or of the freeze capsule.
const IDENTITY: &[u8] = b"AGE-SECRET-KEY-1";
const IDENTITY_LEN: usize = 74;

fn holds_identity(bytes: &[u8]) -> bool {
    bytes.windows(IDENTITY_LEN).any(|window| {
        window.starts_with(IDENTITY) && window[IDENTITY.len()..].iter().all(|sign| sign.is_ascii_alphanumeric())
    })
}

/// The needles that stand in the memory of a process.
fn found(pid: u32, needles: &[(&'static str, Vec<u8>)]) -> BTreeSet<&'static str> {
    let proc = Path::new("/proc").join(pid.to_string());
    let mut memory = std::fs::File::open(proc.join("mem")).unwrap();
    let mut found = BTreeSet::new();
    for line in std::fs::read_to_string(proc.join("maps")).unwrap().lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        if memory.seek(SeekFrom::Start(from)).is_err() || memory.read_exact(&mut bytes).is_err() {
            continue;
        }
        for (name, needle) in needles {
            if bytes.windows(needle.len()).any(|window| window == needle.as_slice()) {
                found.insert(*name);
            }
        }
        if holds_identity(&bytes) {
            found.insert("an identity of age");
        }
    }
    found
}
