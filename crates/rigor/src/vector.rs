//! Vectors of intervals.

use crate::interval::Interval;
use crate::matrix::{IntervalMatrix, MatrixError};
use crate::norm::euclidean_norm;
use crate::rounding::{Down, Up};

/// A vector of intervals: an [`IntervalMatrix`] of one column.
///
/// # Example
/// ```
/// use saddlepoint_rigor::{IntervalMatrix, IntervalVector};
///
/// let x = IntervalVector::new(vec![3.0, 4.0])?;
/// assert_eq!(x.norm().midpoint(), 5.0);
/// let sum = IntervalMatrix::from_rows(1, 2, vec![0.1, 0.2])?.times_vector(&x)?;
/// assert!(sum.dot(&sum)?.contains(1.21));
/// # Ok::<(), saddlepoint_rigor::MatrixError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IntervalVector(IntervalMatrix);

impl IntervalVector {
    /// The vector with these entries.
    ///
    /// # Errors
    /// When there is none or one is not finite.
    pub fn new(entries: Vec<f64>) -> Result<Self, MatrixError> {
        IntervalMatrix::from_rows(entries.len(), 1, entries).map(Self)
    }

    /// The vector with these midpoints and radii.
    ///
    /// # Errors
    /// When there is no entry, when the numbers of midpoints and radii differ, when one is not finite, or when a
    /// radius is negative.
    pub fn with_radii(midpoints: Vec<f64>, radii: Vec<f64>) -> Result<Self, MatrixError> {
        IntervalMatrix::with_radii(midpoints.len(), 1, midpoints, radii).map(Self)
    }

    /// The vector that encloses these entries.
    ///
    /// # Errors
    /// When there is none or one is not bounded.
    pub fn from_intervals(entries: impl Iterator<Item = Interval>) -> Result<Self, MatrixError> {
        let (midpoints, radii) = entries.map(|entry| (entry.midpoint(), entry.radius())).unzip();
        Self::with_radii(midpoints, radii)
    }

    /// As a matrix of one column.
    pub fn as_column(&self) -> &IntervalMatrix {
        &self.0
    }

    /// The entries.
    pub fn intervals(&self) -> impl ExactSizeIterator<Item = Interval> {
        self.0.intervals()
    }

    /// `x + y`.
    ///
    /// # Errors
    /// When the lengths differ.
    pub fn plus(&self, other: &Self) -> Result<Self, MatrixError> {
        self.0.plus(&other.0).map(Self)
    }

    /// `x − y`.
    ///
    /// # Errors
    /// When the lengths differ.
    pub fn minus(&self, other: &Self) -> Result<Self, MatrixError> {
        self.0.minus(&other.0).map(Self)
    }

    /// `xᵀ y`.
    ///
    /// # Errors
    /// When the lengths differ.
    pub fn dot(&self, other: &Self) -> Result<Interval, MatrixError> {
        let product = self.0.transpose().times(&other.0)?;
        Ok(Interval::around(product.midpoints()[0], product.radii()[0]))
    }

    /// `‖x‖₂`.
    pub fn norm(&self) -> Interval {
        let low = euclidean_norm::<Down>(self.0.magnitudes::<Down>().flatten().collect::<Vec<_>>());
        let high = euclidean_norm::<Up>(self.0.magnitudes::<Up>().flatten().collect::<Vec<_>>());
        Interval::between(low, high)
    }
}

impl IntervalMatrix {
    /// `A x`.
    ///
    /// # Errors
    /// When `x` has not as many entries as `A` has columns.
    pub fn times_vector(&self, x: &IntervalVector) -> Result<IntervalVector, MatrixError> {
        self.times(&x.0).map(IntervalVector)
    }
}
