//! Lipschitz constants of networks, in the Euclidean norms of inputs and outputs: bounds on both sides.
//!
//! From cheap to dear, `sampled ≤ Lipschitz constant ≤ local ≤ averaged ≤ product`:
//!
//! - [`sampled`]: the largest norm of a Jacobian at given points, a lower bound;
//! - [`product`]: the product of spectral norms, an upper bound for any 1-Lipschitz activation;
//! - [`averaged`]: never above it, for activations whose slope lies in `[0, 1]`;
//! - [`local`](local()): branch and bound over a box of inputs, for ReLU networks; it meets the lower bound if it is
//!   given the time, which grows exponentially with the number of inputs;
//! - [`largest_slope`]: over the regions of a ReLU network of two inputs, exactly.
//!
//! What stands between layers has its constants in [`functions`] and [`pooling`].
//!
//! The product is of spectral norms; a product of Frobenius norms is larger still. Bounds by semidefinite programs whose
//! multipliers couple different neurons (LipSDP-Network, Fazlyab et al. 2019) are not here: the inequality for pairs of
//! neurons is false (Pauli et al., Training robust neural networks using Lipschitz bounds, IEEE Control Systems Letters
//! 6, 2022).
//!
//! # Example
//! ```
//! use nalgebra::{dmatrix, dvector};
//! use saddlepoint_theory::capacity::lipschitz::{averaged, largest_slope, local, product, sampled};
//! use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
//! use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
//!
//! // A hat: its slopes cancel where both units are active.
//! let network = ReluNetwork::new(vec![
//!     (dmatrix![1.0, 0.0; 1.0, 0.0], dvector![0.0, -1.0]),
//!     (dmatrix![1.0, -1.0], dvector![0.0]),
//! ])?;
//! let regions = Regions::of(&network, Rectangle::new([-2.0, -2.0], [2.0, 2.0])?)?;
//! assert!(largest_slope(&network, &regions)?.norm.contains(1.0));
//! assert!(sampled(&network, &[[0.5, 0.0], [1.5, 0.0]])?.bound > 0.999);
//! assert!(local(&network, &[-2.0, -2.0], &[2.0, 2.0], 100)?.constant.high() < 1.001);
//! assert!(averaged(&network)? < 1.001 && product(&network)? > 1.999);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod exact;
pub mod functions;
pub(super) mod jacobian;
mod local;
pub mod pooling;
mod sampled;
mod upper;

pub use exact::{LargestSlope, largest_slope};
pub use local::{Local, local};
pub use sampled::{Sampled, sampled};
pub use upper::{averaged, product};

use saddlepoint_rigor::MatrixError;

use super::norms::NormError;
use crate::expressivity::relu_network::NetworkError;

/// Why a Lipschitz constant has no bound.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LipschitzError {
    /// A point that does not fit the network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A norm that cannot be enclosed.
    #[error(transparent)]
    Norm(#[from] NormError),
    /// Numbers that are not finite, or a product that overflows.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// No point at which the network is shown to have a derivative.
    #[error("none of {0} points is shown to lie off all kinks: there is no Jacobian to take the norm of")]
    NoDerivative(usize),
    /// Ends of a box that do not increase or are not finite.
    #[error("input {index} has the range [{low}, {high}]: its ends must be finite and increase")]
    Range {
        /// The input, from 0.
        index: usize,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// A normalization that stretches without limit.
    #[error("a normalization with gain {gain} and ε = {epsilon}: the gain must be finite and ε positive")]
    Standardization {
        /// The largest absolute gain.
        gain: f64,
        /// What is added to the variance.
        epsilon: f64,
    },
    /// Regions that are not those of the network.
    #[error("a region has {found} units, the network {expected}")]
    Pattern {
        /// The number of hidden units.
        expected: usize,
        /// The length of the pattern.
        found: usize,
    },
}
