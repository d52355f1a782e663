//! Condition numbers of Gram matrices: of a network's Jacobian, of features with an offset, of random data.

use nalgebra::DMatrix;
use saddlepoint_rigor::decomposition::{eigenvalues, singular_values};

use super::{OptimizationError, positive};

/// The extreme singular values of a matrix $J$, and with them the condition number of $JJ^\top$.
///
/// At a zero of a squared loss that condition number is the one of the Hessian on its range, which gradient descent
/// must master. It is taken from the singular values of $J$ itself: formed in f64, $JJ^\top$ hides every condition
/// number above 4.5e15 and makes some eigenvalues zero or negative; those of $J$ are resolved up to the square of that.
///
/// # Reference
/// Higham, *Accuracy and stability of numerical algorithms* (2002), section 20.4, on normal equations.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::optimization::GramConditioning;
///
/// let jacobian = dmatrix![1.0, 0.0, 0.0; 0.0, 1e-10, 0.0];
/// let gram = GramConditioning::new(&jacobian)?;
/// assert!((gram.condition_number() / 1e20 - 1.0).abs() < 1e-12 && gram.is_resolved());
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GramConditioning {
    /// The largest entry of $J$, over which the singular values are kept: squares of huge or tiny entries leave f64.
    scale: f64,
    largest: f64,
    smallest: f64,
    floor: f64,
}

impl GramConditioning {
    /// From the rows of $J$, one an output; at most as many rows as columns.
    ///
    /// # Errors
    /// When an entry is not finite or all are zero, the matrix is empty or has more rows than columns, whose Gram
    /// matrix is singular, or the singular values are not found.
    pub fn new(jacobian: &DMatrix<f64>) -> Result<Self, OptimizationError> {
        let (rows, columns) = jacobian.shape();
        if rows == 0 || rows > columns {
            return Err(OptimizationError::Components { expected: columns, found: rows });
        }
        if let Some(&value) = jacobian.iter().find(|entry| !entry.is_finite()) {
            return Err(OptimizationError::NotFinite { what: "an entry of the Jacobian", value });
        }
        let scale = positive("the largest entry of the Jacobian", jacobian.amax())?;
        // The triangle of a QR decomposition has the same singular values as J, and is small.
        let singular = singular_values(jacobian.map(|entry| entry / scale).transpose().qr().unpack_r())?;
        let (largest, smallest) = (singular.max(), singular.min());
        Ok(Self { scale, largest, smallest, floor: largest * f64::EPSILON * columns as f64 })
    }

    /// The largest singular value of $J$.
    pub fn largest(&self) -> f64 {
        self.largest * self.scale
    }

    /// The smallest singular value of $J$.
    pub fn smallest(&self) -> f64 {
        self.smallest * self.scale
    }

    /// Whether the smallest singular value is above what rounding may make of zero, $\epsilon\,n\,s_{\max}$ for $n$ columns.
    pub fn is_resolved(&self) -> bool {
        self.smallest > self.floor
    }

    /// $\kappa(JJ^\top) = (s_{\max}/s_{\min})^2$; where $s_{\min}$ is not resolved, what it is at least.
    pub fn condition_number(&self) -> f64 {
        (self.largest / self.smallest.max(self.floor)).powi(2)
    }
}

/// The condition number of $D^{-1/2}HD^{-1/2}$ with $D$ the diagonal of a positive definite $H$: what the best fixed scale
/// a variable (up to a factor of the dimension) leaves of it. 1 where $H$ is diagonal.
///
/// # Reference
/// van der Sluis, *Condition numbers and equilibration of matrices* (1969), theorem 4.1.
///
/// # Errors
/// When the matrix is not square, or an eigenvalue of the scaled matrix is not finite and positive.
pub fn jacobi_condition_number(hessian: &DMatrix<f64>) -> Result<f64, OptimizationError> {
    let (rows, columns) = hessian.shape();
    if rows != columns || rows == 0 {
        return Err(OptimizationError::Components { expected: rows, found: columns });
    }
    if let Some(&value) = hessian.diagonal().iter().find(|&&entry| !(entry.is_finite() && entry > 0.0)) {
        return Err(OptimizationError::NotPositive { what: "a diagonal entry of the Hessian", value });
    }
    // Products of roots, not roots of products: those of tiny entries underflow.
    let scaled = |i: usize, j: usize| {
        if i == j { 1.0 } else { hessian[(i, j)] / hessian[(i, i)].sqrt() / hessian[(j, j)].sqrt() }
    };
    let scaled = DMatrix::from_fn(rows, rows, scaled);
    if let Some(&value) = scaled.iter().find(|entry| !entry.is_finite()) {
        return Err(OptimizationError::NotFinite { what: "an entry of the scaled Hessian", value });
    }
    let eigenvalues = eigenvalues(scaled)?;
    let smallest = positive("the smallest eigenvalue of the scaled Hessian", eigenvalues.min())?;
    Ok(eigenvalues.max() / smallest)
}

/// The condition number of $\mathbb E\,xx^\top = I + \mu\mu^\top$ for standard features with an offset $\mu$: exactly
/// $1 + \|\mu\|^2$. Centring the features makes it 1.
///
/// # Reference
/// LeCun, Kanter and Solla, *Eigenvalues of covariance matrices: application to neural-network learning* (1991).
///
/// # Errors
/// When an entry is not finite.
pub fn offset_condition_number(offset: &[f64]) -> Result<f64, OptimizationError> {
    let squared: f64 = offset.iter().map(|entry| entry * entry).sum();
    if squared.is_finite() {
        Ok(1.0 + squared)
    } else {
        Err(OptimizationError::NotFinite { what: "the squared norm of the offset", value: squared })
    }
}

/// What the condition number of the Gram matrix of $n$ standard normal vectors in $d < n$ dimensions tends to as both
/// grow: the ratio of the edges of Marchenko and Pastur's law, $\big((1+\sqrt{d/n})/(1-\sqrt{d/n})\big)^2$.
///
/// # Reference
/// Marchenko and Pastur 1967; for the extreme eigenvalues Bai and Yin 1993.
///
/// # Errors
/// When there are no dimensions, or not more vectors than dimensions.
pub fn marchenko_pastur_condition_number(d: usize, n: usize) -> Result<f64, OptimizationError> {
    positive("the number of dimensions", d as f64)?;
    if d >= n {
        let bound = n.saturating_sub(1) as f64;
        return Err(OptimizationError::TooLarge { what: "the number of dimensions", value: d as f64, bound });
    }
    let root = (d as f64 / n as f64).sqrt();
    Ok(((1.0 + root) / (1.0 - root)).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges_of_random_data() {
        let edge = marchenko_pastur_condition_number(20, 2000).unwrap();
        assert!((edge - 1.4938271604938271).abs() < 1e-14, "{edge}");
        assert!(marchenko_pastur_condition_number(3, 3).is_err());
        assert!(marchenko_pastur_condition_number(0, 3).is_err());
    }

    #[test]
    fn a_diagonal_matrix_is_equilibrated_completely() {
        let diagonal = DMatrix::from_diagonal(&nalgebra::dvector![1e-200, 3.0, 1e200]);
        assert_eq!(jacobi_condition_number(&diagonal), Ok(1.0));
        assert!(jacobi_condition_number(&nalgebra::dmatrix![1.0, 2.0; 2.0, 1.0]).is_err(), "indefinite");
        assert!(jacobi_condition_number(&nalgebra::dmatrix![0.0]).is_err());
        let coupled = jacobi_condition_number(&nalgebra::dmatrix![4.0, 1.0; 1.0, 1.0]).unwrap();
        assert!((coupled - 3.0).abs() < 1e-14);
    }

    #[test]
    fn a_singular_matrix_is_not_resolved() {
        let twice = DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
        let gram = GramConditioning::new(&twice).unwrap();
        assert!(!gram.is_resolved() && gram.condition_number() > 1e28);
    }

    #[test]
    fn pitfall_the_gram_matrix_itself_hides_what_its_factor_shows() {
        // Rows that differ by 1e-9: κ(JJᵀ) = 16e18 to first order.
        let jacobian = DMatrix::from_row_slice(2, 3, &[1.0, 0.0, 1e-9, 1.0, 0.0, -1e-9]);
        let kappa = GramConditioning::new(&jacobian).unwrap();
        assert!(kappa.is_resolved() && (kappa.condition_number() / 1e18 - 1.0).abs() < 1e-6);
        let smallest = (&jacobian * jacobian.transpose()).symmetric_eigenvalues().min();
        assert!(smallest <= 1e-16, "lost: {smallest:e} in place of 2e-18");
    }

    proptest! {
        #[test]
        fn a_scale_does_not_matter(entries in prop::collection::vec(-1.0f64..1.0, 12), exponent in -200i32..200) {
            let jacobian = DMatrix::from_row_slice(3, 4, &entries);
            let gram = GramConditioning::new(&jacobian).unwrap();
            prop_assume!(gram.is_resolved());
            let scaled = GramConditioning::new(&(jacobian * 2f64.powi(exponent))).unwrap();
            prop_assert!((scaled.condition_number() / gram.condition_number() - 1.0).abs() < 1e-9);
        }

        #[test]
        fn an_offset_has_the_condition_number_of_its_matrix(offset in prop::collection::vec(-30.0f64..30.0, 2..6)) {
            let n = offset.len();
            let mu = nalgebra::DVector::from_column_slice(&offset);
            let eigenvalues = (DMatrix::identity(n, n) + &mu * mu.transpose()).symmetric_eigenvalues();
            let found = eigenvalues.max() / eigenvalues.min();
            prop_assert!((found / offset_condition_number(&offset).unwrap() - 1.0).abs() < 1e-9);
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::collection::vec(any::<u64>(), 6)) {
            let entries: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            match GramConditioning::new(&DMatrix::from_row_slice(2, 3, &entries)) {
                Ok(gram) => prop_assert!(gram.condition_number() >= 1.0),
                Err(_) => prop_assert!(entries.iter().any(|entry| !entry.is_finite()) || entries == [0.0; 6]),
            }
            prop_assert!(offset_condition_number(&entries).is_ok_and(|kappa| kappa >= 1.0)
                || entries.iter().any(|entry| entry.is_nan() || entry.abs() >= 1e154));
        }
    }
}
