//! Gradient descent on a quadratic, solved: which step sizes converge, and what the loss is after so many steps.

use saddlepoint_rigor::{Interval, IntervalError};

use super::{OptimizationError, positive};
use crate::quantity::first_not_finite;

/// What becomes of gradient descent on a quadratic form from a start with no component zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stability {
    /// To a minimizer.
    Converges,
    /// The components with `ηλ = 2` change their sign for ever: period two.
    Oscillates,
    /// Some component grows without bound.
    Diverges,
}

/// Gradient descent with a constant step on $\tfrac12 x^\top Hx$, one number for each eigendirection.
///
/// # Formula
/// The component along an eigenvector is multiplied by $1 - \eta\lambda_i$ in each step, so
/// $$f(x_T) = \tfrac12\sum_i\lambda_i(1 - \eta\lambda_i)^{2T}x_i^2.$$
/// For $H \succeq 0$ descent converges from every start exactly if $\eta < 2/\lambda_{\max}$. At $\eta = 2/\lambda_{\max}$
/// the top component has period two; beyond it diverges, from every start whose top component is not zero. A negative
/// eigenvalue diverges with every step size. The loss never rises, from any start, exactly if $\eta\lambda_i \le 2$ for
/// all $i$.
///
/// Near a strict minimizer of a $C^3$ function the same holds with the eigenvalues of its Hessian there.
///
/// # Reference
/// Bishop, *Neural Networks for Pattern Recognition* (1995), chapter 7 (gradient descent near a minimum).
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::{QuadraticDescent, Stability};
///
/// let eigenvalues = [10.0, 5.0, 1.0];
/// let stability = |step| QuadraticDescent::new(&eigenvalues, step).map(|descent| descent.stability());
/// assert_eq!(stability(0.19)?, Stability::Converges);
/// assert_eq!(stability(0.21)?, Stability::Diverges);
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct QuadraticDescent {
    eigenvalues: Vec<f64>,
    step: f64,
}

impl QuadraticDescent {
    /// Descent with step size `η` on a form with these eigenvalues, in any order.
    ///
    /// # Errors
    /// When there is no eigenvalue or one is not finite, or when the step size is not finite and positive.
    pub fn new(eigenvalues: &[f64], step: f64) -> Result<Self, OptimizationError> {
        positive("the number of eigenvalues", eigenvalues.len() as f64)?;
        if let Some((_, value)) = first_not_finite(eigenvalues) {
            return Err(OptimizationError::NotFinite { what: "an eigenvalue", value });
        }
        Ok(Self { eigenvalues: eigenvalues.to_vec(), step: positive("the step size η", step)? })
    }

    /// What becomes of it; decided exactly, without a rounding.
    pub fn stability(&self) -> Stability {
        let excess = self.excess();
        if self.eigenvalues.iter().any(|&value| value < 0.0) || excess > 0.0 {
            Stability::Diverges
        } else if excess == 0.0 {
            Stability::Oscillates
        } else {
            Stability::Converges
        }
    }

    /// Whether the loss never rises, from any start; decided exactly.
    pub fn never_rises(&self) -> bool {
        self.excess() <= 0.0
    }

    /// A number with the sign of `ηλ_max − 2`: a fused product and sum is rounded once, which keeps the sign.
    fn excess(&self) -> f64 {
        let largest = self.eigenvalues.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.step.mul_add(largest, -2.0)
    }

    /// The supremum `2/λ_max` of the step sizes that converge, enclosed; none where there is no positive eigenvalue.
    pub fn threshold(&self) -> Option<Interval> {
        let largest = self.eigenvalues.iter().copied().fold(0.0, f64::max);
        Interval::point(2.0).ok()?.checked_div(Interval::point(largest).ok()?).ok()
    }

    /// The loss after `steps` steps from the start with these components, enclosed.
    ///
    /// # Errors
    /// When there are more or fewer components than eigenvalues, or one is not finite.
    pub fn loss(&self, start: &[f64], steps: u32) -> Result<Interval, OptimizationError> {
        if start.len() != self.eigenvalues.len() {
            let (expected, found) = (self.eigenvalues.len(), start.len());
            return Err(OptimizationError::Components { expected, found });
        }
        let term = |value: f64, component: f64| -> Result<Interval, IntervalError> {
            let (value, step) = (Interval::point(value)?, Interval::point(self.step)?);
            let factor = Interval::point(1.0)? - step * value;
            Ok(value * (power(factor.square(), steps)? * Interval::point(component)?.square()))
        };
        let mut sum = Interval::between(0.0, 0.0);
        for (&value, &component) in self.eigenvalues.iter().zip(start) {
            let what = "a component of the start";
            sum = sum
                + term(value, component)
                    .map_err(|_| OptimizationError::NotFinite { what, value: component })?;
        }
        Ok(sum.scaled_by_power_of_two(-1))
    }
}

/// `x^n` by repeated squaring.
fn power(x: Interval, n: u32) -> Result<Interval, IntervalError> {
    let mut product = Interval::point(1.0)?;
    for bit in (0..u32::BITS - n.leading_zeros()).rev() {
        product = product.square();
        if n >> bit & 1 == 1 {
            product = product * x;
        }
    }
    Ok(product)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EIGENVALUES: [f64; 5] = [10.0, 5.0, 1.0, 0.1, 0.01];

    proptest! {
        #[test]
        fn it_encloses_the_iteration(
            eigenvalues in prop::collection::vec(-3.0f64..3.0, 1..6),
            start in prop::collection::vec(-2.0f64..2.0, 6),
            step in 0.01f64..0.9,
            steps in 0u32..60,
        ) {
            // Where a step nearly annihilates a component, what is left is rounding.
            prop_assume!(eigenvalues.iter().all(|value| (1.0 - step * value).abs() > 0.1));
            let start = &start[..eigenvalues.len()];
            let loss = QuadraticDescent::new(&eigenvalues, step).unwrap().loss(start, steps).unwrap();
            let terms = eigenvalues.iter().zip(start).map(|(value, x)| {
                let end = (0..steps).fold(*x, |x, _| x - step * value * x);
                0.5 * value * end * end
            });
            let scale: f64 = terms.clone().map(f64::abs).sum();
            prop_assert!((loss.midpoint() - terms.sum::<f64>()).abs() <= 1e-12 * scale);
            prop_assert!(loss.width() <= 1e-12 * scale + 1e-300);
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform4(any::<u64>()), steps in any::<u32>()) {
            let [a, b, step, x] = bits.map(f64::from_bits);
            if let Ok(descent) = QuadraticDescent::new(&[a, b], step) {
                if let Ok(loss) = descent.loss(&[x, 1.0], steps) {
                    prop_assert!(loss.low() <= loss.high());
                }
                prop_assert_eq!(descent.never_rises(), descent.excess() <= 0.0);
            }
        }
    }

    /// `1/3 · 6` rounds to 2, but the f64 nearest to 1/3 is below it; `fl(1/5) · 10` is above 2 and rounds to 2.
    #[test]
    fn the_threshold_is_decided_without_rounding() {
        let stability = |value, step: f64| QuadraticDescent::new(&[value], step).unwrap().stability();
        assert_eq!(stability(8.0, 0.25), Stability::Oscillates);
        assert_eq!((1.0 / 3.0) * 6.0, 2.0);
        assert_eq!(stability(6.0, 1.0 / 3.0), Stability::Converges);
        assert_eq!(0.2 * 10.0, 2.0);
        assert_eq!(stability(10.0, 0.2), Stability::Diverges);
    }

    /// The catalogue's setting, to more digits than it prints: evaluated with 50.
    #[test]
    fn the_catalogues_losses() {
        for (c, expected) in [
            (0.5, 0.01082635178021426),
            (1.0, 0.004248457193785962),
            (1.9, 0.002359900360184592),
            (1.999, 3.353190805828499),
            (2.0, 5.002260312618654),
            (2.001, 7.459892156346296),
            (2.1, 1.803200701376222e17),
        ] {
            let descent = QuadraticDescent::new(&EIGENVALUES, c / 10.0).unwrap();
            let loss = descent.loss(&[1.0; 5], 200).unwrap();
            // The step c/10 is rounded: relative 400 ηλ ε in the loss.
            assert!((loss.midpoint() / expected - 1.0).abs() < 1e-12, "{c}: {loss}");
        }
    }

    #[test]
    fn hypotheses_are_needed() {
        for (eigenvalues, step) in
            [(&[][..], 0.1), (&[f64::NAN][..], 0.1), (&[1.0][..], 0.0), (&[1.0][..], f64::NAN)]
        {
            assert!(QuadraticDescent::new(eigenvalues, step).is_err());
        }
        let descent = QuadraticDescent::new(&[1.0], 0.1).unwrap();
        assert!(matches!(descent.loss(&[1.0, 2.0], 1), Err(OptimizationError::Components { .. })));
        assert!(matches!(descent.loss(&[f64::NAN], 1), Err(OptimizationError::NotFinite { .. })));
        assert_eq!(QuadraticDescent::new(&[-1.0], 0.1).unwrap().threshold(), None);
    }
}
