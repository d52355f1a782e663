//! Least squares with any number of coefficients: the minimizer of least norm, which interpolates where it can.

use nalgebra::DMatrix;
use saddlepoint_rigor::decomposition::{DecompositionError, svd};

/// Why there is no minimizer, or it cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum MinimumNormError {
    /// Nothing to fit.
    #[error(
        "a fit of {targets} targets with {features} features to {samples} samples: at least one of each is needed"
    )]
    Empty {
        /// Rows.
        samples: usize,
        /// Columns of the features.
        features: usize,
        /// Columns of the targets.
        targets: usize,
    },
    /// Not one row of targets for each sample.
    #[error("{found} rows of targets for {expected} samples")]
    Targets {
        /// Rows of targets.
        found: usize,
        /// Samples.
        expected: usize,
    },
    /// Inputs of another dimension than what they are multiplied with.
    #[error("directions of dimension {found} for inputs of dimension {expected}")]
    Dimension {
        /// Of the directions.
        found: usize,
        /// Of the inputs.
        expected: usize,
    },
    /// A NaN or an infinity.
    #[error("features and targets must be finite")]
    NotFinite,
    /// The features could not be decomposed.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
    /// Coefficients that overflow.
    #[error("the coefficients overflow")]
    Overflow,
    /// A penalty that is none.
    #[error("a penalty of {0}: it must be finite and positive")]
    Penalty(f64),
}

/// The coefficients `B` that minimize `‖ΦB − Y‖_F`; of several, those of least norm.
///
/// # Shapes
/// `Φ` is `n × d`, one sample a row; `Y` is `n × k`; the result is `d × k`.
///
/// # Formula
/// For `d ≤ n`, `Φ = QR` and `B = R⁻¹QᵀY`. For `d > n`, `Φᵀ = QR` and `B = QR⁻ᵀY`, since nothing of the kernel of `Φ` is in the
/// span of `Q`. Where the diagonal of `R` shows dependent columns, `R⁺` from its singular values stands for its inverse. Never
/// `ΦᵀΦ`, which squares the condition number: near `d = n` that matters.
///
/// # Errors
/// When shapes do not match or a number is not finite, and when the features cannot be decomposed or the coefficients overflow.
///
/// # Reference
/// Golub and Van Loan, *Matrix Computations*, 4th edition 2013, sections 5.3.2, 5.5.2 and 5.6.2.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::estimation::minimum_norm::minimum_norm;
///
/// // One equation for two unknowns: x + 2y = 5.
/// let shortest = minimum_norm(&dmatrix![1.0, 2.0], &dmatrix![5.0])?;
/// assert!((shortest - dmatrix![1.0; 2.0]).norm() < 1e-14);
/// # Ok::<(), saddlepoint_theory::estimation::minimum_norm::MinimumNormError>(())
/// ```
pub fn minimum_norm(features: &DMatrix<f64>, targets: &DMatrix<f64>) -> Result<DMatrix<f64>, MinimumNormError> {
    Ok(with_rank(features, targets)?.0)
}

/// The same, and how many features are independent to working precision.
pub(super) fn with_rank(
    features: &DMatrix<f64>,
    targets: &DMatrix<f64>,
) -> Result<(DMatrix<f64>, usize), MinimumNormError> {
    let ((samples, columns), (found, outputs)) = (features.shape(), targets.shape());
    if samples.min(columns).min(outputs) == 0 {
        return Err(MinimumNormError::Empty { samples, features: columns, targets: outputs });
    }
    if found != samples {
        return Err(MinimumNormError::Targets { found, expected: samples });
    }
    if !features.iter().chain(targets).all(|x| x.is_finite()) {
        return Err(MinimumNormError::NotFinite);
    }
    let tall = columns <= samples;
    // By a power of two, which rounds nothing: what is large does not overflow when it is squared.
    let scale = power_of_two(features.amax());
    let scaled = features / scale;
    let decomposition = if tall { scaled.qr() } else { scaled.transpose().qr() };
    let (q, r) = (decomposition.q(), decomposition.r());
    let right = if tall { q.tr_mul(targets) } else { targets.clone() };
    let precision = f64::EPSILON * samples.max(columns) as f64;
    let diagonal = r.diagonal().abs();
    let (inner, rank) = if diagonal.min() > precision * diagonal.max() {
        let solved = if tall { r.solve_upper_triangular(&right) } else { r.tr_solve_upper_triangular(&right) };
        (solved, r.nrows())
    } else {
        let triangle = if tall { r } else { r.transpose() };
        let parts = svd(triangle)?;
        let least = precision * parts.singular_values.max();
        let rank = parts.singular_values.iter().filter(|value| **value > least).count();
        // R⁺ times the right-hand side.
        let mut turned = parts.u.columns(0, rank).tr_mul(&right);
        for (mut row, value) in turned.row_iter_mut().zip(&parts.singular_values) {
            row /= *value;
        }
        (Some(parts.v_t.rows(0, rank).tr_mul(&turned)), rank)
    };
    let inner = inner.ok_or(MinimumNormError::Overflow)?;
    let coefficients = (if tall { inner } else { q * inner }) / scale;
    if coefficients.iter().all(|x| x.is_finite()) {
        Ok((coefficients, rank))
    } else {
        Err(MinimumNormError::Overflow)
    }
}

/// The power of two at or below a positive number; 1 for zero.
fn power_of_two(x: f64) -> f64 {
    if x > 0.0 { 2f64.powi((x.log2().floor() as i32).clamp(-1000, 1000)) } else { 1.0 }
}

/// The coefficients `B` that minimize `‖ΦB − Y‖_F² + λ ‖B‖_F²`.
///
/// # Formula
/// [`minimum_norm`] of `Φ` with `√λ I` below it, and of `Y` with zeros: the normal equations `(ΦᵀΦ + λI)B = ΦᵀY` without
/// their condition number.
///
/// # Errors
/// As [`minimum_norm`], and when `λ` is not finite and positive.
///
/// # Reference
/// Hoerl and Kennard, Ridge regression: biased estimation for nonorthogonal problems, Technometrics 12, 1970, equation 2.1.
pub fn ridge(
    features: &DMatrix<f64>,
    targets: &DMatrix<f64>,
    penalty: f64,
) -> Result<DMatrix<f64>, MinimumNormError> {
    if !(penalty > 0.0 && penalty.is_finite()) {
        return Err(MinimumNormError::Penalty(penalty));
    }
    let ((samples, columns), (found, outputs)) = (features.shape(), targets.shape());
    if found != samples {
        return Err(MinimumNormError::Targets { found, expected: samples });
    }
    let mut below = features.clone().resize_vertically(samples + columns, 0.0);
    below.view_mut((samples, 0), (columns, columns)).fill_diagonal(penalty.sqrt());
    minimum_norm(&below, &targets.clone().resize_vertically(samples + columns, 0.0)).map_err(
        |error| match error {
            MinimumNormError::Empty { .. } => {
                MinimumNormError::Empty { samples, features: columns, targets: outputs }
            }
            other => other,
        },
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matrix(rows: usize, columns: usize, numbers: &[f64]) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |i, j| {
            numbers[(i * columns + j) % numbers.len()] + f64::from(u8::from(i == j)) * 3.0
        })
    }

    proptest! {
        /// The residual is orthogonal to the features, the coefficients to their kernel.
        #[test]
        fn the_minimizer_is_the_pseudoinverse(n in 1usize..9, d in 1usize..9, numbers in prop::collection::vec(-1.0..1.0f64, 81)) {
            let (phi, y) = (matrix(n, d, &numbers), matrix(n, 2, &numbers[7..]));
            let exact = phi.clone().pseudo_inverse(1e-12).unwrap() * &y;
            prop_assert!((minimum_norm(&phi, &y).unwrap() - exact).norm() < 1e-9);
        }

        #[test]
        fn ridge_solves_the_normal_equations(n in 1usize..9, d in 1usize..9, numbers in prop::collection::vec(-1.0..1.0f64, 81), penalty in 1e-3..10.0f64) {
            let (phi, y) = (matrix(n, d, &numbers), matrix(n, 2, &numbers[7..]));
            let b = ridge(&phi, &y, penalty).unwrap();
            prop_assert!((phi.tr_mul(&phi) * &b + &b * penalty - phi.tr_mul(&y)).norm() < 1e-9);
        }

        #[test]
        fn any_bits_are_refused_or_fitted(bits in prop::collection::vec(any::<u64>(), 8), penalty in any::<u64>(), d in 0usize..4, k in 0usize..2) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let (phi, y) = (DMatrix::from_fn(2, d, |i, j| numbers[3 * i + j]), DMatrix::from_fn(2, k, |i, _| numbers[6 + i]));
            for fitted in [minimum_norm(&phi, &y), ridge(&phi, &y, f64::from_bits(penalty))].into_iter().flatten() {
                prop_assert!(fitted.iter().all(|x| x.is_finite()));
            }
        }
    }

    /// Copies of a feature share its coefficient, and a feature that is 0 has none.
    #[test]
    fn dependent_features_share_and_zeros_have_nothing() {
        let phi = DMatrix::from_row_slice(3, 3, &[1.0, 0.0, 1.0, 2.0, 0.0, 2.0, -1.0, 0.0, -1.0]);
        let (shared, rank) = with_rank(&phi, &DMatrix::from_row_slice(3, 1, &[2.0, 4.0, -2.0])).unwrap();
        assert!((shared - DMatrix::from_row_slice(3, 1, &[1.0, 0.0, 1.0])).norm() < 1e-14 && rank == 1);
        let wide = phi.insert_column(3, 0.5).insert_column(4, 0.0);
        let y = DMatrix::from_row_slice(3, 1, &[1.0, -3.0, 0.5]);
        let exact = wide.clone().pseudo_inverse(1e-12).unwrap() * &y;
        let (found, rank) = with_rank(&wide, &y).unwrap();
        assert!((found - exact).norm() < 1e-12 && rank == 2);
        assert_eq!(with_rank(&DMatrix::zeros(2, 2), &DMatrix::zeros(2, 1)).unwrap().1, 0);
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let ones = |rows, columns| DMatrix::from_element(rows, columns, 1.0);
        let refused = |phi, y| minimum_norm(&phi, &y).unwrap_err();
        assert!(matches!(refused(ones(2, 0), ones(2, 1)), MinimumNormError::Empty { .. }));
        assert!(matches!(refused(ones(2, 1), ones(3, 1)), MinimumNormError::Targets { found: 3, expected: 2 }));
        assert!(matches!(refused(ones(1, 1) * f64::NAN, ones(1, 1)), MinimumNormError::NotFinite));
        assert!(matches!(ridge(&ones(2, 1), &ones(2, 1), 0.0), Err(MinimumNormError::Penalty(_))));
    }
}
