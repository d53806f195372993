//! Parts that tell an account from another without being of use to a thief: what is written down of phones, mailboxes and
//! bank accounts. The whole value is never kept.

/// Longest free text of a noted value.
const CHARS_MAX: usize = 200;
const HIDDEN: char = '…';

/// The last four digits of a telephone number.
#[must_use]
pub fn phone(typed: &str) -> Option<String> {
    last_four(&typed.chars().filter(char::is_ascii_digit).collect::<Vec<_>>())
}

/// The last four letters or digits of a bank account.
#[must_use]
pub fn account(typed: &str) -> Option<String> {
    last_four(&typed.chars().filter(char::is_ascii_alphanumeric).collect::<Vec<_>>())
}

/// The first letter of the mailbox, and the domain.
#[must_use]
pub fn email(typed: &str) -> Option<String> {
    let (mailbox, domain) = typed.trim().split_once('@')?;
    let first = mailbox.chars().next().filter(|first| first.is_alphanumeric())?;
    let plain = domain.contains('.') && !domain.contains(['@', HIDDEN]) && !domain.contains(char::is_whitespace);
    (plain && domain.len() <= CHARS_MAX).then(|| format!("{first}{HIDDEN}@{domain}"))
}

/// A short text on one line.
#[must_use]
pub fn text(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let fits = (1..=CHARS_MAX).contains(&typed.chars().count()) && !typed.contains(char::is_control);
    fits.then(|| typed.to_owned())
}

/// Two of them are too few to tell anything.
fn last_four(characters: &[char]) -> Option<String> {
    let last = &characters[characters.len().saturating_sub(4)..];
    (last.len() > 2).then(|| HIDDEN.to_string() + &last.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_end_of_a_number_is_kept() {
        assert_eq!(phone("+86 138 0013 4471").as_deref(), Some("…4471"));
        assert_eq!(phone("…4471").as_deref(), Some("…4471"));
        assert_eq!(account("DE89 3704 0044 0532 0130 0A").as_deref(), Some("…300A"));
        assert_eq!(phone("12"), None);
        assert_eq!(account("----"), None);
    }

    #[test]
    fn only_the_first_letter_of_a_mailbox_is_kept() {
        assert_eq!(email("mei.zhang@example.com").as_deref(), Some("m…@example.com"));
        assert_eq!(email("m…@example.com").as_deref(), Some("m…@example.com"));
        assert_eq!(email("梅@example.cn").as_deref(), Some("梅…@example.cn"));
        for wrong in ["", "mei", "@example.com", "mei@", "mei@example", "a@b@c.d", "a@b c.d"] {
            assert_eq!(email(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_noted_text_is_one_short_line() {
        assert_eq!(text("  Mei and Jun ").as_deref(), Some("Mei and Jun"));
        assert_eq!((text(""), text("a\nb"), text(&"x".repeat(201))), (None, None, None));
    }

    proptest! {
        #[test]
        fn no_more_than_four_digits_ever_stay(typed in "\\PC{0,40}") {
            for masked in [phone(&typed), account(&typed)].into_iter().flatten() {
                prop_assert!(masked.chars().count() <= 5);
                prop_assert_eq!(account(&masked), Some(masked), "masking again changes nothing");
            }
        }
    }
}
