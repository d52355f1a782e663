//! The strict saddle between two minima in any dimension.

use super::ConstructionError;
use crate::objective::Objective;

/// A double well along the last coordinate and a parabola along each other one.
///
/// # Formula
/// $$f(x) = \tfrac12\sum_{i<d} x_i^2 + \tfrac14 x_d^4 - \tfrac12 x_d^2$$
/// with the strict saddle 0, where the Hessian is $\operatorname{diag}(1, \dots, 1, -1)$, and the minima $\pm e_d$ of value
/// $-\tfrac14$. Where $|x_d| \le b$ the gradient is $\max(1, 3b^2 - 1)$-Lipschitz and the Hessian $6b$-Lipschitz. In two
/// dimensions it is [`StrictSaddleQuartic`](super::StrictSaddleQuartic).
///
/// # Example
/// ```
/// use saddlepoint_landscape::{analytic::DoubleWell, objective::Objective};
///
/// let f = DoubleWell::new(3)?;
/// assert_eq!(f.value(&[0.0, 0.0, 1.0])?, -0.25);
/// assert!((DoubleWell::smoothness_within(1.2) - 3.32).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoubleWell {
    dimension: usize,
}

impl DoubleWell {
    /// The function of `dimension` coordinates.
    ///
    /// # Errors
    /// When there is no coordinate.
    pub fn new(dimension: usize) -> Result<Self, ConstructionError> {
        if dimension == 0 {
            Err(ConstructionError::Empty { what: "the coordinates" })
        } else {
            Ok(Self { dimension })
        }
    }

    /// Lipschitz constant of the gradient where the last coordinate is at most `bound` in magnitude.
    pub fn smoothness_within(bound: f64) -> f64 {
        (3.0 * bound * bound - 1.0).max(1.0)
    }

    /// Lipschitz constant of the Hessian there.
    pub fn hessian_lipschitz_within(bound: f64) -> f64 {
        6.0 * bound
    }
}

/// The last coordinate, in which the function is special; it exists by construction.
fn last(point: &[f64]) -> f64 {
    point.last().copied().unwrap_or(0.0)
}

impl Objective for DoubleWell {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        let (z, all) = (last(point), point.iter().map(|x| x * x).sum::<f64>());
        0.5 * all + z * z * (0.25 * z * z - 1.0)
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        gradient.copy_from_slice(point);
        if let Some(entry) = gradient.last_mut() {
            *entry *= *entry * *entry - 1.0;
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        product.copy_from_slice(vector);
        let z = last(point);
        if let Some(entry) = product.last_mut() {
            *entry *= 3.0 * z * z - 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::StrictSaddleQuartic;
    use crate::objective::derivatives;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivatives_agree(point in prop::collection::vec(-2.0f64..2.0, 1..6)) {
            derivatives::agree(&DoubleWell::new(point.len()).unwrap(), &point, 1e-4, 1e-6);
        }

        #[test]
        fn in_two_dimensions_it_is_the_quartic(point in prop::array::uniform2(-2.0f64..2.0)) {
            let f = DoubleWell::new(2).unwrap();
            let difference = f.value(&point).unwrap() - StrictSaddleQuartic.value(&point).unwrap();
            prop_assert!(difference.abs() < 1e-14);
            let difference = f.gradient(&point).unwrap() - StrictSaddleQuartic.gradient(&point).unwrap();
            prop_assert!(difference.amax() < 1e-14);
        }

        #[test]
        fn curvature_stays_below_its_bound(z in -1.2f64..1.2) {
            let curvature = DoubleWell::new(3).unwrap().hessian(&[0.0, 0.0, z]).unwrap().symmetric_eigenvalues().amax();
            prop_assert!(curvature <= DoubleWell::smoothness_within(1.2));
        }
    }

    #[test]
    fn no_coordinates_are_refused() {
        assert!(DoubleWell::new(0).is_err());
    }
}
