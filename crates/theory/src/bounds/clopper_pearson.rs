//! The test-set bound of Clopper and Pearson: the exact binomial one.

use saddlepoint_rigor::{Nearest, Up};

use super::binomial::{lower_tail, tail_ratio};
use super::certificate::Certificate;
use super::hypothesis::Violation;
use super::kl_inverse::{first_certified, upper_inverse};
use super::test_sample::TestSample;

/// The probability that one predictor errs, from its errors among `n` fresh observations.
///
/// The observations are independent and identically distributed, an error either happens or does not, and the
/// predictor was fixed before they were seen. No bound that is non-decreasing in the number of errors is smaller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClopperPearson {
    errors: u64,
    sample: TestSample,
}

impl ClopperPearson {
    /// A number of errors among `n` observations.
    ///
    /// # Errors
    /// When there are more errors than observations, `n` is 0, or `delta` is not in `(0, 1)`.
    pub fn new(errors: u64, n: u64, delta: f64) -> Result<Self, Violation> {
        Ok(Self { errors, sample: TestSample::of_errors(errors, n, delta)? })
    }

    /// The bound, to adjacent floats: the binomial tail, rounded up, is at most `δ` there and not one float below.
    /// For `δ > ½`, where it may be below the observed rate, the observed rate replaces it.
    ///
    /// # Formula
    /// `sup { p : P(Bin(n, p) ≤ k) ≥ δ }`, the quantile at `1 − δ` of the beta law with parameters `k + 1, n − k`
    ///
    /// # Reference
    /// Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial,
    /// Biometrika 26, 1934; Langford, Tutorial on practical prediction theory for classification, JMLR 6, 2005,
    /// theorem 3.3.
    pub fn evaluate(&self) -> Certificate {
        self.sample.certificate("Clopper-Pearson", self.upper_limit())
    }

    fn upper_limit(&self) -> f64 {
        let (k, n, delta) = (self.errors, self.sample.size().get(), self.sample.delta().delta());
        // Chernoff's bound certifies a bracket.
        let observed = self.sample.observed();
        let (low, high) = (observed.get(), upper_inverse(observed, self.sample.budget()).get());
        if k == n || high <= low.next_up() {
            return high;
        }
        let certified = |p: u64| lower_tail::<Up>(k, n, f64::from_bits(p)) <= delta;
        let guess = self.guess(low, high).to_bits();
        f64::from_bits(first_certified(low.to_bits(), high.to_bits(), guess, certified))
    }

    /// Newton's iteration for the logarithm of the tail, which is concave in `p` with the derivative
    /// `−(n − k) P(X = k) / ((1 − p) P(X ≤ k))`: from above it stays above.
    fn guess(&self, low: f64, high: f64) -> f64 {
        let (k, n, delta) = (self.errors, self.sample.size().get(), self.sample.delta().delta());
        let mut p = high.next_down();
        for _ in 0..40 {
            let excess = libm::log(lower_tail::<Nearest>(k, n, p) / delta);
            let step = excess * (1.0 - p) * tail_ratio::<Nearest>(k, n, p) / (n - k) as f64;
            if step.is_nan() {
                break;
            }
            p = (p + step).clamp(low.next_up(), high.next_down());
            if step.abs() <= 1e-14 * p {
                break;
            }
        }
        p
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saddlepoint_rigor::Down;

    use super::super::hoeffding::Hoeffding;
    use super::super::hypothesis::error_rate;
    use super::*;
    use crate::quantity::QuantityError;

    fn bound(errors: u64, n: u64, delta: f64) -> f64 {
        ClopperPearson::new(errors, n, delta).unwrap().evaluate().value()
    }

    #[test]
    fn the_ends_have_closed_forms() {
        for n in [1u64, 2, 30, 797, 1_000_000] {
            let truth = -(0.05f64.ln() / n as f64).exp_m1();
            let found = bound(0, n, 0.05);
            assert!(found >= truth * (1.0 - 1e-15) && found <= truth * (1.0 + 1e-13), "{n}: {found} {truth}");
            assert_eq!(bound(n, n, 0.05), 1.0);
            // All but one: pⁿ = 1 − δ.
            let truth = (0.95f64.ln() / n as f64).exp();
            let found = bound(n - 1, n, 0.05);
            assert!((found - truth).abs() <= 1e-14, "{n}: {found} {truth}");
        }
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let refusal = ClopperPearson::new(3, 2, 0.05).unwrap_err();
        assert_eq!(refusal, Violation::MoreErrorsThanObservations { errors: 3, observations: 2 });
        assert_eq!(ClopperPearson::new(0, 0, 0.05), Err(QuantityError::EmptySample.into()));
        assert_eq!(ClopperPearson::new(0, 1, 1.0), Err(QuantityError::Confidence(1.0).into()));
    }

    proptest! {
        #[test]
        fn the_bound_is_certified_and_tight(n in 1u64..3000, part in 0.0..1.0f64, delta in 1e-12..0.5f64) {
            let k = (part * n as f64) as u64;
            let p = bound(k, n, delta);
            let observed = error_rate(k, n).unwrap().get();
            prop_assert!(p > observed && p < 1.0);
            // Without an error Chernoff's bound is this one, and may be certified where the tail is not, by a unit in the last place.
            let sample = ClopperPearson::new(k, n, delta).unwrap().sample;
            let chernoff = upper_inverse(sample.observed(), sample.budget()).get();
            prop_assert!(lower_tail::<Up>(k, n, p) <= delta || p == chernoff);
            prop_assert!(lower_tail::<Down>(k, n, p) <= delta);
            // Where the tail is at least δ for certain, no bound may lie.
            let below = p * (1.0 - 4e-14) - 1e-300;
            prop_assert!(below <= observed || lower_tail::<Down>(k, n, below) > delta, "{k} {n} {delta} {p}");
            let hoeffding = Hoeffding::of_errors(k, n, delta).unwrap().evaluate().value();
            prop_assert!(p <= hoeffding && p <= bound(k + 1, n, delta));
        }

        #[test]
        fn any_bits_are_bounded_or_refused(k in any::<u64>(), n in any::<u64>(), bits in any::<u64>()) {
            if let Ok(theorem) = ClopperPearson::new(k, n, f64::from_bits(bits)) {
                let value = theorem.evaluate().value();
                prop_assert!(value >= theorem.sample.observed().get() && value <= 1.0, "{value}");
            }
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn large_samples_are_bounded(n in any::<u64>(), shift in 0u32..64, delta in 1e-300..1.0f64) {
            let n = (n >> shift).max(1);
            for k in [0, n / 1000, n / 2, n - 1, n] {
                let value = bound(k, n, delta);
                prop_assert!(value >= error_rate(k, n).unwrap().get() && value <= 1.0, "{k} {n} {value}");
            }
        }
    }
}
