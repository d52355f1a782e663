//! Tables of numbers, line by line.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Chunk, DataError, Opened, Rows};
use crate::data::error::excerpt;
use crate::data::{csv, file};

/// Names of a column of targets, where the first line names the columns.
const TARGETS: [&str; 4] = ["y", "label", "target", "class"];

struct Table {
    reader: ::csv::Reader<Box<dyn Read>>,
    path: PathBuf,
    target: usize,
    columns: usize,
    /// The first line, if it holds numbers.
    first: Option<::csv::StringRecord>,
}

/// A first line with anything but numbers names the columns; the target is the column `y`, `label`, `target` or `class`, or
/// the last one.
pub(super) fn open(path: &Path) -> Result<Opened, DataError> {
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).trim(::csv::Trim::All).from_reader(file::open(path)?);
    let mut first = ::csv::StringRecord::new();
    let more = reader.read_record(&mut first).map_err(|error| csv::malformed(path, 1, &error))?;
    if !more {
        return Err(DataError::Empty.within(path));
    }
    let columns = first.len();
    if columns < 2 {
        return Err(DataError::format(path, "at least 2 columns", columns.to_string()));
    }
    let named = first.iter().any(|cell| cell.parse::<f64>().is_err());
    let is_target = |cell: &str| TARGETS.contains(&cell.to_lowercase().as_str());
    let target = first.iter().position(|cell| named && is_target(cell)).unwrap_or(columns - 1);
    let rows = Table { reader, path: path.to_owned(), target, columns, first: (!named).then_some(first) };
    Ok(Opened { shape: vec![columns - 1], width: 1, classes: None, rows: Box::new(rows) })
}

impl Rows for Table {
    fn take(&mut self, count: usize) -> Result<Chunk, DataError> {
        let mut chunk = Chunk::default();
        let mut record = ::csv::StringRecord::new();
        while chunk.targets.len() < count {
            if let Some(first) = self.first.take() {
                record = first;
            } else {
                let line = self.reader.position().line();
                let more = self.reader.read_record(&mut record);
                if !more.map_err(|error| csv::malformed(&self.path, line, &error))? {
                    break;
                }
            }
            let line = record.position().map_or(1, ::csv::Position::line);
            for (column, cell) in record.iter().enumerate().take(self.columns) {
                let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
                let number = number.ok_or_else(|| DataError::Cell {
                    file: self.path.clone(),
                    line,
                    column: column + 1,
                    expected: "a finite number".to_owned(),
                    found: excerpt(cell),
                })?;
                if column == self.target { chunk.targets.push(number) } else { chunk.inputs.push(number) }
            }
        }
        Ok(chunk)
    }
}
