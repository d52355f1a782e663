//! NumPy archives, entry by entry: both arrays are decompressed side by side.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::{Chunk, DataError, Opened, Rows};
use crate::data::npz::{self, Header};

/// A member of the archive as it is decompressed; at its end its checksum must be the archive's.
struct Member {
    reader: Box<dyn Read>,
    sum: Crc,
    expected: u32,
}

impl Read for Member {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.sum.update(&buffer[..count]);
        if count == 0 && !buffer.is_empty() && self.sum.sum() != self.expected {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a checksum does not fit"));
        }
        Ok(count)
    }
}

/// An array in the middle of its entries.
struct Array {
    path: PathBuf,
    header: Header,
    reader: Member,
    /// Entries of a row.
    width: usize,
    left: usize,
}

struct Archive {
    x: Array,
    y: Array,
}

impl Rows for Archive {
    fn take(&mut self, count: usize) -> Result<Chunk, DataError> {
        Ok(Chunk { inputs: self.x.take(count)?, targets: self.y.take(count)? })
    }
}

impl Array {
    fn take(&mut self, count: usize) -> Result<Vec<f64>, DataError> {
        let rows = count.min(self.left);
        let size = self.header.numbers.size;
        let wanted = rows.saturating_mul(self.width).saturating_mul(size);
        let damaged = |source| DataError::Damaged { file: self.path.clone(), source };
        let mut bytes = vec![];
        // Memory grows with what comes, not with what the header promises.
        (&mut self.reader).take(wanted as u64).read_to_end(&mut bytes).map_err(damaged)?;
        let found = |found: String| {
            let expected = format!("entries in the shape {:?}", self.header.shape);
            DataError::format(&self.path, expected, found)
        };
        if bytes.len() != wanted {
            return Err(found(format!("an end {} bytes too early", wanted - bytes.len())));
        }
        self.left -= rows;
        if self.left == 0 && self.reader.read(&mut [0]).map_err(damaged)? != 0 {
            return Err(found("more of them".to_owned()));
        }
        Ok(bytes.chunks_exact(size).map(|bytes| self.header.numbers.decode(bytes)).collect())
    }
}

/// Both arrays in memory, in C order.
struct Held {
    x: npz::Array,
    y: npz::Array,
    at: usize,
}

impl Rows for Held {
    fn take(&mut self, count: usize) -> Result<Chunk, DataError> {
        let whole = self.x.shape.first().copied().unwrap_or(0);
        let rows = self.at..whole.min(self.at.saturating_add(count));
        self.at = rows.end;
        let part = |array: &npz::Array| {
            let width = array.entries.len() / whole.max(1);
            array.entries[rows.start * width..rows.end * width].to_vec()
        };
        Ok(Chunk { inputs: part(&self.x), targets: part(&self.y) })
    }
}

pub(super) fn open(path: &Path) -> Result<Opened, DataError> {
    let (x, y) = (array(path, "x")?, array(path, "y")?);
    let (shape, width) = npz::fit(path, &x.header.shape, &y.header.shape)?;
    let rows: Box<dyn Rows> = if x.header.by_columns() || y.header.by_columns() {
        // The first index runs fastest: a row's entries lie all over the file.
        let (x, y) = npz::arrays(path)?;
        Box::new(Held { x, y, at: 0 })
    } else {
        Box::new(Archive { x, y })
    };
    Ok(Opened { shape, width, classes: None, rows })
}

fn array(path: &Path, name: &str) -> Result<Array, DataError> {
    let unreadable = |source| DataError::Unreadable { file: path.to_owned(), source };
    let damaged = |source| DataError::Damaged { file: path.to_owned(), source };
    let mut archive = ZipArchive::new(BufReader::new(File::open(path).map_err(unreadable)?))
        .map_err(|error| damaged(error.into()))?;
    let entry = match archive.by_name(&format!("{name}.npy")) {
        Ok(entry) => entry,
        Err(ZipError::FileNotFound) => return Err(npz::no_array(path, name)),
        Err(error) => return Err(damaged(error.into())),
    };
    let (method, length, expected) = (entry.compression(), entry.compressed_size(), entry.crc32());
    let start = entry.data_start().ok_or_else(|| damaged(io::ErrorKind::UnexpectedEof.into()))?;
    drop(entry);
    let mut file = File::open(path).map_err(unreadable)?;
    file.seek(SeekFrom::Start(start)).map_err(damaged)?;
    let raw = BufReader::new(file.take(length));
    let reader: Box<dyn Read> = match method {
        CompressionMethod::Stored => Box::new(raw),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(raw)),
        other => {
            let expected = "arrays as np.savez or np.savez_compressed writes them";
            return Err(DataError::format(path, expected, format!("the compression {other}")));
        }
    };
    let path = path.join(format!("{name}.npy"));
    let mut reader = Member { reader, sum: Crc::new(), expected };
    let header = Header::read(&mut reader, &path)?;
    let width = header.shape.get(1..).unwrap_or_default().iter().product();
    let left = header.shape.first().copied().unwrap_or(0);
    Ok(Array { path, header, reader, width, left })
}
