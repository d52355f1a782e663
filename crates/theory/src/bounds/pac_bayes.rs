//! What all PAC-Bayes theorems rest on, and the moment that two of them pay for.
//!
//! A prior `P` over predictors is fixed before `n` observations, a posterior `Q` is chosen after them in whatever
//! way; the losses are independent, identically distributed and in `[0, 1]`. The theorems bound the Gibbs risk: the
//! mean loss of a predictor drawn from `Q`, from its observed counterpart and from `KL(Q‖P)`. Both posterior and
//! risk must be those of the same `Q`: where predictors are drawn, with its standard deviation and not its variance.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::binomial::{mode_probability, pi};
use super::certificate::{Certificate, Expense, Ledger};
use super::hypothesis::{Violation, count, log_inverse};
use super::mean::MeanBound;
use super::split::Split;
use crate::quantity::{Confidence, Divergence, Risk, SampleSize};

/// The observed risk of a Gibbs predictor: known, or bounded from draws at a price in confidence.
#[derive(Debug, Clone, PartialEq)]
pub struct GibbsRisk {
    estimate: Risk,
    risk: Risk,
    ledger: Ledger,
}

impl GibbsRisk {
    /// A risk that was computed exactly, or rounded up.
    ///
    /// # Errors
    /// When `risk` is not in `[0, 1]`.
    pub fn exact(risk: f64) -> Result<Self, Violation> {
        let risk = Risk::new(risk)?;
        Ok(Self { estimate: risk, risk, ledger: Ledger::default() })
    }

    /// A risk that was estimated from predictors drawn from the posterior, by a bound of their mean with the draws in
    /// the place of observations. Its failure probability adds to that of the theorem.
    pub fn certified(draws: &impl MeanBound) -> Self {
        let draws = draws.evaluate();
        let estimate = draws.terms().first().map_or(draws.value(), |term| term.value);
        Self {
            estimate: Risk::clamped(estimate),
            risk: Risk::clamped(draws.value()),
            ledger: draws.ledger().clone(),
        }
    }
}

/// The exponential moment `E exp(n kl(q‖p))` of the observed risk `q` of one predictor, at most `ξ(n)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// `ξ(n)` itself, which is attained by losses in `{0, 1}`.
    Exact,
    /// The closed form `2√n`, which is larger.
    TwoRoots,
}

impl Moment {
    fn log(self, n: SampleSize) -> f64 {
        match self {
            Moment::Exact => Up::ln(xi(n)),
            Moment::TwoRoots => Up::ln(Up::mul(2.0, Up::sqrt(count::<Up>(n.get())))),
        }
    }
}

/// Maurer's `ξ(n)`, rounded up; from 2¹⁴ observations on, an upper bound that is at most 1 % above.
///
/// # Formula
/// `Σₖ C(n,k) (k/n)ᵏ (1 − k/n)^(n−k)`, at most `2 + e^(1/12n) √(πn/2)`
///
/// # Reference
/// Maurer, A note on the PAC Bayesian theorem, arXiv:cs/0411099, 2004, theorem 1 and its proof.
pub fn xi(n: SampleSize) -> f64 {
    let n = n.get();
    if n >= 1 << 14 {
        return closed_xi(n);
    }
    let half = (0..n.div_ceil(2)).fold(0.0, |sum, k| Up::add(sum, mode_probability::<Up>(k, n)));
    let middle = if n.is_multiple_of(2) { mode_probability::<Up>(n / 2, n) } else { 0.0 };
    Up::add(2.0 * half, middle)
}

/// The first terms of the expansion of [`xi`] for many observations: a number, no bound. It is below `ξ(n)` by
/// `√(π/2n)/12`, up to terms of order `1/n`.
///
/// # Formula
/// `√(πn/2) + 2/3`
///
/// # Reference
/// `ξ(n) = 1 + Q(n)` with Ramanujan's function `Q(n) = 1 + (n−1)/n + (n−1)(n−2)/n² + …`, whose expansion is in Flajolet, Grabner,
/// Kirschenhofer, Prodinger, On Ramanujan's Q-function, J. Comput. Appl. Math. 58, 1995.
pub fn xi_for_large(n: SampleSize) -> f64 {
    (std::f64::consts::FRAC_PI_2 * n.as_f64()).sqrt() + 2.0 / 3.0
}

/// Stirling's formula bounds all terms but the two at the ends, and the sum of `1/√(k(n − k))` is below its
/// integral π, since the function is convex with its poles at the ends.
fn closed_xi(n: u64) -> f64 {
    let size = count::<Up>(n);
    let root = Up::sqrt(Up::div(Up::mul(pi::<Up>(), size), 2.0));
    let stirling = Up::exp(Up::div(1.0, Down::mul(12.0, count::<Down>(n))));
    Up::add(2.0, Up::mul(stirling, root))
}

/// The hypotheses that all PAC-Bayes theorems share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hypotheses {
    gibbs: GibbsRisk,
    kl: Divergence,
    n: SampleSize,
    delta: Confidence,
}

impl Hypotheses {
    pub(crate) fn new(gibbs: GibbsRisk, kl: f64, split: Split, delta: f64) -> Result<Self, Violation> {
        let (kl, delta) = (Divergence::new(kl)?, Confidence::new(delta)?);
        let hypotheses = Self { gibbs, kl, n: split.bound(), delta };
        hypotheses.gibbs.ledger.clone().with(hypotheses.expense(1)).solvent()?;
        Ok(hypotheses)
    }

    /// What the theorem itself costs, where so many statements share it in equal parts.
    pub(crate) fn expense(&self, shared_by: u64) -> Expense {
        Expense::new("the theorem", self.delta, shared_by)
    }

    /// `KL(Q‖P)` and `ln(1/δ)`, by the names of their terms.
    pub(crate) fn logarithms(&self) -> [(&'static str, f64); 2] {
        [("divergence from the prior", self.kl.get()), ("confidence", log_inverse(self.delta))]
    }

    /// The logarithm of [`Moment`], by the name of its term.
    pub(crate) fn moment(&self, moment: Moment) -> (&'static str, f64) {
        ("moment", moment.log(self.n))
    }

    /// The certificate of a bound `f(q, t/n)` of the risk `q` with the sum `t` of the `logarithms`, which are let in
    /// one after the other, at the price of `expense`.
    pub(crate) fn certificate(
        &self,
        theorem: &'static str,
        expense: Expense,
        logarithms: &[(&'static str, f64)],
        bound: impl Fn(Risk, f64) -> f64,
    ) -> Certificate {
        let mut levels = Vec::new();
        if !self.gibbs.ledger.expenses().is_empty() {
            levels.push(("Monte Carlo", self.gibbs.risk.get()));
        }
        let mut sum = 0.0;
        for &(name, logarithm) in logarithms {
            sum = Up::add(sum, logarithm);
            levels.push((name, bound(self.gibbs.risk, Up::div(sum, count::<Down>(self.n.get())))));
        }
        let ledger = self.gibbs.ledger.clone().with(expense);
        Certificate::new(theorem, ledger, ("observed Gibbs risk", self.gibbs.estimate.get()), &levels)
    }
}

#[cfg(test)]
mod tests {
    use super::super::binomial::tests::log_probability;
    use super::super::kl_inverse;
    use super::*;

    fn size(n: u64) -> SampleSize {
        SampleSize::new(n).unwrap()
    }

    #[test]
    fn the_closed_forms_are_above() {
        for n in (1..400).chain([1000, 5000, (1 << 14) - 1]) {
            let (exact, root) = (xi(size(n)), (n as f64).sqrt());
            assert!(root <= exact && exact <= 2.0 * root * (1.0 + 1e-13), "{n}: {exact}");
            assert!(exact <= closed_xi(n) * (1.0 + 1e-13) && closed_xi(n) < exact + 1.4, "{n}: {exact}");
        }
        assert!(closed_xi(1 << 14) < 1.01 * xi(size((1 << 14) - 1)));
        assert!(xi(size(u64::MAX)).is_finite());
    }

    /// What is left out is the next term of the expansion, thousands of times smaller than the 2/3 that is not.
    #[test]
    fn the_expansion_misses_its_next_term() {
        for n in [100u64, 1000, 10_000] {
            let missing = xi(size(n)) - xi_for_large(size(n));
            let next = (std::f64::consts::FRAC_PI_2 / n as f64).sqrt() / 12.0;
            assert!((missing / next - 1.0).abs() < 0.05, "{n}: {missing} against {next}");
        }
    }

    /// Losses in `{0, 1}` attain `ξ(n)` whatever their mean. Teeth: `√n` is not a bound.
    #[test]
    fn the_moment_of_binary_losses_is_xi() {
        for n in [1u64, 2, 10, 100, 1000] {
            for p in [0.01, 0.3, 0.5, 0.99] {
                let kl = |k: u64| kl_inverse::nearly(k as f64 / n as f64, p);
                let moment: f64 = (0..=n).map(|k| (log_probability(k, n, p) + n as f64 * kl(k)).exp()).sum();
                assert!((moment / xi(size(n)) - 1.0).abs() < 1e-10, "{n} {p}: {moment}");
                assert!(moment > (n as f64).sqrt(), "{n} {p}: {moment}");
            }
        }
    }

    /// Losses in `{0, ½, 1}` stay below.
    #[test]
    fn the_moment_of_other_losses_is_below_xi() {
        for (n, [zero, half]) in [(1u32, [0.25, 0.5]), (8, [0.25, 0.5]), (20, [0.7, 0.2]), (20, [0.0, 0.3])] {
            let mut law = vec![1.0];
            for _ in 0..n {
                let mut next = vec![0.0; law.len() + 2];
                for (i, mass) in law.iter().enumerate() {
                    next[i] += mass * zero;
                    next[i + 1] += mass * half;
                    next[i + 2] += mass * (1.0 - zero - half);
                }
                law = next;
            }
            let (count, mean) = (f64::from(n), 1.0 - zero - half / 2.0);
            let kl = |i: usize| kl_inverse::nearly(i as f64 / (2.0 * count), mean);
            let moment: f64 = law.iter().enumerate().map(|(i, mass)| mass * (count * kl(i)).exp()).sum();
            assert!(moment <= xi(size(n.into())), "{n}: {moment}");
        }
    }
}
