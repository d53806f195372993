//! What makes a password acceptable (NIST SP 800-63B-4 section 3.1.1): length, and not being guessable.
//!
//! No composition rules, no expiry, no trimming. `zxcvbn` judges; what it does not know is added to its
//! dictionary: Chinese phrases, the providers, and the names of this business and its people. Reasons
//! are codes; the user interface has the words.

use std::collections::BTreeSet;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Score, zxcvbn};

use crate::secret::PASSPHRASE_BYTES_MAX;

/// zxcvbn takes more than linear time; a password that is strong in 100 characters is strong.
const JUDGED_CHARS_MAX: usize = 100;
/// Of a password with known words taken out, so many characters must be left.
const REST_CHARS_MIN: usize = 8;
/// Shorter names would forbid half the alphabet.
const NAME_CHARS_MIN: usize = 3;
const SCORE_MIN: u8 = 3;

/// Beginnings of Chinese passwords in the order of leaked lists: numbers that sound like words, pinyin,
/// keyboard runs.
const COMMON: &[&str] = &[
    "5201314",
    "1314520",
    "7758521",
    "7758258",
    "1314521",
    "520520",
    "521521",
    "1314",
    "520",
    "521",
    "5211314",
    "9958123",
    "584520",
    "147258369",
    "147258",
    "123456789",
    "12345678",
    "1234567",
    "123456",
    "123123",
    "123321",
    "112233",
    "111111",
    "000000",
    "666666",
    "888888",
    "88888888",
    "168168",
    "woaini",
    "woaiwo",
    "woaiwojia",
    "woaiwolaopo",
    "woaiwolaogong",
    "woaita",
    "wobuaini",
    "wozhiaini",
    "aini",
    "xihuanni",
    "wojiushiwo",
    "woshishei",
    "woshi",
    "laopo",
    "laogong",
    "baobao",
    "baobei",
    "mama",
    "baba",
    "tiantian",
    "beijing",
    "shanghai",
    "guangzhou",
    "shenzhen",
    "zhongguo",
    "zhonghua",
    "nihao",
    "nihaoma",
    "mima",
    "wodemima",
    "wangjimima",
    "denglu",
    "zhanghao",
    "mimamima",
    "asd123",
    "a123456",
    "abc123",
    "qq123456",
    "q123456",
    "aa123456",
    "qwe123",
    "qwerty",
    "asdfgh",
    "zxcvbnm",
    "1q2w3e4r",
    "1qaz2wsx",
    "qazwsx",
    "password",
    "passw0rd",
    "admin",
    "administrator",
    "root",
    "letmein",
    "welcome",
    "iloveyou",
    "monkey",
    "dragon",
    "master",
    "test",
    "guest",
    "login",
    "secret",
    "hello",
    "wodeqian",
    "facai",
    "gongxifacai",
    "gongsi",
    "caiwu",
    "kuaiji",
    "laoban",
    "yinhang",
    "zhuanzhang",
    "shoukuan",
    "fukuan",
    "我爱你",
    "密码",
    "我的密码",
    "你好",
    "发财",
    "恭喜发财",
    "公司",
    "财务",
];
/// Names of what this program manages.
const PROVIDERS: &[&str] = &[
    "purser",
    "paypal",
    "alipay",
    "zhifubao",
    "wechatpay",
    "wechat",
    "weixinzhifu",
    "weixin",
    "tenpay",
    "caifutong",
    "stripe",
    "wallet",
    "qianbao",
    "支付宝",
    "微信支付",
    "微信",
    "财付通",
    "钱包",
    "贝宝",
];

/// What else protects the slot, which decides how long its password must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// A code is asked for too: 12 characters.
    SecondFactor,
    /// The password is the only thing asked for: 15 characters.
    PasswordOnly,
    /// There is not even a device secret: 16 characters.
    NoDeviceSecret,
}

impl Protection {
    /// Fewest characters (Unicode code points after NFKC).
    #[must_use]
    pub const fn chars_min(self) -> u8 {
        match self {
            Self::SecondFactor => 12,
            Self::PasswordOnly => 15,
            Self::NoDeviceSecret => 16,
        }
    }
}

/// Why a password was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "code")]
pub enum Reason {
    /// Fewer characters than that.
    TooShort {
        /// Fewest characters.
        min: u8,
    },
    /// More bytes than that.
    TooLong {
        /// Most bytes.
        max_bytes: u16,
    },
    /// One of the passwords everybody tries first, or made of such.
    Common,
    /// Made of the name of the business, the user or a provider.
    NameInside,
    /// Could be guessed with the usual programs.
    Guessable,
}

/// A judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (very strong).
    pub score: u8,
    /// Whether the password may be used.
    pub accepted: bool,
    /// Why not, the most helpful first; empty when accepted.
    pub reasons: Vec<Reason>,
}

/// Judges a password as typed. `names` are words an attacker knows about this user: the business, the
/// slot, the person.
#[must_use]
pub fn assess(typed: &str, protection: Protection, names: &[&str]) -> Strength {
    if typed.len() > PASSPHRASE_BYTES_MAX {
        return refused(0, vec![too_long()]);
    }
    let normal = normalise(typed);
    let mut reasons = Vec::new();
    let min = protection.chars_min();
    if normal.chars().count() < usize::from(min) {
        reasons.push(Reason::TooShort { min });
    }
    if normal.len() > PASSPHRASE_BYTES_MAX {
        reasons.push(too_long());
    }
    let names = name_words(names);
    let judged: Zeroizing<String> = Zeroizing::new(normal.chars().take(JUDGED_CHARS_MAX).collect());
    let (score, is_listed) = judge(&judged, &names);
    let lower = Zeroizing::new(judged.to_lowercase());
    if is_listed || is_made_of(&lower, COMMON.iter().copied()) {
        reasons.push(Reason::Common);
    }
    if is_made_of(&lower, PROVIDERS.iter().copied().chain(names.iter().map(String::as_str))) {
        reasons.push(Reason::NameInside);
    }
    if score < SCORE_MIN {
        reasons.push(Reason::Guessable);
    }
    if reasons.is_empty() { Strength { score, accepted: true, reasons } } else { refused(score, reasons) }
}

const fn too_long() -> Reason {
    Reason::TooLong { max_bytes: 1024 }
}

/// A refused password never shows as strong.
fn refused(score: u8, reasons: Vec<Reason>) -> Strength {
    Strength { score: score.min(SCORE_MIN - 1), accepted: false, reasons }
}

fn normalise(typed: &str) -> Zeroizing<String> {
    let mut normal = Zeroizing::new(String::with_capacity(typed.len() * 11 + 4));
    normal.extend(typed.nfkc());
    normal
}

/// Score, and whether the whole password is one entry of a list of leaked passwords.
fn judge(password: &str, names: &BTreeSet<String>) -> (u8, bool) {
    let known: Vec<&str> = COMMON.iter().chain(PROVIDERS).copied().chain(names.iter().map(String::as_str)).collect();
    let entropy = zxcvbn(password, &known);
    let is_name = |word: &str| names.contains(word) || PROVIDERS.contains(&word);
    let is_listed = match entropy.sequence() {
        [only] => {
            matches!(&only.pattern, MatchPattern::Dictionary(found) if !is_name(&found.matched_word))
        }
        _ => false,
    };
    let score = match entropy.score() {
        Score::One => 1,
        Score::Two => 2,
        Score::Three => 3,
        Score::Four => 4,
        _ => 0,
    };
    (score, is_listed)
}

/// Each name whole and in its words, lower case.
fn name_words(names: &[&str]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for name in names {
        let name = name.nfkc().collect::<String>().to_lowercase();
        let parts = name.split(|character: char| !character.is_alphanumeric());
        for word in parts.chain([name.trim(), &name.replace(' ', "")]) {
            // A Chinese name of two characters is as long as an English word.
            let enough = word.chars().count() >= NAME_CHARS_MIN || word.len() >= 6;
            if enough {
                words.insert(word.to_owned());
            }
        }
    }
    words
}

/// Whether a known word occurs and too little is left without it. Digits do not count as something left
/// (`zhifubao2024` is `zhifubao`), except in passphrases long enough to have other words.
fn is_made_of<'a>(lower: &str, known: impl Iterator<Item = &'a str>) -> bool {
    let mut known: Vec<&str> = known.collect();
    known.sort_by_key(|word| core::cmp::Reverse(word.len()));
    let mut rest = Zeroizing::new(lower.to_owned());
    let mut found = false;
    for word in known {
        if rest.contains(word) {
            found = true;
            rest = Zeroizing::new(rest.replace(word, "\u{0}"));
        }
    }
    found && rest.chars().filter(|character| character.is_alphabetic()).count() < REST_CHARS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMES: &[&str] = &["Lotus Trading Co", "莲花贸易", "annabella"];

    fn of(typed: &str) -> Strength {
        assess(typed, Protection::SecondFactor, NAMES)
    }

    /// R23
    #[test]
    fn length_depends_on_what_else_protects() {
        let typed = "vK9#mQ2$xL7@pRz4tYwB";
        let short = |count: usize, protection| assess(&typed[..count], protection, &[]).reasons;
        assert_eq!(short(11, Protection::SecondFactor), [Reason::TooShort { min: 12 }]);
        assert_eq!(short(12, Protection::SecondFactor), []);
        assert_eq!(short(14, Protection::PasswordOnly), [Reason::TooShort { min: 15 }]);
        assert_eq!(short(15, Protection::PasswordOnly), []);
        assert_eq!(short(15, Protection::NoDeviceSecret), [Reason::TooShort { min: 16 }]);
        assert_eq!(short(16, Protection::NoDeviceSecret), []);
        let long: String = typed.chars().cycle().take(1024).collect();
        assert!(of(&long[..64]).accepted && of(&long).accepted);
        assert_eq!(of(&format!("{long}x")).reasons, [Reason::TooLong { max_bytes: 1024 }]);
    }

    /// R24
    #[test]
    fn any_script_and_any_case_will_do() {
        for typed in [
            "seven wet umbrellas in oslo",
            "sevenwetumbrellasinoslo",
            "我家的橘猫总喜欢在下午睡觉",
            "🦊🌵🚲🧊🎺🪁🥝🧶🪐🧂🦀🛶",
            " leading and trailing spaces ",
        ] {
            let strength = of(typed);
            assert!(strength.accepted, "{typed}: {strength:?}");
        }
    }

    /// R26: refused, and with the reason.
    #[test]
    fn known_passwords_are_refused_with_the_reason() {
        for (typed, reason) in [
            ("woaini1314", Reason::Common),
            ("5201314520", Reason::Common),
            ("woaini1314520", Reason::Common),
            ("Woaini5201314", Reason::Common),
            ("mima12345678", Reason::Common),
            ("a123456a123456", Reason::Common),
            ("qq123456789012", Reason::Common),
            ("password1234", Reason::Common),
            ("passwordpassword", Reason::Common),
            ("我爱你我爱你我爱你我爱你", Reason::Common),
            ("zhifubao2024", Reason::NameInside),
            ("weixinzhifu888888", Reason::NameInside),
            ("PayPal-2024!!", Reason::NameInside),
            ("支付宝支付宝支付宝2024", Reason::NameInside),
            ("lotustrading2024", Reason::NameInside),
            ("LotusTradingCo!", Reason::NameInside),
            ("莲花贸易莲花贸易莲花贸易", Reason::NameInside),
            ("annabella1990!", Reason::NameInside),
            ("aaaaaaaaaaaaaaaa", Reason::Guessable),
            ("qwertyuiop[]\\asdf", Reason::Guessable),
            ("abcdefghijklmnop", Reason::Guessable),
        ] {
            let strength = of(typed);
            assert!(!strength.accepted && strength.score < 3, "{typed}: {strength:?}");
            assert!(strength.reasons.contains(&reason), "{typed}: {strength:?}");
        }
    }

    #[test]
    fn a_known_word_inside_a_long_passphrase_is_no_harm() {
        for typed in ["the paypal heron eats umbrellas", "lotus flowers under seven wet bridges"] {
            assert!(of(typed).accepted, "{typed}: {:?}", of(typed));
        }
    }

    #[test]
    fn short_names_do_not_forbid_letters() {
        let strength = assess("seven wet umbrellas", Protection::SecondFactor, &["a", "we", ""]);
        assert!(strength.accepted, "{strength:?}");
    }

    /// R25: the judgement does not depend on the keyboard.
    #[test]
    fn full_width_typing_is_judged_as_plain() {
        assert_eq!(of("ｚｈｉｆｕｂａｏ２０２４"), of("zhifubao2024"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn arbitrary_text_is_judged(typed in "\\PC{0,60}") {
            let strength = of(&typed);
            prop_assert_eq!(strength.accepted, strength.reasons.is_empty());
            prop_assert!(strength.score <= 4);
        }
    }
}
