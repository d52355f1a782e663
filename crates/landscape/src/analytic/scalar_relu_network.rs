//! A wide ReLU network on the real line: which starts reach the valley, and with what probability.

use super::{ConstructionError, TwoParameterMlp};
use crate::objective::Objective;

/// The mean squared loss of `m` ReLU units without bias on positive inputs, `f(x) = Σ_j v_j relu(w_j x)`.
///
/// # Formula
/// On positive inputs the network is the line $x\,u$ with $u = \sum_{j:\,w_j>0} w_jv_j$, so
/// $$L(w, v) = S_{yy} - 2S_{xy}u + S_{xx}u^2,$$
/// with the global minima $u = c^* = S_{xy}/S_{xx}$ and the plateau $L = S_{yy}$ where all units are dead.
///
/// **Which starts reach a global minimum.** Gradient flow turns each active unit hyperbolically: $w_j + v_j$ is multiplied by
/// $e^{\tau}$ and $w_j - v_j$ by $e^{-\tau}$, with a time $\tau$ common to all units that increases while $u < c^*$. So a unit with
/// $w_j > 0$ and $w_j > -v_j$ stays active and grows until $u = c^*$, and one with $w_j > 0$ and $w_j < -v_j$ dies. A start
/// with $u > c^*$ has a unit of the first kind and reaches $c^*$ before all of its units can die. Hence the flow from
/// almost every start ends at a global minimum exactly if **some unit has $w_j > 0$ and $w_j > -v_j$**: an angle of 135°, 3/8
/// of the plane, so from standard normal weights the probability is $1 - (5/8)^m$.
///
/// # Shapes
/// The `2m` variables are `w₁, v₁, w₂, v₂, …`. At `w_j = 0` a unit counts as dead.
///
/// # Reference
/// The one-unit case is the loss surface of Ollion and Grisel's lecture ([`TwoParameterMlp`]); the probability was
/// derived for this project.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::{Reading, ScalarReluNetwork, TwoParameterMlp};
/// use saddlepoint_landscape::descent::{GradientDescent, StopRule};
///
/// let network = ScalarReluNetwork::on_data_of(&TwoParameterMlp::seed42(Reading::Intended), 2)?;
/// let start = [0.3, -0.7, 0.5, -0.4];
/// assert!(network.flow_reaches_minimum(&start)?, "thanks to the second unit");
/// let descent = GradientDescent::new(1e-3, StopRule { steps: 20_000, gradient_norm: 1e-9 })?;
/// assert!(network.is_minimum(&descent.run(&network, &start)?.point, 1e-9)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScalarReluNetwork {
    units: usize,
    sxx: f64,
    sxy: f64,
    syy: f64,
}

impl ScalarReluNetwork {
    /// A network with `units` hidden units on the samples of a network with one.
    ///
    /// # Errors
    /// When there is no unit.
    pub fn on_data_of(one: &TwoParameterMlp, units: usize) -> Result<Self, ConstructionError> {
        if units == 0 {
            return Err(ConstructionError::Empty { what: "the hidden layer" });
        }
        let (sxx, sxy, syy) = one.moments();
        Ok(Self { units, sxx, sxy, syy })
    }

    /// The probability that gradient flow from standard normal weights reaches a global minimum: `1 − (5/8)^units`.
    pub fn success_probability(units: u32) -> f64 {
        1.0 - 0.625f64.powf(f64::from(units))
    }

    /// Whether gradient flow from `start` reaches a global minimum.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite.
    pub fn flow_reaches_minimum(&self, start: &[f64]) -> Result<bool, crate::objective::EvaluationError> {
        crate::objective::check_point(self.dimension(), start)?;
        Ok(units(start).any(|(w, v)| w > 0.0 && w > -v))
    }

    /// Whether the loss exceeds the global minimum by at most a share `tolerance` of the plateau's height above it.
    ///
    /// # Errors
    /// When the point has the wrong dimension or is not finite.
    pub fn is_minimum(&self, point: &[f64], tolerance: f64) -> Result<bool, crate::objective::EvaluationError> {
        crate::objective::check_point(self.dimension(), point)?;
        let c = self.sxy / self.sxx;
        let miss = active(point) / c - 1.0;
        Ok(miss * miss <= tolerance)
    }
}

/// The pairs `(w_j, v_j)`.
fn units(point: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    point.as_chunks::<2>().0.iter().map(|&[w, v]| (w, v))
}

/// `u`, the slope of the network's line.
fn active(point: &[f64]) -> f64 {
    units(point).filter(|(w, _)| *w > 0.0).map(|(w, v)| w * v).sum()
}

impl Objective for ScalarReluNetwork {
    fn dimension(&self) -> usize {
        2 * self.units
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        let u = active(point);
        self.syy + u * (self.sxx * u - 2.0 * self.sxy)
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        let slope = 2.0 * (self.sxx * active(point) - self.sxy);
        for ((w, v), entry) in units(point).zip(gradient.as_chunks_mut::<2>().0) {
            // Not a branch: which units are active is random, and a multiplication is cheaper than a wrong guess.
            let slope = if w > 0.0 { slope } else { 0.0 };
            *entry = [slope * v, slope * w];
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        let slope = 2.0 * (self.sxx * active(point) - self.sxy);
        let along: f64 = units(point)
            .zip(units(vector))
            .filter(|((w, _), _)| *w > 0.0)
            .map(|((w, v), (dw, dv))| v * dw + w * dv)
            .sum();
        let change = 2.0 * self.sxx * along;
        for (((w, v), (dw, dv)), entry) in units(point).zip(units(vector)).zip(product.as_chunks_mut::<2>().0) {
            *entry = if w > 0.0 { [change * v + slope * dv, change * w + slope * dw] } else { [0.0, 0.0] };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::Reading;
    use crate::objective::derivatives;
    use proptest::prelude::*;

    fn one() -> TwoParameterMlp {
        TwoParameterMlp::seed42(Reading::Intended)
    }

    proptest! {
        #[test]
        fn one_unit_is_the_two_parameter_network(w in -3.0f64..3.0, v in -3.0f64..3.0) {
            let network = ScalarReluNetwork::on_data_of(&one(), 1).unwrap();
            prop_assert_eq!(network.value(&[w, v]).unwrap(), one().value(&[w, v]).unwrap());
            let (a, b) = (network.gradient(&[w, v]).unwrap(), one().gradient(&[w, v]).unwrap());
            prop_assert!((a - &b).norm() <= 1e-14 * b.norm());
        }

        #[test]
        fn derivatives_agree(point in prop::array::uniform6(0.1f64..2.0), dead in 0usize..3) {
            let mut point = point;
            point[2 * dead] *= -1.0;
            derivatives::agree(&ScalarReluNetwork::on_data_of(&one(), 3).unwrap(), &point, 1e-5, 1e-7);
        }
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(matches!(ScalarReluNetwork::on_data_of(&one(), 0), Err(ConstructionError::Empty { .. })));
        let network = ScalarReluNetwork::on_data_of(&one(), 2).unwrap();
        assert!(network.flow_reaches_minimum(&[1.0]).is_err());
        assert!(network.is_minimum(&[f64::NAN; 4], 0.1).is_err());
        assert!(!network.is_minimum(&[1.0; 4], f64::NAN).unwrap());
    }
}
