//! Norms of weight matrices and of layered networks, as enclosures.
//!
//! All of them take an [`IntervalMatrix`](saddlepoint_rigor::IntervalMatrix) and enclose the norm of every matrix
//! inside; [`spectrum::exact`](super::spectrum::exact) makes one of a matrix of nalgebra. The distance to a reference
//! matrix is the norm of the difference, with its rounding counted:
//! ```
//! use saddlepoint_rigor::IntervalMatrix;
//! use saddlepoint_theory::capacity::norms::frobenius;
//!
//! let trained = IntervalMatrix::from_rows(1, 2, vec![3.1, 4.2])?;
//! let initial = IntervalMatrix::from_rows(1, 2, vec![0.1, 0.2])?;
//! assert!(frobenius(&trained.minus(&initial)?).contains(5.0));
//! # Ok::<(), saddlepoint_rigor::MatrixError>(())
//! ```
//! A layer maps `x` to `W x`: rows are outputs. The literature writes some of these norms for `Wᵀ`.

mod entrywise;
mod layers;
mod schatten;

pub use entrywise::{frobenius, two_one_over_rows};
pub use layers::{Layers, PathNorm};
pub use schatten::{schatten, spectral, stable_rank};

use super::spectrum::EnclosureError;

/// Why a norm or a network of layers has no value.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NormError {
    /// A Schatten norm of an order below 1, or NaN.
    #[error("a Schatten norm of order {0}: the order must be at least 1")]
    Order(f64),
    /// A quotient by a norm that cannot be shown to be positive.
    #[error("the stable rank of a matrix that may be zero: its spectral norm is at most {0}")]
    Zero(f64),
    /// A network without layers.
    #[error("a network of no layers has no norm")]
    NoLayers,
    /// A layer that does not fit the one before it.
    #[error("layer {layer} takes {inputs} inputs, but the layer before it has {outputs} outputs")]
    Chain {
        /// The layer, from 0.
        layer: usize,
        /// The number of its inputs.
        inputs: usize,
        /// The number of outputs of the layer before it.
        outputs: usize,
    },
    /// Not one number of each kind for each layer.
    #[error("{expected} layers, but {found} numbers: there must be one for each layer")]
    Layers {
        /// The number of layers.
        expected: usize,
        /// The number of numbers.
        found: usize,
    },
    /// A Lipschitz constant that is none.
    #[error("a Lipschitz constant of {0}: it must be finite and at least 0")]
    Lipschitz(f64),
    /// The singular values could not be enclosed.
    #[error(transparent)]
    Enclosure(#[from] EnclosureError),
}
