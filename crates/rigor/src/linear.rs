//! Solutions of linear systems, enclosed with the help of an approximate inverse.

use crate::matrix::{IntervalMatrix, MatrixError};
use crate::rounding::{Down, Rounding, Up};
use crate::vector::IntervalVector;

/// Why a solution cannot be enclosed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SolveError {
    /// Shapes that do not fit together.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The matrix may be singular, or the inverse is too far off.
    #[error(
        "the matrix may be singular: ‖I − RA‖ may be {0} for the approximate inverse R, and must be below 1"
    )]
    Inverse(f64),
    /// The solution overflows.
    #[error("the enclosure of entry {0} of the solution is not finite")]
    Overflow(usize),
}

/// Encloses the solutions of `A x = b` for every matrix inside `A` and every vector inside `b`, and proves that all
/// those matrices are regular.
///
/// # Formula
/// With `C = I − RA`, `θ = ‖C‖_∞ < 1`, any `x̃`, and `z = R (b − A x̃)`: the error `e = A⁻¹b − x̃` satisfies `e = z + C e`,
/// so `‖e‖_∞ ≤ ‖z‖_∞ / (1 − θ)` and `|eᵢ − zᵢ| ≤ (Σⱼ |cᵢⱼ|) ‖z‖_∞ / (1 − θ)`. Here `x̃` is the midpoint of `R b`.
///
/// # Shapes
/// `A` and `R` are `n × n`, `b` has `n` entries. Nothing is assumed of `R`: a bad one is refused, or gives wide intervals.
///
/// # Errors
/// When the shapes differ from these, `θ` cannot be shown to be below 1, or the solution overflows.
///
/// # Reference
/// Rump, Verification methods: rigorous results using floating-point arithmetic, Acta Numerica 19, 2010, section 10.
///
/// # Example
/// ```
/// use saddlepoint_rigor::{IntervalMatrix, IntervalVector, solve};
///
/// let a = IntervalMatrix::from_rows(2, 2, vec![3.0, 1.0, 1.0, 2.0])?;
/// let inverse = IntervalMatrix::from_rows(2, 2, vec![0.4, -0.2, -0.2, 0.6])?;
/// let x: Vec<_> = solve(&a, &inverse, &IntervalVector::new(vec![5.0, 5.0])?)?.intervals().collect();
/// assert!(x[0].contains(1.0) && x[1].contains(2.0) && x[1].width() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve(
    a: &IntervalMatrix,
    inverse: &IntervalMatrix,
    b: &IntervalVector,
) -> Result<IntervalVector, SolveError> {
    let n = b.as_column().shape().0;
    let identity = IntervalMatrix::identity(n)?;
    let row_sums: Vec<f64> = {
        let rest = identity.minus(&inverse.times(a)?)?;
        rest.magnitudes::<Up>().map(|row| row.fold(0.0, Up::add)).collect()
    };
    let theta = row_sums.iter().copied().fold(0.0, f64::max);
    if theta >= 1.0 {
        return Err(SolveError::Inverse(theta));
    }
    let approximate = IntervalVector::new(inverse.times_vector(b)?.as_column().midpoints().to_vec())?;
    let z = inverse.times_vector(&b.minus(&a.times_vector(&approximate)?)?)?;
    let largest = z.as_column().magnitudes::<Up>().flatten().fold(0.0, f64::max);
    let error = Up::div(largest, Down::sub(1.0, theta));
    let radii: Vec<f64> = row_sums.iter().map(|&sum| Up::mul(sum, error)).collect();
    if let Some(i) = radii.iter().position(|r| !r.is_finite()) {
        return Err(SolveError::Overflow(i));
    }
    let rest = IntervalVector::with_radii(vec![0.0; n], radii)?;
    Ok(approximate.plus(&z)?.plus(&rest)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gauss and Jordan with partial pivoting: good enough to be an approximate inverse.
    fn inverse(n: usize, a: &[f64]) -> Option<Vec<f64>> {
        let mut rows: Vec<Vec<f64>> = (0..n)
            .map(|i| a[i * n..(i + 1) * n].iter().copied().chain((0..n).map(|j| f64::from(i == j))).collect())
            .collect();
        for k in 0..n {
            let pivot = (k..n).max_by(|&i, &j| rows[i][k].abs().total_cmp(&rows[j][k].abs()))?;
            rows.swap(k, pivot);
            let divisor = rows[k][k];
            if divisor.abs() < 1e-9 {
                return None;
            }
            rows[k].iter_mut().for_each(|x| *x /= divisor);
            let pivot = rows[k].clone();
            for (_, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
                let share = row[k];
                row.iter_mut().zip(&pivot).for_each(|(x, y)| *x -= share * y);
            }
        }
        Some(rows.into_iter().flat_map(|row| row.into_iter().skip(n)).collect())
    }

    fn square(n: usize, entries: Vec<f64>) -> IntervalMatrix {
        IntervalMatrix::from_rows(n, n, entries).unwrap()
    }

    fn systems() -> impl Strategy<Value = (usize, Vec<f64>, Vec<f64>)> {
        let integers = |length| prop::collection::vec((-99i32..=99).prop_map(f64::from), length);
        (1usize..6).prop_flat_map(move |n| (Just(n), integers(n * n), integers(n)))
    }

    proptest! {
        /// Integers: `b = A x` is exact, so the solution is known exactly.
        #[test]
        fn the_solution_lies_inside((n, a, x) in systems(), spoil in -0.2..0.2f64, r in 0.0..1e-3f64) {
            let b = (0..n).map(|i| (0..n).map(|j| a[i * n + j] * x[j]).sum()).collect::<Vec<f64>>();
            let Some(r0) = inverse(n, &a) else { return Ok(()) };
            let (matrix, rhs) = (square(n, a), IntervalVector::new(b.clone()).unwrap());
            let good = solve(&matrix, &square(n, r0.clone()), &rhs);
            // An inverse that is off by a fifth is no reason to be wrong.
            let spoilt = square(n, r0.iter().map(|x| x * (1.0 + spoil)).collect());
            for solution in [&good, &solve(&matrix, &spoilt, &rhs)].into_iter().flatten() {
                prop_assert!(solution.intervals().zip(&x).all(|(interval, &x)| interval.contains(x)));
            }
            // A wider right side has wider solutions.
            let wide = IntervalVector::with_radii(b, vec![r; n]).unwrap();
            if let (Ok(narrow), Ok(wide)) = (good, solve(&matrix, &square(n, r0), &wide)) {
                prop_assert!(narrow.as_column().is_subset_of(wide.as_column()));
            }
        }

        /// Every matrix inside an interval matrix is solved: here one at the ends of the radii.
        #[test]
        fn every_matrix_inside_is_solved((n, a, x) in systems(), signs in any::<u32>()) {
            let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
            let b = (0..n).map(|i| (0..n).map(|j| (1024.0 * a[i * n + j] + sign(i * n + j)) * x[j]).sum()).collect();
            let Some(r0) = inverse(n, &a) else { return Ok(()) };
            let scaled = |x: &[f64], by: f64| x.iter().map(|x| x * by).collect::<Vec<_>>();
            let matrix = IntervalMatrix::with_radii(n, n, scaled(&a, 1024.0), vec![1.0; n * n]).unwrap();
            if let Ok(solution) = solve(&matrix, &square(n, scaled(&r0, 1.0 / 1024.0)), &IntervalVector::new(b).unwrap()) {
                prop_assert!(solution.intervals().zip(&x).all(|(interval, &x)| interval.contains(x)));
            }
        }
    }

    /// Teeth: without the term that is divided by `1 − θ`, a spoilt inverse misses the solution.
    #[test]
    fn the_remainder_is_needed() {
        let (a, spoilt) = (square(1, vec![3.0]), square(1, vec![0.3]));
        let solution = solve(&a, &spoilt, &IntervalVector::new(vec![3.0]).unwrap()).unwrap();
        let interval = solution.intervals().next().unwrap();
        assert!(interval.contains(1.0) && interval.midpoint() < 0.995 && interval.width() < 0.03);
    }

    #[test]
    fn singular_matrices_are_refused() {
        let b = IntervalVector::new(vec![1.0, 2.0]).unwrap();
        let identity = IntervalMatrix::identity(2).unwrap();
        let singular = square(2, vec![1.0, 1.0, 1.0, 1.0]);
        assert!(matches!(solve(&singular, &identity, &b), Err(SolveError::Inverse(theta)) if theta >= 1.0));
        let contains_zero = IntervalMatrix::with_radii(1, 1, vec![1.0], vec![1.0]).unwrap();
        let one = IntervalVector::new(vec![1.0]).unwrap();
        assert!(solve(&contains_zero, &IntervalMatrix::identity(1).unwrap(), &one).is_err());
        assert!(matches!(solve(&identity, &identity, &one), Err(SolveError::Matrix(_))));
    }
}
