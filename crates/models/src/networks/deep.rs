//! Deep dense networks whose layers may each have a normalization, a skip connection and dropout.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::dropout::Dropout;
use super::normalization::{ActivationNorm, Normalization};
use super::weights::Weights;
use super::{Activation, Architecture, Drawing, Network, NetworkError, at_least};

/// One hidden layer of a [`DeepMlp`].
///
/// # Formula
/// `h(x) = dropout(φ(norm(W x + b)))`, and `x + α h(x)` with a skip connection of scale `α`.
///
/// # Reference
/// He, Zhang, Ren and Sun 2016; with a scale, De and Smith 2020.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DenseLayer {
    width: usize,
    normalization: Normalization,
    skip: Option<f64>,
    dropout: f64,
    bias: bool,
}

impl DenseLayer {
    /// A layer of this many units with biases, and nothing else.
    pub fn new(width: usize) -> Self {
        Self { width, normalization: Normalization::None, skip: None, dropout: 0.0, bias: true }
    }

    /// The same with a normalization.
    #[must_use]
    pub fn normalized(self, normalization: Normalization) -> Self {
        Self { normalization, ..self }
    }

    /// The same with a skip connection around it: the layer adds `scale` times what it computes to its input.
    #[must_use]
    pub fn skipped(self, scale: f64) -> Self {
        Self { skip: Some(scale), ..self }
    }

    /// The same with outputs that are dropped with this probability in training.
    #[must_use]
    pub fn dropping(self, probability: f64) -> Self {
        Self { dropout: probability, ..self }
    }

    /// The same without biases.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }
}

/// A deep dense network that is yet to be initialized: hidden layers as described, then one linear layer.
///
/// # Example
/// ```
/// use saddlepoint_models::networks::{Activation, DeepMlp, DenseLayer, Normalization};
///
/// let first = DenseLayer::new(40);
/// let layer = first.normalized(Normalization::Layer { epsilon: 1e-5 }).skipped(0.5);
/// let residual = DeepMlp::new(10, &[first, layer, layer], 1, Activation::Tanh)?;
/// assert!(DeepMlp::new(10, &[layer], 1, Activation::Tanh).is_err(), "a skip from 10 to 40 units");
/// # Ok::<(), saddlepoint_models::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeepMlp {
    inputs: usize,
    layers: Vec<DenseLayer>,
    outputs: usize,
    activation: Activation,
    output_bias: bool,
}

impl DeepMlp {
    /// Input dimension, hidden layers and output dimension.
    ///
    /// # Errors
    /// [`NetworkError::TooSmall`] for a size of zero, [`NetworkError::Skip`] for a skip connection between different
    /// widths, [`NetworkError::OutOfRange`] for a scale, a probability or an `ε` that makes no sense.
    pub fn new(
        inputs: usize,
        layers: &[DenseLayer],
        outputs: usize,
        activation: Activation,
    ) -> Result<Self, NetworkError> {
        let mut before = at_least("the number of inputs", 1, inputs)?;
        at_least("the number of outputs", 1, outputs)?;
        for (index, layer) in layers.iter().enumerate() {
            at_least("a width", 1, layer.width)?;
            layer.normalization.checked()?;
            Dropout::checked(layer.dropout)?;
            if let Some(scale) = layer.skip {
                finite_scale(scale)?;
                if before != layer.width {
                    return Err(NetworkError::Skip { from: before, to: layer.width, layer: index + 1 });
                }
            }
            before = layer.width;
        }
        Ok(Self { inputs, layers: layers.to_vec(), outputs, activation, output_bias: true })
    }

    /// `depth` hidden layers alike, each of `width` units; a skip connection leaves the first one out, whose input has
    /// another dimension.
    ///
    /// # Errors
    /// As for [`DeepMlp::new`].
    pub fn uniform(
        inputs: usize,
        layer: DenseLayer,
        depth: usize,
        outputs: usize,
        activation: Activation,
    ) -> Result<Self, NetworkError> {
        let mut layers = vec![layer; depth];
        if let Some(first) = layers.first_mut() {
            first.skip = None;
        }
        Self::new(inputs, &layers, outputs, activation)
    }

    /// The same without a bias in the output layer.
    #[must_use]
    pub fn without_output_bias(self) -> Self {
        Self { output_bias: false, ..self }
    }
}

/// A scale of a skip connection, which must be a number.
pub(super) fn finite_scale(scale: f64) -> Result<f64, NetworkError> {
    if scale.is_finite() {
        Ok(scale)
    } else {
        Err(NetworkError::OutOfRange {
            what: "the scale of a skip connection", range: "(−∞, ∞)", found: scale
        })
    }
}

impl Architecture for DeepMlp {
    type Network = DeepMlpNetwork;

    fn build(&self, drawing: &mut Drawing<'_>) -> DeepMlpNetwork {
        let mut inputs = self.inputs;
        let mut connect = |layer: &DenseLayer| {
            let from = std::mem::replace(&mut inputs, layer.width);
            DenseLayerNetwork::new(from, *layer, self.activation, drawing)
        };
        let layers = self.layers.iter().map(&mut connect).collect();
        DeepMlpNetwork { layers, output: drawing.linear(inputs, self.outputs, self.output_bias) }
    }
}

/// An initialized deep dense network.
#[derive(Module, Debug)]
pub struct DeepMlpNetwork {
    /// The hidden layers, first to last.
    pub layers: Vec<DenseLayerNetwork>,
    /// The output layer.
    pub output: Linear,
}

impl Network for DeepMlpNetwork {
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.output.forward(self.layers.iter().fold(inputs, |x, layer| layer.forward(x)))
    }
}

/// An initialized hidden layer.
#[derive(Module, Debug)]
pub struct DenseLayerNetwork {
    /// Its weights, `[inputs, units]`.
    pub weights: Weights<2>,
    /// Its biases, where nothing normalizes its pre-activations.
    pub bias: Option<Param<Tensor<1>>>,
    /// What normalizes its pre-activations.
    pub norm: Option<ActivationNorm>,
    dropout: Option<Dropout>,
    skip: Option<f64>,
    #[module(skip)]
    activation: Activation,
}

impl DenseLayerNetwork {
    fn new(inputs: usize, layer: DenseLayer, activation: Activation, drawing: &mut Drawing<'_>) -> Self {
        let units = layer.width;
        let weights = Weights::new([inputs, units], [inputs, units], layer.normalization, drawing);
        let norm = layer.normalization.of_activations(units, drawing);
        let bias = (layer.bias && norm.is_none()).then(|| drawing.biases(inputs, units));
        let dropout = (layer.dropout > 0.0).then(|| Dropout::new(layer.dropout, drawing.stream));
        Self { weights, bias, norm, dropout, skip: layer.skip, activation }
    }

    /// What the layer makes of `[n, inputs]`: `[n, units]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let mut z = x.clone().matmul(self.weights.effective());
        if let Some(bias) = &self.bias {
            z = z + bias.val().unsqueeze();
        }
        if let Some(norm) = &self.norm {
            z = norm.forward(z);
        }
        let mut h = self.activation.apply(z);
        if let Some(dropout) = &self.dropout {
            h = dropout.forward(h);
        }
        match self.skip {
            Some(scale) => x + h * scale,
            None => h,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_layers_are_refused_by_name() {
        let layer = DenseLayer::new(3);
        let make = |layer| DeepMlp::new(3, &[layer], 1, Activation::Tanh);
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(matches!(make(layer.skipped(bad)), Err(NetworkError::OutOfRange { .. })));
        }
        for bad in [f64::NAN, -0.1, 1.0, f64::INFINITY] {
            assert!(matches!(make(layer.dropping(bad)), Err(NetworkError::OutOfRange { .. })));
        }
        for epsilon in [f64::NAN, -1e-9, f64::INFINITY] {
            for norm in [Normalization::Batch { epsilon }, Normalization::Layer { epsilon }] {
                assert!(matches!(make(layer.normalized(norm)), Err(NetworkError::OutOfRange { .. })));
            }
        }
        let skip = DeepMlp::new(2, &[layer.skipped(1.0)], 1, Activation::Tanh);
        assert_eq!(skip, Err(NetworkError::Skip { from: 2, to: 3, layer: 1 }));
    }
}
