//! Files of a form that no reader knows: what the person is shown of them, and the mapping that comes of the answer.

use std::collections::BTreeMap;
use std::path::Path;

use purser_books::Provider;
use purser_books::reader::mapping::{ColumnRole, Mapping};
use purser_books::reader::unknown::{Unknown, inspect};
use purser_books::reader::{ReadError, Refusal, RefusalCode, sample as samples};
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
    pub provider: &'static str,
    pub sample: Vec<Vec<String>>,
}

#[derive(Debug, Clone, Serialize)]
pub struct NearestView {
    pub form: &'static str,
    pub matched: Vec<String>,
    pub missing: Vec<String>,
}

/// Looks at a refused file, off the async threads. `None` where not even column names are found.
pub(super) async fn look(source: &Source) -> Result<Option<Unknown>> {
    let source = source.clone();
    let done = tokio::task::spawn_blocking(move || inspect(&*source.open));
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
    UnknownView {
        line: unknown.line,
        header: unknown.header,
        nearest,
        guess: unknown.guess.columns,
        provider: unknown.guess.provider.code(),
        sample: unknown.sample,
    }
}

/// Whether the person said anything of the columns.
pub(super) fn is_answered(options: &ImportOptions) -> bool {
    options.accept_guess || !options.columns.is_empty()
}

/// The mapping that follows from what is seen and what the person said of it.
pub(super) fn mapping(unknown: Unknown, options: &ImportOptions) -> std::result::Result<Mapping, Refusal> {
    let mut mapping = unknown.guess;
    if !options.accept_guess {
        mapping.columns.clear();
    }
    for (role, name) in &options.columns {
        mapping.columns.retain(|_, taken| taken != name);
        mapping.columns.insert(*role, name.clone());
    }
    mapping.provider = match options.provider {
        Some(provider) => provider,
        None if options.accept_guess => mapping.provider,
        None => Provider::Other,
    };
    mapping.date_order = options.date_order.or(mapping.date_order);
    mapping.currency = options.currency.or(mapping.currency);
    mapping.fee_sign = options.fee_sign.unwrap_or(mapping.fee_sign);
    let found = mapping.header.join(", ");
    match mapping.check() {
        Ok(()) => Ok(mapping),
        Err(error) => Err(Refusal::new(RefusalCode::UnknownForm, &error.to_string(), &found).at(unknown.line)),
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
