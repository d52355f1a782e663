//! The quadratic form: the objective on which every statement about step sizes can be read off.

use nalgebra::DMatrix;

use super::{ConstructionError, all_finite};
use crate::objective::Objective;
use saddlepoint_rigor::decomposition::eigenvalues;

/// A quadratic form with a symmetric matrix, of any signature.
///
/// # Formula
/// $$f(x) = \tfrac12 x^\top H x,\qquad \nabla f(x) = Hx,\qquad \nabla^2 f = H.$$
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::{analytic::Quadratic, objective::Objective};
///
/// let saddle = Quadratic::new(dmatrix![1.0, 0.0; 0.0, -2.0])?;
/// assert_eq!(saddle.value(&[1.0, 1.0])?, -0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Quadratic {
    hessian: DMatrix<f64>,
}

impl Quadratic {
    /// The form of a symmetric matrix.
    ///
    /// # Errors
    /// When the matrix is empty, not square, not finite or not symmetric to the last bit.
    pub fn new(hessian: DMatrix<f64>) -> Result<Self, ConstructionError> {
        let (rows, columns) = hessian.shape();
        if rows == 0 {
            return Err(ConstructionError::Empty { what: "the matrix" });
        }
        if rows != columns {
            return Err(ConstructionError::Shape {
                what: "columns of a square matrix",
                expected: rows,
                found: columns,
            });
        }
        all_finite("the matrix", &hessian)?;
        for column in 0..columns {
            if let Some(row) = (0..column).find(|&row| hessian[(row, column)] != hessian[(column, row)]) {
                return Err(ConstructionError::NotSymmetric { row, column });
            }
        }
        Ok(Self { hessian })
    }

    /// A Lipschitz constant of the gradient: the largest eigenvalue in magnitude, widened by more than the error of
    /// its computation; or the largest absolute row sum, which is never smaller, should the eigenvalues not be found.
    pub fn smoothness(&self) -> f64 {
        let rows = || self.hessian.row_iter().map(|row| row.iter().map(|entry| entry.abs()).sum());
        let largest = eigenvalues(self.hessian.clone())
            .map_or_else(|_| rows().fold(0.0, f64::max), |values| values.amax());
        largest * (1.0 + 1e-12)
    }

    fn multiply(&self, x: &[f64], product: &mut [f64]) {
        // By columns: the matrix is symmetric, so a column is a row and each entry is one dot product.
        for (entry, column) in product.iter_mut().zip(self.hessian.as_slice().chunks_exact(x.len())) {
            *entry = column.iter().zip(x).map(|(h, x)| h * x).sum();
        }
    }
}

impl Objective for Quadratic {
    fn dimension(&self) -> usize {
        self.hessian.nrows()
    }

    fn value_unchecked(&self, x: &[f64]) -> f64 {
        let columns = self.hessian.as_slice().chunks_exact(x.len());
        0.5 * columns
            .zip(x)
            .map(|(column, xj)| xj * column.iter().zip(x).map(|(h, x)| h * x).sum::<f64>())
            .sum::<f64>()
    }

    fn gradient_unchecked(&self, x: &[f64], gradient: &mut [f64]) {
        self.multiply(x, gradient);
    }

    fn hessian_vector_unchecked(&self, _: &[f64], vector: &[f64], product: &mut [f64]) {
        self.multiply(vector, product);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::derivatives;
    use nalgebra::dmatrix;

    #[test]
    fn derivatives_agree() {
        let f = Quadratic::new(dmatrix![2.0, -1.0, 0.5; -1.0, -3.0, 0.0; 0.5, 0.0, 1.0]).unwrap();
        derivatives::agree(&f, &[0.3, -1.2, 2.0], 1e-4, 1e-9);
    }

    #[test]
    fn bad_matrices_are_refused() {
        assert_eq!(Quadratic::new(DMatrix::zeros(0, 0)), Err(ConstructionError::Empty { what: "the matrix" }));
        assert!(matches!(Quadratic::new(DMatrix::zeros(2, 3)), Err(ConstructionError::Shape { .. })));
        assert!(matches!(Quadratic::new(dmatrix![f64::NAN]), Err(ConstructionError::NotFinite { .. })));
        assert_eq!(
            Quadratic::new(dmatrix![1.0, 2.0; 3.0, 1.0]),
            Err(ConstructionError::NotSymmetric { row: 0, column: 1 })
        );
    }
}
