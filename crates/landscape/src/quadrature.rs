//! Expectations under a standard normal variable, by a rule that converges exponentially.

/// The trapezoidal rule on the real line with the standard normal density as weight.
///
/// # Formula
/// $$\mathbb E f(Z) \approx h\sum_{k} \varphi(kh) f(kh),\qquad |kh| \le r,$$
/// where $\varphi$ is the normal density. If $f$ is analytic and bounded by $M$ in the strip $|\operatorname{Im} x| \le b$,
/// the untruncated sum is off by at most
/// $$\frac{2M\,e^{b^2/2}}{e^{2\pi b/h} - 1}.$$
/// The step is chosen so that this is $2M e^{-46}$: below the rounding of f64 even where $M$ is some hundreds, near poles. Gauss and Hermite's nodes, the usual
/// choice, need many more for an integrand with poles near the real axis: sigmoids of long weight vectors.
///
/// # Reference
/// Trefethen and Weideman, *The exponentially convergent trapezoidal rule* (2014), theorem 5.1.
///
/// # Example
/// The sigmoid has its nearest poles at `±πi`.
/// ```
/// use saddlepoint_landscape::quadrature::NormalRule;
///
/// let rule = NormalRule::new(std::f64::consts::PI)?;
/// assert!(rule.nodes().len() < 60);
/// let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
/// assert!((rule.expectation(sigmoid) - 0.5).abs() < 1e-15);
/// assert!((rule.expectation(|x| x * sigmoid(x)) - 0.20662096414190704).abs() < 1e-15);
/// # Ok::<(), saddlepoint_landscape::quadrature::QuadratureError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NormalRule {
    /// Abscissa and weight.
    nodes: Vec<(f64, f64)>,
}

/// Beyond nine standard deviations the density is below `1e-18`.
const REACH: f64 = 9.0;

/// More nodes than this are refused.
const MOST_NODES: f64 = 1e6;

impl NormalRule {
    /// The rule for integrands whose nearest singularity is at the distance `strip` from the real line.
    ///
    /// # Errors
    /// When `strip` is not positive, or so small that the rule would need more than a million nodes.
    pub fn new(strip: f64) -> Result<Self, QuadratureError> {
        Self::within(strip, REACH)
    }

    /// The same for integrands that are negligible for `|x| > reach`: sums over all `x` need no nodes there.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and when `reach` is not positive.
    pub fn within(strip: f64, reach: f64) -> Result<Self, QuadratureError> {
        // Written so that NaN is refused; an entire integrand has an infinite strip.
        if !(strip > 0.0 && reach > 0.0) {
            return Err(QuadratureError::NotPositive { strip, reach });
        }
        // A tenth of the strip keeps the line of integration clear of the poles; beyond 5 the density grows faster along
        // the imaginary axis than a wider strip gains.
        let width = (0.9 * strip).min(5.0);
        let step = 2.0 * std::f64::consts::PI * width / (46.0 + 0.5 * width * width);
        let last = (reach.min(REACH) / step).floor();
        if 2.0 * last > MOST_NODES {
            return Err(QuadratureError::TooManyNodes { strip });
        }
        let scale = step / (2.0 * std::f64::consts::PI).sqrt();
        let last = last as i32;
        let nodes = (-last..=last).map(|k| f64::from(k) * step).map(|x| (x, scale * (-0.5 * x * x).exp()));
        Ok(Self { nodes: nodes.collect() })
    }

    /// The nodes with their weights, in increasing order.
    pub fn nodes(&self) -> &[(f64, f64)] {
        &self.nodes
    }

    /// The expectation of `f`.
    pub fn expectation(&self, mut f: impl FnMut(f64) -> f64) -> f64 {
        self.nodes.iter().map(|&(x, weight)| weight * f(x)).sum()
    }
}

/// Why there is no rule.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum QuadratureError {
    /// A length is not positive.
    #[error("the strip of analyticity and the reach must be positive, not {strip} and {reach}")]
    NotPositive {
        /// Half the width of the strip.
        strip: f64,
        /// How far the nodes shall go.
        reach: f64,
    },
    /// The singularities are too near to the real line.
    #[error("a singularity at {strip:e} from the real line asks for more than a million nodes")]
    TooManyNodes {
        /// Half the width of the strip.
        strip: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_of_the_normal_are_exact() {
        for strip in [0.1, 1.0, std::f64::consts::PI, f64::INFINITY] {
            let rule = NormalRule::new(strip).unwrap();
            for (power, moment) in [(0, 1.0), (1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0)] {
                let found = rule.expectation(|x| x.powi(power));
                assert!((found - moment).abs() < 1e-14 * moment.max(1.0), "{strip} {power}: {found}");
            }
        }
    }

    proptest! {
        /// `E cos(tZ) = e^{−t²/2}`: an oracle at every frequency that matters.
        #[test]
        fn the_characteristic_function_is_a_gaussian(t in 0.0f64..5.0) {
            let rule = NormalRule::new(3.0).unwrap();
            prop_assert!((rule.expectation(|x| (t * x).cos()) - (-0.5 * t * t).exp()).abs() < 1e-14);
        }

        /// `E 1/(1 + Z²/a²)` has its poles at `±ai`; a rule made for half the strip is a second opinion.
        #[test]
        fn poles_at_the_border_of_the_strip_are_allowed(exponent in -5.0f64..2.0) {
            let a = exponent.exp();
            let at = |strip| NormalRule::new(strip).unwrap().expectation(|x| 1.0 / (1.0 + (x / a).powi(2)));
            prop_assert!((at(a) / at(0.5 * a) - 1.0).abs() < 1e-13);
        }

        #[test]
        fn any_bits_are_refused_or_make_a_rule(strip in any::<u64>(), reach in any::<u64>()) {
            if let Ok(rule) = NormalRule::within(f64::from_bits(strip), f64::from_bits(reach)) {
                prop_assert!(rule.nodes().iter().all(|(x, weight)| x.is_finite() && weight.is_finite()));
                prop_assert!(rule.nodes().len() <= 1_000_001);
            }
        }
    }

    #[test]
    fn teeth_a_strip_that_is_not_there_costs_digits() {
        let a = 0.3;
        let at = |strip| NormalRule::new(strip).unwrap().expectation(|x| 1.0 / (1.0 + (x / a).powi(2)));
        assert!((at(4.0 * a) / at(a) - 1.0).abs() > 1e-6);
    }

    #[test]
    fn bad_strips_are_refused() {
        for strip in [0.0, -1.0, f64::NAN] {
            assert!(matches!(NormalRule::new(strip), Err(QuadratureError::NotPositive { .. })));
        }
        assert!(matches!(NormalRule::new(1e-9), Err(QuadratureError::TooManyNodes { .. })));
        assert!(NormalRule::within(1e-9, 1e-8).is_ok());
    }
}
