//! The card of each person, on paper: written, remembered with its stamp and day, and known to be stale when a fact changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use purser_books::document::{Document, Language};
use purser_books::mask;
use purser_books::papers::card::{self, Card, OwnNumber};
use purser_books::playbook::{Lane, Speaker};
use serde::{Deserialize, Serialize};

use super::case_wallets;
use crate::audit::{Event, Told};
use crate::devices::date;
use crate::error::{Code, Error, Result};
use crate::role::Action;
use crate::store::{CardRow, Store};
use crate::{Purser, files, pdf};

/// A card to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRequest {
    pub person: String,
    pub speaker: Speaker,
    /// Makes the calls, or works at the computer.
    pub lane: Lane,
    pub language: Language,
}

/// A card that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardWritten {
    pub path: PathBuf,
    pub person: String,
    /// Printed on the card; another one when anything it shows changes.
    pub stamp: String,
    /// ISO date.
    pub made: String,
    /// Characters that no face of the PDF has, drawn as boxes.
    pub missing: BTreeSet<char>,
}

/// The newest card of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrintedCard {
    pub person: String,
    pub speaker: Speaker,
    pub lane: Lane,
    pub stamp: String,
    /// ISO date.
    pub made: String,
    /// Something it shows is otherwise today.
    pub stale: bool,
}

impl Purser {
    /// Writes the card of a person on one page: PDF where the name ends in `.pdf`, else text. It holds no secret.
    pub async fn write_card(&self, request: &CardRequest, path: &Path) -> Result<CardWritten> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let store = permit.store();
        let person = mask::text(&request.person);
        let person = person.ok_or_else(|| Error::invalid("the name on the card: one line of 1 to 200 characters"))?;
        let card = card_of(store, &person, request.speaker, request.lane).await?;
        let made = self.today(store).await?;
        let (stamp, paper) = (card::stamp(&card), card::write(&card, request.language, made));
        let written = rendered(path, &paper, pdf::Fit { pages: 1, in_two: false }, self.moment().wall)?;
        let row = CardRow {
            person: person.clone(),
            speaker: request.speaker.word().to_owned(),
            lane: request.lane.word().to_owned(),
            stamp: stamp.clone(),
            made: made.to_string(),
        };
        store.keep_card(&row, &Event::new(Told::CardWritten, &person)).await?;
        files::save(path, &written.bytes, "card")?;
        self.announce();
        Ok(CardWritten { path: path.to_owned(), person, stamp, made: made.to_string(), missing: written.missing })
    }

    /// Forgets a card that was torn up: it is no longer said to be stale.
    pub async fn forget_card(&self, person: &str) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        permit.store().forget_card(person, &Event::new(Told::CardForgotten, person)).await?;
        self.announce();
        Ok(())
    }
}

/// A paper in the form that the name of its file asks for.
pub(crate) struct Rendered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) missing: BTreeSet<char>,
}

/// PDF on at most so many pages where the name ends in `.pdf`, else text. A folder that is not there is told now, before
/// anything is remembered of the paper.
pub(crate) fn rendered(path: &Path, paper: &Document, fit: pdf::Fit, now: jiff::Timestamp) -> Result<Rendered> {
    files::temporary_beside(path)?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pdf")) {
        let pdf = pdf::write_within(paper, now, fit)?;
        return Ok(Rendered { bytes: pdf.bytes.to_vec(), missing: pdf.missing });
    }
    Ok(Rendered { bytes: paper.to_text().into_bytes(), missing: BTreeSet::new() })
}

async fn card_of(store: &Store, person: &str, speaker: Speaker, lane: Lane) -> Result<Card> {
    let business = store.businesses().await?.into_iter().next();
    let business = business.map(|business| match business.name_local.as_str() {
        "" => business.name,
        local if local == business.name => business.name,
        local => format!("{local} / {}", business.name),
    });
    let number = |own: crate::store::OwnNumber| {
        let noted = date(Some(&own.noted)).ok_or_else(|| Error::new(Code::Damaged, "a number"))?;
        Ok(OwnNumber { provider: own.provider, number: own.number, noted })
    };
    Ok(Card {
        person: person.to_owned(),
        speaker,
        lane,
        business: business.unwrap_or_default(),
        regions: Vec::new(),
        wallets: case_wallets(store).await?,
        own_numbers: store.own_numbers().await?.into_iter().map(number).collect::<Result<_>>()?,
    })
}

pub(crate) async fn printed(store: &Store) -> Result<Vec<PrintedCard>> {
    let mut cards = Vec::new();
    for row in store.cards().await? {
        let damaged = || Error::new(Code::Damaged, "a card");
        let speaker = Speaker::from_word(&row.speaker).ok_or_else(damaged)?;
        let lane = Lane::from_word(&row.lane).ok_or_else(damaged)?;
        let stale = card::is_stale(&row.stamp, &card_of(store, &row.person, speaker, lane).await?);
        cards.push(PrintedCard { person: row.person, speaker, lane, stamp: row.stamp, made: row.made, stale });
    }
    Ok(cards)
}
