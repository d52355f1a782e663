//! Small networks of tanh units with closed-form derivatives: landscapes with minima, saddles of every index, and flats.

use nalgebra::DMatrix;

use super::{ConstructionError, all_finite};
use crate::critical::symmetry::FiniteSymmetry;
use crate::formula::Formula;
use crate::objective::{EvaluationError, check_point};
use crate::scalar::Scalar;

/// Half the mean squared error of a network with one hidden layer of tanh units and a linear output.
///
/// # Formula
/// $$f(\theta) = \frac1{2N}\sum_{t=1}^N \Bigl(c + \sum_{i=1}^m a_i\tanh(w_i\cdot x_t + b_i) - y_t\Bigr)^2$$
///
/// # Shapes
/// Inputs are `N × d`, one sample a row. The parameters are `w_i`, `b_i`, `a_i` unit after unit, then `c`:
/// `m (d + 2) + 1` of them.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::{analytic::TanhNetwork, objective::Objective};
///
/// let network = TanhNetwork::new(&dmatrix![0.5; -1.0], vec![0.3, -0.2], 2)?;
/// assert_eq!(network.dimension(), 7);
/// let value = network.value(&[1.0, 0.0, 0.4, -2.0, 0.5, 0.1, 0.05])?;
/// assert!((value - 0.0035850556357613973).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TanhNetwork {
    inputs_per_sample: usize,
    units: usize,
    /// Sample after sample, each with a 1 behind it that meets the bias.
    inputs: Vec<f64>,
    targets: Vec<f64>,
}

impl TanhNetwork {
    /// The loss of a network with this many hidden units on these samples.
    ///
    /// # Errors
    /// When there is no sample, no input or no unit, when the numbers of inputs and targets differ, or when an entry is not
    /// finite.
    pub fn new(inputs: &DMatrix<f64>, targets: Vec<f64>, units: usize) -> Result<Self, ConstructionError> {
        let (samples, inputs_per_sample) = inputs.shape();
        if samples == 0 || inputs_per_sample == 0 {
            return Err(ConstructionError::Empty { what: "the inputs" });
        }
        if units == 0 {
            return Err(ConstructionError::Empty { what: "the hidden layer" });
        }
        if targets.len() != samples {
            return Err(ConstructionError::Shape { what: "targets", expected: samples, found: targets.len() });
        }
        all_finite("the inputs", inputs)?;
        all_finite("the targets", &targets)?;
        let inputs =
            inputs.row_iter().flat_map(|x| x.iter().copied().chain([1.0]).collect::<Vec<_>>()).collect();
        Ok(Self { inputs_per_sample, units, inputs, targets })
    }

    /// Output minus target, sample by sample. With targets of zero they are the outputs: the targets of another network
    /// that this point fits exactly.
    ///
    /// # Errors
    /// When the point has the wrong dimension or an entry that is not finite.
    pub fn residuals(&self, point: &[f64]) -> Result<Vec<f64>, EvaluationError> {
        check_point(self.variables(), point)?;
        let mut hidden = vec![0.0; self.units];
        Ok(self.samples().map(|(x, y)| self.forward(point, x, y, &mut hidden)).collect())
    }

    /// Parameters of a unit: weights, bias, output weight.
    fn block(&self) -> usize {
        self.inputs_per_sample + 2
    }

    /// Each sample, with its 1, and its target.
    fn samples(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.inputs.chunks_exact(self.inputs_per_sample + 1).zip(self.targets.iter().copied())
    }

    /// `tanh` of every unit's activation, and the residual.
    fn forward<S: Scalar>(&self, theta: &[S], x: &[f64], y: f64, hidden: &mut [S]) -> S {
        let mut output = theta[theta.len() - 1];
        for (unit, h) in theta.chunks_exact(self.block()).zip(hidden) {
            let activation =
                unit.iter().zip(x).fold(S::constant(0.0), |sum, (&w, &x)| sum + w * S::constant(x));
            *h = activation.tanh();
            output = output + unit[x.len()] * *h;
        }
        output - S::constant(y)
    }

    /// Writes the derivative of the output by the parameters.
    fn jacobian<S: Scalar>(&self, theta: &[S], x: &[f64], hidden: &[S], jacobian: &mut [S]) {
        let blocks = theta.chunks_exact(self.block()).zip(jacobian.chunks_exact_mut(self.block()));
        for ((unit, out), &h) in blocks.zip(hidden) {
            let slope = unit[x.len()] * (S::constant(1.0) - h.square());
            for (entry, &x) in out.iter_mut().zip(x) {
                *entry = slope * S::constant(x);
            }
            out[x.len()] = h;
        }
        if let Some(last) = jacobian.last_mut() {
            *last = S::constant(1.0);
        }
    }

    /// `1/N`
    fn mean<S: Scalar>(&self) -> S {
        S::constant(1.0).over(S::constant(self.targets.len() as f64))
    }
}

impl Formula for TanhNetwork {
    fn variables(&self) -> usize {
        self.units * self.block() + 1
    }

    fn value_over<S: Scalar>(&self, theta: &[S]) -> S {
        let mut hidden = vec![S::constant(0.0); self.units];
        let squares = self.samples().map(|(x, y)| self.forward(theta, x, y, &mut hidden).square());
        S::constant(0.5) * self.mean() * squares.fold(S::constant(0.0), |sum, square| sum + square)
    }

    fn gradient_over<S: Scalar>(&self, theta: &[S], gradient: &mut [S]) {
        let zero = S::constant(0.0);
        let (mut hidden, mut jacobian) = (vec![zero; self.units], vec![zero; theta.len()]);
        gradient.fill(zero);
        for (x, y) in self.samples() {
            let share = self.mean::<S>() * self.forward(theta, x, y, &mut hidden);
            self.jacobian(theta, x, &hidden, &mut jacobian);
            for (entry, &j) in gradient.iter_mut().zip(&jacobian) {
                *entry = *entry + share * j;
            }
        }
    }

    fn hessian_over<S: Scalar>(&self, theta: &[S], hessian: &mut [S]) {
        let (n, block, bias) = (theta.len(), self.block(), self.inputs_per_sample);
        let zero = S::constant(0.0);
        let (mut hidden, mut jacobian) = (vec![zero; self.units], vec![zero; n]);
        hessian.fill(zero);
        // On and below the diagonal: `J Jᵀ` and the residual times the output's own second derivatives.
        for (x, y) in self.samples() {
            let residual = self.forward(theta, x, y, &mut hidden);
            self.jacobian(theta, x, &hidden, &mut jacobian);
            for (i, row) in hessian.chunks_exact_mut(n).enumerate() {
                let left = jacobian[i];
                for (entry, &right) in row[..=i].iter_mut().zip(&jacobian) {
                    *entry = *entry + left * right;
                }
            }
            for (u, &h) in hidden.iter().enumerate() {
                let first = u * block;
                let rise = S::constant(1.0) - h.square();
                let bend = residual * theta[first + bias + 1] * (S::constant(-2.0) * h * rise);
                let mixed = residual * rise;
                for (i, &xi) in x.iter().enumerate() {
                    let scaled = bend * S::constant(xi);
                    let row = &mut hessian[(first + i) * n + first..];
                    for (entry, &xj) in row.iter_mut().zip(&x[..=i]) {
                        *entry = *entry + scaled * S::constant(xj);
                    }
                    let below = &mut hessian[(first + bias + 1) * n + first + i];
                    *below = *below + mixed * S::constant(xi);
                }
            }
        }
        let mean = self.mean::<S>();
        for i in 0..n {
            for j in 0..=i {
                let entry = mean * hessian[i * n + j];
                hessian[i * n + j] = entry;
                hessian[j * n + i] = entry;
            }
        }
    }
}

impl FiniteSymmetry for TanhNetwork {
    /// Units may be exchanged and their signs flipped (tanh is odd). The representative has every unit on the positive side of
    /// a fixed generic hyperplane, and the units in the order of their distance from it.
    fn representative(&self, point: &[f64]) -> Vec<f64> {
        let block = self.block();
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
                let sign = if height(unit) < 0.0 { -1.0 } else { 1.0 };
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
    use crate::objective::{Objective, derivatives};
    use crate::scalar::Dual;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    fn example(units: usize) -> TanhNetwork {
        let inputs = dmatrix![0.5, -0.3; -1.2, 0.8; 0.1, 1.5; 2.0, -0.7; -0.4, -1.1];
        TanhNetwork::new(&inputs, vec![0.3, -0.2, 1.0, 0.5, -0.9], units).unwrap()
    }

    proptest! {
        #[test]
        fn derivatives_agree(theta in prop::collection::vec(-2.0f64..2.0, 13)) {
            derivatives::agree(&example(3), &theta, 1e-5, 1e-7);
        }

        /// The gradient over dual numbers is the Hessian times a vector: another way to the same matrix, exactly.
        #[test]
        fn the_hessian_is_the_slope_of_the_gradient(
            theta in prop::collection::vec(-2.0f64..2.0, 9), vector in prop::collection::vec(-1.0f64..1.0, 9),
        ) {
            let network = example(2);
            let duals: Vec<_> = theta.iter().zip(&vector).map(|(&value, &slope)| Dual { value, slope }).collect();
            let mut gradient = vec![Dual::constant(0.0); 9];
            network.gradient_over(&duals, &mut gradient);
            let product = network.hessian_vector(&theta, &vector).unwrap();
            for (dual, entry) in gradient.iter().zip(product.iter()) {
                prop_assert!((dual.slope - entry).abs() < 1e-13);
            }
        }

        #[test]
        fn exchanges_and_flips_change_nothing(theta in prop::collection::vec(-2.0f64..2.0, 13), flip in 0usize..3) {
            let network = example(3);
            let mut moved = [&theta[8..12], &theta[0..4], &theta[4..8], &theta[12..]].concat();
            moved[4 * flip..4 * flip + 4].iter_mut().for_each(|x| *x = -*x);
            let values = [&theta, &moved].map(|p| network.value(p).unwrap());
            prop_assert!((values[0] - values[1]).abs() < 1e-14);
            let representatives = [&theta, &moved].map(|p| network.representative(p));
            prop_assert_eq!(&representatives[0], &representatives[1]);
            prop_assert!((network.value(&representatives[0]).unwrap() - values[0]).abs() < 1e-14);
        }
    }

    #[test]
    fn bad_data_is_refused() {
        let x = dmatrix![1.0; 2.0];
        assert!(matches!(TanhNetwork::new(&x, vec![0.5], 1), Err(ConstructionError::Shape { .. })));
        assert!(matches!(
            TanhNetwork::new(&x, vec![0.5, f64::NAN], 1),
            Err(ConstructionError::NotFinite { .. })
        ));
        assert!(matches!(TanhNetwork::new(&x, vec![0.5; 2], 0), Err(ConstructionError::Empty { .. })));
        assert!(TanhNetwork::new(&DMatrix::zeros(0, 1), vec![], 1).is_err());
    }
}
