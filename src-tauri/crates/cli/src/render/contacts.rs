//! Whom to reach, in plain words.

use comfy_table::Cell;
use serde_json::Value;

use super::{items, table, text};
use crate::arguments::Language;

/// The register, or a card that was written.
pub fn told(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    if value["stamp"].is_string() {
        let said = pick("Written; stamp ", "已写入，标记 ");
        return format!("{said}{}: {}{}", text(&value["stamp"]), text(&value["path"]), missing(value, language));
    }
    let mut people = table(&[
        pick("Wallet", "钱包"),
        pick("Account", "账户"),
        pick("Who", "角色"),
        pick("Is", "联系人"),
        pick("Noted", "记录日期"),
    ]);
    for wallet in items(&value["wallets"]) {
        let mut first = true;
        let nobody = [Value::Null];
        let contacts = items(&wallet["contacts"]);
        for contact in if contacts.is_empty() { nobody.as_slice() } else { contacts } {
            let role =
                contact["role"].as_str().map_or(pick("nobody is known", "未记录"), |word| role(word, language));
            people.add_row(vec![
                Cell::new(if first { text(&wallet["name"]) } else { String::new() }),
                Cell::new(if first { text(&wallet["account"]) } else { String::new() }),
                Cell::new(role),
                Cell::new(text(&contact["value"])),
                Cell::new(text(&contact["noted"])),
            ]);
            first = false;
        }
    }
    let mut lines = vec![people.to_string()];
    for number in items(&value["own_numbers"]) {
        lines.push(format!(
            "{} {}: {} {} ({})",
            pick("Own number", "自己的号码"),
            number["id"],
            text(&number["provider"]),
            text(&number["number"]),
            text(&number["noted"]),
        ));
    }
    for none in items(&value["no_number"]) {
        let said = pick("No own number to copy", "没有可抄录的号码");
        lines.push(format!("{said}: {} ({})", text(&none["provider"]), text(&none["noted"])));
    }
    for provider in items(&value["numbers_missing"]) {
        let said = pick(
            "NOT copied yet, sign in and look: purser contacts own-number",
            "尚未抄录，请登录查看：purser contacts own-number",
        );
        lines.push(format!("{}: {said} {}", text(provider), text(provider)));
    }
    let shown = match value["lock_screen"].as_str() {
        Some("numbers") => pick("the own numbers, readable by anybody at this computer", "自己的号码，本机任何人可见"),
        Some("all") => pick(
            "the own numbers and each wallet's account and people, readable by anybody at this computer",
            "自己的号码，以及各钱包的账户与联系人，本机任何人可见",
        ),
        _ => pick("nothing of this", "不显示以上内容"),
    };
    lines.push(format!("{}: {shown}", pick("The lock screen shows", "锁定界面显示")));
    for card in items(&value["cards"]) {
        let state = if card["stale"].as_bool() == Some(true) {
            pick("OUT OF DATE, print it anew", "已过时，请重新打印")
        } else {
            pick("says what is known today", "内容与目前一致")
        };
        let made = pick("card of", "应急卡");
        lines.push(format!(
            "{made} {} ({}, {}): {state}",
            text(&card["person"]),
            text(&card["made"]),
            text(&card["stamp"])
        ));
    }
    lines.join("\n")
}

fn role(word: &str, language: Language) -> &'static str {
    match word {
        "legal_representative" => language.pick("legal representative", "法定代表人"),
        "administrator" => language.pick("administrator", "管理员"),
        "bound_phone" => language.pick("bound phone", "绑定手机"),
        _ => language.pick("deputy", "替补联系人"),
    }
}

/// Which characters a PDF shows as boxes.
pub fn missing(value: &Value, language: Language) -> String {
    let missing: String = items(&value["missing"]).iter().filter_map(Value::as_str).collect();
    if missing.is_empty() {
        return String::new();
    }
    let said = language.pick("shown as boxes, because no face has them", "以下字符字体中没有，显示为方框");
    format!("\n{said}: {missing}")
}
