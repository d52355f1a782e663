//! Gradient descent with a constant step, watched as closely as one likes.

mod bfgs;

pub use bfgs::Bfgs;

use std::ops::ControlFlow;

use crate::objective::{EvaluationError, Objective, check_point};

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

/// When a descent ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StopRule {
    /// After this many steps at the latest.
    pub steps: usize,
    /// At the first iterate whose gradient is not longer than this. With 0 only an exact zero stops the run.
    pub gradient_norm: f64,
}

impl StopRule {
    /// A fixed number of steps; only an exactly vanishing gradient ends the run earlier.
    pub fn after(steps: usize) -> Self {
        Self { steps, gradient_norm: 0.0 }
    }
}

/// How a descent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The gradient is not longer than the rule asks.
    Critical,
    /// All steps are taken.
    OutOfSteps,
    /// The watcher broke off.
    Stopped,
    /// The next iterate would not be finite; the point is the last finite one.
    Diverged,
    /// No step along the search direction is one that the method allows.
    Stalled,
}

/// Where a descent came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// The last iterate.
    pub point: Vec<f64>,
    /// Norm of the gradient there.
    pub gradient_norm: f64,
    /// Steps taken to it.
    pub steps: usize,
    /// Why it ended.
    pub end: End,
}

/// What a watcher sees of an iterate, before the step away from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iterate<'a> {
    /// Steps taken so far: 0 at the start.
    pub step: usize,
    /// The iterate.
    pub point: &'a [f64],
    /// The gradient there.
    pub gradient: &'a [f64],
}

impl Iterate<'_> {
    /// The squared norm of the gradient.
    pub fn gradient_norm_squared(&self) -> f64 {
        norm_squared(self.gradient)
    }
}

/// Recorded iterates, thinned to every `every`-th step; the last iterate is always there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trajectory {
    /// Steps taken before each recorded iterate.
    pub steps: Vec<usize>,
    /// The iterates.
    pub points: Vec<Vec<f64>>,
}

impl GradientDescent {
    /// Descent with step size `η`.
    ///
    /// # Errors
    /// When the step size is not finite and positive, or the gradient threshold is NaN or negative.
    pub fn new(step: f64, stop: StopRule) -> Result<Self, DescentError> {
        if !(step.is_finite() && step > 0.0) {
            return Err(DescentError::StepSize { step });
        }
        if stop.gradient_norm.is_nan() || stop.gradient_norm < 0.0 {
            return Err(DescentError::Threshold { gradient_norm: stop.gradient_norm });
        }
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
        let mut trajectory = Trajectory::default();
        let descent = self.watch(objective, start, |iterate| {
            if iterate.step.is_multiple_of(every.max(1)) {
                trajectory.steps.push(iterate.step);
                trajectory.points.push(iterate.point.to_vec());
            }
            ControlFlow::Continue(())
        })?;
        if trajectory.steps.last() != Some(&descent.steps) {
            trajectory.steps.push(descent.steps);
            trajectory.points.push(descent.point.clone());
        }
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
        mut watcher: impl FnMut(Iterate<'_>) -> ControlFlow<()>,
    ) -> Result<Descent, DescentError> {
        check_point(objective.dimension(), start)?;
        let threshold = self.stop.gradient_norm * self.stop.gradient_norm;
        let mut point = start.to_vec();
        let mut gradient = vec![0.0; point.len()];
        let mut step = 0;
        let end = loop {
            objective.gradient_unchecked(&point, &mut gradient);
            let iterate = Iterate { step, point: &point, gradient: &gradient };
            let squared = iterate.gradient_norm_squared();
            if watcher(iterate).is_break() {
                break End::Stopped;
            }
            if squared <= threshold {
                break End::Critical;
            }
            if step == self.stop.steps {
                break End::OutOfSteps;
            }
            // A sum is finite only if its terms are, so one test serves all entries; it errs only where finite
            // entries overflow together, and then the run has diverged in all but name.
            let next: f64 = point.iter().zip(&gradient).map(|(x, g)| (x - self.step * g).abs()).sum();
            if !next.is_finite() {
                break End::Diverged;
            }
            for (x, g) in point.iter_mut().zip(&gradient) {
                *x -= self.step * g;
            }
            step += 1;
        };
        Ok(Descent { gradient_norm: norm_squared(&gradient).sqrt(), point, steps: step, end })
    }
}

fn norm_squared(vector: &[f64]) -> f64 {
    vector.iter().map(|entry| entry * entry).sum()
}

/// Why a descent cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DescentError {
    /// The step size is no step size.
    #[error("the step size must be finite and positive, not {step}")]
    StepSize {
        /// Its value.
        step: f64,
    },
    /// The threshold is no threshold.
    #[error("the gradient threshold must not be negative, not {gradient_norm}")]
    Threshold {
        /// Its value.
        gradient_norm: f64,
    },
    /// The start is no point of the objective.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::{Quadratic, StrictSaddleQuartic};
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
                Err(DescentError::StepSize { .. })
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
