//! How long a deep chain of equal weights lingers near zero.

use super::{OptimizationError, positive};

/// Gradient flow on a chain of `D` equal weights, `½(w_D ⋯ w_1 − 1)²`, from a small start.
///
/// # Formula
/// Each weight follows $\dot w = w^{D-1}(1 - w^D)$, so the product reaches one half from the start
/// $\varepsilon$ after
/// $$T = \int_\varepsilon^{h}\frac{dw}{w^{D-1}(1 - w^D)} = F(h) - F(\varepsilon),\qquad h = 2^{-1/D},\qquad
/// F(w) = \frac{-w^{2-D}}{D-2} + \sum_{k\ge0}\frac{w^{kD+2}}{kD+2},$$
/// with $\ln w$ for the first term at $D = 2$. The time is logarithmic in $1/\varepsilon$ at depth 2, where the origin is a
/// strict saddle, and grows like $\varepsilon^{2-D}/(D-2)$ beyond, where it is degenerate.
///
/// # Reference
/// Saxe, McClelland and Ganguli, *Exact solutions to the nonlinear dynamics of learning in deep linear neural networks*
/// (2014), equation (15) and section 3; the series is this project's.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::ChainPlateau;
///
/// let shallow = ChainPlateau::new(2)?;
/// assert!((shallow.time_to_half(0.1)? - 99f64.ln() / 2.0).abs() < 1e-14);
/// let deep = ChainPlateau::new(4)?;
/// assert!(deep.time_to_half(0.05)? / deep.time_to_half(0.1)? > 3.99);
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainPlateau {
    depth: u32,
}

impl ChainPlateau {
    /// The chain of `depth` weights.
    ///
    /// # Errors
    /// When there are fewer than two: a single weight has no plateau.
    pub fn new(depth: u32) -> Result<Self, OptimizationError> {
        if depth >= 2 { Ok(Self { depth }) } else { Err(OptimizationError::NoPlateau { depth }) }
    }

    /// The time from all weights `start` until their product is one half, accurate to rounding.
    ///
    /// # Errors
    /// When the start is not positive (at the saddle itself nothing moves), or its product not below one half.
    pub fn time_to_half(self, start: f64) -> Result<f64, OptimizationError> {
        positive("the start ε", start)?;
        let end = 0.5f64.powf(1.0 / f64::from(self.depth));
        if start >= end {
            return Err(OptimizationError::AlreadyOut { start, radius: end });
        }
        Ok(self.singular(end) - self.singular(start) + self.series(end, start))
    }

    /// How much later gradient descent with step `η` arrives than the flow, to first order in `η`; counted in whole steps
    /// it is up to `η` more.
    ///
    /// # Formula
    /// $\tfrac\eta2\ln(v(h)/v(\varepsilon))$ with the speed $v(w) = w^{D-1}(1 - w^D)$: a step takes the speed at its
    /// beginning, so the sum of $\eta = \Delta w/v$ is a left sum of the integral.
    ///
    /// # Errors
    /// As for [`time_to_half`](Self::time_to_half), and when the step is not finite and positive.
    ///
    /// # Reference
    /// This project's: the first term of the error of a left sum, as in Euler and Maclaurin's formula.
    pub fn lag(self, step: f64, start: f64) -> Result<f64, OptimizationError> {
        positive("the step size η", step)?;
        self.time_to_half(start)?;
        // From logarithms: powers of a small start would underflow.
        let log_speed = |log: f64| {
            let depth = f64::from(self.depth);
            (depth - 1.0) * log + (-(depth * log).exp()).ln_1p()
        };
        Ok(0.5 * step * (log_speed(-std::f64::consts::LN_2 / f64::from(self.depth)) - log_speed(start.ln())))
    }

    /// The term that diverges at the saddle.
    fn singular(self, w: f64) -> f64 {
        match self.depth {
            2 => w.ln(),
            depth => -w.powi(2 - depth as i32) / f64::from(depth - 2),
        }
    }

    /// `Σ_k (b^{kD+2} − a^{kD+2})/(kD + 2)`: both powers decay geometrically, with ratios `b^D ≤ ½` and `a^D`.
    fn series(self, b: f64, a: f64) -> f64 {
        let depth = f64::from(self.depth);
        let ratios = (b.powf(depth), a.powf(depth));
        let (mut powers, mut order, mut sum) = ((b * b, a * a), 2.0, 0.0);
        loop {
            let term = (powers.0 - powers.1) / order;
            let next = sum + term;
            // All that is left is below the last term: the ratio is at most one half.
            if term <= f64::EPSILON * next {
                return next;
            }
            sum = next;
            powers = (powers.0 * ratios.0, powers.1 * ratios.1);
            order += depth;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The flow itself, by Runge and Kutta's method of order four in `ln w`, whose own error is below 1e-7 here.
        #[test]
        fn it_is_the_time_of_the_flow(depth in 2u32..6, start in 0.2f64..0.6) {
            let time = ChainPlateau::new(depth).unwrap().time_to_half(start).unwrap();
            let speed = |u: f64| {
                let w = u.exp();
                w.powi(depth as i32 - 2) * (1.0 - w.powi(depth as i32))
            };
            let steps = 2000;
            let h = time / f64::from(steps);
            let mut u = start.ln();
            for _ in 0..steps {
                let a = speed(u);
                let b = speed(u + 0.5 * h * a);
                let c = speed(u + 0.5 * h * b);
                u += h / 6.0 * (a + 2.0 * b + 2.0 * c + speed(u + h * c));
            }
            let reached = (u * f64::from(depth)).exp();
            prop_assert!((reached - 0.5).abs() < 1e-7, "{reached}");
        }

        #[test]
        fn descent_lags_behind_the_flow(depth in 2i32..6, start in 0.15f64..0.5, step in 1e-3f64..2e-2) {
            let (mut w, mut steps) = (start, 0.0);
            while w.powi(depth) < 0.5 {
                w -= step * (w.powi(depth) - 1.0) * w.powi(depth - 1);
                steps += 1.0;
            }
            let chain = ChainPlateau::new(depth as u32).unwrap();
            let expected = chain.time_to_half(start).unwrap() + chain.lag(step, start).unwrap();
            let late = steps * step - expected;
            prop_assert!(late > -0.1 * step && late < 1.1 * step, "{} steps late", late / step);
        }

        #[test]
        fn halving_the_start_multiplies_the_time(depth in 3u32..8) {
            let chain = ChainPlateau::new(depth).unwrap();
            let ratio = chain.time_to_half(5e-4).unwrap() / chain.time_to_half(1e-3).unwrap();
            prop_assert!((ratio / 2f64.powi(depth as i32 - 2) - 1.0).abs() < 1e-2);
        }

        #[test]
        fn any_bits_are_answered_or_refused(start in any::<u64>(), depth in any::<u32>()) {
            if let Ok(chain) = ChainPlateau::new(depth % 64)
                && let Ok(time) = chain.time_to_half(f64::from_bits(start))
            {
                prop_assert!(time >= 0.0);
            }
        }
    }

    #[test]
    fn bad_numbers_are_refused() {
        assert!(matches!(ChainPlateau::new(1), Err(OptimizationError::NoPlateau { depth: 1 })));
        let chain = ChainPlateau::new(3).unwrap();
        assert!(matches!(chain.time_to_half(0.0), Err(OptimizationError::NotPositive { .. })));
        assert!(chain.time_to_half(f64::NAN).is_err());
        assert!(chain.lag(0.0, 0.1).is_err() && chain.lag(0.1, 0.0).is_err());
        assert!(matches!(chain.time_to_half(0.9), Err(OptimizationError::AlreadyOut { .. })));
    }
}
