//! The linear map of a layer, as it acts on one example, and its norms.

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Down, Interval, IntervalMatrix, MatrixError, Rounding, Up, euclidean_norm};
use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution, ConvolutionError};
use saddlepoint_theory::capacity::norms::{frobenius, two_one_over_rows};
use saddlepoint_theory::capacity::spectral_exponent::{ExponentError, PowerLaw};
use saddlepoint_theory::capacity::spectrum::{EnclosureError, singular_values};

/// A linear map of one flattened example.
#[derive(Debug, Clone, PartialEq)]
pub enum Operator {
    /// A matrix, applied to each of several pieces of the example, as to tokens: block-diagonal, with equal blocks.
    Dense {
        /// Rows are outputs.
        matrix: IntervalMatrix,
        /// The number of pieces.
        copies: usize,
    },
    /// A convolution of the layer's own input size.
    Convolution(Box<Convolution>),
    /// One factor for all entries of a channel.
    Diagonal {
        /// The factor of each channel.
        scale: Vec<Interval>,
        /// The number of entries of a channel.
        copies: usize,
    },
}

/// The norms of a linear map: each interval holds the norm of the true operator, for every rounding that went into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Norms {
    /// The largest singular value: the Lipschitz constant.
    pub spectral: Interval,
    /// The Euclidean norm of all entries of the operator's matrix.
    pub frobenius: Interval,
    /// `‖A‖_F²/‖A‖₂²`; none for an operator that may be zero.
    pub stable_rank: Option<Interval>,
    /// The sum of the Euclidean norms of the rows.
    pub two_one_over_rows: Interval,
    /// The largest sum of absolute values of a row: the norm from `ℓ∞` to `ℓ∞`.
    pub largest_row_sum: Interval,
    /// The largest sum of absolute values of a column: the norm from `ℓ₁` to `ℓ₁`.
    pub largest_column_sum: Interval,
}

/// Why an operator has no norms.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum OperatorError {
    /// Its singular values cannot be enclosed.
    #[error(transparent)]
    Enclosure(#[from] EnclosureError),
    /// It is no convolution, or its norm is not to be had.
    #[error(transparent)]
    Convolution(#[from] ConvolutionError),
    /// It has numbers that are not finite, or more than can be held.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A matrix with more entries than are written down.
    #[error("its matrix has {rows} rows and {columns} columns, more than {MOST_ENTRIES} entries")]
    TooLarge {
        /// The outputs.
        rows: usize,
        /// The inputs.
        columns: usize,
    },
}

/// The matrix of a convolution, or of many tokens, is written down, for theorems about matrices, if it has no more entries.
pub const MOST_ENTRIES: usize = 1 << 20;

/// Small convolutions are enclosed as sharply as matrices are; large ones, and large matrices, to this relative width if it
/// can be had in seconds.
const SHARP: f64 = 1e-10;
const COARSE: f64 = 1e-4;
/// The most inputs and outputs of a small convolution.
const SMALL: usize = 4096;
/// Of matrices with more rows and columns not all singular values are enclosed.
const LARGE: usize = 256;

/// The norms, and the power law of the weights' spectrum where there is a matrix of weights.
pub(super) type Measured = (Result<Norms, OperatorError>, Option<Result<PowerLaw, ExponentError>>);

impl Operator {
    /// The numbers of entries that it takes and gives.
    pub fn dimensions(&self) -> (usize, usize) {
        match self {
            Self::Dense { matrix, copies } => (matrix.shape().1 * copies, matrix.shape().0 * copies),
            Self::Convolution(convolution) => convolution.dimensions(),
            Self::Diagonal { scale, copies } => (scale.len() * copies, scale.len() * copies),
        }
    }

    /// The operator's matrix, with a row for each output.
    ///
    /// # Errors
    /// When it has more than [`MOST_ENTRIES`] entries and is not stored as a matrix.
    pub fn matrix(&self) -> Result<IntervalMatrix, OperatorError> {
        // A matrix that is stored is written down already.
        if let Self::Dense { matrix, copies: 1 } = self {
            return Ok(matrix.clone());
        }
        let (columns, rows) = self.dimensions();
        if rows.checked_mul(columns).is_none_or(|entries| entries > MOST_ENTRIES) {
            return Err(OperatorError::TooLarge { rows, columns });
        }
        match self {
            Self::Dense { matrix, copies } => {
                let (height, width) = matrix.shape();
                let blocks = |values: &[f64]| {
                    let mut all = vec![0.0; rows * columns];
                    for (copy, i) in (0..*copies).flat_map(|copy| (0..height).map(move |i| (copy, i))) {
                        let start = (copy * height + i) * columns + copy * width;
                        all[start..start + width].copy_from_slice(&values[i * width..][..width]);
                    }
                    all
                };
                let (midpoints, radii) = (blocks(matrix.midpoints()), blocks(matrix.radii()));
                Ok(IntervalMatrix::with_radii(rows, columns, midpoints, radii)?)
            }
            Self::Convolution(convolution) => {
                // Written down in turn for the midpoints and the radii: each entry of the matrix is one of the kernel's, or 0.
                let written = |kernel: &[f64]| -> Result<Vec<f64>, OperatorError> {
                    let of = Convolution::new(convolution.channels(), convolution.axes(), kernel.to_vec())?;
                    Ok(of.matrix()?.transpose().as_slice().to_vec())
                };
                let midpoints = written(convolution.kernel())?;
                let radii = match convolution.radii() {
                    Some(radii) => written(radii)?,
                    None => vec![0.0; midpoints.len()],
                };
                Ok(IntervalMatrix::with_radii(rows, columns, midpoints, radii)?)
            }
            Self::Diagonal { scale, copies } => {
                let zero = Interval::between(0.0, 0.0);
                let entry = |at: usize| {
                    let (row, column) = (at / columns, at % columns);
                    if row == column { scale[row / copies] } else { zero }
                };
                Ok(IntervalMatrix::from_intervals(rows, columns, (0..rows * columns).map(entry))?)
            }
        }
    }

    /// The matrix of weights as it is stored: of a convolution, the kernel with a row for each output channel.
    pub fn weights(&self) -> Option<IntervalMatrix> {
        match self {
            Self::Dense { matrix, .. } => Some(matrix.clone()),
            Self::Convolution(convolution) => {
                let (rows, kernel) = (convolution.channels().outputs, convolution.kernel());
                let radii = convolution.radii().map_or_else(|| vec![0.0; kernel.len()], <[f64]>::to_vec);
                IntervalMatrix::with_radii(rows, kernel.len() / rows, kernel.to_vec(), radii).ok()
            }
            Self::Diagonal { .. } => None,
        }
    }

    /// The stream draws the vectors from which convolutions' norms are searched; all intervals are true whatever it draws.
    pub(super) fn measure(&self, stream: &mut Stream) -> Measured {
        match self {
            Self::Dense { matrix, copies } if matrix.shape().0.min(matrix.shape().1) > LARGE => {
                let spectral = of_large(matrix, stream);
                (
                    spectral.map(|spectral| of_dense(matrix, spectral, *copies)),
                    Some(PowerLaw::of_weights(matrix)),
                )
            }
            Self::Dense { matrix, copies } => match singular_values(matrix) {
                Ok(values) => {
                    let exponent = PowerLaw::of_singular_values(&values);
                    (Ok(of_dense(matrix, values[0], *copies)), Some(exponent))
                }
                Err(error) => (Err(error.into()), None),
            },
            Self::Convolution(convolution) => {
                let exponent = self.weights().map(|weights| PowerLaw::of_weights(&weights));
                (of_convolution(convolution, stream), exponent)
            }
            Self::Diagonal { scale, copies } => (Ok(of_diagonal(scale, *copies)), None),
        }
    }
}

/// A matrix is the convolution of images of one pixel, whose norm takes no decomposition.
fn of_large(matrix: &IntervalMatrix, stream: &mut Stream) -> Result<Interval, OperatorError> {
    let (outputs, inputs) = matrix.shape();
    let pixel = [Axis::new(1, 1); 2];
    let convolution = Convolution::enclosing(Channels::dense(inputs, outputs), pixel, matrix)?;
    Ok(convolution.spectral_norm(COARSE, &mut || stream.normal())?.norm)
}

fn of_dense(matrix: &IntervalMatrix, spectral: Interval, copies: usize) -> Norms {
    fn sums<R: Rounding>(matrix: &IntervalMatrix) -> f64 {
        let rows = matrix.magnitudes::<R>().map(|row| row.fold(0.0, R::add));
        rows.fold(0.0, f64::max)
    }
    let largest_sum = |m: &IntervalMatrix| Interval::between(sums::<Down>(m), sums::<Up>(m));
    let times = Interval::between(copies as f64, copies as f64);
    let root = Interval::between(Down::sqrt(copies as f64), Up::sqrt(copies as f64));
    Norms::new(
        [spectral, frobenius(matrix) * root, two_one_over_rows(matrix) * times],
        [largest_sum(matrix), largest_sum(&matrix.transpose())],
        matrix.shape().0.min(matrix.shape().1) * copies,
    )
}

fn of_convolution(convolution: &Convolution, stream: &mut Stream) -> Result<Norms, OperatorError> {
    let (inputs, outputs) = convolution.dimensions();
    let width = if inputs.max(outputs) <= SMALL { SHARP } else { COARSE };
    let spectral = convolution.spectral_norm(width, &mut || stream.normal())?.norm;
    Ok(Norms::new(
        [spectral, convolution.frobenius(), convolution.two_one_over_rows()],
        [convolution.largest_row_sum(), convolution.largest_column_sum()],
        inputs.min(outputs),
    ))
}

fn of_diagonal(scale: &[Interval], copies: usize) -> Norms {
    let magnitudes: Vec<Interval> = scale.iter().map(|&value| magnitude(value)).collect();
    let largest = |end: fn(Interval) -> f64| magnitudes.iter().map(|&value| end(value)).fold(0.0, f64::max);
    let spectral = Interval::between(largest(Interval::low), largest(Interval::high));
    let euclidean = Interval::between(
        euclidean_norm::<Down>(magnitudes.iter().map(|value| value.low())),
        euclidean_norm::<Up>(magnitudes.iter().map(|value| value.high())),
    );
    let root = Interval::between(Down::sqrt(copies as f64), Up::sqrt(copies as f64));
    let zero = Interval::between(0.0, 0.0);
    let sum = magnitudes.iter().fold(zero, |sum, &value| sum + value);
    let times = Interval::between(copies as f64, copies as f64);
    Norms::new([spectral, euclidean * root, sum * times], [spectral, spectral], scale.len() * copies)
}

/// `|x|`
fn magnitude(x: Interval) -> Interval {
    let low = if x.contains(0.0) { 0.0 } else { x.low().abs().min(x.high().abs()) };
    Interval::between(low, x.low().abs().max(x.high().abs()))
}

impl Norms {
    fn new(
        [spectral, frobenius, two_one_over_rows]: [Interval; 3],
        [largest_row_sum, largest_column_sum]: [Interval; 2],
        rank: usize,
    ) -> Self {
        let possible = Interval::between(1.0, rank.max(1) as f64);
        let quotient = frobenius.checked_div(spectral).map(Interval::square);
        // Both contain the stable rank of every operator inside.
        let stable_rank = quotient.ok().map(|rank| rank.intersection(possible).unwrap_or(possible));
        Self { spectral, frobenius, stable_rank, two_one_over_rows, largest_row_sum, largest_column_sum }
    }
}

#[cfg(test)]
mod tests {
    use saddlepoint_theory::capacity::norms::spectral;

    use super::*;

    fn norms(operator: &Operator) -> Norms {
        operator.measure(&mut Stream::new(1)).0.unwrap()
    }

    /// Each kind against its matrix, written down.
    #[test]
    fn norms_are_those_of_the_matrix() {
        let matrix = IntervalMatrix::from_rows(2, 3, vec![1.0, -2.0, 0.5, 3.0, 0.25, -1.0]).unwrap();
        let axis = Axis::new(4, 3).with_padding(1, 0).with_stride(2);
        let kernel = (0..24).map(|n| f64::from(n * n % 7) - 3.0).collect();
        let channels = Channels { inputs: 4, outputs: 4, groups: 2 };
        let convolution = Convolution::line(channels, axis, kernel).unwrap();
        let scale = vec![Interval::point(-2.0).unwrap(), Interval::new(0.5, 0.5 + 1e-12).unwrap()];
        for operator in [
            Operator::Dense { matrix, copies: 3 },
            Operator::Convolution(Box::new(convolution)),
            Operator::Diagonal { scale, copies: 3 },
        ] {
            let (found, matrix) = (norms(&operator), operator.matrix().unwrap());
            assert_eq!(operator.dimensions(), (matrix.shape().1, matrix.shape().0));
            let dense = of_dense(&matrix, spectral(&matrix).unwrap(), 1);
            for (one, other) in [
                (found.spectral, dense.spectral),
                (found.frobenius, dense.frobenius),
                (found.stable_rank.unwrap(), dense.stable_rank.unwrap()),
                (found.two_one_over_rows, dense.two_one_over_rows),
                (found.largest_row_sum, dense.largest_row_sum),
                (found.largest_column_sum, dense.largest_column_sum),
            ] {
                let gap = (one.midpoint() - other.midpoint()).abs();
                assert!(one.intersection(other).is_some() && gap <= 1e-9 * other.high(), "{one} {other}");
            }
        }
    }

    /// A matrix whose norm is known, on both sides of the size from which on it is enclosed in another way.
    #[test]
    fn large_matrices_have_the_norms_of_small_ones() {
        for n in [40, 300] {
            let entries = (0..n * n).map(|at| f64::from(at % (n + 1) == 0) + 1.0 / f64::from(n));
            let matrix = IntervalMatrix::from_rows(n as usize, n as usize, entries.collect()).unwrap();
            let found = norms(&Operator::Dense { matrix, copies: 1 }).spectral;
            assert!(
                found.low() <= 2.0 + 1e-12 && found.high() >= 2.0 - 1e-12 && found.width() < 1e-3,
                "{found}"
            );
        }
    }

    #[test]
    fn large_matrices_are_not_written_down() {
        let matrix = IntervalMatrix::identity(1 << 8).unwrap();
        let error = Operator::Dense { matrix, copies: 8 }.matrix().unwrap_err();
        assert_eq!(error, OperatorError::TooLarge { rows: 2048, columns: 2048 });
    }

    #[test]
    fn an_operator_that_may_be_zero_has_no_stable_rank() {
        let zero = IntervalMatrix::from_rows(1, 1, vec![0.0]).unwrap();
        assert_eq!(norms(&Operator::Dense { matrix: zero, copies: 1 }).stable_rank, None);
    }
}
