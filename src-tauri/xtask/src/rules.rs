//! Rules about the source that no compiler checks: where dependencies come from, what may not be written.
//!
//! Each rule is a sentence of the security design or the style that would otherwise rest on attention.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

mod colour;
mod tree;

use tree::{File, Kind};

/// SQLCipher's own way to change a key can destroy a database on a full disk; it may not even be spelled.
const REKEY: [&str; 2] = [concat!("pragma re", "key"), concat!("sqlite3_re", "key")];
/// The window keeps nothing and turns no text into markup.
const WEBVIEW: [&str; 5] = ["{@html", "localStorage", "sessionStorage", "indexedDB", "document.cookie"];
/// Places of somebody's computer.
const PLACES: [&str; 6] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("\\Us", "ers\\"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!(".lib", "rary/"),
];

const CRATES: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Checks every rule and names every line that breaks one.
pub fn check(root: &Path) -> Result<()> {
    let mut broken = sources(&read(root, "Cargo.lock")?);
    broken.extend(packages(&read(root, "ui/package-lock.json")?));
    let mut count = 0;
    tree::visit(root, &mut |file| {
        count += 1;
        broken.extend(lines(file));
    })?;
    if !broken.is_empty() {
        bail!("{} broken:\n  {}", if broken.len() == 1 { "a rule is" } else { "rules are" }, broken.join("\n  "));
    }
    println!("   {count} files keep the rules");
    Ok(())
}

fn read(root: &Path, name: &str) -> Result<String> {
    fs::read_to_string(root.join(name)).with_context(|| format!("cannot read {name}"))
}

/// Rust packages come from crates.io alone.
fn sources(lock: &str) -> Vec<String> {
    let foreign = lock.lines().filter(|line| line.starts_with("source = ") && *line != CRATES);
    foreign.map(|line| format!("Cargo.lock: not from crates.io: {line}")).collect()
}

/// UI packages come from the npm registry alone: no git, no file, no other address.
fn packages(lock: &str) -> Vec<String> {
    let addresses = lock.lines().filter_map(|line| line.trim().strip_prefix("\"resolved\": \""));
    let foreign = addresses.filter(|address| !address.starts_with("https://registry.npmjs.org/"));
    foreign.map(|address| format!("ui/package-lock.json: not from the registry: {address}")).collect()
}

fn lines(file: &File) -> Vec<String> {
    let mut broken = Vec::new();
    let mut in_style = file.kind == Kind::Css;
    for (index, line) in file.text.lines().enumerate() {
        in_style |= line.trim_start().starts_with("<style");
        for complaint in complaints(file, line, in_style) {
            broken.push(format!("{}:{}: {complaint}", file.name, index + 1));
        }
    }
    broken
}

fn complaints(file: &File, line: &str, in_style: bool) -> Vec<String> {
    let mut found = Vec::new();
    if file.kind != Kind::Prose && holds_any(&plain(line), &REKEY) {
        found.push("changing a database's key in place is forbidden: copy and swap".to_owned());
    }
    if let Some(place) = PLACES.iter().find(|place| names_place(line, place)) {
        found.push(format!("names a place of one computer ({place})"));
    }
    if file.name.starts_with("ui/src/") {
        found.extend(
            WEBVIEW
                .iter()
                .filter(|word| line.contains(**word))
                .map(|word| format!("`{word}` is forbidden in the window")),
        );
        if !file.name.ends_with("/tokens.css") && colour::is_written(line, in_style) {
            found.push("a colour outside tokens.css".to_owned());
        }
    }
    found
}

/// Lower case, runs of blanks as one: how SQL may be laid out does not matter.
fn plain(line: &str) -> String {
    line.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn holds_any(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.contains(word))
}

/// An address may have such a part in its middle, a path of a computer begins with it.
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|character| !(character.is_alphanumeric() || "._-~}".contains(character)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(name: &str, text: &str) -> Vec<String> {
        lines(&File { name: name.to_owned(), kind: Kind::of(name), text: text.to_owned() })
    }

    #[test]
    fn this_checkout_keeps_them() {
        check(&crate::place::Place::find().unwrap().root).unwrap();
    }

    #[test]
    fn packages_from_elsewhere_are_named() {
        let lock =
            format!("[[package]]\nname = \"a\"\n{CRATES}\n[[package]]\nsource = \"git+https://example.com/b\"\n");
        assert_eq!(sources(&lock), ["Cargo.lock: not from crates.io: source = \"git+https://example.com/b\""]);
        let lock = "\"resolved\": \"https://registry.npmjs.org/a/-/a-1.0.0.tgz\",\n  \"resolved\": \"git+ssh://b\",";
        assert_eq!(packages(lock).len(), 1);
    }

    #[test]
    fn the_forbidden_pragma_is_found_in_any_layout() {
        let statement = format!("{}  {}", "PRAGMA", concat!("re", "key = 'x'"));
        assert_eq!(broken("src-tauri/crates/app/src/store.rs", &statement).len(), 1);
        assert_eq!(broken("src-tauri/crates/app/README.md", &statement).len(), 0);
    }

    #[test]
    fn the_window_keeps_and_injects_nothing() {
        assert_eq!(
            broken("ui/src/views/Lock.svelte", "<p>{@html name}</p>\nlocalStorage.x = 1"),
            [
                "ui/src/views/Lock.svelte:1: `{@html` is forbidden in the window",
                "ui/src/views/Lock.svelte:2: `localStorage` is forbidden in the window",
            ]
        );
        assert!(broken("ui/eslint.config.js", "localStorage").is_empty());
    }

    #[test]
    fn colours_belong_to_the_tokens() {
        let page = "{#each rows as row}{/each}\n<style>\n  p {\n    color: #fff;\n  }\n</style>";
        assert_eq!(broken("ui/src/A.svelte", page), ["ui/src/A.svelte:4: a colour outside tokens.css"]);
        assert!(broken("ui/src/styles/tokens.css", ":root { --ink: #1c2430; }").is_empty());
    }

    #[test]
    fn paths_of_a_computer_are_named_and_addresses_are_not() {
        let path = format!("see {}someone/notes", PLACES[0]);
        assert_eq!(broken("README.md", &path).len(), 1);
        let address = format!("https://www.example.com{}index.html", PLACES[0]);
        assert!(broken("README.md", &address).is_empty());
    }
}
