//! What bytes from elsewhere reach, one function a reader: whatever the bytes, it answers or refuses, and what it answers
//! holds together. A panic is a bug.
//!
//! `fuzz/` calls these functions from cargo-fuzz, `tests/fuzzing` from a plain test.

mod bits;
mod data;
mod networks;
mod runs;
mod theorems;

use std::fs;
use std::path::Path;

/// A name, which its corpus has too, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 11] = [
    ("idx", data::idx_files),
    ("cifar", data::cifar_batch),
    ("npz", data::npz_archive),
    ("csv", data::csv_table),
    ("onnx", networks::onnx),
    ("safetensors", networks::safetensors),
    ("pickle", networks::pickle),
    ("record", runs::record),
    ("tasks", runs::tasks),
    ("options", runs::options),
    ("theorems", |bytes| drop(theorems::built(bytes))),
];

/// The theorems that `bytes` of the target `theorems` do not build, as module and place there.
pub fn theorems_not_built<'a>(corpus: impl IntoIterator<Item = &'a [u8]>) -> Vec<(usize, usize)> {
    let built: Vec<(usize, usize)> = corpus.into_iter().flat_map(theorems::built).collect();
    let places = |(table, all): (usize, &[_])| (0..all.len()).map(move |place| (table, place));
    theorems::TABLES.into_iter().enumerate().flat_map(places).filter(|place| !built.contains(place)).collect()
}

/// Calls something with a folder and files of these names and contents in it.
fn with_files<const N: usize>(files: [(&str, &[u8]); N], f: impl FnOnce([&Path; N])) {
    let folder = tempfile::tempdir().expect("a folder for the files");
    let paths = files.map(|(name, bytes)| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file in it");
        path
    });
    f(std::array::from_fn(|i| paths[i].as_path()));
}
