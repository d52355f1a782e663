//! Two-layer linear networks, whose landscape is known in closed form.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Architecture, Drawing, Network, NetworkError, at_least};

/// `x ↦ A B x` with `B: hidden × inputs`, `A: outputs × hidden`, without biases.
///
/// # Reference
/// Baldi and Hornik 1989.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoLayerLinear {
    inputs: usize,
    hidden: usize,
    outputs: usize,
}

impl TwoLayerLinear {
    /// The three dimensions.
    ///
    /// # Errors
    /// [`NetworkError::TooSmall`] if one of them is zero.
    pub fn new(inputs: usize, hidden: usize, outputs: usize) -> Result<Self, NetworkError> {
        Ok(Self {
            inputs: at_least("the number of inputs", 1, inputs)?,
            hidden: at_least("the number of hidden units", 1, hidden)?,
            outputs: at_least("the number of outputs", 1, outputs)?,
        })
    }
}

impl Architecture for TwoLayerLinear {
    type Network = TwoLayerLinearNetwork;

    fn build(&self, drawing: &mut Drawing<'_>) -> TwoLayerLinearNetwork {
        TwoLayerLinearNetwork {
            b: drawing.linear(self.inputs, self.hidden, false),
            a: drawing.linear(self.hidden, self.outputs, false),
        }
    }
}

/// An initialized two-layer linear network. burn stores the transposes of `B` and `A`.
#[derive(Module, Debug)]
pub struct TwoLayerLinearNetwork {
    /// The first layer.
    pub b: Linear,
    /// The second layer.
    pub a: Linear,
}

impl Network for TwoLayerLinearNetwork {
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.a.forward(self.b.forward(inputs))
    }
}
