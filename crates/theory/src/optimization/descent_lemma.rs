//! The descent lemma: a step along the negative gradient gains at least this much.

use saddlepoint_rigor::{Down, Rounding};

use super::{OptimizationError, StableStep, positive};

/// The decrease that one step of gradient descent is guaranteed to bring.
///
/// # Formula
/// If $\lVert\nabla^2 f\rVert \le \beta$ on the segment from $x$ to $x - \eta\nabla f(x)$, then
/// $$f(x) - f\bigl(x - \eta\nabla f(x)\bigr) \ \ge\ \eta\Bigl(1 - \frac{\beta\eta}2\Bigr)\lVert\nabla f(x)\rVert^2,$$
/// at $\eta = 1/\beta$ the largest such guarantee, $\lVert\nabla f(x)\rVert^2/(2\beta)$. The bound on the Hessian must
/// hold on the whole segment: its value at $x$ does not do.
///
/// # Reference
/// Nesterov, *Introductory Lectures on Convex Optimization* (2004), section 1.2.3.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::{DescentLemma, Smoothness, StableStep};
///
/// let step = StableStep::new(0.25, Smoothness::new(4.0)?)?;
/// assert_eq!(DescentLemma::new(step, 3.0)?.decrease(), 9.0 / 8.0);
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DescentLemma {
    step: StableStep,
    gradient_norm: f64,
}

impl DescentLemma {
    /// The lemma for a step size and the norm of the gradient at the point.
    ///
    /// # Errors
    /// When the norm is not finite and positive: at a critical point there is no decrease to promise.
    pub fn new(step: StableStep, gradient_norm: f64) -> Result<Self, OptimizationError> {
        Ok(Self { step, gradient_norm: positive("the norm of the gradient", gradient_norm)? })
    }

    /// The guaranteed decrease, rounded down.
    pub fn decrease(&self) -> f64 {
        Down::mul(self.step.gain(), Down::mul(self.gradient_norm, self.gradient_norm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimization::Smoothness;
    use proptest::prelude::*;

    proptest! {
        /// On ½βx² the decrease is exactly the guarantee: the lemma is tight.
        #[test]
        fn a_parabola_attains_it(exponent in -5i32..5, step in 0.01f64..1.99, x in 0.1f64..10.0) {
            let beta = 2f64.powi(exponent);
            let eta = step / beta;
            let lemma = DescentLemma::new(
                StableStep::new(eta, Smoothness::new(beta).unwrap()).unwrap(),
                beta * x,
            ).unwrap();
            let f = |x: f64| 0.5 * beta * x * x;
            let decrease = f(x) - f(x - eta * beta * x);
            prop_assert!((decrease - lemma.decrease()).abs() <= 1e-14 * f(x));
        }
    }

    #[test]
    fn a_critical_point_is_refused() {
        let step = StableStep::new(0.5, Smoothness::new(1.0).unwrap()).unwrap();
        for norm in [0.0, f64::NAN, f64::INFINITY] {
            assert!(DescentLemma::new(step, norm).is_err());
        }
    }
}
