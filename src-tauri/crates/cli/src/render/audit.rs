//! The audit log in plain sentences.

use comfy_table::Cell;
use serde_json::Value;

use super::{items, right, short_time, table, text};
use crate::arguments::Language;

pub fn rows(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let rows = items(&value["rows"]);
    if rows.is_empty() {
        return pick("No rows match.", "没有符合条件的记录。").to_owned();
    }
    let mut table = table(&[
        "",
        pick("Time (UTC)", "时间 (UTC)"),
        pick("Who", "操作人"),
        pick("Act", "操作"),
        pick("What happened", "内容"),
    ]);
    for row in rows {
        table.add_row(vec![
            right(row["seq"].to_string()),
            Cell::new(short_time(&text(&row["time"]))),
            Cell::new(text(&row["actor"])),
            Cell::new(text(&row["action"])),
            Cell::new(sentence(row, language)),
        ]);
    }
    table.to_string()
}

/// What a row tells, for who does not know the words of the log.
fn sentence(row: &Value, language: Language) -> String {
    let (action, target) = (text(&row["action"]), text(&row["target"]));
    let told = SENTENCES.iter().find(|(word, _, _)| *word == action);
    let told = told.map_or(action.clone(), |(_, english, chinese)| language.pick(english, chinese).to_owned());
    let mut line = told.replace("{}", &target);
    let fields = row["detail"].as_object().filter(|_| action != "signers");
    let shown: Vec<String> = fields
        .into_iter()
        .flatten()
        .filter(|(field, _)| *field != "sha256")
        .map(|(field, value)| format!("{field} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    if !shown.is_empty() {
        line.push_str(&format!(" ({})", shown.join(", ")));
    }
    line
}

pub fn verified(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let entries = value["entries"].to_string();
    let mut lines = Vec::new();
    if value["ok"].as_bool() == Some(true) {
        lines.push(match language {
            Language::English => format!(
                "The log is whole: {entries} rows follow from each other, are signed, and agree with {} checkpoints.",
                value["checkpoints"]
            ),
            Language::Chinese => {
                format!("日志完整：{entries} 行前后相连、签名有效，并与 {} 个检查点一致。", value["checkpoints"])
            }
        });
    } else {
        let what = match value["fault"].as_str() {
            Some("sequence") => pick("rows are missing, doubled or in another order", "有记录缺失、重复或顺序被改动"),
            Some("chain") => pick(
                "it does not follow the row before: something was changed, taken out or put in",
                "与上一行不相连：有记录被修改、删除或插入",
            ),
            Some("changed") => pick("it does not say what it said when it was written", "内容与写入时不同"),
            Some("signer") => pick("it is signed by somebody who may not sign", "签名者无权签名"),
            Some("signature") => pick("it was not signed by who it says acted", "签名与操作人不符"),
            Some("begin") => pick("the log does not begin as it must", "日志开头不正确"),
            Some("checkpoint") => pick(
                "this computer or a kept checkpoint saw another row there: rows are missing at the end, or an older copy of the books was put back",
                "本机或留存的检查点记录的并非此行：末尾记录缺失，或账本被换成旧副本",
            ),
            _ => pick("the people it names are not those of the key file", "其中的人员与密钥文件不符"),
        };
        lines.push(match language {
            Language::English => format!("The log is NOT whole. Row {}: {what}.", value["first_bad"]),
            Language::Chinese => format!("日志不完整。第 {} 行：{what}。", value["first_bad"]),
        });
        lines.push(
            pick(
                "Keep a copy of the profile folder as it is, and find out who had access to this computer.",
                "请原样保留一份配置文件夹副本，并查明谁接触过这台电脑。",
            )
            .to_owned(),
        );
    }
    let steps = items(&value["clock_steps"]);
    if !steps.is_empty() {
        let rows: Vec<String> = steps.iter().map(Value::to_string).collect();
        lines.push(format!(
            "{} {}",
            pick("The clock was set back before these rows:", "以下行之前时钟被调回："),
            rows.join(", ")
        ));
    }
    lines.join("\n")
}

/// Word, English, Chinese; `{}` is what it was done to.
const SENTENCES: &[(&str, &str, &str)] = &[
    ("signers", "whose signatures count was written down", "记录了哪些人的签名有效"),
    ("login", "logged in", "登录"),
    ("lock", "the session ended", "会话结束"),
    ("refused", "tried what the role may not: {}", "尝试了无权进行的操作：{}"),
    ("log_differs", "the log was not what this computer saw last", "日志与本机上次所见不同"),
    ("import", "imported {}", "导入 {}"),
    ("import_undone", "took the import of {} back", "撤销导入 {}"),
    ("export", "wrote the statement {}", "导出对账单 {}"),
    ("audit_export", "wrote this log to a file", "导出本日志"),
    ("wallet_renamed", "renamed a wallet to {}", "钱包改名为 {}"),
    ("status_noted", "noted the status of {}", "记录 {} 的账户状态"),
    ("password_changed", "changed the password of {}", "修改 {} 的密码"),
    ("password_exposed", "said that somebody else may know the password of {}", "声明他人可能知道 {} 的密码"),
    ("factor_changed", "gave {} a new second factor", "为 {} 更换第二验证"),
    ("recovery_codes_replaced", "made new recovery codes for {}", "为 {} 生成新恢复码"),
    ("kit_replaced", "made a new recovery kit", "制作新的恢复套件"),
    ("kit_proven", "proved the recovery kit", "验证恢复套件"),
    ("kit_used", "opened everything with the recovery kit", "使用恢复套件打开"),
    ("person_invited", "invited {}", "邀请 {}"),
    ("person_changed", "changed what {} may do", "更改 {} 的权限"),
    ("person_enabled", "let {} log in again", "恢复 {} 的登录"),
    ("person_revoked", "took the login of {} away", "撤销 {} 的登录"),
    ("books_key_renewed", "gave the books a new key", "更换账本密钥"),
    ("setting_changed", "changed the setting {}", "更改设置 {}"),
    ("credential_added", "wrote down the credential {}", "登记凭据 {}"),
    ("credential_changed", "changed the entry of the credential {}", "更改凭据 {}"),
    ("credential_removed", "removed the entry of the credential {}", "删除凭据 {}"),
    ("credential_exposed", "said that somebody else may know {}", "声明他人可能知道 {}"),
    ("secret_kept", "kept the secret of {}", "保存 {} 的密钥内容"),
    ("secret_forgotten", "removed the secret of {}", "删除 {} 的密钥内容"),
    ("secret_revealed", "looked at the secret of {}", "查看 {} 的密钥内容"),
    ("secrets_sealed", "sealed all kept secrets with a new key", "用新密钥重新封存全部密钥内容"),
    ("rotation_begun", "began to replace {}", "开始更换 {}"),
    ("rotation_step", "went on with replacing {}", "继续更换 {}"),
    ("rotation_ended", "ended the replacement of {}", "结束更换 {}"),
    ("protection_noted", "wrote down how {} is protected", "记录 {} 的安全设置"),
    ("wallet_reviewed", "reviewed how {} is protected", "复核 {} 的安全设置"),
    ("device_noted", "wrote down the device {}", "登记设备 {}"),
    ("device_removed", "removed the device {}", "删除设备 {}"),
    ("device_lost", "reported the device {} lost", "报告设备 {} 丢失"),
    ("device_found", "reported the device {} found again", "报告设备 {} 已找回"),
    ("contact_noted", "wrote down who is who of {}", "记录 {} 的联系人"),
    ("own_number_noted", "wrote down a telephone number of {}", "记录 {} 的联系电话"),
    ("own_number_removed", "removed a telephone number of {}", "删除 {} 的联系电话"),
    ("own_number_none", "wrote down that {} shows no telephone number", "记录 {} 没有联系电话"),
    ("card_written", "printed the emergency card of {}", "打印 {} 的应急卡"),
    ("card_forgotten", "forgot the emergency card of {}", "注销 {} 的应急卡"),
    ("backup_made", "made the backup {}", "制作备份 {}"),
    ("backup_proven", "opened the backup {} and found it whole", "打开备份 {} 并确认完整"),
    ("backup_damaged", "opened the backup {} and found it damaged", "打开备份 {}，发现已损坏"),
    ("backup_place", "set the second place of backups to {}", "备份的第二处位置设为 {}"),
    ("frozen", "froze this computer ({})", "冻结这台电脑（{}）"),
    (
        "freeze_forged",
        "a record of the end of the freeze {} was not signed by the owner",
        "冻结 {} 的解除记录并非所有者签名",
    ),
    ("unfreeze_begun", "asked for the end of the freeze", "申请解冻"),
    ("unfreeze_cancelled", "took the wish to unfreeze back", "撤回解冻申请"),
    ("unfrozen", "ended the freeze", "解除冻结"),
    ("incident_opened", "opened the incident {}", "建立事件 {}"),
    ("incident_entry", "wrote down for the incident {}", "记录事件 {}"),
    ("evidence_added", "attached a file to the incident {}", "为事件 {} 附加文件"),
    ("lever_said", "wrote down what came of the lever {}", "记录措施 {} 的结果"),
    ("lever_taken", "decided to pull the lever {} too", "决定同时采取措施 {}"),
    ("verdicts_set", "marked transactions of the incident {}", "标记事件 {} 的流水"),
    ("checklist_printed", "printed the steps of the incident {}", "打印事件 {} 的步骤清单"),
    ("pack_written", "wrote the evidence pack of the incident {}", "导出事件 {} 的证据包"),
    ("restored", "the books were restored from the backup of {}", "账本已从 {} 的备份恢复"),
];
