//! The Cauchy loss: smooth, not convex, and with a known minimum.

use super::ConstructionError;
use crate::objective::Objective;

/// The sum of Cauchy (Lorentz) losses of the coordinates.
///
/// # Formula
/// $$f(x) = \tfrac12\sum_i \ln(1 + x_i^2),\qquad \partial_i f = \frac{x_i}{1+x_i^2},\qquad
/// \partial_{ii} f = \frac{1-x_i^2}{(1+x_i^2)^2} \in [-\tfrac18, 1].$$
/// The gradient is 1-Lipschitz and the minimum is 0, at the origin.
///
/// # Example
/// ```
/// use saddlepoint_landscape::{analytic::Cauchy, objective::Objective};
///
/// assert_eq!(Cauchy::new(2)?.gradient(&[1.0, 0.0])?.as_slice(), [0.5, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cauchy {
    dimension: usize,
}

impl Cauchy {
    /// Lipschitz constant of the gradient.
    pub const SMOOTHNESS: f64 = 1.0;

    /// The loss of `dimension` coordinates.
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
}

impl Objective for Cauchy {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        point.iter().map(|x| 0.5 * (x * x).ln_1p()).sum()
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        for (entry, x) in gradient.iter_mut().zip(point) {
            *entry = x / (1.0 + x * x);
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        for ((entry, x), v) in product.iter_mut().zip(point).zip(vector) {
            let square = x * x;
            *entry = (1.0 - square) / ((1.0 + square) * (1.0 + square)) * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::derivatives;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivatives_agree(point in prop::array::uniform3(-5.0f64..5.0)) {
            derivatives::agree(&Cauchy::new(3).unwrap(), &point, 1e-5, 1e-8);
        }

        #[test]
        fn curvature_stays_between_its_bounds(x in -10.0f64..10.0) {
            let curvature = Cauchy::new(1).unwrap().hessian(&[x]).unwrap()[(0, 0)];
            prop_assert!((-0.125 - 1e-15..=Cauchy::SMOOTHNESS).contains(&curvature));
        }
    }

    #[test]
    fn no_coordinates_are_refused() {
        assert!(Cauchy::new(0).is_err());
    }
}
