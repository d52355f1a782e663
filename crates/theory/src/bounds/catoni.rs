//! Catoni's PAC-Bayes bound over a grid of inverse temperatures.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::certificate::Certificate;
use super::hypothesis::{Violation, count};
use super::kl_inverse::upper_inverse;
use super::pac_bayes::{GibbsRisk, Hypotheses};
use super::split::Split;
use crate::quantity::{Confidence, Divergence, Risk, SampleSize};

/// The risk of a Gibbs predictor under the hypotheses of [`pac_bayes`](super::pac_bayes), at the best inverse
/// temperature of a grid that was fixed before the data: each of its `m` values holds with failure probability `δ/m`.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::catoni::Catoni;
/// use saddlepoint_theory::bounds::pac_bayes::GibbsRisk;
/// use saddlepoint_theory::bounds::split::Split;
///
/// let grid: Vec<f64> = (0..10).map(|i| 0.1 * 2f64.powi(i)).collect();
/// let bound = Catoni::new(GibbsRisk::exact(0.02)?, 50.0, Split::unseen(1000)?, 0.05, &grid)?.evaluate();
/// assert!(bound.value() < 0.106 && bound.ledger().expenses()[0].shared_by == 10);
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Catoni {
    hypotheses: Hypotheses,
    grid: Vec<f64>,
}

impl Catoni {
    /// An observed Gibbs risk, the divergence `kl` of the posterior from the prior in nats (rounded up, if it had to be
    /// rounded), the observations that the risk was seen on, none of which the prior depends on, and the inverse
    /// temperatures.
    ///
    /// # Errors
    /// When `kl` is negative or not finite, `delta` is not in `(0, 1)` or leaves no confidence together
    /// with what the estimate of the risk has cost, the grid is empty, or one of its values is not positive and
    /// finite.
    pub fn new(gibbs: GibbsRisk, kl: f64, split: Split, delta: f64, grid: &[f64]) -> Result<Self, Violation> {
        let hypotheses = Hypotheses::new(gibbs, kl, split, delta)?;
        if grid.is_empty() {
            return Err(Violation::EmptyGrid);
        }
        match grid.iter().find(|c| !(**c > 0.0 && c.is_finite())) {
            Some(&refused) => Err(Violation::Temperature(refused)),
            None => Ok(Self { hypotheses, grid: grid.to_vec() }),
        }
    }

    /// The bound.
    ///
    /// # Formula
    /// `min over C in the grid of (1 − exp(−Cq − (KL(Q‖P) + ln(m/δ))/n)) / (1 − e^(−C))`
    ///
    /// # Reference
    /// Catoni, *PAC-Bayesian supervised classification: the thermodynamics of statistical learning*, 2007, theorem
    /// 1.2.6, and a union bound.
    pub fn evaluate(&self) -> Certificate {
        let size = self.grid.len() as u64;
        let [divergence, confidence] = self.hypotheses.logarithms();
        let union = ("grid", Up::ln(count::<Up>(size)));
        let logarithms = [("temperature", 0.0), divergence, confidence, union];
        let at = |c: f64| {
            let expense = self.hypotheses.expense(size);
            self.hypotheses.certificate("Catoni", expense, &logarithms, |risk, budget| bound(c, risk, budget))
        };
        // The constructor has refused an empty grid.
        let first = at(self.grid[0]);
        self.grid[1..].iter().map(|&c| at(c)).fold(first, Certificate::or_smaller)
    }
}

/// The infimum of the bound over all inverse temperatures, for the observed risk `q` of `n` observations and the divergence `kl`
/// in nats: what it would be if the temperature had been chosen after the data, and so no bound.
///
/// # Formula
/// `inf over C > 0 of (1 − exp(−Cq − t)) / (1 − e^(−C)) = kl⁻¹(q, t)` with `t = (KL(Q‖P) + ln(1/δ))/n`
///
/// # Errors
/// When `kl` is negative or not finite, `n` is 0, or `delta` is not in `(0, 1)`.
///
/// # Reference
/// Germain, Lacasse, Laviolette, Marchand, PAC-Bayesian learning of linear classifiers, ICML 2009, proposition 2.1.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::catoni::infimum;
/// use saddlepoint_theory::quantity::Risk;
///
/// let least = infimum(Risk::new(0.02)?, 50.0, 1000, 0.05)?;
/// assert!((least.get() - 0.10193933).abs() < 1e-8);
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
pub fn infimum(q: Risk, kl: f64, n: u64, delta: f64) -> Result<Risk, Violation> {
    let (kl, n, delta) = (Divergence::new(kl)?, SampleSize::new(n)?, Confidence::new(delta)?);
    let budget = (kl.get() - libm::log(delta.delta())) / n.as_f64();
    Ok(upper_inverse(q, Divergence::saturated(budget)))
}

/// The inverse temperature at which the bound is smallest, if `p` is `kl⁻¹(q, t)` for the budget `t` that it pays: infinite at
/// `q = 0`. The bound there *is* `p`; it is none where the temperature was chosen after the data.
///
/// # Formula
/// `ln (p (1 − q) / (q (1 − p)))`: there `e^(−C)` is the derivative's zero, and `sup_C −ln(1 − p(1 − e^(−C))) − Cq = kl(q‖p)`
///
/// # Reference
/// Germain, Lacasse, Laviolette, Marchand, PAC-Bayesian learning of linear classifiers, ICML 2009, proposition 2.1.
pub fn best_temperature(q: Risk, p: Risk) -> f64 {
    let odds = |risk: f64| libm::log(risk) - libm::log1p(-risk);
    odds(p.get()) - odds(q.get())
}

/// `(1 − exp(−Cq − t)) / (1 − e^(−C))`, rounded up.
fn bound(c: f64, risk: Risk, t: f64) -> f64 {
    let exponent = Up::add(Up::mul(c, risk.get()), t);
    // Where the exponentials cancel, x − x²/2 ≤ 1 − e^(−x) ≤ x is closer.
    let above = Up::sub(1.0, Down::exp(-exponent)).min(exponent);
    let below = Down::sub(1.0, Up::exp(-c)).max(Down::mul(c, Down::sub(1.0, c / 2.0)));
    if below > 0.0 { Up::div(above, below) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::binomial::tests::log_probability;
    use super::super::kl_inverse::nearly;
    use super::*;
    use crate::quantity::QuantityError;

    fn geometric(size: i32) -> Vec<f64> {
        (0..size).map(|i| 0.05 * 1.5f64.powi(i)).collect()
    }

    #[test]
    fn the_grid_is_in_the_ledger() {
        let gibbs = GibbsRisk::exact(0.02).unwrap();
        let certificate =
            Catoni::new(gibbs, 50.0, Split::unseen(1000).unwrap(), 0.05, &geometric(14)).unwrap().evaluate();
        let expense = certificate.ledger().expenses()[0];
        assert_eq!((expense.shared_by, expense.delta), (14, 0.05));
        assert!(expense.each() <= 0.05 / 14.0 && expense.each() > 0.05 / 14.0 - 1e-17);
        assert!(certificate.terms().iter().any(|term| term.name == "grid" && term.value > 0.0));
    }

    /// A fixed `C` has an exponential moment of exactly 1 for losses in `{0, 1}`, which is why nothing is paid but
    /// `ln(1/δ)`. Teeth: the moment at the best `C` for what was observed is far above 1 and grows with `n`, so a
    /// minimum over `C` that pays for no grid rests on nothing.
    #[test]
    fn the_moment_is_one_at_a_fixed_temperature_and_not_at_the_best() {
        for n in [5u64, 50, 500] {
            for p in [0.02, 0.3, 0.8] {
                let moment = |log: &dyn Fn(f64) -> f64| -> f64 {
                    let at = |k: u64| (log_probability(k, n, p) + n as f64 * log(k as f64 / n as f64)).exp();
                    (0..=n).map(at).sum()
                };
                for c in [0.1, 1.0, 3.0] {
                    let fixed = moment(&|q| -(p * f64::exp_m1(-c)).ln_1p() - c * q);
                    assert!((fixed - 1.0).abs() < 1e-10, "{n} {p} {c}: {fixed}");
                    let weakened = moment(&|q| -(1.01 * p * f64::exp_m1(-c)).ln_1p() - c * q);
                    assert!(weakened > 1.0 + 1e-6, "{n} {p} {c}: {weakened}");
                }
                let best = moment(&|q| if q < p { nearly(q, p) } else { 0.0 });
                assert!(best > 1.0 + 0.3 * (n as f64 * p * (1.0 - p)).sqrt(), "{n} {p}: {best}");
            }
        }
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let refused = |kl, delta, grid: &[f64]| {
            let split = Split::unseen(10).unwrap();
            Catoni::new(GibbsRisk::exact(0.1).unwrap(), kl, split, delta, grid).unwrap_err()
        };
        assert_eq!(refused(1.0, 0.05, &[]), Violation::EmptyGrid);
        assert_eq!(refused(1.0, 0.05, &[1.0, 0.0]), Violation::Temperature(0.0));
        assert_eq!(refused(1.0, 0.05, &[-2.0, f64::NAN]), Violation::Temperature(-2.0));
        assert!(matches!(refused(1.0, 0.05, &[f64::NAN]), Violation::Temperature(c) if c.is_nan()));
        assert_eq!(refused(-1.0, 0.05, &[1.0]), QuantityError::Divergence(-1.0).into());
        assert_eq!(refused(1.0, 0.0, &[1.0]), QuantityError::Confidence(0.0).into());
    }

    #[test]
    fn the_infimum_refuses_by_name() {
        let refused = |kl, n, delta| infimum(Risk::ZERO, kl, n, delta).unwrap_err();
        assert_eq!(refused(-1.0, 10, 0.05), QuantityError::Divergence(-1.0).into());
        assert_eq!(refused(f64::INFINITY, 10, 0.05), QuantityError::Divergence(f64::INFINITY).into());
        assert_eq!(refused(1.0, 0, 0.05), QuantityError::EmptySample.into());
        assert_eq!(refused(1.0, 10, 1.0), QuantityError::Confidence(1.0).into());
    }

    proptest! {
        /// The theorem of the infimum: no temperature is below it, and the best one attains it.
        #[test]
        fn the_infimum_is_attained_at_the_best_temperature(
            q in 1e-3..0.7f64, kl in 0.0..500.0f64, n in 50u64..100_000, delta in 1e-6..0.5f64, c in 1e-2..100.0f64,
        ) {
            let least = infimum(Risk::new(q).unwrap(), kl, n, delta).unwrap();
            let at = |c: f64| {
                let split = Split::unseen(n).unwrap();
                Catoni::new(GibbsRisk::exact(q).unwrap(), kl, split, delta, &[c]).unwrap().evaluate().value()
            };
            prop_assert!(at(c) >= least.get() * (1.0 - 1e-14));
            prop_assume!(least.get() < 0.999);
            prop_assert!((at(best_temperature(Risk::new(q).unwrap(), least)) - least.get()).abs() < 1e-7);
        }

        #[test]
        fn any_bits_of_the_infimum_are_answered_or_refused(
            q in 0.0..=1.0f64, kl in any::<u64>(), n in any::<u64>(), delta in any::<u64>(),
        ) {
            let [kl, delta] = [kl, delta].map(f64::from_bits);
            if let Ok(least) = infimum(Risk::new(q).unwrap(), kl, n, delta) {
                prop_assert!(least.get() >= q);
            }
        }

        #[test]
        fn any_bits_are_bounded_or_refused(
            q in 0.0..=1.0f64, kl in any::<u64>(), n in any::<u64>(), delta in any::<u64>(), c in any::<u64>(),
        ) {
            let [kl, delta, c] = [kl, delta, c].map(f64::from_bits);
            let Ok(split) = Split::unseen(n) else { return Ok(()) };
            if let Ok(theorem) = Catoni::new(GibbsRisk::exact(q).unwrap(), kl, split, delta, &[c, 1.0]) {
                prop_assert!(theorem.evaluate().value() >= q * (1.0 - 1e-15));
            }
        }
    }
}
