//! A single unit.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Activation, Architecture, Drawing, Network, NetworkError, at_least};

/// `x ↦ φ(w · x + b)`: one unit, with or without a bias.
///
/// # Reference
/// Rosenblatt 1958; with a sigmoid and squared error, Auer, Herbster and Warmuth 1995.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Perceptron {
    inputs: usize,
    activation: Activation,
    bias: bool,
}

impl Perceptron {
    /// A unit with this many inputs.
    ///
    /// # Errors
    /// [`NetworkError::TooSmall`] if there are none.
    pub fn new(inputs: usize, activation: Activation) -> Result<Self, NetworkError> {
        Ok(Self { inputs: at_least("the number of inputs", 1, inputs)?, activation, bias: true })
    }

    /// The same without a bias.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }
}

impl Architecture for Perceptron {
    type Network = PerceptronNetwork;

    fn build(&self, drawing: &mut Drawing<'_>) -> PerceptronNetwork {
        PerceptronNetwork { unit: drawing.linear(self.inputs, 1, self.bias), activation: self.activation }
    }
}

/// An initialized unit.
#[derive(Module, Debug)]
pub struct PerceptronNetwork {
    /// Its weights.
    pub unit: Linear,
    #[module(skip)]
    activation: Activation,
}

impl Network for PerceptronNetwork {
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.activation.apply(self.unit.forward(inputs))
    }
}
