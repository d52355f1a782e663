//! Matrices of intervals, by midpoints and radii.

mod arithmetic;

use crate::interval::Interval;
use crate::norm::{euclidean_norm, exponent};
use crate::rounding::{Rounding, Up};

/// Why numbers make no matrix, or matrices no result.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MatrixError {
    /// A matrix without entries.
    #[error("a matrix of shape {rows} × {columns} has no entries")]
    Empty {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
    },
    /// More entries than are held.
    #[error("a matrix of shape {rows} × {columns} is too large: at most 2²⁸ entries are held")]
    TooLarge {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
    },
    /// The number of entries is not that of the shape.
    #[error("{entries} entries do not fill a matrix of shape {rows} × {columns}")]
    Entries {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
        /// The number of entries.
        entries: usize,
    },
    /// An entry that is NaN or infinite.
    #[error("entry ({row}, {column}) is {value}: every entry must be finite")]
    NotFinite {
        /// Its row, from 0.
        row: usize,
        /// Its column, from 0.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// A radius that is NaN, infinite or negative.
    #[error("the radius of entry ({row}, {column}) is {value}: it must be finite and at least 0")]
    Radius {
        /// Its row, from 0.
        row: usize,
        /// Its column, from 0.
        column: usize,
        /// The radius.
        value: f64,
    },
    /// Shapes that do not fit together.
    #[error("no {operation} of shapes {left:?} and {right:?}")]
    Shapes {
        /// What was asked for.
        operation: &'static str,
        /// Rows and columns of the left operand.
        left: (usize, usize),
        /// Rows and columns of the right operand.
        right: (usize, usize),
    },
}

/// A matrix of intervals `[m − r, m + r]`, not empty, with finite midpoints; after an overflow a radius is infinite.
///
/// Operations enclose the results of all real matrices inside their operands, and a radius of a result never
/// decreases when a radius of an operand grows. Storage is row-major.
///
/// # Reference
/// Rump, Fast and parallel interval arithmetic, BIT 39, 1999, section 2 (midpoint-radius products).
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
///
/// let a = IntervalMatrix::from_rows(2, 2, vec![0.1, 0.2, 0.3, 0.4])?;
/// let square = a.times(&a)?;
/// let corner = square.get(0, 0).unwrap();
/// assert!(corner.contains(0.1 * 0.1 + 0.2 * 0.3) && corner.width() < 1e-16);
/// # Ok::<(), saddlepoint_rigor::MatrixError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IntervalMatrix {
    rows: usize,
    columns: usize,
    midpoints: Vec<f64>,
    radii: Vec<f64>,
}

impl IntervalMatrix {
    /// The matrix with these entries, row by row.
    ///
    /// # Errors
    /// When there is no entry, when their number is not `rows · columns`, or when one is not finite.
    pub fn from_rows(rows: usize, columns: usize, entries: Vec<f64>) -> Result<Self, MatrixError> {
        let radii = vec![0.0; entries.len()];
        Self::with_radii(rows, columns, entries, radii)
    }

    /// The matrix with these midpoints and radii, row by row.
    ///
    /// # Errors
    /// As [`from_rows`](Self::from_rows), and when a radius is not finite or negative.
    pub fn with_radii(
        rows: usize,
        columns: usize,
        midpoints: Vec<f64>,
        radii: Vec<f64>,
    ) -> Result<Self, MatrixError> {
        if rows == 0 || columns == 0 {
            return Err(MatrixError::Empty { rows, columns });
        }
        for entries in [midpoints.len(), radii.len()] {
            if rows.checked_mul(columns) != Some(entries) {
                return Err(MatrixError::Entries { rows, columns, entries });
            }
        }
        if let Some(i) = midpoints.iter().position(|m| !m.is_finite()) {
            return Err(MatrixError::NotFinite { row: i / columns, column: i % columns, value: midpoints[i] });
        }
        if let Some(i) = radii.iter().position(|&r| !(r >= 0.0 && r.is_finite())) {
            return Err(MatrixError::Radius { row: i / columns, column: i % columns, value: radii[i] });
        }
        Ok(Self { rows, columns, midpoints, radii })
    }

    /// The matrix that encloses these entries, row by row.
    ///
    /// # Errors
    /// As [`from_rows`](Self::from_rows), and when an entry is not bounded.
    pub fn from_intervals(
        rows: usize,
        columns: usize,
        entries: impl Iterator<Item = Interval>,
    ) -> Result<Self, MatrixError> {
        let (midpoints, radii) = entries.map(|entry| (entry.midpoint(), entry.radius())).unzip();
        Self::with_radii(rows, columns, midpoints, radii)
    }

    /// The identity of size `n`.
    ///
    /// # Errors
    /// When `n` is 0, or above 2¹⁴.
    pub fn identity(n: usize) -> Result<Self, MatrixError> {
        require_room(n, n)?;
        Self::from_rows(n, n, (0..n * n).map(|i| f64::from(i % (n + 1) == 0)).collect())
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The midpoints, row by row.
    pub fn midpoints(&self) -> &[f64] {
        &self.midpoints
    }

    /// The radii, row by row.
    pub fn radii(&self) -> &[f64] {
        &self.radii
    }

    /// The entry in row `i` and column `j`, counted from 0, if there is one.
    pub fn get(&self, i: usize, j: usize) -> Option<Interval> {
        let at = i * self.columns + j;
        (i < self.rows && j < self.columns).then(|| Interval::around(self.midpoints[at], self.radii[at]))
    }

    /// The entries, row by row.
    pub fn intervals(&self) -> impl ExactSizeIterator<Item = Interval> {
        self.midpoints.iter().zip(&self.radii).map(|(&m, &r)| Interval::around(m, r))
    }

    /// Row by row, bounds of the absolute values of the entries on the side of `R`.
    pub fn magnitudes<R: Rounding>(
        &self,
    ) -> impl ExactSizeIterator<Item = impl ExactSizeIterator<Item = f64> + Clone> {
        let rows = self.midpoints.chunks_exact(self.columns).zip(self.radii.chunks_exact(self.columns));
        rows.map(|(m, r)| m.iter().zip(r).map(|(&m, &r)| magnitude::<R>(m, r)))
    }

    /// Whether all of `self` lies in `other`; false if the shapes differ.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.shape() == other.shape() && self.intervals().zip(other.intervals()).all(|(a, b)| a.is_subset_of(b))
    }

    /// The exponent `e` of the largest midpoint: after scaling by `2⁻ᵉ` it lies between 1 and 2. 0 for zero midpoints.
    pub fn exponent(&self) -> i32 {
        let largest = self.midpoints.iter().fold(0.0, |largest: f64, m| largest.max(m.abs()));
        if largest == 0.0 { 0 } else { exponent(largest) }
    }

    /// `Aᵀ`.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let turn = |values: &[f64]| {
            (0..self.columns).flat_map(|j| (0..self.rows).map(move |i| values[i * self.columns + j])).collect()
        };
        Self {
            rows: self.columns,
            columns: self.rows,
            midpoints: turn(&self.midpoints),
            radii: turn(&self.radii),
        }
    }

    /// Splits off the radii: the exact matrix of midpoints, and an upper bound of the Frobenius norm of the rest.
    #[must_use]
    pub fn into_point(mut self) -> (Self, f64) {
        let rest = euclidean_norm::<Up>(self.radii.iter().copied());
        self.radii.fill(0.0);
        (self, rest)
    }

    /// A cheap upper bound of the spectral norm of every matrix inside.
    ///
    /// # Formula
    /// `min(‖A‖_F, √(‖A‖₁ ‖A‖_∞))`
    pub fn spectral_norm_bound(&self) -> f64 {
        let frobenius =
            euclidean_norm::<Up>(self.magnitudes::<Up>().map(euclidean_norm::<Up>).collect::<Vec<_>>());
        let (mut column_sums, mut row_sum) = (vec![0.0; self.columns], 0.0f64);
        for row in self.magnitudes::<Up>() {
            row_sum = row_sum.max(row.clone().fold(0.0, Up::add));
            column_sums.iter_mut().zip(row).for_each(|(sum, x)| *sum = Up::add(*sum, x));
        }
        let column_sum = column_sums.into_iter().fold(0.0, f64::max);
        frobenius.min(Up::mul(Up::sqrt(row_sum), Up::sqrt(column_sum)))
    }
}

/// What is made has no more entries; what is given was held before.
fn require_room(rows: usize, columns: usize) -> Result<(), MatrixError> {
    const MOST: usize = 1 << 28;
    if rows.checked_mul(columns).is_some_and(|entries| entries <= MOST) {
        Ok(())
    } else {
        Err(MatrixError::TooLarge { rows, columns })
    }
}

/// `max(0, |m| ± r)`: the largest absolute value in an interval, or for `Down` the smallest.
fn magnitude<R: Rounding>(m: f64, r: f64) -> f64 {
    match R::TOWARDS {
        std::cmp::Ordering::Greater => R::add(m.abs(), r),
        std::cmp::Ordering::Equal => m.abs(),
        std::cmp::Ordering::Less => R::sub(m.abs(), r).max(0.0),
    }
}
