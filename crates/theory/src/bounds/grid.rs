//! Grids of powers of two: how a quantity that was seen in the data enters a theorem about fixed ones.
//!
//! A theorem that holds for each fixed value `v` of a parameter, and better for smaller ones, holds for all
//! `v = 2^(k/8)` at once when `k` is given the part `1 / (π coth π (1 + k²))` of the failure probability: these parts
//! sum to 1 over all integers, since `Σ 1/(1 + k²) = π coth π`. What was seen in the data is rounded up to the grid, by
//! a factor below `2^(1/8) = 1.09`, and pays `ln(π coth π (1 + k²))` nats for the union.

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

use crate::quantity::Margin;

/// `π coth π`, rounded up: the sum of `1/(1 + k²)` over all integers.
pub const ALL_PARTS: f64 = 3.153_348_094_938_97;

/// `2^(1/8)`, rounded up so far that it covers the rounding of the grid, too: no quantity is rounded up by more.
pub(crate) const STEP: f64 = 1.090_507_732_665_28;

/// The grid has this many values for each factor of two.
const STEPS: i32 = 8;
/// 2^(k/8) is the smallest positive float here, which zero is rounded up to, and infinite there.
const FIRST: i32 = -1074 * STEPS;
const LAST: i32 = 1024 * STEPS;

/// A data-dependent quantity rounded up to the grid, and what that costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridPoint {
    /// The value of the grid, rounded up; not below the quantity.
    pub value: f64,
    /// What adds to `ln(1/δ)`, rounded up.
    pub nats: f64,
}

/// Rounds a quantity that is known to be at least 0 up to the grid.
///
/// For an interval, the value is that of the upper end, and the price the highest of all its numbers: prices fall
/// towards `k = 0`, and a bound must not become better where less is known.
///
/// # Formula
/// `k = ⌈8 log₂ x⌉`, value `2^(k/8)`, price `ln(π coth π (1 + k²))`
///
/// # Reference
/// This project's, in the place of the grids in Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for
/// neural networks, NeurIPS 2017, lemma A.8.
///
/// # Example
/// ```
/// use saddlepoint_rigor::Interval;
/// use saddlepoint_theory::bounds::grid::round_up;
///
/// let point = round_up(Interval::point(3.0)?);
/// assert!(point.value >= 3.0 && point.value < 3.0 * 1.0906);
/// assert!((point.nats - (3.15335f64 * (1.0 + 13.0 * 13.0)).ln()).abs() < 1e-5);
/// # Ok::<(), saddlepoint_rigor::IntervalError>(())
/// ```
pub fn round_up(quantity: Interval) -> GridPoint {
    let (low, high) = (index(quantity.low()), index(quantity.high()));
    let far = f64::from(low.abs().max(high.abs()));
    let nats = Up::ln(Up::mul(ALL_PARTS, Up::add(1.0, Up::mul(far, far))));
    let value = power::<Up>(high);
    // The grid ends where floats do.
    GridPoint { value, nats: if value.is_finite() { nats } else { f64::INFINITY } }
}

/// `1/γ`.
pub(crate) fn inverse(gamma: Margin) -> Interval {
    Interval::between(Down::div(1.0, gamma.get()), Up::div(1.0, gamma.get()))
}

/// The smallest `k` of the grid with `2^(k/8) ≥ x`, or one more where rounding leaves it open.
fn index(x: f64) -> i32 {
    if x.is_nan() || x == f64::INFINITY {
        return LAST;
    }
    if x <= f64::from_bits(1) {
        return FIRST;
    }
    let guess = (libm::log2(x) * f64::from(STEPS)).ceil() as i32 - 1;
    (guess.max(FIRST)..LAST).find(|&k| power::<Down>(k) >= x).unwrap_or(LAST)
}

/// `2^(k/8)` on the side of `R`.
fn power<R: Rounding>(k: i32) -> f64 {
    let root = R::sqrt(R::sqrt(R::sqrt(2.0)));
    let fraction = (0..k.rem_euclid(STEPS)).fold(1.0, |power, _| R::mul(power, root));
    let exponent = k.div_euclid(STEPS);
    // Two factors, so that neither is subnormal or infinite before the product is.
    let half = exponent / 2;
    let whole = |e: i32| 2f64.powi(e);
    R::mul(R::mul(fraction, whole(half)), whole(exponent - half))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The partial sums approach it from below, with a tail that is below `2/N` by less than `2/N²`.
    #[test]
    fn all_parts_sum_to_at_most_one() {
        let terms = f64::from(1_000_000);
        let partial = (1..=1_000_000).rev().map(|k| 2.0 / (1.0 + f64::from(k).powi(2))).sum::<f64>() + 1.0;
        assert!((partial + 2.0 / terms - ALL_PARTS).abs() < 1e-11);
        let pi = std::f64::consts::PI;
        assert!(ALL_PARTS > pi / pi.tanh() && ALL_PARTS < pi / pi.tanh() + 1e-11);
    }

    #[test]
    fn ends_of_the_range() {
        let at = |x: f64| round_up(Interval::between(x, x));
        assert!(at(0.0).value > 0.0 && at(0.0).value < 1e-322 && at(0.0).nats < 20.0);
        assert_eq!((at(1.0).value, at(1.0).nats), (1.0, Up::ln(ALL_PARTS)));
        assert_eq!(at(f64::MAX).value, f64::INFINITY);
        assert_eq!(round_up(Interval::between(1.0, f64::INFINITY)).value, f64::INFINITY);
        assert_eq!(at(2f64.powi(-300)).value, 2f64.powi(-300));
    }

    proptest! {
        #[test]
        fn quantities_are_rounded_up_by_less_than_a_step(exponent in -1020.0..1020.0f64, factor in 1.0..4.0f64) {
            let x = f64::exp2(exponent);
            let point = round_up(Interval::between(x, x));
            prop_assert!(point.value >= x && point.value <= x * 1.0906);
            let wide = round_up(Interval::between(x, x * factor));
            prop_assert!(wide.value >= point.value && wide.nats >= point.nats);
            let wide = round_up(Interval::between(x / factor, x));
            prop_assert!(wide.value == point.value && wide.nats >= point.nats);
        }
    }
}
