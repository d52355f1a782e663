//! Data sets.

use saddlepoint_models::data::{Samples, TargetKind, cifar, csv, idx, npz};

use super::with_files;

/// As many inputs and targets as there are samples, and inputs that are numbers.
fn whole(samples: &Samples) {
    assert!(samples.inputs().iter().all(|input| input.is_finite()));
    assert_eq!(samples.inputs().len(), samples.len() * samples.shape().iter().product::<usize>());
}

/// Images and labels: the first byte says where the second file begins.
pub(super) fn idx_files(bytes: &[u8]) {
    let (&cut, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (images, labels) = rest.split_at(usize::from(cut).min(rest.len()));
    with_files([("images", images), ("labels", labels)], |[images, labels]| {
        if let Ok(samples) = idx::read(images, labels, 10) {
            whole(&samples);
        }
    });
}

/// A batch of CIFAR-10.
pub(super) fn cifar_batch(bytes: &[u8]) {
    with_files([("batch", bytes)], |[batch]| {
        if let Ok(samples) = cifar::read(&[batch]) {
            whole(&samples);
        }
    });
}

/// An archive of arrays, as labels and as values.
pub(super) fn npz_archive(bytes: &[u8]) {
    with_files([("data.npz", bytes)], |[archive]| {
        for kind in
            [TargetKind::Labels { classes: Some(3) }, TargetKind::Labels { classes: None }, TargetKind::Values]
        {
            if let Ok(samples) = npz::read(archive, kind) {
                whole(&samples);
            }
        }
    });
}

/// A table: the first byte says what kind.
pub(super) fn csv_table(bytes: &[u8]) {
    let (&kind, text) = bytes.split_first().unwrap_or((&0, &[]));
    let target = (kind & 4 != 0).then_some(usize::from(kind >> 4));
    let values = kind & 2 != 0;
    let table = csv::Table {
        header: kind & 1 != 0,
        target,
        kind: if values { TargetKind::Values } else { TargetKind::Labels { classes: None } },
    };
    with_files([("table.csv", text)], |[path]| {
        if let Ok(samples) = csv::read(path, table) {
            whole(&samples);
        }
    });
}
