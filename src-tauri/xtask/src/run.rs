//! `cargo xtask run`: build Purser and open it; without a display, show it in the terminal.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, must};
use crate::month;
use crate::place::Place;
use crate::step::Steps;
use crate::system::{self, Purpose};
use crate::ui;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Release,
    Debug,
}

impl Profile {
    /// Cargo's name of the folder.
    fn folder(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::Debug => "debug",
        }
    }
}

pub fn run(profile: Profile) -> Result<()> {
    let place = Place::find()?;
    let mut steps = Steps::default();
    if has_display() { open_window(&place, profile, &mut steps) } else { show_in_terminal(&place, profile, &mut steps) }
}

fn open_window(place: &Place, profile: Profile, steps: &mut Steps) -> Result<()> {
    system::ensure(Purpose::Window, steps)?;
    ui::install(place, steps)?;
    ui::build(place, steps)?;
    build(place, profile, "purser-desktop", steps)?;
    let binary = place.binary(profile.folder(), "purser-desktop");
    println!("\n== Opening the window ({})", binary.display());
    let status = Command::new(&binary).status().with_context(|| format!("cannot start {}", binary.display()))?;
    if !status.success() {
        bail!("the window ended with {status}");
    }
    Ok(())
}

fn show_in_terminal(place: &Place, profile: Profile, steps: &mut Steps) -> Result<()> {
    println!("No display here, so no window: the same job in the terminal, on the demo.");
    system::ensure(Purpose::Terminal, steps)?;
    build(place, profile, "purser-cli", steps)?;
    let purser = place.binary(profile.folder(), "purser");
    let output = std::env::current_dir().context("no current folder")?.join("purser-demo-statement.csv");
    let [from, to] = month::last();
    let demo = |words: &[&str]| {
        println!();
        must(Command::new(&purser).arg("--demo").args(words))
    };
    demo(&["status"])?;
    demo(&["history", "--limit", "10"])?;
    let path = output.to_str().context("this folder's name is not text")?;
    let period = ["--from", &from, "--to", &to];
    let wallet = ["statement", "--wallet", "PayPal", "--currency", "USD"];
    demo(&[&wallet[..], &period, &["--format", "csv", "-o", path]].concat())?;
    println!("\nThe statement is in {path}\nMore: {} --help", purser.display());
    Ok(())
}

fn build(place: &Place, profile: Profile, package: &str, steps: &mut Steps) -> Result<()> {
    let about = "the first time up to ten minutes, later seconds";
    steps.step(&format!("Build {package}"), about, || {
        let mut command = cargo(&["build", "--locked", "--package", package]);
        if profile == Profile::Release {
            command.arg("--release");
        }
        must(command.current_dir(&place.root))
    })
}

fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
