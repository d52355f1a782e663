//! Networks of affine layers with ReLU between them.

use nalgebra::{DMatrix, DVector};

/// Why matrices and vectors are no network.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// A network without layers.
    #[error("a network needs at least one layer")]
    NoLayers,
    /// A layer without inputs or without outputs.
    #[error("layer {layer} has no weights")]
    Empty {
        /// The layer, from 0.
        layer: usize,
    },
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
    /// A bias that does not fit its weights.
    #[error("layer {layer} has {outputs} outputs, but {biases} biases")]
    Bias {
        /// The layer, from 0.
        layer: usize,
        /// The number of its outputs.
        outputs: usize,
        /// The number of its biases.
        biases: usize,
    },
    /// A weight or bias that is NaN or infinite.
    #[error("layer {layer} has a weight or bias of {value}: all must be finite")]
    NotFinite {
        /// The layer, from 0.
        layer: usize,
        /// The number.
        value: f64,
    },
    /// A point with the wrong number of coordinates.
    #[error("a point of {found} coordinates for a network of {inputs} inputs")]
    Point {
        /// The number of inputs.
        inputs: usize,
        /// The number of coordinates.
        found: usize,
    },
}

/// A network `x ↦ W_L φ(… φ(W₁ x + b₁) …) + b_L` with `φ(z) = max(0, z)`.
///
/// # Example
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
///
/// let tent = ReluNetwork::new(vec![
///     (dmatrix![1.0; 1.0], dvector![0.0, -0.5]),
///     (dmatrix![2.0, -4.0], dvector![0.0]),
/// ])?;
/// assert_eq!(tent.value(&[0.75])?, dvector![0.5]);
/// assert_eq!(tent.pattern(&[0.25])?, [true, false]);
/// # Ok::<(), saddlepoint_theory::expressivity::relu_network::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ReluNetwork(Vec<(DMatrix<f64>, DVector<f64>)>);

impl ReluNetwork {
    /// Weights and biases of each layer, in the order in which an input meets them.
    ///
    /// # Shapes
    /// Weights: outputs × inputs; as many biases as outputs.
    ///
    /// # Errors
    /// When there is no layer, one is empty or does not fit the one before it, or a number is not finite.
    pub fn new(layers: Vec<(DMatrix<f64>, DVector<f64>)>) -> Result<Self, NetworkError> {
        if layers.is_empty() {
            return Err(NetworkError::NoLayers);
        }
        for (layer, (weights, bias)) in layers.iter().enumerate() {
            let (outputs, inputs) = weights.shape();
            if weights.is_empty() {
                return Err(NetworkError::Empty { layer });
            }
            if layer > 0 && inputs != layers[layer - 1].0.nrows() {
                return Err(NetworkError::Chain { layer, inputs, outputs: layers[layer - 1].0.nrows() });
            }
            if bias.len() != outputs {
                return Err(NetworkError::Bias { layer, outputs, biases: bias.len() });
            }
            if let Some(&value) = weights.iter().chain(bias).find(|x| !x.is_finite()) {
                return Err(NetworkError::NotFinite { layer, value });
            }
        }
        Ok(Self(layers))
    }

    /// A random network with these widths, inputs and outputs included: normal weights of variance `2 / inputs` of the layer, as He et
    /// al. initialize, and normal biases of a standard deviation. Layer by layer, weights row by row are drawn before biases.
    ///
    /// # Errors
    /// When there are fewer than two widths, one is 0, or a draw is not finite.
    ///
    /// # Reference
    /// He, Zhang, Ren, Sun, Delving deep into rectifiers, ICCV 2015, section 2.2.
    pub fn he_normal(
        widths: &[usize],
        bias_deviation: f64,
        normal: &mut impl FnMut() -> f64,
    ) -> Result<Self, NetworkError> {
        let layer = |pair: &[usize]| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let deviation = (2.0 / inputs as f64).sqrt();
            let weights: Vec<f64> = (0..inputs * outputs).map(|_| deviation * normal()).collect();
            let bias = DVector::from_fn(outputs, |_, _| bias_deviation * normal());
            (DMatrix::from_row_slice(outputs, inputs, &weights), bias)
        };
        Self::new(widths.windows(2).map(layer).collect())
    }

    /// The network that ends with a hidden layer: its outputs are that layer's inputs to the activation.
    ///
    /// # Errors
    /// When no layer is left. Beyond the last layer, the network itself.
    pub fn first(&self, layers: usize) -> Result<Self, NetworkError> {
        Self::new(self.0.iter().take(layers).cloned().collect())
    }

    /// Weights and biases.
    pub fn layers(&self) -> &[(DMatrix<f64>, DVector<f64>)] {
        &self.0
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.0[0].0.ncols()
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.0[self.0.len() - 1].0.nrows()
    }

    /// The number of units with an activation.
    pub fn hidden_units(&self) -> usize {
        self.0[..self.0.len() - 1].iter().map(|(weights, _)| weights.nrows()).sum()
    }

    /// The outputs at a point.
    ///
    /// # Errors
    /// When the point has not as many coordinates as the network inputs.
    pub fn value(&self, x: &[f64]) -> Result<DVector<f64>, NetworkError> {
        self.forward(x, |_| {})
    }

    /// Which hidden units are active at a point (their input is positive), layer by layer.
    ///
    /// # Errors
    /// When the point has not as many coordinates as the network inputs.
    pub fn pattern(&self, x: &[f64]) -> Result<Vec<bool>, NetworkError> {
        let mut pattern = Vec::with_capacity(self.hidden_units());
        self.forward(x, |z| pattern.extend(z.iter().map(|&z| z > 0.0)))?;
        Ok(pattern)
    }

    fn forward(&self, x: &[f64], mut hidden: impl FnMut(&DVector<f64>)) -> Result<DVector<f64>, NetworkError> {
        if x.len() != self.inputs() {
            return Err(NetworkError::Point { inputs: self.inputs(), found: x.len() });
        }
        let mut units = DVector::from_column_slice(x);
        for (i, (weights, bias)) in self.0.iter().enumerate() {
            units = weights * units + bias;
            if i + 1 < self.0.len() {
                hidden(&units);
                units.apply(|z| *z = z.max(0.0));
            }
        }
        Ok(units)
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{dmatrix, dvector};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_network_is_refused() {
        use NetworkError::{Bias, Chain, Empty, NoLayers, NotFinite, Point};
        let (w, b) = (dmatrix![1.0, 2.0; 3.0, 4.0], dvector![0.0, 0.0]);
        let error = |layers| ReluNetwork::new(layers).unwrap_err();
        assert_eq!(error(vec![]), NoLayers);
        assert_eq!(error(vec![(DMatrix::zeros(0, 2), dvector![])]), Empty { layer: 0 });
        let narrow = (dmatrix![1.0], dvector![0.0]);
        assert_eq!(error(vec![(w.clone(), b.clone()), narrow]), Chain { layer: 1, inputs: 1, outputs: 2 });
        assert_eq!(error(vec![(w.clone(), dvector![0.0])]), Bias { layer: 0, outputs: 2, biases: 1 });
        let infinite = dvector![0.0, f64::INFINITY];
        assert_eq!(error(vec![(w.clone(), infinite)]), NotFinite { layer: 0, value: f64::INFINITY });
        let network = ReluNetwork::new(vec![(w, b)]).unwrap();
        assert_eq!(network.value(&[1.0]).unwrap_err(), Point { inputs: 2, found: 1 });
    }

    proptest! {
        #[test]
        fn any_bits_are_a_network_or_refused(bits in prop::array::uniform3(any::<u64>())) {
            let [w, b, x] = bits.map(f64::from_bits);
            let network = ReluNetwork::new(vec![(dmatrix![w], dvector![b]), (dmatrix![1.0], dvector![0.0])]);
            prop_assert_eq!(network.is_ok(), w.is_finite() && b.is_finite());
            if let Ok(network) = network {
                prop_assert!(network.value(&[x]).is_ok() && network.pattern(&[x]).unwrap().len() == 1);
            }
        }
    }
}
