//! Data from a path that a person gives, read batch by batch: memory holds a batch, not the data.
//!
//! What a path holds is told from its name and its first bytes: a NumPy archive, IDX images beside their labels, CIFAR
//! batches, a table, or a folder with a folder of PNG images for each class. The data are read once when they are opened, and
//! whatever is wrong with them is said then, before anything is computed.
//!
//! # Example
//! ```no_run
//! use saddlepoint_models::data::TargetKind;
//! use saddlepoint_models::data::stream::Source;
//!
//! let source = Source::open("train.npz".as_ref(), TargetKind::Labels { classes: Some(10) })?;
//! source.require_every_class()?;
//! for batch in source.batches(256)? {
//!     println!("{} of {} samples", batch?.len(), source.len());
//! }
//! # Ok::<(), saddlepoint_models::data::DataError>(())
//! ```

mod archive;
mod bytes;
mod format;
mod images;
mod table;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use format::Format;

use super::samples::{LABEL, label};
use super::{DataError, Samples, TargetKind, hexadecimal};

/// The most numbers that one sample may have.
const MOST_INPUTS: usize = 1 << 26;

/// Samples as they come from a file: numbers that are not checked yet.
#[derive(Debug, Default)]
struct Chunk {
    inputs: Vec<f64>,
    targets: Vec<f64>,
}

/// A reader of one format, in the middle of its file.
trait Rows {
    /// At most so many samples; none at the end.
    fn take(&mut self, count: usize) -> Result<Chunk, DataError>;
}

/// What the beginning of a file says, and the reader of the rest.
struct Opened {
    /// The shape of one input.
    shape: Vec<usize>,
    /// Numbers in one target.
    width: usize,
    /// The number of classes, where the format fixes it.
    classes: Option<usize>,
    rows: Box<dyn Rows>,
}

/// Data that can be read as often as one likes.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    format: Format,
    kind: TargetKind,
    shape: Vec<usize>,
    count: usize,
    of_class: Vec<usize>,
    checksum: String,
}

impl Source {
    /// Looks at a path and reads it once from its beginning to its end.
    ///
    /// # Errors
    /// [`DataError::Unreadable`]; [`DataError::Format`] for a path that holds nothing known, or a file that is not as its
    /// format asks; [`DataError::Sample`] for the first sample with a number that is not finite, a label outside its range or
    /// a target of the wrong type; [`DataError::EmptyClass`] where labels leave a class out and nobody said how many there
    /// are; [`DataError::Empty`], [`DataError::Damaged`], [`DataError::Cell`].
    pub fn open(path: &Path, kind: TargetKind) -> Result<Self, DataError> {
        let format = Format::of(path)?;
        let mut opened = format.open(path)?;
        let numbers = opened.shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
        if numbers == Some(0) {
            return Err(DataError::Empty.within(path));
        }
        if numbers.is_none_or(|numbers| numbers > MOST_INPUTS) {
            let expected = format!("samples of at most {MOST_INPUTS} numbers");
            return Err(DataError::format(path, expected, format!("the shape {:?}", opened.shape)));
        }
        let mut source = Self {
            path: path.to_owned(),
            kind: Format::kind(path, kind, &opened)?,
            format,
            shape: opened.shape.clone(),
            count: 0,
            of_class: vec![],
            checksum: String::new(),
        };
        source.look_through(&mut opened)?;
        Ok(source)
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of samples; at least one.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The shape of an input.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// What the targets are; the number of classes is known.
    pub fn kind(&self) -> TargetKind {
        self.kind
    }

    /// How many samples each class has; empty for values.
    pub fn of_class(&self) -> &[usize] {
        &self.of_class
    }

    /// The sha256 of the shape, and of inputs and target of each sample: equal exactly for equal data, whatever the format.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Refuses data in which a class has no samples.
    ///
    /// # Errors
    /// [`DataError::EmptyClass`] names the first.
    pub fn require_every_class(&self) -> Result<(), DataError> {
        match self.of_class.iter().position(|&count| count == 0) {
            Some(class) => Err(self.empty_class(class)),
            None => Ok(()),
        }
    }

    /// The samples in the order of the file, at most so many at a time.
    ///
    /// # Errors
    /// As [`Source::open`]; each batch may be one too, if the file has changed.
    pub fn batches(&self, size: usize) -> Result<Batches<'_>, DataError> {
        let opened = self.format.open(&self.path)?;
        let dimension: usize = self.shape.iter().product();
        Ok(Batches { source: self, opened, size: size.clamp(1, (MOST_INPUTS / dimension).max(1)), first: 0 })
    }

    /// All samples at once.
    ///
    /// # Errors
    /// As [`Source::batches`].
    pub fn read(&self) -> Result<Samples, DataError> {
        let mut opened = self.format.open(&self.path)?;
        let chunk = opened.rows.take(self.count)?;
        self.samples(chunk, &opened, 0)
    }

    fn look_through(&mut self, opened: &mut Opened) -> Result<(), DataError> {
        let dimension: usize = self.shape.iter().product();
        let mut hash = Sha256::new();
        let mut count = |n: usize| hash.update((n as u64).to_le_bytes());
        count(self.shape.len());
        self.shape.iter().copied().for_each(&mut count);
        let at_once = (MOST_INPUTS / 512 / dimension).clamp(1, 1024);
        loop {
            let chunk = opened.rows.take(at_once)?;
            if chunk.inputs.is_empty() {
                break;
            }
            self.check(&chunk, opened, self.count)?;
            let rows = chunk.inputs.chunks_exact(dimension).zip(chunk.targets.chunks_exact(opened.width));
            for (input, target) in rows {
                input.iter().chain(target).for_each(|number| hash.update(number.to_le_bytes()));
                self.count += 1;
                if let (TargetKind::Labels { .. }, Some(class)) = (self.kind, label(target[0])) {
                    if self.of_class.len() <= class {
                        self.of_class.resize(class + 1, 0);
                    }
                    self.of_class[class] += 1;
                }
            }
        }
        if self.count == 0 {
            return Err(DataError::Empty.within(&self.path));
        }
        self.checksum = hexadecimal(&hash.finalize());
        match self.kind {
            TargetKind::Labels { classes: Some(classes) } => self.of_class.resize(classes, 0),
            TargetKind::Labels { classes: None } => {
                self.kind = TargetKind::Labels { classes: Some(self.of_class.len()) };
                self.require_every_class()?;
            }
            TargetKind::Values => {}
        }
        Ok(())
    }

    /// Refuses the first sample of a chunk that has something wrong.
    fn check(&self, chunk: &Chunk, opened: &Opened, first: usize) -> Result<(), DataError> {
        let dimension: usize = self.shape.iter().product();
        let wrong = |sample: usize, expected: String, found: String| {
            Err(DataError::Sample { file: self.path.clone(), sample: first + sample, expected, found })
        };
        if let Some(at) = chunk.inputs.iter().position(|number| !number.is_finite()) {
            let found = format!("{} as its input {}", chunk.inputs[at], at % dimension);
            return wrong(at / dimension, "finite numbers".to_owned(), found);
        }
        for (sample, target) in chunk.targets.chunks_exact(opened.width).enumerate() {
            match self.kind {
                TargetKind::Values => {
                    if let Some(number) = target.iter().find(|number| !number.is_finite()) {
                        return wrong(sample, "finite target values".to_owned(), number.to_string());
                    }
                }
                TargetKind::Labels { classes } => {
                    let good = label(target[0]).filter(|&label| classes.is_none_or(|classes| label < classes));
                    if good.is_none() {
                        let expected = classes.map_or_else(
                            || format!("{LABEL} as a label"),
                            |classes| format!("a label from 0 to {}", classes - 1),
                        );
                        return wrong(sample, expected, target[0].to_string());
                    }
                }
            }
        }
        Ok(())
    }

    fn samples(&self, chunk: Chunk, opened: &Opened, first: usize) -> Result<Samples, DataError> {
        self.check(&chunk, opened, first)?;
        let targets = self.kind.targets(chunk.targets, opened.width);
        targets
            .and_then(|targets| Samples::new(&self.shape, chunk.inputs, targets))
            .map_err(|error| error.within(&self.path))
    }

    fn empty_class(&self, class: usize) -> DataError {
        let name = match &self.format {
            Format::Images(names) => names.get(class).map(|name| format!("{class} (`{name}`)")),
            _ => None,
        };
        DataError::EmptyClass {
            file: self.path.clone(),
            class: name.unwrap_or_else(|| class.to_string()),
            classes: self.of_class.len(),
        }
    }
}

/// The batches of a [`Source`].
pub struct Batches<'a> {
    source: &'a Source,
    opened: Opened,
    size: usize,
    first: usize,
}

impl Iterator for Batches<'_> {
    type Item = Result<Samples, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.first >= self.source.count {
            return None;
        }
        let wanted = self.size.min(self.source.count - self.first);
        let batch = self
            .opened
            .rows
            .take(wanted)
            .and_then(|chunk| self.source.samples(chunk, &self.opened, self.first))
            .and_then(|batch| {
                let changed = || {
                    let expected = format!("{} samples, as when it was opened", self.source.count);
                    DataError::format(&self.source.path, expected, "fewer")
                };
                if batch.len() == wanted { Ok(batch) } else { Err(changed()) }
            });
        self.first = if batch.is_ok() { self.first + wanted } else { self.source.count };
        Some(batch)
    }
}
