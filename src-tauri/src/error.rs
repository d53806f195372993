//! What the window is told when a command fails: a code it has words for, and named details.

use std::collections::BTreeMap;

use purser_app::Error;
use purser_app::error::Code;

#[derive(Debug, Clone, serde::Serialize, specta::Type)]
pub struct IpcError {
    pub code: String,
    /// `seconds` for a wait, `what` for the short English detail.
    pub detail: BTreeMap<String, String>,
}

pub type Result<T, E = IpcError> = std::result::Result<T, E>;

impl From<Error> for IpcError {
    fn from(error: Error) -> IpcError {
        let name = if error.code == Code::Wait { "seconds" } else { "what" };
        let detail =
            if error.detail.is_empty() { BTreeMap::new() } else { BTreeMap::from([(name.to_owned(), error.detail)]) };
        IpcError { code: error.code.word().to_owned(), detail }
    }
}

impl From<Code> for IpcError {
    fn from(code: Code) -> IpcError {
        Error::from(code).into()
    }
}
