//! Descent with a scale for each variable: AdaGrad, RMSProp, Adam.

use std::ops::ControlFlow;

use super::{DescentError, Iterate, positive};
use crate::objective::{Objective, check_point};

/// A method that divides each entry of the gradient by the size that this entry has had so far; over the full gradient,
/// with a constant rate.
///
/// # Formula
/// With $g_t = \nabla f(x_{t-1})$ and all operations entry by entry, $x_t = x_{t-1} - \eta\,\hat m_t/(\sqrt{\hat v_t}+\epsilon)$ and
/// - AdaGrad: $\hat m_t = g_t$, $\hat v_t = \sum_{s\le t} g_s^2$;
/// - RMSProp: $\hat m_t = g_t$, $\hat v_t = 0.99\,\hat v_{t-1} + 0.01\,g_t^2$;
/// - Adam: $\hat m_t$ and $\hat v_t$ averages with $\beta_1 = 0.9$, $\beta_2 = 0.999$, divided by $1-\beta_i^t$.
///
/// With $\epsilon = 0$ the iterates on $\frac12\sum\lambda_ix_i^2$ do not depend on $\lambda$, for each $\lambda_i$ cancels; where all gradients of
/// an entry were zero, it stays.
///
/// # Reference
/// Duchi, Hazan and Singer 2011; Tieleman and Hinton 2012; Kingma and Ba, *Adam: a method for stochastic optimization*
/// (2015), Algorithm 1.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::descent::AdaptiveDescent;
///
/// let end = AdaptiveDescent::adam(0.02)?.run(&StrictSaddleQuartic, &[0.7, 1e-3], 2000)?;
/// assert!((end[1] - 1.0).abs() < 1e-6);
/// # Ok::<(), saddlepoint_landscape::descent::DescentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdaptiveDescent {
    rule: Rule,
    rate: f64,
    epsilon: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    AdaGrad,
    RmsProp,
    Adam,
}

/// Decay of Adam's first moment, of its second, and of RMSProp's.
const FIRST: f64 = 0.9;
const SECOND: f64 = 0.999;
const RMS: f64 = 0.99;

impl AdaptiveDescent {
    fn new(rule: Rule, rate: f64) -> Result<Self, DescentError> {
        Ok(Self { rule, rate: positive("the rate η", rate)?, epsilon: 1e-8 })
    }

    /// AdaGrad with rate `η` and `ε = 1e-8`.
    ///
    /// # Errors
    /// When the rate is not finite and positive; likewise below.
    pub fn ada_grad(rate: f64) -> Result<Self, DescentError> {
        Self::new(Rule::AdaGrad, rate)
    }

    /// RMSProp with rate `η` and `ε = 1e-8`.
    ///
    /// # Errors
    /// When the rate is not finite and positive.
    pub fn rms_prop(rate: f64) -> Result<Self, DescentError> {
        Self::new(Rule::RmsProp, rate)
    }

    /// Adam with rate `η` and `ε = 1e-8`.
    ///
    /// # Errors
    /// When the rate is not finite and positive.
    pub fn adam(rate: f64) -> Result<Self, DescentError> {
        Self::new(Rule::Adam, rate)
    }

    /// The same with `ε = 0`.
    #[must_use]
    pub fn without_epsilon(self) -> Self {
        Self { epsilon: 0.0, ..self }
    }

    /// The iterate after this many steps. Where a gradient is not finite the run stays where it is; a zero gradient does not
    /// end it, for Adam may still be moving.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite.
    pub fn run(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        steps: usize,
    ) -> Result<Vec<f64>, DescentError> {
        self.watch(objective, start, steps, |_| ControlFlow::Continue(()))
    }

    /// The same, with every iterate from the start to the last but one shown to `watcher`, which may end the run there.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn watch(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        steps: usize,
        mut watcher: impl FnMut(Iterate<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<f64>, DescentError> {
        check_point(objective.dimension(), start)?;
        let mut point = start.to_vec();
        let mut gradient = vec![0.0; point.len()];
        let mut scales = Scales::new(point.len());
        for step in 0..steps {
            objective.gradient_unchecked(&point, &mut gradient);
            let iterate = Iterate { step, point: &point, gradient: &gradient };
            if watcher(iterate).is_break() || !gradient.iter().all(|entry| entry.is_finite()) {
                break;
            }
            self.advance(&mut scales, &gradient, &mut point);
        }
        Ok(point)
    }

    fn advance(&self, scales: &mut Scales, gradient: &[f64], point: &mut [f64]) {
        scales.powers = [scales.powers[0] * FIRST, scales.powers[1] * SECOND];
        let (rate, spread) = match self.rule {
            Rule::Adam => (self.rate / (1.0 - scales.powers[0]), 1.0 / (1.0 - scales.powers[1])),
            Rule::AdaGrad | Rule::RmsProp => (self.rate, 1.0),
        };
        let moments = scales.first.iter_mut().zip(&mut scales.second);
        for ((x, g), (m, v)) in point.iter_mut().zip(gradient).zip(moments) {
            match self.rule {
                Rule::AdaGrad => (*m, *v) = (*g, *v + g * g),
                Rule::RmsProp => (*m, *v) = (*g, RMS * *v + (1.0 - RMS) * g * g),
                Rule::Adam => {
                    (*m, *v) = (FIRST * *m + (1.0 - FIRST) * g, SECOND * *v + (1.0 - SECOND) * g * g);
                }
            }
            let size = (*v * spread).sqrt() + self.epsilon;
            if size > 0.0 {
                *x -= rate * *m / size;
            }
        }
    }
}

/// What a run remembers of the gradients: moments, and the powers of Adam's decays.
struct Scales {
    first: Vec<f64>,
    second: Vec<f64>,
    powers: [f64; 2],
}

impl Scales {
    fn new(dimension: usize) -> Self {
        Self { first: vec![0.0; dimension], second: vec![0.0; dimension], powers: [1.0; 2] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::Quadratic;
    use nalgebra::{DMatrix, DVector};
    use proptest::prelude::*;

    const METHODS: [fn(f64) -> Result<AdaptiveDescent, DescentError>; 3] =
        [AdaptiveDescent::ada_grad, AdaptiveDescent::rms_prop, AdaptiveDescent::adam];

    fn diagonal(scales: &[f64]) -> Quadratic {
        Quadratic::new(DMatrix::from_diagonal(&DVector::from_row_slice(scales))).unwrap()
    }

    proptest! {
        /// The first step of AdaGrad and Adam has the length of the rate in every variable, whatever the gradient's size;
        /// that of RMSProp is ten times as long.
        #[test]
        fn the_first_step_is_the_rate(scales in prop::collection::vec(0.5f64..100.0, 3), rate in 1e-3f64..0.1) {
            for (method, factor) in METHODS.into_iter().zip([1.0, 10.0, 1.0]) {
                let end = method(rate).unwrap().run(&diagonal(&scales), &[1.0, -2.0, 3.0], 1).unwrap();
                let step = factor * rate;
                for (x, expected) in end.iter().zip([1.0 - step, step - 2.0, 3.0 - step]) {
                    prop_assert!((x - expected).abs() < 1e-6 * step);
                }
            }
        }

        /// To the last bit, for scales that are powers of two.
        #[test]
        fn without_epsilon_a_diagonal_scaling_does_not_matter(exponents in prop::collection::vec(-200i32..=200, 3)) {
            let scales: Vec<f64> = exponents.into_iter().map(|exponent| 2f64.powi(exponent)).collect();
            for method in METHODS {
                let run = |scales: &[f64]| {
                    let method = method(0.1).unwrap().without_epsilon();
                    method.run(&diagonal(scales), &[1.3, -0.7, 0.4], 50).unwrap()
                };
                prop_assert_eq!(run(&scales), run(&[1.0; 3]));
            }
        }
    }

    #[test]
    fn fifty_steps_of_another_implementation() {
        for (method, expected) in METHODS.into_iter().zip([
            [0.328695937, -0.0231033719, 8.27431415e-5],
            [0.0; 3],
            [0.08259855, 0.02612814, -0.01333017],
        ]) {
            let method = method(0.1).unwrap().without_epsilon();
            let end = method.run(&diagonal(&[1.0; 3]), &[1.3, -0.7, 0.4], 50).unwrap();
            for (x, expected) in end.iter().zip(expected) {
                assert!((x - expected).abs() < 5e-9, "{x} not {expected}");
            }
        }
    }

    #[test]
    fn an_entry_without_gradient_stays() {
        for method in METHODS {
            let method = method(0.1).unwrap().without_epsilon();
            let end = method.run(&diagonal(&[1.0, 1.0]), &[0.0, 1.0], 5).unwrap();
            assert_eq!(end[0], 0.0);
        }
    }

    #[test]
    fn bad_settings_are_refused() {
        for method in METHODS {
            for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
                assert!(matches!(method(rate), Err(DescentError::NotPositive { .. })));
            }
            let (f, method) = (diagonal(&[1.0, 1.0]), method(0.1).unwrap());
            assert!(method.run(&f, &[f64::NAN, 0.0], 3).is_err());
            assert!(method.run(&f, &[0.0], 3).is_err());
        }
    }
}
