//! The networks that norm bounds are about, with their hypotheses: no biases, activations that map 0 to 0.

mod activation;
mod reference;

pub use activation::Activation;
pub use reference::Reference;

use saddlepoint_rigor::{Interval, IntervalMatrix, IntervalVector};

use super::hypothesis::Violation;
use super::inputs::Sample;
use crate::capacity::norms::{Layers, NormError, frobenius, spectral};
use crate::capacity::spectrum::exact;
use crate::expressivity::relu_network::ReluNetwork;

/// One operation of a network as a program runs it, from which [`Network::from_operations`] takes what it may.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// `x ↦ W x`.
    Linear(IntervalMatrix),
    /// `x ↦ x + b`.
    Bias(Vec<f64>),
    /// An activation of each unit.
    Activation(Activation),
    /// A normalization with statistics of a batch, or with stored ones that were not folded into the weights.
    BatchNormalization,
    /// Maxima over windows.
    MaxPooling,
}

/// A network `x ↦ W_L σ(W_{L−1} ⋯ σ(W₁ x))` without biases whose activation maps 0 to 0.
///
/// Its weights may be those that training found: what a theorem needs to be fixed before the data is the shape and
/// the activation.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::bounds::hypothesis::Violation;
/// use saddlepoint_theory::bounds::network::{Activation, Network};
/// use saddlepoint_theory::capacity::norms::Layers;
///
/// let layers = Layers::new(vec![IntervalMatrix::identity(2)?, IntervalMatrix::from_rows(1, 2, vec![1.0, -1.0])?])?;
/// assert_eq!(Network::new(layers.clone(), Activation::relu())?.width(), 2);
/// let refusal = Network::new(layers, Activation::sigmoid()).unwrap_err();
/// assert_eq!(refusal, Violation::ActivationAtZero { name: "sigmoid", value: 0.5 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    layers: Layers,
    activation: Activation,
}

impl Network {
    /// A network of these weights.
    ///
    /// # Errors
    /// When the activation does not map 0 to 0.
    pub fn new(layers: Layers, activation: Activation) -> Result<Self, Violation> {
        if activation.at_zero != 0.0 {
            return Err(Violation::ActivationAtZero { name: activation.name, value: activation.at_zero });
        }
        Ok(Self { layers, activation })
    }

    /// A network from the operations that it runs. A bias of zero is none; one linear map alone has the identity for
    /// an activation.
    ///
    /// # Errors
    /// When one of the operations is a bias that is not zero or not one number for each unit, a normalization or a pooling; when linear maps and
    /// activations do not alternate, from a linear map to a linear map; when activations differ; and as
    /// [`new`](Self::new).
    pub fn from_operations(operations: Vec<Operation>) -> Result<Self, Violation> {
        let (mut weights, mut activation) = (Vec::new(), None);
        let mut linear_is_next = true;
        for (at, operation) in operations.into_iter().enumerate() {
            match operation {
                Operation::Linear(matrix) if linear_is_next => {
                    weights.push(matrix);
                    linear_is_next = false;
                }
                Operation::Activation(next) if !linear_is_next => {
                    if *activation.get_or_insert(next) != next {
                        return Err(Violation::Operation("a second kind of activation"));
                    }
                    linear_is_next = true;
                }
                Operation::Bias(bias) if !linear_is_next => {
                    let layer = weights.len() - 1;
                    let units = weights[layer].shape().0;
                    if bias.len() != units {
                        return Err(Violation::Biases { layer, units, found: bias.len() });
                    }
                    if let Some(unit) = bias.iter().position(|&b| b != 0.0) {
                        return Err(Violation::Bias { layer, unit, value: bias[unit] });
                    }
                }
                Operation::BatchNormalization => return Err(Violation::Operation("batch normalization")),
                Operation::MaxPooling => return Err(Violation::Operation("max pooling")),
                _ => return Err(Violation::Alternation(at)),
            }
        }
        let layers = Layers::new(weights)?;
        if linear_is_next {
            return Err(Violation::Alternation(2 * layers.weights().len() - 1));
        }
        Self::new(layers, activation.unwrap_or_else(Activation::identity))
    }

    /// A ReLU network of numbers, if all its biases are zero.
    ///
    /// # Errors
    /// When a bias is not zero.
    pub fn of_relu(network: &ReluNetwork) -> Result<Self, Violation> {
        let last = network.layers().len() - 1;
        let mut operations = Vec::new();
        for (i, (weights, bias)) in network.layers().iter().enumerate() {
            operations.push(Operation::Linear(exact(weights)?));
            operations.push(Operation::Bias(bias.as_slice().to_vec()));
            if i < last {
                operations.push(Operation::Activation(Activation::relu()));
            }
        }
        Ok(Self { activation: Activation::relu(), ..Self::from_operations(operations)? })
    }

    /// The network without biases that computes the same as one with them, on inputs with one coordinate more that
    /// is 1 ([`Inputs::augmented`](super::inputs::Inputs::augmented)): every hidden layer gets a unit that hands the 1 on. All norms are those of the
    /// larger network and of the longer inputs.
    ///
    /// # Formula
    /// `[Wᵢ bᵢ; 0 1]` for hidden layers, `[W_L b_L]` for the last
    ///
    /// # Errors
    /// When there is not one bias for each unit, one is not finite, or the activation is not known to be positive
    /// homogeneous with `σ(1) = 1`.
    ///
    /// # Reference
    /// Shalev-Shwartz and Ben-David, *Understanding Machine Learning*, 2014, section 9.1, for one layer; the unit
    /// that hands the 1 on is this project's.
    pub fn augmented(layers: &Layers, biases: &[Vec<f64>], activation: Activation) -> Result<Self, Violation> {
        let exact = |bias: &Vec<f64>| (bias.clone(), vec![0.0; bias.len()]);
        augmented(layers, biases.iter().map(exact).collect(), activation)
    }

    /// The same for biases that are known up to an interval, as normalizations that were folded into weights leave them.
    ///
    /// # Errors
    /// As [`augmented`](Self::augmented).
    pub fn augmented_enclosing(
        layers: &Layers,
        biases: &[IntervalVector],
        activation: Activation,
    ) -> Result<Self, Violation> {
        let parts = |bias: &IntervalVector| {
            let column = bias.as_column();
            (column.midpoints().to_vec(), column.radii().to_vec())
        };
        augmented(layers, biases.iter().map(parts).collect(), activation)
    }

    /// The weights.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// What is applied to hidden units.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The number of weight matrices.
    pub fn depth(&self) -> usize {
        self.layers.weights().len()
    }

    /// The largest number of units of a layer, inputs and outputs among them.
    pub fn width(&self) -> usize {
        let sides = self.layers.weights().iter().map(|matrix| matrix.shape().0.max(matrix.shape().1));
        sides.max().unwrap_or(0)
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.layers.weights().last().map_or(0, |matrix| matrix.shape().0)
    }

    /// The spectral norm of each layer.
    pub(crate) fn spectral_norms(&self) -> Result<Vec<Interval>, NormError> {
        self.layers.weights().iter().map(spectral).collect()
    }

    /// The Frobenius norm of each layer.
    pub(crate) fn frobenius_norms(&self) -> Vec<Interval> {
        self.layers.weights().iter().map(frobenius).collect()
    }

    /// For each layer, the Lipschitz constant of what follows it: the output has no activation.
    pub(crate) fn lipschitz(&self) -> Vec<f64> {
        let last = self.depth() - 1;
        (0..=last).map(|i| if i < last { self.activation.lipschitz() } else { 1.0 }).collect()
    }

    /// Refuses samples with inputs that the network does not take, or margins of another number of outputs.
    pub(crate) fn require_fits(&self, sample: &Sample<'_>) -> Result<(), Violation> {
        let (expected, found) = (self.layers.weights()[0].shape().1, sample.inputs().dimension());
        if expected != found {
            return Err(Violation::Dimension { expected, found });
        }
        require_outputs(self.outputs(), sample.margins().outputs())
    }

    /// Refuses networks whose activation is not 1-Lipschitz and positive homogeneous, or with more outputs than one.
    ///
    /// # Errors
    /// The hypothesis that fails.
    pub fn require_scalar_and_homogeneous(&self) -> Result<(), Violation> {
        self.activation.require_homogeneous()?;
        require_outputs(1, self.outputs())
    }
}

/// Midpoints and radii of a layer's biases.
type Biases = (Vec<f64>, Vec<f64>);

/// [`Network::augmented`], with biases by their midpoints and radii.
fn augmented(layers: &Layers, biases: Vec<Biases>, activation: Activation) -> Result<Network, Violation> {
    if !activation.keeps_one {
        return Err(Violation::NotHomogeneous(activation.name));
    }
    let weights = layers.weights();
    if biases.len() != weights.len() {
        let layer = weights.len().min(biases.len());
        return Err(Violation::Biases { layer, units: weights.len(), found: biases.len() });
    }
    let augment = |(layer, (matrix, bias)): (usize, (&IntervalMatrix, Biases))| {
        let (units, inputs) = matrix.shape();
        if bias.0.len() != units {
            return Err(Violation::Biases { layer, units, found: bias.0.len() });
        }
        let with = |values: &[f64], bias: &[f64], corner: f64| -> Vec<f64> {
            let rows = values.chunks_exact(inputs).zip(bias);
            let mut entries: Vec<f64> =
                rows.flat_map(|(row, &bias)| row.iter().copied().chain([bias])).collect();
            if layer + 1 < weights.len() {
                entries.extend(vec![0.0; inputs]);
                entries.push(corner);
            }
            entries
        };
        let midpoints = with(matrix.midpoints(), &bias.0, 1.0);
        let radii = with(matrix.radii(), &bias.1, 0.0);
        Ok(IntervalMatrix::with_radii(midpoints.len() / (inputs + 1), inputs + 1, midpoints, radii)?)
    };
    let augmented = weights.iter().zip(biases).enumerate().map(augment).collect::<Result<_, Violation>>()?;
    Network::new(Layers::new(augmented)?, activation)
}

pub(crate) fn require_outputs(expected: usize, found: usize) -> Result<(), Violation> {
    if expected == found { Ok(()) } else { Err(Violation::Outputs { expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, columns: usize) -> IntervalMatrix {
        let entries = (0..rows * columns).map(|i| ((i * 7 % 5) as f64) - 2.0).collect();
        IntervalMatrix::from_rows(rows, columns, entries).unwrap()
    }

    fn linear(rows: usize, columns: usize) -> Operation {
        Operation::Linear(matrix(rows, columns))
    }

    fn relu() -> Operation {
        Operation::Activation(Activation::relu())
    }

    #[test]
    fn operations_become_a_network_or_are_refused_by_name() {
        let network =
            Network::from_operations(vec![linear(3, 2), Operation::Bias(vec![0.0; 3]), relu(), linear(1, 3)]);
        assert_eq!(network.map(|n| (n.depth(), n.width(), n.outputs())), Ok((2, 3, 1)));
        let refused = |operations| Network::from_operations(operations).unwrap_err();
        let bias = Operation::Bias(vec![0.0, 0.5, 0.0]);
        assert_eq!(
            refused(vec![linear(3, 2), bias, relu(), linear(1, 3)]),
            Violation::Bias { layer: 0, unit: 1, value: 0.5 }
        );
        assert_eq!(refused(vec![linear(3, 2), relu()]), Violation::Alternation(1));
        assert_eq!(refused(vec![relu()]), Violation::Alternation(0));
        assert_eq!(refused(vec![linear(3, 2), linear(1, 3)]), Violation::Alternation(1));
        assert_eq!(refused(vec![]), NormError::NoLayers.into());
        let tanh = Operation::Activation(Activation::tanh());
        let mixed = vec![linear(3, 2), relu(), linear(3, 3), tanh, linear(1, 3)];
        assert!(matches!(refused(mixed), Violation::Operation(_)));
    }

    #[test]
    fn activations_are_what_they_are_declared_to_be() {
        assert_eq!(Activation::leaky_relu(-2.0).map(Activation::lipschitz), Ok(2.0));
        assert!(Activation::leaky_relu(0.1).unwrap().require_homogeneous().is_ok());
        assert!(matches!(
            Activation::leaky_relu(3.0).unwrap().require_homogeneous(),
            Err(Violation::Expanding { .. })
        ));
        assert_eq!(Activation::tanh().require_homogeneous(), Err(Violation::NotHomogeneous("tanh")));
        for (lipschitz, at_zero) in [(-1.0, 0.0), (f64::NAN, 0.0), (f64::INFINITY, 0.0), (1.0, f64::NAN)] {
            assert!(Activation::new("odd", lipschitz, at_zero, false).is_err());
        }
        assert!(Activation::leaky_relu(f64::NAN).is_err());
    }

    #[test]
    fn an_augmented_network_computes_the_same() {
        let layers = Layers::new(vec![matrix(3, 2), matrix(2, 3), matrix(1, 2)]).unwrap();
        let biases = [vec![0.5, -1.0, 2.0], vec![1.0, -0.5], vec![3.0]];
        let network = Network::augmented(&layers, &biases, Activation::relu()).unwrap();
        let forward = |weights: &[IntervalMatrix], biases: Option<&[Vec<f64>]>, x: &[f64]| {
            let last = weights.len() - 1;
            weights.iter().enumerate().fold(x.to_vec(), |x, (i, w)| {
                let products =
                    w.midpoints().chunks_exact(w.shape().1).map(|r| r.iter().zip(&x).map(|(a, b)| a * b).sum());
                let units = products.enumerate().map(|(u, sum): (usize, f64)| {
                    let value = sum + biases.map_or(0.0, |b| b[i][u]);
                    if i < last { value.max(0.0) } else { value }
                });
                units.collect()
            })
        };
        for x in [[0.25, -1.5], [3.0, 2.0], [-1.0, 0.0]] {
            let plain = forward(layers.weights(), Some(&biases), &x);
            assert_eq!(forward(network.layers().weights(), None, &[x[0], x[1], 1.0]), plain);
        }
        assert!(Network::augmented(&layers, &biases[..2], Activation::relu()).is_err());
        assert!(Network::augmented(&layers, &biases, Activation::tanh()).is_err());
        let short = [vec![0.5], vec![1.0, -0.5], vec![3.0]];
        assert_eq!(
            Network::augmented(&layers, &short, Activation::relu()),
            Err(Violation::Biases { layer: 0, units: 3, found: 1 })
        );
    }

    #[test]
    fn references_must_fit() {
        let layers = Layers::new(vec![matrix(3, 2), matrix(1, 3)]).unwrap();
        let network = Network::new(layers, Activation::relu()).unwrap();
        let distances = |reference: Reference| reference.distances(&network, frobenius);
        assert_eq!(
            distances(Reference::fixed_before_the_data(vec![matrix(3, 2)])),
            Err(Violation::References { layers: 2, references: 1 })
        );
        assert!(distances(Reference::fixed_before_the_data(vec![matrix(3, 2), matrix(3, 1)])).is_err());
        let own = distances(Reference::fixed_before_the_data(vec![matrix(3, 2), matrix(1, 3)])).unwrap();
        assert!(own.iter().all(|distance| distance.high() == 0.0));
        assert_eq!(distances(Reference::zero()).unwrap(), network.frobenius_norms());
    }
}
