//! The search index's words: what of a text is indexed, and how a typed search becomes an index query.
//!
//! SQLite's tokenizers either take a Chinese sentence for one word or need three characters, so a two-character
//! name is never found. Chinese, Japanese and Korean runs are therefore cut into overlapping pairs, and the last
//! character stands alone too: 茶叶礼盒 becomes 茶叶 叶礼 礼盒 盒, which finds any part of it from one character up.

/// A run of characters that is indexed in one way.
#[derive(Debug, PartialEq, Eq)]
enum Run {
    Word(String),
    Ideographs(Vec<char>),
}

/// Words for the index, separated by blanks.
pub(super) fn index_words(texts: &[&str]) -> String {
    let mut out = String::new();
    let mut push = |word: &str| {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    };
    for text in texts {
        for run in runs(text) {
            match run {
                Run::Word(word) => push(&word),
                Run::Ideographs(characters) => {
                    for pair in characters.windows(2) {
                        push(&pair.iter().collect::<String>());
                    }
                    if let Some(last) = characters.last() {
                        push(&last.to_string());
                    }
                }
            }
        }
    }
    out
}

/// A typed search as an FTS5 query: every word must occur, the last letters of a word may be missing.
/// `None` when nothing in it can be searched for.
pub(super) fn index_query(search: &str) -> Option<String> {
    let mut terms = Vec::new();
    for run in runs(search) {
        match run {
            Run::Word(word) => terms.push(format!("\"{word}\"*")),
            Run::Ideographs(characters) if characters.len() == 1 => terms.push(format!("\"{}\"*", characters[0])),
            Run::Ideographs(characters) => {
                terms.extend(characters.windows(2).map(|pair| format!("\"{}\"", pair.iter().collect::<String>())));
            }
        }
    }
    if terms.is_empty() { None } else { Some(terms.join(" AND ")) }
}

/// The parts of a search whose order the pair index cannot tell: runs of three and more ideographs.
/// They are looked up in the text itself among what the index found.
pub(super) fn exact_runs(search: &str) -> Vec<String> {
    runs(search)
        .into_iter()
        .filter_map(|run| match run {
            Run::Ideographs(characters) if characters.len() > 2 => Some(characters.into_iter().collect()),
            _ => None,
        })
        .collect()
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    for character in text.chars() {
        if is_ideograph(character) {
            match runs.last_mut() {
                Some(Run::Ideographs(run)) => run.push(character),
                _ => runs.push(Run::Ideographs(vec![character])),
            }
        } else if character.is_alphanumeric() {
            match runs.last_mut() {
                Some(Run::Word(word)) if !word.ends_with(' ') => word.extend(character.to_lowercase()),
                _ => runs.push(Run::Word(character.to_lowercase().collect())),
            }
        } else if let Some(Run::Word(word)) = runs.last_mut() {
            // Ends the word; the mark is removed below.
            if !word.ends_with(' ') {
                word.push(' ');
            }
        } else if matches!(runs.last(), Some(Run::Ideographs(_))) {
            runs.push(Run::Word(" ".to_owned()));
        }
    }
    for run in &mut runs {
        if let Run::Word(word) = run {
            *word = word.chars().filter(|c| c.is_alphanumeric()).collect();
        }
    }
    runs.retain(|run| !matches!(run, Run::Word(word) if word.is_empty()));
    runs
}

/// Han, kana and Hangul: scripts written without blanks between words.
fn is_ideograph(character: char) -> bool {
    matches!(u32::from(character),
        0x3005..=0x3007 | 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_indexed_in_pairs() {
        assert_eq!(index_words(&["茶叶礼盒 250g"]), "茶叶 叶礼 礼盒 盒 250g");
        assert_eq!(index_words(&["订单8853，退款"]), "订单 单 8853 退款 款");
        assert_eq!(index_words(&["", "PUR-1001_x"]), "pur 1001 x");
    }

    #[test]
    fn any_part_of_a_name_can_be_searched() {
        assert_eq!(index_query("茶叶").as_deref(), Some("\"茶叶\""));
        assert_eq!(index_query("盒").as_deref(), Some("\"盒\"*"));
        assert_eq!(index_query("茶叶礼 ord").as_deref(), Some("\"茶叶\" AND \"叶礼\" AND \"ord\"*"));
        assert_eq!(index_query(" -\"* "), None);
        assert_eq!(exact_runs("茶叶礼 ord 两字"), vec!["茶叶礼".to_owned()]);
    }
}
