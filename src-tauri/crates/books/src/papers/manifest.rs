//! The manifest of an evidence pack, in the form `sha256sum -c` reads, and names of files that are safe everywhere.

use std::collections::BTreeSet;

use crate::document::is_unprintable;
use crate::freeze::journal::is_hex;

/// Bytes of one name.
pub const NAME_BYTES_MAX: usize = 120;
/// The manifest's own name.
pub const MANIFEST: &str = "manifest.sha256";

/// Names that are devices on Windows.
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Gives the files of a pack names that are one line, stay in their folder, and differ even where case does not count.
#[derive(Debug, Clone, Default)]
pub struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// The name for a file somebody called `raw`, in a folder of the pack (empty = its top).
    pub fn give(&mut self, folder: &str, raw: &str) -> String {
        let safe = safe_name(raw);
        let (stem, extension) = match safe.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() && extension.len() <= 10 => (stem, format!(".{extension}")),
            _ => (safe.as_str(), String::new()),
        };
        let place = if folder.is_empty() { String::new() } else { format!("{}/", safe_name(folder)) };
        let mut name = format!("{place}{stem}{extension}");
        let mut count = 1;
        while name.eq_ignore_ascii_case(MANIFEST) || !self.taken.insert(name.to_lowercase()) {
            count += 1;
            name = format!("{place}{stem} ({count}){extension}");
        }
        name
    }
}

/// One component of a path: no separators, nothing invisible, nothing a shell or a file system takes for more than a name.
#[must_use]
pub fn safe_name(raw: &str) -> String {
    let replaced = raw.chars().filter(|c| !is_unprintable(*c)).map(|c| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        c if c.is_whitespace() => ' ',
        c => c,
    });
    let mut name = String::new();
    for character in replaced {
        if name.len() + character.len_utf8() > NAME_BYTES_MAX {
            break;
        }
        name.push(character);
    }
    let name = name.trim_matches([' ', '.', '-', '~']);
    let stem = name.split('.').next().unwrap_or_default().trim();
    if name.is_empty() || RESERVED.iter().any(|reserved| stem.eq_ignore_ascii_case(reserved)) {
        return format!("file{}{name}", if name.is_empty() { "" } else { "_" });
    }
    name.to_owned()
}

/// A name or hash the manifest cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" cannot stand in a manifest")]
pub struct NotALine(String);

/// The lines, sorted by name.
pub fn write<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<String, NotALine> {
    let mut lines = Vec::new();
    for (name, sha256) in files {
        // sha256sum would escape these; the names of a pack never hold them.
        if name.is_empty() || name.contains('\\') || name.chars().any(is_unprintable) || !is_hash(sha256) {
            return Err(NotALine(name.chars().take(40).collect()));
        }
        lines.push((name, format!("{sha256}  {name}\n")));
    }
    lines.sort();
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// Reads lines as `sha256sum` writes them: hash, blank, blank or `*`, name.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<(String, String)>> {
    text.lines()
        .map(|line| {
            let (sha256, rest) = line.split_once(' ')?;
            let name = rest.strip_prefix([' ', '*'])?;
            (is_hash(sha256) && !name.is_empty()).then(|| (name.to_owned(), sha256.to_owned()))
        })
        .collect()
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        for (raw, safe) in [
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\Windows\\x.exe", "C__Windows_x.exe"),
            ("会话 截图.png", "会话 截图.png"),
            ("-rf.txt", "rf.txt"),
            ("...", "file"),
            ("", "file"),
            ("nul.txt", "file_nul.txt"),
            ("a\nb\u{202e}gnp.exe", "abgnp.exe"),
            ("trailing. ", "trailing"),
        ] {
            assert_eq!(safe_name(raw), safe, "{raw:?}");
        }
        assert!(safe_name(&"长".repeat(500)).len() <= NAME_BYTES_MAX);
    }

    #[test]
    fn equal_names_get_numbers() {
        let mut names = Names::default();
        assert_eq!(names.give("attachments", "a.png"), "attachments/a.png");
        assert_eq!(names.give("attachments", "A.PNG"), "attachments/A (2).PNG");
        assert_eq!(names.give("attachments", "a.png"), "attachments/a (3).png");
        assert_eq!(names.give("", "a.png"), "a.png");
        assert_eq!(names.give("", "Manifest.sha256"), "Manifest (2).sha256", "the manifest keeps its own");
        assert_eq!(names.give("../x", "README"), "_x/README");
    }

    #[test]
    fn the_manifest_is_what_sha256sum_writes() {
        let (one, two) = ("ab".repeat(32), "0".repeat(64));
        let text = write([("b.txt", one.as_str()), ("attachments/a b.png", two.as_str())]).unwrap();
        assert_eq!(text, format!("{two}  attachments/a b.png\n{one}  b.txt\n"));
        assert_eq!(parse(&text).unwrap()[1], ("b.txt".to_owned(), one.clone()));
        assert_eq!(parse(&format!("{one} *b.txt")).unwrap().len(), 1, "binary mode");
        for (name, hash) in
            [("a\nb", one.as_str()), ("a\\b", &one), ("", &one), ("a", "ab"), ("a", &one.to_uppercase())]
        {
            assert!(write([(name, hash)]).is_err(), "{name:?}");
        }
        assert!(parse("nonsense").is_none());
    }

    proptest! {
        /// R74: no name of a file forges a line of the manifest or leaves the folder.
        #[test]
        fn any_name_can_stand_in_a_manifest(raws in prop::collection::vec("(?s).{0,40}|[./\\\\\n -]{0,6}", 0..8)) {
            let mut names = Names::default();
            let hash = "c".repeat(64);
            let given: Vec<String> = raws.iter().map(|raw| names.give("attachments", raw)).collect();
            let text = write(given.iter().map(|name| (name.as_str(), hash.as_str()))).unwrap();
            prop_assert_eq!(text.lines().count(), raws.len());
            let read = parse(&text).unwrap();
            for name in &given {
                prop_assert!(read.iter().any(|(known, _)| known == name));
                let parts: Vec<&str> = name.split('/').collect();
                prop_assert!(parts.len() == 2 && parts.iter().all(|part| !part.is_empty() && *part != ".." && *part != "."));
            }
        }
    }
}
