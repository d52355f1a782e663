//! The Hessian of an objective at a point, as an operator.

use super::{OperatorError, SymmetricOperator};
use crate::objective::{Objective, check_point};

/// The Hessian of an [`Objective`] at a point.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::operator::{HessianAt, SymmetricOperator};
///
/// let hessian = HessianAt::new(&StrictSaddleQuartic, &[0.0, 0.0])?;
/// let mut product = [0.0; 2];
/// hessian.apply(&[0.0, 1.0], &mut product)?;
/// assert_eq!(product, [0.0, -1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct HessianAt<'a, F: ?Sized> {
    objective: &'a F,
    point: &'a [f64],
}

impl<'a, F: Objective + ?Sized> HessianAt<'a, F> {
    /// The Hessian of `objective` at `point`.
    ///
    /// # Errors
    /// When the point has the wrong dimension or an entry that is not finite.
    pub fn new(objective: &'a F, point: &'a [f64]) -> Result<Self, OperatorError> {
        check_point(objective.dimension(), point).map_err(OperatorError::failed)?;
        Ok(Self { objective, point })
    }
}

impl<F: Objective + ?Sized> SymmetricOperator for HessianAt<'_, F> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.objective.hessian_vector_unchecked(self.point, vector, product);
        Ok(())
    }

    fn name(&self) -> String {
        "the Hessian of an objective".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::StrictSaddleQuartic;
    use crate::operator::Dense;

    #[test]
    fn its_columns_are_those_of_the_dense_hessian() {
        let (f, point) = (StrictSaddleQuartic, [0.3, -1.7]);
        let columns = Dense::of(&HessianAt::new(&f, &point).unwrap()).unwrap();
        assert_eq!(columns.matrix(), &f.hessian(&point).unwrap());
        assert!(HessianAt::new(&f, &[1.0]).is_err());
        assert!(HessianAt::new(&f, &[1.0, f64::NAN]).is_err());
    }
}
