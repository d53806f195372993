//! A second authenticator: codes come from `oathtool`, not from the code under test.

use std::process::Command;

use purser_app::clock::{Clock, SystemClock};

const STEP_S: u64 = 30;

/// The six digits at a time, in seconds since 1970.
#[must_use]
pub fn code_at(seed: &str, seconds: u64) -> String {
    let output = Command::new("oathtool")
        .args(["--totp", "-b", "--now", &format!("@{seconds}"), seed])
        .output()
        .expect("oathtool is installed (Debian: apt-get install oathtool)");
    assert!(output.status.success(), "oathtool: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Hands out codes that were not used yet, as a person with one phone does.
#[derive(Debug, Default)]
pub struct Phone {
    last_step: u64,
}

impl Phone {
    /// The next code of the real clock; waits when this half minute's and the next one's are used up.
    pub fn code(&mut self, seed: &str) -> String {
        loop {
            let now = SystemClock::new().now().wall_ms / 1000 / STEP_S;
            let step = now.max(self.last_step + 1);
            if step <= now + 1 {
                self.last_step = step;
                return code_at(seed, step * STEP_S);
            }
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
    }
}
