//! Data sets as plain numbers: embedded digits, planted models, files from a folder, corruptions.
//!
//! - [`samples`]: inputs with their targets, checked once when they are made;
//! - [`digits`]: the handwritten digits that are part of this crate;
//! - [`planted`]: models that are known, and samples of them;
//! - [`corruption`]: random labels, shuffled pixels, noise;
//! - [`augmentation`]: shifted images, smoothed labels;
//! - [`predictions`]: probabilities of classes, and their scores;
//! - [`folder`]: data sets that are known by name, with the checksums of their files;
//! - [`stream`]: data of any of these formats from a path, read batch by batch;
//! - [`idx`], [`cifar`], [`npz`], [`csv`]: readers of file formats.
//!
//! Nothing is downloaded and no environment variable is read: the caller says where files lie.

pub mod samples;

mod collection;
mod spool;

pub mod digits;

pub mod planted;

pub mod corruption;

pub mod augmentation;

pub mod predictions;

pub mod folder;

pub mod stream;

pub mod cifar;
pub mod csv;
pub mod idx;
pub mod npz;

mod error;
mod file;

pub use collection::Collection;
pub use error::DataError;
pub use folder::{DataFolder, DataSet, Part};
pub use predictions::Predictions;
pub use samples::{Samples, TargetKind, Targets};
pub use spool::Spool;

/// Bytes as lower-case hexadecimal digits, as checksums are written.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
