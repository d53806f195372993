//! Colour literals in a line of CSS, TypeScript or a component.

const FUNCTIONS: [&str; 8] = ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklch("];

/// Whether a colour is written out. Outside styles a `#` counts only inside quotes: there it also begins
/// blocks of the template and private names.
pub fn is_written(line: &str, in_style: bool) -> bool {
    let line = line.trim_start();
    has_function(line) || line.match_indices('#').any(|(at, _)| is_hex(line, at, in_style))
}

fn has_function(line: &str) -> bool {
    FUNCTIONS.iter().any(|function| {
        line.match_indices(function).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|character| character.is_alphanumeric() || character == '_' || character == '-')
        })
    })
}

fn is_hex(line: &str, at: usize, in_style: bool) -> bool {
    let before = line[..at].chars().next_back();
    let opens = if in_style {
        before.is_some_and(|character| !(character.is_alphanumeric() || character == '&')) // a line's first `#` is a selector
    } else {
        before.is_some_and(|character| "\"'`".contains(character))
    };
    let rest = &line[at + 1..];
    let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
    let ends = !rest[digits..]
        .starts_with(|character: char| character.is_alphanumeric() || character == '_' || character == '-');
    opens && ends && matches!(digits, 3 | 4 | 6 | 8)
}

#[cfg(test)]
mod tests {
    use super::is_written;

    #[test]
    fn in_styles() {
        for line in
            ["color: #fff;", "  background: rgb(0 0 0 / 10%);", "border:1px solid #1c24300a", "--x: oklch(0.7 0.1 200)"]
        {
            assert!(is_written(line, true), "{line}");
        }
        for line in [
            "  #add { color: var(--ink); }",
            "color: var(--ink);",
            "mask: url(#fade-out)",
            "background: color-mix(in oklab, red)",
        ] {
            assert!(!is_written(line, true), "{line}");
        }
    }

    #[test]
    fn in_scripts_and_templates() {
        for line in ["fill: \"#0f5c7a\"", "return 'rgba(0, 0, 0, .5)'"] {
            assert!(is_written(line, false), "{line}");
        }
        for line in ["{#each rows as row}", "this.#add(row);", "href=\"#address\"", "slab(", "&#169;"] {
            assert!(!is_written(line, false), "{line}");
        }
    }
}
