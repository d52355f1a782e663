//! Numbers over which a formula can be written once: floats, and intervals that prove what floats suggest.

mod dual;

use std::fmt::Debug;
use std::ops::{Add, Mul, Neg, Sub};

use saddlepoint_rigor::Interval;

pub use dual::Dual;

/// A number that formulas of this crate compute with: [`f64`], or an [`Interval`] that encloses every real result.
///
/// All operations are total: where a real function is not defined on all of an interval, the result is all reals, from
/// which nothing is ever concluded.
///
/// # Example
/// ```
/// use saddlepoint_landscape::scalar::Scalar;
/// use saddlepoint_rigor::Interval;
///
/// fn parabola<S: Scalar>(x: S) -> S {
///     x.square() - S::constant(2.0)
/// }
/// assert_eq!(parabola(3.0), 7.0);
/// let values = parabola(Interval::new(-1.0, 2.0)?);
/// assert_eq!((values.low(), values.high()), (-2.0, 2.0));
/// # Ok::<(), saddlepoint_rigor::IntervalError>(())
/// ```
pub trait Scalar:
    Copy + Debug + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self> + 'static
{
    /// The number `x`, exactly.
    fn constant(x: f64) -> Self;

    /// A real number of which only an enclosure is known: f64 takes its midpoint.
    fn enclosed(x: Interval) -> Self;

    /// `x²`.
    #[must_use]
    fn square(self) -> Self;

    /// `eˣ`.
    #[must_use]
    fn exp(self) -> Self;

    /// `ln x`.
    #[must_use]
    fn ln(self) -> Self;

    /// `ln(1 + x)`, accurate relative to its size.
    #[must_use]
    fn ln_1p(self) -> Self;

    /// `self / divisor`.
    #[must_use]
    fn over(self, divisor: Self) -> Self;

    /// `(σ(x), σ′(x))` for `σ(x) = 1/(1 + e^{−x})`, with tails that are accurate relative to their size.
    fn logistic(self) -> (Self, Self);

    /// `tanh x`.
    #[must_use]
    fn tanh(self) -> Self;

    /// Whether the number is at least `bound`: what a formula in pieces asks. None where that is not decided, because an
    /// interval has numbers on both sides.
    fn at_least(self, bound: f64) -> Option<bool>;

    /// A number of which nothing is known: all reals, and NaN as a float. The value of a formula in pieces where it is not
    /// decided which of them applies.
    fn unknown() -> Self {
        Self::constant(f64::NAN)
    }

    /// `Σ_i x_i y_i`, from the left.
    #[must_use]
    fn dot(x: &[Self], y: &[Self]) -> Self {
        x.iter().zip(y).fold(Self::constant(0.0), |sum, (&x, &y)| sum + x * y)
    }
}

/// A number that a formula was given: a float, exactly, or a real number of which only an enclosure is known.
pub trait Datum: Copy {
    /// The number as a scalar.
    fn lift<S: Scalar>(self) -> S;

    /// Encloses `Σ x_i y_i`, for floats through cancellation.
    fn dot(x: &[Self], y: &[f64]) -> Interval;
}

impl Datum for f64 {
    #[inline]
    fn lift<S: Scalar>(self) -> S {
        S::constant(self)
    }

    fn dot(x: &[Self], y: &[f64]) -> Interval {
        saddlepoint_rigor::dot(x, y)
    }
}

impl Datum for Interval {
    #[inline]
    fn lift<S: Scalar>(self) -> S {
        S::enclosed(self)
    }

    fn dot(x: &[Self], y: &[f64]) -> Interval {
        x.iter().zip(y).fold(Self::constant(0.0), |sum, (&x, &y)| sum + x * Self::constant(y))
    }
}

impl Scalar for f64 {
    #[inline]
    fn constant(x: f64) -> Self {
        x
    }

    #[inline]
    fn enclosed(x: Interval) -> Self {
        x.midpoint()
    }

    #[inline]
    fn square(self) -> Self {
        self * self
    }

    #[inline]
    fn exp(self) -> Self {
        f64::exp(self)
    }

    #[inline]
    fn ln(self) -> Self {
        f64::ln(self)
    }

    #[inline]
    fn ln_1p(self) -> Self {
        f64::ln_1p(self)
    }

    #[inline]
    fn over(self, divisor: Self) -> Self {
        self / divisor
    }

    #[inline]
    fn logistic(self) -> (Self, Self) {
        let e = (-self.abs()).exp();
        let right = 1.0 / (1.0 + e);
        (if self >= 0.0 { right } else { e * right }, e * right * right)
    }

    #[inline]
    fn tanh(self) -> Self {
        f64::tanh(self)
    }

    #[inline]
    fn at_least(self, bound: f64) -> Option<bool> {
        self.partial_cmp(&bound).map(std::cmp::Ordering::is_ge)
    }
}

impl Scalar for Interval {
    fn constant(x: f64) -> Self {
        Self::between(x, x)
    }

    fn enclosed(x: Interval) -> Self {
        x
    }

    fn square(self) -> Self {
        self.square()
    }

    fn exp(self) -> Self {
        self.exp()
    }

    fn ln(self) -> Self {
        self.ln().unwrap_or_else(|_| Self::unknown())
    }

    fn ln_1p(self) -> Self {
        self.ln_1p().unwrap_or_else(|_| Self::unknown())
    }

    fn over(self, divisor: Self) -> Self {
        self.checked_div(divisor).unwrap_or_else(|_| Self::unknown())
    }

    fn logistic(self) -> (Self, Self) {
        self.logistic()
    }

    fn tanh(self) -> Self {
        self.tanh()
    }

    fn at_least(self, bound: f64) -> Option<bool> {
        match (self.low() >= bound, self.high() < bound) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn intervals_enclose_what_floats_compute(x in -50.0f64..50.0, y in -50.0f64..50.0) {
            let near = |i: Interval, t: f64| {
                let slack = 4.0 * f64::EPSILON * t.abs();
                i.low() <= t + slack && t - slack <= i.high()
            };
            let (a, b) = (<Interval as Scalar>::constant(x), <Interval as Scalar>::constant(y));
            prop_assert!(near(Scalar::square(a), Scalar::square(x)));
            prop_assert!(near(Scalar::exp(a), Scalar::exp(x)));
            prop_assert!(x <= 0.0 || near(Scalar::ln(a), Scalar::ln(x)));
            prop_assert!(x <= -1.0 || near(Scalar::ln_1p(a), Scalar::ln_1p(x)));
            prop_assert_eq!(a.at_least(y), x.at_least(y));
            prop_assert!(near(a.over(b), x.over(y)));
            prop_assert!(near(Scalar::tanh(a), Scalar::tanh(x)) || x.abs() < 0.1);
            let (value, slope) = Scalar::logistic(a);
            prop_assert!(near(value, x.logistic().0) && near(slope, x.logistic().1));
        }
    }

    #[test]
    fn saturated_samples_keep_their_tails() {
        assert_eq!(800f64.logistic(), (1.0, 0.0));
        assert_eq!((-800f64).logistic(), (0.0, 0.0));
        let (left, right) = ((-40f64).logistic(), 40f64.logistic());
        assert_eq!(left.1, right.1);
        assert!((left.1 / (-40f64).exp() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_decided_is_not_said() {
        let around = Interval::new(-1.0, 2.0).unwrap();
        assert_eq!(
            [-1.0, 0.0, 2.0, 2.5].map(|bound| around.at_least(bound)),
            [Some(true), None, None, Some(false)]
        );
        assert_eq!((f64::NAN.at_least(0.0), 0.0.at_least(f64::NAN)), (None, None));
        assert_eq!(Interval::unknown().at_least(0.0), None);
    }

    #[test]
    fn nothing_follows_from_a_division_by_zero_or_a_logarithm_of_less() {
        let zero = <Interval as Scalar>::constant(0.0);
        let minus = <Interval as Scalar>::constant(-1.0);
        for nothing in [zero.over(zero), Scalar::ln(minus), Scalar::ln_1p(minus), Scalar::unknown()] {
            assert_eq!((nothing.low(), nothing.high()), (f64::NEG_INFINITY, f64::INFINITY));
        }
    }
}
