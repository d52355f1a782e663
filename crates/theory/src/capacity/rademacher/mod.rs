//! Empirical Rademacher complexities `R̂ₙ(F) = E_σ sup_f (1/n) Σ σᵢ f(xᵢ)`: exact, in closed form, and by Monte Carlo.
//!
//! Without absolute value, as in Bartlett and Mendelson's later papers and in textbooks since; the rival convention
//! `E_σ sup_f |(1/n) Σ σᵢ f(xᵢ)|` is called *absolute* here, and is never smaller.

mod class;
mod closed_form;
mod contraction;
mod enumeration;
mod monte_carlo;
mod plane;
mod thresholds;

pub use class::Class;
pub use contraction::{contraction, contraction_absolute};
pub use enumeration::MOST_POINTS;
pub use monte_carlo::Estimate;
pub use plane::{UnitNorm, relu_networks_in_the_plane};
pub use thresholds::thresholds;

/// Why a class has no Rademacher complexity, or it could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum RademacherError {
    /// More points than all of whose signs can be tried.
    #[error("{points} points have 2^{points} signs: at most {MOST_POINTS} points are enumerated")]
    TooManyPoints {
        /// The number of points.
        points: usize,
    },
    /// The radius of a ball that is negative, infinite or NaN.
    #[error("a ball of radius {0}: the radius must be finite and at least 0")]
    Radius(f64),
    /// A Lipschitz constant that is negative, infinite or NaN.
    #[error("a Lipschitz constant of {0}: it must be finite and at least 0")]
    Lipschitz(f64),
    /// No point.
    #[error("a complexity on 0 points: at least one is needed")]
    NoPoints,
    /// A point with a coordinate that is NaN or infinite.
    #[error("point {point} has a coordinate that is not finite")]
    Point {
        /// The point, from 0.
        point: usize,
    },
    /// A mean over nothing.
    #[error("an estimate from 0 draws of signs: at least one is needed")]
    NoDraws,
}
