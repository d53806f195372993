//! Levers of an incident: what a person said of one, taking one up that was only offered, and what is read aloud.

use jiff::Timestamp;
use purser_books::document::Language;
use purser_books::fact::Localized;
use purser_books::freeze::FreezeId;
use purser_books::incident::Refused;
use purser_books::incident::record::Incident;
use purser_books::lever::{self, Aim, Board, Ring, State, Word};
use purser_books::papers::CaseWallet;
use purser_books::playbook::{self, Caller, ProviderLevers, Speaker};
use purser_vault::keyfile::SlotKind;
use serde::Serialize;

use super::{IncidentView, board, find, fold};
use crate::audit::{Event, Told};
use crate::clock::Clock;
use crate::contacts::case_wallets;
use crate::error::{Code, Error, Result};
use crate::freeze::levers::{self, LeverView};
use crate::freeze::timestamp;
use crate::role::may;
use crate::store::{Added, Store, Wallet};
use crate::{Action, Purser};

/// A person's word on a lever.
#[derive(Debug, Clone)]
pub struct LeverSaid {
    pub lever: String,
    pub word: Word,
    pub reference: String,
    pub seen: String,
    /// What was changed, as it was before: to put it back one day.
    pub prior: String,
    /// When it was seen; now where nobody says.
    pub at: Option<Timestamp>,
    /// It was put back, not pulled.
    pub undone: bool,
}

/// What is said to one provider, for one wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeverScripts {
    /// Of the levers with this provider and wallet.
    pub provider: String,
    pub wallet: Option<String>,
    /// What cannot be stopped there.
    pub cannot: Localized,
    /// To have at hand.
    pub have: Vec<Localized>,
    /// To ask for.
    pub ask: Vec<Localized>,
    /// What each speaker reads aloud.
    pub scripts: Vec<Script>,
}

/// What is read aloud. What is not known is a line to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Script {
    pub speaker: Speaker,
    pub text: Localized,
}

impl Purser {
    /// What a person saw of a lever, with what it rests on.
    pub async fn say_lever(&self, id: Option<&str>, said: LeverSaid) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let store = permit.store();
        let incidents = fold(store).await?;
        let incident = find(&incidents, id)?;
        if said.undone {
            self.check_over(incident)?;
        }
        let mut board = board(store, &incident.id).await?;
        if board.pull(&said.lever).is_none() && offer(store, &board, incident, &said.lever).await?.is_some() {
            return Err(Error::invalid(format!("\"{}\" was not taken up yet; first: --take", said.lever)));
        }
        let at = said.at.unwrap_or_else(|| self.moment().wall).min(self.moment().wall);
        let event = lever::Event::Said {
            lever: said.lever.clone(),
            aim: if said.undone { Aim::Undo } else { Aim::Stop },
            word: said.word,
            by: permit.session().slot.name.clone(),
            reference: said.reference,
            seen: said.seen,
            prior: said.prior,
            at,
        };
        let mut events = Vec::new();
        if said.undone && board.pull(&said.lever).is_some_and(|pull| pull.undo.is_none()) {
            let by = permit.session().slot.name.clone();
            events.push(lever::Event::UndoQueued { lever: said.lever.clone(), by, at });
        }
        events.push(event);
        apply(&mut board, &events)?;
        let row = Event::new(Told::LeverSaid, &said.lever).with("said", said.word.word());
        let row = row.with("incident", incident.id.as_str()).with("undone", said.undone);
        store.add_to_incident(Added { board: &incident.id, levers: &events, ..Added::default() }, &row).await?;
        self.announce();
        self.incident(Some(&incident.id)).await
    }

    /// Leaves a lever pulled after the freeze: a person decided so, and says why.
    pub async fn leave_lever(&self, id: Option<&str>, named: &str, reason: &str) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let store = permit.store();
        let incidents = fold(store).await?;
        let incident = find(&incidents, id)?;
        self.check_over(incident)?;
        let mut board = board(store, &incident.id).await?;
        let (at, by) = (self.moment().wall, permit.session().slot.name.clone());
        let events = [lever::Event::Stays { lever: named.to_owned(), by, reason: reason.to_owned(), at }];
        apply(&mut board, &events)?;
        let row = Event::new(Told::LeverSaid, named).with("said", "stays").with("incident", incident.id.as_str());
        let row = row.with("reason", reason.trim());
        store.add_to_incident(Added { board: &incident.id, levers: &events, ..Added::default() }, &row).await?;
        self.announce();
        self.incident(Some(&incident.id)).await
    }

    /// Nothing is put back while what it was stopped for goes on, and in a practice run nothing was stopped.
    fn check_over(&self, incident: &Incident) -> Result<()> {
        if incident.drill {
            return Err(Error::invalid("in a practice run nothing was stopped, so nothing is put back"));
        }
        if self.standing().frozen {
            let first = "first end the freeze (purser unfreeze), then put back one lever after another";
            return Err(Error::new(Code::Frozen, first));
        }
        Ok(())
    }

    /// Takes a lever up that was only offered: a person decided that it is worth its price.
    pub async fn take_lever(&self, id: Option<&str>, named: &str) -> Result<IncidentView> {
        let permit = self.permit(Action::RecordIncident).await?;
        let store = permit.store();
        let incidents = fold(store).await?;
        let incident = find(&incidents, id)?;
        if incident.closed.is_some() {
            return Err(Error::invalid(Refused::Closed.to_string()));
        }
        let mut board = board(store, &incident.id).await?;
        let known = offer(store, &board, incident, named).await?;
        let known = known.ok_or_else(|| Error::not_found(format!("no lever \"{named}\" is offered")))?;
        let (at, by) = (self.moment().wall, permit.session().slot.name.clone());
        let mut events = Vec::new();
        if known.lever.ring == Ring::StopSelling {
            events.push(lever::Event::SecondRing { by, at });
        }
        let freeze = FreezeId::parse(&incident.id).ok_or_else(|| Error::new(Code::Damaged, "an incident"))?;
        events.extend(levers::begin(&freeze, &[known], None, at));
        apply(&mut board, &events)?;
        let row = Event::new(Told::LeverTaken, named).with("incident", incident.id.as_str());
        store.add_to_incident(Added { board: &incident.id, levers: &events, ..Added::default() }, &row).await?;
        self.announce();
        self.incident(Some(&incident.id)).await
    }

    /// What is read aloud to each provider, with the names of the business and its people where they are known. Nobody
    /// has to be logged in for it: then the names are lines to fill in.
    pub async fn lever_scripts(&self) -> Result<Vec<LeverScripts>> {
        let session = self.session().await.ok();
        let reads = session.filter(|session| may(session.slot.kind, Action::ReadIncident) && !session.is_narrowed());
        if reads.is_none() {
            return Ok(scripts_without_books());
        }
        let permit = match self.permit(Action::ReadIncident).await {
            Ok(permit) => permit,
            Err(error) if matches!(error.code, Code::Locked | Code::MustChangePassword) => {
                return Ok(scripts_without_books());
            }
            Err(error) => return Err(error),
        };
        let store = permit.store();
        let wallets = store.wallets().await?;
        if wallets.is_empty() {
            return Ok(scripts_without_books());
        }
        let slot = &permit.session().slot;
        // "owner" is the name of a login and of nobody.
        let employee = if slot.kind == SlotKind::Owner { String::new() } else { slot.name.clone() };
        let business = store.businesses().await?.into_iter().next();
        let people = People { business, employee, wallets: case_wallets(store).await? };
        let of_wallet = |wallet: &Wallet| {
            let provider = playbook::levers().iter().find(|known| known.provider == wallet.provider)?;
            Some(scripts_of(provider, Some(wallet), &people))
        };
        Ok(wallets.iter().filter_map(of_wallet).collect())
    }
}

/// Who is named in a script.
#[derive(Default)]
struct People {
    business: Option<crate::store::Business>,
    employee: String,
    wallets: Vec<CaseWallet>,
}

impl People {
    fn caller(&self, speaker: Speaker, language: Language, wallet: Option<&Wallet>) -> Caller {
        let business = self.business.as_ref().map(|business| match language {
            Language::En => business.name.clone(),
            _ if business.name_local.is_empty() => business.name.clone(),
            _ => business.name_local.clone(),
        });
        let known = self.wallets.iter().find(|known| wallet.is_some_and(|wallet| wallet.name == known.name));
        let name = match speaker {
            Speaker::Employee => Some(&self.employee),
            Speaker::LegalRepresentative => known.map(|known| &known.legal_representative),
            Speaker::Administrator => known.map(|known| &known.administrator),
        };
        Caller {
            name: name.cloned().unwrap_or_default(),
            business: business.unwrap_or_default(),
            account: wallet.and_then(|wallet| wallet.account_ref.clone()).unwrap_or_default(),
        }
    }
}

fn scripts_of(provider: &ProviderLevers, wallet: Option<&Wallet>, people: &People) -> LeverScripts {
    let script = |speaker: &Speaker| {
        let text =
            |language| provider.script(*speaker, language, &people.caller(*speaker, language, wallet)).to_string();
        Script { speaker: *speaker, text: Localized { en: text(Language::En), zh: text(Language::Zh) } }
    };
    LeverScripts {
        provider: provider.provider.clone(),
        wallet: wallet.map(|wallet| wallet.name.clone()),
        cannot: provider.cannot.clone(),
        have: provider.have.clone(),
        ask: provider.ask.clone(),
        scripts: Speaker::ALL.iter().map(script).collect(),
    }
}

/// The scripts of all four providers, without names.
#[must_use]
pub fn scripts_without_books() -> Vec<LeverScripts> {
    playbook::levers().iter().map(|provider| scripts_of(provider, None, &People::default())).collect()
}

/// The lever of this name, if it is offered and not taken up.
async fn offer(store: &Store, board: &Board, incident: &Incident, named: &str) -> Result<Option<levers::Known>> {
    let offers = levers::offered(board, &store.wallets().await?, incident.answers);
    Ok(offers.into_iter().find(|known| known.lever.id == named))
}

fn apply(board: &mut Board, events: &[lever::Event]) -> Result<()> {
    let mut all = events.iter();
    all.try_for_each(|event| board.apply(event).map_err(|illegal| Error::invalid(illegal.to_string())))
}

/// The levers there are, and what is offered beside them.
#[derive(Debug, Clone, Serialize)]
pub struct Guide {
    pub levers: Vec<LeverView>,
    pub offered: Vec<LeverView>,
    pub calls_to_make: usize,
}

/// The levers where no incident is kept, and what is offered beside them: from the lock screen.
pub(crate) fn levers_without_books(now_ms: u64) -> Guide {
    guide_of(State::Confirmed, timestamp(now_ms))
}

/// What can be pulled at the four providers, told without the books and before anything was.
#[must_use]
pub fn guide(clock: &dyn Clock) -> Guide {
    guide_of(State::Queued, timestamp(clock.now().wall_ms))
}

/// `local`: how Purser's own lever stands.
pub(super) fn guide_of(local: State, now: Timestamp) -> Guide {
    Guide {
        levers: levers::unkept_views(local, now),
        offered: levers::unkept_offered_views(now),
        calls_to_make: levers::unkept_calls_to_make(),
    }
}
