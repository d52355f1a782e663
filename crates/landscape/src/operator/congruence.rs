//! Products of the form `Bᵀ A B`: Gauss-Newton matrices, Gram matrices, restrictions to a subspace.

use nalgebra::{DMatrix, DVectorView, DVectorViewMut};

use super::{OperatorError, SymmetricOperator, check_length};

/// A linear map between two spaces, and its transpose.
pub trait LinearMap {
    /// Number of columns: entries of an argument.
    fn columns(&self) -> usize;

    /// Number of rows: entries of an image.
    fn rows(&self) -> usize;

    /// Writes `B v`; the slices have [`columns`](Self::columns) and [`rows`](Self::rows) entries.
    ///
    /// # Errors
    /// Whatever an implementation cannot do, as [`OperatorError::failed`].
    fn forward_unchecked(&self, vector: &[f64], image: &mut [f64]) -> Result<(), OperatorError>;

    /// Writes `Bᵀ u`; the slices have [`rows`](Self::rows) and [`columns`](Self::columns) entries.
    ///
    /// # Errors
    /// As for [`forward_unchecked`](Self::forward_unchecked).
    fn transpose_unchecked(&self, vector: &[f64], image: &mut [f64]) -> Result<(), OperatorError>;
}

impl LinearMap for DMatrix<f64> {
    fn columns(&self) -> usize {
        self.ncols()
    }

    fn rows(&self) -> usize {
        self.nrows()
    }

    fn forward_unchecked(&self, vector: &[f64], image: &mut [f64]) -> Result<(), OperatorError> {
        let (rows, columns) = self.shape();
        DVectorViewMut::from_slice(image, rows).gemv(1.0, self, &DVectorView::from_slice(vector, columns), 0.0);
        Ok(())
    }

    fn transpose_unchecked(&self, vector: &[f64], image: &mut [f64]) -> Result<(), OperatorError> {
        let (rows, columns) = self.shape();
        DVectorViewMut::from_slice(image, columns).gemv_tr(
            1.0,
            self,
            &DVectorView::from_slice(vector, rows),
            0.0,
        );
        Ok(())
    }
}

/// The product form `Bᵀ A B`.
///
/// # Example
/// The Gauss-Newton matrix of least squares is `Jᵀ J`.
/// ```
/// use nalgebra::{DMatrix, dmatrix};
/// use saddlepoint_landscape::operator::{Congruence, Dense};
///
/// let jacobian = dmatrix![1.0, 2.0; 0.0, 1.0; 3.0, 0.0];
/// let gauss_newton = Congruence::new(Dense::new(DMatrix::identity(3, 3))?, jacobian.clone())?;
/// assert_eq!(Dense::of(&gauss_newton)?.matrix(), &(jacobian.transpose() * jacobian));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Congruence<A, B> {
    middle: A,
    map: B,
}

impl<A: SymmetricOperator, B: LinearMap> Congruence<A, B> {
    /// `mapᵀ · middle · map`.
    ///
    /// # Errors
    /// When `map` has not as many rows as `middle`.
    pub fn new(middle: A, map: B) -> Result<Self, OperatorError> {
        check_length(middle.dimension(), map.rows())?;
        Ok(Self { middle, map })
    }
}

impl<A: SymmetricOperator, B: LinearMap> SymmetricOperator for Congruence<A, B> {
    fn dimension(&self) -> usize {
        self.map.columns()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        let (mut image, mut inner) = (vec![0.0; self.map.rows()], vec![0.0; self.map.rows()]);
        self.map.forward_unchecked(vector, &mut image)?;
        self.middle.apply_unchecked(&image, &mut inner)?;
        self.map.transpose_unchecked(&inner, product)
    }

    fn name(&self) -> String {
        "product form".to_owned()
    }

    fn parts(&self) -> Vec<&dyn SymmetricOperator> {
        vec![&self.middle]
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;

    use super::*;
    use crate::operator::Dense;

    #[test]
    fn the_product_form_is_the_product() {
        let a = dmatrix![1.0, -2.0; -2.0, 4.0];
        let b = dmatrix![1.0, 0.0, 2.0; 3.0, 1.0, 0.0];
        let form = Congruence::new(Dense::new(a.clone()).unwrap(), b.clone()).unwrap();
        assert_eq!(Dense::of(&form).unwrap().matrix(), &(b.transpose() * a * &b));
        let refused = Congruence::new(Dense::new(DMatrix::identity(3, 3)).unwrap(), b);
        assert!(matches!(refused, Err(OperatorError::WrongDimension { expected: 3, found: 2 })));
    }
}
