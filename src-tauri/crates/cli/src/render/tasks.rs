//! Tasks of incidents in plain words, and what could be made one.

use comfy_table::Cell;
use serde_json::Value;

use super::emergency::said;
use super::{items, table, text};
use crate::arguments::Language;

/// Tasks, the open ones first; and that a review found more.
pub fn tasks(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let tasks = items(&value["tasks"]);
    let none = || pick("No tasks.", "没有任务。").to_owned();
    let mut lines = vec![if tasks.is_empty() { none() } else { task_table(tasks, language) }];
    let due = items(&value["left"]).iter().filter(|left| left["due"] == true).count();
    if due > 0 {
        lines.push(match language {
            Language::English => format!("{due} left over without a task: purser incident task left"),
            Language::Chinese => format!("尚有 {due} 项未完成且未列为任务：purser incident task left"),
        });
    }
    lines.join("\n")
}

/// The tasks beside the steps and levers of an incident; `None` where there are none.
pub fn of_incident(value: &Value, language: Language) -> Option<String> {
    let tasks = items(&value["tasks"]);
    (!tasks.is_empty()).then(|| format!("{}\n{}", language.pick("Tasks", "任务"), task_table(tasks, language)))
}

fn task_table(tasks: &[Value], language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let heads = [
        pick("No.", "编号"),
        pick("By", "期限"),
        pick("Task", "任务"),
        pick("Who", "负责人"),
        pick("State", "状态"),
        pick("Incident", "事件"),
    ];
    let mut table = table(&heads);
    for task in tasks {
        let incident = match task["title"].as_str().filter(|title| !title.is_empty()) {
            Some(title) => title.to_owned(),
            None => text(&task["incident"]).chars().take(8).collect(),
        };
        let practice = if task["drill"] == true { pick(" (practice)", "（演练）") } else { "" };
        table.add_row(vec![
            Cell::new(text(&task["task"])),
            Cell::new(text(&task["due"])),
            Cell::new(text(&task["text"])),
            Cell::new(text(&task["who"])),
            Cell::new(task_state(task, language)),
            Cell::new(format!("{incident}{practice}")),
        ]);
    }
    table.to_string()
}

fn task_state(task: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let settled = || format!("{} {}", text(&task["at"]).get(..10).unwrap_or_default(), text(&task["by"]));
    match task["state"].as_str() {
        Some("done") => format!("{} {}", pick("done", "完成"), settled()),
        Some("dropped") => {
            format!("{} {}{}{}", pick("dropped", "已取消"), settled(), pick(": ", "："), text(&task["reason"]))
        }
        _ if task["late"] == true => pick("LATE", "已逾期").to_owned(),
        _ => pick("open", "待办").to_owned(),
    }
}

/// What a task can be made of, under the name that `--of` takes.
pub fn left(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let rows = items(&value["left"]);
    if rows.is_empty() {
        return pick("Nothing is left over.", "没有遗留事项。").to_owned();
    }
    let mut table =
        table(&[pick("Left over", "遗留事项"), pick("What", "内容"), pick("State", "状态"), pick("Review", "复查")]);
    for row in rows {
        let state = match row["reason"].as_str() {
            Some(reason) => format!("{}{}{reason}", pick("skipped", "跳过"), pick(": ", "：")),
            None => pick("open", "待办").to_owned(),
        };
        table.add_row(vec![
            Cell::new(text(&row["of"])),
            Cell::new(said(&row["text"], language)),
            Cell::new(state),
            Cell::new(text(&row["review"])),
        ]);
    }
    let day = text(&value["day"]);
    let hint = match language {
        Language::English => format!("Make one a task: purser incident task add --of NAME [--who NAME] [--due {day}]"),
        Language::Chinese => format!("列为任务：purser incident task add --of 名称 [--who 姓名] [--due {day}]"),
    };
    format!("{table}\n{hint}")
}
