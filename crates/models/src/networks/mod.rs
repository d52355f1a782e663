//! Networks as burn modules, each with a description that is checked before any tensor exists.
//!
//! Every network maps a batch of flat inputs `[n, d]` to a batch of outputs `[n, k]`: one convention for data,
//! training and curvature. Parameters are drawn from a [`crate::random::Stream`] by a named
//! [`Initialization`], layer by layer, weights before biases, row by row.

mod activation;
mod convolutional;
mod initialization;
mod linear;
mod mlp;
mod perceptron;

use burn::module::Module;
use burn::tensor::Tensor;

pub use activation::Activation;
pub use convolutional::{Convolutional, ConvolutionalNetwork, Pooling};
pub use initialization::Initialization;
pub use linear::{TwoLayerLinear, TwoLayerLinearNetwork};
pub use mlp::{Mlp, MlpNetwork};
pub use perceptron::{Perceptron, PerceptronNetwork};

use crate::device::DeviceError;

/// A burn module that maps `[n, inputs]` to `[n, outputs]`.
pub trait Network: Module + 'static {
    /// The network's outputs: logits for classification, values for regression.
    ///
    /// # Shapes
    /// `inputs: [n, d]`, result `[n, k]`.
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2>;
}

/// Why a network cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// A size is zero, or there are too few of them.
    #[error("{what} must be at least {least}, but is {found}")]
    TooSmall {
        /// Which size.
        what: &'static str,
        /// The least that makes sense.
        least: usize,
        /// What was given.
        found: usize,
    },
    /// A kernel or pooling window is larger than what it slides over.
    #[error("a window of {window} does not fit an image side of {side} (layer {layer})")]
    WindowTooLarge {
        /// Side of the kernel or pooling window.
        window: usize,
        /// Side of the image that reaches it, padding included.
        side: usize,
        /// Which convolutional layer, from 1.
        layer: usize,
    },
    /// The device cannot compute in the precision asked for.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// `value ≥ least`, or the error that says so.
fn at_least(what: &'static str, least: usize, value: usize) -> Result<usize, NetworkError> {
    if value >= least { Ok(value) } else { Err(NetworkError::TooSmall { what, least, found: value }) }
}
