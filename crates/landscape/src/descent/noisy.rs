//! Gradient descent with noise in every step.

use std::ops::ControlFlow;

use super::{Descent, DescentError, Iterate, StopRule, check, descend, noise, positive};
use crate::objective::Objective;

/// Noisy gradient descent: each gradient carries a random vector of fixed length and uniform direction.
///
/// # Formula
/// $$x_{k+1} = x_k - \eta\,\bigl(\nabla f(x_k) + n_k\bigr),\qquad n_k \text{ uniform on } \{\lVert n\rVert = r\}.$$
///
/// The noise is isotropic, so it acts on every direction in which a saddle can be left, and it never stops: a minimum is
/// approached to a distance of order $r\sqrt\eta$ only.
///
/// # Reference
/// Ge, Huang, Jin and Yuan, *Escaping from saddle points: online stochastic gradient for tensor decomposition* (2015),
/// algorithm 1 (with $r = 1$).
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::descent::{NoisyDescent, StopRule};
///
/// # let mut state = 1u64;
/// # let mut normal = || { // a stand-in for a generator of normals
/// #     state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
/// #     (state >> 33) as f64 / f64::from(1u32 << 30) - 1.0
/// # };
/// let descent = NoisyDescent::new(0.01, 1.0, StopRule::after(5000))?;
/// let found = descent.run(&StrictSaddleQuartic, &[0.0, 0.0], &mut normal)?;
/// assert!((found.point[1].abs() - 1.0).abs() < 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoisyDescent {
    step: f64,
    radius: f64,
    stop: StopRule,
}

impl NoisyDescent {
    /// Descent with step size `η` and noise of length `radius`.
    ///
    /// An exactly vanishing gradient stops no run here: a threshold of 0 means none.
    ///
    /// # Errors
    /// When step size or radius is not finite and positive, or the gradient threshold is NaN or negative.
    pub fn new(step: f64, radius: f64, stop: StopRule) -> Result<Self, DescentError> {
        check(step, stop)?;
        Ok(Self { step, radius: positive("the radius of the noise", radius)?, stop })
    }

    /// Descends from `start`.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite, or the generator gives no usable vector.
    pub fn run(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<Descent, DescentError> {
        self.watch(objective, start, normal, |_| ControlFlow::Continue(()))
    }

    /// Descends from `start` and shows every iterate, with its gradient before the noise, to `watcher`, which may break
    /// off.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn watch(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        normal: &mut dyn FnMut() -> f64,
        watcher: impl FnMut(Iterate<'_>) -> ControlFlow<()>,
    ) -> Result<Descent, DescentError> {
        // No norm is at most NaN, so a start at a critical point is left.
        let gradient_norm = if self.stop.gradient_norm == 0.0 { f64::NAN } else { self.stop.gradient_norm };
        descend(objective, start, StopRule { gradient_norm, ..self.stop }, watcher, |iterate, next| {
            noise::on_sphere(self.radius, normal, next)?;
            for ((next, x), g) in next.iter_mut().zip(iterate.point).zip(iterate.gradient) {
                *next = x - self.step * (g + *next);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::noise::testing::normals;
    use super::*;
    use crate::analytic::Quadratic;
    use crate::descent::End;
    use nalgebra::DMatrix;

    /// On `½λx²` in `d` dimensions the stationary mean square distance is `η/(λ(2 − ηλ))`, whatever `d`.
    #[test]
    fn it_stays_at_the_distance_of_its_noise() {
        let (step, lambda, d) = (0.1, 2.0, 3);
        let f = Quadratic::new(DMatrix::identity(d, d) * lambda).unwrap();
        let (mut sum, mut count) = (0.0, 0.0);
        NoisyDescent::new(step, 1.0, StopRule::after(40_000))
            .unwrap()
            .watch(&f, &[0.0; 3], &mut normals(5), |iterate| {
                if iterate.step > 100 {
                    sum += iterate.point.iter().map(|x| x * x).sum::<f64>();
                    count += 1.0;
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        let expected = step / (lambda * (2.0 - step * lambda));
        assert!((sum / count / expected - 1.0).abs() < 0.05, "{} not {expected}", sum / count);
    }

    #[test]
    fn a_start_at_a_critical_point_is_left_and_a_threshold_is_kept() {
        let f = Quadratic::new(DMatrix::identity(2, 2)).unwrap();
        let run =
            |stop| NoisyDescent::new(0.1, 1.0, stop).unwrap().run(&f, &[0.0, 0.0], &mut normals(1)).unwrap();
        assert_eq!((run(StopRule::after(10)).end, run(StopRule::after(10)).steps), (End::OutOfSteps, 10));
        assert_eq!(run(StopRule { steps: 10, gradient_norm: 1e-9 }).end, End::Critical);
    }

    #[test]
    fn bad_settings_are_refused() {
        for radius in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(NoisyDescent::new(0.1, radius, StopRule::after(1)).is_err());
        }
        let f = Quadratic::new(DMatrix::identity(2, 2)).unwrap();
        let descent = NoisyDescent::new(0.1, 1.0, StopRule::after(1)).unwrap();
        assert_eq!(descent.run(&f, &[1.0, 1.0], &mut || 0.0), Err(DescentError::Randomness));
    }
}
