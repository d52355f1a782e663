//! McAllester's PAC-Bayes bound, with Maurer's constant.

use super::certificate::Certificate;
use super::hypothesis::Violation;
use super::kl_inverse::pinsker;
use super::pac_bayes::{GibbsRisk, Hypotheses, Moment};
use super::split::Split;
use crate::quantity::Divergence;

/// The risk of a Gibbs predictor under the hypotheses of [`pac_bayes`](super::pac_bayes): never below the bound of
/// [`Maurer`](super::maurer::Maurer), but with the square root in the open.
#[derive(Debug, Clone, PartialEq)]
pub struct McAllester {
    hypotheses: Hypotheses,
    moment: Moment,
}

impl McAllester {
    /// An observed Gibbs risk, the divergence `kl` of the posterior from the prior in nats (rounded up, if it had to be
    /// rounded), and the observations that the risk was seen on, none of which the prior depends on.
    ///
    /// # Errors
    /// When `kl` is negative or not finite, `delta` is not in `(0, 1)`, or it leaves no confidence
    /// together with what the estimate of the risk has cost.
    pub fn new(gibbs: GibbsRisk, kl: f64, split: Split, delta: f64, moment: Moment) -> Result<Self, Violation> {
        Ok(Self { hypotheses: Hypotheses::new(gibbs, kl, split, delta)?, moment })
    }

    /// The bound.
    ///
    /// # Formula
    /// `q + √((KL(Q‖P) + ln(ξ(n)/δ)) / 2n)`
    ///
    /// # Reference
    /// McAllester, PAC-Bayesian stochastic model selection, Machine Learning 51, 2003, theorem 1; Maurer, A note on
    /// the PAC Bayesian theorem, arXiv:cs/0411099, 2004, for the constant.
    pub fn evaluate(&self) -> Certificate {
        let [divergence, confidence] = self.hypotheses.logarithms();
        let logarithms = [divergence, confidence, self.hypotheses.moment(self.moment)];
        let bound = |risk, budget| pinsker(risk, Divergence::saturated(budget));
        self.hypotheses.certificate("McAllester", self.hypotheses.expense(1), &logarithms, bound)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kl_test_set::KlTestSet;
    use super::super::maurer::Maurer;
    use super::*;
    use crate::quantity::QuantityError;

    /// An estimate from draws is replaced by its bound, and the ledger says what that has cost.
    #[test]
    fn drawn_risks_pay_for_their_draws() {
        let draws = KlTestSet::new(0.02, 500, 0.01).unwrap();
        let split = Split::unseen(1000).unwrap();
        let bound = |gibbs| Maurer::new(gibbs, 50.0, split, 0.04, Moment::Exact).unwrap().evaluate();
        let certificate = bound(GibbsRisk::certified(&draws));
        assert_eq!(certificate.value(), bound(GibbsRisk::exact(draws.evaluate().value()).unwrap()).value());
        let purposes: Vec<f64> = certificate.ledger().expenses().iter().map(|expense| expense.delta).collect();
        assert_eq!(purposes, [0.01, 0.04]);
        let names: Vec<&str> = certificate.terms().iter().map(|term| term.name).collect();
        let expected =
            ["observed Gibbs risk", "Monte Carlo", "divergence from the prior", "confidence", "moment"];
        assert_eq!(names, expected);
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let gibbs = GibbsRisk::exact(0.1).unwrap();
        let split = Split::unseen(10).unwrap();
        let refused = |kl, delta| McAllester::new(gibbs.clone(), kl, split, delta, Moment::Exact).unwrap_err();
        assert_eq!(refused(-1.0, 0.05), QuantityError::Divergence(-1.0).into());
        assert_eq!(refused(f64::INFINITY, 0.05), QuantityError::Divergence(f64::INFINITY).into());
        assert_eq!(refused(1.0, 1.5), QuantityError::Confidence(1.5).into());
        assert!(GibbsRisk::exact(1.5).is_err());
        let draws = GibbsRisk::certified(&KlTestSet::new(0.02, 500, 0.5).unwrap());
        assert_eq!(Maurer::new(draws, 1.0, split, 0.5, Moment::Exact), Err(Violation::Overspent(1.0)));
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(
            q in any::<u64>(), kl in any::<u64>(), n in any::<u64>(), delta in any::<u64>(),
        ) {
            let [q, kl, delta] = [q, kl, delta].map(f64::from_bits);
            if let (Ok(gibbs), Ok(split)) = (GibbsRisk::exact(q), Split::unseen(n))
                && let Ok(theorem) = Maurer::new(gibbs.clone(), kl, split, delta, Moment::Exact)
                && let Ok(other) = McAllester::new(gibbs, kl, split, delta, Moment::TwoRoots)
            {
                prop_assert!((q..=1.0).contains(&theorem.evaluate().value()));
                prop_assert!(other.evaluate().value() >= q);
            }
        }
    }
}
