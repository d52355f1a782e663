//! What an algorithm of this crate may ask of a function: its value, its gradient, its curvature along a vector.

use nalgebra::{DMatrix, DVector};

use saddlepoint_rigor::decomposition::DecompositionError;

/// A twice differentiable function of finitely many real variables.
///
/// An implementation supplies the three `_unchecked` evaluations on slices; inner loops call them and allocate
/// nothing. Everyone else calls [`value`](Objective::value), [`gradient`](Objective::gradient),
/// [`hessian_vector`](Objective::hessian_vector) and [`hessian`](Objective::hessian), which check what comes
/// in and what goes out.
///
/// Where the function is only piecewise smooth, the implementation documents which one-sided derivative it returns.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::objective::Objective;
///
/// let f = StrictSaddleQuartic;
/// assert_eq!(f.value(&[0.0, 1.0])?, -0.25);
/// assert_eq!(f.gradient(&[0.0, 0.0])?.as_slice(), [0.0, 0.0]);
/// assert_eq!(f.hessian(&[0.0, 0.0])?[(1, 1)], -1.0);
/// assert!(f.value(&[f64::NAN, 0.0]).is_err());
/// # Ok::<(), saddlepoint_landscape::objective::EvaluationError>(())
/// ```
pub trait Objective {
    /// Number of variables.
    fn dimension(&self) -> usize;

    /// The value at `point`, which has [`dimension`](Objective::dimension) finite entries.
    fn value_unchecked(&self, point: &[f64]) -> f64;

    /// Writes the gradient at `point`; both slices have [`dimension`](Objective::dimension) entries.
    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]);

    /// Writes the Hessian at `point` times `vector`; all slices have [`dimension`](Objective::dimension) entries.
    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]);

    /// Writes the Hessian at `point`, one column after the other; by default from one product a variable.
    ///
    /// Column `j` is then the product with the `j`-th unit vector, so an implementation whose product is not
    /// symmetric shows as a matrix that is not symmetric.
    fn hessian_unchecked(&self, point: &[f64], hessian: &mut [f64]) {
        let n = self.dimension();
        let mut unit = vec![0.0; n];
        for (j, column) in hessian.chunks_exact_mut(n.max(1)).enumerate() {
            unit[j] = 1.0;
            self.hessian_vector_unchecked(point, &unit, column);
            unit[j] = 0.0;
        }
    }

    /// The value at a point.
    ///
    /// # Errors
    /// When the point has the wrong dimension or an entry that is not finite, or when the value overflows.
    fn value(&self, point: &[f64]) -> Result<f64, EvaluationError> {
        check_point(self.dimension(), point)?;
        let value = self.value_unchecked(point);
        if value.is_finite() { Ok(value) } else { Err(EvaluationError::Overflow { what: "value" }) }
    }

    /// The gradient at a point.
    ///
    /// # Errors
    /// As for [`value`](Objective::value).
    fn gradient(&self, point: &[f64]) -> Result<DVector<f64>, EvaluationError> {
        check_point(self.dimension(), point)?;
        let mut gradient = DVector::zeros(self.dimension());
        self.gradient_unchecked(point, gradient.as_mut_slice());
        finite(gradient.as_slice(), "gradient")?;
        Ok(gradient)
    }

    /// The Hessian at a point times a vector.
    ///
    /// # Errors
    /// As for [`value`](Objective::value), for the point and for the vector.
    fn hessian_vector(&self, point: &[f64], vector: &[f64]) -> Result<DVector<f64>, EvaluationError> {
        check_point(self.dimension(), point)?;
        check_point(self.dimension(), vector)?;
        let mut product = DVector::zeros(self.dimension());
        self.hessian_vector_unchecked(point, vector, product.as_mut_slice());
        finite(product.as_slice(), "Hessian-vector product")?;
        Ok(product)
    }

    /// The dense Hessian at a point.
    ///
    /// # Errors
    /// As for [`value`](Objective::value).
    fn hessian(&self, point: &[f64]) -> Result<DMatrix<f64>, EvaluationError> {
        let n = self.dimension();
        check_point(n, point)?;
        let mut hessian = DMatrix::zeros(n, n);
        self.hessian_unchecked(point, hessian.as_mut_slice());
        finite(hessian.as_slice(), "Hessian")?;
        Ok(hessian)
    }
}

/// Why an [`Objective`] could not be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum EvaluationError {
    /// The point or vector has another number of entries than the objective has variables.
    #[error("the objective has {expected} variables, the point or vector has {found} entries")]
    WrongDimension {
        /// Number of variables of the objective.
        expected: usize,
        /// Number of entries given.
        found: usize,
    },
    /// An entry of the point or vector is NaN or infinite.
    #[error("entry {index} of the point or vector is not finite")]
    NotFinite {
        /// Position of the first such entry.
        index: usize,
    },
    /// The result is too large for f64.
    #[error("the {what} at this point is not finite: the computation overflows")]
    Overflow {
        /// What was computed.
        what: &'static str,
    },
    /// A matrix has no decomposition, or an iteration for it came to nothing.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
}

/// Fails unless `point` has `dimension` finite entries.
pub(crate) fn check_point(dimension: usize, point: &[f64]) -> Result<(), EvaluationError> {
    if point.len() != dimension {
        return Err(EvaluationError::WrongDimension { expected: dimension, found: point.len() });
    }
    match point.iter().position(|entry| !entry.is_finite()) {
        Some(index) => Err(EvaluationError::NotFinite { index }),
        None => Ok(()),
    }
}

fn finite(entries: &[f64], what: &'static str) -> Result<(), EvaluationError> {
    if entries.iter().all(|entry| entry.is_finite()) { Ok(()) } else { Err(EvaluationError::Overflow { what }) }
}

#[cfg(test)]
pub(crate) mod derivatives {
    //! The check that every objective of this crate passes: derivatives against central differences.

    use super::Objective;

    /// Compares the gradient with differences of the value and the Hessian-vector product with differences of
    /// the gradient, and checks that the Hessian is symmetric. `step` is relative to the size of each entry.
    pub(crate) fn agree(objective: &impl Objective, point: &[f64], step: f64, tolerance: f64) {
        let n = objective.dimension();
        let gradient = objective.gradient(point).unwrap();
        let hessian = objective.hessian(point).unwrap();
        assert!((&hessian - hessian.transpose()).amax() <= 1e-12 * hessian.amax(), "asymmetric {hessian}");
        let gradient_scale = gradient.amax().max(objective.value(point).unwrap().abs());
        let hessian_scale = hessian.amax().max(gradient.amax());
        for j in 0..n {
            let h = step * point[j].abs().max(1.0);
            let (mut ahead, mut behind) = (point.to_vec(), point.to_vec());
            ahead[j] += h;
            behind[j] -= h;
            let width = ahead[j] - behind[j];
            let slope = (objective.value(&ahead).unwrap() - objective.value(&behind).unwrap()) / width;
            assert!(
                (slope - gradient[j]).abs() <= tolerance * gradient_scale,
                "∂{j}: {slope} and {}",
                gradient[j]
            );
            let slopes = (objective.gradient(&ahead).unwrap() - objective.gradient(&behind).unwrap()) / width;
            let error = (slopes - hessian.column(j)).amax();
            assert!(error <= tolerance * hessian_scale, "column {j} of the Hessian is off by {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::StrictSaddleQuartic;

    #[test]
    fn bad_points_are_refused_by_name() {
        let f = StrictSaddleQuartic;
        for (point, expected) in [
            (vec![], EvaluationError::WrongDimension { expected: 2, found: 0 }),
            (vec![1.0; 3], EvaluationError::WrongDimension { expected: 2, found: 3 }),
            (vec![0.0, f64::NAN], EvaluationError::NotFinite { index: 1 }),
            (vec![f64::INFINITY, 0.0], EvaluationError::NotFinite { index: 0 }),
        ] {
            assert_eq!(f.value(&point), Err(expected));
            assert_eq!(f.gradient(&point), Err(expected));
            assert_eq!(f.hessian(&point), Err(expected));
            assert_eq!(f.hessian_vector(&point, &[0.0, 0.0]), Err(expected));
            assert_eq!(f.hessian_vector(&[0.0, 0.0], &point), Err(expected));
        }
        assert_eq!(f.value(&[0.0, 1e100]), Err(EvaluationError::Overflow { what: "value" }));
    }
}
