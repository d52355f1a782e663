//! Networks as burn modules, each with a description that is checked before any tensor exists.
//!
//! Every network maps a batch of flat inputs `[n, d]` to a batch of outputs `[n, k]`: one convention for data,
//! training and curvature. An [`Architecture`] draws the parameters from a [`Stream`] by a named [`Initialization`].

mod activation;
mod convolutional;
mod deep;
pub(crate) mod dropout;
mod initialization;
mod linear;
mod mlp;
mod normalization;
mod perceptron;
mod residual;
mod tree;
mod weights;

use burn::module::{Module, ParamId};
use burn::nn::Linear;
use burn::tensor::Tensor;

pub use activation::Activation;
pub use convolutional::{Convolutional, ConvolutionalNetwork, Pooling};
pub use deep::{DeepMlp, DeepMlpNetwork, DenseLayer, DenseLayerNetwork};
pub use dropout::Dropout;
pub use initialization::{Drawing, Initialization};
pub use linear::{TwoLayerLinear, TwoLayerLinearNetwork};
pub use mlp::{Mlp, MlpNetwork};
pub use normalization::{
    ActivationNorm, Affine, BatchNormalization, LayerNormalization, Normalization, Running,
};
pub use perceptron::{Perceptron, PerceptronNetwork};
pub use residual::{Block, Convolution, ResidualConvolutional, ResidualConvolutionalNetwork, Stage};
pub use tree::{TreeLevel, TreeMlp, TreeNetwork};
pub use weights::Weights;

use crate::device::{Device, DeviceError, Precision};
use crate::random::Stream;

/// A burn module that maps `[n, inputs]` to `[n, outputs]`.
pub trait Network: Module + 'static {
    /// The network's outputs: logits for classification, values for regression.
    ///
    /// # Shapes
    /// `inputs: [n, d]`, result `[n, k]`.
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2>;

    /// The outputs, and what K-FAC must see of each layer; `None` where the network does not show them.
    fn forward_factored(&self, inputs: Tensor<2>) -> Option<(Tensor<2>, Vec<Factored>)> {
        let _ = inputs;
        None
    }

    /// The outputs where each hidden unit is dropped with a probability and the others are divided by its complement; masks
    /// are drawn layer by layer, example by example. `None` where the network does not show its units.
    fn forward_dropped(&self, inputs: Tensor<2>, probability: f64, stream: &mut Stream) -> Option<Tensor<2>> {
        let _ = (inputs, probability, stream);
        None
    }
}

/// A dense layer of a network during a forward pass with automatic differentiation.
#[derive(Debug, Clone)]
pub struct Factored {
    /// What enters the layer, `[n, inputs]`.
    pub inputs: Tensor<2>,
    /// Zeros that were added to its outputs, `[n, outputs]`: the loss's gradient there is that of the outputs, example by
    /// example.
    pub probe: Tensor<2>,
    /// Its weights, `[inputs, outputs]`.
    pub weight: ParamId,
    /// Its biases.
    pub bias: Option<ParamId>,
}

/// The description of a network: what [`Architecture::init`] makes one of.
pub trait Architecture {
    /// The burn module.
    type Network: Network;

    /// Makes the network, with parameters from `drawing`.
    fn build(&self, drawing: &mut Drawing<'_>) -> Self::Network;

    /// Draws the parameters: layer by layer, weights before biases, row by row.
    ///
    /// # Errors
    /// When the device cannot compute in this precision.
    fn init(
        &self,
        initialization: Initialization,
        precision: Precision,
        device: &Device,
        stream: &mut Stream,
    ) -> Result<Self::Network, NetworkError> {
        device.require(precision)?;
        Ok(self.build(&mut Drawing { initialization, precision, device, stream }))
    }
}

/// Fully connected layers, with the activation after each but the last.
fn dense(layers: &[Linear], activation: Activation, inputs: Tensor<2>) -> Tensor<2> {
    dense_through(layers, inputs, |z| activation.apply(z))
}

/// Fully connected layers, with something done to the outputs of each but the last.
fn dense_through(
    layers: &[Linear],
    inputs: Tensor<2>,
    mut hidden: impl FnMut(Tensor<2>) -> Tensor<2>,
) -> Tensor<2> {
    layers.iter().enumerate().fold(inputs, |x, (index, layer)| {
        let z = layer.forward(x);
        if index + 1 == layers.len() { z } else { hidden(z) }
    })
}

/// The same, with what K-FAC must see of each layer.
fn dense_factored(layers: &[Linear], activation: Activation, inputs: Tensor<2>) -> (Tensor<2>, Vec<Factored>) {
    let mut seen = Vec::with_capacity(layers.len());
    let outputs = layers.iter().enumerate().fold(inputs, |x, (index, layer)| {
        let z = layer.forward(x.clone());
        let probe = Tensor::zeros(z.dims(), (&z.device(), z.dtype())).require_grad();
        let (weight, bias) = (layer.weight.id, layer.bias.as_ref().map(|bias| bias.id));
        seen.push(Factored { inputs: x, probe: probe.clone(), weight, bias });
        let z = z + probe;
        if index + 1 == layers.len() { z } else { activation.apply(z) }
    });
    (outputs, seen)
}

/// Why a network cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
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
    /// A skip connection leads from one width to another.
    #[error("a skip connection cannot lead from {from} to {to} units (layer {layer})")]
    Skip {
        /// Units before the layer.
        from: usize,
        /// Units of the layer.
        to: usize,
        /// Which hidden layer, from 1.
        layer: usize,
    },
    /// A tree with paths of different lengths.
    #[error("a balanced binary tree has a power of 2 as its number of leaves, not {leaves}")]
    Unbalanced {
        /// The number of leaves.
        leaves: usize,
    },
    /// A constant of the network makes no sense.
    #[error("{what} must lie in {range}, but is {found}")]
    OutOfRange {
        /// Which constant.
        what: &'static str,
        /// Where it must lie.
        range: &'static str,
        /// What was given.
        found: f64,
    },
    /// The device cannot compute in the precision asked for.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// `value ≥ least`, or the error that says so.
fn at_least(what: &'static str, least: usize, value: usize) -> Result<usize, NetworkError> {
    if value >= least { Ok(value) } else { Err(NetworkError::TooSmall { what, least, found: value }) }
}
