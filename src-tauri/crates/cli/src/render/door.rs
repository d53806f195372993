//! Answers about passwords, factors, keys and people.

use comfy_table::Cell;
use serde_json::Value;

use super::{items, short_time, table, text};
use crate::arguments::Language;

/// A secret to be scanned or typed.
pub fn seed(value: &Value, language: Language) -> String {
    format!(
        "{}\n{}\n{}",
        text(&value["totp_uri"]),
        text(&value["secret"]),
        language.pick(
            "Scan it with the authenticator; then run the command again with its six digits.",
            "请用身份验证器扫描，然后带上六位数字再次运行该命令。",
        )
    )
}

/// What was replaced, and what is shown this once.
pub fn rotated(value: &Value, language: Language) -> String {
    let mut lines = vec![language.pick("Done.", "已完成。").to_owned()];
    if value["locked"] == true {
        lines.push(
            language
                .pick("The session has ended: log in with the new password.", "会话已结束：请用新密码登录。")
                .to_owned(),
        );
    }
    let codes = items(&value["recovery_codes"]);
    if !codes.is_empty() {
        lines.push(
            language
                .pick(
                    "New recovery codes, each good once in place of the six digits; the old ones are void:",
                    "新的恢复码，每个可代替验证码使用一次；旧的已失效：",
                )
                .to_owned(),
        );
        lines.extend(codes.iter().map(|code| format!("  {}", text(code))));
    }
    lines.join("\n")
}

/// Who may log in, or what became of one of them.
pub fn people(value: &Value, language: Language) -> String {
    if let Some(code) = value["invitation"].as_str() {
        let valid = short_time(value["valid_until"].as_str().unwrap_or_default());
        let say = language.pick(
            "Give this code to the person; at this computer `purser slot accept` takes it until (UTC)",
            "请将此邀请码交给对方，在本机用 `purser slot accept` 使用，有效期至 (UTC)",
        );
        return format!("{code}\n{say} {valid}");
    }
    if value["revoked"].is_string() {
        let pending = value["database_rotation_pending"] == true;
        return if pending {
            language.pick(
                "Revoked. The disk is too full to give the books a new key; that is done at your next login with more room.",
                "已撤销。磁盘空间不足，账目密钥将在空间足够后的下次登录时更换。",
            )
        } else {
            language.pick("Revoked.", "已撤销。")
        }
        .to_owned();
    }
    if !value["rows"].is_array() {
        return language.pick("Done.", "已完成。").to_owned();
    }
    let pick = |english, chinese| language.pick(english, chinese);
    let mut table = table(&[
        pick("Name", "名称"),
        pick("Role", "角色"),
        pick("State", "状态"),
        pick("Until", "截止"),
        pick("Wallets", "钱包"),
        pick("Last login (UTC)", "上次登录 (UTC)"),
        pick("Password set (UTC)", "密码设置 (UTC)"),
        pick("Second factor", "第二因素"),
    ]);
    for row in items(&value["rows"]) {
        let wallets: Vec<String> = items(&row["wallets"]).iter().map(text).collect();
        let time = |field: &str| row[field].as_str().map(short_time).unwrap_or_default();
        table.add_row(vec![
            Cell::new(text(&row["name"])),
            Cell::new(text(&row["role"])),
            Cell::new(text(&row["state"])),
            Cell::new(text(&row["until"])),
            Cell::new(if row["wallets"].is_null() { pick("all", "全部").to_owned() } else { wallets.join(", ") }),
            Cell::new(time("last_login")),
            Cell::new(time("password_set")),
            Cell::new(if row["second_factor"] == true { pick("yes", "有") } else { pick("no", "无") }),
        ]);
    }
    table.to_string()
}
