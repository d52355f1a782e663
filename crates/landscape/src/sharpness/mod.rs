//! How sharp a minimum is, by the measures in use, and what a rescaling of the network makes of each.
//!
//! - [`keskar`]: the largest relative rise of the function in a box around the point, or in a random subspace of it;
//! - [`sam`]: the rise along the gradient, in a ball (sharpness-aware minimization) or in an ellipsoid that follows the
//!   scale of each parameter;
//! - [`noise`]: the Gaussian noise on the parameters that it tolerates;
//! - [`log_volume`]: the logarithm of the basin's volume, from the largest eigenvalues of the Hessian;
//! - the largest eigenvalue and the trace of the Hessian are in [`crate::spectrum`].
//!
//! Dinh, Pascanu, Bengio and Bengio (2017) multiply one layer of a ReLU network by $\alpha$ and divide the next by it: the
//! function stays, and with it everything that a test could see. Under this rescaling
//!
//! | measure | becomes, as $\alpha \to \infty$ |
//! |---|---|
//! | largest eigenvalue, trace | at least $\alpha^2$ times that of the divided layer's block |
//! | sum of the logarithms of the $k$ largest eigenvalues | larger, by $2\ln\alpha$ for each that belongs to the divided layer |
//! | Keskar's | larger: the box has edges of at least $2\varepsilon$, however small the divided weights |
//! | SAM | larger: its ball does not shrink |
//! | adaptive SAM | unchanged, for the ellipsoid shrinks and grows with the weights (with floor 0) |
//!
//! so that only the last one can say anything about generalization by itself.

pub mod keskar;
pub mod noise;
pub mod sam;

use crate::descent::DescentError;
use crate::objective::EvaluationError;

/// Why a sharpness cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SharpnessError {
    /// A size that must be finite and positive is not.
    #[error("{what} must be finite and positive, not {value}")]
    NotPositive {
        /// Which one.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// The sizes of the boxes do not increase.
    #[error("the sizes of the boxes must increase, but {after} follows {before}")]
    Order {
        /// One size.
        before: f64,
        /// The next one.
        after: f64,
    },
    /// The measure divides by `1 + f`.
    #[error("the function must be above -1 at the point, not {value}")]
    Value {
        /// Its value there.
        value: f64,
    },
    /// The columns that are to span the subspace do not.
    #[error(
        "the {columns} columns for a space of {dimension} dimensions are not linearly independent, or not finite"
    )]
    Subspace {
        /// How many columns there are.
        columns: usize,
        /// The dimension of the space.
        dimension: usize,
    },
    /// The logarithm of an eigenvalue that is not positive.
    #[error("eigenvalue {index} must be positive and finite, not {value}")]
    Eigenvalue {
        /// Its place.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// Noise that the function does not feel.
    #[error("no noise on the parameters raises the function by {rise}")]
    NeverRises {
        /// By how much it was to rise.
        rise: f64,
    },
    /// The function cannot be evaluated.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The maximum cannot be searched for.
    #[error(transparent)]
    Search(#[from] DescentError),
}

/// The logarithm of the volume in which a quadratic with these curvatures rises by at most 1/2, up to a constant: the
/// ellipsoid's axes have lengths $\lambda_i^{-1/2}$.
///
/// # Formula
/// $-\frac12\sum_{i=1}^k \ln\lambda_i$ for the $k$ largest eigenvalues.
///
/// # Errors
/// [`SharpnessError::Eigenvalue`] for an eigenvalue that is not positive: there the quadratic has no basin.
///
/// # Reference
/// Wu, Zhu and E, *Towards understanding generalization of deep learning: perspective of loss landscapes* (2017), section 3.
///
/// # Example
/// ```
/// use saddlepoint_landscape::sharpness::log_volume;
///
/// let volume = log_volume(&[4.0, 0.25])?;
/// assert_eq!(volume, 0.0);
/// assert!(log_volume(&[1.0, -1e-9]).is_err());
/// # Ok::<(), saddlepoint_landscape::sharpness::SharpnessError>(())
/// ```
pub fn log_volume(largest: &[f64]) -> Result<f64, SharpnessError> {
    match largest.iter().position(|&value| !(value > 0.0 && value.is_finite())) {
        Some(index) => Err(SharpnessError::Eigenvalue { index, value: largest[index] }),
        None => Ok(-0.5 * largest.iter().map(|value| value.ln()).sum::<f64>()),
    }
}

fn positive(what: &'static str, value: f64) -> Result<f64, SharpnessError> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(SharpnessError::NotPositive { what, value }) }
}
