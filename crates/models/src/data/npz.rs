//! NumPy archives: the array `x` holds the inputs and the array `y` the targets.
//!
//! An `.npz` file is a zip archive of `.npy` files; an `.npy` file is a magic number, a version, the length of its
//! header, a header that is a Python dictionary, and the entries.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::excerpt;
use super::file::{Contents, bounded};
use super::{DataError, Samples, TargetKind};
use crate::element::half;

/// Reads `np.savez(path, x=…, y=…)` or `np.savez_compressed`. Entries may be booleans, integers of up to 64 bits
/// (rounded to binary64 beyond 2⁵³), binary16, binary32 or binary64 numbers of either byte order, in C or Fortran order.
///
/// # Shapes
/// `x` is `(n, s₁, …, s_r)` and gives inputs of shape `[s₁, …, s_r]`, or `(n,)` and gives `[1]`. `y` is `(n,)` or,
/// for values, `(n, k)`.
///
/// # Errors
/// [`DataError::Format`] where an array is missing or its header is not understood; [`DataError::In`] where the
/// numbers are not finite, the labels not whole, or `x` and `y` do not fit; [`DataError::Unreadable`],
/// [`DataError::Damaged`] or [`DataError::TooLarge`] for the file itself.
pub fn read(path: &Path, kind: TargetKind) -> Result<Samples, DataError> {
    let (x, y) = arrays(path)?;
    let (shape, width) = fit(path, &x.shape, &y.shape)?;
    kind.targets(y.entries, width)
        .and_then(|targets| Samples::new(&shape, x.entries, targets))
        .map_err(|error| error.within(path))
}

/// Both arrays.
pub(super) fn arrays(path: &Path) -> Result<(Array, Array), DataError> {
    let file = File::open(path).map_err(|source| DataError::Unreadable { file: path.to_owned(), source })?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(path, error))?;
    Ok((array(&mut archive, path, "x")?, array(&mut archive, path, "y")?))
}

/// The shape of an input and the numbers of a target, if the shapes of both arrays fit.
pub(super) fn fit(path: &Path, x: &[usize], y: &[usize]) -> Result<(Vec<usize>, usize), DataError> {
    let (Some((&n, shape)), Some((&targets, widths))) = (x.split_first(), y.split_first()) else {
        return Err(DataError::format(path, "arrays x and y with at least one axis", "a scalar"));
    };
    if n != targets {
        return Err(DataError::format(
            path,
            format!("{n} targets in y, as many as inputs in x"),
            targets.to_string(),
        ));
    }
    if n == 0 {
        return Err(DataError::Empty.within(path));
    }
    let shape = if shape.is_empty() { vec![1] } else { shape.to_vec() };
    let width = widths.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
    let width = width.filter(|&width| width > 0).ok_or_else(|| {
        DataError::format(path, "targets of at least one number in y", format!("the shape {y:?}"))
    })?;
    Ok((shape, width))
}

/// An array with its entries in C order.
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) entries: Vec<f64>,
}

/// An archive without one of its arrays.
pub(super) fn no_array(path: &Path, name: &str) -> DataError {
    DataError::format(path, "arrays named x and y", format!("none named {name}"))
}

fn array(archive: &mut ZipArchive<BufReader<File>>, path: &Path, name: &str) -> Result<Array, DataError> {
    let bytes = match archive.by_name(&format!("{name}.npy")) {
        Ok(entry) => bounded(entry, path)?,
        Err(ZipError::FileNotFound) => return Err(no_array(path, name)),
        Err(error) => return Err(damaged(path, error)),
    };
    parse(&Contents { path: path.join(format!("{name}.npy")), bytes })
}

fn damaged(path: &Path, error: ZipError) -> DataError {
    DataError::Damaged { file: path.to_owned(), source: error.into() }
}

fn parse(file: &Contents) -> Result<Array, DataError> {
    let mut data = &file.bytes[..];
    let Header { shape, fortran, numbers } = Header::read(&mut data, &file.path)?;
    let count = shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
    if count.and_then(|count| count.checked_mul(numbers.size)) != Some(data.len()) {
        let expected = format!("entries of {} bytes in the shape {shape:?}", numbers.size);
        return Err(DataError::format(&file.path, expected, format!("{} bytes", data.len())));
    }
    let entries: Vec<f64> = data.chunks_exact(numbers.size).map(|bytes| numbers.decode(bytes)).collect();
    Ok(Array { entries: if fortran { from_fortran(&shape, &entries) } else { entries }, shape })
}

/// What an `.npy` file says before its entries.
pub(super) struct Header {
    pub(super) shape: Vec<usize>,
    fortran: bool,
    pub(super) numbers: Numbers,
}

impl Header {
    /// Whether the first index runs fastest, and there is more than one.
    pub(super) fn by_columns(&self) -> bool {
        self.fortran && self.shape.len() > 1
    }

    /// Reads up to the first entry.
    pub(super) fn read(reader: &mut impl Read, path: &Path) -> Result<Self, DataError> {
        let wrong = |expected: &str, found: &str| DataError::format(path, expected, found);
        let text = header_text(reader)
            .map_err(|source| DataError::Damaged { file: path.to_owned(), source })?
            .ok_or_else(|| wrong("an .npy header of version 1, 2 or 3", "other bytes"))?;
        let shown = excerpt(&text);
        let field = |key: &str| {
            let value = text.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
            value.ok_or_else(|| wrong(&format!("the key {key}"), &shown))
        };
        let fortran = match field("fortran_order")? {
            order if order.starts_with("True") => true,
            order if order.starts_with("False") => false,
            _ => return Err(wrong("True or False for fortran_order", &shown)),
        };
        let sides = field("shape")?.strip_prefix('(').and_then(|text| text.split_once(')'));
        let shape = sides.and_then(|(sides, _)| {
            let sides = sides.split(',').map(str::trim).filter(|side| !side.is_empty());
            sides.map(|side| side.parse().ok()).collect()
        });
        let shape: Vec<usize> = shape.ok_or_else(|| wrong("a tuple of lengths for shape", &shown))?;
        let kind = field("descr")?.strip_prefix('\'').and_then(|text| text.split_once('\''));
        let numbers = kind.and_then(|(kind, _)| Numbers::named(kind));
        let numbers = numbers.ok_or_else(|| wrong("booleans, integers, f2, f4 or f8 for descr", &shown))?;
        Ok(Self { shape, fortran, numbers })
    }
}

/// The text of a header, if the bytes begin as those of an `.npy` file.
fn header_text(reader: &mut impl Read) -> io::Result<Option<String>> {
    let mut bytes = |count: u64| -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        (&mut *reader).take(count).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 == count).then_some(bytes))
    };
    let Some(start) = bytes(8)? else { return Ok(None) };
    let width = match start.strip_prefix(b"\x93NUMPY") {
        Some([1, _]) => 2,
        Some([2 | 3, _]) => 4,
        _ => return Ok(None),
    };
    let Some(length) = bytes(width)? else { return Ok(None) };
    let length = length.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
    Ok(bytes(length)?.and_then(|text| String::from_utf8(text).ok()))
}

/// How the numbers of an array are stored.
pub(super) struct Numbers {
    kind: u8,
    pub(super) size: usize,
    big_endian: bool,
}

impl Numbers {
    /// NumPy's name for it: byte order, kind, size in bytes.
    fn named(name: &str) -> Option<Self> {
        let (&[order, kind], &[size]) = name.as_bytes().split_first_chunk()? else { return None };
        let size = usize::from(size.checked_sub(b'0')?);
        let known = match kind {
            b'b' => size == 1,
            b'i' | b'u' => matches!(size, 1 | 2 | 4 | 8),
            b'f' => matches!(size, 2 | 4 | 8),
            _ => false,
        };
        (known && matches!(order, b'<' | b'>' | b'|')).then_some(Self { kind, size, big_endian: order == b'>' })
    }

    /// The number that `size` bytes stand for.
    pub(super) fn decode(&self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        word[..self.size].copy_from_slice(bytes);
        if self.big_endian {
            word[..self.size].reverse();
        }
        let bits = u64::from_le_bytes(word);
        match (self.kind, self.size) {
            (b'f', 8) => f64::from_bits(bits),
            (b'f', 2) => half(bits as u16),
            (b'f', _) => f64::from(f32::from_bits(bits as u32)),
            (b'i', size) => {
                // Shifted up and down again to bring the sign along.
                let unused = 64 - 8 * size as u32;
                ((bits << unused).cast_signed() >> unused) as f64
            }
            (_, _) => bits as f64,
        }
    }
}

/// Brings entries from Fortran order, in which the first index runs fastest, into C order.
fn from_fortran(shape: &[usize], entries: &[f64]) -> Vec<f64> {
    let mut index = vec![0; shape.len()];
    let mut ordered = Vec::with_capacity(entries.len());
    for _ in entries {
        let position = index.iter().zip(shape).rev().fold(0, |position, (&i, &side)| position * side + i);
        ordered.push(entries[position]);
        for (i, &side) in index.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < side {
                break;
            }
            *i = 0;
        }
    }
    ordered
}
