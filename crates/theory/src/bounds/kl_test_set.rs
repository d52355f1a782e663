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

    use super::super::binomial::tests::worst_failure;
    use super::super::clopper_pearson::ClopperPearson;
    use super::super::hoeffding::Hoeffding;
    use super::*;
    use crate::quantity::QuantityError;

    fn bound(errors: u64, n: u64, delta: f64) -> f64 {
        KlTestSet::of_errors(errors, n, delta).unwrap().evaluate().value()
    }

    /// The catalogue's `test-set-bound`.
    #[test]
    fn the_catalogues_values() {
        for (k, n, value) in [
            (0, 100, 0.02951304961),
            (5, 100, 0.1215270364),
            (10, 1000, 0.0197561293),
            (159, 797, 0.2356005715),
            (20, 797, 0.04110203185),
        ] {
            assert!((bound(k, n, 0.05) / value - 1.0).abs() < 1e-9, "{k} of {n}: {}", bound(k, n, 0.05));
        }
    }

    /// Exact failure probabilities; teeth: with half of the budget it fails too often.
    #[test]
    fn the_coverage_is_sharp_and_that_of_a_weakened_budget_fails() {
        for (n, reference) in [(20, 0.04897), (100, 0.04755), (500, 0.04934)] {
            let failure = worst_failure(n, |k| bound(k, n, 0.05));
            assert!((0.045..=0.05 + 1e-12).contains(&failure), "{n}: {failure}");
            assert!((failure - reference).abs() <= 5.1e-6, "{n}: {failure}");
            // √δ is δ with half of its logarithm.
            assert!(worst_failure(n, |k| bound(k, n, 0.05f64.sqrt())) > 0.05, "{n}");
        }
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert!(matches!(KlTestSet::new(f64::NAN, 10, 0.05), Err(Violation::Quantity(QuantityError::Risk(_)))));
        assert_eq!(KlTestSet::new(0.1, 0, 0.05), Err(QuantityError::EmptySample.into()));
        assert_eq!(KlTestSet::new(0.1, 10, 2.0), Err(QuantityError::Confidence(2.0).into()));
        assert!(KlTestSet::of_errors(11, 10, 0.05).is_err());
    }

    proptest! {
        #[test]
        fn it_lies_between_the_exact_bound_and_hoeffdings(
            n in 1u64..100_000, part in 0.0..=1.0f64, delta in 1e-12..0.5f64,
        ) {
            let k = (part * n as f64) as u64;
            let exact = ClopperPearson::new(k, n, delta).unwrap().evaluate().value();
            let hoeffding = Hoeffding::of_errors(k, n, delta).unwrap().evaluate().value();
            let value = bound(k, n, delta);
            prop_assert!(exact <= value && value <= hoeffding, "{exact} {value} {hoeffding}");
        }

        #[test]
        fn any_bits_are_bounded_or_refused(q in any::<u64>(), n in any::<u64>(), delta in any::<u64>()) {
            if let Ok(theorem) = KlTestSet::new(f64::from_bits(q), n, f64::from_bits(delta)) {
                let value = theorem.evaluate().value();
                prop_assert!(value >= f64::from_bits(q) && value <= 1.0);
            }
        }
    }
}
