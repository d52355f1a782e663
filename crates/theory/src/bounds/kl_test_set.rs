//! The test-set bound by the inverse of the binary kl.

use super::certificate::Certificate;
use super::hypothesis::Violation;
use super::kl_inverse::upper_inverse;
use super::test_sample::TestSample;

/// The mean loss of one predictor on fresh observations, from its mean on `n` of them: never above Hoeffding's
/// bound, and far below it for small losses.
///
/// The losses are independent, identically distributed and in `[0, 1]`; the predictor was fixed before they were
/// seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KlTestSet(TestSample);

impl KlTestSet {
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
    /// `kl⁻¹(q, ln(1/δ)/n)`
    ///
    /// # Reference
    /// Hoeffding, Probability inequalities for sums of bounded random variables, JASA 58, 1963, equation 2.1
    /// (Chernoff's bound for losses in `[0, 1]`); Langford, Tutorial on practical prediction theory for
    /// classification, JMLR 6, 2005, section 3.
    pub fn evaluate(&self) -> Certificate {
        let bound = upper_inverse(self.0.observed(), self.0.budget());
        self.0.certificate("kl test set", bound.get())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quantity::QuantityError;

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert!(matches!(KlTestSet::new(f64::NAN, 10, 0.05), Err(Violation::Quantity(QuantityError::Risk(_)))));
        assert_eq!(KlTestSet::new(0.1, 0, 0.05), Err(QuantityError::EmptySample.into()));
        assert_eq!(KlTestSet::new(0.1, 10, 2.0), Err(QuantityError::Confidence(2.0).into()));
        assert!(KlTestSet::of_errors(11, 10, 0.05).is_err());
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(q in any::<u64>(), n in any::<u64>(), delta in any::<u64>()) {
            if let Ok(theorem) = KlTestSet::new(f64::from_bits(q), n, f64::from_bits(delta)) {
                let value = theorem.evaluate().value();
                prop_assert!(value >= f64::from_bits(q) && value <= 1.0);
            }
        }
    }
}
