//! Margin bounds of real predictors by one norm, which the data chose.

use saddlepoint_rigor::{Interval, Rounding, Up};

use super::certificate::Certificate;
use super::grid;
use super::hypothesis::Violation;
use super::rademacher;
use crate::capacity::margins::Margins;
use crate::quantity::{Confidence, Margin, Risk, SampleSize};

/// The misclassification risk of a real predictor `f`, labels `±1`, from its norm and its margins on the sample.
///
/// The norm is any number with `N(cf) = c N(f)` for `c > 0` such that the functions with `N ≤ 1` have an empirical
/// Rademacher complexity of at most `u` on this very sample. Only the quotient `N(f)/γ` is chosen by the data, for
/// `f/γ` has margin 1 where `f` has `γ`: one grid pays for both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormMargin {
    theorem: &'static str,
    observed: Risk,
    ratio: Interval,
    unit: f64,
    n: SampleSize,
    delta: Confidence,
}

impl NormMargin {
    /// A predictor of this norm and these margins, of a class whose unit ball has the complexity `unit` on the
    /// sample (rounded up).
    ///
    /// # Errors
    /// When the margins are not those of one output, the norm or `unit` is negative or NaN, `gamma` is not positive and finite, or
    /// `delta` is not in `(0, 1)`.
    pub fn new(
        theorem: &'static str,
        norm: Interval,
        unit: f64,
        margins: &Margins,
        gamma: f64,
        delta: f64,
    ) -> Result<Self, Violation> {
        super::network::require_outputs(1, margins.outputs())?;
        for number in [unit, norm.high()] {
            if number.is_nan() || number < 0.0 {
                return Err(Violation::Radius(number));
            }
        }
        let (gamma, delta) = (Margin::new(gamma)?, Confidence::new(delta)?);
        let n = SampleSize::new(margins.count() as u64)?;
        let divisor = Interval::between(gamma.get(), gamma.get());
        let ratio = norm.checked_div(divisor).unwrap_or(Interval::between(0.0, f64::INFINITY));
        Ok(Self { theorem, observed: margins.loss(gamma), ratio, unit, n, delta })
    }

    /// The bound.
    ///
    /// # Formula
    /// `L̂_γ(f) + 2 r u + 3 √((ln(2/δ) + ln(π coth π (1 + k²))) / 2n)` with `r = 2^(k/8)`, the quotient `N(f)/γ` rounded up
    /// to the grid
    ///
    /// # Reference
    /// Koltchinskii and Panchenko, Empirical margin distributions, Annals of Statistics 30, 2002, theorem 2, with
    /// the [grid] of this crate; Kakade, Sridharan, Tewari, On the complexity of linear prediction, NIPS
    /// 2008, corollary 5.
    pub fn evaluate(&self) -> Certificate {
        let point = grid::round_up(self.ratio);
        let complexity = if self.unit == 0.0 { 0.0 } else { Up::mul(point.value, self.unit) };
        let complexities = [("norm over margin", complexity)];
        let observed = ("margin loss", self.observed);
        rademacher::certificate(self.theorem, observed, &complexities, Some(point.nats), self.n, self.delta)
    }
}
