//! Journeys over the real app: the real encrypted file, the real command line, processes that are really killed.
//!
//! `cargo test -p purser-tests`. Needed beside the toolchain: oathtool; for the keyring journeys dbus-run-session and
//! gnome-keyring-daemon; for the full-disk journeys the right to mount a small memory file system. What the machine
//! does not offer is said in one printed line.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "what cannot be tried on this machine is said")]

mod archives;
mod audit;
mod backups;
mod books;
mod calls;
mod child;
mod command_line;
mod contacts;
mod credentials;
mod enclosures;
mod fees;
mod freeze;
mod full_disk;
mod imports;
mod incidents;
mod keyring_moods;
mod kills;
mod login;
#[cfg(target_os = "linux")]
mod memory;
mod old_profiles;
mod order;
mod own_numbers;
mod passwords;
mod pdf;
mod people;
mod places;
mod put_back;
mod recovery;
mod revocation;
mod roles;
mod rotation;
mod secrecy;
mod security;
mod session;
mod statements;
mod step_up;
mod system_keyring;
mod system_lock;
mod tasks;
mod unfreeze;
mod unlocking;
mod verdicts;
