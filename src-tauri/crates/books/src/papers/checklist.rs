//! The steps on paper, to go on with when the computer must not be used: two pages, with boxes to tick. Who does a step stands
//! with it; open tasks stand last.

use jiff::Timestamp;

use crate::document::{Block, Document, Language, Text};
use crate::incident::{Incident, StepState, StepView, Task, TaskState};
use crate::papers::{local_time, word};
use crate::playbook::{Lane, Part, Playbook, Step};

/// The steps that are not settled, in the order of the answers. What was done is left out: it stands in the timeline.
#[must_use]
pub fn write(incident: &Incident, playbook: &Playbook, language: Language, now: Timestamp) -> Document {
    let language = language.of_playbook();
    let mut paper = Document::new("checklist", language, word("checklist", language));
    if incident.drill {
        paper.paragraph(word("practice", language));
    }
    let wallets: Vec<&str> = incident.wallets.iter().map(|wallet| wallet.name.as_str()).collect();
    let started = local_time(incident.suspected_at, &incident.zone);
    paper.field(word("checklist_started", language), &started);
    paper.field(word("checklist_each", language), &wallets.join(" · "));
    for view in incident.steps(playbook, now).iter().filter(|view| view.state == StepState::Open) {
        if let Some(step) = playbook.steps.iter().find(|step| step.id == view.step) {
            step_lines(&mut paper, step, view, language);
        }
    }
    task_lines(&mut paper, incident, language);
    paper
}

/// What is open of the tasks, the next first.
fn task_lines(paper: &mut Document, incident: &Incident, language: Language) {
    let open = incident.tasks_in_order().into_iter().filter(|task| task.state() == TaskState::Open);
    let line = |task: &Task| {
        let by = format!("{} {}", word("task_by", language), task.due);
        let words: Vec<&str> =
            [task.text.as_str(), &by, &task.who].into_iter().filter(|text| !text.is_empty()).collect();
        Text::clean(&words.join(" · "))
    };
    let items: Vec<Text> = open.map(line).collect();
    if !items.is_empty() {
        paper.lead(&format!("— {}", word("tasks", language)));
        paper.blocks.push(Block::List { items });
    }
}

fn step_lines(paper: &mut Document, step: &Step, view: &StepView, language: Language) {
    let lane = word(if step.lane == Lane::Phone { "checklist_phone" } else { "checklist_click" }, language);
    let title = if language == Language::En { &step.title.en } else { &step.title.zh };
    let elsewhere =
        if view.elsewhere { format!(" [{}]", word("checklist_elsewhere", language)) } else { String::new() };
    let owner = view.owner.as_ref().map(|owner| format!(" · {owner}")).unwrap_or_default();
    paper.lead(&format!("— {} · {lane} · {title}{elsewhere}{owner}", after(view.minute, language)));
    let open = |part: &&Part| view.parts.iter().any(|known| known.part == part.id && known.mark.is_none());
    let line = |part: &Part| {
        let words = if language == Language::En { &part.en } else { &part.zh };
        let each = if part.per_wallet { "* " } else { "" };
        Text::clean(&format!("{each}{words}"))
    };
    paper.blocks.push(Block::List { items: step.parts.iter().filter(open).map(line).collect() });
}

/// How long after the first suspicion.
fn after(minute: u32, language: Language) -> String {
    let (count, unit) = match minute {
        0..120 => (minute, "minutes"),
        120..2_880 => (minute / 60, "hours"),
        _ => (minute / 1_440, "days"),
    };
    format!("{count} {}", word(unit, language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Region;
    use crate::incident::{Answers, Entry, Event, Incidents, Sure, Wallet};
    use crate::papers::tests::rows;
    use crate::playbook;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + minute * 60).unwrap()
    }

    fn incident(events: Vec<Event>) -> Incident {
        let wallet = |id: &str| Wallet { id: id.into(), name: format!("wallet {id}"), provider: "stripe".into() };
        let wallets = ["a", "b", "c", "d"].map(wallet).to_vec();
        let opened = Event::Opened { title: "t".into(), suspected_at: at(0), drill: false, zone: "UTC".into() };
        let concerns = Event::Concerns { wallets, regions: vec![Region::Mainland, Region::HongKong] };
        let entry = |event| Entry { incident: "1".into(), at: at(1), by: String::new(), event };
        let entries: Vec<Entry> = [opened, concerns].into_iter().chain(events).map(entry).collect();
        Incidents::fold(playbook::incident(), &entries).0.list.remove(0)
    }

    fn text(incident: &Incident, language: Language) -> String {
        write(incident, playbook::incident(), language, at(2)).to_text()
    }

    /// Two pages of 75 rows, with every step there is and four wallets.
    #[test]
    fn the_whole_list_fits_two_pages() {
        for language in [Language::En, Language::Zh] {
            let text = text(&incident(vec![]), language);
            assert!(rows(&text) <= 150, "{}\n{text}", rows(&text));
        }
    }

    #[test]
    fn what_is_settled_is_not_printed_and_secrets_are_for_elsewhere() {
        let part = |part: &str| Event::PartDone { step: "freeze".into(), part: part.into() };
        let answers = Answers { controlled: Some(Sure::Unsure), ..Answers::default() };
        let incident = incident(vec![part("pressed"), part("helper"), Event::Answered { answers }]);
        let text = text(&incident, Language::En);
        assert!(!text.contains("Freeze Purser"), "{text}");
        assert!(text.contains("— 3 min · click · Take this computer off the network\n[ ] Pull the network"), "{text}");
        assert!(text.contains("— 24 h · phone · Police papers"), "{text}");
        assert!(text.contains("New passwords and a second factor for everyone [not on this computer]"), "{text}");
        assert!(text.contains("[ ] * The team: names, roles, operators.\n"), "{text}");
        let half = self::incident(vec![part("pressed")]);
        let text = self::text(&half, Language::Zh);
        assert!(text.contains("冻结 Purser\n[ ] 叫一个人来帮忙"), "only what is open: {text}");
    }
}
