//! The watcher that remembers.

use std::ops::ControlFlow;

use super::{Descent, Iterate};

/// Recorded iterates, thinned to every `every`-th step.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::descent::{AcceleratedDescent, Momentum, StopRule, Trajectory};
///
/// let descent = AcceleratedDescent::new(0.1, Momentum::Convex, StopRule::after(25))?;
/// let mut path = Trajectory::every(10);
/// let found = descent.watch(&StrictSaddleQuartic, &[1.0, 0.5], |iterate| path.see(iterate))?;
/// path.end(&found);
/// assert_eq!(path.steps, [0, 10, 20, 25]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trajectory {
    /// Steps taken before each recorded iterate.
    pub steps: Vec<usize>,
    /// The iterates.
    pub points: Vec<Vec<f64>>,
    every: usize,
}

impl Trajectory {
    /// An empty record of every `every`-th iterate; 0 is taken as 1.
    pub fn every(every: usize) -> Self {
        Self { every: every.max(1), ..Self::default() }
    }

    /// Records an iterate if its turn has come; never breaks off.
    pub fn see(&mut self, iterate: Iterate<'_>) -> ControlFlow<()> {
        if iterate.step.is_multiple_of(self.every.max(1)) {
            self.steps.push(iterate.step);
            self.points.push(iterate.point.to_vec());
        }
        ControlFlow::Continue(())
    }

    /// Records the end of a descent, unless it is there already.
    pub fn end(&mut self, descent: &Descent) {
        if self.steps.last() != Some(&descent.steps) {
            self.steps.push(descent.steps);
            self.points.push(descent.point.clone());
        }
    }
}
