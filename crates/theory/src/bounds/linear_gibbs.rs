//! The PAC-Bayes bound of a linear classifier with normal noise, whose Gibbs risk needs no draws.

use saddlepoint_rigor::{Down, IntervalVector, Rounding, Up};

use super::certificate::Certificate;
use super::hypothesis::{Violation, count, require_scale};
use super::kl_inverse::upper_inverse;
use super::pac_bayes::{GibbsRisk, Hypotheses, Moment};
use super::split::Split;
use crate::quantity::Divergence;

/// The risk of the classifier `x ↦ sign(w·x)` with random `w`, normal with unit covariance around `μ ŵ`, at the best
/// length `μ` of a grid that was fixed before the data; the prior is the same around 0. Each of the `m` lengths holds
/// with failure probability `δ/m`.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::linear_gibbs::{LinearGibbs, normalized_margin};
/// use saddlepoint_theory::bounds::pac_bayes::Moment;
///
/// let margin = normalized_margin(&[2.0, 0.0], &[3.0, 4.0], true)?;
/// assert!(margin <= 0.6 && margin > 0.6 - 1e-15);
/// let bound = LinearGibbs::new(&[margin; 500], &[1.0, 2.0, 4.0, 8.0], 0.05, Moment::TwoRoots)?.evaluate();
/// assert!(bound.value() < 0.08);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LinearGibbs {
    first: Hypotheses,
    others: Vec<Hypotheses>,
    moment: Moment,
}

impl LinearGibbs {
    /// The normalized margins `y ŵ·x/‖x‖` of all observations (rounded down, if they had to be rounded), and the
    /// lengths `μ`.
    ///
    /// # Errors
    /// When there is no observation, a margin is not in `[−1, 1]`, the grid is empty, a length is not positive and
    /// finite, or `delta` is not in `(0, 1)`.
    pub fn new(margins: &[f64], lengths: &[f64], delta: f64, moment: Moment) -> Result<Self, Violation> {
        if let Some(&margin) = margins.iter().find(|margin| !(-1.0..=1.0).contains(*margin)) {
            return Err(Violation::NormalizedMargin(margin));
        }
        let split = Split::unseen(margins.len() as u64)?;
        let at = |&length: &f64| {
            let length = require_scale(length)?;
            let risk = GibbsRisk::exact(gibbs_error(margins, length))?;
            Hypotheses::new(risk, Up::mul(length, length) / 2.0, split, delta)
        };
        let Some((first, others)) = lengths.split_first() else { return Err(Violation::EmptyGrid) };
        Ok(Self { first: at(first)?, others: others.iter().map(at).collect::<Result<_, _>>()?, moment })
    }

    /// The bound.
    ///
    /// # Formula
    /// The smallest `kl⁻¹(q(μ), (μ²/2 + ln(ξ(n)m/δ)) / n)` with `q(μ) = mean of Φ(−μ y ŵ·x/‖x‖)`
    ///
    /// # Reference
    /// Langford, Shawe-Taylor, PAC-Bayes & margins, NeurIPS 2002: the margin theorem for stochastic classifiers, and a union bound.
    pub fn evaluate(&self) -> Certificate {
        let size = 1 + self.others.len() as u64;
        let at = |hypotheses: &Hypotheses| {
            let [divergence, confidence] = hypotheses.logarithms();
            let union = ("grid", Up::ln(count::<Up>(size)));
            let logarithms = [divergence, confidence, union, hypotheses.moment(self.moment)];
            let bound = |risk, budget| upper_inverse(risk, Divergence::saturated(budget)).get();
            hypotheses.certificate("Langford-Shawe-Taylor", hypotheses.expense(size), &logarithms, bound)
        };
        self.others.iter().map(at).fold(at(&self.first), Certificate::or_smaller)
    }
}

/// The observed Gibbs risk at a length, rounded up: the mean of `Φ(−length · margin)`.
fn gibbs_error(margins: &[f64], length: f64) -> f64 {
    let sum = margins.iter().fold(0.0, |sum, &margin| Up::add(sum, normal_tail(Down::mul(length, margin))));
    Up::div(sum, count::<Down>(margins.len() as u64)).min(1.0)
}

/// `P(Z > z)` for a standard normal `Z`, rounded up.
fn normal_tail(z: f64) -> f64 {
    // The `erfc` of the `libm` crate descends from FreeBSD's, whose relative error is below one unit in the last
    // place: four such units are room enough.
    let root = Up::sqrt(2.0);
    let argument = if z >= 0.0 { Down::div(z, root) } else { Down::div(z, Down::sqrt(2.0)) };
    let tail = Up::mul(libm::erfc(argument), 1.0 + 4.0 * f64::EPSILON);
    (tail / 2.0).next_up().min(1.0)
}

/// `y ŵ·x/(‖ŵ‖‖x‖)`, rounded down; `positive` is whether the label `y` is 1.
///
/// # Errors
/// When the vectors do not have the same number of finite entries, or the norm of one cannot be told from 0.
pub fn normalized_margin(w: &[f64], x: &[f64], positive: bool) -> Result<f64, Violation> {
    super::hypothesis::require_finite(w, w.len())?;
    super::hypothesis::require_finite(x, w.len())?;
    let (w, x) = (IntervalVector::new(w.to_vec())?, IntervalVector::new(x.to_vec())?);
    let dot = w.dot(&x)?;
    let product = w.norm() * x.norm();
    let cosine = dot.checked_div(product).map_err(|_| Violation::Scale(product.low()))?;
    Ok(if positive { cosine.low() } else { -cosine.high() }.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quantity::QuantityError;

    /// 20-digit values of mpmath.
    #[test]
    fn normal_tails_are_rounded_up() {
        for (z, tail) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457_05),
            (-2.0, 0.977_249_868_051_820_8),
            (5.0, 2.866_515_718_791_939e-7),
            (20.0, 2.753_624_118_606_233e-89),
        ] {
            let found = normal_tail(z);
            assert!(
                found >= tail * (1.0 - 1e-16) && found <= tail * (1.0 + 1e-14 * (1.0 + z * z)),
                "{z}: {found}"
            );
        }
        assert_eq!((normal_tail(-40.0), normal_tail(1e300) < 1e-300), (1.0, true));
    }

    /// What `normal_tail` takes for granted, by 700-digit references (tests/reference/elementary.py).
    #[test]
    fn the_complementary_error_function_is_within_four_units() {
        let float = |text: &str| f64::from_bits(u64::from_str_radix(text, 16).unwrap());
        let rows = include_str!("../../../../tests/reference/elementary.csv").lines();
        let rows: Vec<_> = rows.filter(|row| row.starts_with("erfc,")).collect();
        assert!(rows.len() > 100, "{} references", rows.len());
        for row in rows {
            let fields: Vec<f64> = row.split(',').skip(1).map(float).collect();
            let found = libm::erfc(fields[0]);
            let (below, above) = (found * (1.0 - 4.0 * f64::EPSILON), found * (1.0 + 4.0 * f64::EPSILON));
            assert!(below <= fields[1] && fields[2] <= above, "{row}: {found:e}");
        }
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let refused = |margins: &[f64], lengths: &[f64], delta| {
            LinearGibbs::new(margins, lengths, delta, Moment::Exact).unwrap_err()
        };
        assert_eq!(refused(&[0.1, 1.5], &[1.0], 0.05), Violation::NormalizedMargin(1.5));
        assert!(matches!(refused(&[f64::NAN], &[1.0], 0.05), Violation::NormalizedMargin(_)));
        assert_eq!(refused(&[], &[1.0], 0.05), QuantityError::EmptySample.into());
        assert_eq!(refused(&[0.1], &[], 0.05), Violation::EmptyGrid);
        assert_eq!(refused(&[0.1], &[1.0, -1.0], 0.05), Violation::Scale(-1.0));
        assert_eq!(refused(&[0.1], &[1.0], 0.0), QuantityError::Confidence(0.0).into());
        assert!(normalized_margin(&[0.0, 0.0], &[1.0, 1.0], true).is_err());
        assert!(normalized_margin(&[1.0], &[1.0, 1.0], true).is_err());
        assert!(normalized_margin(&[f64::NAN], &[1.0], true).is_err());
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform4(any::<u64>())) {
            let [margin, length, delta, x] = bits.map(f64::from_bits);
            let lengths = [length, 1.0];
            if let Ok(theorem) = LinearGibbs::new(&[margin, 0.5], &lengths, delta, Moment::TwoRoots) {
                prop_assert!(theorem.evaluate().value() >= 0.0);
            }
            if let Ok(cosine) = normalized_margin(&[length, 1.0], &[x, margin], true) {
                prop_assert!((-1.0..=1.0).contains(&cosine));
            }
        }

        #[test]
        fn more_lengths_cost_their_union(margins in prop::collection::vec(-0.2..1.0f64, 50..200)) {
            let value = |lengths: &[f64]| LinearGibbs::new(&margins, lengths, 0.05, Moment::TwoRoots).unwrap().evaluate().value();
            let (one, two) = (value(&[3.0]), value(&[3.0, 3.0]));
            prop_assert!(two >= one && value(&[1.0, 3.0]) <= two);
        }
    }
}
