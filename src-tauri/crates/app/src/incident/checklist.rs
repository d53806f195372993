//! The steps on two pages, for whoever must not use this computer.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use purser_books::document::Language;
use purser_books::papers::checklist;
use purser_books::playbook;
use serde::Serialize;

use super::{find, fold};
use crate::audit::{Event, Told};
use crate::contacts::card::rendered;
use crate::error::Result;
use crate::{Action, Purser, files, pdf};

/// The printed list: two pages.
pub(crate) const FIT: pdf::Fit = pdf::Fit { pages: 2, in_two: true };

/// A paper that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Printed {
    pub path: PathBuf,
    pub incident: String,
    /// Characters that no face of the PDF has, drawn as boxes.
    pub missing: BTreeSet<char>,
}

impl Purser {
    /// Writes the open steps as a list to tick: PDF where the name ends in `.pdf`, else text.
    pub async fn print_checklist(&self, id: Option<&str>, language: Language, path: &Path) -> Result<Printed> {
        let permit = self.permit(Action::ReadIncident).await?;
        let incidents = fold(permit.store()).await?;
        let incident = find(&incidents, id)?;
        let now = self.moment().wall;
        let paper = checklist::write(incident, playbook::incident(), language, now);
        let written = rendered(path, &paper, FIT, now)?;
        permit.store().record(&Event::new(Told::ChecklistPrinted, &incident.id)).await?;
        files::save(path, &written.bytes, "checklist")?;
        Ok(Printed { path: path.to_owned(), incident: incident.id.clone(), missing: written.missing })
    }
}
