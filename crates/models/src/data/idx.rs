//! The IDX format of MNIST: images and labels, a byte each, in two files.
//!
//! A file starts with two zero bytes, the type of its entries (8 for unsigned bytes), the number of its axes, and
//! the length of each axis as a big-endian 32-bit integer; then come the entries, row-major, and nothing else.

use std::io::Read;
use std::path::Path;

use super::file::{self, Contents};
use super::{DataError, Samples, Targets};

/// Reads images and their labels, gzipped or not; pixels are divided by 255.
///
/// # Shapes
/// Inputs `[1, height, width]`.
///
/// # Errors
/// [`DataError::Format`] where a header or the length of a file is not as the format asks; [`DataError::In`] where
/// images and labels do not fit; [`DataError::Unreadable`], [`DataError::Damaged`] or [`DataError::TooLarge`] for
/// the files themselves.
pub fn read(images: &Path, labels: &Path, classes: usize) -> Result<Samples, DataError> {
    parse(&file::read(images)?, &file::read(labels)?, classes)
}

/// Reads images and labels that are in memory.
pub(super) fn parse(images: &Contents, labels: &Contents, classes: usize) -> Result<Samples, DataError> {
    let ([_, height, width], pixels) = entries(images)?;
    let (_, classes_of): ([usize; 1], _) = entries(labels)?;
    let targets =
        Targets::Classes { labels: classes_of.iter().map(|&label| usize::from(label)).collect(), classes };
    Samples::new(&[1, height, width], brightness(pixels), targets).map_err(|error| error.within(&labels.path))
}

/// Bytes from 0 to 255 as numbers from 0 to 1.
pub(super) fn brightness(pixels: &[u8]) -> Vec<f64> {
    pixels.iter().map(|&pixel| f64::from(pixel) / 255.0).collect()
}

/// The lengths of the axes and the entries of a file with this many axes.
fn entries<const AXES: usize>(file: &Contents) -> Result<([usize; AXES], &[u8]), DataError> {
    let mut entries = &file.bytes[..];
    let shape = header(&mut entries, &file.path)?;
    let found = entries.len();
    match shape.iter().try_fold(1usize, |product: usize, &side| product.checked_mul(side)) {
        Some(expected) if expected == found => Ok((shape, entries)),
        expected => {
            let count = expected.map_or_else(|| "far more".to_owned(), |count| count.to_string());
            let expected = format!("{count} entries of shape {shape:?}");
            Err(DataError::format(&file.path, expected, format!("{found} bytes")))
        }
    }
}

/// The lengths of the axes, from the beginning of a file.
pub(super) fn header<const AXES: usize>(
    reader: &mut impl Read,
    path: &Path,
) -> Result<[usize; AXES], DataError> {
    let length = 4 + 4 * AXES;
    let mut bytes = Vec::with_capacity(length);
    let damaged = |source| DataError::Damaged { file: path.to_owned(), source };
    reader.take(length as u64).read_to_end(&mut bytes).map_err(damaged)?;
    let wrong = |expected: String, found: String| DataError::format(path, expected, found);
    if bytes.len() < length {
        return Err(wrong(format!("an IDX header of {length} bytes"), format!("{} bytes", bytes.len())));
    }
    if bytes[..4] != [0, 0, 8, AXES as u8] {
        return Err(wrong(
            format!("the IDX magic number 0x{:08x} (unsigned bytes, {AXES} axes)", 0x0800 + AXES),
            format!("0x{}", super::hexadecimal(&bytes[..4])),
        ));
    }
    let mut shape = [0; AXES];
    for (side, length) in shape.iter_mut().zip(bytes[4..].as_chunks().0) {
        *side = u32::from_be_bytes(*length) as usize;
    }
    Ok(shape)
}
