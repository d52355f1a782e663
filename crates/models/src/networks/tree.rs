//! Small networks composed as a balanced binary tree.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Activation, Architecture, Drawing, Network, NetworkError, at_least};

/// A balanced binary tree that is yet to be initialized, each of whose nodes is a network `2`-`units`-`1` of its own.
///
/// # Formula
/// Neighbouring inputs `a`, `b` are joined by `v · φ(W (a, b) + c) + e`, then the results in the same way, until one number
/// is left. A tree over `d` inputs has `d − 1` nodes and `(d − 1)(4 · units + 1)` parameters.
///
/// # Reference
/// Mhaskar, Liao and Poggio 2016, *Learning functions: when is deep better than shallow*.
///
/// # Example
/// ```
/// use saddlepoint_models::networks::{Activation, TreeMlp};
///
/// assert_eq!(TreeMlp::new(8, 20, Activation::Relu)?.parameters(), 567);
/// assert!(TreeMlp::new(6, 20, Activation::Relu).is_err(), "six leaves are not balanced");
/// # Ok::<(), saddlepoint_models::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeMlp {
    leaves: usize,
    units: usize,
    activation: Activation,
}

impl TreeMlp {
    /// The number of inputs and that of the hidden units of a node.
    ///
    /// # Errors
    /// [`NetworkError::TooSmall`] for fewer than two leaves or no units, [`NetworkError::Unbalanced`] where the number of
    /// leaves is no power of 2.
    pub fn new(leaves: usize, units: usize, activation: Activation) -> Result<Self, NetworkError> {
        at_least("the number of leaves", 2, leaves)?;
        at_least("the number of units of a node", 1, units)?;
        if leaves.is_power_of_two() {
            Ok(Self { leaves, units, activation })
        } else {
            Err(NetworkError::Unbalanced { leaves })
        }
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        (self.leaves - 1) * (4 * self.units + 1)
    }
}

impl Architecture for TreeMlp {
    type Network = TreeNetwork;

    fn build(&self, drawing: &mut Drawing<'_>) -> TreeNetwork {
        let sizes = std::iter::successors(Some(self.leaves / 2), |&nodes| (nodes > 1).then_some(nodes / 2));
        let levels = sizes.map(|nodes| TreeLevel::new(nodes, self.units, drawing)).collect();
        TreeNetwork { levels, activation: self.activation }
    }
}

/// An initialized tree.
#[derive(Module, Debug)]
pub struct TreeNetwork {
    /// The nodes by their distance from the leaves.
    pub levels: Vec<TreeLevel>,
    #[module(skip)]
    activation: Activation,
}

impl Network for TreeNetwork {
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.levels.iter().fold(inputs, |x, level| level.forward(x, self.activation))
    }
}

/// The nodes of one level, all computed together.
#[derive(Module, Debug)]
pub struct TreeLevel {
    /// Weights of the hidden layers, `[nodes, 2, units]`.
    pub weight: Param<Tensor<3>>,
    /// Biases of the hidden layers, `[nodes, 1, units]`.
    pub bias: Param<Tensor<3>>,
    /// Weights of the outputs, `[nodes, units, 1]`.
    pub output_weight: Param<Tensor<3>>,
    /// Biases of the outputs, `[nodes, 1, 1]`.
    pub output_bias: Param<Tensor<3>>,
}

impl TreeLevel {
    fn new(nodes: usize, units: usize, drawing: &mut Drawing<'_>) -> Self {
        let initialization = drawing.initialization;
        let weight = initialization.weights(2, units, nodes * 2 * units, drawing.stream);
        let bias = initialization.biases(2, nodes * units, drawing.stream);
        let output_weight = initialization.weights(units, 1, nodes * units, drawing.stream);
        let output_bias = initialization.biases(units, nodes, drawing.stream);
        Self {
            weight: drawing.parameter(weight, [nodes, 2, units]),
            bias: drawing.parameter(bias, [nodes, 1, units]),
            output_weight: drawing.parameter(output_weight, [nodes, units, 1]),
            output_bias: drawing.parameter(output_bias, [nodes, 1, 1]),
        }
    }

    /// `[n, 2 · nodes]` to `[n, nodes]`.
    fn forward(&self, x: Tensor<2>, activation: Activation) -> Tensor<2> {
        let ([n, _], [nodes, ..]) = (x.dims(), self.weight.dims());
        let pairs = x.reshape([n, nodes, 2]).swap_dims(0, 1);
        let hidden = activation.apply(pairs.matmul(self.weight.val()) + self.bias.val());
        let outputs = hidden.matmul(self.output_weight.val()) + self.output_bias.val();
        outputs.swap_dims(0, 1).reshape([n, nodes])
    }
}
