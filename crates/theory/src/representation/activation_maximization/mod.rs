//! The input that a unit answers to most, for its cost.

use nalgebra::DVector;

mod deep;
mod first_layer;
mod gaussian;
mod second_layer;

pub use deep::{DeepUnit, Maximum, frank_wolfe_gap, maximize};
pub use first_layer::{FirstLayerUnit, Maximizer};
pub use gaussian::GaussianPrior;
pub use second_layer::{SecondLayerUnit, roughness, smooth_prior};

/// Why there is no such input.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MaximizationError {
    /// A penalty that is not positive and finite.
    #[error("a penalty λ = {0}: it must be positive and finite")]
    Penalty(f64),
    /// A radius that is not positive and finite.
    #[error("a radius r = {0}: it must be positive and finite")]
    Radius(f64),
    /// Weights, a bias or a start that is not finite, or sizes that do not fit.
    #[error("weights of {0} and {1} entries: they must fit each other and be finite")]
    Weights(usize, usize),
    /// A prior whose matrix is not symmetric positive definite.
    #[error("the prior's matrix is not positive definite")]
    Prior,
    /// An ascent that leaves the numbers.
    #[error("the ascent overflows: weights, penalty or start are too far apart")]
    Overflow,
    /// An image of more pixels than a dense prior is made for.
    #[error("an image of {0} pixels a side: a prior is made for up to {MOST_PIXELS}")]
    Side(usize),
}

/// The most pixels a side of an image with a prior of all pairs of pixels: 128 MiB.
pub const MOST_PIXELS: usize = 64;

/// An image, if it is one.
fn finite(image: DVector<f64>) -> Result<DVector<f64>, MaximizationError> {
    if image.iter().all(|x| x.is_finite()) { Ok(image) } else { Err(MaximizationError::Overflow) }
}

fn penalty(lambda: f64) -> Result<f64, MaximizationError> {
    if lambda > 0.0 && lambda.is_finite() { Ok(lambda) } else { Err(MaximizationError::Penalty(lambda)) }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};

    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(FirstLayerUnit::new(DVector::from_vec(vec![f64::NAN]), 0.0).is_err());
        let unit = FirstLayerUnit::new(DVector::from_vec(vec![1.0]), 0.0).unwrap();
        assert!(unit.maximizer(0.0).is_err() && unit.ascend(&DVector::zeros(2), 1.0, 1).is_err());
        assert!(SecondLayerUnit::new(DMatrix::zeros(2, 2), DVector::zeros(3)).is_err());
        assert!(smooth_prior(2, 1.0, -1.0).is_err() && roughness(2, &DVector::zeros(3)).is_err());
    }
}
