//! The smallest landscape with a strict saddle between two minima.

use crate::formula::Formula;
use crate::scalar::Scalar;

/// A quartic in two variables with one strict saddle and two minima.
///
/// # Formula
/// $$f(x, y) = \tfrac12 x^2 + \tfrac14 y^4 - \tfrac12 y^2$$
/// with the saddle $(0, 0)$, where the Hessian is $\operatorname{diag}(1, -1)$, and the minima $(0, \pm 1)$ of value
/// $-\tfrac14$. The line $y = 0$ is the stable manifold of the saddle. On the box $[-1, 1]^2$ the gradient is
/// 2-Lipschitz, and for step sizes up to ½ gradient descent never leaves that box.
///
/// # Reference
/// Lee, Simchowitz, Jordan and Recht, *Gradient descent only converges to minimizers* (2016).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StrictSaddleQuartic;

impl StrictSaddleQuartic {
    /// The strict saddle.
    pub const SADDLE: [f64; 2] = [0.0, 0.0];

    /// The two minima.
    pub const MINIMA: [[f64; 2]; 2] = [[0.0, 1.0], [0.0, -1.0]];

    /// Lipschitz constant of the gradient on `[−1, 1]²`: the largest `|3y² − 1|`.
    pub const SMOOTHNESS_ON_BOX: f64 = 2.0;
}

impl Formula for StrictSaddleQuartic {
    fn variables(&self) -> usize {
        2
    }

    fn value_over<S: Scalar>(&self, point: &[S]) -> S {
        let (x, square) = (point[0], point[1].square());
        S::constant(0.5) * x.square() + S::constant(0.25) * square * (square - S::constant(2.0))
    }

    fn gradient_over<S: Scalar>(&self, point: &[S], gradient: &mut [S]) {
        gradient[0] = point[0];
        gradient[1] = point[1] * (point[1].square() - S::constant(1.0));
    }

    fn hessian_over<S: Scalar>(&self, point: &[S], hessian: &mut [S]) {
        let (zero, one) = (S::constant(0.0), S::constant(1.0));
        hessian.copy_from_slice(&[one, zero, zero, S::constant(3.0) * point[1].square() - one]);
    }

    fn hessian_vector_over<S: Scalar>(&self, point: &[S], vector: &[S], product: &mut [S]) {
        product[0] = vector[0];
        product[1] = (S::constant(3.0) * point[1].square() - S::constant(1.0)) * vector[1];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{Objective, derivatives};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derivatives_agree(x in -2.0f64..2.0, y in -2.0f64..2.0) {
            derivatives::agree(&StrictSaddleQuartic, &[x, y], 1e-4, 1e-6);
        }
    }

    #[test]
    fn saddle_and_minima_are_critical() {
        for point in
            [StrictSaddleQuartic::SADDLE, StrictSaddleQuartic::MINIMA[0], StrictSaddleQuartic::MINIMA[1]]
        {
            assert_eq!(StrictSaddleQuartic.gradient(&point).unwrap().norm(), 0.0);
        }
    }
}
