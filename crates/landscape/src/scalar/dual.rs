//! Dual numbers: a formula's directional derivative, from the formula itself.

use std::ops::{Add, Mul, Neg, Sub};

use saddlepoint_rigor::Interval;

use super::Scalar;

/// `a + b ε` with `ε² = 0`: a value and its derivative along a direction.
///
/// A formula over duals of `S` gives its derivative over `S`: the Hessian's is the third derivative, which nobody has to
/// write down, and over intervals it is enclosed.
///
/// # Example
/// ```
/// use saddlepoint_landscape::scalar::{Dual, Scalar};
///
/// let x = Dual { value: 3.0, slope: 1.0 };
/// assert_eq!(x * x * x, Dual { value: 27.0, slope: 27.0 });
/// assert_eq!(Dual { value: 0.0, slope: 2.0 }.logistic().0.slope, 0.5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dual<S> {
    /// `a`
    pub value: S,
    /// `b`
    pub slope: S,
}

impl<S: Scalar> Dual<S> {
    /// The chain rule for a function with value `f` and derivative `df` at the value.
    fn chain(self, f: S, df: S) -> Self {
        Self { value: f, slope: df * self.slope }
    }
}

impl<S: Scalar> Add for Dual<S> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl<S: Scalar> Sub for Dual<S> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl<S: Scalar> Mul for Dual<S> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl<S: Scalar> Neg for Dual<S> {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }
}

impl<S: Scalar> Scalar for Dual<S> {
    fn constant(x: f64) -> Self {
        Self { value: S::constant(x), slope: S::constant(0.0) }
    }

    fn enclosed(x: Interval) -> Self {
        Self { value: S::enclosed(x), slope: S::constant(0.0) }
    }

    fn square(self) -> Self {
        self.chain(self.value.square(), self.value + self.value)
    }

    fn exp(self) -> Self {
        let value = self.value.exp();
        self.chain(value, value)
    }

    fn ln(self) -> Self {
        self.chain(self.value.ln(), S::constant(1.0).over(self.value))
    }

    fn ln_1p(self) -> Self {
        self.chain(self.value.ln_1p(), S::constant(1.0).over(S::constant(1.0) + self.value))
    }

    fn over(self, divisor: Self) -> Self {
        let value = self.value.over(divisor.value);
        Self { value, slope: (self.slope - value * divisor.slope).over(divisor.value) }
    }

    fn logistic(self) -> (Self, Self) {
        let (value, slope) = self.value.logistic();
        let lean = S::constant(1.0) - (value + value);
        (self.chain(value, slope), self.chain(slope, slope * lean))
    }

    fn tanh(self) -> Self {
        let value = self.value.tanh();
        self.chain(value, S::constant(1.0) - value.square())
    }

    fn at_least(self, bound: f64) -> Option<bool> {
        self.value.at_least(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything that a scalar can do, in one formula.
    fn formula<S: Scalar>(x: S) -> S {
        let (value, slope) = (x + S::constant(0.3)).logistic();
        let logarithms = (S::constant(3.0) + x).ln() * x.square().ln_1p();
        (x.square() - value * slope).over(S::constant(2.0) + x.tanh()) + (-x).exp() * slope + logarithms
    }

    proptest! {
        #[test]
        fn slopes_are_those_of_differences(x in -2.0f64..2.0) {
            let found = formula(Dual { value: x, slope: 1.0 });
            prop_assert_eq!(found.value, formula(x));
            let h = 1e-5;
            let difference = (formula(x + h) - formula(x - h)) / (2.0 * h);
            prop_assert!((found.slope - difference).abs() < 1e-8 * (1.0 + difference.abs()));
        }

        #[test]
        fn over_intervals_the_slope_is_enclosed(x in -2.0f64..2.0, width in 0.0..0.5f64, at in 0.0..=1.0f64) {
            let wide = Interval::new(x, x + width).unwrap();
            let found = formula(Dual { value: wide, slope: Interval::constant(1.0) }).slope;
            let truth = formula(Dual { value: (x + at * width).clamp(x, wide.high()), slope: 1.0 }).slope;
            prop_assert!(found.low() <= truth + 1e-12 && truth - 1e-12 <= found.high());
        }
    }
}
