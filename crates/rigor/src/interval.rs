//! Closed intervals of reals that enclose everything their operands allow.

use std::fmt::{self, Display};
use std::ops::{Add, Mul, Neg, Sub};

use crate::norm::power_of_two_factors;
use crate::rounding::{Down, Rounding, Up};

/// Why an interval operation has no result.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum IntervalError {
    /// The ends are in the wrong order, or one is NaN, or both are the same infinity.
    #[error("[{low}, {high}] is no interval: the lower end must be a number not above the upper end")]
    Ends {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// The divisor contains zero.
    #[error("the divisor {divisor} contains zero")]
    DivisionByZero {
        /// The divisor.
        divisor: Interval,
    },
    /// The argument leaves the domain of the function.
    #[error("{function} is not defined on all of {argument}")]
    Domain {
        /// The function's name.
        function: &'static str,
        /// Its argument.
        argument: Interval,
    },
}

/// A closed, non-empty interval `[low, high]` of reals; an end may be infinite.
///
/// Every operation returns an interval that contains the result for all reals in its operands, rounded outward.
/// `+`, `-`, `*` and negation always succeed; operations with a domain return a [`Result`].
///
/// # Reference
/// IEEE Std 1788.1-2017, as implemented by the `inari` crate; `ln`, `ln_1p` and `exp` are those of [`Rounding`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval(inari::Interval);

impl Interval {
    /// `[low, high]`.
    ///
    /// # Errors
    /// When `low > high`, when an end is NaN, and for `[∞, ∞]` and `[-∞, -∞]`, which contain no real.
    pub fn new(low: f64, high: f64) -> Result<Self, IntervalError> {
        inari::Interval::try_from((low, high)).map(Self).map_err(|_| IntervalError::Ends { low, high })
    }

    /// `[x, x]`.
    ///
    /// # Errors
    /// When `x` is not finite.
    pub fn point(x: f64) -> Result<Self, IntervalError> {
        Self::new(x, x)
    }

    /// `[m − r, m + r]` for a finite `m` and a radius `r ≥ 0`, which may be infinite.
    pub(crate) fn around(m: f64, r: f64) -> Self {
        Self::between(Down::sub(m, r), Up::add(m, r))
    }

    /// `[low, high]` for bounds of one real number, which are ordered because they bound it; `[MAX, ∞]` if both
    /// overflowed, and all reals if nothing is known.
    pub fn between(low: f64, high: f64) -> Self {
        // `min` and `max` would hide a NaN.
        let ends = match (low, high) {
            (f64::INFINITY, _) => (f64::MAX, f64::INFINITY),
            (_, f64::NEG_INFINITY) => (f64::NEG_INFINITY, f64::MIN),
            ends => ends,
        };
        Self(inari::Interval::try_from(ends).unwrap_or(inari::Interval::ENTIRE))
    }

    /// The lower end.
    pub fn low(self) -> f64 {
        self.0.inf()
    }

    /// The upper end.
    pub fn high(self) -> f64 {
        self.0.sup()
    }

    /// A float inside, near the middle.
    pub fn midpoint(self) -> f64 {
        self.0.mid()
    }

    /// The distance of the midpoint from the farther end, rounded up.
    pub fn radius(self) -> f64 {
        self.0.rad()
    }

    /// `high − low`, rounded up.
    pub fn width(self) -> f64 {
        self.0.wid()
    }

    /// Whether the real number `x` lies inside; false for NaN and infinities.
    pub fn contains(self, x: f64) -> bool {
        self.0.contains(x)
    }

    /// Whether all of `self` lies in `other`.
    pub fn is_subset_of(self, other: Self) -> bool {
        self.0.subset(other.0)
    }

    /// The common part, if there is one.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        let common = self.0.intersection(other.0);
        (!common.is_empty()).then_some(Self(common))
    }

    /// The smallest interval that contains both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self(self.0.convex_hull(other.0))
    }

    /// `{x²}`: tighter than `self * self`, which forgets that both factors are the same.
    #[must_use]
    pub fn square(self) -> Self {
        Self(self.0.sqr())
    }

    /// `{2ᵉ x}` for `|e| ≤ 2044`: exact but for what underflows or overflows.
    #[must_use]
    pub fn scaled_by_power_of_two(self, e: i32) -> Self {
        let [one, other] = power_of_two_factors(e);
        let low = Down::mul(Down::mul(self.low(), one), other);
        Self::between(low, Up::mul(Up::mul(self.high(), one), other))
    }

    /// `{x / y}`.
    ///
    /// # Errors
    /// When the divisor contains zero.
    pub fn checked_div(self, divisor: Self) -> Result<Self, IntervalError> {
        if divisor.contains(0.0) {
            return Err(IntervalError::DivisionByZero { divisor });
        }
        Ok(Self(self.0 / divisor.0))
    }

    /// `{√x}`.
    ///
    /// # Errors
    /// When the interval reaches below 0.
    pub fn sqrt(self) -> Result<Self, IntervalError> {
        self.require("sqrt", self.low() >= 0.0)?;
        Ok(Self(self.0.sqrt()))
    }

    /// `{ln x}`.
    ///
    /// # Errors
    /// When the interval reaches to 0 or below.
    pub fn ln(self) -> Result<Self, IntervalError> {
        self.require("ln", self.low() > 0.0)?;
        Self::new(Down::ln(self.low()), Up::ln(self.high()))
    }

    /// `{ln(1 + x)}`.
    ///
    /// # Errors
    /// When the interval reaches to -1 or below.
    pub fn ln_1p(self) -> Result<Self, IntervalError> {
        self.require("ln_1p", self.low() > -1.0)?;
        Self::new(Down::ln_1p(self.low()), Up::ln_1p(self.high()))
    }

    /// `{eˣ}`.
    #[must_use]
    pub fn exp(self) -> Self {
        // The ends are ordered because each bounds the exponential of an ordered argument.
        let ends = (Down::exp(self.low()), Up::exp(self.high()));
        Self(inari::Interval::try_from(ends).unwrap_or(inari::Interval::ENTIRE))
    }

    fn require(self, function: &'static str, inside: bool) -> Result<(), IntervalError> {
        if inside { Ok(()) } else { Err(IntervalError::Domain { function, argument: self }) }
    }
}

impl Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:?}, {:?}]", self.low(), self.high())
    }
}

impl Add for Interval {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Interval {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Interval {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Neg for Interval {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_interval() -> impl Strategy<Value = Interval> {
        (-1e3..1e3f64, 0.0..10.0f64).prop_map(|(low, width)| Interval::new(low, low + width).unwrap())
    }

    fn inside(of: Interval, at: f64) -> f64 {
        (of.low() + at * (of.high() - of.low())).clamp(of.low(), of.high())
    }

    proptest! {
        #[test]
        fn operations_enclose_their_points(
            a in any_interval(), b in any_interval(), s in 0.0..=1.0f64, t in 0.0..=1.0f64,
        ) {
            // Rounded to nearest, the result at points is within half a step of the truth that must be enclosed.
            let near = |result: Interval, value: f64| result.low() <= value.next_up() && result.high() >= value.next_down();
            let (x, y) = (inside(a, s), inside(b, t));
            prop_assert!(near(a + b, x + y));
            prop_assert!(near(a - b, x - y));
            prop_assert!(near(a * b, x * y));
            prop_assert!(near(a.square(), x * x));
            prop_assert!(a.square().is_subset_of(a * a));
            prop_assert!((a.exp().low()..=a.exp().high()).contains(&x.exp()));
            if let Ok(quotient) = a.checked_div(b) {
                prop_assert!(near(quotient, x / y));
            }
            if let Ok(logarithm) = a.ln() {
                prop_assert!((logarithm.low()..=logarithm.high()).contains(&x.ln()));
            }
            if let Ok(root) = a.sqrt() {
                prop_assert!(near(root, x.sqrt()));
            }
        }
    }

    #[test]
    fn bad_ends_are_refused_by_name() {
        for (low, high) in [
            (1.0, 0.0),
            (f64::NAN, 0.0),
            (0.0, f64::NAN),
            (f64::INFINITY, f64::INFINITY),
            (f64::NEG_INFINITY, f64::NEG_INFINITY),
        ] {
            let error = Interval::new(low, high).unwrap_err();
            assert!(matches!(error, IntervalError::Ends { .. }), "{error}");
        }
        assert!(Interval::new(f64::NEG_INFINITY, f64::INFINITY).is_ok());
    }

    #[test]
    fn the_radius_reaches_both_ends() {
        for (low, high) in
            [(0.1, 0.3), (-1e-300, 1e300), (-5e-324, 0.0), (1.0, 1.0f64.next_up()), (-1e308, 1e308)]
        {
            let interval = Interval::new(low, high).unwrap();
            let ball = Interval::around(interval.midpoint(), interval.radius());
            assert!(interval.is_subset_of(ball) && interval.radius() <= interval.width(), "{interval} {ball}");
        }
        assert_eq!(Interval::new(0.0, f64::INFINITY).unwrap().radius(), f64::INFINITY);
    }

    #[test]
    fn bounds_without_an_answer_bound_nothing() {
        let ends = |low, high| (Interval::between(low, high).low(), Interval::between(low, high).high());
        for (low, high) in [(f64::NAN, f64::INFINITY), (f64::NEG_INFINITY, f64::NAN), (f64::NAN, 1.0)] {
            assert_eq!(ends(low, high), (f64::NEG_INFINITY, f64::INFINITY));
        }
        assert_eq!(ends(f64::INFINITY, f64::INFINITY), (f64::MAX, f64::INFINITY));
        assert_eq!(ends(f64::NEG_INFINITY, f64::NEG_INFINITY), (f64::NEG_INFINITY, f64::MIN));
    }

    #[test]
    fn domains_are_kept() {
        let around_zero = Interval::new(-1.0, 1.0).unwrap();
        let one = Interval::point(1.0).unwrap();
        assert_eq!(
            one.checked_div(around_zero).unwrap_err().to_string(),
            "the divisor [-1.0, 1.0] contains zero"
        );
        assert_eq!(around_zero.ln().unwrap_err().to_string(), "ln is not defined on all of [-1.0, 1.0]");
        assert!(around_zero.sqrt().is_err() && around_zero.ln_1p().is_err());
        assert_eq!(one.intersection(Interval::point(2.0).unwrap()), None);
        assert_eq!(one.hull(around_zero), around_zero);
    }
}
