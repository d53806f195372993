//! Systems without apt-get: look whether what a build needs is there, and print the command that brings it.
//!
//! It looks for programs and pkg-config modules, not for packages: their names differ, their contents do not.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{on_path, succeeds};
use crate::system::Purpose;

pub fn ensure(purpose: Purpose) -> Result<()> {
    let absent: Vec<&str> = needs(purpose).into_iter().filter(|need| !need.is_met()).map(Need::name).collect();
    if absent.is_empty() {
        return Ok(());
    }
    bail!(
        "missing: {}\nInstall it with:\n  {}\nthen run this again.",
        absent.join(", "),
        install_line(manager(), purpose)
    )
}

#[derive(Debug, Clone, Copy)]
enum Need {
    Program(&'static str),
    Module(&'static str),
    /// What OpenSSL's build scripts load; Fedora packs them one by one.
    PerlModules,
    /// Apple's command line tools.
    Xcode,
}

impl Need {
    fn name(self) -> &'static str {
        match self {
            Need::Program(name) | Need::Module(name) => name,
            Need::PerlModules => "perl's own modules",
            Need::Xcode => "Xcode command line tools",
        }
    }

    fn is_met(self) -> bool {
        match self {
            Need::Program(name) => on_path(name),
            Need::Module(name) => succeeds(Command::new("pkg-config").args(["--exists", name])),
            Need::PerlModules => succeeds(Command::new("perl").args([
                "-MIPC::Cmd",
                "-MFindBin",
                "-MFile::Compare",
                "-MFile::Copy",
                "-e1",
            ])),
            Need::Xcode => succeeds(Command::new("xcode-select").arg("-p")),
        }
    }
}

fn needs(purpose: Purpose) -> Vec<Need> {
    if cfg!(windows) {
        return vec![Need::Program("perl")]; // the linker is there: it linked this program
    }
    if cfg!(target_os = "macos") {
        return vec![Need::Xcode, Need::Program("perl"), Need::Program("make")];
    }
    let mut needs = vec![Need::Program("cc"), Need::Program("make"), Need::Program("perl"), Need::PerlModules];
    if purpose >= Purpose::Window {
        needs.extend([Need::Program("pkg-config"), Need::Module("webkit2gtk-4.1"), Need::Module("librsvg-2.0")]);
    }
    if purpose >= Purpose::Test {
        let programs = [
            "Xvfb",
            "xauth",
            "WebKitWebDriver",
            "gnome-keyring-daemon",
            "dbus-run-session",
            "oathtool",
            "pdftotext",
            "xdotool",
            "age",
            "jq",
        ];
        needs.extend(programs.map(Need::Program));
    }
    needs
}

/// Who installs packages here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Dnf,
    Zypper,
    Pacman,
    Apple,
    Winget,
    Unknown,
}

fn manager() -> Manager {
    if cfg!(windows) {
        return Manager::Winget;
    }
    if cfg!(target_os = "macos") {
        return Manager::Apple;
    }
    let known = [("dnf", Manager::Dnf), ("zypper", Manager::Zypper), ("pacman", Manager::Pacman)];
    known.into_iter().find(|(program, _)| on_path(program)).map_or(Manager::Unknown, |(_, manager)| manager)
}

/// RPM systems take files, fonts and pkg-config modules as names; that spares us the differences between them.
fn install_line(manager: Manager, purpose: Purpose) -> String {
    let rpm_window = "'pkgconfig(webkit2gtk-4.1)' 'pkgconfig(librsvg-2.0)' 'font(:lang=zh-cn)'";
    let rpm_test = "/usr/bin/Xvfb /usr/bin/xauth /usr/bin/WebKitWebDriver /usr/bin/gnome-keyring-daemon \
                    /usr/bin/dbus-run-session /usr/bin/oathtool /usr/bin/pdftotext /usr/bin/xdotool /usr/bin/age /usr/bin/jq ImageMagick";
    let [first, window, test] = match manager {
        Manager::Dnf => ["sudo dnf install gcc gcc-c++ make perl pkgconf-pkg-config", rpm_window, rpm_test],
        Manager::Zypper => ["sudo zypper install gcc gcc-c++ make perl pkgconf-pkg-config", rpm_window, rpm_test],
        Manager::Pacman => [
            "sudo pacman -S --needed base-devel perl",
            "webkit2gtk-4.1 librsvg noto-fonts-cjk",
            "xorg-server-xvfb xorg-xauth gnome-keyring dbus oath-toolkit poppler xdotool imagemagick age jq \
             # and the package that `pacman -F WebKitWebDriver` names",
        ],
        Manager::Apple => ["xcode-select --install", "", ""],
        Manager::Winget => [
            "winget install --exact --id StrawberryPerl.StrawberryPerl",
            "&& winget install --exact --id Microsoft.EdgeWebView2Runtime",
            "",
        ],
        Manager::Unknown => [
            "your package manager: a C compiler, make, perl, pkg-config",
            "and the development files of WebKitGTK 4.1 and librsvg",
            "and Xvfb, xauth, WebKitWebDriver, gnome-keyring, dbus, oathtool, poppler's programs, xdotool, age, jq, ImageMagick",
        ],
    };
    let mut words = vec![first];
    if purpose >= Purpose::Window {
        words.push(window);
    }
    if purpose >= Purpose::Test {
        words.push(test);
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_grows_with_the_purpose() {
        let line = |purpose| install_line(Manager::Dnf, purpose);
        assert_eq!(line(Purpose::Terminal), "sudo dnf install gcc gcc-c++ make perl pkgconf-pkg-config");
        assert!(line(Purpose::Window).ends_with("'font(:lang=zh-cn)'"));
        assert!(line(Purpose::Test).starts_with(&line(Purpose::Window)));
        assert!(line(Purpose::Test).contains("/usr/bin/WebKitWebDriver"));
    }

    #[test]
    fn a_mac_needs_one_command_whatever_the_purpose() {
        assert_eq!(install_line(Manager::Apple, Purpose::Test), "xcode-select --install");
    }
}
