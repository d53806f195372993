//! How the window looks and speaks. Nothing secret, nothing of the books: the lock page needs it too.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::files;

const FILE: &str = "settings.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `en` or `zh-CN`; `None` follows the system.
    pub language: Option<String>,
    /// BCP 47 tag for numbers and dates; `None` follows the language.
    pub region: Option<String>,
    pub theme: Theme,
    pub palette: Palette,
    /// Whether customers' names are shown in lists.
    pub show_names: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// Colours of money in and out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Palette {
    #[default]
    Neutral,
    Western,
    EastAsian,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { language: None, region: None, theme: Theme::System, palette: Palette::Neutral, show_names: false }
    }
}

/// Settings of a folder; what is missing or unreadable is the default.
#[must_use]
pub fn read(folder: &Path) -> Settings {
    let bytes = files::read_small(&path(folder), 64 * 1024).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

pub fn write(folder: &Path, settings: &Settings) -> Result<()> {
    files::create_private_folder(folder)?;
    let bytes = serde_json::to_vec_pretty(settings).unwrap_or_default();
    Ok(files::replace(&path(folder), &bytes, "settings")?)
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}
