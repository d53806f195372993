//! Backups in words.

use serde_json::Value;

use super::text;
use crate::arguments::Language;

/// What was made, checked or set.
pub fn told(value: &Value, language: Language) -> String {
    if value["tables"].is_object() {
        let count = |table: &str| value["tables"][table].to_string();
        return match language {
            Language::English => format!(
                "The backup of {} is whole: {} transactions, {} files, {} rows of the log.",
                text(&value["made"]),
                count("txn"),
                count("original"),
                count("audit")
            ),
            Language::Chinese => format!(
                "{} 的备份完整：流水 {} 笔，文件 {} 个，日志 {} 行。",
                text(&value["made"]),
                count("txn"),
                count("original"),
                count("audit")
            ),
        };
    }
    if value["sha256"].is_string() {
        let said = language.pick(
            "Written; the copy of the books in it was checked. It opens with the owner's login or the recovery kit: ",
            "已写入，其中的账本副本已核对。可用所有者登录或恢复套件打开：",
        );
        return format!("{said}{}", text(&value["path"]));
    }
    match value["second_place"].as_str() {
        Some(folder) => {
            format!("{}{folder}", language.pick("Daily backups also go to ", "每日备份同时存到 "))
        }
        None => language.pick("Backups go to no second place.", "备份没有第二处存放位置。").to_owned(),
    }
}
