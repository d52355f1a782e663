//! How small gradient descent makes the gradient: `O(β/ε²)` steps, with the constants.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::{Gap, OptimizationError, Smoothness, StableStep, positive};

/// Upper bounds of the smallest squared gradient norm that gradient descent meets on a β-smooth function.
///
/// # Formula
/// With $\Delta \ge f(x_0) - \inf f$ and step size $1/\beta$,
/// $$\min_{0\le k<T}\lVert\nabla f(x_k)\rVert^2 \le \frac{2\beta\Delta}{T}\quad\text{(classic)},\qquad
/// \min_{0\le k\le N}\lVert\nabla f(x_k)\rVert^2 \le \frac{4\beta\Delta}{3N+2}\quad\text{(tight)},$$
/// and with any step size $\eta < 2/\beta$
/// $$\min_{0\le k<T}\lVert\nabla f(x_k)\rVert^2 \le \frac{\Delta}{\eta(1-\beta\eta/2)\,T}.$$
/// The form with $N + 1$ in the denominator that is often quoted beside the classic one is the same statement with
/// $T = N + 1$. The tight bound is attained by a function whose gradient is a saw tooth.
///
/// # Reference
/// Nesterov, *Introductory Lectures on Convex Optimization* (2004), section 1.2.3; Abbaszadehpeivasti, de Klerk and
/// Zamani, *The exact worst-case convergence rate of the gradient method with fixed step lengths for L-smooth
/// functions* (2021).
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::{CriticalRate, Gap, Smoothness};
///
/// let rate = CriticalRate::new(Smoothness::new(1.0)?, Gap::new(8.0)?);
/// assert_eq!(rate.tight(10), 1.0);
/// assert!((rate.classic(11)? - 1.4545454545).abs() < 1e-10);
/// assert_eq!(rate.steps_to(0.5)?, 64.0);
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CriticalRate {
    smoothness: Smoothness,
    gap: Gap,
}

impl CriticalRate {
    /// The rate for a smoothness and an initial gap.
    pub fn new(smoothness: Smoothness, gap: Gap) -> Self {
        Self { smoothness, gap }
    }

    /// The classic bound over the first `gradients` gradients, the one at the start included; step size `1/β`.
    ///
    /// # Errors
    /// When `gradients` is 0.
    pub fn classic(&self, gradients: u64) -> Result<f64, OptimizationError> {
        Ok(self.bound(2.0, at_least_one(gradients)?))
    }

    /// The tight bound over the start and the `steps` iterates after it; step size `1/β`.
    pub fn tight(&self, steps: u64) -> f64 {
        self.bound(4.0, 3.0 * steps as f64 + 2.0)
    }

    /// The bound over the first `gradients` gradients for any stable step size.
    ///
    /// # Errors
    /// When `gradients` is 0, when the step is stable for another smoothness only, or when its guaranteed gain is
    /// rounded to nothing.
    pub fn with_step(&self, step: StableStep, gradients: u64) -> Result<f64, OptimizationError> {
        if step.smoothness() < self.smoothness {
            return Err(OptimizationError::StepTooLong { step: step.get(), smoothness: self.smoothness.get() });
        }
        let gain = positive("the guaranteed gain η(1 − βη/2)", step.gain())?;
        Ok(Up::div(Up::div(self.gap.get(), gain), at_least_one(gradients)?))
    }

    /// Number of gradients after which one is guaranteed not to be longer than `epsilon`: `⌈2βΔ/ε²⌉`.
    ///
    /// # Errors
    /// When `epsilon` is not finite and positive.
    pub fn steps_to(&self, epsilon: f64) -> Result<f64, OptimizationError> {
        positive("the length ε", epsilon)?;
        Ok(self.bound(2.0, Down::mul(epsilon, epsilon)).ceil().max(1.0))
    }

    /// `factor · βΔ / denominator`, rounded up.
    fn bound(&self, factor: f64, denominator: f64) -> f64 {
        Up::div(Up::mul(factor, Up::mul(self.smoothness.get(), self.gap.get())), denominator)
    }
}

/// A count as a number: exact up to 2⁵³, and no run is longer.
fn at_least_one(gradients: u64) -> Result<f64, OptimizationError> {
    if gradients == 0 { Err(OptimizationError::NoGradients) } else { Ok(gradients as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(beta: f64, gap: f64) -> CriticalRate {
        CriticalRate::new(Smoothness::new(beta).unwrap(), Gap::new(gap).unwrap())
    }

    proptest! {
        #[test]
        fn the_tight_bound_is_never_above_the_classic_one(beta in 0.1f64..10.0, gap in 0.0f64..10.0, n in 0u64..1000) {
            let rate = rate(beta, gap);
            prop_assert!(rate.tight(n) <= rate.classic(n + 1).unwrap() * (1.0 + 1e-15));
        }

        #[test]
        fn the_inverse_smoothness_is_the_best_step(beta in 0.1f64..10.0, share in 0.01f64..1.99, n in 1u64..100) {
            let rate = rate(beta, 3.0);
            let step = StableStep::new(share / beta, Smoothness::new(beta).unwrap()).unwrap();
            let bound = rate.with_step(step, n).unwrap();
            prop_assert!(bound >= rate.classic(n).unwrap() * (1.0 - 1e-15));
        }

        #[test]
        fn after_the_promised_steps_the_bound_is_met(beta in 0.1f64..10.0, gap in 0.1f64..10.0, epsilon in 1e-2f64..1.0) {
            let rate = rate(beta, gap);
            let steps = rate.steps_to(epsilon).unwrap() as u64;
            prop_assert!(rate.classic(steps).unwrap() <= epsilon * epsilon * (1.0 + 1e-15));
        }
    }

    #[test]
    fn the_catalogues_values() {
        assert_eq!(rate(1.0, 1.25).tight(1), 1.0);
        assert_eq!(rate(1.0, 8.0).tight(10), 1.0);
        assert!((rate(1.0, 8.0).classic(11).unwrap() - 1.4545454545).abs() < 1e-10);
    }

    #[test]
    fn bad_input_is_refused() {
        let rate = rate(2.0, 1.0);
        assert_eq!(rate.classic(0), Err(OptimizationError::NoGradients));
        assert!(rate.steps_to(f64::NAN).is_err());
        let lenient = StableStep::new(1.5, Smoothness::new(1.0).unwrap()).unwrap();
        assert!(matches!(rate.with_step(lenient, 1), Err(OptimizationError::StepTooLong { .. })));
    }
}
