//! Adam: gradient descent with a running scale for each variable.

use super::{DescentError, positive};
use crate::objective::{Objective, check_point};

/// Adam with constant rate, over the full gradient.
///
/// # Formula
/// With $g_t = \nabla f(x_{t-1})$, $m_t = \beta_1m_{t-1} + (1-\beta_1)g_t$ and
/// $v_t = \beta_2v_{t-1} + (1-\beta_2)g_t^2$, all entry by entry,
/// $$x_t = x_{t-1} - \eta\,\frac{m_t/(1-\beta_1^t)}{\sqrt{v_t/(1-\beta_2^t)} + \epsilon}$$
/// with the authors' $\beta_1 = 0.9$, $\beta_2 = 0.999$ and $\epsilon = 10^{-8}$.
///
/// # Reference
/// Kingma and Ba, *Adam: a method for stochastic optimization* (2015), Algorithm 1.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::descent::Adam;
///
/// let end = Adam::new(0.02)?.run(&StrictSaddleQuartic, &[0.7, 1e-3], 2000)?;
/// assert!((end[1] - 1.0).abs() < 1e-6);
/// # Ok::<(), saddlepoint_landscape::descent::DescentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    rate: f64,
}

const FIRST: f64 = 0.9;
const SECOND: f64 = 0.999;
const FLOOR: f64 = 1e-8;

impl Adam {
    /// Adam with rate `η`.
    ///
    /// # Errors
    /// When the rate is not finite and positive.
    pub fn new(rate: f64) -> Result<Self, DescentError> {
        Ok(Self { rate: positive("the rate η", rate)? })
    }

    /// The iterate after this many steps. Adam's steps are bounded by the rate, so it does not diverge; where a gradient
    /// is not finite it stays.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite.
    pub fn run(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        steps: usize,
    ) -> Result<Vec<f64>, DescentError> {
        check_point(objective.dimension(), start)?;
        let mut point = start.to_vec();
        let zero = vec![0.0; point.len()];
        let (mut gradient, mut first, mut second) = (zero.clone(), zero.clone(), zero);
        let (mut first_power, mut second_power) = (1.0, 1.0);
        for _ in 0..steps {
            objective.gradient_unchecked(&point, &mut gradient);
            if !gradient.iter().all(|entry| entry.is_finite()) {
                break;
            }
            first_power *= FIRST;
            second_power *= SECOND;
            let (scale, spread) = (self.rate / (1.0 - first_power), 1.0 / (1.0 - second_power));
            for (j, &g) in gradient.iter().enumerate() {
                first[j] = FIRST * first[j] + (1.0 - FIRST) * g;
                second[j] = SECOND * second[j] + (1.0 - SECOND) * g * g;
                point[j] -= scale * first[j] / ((second[j] * spread).sqrt() + FLOOR);
            }
        }
        Ok(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::Quadratic;
    use nalgebra::{DMatrix, DVector};
    use proptest::prelude::*;

    proptest! {
        /// The first step has the length of the rate in every variable, whatever the gradient's size.
        #[test]
        fn the_first_step_is_the_rate(scales in prop::collection::vec(0.5f64..100.0, 3), rate in 1e-3f64..0.1) {
            let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_vec(scales))).unwrap();
            let end = Adam::new(rate).unwrap().run(&f, &[1.0, -2.0, 3.0], 1).unwrap();
            for (x, expected) in end.iter().zip([1.0 - rate, rate - 2.0, 3.0 - rate]) {
                prop_assert!((x - expected).abs() < 1e-7 * rate);
            }
        }

        /// A diagonal rescaling by powers of two changes nothing but the floor.
        #[test]
        fn a_diagonal_scaling_does_not_matter(exponent in -6i32..=6, steps in 1usize..60) {
            let run = |scale: f64| {
                let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_vec(vec![scale, 1.0]))).unwrap();
                Adam::new(0.05).unwrap().run(&f, &[1.5, -1.0], steps).unwrap()
            };
            let (plain, scaled) = (run(1.0), run(2f64.powi(exponent)));
            prop_assert!(plain.iter().zip(&scaled).all(|(a, b)| (a - b).abs() < 1e-4), "{:?} {:?}", plain, scaled);
        }
    }

    #[test]
    fn bad_settings_are_refused() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(Adam::new(rate), Err(DescentError::NotPositive { .. })));
        }
        let f = Quadratic::new(DMatrix::identity(2, 2)).unwrap();
        assert!(Adam::new(0.1).unwrap().run(&f, &[f64::NAN, 0.0], 3).is_err());
        assert!(Adam::new(0.1).unwrap().run(&f, &[0.0], 3).is_err());
    }
}
