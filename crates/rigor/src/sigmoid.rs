//! The logistic function, its derivative, and the hyperbolic tangent, enclosed by their values at the ends.

use crate::interval::Interval;
use crate::rounding::{Down, Rounding, Up};

impl Interval {
    /// `({σ(x)}, {σ′(x)})` for the logistic function `σ`.
    ///
    /// # Formula
    /// $$\sigma(x) = \frac1{1+e^{-x}},\qquad \sigma'(x) = \frac{e^{-|x|}}{(1+e^{-|x|})^2}$$
    /// `σ` increases and `σ′` decreases in `|x|`, so both are enclosed as tightly as their values at two points; the tails
    /// of both keep their relative accuracy.
    #[must_use]
    pub fn logistic(self) -> (Self, Self) {
        let value = Self::between(logistic::<Down>(self.low()), logistic::<Up>(self.high()));
        let (nearest, farthest) = self.magnitudes();
        (value, Self::between(logistic_slope::<Down>(farthest), logistic_slope::<Up>(nearest)))
    }

    /// `{tanh x}`.
    ///
    /// # Formula
    /// $$\tanh x = \operatorname{sign}(x)\,\frac{1-e^{-2|x|}}{1+e^{-2|x|}}$$
    /// accurate to some units of 2⁻⁵³, but near 0 not relative to its size.
    #[must_use]
    pub fn tanh(self) -> Self {
        Self::between(tanh::<Down>(self.low()), tanh::<Up>(self.high()))
    }

    /// The smallest and the largest absolute value.
    fn magnitudes(self) -> (f64, f64) {
        let (low, high) = (self.low().abs(), self.high().abs());
        (if self.contains(0.0) { 0.0 } else { low.min(high) }, low.max(high))
    }
}

/// A bound of `σ(x)`; where `e^{−x}` overflows, 0 and the smallest quotients are bounds still.
fn logistic<R: Rounding>(x: f64) -> f64 {
    R::div(1.0, R::Opposite::add(1.0, R::Opposite::exp(-x)))
}

/// A bound of `σ′(x) = s − s²` for `x ≥ 0` and `s = σ(−x) ≤ ½`.
///
/// It increases with `s` to the last bit, as the quotient by `(1 + e)²` would not: up to ¼ a step of `s` is at least that of
/// its rounded square, and above it `¼ − (½ − s)²` is made of monotone operations. Both are 3/16 at ¼.
fn logistic_slope<R: Rounding>(x: f64) -> f64 {
    let s = logistic::<R>(-x);
    if s <= 0.25 {
        return R::sub(s, R::Opposite::mul(s, s));
    }
    let rest = R::Opposite::sub(0.5, s);
    R::sub(0.25, R::Opposite::mul(rest, rest))
}

/// A bound of `tanh x`, an odd function: below 0 the opposite bound of its mirror image.
fn tanh<R: Rounding>(x: f64) -> f64 {
    if x < 0.0 {
        return -tanh::<R::Opposite>(-x);
    }
    let e = R::Opposite::exp(-2.0 * x);
    R::div(R::sub(1.0, e), R::Opposite::add(1.0, e))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_inside_are_enclosed(low in -800.0..800.0f64, width in 0.0..5.0f64, at in 0.0..=1.0f64) {
            let box_ = Interval::new(low, low + width).unwrap();
            let x = (low + at * width).clamp(box_.low(), box_.high());
            let e = (-x.abs()).exp();
            let (value, slope) = box_.logistic();
            let truth = if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
            let near = |i: Interval, t: f64| i.low() <= t * (1.0 + 1e-15) && t * (1.0 - 1e-15) <= i.high();
            prop_assert!(near(value, truth), "{value} {truth}");
            prop_assert!(near(slope, e / ((1.0 + e) * (1.0 + e))), "{slope}");
            let t = box_.tanh();
            prop_assert!(t.low() <= x.tanh() + 1e-15 && x.tanh() - 1e-15 <= t.high());
        }

        #[test]
        fn points_are_enclosed_tightly(x in -700.0..700.0f64) {
            let (value, slope) = Interval::point(x).unwrap().logistic();
            prop_assert!(value.width() <= 1e-14 * value.low() && slope.width() <= 1e-14 * slope.low());
            prop_assert!(Interval::point(x).unwrap().tanh().width() <= 1e-15);
        }
    }

    #[test]
    fn ends_that_are_exact_or_infinite() {
        let (value, slope) = Interval::point(0.0).unwrap().logistic();
        assert_eq!((value.low(), value.high(), slope.low(), slope.high()), (0.5, 0.5, 0.25, 0.25));
        let line = Interval::new(f64::NEG_INFINITY, f64::INFINITY).unwrap();
        let ((value, slope), t) = (line.logistic(), line.tanh());
        assert_eq!((value.low(), value.high(), slope.low(), slope.high()), (0.0, 1.0, 0.0, 0.25));
        assert_eq!((t.low(), t.high()), (-1.0, 1.0));
    }

    #[test]
    fn nothing_rises_above_its_supremum() {
        for x in [1e-300, 1e-20, 1e-16, 1e-8] {
            let (_, slope) = Interval::new(-x, x).unwrap().logistic();
            assert_eq!(slope.high(), 0.25);
        }
        let (value, _) = Interval::point(1e3).unwrap().logistic();
        assert!(value.high() >= 1.0 && value.low() < 1.0 && value.low() > 1.0 - 1e-15);
    }
}
