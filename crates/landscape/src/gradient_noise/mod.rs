//! The gradients of single samples: their covariance, its spectrum, and the noise of minibatches.

mod step;

use nalgebra::{DMatrix, DMatrixView};
pub use step::NoisyStep;

use crate::operator::{OperatorError, SymmetricOperator};
use crate::spectrum::{SpectrumError, dense_eigen};

/// The gradients $g_1, \dots, g_n$ of $n$ samples at one point, and their mean $\bar g$, the gradient of the mean loss.
///
/// # Shapes
/// `n` rows of `p` entries, row by row.
///
/// # Example
/// ```
/// use saddlepoint_landscape::gradient_noise::SampleGradients;
///
/// let gradients = SampleGradients::new(vec![3.0, 0.0, 1.0, 2.0, 2.0, 1.0], 2)?;
/// assert_eq!(gradients.mean(), [2.0, 1.0]);
/// assert_eq!(gradients.trace(), 4.0 / 3.0);
/// // A minibatch of all samples has no noise, one of a single sample all of it.
/// assert_eq!((gradients.minibatch_factor(3)?, gradients.minibatch_factor(1)?), (0.0, 1.0));
/// # Ok::<(), saddlepoint_landscape::gradient_noise::NoiseError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SampleGradients {
    rows: Vec<f64>,
    mean: Vec<f64>,
    /// Rows less their mean.
    centred: Vec<f64>,
}

/// What gradients of random samples say about the distribution that they are drawn from.
///
/// # Formula
/// For independent samples the pairs of different ones give an unbiased estimate of the squared norm of the expected gradient,
/// and the deviations from the mean one of the trace of the covariance $\Sigma$ of a sample's gradient:
/// $$\widehat{|G|^2} = \frac{1}{n(n-1)} \sum_{i \ne j} g_i \cdot g_j, \qquad
///   \widehat{\operatorname{tr}\Sigma} = \frac{1}{n-1} \sum_i |g_i - \bar g|^2.$$
/// The simple noise scale $\mathcal B = \operatorname{tr}\Sigma / |G|^2$ is the batch size at which the variance of the minibatch's
/// gradient equals the squared gradient. The ratio of the two estimates is consistent, not unbiased.
///
/// # Reference
/// McCandlish, Kaplan, Amodei, and the OpenAI Dota team, An empirical model of large-batch training, 2018, equation 2.9 and
/// appendix A.1 (there with the norms at two batch sizes; here with sizes 1 and $n$, which gives the pairs above).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseScale {
    /// The estimate of the squared norm of the expected gradient; it may be negative.
    pub squared_gradient: f64,
    /// Its standard error, by the jackknife.
    pub squared_gradient_error: f64,
    /// The estimate of the trace of the covariance.
    pub trace: f64,
    /// Its standard error, by the jackknife.
    pub trace_error: f64,
    /// The ratio `trace / squared_gradient`.
    pub scale: f64,
    /// Its standard error, by the jackknife.
    pub scale_error: f64,
}

/// Why gradients have no noise to speak of.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NoiseError {
    /// The numbers are not a whole number of gradients.
    #[error("{found} numbers are no whole number of gradients of {dimension} entries")]
    Shape {
        /// Numbers given.
        found: usize,
        /// Entries of a gradient.
        dimension: usize,
    },
    /// Too few samples.
    #[error("{found} samples are given, but at least {least} are needed")]
    Samples {
        /// How many are needed.
        least: usize,
        /// How many there are.
        found: usize,
    },
    /// A gradient is not finite, or the squares of its entries leave the range of f64.
    #[error("the gradient of sample {sample} is not finite, or its square overflows")]
    NotFinite {
        /// The first such sample.
        sample: usize,
    },
    /// A minibatch cannot have this size.
    #[error("a minibatch of {batch} cannot be drawn without replacement from {samples} samples")]
    Batch {
        /// The size asked for.
        batch: usize,
        /// How many samples there are.
        samples: usize,
    },
    /// The samples do not tell the expected gradient from zero, so a ratio to its square means nothing.
    #[error("the squared gradient is estimated as {value:e} ± {error:e}: the noise scale is not determined")]
    Undetermined {
        /// The estimate of the squared gradient.
        value: f64,
        /// Its standard error.
        error: f64,
    },
    /// The quadratic has no best step.
    #[error("the curvature is {gradient:e} along the gradient and {noise:e} in the noise: no step is the best")]
    Curvature {
        /// The mean gradient's, $\bar g^\top H \bar g$.
        gradient: f64,
        /// That of the deviations from it, $\operatorname{tr}(HS)$.
        noise: f64,
    },
    /// The eigenvalues could not be computed.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// A product with the Hessian could not be computed.
    #[error(transparent)]
    Operator(#[from] OperatorError),
}

impl SampleGradients {
    /// Gradients with `dimension` entries each, one after the other.
    ///
    /// # Errors
    /// When there are fewer than two whole gradients, or one is not finite or so large that its square is not.
    pub fn new(rows: Vec<f64>, dimension: usize) -> Result<Self, NoiseError> {
        if dimension == 0 || !rows.len().is_multiple_of(dimension) {
            return Err(NoiseError::Shape { found: rows.len(), dimension });
        }
        let n = rows.len() / dimension;
        if n < 2 {
            return Err(NoiseError::Samples { least: 2, found: n });
        }
        // Sums of n² such products stay finite, and so does everything below.
        let limit = f64::MAX / (8.0 * (n as f64).powi(3));
        let fits = |row: &[f64]| dot(row, row) < limit;
        if let Some(sample) = rows.chunks_exact(dimension).position(|row| !fits(row)) {
            return Err(NoiseError::NotFinite { sample });
        }
        let mut mean = vec![0.0; dimension];
        for row in rows.chunks_exact(dimension) {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        for sum in &mut mean {
            *sum /= n as f64;
        }
        let centred =
            rows.chunks_exact(dimension).flat_map(|row| row.iter().zip(&mean).map(|(x, m)| x - m)).collect();
        Ok(Self { rows, mean, centred })
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.rows.len() / self.mean.len()
    }

    /// The gradients, one a sample.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.rows.chunks_exact(self.mean.len())
    }

    /// The gradient of the mean loss.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The trace of the covariance $S = \frac1n \sum_i (g_i - \bar g)(g_i - \bar g)^\top$.
    pub fn trace(&self) -> f64 {
        dot(&self.centred, &self.centred) / self.samples() as f64
    }

    /// The eigenvalues of the covariance in decreasing order: as many as there are samples or dimensions, whichever is less.
    /// The others are zero.
    ///
    /// # Formula
    /// With $C$ the rows $g_i - \bar g$, the matrices $\frac1n C^\top C$ ($p \times p$) and $\frac1n C C^\top$ ($n \times n$, the
    /// Gram matrix) have the same positive eigenvalues; the smaller one is decomposed.
    ///
    /// # Errors
    /// When the eigenvalue iteration does not converge.
    pub fn spectrum(&self) -> Result<Vec<f64>, NoiseError> {
        let (n, p) = (self.samples(), self.mean.len());
        let columns = DMatrixView::from_slice(&self.centred, p, n);
        let matrix: DMatrix<f64> = if n < p { columns.tr_mul(&columns) } else { columns * columns.transpose() };
        let (mut values, _) = dense_eigen(matrix)?;
        values.reverse();
        // A covariance has no negative eigenvalue; rounding gives some.
        Ok(values.into_iter().map(|value| value.max(0.0) / n as f64).collect())
    }

    /// By how much the covariance of a minibatch's mean gradient is smaller than that of a sample's, if the minibatch is drawn
    /// without replacement.
    ///
    /// # Formula
    /// $$\operatorname{Cov}(\bar g_B) = \frac{n - b}{b\,(n - 1)}\, S$$
    /// for $B$ uniform among the $\binom nb$ subsets of size $b$. With replacement it is $S / b$.
    ///
    /// # Errors
    /// When the batch is empty or larger than the number of samples.
    ///
    /// # Reference
    /// Cochran, Sampling techniques, 1977, theorem 2.2.
    pub fn minibatch_factor(&self, batch: usize) -> Result<f64, NoiseError> {
        let samples = self.samples();
        if !(1..=samples).contains(&batch) {
            return Err(NoiseError::Batch { batch, samples });
        }
        Ok((samples - batch) as f64 / (batch as f64 * (samples - 1) as f64))
    }

    /// The simple noise scale of the distribution of which the samples are independent draws.
    ///
    /// # Errors
    /// When there are fewer than three samples, or the expected gradient's squared norm is not estimated to be at least two
    /// standard errors above zero.
    pub fn noise_scale(&self) -> Result<NoiseScale, NoiseError> {
        let n = self.samples();
        if n < 3 {
            return Err(NoiseError::Samples { least: 3, found: n });
        }
        let sum: Vec<f64> = self.mean.iter().map(|m| m * n as f64).collect();
        let squares: Vec<f64> = self.rows().map(|row| dot(row, row)).collect();
        let (square_of_sum, sum_of_squares) = (dot(&sum, &sum), squares.iter().sum::<f64>());
        let whole = parts(n as f64, square_of_sum, sum_of_squares);
        let without = self.rows().zip(&squares).map(|(row, square)| {
            let rest = square_of_sum - 2.0 * dot(&sum, row) + square;
            parts((n - 1) as f64, rest, sum_of_squares - square)
        });
        let without: Vec<[f64; 3]> = without.collect();
        let error = |k: usize| {
            let mean = without.iter().map(|parts| parts[k]).sum::<f64>() / n as f64;
            let squares: f64 = without.iter().map(|parts| (parts[k] - mean).powi(2)).sum();
            (squares * (n - 1) as f64 / n as f64).sqrt()
        };
        let [squared_gradient, trace, scale] = whole;
        let squared_gradient_error = error(0);
        // Where the jackknife overflows, the error is infinite or NaN: neither passes.
        let determined = squared_gradient > 2.0 * squared_gradient_error;
        if !determined {
            return Err(NoiseError::Undetermined { value: squared_gradient, error: squared_gradient_error });
        }
        Ok(NoiseScale {
            squared_gradient,
            squared_gradient_error,
            trace,
            trace_error: error(1),
            scale,
            scale_error: error(2),
        })
    }
}

/// Squared gradient, trace and their ratio from the sums over `n` samples.
fn parts(n: f64, square_of_sum: f64, sum_of_squares: f64) -> [f64; 3] {
    let squared_gradient = (square_of_sum - sum_of_squares) / (n * (n - 1.0));
    let trace = (sum_of_squares - square_of_sum / n).max(0.0) / (n - 1.0);
    [squared_gradient, trace, trace / squared_gradient]
}

/// The covariance of the samples' gradients, by its products: for spectra of what is too large to decompose.
impl SymmetricOperator for SampleGradients {
    fn dimension(&self) -> usize {
        self.mean.len()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        product.fill(0.0);
        let n = self.samples() as f64;
        for row in self.centred.chunks_exact(self.mean.len()) {
            let along = dot(row, vector) / n;
            product.iter_mut().zip(row).for_each(|(sum, x)| *sum += along * x);
        }
        Ok(())
    }

    fn name(&self) -> String {
        "the covariance of the samples' gradients".to_owned()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::operator::Dense;
    use crate::spectrum::testing::Stream;

    fn normals(n: usize, p: usize, shift: f64, stream: &mut Stream) -> SampleGradients {
        SampleGradients::new((0..n * p).map(|_| stream.normal() + shift).collect(), p).unwrap()
    }

    #[test]
    fn both_matrices_have_the_spectrum_of_the_operator() {
        for (n, p) in [(5, 9), (9, 5), (6, 6)] {
            let gradients = normals(n, p, 0.3, &mut Stream::new(n as u64));
            let (mut expected, _) = dense_eigen(Dense::of(&gradients).unwrap().matrix().clone()).unwrap();
            expected.reverse();
            let found = gradients.spectrum().unwrap();
            assert_eq!(found.len(), n.min(p));
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13));
            assert!((found.iter().sum::<f64>() - gradients.trace()).abs() < 1e-12);
            // n centred gradients span n − 1 dimensions.
            assert!(n > p || found[n - 1] < 1e-14);
        }
    }

    /// The jackknife of sums is that of samples left out one by one.
    #[test]
    fn leaving_out_is_leaving_out() {
        let gradients = normals(7, 3, 2.0, &mut Stream::new(3));
        let scale = gradients.noise_scale().unwrap();
        let without: Vec<f64> = (0..7)
            .map(|i| {
                let mut rows = gradients.rows.clone();
                rows.drain(3 * i..3 * i + 3);
                SampleGradients::new(rows, 3).unwrap().noise_scale().unwrap().scale
            })
            .collect();
        let mean = without.iter().sum::<f64>() / 7.0;
        let error = (without.iter().map(|s| (s - mean).powi(2)).sum::<f64>() * 6.0 / 7.0).sqrt();
        assert!((error / scale.scale_error - 1.0).abs() < 1e-9);
        assert!((scale.trace - gradients.trace() * 7.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn what_says_nothing_is_refused() {
        assert!(matches!(SampleGradients::new(vec![1.0; 5], 2), Err(NoiseError::Shape { .. })));
        assert!(matches!(SampleGradients::new(vec![], 0), Err(NoiseError::Shape { .. })));
        assert!(matches!(SampleGradients::new(vec![1.0; 2], 2), Err(NoiseError::Samples { found: 1, .. })));
        for bad in [f64::NAN, f64::INFINITY, 1e200] {
            assert!(matches!(
                SampleGradients::new(vec![1.0, 1.0, bad, 1.0], 2),
                Err(NoiseError::NotFinite { sample: 1 })
            ));
        }
        let two = SampleGradients::new(vec![1.0, 2.0], 1).unwrap();
        assert!(
            two.noise_scale().is_err() && two.minibatch_factor(0).is_err() && two.minibatch_factor(3).is_err()
        );
        let balanced = SampleGradients::new(vec![1.0, -1.0, 1.0, -1.0], 1).unwrap();
        assert!(matches!(balanced.noise_scale(), Err(NoiseError::Undetermined { .. })));
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::collection::vec(any::<u64>(), 0..24), dimension in 0usize..5) {
            let rows = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(gradients) = SampleGradients::new(rows, dimension) {
                prop_assert!(gradients.trace().is_finite());
                if let Ok(scale) = gradients.noise_scale() {
                    prop_assert!(scale.squared_gradient.is_finite() && scale.scale >= 0.0);
                }
                if let Ok(spectrum) = gradients.spectrum() {
                    prop_assert!(spectrum.iter().all(|value| *value >= 0.0 && value.is_finite()));
                }
            }
        }
    }
}
