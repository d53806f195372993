//! The contract's JSON as tables for people.

pub mod audit;
pub mod backup;
pub mod contacts;
pub mod door;
pub mod emergency;
pub mod security;
pub mod tasks;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use purser_app::fees::By;
use serde_json::Value;

use crate::arguments::Language;

/// Balances of every wallet.
pub fn status(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let mut table = table(&[
        pick("Wallet", "钱包"),
        pick("Account", "账户"),
        pick("Available", "可用余额"),
        pick("As of (UTC)", "截至 (UTC)"),
        pick("Transactions", "笔数"),
        pick("Coverage", "账单覆盖"),
    ]);
    let wallets = items(&value["wallets"]);
    for wallet in wallets {
        let mut first = true;
        for balance in items(&wallet["balances"]) {
            let stated = balance["available"].as_str().map(with_minus);
            table.add_row(vec![
                Cell::new(if first { text(&wallet["wallet"]) } else { String::new() }),
                Cell::new(format!("{} {}", text(&balance["account"]), text(&balance["currency"]))),
                right(stated.unwrap_or_else(|| pick("not stated", "未注明").to_owned())),
                Cell::new(balance["as_of"].as_str().map(short_time).unwrap_or_default()),
                right(if first { wallet["transactions"].to_string() } else { String::new() }),
                Cell::new(if first { coverage(&wallet["coverage"]) } else { String::new() }),
            ]);
            first = false;
        }
    }
    let frozen = match value["frozen"].as_bool() {
        Some(true) => pick(
            "FROZEN: what could help a thief is refused on this computer. Next: purser incident show\n",
            "已冻结：本机拒绝一切可能帮到窃贼的操作。下一步：purser incident show\n",
        ),
        _ => "",
    };
    let practised = practised(&value["practice"], language);
    if wallets.is_empty() {
        let none = pick(
            "No wallets yet. Import a statement: purser import FILE",
            "还没有钱包。请导入账单：purser import 文件",
        );
        return format!("{frozen}{none}{practised}");
    }
    format!("{frozen}{table}{practised}")
}

/// When an emergency was last practised: the last line of a status. Nothing where it is not this person's.
pub fn practised(practice: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    if !practice.is_object() {
        return String::new();
    }
    let last = &practice["last"];
    let missed = items(&last["missed"]).len();
    let said = match (last["day"].as_str(), language) {
        (None, _) => pick("Emergency never practised.", "从未演练。").to_owned(),
        (Some(day), Language::English) => {
            format!("Emergency last practised on {day}: {} min, {missed} steps missed.", last["minutes"])
        }
        (Some(day), Language::Chinese) => format!("上次演练 {day}：{} 分钟，{missed} 个步骤未完成。", last["minutes"]),
    };
    let due = match practice["due"].as_bool() {
        Some(true) => pick(" Due: purser freeze --drill", " 该演练了：purser freeze --drill"),
        _ => "",
    };
    let running = match practice["running"].as_str() {
        Some(_) => pick(
            " A practice run is open; end it: purser incident practice --end",
            " 有演练尚未结束，结束请执行：purser incident practice --end",
        ),
        None => "",
    };
    format!("\n{said}{due}{running}")
}

/// Transactions, newest first.
pub fn history(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let rows = items(&value["rows"]);
    if rows.is_empty() {
        return pick("No transactions match.", "没有符合条件的流水。").to_owned();
    }
    let mut table = table(&[
        pick("Date", "日期"),
        pick("Wallet", "钱包"),
        pick("Kind", "类型"),
        pick("Counterparty", "交易对方"),
        pick("Description", "说明"),
        pick("Gross", "金额"),
        pick("Fee", "手续费"),
        pick("Net", "净额"),
        "",
    ]);
    for row in rows {
        table.add_row(vec![
            Cell::new(text(&row["booking_date"])),
            Cell::new(text(&row["wallet"])),
            Cell::new(text(&row["kind"])),
            Cell::new(shorten(&text(&row["counterparty"]), 24)),
            Cell::new(shorten(&text(&row["description"]), 28)),
            right(with_minus(&text(&row["gross"]))),
            right(with_minus(&text(&row["fee"]))),
            right(with_minus(&text(&row["net"]))),
            Cell::new(text(&row["currency"])),
        ]);
    }
    let next =
        value["next"].as_str().map(|next| format!("\n{}: --after {next}", pick("more", "更多"))).unwrap_or_default();
    format!("{table}{next}")
}

/// Payouts, newest first, and how sure it is what they paid.
pub fn payouts(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let rows = items(&value["rows"]);
    if rows.is_empty() {
        return pick("No payouts in the imported files.", "已导入的文件中没有提现记录。").to_owned();
    }
    let mut table = table(&[
        pick("Date", "日期"),
        pick("Wallet", "钱包"),
        pick("Payout", "提现"),
        pick("Amount", "金额"),
        "",
        pick("Transactions", "对应流水"),
        pick("Fees kept", "已扣手续费"),
        pick("How sure", "依据"),
    ]);
    for row in rows {
        let found = row["confidence"].as_str() != Some("none");
        table.add_row(vec![
            Cell::new(text(&row["booking_date"])),
            Cell::new(text(&row["wallet"])),
            Cell::new(text(&row["provider_ref"])),
            right(with_minus(&text(&row["amount"]))),
            Cell::new(text(&row["currency"])),
            right(if found { row["transactions"].to_string() } else { String::new() }),
            right(if found { with_minus(&text(&row["fees"])) } else { String::new() }),
            Cell::new(match row["confidence"].as_str() {
                Some("stated") => pick("the provider says so", "平台文件注明"),
                Some("stated_in_part") => pick("the provider says so; rows are missing", "平台文件注明，但流水不全"),
                Some("likely") => pick("likely: sum and days fit", "很可能：金额与日期吻合"),
                Some("possible") => pick("possible: the sum fits", "可能：金额吻合"),
                _ => pick("not known", "未知"),
            }),
        ]);
    }
    table.to_string()
}

/// Fees, grouped.
pub fn fees(value: &Value, by: By, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let rows = items(&value["rows"]);
    if rows.is_empty() {
        return pick(
            "No transactions yet. Import a statement: purser import FILE",
            "还没有流水。请导入账单：purser import 文件",
        )
        .to_owned();
    }
    let mut table = table(&[
        match by {
            By::Month => pick("Month", "月份"),
            By::Wallet => pick("Wallet", "钱包"),
            By::Kind => pick("Kind", "类型"),
        },
        pick("Transactions", "笔数"),
        pick("Sales", "销售额"),
        pick("Fees", "手续费"),
        "",
        pick("% of sales", "占销售额 %"),
    ]);
    for row in rows {
        table.add_row(vec![
            Cell::new(text(&row[by.word()])),
            right(row["transactions"].to_string()),
            right(with_minus(&text(&row["sales"]))),
            right(with_minus(&text(&row["fees"]))),
            Cell::new(text(&row["currency"])),
            right(text(&row["percent_of_sales"])),
        ]);
    }
    table.to_string()
}

/// Receipts of an import.
pub fn receipts(value: &Value, dry_run: bool, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let mut lines = Vec::new();
    for receipt in items(value) {
        lines.push(text(&receipt["file"]));
        if receipt["refused"].is_object() {
            lines.push(format!(
                "  {}: {}",
                pick("refused, nothing stored", "已拒绝，未保存"),
                text(&receipt["refused"]["message"])
            ));
            lines.extend(unknown(&receipt["refused"], language));
            continue;
        }
        let period = &receipt["period"];
        let days = if period.is_object() {
            format!(" · {} – {}", text(&period["from"]), text(&period["to"]))
        } else {
            String::new()
        };
        lines.push(format!("  {} · {}{days}", text(&receipt["form"]), text(&receipt["wallet"])));
        let stored = if dry_run { pick("to be stored", "将保存") } else { pick("stored", "已保存") };
        lines.push(format!(
            "  {} {} · {} {} · {} {} · {} {}",
            receipt["rows"],
            pick("rows", "行"),
            receipt["stored"],
            stored,
            receipt["already_present"],
            pick("already present", "已存在"),
            items(&receipt["skipped"]).len(),
            pick("skipped", "已跳过"),
        ));
        for totals in items(&receipt["totals"]) {
            lines.push(format!(
                "  {}  {} {} ({}) · {} {} ({}) · {} {}",
                text(&totals["currency"]),
                pick("in", "收入"),
                text(&totals["in"]["sum"]),
                totals["in"]["count"],
                pick("out", "支出"),
                text(&totals["out"]["sum"]),
                totals["out"]["count"],
                pick("fees", "手续费"),
                with_minus(&text(&totals["fee"])),
            ));
        }
        match receipt["agrees"].as_bool() {
            Some(true) => {
                lines.push(format!("  ✓ {}", pick("agrees with the file's own figures", "与文件自身的合计一致")))
            }
            Some(false) => {
                lines.push(format!("  ! {}", pick("differs from the file's own figures", "与文件自身的合计不一致")))
            }
            None => {}
        }
        for warning in items(&receipt["warnings"]) {
            lines.push(format!("  ! {}", text(&warning["message"])));
        }
        for skipped in items(&receipt["skipped"]).iter().take(5) {
            lines.push(format!("  - {} {}: {}", pick("line", "行"), skipped["line"], text(&skipped["reason"])));
        }
    }
    lines.join("\n")
}

/// What is seen of a file whose form no reader knows, and how to go on.
fn unknown(refused: &Value, language: Language) -> Vec<String> {
    let pick = |english, chinese| language.pick(english, chinese);
    let names = |value: &Value| items(value).iter().map(text).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    if items(&refused["header"]).is_empty() {
        return lines;
    }
    lines.push(format!("  {}: {}", pick("its columns", "文件的列"), names(&refused["header"])));
    if refused["nearest"].is_object() {
        lines.push(format!(
            "  {} {}: {} {}; {} {}",
            pick("nearest form", "最接近的格式"),
            text(&refused["nearest"]["form"]),
            pick("has", "已有"),
            names(&refused["nearest"]["matched"]),
            pick("lacks", "缺少"),
            names(&refused["nearest"]["missing"]),
        ));
    }
    let guess: Vec<String> = refused["guess"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(role, name)| format!("--column '{role}={}'", text(name)))
        .collect();
    if !guess.is_empty() {
        lines.push(format!("  {}: {}", pick("they seem to be", "推测的含义"), guess.join(" ")));
        lines.push(format!(
            "  {}",
            pick(
                "If that is right, add --accept-guess (and --wallet NAME); correct single columns with --column ROLE=NAME.",
                "若推测正确，请加 --accept-guess（及 --wallet 名称）；个别列可用 --column 含义=列名 更正。"
            )
        ));
    }
    lines
}

/// What a statement came to.
pub fn statement(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    let basis = match value["basis"].as_str() {
        Some("provider") => pick("as the provider states it", "以平台账单为准"),
        Some("computed") => pick("computed from a balance stated at another time", "由其他时点的余额推算"),
        _ => pick("from zero: no file states a balance", "从零累计：账单未注明余额"),
    };
    format!(
        "{}\n  {} {} {}\n  {} {} {}  ({basis})\n  {} {}\n  SHA-256 {}",
        text(&value["path"]),
        pick("opening", "期初"),
        text(&value["currency"]),
        with_minus(&text(&value["opening"])),
        pick("closing", "期末"),
        text(&value["currency"]),
        with_minus(&text(&value["closing"])),
        value["lines"],
        pick("lines", "行"),
        text(&value["sha256"]),
    )
}

pub fn verify(value: &Value, language: Language) -> String {
    let pick = |english, chinese| language.pick(english, chinese);
    match value["first_bad"].as_str() {
        None => format!(
            "✓ {} {} {}, {} {}",
            pick("books and files are whole:", "账目与文件完好："),
            value["files"],
            pick("files", "个文件"),
            value["entries"],
            pick("rows read again", "行已复核"),
        ),
        Some(bad) => format!("! {bad}"),
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.to_vec());
    table
}

fn coverage(months: &Value) -> String {
    let months = items(months);
    let state = |month: &&Value, word: &str| month["state"].as_str() == Some(word);
    let missing = months.iter().filter(|month| state(month, "missing")).count();
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return String::new() };
    let gap = if missing > 0 { format!(" ({missing} ✗)") } else { String::new() };
    format!("{} – {}{gap}", text(&first["month"]), text(&last["month"]))
}

fn right(content: String) -> Cell {
    Cell::new(content).set_alignment(CellAlignment::Right)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

/// The true minus sign, as in print.
fn with_minus(amount: &str) -> String {
    amount.replacen('-', "\u{2212}", 1)
}

fn short_time(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

fn shorten(content: &str, limit: usize) -> String {
    if content.chars().count() <= limit {
        return content.to_owned();
    }
    content.chars().take(limit - 1).chain(['…']).collect()
}
