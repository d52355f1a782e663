//! The two-parameter ReLU network on whose loss surface lecture notes teach bad local minima.

use saddlepoint_rigor::Interval;

use super::{ConstructionError, all_finite};
use crate::critical::section::Symmetric;
use crate::formula::Formula;
use crate::scalar::Scalar;

/// What the network computes: the two readings of a loss whose arguments were written in the wrong order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// `w₂ · relu(w₁ x)`: the network as meant.
    Intended,
    /// `x · relu(w₁ w₂)`: the network as called, weights and input swapped.
    Swapped,
}

/// The mean squared loss of a ReLU network with one hidden unit on positive inputs.
///
/// # Formula
/// With the means $S_{xx} = \overline{x^2}$, $S_{xy} = \overline{xy}$, $S_{yy} = \overline{y^2}$ and $u = w_1w_2$,
/// $$L(w_1, w_2) = S_{yy} - 2S_{xy}u + S_{xx}u^2 \quad\text{where the unit is active},\qquad L = S_{yy}
/// \quad\text{elsewhere.}$$
/// As [`Intended`](Reading::Intended) the unit is active for $w_1 > 0$, as [`Swapped`](Reading::Swapped) for
/// $w_1w_2 > 0$. The global minima are the active points of the hyperbola $w_1w_2 = S_{xy}/S_{xx}$, with value
/// $S_{yy} - S_{xy}^2/S_{xx}$ and Hessian eigenvalues $0$ and $2S_{xx}(w_1^2 + w_2^2)$. The dead region is a set of
/// local minima with the larger value $S_{yy}$.
///
/// On the border of the active region the derivatives of the dead side are returned.
///
/// # Reference
/// Ollion and Grisel, *Learning with Deep Networks: Expressivity, Optimization & Generalization*, the loss surface of
/// a two-parameter MLP. The closed form is this project's.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::{Reading, TwoParameterMlp};
/// use saddlepoint_landscape::objective::Objective;
///
/// let loss = TwoParameterMlp::seed42(Reading::Intended);
/// assert_eq!(loss.value(&[-1.0, -2.0])?, loss.plateau());
/// assert!((loss.value(&[1.0, loss.product_at_minimum()])? - loss.minimum()).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TwoParameterMlp {
    reading: Reading,
    inputs: Vec<f64>,
    targets: Vec<f64>,
    sxx: f64,
    sxy: f64,
    syy: f64,
    /// The same three, enclosed: over intervals the loss is that of these samples, not of rounded means.
    enclosed: [Interval; 3],
}

impl TwoParameterMlp {
    /// The loss on the samples `(x, y)`.
    ///
    /// # Errors
    /// When there is no sample, when the numbers of inputs and targets differ, when an entry is not finite or an input
    /// not positive, or when no positive slope fits the data, so that the hyperbola of minima is empty.
    pub fn new(reading: Reading, inputs: Vec<f64>, targets: Vec<f64>) -> Result<Self, ConstructionError> {
        if inputs.is_empty() {
            return Err(ConstructionError::Empty { what: "the inputs" });
        }
        if inputs.len() != targets.len() {
            return Err(ConstructionError::Shape {
                what: "targets",
                expected: inputs.len(),
                found: targets.len(),
            });
        }
        all_finite("the inputs", &inputs)?;
        all_finite("the targets", &targets)?;
        if let Some(&value) = inputs.iter().find(|x| **x <= 0.0) {
            return Err(ConstructionError::NotPositive { what: "an input", value });
        }
        let loss = Self::from_samples(reading, inputs, targets);
        if loss.sxy > 0.0 {
            Ok(loss)
        } else {
            Err(ConstructionError::NotPositive { what: "the mean of xy", value: loss.sxy })
        }
    }

    /// The thirty samples of the lecture: `x = |1 + ξ|`, `y = 2x + ½ξ′` drawn by NumPy's legacy generator, seed 42.
    pub fn seed42(reading: Reading) -> Self {
        Self::from_samples(reading, INPUTS.to_vec(), TARGETS.to_vec())
    }

    fn from_samples(reading: Reading, inputs: Vec<f64>, targets: Vec<f64>) -> Self {
        let mean = |a: &[f64], b: &[f64]| saddlepoint_rigor::dot(a, b).over(Interval::constant(a.len() as f64));
        let enclosed = [mean(&inputs, &inputs), mean(&inputs, &targets), mean(&targets, &targets)];
        let [sxx, sxy, syy] = enclosed.map(Interval::midpoint);
        Self { reading, inputs, targets, sxx, sxy, syy, enclosed }
    }

    /// The samples.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = (f64, f64)> {
        self.inputs.iter().copied().zip(self.targets.iter().copied())
    }

    /// `(S_xx, S_xy, S_yy)`.
    pub fn moments(&self) -> (f64, f64, f64) {
        (self.sxx, self.sxy, self.syy)
    }

    /// The product `w₁w₂` at the global minima.
    pub fn product_at_minimum(&self) -> f64 {
        self.sxy / self.sxx
    }

    /// The global minimum of the loss.
    pub fn minimum(&self) -> f64 {
        self.syy - self.sxy * self.sxy / self.sxx
    }

    /// The loss wherever the unit is dead.
    pub fn plateau(&self) -> f64 {
        self.syy
    }

    /// The nonzero eigenvalue of the Hessian at the global minimum with this first weight.
    pub fn sharpness(&self, w1: f64) -> f64 {
        let w2 = self.product_at_minimum() / w1;
        2.0 * self.sxx * (w1 * w1 + w2 * w2)
    }

    /// The loss of one sample, computed as the program of the lecture does, relu and all.
    pub fn sample_loss(&self, (x, y): (f64, f64), (w1, w2): (f64, f64)) -> f64 {
        let output = match self.reading {
            Reading::Intended => w2 * (w1 * x).max(0.0),
            Reading::Swapped => x * (w2 * w1).max(0.0),
        };
        (y - output) * (y - output)
    }

    /// The mean of [`sample_loss`](Self::sample_loss): the oracle for the closed form.
    pub fn mean_loss(&self, w: (f64, f64)) -> f64 {
        self.samples().map(|sample| self.sample_loss(sample, w)).sum::<f64>() / self.inputs.len() as f64
    }

    /// The trace of the covariance of the sample gradients at an active point.
    pub fn gradient_noise(&self, (w1, w2): (f64, f64)) -> f64 {
        if self.is_active(w1, w2) != Some(true) {
            return 0.0;
        }
        let n = self.inputs.len() as f64;
        let slopes = || self.samples().map(|(x, y)| 2.0 * x * (x * w1 * w2 - y));
        let mean = slopes().sum::<f64>() / n;
        slopes().map(|slope| (slope - mean) * (slope - mean)).sum::<f64>() / n * (w1 * w1 + w2 * w2)
    }

    /// Whether the unit is active, if that is decided.
    fn is_active<S: Scalar>(&self, w1: S, w2: S) -> Option<bool> {
        let z = match self.reading {
            Reading::Intended => w1,
            Reading::Swapped => w1 * w2,
        };
        (-z).at_least(0.0).map(|dead| !dead)
    }

    /// `S_xx`, `S_xy` and `S_yy`.
    fn moments_over<S: Scalar>(&self) -> [S; 3] {
        self.enclosed.map(S::enclosed)
    }

    /// `dL/du` at the product `u`.
    fn slope<S: Scalar>(&self, u: S) -> S {
        let [sxx, sxy, _] = self.moments_over::<S>();
        S::constant(2.0) * (sxx * u - sxy)
    }
}

/// Over intervals a box across the border of the active region has all reals for values.
impl Formula for TwoParameterMlp {
    fn variables(&self) -> usize {
        2
    }

    fn value_over<S: Scalar>(&self, w: &[S]) -> S {
        let [sxx, sxy, syy] = self.moments_over::<S>();
        match self.is_active(w[0], w[1]) {
            Some(true) => {
                let u = w[0] * w[1];
                syy + u * (sxx * u - S::constant(2.0) * sxy)
            }
            Some(false) => syy,
            None => S::unknown(),
        }
    }

    fn gradient_over<S: Scalar>(&self, w: &[S], gradient: &mut [S]) {
        let slope = match self.is_active(w[0], w[1]) {
            Some(true) => self.slope(w[0] * w[1]),
            Some(false) => S::constant(0.0),
            None => return gradient.fill(S::unknown()),
        };
        gradient[0] = slope * w[1];
        gradient[1] = slope * w[0];
    }

    fn hessian_over<S: Scalar>(&self, w: &[S], hessian: &mut [S]) {
        match self.is_active(w[0], w[1]) {
            Some(true) => {
                let [sxx, ..] = self.moments_over::<S>();
                let (two, u) = (S::constant(2.0), w[0] * w[1]);
                let mixed = self.slope(u) + two * sxx * u;
                hessian.copy_from_slice(&[two * sxx * w[1].square(), mixed, mixed, two * sxx * w[0].square()]);
            }
            Some(false) => hessian.fill(S::constant(0.0)),
            None => hessian.fill(S::unknown()),
        }
    }
}

impl Symmetric for TwoParameterMlp {
    /// The product of the weights does not change under `(w₁, w₂) ↦ (cw₁, w₂/c)`, nor for `c > 0` whether the unit is
    /// active.
    fn orbit_tangents_over<S: Scalar>(&self, w: &[S]) -> Vec<Vec<S>> {
        vec![vec![w[0], -w[1]]]
    }
}

const INPUTS: [f64; 30] = [
    1.4967141530112327,
    0.8617356988288154,
    1.6476885381006925,
    2.5230298564080256,
    0.765846625276664,
    0.7658630430508194,
    2.5792128155073915,
    1.767434729152909,
    0.5305256140650478,
    1.5425600435859645,
    0.5365823071875377,
    0.5342702464297431,
    1.2419622715660341,
    0.9132802446577979,
    0.7249178325130328,
    0.4377124707590273,
    0.012831120334423796,
    1.314247332595274,
    0.0919759244787891,
    0.4123037013352915,
    2.465648768921554,
    0.7742236995134644,
    1.0675282046879238,
    0.4247481862134568,
    0.45561727547481734,
    1.110922589709866,
    0.1509935774223028,
    1.375698018345672,
    0.399361310081195,
    0.7083062502067232,
];
const TARGETS: [f64; 30] = [
    2.692574999907767,
    2.6496104899121,
    3.288628463832418,
    4.517204248338101,
    1.9429657066049226,
    0.9213042611161277,
    5.262857428517161,
    2.55503439636593,
    0.3969582036808804,
    3.183550705106491,
    1.4423979043727808,
    1.1542246334544715,
    2.426100401937948,
    1.6760086415209514,
    0.7105746698423518,
    0.5155028373207002,
    -0.20465714481104616,
    3.1570557783000055,
    0.3557609937418089,
    -0.05691267501078401,
    5.093339522540505,
    1.3559062588187705,
    1.7965954092228682,
    1.1553345168473474,
    1.4267343121976102,
    2.6874852389778314,
    -0.11762160676671368,
    2.5967898487657366,
    0.964354335864172,
    1.904385063974626,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critical::{krawczyk, section};
    use crate::formula::enclosures;
    use crate::objective::{Objective, derivatives};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivatives_agree(w1 in 0.1f64..3.0, w2 in 0.1f64..3.0, swapped in any::<bool>()) {
            let reading = if swapped { Reading::Swapped } else { Reading::Intended };
            derivatives::agree(&TwoParameterMlp::seed42(reading), &[w1, w2], 1e-5, 1e-7);
        }

        #[test]
        fn intervals_enclose(
            w in prop::array::uniform2(-3.0f64..3.0),
            width in 0.0f64..0.5,
            at in prop::array::uniform2(0.0f64..=1.0),
            swapped in any::<bool>(),
        ) {
            let reading = if swapped { Reading::Swapped } else { Reading::Intended };
            enclosures::hold(&TwoParameterMlp::seed42(reading), &w, width, &at);
        }

        #[test]
        fn the_closed_form_is_the_mean_over_samples(w1 in -3.0f64..3.0, w2 in -3.0f64..3.0) {
            for reading in [Reading::Intended, Reading::Swapped] {
                let loss = TwoParameterMlp::seed42(reading);
                let closed = loss.value(&[w1, w2]).unwrap();
                prop_assert!((closed / loss.mean_loss((w1, w2)) - 1.0).abs() < 1e-12);
            }
        }
    }

    /// The valley is one orbit of minima, and proved to be; on the border and on the plateau nothing is.
    #[test]
    fn the_valley_is_certified_modulo_the_symmetry() {
        for (reading, signs) in [(Reading::Intended, &[1.0][..]), (Reading::Swapped, &[1.0, -1.0])] {
            let loss = TwoParameterMlp::seed42(reading);
            for w1 in [0.5, 1.4, 3.0] {
                for sign in signs {
                    let w = [sign * w1, sign * loss.product_at_minimum() / w1];
                    assert!(krawczyk::certify_near(&loss, &w).is_err());
                    let found = section::certify_near(&loss, &w).unwrap();
                    assert_eq!((found.inertia().negative, found.inertia().zero), (0, 1));
                    found.verify(&loss).unwrap();
                }
            }
            for w in [[0.0, 0.0], [-1.0, 1.0]] {
                assert!(section::certify_near(&loss, &w).is_err());
            }
        }
    }

    #[test]
    fn bad_samples_are_refused() {
        let new = |x: &[f64], y: &[f64]| TwoParameterMlp::new(Reading::Intended, x.to_vec(), y.to_vec());
        assert!(matches!(new(&[], &[]), Err(ConstructionError::Empty { .. })));
        assert!(matches!(new(&[1.0], &[]), Err(ConstructionError::Shape { .. })));
        assert!(matches!(new(&[-1.0], &[1.0]), Err(ConstructionError::NotPositive { .. })));
        assert!(matches!(new(&[1.0], &[f64::NAN]), Err(ConstructionError::NotFinite { .. })));
        assert!(matches!(new(&[1.0], &[-1.0]), Err(ConstructionError::NotPositive { .. })));
        assert!(new(&[1.0], &[1.0]).is_ok());
    }
}
