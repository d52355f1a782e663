//! Small networks with one hidden layer and any of the common activations: landscapes with minima, saddles of every index,
//! and flats.

use nalgebra::DMatrix;

use super::{ConstructionError, all_finite};
use crate::critical::symmetry::FiniteSymmetry;
use crate::formula::Formula;
use crate::objective::{EvaluationError, check_point};
use crate::scalar::Scalar;

/// What a hidden unit does to its activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `max(0, z)`; at 0 the derivative of the dead side is taken, and an interval around 0 has all reals for derivatives.
    Relu,
    /// `tanh z`.
    Tanh,
    /// `1/(1 + e^{−z})`.
    Logistic,
}

impl Activation {
    /// The value and the first two derivatives.
    #[inline]
    fn jet<S: Scalar>(self, z: S) -> [S; 3] {
        let (zero, one) = (S::constant(0.0), S::constant(1.0));
        match self {
            Activation::Relu => match (-z).at_least(0.0) {
                Some(false) => [z, one, zero],
                Some(true) => [zero; 3],
                None => [S::unknown(); 3],
            },
            Activation::Tanh => {
                let h = z.tanh();
                let slope = one - h.square();
                [h, slope, S::constant(-2.0) * h * slope]
            }
            Activation::Logistic => {
                let (h, slope) = z.logistic();
                [h, slope, slope * (one - S::constant(2.0) * h)]
            }
        }
    }
}

/// The mean squared error, or half of it, of a network with one hidden layer and a linear output.
///
/// # Formula
/// $$f(\theta) = \frac1N\sum_{t=1}^N\Bigl(c + \sum_{i=1}^m a_i\,\sigma(w_i\cdot x_t + b_i) - y_t\Bigr)^2,$$
/// or half of this.
///
/// # Shapes
/// Inputs are `N × d`, one sample a row. The parameters are `w_i`, `b_i`, `a_i` unit after unit, then `c`:
/// `m (d + 2) + 1` of them.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::analytic::{Activation, HiddenLayer};
/// use saddlepoint_landscape::objective::Objective;
///
/// let xor = HiddenLayer::exclusive_or(Activation::Relu, 2)?;
/// // relu(x₁ + x₂) − 2 relu(x₁ + x₂ − 1)
/// assert_eq!(xor.value(&[1.0, 1.0, 0.0, 1.0, 1.0, 1.0, -1.0, -2.0, 0.0])?, 0.0);
/// assert_eq!(xor.value(&[0.0; 9])?, 0.5);
///
/// let inputs = dmatrix![0.5; -1.0];
/// let network = HiddenLayer::half_mean_square(Activation::Tanh, 2, &inputs, vec![0.3, -0.2])?;
/// let value = network.value(&[1.0, 0.0, 0.4, -2.0, 0.5, 0.1, 0.05])?;
/// assert!((value - 0.0035850556357613973).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HiddenLayer {
    activation: Activation,
    units: usize,
    size: usize,
    /// The factor of the mean square: 1 or ½.
    factor: f64,
    /// Sample after sample, each with a 1 behind it that meets the bias.
    inputs: Vec<f64>,
    targets: Vec<f64>,
}

impl HiddenLayer {
    /// The mean squared error of a network with this many hidden units on these samples.
    ///
    /// # Errors
    /// When there is no sample, no input or no unit, when the numbers of inputs and targets differ, or when an entry is not
    /// finite.
    pub fn mean_square(
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
        let inputs =
            inputs.row_iter().flat_map(|x| x.iter().copied().chain([1.0]).collect::<Vec<_>>()).collect();
        Ok(Self { activation, units, size, factor: 1.0, inputs, targets })
    }

    /// Half the mean squared error.
    ///
    /// # Errors
    /// As for [`mean_square`](Self::mean_square).
    pub fn half_mean_square(
        activation: Activation,
        units: usize,
        inputs: &DMatrix<f64>,
        targets: Vec<f64>,
    ) -> Result<Self, ConstructionError> {
        Ok(Self { factor: 0.5, ..Self::mean_square(activation, units, inputs, targets)? })
    }

    /// The mean squared error on the four corners of the square with the targets of exclusive or.
    ///
    /// # Errors
    /// When there is no unit.
    pub fn exclusive_or(activation: Activation, units: usize) -> Result<Self, ConstructionError> {
        let corners = DMatrix::from_row_slice(4, 2, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
        Self::mean_square(activation, units, &corners, vec![0.0, 1.0, 1.0, 0.0])
    }

    /// Output minus target, sample by sample. With targets of zero they are the outputs: the targets of another network
    /// that this point fits exactly.
    ///
    /// # Errors
    /// When the point has the wrong dimension or an entry that is not finite.
    pub fn residuals(&self, point: &[f64]) -> Result<Vec<f64>, EvaluationError> {
        check_point(self.variables(), point)?;
        let mut jets = vec![[0.0; 3]; self.units];
        Ok(self.samples().map(|(x, y)| self.forward(point, x, y, &mut jets)).collect())
    }

    /// Parameters of a unit: weights, bias, output weight.
    fn block(&self) -> usize {
        self.size + 2
    }

    /// Each sample, with its 1, and its target.
    fn samples(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.inputs.chunks_exact(self.size + 1).zip(self.targets.iter().copied())
    }

    /// The output minus the target; writes value and derivatives of each unit.
    fn forward<S: Scalar>(&self, theta: &[S], x: &[f64], y: f64, jets: &mut [[S; 3]]) -> S {
        let (block, out) = (self.block(), x.len());
        let mut output = theta[theta.len() - 1];
        // Plain loops: chains of iterators cost half of the time of a small network.
        for (i, jet) in jets.iter_mut().enumerate() {
            let unit = &theta[i * block..(i + 1) * block];
            *jet = self.activation.jet(along(unit, x));
            output = output + unit[out] * jet[0];
        }
        output - S::constant(y)
    }

    /// Writes the derivative of the output by the parameters.
    fn jacobian<S: Scalar>(&self, theta: &[S], x: &[f64], jets: &[[S; 3]], jacobian: &mut [S]) {
        let blocks = theta.chunks_exact(self.block()).zip(jacobian.chunks_exact_mut(self.block()));
        for ((unit, out), &[h, slope, _]) in blocks.zip(jets) {
            let slope = unit[x.len()] * slope;
            for (entry, &x) in out.iter_mut().zip(x) {
                *entry = slope * S::constant(x);
            }
            out[x.len()] = h;
        }
        if let Some(last) = jacobian.last_mut() {
            *last = S::constant(1.0);
        }
    }

    /// `factor/N`, times a power of two.
    fn mean<S: Scalar>(&self, times: f64) -> S {
        S::constant(times * self.factor).over(S::constant(self.targets.len() as f64))
    }

    /// Hands out room for the jets of all units, on the stack where they are few: for two units an allocation costs as much
    /// as their activations.
    fn with_jets<S: Scalar, R>(&self, of: impl FnOnce(&mut [[S; 3]]) -> R) -> R {
        let mut few = [[S::constant(0.0); 3]; 8];
        match few.get_mut(..self.units) {
            Some(jets) => of(jets),
            None => of(&mut vec![[S::constant(0.0); 3]; self.units]),
        }
    }
}

/// `w·x + b` of a unit.
#[inline]
fn along<S: Scalar>(unit: &[S], x: &[f64]) -> S {
    let mut sum = S::constant(0.0);
    for (j, &x) in x.iter().enumerate() {
        sum = sum + unit[j] * S::constant(x);
    }
    sum
}

impl Formula for HiddenLayer {
    fn variables(&self) -> usize {
        self.units * self.block() + 1
    }

    fn value_over<S: Scalar>(&self, theta: &[S]) -> S {
        self.with_jets(|jets| {
            let squares = self.samples().map(|(x, y)| self.forward(theta, x, y, jets).square());
            self.mean::<S>(1.0) * squares.fold(S::constant(0.0), |sum, square| sum + square)
        })
    }

    fn gradient_over<S: Scalar>(&self, theta: &[S], gradient: &mut [S]) {
        let (block, out, last) = (self.block(), self.size + 1, theta.len() - 1);
        let factor = self.mean::<S>(2.0);
        gradient.fill(S::constant(0.0));
        self.with_jets(|jets| {
            for (t, &y) in self.targets.iter().enumerate() {
                let x = &self.inputs[t * out..(t + 1) * out];
                let error = factor * self.forward(theta, x, y, jets);
                for (i, &[h, slope, _]) in jets.iter().enumerate() {
                    let part = &mut gradient[i * block..(i + 1) * block];
                    let back = error * theta[i * block + out] * slope;
                    for (j, &x) in x.iter().enumerate() {
                        part[j] = part[j] + back * S::constant(x);
                    }
                    part[out] = part[out] + error * h;
                }
                gradient[last] = gradient[last] + error;
            }
        });
    }

    fn hessian_vector_over<S: Scalar>(&self, theta: &[S], vector: &[S], product: &mut [S]) {
        let (mut jets, mut tangents) =
            (vec![[S::constant(0.0); 3]; self.units], vec![S::constant(0.0); self.units]);
        let (block, factor) = (self.block(), self.mean::<S>(2.0));
        product.fill(S::constant(0.0));
        for (x, y) in self.samples() {
            let error = factor * self.forward(theta, x, y, &mut jets);
            let out = x.len();
            let mut turned = vector[vector.len() - 1];
            let units = theta.chunks_exact(block).zip(vector.chunks_exact(block)).zip(&jets);
            for (((unit, moved), &[h, slope, _]), tangent) in units.zip(&mut tangents) {
                *tangent = along(moved, x);
                turned = turned + moved[out] * h + unit[out] * slope * *tangent;
            }
            let turned = factor * turned;
            let units = theta.chunks_exact(block).zip(vector.chunks_exact(block)).zip(&jets);
            let parts = product.chunks_exact_mut(block).zip(&tangents);
            for (((unit, moved), &[h, slope, bend]), (part, &tangent)) in units.zip(parts) {
                let back =
                    turned * unit[out] * slope + error * (moved[out] * slope + unit[out] * bend * tangent);
                for (entry, &x) in part.iter_mut().zip(x) {
                    *entry = *entry + back * S::constant(x);
                }
                part[out] = part[out] + turned * h + error * slope * tangent;
            }
            if let Some(last) = product.last_mut() {
                *last = *last + turned;
            }
        }
    }

    fn hessian_over<S: Scalar>(&self, theta: &[S], hessian: &mut [S]) {
        let (n, block) = (theta.len(), self.block());
        let zero = S::constant(0.0);
        let (mut jets, mut jacobian) = (vec![[zero; 3]; self.units], vec![zero; n]);
        hessian.fill(zero);
        // On and below the diagonal: `J Jᵀ` and the residual times the output's own second derivatives.
        for (x, y) in self.samples() {
            let residual = self.forward(theta, x, y, &mut jets);
            self.jacobian(theta, x, &jets, &mut jacobian);
            for (i, row) in hessian.chunks_exact_mut(n).enumerate() {
                let left = jacobian[i];
                for (entry, &right) in row[..=i].iter_mut().zip(&jacobian) {
                    *entry = *entry + left * right;
                }
            }
            for (u, &[_, slope, bend]) in jets.iter().enumerate() {
                let (first, out) = (u * block, u * block + x.len());
                let bend = residual * theta[out] * bend;
                let mixed = residual * slope;
                for (i, &xi) in x.iter().enumerate() {
                    let scaled = bend * S::constant(xi);
                    let row = &mut hessian[(first + i) * n + first..];
                    for (entry, &xj) in row.iter_mut().zip(&x[..=i]) {
                        *entry = *entry + scaled * S::constant(xj);
                    }
                    let below = &mut hessian[out * n + first + i];
                    *below = *below + mixed * S::constant(xi);
                }
            }
        }
        let mean = self.mean::<S>(2.0);
        for i in 0..n {
            for j in 0..=i {
                let entry = mean * hessian[i * n + j];
                hessian[i * n + j] = entry;
                hessian[j * n + i] = entry;
            }
        }
    }
}

impl FiniteSymmetry for HiddenLayer {
    /// Units may be exchanged, and the signs of tanh units flipped (tanh is odd). The representative has the units in the order
    /// of their height over a fixed generic hyperplane, and tanh units on its positive side.
    fn representative(&self, point: &[f64]) -> Vec<f64> {
        let (block, odd) = (self.block(), self.activation == Activation::Tanh);
        // Fractions of multiples of the golden ratio: no small combination of them vanishes.
        let height = |unit: &[f64]| -> f64 {
            unit.iter()
                .enumerate()
                .map(|(i, x)| x * (0.5 + (0.618_033_988_749_895 * (i + 1) as f64).fract()))
                .sum()
        };
        let mut units: Vec<(f64, Vec<f64>)> = point
            .chunks_exact(block)
            .map(|unit| {
                let sign = if odd && height(unit) < 0.0 { -1.0 } else { 1.0 };
                (sign * height(unit), unit.iter().map(|x| sign * x).collect())
            })
            .collect();
        units.sort_by(|a, b| b.0.total_cmp(&a.0));
        let last = point.chunks_exact(block).remainder();
        units.into_iter().flat_map(|(_, unit)| unit).chain(last.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::enclosures;
    use crate::objective::{Objective, derivatives};
    use crate::scalar::Dual;
    use nalgebra::{DVector, dmatrix};
    use proptest::prelude::*;

    const ALL: [Activation; 3] = [Activation::Relu, Activation::Tanh, Activation::Logistic];

    fn example(activation: Activation, units: usize) -> HiddenLayer {
        let inputs = dmatrix![0.5, -0.3; -1.2, 0.8; 0.1, 1.5; 2.0, -0.7; -0.4, -1.1];
        HiddenLayer::half_mean_square(activation, units, &inputs, vec![0.3, -0.2, 1.0, 0.5, -0.9]).unwrap()
    }

    /// Whether no unit is near a kink of ReLU at any sample.
    fn smooth(network: &HiddenLayer, theta: &[f64]) -> bool {
        let far = |unit: &[f64]| network.samples().all(|(x, _)| along(unit, x).abs() > 1e-2);
        network.activation != Activation::Relu || theta.chunks_exact(network.block()).all(far)
    }

    proptest! {
        #[test]
        fn derivatives_agree(theta in prop::collection::vec(-2.0f64..2.0, 13), which in 0usize..3) {
            for network in [example(ALL[which], 3), HiddenLayer::exclusive_or(ALL[which], 3).unwrap()] {
                if smooth(&network, &theta) {
                    derivatives::agree(&network, &theta, 1e-5, 1e-6);
                }
            }
        }

        /// The gradient over dual numbers is the Hessian times a vector, and so is the dense Hessian's: three ways.
        #[test]
        fn the_hessian_is_the_slope_of_the_gradient(
            theta in prop::collection::vec(-2.0f64..2.0, 9),
            vector in prop::collection::vec(-1.0f64..1.0, 9),
            which in 0usize..3,
        ) {
            let network = example(ALL[which], 2);
            let duals: Vec<_> = theta.iter().zip(&vector).map(|(&value, &slope)| Dual { value, slope }).collect();
            let mut gradient = vec![Dual::constant(0.0); 9];
            network.gradient_over(&duals, &mut gradient);
            let product = network.hessian_vector(&theta, &vector).unwrap();
            for (dual, entry) in gradient.iter().zip(product.iter()) {
                prop_assert!((dual.slope - entry).abs() < 1e-13);
            }
            let dense = network.hessian(&theta).unwrap() * DVector::from_column_slice(&vector);
            prop_assert!((dense - product).amax() < 1e-13);
        }

        #[test]
        fn intervals_enclose(
            theta in prop::collection::vec(-2.0f64..2.0, 9),
            width in 0.0f64..0.1,
            at in prop::collection::vec(0.0f64..=1.0, 9),
            which in 0usize..3,
        ) {
            enclosures::hold(&example(ALL[which], 2), &theta, width, &at);
        }

        #[test]
        fn exchanges_and_flips_change_nothing(theta in prop::collection::vec(-2.0f64..2.0, 13), flip in 0usize..3, which in 0usize..3) {
            let network = example(ALL[which], 3);
            let mut moved = [&theta[8..12], &theta[0..4], &theta[4..8], &theta[12..]].concat();
            if ALL[which] == Activation::Tanh {
                moved[4 * flip..4 * flip + 4].iter_mut().for_each(|x| *x = -*x);
            }
            let values = [&theta, &moved].map(|p| network.value(p).unwrap());
            prop_assert!((values[0] - values[1]).abs() < 1e-13);
            let representatives = [&theta, &moved].map(|p| network.representative(p));
            prop_assert_eq!(&representatives[0], &representatives[1]);
            prop_assert!((network.value(&representatives[0]).unwrap() - values[0]).abs() < 1e-13);
            // The spectrum of the Hessian is that of a function on classes of points.
            let spectra = [&theta, &moved].map(|p| {
                let mut values = network.hessian(p).unwrap().symmetric_eigenvalues().as_slice().to_vec();
                values.sort_by(f64::total_cmp);
                values
            });
            prop_assert!(spectra[0].iter().zip(&spectra[1]).all(|(a, b)| (a - b).abs() < 1e-11));
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
        let new = |units, targets| HiddenLayer::mean_square(Activation::Tanh, units, &x, targets);
        assert!(matches!(new(1, vec![0.5]), Err(ConstructionError::Shape { .. })));
        assert!(matches!(new(1, vec![0.5, f64::NAN]), Err(ConstructionError::NotFinite { .. })));
        assert!(matches!(new(0, vec![0.5; 2]), Err(ConstructionError::Empty { .. })));
        assert!(HiddenLayer::mean_square(Activation::Relu, 1, &DMatrix::zeros(0, 1), vec![]).is_err());
    }
}
