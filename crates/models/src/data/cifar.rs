//! The binary format of CIFAR-10: a record is a label and 32 × 32 pixels in red, then green, then blue, a byte each.

use std::path::Path;

use super::file::{self, Contents};
use super::idx::brightness;
use super::{DataError, Samples, Targets};

const SHAPE: [usize; 3] = [3, 32, 32];
const RECORD: usize = 1 + 3 * 32 * 32;

/// Reads batches, gzipped or not, one after another; pixels are divided by 255.
///
/// # Shapes
/// Inputs `[3, 32, 32]`; 10 classes.
///
/// # Errors
/// [`DataError::Format`] where a file is not a whole number of records or a label is above 9;
/// [`DataError::Empty`] without records; [`DataError::Unreadable`], [`DataError::Damaged`] or
/// [`DataError::TooLarge`] for the files themselves.
pub fn read(batches: &[&Path]) -> Result<Samples, DataError> {
    parse(&batches.iter().map(|path| file::read(path)).collect::<Result<Vec<_>, _>>()?)
}

/// Reads batches that are in memory.
pub(super) fn parse(batches: &[Contents]) -> Result<Samples, DataError> {
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for Contents { path, bytes } in batches {
        if !bytes.len().is_multiple_of(RECORD) {
            let expected = format!("a multiple of {RECORD} bytes");
            return Err(DataError::format(path, expected, format!("{} bytes", bytes.len())));
        }
        for (index, record) in bytes.chunks_exact(RECORD).enumerate() {
            if record[0] > 9 {
                let found = format!("{} in record {index}", record[0]);
                return Err(DataError::format(path, "a label from 0 to 9", found));
            }
            labels.push(usize::from(record[0]));
            inputs.extend(brightness(&record[1..]));
        }
    }
    Samples::new(&SHAPE, inputs, Targets::Classes { labels, classes: 10 })
}
