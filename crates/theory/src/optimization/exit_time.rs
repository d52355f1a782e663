//! How much longer each saddle of the octopus holds gradient descent than the one before.

use saddlepoint_rigor::{Interval, IntervalError};

use super::{OptimizationError, at_most, positive};

/// The ratio of successive exit times on the octopus.
///
/// # Formula
/// While one coordinate leaves, the next shrinks by $1 - 2\eta L$ a step, and then has to grow back by $1 + 2\eta\gamma$ a
/// step. So the times $T_k$ at which coordinate $k$ has left satisfy
/// $$\frac{T_{k+1}}{T_k} \longrightarrow \kappa(\eta) = 1 + \frac{-\ln(1 - 2\eta L)}{\ln(1 + 2\eta\gamma)},\qquad
/// \kappa(\eta) \ge \lim_{\eta\to0}\kappa = 1 + \frac L\gamma \ge 2:$$
/// exponential time in the number of saddles, for every step size.
///
/// # Reference
/// Du, Jin, Lee, Jordan, Póczos and Singh, *Gradient descent can take exponential time to escape saddle points* (2017),
/// whose proof of theorem 4.1 bounds the ratio from below by $1 + L/\gamma$; the limit is derived here.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::ExitTimeRatio;
///
/// let ratio = ExitTimeRatio::new(0.25, 1.0, 1.0)?;
/// assert!((ratio.kappa().midpoint() - 2.709511291351455).abs() < 1e-14);
/// assert!(ratio.infimum().contains(2.0));
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExitTimeRatio {
    kappa: Interval,
    infimum: Interval,
}

impl ExitTimeRatio {
    /// The ratio for step size `η`, attraction `L` and repulsion `γ`.
    ///
    /// # Errors
    /// When a number is not finite and positive, when `γ > L`, or when `η < 1/(2L)` cannot be guaranteed.
    pub fn new(step: f64, attraction: f64, repulsion: f64) -> Result<Self, OptimizationError> {
        positive("the step size η", step)?;
        positive("the attraction L", attraction)?;
        positive("the repulsion γ", repulsion)?;
        at_most("the repulsion γ", repulsion, attraction)?;
        let enclose = || -> Result<Self, IntervalError> {
            let two_step = Interval::point(step)?.scaled_by_power_of_two(1);
            let (l, gamma) = (Interval::point(attraction)?, Interval::point(repulsion)?);
            let one = Interval::point(1.0)?;
            let decay = -(-(two_step * l)).ln_1p()?;
            let kappa = one + decay.checked_div((two_step * gamma).ln_1p()?)?;
            Ok(Self { kappa, infimum: one + l.checked_div(gamma)? })
        };
        enclose().map_err(|_| OptimizationError::StepTooLong { step, smoothness: 4.0 * attraction })
    }

    /// `κ(η)`, enclosed.
    pub fn kappa(&self) -> Interval {
        self.kappa
    }

    /// `1 + L/γ`, the infimum over all step sizes, enclosed.
    pub fn infimum(&self) -> Interval {
        self.infimum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_step_size_beats_the_infimum(step in 1e-6f64..0.49, l in 1.0f64..5.0, gamma in 0.1f64..1.0) {
            let ratio = ExitTimeRatio::new(step / l, l, gamma).unwrap();
            prop_assert!(ratio.kappa().high() >= ratio.infimum().low());
            prop_assert!(ratio.kappa().width() < 1e-8 * ratio.kappa().high());
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform3(any::<u64>())) {
            let [step, l, gamma] = bits.map(f64::from_bits);
            if let Ok(ratio) = ExitTimeRatio::new(step, l, gamma) {
                prop_assert!(ratio.kappa().high() >= 2.0 && ratio.infimum().high() >= 2.0);
            }
        }
    }

    #[test]
    fn the_catalogues_values() {
        for (step, l, kappa) in [
            (0.25, 1.0, 2.709511291351455),
            (0.0625, 1.0, 2.1337064958495624),
            (0.25 / 1.5, 1.5, 3.409420839653209),
            (0.125, 2.0, 4.10628371950539),
            (0.03125, 2.0, 3.20259341210972),
        ] {
            let found = ExitTimeRatio::new(step, l, 1.0).unwrap().kappa();
            assert!((found.midpoint() - kappa).abs() < 1e-13, "{found}");
        }
    }

    #[test]
    fn hypotheses_are_needed() {
        assert!(matches!(ExitTimeRatio::new(0.5, 1.0, 1.0), Err(OptimizationError::StepTooLong { .. })));
        assert!(matches!(ExitTimeRatio::new(0.1, 1.0, 2.0), Err(OptimizationError::TooLarge { .. })));
        assert!(ExitTimeRatio::new(f64::NAN, 1.0, 1.0).is_err());
    }
}
