//! First-order optimization: what smoothness alone promises of gradient descent.

pub mod backpropagation;

mod conditioning;
mod critical_rate;
mod descent_lemma;
mod escape;
mod exit_time;
mod mean_field;
mod perturbed_descent;
mod plateau;
mod sigmoid_neuron;
mod stationary_noise;
mod step_threshold;

pub use conditioning::{
    GramConditioning, jacobi_condition_number, marchenko_pastur_condition_number, offset_condition_number,
};
pub use critical_rate::CriticalRate;
pub use descent_lemma::DescentLemma;
pub use escape::LinearEscape;
pub use exit_time::ExitTimeRatio;
pub use mean_field::{MeanField, Nonlinearity};
pub use perturbed_descent::PerturbedDescent;
pub use plateau::ChainPlateau;
pub use sigmoid_neuron::SigmoidNeuronSmoothness;
pub use stationary_noise::StationaryNoise;
pub use step_threshold::{QuadraticDescent, Stability};

use saddlepoint_rigor::decomposition::DecompositionError;
use saddlepoint_rigor::{Down, Rounding, Up};

use crate::quantity::QuantityError;

/// A Lipschitz constant `β` of a gradient: finite and positive.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Smoothness(f64);

impl Smoothness {
    /// A smoothness constant.
    ///
    /// # Errors
    /// When `beta` is not finite and positive.
    pub fn new(beta: f64) -> Result<Self, OptimizationError> {
        positive("the smoothness β", beta).map(Self)
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// An upper bound of `f(x₀) − inf f`: finite and not negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Gap(f64);

impl Gap {
    /// An initial gap.
    ///
    /// # Errors
    /// When `gap` is not finite or negative.
    pub fn new(gap: f64) -> Result<Self, OptimizationError> {
        if gap.is_finite() && gap >= 0.0 {
            Ok(Self(gap))
        } else {
            Err(OptimizationError::Negative { what: "the gap f(x₀) − inf f", value: gap })
        }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// A step size `η` below `2/β`, for which the descent lemma promises a decrease.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StableStep {
    step: f64,
    smoothness: Smoothness,
}

impl StableStep {
    /// The step size `η` for smoothness `β`.
    ///
    /// # Errors
    /// When `η` is not finite and positive, or when `βη < 2` cannot be guaranteed.
    pub fn new(step: f64, smoothness: Smoothness) -> Result<Self, OptimizationError> {
        positive("the step size η", step)?;
        if Up::mul(smoothness.get(), step) < 2.0 {
            Ok(Self { step, smoothness })
        } else {
            Err(OptimizationError::StepTooLong { step, smoothness: smoothness.get() })
        }
    }

    /// The step size.
    pub fn get(self) -> f64 {
        self.step
    }

    /// The smoothness for which it is stable.
    pub fn smoothness(self) -> Smoothness {
        self.smoothness
    }

    /// `η(1 − βη/2)`, rounded down: at least this share of `‖∇f‖²` is gained by a step.
    pub fn gain(self) -> f64 {
        Down::mul(self.step, Down::sub(1.0, Up::mul(0.5, Up::mul(self.smoothness.get(), self.step))))
    }
}

fn positive(what: &'static str, value: f64) -> Result<f64, OptimizationError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(OptimizationError::NotPositive { what, value })
    }
}

/// `value ≤ bound`, or the refusal; NaN is refused.
fn at_most(what: &'static str, value: f64, bound: f64) -> Result<f64, OptimizationError> {
    if value <= bound { Ok(value) } else { Err(OptimizationError::TooLarge { what, value, bound }) }
}

/// The hypothesis of a theorem on optimization that is not met.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum OptimizationError {
    /// A number is not the quantity that it is taken for.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// A number must be finite and positive.
    #[error("{what} must be finite and positive, not {value}")]
    NotPositive {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number must be finite and not negative.
    #[error("{what} must be finite and not negative, not {value}")]
    Negative {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number must be finite.
    #[error("{what} must be finite, not {value}")]
    NotFinite {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number exceeds what the theorem allows.
    #[error("{what} must be at most {bound}, not {value}")]
    TooLarge {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The most that is allowed.
        bound: f64,
    },
    /// Eigenvalues are not found.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
    /// A point has another number of components than there are eigenvalues.
    #[error("{found} components for {expected} eigenvalues")]
    Components {
        /// Number of eigenvalues.
        expected: usize,
        /// Number of components.
        found: usize,
    },
    /// The step size reaches the threshold beyond which descent is not guaranteed.
    #[error("the step size {step} is not below 2/β for β = {smoothness}")]
    StepTooLong {
        /// The step size.
        step: f64,
        /// The smoothness.
        smoothness: f64,
    },
    /// A minimum over no gradients has no bound.
    #[error("the minimum must be taken over at least one gradient")]
    NoGradients,
    /// A chain of fewer than two weights has no plateau.
    #[error("a chain of {depth} weights has no plateau: it takes at least two")]
    NoPlateau {
        /// Number of weights.
        depth: u32,
    },
    /// The point is already as far as it shall escape.
    #[error("the start {start} is not nearer to the saddle than the radius {radius}")]
    AlreadyOut {
        /// Distance of the start along the escaping direction.
        start: f64,
        /// The radius to reach.
        radius: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_numbers_are_refused_by_name() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(Smoothness::new(value), Err(OptimizationError::NotPositive { .. })));
        }
        for value in [-1e-300, f64::NAN, f64::INFINITY] {
            assert!(matches!(Gap::new(value), Err(OptimizationError::Negative { .. })));
        }
        let beta = Smoothness::new(2.0).unwrap();
        for step in [1.0, 2.0, 1e300] {
            assert!(matches!(StableStep::new(step, beta), Err(OptimizationError::StepTooLong { .. })));
        }
        assert!(StableStep::new(f64::NAN, beta).is_err());
        assert_eq!(StableStep::new(0.5, beta).unwrap().gain(), 0.25);
    }
}
