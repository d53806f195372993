//! Answers about credentials, open doors and devices.

use comfy_table::Cell;
use purser_books::door::DoorCode;
use serde_json::Value;

use super::{items, table, text};
use crate::arguments::Language;
use crate::messages::doors;

/// The board.
pub fn credentials(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let mut table = table(&[
        pick("ID", "编号"),
        pick("Kind", "类型"),
        pick("Name", "名称"),
        pick("Wallet", "钱包"),
        pick("Holder", "持有人"),
        pick("Kept at", "存放处"),
        pick("Age (days)", "已用天数"),
        pick("Expires", "到期"),
        pick("Worst misuse", "最坏后果"),
        pick("To do", "待办"),
    ]);
    for row in items(&value["rows"]) {
        let word = |field: &str| row[field].as_str().map(|word| known(word, language)).unwrap_or_default();
        table.add_row(vec![
            Cell::new(text(&row["id"])),
            Cell::new(word("kind")),
            Cell::new(text(&row["name"])),
            Cell::new(text(&row["wallet"])),
            Cell::new(text(&row["holder"])),
            Cell::new(text(&row["kept_at"])),
            Cell::new(row["age_days"].as_i64().map_or_else(|| "?".to_owned(), |days| days.to_string())),
            Cell::new(text(&row["expires"])),
            Cell::new(word("misuse")),
            Cell::new(to_do(row, language)),
        ]);
    }
    table.to_string()
}

fn to_do(row: &Value, language: Language) -> String {
    let days = row["reminder"]["days"].as_i64().unwrap_or_default();
    let (english, chinese) = match row["reminder"]["reason"].as_str().unwrap_or_default() {
        "compromised" => ("replace it now".to_owned(), "立即更换".to_owned()),
        "expired" => (format!("expired {days} days ago"), format!("已过期 {days} 天")),
        "expires" => (format!("expires in {days} days"), format!("{days} 天后到期")),
        "old" => ("replace it: it is old".to_owned(), "使用已久，请更换".to_owned()),
        "age_unknown" => ("write down when it was made".to_owned(), "请补记创建时间".to_owned()),
        _ => (String::new(), String::new()),
    };
    let reminder = if language == Language::English { english } else { chinese };
    match row["rotation"]["next"].as_str() {
        Some(step) => {
            let under_way = language.pick("replacing; next: ", "更换中，下一步：");
            [reminder, format!("{under_way}{}", known(step, language))].join(" ").trim().to_owned()
        }
        None => reminder,
    }
}

/// A replacement as a checklist.
pub fn rotation(value: &Value, language: Language) -> String {
    if value["abandoned"].is_string() {
        return language
            .pick(
                "Given up; the old one stays. If a new one was made already, revoke it at the provider.",
                "已放弃，旧凭证继续使用。若已生成新凭证，请在服务商处撤销。",
            )
            .to_owned();
    }
    let mut lines = vec![text(&value["name"])];
    for step in items(&value["steps"]) {
        let word = step["step"].as_str().unwrap_or_default();
        let mark = if step["done"] == true { "[x]" } else { "[ ]" };
        lines.push(format!("{mark} {word}: {}", known(word, language)));
    }
    if let Some(made) = value["generated"].as_str() {
        let say = language.pick("Generated; it is not kept:", "已生成（不保存）：");
        lines.push(format!("{say}\n{made}"));
    }
    lines.push(match value["next"].as_str() {
        None => language.pick("Done: the new one is in force, the old one is gone.", "已完成：新凭证已启用，旧凭证已销毁。"),
        Some(_) if value["works"] == false => language.pick(
            "Nothing works until the new one is verified. When the step is done: purser rotate credential ID --done",
            "在新凭证验证之前没有可用的凭证。完成后运行：purser rotate credential 编号 --done",
        ),
        Some(_) => language.pick(
            "When the next step is done: purser rotate credential ID --done",
            "完成下一步后运行：purser rotate credential 编号 --done",
        ),
    }.to_owned());
    lines.join("\n")
}

/// Open doors, the worst first.
pub fn doors(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let doors = items(&value["doors"]);
    if doors.is_empty() {
        return pick("No open door is known.", "未发现敞开的门。").to_owned();
    }
    let mut table = table(&[
        pick("How bad", "严重程度"),
        pick("What is open", "敞开的门"),
        pick("Whose", "对象"),
        pick("What closes it", "如何关上"),
        pick("Minutes", "所需分钟"),
    ]);
    for door in doors {
        let Some(code) = door["code"].as_str().and_then(DoorCode::from_word) else { continue };
        let detail = door["detail"].as_str().filter(|detail| !detail.is_empty()).map(|detail| format!(" ({detail})"));
        let target = door["target"].as_str().map(|target| known(target, language)).unwrap_or_default();
        table.add_row(vec![
            Cell::new(door["severity"].as_str().map(|word| known(word, language)).unwrap_or_default()),
            Cell::new(doors::title(code, language).to_owned() + &detail.unwrap_or_default()),
            Cell::new(target),
            Cell::new(doors::remedy(code, language)),
            Cell::new(door["minutes"].to_string()),
        ]);
    }
    let honest = pick(
        "Told here is what Purser sees itself and what was written down; it asks no provider.",
        "此处只包含 Purser 自身可见与已记录的内容，未向服务商查询。",
    );
    format!("{table}\n{honest}")
}

/// What an act did.
pub fn done(value: &Value, language: Language) -> String {
    if let Some(secret) = value["secret"].as_str() {
        return secret.to_owned();
    }
    if value["to_revoke"].is_array() && value["lost"] == true {
        let rows = items(&value["to_revoke"]);
        let head = if rows.is_empty() {
            language.pick("Nothing is noted that it could open.", "没有记录该设备可打开的凭证。")
        } else {
            language.pick(
                "Replace these (purser rotate credential ID --revoke-first):",
                "请更换以下凭证（purser rotate credential 编号 --revoke-first）：",
            )
        };
        let lines = rows.iter().map(|row| format!("  {}  {}", text(&row["id"]), text(&row["name"])));
        return std::iter::once(head.to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
    }
    let done = language.pick("Done.", "已完成。");
    match value["id"].as_str() {
        Some(id) => format!("{done} ID {id}"),
        None => done.to_owned(),
    }
}

/// A word of a closed list for people; any other text as it is.
fn known(word: &str, language: Language) -> String {
    let (english, chinese) = match word {
        "password" => ("Purser password", "Purser 密码"),
        "second_factor" | "totp" => ("second factor", "第二验证因素"),
        "recovery_codes" | "recovery" => ("recovery codes", "恢复码"),
        "recovery_kit" | "kit" => ("recovery kit", "恢复套件"),
        "database_key" | "database" => ("key of the books", "账目密钥"),
        "dashboard_login" => ("login", "后台登录"),
        "api_key" => ("API key", "API 密钥"),
        "certificate" => ("certificate", "证书"),
        "webhook_secret" => ("webhook secret", "回调密钥"),
        "email_account" => ("mailbox", "邮箱"),
        "other" => ("other", "其他"),
        "nothing" => ("nothing alone", "单独无害"),
        "reads" => ("reads", "可读取"),
        "loses_sales" => ("loses sales", "损失销售"),
        "refunds" => ("refunds", "可退款"),
        "pays_out" => ("pays out", "可转出资金"),
        "takes_over" => ("takes over", "可完全接管"),
        "unknown" => ("not known: the worst", "不明，按最坏处理"),
        "make" => ("make a new one at the provider", "在服务商处生成新凭证"),
        "put" => ("put it where it is used", "替换到使用之处"),
        "verify" => ("see it work with something harmless", "用无害操作确认可用"),
        "revoke" => ("revoke the old one, or end its other sessions", "撤销旧凭证或退出其他会话"),
        "destroy" => ("destroy every copy of the old one", "销毁旧凭证的全部副本"),
        "critical" => ("critical", "紧急"),
        "high" => ("high", "高"),
        "medium" => ("medium", "中"),
        "low" => ("low", "低"),
        other => return other.to_owned(),
    };
    language.pick(english, chinese).to_owned()
}
