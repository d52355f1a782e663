//! The law of the number of errors, and with it how often a bound fails: exactly, without simulation.

use saddlepoint_rigor::Interval;

use super::hypothesis::Violation;
use super::kl_inverse::divergence;
use crate::quantity::{Risk, SampleSize};

/// So many observations at most: the law is written down number by number.
pub const MOST_OBSERVATIONS: u64 = 1 << 20;

/// The number of errors among `n` independent observations, for a predictor that errs with probability `p`.
///
/// # Formula
/// `P(k) = C(n, k) pᵏ (1 − p)^(n−k)`, by the ratios `P(k+1)/P(k) = (n − k)p / ((k + 1)(1 − p))` from the likeliest number on,
/// and divided by their sum: no factorial, no logarithm and no divergence enters, so that bounds which are made of
/// these can be put to the test.
///
/// # Reference
/// Feller, *An Introduction to Probability Theory and Its Applications* I, 3rd edition 1968, section VI.3.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::error_count::ErrorCount;
/// use saddlepoint_theory::quantity::{Risk, SampleSize};
///
/// let errors = ErrorCount::new(SampleSize::new(2)?, Risk::new(0.25)?)?;
/// assert!(errors.probabilities()[1].contains(0.375));
/// // A bound that says 0 where no error is seen fails exactly then.
/// assert!(errors.failure(&[0.0, 1.0, 1.0])?.contains(0.5625));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorCount {
    risk: Risk,
    probabilities: Vec<Interval>,
}

impl ErrorCount {
    /// The law for `n` observations at a risk.
    ///
    /// # Errors
    /// When there are more than [`MOST_OBSERVATIONS`].
    pub fn new(n: SampleSize, risk: Risk) -> Result<Self, Violation> {
        let n = n.get();
        if n > MOST_OBSERVATIONS {
            return Err(Violation::TooMany { what: "observations", found: n, most: MOST_OBSERVATIONS });
        }
        let p = risk.get();
        let likeliest = (((n + 1) as f64 * p) as u64).min(n);
        let (zero, one) = (Interval::between(0.0, 0.0), Interval::between(1.0, 1.0));
        let (size, wrong) = (n as usize + 1, Interval::between(p, p));
        let right = one - wrong;
        let mut weights = vec![zero; size];
        weights[likeliest as usize] = one;
        // At the risks 0 and 1 all weight stays where it is.
        if let (Ok(odds), Ok(against)) = (wrong.checked_div(right), right.checked_div(wrong)) {
            let ratio = |from: u64, to: u64| {
                Interval::between(from as f64, from as f64).checked_div(Interval::between(to as f64, to as f64))
            };
            for k in likeliest..n {
                let step = ratio(n - k, k + 1).map_or(zero, |ratio| ratio * odds);
                weights[k as usize + 1] = weights[k as usize] * step;
            }
            for k in (1..=likeliest).rev() {
                let step = ratio(k, n - k + 1).map_or(zero, |ratio| ratio * against);
                weights[k as usize - 1] = weights[k as usize] * step;
            }
        }
        let total = weights.iter().fold(zero, |sum, weight| sum + *weight);
        // The likeliest number alone has weight 1.
        let probabilities =
            weights.into_iter().map(|weight| weight.checked_div(total).unwrap_or(zero)).collect();
        Ok(Self { risk, probabilities })
    }

    /// `P(0), …, P(n)`.
    pub fn probabilities(&self) -> &[Interval] {
        &self.probabilities
    }

    /// The probability that a bound is below the risk: `bounds[k]` is what it says for `k` errors.
    ///
    /// # Errors
    /// When there is not one bound for each number of errors, or one is NaN.
    pub fn failure(&self, bounds: &[f64]) -> Result<Interval, Violation> {
        let expected = self.probabilities.len();
        if bounds.len() != expected {
            return Err(Violation::Length { expected, found: bounds.len() });
        }
        if let Some((index, &value)) = bounds.iter().enumerate().find(|(_, bound)| bound.is_nan()) {
            return Err(Violation::NotFinite { index, value });
        }
        let failed = self.probabilities.iter().zip(bounds).filter(|(_, bound)| **bound < self.risk.get());
        Ok(failed.fold(Interval::between(0.0, 0.0), |sum, (probability, _)| sum + *probability))
    }

    /// The exponential moment `E exp(n kl(k/n‖p))`, which is Maurer's `ξ(n)` at every risk but 0 and 1. Where probabilities
    /// underflow, the upper end is infinite.
    ///
    /// # Reference
    /// Maurer, A note on the PAC Bayesian theorem, arXiv:cs/0411099, 2004, theorem 1.
    pub fn moment(&self) -> Interval {
        let n = (self.probabilities.len() - 1) as f64;
        let size = Interval::between(n, n);
        let term = |(k, probability): (usize, &Interval)| {
            let observed = Risk::clamped(k as f64 / n);
            // What is observed with probability 0 adds nothing.
            divergence(observed, self.risk)
                .map_or(Interval::between(0.0, 0.0), |kl| *probability * (size * kl).exp())
        };
        self.probabilities
            .iter()
            .enumerate()
            .map(term)
            .fold(Interval::between(0.0, 0.0), |sum, term| sum + term)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bounds::pac_bayes::xi;

    fn law(n: u64, p: f64) -> ErrorCount {
        ErrorCount::new(SampleSize::new(n).unwrap(), Risk::new(p).unwrap()).unwrap()
    }

    #[test]
    fn small_laws_and_those_without_chance() {
        for (k, exact) in [0.125, 0.375, 0.375, 0.125].into_iter().enumerate() {
            assert!(law(3, 0.5).probabilities()[k].contains(exact));
        }
        for (p, certain) in [(0.0, 0), (1.0, 4)] {
            let law = law(4, p);
            let expected: Vec<f64> = (0..5).map(|k| f64::from(u8::from(k == certain))).collect();
            assert_eq!(law.probabilities().iter().map(|p| p.midpoint()).collect::<Vec<_>>(), expected);
            assert!(law.moment().contains(1.0));
        }
    }

    #[test]
    fn what_cannot_be_gone_through_is_refused() {
        let many = SampleSize::new(MOST_OBSERVATIONS + 1).unwrap();
        assert!(matches!(ErrorCount::new(many, Risk::ZERO), Err(Violation::TooMany { .. })));
        assert!(matches!(law(2, 0.5).failure(&[0.0; 2]), Err(Violation::Length { expected: 3, found: 2 })));
        assert!(matches!(law(1, 0.5).failure(&[0.0, f64::NAN]), Err(Violation::NotFinite { index: 1, .. })));
    }

    #[test]
    fn the_moment_encloses_maurers() {
        for (n, p) in [(1, 0.3), (10, 0.01), (100, 0.5), (300, 0.7)] {
            let (moment, xi) = (law(n, p).moment(), xi(SampleSize::new(n).unwrap()));
            assert!(moment.low() <= xi && xi <= moment.high() * (1.0 + 1e-11), "{n} {p}: {moment} {xi}");
            assert!(moment.width() < 1e-9 * xi);
        }
    }

    proptest! {
        #[test]
        fn probabilities_add_up_and_have_their_mean(n in 1u64..400, p in 0.0..=1.0f64) {
            let law = law(n, p);
            let sums = law.probabilities().iter().enumerate().fold([0.0; 2], |[mass, mean], (k, probability)| {
                [mass + probability.midpoint(), mean + k as f64 * probability.midpoint()]
            });
            prop_assert!((sums[0] - 1.0).abs() < 1e-11 && (sums[1] - n as f64 * p).abs() < 1e-9 * n as f64);
        }

        #[test]
        fn any_bits_are_refused_or_a_probability(bits in prop::array::uniform3(any::<u64>()), p in 0.0..=1.0f64) {
            if let Ok(failure) = law(2, p).failure(&bits.map(f64::from_bits)) {
                prop_assert!(failure.low() >= 0.0 && failure.high() < 1.0 + 1e-14);
            }
        }
    }
}
