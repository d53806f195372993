//! Where `init` and `recover` save the kit they make, beside showing it.

use std::path::PathBuf;

use purser_app::error::{Error, Result};
use purser_app::pdf::save_kit;

use crate::arguments::Language;
use crate::terminal;

/// The place that was named, free when it was looked at.
pub struct NewKitFile(Option<PathBuf>);

impl NewKitFile {
    /// Asked before anything is made: a kit replaces no file.
    pub fn free(path: Option<PathBuf>) -> Result<NewKitFile> {
        match &path {
            Some(path) if std::fs::symlink_metadata(path).is_ok() => {
                Err(Error::invalid(format!("{} exists already; a kit replaces no file", path.display())))
            }
            _ => Ok(NewKitFile(path)),
        }
    }

    /// The path if it was saved. If not, that is said and the kit is still shown: it is the only one.
    pub fn save(&self, text: &str, language: Language) -> Option<&str> {
        let path = self.0.as_ref()?;
        match save_kit(path, text) {
            Ok(()) => path.to_str(),
            Err(error) => {
                let words = language.pick("The kit could not be saved there:", "恢复套件未能保存到该处：");
                terminal::say(&format!("{words} {} ({})", path.display(), error.code.word()));
                None
            }
        }
    }
}
