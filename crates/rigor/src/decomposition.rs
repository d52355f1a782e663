//! Decompositions of dense matrices that end, and say so where they come to nothing: approximate ones, with nothing proved.

use nalgebra::{DMatrix, DVector, Dyn, SVD, SymmetricEigen};

/// Iterations that are granted for each row or column. Implicit QR with Wilkinson's shifts needs two or three, and LAPACK grants
/// 30 (`dsteqr`).
const ITERATIONS: usize = 100;

/// Why a matrix has not been decomposed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DecompositionError {
    /// Eigenvalues of a matrix that is not square, or a decomposition of one without entries.
    #[error("a {rows} by {columns} matrix has no such decomposition")]
    Shape {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// An entry is NaN or infinite.
    #[error("the entry in row {row} and column {column} is {value}")]
    NotFinite {
        /// Its row, from 0.
        row: usize,
        /// Its column, from 0.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// The iteration has been cut off, or has ended with numbers that are none.
    #[error(
        "the decomposition of a {rows} by {columns} matrix came to no finite numbers in {iterations} iterations"
    )]
    NotConverged {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// How many iterations were granted.
        iterations: usize,
    },
}

/// Eigenvalues, in no order, and eigenvectors of a symmetric matrix, of which the lower triangle is read.
///
/// # Formula
/// $A = V \operatorname{diag}(\lambda) V^\top$, by Householder's tridiagonal form and implicit QR.
///
/// # Errors
/// When the matrix is not square, has no entries or one that is not finite, or the iteration comes to nothing.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_rigor::decomposition::{DecompositionError, eigen};
///
/// let found = eigen(dmatrix![0.0, 1.0; 1.0, 0.0])?;
/// assert_eq!((found.eigenvalues.min(), found.eigenvalues.max()), (-1.0, 1.0));
/// assert!(matches!(eigen(dmatrix![f64::NAN]), Err(DecompositionError::NotFinite { row: 0, column: 0, .. })));
/// # Ok::<(), DecompositionError>(())
/// ```
pub fn eigen(matrix: DMatrix<f64>) -> Result<SymmetricEigen<f64, Dyn>, DecompositionError> {
    eigen_within(matrix, ITERATIONS)
}

fn eigen_within(matrix: DMatrix<f64>, each: usize) -> Result<SymmetricEigen<f64, Dyn>, DecompositionError> {
    let (rows, columns) = matrix.shape();
    if rows != columns {
        return Err(DecompositionError::Shape { rows, columns });
    }
    let iterations = iterations(&matrix, each)?;
    let refused = DecompositionError::NotConverged { rows, columns, iterations };
    let found = SymmetricEigen::try_new(matrix, f64::EPSILON, iterations).ok_or(refused)?;
    // Entries from 1e-300 to 1e300 make nalgebra divide 0 by 0, and a NaN is neither a positive eigenvalue nor a negative one.
    if finite(found.eigenvalues.iter().chain(&found.eigenvectors)) { Ok(found) } else { Err(refused) }
}

/// Eigenvalues of a symmetric matrix, in no order.
///
/// # Errors
/// As for [`eigen`].
pub fn eigenvalues(matrix: DMatrix<f64>) -> Result<DVector<f64>, DecompositionError> {
    // nalgebra has no limit for eigenvalues alone.
    eigen(matrix).map(|eigen| eigen.eigenvalues)
}

/// A decomposition into singular values: `A = U diag(σ) Vᵀ`.
#[derive(Debug, Clone, PartialEq)]
pub struct Svd {
    /// `U`: left singular vectors, one a column.
    pub u: DMatrix<f64>,
    /// `σ`, decreasing.
    pub singular_values: DVector<f64>,
    /// `Vᵀ`: right singular vectors, one a row.
    pub v_t: DMatrix<f64>,
}

/// Singular values and vectors, as many as the matrix has rows or columns, whichever are fewer.
///
/// # Formula
/// $A = U \operatorname{diag}(\sigma) V^\top$, by a bidiagonal form and implicit QR.
///
/// # Errors
/// When the matrix has no entries or one that is not finite, or the iteration comes to nothing.
pub fn svd(matrix: DMatrix<f64>) -> Result<Svd, DecompositionError> {
    let (found, refused) = decomposed(matrix, true)?;
    match (found.u, found.v_t) {
        (Some(u), Some(v_t)) => Ok(Svd { u, singular_values: found.singular_values, v_t }),
        _ => Err(refused),
    }
}

/// Singular values, decreasing, as many as the matrix has rows or columns, whichever are fewer.
///
/// # Errors
/// As for [`svd`].
pub fn singular_values(matrix: DMatrix<f64>) -> Result<DVector<f64>, DecompositionError> {
    decomposed(matrix, false).map(|(found, _)| found.singular_values)
}

/// With vectors or without, and what is said where something is missing.
fn decomposed(
    matrix: DMatrix<f64>,
    vectors: bool,
) -> Result<(SVD<f64, Dyn, Dyn>, DecompositionError), DecompositionError> {
    let (rows, columns) = matrix.shape();
    let iterations = iterations(&matrix, ITERATIONS)?;
    let refused = DecompositionError::NotConverged { rows, columns, iterations };
    let found = SVD::try_new_unordered(matrix, vectors, vectors, 5.0 * f64::EPSILON, iterations);
    let mut found = found.ok_or(refused)?;
    let all = found.u.iter().chain(&found.v_t).flat_map(DMatrix::iter).chain(&found.singular_values);
    if !finite(all) {
        return Err(refused);
    }
    // Only now: nalgebra panics where it has to order a NaN.
    found.sort_by_singular_values();
    Ok((found, refused))
}

/// How many iterations are granted to a matrix that can be decomposed.
fn iterations(matrix: &DMatrix<f64>, each: usize) -> Result<usize, DecompositionError> {
    let (rows, columns) = matrix.shape();
    if matrix.is_empty() {
        return Err(DecompositionError::Shape { rows, columns });
    }
    match matrix.iter().position(|entry| !entry.is_finite()) {
        Some(at) => {
            let (row, column) = (at % rows, at / rows);
            Err(DecompositionError::NotFinite { row, column, value: matrix[at] })
        }
        None => Ok(each * rows.min(columns)),
    }
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
        assert_eq!(refused, Some(DecompositionError::NotConverged { rows: 6, columns: 6, iterations: 6 }));
        assert!(eigen(matrix).is_ok());
    }

    /// Two squares underflow, and nalgebra divides one zero by the other.
    #[test]
    fn numbers_that_are_none_are_refused() {
        let mut matrix = DMatrix::zeros(4, 4);
        matrix.column_mut(3).copy_from_slice(&[0.0, 1e-161, 0.5, 1.0]);
        for found in [svd(matrix.clone()).err(), singular_values(matrix).err()] {
            assert!(matches!(found, Some(DecompositionError::NotConverged { .. })), "{found:?}");
        }
    }

    #[test]
    fn what_has_no_decomposition_is_refused_by_name() {
        use DecompositionError::{NotFinite, Shape};
        for (rows, columns) in [(0, 0), (2, 3), (3, 0)] {
            let found = eigen(DMatrix::zeros(rows, columns)).err();
            assert_eq!(found, Some(Shape { rows, columns }));
        }
        assert_eq!(svd(DMatrix::zeros(0, 2)).err(), Some(Shape { rows: 0, columns: 2 }));
        for value in [f64::INFINITY, f64::NEG_INFINITY] {
            let mut matrix = DMatrix::zeros(3, 3);
            matrix[(2, 1)] = value;
            let refused = Some(NotFinite { row: 2, column: 1, value });
            assert_eq!(eigenvalues(matrix.clone()).err(), refused);
            assert_eq!(singular_values(matrix.clone()).err(), refused);
            assert_eq!(svd(matrix).err(), refused);
        }
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
            match svd(matrix.clone()) {
                Ok(Svd { u, singular_values, v_t }) => {
                    let plain = matrix.clone().svd(true, true);
                    prop_assert_eq!((Some(u), singular_values, Some(v_t)), (plain.u, plain.singular_values, plain.v_t));
                    // Without vectors nalgebra rounds otherwise, and its own call panics where it meets a NaN.
                    if decades <= 10.0 {
                        prop_assert_eq!(super::singular_values(matrix.clone()), Ok(matrix.singular_values()));
                    }
                }
                Err(refused) => prop_assert!(decades > 10.0, "{}: {}", refused, matrix),
            }
        }
    }
}
