//! The dependency checker, where it is installed: building it takes longer than all the tests.

use anyhow::Result;

use crate::command::{cargo, must, succeeds};
use crate::place::Place;

/// Licences, bans and sources; advisories where their database is reached. What was not checked is said.
pub fn check(place: &Place) -> Result<()> {
    let deny = |arguments: &[&str]| {
        let mut command = cargo(&["deny", "--locked"]);
        command.args(arguments).current_dir(&place.root);
        command
    };
    if !succeeds(cargo(&["deny", "--version"]).current_dir(&place.root)) {
        println!("   not checked: cargo-deny is not installed (cargo install cargo-deny --locked)");
        return Ok(());
    }
    must(&mut deny(&["check", "bans", "licenses", "sources"]))?;
    if succeeds(&mut deny(&["fetch", "db"])) {
        return must(&mut deny(&["check", "advisories"]));
    }
    println!("   advisories not checked: the advisory database is not reached from here");
    Ok(())
}
