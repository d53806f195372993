//! Which levers there are: Purser's own, and what a person can do at the providers.

use jiff::Timestamp;
use purser_books::fact::{Grade, Localized};
use purser_books::freeze::FreezeId;
use purser_books::incident::{Answers, Condition, Entrance};
use purser_books::lever::{
    Aim, Answer, Board, Event, Kind, Lever, Pull, PutBack, Ring, State, calls_to_make, key_message,
};
use purser_books::playbook::{self, ManualLever, ProviderLevers, Way};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::store::Wallet;

/// The lever on this computer.
pub(crate) const LOCAL: &str = "purser.freeze";

/// A lever as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct LeverView {
    pub provider: String,
    pub lever: String,
    /// Only *confirmed* is stopped.
    pub state: State,
    /// The wallet's name, where wallets are known.
    pub wallet: Option<String>,
    pub kind: Kind,
    pub ring: Ring,
    pub title: Localized,
    /// What it stops, and what it does not.
    pub effect: Localized,
    pub way: Option<Way>,
    /// The number to call, the address, the path of menus.
    pub value: Option<String>,
    pub hours: Option<String>,
    pub zone: Option<String>,
    pub open_now: Option<bool>,
    pub can_be_undone: bool,
    /// Photographs come first.
    pub signs_out: bool,
    pub grade: Option<Grade>,
    pub source: Option<String>,
    pub as_of: Option<String>,
    /// When its state was last told, by whom, and on what it rests.
    pub at: Option<Timestamp>,
    pub by: String,
    pub reference: String,
    pub seen: String,
    /// What a person changed with it, as it was before.
    pub prior: Option<String>,
    /// How far it is on its way back, once what it was pulled for is over.
    pub put_back: Option<PutBackView>,
}

/// A lever on its way back.
#[derive(Debug, Clone, Serialize)]
pub struct PutBackView {
    pub state: PutBack,
    /// When that was last told, by whom, and on what it rests; of what stays, the reason. Empty where nobody did anything yet.
    pub at: Option<Timestamp>,
    pub by: String,
    pub reference: String,
    pub seen: String,
    /// Since when it was said whether it can be put back: before it was pulled.
    pub known_since: Timestamp,
}

/// A lever and where its words are.
pub(crate) struct Known {
    pub(crate) lever: Lever,
    manual: Option<&'static ManualLever>,
}

impl Known {
    /// It goes before selling when a key is known to be stolen.
    pub(crate) fn is_for_stolen_keys(&self) -> bool {
        self.manual.is_some_and(|manual| manual.first_if == Some(Condition::Key))
    }
}

/// The levers a board begins with, in order of effect: Purser's own, and those that stop money. Those that stop selling take a
/// further act.
pub(crate) fn known(wallets: &[Wallet]) -> Vec<Known> {
    let own = Known {
        lever: Lever {
            id: LOCAL.to_owned(),
            provider: "purser".to_owned(),
            wallet: String::new(),
            kind: Kind::Local,
            ring: Ring::MoneyOut,
            can_be_undone: true,
        },
        manual: None,
    };
    let first = all(wallets, false).into_iter().filter(|known| known.lever.ring == Ring::MoneyOut);
    std::iter::once(own).chain(first).collect()
}

/// What is not on a board and could be: what stops selling, and the levers of wallets that came later.
pub(crate) fn offered(board: &Board, wallets: &[Wallet], answers: Answers) -> Vec<Known> {
    let all = all(wallets, answers.entrance == Some(Entrance::Key)).into_iter();
    all.filter(|known| board.pull(&known.lever.id).is_none()).collect()
}

/// Every lever a person can pull for these wallets; for every provider where no wallet is known.
fn all(wallets: &[Wallet], key_is_stolen: bool) -> Vec<Known> {
    let of = |provider: &'static ProviderLevers, wallet: &str| {
        let wallet = wallet.to_owned();
        let known = move |manual: &'static ManualLever| {
            let mut lever = manual.lever(&provider.provider, &wallet, key_is_stolen);
            if wallet.is_empty() {
                lever.id = lever.id.trim_end_matches('@').to_owned();
            }
            Known { lever, manual: Some(manual) }
        };
        provider.levers.iter().map(known).collect::<Vec<_>>()
    };
    let mut levers = Vec::new();
    for provider in playbook::levers() {
        if wallets.is_empty() {
            levers.extend(of(provider, ""));
        }
        for wallet in wallets.iter().filter(|wallet| wallet.provider.as_str() == provider.provider) {
            levers.extend(of(provider, &wallet.id.to_string()));
        }
    }
    levers
}

/// The words of any lever, by its id.
fn manual_of(lever: &Lever) -> Option<&'static ManualLever> {
    let id = lever.id.strip_prefix(&format!("{}.", lever.provider))?.split('@').next()?;
    let provider = playbook::levers().iter().find(|levers| levers.provider == lever.provider)?;
    provider.levers.iter().find(|manual| manual.id == id)
}

/// The events with which a board begins: Purser's own lever is pulled, a person's wait for the person.
/// `local_at`: since when Purser is frozen.
pub(crate) fn begin(freeze: &FreezeId, levers: &[Known], local_at: Option<Timestamp>, at: Timestamp) -> Vec<Event> {
    let key = |lever: &str, aim| crate::import::hex(&Sha256::digest(key_message(freeze, lever, aim)));
    let mut events: Vec<Event> = levers
        .iter()
        .map(|known| Event::Queued {
            lever: known.lever.clone(),
            key: key(&known.lever.id, Aim::Stop),
            undo_key: key(&known.lever.id, Aim::Undo),
            at,
        })
        .collect();
    events.extend(local_at.into_iter().flat_map(|at| local_pulled(1, at)));
    events
}

/// What a board lacks when Purser is frozen and its own lever does not say so yet.
pub(crate) fn local_done(board: &Board, at: Timestamp) -> Vec<Event> {
    match board.pull(LOCAL) {
        Some(pull) if pull.stop.state == State::Queued => {
            local_pulled(pull.stop.attempts.saturating_add(1), at).to_vec()
        }
        _ => Vec::new(),
    }
}

fn local_pulled(attempt: u32, at: Timestamp) -> [Event; 2] {
    let (lever, aim) = (LOCAL.to_owned(), Aim::Stop);
    [
        Event::Sent { lever: lever.clone(), aim, prior: Some("open".to_owned()), at },
        Event::Answered { lever, aim, attempt, answer: Answer::Confirmed, request: None, at },
    ]
}

/// A board as it is shown. `is_over`: what the levers were pulled for is over, and they are put back.
pub(crate) fn views(board: &Board, wallets: &[Wallet], now: Timestamp, is_over: bool) -> Vec<LeverView> {
    let view = |pull: &Pull| {
        let mut view = view(&pull.lever, manual_of(&pull.lever), wallets, now);
        let run = &pull.stop;
        (view.state, view.at) = (run.state, Some(run.last));
        (view.by, view.reference, view.seen) = (run.by.clone(), run.reference.clone(), run.seen.clone());
        // Of its own lever the program knows what it was itself.
        view.prior = pull.prior.clone().filter(|_| pull.lever.kind != Kind::Local);
        view.put_back = is_over.then(|| put_back(pull)).flatten();
        view
    };
    board.pulls().iter().map(view).collect()
}

fn put_back(pull: &Pull) -> Option<PutBackView> {
    // The end of the freeze put it back.
    let own = (pull.lever.kind == Kind::Local && pull.stop.state == State::Confirmed).then_some(PutBack::Done);
    let mut view = PutBackView {
        state: pull.put_back().or(own)?,
        at: None,
        by: String::new(),
        reference: String::new(),
        seen: String::new(),
        known_since: pull.queued,
    };
    if let Some(stay) = &pull.stays {
        (view.at, view.by, view.seen) = (Some(stay.at), stay.by.clone(), stay.reason.clone());
    } else if let Some(run) = &pull.undo {
        (view.at, view.by) = (Some(run.last), run.by.clone());
        (view.reference, view.seen) = (run.reference.clone(), run.seen.clone());
    }
    Some(view)
}

/// What is left of the levers, as tasks in words: what a task of it names (`lever/stop`, `lever/undo`), and the text.
pub(crate) fn left(board: &Board, wallets: &[Wallet], is_over: bool) -> Vec<(String, Localized)> {
    let words = |(pull, aim): (&Pull, Aim)| {
        let view = view(&pull.lever, manual_of(&pull.lever), wallets, pull.queued);
        let (english, chinese) = match aim {
            Aim::Stop => ("Have it stopped and confirmed", "停住并取得确认"),
            Aim::Undo => ("Put back", "恢复"),
        };
        let of_wallet = |open: &str, close: &str| {
            view.wallet.as_ref().map(|wallet| format!("{open}{wallet}{close}")).unwrap_or_default()
        };
        let text = Localized {
            en: format!("{english}{}: {}", of_wallet(" (", ")"), view.title.en),
            zh: format!("{chinese}{}：{}", of_wallet("（", "）"), view.title.zh),
        };
        (format!("{}/{}", pull.lever.id, aim.word()), text)
    };
    board.left(is_over).into_iter().map(words).collect()
}

/// The calls to make where no board is kept.
pub(crate) fn unkept_calls_to_make() -> usize {
    calls_to_make(known(&[]).iter().map(|known| (&known.lever, false)))
}

/// What is offered beside a board, as it is shown.
pub(crate) fn offered_views(board: &Board, wallets: &[Wallet], answers: Answers, now: Timestamp) -> Vec<LeverView> {
    let offers = offered(board, wallets, answers);
    offers.iter().map(|known| view(&known.lever, known.manual, wallets, now)).collect()
}

/// What would be offered where no board is kept.
pub(crate) fn unkept_offered_views(now: Timestamp) -> Vec<LeverView> {
    let second = all(&[], false).into_iter().filter(|known| known.lever.ring == Ring::StopSelling);
    second.map(|known| view(&known.lever, known.manual, &[], now)).collect()
}

/// The same where no board is kept: nobody is logged in. `local`: how Purser's own lever stands.
pub(crate) fn unkept_views(local: State, now: Timestamp) -> Vec<LeverView> {
    let view = |known: &Known| {
        let mut view = view(&known.lever, known.manual, &[], now);
        if known.lever.kind == Kind::Local {
            view.state = local;
        }
        view
    };
    known(&[]).iter().map(view).collect()
}

fn view(lever: &Lever, manual: Option<&ManualLever>, wallets: &[Wallet], now: Timestamp) -> LeverView {
    let own = || Localized {
        en: "Freeze Purser on this computer".to_owned(),
        zh: "冻结这台电脑上的 Purser".to_owned(),
    };
    let stops = || Localized {
        en: "Purser shows no secrets, adds nobody and moves nothing. Your wallets at the providers go on.".to_owned(),
        zh: "Purser 不显示密钥、不添加人员、不动资金。服务商处的钱包没有停住。".to_owned(),
    };
    LeverView {
        provider: lever.provider.clone(),
        lever: lever.id.clone(),
        state: State::Queued,
        wallet: wallets.iter().find(|wallet| wallet.id.to_string() == lever.wallet).map(|wallet| wallet.name.clone()),
        kind: lever.kind,
        ring: lever.ring,
        title: manual.map_or_else(own, |manual| manual.title.clone()),
        effect: manual.map_or_else(stops, |manual| manual.effect.clone()),
        way: manual.map(|manual| manual.way),
        value: manual.map(|manual| manual.value.clone()),
        hours: manual.and_then(|manual| Some(manual.hours.as_ref()?.span.clone())),
        zone: manual.and_then(|manual| Some(manual.hours.as_ref()?.zone.clone())),
        open_now: manual.and_then(|manual| manual.hours.as_ref()?.is_open(now)),
        can_be_undone: lever.can_be_undone,
        signs_out: manual.is_some_and(|manual| manual.signs_out),
        grade: manual.map(|manual| manual.grade),
        source: manual.map(|manual| manual.source.clone()),
        as_of: manual.map(|manual| manual.as_of.clone()),
        at: None,
        by: String::new(),
        reference: String::new(),
        seen: String::new(),
        prior: None,
        put_back: None,
    }
}
