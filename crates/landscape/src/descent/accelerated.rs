//! Gradient descent with Nesterov's extrapolation.

use std::ops::ControlFlow;

use super::{Descent, DescentError, Iterate, StopRule, check, descend};
use crate::objective::Objective;

/// How far each step is extrapolated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Momentum {
    /// Growing towards 1, for convex functions: $(t_k - 1)/t_{k+1}$ with $t_0 = 1$ and
    /// $t_{k+1} = \tfrac12(1 + \sqrt{1 + 4t_k^2})$.
    Convex,
    /// The same in every step. For smoothness $\beta$ and strong convexity $\mu$ the choice is
    /// $(\sqrt\beta - \sqrt\mu)/(\sqrt\beta + \sqrt\mu)$; 0 is gradient descent.
    Constant(f64),
}

/// Nesterov's accelerated gradient descent.
///
/// # Formula
/// $$x_{k+1} = y_k - \eta\nabla f(y_k),\qquad y_{k+1} = x_{k+1} + m_k\,(x_{k+1} - x_k),\qquad y_0 = x_0.$$
/// With $\eta = 1/\beta$ and convex momentum, $f(x_k) - f^* \le 2\beta\lVert x_0 - x^*\rVert^2/(k+1)^2$ for convex $f$.
/// The value need not fall in every step.
///
/// A watcher sees the points $y_k$, where the gradients are taken; the point at the end is such a one too.
///
/// # Reference
/// Nesterov, *A method of solving a convex programming problem with convergence rate O(1/k²)* (1983); Beck and Teboulle,
/// *A fast iterative shrinkage-thresholding algorithm* (2009), theorem 4.4.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::Cauchy;
/// use saddlepoint_landscape::descent::{AcceleratedDescent, End, Momentum, StopRule};
///
/// let stop = StopRule { steps: 1000, gradient_norm: 1e-9 };
/// let found = AcceleratedDescent::new(1.0, Momentum::Convex, stop)?.run(&Cauchy::new(3)?, &[9.0, 0.1, -2.0])?;
/// assert_eq!(found.end, End::Critical);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcceleratedDescent {
    step: f64,
    momentum: Momentum,
    stop: StopRule,
}

impl AcceleratedDescent {
    /// Descent with step size `η`.
    ///
    /// # Errors
    /// When the step size is not finite and positive, a constant momentum is not in `[0, 1)`, or the gradient threshold
    /// is NaN or negative.
    pub fn new(step: f64, momentum: Momentum, stop: StopRule) -> Result<Self, DescentError> {
        check(step, stop)?;
        match momentum {
            Momentum::Constant(momentum) if !(0.0..1.0).contains(&momentum) => {
                Err(DescentError::Momentum { momentum })
            }
            _ => Ok(Self { step, momentum, stop }),
        }
    }

    /// Descends from `start`.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite.
    pub fn run(&self, objective: &(impl Objective + ?Sized), start: &[f64]) -> Result<Descent, DescentError> {
        self.watch(objective, start, |_| ControlFlow::Continue(()))
    }

    /// Descends from `start` and shows every point at which a gradient is taken to `watcher`, which may break off.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn watch(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        watcher: impl FnMut(Iterate<'_>) -> ControlFlow<()>,
    ) -> Result<Descent, DescentError> {
        let mut previous = start.to_vec();
        let mut t = 1.0f64;
        descend(objective, start, self.stop, watcher, |iterate, next| {
            let momentum = match self.momentum {
                Momentum::Constant(momentum) => momentum,
                Momentum::Convex => {
                    let now = t;
                    t = 0.5 * (1.0 + (1.0 + 4.0 * t * t).sqrt());
                    (now - 1.0) / t
                }
            };
            let moved = iterate.point.iter().zip(iterate.gradient).map(|(y, g)| y - self.step * g);
            for ((next, previous), x) in next.iter_mut().zip(&mut previous).zip(moved) {
                *next = x + momentum * (x - *previous);
                *previous = x;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::Quadratic;
    use crate::descent::GradientDescent;
    use nalgebra::{DMatrix, DVector};
    use proptest::prelude::*;

    proptest! {
        /// The rate of the theorem, for convex quadratics with many scales.
        #[test]
        fn the_value_falls_as_one_over_k_squared(
            exponents in prop::collection::vec(-4.0f64..0.0, 1..6),
            start in prop::collection::vec(-3.0f64..3.0, 6),
            step in 1usize..200,
        ) {
            let eigenvalues = DVector::from_iterator(exponents.len(), exponents.iter().map(|e| 10f64.powf(*e)));
            let beta = eigenvalues.max();
            let f = Quadratic::new(DMatrix::from_diagonal(&eigenvalues)).unwrap();
            let start = &start[..exponents.len()];
            let mut after = f64::NAN;
            AcceleratedDescent::new(1.0 / beta, Momentum::Convex, StopRule::after(step - 1))
                .unwrap()
                .watch(&f, start, |iterate| {
                    let x: Vec<f64> = iterate.point.iter().zip(iterate.gradient).map(|(y, g)| y - g / beta).collect();
                    after = f.value(&x).unwrap();
                    ControlFlow::Continue(())
                })
                .unwrap();
            let distance: f64 = start.iter().map(|x| x * x).sum();
            let k = step as f64;
            prop_assert!(after <= 2.0 * beta * distance / ((k + 1.0) * (k + 1.0)) + 1e-15);
        }

        #[test]
        fn without_momentum_it_is_gradient_descent(start in prop::array::uniform2(-3.0f64..3.0), steps in 0usize..50) {
            let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_vec(vec![1.0, 0.1]))).unwrap();
            let stop = StopRule::after(steps);
            let plain = GradientDescent::new(0.7, stop).unwrap().run(&f, &start).unwrap();
            let without = AcceleratedDescent::new(0.7, Momentum::Constant(0.0), stop).unwrap().run(&f, &start).unwrap();
            prop_assert_eq!(plain, without);
        }
    }

    /// On `½(x² + μy²)` the optimal constant momentum needs about √(1/μ) steps a digit, gradient descent 1/μ.
    #[test]
    fn momentum_takes_the_root_of_the_condition_number() {
        let mu = 1e-4;
        let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_vec(vec![1.0, mu]))).unwrap();
        let stop = StopRule { steps: 1_000_000, gradient_norm: 1e-10 };
        let momentum = Momentum::Constant((1.0 - mu.sqrt()) / (1.0 + mu.sqrt()));
        let fast = AcceleratedDescent::new(1.0, momentum, stop).unwrap().run(&f, &[1.0, 1.0]).unwrap().steps;
        let slow = GradientDescent::new(1.0, stop).unwrap().run(&f, &[1.0, 1.0]).unwrap().steps;
        assert!(fast * 30 < slow, "{fast} and {slow}");
    }

    #[test]
    fn bad_momentum_is_refused() {
        for momentum in [-0.1, 1.0, f64::NAN] {
            let refused = AcceleratedDescent::new(0.1, Momentum::Constant(momentum), StopRule::after(1));
            assert!(matches!(refused, Err(DescentError::Momentum { .. })));
        }
    }
}
