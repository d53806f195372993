//! Levers: what stops money at a provider, how far each one is, and how it is put back.
//!
//! Nothing is called stopped before the provider, or a person who saw it, said so. What was sent and not answered is
//! *unknown* and is asked for again, never shown as done (R66). Every step is an [`Event`] that the caller stores **before** it acts
//! on it; folding the events gives the [`Board`] again after a kill, with the same idempotency keys, fixed before the first
//! try (R67). Levers come in two rings: money out at once, selling only by a further act.
//!
//! Not here: the calls themselves (one adapter a provider), keys (made by the caller from its key and the names), clocks.

mod board;
mod left;
mod put_back;
mod run;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use board::{Board, Illegal, Pull, Summary, Task};
pub use put_back::{PutBack, Returned, Stay};
pub use run::{Answer, RETRY_S, Run, State};

use crate::credential::words;
use crate::freeze::FreezeId;

words! {
    /// Who pulls it.
    Kind {
        /// Purser itself, on this computer.
        Local => "local",
        /// Purser, by the provider's API.
        Api => "api",
        /// A person, by phone or on the provider's pages.
        Manual => "manual",
    }
}

words! {
    /// In which order levers are offered.
    Ring {
        MoneyOut => "money_out",
        /// Costs sales: pulled only after a person saw today's and said so.
        StopSelling => "stop_selling",
    }
}

words! {
    /// What is tried with a lever.
    Aim {
        Stop => "stop",
        Undo => "undo",
    }
}

/// One lever as it stands before it is pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lever {
    /// Unique within a freeze: `stripe.payouts_manual`, with the wallet where there are several.
    pub id: String,
    /// The provider's code.
    pub provider: String,
    pub wallet: String,
    pub kind: Kind,
    pub ring: Ring,
    /// Said before it is pulled: whether it can be put back.
    pub can_be_undone: bool,
}

/// What the key of a lever is made of, by whoever holds a secret for it: bound to the freeze, the lever and the aim.
#[must_use]
pub fn key_message(freeze: &FreezeId, lever: &str, aim: Aim) -> Vec<u8> {
    let mut message = b"purser/lever/1".to_vec();
    message.extend(freeze.as_bytes());
    message.extend(aim.word().as_bytes());
    message.push(b':');
    message.extend(lever.as_bytes());
    message
}

/// The calls a person still has to make: one for each wallet (for each provider, where no wallets are known) at which nothing
/// that stops money is confirmed. A provider that refused is still to be called; what only stops selling stops no thief.
/// Each lever comes with whether it is stopped now.
#[must_use]
pub fn calls_to_make<'a>(levers: impl IntoIterator<Item = (&'a Lever, bool)>) -> usize {
    let mut wallets: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for (lever, is_stopped) in levers {
        if lever.kind == Kind::Manual && lever.ring == Ring::MoneyOut {
            *wallets.entry((&lever.provider, &lever.wallet)).or_default() |= is_stopped;
        }
    }
    wallets.values().filter(|is_stopped| !**is_stopped).count()
}

words! {
    /// What a person says of a lever.
    Word {
        /// Seen with own eyes, or confirmed by the provider's staff.
        Confirmed => "confirmed",
        /// The provider was asked and has not confirmed.
        Asked => "asked",
        /// The provider will not, or cannot.
        Refused => "refused",
        /// Tried without success; to be tried again.
        Failed => "failed",
    }
}

/// What happened, in the order it happened. Stored before it is acted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A lever is to be pulled. Both keys are fixed here.
    Queued { lever: Lever, key: String, undo_key: String, at: Timestamp },
    /// A person saw what it costs and wants selling stopped too.
    SecondRing { by: String, at: Timestamp },
    /// A call is about to be made. `prior` = the value it will change, read before the first try.
    Sent { lever: String, aim: Aim, prior: Option<String>, at: Timestamp },
    /// The provider is about to be asked whether an earlier call had its effect.
    Queried { lever: String, aim: Aim, at: Timestamp },
    /// What came of try number `attempt`; `request` = the provider's own id of it.
    Answered { lever: String, aim: Aim, attempt: u32, answer: Answer, request: Option<String>, at: Timestamp },
    /// A person's word, with what it rests on: a reference number, or what was seen. `prior` = what a person changed, as it
    /// was before.
    Said {
        lever: String,
        aim: Aim,
        word: Word,
        by: String,
        reference: String,
        seen: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        prior: String,
        at: Timestamp,
    },
    /// A person wants it tried again.
    Again { lever: String, aim: Aim, by: String, at: Timestamp },
    /// After the freeze: to be put back.
    UndoQueued { lever: String, by: String, at: Timestamp },
    /// After the freeze: it is not put back, by a person's decision.
    Stays { lever: String, by: String, reason: String, at: Timestamp },
}
