//! Files of a form that no reader knows: what the person is shown of them, and the mapping that comes of the answer.

use std::collections::BTreeMap;
use std::path::Path;

use purser_books::Provider;
use purser_books::reader::mapping::{ColumnRole, FeeSign, Mapping};
use purser_books::reader::unknown::{Unknown, inspect};
use purser_books::reader::{Hints, ReadError, Refusal, RefusalCode, sample as samples};
use serde::Serialize;

use super::ImportOptions;
use super::source::{Source, StatementFile};
use crate::error::{Code, Error, Result};

/// Rows of an anonymised sample.
const SAMPLE_ROWS: usize = 20;

/// What is seen of a file that no reader knows. The guess waits for a person to confirm it.
#[derive(Debug, Clone, Serialize)]
pub struct UnknownView {
    pub line: u32,
    pub header: Vec<String>,
    pub nearest: Option<NearestView>,
    /// Column by role.
    pub guess: BTreeMap<ColumnRole, String>,
    /// Columns that could all have a role, which was left out for that.
    pub ambiguous: BTreeMap<ColumnRole, Vec<String>>,
    pub provider: &'static str,
    /// How the fees seem to be stated.
    pub fee_sign: FeeSign,
    pub sample: Vec<Vec<String>>,
}

#[derive(Debug, Clone, Serialize)]
pub struct NearestView {
    pub form: &'static str,
    pub matched: Vec<String>,
    pub missing: Vec<String>,
}

/// Looks at a refused file, off the async threads. `None` where not even column names are found.
pub(super) async fn look(source: &Source, hints: &Hints) -> Result<Option<Unknown>> {
    let (source, hints) = (source.clone(), hints.clone());
    let done = tokio::task::spawn_blocking(move || inspect(&*source.open, &hints));
    match done.await.map_err(|_| Error::new(Code::Internal, "reader thread"))? {
        Ok(unknown) => Ok(Some(unknown)),
        Err(ReadError::Refused(_)) => Ok(None),
        Err(ReadError::Io(error)) => Err(error.into()),
    }
}

pub(super) fn view(unknown: Unknown) -> UnknownView {
    let nearest = unknown.nearest.map(|nearest| NearestView {
        form: nearest.form,
        matched: nearest.matched,
        missing: nearest.missing,
    });
    let provider = unknown.guess.as_ref().map_or(Provider::Other, |guess| guess.mapping.provider);
    UnknownView {
        line: unknown.line,
        header: unknown.header,
        nearest,
        provider: provider.code(),
        fee_sign: unknown.guess.as_ref().map(|guess| guess.mapping.fee_sign).unwrap_or_default(),
        ambiguous: unknown
            .guess
            .iter()
            .flat_map(|guess| guess.ambiguous.iter().map(|open| (open.role, open.columns.clone())))
            .collect(),
        guess: unknown.guess.map(|guess| guess.mapping.columns).unwrap_or_default(),
        sample: unknown.sample,
    }
}

/// Whether the person said anything of the columns.
pub(super) fn is_answered(options: &ImportOptions) -> bool {
    options.accept_guess || !options.columns.is_empty()
}

/// The mapping that follows from what is seen and what the person said of it.
pub(super) fn mapping(unknown: Unknown, options: &ImportOptions) -> std::result::Result<Mapping, Refusal> {
    let fee_sign = unknown.guess.as_ref().map(|guess| guess.mapping.fee_sign).unwrap_or_default();
    let guessed = unknown.guess.filter(|_| options.accept_guess).map(|guess| guess.mapping);
    let mut mapping = guessed.unwrap_or_else(|| Mapping {
        provider: Provider::Other,
        header: unknown.header,
        columns: BTreeMap::new(),
        date_order: None,
        currency: None,
        fee_sign,
    });
    for (role, name) in &options.columns {
        mapping.columns.retain(|_, taken| taken != name);
        mapping.columns.insert(*role, name.clone());
    }
    mapping.provider = options.provider.unwrap_or(mapping.provider);
    mapping.date_order = options.date_order.or(mapping.date_order);
    mapping.currency = options.currency.or(mapping.currency);
    mapping.fee_sign = options.fee_sign.unwrap_or(mapping.fee_sign);
    match mapping.check() {
        Ok(()) => Ok(mapping),
        Err(error) => {
            Err(Refusal::new(RefusalCode::UnknownForm, "all columns that are needed", &error.to_string())
                .at(unknown.line))
        }
    }
}

/// An anonymised sample of a statement file, to be saved and shown to others.
///
/// # Errors
/// `Invalid` where the file cannot be read or has no table in it.
pub async fn sample(path: &Path) -> Result<Vec<u8>> {
    let files = StatementFile::expand(&[path.to_path_buf()], None).await?;
    let Some(StatementFile::Readable(source)) = files.into_iter().next() else {
        return Err(Error::invalid("this file cannot be read as a statement"));
    };
    let done = tokio::task::spawn_blocking(move || samples::anonymise(&*source.open, SAMPLE_ROWS));
    match done.await.map_err(|_| Error::new(Code::Internal, "reader thread"))? {
        Ok(bytes) => Ok(bytes),
        Err(ReadError::Refused(refusal)) => Err(Error::invalid(refusal.to_string())),
        Err(ReadError::Io(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_was_read_by_is_kept_with_its_import() {
        let mapping = Mapping {
            provider: Provider::Other,
            header: vec!["day".to_owned(), "amount".to_owned(), "cur".to_owned()],
            columns: [(ColumnRole::Date, "day".to_owned()), (ColumnRole::Gross, "amount".to_owned())].into(),
            date_order: None,
            currency: purser_books::Currency::parse("EUR").ok(),
            fee_sign: FeeSign::Subtracted,
        };
        let columns = [(ColumnRole::Date, "day".to_owned())].into();
        let options = ImportOptions { mapping: Some(mapping), columns, accept_guess: true, ..ImportOptions::default() };
        let kept = serde_json::to_string(&options).unwrap();
        let read: ImportOptions = serde_json::from_str(&kept).unwrap();
        assert_eq!((read.mapping, read.columns), (options.mapping, options.columns));
    }
}
