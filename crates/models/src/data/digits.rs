//! The handwritten digits that are part of this crate.
//!
//! The test part of UCI's *Optical Recognition of Handwritten Digits* (Alpaydin and Kaynak 1998), as scikit-learn
//! bundles it: 1797 images of 8 × 8 pixels with values from 0 to 16. Licence: `assets/LICENSE-digits.md`.

use std::path::Path;

use super::csv::{self, Table};
use super::{DataError, Samples, TargetKind, file};
use crate::random::Stream;

const CSV: &[u8] = include_bytes!("../../assets/digits.csv.gz");

/// The sha256 of the embedded table, decompressed.
pub const CHECKSUM: &str = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8";

/// How many of the images the fixed split trains on; the other 797 are for testing.
pub const TRAIN: usize = 1000;

/// All 1797 images in the order of the file, which is by writer; pixels divided by 16.
///
/// # Shapes
/// Inputs `[64]`, row by row from the top left; 10 classes.
///
/// # Errors
/// None that a user can cause: the file is part of the program.
pub fn all() -> Result<Samples, DataError> {
    let file = file::decompressed(CSV, Path::new("digits.csv.gz"))?;
    let table = Table { kind: TargetKind::Labels { classes: Some(10) }, ..Table::default() };
    let counts = csv::parse(&file, table)?;
    counts.with_inputs(counts.inputs().iter().map(|count| count / 16.0).collect())
}

/// The fixed split of the claims: rows permuted by [`Stream::new(2024)`](Stream), the first 1000 for training and
/// 797 for testing. Without the permutation the two parts would come from different writers.
///
/// # Errors
/// As [`all`].
///
/// # Example
/// ```
/// let (train, test) = saddlepoint_models::data::digits::split()?;
/// assert_eq!((train.len(), test.len()), (1000, 797));
/// # Ok::<(), saddlepoint_models::data::DataError>(())
/// ```
pub fn split() -> Result<(Samples, Samples), DataError> {
    split_at(TRAIN)
}

/// The same rows in the same order, with another number of them for training.
///
/// # Errors
/// [`DataError`] where the number leaves no image for one of the parts.
pub fn split_at(train: usize) -> Result<(Samples, Samples), DataError> {
    let all = all()?;
    all.select(&Stream::new(2024).permutation(all.len()))?.split_at(train)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::data::hexadecimal;

    #[test]
    fn the_file_is_the_catalogues() {
        assert_eq!(
            hexadecimal(&Sha256::digest(CSV)),
            "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
        );
        let table = file::decompressed(CSV, Path::new("digits.csv.gz")).unwrap();
        assert_eq!(hexadecimal(&Sha256::digest(table.bytes)), CHECKSUM);
    }

    #[test]
    fn the_split_is_the_catalogues() {
        let (train, test) = split().unwrap();
        assert_eq!((train.len(), test.len(), train.shape()), (1000, 797, &[64][..]));
        let (labels, classes) = train.labels().unwrap();
        assert_eq!(labels[..10], [3, 5, 2, 6, 6, 6, 9, 6, 0, 1]);
        let counts: Vec<usize> = (0..classes).map(|c| labels.iter().filter(|&&l| l == c).count()).collect();
        assert_eq!(counts, [101, 109, 104, 96, 94, 93, 110, 111, 82, 100]);
        assert_eq!(train.inputs().iter().sum::<f64>(), 19480.9375);
        assert_eq!(train.inputs().iter().map(|x| x * x).sum::<f64>(), 14965.85546875);
    }
}
