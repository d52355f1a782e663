//! Tables of numbers: a sample a line, its target in one column.

use std::path::Path;

use super::error::excerpt;
use super::file::{self, Contents};
use super::samples::{LABEL, label};
use super::{DataError, Samples, TargetKind};

/// How a CSV file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Whether the first line names the columns.
    pub header: bool,
    /// The column of the target, from 0; the last one where none is given.
    pub target: Option<usize>,
    /// What the target is.
    pub kind: TargetKind,
}

impl Default for Table {
    /// No header; the last column holds labels.
    fn default() -> Self {
        Self { header: false, target: None, kind: TargetKind::Labels { classes: None } }
    }
}

/// Reads a CSV file, gzipped or not.
///
/// # Shapes
/// `n` lines of `d + 1` columns give `n` inputs of shape `[d]`, in the order of the columns.
///
/// # Errors
/// [`DataError::Cell`] names line and column of a cell that is not a finite number (or a label); lines of
/// different lengths are such a cell. [`DataError::Unreadable`], [`DataError::Damaged`] or
/// [`DataError::TooLarge`] for the file itself.
pub fn read(path: &Path, table: Table) -> Result<Samples, DataError> {
    parse(&file::read(path)?, table)
}

/// Reads a CSV file that is in memory.
pub(super) fn parse(file: &Contents, table: Table) -> Result<Samples, DataError> {
    let path = &file.path;
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(table.header).trim(::csv::Trim::All).from_reader(&*file.bytes);
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    let mut columns = 0;
    for record in reader.records() {
        let record = record.map_err(|error| malformed(path, line_of(&file.bytes, error.position()), &error))?;
        columns = record.len();
        let target = table.target.unwrap_or(columns.saturating_sub(1));
        if columns < 2 || target >= columns {
            let expected = format!("at least {} columns", target.saturating_add(1).max(2));
            return Err(DataError::format(path, expected, columns.to_string()));
        }
        let line = line_of(&file.bytes, record.position());
        for (column, cell) in record.iter().enumerate() {
            let is_label = column == target && table.kind != TargetKind::Values;
            let number = cell.parse().ok().filter(|number: &f64| number.is_finite());
            let number = number.filter(|&number| !is_label || label(number).is_some()).ok_or_else(|| {
                DataError::Cell {
                    file: path.clone(),
                    line,
                    column: column + 1,
                    expected: if is_label { LABEL } else { "a finite number" }.to_owned(),
                    found: excerpt(cell),
                }
            })?;
            if column == target { targets.push(number) } else { inputs.push(number) }
        }
    }
    table
        .kind
        .targets(targets, 1)
        .and_then(|targets| Samples::new(&[columns.saturating_sub(1)], inputs, targets))
        .map_err(|error| error.within(path))
}

/// The line on which a record starts. Its position is where the last one ended: empty lines may lie between.
fn line_of(bytes: &[u8], position: Option<&::csv::Position>) -> u64 {
    let Some(position) = position else { return 0 };
    let rest = bytes.iter().skip(position.byte() as usize);
    let between = rest.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|&&byte| byte == b'\n');
    position.line() + between.count() as u64
}

/// A line that is none of this table.
pub(super) fn malformed(path: &Path, line: u64, error: &::csv::Error) -> DataError {
    let (column, expected, found) = match error.kind() {
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            (*expected_len.min(len) as usize + 1, format!("{expected_len} columns"), len.to_string())
        }
        ::csv::ErrorKind::Utf8 { err, .. } => {
            (err.field() + 1, "text in UTF-8".to_owned(), "other bytes".to_owned())
        }
        _ => (1, "a line of numbers".to_owned(), error.to_string()),
    };
    DataError::Cell { file: path.to_owned(), line, column, expected, found }
}
