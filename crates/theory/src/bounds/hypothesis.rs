//! What a theorem may refuse, and how counts enter directed arithmetic.

use saddlepoint_rigor::{Down, Rounding, Up};

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
    /// A parameter of an exponential moment that is not positive and finite.
    #[error("an inverse temperature of {0}: it must be positive and finite")]
    Temperature(f64),
}

/// A count as a float on the side of `R`; exact below 2⁵³.
pub(crate) fn count<R: Rounding>(n: u64) -> f64 {
    // Rounding to nearest is off by half a step at most.
    if n < 1 << 53 { n as f64 } else { R::step(n as f64) }
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
