//! What a path holds, told from its name and its first bytes.

use std::path::{Path, PathBuf};

use super::{DataError, Opened, archive, bytes, images, table};
use crate::data::{TargetKind, file};

/// The formats that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    Archive,
    /// Images, and the file of their labels.
    Idx(PathBuf),
    /// Batches, one after another.
    Cifar(Vec<PathBuf>),
    Table,
    /// The folder of each class.
    Images(Vec<String>),
}

impl Format {
    pub(super) fn of(path: &Path) -> Result<Self, DataError> {
        let unreadable = |source| DataError::Unreadable { file: path.to_owned(), source };
        if std::fs::metadata(path).map_err(unreadable)?.is_dir() {
            let batches = bytes::cifar_batches(path)?;
            if batches.is_empty() { images::classes(path).map(Self::Images) } else { Ok(Self::Cifar(batches)) }
        } else {
            let gzipped = path.extension().is_some_and(|ending| ending == "gz");
            let name = if gzipped { path.with_extension("") } else { path.to_owned() };
            let ending = name.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let first = file::beginning(path)?;
            match &first[..] {
                [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok(Self::Archive),
                [0, 0, 8..=14, 1..=4, ..] if ending != "bin" => bytes::labels_beside(path).map(Self::Idx),
                _ if ending == "bin" => Ok(Self::Cifar(vec![path.to_owned()])),
                _ if ending == "csv" => Ok(Self::Table),
                _ => Err(DataError::format(
                    path,
                    "a NumPy archive (.npz), IDX images, CIFAR batches (.bin), a table (.csv), or a folder with a folder of \
                     PNG images for each class",
                    "something else",
                )),
            }
        }
    }

    pub(super) fn open(&self, path: &Path) -> Result<Opened, DataError> {
        match self {
            Self::Archive => archive::open(path),
            Self::Idx(labels) => bytes::open_idx(path, labels),
            Self::Cifar(batches) => bytes::open_cifar(batches),
            Self::Table => table::open(path),
            Self::Images(classes) => images::open(path, classes),
        }
    }

    /// What the targets are, if that is possible.
    pub(super) fn kind(path: &Path, asked: TargetKind, opened: &Opened) -> Result<TargetKind, DataError> {
        match (asked, opened.classes) {
            (TargetKind::Labels { .. }, _) if opened.width != 1 => {
                let found = format!("{} numbers", opened.width);
                Err(DataError::format(path, "one label for each sample", found))
            }
            (TargetKind::Labels { classes: Some(asked) }, Some(fixed)) if asked != fixed => {
                Err(DataError::format(path, format!("{asked} classes"), fixed.to_string()))
            }
            (TargetKind::Labels { classes }, fixed) => {
                let classes = fixed.or(classes);
                if classes == Some(0) { Err(DataError::Classes(0)) } else { Ok(TargetKind::Labels { classes }) }
            }
            (TargetKind::Values, Some(classes)) => {
                Err(DataError::format(path, "values as targets", format!("labels of {classes} classes")))
            }
            (TargetKind::Values, None) => Ok(TargetKind::Values),
        }
    }
}
