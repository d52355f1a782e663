//! The empirical risk of a linear class, its minimizer, and what descent leaves of it.

use std::iter::successors;

use nalgebra::{DMatrix, DVector};
use saddlepoint_rigor::decomposition::{DecompositionError, singular_values};

/// Least squares over a linear class: `E_n(c) = ‖Φc − y‖²/n`.
///
/// # Shapes
/// `Φ` is `n × d` with `n ≥ d`, one sample a row; `y` has `n` entries.
///
/// # Formula
/// $$\hat G = \tfrac1n\Phi^T\Phi,\qquad \hat c = \hat G^{-1}\tfrac1n\Phi^T y,\qquad
/// E_n(c) - E_n(\hat c) = (c-\hat c)^T\hat G(c-\hat c).$$
/// Minimizer and spectrum come from a QR decomposition, never from $\hat G$, which squares the condition number.
///
/// # Example
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use saddlepoint_theory::estimation::least_squares::LeastSquares;
///
/// let line = LeastSquares::new(&dmatrix![1.0, 0.0; 1.0, 1.0; 1.0, 2.0], &dvector![0.0, 1.0, 5.0])?;
/// assert!((line.minimizer() - dvector![-0.5, 2.5]).norm() < 1e-14);
/// assert!((line.least_risk() - 0.5).abs() < 1e-14);
/// # Ok::<(), saddlepoint_theory::estimation::least_squares::LeastSquaresError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares {
    /// `R/√n` of `Φ = QR`.
    triangle: DMatrix<f64>,
    minimizer: DVector<f64>,
    least_risk: f64,
    /// Extreme eigenvalues of `Ĝ`.
    extremes: (f64, f64),
}

/// Why a problem has no unique minimizer, or a descent is none.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LeastSquaresError {
    /// Fewer samples than coefficients, or none.
    #[error("{samples} samples do not determine {coefficients} coefficients")]
    Underdetermined {
        /// Rows of `Φ`.
        samples: usize,
        /// Columns of `Φ`.
        coefficients: usize,
    },
    /// As many labels as samples are needed.
    #[error("{labels} labels for {samples} samples")]
    Labels {
        /// Entries of `y`.
        labels: usize,
        /// Rows of `Φ`.
        samples: usize,
    },
    /// A NaN or an infinity.
    #[error("features and labels must be finite")]
    NotFinite,
    /// Columns of `Φ` are dependent to working precision.
    #[error("the features are linearly dependent: the least eigenvalue of their Gram matrix is {least:e}")]
    Dependent {
        /// The least eigenvalue of `Ĝ` that was computed.
        least: f64,
    },
    /// The features could not be decomposed.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
    /// A tolerance that no descent reaches.
    #[error("the tolerance ρ = {0} must be positive")]
    Tolerance(f64),
}

impl LeastSquares {
    /// Decomposes the problem.
    ///
    /// # Errors
    /// When shapes do not match, a number is not finite, the features cannot be decomposed, or the minimizer is not unique.
    pub fn new(features: &DMatrix<f64>, labels: &DVector<f64>) -> Result<Self, LeastSquaresError> {
        let (samples, coefficients) = features.shape();
        if coefficients == 0 || samples < coefficients {
            return Err(LeastSquaresError::Underdetermined { samples, coefficients });
        }
        if labels.len() != samples {
            return Err(LeastSquaresError::Labels { labels: labels.len(), samples });
        }
        if !features.iter().chain(labels.iter()).all(|x| x.is_finite()) {
            return Err(LeastSquaresError::NotFinite);
        }
        let root = (samples as f64).sqrt();
        let decomposition = features.clone().qr();
        let triangle = decomposition.r() / root;
        let spectrum = singular_values(triangle.clone())?;
        let (least, largest) = (spectrum.min(), spectrum.max());
        let extremes = (least * least, largest * largest);
        if !(least > largest * f64::EPSILON * samples as f64
            && extremes.0.is_normal()
            && extremes.1.is_finite())
        {
            return Err(LeastSquaresError::Dependent { least: extremes.0 });
        }
        let mut rotated = labels.clone() / root;
        decomposition.q_tr_mul(&mut rotated);
        let minimizer = triangle
            .solve_upper_triangular(&rotated.rows(0, coefficients))
            .ok_or(LeastSquaresError::Dependent { least: extremes.0 })?;
        let least_risk = rotated.rows_range(coefficients..).norm_squared();
        Ok(Self { triangle, minimizer, least_risk, extremes })
    }

    /// `ĉ`.
    pub fn minimizer(&self) -> &DVector<f64> {
        &self.minimizer
    }

    /// `E_n(ĉ)`.
    pub fn least_risk(&self) -> f64 {
        self.least_risk
    }

    /// `E_n(c) − E_n(ĉ)`, not negative; free of cancellation.
    pub fn gap(&self, coefficients: &DVector<f64>) -> f64 {
        (&self.triangle * (coefficients - &self.minimizer)).norm_squared()
    }

    /// `E_n(c)`.
    pub fn risk(&self, coefficients: &DVector<f64>) -> f64 {
        self.least_risk + self.gap(coefficients)
    }

    /// The least and the largest eigenvalue of `Ĝ`.
    pub fn extremes(&self) -> (f64, f64) {
        self.extremes
    }

    /// Gradient descent on `½E_n` from zero at the rate `1/λ_max(Ĝ)`: its iterates, without end.
    ///
    /// # Formula
    /// $$c_0 = 0,\qquad c_{t+1} = c_t - \hat G(c_t-\hat c)/\lambda_{\max}(\hat G).$$
    pub fn descent(&self) -> impl Iterator<Item = DVector<f64>> + '_ {
        successors(Some(DVector::zeros(self.minimizer.len())), |point: &DVector<f64>| {
            let gradient = self.triangle.tr_mul(&(&self.triangle * (point - &self.minimizer)));
            Some(point - gradient / self.extremes.1)
        })
    }

    /// The first iterate of [`descent`](Self::descent) with `E_n(c) ≤ E_n(ĉ) + ρ`, and its number.
    ///
    /// # Errors
    /// When `ρ` is not positive, or so small beside `E_n(0)` that rounding keeps descent above it.
    pub fn descend_to(&self, tolerance: f64) -> Result<(usize, DVector<f64>), LeastSquaresError> {
        if tolerance.is_nan() || tolerance <= 0.0 {
            return Err(LeastSquaresError::Tolerance(tolerance));
        }
        // The gap shrinks at least by (1 − 1/κ)² a step; what rounding adds to it is far below 1e-24 of what it was.
        let (least, largest) = self.extremes;
        let ratio = (self.gap(&DVector::zeros(self.minimizer.len())) / tolerance).max(1.0);
        if ratio > 1e24 {
            return Err(LeastSquaresError::Tolerance(tolerance));
        }
        let steps = (0.5 * ratio.ln() * largest / least).ceil() as usize + 1;
        self.descent()
            .take(steps.saturating_add(1))
            .enumerate()
            .find(|(_, point)| self.gap(point) <= tolerance)
            .ok_or(LeastSquaresError::Tolerance(tolerance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bits_are_refused_or_have_a_minimizer(bits in prop::collection::vec(any::<u64>(), 12), rho in any::<u64>()) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let features = DMatrix::from_row_slice(4, 2, &numbers[..8]);
            if let Ok(problem) = LeastSquares::new(&features, &DVector::from_row_slice(&numbers[8..])) {
                prop_assert!(problem.extremes().0 >= 0.0);
                let _ = problem.extremes().1 / problem.extremes().0 < 1e3
                    && problem.descend_to(f64::from_bits(rho)).is_ok();
            }
        }

        /// Nothing beats the minimizer, and the gap is the difference of risks.
        #[test]
        fn the_minimizer_is_one(numbers in prop::collection::vec(-1.0f64..1.0, 30), shift in prop::collection::vec(-1.0f64..1.0, 3)) {
            let features = DMatrix::from_fn(10, 3, |i, j| numbers[3 * i + j] + f64::from(u8::from(i == j)) * 2.0);
            let labels = DVector::from_fn(10, |i, _| numbers[i] * 3.0 - 1.0);
            let problem = LeastSquares::new(&features, &labels).unwrap();
            let risk = |c: &DVector<f64>| (&features * c - &labels).norm_squared() / 10.0;
            let other = problem.minimizer() + DVector::from_vec(shift);
            prop_assert!((risk(problem.minimizer()) - problem.least_risk()).abs() < 1e-12);
            prop_assert!((risk(&other) - problem.risk(&other)).abs() < 1e-10);
            prop_assert!(risk(&other) >= problem.least_risk());
        }
    }

    /// Found by fuzzing: what overflows inside of the decomposition kept it from ending.
    #[test]
    fn what_overflows_is_refused_and_not_waited_for() {
        let mut features = DMatrix::from_fn(5, 4, |i, j| f64::from((7 * i as u32 + 3 * j as u32) % 11) - 5.0);
        (features[(1, 1)], features[(4, 3)]) = (1e154, f64::MIN);
        let refused = LeastSquares::new(&features, &DVector::zeros(5));
        assert!(matches!(refused, Err(LeastSquaresError::Decomposition(_))));
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let refused = |rows, columns, labels| {
            LeastSquares::new(&DMatrix::from_element(rows, columns, 1.0), &DVector::zeros(labels)).unwrap_err()
        };
        assert!(matches!(refused(1, 2, 1), LeastSquaresError::Underdetermined { .. }));
        assert!(matches!(refused(0, 0, 0), LeastSquaresError::Underdetermined { .. }));
        assert!(matches!(refused(3, 1, 2), LeastSquaresError::Labels { .. }));
        assert!(matches!(refused(3, 2, 3), LeastSquaresError::Dependent { .. }));
        let problem = LeastSquares::new(&DMatrix::identity(2, 2), &DVector::from_element(2, 1.0)).unwrap();
        for tolerance in [0.0, -1.0, f64::NAN, 1e-30] {
            assert!(matches!(problem.descend_to(tolerance), Err(LeastSquaresError::Tolerance(_))));
        }
    }
}
