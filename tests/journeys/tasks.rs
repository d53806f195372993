//! Tasks with dates and who does which step, on the real command line: made, changed, done, dropped, and seen until they are.

use std::path::Path;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use purser_app::incident::{Assign, TaskSettled, TaskText};
use purser_app::{Code, LockCause, Purser};
use purser_books::document::Language;
use purser_books::door::{DoorCode, Severity};
use purser_books::playbook::Lane;
use purser_tests::folder::files;
use purser_tests::poppler::poppler;
use purser_tests::profile::{log_in, setup};
use purser_tests::{Cli, MovingClock, PASSWORD, Profile, WholeDay, ZONE};
use serde_json::{Value, json};

use crate::incidents::{step, unpacked, with_books};
use crate::kills::{kill, later};

fn rows<'a>(page: &'a Value, list: &str) -> &'a [Value] {
    page[list].as_array().unwrap()
}

fn numbers(page: &Value) -> Vec<&str> {
    rows(page, "tasks").iter().map(|task| task["task"].as_str().unwrap()).collect()
}

fn told(cli: &Cli) -> Vec<String> {
    let log = cli.json(["audit", "list", "--action", "incident_entry"]);
    let entries = |row: &Value| row["detail"]["entries"].as_str().unwrap().to_owned();
    rows(&log, "rows").iter().map(entries).collect()
}

#[test]
fn a_task_is_made_changed_done_and_dropped() {
    let day = WholeDay::begun(ZONE);
    let (_computer, cli) = with_books();
    cli.run(["incident", "task", "add", "new laptop"]).expect_code(2);
    assert_eq!(cli.json(["incident", "task", "list"])["tasks"], json!([]));
    let frozen = cli.json(["freeze"]);
    let id = frozen["freeze"].as_str().unwrap();
    let made = cli.json(["incident", "task", "add", " new \n laptop ", "--due", &day.plus(3), "--who", "Mei"]);
    let task = &rows(&made, "tasks")[0];
    assert_eq!((&made["task"], &made["incident"], numbers(&made)), (&"1".into(), &id.into(), vec!["1"]));
    for (key, wanted) in [
        ("text", json!("new laptop")),
        ("due", json!(day.plus(3))),
        ("who", json!("Mei")),
        ("state", json!("open")),
        ("late", json!(false)),
        ("added_by", json!("owner")),
        ("incident", json!(id)),
        ("of", Value::Null),
        ("by", Value::Null),
    ] {
        assert_eq!(task[key], wanted, "{key}: {task}");
    }
    // Without a day: that of the review on day 7.
    let second = cli.json(["incident", "task", "add", "ask the bank"]);
    assert_eq!((&second["task"], numbers(&second)), (&"2".into(), vec!["1", "2"]));
    assert_eq!((&rows(&second, "tasks")[1]["due"], &second["day"]), (&day.plus(7).into(), &day.plus(7).into()));
    let changed =
        cli.json(["incident", "task", "change", "1", "--text", "two laptops", "--due", &day.plus(9), "--who", ""]);
    let task = &rows(&changed, "tasks")[1];
    assert_eq!((&task["text"], &task["due"], &task["who"]), (&"two laptops".into(), &day.plus(9).into(), &"".into()));
    let done = cli.json(["incident", "task", "done", "1"]);
    let task = &rows(&done, "tasks")[1];
    assert_eq!((&task["state"], &task["by"], task["at"].is_string()), (&"done".into(), &"owner".into(), true));
    cli.run(["incident", "task", "done", "1"]).expect_code(2);
    cli.run(["incident", "task", "change", "1", "--text", "x"]).expect_code(2);
    let open = cli.json(["incident", "task", "reopen", "1"]);
    assert_eq!((&rows(&open, "tasks")[1]["state"], &rows(&open, "tasks")[1]["by"]), (&"open".into(), &Value::Null));
    cli.run(["incident", "task", "reopen", "1"]).expect_code(2);
    let dropped = cli.json(["incident", "task", "drop", "1", "--reason", "sold"]);
    let task = &rows(&dropped, "tasks")[1];
    assert_eq!((&task["state"], &task["reason"]), (&"dropped".into(), &"sold".into()));
    assert_eq!(
        told(&cli),
        ["task_dropped 1", "task_reopened 1", "task_done 1", "task_added 1", "task_added 2", "task_added 1"]
    );
    assert_eq!(rows(&cli.json(["incident", "show"]), "tasks"), rows(&dropped, "tasks"));
    assert_eq!(cli.json(["audit", "verify"])["ok"], true);

    let printed = cli.run(["incident", "task", "list"]).expect_code(0).stdout;
    for words in ["ask the bank", &format!("dropped {} owner: sold", &task["at"].as_str().unwrap()[..10]), "Who"] {
        assert!(printed.contains(words), "{words}\n{printed}");
    }
    let printed = cli.run(["--lang", "zh-CN", "incident", "task", "list"]).expect_code(0).stdout;
    for words in ["编号", "负责人", "待办", "已取消", "：sold"] {
        assert!(printed.contains(words), "{words}\n{printed}");
    }
    assert!(cli.run(["incident", "show"]).expect_code(0).stdout.contains("two laptops"));
}

#[test]
fn what_cannot_be_a_task_is_refused_and_says_what_to_do() {
    let day = WholeDay::begun(ZONE);
    let (_computer, cli) = with_books();
    cli.json(["freeze"]);
    cli.json(["incident", "task", "add", "new laptop"]);
    let (yesterday, now) = (day.plus(-1), day.plus(0));
    let far = day.plus(3_654);
    for (arguments, english, chinese) in [
        (vec!["add", "x", "--due", "0000-01-01"], format!("a task is for {now} or a later day"), "之后".to_owned()),
        (vec!["add", "x", "--due", "tomorrow"], "\"tomorrow\" is not a date; write it like".into(), "不是日期".into()),
        (vec!["add", "x", "--due", "2026-02-30"], "is not a date".into(), "“2026-02-30”不是日期".into()),
        (
            vec!["add", "x", "--due", &yesterday],
            format!("{yesterday} is over; a task is for {now} or a later day"),
            format!("{yesterday} 已过，任务日期须为 {now} 或之后"),
        ),
        (vec!["change", "1", "--due", &yesterday], format!("{yesterday} is over"), "已过".into()),
        (vec!["add", "x", "--due", &far], "is too far away; choose a day up to".into(), "过于遥远".into()),
        (vec!["add", "  "], "a task: 1 to 500 characters".into(), "任务须为 1 至 500 个字符".into()),
        (vec!["done", "77"], "no task \"77\"; see purser incident task list".into(), "没有任务“77”".into()),
        (vec!["drop", "1", "--reason", " "], "a reason must be written".into(), "须填写原因".into()),
        (vec!["reopen", "1"], "task 1 is open".into(), "任务 1 尚未了结".into()),
        (vec!["add", "--of", "fly"], "\"fly\" is not left over".into(), "“fly”不是遗留事项".into()),
    ] {
        let before = told(&cli).len();
        for (language, wanted) in [("en", english), ("zh-CN", chinese)] {
            let all = [&["--lang", language, "incident", "task"], &arguments[..]].concat();
            let refused = cli.run(all).expect_code(2);
            assert!(
                refused.stderr.to_lowercase().contains(&wanted.to_lowercase()),
                "{arguments:?}: {wanted}\n{}",
                refused.stderr
            );
        }
        assert_eq!(told(&cli).len(), before, "{arguments:?}");
    }
    let long = "x".repeat(501);
    cli.run(["incident", "task", "add", &long]).expect_code(2);
    cli.run(["incident", "task", "add", "x", "--who", &long[..101]]).expect_code(2);
    for arguments in [vec!["add"], vec!["change", "1"], vec!["drop", "1"], vec!["done"]] {
        cli.run([&["incident", "task"], &arguments[..]].concat()).expect_code(2);
    }
    // What was refused has used no number up.
    assert_eq!(cli.json(["incident", "task", "add", "x", "--due", &day.plus(0)])["task"], "2");
    cli.run(["lock"]).expect_code(0);
    cli.run(["incident", "task", "list"]).expect_code(3);
}

/// What a review finds left becomes a task with one command, in the words of the step, and is not proposed again.
#[test]
fn what_was_left_becomes_a_task() {
    let day = WholeDay::begun(ZONE);
    let (_computer, cli) = with_books();
    cli.json(["freeze"]);
    cli.json(["incident", "step", "insurer", "--skip", "no policy"]);
    cli.json(["incident", "step", "freeze", "--done"]);
    let page = cli.json(["incident", "task", "list"]);
    let left = |page: &Value, of: &str| rows(page, "left").iter().find(|left| left["of"] == of).cloned();
    let insurer = left(&page, "insurer").unwrap();
    assert_eq!(
        insurer,
        json!({ "of": "insurer", "state": "skipped", "reason": "no policy", "review": "review_7", "due": false,
                "text": { "en": "Tell the insurer", "zh": "通知保险公司" } })
    );
    assert!(left(&page, "freeze").is_none(), "done");
    let printed = cli.run(["incident", "task", "left"]).expect_code(0).stdout;
    assert!(printed.contains("skipped: no policy") && printed.contains("purser incident task add --of"), "{printed}");
    let printed = cli.run(["--lang", "zh-CN", "incident", "task", "left"]).expect_code(0).stdout;
    assert!(printed.contains("跳过：no policy") && printed.contains("遗留事项"), "{printed}");
    let made = cli.json(["--lang", "zh-CN", "incident", "task", "add", "--of", "insurer", "--who", "Mei"]);
    let task = &rows(&made, "tasks")[0];
    assert_eq!(
        (&task["text"], &task["of"], &task["due"]),
        (&"通知保险公司".into(), &"insurer".into(), &day.plus(7).into())
    );
    assert!(left(&made, "insurer").is_none());
    let again = cli.run(["incident", "task", "add", "--of", "insurer"]).expect_code(2);
    assert!(again.stderr.contains("\"insurer\" is a task already"), "{}", again.stderr);
    cli.json(["incident", "task", "drop", "1", "--reason", "none"]);
    assert!(left(&cli.json(["incident", "task", "list"]), "insurer").is_none(), "decided");
    // A part, in one's own words.
    cli.json(["incident", "step", "police_papers_mainland/statement", "--done"]);
    let part = "police_papers_mainland/receipt";
    let made = cli.json(["incident", "task", "add", "fetch the receipt", "--of", part]);
    assert_eq!(rows(&made, "tasks")[0]["text"], "fetch the receipt");
    assert!(left(&made, part).is_none() && left(&made, "police_papers_mainland/filing").is_some());
}

/// Of the levers, in their order, what a review can make tasks of.
pub fn levers_left(page: &Value) -> Vec<String> {
    let of = rows(page, "left").iter().map(|left| left["of"].as_str().unwrap().to_owned());
    of.filter(|of| of.contains('.')).collect()
}

/// What was begun at a provider and nobody confirmed, or at a wallet not even begun, becomes a task as well.
#[test]
fn a_lever_that_was_never_confirmed_becomes_a_task() {
    let (_computer, cli) = with_books();
    cli.json(["freeze"]);
    let page = cli.json(["incident", "task", "list"]);
    assert_eq!(
        rows(&page, "left")[0],
        json!({ "of": "paypal.freeze_request@1/stop", "state": "open", "reason": null, "review": "review_7", "due": false,
                "text": { "en": "Have it stopped and confirmed (PayPal): Ask PayPal to freeze the account",
                          "zh": "停住并取得确认（PayPal）：请 PayPal 冻结账户" } }),
        "one way of many"
    );
    assert_eq!(levers_left(&page), ["paypal.freeze_request@1/stop"]);
    cli.json(["incident", "lever", "paypal.call_us@1", "--asked"]);
    let show = || cli.json(["incident", "show"]);
    assert_eq!(levers_left(&show()), ["paypal.call_us@1/stop"], "what was begun");
    let printed = cli.run(["incident", "task", "left"]).expect_code(0).stdout;
    assert!(printed.contains("paypal.call_us@1/stop"), "{printed}");
    cli.run(["incident", "task", "add", "--of", "paypal.call_us@1"]).expect_code(2);
    cli.run(["incident", "task", "add", "--of", "paypal.freeze_request@1/stop"]).expect_code(2);
    cli.json(["incident", "lever", "paypal.call_us@1", "--confirmed", "--seen", "held"]);
    assert_eq!(levers_left(&show()), Vec::<String>::new(), "confirmed, and the freeze goes on");
    cli.json(["incident", "lever", "paypal.report_payments@1", "--failed"]);
    let made = cli.json(["--lang", "zh-CN", "incident", "task", "add", "--of", "paypal.report_payments@1/stop"]);
    let task = &rows(&made, "tasks")[0];
    assert_eq!(
        (&task["text"], &task["of"]),
        (&"停住并取得确认（PayPal）：逐笔举报不是自己做的付款".into(), &"paypal.report_payments@1/stop".into())
    );
    assert_eq!(levers_left(&made), Vec::<String>::new(), "it is a task");
}

/// The day is that of the business, wherever the computer is: the core says which, and holds new days against it.
#[tokio::test(flavor = "multi_thread")]
async fn today_is_the_day_of_the_business() {
    // The two ends of the world never have the same day.
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        let (computer, clock) = (Profile::none(), MovingClock::starting_now());
        let purser = computer.hold(&clock);
        let mut setup = setup(PASSWORD, None);
        setup.business.zone = zone.to_owned();
        purser.set_up(setup).await.unwrap();
        let now = Timestamp::from_second(i64::try_from(clock.seconds()).unwrap()).unwrap();
        let here = now.in_tz(zone).unwrap().date();
        let incident = purser.open_incident("odd login", None).await.unwrap();
        assert_eq!((incident.today, incident.pack_from), (here, here - 7.days()));
        let page = purser.add_task(None, None, say("ask the bank", Some(here)), Language::En).await.unwrap();
        assert_eq!((page.tasks[0].today, page.tasks[0].due, page.tasks[0].late), (here, here, false));
        let over = purser.add_task(None, None, say("x", Some(here - 1.day())), Language::En).await;
        assert_eq!(over.unwrap_err().code, Code::Invalid, "{zone}");
        assert_eq!(purser.set_good_day(None, &(here + 1.day()).to_string()).await.unwrap_err().code, Code::Invalid);
        for (days, first) in [(0, 7), (3, 7), (7, 7), (30, 29)] {
            let said = purser.set_good_day(None, &(here - days.days()).to_string()).await.unwrap();
            assert_eq!((said.pack_from, said.today), (here - first.days(), here), "{days} days ago");
        }
        purser.lock(LockCause::Asked).await;
    }
}

/// A late task is seen in the doors, and after its incident was closed; one of a practice run is not.
#[tokio::test(flavor = "multi_thread")]
async fn tasks_outlive_their_incident_and_are_doors() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    let drill = purser.drill().await.unwrap().incident.unwrap();
    add(&purser, Some(&drill), "of a practice run", 0).await;
    let real = purser.open_incident("odd login", None).await.unwrap().id;
    add(&purser, None, "ask the bank", 2).await;
    let close = purser_books::incident::Event::Closed { reason: "over".into() };
    purser.record_incident(Some(&real), vec![close]).await.unwrap();
    // No other is open but the practice run; one that is closed takes tasks when it is named.
    add(&purser, Some(&real), "new laptop", 1).await;
    assert_eq!(
        open_tasks(&purser).await,
        [("of a practice run", false), ("new laptop", false), ("ask the bank", false)]
            .map(|(text, late)| (text.to_owned(), late))
    );
    purser.end_practice(None).await.unwrap();
    // Nothing is open any more: it belongs to the real one that was opened last.
    let page = purser.add_task(None, None, say("close the old account", None), Language::En).await.unwrap();
    assert_eq!((page.incident.as_deref(), page.task.as_deref()), (Some(real.as_str()), Some("4")));
    purser.settle_task(None, "4", TaskSettled::Dropped { reason: "closed itself".into() }).await.unwrap();
    assert_eq!(doors(&purser).await, []);
    clock.pass_s(24 * 3600);
    again(&purser, &clock).await;
    let due = (DoorCode::TaskDue, Severity::Low, "new laptop".to_owned());
    assert_eq!(doors(&purser).await, [due]);
    clock.pass_s(2 * 24 * 3600);
    again(&purser, &clock).await;
    let late = |text: &str| (DoorCode::TaskLate, Severity::Medium, text.to_owned());
    assert_eq!(doors(&purser).await, [late("ask the bank"), late("new laptop")]);
    assert_eq!(open_tasks(&purser).await, [("new laptop".to_owned(), true), ("ask the bank".to_owned(), true)]);
    // A late one keeps its day when its words change, and gets no other that is over.
    let page = purser.change_task(None, "2", say("ask the bank again", None)).await.unwrap();
    assert_eq!(page.tasks.iter().find(|line| line.task == "2").unwrap().text, "ask the bank again");
    let line = page.tasks.iter().find(|line| line.task == "2").unwrap().clone();
    purser.change_task(None, "2", say("ask it", Some(line.due))).await.unwrap();
    let over = purser.change_task(None, "2", say("ask it", Some(line.due - 1.day()))).await;
    assert_eq!(over.unwrap_err().code, Code::Invalid);
    purser.settle_task(None, "2", TaskSettled::Done).await.unwrap();
    purser.settle_task(Some(&real), "3", TaskSettled::Done).await.unwrap();
    assert_eq!(doors(&purser).await, []);
    let elsewhere = purser.settle_task(Some(&real), "1", TaskSettled::Done).await;
    assert_eq!(elsewhere.unwrap_err().code, Code::NotFound, "it is another incident's");
    purser.lock(LockCause::Asked).await;
}

fn say(text: &str, due: Option<Date>) -> TaskText {
    TaskText { text: Some(text.to_owned()), due: due.map(|day| day.to_string()), who: None }
}

async fn add(purser: &Purser, id: Option<&str>, text: &str, days: i32) {
    let day = purser.incident(id).await.unwrap().started.in_tz(ZONE).unwrap();
    purser.add_task(id, None, say(text, Some(day.date() + days.days())), Language::En).await.unwrap();
}

async fn again(purser: &Purser, clock: &MovingClock) {
    purser.lock(LockCause::Asked).await;
    log_in(purser, clock).await;
}

async fn open_tasks(purser: &Purser) -> Vec<(String, bool)> {
    let tasks = purser.tasks(None).await.unwrap().tasks.into_iter();
    tasks.filter(|line| line.at.is_none()).map(|line| (line.text, line.late)).collect()
}

async fn doors(purser: &Purser) -> Vec<(DoorCode, Severity, String)> {
    let doors = purser.security().await.unwrap().doors.into_iter();
    let of_tasks = doors.filter(|door| matches!(door.code, DoorCode::TaskDue | DoorCode::TaskLate));
    of_tasks.map(|door| (door.code, door.severity, door.target)).collect()
}

/// The command line names a task whose day has come among the doors, in both languages.
#[test]
fn a_task_of_today_is_a_door_on_the_command_line() {
    let day = WholeDay::begun(ZONE);
    let (_computer, cli) = with_books();
    cli.json(["freeze"]);
    cli.json(["incident", "task", "add", "ask the bank", "--due", &day.plus(0)]);
    let page = cli.json(["security"]);
    let door = rows(&page, "doors").iter().find(|door| door["code"] == "task_due").unwrap();
    assert_eq!((&door["target"], &door["detail"]), (&"ask the bank".into(), &day.plus(0).into()));
    for (language, words) in [("en", "A task of an incident is due"), ("zh-CN", "事件任务今日到期")] {
        let printed = cli.run(["--lang", language, "security"]).expect_code(0).stdout;
        assert!(printed.contains(words), "{printed}");
    }
}

/// Each step can have a name, a lane at once; papers and the list show it.
#[test]
fn steps_have_owners() {
    let day = WholeDay::begun(ZONE);
    let (computer, cli) = with_books();
    cli.json(["freeze"]);
    assert_eq!(step(&cli.json(["incident", "show"]), "email")["owner"], Value::Null);
    let one = cli.json(["incident", "assign", "email", " 王 芳 "]);
    assert_eq!(step(&one, "email")["owner"], "王 芳");
    cli.json(["incident", "step", "freeze", "--done"]);
    let lane = |incident: &Value, lane: &str| -> Vec<(String, Value)> {
        let steps = rows(incident, "steps").iter().filter(|step| step["lane"] == lane);
        steps.map(|step| (step["step"].as_str().unwrap().to_owned(), step["owner"].clone())).collect()
    };
    let clicks = cli.json(["incident", "assign", "--lane", "click", "Li Na"]);
    for (step, owner) in lane(&clicks, "click") {
        let wanted = match step.as_str() {
            "email" => json!("王 芳"),
            "freeze" => Value::Null,
            _ => json!("Li Na"),
        };
        assert_eq!(owner, wanted, "{step}");
    }
    assert!(lane(&clicks, "phone").iter().all(|(_, owner)| owner.is_null()));
    let entries = told(&cli);
    let all: Vec<&str> = entries[0].split(", ").collect();
    assert!(all.len() > 10 && all.iter().all(|entry| entry.starts_with("assigned ")), "one entry a step: {entries:?}");
    let refused = cli.run(["incident", "assign", "--lane", "click", "Mei"]).expect_code(2);
    assert!(refused.stderr.contains("very open step of this lane has a name"), "{}", refused.stderr);
    let refused = cli.run(["--lang", "zh-CN", "incident", "assign", "--lane", "click", "Mei"]).expect_code(2);
    assert!(refused.stderr.contains("都已有负责人"), "{}", refused.stderr);
    // Said twice is told once.
    let before = told(&cli).len();
    cli.json(["incident", "assign", "email", "王 芳"]);
    assert_eq!(told(&cli).len(), before);
    let nobody = cli.json(["incident", "assign", "email", "--nobody"]);
    assert_eq!(step(&nobody, "email")["owner"], Value::Null);
    let long = "x".repeat(101);
    for arguments in [
        vec!["fly", "Mei"],
        vec!["email"],
        vec!["email", "Mei", "--nobody"],
        vec!["--lane", "mail", "Mei"],
        vec!["--lane", "phone", "email", "Mei"],
        vec!["--lane", "phone", " "],
        vec!["email", &long],
    ] {
        cli.run([&["incident", "assign"], &arguments[..]].concat()).expect_code(2);
    }
    cli.json(["incident", "task", "add", "ask the bank", "--due", &day.plus(5), "--who", "赵 敏"]);
    let names = cli.json(["incident", "show"])["names"].clone();
    assert_eq!(names, json!(["王 芳", "Li Na", "赵 敏", "owner"]));

    let printed = cli.run(["incident", "show"]).expect_code(0).stdout;
    assert!(printed.contains("Who") && printed.contains("Li Na"), "{printed}");
    let text = computer.outside().join("steps.txt");
    cli.json(["incident", "print", "-o", text.to_str().unwrap()]);
    let text = std::fs::read_to_string(&text).unwrap();
    assert!(text.contains("Answer three questions · Li Na\n"), "{text}");
    assert!(text.contains(&format!("[ ] ask the bank · by {} · 赵 敏\n", day.plus(5))), "{text}");
    let pdf = computer.outside().join("steps.pdf");
    cli.json(["--lang", "zh-CN", "incident", "print", "-o", pdf.to_str().unwrap()]);
    assert!(poppler("pdfinfo", &[], &pdf).contains("Pages:           2\n"));
    let squeezed: String = poppler("pdftotext", &["-layout"], &pdf).split_whitespace().collect();
    assert!(squeezed.contains("赵敏") && squeezed.contains("LiNa"), "{squeezed}");

    cli.json(["incident", "task", "done", "1"]);
    let pack = computer.outside().join("pack.zip");
    cli.json(["incident", "pack", "-o", pack.to_str().unwrap()]);
    let content = files(&unpacked(&computer, pack.to_str().unwrap()));
    let text = |name: &str| String::from_utf8(content[Path::new(name)].clone()).unwrap();
    let english = text("timeline_en.txt");
    assert!(english.contains("Words: The mailbox that can reset everything · 王 芳\n"), "{english}");
    assert!(english.contains("Who: 赵 敏\n      State: Task done · "), "{english}");
    assert!(text("timeline_zh.txt").contains("负责人：赵 敏\n"), "{}", text("timeline_zh.txt"));
    assert!(text("checklist_en.txt").contains("· Li Na\n"));
}

/// Tasks and names that come at once: each has its own number, and a lane is given once.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_at_once_is_all_kept() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    purser.open_incident("", None).await.unwrap();
    let add = |text: &'static str| purser.add_task(None, None, say(text, None), Language::En);
    let (first, second, third) = tokio::join!(add("a"), add("b"), add("c"));
    let mut numbers: Vec<String> = [first, second, third].map(|page| page.unwrap().task.unwrap()).to_vec();
    numbers.sort();
    assert_eq!(numbers, ["1", "2", "3"]);
    assert_eq!(open_tasks(&purser).await.len(), 3);
    let left = || purser.add_task(None, Some("insurer"), TaskText::default(), Language::Zh);
    let (first, second) = tokio::join!(left(), left());
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|is_ok| **is_ok).count(), 1, "one task of one thing");
    let (mei, li) = (Assign::Lane(Lane::Phone), Assign::Lane(Lane::Phone));
    let (first, second) = tokio::join!(purser.assign(None, &mei, "Mei"), purser.assign(None, &li, "Li"));
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|is_ok| **is_ok).count(), 1);
    let steps = purser.incident(None).await.unwrap().steps;
    let mut owners: Vec<String> = steps.into_iter().filter_map(|step| step.owner).collect();
    owners.dedup();
    assert_eq!(owners.len(), 1, "{owners:?}");
    purser.lock(LockCause::Asked).await;
}

/// Killed in the middle of a lane: the whole lane, or nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_lane_is_given_to_nobody() {
    let computer = Profile::locked();
    kill("lane", "incident.added@2", computer.folder(), "");
    let clock = later();
    let purser = computer.hold(&clock);
    log_in(&purser, &clock).await;
    assert!(purser.incident(None).await.unwrap().steps.iter().all(|step| step.owner.is_none()));
    assert!(purser.audit_verify(None).await.unwrap().ok);
    purser.lock(LockCause::Asked).await;
}

/// What the killed child does.
pub async fn open_and_assign(purser: &Purser, _path: &str, _clock: &MovingClock) {
    purser.open_incident("", None).await.unwrap();
    purser.assign(None, &Assign::Lane(Lane::Phone), "Mei").await.unwrap();
}
