//! Decompositions of dense matrices that end.

use nalgebra::{DMatrix, DVector, Dyn, SVD, SymmetricEigen};

/// Iterations that are granted for each row or column. Implicit QR with Wilkinson's shifts needs two or three, and LAPACK grants
/// 30 (`dsteqr`).
const ITERATIONS: usize = 100;

/// The iteration of a decomposition has been cut off, or has ended with numbers that are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the decomposition of a {rows} by {columns} matrix came to no finite numbers in {iterations} iterations"
)]
pub struct NotConverged {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// How many iterations were granted.
    pub iterations: usize,
}

impl NotConverged {
    fn of(shape: (usize, usize), each: usize) -> Self {
        let (rows, columns) = shape;
        Self { rows, columns, iterations: each * rows.min(columns).max(1) }
    }
}

/// Eigenvalues, in no order, and eigenvectors of a symmetric matrix, of which the lower triangle is read.
pub(crate) fn eigen(matrix: DMatrix<f64>) -> Result<SymmetricEigen<f64, Dyn>, NotConverged> {
    eigen_within(matrix, ITERATIONS)
}

fn eigen_within(matrix: DMatrix<f64>, each: usize) -> Result<SymmetricEigen<f64, Dyn>, NotConverged> {
    let refused = NotConverged::of(matrix.shape(), each);
    let found = SymmetricEigen::try_new(matrix, f64::EPSILON, refused.iterations).ok_or(refused)?;
    // Entries from 1e-300 to 1e300 make nalgebra divide 0 by 0, and a NaN is neither a positive eigenvalue nor a negative one.
    if finite(found.eigenvalues.iter().chain(&found.eigenvectors)) { Ok(found) } else { Err(refused) }
}

/// Eigenvalues of a symmetric matrix, in no order.
pub(crate) fn eigenvalues(matrix: DMatrix<f64>) -> Result<DVector<f64>, NotConverged> {
    // nalgebra has no limit for eigenvalues alone.
    eigen(matrix).map(|eigen| eigen.eigenvalues)
}

/// Singular values, decreasing, and vectors if they are asked for, of a matrix with entries.
pub(crate) fn svd(matrix: DMatrix<f64>, vectors: bool) -> Result<SVD<f64, Dyn, Dyn>, NotConverged> {
    let refused = NotConverged::of(matrix.shape(), ITERATIONS);
    let found =
        SVD::try_new(matrix, vectors, vectors, 5.0 * f64::EPSILON, refused.iterations).ok_or(refused)?;
    let vectors = found.u.iter().chain(&found.v_t).flat_map(DMatrix::iter);
    if finite(found.singular_values.iter().chain(vectors)) { Ok(found) } else { Err(refused) }
}

fn finite<'a>(mut numbers: impl Iterator<Item = &'a f64>) -> bool {
    numbers.all(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_limit_that_is_too_low_is_an_error() {
        let matrix = DMatrix::from_fn(6, 6, |i, j| 1.0 / (1.0 + (i + j) as f64));
        let refused = eigen_within(matrix.clone(), 1).err();
        assert_eq!(refused, Some(NotConverged { rows: 6, columns: 6, iterations: 6 }));
        assert!(eigen(matrix).is_ok());
    }

    proptest! {
        /// Sizes of entries from the smallest to the largest, zeros among them: the bits of the iteration without a limit, or a
        /// refusal of what is no number; and none for entries of some sizes.
        #[test]
        fn the_limit_is_generous(
            entries in prop::collection::vec((-1.0..1.0f64, -1.0..1.0f64, any::<bool>()), 49), n in 1usize..8,
            decades in prop::sample::select(vec![0.0, 10.0, 300.0]),
        ) {
            let entry = |&(x, power, zero): &(f64, f64, bool)| if zero { 0.0 } else { x * 10f64.powf(decades * power) };
            let whole = DMatrix::from_iterator(7, 7, entries.iter().map(entry));
            let matrix = DMatrix::from_fn(n, n, |i, j| whole[(i.max(j), i.min(j))]);
            match eigen(matrix.clone()) {
                Ok(found) => prop_assert_eq!(found.eigenvalues, matrix.symmetric_eigenvalues()),
                Err(refused) => prop_assert!(decades > 10.0, "{}: {}", refused, matrix),
            }
            for vectors in [false, true] {
                match svd(matrix.clone(), vectors) {
                    Ok(found) => {
                        let plain = matrix.clone().svd(vectors, vectors);
                        prop_assert_eq!(found.singular_values, plain.singular_values);
                        prop_assert_eq!((found.u, found.v_t), (plain.u, plain.v_t));
                    }
                    Err(refused) => prop_assert!(decades > 10.0, "{}: {}", refused, matrix),
                }
            }
        }
    }
}
