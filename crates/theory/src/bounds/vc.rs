//! The bound of Vapnik and Chervonenkis.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::certificate::{Certificate, Expense, Ledger};
use super::hypothesis::{Violation, count};
use crate::capacity::vc::growth::log_growth_doubled;
use crate::quantity::{Confidence, Risk, SampleSize};

/// The probability that any classifier of a class errs, chosen in whatever way, from its rate of errors on `n`
/// observations.
///
/// The observations are independent and identically distributed; the class was fixed before they were seen; a loss is
/// 0 or 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::certificate::Verdict;
/// use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
///
/// let planes = VapnikChervonenkis::new(0.05, 11, 100_000, 0.05)?.evaluate();
/// assert!(planes.value() < 0.18);
/// // A network with far more parameters than observations.
/// let network = VapnikChervonenkis::new(0.05, 182_123, 1000, 0.05)?.evaluate();
/// assert_eq!((network.verdict(), network.dominant().name), (Verdict::Vacuous, "growth"));
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VapnikChervonenkis {
    observed: Risk,
    log_growth: f64,
    n: SampleSize,
    delta: Confidence,
}

impl VapnikChervonenkis {
    /// A rate `observed` of errors (rounded up, if it had to be rounded) on `n` observations of one member of a class whose
    /// VC dimension is at most `dimension`.
    ///
    /// # Errors
    /// When `observed` is not in `[0, 1]`, `n` is 0, or `delta` is not in `(0, 1)`.
    pub fn new(observed: f64, dimension: u64, n: u64, delta: f64) -> Result<Self, Violation> {
        Self::with_log_growth(observed, log_growth_doubled(dimension, n), n, delta)
    }

    /// The same for a class of which a bound of `ln Π(2n)` is known: on twice as many points as are observed.
    ///
    /// # Errors
    /// When the logarithm is negative or not finite, and as [`new`](Self::new).
    pub fn with_log_growth(observed: f64, log_growth: f64, n: u64, delta: f64) -> Result<Self, Violation> {
        let (observed, n, delta) = (Risk::new(observed)?, SampleSize::new(n)?, Confidence::new(delta)?);
        if !(log_growth >= 0.0 && log_growth.is_finite()) {
            return Err(Violation::LogGrowth(log_growth));
        }
        Ok(Self { observed, log_growth, n, delta })
    }

    /// The bound.
    ///
    /// # Formula
    /// `q + √(8/n (ln Π(2n) + ln(4/δ)))`, with `ln Π(2n) ≤ d ln(2en/d)` from `2n = d` on and `2n ln 2` in any case
    ///
    /// # Reference
    /// Vapnik and Chervonenkis, On the uniform convergence of relative frequencies of events to their probabilities,
    /// Theory of Probability and its Applications 16, 1971, theorem 2.
    pub fn evaluate(&self) -> Certificate {
        let observed = self.observed.get();
        let deviation = |t: f64| Up::sqrt(Up::mul(Up::div(8.0, count::<Down>(self.n.get())), t));
        let growth = Up::add(observed, deviation(self.log_growth));
        let logarithms = Up::add(self.log_growth, Up::ln(Up::div(4.0, self.delta.delta())));
        let ledger = Ledger::of(Expense::new("the deviation of the class", self.delta, 1));
        let levels = [("growth", growth), ("confidence", Up::add(observed, deviation(logarithms)))];
        Certificate::new("Vapnik-Chervonenkis", ledger, ("observed risk", observed), &levels)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quantity::QuantityError;

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert_eq!(VapnikChervonenkis::new(-1.0, 3, 10, 0.05), Err(QuantityError::Risk(-1.0).into()));
        assert_eq!(VapnikChervonenkis::new(0.1, 3, 0, 0.05), Err(QuantityError::EmptySample.into()));
        assert_eq!(VapnikChervonenkis::new(0.1, 3, 10, 0.0), Err(QuantityError::Confidence(0.0).into()));
        for t in [-1.0, f64::INFINITY] {
            let refusal = VapnikChervonenkis::with_log_growth(0.1, t, 10, 0.05);
            assert_eq!(refusal, Err(Violation::LogGrowth(t)));
        }
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(q in any::<u64>(), d in any::<u64>(), n in any::<u64>(), delta in any::<u64>()) {
            if let Ok(theorem) = VapnikChervonenkis::new(f64::from_bits(q), d, n, f64::from_bits(delta)) {
                prop_assert!(theorem.evaluate().value() >= f64::from_bits(q));
            }
        }
    }
}
