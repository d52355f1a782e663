//! Hoeffding's test-set bound.

use saddlepoint_rigor::{Rounding, Up};

use super::certificate::Certificate;
use super::finite_class::hoeffding;
use super::hypothesis::{Violation, log_inverse};
use super::test_sample::TestSample;

/// The mean loss of one predictor on fresh observations, from its mean on `n` of them.
///
/// The losses are independent, identically distributed and in `[0, 1]`; the predictor was fixed before they were
/// seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hoeffding(TestSample);

impl Hoeffding {
    /// A mean loss `observed` (rounded up, if it had to be rounded) on `n` observations.
    ///
    /// # Errors
    /// When `observed` is not in `[0, 1]`, `n` is 0, or `delta` is not in `(0, 1)`.
    pub fn new(observed: f64, n: u64, delta: f64) -> Result<Self, Violation> {
        TestSample::new(observed, n, delta).map(Self)
    }

    /// A number of errors among `n` observations.
    ///
    /// # Errors
    /// When there are more errors than observations, `n` is 0, or `delta` is not in `(0, 1)`.
    pub fn of_errors(errors: u64, n: u64, delta: f64) -> Result<Self, Violation> {
        TestSample::of_errors(errors, n, delta).map(Self)
    }

    /// The bound.
    ///
    /// # Formula
    /// `q + √(ln(1/δ) / 2n)`
    ///
    /// # Reference
    /// Hoeffding, Probability inequalities for sums of bounded random variables, JASA 58, 1963, theorem 1.
    pub fn evaluate(&self) -> Certificate {
        let deviation = hoeffding(log_inverse(self.0.delta()), self.0.size());
        self.0.certificate("Hoeffding", Up::add(self.0.observed().get(), deviation))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quantity::QuantityError;

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert_eq!(Hoeffding::new(1.1, 10, 0.05), Err(QuantityError::Risk(1.1).into()));
        assert_eq!(Hoeffding::new(0.1, 0, 0.05), Err(QuantityError::EmptySample.into()));
        assert_eq!(Hoeffding::new(0.1, 10, 0.0), Err(QuantityError::Confidence(0.0).into()));
        assert!(Hoeffding::of_errors(11, 10, 0.05).is_err());
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(q in any::<u64>(), n in any::<u64>(), delta in any::<u64>()) {
            if let Ok(theorem) = Hoeffding::new(f64::from_bits(q), n, f64::from_bits(delta)) {
                prop_assert!(theorem.evaluate().value() >= f64::from_bits(q));
            }
        }

        #[test]
        fn no_bound_is_below_the_formula(q in 0.0..=1.0f64, n in 1u64..u64::MAX, delta in 1e-300..1.0f64) {
            let naive = q + (-delta.ln() / (2.0 * n as f64)).sqrt();
            let certificate = Hoeffding::new(q, n, delta).unwrap().evaluate();
            prop_assert!(certificate.value() >= naive * (1.0 - 4e-16));
            prop_assert!(certificate.value() <= naive * (1.0 + 1e-14) + 1e-15);
            let sum: f64 = certificate.terms().iter().map(|term| term.value).sum();
            prop_assert!((sum / certificate.value() - 1.0).abs() < 1e-15);
        }
    }
}
