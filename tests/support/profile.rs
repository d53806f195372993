//! A profile with a password and a second factor, made once and copied for each test.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use purser_app::profile::Folder;
use purser_app::second_factor::EnrolmentView;
use purser_app::setup::Setup;
use purser_app::store::Business;
use purser_app::{Act, LockCause, Next, Purser, StepUp};
use purser_vault::KdfParams;
use purser_vault::keyfile::{DeviceStore, KeyFile, Seen, SlotSecret};
use purser_vault::kit::KitLanguage;
use purser_vault::secret::{DeviceSecret, Passphrase, TotpSeed};
use serde_json::Value;
use tempfile::TempDir;

use crate::authenticator::Phone;
use crate::{Cli, MovingClock};

pub const PASSWORD: &str = "tide lantern copper 47";
/// Base32 of the seed, as it is typed into an authenticator.
pub const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// Of the business.
pub const ZONE: &str = "Asia/Shanghai";

#[must_use]
pub fn business(name: &str) -> Business {
    Business {
        id: 0,
        name: name.to_owned(),
        name_local: "海澜贸易".to_owned(),
        base_currency: "CNY".to_owned(),
        zone: ZONE.to_owned(),
    }
}

#[must_use]
pub fn passphrase(typed: &str) -> Passphrase {
    Passphrase::from_typed(typed).unwrap()
}

/// What to make a profile of. With `code` it gets the second factor at once.
#[must_use]
pub fn setup(password: &str, code: Option<String>) -> Setup {
    Setup {
        business: business("Hailan Trading"),
        password: passphrase(password),
        device_store: DeviceStore::File,
        second_factor: code.map(|code| (TotpSeed::from_base32(SEED).unwrap(), code)),
        language: KitLanguage::English,
    }
}

struct Template {
    files: Vec<(String, Vec<u8>)>,
    recovery_key: String,
    recovery_codes: Vec<String>,
}

/// Made an hour ago, so that every code of today is unused.
fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        // A thread and runtime of its own: the first test to ask may be inside one.
        let made = std::thread::spawn(|| {
            tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(make_template())
        });
        made.join().unwrap()
    })
}

async fn make_template() -> Template {
    let folder = TempDir::new().unwrap();
    let clock = MovingClock::starting_now();
    clock.set_wall_by_s(-3600);
    let purser = Purser::hold(Folder::new(folder.path()), clock.as_clock(), KdfParams::FLOOR).unwrap();
    let made = purser.set_up(setup(PASSWORD, Some(clock.code()))).await.unwrap();
    purser.lock(LockCause::Asked).await;
    drop(purser);
    let files = crate::folder::files(folder.path())
        .into_iter()
        .map(|(path, bytes)| (path.to_str().unwrap().to_owned(), bytes))
        .collect();
    Template {
        files,
        recovery_key: made.recovery_key.to_string(),
        recovery_codes: made.recovery_codes.iter().map(|code| code.to_string()).collect(),
    }
}

/// A test's own computer: a profile in the file mode of the keyring, a home folder, a phone.
/// What still holds a session when it is dropped is locked.
#[derive(Debug)]
pub struct Profile {
    pub phone: Phone,
    temp: TempDir,
    cli: Cli,
}

impl Profile {
    /// A locked profile with a second factor.
    #[must_use]
    pub fn locked() -> Profile {
        let profile = Profile::none();
        copy_into(profile.folder());
        profile
    }

    /// A computer without a profile.
    #[must_use]
    pub fn none() -> Profile {
        let temp = TempDir::new().unwrap();
        let cli = Cli::new(&temp.path().join("profile"), &temp.path().join("home"));
        Profile { phone: Phone::default(), temp, cli }
    }

    /// A profile whose session is held by the background process.
    #[must_use]
    pub fn unlocked() -> Profile {
        let mut profile = Profile::locked();
        profile.unlock();
        profile
    }

    /// Where the test may write its own files. Not the profile, not its home.
    #[must_use]
    pub fn outside(&self) -> &Path {
        self.temp.path()
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.cli.profile
    }

    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.temp.path().join("home")
    }

    #[must_use]
    pub fn cli(&self) -> &Cli {
        &self.cli
    }

    /// Writes a file for the test and gives its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.temp.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub fn password_file(&self) -> String {
        self.write("password.txt", format!("{PASSWORD}\n"))
    }

    #[track_caller]
    pub fn unlock(&mut self) -> Value {
        let password = self.password_file();
        let mut tries = 0;
        loop {
            let code = self.phone.code(SEED);
            let run = self.cli.run(["--json", "unlock", "--password-file", &password, "--code", &code]);
            tries += 1;
            // A busy machine may stand still for longer than a code lives: the person reads the next one.
            if run.code != 3 || tries == 3 {
                return run.expect_code(0).json();
            }
        }
    }

    #[must_use]
    pub fn recovery_codes() -> &'static [String] {
        &template().recovery_codes
    }

    #[must_use]
    pub fn recovery_key() -> &'static str {
        &template().recovery_key
    }

    /// The profile in this process.
    pub fn hold(&self, clock: &MovingClock) -> Purser {
        hold(self.folder(), clock)
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        if purser_app::agent::socket_path(self.folder()).exists() {
            let _ = self.cli.run(["lock"]);
        }
    }
}

/// Puts the prepared profile into a folder.
pub fn copy_into(folder: &Path) {
    crate::child::private_folder(folder);
    for (name, bytes) in &template().files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

#[must_use]
pub fn hold(folder: &Path, clock: &MovingClock) -> Purser {
    Purser::hold(Folder::new(folder), clock.as_clock(), KdfParams::FLOOR).unwrap()
}

/// The key file of a folder and the owner's envelope in it, opened as a thief with everything would.
#[must_use]
pub fn owner_of(folder: &Path, password: &str) -> (KeyFile, SlotSecret) {
    let file = KeyFile::parse(&std::fs::read(folder.join("keys.json")).unwrap(), &Seen::default()).unwrap();
    let entries: std::collections::BTreeMap<String, String> =
        serde_json::from_slice(&std::fs::read(folder.join("device.json")).unwrap()).unwrap();
    let owner = file.slot_named("owner").unwrap().id;
    let device = DeviceSecret::from_base64(&entries[&format!("device:{}:{owner}", file.file_id())]).unwrap();
    let secret = file.open_slot(owner, &passphrase(password), &device).unwrap();
    (file, secret)
}

/// Password and code, in this process.
pub async fn log_in(purser: &Purser, clock: &MovingClock) {
    let next = purser.unlock_password(passphrase(PASSWORD), None).await.unwrap();
    if next == Next::Code {
        purser.unlock_code(&clock.code()).await.unwrap();
    }
}

/// A fresh proof for one act, with the phone's code of now.
pub async fn prove(purser: &Purser, act: Act, clock: &MovingClock) -> StepUp {
    // The code of the login is used up: the person reads the next one.
    clock.pass_s(30);
    purser.step_up(act, passphrase(PASSWORD), Some(&clock.code())).await.unwrap()
}

/// Begins the second factor of a login that has none, or replaces it with `code`.
pub async fn begin_totp(purser: &Purser, code: Option<&str>) -> EnrolmentView {
    let proof = purser.step_up(Act::ReplaceSecondFactor, passphrase(PASSWORD), code).await.unwrap();
    purser.begin_totp(proof, None).await.unwrap()
}
