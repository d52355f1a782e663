//! Gradient descent with a constant step, watched as closely as one likes.

use std::ops::ControlFlow;

use super::{Descent, DescentError, Iterate, StopRule, Trajectory, check, descend};
use crate::objective::Objective;

/// Gradient descent, `x ← x − η ∇f(x)`, with a constant step size and a rule for when to stop.
///
/// A step costs one gradient; buffers are allocated once a run.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
///
/// let descent = GradientDescent::new(0.1, StopRule { steps: 2000, gradient_norm: 1e-9 })?;
/// let found = descent.run(&StrictSaddleQuartic, &[0.7, 1e-6])?;
/// assert_eq!(found.end, End::Critical);
/// assert!((found.point[1] - 1.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientDescent {
    step: f64,
    stop: StopRule,
}

impl GradientDescent {
    /// Descent with step size `η`.
    ///
    /// # Errors
    /// When the step size is not finite and positive, or the gradient threshold is NaN or negative.
    pub fn new(step: f64, stop: StopRule) -> Result<Self, DescentError> {
        check(step, stop)?;
        Ok(Self { step, stop })
    }

    /// Descends from `start`.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite.
    pub fn run(&self, objective: &(impl Objective + ?Sized), start: &[f64]) -> Result<Descent, DescentError> {
        self.watch(objective, start, |_| ControlFlow::Continue(()))
    }

    /// Descends from `start` and records every `every`-th iterate.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn record(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        every: usize,
    ) -> Result<(Descent, Trajectory), DescentError> {
        let mut trajectory = Trajectory::every(every);
        let descent = self.watch(objective, start, |iterate| trajectory.see(iterate))?;
        trajectory.end(&descent);
        Ok((descent, trajectory))
    }

    /// The smallest squared gradient norm over all iterates, the first and the last included: what rates of descent
    /// without convexity are about.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn smallest_gradient(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
    ) -> Result<f64, DescentError> {
        let mut smallest = f64::INFINITY;
        self.watch(objective, start, |iterate| {
            smallest = smallest.min(iterate.gradient_norm_squared());
            ControlFlow::Continue(())
        })?;
        Ok(smallest)
    }

    /// Descends from `start` and shows every iterate, the first and the last included, to `watcher`, which may break
    /// off.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn watch(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        watcher: impl FnMut(Iterate<'_>) -> ControlFlow<()>,
    ) -> Result<Descent, DescentError> {
        descend(objective, start, self.stop, watcher, |iterate, next| {
            for ((next, x), g) in next.iter_mut().zip(iterate.point).zip(iterate.gradient) {
                *next = x - self.step * g;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::{Quadratic, StrictSaddleQuartic};
    use crate::descent::End;
    use nalgebra::dmatrix;

    #[test]
    fn a_step_of_one_over_lambda_solves_a_parabola() {
        let f = Quadratic::new(dmatrix![4.0]).unwrap();
        let found = GradientDescent::new(0.25, StopRule::after(10)).unwrap().run(&f, &[3.0]).unwrap();
        assert_eq!((found.point[0], found.steps, found.end), (0.0, 1, End::Critical));
    }

    #[test]
    fn too_long_a_step_diverges_to_the_last_finite_point() {
        let f = Quadratic::new(dmatrix![1.0]).unwrap();
        let found = GradientDescent::new(1e3, StopRule::after(1000)).unwrap().run(&f, &[1.0]).unwrap();
        assert_eq!(found.end, End::Diverged);
        assert!(found.point[0].is_finite() && found.point[0].abs() > 1e300);
    }

    #[test]
    fn a_trajectory_begins_at_the_start_and_ends_at_the_end() {
        let descent = GradientDescent::new(0.1, StopRule::after(25)).unwrap();
        let (end, path) = descent.record(&StrictSaddleQuartic, &[1.0, 0.5], 10).unwrap();
        assert_eq!(path.steps, [0, 10, 20, 25]);
        assert_eq!(path.points[0], [1.0, 0.5]);
        assert_eq!(path.points[3], end.point);
    }

    #[test]
    fn the_smallest_gradient_is_that_of_the_best_iterate() {
        let f = Quadratic::new(dmatrix![4.0]).unwrap();
        let smallest = |step, steps| {
            GradientDescent::new(step, StopRule::after(steps)).unwrap().smallest_gradient(&f, &[3.0]).unwrap()
        };
        assert_eq!(smallest(0.25, 10), 0.0);
        assert_eq!(smallest(1.0, 10), 144.0, "each iterate is farther away than the start");
        assert_eq!(smallest(0.125, 2), 9.0, "the last iterate counts");
    }

    #[test]
    fn a_gradient_whose_square_underflows_is_not_zero() {
        let descent = GradientDescent::new(0.5, StopRule::after(2000)).unwrap();
        let found = descent.run(&StrictSaddleQuartic, &[0.0, 1e-200]).unwrap();
        assert!((found.point[1] - 1.0).abs() < 1e-12, "{found:?}");
        let stop = StopRule { steps: 10, gradient_norm: 1e-190 };
        let found = GradientDescent::new(0.5, stop).unwrap().run(&StrictSaddleQuartic, &[0.0, 1e-200]).unwrap();
        assert_eq!((found.end, found.steps), (End::Critical, 0));
    }

    #[test]
    fn a_watcher_can_break_off() {
        let descent = GradientDescent::new(0.1, StopRule::after(25)).unwrap();
        let stop = |iterate: Iterate<'_>| {
            if iterate.step == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let end = descent.watch(&StrictSaddleQuartic, &[1.0, 0.5], stop).unwrap();
        assert_eq!((end.end, end.steps), (End::Stopped, 3));
    }

    #[test]
    fn bad_settings_are_refused() {
        for step in [0.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                GradientDescent::new(step, StopRule::after(1)),
                Err(DescentError::NotPositive { .. })
            ));
        }
        let stop = StopRule { steps: 1, gradient_norm: f64::NAN };
        assert!(matches!(GradientDescent::new(0.1, stop), Err(DescentError::Threshold { .. })));
        let descent = GradientDescent::new(0.1, StopRule::after(1)).unwrap();
        assert!(matches!(
            descent.run(&StrictSaddleQuartic, &[f64::NAN, 0.0]),
            Err(DescentError::Evaluation(_))
        ));
    }
}
