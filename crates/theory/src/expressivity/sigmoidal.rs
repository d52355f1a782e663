//! Universal approximation on an interval by one layer of sigmoidal units, with its constant.

use saddlepoint_rigor::{Down, Rounding, Up};

/// Why values are not approximated.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SigmoidalError {
    /// Fewer than two values span no cell.
    #[error("{0} values: at least two are needed")]
    TooFewValues(usize),
    /// A value that is NaN or infinite, or a rise that overflows.
    #[error("value {0} or the rise to it is not a finite number")]
    NotFinite(usize),
    /// More units than are made.
    #[error("{0} units: at most {MOST_UNITS} are made")]
    TooManyUnits(u32),
    /// A steepness that is not positive and finite.
    #[error("a steepness q = {0}: it must be positive and finite")]
    Steepness(f64),
    /// A Lipschitz constant that is negative, infinite or NaN.
    #[error("a Lipschitz constant L = {0}: it must be finite and at least 0")]
    Lipschitz(f64),
    /// A function of another Lipschitz constant.
    #[error("the values before and after cell {cell} differ by more than L/N for L = {lipschitz}")]
    NotLipschitz {
        /// The cell, from 0.
        cell: usize,
        /// The constant that was claimed.
        lipschitz: f64,
    },
}

/// The most units of a staircase that is made of a function.
pub const MOST_UNITS: u32 = 1 << 22;

/// A staircase of `N` logistic units on `[0, 1]`, one in the middle of each cell.
///
/// # Formula
/// $$g(x) = f(0) + \sum_{k=1}^{N}\Bigl[f\bigl(\tfrac kN\bigr)-f\bigl(\tfrac{k-1}N\bigr)\Bigr]
/// \sigma\bigl(qN\bigl(x-\tfrac{k-1/2}{N}\bigr)\bigr),\qquad \sigma(u)=\frac1{1+e^{-u}}$$
///
/// # Reference
/// Cybenko, Approximation by superpositions of a sigmoidal function, 1989, theorem 2, and Hornik, Stinchcombe and White,
/// Multilayer feedforward networks are universal approximators, 1989, theorem 2.4, for density; Leshno, Lin, Pinkus and
/// Schocken, Multilayer feedforward networks with a nonpolynomial activation function can approximate any function, 1993,
/// theorem 1, for exactly which activations. This construction with its constant is elementary; see
/// [`error_bound`](Self::error_bound) for the proof.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::sigmoidal::Staircase;
///
/// let parabola = Staircase::of(32, 4.0, |x| x * x)?;
/// let bound = parabola.error_bound(2.0)?;
/// assert!(bound < 0.065 && (parabola.network(0.3) - 0.09).abs() < bound);
/// # Ok::<(), saddlepoint_theory::expressivity::sigmoidal::SigmoidalError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Staircase {
    values: Vec<f64>,
    steepness: f64,
}

impl Staircase {
    /// The staircase through the values at `0, 1/N, …, 1`; `q` says how steep a unit is, in cells.
    ///
    /// # Errors
    /// When there are fewer than two values, one or a rise is not finite, or the steepness is not positive and finite.
    pub fn new(values: Vec<f64>, steepness: f64) -> Result<Self, SigmoidalError> {
        if values.len() < 2 {
            return Err(SigmoidalError::TooFewValues(values.len()));
        }
        if !(steepness > 0.0 && steepness.is_finite()) {
            return Err(SigmoidalError::Steepness(steepness));
        }
        if let Some(cell) = values.windows(2).position(|pair| !(pair[1] - pair[0]).is_finite()) {
            return Err(SigmoidalError::NotFinite(if values[cell].is_finite() { cell + 1 } else { cell }));
        }
        Ok(Self { values, steepness })
    }

    /// The staircase of a function on `[0, 1]` with `units` units.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when there are more than [`MOST_UNITS`] units.
    pub fn of(units: u32, steepness: f64, function: impl Fn(f64) -> f64) -> Result<Self, SigmoidalError> {
        if units > MOST_UNITS {
            return Err(SigmoidalError::TooManyUnits(units));
        }
        let n = f64::from(units);
        let knots = (0..=units).filter(|_| units > 0);
        Self::new(knots.map(|k| function(f64::from(k) / n)).collect(), steepness)
    }

    /// `N`.
    pub fn units(&self) -> usize {
        self.values.len() - 1
    }

    /// The network's output.
    pub fn network(&self, x: f64) -> f64 {
        let n = self.units() as f64;
        let unit = |k: usize, pair: &[f64]| {
            let u = self.steepness * (n * x - (k as f64 + 0.5));
            (pair[1] - pair[0]) / (1.0 + (-u).exp())
        };
        let units = self.values.windows(2).enumerate();
        units.fold(self.values[0], |sum, (k, pair)| sum + unit(k, pair))
    }

    /// How far, in exact arithmetic, the network can be anywhere on `[0, 1]` from an `L`-Lipschitz function that has these
    /// values; rounded up.
    ///
    /// # Formula
    /// $$\sup_{[0,\,1]}\lvert f-g\rvert \le \frac LN\Bigl(1+\frac2{e^q-1}\Bigr)$$
    ///
    /// Let `t ≤ 1/2` be the distance of `x` to the nearest centre of a cell, in cells. Then `x` is `1/2 − t` cells away
    /// from a knot, where steps in place of units would be right: an error of at most `(L/N)(1/2 − t)`. A unit differs from
    /// its step by `σ(−qs)` at `s` cells from its centre, where it rises by `L/N` at most. With `σ(−u) ≤ e^{−u}` for all
    /// but the nearest the sum is `L/N` times
    /// $$h(t)=\tfrac12-t+\sigma(-qt)+\frac{2\cosh qt}{e^q-1}.$$
    /// It is convex, `h(0)` is the bound, and with $y=e^{q/2}$ one has
    /// $h(\tfrac12)-\tfrac{2}{e^q-1}=\frac{2y-1}{y(y+1)}\le1$.
    ///
    /// # Errors
    /// When the constant is negative, infinite or NaN, or no function with this constant has these values.
    pub fn error_bound(&self, lipschitz: f64) -> Result<f64, SigmoidalError> {
        if !(lipschitz >= 0.0 && lipschitz.is_finite()) {
            return Err(SigmoidalError::Lipschitz(lipschitz));
        }
        let n = self.units() as f64;
        // The rise is rounded in the function's favour: sampled values of a function with this constant pass.
        let largest = lipschitz / n;
        let slack = 4.0 * f64::EPSILON * (lipschitz + self.values.iter().fold(0.0, |m: f64, v| m.max(v.abs())));
        if let Some(cell) = self.values.windows(2).position(|pair| (pair[1] - pair[0]).abs() > largest + slack)
        {
            return Err(SigmoidalError::NotLipschitz { cell, lipschitz });
        }
        let tails = Up::div(2.0, Down::sub(Down::exp(self.steepness), 1.0));
        Ok(Up::mul(Up::div(lipschitz, n), Up::add(1.0, tails)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_staircase_is_refused() {
        use SigmoidalError::{Lipschitz, NotFinite, NotLipschitz, Steepness, TooFewValues};
        assert_eq!(Staircase::new(vec![1.0], 4.0), Err(TooFewValues(1)));
        assert_eq!(Staircase::of(0, 4.0, |x| x), Err(TooFewValues(0)));
        assert_eq!(Staircase::new(vec![1.0, 2.0], 0.0), Err(Steepness(0.0)));
        assert!(matches!(Staircase::new(vec![1.0, 2.0], f64::NAN), Err(Steepness(_))));
        assert_eq!(Staircase::new(vec![0.0, f64::INFINITY], 1.0), Err(NotFinite(1)));
        assert_eq!(Staircase::new(vec![f64::NAN, 0.0], 1.0), Err(NotFinite(0)));
        assert_eq!(Staircase::new(vec![1e308, -1e308], 1.0), Err(NotFinite(1)));
        let jump = Staircase::new(vec![0.0, 0.0, 1.0], 4.0).unwrap();
        assert_eq!(jump.error_bound(1.0), Err(NotLipschitz { cell: 1, lipschitz: 1.0 }));
        assert_eq!(jump.error_bound(-1.0), Err(Lipschitz(-1.0)));
        assert!(jump.error_bound(2.0).is_ok());
    }

    #[test]
    fn steep_units_make_half_a_cell_of_error_and_the_jump_another() {
        let identity = Staircase::of(10, 1e6, |x| x).unwrap();
        assert!((identity.error_bound(1.0).unwrap() - 0.1).abs() < 1e-12);
        assert!((identity.network(0.05) - 0.05).abs() < 1e-12);
        assert!((identity.network(0.0501) - 0.1).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(
            bits in prop::collection::vec(any::<u64>(), 0..5), steepness in any::<u64>(), lipschitz in any::<u64>(),
        ) {
            let values = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(staircase) = Staircase::new(values, f64::from_bits(steepness)) {
                let largest = staircase.values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
                prop_assert!(largest > 1e307 || staircase.network(0.5).is_finite());
                if let Ok(bound) = staircase.error_bound(f64::from_bits(lipschitz)) {
                    prop_assert!(bound >= 0.0);
                }
            }
        }
    }
}
