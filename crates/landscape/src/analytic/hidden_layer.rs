//! Small networks with one hidden layer and any of the common activations: what exclusive or takes to be learnt.

use nalgebra::DMatrix;

use super::{ConstructionError, all_finite};
use crate::objective::Objective;
use crate::scalar::Scalar;

/// What a hidden unit does to its activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `max(0, z)`; at 0 the derivative of the dead side is taken.
    Relu,
    /// `tanh z`.
    Tanh,
    /// `1/(1 + e^{−z})`.
    Logistic,
}

impl Activation {
    /// The value and the first two derivatives.
    fn jet(self, z: f64) -> [f64; 3] {
        match self {
            Activation::Relu => {
                if z > 0.0 {
                    [z, 1.0, 0.0]
                } else {
                    [0.0; 3]
                }
            }
            Activation::Tanh => {
                let h = z.tanh();
                let slope = 1.0 - h * h;
                [h, slope, -2.0 * h * slope]
            }
            Activation::Logistic => {
                let (h, slope) = z.logistic();
                [h, slope, slope * (1.0 - 2.0 * h)]
            }
        }
    }
}

/// The mean squared error of a network with one hidden layer and a linear output.
///
/// # Formula
/// $$f(\theta) = \frac1N\sum_{t=1}^N\Bigl(c + \sum_{i=1}^m a_i\,\sigma(w_i\cdot x_t + b_i) - y_t\Bigr)^2$$
///
/// # Shapes
/// Inputs are `N × d`, one sample a row. The parameters are `w_i`, `b_i`, `a_i` unit after unit, then `c`:
/// `m (d + 2) + 1` of them.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::{Activation, HiddenLayer};
/// use saddlepoint_landscape::objective::Objective;
///
/// let xor = HiddenLayer::exclusive_or(Activation::Relu, 2)?;
/// // relu(x₁ + x₂) − 2 relu(x₁ + x₂ − 1)
/// assert_eq!(xor.value(&[1.0, 1.0, 0.0, 1.0, 1.0, 1.0, -1.0, -2.0, 0.0])?, 0.0);
/// assert_eq!(xor.value(&[0.0; 9])?, 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HiddenLayer {
    activation: Activation,
    units: usize,
    size: usize,
    /// Sample after sample.
    inputs: Vec<f64>,
    targets: Vec<f64>,
}

impl HiddenLayer {
    /// The loss of a network with this many hidden units on these samples.
    ///
    /// # Errors
    /// When there is no sample, no input or no unit, when the numbers of inputs and targets differ, or when an entry is not
    /// finite.
    pub fn new(
        activation: Activation,
        units: usize,
        inputs: &DMatrix<f64>,
        targets: Vec<f64>,
    ) -> Result<Self, ConstructionError> {
        for (what, count) in [("the inputs", inputs.len()), ("the hidden layer", units)] {
            if count == 0 {
                return Err(ConstructionError::Empty { what });
            }
        }
        let (expected, size) = inputs.shape();
        if targets.len() != expected {
            return Err(ConstructionError::Shape { what: "targets", expected, found: targets.len() });
        }
        all_finite("the inputs", inputs)?;
        all_finite("the targets", &targets)?;
        Ok(Self { activation, units, size, inputs: inputs.transpose().as_slice().to_vec(), targets })
    }

    /// The loss on the four corners of the square with the targets of exclusive or.
    ///
    /// # Errors
    /// When there is no unit.
    pub fn exclusive_or(activation: Activation, units: usize) -> Result<Self, ConstructionError> {
        let corners = DMatrix::from_row_slice(4, 2, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
        Self::new(activation, units, &corners, vec![0.0, 1.0, 1.0, 0.0])
    }

    /// Weights, bias and output weight of each unit.
    fn blocks<'a>(&self, point: &'a [f64]) -> std::slice::ChunksExact<'a, f64> {
        point.chunks_exact(self.size + 2)
    }

    fn samples(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.inputs.chunks_exact(self.size).zip(self.targets.iter().copied())
    }

    /// `w·x + b` of a unit.
    fn activation(&self, unit: &[f64], x: &[f64]) -> f64 {
        x.iter().zip(unit).map(|(x, w)| x * w).sum::<f64>() + unit[self.size]
    }

    /// The output minus the target; writes value and slope of each unit.
    fn forward(&self, point: &[f64], x: &[f64], y: f64, jets: &mut [[f64; 3]]) -> f64 {
        let mut output = point[point.len() - 1];
        for (unit, jet) in self.blocks(point).zip(jets) {
            *jet = self.activation.jet(self.activation(unit, x));
            output += unit[self.size + 1] * jet[0];
        }
        output - y
    }
}

impl Objective for HiddenLayer {
    fn dimension(&self) -> usize {
        self.units * (self.size + 2) + 1
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        let mut jets = vec![[0.0; 3]; self.units];
        let squares = self.samples().map(|(x, y)| self.forward(point, x, y, &mut jets).powi(2));
        squares.sum::<f64>() / self.targets.len() as f64
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        let (mut jets, size) = (vec![[0.0; 3]; self.units], self.size);
        let factor = 2.0 / self.targets.len() as f64;
        gradient.fill(0.0);
        for (x, y) in self.samples() {
            let error = factor * self.forward(point, x, y, &mut jets);
            let parts = gradient.chunks_exact_mut(size + 2).zip(self.blocks(point)).zip(&jets);
            for ((part, unit), [h, slope, _]) in parts {
                let back = error * unit[size + 1] * slope;
                for (entry, x) in part.iter_mut().zip(x) {
                    *entry += back * x;
                }
                part[size] += back;
                part[size + 1] += error * h;
            }
            if let Some(last) = gradient.last_mut() {
                *last += error;
            }
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        let (mut jets, mut tangents) = (vec![[0.0; 3]; self.units], vec![0.0; self.units]);
        let (size, factor) = (self.size, 2.0 / self.targets.len() as f64);
        product.fill(0.0);
        for (x, y) in self.samples() {
            let error = factor * self.forward(point, x, y, &mut jets);
            let mut turned = vector[vector.len() - 1];
            let units = self.blocks(point).zip(self.blocks(vector)).zip(&jets).zip(&mut tangents);
            for (((unit, along), [h, slope, _]), tangent) in units {
                *tangent = self.activation(along, x);
                turned += along[size + 1] * h + unit[size + 1] * slope * *tangent;
            }
            let turned = factor * turned;
            let parts = product.chunks_exact_mut(size + 2).zip(self.blocks(point).zip(self.blocks(vector)));
            for ((part, (unit, along)), ([h, slope, bend], tangent)) in parts.zip(jets.iter().zip(&tangents)) {
                let (out, moved) = (unit[size + 1], along[size + 1]);
                let back = turned * out * slope + error * (moved * slope + out * bend * tangent);
                for (entry, x) in part.iter_mut().zip(x) {
                    *entry += back * x;
                }
                part[size] += back;
                part[size + 1] += turned * h + error * slope * tangent;
            }
            if let Some(last) = product.last_mut() {
                *last += turned;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::derivatives;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivatives_agree(point in prop::collection::vec(-1.5f64..1.5, 13), logistic in any::<bool>()) {
            let activation = if logistic { Activation::Logistic } else { Activation::Tanh };
            let network = HiddenLayer::exclusive_or(activation, 3).unwrap();
            derivatives::agree(&network, &point, 1e-4, 1e-5);
        }

        /// Away from its kinks the ReLU network is smooth.
        #[test]
        fn relu_derivatives_agree(point in prop::collection::vec(-1.5f64..1.5, 13)) {
            let network = HiddenLayer::exclusive_or(Activation::Relu, 3).unwrap();
            let far = |unit: &[f64]| network.samples().all(|(x, _)| network.activation(unit, x).abs() > 1e-2);
            prop_assume!(network.blocks(&point).all(far));
            derivatives::agree(&network, &point, 1e-4, 1e-5);
        }

        /// `relu` is homogeneous: `(w, b, a) → (cw, cb, a/c)` changes nothing.
        #[test]
        fn relu_units_can_be_rescaled(point in prop::collection::vec(-1.5f64..1.5, 13), exponent in -3i32..=3) {
            let network = HiddenLayer::exclusive_or(Activation::Relu, 3).unwrap();
            let (mut moved, c) = (point.clone(), 2f64.powi(exponent));
            for entry in &mut moved[..3] {
                *entry *= c;
            }
            moved[3] /= c;
            prop_assert_eq!(network.value(&moved).unwrap(), network.value(&point).unwrap());
        }
    }

    #[test]
    fn bad_data_is_refused() {
        let x = dmatrix![1.0; 2.0];
        for (units, targets) in [(0, vec![1.0, 1.0]), (1, vec![1.0]), (1, vec![1.0, f64::NAN])] {
            assert!(HiddenLayer::new(Activation::Relu, units, &x, targets).is_err());
        }
        assert!(HiddenLayer::new(Activation::Relu, 1, &DMatrix::zeros(0, 1), vec![]).is_err());
    }
}
