//! How far from a minimum noise keeps gradient descent.

use saddlepoint_rigor::Interval;

use super::{OptimizationError, StableStep, at_most, positive};

/// The mean square distance from the minimum of a quadratic at which noisy gradient descent settles.
///
/// # Formula
/// For $x_{k+1} = x_k - \eta(Hx_k + n_k)$ with independent isotropic noise, $\mathbb E n = 0$ and
/// $\mathbb E nn^\top = (r^2/d) I$, each eigendirection is an autoregression of order one, so
/// $$\lim_{k\to\infty}\mathbb E\lVert x_k\rVert^2 = \frac{\eta r^2}d\sum_{i=1}^d\frac1{\lambda_i(2 - \eta\lambda_i)}.$$
/// The distance is of order $r\sqrt\eta$ for small steps, which is the order in the theorem of Ge et al.; near a minimum
/// of any smooth function it is this number to first order.
///
/// # Reference
/// Ge, Huang, Jin and Yuan, *Escaping from saddle points: online stochastic gradient for tensor decomposition* (2015),
/// theorem 6, for the order $\sqrt\eta$; the constant is the variance of an autoregression.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::{Smoothness, StableStep, StationaryNoise};
///
/// let step = StableStep::new(0.5, Smoothness::new(2.0)?)?;
/// let settled = StationaryNoise::new(&[1.0, 2.0], step, 1.0)?;
/// assert!(settled.mean_square().contains(0.25 * (1.0 / 1.5 + 0.5)));
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StationaryNoise {
    mean_square: Interval,
}

impl StationaryNoise {
    /// The distance for a Hessian with these eigenvalues, a stable step size, and noise of root mean square length
    /// `radius`.
    ///
    /// # Errors
    /// When there is no eigenvalue; when one is not finite and positive or above the smoothness for which the step is
    /// stable: there is no stationary distribution then.
    pub fn new(eigenvalues: &[f64], step: StableStep, radius: f64) -> Result<Self, OptimizationError> {
        positive("the number of eigenvalues", eigenvalues.len() as f64)?;
        positive("the radius of the noise", radius)?;
        for &value in eigenvalues {
            positive("an eigenvalue", value)?;
            at_most("an eigenvalue", value, step.smoothness().get())?;
        }
        let enclose = || {
            let [step, radius, count] = [step.get(), radius, eigenvalues.len() as f64].map(Interval::point);
            let (step, two) = (step?, Interval::point(2.0)?);
            let terms = eigenvalues.iter().map(|&value| {
                let value = Interval::point(value)?;
                Interval::point(1.0)?.checked_div(value * (two - step * value))
            });
            let sum = terms.reduce(|sum, term| Ok(sum? + term?)).unwrap_or(Interval::point(0.0))?;
            (step * radius?.square()).checked_div(count?).map(|factor| factor * sum)
        };
        let mean_square = enclose().map_err(|_| OptimizationError::NotPositive {
            what: "the stability margin 2 − ηλ",
            value: 2.0 - step.get() * step.smoothness().get(),
        })?;
        Ok(Self { mean_square })
    }

    /// The mean square distance, enclosed.
    pub fn mean_square(&self) -> Interval {
        self.mean_square
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimization::Smoothness;
    use proptest::prelude::*;

    proptest! {
        /// The mean square is a fixed point of `m ← (1 − ηλ)² m + η²r²/d` in each direction.
        #[test]
        fn it_is_stationary(lambda in 0.1f64..5.0, share in 0.01f64..1.99, radius in 0.1f64..10.0) {
            let step = StableStep::new(share / lambda, Smoothness::new(lambda).unwrap()).unwrap();
            let m = StationaryNoise::new(&[lambda], step, radius).unwrap().mean_square().midpoint();
            let (eta, factor) = (step.get(), 1.0 - share);
            let next = factor * factor * m + eta * eta * radius * radius;
            prop_assert!((next / m - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn hypotheses_are_needed() {
        let step = StableStep::new(0.5, Smoothness::new(2.0).unwrap()).unwrap();
        for eigenvalues in [&[][..], &[0.0], &[-1.0], &[f64::NAN], &[1.0, 3.0]] {
            assert!(StationaryNoise::new(eigenvalues, step, 1.0).is_err(), "{eigenvalues:?}");
        }
        assert!(StationaryNoise::new(&[1.0], step, 0.0).is_err());
    }
}
