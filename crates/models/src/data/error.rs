//! What can be wrong with data.

use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with data: where, what was expected, what was found, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A data set that is known by name is not in the folder.
    #[error("{set} was not found: download {files} of {project} into {folder}")]
    Missing {
        /// The data set and its part.
        set: String,
        /// The files that are missing.
        files: String,
        /// Who publishes them, and where.
        project: &'static str,
        /// Where they should lie.
        folder: String,
    },
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A compressed file that does not decompress.
    #[error("{} is damaged ({source}); make or download it again", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What the decompressor says.
        source: io::Error,
    },
    /// A file that holds more than will be read.
    #[error("{} holds more than {limit} bytes; split it", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The largest contents that are read.
        limit: u64,
    },
    /// A published file whose contents are not the published ones.
    #[error(
        "{} is not the published file: its contents have {what} {found}, not {expected}; download it again \
         (data sets that share file names need a folder each)",
        file.display()
    )]
    NotAsPublished {
        /// The file.
        file: PathBuf,
        /// What was compared: `size`, `sha256` or `md5`.
        what: &'static str,
        /// The published value.
        expected: String,
        /// The value of this file.
        found: String,
    },
    /// A file that does not have the layout of its format.
    #[error("{}: expected {expected}, found {found}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What the format asks for.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A cell of a CSV file that is not what its column holds.
    #[error("{}, line {line}, column {column}: expected {expected}, found {found}", file.display())]
    Cell {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: usize,
        /// What the column holds.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A sample that cannot be taken.
    #[error("{}, sample {sample} (the first is 0): expected {expected}, found {found}", file.display())]
    Sample {
        /// The file.
        file: PathBuf,
        /// The sample, from 0.
        sample: usize,
        /// What it should hold.
        expected: String,
        /// What it holds.
        found: String,
    },
    /// A class without samples.
    #[error(
        "{}: class {class} of {classes} has no samples; number the classes from 0 without gaps, or add samples of it",
        file.display()
    )]
    EmptyClass {
        /// The file.
        file: PathBuf,
        /// The class, from 0, with its name if it has one.
        class: String,
        /// The number of classes.
        classes: usize,
    },
    /// A file with a sound layout whose samples are not.
    #[error("{}: {error}", file.display())]
    In {
        /// The file.
        file: PathBuf,
        /// What is wrong with its samples.
        error: Box<DataError>,
    },
    /// No samples, or samples without inputs.
    #[error("a data set needs at least one sample with at least one input")]
    Empty,
    /// Parts that do not fit together.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many there should be.
        expected: String,
        /// How many there are.
        found: usize,
    },
    /// NaN, an infinity, or a number beyond the precision asked for.
    #[error("{what} number {position} is {value}, which is not a finite number in this precision")]
    NotFinite {
        /// Which numbers: inputs or values.
        what: &'static str,
        /// Its position among them, from 0.
        position: usize,
        /// The number.
        value: f64,
    },
    /// A class label outside its range.
    #[error("sample {sample} has the label {label}, but there are {classes} classes, counted from 0")]
    Label {
        /// The sample, from 0.
        sample: usize,
        /// Its label.
        label: usize,
        /// The number of classes.
        classes: usize,
    },
    /// An impossible number of classes.
    #[error("{0} classes; between 1 and 65536 can be told apart")]
    Classes(usize),
    /// A sample that does not exist.
    #[error("there is no sample {index} among {samples}")]
    Index {
        /// The sample asked for, from 0.
        index: usize,
        /// How many there are.
        samples: usize,
    },
    /// Something that needs class labels was asked of samples without.
    #[error("these samples have values as targets, not class labels")]
    NoLabels,
    /// A parameter of a model or a corruption outside its range.
    #[error("{name} must be {expected}, not {found}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// What was given.
        found: f64,
    },
    /// An order of inputs that misses one or repeats one.
    #[error("the order is not a permutation of the {dimension} inputs of a sample")]
    NotAPermutation {
        /// Inputs of a sample.
        dimension: usize,
    },
}

impl DataError {
    /// Says in which file the samples are that this error is about.
    pub(super) fn within(self, file: &Path) -> Self {
        Self::In { file: file.to_owned(), error: Box::new(self) }
    }

    /// A file that does not have the layout of its format.
    pub(super) fn format(file: &Path, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Format { file: file.to_owned(), expected: expected.into(), found: found.into() }
    }
}

/// The beginning of a text that a file holds, quoted, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    format!("{:?}", text.chars().take(100).collect::<String>())
}
