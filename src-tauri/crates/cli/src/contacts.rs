//! `purser contacts`: from arguments to commands.

use std::path::Path;

use purser_app::contacts::card::CardRequest;
use purser_app::contract::{Command, ContactsCommand};
use purser_app::error::{Code, Error, Result};
use purser_books::document;
use purser_books::papers::ContactRole;
use serde_json::Value;

use crate::arguments::Language;
use crate::arguments::contacts::Contacts;
use crate::door::Voice;
use crate::render;
use crate::run::{run_on_demo, send};

pub async fn run(folder: &Path, act: Contacts, demo: bool, voice: Voice) -> Result<(Value, String)> {
    let shows = matches!(act, Contacts::List | Contacts::Card { forget: false, .. });
    if demo && !shows {
        return Err(Error::invalid("nothing that is written down in the demo stays"));
    }
    let command = Command::Contacts(command(act, voice.language)?);
    let value = if demo { run_on_demo(command).await? } else { send(folder, command).await? };
    let text = render::contacts::told(&value, voice.language);
    Ok((value, text))
}

fn command(act: Contacts, language: Language) -> Result<ContactsCommand> {
    use ContactsCommand as C;
    Ok(match act {
        Contacts::List => C::List,
        Contacts::Set { wallet, legal_representative, administrator, bound_phone, deputy, noted } => {
            let typed = [
                (ContactRole::LegalRepresentative, legal_representative),
                (ContactRole::Administrator, administrator),
                (ContactRole::BoundPhone, bound_phone),
                (ContactRole::Deputy, deputy),
            ];
            let values = typed.into_iter().filter_map(|(role, value)| Some((role, value?))).collect();
            C::Set { wallet, values, noted }
        }
        Contacts::OwnNumber { remove: Some(id), .. } => C::RemoveNumber { id },
        Contacts::OwnNumber { provider: Some(provider), none, not_none, .. } if none || not_none => {
            C::NoNumber { provider, is_none: none }
        }
        Contacts::OwnNumber { provider: Some(provider), number: Some(number), noted, .. } => {
            C::OwnNumber { provider, number, noted }
        }
        Contacts::LockScreen { shown } => C::LockScreen { shown },
        Contacts::Card { person, forget: true, .. } => C::ForgetCard { person },
        Contacts::Card { person, speaker, lane, output: Some(output), .. } => {
            let language = language.of_papers();
            C::Card { request: CardRequest { person, speaker, lane, language }, output: std::path::absolute(output)? }
        }
        Contacts::OwnNumber { .. } | Contacts::Card { .. } => return Err(Code::Internal.into()),
    })
}

impl Language {
    /// The language a paper is written in.
    pub const fn of_papers(self) -> document::Language {
        match self {
            Language::English => document::Language::En,
            Language::Chinese => document::Language::Zh,
        }
    }
}
