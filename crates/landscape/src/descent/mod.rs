//! Descent: gradient steps of constant size, alone, with noise, with kicks, with momentum; watched as closely as one
//! likes.
//!
//! - [`GradientDescent`]: the plain iteration;
//! - [`NoisyDescent`]: every step carries isotropic noise (Ge, Huang, Jin and Yuan 2015);
//! - [`PerturbedDescent`]: a kick where the gradient is small, and an answer where the kick brought nothing (Jin et
//!   al. 2017);
//! - [`AcceleratedDescent`]: Nesterov's extrapolation;
//! - [`AdaptiveDescent`]: a scale for each variable, as AdaGrad, RMSProp and Adam have it;
//! - [`Bfgs`]: a quasi-Newton method, where a minimum is wanted and not a path;
//! - [`BoxedLbfgs`]: the same with little memory and bounds on every variable;
//! - [`noise`]: random vectors on a sphere and in a ball.
//!
//! Every run can be watched iterate by iterate, and [`Trajectory`] is the watcher that remembers. Random numbers come
//! from the caller, as a closure that returns independent standard normals.

mod accelerated;
mod adaptive;
mod bfgs;
mod boxed;
mod gradient;
mod noisy;
mod perturbed;
mod trajectory;

pub mod noise;

use std::ops::ControlFlow;

pub use accelerated::{AcceleratedDescent, Momentum};
pub use adaptive::AdaptiveDescent;
pub use bfgs::Bfgs;
pub use boxed::BoxedLbfgs;
pub use gradient::GradientDescent;
pub use noisy::NoisyDescent;
pub use perturbed::{Kicks, PerturbedDescent};
pub use trajectory::Trajectory;

use crate::objective::{EvaluationError, Objective, check_point};

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
    /// A kick did not lower the value enough: the point before it is the answer of [`PerturbedDescent`].
    SecondOrder,
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
    /// The last iterate; where the descent ended with [`End::SecondOrder`], the one that it answers with.
    pub point: Vec<f64>,
    /// Norm of the gradient there.
    pub gradient_norm: f64,
    /// Steps taken.
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

/// The loop that all methods share: gradient, watcher, stop rule, then `advance`, which writes the next iterate.
fn descend(
    objective: &(impl Objective + ?Sized),
    start: &[f64],
    stop: StopRule,
    mut watcher: impl FnMut(Iterate<'_>) -> ControlFlow<()>,
    mut advance: impl FnMut(Iterate<'_>, &mut [f64]) -> Result<(), DescentError>,
) -> Result<Descent, DescentError> {
    check_point(objective.dimension(), start)?;
    let mut point = start.to_vec();
    let mut next = vec![0.0; point.len()];
    let mut gradient = vec![0.0; point.len()];
    let mut step = 0;
    let end = loop {
        objective.gradient_unchecked(&point, &mut gradient);
        let iterate = Iterate { step, point: &point, gradient: &gradient };
        if watcher(iterate).is_break() {
            break End::Stopped;
        }
        if is_short(&gradient, stop.gradient_norm) {
            break End::Critical;
        }
        if step == stop.steps {
            break End::OutOfSteps;
        }
        advance(iterate, &mut next)?;
        if !all_finite(&next) {
            break End::Diverged;
        }
        std::mem::swap(&mut point, &mut next);
        step += 1;
    };
    Ok(Descent { gradient_norm: norm(&gradient), point, steps: step, end })
}

/// A sum is finite only if its terms are, so one test serves all entries; it errs only where finite entries overflow
/// together, and then the run has diverged in all but name.
fn all_finite(point: &[f64]) -> bool {
    point.iter().map(|x| x.abs()).sum::<f64>().is_finite()
}

/// Whether a vector is not longer than `limit`. Squares that underflow would make a gradient of 1e-200 vanish, and end a
/// descent next to a saddle that it is about to leave.
fn is_short(vector: &[f64], limit: f64) -> bool {
    let squared = norm_squared(vector);
    if squared.is_normal() { squared <= limit * limit } else { norm(vector) <= limit }
}

/// The Euclidean norm, also where squares underflow or overflow.
fn norm(vector: &[f64]) -> f64 {
    let squared = norm_squared(vector);
    if squared.is_normal() { squared.sqrt() } else { vector.iter().fold(0.0, |norm, entry| entry.hypot(norm)) }
}

fn norm_squared(vector: &[f64]) -> f64 {
    vector.iter().map(|entry| entry * entry).sum()
}

/// A step size and a stop rule that make sense.
fn check(step: f64, stop: StopRule) -> Result<(), DescentError> {
    positive("the step size", step)?;
    if stop.gradient_norm.is_nan() || stop.gradient_norm < 0.0 {
        return Err(DescentError::Threshold { gradient_norm: stop.gradient_norm });
    }
    Ok(())
}

fn positive(what: &'static str, value: f64) -> Result<f64, DescentError> {
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(DescentError::NotPositive { what, value }) }
}

/// Why a descent cannot begin or go on.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DescentError {
    /// A number that must be finite and positive is not.
    #[error("{what} must be finite and positive, not {value}")]
    NotPositive {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// The threshold is no threshold.
    #[error("the gradient threshold must not be negative, not {gradient_norm}")]
    Threshold {
        /// Its value.
        gradient_norm: f64,
    },
    /// The momentum would not die out.
    #[error("the momentum must lie in [0, 1), not be {momentum}")]
    Momentum {
        /// Its value.
        momentum: f64,
    },
    /// The start does not lie between the bounds.
    #[error("entry {index} of the start does not lie between its bounds")]
    Outside {
        /// The first such entry.
        index: usize,
    },
    /// The random numbers passed in are not random normals: all zero or not finite.
    #[error("the generator passed in gave no usable random vector")]
    Randomness,
    /// The start is no point of the objective.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}
