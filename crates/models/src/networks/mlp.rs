//! Multi-layer perceptrons.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::dropout::dropped;
use super::{
    Activation, Architecture, Drawing, Factored, Initialization, Network, NetworkError, at_least, dense,
    dense_factored, dense_through,
};
use crate::random::Stream;

/// A multi-layer perceptron that is yet to be initialized.
///
/// # Formula
/// `x ↦ W_L φ(… φ(W_1 x + b_1) …) + b_L`: the activation follows every layer but the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mlp {
    pub(crate) widths: Vec<usize>,
    pub(crate) activation: Activation,
    pub(crate) bias: bool,
}

impl Mlp {
    /// Input dimension, hidden widths and output dimension, in this order.
    ///
    /// # Errors
    /// [`NetworkError::TooSmall`] for fewer than two widths or a width of zero.
    pub fn new(widths: &[usize], activation: Activation) -> Result<Self, NetworkError> {
        at_least("the number of widths", 2, widths.len())?;
        for &width in widths {
            at_least("a width", 1, width)?;
        }
        Ok(Self { widths: widths.to_vec(), activation, bias: true })
    }

    /// Number of inputs and of outputs.
    pub fn ends(&self) -> (usize, usize) {
        (self.widths[0], self.widths[self.widths.len() - 1])
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.widths.windows(2).map(|pair| (pair[0] + usize::from(self.bias)) * pair[1]).sum()
    }

    /// Draws the parameters as one vector, in the order of [`crate::parameters::flat`]: what
    /// [`init`](Architecture::init) draws from the same stream.
    pub fn draw(&self, initialization: Initialization, stream: &mut Stream) -> Vec<f64> {
        let mut parameters = Vec::with_capacity(self.parameters());
        for pair in self.widths.windows(2) {
            let (inputs, outputs) = (pair[0], pair[1]);
            parameters.extend(initialization.weights(inputs, outputs, inputs * outputs, stream));
            if self.bias {
                parameters.extend(initialization.biases(inputs, outputs, stream));
            }
        }
        parameters
    }

    /// The same without biases, as most norm bounds require.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }
}

impl Architecture for Mlp {
    type Network = MlpNetwork;

    fn build(&self, drawing: &mut Drawing<'_>) -> MlpNetwork {
        let layers = self.widths.windows(2).map(|pair| drawing.linear(pair[0], pair[1], self.bias)).collect();
        MlpNetwork { layers, activation: self.activation }
    }
}

/// An initialized multi-layer perceptron.
#[derive(Module, Debug)]
pub struct MlpNetwork {
    /// The fully connected layers, first to last.
    pub layers: Vec<Linear>,
    #[module(skip)]
    activation: Activation,
}

impl Network for MlpNetwork {
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        dense(&self.layers, self.activation, inputs)
    }

    fn forward_factored(&self, inputs: Tensor<2>) -> Option<(Tensor<2>, Vec<Factored>)> {
        Some(dense_factored(&self.layers, self.activation, inputs))
    }

    fn forward_dropped(&self, inputs: Tensor<2>, probability: f64, stream: &mut Stream) -> Option<Tensor<2>> {
        let hidden = |z| dropped(self.activation.apply(z), probability, stream);
        Some(dense_through(&self.layers, inputs, hidden))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_widths_are_refused() {
        assert!(matches!(Mlp::new(&[3], Activation::Relu), Err(NetworkError::TooSmall { found: 1, .. })));
        assert!(matches!(Mlp::new(&[3, 0, 1], Activation::Relu), Err(NetworkError::TooSmall { found: 0, .. })));
    }
}
