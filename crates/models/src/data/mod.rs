//! Data sets: embedded digits, planted models, files from a folder, corruptions.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Data sets that are known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSet {
    /// UCI optical digits, test part: embedded.
    Digits,
}

/// Where data sets that are not embedded are read from.
#[derive(Debug, Clone, Default)]
pub struct DataFolder {
    folder: Option<PathBuf>,
}

impl DataFolder {
    /// A folder, or none: then only embedded data sets can be read.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The folder.
    pub fn path(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }
}
