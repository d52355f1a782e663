//! How long gradient descent lingers at a strict saddle.

use saddlepoint_rigor::{Interval, IntervalError};

use super::{OptimizationError, positive};

/// Gradient descent along an eigenvector of negative curvature of a quadratic.
///
/// # Formula
/// On $f(y) = -\tfrac\gamma2 y^2$ a step of size $\eta$ multiplies $y$ by $1 + \eta\gamma$, so from $y_0$ the radius $R$
/// is reached after
/// $$\frac{\ln(R/y_0)}{\ln(1+\eta\gamma)}$$
/// steps. On a function that is quadratic only near the saddle the count differs by a number that does not depend on
/// $y_0$: the time is logarithmic in $1/y_0$, and infinite on the stable manifold $y_0 = 0$.
///
/// # Reference
/// Lee, Simchowitz, Jordan and Recht, *Gradient descent only converges to minimizers* (2016), section 3.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::LinearEscape;
///
/// let steps = LinearEscape::new(1.0, 1.0)?.steps(0.125, 1.0)?;
/// assert!(steps.contains(3.0));
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearEscape {
    step: f64,
    curvature: f64,
}

impl LinearEscape {
    /// Escape with step size `η` along curvature `−γ`; `curvature` is `γ`.
    ///
    /// # Errors
    /// When a number is not finite and positive.
    pub fn new(step: f64, curvature: f64) -> Result<Self, OptimizationError> {
        Ok(Self {
            step: positive("the step size η", step)?,
            curvature: positive("the negative curvature γ", curvature)?,
        })
    }

    /// The number of steps from distance `start` to distance `radius`, enclosed; it need not be whole.
    ///
    /// # Errors
    /// When `start` is not positive (on the stable manifold there is no escape) or not below `radius`.
    pub fn steps(&self, start: f64, radius: f64) -> Result<Interval, OptimizationError> {
        positive("the start y₀", start)?;
        positive("the radius", radius)?;
        if start >= radius {
            return Err(OptimizationError::AlreadyOut { start, radius });
        }
        let quotient = || -> Result<Interval, IntervalError> {
            let distance = Interval::point(radius)?.checked_div(Interval::point(start)?)?.ln()?;
            let growth = (Interval::point(self.step)? * Interval::point(self.curvature)?).ln_1p()?;
            distance.checked_div(growth)
        };
        quotient().map_err(|_| OptimizationError::NotPositive {
            what: "the growth rate ln(1 + ηγ)",
            value: (self.step * self.curvature).ln_1p(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_counts_the_steps_of_the_iteration(step in 0.01f64..0.5, curvature in 0.1f64..2.0, exponent in -30i32..-1) {
            let start = 10f64.powi(exponent);
            let expected = LinearEscape::new(step, curvature).unwrap().steps(start, 1.0).unwrap();
            let (mut y, mut count) = (start, 0.0);
            while y < 1.0 {
                y *= 1.0 + step * curvature;
                count += 1.0;
            }
            prop_assert!(count >= expected.low() - 1e-6 && count <= expected.high() + 1.0 + 1e-6);
        }
    }

    #[test]
    fn there_is_no_escape_from_the_stable_manifold() {
        let escape = LinearEscape::new(0.1, 1.0).unwrap();
        assert!(matches!(escape.steps(0.0, 1.0), Err(OptimizationError::NotPositive { .. })));
        assert!(matches!(escape.steps(1.0, 0.5), Err(OptimizationError::AlreadyOut { .. })));
        assert!(LinearEscape::new(f64::NAN, 1.0).is_err());
    }
}
