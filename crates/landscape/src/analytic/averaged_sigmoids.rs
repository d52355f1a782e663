//! A hidden layer of sigmoids, averaged: the one-hidden-layer classifier of Fu, Chi and Liang.

use nalgebra::DMatrix;

use super::{ConstructionError, all_finite, positive};
use crate::formula::Formula;
use crate::quadrature::NormalRule;
use crate::scalar::Scalar;

/// How an output is compared with a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassificationLoss {
    /// `−y ln H − (1 − y) ln(1 − H)`.
    CrossEntropy,
    /// `½(y − H)²`.
    HalfSquared,
}

/// The risk of an average of sigmoids, `H(W, x) = (1/K) Σ_k σ(w_k·x)`, over weighted samples.
///
/// # Formula
/// $$f(W) = \sum_t p_t\, L\bigl(y_t, H(W, x_t)\bigr),\qquad y_t\in[0,\,1],\quad \sum_t p_t = 1,$$
/// with the cross entropy or half the squared error as $L$. The empirical risk has $p_t = 1/n$. The population risk of the
/// planted model, $x \sim N(0, I_2)$ and $P(y=1\mid x) = H(W^*, x)$, has the nodes of a quadrature as inputs and
/// $y_t = H(W^*, x_t)$ as labels: the cross entropy is linear in the label, and for the squared error this leaves out a
/// constant.
///
/// $1 - H$ is computed as the average of $\sigma(-w_k\cdot x)$, so that nothing is lost where $H$ is near one.
///
/// # Shapes
/// Inputs are `n × d`, one sample a row; the weights are `K × d`, one unit a row, and the `Kd` variables are these rows one
/// after the other.
///
/// # Reference
/// Fu, Chi and Liang, *Guaranteed recovery of one-hidden-layer neural networks via cross entropy* (2018), section II; for the
/// squared loss the first version, *Local geometry of one-hidden-layer neural networks for logistic regression*.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::analytic::{AveragedSigmoids, ClassificationLoss};
/// use saddlepoint_landscape::objective::Objective;
///
/// let truth = dmatrix![1.0, 0.0; 0.0, 1.0];
/// let risk = AveragedSigmoids::population(&truth, ClassificationLoss::CrossEntropy, 2.0)?;
/// let at_truth = [1.0, 0.0, 0.0, 1.0];
/// assert!(risk.gradient(&at_truth)?.norm() < 1e-15);
/// let least = risk.hessian(&at_truth)?.symmetric_eigenvalues().min();
/// assert!((least - 0.00310622126651).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AveragedSigmoids {
    units: usize,
    dimension: usize,
    loss: ClassificationLoss,
    /// Sample after sample.
    inputs: Vec<f64>,
    /// Label and weight of each sample.
    samples: Vec<(f64, f64)>,
}

/// A sample at some weights.
struct At<'a, S> {
    input: &'a [f64],
    label: f64,
    weight: f64,
    /// `H` and `1 − H`.
    output: (S, S),
    /// `σ′` and `σ″` of each unit.
    units: &'a [(S, S)],
}

impl AveragedSigmoids {
    /// The empirical risk of a network with `units` hidden units.
    ///
    /// # Errors
    /// When there is no sample, input or unit, when the numbers of inputs and labels differ, when an input is not finite, or
    /// a label not in `[0, 1]`.
    pub fn empirical(
        units: usize,
        inputs: &DMatrix<f64>,
        labels: &[f64],
        loss: ClassificationLoss,
    ) -> Result<Self, ConstructionError> {
        let (samples, dimension) = inputs.shape();
        if samples == 0 || dimension == 0 {
            return Err(ConstructionError::Empty { what: "the inputs" });
        }
        if units == 0 {
            return Err(ConstructionError::Empty { what: "the hidden layer" });
        }
        if labels.len() != samples {
            return Err(ConstructionError::Shape { what: "labels", expected: samples, found: labels.len() });
        }
        all_finite("the inputs", inputs)?;
        all_finite("the labels", labels)?;
        if let Some(&value) = labels.iter().find(|y| !(0.0..=1.0).contains(*y)) {
            return Err(ConstructionError::OutOfRange { what: "a label", low: 0.0, high: 1.0, value });
        }
        let weight = 1.0 / samples as f64;
        let samples = labels.iter().map(|&y| (y, weight)).collect();
        Ok(Self { units, dimension, loss, inputs: inputs.transpose().as_slice().to_vec(), samples })
    }

    /// The population risk for Gaussian inputs in the plane and labels from the network with weights `truth`.
    ///
    /// It is accurate to some `1e-14` at weights whose rows are no longer than `reach`.
    ///
    /// # Errors
    /// When the truth does not have two columns and at least one row, is not finite, or has a row longer than `reach`;
    /// when `reach` is not positive or above 50, beyond which the nodes would be too many.
    pub fn population(
        truth: &DMatrix<f64>,
        loss: ClassificationLoss,
        reach: f64,
    ) -> Result<Self, ConstructionError> {
        let (units, dimension) = truth.shape();
        if dimension != 2 {
            return Err(ConstructionError::Shape {
                what: "inputs of a population",
                expected: 2,
                found: dimension,
            });
        }
        if units == 0 {
            return Err(ConstructionError::Empty { what: "the hidden layer" });
        }
        all_finite("the weights", truth)?;
        let longest = truth.row_iter().map(|row| row.norm()).fold(0.0, f64::max);
        let what = "the length of the weights that are reached";
        positive(what, reach)?;
        if reach > 50.0 || reach < longest {
            return Err(ConstructionError::OutOfRange { what, low: longest, high: 50.0, value: reach });
        }
        // A unit has its poles at ±πi/‖w‖. Half of that keeps clear of the zeros of H and 1 − H as well: on
        // |Im w·x| < π/2 all sigmoids have a positive real part.
        let rule = NormalRule::new(0.5 * std::f64::consts::PI / reach)
            .map_err(|_| ConstructionError::NotFinite { what })?;
        let mut network = Self { units, dimension, loss, inputs: Vec::new(), samples: Vec::new() };
        let truth = truth.transpose();
        for &(x, p) in rule.nodes() {
            // The corners of the square carry less than the rounding of the rest.
            for &(y, q) in rule.nodes().iter().filter(|(y, _)| x * x + y * y <= 81.0) {
                let label = (network.units(truth.as_slice(), &[x, y]).map(|(s, _)| s)).sum::<f64>();
                network.inputs.extend([x, y]);
                network.samples.push((label / units as f64, p * q));
            }
        }
        Ok(network)
    }

    /// The probabilities of the label one.
    ///
    /// # Shapes
    /// Inputs are `n × d`, weights `K × d`.
    ///
    /// # Errors
    /// When the inputs and the weights have different numbers of columns.
    pub fn probabilities(weights: &DMatrix<f64>, inputs: &DMatrix<f64>) -> Result<Vec<f64>, ConstructionError> {
        let (expected, found) = (weights.ncols(), inputs.ncols());
        if expected != found {
            return Err(ConstructionError::Shape { what: "inputs of a sample", expected, found });
        }
        let activations = inputs * weights.transpose();
        let mean = |row: nalgebra::RowDVector<f64>| row.map(|z| z.logistic().0).mean();
        Ok(activations.row_iter().map(|row| mean(row.into_owned())).collect())
    }

    /// `(σ(w_k·x), σ′(w_k·x))` of each unit.
    fn units<'a>(&'a self, w: &'a [f64], x: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
        w.chunks_exact(self.dimension).map(|w| f64::dot(w, x).logistic())
    }

    /// Each input with its label and weight.
    fn samples(&self) -> impl Iterator<Item = (&[f64], (f64, f64))> {
        self.inputs.chunks_exact(self.dimension).zip(self.samples.iter().copied())
    }

    /// The loss of a sample.
    fn cost<S: Scalar>(&self, at: &At<'_, S>) -> S {
        let (y, (h, rest)) = (at.label, at.output);
        match self.loss {
            ClassificationLoss::CrossEntropy => {
                // ln H from the smaller of H and 1 − H; and the limit at y = 0 is 0, whatever H is.
                let cost = |y: f64, h: S, rest: S| match y {
                    0.0 => S::constant(0.0),
                    _ if h.at_least(0.5) == Some(true) => S::constant(-y) * (-rest).ln_1p(),
                    _ => S::constant(-y) * h.ln(),
                };
                cost(y, h, rest) + cost(1.0 - y, rest, h)
            }
            ClassificationLoss::HalfSquared => S::constant(0.5) * (h - S::constant(y)).square(),
        }
    }

    /// The first two derivatives of the loss of a sample by `H`, times its weight.
    fn slopes<S: Scalar>(&self, at: &At<'_, S>) -> (S, S) {
        let (y, (h, rest)) = (at.label, at.output);
        let (slope, curvature) = match self.loss {
            ClassificationLoss::CrossEntropy => {
                let (p, q) = (S::constant(1.0).over(h), S::constant(1.0).over(rest));
                let (a, b) = (S::constant(y) * p, S::constant(1.0 - y) * q);
                (b - a, a * p + b * q)
            }
            ClassificationLoss::HalfSquared => (h - S::constant(y), S::constant(1.0)),
        };
        (S::constant(at.weight) * slope, S::constant(at.weight) * curvature)
    }

    /// `1/K`
    fn share<S: Scalar>(&self) -> S {
        S::constant(1.0).over(S::constant(self.units as f64))
    }

    /// Shows each sample to `visit`, in order.
    fn walk<S: Scalar>(&self, w: &[S], mut visit: impl FnMut(&At<'_, S>)) {
        let (zero, one, share): (S, S, S) = (S::constant(0.0), S::constant(1.0), self.share());
        let mut units = vec![(zero, zero); self.units];
        for (input, (label, weight)) in self.samples() {
            let (mut on, mut off) = (zero, zero);
            for (unit, w) in units.iter_mut().zip(w.chunks_exact(self.dimension)) {
                let z = along(w, input);
                let (s, rise) = z.logistic();
                // σ(−z) without cancellation: the ratio σ′/σ where σ is not tiny, the complement elsewhere.
                let complement = if z.at_least(0.0) == Some(true) { rise.over(s) } else { one - s };
                on = on + s;
                off = off + complement;
                *unit = (rise, rise * (complement - s));
            }
            visit(&At { input, label, weight, output: (share * on, share * off), units: &units });
        }
    }
}

/// `w · x`
fn along<S: Scalar>(w: &[S], x: &[f64]) -> S {
    w.iter().zip(x).fold(S::constant(0.0), |sum, (&w, &x)| sum + w * S::constant(x))
}

impl Formula for AveragedSigmoids {
    fn variables(&self) -> usize {
        self.units * self.dimension
    }

    fn value_over<S: Scalar>(&self, w: &[S]) -> S {
        let mut sum = S::constant(0.0);
        self.walk(w, |at| sum = sum + S::constant(at.weight) * self.cost(at));
        sum
    }

    fn gradient_over<S: Scalar>(&self, w: &[S], gradient: &mut [S]) {
        gradient.fill(S::constant(0.0));
        let share: S = self.share();
        self.walk(w, |at| {
            let slope = share * self.slopes(at).0;
            for (entries, &(rise, _)) in gradient.chunks_exact_mut(self.dimension).zip(at.units) {
                for (entry, &xj) in entries.iter_mut().zip(at.input) {
                    *entry = *entry + slope * rise * S::constant(xj);
                }
            }
        });
    }

    fn hessian_vector_over<S: Scalar>(&self, w: &[S], vector: &[S], product: &mut [S]) {
        let zero = S::constant(0.0);
        product.fill(zero);
        let (d, share): (_, S) = (self.dimension, self.share());
        self.walk(w, |at| {
            let (slope, curvature) = self.slopes(at);
            let blocks = || vector.chunks_exact(d).zip(at.units);
            let change = blocks().fold(zero, |sum, (v, &(rise, _))| sum + rise * along(v, at.input));
            for (entries, (v, &(rise, bend))) in product.chunks_exact_mut(d).zip(blocks()) {
                let factor =
                    curvature * share * share * rise * change + slope * share * bend * along(v, at.input);
                for (entry, &xj) in entries.iter_mut().zip(at.input) {
                    *entry = *entry + factor * S::constant(xj);
                }
            }
        });
    }

    fn hessian_over<S: Scalar>(&self, w: &[S], hessian: &mut [S]) {
        let (n, d, share): (_, _, S) = (self.units * self.dimension, self.dimension, self.share());
        hessian.fill(S::constant(0.0));
        // Below the diagonal, each sample is a sum of outer products x xᵀ, one for each pair of units.
        self.walk(w, |at| {
            let (slope, curvature) = self.slopes(at);
            for (l, right) in at.units.iter().enumerate() {
                for (k, left) in at.units.iter().enumerate().skip(l) {
                    let own = if k == l { slope * share * left.1 } else { S::constant(0.0) };
                    let factor = curvature * share * share * left.0 * right.0 + own;
                    for (j, &xj) in at.input.iter().enumerate() {
                        let start = (l * d + j) * n + k * d;
                        let scaled = factor * S::constant(xj);
                        for (entry, &xi) in hessian[start..start + d].iter_mut().zip(at.input) {
                            *entry = *entry + scaled * S::constant(xi);
                        }
                    }
                }
            }
        });
        for column in 0..n {
            for row in 0..column {
                hessian[column * n + row] = hessian[row * n + column];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critical::krawczyk;
    use crate::descent::{Bfgs, StopRule};
    use crate::formula::enclosures;
    use crate::objective::{Objective, derivatives};
    use nalgebra::{DVector, dmatrix};
    use proptest::prelude::*;
    use saddlepoint_rigor::Interval;

    const LOSSES: [ClassificationLoss; 2] = [ClassificationLoss::CrossEntropy, ClassificationLoss::HalfSquared];

    fn small(loss: ClassificationLoss) -> AveragedSigmoids {
        let inputs = dmatrix![1.0, 2.0; -1.0, 0.5; 0.3, -1.2; 0.0, 0.7];
        AveragedSigmoids::empirical(3, &inputs, &[1.0, 0.0, 0.5, 1.0], loss).unwrap()
    }

    proptest! {
        #[test]
        fn derivatives_agree(w in prop::array::uniform6(-3.0f64..3.0), which in 0usize..2) {
            derivatives::agree(&small(LOSSES[which]), &w, 1e-5, 1e-7);
        }

        #[test]
        fn the_dense_hessian_is_that_of_the_products(
            w in prop::array::uniform6(-3.0f64..3.0),
            v in prop::array::uniform6(-1.0f64..1.0),
            which in 0usize..2,
        ) {
            let f = small(LOSSES[which]);
            let dense = f.hessian(&w).unwrap() * DVector::from_column_slice(&v);
            prop_assert!((dense - f.hessian_vector(&w, &v).unwrap()).norm() < 1e-12);
        }

        #[test]
        fn intervals_enclose(
            w in prop::array::uniform6(-3.0f64..3.0),
            width in 0.0f64..0.1,
            at in prop::array::uniform6(0.0f64..=1.0),
            which in 0usize..2,
        ) {
            enclosures::hold(&small(LOSSES[which]), &w, width, &at);
        }

        #[test]
        fn any_bits_are_refused_or_give_numbers(w in prop::array::uniform6(any::<u64>()), which in 0usize..2) {
            let (f, w) = (small(LOSSES[which]), w.map(f64::from_bits));
            if let Ok(value) = f.value(&w) {
                prop_assert!(value >= 0.0);
            }
            if let Ok(gradient) = f.gradient(&w) {
                prop_assert!(gradient.norm().is_finite());
            }
        }
    }

    /// What is run is what is certified: over intervals the same lines enclose it, and prove a minimum.
    #[test]
    fn intervals_enclose_and_certify() {
        let inputs = dmatrix![1.0, 2.0; -1.0, 0.5; 0.3, -1.2; 0.0, 0.7; -2.0, 1.0; 1.5, -0.4];
        for loss in LOSSES {
            let f = AveragedSigmoids::empirical(1, &inputs, &[1.0, 0.0, 0.5, 1.0, 1.0, 0.0], loss).unwrap();
            let at: Vec<Interval> = [0.4, -1.3].map(<Interval as Scalar>::constant).to_vec();
            let (value, computed) = (f.value_over(&at), f.value(&[0.4, -1.3]).unwrap());
            assert!((value.midpoint() - computed).abs() < 1e-14 && value.width() < 1e-13);
            let rule = StopRule { steps: 500, gradient_norm: 1e-12 };
            let end = Bfgs::new(rule).unwrap().run(&f, &[0.0, 0.0]).unwrap();
            let found = krawczyk::certify_near(&f, &end.point).unwrap();
            assert_eq!(found.index, 0);
            found.verify(&f).unwrap();
        }
    }

    #[test]
    fn a_saturated_output_keeps_its_small_complement() {
        let f = AveragedSigmoids::empirical(1, &dmatrix![1.0], &[1.0], LOSSES[0]).unwrap();
        assert!(
            (f.value(&[40.0]).unwrap() / (-40f64).exp() - 1.0).abs() < 1e-3,
            "{:e}",
            f.value(&[40.0]).unwrap()
        );
        let g = AveragedSigmoids::empirical(1, &dmatrix![1.0], &[0.0], LOSSES[0]).unwrap();
        assert!((g.value(&[40.0]).unwrap() - 40.0).abs() < 1e-12);
        assert!((g.gradient(&[40.0]).unwrap()[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn bad_input_is_refused() {
        let truth = DMatrix::identity(2, 2);
        let population = |reach| AveragedSigmoids::population(&truth, LOSSES[0], reach);
        for reach in [0.0, 0.9, 60.0, f64::NAN, f64::INFINITY] {
            assert!(population(reach).is_err(), "{reach}");
        }
        assert!(AveragedSigmoids::population(&DMatrix::zeros(2, 3), LOSSES[0], 2.0).is_err());
        assert!(AveragedSigmoids::population(&DMatrix::zeros(0, 2), LOSSES[0], 2.0).is_err());
        let x = dmatrix![1.0; 2.0];
        let empirical = |units, labels: &[f64]| AveragedSigmoids::empirical(units, &x, labels, LOSSES[0]);
        assert!(matches!(empirical(0, &[0.0, 1.0]), Err(ConstructionError::Empty { .. })));
        assert!(matches!(empirical(1, &[0.0]), Err(ConstructionError::Shape { .. })));
        assert!(matches!(empirical(1, &[0.0, 2.0]), Err(ConstructionError::OutOfRange { .. })));
        assert!(matches!(empirical(1, &[0.0, f64::NAN]), Err(ConstructionError::NotFinite { .. })));
        assert!(AveragedSigmoids::probabilities(&truth, &x).is_err());
    }
}
