//! McAllester's PAC-Bayes bound, with Maurer's constant.

use super::certificate::Certificate;
use super::hypothesis::Violation;
use super::kl_inverse::pinsker;
use super::pac_bayes::{GibbsRisk, Hypotheses, Moment};
use crate::quantity::Divergence;

/// The risk of a Gibbs predictor under the hypotheses of [`pac_bayes`](super::pac_bayes): never below the bound of
/// [`Maurer`](super::maurer::Maurer), but with the square root in the open.
#[derive(Debug, Clone, PartialEq)]
pub struct McAllester {
    hypotheses: Hypotheses,
    moment: Moment,
}

impl McAllester {
    /// An observed Gibbs risk on `n` observations, and the divergence `kl` of the posterior from the prior in nats
    /// (rounded up, if it had to be rounded).
    ///
    /// # Errors
    /// When `kl` is negative or not finite, `n` is 0, `delta` is not in `(0, 1)`, or it leaves no confidence
    /// together with what the estimate of the risk has cost.
    pub fn new(gibbs: GibbsRisk, kl: f64, n: u64, delta: f64, moment: Moment) -> Result<Self, Violation> {
        Ok(Self { hypotheses: Hypotheses::new(gibbs, kl, n, delta)?, moment })
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
        self.hypotheses.certificate("McAllester", 1, &logarithms, bound)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kl_test_set::KlTestSet;
    use super::super::maurer::Maurer;
    use super::super::pac_bayes::tests::coverage;
    use super::*;
    use crate::quantity::QuantityError;

    fn both(q: f64, kl: f64, n: u64, delta: f64, moment: Moment) -> [f64; 2] {
        let gibbs = GibbsRisk::exact(q).unwrap();
        [
            McAllester::new(gibbs.clone(), kl, n, delta, moment).unwrap().evaluate().value(),
            Maurer::new(gibbs, kl, n, delta, moment).unwrap().evaluate().value(),
        ]
    }

    /// The catalogue's `pac-bayes-ordering`.
    #[test]
    fn the_catalogues_values() {
        for (q, kl, n, mcallester, maurer) in [
            (0.02, 50.0, 1000, 0.189030703, 0.1065361897),
            (0.0, 50.0, 1000, 0.169030703, 0.05554076851),
            (0.028, 5000.0, 55000, 0.2413956297, 0.1579699696),
            (0.1, 10.0, 500, 0.2296000907, 0.1949637542),
            (0.3, 300.0, 1000, 0.6918818426, 0.6826783916),
        ] {
            let found = both(q, kl, n, 0.05, Moment::TwoRoots);
            assert!((found[0] / mcallester - 1.0).abs() < 5e-9, "{q} {kl} {n}: {found:?}");
            assert!((found[1] / maurer - 1.0).abs() < 1e-9, "{q} {kl} {n}: {found:?}");
            let exact = both(q, kl, n, 0.05, Moment::Exact);
            assert!(exact[0] < found[0] && exact[1] < found[1]);
        }
    }

    /// Pitfall: `ln(2√n/δ)`, not `ln(2√n)/δ`, which gives 0.1434 here.
    #[test]
    fn the_confidence_divides_inside_the_logarithm() {
        let found = both(0.0, 1000.0, 30000, 0.025, Moment::TwoRoots)[0];
        assert!((found - 0.1297).abs() < 5e-5, "{found}");
    }

    /// Teeth: the luckiest of many coins without the price of choosing it fails more often than allowed.
    #[test]
    fn posteriors_are_covered_and_without_their_divergence_they_are_not() {
        for (coins, temperature) in [(2000, f64::INFINITY), (2000, 0.5), (20, 0.1)] {
            for i in 0..2 {
                let [_, most] = coverage(coins, temperature, |q, kl| both(q, kl, 64, 0.05, Moment::Exact)[i]);
                assert!(most <= 0.05, "{coins} {temperature}: {most}");
            }
        }
        let free = |q: f64, _| both(q, 0.0, 64, 0.05, Moment::Exact)[1];
        assert!(coverage(2000, f64::INFINITY, free)[0] > 0.05);
    }

    /// Pitfall: an estimate from draws without its own confidence term is below.
    #[test]
    fn drawn_risks_pay_for_their_draws() {
        let draws = KlTestSet::new(0.02, 500, 0.01).unwrap().evaluate();
        let drawn = Maurer::new(GibbsRisk::certified(&draws), 50.0, 1000, 0.04, Moment::Exact).unwrap();
        let certificate = drawn.evaluate();
        assert!(certificate.value() > both(0.02, 50.0, 1000, 0.04, Moment::Exact)[1]);
        assert_eq!(certificate.value(), both(draws.value(), 50.0, 1000, 0.04, Moment::Exact)[1]);
        let purposes: Vec<f64> = certificate.ledger().expenses().iter().map(|expense| expense.delta).collect();
        assert_eq!(purposes, [0.01, 0.04]);
        assert!(certificate.confidence() <= 0.95 && certificate.confidence() > 0.95 - 1e-15);
        let names: Vec<&str> = certificate.terms().iter().map(|term| term.name).collect();
        let expected =
            ["observed Gibbs risk", "Monte Carlo", "divergence from the prior", "confidence", "moment"];
        assert_eq!(names, expected);
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let gibbs = GibbsRisk::exact(0.1).unwrap();
        let refused = |kl, n, delta| McAllester::new(gibbs.clone(), kl, n, delta, Moment::Exact).unwrap_err();
        assert_eq!(refused(-1.0, 10, 0.05), QuantityError::Divergence(-1.0).into());
        assert_eq!(refused(f64::INFINITY, 10, 0.05), QuantityError::Divergence(f64::INFINITY).into());
        assert_eq!(refused(1.0, 0, 0.05), QuantityError::EmptySample.into());
        assert_eq!(refused(1.0, 10, 1.5), QuantityError::Confidence(1.5).into());
        assert!(GibbsRisk::exact(1.5).is_err());
        let draws = GibbsRisk::certified(&KlTestSet::new(0.02, 500, 0.5).unwrap().evaluate());
        assert_eq!(Maurer::new(draws, 1.0, 10, 0.5, Moment::Exact), Err(Violation::Overspent(1.0)));
    }

    proptest! {
        #[test]
        fn the_bounds_are_ordered_and_monotone(
            q in 0.0..=1.0f64, kl in 0.0..2000.0f64, n in 1u64..1_000_000, delta in 1e-9..0.5f64,
        ) {
            let moment = Moment::TwoRoots;
            let [mcallester, maurer] = both(q, kl, n, delta, moment);
            // Where both are q + a few floats, the inverse's tightness decides.
            let above = |larger: f64, smaller: f64| larger >= smaller * (1.0 - 1e-14);
            prop_assert!(above(mcallester, maurer) && maurer >= q);
            let worse =
                [both(q, kl + 1.0, n, delta, moment), both(q.midpoint(1.0), kl, n, delta, moment), both(q, kl, n, delta / 2.0, moment)];
            for [other_mcallester, other_maurer] in worse {
                prop_assert!(above(other_mcallester, mcallester) && above(other_maurer, maurer));
            }
            let exact = both(q, kl, n, delta, Moment::Exact);
            prop_assert!(above(mcallester, exact[0]) && above(maurer, exact[1]));
        }

        #[test]
        fn any_bits_are_bounded_or_refused(
            q in any::<u64>(), kl in any::<u64>(), n in any::<u64>(), delta in any::<u64>(),
        ) {
            let [q, kl, delta] = [q, kl, delta].map(f64::from_bits);
            if let Ok(gibbs) = GibbsRisk::exact(q)
                && let Ok(theorem) = Maurer::new(gibbs.clone(), kl, n, delta, Moment::Exact)
                && let Ok(other) = McAllester::new(gibbs, kl, n, delta, Moment::TwoRoots)
            {
                prop_assert!((q..=1.0).contains(&theorem.evaluate().value()));
                prop_assert!(other.evaluate().value() >= q);
            }
        }
    }
}
