//! Numbers that carry their hypotheses: once one exists, it is in its range and no NaN.

use std::num::NonZeroU64;

use saddlepoint_rigor::Rounding;

/// Why a number is not the quantity that it is taken for.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum QuantityError {
    /// A sample is empty.
    #[error("a sample size of 0: at least one observation is needed")]
    EmptySample,
    /// A class has no member.
    #[error("a class of size 0: at least one hypothesis is needed")]
    EmptyClass,
    /// A confidence parameter outside the open unit interval.
    #[error("a failure probability δ = {0}: it must lie strictly between 0 and 1")]
    Confidence(f64),
    /// A risk outside the unit interval.
    #[error("a risk of {0}: it must lie in [0, 1]")]
    Risk(f64),
    /// A divergence that is negative, infinite or NaN.
    #[error("a divergence of {0}: it must be finite and at least 0")]
    Divergence(f64),
    /// A complexity that is negative, infinite or NaN.
    #[error("a Rademacher complexity of {0}: it must be finite and at least 0")]
    Complexity(f64),
    /// A margin that is not positive and finite.
    #[error("a margin γ = {0}: it must be positive and finite")]
    Margin(f64),
}

/// A number of independent observations, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleSize(NonZeroU64);

impl SampleSize {
    /// A sample of `n` observations.
    ///
    /// # Errors
    /// When `n` is 0.
    pub fn new(n: u64) -> Result<Self, QuantityError> {
        NonZeroU64::new(n).map(Self).ok_or(QuantityError::EmptySample)
    }

    /// The number of observations.
    pub fn get(self) -> u64 {
        self.0.get()
    }

    /// The same as a float, exact up to 2⁵³.
    pub fn as_f64(self) -> f64 {
        self.get() as f64
    }
}

/// The probability `δ ∈ (0, 1)` with which a statement may fail.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// A statement that holds with probability at least `1 − δ`.
    ///
    /// # Errors
    /// When `delta` is not strictly between 0 and 1.
    pub fn new(delta: f64) -> Result<Self, QuantityError> {
        if delta > 0.0 && delta < 1.0 { Ok(Self(delta)) } else { Err(QuantityError::Confidence(delta)) }
    }

    /// `δ`.
    pub fn delta(self) -> f64 {
        self.0
    }
}

/// An expected or observed loss with values in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Risk(f64);

impl Risk {
    /// No loss.
    pub const ZERO: Risk = Risk(0.0);
    /// The largest loss.
    pub const ONE: Risk = Risk(1.0);

    /// A risk.
    ///
    /// # Errors
    /// When `value` is not in `[0, 1]`.
    pub fn new(value: f64) -> Result<Self, QuantityError> {
        // Adding zero turns -0 into 0, whose bits order like its value.
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(QuantityError::Risk(value)) }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// For results that are in range by construction.
    pub(crate) fn clamped(value: f64) -> Self {
        Self(value.clamp(0.0, 1.0))
    }
}

/// A bound `c ≥ 0` of a Kullback-Leibler divergence, in nats.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Divergence(f64);

impl Divergence {
    /// A divergence.
    ///
    /// # Errors
    /// When `value` is negative, infinite or NaN.
    pub fn new(value: f64) -> Result<Self, QuantityError> {
        if value >= 0.0 && value.is_finite() {
            Ok(Self(value + 0.0))
        } else {
            Err(QuantityError::Divergence(value))
        }
    }

    /// The number, in nats.
    pub fn get(self) -> f64 {
        self.0
    }

    /// For budgets that are in range but for overflow, which the largest float stands for: no risk below 1 is at
    /// such a divergence.
    pub(crate) fn saturated(value: f64) -> Self {
        Self(value.clamp(0.0, f64::MAX))
    }
}

/// A Rademacher complexity, without absolute value: finite and at least 0.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Complexity(f64);

impl Complexity {
    /// A complexity.
    ///
    /// # Errors
    /// When `value` is negative, infinite or NaN.
    pub fn new(value: f64) -> Result<Self, QuantityError> {
        if value >= 0.0 && value.is_finite() {
            Ok(Self(value + 0.0))
        } else {
            Err(QuantityError::Complexity(value))
        }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// For complexities of functions with values in `[0, 1]`, which lie there by construction.
    pub(crate) fn bounded(value: f64) -> Self {
        Self(value.clamp(0.0, 1.0))
    }
}

/// A margin `γ` by which a prediction is demanded to be right: positive and finite. A negative one is no small
/// margin, so its absolute value is never taken.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Margin(f64);

impl Margin {
    /// A margin.
    ///
    /// # Errors
    /// When `gamma` is not positive and finite.
    pub fn new(gamma: f64) -> Result<Self, QuantityError> {
        if gamma > 0.0 && gamma.is_finite() { Ok(Self(gamma)) } else { Err(QuantityError::Margin(gamma)) }
    }

    /// `γ`.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// A count as a float on the side of `R`; exact below 2⁵³.
pub(crate) fn count<R: Rounding>(n: u64) -> f64 {
    // Rounding to nearest is off by half a step at most.
    if n < 1 << 53 { n as f64 } else { R::step(n as f64) }
}

/// The first number that is NaN or infinite, with its place.
pub(crate) fn first_not_finite(values: &[f64]) -> Option<(usize, f64)> {
    values.iter().copied().enumerate().find(|(_, x)| !x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_quantity_is_refused() {
        const NOT_FINITE: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        assert!(SampleSize::new(0).is_err());
        for x in NOT_FINITE.into_iter().chain([0.0, 1.0, -0.1, 1.1]) {
            assert!(Confidence::new(x).is_err(), "{x}");
        }
        for x in NOT_FINITE.into_iter().chain([-1e-300, 1.0000000000000002]) {
            assert!(Risk::new(x).is_err(), "{x}");
        }
        for x in NOT_FINITE.into_iter().chain([-1.0, 0.0, -0.0]) {
            assert!(Margin::new(x).is_err(), "{x}");
        }
        for x in NOT_FINITE.into_iter().chain([-1e-300]) {
            assert!(Divergence::new(x).is_err() && Complexity::new(x).is_err(), "{x}");
        }
    }

    #[test]
    fn the_error_carries_its_datum() {
        assert_eq!(Risk::new(1.5).unwrap_err().to_string(), "a risk of 1.5: it must lie in [0, 1]");
    }
}
