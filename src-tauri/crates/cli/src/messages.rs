//! The texts of the command line in both languages.

mod details;
pub mod doors;

use purser_app::error::{Code, Error};
use purser_vault::kit::KitLanguage;

use crate::arguments::Language;

/// Before the language is known.
pub const PANIC: &str = "Something unexpected happened; the command was ended. 发生意外错误，命令已终止。";

impl Language {
    /// The language asked for, else the system's.
    pub fn choose(asked: Option<Language>) -> Language {
        asked.unwrap_or_else(|| {
            let system = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
            if system.is_some_and(|value| value.starts_with("zh")) { Language::Chinese } else { Language::English }
        })
    }

    /// The language a recovery kit is printed in.
    pub const fn of_kit(self) -> KitLanguage {
        match self {
            Language::English => KitLanguage::English,
            Language::Chinese => KitLanguage::Chinese,
        }
    }

    pub const fn pick(self, english: &'static str, chinese: &'static str) -> &'static str {
        match self {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }
}

/// What went wrong and what to do about it.
pub fn error_text(error: &Error, language: Language) -> String {
    let text = |english: &'static str, chinese: &'static str| language.pick(english, chinese).to_owned();
    let translated;
    let error = match language {
        Language::English => error,
        Language::Chinese => {
            translated = Error::new(error.code, details::in_chinese(&error.detail));
            &translated
        }
    };
    match error.code {
        Code::NoProfile => text(
            "There is no profile here yet. Make one with `purser init`, or try `purser --demo status`.",
            "这里还没有账套。请用 `purser init` 新建，或先试试 `purser --demo status`。",
        ),
        Code::Locked => text("Locked. Log in with `purser unlock`.", "已锁定。请用 `purser unlock` 登录。"),
        Code::NotAllowed => text("Your role may not do this.", "您的角色无权进行此操作。"),
        Code::WrongPassword => {
            text("The password, the name or this computer's key is wrong.", "密码、用户名或本机密钥不正确。")
        }
        Code::WrongCode => text(
            "The code is wrong or was used already. Wait for the next one.",
            "验证码不正确或已用过，请等待下一个验证码。",
        ),
        Code::Wait => match language {
            Language::English => format!("Too many wrong tries. Try again in {} s.", error.detail),
            Language::Chinese => format!("错误次数过多，请在 {} 秒后重试。", error.detail),
        },
        Code::SlotDisabled => text(
            "This login was disabled after 100 wrong tries. Start over with the recovery kit: `purser recover`.",
            "该登录因连续 100 次错误已停用。请用恢复套件重新开始：`purser recover`。",
        ),
        Code::SlotOver => text(
            "The time of this login, or of its invitation, is over. Ask the owner.",
            "该登录或其邀请已过期，请联系所有者。",
        ),
        Code::StepUp if !error.detail.is_empty() => sentence(&error.detail, language),
        Code::StepUp => {
            text("This needs the password and a fresh code once more.", "此操作需要再次输入密码和新的验证码。")
        }
        Code::MustChangePassword => text(
            "Somebody else may know the password: change it first with `purser rotate password`.",
            "密码可能已泄露：请先用 `purser rotate password` 修改密码。",
        ),
        Code::NotReady => text(
            "Before anybody is added, enrol a second factor and prove the recovery kit: `purser slot prove-kit`.",
            "添加他人之前，请先启用第二验证因素并验证恢复套件：`purser slot prove-kit`。",
        ),
        Code::Frozen => text(
            "Not while frozen: this could help a thief. What cures goes on; see `purser incident show`. `purser unfreeze` ends it.",
            "冻结期间不允许：此操作可能帮助盗用者。补救措施仍可进行，见 `purser incident show`；用 `purser unfreeze` 解冻。",
        ),
        Code::ComputerNotTrusted => text(
            "Somebody may control this computer: no secret is shown, made or typed on it. Go on with a phone or on paper.",
            "这台电脑可能被人操控：不在其上显示、生成或输入任何密钥。请改用手机或纸笔继续。",
        ),
        Code::ClockWasWrong => text(
            "The last code was used while this computer's clock was ahead. Check the clock, then log in with a recovery code.",
            "上次使用验证码时本机时钟偏快。请校准时间后用恢复码登录。",
        ),
        Code::KeyringLocked => text(
            "The system keyring does not answer or is locked. Unlock it and try again; this try was not counted.",
            "系统密钥环无响应或已锁定。请解锁后重试；本次不计入错误次数。",
        ),
        Code::KeyringMissing => text(
            "This computer's key is not in the keyring. Nothing was changed. Start over with the recovery kit: `purser recover`; \
             without a system keyring pass `--keyring file`.",
            "系统密钥环中没有本机密钥，未作任何更改。请用恢复套件重新开始：`purser recover`；若没有系统密钥环，请加 `--keyring file`。",
        ),
        Code::KeyringChanged => text(
            "The profile's key is in another keyring product. Start that one and try again.",
            "本机密钥保存在另一种密钥环中，请启动它后重试。",
        ),
        Code::ProfileInUse => text(
            "Another Purser uses this profile. Close it, or lock it with `purser lock`.",
            "另一个 Purser 正在使用该账套。请先关闭它，或用 `purser lock` 锁定。",
        ),
        Code::ProfileExists => text("There is a profile in this folder already.", "该文件夹中已有账套。"),
        Code::Damaged => {
            with_detail(language.pick("Damaged or altered", "数据已损坏或被改动"), &error.detail, language)
        }
        Code::NewerSchema => text(
            "The profile was used with a newer Purser. Nothing was changed; update this one.",
            "该账套已被更新版本的 Purser 使用过，未作任何更改；请升级本程序。",
        ),
        Code::WeakPassword => {
            with_detail(language.pick("The password is too weak", "密码强度不足"), &error.detail, language)
        }
        Code::Refused => with_detail(language.pick("Refused", "已拒绝"), &error.detail, language),
        Code::Cancelled => text("Cancelled; nothing was kept.", "已取消，未保留任何内容。"),
        Code::DiskFull if !error.detail.is_empty() => with_detail(
            language.pick("The disk is too full; nothing was changed", "磁盘空间不足，未作任何更改"),
            &error.detail,
            language,
        ),
        Code::DiskFull => text("The disk is full; nothing was changed.", "磁盘已满，未作任何更改。"),
        Code::NotFound | Code::Invalid if !error.detail.is_empty() => sentence(&error.detail, language),
        Code::NotFound => text("Not found.", "未找到。"),
        Code::Invalid => text("That cannot be.", "参数无效。"),
        Code::Io => {
            with_detail(language.pick("A file could not be read or written", "文件读写失败"), &error.detail, language)
        }
        Code::Internal => {
            with_detail(language.pick("Something unexpected happened", "发生意外错误"), &error.detail, language)
        }
    }
}

/// The exit code of the contract.
pub const fn exit_code(code: Code) -> u8 {
    match code {
        Code::NoProfile
        | Code::Locked
        | Code::NotAllowed
        | Code::WrongPassword
        | Code::WrongCode
        | Code::Wait
        | Code::SlotDisabled
        | Code::SlotOver
        | Code::StepUp
        | Code::MustChangePassword
        | Code::NotReady
        | Code::Frozen
        | Code::ComputerNotTrusted
        | Code::ClockWasWrong
        | Code::KeyringLocked
        | Code::KeyringMissing
        | Code::KeyringChanged
        | Code::ProfileInUse => 3,
        Code::Invalid | Code::NotFound | Code::Refused | Code::WeakPassword | Code::ProfileExists => 2,
        Code::Damaged | Code::NewerSchema | Code::Cancelled | Code::DiskFull | Code::Io | Code::Internal => 1,
    }
}

fn with_detail(what: &str, detail: &str, language: Language) -> String {
    let (colon, end) = (language.pick(": ", "："), language.pick(".", "。"));
    if detail.is_empty() { format!("{what}{end}") } else { format!("{what}{colon}{detail}{end}") }
}

fn sentence(text: &str, language: Language) -> String {
    let mut characters = text.chars();
    let end = language.pick(".", "。");
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect::<String>() + end)
}
