//! The inertia of a symmetric matrix, proved: `LDLᵀ` in intervals.

use nalgebra::DMatrix;
use saddlepoint_rigor::Interval;

use super::inertia::Inertia;
use crate::scalar::Scalar;
use saddlepoint_rigor::decomposition::eigen;

/// The inertia that all symmetric matrices inside an interval matrix share, if it can be proved that none is singular.
///
/// # Formula
/// Interval arithmetic carries `P A Pᵀ = L D Lᵀ` through with diagonal pivots; where every interval of `D` has a sign,
/// Sylvester's law gives the inertia of every matrix inside. Where a pivot contains 0, the same is tried with `QᵀAQ` for the
/// approximate eigenvectors `Q` of the midpoints: a congruence too, for a `D` without zeros proves that `Q` is regular.
///
/// # Shapes
/// `n²` entries, row by row; only those on and below the diagonal are looked at.
///
/// # Errors
/// [`Undecided`] when the number of entries is no square, or when a pivot contains 0 in both attempts: then a matrix inside
/// may be singular.
///
/// # Reference
/// Golub and Van Loan, *Matrix Computations*, 4th edition 2013, section 4.4 (`LDLᵀ`) and theorem 8.1.17 (Sylvester).
///
/// # Example
/// ```
/// use saddlepoint_landscape::critical::{inertia::Inertia, ldlt};
/// use saddlepoint_rigor::Interval;
///
/// let near = |x: f64| Interval::new(x - 0.01, x + 0.01).unwrap();
/// let saddle = [near(0.0), near(1.0), near(1.0), near(0.0)];
/// assert_eq!(ldlt::inertia(&saddle)?, Inertia { negative: 1, zero: 0, positive: 1 });
/// assert!(ldlt::inertia(&[near(0.0)]).is_err());
/// # Ok::<(), ldlt::Undecided>(())
/// ```
pub fn inertia(entries: &[Interval]) -> Result<Inertia, Undecided> {
    let n = entries.len().isqrt();
    if n * n != entries.len() {
        return Err(Undecided);
    }
    let mut matrix = entries.to_vec();
    factorize(n, &mut matrix).or_else(|| factorize(n, &mut in_eigenvectors(n, entries)?)).ok_or(Undecided)
}

/// The signs of the matrix have not been proved: it may be singular.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signs of the eigenvalues are not proved: a matrix inside the enclosure may be singular")]
pub struct Undecided;

/// Eliminates in place; the inertia of `D`, or none where a pivot contains 0.
fn factorize(n: usize, a: &mut [Interval]) -> Option<Inertia> {
    let mut inertia = Inertia { negative: 0, zero: 0, positive: n };
    for k in 0..n {
        let size = |i: usize| mignitude(a[i * n + i]);
        let pivot = (k..n).max_by(|&i, &j| size(i).total_cmp(&size(j)))?;
        swap(n, a, k, pivot);
        let d = a[k * n + k];
        if !(d.low() > 0.0 || d.high() < 0.0) {
            return None;
        }
        if d.high() < 0.0 {
            inertia.negative += 1;
            inertia.positive -= 1;
        }
        for i in k + 1..n {
            let multiplier = a[i * n + k].over(d);
            a[i * n + i] = a[i * n + i] - Interval::square(a[i * n + k]).over(d);
            for j in k + 1..i {
                a[i * n + j] = a[i * n + j] - multiplier * a[j * n + k];
            }
        }
    }
    Some(inertia)
}

/// The smallest absolute value.
fn mignitude(x: Interval) -> f64 {
    if x.contains(0.0) { 0.0 } else { x.low().abs().min(x.high().abs()) }
}

/// Swaps two rows and columns of the lower triangle.
fn swap(n: usize, a: &mut [Interval], k: usize, p: usize) {
    let lower = |i: usize, j: usize| i.max(j) * n + i.min(j);
    a.swap(k * n + k, p * n + p);
    for i in (0..n).filter(|&i| i != k && i != p) {
        a.swap(lower(i, k), lower(i, p));
    }
}

/// `QᵀAQ` for the approximate eigenvectors `Q` of the midpoints.
fn in_eigenvectors(n: usize, entries: &[Interval]) -> Option<Vec<Interval>> {
    let lower = |i: usize, j: usize| entries[i.max(j) * n + i.min(j)];
    let midpoints = DMatrix::from_fn(n, n, |i, j| lower(i, j).midpoint());
    let q = eigen(midpoints).ok()?.eigenvectors.map(Interval::constant);
    let sum =
        |terms: &mut dyn Iterator<Item = Interval>| terms.fold(Interval::constant(0.0), |sum, term| sum + term);
    let aq = DMatrix::from_fn(n, n, |i, j| sum(&mut (0..n).map(|k| lower(i, k) * q[(k, j)])));
    Some((0..n * n).map(|at| sum(&mut (0..n).map(|k| q[(k, at / n)] * aq[(k, at % n)]))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(entries: &[f64]) -> Vec<Interval> {
        entries.iter().map(|&x| Interval::constant(x)).collect()
    }

    #[test]
    fn singular_matrices_are_undecided() {
        for singular in [&[0.0][..], &[1.0, 1.0, 1.0, 1.0], &[0.0; 9], &[f64::NAN], &[1.0, 2.0]] {
            assert_eq!(inertia(&points(singular)), Err(Undecided), "{singular:?}");
        }
        assert_eq!(inertia(&[]), Ok(Inertia { negative: 0, zero: 0, positive: 0 }));
    }

    #[test]
    fn zero_diagonals_need_the_eigenvectors() {
        let exchange = [0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 1.0, 0.0, 0.0];
        assert_eq!(inertia(&points(&exchange)), Ok(Inertia { negative: 1, zero: 0, positive: 2 }));
        // The first pivot is the largest, and every later one is a difference that pivoting keeps off 0.
        let mixed = [1e-9, 1.0, 1.0, 1e-9];
        assert_eq!(inertia(&points(&mixed)), Ok(Inertia { negative: 1, zero: 0, positive: 1 }));
    }

    proptest! {
        /// Matrices with known signs, as congruences of diagonal ones, and everything that is near.
        #[test]
        fn known_signs_are_proved(
            signs in prop::array::uniform4(prop::bool::ANY), entries in prop::collection::vec(-1.0f64..1.0, 16),
            scale in -150i32..150, width in 0.0..1e-3f64,
        ) {
            let c = DMatrix::from_row_slice(4, 4, &entries) + DMatrix::identity(4, 4) * 4.0;
            let diagonal = DMatrix::from_diagonal(&nalgebra::DVector::from_iterator(4, signs.map(|s| if s { 1.0 } else { -1.0 })));
            let matrix = (&c * diagonal * c.transpose()) * 2f64.powi(scale);
            let radius = width * 2f64.powi(scale);
            let wide: Vec<_> = matrix.iter().map(|x| Interval::new(x - radius, x + radius).unwrap()).collect();
            let positive = signs.iter().filter(|s| **s).count();
            prop_assert_eq!(inertia(&wide), Ok(Inertia { negative: 4 - positive, zero: 0, positive }));
        }

        /// Whatever is claimed of an interval matrix holds for the matrices inside.
        #[test]
        fn every_matrix_inside_has_the_inertia(
            entries in prop::collection::vec(-1.0f64..1.0, 9), radius in 0.0..0.5f64, at in prop::collection::vec(0.0..=1.0f64, 9),
        ) {
            let lower = |v: &[f64]| DMatrix::from_fn(3, 3, |i: usize, j: usize| v[i.max(j) * 3 + i.min(j)]);
            let wide: Vec<_> = lower(&entries).iter().map(|x| Interval::new(x - radius, x + radius).unwrap()).collect();
            if let Ok(proved) = inertia(&wide) {
                let inside = lower(&entries) + (lower(&at).map(|t| 2.0 * t - 1.0)) * radius;
                let (found, _) = Inertia::of_symmetric(&inside, 0.0).unwrap();
                prop_assert_eq!(proved, found);
            }
        }
    }
}
