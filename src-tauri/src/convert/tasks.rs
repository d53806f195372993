//! Tasks and owners of steps, to and from the window's values.

use purser_app::error::{Code, Error};
use purser_app::incident::{Assign, LeftLine, TaskLine, TaskSettled, TaskText};

use super::emergency::localized;
use super::{reshape, word};
use crate::view::tasks::{AssignRequest, LeftView, TaskRequest, TaskView};

pub fn task_view(line: &TaskLine) -> TaskView {
    TaskView {
        task: line.task.clone(),
        incident: line.incident.clone(),
        title: line.title.clone(),
        drill: line.drill,
        text: line.text.clone(),
        due: line.due.to_string(),
        who: line.who.clone(),
        state: word(line.state),
        late: line.late,
        today: line.today.to_string(),
        added_by: line.added_by.clone(),
        added: line.added.to_string(),
        by: line.by.clone(),
        at: line.at.map(|at| at.to_string()),
        reason: line.reason.clone(),
        of: line.of.clone(),
    }
}

pub fn left_view(left: &LeftLine) -> LeftView {
    LeftView {
        of: left.of.clone(),
        state: word(left.state),
        reason: left.reason.clone(),
        review: left.review.clone(),
        due: left.due,
        text: localized(&left.text),
    }
}

pub fn task_text(request: TaskRequest) -> TaskText {
    TaskText { text: request.text, due: request.due, who: request.who }
}

pub fn task_settled(state: &str, reason: String) -> Result<TaskSettled, Error> {
    match state {
        "done" => Ok(TaskSettled::Done),
        "reopened" => Ok(TaskSettled::Reopened),
        "dropped" => Ok(TaskSettled::Dropped { reason }),
        _ => Err(Code::Invalid.into()),
    }
}

pub fn assign_from(request: &AssignRequest) -> Result<Assign, Error> {
    match (&request.step, &request.lane) {
        (Some(step), None) => Ok(Assign::Step(step.clone())),
        (None, Some(lane)) => Ok(Assign::Lane(reshape(lane)?)),
        _ => Err(Code::Invalid.into()),
    }
}
