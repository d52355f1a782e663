//! Data from any file, in a form of which any piece can be read.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::stream::Source;
use super::{Collection, DataError, Samples, Targets};

/// The samples of a [`Source`], decoded once into a nameless temporary file, of which pieces are read as they are needed. Labels
/// are kept in memory, inputs and values are not.
#[derive(Debug)]
pub struct Spool {
    file: Mutex<File>,
    count: usize,
    shape: Vec<usize>,
    /// Numbers of one sample in the file: its inputs, then its values.
    stride: usize,
    targets: Target,
    checksum: String,
}

#[derive(Debug)]
enum Target {
    Labels { labels: Vec<usize>, classes: usize },
    Values,
}

impl Spool {
    /// Reads a source once, `batch` samples at a time.
    ///
    /// # Errors
    /// As [`Source::batches`]; [`DataError::Unreadable`] where the temporary file cannot be written.
    pub fn new(source: &Source, batch: usize) -> Result<Self, DataError> {
        let failed = |error: io::Error| DataError::Unreadable { file: source.path().to_owned(), source: error };
        let file = tempfile::tempfile().map_err(failed)?;
        let mut writer = BufWriter::new(file);
        let (mut stride, mut targets) = (source.shape().iter().product(), Target::Values);
        for samples in source.batches(batch)? {
            let samples = samples?;
            let width = match samples.targets() {
                Targets::Classes { labels, classes } => {
                    match &mut targets {
                        Target::Labels { labels: all, .. } => all.extend(labels),
                        first @ Target::Values => {
                            *first = Target::Labels { labels: labels.clone(), classes: *classes }
                        }
                    }
                    0
                }
                Targets::Values(values) => values.len() / samples.len(),
            };
            stride = samples.dimension() + width;
            for (at, row) in samples.rows().enumerate() {
                let values = match samples.targets() {
                    Targets::Values(values) => &values[at * width..(at + 1) * width],
                    Targets::Classes { .. } => &[],
                };
                for number in row.iter().chain(values) {
                    writer.write_all(&number.to_le_bytes()).map_err(failed)?;
                }
            }
        }
        let file = writer.into_inner().map_err(|error| failed(error.into_error()))?;
        let (count, shape) = (source.len(), source.shape().to_vec());
        Ok(Self {
            file: Mutex::new(file),
            count,
            shape,
            stride,
            targets,
            checksum: source.checksum().to_owned(),
        })
    }

    fn numbers(&self, samples: Range<usize>) -> Result<Vec<f64>, DataError> {
        let bytes = |samples: usize| (samples * self.stride * 8) as u64;
        let mut buffer = vec![0; bytes(samples.len()) as usize];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |source| DataError::Unreadable { file: "the temporary copy of the data".into(), source };
        file.seek(SeekFrom::Start(bytes(samples.start))).map_err(failed)?;
        file.read_exact(&mut buffer).map_err(failed)?;
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |bits, &byte| bits << 8 | u64::from(byte));
        Ok(buffer.chunks_exact(8).map(|bytes| f64::from_bits(number(bytes))).collect())
    }
}

impl Collection for Spool {
    fn count(&self) -> usize {
        self.count
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn read(&self, examples: Range<usize>) -> Result<Samples, DataError> {
        if examples.is_empty() {
            return Err(DataError::Empty);
        }
        if examples.end > self.count {
            return Err(DataError::Index { index: examples.end - 1, samples: self.count });
        }
        let dimension: usize = self.shape.iter().product();
        let (mut inputs, mut values) = (Vec::new(), Vec::new());
        for row in self.numbers(examples.clone())?.chunks_exact(self.stride) {
            inputs.extend_from_slice(&row[..dimension]);
            values.extend_from_slice(&row[dimension..]);
        }
        let targets = match &self.targets {
            Target::Labels { labels, classes } => {
                Targets::Classes { labels: labels[examples].to_vec(), classes: *classes }
            }
            Target::Values => Targets::Values(values),
        };
        Samples::new(&self.shape, inputs, targets)
    }

    fn checksum(&self) -> String {
        self.checksum.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::data::TargetKind;

    #[test]
    fn pieces_are_those_of_the_whole() {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        for row in 0..23 {
            writeln!(file, "{},{},{}", f64::from(row) / 7.0, -row, row % 3).unwrap();
        }
        file.flush().unwrap();
        let source = Source::open(file.path(), TargetKind::Labels { classes: None }).unwrap();
        let (whole, spool) = (source.read().unwrap(), Spool::new(&source, 5).unwrap());
        assert_eq!((spool.count(), Collection::shape(&spool)), (23, Collection::shape(&whole)));
        for piece in [0..23, 3..4, 20..23] {
            assert_eq!(spool.read(piece.clone()).unwrap(), Collection::read(&whole, piece).unwrap());
        }
        assert_eq!(spool.choose(&[22, 0, 7]).unwrap(), whole.select(&[22, 0, 7]).unwrap());
        assert!(spool.read(5..5).is_err() && spool.read(20..24).is_err());
    }
}
