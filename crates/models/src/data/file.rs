//! Files, compressed by gzip or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::DataError;

/// The largest contents that are read: 1 GiB.
const LIMIT: u64 = 1 << 30;

/// What a file holds, decompressed; the path is for messages.
pub(super) struct Contents {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
}

/// The contents of a file, decompressed if it is a gzip file: that is told from its first two bytes, for some
/// programs decompress a download and leave its name alone. At most
/// [`LIMIT`] bytes are read.
pub(super) fn read(path: &Path) -> Result<Contents, DataError> {
    let unreadable = |source| DataError::Unreadable { file: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > LIMIT {
        return Err(DataError::TooLarge { file: path.to_owned(), limit: LIMIT });
    }
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return decompressed(&bytes, path);
    }
    Ok(Contents { path: path.to_owned(), bytes })
}

/// A file to be read bit by bit, decompressed if it is a gzip file.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, DataError> {
    let unreadable = |source| DataError::Unreadable { file: path.to_owned(), source };
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let gzip = reader.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzip { Box::new(BufReader::new(MultiGzDecoder::new(reader))) } else { Box::new(reader) })
}

/// The first bytes of a file, decompressed: at most eight.
pub(super) fn beginning(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    let damaged = |source: io::Error| DataError::Damaged { file: path.to_owned(), source };
    open(path)?.take(8).read_to_end(&mut bytes).map_err(damaged)?;
    Ok(bytes)
}

/// What lies in a folder, in the order of the names; hidden files are left out.
pub(super) fn listed(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |source| DataError::Unreadable { file: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    paths.retain(|path| !hidden(path));
    paths.sort();
    Ok(paths)
}

/// The contents of a gzip file that is in memory.
pub(super) fn decompressed(bytes: &[u8], path: &Path) -> Result<Contents, DataError> {
    Ok(Contents { path: path.to_owned(), bytes: bounded(MultiGzDecoder::new(bytes), path)? })
}

/// What a decompressor gives, if it ends before [`LIMIT`]. Memory grows with what comes, not with what a header
/// promises.
pub(super) fn bounded(decoder: impl Read, path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    let damaged = |source: io::Error| DataError::Damaged { file: path.to_owned(), source };
    decoder.take(LIMIT + 1).read_to_end(&mut bytes).map_err(damaged)?;
    if bytes.len() as u64 > LIMIT {
        return Err(DataError::TooLarge { file: path.to_owned(), limit: LIMIT });
    }
    Ok(bytes)
}
