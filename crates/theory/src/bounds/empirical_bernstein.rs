//! The empirical Bernstein bound: a test-set bound that profits from a small variance.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::certificate::{Certificate, Expense, Ledger};
use super::hypothesis::{Violation, count};
use crate::quantity::{Confidence, Risk, SampleSize};

/// The mean of a random number, from the mean and the variance of `n` draws.
///
/// The draws are independent, identically distributed and in `[0, 1]`: losses of one predictor on fresh observations,
/// or observed risks of predictors that were drawn from one posterior.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
/// use saddlepoint_theory::bounds::hoeffding::Hoeffding;
///
/// let risks: Vec<f64> = (0..1000).map(|i| 0.02 + 0.001 * f64::from(i % 3)).collect();
/// let bound = EmpiricalBernstein::of_draws(&risks, 0.05)?.evaluate();
/// assert!(bound.value() < 0.0299 && Hoeffding::new(0.021, 1000, 0.05)?.evaluate().value() > 0.0597);
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmpiricalBernstein {
    mean: Risk,
    variance: f64,
    n: SampleSize,
    delta: Confidence,
}

impl EmpiricalBernstein {
    /// The `mean` and the sample variance `Σ (xᵢ − mean)²/(n − 1)` of `n` draws (rounded up, if they had to be
    /// rounded). It is a variance, not a standard deviation.
    ///
    /// # Errors
    /// When `mean` is not in `[0, 1]`, `variance` not in `[0, 1/2]`, `n` below 2, or `delta` not in `(0, 1)`.
    pub fn new(mean: f64, variance: f64, n: u64, delta: f64) -> Result<Self, Violation> {
        let (mean, n, delta) = (Risk::new(mean)?, SampleSize::new(n)?, Confidence::new(delta)?);
        if n.get() < 2 {
            return Err(Violation::NoVariance(n.get()));
        }
        if !(0.0..=0.5).contains(&variance) {
            return Err(Violation::Variance(variance));
        }
        Ok(Self { mean, variance, n, delta })
    }

    /// The draws themselves; mean and variance are rounded up.
    ///
    /// # Errors
    /// When a draw is not in `[0, 1]`, there are fewer than 2, or `delta` is not in `(0, 1)`.
    pub fn of_draws(draws: &[f64], delta: f64) -> Result<Self, Violation> {
        let n = draws.len() as u64;
        if n < 2 {
            SampleSize::new(n)?;
            return Err(Violation::NoVariance(n));
        }
        for &draw in draws {
            Risk::new(draw)?;
        }
        let sum = draws.iter().fold(0.0, |sum, &x| Up::add(sum, x));
        let mean = Up::div(sum, count::<Down>(n)).min(1.0);
        // The sum of squares about any number is at least that about the mean.
        let square = |x: f64| Up::sub(x, mean).abs().max(Down::sub(x, mean).abs());
        let squares = draws.iter().fold(0.0, |sum, &x| Up::add(sum, Up::mul(square(x), square(x))));
        // Numbers in [0, 1] have a sample variance of at most n/(4(n − 1)).
        Self::new(mean, Up::div(squares, count::<Down>(n - 1)).min(0.5), n, delta)
    }

    /// The bound.
    ///
    /// # Formula
    /// `m + √(2 V ln(2/δ) / n) + 7 ln(2/δ) / (3(n − 1))`
    ///
    /// # Reference
    /// Maurer, Pontil, Empirical Bernstein bounds and sample variance penalization, COLT 2009, theorem 4.
    pub fn evaluate(&self) -> Certificate {
        let (mean, n) = (self.mean.get(), self.n.get());
        let logarithm = Up::ln(Up::div(2.0, self.delta.delta()));
        let spread = Up::div(Up::mul(Up::mul(2.0, self.variance), logarithm), count::<Down>(n));
        let spread = Up::add(mean, Up::sqrt(spread));
        let range = Up::div(Up::mul(7.0, logarithm), Down::mul(3.0, count::<Down>(n - 1)));
        let levels = [("variance", spread), ("range", Up::add(spread, range))];
        let ledger = Ledger::of(Expense::new("the draws", self.delta, 1));
        Certificate::new("Maurer-Pontil", ledger, ("observed mean", mean), &levels)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::binomial::tests::worst_failure;
    use super::*;
    use crate::quantity::QuantityError;

    fn of_errors(k: u64, n: u64, delta: f64) -> f64 {
        let draws: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i < k))).collect();
        EmpiricalBernstein::of_draws(&draws, delta).unwrap().evaluate().value()
    }

    /// Exact failure probabilities for draws in `{0, 1}`; teeth: with neither the range term nor half of the
    /// variance term it fails too often.
    #[test]
    fn the_coverage_holds_and_that_of_a_weakened_constant_does_not() {
        for n in [20, 100, 300] {
            assert!(worst_failure(n, |k| of_errors(k, n, 0.05)) <= 0.05, "{n}");
            let weakened = |k: u64| {
                let (q, size) = (k as f64 / n as f64, n as f64);
                let variance = q * (1.0 - q) * size / (size - 1.0);
                q + (0.5 * variance * 40f64.ln() / size).sqrt()
            };
            assert!(worst_failure(n, weakened) > 0.05, "{n}");
        }
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let refused = |mean, variance, n, delta| EmpiricalBernstein::new(mean, variance, n, delta).unwrap_err();
        assert_eq!(refused(1.1, 0.1, 10, 0.05), QuantityError::Risk(1.1).into());
        assert_eq!(refused(0.1, 0.6, 10, 0.05), Violation::Variance(0.6));
        assert!(matches!(refused(0.1, f64::NAN, 10, 0.05), Violation::Variance(_)));
        assert_eq!(refused(0.1, 0.1, 0, 0.05), QuantityError::EmptySample.into());
        assert_eq!(refused(0.1, 0.0, 1, 0.05), Violation::NoVariance(1));
        assert_eq!(refused(0.1, 0.1, 10, 1.0), QuantityError::Confidence(1.0).into());
        assert_eq!(EmpiricalBernstein::of_draws(&[], 0.05).unwrap_err(), QuantityError::EmptySample.into());
        assert_eq!(EmpiricalBernstein::of_draws(&[0.5], 0.05).unwrap_err(), Violation::NoVariance(1));
        assert!(EmpiricalBernstein::of_draws(&[0.5, f64::NAN], 0.05).is_err());
    }

    proptest! {
        #[test]
        fn draws_are_bounded_by_the_formula(draws in prop::collection::vec(0.0..=1.0f64, 2..50), delta in 1e-9..0.5f64) {
            let size = draws.len() as f64;
            let mean = draws.iter().sum::<f64>() / size;
            let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (size - 1.0);
            let log = (2.0 / delta).ln();
            let naive = mean + (2.0 * variance * log / size).sqrt() + 7.0 * log / (3.0 * (size - 1.0));
            let bound = EmpiricalBernstein::of_draws(&draws, delta).unwrap().evaluate();
            prop_assert!((bound.value() / naive - 1.0).abs() < 1e-7 && bound.value() >= naive * (1.0 - 1e-13));
        }

        #[test]
        fn any_bits_are_bounded_or_refused(mean in any::<u64>(), variance in any::<u64>(), n in any::<u64>(), delta in any::<u64>()) {
            let [mean, variance, delta] = [mean, variance, delta].map(f64::from_bits);
            if let Ok(theorem) = EmpiricalBernstein::new(mean, variance, n, delta) {
                prop_assert!(theorem.evaluate().value() >= mean);
            }
            let _ = EmpiricalBernstein::of_draws(&[mean, variance, delta], 0.5).map(|theorem| theorem.evaluate());
        }
    }
}
