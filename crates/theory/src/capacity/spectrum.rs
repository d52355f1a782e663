//! Singular values and eigenvalues of a matrix, enclosed.
//!
//! nalgebra decomposes, [`saddlepoint_rigor::spectrum`] proves: whatever the decomposition returns, the intervals
//! contain the truth.

use nalgebra::DMatrix;
use saddlepoint_rigor::decomposition::{DecompositionError, Svd, eigen, svd};
use saddlepoint_rigor::spectrum::{self, SpectrumError};
use saddlepoint_rigor::{Interval, IntervalMatrix, MatrixError};

use super::polish;

/// Why a spectrum cannot be enclosed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum EnclosureError {
    /// There is no approximate decomposition.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
    /// The approximate decomposition proves nothing.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
}

/// A matrix of nalgebra, as one whose radii are zero.
///
/// # Errors
/// When it has no entry, or one that is not finite.
pub fn exact(matrix: &DMatrix<f64>) -> Result<IntervalMatrix, MatrixError> {
    IntervalMatrix::from_rows(matrix.nrows(), matrix.ncols(), matrix.transpose().as_slice().to_vec())
}

/// Enclosures of all `min(m, n)` singular values of every matrix inside `A`, the largest first.
///
/// The widths are those of the radii plus a rounding error proportional to the largest singular value: small ones
/// have few correct digits, and zeros have intervals that begin at zero. Scaling by a power of two scales the ends.
///
/// # Errors
/// When the decomposition does not converge, or is too bad to prove anything.
///
/// # Reference
/// [`spectrum::singular_values`] has the theorem.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::capacity::spectrum::singular_values;
///
/// let golden = f64::midpoint(1.0, 5f64.sqrt());
/// let values = singular_values(&IntervalMatrix::from_rows(2, 2, vec![1.0, 1.0, 1.0, 0.0])?)?;
/// assert!(values[0].contains(golden) && values[1].contains(1.0 / golden));
/// assert!(values[0].width() < 1e-13);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn singular_values(a: &IntervalMatrix) -> Result<Vec<Interval>, EnclosureError> {
    scaled(a, |a| {
        let center = midpoints(a);
        let Svd { mut u, v_t, .. } = svd(center.clone())?;
        let mut v = v_t.transpose();
        let s = polish::diagonalize(&center, &mut u, &mut v);
        Ok(spectrum::singular_values(a, &factor(&u)?, &s, &factor(&v)?)?)
    })
}

/// Enclosures of all eigenvalues of every symmetric matrix inside `A`, the largest first.
///
/// # Errors
/// When `A` is not symmetric, the decomposition does not converge, or is too bad to prove anything.
///
/// # Reference
/// [`spectrum::symmetric_eigenvalues`] has the theorem.
pub fn symmetric_eigenvalues(a: &IntervalMatrix) -> Result<Vec<Interval>, EnclosureError> {
    spectrum::require_symmetric(a)?;
    scaled(a, |a| {
        let eigen = eigen(midpoints(a))?;
        let vectors = factor(&eigen.eigenvectors)?;
        Ok(spectrum::symmetric_eigenvalues(a, eigen.eigenvalues.as_slice(), &vectors)?)
    })
}

/// What is decomposed: the midpoints, but for entries that vanish beside the largest, which is near 1. Their squares
/// underflow, and nalgebra's reflections then divide by zero; the proof is about the matrix with them.
fn midpoints(a: &IntervalMatrix) -> DMatrix<f64> {
    let entry = |&x: &f64| if x.abs() < 1e-100 { 0.0 } else { x };
    DMatrix::from_row_iterator(a.shape().0, a.shape().1, a.midpoints().iter().map(entry))
}

/// A factor of a decomposition, whose entries are not finite where it failed.
fn factor(matrix: &DMatrix<f64>) -> Result<IntervalMatrix, EnclosureError> {
    Ok(exact(matrix).map_err(SpectrumError::from)?)
}

/// Runs an enclosure on a matrix whose largest entry is near 1, where nothing underflows or overflows.
fn scaled(
    a: &IntervalMatrix,
    enclose: impl Fn(&IntervalMatrix) -> Result<Vec<Interval>, EnclosureError>,
) -> Result<Vec<Interval>, EnclosureError> {
    if a.midpoints().iter().chain(a.radii()).all(|&x| x == 0.0) {
        let zeros = vec![0.0; a.shape().0.min(a.shape().1)];
        return zeros.into_iter().map(|zero| Ok(Interval::point(zero).map_err(SpectrumError::from)?)).collect();
    }
    let e = a.exponent();
    let values = enclose(&a.scaled_by_power_of_two(-e))?;
    Ok(values.into_iter().map(|value| value.scaled_by_power_of_two(e)).collect())
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use num_traits::{Signed, Zero};
    use proptest::prelude::*;

    use super::*;

    type Exact = Vec<Vec<BigRational>>;

    fn rational(x: f64) -> BigRational {
        BigRational::from_float(x).unwrap()
    }

    fn matrix(rows: usize, columns: usize, entries: &[f64]) -> IntervalMatrix {
        IntervalMatrix::from_rows(rows, columns, entries.to_vec()).unwrap()
    }

    /// Sylvester's law in exact arithmetic: how many eigenvalues of a symmetric matrix are below `t`. `None` where a
    /// pivot vanishes.
    fn eigenvalues_below(a: &Exact, t: &BigRational) -> Option<usize> {
        let mut a = a.clone();
        for (i, row) in a.iter_mut().enumerate() {
            row[i] -= t;
        }
        let mut negative = 0;
        for k in 0..a.len() {
            let pivot = a[k][k].clone();
            if pivot.is_zero() {
                return None;
            }
            negative += usize::from(pivot.is_negative());
            let (above, below) = a.split_at_mut(k + 1);
            for row in below {
                let share = &row[k] / &pivot;
                for (x, y) in row.iter_mut().zip(&above[k]).skip(k) {
                    *x -= &share * y;
                }
            }
        }
        Some(negative)
    }

    /// Whether the `i`-th largest eigenvalue lies in the `i`-th interval, for all `i`; ends where a pivot vanishes
    /// are eigenvalues of a leading block, and pass.
    fn all_inside(a: &Exact, intervals: &[Interval], square: impl Fn(f64) -> BigRational) -> bool {
        let n = a.len();
        intervals.iter().enumerate().all(|(i, interval)| {
            let below = |t: f64| eigenvalues_below(a, &square(t));
            below(interval.low()).is_none_or(|count| count <= n - 1 - i)
                && below(interval.high()).is_none_or(|count| count >= n - i)
        })
    }

    fn gram(rows: usize, columns: usize, entries: &[f64]) -> Exact {
        let x: Vec<BigRational> = entries.iter().map(|&x| rational(x)).collect();
        let at = |i: usize, j: usize| if rows <= columns { &x[i * columns + j] } else { &x[j * columns + i] };
        let (k, long) = (rows.min(columns), rows.max(columns));
        let dot = |i, j| (0..long).map(|l| at(i, l) * at(j, l)).sum();
        (0..k).map(|i| (0..k).map(|j| dot(i, j)).collect()).collect()
    }

    /// Small integers make repeated, zero and rank-deficient spectra likely; floats do not.
    fn entries(length: usize) -> impl Strategy<Value = Vec<f64>> {
        let integers = prop::collection::vec((-3i32..=3).prop_map(f64::from), length);
        prop_oneof![prop::collection::vec(-1.0..1.0f64, length), integers]
    }

    fn any_matrix() -> impl Strategy<Value = (usize, usize, Vec<f64>)> {
        (1usize..5, 1usize..6).prop_flat_map(|(m, n)| (Just(m), Just(n), entries(m * n)))
    }

    proptest! {
        #[test]
        fn every_singular_value_lies_in_its_interval((m, n, entries) in any_matrix(), e in -12i32..=12) {
            let scale = 10f64.powi(e);
            let entries: Vec<f64> = entries.iter().map(|x| x * scale).collect();
            let values = singular_values(&matrix(m, n, &entries)).unwrap();
            prop_assert_eq!(values.len(), m.min(n));
            prop_assert!(all_inside(&gram(m, n, &entries), &values, |t| rational(t) * rational(t)));
            prop_assert!(values.iter().all(|value| value.width() <= 1e-13 * values[0].high()));
        }

        #[test]
        fn every_eigenvalue_lies_in_its_interval((n, entries) in (1usize..6).prop_flat_map(|n| (Just(n), entries(n * n)))) {
            let at = |i: usize, j: usize| entries[i.max(j) * n + i.min(j)];
            let symmetric: Vec<f64> = (0..n * n).map(|i| at(i / n, i % n)).collect();
            let exact = (0..n).map(|i| (0..n).map(|j| rational(at(i, j))).collect()).collect();
            let values = symmetric_eigenvalues(&matrix(n, n, &symmetric)).unwrap();
            let size = values[0].high().abs().max(values[n - 1].low().abs());
            prop_assert!(all_inside(&exact, &values, rational));
            prop_assert!(values.iter().all(|value| value.width() <= 1e-13 * size));
        }

        /// Scaling by a power of two is exact, from the smallest numbers to the largest.
        #[test]
        fn ends_scale_with_the_matrix((m, n, entries) in any_matrix(), e in -900i32..900) {
            let scale = f64::from(e).exp2();
            let scaled: Vec<f64> = entries.iter().map(|x| x * scale).collect();
            prop_assume!(scaled.iter().all(|x| *x == 0.0 || x.is_normal()));
            let values = singular_values(&matrix(m, n, &entries)).unwrap();
            for (one, other) in values.iter().zip(singular_values(&matrix(m, n, &scaled)).unwrap()) {
                prop_assert!(other.high() <= one.high() * scale * (1.0 + 1e-15));
                prop_assert!(one.scaled_by_power_of_two(e).is_subset_of(other));
            }
        }

        #[test]
        fn intervals_nest_when_radii_grow((m, n, entries) in any_matrix(), r in 0.0..0.1f64, s in 0.0..0.1f64) {
            let with = |r| IntervalMatrix::with_radii(m, n, entries.clone(), vec![r; m * n]).unwrap();
            let narrow = singular_values(&with(r)).unwrap();
            for (narrow, wide) in narrow.iter().zip(singular_values(&with(r + s)).unwrap()) {
                prop_assert!(narrow.is_subset_of(wide));
            }
        }
    }

    /// Teeth: the oracle sees a value that is off by one part in 10¹².
    #[test]
    fn a_shifted_interval_is_caught() {
        let a = [0.3, -0.7, 0.2, 0.9, 0.1, 0.5];
        let values = singular_values(&matrix(2, 3, &a)).unwrap();
        let square = |t: f64| rational(t) * rational(t);
        assert!(all_inside(&gram(2, 3, &a), &values, square));
        for factor in [1.0 - 1e-12, 1.0 + 1e-12] {
            let shifted: Vec<_> =
                values.iter().map(|v| Interval::new(v.low() * factor, v.high() * factor).unwrap()).collect();
            assert!(!all_inside(&gram(2, 3, &a), &shifted, square));
        }
    }

    #[test]
    fn degenerate_matrices_have_spectra() {
        let zero = singular_values(&matrix(3, 2, &[0.0; 6])).unwrap();
        assert!(zero.len() == 2 && zero.iter().all(|v| (v.low(), v.high()) == (0.0, 0.0)), "{zero:?}");
        let row = singular_values(&matrix(1, 4, &[2.0; 4])).unwrap();
        assert!(row.len() == 1 && row[0].contains(4.0) && row[0].width() < 1e-13);
        let column = singular_values(&matrix(4, 1, &[2.0; 4])).unwrap();
        assert!(column.len() == 1 && column[0].contains(4.0));
        let rank_one = singular_values(&matrix(2, 2, &[1e-12; 4])).unwrap();
        assert!(rank_one[0].contains(2e-12) && rank_one[1].low() == 0.0 && rank_one[1].high() < 1e-25);
    }

    #[test]
    fn an_asymmetric_matrix_is_refused_by_its_entry() {
        let error = symmetric_eigenvalues(&matrix(2, 2, &[0.0, 1.0, 2.0, 0.0])).unwrap_err();
        assert_eq!(error.to_string(), "entries (1, 0) and (0, 1) differ: the matrix is not symmetric");
        assert!(symmetric_eigenvalues(&matrix(1, 2, &[0.0, 1.0])).is_err());
    }
}
