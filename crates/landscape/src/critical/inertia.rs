//! The inertia of a symmetric matrix: how many eigenvalues are negative, zero and positive.

use nalgebra::DMatrix;

use saddlepoint_rigor::decomposition::{DecompositionError, eigenvalues};

/// Numbers of negative, zero and positive eigenvalues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Inertia {
    /// Negative eigenvalues: the index of a critical point.
    pub negative: usize,
    /// Eigenvalues that are zero within the tolerance.
    pub zero: usize,
    /// Positive eigenvalues.
    pub positive: usize,
}

impl Inertia {
    /// The inertia of a symmetric matrix, and its eigenvalues in increasing order.
    ///
    /// An eigenvalue counts as zero where its magnitude is at most `zero_tolerance` times the largest magnitude
    /// among all of them. The eigenvalues of f64 are off by some `n · 2⁻⁵²` of that magnitude; a tolerance between
    /// that error and the smallest true nonzero eigenvalue decides rightly. Only the symmetric part of the matrix
    /// is looked at.
    ///
    /// # Errors
    /// When the matrix is empty, not square or not finite, when the tolerance is not in `[0, 1)`, or when the eigenvalues are not
    /// found.
    ///
    /// # Example
    /// ```
    /// use nalgebra::dmatrix;
    /// use saddlepoint_landscape::critical::inertia::Inertia;
    ///
    /// let (inertia, eigenvalues) = Inertia::of_symmetric(&dmatrix![0.0, 1.0; 1.0, 0.0], 1e-9)?;
    /// assert_eq!(inertia, Inertia { negative: 1, zero: 0, positive: 1 });
    /// assert!((eigenvalues[0] + 1.0).abs() < 1e-15);
    /// # Ok::<(), saddlepoint_landscape::critical::inertia::InertiaError>(())
    /// ```
    pub fn of_symmetric(matrix: &DMatrix<f64>, zero_tolerance: f64) -> Result<(Self, Vec<f64>), InertiaError> {
        let (rows, columns) = matrix.shape();
        if rows != columns || rows == 0 {
            return Err(InertiaError::NotSquare { rows, columns });
        }
        if matrix.iter().any(|entry| !entry.is_finite()) {
            return Err(InertiaError::NotFinite);
        }
        if !(0.0..1.0).contains(&zero_tolerance) {
            return Err(InertiaError::Tolerance { tolerance: zero_tolerance });
        }
        let symmetric = (matrix + matrix.transpose()) * 0.5;
        let mut eigenvalues = eigenvalues(symmetric)?.as_slice().to_vec();
        eigenvalues.sort_by(f64::total_cmp);
        let largest = eigenvalues.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let threshold = zero_tolerance * largest;
        let negative = eigenvalues.iter().filter(|value| **value < -threshold).count();
        let positive = eigenvalues.iter().filter(|value| **value > threshold).count();
        Ok((Self { negative, zero: rows - negative - positive, positive }, eigenvalues))
    }
}

/// Why a matrix has no inertia.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum InertiaError {
    /// The matrix is not square.
    #[error("a {rows} by {columns} matrix has no eigenvalues")]
    NotSquare {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// An entry is NaN or infinite.
    #[error("the matrix has an entry that is not finite")]
    NotFinite,
    /// The tolerance makes no sense.
    #[error("the relative tolerance for zero eigenvalues must lie in [0, 1), not be {tolerance}")]
    Tolerance {
        /// The tolerance.
        tolerance: f64,
    },
    /// A matrix has no decomposition, or an iteration for it came to nothing.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(
            Inertia::of_symmetric(&DMatrix::zeros(1, 2), 0.0),
            Err(InertiaError::NotSquare { .. })
        ));
        assert_eq!(Inertia::of_symmetric(&dmatrix![f64::NAN], 0.0), Err(InertiaError::NotFinite));
        assert!(matches!(Inertia::of_symmetric(&dmatrix![1.0], 1.0), Err(InertiaError::Tolerance { .. })));
    }

    proptest! {
        /// Sylvester's law: a congruence keeps the inertia.
        #[test]
        fn congruence_keeps_inertia(
            signs in prop::array::uniform4(-1i8..=1),
            entries in prop::collection::vec(-1.0f64..1.0, 16),
        ) {
            let c = DMatrix::from_row_slice(4, 4, &entries) + DMatrix::identity(4, 4) * 5.0;
            let diagonal = DMatrix::from_diagonal(&nalgebra::DVector::from_iterator(4, signs.map(f64::from)));
            let (inertia, _) = Inertia::of_symmetric(&(&c * diagonal * c.transpose()), 1e-10).unwrap();
            let count = |sign| signs.iter().filter(|s| **s == sign).count();
            prop_assert_eq!(inertia, Inertia { negative: count(-1), zero: count(0), positive: count(1) });
        }

        /// Scale invariance, from 1e-12 to 1e12.
        #[test]
        fn scaling_keeps_inertia(exponent in -12i32..=12) {
            let matrix = dmatrix![2.0, 1.0, 0.0; 1.0, -3.0, 0.0; 0.0, 0.0, 0.0] * 10f64.powi(exponent);
            let (inertia, _) = Inertia::of_symmetric(&matrix, 1e-9).unwrap();
            prop_assert_eq!(inertia, Inertia { negative: 1, zero: 1, positive: 1 });
        }
    }
}
