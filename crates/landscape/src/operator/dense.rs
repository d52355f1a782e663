//! A symmetric matrix of nalgebra as an operator.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVectorView, DVectorViewMut};

use super::{OperatorError, SymmetricOperator};

/// A dense symmetric matrix.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::operator::{Dense, SymmetricOperator};
///
/// let a = Dense::new(dmatrix![2.0, 1.0; 1.0, 0.0])?;
/// let mut product = [0.0; 2];
/// a.apply(&[1.0, 1.0], &mut product)?;
/// assert_eq!(product, [3.0, 1.0]);
/// assert!(Dense::new(dmatrix![2.0, 1.0; 0.0, 0.0]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    matrix: DMatrix<f64>,
}

impl Dense {
    /// A square matrix that equals its transpose.
    ///
    /// # Errors
    /// When the matrix is not square, has an entry that is not finite, or is not symmetric, however little.
    pub fn new(matrix: DMatrix<f64>) -> Result<Self, OperatorError> {
        let (rows, columns) = matrix.shape();
        super::check_length(rows, columns)?;
        super::check_input(matrix.as_slice())?;
        for j in 0..columns {
            for i in 0..j {
                let defect = (matrix[(i, j)] - matrix[(j, i)]).abs();
                if defect > 0.0 {
                    let operator = format!("the matrix with entries ({i}, {j}) and ({j}, {i})");
                    return Err(OperatorError::NotSymmetric { operator, defect, tolerance: 0.0 });
                }
            }
        }
        Ok(Self { matrix })
    }

    /// The matrix of an operator, from its products with the unit vectors; of small ones, for it has `n²` entries.
    ///
    /// Entries `(i, j)` and `(j, i)` are averaged: [`probe::symmetry`](super::probe::symmetry) tells whether they
    /// should be.
    ///
    /// # Errors
    /// When the operator fails.
    pub fn of(operator: &dyn SymmetricOperator) -> Result<Self, OperatorError> {
        let n = operator.dimension();
        let mut matrix = DMatrix::zeros(n, n);
        operator.apply_block(DMatrix::<f64>::identity(n, n).as_slice(), matrix.as_mut_slice())?;
        Ok(Self { matrix: (&matrix + matrix.transpose()) * 0.5 })
    }

    /// The matrix.
    pub fn matrix(&self) -> &DMatrix<f64> {
        &self.matrix
    }
}

impl SymmetricOperator for Dense {
    fn dimension(&self) -> usize {
        self.matrix.nrows()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        let n = self.dimension();
        DVectorViewMut::from_slice(product, n).gemv(
            1.0,
            &self.matrix,
            &DVectorView::from_slice(vector, n),
            0.0,
        );
        Ok(())
    }

    fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        let n = self.dimension();
        let k = vectors.len() / n.max(1);
        DMatrixViewMut::from_slice(products, n, k).gemm(
            1.0,
            &self.matrix,
            &DMatrixView::from_slice(vectors, n, k),
            0.0,
        );
        Ok(())
    }

    fn name(&self) -> String {
        let n = self.dimension();
        format!("dense {n} x {n}")
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;

    use super::*;

    #[test]
    fn a_matrix_that_is_not_symmetric_is_refused() {
        let error = Dense::new(dmatrix![1.0, 1e-16; 0.0, 1.0]).unwrap_err();
        assert!(matches!(error, OperatorError::NotSymmetric { .. }));
        assert!(matches!(Dense::new(DMatrix::zeros(2, 3)), Err(OperatorError::WrongDimension { .. })));
        assert!(matches!(Dense::new(dmatrix![f64::NAN]), Err(OperatorError::NotFinite { index: 0 })));
    }

    #[test]
    fn its_own_columns_come_back() {
        let matrix = DMatrix::from_fn(7, 7, |i, j| (i + j) as f64 / (1.0 + (i * j) as f64));
        let a = Dense::new(matrix.clone()).unwrap();
        assert_eq!(Dense::of(&a).unwrap().matrix(), &matrix);
    }
}
