//! Details of errors in Chinese. The app says them in English; what is not listed here is shown as it is.

/// English text of the app, `{}` for what changes, and its translation with the same number of them.
const DETAILS: &[(&str, &str)] = &[
    ("\"{}\" is not a date; write it like 2026-10-31", "“{}”不是日期，请写成 2026-10-31"),
    ("no wallet \"{}\"; there are: {}", "没有钱包“{}”，现有：{}"),
    ("no wallet {}", "没有编号为 {} 的钱包"),
    ("no login \"{}\"", "没有登录“{}”"),
    ("no import \"{}\"", "没有导入记录“{}”"),
    ("no credential {}", "没有编号为 {} 的凭证"),
    ("no incident is open", "没有进行中的事件"),
    ("--region unsure stands alone", "--region unsure 须单独使用"),
    ("no incident \"{}\"", "没有事件“{}”"),
    ("no step \"{}\"; there are: {}", "没有步骤“{}”，现有：{}"),
    ("there is no such task", "没有这项任务"),
    ("no task \"{}\"; see purser incident task list", "没有任务“{}”，请查看 purser incident task list"),
    ("task {} is settled; open it again first", "任务 {} 已了结，请先重新打开"),
    ("task {} is open", "任务 {} 尚未了结"),
    ("a task: 1 to {} characters", "任务须为 1 至 {} 个字符"),
    ("a name: at most {} characters", "姓名最多 {} 个字符"),
    ("\"{}\" is a task already", "“{}”已列为任务"),
    ("\"{}\" is not left over; see purser incident task left", "“{}”不是遗留事项，请查看 purser incident task left"),
    ("{} is over; a task is for {} or a later day", "{} 已过，任务日期须为 {} 或之后"),
    ("{} is too far away; choose a day up to {}", "{} 过于遥远，请选择 {} 或之前的日期"),
    ("who? a lane is given to somebody by name", "请填写姓名：由谁负责"),
    ("every open step of this lane has a name; name one step", "这一路的未完成步骤都已有负责人，请指明某个步骤"),
    ("with --lane: the name alone", "使用 --lane 时只填姓名"),
    ("who? a step and a name, or --nobody", "请填写步骤和姓名，或使用 --nobody"),
    ("which one? --incident ID", "请用 --incident ID 指明是哪一个"),
    ("nothing is frozen", "目前没有冻结"),
    ("a reason of 4 to 500 characters must be written", "须填写 4 至 500 个字符的原因"),
    ("the wait can be 0 to 72 hours", "等待时间可为 0 至 72 小时"),
    (
        "which day was the last good one? first: purser incident good-day DATE",
        "最后正常日是哪一天？请先执行：purser incident good-day 日期",
    ),
    ("no transaction \"{}\"", "没有流水“{}”"),
    ("transactions to mark: 1 to {}", "一次可标记 1 至 {} 笔流水"),
    ("nothing was said of the wallet's people", "没有填写该钱包的任何联系人"),
    ("provider: one of {}", "服务商须为以下之一：{}"),
    ("no number {}", "没有编号为 {} 的号码"),
    ("no card of \"{}\"", "没有“{}”的应急卡"),
    ("the name on the card: one line of 1 to 200 characters", "卡上的姓名须为一行，1 至 200 个字符"),
    ("no practice run is open", "没有进行中的演练"),
    ("\"{}\" is no age recipient; one begins with age1", "“{}”不是 age 收件人，应以 age1 开头"),
    ("no lever \"{}\" is offered", "没有可采取的措施“{}”"),
    ("\"{}\" was not taken up yet; first: --take", "尚未采取“{}”；请先加 --take"),
    ("there is no such lever in this freeze", "本次冻结没有这项措施"),
    ("a name and what it rests on are needed: a reference or what was seen", "须注明依据：编号或所见内容"),
    ("a lever in this state does not take this step", "该措施目前的状态不允许此操作"),
    ("the incident is closed; resume it first", "该事件已结束，请先恢复"),
    ("a reason must be written", "须填写原因"),
    (
        "frozen: this needs a password and a code of the last five minutes; lock and log in anew",
        "已冻结：此操作需要最近五分钟内的密码与验证码；请锁定后重新登录",
    ),
    ("no device {}", "没有编号为 {} 的设备"),
    ("no replacement of credential {} is under way", "凭证 {} 没有进行中的更换"),
    ("another wallet is already called \"{}\"", "已有名为“{}”的钱包"),
    ("another entry is called \"{}\" already", "已有名为“{}”的条目"),
    ("there is a login \"{}\" already", "已有登录“{}”"),
    ("the name of a login: 1 to 64 characters", "登录名称须为 1 至 64 个字符"),
    ("the owner's own login cannot be revoked", "不能撤销所有者自己的登录"),
    ("a responder sees no wallets", "应急人员看不到任何钱包"),
    ("the last day of the login is over already", "登录的截止日期已过"),
    ("that day does not exist", "该日期不存在"),
    ("that day is too long ago", "该日期过早"),
    ("that day is still to come", "该日期尚未到来"),
    (
        "no more logins fit into this profile, or the last revocation is not finished",
        "登录数量已满，或上次撤销尚未完成",
    ),
    ("a seed is 32 characters of base32 (160 bits)", "密钥须为 32 个 base32 字符（160 位）"),
    ("that is not this profile's recovery kit", "这不是本账套的恢复套件"),
    ("{} exists already; a kit replaces no file", "{} 已存在；恢复套件不会覆盖文件"),
    ("no recovery was begun", "尚未开始恢复，或已超时"),
    ("somebody is logged in: lock first", "有人已登录，请先锁定"),
    ("no second factor was begun", "尚未开始启用第二验证因素，或已超时"),
    ("recovery codes come with a second factor: enrol one first", "恢复码随第二验证因素生成，请先启用"),
    ("a new second factor needs a new seed, never the present one", "新的第二验证因素须使用新密钥"),
    ("the new password is the present one", "新密码与当前密码相同"),
    ("the password is longer than 1024 bytes", "密码超过 1024 字节"),
    ("the six digits of the authenticator, or a recovery code, are missing", "缺少六位验证码或恢复码"),
    (
        "this login needs --code with the six digits of the authenticator, or a recovery code",
        "此登录需要 --code：六位验证码或恢复码",
    ),
    ("idle minutes: 1 to 30", "自动锁定时间须为 1 至 30 分钟"),
    ("a replacement of this credential is under way: finish it or give it up", "该凭证正在更换：请完成或放弃"),
    ("the replacement under way has another order: finish it or give it up", "进行中的更换顺序不同：请完成或放弃"),
    ("the next step is \"{}\", not \"{}\"", "下一步是“{}”，不是“{}”"),
    ("the new one is in force already: change its expiry on the board", "新凭证已启用，请在列表中修改到期日"),
    ("the old one is revoked: only the new one can work, so finish the replacement", "旧凭证已撤销，请完成更换"),
    ("Purser keeps no such secret", "Purser 没有保存该密钥"),
    ("a secret to keep: 1 byte to 64 KiB", "要保存的内容须为 1 字节至 64 KiB"),
    (
        "the seed of a code generator is never kept: password and codes do not belong together",
        "从不保存验证码密钥：密码与验证码不应放在一起",
    ),
    ("the name of a credential is missing", "缺少凭证名称"),
    ("the name of a device is missing", "缺少设备名称"),
    ("{}: one of {}", "{}：须为以下之一：{}"),
    ("{}: that cannot be a value of it", "{}：该值无效"),
    ("{}: one line of at most {} characters", "{}：须为一行，最多 {} 个字符"),
    ("the copy needs {} MiB of free space", "副本需要 {} MiB 可用空间"),
    ("the demo needs no profile and no login", "演示不需要账套与登录"),
    ("nothing that is written down in the demo stays", "在演示中记录的内容不会保留"),
    ("already unlocked", "已经解锁"),
    ("{} is missing, and there is no terminal to ask on", "缺少 {}，且没有可供询问的终端"),
    ("cannot read {}: {}", "无法读取 {}：{}"),
    ("{} is not UTF-8 text", "{} 不是 UTF-8 文本"),
    (
        "--totp-seed-file and --code are missing, and there is no terminal to enrol on",
        "缺少 --totp-seed-file 与 --code，且没有可供启用的终端",
    ),
    (
        "--totp-seed-file: 32 characters of base32 (160 bits) are expected",
        "--totp-seed-file：须为 32 个 base32 字符（160 位）",
    ),
    ("the business's name: 1 to 120 characters", "企业名称须为 1 至 120 个字符"),
    ("\"{}\" is not a time zone; write it like Asia/Shanghai", "“{}”不是时区，请写成 Asia/Shanghai"),
    ("format \"{}\"; there are: {}", "没有格式“{}”，现有：{}"),
    ("--kind \"{}\"; there are: {}", "--kind 没有“{}”，现有：{}"),
    ("--limit: 1 to {}", "--limit：1 至 {}"),
    ("there is no folder \"{}\"", "没有文件夹“{}”"),
    ("{} has several accounts, name one: {}", "{} 有多个账户，请指定：{}"),
    ("{} has no such account", "{} 没有该账户"),
    ("the output path names no file", "输出路径不是文件"),
    ("the books are missing from the profile folder", "账套文件夹中缺少账目文件"),
    ("the books are damaged or altered", "账目已损坏或被改动"),
    ("{}; at least {} characters that nobody would guess", "{}；至少 {} 个不易猜到的字符"),
    ("too short", "过短"),
    ("too long", "过长"),
    ("one of the first that everybody tries", "属于最常见的密码"),
    ("made of a name that is known", "含有已知名称"),
    ("easily guessed", "容易猜到"),
];

/// The detail in Chinese, where it is known; of a list, its parts.
pub fn in_chinese(detail: &str) -> String {
    let found = DETAILS.iter().find_map(|(english, chinese)| Some((filled(english, detail)?, *chinese)));
    let Some((values, chinese)) = found else { return detail.to_owned() };
    let mut parts = chinese.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (value, part) in values.iter().zip(parts) {
        let parts: Vec<String> = value.split(", ").map(in_chinese).collect();
        text.push_str(&parts.join(", "));
        text.push_str(part);
    }
    text
}

/// What stands in the places of a pattern, if the text is made of it.
fn filled<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // The last place takes everything up to the end.
        let end = if parts.peek().is_none() { rest.strip_suffix(part)?.len() } else { rest.find(part)? };
        values.push(&rest[..end]);
        rest = &rest[end + part.len()..];
    }
    rest.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_keeps_what_it_names() {
        assert_eq!(
            in_chinese("\"tomorrow\" is not a date; write it like 2026-10-31"),
            "“tomorrow”不是日期，请写成 2026-10-31"
        );
        assert_eq!(in_chinese("no wallet \"X\"; there are: PayPal, Stripe"), "没有钱包“X”，现有：PayPal, Stripe");
        assert_eq!(in_chinese("no wallet 7"), "没有编号为 7 的钱包");
        assert_eq!(in_chinese("something nobody translated"), "something nobody translated");
        assert_eq!(in_chinese(""), "");
        let weak = "too short, easily guessed; at least 12 characters that nobody would guess";
        assert_eq!(in_chinese(weak), "过短, 容易猜到；至少 12 个不易猜到的字符");
    }

    #[test]
    fn every_translation_has_the_places_of_its_text() {
        for (english, chinese) in DETAILS {
            assert_eq!(english.matches("{}").count(), chinese.matches("{}").count(), "{english}");
        }
    }

    /// A text that was changed in the source is changed here too.
    #[test]
    fn every_text_stands_in_the_source() {
        fn gather(folder: &std::path::Path, all: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                if entry.path().is_dir() {
                    gather(&entry.path(), all);
                } else if !entry.path().ends_with("messages/details.rs") {
                    all.push_str(&std::fs::read_to_string(entry.path()).unwrap());
                }
            }
        }
        let mut source = String::new();
        for folder in ["src", "../app/src", "../books/src"] {
            gather(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut source);
        }
        for (english, _) in DETAILS {
            let longest = english.split("{}").max_by_key(|part| part.len()).unwrap();
            let written = longest.trim_start_matches('"').trim_end_matches('"').replace('"', "\\\"");
            // Two of them are put together of parts.
            let parts = ["the name of a credential", "the name of a device"];
            let known = parts.iter().find(|part| written.starts_with(**part)).map_or(written.as_str(), |part| part);
            assert!(source.contains(known), "{english}");
        }
    }
}
