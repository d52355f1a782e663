//! The inputs of a sample, by the norms that bounds take of them.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up, euclidean_norm};

use super::hypothesis::Violation;
use crate::capacity::margins::Margins;
use crate::capacity::norms::frobenius;
use crate::quantity::SampleSize;

/// The inputs of a sample: one row for each example.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::bounds::inputs::Inputs;
///
/// let inputs = Inputs::new(IntervalMatrix::from_rows(2, 2, vec![3.0, 4.0, 0.0, 2.0])?);
/// assert!(inputs.largest_norm().contains(5.0) && inputs.largest_column_norm().contains(20f64.sqrt()));
/// assert!(inputs.augmented()?.largest_norm().contains(26f64.sqrt()));
/// # Ok::<(), saddlepoint_rigor::MatrixError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs(IntervalMatrix);

impl Inputs {
    /// The inputs in the rows of a matrix.
    pub fn new(rows: IntervalMatrix) -> Self {
        Self(rows)
    }

    /// The same with one coordinate more, which is 1: for networks whose biases are folded into their weights.
    ///
    /// # Errors
    /// When the matrix would be too large.
    pub fn augmented(&self) -> Result<Self, saddlepoint_rigor::MatrixError> {
        let (n, d) = self.0.shape();
        let with = |values: &[f64], last: f64| {
            values.chunks_exact(d).flat_map(|row| row.iter().copied().chain([last])).collect()
        };
        let (midpoints, radii) = (with(self.0.midpoints(), 1.0), with(self.0.radii(), 0.0));
        Ok(Self(IntervalMatrix::with_radii(n, d + 1, midpoints, radii)?))
    }

    /// The number of examples, at least 1.
    pub fn count(&self) -> usize {
        self.0.shape().0
    }

    /// The number of coordinates, at least 1.
    pub fn dimension(&self) -> usize {
        self.0.shape().1
    }

    /// `‖X‖_F = √Σ ‖xᵢ‖²`.
    pub fn frobenius(&self) -> Interval {
        frobenius(&self.0)
    }

    /// `maxᵢ ‖xᵢ‖`.
    pub fn largest_norm(&self) -> Interval {
        largest_row_norm(&self.0)
    }

    /// `max_j √Σᵢ xᵢⱼ²`.
    pub fn largest_column_norm(&self) -> Interval {
        largest_row_norm(&self.0.transpose())
    }
}

/// The inputs of a sample, and the margins of one predictor on it.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    inputs: &'a Inputs,
    margins: &'a Margins,
    n: SampleSize,
}

impl<'a> Sample<'a> {
    /// The inputs with their margins.
    ///
    /// # Errors
    /// When there is not one margin for each input.
    pub fn new(inputs: &'a Inputs, margins: &'a Margins) -> Result<Self, Violation> {
        if inputs.count() != margins.count() {
            return Err(Violation::Samples { inputs: inputs.count(), margins: margins.count() });
        }
        Ok(Self { inputs, margins, n: SampleSize::new(inputs.count() as u64)? })
    }

    /// The inputs.
    pub fn inputs(&self) -> &'a Inputs {
        self.inputs
    }

    /// The margins.
    pub fn margins(&self) -> &'a Margins {
        self.margins
    }

    /// How many examples there are.
    pub fn size(&self) -> SampleSize {
        self.n
    }
}

fn largest_row_norm(matrix: &IntervalMatrix) -> Interval {
    fn bound<R: Rounding>(matrix: &IntervalMatrix) -> f64 {
        matrix.magnitudes::<R>().map(euclidean_norm::<R>).fold(0.0, f64::max)
    }
    Interval::between(bound::<Down>(matrix), bound::<Up>(matrix))
}
