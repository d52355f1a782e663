//! IDX and CIFAR files: records of bytes.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Chunk, DataError, Opened, Rows};
use crate::data::{file, idx};

/// Reads records of so many bytes, at most `count`; the end must not lie within one.
fn records(reader: &mut dyn Read, path: &Path, size: usize, count: usize) -> Result<Vec<u8>, DataError> {
    let mut bytes = vec![];
    let damaged = |source| DataError::Damaged { file: path.to_owned(), source };
    let wanted = size.saturating_mul(count) as u64;
    reader.take(wanted).read_to_end(&mut bytes).map_err(damaged)?;
    if bytes.len().is_multiple_of(size) {
        Ok(bytes)
    } else {
        let found = format!("{} bytes after the last one", bytes.len() % size);
        Err(DataError::format(path, format!("whole records of {size} bytes"), found))
    }
}

/// The labels that belong to images, by the name of their file: `train-images-idx3-ubyte` has `train-labels-idx1-ubyte`.
pub(super) fn labels_beside(images: &Path) -> Result<PathBuf, DataError> {
    let name = images.file_name().unwrap_or_default().to_string_lossy();
    let other = name.replace("images", "labels").replace("idx3", "idx1");
    let without = other.strip_suffix(".gz").unwrap_or(&other).to_owned();
    let places = [images.with_file_name(&other), images.with_file_name(&without), {
        images.with_file_name(format!("{without}.gz"))
    }];
    match places.into_iter().find(|path| other != name && path.is_file()) {
        Some(path) => Ok(path),
        None if other == name => Err(DataError::format(
            images,
            "the IDX file of the images, with `images` in its name and a file with `labels` beside it",
            "another name",
        )),
        None => Err(DataError::format(images, format!("the file {other} beside it"), "none")),
    }
}

struct Idx {
    images: (Box<dyn Read>, PathBuf),
    labels: (Box<dyn Read>, PathBuf),
    size: usize,
    left: usize,
}

pub(super) fn open_idx(images: &Path, labels: &Path) -> Result<Opened, DataError> {
    let mut pixels = file::open(images)?;
    let [count, height, width] = idx::header::<3>(&mut pixels, images)?;
    let mut classes = file::open(labels)?;
    let [given] = idx::header::<1>(&mut classes, labels)?;
    if given != count {
        let expected = format!("{count} labels, as many as images in {}", images.display());
        return Err(DataError::format(labels, expected, given.to_string()));
    }
    let size = height.saturating_mul(width);
    let rows = Idx {
        images: (pixels, images.to_owned()),
        labels: (classes, labels.to_owned()),
        size: size.max(1),
        left: count,
    };
    Ok(Opened { shape: vec![1, height, width], width: 1, classes: None, rows: Box::new(rows) })
}

impl Rows for Idx {
    fn take(&mut self, count: usize) -> Result<Chunk, DataError> {
        let count = count.min(self.left);
        let part = |(reader, path): &mut (Box<dyn Read>, PathBuf), size: usize| {
            let bytes = records(reader, path, size, count)?;
            let whole = bytes.len() / size == count;
            let mut more = vec![];
            if self.left == count {
                let damaged = |source| DataError::Damaged { file: path.clone(), source };
                reader.take(1).read_to_end(&mut more).map_err(damaged)?;
            }
            if whole && more.is_empty() {
                return Ok(bytes);
            }
            let found = if whole { "more of them" } else { "fewer" };
            Err(DataError::format(path, "as many records as its header says", found))
        };
        let chunk = Chunk {
            inputs: idx::brightness(&part(&mut self.images, self.size)?),
            targets: part(&mut self.labels, 1)?.into_iter().map(f64::from).collect(),
        };
        self.left -= count;
        Ok(chunk)
    }
}

/// The batches of CIFAR's training part in a folder, in the order of their names.
pub(super) fn cifar_batches(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let is_batch = |path: &PathBuf| {
        let named = path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("data_batch_"));
        named && path.extension().is_some_and(|ending| ending == "bin")
    };
    let mut batches = file::listed(folder)?;
    batches.retain(is_batch);
    Ok(batches)
}

const IMAGE: usize = 3 * 32 * 32;

struct Cifar {
    batches: Vec<PathBuf>,
    reader: Option<(Box<dyn Read>, PathBuf)>,
    /// Bytes before an image, the last of which is its label.
    lead: usize,
}

/// CIFAR-10 has a label before each image, CIFAR-100 a coarse one and a fine one, which the size of the file tells.
pub(super) fn open_cifar(batches: &[PathBuf]) -> Result<Opened, DataError> {
    let mut leads = vec![];
    for path in batches {
        let damaged = |source| DataError::Damaged { file: path.clone(), source };
        let size = std::io::copy(&mut file::open(path)?, &mut std::io::sink()).map_err(damaged)? as usize;
        let lead = [1, 2].into_iter().find(|lead| size.is_multiple_of(IMAGE + lead));
        leads.push(lead.ok_or_else(|| {
            let expected = "a multiple of 3073 bytes (CIFAR-10) or 3074 (CIFAR-100)";
            DataError::format(path, expected, format!("{size} bytes"))
        })?);
    }
    let lead = leads.first().copied().unwrap_or(1);
    if let Some(other) = leads.iter().position(|&other| other != lead) {
        return Err(DataError::format(&batches[other], "the same kind of batch as the first", "another"));
    }
    let rows = Cifar { batches: batches.iter().rev().cloned().collect(), reader: None, lead };
    let classes = Some(if lead == 1 { 10 } else { 100 });
    Ok(Opened { shape: vec![3, 32, 32], width: 1, classes, rows: Box::new(rows) })
}

impl Rows for Cifar {
    fn take(&mut self, count: usize) -> Result<Chunk, DataError> {
        let mut chunk = Chunk::default();
        while chunk.targets.len() < count {
            let (reader, path) = match &mut self.reader {
                Some(open) => open,
                None => match self.batches.pop() {
                    Some(path) => self.reader.insert((file::open(&path)?, path)),
                    None => break,
                },
            };
            let bytes = records(reader, path, self.lead + IMAGE, count - chunk.targets.len())?;
            for record in bytes.chunks_exact(self.lead + IMAGE) {
                chunk.targets.push(f64::from(record[self.lead - 1]));
                chunk.inputs.extend(idx::brightness(&record[self.lead..]));
            }
            if bytes.is_empty() {
                self.reader = None;
            }
        }
        Ok(chunk)
    }
}
