//! The PAC-Bayes bound by the inverse of the binary kl, with Maurer's constant.

use super::certificate::Certificate;
use super::hypothesis::Violation;
use super::kl_inverse::upper_inverse;
use super::pac_bayes::{GibbsRisk, Hypotheses, Moment};
use super::split::Split;
use crate::quantity::Divergence;

/// The risk of a Gibbs predictor under the hypotheses of [`pac_bayes`](super::pac_bayes).
///
/// # Example
/// A risk of 2 % was seen among 300 draws from the posterior, which costs a confidence of its own.
/// ```
/// use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
/// use saddlepoint_theory::bounds::maurer::Maurer;
/// use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
/// use saddlepoint_theory::bounds::split::Split;
///
/// let gibbs = GibbsRisk::certified(&KlTestSet::new(0.02, 300, 0.01)?);
/// let bound = Maurer::new(gibbs, 50.0, Split::unseen(1000)?, 0.04, Moment::Exact)?.evaluate();
/// assert!(bound.value() < 0.17 && bound.confidence() > 0.9499);
/// assert_eq!(bound.dominant().name, "divergence from the prior");
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Maurer {
    hypotheses: Hypotheses,
    moment: Moment,
}

impl Maurer {
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
    /// `kl⁻¹(q, (KL(Q‖P) + ln(ξ(n)/δ)) / n)`
    ///
    /// # Reference
    /// Maurer, A note on the PAC Bayesian theorem, arXiv:cs/0411099, 2004, the main theorem, with `ξ(n)` for `2√n`;
    /// Seeger, PAC-Bayesian generalisation error bounds for Gaussian process classification, JMLR 3, 2002.
    pub fn evaluate(&self) -> Certificate {
        let [divergence, confidence] = self.hypotheses.logarithms();
        let logarithms = [divergence, confidence, self.hypotheses.moment(self.moment)];
        let bound = |risk, budget| upper_inverse(risk, Divergence::saturated(budget)).get();
        self.hypotheses.certificate("Maurer", self.hypotheses.expense(1), &logarithms, bound)
    }
}
