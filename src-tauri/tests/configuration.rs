//! The window's configuration is what was reviewed: bindings, CSP, permissions, isolation list.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test: the lint's exception does not reach its helpers")]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// Quoted words of a list in a source file, from a mark to the closing bracket.
fn quoted(source: &str, mark: &str) -> BTreeSet<String> {
    let list = source.split_once(mark).unwrap().1.split_once(']').unwrap().0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_bindings_are_those_of_the_commands() {
    let folder = std::env::temp_dir().join(format!("purser-bindings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("bindings.ts");
    let typescript = specta_typescript::Typescript::default()
        .header("// Written by `UPDATE_BINDINGS=1 cargo test -p purser-desktop`; never edited.\n");
    purser_desktop::ipc().export(typescript, &file).unwrap();
    let generated = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/bindings.ts");
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        std::fs::write(&kept, &generated).unwrap();
    }
    assert!(
        std::fs::read_to_string(&kept).unwrap() == generated,
        "ui/src/bindings.ts is old: run UPDATE_BINDINGS=1 cargo test -p purser-desktop"
    );
}

/// R91: the security part of tauri.conf.json is exactly this.
#[test]
fn the_configuration_is_the_reviewed_one() {
    let config = json("tauri.conf.json");
    let expected = serde_json::json!({
        "capabilities": ["main"],
        "csp": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src ipc: http://ipc.localhost; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "freezePrototype": true,
        "pattern": { "use": "isolation", "options": { "dir": "isolation" } },
        "assetProtocol": { "enable": false },
    });
    assert_eq!(config["app"]["security"], expected);
    assert_eq!(config["app"]["withGlobalTauri"], false);
    assert_eq!(config["build"]["removeUnusedCommands"], true);
    assert!(config["build"].get("devUrl").is_none(), "no remote or local server");
    assert!(config.get("plugins").is_none(), "no plugin brings power of its own");
    let manifest = read("Cargo.toml");
    for power in
        ["devtools", "dynamic-acl", "tauri-plugin-fs", "tauri-plugin-shell", "tauri-plugin-http", "tauri-plugin-sql"]
    {
        assert!(!manifest.contains(power) && !read("../Cargo.toml").contains(power), "{power}");
    }
}

/// R92: the one window may call our commands and hear events, nothing else.
#[test]
fn the_window_has_the_reviewed_permissions() {
    let files: Vec<_> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities")).unwrap().collect();
    assert_eq!(files.len(), 1, "one capability file");
    let capability = json("capabilities/main.json");
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert!(capability.get("remote").is_none());
    let mut expected: BTreeSet<String> = quoted(&read("build.rs"), "&[&str] = &[")
        .iter()
        .map(|command| format!("allow-{}", command.replace('_', "-")))
        .collect();
    expected.extend(["core:event:allow-listen".to_owned(), "core:event:allow-unlisten".to_owned()]);
    let permissions: BTreeSet<String> =
        capability["permissions"].as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect();
    assert_eq!(permissions, expected);
}

#[test]
fn build_isolation_and_handler_name_the_same_commands() {
    let built = quoted(&read("build.rs"), "&[&str] = &[");
    let mut isolated = quoted(&read("isolation/index.js"), "new Set([");
    assert!(isolated.remove("plugin:event|listen") && isolated.remove("plugin:event|unlisten"));
    assert_eq!(isolated, built);
    let handler = read("src/lib.rs");
    let list = handler.split_once("collect_commands![").unwrap().1.split_once(']').unwrap().0.to_owned();
    let handled: BTreeSet<String> = list
        .split(',')
        .filter_map(|path| path.trim().rsplit("::").next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    assert_eq!(handled, built);
}

#[test]
fn the_isolation_page_brings_nothing_with_it() {
    let page = read("isolation/index.html");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("http"));
    assert!(!read("isolation/index.js").lines().any(|line| line.starts_with("import ")));
}
