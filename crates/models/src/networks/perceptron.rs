//! A single unit.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::initialization::Drawing;
use super::{Activation, Initialization, Network, NetworkError, at_least};
use crate::device::{Device, Precision};
use crate::random::Stream;

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

    /// Draws the weights.
    ///
    /// # Errors
    /// When the device cannot compute in this precision.
    pub fn init(
        &self,
        initialization: Initialization,
        precision: Precision,
        device: &Device,
        stream: &mut Stream,
    ) -> Result<PerceptronNetwork, NetworkError> {
        device.require(precision)?;
        let mut drawing = Drawing { initialization, precision, device, stream };
        Ok(PerceptronNetwork { unit: drawing.linear(self.inputs, 1, self.bias), activation: self.activation })
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
