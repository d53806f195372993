//! A display of one's own, so that tests neither need nor disturb the person's.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Result;

/// Names the first program that is missing.
pub fn check_programs() -> Result {
    for program in ["Xvfb", "WebKitWebDriver", "xdotool", "oathtool"] {
        find_program(program).ok_or_else(|| format!("{program} is not installed: `cargo xtask test` installs it"))?;
    }
    Ok(())
}

fn find_program(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|path| path.is_file())
}

pub struct Display {
    server: Child,
    pub name: String,
}

impl Display {
    pub fn start() -> Result<Display> {
        for number in 90..190 {
            if Path::new(&format!("/tmp/.X{number}-lock")).exists() {
                continue;
            }
            let name = format!(":{number}");
            let mut server = Command::new("Xvfb")
                .args([&name, "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            for _ in 0..50 {
                std::thread::sleep(Duration::from_millis(100));
                if Path::new(&format!("/tmp/.X11-unix/X{number}")).exists() {
                    return Ok(Display { server, name });
                }
                if server.try_wait()?.is_some() {
                    break;
                }
            }
            let _ = server.kill();
        }
        Err("no display could be started".into())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
