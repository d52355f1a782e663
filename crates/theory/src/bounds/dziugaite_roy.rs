//! PAC-Bayes bounds of stochastic networks that were trained on the bound itself.
//!
//! A network with random weights is trained by the gradient of an objective that bounds its risk: a surrogate of its
//! observed errors ([`surrogate`]) plus a [`Penalty`] for its distance from the prior. Afterwards [`DziugaiteRoy`]
//! certifies its risk. What was optimized on the data is paid for: the prior's scale by a union over a grid, the
//! sampled Gibbs risk by a failure probability of its own ([`GibbsRisk::certified`]).

use saddlepoint_rigor::{Rounding, Up};

use super::binomial::pi;
use super::certificate::Certificate;
use super::gaussian::{DiagonalGaussian, GaussianGradient, IsotropicGaussian};
use super::hypothesis::{Violation, count, require_finite, require_scale};
use super::kl_inverse::upper_inverse;
use super::pac_bayes::{GibbsRisk, Hypotheses, Moment};
use super::split::Split;
use crate::quantity::{Confidence, Divergence};

/// Normal priors around fixed means, one for each variance of a grid: `c e^(−j/b)` for `j = 1, 2, …`.
///
/// The grid consists of the floats that this formula gives, so that a variance of it is exact. The prior with number
/// `j` has a part `6/(π²j²)` of the failure probability; the parts add up to all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorGrid {
    means: Vec<f64>,
    largest: f64,
    steps: f64,
}

impl PriorGrid {
    /// The means, the variance `c` that no prior reaches, and the number `b` of priors until a variance has fallen
    /// by `e`. All of them are fixed before the observations that the bound counts.
    ///
    /// # Errors
    /// When there is no mean, one is not finite, or `c` or `b` is not positive and finite.
    pub fn new(means: Vec<f64>, largest: f64, steps: f64) -> Result<Self, Violation> {
        require_finite(&means, means.len())?;
        Ok(Self { means, largest: require_scale(largest)?, steps: require_scale(steps)? })
    }

    /// The prior with number `j`.
    ///
    /// # Errors
    /// When `j` is 0, or its variance underflows.
    pub fn prior(&self, j: u64) -> Result<IsotropicGaussian, Violation> {
        if j == 0 {
            return Err(Violation::PriorNumber(j));
        }
        let variance = self.largest * libm::exp(-(j as f64) / self.steps);
        IsotropicGaussian::new(self.means.clone(), variance)
    }

    /// The number of the prior whose logarithm of the standard deviation is nearest.
    ///
    /// # Errors
    /// When the logarithm is not finite.
    pub fn nearest(&self, log_deviation: f64) -> Result<u64, Violation> {
        require_finite(&[log_deviation], 1)?;
        Ok(self.number(log_deviation).round() as u64)
    }

    /// `j` as a real number, at least 1: larger variances than those of the grid go to its first.
    fn number(&self, log_deviation: f64) -> f64 {
        (self.steps * (libm::log(self.largest) - 2.0 * log_deviation)).max(1.0)
    }
}

/// A differentiable upper bound of the error `1[margin ≤ 0]`, and its derivative.
///
/// # Formula
/// `ln(1 + e^(−margin)) / ln 2`
///
/// # Reference
/// Dziugaite, Roy, UAI 2017: the surrogate of their objective.
pub fn surrogate(margin: f64) -> (f64, f64) {
    let decay = libm::exp(-margin.abs());
    let value = (-margin).max(0.0) + libm::log1p(decay);
    let slope = if margin > 0.0 { decay / (1.0 + decay) } else { 1.0 / (1.0 + decay) };
    (value / std::f64::consts::LN_2, -slope / std::f64::consts::LN_2)
}

/// What training adds to the surrogate: `√(B/2)` with `B = (KL(Q‖P) + 2 ln j + ln(π²/6δ) + ln(2√n)) / n`, and its
/// derivatives. It is differentiated, not certified, so it is rounded to nearest.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalty {
    /// `√(B/2)`.
    pub value: f64,
    /// In the parameters of the posterior.
    pub posterior: GaussianGradient,
    /// In the logarithm of the prior's standard deviation.
    pub log_deviation: f64,
}

impl Penalty {
    /// The penalty of a posterior under the prior with any deviation, on the grid or between its points.
    ///
    /// # Formula
    /// `j = max(1, b (ln c − 2 log_deviation))`; `√(B/2)` changes by `dB / 4√(B/2)`
    ///
    /// # Reference
    /// Dziugaite, Roy, Computing nonvacuous generalization bounds for deep (stochastic) neural networks with many
    /// more parameters than training data, UAI 2017: the objective.
    ///
    /// # Errors
    /// When the posterior has not as many weights as the prior, the deviation or the divergence is not finite.
    pub fn new(
        posterior: &DiagonalGaussian,
        grid: &PriorGrid,
        log_deviation: f64,
        split: Split,
        delta: Confidence,
    ) -> Result<Self, Violation> {
        require_finite(&[log_deviation], 1)?;
        let prior = IsotropicGaussian::new(grid.means.clone(), libm::exp(2.0 * log_deviation))?;
        let kl = posterior.divergence(&prior)?.get();
        let (mut gradient, by_scale) = posterior.divergence_gradient(&prior)?;
        let (j, n) = (grid.number(log_deviation), split.bound().as_f64());
        let union = 2.0 * libm::log(j) + libm::log(std::f64::consts::PI.powi(2) / (6.0 * delta.delta()));
        let value = ((kl + union + libm::log(2.0 * n.sqrt())) / (2.0 * n)).sqrt();
        let factor = 1.0 / (4.0 * value * n);
        gradient.means.iter_mut().chain(&mut gradient.log_deviations).for_each(|g| *g *= factor);
        // Where j is held at 1, the union costs the same for all deviations.
        let by_union = if j > 1.0 { -4.0 * grid.steps / j } else { 0.0 };
        Ok(Self { value, posterior: gradient, log_deviation: factor * (by_scale + by_union) })
    }
}

/// The risk of a stochastic network whose prior's scale was chosen on the data, under the hypotheses of
/// [`pac_bayes`](super::pac_bayes).
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, PriorGrid};
/// use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
/// use saddlepoint_theory::bounds::gaussian::DiagonalGaussian;
/// use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
/// use saddlepoint_theory::bounds::split::Split;
///
/// let grid = PriorGrid::new(vec![0.0; 10], 1.0, 100.0)?;
/// let posterior = DiagonalGaussian::new(vec![0.5; 10], vec![0.2; 10])?;
/// // Errors of 2,000 networks drawn from the posterior, on the 1,000 observations.
/// let draws: Vec<f64> = (0..2000).map(|i| 0.03 + 0.001 * f64::from(i % 5)).collect();
/// let gibbs = GibbsRisk::certified(&EmpiricalBernstein::of_draws(&draws, 0.01)?);
/// let (j, split) = (grid.nearest(-0.7)?, Split::unseen(1000)?);
/// let bound = DziugaiteRoy::new(gibbs, &posterior, &grid, j, split, 0.025, Moment::TwoRoots)?.evaluate();
/// assert!(bound.value() < 0.12 && bound.confidence() > 0.9649);
/// assert_eq!(bound.ledger().expenses().len(), 2);
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DziugaiteRoy {
    hypotheses: Hypotheses,
    j: u64,
    moment: Moment,
}

impl DziugaiteRoy {
    /// An observed Gibbs risk, the posterior that it belongs to, the prior with number `j` of a grid, and the
    /// observations that the risk was seen on, none of which the prior's means depend on.
    ///
    /// # Errors
    /// When `j` is 0 or its variance underflows, the prior has another number of weights than the posterior, their
    /// divergence overflows, `delta` is not in `(0, 1)`, or it leaves no confidence together with what the estimate
    /// of the risk has cost.
    pub fn new(
        gibbs: GibbsRisk,
        posterior: &DiagonalGaussian,
        grid: &PriorGrid,
        j: u64,
        split: Split,
        delta: f64,
        moment: Moment,
    ) -> Result<Self, Violation> {
        let kl = posterior.divergence(&grid.prior(j)?)?.get();
        Ok(Self { hypotheses: Hypotheses::new(gibbs, kl, split, delta)?, j, moment })
    }

    /// The bound.
    ///
    /// # Formula
    /// `kl⁻¹(q, (KL(Q‖Pⱼ) + ln(π²j²/6) + ln(ξ(n)/δ)) / n)`
    ///
    /// # Reference
    /// Dziugaite, Roy, UAI 2017: the PAC-Bayes theorem at failure probability `6δ/π²j²` for each prior of the grid.
    pub fn evaluate(&self) -> Certificate {
        let [divergence, confidence] = self.hypotheses.logarithms();
        let nats = union_nats(self.j);
        let logarithms = [divergence, ("prior scale", nats), confidence, self.hypotheses.moment(self.moment)];
        let bound = |risk, budget| upper_inverse(risk, Divergence::saturated(budget)).get();
        let expense = self.hypotheses.expense(1).weighted(nats);
        self.hypotheses.certificate("Dziugaite-Roy", expense, &logarithms, bound)
    }
}

/// `ln(π²j²/6)`, rounded up, for a union over `j = 1, 2, …` in unequal parts: `6/(π²j²)` add up to 1.
pub(super) fn union_nats(j: u64) -> f64 {
    let root = Up::mul(pi::<Up>(), count::<Up>(j));
    Up::ln(Up::div(Up::mul(root, root), 6.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::empirical_bernstein::EmpiricalBernstein;
    use super::super::maurer::Maurer;
    use super::*;

    fn grid() -> PriorGrid {
        PriorGrid::new(vec![0.1, -0.2, 0.3], 1.0, 100.0).unwrap()
    }

    fn delta() -> Confidence {
        Confidence::new(0.025).unwrap()
    }

    /// The penalty from its formula, term by term.
    fn naive(m: &[f64; 3], log_s: &[f64; 3], log_l: f64) -> f64 {
        let (means, v, n) = ([0.1, -0.2, 0.3], (2.0 * log_l).exp(), 1400f64);
        let kl: f64 = (0..3)
            .map(|i| {
                let t = (2.0 * log_s[i]).exp() / v;
                0.5 * (t - 1.0 - t.ln() + (m[i] - means[i]).powi(2) / v)
            })
            .sum();
        let j = -200.0 * log_l;
        let union = 2.0 * j.ln() + (std::f64::consts::PI.powi(2) / (6.0 * 0.025)).ln();
        ((kl + union + (2.0 * n.sqrt()).ln()) / n / 2.0).sqrt()
    }

    proptest! {
        #[test]
        fn the_penalty_is_the_formula_and_its_derivatives_are_differences(
            m in prop::array::uniform3(-1.0..1.0f64), log_s in prop::array::uniform3(-2.0..0.5f64), log_l in -2.0..-0.1f64,
        ) {
            let posterior = DiagonalGaussian::of_logarithms(m.to_vec(), &log_s).unwrap();
            let split = Split::unseen(1400).unwrap();
            let penalty = Penalty::new(&posterior, &grid(), log_l, split, delta()).unwrap();
            prop_assert!((penalty.value / naive(&m, &log_s, log_l) - 1.0).abs() < 1e-12);
            let h = 1e-5;
            let moved = |x: &[f64; 3], i: usize, h: f64| { let mut x = *x; x[i] += h; x };
            let close = |difference: f64, derivative: f64| (difference / (2.0 * h) - derivative).abs() < 1e-7 * (1.0 + derivative.abs());
            for i in 0..3 {
                let by_mean = naive(&moved(&m, i, h), &log_s, log_l) - naive(&moved(&m, i, -h), &log_s, log_l);
                prop_assert!(close(by_mean, penalty.posterior.means[i]));
                let by_log = naive(&m, &moved(&log_s, i, h), log_l) - naive(&m, &moved(&log_s, i, -h), log_l);
                prop_assert!(close(by_log, penalty.posterior.log_deviations[i]));
            }
            let by_scale = naive(&m, &log_s, log_l + h) - naive(&m, &log_s, log_l - h);
            prop_assert!(close(by_scale, penalty.log_deviation), "{by_scale} {}", penalty.log_deviation);
        }

        #[test]
        fn the_surrogate_is_above_the_error_and_its_slope_is_a_difference(margin in -40.0..40.0f64) {
            let (value, slope) = surrogate(margin);
            prop_assert!(value >= f64::from(u8::from(margin <= 0.0)));
            let difference = (surrogate(margin + 1e-6).0 - surrogate(margin - 1e-6).0) / 2e-6;
            prop_assert!((difference - slope).abs() < 1e-7);
        }

        /// The nearest prior is one of the grid's neighbours of the deviation.
        #[test]
        fn deviations_snap_to_the_grid(log_l in -3.0..1.0f64) {
            let j = grid().nearest(log_l).unwrap();
            prop_assert!(j >= 1);
            prop_assert!((-(j as f64) / 200.0 - log_l).abs() <= 0.0025 + 1e-12 || (j == 1 && log_l > -0.0075));
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform5(any::<u64>()), j in any::<u64>(), n in any::<u64>()) {
            let [mean, deviation, largest, steps, delta] = bits.map(f64::from_bits);
            let (Ok(posterior), Ok(grid), Ok(split)) = (
                DiagonalGaussian::new(vec![mean], vec![deviation]),
                PriorGrid::new(vec![0.0], largest, steps),
                Split::unseen(n),
            ) else { return Ok(()) };
            let gibbs = GibbsRisk::exact(0.1).unwrap();
            if let Ok(theorem) = DziugaiteRoy::new(gibbs, &posterior, &grid, j, split, delta, Moment::TwoRoots) {
                prop_assert!(theorem.evaluate().value() >= 0.1);
            }
            let _ = grid.nearest(mean);
            let _ = Penalty::new(&posterior, &grid, deviation, split, Confidence::new(0.1).unwrap());
        }
    }

    /// At the prior's own number the bound is Maurer's with a part of the failure probability.
    #[test]
    fn it_is_maurers_bound_with_its_share_of_delta() {
        let posterior = DiagonalGaussian::new(vec![0.4, 0.1, -0.5], vec![0.2, 0.3, 0.1]).unwrap();
        let (grid, split) = (grid(), Split::of_counts(2000, 600, 1400).unwrap());
        for j in [1, 2, 241, 1000] {
            let gibbs = GibbsRisk::exact(0.02).unwrap();
            let theorem =
                DziugaiteRoy::new(gibbs.clone(), &posterior, &grid, j, split, 0.025, Moment::TwoRoots);
            let bound = theorem.unwrap().evaluate();
            let share = 0.025 * 6.0 / (std::f64::consts::PI * j as f64).powi(2);
            let kl = posterior.divergence(&grid.prior(j).unwrap()).unwrap().get();
            let maurer = Maurer::new(gibbs, kl, split, share, Moment::TwoRoots).unwrap().evaluate();
            assert!((bound.value() / maurer.value() - 1.0).abs() < 1e-12);
            let expense = bound.ledger().expenses()[0];
            assert!(expense.each() <= share * (1.0 + 1e-15) && expense.each() > share * (1.0 - 1e-14));
            assert_eq!(expense.delta, 0.025);
        }
        // The parts of all priors together are the whole.
        let parts: f64 = (1..100_000).map(|j| (-union_nats(j)).exp()).sum();
        assert!(parts < 1.0 && parts > 0.9999);
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let posterior = DiagonalGaussian::new(vec![0.0; 3], vec![1.0; 3]).unwrap();
        let new = |j, delta, gibbs: GibbsRisk| {
            DziugaiteRoy::new(gibbs, &posterior, &grid(), j, Split::unseen(100).unwrap(), delta, Moment::Exact)
        };
        let exact = || GibbsRisk::exact(0.1).unwrap();
        assert_eq!(new(0, 0.05, exact()).unwrap_err(), Violation::PriorNumber(0));
        assert_eq!(new(u64::MAX, 0.05, exact()).unwrap_err(), Violation::Scale(0.0));
        assert!(new(1, 1.5, exact()).is_err());
        let draws = EmpiricalBernstein::of_draws(&[0.1; 10], 0.6).unwrap();
        assert!(matches!(new(1, 0.5, GibbsRisk::certified(&draws)).unwrap_err(), Violation::Overspent(_)));
        assert!(PriorGrid::new(vec![], 1.0, 1.0).is_err() && PriorGrid::new(vec![0.0], f64::NAN, 1.0).is_err());
        assert!(grid().nearest(f64::NAN).is_err());
        let other = PriorGrid::new(vec![0.0; 2], 1.0, 1.0).unwrap();
        let split = Split::unseen(100).unwrap();
        assert!(DziugaiteRoy::new(exact(), &posterior, &other, 1, split, 0.05, Moment::Exact).is_err());
    }
}
