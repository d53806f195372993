//! The recovery kit: a page to print or save, the only place in this crate with prose.
//!
//! Everything but the key is a `#` comment, so the saved page is at the same time an identity file that
//! stock `age` takes as it is. The lines this module reads back are in English in every language.

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::id::FileId;
use crate::key::SignPublic;
use crate::secret::RecoveryKey;

const BYTES_MAX: usize = 64 * 1024;
const FORM: &str = "purser-kit: 1";
const KEY_START: &str = "AGE-SECRET-KEY-1";

/// Language of the instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KitLanguage {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl KitLanguage {
    /// The language a page was rendered in.
    #[must_use]
    pub fn of_page(page: &str) -> KitLanguage {
        let title = page.lines().next().and_then(|line| line.strip_prefix("# "));
        let is_chinese = title.is_some_and(|title| chinese_heading().lines().next() == Some(title));
        if is_chinese { KitLanguage::Chinese } else { KitLanguage::English }
    }

    /// What the owner writes onto the printed page by hand.
    #[must_use]
    pub const fn lines_to_write(self) -> [&'static str; 3] {
        match self {
            KitLanguage::English => ["Where this page is kept", "Date of printing", "Signature of the owner"],
            KitLanguage::Chinese => ["本页存放处", "打印日期", "所有者签名"],
        }
    }
}

/// What is printed.
#[derive(Debug)]
pub struct Kit<'a> {
    /// Name of the business, for the heading.
    pub business_name: &'a str,
    /// The profile.
    pub file_id: FileId,
    /// The key itself.
    pub recovery_key: &'a RecoveryKey,
    /// Whose fingerprint is printed.
    pub owner_public: SignPublic,
    /// Newest checkpoint of the audit log, one line, if there is one yet.
    pub audit_checkpoint: Option<&'a str>,
    /// Date as shown to the user.
    pub created: &'a str,
}

/// What a kit says when read back.
#[derive(Debug)]
pub struct ParsedKit {
    /// The profile.
    pub file_id: FileId,
    /// The key.
    pub recovery_key: RecoveryKey,
    /// To be compared with [`SignPublic::fingerprint`] of the key file's owner.
    pub owner_fingerprint: String,
    /// The checkpoint, if one was printed.
    pub audit_checkpoint: Option<String>,
}

impl Kit<'_> {
    /// The page, lines ending in LF.
    #[must_use]
    pub fn render(&self, language: KitLanguage) -> Zeroizing<String> {
        // Reserved at once: a growing buffer would leave unwiped copies of the key behind.
        let mut page = Zeroizing::new(String::with_capacity(16 * 1024));
        let (heading, instructions) = match language {
            KitLanguage::English => (english_heading(), english_instructions()),
            KitLanguage::Chinese => (chinese_heading(), chinese_instructions()),
        };
        heading.lines().for_each(|line| comment(&mut page, line));
        comment(&mut page, "");
        comment(&mut page, FORM);
        comment(&mut page, &format!("file-id: {}", self.file_id));
        comment(&mut page, &format!("owner-key: {}", self.owner_public.fingerprint()));
        comment(&mut page, &format!("checkpoint: {}", one_line(self.audit_checkpoint.unwrap_or("-"))));
        // Behind a field name: a business called "file-id: 1" must not be read as that field.
        comment(&mut page, &format!("business: {}", one_line(self.business_name)));
        comment(&mut page, &format!("created: {}", one_line(self.created)));
        page.push('\n');
        // Exposed to be printed: this page is what the key is for.
        page.push_str(&self.recovery_key.expose_text());
        page.push_str("\n\n");
        instructions.lines().for_each(|line| comment(&mut page, line));
        page
    }
}

/// Reads a saved kit, or one typed from paper as far as its key and `#` lines go.
///
/// # Errors
/// [`Error::Damaged`]: not a kit, cut, or its key mistyped. [`Error::UnsupportedVersion`].
pub fn parse(text: &str) -> Result<ParsedKit> {
    if text.len() > BYTES_MAX {
        return Err(Error::Damaged);
    }
    let field = |name: &str| {
        let lines = text.lines().map(|line| line.trim_start_matches('#').trim());
        let mut values = lines.filter_map(|line| line.strip_prefix(name).map(str::trim));
        values.next().filter(|value| !value.is_empty()).ok_or(Error::Damaged)
    };
    if field("purser-kit:")? != "1" {
        return Err(Error::UnsupportedVersion);
    }
    let key = text.lines().map(str::trim).find(|line| line.starts_with(KEY_START));
    Ok(ParsedKit {
        file_id: field("file-id:")?.parse()?,
        recovery_key: RecoveryKey::parse(key.ok_or(Error::Damaged)?)?,
        owner_fingerprint: field("owner-key:")?.to_owned(),
        audit_checkpoint: Some(field("checkpoint:")?).filter(|value| *value != "-").map(str::to_owned),
    })
}

/// Whether the key was typed back correctly, which proves that the kit exists outside the computer.
#[must_use]
pub fn retyped_matches(recovery_key: &RecoveryKey, typed: &str) -> bool {
    RecoveryKey::parse(typed).is_ok_and(|key| key.matches(recovery_key))
}

fn comment(page: &mut String, line: &str) {
    page.push_str(if line.is_empty() { "#" } else { "# " });
    page.push_str(line);
    page.push('\n');
}

/// A name with a line break in it must not be able to add a line.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).take(300).collect()
}

/// The same commands in both languages. `keys.json` holds the grants in base64 inside base64.
const COMMANDS: [&str; 3] = [
    "age -d -i purser-kit.txt -o backup.tar purser-backup.age",
    "jq -r .body keys.json | base64 -d | jq -r .grants.books | base64 -d | age -d -i purser-kit.txt",
    "sqlcipher books.db \"PRAGMA key = \\\"x'KEY'\\\";\" .dump",
];

fn english_heading() -> &'static str {
    "PURSER RECOVERY KIT\n\
     Whoever has this page and a copy of the files can open everything. Keep it on paper, away from the\n\
     computer. If it may have been seen, make a new kit in Purser: this one then opens only older copies."
}

fn english_instructions() -> String {
    let [backup, key, dump] = COMMANDS;
    format!(
        "WITH PURSER: where the lock screen offers \"Recover\", type the key above. You set a new password\n\
         and a new code generator, and get a new kit.\n\
         \n\
         WITHOUT PURSER you need the programs age (1.0 or newer), jq and SQLCipher (4 or newer), and this\n\
         page saved as purser-kit.txt (the lines that start with # may be left out).\n\
         1. Open a backup:\n   {backup}\n\
         2. Print the key of the books, 64 characters:\n   {key}\n\
         3. Read the books; put those 64 characters in the place of KEY:\n   {dump}\n\
         4. For the freeze capsule, print .grants.freeze in step 2 instead of .grants.books into a file; that\n   \
         file is the identity for: age -d -i FILE freeze.capsule\n\
         \n\
         CHECK: owner-key above is the fingerprint shown in Purser under Security. If they differ, somebody\n\
         replaced the key file."
    )
}

fn chinese_heading() -> &'static str {
    "PURSER 恢复套件\n\
     拿到本页和数据副本的人可以打开全部内容。请打印在纸上，与电脑分开存放。\n\
     如果本页可能被他人看到，请在 Purser 中生成新的恢复套件，此后本页只能打开更早的副本。"
}

fn chinese_instructions() -> String {
    let [backup, key, dump] = COMMANDS;
    format!(
        "使用 PURSER：若锁定界面有“恢复”，请选择并输入上面的密钥。随后设置新密码和新的动态验证码，并得到新的恢复套件。\n\
         \n\
         没有 PURSER 时：需要 age（1.0 或更高）、jq 和 SQLCipher（4 或更高），并把本页保存为 purser-kit.txt\n\
         （以 # 开头的行可以省略）。\n\
         1. 打开备份：\n   {backup}\n\
         2. 显示账本密钥（64 个字符）：\n   {key}\n\
         3. 读取账本，用这 64 个字符替换 KEY：\n   {dump}\n\
         4. 冻结包：把第 2 步的 .grants.books 换成 .grants.freeze，输出存成文件，\n   \
         再执行 age -d -i 文件名 freeze.capsule\n\
         \n\
         核对：上面的 owner-key 应与 Purser“安全”页显示的指纹一致。不一致说明密钥文件被人替换过。"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWNER: SignPublic = SignPublic::from_bytes([5; 32]);

    fn kit<'a>(key: &'a RecoveryKey, name: &'a str, checkpoint: Option<&'a str>) -> Kit<'a> {
        Kit {
            business_name: name,
            file_id: FileId::from_bytes([6; 16]),
            recovery_key: key,
            owner_public: OWNER,
            audit_checkpoint: checkpoint,
            created: "2026-01-02",
        }
    }

    #[test]
    fn a_kit_is_read_back_in_both_languages() {
        let key = RecoveryKey::make();
        for language in [KitLanguage::English, KitLanguage::Chinese] {
            let page = kit(&key, "莲花贸易", Some("12 abcd")).render(language);
            for saved in [page.to_string(), page.replace('\n', "\r\n"), page.replace("# ", "#")] {
                let read = parse(&saved).unwrap();
                assert_eq!(read.file_id, FileId::from_bytes([6; 16]));
                assert!(read.recovery_key.matches(&key));
                assert_eq!(read.owner_fingerprint, OWNER.fingerprint());
                assert_eq!(read.audit_checkpoint.as_deref(), Some("12 abcd"));
            }
            assert!(page.capacity() <= 16 * 1024, "the page did not outgrow its buffer");
        }
        let page = kit(&key, "x", None).render(KitLanguage::English);
        assert_eq!(parse(&page).unwrap().audit_checkpoint, None);
    }

    /// The page is an age identity file: comments, blank lines and one key.
    #[test]
    fn stock_age_takes_the_page_as_it_is() {
        let key = RecoveryKey::make();
        for language in [KitLanguage::English, KitLanguage::Chinese] {
            let page = kit(&key, "a\nb", None).render(language);
            let keys = page.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            assert_eq!(keys.collect::<Vec<_>>(), [key.expose_text().as_str()]);
            let file = age::IdentityFile::from_buffer(page.as_bytes()).unwrap();
            assert_eq!(file.into_identities().unwrap().len(), 1);
        }
    }

    #[test]
    fn a_page_tells_its_language() {
        let key = RecoveryKey::make();
        for language in [KitLanguage::English, KitLanguage::Chinese] {
            assert_eq!(KitLanguage::of_page(&kit(&key, "恢复套件", None).render(language)), language);
        }
        assert_eq!(KitLanguage::of_page(""), KitLanguage::English);
        assert_eq!(KitLanguage::of_page("#\n"), KitLanguage::English);
    }

    #[test]
    fn a_cut_or_mistyped_kit_is_refused() {
        let key = RecoveryKey::make();
        let page = kit(&key, "x", None).render(KitLanguage::English);
        let without = |part: &str| parse(&page.replacen(part, "", 1)).unwrap_err();
        for part in ["file-id:", "owner-key:", "purser-kit:", "checkpoint:", KEY_START] {
            assert_eq!(without(part), Error::Damaged, "{part}");
        }
        assert_eq!(parse(&page.replace(FORM, "purser-kit: 2")).unwrap_err(), Error::UnsupportedVersion);
        assert_eq!(parse(&"#\n".repeat(40_000)).unwrap_err(), Error::Damaged);
    }

    #[test]
    fn names_cannot_pose_as_fields() {
        let key = RecoveryKey::make();
        let name = "file-id: 00\npurser-kit: 2\nAGE-SECRET-KEY-1";
        let page = kit(&key, name, Some("x\nowner-key: y")).render(KitLanguage::English);
        let read = parse(&page).unwrap();
        assert_eq!(read.owner_fingerprint, OWNER.fingerprint());
        assert!(read.recovery_key.matches(&key));
    }

    #[test]
    fn typing_the_key_back_proves_the_kit() {
        let key = RecoveryKey::make();
        assert!(retyped_matches(&key, &key.expose_text().to_lowercase()));
        assert!(!retyped_matches(&key, &RecoveryKey::make().expose_text()));
        assert!(!retyped_matches(&key, ""));
    }

    /// R10
    #[test]
    fn debug_of_a_kit_shows_no_key() {
        let key = RecoveryKey::make();
        let page = kit(&key, "x", None);
        assert!(!format!("{page:?} {:?}", parse(&page.render(KitLanguage::English))).contains("AGE-"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "\\PC*") {
            prop_assert!(parse(&text).is_err());
        }
    }
}
