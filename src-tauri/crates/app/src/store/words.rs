//! The search index's words: what of a text is indexed, and what of a typed search is looked up. The index: `word_index.rs`.
//!
//! Chinese, Japanese and Korean runs are therefore cut into all their groups of two and of three
//! characters, and the last character stands alone too: 茶叶礼盒 becomes 茶叶 叶礼 茶叶礼 礼盒 叶礼盒 盒. Any part of it from
//! one character up is found by one look into the index; of four and more characters every group of three must occur.
//! Other scripts are indexed by word, in lower case and without accents.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Calls `each` with every word of a text that is indexed.
pub(super) fn each_word(text: &str, each: &mut dyn FnMut(&str)) {
    split(text, &mut |part| match part {
        Part::Word(word) => each(word),
        Part::Ideographs(run) => groups(run, each),
    });
}

/// All words of some texts, separated by blanks.
pub(super) fn index_words(texts: &[&str]) -> String {
    let mut words = String::new();
    for text in texts {
        each_word(text, &mut |word| {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        });
    }
    words
}

/// What a search looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) word: String,
    /// Whether every word that begins so is meant.
    is_beginning: bool,
}

impl Term {
    /// No word that is meant comes after this one.
    pub(super) fn last(&self) -> String {
        let mut last = self.word.clone();
        if self.is_beginning {
            last.push(char::MAX);
        }
        last
    }

    pub(super) fn matches(&self, word: &[u8]) -> bool {
        if self.is_beginning { word.starts_with(self.word.as_bytes()) } else { word == self.word.as_bytes() }
    }
}

/// The terms of a typed search, all of which must occur. The last letters of a word may be missing.
pub(super) fn terms(search: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut push = |word: &str, is_beginning| terms.push(Term { word: word.to_owned(), is_beginning });
    split(search, &mut |part| match part {
        Part::Word(word) => push(word, true),
        Part::Ideographs(run) => match run.chars().count() {
            1 => push(run, true),
            2 => push(run, false),
            _ => groups(run, &mut |group| {
                if group.chars().count() == 3 {
                    push(group, false);
                }
            }),
        },
    });
    terms
}

/// A piece of text that is indexed in one way.
enum Part<'t> {
    /// Lower case, without accents.
    Word(&'t str),
    /// Characters of a script that is written without blanks.
    Ideographs(&'t str),
}

/// All groups of two and of three neighbours, then the last character alone.
fn groups(run: &str, each: &mut dyn FnMut(&str)) {
    let mut before = [None, None];
    for (start, character) in run.char_indices() {
        let end = start + character.len_utf8();
        for from in before.into_iter().flatten() {
            each(&run[from..end]);
        }
        before = [Some(start), before[0]];
    }
    if let [Some(last), _] = before {
        each(&run[last..]);
    }
}

/// Takes a text apart into words and runs of ideographs.
fn split(text: &str, each: &mut dyn FnMut(Part<'_>)) {
    let mut word = String::new();
    if text.is_ascii() {
        // Most texts are, and need no look at each character.
        for part in text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
            part.clone_into(&mut word);
            word.make_ascii_lowercase();
            each(Part::Word(&word));
        }
        return;
    }
    let mut run: Option<usize> = None;
    for (at, character) in text.char_indices() {
        let is_ideograph = is_ideograph(character);
        if let Some(start) = run.filter(|_| !is_ideograph) {
            each(Part::Ideographs(&text[start..at]));
            run = None;
        }
        if !is_ideograph && push_letter(&mut word, character) {
            continue;
        }
        if !word.is_empty() {
            each(Part::Word(&word));
            word.clear();
        }
        if is_ideograph {
            run = run.or(Some(at));
        }
    }
    if let Some(start) = run {
        each(Part::Ideographs(&text[start..]));
    }
    if !word.is_empty() {
        each(Part::Word(&word));
    }
}

/// Adds a letter or digit to a word, in lower case, without its accent, and full-width ones as plain ones.
/// False for what ends a word.
fn push_letter(word: &mut String, character: char) -> bool {
    if character.is_ascii() {
        if character.is_ascii_alphanumeric() {
            word.push(character.to_ascii_lowercase());
        }
        return character.is_ascii_alphanumeric();
    }
    if is_combining_mark(character) {
        return true;
    }
    if !character.is_alphanumeric() {
        return false;
    }
    for lower in character.to_lowercase() {
        decompose_compatible(lower, |part| {
            if part.is_alphanumeric() && !is_combining_mark(part) {
                word.extend(part.to_lowercase());
            }
        });
    }
    true
}

/// Han, kana and Hangul: scripts written without blanks between words.
fn is_ideograph(character: char) -> bool {
    matches!(u32::from(character),
        0x3005..=0x3007 | 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn beginning(word: &str) -> Term {
        Term { word: word.to_owned(), is_beginning: true }
    }

    fn whole(word: &str) -> Term {
        Term { word: word.to_owned(), is_beginning: false }
    }

    #[test]
    fn chinese_is_indexed_in_groups() {
        assert_eq!(index_words(&["茶叶礼盒 250g"]), "茶叶 叶礼 茶叶礼 礼盒 叶礼盒 盒 250g");
        assert_eq!(index_words(&["订单8853，退款"]), "订单 单 8853 退款 款");
        assert_eq!(index_words(&["", "PUR-1001_x"]), "pur 1001 x");
    }

    #[test]
    fn accents_and_width_do_not_matter() {
        assert_eq!(index_words(&["Jürgen Größe ÉCLAIR e\u{301}clair"]), "jurgen große eclair eclair");
        assert_eq!(index_words(&["ＨＬ－１２３ Ⅳ"]), "hl 123 iv");
        assert_eq!(terms("JURGEN"), [beginning("jurgen")]);
    }

    #[test]
    fn any_part_of_a_name_can_be_searched() {
        assert_eq!(terms("茶叶"), [whole("茶叶")]);
        assert_eq!(terms("盒"), [beginning("盒")]);
        assert_eq!(terms("茶叶礼 ord"), [whole("茶叶礼"), beginning("ord")]);
        assert_eq!(terms("茶叶礼盒"), [whole("茶叶礼"), whole("叶礼盒")]);
        assert_eq!(terms(" -\"* "), []);
    }

    proptest! {
        #[test]
        fn words_hold_nothing_that_the_index_would_split(text in any::<String>()) {
            for word in index_words(&[&text]).split(' ').filter(|word| !word.is_empty()) {
                prop_assert!(word.chars().all(|c| !c.is_ascii() || c.is_ascii_lowercase() || c.is_ascii_digit()), "{word:?}");
            }
            for term in terms(&text) {
                prop_assert!(!term.word.is_empty() && term.matches(term.word.as_bytes()) && term.word <= term.last());
            }
        }

        #[test]
        fn every_part_of_a_run_is_among_its_words(run in "[茶叶礼盒王小明]{1,8}", from in 0usize..8, length in 1usize..4) {
            let characters: Vec<char> = run.chars().collect();
            let from = from.min(characters.len() - 1);
            let part: String = characters.iter().skip(from).take(length).collect();
            let words = index_words(&[&run]);
            let found = words.split(' ').any(|word| word == part || (part.chars().count() == 1 && word.starts_with(&part)));
            prop_assert!(found, "{part} in {words}");
        }
    }
}
