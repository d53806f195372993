//! An emergency in plain words: what has stopped, what has not, and what to do next.

use comfy_table::Cell;
use serde_json::Value;

use super::contacts::missing;
use super::{items, practised, right, short_time, shorten, table, tasks, text, with_minus};
use crate::arguments::Language;

/// After a freeze or a practice run.
pub fn frozen(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let levers = items(&value["levers"]);
    let mut lines = Vec::new();
    if value["drill"].as_bool() == Some(true) {
        let practice = pick("PRACTICE. Nothing is frozen. ", "演练。没有冻结任何东西。");
        lines.push(format!("{practice}{}", calls_to_make(value, language)));
    } else {
        let stopped = pick("This computer has stopped. ", "这台电脑已停住。");
        lines.push(format!("{stopped}{}", calls_to_make(value, language)));
        let police = pick(
            "Has money left in mainland China? Call 110 at once, every minute counts. Hong Kong: 999.",
            "在中国内地钱已转出？立即拨打 110，每一分钟都重要。香港：999。",
        );
        lines.push(police.to_owned());
    }
    lines.push(lever_table(levers, language));
    lines.extend(offers(&value["offered"], language));
    lines.push(
        pick(
            "Nothing is stopped before it says confirmed. Next: purser incident show",
            "状态为“已确认”之前，都不算停住。下一步：purser incident show",
        )
        .to_owned(),
    );
    lines.join("\n")
}

/// How many calls there are to make; each counts down one wallet.
fn calls_to_make(value: &Value, language: Language) -> String {
    let calls = value["calls_to_make"].as_u64().unwrap_or_default();
    if value["drill"].as_bool() == Some(true) && calls > 0 {
        return match language {
            Language::English => format!("Calls that would be to make: {calls}."),
            Language::Chinese => format!("若是真的，要联系 {calls} 家。"),
        };
    }
    match (calls, language) {
        (0, Language::English) => "Each wallet has confirmed something. Go on with the list.".to_owned(),
        (0, Language::Chinese) => "每个钱包都有了确认。请继续完成清单。".to_owned(),
        (1, Language::English) => "Your wallets have not: 1 call to make.".to_owned(),
        (calls, Language::English) => format!("Your wallets have not: {calls} calls to make."),
        (calls, Language::Chinese) => format!("钱包还没有停：还要联系 {calls} 家。"),
    }
}

/// After asking for the end of a freeze.
pub fn unfrozen(value: &Value, language: Language) -> String {
    if let Some(seconds) = value["cool_off_s"].as_u64() {
        let minutes = seconds / 60;
        return match language {
            Language::English => format!("From now on unfreezing takes {minutes} min."),
            Language::Chinese => format!("今后解冻须等待 {minutes} 分钟。"),
        };
    }
    match value["state"].as_str() {
        Some("cooling_off") => {
            let until = value["until"].as_str().map(short_time).unwrap_or_default();
            match language {
                Language::English => format!(
                    "Still frozen. Give the same command with a new code after {until} UTC. A new freeze starts over."
                ),
                Language::Chinese => {
                    format!(
                        "仍处于冻结状态。请在 {until} (UTC) 之后用新验证码再次执行同一命令。期间若再次冻结，则重新计时。"
                    )
                }
            }
        }
        Some("unfrozen") => language
            .pick(
                "No longer frozen. What was stopped at the providers is put back there, one by one: purser incident show",
                "已解冻。在服务商处停用的项目须在那里逐项恢复：purser incident show",
            )
            .to_owned(),
        _ => language.pick("It stays frozen.", "继续保持冻结。").to_owned(),
    }
}

/// One incident, or the list of them.
pub fn incident(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    if value["due"].is_boolean() {
        return practice(value, language);
    }
    if value["sums"].is_array() {
        return reconciled(value, language);
    }
    if let Some(rows) = value["rows"].as_array() {
        let back = pick("Put back", "已恢复");
        let heads = ["", pick("Since (UTC)", "起始 (UTC)"), pick("What", "事项"), pick("State", "状态"), back];
        let mut table = table(&heads);
        for row in rows {
            let drill = row["drill"].as_bool() == Some(true);
            let what = if drill { pick("practice", "演练").to_owned() } else { text(&row["title"]) };
            let state = if row["closed"].is_string() { pick("closed", "已结束") } else { pick("open", "进行中") };
            let back = &row["put_back"];
            let back = if back.is_null() { String::new() } else { format!("{} / {}", back["done"], back["of"]) };
            let cells = [text(&row["id"]), short_time(&text(&row["started"])), what, state.to_owned(), back];
            table.add_row(cells.map(Cell::new).to_vec());
        }
        return table.to_string();
    }
    if value["path"].is_string() && value["sha256"].is_null() {
        let said = pick("Written; print it now: ", "已写入，请打印：");
        return format!("{said}{}{}", text(&value["path"]), missing(value, language));
    }
    if value["sealed"].as_bool() == Some(true) {
        let said =
            pick("Written and encrypted. Open it with age -d, then unzip: ", "已写入并加密。用 age -d 解密后 unzip：");
        return format!("{said}{}{}", text(&value["path"]), missing(value, language));
    }
    if value["path"].is_string() {
        let said = pick(
            "Written. Check it with unzip and sha256sum -c manifest.sha256: ",
            "已写入。可用 unzip 与 sha256sum -c manifest.sha256 核对：",
        );
        return format!("{said}{}{}", text(&value["path"]), missing(value, language));
    }
    let heads = [
        pick("Step", "步骤"),
        pick("What", "内容"),
        pick("Who", "负责人"),
        pick("By (UTC)", "期限 (UTC)"),
        pick("State", "状态"),
    ];
    let mut steps = table(&heads);
    for step in items(&value["steps"]) {
        let late = if step["late"].as_bool() == Some(true) { pick(", late", "，已逾期") } else { "" };
        let mut what = said(&step["title"], language);
        if step["transactions"].is_object() {
            let (marked, total) = (&step["transactions"]["marked"], &step["transactions"]["total"]);
            what.push_str(&match language {
                Language::English => format!(" ({marked} of {total} marked)"),
                Language::Chinese => format!("（已标记 {marked} / {total} 笔）"),
            });
        }
        for part in items(&step["parts"]) {
            let mark = if part["state"] == "open" { "[ ]" } else { "[x]" };
            let wallet = part["wallet"].as_str().map(|wallet| format!("{wallet}: ")).unwrap_or_default();
            what.push_str(&format!("\n{mark} {wallet}{} ({})", said(&part["text"], language), text(&part["part"])));
        }
        steps.add_row(vec![
            Cell::new(text(&step["step"])),
            Cell::new(what),
            Cell::new(text(&step["owner"])),
            Cell::new(short_time(&text(&step["target"]))),
            Cell::new(format!("{}{late}", state(&text(&step["state"]), language))),
        ]);
    }
    let mut parts = vec![steps.to_string()];
    parts.push(places(&value["regions"], language));
    if value["put_back"].is_null() {
        parts.push(calls_to_make(value, language));
    }
    parts.push(lever_table(items(&value["levers"]), language));
    if value["put_back"].is_object() {
        parts.push(put_back(value, language));
    }
    parts.extend(offers(&value["offered"], language));
    parts.extend(tasks::of_incident(value, language));
    parts.join("\n")
}

/// What an act changed, in few lines: how far it is, and what comes next for whoever phones and whoever clicks.
pub fn after(value: &Value, language: Language) -> String {
    let Some(steps) = value["steps"].as_array() else { return incident(value, language) };
    let is_open = |step: &&Value| step["state"] == "open";
    let settled = steps.len() - steps.iter().filter(is_open).count();
    let mut lines = vec![match language {
        Language::English => format!("Kept. {settled} of {} steps are settled.", steps.len()),
        Language::Chinese => format!("已记录。{} 个步骤中已处理 {settled} 个。", steps.len()),
    }];
    if value["closed"].is_string() {
        lines.push(language.pick("The incident is closed.", "事件已结束。").to_owned());
    } else if value["put_back"].is_null() {
        lines.push(calls_to_make(value, language));
    } else {
        lines.push(put_back_count(value, language));
    }
    lines.push(places(&value["regions"], language));
    let lanes = [("phone", "Next by phone: ", "接下来打电话："), ("click", "Next to click: ", "接下来操作：")];
    for (lane, english, chinese) in lanes {
        let Some(next) = steps.iter().filter(is_open).find(|step| step["lane"] == lane) else { continue };
        let owner = next["owner"].as_str().map(|owner| format!(" · {owner}")).unwrap_or_default();
        let name = format!("{} · {}{owner}", text(&next["step"]), said(&next["title"], language));
        lines.push(format!("{}{name}", language.pick(english, chinese)));
    }
    lines.push(language.pick("The whole list: purser incident show", "完整清单：purser incident show").to_owned());
    lines.join("\n")
}

/// What was stopped, as it was before, and how far it is on its way back.
fn put_back(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let heads = [
        pick("Put back", "恢复"),
        pick("Before it was stopped", "停用前"),
        pick("Where", "联系方式"),
        pick("How far", "进展"),
    ];
    let mut table = table(&heads);
    let stopped = items(&value["levers"]).iter().filter(|lever| lever["kind"] != "local");
    for lever in stopped.filter(|lever| lever["put_back"].is_object()) {
        let back = &lever["put_back"];
        let noted = [&lever["prior"], &lever["seen"], &lever["reference"]].map(text);
        let before = noted.iter().find(|noted| !noted.is_empty()).cloned().unwrap_or_default();
        let mut far = put_back_state(&text(&back["state"]), language).to_owned();
        if back["state"] == "cannot" {
            let since = short_time(&text(&back["known_since"]));
            far.push_str(&format!("\n{} {since}", pick("said so since (UTC)", "已注明，自 (UTC)")));
        }
        for told in [&back["reference"], &back["seen"]].map(text).iter().filter(|told| !told.is_empty()) {
            far.push_str(&format!("\n{told}"));
        }
        let place = if back["state"] == "cannot" { String::new() } else { text(&lever["value"]) };
        let name = format!("{}\n{}", text(&lever["lever"]), said(&lever["title"], language));
        table.add_row([name, before, place, far].map(Cell::new).to_vec());
    }
    let mut lines = vec![put_back_count(value, language)];
    lines.push(table.to_string());
    if value["put_back"]["open"].as_u64().unwrap_or_default() > 0 {
        let hint = pick(
            "Put back one after another: purser incident lever NAME --undone --confirmed --seen WHAT. What stays stopped: --stays REASON",
            "逐项恢复：purser incident lever 名称 --undone --confirmed --seen 所见。维持停用：--stays 原因",
        );
        lines.push(hint.to_owned());
    }
    lines.join("\n")
}

fn put_back_count(value: &Value, language: Language) -> String {
    let (done, of) = (&value["put_back"]["done"], &value["put_back"]["of"]);
    match language {
        Language::English => format!("{done} of {of} put back."),
        Language::Chinese => format!("已恢复 {done} / {of} 项。"),
    }
}

fn put_back_state(word: &str, language: Language) -> &'static str {
    match word {
        "cannot" => language.pick("cannot be put back", "无法恢复"),
        "open" => language.pick("NOT put back", "未恢复"),
        "asked" => language.pick("asked, NOT put back yet", "已提出，未恢复"),
        "failed" => language.pick("failed, try again", "失败，请重试"),
        "refused" => language.pick("refused, NOT put back", "被拒绝，未恢复"),
        "done" => language.pick("put back", "已恢复"),
        _ => language.pick("stays as it is", "维持现状"),
    }
}

/// Whose police the steps name.
fn places(regions: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let name = |region: &Value| match region.as_str() {
        Some("mainland") => pick("mainland China", "中国内地"),
        Some("hong_kong") => pick("Hong Kong", "香港"),
        _ => pick("elsewhere", "其他地方"),
    };
    let known: Vec<&str> = items(regions).iter().map(name).collect();
    if known.is_empty() {
        let unknown = pick(
            "Where the business and its banks are is not known; the steps of every place are shown. Say it: purser incident answer --region R",
            "企业和银行所在地未填写，显示各地的步骤。填写：purser incident answer --region R",
        );
        return unknown.to_owned();
    }
    let said = pick("The business and its banks are in", "企业和银行所在地");
    let change = pick("other places: purser incident answer --region R", "更改：purser incident answer --region R");
    match language {
        Language::English => format!("{said} {}; {change}", known.join(", ")),
        Language::Chinese => format!("{said}：{}；{change}", known.join("、")),
    }
}

/// Transactions with what was said of them, and what they come to.
fn reconciled(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let word = |verdict: &Value| match verdict.as_str() {
        Some("ours") => pick("ours", "自己的"),
        Some("theirs") => pick("THEIRS", "盗用"),
        Some("unknown") => pick("not sure", "不确定"),
        _ => pick("not marked", "未标记"),
    };
    let mut lines = Vec::new();
    let rows = items(&value["rows"]);
    if !rows.is_empty() {
        let heads = [
            pick("Time (UTC)", "时间 (UTC)"),
            pick("Wallet", "钱包"),
            pick("Counterparty", "交易对方"),
            pick("Net", "净额"),
            "",
            pick("Mark", "标记"),
            "ID",
        ];
        let mut table = table(&heads);
        for row in rows {
            table.add_row(vec![
                Cell::new(short_time(&text(&row["time"]))),
                Cell::new(text(&row["wallet"])),
                Cell::new(shorten(&text(&row["counterparty"]), 24)),
                right(with_minus(&text(&row["net"]))),
                Cell::new(text(&row["currency"])),
                Cell::new(word(&row["verdict"])),
                Cell::new(text(&row["id"])),
            ]);
        }
        lines.push(table.to_string());
    }
    let (marked, total) = (&value["marked"], &value["total"]);
    lines.push(match language {
        Language::English => format!("{marked} of {total} marked."),
        Language::Chinese => format!("已标记 {marked} / {total} 笔。"),
    });
    for sum in items(&value["sums"]) {
        let amount =
            |key: &str| sum[key].as_str().map_or_else(|| pick("too large", "数额过大").to_owned(), str::to_owned);
        lines.push(format!(
            "  {} {}: {} · {} {} · {} {}",
            word(&sum["verdict"]),
            text(&sum["currency"]),
            sum["count"],
            pick("in", "收入"),
            amount("in"),
            pick("out", "支出"),
            amount("out"),
        ));
    }
    if let Some(next) = value["next"].as_str() {
        lines.push(format!("{}: --after {next}", pick("more", "更多")));
    }
    lines.join("\n")
}

/// How the last practice run went.
fn practice(value: &Value, language: Language) -> String {
    let mut lines = vec![practised(value, language).trim_start().to_owned()];
    for step in items(&value["last"]["done"]) {
        let late = if step["late"].as_bool() == Some(true) { language.pick(", late", "，已逾期") } else { "" };
        let (minute, target) = (&step["minute"], &step["target"]);
        let title = said(&step["title"], language);
        lines.push(match language {
            Language::English => format!("  [x] {title}: minute {minute} (target {target}{late})"),
            Language::Chinese => format!("  [x] {title}：第 {minute} 分钟（目标 {target}{late}）"),
        });
    }
    for step in items(&value["last"]["missed"]) {
        lines.push(format!("  [ ] {}", said(&step["title"], language)));
    }
    lines.join("\n")
}

/// What takes a further act.
fn offers(offered: &Value, language: Language) -> Option<String> {
    let offered = items(offered);
    let said = language.pick(
        "Also possible; most of it stops your sales. Take one up with purser incident lever NAME --take",
        "还可以采取以下措施，多数会使销售停止。采取：purser incident lever 名称 --take",
    );
    (!offered.is_empty()).then(|| format!("{said}\n{}", lever_table(offered, language)))
}

/// What is read aloud, what to have at hand, what to ask for.
pub fn scripts(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let list = |heading: &str, texts: &Value| {
        let lines: Vec<String> = items(texts).iter().map(|text| format!("  - {}", said(text, language))).collect();
        format!("{heading}\n{}", lines.join("\n"))
    };
    let script = |script: &Value| {
        let speaker = match script["speaker"].as_str() {
            Some("legal_representative") => pick("Legal representative", "法定代表人"),
            Some("administrator") => pick("Administrator", "管理员"),
            _ => pick("Employee", "员工"),
        };
        format!("{speaker}\n  {}", said(&script["text"], language))
    };
    let one = |row: &Value| {
        let name = row["wallet"].as_str().or(row["provider"].as_str()).unwrap_or_default();
        let mut parts = vec![
            format!("== {name} =="),
            list(pick("Have at hand", "准备好"), &row["have"]),
            list(pick("Ask for", "请求对方"), &row["ask"]),
        ];
        parts.extend(items(&row["scripts"]).iter().map(script));
        parts.push(format!("{}: {}", pick("What they cannot stop", "无法停止的事项"), said(&row["cannot"], language)));
        parts.join("\n")
    };
    items(&value["scripts"]).iter().map(one).collect::<Vec<_>>().join("\n\n")
}

fn lever_table(levers: &[Value], language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let mut rows =
        table(&[pick("Lever", "措施"), pick("What to do", "怎么做"), pick("Where", "联系方式"), pick("State", "状态")]);
    for lever in levers {
        let wallet = lever["wallet"].as_str().map(|wallet| format!("{wallet}: ")).unwrap_or_default();
        let mut place = text(&lever["value"]);
        if let Some(hours) = lever["hours"].as_str() {
            let open = match lever["open_now"].as_bool() {
                Some(true) => pick(", open now", "，现在开放"),
                Some(false) => pick(", closed now", "，现在不开放"),
                None => "",
            };
            place.push_str(&format!("\n{hours} {}{open}", text(&lever["zone"])));
        }
        // Only what the provider says itself is shown without a word of doubt.
        if matches!(lever["grade"].as_str(), Some("third_party" | "unverified")) {
            place.push_str(pick("\n(not confirmed by the provider)", "\n（未经服务商证实）"));
        }
        rows.add_row(vec![
            Cell::new(text(&lever["lever"])),
            Cell::new(format!("{wallet}{}", said(&lever["title"], language))),
            Cell::new(place),
            Cell::new(if lever["put_back"]["state"] == "done" {
                pick("no longer stopped", "已不再停用").to_owned()
            } else {
                state(&text(&lever["state"]), language)
            }),
        ]);
    }
    rows.to_string()
}

pub(super) fn said(text_in_both: &Value, language: Language) -> String {
    text(&text_in_both[language.pick("en", "zh")])
}

fn state(word: &str, language: Language) -> String {
    let states = [
        ("open", "open", "待办"),
        ("done", "done", "完成"),
        ("skipped", "skipped", "跳过"),
        ("queued", "NOT stopped", "未停住"),
        ("in_flight", "asked, NOT confirmed", "已提出，未确认"),
        ("confirmed", "confirmed", "已确认"),
        ("failed", "failed, try again", "失败，请重试"),
        ("refused", "refused", "被拒绝"),
        ("unknown", "NOT known", "不明"),
    ];
    let known = states.iter().find(|(known, ..)| *known == word);
    known.map_or_else(|| word.to_owned(), |(_, english, chinese)| language.pick(english, chinese).to_owned())
}
