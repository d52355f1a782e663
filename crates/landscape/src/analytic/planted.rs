//! The population risk of a planted sigmoid neuron: one stationary point, although the risk is not convex.

use nalgebra::{DMatrix, DVector};

use super::{ConstructionError, SigmoidNeuron, all_finite};
use crate::objective::{EvaluationError, Objective};
use crate::quadrature::NormalRule;
use crate::scalar::Scalar;

/// The excess risk of a sigmoid neuron over all Gaussian inputs, with labels from a neuron of the same kind.
///
/// # Formula
/// With $x \sim N(0, I_d)$ and $P(y = 1\mid x) = \sigma(w^*\cdot x)$,
/// $$\ell(w) = \tfrac12\mathbb E\bigl(\sigma(w\cdot x) - \sigma(w^*\cdot x)\bigr)^2,\qquad
/// \nabla\ell(w) = \mathbb E\bigl[(\sigma(w\cdot x) - \sigma(w^*\cdot x))\,\sigma'(w\cdot x)\,x\bigr],$$
/// which is half the mean squared error less the constant $\tfrac12\mathbb E\,\sigma(1-\sigma)(w^*\cdot x)$ that the noise of
/// the labels costs everywhere. $\langle\nabla\ell(w), w - w^*\rangle > 0$ for all $w \ne w^*$: $w^*$ is the only stationary
/// point. Far out the gradient vanishes nevertheless, like $\lVert w\rVert^{-1}$ across $w^*$ and $\lVert w\rVert^{-2}$ along it.
///
/// All expectations are integrals over the plane of $w$ and $w^*$, computed by [`NormalRule`] to some `1e-15` at any
/// length of $w$; only the value is refused (as an overflow) beyond the length 10⁴, where its nodes would be too many.
///
/// # Reference
/// Mei, Bai and Montanari, *The landscape of empirical risk for non-convex losses* (2018), section 2.1.
///
/// # Example
/// ```
/// use saddlepoint_landscape::{analytic::PlantedNeuron, objective::Objective};
///
/// let risk = PlantedNeuron::new(vec![1.0, 0.0])?;
/// assert!((risk.value(&[0.0, 0.0])? - 0.0216895179290).abs() < 1e-12);
/// assert!(risk.gradient(&[1.0, 0.0])?.norm() < 1e-16);
/// assert!(risk.hessian(&[1.0, 0.0])?.symmetric_eigenvalues().min() > 0.02);
/// assert!(risk.hessian(&[1.0, 3.0])?.symmetric_eigenvalues().min() < 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PlantedNeuron {
    truth: DVector<f64>,
}

/// `σ′(u)` is below the rounding of anything it is added to beyond this `|u|`.
const FLAT: f64 = 45.0;

/// Lengths beyond which the value is not computed.
const LONGEST: f64 = 1e4;

impl PlantedNeuron {
    /// The risk with labels from the neuron with weights `w*`.
    ///
    /// # Errors
    /// When there is no weight, one is not finite, or they are longer than 10³.
    pub fn new(truth: Vec<f64>) -> Result<Self, ConstructionError> {
        if truth.is_empty() {
            return Err(ConstructionError::Empty { what: "the planted weights" });
        }
        all_finite("the planted weights", &truth)?;
        let truth = DVector::from_vec(truth);
        let value = truth.norm();
        if value > 1e3 {
            let what = "the length of the planted weights";
            return Err(ConstructionError::OutOfRange { what, low: 0.0, high: 1e3, value });
        }
        Ok(Self { truth })
    }

    /// The planted weights `w*`.
    pub fn truth(&self) -> &[f64] {
        self.truth.as_slice()
    }

    /// The empirical risk on inputs whose labels are `label` of the probability that the label is one: a coin of that
    /// probability for the planted model, the probability itself for labels without noise.
    ///
    /// # Shapes
    /// Inputs are `n × d`, one sample a row.
    ///
    /// # Errors
    /// When the inputs have another dimension than the planted weights, or an input or label is not finite.
    pub fn sample(
        &self,
        inputs: &DMatrix<f64>,
        label: impl FnMut(f64) -> f64,
    ) -> Result<SigmoidNeuron, ConstructionError> {
        let (expected, found) = (self.truth.len(), inputs.ncols());
        if found != expected {
            return Err(ConstructionError::Shape { what: "inputs of a sample", expected, found });
        }
        let labels = (inputs * &self.truth).iter().map(|z| z.logistic().0).map(label).collect();
        SigmoidNeuron::half_mean_square(inputs, labels)
    }

    /// `⟨∇ℓ(w), w − w*⟩ / ‖w − w*‖²`: positive everywhere, so that descent from anywhere moves towards `w*`.
    ///
    /// # Errors
    /// When the point has the wrong dimension or is not finite, or when it is `w*`.
    pub fn alignment(&self, point: &[f64]) -> Result<f64, EvaluationError> {
        let gradient = self.gradient(point)?;
        let away = DVector::from_column_slice(point) - &self.truth;
        let alignment = gradient.dot(&away) / away.norm_squared();
        if alignment.is_finite() { Ok(alignment) } else { Err(EvaluationError::Overflow { what: "alignment" }) }
    }

    /// The Hessian at `w*` along it and across it, `(E σ′² z², E σ′²)` with `σ′` at `‖w*‖ z`.
    pub fn curvature_at_truth(&self) -> (f64, f64) {
        self.moments(|rise| rise * rise)
    }

    /// The covariance of a sample's gradient at `w*` along it and across it, `(E σ′³ z², E σ′³)`: the variance of a label
    /// is `σ′` as well.
    pub fn gradient_noise_at_truth(&self) -> (f64, f64) {
        self.moments(|rise| rise * rise * rise)
    }

    /// `(E f(σ′) z², E f(σ′))` with `σ′` at `‖w*‖ z`.
    fn moments(&self, f: impl Fn(f64) -> f64) -> (f64, f64) {
        let length = self.truth.norm();
        rule(length, f64::INFINITY).into_iter().fold((0.0, 0.0), |(along, across), (z, weight)| {
            let term = weight * f((length * z).logistic().1);
            (along + term * z * z, across + term)
        })
    }

    /// How the gradient vanishes far out: the limits of `R ‖∇ℓ(w)‖` across `w*` and of `R² ‖∇ℓ(w)‖` along it, on either side,
    /// for `‖w‖ = R → ∞`.
    ///
    /// # Formula
    /// $\lVert w^*\rVert\,\varphi(0)\,\mathbb E\,\sigma'(\lVert w^*\rVert z)$ and $\tfrac12\varphi(0)$: beyond the first
    /// order in $1/R$ only samples with $w\cdot x$ near zero have a slope, and along $w^*$ their residuals cancel.
    pub fn gradient_decay(&self) -> (f64, f64) {
        let density = 1.0 / (2.0 * std::f64::consts::PI).sqrt();
        let (_, slope) = self.moments(|rise| rise);
        (self.truth.norm() * density * slope, 0.5 * density)
    }

    /// `w` in the coordinates in which it is integrated.
    fn plane(&self, w: &[f64]) -> Plane {
        let w = DVector::from_column_slice(w);
        let (length, truth) = (w.norm(), self.truth.norm());
        let along = if length > 0.0 {
            w.unscale(length)
        } else if truth > 0.0 {
            self.truth.unscale(truth)
        } else {
            let mut unit = w;
            unit[0] = 1.0;
            unit
        };
        let parallel = self.truth.dot(&along);
        let rest = &self.truth - &along * parallel;
        let perpendicular = rest.norm();
        let across = if perpendicular > 0.0 { rest.unscale(perpendicular) } else { rest };
        Plane { length, parallel, perpendicular, along, across }
    }
}

/// The plane of `w` and `w*`, with the first axis along `w`.
struct Plane {
    length: f64,
    /// `w*` in this plane.
    parallel: f64,
    perpendicular: f64,
    /// The axes in all dimensions; the second is zero where `w` and `w*` are parallel.
    along: DVector<f64>,
    across: DVector<f64>,
}

/// `(E σ(v), E σ(v) t, E σ(v) t², E σ(v)²)` given the first coordinate, over the second one, `t`.
struct Slice {
    mean: f64,
    first: f64,
    second: f64,
    square: f64,
}

/// Nodes for a sigmoid of `length · z`, whose poles lie at `±πi/length`. Where there is no rule, since the length overflows,
/// the one node makes every integral NaN, which the caller's checks report.
fn rule(length: f64, reach: f64) -> Vec<(f64, f64)> {
    let rule = NormalRule::within(std::f64::consts::PI / length, reach);
    rule.map_or_else(|_| vec![(f64::NAN, f64::NAN)], |rule| rule.nodes().to_vec())
}

impl Plane {
    /// Each node of the first coordinate, with its weight and what the second coordinate contributes.
    fn slices(&self, reach: f64) -> impl Iterator<Item = (f64, f64, Slice)> {
        let second = rule(self.perpendicular, f64::INFINITY);
        let slice = move |z: f64| {
            let mut slice = Slice { mean: 0.0, first: 0.0, second: 0.0, square: 0.0 };
            for &(t, weight) in &second {
                let planted = (self.parallel * z + self.perpendicular * t).logistic().0;
                let term = weight * planted;
                slice.mean += term;
                slice.first += term * t;
                slice.second += term * t * t;
                slice.square += term * planted;
            }
            slice
        };
        rule(self.length.max(self.parallel.abs()), reach)
            .into_iter()
            .map(move |(z, weight)| (z, weight, slice(z)))
    }

    /// Beyond this `z` derivatives of `σ(length z)` are negligible.
    fn reach(&self) -> f64 {
        FLAT / self.length
    }

    /// The gradient along both axes.
    fn gradient(&self) -> (f64, f64) {
        let mut sum = (0.0, 0.0);
        for (z, weight, slice) in self.slices(self.reach()) {
            let (s, rise) = (self.length * z).logistic();
            sum.0 += weight * rise * (s - slice.mean) * z;
            sum.1 -= weight * rise * slice.first;
        }
        sum
    }

    /// The Hessian: along the first axis, mixed, along the second axis, and across the plane.
    fn hessian(&self) -> [f64; 4] {
        let mut sum = [0.0; 4];
        for (z, weight, slice) in self.slices(self.reach()) {
            let (s, rise) = (self.length * z).logistic();
            let bend = rise * ((-self.length * z).logistic().0 - s);
            let curvature = rise * rise + (s - slice.mean) * bend;
            sum[0] += weight * curvature * z * z;
            sum[1] -= weight * bend * slice.first * z;
            sum[2] += weight * (rise * rise + s * bend - slice.second * bend);
            sum[3] += weight * curvature;
        }
        sum
    }
}

impl Objective for PlantedNeuron {
    fn dimension(&self) -> usize {
        self.truth.len()
    }

    fn value_unchecked(&self, w: &[f64]) -> f64 {
        let plane = self.plane(w);
        if plane.length > LONGEST {
            return f64::NAN;
        }
        let square = |(z, weight, slice): (f64, f64, Slice)| {
            let s = (plane.length * z).logistic().0;
            // The variance of σ(v) in the slice and the square of its bias: no cancellation at w*.
            weight * ((slice.square - slice.mean * slice.mean) + (s - slice.mean).powi(2))
        };
        0.5 * plane.slices(f64::INFINITY).map(square).sum::<f64>()
    }

    fn gradient_unchecked(&self, w: &[f64], gradient: &mut [f64]) {
        let plane = self.plane(w);
        let (along, across) = plane.gradient();
        for (j, entry) in gradient.iter_mut().enumerate() {
            *entry = along * plane.along[j] + across * plane.across[j];
        }
    }

    fn hessian_vector_unchecked(&self, w: &[f64], vector: &[f64], product: &mut [f64]) {
        let plane = self.plane(w);
        let [first, mixed, second, rest] = plane.hessian();
        let dot = |axis: &DVector<f64>| axis.iter().zip(vector).map(|(a, v)| a * v).sum::<f64>();
        let (a, b) = (dot(&plane.along), dot(&plane.across));
        let along = (first - rest) * a + mixed * b;
        let across = mixed * a + (second - rest) * b;
        for (j, entry) in product.iter_mut().enumerate() {
            *entry = rest * vector[j] + along * plane.along[j] + across * plane.across[j];
        }
    }

    fn hessian_unchecked(&self, w: &[f64], hessian: &mut [f64]) {
        let plane = self.plane(w);
        let [first, mixed, second, rest] = plane.hessian();
        let n = w.len();
        for (j, column) in hessian.chunks_exact_mut(n).enumerate() {
            let (a, b) = (plane.along[j], plane.across[j]);
            let (along, across) = ((first - rest) * a + mixed * b, mixed * a + (second - rest) * b);
            for (i, entry) in column.iter_mut().enumerate() {
                let identity = if i == j { rest } else { 0.0 };
                *entry = identity + along * plane.along[i] + across * plane.across[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::derivatives;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn derivatives_agree(
            truth in prop::array::uniform3(-2.0f64..2.0),
            w in prop::array::uniform3(-4.0f64..4.0),
        ) {
            derivatives::agree(&PlantedNeuron::new(truth.to_vec()).unwrap(), &w, 1e-5, 1e-7);
        }

        /// Only lengths and the angle matter: the risk is the same after a common rotation.
        #[test]
        fn the_risk_is_invariant_under_rotations(
            truth in prop::array::uniform2(-2.0f64..2.0),
            w in prop::array::uniform2(-9.0f64..9.0),
            angle in 0.0f64..7.0,
        ) {
            let turn = |[x, y]: [f64; 2]| {
                let (s, c) = angle.sin_cos();
                vec![c * x - s * y, 0.0, s * x + c * y]
            };
            let risk = PlantedNeuron::new(truth.to_vec()).unwrap();
            let turned = PlantedNeuron::new(turn(truth)).unwrap();
            let (a, b) = (risk.gradient(&w).unwrap(), turned.gradient(&turn(w)).unwrap());
            prop_assert!((a.norm() - b.norm()).abs() < 1e-14);
            prop_assert!((risk.value(&w).unwrap() - turned.value(&turn(w)).unwrap()).abs() < 1e-14);
        }

        /// `hessian` is assembled at once, `hessian_vector` by products.
        #[test]
        fn the_dense_hessian_is_that_of_the_products(
            w in prop::array::uniform3(-4.0f64..4.0),
            v in prop::array::uniform3(-1.0f64..1.0),
        ) {
            let risk = PlantedNeuron::new(vec![1.0, 0.0, 0.5]).unwrap();
            let dense = risk.hessian(&w).unwrap() * DVector::from_column_slice(&v);
            prop_assert!((dense - risk.hessian_vector(&w, &v).unwrap()).norm() < 1e-15);
        }

        #[test]
        fn any_bits_are_refused_or_have_a_finite_gradient(w in prop::array::uniform2(any::<u64>())) {
            let risk = PlantedNeuron::new(vec![1.0, 0.0]).unwrap();
            if let Ok(gradient) = risk.gradient(&w.map(f64::from_bits)) {
                prop_assert!(gradient.norm() < 0.2);
            }
        }
    }

    #[test]
    fn at_the_truth_the_hessian_has_the_printed_eigenvalues() {
        let risk = PlantedNeuron::new(vec![0.0, 2.0, 0.0]).unwrap();
        let (along, across) = risk.curvature_at_truth();
        let hessian = risk.hessian(&[0.0, 2.0, 0.0]).unwrap();
        assert!((along - 0.00673814704225827).abs() < 1e-15 && (hessian[(1, 1)] - along).abs() < 1e-15);
        assert!((across - 0.02902518140301677).abs() < 1e-15 && (hessian[(2, 2)] - across).abs() < 1e-15);
    }

    #[test]
    fn without_a_planted_weight_zero_is_the_minimum() {
        let risk = PlantedNeuron::new(vec![0.0, 0.0]).unwrap();
        assert!(risk.gradient(&[0.0, 0.0]).unwrap().norm() < 1e-16);
        assert!(risk.alignment(&[0.3, -2.0]).unwrap() > 0.0);
        assert!(risk.alignment(&[0.0, 0.0]).is_err());
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(matches!(PlantedNeuron::new(vec![]), Err(ConstructionError::Empty { .. })));
        assert!(matches!(PlantedNeuron::new(vec![f64::NAN]), Err(ConstructionError::NotFinite { .. })));
        assert!(matches!(PlantedNeuron::new(vec![2e3]), Err(ConstructionError::OutOfRange { .. })));
        let risk = PlantedNeuron::new(vec![1.0, 0.0]).unwrap();
        assert!(matches!(risk.value(&[1e5, 0.0]), Err(EvaluationError::Overflow { .. })));
        assert!(matches!(risk.sample(&DMatrix::zeros(3, 1), |p| p), Err(ConstructionError::Shape { .. })));
    }
}
