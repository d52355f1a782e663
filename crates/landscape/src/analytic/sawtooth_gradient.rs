//! The worst case of gradient descent: a gradient that looks the same at every iterate.

use super::{ConstructionError, positive};
use crate::objective::Objective;

/// A β-smooth function of one variable whose derivative is a row of `N` saw teeth that gradient descent with step
/// `1/β` jumps over from tip to tip, so that it sees the derivative `G` at each of its first `N + 1` iterates.
///
/// # Formula
/// With $h = G/\beta$ and teeth on $[-(k+1)h, -kh]$ for $k < N$,
/// $$f'(x) = \begin{cases} G & x \ge 0\\ G - \beta\,\operatorname{dist}(x, h\mathbb{Z}) & -Nh \le x \le 0\\
/// \beta\,(x + (N+1)h) & -(N+1)h \le x \le -Nh\\ 0 & x \le -(N+1)h\end{cases}
/// \qquad f(0) - \inf f = \Bigl(\tfrac{3N}{4} + \tfrac12\Bigr)\frac{G^2}{\beta},\quad \inf f = 0.$$
///
/// The second derivative jumps between `−β`, `0` and `β`; at a jump the derivative from the left is returned, the
/// side towards which gradient descent moves.
///
/// Every iterate $-kh$ with $k \le N$ is a tip, a local maximum of $f'$, so rounding errors double at each step:
/// only where `β` and `G` are powers of two is the orbit of f64 the orbit of the theory.
///
/// # Reference
/// Derived for this project as an equality case of Abbaszadehpeivasti, de Klerk and Zamani, *The exact worst-case
/// convergence rate of the gradient method with fixed step lengths for L-smooth functions* (2021).
///
/// # Example
/// ```
/// use saddlepoint_landscape::{analytic::SawtoothGradient, objective::Objective};
///
/// let f = SawtoothGradient::new(1.0, 1.0, 10)?;
/// assert_eq!(f.value(&[0.0])?, 8.0);
/// assert_eq!(f.gradient(&[-10.0])?[0], 1.0);
/// assert_eq!(f.value(&[-11.0])?, 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SawtoothGradient {
    smoothness: f64,
    slope: f64,
    teeth: u32,
}

impl SawtoothGradient {
    /// The function with smoothness `β`, derivative `G` at the tips and `N` teeth.
    ///
    /// # Errors
    /// When `β` or `G` is not finite and positive.
    pub fn new(smoothness: f64, slope: f64, teeth: u32) -> Result<Self, ConstructionError> {
        Ok(Self {
            smoothness: positive("the smoothness", smoothness)?,
            slope: positive("the slope", slope)?,
            teeth,
        })
    }

    /// Width of a tooth, `G/β`: the length of each step of gradient descent with step size `1/β`.
    pub fn width(&self) -> f64 {
        self.slope / self.smoothness
    }

    /// `f(0) − inf f`.
    pub fn gap(&self) -> f64 {
        (0.75 * f64::from(self.teeth) + 0.5) * self.slope * self.width()
    }

    /// Number of whole teeth between the minimizers' ramp and `x ≤ 0`, and the distance of `x` from the left end of
    /// its own tooth; `None` on the ramp and beyond.
    fn tooth(&self, x: f64) -> Option<(f64, f64)> {
        let (n, h) = (f64::from(self.teeth), self.width());
        let k = (-x / h).floor();
        if k < n { Some((n - 1.0 - k, x + (k + 1.0) * h)) } else { None }
    }
}

impl Objective for SawtoothGradient {
    fn dimension(&self) -> usize {
        1
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        let (x, g, beta, h) = (point[0], self.slope, self.smoothness, self.width());
        if x >= 0.0 {
            return self.gap() + g * x;
        }
        let ramp = 0.5 * g * h;
        let area = 0.75 * g * h;
        if let Some((below, t)) = self.tooth(x) {
            let inside = if t <= 0.5 * h {
                t * (g - 0.5 * beta * t)
            } else {
                area - (h - t) * (g - 0.5 * beta * (h - t))
            };
            ramp + below * area + inside
        } else {
            let t = (x + (f64::from(self.teeth) + 1.0) * h).max(0.0);
            0.5 * beta * t * t
        }
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        let (x, g, beta, h) = (point[0], self.slope, self.smoothness, self.width());
        gradient[0] = if x >= 0.0 {
            g
        } else {
            match self.tooth(x) {
                Some((_, t)) => g - beta * t.min(h - t),
                None => beta * (x + (f64::from(self.teeth) + 1.0) * h).max(0.0),
            }
        };
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        let (x, beta, h) = (point[0], self.smoothness, self.width());
        let curvature = if x > 0.0 {
            0.0
        } else {
            match self.tooth(x) {
                // At a tip (t = h) and in the right half the derivative rises towards the tip.
                Some((_, t)) if t <= 0.5 * h => -beta,
                Some(_) => beta,
                None if x > -(f64::from(self.teeth) + 1.0) * h => beta,
                None => 0.0,
            }
        };
        product[0] = curvature * vector[0];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::derivatives;
    use proptest::prelude::*;

    #[test]
    fn bad_constants_are_refused() {
        for (beta, g) in [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            assert!(SawtoothGradient::new(beta, g, 3).is_err());
        }
    }

    proptest! {
        #[test]
        fn derivatives_agree_inside_every_piece(k in 0u32..6, left in any::<bool>(), s in 0.1f64..0.4) {
            let f = SawtoothGradient::new(2.0, 0.5, 4).unwrap();
            let x = (if left { s } else { s + 0.5 } - f64::from(k) - 1.0) * f.width();
            derivatives::agree(&f, &[x], 1e-4, 1e-6);
        }

        #[test]
        fn the_value_falls_by_a_tooth_between_tips(n in 1u32..50, k in 0u32..50) {
            prop_assume!(k < n);
            let f = SawtoothGradient::new(4.0, 2.0, n).unwrap();
            let at = |k: u32| f.value(&[-f64::from(k) * f.width()]).unwrap();
            prop_assert_eq!(at(0), f.gap());
            prop_assert_eq!(at(k) - at(k + 1), 0.75 * 2.0 * f.width());
            prop_assert_eq!(at(n + 1), 0.0);
        }
    }
}
