//! What a theorem may refuse, and how counts enter directed arithmetic.

use saddlepoint_rigor::{Down, Rounding, Up};

pub(crate) use crate::quantity::count;
use crate::quantity::{Confidence, QuantityError, Risk, SampleSize};

/// The hypothesis of a theorem that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Violation {
    /// A number is not the quantity that it is taken for.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// More errors than observations.
    #[error("{errors} errors among {observations} observations: there cannot be more errors than observations")]
    MoreErrorsThanObservations {
        /// The errors.
        errors: u64,
        /// The observations.
        observations: u64,
    },
    /// The failure probabilities of everything that the statement rests on leave no confidence.
    #[error("failure probabilities that add up to {0}: the sum must be below 1")]
    Overspent(f64),
    /// A union over no value of a parameter.
    #[error("an empty grid: at least one value must be fixed before the data")]
    EmptyGrid,
    /// A bound of the logarithm of a growth function that is none.
    #[error("a logarithm of the growth function of {0}: it must be finite and at least 0")]
    LogGrowth(f64),
    /// A parameter of an exponential moment that is not positive and finite.
    #[error("an inverse temperature of {0}: it must be positive and finite")]
    Temperature(f64),
    /// A sample of one observation, which has no variance.
    #[error("the variance of {0} observation: at least two are needed")]
    NoVariance(u64),
    /// A sample variance that numbers in `[0, 1]` do not have.
    #[error("a sample variance of {0}: that of numbers in [0, 1] lies in [0, 1/2]")]
    Variance(f64),
    /// Observations that a prior has seen and a bound counts again.
    #[error("observation {0} has trained the prior and counts in the bound: the two parts must be disjoint")]
    SeenByThePrior(usize),
    /// More observations in the parts of a sample than in all of it.
    #[error("{prior} observations for the prior and {bound} for the bound, of {total}: the parts overlap")]
    Overlap {
        /// The observations that the prior has seen.
        prior: u64,
        /// The observations that the bound counts.
        bound: u64,
        /// All observations.
        total: u64,
    },
    /// Vectors of different lengths, or of none.
    #[error("{found} numbers where {expected} are needed")]
    Length {
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A number that is NaN or infinite.
    #[error("entry {index} is {value}: every entry must be finite")]
    NotFinite {
        /// Its place, from 0.
        index: usize,
        /// The number.
        value: f64,
    },
    /// A standard deviation or variance that is not positive and finite.
    #[error("a scale of {0}: it must be positive and finite")]
    Scale(f64),
    /// A normalized margin outside `[−1, 1]`.
    #[error("a normalized margin of {0}: it must lie in [-1, 1]")]
    NormalizedMargin(f64),
}

/// Refuses numbers that are not finite, and the wrong number of them.
pub(crate) fn require_finite(values: &[f64], expected: usize) -> Result<(), Violation> {
    if values.len() != expected || expected == 0 {
        return Err(Violation::Length { expected: expected.max(1), found: values.len() });
    }
    match values.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(Violation::NotFinite { index, value: values[index] }),
        None => Ok(()),
    }
}

/// A scale, if it is positive and finite.
pub(crate) fn require_scale(scale: f64) -> Result<f64, Violation> {
    if scale > 0.0 && scale.is_finite() { Ok(scale) } else { Err(Violation::Scale(scale)) }
}

/// The fraction of errors, rounded up.
pub(crate) fn error_rate(errors: u64, observations: u64) -> Result<Risk, Violation> {
    SampleSize::new(observations)?;
    if errors > observations {
        return Err(Violation::MoreErrorsThanObservations { errors, observations });
    }
    Ok(Risk::clamped(Up::div(count::<Up>(errors), count::<Down>(observations))))
}

/// `ln(1/δ)`, rounded up.
pub(crate) fn log_inverse(delta: Confidence) -> f64 {
    Up::ln(Up::div(1.0, delta.delta()))
}
