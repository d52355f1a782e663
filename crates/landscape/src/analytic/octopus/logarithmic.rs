//! The orbit of gradient descent on the octopus in logarithms, where f64 would underflow.

use super::Octopus;

impl Octopus {
    /// The exit time of each coordinate: the first iterate of gradient descent at which it is at least `2τ`.
    ///
    /// A coordinate that waits is halved again and again, to `2^{−T}` while another one takes `T` steps to leave: from
    /// the fifth coordinate on less than the smallest f64, and an iteration whose step is rounded to 0 stays at the saddle
    /// for ever. So waiting coordinates are kept as logarithms. Their steps are multiplications by a constant, taken all at
    /// once; only while a coordinate runs from `τ` to `2τ` is there anything to iterate, for about
    /// $\ln 2/\ln(1 + 2\eta\gamma)$ steps.
    ///
    /// # Formula
    /// A waiting coordinate is multiplied by $1 - 2\eta L$, the active one by $1 + 2\eta\gamma$ up to `τ`; then
    /// $a \leftarrow a - \eta(g_1'(a) + g_2'(a)b^2)$, and its successor $b \leftarrow (1 - 2\eta g_2(a))\,b$.
    ///
    /// # Errors
    /// When the step size is not below $1/(2L)$, or so small that an orbit would take years; when an entry of the start
    /// is zero (its coordinate never leaves) or above `τ` in magnitude; when a time is not below 2⁵³.
    ///
    /// # Reference
    /// Du et al. (2017), section 4; the recursion follows from the formula of the function.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_landscape::analytic::Octopus;
    ///
    /// let times = Octopus::new(8, 1.0, 1.0)?.exit_times(0.25, &[0.5; 8])?;
    /// assert_eq!(times, [6, 21, 62, 173, 472, 1284, 3483, 9443]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exit_times(&self, step: f64, start: &[f64]) -> Result<Vec<u64>, ExitError> {
        let (l, gamma, tau) = (self.attraction, self.repulsion, Self::TAU);
        let limit = 0.5 / l;
        // Below this, one run from τ to 2τ would take a hundred million steps.
        if !(step * gamma >= 1e-9 && step < limit) {
            return Err(ExitError::Step { step, limit });
        }
        if start.len() != self.dimension {
            return Err(ExitError::Dimension { expected: self.dimension, found: start.len() });
        }
        if let Some(index) = start.iter().position(|x| !(x.abs() > 0.0 && x.abs() <= tau)) {
            return Err(ExitError::Start { index, value: start[index] });
        }
        let growth = (2.0 * step * gamma).ln_1p();
        let decay = (-2.0 * step * l).ln_1p();
        let waited = |coordinate: usize, time: f64| start[coordinate].abs().ln() + time * decay;
        let mut time = 0.0;
        let mut active = waited(0, 0.0);
        let mut exits = Vec::with_capacity(start.len());
        for coordinate in 0..start.len() {
            // The first multiple of the growth that lifts it above τ.
            let steps = if active <= 1.0 { ((1.0 - active) / growth).floor() + 1.0 } else { 0.0 };
            time += steps;
            let mut a = (active + steps * growth).exp();
            let successor = (coordinate + 1 < start.len()).then(|| waited(coordinate + 1, time));
            let mut next = successor.unwrap_or(f64::NEG_INFINITY);
            while a < 2.0 * tau {
                let [turn, turn_slope, _] = self.turn(a);
                let b = next.exp();
                next += (-2.0 * step * turn).ln_1p();
                a -= step * (self.outward(a)[1] + turn_slope * b * b);
                time += 1.0;
            }
            if time >= 9_007_199_254_740_992.0 {
                return Err(ExitError::Time { coordinate });
            }
            exits.push(time as u64);
            active = next;
        }
        Ok(exits)
    }
}

/// Why exit times cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ExitError {
    /// The step size is too large for waiting coordinates to keep their sign, or too small to get anywhere.
    #[error("the step size must be positive, not tiny and below 1/(2L) = {limit}, not {step}")]
    Step {
        /// The step size.
        step: f64,
        /// `1/(2L)`.
        limit: f64,
    },
    /// The start has another number of coordinates.
    #[error("the function has {expected} coordinates, the start {found}")]
    Dimension {
        /// Coordinates of the function.
        expected: usize,
        /// Entries of the start.
        found: usize,
    },
    /// A coordinate that starts at zero never leaves, and one above `τ` does not wait.
    #[error("entry {index} of the start must be between 0 and τ = e in magnitude, not {value}")]
    Start {
        /// Its position.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// Steps can no longer be counted exactly.
    #[error("coordinate {coordinate} takes 2^53 steps or more")]
    Time {
        /// Which one.
        coordinate: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descent::{GradientDescent, StopRule};
    use proptest::prelude::*;
    use std::ops::ControlFlow;

    /// The same by plain gradient descent; `None` once a coordinate is too small for f64.
    fn directly(f: &Octopus, step: f64, start: &[f64]) -> Option<Vec<u64>> {
        let mut exits = vec![None; start.len()];
        let mut underflow = false;
        GradientDescent::new(step, StopRule::after(1_000_000))
            .unwrap()
            .watch(f, start, |iterate| {
                for (exit, x) in exits.iter_mut().zip(iterate.point) {
                    if exit.is_none() && x.abs() >= 2.0 * Octopus::TAU {
                        *exit = Some(iterate.step as u64);
                    }
                    underflow |= x.abs() < 1e-300;
                }
                if underflow || exits.iter().all(Option::is_some) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .unwrap();
        exits.into_iter().collect()
    }

    proptest! {
        #[test]
        fn the_same_as_direct_descent_while_f64_reaches(
            start in prop::collection::vec(prop_oneof![-1.0f64..-0.01, 0.01f64..1.0], 1..6),
            l in 1.0f64..2.0,
            gamma in 0.8f64..1.0,
            share in 0.05f64..0.95,
        ) {
            let f = Octopus::new(start.len(), l, gamma).unwrap();
            let step = share * 0.5 / l;
            let fast = f.exit_times(step, &start).unwrap();
            if let Some(slow) = directly(&f, step, &start) {
                prop_assert_eq!(fast, slow);
            } else {
                prop_assert!(start.len() > 2);
            }
        }

        #[test]
        fn any_bits_are_refused_or_counted(step in any::<u64>(), start in prop::array::uniform3(any::<u64>())) {
            let f = Octopus::new(3, 1.5, 1.0).unwrap();
            if let Ok(times) = f.exit_times(f64::from_bits(step), &start.map(f64::from_bits)) {
                prop_assert!(times.is_sorted());
            }
        }
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let f = Octopus::new(2, 1.0, 1.0).unwrap();
        for step in [0.0, -0.1, 0.5, f64::NAN, f64::INFINITY, 1e-12] {
            assert!(matches!(f.exit_times(step, &[0.5; 2]), Err(ExitError::Step { .. })));
        }
        for value in [0.0, 3.0, f64::NAN] {
            assert!(matches!(f.exit_times(0.25, &[0.5, value]), Err(ExitError::Start { index: 1, .. })));
        }
        assert!(matches!(f.exit_times(0.25, &[0.5]), Err(ExitError::Dimension { .. })));
        let long = Octopus::new(60, 1.0, 1.0).unwrap();
        assert!(matches!(long.exit_times(0.25, &[0.5; 60]), Err(ExitError::Time { .. })));
    }
}
