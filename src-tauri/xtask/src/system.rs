//! System packages: what a build needs beside cargo and Node, and installing it where apt-get is.
//!
//! Elsewhere nothing is installed: [`crate::elsewhere`] prints the command.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{answer, must, on_path};
use crate::elsewhere;
use crate::step::Steps;

/// What is going to happen; each needs all of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Build the command line.
    Terminal,
    /// Build and open the window.
    Window,
    /// Build and test everything, in a window of its own.
    Test,
}

/// A C compiler and perl build SQLCipher and its OpenSSL.
const TERMINAL: [&str; 4] = ["build-essential", "pkg-config", "perl", "make"];
const WINDOW: [&str; 3] = ["libwebkit2gtk-4.1-dev", "librsvg2-dev", "fonts-noto-cjk"];
const TEST: [&str; 13] = [
    "xvfb",
    "xauth",
    "webkit2gtk-driver",
    "gnome-keyring",
    "dbus-daemon",
    "dbus-x11",
    "oathtool",
    "poppler-utils",
    "xdotool",
    "imagemagick",
    "age",
    "jq",
    "python3-venv",
];

/// What the benchmark measures Purser beside, in groups that stand alone.
const PEERS: [&[&str]; 2] = [&["sqlite3", "python3", "python3-venv"], &["hledger"]];

pub fn ensure(purpose: Purpose, steps: &mut Steps) -> Result<()> {
    if has_apt() { install(&debian(purpose), steps) } else { elsewhere::ensure(purpose) }
}

/// Installs the peers that can be installed. The benchmark goes without the others and says which.
pub fn ensure_peers(steps: &mut Steps) {
    for peers in PEERS {
        if !has_apt() {
            println!("   peers are not installed here; on your path they would be used: {}", peers.join(" "));
        } else if let Err(error) = install(peers, steps) {
            println!("   {error:#}");
        }
    }
}

fn has_apt() -> bool {
    on_path("apt-get") && on_path("dpkg-query")
}

fn install(wanted: &[&str], steps: &mut Steps) -> Result<()> {
    let missing = missing(wanted, &installed(wanted));
    if missing.is_empty() {
        return Ok(());
    }
    let lines = apt_lines(&missing, rights(&missing)?);
    let what = format!("System packages: {}", missing.join(" "));
    steps.step(&what, "a minute or two, once", || {
        let [mut update, mut install] = lines.map(|line| command(&line));
        // The list as it was may still do; what cannot be had is for the second command to say.
        must(&mut update).unwrap_or_else(|error| println!("   {error}"));
        must(&mut install)
    })
}

fn debian(purpose: Purpose) -> Vec<&'static str> {
    let mut packages = TERMINAL.to_vec();
    if purpose >= Purpose::Window {
        packages.extend(WINDOW);
    }
    if purpose >= Purpose::Test {
        packages.extend(TEST);
    }
    packages
}

/// `dpkg-query` ends with 1 when it does not know a package, and still lists the others.
fn installed(packages: &[&str]) -> String {
    let output =
        Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Abbrev}\t${Package}\n"]).args(packages).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// The packages that are not wholly installed by the answer of `dpkg-query`.
fn missing<'a>(wanted: &[&'a str], answer: &str) -> Vec<&'a str> {
    let present: Vec<&str> = answer
        .lines()
        .filter_map(|line| line.split_once('\t'))
        // Second letter: the state. "ii" installed, "hi" installed and held, "rc" removed, "iU" half-way.
        .filter(|(state, _)| state.chars().nth(1) == Some('i'))
        .map(|(_, package)| package.trim())
        .collect();
    wanted.iter().copied().filter(|package| !present.contains(package)).collect()
}

/// How apt-get may be called here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rights {
    Root,
    Sudo,
}

fn rights(missing: &[&str]) -> Result<Rights> {
    if answer(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0") {
        return Ok(Rights::Root);
    }
    if on_path("sudo") {
        return Ok(Rights::Sudo);
    }
    bail!("packages are missing and only root may install them; as root:\n  apt-get install {}", missing.join(" "))
}

/// Update and install, as words.
fn apt_lines(missing: &[&str], rights: Rights) -> [Vec<String>; 2] {
    let before: &[&str] = if rights == Rights::Sudo { &["sudo"] } else { &[] };
    let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"];
    let line = |rest: &[&str]| before.iter().chain(&apt).chain(rest).map(|&word| word.to_owned()).collect();
    [line(&["update", "-q"]), line(&[&["install", "-q", "-y", "--no-install-recommends"], missing].concat())]
}

fn command(words: &[String]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().map_or("apt-get", String::as_str));
    command.args(words);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wholly_installed_counts() {
        let answer = "ii \tperl\nhi \tmake\nrc \txvfb\niU \toathtool\nun \timagemagick\n";
        let wanted = ["perl", "make", "xvfb", "oathtool", "imagemagick", "never-heard-of"];
        assert_eq!(missing(&wanted, answer), ["xvfb", "oathtool", "imagemagick", "never-heard-of"]);
    }

    #[test]
    fn nothing_is_missing_where_everything_is_installed() {
        let wanted = debian(Purpose::Test);
        let answer: String = wanted.iter().map(|package| format!("ii \t{package}\n")).collect();
        assert!(missing(&wanted, &answer).is_empty());
    }

    #[test]
    fn without_an_answer_everything_is_missing() {
        assert_eq!(missing(&TERMINAL, ""), TERMINAL);
    }

    #[test]
    fn each_purpose_needs_what_the_one_before_needs() {
        let [terminal, window, test] = [Purpose::Terminal, Purpose::Window, Purpose::Test].map(debian);
        assert!(window.starts_with(&terminal) && window.len() > terminal.len());
        assert!(test.starts_with(&window) && test.len() > window.len());
    }

    #[test]
    fn root_calls_apt_itself_and_others_ask_sudo() {
        let [update, install] = apt_lines(&["xvfb", "oathtool"], Rights::Root).map(|line| line.join(" "));
        let apt = "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300";
        assert_eq!(update, format!("{apt} update -q"));
        assert_eq!(install, format!("{apt} install -q -y --no-install-recommends xvfb oathtool"));
        let [update, _] = apt_lines(&["xvfb"], Rights::Sudo);
        assert_eq!(update.join(" "), format!("sudo {apt} update -q"));
    }
}
