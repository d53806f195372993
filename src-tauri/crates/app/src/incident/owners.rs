//! Who does a step: a person with a login, somebody of the register of contacts, or any other name.

use purser_books::document::Text;
use purser_books::incident::{Event, StepState};
use purser_books::playbook::{self, Lane};
use purser_vault::keyfile::SlotKind;

use super::{Change, IncidentView, find, fold};
use crate::contacts::case_wallets;
use crate::error::{Error, Result};
use crate::session::lock;
use crate::{Action, Permit, Purser};

/// Names that are proposed at most.
const NAMES_MAX: usize = 100;

/// Which steps somebody gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assign {
    Step(String),
    /// The open steps of a lane that nobody has yet: who phones, who clicks.
    Lane(Lane),
}

impl Purser {
    /// Says who does a step, or what is open of a lane; an empty name takes a step from whoever had it.
    pub async fn assign(&self, id: Option<&str>, steps: &Assign, who: &str) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let _one_after_the_other = self.answering.lock().await;
        let incidents = fold(permit.store()).await?;
        let incident = find(&incidents, id)?;
        let who = one_line(who);
        let named: Vec<String> = match steps {
            Assign::Step(step) => {
                super::known_step(step)?;
                let has = incident.owners.get(step).map_or("", String::as_str);
                if has == who && incident.closed.is_none() { Vec::new() } else { vec![step.clone()] }
            }
            Assign::Lane(lane) => {
                if who.is_empty() {
                    return Err(Error::invalid("who? a lane is given to somebody by name"));
                }
                let views = incident.steps(playbook::incident(), self.moment().wall).into_iter();
                let free =
                    views.filter(|view| view.lane == *lane && view.state == StepState::Open && view.owner.is_none());
                let free: Vec<String> = free.map(|view| view.step).collect();
                if free.is_empty() {
                    return Err(Error::invalid("every open step of this lane has a name; name one step"));
                }
                free
            }
        };
        let id = incident.id.clone();
        if !named.is_empty() {
            let events = named.into_iter().map(|step| Event::Assigned { step, who: who.clone() }).collect();
            self.add(&permit, Some(&id), Change { events, ..Change::default() }).await?;
        }
        self.incident(Some(&id)).await
    }
}

/// Whom a step can be given to: names used in this incident, people with a login, the contacts of the wallets.
pub(super) async fn names(permit: &Permit, used: &[&str]) -> Result<Vec<String>> {
    let mut names: Vec<String> = used.iter().map(|name| (*name).to_owned()).collect();
    let logins = {
        let key_file = lock(&permit.session().key_file);
        let slots = key_file.slots().iter().filter(|slot| !slot.disabled && slot.kind != SlotKind::Recovery);
        slots.map(|slot| slot.name.clone()).collect::<Vec<_>>()
    };
    names.extend(logins);
    for wallet in case_wallets(permit.store()).await? {
        names.extend([wallet.legal_representative, wallet.administrator, wallet.deputy]);
    }
    let mut proposed: Vec<String> = Vec::new();
    for name in names.into_iter().filter(|name| !name.trim().is_empty()) {
        if !proposed.contains(&name) && proposed.len() < NAMES_MAX {
            proposed.push(name);
        }
    }
    Ok(proposed)
}

/// What a person typed, as it is shown everywhere: one line without what cannot be seen.
pub(super) fn one_line(text: &str) -> String {
    Text::clean(text).as_str().split_whitespace().collect::<Vec<_>>().join(" ")
}
